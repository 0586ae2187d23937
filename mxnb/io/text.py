"""Iterators over text files: `CSVIter` and `LibSVMIter`.  Files are read as far as needed, never as a whole."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..base import MXNetError
from .batches import Batches, Sample
from .io import MXDataIter

__all__ = ["CSVIter", "LibSVMIter"]

CHUNK = 1024  # lines that are read at once
DTYPES = ("float32", "int32", "int64")


def _check(name: str, batch_size: int, dtype: Any, ctx: str) -> np.dtype:
    found = np.dtype(dtype or "float32")
    if found.name not in DTYPES:
        raise MXNetError(f"{name}: dtype is {dtype!r}, needs one of {', '.join(DTYPES)}")
    if batch_size < 1:
        raise MXNetError(f"{name}: batch_size is {batch_size}, needs at least 1")
    if ctx not in ("cpu", "gpu"):
        raise MXNetError(f"{name}: ctx is {ctx!r}, needs 'cpu' or 'gpu'")
    return found


def _shape(shape: Any) -> tuple[int, ...]:
    return (int(shape),) if np.ndim(shape) == 0 else tuple(int(n) for n in shape)


def _chunks(name: str, path: str) -> Iterator[tuple[int, list[str]]]:
    """Lines of a file, some at a time, and the number of the first; empty ones are left out."""
    try:
        with open(path, encoding="utf-8") as file:
            number, empty = 1, True
            while lines := list(itertools.islice(file, CHUNK)):
                filled = [line for line in lines if line.strip()]
                if filled:
                    empty = False
                    yield number, filled
                number += len(lines)
        if empty:
            raise MXNetError(f"{name}: {path} is empty")
    except OSError as error:
        raise MXNetError(f"{name}: cannot open {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MXNetError(f"{name}: {path} is no text: {error}") from error


def _csv_rows(path: str, shape: tuple[int, ...], dtype: np.dtype) -> Iterator[np.ndarray]:
    """The rows of a CSV file."""
    size, largest = math.prod(shape), math.inf
    wide = np.longdouble if dtype == np.int64 else np.float64
    if dtype.kind == "i":
        largest = min(np.iinfo(dtype).max, 2 << np.finfo(wide).nmant)  # above, not all whole numbers can be told apart
    for number, lines in _chunks("CSVIter", path):
        try:
            block = np.loadtxt(lines, wide, delimiter=",", comments=None, ndmin=2)
            fits = block.shape[1] == size and (dtype.kind == "f" or bool((np.abs(block) <= largest).all()))
        except ValueError:
            fits = False
        if not fits:
            raise _bad_line(path, number, lines, size, largest)
        with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite
            rows = block.astype(dtype)
        yield from rows.reshape(-1, *shape)


def _bad_line(path: str, number: int, lines: list[str], size: int, largest: float) -> MXNetError:
    """Which line does not hold so many numbers, up to the largest."""
    for i, line in enumerate(lines):
        fields = line.strip().split(",")
        try:
            values = [float(field) for field in fields]
            if len(fields) == size and (largest == math.inf or all(abs(value) <= largest for value in values)):
                continue
            what = f"has {len(fields)} numbers, needs {size}"
            if len(fields) == size:
                what = f"has numbers that do not fit, at most {largest}"
        except ValueError as error:
            what = str(error)
        return MXNetError(f"CSVIter: {path}, line {number + i} or later: {line.strip()[:60]!r} {what}")
    return MXNetError(f"CSVIter: {path}, lines from {number}: need {size} numbers each")


def _pairs(
    name: str, path: str, data: Iterator[np.ndarray], label_path: str, labels: Iterator[np.ndarray]
) -> Iterator[Sample]:
    """Data and labels side by side."""
    for i, (x, y) in enumerate(itertools.zip_longest(data, labels)):
        if x is None or y is None:
            short, long = (path, label_path) if x is None else (label_path, path)
            raise MXNetError(f"{name}: {short} has {i} rows, {long} has more")
        yield x, y, i


def CSVIter(
    data_csv: str | os.PathLike[str], data_shape: Any, label_csv: str | os.PathLike[str] | None = None,
    label_shape: Any = (1,), batch_size: int = 1, round_batch: bool = True, prefetch_buffer: int = 4, ctx: str = "cpu",
    dtype: Any = None, data_name: str = "data", label_name: str = "softmax_label", **_: Any,
) -> MXDataIter:  # fmt: skip
    """Iterate over rows of numbers in text files, separated by commas.

    Parameters
    ----------
    data_csv : path
    data_shape : tuple of int
        Of a sample; a row has as many numbers.
    label_csv : path, optional
        Labels are 0 without.
    label_shape : tuple of int
        Of a label; (1,) gives batches of shape (batch_size,).
    batch_size : int
    round_batch : bool
        A batch at the end is filled with the first samples, and the next epoch begins behind those; otherwise it is
        filled with what the batch before held. `pad` tells how many are too many.
    prefetch_buffer, ctx :
        Accepted for MXNet's sake, without effect: batches are on the CPU. `ctx` is "cpu" or "gpu".
    dtype : str
        float32 (the default), int32 or int64.
    data_name, label_name : str
    **_
        Unknown keywords have no effect, as in MXNet.

    Returns
    -------
    MXDataIter

    Raises
    ------
    MXNetError
        If a file is missing or empty, or a line has not so many numbers; it names the line.

    Examples
    --------
    >>> import os, tempfile
    >>> import mxnb as mx
    >>> path = os.path.join(tempfile.mkdtemp(), "a.csv")
    >>> with open(path, "w") as file:
    ...     _ = file.write("1,2,3\\n4,5,6\\n7,8,9\\n")
    >>> for batch in mx.io.CSVIter(data_csv=path, data_shape=(3,), batch_size=2):
    ...     print(batch.data[0].asnumpy().tolist(), batch.pad)
    [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]] 0
    [[7.0, 8.0, 9.0], [1.0, 2.0, 3.0]] 1
    """
    kind, shape, labels = _check("CSVIter", batch_size, dtype, ctx), _shape(data_shape), _shape(label_shape)
    path, label_path = os.fspath(data_csv), None if label_csv in (None, "NULL") else os.fspath(label_csv)
    squeezed = () if labels == (1,) else labels

    def samples() -> Iterator[Sample]:
        rows = _csv_rows(path, shape, kind)
        if label_path is None:
            nothing = np.zeros(squeezed, kind)
            return ((row, nothing, i) for i, row in enumerate(rows))
        answers = (row.reshape(squeezed) for row in _csv_rows(label_path, labels, kind))
        return _pairs("CSVIter", path, rows, label_path, answers)

    return MXDataIter(Batches(samples, batch_size, round_batch), data_name, label_name)


def _sparse_rows(path: str, size: int, kind: np.dtype, has_label: bool) -> Iterator[tuple[Any, np.ndarray]]:
    """Label and numbers of each line, ``label place:number place:number …``."""
    for number, lines in _chunks("LibSVMIter", path):
        for i, line in enumerate(lines):
            row, label = np.zeros(size, kind), kind.type(0)
            try:
                fields = line.partition("#")[0].split()
                if has_label or ":" not in fields[0]:
                    label, fields = kind.type(float(fields[0])), fields[1:]
                for field in fields:
                    place, _, value = field.partition(":")
                    if not 0 <= int(place) < size:
                        raise ValueError(f"{field!r} has no place among {size} numbers")
                    row[int(place)] = float(value)
            except (ValueError, IndexError, OverflowError) as error:
                raise MXNetError(
                    f"LibSVMIter: {path}, line {number + i} or later: {line.strip()[:60]!r}: {error}"
                ) from None
            yield label, row


def LibSVMIter(
    data_libsvm: str | os.PathLike[str], data_shape: Any, label_libsvm: str | os.PathLike[str] | None = None,
    label_shape: Any = (1,), num_parts: int = 1, part_index: int = 0, batch_size: int = 1, round_batch: bool = True,
    prefetch_buffer: int = 4, ctx: str = "cpu", dtype: Any = None, data_name: str = "data",
    label_name: str = "softmax_label", **_: Any,
) -> MXDataIter:  # fmt: skip
    """Iterate over samples in LibSVM's format, lines ``label place:number place:number …``; places count from 0.

    Batches are ordinary arrays. (MXNet's are sparse, of storage type csr, which mxnb does not have.)

    Parameters
    ----------
    data_libsvm : path
    data_shape : (int,)
        Of a sample: how many numbers.
    label_libsvm : path, optional
        Labels of several numbers, lines as those of data; otherwise a label is the first number of a data line.
    label_shape : (int,)
        Of a label.
    num_parts, part_index : int
        Take each `num_parts`-th line only, from line `part_index` on.
    batch_size : int
    round_batch : bool
        As in `CSVIter`.
    prefetch_buffer, ctx :
        Accepted for MXNet's sake, without effect: batches are on the CPU. `ctx` is "cpu" or "gpu".
    dtype : str
        float32 (the default), int32 or int64.
    data_name, label_name : str
    **_
        Unknown keywords have no effect, as in MXNet.

    Returns
    -------
    MXDataIter

    Raises
    ------
    MXNetError
        If a file is missing or empty, or a line is not as above; it names the line.

    Examples
    --------
    >>> import os, tempfile
    >>> import mxnb as mx
    >>> path = os.path.join(tempfile.mkdtemp(), "a.svm")
    >>> with open(path, "w") as file:
    ...     _ = file.write("1 0:1.5 3:2\\n0 1:1\\n")
    >>> batch = mx.io.LibSVMIter(data_libsvm=path, data_shape=(4,), batch_size=2).next()
    >>> batch.data[0].asnumpy().tolist(), batch.label[0].asnumpy().tolist()
    ([[1.5, 0.0, 0.0, 2.0], [0.0, 1.0, 0.0, 0.0]], [1.0, 0.0])
    """
    kind, shape, labels = _check("LibSVMIter", batch_size, dtype, ctx), _shape(data_shape), _shape(label_shape)
    if len(shape) != 1 or len(labels) != 1:
        raise MXNetError(f"LibSVMIter: data_shape={shape}, label_shape={labels}, need one axis each")
    if not 0 <= part_index < num_parts:
        raise MXNetError(f"LibSVMIter: part_index is {part_index}, needs 0 <= part_index < num_parts={num_parts}")
    path, label_path = os.fspath(data_libsvm), None if label_libsvm in (None, "NULL") else os.fspath(label_libsvm)

    def whole() -> Iterator[Sample]:
        rows = _sparse_rows(path, shape[0], kind, True)
        if label_path is None:
            return ((row, label, i) for i, (label, row) in enumerate(rows))
        answers = (row for _, row in _sparse_rows(label_path, labels[0], kind, False))
        return _pairs("LibSVMIter", path, (row for _, row in rows), label_path, answers)

    samples: Callable[[], Iterator[Sample]] = lambda: itertools.islice(whole(), part_index, None, num_parts)
    return MXDataIter(Batches(samples, batch_size, round_batch), data_name, label_name)
