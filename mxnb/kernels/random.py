"""Random numbers from a counter: Philox4x32-10, and the distributions made from it.

A *stream* is (key, counter).  Block b of a stream is Philox of the key and of counter + b: four independent 32-bit
numbers that depend on nothing else, so any thread makes any of them, and the target makes no difference.  Block b of n
gives results b, b + n, b + 2n and b + 3n: neighbouring blocks write neighbouring numbers.  Where a result needs an
unknown count of numbers (`rejection.py`), it has a block of its own and goes on in the third word of the counter.

Arithmetic limits it: some 60 multiplications for four numbers, on the CPU in registers of 64-bit integers.

Reference: Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3, 2011.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from . import launch
from .common import bound_each
from .device import empty_like_target, is_device_array, reshape
from .indexing import taker
from .kernel import Static, foreach, helper, split_kernel
from .scan import runner
from .scratch import scratch
from .words import cast, floor, fma, index, lanes, load, log, sqrt, store, where

GRAIN = 1 << 14  # blocks in a piece of work
M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
W0, W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
LOW, HALF, ONE = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(1)
FIVE, SIX, EIGHT = np.uint64(5), np.uint64(6), np.uint64(8)
WIDE = np.dtype("float64")
IOTA = {np.dtype(name): np.arange(64, dtype=name) for name in ("float32", "float64", "int32", "int64")}
FORMS = {4: Static(double=0), 2: Static(double=0), 8: Static(double=1)}  # by itemsize
SINGLE = np.float32(0)
HALF_PI = math.pi / 2
Stream = tuple[int, int]
"""(key, counter)"""


# --- Philox ----------------------------------------------------------------------------------------------------------


@helper
def philox(c0, c1, c2, c3, key):
    """Four numbers below 2**32 from a counter of four such words; numbers or tiles of uint64."""
    k0, k1 = np.uint64(key) & LOW, np.uint64(key) >> HALF
    for _ in range(10):
        p0, p1 = c0 * M0, c2 * M1
        c0, c1 = (p1 >> HALF) ^ c1 ^ k0, p1 & LOW
        c2, c3 = (p0 >> HALF) ^ c3 ^ k1, p0 & LOW
        k0, k1 = (k0 + W0) & LOW, (k1 + W1) & LOW
    return c0, c1, c2, c3


@helper
def unit(bits, like):
    """A multiple of 2**-24 in [0, 1) from 32 bits."""
    return cast(bits >> EIGHT, like) * 5.9604644775390625e-08


@helper
def unit_double(high, low, like):
    """A multiple of 2**-53 in [0, 1) from twice 32 bits."""
    return (cast(high >> FIVE, like) * 67108864.0 + cast(low >> SIX, like)) * 1.1102230246251565e-16


@helper
def units(form, block, key, like):
    """Four numbers in [0, 1) of a block, as precise as their dtype."""
    zero = block ^ block
    low, high = block & LOW, block >> HALF
    a, b, c, d = philox(low, high, zero, zero, key)
    if form.double == 1:
        e, f, g, h = philox(low, high, zero + ONE, zero, key)
        return unit_double(a, b, like), unit_double(c, d, like), unit_double(e, f, like), unit_double(g, h, like)
    return unit(a, like), unit(b, like), unit(c, like), unit(d, like)


# --- Distributions that need a fixed count of uniform numbers --------------------------------------------------------


def tiles(transform: Any) -> Callable[..., None]:
    """A CPU kernel over blocks: `transform` makes results of four uniform numbers and two parameters."""

    def loop(y, key, counter, form, p, q, quarter, count, iota, first, last):
        step = lanes(y)
        for b in range(first, last, step):
            block = cast(load(iota, 0, 1, 1), ONE) + np.uint64(counter + b)
            u0, u1, u2, u3 = units(form, block, key, y)
            v0, v1, v2, v3 = transform(u0, u1, u2, u3, p, q)
            n = last - b
            store(y, b, v0, 1, min(n, count - b))
            store(y, b + quarter, v1, 1, min(n, count - b - quarter))
            store(y, b + 2 * quarter, v2, 1, min(n, count - b - 2 * quarter))
            store(y, b + 3 * quarter, v3, 1, min(n, count - b - 3 * quarter))

    return loop


def each(transform: Any) -> Callable[..., None]:
    """The same, one block at a time."""

    def body(b, form, y, key, counter, p, q, quarter, count):
        block = np.uint64(counter + b)
        u0, u1, u2, u3 = units(form, block, key, y) if form.double == 1 else units(form, block, key, SINGLE)
        v0, v1, v2, v3 = transform(u0, u1, u2, u3, p, q)
        y[b] = v0
        if b + quarter < count:
            y[b + quarter] = v1
        if b + 2 * quarter < count:
            y[b + 2 * quarter] = v2
        if b + 3 * quarter < count:
            y[b + 3 * quarter] = v3

    return body


class Distribution:
    """The kernels of one distribution.

    Parameters
    ----------
    name : identifies it in the cache of kernels.
    transform : function of four uniform numbers and two parameters, in words.
    """

    def __init__(self, name: str, transform: Callable[..., Any]) -> None:
        inner = helper(transform)
        self.cpu = split_kernel(tiles(inner), name=f"random.{name}", flat=True, grain=GRAIN)
        self.cuda = foreach(each(inner), name=f"random.{name}.each", flat=True)

    def bind(self, on_cpu: bool, dtype: Any, count: int, p: float = 0.0, q: float = 1.0) -> Callable[..., None]:
        """A function of (y, key, counter) that fills y, of `count` numbers; the stream has `blocks(count)` for it."""
        quarter = blocks(count)
        rest = (FORMS[dtype.itemsize], float(p), float(q), quarter, count)
        return bind(on_cpu, self.cpu if on_cpu else self.cuda, (dtype,), (), rest, quarter)

    def __call__(self, y: Any, stream: Stream, p: float = 0.0, q: float = 1.0) -> None:
        """Fill y; the stream has `blocks(y.size)` blocks for it."""
        _filler(self, not is_device_array(y), y.dtype, y.size, p, q)(y, *stream)


@lru_cache(256)
def _filler(distribution: Distribution, *args: Any) -> Callable[..., None]:
    return distribution.bind(*args)


def blocks(count: int) -> int:
    """How many blocks make this many numbers."""
    return -(-count // 4)


def bind(on_cpu: bool, kernel: Any, dtypes: Any, others: Any, rest: tuple[Any, ...], items: int) -> Callable[..., None]:
    """A function of arrays, key, counter, and other arrays, which a kernel takes in this order.

    Parameters
    ----------
    kernel : flat foreach kernel, or one of tiles for the CPU, which takes `IOTA` in the end.
    dtypes, others : those of the arrays before and behind key and counter.
    rest : what follows them; a Static one is the first of all on CUDA.
    items : how much work there is.
    """
    if not on_cpu:
        static = [arg for arg in rest if type(arg) is Static]
        rest = rest[len(static) :]
        return lambda *args: kernel(items, *static, *args, *rest)
    if kernel.kind == "split":
        rest = (*rest, IOTA[dtypes[0]])
    arrays, more = ([np.empty(0, dtype) for dtype in some] for some in (dtypes, others))
    return launch.closed(kernel, [*arrays, 0, 0, *more], rest, items, kernel.grain)


@helper
def turn(u):
    """Cosine and sine of u whole turns, 0 <= u < 1: of the rest of a quarter, by their series, then exchanged."""
    quarter = floor(u * 4.0 + 0.5)
    x = (u * 4.0 - quarter) * HALF_PI
    s = x * x
    c = fma(fma(fma(s, 2.08767570e-9, -2.75573192e-7), s, 2.48015873e-5), s, -1.38888889e-3)
    c = fma(fma(fma(c, s, 4.16666666666667e-2), s, -0.5), s, 1.0)
    d = fma(fma(fma(s, 1.60590438e-10, -2.50521084e-8), s, 2.75573192e-6), s, -1.98412698e-4)
    d = fma(fma(fma(d, s, 8.33333333333333e-3), s, -0.166666666666667), s, 1.0) * x
    odd = (quarter == 1.0) | (quarter == 3.0)
    cosine, sine = where(odd, d, c), where(odd, c, d)
    cosine = where((quarter == 1.0) | (quarter == 2.0), -cosine, cosine)
    return cosine, where((quarter == 2.0) | (quarter == 3.0), -sine, sine)


def _normal(u0, u1, u2, u3, p, q):  # Box and Muller
    r0, r1 = sqrt(log(1.0 - u0) * -2.0) * q, sqrt(log(1.0 - u2) * -2.0) * q
    c0, s0 = turn(u1)
    c1, s1 = turn(u3)
    return r0 * c0 + p, r0 * s0 + p, r1 * c1 + p, r1 * s1 + p


uniform = Distribution("uniform", lambda u0, u1, u2, u3, p, q: (u0 * q + p, u1 * q + p, u2 * q + p, u3 * q + p))
"""p + q * u, u in [0, 1)."""
normal = Distribution("normal", _normal)
"""Mean p, standard deviation q."""
exponential = Distribution(
    "exponential",
    lambda u0, u1, u2, u3, p, q: (log(1.0 - u0) * -q, log(1.0 - u1) * -q, log(1.0 - u2) * -q, log(1.0 - u3) * -q),
)
"""Mean q."""
bernoulli = Distribution(
    "bernoulli",
    lambda u0, u1, u2, u3, p, q: (
        where(u0 < p, u0 * 0.0 + q, 0.0),
        where(u1 < p, u1 * 0.0 + q, 0.0),
        where(u2 < p, u2 * 0.0 + q, 0.0),
        where(u3 < p, u3 * 0.0 + q, 0.0),
    ),
)
"""q with probability p, else 0."""


# --- Dropout ---------------------------------------------------------------------------------------------------------


@helper
def drop(y, mask, x, at, u, keep, scale, n):
    """One vector of dropout."""
    m = where(u < keep, u * 0.0 + scale, 0.0)
    store(mask, at, m, 1, n)
    store(y, at, load(x, at, 1, 1, 1, n) * m, 1, n)


@split_kernel(flat=True, grain=GRAIN)
def dropout_cpu(y, mask, x, key, counter, form, keep, scale, quarter, count, iota, first, last):
    """y = x mask, from blocks first..last."""
    step = lanes(y)
    for b in range(first, last, step):
        block = cast(load(iota, 0, 1, 1), ONE) + np.uint64(counter + b)
        u0, u1, u2, u3 = units(form, block, key, y)
        n = last - b
        drop(y, mask, x, b, u0, keep, scale, min(n, count - b))
        drop(y, mask, x, b + quarter, u1, keep, scale, min(n, count - b - quarter))
        drop(y, mask, x, b + 2 * quarter, u2, keep, scale, min(n, count - b - 2 * quarter))
        drop(y, mask, x, b + 3 * quarter, u3, keep, scale, min(n, count - b - 3 * quarter))


@foreach(flat=True, grain=1 << 13)
def dropout_each(b, form, y, mask, x, key, counter, keep, scale, quarter, count):
    """Four results of y = x mask."""
    block = np.uint64(counter + b)
    u0, u1, u2, u3 = units(form, block, key, mask) if form.double == 1 else units(form, block, key, SINGLE)
    for j in range(4):
        i = b + j * quarter
        if i < count:
            u = u0 if j == 0 else u1 if j == 1 else u2 if j == 2 else u3
            mask[i] = where(u < keep, u * 0.0 + scale, u * 0.0)
            y[i] = x[i] * mask[i]


def dropout(on_cpu: bool, dtype: Any, count: int, p: float) -> Callable[..., None]:
    """A function of (y, mask, x, key, counter): y = x mask, where mask is 1 / (1 - p) with probability 1 - p, else 0.

    The stream has `blocks(count)` blocks for the `count` numbers.
    """
    quarter = blocks(count)
    rest = (FORMS[dtype.itemsize], 1.0 - p, 1.0 / (1.0 - p) if p < 1 else 0.0, quarter, count)
    return bind(on_cpu, dropout_cpu if on_cpu else dropout_each, (dtype,) * 3, (), rest, quarter)


# --- Others ----------------------------------------------------------------------------------------------------------


@helper
def below(high, low, span):
    """The whole part of span * (high + low / 2**32) / 2**32, for 32 bits each: evenly spread over 0 … span - 1."""
    return (high * np.uint64(span) + ((low * np.uint64(span)) >> HALF)) >> HALF


@split_kernel(flat=True, grain=GRAIN)
def randint_cpu(y, key, counter, low, span, half, count, iota, first, last):
    """y[b] and y[b + half] from low up to low + span - 1, span <= 2**32, from blocks b = first..last."""
    for b in range(first, last, lanes(y)):
        block = cast(load(iota, 0, 1, 1), ONE) + np.uint64(counter + b)
        zero = block ^ block
        r0, r1, r2, r3 = philox(block & LOW, block >> HALF, zero, zero, key)
        store(y, b, cast(below(r0, r1, span), y) + low, 1, last - b)
        store(y, b + half, cast(below(r2, r3, span), y) + low, 1, min(last - b, count - b - half))


@foreach(flat=True)
def randint_each(b, y, key, counter, low, span, half, count):
    """The same for one block."""
    block = np.uint64(counter + b)
    zero = block ^ block
    r0, r1, r2, r3 = philox(block & LOW, block >> HALF, zero, zero, key)
    y[b] = low + np.int64(below(r0, r1, span))
    if b + half < count:
        y[b + half] = low + np.int64(below(r2, r3, span))


@foreach(flat=True)
def randint_far(i, y, key, counter, low, span):
    """y[i] from low up to low + span - 1, for any span."""
    block = np.uint64(counter + i)
    zero = block ^ block
    a, b, _, _ = philox(block & LOW, block >> HALF, zero, zero, key)
    y[i] = low + np.int64(((a << HALF) | b) % np.uint64(span))


@foreach(flat=True)
def between_each(i, y, low, high, per):
    """y[i] = low + (high - low) * y[i]; each parameter serves `per` numbers."""
    y[i] = low[i // per] + (high[i // per] - low[i // per]) * y[i]


@foreach(flat=True)
def shift_each(i, y, mean, deviation, per):
    """y[i] = mean + deviation * y[i]; each parameter serves `per` numbers."""
    y[i] = mean[i // per] + deviation[i // per] * y[i]


@foreach(flat=True)
def divide_each(i, y, rate, per):
    """y[i] = y[i] / rate; each parameter serves `per` numbers."""
    y[i] = y[i] / rate[i // per]


@foreach(flat=True, grain=4096)
def multinomial_each(i, y, logp, data, sums, u, width, per, logs):
    """y[i]: the first class of row i // per up to which the sum is above u[i]; logp[i] its logarithm."""
    row = i // per * width
    first, left = row, width
    while left > 1:  # of as many classes; as `where` does, nothing is guessed
        half = left // 2
        first = where(sums[index(first + half - 1)] <= u[i], first + half, first)
        left -= half
    y[i] = first - row
    if logs:
        logp[i] = log(data[index(first)])


