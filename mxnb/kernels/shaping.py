"""Moving numbers: one strided copy serves transpose, slice, flip, concat, tile, repeat and broadcasting.

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
from .words import cast, column, index, lanes, load, single, store, transpose, where, zeros

GRAIN = 1 << 17  # numbers in a piece of work: half a megabyte, tens of microseconds
SMALL = 1 << 12  # numbers that NumPy fills sooner than it has looked at them as bytes
WIDE = 4  # registers moved together
HIGH = 64  # rows transposed together, so that lines of the cache are written as a whole
NARROW = 64  # runs of numbers shorter than this are not worth a move of their own
SHORT = 40  # axes of fewer bytes than this are not worth a square of registers
LONG = 24  # nor are those for numbers of 16 bits; 8 bits would take squares of 64, which are slow to compile
SHORTEST, LONGEST = 4, 1 << 14  # rows that are joined two arrays at a time: least of one, most of all numbers
FEW = 1 << 12  # numbers of one row that is joined so, as one launch takes less than two
LOW = 16  # rows, of whatever length, that are joined or parted together, as launches are what takes time
BROAD = 256  # bytes of a row from which on four arrays are parted together


HALF, BITS = np.dtype("float16"), np.dtype("uint16")  # as which kernels of the CPU move it


def bits_of(value: float) -> float:
    """The number that a float16 is as 16 bits."""
    with np.errstate(over="ignore"):
        return float(np.array(value, HALF).view(BITS))


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
    """Where row `row` starts in two arrays; table: lengths of the outer dimensions, strides in one and in the other."""
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


@helper
def move_row(y, to, x, start, width):
    """y[to + j] = x[start + j] for j < width.

    The last register lies over the one before, which costs less than a mask.  The C library's memcpy is a twentieth
    faster where y and x begin at the same place of a cache line, but takes up to twice as long where y begins 16 bytes
    further, as every second array does.
    """
    step = lanes(x)
    wide = width // (WIDE * step) * WIDE * step
    for j in range(0, wide, WIDE * step):
        store(y, to + j, load(x, start + j, 1, WIDE))
    if width < step:
        store(y, to, load(x, start, 1, 1, 1, width), 1, width)
    elif wide < width:
        for j in range(wide, width - step, step):
            store(y, to + j, load(x, start + j, 1, 1))
        store(y, to + width - step, load(x, start + width - step, 1, 1))


@split_kernel(flat=True)
def move_rows(y, x, table, y0, x0, height, step_y, step_x, width, first, last):
    """Rows first..last, whose numbers are neighbours in both arrays; `height` rows lie `step_y` and `step_x` apart."""
    row = first
    while row < last:
        to, start = corner(table, row // height)
        done = row % height
        to, start = to + y0 + done * step_y, start + x0 + done * step_x
        for _ in range(min(height - done, last - row)):
            move_row(y, to, x, start, width)
            to, start = to + step_y, start + step_x
        row += height - done


@split_kernel(flat=True)
def join_rows(y, a, b, wide, at, left, right, first, last):
    """Rows first..last of a and of b, of `left` and `right` numbers, beside each other from `at` on in rows of y."""
    for row in range(first, last):
        to = row * wide + at
        move_row(y, to, a, row * left, left)
        move_row(y, to + left, b, row * right, right)


@split_kernel(flat=True)
def part_rows(a, b, c, d, x, wide, at, first_width, second, third, fourth, first, last):
    """Rows first..last of four arrays, taken side by side from `at` on out of rows of x; a width may be 0."""
    for row in range(first, last):
        start = row * wide + at
        move_row(a, row * first_width, x, start, first_width)
        start += first_width
        move_row(b, row * second, x, start, second)
        start += second
        move_row(c, row * third, x, start, third)
        move_row(d, row * fourth, x, start + third, fourth)


@split_kernel(flat=True)
def repeat_rows(y, x, table, y0, x0, height, step_y, step_x, width, first, last):
    """Rows first..last, each of which is one number of x, written `width` times side by side."""
    step = lanes(x)
    wide, full = width // (WIDE * step) * WIDE * step, width // step * step
    row = first
    while row < last:
        to, start = corner(table, row // height)
        done = row % height
        to, start = to + y0 + done * step_y, start + x0 + done * step_x
        for _ in range(min(height - done, last - row)):
            number = zeros(x, 1, 1) + column(x, start, 1)
            for j in range(0, wide, WIDE * step):
                for k in range(WIDE):
                    store(y, to + j + k * step, number)
            for j in range(wide, full, step):
                store(y, to + j, number)
            if full < width:
                store(y, to + full, number, 1, width - full)
            to, start = to + step_y, start + step_x
        row += height - done


@split_kernel(flat=True)
def reverse_rows(y, x, table, y0, x0, height, step_y, step_x, width, first, last):
    """Rows first..last, whose numbers are neighbours in both arrays, in x from the last to the first."""
    row = first
    while row < last:
        to, start = corner(table, row // height)
        done = row % height
        to, start = to + y0 + done * step_y, start + x0 + done * step_x
        for _ in range(min(height - done, last - row)):
            for j in range(width):  # the compiler makes registers of it, as it knows the steps
                y[index(to + j)] = x[index(start - j)]
            to, start = to + step_y, start + step_x
        row += height - done


@split_kernel(flat=True)
def move_strided(y, x, table, y0, x0, height, step_y, step_x, width, near_y, near_x, first, last):
    """Rows first..last, whose numbers lie `near_y` and `near_x` apart."""
    row = first
    while row < last:
        to, start = corner(table, row // height)
        done = row % height
        to, start = to + y0 + done * step_y, start + x0 + done * step_x
        for _ in range(min(height - done, last - row)):
            for j in range(width):
                y[index(to + j * near_y)] = x[index(start + j * near_x)]
            to, start = to + step_y, start + step_x
        row += height - done


@split_kernel
def transpose_blocks(y, x, table, y0, x0, rows, cols, first, last):
    """Blocks of HIGH rows, first..last, of planes of `rows` rows of x that become columns of y.

    The second lengths of y and x are the distances of their rows; `table` has where planes begin.
    """
    step, blocks = lanes(x), (rows + HIGH - 1) // HIGH
    for item in range(first, last):
        to, start = corner(table, item // blocks)
        to, start, top = to + y0, start + x0, item % blocks * HIGH
        for j in range(0, cols, step):
            for i in range(top, min(top + HIGH, rows), step):
                if rows >= step and cols >= step:  # the last squares lie over those before: nothing to leave out
                    row, col = min(i, rows - step), min(j, cols - step)
                    square = load(x, (0, start + row * x.shape[1] + col), step, 1)
                    store(y, (0, to + col * y.shape[1] + row), transpose(square))
                else:
                    square = load(x, (0, start + i * x.shape[1] + j), step, 1, rows - i, cols - j)
                    store(y, (0, to + j * y.shape[1] + i), transpose(square), cols - j, rows - i)


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


def by_size(dtype: Any) -> np.dtype:
    """Kernels that move numbers know them by their size."""
    return np.dtype(f"{'f' if dtype.itemsize >= 4 else 'u'}{dtype.itemsize}")


def mover(on_cpu: bool, dtype: Any, dims: Any, sy: Any, sx: Any, y0: int = 0, x0: int = 0) -> Any:
    """A function of (y, x) that moves numbers of a dtype along the given strides."""
    dims, sy, sx = merge(dims, sy, sx)
    count = math.prod(dims)
    if count == 0:
        return lambda y, x: None
    if not on_cpu:
        table = np.array([*dims, *sy, *sx], np.int64)
        return lambda y, x: move_each(count, y, x, device.work_copy(y, table), y0, x0)
    turned = next((a for a, step in enumerate(sx[:-1]) if step == 1), None)  # the axis that x has in order
    short = turned is not None and min(dims[turned], dims[-1]) * dtype.itemsize < SHORT
    if sy[-1] != 1 or sx[-1] < 2 or short or (turned is not None and sy[turned] < 2):
        turned = None
    if turned is None and len(dims) > 1 and sx[-1] != 1 and 1 in sx and dims[sx.index(1)] > 8 >= dims[-1]:
        axis = sx.index(1)  # a tiny innermost dimension: walk along the one that x has in order instead
        for items in (dims, sy, sx):
            items.append(items.pop(axis))
    same = by_size(dtype)
    long = turned is not None and min(dims[turned], dims[-1]) >= LONG  # else squares of 32 numbers stay mostly empty
    if turned is not None and (same.kind == "f" or (long and dtype.itemsize == 2)):
        move = transposer(same, dims, sy, sx, y0, x0, turned)
    else:
        move = row_mover(same, dims, sy, sx, y0, x0)
    return move if same == dtype else lambda y, x: move(y.view(same), x.view(same))


def table_of(dims: Any, sy: Any, sx: Any, *without: int) -> np.ndarray:
    """The table that `corner` reads, of all dimensions but some."""
    left = [d for d in range(len(dims)) if d not in without]
    return np.array([items[d] for items in (dims, sy, sx) for d in left], np.int64)


def row_mover(dtype: Any, dims: list[int], sy: list[int], sx: list[int], y0: int, x0: int) -> Any:
    """A function of (y, x) that moves row after row."""
    if len(dims) == 1:
        dims, sy, sx = [1, *dims], [0, *sy], [0, *sx]
    (height, width), (step_y, near_y), (step_x, near_x) = dims[-2:], sy[-2:], sx[-2:]
    tiled = near_y == 1 and width >= 8 and near_x in (0, 1, -1)
    kernel = (repeat_rows, move_rows, reverse_rows)[near_x] if tiled else move_strided
    last = len(dims) - 1
    rest = (table_of(dims, sy, sx, last - 1, last), y0, x0, height, step_y, step_x, width)
    rest = rest if tiled else (*rest, near_y, near_x)
    return bind(kernel, (dtype, dtype), rest, math.prod(dims[:-1]), max(1, GRAIN // width))


def transposer(dtype: Any, dims: list[int], sy: list[int], sx: list[int], y0: int, x0: int, turned: int) -> Any:
    """A function of (y, x) for moves that exchange the last axis, in order in y, with another, in order in x."""
    table, empty = table_of(dims, sy, sx, turned, len(dims) - 1), np.empty((1, 1), dtype)
    rows, cols, far_y, far_x = dims[-1], dims[turned], sy[turned], sx[-1]
    run = transpose_blocks.variant(empty, empty, table, 0, 0, 0, 0, 0, 0)
    blocks = math.prod(dims) // (rows * cols) * -(-rows // HIGH)
    grain = max(1, GRAIN // (cols * HIGH))
    by_rows = lambda a, far: a.reshape(-1)[: a.size // far * far].reshape(-1, far)
    return lambda y, x: pool.run(run, blocks, grain, by_rows(y, far_y), by_rows(x, far_x), table, y0, x0, rows, cols)


def joiner(on_cpu: bool, dtype: Any, rows: int, widths: Sequence[int]) -> Any:
    """A function of (y, *xs) that lays xs: (rows, width) side by side.

    Short rows are written two arrays at a time: with one after the other, lines of the cache between those that are
    written are fetched for nothing.
    """
    wide, at, moves, same = sum(widths), 0, [], by_size(dtype)
    paired = rows > 1 or (len(widths) == 2 and wide <= FEW)
    together = 2 if on_cpu and paired and (rows <= LOW or min(widths) >= SHORTEST) and wide <= LONGEST else 1
    for k in range(0, len(widths), together):
        if together == 2:
            left, right = (*widths[k : k + 2], 0)[:2]  # the last of an odd number has nothing beside it
            moves.append(
                bind(join_rows, (same,) * 3, (wide, at, left, right), rows, max(1, GRAIN // max(left + right, 1)))
            )
        else:
            moves.append(mover(on_cpu, dtype, (rows, widths[k]), (wide, 1), (widths[k], 1), y0=at))
        at += sum(widths[k : k + together])
    if together == 2:

        def join(*arrays: Any) -> None:
            y, *xs = arrays if same == dtype else [x.view(same) for x in arrays]
            for k, move in enumerate(moves):
                move(y, xs[2 * k], xs[min(2 * k + 1, len(xs) - 1)])

        return moves[0] if len(widths) == 2 and same == dtype else join
    if len(moves) == 2:
        first, second = moves
        return lambda y, a, b: (first(y, a), second(y, b))

    def run(y: Any, *xs: Any) -> None:
        for move, x in zip(moves, xs):
            move(y, x)

    return run


def parter(on_cpu: bool, dtype: Any, rows: int, widths: Sequence[int]) -> Any:
    """A function of (*ys, x) that takes ys: (rows, width) out of x, where they lie side by side.

    Four arrays at a time where that saves launches, or reading lines of the cache again; else one after the other.
    """
    wide, same = sum(widths), by_size(dtype)
    together = rows <= LOW or (min(widths) * dtype.itemsize >= BROAD and wide <= LONGEST)
    if not (on_cpu and together and rows * wide):
        at, moves = 0, []
        for width in widths:
            moves.append(mover(on_cpu, dtype, (rows, width), (width, 1), (wide, 1), x0=at))
            at += width

        def run(*arrays: Any) -> None:
            for move, y in zip(moves, arrays):
                move(y, arrays[-1])

        return run
    calls, at = [], 0
    for k in range(0, len(widths), 4):
        four = (*widths[k : k + 4], 0, 0, 0)[:4]
        calls.append(bind(part_rows, (same,) * 5, (wide, at, *four), rows, max(1, GRAIN // max(sum(four), 1))))
        at += sum(four)
    call = calls[0]
    if same == dtype and len(widths) == 4:
        return call
    if same == dtype and len(widths) == 3:
        return lambda a, b, c, x: call(a, b, c, c, x)
    if same == dtype and len(widths) == 2:
        return lambda a, b, x: call(a, b, b, b, x)

    def part(*arrays: Any) -> None:
        *ys, x = arrays if same == dtype else [y.view(same) for y in arrays]
        for k, call in enumerate(calls):
            call(*(ys[4 * k : 4 * k + 4] + 3 * ys[-1:])[:4], x)

    return part


def placer(on_cpu: bool, dtype: Any, shape: Any, first: Any, step: Any, dims: Any, value: float = 0) -> Any:
    """A function of (y, x) that puts x among numbers of one value.

    Parameters
    ----------
    shape : of y.
    first, step : where x begins in y, and how far its numbers are apart, along each axis.
    dims : shape of x.
    """
    if on_cpu and dtype == HALF:
        move = placer(True, BITS, shape, first, step, dims, bits_of(value))
        return lambda y, x: move(y.view(BITS), x.view(BITS))
    strides = contiguous(shape)
    start = sum(a * b for a, b in zip(strides, first))
    run = mover(on_cpu, dtype, dims, [a * b for a, b in zip(strides, step)], contiguous(dims), y0=start)
    count, steps, slabs = math.prod(shape), [s for s, n in zip(step, dims) if n > 1], []
    for axis, n in enumerate(shape):  # the rest in slabs, each of them beside x along one axis
        for a, b in (0, first[axis]), (first[axis] + dims[axis], n):
            if b > a:
                slabs.append((axis, (*dims[:axis], b - a, *shape[axis + 1 :]), (*first[:axis], a)))
    narrow = any(math.prod(slab[axis:]) < NARROW for axis, slab, _ in slabs)
    if not on_cpu:
        return lambda y, x: (fill(count, y, value), run(y, x))
    if narrow or any(s != 1 for s in steps) or not math.prod(dims):
        cover_all = filler(True, dtype, count, value)
        return lambda y, x: (cover_all(y), run(y, x))
    place = lambda at: sum(s * k for s, k in zip(strides, at))
    around = [mover(on_cpu, dtype, d, strides, [0] * len(d), y0=place(at)) for _, d, at in slabs]
    number = np.full(1, value, dtype)

    def put(y: Any, x: Any) -> None:
        run(y, x)
        for cover in around:
            cover(y, number)

    return put


@foreach(flat=True, grain=GRAIN)
def convert(i, y, x):
    """y = x in the dtype of y; fractions are cut off where that is a whole number."""
    y[i] = cast(x[i], y)


@split_kernel(flat=True, grain=GRAIN)
def convert_half(y, x, first, last):
    """y = x where one is float16 and the other float32, on the CPU: rounded to the nearest, beyond 65504 infinity.

    From float64, too, by way of float32, as processors have nothing else.
    """
    step = lanes(x)
    full = (last - first) // (WIDE * step) * WIDE * step + first
    for j in range(first, full, WIDE * step):
        store(y, j, single(load(x, j, 1, WIDE)))
    for j in range(full, last, step):
        store(y, j, single(load(x, j, 1, 1, 1, last - j)), 1, last - j)


@foreach(flat=True, grain=GRAIN)
def fill(i, y, value):
    """y = value everywhere."""
    y[i] = cast(value, y)


def filler(on_cpu: bool, dtype: Any, count: int, value: float) -> Any:
    """A function of y that writes one number everywhere, `count` times."""
    if not on_cpu:
        return lambda y: fill(count, y, value)
    if dtype != HALF:
        return bind(fill, (dtype,), (value,), count, GRAIN)
    run = bind(fill, (BITS,), (bits_of(value),), count, GRAIN)
    return lambda y: run(y.view(BITS))


def clear(y: Any) -> None:
    """y = 0: on the CPU the C library's memset, a quarter faster than stores of registers."""
    if device.is_device_array(y):
        fill(y.size, y, 0)
    elif y.size < SMALL:
        y.fill(0)
    else:
        y.reshape(-1).view(np.uint8).fill(0)


