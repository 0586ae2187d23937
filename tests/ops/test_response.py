"""Vectors of unit length and local response normalization against NumPy."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, nd
from mxnb.kernels import response as kernels


def directional(function, x, dy):
    """y, and the derivative of sum(y dy) along a direction: by backward, and by differences."""
    rng = np.random.default_rng(9)
    direction, e = rng.normal(size=x.shape), 1e-6
    data = nd.array(x, dtype="float64")
    data.attach_grad()
    with autograd.record():
        y = function(data)
    y.backward(nd.array(dy, dtype="float64"))
    ends = [(function(nd.array(x + s * e * direction, dtype="float64")).asnumpy() * dy).sum() for s in (1, -1)]
    return y.asnumpy(), (data.grad.asnumpy() * direction).sum(), (ends[0] - ends[1]) / (2 * e)


@pytest.mark.parametrize(("mode", "axes"), [("instance", (1, 2, 3)), ("channel", (1,)), ("spatial", (2, 3))])
def test_unit_length(mode, axes):
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, 3, 4, 5))
    y, slope, expected = directional(lambda a: nd.L2Normalization(a, mode=mode, eps=0.01), x, dy)
    np.testing.assert_allclose(y, x / np.sqrt((x**2).sum(axes, keepdims=True) + 0.01), atol=1e-12)
    np.testing.assert_allclose(slope, expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("mode", "axes"), [("instance", (1, 2, 3)), ("channel", (1,)), ("spatial", (2, 3))])
def test_unit_length_of_long_lines(mode, axes, dtype):
    x = np.random.default_rng(0).normal(size=(3, 70, 9, 11)).astype(dtype)
    y = nd.L2Normalization(nd.array(x, dtype=dtype), mode=mode).asnumpy()
    exact = x.astype("float64")
    np.testing.assert_allclose(
        y, exact / np.sqrt((exact**2).sum(axes, keepdims=True) + 1e-10), rtol=1e-6 if dtype == "float32" else 1e-13
    )


@pytest.mark.parametrize(("nsize", "reach"), [(1, 0), (3, 1), (4, 1), (5, 2), (20, 9)])
def test_local_response(nsize, reach):
    rng = np.random.default_rng(1)
    x, dy = rng.normal(size=(2, 6, 4)), rng.normal(size=(2, 6, 4))
    y, slope, expected = directional(lambda a: nd.LRN(a, nsize=nsize, alpha=0.5, beta=0.6, knorm=1.5), x, dy)
    np.testing.assert_allclose(y, kernels.naive_response(x, reach, 0.5 / nsize, 0.6, 1.5), atol=1e-12)
    np.testing.assert_allclose(slope, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: nd.L2Normalization(nd.ones(3)), "L2Normalization: data has shape"),
        (lambda: nd.L2Normalization(nd.ones((3, 3)), mode="channel"), "needs at least 3 dimensions"),
        (lambda: nd.LRN(nd.ones((2, 3))), "LRN: parameter nsize is required"),
        (lambda: nd.LRN(nd.ones((2, 3)), nsize=0), "LRN: parameter nsize=0"),
        (lambda: nd.LRN(nd.ones(3), nsize=1), "need at least 2 dimensions"),
    ],
)
def test_errors(call, text):
    with pytest.raises(mx.MXNetError, match=text):
        call()
