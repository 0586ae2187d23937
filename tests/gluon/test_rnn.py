"""Recurrent layers and cells: as MXNet 1.9.1 (golden/rnn_gluon.py), its files, layers against cells, hybridized."""

import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb.gluon import rnn

GOLDEN = Path(__file__).parents[1] / "golden"
sys.path.insert(0, str(GOLDEN))

import pack  # noqa: E402
import rnn_gluon  # noqa: E402

RECORDED: dict = {}
for key, value in pack.load(GOLDEN / "rnn_gluon.npz").items():
    RECORDED.setdefault(key.partition(" / ")[0], {})[key.partition(" / ")[2]] = value


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize("key", rnn_gluon.CASES, ids=str)
def test_equals_mxnet(key, hybridize):
    expected, got = RECORDED[str(key)], rnn_gluon.CASES[key](mx, hybridize=hybridize)
    assert sorted(got) == sorted(expected)
    for name, array in expected.items():
        np.testing.assert_allclose(got[name], array, rtol=2e-5, atol=2e-5, err_msg=name)


def test_files_of_mxnet():
    """Parameters that MXNet saved, and a network that it exported."""
    x, expected = rnn_gluon.tokens(mx), RECORDED["files"][""]
    net = rnn_gluon.network(mx)
    net.load_parameters(str(GOLDEN / "rnn" / "net.params"))
    np.testing.assert_allclose(net(x).asnumpy(), expected, rtol=1e-5, atol=1e-6)
    files = [str(GOLDEN / "rnn" / name) for name in ("net-symbol.json", "net-0000.params")]
    net = mx.gluon.SymbolBlock.imports(files[0], ["data"], files[1])
    np.testing.assert_allclose(net(x).asnumpy(), expected, rtol=1e-5, atol=1e-6)
    symbol, arguments, states = mx.model.load_checkpoint(str(GOLDEN / "rnn" / "net"), 0)
    executor = symbol.simple_bind(mx.cpu(), grad_req="null", data=x.shape)
    executor.copy_params_from(arguments, states)
    np.testing.assert_allclose(executor.forward(data=x)[0].asnumpy(), expected, rtol=1e-5, atol=1e-6)


def test_own_files(tmp_path):
    x, names = rnn_gluon.tokens(mx), [str(tmp_path / name) for name in ("net.params", "net", "net-symbol.json")]
    net = rnn_gluon.network(mx)
    net.initialize()
    net.hybridize()
    expected = net(x).asnumpy()
    net.save_parameters(names[0])
    assert sorted(mx.nd.load(names[0])) == sorted(mx.nd.load(str(GOLDEN / "rnn" / "net.params")))
    again = rnn_gluon.network(mx)
    again.load_parameters(names[0])
    np.testing.assert_array_equal(again(x).asnumpy(), expected)
    net.export(names[1])
    again = mx.gluon.SymbolBlock.imports(names[2], ["data"], str(tmp_path / "net-0000.params"))
    np.testing.assert_allclose(again(x).asnumpy(), expected, rtol=1e-6)


LAYERS = {
    "RNN": lambda **more: rnn.RNN(4, 2, **more),
    "LSTM": lambda **more: rnn.LSTM(4, 2, **more),
    "GRU": lambda **more: rnn.GRU(4, 2, **more),
}


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_lengths(name, bidirectional):
    """A layer with lengths is its cells unrolled with lengths, in values, states and gradients."""
    layer = LAYERS[name](bidirectional=bidirectional, input_size=3, use_sequence_length=True)
    layer.initialize(mx.init.Uniform(0.7))
    x, lengths = mx.nd.random.normal(shape=(5, 3, 3)), mx.nd.array([2, 5, 1])
    found = []
    for run in (
        lambda: layer(x, layer.begin_state(3), lengths),
        lambda: layer._unfuse().unroll(5, x, layout="TNC", merge_outputs=True, valid_length=lengths),
    ):
        x.attach_grad()
        layer.collect_params().zero_grad()
        with mx.autograd.record():
            output, states = run()
            loss = (output * output).sum() + sum((s * (i + 1)).sum() for i, s in enumerate(_by_layer(states)))
        loss.backward()
        grads = [p.grad().asnumpy() for p in layer.collect_params().values()]
        found.append([output.asnumpy(), *(s.asnumpy() for s in _by_layer(states)), x.grad.asnumpy(), *grads])
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def _by_layer(states):
    """States of cells, one after the other; those of a fused layer are h of all layers, then c of all."""
    if states[0].ndim == 2:
        return states
    split = [list(mx.nd.split(s, num_outputs=s.shape[0], axis=0, squeeze_axis=True)) for s in states]
    return [s for each in zip(*split) for s in each]


