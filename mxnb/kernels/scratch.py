"""Work buffers that outlive a call: each thread keeps one for each use, as large as was ever needed.

Fresh memory is expensive: the system zeroes every page when it is first touched.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

LINE = 64  # bytes of a cache line, and of the widest register
_local = threading.local()


def scratch(use: str, size: int, dtype: Any) -> np.ndarray:
    """An uninitialised flat array, aligned to cache lines, that is valid until this thread asks for the same use again.

    Parameters
    ----------
    use : names the buffer; one that is needed at the same time as another has another name.
    size : how many numbers.
    """
    dtype = np.dtype(dtype)
    length = size * dtype.itemsize
    held = _local.__dict__
    buffer = held.get(use)
    if buffer is None or buffer.nbytes < length:
        raw = np.empty(length + length // 8 + 2 * LINE, np.uint8)
        skip = -raw.ctypes.data % LINE
        buffer = held[use] = raw[skip : len(raw) - (LINE - skip)]
    return buffer[:length].view(dtype)
