"""The layers that end a network against NumPy."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, nd


def run(function, *arrays, head=None):
    arrays = [nd.array(a, dtype=a.dtype) for a in arrays]
    for a in arrays:
        a.attach_grad()
    with autograd.record():
        y = function(*arrays)
    y.backward(None if head is None else nd.array(head, dtype=head.dtype))
    return y.asnumpy(), [a.grad.asnumpy() for a in arrays]


REGRESSIONS = {
    "LinearRegressionOutput": (lambda x: x, lambda y, label: y - label),
    "MAERegressionOutput": (lambda x: x, lambda y, label: np.where(y > label, 1, -1)),
    "LogisticRegressionOutput": (lambda x: 1 / (1 + np.exp(-x)), lambda y, label: y - label),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize(
    ("shape", "target"), [((4, 2, 3), (4, 2, 3)), ((4, 1), (4,)), ((4,), (4, 1)), ((4, 2), (4, 2, 1))]
)
@pytest.mark.parametrize("name", REGRESSIONS)
def test_regression(name, shape, target, dtype):
    rng = np.random.default_rng(0)
    x, label = rng.normal(size=shape).astype(dtype), rng.normal(size=target).astype(dtype)
    head = np.full(shape, 7.0, dtype)
    y, (dx, dlabel) = run(lambda a, b: getattr(nd, name)(a, b, grad_scale=2), x, label, head=head)
    function, gradient = REGRESSIONS[name]
    tolerance = 2e-3 if dtype == "float16" else 1e-5
    np.testing.assert_allclose(y, function(x), rtol=tolerance)
    expected = gradient(y, label.reshape(shape)) * 2 / (y.size // 4)
    np.testing.assert_allclose(dx, expected, rtol=tolerance, atol=tolerance)
    assert not dlabel.any()


@pytest.mark.parametrize("name", REGRESSIONS)
def test_regression_label_shape(name):
    s = getattr(mx.sym, name)(mx.sym.var("data"), mx.sym.var("label"))
    for data, label in (((4, 1), (4,)), ((4, 2), (4, 2)), ((4,), (4,)), ((4, 3, 5), (4, 3, 5))):
        assert s.infer_shape(data=data)[0] == [data, label]


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("shape", [(5, 3), (2, 3, 4)])
def test_margin(shape, linear):
    rng = np.random.default_rng(1)
    x = rng.normal(size=shape)
    label = rng.integers(-1, shape[-1], shape[:-1]).astype("f8")
    y, (dx, dlabel) = run(
        lambda a, b: nd.SVMOutput(a, b, margin=0.5, regularization_coefficient=3, use_linear=linear), x, label
    )
    side = np.where(np.arange(shape[-1]) == label[..., None], -1, 1)
    excess = np.maximum(0.5 + side * x, 0)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_allclose(dx, side * 3 * ((excess > 0) if linear else 2 * excess))
    assert not dlabel.any()


def test_losses_from_anything():
    x = np.array([[-1.0, 0, 0.2], [0.5, 0.6, 0.7]])
    head = np.full(x.shape, 7.0)
    for params, expected in (
        ({}, 1),
        ({"grad_scale": 3}, 3),
        ({"normalization": "batch", "grad_scale": 3}, 1.5),
        ({"normalization": "valid"}, 1 / 4),
        ({"normalization": "valid", "valid_thresh": 0.5}, 1 / 2),
        ({"normalization": "valid", "valid_thresh": 5}, 1),
    ):
        y, (dx,) = run(lambda a, params=params: nd.MakeLoss(a, **params), x, head=head)
        np.testing.assert_array_equal(y, x)
        np.testing.assert_allclose(dx, np.full(x.shape, expected))
    y, (dx,) = run(nd.make_loss, x, head=head)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(dx, np.ones_like(x))


@pytest.mark.parametrize("dtype", ["float32", "float16", "int32"])
def test_block_grad(dtype):
    x = np.array([1, 2, 3], dtype)
    assert (nd.BlockGrad(nd.array(x, dtype=dtype)).asnumpy() == x).all()
    if dtype != "int32":
        _, (dx,) = run(lambda a: nd.stop_gradient(a) * a, x)
        np.testing.assert_array_equal(dx, x)
        _, (dx,) = run(nd.BlockGrad, x)
        np.testing.assert_array_equal(dx, 0 * x)


def test_executor_needs_no_head_gradient():
    data = mx.sym.var("data")
    for s in (mx.sym.MakeLoss(data * 2), mx.sym.Group([mx.sym.BlockGrad(data), mx.sym.make_loss(data * 2)])):
        ex = s.simple_bind(mx.cpu(), data=(3,))
        ex.forward(is_train=True, data=nd.array([1, 2, 3]))
        ex.backward()
        np.testing.assert_array_equal(ex.grad_dict["data"].asnumpy(), [2, 2, 2])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: nd.LinearRegressionOutput(nd.ones((4, 2)), nd.ones(8)),
            r"LinearRegressionOutput: label has shape \(8,\), need \(4, 2\)",
        ),
        (lambda: nd.MAERegressionOutput(nd.ones(3, dtype="int32"), nd.ones(3)), "MAERegressionOutput: data has dtype"),
        (lambda: nd.SVMOutput(nd.ones((2, 3)), nd.ones(3)), r"SVMOutput: label has shape \(3,\), need \(2,\)"),
        (lambda: nd.MakeLoss(nd.ones(3), normalization="sum"), "MakeLoss: parameter normalization='sum'"),
    ],
)
def test_errors(call, text):
    with pytest.raises(mx.MXNetError, match=text):
        call()
