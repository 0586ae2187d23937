"""Activation and LeakyReLU against NumPy."""

import math

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, nd

X = np.array([-1e5, -90.0, -20, -1, -0.5, 0, 0.5, 1, 20, 90, 1e5])
TOLERANCE = {"float32": 2e-6, "float64": 1e-12, "float16": 1e-3}
ERF = np.vectorize(math.erf)
SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772


def sigmoid(x):
    return np.where(
        x < 0, np.exp(np.minimum(x, 0)) / (1 + np.exp(np.minimum(x, 0))), 1 / (1 + np.exp(-np.maximum(x, 0)))
    )


def down(x):
    return np.exp(np.minimum(x, 0))


FUNCTIONS = {  # function and derivative
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "softrelu": (lambda x: np.logaddexp(0, x), sigmoid),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "leaky": (lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1, 0.1)),
    "elu": (lambda x: np.where(x > 0, x, 0.1 * (down(x) - 1)), lambda x: np.where(x > 0, 1, 0.1 * down(x))),
    "selu": (
        lambda x: SCALE * np.where(x > 0, x, ALPHA * (down(x) - 1)),
        lambda x: SCALE * np.where(x > 0, 1, ALPHA * down(x)),
    ),
    "gelu": (
        lambda x: x * 0.5 * (1 + ERF(x / 2**0.5)),
        lambda x: 0.5 * (1 + ERF(x / 2**0.5)) + x * np.exp(-(x**2) / 2) / (2 * math.pi) ** 0.5,
    ),
}


def run(function, *arrays, train=True):
    arrays = [nd.array(a, dtype=a.dtype) for a in arrays]
    for a in arrays:
        a.attach_grad()
    with autograd.record(train_mode=train):
        y = function(*arrays)
    outs = y if isinstance(y, list) else [y]
    outs[0].backward()
    return [o.asnumpy() for o in outs], [a.grad.asnumpy() for a in arrays]


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_gradients(name, dtype):
    x = X.astype(dtype) if dtype != "float16" else X[1:-1].astype(dtype)
    if name in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
        (y,), (dx,) = run(lambda a: nd.Activation(a, act_type=name), x)
    else:
        (y,), (dx,) = run(lambda a: nd.LeakyReLU(a, act_type=name, slope=0.1), x)
    function, derivative = FUNCTIONS[name]
    tolerance = TOLERANCE[dtype]
    np.testing.assert_allclose(y, function(x.astype("f8")), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(dx, derivative(x.astype("f8")), rtol=tolerance, atol=tolerance)
    assert y.dtype == dx.dtype == np.dtype(dtype)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nan_passes(name):
    x = nd.array([np.nan])
    if name in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
        y = nd.Activation(x, act_type=name)
    else:
        y = nd.LeakyReLU(x, act_type=name)
    assert np.isnan(y.asnumpy()).all()


@pytest.mark.parametrize(
    ("shape", "gamma"), [((2, 3, 4), (3,)), ((2, 3), (3,)), ((2, 3, 4), (1,)), ((5,), (5,)), ((5,), (1,))]
)
def test_prelu(shape, gamma):
    rng = np.random.default_rng(0)
    x, slope = rng.normal(size=shape), rng.uniform(size=gamma)
    (y,), (dx, dslope) = run(lambda a, b: nd.LeakyReLU(a, b, act_type="prelu"), x, slope)
    wide = slope.reshape(1, -1, *[1] * (x.ndim - 2)) if x.ndim > 1 else slope
    np.testing.assert_allclose(y, np.where(x > 0, x, x * wide))
    np.testing.assert_allclose(dx, np.broadcast_to(np.where(x > 0, 1, wide), shape))
    rest = np.where(x > 0, 0, x)
    axes = tuple(range(x.ndim)) if gamma == (1,) else tuple(i for i in range(x.ndim) if i != min(1, x.ndim - 1))
    np.testing.assert_allclose(dslope, rest.sum(axes).reshape(gamma))


def test_random_slopes():
    x = np.linspace(-1, 1, 1000).astype("f4")
    (y, mask), (dx,) = run(lambda a: nd.LeakyReLU(a, act_type="rrelu", lower_bound=0.2, upper_bound=0.6), x)
    np.testing.assert_array_equal(mask[x > 0], 1)
    assert mask[x <= 0].min() >= 0.2
    assert mask[x <= 0].max() < 0.6
    assert abs(mask[x <= 0].mean() - 0.4) < 0.02
    np.testing.assert_array_equal(y, x * mask)
    np.testing.assert_array_equal(dx, mask)
    (y, _), (dx,) = run(lambda a: nd.LeakyReLU(a, act_type="rrelu", lower_bound=0.2, upper_bound=0.6), x, train=False)
    np.testing.assert_allclose(y, np.where(x > 0, x, 0.4 * x), rtol=1e-6)
    np.testing.assert_allclose(dx, np.where(x > 0, 1, 0.4), rtol=1e-6)


def test_names_and_shapes():
    s = mx.sym.LeakyReLU(mx.sym.var("data"), act_type="prelu", name="p")
    assert s.list_arguments() == ["data", "p_gamma"]
    assert s.infer_shape(data=(2, 3, 4))[0] == [(2, 3, 4), (3,)]
    assert mx.sym.LeakyReLU(mx.sym.var("data"), name="p").list_arguments() == ["data"]
    assert mx.sym.LeakyReLU(mx.sym.var("data"), act_type="rrelu", name="p").list_outputs() == ["p_output", "p_mask"]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: nd.Activation(nd.ones(3)), "Activation: parameter act_type is required"),
        (lambda: nd.Activation(nd.ones(3), act_type="x"), "Activation: parameter act_type='x': need one of 'relu'"),
        (lambda: nd.Activation(nd.ones(3, dtype="int32"), act_type="relu"), "Activation: data has dtype int32"),
        (
            lambda: nd.LeakyReLU(nd.ones((2, 3)), nd.ones(2), act_type="prelu"),
            r"LeakyReLU: gamma has shape \(2,\), need \(3,\) or \(1,\)",
        ),
    ],
)
def test_errors(call, text):
    with pytest.raises(mx.MXNetError, match=text):
        call()
