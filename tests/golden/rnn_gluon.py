"""Recurrent layers and cells of Gluon, recorded on MXNet 1.9.1: ``python rnn_gluon.py`` writes rnn_gluon.npz and rnn/.

Each case makes a block; all parameters get fixed numbers; recorded are outputs, states and gradients.  rnn/ holds a
network with an LSTM as MXNet saves and exports it.
"""

import os
import zlib

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(HERE, "rnn")


def numbers(name, shape):
    rng = np.random.RandomState(zlib.crc32(name.encode()) & 0x7FFFFFFF)
    return np.round(rng.uniform(-0.7, 0.7, shape), 2).astype("float32")


def stack(rnn, kind, *cells):
    made = kind(prefix="s_")
    with made.name_scope():
        for cell in cells:
            made.add(cell(rnn))
    return made


LAYERS = {
    "RNN": lambda rnn: rnn.RNN(4, 2, prefix="r_"),
    "RNN tanh": lambda rnn: rnn.RNN(4, activation="tanh", bidirectional=True, layout="NTC", prefix="r_"),
    "LSTM": lambda rnn: rnn.LSTM(4, 2, prefix="l_"),
    "LSTM both": lambda rnn: rnn.LSTM(4, 2, bidirectional=True, input_size=3, prefix="l_"),
    "GRU": lambda rnn: rnn.GRU(5, 2, layout="NTC", prefix="g_"),
    "GRU both": lambda rnn: rnn.GRU(5, 1, bidirectional=True, prefix="g_"),
}
CELLS = {
    "RNNCell": lambda rnn: rnn.RNNCell(4, prefix="r_"),
    "RNNCell relu": lambda rnn: rnn.RNNCell(4, activation="relu", prefix="r_"),
    "LSTMCell": lambda rnn: rnn.LSTMCell(4, prefix="l_"),
    "LSTMCell relu": lambda rnn: rnn.LSTMCell(4, activation="relu", recurrent_activation="tanh", prefix="l_"),
    "GRUCell": lambda rnn: rnn.GRUCell(5, prefix="g_"),
    "ResidualCell": lambda rnn: rnn.ResidualCell(rnn.GRUCell(3, prefix="g_")),
    "SequentialRNNCell": lambda rnn: stack(
        rnn, rnn.SequentialRNNCell, lambda r: r.LSTMCell(4), lambda r: r.ResidualCell(r.GRUCell(4))
    ),
    "HybridSequentialRNNCell": lambda rnn: stack(
        rnn, rnn.HybridSequentialRNNCell, lambda r: r.GRUCell(4), lambda r: r.LSTMCell(2)
    ),
    "BidirectionalCell": lambda rnn: rnn.BidirectionalCell(rnn.LSTMCell(4, prefix="l_"), rnn.GRUCell(3, prefix="g_")),
    "unfused": lambda rnn: rnn.GRU(4, 2, bidirectional=True, input_size=3, prefix="g_")._unfuse(),
}


def fill(mx, block):
    for name, param in block.collect_params().items():
        param.set_data(mx.nd.array(numbers(name, param.shape)))
        param.grad()[:] = 0


def result(mx, block, outputs, inputs):
    """Outputs, and gradients of their weighted sum."""
    flat = []
    for y in [y for part in outputs for y in (part if isinstance(part, list) else [part])]:
        # a last output is a state too, and 1.9.1 forgets one of two heads of it
        if not any(np.array_equal(y.asnumpy(), z.asnumpy()) for z in flat):
            flat.append(y)
    heads = [mx.nd.array(numbers(f"head{i}", y.shape)) for i, y in enumerate(flat)]
    mx.autograd.backward(flat, heads)
    found = {f"out{i}": y.asnumpy() for i, y in enumerate(flat)}
    found.update({"grad " + name: param.grad().asnumpy() for name, param in block.collect_params().items()})
    found["grad data"] = inputs.grad.asnumpy()
    return found


def run_layer(mx, name, hybridize=False):
    layer = LAYERS[name](mx.gluon.rnn)
    x = mx.nd.array(numbers("data", (5, 2, 3)))
    layer.initialize()
    layer(x)
    fill(mx, layer)
    if hybridize:
        layer.hybridize()
    batch = 5 if "NTC" in repr(layer) else 2
    states = [mx.nd.array(numbers(f"state{i}", s.shape)) for i, s in enumerate(layer.begin_state(batch))]
    x.attach_grad()
    with mx.autograd.record():
        outputs = layer(x, states)
    return result(mx, layer, list(outputs), x)


def run_cell(mx, name, merge, lengths, hybridize=False):
    cell = CELLS[name](mx.gluon.rnn)
    x = mx.nd.array(numbers("data", (2, 5, 3)))
    cell.initialize()
    cell.unroll(5, x)
    fill(mx, cell)
    if hybridize:
        cell.hybridize()
    lengths = mx.nd.array([3, 5]) if lengths else None
    x.attach_grad()
    with mx.autograd.record():
        outputs = cell.unroll(5, x, merge_outputs=merge, valid_length=lengths)
    return result(mx, cell, list(outputs), x)


CASES = {("layer", name): lambda mx, name=name, **more: run_layer(mx, name, **more) for name in LAYERS}
for _name in CELLS:
    for _merge in (True, False):
        for _lengths in (False, True):
            if _lengths and _name == "unfused":  # fails in 1.9.1
                continue
            CASES[_name, _merge, _lengths] = lambda mx, key=(_name, _merge, _lengths), **more: run_cell(
                mx, *key, **more
            )


def network(mx):
    nn, rnn = mx.gluon.nn, mx.gluon.rnn
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Embedding(11, 6), rnn.LSTM(5, 2, bidirectional=True), rnn.GRU(4), nn.Dense(3, flatten=False))
    return net


def tokens(mx):
    return mx.nd.array(np.arange(12).reshape(4, 3) * 5 % 11)


def record_files(mx):
    if not os.path.isdir(FILES):
        os.makedirs(FILES)
    net, x = network(mx), tokens(mx)
    net.initialize()
    net(x)
    fill(mx, net)
    net.save_parameters(os.path.join(FILES, "net.params"))
    net.hybridize()
    y = net(x)
    net.export(os.path.join(FILES, "net"))
    return {"files": y.asnumpy()}


def main():
    import mxnet as mx
    import pack

    arrays = {}
    for key, run in CASES.items():
        try:
            found = run(mx)
        except Exception as error:
            print("FAILED", key, str(error)[-200:])
            continue
        arrays.update({f"{key} / {name}": value for name, value in found.items()})
    arrays.update(record_files(mx))
    pack.save(os.path.join(HERE, "rnn_gluon.npz"), arrays)
    print(len(CASES), "cases,", len(arrays), "arrays")


if __name__ == "__main__":
    main()
