"""Images sampled where a grid says.

y[n, c, p] = sum over the four pixels q around place(p) of x[n, c, q] * near(q)           limited by memory, gathered

grid: (N, 2, places) holds for each result the place, column then row, from -1 (the first pixel's centre) to 1 (the
last's).  near = (1 - |dcol|)(1 - |drow|); what would lie outside of x counts as 0 (Jaderberg et al. 2015, "Spatial
transformer networks").

The gradient of x adds up from all places that see a pixel: one plane of x is the work of one thread, in the order of
the places, so that nothing depends on timing.

All channels of an image look at the same pixels, so on the CPU these are found once, in a table; what remains for a
number is four of them and six products.  The table of a block of places stays in the nearest cache for all channels.
"""

from typing import Any

import numpy as np

from . import shaping
from .common import run
from .device import is_device_array
from .kernel import foreach, helper
from .scratch import scratch
from .words import cast, floor, where
from .words import index as unsigned

BLOCK = 512  # places of a piece of work
SLOW = 4  # times as long as elsewhere a number takes
FAR = 1 << 31  # pixels that the table cannot number

# --- The definitions, for CUDA and float16 ---------------------------------------------------------------------------


@helper
def pixel(x, plane, row, col, height, width):
    """x: (planes, H W) at a pixel; 0 outside."""
    inside = row >= 0 and row < height and col >= 0 and col < width
    return x[plane, row * width + col] if inside else x[0, 0] * 0.0


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
    along, down = a * 0.0, a * 0.0
    for c in range(channels):
        plane = image * channels + c
        here, beside = pixel(x, plane, row, col, height, width), pixel(x, plane, row, col + 1, height, width)
        below, across = pixel(x, plane, row + 1, col, height, width), pixel(x, plane, row + 1, col + 1, height, width)
        along += dy[plane, p] * ((beside - here) * (1.0 - b) + (across - below) * b)
        down += dy[plane, p] * ((below - here) * (1.0 - a) + (across - beside) * a)
    dgrid[2 * image, p] = cast(along * right / 2.0, dgrid)
    dgrid[2 * image + 1, p] = cast(down * bottom / 2.0, dgrid)


# --- The CPU's kernels -----------------------------------------------------------------------------------------------


@foreach
def find(i, near, at, grid, height, width, bottom, right):
    """Place i of all images: at[:, i], the four pixels around, those outside -1; near[:, i], how far it is beyond the
    first of them, along and down.  near: (2, N P), at: (4, N P), grid: (N 2, P)."""
    places = grid.shape[1]
    image, p = i // places, i % places
    u, v = (grid[2 * image, p] + 1.0) * right / 2.0, (grid[2 * image + 1, p] + 1.0) * bottom / 2.0
    left, top = floor(u), floor(v)
    near[0, i], near[1, i] = u - left, v - top
    for k in range(4):
        row, col = int(top) + k // 2, int(left) + k % 2
        at[k, i] = row * width + col if row >= 0 and row < height and col >= 0 and col < width else -1


@helper
def seen(x, start, place):
    """The pixel of x that has this number behind `start`; 0 for -1."""
    return where(place >= 0, x[start + unsigned(max(place, 0))], 0.0)


@foreach(flat=True)
def sample_blocks(item, y, x, near, at, channels, places, size, count):
    """A block of places of an image, in all of its channels of `size` pixels; `count` places are in all images."""
    blocks = (places + BLOCK - 1) // BLOCK
    image, begin = item // blocks, item % blocks * BLOCK
    for plane in range(image * channels, (image + 1) * channels):
        start = unsigned(plane * size)
        for p in range(begin, min(begin + BLOCK, places)):
            i = unsigned(image * places + p)
            a, b = near[i], near[count + i]
            upper = seen(x, start, at[i]) * (1.0 - a) + seen(x, start, at[count + i]) * a
            lower = seen(x, start, at[2 * count + i]) * (1.0 - a) + seen(x, start, at[3 * count + i]) * a
            y[unsigned(plane * places + p)] = cast(upper * (1.0 - b) + lower * b, y)


