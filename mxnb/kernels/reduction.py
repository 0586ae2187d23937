"""Reductions over any axes, each from four parts: map, combine, start, finish.

y[o] = finish(combine over r of map(x[o, r]), n)         bytes: itemsize for each number of x; limited by memory

`split_axes` describes the axes of a contiguous array as few kept and few reduced dimensions.  Where the innermost one
is reduced, a row of numbers folds into one (`rows`); where it is kept, a strip of results is computed at once
(`columns`).  Both keep several independent accumulators, which hides the latency of additions, and empty them into a
total after CHUNK steps, which bounds the rounding error: a sum of ten million numbers of one sign is off by less than
1e-6 of itself, not by 1e-3.  Whole numbers go the same way, and wrap around in their dtype.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import device
from .kernel import Kernel, foreach, helper, split_kernel
from .launch import bind
from .scratch import scratch
from .shaping import convert_half
from .words import cast, column, lanes, load, reduce_add, store, zeros

GRAIN = 1 << 18  # numbers in a piece of work: a megabyte, tens of microseconds
WIDE = 4
CHUNK = 128  # steps after which an accumulator is emptied
FEW = 5  # neighbouring numbers, at most, that are folded one by one
LONG = 256  # neighbouring numbers that are worth a stage of their own
RUN = 1 << 13  # neighbouring numbers that are folded by tiles, CHUNK of them
STRIP = 8  # registers of neighbouring results that are computed together
BLOCK = 512  # bytes of neighbouring results that one work item computes: a strip of the widest registers
PARTS = 64  # partial results of one output, at least, where a single thread would have to fold a long row
Function = Callable[..., Any]


def split_axes(
    shape: tuple[int, ...], axes: tuple[int, ...]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]], bool]:
    """The (length, stride) pairs of the kept and of the reduced dimensions, neighbours merged, outermost first.

    The third result tells whether the innermost dimension is reduced.
    """
    groups: list[list[Any]] = []
    stride = 1
    for axis in reversed(range(len(shape))):
        if shape[axis] != 1:
            kind = axis in axes
            if groups and groups[-1][0] == kind:
                groups[-1][1] *= shape[axis]
            else:
                groups.append([kind, shape[axis], stride])
        stride *= shape[axis]
    kept = [(n, s) for kind, n, s in reversed(groups) if not kind]
    reduced = [(n, s) for kind, n, s in reversed(groups) if kind]
    return kept, reduced, bool(groups) and groups[0][0]


def offsets(dims: list[tuple[int, int]]) -> np.ndarray:
    """The distance of every index combination of the given (length, stride) pairs."""
    table = np.zeros(1, np.int64)
    for length, stride in dims:
        table = (table[:, None] + np.arange(length, dtype=np.int64) * stride).reshape(-1)
    return table


@helper
def place(geometry, row):
    """Where combination `row` of the kept dimensions starts; geometry: their lengths, then their strides."""
    count = len(geometry) // 2
    at = 0
    for d in range(count - 1, 0, -1):
        at += row % geometry[d] * geometry[count + d]
        row //= geometry[d]
    return at + row * geometry[count] if count > 0 else at


@helper
def wrapped(total, x):
    """A total of whole numbers as their dtype adds up."""
    return cast(total, zeros(x, 1, 1))


@helper
def exact(total, x):
    """A total of floats as it is."""
    return total


def rows(mapped: Function, combine: Function, fold: Function, finish: Function, start: float) -> Function:
    """Fold runs of neighbouring numbers into one; one work item is one result.

    kept, height, stride : the kept dimensions, the last of them by itself.
    runs : of each, where it begins and how many numbers it has.
    """

    settled = wrapped if type(start) is int else exact

    def loop(y, x, kept, height, stride, runs, n, first, last):
        step, o = lanes(x), first
        while o < last:
            base, end = place(kept, o // height) + o % height * stride, min(last, o - o % height + height)
            while o < end:
                total = start
                for r in range(0, len(runs), 2):
                    at, after = base + runs[r], base + runs[r] + runs[r + 1]
                    if runs[r + 1] <= FEW:
                        while at < after:
                            total = combine(total, mapped(reduce_add(column(x, at, 1))))
                            at += 1
                        continue
                    wide, rest = zeros(x, 1, WIDE) + start, zeros(x, 1, 1) + start
                    while at + WIDE * step <= after:
                        wide = combine(wide, mapped(load(x, at, 1, WIDE)))
                        at += WIDE * step
                    while at + step <= after:
                        rest = combine(rest, mapped(load(x, at, 1, 1)))
                        at += step
                    if at < after:
                        rest = combine(rest, mapped(load(x, at, 1, 1, 1, after - at, start)))
                    if runs[r + 1] >= WIDE * step:  # folding is what short rows spend their time on
                        total = combine(total, fold(wide))
                    total = combine(total, fold(rest))
                y[o] = cast(finish(settled(total, x), n), y)
                base, o = base + stride, o + 1

    return loop


def strip(mapped: Function, combine: Function, start: float, wide: int) -> Function:
    """Fold rows of `wide` registers: all terms of the results beside x[base], of which there are `left` at least."""

    def folded(x, base, outer, terms, stride, left):
        whole, total, part = zeros(x, 1, wide) + start, zeros(x, 1, wide) + start, zeros(x, 1, wide) + start
        steps = 0
        for r in range(len(outer)):
            at = base + outer[r]
            for k in range(terms):
                part = combine(part, mapped(load(x, at + k * stride, 1, wide, 1, left, start)))
                steps += 1
                if steps % CHUNK == 0:
                    total, part = combine(total, part), zeros(x, 1, wide) + start
                    if steps == CHUNK * CHUNK:
                        whole, total, steps = combine(whole, total), zeros(x, 1, wide) + start, 0
        return combine(whole, combine(total, part))

    return folded


def columns(mapped: Function, combine: Function, finish: Function, start: float) -> Function:
    """Fold rows of `width` numbers; one work item is `block` results in one row of them."""
    many, single = (helper(strip(mapped, combine, start, wide)) for wide in (STRIP, 1))

    def loop(y, x, kept, outer, terms, stride, width, block, n, first, last):
        step = lanes(x)
        blocks = (width + block - 1) // block
        for item in range(first, last):
            row, begin = item // blocks, item % blocks * block
            base, end = place(kept, row), min(begin + block, width)
            full = (end - begin) // (STRIP * step) * STRIP * step + begin
            for j in range(begin, full, STRIP * step):
                total = many(x, base + j, outer, terms, stride, STRIP * step)
                store(y, row * width + j, finish(total, n))
            for j in range(full, end, step):
                total = single(x, base + j, outer, terms, stride, width - j)
                store(y, row * width + j, finish(total, n), 1, width - j)

    return loop


def partial(mapped: Function, combine: Function) -> Function:
    """Any dtype, both targets: work item i folds every PARTS-th term of result i // parts, starting with i % parts."""

    def body(i, y, x, kept, reduced, terms, parts):
        o, first = i // parts, i % parts
        base = place(kept, o)
        acc = cast(mapped(x[base + place(reduced, first)]), y)
        for r in range(first + parts, terms, parts):
            acc = combine(acc, cast(mapped(x[base + place(reduced, r)]), y))
        y[i] = acc

    return body


