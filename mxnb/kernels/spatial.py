"""Images sampled where a grid says.

y[n, c, p] = sum over the four pixels q around place(p) of x[n, c, q] * near(q)           limited by memory, gathered

grid: (N, 2, places) holds for each result the place, column then row, from -1 (the first pixel's centre) to 1 (the
last's).  near = (1 - |dcol|)(1 - |drow|); what would lie outside of x counts as 0 (Jaderberg et al. 2015, "Spatial
transformer networks").

The gradient of x adds up from all places that see a pixel: one plane of x is the work of one thread, in the order of
the places, so that nothing depends on timing.
"""

from .kernel import foreach, helper
from .words import cast, floor


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
