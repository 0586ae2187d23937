"""One step of a recurrent cell after its two products, for cells that run imperatively; the arithmetic is `rnn.py`'s.

With a = x w_xᵀ + b_x and b = h w_hᵀ + b_h, both (N, gates H), and the state before:

lstm     h, c: (N, H) from a, b and c before         back: the gradients of a, b (equal) and c before from dh and dc
gru      h: (N, H) from a, b and h before            back: those of a, b (which differ in n) and h before from dh

Forward keeps nothing: backward makes the gates again, five exponentials a cell instead of writing and reading four
numbers.  Each number is read and written once, forward 11 of them a cell for an LSTM and 8 for a GRU, backward 20 and
15; up to some hundred units all of it lies in the cache, and the exponentials limit.

On the CPU a row, one sample, is a part of the work and passes by in registers; on CUDA a thread has a cell.
"""

from __future__ import annotations

from typing import Any

from .common import bound, wide
from .kernel import Static, foreach, helper, split_kernel
from .rnn import GATES, gru_cell, gru_gradient, lstm_cell, lstm_gradient
from .words import index, lanes, load, store

FREE = Static(clip=0)  # c has no limits


# --- CPU: rows of registers ------------------------------------------------------------------------------------------


@helper
def lstm_sums(a, b, at, units, w):
    """a + b for the four gates of w cells, the first gate's at `at`."""
    i = load(a, at, 1, 1, 1, w) + load(b, at, 1, 1, 1, w)
    f = load(a, at + units, 1, 1, 1, w) + load(b, at + units, 1, 1, 1, w)
    g = load(a, at + 2 * units, 1, 1, 1, w) + load(b, at + 2 * units, 1, 1, 1, w)
    o = load(a, at + 3 * units, 1, 1, 1, w) + load(b, at + 3 * units, 1, 1, 1, w)
    return i, f, g, o


@split_kernel(flat=True)
def lstm_rows(h, c, a, b, before, form, units, first, last):
    """h and c of samples first..last."""
    for row in range(first, last):
        for j in range(0, units, lanes(h)):
            at, w = row * units + j, units - j
            at_i = at + 3 * row * units
            i, f, g, o = lstm_sums(a, b, at_i, units, w)
            i, f, g, o, new, out = lstm_cell(form, i, f, g, o, load(before, at, 1, 1, 1, w), 0.0, 0.0)
            store(c, at, new, 1, w)
            store(h, at, out, 1, w)


@split_kernel(flat=True)
def lstm_rows_back(da, db, dbefore, dh, dc, a, b, before, form, units, first, last):
    """Gradients of samples first..last."""
    for row in range(first, last):
        for j in range(0, units, lanes(dh)):
            at, w = row * units + j, units - j
            at_i = at + 3 * row * units
            at_f, at_g, at_o = at_i + units, at_i + 2 * units, at_i + 3 * units
            i, f, g, o = lstm_sums(a, b, at_i, units, w)
            old = load(before, at, 1, 1, 1, w)
            i, f, g, o, c, _ = lstm_cell(form, i, f, g, o, old, 0.0, 0.0)
            dy, dz = load(dh, at, 1, 1, 1, w), load(dc, at, 1, 1, 1, w)
            i, f, g, o, past = lstm_gradient(form, dy, dz, i, f, g, o, c, old, 0.0, 0.0)
            store(da, at_i, i, 1, w)
            store(da, at_f, f, 1, w)
            store(da, at_g, g, 1, w)
            store(da, at_o, o, 1, w)
            store(db, at_i, i, 1, w)
            store(db, at_f, f, 1, w)
            store(db, at_g, g, 1, w)
            store(db, at_o, o, 1, w)
            store(dbefore, at, past, 1, w)


@split_kernel(flat=True)
def gru_rows(h, a, b, before, units, first, last):
    """h of samples first..last."""
    for row in range(first, last):
        for j in range(0, units, lanes(h)):
            at, w = row * units + j, units - j
            at_r = at + 2 * row * units
            at_z, at_n = at_r + units, at_r + 2 * units
            r = load(a, at_r, 1, 1, 1, w) + load(b, at_r, 1, 1, 1, w)
            z = load(a, at_z, 1, 1, 1, w) + load(b, at_z, 1, 1, 1, w)
            n, m = load(a, at_n, 1, 1, 1, w), load(b, at_n, 1, 1, 1, w)
            r, z, n, new = gru_cell(r, z, n, m, load(before, at, 1, 1, 1, w))
            store(h, at, new, 1, w)


