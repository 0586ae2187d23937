"""Record files: byte for byte as MXNet 1.9.1 writes them, and what is done with damaged ones."""

import contextlib
import importlib.util
import json
import multiprocessing
import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb import recordio
from mxnb.recordio import IRHeader, MXIndexedRecordIO, MXRecordIO, pack, pack_img, parts_of, unpack, unpack_img

GOLDEN = Path(__file__).parent / "golden"
ANSWERS = json.loads((GOLDEN / "recordio.json").read_text())
_spec = importlib.util.spec_from_file_location("golden_recordio", GOLDEN / "recordio.py")
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)
MAGIC = recordio.MAGIC


@pytest.fixture
def paths(tmp_path):
    return str(tmp_path / "a.idx"), str(tmp_path / "a.rec")


def write(paths, payloads, step=1):
    with MXIndexedRecordIO(*paths, "w") as writer:
        for i, payload in enumerate(payloads):
            writer.write_idx(step * i, payload)


def read_all(path):
    with MXRecordIO(path, "r") as reader:
        return list(iter(reader.read, None))


# --- The format ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", golden.FILES)
def test_bytes_are_those_of_mxnet(name, paths):
    write(paths, golden.FILES[name], 3)
    assert Path(paths[1]).read_bytes().hex() == ANSWERS["files"][name]
    assert Path(paths[0]).read_text() == ANSWERS["indexes"][name]
    assert read_all(paths[1]) == golden.FILES[name]


@pytest.mark.parametrize("position", range(len(golden.HEADERS)))
def test_headers_are_those_of_mxnet(position):
    header = golden.HEADERS[position]
    packed = pack(IRHeader(*header), b"zz")
    assert packed.hex() == ANSWERS["headers"][position]
    found, content = unpack(packed)
    np.testing.assert_array_equal(found.label, header[1])
    assert content == b"zz"
    assert found[2:] == header[2:]


def test_random_payloads(paths):
    """Whatever the payload, its parts hold no magic number where a reader would look for one."""
    random = np.random.RandomState(0)
    payloads = []
    for _ in range(200):
        pieces = [MAGIC if random.rand() < 0.4 else random.bytes(random.randint(0, 6)) for _ in range(8)]
        payloads.append(b"".join(pieces))
    for payload in payloads:
        parts = parts_of(payload)
        assert MAGIC.join(parts) == payload
        assert not any(part[i : i + 4] == MAGIC for part in parts for i in range(0, len(part), 4))
    write(paths, payloads)
    assert read_all(paths[1]) == payloads


def test_long_record(paths, monkeypatch):
    monkeypatch.setattr(recordio, "LONGEST", 8)
    with MXRecordIO(paths[1], "w") as writer:
        writer.write(b"12345678")
        with pytest.raises(mx.MXNetError, match="a record of 9 bytes, at most 8"):
            writer.write(b"123456789")
    assert read_all(paths[1]) == [b"12345678"]


def test_beyond_two_gigabytes(paths):
    """Offsets are not 32 bits; the file has a hole, which takes no room."""
    write(paths, [b"first"])
    far = 5 << 30
    with open(paths[1], "r+b") as file:
        file.seek(far)
        recordio.write_record(file, b"far")
    with open(paths[0], "a") as file:
        file.write(f"7\t{far}\n")
    with MXIndexedRecordIO(*paths, "r") as reader:
        assert reader.read_idx(7) == b"far"
        assert reader.tell() == far + 12
        assert reader.read_idx(0) == b"first"


# --- Readers and writers ---------------------------------------------------------------------------------------------


def test_sequence_of_calls(paths):
    write(paths, [b"zero", b"one", b"two"])
    reader = MXRecordIO(paths[1], "r")
    assert reader.is_open
    assert reader.read() == b"zero"
    reader.reset()
    assert [reader.read() for _ in range(5)] == [b"zero", b"one", b"two", None, None]
    with pytest.raises(mx.MXNetError, match="open with flag 'r', needs 'w'"):
        reader.write(b"x")
    reader.close()
    reader.close()
    assert not reader.is_open
    with pytest.raises(mx.MXNetError, match="is closed"):
        reader.read()
    writer = MXRecordIO(paths[1], "w")
    with pytest.raises(mx.MXNetError, match="open with flag 'w', needs 'r'"):
        writer.read()
    writer.write(b"x")
    writer.reset()
    writer.write(b"y")
    writer.close()
    assert read_all(paths[1]) == [b"y"]


