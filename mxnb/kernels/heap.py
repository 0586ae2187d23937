"""Keeps memory that arrays gave back in the process, where the next step finds it again.

A training step frees the arrays of its forward pass at its end and asks for the same sizes again in the next one.  By
default the GNU C library returns such memory to the system and gets it back page by page, each of which the system
fills with zeros first: a fifth of the time of an imperative step.  With these limits up to `KEPT` bytes stay.
"""

from __future__ import annotations

import os
import sys

KEPT = 256 << 20  # bytes at the end of the heap that are not returned
IN_HEAP = 32 << 20  # larger blocks come from the system each time; the most that the library allows
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)


def keep() -> bool:
    """Set the limits, where the C library is GNU's and the user has not chosen them.

    Returns
    -------
    bool
        Whether they are set.
    """
    chosen = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES", "LD_PRELOAD")
    if sys.platform != "linux" or any(name in os.environ for name in chosen):
        return False
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, IN_HEAP) and mallopt(M_TRIM_THRESHOLD, KEPT))
