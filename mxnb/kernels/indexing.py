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
from .launch import bind
from .shaping import WIDE
from .words import cast, lanes, load, store
from .words import index as unsigned

GRAIN = 1 << 17  # numbers in a piece of work
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


@helper
def within(index, n, wrap):
    """An index made to fit, in one of the two ways."""
    return wrapped(int(index), n) if wrap else clipped(int(index), n)


@helper
def fetch_row(y, to, x, start, width):
    """y[to + j] = x[start + j] for j < width, from anywhere in x.

    Registers instead of the C library's memcpy: the processor has the rows that follow on their way meanwhile, which
    calls and branches between them would prevent.  A fifth to a third faster for rows of 256 bytes to 4 kilobytes.
    """
    step = lanes(x)
    wide, full = width // (WIDE * step) * WIDE * step, width // step * step
    for j in range(0, wide, WIDE * step):
        store(y, to + j, load(x, start + j, 1, WIDE))
    for j in range(wide, full, step):
        store(y, to + j, load(x, start + j, 1, 1))
    if full < width:
        store(y, to + full, load(x, start + full, 1, 1, 1, width - full), 1, width - full)


@foreach(flat=True)
def take_each(i, y, x, index, count, n, inner, wrap):
    """Output (o, i, r) of y; x: (outer, n, inner), index: (count,)."""
    r, rest = i % inner, i // inner
    k, o = rest % count, rest // count
    y[i] = x[(o * n + within(index[k], n, wrap)) * inner + r]


@split_kernel(flat=True)
def take_rows(y, x, index, count, n, inner, wrap, first, last):
    """Rows (o, i) of y, first..last, on the CPU."""
    o, k = first // count, first % count
    for row in range(first, last):
        fetch_row(y, row * inner, x, (o * n + within(index[unsigned(k)], n, wrap)) * inner, inner)
        k += 1
        if k == count:
            o, k = o + 1, 0


@split_kernel(flat=True)
def scatter_rows(dx, dy, index, count, n, inner, wrap, first, last):
    """Add rows of dy into dx, columns first..last of the inner axis."""
    outer, step = len(dy) // max(count * inner, 1), lanes(dx)
    for o in range(outer):
        for k in range(count):
            to, start = (o * n + within(index[k], n, wrap)) * inner, (o * count + k) * inner
            for r in range(first, last, step):
                total = load(dx, to + r, 1, 1, 1, last - r) + load(dy, start + r, 1, 1, 1, last - r)
                store(dx, to + r, total, 1, last - r)


@foreach(flat=True)
def scatter_columns(i, dx, dy, index, count, n, inner, wrap):
    """Column i = (o, r): all indices in order."""
    r, o = i % inner, i // inner
    for k in range(count):
        dx[(o * n + within(index[k], n, wrap)) * inner + r] += dy[(o * count + k) * inner + r]


@foreach(flat=True)
def put(i, x, index, value, step):
    """x[index[i]] = value[i * step]; step 0 repeats one number.  Where indices repeat on CUDA, any of them wins."""
    x[index[i]] = cast(value[i * step], x)


@foreach(flat=True)
def pick_each(i, y, x, index, n, inner, wrap):
    """y[o, r] = x[o, index[o, r], r]"""
    y[i] = x[(i // inner * n + within(index[i], n, wrap)) * inner + i % inner]


@foreach(flat=True)
def pick_rows(i, y, x, index, n, wrap):
    """The same where inner is 1, without divisions."""
    y[i] = x[unsigned(i * n + within(index[i], n, wrap))]


@foreach(flat=True)
def unpick(i, dx, dy, index, n, inner, wrap):
    """The gradient of pick, into zeros: dx[o, index[o, r], r] = dy[o, r]"""
    dx[unsigned((i // inner * n + within(index[i], n, wrap)) * inner + i % inner)] = dy[i]


@foreach(flat=True)
def one_hot_each(i, y, index, depth, on, off):
    """y[k, d] = on where d = index[k], else off"""
    y[i] = cast(on if int(index[i // depth]) == i % depth else off, y)


@split_kernel(flat=True)
def one_hot_rows(y, index, depth, on, off, first, last):
    """Rows first..last, on the CPU."""
    rest = cast(off, y)
    for row in range(first, last):
        at, k = row * depth, int(index[row])
        for d in range(depth):
            y[unsigned(at + d)] = rest
        if 0 <= k < depth:
            y[at + k] = cast(on, y)


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


@split_kernel(flat=True)
def gather_rows(y, x, index, count, depth, inner, shape, first, last):
    """Rows first..last of the same, on the CPU."""
    for k in range(first, last):
        at = 0
        for d in range(depth):
            j = int(index[unsigned(d * count + k)])
            at = at * shape[d] + clipped(j + shape[d] if j < 0 else j, shape[d])
        fetch_row(y, k * inner, x, at * inner, inner)


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


def taker(on_cpu: bool, dtype: Any, index: tuple[int, Any], outer: int, n: int, inner: int, wrap: bool) -> Any:
    """A function of (y, x, index) with y[o, i, r] = x[o, index[i], r].

    Parameters
    ----------
    dtype : of y and x.
    index : how many there are, and their dtype; those outside 0 … n - 1 are limited, or taken modulo n.
    outer, n, inner : the shape of x.
    """
    count, kind = index
    size, rest = outer * count * inner, (count, n, inner, int(wrap))
    if size == 0:
        return lambda y, x, index: None
    if on_cpu:
        return bind(take_rows, (dtype, dtype, kind), rest, outer * count, max(1, GRAIN // inner))
    return lambda y, x, index: take_each(size, y, x, index, *rest)


def scatter(dx: Any, dy: Any, index: Any, n: int, inner: int, wrap: bool) -> None:
    """dx[o, index[i], r] += dy[o, i, r]"""
    if dy.size == 0 or dx.size == 0:
        return
    args = (dx, dy, index, index.size, n, inner, int(wrap))
    if device.is_device_array(dx):
        scatter_columns(dx.size // n, *args)
        return
    pool.run(scatter_rows.variant(*args, 0, 0), inner, max(NEIGHBOURS, GRAIN // 4 * inner // dy.size), *args)


def picker(on_cpu: bool, dtype: Any, kind: Any, count: int, n: int, inner: int, wrap: bool) -> Any:
    """A function of (y, x, index) with y[o, r] = x[o, index[o, r], r]; `kind`: the dtype of the `count` indices."""
    if inner > 1 or not on_cpu:
        return lambda y, x, index: pick_each(count, y, x, index, n, inner, int(wrap))
    return bind(pick_rows, (dtype, dtype, kind), (n, int(wrap)), count, GRAIN)


def one_hot(on_cpu: bool, dtype: Any, kind: Any, count: int, depth: int, on: float, off: float) -> Any:
    """A function of (y, index) with y[k, d] = on where d = index[k], else off."""
    if not on_cpu:
        return lambda y, index: one_hot_each(count * depth, y, index, depth, on, off)
    return bind(one_hot_rows, (dtype, kind), (depth, on, off), count, max(1, GRAIN // max(depth, 1)))


def gather(y: Any, x: Any, index: Any, count: int, depth: int, inner: int, shape: Any) -> None:
    """y[k, r] = x[index[0, k], …, index[depth - 1, k], r]; `shape`: of x, where x is."""
    if device.is_device_array(x) or not y.size:
        gather_nd(y.size, y, x, index, count, depth, inner, shape)
        return
    args = (y, x, index, count, depth, inner, shape)
    pool.run(gather_rows.variant(*args, 0, 0), count, max(1, GRAIN // inner), *args)
