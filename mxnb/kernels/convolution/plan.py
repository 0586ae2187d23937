"""Plans for convolutions on the CPU: tables, choice of tiles, and the order of work, for known shapes.

`Tiled` runs what both directions share.  `forward` and `data_gradient` describe theirs as a list of `Part`s:

* Forward is one part.
* In the gradient of the data, pixel i gets dy[(i + pad - k * dilate) / stride] * w[k] from each k where that is a whole
  number.  Which k these are depends on the remainder of i + pad by stride only.  So the pixels of each remainder are a
  part: a convolution with stride 1 of dy with some of the taps, whose results go to every stride-th pixel.

Near the upper and lower edge some rows of a window lie in the padding.  Taps are ordered by rows, so that those which a
line of pixels needs are one span of them, and the others are left out: of a 7x7 image a tenth of all multiplications.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from .. import cache, pool
from ..gemm import register
from ..scratch import scratch
from . import tiles
from .choice import Choice, choose
from .geometry import Geometry, Three
from .layout import Layout, table

HELD = 1 << 25  # bytes of padded images to have at most at a time
NEAR = 1 << 19  # bytes of them that stay in the second-level cache
ITEMS = 16  # pieces of work to have at least, where there is much
MOVE = 64  # multiplications that take as long as moving a number
NEIGHBOURS, HALVING = 0.94, 0.3  # what tiles cost whose numbers are neighbours, and cycles to put a number so
JOINING, SURE = 0.5, 1.1  # cycles to put a number of a part in its place; how much cheaper parts must be
EVERY = 1 << 40  # taps: more than there are
SLACK = 128  # numbers that tiles may read beyond the last image
WORTH = 1 << 22  # multiplications that are worth waking a thread
PART = 1 << 19  # multiplications that are worth a part of their own
PACKED = 600_000  # bytes of weights to pack at a time: they should stay in the second-level cache


@dataclass
class Part:
    """Some output pixels and the taps that they see.

    first, last : their taps in the common table.
    lines : where each line of output pixels begins in the padded image.
    spans : for each line the first and last of the taps that meet the image.
    width : pixels of a line.
    begin, step, count : along each axis, which pixels of the whole result these are.
    apart, length : of a span, `length` taps of every `apart` are taken; the others lie in the padding.
    """

    first: int
    last: int
    lines: np.ndarray
    spans: np.ndarray
    width: int
    begin: Three
    step: Three
    count: Three
    apart: int = EVERY
    length: int = EVERY

    def taken(self, spans: np.ndarray) -> int:
        """Taps of spans that are so long."""
        return int(np.minimum(-(-np.maximum(spans, 0) // self.apart) * self.length, np.maximum(spans, 0)).sum())

    @cached_property
    def pixels(self) -> int:
        """How many there are."""
        return len(self.lines) * self.width

    @cached_property
    def steps(self) -> int:
        """Taps of all lines."""
        return self.taken(self.spans[1::2] - self.spans[::2])


@dataclass
class Tiled:
    """A convolution of padded images with packed weights.

    images, groups : how many.
    source : channels of a group of the input.
    size : sizes of its planes.
    pad : zeros before each axis; negative numbers cut off.
    layout : of the padded planes.
    channels : output channels of a group.
    out : sizes of an output plane.
    stride : distance of neighbouring pixels of a line in the padded image.
    taps : offsets of all parts.
    matrices : shape of the weights as `tiles.pack` takes them; `per` of them form a group.
    base, scale : where places in a matrix become taps; see `tiles.pack`.
    halves : whether lines of padded planes hold their even pixels, then the odd ones.
    columns : whether parts are columns of the result that see the same taps.
    """

    images: int
    groups: int
    source: int
    size: Three
    pad: Three
    layout: Layout
    channels: int
    out: Three
    stride: int
    taps: np.ndarray
    parts: list[Part]
    matrices: tuple[int, int, int]
    per: int
    base: np.ndarray
    scale: np.ndarray
    halves: bool = False
    columns: bool = False

    @property
    def untouched(self) -> bool:
        """Whether the copy would be what it is made of."""
        return self.layout == Layout(self.size) and self.pad == (0, 0, 0) and not self.halves

    def bind(self, dtype: np.dtype, activation: Any = None, scalars: Any = ()) -> Callable[..., None]:
        """A function (y, x, w, bias=None); see `bind_forward`."""
        return Bound(self, dtype, activation, scalars)


class Step:
    """A kernel that is called with arguments of the same types every time, so that its version is looked up once."""

    def __init__(self, kernel: Any) -> None:
        self.kernel, self.version = kernel, None

    def __call__(self, items: int, work: int, *args: Any) -> None:
        """Run it over `items`, each of which is worth `work` multiplications."""
        if self.version is None:
            self.version = self.kernel.variant(*args, 0, 0)
        pool.run(self.version, items, PART // (work + 1), *args)


class Bound:
    """A plan for numbers of one dtype, with the tiles chosen: a function (y, x, w, bias=None).

    Images are padded in chunks of the batch.  The weights of some panels are packed, and used for all images of the
    chunk, before the next ones are.
    """

    def __init__(self, plan: Tiled, dtype: np.dtype, activation: Any, scalars: Any) -> None:
        self.plan, self.dtype, self.scalars = plan, dtype, np.array(scalars, np.float64)
        choices = choose(plan, dtype)
        kernels = tiles.kernels(activation)
        self.parts = [(part, choice, Step(kernels[choice.kind])) for part, choice in zip(plan.parts, choices)]
        self.pad = Step(tiles.pad_halves if plan.halves else tiles.pad_planes)
        self.pack = Step(tiles.pack)
        self.numbers = choices[0].numbers  # channels of a panel
        self.panels = -(-plan.channels // self.numbers)  # of a group
        self.every = plan.groups * self.panels
        self.rows, self.planes = plan.groups * plan.channels, plan.groups * plan.source  # of an image
        self.group, size = plan.layout.held(plan.source), dtype.itemsize  # numbers of a padded group
        self.direct = plan.untouched and all(
            part.width >= choice.reads or not part.steps for part, choice, _ in self.parts
        )
        self.woven: tuple[Any, ...] | None = None
        if len(plan.parts) > 1:
            self.woven = joining(plan) if plan.columns else weaving(plan)
            self.weave = Step(tiles.join if plan.columns else tiles.weave)
        self.pixels = sum(part.pixels for part in plan.parts)
        self.each = _group(plan.groups, self.panels, len(plan.taps) * self.numbers * size)  # panels packed at a time
        held = 0 if self.direct else plan.groups * self.group
        held = size * (held + (self.rows * self.pixels if self.woven else 0))  # bytes for an image
        work = self.rows * sum(part.width * part.steps for part in plan.parts)
        chunk = max(NEAR // (held + 1), -(-32 * WORTH // max(work, 1))) if self.each == self.every else plan.images
        self.chunk = max(1, min(plan.images, chunk, HELD // (held + 1)))
        self.pieces = plan.groups * self.group * size // (NEAR // 4)  # of an image that stay in the cache
        self.no_bias = np.zeros((self.every, self.numbers), dtype)
        # few numbers: one part, whose weights are packed at once, and no piece of it is worth a thread
        self.few = len(plan.parts) == 1 and self.each == self.every and self.chunk == plan.images and self.pieces < 2
        self.few = self.few and max(work * plan.images, math.prod(plan.matrices) * MOVE) <= PART
        self.calls: Any = None
        # for a register's worth of channels, if their places are few, and of places beyond the last
        numbers, places = register(dtype)[0], len(plan.base)
        at = np.arange(places * (numbers if plan.per > 1 else 1) + numbers)
        self.scale = plan.scale[at % places]
        self.base = plan.base[at % places] + at // places * self.scale

    def __call__(self, y: np.ndarray, x: np.ndarray, w: np.ndarray, bias: np.ndarray | None = None) -> None:
        plan, dtype = self.plan, self.dtype
        biases = self.no_bias if bias is None else self._biases(bias)
        w = w.reshape(plan.matrices)
        if self.few:
            return self._at_once(y, x.reshape(-1), w, biases)
        packed = self._packed(w, 0) if self.each == self.every else None
        for first in range(0, plan.images, self.chunk):
            images = min(self.chunk, plan.images - first)
            result, source = y[first : first + images].reshape(-1), x[first : first + images].reshape(-1)
            if not self.direct:
                source = padded(source, images * self.planes, plan, dtype, self.pad)
            target = result
            if self.woven:
                target = scratch("convolution.y", images * self.rows * self.pixels + SLACK, dtype)
            for panel in range(0, self.every, self.each):
                if self.each < self.every:
                    packed = self._packed(w, panel)
                begin = 0
                for part, choice, step in self.parts:
                    end = begin + images * self.rows * part.pixels
                    into = target[begin:end].reshape(-1, part.pixels)
                    self._compute(into, source, packed, biases, panel, images, part, choice, step)
                    begin = end
            if self.woven:
                planes = images * self.rows
                self.weave(planes, len(result) // planes * MOVE, result, target, planes, *self.woven)

    def _at_once(self, y: np.ndarray, x: np.ndarray, w: np.ndarray, biases: np.ndarray) -> None:
        """`__call__` for few numbers: its kernels bound to all but their arrays."""
        plan, (part, choice, step) = self.plan, self.parts[0]
        if not self.direct:
            x = padded(x, plan.images * self.planes, plan, self.dtype, self.pad)
        taps = len(plan.taps)
        packed = scratch("convolution.w", self.every * taps * self.numbers, self.dtype)
        rows, panels = w.reshape(len(w), -1), packed.reshape(self.every, taps, self.numbers)
        y = y.reshape(-1, part.pixels)
        if self.calls is None:
            pieces = -(-w.shape[2] // tiles.PLACES)
            places = self.base, self.scale, plan.per, self.panels, self.numbers, taps, 0, self.every, 0
            pack = self.pack.kernel.variant(packed, w, rows, *places, 0, 0)
            rest = (
                self.scalars, plan.taps, part.lines, part.spans, part.apart, part.length, 0, plan.groups * self.group,
                self.group, plan.channels, self.panels, part.width, 1,
            )  # fmt: skip
            compute = step.kernel.variant(choice.tile, y, x, panels, biases, *rest, 0, 0)
            self.calls = (
                cache.bound(pack, *places, 0, len(w) * pieces),
                cache.bound(compute, *rest, 0, plan.images * self.every),
            )
        pack, compute = self.calls
        pack(packed, w, rows)
        compute(choice.tile, y, x, panels, biases)

    def _biases(self, bias: np.ndarray) -> np.ndarray:
        """The bias of each channel of each panel."""
        plan = self.plan
        biases = np.zeros((plan.groups, self.panels * self.numbers), self.dtype)
        biases[:, : plan.channels] = bias.reshape(plan.groups, plan.channels)
        return biases.reshape(self.no_bias.shape)

    def _packed(self, w: np.ndarray, panel: int) -> np.ndarray:
        """Panels `panel` and following: (panels, taps, numbers)."""
        plan, taps, end = self.plan, len(self.plan.taps), panel + self.each
        packed = scratch("convolution.w", self.each * taps * self.numbers, self.dtype)
        begin, stop = panel // self.panels * plan.per, -(-end // self.panels) * plan.per  # matrices
        pieces = -(-w.shape[2] // tiles.PLACES)
        self.pack(
            (stop - begin) * pieces, w[0].size * MOVE * self.each // (self.every * pieces), packed, w,
            w.reshape(len(w), -1), self.base, self.scale, plan.per, self.panels, self.numbers, taps, panel, end, begin,
        )  # fmt: skip
        return packed.reshape(self.each, taps, self.numbers)

    def _compute(
        self, y: Any, x: Any, w: Any, biases: Any, panel: int, images: int, part: Part, choice: Choice, step: Step
    ) -> None:
        """Panels `panel` and following of some images of one part."""
        plan, each = self.plan, self.each
        work = self.rows * part.width * max(part.steps, 8 * len(part.lines)) * each // self.every  # of an image
        pieces = -(-ITEMS // (images * each)) if work * images >= 2 * WORTH else 1
        if each > 1:  # all panels of a piece use the same pixels
            pieces = max(pieces, self.pieces)
        pieces = min(pieces, max(1, len(part.lines) // choice.lines))
        step(
            images * pieces * each, work // (pieces * each), choice.tile, y, x, w, biases, self.scalars, plan.taps,
            part.lines, part.spans, part.apart, part.length, panel, plan.groups * self.group,
            self.group, plan.channels, self.panels, part.width, pieces,
        )  # fmt: skip


def _group(groups: int, panels: int, size: int) -> int:
    """How many panels of weights, of `size` bytes each, are packed at a time: whole groups, or a fraction of one."""
    if panels * size <= PACKED:
        return panels * max(n for n in range(1, groups + 1) if groups % n == 0 and n * panels * size <= PACKED)
    return max([1, *(n for n in range(1, panels) if panels % n == 0 and n * size <= PACKED)])


def weaving(plan: Tiled) -> tuple[Any, ...]:
    """How `tiles.weave` puts parts together: their width and step, and where the lines of a plane are in them."""
    step = plan.parts[0].step
    depth, height, width = plan.out
    begins = np.zeros((depth * height, step[2]), np.int64)  # where the first line of the line's part begins
    places = np.zeros_like(begins)  # how far behind it the line begins
    sizes = np.zeros_like(begins)  # pixels of the part
    before = 0
    for part in plan.parts:
        for i, line in enumerate(itertools.product(*(range(n) for n in part.count[:2]))):
            d, h = (b + j * s for b, j, s in zip(part.begin, line, step))
            at = d * height + h, part.begin[2]
            begins[at], sizes[at] = before, part.pixels
            places[at] = i * part.count[2] if part.first < part.last else 0  # without taps all lines are the same
        before += part.pixels
    return width, step[2], begins, places, sizes


def joining(plan: Tiled) -> tuple[Any, ...]:
    """How `tiles.join` puts parts beside each other: lines of a plane, their width, and the parts' columns."""
    columns = np.array([(part.begin[2], part.count[2]) for part in plan.parts], np.int64)
    return plan.out[0] * plan.out[1], plan.out[2], columns


