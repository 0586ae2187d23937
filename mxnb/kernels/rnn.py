"""Recurrent cells: the arithmetic of one step of time.  `rnn_layers.py` runs them over layers, directions and time.

With x: (N, I) the input, h: (N, R) and c: (N, H) the state before, w_x: (gates H, I), w_h: (gates H, R), b_x and b_h:
(gates H,), let a = x w_xᵀ + b_x and b = h w_hᵀ + b_h, each of them (N, gates H), cut into its gates:

plain    h = tanh(a + b), or max(a + b, 0)
lstm     i, f, o = sigmoid(a + b), g = tanh(a + b)          c = f c + i g           h = o tanh(c)
gru      r, z = sigmoid(a + b), n = tanh(a + r b)           h = (1 - z) n + z h

and with a projection w_p: (R, H) the h of an LSTM becomes h w_pᵀ, else R = H.  Backward needs the gates after their
functions, h and c; of a GRU also b of n.  One step is 2 N gates H R operations for the product and some fifty for each
of N H cells: the product limits, which `rnn_cpu.py` makes together with the cell.

A sample whose sequence is over, t >= its length, keeps its state, and its gradient passes through.

Here are the cells, and the steps as definition and for CUDA: one cell at a time, after the product.
"""

from __future__ import annotations

from .common import wide
from .kernel import foreach, helper
from .words import exp, index, maximum, minimum, tanh, where

GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


# --- Cells: of numbers and of register tiles -------------------------------------------------------------------------


@helper
def sigmoid(x):
    """1 / (1 + exp(-x))"""
    return 1.0 / (1.0 + exp(-x))


@helper
def plain_cell(form, x):
    """h of x = a + b."""
    if form.relu == 1:
        return maximum(x, 0.0)
    return tanh(x)


@helper
def plain_gradient(form, dh, h):
    """The gradient of a + b."""
    if form.relu == 1:
        return where(h > 0.0, dh, 0.0)
    return dh * (1.0 - h * h)


@helper
def clipped(form, c, low, high):
    """c between low and high; not-a-number stays, or with form.clip 2 becomes low."""
    if form.clip == 0:
        return c
    if form.clip == 2:
        return where(c == c, minimum(maximum(c, low), high), low)
    return minimum(maximum(c, low), high)


@helper
def lstm_cell(form, i, f, g, o, c, low, high):
    """The gates, c and h."""
    i, f, g, o = sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)
    c = clipped(form, i * g + f * c, low, high)
    return i, f, g, o, c, o * tanh(c)


@helper
def lstm_gradient(form, dh, dc, i, f, g, o, c, before, low, high):
    """Gradients of the gates' arguments, and of the c before."""
    t = tanh(c)
    dc = dc + dh * o * (1.0 - t * t)
    if form.clip != 0:
        dc = where((c > low) & (c < high), dc, 0.0)
    di, df = dc * g * i * (1.0 - i), dc * before * f * (1.0 - f)
    return di, df, dc * i * (1.0 - g * g), dh * t * o * (1.0 - o), dc * f


@helper
def gru_cell(r, z, a, b, h):
    """The gates and h; n = tanh(a + r b)."""
    r, z = sigmoid(r), sigmoid(z)
    n = tanh(a + r * b)
    return r, z, n, n + z * (h - n)


@helper
def gru_gradient(dh, r, z, n, b, h):
    """Gradients of the arguments of r and z, of a and b of n, and what goes straight to the h before."""
    da = dh * (1.0 - z) * (1.0 - n * n)
    return da * b * r * (1.0 - r), dh * (h - n) * z * (1.0 - z), da, da * r, dh * z


# --- One step, cell by cell ------------------------------------------------------------------------------------------
#
# i counts the cells of (N, H).  gates: (N, gates H) come in as a; b: (N, gates H).  All arrays are of the step alone.


