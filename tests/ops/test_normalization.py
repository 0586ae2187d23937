"""Batch, layer, instance and group normalization, and moments, against NumPy."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, nd
from mxnb.kernels import normalization as kernels
from mxnb.kernels import pool

TOLERANCE = {"float32": 2e-5, "float64": 1e-10, "float16": 2e-2}


def reference(x, axes, gamma, beta, eps, dy):
    """y, dx, dgamma and dbeta (of x's rank), mean, var."""
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    y = kernels.naive(x, axes, gamma, beta, eps)
    return y, kernels.naive_backward(dy, x, axes, gamma, eps), dy * (x - mean) / np.sqrt(var + eps), dy, mean, var


def run(function, arrays, dy, train=True):
    arrays = [nd.array(a, dtype=a.dtype) for a in arrays]
    for a in arrays[:3]:
        a.attach_grad()
    with autograd.record(train_mode=train):
        y = function(*arrays)
        outs = y if isinstance(y, list) else [y]
    outs[0].backward(nd.array(dy, dtype=dy.dtype))
    return [o.asnumpy() for o in outs], [a.grad.asnumpy() for a in arrays[:3]], [a.asnumpy() for a in arrays]


def close(got, expected, dtype, scale=1.0):
    np.testing.assert_allclose(got, expected, rtol=TOLERANCE[dtype], atol=scale * TOLERANCE[dtype])


# --- BatchNorm -------------------------------------------------------------------------------------------------------

SHAPES = [((4, 3, 5, 2), 1), ((2, 3, 150), 1), ((6, 70), 1), ((5, 2, 3), -1), ((3, 4), 0)]


def batch_inputs(shape, axis, dtype):
    rng = np.random.default_rng(0)
    channels = shape[axis]
    rest = "float32" if dtype == "float16" else dtype
    x = (rng.normal(size=shape) * 2 + 3).astype(dtype)
    gamma, beta, mean = (rng.normal(size=channels).astype(rest) for _ in range(3))
    return x, gamma, beta, mean, rng.uniform(0.5, 2, channels).astype(rest), rng.normal(size=shape).astype(dtype)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_batch_norm_training(shape, axis, dtype):
    x, gamma, beta, mean, var, dy = batch_inputs(shape, axis, dtype)
    outs, grads, after = run(
        lambda *a: nd.BatchNorm(*a, fix_gamma=False, axis=axis, momentum=0.7, eps=1e-3, output_mean_var=True),
        (x, gamma, beta, mean, var), dy,
    )  # fmt: skip
    axes = tuple(i for i in range(len(shape)) if i != axis % len(shape))
    wide = [np.expand_dims(a.astype("f8"), axes) for a in (gamma, beta)]
    y, dx, dgamma, dbeta, batch_mean, batch_var = reference(x.astype("f8"), axes, *wide, 1e-3, dy.astype("f8"))
    close(outs[0], y, dtype)
    close(outs[1], batch_mean.ravel(), dtype)
    close(outs[2], 1 / np.sqrt(batch_var.ravel() + 1e-3), dtype)
    close(grads[0], dx, dtype)
    close(grads[1], dgamma.sum(axes), dtype, 10)
    close(grads[2], dbeta.sum(axes), dtype, 10)
    close(after[3], mean * 0.7 + batch_mean.ravel() * 0.3, dtype)
    close(after[4], var * 0.7 + batch_var.ravel() * 0.3, dtype)
    assert outs[0].dtype == np.dtype(dtype)


@pytest.mark.parametrize("train", [False, True])
def test_batch_norm_with_moving_averages(train):
    x, gamma, beta, mean, var, dy = batch_inputs((4, 3, 5), 1, "float64")
    outs, grads, after = run(
        lambda *a: nd.BatchNorm(*a, fix_gamma=False, use_global_stats=train, eps=1e-3),
        (x, gamma, beta, mean, var),
        dy,
        train,
    )
    wide = [a[:, None] for a in (gamma, beta, mean, 1 / np.sqrt(var + 1e-3))]
    np.testing.assert_allclose(outs[0], (x - wide[2]) * wide[3] * wide[0] + wide[1], atol=1e-12)
    np.testing.assert_allclose(grads[0], dy * wide[0] * wide[3], atol=1e-12)
    np.testing.assert_allclose(grads[1], (dy * (x - wide[2]) * wide[3]).sum((0, 2)), atol=1e-12)
    np.testing.assert_allclose(grads[2], dy.sum((0, 2)), atol=1e-12)
    np.testing.assert_array_equal(after[3], mean)
    np.testing.assert_array_equal(after[4], var)


def test_moving_averages_change_in_backward_only():
    x, *rest = (nd.array(a) for a in batch_inputs((4, 3, 5), 1, "float32")[:5])
    before = [a.asnumpy() for a in rest]
    x.attach_grad()
    with autograd.record():
        y = nd.BatchNorm(x, *rest, fix_gamma=False)
    for a, b in zip(rest, before):
        np.testing.assert_array_equal(a.asnumpy(), b)
    y.backward()
    assert (rest[2].asnumpy() != before[2]).all()
    np.testing.assert_array_equal(rest[0].asnumpy(), before[0])


def test_fixed_gamma():
    x, gamma, beta, mean, var, dy = batch_inputs((4, 3, 5), 1, "float64")
    outs, grads, after = run(lambda *a: nd.BatchNorm(*a, eps=1e-3), (x, gamma, beta, mean, var), dy)
    np.testing.assert_allclose(outs[0], kernels.naive(x, (0, 2), np.ones((3, 1)), beta[:, None], 1e-3), atol=1e-12)
    np.testing.assert_array_equal(after[1], np.ones(3))
    assert not grads[1].any()


def test_large_mean_keeps_precision():
    x = (np.random.default_rng(1).normal(size=(8, 2, 50)) + 1000).astype("f4")
    one, zero = nd.ones(2), nd.zeros(2)
    with autograd.train_mode():
        y = nd.BatchNorm(nd.array(x), one, zero, zero, one, eps=1e-6).asnumpy()
    expected = kernels.naive(x.astype("f8"), (0, 2), 1.0, 0.0, 1e-6)
    np.testing.assert_allclose(y, expected, atol=1e-3)


def test_batch_norm_shapes_and_names():
    s = mx.sym.BatchNorm(mx.sym.var("data"), name="bn", output_mean_var=True)
    assert s.list_outputs() == ["bn_output", "bn_mean", "bn_var"]
    assert s.list_arguments() == ["data", "bn_gamma", "bn_beta"]
    assert s.list_auxiliary_states() == ["bn_moving_mean", "bn_moving_var"]
    args, outs, aux = s.infer_shape(data=(2, 3, 4))
    assert args == [(2, 3, 4), (3,), (3,)]
    assert outs == [(2, 3, 4), (3,), (3,)]
    assert aux == [(3,), (3,)]
    types, outs, aux = s.infer_type(data="float16")
    assert [np.dtype(t).name for t in (*types, *aux)] == ["float16", *["float32"] * 4]


def test_threads_do_not_matter():
    x, gamma, beta, mean, var, dy = batch_inputs((4, 40, 90), 1, "float32")
    results = []
    for threads in (1, 3):
        before = pool.set_num_threads(threads)
        results.append(run(lambda *a: nd.BatchNorm(*a, fix_gamma=False), (x, gamma, beta, mean, var), dy))
        pool.set_num_threads(before)
    for one, several in zip(*results):
        for a, b in zip(one, several):
            np.testing.assert_array_equal(a, b)


# --- Lines and rows --------------------------------------------------------------------------------------------------

CASES = [
    ("LayerNorm", (4, 30), {}, (1,), (30,)),
    ("LayerNorm", (2, 3, 100), {}, (2,), (100,)),
    ("LayerNorm", (2, 6, 5), {"axis": 1}, (1,), (6, 1)),
    ("InstanceNorm", (2, 3, 70), {}, (2,), (3, 1)),
    ("InstanceNorm", (2, 3, 4, 5), {}, (2, 3), (3, 1, 1)),
    ("GroupNorm", (2, 6, 5), {"num_groups": 3}, (2, 3), (3, 1, 1)),
]


@pytest.mark.parametrize(("name", "wide"), [("LayerNorm", (300,)), ("InstanceNorm", (5, 1))])
def test_norms_in_several_parts(name, wide):
    """The parameters' gradients are sums over parts of the work, the same with any number of threads."""
    shape = (700, 300) if name == "LayerNorm" else (150, 5, 300)
    rng = np.random.default_rng(3)
    x, dy = (rng.normal(size=shape).astype("f4") for _ in range(2))
    gamma, beta = (rng.normal(size=wide[0]).astype("f4") for _ in range(2))
    found = []
    for threads in (1, 3):
        before = pool.set_num_threads(threads)
        found.append(run(lambda *a: getattr(nd, name)(*a, eps=1e-3), (x, gamma, beta), dy)[1])
        pool.set_num_threads(before)
    for one, several in zip(*found):
        np.testing.assert_array_equal(one, several)
    exact = (a.astype("f8").reshape(wide) for a in (gamma, beta))
    _, dx, dgamma, dbeta, _, _ = reference(x.astype("f8"), (-1,), *exact, 1e-3, dy.astype("f8"))
    over = (0,) if name == "LayerNorm" else (0, 2)
    close(found[0][0], dx, "float32", 3)
    close(found[0][1], dgamma.sum(over), "float32", 30)
    close(found[0][2], dbeta.sum(over), "float32", 30)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("name", "shape", "params", "axes", "wide"), CASES)
