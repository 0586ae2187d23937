"""Hybridized blocks: equal to imperative ones, export and import, shapes while tracing."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, gluon, nd
from mxnb.gluon import nn


def mlp(**kwargs):
    net = nn.HybridSequential(**kwargs)
    with net.name_scope():
        net.add(nn.Dense(8, activation="tanh"), nn.BatchNorm(), nn.Dense(3))
    return net


def filled(net, x):
    """Initialize with numbers that depend on the parameters' order only."""
    net.initialize()
    net(x)
    rng = np.random.RandomState(1)
    for param in net.collect_params().values():
        if not param.name.endswith("running_var"):
            param.set_data(nd.array(rng.normal(size=param.shape)))
    return net


def train(net, x, steps=3):
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9})
    losses = []
    for _ in range(steps):
        with autograd.record():
            loss = (net(x) ** 2).mean()
        loss.backward()
        trainer.step(1)
        losses.append(loss.asscalar())
    return losses


X = nd.array(np.random.RandomState(0).normal(size=(6, 4)))


@pytest.mark.parametrize("flags", [{}, {"static_alloc": True, "static_shape": True}])
def test_training_gives_the_same(flags):
    eager, hybrid = filled(mlp(), X), filled(mlp(), X)
    hybrid.hybridize(**flags)
    np.testing.assert_allclose(train(hybrid, X), train(eager, X), rtol=1e-5)
    for a, b in zip(hybrid.collect_params().values(), eager.collect_params().values()):
        np.testing.assert_allclose(a.data().asnumpy(), b.data().asnumpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(hybrid(X).asnumpy(), eager(X).asnumpy(), rtol=1e-4, atol=1e-5)


def test_a_hybridized_child_of_an_imperative_block():
    class Outer(gluon.Block):
        def __init__(self):
            super().__init__()
            self.net = mlp()

        def forward(self, x):
            return self.net(x) * 2

    net = filled(Outer(), X)
    expected = net(X).asnumpy()
    net.hybridize()
    np.testing.assert_allclose(net(X).asnumpy(), expected, rtol=1e-5)


def test_deferred_initialization_in_a_graph():
    net = mlp()
    net.initialize()
    net.hybridize()
    assert net(X).shape == (6, 3)
    assert net[2].weight.shape == (3, 8)
    assert net(X[:2]).shape == (2, 3)


def test_gradients_of_inputs():
    net = filled(mlp(), X)
    grads = []
    for active in (False, True):
        net.hybridize(active)
        x = X.copy()
        x.attach_grad()
        with autograd.record():
            y = net(x * 2).sum()
        y.backward()
        grads.append(x.grad.asnumpy())
    np.testing.assert_allclose(grads[1], grads[0], rtol=1e-4, atol=1e-5)


class Structured(gluon.HybridBlock):
    def hybrid_forward(self, F, x, pair, optional=None):
        total = x + pair[0]
        if optional is not None:
            total = total + optional
        return [total, (pair[1], x * 2)], None


@pytest.mark.parametrize("hybridize", [False, True])
def test_nested_arguments_and_outputs(hybridize):
    net = Structured()
    net.hybridize(hybridize)
    one = nd.ones((2,))
    for arguments, expected in (
        ((one, [one, one * 3]), 2),
        ((one, (one, one * 3), one), 3),
        ((one, [one, one * 3]), 2),
    ):
        (total, (second, double)), nothing = net(*arguments)
        assert total.asnumpy().tolist() == [expected] * 2
        assert second.asnumpy().tolist() == [3, 3]
        assert double.asnumpy().tolist() == [2, 2]
        assert nothing is None


def test_arguments_that_are_no_arrays():
    net = Structured()
    net.hybridize()
    with pytest.raises(ValueError, match="must be \\(nested\\) list of Symbol or NDArray, but got 3"):
        net(nd.ones((2,)), [nd.ones((2,)), nd.ones((2,))], 3)


def test_operators_with_several_outputs():
    class Split(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.split(x, num_outputs=2, axis=1)

    net = Split()
    for active in (False, True):
        net.hybridize(active)
        a, b = net(nd.array([[1, 2, 3, 4]]))
        assert (a.asnumpy().tolist(), b.asnumpy().tolist()) == ([[1, 2]], [[3, 4]])


def test_returning_the_argument_itself():
    class Pass(gluon.HybridBlock):
        def hybrid_forward(self, F, x, y):
            return x, x

    net = Pass()
    net.hybridize()
    a, b = net(nd.array([1, 2]), nd.array([3]))
    assert a.asnumpy().tolist() == b.asnumpy().tolist() == [1, 2]


def test_shapes_are_known_while_tracing():
    traces = []

    class Halves(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(4, flatten=False)

        def hybrid_forward(self, F, x):
            y = self.dense(x)
            traces.append(y.shape)
            return F.reshape(y, shape=(x.shape[0] * 2, y.shape[1] // 2))

    net = Halves()
    net.initialize()
    net.hybridize()
    for rows in (3, 5, 3):
        assert net(nd.ones((rows, 2))).shape == (rows * 2, 2)
    assert traces == [(3, 4), (5, 4)]
    with pytest.raises(AttributeError, match="only while"):
        mx.sym.var("x").shape  # noqa: B018


def test_a_graph_without_shapes_is_traced_once():
    traces = []

    class Count(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            traces.append(F is mx.sym)
            return x + 1

    net = Count()
    net.hybridize()
    for shape in ((2,), (3,), (2, 2)):
        net(nd.ones(shape))
    assert traces == [True]
    net.hybridize(False)
    net(nd.ones((2,)))
    assert traces == [True, False]


def test_forward_of_ones_own():
    class Own(gluon.HybridBlock):
        def forward(self, x):
            return x * 2

    net = Own()
    net.hybridize()
    assert net(nd.array([3])).asnumpy().tolist() == [6]


def test_export_and_import(tmp_path):
    path = str(tmp_path / "model")
    net = filled(mlp(prefix="net_"), X)
    with pytest.raises(RuntimeError, match=r"Please first call block\.hybridize"):
        net.export(path)
    net.hybridize()
    expected = net(X).asnumpy()
    net.export(path, epoch=7)
    arrays = nd.load(path + "-0007.params")
    assert "arg:net_dense0_weight" in arrays
    assert "aux:net_batchnorm0_running_mean" in arrays
    block = gluon.SymbolBlock.imports(path + "-symbol.json", ["data"], path + "-0007.params")
    np.testing.assert_allclose(block(X).asnumpy(), expected, rtol=1e-6)
    assert repr(block) == "SymbolBlock(\n<Symbol net_dense1_fwd> : 1 -> 1\n)"
    again = mlp(prefix="net_")
    again.load_parameters(path + "-0007.params")
    np.testing.assert_allclose(again(X).asnumpy(), expected, rtol=1e-5)


def test_symbol_block():
    data = mx.sym.var("data")
    fc = mx.sym.FullyConnected(data, num_hidden=3, name="fc")
    block = gluon.SymbolBlock(fc, data)
    with pytest.raises(RuntimeError, match="'fc_weight' has not been initialized"):
        block(X)
    block.initialize()
    assert block(X).shape == (6, 3)
    assert block.params["fc_weight"].shape == (3, 4)
    assert block(mx.sym.var("q")).list_arguments() == ["q", "fc_weight", "fc_bias"]
    with autograd.record():
        loss = block(X).sum()
    loss.backward()
    assert block.params["fc_bias"].grad().asnumpy().tolist() == [6, 6, 6]
    pair = gluon.SymbolBlock([fc, fc * 2], [data])
    pair.initialize()
    assert [out.shape for out in pair(X)] == [(6, 3), (6, 3)]
    assert repr(pair).startswith("SymbolBlock(\n<Symbol group [fc, _mulscalar")
    with pytest.raises(AssertionError, match="is an output of operators"):
        gluon.SymbolBlock(fc, fc)
    with pytest.raises(ValueError, match="needs 1 arguments"):
        block(X, X)


def test_infer_type_and_cast():
    net = mlp()
    net.initialize()
    net.hybridize()
    net(X)
    net.cast("float64")
    assert net(X.astype("float64")).dtype == np.float64
    net = nn.Dense(2)
    net.infer_shape(X)
    assert net.weight.shape == (2, 4)


def test_two_contexts():
    net = mlp()
    net.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    net.hybridize()
    a = net(X)
    b = net(X.as_in_context(mx.cpu(1)))
    assert (a.context, b.context) == (mx.cpu(0), mx.cpu(1))
    np.testing.assert_allclose(a.asnumpy(), b.asnumpy(), rtol=1e-6)


@pytest.mark.parametrize("monitor_all", [False, True])
def test_op_hooks(monitor_all):
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(2, activation="relu"), nn.BatchNorm())
    net.initialize(mx.init.One())
    net.hybridize()
    seen = {}
    net.register_op_hook(lambda name, op, array: seen.update({name: (op, array.asnumpy())}), monitor_all)
    with autograd.record():
        out = net(X)
    out.backward()
    assert np.abs(net[0].bias.grad().asnumpy()).sum() > 0
    outputs = ["net_dense0_fwd_output", "net_dense0_relu_fwd_output", "net_batchnorm0_fwd_output"]
    assert [name for name in seen if name.endswith("_output")] == outputs
    assert ("net_dense0_fwd_weight" in seen) == monitor_all
    assert seen[outputs[1]][0] == "Activation"
    np.testing.assert_allclose(seen[outputs[0]][1], X.asnumpy().sum(1, keepdims=True).repeat(2, 1), rtol=1e-5)
    assert (seen[outputs[2]][1] == out.asnumpy()).all()
    seen.clear()
    net.hybridize(False)
    net(X)
    assert not seen
    net.hybridize()
    net(X)
    assert len(seen) >= 3
