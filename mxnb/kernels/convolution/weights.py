"""The gradient of the weights on the CPU.

dw[o, k] = sum over images and pixels of dy[o, pixel] * x[window of the pixel, k]

A tile of taps by a register of output channels stays in registers while the pixels run:

            channels of a panel
    tap 0   sum sum sum sum ...     += x[line + taps[0]] * dy of the pixel, its channels beside each other
    tap 1   sum sum sum sum ...     += x[line + taps[1]] *        the same register
    ...

With some 12 to 28 taps a step is one load of dy and a fused multiply-add with a number of x from memory for each tap.
A tile's taps are some rows of the window, each of `tile.kernel` neighbours, or single taps.  Limited by arithmetic, as
`tiles.py`.

dy is turned, so that the channels of a panel lie beside each other, block by block of lines (of several images where
these are small), and each block is used by all tiles of taps while it is in the second-level cache.  Wider panels of
two or more registers would turn more channels at a time, which are rows far apart in memory: that is slower in spite
of fewer loads.

Work is divided by weights, and into a number of chunks of lines that depends on the shapes only; so sums have the same
order for any number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .. import pool
from ..gemm import register
from ..kernel import Static, helper, split_kernel
from ..rooms import NOBODY, enter, leave, rooms
from ..scratch import scratch
from ..words import column, fma, lanes, load, store, transpose, zeros
from .geometry import Geometry
from .layout import table
from .plan import ITEMS, MOVE, PART, forward, padded, split

NEAR = 1 << 17  # bytes of a block of dy
HELD = 1 << 20  # bytes of padded images to have at a time, where these have several blocks
PAGE, WAYS = 4096, 7  # numbers at the same place in pages share places in the first-level cache, which are that many


@helper
def turn(turned, to, dy, row, begin, end):
    """Pixels begin..end of rows of dy, from `row` on, to turned: (pixels, lanes), flat.

    What is read beyond the row's end, or rows of other groups, ends in pixels and lanes that nobody looks at.
    """
    count = dy.shape[1]
    for p in range(begin, end, lanes(dy)):
        if (row + lanes(dy) - 1) * count + p + lanes(dy) <= dy.size:
            square = load(dy, (row, p), lanes(dy), 1)
        else:
            square = load(dy, (row, p), lanes(dy), 1, dy.shape[0] - row, count - p)
        store(turned, (to + p - begin) * lanes(dy), transpose(square))


@helper
def weights_tile(tile, sums, item, fresh, x, rows, first_row, start, image_size, lines, first, last, width, turned):
    """Add the pixels of lines first..last, counted through all images, to one tile of sums."""
    places = column(rows, first_row, tile.rows) + start
    acc = zeros(x, tile.taps, 1)
    image, line = first // len(lines), first % len(lines)
    for pixel in range(0, (last - first) * width, width):
        begin = places + (image * image_size + lines[line])
        line += 1
        if line == len(lines):
            image, line = image + 1, 0
        for col in range(width):
            numbers = column(x, begin + col * tile.stride, tile.kernel, tile.dilate)
            acc = fma(numbers, load(turned, (pixel + col) * lanes(x), 1, 1), acc)
    if not fresh:  # sums of sums are more accurate than long ones
        acc = acc + load(sums, (item, 0, 0), tile.taps, 1)
    store(sums, (item, 0, 0), acc)


@split_kernel
def accumulate(
    tile, sums, taken, rooms, x, dy, rows, lines, width, block, image_size, group_size, channels, panels, chunks,
    images, more, first, last,
):  # fmt: skip
    """Work items first..last, of chunks * (groups * panels * sets of taps).

    sums : (items, tile.taps, lanes), to add to if `more`.
    rooms : each for `block` lines of dy.
    dy : (images * groups * channels, pixels).
    rows : for each set of taps, where its tile.rows rows begin in a window.
    """
    mine = enter(taken)
    turned = rooms[mine]
    sets = len(rows) // tile.rows
    items = len(sums) // chunks
    groups = items // (sets * panels)
    for chunk in range(first // items, (last - 1) // items + 1):
        low, high = max(first - chunk * items, 0), min(last - chunk * items, items)
        begin, end = images * len(lines) * chunk // chunks, images * len(lines) * (chunk + 1) // chunks
        for line in range(begin, end, block):
            stop = min(line + block, end)
            for plane in range(low // sets, (high - 1) // sets + 1):
                group, channel = plane // panels, plane % panels * lanes(x)
                for image in range(line // len(lines), (stop - 1) // len(lines) + 1):
                    before = image * len(lines)
                    top, bottom = max(line, before), min(stop, before + len(lines))
                    turn(
                        turned, (top - line) * width, dy, (image * groups + group) * channels + channel,
                        (top - before) * width, (bottom - before) * width,
                    )  # fmt: skip
                for item in range(max(low, plane * sets), min(high, (plane + 1) * sets)):
                    weights_tile(
                        tile, sums, chunk * items + item, line == begin and not more, x, rows, item % sets * tile.rows,
                        group * group_size, image_size, lines, line, stop, width, turned,
                    )  # fmt: skip
    leave(taken, mine)


@split_kernel
def collect(dw, sums, channels, panels, chunks, first, last):
    """Add the chunks and turn panels first..last into dw: (groups * channels, taps).

    sums : (chunks * groups * panels, taps and more, lanes).
    """
    taps = dw.shape[1]
    planes = len(sums) // chunks
    for plane in range(first, last):
        group, channel = plane // panels, plane % panels * lanes(dw)
        for k in range(0, taps, lanes(dw)):
            square = load(sums, (plane, k, 0), lanes(dw), 1, taps - k, lanes(dw))
            for chunk in range(1, chunks):
                square = square + load(sums, (chunk * planes + plane, k, 0), lanes(dw), 1, taps - k, lanes(dw))
            row = group * channels + channel
            if channels - channel >= lanes(dw) and taps - k >= lanes(dw):
                store(dw, (row, k), transpose(square))
            else:
                store(dw, (row, k), transpose(square), channels - channel, taps - k)


def choose(g: Geometry, plane: int, dtype: np.dtype) -> tuple[int, int]:
    """Rows of a tile, and neighbours in each: the cheapest by count of cycles; `plane` numbers of x are an image."""
    most = register(dtype)[1] - 4  # of taps
    apart = PAGE // math.gcd(PAGE, plane * dtype.itemsize)  # channels until one lies at the same place in a page
    best = (math.inf, 1, 1)
    for kernel in {g.kernel[2], 1}:
        every = g.taps // kernel
        for rows in range(1, min(every, most // kernel) + 1):
            if kernel == 1 and rows % 4 and rows not in (6, every):
                continue  # few choices, since each is compiled on its own
            steps = max(rows * kernel, 8) + 2 + max(rows - 14, 0) / 4
            if rows > WAYS * apart * g.kernel[0] * g.kernel[1]:
                steps *= 3
            best = min(best, (-(-every // rows) * steps, rows, kernel))
    return best[1:]


def pieces(lines: np.ndarray, width: int, stride: int, most: int) -> tuple[np.ndarray, int]:
    """Lines of pixels cut into equal ones of at most `most` pixels, where that is possible."""
    piece = max(n for n in range(1, max(1, min(width, most)) + 1) if width % n == 0)
    if piece < most // 4:
        return lines, width
    return table(lines, np.arange(0, width, piece) * stride), piece


def bind(g: Geometry, dtype: np.dtype) -> Callable[..., None]:
    """A function (dw, x, dy) for known shapes."""
    plan = forward(g)
    count = register(dtype)[0]
    rows, kernel = choose(g, plan.layout.plane, dtype)
    dilate = g.dilate[2] if kernel > 1 else 1
    tile = Static(rows=rows, kernel=kernel, taps=rows * kernel, stride=g.stride[2], dilate=dilate)
    panels = -(-g.group_filters // count)
    starts = plan.taps[::kernel]
    sets = -(-len(starts) // rows)
    starts = np.concatenate([starts, np.full(sets * rows - len(starts), starts[-1])])
    near = NEAR // (count * dtype.itemsize)  # pixels
    lines, width = pieces(plan.parts[0].lines, plan.parts[0].width, g.stride[2], near)
    planes = g.groups * panels
    items = planes * sets
    group_size = plan.layout.held(g.group_channels)
    held = 0 if plan.untouched else g.groups * group_size * dtype.itemsize
    at_once = min(g.batch, max(HELD // (held + 1), -(-near // g.pixels)))
    chunks = 1 if g.multiplications < ITEMS * PART // 4 else min(at_once * len(lines), -(-ITEMS // items))
    block = min(max(1, near // width), len(lines) * at_once)

    sizes = starts, lines, width, block, g.groups * group_size, group_size, g.group_filters, panels, chunks
    flat = np.empty(0, dtype)
    matrix = flat.reshape(0, 1)
    compiled = accumulate.variant(tile, flat.reshape(0, 1, 1), NOBODY, matrix, flat, matrix, *sizes, 0, 0, 0, 0)

    def run(dw: np.ndarray, x: np.ndarray, dy: np.ndarray) -> None:
        sums = scratch("convolution.dw", chunks * items * tile.taps * count, dtype).reshape(-1, tile.taps, count)
        for first in range(0, g.batch, at_once):
            images = min(at_once, g.batch - first)
            source = x[first : first + images].reshape(-1)
            if not plan.untouched:
                source = padded(source, images * g.channels, plan, dtype)
            grain = PART * items * chunks // (images * g.filters * g.pixels * g.taps)
            if chunks * planes >= 4:  # a part turns dy itself: tiles of taps that use the same one stay together
                grain = max(grain, sets)
            each = rooms("convolution.dy", ((block * width + count) * count,), dtype)
            lines_of_dy = dy[first : first + images].reshape(-1, g.pixels)
            pool.run(
                compiled, chunks * items, grain, tile, sums, *each, source, lines_of_dy, *sizes, images, first,
            )  # fmt: skip
        sums = sums.reshape(chunks * planes, sets * tile.taps, count)
        split(
            collect, planes, chunks * g.taps * count * MOVE, dw.reshape(g.filters, g.taps), sums, g.group_filters,
            panels, chunks,
        )  # fmt: skip

    return run