@split_kernel(flat=True)
def gru_rows_back(da, db, dbefore, dh, a, b, before, units, first, last):
    """Gradients of samples first..last."""
    for row in range(first, last):
        for j in range(0, units, lanes(dh)):
            at, w = row * units + j, units - j
            at_r = at + 2 * row * units
            at_z, at_n = at_r + units, at_r + 2 * units
            r = load(a, at_r, 1, 1, 1, w) + load(b, at_r, 1, 1, 1, w)
            z = load(a, at_z, 1, 1, 1, w) + load(b, at_z, 1, 1, 1, w)
            n, m = load(a, at_n, 1, 1, 1, w), load(b, at_n, 1, 1, 1, w)
            old = load(before, at, 1, 1, 1, w)
            r, z, n, _ = gru_cell(r, z, n, m, old)
            r, z, n, m, past = gru_gradient(load(dh, at, 1, 1, 1, w), r, z, n, m, old)
            store(da, at_r, r, 1, w)
            store(da, at_z, z, 1, w)
            store(da, at_n, n, 1, w)
            store(db, at_r, r, 1, w)
            store(db, at_z, z, 1, w)
            store(db, at_n, m, 1, w)
            store(dbefore, at, past, 1, w)


# --- CUDA, and the definition: cell by cell --------------------------------------------------------------------------


@foreach(flat=True)
def lstm_each(i, form, h, c, a, b, before, units):
    """h and c of cell i."""
    at = index(i + i // units * (3 * units))
    at_f, at_g, at_o = index(at + units), index(at + 2 * units), index(at + 3 * units)
    gi, gf = wide(a[at]) + wide(b[at]), wide(a[at_f]) + wide(b[at_f])
    gg, go = wide(a[at_g]) + wide(b[at_g]), wide(a[at_o]) + wide(b[at_o])
    gi, gf, gg, go, new, out = lstm_cell(form, gi, gf, gg, go, wide(before[i]), 0.0, 0.0)
    h[i], c[i] = out, new


@foreach(flat=True)
def lstm_each_back(i, form, da, db, dbefore, dh, dc, a, b, before, units):
    """Gradients of cell i."""
    at = index(i + i // units * (3 * units))
    at_f, at_g, at_o = index(at + units), index(at + 2 * units), index(at + 3 * units)
    gi, gf = wide(a[at]) + wide(b[at]), wide(a[at_f]) + wide(b[at_f])
    gg, go = wide(a[at_g]) + wide(b[at_g]), wide(a[at_o]) + wide(b[at_o])
    old = wide(before[i])
    gi, gf, gg, go, c, _ = lstm_cell(form, gi, gf, gg, go, old, 0.0, 0.0)
    gi, gf, gg, go, past = lstm_gradient(form, wide(dh[i]), wide(dc[i]), gi, gf, gg, go, c, old, 0.0, 0.0)
    da[at], da[at_f], da[at_g], da[at_o] = gi, gf, gg, go
    db[at], db[at_f], db[at_g], db[at_o], dbefore[i] = gi, gf, gg, go, past


@foreach(flat=True)
def gru_each(i, h, a, b, before, units):
    """h of cell i."""
    at = index(i + i // units * (2 * units))
    at_z, at_n = index(at + units), index(at + 2 * units)
    r, z = wide(a[at]) + wide(b[at]), wide(a[at_z]) + wide(b[at_z])
    _, _, _, new = gru_cell(r, z, wide(a[at_n]), wide(b[at_n]), wide(before[i]))
    h[i] = new


@foreach(flat=True)
def gru_each_back(i, da, db, dbefore, dh, a, b, before, units):
    """Gradients of cell i."""
    at = index(i + i // units * (2 * units))
    at_z, at_n = index(at + units), index(at + 2 * units)
    r, z = wide(a[at]) + wide(b[at]), wide(a[at_z]) + wide(b[at_z])
    m, old = wide(b[at_n]), wide(before[i])
    r, z, n, _ = gru_cell(r, z, wide(a[at_n]), m, old)
    r, z, n, m, past = gru_gradient(wide(dh[i]), r, z, n, m, old)
    da[at], da[at_z], da[at_n], db[at], db[at_z], db[at_n], dbefore[i] = r, z, n, r, z, m, past


# --- Launch ----------------------------------------------------------------------------------------------------------

KERNELS = {
    ("lstm", False): (lstm_rows, lstm_each),
    ("lstm", True): (lstm_rows_back, lstm_each_back),
    ("gru", False): (gru_rows, gru_each),
    ("gru", True): (gru_rows_back, gru_each_back),
}


def step(on_cpu: bool, mode: str, back: bool, dtype: Any, batch: int, units: int) -> Any:
    """A function of raw arrays, results first.

    Parameters
    ----------
    mode : "lstm" or "gru".
    back : whether it is the gradient.
    """
    rows, each = KERNELS[mode, back]
    form = (FREE,) * (mode == "lstm")
    if batch * units == 0:
        return lambda *arrays: None
    if not on_cpu:
        return lambda *arrays: each(batch * units, *form, *arrays, units)
    count = (5 if mode == "lstm" else 4) + 3 * back
    return bound(rows, batch, GATES[mode] * units, (dtype,) * count, (*form, units))