def test_line_norms(name, shape, params, axes, wide, dtype):
    rng = np.random.default_rng(2)
    x, dy = (rng.normal(size=shape) + 1).astype(dtype), rng.normal(size=shape).astype(dtype)
    gamma, beta = (rng.normal(size=int(np.prod(wide))).astype(dtype) for _ in range(2))
    visible = {} if name == "InstanceNorm" else {"output_mean_var": True}
    outs, grads, _ = run(lambda *a: getattr(nd, name)(*a, eps=1e-3, **params, **visible), (x, gamma, beta), dy)
    seen = (lambda a: a.reshape(2, 3, 2, 5)) if name == "GroupNorm" else (lambda a: a)
    scale, shift = (a.astype("f8").reshape(wide) for a in (gamma, beta))
    y, dx, dgamma, dbeta, mean, var = reference(
        seen(x.astype("f8")), axes, scale, shift, 1e-3, seen(dy.astype("f8"))
    )  # fmt: skip
    close(outs[0], y.reshape(shape), dtype, 3)
    close(grads[0], dx.reshape(shape), dtype, 3)
    over = tuple(i for i in range(y.ndim) if i < y.ndim - len(wide) or wide[i - y.ndim + len(wide)] == 1)
    close(grads[1], dgamma.sum(over), dtype, 10)
    close(grads[2], dbeta.sum(over), dtype, 10)
    if visible:
        shape = (2, 3) if name == "GroupNorm" else mean.shape
        close(outs[1], mean.reshape(shape), dtype)
        close(outs[2], np.sqrt(var + 1e-3).reshape(shape), dtype)


