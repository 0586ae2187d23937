"""Canaries: host memory with guard bytes before and behind it, which tell when a kernel has written beyond it.

With MXNB_GUARD_MEMORY=1, and with MXNB_CHECK_KERNELS=1, all arrays on the CPU that this package allocates come from
`guarded`, and those of a static graph lie apart instead of in one block. The guards are looked at when an array is
freed, and all of them by `check`, which the tests call after each test; what was found at the end of the program is
printed. Without the setting `empty` and `zeros` are NumPy's own functions.

Guards and fresh arrays hold NaN in each floating dtype, so that a result into which numbers went that nobody has
written is NaN as well.
"""

from __future__ import annotations

import atexit
import ctypes
import itertools
import math
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .. import config
from ..base import MXNetError

GUARD = 1024  # bytes on each side; a multiple of LINE
LINE = 64  # bytes of a cache line, and of the widest register: where arrays begin
ALLOCATORS = ("canary.py", "device.py", "large.py", "scratch.py", "rooms.py")
PATTERN = np.uint16(0xFFF5)  # twice or four times: NaN as well

_KERNELS = Path(__file__).parent
_live: dict[int, tuple[Any, int, int, str]] = {}  # blocks of memory, where the array begins, its length, and whose
_found: list[str] = []
_numbers = itertools.count()


def guarded(shape: int | tuple[int, ...], dtype: Any = float) -> np.ndarray:
    """An uninitialised array between guards, that begins with a cache line.

    Parameters
    ----------
    shape : int or tuple of int
    dtype : dtype

    Returns
    -------
    numpy.ndarray
        Filled with NaN, or numbers of the same bits.

    Examples
    --------
    >>> x = guarded((2, 3), "float32")
    >>> bool(np.isnan(x).all())
    True
    """
    dtype = np.dtype(dtype)
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    length = math.prod(shape) * dtype.itemsize
    block = (ctypes.c_char * (2 * GUARD + LINE + length + length % 2))()
    begin = GUARD + -ctypes.addressof(block) % LINE
    np.frombuffer(block, np.uint16).fill(PATTERN)
    # a base that is no array: all views of `array` keep that alive, and with it the right to the memory
    array = np.frombuffer(memoryview(block), dtype, math.prod(shape), begin).reshape(shape)
    owner = array.base if isinstance(array.base, np.ndarray) else array
    number = next(_numbers)
    _live[number] = block, begin, length, f"{dtype} of shape {shape}, made in {_maker()}"
    weakref.finalize(owner, _freed, number).atexit = False
    return array


def _maker() -> str:
    """Where an array is asked for: the first place that is no allocator."""
    frame: Any = sys._getframe(1)
    while frame and Path(frame.f_code.co_filename).name in ALLOCATORS:
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}" if frame else "?"


def _freed(number: int) -> None:
    entry = _live.pop(number, None)
    if entry is not None:
        _look(*entry)


def _look(block: Any, begin: int, length: int, whose: str) -> None:
    """Note an overwritten guard, and make it whole, so that it is told once."""
    memory = np.frombuffer(block, np.uint8)
    guards = ((begin - GUARD, begin), (begin + length, begin + length + GUARD))
    for first, last in guards:
        bytes_ = np.where(np.arange(first, last) % 2, PATTERN >> 8, PATTERN & 255)
        places = np.flatnonzero(memory[first:last] != bytes_)
        if len(places):
            at, end = (int(places[i]) + first - begin for i in (0, -1))
            side = "before its beginning" if first < begin else "behind its end"
            _found.append(
                f"a buffer of {length} bytes ({whose}) was overwritten {side}: {len(places)} bytes "
                f"between the offsets {at} and {end}"
            )
            memory[first:last] = bytes_


def check() -> None:
    """Look at the guards of all arrays that there are and were.

    Raises
    ------
    MXNetError
        If any was overwritten since the last call; it tells the sizes of the arrays, and where.
    """
    for entry in list(_live.values()):
        _look(*entry)
    if _found:
        text = "; ".join(_found)
        _found.clear()
        raise MXNetError(f"memory was overwritten: {text}")


def _guarded_zeros(shape: int | tuple[int, ...], dtype: Any = float) -> np.ndarray:
    array = guarded(shape, dtype)
    array.fill(0)
    return array


ON = config.guard_memory()
empty: Callable[..., np.ndarray] = guarded if ON else np.empty
zeros: Callable[..., np.ndarray] = _guarded_zeros if ON else np.zeros
if ON:
    atexit.register(check)
