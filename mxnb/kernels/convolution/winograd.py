"""Convolution with windows of 3 x 3 by Winograd's minimal filtering, F(2x2, 3x3), on the CPU.

Four neighbouring results, 2 x 2, see 4 x 4 pixels d of each channel.  Directly they take 36 products for each pair of
channels; Winograd takes 16, because a convolution is a product of polynomials, and these are known by their values:

y = A' [ (G w G') * (B' d B) ] A          summed over channels between the brackets

     1  0 -1  0            1   0   0
B' = 0  1  1  0       G = 1/2 1/2 1/2      A' = 1  1  1  0
     0 -1  1  0           1/2 -1/2 1/2          0  1 -1 -1
     0  1  0 -1            0   0   1

So the images become V: (16, channels, tiles), the weights U: (16, channels, filters), and M[i] = U[i] V[i] are sixteen
products of matrices, which the kernel `channels` computes as those of sixteen groups with windows of 1 x 1.  All of it
happens for some hundred tiles of 2 x 2 at a time, which stay in the second-level cache; lanes are neighbouring tiles.

It moves more numbers (V and M are four times as many as the pixels), so it pays only for many channels.

Accuracy: errors are of the size of those of the direct sum, or smaller, since sums are shorter (float32, 128 channels:
4e-7 of the largest result, directly 1e-6).  But they are relative to the 4 x 4 pixels around, not to the 3 x 3 of the
window.  A value that is not finite would spread to all four results; so where a result is not finite, all are computed
again directly.  `MXNB_WINOGRAD=0` turns it off.

Sums belong to single results, so these are the same for any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ...config import winograd
from ..gemm import register
from ..kernel import Static, helper, split_kernel
from ..scratch import scratch
from ..words import column, evens, interleave, lanes, load, odds, reduce_add, store, where, zeros
from . import tiles
from .geometry import Geometry
from .plan import HELD, PACKED, WORTH, Step, padded

ROWS = 16  # channels of a tile of registers
MOVE = 220  # multiplications that take as long as the sixteen numbers of a tile of V or M
FILTER = 500  # multiplications that take as long as the weights of a pair of channels
SURE = 1.05  # times faster than the direct kernels by this count, it is taken


@helper
def across(x, at):
    """B' along a line: four registers, from two registers of pixels and the same two further on."""
    e0, o0 = evens(load(x, at, 1, 2)), odds(load(x, at, 1, 2))
    e1, o1 = evens(load(x, at + 2, 1, 2)), odds(load(x, at + 2, 1, 2))
    return e0 - e1, o0 + e1, e1 - o0, o0 - o1


@split_kernel
def to_tiles(v, x, planes, plane, width, high, wide, size, row, count, first, last):
    """V of channels first..last for rows row..row + count of tiles, which run through all images.

    x : padded images, each of `planes` planes of `plane` numbers in lines of `width`.
    v : (16, channels + 1, size), flat: the spare channel keeps the sixteen from sharing places in the cache.
    high, wide : rows of tiles of an image, and tiles in one.
    """
    step = (planes + 1) * size
    for channel in range(first, last):
        for i in range(count):
            image, top = (row + i) // high, (row + i) % high
            start = (image * planes + channel) * plane + 2 * top * width
            for j in range(0, wide, lanes(x)):
                a0, a1, a2, a3 = across(x, start + 2 * j)
                b0, b1, b2, b3 = across(x, start + 2 * j + width)
                c0, c1, c2, c3 = across(x, start + 2 * j + 2 * width)
                d0, d1, d2, d3 = across(x, start + 2 * j + 3 * width)
                at = channel * size + i * wide + j
                store(v, at, a0 - c0)
                store(v, at + step, a1 - c1)
                store(v, at + 2 * step, a2 - c2)
                store(v, at + 3 * step, a3 - c3)
                store(v, at + 4 * step, b0 + c0)
                store(v, at + 5 * step, b1 + c1)
                store(v, at + 6 * step, b2 + c2)
                store(v, at + 7 * step, b3 + c3)
                store(v, at + 8 * step, c0 - b0)
                store(v, at + 9 * step, c1 - b1)
                store(v, at + 10 * step, c2 - b2)
                store(v, at + 11 * step, c3 - b3)
                store(v, at + 12 * step, b0 - d0)
                store(v, at + 13 * step, b1 - d1)
                store(v, at + 14 * step, b2 - d2)
                store(v, at + 15 * step, b3 - d3)


@helper
def of_three(w, at, step):
    """G times three registers."""
    a, b, c = load(w, at, 1, 1), load(w, at + step, 1, 1), load(w, at + 2 * step, 1, 1)
    return a, (a + b + c) * 0.5, (a - b + c) * 0.5, c


