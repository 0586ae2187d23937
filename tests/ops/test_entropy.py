"""Cross entropy: kernels against the definition, extreme scores, and the loss of gluon with and without fusion."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, nd
from mxnb.kernels import entropy
from mxnb.ops import registry


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [1, 3, 16, 64, 65, 200])
def test_definition(width, dtype):
    random = np.random.RandomState(width)
    x = random.standard_normal((5, width)).astype(dtype) * 5
    label, dy = random.randint(-1, width + 1, 5).astype("int32"), random.rand(5).astype(dtype)
    arrays = [np.empty(5, dtype) for _ in range(3)]
    entropy.cross_entropy(True, x.dtype, label.dtype, 5, width)(*arrays, x, label)
    dx = np.empty_like(x)
    entropy.cross_entropy_backward(True, x.dtype, label.dtype, 5, width)(dx, dy, x, label, *arrays[1:])
    exact, scale = x.astype("float64"), 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(arrays[0], entropy.naive(exact, label), rtol=scale, atol=scale)
    np.testing.assert_allclose(dx, entropy.naive_backward(dy, exact, label), rtol=scale, atol=scale)


def test_extreme_scores():
    x = nd.array([[1e30, 0, -1e30], [-np.inf, 0, 0], [5000, 4999, -np.inf], [0, np.nan, 0], [-np.inf] * 3])
    label = nd.array([0, 1, 1, 0, 0])
    x.attach_grad()
    with autograd.record():
        y = registry["_cross_entropy"].of()(x, label)
    y.backward()
    want = [0, np.log(2), 1 + np.log1p(np.exp(-1)), np.nan, np.nan]
    np.testing.assert_allclose(y.asnumpy()[:, 0], want, rtol=1e-6)
    p = 1 / (1 + np.exp(-1))
    np.testing.assert_allclose(x.grad.asnumpy()[:3], [[0, 0, 0], [0, -0.5, 0.5], [p, -p, 0]], rtol=1e-5)
    assert np.isnan(x.grad.asnumpy()[3:]).all()


@pytest.mark.parametrize("shape", [(4, 7), (2, 3, 70)])
@pytest.mark.parametrize("weighted", [False, True])
def test_loss_is_the_same_hybridized(shape, weighted):
    random = np.random.RandomState(0)
    data, label = random.standard_normal(shape), random.randint(0, shape[-1], shape[:-1])
    weight = [nd.array(random.rand(shape[0], *[1] * (len(shape) - 1)))] if weighted else []
    found = []
    for hybrid in (False, True):
        loss = mx.gluon.loss.SoftmaxCrossEntropyLoss(weight=0.5)
        if hybrid:
            loss.hybridize()
        x = nd.array(data)
        x.attach_grad()
        with autograd.record():
            y = loss(x, nd.array(label), *weight)
        y.backward()
        found.append((y.asnumpy(), x.grad.asnumpy()))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=2e-6)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-5, atol=1e-7)


def test_uncompiled_kernels_do_the_same():
    x, label = np.random.RandomState(0).standard_normal((3, 100)).astype("float32"), np.array([0, 99, 7])
    y, top, more, dx = np.empty(3, "f4"), np.empty(3, "f4"), np.empty(3, "f4"), np.empty(300, "f4")
    form = entropy._form(x.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        entropy.entropy_rows.function(y, top, more, x.reshape(-1), label, form, 100, 0, 3)
        dy = np.ones(3, "f4")
        entropy.entropy_rows_backward.function(dx, dy, x.reshape(-1), label, top, more, form, 100, 0, 3)
    np.testing.assert_allclose(y, entropy.naive(x, label), rtol=1e-5)
    np.testing.assert_allclose(dx.reshape(3, 100), entropy.naive_backward(dy, x, label), rtol=1e-5, atol=1e-6)
