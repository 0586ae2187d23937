"""Convolution with windows of 3 x 3 by Winograd's minimal filtering, F(2x2, 3x3), on the CPU.

Four neighbouring results, 2 x 2, see 4 x 4 pixels d of each channel.  Directly they take 36 products for each pair of
channels; Winograd takes 16, because a convolution is a product of polynomials, and these are known by their values:

y = A' [ (G w G') * (B' d B) ] A          summed over channels between the brackets

     1  0 -1  0            1   0   0
B' = 0  1  1  0       G = 1/2 1/2 1/2      A' = 1  1  1  0
     0 -1  1  0           1/2 -1/2 1/2          0  1 -1 -1
     0  1  0 -1            0   0   1

So the images become V: (16, tiles, channels), the weights U: (16, channels, filters), and M[i] = V[i] U[i] are sixteen
products of matrices.  Lanes are channels: sixteen planes are turned into a bed, (padded pixels, lanes), where a tile's
4 x 4 pixels are 4 x 4 registers, for planes of any size, and the products have the filters of M in theirs:

x (planes, pixels)  --turned-->  bed  --B' d B-->  V  --products-->  M  --A' M A-->  out  --turned-->  y

A work item does all of it for some dozen tiles of 2 x 2, so that V and M stay in the second-level cache.  It moves more
numbers than the direct kernels (V and M are four times as many as the pixels), so it pays from some 16 channels on.

Accuracy: errors are of the size of those of the direct sum, or smaller, since sums are shorter (float32, 128 channels:
4e-7 of the largest result, directly 1e-6).  But they are relative to the 4 x 4 pixels around, not to the 3 x 3 of the
window.  A value that is not finite would spread to all four results; so where a result is not finite, all are computed
again directly.  `MXNB_WINOGRAD=0` turns it off.

Sums belong to single results, so these are the same for any number of threads.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ...config import winograd
from ..gemm import register
from ..kernel import Static, helper, split_kernel
from ..rooms import enter, leave, rooms
from ..scratch import scratch
from ..words import column, fma, index, lanes, load, reduce_add, store, transpose, zeros
from . import tiles
from .geometry import Geometry
from .plan import PACKED, Step

MOVE = 100  # multiplications that take as long as the sixteen numbers of a tile of V or M
FILTER = 500  # multiplications that take as long as the weights of a pair of channels
SURE = 1.05  # times faster than the direct kernels by this count, it is taken
LEAST, MOST = 48, 128  # tiles of a work item: all the weights are fetched for them, and V and M should stay near
FAR = 1 << 23  # bytes of V and M that double the time
PANELS = 8  # of filters of a work item

# What the kernel is given in one array of numbers:
#  0-4   of x: channels, lines and width of a plane, zeros before its lines and their numbers
#  5-7   of y: channels, lines and width of a plane
#  8-11  tiles: rows of them in an image, in a row, rows of them in all, rows of a work item
# 12-14  work items for a set of panels, panels of such a set, panels of filters
# 15-16  how far the sixteen matrices of V and M lie apart
# 17-18  tiles for which there is room, width of the bed
# 19-21  where in a room the results, V and M begin


@helper
def lay(bed, places, x, plane, top, before, lines, height, width, line):
    """Neighbouring planes of x to `lines` lines of the bed, of `line` numbers, which begin at line top - before of x.

    Lines that are not in x become zeros.
    """
    planes, pixels = x.shape[0], x.shape[1]
    edge = top - before
    first, last = max(edge, 0), min(edge + lines, height)
    for at in range(0, (first - edge) * line, lanes(x)):
        store(bed, at, zeros(x, 1, 1))
    for at in range((last - edge) * line, lines * line, lanes(x)):
        store(bed, at, zeros(x, 1, 1))
    for i in range(first * width, last * width, lanes(x)):
        to = column(places, i, lanes(x)) - top * line
        if plane + lanes(x) <= planes and i + lanes(x) <= pixels:
            store(bed, to, transpose(load(x, (plane, i), lanes(x), 1)))
        else:
            square = load(x, (plane, i), lanes(x), 1, planes - plane, pixels - i)
            store(bed, to, transpose(square), pixels - i, lanes(x))


@helper
def across(bed, at):
    """B' along a line: four registers, from four."""
    a, b = load(bed, at, 1, 1), load(bed, at + lanes(bed), 1, 1)
    c, d = load(bed, at + 2 * lanes(bed), 1, 1), load(bed, at + 3 * lanes(bed), 1, 1)
    return a - c, b + c, c - b, b - d


