"""Random numbers: the generator against its published vectors, distributions by their moments, seeds."""

import math
from collections import Counter

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, nd
from mxnb.kernels import pool
from mxnb.kernels import random as kernels

COUNT = 40_000


def philox(counter, key):
    words = [np.uint64(w) for w in counter]
    return [int(w) for w in kernels.philox.function(*words, key[0] | key[1] << 32)]


def test_published_vectors():
    """The known answers of Random123, for counters and keys of zeros, ones and the digits of pi."""
    assert philox([0, 0, 0, 0], [0, 0]) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    ones = 0xFFFFFFFF
    assert philox([ones] * 4, [ones] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    pi = philox([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], [0xA4093822, 0x299F31D0])
    assert pi == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]


DRAWS = {  # mean and variance
    "uniform": (lambda **k: nd.random.uniform(-1, 3, **k), 1, 16 / 12),
    "normal": (lambda **k: nd.random.normal(2, 3, **k), 2, 9),
    "exponential": (lambda **k: nd.random.exponential(3, **k), 3, 9),
    "gamma": (lambda **k: nd.random.gamma(2.5, 3, **k), 7.5, 22.5),
    "small gamma": (lambda **k: nd.random.gamma(0.4, 3, **k), 1.2, 3.6),
    "poisson": (lambda **k: nd.random.poisson(4, **k), 4, 4),
    "large poisson": (lambda **k: nd.random.poisson(40, **k), 40, 40),
    "negative binomial": (lambda **k: nd.random.negative_binomial(3, 0.25, **k), 9, 36),
    "generalized": (lambda **k: nd.random.generalized_negative_binomial(3, 0.5, **k), 3, 3 + 0.5 * 9),
    "plain generalized": (lambda **k: nd.random.generalized_negative_binomial(3, 0, **k), 3, 3),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("name", DRAWS)
def test_moments(name, dtype):
    mx.random.seed(11)
    draw, mean, var = DRAWS[name]
    x = draw(shape=(4, COUNT // 4), dtype=dtype)
    assert x.shape == (4, COUNT // 4)
    assert x.dtype == np.dtype(dtype)
    x = x.asnumpy().astype("f8")
    assert abs(x.mean() - mean) < 5 * math.sqrt(var / COUNT)
    assert abs(x.var() - var) < 0.1 * var
    rows = np.corrcoef(x)
    assert abs(rows - np.eye(4)).max() < 0.06


def test_normal_is_normal():
    """The empirical distribution function against the normal one (Kolmogorov and Smirnov)."""
    x = np.sort(nd.random.normal(shape=COUNT, dtype="float64").asnumpy())
    cdf = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in x])
    assert abs(cdf - (np.arange(COUNT) + 0.5) / COUNT).max() < 2 / math.sqrt(COUNT)


def test_uniform_range_and_bits():
    x = nd.random.uniform(shape=COUNT).asnumpy()
    assert 0 <= x.min() < 1e-3
    assert 0.999 < x.max() < 1
    counts = np.histogram(x, 20, (0, 1))[0]
    assert ((counts - COUNT / 20) ** 2 / (COUNT / 20)).sum() < 60  # chi square, 19 degrees of freedom
    wide = nd.random.uniform(shape=1000, dtype="float64").asnumpy()
    assert (wide.astype("f4") != wide).mean() > 0.99  # more than 24 bits


@pytest.mark.parametrize("draw", [kernels.uniform, kernels.normal, kernels.exponential, kernels.bernoulli])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_blocks_one_at_a_time_agree(draw, dtype):
    """The form that CUDA uses, on the host."""
    for count in (1, 3, 4, 1003):
        fast, slow = np.empty(count, dtype), np.empty(count, dtype)
        draw(fast, (5, 7), 0.3, 2.0)
        quarter = kernels.blocks(count)
        draw.cuda(quarter, kernels.FORMS[slow.itemsize], slow, 5, 7, 0.3, 2.0, quarter, count)
        np.testing.assert_allclose(fast, slow, atol=2e-6)


def test_seeds():
    def sequence():
        return [nd.random.uniform(shape=s).asnumpy() for s in (3, 100_001, 5)] + [nd.random.gamma(2, 2, 4).asnumpy()]

    results = []
    for threads, seed in ((1, 3), (4, 3), (1, 4)):
        before = pool.set_num_threads(threads)
        np.random.seed(threads)
        mx.random.seed(seed)
        results.append(sequence())
        pool.set_num_threads(before)
    for a, b, c in zip(*results):
        np.testing.assert_array_equal(a, b)
        assert (a != c).any()
    assert not np.intersect1d(results[0][1], results[0][2]).size > 2


def test_seed_of_one_context():
    mx.random.seed(1)
    first = nd.random.uniform(shape=4, ctx=mx.cpu(0)).asnumpy()
    other = nd.random.uniform(shape=4, ctx=mx.cpu(1))
    assert other.context == mx.cpu(1)
    assert (other.asnumpy() != first).all()
    mx.random.seed(1)
    np.testing.assert_array_equal(nd.random.uniform(shape=4, ctx=mx.cpu_pinned()).asnumpy(), first)  # one memory
    second = nd.random.uniform(shape=4, ctx=mx.cpu(0)).asnumpy()  # and one stream
    mx.random.seed(1)
    np.testing.assert_array_equal(nd.random.uniform(shape=8).asnumpy(), np.stack([first, second], 1).ravel())
    mx.random.seed(1, ctx=mx.cpu(1))
    np.testing.assert_array_equal(nd.random.uniform(shape=4, ctx=mx.cpu(1)).asnumpy(), other.asnumpy())
    assert (nd.random.uniform(shape=4, ctx=mx.cpu(0)).asnumpy() != first).any()


@pytest.mark.parametrize(
    ("name", "first", "second", "mean"),
    [
        ("uniform", [0, 10], [1, 30], [0.5, 20]),
        ("normal", [0, 10], [1, 2], [0, 10]),
        ("gamma", [2, 3], [1, 2], [2, 6]),
        ("negative_binomial", [2, 3], [0.5, 0.25], [2, 9]),
        ("generalized_negative_binomial", [2, 3], [0.5, 0], [2, 3]),
        ("exponential", [2, 30], None, [2, 30]),
        ("poisson", [2, 30], None, [2, 30]),
    ],
)
def test_arrays_of_parameters(name, first, second, mean):
    arrays = [nd.array(a) for a in (first, second) if a is not None]
    function = getattr(nd.random, name)
    assert function(*arrays).shape == (2,)
    x = function(*arrays, shape=(50, 100))
    assert x.shape == (2, 50, 100)
    np.testing.assert_allclose(x.asnumpy().mean((1, 2)), mean, rtol=0.1, atol=0.1)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_randint(dtype):
    x = nd.random.randint(-2, 5, shape=7000, dtype=dtype)
    assert x.dtype == np.dtype(dtype)
    counts = np.bincount(x.asnumpy() + 2)
    assert len(counts) == 7
    assert abs(counts - 1000).max() < 160


def test_multinomial():
    data = nd.array([[0.1, 0.2, 0.7], [0, 1, 0]])
    x, logs = nd.random.multinomial(data, shape=(10, 400), get_prob=True)
    assert x.shape == logs.shape == (2, 10, 400)
    assert x.dtype == np.int32
    np.testing.assert_allclose(np.bincount(x.asnumpy()[0].ravel()) / 4000, [0.1, 0.2, 0.7], atol=0.03)
    assert (x.asnumpy()[1] == 1).all()
    p = data.asnumpy()
    np.testing.assert_allclose(logs.asnumpy()[0], np.log(p[0][x.asnumpy()[0]]), rtol=1e-5)
    assert nd.random.multinomial(data).shape == (2,)
    assert nd.random.multinomial(data[0]).shape == (1,)
    assert nd.random.multinomial(data, dtype="uint8").dtype == np.uint8
    data.attach_grad()
    with autograd.record():
        x, logs = nd.random.multinomial(data, shape=5, get_prob=True)
    logs.backward()
    counts = np.array([np.bincount(row, minlength=3) for row in x.asnumpy()])
    np.testing.assert_allclose(data.grad.asnumpy() * p, counts, rtol=1e-5)


def test_shuffle():
    x = nd.arange(60).reshape((20, 3))
    y = nd.random.shuffle(x).asnumpy()
    np.testing.assert_array_equal(y[y[:, 0].argsort()], x.asnumpy())
    assert (y != x.asnumpy()).any()
    assert (y[:, 1] == y[:, 0] + 1).all()
    seen = Counter(tuple(nd.random.shuffle(nd.arange(3)).asnumpy().astype(int)) for _ in range(600))
    assert len(seen) == 6
    assert min(seen.values()) > 60
    half = nd.random.shuffle(nd.arange(5, dtype="float16"))
    assert half.dtype == np.float16
    assert sorted(half.asnumpy()) == list(range(5))


def test_like_out_and_shapes():
    x = nd.ones((2, 3), dtype="float64")
    for name in ("uniform", "normal", "exponential", "gamma", "poisson", "negative_binomial"):
        y = getattr(nd.random, f"{name}_like")(x)
        assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert nd.random.uniform().shape == (1,)
    assert nd.random.randn(2, 3, loc=5, scale=0.1).shape == (2, 3)
    out = nd.zeros((2, 2))
    assert nd.random.uniform(1, 2, out=out) is out
    assert (out.asnumpy() >= 1).all()
    assert nd.random_uniform(low=0, high=1, shape=(2,), ctx="cpu(0)").shape == (2,)
    assert mx.random.uniform is nd.random.uniform
    s = mx.sym.random.normal(0, 1, shape=(2, 3))
    assert s.eval(ctx=mx.cpu())[0].shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: nd.random.uniform(1, 0, shape=2), "_random_uniform: parameter high=0.0: need at least low=1.0"),
        (lambda: nd.random.uniform(nd.ones(1), 2), "random.uniform: low is NDArray, high is int; need"),
        (lambda: nd.random.uniform(shape=2, dtype="int32"), "need float16, float32 or float64"),
        (lambda: nd.random.uniform(shape=3, out=nd.zeros(2)), r"out has shape \(2,\), need \(3,\)"),
        (lambda: nd.random.normal(0, -1), "parameter scale=-1.0"),
        (lambda: nd.random.normal(0, 1, foo=1), "no parameter named 'foo'"),
        (lambda: nd.random.exponential(0), "scale is 0, need a positive number"),
        (lambda: nd.random.gamma(-1), "parameter alpha=-1.0"),
        (lambda: nd.random.poisson(-1), "parameter lam=-1.0"),
        (lambda: nd.random.negative_binomial(1, 2), "parameter p=2.0"),
        (lambda: nd.random.randint(5, 5), "parameter high=5: need a number above low=5"),
        (lambda: nd.random.randint(0.5, 5), "parameter low=0.5: need int"),
        (lambda: nd.random.randint(0, 5, dtype="float32"), "need int32 or int64"),
        (lambda: mx.random.seed(1, ctx="cpu"), "need a Context or 'all'"),
    ],
)
def test_errors(call, text):
    with pytest.raises(mx.MXNetError, match=text):
        call()


