"""Pooling of small planes on the CPU, in register tiles whose lanes are planes; `pooling.py` has the formulas.

A row of a small plane has fewer results than a register has lanes.  So the lanes hold *planes* here, those which follow
each other in memory, turned by squares of registers into a bed:

x: (planes, pixels)  --transposed-->  bed: (pixels, lanes)  --windows-->  out: (results, lanes)  --transposed-->  y

All of it stays in the first- or second-level cache.  Window p is a list of places, those from starts[p] to
starts[p + 1], so that one kernel serves any number of axes, window, stride and padding, and no edge differs from the
rest.  Turning a register of numbers costs four shuffles, its window a load and an instruction or two for each of its
numbers.

Each plane belongs to one work item, and its sums have one order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import cache, pool
from .gemm import register
from .kernel import helper, split_kernel
from .rooms import NOBODY, enter, leave, rooms
from .scratch import scratch
from .words import index, lanes, load, store, transpose, where, zeros

LOWEST = float("-inf")
GRAIN = 1 << 16  # numbers of x for one thread
HELD = 1 << 14  # pixels of a plane whose bed, 1 MB, stays near; rows of 2 x 2 windows are faster from a quarter on
TABLE = 1 << 17  # places
LEAST, FEW = 8, 256  # with fewer planes than LEAST, which leave lanes idle, planes of FEW pixels are still better off


@helper
def turn(bed, x, plane):
    """The planes of x: (planes, pixels) from `plane` on to bed: (pixels, lanes), flat; lanes beyond the last get 0."""
    planes, pixels = x.shape[0], x.shape[1]
    for i in range(0, pixels, lanes(x)):
        if plane + lanes(x) <= planes and i + lanes(x) <= pixels:
            square = load(x, (plane, i), lanes(x), 1)
        else:
            square = load(x, (plane, i), lanes(x), 1, planes - plane, pixels - i)
        store(bed, i * lanes(x), transpose(square))


@helper
def turn_back(x, bed, plane):
    """Undo `turn`."""
    planes, pixels = x.shape[0], x.shape[1]
    for i in range(0, pixels, lanes(x)):
        square = transpose(load(bed, i * lanes(x), lanes(x), 1))
        if plane + lanes(x) <= planes and i + lanes(x) <= pixels:
            store(x, (plane, i), square)
        else:
            store(x, (plane, i), square, planes - plane, pixels - i)


@helper
def largest(bed, places, first, last):
    """The largest of the numbers at places first..last, NaN not counted."""
    best = zeros(bed, 1, 1) + LOWEST
    for k in range(first, last):
        value = load(bed, places[index(k)], 1, 1)
        best = where(value > best, value, best)
    return best


@split_kernel
def max_lanes(y, x, rooms, taken, starts, places, first, last):
    """Forward of max for registers first..last of planes.

    rooms : each three times room for the numbers of a register's planes.
    starts, places : see `windows`; the places are those in bed.
    """
    mine = enter(taken)
    bed, out = rooms[mine, 0], rooms[mine, 1]
    for item in range(first, last):
        plane = item * lanes(x)
        turn(bed, x, plane)
        for p in range(y.shape[1]):
            store(out, p * lanes(x), largest(bed, places, starts[index(p)], starts[index(p + 1)]))
        turn_back(y, out, plane)
    leave(taken, mine)


@split_kernel
def max_lanes_backward(dx, dy, x, rooms, taken, starts, places, first, last):
    """Backward of max: a window's dy goes to the first number that equals the largest, and then there is none left."""
    mine = enter(taken)
    bed, out, dbed = rooms[mine, 0], rooms[mine, 1], rooms[mine, 2]
    for item in range(first, last):
        plane = item * lanes(x)
        turn(bed, x, plane)
        turn(out, dy, plane)
        for i in range(x.shape[1]):
            store(dbed, i * lanes(x), zeros(x, 1, 1))
        for p in range(dy.shape[1]):
            begin, end = starts[index(p)], starts[index(p + 1)]
            best = largest(bed, places, begin, end)
            left = where(best > LOWEST, load(out, p * lanes(x), 1, 1), 0)
            for k in range(begin, end):
                at = places[index(k)]
                hit = load(bed, at, 1, 1) == best
                store(dbed, at, load(dbed, at, 1, 1) + where(hit, left, 0))
                left = where(hit, 0, left)
        turn_back(dx, dbed, plane)
    leave(taken, mine)


