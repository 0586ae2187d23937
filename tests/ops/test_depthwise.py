"""The depthwise kernels against the definition, which is tested in test_convolution.py."""

import numpy as np
import pytest

import mxnb as mx
from mxnb.kernels import pool
from mxnb.kernels.convolution import Geometry, depthwise, naive

# batch, channels, results of each, size, kernel, stride, pad, dilate
CASES = [
    (2, 9, 1, (9, 11), (3, 3), (1, 1), (1, 1), (1, 1)),  # planes that do not fill a register
    (2, 16, 1, (12, 10), (3, 3), (2, 2), (1, 1), (1, 1)),
    (1, 5, 3, (10, 9), (3, 2), (2, 1), (1, 0), (1, 2)),
    (3, 8, 2, (12, 4), (3, 2), (2, 3), (0, 1), (1, 1)),  # lines shorter than a register, pixels that nothing sees
    (1, 10, 1, (23, 19), (1, 2), (3, 2), (3, 0), (1, 1)),  # lines that see only padding
    (2, 6, 1, (6, 6), (2, 2), (1, 1), (3, 3), (1, 1)),  # more padding than the window is long
    (1, 17, 1, (33,), (7,), (2,), (3,), (2,)),
    (1, 6, 2, (7, 11, 9), (3, 2, 2), (2, 1, 2), (1, 1, 2), (1, 2, 2)),
    (1, 8, 1, (13, 13), (7, 7), (1, 1), (3, 3), (1, 1)),  # more taps than registers
]


def geometry(case):
    batch, channels, results, size, kernel, stride, pad, dilate = case
    sizes = zip(size, kernel, stride, pad, dilate)
    out = tuple((n + 2 * p - (k - 1) * d - 1) // s + 1 for n, k, s, p, d in sizes)
    return Geometry.of(
        (batch, channels, *size), (batch, channels * results, *out), kernel, stride, pad, dilate, channels
    )


def inputs(g, dtype):
    rng = np.random.default_rng(0)
    shapes = (
        (g.batch, g.channels, *g.size),
        (g.filters, 1, *g.kernel),
        (g.batch, g.filters, *g.out),
        (g.filters,),
        (g.channels,),
    )
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


@pytest.mark.parametrize("held", [depthwise.HELD, 1 << 9], ids=["whole", "bands"])
@pytest.mark.parametrize("case", CASES)
def test_equals_the_definition(case, held, monkeypatch):
    """All directions, with planes whole and in bands of few lines."""
    monkeypatch.setattr(depthwise, "HELD", held)
    g = geometry(case)
    for dtype, tolerance in (("f4", 2e-5), ("f8", 1e-12)):
        x, w, dy, bias, bias_back = inputs(g, dtype)
        wide = [a.astype("f8") for a in (x, w, dy, bias, bias_back)]
        y, dx, dw = (np.full_like(a, np.nan) for a in (dy, x, w))
        depthwise.bind(g, y.dtype, False)(y, x, w, bias)
        depthwise.bind(g, y.dtype, True)(dx, dy, w, bias_back)
        depthwise.bind_weights(g, y.dtype)(dw, x, dy)
        want = [a.astype("f8") for a in (y, dx, dw)]
        naive.forward(y.size, want[0], wide[0], wide[1], wide[3], 1, g.numbers)
        naive.data_gradient(dx.size, want[1], wide[2], wide[1], wide[4], 1, g.numbers)
        naive.weight_gradient(dw.size, want[2], wide[0], wide[2], g.numbers)
        for got, exact in zip((y, dx, dw), want):
            np.testing.assert_allclose(got, exact, rtol=tolerance, atol=tolerance * np.abs(exact).max())


def test_uncompiled_kernels(monkeypatch):
    """The kernels are functions that run as they stand."""
    g = geometry(CASES[3])
    x, w, dy, bias, _ = inputs(g, "f4")
    found = []
    for disabled in ("0", "1"):
        monkeypatch.setenv("MXNB_DISABLE_JIT", disabled)
        depthwise.kernel.cache_clear()
        y = np.empty_like(dy)
        depthwise.bind(g, y.dtype, False)(y, x, w, bias)
        found.append(y)
    depthwise.kernel.cache_clear()
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-5)


def test_one_thread_gives_the_same_as_three():
    shape = (2, 40, 60, 60)
    rng = np.random.default_rng(0)
    x, w = (mx.nd.array(rng.standard_normal(s).astype("f4")) for s in (shape, (40, 1, 3, 3)))
    results = []
    before = pool.num_threads()
    try:
        for threads in (1, 3):
            pool.set_num_threads(threads)
            for a in (x, w):
                a.attach_grad()
            with mx.autograd.record():
                y = mx.nd.Convolution(x, w, kernel=(3, 3), pad=(1, 1), num_filter=40, num_group=40, no_bias=True)
            y.backward(y)
            results.append([a.asnumpy() for a in (y, x.grad, w.grad)])
    finally:
        pool.set_num_threads(before)
    for one, three in zip(*results):
        np.testing.assert_array_equal(one, three)


def test_infinities_stay_in_their_channel():
    """Planes lie side by side in registers; what is not finite in one leaves the others alone."""
    x = np.ones((1, 20, 5, 5), "f4")
    x[0, 3], x[0, 7, 2, 2] = np.nan, np.inf
    w = mx.nd.ones((20, 1, 3, 3))
    y = mx.nd.Convolution(mx.nd.array(x), w, kernel=(3, 3), num_filter=20, num_group=20, no_bias=True).asnumpy()
    assert np.isnan(y[0, 3]).all()
    assert np.isposinf(y[0, 7]).all()
    assert (y[0, [0, 1, 2, 4, 5, 6, *range(8, 20)]] == 9).all()


def test_second_derivatives():
    """Of the sum of squares of y: the product of the second derivative with v, against a difference."""
    rng = np.random.default_rng(3)
    x, w, v = (rng.standard_normal(s) for s in ((2, 8, 6, 6), (8, 1, 3, 3), (2, 8, 6, 6)))

    def gradient(at):
        a = mx.nd.array(at, dtype="float64")
        a.attach_grad()
        with mx.autograd.record():
            y = mx.nd.Convolution(
                a, mx.nd.array(w, dtype="float64"), kernel=(3, 3), pad=(1, 1), stride=(2, 2), num_filter=8, num_group=8,
                no_bias=True,
            )  # fmt: skip
            (dx,) = mx.autograd.grad((y**3).sum(), [a], create_graph=True, retain_graph=True)
            along = (dx * mx.nd.array(v, dtype="float64")).sum()
        along.backward()
        return dx.asnumpy(), a.grad.asnumpy()

    h = 1e-5
    difference = (gradient(x + h * v)[0] - gradient(x - h * v)[0]) / (2 * h)
    np.testing.assert_allclose(gradient(x)[1], difference, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("transposed", [False, True])
def test_an_activation_follows(transposed):
    """In a hybridized block it is part of the kernel."""
    layer = mx.gluon.nn.Conv2DTranspose if transposed else mx.gluon.nn.Conv2D
    net = mx.gluon.nn.HybridSequential()
    net.add(layer(9, 3, 2, 1, groups=9, in_channels=9), mx.gluon.nn.LeakyReLU(0.25))
    net.initialize(mx.init.Normal(1))
    x = mx.nd.random.normal(shape=(2, 9, 8, 8))
    plain = net[0](x).asnumpy()
    net.hybridize()
    np.testing.assert_allclose(net(x).asnumpy(), np.where(plain > 0, plain, plain * 0.25), rtol=1e-6)
