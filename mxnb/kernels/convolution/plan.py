"""Plans for convolutions on the CPU: tables, choice of tiles, and the order of work, for known shapes.

`Tiled` runs what both directions share.  `forward` and `data_gradient` describe theirs as a list of `Part`s:

* Forward is one part.
* In the gradient of the data, pixel i gets dy[(i + pad - k * dilate) / stride] * w[k] from each k where that is a whole
  number.  Which k these are depends on the remainder of i + pad by stride only.  So the pixels of each remainder are a
  part: a convolution with stride 1 of dy with some of the taps, whose results go to every stride-th pixel.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .. import pool
from ..gemm import register
from ..kernel import Static
from ..scratch import scratch
from . import tiles
from .geometry import Geometry, Three

LONGEST = 512  # pixels of a line
HELD = 1 << 25  # bytes of padded images to have at a time
ITEMS = 16  # pieces of work to have at least, where there is much
MOVE = 64  # multiplications that take as long as moving a number
SLACK = 128  # numbers that tiles may read beyond the last image
WORTH = 1 << 22  # multiplications that are worth waking a thread
CACHE = 600_000  # bytes of weights that stay in the second-level cache beside an image
SMALL = 200_000  # bytes of weights up to which the image is what should stay in the cache


@dataclass
class Part:
    """Some output pixels and the taps that they see.

    first, last : their taps in the common table.
    lines : where each line of output pixels begins in the padded image.
    width : pixels of a line.
    begin, step, count : along each axis, which pixels of the whole result these are.
    """

    first: int
    last: int
    lines: np.ndarray
    width: int
    begin: Three
    step: Three
    count: Three


class Choice(NamedTuple):
    """A tile: which kind of kernel, its compile-time sizes, how many channels in a panel, and its cost in cycles."""

    kind: str
    tile: Static
    numbers: int
    cost: float


def choose(parts: list[Part], channels: int, stride: int, dtype: np.dtype) -> list[Choice]:
    """The cheapest tiles, one for each part, all with panels of the same width."""
    best: tuple[float, list[Choice]] = (math.inf, [])
    count, registers = register(dtype)
    options = [("pixels", cols) for cols in range(1, 5)]
    if stride == 1:
        options += [("channels", rows) for rows in (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24)]
    for kind, size in options:
        find = _pixel_tile if kind == "pixels" else _channel_tile
        choices = [find(part, channels, stride, size, count, registers) for part in parts]
        cost = sum(choice.cost for choice in choices)
        if choices[0].numbers * dtype.itemsize * max(part.last - part.first for part in parts) > CACHE:
            cost *= 1.5
        if cost < best[0]:
            best = cost, choices
    return best[1]


def _pixel_tile(part: Part, channels: int, stride: int, cols: int, count: int, registers: int) -> Choice:
    best = None
    panels = -(-channels // (cols * count))
    for rows in range(1, min(count, part.width) + 1):
        most = min(len(part.lines), count // rows) if rows == part.width else 1
        for lines in range(1, most + 1):
            pixels = rows * lines
            if pixels * cols + cols + 1 > registers and pixels > 1:
                continue
            steps = max(pixels * cols, (pixels + cols) / 2, 8)
            tile_cost = (part.last - part.first) * steps + cols * 5 * count + 30
            cost = panels * -(-len(part.lines) // lines) * -(-part.width // rows) * tile_cost
            if best is None or cost < best[0]:
                best = cost, rows, lines
    assert best is not None
    cost, rows, lines = best
    tile = Static(rows=rows, lines=lines, pixels=rows * lines, cols=cols, stride=stride)
    return Choice("pixels", tile, cols * count, cost)


def _channel_tile(part: Part, channels: int, stride: int, rows: int, count: int, registers: int) -> Choice:
    best = None
    panels = -(-channels // rows)
    for cols in range(1, 5):
        if rows * cols + cols + 1 > registers:
            continue
        steps = max(rows * cols, (rows + cols) / 2, 8)
        tile_cost = (part.last - part.first) * steps + rows * cols * 3 + 30
        cost = panels * len(part.lines) * -(-part.width // (cols * count)) * tile_cost
        if best is None or cost < best[0]:
            best = cost, cols
    if best is None:
        return Choice("channels", Static(rows=1, cols=1), rows, math.inf)
    return Choice("channels", Static(rows=rows, cols=best[1]), rows, best[0])


@dataclass
class Tiled:
    """A convolution of padded images with packed weights.

    images, groups : how many.
    source : channels of a group of the input, and sizes of its planes.
    pad : zeros before each axis; negative numbers cut off.
    full : sizes of a padded plane.
    channels : output channels of a group.
    pixels : sizes of an output plane.
    taps : offsets of all parts.
    matrices : shape of the weights as `tiles.pack` takes them, and how many matrices form a group.
    base, scale : where places in a matrix become taps; see `tiles.pack`.
    """

    images: int
    groups: int
    source: int
    size: Three
    pad: Three
    full: Three
    channels: int
    out: Three
    stride: int
    taps: np.ndarray
    parts: list[Part]
    matrices: tuple[int, int, int]
    per: int
    base: np.ndarray
    scale: np.ndarray

    def bind(self, dtype: np.dtype, activation: Any = None, scalars: Any = ()) -> Callable[..., None]:
        """A function (y, x, w, bias=None); see `bind_forward`."""
        kernels, p = tiles.kernels(activation), np.array(scalars, np.float64)
        choices = choose(self.parts, self.channels, self.stride, dtype)
        numbers = choices[0].numbers
        panels = -(-self.channels // numbers)
        groups, channels = self.groups, self.channels
        plane, volume = math.prod(self.full), math.prod(self.out)
        direct = self.full == self.size and self.pad == (0, 0, 0) and choices[0].kind == "pixels"
        whole = len(self.parts) == 1
        room = 0 if whole else max(math.prod(part.count) for part in self.parts)
        held = (0 if direct else groups * self.source * plane) + groups * channels * room
        at_once = min(self.images, max(1, HELD // (held * dtype.itemsize + 1)))
        no_bias = np.zeros((groups * panels, numbers), dtype)
        by_panel = int(len(self.taps) * groups * panels * numbers * dtype.itemsize > SMALL)
        extra = np.zeros(64, np.int64)  # a register's worth of places beyond the last
        base, scale = np.concatenate([self.base, extra]), np.concatenate([self.scale, extra])

        def run(y: np.ndarray, x: np.ndarray, w: np.ndarray, bias: np.ndarray | None = None) -> None:
            packed = scratch("convolution.w", groups * panels * len(self.taps) * numbers, dtype)
            args: Any = (packed, w.reshape(self.matrices), base, scale, self.per, panels, numbers, len(self.taps))
            split(tiles.pack, self.matrices[0], self.matrices[1] * self.matrices[2] * MOVE, *args)
            packed = packed.reshape(groups * panels, len(self.taps), numbers)
            biases = no_bias
            if bias is not None:
                biases = np.zeros((groups, panels * numbers), dtype)
                biases[:, :channels] = bias.reshape(groups, channels)
                biases = biases.reshape(no_bias.shape)
            for first in range(0, self.images, at_once):
                images = min(at_once, self.images - first)
                source = x[first : first + images].reshape(-1)
                if not direct:
                    source = padded(source, images * groups * self.source, self, dtype)
                for part, choice in zip(self.parts, choices):
                    compute(y[first : first + images], source, packed, biases, images, part, choice)

        def compute(y: Any, source: Any, packed: Any, biases: Any, images: int, part: Part, choice: Choice) -> None:
            """Some images of one part."""
            pixels = math.prod(part.count)
            result = y
            if not whole:
                result = scratch("convolution.y", images * groups * channels * pixels, dtype)
            result = result.reshape(images * groups * channels, pixels)
            items = images * groups * panels
            work = channels * pixels * max(part.last - part.first, 8) // panels
            most = max(1, len(part.lines) // getattr(choice.tile, "lines", 1))
            pieces = 1 if items * work < 2 * WORTH else min(most, -(-ITEMS // items))
            split(
                kernels[choice.kind], items * pieces, work // pieces, choice.tile, result, source, packed, biases, p,
                self.taps, part.lines, part.first, part.last, images, groups * self.source * plane,
                self.source * plane, channels, panels, part.width, pieces, by_panel,
            )  # fmt: skip
            if not whole:
                args = (y.reshape(-1, *self.out), result.reshape(-1), *part.begin, *part.step, *part.count)
                split(tiles.spread, len(result), volume * MOVE, *args)

        return run


def split(kernel: Any, items: int, work: int, *args: Any) -> None:
    """Run a kernel over `items`, each of which is worth `work` multiplications."""
    pool.run(kernel.variant(*args, 0, 0), items, WORTH // max(work, 1) + 1, *args)


def padded(x: np.ndarray, planes: int, plan: Tiled, dtype: np.dtype) -> np.ndarray:
    """The planes of x with zeros around, and some numbers behind the last that tiles may read."""
    plane = math.prod(plan.full)
    wide = scratch("convolution.x", planes * plane + SLACK, dtype)
    split(tiles.pad_planes, planes, plane * MOVE, wide, x, *plan.size, *plan.pad, *plan.full)
    return wide


def table(*axes: Any) -> np.ndarray:
    """Sums of one number of each axis, in order."""
    total = np.zeros(1, np.int64)
    for axis in axes:
        total = (total[:, None] + np.asarray(axis, np.int64)[None, :]).reshape(-1)
    return total


def _steps(full: Three) -> Three:
    """How far apart neighbours along each axis are."""
    return (full[1] * full[2], full[2], 1)


def shorter(lines: np.ndarray, width: int) -> tuple[np.ndarray, int]:
    """Long lines cut into equal ones, where that is possible: they can be divided among threads."""
    piece = max(n for n in range(1, min(width, LONGEST) + 1) if width % n == 0)
    if piece < LONGEST // 8:
        return lines, width
    return table(lines, np.arange(0, width, piece)), piece


def forward(g: Geometry) -> Tiled:
    """The plan of y = convolution of x with w."""
    reach = tuple((p - 1) * s + (k - 1) * d + 1 for p, s, k, d in zip(g.out, g.stride, g.kernel, g.dilate))
    full: Any = g.size if g.pad == (0, 0, 0) else reach
    steps = _steps(full)
    taps = table(
        np.arange(g.group_channels) * math.prod(full),
        *(np.arange(k) * d * s for k, d, s in zip(g.kernel, g.dilate, steps)),
    )
    out, stride = g.out, g.stride
    width, rest = out[2], out[:2]
    if full[2] == width and stride[2] == 1 and stride[1] == 1:  # lines follow each other without a gap: one line
        width, rest = width * out[1], (out[0], 1)
        if full[1] == out[1] and stride[0] == 1:
            width, rest = width * out[0], (1, 1)
    lines = table(*(np.arange(n) * s * step for n, s, step in zip(rest, stride, steps)))
    lines, width = shorter(lines, width)
    part = Part(0, len(taps), lines, width, (0, 0, 0), (1, 1, 1), out)
    return Tiled(
        g.batch, g.groups, g.group_channels, g.size, g.pad, full, g.group_filters, out, stride[2], taps, [part],
        (g.groups, g.group_filters, g.taps), 1, np.arange(g.taps), np.zeros(g.taps, np.int64),
    )  # fmt: skip


def _remainders(size: int, out: int, kernel: int, stride: int, pad: int, dilate: int) -> tuple[list[Any], int, int]:
    """The parts of one axis of the data gradient.

    Returns
    -------
    parts : for each remainder, (first pixel, how many, [(tap, offset of dy's pixel behind the line's first)]).
    before, full : zeros before dy, and how long it is with those around.
    """
    parts = []
    for remainder in range(stride):
        begin = -(-(pad - remainder) // stride)  # the first multiple: pixel = remainder - pad + stride * multiple
        count = max(0, -(-(size + pad - remainder) // stride) - begin)
        seen = [
            (k, (k * dilate - remainder) // stride) for k in range(kernel) if (k * dilate - remainder) % stride == 0
        ]
        parts.append((remainder - pad + stride * begin, begin, count, seen))
    before = max([0, *(t - begin for _, begin, count, seen in parts for _, t in seen if count)])
    full = max([1, *(begin + count - t + before for _, begin, count, seen in parts for _, t in seen)])
    found = [(pixel, count, [(k, begin + before - t) for k, t in seen]) for pixel, begin, count, seen in parts]
    return [p for p in found if p[1]], before, full


def data_gradient(g: Geometry) -> Tiled:
    """The plan of dx = transposed convolution of dy with w."""
    axes = [_remainders(*axis) for axis in zip(g.size, g.out, g.kernel, g.stride, g.pad, g.dilate)]
    full: Any = tuple(axis[2] for axis in axes)
    steps = _steps(full)
    many, places = g.group_filters, math.prod(g.kernel)
    base, scale = np.zeros(places, np.int64), np.zeros(places, np.int64)
    parts, taps, begin = [], [np.zeros(0, np.int64)], 0
    for corner in itertools.product(*(axis[0] for axis in axes)):
        offset = lambda place: sum(t * step for (_, t), step in zip(place, steps))
        seen = sorted(itertools.product(*(axis[2] for axis in corner)), key=offset)  # forwards, as prefetchers like it
        offsets = [offset(place) for place in seen]
        for i, ((kd, _), (kh, _), (kw, _)) in enumerate(seen):
            place = (kd * g.kernel[1] + kh) * g.kernel[2] + kw
            base[place], scale[place] = begin + i, len(seen)
        taps.append(table(np.arange(many) * math.prod(full), offsets))
        count: Any = tuple(axis[1] for axis in corner)
        lines = table(np.arange(count[0]) * steps[0], np.arange(count[1]) * steps[1])
        first: Any = tuple(axis[0] for axis in corner)
        parts.append(Part(begin, begin + many * len(seen), lines, count[2], first, g.stride, count))
        begin += many * len(seen)
    return Tiled(
        g.batch, g.groups, many, g.out, tuple(axis[1] for axis in axes), full, g.group_channels, g.size, 1,  # type: ignore[arg-type]
        np.concatenate(taps), parts, (g.filters, g.group_channels, places), many, base, scale,
    )  # fmt: skip