def test_seed_needs_an_int():
    with pytest.raises(ValueError, match="seed_state is"):
        mx.random.seed(1.5)


def test_calls_that_repeat():
    """Calls with the same numbers share a plan; other numbers, shapes, contexts and dtypes have their own."""
    calls = [
        {"shape": (2, 3)},
        {"shape": [2, 3]},
        {"shape": 4, "low": 2, "high": 3},
        {"shape": 4, "dtype": "float64"},
        {"shape": 4, "ctx": mx.cpu(1)},
        {"low": nd.array([5]), "high": nd.array([6])},
    ]
    for _ in range(3):
        for given in calls:
            x, low = nd.random.uniform(**given), given.get("low", 0)
            low = low.asnumpy() if isinstance(low, nd.NDArray) else low
            shape = given.get("shape", (1,))
            assert x.shape == (tuple(shape) if isinstance(shape, (tuple, list)) else (shape,))
            assert np.dtype(x.dtype).name == given.get("dtype", "float32")
            assert x.context == given.get("ctx", mx.cpu())
            assert ((x.asnumpy() >= low) & (x.asnumpy() < low + 1)).all()
    with mx.cpu(1):
        assert nd.random.uniform(shape=(2, 3)).context == mx.cpu(1)
    for _ in range(2):
        with pytest.raises(mx.MXNetError, match="high"):
            nd.random.uniform(3, 1, shape=2)
