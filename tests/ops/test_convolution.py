"""Convolution, Deconvolution and their gradients against sums written out with NumPy."""

import itertools

import numpy as np
import pytest

import mxnb as mx
from mxnb.kernels import convolution as kernels
from mxnb.kernels import pool
from mxnb.kernels.convolution import layout
from mxnb.kernels.gemm import register
from mxnb.ops.convolution import Convolution, ConvolutionWeight, Deconvolution
from mxnb.ops.operator import get

# batch, channels, size, filters, kernel, stride, pad, dilate, groups
CASES = [
    (2, 3, (8, 9), 4, (3, 3), (1, 1), (1, 1), (1, 1), 1),
    (2, 4, (8, 9), 6, (3, 2), (2, 1), (1, 0), (1, 2), 2),
    (2, 3, (11,), 5, (3,), (2,), (1,), (2,), 1),
    (1, 2, (5, 6, 7), 3, (2, 3, 2), (1, 2, 1), (0, 1, 1), (1, 1, 2), 1),
    (2, 16, (7, 7), 33, (3, 3), (1, 1), (1, 1), (1, 1), 1),  # tiles of several lines, a panel not full
    (2, 20, (6, 6), 18, (1, 1), (1, 1), (0, 0), (1, 1), 1),  # one long line
    (1, 6, (9, 9), 6, (3, 3), (1, 1), (1, 1), (1, 1), 6),  # depthwise
    (1, 20, (3, 7), 18, (1, 1), (1, 1), (0, 0), (1, 1), 1),  # whose weights' gradient is one product
    (2, 3, (5, 5), 4, (1, 1), (3, 3), (0, 0), (1, 1), 1),  # pixels of dx that no window sees
    (2, 2, (6, 6), 3, (2, 2), (1, 1), (3, 3), (1, 1), 1),  # more padding than the window is long
    (1, 2, (4, 4), 3, (4, 4), (1, 1), (0, 0), (1, 1), 1),  # one pixel
    (1, 3, (9, 21), 40, (3, 3), (2, 2), (1, 1), (1, 1), 1),
    (3, 5, (2, 3), 4, (2, 3), (1, 1), (0, 0), (1, 1), 1),  # every image is one window
    (1, 2, (1920,), 3, (3,), (3,), (0,), (1,), 1),  # a long line in pieces, with a stride
    (1, 20, (2,), 40, (5,), (4,), (2,), (1,), 1),  # weights that meet no pixel
    (2, 4, (9, 20), 6, (3, 20), (1, 1), (1, 0), (1, 1), 2),  # windows as wide as the image
    (1, 2, (3, 40), 3, (2, 19), (1, 2), (0, 1), (1, 2), 1),  # and with a distance of pixels
]


def convolve(x, w, bias, stride, pad, dilate, groups):
    """The definition, one tap at a time."""
    kernel = w.shape[2:]
    x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in pad)])
    out = [(n - (k - 1) * d - 1) // s + 1 for n, k, s, d in zip(x.shape[2:], kernel, stride, dilate)]
    y = np.zeros((x.shape[0], w.shape[0], *out))
    for tap, window in windows(x, kernel, out, stride, dilate):
        for g in range(groups):
            ins, outs = split(x.shape[1], groups, g), split(w.shape[0], groups, g)
            y[:, outs] += np.einsum("nc...,oc->no...", window[:, ins], w[(outs, slice(None), *tap)])
    return y + bias.reshape(-1, *(1 for _ in out))


def windows(x, kernel, out, stride, dilate):
    """For each tap, the pixels of padded x that it meets."""
    for tap in itertools.product(*(range(k) for k in kernel)):
        at = tuple(slice(t * d, t * d + (o - 1) * s + 1, s) for t, d, o, s in zip(tap, dilate, out, stride))
        yield tap, x[(slice(None), slice(None), *at)]


def split(channels, groups, g):
    return slice(channels // groups * g, channels // groups * (g + 1))


def gradients(x, w, dy, stride, pad, dilate, groups):
    """dx and dw by the definition."""
    kernel = w.shape[2:]
    wide = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in pad)])
    dwide, dw = np.zeros_like(wide), np.zeros_like(w)
    out = dy.shape[2:]
    for (tap, window), (_, dwindow) in zip(
        windows(wide, kernel, out, stride, dilate), windows(dwide, kernel, out, stride, dilate)
    ):
        for g in range(groups):
            ins, outs = split(x.shape[1], groups, g), split(w.shape[0], groups, g)
            at = (outs, slice(None), *tap)
            dwindow[:, ins] += np.einsum("no...,oc->nc...", dy[:, outs], w[at])
            axes = (0, *range(2, dy.ndim))
            dw[at] += np.tensordot(dy[:, outs], window[:, ins], (axes, axes))
    inside = tuple(slice(p, p + n) for p, n in zip(pad, x.shape[2:]))
    return dwide[(slice(None), slice(None), *inside)], dw


