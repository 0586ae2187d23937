"""The idx format: round trips, and errors that name file and offset."""

import gzip
import struct

import numpy as np
import pytest

from mxnb.base import MXNetError
from mxnb.io.idx import digits_files, read_idx, write_idx


@pytest.mark.parametrize("name", ["a-idx", "a-idx.gz"])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), (0, 5), ()])
def test_round_trip(tmp_path, name, dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    write_idx(tmp_path / name, array)
    again = read_idx(tmp_path / name)
    assert again.dtype == array.dtype
    assert again.shape == array.shape
    assert (again == array).all()
    assert again.flags.writeable


def test_known_bytes(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(bytes([0, 0, 0x0C, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 1, 0, 255, 255, 255, 255]))
    assert read_idx(path).tolist() == [[256, -1]]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "the header ends at byte 0, an idx file has at least 4"),
        (b"\0\0\x08\x03\0\0", "the header ends at byte 6, 3 dimensions need 16"),
        (b"PK\x03\x04 not idx", "bytes 0 to 3 are 50 4b 03 04"),
        (b"\0\0\x07\x01\0\0\0\1a", "bytes 0 to 3 are 00 00 07 01"),
        (b"\0\0\x08\x01\0\0\0\3ab", r"is truncated: the content ends at byte 10, uint8 values of shape \(3,\) end at"),
        (b"\0\0\x08\x01\0\0\0\1ab", r"has trailing bytes: the content ends at byte 10, .* end at byte 9"),
        (b"\0\0\x08\x02\xff\xff\xff\xff\xff\xff\xff\xff", "is truncated"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_damage_is_named(tmp_path, content, text, pack):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(pack(content))
    with pytest.raises(MXNetError, match=text) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_damaged_gzip(tmp_path):
    content = struct.pack(">HBBI", 0, 8, 1, 100_000) + bytes(range(250)) * 400
    packed = gzip.compress(content, 0)
    path = tmp_path / "a.gz"
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(MXNetError, match=r"a\.gz: the gzip stream is damaged after byte \d+ of its content"):
        read_idx(path)
    path.write_bytes(packed[:-8] + b"12345678")
    with pytest.raises(MXNetError, match="the gzip stream is damaged"):
        read_idx(path)


def test_missing_file_and_dtype(tmp_path):
    with pytest.raises(MXNetError, match=r"cannot read '.*nothing': No such file"):
        read_idx(tmp_path / "nothing")
    with pytest.raises(MXNetError, match="array has dtype int64"):
        write_idx(tmp_path / "x", np.zeros(3, np.int64))


def test_the_digits_in_the_package():
    total = np.zeros(10, int)
    for train, count in ((True, 1437), (False, 360)):
        files = digits_files(train)
        images, labels = read_idx(files["image"]), read_idx(files["label"])
        assert images.shape == (count, 8, 8)
        assert images.dtype == labels.dtype == np.uint8
        assert labels.shape == (count,)
        assert set(np.unique(images)) == {round(k * 255 / 16) for k in range(17)}
        total += np.bincount(labels, minlength=10)
    assert total.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
