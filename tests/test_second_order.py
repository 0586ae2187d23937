"""Gradients of gradients where operators meet: networks, hybridized blocks, what depends on each other, third order."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, gluon, nd

RNG = np.random.default_rng(3)


def network(norm):
    """A small classifier whose gradient is smooth almost everywhere."""
    net = gluon.nn.HybridSequential()
    net.add(gluon.nn.Conv2D(4, 3, padding=1), norm, gluon.nn.LeakyReLU(0.2), gluon.nn.MaxPool2D())
    net.add(gluon.nn.Conv2D(3, 3), gluon.nn.Activation("tanh"), gluon.nn.AvgPool2D(2, 1), gluon.nn.Dense(1))
    net.initialize(mx.init.Normal(0.5))
    net.cast("float64")
    return net


def penalty(net, x):
    """How far the length of the gradient with respect to each sample is from 1, as for Wasserstein networks."""
    x.attach_grad()
    with autograd.record():
        (g,) = autograd.grad(net(x), [x], create_graph=True)
        total = ((g.reshape((len(g), -1)).square().sum(axis=1).sqrt() - 1) ** 2).sum()
    return total


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize("norm", ["BatchNorm", "InstanceNorm", "GroupNorm", "LayerNorm"])
def test_gradient_penalty(norm, hybridize):
    net = network(getattr(gluon.nn, norm)())
    x = nd.array(RNG.uniform(-1, 1, (3, 2, 8, 8)), dtype="float64")
    net(x)
    if hybridize:
        net.hybridize()
    parameters = [p for p in net.collect_params().values() if p.grad_req != "null"]
    steps = [RNG.uniform(-1, 1, p.shape) for p in parameters]
    for _ in range(2):  # from the second time on as a list of kernel calls
        penalty(net, x).backward()
        along = sum((p.grad().asnumpy() * step).sum() for p, step in zip(parameters, steps))
    ends, h = [], 1e-6
    for sign in (1, -2):
        for p, step in zip(parameters, steps):
            p.set_data(p.data() + nd.array(sign * h * step, dtype="float64"))
        ends.append(penalty(net, x).asscalar())
    assert abs(along - (ends[0] - ends[1]) / (2 * h)) < 1e-6 * (1 + abs(along))


def test_third_order():
    """f = mean(y³), y = max over pairs of x²: by hand 3·y²·2x/2, and so on."""
    x = nd.array([[[1.0, 2.0, -3.0, 0.5]]], dtype="float64")
    x.attach_grad()
    with autograd.record():
        y = nd.Pooling(x * x, kernel=(2,), stride=(2,))
        (first,) = autograd.grad((y**3).sum(), [x], create_graph=True)
        (second,) = autograd.grad(first.sum(), [x], create_graph=True)
        (third,) = autograd.grad(second.sum(), [x], create_graph=True)
    third.backward()
    top = np.array([0, 2, -3, 0.0])
    for got, power in ((first, 5), (second, 4), (third, 3), (x.grad, 2)):
        factor = np.prod(np.arange(6, power, -1))
        np.testing.assert_allclose(got.asnumpy()[0, 0], factor * top**power * (top != 0))


class _Both(gluon.HybridBlock):
    def hybrid_forward(self, F, a, b):
        return a * a * b + F.sin(b)


@pytest.mark.parametrize("hybridize", [False, True])
def test_inputs_made_from_each_other(hybridize):
    block = _Both()
    if hybridize:
        block.hybridize()
    v = np.array([0.7, 1.3])
    x = nd.array(v, dtype="float64")
    x.attach_grad()
    with autograd.record():
        (first,) = autograd.grad(block(x, x * x * x), [x], create_graph=True)  # x⁵ + sin x³
    first.backward()
    np.testing.assert_allclose(first.asnumpy(), 5 * v**4 + 3 * v**2 * np.cos(v**3))
    np.testing.assert_allclose(x.grad.asnumpy(), 20 * v**3 + 6 * v * np.cos(v**3) - 9 * v**4 * np.sin(v**3))


def test_hybridized_dropout_keeps_its_numbers():
    net = gluon.nn.Dropout(0.5)
    net.hybridize()
    x = nd.ones((64,))
    x.attach_grad()
    with autograd.record():
        y = net(x)
        (g,) = autograd.grad(y, [x], create_graph=True)
        (again,) = autograd.grad(y, [x], retain_graph=True)
        (and_again,) = autograd.grad(y, [x], retain_graph=True)
    assert 0 < (y.asnumpy() == 0).sum() < 64
    for other in (g, again, and_again):
        np.testing.assert_array_equal(y.asnumpy(), other.asnumpy())
    before = nd.random.uniform(shape=(4,)).asnumpy()
    assert (before != nd.random.uniform(shape=(4,)).asnumpy()).all()


def test_unrolled_cells():
    """Weights are read in every step, and each state was made with them."""
    found = []
    for hybridize in (False, True):
        mx.random.seed(1)
        cell = gluon.rnn.LSTMCell(3)
        cell.initialize(mx.init.Normal(0.5))
        x = nd.array(np.linspace(-1, 1, 16).reshape((4, 2, 2)))
        cell(x[0], cell.begin_state(2))
        if hybridize:
            cell.hybridize()
        x.attach_grad()
        with autograd.record():
            state = cell.begin_state(2)
            for t in range(4):
                y, state = cell(x[t], state)
            (g,) = autograd.grad(y.sum(), [x], create_graph=True)
            total = (g * g).sum()
        total.backward()
        found.append([p.grad().asnumpy() for p in cell.collect_params().values()])
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_other_dtypes(dtype):
    """Moments in single precision where data is in half."""
    apart = RNG.permutation(192).reshape((4, 3, 4, 4)) / 128 - 0.75  # numbers that float16 knows, none of them equal
    x = nd.array(apart, dtype=dtype)
    kind = "float32" if dtype == "float16" else dtype
    vectors = [nd.array(v, dtype=kind) for v in ([1, 2, 3], [0, 0, 0], [0, 0, 0], [1, 1, 1])]
    results = []
    for wide in (False, True):
        a = x.astype("float64") if wide else x
        a.attach_grad()
        with autograd.record():
            y = nd.BatchNorm(a, *[v.astype("float64") if wide else v for v in vectors], fix_gamma=False)
            y = nd.Pooling(y, kernel=(2, 2), stride=(2, 2))
            (g,) = autograd.grad((y * y * y).mean(), [a], create_graph=True)
            total = (g * g).sum()
        total.backward()
        results.append(a.grad.asnumpy())
        assert a.grad.dtype == np.dtype("float64" if wide else dtype)
    np.testing.assert_allclose(results[0], results[1], rtol=0.1 if dtype == "float16" else 1e-3, atol=1e-3)


def test_meta_learning_step():
    """A step of gradient descent inside, differentiated outside: w' = w - r dL/dw, dM(w')/dw by hand."""
    w = nd.array([[0.5, -0.3]], dtype="float64")
    w.attach_grad()
    a, b = (nd.array(RNG.uniform(-1, 1, (4, 2)), dtype="float64") for _ in range(2))
    with autograd.record():
        inner = (nd.FullyConnected(a, w, no_bias=True, num_hidden=1) ** 2).mean()
        (g,) = autograd.grad(inner, [w], create_graph=True)
        outer = (nd.FullyConnected(b, w - 0.1 * g, no_bias=True, num_hidden=1) ** 2).mean()
    outer.backward()
    (A, B), v = (m.asnumpy().T @ m.asnumpy() / 4 for m in (a, b)), np.array([0.5, -0.3])
    step = np.eye(2) - 0.1 * 2 * A
    np.testing.assert_allclose(w.grad.asnumpy()[0], step @ (2 * B) @ step @ v)


def test_losses():
    """The gradient of make_loss is 1 whatever follows, and its derivative zero; other heads say that they have none."""
    x = nd.array([1.0, 2.0])
    x.attach_grad()
    with autograd.record():
        (g,) = autograd.grad(nd.make_loss(x), [x], create_graph=True)
        total = (g * x * x).sum()
    total.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), [2, 4])
    with autograd.record():
        (g,) = autograd.grad(nd.SoftmaxOutput(x.reshape((1, 2)), nd.array([1])), [x], create_graph=True)
    with pytest.raises(mx.MXNetError, match="SoftmaxOutput is not differentiable twice"):
        g.backward()
