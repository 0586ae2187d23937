"""Dropout: which numbers it drops, and that backward drops the same."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, nd
from mxnb.kernels import pool


def run(x, train=True, **params):
    x = nd.array(x, dtype=x.dtype)
    x.attach_grad()
    with autograd.record(train_mode=train):
        y = nd.Dropout(x, **params)
    y.backward()
    return y.asnumpy(), x.grad.asnumpy()


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_training(p, dtype):
    x = np.full((50, 101), 2, dtype)
    y, dx = run(x, p=p)
    scale = np.dtype(dtype).type(1 / (1 - p))
    assert set(np.unique(dx)) == {0, scale}
    np.testing.assert_array_equal(y, x * dx)
    assert abs((dx == 0).mean() - p) < 0.03
    assert (run(x, p=p)[1] != dx).any()


@pytest.mark.parametrize(("p", "train"), [(0.5, False), (0, True)])
def test_identity(p, train):
    x = np.random.default_rng(0).normal(size=(3, 4)).astype("f4")
    y, dx = run(x, train, p=p)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(dx, np.ones_like(x))


def test_always_and_everything():
    x = np.ones(1000, "f4")
    assert (run(x, False, mode="always")[0] == 0).any()
    y, dx = run(x, p=1)
    assert not y.any()
    assert not dx.any()


def test_axes():
    x = np.random.default_rng(1).uniform(1, 2, (20, 6, 5)).astype("f4")
    y, dx = run(x, axes=(1, -1))
    np.testing.assert_array_equal(dx, np.broadcast_to(dx[:, :1, :1], x.shape))
    np.testing.assert_array_equal(y, x * dx)
    assert 0 < (dx[:, 0, 0] == 0).sum() < 20


def test_seed_determines_it_whatever_the_threads():
    x, results = np.ones(200_000, "f4"), []
    for threads in (1, 4):
        before = pool.set_num_threads(threads)
        mx.random.seed(5)
        results.append(run(x)[0])
        pool.set_num_threads(before)
    np.testing.assert_array_equal(*results)


def test_hidden_mask():
    s = mx.sym.Dropout(mx.sym.var("data"), name="drop")
    assert s.list_outputs() == ["drop_output"]
    assert s.infer_shape(data=(2, 3))[1] == [(2, 3)]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: nd.Dropout(nd.ones(3), p=1.5), "Dropout: parameter p=1.5: need a number from 0 to 1"),
        (lambda: nd.Dropout(nd.ones(3), axes=(1,)), r"Dropout: axes=\(1,\): data has 1 dimensions"),
        (lambda: nd.Dropout(nd.ones(3, dtype="int32")), "Dropout: data has dtype int32"),
    ],
)
def test_errors(call, text):
    with pytest.raises(mx.MXNetError, match=text):
        call()
