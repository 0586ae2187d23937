"""Images sampled where a grid says.

y[n, c, p] = sum over the four pixels q around place(p) of x[n, c, q] * near(q)           limited by memory, gathered

grid: (N, 2, places) holds for each result the place, column then row, from -1 (the first pixel's centre) to 1 (the
last's).  near = (1 - |dcol|)(1 - |drow|); what would lie outside of x counts as 0 (Jaderberg et al. 2015, "Spatial
transformer networks").

The gradient of x adds up from all places that see a pixel: one plane of x is the work of one thread, in the order of
the places, so that nothing depends on timing.

On the CPU lanes are places.  All channels of an image look at the same pixels, so these are found once for a block of
places, in a table that stays in the nearest cache: two pairs of neighbours for each place, the upper and the lower, and
how near each pixel is.  A pair is one load; a register of pairs takes one product and one sum.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from . import pool, shaping
from .common import GRAIN, flat, run
from .device import is_device_array
from .kernel import foreach, helper, split_kernel
from .rooms import NOBODY, enter, leave, rooms
from .scratch import scratch
from .words import (
    cast,
    column,
    evens,
    floor,
    index,
    interleave,
    lanes,
    load,
    minimum,
    odds,
    pairs,
    reduce_add,
    store,
    where,
    zeros,
)

BLOCK = 256  # places of a piece of work
TOGETHER = 8  # channels of a place
SLOW = 4  # times as long as elsewhere a number takes
LINES = 64  # of grids that are worth waking a thread for
FAR = 1 << 31  # pixels that the table cannot number

# --- The definitions, for CUDA and float16 ---------------------------------------------------------------------------


@helper
def pixel(x, plane, row, col, height, width):
    """x: (planes, H W) at a pixel; 0 outside."""
    inside = row >= 0 and row < height and col >= 0 and col < width
    return x[plane, row * width + col] if inside else cast(0.0, x)


# `right` and `bottom` are width - 1 and height - 1 as floats: a whole number among floats would make them doubles


@foreach
def sample(i, y, x, grid, channels, height, width, bottom, right):
    """Number i of y: (N C, places) from x: (N C, H W) at grid: (N 2, places)."""
    places = y.shape[1]
    plane, p = i // places, i % places
    image = plane // channels
    u, v = (grid[2 * image, p] + 1.0) * right / 2.0, (grid[2 * image + 1, p] + 1.0) * bottom / 2.0
    left, top = floor(u), floor(v)
    col, row = int(left), int(top)
    a, b = u - left, v - top
    here, beside = pixel(x, plane, row, col, height, width), pixel(x, plane, row, col + 1, height, width)
    below, across = pixel(x, plane, row + 1, col, height, width), pixel(x, plane, row + 1, col + 1, height, width)
    y[plane, p] = cast((here * (1.0 - a) + beside * a) * (1.0 - b) + (below * (1.0 - a) + across * a) * b, y)


@foreach
def sample_data_gradient(plane, dx, dy, grid, channels, height, width, bottom, right):
    """Plane `plane` of dx: (N C, H W), which is 0, from dy: (N C, places)."""
    image = plane // channels
    for p in range(dy.shape[1]):
        u, v = (grid[2 * image, p] + 1.0) * right / 2.0, (grid[2 * image + 1, p] + 1.0) * bottom / 2.0
        left, top = floor(u), floor(v)
        col, row = int(left), int(top)
        a, b = u - left, v - top
        for j in range(2):
            for k in range(2):
                if row + j >= 0 and row + j < height and col + k >= 0 and col + k < width:
                    near = (a if k else 1.0 - a) * (b if j else 1.0 - b)
                    dx[plane, (row + j) * width + col + k] += cast(dy[plane, p] * near, dx)


@foreach
def sample_grid_gradient(i, dgrid, dy, x, grid, channels, height, width, bottom, right):
    """Place i of dgrid: (N 2, places): how much more or less its column and row would give."""
    places = dy.shape[1]
    image, p = i // places, i % places
    u, v = (grid[2 * image, p] + 1.0) * right / 2.0, (grid[2 * image + 1, p] + 1.0) * bottom / 2.0
    left, top = floor(u), floor(v)
    col, row = int(left), int(top)
    a, b = u - left, v - top
    along, down = cast(0.0, grid), cast(0.0, grid)
    for c in range(channels):
        plane = image * channels + c
        here, beside = pixel(x, plane, row, col, height, width), pixel(x, plane, row, col + 1, height, width)
        below, across = pixel(x, plane, row + 1, col, height, width), pixel(x, plane, row + 1, col + 1, height, width)
        along += dy[plane, p] * ((beside - here) * (1.0 - b) + (across - below) * b)
        down += dy[plane, p] * ((below - here) * (1.0 - a) + (across - beside) * a)
    dgrid[2 * image, p] = cast(along * right / 2.0, dgrid)
    dgrid[2 * image + 1, p] = cast(down * bottom / 2.0, dgrid)


# --- The CPU's kernels -----------------------------------------------------------------------------------------------


@helper
def limited(number, last):
    """A row or column, or the nearest that there is; NaN becomes 0."""
    return where(number > 0, where(number < last, number, last), 0)


@helper
def around(grid, at, places, left, height, width):
    """`lanes` places from number `at` of a flat grid on, of which `left` are there: top row and left column of the four
    pixels around each, and how far it is beyond them, down and along."""
    u = (load(grid, at, 1, 1, 1, left) + 1) * cast(width - 1, grid) / 2
    v = (load(grid, at + places, 1, 1, 1, left) + 1) * cast(height - 1, grid) / 2
    row, col = floor(v), floor(u)
    return row, col, v - row, u - col


@helper
def find(at, near, grid, start, count, places, height, width):
    """The table of `count` places of a flat grid from number `start` on.

    at : (2, BLOCK) flat, numbers of the upper and the lower of two pairs of pixels in a plane.
    near : (2, BLOCK, 2) flat, how near each of these pixels is; -1 for one that stands where there is none.
    """
    bottom, right = cast(height - 1, grid), cast(width - 1, grid)
    for i in range(0, count, lanes(grid)):
        row, col, b, a = around(grid, start + i, places, count - i, height, width)
        none = minimum(a + b, -1)  # NaN where the place is none
        first = limited(col, right - 1)
        one = where(col == first, 1 - a, where(col == -1, a, none))
        other = where(col == first, a, where(col == right, 1 - a, none))
        upper = where((row >= 0) & (row <= bottom), 1 - b, none)
        lower = where((row >= -1) & (row < bottom), b, none)
        store(near, 2 * i, interleave(both(one, upper), both(other, upper)))
        store(near, 2 * (BLOCK + i), interleave(both(one, lower), both(other, lower)))
        first = cast(first, at)
        store(at, i, cast(limited(row, bottom), at) * width + first)
        store(at, BLOCK + i, cast(limited(row + 1, bottom), at) * width + first)


@helper
def both(a, b):
    """a b, or -1 where one of them is negative."""
    return where(minimum(a, b) < 0, -1, a * b)


@split_kernel
def sample_blocks(y, x, grid, taken, tables, weights, channels, places, height, width, first, last):
    """Blocks first..last of places, in all channels of their image.  y, x, grid flat; tables, weights: see `find`, one
    for each thread."""
    blocks, size, mine = (places + BLOCK - 1) // BLOCK, height * width, enter(taken)
    at, near = tables[mine], weights[mine]
    for item in range(first, last):
        image, begin = item // blocks, item % blocks * BLOCK
        count = min(BLOCK, places - begin)
        find(at, near, grid, 2 * image * places + begin, count, places, height, width)
        for plane in range(image * channels, (image + 1) * channels):
            for i in range(0, count, lanes(x)):
                upper = pairs(x, column(at, i, lanes(x)), plane * size)
                lower = pairs(x, column(at, BLOCK + i, lanes(x)), plane * size)
                near_upper, near_lower = load(near, 2 * i, 1, 2), load(near, 2 * (BLOCK + i), 1, 2)
                total = where(near_upper < 0, 0, upper * near_upper) + where(near_lower < 0, 0, lower * near_lower)
                store(y, plane * places + begin + i, evens(total) + odds(total), 1, count - i)
    leave(taken, mine)


@helper
def add(dx, at, d, near):
    """Add to a pixel, if it is one."""
    if near >= 0:
        dx[index(at)] += d * near


@split_kernel
def sample_data_gradient_planes(dx, dy, grid, taken, tables, weights, channels, places, height, width, first, last):
    """Parts first..last of dx, which is 0, each TOGETHER planes of an image or what is left of it."""
    parts, size, mine = (channels + TOGETHER - 1) // TOGETHER, height * width, enter(taken)
    at, near = tables[mine], weights[mine]
    for item in range(first, last):
        image, channel = item // parts, item % parts * TOGETHER
        start, end = image * channels + channel, image * channels + min(channel + TOGETHER, channels)
        for begin in range(0, places, BLOCK):
            count = min(BLOCK, places - begin)
            find(at, near, grid, 2 * image * places + begin, count, places, height, width)
            for i in range(count):
                upper, lower = at[index(i)], at[index(BLOCK + i)]
                here, beside = near[index(2 * i)], near[index(2 * i + 1)]
                below, across = near[index(2 * (BLOCK + i))], near[index(2 * (BLOCK + i) + 1)]
                for plane in range(start, end):
                    d, to = dy[index(plane * places + begin + i)], plane * size
                    add(dx, to + upper, d, here)
                    add(dx, to + upper + 1, d, beside)
                    add(dx, to + lower, d, below)
                    add(dx, to + lower + 1, d, across)
    leave(taken, mine)


@split_kernel
def sample_grid_gradient_blocks(
    dgrid, dy, x, grid, taken, tables, weights, channels, places, height, width, first, last
):
    """Blocks first..last of places; the channels of an image are added in order."""
    blocks, size, mine = (places + BLOCK - 1) // BLOCK, height * width, enter(taken)
    at, near = tables[mine], weights[mine]
    bottom, right = cast(height - 1, grid), cast(width - 1, grid)
    for item in range(first, last):
        image, begin = item // blocks, item % blocks * BLOCK
        to, count = 2 * image * places + begin, min(BLOCK, places - begin)
        find(at, near, grid, to, count, places, height, width)
        for i in range(0, count, lanes(x)):
            upper, lower = zeros(x, 1, 2), zeros(x, 1, 2)
            for plane in range(image * channels, (image + 1) * channels):
                d = load(dy, plane * places + begin + i, 1, 1, 1, count - i)
                d = interleave(d, d)
                upper = upper + d * pairs(x, column(at, i, lanes(x)), plane * size)
                lower = lower + d * pairs(x, column(at, BLOCK + i, lanes(x)), plane * size)
            row, col, b, a = around(grid, to + i, places, count - i, height, width)
            start = limited(col, right - 1)
            here, beside = separate(upper, col, start, (row >= 0) & (row <= bottom))
            below, across = separate(lower, col, start, (row >= -1) & (row < bottom))
            along = (beside - here) * (1 - b) + (across - below) * b
            down = (below - here) * (1 - a) + (across - beside) * a
            store(dgrid, to + i, along * right / 2, 1, count - i)
            store(dgrid, to + places + i, down * bottom / 2, 1, count - i)
    leave(taken, mine)


@helper
def separate(pair, col, start, inside):
    """The pixels at `col` and beside it, of pairs that begin at `start`; 0 where there is none."""
    one, other = evens(pair), odds(pair)
    here = where(col == start, one, where(col == start + 1, other, 0))
    beside = where(col == start, other, where(col == start - 1, one, 0))
    return where(inside, here, 0), where(inside, beside, 0)


# --- Grids: lines of them, of columns, then of rows -------------------------------------------------------------------


@helper
def place(number, last, like):
    """Row or column `number` of those up to `last`, from -1 to 1."""
    return cast(number, like) * 2.0 / last - 1.0


@foreach(flat=True, grain=LINES)
def affine_grid(line, y, theta, height, width, bottom, right):
    """A line of y: (N 2, H, W): row r of theta: (N 2, 3), flat, times (column, row, 1), these from -1 to 1."""
    r, start = line // height, line * width
    along, rest = theta[3 * r], theta[3 * r + 1] * place(line % height, bottom, theta[0]) + theta[3 * r + 2]
    for col in range(width):
        y[index(start + col)] = cast(along * place(col, right, theta[0]) + rest, y)


@foreach(flat=True)
def affine_grid_gradient(i, dtheta, dy, height, width, bottom, right):
    """Number i of dtheta: the sum over the places of dy: (N 2, H, W) times column, row or 1."""
    r, k = i // 3, i % 3
    total = cast(0.0, dy)
    for line in range(height):
        for col in range(width):
            d = dy[(r * height + line) * width + col]
            if k == 0:
                total += d * place(col, right, dy[0])
            elif k == 1:
                total += d * place(line, bottom, dy[0])
            else:
                total += d
    dtheta[i] = cast(total, dtheta)


@split_kernel(flat=True)
def affine_grid_sums(dtheta, dy, cols, height, width, first, last):
    """The same for rows first..last of dtheta: (N 2, 3) on the CPU; `cols` has the places of columns, from -1 to 1."""
    for r in range(first, last):
        along, down, whole = zeros(dy, 1, 1), zeros(dy, 1, 1), zeros(dy, 1, 1)
        for line in range(height):
            total = zeros(dy, 1, 1)
            for col in range(0, width, lanes(dy)):
                d = load(dy, (r * height + line) * width + col, 1, 1, 1, width - col)
                along = along + d * load(cols, col, 1, 1, 1, width - col)
                total = total + d
            whole = whole + total
            down = down + total * (cast(line, dy) * 2 / cast(height - 1, dy) - 1)
        dtheta[3 * r] = reduce_add(along)
        dtheta[3 * r + 1] = reduce_add(down)
        dtheta[3 * r + 2] = reduce_add(whole)


@foreach(flat=True, grain=LINES)
def flow_grid(line, y, flow, height, width, bottom, right):
    """A line of y: (N, 2, H, W): each place moved by `flow` pixels, in the units of grids."""
    start, row = line * width, cast(line % height, flow[0])
    for col in range(width):
        i = index(start + col)
        if line // height % 2 == 0:
            y[i] = cast((flow[i] + cast(col, flow[0])) * 2.0 / right - 1.0, y)
        else:
            y[i] = cast((flow[i] + row) * 2.0 / bottom - 1.0, y)


@foreach(flat=True, grain=LINES)
def flow_grid_gradient(line, dflow, dy, height, width, bottom, right):
    """A line of dflow."""
    last = right if line // height % 2 == 0 else bottom
    for i in range(line * width, (line + 1) * width):
        dflow[index(i)] = cast(dy[index(i)] * 2.0 / last, dflow)


def affine_gradient(dtheta: Any, dy: Any, height: int, width: int) -> None:
    """dtheta: (N, 6) from dy: (N, 2, H, W)."""
    if is_device_array(dy) or dy.dtype.itemsize < 4:
        affine_grid_gradient(dtheta.size, dtheta, dy, height, width, height - 1.0, width - 1.0)
    else:
        cols = np.linspace(-1, 1, width, dtype=dy.dtype)
        run(affine_grid_sums, dtheta.size // 3, height * width, flat(dtheta), flat(dy), cols, height, width)


# --- Launching -------------------------------------------------------------------------------------------------------


def _tables(dtype: Any) -> tuple[Any, Any, Any]:
    """Room for the tables of `find`."""
    taken, at = rooms("spatial.at", (2 * BLOCK,), np.int32)
    return taken, at, rooms("spatial.near", (4 * BLOCK,), dtype)[1]


def _in_pairs(x: Any, grid: Any, sizes: tuple[int, int]) -> bool:
    """Whether the CPU's kernels serve, which read two neighbours at once."""
    fits = sizes[1] > 1 and sizes[0] * sizes[1] < FAR
    return fits and not is_device_array(x) and x.dtype == grid.dtype and x.dtype.itemsize >= 4