@foreach(flat=True)
def multinomial_gradient(i, ddata, dlogp, y, data, width, per):
    """ddata of row i."""
    for j in range(width):
        ddata[i * width + j] = 0.0
    for s in range(i * per, i * per + per):
        at = i * width + int(y[s])
        ddata[at] += dlogp[s] / data[at]


@split_kernel(flat=True)
def permute(order, u, first, last):
    """order = 0 … n - 1 in random order: number i goes to a place up to i, and what was there to place i (Durstenfeld,
    1964).  u : n numbers in [0, 1).  It is one piece of work."""
    for i in range(first, last):
        place = min(int(u[i] * (i + 1.0)), i)
        order[i] = order[place]
        order[place] = i


@foreach(flat=True, grain=4096)
def permute_each(i, order, half, key, counter):
    """The same for CUDA, each place alone: by a Feistel network of 2 * half bits, repeated until it ends below n."""
    n = np.uint64(order.shape[0])
    shift = np.uint64(half)
    low = (ONE << shift) - ONE
    value = np.uint64(i)
    left = True
    while left:
        a, b = value >> shift, value & low
        for step in range(6):
            r, _, _, _ = philox(b, np.uint64(step), np.uint64(counter) & LOW, np.uint64(counter) >> HALF, key)
            a, b = b, (a ^ r) & low
        value = (a << shift) | b
        left = value >= n
    order[i] = np.int64(value)


