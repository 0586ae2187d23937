"""The idx format of MNIST and its relatives: a header with dtype and shape, then the values.

========= ======================= ==============================================
offset    bytes                   content
========= ======================= ==============================================
0         2                       zero
2         1                       code of the dtype, see `DTYPES`
3         1                       number of dimensions, n
4         4 n                     the dimensions, big-endian unsigned
4 + 4 n   product × size          the values, big-endian, the last axis fastest
========= ======================= ==============================================
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from typing import TypedDict

import numpy as np

from ..base import MXNetError, atomic_write

__all__ = ["digits_files", "read_idx", "write_idx"]

DTYPES = {
    code: np.dtype(name)
    for code, name in {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}.items()
}

DIGITS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "digits")


class DigitsFiles(TypedDict):
    """The files of one part of the digits."""

    image: str
    label: str


def digits_files(train: bool = True) -> DigitsFiles:
    """Return the files of the handwritten digits that come with mxnb, as the arguments of `MNISTIter`.

    1797 grey images of 8x8 pixels, from the UCI repository; ``mxnb/data/digits/README.md`` has source and licence.

    Parameters
    ----------
    train : bool
        The 1437 samples for training, or the 360 held out.

    Returns
    -------
    dict
        Paths, under ``image`` and ``label``.

    Examples
    --------
    >>> import mxnb as mx
    >>> it = mx.io.MNISTIter(**mx.io.digits_files(train=False), batch_size=60, silent=True)
    >>> next(it).data[0].shape
    (60, 1, 8, 8)
    """
    prefix = os.path.join(DIGITS, "train" if train else "t10k")
    return {"image": f"{prefix}-images-idx3-ubyte.gz", "label": f"{prefix}-labels-idx1-ubyte.gz"}


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """Read an idx file, plain or compressed with gzip (its first bytes tell, not its name).

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    numpy.ndarray
        In native byte order, writable.

    Raises
    ------
    MXNetError
        When the file is missing, is not in this format, is damaged, or is shorter or longer than its header says;
        the text names the file and the byte offset (of the uncompressed content, if it is compressed).

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "labels-idx1-ubyte.gz")
    >>> write_idx(path, np.array([7, 2, 1], np.uint8))
    >>> read_idx(path)
    array([7, 2, 1], dtype=uint8)
    """
    path = os.fspath(path)
    content = _read(path)
    if len(content) < 4:
        raise MXNetError(f"{path}: the header ends at byte {len(content)}, an idx file has at least 4")
    zero, code, ndim = struct.unpack_from(">HBB", content)
    if zero != 0 or code not in DTYPES:
        raise MXNetError(
            f"{path}: bytes 0 to 3 are {content[:4].hex(' ')}, an idx file starts with 00 00, "
            f"a dtype code of {', '.join(f'{known:02x}' for known in DTYPES)} and the number of dimensions"
        )
    start = 4 + 4 * ndim
    if len(content) < start:
        raise MXNetError(f"{path}: the header ends at byte {len(content)}, {ndim} dimensions need {start}")
    shape = struct.unpack_from(f">{ndim}I", content, 4)
    dtype = DTYPES[code]
    end = start + math.prod(shape) * dtype.itemsize
    if len(content) != end:
        fault = "is truncated" if len(content) < end else "has trailing bytes"
        raise MXNetError(
            f"{path}: {fault}: the content ends at byte {len(content)}, {dtype.newbyteorder('=').name} values of "
            f"shape {shape} end at byte {end}"
        )
    return np.frombuffer(content, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def _read(path: str) -> bytes:
    """Return the content of a file, uncompressed."""
    try:
        with open(path, "rb") as f:
            raw = f.read()
    except OSError as error:
        raise MXNetError(f"cannot read {path!r}: {error.strerror}") from error
    if raw[:2] != b"\x1f\x8b":
        return raw
    parts = []
    try:
        with gzip.open(path) as f:
            while part := f.read(1 << 16):
                parts.append(part)
    except (OSError, EOFError, zlib.error) as error:
        offset = sum(map(len, parts))
        raise MXNetError(f"{path}: the gzip stream is damaged after byte {offset} of its content: {error}") from error
    return b"".join(parts)


def write_idx(path: str | os.PathLike[str], array: np.ndarray) -> None:
    """Write an array as an idx file, compressed when the name ends in ``.gz``.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced only when all is written.
    array : numpy.ndarray
        Of dtype uint8, int8, int16, int32, float32 or float64, with at most 255 dimensions.

    Raises
    ------
    MXNetError
        When the format has no such dtype, or the file cannot be written.

    Examples
    --------
    >>> import os, tempfile
    >>> write_idx(os.path.join(tempfile.mkdtemp(), "a-idx2-float"), np.zeros((2, 3), np.float32))
    """
    array = np.asarray(array)
    big = array.dtype.newbyteorder(">")
    code = next((code for code, dtype in DTYPES.items() if dtype == big), None)
    if code is None:
        raise MXNetError(
            f"write_idx: array has dtype {array.dtype}, the format has uint8, int8, int16, int32, float32, float64"
        )
    content = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape) + array.astype(big).tobytes()
    with atomic_write(path) as f:
        f.write(gzip.compress(content, mtime=0) if os.fspath(path).endswith(".gz") else content)
