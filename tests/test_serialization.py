"""The ``.params`` format: round trips, files of MXNet 1.9.1 and of its predecessors, damaged files."""

import random
import struct
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb.base import MXNetError
from mxnb.ndarray.serialization import V1, V2, V3, dump, parse

GOLDEN = Path(__file__).parent / "golden" / "params"
DTYPES = ("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool")


def joined(arrays, names=()):
    return b"".join(dump(arrays, names))


def golden(name):
    arrays, names = parse((GOLDEN / name).read_bytes(), name)
    return dict(zip(names, arrays, strict=True)) if names else arrays


def file_of(*arrays):
    """A list file around hand-made array records."""
    return struct.pack("<3Q", 0x112, 0, len(arrays)) + b"".join(arrays) + struct.pack("<Q", 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2, 1, 4), (0,), (0, 3), ()])
def test_round_trip(dtype, shape):
    array = (np.arange(np.prod(shape, dtype=int)) % 3).reshape(shape).astype(dtype)
    (back,), names = parse(bytearray(joined([array])))
    assert names == []
    assert back.dtype == array.dtype and back.shape == shape
    np.testing.assert_array_equal(back, array)
    assert back.flags.writeable and back.flags.aligned and back.flags.c_contiguous


def test_round_trip_of_a_transposed_array():
    array = np.arange(6, dtype="float32").reshape(2, 3).T
    np.testing.assert_array_equal(parse(joined([array]))[0][0], array)


def test_names_round_trip():
    names = ["arg:conv0_weight", "ünïcode", ""]
    arrays = [np.full(2, i, "float64") for i in range(3)]
    back, back_names = parse(joined(arrays, names))
    assert back_names == names
    np.testing.assert_array_equal(back, arrays)


def test_reading_does_not_copy_where_aligned():
    buffer = bytearray(joined([np.zeros((2, 3), "float32")]))
    (array,), _ = parse(buffer)
    array[:] = 7
    assert parse(buffer)[0][0].tolist() == [[7.0] * 3] * 2


def test_dump_refuses():
    with pytest.raises(MXNetError, match="complex64"):
        joined([np.zeros(2, "complex64")])
    with pytest.raises(MXNetError, match="1 names for 2 arrays"):
        joined([np.zeros(2, "float32")] * 2, ["a"])


# --- files written by MXNet 1.9.1 ---


def test_golden_dtypes():
    arrays = golden("dtypes.params")
    assert list(arrays) == list(DTYPES)
    for dtype, array in arrays.items():
        expected = (np.arange(6).reshape(2, 3) % 5).astype(dtype)
        assert array.dtype == dtype
        np.testing.assert_array_equal(array, expected)


def test_golden_bytes_are_reproduced():
    for name in ("dtypes.params", "list.params", "empty.params"):
        content = (GOLDEN / name).read_bytes()
        assert joined(*parse(content)) == content


def test_golden_list_and_empty():
    first, second = golden("list.params")
    assert first.tolist() == [0, 1, 2]
    assert second.dtype == np.int8 and second.tolist() == [[[1, 1]], [[1, 1]]]
    assert golden("empty.params") == []


def test_golden_sparse():
    arrays = golden("sparse.params")
    assert arrays["rows"].tolist() == [[0, 0], [1, 2], [0, 0], [3, 4], [0, 0]]
    assert arrays["csr"].tolist() == [[1, 0, 0, 0], [0, 0, 0, 0], [0, 3, 2, 0]]
    assert arrays["zeros"].tolist() == [[0, 0, 0], [0, 0, 0]]


def test_golden_v3():
    arrays = golden("v3.params")
    assert arrays["scalar"].shape == () and arrays["scalar"] == 5
    assert arrays["empty"].shape == (0, 3)


# --- older versions, tried on MXNet 1.9.1 with the same bytes ---

DATA = np.arange(6, dtype="float32")
CPU_FLOAT = struct.pack("<iii", 1, 0, 0)


