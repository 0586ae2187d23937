"""RNN and the operators on sequences: what MXNet 1.9.1 gave (golden/rnn.py), lengths, limits, inference, threads."""

import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb.kernels import rnn_cell, rnn_cpu, rnn_layers
from mxnb.kernels.pool import set_num_threads
from mxnb.ops import get

GOLDEN = Path(__file__).parents[1] / "golden"
sys.path.insert(0, str(GOLDEN))

import pack  # noqa: E402
import rnn  # noqa: E402

RECORDED: dict = {}
for key, value in pack.load(GOLDEN / "rnn.npz").items():
    RECORDED.setdefault(key.rpartition(" ")[0], {})[key.rpartition(" ")[2]] = value
TOLERANCE = {"float16": 4e-3, "float32": 2e-5, "float64": 1e-7}


def compare(name, got):
    expected = {key: value for key, value in RECORDED[name].items() if not key.startswith("in")}
    assert sorted(got) == sorted(expected)
    for key, value in expected.items():
        assert got[key].dtype == value.dtype
        tolerance = TOLERANCE[value.dtype.name]
        np.testing.assert_allclose(got[key], value, rtol=tolerance, atol=tolerance, err_msg=key)


def inputs_of(name):
    return [RECORDED[name][f"in{i}"] for i in range(len(rnn.case.cases[name].inputs))]


@pytest.mark.parametrize("name", rnn.case.cases)
def test_equals_mxnet(name):
    compare(name, rnn.case.cases[name].run(mx, inputs_of(name)))


@pytest.mark.parametrize("name", rnn.case.cases)
def test_executor_equals_mxnet(name):
    compare(name, rnn.case.cases[name].run_symbol(mx, inputs_of(name)))


# --- Kernels ---------------------------------------------------------------------------------------------------------


def draw(rng, *shape, dtype="float32"):
    return rng.uniform(-0.5, 0.5, shape).astype(dtype)


def call(mode, steps=3, batch=5, inputs=4, units=6, layers=1, dtype="float32", lengths=None, seed=0, **params):
    """Outputs and gradients of an RNN with random numbers."""
    rng = np.random.default_rng(seed)
    directions = 2 if params.get("bidirectional") else 1
    projection = params.get("projection_size")
    count = rnn.size(mode, inputs, units, layers, directions, projection or 0)
    shapes = [(steps, batch, inputs), (count,), (layers * directions, batch, projection or units)]
    shapes += [(layers * directions, batch, units)] * (mode == "lstm")
    xs = [mx.nd.array(draw(rng, *s, dtype=dtype), dtype=dtype) for s in shapes]
    for x in xs:
        x.attach_grad()
    if lengths is not None:
        params |= {"sequence_length": mx.nd.array(lengths), "use_sequence_length": True}
    with mx.autograd.record():
        ys = mx.nd.RNN(*xs, state_size=units, num_layers=layers, mode=mode, state_outputs=True, **params)
    mx.autograd.backward(ys, [mx.nd.array(draw(rng, *y.shape, dtype=dtype), dtype=dtype) for y in ys])
    return [y.asnumpy() for y in ys] + [x.grad.asnumpy() for x in xs]


@pytest.mark.parametrize("mode", rnn.GATES)
def test_threads_change_nothing(mode):
    """Large enough that work is split; several layers, both directions."""
    before = set_num_threads(1)
    try:
        sizes = {"steps": 2, "batch": 48, "inputs": 30, "units": 260, "layers": 2, "bidirectional": True}
        one = call(mode, **sizes)
        set_num_threads(3)
        for a, b in zip(one, call(mode, **sizes)):
            np.testing.assert_array_equal(a, b)
    finally:
        set_num_threads(before)