def test_keys(paths):
    write(paths, [b"zero", b"one", b"two"], 5)
    with MXIndexedRecordIO(*paths, "r") as reader:
        assert reader.keys == [0, 5, 10]
        assert reader.read_idx(10) == b"two"
        assert reader.read_idx(5) == b"one"
        assert reader.read() == b"two"
        reader.seek(0)
        assert reader.read() == b"zero"
        with pytest.raises(KeyError, match="no key 1"):
            reader.read_idx(1)
    with MXIndexedRecordIO(*paths, "w", key_type=str) as writer:
        writer.write_idx("cat", b"meow")
    with MXIndexedRecordIO(*paths, "r", str) as reader:
        assert reader.read_idx("cat") == b"meow"


def test_what_cannot_be_opened(paths):
    with pytest.raises(ValueError, match="flag is 'x', needs 'r' or 'w'"):
        MXRecordIO(paths[1], "x")
    with pytest.raises(mx.MXNetError, match=r"cannot open .*a\.rec: No such file"):
        MXRecordIO(paths[1], "r")
    write(paths, [b"x"])
    os.remove(paths[0])
    with pytest.raises(mx.MXNetError, match=r"cannot open .*a\.idx: No such file"):
        MXIndexedRecordIO(*paths, "r")


def test_pickling(paths):
    write(paths, [b"zero", b"one"])
    reader = MXIndexedRecordIO(*paths, "r")
    reader.read()
    copy = pickle.loads(pickle.dumps(reader))
    assert copy.read() == b"zero"
    assert copy.read_idx(1) == b"one"
    reader.close()
    assert not pickle.loads(pickle.dumps(reader)).is_open
    with MXRecordIO(paths[1] + "2", "w") as writer, pytest.raises(mx.MXNetError, match="being written"):
        pickle.dumps(writer)


def _in_child(reader, writer, pipe):
    try:
        writer.write(b"child")
    except mx.MXNetError as error:
        pipe.send((reader.read(), reader.read_idx(1), str(error)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_after_fork(paths):
    """The child opens the file for itself: neither moves the other's place.  It may not write."""
    write(paths, [b"zero", b"one", b"two"])
    reader, writer = MXIndexedRecordIO(*paths, "r"), MXRecordIO(paths[1] + "2", "w")
    assert reader.read() == b"zero"
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(reader, writer, there))
    child.start()
    assert here.poll(30)
    first, by_key, error = here.recv()
    child.join()
    assert (first, by_key) == (b"zero", b"one")
    assert "another process" in error
    assert reader.read() == b"one"
    writer.write(b"parent")
    writer.close()
    assert read_all(paths[1] + "2") == [b"parent"]


# --- Damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda b: b[:-1], "offset 16: the record has 3 bytes, the file only 3 more"),
        (lambda b: b[:-5], "offset 16: the file ends within a record"),
        (lambda b: b[:16] + b"x" + b[17:], "offset 16: no record begins here: 7823d7ce"),
        (lambda b: b[:20] + b"\xff\xff\xff\xff" + b[24:], "offset 16: a part of kind 7"),
        (lambda b: b[:20] + struct.pack("<I", 3 << 29) + b[24:], "offset 16: a part of kind 3 after 0 parts"),
        (lambda b: b[:20] + struct.pack("<I", 1 << 29 | 3) + b[24:], "offset 28: the file ends within a record"),
        (lambda b: b[:20] + struct.pack("<I", 1 << 28) + b[24:], "offset 16: the record has 268435456 bytes"),
    ],
)
def test_damaged_files(paths, damage, message):
    write(paths, [b"first...", b"two"])
    good = Path(paths[1]).read_bytes()
    Path(paths[1]).write_bytes(damage(good))
    with MXRecordIO(paths[1], "r") as reader:
        assert reader.read() == b"first..."
        with pytest.raises(mx.MXNetError, match=message):
            reader.read()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0\t0\n1\t999\n", "line 2: offset 999, but .* has 12 bytes"),
        ("0\t-4\n", "line 1: offset -4"),
        ("0 0\n", "line 1: needs 'key<TAB>offset'"),
        ("a\t0\n", "line 1: needs"),
        (b"\xff\xfe\t0\n", "needs 'key<TAB>offset'"),
    ],
)
def test_damaged_indexes(paths, text, message):
    write(paths, [b"x"])
    Path(paths[0]).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(mx.MXNetError, match=message):
        MXIndexedRecordIO(*paths, "r")