def numbers(case, dtype="float64"):
    batch, channels, size, filters, kernel, *_, groups = case
    rng = np.random.default_rng(0)
    shapes = (batch, channels, *size), (filters, channels // groups, *kernel), (filters,)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def array(x, grad=False):
    made = mx.nd.array(x, dtype=x.dtype)
    if grad:
        made.attach_grad()
    return made


def parameters(case):
    *_, filters, kernel, stride, pad, dilate, groups = case
    return {
        "kernel": kernel,
        "stride": stride,
        "pad": pad,
        "dilate": dilate,
        "num_filter": filters,
        "num_group": groups,
    }


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-5), ("float64", 1e-11)])
@pytest.mark.parametrize("case", CASES)
def test_values_and_gradients(case, dtype, tolerance):
    x, w, b = numbers(case, dtype)
    window = case[5:]
    expected = convolve(x.astype("f8"), w.astype("f8"), b, *window)
    inputs = [array(v, grad=True) for v in (x, w, b)]
    dy = np.random.default_rng(1).standard_normal(expected.shape).astype(dtype)
    with mx.autograd.record():
        y = mx.nd.Convolution(*inputs, **parameters(case))
    y.backward(array(dy))
    dx, dw = gradients(x.astype("f8"), w.astype("f8"), dy.astype("f8"), *window)
    close = lambda got, want: np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance * np.abs(want).max())
    close(y.asnumpy(), expected)
    close(inputs[0].grad.asnumpy(), dx)
    close(inputs[1].grad.asnumpy(), dw)
    close(inputs[2].grad.asnumpy(), dy.sum((0, *range(2, dy.ndim)), dtype="f8"))


@pytest.mark.parametrize("case", CASES[:4])
def test_definitions_agree(case):
    """The foreach kernels, which CUDA uses as well."""
    x, w, b = numbers(case)
    _batch, _channels, _size, _filters, kernel, stride, pad, dilate, groups = case
    expected = convolve(x, w, b, *case[5:])
    g = kernels.Geometry.of(x.shape, expected.shape, kernel, stride, pad, dilate, groups)
    y, dx, dw = np.empty_like(expected), np.empty_like(x), np.empty_like(w)
    kernels.naive.forward(y.size, y, x, w, b, 1, g.numbers)
    np.testing.assert_allclose(y, expected, atol=1e-12)
    want_dx, want_dw = gradients(x, w, expected, *case[5:])
    kernels.naive.data_gradient(dx.size, dx, y, w, dx, 0, g.numbers)
    kernels.naive.weight_gradient(dw.size, dw, x, y, g.numbers)
    np.testing.assert_allclose(dx, want_dx, atol=1e-10)
    np.testing.assert_allclose(dw, want_dw, atol=1e-10)


