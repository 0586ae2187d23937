"""The matrix product on the CPU: register tiles over operands that are read where they lie.

c[m, n] = bias[n] + sum over k of a[m, k] * b[k, n]            limited by arithmetic: 2 M N K operations

A tile of results, `tile.rows` x `tile.cols` registers, stays in registers while k runs.  Each step of k multiplies a
column of `tile.rows` numbers of a with a row of `tile.cols` registers of b:

             right: a row of registers
           .-----------------------.        A number of a is fetched once for a row of the tile, a register of b once
    left   | acc  acc ... |        |        for a column.  A tile of 8 x 3 does 24 products for 8 numbers and 3
    column | acc  acc ... | height |        registers, so the loads hide behind the arithmetic, even those of numbers
           '-----------------------'        that lie a row of a apart.  So both operands are read where they lie.
                   width

What is left beside whole tiles is made by narrow tiles of one register, what is left below by low ones of two rows,
or, where it is more than half a tile, by a tile that makes some rows again.  So a is never copied, and what is computed
beyond the edges of c is less than a register of columns and a row.

What is copied nevertheless, into panels (terms, width) whose numbers follow each other as the tile reads them:

* b stored as (N, K): registers want neighbours along n, so squares of it are turned in registers (`turn_panel`),
* b where many rows of a pass by (`MANY`), because its rows are far apart in memory,
* the smaller operand where a is stored as (K, M) and large, because its columns are far apart (`turn`).

One item of work is a panel of b and all rows of a (or some, where there are few panels).  If it copies its part of b,
that stays in the second-level cache while the rows of a pass by: K * width numbers, in blocks of BLOCK terms.  So
nothing goes through memory twice, and threads share nothing.  Work is divided over tiles of c, never over k: results do
not depend on the number of threads.

`prepare` chooses all of this once for known shapes; products of a row with a matrix are in `gemv.py`.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np

from . import gemv, pool
from .cache import bound
from .gemv import unchanged
from .kernel import Static, cpu_kernel, helper, split_kernel
from .rooms import NOBODY, enter, leave, rooms
from .scratch import scratch
from .words import column, fma, lanes, load, store, transpose, zeros

FLOAT32 = np.dtype(np.float32)
BLOCK = 2048  # terms in a block
WORTH = 1 << 19  # multiplications that are worth a part of their own, some 10 us
SHARED = 1 << 21  # multiplications from which on work is shared: that a product may be costs it a microsecond
MANY = {32: 640, 16: 32}  # rows of a for which it pays to copy b, with so many registers
READ = 1 << 19  # numbers that are worth waking a thread to read them
COPIED = 1 << 16  # numbers that are worth waking a thread to copy them
DOTS = (4, 8)  # rows or columns up to which turning the other operand costs more than `gemv.dots`: with few terms, many
LONG = 512  # what many are
TINY = 1 << 9  # multiplications of a batch for which not to reshape saves more than tiles do
SHALLOW = 32  # terms up to which writing c takes longer than the arithmetic
ACROSS = 0.8, 1.1  # what lanes along m may cost so that results are turned; and if b had to be turned otherwise
TURNED = 64  # rows of a that are turned together
LARGE = 1_000_000  # bytes of a from which on it should be copied if it is stored transposed
BLAS = 250_000, 1_000_000  # multiplications between which NumPy's BLAS is faster where a register would be idle mostly
ITEMS = 8  # pieces of work to have at least, where there is much
TILES = {32: ((8, 3), (5, 4), (4, 4)), 16: ((4, 3),)}
"""Rows and registers of tiles that fit beside their operands into so many registers; the best first."""
FEW = 20  # rows up to which lower tiles are considered


@cpu_kernel
def _measure(out, x):
    out[0] = lanes(x)


@lru_cache(8)
def register(dtype: np.dtype) -> tuple[int, int]:
    """How many numbers a vector register holds, and how many registers there are."""
    out = np.zeros(1, np.int64)
    _measure(out, np.zeros(1, dtype))
    count = int(out[0])
    many = count * dtype.itemsize == 64 or platform.machine() in ("aarch64", "arm64")  # AVX-512, or ARM
    return count, 32 if many else 16


def tile_for(rows: int, cols: int, dtype: np.dtype) -> tuple[float, int, int]:
    """The tile that suits so many rows: (what c costs with it, rows and registers of the tile).

    Higher tiles load less; a row of the tile must hold as many numbers as a column.
    """
    count, registers = register(dtype)
    highest = TILES[registers][0]
    tiles = [tile for tile in TILES[registers] if tile[0] <= tile[1] * count and (tile == highest or rows <= FEW)]

    def cost(tile: tuple[int, int]) -> float:
        high = tile[0]
        several, rest = divmod(rows, high)
        if several and 2 * rest > high:
            several, rest = several + 1, 0
        return several * (high + 0.4) + 1.6 * (rest + rest % 2)

    best = min(tiles, key=cost)
    return cost(best) * -(-cols // count) * count, *best


# --- Copying into panels ---------------------------------------------------------------------------------------------


@helper
def copy_panel(panel, at, x, row, col, terms, width):
    """panel[at + k, n] = x[row + k, col + n] for n < width, and 0 in the rest of a register."""
    for k in range(terms):
        for n in range(0, width, lanes(x)):
            store(panel, (at + k, n), load(x, (row + k, col + n), 1, 1, 1, width - n))


@helper
def turn_panel(panel, at, x, row, col, terms, width):
    """panel[at + k, n] = x[row + n, col + k] for n < width, and 0 in the rest of a register."""
    for n in range(0, width, lanes(x)):
        for k in range(0, terms, lanes(x)):
            if n + lanes(x) <= width and k + lanes(x) <= terms:  # masks would take as long as turning
                store(panel, (at + k, n), transpose(load(x, (row + n, col + k), lanes(x), 1)))
            else:
                square = load(x, (row + n, col + k), lanes(x), 1, width - n, terms - k)
                store(panel, (at + k, n), transpose(square), terms - k, panel.shape[1] - n)


@split_kernel
def turn(turned, a, rows, terms, first, last):
    """Strips first..last of TURNED rows of matrices (rows, terms) from a, which stores them as (terms, rows)."""
    strips = (rows + TURNED - 1) // TURNED
    for item in range(first, last):
        i, row = item // strips, item % strips * TURNED
        turn_panel(turned, i * rows + row, a, i * terms, row, min(TURNED, rows - row), terms)


@split_kernel(flat=True)
def convert(y, x, first, last):
    """y[i] = x[i] for i in first..last: float16 becomes float32, or the other way round."""
    step = 4 * lanes(x)
    for i in range(first, last, step):
        store(y, i, load(x, i, 1, 4, 1, last - i), 1, last - i)


# --- Multiplying -----------------------------------------------------------------------------------------------------


def by_tile(finish, across, edge):
    """What makes a tile of c, with `finish` of all results; `across` if it is one of c.T.

    Only a tile at an `edge` may have less rows and columns than there is room for: `high` and `wide`.
    """

    @helper
    def make(
        tile, c, at, to, left, left_at, left_row, left_term, right, right_at, right_term, count,
        more, done, bias, has_bias, p, high, wide,
    ):  # fmt: skip
        """The tile that begins at c[at, to]: `count` terms, to which the others are added if there are `more`."""
        acc = zeros(c, tile.rows, tile.cols)
        for k in range(count):
            numbers = column(left, (0, left_at + k * left_term), tile.rows, left_row)
            if edge:
                acc = fma(numbers, load(right, (0, right_at + k * right_term), 1, tile.cols, 1, wide), acc)
            else:
                acc = fma(numbers, load(right, (0, right_at + k * right_term), 1, tile.cols), acc)
        if across:
            acc = transpose(acc)
            if more:
                acc = acc + load(c, (at, to), tile.width, 1, wide, high)
            if done:
                if has_bias:
                    acc = acc + load(bias, (to,), 1, 1, 1, high)
                acc = finish(acc, p, c)
            store(c, (at, to), acc, wide, high)
        else:
            if edge:
                inside = high >= tile.rows and wide >= tile.width
            if more and edge:
                acc = acc + load(c, (at, to), tile.rows, tile.cols, high, wide)
            elif more:
                acc = acc + load(c, (at, to), tile.rows, tile.cols)
            if done:
                if has_bias:
                    acc = acc + load(bias, (to,), 1, tile.cols, 1, wide)
                acc = finish(acc, p, c)
            if edge and not inside:  # masks would take as long as ten terms
                store(c, (at, to), acc, high, wide)
            else:
                store(c, (at, to), acc)

    return make


def by_tiles(finish, across):
    """The kernel, with `finish` of all results; `across` if it writes them to c.T: (cols, batch * rows)."""
    whole, part = by_tile(finish, across, False), by_tile(finish, across, True)

    def multiply(
        c, a, b, bias, rooms, has_bias, taken,
        tile, narrow, low, rows, cols, terms, turned_a, turned_b, copy_b, chunk, add, p, first, last,
    ):  # fmt: skip
        """Items first..last, each `chunk` rows of as many columns of one matrix as a tile is wide.

        What is left beside whole tiles is made by narrow ones, what is left below by low ones.
        c: (batch * rows, cols).  rooms: each for a panel of b.
        """
        if across:  # c.T = b.T · a.T
            a, b = b, a
        mine = enter(taken)
        panel = rooms[mine]
        a_row, a_term = (1, rows) if turned_a else (terms, 1)
        beside, chunks = (cols + tile.width - 1) // tile.width, (rows + chunk - 1) // chunk
        for item in range(first, last):
            i, col, top = item // chunks // beside, item // chunks % beside * tile.width, item % chunks * chunk
            wide, bottom = min(cols - col, tile.width), min(top + chunk, rows)
            for start in range(0, max(terms, 1), panel.shape[0]):
                count = min(panel.shape[0], terms - start)
                more, done, a_at = start > 0 or add != 0, start + count == terms, i * rows * terms + start * a_term
                right, right_at, right_term = b, (i * terms + start) * cols + col, cols
                if copy_b:
                    right, right_at, right_term = panel, 0, tile.width
                    if turned_b:
                        turn_panel(panel, 0, b, i * cols + col, start, count, wide)
                    else:
                        copy_panel(panel, 0, b, i * terms + start, col, count, wide)
                middle = bottom - (bottom - top) % tile.rows
                if (4 if across else 2) * (bottom - middle) > tile.rows and middle > top and not more:
                    middle = bottom
                for row in range(top, middle, tile.rows):
                    row = min(row, bottom - tile.rows)  # the last tile makes some rows again, the same numbers
                    left_at, at, to = a_at + row * a_row, i * rows + row, col
                    if across:
                        at, to = i * cols + col, row
                    if wide == tile.width:
                        whole(
                            tile, c, at, to, a, left_at, a_row, a_term, right, right_at, right_term,
                            count, more, done, bias, has_bias, p, tile.rows, wide,
                        )  # fmt: skip
                        continue
                    for n in range(0, wide, narrow.width):
                        part(
                            narrow, c, at, to, a, left_at, a_row, a_term, right, right_at + n, right_term,
                            count, more, done, bias, has_bias, p, tile.rows, wide - n,
                        )  # fmt: skip
                        at, to = (at + narrow.width, to) if across else (at, to + narrow.width)
                for row in range(middle, bottom, low.rows):
                    at, to = (i * cols + col, row) if across else (i * rows + row, col)
                    high = min(bottom - row, low.rows)
                    a_next = a_row if high == low.rows else 0  # a single last row is taken twice
                    part(
                        low, c, at, to, a, a_at + row * a_row, a_next, a_term, right, right_at, right_term,
                        count, more, done, bias, has_bias, p, high, wide,
                    )  # fmt: skip
        leave(taken, mine)

    return multiply


@cache
def kernel(activation: Any = None, across: bool = False) -> Any:
    """The kernel followed by an `Elementwise` of one input, whose scalars come in array p."""
    finish, name = (activation.inner, "." + activation.name) if activation else (unchanged, "")
    return split_kernel(by_tiles(finish, across), name=f"gemm.multiply{'.across' * across}{name}")


# --- Plans -----------------------------------------------------------------------------------------------------------


class Ending(NamedTuple):
    """What happens to a tile of c before it is stored, as `prepare` describes it."""

    add: bool
    activation: Any
    numbers: np.ndarray
    biased: bool


class Product(NamedTuple):
    """What `prepare` gives.

    run : function (c, a, b), or (c, a, b, bias) where it is biased.
    any_shape : whether its arrays may have any shape, so that reshaping them can be saved.
    """

    run: Callable[..., None]
    any_shape: bool = False


@lru_cache(1024)
def prepare(
    rows: int,
    cols: int,
    terms: int,
    dtype: np.dtype,
    transpose_a: bool = False,
    transpose_b: bool = False,
    batch: int = 1,
    add: bool = False,
    activation: Any = None,
    scalars: tuple[float, ...] = (),
    biased: bool = False,
) -> Product:
    """A function (c, a, b) or (c, a, b, bias): c = activation(a @ b + bias), for matrices of known shapes.

    Parameters
    ----------
    rows, cols, terms : M, N and K.
    dtype : that of all arrays; products of float16 are added up in float32, and rounded once.
    transpose_a, transpose_b : whether a is stored as (K, M), b as (N, K).
    batch : how many products; their matrices follow each other, so that c has shape (batch * M, N), and so on.
    add : whether the product is added to what c holds: c = activation(c + a @ b + bias).
    activation : the `kernels.elementwise.Elementwise` of a function of one number that follows, such as relu; it is
        applied to tiles in registers.
    scalars : its numbers, such as the slope of a leaky rectifier.
    biased : whether there is a bias.

    Returns
    -------
    Product
        The arrays of its function are contiguous and of two dimensions, bias of one: (N,).

    Examples
    --------
    >>> product = prepare(2, 3, 4, np.dtype("f4"), transpose_b=True, biased=True)
    >>> c = np.empty((2, 3), "f4")
    >>> product.run(c, np.ones((2, 4), "f4"), np.ones((3, 4), "f4"), np.zeros(3, "f4"))
    >>> c[0].tolist()
    [4.0, 4.0, 4.0]
    """
    if not batch * rows * cols:
        return Product(lambda *arrays: None, True)
    end = Ending(add, activation, np.array(scalars, np.float64), biased)
    by_dots = (not transpose_a or rows == 1) and (transpose_b or cols == 1) and min(rows, cols) <= DOTS[terms >= LONG]
    if by_dots:
        return _dots(rows, cols, terms, dtype, batch, end)
    if dtype == np.float16:
        return _half(rows, cols, terms, transpose_a, transpose_b, batch, end)
    tiny = batch > 1 and not transpose_b and batch * rows * cols * terms <= TINY
    if rows == 1 or cols == 1 or terms == batch == 1 or tiny:
        return _combine(rows, cols, terms, dtype, transpose_a, batch, end)
    if batch == 1 and not add and activation is None and _blas_wins(rows, cols, terms, dtype, transpose_a, transpose_b):
        return _blas(transpose_a, transpose_b, biased)
    turned_cost, straight_cost = (tile_for(*sizes, dtype)[0] for sizes in ((cols, rows), (rows, cols)))
    if transpose_a and turned_cost < ACROSS[transpose_b] * straight_cost:
        return _tiled(cols, rows, terms, dtype, not transpose_b, False, batch, end, True)
    if transpose_a and rows * terms * dtype.itemsize > LARGE and min(rows, cols) > TURNED:
        return _turned(rows, cols, terms, dtype, transpose_b, batch, end)
    return _tiled(rows, cols, terms, dtype, transpose_a, transpose_b, batch, end)


def _dots(rows: int, cols: int, terms: int, dtype: np.dtype, batch: int, end: Ending) -> Product:
    """Rows of a and of b lie along k, and one of them has few."""
    few, many, steps = (rows, cols, (cols, 1, 0, 1)) if rows <= cols else (cols, rows, (1, cols, 1, 0))
    numbers, items = (few, many, terms, *steps, int(end.add), end.numbers), batch * -(-many // gemv.STRIP)
    return _split(gemv.kernels(end.activation)[0], dtype, numbers, items, few * gemv.STRIP * terms, rows > cols, end)


def _combine(rows: int, cols: int, terms: int, dtype: np.dtype, transpose_a: bool, batch: int, end: Ending) -> Product:
    """Row by row: one row, and b is stored as (K, N); one column, and a as (K, M); one term; or few numbers."""
    width, group, a_row, a_term = max(rows, cols), 1, 0, 1
    if rows > 1 and cols > 1:
        width, group = cols, rows
        a_row, a_term = (1, rows) if transpose_a else (terms, 1)
    count = register(dtype)[0]
    tile, deep = Static(cols=4 if width >= 4 * count else 2), gemv.DEEP if width > 4 * count else max(terms, 1)
    steps, strip = (group, group * terms, a_row, a_term, terms * width), gemv.STRIP * count
    numbers, items = (tile, deep, width, terms, *steps, int(cols > 1)), batch * group * -(-width // strip)
    numbers += (int(end.add), end.numbers)
    return _split(gemv.kernels(end.activation)[1], dtype, numbers, items, strip * terms, cols == 1, end)


def _blas_wins(rows: int, cols: int, terms: int, dtype: np.dtype, transpose_a: bool, transpose_b: bool) -> bool:
    """Whether the last register of a row of c would hold so little that NumPy's BLAS is faster, by up to a tenth.

    Measured with AVX-512, where OpenBLAS has narrower registers for that and needs no threads for so little.
    """
    count = register(dtype)[0]
    return (
        count * dtype.itemsize == 64
        and 0 < cols % count <= count // 4
        and terms > SHALLOW
        and BLAS[0] <= rows * cols * terms <= BLAS[1]
        and (transpose_a or not transpose_b)
    )


def _blas(transpose_a: bool, transpose_b: bool, biased: bool) -> Product:
    dot = np.dot
    if transpose_b:
        product = lambda c, a, b: dot(a.T, b.T, c)
    elif transpose_a:
        product = lambda c, a, b: dot(a.T, b, c)
    else:
        product = lambda c, a, b: dot(a, b, c)

    def run(c: np.ndarray, a: np.ndarray, b: np.ndarray, bias: np.ndarray) -> None:
        product(c, a, b)
        np.add(c, bias, out=c)

    return Product(run if biased else product)


def _half(rows: int, cols: int, terms: int, transpose_a: bool, transpose_b: bool, batch: int, end: Ending) -> Product:
    """float16: the product of converted operands."""
    shape = (rows, cols, terms, FLOAT32, transpose_a, transpose_b, batch)
    multiply, _ = prepare(*shape, end.add, end.activation, tuple(end.numbers.tolist()), end.biased)
    empty = np.empty(0, np.float16), np.empty(0, FLOAT32)
    narrow, widen = convert.variant(*empty, 0, 0), convert.variant(*empty[::-1], 0, 0)

    def wide(use: str, x: np.ndarray, known: bool = True) -> np.ndarray:
        y = scratch(f"gemm.{use}", x.shape, FLOAT32)
        if known:
            pool.run(widen, x.size, COPIED, y, x)
        return y

    def run(c: np.ndarray, a: np.ndarray, b: np.ndarray, *bias: np.ndarray) -> None:
        result = wide("c16", c, end.add)
        multiply(result, wide("a16", a), wide("b16", b), *[wide("bias16", row) for row in bias])
        pool.run(narrow, c.size, COPIED, c, result)

    return Product(run)


def _split(kernel: Any, dtype: np.dtype, numbers: Any, items: int, work: int, exchanged: bool, end: Ending) -> Product:
    """A product by a kernel of `gemv.py`, where one item is `work` numbers to read.

    If they are `exchanged`, the kernel takes b for a.
    """
    none = np.empty(0, dtype)
    variant = kernel.variant(*[none] * 4, 0, *numbers, 0, 0)
    grain = -(-READ // max(work, 1))
    rest = (1, *numbers) if end.biased else (none, 0, *numbers)
    if items <= grain:
        multiply = bound(variant, *rest, 0, items)
    else:
        multiply = lambda *arrays: pool.run(variant, items, grain, *arrays, *rest)
    return Product((lambda c, a, b, *bias: multiply(c, b, a, *bias)) if exchanged else multiply, True)


def _tiled(
    rows: int, cols: int, terms: int, dtype: np.dtype, transpose_a: bool, transpose_b: bool, batch: int, end: Ending,
    across: bool = False, copy: bool = False,
) -> Product:  # fmt: skip
    _, height, registers = tile_for(rows, cols, dtype)
    count = register(dtype)[0]
    width = registers * count
    chunk, items = rows, batch * -(-cols // width)
    if items < ITEMS and batch * rows * cols * terms >= 8 * WORTH:
        chunk = -(-max(128, -(-rows // -(-ITEMS // items))) // height) * height
        items *= -(-rows // chunk)
    grain = WORTH // max(chunk * width * max(terms, SHALLOW), 1)
    tile, narrow = (Static(rows=height, cols=n, width=n * count) for n in (registers, 1))
    low = Static(rows=2, cols=registers, width=width)
    copy_b = int(copy or transpose_b or rows >= MANY[register(dtype)[1]])
    numbers = (tile, narrow, low, rows, cols, terms, int(transpose_a), int(transpose_b), copy_b, chunk)
    numbers += (int(end.add), end.numbers)
    matrix, none, nothing = np.empty((0, 0), dtype), np.empty(0, dtype), np.empty((1, BLOCK, 0), dtype)
    variant = kernel(end.activation, across).variant(*[matrix] * 3, none, nothing, 0, NOBODY, *numbers, 0, 0)
    no_bias, biased = ((), 1) if end.biased else ((none,), 0)
    if items > grain and batch * rows * cols * terms >= SHARED:
        use = f"gemm.panels {width}"

        def shared(*arrays: np.ndarray) -> None:
            taken, panels = rooms(use, (BLOCK, width), dtype) if copy_b else (NOBODY, nothing)
            pool.run(variant, items, grain, *arrays, *no_bias, panels, biased, taken, *numbers)

        return Product(shared)
    if not copy_b:
        return Product(bound(variant, *no_bias, nothing, biased, NOBODY, *numbers, 0, items))
    multiply = bound(variant, biased, NOBODY, *numbers, 0, items)
    room, use = (1, BLOCK, width), f"gemm.panel {width}"
    return Product(lambda *arrays: multiply(*arrays, *no_bias, scratch(use, room, dtype)))


def _turned(rows: int, cols: int, terms: int, dtype: np.dtype, transpose_b: bool, batch: int, end: Ending) -> Product:
    """a is stored as (K, M) and large: the operand that has fewer rows or columns is turned first.

    That is a, or b, with which a as it is stored makes the transposed result.
    """
    across = cols <= rows
    if across:
        multiply, _ = product = _tiled(cols, rows, terms, dtype, False, False, batch, end, True, True)
        if transpose_b:
            return product
    else:
        multiply, _ = _tiled(rows, cols, terms, dtype, False, transpose_b, batch, end)
    few, matrix = min(rows, cols), np.empty((0, 0), dtype)
    variant = turn.variant(matrix, matrix, few, terms, 0, 0)
    strips, grain = batch * -(-few // TURNED), -(-COPIED // (TURNED * terms))

    def run(c: np.ndarray, a: np.ndarray, b: np.ndarray, *bias: np.ndarray) -> None:
        turned = scratch("gemm.turned", (batch * few, terms), dtype)
        pool.run(variant, strips, grain, turned, b if across else a, few, terms)
        multiply(c, *((a, turned) if across else (turned, b)), *bias)

    return Product(run)


def gemm(
    c: np.ndarray, a: np.ndarray, b: np.ndarray, transpose_a: bool = False, transpose_b: bool = False, bias: Any = None
) -> None:
    """c = a @ b + bias for contiguous matrices of one float dtype; `prepare` saves looking for the plan.

    Parameters
    ----------
    c : array, shape (M, N)
    a : array, shape (M, K), or (K, M) where `transpose_a`
    b : array, shape (K, N), or (N, K) where `transpose_b`
    bias : array, shape (N,), or None
    """
    terms = a.shape[0] if transpose_a else a.shape[1]
    given = () if bias is None else (bias,)
    product = prepare(*c.shape, terms, c.dtype, bool(transpose_a), bool(transpose_b), biased=bool(given))
    product.run(c, a, b, *given)