@foreach(flat=True)
def sample_data_gradient_planes(plane, dx, dy, near, at, channels, places, size, count):
    """A plane of dx, which is 0."""
    start = unsigned(plane * size)
    for p in range(places):
        i, d = unsigned(plane // channels * places + p), dy[unsigned(plane * places + p)]
        for k in range(4):
            place = at[k * count + i]
            if place >= 0:
                a = near[i] if k % 2 else 1.0 - near[i]
                b = near[count + i] if k // 2 else 1.0 - near[count + i]
                dx[start + unsigned(place)] += cast(d * (a * b), dx)


@foreach(flat=True)
def sample_grid_gradient_blocks(item, dgrid, dy, x, near, at, channels, places, size, count, bottom, right):
    """A block of places of an image; its channels are added in order."""
    blocks = (places + BLOCK - 1) // BLOCK
    image, begin = item // blocks, item % blocks * BLOCK
    end, along = min(begin + BLOCK, places), 2 * image * places
    down = along + places
    for p in range(begin, end):
        dgrid[along + p] = cast(0, dgrid)
        dgrid[down + p] = cast(0, dgrid)
    for plane in range(image * channels, (image + 1) * channels):
        start = unsigned(plane * size)
        for p in range(begin, end):
            i = unsigned(image * places + p)
            here, beside = seen(x, start, at[i]), seen(x, start, at[count + i])
            below, across = seen(x, start, at[2 * count + i]), seen(x, start, at[3 * count + i])
            a, b, d = near[i], near[count + i], dy[unsigned(plane * places + p)]
            dgrid[unsigned(along + p)] += cast(d * ((beside - here) * (1.0 - b) + (across - below) * b), dgrid)
            dgrid[unsigned(down + p)] += cast(d * ((below - here) * (1.0 - a) + (across - beside) * a), dgrid)
    for p in range(begin, end):
        dgrid[along + p] = cast(dgrid[along + p] * right / 2.0, dgrid)
        dgrid[down + p] = cast(dgrid[down + p] * bottom / 2.0, dgrid)


# --- Grids -----------------------------------------------------------------------------------------------------------


@helper
def place(number, last, like):
    """Row or column `number` of those up to `last`, from -1 to 1."""
    return cast(number, like) * 2.0 / last - 1.0


@foreach
def affine_grid(i, y, theta, width, places, bottom, right):
    """Number i of y: (N 2, places): row r of theta: (N 2, 3), flat, times (column, row, 1), these from -1 to 1."""
    r, p = i // places, i % places
    col, row = place(p % width, right, theta[0]), place(p // width, bottom, theta[0])
    y[r, p] = cast(theta[3 * r] * col + theta[3 * r + 1] * row + theta[3 * r + 2], y)


@foreach
def affine_grid_gradient(i, dtheta, dy, width, places, bottom, right):
    """Number i of dtheta, flat: the sum over the places of dy: (N 2, places) times column, row or 1."""
    r, k = i // 3, i % 3
    total = dy[0, 0] * 0.0
    for p in range(places):
        if k == 0:
            total += dy[r, p] * place(p % width, right, dy[0, 0])
        elif k == 1:
            total += dy[r, p] * place(p // width, bottom, dy[0, 0])
        else:
            total += dy[r, p]
    dtheta[i] = cast(total, dtheta)


@foreach
def flow_grid(i, y, flow, width, places, bottom, right):
    """Number i of y: (N, 2, places), flat: each place moved by `flow` pixels, in the units of grids."""
    p = i % places
    if i // places % 2 == 0:
        y[i] = cast((flow[i] + cast(p % width, flow[0])) * 2.0 / right - 1.0, y)
    else:
        y[i] = cast((flow[i] + cast(p // width, flow[0])) * 2.0 / bottom - 1.0, y)


@foreach
def flow_grid_gradient(i, dflow, dy, places, bottom, right):
    """Number i of dflow, flat."""
    dflow[i] = cast(dy[i] * 2.0 / (right if i // places % 2 == 0 else bottom), dflow)


# --- Launching -------------------------------------------------------------------------------------------------------


def _neighbours(x: Any, grid: Any, sizes: tuple[int, int]) -> tuple[Any, Any] | None:
    """The table of `find`; None where the definitions are to be used."""
    if is_device_array(x) or x.dtype != grid.dtype or x.dtype.itemsize < 4 or sizes[0] * sizes[1] >= FAR:
        return None
    count = grid.size // 2
    near, at = scratch("spatial.near", (2, count), grid.dtype), scratch("spatial.at", (4, count), np.int32)
    find(count, near, at, grid, *sizes, sizes[0] - 1.0, sizes[1] - 1.0)
    return near, at


def sample_images(y: Any, x: Any, grid: Any, sizes: tuple[int, int]) -> None:
    """y: (N C, places) of x: (N C, H W) at grid: (N 2, places); `sizes` is (H, W)."""
    (images, places), table = (grid.shape[0] // 2, grid.shape[1]), _neighbours(x, grid, sizes)
    channels = x.shape[0] // images
    if table is None:
        sample(y.size, y, x, grid, channels, *sizes, sizes[0] - 1.0, sizes[1] - 1.0)
    else:
        args = (y, x, *table, channels, places, x.shape[1], images * places)
        run(sample_blocks, images * -(-places // BLOCK), SLOW * BLOCK * channels, *args)


def sample_images_gradient(dx: Any, dgrid: Any, dy: Any, x: Any, grid: Any, sizes: tuple[int, int]) -> None:
    """dx and dgrid, unless they are None."""
    (planes, places), table, last = dy.shape, _neighbours(x, grid, sizes), (sizes[0] - 1.0, sizes[1] - 1.0)
    images = grid.shape[0] // 2
    channels = planes // images
    rest = (*(table or ()), channels, places, x.shape[1], images * places)
    if dx is not None:
        shaping.clear(dx)
        if table is None:
            sample_data_gradient(planes, dx, dy, grid, channels, *sizes, *last)
        else:
            run(sample_data_gradient_planes, planes, SLOW * places, dx, dy, *rest)
    if dgrid is not None:
        if table is None:
            sample_grid_gradient(images * places, dgrid, dy, x, grid, channels, *sizes, *last)
        else:
            blocks = images * -(-places // BLOCK)
            run(sample_grid_gradient_blocks, blocks, SLOW * BLOCK * channels, dgrid, dy, x, *rest, *last)
