"""Work buffers that outlive a call: each thread keeps one for each use, as large as was ever needed.

Fresh memory is expensive: the system zeroes every page when it is first touched.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from . import canary
from .canary import LINE

_local = threading.local()


def aligned(shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
    """An uninitialised array that begins with a cache line."""
    if canary.ON:
        return canary.guarded(shape, dtype)
    dtype = np.dtype(dtype)
    length = (shape if isinstance(shape, int) else math.prod(shape)) * dtype.itemsize
    raw = np.empty(length + LINE, np.uint8)
    skip = -raw.ctypes.data % LINE
    return raw[skip : skip + length].view(dtype).reshape(shape)


def scratch(use: str, shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array as `aligned` gives it, valid until this thread asks for the same use again.

    Parameters
    ----------
    use : names the buffer; one that is needed at the same time as another has another name.
    shape : how many numbers, or the shape.
    dtype : of the numbers.
    """
    held = _local.__dict__
    last = held.get(use)
    if last is not None and last[0] == shape and last[1] is dtype:
        return last[2]
    length = (shape if isinstance(shape, int) else math.prod(shape)) * np.dtype(dtype).itemsize
    buffer = None if last is None else last[3]
    if buffer is None or buffer.nbytes < length or canary.ON:
        buffer = aligned(length + (0 if canary.ON else length // 8), np.uint8)
    array = buffer[:length].view(dtype).reshape(shape)
    held[use] = shape, dtype, array, buffer
    return array