def split(kernel: Any, items: int, work: int, *args: Any) -> None:
    """Run a kernel over `items`, each of which is worth `work` multiplications."""
    Step(kernel)(items, work, *args)


def padded(x: np.ndarray, planes: int, plan: Any, dtype: np.dtype, pad: Step | None = None) -> np.ndarray:
    """The planes of x with zeros around, and some numbers behind the last that tiles may read.

    plan : has `size`, `pad` and `layout`, as `Tiled`.
    """
    layout = plan.layout
    sizes = layout.beside, layout.line, *plan.size, *plan.pad, *layout.full
    wide = scratch("convolution.x", layout.held(planes) + SLACK, dtype)
    (pad or Step(tiles.pad_planes))(planes, math.prod(layout.full) * MOVE, wide, x, *sizes)
    return wide


def _part(
    begin_tap: int, many: int, offsets: list[Any], axis: int, size: Three, pad: Three, layout: Layout, stride: Three,
    begin: Three, step: Three, count: Three,
) -> tuple[Part, np.ndarray]:  # fmt: skip
    """A part and its taps, which are ordered by their place along `axis`, then by channel, then by the other places.

    offsets : along each axis, how far the taps lie behind the first pixel of a window, ascending.
    size, pad : of the images, and the zeros before them, which tell the taps that a line needs.
    """
    others = [offsets[a] if a != axis else [0] for a in range(3)]
    rest = table(*(np.multiply(places, s) for places, s in zip(others, layout.steps)))
    taps = table(np.multiply(offsets[axis], layout.steps[axis]), np.arange(many) * layout.plane, rest)
    lines, width = layout.lines(count, stride) if len(taps) else (np.zeros(1, np.int64), count[2])
    row = many * len(rest)
    spans = np.tile([begin_tap, begin_tap + len(taps)], (len(lines), 1))
    if len(lines) == count[0] * count[1]:
        at = np.arange(count[axis])[:, None] * stride[axis] + np.asarray(offsets[axis], np.int64)[None, :] - pad[axis]
        low, high = (at < 0).sum(1), (at < size[axis]).sum(1)
        spans = begin_tap + row * np.stack([low, high], 1)
        spans = np.repeat(spans, len(lines) // count[axis], 0)
    spans = np.ascontiguousarray(spans.reshape(-1), np.int64)
    return Part(begin_tap, begin_tap + len(taps), lines, spans, width, begin, step, count), taps


def _axis(kernel: Three, out: Three) -> int:
    """The axis along which taps are ordered first: the outer one of those that lines of pixels have."""
    return 0 if kernel[0] > 1 or out[0] > 1 else 1


def forward(g: Geometry, by_rows: bool = False, halves: bool = False) -> Tiled:
    """The plan of y = convolution of x with w; its taps are in the order of w, or by rows of the window.

    halves : for a stride of 2 along lines, which becomes 1: neighbours in y see neighbours of either half of a line.
    """
    reach = tuple((p - 1) * s + (k - 1) * d + 1 for p, s, k, d in zip(g.out, g.stride, g.kernel, g.dilate))
    offsets, axis, stride = [np.arange(k) * d for k, d in zip(g.kernel, g.dilate)], _axis(g.kernel, g.out), g.stride
    layout, products = Layout(g.size), g.group_filters * math.prod(g.kernel) // math.prod(g.stride)
    if g.pad != (0, 0, 0) or halves:
        full = (reach[0], reach[1], reach[2] + reach[2] % 2 * halves)
        layout = Layout.copied(full, g.group_channels, products if by_rows else 0)
    if halves:
        offsets[2] = offsets[2] % 2 * (layout.full[2] // 2) + offsets[2] // 2
        stride = (*stride[:2], 1)
    part, taps = _part(0, g.group_channels, offsets, axis, g.size, g.pad, layout, stride, (0, 0, 0), (1, 1, 1), g.out)
    natural = np.arange(g.taps).reshape(g.group_channels, *g.kernel)
    base = np.argsort(np.moveaxis(natural, 1 + axis, 0).reshape(-1))  # where the taps of w are among those by rows
    if not by_rows:
        taps, base = taps[base], natural.reshape(-1)
        part.spans = np.tile([0, g.taps], len(part.lines))
    return Tiled(
        g.batch, g.groups, g.group_channels, g.size, g.pad, layout, g.group_filters, g.out, stride[2], taps, [part],
        (g.groups, g.group_filters, g.taps), 1, base, np.zeros(g.taps, np.int64), halves,
    )  # fmt: skip


def _met(count: int, offsets: Any, pad: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each of `count` windows along an axis, the first and last of the taps that meet the image."""
    at = np.arange(count)[:, None] + np.asarray(offsets, np.int64)[None, :] - pad
    return (at < 0).sum(1), (at < size).sum(1)


def in_columns(plan: Tiled, g: Geometry, transposed: bool, dtype: np.dtype) -> Tiled:
    """The plan, or where that takes fewer cycles, one in parts of neighbouring columns that see the same taps.

    A window whose pixels lie far apart has whole columns in the padding, besides rows.  Taps are ordered by row, then
    column, then channel: those of some columns are as many of every row.
    """
    if g.stride != (1, 1, 1) or g.dilate[2] == 1 or g.kernel[2] == 1:
        return plan
    seen = [[(k * d, k) for k in range(n)] for n, d in zip(g.kernel, g.dilate)]
    if transposed:
        sizes = zip(g.size, g.out, g.kernel, g.stride, g.pad, g.dilate)
        seen = [_remainders(*along)[0][0][2] for along in sizes]
    offsets = [[offset for offset, _ in along] for along in seen]
    axis, many, (depth, height, width) = _axis(g.kernel, plan.out), plan.source, plan.out
    steps, other = plan.layout.steps, 1 - axis
    run = many * len(offsets[other])  # taps of a row and column of the window
    row = run * g.kernel[2]
    (low, high), (top, bottom) = (_met(plan.out[a], offsets[a], plan.pad[a], plan.size[a]) for a in (2, axis))
    cuts = [0, *(np.flatnonzero(np.diff(low) | np.diff(high)) + 1), width]
    if len(cuts) == 2 or (low >= high).any():
        return plan
    apart = [np.multiply(offsets[a], steps[a]) for a in range(3)]
    taps = table(apart[axis], apart[2], np.arange(many) * plan.layout.plane, apart[other])
    lines = table(np.arange(depth) * steps[0], np.arange(height) * steps[1])
    parts = []
    for begin, end in itertools.pairwise(cuts):
        spans = np.stack([top * row + low[begin] * run, np.maximum(top, bottom - 1) * row + high[begin] * run], 1)
        spans[top >= bottom] = 0
        spans = np.ascontiguousarray(np.repeat(spans, len(lines) // plan.out[axis], 0).reshape(-1), np.int64)
        length = int(high[begin] - low[begin]) * run
        parts.append(Part(
            0, len(taps), lines + begin, spans, int(end - begin), (0, 0, int(begin)), (1, 1, 1),
            (depth, height, int(end - begin)), row, length,
        ))  # fmt: skip
    numbers = np.arange(math.prod(g.kernel)).reshape(g.kernel)[np.ix_(*([k for _, k in along] for along in seen))]
    base = np.zeros(numbers.size, np.int64)
    base[numbers.transpose(axis, 2, other).reshape(-1)] = table(
        np.arange(len(offsets[axis]) * g.kernel[2]) * run, np.arange(len(offsets[other]))
    )
    scale = np.full_like(base, len(offsets[other]))
    if not transposed:
        base, scale = table(np.arange(many) * scale[0], base), np.zeros(g.taps, np.int64)
    columns = replace(plan, taps=taps, parts=parts, base=base, scale=scale, columns=True)
    cost = [sum(choice.cost for choice in choose(p, dtype)) for p in (columns, plan)]
    sure = SURE * (1.25 if many > 128 else 1)  # each step is on another page, of more than the processor remembers
    return columns if (cost[0] + JOINING * plan.channels * depth * height * width) * sure < cost[1] else plan


def cheapest(g: Geometry, dtype: np.dtype) -> Tiled:
    """The plan of the forward pass that takes fewer cycles: with lines as they are, or for a stride of 2 in halves."""
    whole = forward(g, by_rows=True)
    if g.stride[2] != 2 or g.kernel[2] == 1:
        return in_columns(whole, g, False, dtype)
    halves = forward(g, by_rows=True, halves=True)
    cost, neighbours = (choose(p, dtype)[0].cost * g.groups for p in (whole, halves))
    return halves if neighbours * NEIGHBOURS + HALVING * g.channels * math.prod(halves.layout.full) < cost else whole


def _remainders(size: int, out: int, kernel: int, stride: int, pad: int, dilate: int) -> tuple[list[Any], int, int]:
    """The parts of one axis of the data gradient.

    Returns
    -------
    parts : for each remainder, (first pixel, how many, its taps), each tap as (offset of dy's pixel behind the line's
        first, place in the window), ascending.
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
    found = [(pixel, count, sorted((begin + before - t, k) for k, t in seen)) for pixel, begin, count, seen in parts]
    return [p for p in found if p[1]], before, full


def data_gradient(g: Geometry) -> Tiled:
    """The plan of dx = transposed convolution of dy with w."""
    axes = [_remainders(*axis) for axis in zip(g.size, g.out, g.kernel, g.stride, g.pad, g.dilate)]
    before: Any = tuple(axis[1] for axis in axes)
    full: Any = tuple(axis[2] for axis in axes)
    layout = Layout(full)
    if (before, full) != ((0, 0, 0), g.out):
        layout = Layout.copied(full, g.group_filters, g.group_channels * math.prod(g.kernel))
    many, places, axis = g.group_filters, math.prod(g.kernel), _axis(g.kernel, g.size)
    base, scale = np.zeros(places, np.int64), np.zeros(places, np.int64)
    numbers = np.arange(places).reshape(g.kernel)
    parts, taps, begin = [], [np.zeros(0, np.int64)], 0
    for corner in itertools.product(*(axis[0] for axis in axes)):
        pixel, count, seen = zip(*corner)
        offsets = [[offset for offset, _ in along] for along in seen]
        part, found = _part(begin, many, offsets, axis, g.out, before, layout, (1, 1, 1), pixel, g.stride, count)
        parts.append(part)
        taps.append(found)
        if not len(found):
            continue
        # place k of the matrix of filter m: its row, then m, then its place in the row
        order = np.moveaxis(numbers[np.ix_(*([k for _, k in along] for along in seen))], axis, 0)
        order = order.reshape(len(order), -1)
        row = order.shape[1]
        base[order] = begin + np.arange(len(order))[:, None] * (many * row) + np.arange(row)[None, :]
        scale[order] = row
        begin += len(found)
    unseen = np.flatnonzero(scale == 0)  # places whose products all lie beyond dx: taps of no part
    base[unseen], scale[unseen] = begin + np.arange(len(unseen)) * many, 1
    taps.append(np.zeros(len(unseen) * many, np.int64))
    return Tiled(
        g.batch, g.groups, many, g.out, before, layout, g.group_channels, g.size, 1, np.concatenate(taps), parts,
        (g.filters, g.group_channels, places), many, base, scale,
    )  # fmt: skip