@pytest.mark.parametrize(
    "header",
    [struct.pack("<III", 2, 2, 3), struct.pack("<IIqq", V1, 2, 2, 3), struct.pack("<Iiiqq", V2, 0, 2, 2, 3)],
    ids=["legacy", "V1", "V2"],
)
@pytest.mark.parametrize("context", [(1, 0), (1, 2), (2, 3), (3, 0), (9, 0)])
def test_versions_and_contexts(header, context):
    record = header + struct.pack("<iii", *context, 0) + DATA.tobytes()
    (array,), _ = parse(file_of(record))
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    "header",
    [struct.pack("<I", 0), struct.pack("<II", V1, 0), struct.pack("<Iii", V2, 0, 0), struct.pack("<Iii", V3, 0, -1)],
)
def test_no_array(header):
    (none, array), _ = parse(file_of(header, struct.pack("<II", 1, 6) + CPU_FLOAT + DATA.tobytes()))
    assert none.shape == (0,)
    assert array.tolist() == DATA.tolist()


def test_bfloat16_becomes_float32():
    halves = (DATA.view("uint32") >> 16).astype("uint16")
    record = struct.pack("<Iiiq", V2, 0, 1, 6) + struct.pack("<iii", 1, 0, 12) + halves.tobytes()
    (array,), _ = parse(file_of(record))
    assert array.dtype == np.float32 and array.tolist() == DATA.tolist()


# --- damage ---

SAMPLES = {
    "dict": joined([np.arange(3, dtype="int32"), np.ones((2, 2), "float64")], ["a", "bé"]),
    "sparse": (GOLDEN / "sparse.params").read_bytes(),
    "v3": (GOLDEN / "v3.params").read_bytes(),
}


@pytest.mark.parametrize("content", SAMPLES.values(), ids=SAMPLES)
def test_truncated_anywhere(content):
    for size in range(len(content)):
        with pytest.raises(MXNetError, match=r"'cut.params', byte \d+: "):
            parse(content[:size], "cut.params")


@pytest.mark.parametrize("content", SAMPLES.values(), ids=SAMPLES)
def test_mutations_raise_nothing_else(content):
    rng = random.Random(0)
    extremes = (0, 1, 2, 127, 128, 255)
    mutants = [(i, bytes([value])) for i in range(len(content)) for value in extremes]
    mutants += [(i, b"\xff" * 8) for i in range(len(content) - 8)] + [(i, b"\0" * 8) for i in range(len(content) - 8)]
    mutants += [(rng.randrange(len(content)), rng.randbytes(rng.randrange(1, 12))) for _ in range(500)]
    for at, patch in mutants:
        damaged = content[:at] + patch + content[at + len(patch) :]
        try:
            parse(damaged, "damaged.params")
        except MXNetError:
            pass


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "byte 0: the magic number needs 8 bytes, the file has 0"),
        (b"\x13" + file_of()[1:], "byte 0: got magic number 0x113"),
        (struct.pack("<3Q", 0x112, 0, 1 << 63), "byte 16: got 9223372036854775808 arrays"),
        (file_of(struct.pack("<I", 33)), "byte 24: got magic number 0x21"),
        (file_of(struct.pack("<Iii", V2, 7, 1)), "byte 28: got storage type 7"),
        (file_of(struct.pack("<Iii", V2, 0, 33)), "byte 32: got 33 dimensions"),
        (file_of(struct.pack("<Iiiq", V2, 0, 1, -2)), r"byte 36: got shape \(-2,\)"),
        (file_of(struct.pack("<Iiiq", V2, 0, 1, 2) + struct.pack("<iii", 1, 0, 9)), "byte 52: got dtype code 9"),
        (
            file_of(struct.pack("<Iiiqq", V2, 0, 2, 1 << 40, 1 << 40) + CPU_FLOAT),
            "byte 64: an array .* of float32 needs",
        ),
        (file_of(struct.pack("<Iiiqq", V2, 0, 2, 0, (1 << 63) - 1) + CPU_FLOAT), "byte 64: shape"),
        (joined([np.zeros(1, "int8")], ["é"])[:-1] + b"(", "a name is not UTF-8"),
        (joined([np.zeros(1, "int8")] * 2, ["a", "b"])[:-26] + struct.pack("<QQ", 1, 0), "got 1 names for 2 arrays"),
    ],
)
def test_errors_name_file_and_offset(content, message):
    with pytest.raises(MXNetError, match=f"'x.params', .*{message}"):
        parse(content, "x.params")


