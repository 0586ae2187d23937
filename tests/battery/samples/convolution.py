"""Convolution and its transpose: one number of the result at a time."""

import numpy as np

from .table import S, X, case


def spread(values, n, default):
    return tuple(values) or (default,) * n


def naive_convolution(
    data, weight, bias=None, kernel=(), stride=(), dilate=(), pad=(), num_filter=0, num_group=1, no_bias=False, **_
):
    n = len(kernel)
    stride, dilate, pad = spread(stride, n, 1), spread(dilate, n, 1), spread(pad, n, 0)
    padded = np.pad(data, [(0, 0), (0, 0), *((p, p) for p in pad)])
    size = [
        (s + 2 * p - (k - 1) * d - 1) // t + 1 for s, p, k, d, t in zip(data.shape[2:], pad, kernel, dilate, stride)
    ]
    y = np.zeros((len(data), num_filter, *size))
    per = data.shape[1] // num_group
    for place in np.ndindex(*y.shape):
        batch, f, *at = place
        first = f // (num_filter // num_group) * per
        for tap in np.ndindex(*weight.shape[1:]):
            where = [a * t + i * d for a, t, i, d in zip(at, stride, tap[1:], dilate)]
            y[place] += padded[(batch, first + tap[0], *where)] * weight[(f, *tap)]
    return y if bias is None else y + bias.reshape(-1, *[1] * n)


def naive_deconvolution(
    data, weight, bias=None, kernel=(), stride=(), dilate=(), pad=(), adj=(), target_shape=(), num_filter=0,
    num_group=1, no_bias=True, **_,
):  # fmt: skip
    n = len(kernel)
    stride, dilate, pad, adj = (spread(v, n, d) for v, d in ((stride, 1), (dilate, 1), (pad, 0), (adj, 0)))
    full = [(s - 1) * t + (k - 1) * d + 1 for s, t, k, d in zip(data.shape[2:], stride, kernel, dilate)]
    if target_shape:
        extra = [f - t for f, t in zip(full, target_shape)]
        pad, adj = [(e + 1) // 2 for e in extra], [e % 2 for e in extra]
    y = np.zeros((len(data), num_filter, *(f + a for f, a in zip(full, adj))))
    inside, outside = data.shape[1] // num_group, num_filter // num_group
    for place in np.ndindex(*data.shape):
        batch, c, *at = place
        group = c // inside
        for tap in np.ndindex(*weight.shape[1:]):
            where = [a * t + i * d for a, t, i, d in zip(at, stride, tap[1:], dilate)]
            y[(batch, group * outside + tap[0], *where)] += data[place] * weight[(c, *tap)]
    y = y[(..., *(slice(p, y.shape[2 + i] - p) for i, p in enumerate(pad)))]
    return y if bias is None else y + bias.reshape(-1, *[1] * n)


def naive_weight_gradient(data, dout, kernel, stride=(), dilate=(), pad=(), num_group=1):
    n = len(kernel)
    stride, dilate, pad = spread(stride, n, 1), spread(dilate, n, 1), spread(pad, n, 0)
    padded = np.pad(data, [(0, 0), (0, 0), *((p, p) for p in pad)])
    per, filters = data.shape[1] // num_group, dout.shape[1]
    dw = np.zeros((filters, per, *kernel))
    for place in np.ndindex(*dout.shape):
        batch, f, *at = place
        first = f // (filters // num_group) * per
        for tap in np.ndindex(*dw.shape[1:]):
            where = [a * t + i * d for a, t, i, d in zip(at, stride, tap[1:], dilate)]
            dw[(f, *tap)] += padded[(batch, first + tap[0], *where)] * dout[place]
    return dw


BOTH, ONE = {"follows": ("weight", "bias")}, {"follows": ("weight",)}
CONVOLUTIONS = [
    S(X(2, 2, 4, 5), X(3, 2, 3, 3), X(3), kernel=(3, 3), num_filter=3).but(**BOTH),
    S(X(1, 2, 5, 4), X(2, 2, 2, 3), kernel=(2, 3), stride=(2, 1), pad=(1, 2), num_filter=2, no_bias=True).but(**ONE),
    S(X(1, 4, 5, 5), X(4, 2, 3, 2), X(4), kernel=(3, 2), dilate=(2, 1), num_group=2, num_filter=4).but(**BOTH),
    S(X(2, 3, 3, 3), X(4, 3, 1, 1), kernel=(1, 1), num_filter=4, no_bias=True).but(**ONE),
    S(X(1, 3, 4, 4), X(3, 1, 3, 3), kernel=(3, 3), pad=(1, 1), num_group=3, num_filter=3, no_bias=True).but(**ONE),
    S(X(2, 2, 7), X(3, 2, 3), X(3), kernel=(3,), stride=(2,), pad=(1,), num_filter=3).but(**BOTH),
    S(X(1, 2, 3, 4, 3), X(2, 2, 2, 2, 2), X(2), kernel=(2, 2, 2), pad=(0, 1, 0), num_filter=2).but(**BOTH),
]
case("Convolution", naive_convolution, *CONVOLUTIONS, kind="long")
case("Convolution_v1", naive_convolution, *CONVOLUTIONS[:3], kind="long")
case(
    "Deconvolution",
    naive_deconvolution,
    S(X(1, 2, 3, 2), X(2, 3, 2, 2), kernel=(2, 2), stride=(2, 2), num_filter=3).but(**ONE),
    S(
        X(1, 2, 3, 3), X(2, 3, 3, 3), X(3), kernel=(3, 3), stride=(2, 2), pad=(1, 1), adj=(1, 0), num_filter=3,
        no_bias=False,
    ).but(**BOTH),
    S(X(1, 4, 3, 3), X(4, 1, 2, 2), kernel=(2, 2), dilate=(2, 1), num_group=2, num_filter=2).but(**ONE),
    S(X(1, 1, 4, 4), X(1, 1, 3, 3), kernel=(3, 3), stride=(2, 2), target_shape=(8, 7), num_filter=1).but(**ONE),
    S(X(1, 2, 4), X(2, 2, 3), kernel=(3,), stride=(2,), num_filter=2).but(**ONE),
    S(X(1, 1, 2, 3, 2), X(1, 2, 2, 2, 2), kernel=(2, 2, 2), num_filter=2).but(**ONE),
    kind="long",
)  # fmt: skip
case(
    "_activated_convolution",
    lambda *inputs, activation, **more: np.tanh(naive_convolution(*inputs, **more)),
    S(X(2, 3, 5, 4), X(4, 3, 3, 3), X(4), kernel=(3, 3), num_filter=4, activation="tanh"),
    S(X(1, 4, 7), X(2, 2, 3), kernel=(3,), stride=(2,), num_filter=2, num_group=2, no_bias=True, activation="tanh"),
    kind="long",
)
case(
    "_convolution_weight_gradient",
    naive_weight_gradient,
    S(X(2, 2, 4, 5), X(2, 3, 2, 3), kernel=(3, 3)),
    S(X(1, 4, 5, 4), X(1, 2, 3, 4), kernel=(2, 3), stride=(2, 1), pad=(1, 1), num_group=2),
    kind="long",
    loose=True,
)
