"""Moving numbers: one strided copy serves transpose, slice, flip, concat, tile, repeat, pad and broadcasting.

y[y0 + sum_d index_d * sy_d] = x[x0 + sum_d index_d * sx_d]    for all index combinations; bytes: 2 * itemsize each

A stride of 0 in x repeats, a negative one walks backwards; either side may be a part of a larger array.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import device, pool
from .kernel import foreach, helper, split_kernel
from .launch import bind
from .words import cast, column, index, lanes, load, store, transpose, zeros

GRAIN = 1 << 15
WIDE = 4  # registers moved together
HIGH = 16  # rows transposed together: the numbers of a cache line


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


@helper
def corner(table, row):
    """Where row `row` starts, in y and in x; table: lengths of the outer dimensions, strides in y, strides in x."""
    count = len(table) // 3
    to, start = 0, 0
    for d in range(count - 1, 0, -1):
        place = row % table[d]
        row //= table[d]
        to += place * table[count + d]
        start += place * table[2 * count + d]
    if count > 0:
        to += row * table[count]
        start += row * table[2 * count]
    return to, start


@split_kernel(flat=True)
def move_rows(y, x, table, y0, x0, width, first, last):
    """Rows first..last, whose numbers are neighbours in both arrays."""
    step = lanes(x)
    full = width // (WIDE * step) * WIDE * step
    for row in range(first, last):
        to, start = corner(table, row)
        to, start = to + y0, start + x0
        for j in range(0, full, WIDE * step):
            store(y, to + j, load(x, start + j, 1, WIDE))
        for j in range(full, width, step):
            store(y, to + j, load(x, start + j, 1, 1, 1, width - j), 1, width - j)


@split_kernel(flat=True)
def repeat_rows(y, x, table, y0, x0, width, first, last):
    """Rows first..last, each of which is one number of x, written `width` times side by side."""
    step = lanes(x)
    full = width // (WIDE * step) * WIDE * step
    for row in range(first, last):
        to, start = corner(table, row)
        to, number = to + y0, zeros(x, 1, 1) + column(x, start + x0, 1)
        for j in range(0, full, WIDE * step):
            for k in range(WIDE):
                store(y, to + j + k * step, number)
        for j in range(full, width, step):
            store(y, to + j, number, 1, width - j)


@split_kernel(flat=True)
def move_strided(y, x, table, y0, x0, width, step_y, step_x, first, last):
    """Rows first..last, whose numbers lie `step_y` and `step_x` apart."""
    for row in range(first, last):
        to, start = corner(table, row)
        to, start = to + y0, start + x0
        for j in range(width):
            y[index(to + j * step_y)] = x[index(start + j * step_x)]


@split_kernel
def transpose_planes(y, x, first, last):
    """Blocks of HIGH rows, first..last, of planes x: (planes, rows, cols) to y: (planes, cols, rows)."""
    rows, cols = x.shape[1], x.shape[2]
    blocks = (rows + HIGH - 1) // HIGH
    for item in range(first, last):
        plane, top = item // blocks, item % blocks * HIGH
        for i in range(top, min(top + HIGH, rows), lanes(x)):
            for j in range(0, cols, lanes(x)):
                square = load(x, (plane, i, j), lanes(x), 1, rows - i, cols - j)
                store(y, (plane, j, i), transpose(square), cols - j, rows - i)


@foreach(flat=True)
def move_each(i, y, x, table, y0, x0):
    """Number i of the index combinations; table: lengths, then strides in y, then in x."""
    count = len(table) // 3
    rest, to, start = i, y0, x0
    for d in range(count - 1, -1, -1):
        place = rest % table[d]
        rest //= table[d]
        to += place * table[count + d]
        start += place * table[2 * count + d]
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
    planes = transposed(dims, sy, sx, y0, x0)
    if len(dims) > 1 and sx[-1] != 1 and 1 in sx and dims[sx.index(1)] >= 8 > 2 * dims[-1]:
        axis = sx.index(1)  # a tiny innermost dimension: walk along the one that x has in order instead
        for items in (dims, sy, sx):
            items.append(items.pop(axis))
    width, step_y, step_x = dims[-1], sy[-1], sx[-1]
    table = np.array([*dims[:-1], *sy[:-1], *sx[:-1]], np.int64)
    bound: dict[Any, Any] = {}  # by dtype: a plan moves float16 as 16-bit integers

    def make(dtype: Any) -> Any:
        same = np.dtype(f"f{dtype.itemsize}") if dtype.itemsize >= 4 else dtype  # registers hold floats
        if planes is not None and same.kind == "f":
            move = transposer(same, *planes)
        else:
            tiled = same.kind == "f" and step_y == 1 and step_x in (0, 1) and width >= 8
            kernel = (repeat_rows, move_rows)[step_x] if tiled else move_strided
            rest = (table, y0, x0, width) if tiled else (table, y0, x0, width, step_y, step_x)
            move = bind(kernel, (same, same), rest, count // width, max(1, GRAIN // width))
        return move if same == dtype else lambda y, x: move(y.view(same), x.view(same))

    def run(y: Any, x: Any) -> None:
        move = bound.get(x.dtype)
        if move is None:
            move = bound[x.dtype] = make(x.dtype)
        move(y, x)

    return run


def transposed(dims: Any, sy: Any, sx: Any, y0: int, x0: int) -> tuple[int, int, int] | None:
    """Planes, rows and columns of x, where the moves exchange rows and columns of a whole array; else None."""
    if len(dims) not in (2, 3) or y0 or x0:
        return None
    planes, cols, rows = (1, *dims)[-3:]
    whole = [cols * rows, rows, 1][-len(dims) :], [cols * rows, 1, cols][-len(dims) :]
    return (planes, rows, cols) if (list(sy), list(sx)) == whole and min(rows, cols) > 1 else None


def transposer(dtype: Any, planes: int, rows: int, cols: int) -> Any:
    """A function of (y, x) that transposes planes."""
    x = np.empty((1, 1, 1), dtype)
    run = transpose_planes.variant(x, x, 0, 0)
    blocks = planes * -(-rows // HIGH)
    grain = max(1, GRAIN // (cols * HIGH))
    return lambda y, x: pool.run(run, blocks, grain, y.reshape(planes, cols, rows), x.reshape(planes, rows, cols))


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
