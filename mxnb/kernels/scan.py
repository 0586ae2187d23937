"""Running sums along an axis, forwards or backwards; the gradient of one is the other.

y[o, k, r] = x[o, 0, r] + … + x[o, k, r]        bytes: 2 * itemsize for each number; limited by memory where it can be

A sum cannot begin before the one in front of it is done, three or four cycles later.  So lines are added side by side:
neighbouring ones as lanes of registers (`running_columns`), and where the numbers of a line are neighbours themselves,
HIGH lines as that many chains of single additions (`running_rows`).  Each line is added up in its own order in all of
these, so they give the same numbers to the last bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import launch
from .common import bound_each
from .kernel import foreach, split_kernel
from .words import cast, column, lanes, load, store, zeros

GRAIN = 1 << 16  # numbers in a piece of work
TINY = 256  # numbers that are added up sooner than arrays are given other shapes
HIGH = 4  # lines that are added up together, one number of each at a time
WIDE = 4  # registers of neighbouring lines that are added up together
BLOCK = 256  # neighbouring lines of a piece of work


@foreach(flat=True, grain=64)
def running_sum(i, y, x, n, inner, backwards):
    """The definition; line i = (o, r) of y and x: (outer, n, inner)."""
    start = i // inner * n * inner + i % inner
    total = cast(0, y)
    for k in range(n):
        at = start + (n - 1 - k if backwards else k) * inner
        total += cast(x[at], y)
        y[at] = total


@split_kernel
def running_rows(y, x, backwards, first, last):
    """Groups first..last of HIGH rows of y and x: (lines, n)."""
    lines, n = x.shape
    for row in range(first * HIGH, min(last * HIGH, lines), HIGH):
        if row + HIGH <= lines:
            totals = column(x, (row, n - 1 if backwards else 0), HIGH, n)
            store(y, (row, n - 1 if backwards else 0), totals)
            for k in range(1, n):
                at = n - 1 - k if backwards else k
                totals = totals + column(x, (row, at), HIGH, n)
                store(y, (row, at), totals)
        else:
            for left in range(row, lines):
                total = cast(0, y)
                for k in range(n):
                    at = n - 1 - k if backwards else k
                    total += x[left, at]
                    y[left, at] = total


@split_kernel(flat=True)
def running_columns(y, x, n, inner, backwards, first, last):
    """Blocks first..last of BLOCK neighbouring lines."""
    step, blocks = lanes(x), (inner + BLOCK - 1) // BLOCK
    further = -inner if backwards else inner
    for item in range(first, last):
        begin = item % blocks * BLOCK
        base, end = item // blocks * n * inner + (n - 1) * inner * backwards, min(begin + BLOCK, inner)
        full = (end - begin) // (WIDE * step) * WIDE * step + begin
        for j in range(begin, full, WIDE * step):
            at, many = base + j, zeros(x, 1, WIDE)
            for _ in range(n):
                many = many + load(x, at, 1, WIDE)
                store(y, at, many)
                at += further
        for j in range(full, end, step):
            at, some = base + j, zeros(x, 1, 1)
            for _ in range(n):
                some = some + load(x, at, 1, 1, 1, end - j)
                store(y, at, some, 1, end - j)
                at += further


def runner(on_cpu: bool, to: Any, dtype: Any, size: int, n: int, inner: int, backwards: int) -> Any:
    """A function of (y, x): y[o, k, r] = the sum of x[o, 0 … k, r], or of x[o, k … n - 1, r] backwards.

    Parameters
    ----------
    to, dtype : of y and x.
    size : how many numbers x has.
    n, inner : the last two lengths of x and y seen as (outer, n, inner).
    """
    if not size:
        return lambda y, x: None
    lines = size // n
    if not on_cpu or to != dtype or dtype.kind not in "fiu" or size <= TINY:
        return bound_each(on_cpu, running_sum, (to, dtype), (n, inner, backwards), lines)
    if inner > 1:
        blocks, grain = lines // inner * -(-inner // BLOCK), max(1, GRAIN // (n * min(inner, BLOCK)))
        return launch.bind(running_columns, (dtype, dtype), (n, inner, backwards), blocks, grain)
    groups, grain, table = -(-lines // HIGH), max(1, GRAIN // (n * HIGH)), np.empty((1, 1), dtype)
    run = launch.closed(running_rows, [table, table], (backwards,), groups, grain)
    return lambda y, x: run(y.reshape(lines, n), x.reshape(lines, n))
