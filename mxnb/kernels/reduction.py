"""Reductions over any axes, each from four parts: map, combine, start, finish.

y[o] = finish(combine over r of map(x[o, r]), n)         bytes: itemsize for each number of x; limited by memory

`split_axes` describes the axes of a contiguous array as few kept and few reduced dimensions.  Where the innermost one
is reduced, a row of numbers folds into one (`rows`); where it is kept, a row of results is computed at once
(`columns`).  Both keep several independent accumulators, which hides the latency of additions, and empty them into a
total after CHUNK steps, which bounds the rounding error: a sum of a million numbers is off by 1e-6 of itself, not 1e-4.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import device
from .kernel import Kernel, foreach, helper, split_kernel
from .launch import bind
from .words import cast, lanes, load, store, zeros

GRAIN = 1 << 15
WIDE = 4
CHUNK = 128  # steps after which an accumulator is emptied
BLOCK = 64  # neighbouring results that one work item computes
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
def place(geometry, index):
    """Where combination `index` of the kept dimensions starts; geometry: their lengths, then their strides."""
    count = len(geometry) // 2
    at = 0
    for d in range(count - 1, 0, -1):
        at += index % geometry[d] * geometry[count + d]
        index //= geometry[d]
    return at + index * geometry[count] if count > 0 else at


def rows(mapped: Function, combine: Function, fold: Function, finish: Function, start: float) -> Function:
    """Fold `width` neighbouring numbers at each place of `outer` into one; one work item is one result."""

    def loop(y, x, kept, outer, width, n, first, last):
        step = lanes(x)
        full = width // (WIDE * step) * WIDE * step
        for o in range(first, last):
            base = place(kept, o)
            total = zeros(x, 1, WIDE) + start
            wide = zeros(x, 1, WIDE) + start
            rest_total = zeros(x, 1, 1) + start
            rest = zeros(x, 1, 1) + start
            steps = 0
            for r in range(len(outer)):
                at = base + outer[r]
                for begin in range(0, full, CHUNK * WIDE * step):
                    stop = min(begin + CHUNK * WIDE * step, full)
                    for j in range(begin, stop, WIDE * step):
                        wide = combine(wide, mapped(load(x, at + j, 1, WIDE)))
                    steps += stop - begin
                    if steps >= CHUNK * WIDE * step:
                        total = combine(total, wide)
                        wide = zeros(x, 1, WIDE) + start
                        steps = 0
                for j in range(full, width, step):
                    rest = combine(rest, mapped(load(x, at + j, 1, 1, 1, width - j, start)))
                if r % CHUNK == CHUNK - 1:
                    rest_total = combine(rest_total, rest)
                    rest = zeros(x, 1, 1) + start
            folded = fold(combine(rest_total, rest))
            if full > 0:  # folding is what short rows spend their time on
                folded = combine(fold(combine(total, wide)), folded)
            y[o] = cast(finish(folded, n), y)

    return loop


def columns(mapped: Function, combine: Function, finish: Function, start: float) -> Function:
    """Fold rows of `width` numbers; one work item is a block of BLOCK results of one row of them."""

    def loop(y, x, kept, outer, terms, stride, width, n, first, last):
        step = lanes(x)
        blocks = (width + BLOCK - 1) // BLOCK
        for item in range(first, last):
            row, begin = item // blocks, item % blocks * BLOCK
            base = place(kept, row)
            for j in range(begin, min(begin + BLOCK, width), step):
                left = width - j
                total = zeros(x, 1, 1) + start
                even = zeros(x, 1, 1) + start
                odd = zeros(x, 1, 1) + start
                steps = 0
                for r in range(len(outer)):
                    at = base + j + outer[r]
                    for begin in range(0, terms, 2 * CHUNK):
                        stop = min(begin + 2 * CHUNK, terms)
                        for k in range(begin, stop - 1, 2):
                            even = combine(even, mapped(load(x, at + k * stride, 1, 1, 1, left, start)))
                            odd = combine(odd, mapped(load(x, at + (k + 1) * stride, 1, 1, 1, left, start)))
                        if (stop - begin) % 2:
                            even = combine(even, mapped(load(x, at + (stop - 1) * stride, 1, 1, 1, left, start)))
                        steps += stop - begin
                        if steps >= 2 * CHUNK:
                            total = combine(total, combine(even, odd))
                            even = zeros(x, 1, 1) + start
                            odd = zeros(x, 1, 1) + start
                            steps = 0
                store(y, row * width + j, finish(combine(total, combine(even, odd)), n), 1, left)

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
    """

    def __init__(
        self, name: str, mapped: Function, combine: Function, start: float, finish: Function, fold: Function | None
    ) -> None:
        self.name, self.fold, self.start = "reduction." + name, fold, start
        self.mapped, self.combine, self.finish = helper(mapped), helper(combine), helper(finish)
        self._kernels: dict[str, Kernel] = {}

    def _kernel(self, kind: str) -> Kernel:
        if kind not in self._kernels:
            name = f"{self.name}.{kind}"
            if kind == "rows":
                loop = rows(self.mapped, self.combine, self.fold, self.finish, self.start)  # type: ignore[arg-type]
                made = split_kernel(loop, name=name, flat=True)
            elif kind == "columns":
                loop = columns(self.mapped, self.combine, self.finish, self.start)
                made = split_kernel(loop, name=name, flat=True)
            elif kind == "partial":
                made = foreach(partial(self.mapped, self.combine), name=name, flat=True, grain=64)
            else:
                made = foreach(gather(self.combine, self.finish), name=name, flat=True, grain=4096)
            self._kernels[kind] = made
        return self._kernels[kind]

    def bind(
        self, on_cpu: bool, shape: tuple[int, ...], axes: tuple[int, ...], dtype: Any
    ) -> Callable[[Any, Any], None]:
        """A function of (y, x) for arrays x of a shape."""
        kept, reduced, inner = split_axes(shape, axes)
        count = int(np.prod([n for n, _ in kept], dtype=np.int64))
        n = int(np.prod([n for n, _ in reduced], dtype=np.int64))
        if on_cpu and dtype.kind == "f" and self.fold is not None and n > 0:
            return self._bind_tiles(kept, reduced, inner, count, n, dtype)
        where, terms = _table(kept), _table(reduced)
        parts = max(1, min(n, max(PARTS, math.isqrt(n))))
        wide = np.dtype("float32") if dtype == np.dtype("float16") else dtype
        first, second = self._kernel("partial"), self._kernel("gather")

        def run(y: Any, x: Any) -> None:
            if n == 0:
                with np.errstate(invalid="ignore"):  # the mean of no numbers is none
                    value = self.finish(np.float64(self.start), np.float64(0))
                device.copy(y, np.full(y.shape, value).astype(y.dtype))
                return
            work = device.empty_like_target(x, (max(count * parts, 1),), wide)
            kept_table, reduced_table = device.work_copy(x, where), device.work_copy(x, terms)
            first(count * parts, work, x, kept_table, reduced_table, n, parts)
            second(count, y, work, parts, float(n))

        return run

    def _bind_tiles(self, kept: Any, reduced: Any, inner: bool, count: int, n: int, dtype: Any) -> Callable[..., None]:
        outer = offsets(reduced[:-1])
        if inner or not kept:
            width = reduced[-1][0] if reduced else 1
            rest: tuple[Any, ...] = (_table(kept), outer, width, float(n))
            return bind(self._kernel("rows"), (dtype, dtype), rest, count, max(1, GRAIN // max(n, 1)))
        width = kept[-1][0]
        terms, stride = reduced[-1] if reduced else (1, 1)
        rest = (_table(kept[:-1]), outer, terms, stride, width, float(n))
        items = count // max(width, 1) * -(-width // BLOCK)
        return bind(self._kernel("columns"), (dtype, dtype), rest, items, max(1, GRAIN // max(n * BLOCK, 1)))


def _table(dims: list[tuple[int, int]]) -> np.ndarray:
    """Lengths, then strides, as kernels read them."""
    return np.array([[n for n, _ in dims], [s for _, s in dims]], np.int64).reshape(-1)
