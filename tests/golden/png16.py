"""PNG files of 16 bits, with all filters, interlaced or not, and what MXNet 1.9.1 (OpenCV) reads of them.

``python tests/golden/png16.py``, where MXNet 1.9.1 and OpenCV are installed, writes png16.npz. Kept to Python 3.8.
"""

import struct
import zlib
from pathlib import Path

import numpy as np

ANSWERS = Path(__file__).parent / "png16.npz"
PASSES = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def filtered(lines, step, kinds):
    """The rows of a PNG file from bytes (rows, bytes), each by one of the filters in turn."""
    out, above = [], np.zeros(lines.shape[1], int)
    for row, line in enumerate(lines.astype(int)):
        kind = kinds[row % len(kinds)]
        left, corner = (np.concatenate([np.zeros(step, int), x])[: len(line)] for x in (line, above))
        guess = left + above - corner
        near = np.stack([abs(guess - left), abs(guess - above), abs(guess - corner)]).argmin(0)
        paeth = np.choose(near, [left, above, corner])
        taken = [0 * line, left, above, (left + above) // 2, paeth][kind]
        out.append(bytes([kind]) + ((line - taken) & 255).astype(np.uint8).tobytes())
        above = line
    return b"".join(out)


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(pixels, kinds=(0, 1, 2, 3, 4), interlaced=False, clear=None):
    """A file of pixels (height, width, channels), 16 bits, cut into several IDAT chunks."""
    height, width, channels = pixels.shape
    parts = [pixels[y::down, x::along] for y, x, down, along in (PASSES if interlaced else [(0, 0, 1, 1)])]
    rows = [p.astype(">u2").view(np.uint8).reshape(p.shape[0], -1) for p in parts if p.size]
    packed = zlib.compress(b"".join(filtered(p, 2 * channels, kinds) for p in rows))
    head = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, int(interlaced))
    found = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    if clear is not None:
        found += chunk(b"tRNS", struct.pack(">3H", *clear))
    return found + chunk(b"IDAT", packed[:20]) + chunk(b"IDAT", packed[20:]) + chunk(b"IEND", b"")


def files():
    """By name."""
    rng = np.random.RandomState(0)
    found = {}
    for channels in (2, 3, 4):
        smooth = np.cumsum(rng.randint(0, 3000, (11, 9, channels)), 0).astype(np.uint16)
        for interlaced in (False, True):
            found[f"{channels} channels{' interlaced' * interlaced}"] = png(smooth, interlaced=interlaced)
        for kind in range(5):
            found[f"{channels} channels filter {kind}"] = png(smooth, (kind,))
        found[f"{channels} channels small interlaced"] = png(smooth[:2, :3], interlaced=True)
        if channels == 3:
            found["one clear colour"] = png(smooth, clear=smooth[3, 4])
    return found


def record():
    import mxnet as mx

    found = {}
    for name, data in files().items():
        found[f"file {name}"] = np.frombuffer(data, np.uint8)
        record = mx.recordio.pack(mx.recordio.IRHeader(0, 0.0, 0, 0), data)
        for iscolor in (-1, 0, 1):
            found[f"{iscolor} {name}"] = mx.recordio.unpack_img(record, iscolor)[1]
    np.savez_compressed(ANSWERS, **found)


if __name__ == "__main__":
    record()