def gather(combine: Function, finish: Function) -> Function:
    """Combine the partial results of each output."""

    def body(i, y, x, parts, n):
        acc = x[i * parts]
        for r in range(1, parts):
            acc = combine(acc, x[i * parts + r])
        y[i] = cast(finish(acc, n), y)

    return body


FLOAT32 = np.dtype("float32")


class Reduction:
    """All kernels of one reduction.

    Parameters
    ----------
    name : identifies it in the cache of kernels.
    mapped : function of one number.
    combine : associative function of two.
    start : number with which `combine` changes nothing, and which `mapped` leaves alone.
    finish : function of the combined number and of the count of numbers.
    fold : the word that combines the lanes of a tile, or None where there is none.
    staged : whether results may be reduced again: `mapped` and, with a count of 1, `finish` leave them alone.
    """

    def __init__(
        self,
        name: str,
        mapped: Function,
        combine: Function,
        start: float,
        finish: Function,
        fold: Function | None,
        staged: bool = True,
    ) -> None:
        self.name, self.fold, self.start, self.staged = "reduction." + name, fold, start, staged
        self.mapped, self.combine, self.finish = helper(mapped), helper(combine), helper(finish)
        self._kernels: dict[Any, Kernel] = {}

    def _kernel(self, kind: str, start: float = 0.0) -> Kernel:
        if (kind, start, type(start)) not in self._kernels:
            name = f"{self.name}.{kind}" + (f".{start}" if type(start) is int else "")
            if kind == "rows":
                loop = rows(self.mapped, self.combine, self.fold, self.finish, start)  # type: ignore[arg-type]
                made = split_kernel(loop, name=name, flat=True)
            elif kind == "columns":
                loop = columns(self.mapped, self.combine, self.finish, start)
                made = split_kernel(loop, name=name, flat=True)
            elif kind == "partial":
                made = foreach(partial(self.mapped, self.combine), name=name, flat=True, grain=64)
            else:
                made = foreach(gather(self.combine, self.finish), name=name, flat=True, grain=4096)
            self._kernels[kind, start, type(start)] = made
        return self._kernels[kind, start, type(start)]

    def _start(self, dtype: Any) -> float:
        """`start` as a number of a dtype."""
        if dtype.kind == "f":
            return self.start
        bounds = np.iinfo(dtype)
        return int(min(max(self.start, bounds.min), bounds.max))

    def bind(
        self, on_cpu: bool, shape: tuple[int, ...], axes: tuple[int, ...], dtype: Any, n: int | None = None
    ) -> Callable[[Any, Any], None]:
        """A function of (y, x) for arrays x of a shape; `n`: what `finish` takes for the count of numbers."""
        terms = math.prod(shape[a] for a in axes)
        n = terms if n is None else n
        tiled = dtype.kind in "fi" or (dtype.kind == "u" and dtype.itemsize < 8)
        if not (on_cpu and tiled and self.fold is not None and terms > 0):
            return self._bind_each(shape, axes, dtype, terms, n)
        if dtype == np.float16:  # numbers are read as they are, and results rounded once
            y_size = math.prod(length for a, length in enumerate(shape) if a not in axes)
            reduce = self._bind_wide(shape, axes, dtype, n)

            def run_half(y: Any, x: Any) -> None:
                wide = scratch("reduction.wide", y_size, FLOAT32)
                reduce(wide, x)
                convert_half(y_size, y, wide)

            return run_half
        return self._bind_wide(shape, axes, dtype, n)

    def _bind_wide(self, shape: Any, axes: Any, dtype: Any, n: int) -> Callable[..., None]:
        """On the CPU, in two stages where that goes through memory in order; float32 from float16."""
        wide = FLOAT32 if dtype == np.float16 else dtype
        _, reduced, inner = split_axes(shape, axes)
        if not (self.staged and inner and len(reduced) > 1 and reduced[-1][0] >= LONG):
            return self._bind_tiles(shape, axes, dtype, wide, n)
        last = max(a for a, length in enumerate(shape) if a not in axes and length > 1)
        left = shape[: last + 1]  # the axes after it go first, through memory in order
        first = self._bind_tiles(shape, tuple(range(last + 1, len(shape))), dtype, wide, 1)
        second = self._bind_tiles(left, tuple(a for a in axes if a < last), wide, wide, n)
        count = math.prod(left)

        def run(y: Any, x: Any) -> None:
            work = scratch("reduction", count, wide)
            first(work, x)
            second(y, work)

        return run

    def _bind_each(self, shape: Any, axes: Any, dtype: Any, terms: int, n: int) -> Callable[..., None]:
        """Any dtype, both targets."""
        kept, reduced, _ = split_axes(shape, axes)
        count, where, places = math.prod(length for length, _ in kept), _table(kept), _table(reduced)
        parts = max(1, min(terms, max(PARTS, math.isqrt(terms))))
        wide = np.dtype("float32") if dtype == np.dtype("float16") else dtype
        first, second = self._kernel("partial"), self._kernel("gather")

        def run(y: Any, x: Any) -> None:
            if terms == 0:
                with np.errstate(invalid="ignore"):  # the mean of no numbers is none
                    value = self.finish(np.float64(self.start), np.float64(0))
                device.copy(y, np.full(y.shape, value).astype(y.dtype))
                return
            work = device.empty_like_target(x, (max(count * parts, 1),), wide)
            kept_table, reduced_table = device.work_copy(x, where), device.work_copy(x, places)
            first(count * parts, work, x, kept_table, reduced_table, terms, parts)
            second(count, y, work, parts, float(n))

        return run

    def _bind_tiles(self, shape: Any, axes: Any, dtype: Any, wide: Any, n: int) -> Callable[..., None]:
        """On the CPU, of dtype, with results of `wide`; `n` is what `finish` takes for the count of numbers."""
        start = self._start(dtype)
        kept, reduced, inner = split_axes(shape, axes)
        outer, each = offsets(reduced[:-1]), math.prod(length for length, _ in reduced)
        count = math.prod(length for length, _ in kept)
        if inner or not kept:
            width = reduced[-1][0] if reduced else 1
            begins = np.arange(0, width, RUN)
            at, length = outer[:, None] + begins, np.minimum(width - begins, RUN) + 0 * outer[:, None]
            height, stride = kept[-1] if kept else (1, 0)
            runs = np.stack([at, length], 2).reshape(-1)
            rest: tuple[Any, ...] = (_table(kept[:-1]), height, stride, runs, float(n))
            return bind(self._kernel("rows", start), (wide, dtype), rest, count, max(1, GRAIN // each))
        width = kept[-1][0]
        terms, stride = reduced[-1] if reduced else (1, 1)
        block = BLOCK // dtype.itemsize
        rest = (_table(kept[:-1]), outer, terms, stride, width, block, float(n))
        items = count // max(width, 1) * -(-width // block)
        return bind(self._kernel("columns", start), (wide, dtype), rest, items, max(1, GRAIN // (each * block)))


def _table(dims: list[tuple[int, int]]) -> np.ndarray:
    """Lengths, then strides, as kernels read them."""
    return np.array([[n for n, _ in dims], [s for _, s in dims]], np.int64).reshape(-1)