@helper
def to_tiles(v, at, bed, rows, wide, line, step):
    """V of the tiles of the bed; those of a row follow each other, and rows, too."""
    for j in range(wide):
        start = 2 * j * lanes(bed)
        a0, a1, a2, a3 = across(bed, start)
        b0, b1, b2, b3 = across(bed, start + line)
        for i in range(rows):
            c0, c1, c2, c3 = across(bed, start + (2 * i + 2) * line)
            d0, d1, d2, d3 = across(bed, start + (2 * i + 3) * line)
            to = at + (i * wide + j) * lanes(bed)
            store(v, to, a0 - c0)
            store(v, to + step, a1 - c1)
            store(v, to + 2 * step, a2 - c2)
            store(v, to + 3 * step, a3 - c3)
            store(v, to + 4 * step, b0 + c0)
            store(v, to + 5 * step, b1 + c1)
            store(v, to + 6 * step, b2 + c2)
            store(v, to + 7 * step, b3 + c3)
            store(v, to + 8 * step, c0 - b0)
            store(v, to + 9 * step, c1 - b1)
            store(v, to + 10 * step, c2 - b2)
            store(v, to + 11 * step, c3 - b3)
            store(v, to + 12 * step, b0 - d0)
            store(v, to + 13 * step, b1 - d1)
            store(v, to + 14 * step, b2 - d2)
            store(v, to + 15 * step, b3 - d3)
            a0, a1, a2, a3, b0, b1, b2, b3 = c0, c1, c2, c3, d0, d1, d2, d3


@helper
def product(tile, m, to, v, at, u, row, taps):
    """M of tile.rows tiles and a register of filters: the sum over channels; taps tell where these are in V."""
    acc = zeros(v, tile.rows, 1)
    for k in range(len(taps)):
        acc = fma(column(v, at + taps[index(k)], tile.rows, tile.stride), load(u, (row, k, 0), 1, 1), acc)
    store(m, to, acc)


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


def by_tiles(finish):
    """The kernel `tiled`, with `finish` of all results."""

    @helper
    def from_tiles(out, m, at, add, p, like, rows, wide, height, width, step):
        """Results of tiles to out: (pixels, lanes); zeros if they are all finite, else NaN."""
        wrong = zeros(m, 1, 1)
        for i in range(rows):
            for j in range(wide):
                here, to = at + (i * wide + j) * lanes(m), (2 * i * width + 2 * j) * lanes(m)
                p0, q0 = down(m, here, step)
                p1, q1 = down(m, here + step, step)
                p2, q2 = down(m, here + 2 * step, step)
                p3, q3 = down(m, here + 3 * step, step)
                a, b = p0 + p1 + p2 + add, p1 - p2 - p3 + add
                c, d = q0 + q1 + q2 + add, q1 - q2 - q3 + add
                wrong = wrong + (a - a) + (b - b) + (c - c) + (d - d)
                store(out, to, finish(a, p, like))
                if 2 * j + 1 < width:
                    store(out, to + lanes(m), finish(b, p, like))
                if 2 * i + 1 < height:
                    store(out, to + width * lanes(m), finish(c, p, like))
                    if 2 * j + 1 < width:
                        store(out, to + (width + 1) * lanes(m), finish(d, p, like))
        return wrong

    def tiled(tile, y, x, u, bias, p, odd, taken, rooms, places, taps, g, first, last):
        """Work items first..last of y: (planes, pixels), each some filters of some rows of tiles, through all images.

        u : (16 * panels, channels, lanes).
        odd : of each work item, becomes NaN where one of its results is not finite.
        rooms : each for padded planes of x, results, and V and M: sixteen times (channels / lanes, tiles, lanes).
        places : where the pixels of x lie in the bed.
        taps : where the channels of a tile lie in V.
        """
        mine = enter(taken)
        room = rooms[mine]
        bed, out, v, m = room[: g[19]], room[g[19] : g[20]], room[g[20] : g[21]], room[g[21] :]
        channels, filters, height, width, high, wide = g[0], g[5], g[6], g[7], g[8], g[9]
        blocks, each, panels, step_v, step_m, size = g[12], g[13], g[14], g[15], g[16], g[17]
        line = g[18] * lanes(x)
        for at in range(0, len(bed), lanes(x)):
            store(bed, at, zeros(x, 1, 1))
        for item in range(first, last):
            row, begin = item % blocks * g[11], item // blocks * each
            count, end = min(g[11], g[10] - row), min(begin + each, panels)
            done = 0
            while done < count:  # an image after the other
                image, top = (row + done) // high, (row + done) % high
                rows = min(high - top, count - done)
                for group in range(0, channels, lanes(x)):
                    lay(bed, places, x, image * channels + group, 2 * top, g[3], 2 * rows + 2, g[1], g[2], line)
                    to_tiles(v, group * size + done * wide * lanes(x), bed, rows, wide, line, step_v)
                done += rows
            for i in range(16):
                for panel in range(begin, end):
                    for left in range(0, count * wide, tile.rows):
                        t = max(0, min(left, count * wide - tile.rows)) * lanes(x)
                        to = i * step_m + (panel - begin) * size * lanes(x) + t
                        product(tile, m, to, v, i * step_v + t, u, i * panels + panel, taps)
            done, wrong = 0, zeros(x, 1, 1)
            while done < count:
                image, top = (row + done) // high, (row + done) % high
                rows = min(high - top, count - done)
                start, stop = 2 * top * width, min(2 * (top + rows), height) * width
                for panel in range(begin, end):
                    channel = panel * lanes(x)
                    plane, at = image * filters + channel, ((panel - begin) * size + done * wide) * lanes(x)
                    add = load(bias, channel, 1, 1, 1, filters - channel)
                    wrong = wrong + from_tiles(out, m, at, add, p, y, rows, wide, height - 2 * top, width, step_m)
                    for i in range(start, stop, lanes(x)):
                        square = transpose(load(out, (i - start) * lanes(x), lanes(x), 1))
                        if i + lanes(x) <= stop and channel + lanes(x) <= filters:
                            store(y, (plane, i), square)
                        else:
                            store(y, (plane, i), square, filters - channel, stop - i)
                done += rows
            odd[item] = reduce_add(wrong)
        leave(taken, mine)

    return tiled