@foreach(flat=True)
def slopes_each(i, y, mask, x):
    """y = x mask, with the mask made 1 where x is positive."""
    if x[i] > 0.0:
        mask[i] = 1.0
    y[i] = x[i] * mask[i]


# --- Launch functions ------------------------------------------------------------------------------------------------


def shuffler(on_cpu: bool, dtype: Any, rows: int, inner: int) -> Callable[..., None]:
    """A function of (y, x, key, counter): y = the rows of x: (rows, inner) in random order.

    The stream has `blocks(rows)` blocks for it.
    """
    kind = np.dtype("int64")
    move = taker(on_cpu, dtype, (rows, kind), 1, rows, inner, False)
    draw = uniform.bind(on_cpu, WIDE, rows)
    if on_cpu:
        put = launch.bind(permute, (kind, WIDE), (), rows, rows)
    half = max(4, (max(rows, 2).bit_length() + 1) // 2)  # at least 2**8 values: smaller networks mix badly

    def shuffle(y: Any, x: Any, key: int, counter: int) -> None:
        if on_cpu:
            order, u = scratch("random.order", rows, kind), scratch("random.permutation", rows, WIDE)
            draw(u, key, counter)
            put(order, u)
        else:
            order = empty_like_target(x, (rows,), kind)
            permute_each(rows, order, half, key, counter)
        move(y, x, order)

    return shuffle


def randint(on_cpu: bool, dtype: Any, count: int, low: int, span: int) -> tuple[Any, int]:
    """A function of (y, key, counter) that fills y with whole numbers, and how many blocks of the stream it takes.

    Parameters
    ----------
    dtype, count : of y.
    low, span : the least number, and how many there are.
    """
    if span > 1 << 32:
        return bind(on_cpu, randint_far, (dtype,), (), (low, span), count), count
    half = -(-count // 2)
    kernel = randint_cpu if on_cpu else randint_each
    return bind(on_cpu, kernel, (dtype,), (), (low, span, half, count), half), half


def chooser(on_cpu: bool, kind: Any, dtype: Any, count: int, width: int, per: int, logs: bool) -> Any:
    """A function of (y, logp, data, key, counter): `per` classes y of each row of data: (rows, width), logp their logs.

    The stream has `blocks(count)` blocks for it.

    Parameters
    ----------
    kind, dtype : of y, and of data.
    count : how many numbers y has.
    logs : whether logp, of data's dtype, is wanted.
    """
    size = count // per * width
    add, draw = runner(on_cpu, dtype, dtype, size, width, 1, 0), uniform.bind(on_cpu, dtype, count)
    pick = bound_each(on_cpu and count > 0, multinomial_each, (kind, *[dtype] * 4), (width, per, int(logs)), count)

    def choose(y: Any, logp: Any, data: Any, key: int, counter: int) -> None:
        if on_cpu:
            sums, u = scratch("random.sums", size, dtype), scratch("random.units", count, dtype)
        else:
            sums, u = (empty_like_target(data, (n,), dtype) for n in (size, count))
        add(sums, reshape(data, (size,)))
        draw(u, key, counter)
        pick(y, logp if logs else sums, data, sums, u)

    return choose