@pytest.mark.parametrize("lengths", [None, [0, 2, 3, 1, 3, 2, 2]])
@pytest.mark.parametrize(("units", "dtype"), [(5, "float64"), (37, "float32")])
@pytest.mark.parametrize("mode", rnn.GATES)
def test_tiles_are_the_definition(mode, units, dtype, lengths, monkeypatch):
    """The products that end in the cell against products followed by one cell at a time, as CUDA computes."""
    sizes = {"batch": 7, "units": units, "bidirectional": True, "dtype": dtype, "lengths": lengths}
    tiles = call(mode, **sizes)
    monkeypatch.setattr(rnn_layers, "by_tiles", lambda *_: False)
    tolerance = 1e-12 if dtype == "float64" else 2e-5
    for a, b in zip(tiles, call(mode, **sizes)):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("mode", rnn.GATES)
def test_uncompiled_tiles(mode, monkeypatch):
    """The kernels as plain Python functions."""
    sizes = {"steps": 2, "batch": 3, "units": 5, "lengths": [2, 1, 2]}
    compiled = call(mode, **sizes)
    for kernel in (rnn_cpu.pack_gates, rnn_cpu.pack_rows, rnn_cpu.FORWARD[mode], rnn_cpu.BACKWARD[mode]):
        monkeypatch.setattr(kernel, "variant", lambda *_, kernel=kernel: kernel.function)
    monkeypatch.setattr(rnn_cpu, "bound", rnn_cpu.bound.__wrapped__)  # which knows the compiled ones
    for a, b in zip(compiled, call(mode, **sizes)):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("units", "dtype"), [(5, "float64"), (37, "float32")])
