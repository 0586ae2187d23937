"""Order along an axis: the place of the largest or smallest number, sorting, and the first few in order.

arg_extreme   y[o, r] = the k with the largest x[o, k, r]; of equal ones the first; NaN counts as the largest
order         place[o, r, j] = the place of number j of line (o, r) in order, stable; NaN is the largest
              CPU: see `sorting.py`; CUDA: merge sort, bottom-up between two buffers, n log n comparisons
select        place[o, r, j] for j < k only: a number enters a short list if it comes before the last one there
histogram     y[b] = how many lie in edge[b] <= x < edge[b + 1]; CPU: each number is put into its bin, by parts with
              counts of their own; CUDA, and bins that overlap: where the edges belong in order, by bisection

The CPU's kernels of rows find what they look for by registers: one comparison says whether any of 16 numbers matters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .device import empty_like_target, is_device_array
from .kernel import foreach, helper, split_kernel
from .launch import bind
from .scratch import scratch
from .shaping import mover
from .sorting import by_network, sorter
from .words import cast, index, lanes, load, reduce_max, reduce_min, store, where, zeros

GRAIN = 1 << 13  # numbers to sort in a piece of work
FEW = 32  # at most so many of a line are selected
PIECE = 1 << 15  # numbers, at least, of a part of a histogram
PARTS = 64  # at most
BLOCK = 64  # lines beside each other that are one unit of work
EXACT = 1 << 24  # whole numbers below are floats
PLACES = np.dtype("int64")


@helper
def before(a, b, descending):
    """Whether a must stand before b; NaN stands last when ascending, first when descending."""
    if descending:
        return a > b or (a != a and b == b)
    return a < b or (b != b and a == a)


@helper
def none_before(tile, a, descending):
    """Whether surely no number of the tile must stand before a; with NaN in it the answer is no."""
    return reduce_max(tile) <= a if descending else reduce_min(tile) >= a


@foreach(flat=True, grain=256)
def arg_extreme(i, y, x, n, inner, largest):
    """y[o, r] of x: (outer, n, inner)."""
    start = i // inner * n * inner + i % inner
    best = 0
    for k in range(1, n):
        if before(x[start + k * inner], x[start + best * inner], largest):
            best = k
    y[i] = cast(best, y)


@split_kernel(flat=True)
def arg_extreme_rows(y, x, n, largest, first, last):
    """Rows first..last of x: (rows, n); numbers are looked at one by one only where one of their tile comes before."""
    step = lanes(x)
    for row in range(first, last):
        at, best, top = row * n, 0, x[index(row * n)]
        for begin in range(0, n, step):
            end = min(begin + step, n)
            if end - begin == step:
                if none_before(load(x, at + begin, 1, 1), top, largest):
                    continue
            for j in range(begin, end):
                value = x[index(at + j)]
                if before(value, top, largest):
                    best, top = j, value
        y[index(row)] = cast(best, y)


@split_kernel(flat=True)
def arg_extreme_columns(y, x, n, inner, largest, first, last):
    """Blocks first..last of BLOCK lines beside each other of x: (outer, n, inner); places are kept as floats."""
    step, blocks = lanes(x), (inner + BLOCK - 1) // BLOCK
    for block in range(first, last):
        outer, start = block // blocks, block % blocks * BLOCK
        for column in range(start, min(start + BLOCK, inner), step):
            at, m = outer * n * inner + column, inner - column
            top, best = load(x, at, 1, 1, 1, m), zeros(x, 1, 1)
            for k in range(1, n):
                value = load(x, at + k * inner, 1, 1, 1, m)
                # NaN comes before all others where the largest is sought, and after them else
                new = (value > top) | ((value != value) & (top == top))
                if largest == 0:
                    new = (value < top) | ((top != top) & (value == value))
                top, best = where(new, value, top), where(new, k * 1.0, best)
            store(y, outer * inner + column, best, 1, m)


@foreach(flat=True, grain=64)
def sort_lines(i, place, spare, x, n, inner, descending):
    """place[i, :] = the order of line i = (o, r) of x; `spare` has the size of `place`."""
    start = i // inner * n * inner + i % inner
    line = i * n
    for k in range(n):
        place[line + k] = k
    width, swapped = 1, False
    while width < n:
        for low in range(0, n, 2 * width):
            middle, high = min(low + width, n), min(low + 2 * width, n)
            a, b = low, middle
            for k in range(low, high):
                if swapped:
                    take_b = b < high and (
                        a >= middle
                        or before(x[start + spare[line + b] * inner], x[start + spare[line + a] * inner], descending)
                    )
                    place[line + k] = spare[line + b] if take_b else spare[line + a]
                else:
                    take_b = b < high and (
                        a >= middle
                        or before(x[start + place[line + b] * inner], x[start + place[line + a] * inner], descending)
                    )
                    spare[line + k] = place[line + b] if take_b else place[line + a]
                if take_b:
                    b += 1
                else:
                    a += 1
        width *= 2
        swapped = not swapped
    if swapped:
        for k in range(n):
            place[line + k] = spare[line + k]


@split_kernel(flat=True)
def select_rows(place, x, n, k, descending, first, last):
    """place[i, :] = the places of the first k in order of rows i = first..last of x: (rows, n)."""
    step = lanes(x)
    for row in range(first, last):
        at, to = row * n, row * k
        count, worst = 0, x[at]
        for begin in range(0, n, step):
            end = min(begin + step, n)
            if count == k and end - begin == step:
                if none_before(load(x, at + begin, 1, 1), worst, descending):
                    continue
            for j in range(begin, end):
                value = x[index(at + j)]
                if count < k or before(value, worst, descending):
                    j_th = min(count, k - 1)
                    count = j_th + 1
                    while j_th > 0 and before(value, x[at + int(place[to + j_th - 1])], descending):
                        place[to + j_th] = place[to + j_th - 1]
                        j_th -= 1
                    place[to + j_th] = cast(j, place)
                    worst = x[at + int(place[to + count - 1])]


@foreach(flat=True, grain=64)
def ordered_values(i, y, x, place, n, k, inner):
    """y[o, :, r] = the first k numbers of line i = (o, r) of x in order, given their places."""
    to, start = i // inner * k * inner + i % inner, i // inner * n * inner + i % inner
    for j in range(k):
        y[to + j * inner] = x[start + place[i * k + j] * inner]


@foreach(flat=True, grain=64)
def ordered_places(i, y, place, k, held, inner):
    """y[o, :, r] = their places, the first k of `held` for each line."""
    to = i // inner * k * inner + i % inner
    for j in range(k):
        y[to + j * inner] = cast(place[i * held + j], y)


@foreach(flat=True, grain=64)
def mark_first(i, y, place, n, k, inner):
    """y[o, :, r] = 1 at their places, else 0."""
    start = i // inner * n * inner + i % inner
    for j in range(n):
        y[start + j * inner] = cast(0, y)
    for j in range(k):
        y[start + place[i * k + j] * inner] = cast(1, y)


@foreach(flat=True, grain=64)
def put_ordered(i, dx, dy, place, n, k, inner):
    """The gradient of `ordered_values`, onto zeros where k < n."""
    to, start = i // inner * k * inner + i % inner, i // inner * n * inner + i % inner
    for j in range(k):
        dx[start + place[i * k + j] * inner] = dy[to + j * inner]


@foreach(flat=True, grain=GRAIN)
def edges_of_bins(i, y, low, width, bins):
    """y[i] = the lower edge of bin i; the last one is the end of the range."""
    y[i] = cast(low + i * width / bins, y)


@helper
def rank(x, place, n, edge, inclusive):
    """How many of x are less than the edge, or equal to it as well; `place` has their order."""
    first, last = 0, n
    while first < last:
        middle = (first + last) // 2
        a = x[place[middle]]
        if a < edge or (inclusive and a == edge):
            first = middle + 1
        else:
            last = middle
    return first


@foreach(flat=True, grain=64)
def count_bins(i, y, edge, x, place, n, bins):
    """y[i] = how many of x lie in bin i; the last bin has its upper edge too, NaN is in none."""
    y[i] = max(rank(x, place, n, edge[i + 1], i == bins - 1) - rank(x, place, n, edge[i], False), 0)


@split_kernel(flat=True)
def count_parts(table, edge, x, bins, size, even, first, last):
    """table[p, b] = how many of part p of x, which has `size` numbers, lie in bin b, for p = first..last.

    In bins of even width division says where a number belongs, but for rounding; else bisection does.
    """
    low, high = float(edge[0]), float(edge[bins])
    scale = bins / (high - low) if even else 0.0
    for part in range(first, last):
        to = part * bins
        for b in range(bins):
            table[index(to + b)] = 0
        for i in range(part * size, min(part * size + size, len(x))):
            a = x[index(i)]
            if a >= edge[0] and a <= edge[bins]:
                b, end = 0, bins
                if even:
                    b = min(int((a - low) * scale), bins - 1)
                    end = b
                while end - b > 1:
                    middle = (b + end) // 2
                    if a < edge[index(middle)]:
                        end = middle
                    else:
                        b = middle
                while a < edge[index(b)]:
                    b -= 1
                while b < bins - 1 and a >= edge[index(b + 1)]:
                    b += 1
                table[index(to + b)] += 1


# --- Launching -------------------------------------------------------------------------------------------------------


def arg(on_cpu: bool, dtypes: Any, size: int, n: int, inner: int, largest: int) -> Any:
    """A function of (y, x): y[o, r] = the place of the largest, or smallest, of x: (outer, n, inner).

    dtypes, size : those of y and x, and how many numbers y holds.
    """
    kind = dtypes[1].kind
    if not (on_cpu and size and n < EXACT and (kind == "f" or (inner == 1 and kind in "iu"))):
        return lambda y, x: arg_extreme(size, y, x, n, inner, largest)
    if inner == 1:
        return bind(arg_extreme_rows, dtypes, (n, largest), size, max(1, 8 * GRAIN // n))
    blocks = size // inner * -(-inner // BLOCK)
    return bind(arg_extreme_columns, dtypes, (n, inner, largest), blocks, max(1, 8 * GRAIN // (n * BLOCK)))


def order(on_cpu: bool, dtype: Any, kind: Any, size: int, n: int, inner: int, k: int, descending: int) -> Any:
    """A function of (places, x) that puts the places of the first k of each line of x: (outer, n, inner) in order.

    dtype, kind : of x and of the places, which have the shape (lines, k).
    size : how many numbers x has.
    """
    lines = size // max(n, 1)
    if not lines * k:
        return lambda places, x: None
    if not on_cpu:

        def by_merging(places: Any, x: Any) -> None:
            index, spare = (empty_like_target(x, (size,), np.int64) for _ in range(2))
            sort_lines(lines, index, spare, x, n, inner, descending)
            ordered_places(lines, places, index, k, n, 1)

        return by_merging
    if k == 1:
        return arg(on_cpu, (kind, dtype), lines, n, inner, descending)
    if by_network(lines, n) or 4 * k > n:
        return sorter(dtype, kind, lines, n, inner, k, descending)
    if inner > 1:  # the first few are found in rows
        turn = mover(on_cpu, dtype, (lines // inner, inner, n), (inner * n, n, 1), (inner * n, 1, inner))
        rows = order(on_cpu, dtype, kind, size, n, 1, k, descending)

        def turned(places: Any, x: Any) -> None:
            lying = scratch("ordering.rows", size, dtype)
            turn(lying, x)
            rows(places, lying)

        return turned
    if k > FEW or 8 * k > n:
        return sorter(dtype, kind, lines, n, inner, k, descending)
    select = bind(select_rows, (PLACES, dtype), (n, k, descending), lines, max(1, GRAIN // n))
    if kind == PLACES:
        return select
    move = over_lines(ordered_places, on_cpu, (kind, PLACES), lines, k, k, 1)

    def selected(places: Any, x: Any) -> None:
        found = room(x, (lines, k))
        select(found, x)
        move(places, found)

    return selected


def over_lines(kernel: Any, on_cpu: bool, dtypes: Any, lines: int, *rest: int) -> Any:
    """A function of arrays that runs one of the kernels of lines above on all of them; `rest`: its last arguments."""
    if not (on_cpu and lines):
        return lambda *arrays: kernel(lines, *arrays, *rest)
    return bind(kernel, dtypes, rest, lines, max(1, GRAIN // rest[0]))


def room(x: Any, shape: tuple[int, ...]) -> Any:
    """Memory for places, beside x, until the next call."""
    return empty_like_target(x, shape, PLACES) if is_device_array(x) else scratch("ordering.places", shape, PLACES)


def histogram(counts: Any, edge: Any, x: Any, even: bool) -> None:
    """counts[b] = how many numbers of x lie between edge[b] and edge[b + 1].

    even : whether the bins have the same width, but for rounding.
    """
    bins = counts.size
    if is_device_array(x) or not (even or np.all(edge[1:] >= edge[:-1])):  # bins may overlap
        place = room(x, (x.size,))
        order(not is_device_array(x), x.dtype, PLACES, x.size, x.size, 1, x.size, 0)(place, x)
        count_bins(bins, counts, edge, x, place, x.size, bins)
        return
    parts = min(max(x.size // max(PIECE, 4 * bins), 1), PARTS)
    table = scratch("ordering.counts", (parts, bins), np.int64)
    count_parts(parts, table, edge, x, bins, -(-x.size // parts), int(even))
    table.sum(0, out=counts)
