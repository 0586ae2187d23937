"""The matrix product on the CPU: register tiles over packed panels.

c[m, n] = bias[n] + sum over k of a[m, k] * b[k, n]            limited by arithmetic: 2 M N K operations

A tile of results, `tile.rows` x `tile.cols` registers, stays in registers while k runs.  Each step of k multiplies a
column of `tile.rows` numbers with a row of `tile.cols` registers, so both operands are first copied into panels in
which these lie beside each other:

left   (panels, K, rows)            a, transposed within a panel; rows beyond M are 0
right  (panels, K, cols * lanes)    b; columns beyond N are 0

Packing reads M K + K N numbers once; transposed operands are turned by register tiles on the way.  K is cut into blocks
so that a panel of `right` stays in the first-level cache while GROUP panels of `left` pass by.  Work is divided over
tiles of c, never over k: results do not depend on the number of threads.

Small products go to NumPy's BLAS.  Large ones do not, although it is as fast on an idle machine: its threads wait for
each other by spinning, beside ours and those of other processes, and then a product of half a millisecond takes twenty.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from . import pool
from .kernel import Static, cpu_kernel, split_kernel
from .scratch import scratch
from .words import column, fma, lanes, load, store, transpose, zeros

BLOCK = 384  # terms in a block
GROUP = 8  # panels of left in one work item
WORTH = 1 << 21  # multiplications that are worth waking a thread
SMALL = 1 << 18  # multiplications up to which BLAS uses one thread, and is no slower than packing
MOVED = 1 << 16  # numbers that are worth waking a thread to pack them


@cpu_kernel
def _measure(out, x):
    out[0] = lanes(x)


@lru_cache(8)
def register(dtype: np.dtype) -> tuple[int, int]:
    """How many numbers a vector register holds, and how many registers there are."""
    out = np.zeros(1, np.int64)
    _measure(out, np.zeros(1, dtype))
    count = int(out[0])
    return count, 32 if count * dtype.itemsize == 64 else 16


@lru_cache(64)
def tile_for(dtype: np.dtype, narrow: bool) -> tuple[Static, int]:
    """The tile whose accumulators and operands just fit the registers, and the lanes of one register.

    For a `narrow` c, whose rows fit one register, a tile is no wider than that.
    """
    count, registers = register(dtype)
    rows = min(count, 14 if registers == 32 else 6)  # no more than lanes: packing turns squares
    cols = max(c for c in range(1, 7) if rows * c + c + 1 <= registers - (registers == 32))
    return Static(rows=rows, cols=1 if narrow else cols), count


# --- Packing ---------------------------------------------------------------------------------------------------------


@split_kernel
def pack_left(tile, packed, a, first, last):
    """Panels first..last of left from a: (M, K)."""
    for panel in range(first, last):
        row = panel * tile.rows
        for k in range(0, a.shape[1], lanes(a)):
            square = load(a, (row, k), tile.rows, 1, a.shape[0] - row, a.shape[1] - k)
            store(packed, (panel, k, 0), transpose(square), a.shape[1] - k, tile.rows)


@split_kernel
def pack_left_transposed(tile, packed, a, first, last):
    """Panels first..last of left from a stored as (K, M)."""
    for panel in range(first, last):
        row = panel * tile.rows
        for k in range(a.shape[0]):
            store(packed, (panel, k, 0), load(a, (k, row), 1, 1, 1, a.shape[1] - row), 1, tile.rows)


@split_kernel
def pack_right(tile, packed, b, first, last):
    """Panels first..last of right from b: (K, N)."""
    for panel in range(first, last):
        col = panel * packed.shape[2]
        for k in range(b.shape[0]):
            store(packed, (panel, k, 0), load(b, (k, col), 1, tile.cols, 1, b.shape[1] - col))


@split_kernel
def pack_right_transposed(tile, packed, b, first, last):
    """Panels first..last of right from b stored as (N, K)."""
    for panel in range(first, last):
        for g in range(0, packed.shape[2], lanes(b)):
            col = panel * packed.shape[2] + g
            for k in range(0, b.shape[1], lanes(b)):
                square = load(b, (col, k), lanes(b), 1, b.shape[0] - col, b.shape[1] - k)
                store(packed, (panel, k, g), transpose(square), b.shape[1] - k, lanes(b))


# --- Multiplying -----------------------------------------------------------------------------------------------------


@split_kernel
def multiply(tile, c, left, right, bias, has_bias, block, group, first, last):
    """Work items first..last: one panel of right with one group of panels of left each; c: (M, N)."""
    terms, width = right.shape[1], right.shape[2]
    groups = (left.shape[0] + group - 1) // group
    for item in range(first, last):
        panel, col = item // groups, item // groups * width
        below = item % groups * group
        for start in range(0, terms, block):
            stop = min(start + block, terms)
            for above in range(below, min(below + group, left.shape[0])):
                row = above * tile.rows
                height, rest = c.shape[0] - row, c.shape[1] - col
                acc = zeros(c, tile.rows, tile.cols)
                for k in range(start, stop):
                    acc = fma(column(left, (above, k, 0), tile.rows), load(right, (panel, k, 0), 1, tile.cols), acc)
                if start > 0:
                    acc = acc + load(c, (row, col), tile.rows, tile.cols, height, rest)
                if has_bias and stop == terms:
                    acc = acc + load(bias, (col,), 1, tile.cols, 1, rest)
                store(c, (row, col), acc, height, rest)


def _run(kernel: Any, items: int, work: int, worth: int, *args: Any) -> None:
    """Split `items` over threads in parts of at least `worth` of the work that one item is."""
    pool.run(kernel.variant(*args, 0, 0), items, -(-worth // max(work, 1)), *args)


def gemm(c: np.ndarray, a: np.ndarray, b: np.ndarray, transpose_a: bool, transpose_b: bool, bias: Any) -> None:
    """c = a @ b + bias for contiguous arrays of one float dtype.

    Parameters
    ----------
    c : array, shape (M, N)
    a : array, shape (M, K), or (K, M) where `transpose_a`
    b : array, shape (K, N), or (N, K) where `transpose_b`
    bias : array, shape (N,), or None
    """
    rows, cols = c.shape
    terms = a.shape[0] if transpose_a else a.shape[1]
    tile, count = tile_for(c.dtype, cols <= register(c.dtype)[0])
    width = tile.cols * count
    above, beside = -(-rows // tile.rows), -(-cols // width)
    left = scratch("gemm left", above * terms * tile.rows, c.dtype).reshape(above, terms, tile.rows)
    right = scratch("gemm right", beside * terms * width, c.dtype).reshape(beside, terms, width)
    _run(pack_left_transposed if transpose_a else pack_left, above, terms * tile.rows, MOVED, tile, left, a)
    _run(pack_right_transposed if transpose_b else pack_right, beside, terms * width, MOVED, tile, right, b)
    group = min(GROUP, above)
    items = beside * -(-above // group)
    work = group * tile.rows * width * terms
    given = bias is not None
    _run(multiply, items, work, WORTH, tile, c, left, right, bias if given else c[0], int(given), BLOCK, group)