def test_sparse_array_of_absurd_dense_size():
    content = bytearray((GOLDEN / "sparse.params").read_bytes())
    at = content.index(struct.pack("<iqq", 2, 5, 2))
    content[at + 4 : at + 12] = struct.pack("<q", 1 << 60)
    with pytest.raises(MXNetError, match="too large to be held dense"):
        parse(content, "x.params")


# --- NDArrays ---------------------------------------------------------------------------------------------------------


def test_save_and_load(tmp_path):
    path = str(tmp_path / "x.params")
    arrays = {"a": mx.nd.array([[1, 2], [3, 4]]), "b": mx.nd.array([7], dtype="int64")}
    mx.nd.save(path, arrays)
    back = mx.nd.load(path)
    assert list(back) == ["a", "b"]
    assert back["b"].dtype == np.int64 and back["b"].context == mx.cpu(0)
    np.testing.assert_array_equal(back["a"].asnumpy(), arrays["a"].asnumpy())
    back["a"][:] = 0
    assert back["a"].asnumpy().sum() == 0
    mx.nd.save(tmp_path / "y.params", [arrays["a"]])
    assert [x.shape for x in mx.nd.load(tmp_path / "y.params")] == [(2, 2)]
    mx.nd.save(path, arrays["b"])
    assert mx.nd.load(path)[0].asnumpy().tolist() == [7]


def test_save_replaces_a_file_that_is_loaded(tmp_path):
    path = str(tmp_path / "x.params")
    mx.nd.save(path, [mx.nd.ones((4, 4))])
    loaded = mx.nd.load(path)
    mx.nd.save(path, [mx.nd.zeros((2, 2))])
    assert loaded[0].asnumpy().sum() == 16


@pytest.mark.parametrize("name", [path.name for path in GOLDEN.glob("*.params")])
def test_load_golden(name):
    content = (GOLDEN / name).read_bytes()
    from_file, from_bytes = mx.nd.load(str(GOLDEN / name)), mx.nd.load_frombuffer(content)
    assert type(from_file) is type(from_bytes) and len(from_file) == len(from_bytes)


@pytest.mark.parametrize(
    ("data", "error"),
    [((1,), ValueError), (None, ValueError), ([1], TypeError), ({1: 2}, TypeError), ({"a": 1}, TypeError)],
)
def test_save_refuses(tmp_path, data, error):
    with pytest.raises(error, match=r"^save: got"):
        mx.nd.save(str(tmp_path / "x.params"), data)
    assert list(tmp_path.iterdir()) == []


def test_failed_save_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "x.params"
    mx.nd.save(path, [mx.nd.ones(2)])
    before = path.read_bytes()

    def broken(arrays, names):
        yield b"half"
        raise KeyboardInterrupt

    monkeypatch.setattr("mxnb.ndarray.serialization.dump", broken)
    with pytest.raises(KeyboardInterrupt):
        mx.nd.save(path, [mx.nd.zeros(2)])
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["x.params"]


def test_load_refuses(tmp_path):
    with pytest.raises(MXNetError, match=r"cannot read '.*nothing': No such file"):
        mx.nd.load(str(tmp_path / "nothing"))
    with pytest.raises(MXNetError, match=r"cannot read .*: Is a directory"):
        mx.nd.load(str(tmp_path))
    (tmp_path / "x").write_bytes(SAMPLES["dict"][:50])
    with pytest.raises(MXNetError, match=r"/x', byte \d+: .*truncated"):
        mx.nd.load(str(tmp_path / "x"))
    with pytest.raises(TypeError, match="got int, needs bytes"):
        mx.nd.load_frombuffer(3)
