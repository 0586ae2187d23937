"""Pooling over depth, height and width.

max    y[p] = the largest x[i] of the window of p, NaN and the padding not counted
sum    y[p] = (the sum of x[i]**power over the window)**(1/power); `avg` divides a sum by the size of the window

x: (outer, D, H, W, inner), y: (outer, *out, inner); inner is 1 where channels come before the pixels.  The window of p
begins at p * stride - pad.  Backward of max gives dy to the first of the largest; backward of sums needs y where the
power is 2 or 3, since dx = dy * (x / y)**(power - 1).

All kernels are limited by memory.  The definitions gather each result on its own and serve CUDA and inner > 1 as well.
On the CPU many planes are pooled at once where a register's worth of them fits the caches (`pooling_planes.py`).  The
kernels here are for large planes or few of them, and for powers.  They go through a plane row by row: along a row the
results are independent, which gives vector instructions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from . import device, launch, pooling_planes
from .common import bound_each
from .kernel import Static, foreach, helper, split_kernel
from .scratch import scratch
from .words import cast, index, lanes, load, reduce_add, reduce_max, store, where, zeros

GRAIN = 1 << 16  # numbers of x for one thread
UNROLLED = 5  # windows up to this width have CPU kernels of their own
TINY = 256  # numbers of x in all: their rows are done sooner than planes are turned
WIDE = 4  # registers handled together
LOWEST = float("-inf")
PLACE = np.dtype("int32")

# Numbers that kernels are given in one array g:
# 0 outer, 1 inner, 2-4 size, 5-7 out, 8-10 kernel, 11-13 stride, 14-16 pad, 17 power
# Sums are given an array `counts` of the numbers by which each result of a plane is divided: 1 but for avg.


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
def first_window(i, stride, pad, kernel):
    """The first output pixel along one axis whose window holds input pixel i."""
    return max(0, (i + pad - kernel + stride) // stride)


@helper
def last_window(i, stride, pad, out):
    """The output pixel after the last one whose window holds i."""
    return min(out, (i + pad) // stride + 1)


@helper
def pixel(i, inner, depth, height, width):
    """Of number i of planes (depth, height, width, inner): where it is, from the last axis on, and in which plane."""
    w = i // inner % width
    h = i // (inner * width) % height
    d = i // (inner * width * height) % depth
    return i % inner, w, h, d, i // (inner * width * height * depth)


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
    inner, w, h, d, plane = pixel(i, g[1], g[5], g[6], g[7])
    best = cast(LOWEST, x)
    for xd in range(begin(d, g[11], g[14]), end(d, g[11], g[14], g[8], g[2])):
        for xh in range(begin(h, g[12], g[15]), end(h, g[12], g[15], g[9], g[3])):
            for xw in range(begin(w, g[13], g[16]), end(w, g[13], g[16], g[10], g[4])):
                value = x[(((plane * g[2] + xd) * g[3] + xh) * g[4] + xw) * g[1] + inner]
                best = max(best, value)
    y[i] = best


@foreach(flat=True, grain=1024)
def max_places(i, places, x, g):
    """Where in x the first of the largest numbers of a window is; its first pixel if none is larger than -inf."""
    inner, w, h, d, plane = pixel(i, g[1], g[5], g[6], g[7])
    best, place = cast(LOWEST, x), -1
    for xd in range(begin(d, g[11], g[14]), end(d, g[11], g[14], g[8], g[2])):
        for xh in range(begin(h, g[12], g[15]), end(h, g[12], g[15], g[9], g[3])):
            for xw in range(begin(w, g[13], g[16]), end(w, g[13], g[16], g[10], g[4])):
                at = (((plane * g[2] + xd) * g[3] + xh) * g[4] + xw) * g[1] + inner
                if x[at] > best or place < 0:
                    best, place = max(best, x[at]), at
    places[i] = max(place, 0)


@foreach(flat=True, grain=1024)
def sum_forward(i, y, x, counts, g):
    inner, w, h, d, plane = pixel(i, g[1], g[5], g[6], g[7])
    total = 0.0
    for xd in range(begin(d, g[11], g[14]), end(d, g[11], g[14], g[8], g[2])):
        for xh in range(begin(h, g[12], g[15]), end(h, g[12], g[15], g[9], g[3])):
            for xw in range(begin(w, g[13], g[16]), end(w, g[13], g[16], g[10], g[4])):
                total += raised(x[(((plane * g[2] + xd) * g[3] + xh) * g[4] + xw) * g[1] + inner], g[17])
    y[i] = cast(root(total / cast(counts[i // g[1] % len(counts)], total), g[17]), y)


@foreach(flat=True, grain=1024)
def max_backward(i, dx, dy, x, y, g):
    """Pixel i gets dy of each window whose first largest number it is: no number before it equals y."""
    inner, w, h, d, plane = pixel(i, g[1], g[2], g[3], g[4])
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
def sum_backward(i, dx, dy, x, y, counts, g):
    """x and y are read only where the power is 2 or 3."""
    inner, w, h, d, plane = pixel(i, g[1], g[2], g[3], g[4])
    total = 0.0
    for pd in range(first_window(d, g[11], g[14], g[8]), last_window(d, g[11], g[14], g[5])):
        for ph in range(first_window(h, g[12], g[15], g[9]), last_window(h, g[12], g[15], g[6])):
            for pw in range(first_window(w, g[13], g[16], g[10]), last_window(w, g[13], g[16], g[7])):
                at = (((plane * g[5] + pd) * g[6] + ph) * g[7] + pw) * g[1] + inner
                part = dy[at] / cast(counts[at // g[1] % len(counts)], dy)
                if g[17] > 1:
                    part = part * slope(x[i], y[at], g[17])
                total += part
    dx[i] = cast(total, dx)


@helper
def slope(x, y, power):
    """(x / y) ** (power - 1), 0 where y is 0."""
    if y == 0.0:
        return x * 0.0
    ratio = x / y
    return ratio * ratio if power == 3 else ratio


# --- CPU: planes first..last, row after row; inner is 1 --------------------------------------------------------------


@helper
def larger(a, b):
    """The larger of two numbers, `b` if `a` is NaN."""
    return where(a > b, a, b)


@helper
def inner_first(out, stride, pad):
    """The first output pixel along a row whose window does not begin in the padding."""
    return min((pad + stride - 1) // stride, out)


@helper
def inner_last(out, stride, pad, kernel, size):
    """The pixel after the last one whose window ends inside as well."""
    return max(inner_first(out, stride, pad), min((size + pad - kernel + stride) // stride, out))


@split_kernel(flat=True)
def max_rows(y, x, tile, g, first, last):
    """Forward of max."""
    width, out, pad = g[4], g[7], g[16]
    low, high = inner_first(out, tile.stride, pad), inner_last(out, tile.stride, pad, tile.kernel, width)
    for plane in range(first, last):
        for line in range(g[5] * g[6]):
            d, h, at = line // g[6], line % g[6], (plane * g[5] * g[6] + line) * out
            for w in range(out):
                y[index(at + w)] = cast(LOWEST, y)
            for xd in range(begin(d, g[11], g[14]), end(d, g[11], g[14], g[8], g[2])):
                for xh in range(begin(h, g[12], g[15]), end(h, g[12], g[15], g[9], g[3])):
                    row = ((plane * g[2] + xd) * g[3] + xh) * width
                    for w in range(low, high):
                        best = y[index(at + w)]
                        for k in range(tile.kernel):
                            best = larger(x[index(row + w * tile.stride - pad + k)], best)
                        y[index(at + w)] = best
                    for edge in range(low + out - high):
                        w = where(edge < low, edge, edge - low + high)
                        for xw in range(begin(w, tile.stride, pad), end(w, tile.stride, pad, tile.kernel, width)):
                            y[at + w] = larger(x[row + xw], y[at + w])


@split_kernel(flat=True)
def max_rows_backward(dx, dy, x, best, places, tile, g, first, last):
    """Backward of max: along a row, find where the largest numbers are, then hand out dy.

    best, places : a row of output pixels for each plane, to work with.
    """
    width, out, pad = g[4], g[7], g[16]
    low, high = inner_first(out, tile.stride, pad), inner_last(out, tile.stride, pad, tile.kernel, width)
    volume = g[2] * g[3] * width
    for plane in range(first, last):
        start, held = plane * volume, plane * out
        for i in range(start, start + volume):
            dx[index(i)] = 0
        for line in range(g[5] * g[6]):
            d, h, at = line // g[6], line % g[6], (plane * g[5] * g[6] + line) * out
            for w in range(out):
                best[index(held + w)] = cast(LOWEST, best)
                places[index(held + w)] = -1
            for xd in range(begin(d, g[11], g[14]), end(d, g[11], g[14], g[8], g[2])):
                for xh in range(begin(h, g[12], g[15]), end(h, g[12], g[15], g[9], g[3])):
                    row = (xd * g[3] + xh) * width
                    for w in range(low, high):
                        top, place = best[index(held + w)], places[index(held + w)]
                        for k in range(tile.kernel):
                            i = row + w * tile.stride - pad + k
                            value = x[index(start + i)]
                            place = where(value > top, i, place)
                            top = larger(value, top)
                        best[index(held + w)], places[index(held + w)] = top, place
                    for edge in range(low + out - high):
                        w = where(edge < low, edge, edge - low + high)
                        for xw in range(begin(w, tile.stride, pad), end(w, tile.stride, pad, tile.kernel, width)):
                            if x[start + row + xw] > best[held + w]:
                                best[held + w], places[held + w] = x[start + row + xw], row + xw
            for w in range(out):
                place = places[index(held + w)]
                if place >= 0:
                    dx[index(start + place)] += dy[index(at + w)]


@split_kernel(flat=True)
def sum_rows(y, x, tile, counts, g, first, last):
    """Forward of sums."""
    width, out, pad = g[4], g[7], g[16]
    low, high = inner_first(out, tile.stride, pad), inner_last(out, tile.stride, pad, tile.kernel, width)
    for plane in range(first, last):
        for line in range(g[5] * g[6]):
            d, h, at = line // g[6], line % g[6], (plane * g[5] * g[6] + line) * out
            for w in range(out):
                y[index(at + w)] = 0
            for xd in range(begin(d, g[11], g[14]), end(d, g[11], g[14], g[8], g[2])):
                for xh in range(begin(h, g[12], g[15]), end(h, g[12], g[15], g[9], g[3])):
                    row = ((plane * g[2] + xd) * g[3] + xh) * width
                    for w in range(low, high):
                        total = y[index(at + w)]
                        for k in range(tile.kernel):
                            total += raised(x[index(row + w * tile.stride - pad + k)], tile.power)
                        y[index(at + w)] = total
                    for edge in range(low + out - high):
                        w = where(edge < low, edge, edge - low + high)
                        for xw in range(begin(w, tile.stride, pad), end(w, tile.stride, pad, tile.kernel, width)):
                            y[at + w] += raised(x[row + xw], tile.power)
            for w in range(out):
                y[index(at + w)] = root(y[index(at + w)] / cast(counts[index(line * out + w)], y), tile.power)


@split_kernel(flat=True)
def sum_rows_backward(dx, dy, x, y, parts, tile, counts, g, first, last):
    """Backward of sums; parts: a row of output pixels for each plane, to work with."""
    width, out, pad = g[4], g[7], g[16]
    low, high = inner_first(out, tile.stride, pad), inner_last(out, tile.stride, pad, tile.kernel, width)
    volume = g[2] * g[3] * width
    for plane in range(first, last):
        held = plane * out
        for i in range(plane * volume, (plane + 1) * volume):
            dx[index(i)] = 0
        for line in range(g[5] * g[6]):
            d, h, at = line // g[6], line % g[6], (plane * g[5] * g[6] + line) * out
            for w in range(out):
                parts[index(held + w)] = dy[index(at + w)] / cast(counts[index(line * out + w)], dy)
            for xd in range(begin(d, g[11], g[14]), end(d, g[11], g[14], g[8], g[2])):
                for xh in range(begin(h, g[12], g[15]), end(h, g[12], g[15], g[9], g[3])):
                    row = ((plane * g[2] + xd) * g[3] + xh) * width
                    for k in range(tile.kernel):
                        for w in range(low, high):
                            i = row + w * tile.stride - pad + k
                            dx[index(i)] += parts[index(held + w)] * rise(x, y, i, at + w, tile.power)
                    for edge in range(low + out - high):
                        w = where(edge < low, edge, edge - low + high)
                        for xw in range(begin(w, tile.stride, pad), end(w, tile.stride, pad, tile.kernel, width)):
                            dx[row + xw] += parts[held + w] * rise(x, y, row + xw, at + w, tile.power)


@helper
def rise(x, y, i, at, power):
    """d y[at] / d x[i] of a sum of powers; 1 where the power is 1."""
    if power == 1:
        return cast(1, x)
    return slope(x[index(i)], y[index(at)], power)


@helper
def largest_of_plane(x, at, end):
    """The largest of the numbers from `at` to `end`, NaN not counted."""
    step, top = WIDE * lanes(x), zeros(x, 1, WIDE) + LOWEST
    while at + step <= end:
        top = larger(load(x, at, 1, WIDE), top)
        at += step
    if at < end:
        top = larger(load(x, at, 1, WIDE, 1, end - at, LOWEST), top)
    return reduce_max(top)


@split_kernel(flat=True)
def max_planes(y, x, pixels, first, last):
    """The largest number of each plane of x: (planes, pixels)."""
    for plane in range(first, last):
        y[plane] = largest_of_plane(x, plane * pixels, (plane + 1) * pixels)


@split_kernel(flat=True)
def max_planes_backward(dx, dy, x, pixels, first, last):
    """dy at the first of the largest numbers of each plane of x, 0 elsewhere."""
    step = WIDE * lanes(x)
    for plane in range(first, last):
        start, end = plane * pixels, (plane + 1) * pixels
        top = largest_of_plane(x, start, end)
        for j in range(start, end, step):
            store(dx, j, zeros(dx, 1, WIDE), 1, end - j)
        j = start if top > LOWEST else end
        while j + step <= end and reduce_max(where(load(x, j, 1, WIDE) == top, 1, 0)) == 0:
            j += step
        while j < end and x[j] != top:
            j += 1
        if j < end:
            dx[j] = dy[plane]


@split_kernel(flat=True)
def sum_planes(y, x, pixels, scale, first, last):
    """The sum of each plane of x, divided by scale."""
    step = WIDE * lanes(x)
    for plane in range(first, last):
        j, end, total = plane * pixels, (plane + 1) * pixels, zeros(x, 1, WIDE)
        while j + step <= end:
            total = total + load(x, j, 1, WIDE)
            j += step
        if j < end:
            total = total + load(x, j, 1, WIDE, 1, end - j)
        y[plane] = reduce_add(total) / cast(scale, y)


@split_kernel(flat=True)
def sum_planes_backward(dx, dy, pixels, scale, first, last):
    """dy / scale in all of the plane of dx."""
    step = WIDE * lanes(dx)
    for plane in range(first, last):
        j, end, part = plane * pixels, (plane + 1) * pixels, zeros(dx, 1, WIDE) + dy[plane] / cast(scale, dy)
        while j + step <= end:
            store(dx, j, part)
            j += step
        if j < end:
            store(dx, j, part, 1, end - j)


# --- Launch ----------------------------------------------------------------------------------------------------------


class Bound:
    """Forward and backward of one pooling for known shapes.

    Parameters
    ----------
    shapes : (outer, inner, size, out), sizes along one to three axes.
    kernel, stride, pad : along the same axes.
    kind : ``'max'``, ``'avg'`` or ``'sum'``; lp pooling is a sum with a power.
    padded : whether `avg` divides by the padding too.
    power : 1, 2 or 3.
    """

    def __init__(
        self,
        shapes: tuple[int, int, tuple[int, ...], tuple[int, ...]],
        kernel: tuple[int, ...],
        stride: tuple[int, ...],
        pad: tuple[int, ...],
        kind: str,
        padded: bool,
        power: int,
    ) -> None:
        outer, inner, size, out = shapes
        fill = lambda values, number: (number,) * (3 - len(values)) + tuple(values)
        sizes = [fill(values, 1) for values in (size, out, kernel, stride)] + [fill(pad, 0)]
        numbers = np.array((outer, inner, *(n for part in sizes for n in part), power), np.int64)
        counts = _counts(*sizes, padded) if kind == "avg" else np.ones(math.prod(out), np.float32)
        self.planes, self.largest, self.width = outer, kind == "max", sizes[1][2]
        self.pixels, self.results = math.prod(size), math.prod(out)
        self.numbers, self.inner = (outer * inner * self.pixels, outer * inner * self.results), inner
        self.tile = Static(kernel=sizes[2][2], stride=sizes[3][2], power=power)
        self.by_rows = inner == 1 and sizes[2][2] <= UNROLLED
        apart = not any(pad) and all(k <= s for k, s in zip(kernel, stride))  # so that both add up in one order
        tiny = self.by_rows and apart and self.numbers[0] <= TINY
        self.by_lanes = inner == 1 and power == 1 and not tiny and pooling_planes.suits(outer, *sizes[:3], kind)
        self.by_planes = inner == 1 and math.prod(out) == 1 and power == 1 and kernel == size and not any(pad)
        self.grain = GRAIN * (4 if self.by_planes else 1) // max(self.pixels, 1) + 1
        self.scale = self.pixels if kind == "avg" else 1
        self.windows = lru_cache(1)(lambda: pooling_planes.windows(*sizes))
        self.tables: dict[bool, Any] = {False: (numbers,) if kind == "max" else (counts, numbers)}

    def _tables(self, x: Any) -> Any:
        """The numbers that kernels need, where array x is."""
        on_device = device.is_device_array(x)
        if on_device not in self.tables:
            self.tables[True] = tuple(device.work_copy(x, table) for table in self.tables[False])
        return self.tables[on_device]

    def forward(self, on_cpu: bool, dtype: Any) -> Callable[..., None]:
        """A function of (y, x), arrays of a dtype, that pools x to y."""
        largest, count = self.largest, self.numbers[1]
        if not count:
            return lambda y, x: None
        if on_cpu and self.by_planes:
            return self._in_planes(max_planes if largest else sum_planes, [dtype] * 2)
        if on_cpu and self.by_lanes:
            kernel = pooling_planes.max_lanes if largest else pooling_planes.sum_lanes
            return self._in_lanes(kernel, dtype, [self.results, self.pixels])
        if on_cpu and self.by_rows:
            return self._split(max_rows if largest else sum_rows, [dtype] * 2, (self.tile, *self.tables[False]))
        return self._each(on_cpu, max_forward if largest else sum_forward, [dtype] * 2, count)

    def places(self, on_cpu: bool, dtype: Any) -> Callable[..., None]:
        """A function of (places, x): where in x the numbers are that forward gives."""
        return self._each(on_cpu, max_places, [np.int64, dtype], self.numbers[1])

    def backward(self, on_cpu: bool, dtype: Any) -> Callable[..., None]:
        """A function of (dx, dy, x, y): the gradient of x."""
        largest, count = self.largest, self.numbers[0]
        if not count:
            return lambda dx, dy, x, y: None
        if on_cpu and self.by_planes and largest:
            in_planes = self._in_planes(max_planes_backward, [dtype] * 3)
            return lambda dx, dy, x, y: in_planes(dx, dy, x)
        if on_cpu and self.by_planes:
            in_planes = self._in_planes(sum_planes_backward, [dtype] * 2)
            return lambda dx, dy, x, y: in_planes(dx, dy)
        if on_cpu and self.by_lanes and largest:
            sizes = [self.pixels, self.results, self.pixels]
            in_lanes = self._in_lanes(pooling_planes.max_lanes_backward, dtype, sizes)
            return lambda dx, dy, x, y: in_lanes(dx, dy, x)
        if on_cpu and self.by_lanes:
            in_lanes = self._in_lanes(pooling_planes.sum_lanes_backward, dtype, [self.pixels, self.results])
            return lambda dx, dy, x, y: in_lanes(dx, dy)
        if on_cpu and self.by_rows:
            return self._rows_backward(dtype)
        return self._each(on_cpu, max_backward if largest else sum_backward, [dtype] * 4, count)

    def _rows_backward(self, dtype: Any) -> Callable[..., None]:
        room, rest = self.planes * self.width, (self.tile, *self.tables[False])
        if not self.largest:
            sums = self._split(sum_rows_backward, [dtype] * 5, rest)
            return lambda *arrays: sums(*arrays, scratch("pooling.row", room, dtype))
        rows, kind = self._split(max_rows_backward, [*[dtype] * 4, PLACE], rest), PLACE
        return lambda dx, dy, x, y: rows(
            dx, dy, x, scratch("pooling.row", room, dtype), scratch("pooling.places", room, kind)
        )

    def _each(self, on_cpu: bool, kernel: Any, dtypes: Any, count: int) -> Callable[..., None]:
        if on_cpu:
            return bound_each(True, kernel, dtypes, self.tables[False], count)
        return lambda first, *arrays: kernel(count, first, *arrays, *self._tables(first))

    def _in_planes(self, kernel: Any, dtypes: Any) -> Callable[..., None]:
        return self._split(kernel, dtypes, (self.pixels,) if self.largest else (self.pixels, self.scale))

    def _in_lanes(self, kernel: Any, dtype: Any, sizes: list[int]) -> Callable[..., None]:
        counts = [table.astype(dtype) for table in self.tables[False][:-1]]
        return pooling_planes.bind(kernel, dtype, self.planes, sizes, [*counts, *self.windows()])

    def _split(self, kernel: Any, dtypes: Any, rest: tuple[Any, ...]) -> Callable[..., None]:
        return launch.bind(kernel, dtypes, rest, self.planes, self.grain)


def _counts(size: Any, out: Any, kernel: Any, stride: Any, pad: Any, padded: bool) -> np.ndarray:
    """By how many numbers `avg` divides each result of a plane; 1 where there are none."""
    total: Any = np.ones((1, 1, 1))
    for axis, (n, o, k, s, p) in enumerate(zip(size, out, kernel, stride, pad)):
        start = np.arange(o) * s - p
        length = np.minimum(start + k, n + p) - start if padded else np.minimum(start + k, n) - np.maximum(start, 0)
        total = total * length.reshape([-1 if i == axis else 1 for i in range(3)])
    return np.maximum(total, 1).astype(np.float32).reshape(-1)