@pytest.mark.parametrize("layout", [kernels.Layout.lines(3, 20, 1), kernels.Layout.rows(6, 10, 2)])
def test_any_layout_agrees_with_rows(layout):
    """The form that CUDA uses, on the host."""
    rng = np.random.default_rng(3)
    x, dy = rng.normal(size=60).astype("f4"), rng.normal(size=60).astype("f4")
    gamma, beta = rng.normal(size=layout.parameters).astype("f4"), rng.normal(size=layout.parameters).astype("f4")
    fast, slow = ([np.empty(60, "f4"), np.empty(layout.sets, "f4"), np.empty(layout.sets, "f4")] for _ in range(2))
    dtype = np.dtype("float32")
    kernels.set_norm(True, dtype, layout, 1e-3)(*fast, x, gamma, beta)
    kernels._forward(layout, *slow, x, gamma, beta, 1e-3)
    np.testing.assert_allclose(fast[0], slow[0], atol=1e-5)
    np.testing.assert_allclose(fast[2], 1 / slow[2], rtol=1e-5)
    made = [[np.empty(60, "f4"), np.empty_like(gamma), np.empty_like(gamma)] for _ in range(2)]
    kernels.set_norm_backward(True, dtype, layout)(*made[0], dy, x, gamma, fast[1], fast[2])
    kernels._backward(layout, *made[1], dy, x, gamma, slow[1], slow[2], False)
    for a, b in zip(*made):
        np.testing.assert_allclose(a, b, atol=1e-4)