@foreach(flat=True, grain=GRAIN)
def ramp_each(i, y, start, step):
    """y[i] = start + i * step"""
    y[i] = cast(start + i * step, y)


@foreach(flat=True, grain=GRAIN)
def stairs_each(i, y, start, step, repeat):
    """y[i] = start + i // repeat * step"""
    y[i] = cast(start + (i // repeat) * step, y)


@split_kernel(flat=True)
def ramp_cpu(y, start, step, repeat, first, last):
    """Numbers first..last of either on the CPU, in double precision and without a division for each of them."""
    if repeat == 1:
        for i in range(first, last):
            y[index(i)] = cast(start + i * step, y)
        return
    i, k = first, first // repeat
    while i < last:
        end, number = min(k * repeat + repeat, last), zeros(y, 1, 1) + cast(start + k * step, y)
        for j in range(i, end, lanes(y)):
            store(y, j, number, 1, end - j)
        i, k = end, k + 1


def ramp(on_cpu: bool, dtype: Any, count: int, start: float, step: float, repeat: int = 1) -> Any:
    """A function of y that fills it, `count` numbers of a dtype, with evenly spaced ones, each `repeat` times."""
    if on_cpu:
        return bind(ramp_cpu, (dtype,), (float(start), float(step), repeat), count, GRAIN)
    if repeat == 1:
        return lambda y: ramp_each(count, y, start, step)
    return lambda y: stairs_each(count, y, start, step, repeat)


@foreach(flat=True, grain=GRAIN)
def choose(i, y, condition, a, b):
    """y = a where condition is not 0, else b."""
    y[i] = where(condition[i] != 0, a[i], b[i])


@foreach(flat=True, grain=GRAIN)
def choose_rows(i, y, condition, a, b, inner):
    """The same with a condition for each row of `inner` numbers."""
    y[i] = a[i] if condition[i // inner] != 0 else b[i]


@split_kernel(flat=True)
def choose_runs(y, condition, a, b, inner, first, last):
    """Rows first..last of the same, on the CPU."""
    for row in range(first, last):
        if condition[row] != 0:
            move_row(y, row * inner, a, row * inner, inner)
        else:
            move_row(y, row * inner, b, row * inner, inner)


def row_chooser(on_cpu: bool, dtypes: Any, rows: int, inner: int) -> Any:
    """A function of (y, condition, a, b) that chooses whole rows; `dtypes`: of the condition and of the others."""
    if not on_cpu:
        return lambda y, condition, a, b: choose_rows(rows * inner, y, condition, a, b, inner)
    kind, dtype = dtypes
    return bind(choose_runs, (dtype, kind, dtype, dtype), (inner,), rows, max(1, GRAIN // max(inner, 1)))


@foreach(flat=True, grain=GRAIN)
def keep(i, y, condition, x, wanted):
    """y = x where whether condition is not 0 is as wanted, else 0."""
    y[i] = where((condition[i] != 0) == (wanted != 0), x[i], cast(0, x))


def diagonal(on_cpu: bool, dtype: Any, rows: int, cols: int, k: int) -> Any:
    """A function of y: (rows, cols) that puts ones on diagonal k, zeros elsewhere."""
    count = max(0, min(rows + min(k, 0), cols - max(k, 0)))
    run = mover(on_cpu, dtype, (count,), (cols + 1,), (0,), y0=k if k > 0 else -k * cols)
    one = np.ones(1, dtype)

    def put(y: Any) -> None:
        clear(y)
        run(y, device.work_copy(y, one))

    return put