@lru_cache(256)
def _sampler(dtype: Any, images: int, channels: int, places: int, sizes: tuple[int, int]) -> Any:
    """`sample_images` of (y, x, grid), flat, for known shapes: what a call costs is half of its time for small ones."""
    numbers, empty = (channels, places, *sizes), np.empty(0, dtype)
    run = sample_blocks.variant(empty, empty, empty, *_tables(dtype), *numbers, 0, 0)
    items, grain = images * -(-places // BLOCK), GRAIN // (SLOW * BLOCK * max(channels, 1))
    if items > max(grain, 1):
        return lambda *arrays: pool.run(run, items, grain, *arrays, *_tables(dtype), *numbers)

    def alone(y: Any, x: Any, grid: Any) -> None:
        at, near = scratch("spatial.at", (1, 2 * BLOCK), np.int32), scratch("spatial.near", (1, 4 * BLOCK), dtype)
        run(y, x, grid, NOBODY, at, near, *numbers, 0, items)

    return alone


def sample_images(y: Any, x: Any, grid: Any, sizes: tuple[int, int]) -> None:
    """y: (N C, places) of x: (N C, H W) at grid: (N 2, places); `sizes` is (H, W)."""
    images, places = grid.shape[0] // 2, grid.shape[1]
    channels = x.shape[0] // images
    if _in_pairs(x, grid, sizes):
        _sampler(x.dtype, images, channels, places, tuple(sizes))(flat(y), flat(x), flat(grid))
    else:
        sample(y.size, y, x, grid, channels, *sizes, sizes[0] - 1.0, sizes[1] - 1.0)


def sample_images_gradient(dx: Any, dgrid: Any, dy: Any, x: Any, grid: Any, sizes: tuple[int, int]) -> None:
    """dx and dgrid, unless they are None."""
    (planes, places), images = dy.shape, grid.shape[0] // 2
    channels, last = planes // images, (sizes[0] - 1.0, sizes[1] - 1.0)
    fast = _in_pairs(x, grid, sizes)
    rest = (flat(grid), *_tables(x.dtype), channels, places, *sizes) if fast else ()
    if dx is not None:
        shaping.clear(dx)
        if fast:
            parts, work = images * -(-channels // TOGETHER), SLOW * places * min(channels, TOGETHER)
            run(sample_data_gradient_planes, parts, work, flat(dx), flat(dy), *rest)
        else:
            sample_data_gradient(planes, dx, dy, grid, channels, *sizes, *last)
    if dgrid is not None:
        if fast:
            blocks = images * -(-places // BLOCK)
            run(sample_grid_gradient_blocks, blocks, SLOW * BLOCK * channels, flat(dgrid), flat(dy), flat(x), *rest)
        else:
            sample_grid_gradient(images * places, dgrid, dy, x, grid, channels, *sizes, *last)