@split_kernel
def to_filters(u, w, numbers, count, begin, first, last):
    """Rows begin + first..last of U: (16, count, numbers), from rows first..last of w: (rows, 9, numbers), all flat."""
    step = count * numbers
    for row in range(first, last):
        for g in range(0, numbers, lanes(w)):
            start, at = row * 9 * numbers + g, (begin + row) * numbers + g
            a0, a1, a2, a3 = of_three(w, start, 3 * numbers)
            b0, b1, b2, b3 = of_three(w, start + numbers, 3 * numbers)
            c0, c1, c2, c3 = of_three(w, start + 2 * numbers, 3 * numbers)
            store(u, at, a0)
            store(u, at + step, (a0 + b0 + c0) * 0.5)
            store(u, at + 2 * step, (a0 - b0 + c0) * 0.5)
            store(u, at + 3 * step, c0)
            store(u, at + 4 * step, a1)
            store(u, at + 5 * step, (a1 + b1 + c1) * 0.5)
            store(u, at + 6 * step, (a1 - b1 + c1) * 0.5)
            store(u, at + 7 * step, c1)
            store(u, at + 8 * step, a2)
            store(u, at + 9 * step, (a2 + b2 + c2) * 0.5)
            store(u, at + 10 * step, (a2 - b2 + c2) * 0.5)
            store(u, at + 11 * step, c2)
            store(u, at + 12 * step, a3)
            store(u, at + 13 * step, (a3 + b3 + c3) * 0.5)
            store(u, at + 14 * step, (a3 - b3 + c3) * 0.5)
            store(u, at + 15 * step, c3)


@helper
def down(m, at, step):
    """A' along a column of M."""
    a, b = load(m, at, 1, 1), load(m, at + 4 * step, 1, 1)
    c, d = load(m, at + 8 * step, 1, 1), load(m, at + 12 * step, 1, 1)
    return a + b + c, b - c - d


def from_tiles(finish):
    """The kernel that makes y of M, with `finish` of all results."""

    @helper
    def line(y, at, a, b, p, inside, rest):
        """Write a line of neighbours a and b; zeros if those inside the image are finite, else NaN."""
        both = interleave(a, b)
        store(y, at, finish(both, p, y), 1, rest)
        return where(inside > 0.0, both - both, zeros(y, 1, 2))

    def from_tiles(y, m, bias, p, edge, odd, filters, height, width, high, wide, size, row, count, first, last):
        """y of filters first..last for rows row..row + count of tiles; y: (images, filters, height, width), flat.

        m : (16, filters + 1, size), flat.
        edge : two registers of ones, then of zeros.
        odd : becomes NaN for filters that have a result that is not finite.
        """
        step = (filters + 1) * size
        for channel in range(first, last):
            wrong = zeros(y, 1, 2)
            add = column(bias, channel, 1)
            for i in range(count):
                image, top = (row + i) // high, (row + i) % high
                for j in range(0, wide, lanes(y)):
                    at = channel * size + i * wide + j
                    p0, q0 = down(m, at, step)
                    p1, q1 = down(m, at + step, step)
                    p2, q2 = down(m, at + 2 * step, step)
                    p3, q3 = down(m, at + 3 * step, step)
                    to = ((image * filters + channel) * height + 2 * top) * width + 2 * j
                    rest = width - 2 * j
                    inside = load(edge, 2 * lanes(y) - min(rest, 2 * lanes(y)), 1, 2)
                    wrong = wrong + line(y, to, p0 + p1 + p2 + add, p1 - p2 - p3 + add, p, inside, rest)
                    if 2 * top + 1 < height:
                        wrong = wrong + line(y, to + width, q0 + q1 + q2 + add, q1 - q2 - q3 + add, p, inside, rest)
            odd[channel] += reduce_add(wrong)

    return from_tiles


@cache
def result_kernel(activation: Any = None) -> Any:
    """The kernel `from_tiles`, followed by an `Elementwise` of one input, whose scalars come in array p."""
    finish, name = (activation.inner, "." + activation.name) if activation else (tiles.unchanged, "")
    return split_kernel(from_tiles(finish), name=f"convolution.winograd{name}")


