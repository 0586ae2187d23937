"""Reading and writing numbers at given indices.

take      y[o, i, r] = x[o, index[i], r]                      bytes: 2 * itemsize for each number of y
scatter   x[o, index[i], r] += y[o, i, r]                     its gradient; indices repeat, so it is not a plain store

The gradient walks over the indices in order for each column (o, r), so that results depend neither on the number of
threads nor on timing; on CUDA one thread does one column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import device
from .kernel import foreach, helper, split_kernel
from .launch import bind
from .scratch import scratch
from .shaping import clear, move_row
from .words import cast, lanes, load, store
from .words import index as unsigned

GRAIN = 1 << 17  # numbers in a piece of work
FEW = 8  # numbers that are copied one by one
TINY = 256  # numbers that are moved before a table of their places is made
NEIGHBOURS = 64  # columns of the gradient in a piece of work, so that they are added as vectors


@helper
def clipped(index, n):
    """An index limited to 0 … n - 1."""
    return min(max(index, 0), n - 1)


@helper
def wrapped(index, n):
    """An index modulo n."""
    at = index % n
    return at + n if at < 0 else at


@helper
def within(index, n, wrap):
    """An index made to fit, in one of the two ways."""
    return wrapped(int(index), n) if wrap else clipped(int(index), n)


@foreach(flat=True)
def take_each(i, y, x, index, count, n, inner, wrap):
    """Output (o, i, r) of y; x: (outer, n, inner), index: (count,)."""
    r, rest = i % inner, i // inner
    k, o = rest % count, rest // count
    y[i] = x[(o * n + within(index[k], n, wrap)) * inner + r]


@split_kernel(flat=True)
def take_rows(y, x, index, count, n, inner, wrap, first, last):
    """Rows (o, i) of y, first..last, on the CPU."""
    o, k = first // count, first % count
    for row in range(first, last):
        move_row(y, row * inner, x, (o * n + within(index[unsigned(k)], n, wrap)) * inner, inner)
        k += 1
        if k == count:
            o, k = o + 1, 0


@split_kernel(flat=True)
def take_numbers(y, x, index, n, wrap, first, last):
    """The same where outer and inner are 1, on the CPU."""
    for i in range(first, last):
        y[unsigned(i)] = x[unsigned(within(index[unsigned(i)], n, wrap))]


@split_kernel(flat=True, grain=GRAIN)
def line_places(place, index, n, inner, wrap, first, last):
    """Which numbers of x[o] come to y[o] for indices first..last."""
    for k in range(first, last):
        for r in range(inner):
            place[unsigned(k * inner + r)] = within(index[unsigned(k)], n, wrap) * inner + r


@split_kernel(flat=True)
def take_lines(y, x, place, length, far, first, last):
    """`take` number by number for o = first..last: y[o] has `length` numbers, x[o] has `far`."""
    for o in range(first, last):
        for j in range(length):
            y[unsigned(o * length + j)] = x[unsigned(o * far + place[unsigned(j)])]


@split_kernel(flat=True)
def scatter_rows(dx, dy, index, count, n, inner, wrap, add, block, first, last):
    """Put rows of dy into dx, or add them; items first..last, each of them `block` columns of one o."""
    step, blocks = lanes(dx), (inner + block - 1) // block
    for item in range(first, last):
        o, begin = item // blocks, item % blocks * block
        width = min(block, inner - begin)
        full = width // step * step if width >= FEW else 0
        for k in range(count):
            to = (o * n + within(index[unsigned(k)], n, wrap)) * inner + begin
            start = (o * count + k) * inner + begin
            for r in range(0, full, step):
                row = load(dy, start + r, 1, 1)
                store(dx, to + r, row + load(dx, to + r, 1, 1) if add else row)
            if width < FEW:
                for r in range(width):
                    number = dy[unsigned(start + r)]
                    dx[unsigned(to + r)] = number + dx[unsigned(to + r)] if add else number
            elif full < width:
                row = load(dy, start + full, 1, 1, 1, width - full)
                rest = load(dx, to + full, 1, 1, 1, width - full)
                store(dx, to + full, row + rest if add else row, 1, width - full)


@split_kernel(flat=True)
def scatter_lines(dx, dy, place, length, far, add, first, last):
    """The same number by number for o = first..last: dy[o] has `length` numbers, dx[o] has `far`; see `line_places`."""
    for o in range(first, last):
        for j in range(length):
            to, number = unsigned(o * far + place[unsigned(j)]), dy[unsigned(o * length + j)]
            dx[to] = number + dx[to] if add else number


@foreach(flat=True)
def scatter_columns(i, dx, dy, index, count, n, inner, wrap, add):
    """Column i = (o, r): all indices in order."""
    r, o = i % inner, i // inner
    for k in range(count):
        to, number = (o * n + within(index[k], n, wrap)) * inner + r, dy[(o * count + k) * inner + r]
        dx[to] = number + dx[to] if add else number


@foreach(flat=True)
def put(i, x, index, value, step):
    """x[index[i]] = value[i * step]; step 0 repeats one number.  Where indices repeat on CUDA, any of them wins."""
    x[index[i]] = cast(value[i * step], x)


@foreach(flat=True)
def pick_each(i, y, x, index, n, inner, wrap):
    """y[o, r] = x[o, index[o, r], r]"""
    y[i] = x[(i // inner * n + within(index[i], n, wrap)) * inner + i % inner]


@foreach(flat=True)
def pick_rows(i, y, x, index, n, wrap):
    """The same where inner is 1, without divisions."""
    y[i] = x[unsigned(i * n + within(index[i], n, wrap))]


@split_kernel(flat=True)
def pick_lines(y, x, index, n, inner, wrap, first, last):
    """o = first..last of the same on the CPU where inner is more."""
    for o in range(first, last):
        for r in range(inner):
            k = within(index[unsigned(o * inner + r)], n, wrap)
            y[unsigned(o * inner + r)] = x[unsigned((o * n + k) * inner + r)]


@foreach(flat=True)
def unpick_each(i, dx, dy, index, n, inner, wrap):
    """The gradient of pick, into zeros: dx[o, index[o, r], r] = dy[o, r]"""
    dx[unsigned((i // inner * n + within(index[i], n, wrap)) * inner + i % inner)] = dy[i]


@split_kernel(flat=True)
def unpick_lines(dx, dy, index, n, inner, wrap, first, last):
    """o = first..last of the same, on the CPU."""
    for o in range(first, last):
        for r in range(inner):
            k = within(index[unsigned(o * inner + r)], n, wrap)
            dx[unsigned((o * n + k) * inner + r)] = dy[unsigned(o * inner + r)]


@foreach(flat=True)
def one_hot_each(i, y, index, depth, on, off):
    """y[k, d] = on where d = index[k], else off"""
    y[i] = cast(on if int(index[i // depth]) == i % depth else off, y)


@split_kernel(flat=True)
def one_hot_rows(y, index, depth, on, off, first, last):
    """Rows first..last, on the CPU."""
    rest = cast(off, y)
    for row in range(first, last):
        at, k = row * depth, int(index[row])
        for d in range(depth):
            y[unsigned(at + d)] = rest
        if 0 <= k < depth:
            y[at + k] = cast(on, y)


@foreach(flat=True)
def flat_places(k, place, index, count, depth, shape, marks):
    """place[k]: which row of an array of this shape has the coordinates index[0, k], …, index[depth - 1, k].

    Negative ones count from the end.  Those out of range are limited, so that no foreign memory is touched; where
    `marks`, place[count] is made -1 for them.
    """
    at, wrong = 0, False
    for d in range(depth):
        j = int(index[d * count + k])
        j = j + shape[d] if j < 0 else j
        wrong = wrong or j < 0 or j >= shape[d]
        at = at * shape[d] + clipped(j, shape[d])
    place[k] = at
    if wrong and marks:
        place[count] = -1


# --- Launching -------------------------------------------------------------------------------------------------------


def taker(on_cpu: bool, dtype: Any, index: tuple[int, Any], outer: int, n: int, inner: int, wrap: bool) -> Any:
    """A function of (y, x, index) with y[o, i, r] = x[o, index[i], r].

    Parameters
    ----------
    dtype : of y and x.
    index : how many there are, and their dtype; those outside 0 … n - 1 are limited, or taken modulo n.
    outer, n, inner : the shape of x.
    """
    count, kind = index
    size, rest = outer * count * inner, (count, n, inner, int(wrap))
    if size == 0:
        return lambda y, x, index: None
    if on_cpu and inner == outer == 1:
        return bind(take_numbers, (dtype, dtype, kind), (n, int(wrap)), count, GRAIN)
    if on_cpu and inner < FEW and outer > 1 and size > TINY:
        length = count * inner
        lines = bind(take_lines, (dtype, dtype, np.int64), (length, n * inner), outer, max(1, GRAIN // length))
        places, room = bind(line_places, (np.int64, kind), (n, inner, int(wrap)), count, GRAIN), np.dtype("int64")

        def run(y: Any, x: Any, index: Any) -> None:
            place = scratch("indexing.places", length, room)
            places(place, index)
            lines(y, x, place)

        return run
    if on_cpu:
        return bind(take_rows, (dtype, dtype, kind), rest, outer * count, max(1, GRAIN // inner))
    return lambda y, x, index: take_each(size, y, x, index, *rest)


def scatterer(
    on_cpu: bool, dtype: Any, index: tuple[int, Any], outer: int, n: int, inner: int, wrap: bool, add: bool = True
) -> Callable[..., None]:
    """A function of (dx, dy, index): zeros, then dx[o, index[i], r] += dy[o, i, r], or =, where the last of equal wins.

    Parameters
    ----------
    dtype : of dx and dy.
    index, outer, n, inner, wrap : as in `taker`.
    """
    count, kind = index
    if outer * count * n * inner == 0:
        return lambda dx, dy, index: clear(dx)
    rest = (count, n, inner, int(wrap), int(add))
    if on_cpu and inner < FEW and outer > 1 and outer * count * inner > TINY:
        length, room = count * inner, np.dtype("int64")
        places = bind(line_places, (room, kind), (n, inner, int(wrap)), count, GRAIN)
        lines = bind(scatter_lines, (dtype, dtype, room), (length, n * inner, int(add)), outer, max(1, GRAIN // length))

        def run_lines(dx: Any, dy: Any, index: Any) -> None:
            clear(dx)
            place = scratch("indexing.places", length, room)
            places(place, index)
            lines(dx, dy, place)

        return run_lines
    if on_cpu:
        block = inner if outer > 1 else max(NEIGHBOURS, GRAIN // 4 // count)
        items, size = outer * -(-inner // block), count * min(inner, block)
        put_rows = bind(scatter_rows, (dtype, dtype, kind), (*rest, block), items, max(1, GRAIN // 4 // size))
    else:
        put_rows = lambda dx, dy, index: scatter_columns(outer * inner, dx, dy, index, *rest)

    def run(dx: Any, dy: Any, index: Any) -> None:
        clear(dx)
        put_rows(dx, dy, index)

    return run


def picker(on_cpu: bool, dtype: Any, kind: Any, count: int, n: int, inner: int, wrap: bool) -> Any:
    """A function of (y, x, index) with y[o, r] = x[o, index[o, r], r]; `kind`: the dtype of the `count` indices."""
    if not on_cpu or not count:
        return lambda y, x, index: pick_each(count, y, x, index, n, inner, int(wrap))
    if inner > 1:
        rest, grain = (n, inner, int(wrap)), max(1, GRAIN // inner)
        return bind(pick_lines, (dtype, dtype, kind), rest, count // inner, grain)
    return bind(pick_rows, (dtype, dtype, kind), (n, int(wrap)), count, GRAIN)


def unpicker(on_cpu: bool, dtype: Any, kind: Any, count: int, n: int, inner: int, wrap: bool) -> Callable[..., None]:
    """A function of (dx, dy, index): zeros, then dx[o, index[o, r], r] = dy[o, r]; see `picker`."""
    if not count * n * inner:
        return lambda dx, dy, index: clear(dx)
    if on_cpu:
        rest = (n, inner, int(wrap))
        put_lines = bind(unpick_lines, (dtype, dtype, kind), rest, count // inner, max(1, GRAIN // inner))
    else:
        put_lines = lambda dx, dy, index: unpick_each(count, dx, dy, index, n, inner, int(wrap))

    def run(dx: Any, dy: Any, index: Any) -> None:
        clear(dx)
        put_lines(dx, dy, index)

    return run


def one_hot(on_cpu: bool, dtype: Any, kind: Any, count: int, depth: int, on: float, off: float) -> Any:
    """A function of (y, index) with y[k, d] = on where d = index[k], else off."""
    if not on_cpu:
        return lambda y, index: one_hot_each(count * depth, y, index, depth, on, off)
    return bind(one_hot_rows, (dtype, kind), (depth, on, off), count, max(1, GRAIN // max(depth, 1)))


def placer(on_cpu: bool, kind: Any, count: int, shape: tuple[int, ...]) -> Any:
    """A function of (x, index) that gives which rows of x, whose first axes have this shape, the coordinates mean.

    Those out of range are limited.  On the CPU there is one number more, -1 if there were such, else 0.

    Parameters
    ----------
    kind, count : of coordinates: their dtype, and how many there are.
    """
    if not on_cpu:

        def find(x: Any, index: Any) -> Any:
            place = device.empty_like_target(x, (count,), np.int64)
            if count:
                lengths = device.work_copy(x, np.array(shape, np.int64))
                flat_places(count, place, index, count, len(shape), lengths, 0)
            return place

        return find
    table = np.array(shape, np.int64)
    run = bind(flat_places, (table.dtype, kind), (count, len(shape), table, 1), count, GRAIN)

    def find_on_cpu(x: Any, index: Any) -> Any:
        place = scratch("indexing.flat", count + 1, table.dtype)
        place[count] = 0
        run(place, index)
        return place

    return find_on_cpu
