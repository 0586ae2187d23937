"""The calls of RNN and of the operators on sequences recorded on MXNet 1.9.1: ``python rnn.py`` writes rnn.npz.

1.9.1 on a CPU trains no projection, and leaves sequence_length and the limits of an LSTM's state aside.
"""

import os

from case import Given, Rand, Table

HERE = os.path.dirname(os.path.abspath(__file__))
GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
case = Table()


def size(mode, inputs, units, layers, directions, projection=0):
    """How many parameters there are."""
    out, total = projection or units, 0
    for layer in range(layers):
        columns = (inputs if layer == 0 else directions * out) + out + 2
        total += directions * (GATES[mode] * units * columns + projection * units)
    return total


def rnn(mode, shape=(4, 3, 5), units=6, layers=1, bidirectional=False, projection=0, **more):
    directions = 2 if bidirectional else 1
    count = layers * directions
    parameters = Rand(size(mode, shape[2], units, layers, directions, projection), low=-0.8, high=0.8)
    states = [Rand(count, shape[1], projection or units)] + [Rand(count, shape[1], units)] * (mode == "lstm")
    params = {"mode": mode, "state_size": units, "num_layers": layers, "bidirectional": bidirectional}
    if projection:
        params["projection_size"] = projection
    case("RNN", shape, parameters, *states, **params, **more)


for mode in GATES:
    for bidirectional in (False, True):
        for layers in (1, 2):
            rnn(mode, layers=layers, bidirectional=bidirectional, state_outputs=True)
    if mode != "rnn_relu":  # whose gradients 1.9.1 rounds to float32
        # and those of a third plain layer are wrong
        rnn(mode, layers=2 if mode == "rnn_tanh" else 3, of="float64")
    rnn(mode, shape=(1, 1, 1), units=1)
    rnn(mode, shape=(3, 7, 20), units=17, layers=2, bidirectional=True)
    rnn(mode, layers=2, p=0.7, grad=False, train=False)  # in prediction nothing is dropped
rnn("lstm", projection=2, state_outputs=True, grad=False)
rnn("lstm", layers=2, bidirectional=True, projection=4, state_outputs=True, grad=False)

LENGTHS = Given([4, 1, 2])
for op, params in (("SequenceMask", {"value": -1.5}), ("SequenceLast", {}), ("SequenceReverse", {})):
    case(op, (4, 3, 2), grad=op != "SequenceLast", **params)  # whose gradient crashes 1.9.1 without lengths
    case(op, (4, 3, 2), LENGTHS, use_sequence_length=True, of=("float32", "float64", "float16"), **params)
    case(op, (4, 3), LENGTHS, use_sequence_length=True, **params)
    if op != "SequenceReverse":
        case(op, (3, 4, 2), LENGTHS, use_sequence_length=True, axis=1, **params)
    case(op, Rand(4, 3, 2), Given([4, 1, 2], dtype="int32"), use_sequence_length=True, **params)
case("SequenceLast", (3, 4, 2), axis=1, grad=False)


def main():
    import mxnet as mx
    import pack

    arrays = {}
    for name, one in case.cases.items():
        inputs = one.make_inputs()
        try:
            result = one.run(mx, inputs)
        except Exception as error:
            print("FAILED", name, "-", str(error).strip().splitlines()[-1][:150])
            continue
        arrays.update({f"{name} in{i}": x for i, x in enumerate(inputs)})
        arrays.update({f"{name} {key}": value for key, value in result.items()})
    pack.save(os.path.join(HERE, "rnn.npz"), arrays)
    print(len(case.cases), "cases,", len(arrays), "arrays")


if __name__ == "__main__":
    main()
