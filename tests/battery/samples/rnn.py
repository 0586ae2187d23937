"""Recurrent layers, and operators on sequences that differ in length."""

import numpy as np

from .table import Given, S, X, case

GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def cell(mode, a, b, h, c, low, high):
    """The next h and c of one sample."""
    if mode == "rnn_relu":
        return np.maximum(a + b, 0), c
    if mode == "rnn_tanh":
        return np.tanh(a + b), c
    if mode == "lstm":
        i, f, g, o = np.split(a + b, 4)
        c = np.clip(sigmoid(f) * c + sigmoid(i) * np.tanh(g), low, high)
        return sigmoid(o) * np.tanh(c), c
    (ar, az, an), (br, bz, bn) = np.split(a, 3), np.split(b, 3)
    z = sigmoid(az + bz)
    return (1 - z) * np.tanh(an + sigmoid(ar + br) * bn) + z * h, c


def sizes(mode, inputs, units, layers, directions, out, projection):
    """Shapes of all parameters in their order."""
    rows, matrices = GATES[mode] * units, []
    for layer in range(layers):
        matrices += [(rows, directions * out if layer else inputs), (rows, out)] * directions
        if projection:
            matrices[-2 * directions :] = [
                (rows, directions * out if layer else inputs), (rows, out), (projection, units)
            ] * directions  # fmt: skip
    return matrices + [(rows,)] * (2 * layers * directions)


def rnn(
    data, parameters, state, *rest, mode, state_size, num_layers, bidirectional=False, p=0.0, state_outputs=False,
    projection_size=None, lstm_state_clip_min=None, lstm_state_clip_max=None, use_sequence_length=False, **_,
):  # fmt: skip
    """One sample, one step after the other."""
    steps, batch, inputs = data.shape
    directions, out = 1 + bidirectional, projection_size or state_size
    low = -np.inf if lstm_state_clip_min is None else lstm_state_clip_min
    high = np.inf if lstm_state_clip_max is None else lstm_state_clip_max
    shapes = sizes(mode, inputs, state_size, num_layers, directions, out, projection_size)
    cuts = np.cumsum([int(np.prod(s)) for s in shapes])[:-1]
    parts = [part.reshape(s) for part, s in zip(np.split(parameters, cuts), shapes)]
    each = 3 if projection_size else 2
    biases = parts[num_layers * directions * each :]
    cells = rest[0] if mode == "lstm" else np.zeros((num_layers * directions, batch, state_size))
    lengths = rest[-1].astype(int) if use_sequence_length else np.full(batch, steps)
    last_h, last_c = np.zeros_like(state), np.zeros_like(cells)
    x = data
    for layer in range(num_layers):
        y = np.zeros((steps, batch, directions * out))
        for d in range(directions):
            k = layer * directions + d
            w_x, w_h, *w_p = parts[each * k : each * k + each]
            b_x, b_h = biases[2 * k : 2 * k + 2]
            for n in range(batch):
                h, c = state[k, n], cells[k, n]
                times = range(min(max(lengths[n], 0), steps))
                for t in reversed(times) if d else times:
                    h, c = cell(mode, w_x @ x[t, n] + b_x, w_h @ h + b_h, h, c, low, high)
                    h = w_p[0] @ h if w_p else h
                    y[t, n, d * out : (d + 1) * out] = h
                last_h[k, n], last_c[k, n] = h, c
        x = y
    states = (last_h, last_c) if mode == "lstm" else (last_h,)
    return (x, *states) if state_outputs else x


def sample(mode, *lengths, shape=(3, 2, 3), units=3, layers=1, projection=None, **params):
    """A call with parameters of the right size."""
    directions = 1 + params.get("bidirectional", False)
    out = projection or units
    shapes = sizes(mode, shape[2], units, layers, directions, out, projection)
    inputs = [X(*shape), X(sum(int(np.prod(s)) for s in shapes), low=-1, high=1), X(layers * directions, shape[1], out)]
    inputs += [X(layers * directions, shape[1], units)] * (mode == "lstm")
    if projection:
        params["projection_size"] = projection
    if lengths:
        inputs.append(Given(lengths))
        params["use_sequence_length"] = True
    one = S(*inputs, mode=mode, state_size=units, num_layers=layers, **params)
    return one.but(wrt=tuple(range(len(inputs) - bool(lengths))))