def suits(g: Geometry, transposed: bool) -> bool:
    """Whether this is faster than the direct kernels, for the forward pass or the gradient of the data."""
    if (g.kernel, g.stride, g.dilate, g.groups) != ((1, 3, 3), (1, 1, 1), (1, 1, 1), 1):
        return False
    if g.pad[0] or g.size[0] > 1 or max(g.pad) > 2 or not winograd():
        return False
    _, height, width = g.size if transposed else g.out
    pairs, count = g.channels * g.filters, g.batch * -(-height // 2) * -(-width // 2)
    here = (16 * count + FILTER) * pairs + MOVE * count * (g.channels + g.filters)
    return here * SURE < 9 * g.batch * height * width * pairs


class Winograd:
    """A function (y, x, w, bias=None) for known shapes; `direct` is another one, for results that are not finite.

    size, pad, full : of the planes of x, as in `plan.Tiled`.
    """

    def __init__(
        self, g: Geometry, dtype: np.dtype, transposed: bool, activation: Any, scalars: Any, direct: Callable[..., None]
    ) -> None:
        self.images, self.dtype, self.direct, self.scalars = g.batch, dtype, direct, np.array(scalars, np.float64)
        self.sources, self.filters = (g.filters, g.channels) if transposed else (g.channels, g.filters)
        self.size, self.out = (g.out, g.size) if transposed else (g.size, g.out)
        self.pad = (0, 2 - g.pad[1], 2 - g.pad[2]) if transposed else g.pad
        self.high, self.wide = -(-self.out[1] // 2), -(-self.out[2] // 2)
        self.full = (1, 2 * self.high + 2, 2 * self.wide + 2)
        self.matrices = (g.filters, g.channels, 9) if transposed else (1, g.filters, g.channels * 9)
        places = np.arange(self.matrices[2] + 64)  # a register's worth beyond the last
        self.base, self.scale = (8 - places, np.full_like(places, 9)) if transposed else (places, 0 * places)
        count, available = register(dtype)
        self.tile = Static(rows=min(ROWS, count), cols=1 if count >= ROWS or available == 16 else 2)
        self.numbers, self.step = self.tile.rows, self.tile.cols * count  # type: ignore[attr-defined]
        self.panels = -(-self.filters // self.numbers)
        block = 2 * WORTH // (MOVE * min(self.sources, self.filters))  # tiles that are worth two threads
        self.rows = max(1, min(max(block, 128), 1024) // self.wide)  # of tiles in a block
        registers = -(-(self.rows * self.wide + count) // self.step) * self.step // count
        self.length = (registers | 1) * count  # odd, so that rows of V and M do not share places in the cache
        self.taps, self.spans = np.arange(self.sources) * self.length, np.array([0, self.sources])
        self.no_bias, self.none = np.zeros(self.filters, dtype), np.zeros((16 * self.panels, self.numbers), dtype)
        self.edge = np.repeat(np.array([1, 0], dtype), 2 * count)
        multiply, to_y = tiles.kernels()["channels"], result_kernel(activation)
        self.steps = [Step(k) for k in (tiles.pad_planes, tiles.pack, to_filters, to_tiles, multiply, to_y)]

    def __call__(self, y: np.ndarray, x: np.ndarray, w: np.ndarray, bias: np.ndarray | None = None) -> None:
        pad, _, _, to_v, multiply, to_y = self.steps
        u, add = self._filters(w), self.no_bias if bias is None else bias
        wrong = np.zeros(self.filters, self.dtype)
        v = scratch("winograd.v", 16 * (self.sources + 1) * self.length, self.dtype)
        m = scratch("winograd.m", 16 * (self.filters + 1) * self.length, self.dtype)
        plane = self.full[1] * self.full[2]
        chunk = max(1, HELD // (self.sources * plane * self.dtype.itemsize))
        for begin in range(0, self.images, chunk):
            images = min(chunk, self.images - begin)
            result, source = y[begin : begin + images].reshape(-1), x[begin : begin + images].reshape(-1)
            source = padded(source, images * self.sources, self, self.dtype, pad)
            for row in range(0, images * self.high, self.rows):
                rows = min(self.rows, images * self.high - row)
                count = rows * self.wide
                to_v(
                    self.sources, count * MOVE, v, source, self.sources, plane, self.full[2], self.high, self.wide,
                    self.length, row, rows,
                )  # fmt: skip
                multiply(
                    16 * self.panels, count * self.sources * self.numbers, self.tile, m.reshape(-1, self.length), v, u,
                    self.none, self.scalars[:0], self.taps, self.spans[:1], self.spans, 0, v.size,
                    (self.sources + 1) * self.length, self.filters + 1, self.panels, -(-count // self.step) * self.step,
                    1,
                )  # fmt: skip
                to_y(
                    self.filters, count * MOVE, result, m, add, self.scalars, self.edge, wrong, self.filters,
                    *self.out[1:], self.high, self.wide, self.length, row, rows,
                )  # fmt: skip
        if wrong.any():
            self.direct(y, x, w, bias)

    def _filters(self, w: np.ndarray) -> np.ndarray:
        """U: (16 * panels, channels of x, numbers of a panel)."""
        w, count, taps = w.reshape(self.matrices), self.panels * self.sources, 9 * self.sources
        u = scratch("winograd.u", 16 * count * self.numbers, self.dtype)
        each = max(1, min(self.panels, PACKED // (taps * self.numbers * self.dtype.itemsize)))
        packed = scratch("convolution.w", each * taps * self.numbers, self.dtype)
        _, pack, transform, *_ = self.steps
        matrices, work = self.matrices[0], w.size * MOVE // 16
        pieces = -(-self.matrices[2] // tiles.PLACES)
        for panel in range(0, self.panels, each):  # those packed are transformed while they are in the cache
            end = min(panel + each, self.panels)
            pack(
                matrices * pieces, work * (end - panel) // (self.panels * matrices * pieces), packed, w, self.base,
                self.scale, matrices, self.panels, self.numbers, taps, panel, end, 0,
            )  # fmt: skip
            rows = (end - panel) * self.sources
            transform(rows, self.numbers * MOVE, u, packed, self.numbers, count, panel * self.sources)
        return u.reshape(16 * self.panels, self.sources, self.numbers)
