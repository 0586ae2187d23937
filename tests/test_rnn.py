"""mx.rnn: symbols as MXNet 1.9.1 composes them (golden/rnn_symbols.py), fused layers as cells, buckets, checkpoints."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb import rnn

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import rnn_symbols  # noqa: E402

RECORDED = json.loads(Path(rnn_symbols.FILE).read_text())


@pytest.mark.parametrize("name", rnn_symbols.CELLS)
def test_symbols_equal_mxnets(name):
    got = rnn_symbols.describe(mx, name)
    for fact, expected in RECORDED[name].items():
        assert got[fact] == expected, fact


def run(outputs, x, weights):
    """Numbers of a symbol whose variables are `data` and weights."""
    executor = outputs.simple_bind(mx.cpu(), grad_req="null", data=x.shape)
    executor.copy_params_from(weights)
    return executor.forward(data=x)[0].asnumpy()


@pytest.mark.parametrize("layout", ["NTC", "TNC"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("mode", ["rnn_relu", "rnn_tanh", "lstm", "gru"])
def test_fused_layers_are_their_cells(mode, bidirectional, layout):
    fused = rnn.FusedRNNCell(4, 2, mode, bidirectional=bidirectional, prefix="f_")
    outputs, states = fused.unroll(3, mx.sym.Variable("data"), layout=layout)
    assert states == []
    x = mx.nd.random.normal(shape=(2, 3, 5) if layout == "NTC" else (3, 2, 5))
    shapes, _, _ = outputs.infer_shape(data=x.shape)
    weights = {"f_parameters": mx.nd.random.uniform(-0.5, 0.5, shape=shapes[1])}
    expected = run(outputs, x, weights)
    cells = fused.unfuse()
    outputs, _ = cells.unroll(3, mx.sym.Variable("data"), layout=layout, merge_outputs=True)
    parts = fused.unpack_weights(weights)
    np.testing.assert_allclose(run(outputs, x, cells.pack_weights(parts)), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(
        fused.pack_weights(parts)["f_parameters"].asnumpy(), weights["f_parameters"].asnumpy()
    )


def test_initialization_of_fused_layers():
    cell = rnn.FusedRNNCell(4, 2, "lstm", forget_bias=3.0)
    outputs, _ = cell.unroll(3, mx.sym.Variable("data"))
    module = mx.mod.Module(mx.sym.make_loss(outputs), label_names=None)
    module.bind([("data", (2, 3, 5))])
    module.init_params(mx.init.Constant(0.25))
    parts = cell.unpack_weights(module.get_params()[0])
    assert {float(a.asnumpy().min()) for n, a in parts.items() if n.endswith("_f_bias")} == {3}
    assert {float(a.asnumpy().max()) for n, a in parts.items() if n.endswith("weight")} == {0.25}
    assert {float(a.asnumpy().max()) for n, a in parts.items() if n.endswith("bias") and "_f_" not in n} == {0}
    with pytest.raises(ValueError, match=r"FusedRNN: .* has no initializer for its parts"):
        mx.init.FusedRNN(None, 4, 2, "lstm")(mx.init.InitDesc("lstm_weight"), module.get_params()[0]["lstm_parameters"])


def test_states_go_in_and_out():
    cell = rnn.FusedRNNCell(4, 1, "lstm", get_next_state=True)
    states = cell.begin_state(func=mx.sym.Variable)
    outputs, after = cell.unroll(3, mx.sym.Variable("data"), begin_state=states, layout="TNC")
    names = [s.name for s in states]
    assert mx.sym.Group([outputs, *after]).list_arguments() == ["data", "lstm_parameters", *names]
    assert mx.sym.Group([outputs, *after]).infer_shape(data=(3, 2, 5))[1] == [(3, 2, 4), (1, 2, 4), (1, 2, 4)]


def test_checkpoints_serve_fused_and_unfused_cells(tmp_path):
    fused = rnn.FusedRNNCell(4, 2, "gru", prefix="g_")
    outputs, _ = fused.unroll(3, mx.sym.Variable("data"))
    x = mx.nd.random.normal(shape=(2, 3, 5))
    weights = {"g_parameters": mx.nd.random.uniform(-0.5, 0.5, shape=outputs.infer_shape(data=x.shape)[0][1])}
    callback = rnn.do_rnn_checkpoint(fused, str(tmp_path / "net"), period=2)
    callback(0, outputs, weights, {})
    assert list(tmp_path.iterdir()) == []
    callback(1, outputs, weights, {})
    assert "g_l0_i2h_r_weight" in mx.model.load_checkpoint(str(tmp_path / "net"), 2)[1]
    symbol, arguments, _ = rnn.load_rnn_checkpoint([fused], str(tmp_path / "net"), 2)
    np.testing.assert_array_equal(run(symbol, x, arguments), run(outputs, x, weights))
    cells = fused.unfuse()
    _, arguments, _ = rnn.load_rnn_checkpoint(cells, str(tmp_path / "net"), 2)
    unrolled, _ = cells.unroll(3, mx.sym.Variable("data"), merge_outputs=True)
    np.testing.assert_allclose(run(unrolled, x, arguments), run(outputs, x, weights), rtol=1e-5, atol=1e-6)


def test_shared_variables():
    params = rnn.RNNParams("lstm_")
    one, two = rnn.LSTMCell(4, params=params), rnn.LSTMCell(4, params=params)
    x = mx.sym.Variable("data")
    both = mx.sym.Group([one.unroll(2, x)[0][1], two.unroll(2, x)[0][1]])
    assert both.list_arguments() == ["data", *(f"lstm_{n}_{k}" for n in ("i2h", "h2h") for k in ("weight", "bias"))]


def test_errors():
    both = rnn.BidirectionalCell(rnn.GRUCell(4, prefix="l_"), rnn.GRUCell(4, prefix="r_"))
    with pytest.raises(NotImplementedError, match="Please use unroll"):
        both(mx.sym.Variable("x"), [])
    with pytest.raises(NotImplementedError, match="FusedRNNCell cannot be stepped"):
        rnn.FusedRNNCell(4)(mx.sym.Variable("x"), [])
    with pytest.raises(AssertionError, match="BidirectionalCell doesn't support zoneout"):
        rnn.ZoneoutCell(both)
    with pytest.raises(AssertionError, match="FusedRNNCell doesn't support zoneout"):
        rnn.ZoneoutCell(rnn.FusedRNNCell(4))
    cell = rnn.GRUCell(4)
    rnn.ResidualCell(cell)
    with pytest.raises(AssertionError, match="the base cell cannot be called directly"):
        cell.begin_state()
    with pytest.raises(mx.MXNetError, match="got 1 inputs, need length=2"):
        rnn.GRUCell(4).unroll(2, [mx.sym.Variable("x")])


# --- Sentences -------------------------------------------------------------------------------------------------------


def test_encode_sentences():
    """What 1.9.1 gives, but for a token for unknown words that is in the vocabulary: it keeps its number."""
    sentences = [["a", "b"], ["b", "c"]]
    assert rnn.encode_sentences(sentences) == ([[0, 1], [1, 2]], {"\n": -1, "a": 0, "b": 1, "c": 2})
    assert rnn.encode_sentences(sentences, invalid_label=0, start_label=1)[1] == {"\n": 0, "a": 1, "b": 2, "c": 3}
    assert rnn.encode_sentences([["a", "b", "c"]], invalid_label=1)[0] == [[0, 2, 3]]
    assert rnn.encode_sentences([["a", "d"]], vocab={"a": 3, "u": 1}, unknown_token="u")[0] == [[3, 1]]
    with pytest.raises(AssertionError, match="Unknown token d"):
        rnn.encode_sentences([["a", "d"]], vocab={"a": 3})


@pytest.mark.parametrize("layout", ["NT", "TN"])
def test_buckets(layout):
    sentences = [[1, 2, 3], [4, 5], [1, 2, 3, 4], [6, 7, 8], [1, 1], [2, 2], [3] * 6]
    with pytest.warns(UserWarning, match="discarded 1 sentences longer than the largest bucket"):
        batches = rnn.BucketSentenceIter(sentences, 2, buckets=[2, 4], layout=layout)
    assert batches.default_bucket_key == 4
    shape = (2, 4) if layout == "NT" else (4, 2)
    assert batches.provide_data == [("data", shape)]
    assert batches.provide_data[0].layout == layout
    for _ in range(2):
        found = list(batches)
        assert sorted(b.bucket_key for b in found) == [2, 4]
        for batch in found:
            data, label = batch.data[0].asnumpy(), batch.label[0].asnumpy()
            assert batch.provide_data[0].shape == data.shape
            if layout == "TN":
                data, label = data.T, label.T
            assert data.shape == (2, batch.bucket_key)
            np.testing.assert_array_equal(label[:, :-1], data[:, 1:])
            assert (label[:, -1] == -1).all()
            for row in data:
                assert [int(n) for n in row if n >= 0] in sentences
        batches.reset()
    with pytest.warns(UserWarning, match="discarded 2 sentences"):
        assert rnn.BucketSentenceIter(sentences, 2).buckets == [2, 3]
    with pytest.raises(ValueError, match="Invalid layout XX"):
        rnn.BucketSentenceIter(sentences, 2, layout="XX")
    with pytest.raises(mx.MXNetError, match="no length occurs 9 times"):
        rnn.BucketSentenceIter(sentences, 9)


@pytest.mark.parametrize("fused", [False, True])
def test_training_with_buckets(fused):
    """A model learns to count: after n comes n + 1."""
    rng = np.random.RandomState(0)
    starts = rng.randint(1, 8, 200)
    sentences = [[(s + i) % 8 + 1 for i in range(n)] for s, n in zip(starts, rng.choice([4, 6], 200))]
    np.random.seed(1)
    mx.random.seed(1)
    batches = rnn.BucketSentenceIter(sentences, 20, buckets=[4, 6], invalid_label=0)
    cell = rnn.FusedRNNCell(16, mode="gru", prefix="g_") if fused else rnn.SequentialRNNCell()
    if not fused:
        cell.add(rnn.LSTMCell(16, prefix="l_"))

    def make(length):
        data, label = mx.sym.Variable("data"), mx.sym.Variable("softmax_label")
        embedded = mx.sym.Embedding(data, input_dim=9, output_dim=8, name="embed")
        outputs, _ = cell.unroll(length, embedded, merge_outputs=True)
        scores = mx.sym.FullyConnected(mx.sym.Reshape(outputs, shape=(-1, 16)), num_hidden=9, name="scores")
        label = mx.sym.Reshape(label, shape=(-1,))
        loss = mx.sym.SoftmaxOutput(
            scores, label, use_ignore=True, ignore_label=0, normalization="valid", name="softmax"
        )
        return loss, ("data",), ("softmax_label",)

    module = mx.mod.BucketingModule(make, default_bucket_key=batches.default_bucket_key)
    metric = mx.metric.Perplexity(ignore_label=0)
    module.fit(
        batches,
        eval_metric=metric,
        optimizer="adam",
        optimizer_params={"learning_rate": 0.02, "rescale_grad": 1},
        initializer=mx.init.Xavier(),
        num_epoch=8,
    )
    batches.reset()
    assert module.score(batches, mx.metric.Perplexity(ignore_label=0))[0][1] < 1.3


def test_convolutions_run():
    """States keep their size; the window over them must be odd."""
    cell = rnn.ConvLSTMCell((1, 3, 6, 6), 2, i2h_stride=(2, 2))
    outputs, states = cell.unroll(2, mx.sym.Variable("data"))
    executor = mx.sym.Group([*outputs, *states]).simple_bind(mx.cpu(), data=(4, 2, 3, 6, 6))
    for array in executor.arg_arrays:
        array[:] = mx.nd.random.normal(shape=array.shape)
    found = executor.forward(is_train=True)
    assert [y.shape for y in found] == [(4, 2, 3, 3)] * 4
    executor.backward([mx.nd.ones(y.shape) for y in found])
    assert all(np.isfinite(g.asnumpy()).all() and g.asnumpy().any() for g in executor.grad_arrays)
    with pytest.raises(AssertionError, match="Only support odd number"):
        rnn.ConvGRUCell((1, 3, 6, 6), 2, h2h_kernel=(2, 2))