def test_lengths_must_be_announced():
    layer = rnn.LSTM(4)
    layer.initialize()
    with pytest.raises(mx.MXNetError, match="sequence_length is given, the layer has use_sequence_length=False"):
        layer(mx.nd.ones((5, 2, 3)), None, mx.nd.array([1, 2]))
    layer = rnn.LSTM(4, use_sequence_length=True)
    layer.initialize()
    with pytest.raises(mx.MXNetError, match="sequence_length is missing"):
        layer(mx.nd.ones((5, 2, 3)))


@pytest.mark.parametrize("hybridize", [False, True])
def test_with_and_without_states(hybridize):
    """The same layer, called both ways in turn."""
    layer = rnn.LSTM(4, input_size=3)
    layer.initialize()
    if hybridize:
        layer.hybridize()
    for steps in (5, 2):
        x = mx.nd.random.normal(shape=(steps, 2, 3))
        alone = layer(x)
        output, states = layer(x, layer.begin_state(2))
        assert isinstance(states, list)
        assert [s.shape for s in states] == [(1, 2, 4)] * 2
        np.testing.assert_allclose(alone.asnumpy(), output.asnumpy(), rtol=1e-6)
        further, _ = layer(x, states)
        assert not np.allclose(further.asnumpy(), output.asnumpy())
    with pytest.raises(ValueError, match=r"Invalid recurrent state shape. Expecting \(1, 2, 4\), got \(1, 7, 4\)"):
        layer(x, layer.begin_state(7))
    with pytest.raises(ValueError, match="got 1 states, need 2"):
        layer(x, layer.begin_state(2)[0])


def test_dropout_between_layers():
    layer = rnn.GRU(40, 2, dropout=0.5, input_size=3)
    layer.initialize(mx.init.Uniform(0.5))
    x = mx.nd.random.normal(shape=(5, 2, 3))
    np.testing.assert_array_equal(layer(x).asnumpy(), layer(x).asnumpy())
    with mx.autograd.train_mode():
        mx.random.seed(3)
        first, second = layer(x).asnumpy(), layer(x).asnumpy()
        mx.random.seed(3)
        np.testing.assert_array_equal(layer(x).asnumpy(), first)
    assert np.abs(first - second).max() > 1e-3
    one = rnn.GRU(40, dropout=0.5, input_size=3)  # nothing is dropped from the last layer
    one.initialize()
    with mx.autograd.train_mode():
        np.testing.assert_array_equal(one(x).asnumpy(), one(x).asnumpy())


def test_other_dtypes():
    layer = rnn.LSTM(4, 2, input_size=3, dtype="float64")
    layer.initialize()
    x = mx.nd.random.normal(shape=(5, 2, 3), dtype="float64")
    assert layer(x).dtype == np.float64
    assert {s.dtype for s in layer.begin_state(2)} == {np.float64}
    layer.cast("float16")
    assert layer(x.astype("float16")).dtype == np.float16


def test_unknown_arguments():
    with pytest.raises(AssertionError, match="Invalid layout NCT; must be one of"):
        rnn.LSTM(4, layout="NCT")
    with pytest.raises(mx.MXNetError, match="activation='sigmoid', need 'relu' or 'tanh'"):
        rnn.RNN(4, activation="sigmoid")
    with pytest.raises(TypeError, match="colour"):
        rnn.LSTM(4, colour=1)
    layer = rnn.LSTM(4)
    layer.initialize()
    with pytest.raises(mx.MXNetError, match="no argument named 'colour'"):
        layer(mx.nd.ones((5, 2, 3)), colour=1)