FOLLOW = ("parameters", "state", "state_cell")
SAMPLES = [
    sample("rnn_relu"),
    sample("rnn_tanh", layers=2, bidirectional=True),
    sample("lstm"),
    sample("lstm", layers=2, bidirectional=True, state_outputs=True),
    sample("gru", layers=2),
    sample("gru", bidirectional=True, state_outputs=True),
    sample("rnn_tanh", 3, 1, bidirectional=True, state_outputs=True),
    sample("lstm", 1, 3, layers=2, bidirectional=True, state_outputs=True),
    sample("gru", 2, 0, bidirectional=True, state_outputs=True),
    sample("lstm", layers=2, bidirectional=True, projection=2, state_outputs=True),
    sample("lstm", 2, 3, projection=2, state_outputs=True, bidirectional=True),
    sample("lstm", lstm_state_clip_min=-0.2, lstm_state_clip_max=0.3, state_outputs=True),
    sample("rnn_relu", shape=(1, 5, 2), units=20, state_outputs=True),
]
case("RNN", rnn, *SAMPLES[:6], kind="long", follows=FOLLOW, dtypes=("float32", "float64", "float16"))
case("RNN", rnn, *SAMPLES[6:], kind="long", follows=FOLLOW, dtypes=("float32", "float64"))


def lstm_cell(a, b, before):
    rows = [cell("lstm", *each, None, c, -np.inf, np.inf) for *each, c in zip(a, b, before)]
    return tuple(np.array(part) for part in zip(*rows))


def gru_cell(a, b, before):
    return np.array([cell("gru", *each, None, None, None)[0] for each in zip(a, b, before)])


for units in (3, 20):
    case("_lstm_cell", lstm_cell, S(X(2, 4 * units), X(2, 4 * units), X(2, units)))
    case("_gru_cell", gru_cell, S(X(2, 3 * units), X(2, 3 * units), X(2, units)))
case(
    "_rnn_param_concat",
    lambda *parts, **_: np.concatenate(parts),
    S(X(2), X(3), X(4), dim=0, num_args=3),
    free=("arg0", "arg1", "arg2"),
    kind="exact",
)


# --- Sequences of different lengths ----------------------------------------------------------------------------------


def lengths_of(x, axis, lengths):
    return np.full(x.shape[1 - axis], x.shape[axis]) if lengths is None else np.asarray(lengths).astype(int)


def mask(x, lengths=None, value=0.0, axis=0, **_):
    y = x.copy()
    for n, length in enumerate(lengths_of(x, axis, lengths)):
        np.moveaxis(y, axis, 0)[length:, n] = value
    return y


def last(x, lengths=None, axis=0, **_):
    return np.array([np.moveaxis(x, axis, 0)[length - 1, n] for n, length in enumerate(lengths_of(x, axis, lengths))])


def reverse(x, lengths=None, **_):
    y = x.copy()
    for n, length in enumerate(lengths_of(x, 0, lengths)):
        y[:length, n] = x[:length, n][::-1]
    return y


def place(x, lengths=None, shape=None, axis=0, **_):
    y = np.zeros(shape)
    for n, length in enumerate(lengths_of(y, axis, lengths)):
        np.moveaxis(y, axis, 0)[length - 1, n] = x[n]
    return y


LENGTHS = {"use_sequence_length": True}
SHORT, NUMBERS = Given([2, 4, 1]), ("float32", "float64", "float16", "int32")
flags = {"wrt": (0,), "kind": "exact", "dtypes": NUMBERS}
case("SequenceMask", mask, S(X(4, 3, 2)).but(loose=True), S(X(4, 3, 2), SHORT, value=0.5, **LENGTHS), **flags)
case("SequenceMask", mask, S(X(3, 4), SHORT, axis=1, **LENGTHS), **flags)
case("SequenceLast", last, S(X(4, 3, 2)).but(loose=True), S(X(3, 4), SHORT, axis=1, **LENGTHS), **flags)
case("SequenceLast", last, S(X(4, 3, 20), SHORT, **LENGTHS), S(X(3, 4, 2), axis=1).but(loose=True), **flags)
case("SequenceReverse", reverse, S(X(4, 3, 2)).but(loose=True), S(X(4, 3, 2), SHORT, **LENGTHS), **flags)
case("SequenceReverse", reverse, S(X(4, 3), SHORT, **LENGTHS), **flags)
case("_sequence_place", place, S(X(3, 2), SHORT, shape=(4, 3, 2), **LENGTHS), S(X(3), shape=(3, 4), axis=1), **flags)
