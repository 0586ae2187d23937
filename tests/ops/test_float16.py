"""Element-wise operators and reductions of float16 on the CPU: computed in single precision, rounded once."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import nd

UNARY = {
    "relu": lambda x: np.maximum(x, 0),
    "exp": np.exp,
    "floor": np.floor,
    "sqrt": np.sqrt,
    "a product": lambda x: x * np.float32(0.1),
    "clip": lambda x: np.clip(x, np.float32(-0.3), np.float32(0.7)),
    "leaky": lambda x: np.where(x > 0, x, x * np.float32(0.1)),
}
CALLS = {
    "a product": lambda x: x * 0.1,
    "clip": lambda x: nd.clip(x, -0.3, 0.7),
    "leaky": lambda x: nd.LeakyReLU(x, slope=0.1),
}
BINARY = {
    "add": (lambda a, b: a + b, np.add),
    "multiply": (lambda a, b: a * b, np.multiply),
    "divide": (lambda a, b: a / b, np.divide),
    "less": (lambda a, b: a < b, np.less),
    "maximum": (nd.maximum, np.maximum),
}
SPECIAL = np.array([0, -0.0, 6e-8, -6e-5, 65504, -65504, np.inf, -np.inf, np.nan], "f2")


def numbers(n, seed=0):
    return np.concatenate([SPECIAL, np.random.RandomState(seed).normal(0, 3, n).astype("f2")])[:n]


def check(got, exact):
    """Within one in the last place, and nearly always the nearest: the functions themselves are not exact."""
    with np.errstate(all="ignore"):
        got, exact = got.asnumpy(), np.asarray(exact).astype("f2")
        far = np.abs(got.astype("f4") - exact.astype("f4")) / np.spacing(np.abs(exact)).astype("f4")
    assert got.dtype == np.float16
    same = (got == exact) | (np.isnan(got) & np.isnan(exact))
    assert same.mean() > 0.99
    assert (same | (far <= 1)).all()


@pytest.mark.parametrize("n", [1, 9, 16, 33, 1000, 70_001])
@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_array(name, n):
    a = numbers(n)
    with np.errstate(all="ignore"):
        exact = UNARY[name](a.astype("f4"))
    check((CALLS.get(name) or getattr(nd, name))(nd.array(a, dtype="float16")), exact)


@pytest.mark.parametrize("shapes", [((1000,), (1000,)), ((4, 70, 5), (1, 70, 1)), ((3, 100), (1, 100))])
@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_arrays(name, shapes):
    a, b = (numbers(int(np.prod(shape)), i).reshape(shape) for i, shape in enumerate(shapes))
    ours, numpys = BINARY[name]
    with np.errstate(all="ignore"):
        exact = numpys(a.astype("f4"), b.astype("f4"))
    check(ours(nd.array(a, dtype="float16"), nd.array(b, dtype="float16")), exact)


def test_gradients():
    x = nd.array(np.linspace(-3, 3, 101), dtype="float16")
    x.attach_grad()
    with mx.autograd.record():
        y = nd.sigmoid(x) * x
    y.backward()
    wide = x.asnumpy().astype("f4")
    s = 1 / (1 + np.exp(-wide))
    assert x.grad.dtype == np.float16
    np.testing.assert_allclose(x.grad.asnumpy(), s + wide * s * (1 - s), atol=2e-3)


@pytest.mark.parametrize(
    ("shape", "axis"),
    [((1000,), None), ((3, 5, 7), 1), ((64, 9, 30), (0, 2)), ((50, 300), 0), ((0,), None), ((1,), 0)],
)
@pytest.mark.parametrize("name", ["sum", "mean", "max", "prod"])
def test_reductions_round_once(name, shape, axis):
    a = np.random.RandomState(0).normal(0, 1, shape).astype("f2")
    if a.size == 0 and name != "sum":
        return
    got = getattr(nd, name)(nd.array(a, dtype="float16"), **({} if axis is None else {"axis": axis})).asnumpy()
    exact = np.atleast_1d(getattr(np, name)(a.astype("f8"), axis=axis))
    assert got.dtype == np.float16
    np.testing.assert_allclose(got, exact.astype("f2"), rtol=1e-3, atol=1e-4)


def test_totals_beyond_the_precision_of_float16():
    assert nd.sum(nd.ones(20_000, dtype="float16")).asscalar() == 20_000