def test_mutated_files(paths):
    """Any change of a file gives records or an error, never a crash or a hang."""
    write(paths, [b"a" * 13, MAGIC * 3 + b"b", b"", b"c" * 40])
    good, random = Path(paths[1]).read_bytes(), np.random.RandomState(1)
    for _ in range(300):
        data = bytearray(good)
        for _ in range(random.randint(1, 4)):
            data[random.randint(len(data))] = random.randint(256)
        Path(paths[1]).write_bytes(bytes(data[: random.randint(len(data) + 1)]))
        with contextlib.suppress(mx.MXNetError):
            assert len(read_all(paths[1])) <= 12


def test_short_records():
    with pytest.raises(mx.MXNetError, match="a record of 3 bytes, the header alone has 24"):
        unpack(b"abc")
    with pytest.raises(mx.MXNetError, match="3 labels in a record of 28 bytes"):
        unpack(pack(IRHeader(0, [1, 2, 3], 0, 0), b"")[:28])
    with pytest.raises(mx.MXNetError, match="does not fit"):
        pack(IRHeader(0, 1.0, -1, 0), b"")


# --- Images ----------------------------------------------------------------------------------------------------------

IMAGE = np.random.RandomState(0).randint(0, 256, (5, 4, 3)).astype(np.uint8)
HEADER = IRHeader(0, 1.0, 7, 0)


def test_images_are_blue_green_red():
    header, image = unpack_img(pack_img(HEADER, IMAGE, img_fmt=".png"))
    assert header == HEADER
    np.testing.assert_array_equal(image, IMAGE)
    decoded = mx.image.codec.decode(unpack(pack_img(HEADER, IMAGE, img_fmt=".png"))[1])
    np.testing.assert_array_equal(decoded, IMAGE[:, :, ::-1])


@pytest.mark.parametrize("img_fmt", [".png", ".bmp", ".tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_formats_without_loss(img_fmt, channels):
    image = np.dstack([IMAGE, IMAGE[:, :, :1]])[:, :, :channels]
    found = unpack_img(pack_img(HEADER, image, img_fmt=img_fmt))[1]
    expected = image[:, :, 0] if channels == 1 else image[:, :, :3] if img_fmt == ".bmp" else image
    np.testing.assert_array_equal(found, expected)


def test_quality_and_colour():
    smooth = np.linspace(0, 255, 64 * 64 * 3).reshape(64, 64, 3).astype(np.uint8)
    sizes = [len(pack_img(HEADER, smooth, quality)) for quality in (10, 50, 95)]
    assert sizes[0] < sizes[1] < sizes[2]
    assert len(pack_img(HEADER, smooth, 0, ".png")) > len(pack_img(HEADER, smooth, 9, ".png"))
    s = pack_img(HEADER, IMAGE[:, :, 0], img_fmt=".png")
    assert unpack_img(s)[1].shape == unpack_img(s, 0)[1].shape == (5, 4)
    assert unpack_img(s, 1)[1].shape == (5, 4, 3)
    wide = np.arange(20, dtype=np.uint16).reshape(5, 4) * 3000
    np.testing.assert_array_equal(unpack_img(pack_img(HEADER, wide, img_fmt=".png"))[1], wide)


def test_what_is_no_image():
    with pytest.raises(mx.MXNetError, match="record 7: 8 bytes cannot be decoded"):
        unpack_img(pack(HEADER, b"nonsense"))
    with pytest.raises(mx.MXNetError, match=r"cannot encode '\.xyz'"):
        pack_img(HEADER, IMAGE, img_fmt=".xyz")
    with pytest.raises(mx.MXNetError, match=r"dtype float64 as \.jpg"):
        pack_img(HEADER, IMAGE / 2)
