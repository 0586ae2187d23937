"""Blocks: names, children, hooks, files, printing."""

import json

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, gluon, nd
from mxnb.base import MXNetError
from mxnb.gluon import nn
from mxnb.name import NameManager


class Net(gluon.HybridBlock):
    """Two layers, a container, and a parameter and a constant of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.a = nn.Dense(3, activation="relu")
            self.b = nn.HybridSequential()
            with self.b.name_scope():
                self.b.add(nn.Dense(2), nn.Activation("relu"))
            self.w = self.params.get("w", shape=(1,), init="ones")
            self.c = self.params.get_constant("c", nd.array([2.0]))

    def hybrid_forward(self, F, x, w, c):
        y = F.relu(self.a(x))
        y = F.relu(y) + 1
        return F.broadcast_mul(self.b(y), w) + F.broadcast_mul(x, c)


NAMES = ["w", "c", "dense0_weight", "dense0_bias", "hybridsequential0_dense0_weight", "hybridsequential0_dense0_bias"]


@pytest.fixture(autouse=True)
def fresh_names():
    with NameManager():
        yield


def made(**kwargs):
    net = Net(**kwargs)
    net.initialize(mx.init.Constant(0.5))
    return net


# Names


def test_names_of_children():
    assert list(Net().collect_params()) == ["net0_" + name for name in NAMES]
    assert list(Net(prefix="my_").collect_params()) == ["my_" + name for name in NAMES]
    assert list(Net(prefix="foo").collect_params()) == ["foo" + name for name in NAMES]
    assert (Net(prefix="my_").name, Net(prefix="foo").name, Net().name) == ("my", "foo", "net1")


def test_names_without_a_scope_share_the_counters_of_symbols():
    first, second = nn.Sequential(), nn.Sequential()
    first.add(nn.Dense(3), nn.Dense(2))
    second.add(nn.Dense(1))
    assert list(first.collect_params()) == ["dense0_weight", "dense0_bias", "dense1_weight", "dense1_bias"]
    assert list(second.collect_params()) == ["dense2_weight", "dense2_bias"]
    assert NameManager.current.get(None, "dense") == "dense3"
    assert nn.Conv2D(1, 1).prefix == "conv0_"
    assert nn.MaxPool2D().prefix == "pool0_"
    assert nn.Activation("tanh").prefix == "tanh0_"


def test_an_empty_prefix_leaves_naming_to_the_outside():
    nn.Dense(1)
    assert list(Net(prefix="").collect_params()) == [
        "w",
        "c",
        "dense1_weight",
        "dense1_bias",
        "hybridsequential0_dense0_weight",
        "hybridsequential0_dense0_bias",
    ]


def test_shared_parameters():
    net = Net()
    assert list(Net(params=net.collect_params()).collect_params()) == list(net.collect_params())
    first = nn.Dense(3, in_units=3)
    second = nn.Dense(3, in_units=3, params=first.params)
    assert second.weight is first.weight
    assert (second.prefix, second.weight.name) == ("dense1_", "dense0_weight")


def test_collect_params_selects_by_expression():
    assert list(Net().collect_params(".*weight|.*w")) == [
        "net0_w",
        "net0_dense0_weight",
        "net0_hybridsequential0_dense0_weight",
    ]


def test_blocks_in_lists_are_not_children():
    class Hidden(gluon.Block):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Dense(2)]

    with pytest.warns(UserWarning, match=r'"Hidden.layers" is an unregistered container'):
        assert list(Hidden().collect_params()) == []


# Attributes


def test_attributes_keep_their_type():
    net = Net()
    net.a = nn.Dense(2)
    with pytest.raises(TypeError, match="Changing attribute type for a"):
        net.a = 3
    with pytest.raises(AssertionError, match="Overriding Parameter attribute w"):
        net.w = gluon.Parameter("z", shape=(1,))
    with pytest.raises(ValueError, match="must also be HybridBlock, but Lambda"):
        net.b.add(nn.Lambda("relu"))


def test_sequential():
    net = nn.Sequential()
    net.add(nn.Dense(3), nn.Dense(2), nn.Dense(1))
    assert len(net) == 3
    assert net[1] is list(net)[1]
    assert len(net[:2]) == 2
    assert net[:2][0] is net[0]
    with pytest.raises(IndexError):
        net[3]
    with pytest.warns(UserWarning, match="Consider using HybridSequential"):
        net.hybridize()


def test_repr():
    net = nn.HybridSequential()
    net.add(nn.Dense(3, in_units=2), nn.Activation("relu"))
    assert repr(net) == "HybridSequential(\n  (0): Dense(2 -> 3, linear)\n  (1): Activation(relu)\n)"
    assert repr(Net()) == (
        "Net(\n  (a): Dense(None -> 3, Activation(relu))\n  (b): HybridSequential(\n"
        "    (0): Dense(None -> 2, linear)\n    (1): Activation(relu)\n  )\n)"
    )
    assert repr(nn.Sequential()) == "Sequential(\n\n)"


def test_lambda():
    double = nn.HybridLambda(lambda F, x: F.relu(x) * 2)
    assert double(nd.array([-1, 1])).asnumpy().tolist() == [0, 2]
    assert nn.Lambda("relu")(nd.array([-1, 1])).asnumpy().tolist() == [0, 1]
    assert [repr(b) for b in (double, nn.Lambda("relu"))] == ["HybridLambda(<lambda>)", "Lambda(relu)"]
    with pytest.raises(AssertionError, match="Function name foo is not found in ndarray"):
        nn.Lambda("foo")
    with pytest.raises(ValueError, match="Unrecognized function in lambda: 3"):
        nn.HybridLambda(3)


def test_apply_and_hooks():
    net = made()
    seen = []
    net.apply(lambda block: seen.append(block.name))
    assert seen == ["net0_dense0_relu", "net0_dense0", "net0_hybridsequential0_dense0"] + [
        "net0_hybridsequential0_relu0",
        "net0_hybridsequential0",
        "net0",
    ]
    calls = []
    before = net.a.register_forward_pre_hook(lambda block, inputs: calls.append(("before", inputs[0].shape)))
    after = net.a.register_forward_hook(lambda block, inputs, out: calls.append(("after", out.shape)))
    net(nd.ones((4, 2)))
    assert calls == [("before", (4, 2)), ("after", (4, 3))]
    before.detach()
    with after:
        net(nd.ones((4, 2)))
    net(nd.ones((4, 2)))
    assert len(calls) == 3


# Errors


def test_errors():
    net = Net()
    with pytest.raises(RuntimeError, match="'net0_w' has not been initialized"):
        net(nd.ones((1, 2)))
    net.initialize()
    net(nd.ones((1, 2)))
    for bad in (np.ones((1, 2)), 3):
        with pytest.raises(ValueError, match="there must be one NDArray or one Symbol"):
            net(bad)
    with pytest.raises(MXNetError):
        net.a(nd.ones((1, 5)))
    with pytest.raises(NotImplementedError):
        gluon.Block()(nd.ones((1,)))
    with pytest.raises(NotImplementedError):
        gluon.HybridBlock()(nd.ones((1,)))
    with pytest.raises(MXNetError, match="backend='MKLDNN' not supported"):
        net.hybridize(backend="MKLDNN")
    with pytest.raises(ValueError, match='Must specify "backend"'):
        net.optimize_for(nd.ones((1, 2)))


# Files


def test_save_and_load_parameters(tmp_path):
    file = str(tmp_path / "x.params")
    net = made()
    x = nd.ones((2, 2))
    with pytest.raises(gluon.DeferredInitializationError):
        net.save_parameters(file)
    expected = net(x)
    net.save_parameters(file)
    assert list(nd.load(file)) == ["w", "c", "a.weight", "a.bias", "b.0.weight", "b.0.bias"]
    other = Net(prefix="other_")
    other.load_parameters(file, mx.cpu(1))
    assert other.collect_params().list_ctx() == [mx.cpu(1)]
    assert (other(x.as_in_context(mx.cpu(1))).asnumpy() == expected.asnumpy()).all()
    with pytest.raises(AssertionError, match="previous initialized on"):
        net.load_parameters(file, mx.cpu(2))


def test_load_refuses_what_does_not_fit(tmp_path):
    prefix = str(tmp_path / "x")
    file = tmp_path / "x-model.json"
    with pytest.raises(MXNetError, match=r"cannot read .*x-model\.json"):
        nn.Dense(2, in_units=2).load(prefix)
    net = nn.Dense(2, in_units=2, activation="relu")
    net.initialize()
    net.save(prefix)
    with pytest.raises(MXNetError, match=r"x-model\.json': there is no block 'hybridsequential0'"):
        nn.HybridSequential().load(prefix)
    with pytest.raises(MXNetError, match=r"the children of 'dense0' are .*'act'.*, the network's \[\]"):
        nn.Dense(2, in_units=2).load(prefix)
    text = file.read_text()
    for damaged in (text[:-3], "[]", text.replace('"activation1"', '"x"'), text.replace("children", "kids")):
        file.write_text(damaged)
        with pytest.raises(MXNetError, match=r"x-model\.json'"):
            nn.Dense(2, in_units=2, activation="relu").load(prefix)


def test_older_save_params(tmp_path):
    file = str(tmp_path / "x.params")
    net = made()
    expected = net(nd.ones((2, 2)))
    with pytest.warns(UserWarning, match="save_params is deprecated"):
        net.save_params(file)
    assert list(nd.load(file)) == NAMES
    for load in ("load_params", "load_parameters"):
        other = Net(prefix="other_")
        if load == "load_params":
            with pytest.warns(UserWarning, match="load_params is deprecated"):
                other.load_params(file)
        else:
            other.load_parameters(file)
        assert (other(nd.ones((2, 2))).asnumpy() == expected.asnumpy()).all()


def test_missing_and_extra_parameters(tmp_path):
    file = str(tmp_path / "x.params")
    net = made()
    net(nd.ones((2, 2)))
    net.save_parameters(file)
    arrays = nd.load(file)
    del arrays["a.weight"]
    arrays["x.y"] = nd.ones((1,))
    nd.save(file, arrays)
    other = Net()
    with pytest.raises(AssertionError, match=r"'a\.weight' is missing in file"):
        other.load_parameters(file)
    with pytest.raises(ValueError, match=r"'x\.y' loaded from file"):
        other.load_parameters(file, allow_missing=True)
    other.load_parameters(file, allow_missing=True, ignore_extra=True)


def test_deduplicate(tmp_path):
    class Tied(gluon.Block):
        def __init__(self):
            super().__init__()
            with self.name_scope():
                self.a = nn.Dense(3, in_units=3)
                self.b = nn.Dense(3, in_units=3, params=self.a.params)

    file = str(tmp_path / "x.params")
    net = Tied()
    net.initialize()
    net.save_parameters(file)
    assert list(nd.load(file)) == ["a.weight", "a.bias", "b.weight", "b.bias"]
    net.save_parameters(file, deduplicate=True)
    assert list(nd.load(file)) == ["b.weight", "b.bias"]
    other = Tied()
    other.load_parameters(file)
    assert (other.a.weight.data().asnumpy() == net.a.weight.data().asnumpy()).all()


def test_cast():
    net = nn.HybridSequential()
    net.add(nn.Dense(2, in_units=2), nn.BatchNorm(in_channels=2))
    net.initialize()
    net.cast("float16")
    assert net[0].weight.data().dtype == np.float16
    assert net[1].gamma.data().dtype == np.float32


def test_summary(capsys):
    net = nn.HybridSequential()
    net.add(nn.Dense(3, activation="relu"), nn.BatchNorm())
    net.initialize()
    net.summary(nd.ones((2, 4)))
    text = capsys.readouterr().out.splitlines()
    assert text[1] == "        Layer (type)                                Output Shape         Param #"
    assert [" ".join(line.split()) for line in text[3:8]] == [
        "Input (2, 4) 0",
        "Activation-1 (2, 3) 0",
        "Dense-2 (2, 3) 15",
        "BatchNorm-3 (2, 3) 12",
        "=" * 80,
    ]
    assert "   Total params: 27" in text
    assert "   Trainable params: 21" in text
    net.hybridize()
    with pytest.raises(AssertionError, match="must not be hybridized"):
        net.summary(nd.ones((2, 4)))
    assert not net._forward_hooks


# Symbols


def test_symbolic_names():
    out = Net()(mx.sym.var("data"))
    assert [node["name"] for node in json.loads(out.tojson())["nodes"]] == [
        "data",
        "net0_dense0_weight",
        "net0_dense0_bias",
        "net0_dense0_fwd",
        "net0_dense0_relu_fwd",
        "net0_relu0",
        "net0_relu1",
        "net0__plusscalar0",
        "net0_hybridsequential0_dense0_weight",
        "net0_hybridsequential0_dense0_bias",
        "net0_hybridsequential0_dense0_fwd",
        "net0_hybridsequential0_relu0_fwd",
        "net0_w",
        "net0_broadcast_mul0",
        "net0_c",
        "net0_broadcast_mul1",
        "net0__plus0",
    ]


def test_gradients_reach_all_parameters():
    net = made()
    with autograd.record():
        loss = net(nd.ones((2, 2))).sum()
    loss.backward()
    for param in net.collect_params().values():
        if param.grad_req != "null":
            assert np.abs(param.grad().asnumpy()).sum() > 0, param


@pytest.mark.parametrize("hybridize", [False, True])
def test_parameters_whose_arrays_are_replaced(hybridize):
    """A block keeps the arrays of its parameters between calls, but never old ones."""
    layer, x = nn.Dense(2, in_units=3, use_bias=False), nd.ones((1, 3))
    layer.initialize("ones")
    layer.hybridize(hybridize)
    assert layer(x).asnumpy().tolist() == layer(x).asnumpy().tolist() == [[3, 3]]
    layer.initialize(mx.init.Constant(2), force_reinit=True)
    assert layer(x).asnumpy().tolist() == [[6, 6]]
    layer.cast("float64")
    assert layer(x.astype("float64")).dtype == np.float64
    layer.cast("float32")
    layer.collect_params().reset_ctx([mx.cpu(0), mx.cpu(1)])
    layer.weight.list_data()[1][:] = 5
    for ctx, want in ((mx.cpu(0), 6), (mx.cpu(1), 15)) * 2:
        assert layer(nd.ones((1, 3), ctx=ctx)).asnumpy().tolist() == [[want, want]]
    layer.collect_params().reset_ctx(mx.cpu(0))
    assert layer(x).asnumpy().tolist() == [[10.5, 10.5]]  # the mean of both
    layer.weight.grad_req = "null"
    with mx.autograd.record():
        assert layer(x)._entry is None
    layer.weight.grad_req = "write"
    with mx.autograd.record():
        layer(x).backward()
    assert layer.weight.grad().asnumpy().tolist() == [[1, 1, 1]] * 2
    with pytest.raises(RuntimeError, match="was not initialized on context"):
        layer(nd.ones((1, 3), ctx=mx.cpu(1)))


@pytest.mark.parametrize("hybridize", [False, True])
def test_a_parameter_that_computes_its_array(hybridize):
    class Doubled(mx.gluon.Parameter):
        def data(self, ctx=None):
            return super().data(ctx) * 2

    class Scale(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.factor = Doubled("factor", shape=(1,), init="ones")

        def hybrid_forward(self, F, x, factor):
            return F.broadcast_mul(x, factor)

    scale = Scale()
    scale.factor.initialize()
    scale.hybridize(hybridize)
    for value in (1, 4):
        scale.factor.set_data(nd.array([value]))
        assert scale(nd.ones((2,))).asnumpy().tolist() == [2 * value] * 2


def test_a_parameter_that_comes_later():
    class Late(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x, offset=None):
            return x if offset is None else x + offset

    block = Late()
    assert block(nd.ones((2,))).asnumpy().tolist() == [1, 1]
    block.offset = mx.gluon.Parameter("offset", shape=(2,), init="ones")
    block.offset.initialize()
    assert block(nd.ones((2,))).asnumpy().tolist() == [2, 2]


def test_hooks_see_the_arguments_as_they_are():
    class Any(mx.gluon.Block):
        def forward(self, *args):
            return len(args)

    block, seen = Any(), []
    block.register_forward_pre_hook(lambda self, inputs: seen.append(inputs))
    block.register_forward_hook(lambda self, inputs, out: seen.append((inputs, out)))
    assert [block(), block(None), block(1, 2)] == [0, 1, 2]
    assert seen == [(), ((), 0), (None,), ((None,), 1), (1, 2), ((1, 2), 2)]