@cache
def kernel(activation: Any = None) -> Any:
    """The kernel `tiled`, followed by an `Elementwise` of one input, whose scalars come in array p."""
    finish, name = (activation.inner, "." + activation.name) if activation else (tiles.unchanged, "")
    return split_kernel(by_tiles(finish), name=f"convolution.winograd{name}")


def eligible(g: Geometry) -> bool:
    """Whether a convolution can be computed this way, and may."""
    if (g.kernel, g.stride, g.dilate, g.groups) != ((1, 3, 3), (1, 1, 1), (1, 1, 1), 1):
        return False
    return g.pad[0] == 0 and g.size[0] == 1 and max(g.pad) <= 2 and winograd()


def suits(g: Geometry, transposed: bool) -> bool:
    """Whether this is faster than the direct kernels, for the forward pass or the gradient of the data."""
    if not eligible(g):
        return False
    _, height, width = g.size if transposed else g.out
    sources, filters = (g.filters, g.channels) if transposed else (g.channels, g.filters)
    pairs, count = sources * filters, g.batch * -(-height // 2) * -(-width // 2)
    full = lambda channels: -(-channels // 16) * 16
    here = count * (16 * sources * full(filters) + MOVE * (full(sources) + full(filters))) + FILTER * pairs
    return here * SURE < 9 * g.batch * height * width * pairs


def beds(size: Any, pad: Any, rows: int, more: int, wide: int, count: int) -> tuple[np.ndarray, int, int]:
    """For planes of `size` with zeros before them: where their pixels lie in a bed with `count` lanes, how many numbers
    a bed of `rows` rows of tiles has, each of two lines and `more` for all, and the width of its lines."""
    line, lines = 2 * wide + more, 2 * rows + more + -(-count // size[2]) + 1  # a square reaches beyond the last line
    place = (np.arange(size[1])[:, None] + pad[1]) * line + np.arange(size[2])[None, :] + pad[2]
    return np.append(place * count, np.zeros(count)).astype(np.int64), lines * line * count, line


class Winograd:
    """A function (y, x, w, bias=None) for known shapes; `direct` is another one, for results that are not finite."""

    def __init__(
        self, g: Geometry, dtype: np.dtype, transposed: bool, activation: Any, scalars: Any, direct: Callable[..., None]
    ) -> None:
        self.dtype, self.direct = dtype, direct
        self.sources, self.filters = (g.filters, g.channels) if transposed else (g.channels, g.filters)
        (_, height, width), (_, *out) = (g.out, g.size) if transposed else (g.size, g.out)
        above, before = (2 - g.pad[1], 2 - g.pad[2]) if transposed else g.pad[1:]
        high, wide = -(-out[0] // 2), -(-out[1] // 2)
        self.matrices = (g.filters, g.channels, 9) if transposed else (1, g.filters, g.channels * 9)
        at = np.arange(9 * 64 if transposed else self.matrices[2] + 64)  # a register's worth of channels, or places
        self.base, self.scale = (at // 9 * 9 + 8 - at % 9, np.full_like(at, 9)) if transposed else (at, 0 * at)
        n, available = register(dtype)
        self.numbers, self.panels = n, -(-self.filters // n)
        groups, each = -(-self.sources // n), -(-self.panels // -(-self.panels // PANELS))
        tile: Any = Static(rows=16 if available == 32 else 12, stride=n)
        bytes_of_tile = 16 * (groups + each) * n * dtype.itemsize
        full = lambda rows: -(-rows * wide // tile.rows) * tile.rows / (rows * wide)
        total = g.batch * high
        least, most = min(-(-LEAST // wide), total), max(1, min(MOST // wide, total))
        four = lambda rows: -(-total // rows // 4) * 4 * rows / total  # threads should be done at the same time
        cost = lambda rows: full(rows) * four(rows) + rows * wide * bytes_of_tile / FAR
        rows = min(range(min(least, most), most + 1), key=cost)
        blocks = -(-total // rows)
        size = max(rows * wide, tile.rows)
        step_v, step_m = (k * size | 1 for k in (groups, each))  # odd: the sixteen do not share places in the cache
        places, bed, line = beds((1, height, width), (0, above, before), min(rows, high), 2, wide, n)
        room = bed, (2 * min(rows, high) * out[1] + n) * n, 16 * step_v * n, 16 * step_m * n
        self.room = (sum(room),)
        self.items = blocks * -(-self.panels // each)
        self.work = 16 * total * wide * self.sources * self.filters // self.items  # multiplications of each
        channel = np.arange(self.sources)
        numbers = np.array((
            self.sources, height, width, above, before, self.filters, *out, high, wide, total, rows, blocks,
            each, self.panels, step_v * n, step_m * n, size, line, *itertools.accumulate(room[:3]),
        ), np.int64)  # fmt: skip
        self.tables = places, channel // n * size * n + channel % n, numbers
        self.tile, self.scalars, self.no_bias = tile, np.array(scalars, np.float64), np.zeros(self.filters, dtype)
        self.pack, self.transform, self.tiled = Step(tiles.pack), Step(to_filters), Step(kernel(activation))

    def __call__(self, y: np.ndarray, x: np.ndarray, w: np.ndarray, bias: np.ndarray | None = None) -> None:
        images, odd = len(x), np.zeros(self.items, self.dtype)
        result, source = y.reshape(images * self.filters, -1), x.reshape(images * self.sources, -1)
        bias = self.no_bias if bias is None else bias
        own = rooms("convolution.winograd", self.room, self.dtype)
        self.tiled(
            self.items, self.work, self.tile, result, source, self._filters(w), bias, self.scalars, odd, *own,
            *self.tables,
        )  # fmt: skip
        if np.count_nonzero(odd):
            self.direct(y, x, w, bias)

    def _filters(self, w: np.ndarray) -> np.ndarray:
        """U: (16 * panels, channels of x, numbers of a panel)."""
        w, count, taps = w.reshape(self.matrices), self.panels * self.sources, 9 * self.sources
        u = scratch("winograd.u", 16 * count * self.numbers, self.dtype)
        each = max(1, min(self.panels, PACKED // (taps * self.numbers * self.dtype.itemsize)))
        packed = scratch("convolution.w", each * taps * self.numbers, self.dtype)
        matrices, work = self.matrices[0], w.size * FILTER // 16
        pieces = -(-self.matrices[2] // tiles.PLACES)
        for panel in range(0, self.panels, each):  # those packed are transformed while they are in the cache
            end = min(panel + each, self.panels)
            self.pack(
                matrices * pieces, work * (end - panel) // (self.panels * matrices * pieces), packed, w,
                w.reshape(len(w), -1), self.base, self.scale, matrices, self.panels, self.numbers, taps, panel, end, 0,
            )  # fmt: skip
            rows = (end - panel) * self.sources
            self.transform(rows, self.numbers * FILTER // 2, u, packed, self.numbers, count, panel * self.sources)
        return u.reshape(16 * self.panels, self.sources, self.numbers)
