"""Softmax, its relatives and the classification losses against NumPy."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, nd
from mxnb.kernels import pool
from mxnb.kernels import softmax as kernels

TOLERANCE = {"float32": 1e-5, "float64": 1e-11, "float16": 2e-3}
SHAPES = [((4, 3), -1), ((2, 5, 70), 1), ((3, 100), 1), ((7, 2), 0), ((1, 1), 1), ((2, 3, 4, 5), 2)]


def definition(x, axis, log=False):
    s = x - x.max(axis, keepdims=True)
    total = np.exp(s).sum(axis, keepdims=True)
    return s - np.log(total) if log else np.exp(s) / total


def derivative(dy, y, axis, log=False):
    if log:
        return dy - np.exp(y) * dy.sum(axis, keepdims=True)
    return y * (dy - (dy * y).sum(axis, keepdims=True))


def run(function, x, dy):
    x = nd.array(x, dtype=x.dtype)
    x.attach_grad()
    with autograd.record():
        y = function(x)
    y.backward(nd.array(dy, dtype=dy.dtype))
    return y.asnumpy(), x.grad.asnumpy()


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
def test_values_and_gradients(name, shape, axis, dtype):
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=shape).astype(dtype), rng.normal(size=shape).astype(dtype)
    scale, log = (-0.5 if name == "softmin" else 0.5), name == "log_softmax"
    y, dx = run(lambda a: getattr(nd, name)(a, axis=axis, temperature=2), x, dy)
    wide = definition(scale * x.astype("f8"), axis, log)
    tolerance = TOLERANCE[dtype]
    np.testing.assert_allclose(y, wide, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(dx, scale * derivative(dy.astype("f8"), wide, axis, log), rtol=0, atol=8 * tolerance)
    assert y.dtype == dx.dtype == np.dtype(dtype)


@pytest.mark.parametrize("log", [False, True])
def test_forms_agree(log):
    """Rows, columns, and one line at a time give the same numbers; so do threads."""
    rng = np.random.default_rng(1)
    x, dy = rng.normal(size=(40, 130)).astype("f4"), rng.normal(size=(40, 130)).astype("f4")
    y, one, dx, done = (np.empty_like(x) for _ in range(4))
    rows = kernels.softmax(True, x.dtype, (40, 130, 1), 1.5, log)
    rows(y, x)
    kernels.line(40, one, x, int(log), 130, 1, 1.5)
    np.testing.assert_allclose(y, one, rtol=1e-5, atol=1e-6)
    kernels.softmax_backward(True, x.dtype, (40, 130, 1), 1.5, log)(dx, dy, y)
    kernels.line_backward(40, done, dy, y, int(log), 130, 1, 1.5)
    np.testing.assert_allclose(dx, done, rtol=1e-4, atol=1e-5)
    turned, result = np.ascontiguousarray(x.T), np.empty((130, 40), "f4")
    kernels.softmax(True, x.dtype, (1, 130, 40), 1.5, log)(result, turned)
    np.testing.assert_allclose(y, result.T, rtol=1e-5, atol=1e-6)
    before = pool.set_num_threads(1)
    rows(one, x)
    pool.set_num_threads(before)
    np.testing.assert_array_equal(y, one)


def test_not_finite():
    x = np.array([[np.inf, 1, 2], [-np.inf] * 3, [np.nan, 1, 2], [-np.inf, 1, 1]], "f4")
    y = nd.softmax(nd.array(x)).asnumpy()
    assert np.isnan(y[:3]).all()
    np.testing.assert_allclose(y[3], [0, 0.5, 0.5])


def test_huge_numbers_and_dtypes():
    y = nd.softmax(nd.array([[1e30, 1e30], [-1e30, 0]])).asnumpy()
    np.testing.assert_allclose(y, [[0.5, 0.5], [0, 1]])
    assert nd.softmax(nd.ones(3), dtype="float64").dtype == np.float64
    x = nd.ones(3, dtype="float64")
    x.attach_grad()
    with autograd.record():
        y = nd.softmax(x, dtype="float32")
    y.backward()
    assert y.dtype == np.float32
    assert x.grad.dtype == np.float64


def test_length():
    x = np.random.default_rng(2).normal(size=(2, 3, 4)).astype("f4")
    length = np.array([[1, 2, 3, 0], [3, 2, 9, 2]])
    y, dx = run(lambda a: nd.softmax(a, nd.array(length, dtype="int32"), axis=1, use_length=True), x, x)
    for i, j in np.ndindex(2, 4):
        n = min(length[i, j], 3)
        expected = definition(x[i, :n, j], 0) if n else x[i, :0, j]
        np.testing.assert_allclose(y[i, :n, j], expected, rtol=1e-5)
        np.testing.assert_allclose(dx[i, :n, j], derivative(x[i, :n, j], expected, 0), atol=1e-5)
        assert not y[i, n:, j].any()
        assert not dx[i, n:, j].any()


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_second_derivative(name):
    """Differences of the gradient, along a random direction."""
    rng = np.random.default_rng(3)
    x, w, v, e = rng.normal(size=(2, 4)), rng.normal(size=(2, 4)), rng.normal(size=(2, 4)), 1e-5
    function = getattr(nd, name)

    def gradient(x):
        x = nd.array(x, dtype="float64")
        x.attach_grad()
        with autograd.record():
            y = (function(x) * nd.array(w, dtype="float64")).sum()
            (g,) = autograd.grad(y, [x], create_graph=True)
            z = (g * nd.array(v, dtype="float64")).sum()
        z.backward()
        return g.asnumpy(), x.grad.asnumpy()

    direction = rng.normal(size=x.shape)
    expected = ((gradient(x + e * direction)[0] - gradient(x - e * direction)[0]) * v).sum() / (2 * e)
    np.testing.assert_allclose((gradient(x)[1] * direction).sum(), expected, rtol=1e-6)


def test_softmax_activation():
    x = np.random.default_rng(4).normal(size=(2, 3, 4)).astype("f4")
    for mode, axis in (("instance", -1), ("channel", 1)):
        y, dx = run(lambda a, mode=mode: nd.SoftmaxActivation(a, mode=mode), x, x)
        np.testing.assert_allclose(y, definition(x, axis), rtol=1e-5)
        np.testing.assert_allclose(dx, derivative(x, y, axis), atol=1e-5)


# --- SoftmaxOutput ---------------------------------------------------------------------------------------------------


def targets(label, shape, axis, smooth):
    """Target probabilities of labels; none for a label that is no class."""
    classes = shape[axis]
    hot = np.moveaxis(np.arange(classes) == np.trunc(label)[..., None], -1, axis)
    rest = smooth / (classes - 1)
    return np.where(hot, 1 - smooth, rest)


@pytest.mark.parametrize("normalization", ["null", "batch", "valid"])
@pytest.mark.parametrize("use_ignore", [False, True])
@pytest.mark.parametrize("form", ["plain", "multi_output", "preserve_shape", "wide"])
def test_softmax_output(form, use_ignore, normalization):
    rng = np.random.default_rng(5)
    shape = {"plain": (6, 4), "multi_output": (2, 4, 3), "preserve_shape": (2, 3, 4), "wide": (2, 4, 70)}[form]
    multi = form in ("multi_output", "wide")
    axis = 1 if form != "preserve_shape" else 2
    x = rng.normal(size=shape).astype("f4")
    label = rng.integers(-1, 4, [n for i, n in enumerate(shape) if i != axis]).astype("f4")
    smooth = 0.0 if multi else 0.1
    params = {"multi_output": multi, "preserve_shape": form == "preserve_shape", "smooth_alpha": smooth}
    data, given = nd.array(x), nd.array(label)
    data.attach_grad()
    given.attach_grad()
    with autograd.record():
        y = nd.SoftmaxOutput(
            data, given, grad_scale=3, use_ignore=use_ignore, normalization=normalization, **params
        )  # fmt: skip
    y.backward()
    p = definition(x, axis)
    expected = p - targets(label, shape, axis, smooth)
    keep = np.expand_dims(label != -1, axis)
    if use_ignore:
        expected = expected * keep
    positions = label[0].size if multi else 1
    divisor = {"null": positions, "batch": label.size, "valid": keep.sum()}[normalization]
    np.testing.assert_allclose(y.asnumpy(), p, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(data.grad.asnumpy(), expected * 3 / divisor, rtol=1e-4, atol=1e-6)
    assert not given.grad.asnumpy().any()


def test_softmax_output_probabilities_and_head():
    rng = np.random.default_rng(6)
    x, target, head = (rng.uniform(size=(3, 4)).astype("f4") for _ in range(3))
    data = nd.array(x)
    data.attach_grad()
    with autograd.record():
        y = nd.SoftmaxOutput(data, nd.array(target), grad_scale=2, out_grad=True)
    y.backward(nd.array(head))
    np.testing.assert_allclose(data.grad.asnumpy(), (definition(x, 1) - target) * 2 * head, rtol=1e-4, atol=1e-6)


def test_softmax_output_shapes():
    data, label = mx.sym.var("data"), mx.sym.var("label")
    for params, shape, expected in (
        ({}, (4, 3), (4,)),
        ({}, (4, 3, 5), (4, 3)),
        ({"multi_output": True}, (4, 3, 5, 6), (4, 30)),
        ({"preserve_shape": True}, (4, 3, 5), (4, 3)),
    ):
        args, outs, _ = mx.sym.SoftmaxOutput(data, label, **params).infer_shape(data=shape)
        assert args[1] == expected
        assert outs == [shape]


def test_cross_entropy():
    x = np.random.default_rng(7).normal(size=(4, 3)).astype("f4")
    label = np.array([0, 2, 1, 1], "f4")
    data = nd.array(x)
    data.attach_grad()
    with autograd.record():
        y = nd.softmax_cross_entropy(data, nd.array(label))
    y.backward(nd.array([2]))
    p = definition(x, 1)
    np.testing.assert_allclose(y.asnumpy(), [-np.log(p[range(4), label.astype(int)]).sum()], rtol=1e-5)
    np.testing.assert_allclose(data.grad.asnumpy(), 2 * (p - targets(label, (4, 3), 1, 0)), atol=1e-6)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: nd.softmax(nd.ones((2, 3)), axis=5), "softmax: axis=5 is out of range, data has 2 dimensions"),
        (
            lambda: nd.softmax(nd.ones(3, dtype="int32")),
            "softmax: data has dtype int32, need float16",
        ),
        (lambda: nd.softmax(nd.ones(3), temperature=0), "softmax: parameter temperature"),
        (lambda: nd.log_softmax(nd.ones(3), use_length=True), "only softmax takes lengths"),
        (lambda: nd.SoftmaxOutput(nd.ones((4, 3)), nd.ones(3)), r"SoftmaxOutput: label has shape \(3,\), need \(4,\)"),
        (lambda: nd.SoftmaxOutput(nd.ones((4, 3)), nd.ones(4, dtype="int32")), "SoftmaxOutput: label has dtype int32"),
        (lambda: nd.softmax_cross_entropy(nd.ones((2, 3, 4)), nd.ones(2)), "need 2 dimensions"),
        (lambda: nd.SoftmaxActivation(nd.ones(3)), "need at least 2 dimensions"),
        (lambda: nd.SoftmaxActivation(nd.ones((3, 3)), mode="x"), "SoftmaxActivation: parameter mode='x'"),
    ],
)
def test_errors(call, text):
    with pytest.raises(mx.MXNetError, match=text):
        call()
