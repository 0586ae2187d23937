"""Moving numbers: one strided copy serves transpose, slice, flip, concat, tile, repeat, pad and broadcasting.

y[y0 + sum_d index_d * sy_d] = x[x0 + sum_d index_d * sx_d]    for all index combinations; bytes: 2 * itemsize each

A stride of 0 in x repeats, a negative one walks backwards; either side may be a part of a larger array.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import device
from .kernel import foreach, split_kernel
from .launch import bind
from .words import cast

GRAIN = 1 << 15


def contiguous(shape: Sequence[int]) -> list[int]:
    """The strides, in numbers, of a contiguous array."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= n
    return strides[::-1]


def merge(dims: Sequence[int], sy: Sequence[int], sx: Sequence[int]) -> tuple[list[int], list[int], list[int]]:
    """The same moves with fewer dimensions: those of length 1 dropped, neighbours that run on joined."""
    out: list[tuple[int, int, int]] = []
    for n, a, b in zip(dims, sy, sx):
        if n == 1:
            continue
        if out and out[-1][1] == n * a and out[-1][2] == n * b:
            out[-1] = (out[-1][0] * n, a, b)
        else:
            out.append((n, a, b))
    out = out or [(1, 1, 1)]
    return [o[0] for o in out], [o[1] for o in out], [o[2] for o in out]


@split_kernel(flat=True)
def move_rows(y, x, table, y0, x0, width, step_y, step_x, first, last):
    """Rows first..last of the innermost dimension; table: outer lengths, then strides in y, then in x."""
    count = len(table) // 3
    for row in range(first, last):
        rest, to, start = row, y0, x0
        for d in range(count - 1, -1, -1):
            index = rest % table[d]
            rest //= table[d]
            to += index * table[count + d]
            start += index * table[2 * count + d]
        if step_y == 1 and step_x == 1:
            for j in range(width):
                y[to + j] = x[start + j]
        else:
            for j in range(width):
                y[to + j * step_y] = x[start + j * step_x]


@foreach(flat=True)
def move_each(i, y, x, table, y0, x0):
    """Number i of the index combinations; table: lengths, then strides in y, then in x."""
    count = len(table) // 3
    rest, to, start = i, y0, x0
    for d in range(count - 1, -1, -1):
        index = rest % table[d]
        rest //= table[d]
        to += index * table[count + d]
        start += index * table[2 * count + d]
    y[to] = x[start]


def mover(on_cpu: bool, dims: Any, sy: Any, sx: Any, y0: int = 0, x0: int = 0) -> Any:
    """A function of (y, x) that moves numbers along the given strides."""
    dims, sy, sx = merge(dims, sy, sx)
    count = math.prod(dims)
    if count == 0:
        return lambda y, x: None
    if not on_cpu:
        table = np.array([*dims, *sy, *sx], np.int64)
        return lambda y, x: move_each(count, y, x, device.work_copy(y, table), y0, x0)
    if len(dims) > 1 and sx[-1] != 1 and 1 in sx and dims[sx.index(1)] >= 8 > 2 * dims[-1]:
        axis = sx.index(1)  # a tiny innermost dimension: walk along the one that x has in order instead
        for items in (dims, sy, sx):
            items.append(items.pop(axis))
    width = dims[-1]
    table = np.array([*dims[:-1], *sy[:-1], *sx[:-1]], np.int64)
    rest = (table, y0, x0, width, sy[-1], sx[-1])
    bound: dict[Any, Any] = {}  # by dtype: a plan moves float16 as 16-bit integers

    def run(y: Any, x: Any) -> None:
        move = bound.get(x.dtype)
        if move is None:
            move = bound[x.dtype] = bind(move_rows, (y.dtype, x.dtype), rest, count // width, max(1, GRAIN // width))
        move(y, x)

    return run


@foreach(flat=True, grain=GRAIN)
def convert(i, y, x):
    """y = x in the dtype of y; fractions are cut off where that is a whole number."""
    y[i] = cast(x[i], y)


@foreach(flat=True, grain=GRAIN)
def fill(i, y, value):
    """y = value everywhere."""
    y[i] = cast(value, y)


@foreach(flat=True, grain=GRAIN)
def ramp(i, y, start, step, repeat):
    """y[i] = start + i // repeat * step"""
    y[i] = cast(start + (i // repeat) * step, y)


@foreach(flat=True, grain=GRAIN)
def choose(i, y, condition, a, b, inner):
    """y = a where condition, else b; a condition of one number for each row of `inner` numbers serves all of them."""
    y[i] = a[i] if condition[i // inner] != 0 else b[i]


@foreach(flat=True, grain=GRAIN)
def diagonal(i, y, cols, k):
    """Ones on diagonal k of y, zeros elsewhere."""
    y[i] = cast(1 if i % cols - i // cols == k else 0, y)


@foreach(flat=True, grain=GRAIN)
def pad_each(i, y, x, table, starts, dims, constant):
    """y at i of x; table[starts[d] + j]: which index of x stands at index j of axis d, -1 for the constant."""
    count = len(starts)
    rest, at, step, inside = i, 0, 1, True
    for d in range(count - 1, -1, -1):
        source = table[starts[d] + rest % dims[d]]
        rest //= dims[d]
        at += source * step
        step *= dims[count + d]
        inside = inside and source >= 0
    y[i] = x[at] if inside else cast(constant, y)


@foreach(flat=True, grain=16)
def unpad_plane(i, dx, dy, table, starts, dims):
    """Add plane i (sample and channel) of dy to the numbers of dx that it copies, in order."""
    count = len(starts)
    size, inner = 1, 1
    for d in range(2, count):
        size *= dims[d]
        inner *= dims[count + d]
    for j in range(size):
        rest, at, step, inside = j, i * inner, 1, True
        for d in range(count - 1, 1, -1):
            source = table[starts[d] + rest % dims[d]]
            rest //= dims[d]
            at += source * step
            step *= dims[count + d]
            inside = inside and source >= 0
        if inside:
            dx[at] += dy[i * size + j]
