"""Layers: printing as 1.9.1 prints, shapes, values against NumPy."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, gluon, nd
from mxnb.base import MXNetError
from mxnb.gluon import nn

V, I, D = (2, 4, 8), (2, 4, 8, 8), (2, 4, 6, 6, 6)


def pool(name, size, stride, padding, ceil, everywhere, kind, layout):
    """What a pooling layer prints."""
    return (
        f"{name}(size={size}, stride={stride}, padding={padding}, ceil_mode={ceil}, global_pool={everywhere}, "
        f"pool_type={kind}, layout={layout})"
    )


CONV = (
    "Conv2D(2 -> 4, kernel_size=(3, 2), stride=(2, 2), padding=(1, 1), dilation=(2, 2), groups=2, bias=False, "
    "Activation(relu))"
)
LAYERS = [
    (lambda: nn.Dense(3), (2, 4), (2, 3), "Dense(4 -> 3, linear)"),
    (lambda: nn.Dense(3, "tanh", flatten=False), (2, 3, 5), (2, 3, 3), "Dense(5 -> 3, Activation(tanh))"),
    (lambda: nn.Dense(3), (2, 4, 5), (2, 3), "Dense(20 -> 3, linear)"),
    (lambda: nn.Dropout(0.5), V, V, "Dropout(p = 0.5, axes=())"),
    (lambda: nn.Dropout(0), V, V, "Dropout(p = 0, axes=())"),
    (
        nn.BatchNorm,
        I,
        I,
        "BatchNorm(axis=1, eps=1e-05, momentum=0.9, fix_gamma=False, use_global_stats=False, in_channels=4)",
    ),
    (
        lambda: nn.BatchNorm(axis=-1, scale=False, center=False),
        I,
        I,
        "BatchNorm(axis=-1, eps=1e-05, momentum=0.9, fix_gamma=True, use_global_stats=False, in_channels=8)",
    ),
    (lambda: nn.Embedding(5, 3), (2, 3), (2, 3, 3), "Embedding(5 -> 3, float32)"),
    (nn.Flatten, I, (2, 256), "Flatten"),
    (lambda: nn.Activation("softrelu"), V, V, "Activation(softrelu)"),
    (nn.Swish, V, V, "Swish(\n\n)"),
    (lambda: nn.LeakyReLU(0.1), V, V, "LeakyReLU(0.1)"),
    (nn.PReLU, I, I, "PReLU(\n\n)"),
    (lambda: nn.PReLU(in_channels=4), I, I, "PReLU(\n\n)"),
    (nn.ELU, V, V, "ELU(\n\n)"),
    (nn.SELU, V, V, "SELU(\n\n)"),
    (nn.GELU, V, V, "GELU(\n\n)"),
    (nn.InstanceNorm, I, I, "InstanceNorm(eps=1e-05, axis=1, center=True, scale=False, in_channels=4)"),
    (
        lambda: nn.InstanceNorm(axis=2, in_channels=8),
        (2, 4, 8, 5),
        (2, 4, 8, 5),
        "InstanceNorm(eps=1e-05, axis=2, center=True, scale=False, in_channels=8)",
    ),
    (nn.LayerNorm, I, I, "LayerNorm(eps=1e-05, axis=-1, center=True, scale=True, in_channels=8)"),
    (lambda: nn.GroupNorm(2), I, I, "GroupNorm(eps=1e-05, num_groups=2, center=True, scale=True)"),
    (
        nn.BatchNormReLU,
        I,
        I,
        "BatchNormReLU(axis=1, eps=1e-05, momentum=0.9, fix_gamma=False, use_global_stats=False, in_channels=4)",
    ),
    (lambda: nn.Conv1DTranspose(3, 2), V, (2, 3, 9), "Conv1DTranspose(3 -> 4, kernel_size=(2,), stride=(1,))"),
    (
        lambda: nn.Conv2DTranspose(4, 3, strides=2, padding=1, output_padding=1, groups=2, in_channels=4),
        I,
        (2, 4, 16, 16),
        "Conv2DTranspose(2 -> 4, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), groups=2)",
    ),
    (lambda: nn.ReflectionPad2D(1), I, (2, 4, 10, 10), "ReflectionPad2D(\n\n)"),
    (lambda: nn.Conv1D(3, 2), V, (2, 3, 7), "Conv1D(4 -> 3, kernel_size=(2,), stride=(1,))"),
    (
        lambda: nn.Conv2D(4, (3, 2), 2, 1, 2, groups=2, use_bias=False, activation="relu"),
        I,
        (2, 4, 3, 4),
        CONV,
    ),
    (lambda: nn.Conv3D(3, 2), D, (2, 3, 5, 5, 5), "Conv3D(4 -> 3, kernel_size=(2, 2, 2), stride=(1, 1, 1))"),
    (
        nn.MaxPool1D,
        V,
        (2, 4, 4),
        pool("MaxPool1D", (2,), (2,), (0,), False, False, "max", "NCW"),
    ),
    (
        lambda: nn.MaxPool2D(3, 2, 1, ceil_mode=True),
        I,
        (2, 4, 5, 5),
        pool("MaxPool2D", (3, 3), (2, 2), (1, 1), True, False, "max", "NCHW"),
    ),
    (
        lambda: nn.AvgPool2D(count_include_pad=False),
        I,
        (2, 4, 4, 4),
        pool("AvgPool2D", (2, 2), (2, 2), (0, 0), False, False, "avg", "NCHW"),
    ),
    (
        nn.GlobalAvgPool2D,
        I,
        (2, 4, 1, 1),
        pool("GlobalAvgPool2D", (1, 1), (1, 1), (0, 0), True, True, "avg", "NCHW"),
    ),
    (
        nn.GlobalMaxPool3D,
        D,
        (2, 4, 1, 1, 1),
        pool("GlobalMaxPool3D", (1, 1, 1), (1, 1, 1), (0, 0, 0), True, True, "max", "NCDHW"),
    ),
]


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize(
    ("make", "shape", "out_shape", "text"), LAYERS, ids=[row[3].partition("(")[0] for row in LAYERS]
)
def test_shape_and_repr(make, shape, out_shape, text, hybridize):
    layer = make()
    layer.initialize()
    layer.hybridize(hybridize)
    assert layer(nd.ones(shape)).shape == out_shape
    assert repr(layer) == text


def test_repr_before_shapes_are_known():
    assert repr(nn.Dense(3)) == "Dense(None -> 3, linear)"
    assert repr(nn.Conv2D(3, 3, padding=1)) == "Conv2D(None -> 3, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))"
    assert repr(nn.Conv1DTranspose(3, 2)) == "Conv1DTranspose(3 -> 0, kernel_size=(2,), stride=(1,))"
    assert repr(nn.BatchNorm()).endswith("in_channels=None)")
    assert repr(nn.LayerNorm()) == "LayerNorm(eps=1e-05, axis=-1, center=True, scale=True, in_channels=0)"
    assert repr(nn.GroupNorm(2)) == "GroupNorm(eps=1e-05, num_groups=2, center=True, scale=True)"
    assert repr(nn.InstanceNorm()) == "InstanceNorm(eps=1e-05, axis=1, center=True, scale=False, in_channels=0)"
    assert repr(nn.LeakyReLU(0.1)) == "LeakyReLU(0.1)"


def test_weight_shapes():
    assert nn.Conv2D(6, (3, 2), in_channels=4, groups=2).weight.shape == (6, 2, 3, 2)
    assert nn.Conv2D(6, 3, in_channels=4, layout="NHWC").weight.shape == (6, 3, 3, 4)
    assert nn.Conv2DTranspose(6, (3, 2), in_channels=4, groups=2).weight.shape == (4, 3, 3, 2)
    assert nn.Conv2D(6, 3).weight.shape == (6, 0, 3, 3)
    assert nn.GroupNorm(3).gamma.shape == (3,)


def test_dense_values():
    layer = nn.Dense(2, activation="relu", weight_initializer="ones", bias_initializer=mx.init.Constant(-5))
    layer.initialize()
    assert layer(nd.array([[1, 2], [3, 4]])).asnumpy().tolist() == [[0, 0], [2, 2]]


def test_batch_norm_statistics_move_in_backward():
    x = np.random.RandomState(0).normal(2, 3, (8, 3, 2, 2)).astype("f")
    layer = nn.BatchNorm(momentum=0.5)
    layer.initialize()
    array = nd.array(x)
    with autograd.record():
        out = layer(array)
    out.backward()
    mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
    np.testing.assert_allclose(layer.running_mean.data().asnumpy(), mean / 2, rtol=1e-4)
    np.testing.assert_allclose(layer.running_var.data().asnumpy(), 0.5 + var / 2, rtol=1e-4)
    shape = (1, 3, 1, 1)
    expected = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + 1e-5)
    np.testing.assert_allclose(out.asnumpy(), expected, rtol=1e-3, atol=1e-4)
    mean, var = layer.running_mean.data().asnumpy(), layer.running_var.data().asnumpy()
    expected = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + 1e-5)
    np.testing.assert_allclose(layer(array).asnumpy(), expected, rtol=1e-3, atol=1e-4)
    assert (layer.running_mean.grad_req, layer.gamma.grad_req) == ("null", "write")
    assert nn.BatchNorm(scale=False).gamma.grad_req == "null"


def test_dropout_only_in_training():
    layer, x = nn.Dropout(0.5), nd.ones((100, 100))
    assert (layer(x).asnumpy() == 1).all()
    with autograd.record():
        out = layer(x).asnumpy()
    assert set(np.unique(out)) == {0, 2}
    assert 0.45 < out.mean() / 2 < 0.55


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: nn.Conv2D(3, (1, 2, 3)), "kernel_size must be a number or a list of 2 ints"),
        (lambda: nn.Conv2D(3, 3, strides=(1, 2, 3)), "strides must be a number or a list of 2 ints"),
        (lambda: nn.Conv2D(3, 3, layout="NCW"), "Only supports 'NCHW' and 'NHWC' layout for now"),
        (lambda: nn.Conv2D(4, 3, groups=3), "channels=4 must be a multiple of groups=3"),
        (lambda: nn.MaxPool2D(layout="foo"), "Only NCHW and NHWC layouts are valid for 2D Pooling"),
        (lambda: nn.MaxPool2D((1, 2, 3)), "pool_size must be a number or a list of 2 ints"),
        (lambda: nn.LeakyReLU(-1), "must be no less than 0"),
    ],
)
def test_bad_parameters(make, text):
    with pytest.raises(AssertionError, match=text):
        make()


def test_sparse_embedding_is_refused():
    with pytest.raises(MXNetError, match="row_sparse"):
        nn.Embedding(3, 2, sparse_grad=True)


def test_concurrent_and_pixel_shuffle():
    contrib = gluon.contrib.nn
    for kind in (contrib.Concurrent, contrib.HybridConcurrent):
        net = kind(axis=1)
        net.add(contrib.Identity(), nn.Activation("relu"))
        assert net(nd.array([[-1, 2]])).asnumpy().tolist() == [[-1, 2, 0, 2]]
    assert repr(contrib.PixelShuffle2D((2, 1))) == "PixelShuffle2D((2, 1))"
    x = np.arange(2 * 12 * 3 * 4).reshape(2, 12, 3, 4)
    expected = x.reshape(2, 2, 2, 3, 3, 4).transpose(0, 1, 4, 2, 5, 3).reshape(2, 2, 6, 12)
    assert (contrib.PixelShuffle2D((2, 3))(nd.array(x)).asnumpy() == expected).all()
    assert contrib.PixelShuffle3D(2)(nd.zeros((1, 8, 2, 2, 2))).shape == (1, 1, 4, 4, 4)
    assert contrib.PixelShuffle1D(2)(nd.zeros((1, 8, 3))).shape == (1, 4, 6)
