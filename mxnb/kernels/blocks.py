"""What matrix products and convolutions on CUDA share: the blocks of results that a block of threads makes.

SIDE x SIDE threads make a square block of results, each thread EACH x EACH of them, with rows and columns SIDE apart.
The numbers that they need are copied to shared memory, DEPTH terms of the sums at a time, as left: (DEPTH, rows) and
right: (DEPTH, columns).  So a number fetched from memory is used SIDE * EACH times, and one fetched from shared memory
EACH times.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .device import SIMULATED
from .kernel import helper

SIDE = 2 if SIMULATED else 16  # the simulator starts a Python thread for each thread
DEPTH = 2 if SIMULATED else 8
THREADS = SIDE * SIDE
SMALL, LARGE = (1, 2) if SIMULATED else (4, 8)  # choices of EACH
BUSY = 1 if SIMULATED else 264  # blocks that keep a large GPU busy


@helper
def clear(acc):
    """Zero in all sums of a thread."""
    for i in range(acc.shape[0]):
        for j in range(acc.shape[1]):
            acc[i, j] = 0


@helper
def multiply(acc, left, right, row, col):
    """Add the products of DEPTH terms to the sums of thread (row, col)."""
    for k in range(DEPTH):
        for i in range(acc.shape[0]):
            for j in range(acc.shape[1]):
                acc[i, j] += left[k, row + i * SIDE] * right[k, col + j * SIDE]


def accumulator(dtype: Any) -> Any:
    """The type in which sums of numbers of `dtype` are kept."""
    if dtype.kind != "f":
        return np.int64
    return np.float64 if dtype.itemsize == 8 else np.float32


def choose_each(rows: int, cols: int, items: int) -> int:
    """How many results along a side of its square a thread makes: more where there are enough of them for all."""
    wide = SIDE * LARGE
    return LARGE if -(-rows // wide) * -(-cols // wide) * items >= BUSY else SMALL


def blocks(count: int, each: int) -> int:
    """Blocks along one side."""
    return -(-count // (SIDE * each))
