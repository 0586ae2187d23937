"""Depthwise convolution on the CPU: every channel has windows of its own.

y[n, o, p] = bias[o] + sum over k of x[n, o / per, p * stride - pad + k * dilate] * w[o, k]

A number of x meets so few weights that moving it costs as much as the arithmetic, and neighbours in a line need each
other at every shift.  So the lanes of a register hold different *planes*, the images of single channels:

x (planes, pixels)  --transposed by register tiles-->  bed (padded pixels, lanes)      in the cache
bed, weights        --fma, `tile.rows` pixels in registers-->  out (pixels, lanes)     in the cache
out                 --transposed-->  y (planes, pixels)

Every load is then one whole register, none is wasted at the end of a line, however short, and padding is a matter of
where the bed keeps its zeros.  The cost of a register of results is one fma for each tap and eight shuffles; large
planes are limited by memory.  Planes that are too large for the second-level cache are done in `bands` of lines.

With a stride the bed keeps the even pixels of a line beside each other, then the odd ones: neighbours in y see
neighbours in the bed.  The gradient of x is such a convolution, too: pixels that are a multiple of the stride apart see
the same taps (a `Phase`).  For the gradient of w registers hold the taps, while the pixels run.

Each sum belongs to one plane, so results are the same for any number of threads.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from .. import launch
from ..gemm import register
from ..kernel import Static, helper, split_kernel
from ..rooms import NOBODY, enter, leave, rooms
from ..scratch import scratch
from ..words import column, fma, index, lanes, load, store, transpose, zeros
from .geometry import Geometry
from .plan import PART, table
from .tiles import unchanged

MOST = {"forward": 2, "data_gradient": 16, "weight_gradient": 8}
"""Results of a channel up to which these kernels are faster than the general ones."""
LEAST = 8  # planes, fewer leave most of a register idle
PIXELS = (14, 7, 4, 2, 1)  # of a tile: few choices, since each is compiled on its own
HELD = 1 << 18  # bytes of bed and out, which stay in the second-level cache
SLOWER = 4  # times as long as elsewhere a multiplication takes

# What the kernels are given in one array of numbers:
#  0-4   of x: pixels, lines and width of a plane, zeros before its lines, planes that a result sees
#  5-7   of the bed: numbers of a plane, of one of its depths, of a line
#  8-9   how far results of a phase move along depth and lines
# 10-14  of y: planes, channels, weights of a channel, lines and width of a plane
# 15-18  bands, their lines, the step of their phases, lines of the bed for one


@helper
def turn(bed, places, shift, x, origins, plane, begin, end, offset, pixels):
    """Pixels begin..end of neighbouring planes of x to bed: (places, lanes)."""
    starts = column(origins, plane, lanes(x)) + offset
    for i in range(begin, end, lanes(x)):
        to = column(places, i, lanes(x)) - shift
        if i + lanes(x) <= pixels:
            store(bed, to, transpose(load(x, starts + i, lanes(x), 1)))
        else:
            square = load(x, starts + i, lanes(x), 1, lanes(x), pixels - i)
            store(bed, to, transpose(square), pixels - i, lanes(x))


@helper
def areas(room, g):
    """A room's three parts, the first of them zeros: the bed, of which edges are never written, and two more."""
    bed = room[: g[19]]
    for i in range(len(bed)):
        bed[i] = 0
    return bed, room[g[19] : g[20]], room[g[20] :]


@helper
def lay(bed, places, x, origins, plane, band, g):
    """The planes of x that a band of results sees, among zeros; gives the first of its lines."""
    pixels, height, width, before, many = g[0], g[1], g[2], g[3], g[4]
    size, length, bands, lines = g[5], g[7], g[15], g[18]
    first = band * g[16] // g[17] * g[9]
    edge = first - before  # the line of x where the bed begins
    for i in range(many):
        top, bottom = 0, height
        if bands > 1:  # the bed held other lines before
            top = max(edge, 0)
            bottom = max(min(edge + lines, height), top)
            for at in range(0, min(top - edge, lines) * length, lanes(x)):
                store(bed, i * size + at, zeros(x, 1, 1))
            for at in range((bottom - edge) * length, lines * length, lanes(x)):
                store(bed, i * size + at, zeros(x, 1, 1))
        turn(bed, places, first * length - i * size, x, origins, plane, top * width, bottom * width, i * pixels, pixels)
    return first


