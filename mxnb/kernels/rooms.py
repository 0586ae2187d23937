"""Work spaces of the threads that share a kernel: one for each, and whoever enters takes a free one.

Threads have no numbers, because any of them may do any part; so a kernel asks for a room when it begins a part::

    mine = enter(taken)
    room = rooms[mine]
    ...
    leave(taken, mine)

A call that is not shared gives `NOBODY` for `taken`, and one room: it has nobody to keep out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .canary import LINE
from .kernel import helper
from .pool import num_threads
from .scratch import scratch
from .words import swap

APART = LINE // 8  # flags lie on cache lines of their own
NOBODY = np.zeros(0, np.int64)


@helper
def enter(taken):
    """The number of a room that nobody else is in."""
    mine = 0
    while len(taken) > 0 and swap(taken, mine * APART, 1) != 0:
        mine = (mine + 1) % (len(taken) // APART)
    return mine


@helper
def leave(taken, mine):
    """Make a room free."""
    if len(taken) > 0:
        swap(taken, mine * APART, 0)


def rooms(use: str, shape: tuple[int, ...], dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    """The flags `taken`, and a room of this shape for each thread, in one array; see `scratch`."""
    threads = num_threads()
    taken = scratch("rooms.taken", threads * APART, np.int64)
    taken.fill(0)  # a kernel that failed left its room taken
    return taken, scratch(use, (threads, *shape), dtype)
