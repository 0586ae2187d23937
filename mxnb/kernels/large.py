"""Memory of large arrays: it begins with a cache line, and what a result leaves behind is the next one's.

The memory that an operation wrote is still in the cache when its result is thrown away; what the C library gives for
the next one need not be.  So the arrays that results of a shape and dtype lie in are kept in a list, and the next
result takes the first of them that nobody else holds: Python counts who does, views included.  All lists together hold
`KEPT` bytes at most; where there is more, they forget everything, and arrays are freed when their last holder goes.

Which way arrays of a shape take is decided when a plan is made (`allocator`).  Small ones come from `numpy.empty`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from sys import getrefcount
from weakref import WeakValueDictionary

import numpy as np

from . import canary
from .canary import LINE

LARGE = 1 << 18  # bytes from which on it pays
KEPT = 128 << 20  # bytes of all arrays that are kept, in use or not
MOST = 32  # arrays of one kind that are looked through
BYTE = np.dtype("u1")
COUNTED = getattr(sys, "_is_gil_enabled", lambda: True)()  # whether nobody takes a reference between two instructions


class Block(np.ndarray):
    """The bytes behind an array.  As it has a class of its own, views of the array hold that, and not the bytes."""


class Arrays(list):  # type: ignore[type-arg]
    """Arrays of one shape and dtype; plans hold it."""

    __slots__ = ("__weakref__",)


_known: WeakValueDictionary[tuple[tuple[int, ...], np.dtype], Arrays] = WeakValueDictionary()
_held = 0  # bytes of the arrays that were entered since all were forgotten


def aligned(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An uninitialised array that begins with a cache line."""
    if canary.ON:
        return canary.guarded(shape, dtype)
    block = Block(math.prod(shape) * dtype.itemsize + LINE, BYTE)
    return np.ndarray(shape, dtype, block, -block.__array_interface__["data"][0] % LINE)


def empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An uninitialised array for long use."""
    return canary.empty(shape, dtype) if math.prod(shape) * dtype.itemsize < LARGE else aligned(shape, dtype)


def copied(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The numbers of an array in a contiguous one of another dtype, for long use."""
    if x.size * dtype.itemsize < LARGE:
        return np.array(x, dtype=dtype, order="C")
    y = aligned(x.shape, dtype)
    np.copyto(y, x, casting="unsafe")
    return y


def allocator(shape: tuple[int, ...], dtype: np.dtype) -> Callable[..., np.ndarray]:
    """The function of a shape and dtype, these ones, that gives uninitialised arrays for results."""
    length = math.prod(shape) * dtype.itemsize
    if length < LARGE or canary.ON:
        return canary.empty
    if length > KEPT or not COUNTED:
        return aligned
    known = _known.get((shape, dtype))
    if known is None:
        known = _known.setdefault((shape, dtype), Arrays())

    def take(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        for x in known:  # where two threads look at one array, both count the other and go on
            if getrefcount(x) == FREE:
                return x
        return _enter(known, aligned(shape, dtype))

    return take


def _references(arrays: list[np.ndarray]) -> int:
    """How many references `take` counts to an array that nobody else holds."""
    for x in arrays:
        return getrefcount(x)
    raise AssertionError


FREE = _references([np.empty(0)])


def _enter(known: Arrays, x: np.ndarray) -> np.ndarray:
    global _held
    if len(known) == MOST:
        known.clear()  # all of them are in use
    _held += x.nbytes
    if _held > KEPT:
        forget()
        _held = x.nbytes
    known.append(x)
    return x


def forget() -> None:
    """Free all arrays that are kept, but those in use."""
    global _held
    for found in _known.valuerefs():
        arrays = found()
        if arrays is not None:
            arrays.clear()
    _held = 0


def kept(x: np.ndarray) -> int:
    """How many references to an array are those of this module."""
    return sum(y is x for y in _known.get((x.shape, x.dtype), ())) if type(x.base) is Block else 0


def whole(x: np.ndarray) -> bool:
    """Whether an array is no view of another."""
    return x.base is None or type(x.base) is Block
