"""Reading and writing numbers at given indices.

take      y[o, i, r] = x[o, index[i], r]                      bytes: 2 * itemsize for each number of y
scatter   x[o, index[i], r] += y[o, i, r]                     its gradient; indices repeat, so it is not a plain store

The gradient walks over the indices in order for each column (o, r), so that results depend neither on the number of
threads nor on timing; on CUDA one thread does one column.
"""

from __future__ import annotations

from typing import Any

from . import device, pool
from .kernel import foreach, helper, split_kernel
from .words import cast
from .words import index as unsigned

GRAIN = 1 << 15  # numbers in a piece of work
NEIGHBOURS = 64  # columns of the gradient in a piece of work, so that they are added as vectors


@helper
def clipped(index, n):
    """An index limited to 0 … n - 1."""
    return min(max(index, 0), n - 1)


@helper
def wrapped(index, n):
    """An index modulo n."""
    at = index % n
    return at + n if at < 0 else at


@foreach(flat=True)
def take_clip(i, y, x, index, count, n, inner):
    """Output (o, i, r) of y; x: (outer, n, inner), index: (count,)."""
    r, rest = i % inner, i // inner
    k, o = rest % count, rest // count
    y[i] = x[(o * n + clipped(int(index[k]), n)) * inner + r]


@foreach(flat=True)
def take_wrap(i, y, x, index, count, n, inner):
    """The same with indices modulo n."""
    r, rest = i % inner, i // inner
    k, o = rest % count, rest // count
    y[i] = x[(o * n + wrapped(int(index[k]), n)) * inner + r]


@split_kernel(flat=True)
def take_rows(y, x, index, count, n, inner, wrap, first, last):
    """Rows (o, i) of y, first..last, on the CPU: neighbouring numbers are moved as vectors."""
    for row in range(first, last):
        o, k = row // count, row % count
        at = wrapped(int(index[k]), n) if wrap else clipped(int(index[k]), n)
        to, start = row * inner, (o * n + at) * inner
        for r in range(inner):
            y[unsigned(to + r)] = x[unsigned(start + r)]


@split_kernel(flat=True)
def scatter_rows(dx, dy, index, count, n, inner, wrap, first, last):
    """Add rows of dy into dx, columns first..last of the inner axis; neighbouring columns are added as vectors."""
    outer = len(dy) // max(count * inner, 1)
    for o in range(outer):
        for k in range(count):
            at = wrapped(int(index[k]), n) if wrap else clipped(int(index[k]), n)
            to, start = (o * n + at) * inner, (o * count + k) * inner
            for r in range(first, last):
                dx[unsigned(to + r)] += dy[unsigned(start + r)]


@foreach(flat=True)
def scatter_columns(i, dx, dy, index, count, n, inner, wrap):
    """Column i = (o, r): all indices in order."""
    r, o = i % inner, i // inner
    for k in range(count):
        at = wrapped(int(index[k]), n) if wrap else clipped(int(index[k]), n)
        dx[(o * n + at) * inner + r] += dy[(o * count + k) * inner + r]


@foreach(flat=True)
def put(i, x, index, value, step):
    """x[index[i]] = value[i * step]; step 0 repeats one number.  Where indices repeat on CUDA, any of them wins."""
    x[index[i]] = cast(value[i * step], x)


@foreach(flat=True)
def pick_clip(i, y, x, index, n, inner):
    """y[o, r] = x[o, index[o, r], r]"""
    y[i] = x[(i // inner * n + clipped(int(index[i]), n)) * inner + i % inner]


@foreach(flat=True)
def pick_wrap(i, y, x, index, n, inner):
    """The same with indices modulo n."""
    y[i] = x[(i // inner * n + wrapped(int(index[i]), n)) * inner + i % inner]


@foreach(flat=True)
def unpick(i, dx, dy, index, n, inner, wrap):
    """The gradient of pick, into zeros: dx[o, index[o, r], r] = dy[o, r]"""
    at = wrapped(int(index[i]), n) if wrap else clipped(int(index[i]), n)
    dx[unsigned((i // inner * n + at) * inner + i % inner)] = dy[i]


@foreach(flat=True)
def one_hot(i, y, index, depth, on, off):
    """y[k, d] = on where d = index[k], else off"""
    y[i] = cast(on if int(index[i // depth]) == i % depth else off, y)


@foreach(flat=True)
def gather_nd(i, y, x, index, count, depth, inner, shape):
    """y[k, r] = x[index[0, k], …, index[depth - 1, k], r]; negative indices count from the end.

    Indices out of range are limited, so that no foreign memory is touched; on the CPU the operator refuses them before.
    """
    k, r = i // inner, i % inner
    at = 0
    for d in range(depth):
        j = int(index[d * count + k])
        at = at * shape[d] + clipped(j + shape[d] if j < 0 else j, shape[d])
    y[i] = x[at * inner + r]


@foreach(flat=True, grain=1 << 30)
def scatter_nd(i, x, y, index, count, depth, inner, shape, add):
    """Column r of the inverse of gather_nd: all indices in order, adding up or the last one winning."""
    for k in range(count):
        at = 0
        for d in range(depth):
            j = int(index[d * count + k])
            at = at * shape[d] + clipped(j + shape[d] if j < 0 else j, shape[d])
        if add:
            x[at * inner + i] += y[k * inner + i]
        else:
            x[at * inner + i] = y[k * inner + i]


# --- Launching -------------------------------------------------------------------------------------------------------


def take(y: Any, x: Any, index: Any, n: int, inner: int, wrap: bool) -> None:
    """y[o, i, r] = x[o, index[i], r]; indices outside 0 … n - 1 are limited, or taken modulo n."""
    if y.size == 0:
        return
    if device.is_device_array(y):
        (take_wrap if wrap else take_clip)(y.size, y, x, index, index.size, n, inner)
        return
    args = (y, x, index, index.size, n, inner, int(wrap))
    pool.run(take_rows.variant(*args, 0, 0), y.size // inner, max(1, GRAIN // inner), *args)


def scatter(dx: Any, dy: Any, index: Any, n: int, inner: int, wrap: bool) -> None:
    """dx[o, index[i], r] += dy[o, i, r]"""
    if dy.size == 0 or dx.size == 0:
        return
    args = (dx, dy, index, index.size, n, inner, int(wrap))
    if device.is_device_array(dx):
        scatter_columns(dx.size // n, *args)
        return
    pool.run(scatter_rows.variant(*args, 0, 0), inner, max(NEIGHBOURS, GRAIN * inner // dy.size), *args)