def test_printed():
    layer = rnn.LSTM(5, 2, bidirectional=True, input_size=3, dropout=0.5)
    assert repr(layer) == "LSTM(3 -> 5, TNC, num_layers=2, dropout=0.5, bidirectional)"
    assert repr(layer._unfuse()) == (
        "HybridSequentialRNNCell(\n(0): BidirectionalCell(forward=LSTMCell(3 -> 20), backward=LSTMCell(3 -> 20))\n"
        "(1): DropoutCell(rate=0.5, axes=())\n"
        "(2): BidirectionalCell(forward=LSTMCell(10 -> 20), backward=LSTMCell(10 -> 20))\n)"
    )
    assert (
        repr(rnn.ZoneoutCell(rnn.RNNCell(5), 0.2, 0.3))
        == "ZoneoutCell(p_out=0.2, p_state=0.3, RNNCell(None -> 5, tanh))"
    )


# --- Cells -----------------------------------------------------------------------------------------------------------


def test_names_of_unrolled_symbols():
    cell = rnn.RNNCell(4, prefix="c_")
    outputs, _ = cell.unroll(2, [mx.sym.var("a"), mx.sym.var("b")])
    weights = ["c_i2h_weight", "c_i2h_bias", "c_h2h_weight", "c_h2h_bias"]
    assert mx.sym.Group(outputs).list_arguments() == ["a", *weights, "b"]
    assert mx.sym.Group(outputs).list_outputs() == ["c_t0_out_output", "c_t1_out_output"]
    _, shapes, _ = mx.sym.Group(outputs).infer_shape(a=(7, 3), b=(7, 3))
    assert shapes == [(7, 4), (7, 4)]


def test_unrolled_symbol_runs():
    """The first states are zeros of a batch that is not known before."""
    cell = rnn.GRUCell(4, prefix="c_")
    outputs, _ = cell.unroll(3, mx.sym.var("data"), merge_outputs=True)
    executor = outputs.simple_bind(mx.cpu(), data=(2, 3, 5))
    for array in executor.arg_arrays:
        array[:] = mx.nd.random.normal(shape=array.shape)
    executor.forward(is_train=True)
    executor.backward(mx.nd.ones((2, 3, 4)))
    cell.initialize()
    x = executor.arg_dict["data"]
    cell(x[:, 0], cell.begin_state(2))
    for name, param in cell.collect_params().items():
        param.set_data(executor.arg_dict[name])
    with mx.autograd.record():
        y = cell.unroll(3, x, merge_outputs=True)[0]
    y.backward()
    np.testing.assert_allclose(executor.outputs[0].asnumpy(), y.asnumpy(), rtol=1e-5, atol=1e-6)
    for name, param in cell.collect_params().items():
        np.testing.assert_allclose(executor.grad_dict[name].asnumpy(), param.grad().asnumpy(), rtol=1e-4, atol=1e-5)


def test_steps_are_the_unrolled_sequence():
    cell = rnn.LSTMCell(4)
    cell.initialize()
    x = mx.nd.random.normal(shape=(2, 3, 5))
    outputs, last = cell.unroll(3, x)
    states = cell.begin_state(batch_size=2)
    for t in range(3):
        output, states = cell(x[:, t], states)
        np.testing.assert_array_equal(output.asnumpy(), outputs[t].asnumpy())
    np.testing.assert_array_equal(states[1].asnumpy(), last[1].asnumpy())


MADE = {
    "RNN": lambda: rnn.RNNCell(4, input_size=3),
    "RNN relu": lambda: rnn.RNNCell(4, "relu", input_size=3),
    "LSTM": lambda: rnn.LSTMCell(4, input_size=3),
    "LSTM activation": lambda: rnn.LSTMCell(4, input_size=3, activation="softsign"),
    "LSTM recurrent activation": lambda: rnn.LSTMCell(4, input_size=3, recurrent_activation="relu"),
    "GRU": lambda: rnn.GRUCell(4, input_size=3),
}


