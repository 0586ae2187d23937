"""The gradient of the weights of windows of 3 x 3 by Winograd's way, on the CPU; `winograd.py` has the maps.

Forward, y = A' M A with M = U V and U = G w G'.  So backward

dw = G' [ sum over tiles of (B' d B) (A dy A') ] G          4 x 4 numbers of V times 4 x 4 of Z for each tile of 2 x 2

which are sixteen products for each tile and pair of channels instead of 36.  V: (16, tiles, channels) is made as
forward, Z: (16, tiles, filters) of dy; lanes are channels of either.  Products hold a register of filters for each of
some channels, while the tiles run:

            filters of a panel
channel 0   sum sum sum sum ...     += V of the tile * Z of the tile, its filters beside each other
channel 1   sum sum sum sum ...     +=                 the same register
...

Some dozen tiles at a time stay in the cache; their sums are added to those so far, which is more accurate than long
sums.  Where a result is not finite all are computed again directly.

Work is divided by filters, and into a number of chunks of tiles that depends on the shapes only; so sums have the same
order for any number of threads.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from ..gemm import register
from ..kernel import Static, helper, split_kernel
from ..rooms import enter, leave, rooms
from ..scratch import scratch
from ..words import column, fma, lanes, load, reduce_add, store, transpose, zeros
from . import weights
from .geometry import Geometry
from .plan import Step
from .winograd import FILTER, MOVE, PANELS, SURE, beds, eligible, lay, to_tiles

TILES = 96  # of a block
CHUNKS, LEAST = 8, 256  # chunks there are at most, and tiles of each
HELD = 1 << 21  # bytes of sums of a work item, which should stay near

# What the kernels are given in one array of numbers:
#  0-3   of x: channels, lines and width of a plane, zeros before its lines
#  4-6   of dy: channels, lines and width of a plane
#  7-10  tiles: rows of them in an image, in a row, rows of them in all, rows of a block
# 11-13  chunks, panels of filters of a work item and in all
# 14-16  how far the sixteen matrices of V and Z lie apart, tiles for which there is room
# 17-18  widths of the beds of x and dy
# 19-21  where in a room the bed of dy, V and Z begin


@helper
def spread(z, at, step, p, q):
    """A along a line of two."""
    store(z, at, p)
    store(z, at + step, p + q)
    store(z, at + 2 * step, p - q)
    store(z, at + 3 * step, -q)


@helper
def to_gradients(z, at, bed, rows, wide, line, step):
    """Z of the tiles of the bed."""
    for i in range(rows):
        for j in range(wide):
            here, to = 2 * i * line + 2 * j * lanes(bed), at + (i * wide + j) * lanes(bed)
            a, b = load(bed, here, 1, 1), load(bed, here + lanes(bed), 1, 1)
            c, d = load(bed, here + line, 1, 1), load(bed, here + line + lanes(bed), 1, 1)
            spread(z, to, step, a, b)
            spread(z, to + 4 * step, step, a + c, b + d)
            spread(z, to + 8 * step, step, a - c, b - d)
            spread(z, to + 12 * step, step, -c, -d)


@helper
def product(tile, sums, to, fresh, v, at_v, z, at_z, count):
    """Add `count` tiles to the sums of tile.rows channels and a register of filters."""
    acc = zeros(v, tile.rows, 1)
    for t in range(0, count * lanes(v), lanes(v)):
        acc = fma(column(v, at_v + t, tile.rows), load(z, at_z + t, 1, 1), acc)
    if not fresh:
        acc = acc + load(sums, to, tile.rows, 1)
    store(sums, to, acc)


@split_kernel
def accumulate(tile, sums, x, dy, taken, rooms, places, places_y, g, first, last):
    """Work items first..last, each some filters of a chunk of the rows of tiles, through all images.

    sums : (chunks, 16, panels, channels, lanes), flat; with channels for whole registers.
    x, dy : (planes, pixels).
    rooms : each for padded planes of x and dy, and V and Z: sixteen times (channels / lanes, tiles, lanes).
    places, places_y : where the pixels of x and dy lie in their beds.
    """
    mine = enter(taken)
    room = rooms[mine]
    bed, bed_y, v, z = room[: g[19]], room[g[19] : g[20]], room[g[20] : g[21]], room[g[21] :]
    channels, filters, high, wide, total, block, chunks = g[0], g[4], g[7], g[8], g[9], g[10], g[11]
    each, panels, step_v, step_z, size = g[12], g[13], g[14], g[15], g[16]
    line, line_y = g[17] * lanes(x), g[18] * lanes(x)
    held = (channels + lanes(x) - 1) // lanes(x) * lanes(x)
    for at in range(0, g[20], lanes(x)):  # both beds
        store(room, at, zeros(x, 1, 1))
    for item in range(first, last):
        chunk, begin = item % chunks, item // chunks * each
        end = min(begin + each, panels)
        low, high_row = total * chunk // chunks, total * (chunk + 1) // chunks
        for row in range(low, high_row, block):
            count, done = min(block, high_row - row), 0
            while done < count:  # an image after the other
                image, top = (row + done) // high, (row + done) % high
                rows = min(high - top, count - done)
                for group in range(0, channels, lanes(x)):
                    lay(bed, places, x, image * channels + group, 2 * top, g[3], 2 * rows + 2, g[1], g[2], line)
                    to_tiles(v, group * size + done * wide * lanes(x), bed, rows, wide, line, step_v)
                for panel in range(begin, end):
                    lay(
                        bed_y,
                        places_y,
                        dy,
                        image * filters + panel * lanes(x),
                        2 * top,
                        0,
                        2 * rows,
                        g[5],
                        g[6],
                        line_y,
                    )
                    to = ((panel - begin) * size + done * wide) * lanes(x)
                    to_gradients(z, to, bed_y, rows, wide, line_y, step_z)
                done += rows
            for i in range(16):
                for panel in range(begin, end):
                    at_z = i * step_z + (panel - begin) * size * lanes(x)
                    to = ((chunk * 16 + i) * panels + panel) * held * lanes(x)
                    for group in range(0, held, tile.rows):
                        at_v = i * step_v + group * size
                        product(tile, sums, to + group * lanes(x), row == low, v, at_v, z, at_z, count * wide)
    leave(taken, mine)


@helper
def of_four(a, b, c, d):
    """G' times four registers."""
    half = (b + c) * 0.5
    return a + half, (b - c) * 0.5, half + d