@pytest.mark.parametrize("given", [False, True])
def test_any_layout_agrees_with_channels(given):
    rng = np.random.default_rng(4)
    shape, layout = (3, 4, 5), kernels.Layout.batch(3, 4, 5)
    x, dy = rng.normal(size=60).astype("f4"), rng.normal(size=60).astype("f4")
    gamma, beta, mean, rstd = (rng.uniform(0.5, 1.5, 4).astype("f4") for _ in range(4))
    fast, slow = [np.empty(60, "f4"), mean.copy(), rstd.copy()], [np.empty(60, "f4"), mean.copy(), rstd.copy()]
    kernels.batch_norm(True, x.dtype, shape, 1e-3, given)(*fast, x, gamma, beta)
    kernels._forward(layout, *slow, x, gamma, beta, None if given else 1e-3)
    made = [[np.empty(60, "f4"), np.empty_like(gamma), np.empty_like(gamma)] for _ in range(2)]
    kernels.batch_norm_backward(True, x.dtype, shape, given)(*made[0], dy, x, gamma, beta, fast[1], fast[2])
    kernels._backward(layout, *made[1], dy, x, gamma, slow[1], slow[2], given)
    for a, b in zip(fast + made[0], slow + made[1]):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize(("axes", "keepdims"), [((1,), False), ((0, 2), True), ((-1,), False), ((0, 1, 2), False)])
def test_moments(axes, keepdims):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(2, 3, 4))
    data = nd.array(x, dtype="float64")
    data.attach_grad()
    with autograd.record():
        mean, var = nd.moments(data, axes=axes, keepdims=keepdims)
    expected = [np.atleast_1d(f(x, axis=axes, keepdims=keepdims)) for f in (np.mean, np.var)]
    np.testing.assert_allclose(mean.asnumpy(), expected[0], atol=1e-12)
    np.testing.assert_allclose(var.asnumpy(), expected[1], atol=1e-12)
    heads = [rng.normal(size=expected[0].shape) for _ in range(2)]
    autograd.backward([mean, var], [nd.array(h, dtype="float64") for h in heads])
    wide = [h.reshape(x.mean(axes, keepdims=True).shape) for h in heads]
    n = x.size // wide[0].size
    dx = (wide[0] + 2 * wide[1] * (x - x.mean(axes, keepdims=True))) / n
    np.testing.assert_allclose(data.grad.asnumpy(), np.broadcast_to(dx, x.shape), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: nd.BatchNorm(nd.ones((2, 3)), *[nd.ones(4)] * 4), r"BatchNorm: gamma has shape \(4,\), need \(3,\)"),
        (lambda: nd.BatchNorm(nd.ones((2, 3)), *[nd.ones(3)] * 4, axis=2), "BatchNorm: axis=2 is out of range"),
        (lambda: nd.BatchNorm(nd.ones((2, 3), dtype="int32"), *[nd.ones(3)] * 4), "BatchNorm: data has dtype int32"),
        (lambda: nd.BatchNorm(nd.ones((2, 3)), *[nd.ones(3)] * 4, min_calib_range=1), "quantization is not supported"),
        (
            lambda: nd.LayerNorm(nd.ones((2, 3)), nd.ones(2), nd.ones(3)),
            r"LayerNorm: gamma has shape \(2,\), need \(3,\)",
        ),
        (
            lambda: nd.InstanceNorm(nd.ones((2, 3)), nd.ones(3), nd.ones(3)),
            "InstanceNorm: data .* at least 3",
        ),
        (lambda: nd.GroupNorm(nd.ones((2, 4, 3)), nd.ones(3), nd.ones(3), num_groups=3), "multiple of num_groups=3"),
        (lambda: nd.moments(nd.ones(3)), "moments: parameter axes=None"),
    ],
)
def test_errors(call, text):
    with pytest.raises(mx.MXNetError, match=text):
        call()
