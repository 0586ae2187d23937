"""Pooling over depth, height and width.

max    y[p] = the largest x[i] of the window of p, NaN and the padding not counted
sum    y[p] = (the sum of x[i]**power over the window)**(1/power); `avg` divides a sum by the size of the window

x: (outer, D, H, W, inner), y: (outer, *out, inner); inner is 1 where channels come before the pixels.  The window of p
begins at p * stride - pad.  Backward of max gives dy to the first of the largest; backward of sums needs y where the
power is 2 or 3, since dx = dy * (x / y)**(power - 1).

All kernels are limited by memory.  The definitions gather each result on its own and serve CUDA and inner > 1 as well.
The CPU kernels go through a plane row by row: along a row the results are independent, which gives vector instructions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import device
from .kernel import foreach, helper
from .words import cast

GRAIN = 1 << 16  # numbers of x for one thread
LOWEST = float("-inf")

# Numbers that kernels are given in one array g:
# 0 outer, 1 inner, 2-4 size, 5-7 out, 8-10 kernel, 11-13 stride, 14-16 pad, 17 average, 18 count the padding, 19 power


# --- Definitions, for both targets -----------------------------------------------------------------------------------


@helper
def begin(p, stride, pad):
    """First pixel of the window of p along one axis."""
    return max(p * stride - pad, 0)


@helper
def end(p, stride, pad, kernel, size):
    """The pixel after its last one."""
    return min(p * stride - pad + kernel, size)


@helper
def extent(p, stride, pad, kernel, size, padded):
    """By how many pixels along an axis `avg` divides."""
    start = p * stride - pad
    if padded:
        return min(start + kernel, size + pad) - start
    return min(start + kernel, size) - max(start, 0)


@helper
def count(d, h, w, g):
    """By how many numbers `avg` divides, 1 for other sums and for empty windows."""
    if g[17] == 0:
        return 1
    volume = (
        extent(d, g[11], g[14], g[8], g[2], g[18])
        * extent(h, g[12], g[15], g[9], g[3], g[18])
        * extent(w, g[13], g[16], g[10], g[4], g[18])
    )
    return max(volume, 1)


@helper
def root(x, power):
    """x ** (1 / power)."""
    if power == 2:
        return math.sqrt(x)
    if power == 3:
        return math.copysign(abs(x) ** (1.0 / 3.0), x)
    return x


@helper
def raised(x, power):
    """x ** power."""
    if power == 2:
        return x * x
    if power == 3:
        return x * x * x
    return x


@foreach(flat=True, grain=1024)
def max_forward(i, y, x, g):
    inner = i % g[1]
    w = i // g[1] % g[7]
    h = i // (g[1] * g[7]) % g[6]
    d = i // (g[1] * g[7] * g[6]) % g[5]
    plane = i // (g[1] * g[7] * g[6] * g[5]) * g[2]
    best = cast(LOWEST, x)
    for xd in range(begin(d, g[11], g[14]), end(d, g[11], g[14], g[8], g[2])):
        for xh in range(begin(h, g[12], g[15]), end(h, g[12], g[15], g[9], g[3])):
            for xw in range(begin(w, g[13], g[16]), end(w, g[13], g[16], g[10], g[4])):
                value = x[(((plane + xd) * g[3] + xh) * g[4] + xw) * g[1] + inner]
                best = max(best, value)
    y[i] = best


@foreach(flat=True, grain=1024)
def sum_forward(i, y, x, g):
    inner = i % g[1]
    w = i // g[1] % g[7]
    h = i // (g[1] * g[7]) % g[6]
    d = i // (g[1] * g[7] * g[6]) % g[5]
    plane = i // (g[1] * g[7] * g[6] * g[5]) * g[2]
    total = 0.0
    for xd in range(begin(d, g[11], g[14]), end(d, g[11], g[14], g[8], g[2])):
        for xh in range(begin(h, g[12], g[15]), end(h, g[12], g[15], g[9], g[3])):
            for xw in range(begin(w, g[13], g[16]), end(w, g[13], g[16], g[10], g[4])):
                total += raised(x[(((plane + xd) * g[3] + xh) * g[4] + xw) * g[1] + inner], g[19])
    y[i] = cast(root(total, g[19]) / cast(count(d, h, w, g), total), y)


@helper
def first_window(i, stride, pad, kernel):
    """The first output pixel along one axis whose window holds input pixel i."""
    return max(0, (i + pad - kernel + stride) // stride)


@helper
def last_window(i, stride, pad, out):
    """The output pixel after the last one whose window holds i."""
    return min(out, (i + pad) // stride + 1)


@foreach(flat=True, grain=1024)
def max_backward(i, dx, dy, x, y, g):
    """Pixel i gets dy of each window whose first largest number it is: no number before it equals y."""
    inner = i % g[1]
    w = i // g[1] % g[4]
    h = i // (g[1] * g[4]) % g[3]
    d = i // (g[1] * g[4] * g[3]) % g[2]
    plane = i // (g[1] * g[4] * g[3] * g[2])
    value = x[i]
    total = 0.0
    for pd in range(first_window(d, g[11], g[14], g[8]), last_window(d, g[11], g[14], g[5])):
        for ph in range(first_window(h, g[12], g[15], g[9]), last_window(h, g[12], g[15], g[6])):
            for pw in range(first_window(w, g[13], g[16], g[10]), last_window(w, g[13], g[16], g[7])):
                at = (((plane * g[5] + pd) * g[6] + ph) * g[7] + pw) * g[1] + inner
                mine = value == y[at] and value > LOWEST
                if mine:
                    for xd in range(begin(pd, g[11], g[14]), d + 1):
                        for xh in range(begin(ph, g[12], g[15]), end(ph, g[12], g[15], g[9], g[3])):
                            for xw in range(begin(pw, g[13], g[16]), end(pw, g[13], g[16], g[10], g[4])):
                                other = (((plane * g[2] + xd) * g[3] + xh) * g[4] + xw) * g[1] + inner
                                if other < i and x[other] == value:
                                    mine = False
                if mine:
                    total += dy[at]
    dx[i] = cast(total, dx)


@foreach(flat=True, grain=1024)
def sum_backward(i, dx, dy, x, y, g):
    """x and y are read only where the power is 2 or 3."""
    inner = i % g[1]
    w = i // g[1] % g[4]
    h = i // (g[1] * g[4]) % g[3]
    d = i // (g[1] * g[4] * g[3]) % g[2]
    plane = i // (g[1] * g[4] * g[3] * g[2])
    total = 0.0
    for pd in range(first_window(d, g[11], g[14], g[8]), last_window(d, g[11], g[14], g[5])):
        for ph in range(first_window(h, g[12], g[15], g[9]), last_window(h, g[12], g[15], g[6])):
            for pw in range(first_window(w, g[13], g[16], g[10]), last_window(w, g[13], g[16], g[7])):
                at = (((plane * g[5] + pd) * g[6] + ph) * g[7] + pw) * g[1] + inner
                part = dy[at] / cast(count(pd, ph, pw, g), dy)
                if g[19] > 1:
                    part = part * slope(x[i], y[at], g[19])
                total += part
    dx[i] = cast(total, dx)


@helper
def slope(x, y, power):
    """(x / y) ** (power - 1), 0 where y is 0."""
    if y == 0.0:
        return x * 0.0
    ratio = x / y
    return ratio * ratio if power == 3 else ratio


# --- Launch ----------------------------------------------------------------------------------------------------------


def bind(
    shapes: tuple[int, int, tuple[int, ...], tuple[int, ...]],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    pad: tuple[int, ...],
    kind: str,
    count_padding: bool,
    power: int,
) -> tuple[Callable[..., None], Callable[..., None]]:
    """Forward and backward of one pooling.

    Parameters
    ----------
    shapes : (outer, inner, size, out), sizes along one to three axes.
    kernel, stride, pad : along the same axes.
    kind : ``'max'`` or ``'avg'`` or ``'sum'``; lp pooling is a sum with a power.
    count_padding : whether `avg` divides by the padding too.
    power : 1, 2 or 3.

    Returns
    -------
    forward : function (y, x)
    backward : function (dx, dy, x, y); x and y may be None where they are not needed.
    """
    outer, inner, size, out = shapes
    fill = lambda values, number: (number,) * (3 - len(values)) + tuple(values)
    parts = (*fill(size, 1), *fill(out, 1), *fill(kernel, 1), *fill(stride, 1), *fill(pad, 0))
    numbers = np.array((outer, inner, *parts, kind == "avg", count_padding, power), np.int64)
    tables: dict[bool, Any] = {False: numbers}

    def g(x: Any) -> Any:
        on_device = device.is_device_array(x)
        if on_device not in tables:
            tables[on_device] = device.work_copy(x, numbers)
        return tables[on_device]

    if kind == "max":

        def forward(y: Any, x: Any) -> None:
            max_forward(y.size, y, x, g(x))

        def backward(dx: Any, dy: Any, x: Any, y: Any) -> None:
            max_backward(dx.size, dx, dy, x, y, g(dx))

    else:

        def forward(y: Any, x: Any) -> None:
            sum_forward(y.size, y, x, g(x))

        def backward(dx: Any, dy: Any, x: Any = None, y: Any = None) -> None:
            sum_backward(dx.size, dx, dy, dx if x is None else x, dy if y is None else y, g(dx))

    return forward, backward