@split_kernel
def sum_lanes(y, x, rooms, taken, counts, starts, places, first, last):
    """Forward of sums, divided by the count of each result."""
    mine = enter(taken)
    bed, out = rooms[mine, 0], rooms[mine, 1]
    for item in range(first, last):
        plane = item * lanes(x)
        turn(bed, x, plane)
        for p in range(y.shape[1]):
            total = zeros(x, 1, 1)
            for k in range(starts[index(p)], starts[index(p + 1)]):
                total = total + load(bed, places[index(k)], 1, 1)
            store(out, p * lanes(x), total / counts[index(p)])
        turn_back(y, out, plane)
    leave(taken, mine)


@split_kernel
def sum_lanes_backward(dx, dy, rooms, taken, counts, starts, places, first, last):
    """Backward of sums."""
    mine = enter(taken)
    bed, out = rooms[mine, 0], rooms[mine, 1]
    for item in range(first, last):
        plane = item * lanes(dx)
        turn(out, dy, plane)
        for i in range(dx.shape[1]):
            store(bed, i * lanes(dx), zeros(dx, 1, 1))
        for p in range(dy.shape[1]):
            part = load(out, p * lanes(dx), 1, 1) / counts[index(p)]
            for k in range(starts[index(p)], starts[index(p + 1)]):
                at = places[index(k)]
                store(bed, at, load(bed, at, 1, 1) + part)
        turn_back(dx, bed, plane)
    leave(taken, mine)


# --- Launch ----------------------------------------------------------------------------------------------------------


def suits(planes: int, size: Any, out: Any, kernel: Any, kind: str) -> bool:
    """Whether these kernels are faster than those of rows, for sizes along three axes."""
    pixels, window = math.prod(size), math.prod(kernel)
    if math.prod(out) * window > TABLE or (planes < LEAST and pixels > FEW):
        return False
    return pixels < (HELD if window > 4 or kind != "max" else HELD // 4)


def windows(size: Any, out: Any, kernel: Any, stride: Any, pad: Any) -> tuple[np.ndarray, np.ndarray]:
    """For each result where its window begins among the places, and the places: pixels of a plane."""
    place, inside = np.zeros((1,) * 6, np.int64), np.ones((1,) * 6, bool)
    for axis, (n, o, k, s, p) in enumerate(zip(size, out, kernel, stride, pad)):
        shape = [1] * 6
        shape[axis], shape[axis + 3] = o, k
        at = (np.arange(o)[:, None] * s - p + np.arange(k)[None, :]).reshape(shape)
        place, inside = place * n + at, inside & (at >= 0) & (at < n)
    starts = np.cumsum(inside.sum((3, 4, 5)))
    return np.append(0, starts).astype(np.int64), place[inside]


def bind(kernel: Any, dtype: Any, planes: int, sizes: list[int], tables: list[Any]) -> Callable[..., None]:
    """A function of arrays of whole planes.

    Parameters
    ----------
    kernel : one of those above.
    dtype : of the arrays.
    planes, sizes : how many planes each array has, and how many numbers there are in one of each array's.
    tables : what follows the rooms; they end with `windows`.
    """
    count = register(dtype)[0]
    room, tables = (3, (max(sizes) + count) * count), [*tables[:-1], tables[-1] * count]
    shapes, items, grain = [(planes, size) for size in sizes], -(-planes // count), GRAIN // (max(sizes) * count) + 1
    kinds = [*[np.empty((0, 0), dtype)] * len(sizes), np.empty((0, 0, 0), dtype)]
    compiled = kernel.variant(*kinds, NOBODY, *tables, 0, 0)
    if items <= grain:
        alone, own = cache.bound(compiled, NOBODY, *tables, 0, items), (1, *room)
        if len(shapes) == 2:
            first, second = shapes
            return lambda a, b: alone(a.reshape(first), b.reshape(second), scratch("pooling", own, dtype))
        return lambda *arrays: alone(*[a.reshape(s) for a, s in zip(arrays, shapes)], scratch("pooling", own, dtype))

    def run(*arrays: Any) -> None:
        taken, held = rooms("pooling", room, dtype)
        pool.run(compiled, items, grain, *[a.reshape(s) for a, s in zip(arrays, shapes)], held, taken, *tables)

    return run
