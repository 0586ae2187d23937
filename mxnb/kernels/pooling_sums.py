"""Sums over windows on the CPU, in register tiles; `pooling.py` has the formulas.

A window's sum is that of its columns' sums.  So the rows that a row of windows needs are added up first, register by
register, into a row with zeros before and after it, and then the numbers beside each other:

    rows of x      │ 1 2 3 4 5 6 │                 row, pad 1     │ 0 ·11 13 15 17 19 21· 0 0 … │
                   │10 11 12 …   │  ── added ──►   y, stride 2    │ Σ of 3, from 0, 2, 4, …     │

Backward goes the other way: what the windows over one row of x get, divided by their counts, is added up along columns
into a row, and number i of x takes those of the windows p with p stride <= i + pad < p stride + kernel.  With a stride
of 2 even and odd numbers have windows of their own, which are computed apart and stored by turns.
"""

from __future__ import annotations

from .kernel import helper, split_kernel
from .words import evens, interleave, lanes, load, store, zeros


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


@split_kernel(flat=True)
def sum_tiles(tile, y, x, row, counts, g, length, first, last):
    """Forward of planes first..last; row: `length` numbers for each plane, to work with; g as in `pooling.py`."""
    width, out, step, held = g[4], g[7], lanes(x), first * length
    for j in range(0, length, step):
        store(row, held + j, zeros(x, 1, 1), 1, length - j)
    for plane in range(first, last):
        for line in range(g[5] * g[6]):
            d, h = line // g[6], line % g[6]
            for j in range(0, width, step):
                total = zeros(x, 1, 1)
                for xd in range(begin(d, g[11], g[14]), end(d, g[11], g[14], g[8], g[2])):
                    for xh in range(begin(h, g[12], g[15]), end(h, g[12], g[15], g[9], g[3])):
                        at = ((plane * g[2] + xd) * g[3] + xh) * width + j
                        total = total + load(x, at, 1, 1, 1, width - j)
                store(row, held + tile.pad + j, total, 1, width - j)
            for w in range(0, out, step):
                total, at = zeros(x, 1, 1), held + w * tile.stride
                for k in range(tile.kernel):
                    if tile.stride == 2:
                        total = total + evens(load(row, at + k, 1, 2))
                    else:
                        total = total + load(row, at + k, 1, 1)
                total = total / load(counts, line * out + w, 1, 1, 1, out - w, 1)
                store(y, (plane * g[5] * g[6] + line) * out + w, total, 1, out - w)


@helper
def taken(tile, row, at, skip):
    """What numbers skip, skip + stride, … of the windows beside row[at] give, going back."""
    total = zeros(row, 1, 1)
    for k in range(tile.kernel):
        if k >= skip and (k - skip) % tile.stride == 0:
            total = total + load(row, at - (k - skip) // tile.stride, 1, 1)
    return total


@split_kernel(flat=True)
def sum_tiles_backward(tile, dx, dy, row, counts, g, length, first, last):
    """Backward of planes first..last."""
    width, out, step, held = g[4], g[7], lanes(dx), first * length
    for j in range(0, length, step):
        store(row, held + j, zeros(dx, 1, 1), 1, length - j)
    held += tile.kernel  # windows before the first one give nothing
    for plane in range(first, last):
        for line in range(g[2] * g[3]):
            d, h = line // g[3], line % g[3]
            for w in range(0, out, step):
                total = zeros(dx, 1, 1)
                for pd in range(first_window(d, g[11], g[14], g[8]), last_window(d, g[11], g[14], g[5])):
                    for ph in range(first_window(h, g[12], g[15], g[9]), last_window(h, g[12], g[15], g[6])):
                        at = (pd * g[6] + ph) * out + w
                        part = load(dy, plane * g[5] * g[6] * out + at, 1, 1, 1, out - w)
                        total = total + part / load(counts, at, 1, 1, 1, out - w, 1)
                store(row, held + w, total, 1, out - w)
            at = (plane * g[2] * g[3] + line) * width
            if tile.stride == 2:
                for u in range(0, (width + 1) // 2, step):
                    even = taken(tile, row, held + u + tile.pad // 2, tile.pad % 2)
                    odd = taken(tile, row, held + u + (tile.pad + 1) // 2, (tile.pad + 1) % 2)
                    store(dx, at + 2 * u, interleave(even, odd), 1, width - 2 * u)
            else:
                for j in range(0, width, step):
                    store(dx, at + j, taken(tile, row, held + j + tile.pad, 0), 1, width - j)