@pytest.mark.parametrize("case", [CASES[1], CASES[3]])
def test_second_derivatives(case):
    """The derivative of a gradient along a direction equals the difference of gradients."""
    x, w, b = numbers(case)
    rng = np.random.default_rng(2)
    step_x, step_w = rng.standard_normal(x.shape), rng.standard_normal(w.shape)

    def squares(x, w):
        a, c = array(x, grad=True), array(w, grad=True)
        with mx.autograd.record():
            loss = (mx.nd.Convolution(a, c, array(b), **parameters(case)) ** 2).sum()
            grads = mx.autograd.grad(loss, [a, c], create_graph=True, retain_graph=True)
            along = (grads[0] * array(step_x)).sum() + (grads[1] * array(step_w)).sum()
        along.backward()
        return [g.asnumpy() for g in grads], a.grad.asnumpy(), c.grad.asnumpy()

    h = 1e-4
    _, second_x, second_w = squares(x, w)
    above, below = squares(x + h * step_x, w + h * step_w)[0], squares(x - h * step_x, w - h * step_w)[0]
    np.testing.assert_allclose(second_x, (above[0] - below[0]) / (2 * h), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(second_w, (above[1] - below[1]) / (2 * h), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("case", [*CASES[:4], CASES[12]])
def test_deconvolution_transposes(case):
    """<conv(x), dy> = <x, deconv(dy)>, with a bias, and its gradients."""
    x, w, _ = numbers(case)
    _batch, channels, size, filters, kernel, stride, pad, dilate, groups = case
    y = convolve(x, w, np.zeros(filters), *case[5:])
    dy = np.random.default_rng(3).standard_normal(y.shape)
    bias = np.arange(channels, dtype="f8")
    spare = tuple(
        n + 2 * p - (o - 1) * s - (k - 1) * d - 1
        for n, p, o, s, k, d in zip(size, pad, y.shape[2:], stride, kernel, dilate)
    )
    inputs = [array(v, grad=True) for v in (dy, w, bias)]
    with mx.autograd.record():
        out = mx.nd.Deconvolution(
            *inputs, kernel=kernel, stride=stride, pad=pad, dilate=dilate, adj=spare, num_filter=channels,
            num_group=groups, no_bias=False,
        )  # fmt: skip
    dx, _ = gradients(x, w, dy, *case[5:])
    np.testing.assert_allclose(out.asnumpy(), dx + bias.reshape(-1, *(1 for _ in size)), atol=1e-11)
    out.backward(array(x))
    np.testing.assert_allclose(inputs[0].grad.asnumpy(), y, atol=1e-11)
    np.testing.assert_allclose(inputs[1].grad.asnumpy(), gradients(x, w, dy, *case[5:])[1], atol=1e-11)
    np.testing.assert_allclose(inputs[2].grad.asnumpy(), x.sum((0, *range(2, x.ndim))), atol=1e-11)


def test_deconvolution_target_shape_crops_as_mxnet():
    x, w = np.arange(25.0).reshape(1, 1, 5, 5), np.arange(1.0, 10).reshape(1, 1, 3, 3)
    deconvolve = lambda **more: mx.nd.Deconvolution(
        array(x), array(w), kernel=(3, 3), stride=(2, 2), num_filter=1, **more
    ).asnumpy()[0, 0]
    full = deconvolve()
    assert full.shape == (11, 11)
    for target, start in ((7, 2), (8, 2), (9, 1), (10, 1), (11, 0)):  # recorded from MXNet 1.9.1
        got = deconvolve(target_shape=(target, target))
        np.testing.assert_array_equal(got, full[start : start + target, start : start + target])
    longer = deconvolve(adj=(1, 1))
    np.testing.assert_array_equal(longer[:11, :11], full)
    assert longer.shape == (12, 12) and not longer[11].any()


@pytest.mark.parametrize("case", [CASES[0], CASES[3], CASES[4]])
def test_threads_change_nothing(case):
    x, w, b = numbers(case, "float32")
    x = np.concatenate([x] * 40)

    def everything():
        inputs = [array(v, grad=True) for v in (x, w, b)]
        with mx.autograd.record():
            y = mx.nd.Convolution(*inputs, **parameters(case))
        y.backward(y)
        return [y.asnumpy(), *(v.grad.asnumpy() for v in inputs)]

    before = pool.set_num_threads(1)
    try:
        alone = everything()
        pool.set_num_threads(3)
        together = everything()
    finally:
        pool.set_num_threads(before)
    for a, b in zip(alone, together):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("case", CASES)
def test_kernels_write_inside_their_outputs(case):
    x, w, b = numbers(case, "float32")
    y = convolve(x, w, b, *case[5:])
    _batch, _channels, _size, _filters, kernel, stride, pad, dilate, groups = case
    g = kernels.Geometry.of(x.shape, y.shape, kernel, stride, pad, dilate, groups)

    def guarded(shape):
        whole = np.full(int(np.prod(shape)) + 128, 7, "float32")
        return whole, whole[64:-64].reshape(shape)

    for bind, shape, inputs in (
        (kernels.bind_forward, y.shape, (x, w, b)),
        (kernels.bind_data_gradient, x.shape, (y.astype("f4"), w)),
        (kernels.bind_weight_gradient, w.shape, (x, y.astype("f4"))),
    ):
        whole, out = guarded(shape)
        bind(g, np.dtype("float32"), True)(out, *inputs)
        assert (whole[:64] == 7).all() and (whole[-64:] == 7).all()


@pytest.mark.parametrize("case", CASES)
def test_copies_with_lines_beside_each_other(case, monkeypatch):
    monkeypatch.setattr(layout, "BESIDE", 2)
    monkeypatch.setattr(layout, "OFTEN", 0)
    x, w, b = numbers(case)
    y = convolve(x, w, b, *case[5:])
    dx, _ = gradients(x, w, y, *case[5:])
    *_, kernel, stride, pad, dilate, groups = case
    g = kernels.Geometry.of(x.shape, y.shape, kernel, stride, pad, dilate, groups)
    got = np.empty_like(y), np.empty_like(x)
    kernels.bind_forward(g, x.dtype, True)(got[0], x, w, b)
    kernels.bind_data_gradient(g, x.dtype, True)(got[1], y, w)
    np.testing.assert_allclose(got[0], y, atol=1e-10)
    np.testing.assert_allclose(got[1], dx, atol=1e-10)


def test_empty_batch_and_float16():
    conv = Convolution.of(kernel=(3, 3), num_filter=4, no_bias=True)
    w = mx.nd.ones((4, 3, 3, 3))
    assert conv(mx.nd.array(np.zeros((0, 3, 5, 5))), w).shape == (0, 4, 3, 3)
    assert (
        ConvolutionWeight.of(kernel=(3,))(mx.nd.array(np.zeros((0, 2, 5))), mx.nd.array(np.zeros((0, 4, 3))))
        .asnumpy()
        .tolist()
        == np.zeros((4, 2, 3)).tolist()
    )
    half = conv(mx.nd.ones((1, 3, 5, 5), dtype="float16"), w.astype("float16"))
    assert half.dtype == np.float16 and (half.asnumpy() == 27).all()


def test_shapes_are_inferred_both_ways():
    conv = Convolution.of(kernel=(3, 3), num_filter=6, num_group=2)
    ins, outs = conv.infer_shape([(None, 4, None, 9), None, None], [(5, None, None, None)])
    assert ins == [(5, 4, None, 9), (6, 2, 3, 3), (6,)] and outs == [(5, 6, None, 7)]
    ins, _ = conv.infer_shape([(1, None, 9, 9), (6, 2, 3, 3), None], [None])
    assert ins[0] == (1, 4, 9, 9)
    up = Deconvolution.of(kernel=(2,), stride=(2,), num_filter=6)
    ins, outs = up.infer_shape([(1, 4, 9), None], [None])
    assert ins[1] == (4, 6, 2) and outs == [(1, 6, 18)]


@pytest.mark.parametrize(
    ("given", "shapes", "message"),
    [
        ({}, [(1, 3, 5), (4, 3, 3, 3)], "data has shape (1, 3, 5), need 4 dimensions"),
        ({}, [(1, 3, 5, 5), (4, 2, 3, 3)], "weight has 2 input channels, data (1, 3, 5, 5) needs 3 (num_group=1)"),
        ({}, [(1, 3, 5, 5), (5, 3, 3, 3)], "weight has shape (5, 3, 3, 3), need (4, 3, 3, 3)"),
        ({"num_group": 2}, [(1, 3, 5, 5), (4, 3, 3, 3)], "3 channels, need a multiple of num_group=2"),
        ({}, [(1, 3, 2, 5), (4, 3, 3, 3)], "is 2 long along axis 2 with pad=(0, 0), need at least 3"),
    ],
)
def test_errors_of_shapes(given, shapes, message):
    conv = Convolution.of(kernel=(3, 3), num_filter=4, no_bias=True, **given)
    with pytest.raises(mx.MXNetError) as error:
        conv(*(mx.nd.ones(shape) for shape in shapes))
    assert "Convolution" in str(error.value) and message in str(error.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kernel": ()}, "parameter kernel=(): need 1 to 3 numbers"),
        ({"kernel": (3, 3), "stride": (1,)}, "parameter stride=(1,): need 2 numbers of at least 1"),
        ({"kernel": (3, 3), "pad": (-1, 0)}, "parameter pad=(-1, 0): need 2 numbers of at least 0"),
        ({"kernel": (3, 3), "layout": "NHWC"}, "parameter layout='NHWC': need 'NCHW'"),
        ({"kernel": (3, 3), "num_group": 3}, "parameter num_filter=4: need a multiple of num_group=3"),
        ({"kernel": (3, 3), "num_filter": 0}, "parameter num_filter=0: need an int of at least 1"),
    ],
)
def test_errors_of_parameters(given, message):
    with pytest.raises(mx.MXNetError) as error:
        Convolution.of(**{"num_filter": 4, **given})
    assert "Convolution" in str(error.value) and message in str(error.value)


def test_integers_are_refused():
    with pytest.raises(mx.MXNetError, match="data has dtype int32, need float16, float32 or float64"):
        Convolution.of(kernel=(1,), num_filter=1, no_bias=True)(
            mx.nd.ones((1, 1, 3), dtype="int32"), mx.nd.ones((1, 1, 1), dtype="int32")
        )


@pytest.mark.parametrize("case", [CASES[0], CASES[8], CASES[11]])
def test_batches_are_cut_where_they_are_large(case, monkeypatch):
    x, w, b = numbers(case, "float32")
    x = np.concatenate([x] * 3)
    y = convolve(x, w, b, *case[5:]).astype("float32")
    *_, kernel, stride, pad, dilate, groups = case
    g = kernels.Geometry.of(x.shape, y.shape, kernel, stride, pad, dilate, groups)

    def everything():
        bound = [f(g, x.dtype, True) for f in (kernels.bind_forward, kernels.bind_data_gradient)]
        results = [np.empty_like(y), np.empty_like(x), np.empty_like(w)]
        bound[0](results[0], x, w, b)
        bound[1](results[1], y, w)
        kernels.bind_weight_gradient(g, x.dtype, True)(results[2], x, y)
        return results

    whole = everything()
    for module in (kernels.plan, kernels.weights):
        monkeypatch.setattr(module, "HELD", 1)
    monkeypatch.setattr(kernels.plan, "WORTH", 1)
    monkeypatch.setattr(kernels.weights, "PART", 1)
    for a, b in zip(whole, everything()):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("case", [CASES[0], CASES[4], CASES[11]])
def test_activation_in_the_epilogue(case, name):
    """The same numbers as in two steps, with first and second derivatives."""
    numbers_of_case = numbers(case)
    conv = Convolution.of(**parameters(case))
    both = conv.followed_by(get(name).of())
    follow = getattr(mx.nd, name)

    def everything(function):
        inputs = [array(v, grad=True) for v in numbers_of_case]
        with mx.autograd.record():
            y = function(*inputs)
            (dx,) = mx.autograd.grad(y, [inputs[0]], y, create_graph=True, retain_graph=True)
            loss = (y * y).sum() + (dx * dx).sum()
        loss.backward()
        return [y.asnumpy(), dx.asnumpy(), *(v.grad.asnumpy() for v in inputs)]

    for got, needed in zip(everything(both), everything(lambda *inputs: follow(conv(*inputs)))):
        np.testing.assert_allclose(got, needed, rtol=1e-10, atol=1e-10)


def test_activation_with_scalars_follows_both_directions():
    """Kernels take any function of one number, and its parameters."""
    x, w, b = numbers(CASES[0], "float32")
    y = convolve(x, w, b, *CASES[0][5:])
    g = kernels.Geometry.of(x.shape, y.shape, *CASES[0][4:])
    leaky = get("_leaky_relu").kernels
    out, back = np.empty(y.shape, "float32"), np.empty_like(x)
    kernels.bind_forward(g, out.dtype, True, leaky, (0.5,))(out, x, w, b)
    np.testing.assert_allclose(out, np.where(y > 0, y, y * 0.5), rtol=1e-5, atol=1e-5)
    kernels.bind_data_gradient(g, out.dtype, True, leaky, (0.5,))(back, y.astype("f4"), w)
    dx, _ = gradients(x, w, y, *CASES[0][5:])
    np.testing.assert_allclose(back, np.where(dx > 0, dx, dx * 0.5), rtol=1e-4, atol=1e-4)


def test_which_activations_may_follow():
    conv = Convolution.of(kernel=(3, 3), num_filter=4)
    both = conv.followed_by(get("Activation").of(act_type="relu"))
    assert both.activation == "relu" and both.kernel == (3, 3) and both.active_inputs() == conv.active_inputs()
    assert both is conv.followed_by(get("relu").of())
    for operator in (get("sin").of(), get("clip").of(a_min=0, a_max=1), get("sum").of(), get("elemwise_add").of()):
        assert conv.followed_by(operator) is None
    assert both.followed_by(get("relu").of()) is None
    with pytest.raises(mx.MXNetError, match="activation='sum': need an element-wise operator of one array"):
        get("_activated_convolution").of(kernel=(3, 3), num_filter=4, activation="sum")


# size, kernel, stride, pad, dilate: lines of even and odd length, of which some pixels are not seen
HALVES = [
    ((9, 21), (3, 3), (2, 2), (1, 1), (1, 1)),
    ((8, 36), (3, 4), (1, 2), (0, 2), (2, 1)),
    ((6, 10), (2, 3), (2, 2), (0, 0), (1, 3)),
    ((41,), (5,), (2,), (3,), (2,)),
    ((3, 4, 12), (2, 1, 2), (1, 1, 2), (1, 0, 1), (1, 1, 5)),
]


@pytest.mark.parametrize("filters", [8, 40])
@pytest.mark.parametrize("case", HALVES)
def test_even_and_odd_pixels_apart(case, filters):
    """With a stride of 2, whatever kernel is chosen; nothing is written beside the result."""
    size, kernel, stride, pad, dilate = case
    rng = np.random.default_rng(0)
    for dtype, tolerance in (("float32", 1e-5), ("float64", 1e-12)):
        x, b = rng.standard_normal((3, 10, *size)).astype(dtype), rng.standard_normal(filters).astype(dtype)
        w = rng.standard_normal((filters, 5, *kernel)).astype(dtype)
        y = convolve(x, w, b, stride, pad, dilate, 2)
        g = kernels.Geometry.of(x.shape, y.shape, kernel, stride, pad, dilate, 2)
        whole = np.full(y.size + 128, 7, dtype)
        kernels.plan.forward(g, by_rows=True, halves=True).bind(whole.dtype)(whole[64:-64].reshape(y.shape), x, w, b)
        assert (whole[:64] == 7).all() and (whole[-64:] == 7).all()
        np.testing.assert_allclose(whole[64:-64].reshape(y.shape), y, rtol=tolerance, atol=tolerance * 10)


def test_where_even_and_odd_pixels_are_put_apart():
    """Where it fills more lanes, or there is much to multiply; pixels must be moved for it."""
    of = lambda shape, filters, stride=2, kernel=3, groups=1: kernels.Geometry.of(
        shape, (shape[0], filters, shape[2] // stride, shape[3] // stride), (kernel, kernel), (stride, stride),
        (kernel // 2, kernel // 2), (1, 1), groups,
    )  # fmt: skip
    chosen = lambda g: kernels.plan.cheapest(g, np.dtype("float32")).halves
    n = register(np.dtype("float32"))[0]
    assert chosen(of((4, 16 * n, 56, 56), 16 * n, groups=32)) and chosen(of((8, 3, 224, 224), n // 2))
    assert chosen(of((4, 64, 56, 56), 128))
    assert not chosen(of((4, 64, 56, 56), 128, stride=1)) and not chosen(of((4, 64, 56, 56), 128, kernel=1))
    assert not chosen(of((4, 32 * n, 14, 14), 32 * n, groups=32))


@pytest.mark.parametrize(
    ("size", "kernel", "pad", "dilate", "parts"),
    [
        ((9, 10), (3, 3), (4, 4), (4, 4), 3),
        ((20,), (3,), (12,), (9,), 5),
        ((4, 5, 7), (2, 2, 3), (1, 0, 3), (1, 2, 3), 3),
    ],
)
def test_columns_that_see_the_same_taps(size, kernel, pad, dilate, parts, monkeypatch):
    """Forward and gradient in parts, where windows lie in the padding; nothing is written beside the result."""
    monkeypatch.setattr(kernels.plan, "SURE", 0)
    rng, one = np.random.default_rng(0), (1,) * len(size)
    for filters in (8, 40):
        x = rng.standard_normal((3, 10, *size)).astype("f4")
        w, b = rng.standard_normal((filters, 5, *kernel)).astype("f4"), rng.standard_normal(filters).astype("f4")
        y = convolve(x, w, b, one, pad, dilate, 2)
        g = kernels.Geometry.of(x.shape, y.shape, kernel, one, pad, dilate, 2)
        dy = rng.standard_normal(y.shape).astype("f4")
        forward = kernels.plan.cheapest(g, x.dtype)
        back = kernels.plan.in_columns(kernels.plan.data_gradient(g), g, True, x.dtype)
        assert forward.columns and back.columns and len(forward.parts) == parts
        for plan, expected, inputs in (
            (forward, y, (x, w, b)),
            (back, gradients(x, w, dy, one, pad, dilate, 2)[0], (dy, w)),
        ):
            whole = np.full(expected.size + 128, 7, "f4")
            plan.bind(x.dtype)(whole[64:-64].reshape(expected.shape), *inputs)
            assert (whole[:64] == 7).all() and (whole[-64:] == 7).all()
            np.testing.assert_allclose(whole[64:-64].reshape(expected.shape), expected, rtol=1e-4, atol=1e-4)


def test_where_columns_are_parts():
    """Where windows reach far beyond the image."""
    of = lambda size, far: kernels.Geometry.of(
        (4, 64, size, size), (4, 64, size, size), (3, 3), (1, 1), (far, far), (far, far), 1
    )
    chosen = lambda g: kernels.plan.cheapest(g, np.dtype("float32")).columns
    assert chosen(of(14, 12)) and chosen(of(28, 12)) and not chosen(of(28, 1)) and not chosen(of(56, 2))


# batch, channels, size, filters, pad: odd and even sizes, panels that are not full, both directions of padding
WINOGRAD = [(8, 64, (14, 14), 64, (1, 1)), (3, 70, (19, 23), 50, (0, 2)), (9, 48, (12, 9), 66, (2, 0))]


def winograd_case(case, dtype):
    batch, channels, size, filters, pad = case
    rng = np.random.default_rng(4)
    x = rng.standard_normal((batch, channels, *size)).astype(dtype)
    w = (rng.standard_normal((filters, channels, 3, 3)) / 3 / channels**0.5).astype(dtype)
    b = rng.standard_normal(filters).astype(dtype)
    y = convolve(x.astype("f8"), w.astype("f8"), b.astype("f8"), (1, 1), pad, (1, 1), 1)
    return x, w, b, y, kernels.Geometry.of(x.shape, y.shape, (3, 3), (1, 1), pad, (1, 1), 1)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-6), ("float64", 4e-15)])
@pytest.mark.parametrize("case", WINOGRAD)
def test_winograd(case, dtype, tolerance):
    """Errors of a few units of the largest result, where nothing is written beside it, for any number of threads."""
    x, w, b, y, g = winograd_case(case, dtype)
    dx, _ = gradients(x.astype("f8"), w.astype("f8"), y, (1, 1), case[4], (1, 1), 1)
    relu = get("relu").kernels
    for transposed, inputs, needed in ((False, (x, w, b), np.maximum(y, 0)), (True, (y.astype(dtype), w), dx)):
        assert kernels.winograd.suits(g, transposed)
        bind = kernels.bind_data_gradient if transposed else kernels.bind_forward
        bound = bind(g, np.dtype(dtype), True, None if transposed else relu)
        assert isinstance(bound, kernels.winograd.Winograd)
        results = []
        for threads in (1, 3):
            whole = np.full(needed.size + 128, 7, dtype)
            before = pool.set_num_threads(threads)
            try:
                bound(whole[64:-64].reshape(needed.shape), *inputs)
            finally:
                pool.set_num_threads(before)
            assert (whole[:64] == 7).all() and (whole[-64:] == 7).all()
            results.append(whole[64:-64].reshape(needed.shape))
        np.testing.assert_array_equal(*results)
        np.testing.assert_allclose(results[0], needed, rtol=0, atol=tolerance * np.abs(needed).max())


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38])
def test_winograd_leaves_what_is_not_finite_to_the_direct_kernels(value, monkeypatch):
    x, w, b, _, g = winograd_case(WINOGRAD[0], "float32")
    x[2, 5, 4, 7] = value
    results = []
    for on in ("1", "0"):
        monkeypatch.setenv("MXNB_WINOGRAD", on)
        out = np.empty((x.shape[0], w.shape[0], *g.out[1:]), "float32")
        kernels.bind_forward(g, out.dtype, True)(out, x, w, b)
        results.append(out)
    if not np.isfinite(value):
        np.testing.assert_array_equal(*results)
        assert np.isfinite(results[0]).sum() == results[0].size - 9 * len(w)
    assert np.isfinite(results[0]).all() == np.isfinite(results[1]).all()
    monkeypatch.setenv("MXNB_WINOGRAD", "yes")
    with pytest.raises(mx.MXNetError, match="MXNB_WINOGRAD is 'yes', needs 0 or 1"):
        kernels.bind_forward(g, out.dtype, True)


