"""Several element-wise functions in one pass.

v[0], v[1], … = the inputs, then each call's f(v[…], …, p[…]);   y[k] = v[outputs[k]]
bytes: (inputs + outputs) * itemsize for each number, however many calls there are; alone, each call moves its own.

A kernel is put together from small helpers, the links, each of which takes a tuple of values and returns it with one
more: read an input, call a function; or write an output.  The compiler sees through them, and what is left are values
in registers.  So there is no text to generate, and the cache knows a kernel by the helpers that it consists of.  Every
result is rounded before the next call reads it (`settle`): fused or not, the numbers are the same.

The results are `rows` rows of `width` numbers.  An input is WHOLE (of the results' shape; without broadcasting there is
one row), or it begins at ``starts[row]`` and is read ALONG the row, or stays FIXED in it.  One piece of work is CHUNK
numbers of a row.  Inputs are read before outputs are written, so an output may lie where a WHOLE input does.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from . import device
from .elementwise import GRAIN, collapse
from .kernel import Helper, Kernel, foreach, helper
from .words import cast, column, lanes, load, settle, store

CHUNK = 4096  # numbers of a row that are done at once; a multiple of any tile
WHOLE, ALONG, FIXED = range(3)
Function = Callable[..., Any]


class Call(NamedTuple):
    """`function` of the values numbered `values`, then of scalars `first` … `first + count` of p."""

    function: Function
    values: tuple[int, ...]
    first: int = 0
    count: int = 0


class Chain(NamedTuple):
    """What a fused kernel consists of: how each input is read, calls, and the values that are written."""

    modes: tuple[int, ...]
    calls: tuple[Call, ...]
    outputs: tuple[int, ...]


def naive(chain: Chain, p: Any, ys: list[np.ndarray], xs: list[np.ndarray]) -> None:
    """The definition: one call after the other, in NumPy."""
    values = list(xs)
    for function, places, first, count in chain.calls:
        values.append(
            cast(function(*[values[i] for i in places], *[cast(s, ys[0]) for s in p[first : first + count]]), ys[0])
        )
    for y, i in zip(ys, chain.outputs):
        y[...] = values[i]


# --- Links: each takes (values, m) and returns the values with one more -----------------------------------------------
# m = (arrays, p, starts, place); place: index in whole arrays, row, rows, index in the row, how many numbers are left


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


def write_tile(k: int, i: int) -> Helper:
    """Write value i to array k."""

    def write(v, m):
        store(m[0][k], m[3][0], v[i], 1, m[3][4])
        return v

    return helper(write)


def read_number(k: int, mode: int, table: int, cols: int) -> Helper:
    """Append one number of array k."""

    def whole(v, m):
        return v + (m[0][k][m[3][0]],)

    def along(v, m):
        return v + (m[0][k][m[2][table * m[3][2] + m[3][1]] + m[3][3]],)

    def fixed(v, m):
        return v + (m[0][k][m[2][table * m[3][2] + m[3][1]]],)

    return helper((whole, along, fixed)[mode])


def write_number(k: int, i: int) -> Helper:
    """Write value i to array k."""

    def write(v, m):
        m[0][k][m[3][0]] = v[i]
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
        (1, 1): lambda v, m: v + (rounded(f(v[a], scalar(m, s)), m),),
        (2, 1): lambda v, m: v + (rounded(f(v[a], v[b], scalar(m, s)), m),),
        (3, 1): lambda v, m: v + (rounded(f(v[a], v[b], v[c], scalar(m, s)), m),),
        (1, 2): lambda v, m: v + (rounded(f(v[a], scalar(m, s), scalar(m, t)), m),),
        (2, 2): lambda v, m: v + (rounded(f(v[a], v[b], scalar(m, s), scalar(m, t)), m),),
        (3, 2): lambda v, m: v + (rounded(f(v[a], v[b], v[c], scalar(m, s), scalar(m, t)), m),),
    }
    return helper(made[len(values), count])


@helper
def rounded(x, m):
    """`x` in the dtype of the results."""
    return settle(cast(x, m[0][0]))


@helper
def scalar(m, s):
    """Scalar s in the dtype of the results."""
    return cast(m[1][s], m[0][0])


def together(links: list[Helper]) -> Helper:
    """One link that does several, one after the other: a tree of them, for the compiler's recursion is not deep."""
    if len(links) > 6:
        size = -(-len(links) // -(-len(links) // 6))
        return together([together(links[i : i + size]) for i in range(0, len(links), size)])
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
    """All links of a chain, which works on arrays in the order outputs, inputs."""
    outputs, tables = len(chain.outputs), itertools.count()
    made = [read(outputs + k, mode, 0 if mode == WHOLE else next(tables), cols) for k, mode in enumerate(chain.modes)]
    made += [compute(*call) for call in chain.calls]
    made += [write(k, i) for k, i in enumerate(chain.outputs)]
    return together(made)


# --- Kernels ---------------------------------------------------------------------------------------------------------


def tiles(run: Helper, cols: int) -> Function:
    """Floats on the CPU: result i is chunk i of all rows."""

    def body(i, y, p, starts, rows, width, blocks, *rest):
        wide = cols * lanes(y)
        row = i // blocks
        first = (i - row * blocks) * CHUNK
        last = min(first + CHUNK, width)
        full = first + (last - first) // wide * wide
        at = row * width
        for j in range(first, full, wide):  # with a constant last number the masks vanish
            run((), ((y,) + rest, p, starts, (at + j, row, rows, j, wide)))
        if full < last:
            run((), ((y,) + rest, p, starts, (at + full, row, rows, full, last - full)))

    return body


def each(run: Helper) -> Function:
    """Single numbers, for CUDA: result i is number i."""

    def body(i, y, p, starts, rows, width, blocks, *rest):
        row = i // width
        run((), ((y,) + rest, p, starts, (i, row, rows, i - row * width, 1)))

    return body


@functools.cache
def kernel(chain: Chain, tiled: bool) -> Kernel:
    """The kernel of a chain; a chain that occurs again, with whatever shapes and scalars, gets the same one."""
    names = "-".join(getattr(call.function, "__name__", "") for call in chain.calls).replace("<lambda>", "f")
    name = f"fused.{len(chain.modes)}.{names}"[:80]
    if not tiled:
        return foreach(each(links(chain, 1, read_number, write_number)), name=name + ".each", flat=True, grain=GRAIN)
    cols = 4 if len(chain.modes) + len(chain.outputs) <= 4 else 2
    return foreach(tiles(links(chain, cols, read_tile, write_tile), cols), name=name, flat=True, grain=1)


class Layout(NamedTuple):
    """How the inputs of a chain repeat: the results' rows, their width, each input's mode, where its rows begin."""

    rows: int
    width: int
    modes: tuple[int, ...]
    starts: np.ndarray


def layout(shape: tuple[int, ...], shapes: list[tuple[int, ...]]) -> Layout:
    """The layout of results of a shape from inputs of shapes that broadcast to it.

    >>> layout((2, 3, 4), [(2, 3, 4), (3, 1), (4,)])
    Layout(rows=6, width=4, modes=(0, 2, 1), starts=array([0, 1, 2, 0, 1, 2, 0, 0, 0, 0, 0, 0]))
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
    return Layout(rows, width, tuple(modes), np.concatenate(tables))


def bind(chain: Chain, where: Layout, dtype: Any, scalars: list[float], ctx: Any) -> Function:
    """The function of (outputs…, inputs…) for known shapes and one dtype."""
    rows, width = where.rows, where.width
    p, starts = (device.from_host(ctx, x) for x in (np.array(scalars, np.float64), where.starts))
    run = kernel(chain, ctx.on_cpu)
    if not ctx.on_cpu:
        return lambda y, *rest: run(rows * width, y, p, starts, rows, width, 1, *rest)
    blocks = -(-width // CHUNK)
    fixed = (p, starts, rows, width, blocks)
    arrays = [np.empty(0, dtype)] * (len(chain.outputs) + len(chain.modes))
    variant = run.variant(arrays[0], *fixed, *arrays[1:], 0, 0)
    if rows * width <= GRAIN:
        items = rows * blocks
        return lambda y, *rest: variant(y, *fixed, *rest, 0, items)
    grain = max(1, GRAIN // min(width, CHUNK))
    from . import pool

    return lambda y, *rest: pool.run(variant, rows * blocks, grain, y, *fixed, *rest)
