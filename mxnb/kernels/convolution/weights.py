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

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

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
SURE, SINGLE = 1.1, 1.3  # how much cheaper tiles of places must be, and what taps that are not neighbours cost there
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
def weights_tile(
    tile, sums, item, fresh, x, rows, met, set_of_taps, start, image_size, lines, first, last, width, turned
):  # fmt: skip
    """Add the pixels of lines first..last, counted through all images, to one tile of sums."""
    places = column(rows, set_of_taps * tile.rows, tile.rows) + start
    acc = zeros(x, tile.taps, 1)
    image, line = first // len(lines), first % len(lines)
    for pixel in range(0, (last - first) * width, width):
        begin, at, count = places + (image * image_size + lines[line]), pixel, width
        if tile.placed:
            left, right = met[set_of_taps, 2], met[set_of_taps, 3]
            begin, at = begin + left * tile.stride, pixel + left
            count = right - left if line >= met[set_of_taps, 0] and line < met[set_of_taps, 1] else 0
        line += 1
        if line == len(lines):
            image, line = image + 1, 0
        for col in range(count):
            numbers = column(x, begin + col * tile.stride, tile.kernel, tile.dilate)
            acc = fma(numbers, load(turned, (at + col) * lanes(x), 1, 1), acc)
    if not fresh:  # sums of sums are more accurate than long ones
        acc = acc + load(sums, (item, 0, 0), tile.taps, 1)
    store(sums, (item, 0, 0), acc)


@split_kernel
def accumulate(
    tile, sums, taken, rooms, x, dy, rows, met, lines, width, block, image_size, group_size, channels, panels, chunks,
    images, more, first, last,
):  # fmt: skip
    """Work items first..last, of chunks * (groups * panels * sets of taps).

    sums : (items, tile.taps, lanes), to add to if `more`.
    rooms : each for `block` lines of dy.
    dy : (images * groups * channels, pixels).
    rows : for each set of taps, where its tile.rows rows begin in a window.
    met : for each set, first and last line and first and last pixel of these that see the image by its taps.
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
                        tile, sums, chunk * items + item, line == begin and not more, x, rows, met, item % sets,
                        group * group_size, image_size, lines, line, stop, width, turned,
                    )  # fmt: skip
    leave(taken, mine)


@helper
def fetch(sums, order, start, k):
    """The sums of a register's worth of taps from k on, where those of the first tap begin at `start`."""
    if len(order) == 0:
        return load(sums, start + k * lanes(sums), lanes(sums), 1)
    return load(sums, column(order, k, lanes(sums)) * lanes(sums) + start, lanes(sums), 1)


@split_kernel
def collect(dw, sums, each, order, channels, panels, chunks, planes, first, last):
    """Add the chunks and turn panels first..last of `planes` into dw: (groups * channels, taps).

    sums : (chunks * groups * panels, each, lanes), flat, and a register's worth of taps more.
    order : which of the taps of sums each tap of dw is, and a register's worth of more; empty where they are the same.
    """
    taps, size = dw.shape[1], each * lanes(dw)
    for plane in range(first, last):
        group, channel = plane // panels, plane % panels * lanes(dw)
        for k in range(0, taps, lanes(dw)):
            square = fetch(sums, order, plane * size, k)
            for chunk in range(1, chunks):
                square = square + fetch(sums, order, (chunk * planes + plane) * size, k)
            row = group * channels + channel
            if channels - channel >= lanes(dw) and taps - k >= lanes(dw):
                store(dw, (row, k), transpose(square))
            else:
                store(dw, (row, k), transpose(square), channels - channel, taps - k)


class Choice(NamedTuple):
    """Tiles of taps.

    cost : estimated cycles for a pixel.
    rows, kernel : rows of a tile, and neighbours in each.
    placed : whether the rows of a tile are channels of one place of the window.
    """

    cost: float = math.inf
    rows: int = 1
    kernel: int = 1
    placed: bool = False


