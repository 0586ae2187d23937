"""PNG files of 16 bits: as MXNet 1.9.1 reads them, written and read again, and damaged."""

import importlib.util
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb.image import codec, png16
from mxnb.recordio import IRHeader, pack_img, unpack_img

GOLDEN = Path(__file__).parent.parent / "golden"
_spec = importlib.util.spec_from_file_location("golden_png16", GOLDEN / "png16.py")
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)
ANSWERS = dict(np.load(GOLDEN / "png16.npz"))
FILES = {name[5:]: data.tobytes() for name, data in ANSWERS.items() if name.startswith("file ")}
PIXELS = np.random.RandomState(0).randint(0, 1 << 16, (5, 7, 4)).astype(np.uint16)


@pytest.mark.parametrize("name", FILES)
def test_as_mxnet(name):
    for iscolor in (-1, 0, 1):
        found, expected = codec.decode(FILES[name], iscolor, rgb=False), ANSWERS[f"{iscolor} {name}"]
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("channels", [3, 4])
def test_written_and_read(channels):
    pixels = PIXELS[:, :, :channels]
    header, found = unpack_img(pack_img(IRHeader(0, 3.0, 5, 0), pixels, quality=3, img_fmt=".png"))
    assert header.label == 3
    np.testing.assert_array_equal(found, pixels)
    np.testing.assert_array_equal(
        codec.decode(codec.encode(pixels, ".png", rgb=False), 1, rgb=False), pixels[:, :, :3] >> 8
    )
    assert mx.image.imdecode(codec.encode(pixels, ".png")).dtype == np.uint8


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (3, 2), (17, 8)])
def test_interlaced_sizes(shape):
    """Some of the seven images are empty."""
    pixels = np.random.RandomState(1).randint(0, 1 << 16, (*shape, 3)).astype(np.uint16)
    np.testing.assert_array_equal(codec.decode(golden.png(pixels, interlaced=True), -1), pixels)


def test_damage():
    """Errors that say what is wrong, whatever is cut or changed; never pixels of a part."""
    good = golden.png(PIXELS)
    for cut in range(8, len(good) - 1, 7):
        with pytest.raises(mx.MXNetError, match="cannot be decoded"):
            codec.decode(good[:cut], -1)
    for place in range(16, len(good) - 12, 5):
        changed = bytearray(good)
        changed[place] ^= 0x55
        with pytest.raises(mx.MXNetError, match="cannot be decoded"):
            codec.decode(bytes(changed), -1)


def test_contents():
    """What checksums do not tell."""
    head = struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0)
    cases = {"filter 9": b"\x09" + bytes(12) + b"\0" + bytes(12), "20 bytes": bytes(20)}
    for message, lines in cases.items():
        chunks = (b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")
        data = png16.BEGIN + b"".join(golden.chunk(*chunk) for chunk in chunks)
        with pytest.raises(mx.MXNetError, match=message):
            codec.decode(data, -1)
    with pytest.raises(ValueError, match="8 bits of a colour"):
        png16.decode(codec.encode(np.zeros((2, 2, 3), np.uint8), ".png"))


def tiff(pixels):
    """A file of 16 bits of colour."""
    (height, width, _), data = pixels.shape, pixels.astype("<u2").tobytes()
    end = 8 + len(data)
    fields = [(256, 1, width), (257, 1, height), (258, 3, end + 2 + 12 * 9 + 4), (259, 1, 1), (262, 1, 2), (273, 1, 8),
              (277, 1, 3), (278, 1, height), (279, 1, len(data))]  # fmt: skip
    packed = b"".join(struct.pack("<HHII", tag, 3, count, value) for tag, count, value in fields)
    return b"II*\0" + struct.pack("<I", end) + data + struct.pack("<H", 9) + packed + struct.pack("<I3H", 0, 16, 16, 16)


def test_other_formats_are_refused():
    """They are never cut to 8 bits where all are asked for."""
    pixels = PIXELS[:, :, :3]
    for data in (tiff(pixels), b"P6\n7 5\n65535\n" + pixels.astype(">u2").tobytes()):
        with pytest.raises(mx.MXNetError, match="16 bits of colour can be read as 8 only"):
            codec.decode(data, -1)
        assert np.abs(codec.decode(data, 1) - pixels / 257).max() <= 1
    with pytest.raises(mx.MXNetError, match="uint16 for PNG"):
        codec.encode(pixels, ".tiff")


@pytest.mark.parametrize("width", [5, 16, 160])
def test_eight_bits_are_read_whatever_the_width(width):
    pixels = np.random.RandomState(2).randint(0, 256, (16, width, 3)).astype(np.uint8)
    for ending in (".bmp", ".png", ".tiff", ".ppm"):
        np.testing.assert_array_equal(codec.decode(codec.encode(pixels, ending), -1), pixels)
