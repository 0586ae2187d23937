"""Order along an axis: the place of the largest or smallest number, and sorting.

arg_extreme   y[o, r] = the k with the largest x[o, k, r]; of equal ones the first; NaN counts as the largest
sort          merge sort of each (o, r) line, bottom-up between two buffers: stable, n log n, no allocation
"""

from __future__ import annotations

from .kernel import foreach, helper
from .words import cast


@helper
def before(a, b, descending):
    """Whether a must stand before b; NaN stands last when ascending, first when descending."""
    if descending:
        return a > b or (a != a and b == b)
    return a < b or (b != b and a == a)


@foreach(flat=True, grain=256)
def arg_extreme(i, y, x, n, inner, largest):
    """y[o, r] of x: (outer, n, inner)."""
    start = i // inner * n * inner + i % inner
    best = 0
    for k in range(1, n):
        if before(x[start + k * inner], x[start + best * inner], largest):
            best = k
    y[i] = cast(best, y)


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


@foreach(flat=True)
def ordered_values(i, y, x, index, n, k, inner):
    """y[o, j, r] = the number of x at place j < k of its line's order; x: (outer, n, inner), y: (outer, k, inner)."""
    r, rest = i % inner, i // inner
    j, o = rest % k, rest // k
    y[i] = x[(o * n + index[(o * inner + r) * n + j]) * inner + r]


@foreach(flat=True)
def ordered_places(i, y, index, n, k, inner):
    """y[o, j, r] = the place in x of number j < k of the line's order."""
    r, rest = i % inner, i // inner
    j, o = rest % k, rest // k
    y[i] = cast(index[(o * inner + r) * n + j], y)


@foreach(flat=True)
def mark_first(i, y, index, n, k, inner):
    """y[o, j, r] = 1 where place j of x is among the first k of the line's order, else 0."""
    r, rest = i % inner, i // inner
    j, o = rest % n, rest // n
    found = 0
    for m in range(k):
        if index[(o * inner + r) * n + m] == j:
            found = 1
    y[i] = cast(found, y)


@foreach(flat=True)
def put_ordered(i, dx, dy, index, n, k, inner):
    """The gradient of `ordered_values`, onto dx of zeros; i = (o, j, r) of dy: places of a line differ."""
    r, rest = i % inner, i // inner
    j, o = rest % k, rest // k
    dx[(o * n + index[(o * inner + r) * n + j]) * inner + r] = dy[i]


@foreach(flat=True, grain=64)
def running_sum(i, y, x, n, inner, backwards):
    """y[o, k, r] = the sum of x[o, 0 … k, r], or of x[o, k … n - 1, r] backwards; i = (o, r)."""
    start = i // inner * n * inner + i % inner
    total = cast(0, y)
    for k in range(n):
        at = start + (n - 1 - k if backwards else k) * inner
        total += cast(x[at], y)
        y[at] = total