def choose(g: Geometry, plane: int, dtype: np.dtype, spans: np.ndarray | None) -> Choice:
    """The cheapest by count of cycles; `plane` numbers of x are an image.

    spans : what each place of a window meets (see `met`): tiles of a place leave out the others; None if they cannot.
    """
    most = register(dtype)[1] - 4  # of taps
    apart = PAGE // math.gcd(PAGE, plane * dtype.itemsize)  # channels until one lies at the same place in a page
    best, places = Choice(), math.prod(g.kernel)
    for kernel, placed in {(g.kernel[2], False), (1, False), (g.kernel[2], True), (1, True)}:
        if placed and spans is None:
            continue
        each = g.group_channels if placed else g.taps // kernel
        share = 1.0  # of the pixels
        if placed:
            seen, extra = spans[::kernel], SINGLE if kernel == 1 < g.kernel[2] else 1
            met_columns = seen[:, 3] - seen[:, 2] if kernel == 1 else g.out[2]
            share = SURE * extra * ((seen[:, 1] - seen[:, 0]) * met_columns).sum() / g.pixels
        for rows in range(1, min(each, most // kernel) + 1):
            if kernel == 1 and rows % 4 and rows not in (6, each):
                continue  # few choices, since each is compiled on its own
            steps = max(rows * kernel, 8) + 2 + max(rows - 14, 0) / 4
            if rows > WAYS * apart * (1 if placed else places // g.kernel[2]):
                steps *= 3
            best = min(best, Choice(-(-each // rows) * steps * share, rows, kernel, placed))
    return best


def met(g: Geometry) -> np.ndarray:
    """For each place of a window, first and last line and first and last pixel of these that see the image by it.

    Lines are counted through the depth, of which all are taken.
    """
    found = []
    for _, *place in itertools.product(*(range(n) for n in g.kernel)):
        spans = []
        for axis, k in zip((1, 2), place):
            at = np.arange(g.out[axis]) * g.stride[axis] - g.pad[axis] + k * g.dilate[axis]
            inside = np.flatnonzero((at >= 0) & (at < g.size[axis]))
            spans += [inside[0], inside[-1] + 1] if len(inside) else [0, 0]
        found.append(spans if g.out[0] == 1 else [0, g.out[0] * g.out[1], *spans[2:]])
    return np.array(found, np.int64)


def pieces(lines: np.ndarray, width: int, stride: int, most: int) -> tuple[np.ndarray, int]:
    """Lines of pixels cut into equal ones of at most `most` pixels, where that is possible."""
    piece = max(n for n in range(1, max(1, min(width, most)) + 1) if width % n == 0)
    if piece < most // 4:
        return lines, width
    return table(lines, np.arange(0, width, piece) * stride), piece


def bind(g: Geometry, dtype: np.dtype) -> Callable[..., None]:
    """A function (dw, x, dy) for known shapes."""
    plan, places = forward(g), math.prod(g.kernel)
    count = register(dtype)[0]
    near = NEAR // (count * dtype.itemsize)  # pixels
    lines, width = pieces(plan.parts[0].lines, plan.parts[0].width, g.stride[2], near)
    spans = met(g) if (len(lines), width) == (g.out[0] * g.out[1], g.out[2]) else None
    _, rows, kernel, placed = choose(g, plan.layout.plane, dtype, spans)
    dilate = g.dilate[2] if kernel > 1 else 1
    tile = Static(rows=rows, kernel=kernel, taps=rows * kernel, stride=g.stride[2], dilate=dilate, placed=placed)
    panels = -(-g.group_filters // count)
    # tiles are cut from pieces of the rows of taps: from the channels of each place, or from all
    starts = plan.taps[None, ::kernel]
    if placed:
        starts = starts.reshape(-1, places // kernel).T
    each = -(-starts.shape[1] // rows)  # sets of taps of a piece
    sets = len(starts) * each
    order, seen = np.zeros(0, np.int64), np.zeros((sets, 4), np.int64)
    if placed:
        tap = np.arange(g.taps)
        order = (tap % places // kernel * each * rows + tap // places) * kernel + tap % kernel
        order = np.append(order, np.zeros(count, np.int64))
        seen = np.repeat(spans[::kernel], each, 0)
        if kernel > 1:
            seen[:, 2:] = 0, width
    starts = np.pad(starts, ((0, 0), (0, each * rows - starts.shape[1])), "edge").reshape(-1)
    planes = g.groups * panels
    items = planes * sets
    group_size = plan.layout.held(g.group_channels)
    held = 0 if plan.untouched else g.groups * group_size * dtype.itemsize
    at_once = min(g.batch, max(HELD // (held + 1), -(-near // g.pixels)))
    chunks = 1 if g.multiplications < ITEMS * PART // 4 else min(at_once * len(lines), -(-ITEMS // items))
    block = min(max(1, near // width), len(lines) * at_once)

    sizes = starts, seen, lines, width, block, g.groups * group_size, group_size, g.group_filters, panels, chunks
    flat = np.empty(0, dtype)
    matrix = flat.reshape(0, 1)
    compiled = accumulate.variant(tile, flat.reshape(0, 1, 1), NOBODY, matrix, flat, matrix, *sizes, 0, 0, 0, 0)

    def run(dw: np.ndarray, x: np.ndarray, dy: np.ndarray) -> None:
        flat = scratch("convolution.dw", (chunks * items * tile.taps + count) * count, dtype)
        sums = flat[: -count * count].reshape(-1, tile.taps, count)
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
        split(
            collect, planes, chunks * g.taps * count * MOVE, dw.reshape(g.filters, g.taps), flat,
            sets * tile.taps, order, g.group_filters, panels, chunks, planes,
        )  # fmt: skip

    return run