def by_planes(finish):
    """The kernel `convolve`, with `finish` of all results."""

    def convolve(
        tile, y, taken, rooms, x, w, bias, p, origins, rows, places, steps, taps, weights, parts, g, first, last
    ):  # fmt: skip
        """Work items first..last of y: (planes, pixels), each a band of the planes of one register.

        rooms : each for padded planes, results and weights, with planes in the lanes.
        origins, rows : where the planes of x that a plane of y sees begin, and the weights of a channel.
        places : where the pixels of x lie in the bed.
        steps : distances of the results of a tile in out.
        taps, weights : offset in the bed, and place among the weights of a channel.
        parts : of each phase first and last tap, and first result, step and count along each axis.
        """
        mine = enter(taken)
        bed, out, turned = areas(rooms[mine], g)
        depth_step, line_step = g[8] * g[6], g[9] * g[7]
        planes, channels, terms, height, width, bands, each = g[10], g[11], g[12], g[13], g[14], g[15], g[16]
        for item in range(first, last):
            plane, band = item // bands * lanes(x), item % bands
            channel = plane % channels
            origin = lay(bed, places, x, origins, plane, band, g) * g[7]
            for k in range(0, terms, lanes(x)):
                square = load(w, column(rows, channel, lanes(x)) + k, lanes(x), 1, lanes(x), terms - k)
                store(turned, k * lanes(x), transpose(square))
            top, bottom = band * each, min((band + 1) * each, height)
            for part in range(len(parts)):
                at, step, count = parts[part, 2:5], parts[part, 5:8], parts[part, 8:11]
                for d in range(count[0]):
                    for h in range(top // step[1], (bottom - at[1] + step[1] - 1) // step[1]):
                        here = d * depth_step + h * line_step - origin
                        to = ((at[0] + d * step[0]) * height + at[1] + h * step[1] - top) * width + at[2]
                        for left in range(0, count[2], tile.rows):
                            col = min(left, count[2] - tile.rows)
                            acc = zeros(x, tile.rows, 1) + load(bias, channel, 1, 1)
                            for k in range(parts[part, 0], parts[part, 1]):
                                numbers = load(bed, here + col * lanes(x) + taps[index(k)], tile.rows, 1)
                                acc = fma(load(turned, weights[index(k)], 1, 1), numbers, acc)
                            acc = finish(acc, p, y)
                            store(out, column(steps, 0, tile.rows) + (to + col * step[2]) * lanes(x), acc)
            begin, end = top * width, y.shape[1] if bands == 1 else bottom * width
            for i in range(begin, end, lanes(x)):
                square = transpose(load(out, (i - begin) * lanes(x), lanes(x), 1))
                if i + lanes(x) <= end and plane + lanes(x) <= planes:
                    store(y, (plane, i), square)
                else:
                    store(y, (plane, i), square, planes - plane, end - i)
        leave(taken, mine)

    return convolve


@cache
def kernel(activation=None):
    """`convolve`, followed by an `Elementwise` of one input, whose scalars come in array p."""
    finish, name = (activation.inner, "." + activation.name) if activation else (unchanged, "")
    return split_kernel(by_planes(finish), name=f"convolution.depthwise{name}")


@split_kernel
def weigh(tile, dw, taken, rooms, x, dy, origins, origins_y, places, places_y, taps, lines, g, first, last):
    """Sums first..last of dw: (planes, taps), each of the planes of one register.

    rooms : each for planes of x and of dy, and for (taps, lanes).
    lines : where the lines of results begin in the bed.
    """
    mine = enter(taken)
    bed, turned, sums = areas(rooms[mine], g)
    pixels = len(places_y) - lanes(x)
    length, planes, width, bands, each = g[7], g[10], g[14], g[15], g[16]
    for item in range(first, last):
        plane = item * lanes(x)
        for k in range(0, len(taps), tile.rows):
            store(sums, k * lanes(x), zeros(x, tile.rows, 1))
        for band in range(bands):
            origin = lay(bed, places, x, origins, plane, band, g) * length
            top, bottom = band * each, min((band + 1) * each, len(lines))
            begin, end = top * width, bottom * width
            turn(turned, places_y, begin * lanes(x), dy, origins_y, plane, begin, end, 0, pixels)
            for k in range(0, len(taps), tile.rows):
                acc = load(sums, k * lanes(x), tile.rows, 1)
                seen = column(taps, k, tile.rows) - origin
                for line in range(top, bottom):
                    for col in range(width):
                        gradient = load(turned, ((line - top) * width + col) * lanes(x), 1, 1)
                        numbers = load(bed, seen + (lines[line] + col * lanes(x)), tile.rows, 1)
                        acc = fma(gradient, numbers, acc)
                store(sums, k * lanes(x), acc)
        for k in range(0, dw.shape[1], lanes(x)):
            square = transpose(load(sums, k * lanes(x), lanes(x), 1))
            store(dw, (plane, k), square, planes - plane, dw.shape[1] - k)
    leave(taken, mine)


# --- Plans -----------------------------------------------------------------------------------------------------------


class Phase(NamedTuple):
    """Results along an axis that see the same taps: number first + i * step sees number i * stride + offset of x.

    taps : (tap, offset) for each.
    """

    first: int
    step: int
    count: int
    taps: list[tuple[int, int]]


def forwards(size: int, out: int, kernel: int, stride: int, pad: int, dilate: int) -> list[Phase]:
    """The phase of y along an axis."""
    return [Phase(0, 1, out, [(k, k * dilate - pad) for k in range(kernel)])]


def backwards(size: int, out: int, kernel: int, stride: int, pad: int, dilate: int) -> list[Phase]:
    """The phases of dx along an axis; they see dy with a stride of 1."""
    phases = []
    for first in range(min(stride, size)):
        hit = [k for k in range(kernel) if (first + pad - k * dilate) % stride == 0]
        taps = [(k, (first + pad - k * dilate) // stride) for k in hit]
        phases.append(Phase(first, stride, -(-(size - first) // stride), taps))
    return phases


class Plan:
    """The tables of a convolution, or of its data gradient if `back`; see the kernels.

    items : how many work items there are.
    room : how many numbers bed, out, and weights with planes in the lanes are together.
    """

    def __init__(self, g: Geometry, back: bool, dtype: np.dtype) -> None:
        n = self.lanes = register(dtype)[0]
        size, result = (g.out, g.size) if back else (g.size, g.out)
        stride = (1, 1, 1) if back else g.stride
        many, per = (g.group_filters, 1) if back else (1, g.group_filters)
        self.channels = g.channels if back else g.filters
        self.planes = g.batch * self.channels
        find = backwards if back else forwards
        axes = [find(*axis) for axis in zip(g.size, g.out, g.kernel, g.stride, g.pad, g.dilate)]
        # sizes of the bed: what is seen and all of x, from the zeros before it; pixels are in `turns` halves of a line
        offsets = [[e for phase in axis for _, e in phase.taps] or [0] for axis in axes]
        before = [max(0, -min(e)) for e in offsets]
        spans = [(axis[0].count - 1) * s for axis, s in zip(axes, stride)]
        seen = [b + 1 + max(0, max(e) + s) for b, e, s in zip(before, offsets, spans)]
        full = [max(k, b + n) for k, b, n in zip(seen, before, size)]
        turns = stride[2]
        half = -(-full[2] // turns)
        line = turns * half * n
        # bands of lines of the result
        step, count = axes[1][0].step, axes[1][0].count
        band, bands, lines = result[0] * result[1], 1, full[1]
        if result[0] == full[0] == 1:
            most = max(1, HELD // ((stride[1] * line + step * result[2] * n) * dtype.itemsize))
            if most < count:
                band, bands, lines = most * step, -(-count // most), seen[1] - (count - most) * stride[1]
        plane = full[0] * lines * line

        def place(d: Any, h: Any, w: Any) -> Any:
            """Where pixel (d, h, w) of x lies in the bed of all lines, which may be longer than that of a band."""
            w = w + before[2]
            return ((d + before[0]) * full[1] + h + before[1]) * line + (w % turns * half + w // turns) * n

        self.places = np.append(place(*np.ix_(*(np.arange(k) for k in size))), np.zeros(n, np.int64))
        taps, weights, parts = [], [], []
        for phases in itertools.product(*axes):
            begin = len(taps)
            for source, *found in itertools.product(range(many), *(phase.taps for phase in phases)):
                ks, at = zip(*found)
                taps.append(source * plane + place(*at))
                weights.append(((source * g.kernel[0] + ks[0]) * g.kernel[1] + ks[1]) * g.kernel[2] + ks[2])
            numbers = [getattr(phase, name) for name in ("first", "step", "count") for phase in phases]
            parts.append((begin, len(taps), *numbers))
        self.taps, self.parts = np.array(taps, np.int64), np.array(parts, np.int64)
        self.weights = np.array(weights, np.int64) * n
        self.terms = many * math.prod(g.kernel)
        groups = -(-self.planes // n)
        self.origins = np.minimum(np.arange(groups * n), self.planes - 1) * many // per * math.prod(size)
        self.rows = np.arange(self.channels + n) % self.channels * self.terms
        self.lines = table(*(np.arange(k) * s * a for k, s, a in zip(result, stride, (full[1] * line, line))))
        self.narrowest, self.step = min(phase.count for phase in axes[2]), axes[2][0].step
        self.items = groups * bands
        over = -(-n // size[2]) + 1  # lines that pixels of a square may reach beyond those of a band
        bed, out = many * plane + over * line, (band * result[2] + n) * n
        self.room = bed + out + (self.terms + n) * n
        self.numbers = np.array((
            math.prod(size), size[0] * size[1], size[2], before[1], many, plane, full[1] * line, line, *stride[:2],
            self.planes, self.channels, self.terms, *result[1:], bands, band, step, lines,
            bed, bed + out,
        ), np.int64)  # fmt: skip


def suits(g: Geometry, direction: str) -> bool:
    """Whether these kernels are the ones to use."""
    return g.depthwise and g.group_filters <= MOST[direction] and g.batch * g.channels >= LEAST


def bind(g: Geometry, dtype: np.dtype, back: bool, activation: Any = None, scalars: Any = ()) -> Callable[..., None]:
    """A function (y, x, w, bias=None), or (dx, dy, w, bias=None) if `back`; see `bind_forward`."""
    plan = Plan(g, back, dtype)
    rows = min((rows for rows in PIXELS if rows <= plan.narrowest), key=lambda r: -(-plan.narrowest // r) * (r + 2))
    tile = Static(rows=rows)
    no_bias = np.zeros(plan.channels + plan.lanes, dtype)
    steps = np.arange(rows) * plan.step * plan.lanes
    grain = PART * plan.items // (SLOWER * g.multiplications)
    tables = (
        np.array(scalars, np.float64), plan.origins, plan.rows, plan.places, steps, plan.taps, plan.weights, plan.parts,
        plan.numbers,
    )  # fmt: skip
    flat, matrix = np.empty(0, dtype), np.empty((0, 1), dtype)
    convolve = kernel(activation).variant(tile, matrix, NOBODY, matrix, *[flat] * 3, *tables, 0, 0)

    def run(y: np.ndarray, x: np.ndarray, w: np.ndarray, bias: np.ndarray | None = None) -> None:
        biases = no_bias if bias is None else np.resize(bias, no_bias.shape)
        each, planes = rooms("depthwise", (plan.room,), dtype), y.reshape(plan.planes, -1)
        launch.run(
            convolve, plan.items, grain, tile, planes, *each, x.reshape(-1), w.reshape(-1), biases, *tables
        )  # fmt: skip

    return run


def bind_weights(g: Geometry, dtype: np.dtype) -> Callable[..., None]:
    """A function (dw, x, dy)."""
    plan = Plan(g, False, dtype)
    blocks = -(-plan.terms // (register(dtype)[1] - 6))
    tile = Static(rows=-(-plan.terms // blocks))
    taps = np.append(plan.taps, np.full(blocks * tile.rows - plan.terms, plan.taps[-1]))
    origins = np.minimum(np.arange(len(plan.origins)), plan.planes - 1) * g.pixels
    places = np.arange(g.pixels + plan.lanes) * plan.lanes
    items = len(origins) // plan.lanes
    grain = PART * items // (SLOWER * g.multiplications)
    tables = plan.origins, origins, plan.places, places, taps, plan.lines, plan.numbers
    flat, matrix = np.empty(0, dtype), np.empty((0, 1), dtype)
    compiled = weigh.variant(tile, matrix, NOBODY, matrix, flat, flat, *tables, 0, 0)

    def run(dw: np.ndarray, x: np.ndarray, dy: np.ndarray) -> None:
        each = scratch("depthwise.dw", plan.planes * plan.terms, dtype).reshape(plan.planes, plan.terms)
        own = rooms("depthwise", (plan.room,), dtype)
        launch.run(compiled, items, grain, tile, each, *own, x.reshape(-1), dy.reshape(-1), *tables)
        np.sum(each.reshape(g.batch, *dw.shape), 0, out=dw)

    return run
