"""Images sampled where a grid says.

y[n, c, p] = sum over the four pixels q around place(p) of x[n, c, q] * near(q)           limited by memory, gathered

grid: (N, 2, places) holds for each result the place, column then row, from -1 (the first pixel's centre) to 1 (the
last's).  near = (1 - |dcol|)(1 - |drow|); what would lie outside of x counts as 0 (Jaderberg et al. 2015, "Spatial
transformer networks").

The gradient of x adds up from all places that see a pixel: one plane of x is the work of one thread, in the order of
the places, so that nothing depends on timing.
"""

from .kernel import foreach, helper
from .words import absolute, cast, floor


@helper
def pixel(x, plane, row, col, height, width):
    """x: (planes, H W) at a pixel; 0 outside."""
    inside = row >= 0 and row < height and col >= 0 and col < width
    return x[plane, row * width + col] if inside else x[0, 0] * 0


@foreach
def sample(i, y, x, grid, channels, height, width):
    """Number i of y: (N C, places) from x: (N C, H W) at grid: (N 2, places)."""
    places = y.shape[1]
    plane, p = i // places, i % places
    image = plane // channels
    u = (grid[2 * image, p] + 1.0) * (width - 1.0) / 2.0
    v = (grid[2 * image + 1, p] + 1.0) * (height - 1.0) / 2.0
    left, top = floor(u), floor(v)
    col, row = int(left), int(top)
    a, b = u - left, v - top
    here, beside = pixel(x, plane, row, col, height, width), pixel(x, plane, row, col + 1, height, width)
    below, across = pixel(x, plane, row + 1, col, height, width), pixel(x, plane, row + 1, col + 1, height, width)
    y[plane, p] = cast((here * (1.0 - a) + beside * a) * (1.0 - b) + (below * (1.0 - a) + across * a) * b, y)


@foreach
def sample_data_gradient(plane, dx, dy, grid, channels, height, width):
    """Plane `plane` of dx: (N C, H W), which is 0, from dy: (N C, places)."""
    image = plane // channels
    for p in range(dy.shape[1]):
        u = (grid[2 * image, p] + 1.0) * (width - 1.0) / 2.0
        v = (grid[2 * image + 1, p] + 1.0) * (height - 1.0) / 2.0
        left, top = floor(u), floor(v)
        col, row = int(left), int(top)
        for j in range(2):
            for k in range(2):
                if row + j >= 0 and row + j < height and col + k >= 0 and col + k < width:
                    near = (1.0 - absolute(v - (top + j))) * (1.0 - absolute(u - (left + k)))
                    dx[plane, (row + j) * width + col + k] += cast(dy[plane, p] * near, dx)


@foreach
def sample_grid_gradient(i, dgrid, dy, x, grid, channels, height, width):
    """Place i of dgrid: (N 2, places): how much more or less its column and row would give."""
    places = dy.shape[1]
    image, p = i // places, i % places
    u = (grid[2 * image, p] + 1.0) * (width - 1.0) / 2.0
    v = (grid[2 * image + 1, p] + 1.0) * (height - 1.0) / 2.0
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
    dgrid[2 * image, p] = cast(along * ((width - 1.0) / 2.0), dgrid)
    dgrid[2 * image + 1, p] = cast(down * ((height - 1.0) / 2.0), dgrid)


@foreach
def affine_grid(i, y, theta, height, width):
    """Number i of y: (N, 2, H W): row r of theta: (N, 2, 3) times (column, row, 1), these from -1 to 1."""
    places = height * width
    r, p = i // places, i % places
    col = -1.0 + (p % width) * 2.0 / (width - 1.0)
    row = -1.0 + (p // width) * 2.0 / (height - 1.0)
    k = 3 * r
    y[r, p] = cast(theta[k] * col + theta[k + 1] * row + theta[k + 2], y)


@foreach
def affine_grid_gradient(i, dtheta, dy, height, width):
    """Number i of dtheta, flat: the sum over the places of dy: (N 2, H W) times column, row or 1."""
    r, k = i // 3, i % 3
    total = dy[0, 0] * 0.0
    for p in range(height * width):
        col = -1.0 + (p % width) * 2.0 / (width - 1.0)
        row = -1.0 + (p // width) * 2.0 / (height - 1.0)
        total += dy[r, p] * (col if k == 0 else (row if k == 1 else 1.0))
    dtheta[i] = cast(total, dtheta)


@foreach
def flow_grid(i, y, flow, height, width):
    """Number i of y: (N, 2, H W): each place moved by `flow` pixels, in the units of grids."""
    places = height * width
    p, axis = i % places, i // places % 2
    size = width if axis == 0 else height
    place = p % width if axis == 0 else p // width
    y[i] = cast((flow[i] + place) * 2.0 / (size - 1.0) - 1.0, y)


@foreach
def flow_grid_gradient(i, dflow, dy, height, width):
    """Number i of dflow, flat."""
    size = width if i // (height * width) % 2 == 0 else height
    dflow[i] = cast(dy[i] * 2.0 / (size - 1.0), dflow)
