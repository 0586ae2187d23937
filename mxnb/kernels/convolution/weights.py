"""The gradient of the weights on the CPU.

dw[o, k] = sum over images and pixels of dy[o, pixel] * x[window of the pixel, k]

A tile of taps by registers of output channels stays in registers while the pixels run.  dy is first rearranged so that
the channels of a pixel lie beside each other.  Its taps are some rows of the window, each of `tile.kernel` neighbours,
or single taps.  Limited by arithmetic, as `tiles.py`.

Work is divided by weights, and into a number of chunks of images that depends on the shapes only; so sums have the same
order for any number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..gemm import register
from ..kernel import Static, helper, split_kernel
from ..scratch import scratch
from ..words import column, fma, lanes, load, store, transpose
from .geometry import Geometry
from .plan import HELD, ITEMS, MOVE, WORTH, forward, padded, split

NEAR = 24_576  # bytes of dy that stay in the first-level cache


@split_kernel
def by_pixel(out, dy, channels, panels, first, last):
    """Groups first..last of dy: (groups * channels, pixels) to out: (groups * panels, pixels, channels of a panel)."""
    numbers, count = out.shape[2], dy.shape[1]
    for group in range(first, last):
        for panel in range(panels):
            for g in range(0, numbers, lanes(dy)):
                channel = panel * numbers + g
                for p in range(0, count, lanes(dy)):
                    square = load(dy, (group * channels + channel, p), lanes(dy), 1, channels - channel, count - p)
                    store(out, (group * panels + panel, p, g), transpose(square), count - p, lanes(dy))


@helper
def weights_tile(tile, sums, item, x, rows, first_row, at, lines, first, last, width, dy, plane):
    """Add the pixels of lines first..last to one tile of sums."""
    places = column(rows, first_row, tile.rows) + at
    acc = load(sums, (item, 0, 0), tile.taps, tile.cols)
    for line in range(first, last):
        begin = places + lines[line]
        for col in range(width):
            numbers = column(x, begin + col * tile.stride, tile.kernel, tile.dilate)
            acc = fma(numbers, load(dy, (plane, line * width + col, 0), 1, tile.cols), acc)
    store(sums, (item, 0, 0), acc)


@split_kernel
def accumulate(
    tile, sums, x, dy, rows, lines, width, block, images, image_size, group_size, panels, chunks, first, last
):
    """Work items first..last, of chunks * (groups * panels * sets of taps).

    sums : (items, tile.taps, channels of a panel), zero at first.
    rows : for each set of taps, where its tile.rows rows begin in a window.
    block : lines of dy that stay in the cache.
    """
    sets = len(rows) // tile.rows
    items = len(sums) // chunks
    planes = items // sets
    for chunk in range(first // items, (last - 1) // items + 1):
        low, high = max(first - chunk * items, 0), min(last - chunk * items, items)
        for image in range(images * chunk // chunks, images * (chunk + 1) // chunks):
            for line in range(0, len(lines), block):
                for item in range(low, high):
                    plane = item // sets
                    weights_tile(
                        tile, sums, chunk * items + item, x, rows, item % sets * tile.rows,
                        image * image_size + plane // panels * group_size, lines, line, min(line + block, len(lines)),
                        width, dy, image * planes + plane,
                    )  # fmt: skip


@split_kernel
def collect(dw, sums, channels, panels, chunks, first, last):
    """Add the chunks and turn panels first..last into dw: (groups * channels, taps).

    sums : (chunks * groups * panels, taps and more, channels of a panel).
    """
    numbers, taps = sums.shape[2], dw.shape[1]
    planes = len(sums) // chunks
    for plane in range(first, last):
        group, panel = plane // panels, plane % panels
        for g in range(0, numbers, lanes(dw)):
            channel = panel * numbers + g
            for k in range(0, taps, lanes(dw)):
                square = load(sums, (plane, k, g), lanes(dw), 1, taps - k, lanes(dw))
                for chunk in range(1, chunks):
                    square = square + load(sums, (chunk * planes + plane, k, g), lanes(dw), 1, taps - k, lanes(dw))
                store(dw, (group * channels + channel, k), transpose(square), channels - channel, taps - k)


def choose(g: Geometry, dtype: np.dtype) -> tuple[int, int, int]:
    """Rows of a tile, neighbours in each, and registers of channels: the cheapest by count of cycles."""
    count, registers = register(dtype)
    best = (math.inf, 1, 1, 1)
    for kernel in {g.kernel[2], 1}:
        every = g.taps // kernel
        for cols in range(1, 5):
            for rows in range(1, min(every, 16) + 1):
                taps = rows * kernel
                if taps * cols + cols + 1 > registers:
                    continue
                steps = max(taps * cols, (taps + cols) / 2, 8) + rows / 2
                cost = -(-g.group_filters // (cols * count)) * -(-every // rows) * steps
                best = min(best, (cost, rows, kernel, cols))
    if best[0] == math.inf:
        return 1, 1, 1
    return best[1:]


def bind(g: Geometry, dtype: np.dtype) -> Callable[..., None]:
    """A function (dw, x, dy) for known shapes."""
    plan = forward(g)
    rows, kernel, cols = choose(g, dtype)
    tile = Static(
        rows=rows,
        kernel=kernel,
        taps=rows * kernel,
        cols=cols,
        stride=g.stride[2],
        dilate=g.dilate[2] if kernel > 1 else 1,
    )
    numbers = cols * register(dtype)[0]
    panels = -(-g.group_filters // numbers)
    starts = plan.taps[::kernel]
    sets = -(-len(starts) // rows)
    starts = np.concatenate([starts, np.full(sets * rows - len(starts), starts[-1])])
    lines, width = plan.parts[0].lines, plan.parts[0].width
    block = max(1, NEAR // (width * numbers * dtype.itemsize))
    planes = g.groups * panels
    items = planes * sets
    group_size = g.group_channels * math.prod(plan.full)
    direct = plan.full == plan.size and plan.pad == (0, 0, 0)
    held = (0 if direct else g.groups * group_size) + planes * g.pixels * numbers
    at_once = min(g.batch, max(1, HELD // (held * dtype.itemsize)))
    chunks = 1 if g.multiplications < 2 * WORTH else min(at_once, -(-ITEMS // items))

    def run(dw: np.ndarray, x: np.ndarray, dy: np.ndarray) -> None:
        sums = scratch("convolution.dw", chunks * items * tile.taps * numbers, dtype)
        sums.fill(0)
        for first in range(0, g.batch, at_once):
            images = min(at_once, g.batch - first)
            source = x[first : first + images].reshape(-1)
            if not direct:
                source = padded(source, images * g.channels, plan, dtype)
            turned = scratch("convolution.dy", images * planes * g.pixels * numbers, dtype)
            turned = turned.reshape(images * planes, g.pixels, numbers)
            part = dy[first : first + images].reshape(-1, g.pixels)
            split(by_pixel, images * g.groups, g.group_filters * g.pixels * MOVE, turned, part, g.group_filters, panels)
            split(
                accumulate, chunks * items, images * g.filters * g.pixels * g.taps // (items * chunks), tile,
                sums.reshape(-1, tile.taps, numbers), source, turned, starts, lines, width, block, images,
                g.groups * group_size, group_size, panels, chunks,
            )  # fmt: skip
        sums = sums.reshape(chunks * planes, sets * tile.taps, numbers)
        split(
            collect, planes, chunks * g.taps * numbers * MOVE, dw.reshape(g.filters, g.taps), sums, g.group_filters,
            panels, chunks,
        )  # fmt: skip

    return run
