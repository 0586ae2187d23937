"""Several element-wise functions in one pass.

v[0], v[1], … = the inputs, then each call's f(v[…], …, p[…]);   y[k] = v[outputs[k]]
bytes: (inputs + outputs) * itemsize for each number, however many calls there are; alone, each call moves its own.

A kernel is put together from small helpers, the links, each of which takes a tuple of values and returns it with one
more: read an input, call a function; or write an output.  The compiler sees through them, and what is left are values
in registers.  So there is no text to generate, and the cache knows a kernel by the helpers that it consists of.  Every
result is rounded before the next call reads it (`settle`): fused or not, the numbers are the same.

Values may be reduced along the rows as well: t[k, piece] = combine over the numbers of a piece of v[end k], the pieces'
totals are few, and a kernel of `reduction.py` makes the results of them.

The results are `rows` rows of `width` numbers.  An input is WHOLE (of the results' shape; without broadcasting there is
one row), or it begins at ``starts[row]`` and is read ALONG the row, or stays FIXED in it.  One piece of work is CHUNK
numbers of a row.  Inputs are read before outputs are written, so an output may lie where a WHOLE input does.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import device
from .elementwise import GRAIN, collapse
from .kernel import Helper, Kernel, foreach, helper
from .scratch import scratch
from .words import cast, column, lanes, load, settle, store, where, zeros

CHUNK = 4096  # numbers of a row that are done at once; a multiple of any tile
FEW, THREADS = 32, 1 << 16  # on CUDA: numbers of a row that a thread reduces, at least, and threads, at most
WHOLE, ALONG, FIXED = range(3)
Function = Callable[..., Any]


class Call(NamedTuple):
    """`function` of the values numbered `values`, then of scalars `first` … `first + count` of p."""

    function: Function
    values: tuple[int, ...]
    first: int = 0
    count: int = 0


class End(NamedTuple):
    """Value number `value`, of which a row becomes one number: see `reduction.Reduction`."""

    value: int
    combine: Function
    fold: Function | None
    start: float


class Chain(NamedTuple):
    """What a fused kernel consists of: how each input is read, calls, values that are written, and that are reduced."""

    modes: tuple[int, ...]
    calls: tuple[Call, ...]
    outputs: tuple[int, ...]
    ends: tuple[End, ...] = ()


def naive(chain: Chain, p: Any, ys: list[np.ndarray], xs: list[np.ndarray]) -> None:
    """The definition: one call after the other, in NumPy, in the dtype of p.

    Results of `ends` keep the axes of length 1.
    """
    values = list(xs)
    for function, places, first, count in chain.calls:
        values.append(cast(function(*[values[i] for i in places], *p[first : first + count]), p))
    for y, i in zip(ys, chain.outputs):
        y[...] = values[i]
    shape = np.broadcast_shapes(*(x.shape for x in xs))
    for y, (i, combine, _, start) in zip(ys[len(chain.outputs) :], chain.ends):
        y[...] = start
        for place, value in np.ndenumerate(np.broadcast_to(values[i], shape)):
            at = tuple(0 if n == 1 else k for k, n in zip(place, y.shape))
            y[at] = combine(y[at], value)


# --- Links: each takes (values, m) and returns the values with one more -----------------------------------------------
# m = (arrays, p, starts, place); place: index in whole arrays, row, rows, index in the row, how many numbers are left.
# The dtype of p is that of the chain, which arrays may differ from: they are converted where they are read and written.


def read_tile(k: int, mode: int, table: int, cols: int) -> Helper:
    """Append a tile of array k."""

    def whole(v, m):
        return v + (load(m[0][k], m[3][0], 1, cols, 1, m[3][4]),)

    def along(v, m):
        start = m[2][table * m[3][2] + m[3][1]] + m[3][3]
        return v + (load(m[0][k], start, 1, cols, 1, m[3][4]),)

    def fixed(v, m):
        return v + (column(m[0][k], m[2][table * m[3][2] + m[3][1]], 1),)

    return helper((whole, along, fixed)[mode])


def write_tile(k: int, i: int, cols: int, wide: bool) -> Helper:
    """Write value i to array k; `wide`: as it was read, which may be one number."""

    def write(v, m):
        store(m[0][k], m[3][0], v[i], 1, m[3][4])
        return v

    def spread(v, m):
        whole = zeros(m[1], 1, cols) == 0  # the value is one number for all of the row
        store(m[0][k], m[3][0], where(whole, v[i], v[i]), 1, m[3][4])
        return v

    return helper(spread if wide else write)


def read_number(k: int, mode: int, table: int, cols: int) -> Helper:
    """Append one number of array k."""

    def whole(v, m):
        return v + (m[0][k][m[3][0]],)

    def along(v, m):
        return v + (m[0][k][m[2][table * m[3][2] + m[3][1]] + m[3][3]],)

    def fixed(v, m):
        return v + (m[0][k][m[2][table * m[3][2] + m[3][1]]],)

    return helper((whole, along, fixed)[mode])


def write_number(k: int, i: int, cols: int, wide: bool) -> Helper:
    """Write value i to array k."""

    def write(v, m):
        m[0][k][m[3][0]] = cast(v[i], m[0][k])
        return v

    return helper(write)


def compute(function: Function, values: tuple[int, ...], first: int, count: int) -> Helper:
    """Append function(values…, scalars…), rounded."""
    f = helper(function, scalar=True)
    a, b, c = (*values, 0, 0)[:3]
    s, t = first, first + 1
    made = {
        (1, 0): lambda v, m: v + (rounded(f(v[a]), m),),
        (2, 0): lambda v, m: v + (rounded(f(v[a], v[b]), m),),
        (3, 0): lambda v, m: v + (rounded(f(v[a], v[b], v[c]), m),),
        (1, 1): lambda v, m: v + (rounded(f(v[a], m[1][s]), m),),
        (2, 1): lambda v, m: v + (rounded(f(v[a], v[b], m[1][s]), m),),
        (3, 1): lambda v, m: v + (rounded(f(v[a], v[b], v[c], m[1][s]), m),),
        (1, 2): lambda v, m: v + (rounded(f(v[a], m[1][s], m[1][t]), m),),
        (2, 2): lambda v, m: v + (rounded(f(v[a], v[b], m[1][s], m[1][t]), m),),
        (3, 2): lambda v, m: v + (rounded(f(v[a], v[b], v[c], m[1][s], m[1][t]), m),),
    }
    return helper(made[len(values), count])


@helper
def rounded(x, m):
    """`x` in the dtype of the chain."""
    return settle(cast(x, m[1]))


def together(links: list[Helper]) -> Helper:
    """One link that does several, one after the other: a tree of them, for the compiler's recursion is not deep."""
    if len(links) > 6:
        size = -(-len(links) // -(-len(links) // 6))
        return together([together(links[i : i + size]) for i in range(0, len(links), size)])
    if not links:
        return helper(lambda v, m: v)
    a, b, c, d, e, f = (*links, *[None] * 6)[:6]
    made = [
        lambda v, m: b(a(v, m), m),
        lambda v, m: c(b(a(v, m), m), m),
        lambda v, m: d(c(b(a(v, m), m), m), m),
        lambda v, m: e(d(c(b(a(v, m), m), m), m), m),
        lambda v, m: f(e(d(c(b(a(v, m), m), m), m), m), m),
    ]
    return links[0] if len(links) == 1 else helper(made[len(links) - 2])


def links(chain: Chain, cols: int, read: Function, write: Function) -> Helper:
    """All links of a chain, which works on arrays in the order outputs, parts of the ends, inputs."""
    first, tables = len(chain.outputs) + len(chain.ends), itertools.count()
    made = [read(first + k, mode, 0 if mode == WHOLE else next(tables), cols) for k, mode in enumerate(chain.modes)]
    made += [compute(*call) for call in chain.calls]
    made += [write(k, i, cols, i < len(chain.modes)) for k, i in enumerate(chain.outputs)]
    return together(made)


# --- Ends: what becomes of a value that is reduced along the row.  Totals are a tuple too, made by links of
# m = (arrays, totals so far, values, how many numbers are left); the parts of a row are combined by another kernel.


def begin_tile(start: float, cols: int) -> Helper:
    """Append a total of nothing; m = p."""
    return helper(lambda v, m: v + (zeros(m, 1, cols) + start,))


def fold_tile(k: int, end: End, cols: int) -> Helper:
    """Append total k with the value added."""
    i, combine = end.value, helper(end.combine, scalar=True)
    return helper(lambda v, m: v + (combine(m[1][k], m[2][i]),))


def fold_last(k: int, end: End, cols: int, ones: int) -> Helper:
    """The same for the last numbers of a row; where array `ones` is not read the value does not count."""
    i, start, combine = end.value, end.start, helper(end.combine, scalar=True)

    def fold(v, m):
        counts = load(m[0][ones], 0, 1, cols, 1, m[3]) != 0
        return v + (combine(m[1][k], where(counts, m[2][i], zeros(m[0][ones], 1, cols) + start)),)

    return helper(fold)


def end_tile(k: int, to: int, end: End) -> Helper:
    """Write the total of all numbers of total k to array `to`."""
    fold = end.fold

    def write(v, m):
        m[0][to][m[1]] = fold(v[k])  # type: ignore[misc]
        return v

    return helper(write)


def begin_number(start: float) -> Helper:
    """Append a total of nothing; m = p."""
    return helper(lambda v, m: v + (cast(start, m),))


def end_number(k: int, to: int) -> Helper:
    """Write total k to array `to`."""

    def write(v, m):
        m[0][to][m[1]] = v[k]
        return v

    return helper(write)


# --- Kernels ---------------------------------------------------------------------------------------------------------


def tiles(chain: Chain, cols: int) -> Function:
    """Floats on the CPU: result i is chunk i of all rows."""
    run, ends, outputs = links(chain, cols, read_tile, write_tile), chain.ends, len(chain.outputs)
    ones = outputs + len(ends) + len(chain.modes)
    begin = together([begin_tile(e.start, cols) for e in ends])
    fold = together([fold_tile(k, e, cols) for k, e in enumerate(ends)])
    fold_rest = together([fold_last(k, e, cols, ones) for k, e in enumerate(ends)])
    finish = together([end_tile(k, outputs + k, e) for k, e in enumerate(ends)])

    def body(i, y, p, starts, rows, width, blocks, *rest):
        arrays = (y,) + rest
        wide = cols * lanes(p)
        row = i // blocks
        first = (i - row * blocks) * CHUNK
        last = min(first + CHUNK, width)
        full = first + (last - first) // wide * wide
        at = row * width
        totals = begin((), p)
        for j in range(first, full, wide):  # with a constant last number the masks vanish
            v = run((), (arrays, p, starts, (at + j, row, rows, j, wide)))
            totals = fold((), (arrays, totals, v))
        if full < last:
            v = run((), (arrays, p, starts, (at + full, row, rows, full, last - full)))
            totals = fold_rest((), (arrays, totals, v, last - full))
        finish(totals, (arrays, i))

    return body


def each(chain: Chain) -> Function:
    """Single numbers, for CUDA: result i is number i, or every `parts`-th number of a row where there are ends."""
    run, ends = links(chain, 1, read_number, write_number), chain.ends
    begin = together([begin_number(e.start) for e in ends])
    fold = together([fold_tile(k, e, 1) for k, e in enumerate(ends)])
    finish = together([end_number(k, len(chain.outputs) + k) for k in range(len(ends))])

    def body(i, y, p, starts, rows, width, parts, *rest):
        row = i // width
        run((), ((y,) + rest, p, starts, (i, row, rows, i - row * width, 1)))

    def part(i, y, p, starts, rows, width, parts, *rest):
        arrays = (y,) + rest
        row = i // parts
        totals = begin((), p)
        for j in range(i - row * parts, width, parts):
            v = run((), (arrays, p, starts, (row * width + j, row, rows, j, 1)))
            totals = fold((), (arrays, totals, v))
        finish(totals, (arrays, i))

    return part if ends else body


@functools.cache
def kernel(chain: Chain, tiled: bool) -> Kernel:
    """The kernel of a chain; a chain that occurs again, with whatever shapes and scalars, gets the same one."""
    names = "-".join(getattr(call.function, "__name__", "") for call in chain.calls).replace("<lambda>", "f")
    name = f"fused.{len(chain.modes)}.{names}"[:80]
    if not tiled:
        return foreach(each(chain), name=name + ".each", flat=True, grain=GRAIN)
    cols = 4 if len(chain.modes) + len(chain.outputs) <= 4 else 2
    return foreach(tiles(chain, cols), name=name, flat=True, grain=1)


class Layout(NamedTuple):
    """How the inputs of a chain repeat: the results' rows, their width, each input's mode, where its rows begin.

    `outer` are the dimensions that make up the rows, `stays` those along which each input stays where it is.
    """

    rows: int
    width: int
    modes: tuple[int, ...]
    starts: np.ndarray
    outer: tuple[int, ...] = ()
    stays: tuple[tuple[int, ...], ...] = ()


def layout(shape: tuple[int, ...], shapes: list[tuple[int, ...]]) -> Layout:
    """The layout of results of a shape from inputs of shapes that broadcast to it.

    >>> layout((2, 3, 4), [(2, 3, 4), (3, 1), (4,)])[:4]
    (6, 4, (0, 2, 1), array([0, 1, 2, 0, 1, 2, 0, 0, 0, 0, 0, 0]))
    """
    dims, strides = collapse(shape, *shapes)
    *outer, width = dims
    rows = int(np.prod(outer, dtype=np.int64))
    modes, tables = [], [np.empty(0, np.int64)]
    for given, steps in zip(shapes, strides):
        if int(np.prod(given, dtype=np.int64)) == rows * width:
            modes.append(WHOLE)
            continue
        modes.append(ALONG if steps[-1] else FIXED)
        start = np.zeros((), np.int64)
        for length, step in zip(outer, steps):
            start = np.add.outer(start, np.arange(length) * step)
        tables.append(start.reshape(-1))
    stays = tuple(tuple(d for d, step in enumerate(steps[:-1]) if step == 0) for steps in strides)
    return Layout(rows, width, tuple(modes), np.concatenate(tables), tuple(outer), stays)


def bind(
    chain: Chain, layout: Layout, dtype: Any, scalars: list[float], ctx: Any, finish: Sequence[tuple[Any, int]] = (),
    dtypes: Sequence[Any] = (),
) -> Function:  # fmt: skip
    """The function of (outputs…, results of ends…, inputs…) for known shapes and one dtype.

    Parameters
    ----------
    layout : of the inputs, then of the ends.
    dtype : in which the chain computes.
    finish : for each end the `Reduction` that makes its result of the parts, and how many numbers there were.
    dtypes : of the outputs and inputs, where any differs.
    """
    rows, width, outputs, ends = layout.rows, layout.width, len(chain.outputs), len(chain.ends)
    p, starts = (device.from_host(ctx, x) for x in (np.array(scalars, dtype), layout.starts))
    run = kernel(chain, ctx.on_cpu)
    parts = -(-width // CHUNK) if ctx.on_cpu else max(1, min(width // FEW, THREADS // rows))
    first: Function
    if not ctx.on_cpu:
        items = rows * (parts if ends else width)
        first = lambda y, *rest: run(items, y, p, starts, rows, width, parts, *rest)
    else:
        items = rows * parts
        fixed = (p, starts, rows, width, parts)
        kinds = [*(dtypes or [dtype] * (outputs + len(chain.modes))), *[dtype] * (ends > 0)]
        arrays = [np.empty(0, kind) for kind in (*kinds[:outputs], *[dtype] * ends, *kinds[outputs:])]
        variant = run.variant(arrays[0], *fixed, *arrays[1:], 0, 0)
        grain = max(1, GRAIN // min(width, CHUNK))
        if rows * width <= GRAIN:
            first = lambda y, *rest: variant(y, *fixed, *rest, 0, items)
        else:
            from . import pool

            first = lambda y, *rest: pool.run(variant, items, grain, y, *fixed, *rest)
    if not ends:
        return first
    ones = [np.ones(512 // dtype.itemsize, dtype)] if ctx.on_cpu else []  # as long as a tile may be
    shape, last = (*layout.outer, parts), len(layout.outer)
    seconds = [
        reduction.bind(ctx.on_cpu, shape, (*stays, last), dtype, n)
        for (reduction, n), stays in zip(finish, layout.stays[len(chain.modes) :])
    ]

    def both(*arrays: Any) -> None:
        if ctx.on_cpu:
            work = list(scratch("fused", (ends, items), dtype))
        else:
            work = [device.empty_like_target(arrays[0], (items,), dtype) for _ in range(ends)]
        first(*arrays[:outputs], *work, *arrays[outputs + ends :], *ones)
        for second, y, x in zip(seconds, arrays[outputs:], work):
            second(y, x)

    return both
