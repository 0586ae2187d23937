"""Images of another size.

y[n, v, u, c] = sum over i, j of x[n, row(v, i), col(u, j), c] * down[v, i] * along[u, j]

A pixel of the result sees a few neighbours of the place that it comes from.  Which, and with what weights, is a table
for each axis, made for the two sizes (`taps`): 1 neighbour for nearest, 2 for linear, 4 for cubic, 8 for Lanczos, and
for area all that it covers, each as far as it is covered.  So one kernel serves all.  Where a neighbour would lie
outside, the pixel at the edge stands for it.  Results that are whole numbers are rounded, and limited to their dtype.

The conventions are those of OpenCV, which MXNet calls: the centres of pixels are at halves, except for nearest.

On the CPU it goes in two passes, down the columns, in vector instructions, then along the rows: taps + taps
multiplications for each number instead of taps * taps.  A part of the result can be computed alone.
"""

import functools

import numpy as np

from . import pool
from .device import is_device_array, work_copy
from .kernel import Static, foreach, split_kernel
from .scratch import scratch
from .words import cast, fma, index, lanes, load, maximum, minimum, round_even, store

NEAREST, LINEAR, CUBIC, AREA, LANCZOS = range(5)
WORTH = 1 << 17  # numbers that are worth waking a thread
RANGES = {name: (np.iinfo(name).min, np.iinfo(name).max) for name in ("uint8", "int8", "int32", "int64")}


# --- The definition, for CUDA ----------------------------------------------------------------------------------------


@foreach
def resample(i, y, x, rows, down, cols, along, lowest, highest):
    """Number i of y: (N, V, U, C) from x: (N, H, W, C), both flat but for C.

    y, x : (…, C); rows, down : (V, taps); cols, along : (U, taps); x's size follows from the tables' last entries.
    """
    channels, width, height = y.shape[3], y.shape[2], y.shape[1]
    channel, pixel = i % channels, i // channels
    col, line = pixel % width, pixel // width
    row, image = line % height, line // height
    total = down[0, 0] * 0.0
    for j in range(rows.shape[1]):
        part = down[0, 0] * 0.0
        for k in range(cols.shape[1]):
            part += cast(x[image, rows[row, j], cols[col, k], channel], part) * along[col, k]
        total += part * down[row, j]
    if highest > lowest:
        total = minimum(maximum(round_even(total), lowest), highest)
    y[image, row, col, channel] = cast(total, y)


# --- The CPU's kernels -----------------------------------------------------------------------------------------------


@split_kernel
def down_columns(y, x, rows, down, begin, first, last):
    """Lines first..last of y: (N * V, numbers), floats, from x: (N * H, W * C), from number `begin` of a line on."""
    height, per = rows.shape[0], x.shape[0] // (y.shape[0] // rows.shape[0])
    for line in range(first, last):
        start, v = line // height * per, line % height
        for u in range(0, y.shape[1], lanes(x)):
            left = y.shape[1] - u
            total = cast(load(x, (start + rows[v, 0], begin + u), 1, 1, 1, left), y) * down[v, 0]
            for k in range(1, rows.shape[1]):
                total = fma(cast(load(x, (start + rows[v, k], begin + u), 1, 1, 1, left), y), down[v, k], total)
            store(y, (line, u), total, 1, left)


@split_kernel
def along_rows(sizes, y, x, cols, along, lowest, highest, first, last):
    """Lines first..last of y: (N * V, U, C) from x: (N * V, W, C), floats.

    sizes.channels is C, sizes.taps the second length of cols.
    """
    for line in range(first, last):
        for u in range(cols.shape[0]):
            for c in range(sizes.channels):
                total = along[u, 0] * x[line, index(cols[u, 0]), c]
                for k in range(1, sizes.taps):
                    total += along[u, k] * x[line, index(cols[u, k]), c]
                if highest > lowest:
                    total = minimum(maximum(round_even(total), cast(lowest, total)), cast(highest, total))
                y[line, u, c] = cast(total, y)


# --- Tables ----------------------------------------------------------------------------------------------------------


def _cubic(t, a=-0.75):
    """Weights of the neighbours at -1, 0, 1, 2 for a place t beyond 0 (Keys 1981)."""

    def near(d):
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d):
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    return [far(1 + t), near(t), near(1 - t), far(2 - t)]


def _lanczos(t):
    """Weights of the neighbours at -3 … 4 for a place t beyond 0: sinc(d) sinc(d / 4), made to add up to 1."""
    distance = t[:, None] - np.arange(-3, 5)
    weights = np.sinc(distance) * np.sinc(distance / 4)
    return (weights / weights.sum(1, keepdims=True)).T


