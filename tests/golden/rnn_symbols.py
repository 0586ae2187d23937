"""Symbols of the cells of mx.rnn, recorded on MXNet 1.9.1: ``python rnn_symbols.py`` writes rnn_symbols.json."""

import json
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "rnn_symbols.json")

CELLS = {
    "RNNCell": lambda rnn: rnn.RNNCell(5),
    "LSTMCell": lambda rnn: rnn.LSTMCell(5, forget_bias=2.0),
    "GRUCell": lambda rnn: rnn.GRUCell(5, prefix="g_"),
    "FusedRNNCell lstm": lambda rnn: rnn.FusedRNNCell(5, 2, "lstm"),
    "FusedRNNCell gru": lambda rnn: rnn.FusedRNNCell(5, 2, "gru", bidirectional=True, dropout=0.3, get_next_state=True),
    "FusedRNNCell rnn": lambda rnn: rnn.FusedRNNCell(5, mode="rnn_tanh", prefix="f_"),
    "unfused": lambda rnn: rnn.FusedRNNCell(5, 2, "rnn_relu", bidirectional=True, dropout=0.3).unfuse(),
    "DropoutCell": lambda rnn: rnn.DropoutCell(0.3),
    "ZoneoutCell": lambda rnn: rnn.ZoneoutCell(rnn.LSTMCell(5), 0.2, 0.3),
    "ResidualCell": lambda rnn: rnn.ResidualCell(rnn.GRUCell(5)),
    "ConvRNNCell": lambda rnn: rnn.ConvRNNCell((1, 3, 6, 6), 2, h2h_kernel=(5, 5), h2h_dilate=(2, 2)),
    "ConvLSTMCell": lambda rnn: rnn.ConvLSTMCell((1, 3, 6, 6), 2, i2h_stride=(2, 2)),
    "ConvGRUCell": lambda rnn: rnn.ConvGRUCell((1, 3, 6, 6), 2, activation="tanh", prefix="c_"),
    "BidirectionalCell": lambda rnn: rnn.BidirectionalCell(rnn.LSTMCell(5, prefix="l_"), rnn.GRUCell(4, prefix="r_")),
}


def flat(x):
    """All symbols in nested lists."""
    return [s for part in x for s in flat(part)] if isinstance(x, (list, tuple)) else [x]


def describe(mx, name):
    """Names of everything in the unrolled symbol, attributes of its variables, and weights taken apart."""
    found = {}
    for merge in (None, True, False):
        for listed in (True, False):
            cell = CELLS[name](mx.rnn)
            with mx.name.NameManager():
                inputs = [mx.sym.Variable("x0"), mx.sym.Variable("x1")] if listed else mx.sym.Variable("x")
                outputs, states = cell.unroll(2, inputs, merge_outputs=merge, layout="NTC")
            group = mx.sym.Group(flat([outputs, states]))
            key = f"merge_outputs={merge}, {'list' if listed else 'symbol'}"
            found[key] = group.get_internals().list_outputs()
    found["attributes"] = {k: v for k, v in group.attr_dict().items() if k in group.list_arguments()}
    found["states"] = [[list(info["shape"]), info["__layout__"]] for info in cell.state_info]
    shapes, _, _ = group.infer_shape(
        x=(3, 2, *({"ResidualCell": (5,)}.get(name, (3, 6, 6) if "Conv" in name else (4,))))
    )
    weights = {n: mx.nd.arange(int(np.prod(s))).reshape(s) for n, s in zip(group.list_arguments(), shapes) if n != "x"}
    parts = cell.unpack_weights(weights)
    found["unpacked"] = {n: [list(a.shape), float(a.asnumpy().sum())] for n, a in parts.items()}
    again = cell.pack_weights(parts)
    found["packed"] = {n: bool((again[n].asnumpy() == a.asnumpy()).all()) for n, a in weights.items()}
    return json.loads(json.dumps(found))


if __name__ == "__main__":
    import mxnet

    rows = (f'"{name}": {json.dumps(describe(mxnet, name), sort_keys=True)}' for name in CELLS)
    with open(FILE, "w") as file:
        file.write("{\n" + ",\n".join(rows) + "\n}\n")
