"""Pooling against windows written out with NumPy, and values recorded from MXNet 1.9.1."""

import itertools

import numpy as np
import pytest

import mxnb as mx
from mxnb.kernels import pool, pooling, words
from mxnb.kernels import pooling_planes as planes
from mxnb.ops.pooling import Pooling, PoolingV1

# size, kernel, stride, pad
WINDOWS = [
    ((11,), (2,), (2,), (0,)),
    ((11,), (7,), (3,), (2,)),  # wider than the kernels of rows
    ((8, 9), (2, 2), (2, 2), (0, 0)),
    ((9, 8), (3, 3), (2, 2), (1, 1)),
    ((7, 23), (2, 3), (1, 1), (1, 2)),
    ((5, 6), (5, 6), (1, 1), (0, 0)),  # the whole plane
    ((18, 17), (3, 3), (2, 2), (1, 1)),  # too large for so few planes to be pooled at once
    ((4, 5, 6), (2, 3, 2), (2, 1, 2), (1, 1, 0)),
]


def out_size(n, k, s, p, convention):
    if convention == "same":
        return -(-n // s)
    spare = n + 2 * p - k
    return (-(-spare // s) if convention == "full" else spare // s) + 1


def naive(x, dy, kernel, stride, pad, kind, convention="valid", padded=True, power=1):
    """y and dx, one window at a time; dy is a function of the shape of y."""
    size = x.shape[2:]
    out = [out_size(*axis, convention) for axis in zip(size, kernel, stride, pad)]
    y, dx = np.zeros((*x.shape[:2], *out)), np.zeros(x.shape)
    dy = dy(y.shape)
    for n, c, *at in itertools.product(*map(range, y.shape)):
        begin = [i * s - p for i, s, p in zip(at, stride, pad)]
        window = tuple(slice(max(b, 0), min(b + k, m)) for b, k, m in zip(begin, kernel, size))
        count = 1
        for b, k, m, p in zip(begin, kernel, size, pad):
            count *= min(b + k, m + p) - b if padded else min(b + k, m) - max(b, 0)
        part, dpart, here = x[(n, c, *window)], dx[(n, c, *window)], (n, c, *at)
        if kind == "max":
            y[here] = part.max()
            dpart[np.unravel_index(part.argmax(), part.shape)] += dy[here]
        elif kind == "avg":
            y[here] = part.sum() / max(count, 1)
            dpart += dy[here] / max(count, 1)
        else:
            total = (part**power).sum()
            y[here] = np.sign(total) * np.abs(total) ** (1 / power)
            if power == 1:
                dpart += dy[here]
            elif y[here]:
                dpart += dy[here] * (part / y[here]) ** (power - 1)
    return y, dx, dy


def random_like(shape):
    return np.random.default_rng(1).standard_normal(shape)


def run(x, dy, **given):
    a = mx.nd.array(x, dtype=x.dtype)
    a.attach_grad()
    with mx.autograd.record():
        y = mx.nd.Pooling(a, **given)
    y.backward(mx.nd.array(dy, dtype=x.dtype))
    return y.asnumpy(), a.grad.asnumpy()


KINDS = [("max", {}), ("avg", {}), ("avg", {"count_include_pad": False}), ("sum", {}), ("lp", {"p_value": 2})]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("convention", ["valid", "full"])
@pytest.mark.parametrize(("kind", "more"), KINDS)
@pytest.mark.parametrize("window", WINDOWS)
def test_values_and_gradients(window, kind, more, convention, dtype):
    size, kernel, stride, pad = window
    x = np.random.default_rng(0).integers(-3, 4, (2, 3, *size)).astype(dtype)  # with ties
    power = more.get("p_value", 1)
    y, dx, dy = naive(x, random_like, kernel, stride, pad, kind, convention, more.get("count_include_pad", True), power)
    got, grad = run(x, dy, kernel=kernel, stride=stride, pad=pad, pool_type=kind, pooling_convention=convention, **more)
    np.testing.assert_allclose(got, y, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(grad, dx, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["max", "avg"])
def test_planes_in_lanes(kind):
    """More planes than a register has lanes, by the compiled kernels and by the functions as they stand."""
    x = np.random.default_rng(0).integers(-3, 4, (5, 7, 5, 6)).astype("float32")
    x[0, 0, :3, :3] = -np.inf
    size, out, kernel, stride, pad = (1, 5, 6), (1, 3, 7), (1, 3, 2), (1, 2, 1), (0, 1, 1)
    given = {"kernel": kernel[1:], "stride": stride[1:], "pad": pad[1:], "pool_type": kind}
    dy = random_like((5, 7, 3, 7)).astype("float32")
    y, dx = run(x, dy, **given)
    naive_y, naive_dx, _ = naive(x, lambda shape: dy, kernel[1:], stride[1:], pad[1:], kind)
    if kind == "max":  # a window without a number above -inf gives its gradient to nobody
        naive_dx[0, 0] = dx[0, 0]
        assert not dx[0, 0, :2, :2].any()
    np.testing.assert_allclose(y, naive_y, rtol=1e-6)
    np.testing.assert_allclose(dx, naive_dx, rtol=1e-5, atol=1e-6)

    count = words.lanes(x)
    starts, places = planes.windows(size, out, kernel, stride, pad)
    counts = [pooling._counts(size, out, kernel, stride, pad, True)] if kind == "avg" else []
    own = np.zeros((1, 3, (30 + count) * count), np.float32), np.zeros(8, np.int64)
    other, gradient = np.zeros((35, 21), np.float32), np.zeros((35, 30), np.float32)
    forward = planes.sum_lanes if counts else planes.max_lanes
    backward = planes.sum_lanes_backward if counts else planes.max_lanes_backward
    flat, dflat, tables = x.reshape(35, -1), dy.reshape(35, -1), (*counts, starts, places * count)
    forward.function(other, flat, *own, *tables, 0, -(-35 // count))
    backward.function(gradient, *([dflat] if counts else [dflat, flat]), *own, *tables, 0, -(-35 // count))
    np.testing.assert_array_equal(other.reshape(y.shape), y)
    np.testing.assert_allclose(gradient.reshape(dx.shape), dx, rtol=1e-6)


@pytest.mark.parametrize(("kind", "more"), [*KINDS, ("lp", {"p_value": 3})])
def test_channels_last(kind, more):
    """The kernels that CUDA uses as well."""
    x = np.random.default_rng(0).integers(-3, 4, (2, 5, 6, 3)).astype("float32")
    given = {"kernel": (2, 3), "stride": (2, 1), "pad": (1, 1), "pool_type": kind, **more}
    first = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    dy = random_like((2, 3, 3, 6)).astype("float32")
    y, dx = run(first, dy, **given)
    last = run(x, np.ascontiguousarray(dy.transpose(0, 2, 3, 1)), layout="NHWC", **given)
    np.testing.assert_allclose(last[0].transpose(0, 3, 1, 2), y, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(last[1].transpose(0, 3, 1, 2), dx, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["max", "avg", "sum", "lp"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_global(kind, layout):
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5))
    got = mx.nd.Pooling(mx.nd.array(x, dtype="float64"), global_pool=True, pool_type=kind, layout=layout, p_value=2)
    axes = (2, 3) if layout == "NCHW" else (1, 2)
    functions = {"max": np.max, "avg": np.mean, "sum": np.sum, "lp": lambda x, **a: np.sqrt(np.sum(x * x, **a))}
    np.testing.assert_allclose(got.asnumpy(), functions[kind](x, axis=axes, keepdims=True))


def test_as_mxnet():
    """Recorded from 1.9.1."""
    x = mx.nd.array(np.arange(1, 8).reshape(1, 1, 7), dtype="float64")
    call = lambda x, **given: mx.nd.Pooling(x, **given).asnumpy().reshape(-1).tolist()
    assert call(x, pooling_convention="same", kernel=(4,), stride=(3,), pool_type="avg") == [2.5, 5.5, 7]
    assert call(x, pooling_convention="same", kernel=(2,), stride=(3,), pool_type="sum") == [3, 9, 7]
    six = mx.nd.array(np.arange(1, 7).reshape(1, 1, 6))
    assert call(six, pooling_convention="full", kernel=(2,), stride=(3,), pool_type="avg") == [1.5, 4.5, 0]
    assert call(-x, kernel=(3,), stride=(2,), pool_type="lp", p_value=1) == [-6, -12, -18]
    np.testing.assert_allclose(
        call(-x, kernel=(3,), stride=(2,), pool_type="lp", p_value=3), [-3.30192725, -6, -8.81086811]
    )
    y, dx = run(np.array([[[np.nan, 1, 2, np.nan, 3, 0]]]), np.array([[[1, 2, 3, 4, 5]]]), kernel=(2,))
    assert y.tolist() == [[[1, 2, 2, 3, 3]]] and dx.tolist() == [[[0, 1, 5, 0, 9, 0]]]  # NaN is never the maximum
    assert run(np.zeros((1, 1, 4)), np.ones((1, 1, 3)), kernel=(2,), pool_type="lp", p_value=2)[1].tolist() == [
        [[0] * 4]
    ]


def test_window_without_numbers():
    y, dx = run(np.full((1, 1, 3), -np.inf), np.ones((1, 1, 2)), kernel=(2,))
    assert (y == -np.inf).all() and not dx.any()


def test_threads_change_nothing():
    x = np.random.default_rng(0).standard_normal((16, 8, 40, 40)).astype("float32")

    def everything():
        return [
            *run(x, np.ones((16, 8, 20, 20)), kernel=(3, 3), stride=(2, 2), pad=(1, 1)),
            *run(x, np.ones((16, 8, 40, 40)), kernel=(3, 3), pad=(1, 1), pool_type="avg"),
        ]

    before = pool.set_num_threads(1)
    try:
        alone = everything()
        pool.set_num_threads(3)
        together = everything()
    finally:
        pool.set_num_threads(before)
    for a, b in zip(alone, together):
        np.testing.assert_array_equal(a, b)


def test_first_version():
    x = np.arange(1.0, 26).reshape(1, 1, 5, 5)
    given = {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1), "pool_type": "avg", "pooling_convention": "full"}
    a = mx.nd.array(x)
    np.testing.assert_array_equal(mx.nd.Pooling_v1(a, **given).asnumpy(), mx.nd.Pooling(a, **given).asnumpy())
    with pytest.raises(mx.MXNetError, match=r"Pooling_v1: data has shape \(1, 3, 5\), need 4 dimensions"):
        PoolingV1.of(kernel=(3,))(mx.nd.ones((1, 3, 5)))


def test_empty_and_float16():
    op = Pooling.of(kernel=(2, 2))
    assert op(mx.nd.array(np.zeros((0, 3, 4, 4)))).shape == (0, 3, 3, 3)
    half = op(mx.nd.ones((1, 1, 3, 3), dtype="float16"))
    assert half.dtype == np.float16 and (half.asnumpy() == 1).all()


def test_shapes_are_inferred():
    op = Pooling.of(kernel=(2, 2), stride=(2, 2))
    ins, outs = op.infer_shape([(None, 3, None, 5)], [(4, None, None, None)])
    assert ins == [(4, 3, None, 5)] and outs == [(4, 3, None, 2)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "parameter kernel=(): need 1 to 3 numbers, or global_pool=True"),
        ({"kernel": (2, 2), "stride": (0, 1)}, "parameter stride=(0, 1): need 2 numbers of at least 1"),
        ({"kernel": (2, 2), "pad": (2, 0)}, "parameter pad=(2, 0): need numbers below kernel=(2, 2)"),
        ({"kernel": (2,), "pool_type": "lp"}, "parameter p_value=None: need 1, 2 or 3 for pool_type='lp'"),
        ({"kernel": (2,), "pad": (1,), "pooling_convention": "same"}, "need 0 with pooling_convention='same'"),
    ],
)
def test_errors_of_parameters(given, message):
    with pytest.raises(mx.MXNetError) as error:
        Pooling.of(**given)
    assert "Pooling" in str(error.value) and message in str(error.value)


@pytest.mark.parametrize(
    ("given", "shape", "message"),
    [
        ({"kernel": (2, 2)}, (1, 3, 5), "data has shape (1, 3, 5), need 4 dimensions"),
        ({"kernel": (7, 7)}, (1, 3, 5, 9), "is 5 long along axis 2 with pad=(0, 0), need at least kernel=(7, 7)"),
        ({"kernel": (2, 2), "layout": "NWC"}, (1, 3, 5, 9), "parameter layout='NWC': need 'NCHW' or 'NHWC'"),
    ],
)
def test_errors_of_shapes(given, shape, message):
    with pytest.raises(mx.MXNetError) as error:
        Pooling.of(**given)(mx.nd.ones(shape))
    assert message in str(error.value)


def test_the_largest_of_a_whole_plane_gets_its_gradient():
    """The first of equal ones does, NaN never; a plane without numbers above -inf has no gradient."""
    x = np.random.RandomState(0).rand(2, 3, 21, 17).astype("f4")
    x[0, 0, 20, 3:5] = 7
    x[0, 1, 0, 1], x[0, 1, 5, 5] = np.nan, 3
    x[0, 2] = -np.inf
    data = mx.nd.array(x)
    data.attach_grad()
    with mx.autograd.record():
        y = mx.nd.Pooling(data, global_pool=True, pool_type="max")
    heads = np.arange(1, 7, dtype="f4").reshape(2, 3, 1, 1)
    y.backward(mx.nd.array(heads))
    expected = np.zeros_like(x)
    for n, c in np.ndindex(2, 3):
        if (n, c) != (0, 2):
            expected[n, c].flat[np.nanargmax(x[n, c])] = heads[n, c, 0, 0]
    np.testing.assert_array_equal(data.grad.asnumpy(), expected)
