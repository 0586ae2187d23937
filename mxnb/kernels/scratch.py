"""Work buffers that outlive a call: each thread keeps one for each use, as large as was ever needed.

Fresh memory is expensive: the system zeroes every page when it is first touched.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from . import canary
from .large import BYTE, aligned

_local = threading.local()


def scratch(use: str, shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array that begins with a cache line, valid until this thread asks for the same use again.

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
        buffer = aligned((length + (0 if canary.ON else length // 8),), BYTE)
    array = buffer[:length].view(dtype).reshape(shape)
    held[use] = shape, dtype, array, buffer
    return array