@foreach(flat=True)
def plain_step(i, form, h, gates, b, before, lengths, t, units):
    """h of a plain cell; the gate itself is not kept."""
    if form.masked == 1 and t >= lengths[i // units]:
        h[i] = before[i]
    else:
        h[i] = plain_cell(form, wide(gates[i]) + wide(b[i]))


@foreach(flat=True)
def lstm_step(i, form, h, c, gates, b, before, c_before, lengths, t, units, low, high):
    """h and c of an LSTM's cell, and its gates."""
    at = index(i + i // units * (3 * units))
    at_f, at_g, at_o = index(at + units), index(at + 2 * units), index(at + 3 * units)
    gi, gf = wide(gates[at]) + wide(b[at]), wide(gates[at_f]) + wide(b[at_f])
    gg, go = wide(gates[at_g]) + wide(b[at_g]), wide(gates[at_o]) + wide(b[at_o])
    gi, gf, gg, go, new_c, new_h = lstm_cell(form, gi, gf, gg, go, wide(c_before[i]), low, high)
    gates[at], gates[at_f], gates[at_g], gates[at_o] = gi, gf, gg, go
    h[i], c[i] = new_h, new_c
    if form.masked == 1 and t >= lengths[i // units]:
        c[i] = c_before[i]
        if form.projected == 0:
            h[i] = before[i]


@foreach(flat=True)
def gru_step(i, form, h, kept, gates, b, before, lengths, t, units):
    """h of a GRU's cell, its gates, and b of n."""
    at = index(i + i // units * (2 * units))
    at_z, at_n = index(at + units), index(at + 2 * units)
    r, z = wide(gates[at]) + wide(b[at]), wide(gates[at_z]) + wide(b[at_z])
    r, z, n, new = gru_cell(r, z, wide(gates[at_n]), wide(b[at_n]), wide(before[i]))
    gates[at], gates[at_z], gates[at_n], kept[i], h[i] = r, z, n, b[at_n], new
    if form.masked == 1 and t >= lengths[i // units]:
        h[i] = before[i]


@foreach(flat=True)
def hold(i, h, before, lengths, t, units):
    """Keep h: (N, R) of samples that are over."""
    if t >= lengths[i // units]:
        h[i] = before[i]


# --- One step backward -----------------------------------------------------------------------------------------------


@foreach(flat=True)
def arrive(i, form, dh, carry, dy, later, lengths, t, units, y_units, offset):
    """dh: (N, R), the sum of what comes from the output, dy: (N, y_units), from the product of the step after, `later`,
    and past it, `carry`.  What is over arrives in carry instead."""
    total = wide(later[i]) + wide(carry[i])
    if form.masked == 1 and t >= lengths[i // units]:
        dh[i], carry[i] = 0.0, total
    else:
        dh[i], carry[i] = total + wide(dy[index(i // units * y_units + offset + i % units)]), 0.0


@foreach(flat=True)
def plain_back(i, form, dgates, dh, h):
    """Gradient of the gate."""
    dgates[i] = plain_gradient(form, wide(dh[i]), wide(h[i]))


@foreach(flat=True)
def lstm_back(i, form, dgates, dc, dh, gates, c, c_before, lengths, t, units, low, high):
    """Gradients of the gates and of the c before."""
    at = index(i + i // units * (3 * units))
    at_f, at_g, at_o = index(at + units), index(at + 2 * units), index(at + 3 * units)
    di, df, dg, do, before = lstm_gradient(
        form, wide(dh[i]), wide(dc[i]), wide(gates[at]), wide(gates[at_f]), wide(gates[at_g]), wide(gates[at_o]),
        wide(c[i]), wide(c_before[i]), low, high,
    )  # fmt: skip
    if form.masked == 1 and t >= lengths[i // units]:
        dgates[at], dgates[at_f], dgates[at_g], dgates[at_o] = 0.0, 0.0, 0.0, 0.0
    else:
        dgates[at], dgates[at_f], dgates[at_g], dgates[at_o], dc[i] = di, df, dg, do, before


@foreach(flat=True)
def gru_back(i, form, da, db, carry, dh, gates, kept, before, lengths, t, units):
    """Gradients of a and of b of all gates, which differ in n, and what goes straight to the h before."""
    at = index(i + i // units * (2 * units))
    at_z, at_n = index(at + units), index(at + 2 * units)
    dr, dz, dn, dkept, straight = gru_gradient(
        wide(dh[i]), wide(gates[at]), wide(gates[at_z]), wide(gates[at_n]), wide(kept[i]), wide(before[i])
    )
    da[at], da[at_z], da[at_n], db[at], db[at_z], db[at_n] = dr, dz, dn, dr, dz, dkept
    if form.masked == 0 or t < lengths[i // units]:
        carry[i] = straight


# --- Whole arrays ----------------------------------------------------------------------------------------------------


@foreach(flat=True)
def add(i, y, a, b):
    """y = a + b."""
    y[i] = a[i] + b[i]


@foreach(flat=True)
def clear_ends(i, y, lengths, batch, width):
    """Zero in y: (T, N, width) where a sample is over."""
    if i // (batch * width) >= lengths[i // width % batch]:
        y[i] = 0.0