@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("mode", ["lstm", "gru"])
def test_steps_of_cells(mode, back, units, dtype):
    """Rows of registers, compiled and not, against one cell at a time, as CUDA computes."""
    rng, gates, lstm = np.random.default_rng(5), rnn.GATES[mode], mode == "lstm"
    rows, each = rnn_cell.KERNELS[mode, back]
    wide, narrow = (3, gates * units), (3, units)
    given = [narrow] * ((1 + lstm) * back) + [wide, wide, narrow]
    inputs = [draw(rng, *shape, dtype=dtype).ravel() for shape in given]
    made = [wide, wide, narrow] if back else [narrow] * (1 + lstm)
    form = [rnn_cell.FREE] * lstm
    found = []
    for run in (
        lambda *arrays: rows(3, *arrays, *form, units),
        lambda *arrays: rows.function(*arrays, *form, units, 0, 3),
        lambda *arrays: each(3 * units, *form, *arrays, units),
    ):
        outs = [np.zeros(math.prod(shape), dtype) for shape in made]
        run(*outs, *inputs)
        found.append(outs)
    tolerance = 1e-12 if dtype == "float64" else 2e-6
    for tiles, plain, single in zip(*found):
        np.testing.assert_allclose(tiles, single, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(plain, single, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("batch", [1, 2, 13, 16, 17, 33])
def test_any_batch(batch):
    """Each sample is what it is alone: rows of tiles beyond the batch touch nothing."""
    rng = np.random.default_rng(3)
    op = get("RNN").of(mode="lstm", state_size=19, num_layers=1)
    x, w = draw(rng, 2, batch, 3), draw(rng, rnn.size("lstm", 3, 19, 1, 1))
    zero = lambda n: mx.nd.zeros((1, n, 19))
    whole = op(mx.nd.array(x), mx.nd.array(w), zero(batch), zero(batch)).asnumpy()
    for n in range(0, batch, 5):
        alone = op(mx.nd.array(x[:, n : n + 1]), mx.nd.array(w), zero(1), zero(1)).asnumpy()
        np.testing.assert_allclose(whole[:, n : n + 1], alone, rtol=1e-5, atol=1e-6)


# --- Parameters ------------------------------------------------------------------------------------------------------


def test_dropout_between_layers():
    rng = np.random.default_rng(1)
    op = get("RNN").of(mode="rnn_tanh", state_size=50, num_layers=2, p=0.4)
    x, w = draw(rng, 4, 3, 5, dtype="float64"), draw(rng, rnn.size("rnn_tanh", 5, 50, 2, 1), dtype="float64")
    h = np.zeros((2, 3, 50))

    def run(x, w, h, seed=7):
        mx.random.seed(seed)
        return op(*(mx.nd.array(a, dtype="float64") if isinstance(a, np.ndarray) else a for a in (x, w, h)))

    with mx.autograd.train_mode():
        first, again, other = run(x, w, h), run(x, w, h), run(x, w, h, 8)
    assert (first.asnumpy() == again.asnumpy()).all()
    assert (first.asnumpy() != other.asnumpy()).any()
    # the gradient is that of the same mask
    arrays = [mx.nd.array(a, dtype="float64") for a in (x, w, h)]
    for a in arrays:
        a.attach_grad()
    head = draw(rng, 4, 3, 50, dtype="float64")
    with mx.autograd.record():
        y = run(*arrays)
    y.backward(mx.nd.array(head, dtype="float64"))
    for i, a in enumerate(arrays):
        v, at = draw(rng, *a.shape, dtype="float64"), [x, w, h]
        with mx.autograd.train_mode():
            up = run(*(b + 1e-6 * v if i == j else b for j, b in enumerate(at))).asnumpy()
            down = run(*(b - 1e-6 * v if i == j else b for j, b in enumerate(at))).asnumpy()
        np.testing.assert_allclose((a.grad.asnumpy() * v).sum(), ((up - down) / 2e-6 * head).sum(), rtol=1e-6)


def test_everything_dropped():
    """The second layer sees zeros only."""
    op = get("RNN").of(mode="rnn_relu", state_size=2, num_layers=2, p=1)
    w = np.ones(rnn.size("rnn_relu", 3, 2, 2, 1), "float32")
    with mx.autograd.train_mode():
        y = op(mx.nd.ones((1, 1, 3)), mx.nd.array(w), mx.nd.zeros((2, 1, 2)))
    np.testing.assert_array_equal(y.asnumpy(), [[[2, 2]]])  # both biases


def test_limits_of_the_state():
    """c stays between the limits; not-a-number passes, or becomes the lower one."""
    limits = {"lstm_state_clip_min": -0.1, "lstm_state_clip_max": 0.05}
    _, _, c, *_ = call("lstm", batch=40, units=20, **limits)
    assert c.min() == np.float32(-0.1)
    assert c.max() == np.float32(0.05)
    x, w = mx.nd.array([[[np.nan]]]), mx.nd.ones(rnn.size("lstm", 1, 1, 1, 1))
    for stop, expected in ((False, np.nan), (True, np.float32(-0.1))):
        op = get("RNN").of(
            mode="lstm", state_size=1, num_layers=1, state_outputs=True, lstm_state_clip_nan=stop, **limits
        )
        c = op(x, w, mx.nd.zeros((1, 1, 1)), mx.nd.zeros((1, 1, 1)))[2]
        np.testing.assert_array_equal(c.asnumpy(), [[[expected]]])


@pytest.mark.parametrize("mode", rnn.GATES)
def test_not_a_number_spreads(mode):
    """In its sample, from its step on."""
    x = np.zeros((4, 2, 3), "float32")
    x[2, 1, 0] = np.nan
    states = [mx.nd.zeros((1, 2, 5))] * (2 if mode == "lstm" else 1)
    y = mx.nd.RNN(
        mx.nd.array(x), mx.nd.ones(rnn.size(mode, 3, 5, 1, 1)), *states, mode=mode, state_size=5, num_layers=1
    ).asnumpy()
    bad = np.isnan(y)
    assert bad[2:, 1].all()
    assert bad.sum() == bad[2:, 1].size


ERRORS = {
    "parameter state_size=0: need an int of at least 1": {"state_size": 0},
    "parameter num_layers=0: need an int of at least 1": {"num_layers": 0},
    "parameter p=1.5: need a number from 0 to 1": {"p": 1.5},
    "parameter projection_size=2: need mode='lstm', not 'gru'": {"projection_size": 2},
    "parameter lstm_state_clip_min=0.0: need mode='lstm', not 'gru'": {"lstm_state_clip_min": 0},
    "lstm_state_clip_min=None, lstm_state_clip_max=1.0: need both or none": {"mode": "lstm", "lstm_state_clip_max": 1},
    "parameter mode='elman': need one of": {"mode": "elman"},
}


@pytest.mark.parametrize("text", ERRORS)
def test_wrong_parameters(text):
    with pytest.raises(mx.MXNetError, match="^RNN: .*" + re.escape(text)):
        get("RNN").of(**{"mode": "gru", "state_size": 3, "num_layers": 1, **ERRORS[text]})


def test_shapes_follow_from_each_other():
    """The number of inputs from that of parameters, the batch from a state."""
    y = mx.sym.RNN(mx.sym.var("x"), mode="lstm", state_size=5, num_layers=2, state_outputs=True, name="r")
    arguments = [(4, 2, 3), (rnn.size("lstm", 3, 5, 2, 1),), (2, 2, 5), (2, 2, 5)]
    outputs = [(4, 2, 5), (2, 2, 5), (2, 2, 5)]
    assert y.infer_shape(x=(4, 2, 3)) == (arguments, outputs, [])
    assert y.infer_shape(x=(4, 2, 0), r_parameters=arguments[1]) == (arguments, outputs, [])
    assert y.infer_shape(x=(4, 0, 3), r_state_cell=(0, 2, 0)) == (arguments, outputs, [])
    with pytest.raises(mx.MXNetError, match=r"RNN 'r': parameters has shape \(7,\), need \(440,\)"):
        y.infer_shape(x=(4, 2, 3), r_parameters=(7,))
    with pytest.raises(mx.MXNetError, match=r"data has shape \(4, 2\), need three dimensions"):
        y.infer_shape(x=(4, 2))


def test_no_second_gradient_with_dropout():
    x, w, h = mx.nd.ones((2, 1, 3)), mx.nd.ones(rnn.size("gru", 3, 2, 2, 1)), mx.nd.ones((2, 1, 2))
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.RNN(x, w, h, mode="gru", state_size=2, num_layers=2, p=0.5)
        (dx,) = mx.autograd.grad(y, [x], create_graph=True)
    with pytest.raises(mx.MXNetError, match=r"RNN: with dropout \(p=0.5\)"):
        dx.backward()


# --- Sequences -------------------------------------------------------------------------------------------------------


def test_lengths_out_of_range():
    """Longer ones are those of all steps, shorter ones than any those of none or of one."""
    x, lengths = mx.nd.array(np.arange(6).reshape(3, 2)), mx.nd.array([-2, 9])
    options = {"sequence_length": lengths, "use_sequence_length": True}
    np.testing.assert_array_equal(mx.nd.SequenceMask(x, **options).asnumpy(), [[0, 1], [0, 3], [0, 5]])
    np.testing.assert_array_equal(mx.nd.SequenceLast(x, **options).asnumpy(), [0, 5])
    np.testing.assert_array_equal(mx.nd.SequenceReverse(x, **options).asnumpy(), [[0, 5], [2, 3], [4, 1]])


def test_axes_of_sequences():
    with pytest.raises(mx.MXNetError, match=r"^SequenceReverse: parameter axis=1: need 0"):
        mx.nd.SequenceReverse(mx.nd.ones((2, 3)), axis=1)
    with pytest.raises(mx.MXNetError, match=r"^SequenceMask: parameter axis=2: need 0 or 1"):
        mx.nd.SequenceMask(mx.nd.ones((2, 3, 4)), axis=2)
    with pytest.raises(mx.MXNetError, match=r"^SequenceLast: data has shape \(3,\), need at least two dimensions"):
        mx.nd.SequenceLast(mx.nd.ones(3))