@pytest.mark.parametrize("name", MADE)
def test_a_step_is_that_of_the_graph(name):
    """Values, and gradients of the input, the states and all parameters."""
    cell, found = MADE[name](), []
    cell.initialize(mx.init.Uniform(0.7))
    rng = np.random.RandomState(4)
    x, *states = (mx.nd.array(rng.normal(size=(2, n))) for n in (3, *[4] * len(cell.state_info())))
    heads = [mx.nd.array(rng.normal(size=(2, 4))) for _ in range(len(states) + 1)]
    for hybridize in (False, True):
        cell.hybridize(hybridize)
        for array in (x, *states):
            array.attach_grad()
        with mx.autograd.record():
            output, after = cell(x, states)
        mx.autograd.backward([output, *after], heads)
        grads = [array.grad for array in (x, *states)] + [p.grad() for p in cell.collect_params().values()]
        found.append([array.asnumpy() for array in (output, *after, *grads)])
    for eager, graph in zip(*found):
        np.testing.assert_allclose(eager, graph, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("hybridize", [False, True])
def test_zoneout(hybridize):
    cell = rnn.ZoneoutCell(rnn.RNNCell(200, input_size=3), zoneout_outputs=0.3, zoneout_states=0.6)
    cell.initialize(mx.init.Uniform(0.5))
    if hybridize:
        cell.hybridize()
    x, before = mx.nd.random.normal(shape=(50, 3)), mx.nd.random.normal(shape=(50, 200))
    plain = cell(x, [before])[0].asnumpy()  # in prediction nothing stays
    cell.reset()
    with mx.autograd.train_mode():
        output, (after,) = cell(x, [before])
    stayed = after.asnumpy() == before.asnumpy()
    np.testing.assert_allclose(after.asnumpy()[~stayed], plain[~stayed], rtol=1e-6)
    assert 0.55 < stayed.mean() < 0.65
    stayed = output.asnumpy() == 0  # there was no output before
    np.testing.assert_allclose(output.asnumpy()[~stayed], plain[~stayed], rtol=1e-6)
    assert 0.25 < stayed.mean() < 0.35


def test_dropout_cell():
    cell = rnn.DropoutCell(0.5)
    x = mx.nd.ones((20, 4, 30))
    with mx.autograd.train_mode():
        outputs, states = cell.unroll(4, x)
    assert states == []
    assert 0.4 < (outputs.asnumpy() == 0).mean() < 0.6
    outputs, _ = cell.unroll(4, x, merge_outputs=False)
    assert [y.shape for y in outputs] == [(20, 30)] * 4


def test_one_cell_is_modified_once():
    base = rnn.GRUCell(4)
    cell = rnn.ResidualCell(base)
    assert cell.params is base.params
    assert [s.shape for s in cell.begin_state(2)] == [(2, 4)]
    with pytest.raises(AssertionError, match="already modified"):
        rnn.ZoneoutCell(base, 0.1)
    with pytest.raises(AssertionError, match="the base cell cannot be called directly"):
        base.begin_state(2)
    both = rnn.BidirectionalCell(rnn.GRUCell(4), rnn.GRUCell(4))
    with pytest.raises(AssertionError, match="doesn't support zoneout"):
        rnn.ZoneoutCell(both, 0.1)
    with pytest.raises(NotImplementedError, match="Please use unroll"):
        both(mx.nd.ones((2, 4)), both.begin_state(2))


def test_sequences_that_do_not_fit():
    cell = rnn.GRUCell(4)
    cell.initialize()
    with pytest.raises(AssertionError, match="inputs have 3 steps, need length=4"):
        cell.unroll(4, mx.nd.ones((2, 3, 5)))
    with pytest.raises(mx.MXNetError, match="inputs is int"):
        cell.unroll(4, 3)


def test_own_cell():
    """A cell that a user writes."""

    class Decay(rnn.HybridRecurrentCell):
        def state_info(self, batch_size=0):
            return [{"shape": (batch_size, 3), "__layout__": "NC"}]

        def hybrid_forward(self, F, inputs, states):
            new = states[0] * 0.5 + inputs
            return new, [new]

    outputs, states = Decay().unroll(3, mx.nd.ones((2, 3, 3)), merge_outputs=True)
    np.testing.assert_array_equal(outputs.asnumpy()[0, :, 0], [1, 1.5, 1.75])
    assert states[0].shape == (2, 3)
