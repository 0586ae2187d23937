"""Recurrent cells on the CPU: a step of time is one product of register tiles that ends in the cell; see `rnn.py`.

A tile of `rows` samples x `cols` registers of hidden units needs the products of all gates at these units, so weights
are packed with the gates side by side:

forward    (panels, R, gates * cols * lanes)
backward   (panels, gates * H, cols * lanes)

and the accumulators, one tile for each gate, never leave the registers before the cell is done.  The left operand, h or
the gates' gradients, is read where it lies, a number of each row at a time; rows beyond the last sample repeat it and
are not stored.  A panel stays in the second-level cache while all samples pass by.  For batches of some size arithmetic
limits, 2 N gates H R operations in each step, else reading the panels, gates H R numbers.

Time counts in two ways, for states lie between steps: step t reads state `before` and writes state `here`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from . import pool
from .gemm import register
from .kernel import Static, helper, split_kernel
from .rnn import gru_cell, gru_gradient, lstm_cell, lstm_gradient, plain_cell, plain_gradient
from .scratch import scratch
from .words import column, fma, lanes, load, store, transpose, where, zeros

WORTH = 1 << 19  # multiplications that are worth a part of their own, some 10 us
MOVED = 1 << 16  # numbers that are worth waking a thread to pack them
MOST = 16  # rows of a tile, at most


# --- Packing ---------------------------------------------------------------------------------------------------------


@split_kernel
def pack_gates(form, packed, w, first, last):
    """Panels first..last of w: (gates * H, R), turned by register tiles."""
    units, terms = w.shape[0] // form.gates, w.shape[1]
    for panel in range(first, last):
        for g in range(form.gates):
            for c in range(form.cols):
                unit = (panel * form.cols + c) * lanes(w)
                place = (g * form.cols + c) * lanes(w)
                for k in range(0, terms, lanes(w)):
                    square = load(w, (g * units + unit, k), lanes(w), 1, units - unit, terms - k)
                    store(packed, (panel, k, place), transpose(square), terms - k, lanes(w))


@split_kernel
def pack_rows(form, packed, w, first, last):
    """Panels first..last of w: (gates * H, R), as it is."""
    for panel in range(first, last):
        unit = panel * packed.shape[2]
        for k in range(w.shape[0]):
            store(packed, (panel, k, 0), load(w, (k, unit), 1, form.cols, 1, w.shape[1] - unit))


# --- Forward ---------------------------------------------------------------------------------------------------------
#
# hs: (T + 1, N, H), h the same in one dimension; gates: (T, N, gates * H) come in as a and leave as gates.


@split_kernel
def plain_forward(form, hs, gates, h, packed, bias, starts, lengths, t, before, here, first, last):
    """Panels first..last of units at time t."""
    batch, units = hs.shape[1], hs.shape[2]
    for panel in range(first, last):
        j = panel * form.cols * lanes(hs)
        w = units - j
        for row in range(0, batch, form.rows):
            n = batch - row
            at = column(starts, row, form.rows) + before * batch * units
            acc = load(gates, (t, row, j), form.rows, form.cols, n, w) + load(bias, (j,), 1, form.cols, 1, w)
            for k in range(packed.shape[1]):
                acc = fma(column(h, at + k, 1), load(packed, (panel, k, 0), 1, form.cols), acc)
            new = plain_cell(form, acc)
            if form.masked == 1:
                old = load(hs, (before, row, j), form.rows, form.cols, n, w)
                new = where(column(lengths, row, form.rows) > t, new, old)
            store(hs, (here, row, j), new, n, w)


@split_kernel
def lstm_forward(form, hs, cs, gates, h, packed, bias, starts, lengths, low, high, t, before, here, first, last):
    """Panels first..last of units at time t; cs: (T + 1, N, H)."""
    batch, units, step = hs.shape[1], hs.shape[2], form.cols * lanes(hs)
    for panel in range(first, last):
        j = panel * step
        w = units - j
        for row in range(0, batch, form.rows):
            n = batch - row
            at = column(starts, row, form.rows) + before * batch * units
            i = zeros(hs, form.rows, form.cols)
            f, g, o = i, i, i
            for k in range(packed.shape[1]):
                x = column(h, at + k, 1)
                i = fma(x, load(packed, (panel, k, 0), 1, form.cols), i)
                f = fma(x, load(packed, (panel, k, step), 1, form.cols), f)
                g = fma(x, load(packed, (panel, k, 2 * step), 1, form.cols), g)
                o = fma(x, load(packed, (panel, k, 3 * step), 1, form.cols), o)
            i = i + load(gates, (t, row, j), form.rows, form.cols, n, w)
            f = f + load(gates, (t, row, units + j), form.rows, form.cols, n, w)
            g = g + load(gates, (t, row, 2 * units + j), form.rows, form.cols, n, w)
            o = o + load(gates, (t, row, 3 * units + j), form.rows, form.cols, n, w)
            i = i + load(bias, (j,), 1, form.cols, 1, w)
            f = f + load(bias, (units + j,), 1, form.cols, 1, w)
            g = g + load(bias, (2 * units + j,), 1, form.cols, 1, w)
            o = o + load(bias, (3 * units + j,), 1, form.cols, 1, w)
            old = load(cs, (before, row, j), form.rows, form.cols, n, w)
            i, f, g, o, c, new = lstm_cell(form, i, f, g, o, old, low, high)
            if form.masked == 1:
                alive = column(lengths, row, form.rows) > t
                c = where(alive, c, old)
                new = where(alive, new, load(hs, (before, row, j), form.rows, form.cols, n, w))
            store(gates, (t, row, j), i, n, w)
            store(gates, (t, row, units + j), f, n, w)
            store(gates, (t, row, 2 * units + j), g, n, w)
            store(gates, (t, row, 3 * units + j), o, n, w)
            store(cs, (here, row, j), c, n, w)
            store(hs, (here, row, j), new, n, w)


@split_kernel
def gru_forward(form, hs, kept, gates, h, packed, bias, starts, lengths, t, before, here, first, last):
    """Panels first..last of units at time t; kept: (T, N, H) receives b of n."""
    batch, units, step = hs.shape[1], hs.shape[2], form.cols * lanes(hs)
    for panel in range(first, last):
        j = panel * step
        w = units - j
        for row in range(0, batch, form.rows):
            count = batch - row
            at = column(starts, row, form.rows) + before * batch * units
            r = load(gates, (t, row, j), form.rows, form.cols, count, w) + load(bias, (j,), 1, form.cols, 1, w)
            z = load(gates, (t, row, units + j), form.rows, form.cols, count, w)
            z = z + load(bias, (units + j,), 1, form.cols, 1, w)
            b = zeros(hs, form.rows, form.cols) + load(bias, (2 * units + j,), 1, form.cols, 1, w)
            for k in range(packed.shape[1]):
                x = column(h, at + k, 1)
                r = fma(x, load(packed, (panel, k, 0), 1, form.cols), r)
                z = fma(x, load(packed, (panel, k, step), 1, form.cols), z)
                b = fma(x, load(packed, (panel, k, 2 * step), 1, form.cols), b)
            a = load(gates, (t, row, 2 * units + j), form.rows, form.cols, count, w)
            old = load(hs, (before, row, j), form.rows, form.cols, count, w)
            r, z, n, new = gru_cell(r, z, a, b, old)
            if form.masked == 1:
                new = where(column(lengths, row, form.rows) > t, new, old)
            store(gates, (t, row, j), r, count, w)
            store(gates, (t, row, units + j), z, count, w)
            store(gates, (t, row, 2 * units + j), n, count, w)
            store(kept, (t, row, j), b, count, w)
            store(hs, (here, row, j), new, count, w)


# --- Backward --------------------------------------------------------------------------------------------------------
#
# dgates: (T, N, gates * H); left the same in one dimension, of which the step that came after t begins at `later`.
# carry: (N, H) is the gradient of h that comes past the product; terms is 0 in the first step, which has no later one.


@helper
def arriving(form, carry, left, packed, at, panel, row, j, terms):
    """The gradient of h from the steps after: carry, which has something in the first step at least, + left packed."""
    total = zeros(carry, form.rows, form.cols)
    if form.carried == 1 or terms == 0:
        total = load(carry, (row, j), form.rows, form.cols, carry.shape[0] - row, carry.shape[1] - j)
    for k in range(terms):
        total = fma(column(left, at + k, 1), load(packed, (panel, k, 0), 1, form.cols), total)
    return total


@split_kernel
def plain_backward(
    form, dgates, carry, dy, hs, left, packed, starts, lengths, offset, terms, later, t, before, here, first, last
):  # fmt: skip
    """Panels first..last of units at time t."""
    batch, units = hs.shape[1], hs.shape[2]
    for panel in range(first, last):
        j = panel * form.cols * lanes(hs)
        w = units - j
        for row in range(0, batch, form.rows):
            n = batch - row
            at = column(starts, row, form.rows) + later
            dh = arriving(form, carry, left, packed, at, panel, row, j, terms)
            total = dh + load(dy, (t, row, offset + j), form.rows, form.cols, n, w)
            d = plain_gradient(form, total, load(hs, (here, row, j), form.rows, form.cols, n, w))
            if form.masked == 1:
                alive, zero = column(lengths, row, form.rows) > t, zeros(hs, form.rows, form.cols)
                d = where(alive, d, zero)
                store(carry, (row, j), where(alive, zero, dh), n, w)
            store(dgates, (t, row, j), d, n, w)


@split_kernel
def lstm_backward(
    form, dgates, carry, dc, dy, cs, gates, left, packed, starts, lengths, low, high,
    offset, terms, later, t, before, here, first, last,
):  # fmt: skip
    """Panels first..last of units at time t; dc: (N, H) is the gradient of c."""
    batch, units = cs.shape[1], cs.shape[2]
    for panel in range(first, last):
        j = panel * form.cols * lanes(cs)
        w = units - j
        for row in range(0, batch, form.rows):
            n = batch - row
            at = column(starts, row, form.rows) + later
            dh = arriving(form, carry, left, packed, at, panel, row, j, terms)
            total = dh + load(dy, (t, row, offset + j), form.rows, form.cols, n, w)
            i = load(gates, (t, row, j), form.rows, form.cols, n, w)
            f = load(gates, (t, row, units + j), form.rows, form.cols, n, w)
            g = load(gates, (t, row, 2 * units + j), form.rows, form.cols, n, w)
            o = load(gates, (t, row, 3 * units + j), form.rows, form.cols, n, w)
            c = load(cs, (here, row, j), form.rows, form.cols, n, w)
            old = load(cs, (before, row, j), form.rows, form.cols, n, w)
            after = load(dc, (row, j), form.rows, form.cols, n, w)
            i, f, g, o, change = lstm_gradient(form, total, after, i, f, g, o, c, old, low, high)
            if form.masked == 1:
                alive, zero = column(lengths, row, form.rows) > t, zeros(cs, form.rows, form.cols)
                i, f, g, o = where(alive, i, zero), where(alive, f, zero), where(alive, g, zero), where(alive, o, zero)
                change = where(alive, change, after)
                store(carry, (row, j), where(alive, zero, dh), n, w)
            store(dgates, (t, row, j), i, n, w)
            store(dgates, (t, row, units + j), f, n, w)
            store(dgates, (t, row, 2 * units + j), g, n, w)
            store(dgates, (t, row, 3 * units + j), o, n, w)
            store(dc, (row, j), change, n, w)


@split_kernel
def gru_backward(
    form, da, db, carry, dy, hs, kept, gates, left, packed, starts, lengths,
    offset, terms, later, t, before, here, first, last,
):  # fmt: skip
    """Panels first..last of units at time t; da and db: (T, N, 3 H) are the gradients of a and b; left is db."""
    batch, units = hs.shape[1], hs.shape[2]
    for panel in range(first, last):
        j = panel * form.cols * lanes(hs)
        w = units - j
        for row in range(0, batch, form.rows):
            count = batch - row
            at = column(starts, row, form.rows) + later
            dh = arriving(form, carry, left, packed, at, panel, row, j, terms)
            total = dh + load(dy, (t, row, offset + j), form.rows, form.cols, count, w)
            r = load(gates, (t, row, j), form.rows, form.cols, count, w)
            z = load(gates, (t, row, units + j), form.rows, form.cols, count, w)
            n = load(gates, (t, row, 2 * units + j), form.rows, form.cols, count, w)
            b = load(kept, (t, row, j), form.rows, form.cols, count, w)
            old = load(hs, (before, row, j), form.rows, form.cols, count, w)
            r, z, n, b, past = gru_gradient(total, r, z, n, b, old)
            if form.masked == 1:
                alive, zero = column(lengths, row, form.rows) > t, zeros(hs, form.rows, form.cols)
                r, z, n, b = where(alive, r, zero), where(alive, z, zero), where(alive, n, zero), where(alive, b, zero)
                past = where(alive, past, dh)
            store(da, (t, row, j), r, count, w)
            store(da, (t, row, units + j), z, count, w)
            store(da, (t, row, 2 * units + j), n, count, w)
            store(db, (t, row, j), r, count, w)
            store(db, (t, row, units + j), z, count, w)
            store(db, (t, row, 2 * units + j), b, count, w)
            store(carry, (row, j), past, count, w)


# --- Launch ----------------------------------------------------------------------------------------------------------


@lru_cache(64)
def starts_of(batch: int, width: int) -> np.ndarray:
    """Where each row of (batch, width) begins; rows of a tile beyond the last one read that one."""
    return np.minimum(np.arange(batch + MOST), batch - 1) * width


def rows_for(batch: int, most: int) -> int:
    """Rows of a tile: at most `most`, and so that few of them lie beyond the batch."""
    if batch <= most:
        return batch
    return min(range(most, most // 2, -1), key=lambda rows: -(-batch // rows) * rows)


def _packed(use: str, run: Any, form: Static, w: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """The weights w packed by a kernel's version."""
    packed = scratch(use, shape, w.dtype)
    pool.run(run, shape[0], -(-MOVED // (shape[1] * shape[2])), form, packed, w)
    return packed


FORWARD = {"rnn_relu": plain_forward, "rnn_tanh": plain_forward, "lstm": lstm_forward, "gru": gru_forward}
BACKWARD = {"rnn_relu": plain_backward, "rnn_tanh": plain_backward, "lstm": lstm_backward, "gru": gru_backward}


@lru_cache(64)
def tiles(gates: int, batch: int, units: int, dtype: Any) -> tuple[tuple[int, int], tuple[int, int], int]:
    """Rows and registers of a tile, forward and backward, and the lanes of a register.

    Of the registers some hold the weights of a step of the sum, one for each accumulator of a row, and one the number
    of the left operand.  Backward, narrow tiles fit the units best, and wide ones are a little faster.
    """
    count, registers = register(dtype)
    fit = lambda cols: rows_for(batch, min(MOST, (registers - 1) // cols - 1))
    cols = max(1, 4 // gates) if registers == 32 else max(1, 2 // gates)
    padded = lambda wide: -(-units // (wide * count)) * wide
    back = min((3, 2, 1), key=lambda wide: (1 + 0.02 * (3 - wide)) * padded(wide))
    return (fit(gates * cols), cols), (fit(back), back), count


ONE = np.zeros(1, np.int64)  # stands for lengths where there are none


def _spread(lengths: Any, batch: int) -> np.ndarray:
    """The samples' lengths, for rows beyond the last sample too."""
    return ONE if lengths is None else np.pad(lengths, (0, MOST), "edge")


class Bound(NamedTuple):
    """The kernels of one pass for known shapes: that which packs weights, into an array of a shape, and the cell's."""

    pack: Any
    pack_form: Static
    shape: tuple[int, int, int]
    run: Any
    form: Static
    grain: int


@lru_cache(256)
def bound(back: bool, mode: str, form: tuple[Any, ...], batch: int, units: int, count: int, dtype: Any) -> Bound:
    """The kernels of `forward`, or of `backward`, of `count` gates."""
    sizes = tiles(count, batch, units, dtype)
    (rows, cols), width = sizes[int(back)], sizes[2]
    panels, terms = -(-units // (cols * width)), count * units if back else units
    wide = cols * width if back else count * cols * width
    pack, pack_form = (pack_rows, Static(cols=cols)) if back else (pack_gates, Static(gates=count, cols=cols))
    given = {"carried": int(mode == "gru" or dict(form)["masked"])} if back else {}
    cell_form = Static(rows=rows, cols=cols, **given, **dict(form))
    one, two, three = (np.empty((0,) * axes, dtype) for axes in (1, 2, 3))
    if back:
        kernel, numbers = BACKWARD[mode], [0] * 8
        own = {"lstm": [three, two, two, three, three, three], "gru": [three, three, two, three, three, three, three]}
        arrays = [*own.get(mode, [three, two, three, three]), one, three]
    else:
        kernel, numbers = FORWARD[mode], [0] * 5
        arrays = [three, *[three] * (mode in ("lstm", "gru")), three, one, three, one]
    limits = [0.0, 0.0] if mode == "lstm" else []
    run = kernel.variant(cell_form, *arrays, ONE, ONE, *limits, *numbers)
    grain = WORTH // (batch * terms * wide)
    return Bound(pack.variant(pack_form, three, two, 0, 0), pack_form, (panels, terms, wide), run, cell_form, grain)


def forward(
    mode: str, form: tuple[Any, ...], hs: Any, memory: Any, gates: Any, w: Any, bias: Any, lengths: Any,
    limits: tuple[float, float], times: Any,
) -> None:  # fmt: skip
    """Run all steps of one direction of a layer.

    Parameters
    ----------
    form : (name, value) of relu, clip and masked, as the cells read them.
    hs : array, shape (T + 1, N, H); the first state is there.
    memory : cs of an LSTM, b of n of a GRU.
    gates : array, shape (T, N, gates * H), holding a.
    w, bias : w_h and b_h.
    lengths : array, shape (N,), int64, or None.
    limits : of c.
    times : (t, before, here) of each step.
    """
    (_, batch, units), rows = hs.shape, w.shape[0]
    found = bound(False, mode, form, batch, units, rows // units, hs.dtype)
    packed = _packed("rnn forward", found.pack, found.pack_form, w, found.shape)
    own = () if mode.startswith("rnn") else (memory,)
    args = (found.form, hs, *own, gates, hs.reshape(-1), packed, bias)
    args += (starts_of(batch, units), _spread(lengths, batch), *(limits if mode == "lstm" else ()))
    run, panels, grain = found.run, found.shape[0], found.grain
    for step in times:
        pool.run(run, panels, grain, *args, *step)


def backward(
    mode: str, form: tuple[Any, ...], da: Any, db: Any, carry: Any, dc: Any, dy: Any, hs: Any, memory: Any, gates: Any,
    w: Any, lengths: Any, limits: tuple[float, float], offset: int, times: Any,
) -> None:  # fmt: skip
    """Run all steps of one direction of a layer backward.

    Parameters
    ----------
    da, db : arrays, shape (T, N, gates * H); gradients of a and b, one array unless it is a GRU.
    carry, dc : arrays, shape (N, H); gradients of the last h and c, which become what of them reaches the first ones,
        in the case of h without the product of the last step; nothing does unless it is a GRU or lengths are given.
    dy : array, shape (T, N, …), of which this direction's gradients begin at `offset`.
    times : (t, before, here) of each step, in the order of forward.
    """
    (_, batch, units), terms = hs.shape, w.shape[0]
    found = bound(True, mode, form, batch, units, terms // units, hs.dtype)
    packed = _packed("rnn backward", found.pack, found.pack_form, w, found.shape)
    own = {"lstm": (da, carry, dc, dy, memory, gates), "gru": (da, db, carry, dy, hs, memory, gates)}
    args = (found.form, *own.get(mode, (da, carry, dy, hs)), db.reshape(-1), packed)
    args += (starts_of(batch, terms), _spread(lengths, batch), *(limits if mode == "lstm" else ()), offset)
    run, panels, grain = found.run, found.shape[0], found.grain
    later, known = 0, 0
    for t, before, here in reversed(times):
        pool.run(run, panels, grain, *args, known, later, t, before, here)
        later, known = t * batch * terms, terms
