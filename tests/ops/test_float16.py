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


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "bool", "float64"])
@pytest.mark.parametrize("count", [1, 300])
def test_conversions(dtype, count):
    """To and from the other dtypes by way of float32, which is what NumPy's float16 is read as, too."""
    whole = np.array([0, 1, -1, 127, -128, 300, 2047, 2049, 65504, 65519, 65520, -65520, 2**31 - 1, -(2**31)] * count)
    with np.errstate(all="ignore"):
        wide = whole.astype(dtype)
        np.testing.assert_array_equal(nd.array(wide, dtype=dtype).astype("float16").asnumpy(), wide.astype("float16"))
        half = np.array([0, -0.0, 1, 1.5, -1.5, 100.7, -100.7, 2047, 60000, 6e-8] * count, "float16")
        got = nd.array(half, dtype="float16").astype(dtype).asnumpy()
        np.testing.assert_array_equal(got.view("u1"), half.astype(dtype).view("u1"))
    if dtype == "float64":
        special = np.array([np.inf, -np.inf, np.nan, 1e300, 1 + 2.0**-11 + 2.0**-30])
        got = nd.array(special, dtype=dtype).astype("float16")
        np.testing.assert_array_equal(got.asnumpy(), np.array([np.inf, -np.inf, np.nan, np.inf, 1], "float16"))
        assert np.isnan(nd.array([np.nan], dtype="float16").astype(dtype).asnumpy()[0])


@pytest.mark.parametrize("index", ["int32", "float32", "float16", "uint8"])
def test_rows_are_moved_as_they_are(index):
    """All bits of what is taken, at indices of any dtype."""
    table = np.arange(1 << 12, dtype="uint16").view("float16").reshape(64, 64)  # subnormal numbers
    table[3, 5], table[63, 1] = np.nan, -0.0
    places = np.array([3, 63, 0, 3, 17])
    x, i = nd.array(table, dtype="float16"), nd.array(places, dtype=index)
    pairs = (
        (nd.take(x, i), table[places]),
        (nd.take(x, i, axis=1), table[:, places]),
        (nd.Embedding(i, x, input_dim=64, output_dim=64, dtype="float16"), table[places]),
        (nd.pick(x[:5], i, axis=1), table[np.arange(5), places]),
        (nd.gather_nd(x, nd.array([places, places[::-1]], dtype=index)), table[places, places[::-1]]),
        (x[i.astype("int32"), 2], table[places, 2]),
    )
    for got, want in pairs:
        assert got.dtype == np.float16
        np.testing.assert_array_equal(got.asnumpy().view("uint16"), np.ascontiguousarray(want).view("uint16"))
    spread = nd.scatter_nd(nd.array([1, 2.5], dtype="float16"), nd.array([[0, 3]], dtype=index), shape=(4,))
    assert spread.asnumpy().tolist() == [1, 0, 0, 2.5]
    x.attach_grad()
    with mx.autograd.record():
        y = nd.take(x, i) * 2
    y.backward()
    assert x.grad.asnumpy()[:, 0].tolist() == [2 * np.sum(places == k) for k in range(64)]


def test_constants_and_borders():
    """Written as 16-bit integers: what is not a number, infinite, negative zero and subnormal stay what they are."""
    x = np.array([np.nan, -0.0, np.inf, 6e-8, 1, -2.5], "float16").reshape(1, 1, 2, 3)
    a = nd.array(x, dtype="float16")
    assert nd.zeros_like(a).asnumpy().tobytes() == bytes(12)
    assert nd.ones_like(a).asnumpy().tolist() == np.ones((1, 1, 2, 3)).tolist()
    np.testing.assert_array_equal(nd.eye(3, 4, 1, dtype="float16").asnumpy(), np.eye(3, 4, 1, dtype="float16"))
    width = (0, 0, 0, 0, 1, 1, 1, 2)
    pairs = list(zip(width[::2], width[1::2]))
    for mode, more in (("constant", -0.0), ("constant", 1e9), ("constant", 0.1), ("edge", None), ("reflect", None)):
        options = {} if more is None else {"constant_value": more}
        with np.errstate(over="ignore"):
            theirs = {} if more is None else {"constant_values": np.float32(more).astype("float16")}
        got = nd.pad(a, mode=mode, pad_width=width, **options).asnumpy()
        np.testing.assert_array_equal(got.view("uint16"), np.pad(x, pairs, mode, **theirs).view("uint16"))
    wide = nd.array(np.ones((1, 1, 100, 100)), dtype="float16")
    border = nd.pad(wide, mode="constant", pad_width=(0, 0, 0, 0, 70, 1, 70, 1), constant_value=2.0).asnumpy()
    assert (border == 2).sum() == border.size - 10_000 and (border[0, 0, 70:-1, 70:-1] == 1).all()
    for symbol, value in ((mx.sym.zeros((3,), dtype="float16"), 0), (mx.sym.ones((3,), dtype="float16"), 1)):
        assert symbol.bind(mx.cpu(), {}).forward()[0].asnumpy().tolist() == [value] * 3
    full = nd._internal._full(shape=(3,), value=-1.5, dtype="float16")
    assert full.dtype == np.float16 and full.asnumpy().tolist() == [-1.5] * 3


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_clip(dtype):
    """As 1.9.1: bounds that are not a number bound nothing, and of bounds in the wrong order the one passed counts."""
    x = nd.array([-0.0, 0.0, np.nan, 1, 2, -1, np.inf, -np.inf] * 9, dtype=dtype)
    for low, high, want in (
        (0.0, 1.0, [-0.0, 0.0, np.nan, 1, 1, 0, 1, 0]),
        (1.5, 0.5, [1.5, 1.5, np.nan, 0.5, 0.5, 1.5, 0.5, 1.5]),
        (np.nan, 1.0, [-0.0, 0.0, np.nan, 1, 1, -1, 1, -np.inf]),
        (0.25, np.nan, [0.25, 0.25, np.nan, 1, 2, 0.25, np.inf, 0.25]),
    ):
        np.testing.assert_array_equal(nd.clip(x, low, high).asnumpy(), np.array(want * 9, dtype))
    assert np.signbit(nd.clip(x, 0.0, 1.0).asnumpy()[:2]).tolist() == [True, False]
