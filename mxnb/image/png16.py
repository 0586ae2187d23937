"""PNG files with 16 bits of colour, of which Pillow reads 8: the rest of `codec` reads all else.

A file is a row of chunks: length, name, content, checksum.  The pixels of all IDAT chunks together are compressed by
zlib: rows of a filter's number and then bytes, which are differences to their neighbours (`kernels.image.unfilter`).
An interlaced file holds seven small images, one after the other, with pixels that are further apart.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from ..kernels import image as kernels

BEGIN = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # by the kind of colour: grey, RGB, grey and alpha, RGB and alpha
WHOLE = ((0, 0, 1, 1),)
INTERLACED = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""First row and column, and distance of rows and columns."""


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk, up to the last."""
    at, name = len(BEGIN), b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(content, zlib.crc32(name)) != checksum:
            raise ValueError(f"chunk {name.decode('latin-1')} is damaged")
        yield name, content
        at += 12 + length


def decode(data: bytes) -> np.ndarray:
    """The pixels of a PNG file of 16 bits.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    array, shape (height, width, channels), uint16; grey with alpha gives four channels, as does one colour that is
        transparent

    Raises
    ------
    ValueError, struct.error, zlib.error
        If it is none, or damaged.
    """
    chunks = list(_chunks(bytes(data)))
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 16 or colour not in CHANNELS:
        raise ValueError(f"{depth} bits of a colour of kind {colour}, needs 16")
    channels = CHANNELS[colour]
    passes, size = [], 0
    for y, x, dy, dx in INTERLACED if interlaced else WHOLE:
        rows, cols = len(range(y, height, dy)), len(range(x, width, dx))
        if rows and cols:
            passes.append((slice(y, None, dy), slice(x, None, dx), rows, cols))
            size += rows * (1 + 2 * channels * cols)
    packed = b"".join(content for name, content in chunks if name == b"IDAT")
    lines = np.frombuffer(bytearray(zlib.decompressobj().decompress(packed, max(size, 1))), np.uint8)
    if not 0 < size == len(lines):
        raise ValueError(f"{len(lines)} bytes of pixels, needs {size}")
    out, at = np.empty((height, width, channels), np.uint16), 0
    for down, along, rows, cols in passes:
        stride = 1 + 2 * channels * cols
        part = lines[at : at + rows * stride].reshape(rows, stride)
        at += rows * stride
        if part[:, 0].max() > 4:
            raise ValueError(f"filter {part[:, 0].max()}, there are 0 to 4")
        plain = np.empty((rows, stride - 1), np.uint8)
        kernels.unfilter(plain, part, 2 * channels)
        out[down, along] = plain.view(">u2").reshape(rows, cols, channels)
    clear = next((content for name, content in chunks if name == b"tRNS"), b"")
    if channels == 2:
        out = out[:, :, [0, 0, 0, 1]]
    elif channels == 3 and clear:
        seen = (out != np.frombuffer(clear, ">u2", 3)).any(2, keepdims=True)
        out = np.concatenate([out, np.where(seen, 0xFFFF, 0).astype(np.uint16)], 2)
    return out


def encode(pixels: np.ndarray, level: int) -> bytes:
    """A PNG file of 16 bits.

    Parameters
    ----------
    pixels : array, shape (height, width, channels), uint16; 3 channels or 4
    level : int
        How strongly it is compressed, 0 to 9.

    Returns
    -------
    bytes
    """
    height, width, channels = pixels.shape
    flat = np.ascontiguousarray(pixels, ">u2").view(np.uint8).reshape(height, -1)
    lines = np.zeros((height, 1 + flat.shape[1]), np.uint8)
    lines[1:, 0] = 2  # the first row as it is, the others as differences to the one above
    lines[0, 1:] = flat[0]
    lines[1:, 1:] = flat[1:] - flat[:-1]
    head = struct.pack(">IIBBBBB", width, height, 16, {3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), level)), (b"IEND", b"")
    return BEGIN + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(name)))
        for name, content in chunks
    )