@pytest.mark.parametrize("most", [1, 20, 700])
def test_winograd_in_pieces_of_images(most, monkeypatch):
    """Work items of a line of tiles, of some lines that go from one image to the next, and of several images."""
    monkeypatch.setattr(kernels.winograd, "LEAST", most)
    monkeypatch.setattr(kernels.winograd, "MOST", most)
    monkeypatch.setattr(kernels.winograd, "PANELS", 2)
    for case in WINOGRAD[1:]:
        x, w, b, y, g = winograd_case(case, "float32")
        out = np.empty_like(y, dtype="float32")
        kernels.bind_forward(g, out.dtype, True)(out, x, w, b)
        np.testing.assert_allclose(out, y, rtol=0, atol=2e-6 * np.abs(y).max())


def test_where_winograd_is_faster():
    """Many channels, and enough pixels for their weights."""
    of = lambda batch, channels, size, filters, kernel=3, stride=1: kernels.Geometry.of(
        (batch, channels, size, size), (batch, filters, size // stride, size // stride), (kernel, kernel),
        (stride, stride), (kernel // 2, kernel // 2), (1, 1), 1,
    )  # fmt: skip
    for geometry in (
        of(4, 64, 56, 64),
        of(4, 256, 14, 256),
        of(32, 64, 8, 64),
        of(1, 128, 28, 128),
        of(32, 16, 32, 16),
    ):
        assert kernels.winograd.suits(geometry, False) and kernels.winograd.suits(geometry, True)
    for geometry in (of(32, 8, 32, 8), of(1, 512, 7, 512), of(4, 64, 56, 128, stride=2), of(4, 64, 56, 64, 5)):
        assert not kernels.winograd.suits(geometry, False)