@helper
def whole(sums, at, step, apart, chunks):
    """Four numbers of M, `step` apart, added over the chunks, and G' times these."""
    a, b, c, d = zeros(sums, 1, 1), zeros(sums, 1, 1), zeros(sums, 1, 1), zeros(sums, 1, 1)
    for to in range(at, at + chunks * apart, apart):
        a, b = a + load(sums, to, 1, 1), b + load(sums, to + step, 1, 1)
        c, d = c + load(sums, to + 2 * step, 1, 1), d + load(sums, to + 3 * step, 1, 1)
    return of_four(a, b, c, d)


@split_kernel
def collect(dw, sums, turned, odd, held, chunks, first, last):
    """dw: (filters, channels * 9) of panels first..last, from the sums of the chunks.

    turned : for each panel room for (channels * 9, lanes) and a register's worth of them more.
    odd : of each panel, becomes NaN where a result is not finite.
    held : channels in sums.
    """
    filters, taps, panels = dw.shape[0], dw.shape[1], len(odd)
    step = panels * held * lanes(dw)
    for panel in range(first, last):
        begin, wrong = panel * (taps + lanes(dw)) * lanes(dw), zeros(dw, 1, 1)
        for channel in range(taps // 9):
            at = (panel * held + channel) * lanes(dw)
            a0, b0, c0 = whole(sums, at, 4 * step, 16 * step, chunks)
            a1, b1, c1 = whole(sums, at + step, 4 * step, 16 * step, chunks)
            a2, b2, c2 = whole(sums, at + 2 * step, 4 * step, 16 * step, chunks)
            a3, b3, c3 = whole(sums, at + 3 * step, 4 * step, 16 * step, chunks)
            to = begin + channel * 9 * lanes(dw)
            wrong = wrong + put(turned, to, *of_four(a0, a1, a2, a3))
            wrong = wrong + put(turned, to + 3 * lanes(dw), *of_four(b0, b1, b2, b3))
            wrong = wrong + put(turned, to + 6 * lanes(dw), *of_four(c0, c1, c2, c3))
        for k in range(0, taps, lanes(dw)):
            square = transpose(load(turned, begin + k * lanes(dw), lanes(dw), 1))
            store(dw, (panel * lanes(dw), k), square, filters - panel * lanes(dw), taps - k)
        odd[panel] = reduce_add(wrong)


@helper
def put(turned, at, a, b, c):
    """Write three registers; zeros if they are finite."""
    store(turned, at, a)
    store(turned, at + lanes(turned), b)
    store(turned, at + 2 * lanes(turned), c)
    return (a - a) + (b - b) + (c - c)


def suits(g: Geometry) -> bool:
    """Whether this is faster than the direct kernels."""
    if not eligible(g):
        return False
    full = lambda channels: -(-channels // 16) * 16
    pairs, count = full(g.channels) * full(g.filters), g.batch * -(-g.out[1] // 2) * -(-g.out[2] // 2)
    here = count * (16 * pairs + MOVE * (full(g.channels) + full(g.filters))) + FILTER * pairs
    return here * SURE < 9 * g.batch * g.pixels * g.channels * g.filters


def bind(g: Geometry, dtype: np.dtype) -> Callable[..., None]:
    """A function (dw, x, dy) for known shapes."""
    n = register(dtype)[0]
    groups, panels = -(-g.channels // n), -(-g.filters // n)
    most = min(PANELS, max(2, HELD // (16 * groups * n * n * dtype.itemsize)))
    each = -(-panels // -(-panels // most))
    high, wide = -(-g.out[1] // 2), -(-g.out[2] // 2)
    total = g.batch * high
    chunks = max(1, min(CHUNKS, total, total * wide // LEAST))
    block = max(1, min(TILES // wide, -(-total // chunks)))
    size, held = block * wide, groups * n
    step_v, step_z = ((k * size | 1) * n for k in (groups, each))
    places, bed, line = beds(g.size, g.pad, min(block, high), 2, wide, n)
    places_y, bed_y, line_y = beds(g.out, (0, 0, 0), min(block, high), 0, wide, n)
    room = bed, bed_y, 16 * step_v, 16 * step_z
    items = chunks * -(-panels // each)
    numbers = np.array((
        g.channels, *g.size[1:], g.pad[1], g.filters, *g.out[1:], high, wide, total, block, chunks, each, panels,
        step_v, step_z, size, line, line_y, *itertools.accumulate(room[:3]),
    ), np.int64)  # fmt: skip
    tile, tables = Static(rows=n), (places, places_y, numbers)
    add, finish = Step(accumulate), Step(collect)
    work = 16 * total * wide * g.channels * g.filters // items
    direct: list[Callable[..., None]] = []

    def run(dw: np.ndarray, x: np.ndarray, dy: np.ndarray) -> None:
        sums = scratch("winograd.sums", chunks * 16 * panels * held * n, dtype)
        own = rooms("convolution.winograd", (sum(room),), dtype)
        planes = x.reshape(g.batch * g.channels, -1), dy.reshape(g.batch * g.filters, -1)
        add(items, work, tile, sums, *planes, *own, *tables)
        turned = scratch("winograd.dw", panels * (9 * g.channels + n) * n, dtype)
        odd = np.zeros(panels, dtype)
        finish(panels, chunks * FILTER * g.channels * n, dw.reshape(g.filters, -1), sums, turned, odd, held, chunks)
        if np.count_nonzero(odd):
            if not direct:
                direct.append(weights.bind(g, dtype))
            direct[0](dw, x, dy)

    return run
