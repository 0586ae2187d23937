"""Each word's NumPy definition against its compiled forms: on register tiles and on single numbers."""

import functools
import math

import numpy as np
import pytest

from mxnb.kernels import words
from mxnb.kernels.kernel import Static, cpu_kernel, foreach, split_kernel
from mxnb.kernels.words import (
    WORDS,
    absolute,
    cast,
    column,
    evens,
    fma,
    index,
    interleave,
    lanes,
    load,
    maximum,
    minimum,
    mod,
    odds,
    pairs,
    reduce_add,
    reduce_max,
    reduce_min,
    reduce_multiply,
    sign,
    store,
    transpose,
    where,
    zeros,
)

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 3.7, -3.7, 1e-5, -1e-5, 0.3, 0.6, -0.99, 0.92, 20.0]
SPECIAL += [80.0, -80.0, 88.5, 100.0, -100.0, -103.0, 1e-40, 1e30, -1e30, math.inf, -math.inf, math.nan]
UNARY = [
    *["absolute", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "cos", "cosh", "erf"],
    *["erfc", "erfinv", "exp", "expm1", "fix", "floor", "gamma", "gammaln", "log", "log10", "log1p", "log2"],
    *["normcdf", "normpdf", "rcbrt"],
    *["rint", "round", "round_even", "rsqrt", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc"],
]
BINARY = ["arctan2", "copysign", "fmod", "hypot", "maximum", "minimum", "mod", "power"]
TESTED_ELSEWHERE = {
    *["arrays", "numbers"],  # test_together.py
    *["cast", "column", "double", "evens", "exponent", "flip", "fma", "index", "interleave", "isinf", "isnan"],
    *["lanes", "load", "odds", "pairs", "power_of_two", "reduce_add", "reduce_max", "reduce_min", "reduce_multiply"],
    *["settle", "significand", "single", "store", "swap", "transpose", "where", "zeros"],
}
ULPS = {"normcdf": 8}  # of others 4


def test_every_word_is_tested():
    assert {*UNARY, *BINARY} | TESTED_ELSEWHERE == set(WORDS)


def tile_kernel(f, g, h, k, count):
    """Four words on tiles; a, b: (n,), y: (4, n)."""

    def unary(y, a, first, last):
        for i in range(first, last, lanes(y)):
            n = last - i
            p = load(a, i, 1, 1, 1, n)
            store(y, (0, i), f(p), 1, n)
            store(y, (1, i), g(p), 1, n)
            store(y, (2, i), h(p), 1, n)
            store(y, (3, i), k(p), 1, n)

    def binary(y, a, b, first, last):
        for i in range(first, last, lanes(y)):
            n = last - i
            p, q = load(a, i, 1, 1, 1, n), load(b, i, 1, 1, 1, n)
            store(y, (0, i), f(p, q), 1, n)
            store(y, (1, i), g(p, q), 1, n)
            store(y, (2, i), h(p, q), 1, n)
            store(y, (3, i), k(p, q), 1, n)

    return split_kernel(unary if count == 1 else binary, grain=1 << 20)


def number_kernel(f, g, h, k, count):
    """The same on numbers."""

    def unary(i, y, a):
        y[0, i], y[1, i], y[2, i], y[3, i] = f(a[i]), g(a[i]), h(a[i]), k(a[i])

    def binary(i, y, a, b):
        y[0, i], y[1, i], y[2, i], y[3, i] = f(a[i], b[i]), g(a[i], b[i]), h(a[i], b[i]), k(a[i], b[i])

    return foreach(unary if count == 1 else binary)


@functools.cache
def table(names, dtype):
    """The results of four words on SPECIAL numbers, {name: (arguments, on tiles, on numbers)}.

    Compiling several words at once takes a fraction of the time of one by one.
    """
    x = np.array(SPECIAL * 2, dtype)
    args = (x,) if names[0] in UNARY else (x, np.roll(x, 3))
    results = []
    for make in (tile_kernel, number_kernel):
        y = np.empty((4, x.size), dtype)
        make(*(WORDS[name] for name in names), len(args))(x.size, y, *args)
        results.append(y)
    return {name: (args, results[0][row], results[1][row]) for row, name in enumerate(names)}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", UNARY + BINARY)
def test_numbers_and_tiles(name, dtype):
    """Both compiled forms agree with the definition in double precision, also where it is infinite or not a number."""
    family = UNARY if name in UNARY else BINARY
    first = min(family.index(name) // 4 * 4, len(family) - 4)
    args, *results = table(tuple(family[first : first + 4]), dtype)[name]
    with np.errstate(all="ignore"):
        exact = np.asarray(WORDS[name](*(arg.astype("f8") for arg in args)))
        expected = exact.astype(dtype)
        for got in results:
            same = (got == expected) | (np.isnan(got) & np.isnan(expected))
            # the C library's gammaln is not exact to the last place near its zeros
            size = np.maximum(np.abs(expected), 1) if name == "gammaln" else np.abs(expected)
            near = np.abs(got - exact) <= ULPS.get(name, 4) * np.spacing(size)
            wrong = ~(same | near)
            assert not wrong.any(), f"{[arg[wrong] for arg in args]}: {got[wrong]} instead of {expected[wrong]}"


@pytest.mark.parametrize(
    ("name", "low", "high"), [("exp", -104, 88.7), ("log", 1e-4, 1e3), ("tanh", -10, 10), ("erf", -5, 5)]
)
def test_polynomials_are_within_units_in_the_last_place(name, low, high):
    function = WORDS[name]

    def body(i, y, x):
        y[i] = function(x[i])

    x = np.linspace(low, high, 20001, dtype="f4")
    y = np.empty_like(x)
    foreach(body, name=f"test.accuracy.{name}")(x.size, y, x)
    exact = function(x.astype("f8"))
    assert (np.abs(y - exact) <= 3 * np.spacing(np.abs(exact).astype("f4"))).all()


# --- Operators and integers ------------------------------------------------------------------------------------------


def arithmetic(y, a, b):
    """All operators on tiles; a, b: (n,) of one dtype, y: (16, n)."""
    for i in range(0, a.shape[0], lanes(a)):
        n = a.shape[0] - i
        p, q = load(a, i, 1, 1, 1, n), load(b, i, 1, 1, 1, n)
        store(y, (0, i), p + q, 1, n)
        store(y, (1, i), p - q, 1, n)
        store(y, (2, i), p * q, 1, n)
        store(y, (3, i), p // q, 1, n)
        store(y, (4, i), p % q, 1, n)
        store(y, (5, i), -p, 1, n)
        store(y, (6, i), p < q, 1, n)
        store(y, (7, i), p == q, 1, n)
        store(y, (8, i), p != q, 1, n)
        store(y, (9, i), (p >= q) & (p > 1), 1, n)
        store(y, (10, i), maximum(p, q) + minimum(p, 3), 1, n)
        store(y, (11, i), where(p > q, p, 7), 1, n)
        store(y, (12, i), absolute(p) + sign(q), 1, n)
        store(y, (13, i), mod(p, q), 1, n)
        store(y, (14, i), fma(p, q, 1), 1, n)
        store(y, (15, i), cast(p, y) * (p <= q), 1, n)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "int8", "uint8"])
def test_operators_of_tiles(dtype):
    unsigned = dtype == "uint8"
    a = np.array([7, 2, 0, 5, 3, 100] if unsigned else [7, -7, 7, -7, 0, 5, 3, -100], dtype)
    b = np.array([3, 5, 0, 5, 2, 100] if unsigned else [3, 3, -3, -3, 5, 0, 3, 7], dtype)
    kernel = cpu_kernel(arithmetic)
    y = np.zeros((16, a.size), dtype)
    kernel(y, a, b)
    naive = np.zeros_like(y)
    with np.errstate(all="ignore"):
        kernel.function(naive, a, b)
    np.testing.assert_array_equal(y, naive)


@cpu_kernel
def divided(y, a, b):
    for i in range(0, a.shape[0], lanes(a)):
        n = a.shape[0] - i
        store(y, i, load(a, i, 1, 1, 1, n) // load(b, i, 1, 1, 1, n), 1, n)


def test_integer_division_never_traps():
    a, b = np.array([-(2**31), 5, -(2**31)], "i4"), np.array([-1, 0, 2], "i4")
    y = np.empty(3, "i4")
    divided(y, a, b)
    assert y.tolist() == [-(2**31), 0, -(2**30)]


def truths(y, x):
    for i in range(0, x.shape[0], lanes(x)):
        n = x.shape[0] - i
        store(y, i, ~(load(x, i, 1, 1, 1, n) > 0), 1, n)


def test_truth_values():
    x = np.array([1.0, -1.0, 0.0, math.nan] * 9, "f4")
    y, naive = np.empty(x.size, bool), np.empty(x.size, bool)
    kernel = cpu_kernel(truths)
    kernel(y, x)
    kernel.function(naive, x)
    assert y.tolist() == naive.tolist() == (~(x > 0)).tolist()


# --- Memory ----------------------------------------------------------------------------------------------------------


def moves(tile, y, x, table_of_starts):
    """Loads, columns, transposes and masks; x: (6, n), y: (rows, n) larger than what is written."""
    block = load(x, (1, 0), tile.rows, tile.cols, x.shape[0] - 1, x.shape[1] - 2, 9)
    store(y, (0, 1), block, 3, x.shape[1])
    ones = zeros(x, 1, 1) + 1
    starts = column(table_of_starts, (0,), 2)
    store(y, (4, 0), column(x, (0, 1), 2) * ones, 2, 5)
    store(y, (6, 0), transpose(block), 3, 2)
    y[9, 0] = reduce_add(block)
    y[9, 1] = reduce_max(block)
    y[9, 2] = reduce_min(block)
    y[9, 3] = starts is not None
    y[9, 4] = reduce_multiply(block * 0 + 2)
    store(y, (10, 0), block, 1, -5)
    store(y, (11, 0), column(x, (0, 1), 3, x.shape[1]) * ones, 3, 5)
    both = interleave(block, block + ones)
    store(y, (14, 0), both, 2, x.shape[1])
    store(y, (16, 0), evens(both), 2, x.shape[1])
    store(y, (18, 0), odds(both), 2, x.shape[1])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_loads_and_stores(dtype, monkeypatch):
    """The compiled kernel writes what its definition writes and nothing beside it."""
    width = 16
    x = (np.arange(6 * width) % 23 - 5).astype(dtype).reshape(6, width)
    starts = np.array([3, 20])
    kernel = cpu_kernel(moves)
    y = np.full((20, width), 77, dtype)
    kernel(Static(rows=2, cols=1), y, x, starts)
    naive = np.full((20, width), 77, dtype)
    monkeypatch.setattr(words, "VECTOR_BYTES", vector_bytes())
    kernel.function(Static(rows=2, cols=1), naive, x, starts)
    np.testing.assert_array_equal(y, naive)


@cpu_kernel
def register_bytes(y):
    y[0] = lanes(y)


def vector_bytes():
    y = np.zeros(1, "u1")
    register_bytes(y)
    return int(y[0])


def gathers(y, x, starts):
    """Rows that begin where a table says; x and y flat."""
    at = column(starts, 0, 2)
    store(y, 0, column(x, at + 1, 2) * (zeros(x, 1, 1) + 1), 4, lanes(x))


def test_tables_of_starts(monkeypatch):
    x, starts = np.arange(64, dtype="f4"), np.array([3, 20])
    y, naive = np.zeros(64, "f4"), np.zeros(64, "f4")
    kernel = cpu_kernel(gathers)
    kernel(y, x, starts)
    monkeypatch.setattr(words, "VECTOR_BYTES", vector_bytes())
    kernel.function(naive, x, starts)
    np.testing.assert_array_equal(y, naive)
    assert naive[0] == 4
    assert naive[words.lanes(x)] == 5


def neighbours(y, x, starts):
    """Pairs of neighbours from places of a table, as they are and from number 7 of x on."""
    at = column(starts, 0, lanes(x))
    store(y, 0, pairs(x, at), 1, y.shape[0])
    store(y, 2 * lanes(x), pairs(x, at, 7), 1, y.shape[0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("places", ["int32", "int64"])
def test_pairs(dtype, places, monkeypatch):
    x = np.arange(64, dtype=dtype)
    monkeypatch.setattr(words, "VECTOR_BYTES", vector_bytes())
    starts = (np.arange(words.lanes(x)) * 5 % 23).astype(places)
    y, naive = (np.zeros(4 * len(starts), dtype) for _ in range(2))
    kernel = cpu_kernel(neighbours)
    kernel(y, x, starts)
    kernel.function(naive, x, starts)
    np.testing.assert_array_equal(y, naive)
    assert y[:4].tolist() == [0, 1, 5, 6]
    assert y[2 * len(starts)] == 7


@cpu_kernel
def rounded(y, x):
    """float32 x as float16 y, and what is read back."""
    for i in range(0, y.shape[0], lanes(y)):
        store(y, i, load(x, i, 1, 1, 1, y.shape[0] - i), 1, y.shape[0] - i)


@cpu_kernel
def widened(y, x):
    """float16 x as float32 y, the last number by a column."""
    for i in range(0, x.shape[0], lanes(x)):
        store(y, i, load(x, i, 1, 1, 1, x.shape[0] - i), 1, x.shape[0] - i)
    last = x.shape[0] - 1
    store(y, last, column(x, last, 1) + zeros(x, 1, 1), 1, 1)


def test_half():
    """Every float16 is read exactly, and every float32 near one is rounded as NumPy does."""
    halves = np.arange(1 << 16, dtype="u2").view("f2")[:-3]
    exact = np.empty(halves.size, "f4")
    widened(exact, halves)
    np.testing.assert_array_equal(exact, halves.astype("f4"))
    up, down = np.nextafter(exact, np.float32(np.inf)), np.nextafter(exact, np.float32(-np.inf))
    middle = (exact + np.roll(exact, 1)) / 2
    x = np.concatenate([exact, up, down, middle, np.nextafter(middle, np.float32(0)), exact * np.float32(1.0003)])
    y = np.empty(x.size, "f2")
    rounded(y, x)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(y, x.astype("f2"))
    naive = np.empty(x.size, "f2")
    rounded.function(naive, x)
    np.testing.assert_array_equal(naive, y)


def bits(i, y, x):
    y[i, 0] = words.exponent(x[i])
    y[i, 1] = words.significand(x[i])
    y[i, 2] = words.power_of_two(words.exponent(x[i]))
    y[i, 3] = words.isnan(x[i]) or words.isinf(x[i])
    y[i, 4] = x[index(i)]


def test_bits_of_numbers():
    for dtype in ("f4", "f8"):
        x = np.array([1, 1.5, 0.3, 1e10, 1e-10], dtype)
        y, naive = np.empty((x.size, 5), dtype), np.empty((x.size, 5), dtype)
        kernel = foreach(bits)
        kernel(x.size, y, x)
        for i in range(x.size):
            kernel.function(i, naive, x)
        np.testing.assert_array_equal(y, naive)
        np.testing.assert_array_equal(y[:, 1] * y[:, 2], x)


def test_words_pass_themselves_on():
    class Recorder:
        def _word_(self, name, *args):
            return (name, *args)

    r = Recorder()
    assert words.exp(r) == ("exp", r)
    assert maximum(2, r) == ("maximum", 2, r)


def test_extremes_keep_nan():
    for function in (maximum, minimum):
        assert np.isnan(function(math.nan, 1.0))
        assert np.isnan(function(1.0, math.nan))
