"""The recurrent layers of `RNN` made of other operators, step by step: what its gradients are differentiated by."""

from __future__ import annotations

import math
from typing import Any

from .operator import registry


def layers(op: Any, x: Any, parameters: Any, state: Any, cell: Any, lengths: Any) -> list[Any]:
    """The results of an instance of `RNN` without dropout: y: (T, N, directions R), last h and, of an LSTM, last c.

    Parameters
    ----------
    op : the instance.
    x, parameters, state, cell, lengths : its inputs; None for those that it does not have.
    """
    steps, directions = x.shape[0], op.directions
    count = op.num_layers * directions
    weights, biases = _matrices(op, parameters, x.shape[2])
    alive: Any = [None] * steps  # for each step, which samples are not over yet
    if lengths is not None:
        whole = registry["Cast"].of(dtype="int64")(lengths)
        alive = [registry["_greater_scalar"].of(scalar=float(t))(whole) for t in range(steps)]
    hs, cs = [_part(state, k) for k in range(count)], [None] * count
    if cell is not None:
        cs = [_part(cell, k) for k in range(count)]
    for layer in range(op.num_layers):
        ways = []
        for k in range(layer * directions, (layer + 1) * directions):
            order = range(steps) if k % directions == 0 else range(steps - 1, -1, -1)
            y, hs[k], cs[k] = _run(op, x, weights[k], biases[k], hs[k], cs[k], alive, order)
            ways.append(y)
        x = ways[0] if directions == 1 else registry["Concat"].of(dim=2, num_args=2)(*ways)
    if not op.state_outputs:
        return [x]
    return [x, _stack(hs)] if cell is None else [x, _stack(hs), _stack(cs)]


def _part(x: Any, k: int) -> Any:
    """x[k]."""
    return registry["slice_axis"].of(axis=0, begin=k, end=k + 1)(x).reshape(x.shape[1:])


def _stack(parts: list[Any]) -> Any:
    return registry["stack"].of(axis=0, num_args=len(parts))(*parts)


def _matrices(op: Any, parameters: Any, inputs: int) -> tuple[list[Any], list[Any]]:
    """(w_x, w_h and, with a projection, w_p) and (b_x, b_h) of each layer and direction."""
    rows, start = {"lstm": 4, "gru": 3}.get(op.mode, 1) * op.state_size, 0

    def take(*shape: int) -> Any:
        nonlocal start
        start, begin = start + math.prod(shape), start
        return registry["slice_axis"].of(axis=0, begin=begin, end=start)(parameters).reshape(shape)

    weights = []
    for layer in range(op.num_layers):
        for _ in range(op.directions):
            w_x, w_h = take(rows, op.directions * op.width if layer else inputs), take(rows, op.width)
            weights.append((w_x, w_h, take(op.width, op.state_size) if op.projection_size else None))
    return weights, [(take(rows), take(rows)) for _ in weights]


def _run(op: Any, x: Any, weights: Any, biases: Any, h: Any, c: Any, alive: Any, order: Any) -> tuple[Any, Any, Any]:
    """One layer in one direction: y, last h and c.  A sample that is over keeps its state and gives 0."""
    dense, where = registry["FullyConnected"], registry["where"].of()
    (w_x, w_h, w_p), (b_x, b_h) = weights, biases
    steps, batch, inputs = x.shape
    rows = w_x.shape[0]
    a = dense.of(num_hidden=rows)(x.reshape((steps * batch, inputs)), w_x, b_x).reshape((steps, batch, rows))
    ys: list[Any] = [None] * steps
    for t in order:
        old = h, c
        h, c = _cell(op, _part(a, t), dense.of(num_hidden=rows)(h, w_h, b_h), h, c)
        if w_p is not None:
            h = dense.of(num_hidden=op.width, no_bias=True)(h, w_p)
        ys[t] = h
        if alive[t] is not None:
            ys[t] = where(alive[t], h, registry["zeros_like"].of()(h))
            h, c = (n if n is None else where(alive[t], n, o) for n, o in zip((h, c), old))
    return _stack(ys), h, c


def _cell(op: Any, a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any]:
    """The next h and c from a = x w_xᵀ + b_x and b = h w_hᵀ + b_h."""
    sigmoid, tanh = registry["sigmoid"].of(), registry["tanh"].of()
    if op.mode == "gru":
        (ar, az, an), (br, bz, bn) = (registry["split"].of(num_outputs=3, axis=1)(v) for v in (a, b))
        z = sigmoid(az + bz)
        return (1 - z) * tanh(an + sigmoid(ar + br) * bn) + z * h, None
    if op.mode == "lstm":
        i, f, g, o = registry["split"].of(num_outputs=4, axis=1)(a + b)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        if op.lstm_state_clip_min is not None:
            c = registry["clip"].of(a_min=op.lstm_state_clip_min, a_max=op.lstm_state_clip_max)(c)
        return sigmoid(o) * tanh(c), c
    return (tanh if op.mode == "rnn_tanh" else registry["relu"].of())(a + b), None
