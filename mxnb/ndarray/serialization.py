"""MXNet's ``.params`` files: NDArrays as a list or under names.

All numbers are little-endian::

    file     u64 0x112 | u64 0 | u64 count, count * array | u64 count or 0, each name: u64 length, UTF-8 bytes
    array    u32 magic, then by the magic
       V3    i32 storage | [stored shape] | i32 ndim, i64 dims | context | i32 dtype | [aux] | data | [aux data]
       V2    the same; ndim 0 means "no array", and nothing follows
       V1    u32 ndim, i64 dims | context | i32 dtype | data
       0     the magic itself is ndim, u32 dims | context | i32 dtype | data
    context  i32 device type, i32 device id: where it was saved; ignored
    storage  0 dense; 1 row_sparse with aux (row indices); 2 csr with aux (indptr, column indices)
    aux      for each: i32 dtype, i32 ndim, i64 dims

V3 is V2 in which ndim 0 is a scalar (ndim -1 is "no array"). MXNet 1.9.1 refuses V3 unless its NumPy shape semantics
are on, so V3 is written only for scalars, which V2 cannot hold.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..base import CODE_TO_DTYPE, DTYPE_TO_CODE, MXNetError, atomic_write

__all__ = ["dump", "load", "load_frombuffer", "parse", "save"]

LIST_MAGIC = 0x112
V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
DENSE, ROW_SPARSE, CSR = 0, 1, 2
BFLOAT16 = 12
MAX_NDIM = 32
MAX_EXPANDED = 1 << 34  # bytes: a sparse array in a few bytes of file may claim any dense size


def dump(arrays: Sequence[np.ndarray], names: Sequence[str] = ()) -> Iterator[bytes | memoryview]:
    """Give the bytes of a ``.params`` file, piece by piece, without copying the arrays.

    Parameters
    ----------
    arrays : sequence of numpy.ndarray
        Of the dtypes float32, float64, float16, uint8, int32, int8, int64 and bool.
    names : sequence of str
        One name per array, or none at all for a list.

    Yields
    ------
    bytes or memoryview

    Raises
    ------
    MXNetError
        When an array has another dtype, or the numbers of arrays and names differ.

    Examples
    --------
    >>> len(b"".join(dump([np.zeros((2, 3), "float32")])))
    96
    """
    if names and len(names) != len(arrays):
        raise MXNetError(f"dump: got {len(names)} names for {len(arrays)} arrays, needs one name per array or none")
    yield struct.pack("<3Q", LIST_MAGIC, 0, len(arrays))
    for array in arrays:
        code = DTYPE_TO_CODE.get(array.dtype)
        if code is None:
            offered = ", ".join(dtype.name for dtype in DTYPE_TO_CODE)
            raise MXNetError(f"dump: an array has dtype {array.dtype}, a .params file holds {offered}")
        shape, ndim = array.shape, array.ndim
        yield struct.pack(f"<Iii{ndim}q", V2 if ndim else V3, DENSE, ndim, *shape)
        yield struct.pack("<iii", 1, 0, code)  # on cpu(0)
        data = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        if data.size:
            yield data.reshape(-1).view(np.uint8).data
    yield struct.pack("<Q", len(names))
    for name in names:
        encoded = name.encode()
        yield struct.pack("<Q", len(encoded)) + encoded


def parse(buffer: Any, filename: str = "buffer") -> tuple[list[np.ndarray], list[str]]:
    """Read the arrays and names of a ``.params`` file from memory.

    Parameters
    ----------
    buffer : bytes-like
        The whole file.
    filename : str
        Its name, for errors.

    Returns
    -------
    arrays : list of numpy.ndarray
        Views of the buffer where its alignment permits (so they are writable if the buffer is), copies otherwise.
        Sparse arrays come back dense, bfloat16 as float32, and MXNet's "no array" as float32 of shape ``(0,)``.
    names : list of str
        Empty for a list.

    Raises
    ------
    MXNetError
        When the file is truncated or damaged, with the file's name and the byte offset.

    Examples
    --------
    >>> arrays, names = parse(b"".join(dump([np.ones(2, "int32")], ["x"])))
    >>> arrays[0].tolist(), names
    ([1, 1], ['x'])
    """
    reader = _Reader(buffer, filename)
    magic = reader.number("Q", "the magic number")
    if magic != LIST_MAGIC:
        reader.fail(f"got magic number {magic:#x}, a .params file starts with {LIST_MAGIC:#x}", 0)
    reader.number("Q", "the reserved word")
    arrays = [_read_array(reader) for _ in range(reader.count("arrays", 4))]
    start = reader.offset
    names = [_read_name(reader) for _ in range(reader.count("names", 8))]
    if names and len(names) != len(arrays):
        reader.fail(f"got {len(names)} names for {len(arrays)} arrays", start)
    return arrays, names


class _Reader:
    """A position in a buffer. Lengths are compared with what is left before anything is allocated."""

    def __init__(self, buffer: Any, filename: str) -> None:
        self.buffer = memoryview(buffer).cast("B")
        self.filename = filename
        self.offset = 0

    def fail(self, problem: str, offset: int | None = None) -> Any:
        raise MXNetError(f"{self.filename!r}, byte {self.offset if offset is None else offset}: {problem}")

    def take(self, size: int, what: str) -> int:
        """Step over `size` bytes; return where they start."""
        start, left = self.offset, len(self.buffer) - self.offset
        if size > left:
            self.fail(f"{what} needs {size} bytes, the file has {left} left (truncated or damaged)")
        self.offset += size
        return start

    def numbers(self, kind: str, count: int, what: str) -> tuple[int, ...]:
        layout = struct.Struct(f"<{count}{kind}")
        return layout.unpack_from(self.buffer, self.take(layout.size, what))

    def number(self, kind: str, what: str) -> int:
        return self.numbers(kind, 1, what)[0]

    def count(self, what: str, size: int) -> int:
        """A number of things that take at least `size` bytes each."""
        count = self.number("Q", f"the number of {what}")
        left = len(self.buffer) - self.offset
        if count * size > left:
            self.fail(
                f"got {count} {what}, the file has only {left} bytes left (truncated or damaged)", self.offset - 8
            )
        return count

    def shape(self, ndim: int, kind: str = "q") -> tuple[int, ...]:
        if not 0 <= ndim <= MAX_NDIM:
            self.fail(f"got {ndim} dimensions, an array has at most {MAX_NDIM}", self.offset - 4)
        start = self.offset
        shape = self.numbers(kind, ndim, "a shape")
        if any(size < 0 for size in shape):
            self.fail(f"got shape {shape}, sizes are not negative", start)
        return shape

    def dtype(self) -> np.dtype:
        code = self.number("i", "a dtype code")
        if code == BFLOAT16:
            return np.dtype("V2")
        if code not in CODE_TO_DTYPE:
            self.fail(f"got dtype code {code}, known are 0 to {max(CODE_TO_DTYPE)} and {BFLOAT16}", self.offset - 4)
        return CODE_TO_DTYPE[code]

    def array(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        count = math.prod(shape)
        start = self.take(count * dtype.itemsize, f"an array {shape} of {dtype if dtype.kind != 'V' else 'bfloat16'}")
        if dtype.kind == "V":
            halves = np.frombuffer(self.buffer, "<u2", count, start)
            return (halves.astype(np.uint32) << 16).view(np.float32).reshape(shape)
        if dtype.kind == "b":  # a byte other than 0 and 1 is no bool for numpy
            return (np.frombuffer(self.buffer, np.uint8, count, start) != 0).reshape(shape)
        try:
            array = np.frombuffer(self.buffer, dtype.newbyteorder("<"), count, start).reshape(shape)
        except ValueError as error:  # a size 0 beside sizes whose product is too large
            self.fail(f"shape {shape}: {error}", start)
        array = array.astype(dtype, copy=False)
        return array if array.flags.aligned else array.copy()


def _read_name(reader: _Reader) -> str:
    length = reader.number("Q", "the length of a name")
    start = reader.take(length, "a name")
    try:
        return bytes(reader.buffer[start : start + length]).decode()
    except UnicodeDecodeError as error:
        return reader.fail(f"a name is not UTF-8: {error.reason}", start + error.start)


def _read_array(reader: _Reader) -> np.ndarray:
    start = reader.offset
    magic = reader.number("I", "the magic number of an array")
    if magic in (V2, V3):
        return _read_stored(reader, magic)
    if magic == V1:
        shape = reader.shape(reader.number("I", "the number of dimensions"))
    elif magic <= MAX_NDIM:
        shape = reader.shape(magic, "I")
    else:
        reader.fail(f"got magic number {magic:#x}, an array starts with {V1:#x} to {V3:#x} or its ndim", start)
    return _read_dense(reader, shape) if shape else _no_array()


def _read_stored(reader: _Reader, magic: int) -> np.ndarray:
    storage = reader.number("i", "a storage type")
    if storage not in (DENSE, ROW_SPARSE, CSR):
        reader.fail(f"got storage type {storage}, known are 0 (dense), 1 (row_sparse), 2 (csr)", reader.offset - 4)
    stored_shape = None
    if storage != DENSE:
        stored_shape = reader.shape(reader.number("i", "the number of stored dimensions"))
    start = reader.offset
    ndim = reader.number("i", "the number of dimensions")
    if ndim == (0 if magic == V2 else -1):
        return _no_array()
    shape = reader.shape(ndim)
    if stored_shape is None:
        return _read_dense(reader, shape)
    _read_context(reader)
    dtype = reader.dtype()
    aux = []
    for _ in range(storage):  # one auxiliary array for row_sparse, two for csr
        aux_dtype = reader.dtype()
        if aux_dtype.kind not in "iu":
            reader.fail(f"got indices of {aux_dtype}, needs integers", reader.offset - 4)
        aux.append((reader.shape(reader.number("i", "the number of dimensions of indices")), aux_dtype))
    values = reader.array(stored_shape, dtype)
    indices = [reader.array(*spec) for spec in aux]
    if math.prod(shape) * values.itemsize > MAX_EXPANDED:
        reader.fail(f"a sparse array of shape {shape} is too large to be held dense", start)
    expand = _expand_rows if storage == ROW_SPARSE else _expand_csr
    try:
        return expand(shape, values, *indices)
    except (ValueError, IndexError, MemoryError) as error:
        return reader.fail(f"a sparse array of shape {shape}: {error}", start)


def _read_context(reader: _Reader) -> None:
    reader.numbers("i", 2, "a context")


def _read_dense(reader: _Reader, shape: tuple[int, ...]) -> np.ndarray:
    _read_context(reader)
    return reader.array(shape, reader.dtype())


def _no_array() -> np.ndarray:
    return np.zeros(0, np.float32)


def _within(indices: np.ndarray, size: int, what: str) -> None:
    if indices.size and not (indices.min() >= 0 and indices.max() < size):
        raise ValueError(f"{what} reach from {indices.min()} to {indices.max()}, there are {size}")


def _expand_rows(shape: tuple[int, ...], values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    if not shape or values.shape != (*rows.shape, *shape[1:]):
        raise ValueError(f"values of shape {values.shape} for row indices of shape {rows.shape}")
    _within(rows, shape[0], "row indices")
    dense = np.zeros(shape, values.dtype)
    dense[rows] = values
    return dense


def _expand_csr(shape: tuple[int, ...], values: np.ndarray, indptr: np.ndarray, columns: np.ndarray) -> np.ndarray:
    count = len(shape) == 2 and values.ndim == 1 and len(values)
    if count is False or columns.shape != values.shape or indptr.shape not in ((shape[0] + 1,), (0,)):
        raise ValueError(f"{values.shape} values, {columns.shape} column indices, {indptr.shape} row pointers")
    dense = np.zeros(shape, values.dtype)
    if indptr.size == 0:  # an all-zero matrix may lack its row pointers
        if count:
            raise ValueError(f"{count} values, no row pointers")
        return dense
    lengths: Any = np.diff(indptr.astype(np.int64))
    if indptr[0] != 0 or indptr[-1] != count or (lengths < 0).any():
        raise ValueError(f"row pointers do not ascend from 0 to {count}")
    _within(columns, shape[1], "column indices")
    dense[np.repeat(np.arange(shape[0]), lengths), columns] = values
    return dense


def save(fname: str | os.PathLike[str], data: Any) -> None:
    """Save NDArrays to a ``.params`` file that MXNet 1.x reads too.

    An existing file is replaced only when the new one is complete.

    Parameters
    ----------
    fname : str or os.PathLike
    data : NDArray, list of NDArray, or dict of str to NDArray

    Raises
    ------
    TypeError, ValueError
        When `data` is something else.
    MXNetError
        When the file cannot be written.

    Examples
    --------
    >>> mx.nd.save("weights.params", {"w": mx.nd.ones((2, 3))})
    >>> mx.nd.load("weights.params")["w"].shape
    (2, 3)
    """
    from .ndarray import NDArray

    if isinstance(data, NDArray):
        data = [data]
    names: list[str] = []
    if isinstance(data, dict):
        names, data = list(data), list(data.values())
    elif not isinstance(data, list):
        raise ValueError(f"save: got {type(data).__name__}, needs an NDArray, a list or a dict from str to NDArray")
    for item in data:
        if not isinstance(item, NDArray):
            raise TypeError(f"save: got a {type(item).__name__} among the values, needs NDArrays")
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"save: got key {name!r}, needs str")
    with atomic_write(fname) as file:
        for piece in dump([item._data if item._ctx.on_cpu else item.asnumpy() for item in data], names):
            file.write(piece)


def load(fname: str | os.PathLike[str]) -> Any:
    """Load NDArrays from a ``.params`` file, written here or by any MXNet 1.x.

    They arrive on ``cpu(0)``, wherever they were saved.

    Parameters
    ----------
    fname : str or os.PathLike

    Returns
    -------
    list of NDArray, or dict of str to NDArray
        As it was saved. A file without arrays gives an empty list.

    Raises
    ------
    MXNetError
        When the file cannot be read, is truncated or is damaged.

    Examples
    --------
    >>> mx.nd.save("two.params", [mx.nd.zeros(2), mx.nd.ones(3)])
    >>> [x.shape for x in mx.nd.load("two.params")]
    [(2,), (3,)]
    """
    path = os.fspath(fname)
    try:
        with open(path, "rb", buffering=0) as file:
            buffer = bytearray(os.fstat(file.fileno()).st_size)
            filled = 0
            while filled < len(buffer) and (got := file.readinto(memoryview(buffer)[filled:])):
                filled += got
            del buffer[filled:]  # shorter: somebody else truncates it right now
            buffer += file.read()  # longer: a pipe, whose size was unknown
    except OSError as error:
        raise MXNetError(f"cannot read {path!r}: {error.strerror}") from error
    return _wrap(*parse(buffer, path))


def load_frombuffer(buf: bytes) -> Any:
    """Load NDArrays from the bytes of a ``.params`` file.

    Parameters
    ----------
    buf : bytes
        The content; it is copied.

    Returns
    -------
    list of NDArray, or dict of str to NDArray

    Raises
    ------
    TypeError
        When `buf` is not bytes.
    MXNetError
        When the content is truncated or damaged.

    Examples
    --------
    >>> mx.nd.save("one.params", mx.nd.ones(3))
    >>> mx.nd.load_frombuffer(open("one.params", "rb").read())[0].shape
    (3,)
    """
    if not isinstance(buf, (bytes, bytearray, memoryview)):
        raise TypeError(f"load_frombuffer: got {type(buf).__name__}, needs bytes")
    return _wrap(*parse(bytearray(buf)))


def _wrap(arrays: list[np.ndarray], names: list[str]) -> Any:
    from ..context import Context
    from .ndarray import NDArray

    ctx = Context("cpu", 0)
    wrapped = [NDArray(array, ctx) for array in arrays]
    return dict(zip(names, wrapped, strict=True)) if names else wrapped
