"""The softmax family."""

import numpy as np

from .table import Given, S, Whole, X, case


def naive(x, axis=-1, temperature=None, sign=1):
    e = np.exp(sign * x / (temperature or 1))
    return e / e.sum(axis=axis, keepdims=True)


def softmax(x, length=None, axis=-1, temperature=None, dtype=None, use_length=False):
    if length is None:
        return naive(x, axis, temperature)
    lines = np.moveaxis(x, axis, -1)
    y = np.zeros_like(lines)
    for place in np.ndindex(*lines.shape[:-1]):
        n = int(length[place])
        y[place][:n] = naive(lines[place][:n], -1, temperature)
    return np.moveaxis(y, -1, axis)


def log_softmax(x, axis=-1, temperature=None, dtype=None, use_length=False):
    return np.log(naive(x, axis, temperature))


def softmin(x, axis=-1, temperature=None, dtype=None, use_length=False):
    return naive(x, axis, temperature, -1)


for name, function in (("softmax", softmax), ("log_softmax", log_softmax), ("softmin", softmin)):
    case(
        name,
        function,
        S(X(3, 4)),
        S(X(2, 3, 4), axis=1, temperature=2.0),
        S(X(2, 3), dtype="float64").but(dtypes=("float32",), result="float64"),
        kind="long",
    )
case(
    "softmax",
    softmax,
    S(X(2, 3, 4), Whole(2, 3, high=5, dtype="int32"), use_length=True),
    S(X(2, 3, 4), Whole(2, 4, low=1, high=4, dtype="int64"), axis=1, use_length=True),
    kind="long",
)


def softmax_gradient(dy, y, axis, scale=1.0, log=False):
    if log:
        return (dy - np.exp(y) * dy.sum(axis=axis, keepdims=True)) * scale
    return y * (dy - (dy * y).sum(axis=axis, keepdims=True)) * scale


case(
    "_softmax_gradient",
    softmax_gradient,
    S(X(3, 4), X(3, 4), axis=-1),
    S(X(2, 3, 4), X(2, 3, 4), axis=1, scale=-0.5),
    S(X(3, 4), X(3, 4), axis=-1, log=True),
    kind="long",
)
case(
    "SoftmaxActivation",
    lambda x, mode="instance": naive(x, 1 if mode == "channel" else -1),
    S(X(3, 4)),
    S(X(2, 3, 4), mode="channel"),
    kind="long",
)


def cross_entropy(x, label):
    rows = np.log(naive(x))[np.arange(len(x)), np.clip(label.astype(int), 0, x.shape[1] - 1)]
    return -rows.sum().reshape(1)


case(
    "_cross_entropy",
    lambda x, label: -np.log(np.take_along_axis(naive(x), label.astype(int)[..., None], -1)),
    S(X(3, 4), Whole(3, high=4)),
    S(X(2, 3, 40, low=-20, high=20), Whole(2, 3, high=40, dtype="int32")),
    wrt=(0,),
    kind="long",
)


def picked(x, label, axes=(-1, -1), keepdims=False, negative=False):
    y = np.log(np.take_along_axis(naive(x), label.astype(int).reshape(*x.shape[:-1], 1), -1))
    return (y if keepdims else y[..., 0]) * (-1 if negative else 1)


case(
    "_picked_log_softmax",
    picked,
    S(X(3, 4), Whole(3, high=4)),
    S(
        X(2, 3, 40, low=-20, high=20),
        Whole(2, 3, 1, high=40, dtype="int32"),
        axes=(2, -1),
        keepdims=True,
        negative=True,
    ),
    wrt=(0,),
    kind="long",
)
case("softmax_cross_entropy", cross_entropy, S(X(3, 4), Whole(3, high=4)), wrt=(0,), kind="long")


# --- SoftmaxOutput, whose gradient is that of a loss -----------------------------------------------------------------


def output(x, label, multi_output=False, preserve_shape=False, **_):
    if multi_output:
        return naive(x, 1)
    return naive(x) if preserve_shape else naive(x.reshape(len(x), -1)).reshape(x.shape)


def output_loss(
    x, label, grad_scale=1.0, ignore_label=-1.0, multi_output=False, use_ignore=False, preserve_shape=False,
    normalization="null", out_grad=False, smooth_alpha=0.0,
):  # fmt: skip
    """Cross entropy, number by number."""
    p = output(x, label, multi_output, preserve_shape)
    p = np.moveaxis(p, 1, -1) if multi_output else p
    classes = p.shape[-1] if multi_output or preserve_shape else p[0].size
    p = p.reshape(-1, classes)
    if label.size == x.size:
        return -(label.reshape(p.shape) * np.log(p)).sum() * grad_scale
    labels = label.ravel()
    total = 0.0
    for row, wanted in zip(p, labels):
        if use_ignore and wanted == ignore_label:
            continue
        for k in range(classes):
            target = 1.0 - smooth_alpha if k == wanted else smooth_alpha / (classes - 1)
            total -= target * np.log(row[k])
    positions = label.size // len(x) if multi_output else 1
    counts = {
        "null": positions,
        "batch": positions * len(x),
        "valid": sum(w != ignore_label for w in labels),
    }
    return total * grad_scale / counts[normalization]


case(
    "SoftmaxOutput",
    output,
    S(X(3, 4), Whole(3, high=4)),
    S(X(3, 4), Whole(3, high=4), grad_scale=2.0, use_ignore=True, ignore_label=1, normalization="valid"),
    S(X(3, 4), Whole(3, high=4), normalization="batch"),
    S(X(2, 3, 4), Whole(2, 4, high=3), multi_output=True),
    S(X(2, 3, 4), Whole(2, 3, high=4), preserve_shape=True),
    S(X(3, 4), Whole(3, high=4), smooth_alpha=0.2),
    S(X(2, 4), Given([[0.1, 0.2, 0.3, 0.4], [0, 0, 0.75, 0.25]])).but(follows=(), free=("label",)),
    kind="long",
    loss=output_loss,
    wrt=(0,),
    follows=("label",),
)
