"""Models written with nothing but arrays and autograd, as the first chapters of a tutorial do."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, nd


def test_linear_regression():
    rng = np.random.RandomState(0)
    true_w, true_b = np.array([2, -3.4]), 4.2
    features = nd.array(rng.normal(size=(200, 2)))
    labels = nd.dot(features, nd.array(true_w)) + true_b
    labels += nd.array(rng.normal(scale=0.01, size=200))
    w, b = nd.array(rng.normal(scale=0.01, size=(2, 1))), nd.zeros(1)
    for param in (w, b):
        param.attach_grad()
    for _ in range(5):
        for start in range(0, 200, 10):
            rows = nd.arange(start, start + 10)
            x, y = features.take(rows), labels.take(rows)
            with autograd.record():
                loss = (nd.dot(x, w) + b - y.reshape((-1, 1))) ** 2 / 2
            loss.backward()
            for param in (w, b):
                param[:] = param - 0.1 * param.grad / 10
    np.testing.assert_allclose(w.asnumpy()[:, 0], true_w, atol=5e-3)
    assert b.asscalar() == pytest.approx(true_b, abs=5e-3)


def test_softmax_regression_on_digits():
    train = mx.gluon.data.DataLoader(mx.gluon.data.vision.Digits(), batch_size=128, shuffle=True)
    w, b = nd.random.normal(scale=0.01, shape=(64, 10)), nd.zeros(10)
    for param in (w, b):
        param.attach_grad()

    def net(x):
        e = nd.exp(nd.dot(x.reshape((-1, 64)).astype("float32") / 255, w) + b)
        return e / e.sum(axis=1, keepdims=True)

    for _ in range(8):
        right = total = 0
        for x, y in train:
            with autograd.record():
                p = net(x)
                loss = -nd.log(nd.pick(p, y))
            loss.backward()
            for param in (w, b):
                param -= 2.0 / len(x) * param.grad
            right += (p.argmax(axis=1) == y.astype("float32")).sum().asscalar()
            total += len(x)
    assert right / total > 0.9


def test_hidden_markov_of_tanh():
    """A recurrent network by hand: its gradients through time are those of finite differences."""
    rng = np.random.RandomState(0)
    params = [nd.array(rng.uniform(-0.5, 0.5, shape), dtype="float64") for shape in ((3, 4), (4, 4), (4,))]
    inputs = nd.array(rng.uniform(size=(5, 2, 3)), dtype="float64")

    def run(wx, wh, b):
        h = nd.zeros((2, 4), dtype="float64")
        outs = []
        for x in inputs:
            h = nd.tanh(nd.dot(x, wx) + nd.dot(h, wh) + b)
            outs.append(h)
        return nd.stack(*outs).square().mean()

    for param in params:
        param.attach_grad()
    with autograd.record():
        loss = run(*params)
    loss.backward()
    for i, param in enumerate(params):
        for index in [tuple(np.array(param.shape) // 2), (0,) * param.ndim]:
            shift = np.zeros(param.shape)
            shift[index] = 1e-5
            there, back = (
                run(
                    *[p + nd.array(s * shift, dtype="float64") if j == i else p for j, p in enumerate(params)]
                ).asscalar()
                for s in (1, -1)
            )
            assert param.grad.asnumpy()[index] == pytest.approx((there - back) / 2e-5, rel=1e-6)


def test_truncated_backpropagation():
    w = nd.ones((3, 3)) * 0.1
    w.attach_grad()
    h, x = nd.zeros((2, 3)), nd.ones((2, 3))
    for _ in range(4):
        h = h.detach()
        with autograd.record():
            h = nd.tanh(nd.dot(h, w) + x)
        h.backward()
    last = h.asnumpy()
    assert np.isfinite(w.grad.asnumpy()).all()
    assert last[0, 0] == pytest.approx(np.tanh(1 + 0.3 * last[0, 0]), abs=1e-2)


def test_gradient_penalty():
    """The gradient of a gradient's norm, as it is used to train critics."""
    net = mx.gluon.nn.Dense(1, in_units=2)
    net.initialize(mx.init.One())
    x = nd.array([[1.0, 2.0]])
    x.attach_grad()
    with autograd.record():
        (gradient,) = autograd.grad(net(x) ** 2, [x], create_graph=True)
        penalty = ((gradient**2).sum() - 1) ** 2
    penalty.backward()
    # gradient = 2 (w·x + b) w with w = (1, 1), b = 0: its square is 8 s² for s = w·x = 3
    assert penalty.asscalar() == 71**2
    np.testing.assert_allclose(x.grad.asnumpy(), [[2 * 71 * 16 * 3] * 2])


def test_own_function_in_a_network():
    class Clamp(autograd.Function):
        """Its gradient passes as if nothing were cut."""

        def forward(self, x):
            return nd.clip(x, -1, 1)

        def backward(self, dy):
            return dy

    x = nd.array([-3.0, 0.5, 2.0])
    x.attach_grad()
    with autograd.record():
        y = Clamp()(x * 2) * 3
    y.backward()
    assert y.asnumpy().tolist() == [-3, 3, 3]
    assert x.grad.asnumpy().tolist() == [6, 6, 6]


def test_sum_of_a_million_is_exact_to_six_digits():
    ones = nd.ones((1000, 1000)).sin()
    expected = 1e6 * np.sin(1)
    assert ones.sum().asscalar() == pytest.approx(expected, rel=5e-6)
    np.testing.assert_allclose(ones.sum(axis=0).asnumpy(), expected / 1000, rtol=5e-6)
    assert ones.norm().asscalar() == pytest.approx(1000 * np.sin(1), rel=5e-6)
    assert ones.reshape((-1, 4)).sum(axis=0).asnumpy()[0] == pytest.approx(expected / 4, rel=2e-5)