def _covered(begin, end, size):
    """Pixels between two places, and the part of the whole that each is; the last ones again, where there are fewer."""
    end = np.minimum(end, size)
    last = np.minimum(np.floor(end), size - 1)
    first = np.minimum(np.ceil(begin), last)
    before, after = first - begin > 1e-3, end - last > 1e-3
    start, count = first - before, last - first + before + after
    places = start[:, None] + np.arange(count.max())
    parts = np.where(places < first[:, None], (first - begin)[:, None], 1.0)
    parts = np.where(places == last[:, None], np.minimum(end - last, 1)[:, None], parts)
    parts[places >= (start + count)[:, None]] = 0
    return np.minimum(places, (start + count - 1)[:, None]), parts / (end - begin)[:, None]


def _neighbours(target, scale, size, kind, shrinks):
    """Which pixels each of the result sees, and their weights: two arrays, (target, taps)."""
    u = np.arange(target)
    if kind == AREA and shrinks:
        return _covered(u * scale, (u + 1) * scale, size)
    place = u * scale if kind in (NEAREST, AREA) else (u + 0.5) * scale - 0.5
    low = np.floor(place)
    t = place - low
    if kind == NEAREST:
        first, weights = 0, [np.ones(target)]
    elif kind == AREA:  # nearly nearest, with soft borders
        t = np.maximum(0, (u + 1) - (low + 1) / scale)
        t -= np.floor(t)
        first, weights = 0, [1 - t, t]
    elif kind == LINEAR:
        first, weights = 0, [1 - t, t]
    elif kind == CUBIC:
        first, weights = -1, _cubic(t)
    else:
        first, weights = -3, _lanczos(t)
    return low[:, None] + np.arange(first, first + len(weights)), np.stack(list(weights), 1)


@functools.lru_cache(256)
def taps(size, target, kind, shrinks, floats):
    """The table of an axis.

    Parameters
    ----------
    size, target : int
        Of x and y.
    kind : int
        NEAREST, …
    shrinks : bool
        No axis grows; it matters for AREA only.
    floats : type
        Of the weights.

    Returns
    -------
    places : array of int64, shape (target, taps)
    weights : array of floats, the same shape; where there are fewer neighbours the last have weight 0
    """
    places, weights = _neighbours(target, size / target, size, kind, shrinks)
    return np.clip(places, 0, size - 1).astype(np.int64), weights.astype(floats)


# --- Launching -------------------------------------------------------------------------------------------------------


def resize(y, x, kind, size=None, corner=(0, 0)):
    """Write x in another size, or a part of that, to y.

    Parameters
    ----------
    y : array, shape (N, V, U, C)
    x : array, shape (N, H, W, C), the same dtype
    kind : int
        NEAREST, LINEAR, CUBIC, AREA or LANCZOS.
    size : (int, int)
        Height and width of the whole result, of which y is a part; by default those of y.
    corner : (int, int)
        Where the part begins: row and column.
    """
    images, height, width, channels = x.shape
    tall, broad = size or y.shape[1:3]
    shrinks = height >= tall and width >= broad
    floats = np.float64 if x.dtype.itemsize > 4 or x.dtype == np.int32 else np.float32
    rows, down = (t[corner[0] : corner[0] + y.shape[1]] for t in taps(height, tall, kind, shrinks, floats))
    cols, along = (t[corner[1] : corner[1] + y.shape[2]] for t in taps(width, broad, kind, shrinks, floats))
    lowest, highest = (0.0, 0.0) if x.dtype.kind == "f" else (float(n) for n in RANGES[x.dtype.name])
    if is_device_array(x):
        tables = [work_copy(x, np.ascontiguousarray(table)) for table in (rows, down, cols, along)]
        resample(y.size, y, x, *tables, lowest, highest)
        return
    left, right = int(cols.min()), int(cols.max()) + 1
    lines = scratch("resampling", images * len(rows) * (right - left) * channels, floats)
    lines = lines.reshape(images * len(rows), -1)
    grain = max(1, WORTH // lines.shape[1])
    run(down_columns, len(lines), grain, lines, x.reshape(images * height, -1), rows, down, left * channels)
    lines = lines.reshape(len(lines), right - left, channels)
    out = y.reshape(len(lines), len(cols), channels)
    sizes = Static(channels=channels, taps=cols.shape[1])  # known when it is compiled, so that these loops are none
    run(along_rows, len(lines), grain, sizes, out, lines, cols - left, along, lowest, highest)


def run(kernel, count, grain, *args):
    """Work on lines, in parts of at least `grain`."""
    pool.run(kernel.variant(*args, 0, 0), count, grain, *args)
