"""Order along an axis: the place of the largest or smallest number, sorting, and the first few in order.

arg_extreme   y[o, r] = the k with the largest x[o, k, r]; of equal ones the first; NaN counts as the largest
sort          index[o, r, j] = the place of number j of line (o, r) in order, stable; NaN is the largest
              CUDA and short lines: merge sort, bottom-up between two buffers, n log n comparisons
              CPU: radix sort by bytes from the last, 2 passes over keys and places for each byte that differs
select        index[o, r, j] for j < k only: a number enters a short list if it comes before the last one there
histogram     y[b] = how many lie in edge[b] <= x < edge[b + 1]: where the edges belong in order, by bisection

A key is a whole number whose order is that of the numbers; the bits of a float are one but for the sign.  The CPU's
kernels of rows find what they look for by registers: one comparison says whether any of 16 numbers matters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import pool
from .device import empty_like_target, is_device_array
from .kernel import foreach, helper, split_kernel
from .launch import bind
from .scratch import scratch
from .words import cast, lanes, load, reduce_max, reduce_min, store, where, zeros

GRAIN = 1 << 13  # numbers to sort in a piece of work
LONG = 64  # lines from this length on are sorted by radix
FEW = 32  # at most so many of a line are selected
DIGITS = 256  # values of a byte
BLOCK = 64  # lines beside each other that are one unit of work
EXACT = 1 << 24  # whole numbers below are floats


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
        at, best = row * n, 0
        for begin in range(0, n, step):
            end = min(begin + step, n)
            if end - begin == step:
                if none_before(load(x, at + begin, 1, 1), x[at + best], largest):
                    continue
            for j in range(begin, end):
                if before(x[at + j], x[at + best], largest):
                    best = j
        y[row] = cast(best, y)


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
def sort_lines(i, index, spare, x, n, inner, descending):
    """index[i, :] = the order of line i = (o, r) of x; `spare` has the size of `index`."""
    start = i // inner * n * inner + i % inner
    line = i * n
    for k in range(n):
        index[line + k] = k
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
                    index[line + k] = spare[line + b] if take_b else spare[line + a]
                else:
                    take_b = b < high and (
                        a >= middle
                        or before(x[start + index[line + b] * inner], x[start + index[line + a] * inner], descending)
                    )
                    spare[line + k] = index[line + b] if take_b else index[line + a]
                if take_b:
                    b += 1
                else:
                    a += 1
        width *= 2
        swapped = not swapped
    if swapped:
        for k in range(n):
            index[line + k] = spare[line + k]


@helper
def key(bits, floats, mask, infinity, descending):
    """A whole number with the order of the number that has these bits; `mask`: all of its bits but the sign."""
    k = int(bits)
    if floats:
        size = k & mask
        if size > infinity:
            k = mask  # NaN
        elif k < 0:
            k = -size
    return ~k if descending else k


@split_kernel(flat=True)
def radix_sort(
    index, spare, keys, other, counts, bits, n, inner, digits, floats, mask, infinity, descending, first, last
):
    """index[i, :] = the order of lines i = first..last.

    spare, keys, other : of index's size, to work with; counts: DIGITS for each line.
    bits : the numbers as integers; floats, mask, infinity, descending : see `key`.
    digits : bytes of a key.
    """
    for i in range(first, last):
        start, line, table = i // inner * n * inner + i % inner, i * n, i * DIGITS
        for k in range(n):
            keys[line + k] = key(bits[start + k * inner], floats, mask, infinity, descending)
            index[line + k] = k
        swapped = False
        for digit in range(digits):
            shift, flip = 8 * digit, 128 if digit == digits - 1 else 0  # the last byte has the sign
            for v in range(DIGITS):
                counts[table + v] = 0
            for k in range(n):
                counts[table + (keys[line + k] >> shift & 255 ^ flip)] += 1
            if counts[table + (keys[line] >> shift & 255 ^ flip)] == n:
                continue  # all have the same
            at = line
            for v in range(DIGITS):
                at, counts[table + v] = at + counts[table + v], at
            for k in range(line, line + n):
                v = table + (keys[k] >> shift & 255 ^ flip)
                at = counts[v]
                counts[v] = at + 1
                other[at] = keys[k]
                spare[at] = index[k]
            keys, other, index, spare, swapped = other, keys, spare, index, not swapped
        if swapped:
            for k in range(line, line + n):
                spare[k] = index[k]
            keys, other, index, spare = other, keys, spare, index


@split_kernel(flat=True)
def select_rows(index, x, n, k, descending, first, last):
    """index[i, :] = the places of the first k in order of rows i = first..last of x: (rows, n)."""
    step = lanes(x)
    for row in range(first, last):
        at, to = row * n, row * k
        count = 0
        for begin in range(0, n, step):
            end = min(begin + step, n)
            if count == k and end - begin == step:
                worst = x[at + index[to + k - 1]]
                if none_before(load(x, at + begin, 1, 1), worst, descending):
                    continue
            for j in range(begin, end):
                value = x[at + j]
                if count < k or before(value, x[at + index[to + k - 1]], descending):
                    place = min(count, k - 1)
                    count = place + 1
                    while place > 0 and before(value, x[at + index[to + place - 1]], descending):
                        index[to + place] = index[to + place - 1]
                        place -= 1
                    index[to + place] = j


@foreach(flat=True, grain=64)
def ordered_values(i, y, x, index, n, k, held, inner):
    """y[o, :, r] = the first k numbers of line i = (o, r) of x in order; `index` holds `held` places for each line."""
    to, start = i // inner * k * inner + i % inner, i // inner * n * inner + i % inner
    for j in range(k):
        y[to + j * inner] = x[start + index[i * held + j] * inner]


@foreach(flat=True, grain=64)
def ordered_places(i, y, index, k, held, inner):
    """y[o, :, r] = their places."""
    to = i // inner * k * inner + i % inner
    for j in range(k):
        y[to + j * inner] = cast(index[i * held + j], y)


@foreach(flat=True, grain=64)
def mark_first(i, y, index, n, k, held, inner):
    """y[o, :, r] = 1 at their places, else 0."""
    start = i // inner * n * inner + i % inner
    for j in range(n):
        y[start + j * inner] = cast(0, y)
    for j in range(k):
        y[start + index[i * held + j] * inner] = cast(1, y)


@foreach(flat=True, grain=64)
def put_ordered(i, dx, dy, index, n, k, held, inner):
    """The gradient of `ordered_values`, onto zeros where k < n."""
    to, start = i // inner * k * inner + i % inner, i // inner * n * inner + i % inner
    for j in range(k):
        dx[start + index[i * held + j] * inner] = dy[to + j * inner]


@foreach(flat=True, grain=GRAIN)
def edges_of_bins(i, y, low, width, bins):
    """y[i] = the lower edge of bin i; the last one is the end of the range."""
    y[i] = cast(low + i * width / bins, y)


@helper
def rank(x, index, n, edge, inclusive):
    """How many of x are less than the edge, or equal to it as well; `index` has their order."""
    first, last = 0, n
    while first < last:
        middle = (first + last) // 2
        a = x[index[middle]]
        if a < edge or (inclusive and a == edge):
            first = middle + 1
        else:
            last = middle
    return first


@foreach(flat=True, grain=64)
def count_bins(i, y, edge, x, index, n, bins):
    """y[i] = how many of x lie in bin i; the last bin has its upper edge too, NaN is in none."""
    y[i] = max(rank(x, index, n, edge[i + 1], i == bins - 1) - rank(x, index, n, edge[i], False), 0)


# --- Launching -------------------------------------------------------------------------------------------------------


def arg(on_cpu: bool, dtypes: Any, size: int, n: int, inner: int, largest: int) -> Any:
    """A function of (y, x): y[o, r] = the place of the largest, or smallest, of x: (outer, n, inner).

    dtypes, size : those of y and x, and how many numbers y holds.
    """
    if not (on_cpu and dtypes[1].kind == "f" and n < EXACT and size):
        return lambda y, x: arg_extreme(size, y, x, n, inner, largest)
    if inner == 1:
        return bind(arg_extreme_rows, dtypes, (n, largest), size, max(1, 8 * GRAIN // n))
    blocks = size // inner * -(-inner // BLOCK)
    return bind(arg_extreme_columns, dtypes, (n, inner, largest), blocks, max(1, 8 * GRAIN // (n * BLOCK)))


def order(x: Any, n: int, inner: int, k: int, descending: int, places: Any = None) -> tuple[Any, int]:
    """The places of the first k of each line of x: (outer, n, inner) in order, and how many each line holds.

    places : where the first k of each line are wanted as well, shape (lines, k).
    """
    lines, host = x.size // max(n, 1), not is_device_array(x)
    if host and inner == 1 and 0 < 8 * k <= n and k <= FEW and x.dtype.kind == "f":
        index = empty_like_target(x, (lines, k), np.int64) if places is None else places
        args: tuple[Any, ...] = (index, x, n, k, descending)
        pool.run(select_rows.variant(*args, 0, 0), lines, max(1, GRAIN // n), *args)
        return index, k
    index = empty_like_target(x, (max(x.size, 1),), np.int64) if places is None or k < n else places
    if host and n >= LONG:
        floats, size = int(x.dtype.kind == "f"), x.dtype.itemsize
        bits = x.view(f"i{size}") if floats else x
        infinity = int(np.array(np.inf, x.dtype).view(bits.dtype)) if floats else 0
        buffers = [scratch(f"ordering.{i}", x.size, np.int64) for i in range(3)]
        counts = scratch("ordering.counts", lines * DIGITS, np.int64)
        digits = size + int(x.dtype.kind in "ub")
        args = (index, *buffers, counts, bits, n, inner, digits, floats, 2 ** (8 * size - 1) - 1, infinity, descending)
        pool.run(radix_sort.variant(*args, 0, 0), lines, max(1, GRAIN // n), *args)
    elif n:
        sort_lines(lines, index, empty_like_target(x, index.shape, np.int64), x, n, inner, descending)
    if n and places is not None and index is not places:
        ordered_places(lines, places, index, k, n, 1)
    return index, n


def histogram(y: Any, edge: Any, x: Any) -> None:
    """y[b] = how many numbers of x lie between edge[b] and edge[b + 1]."""
    index, _ = order(x, x.size, 1, x.size, 0)
    count_bins(y.size, y, edge, x, index, x.size, y.size)
