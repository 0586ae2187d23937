"""Pooling: one window at a time."""

import math

import numpy as np

from .table import S, X, case


def naive_pooling(
    data, kernel=(), pool_type="max", global_pool=False, pooling_convention="valid", stride=(), pad=(), p_value=2,
    count_include_pad=True, layout=None, **_,
):  # fmt: skip
    last = bool(layout) and layout.endswith("C")
    x = np.moveaxis(data, -1, 1) if last else data
    sizes = x.shape[2:]
    n = len(sizes)
    if global_pool:
        kernel, stride, pad = sizes, (1,) * n, (0,) * n
    stride, pad = stride or (1,) * n, pad or (0,) * n
    out = []
    for size, k, s, p in zip(sizes, kernel, stride, pad):
        if pooling_convention == "same":
            out.append(-(-size // s))
        else:
            rounded = math.ceil if pooling_convention == "full" else math.floor
            out.append(rounded((size + 2 * p - k) / s) + 1)
    y = np.empty((*x.shape[:2], *out))
    for place in np.ndindex(*out):
        first = [a * s - p for a, s, p in zip(place, stride, pad)]
        inside = [slice(max(f, 0), min(f + k, size)) for f, k, size in zip(first, kernel, sizes)]
        window = x[(..., *inside)].reshape(*x.shape[:2], -1)
        # the padding counts, what lies beyond it does not
        padded = math.prod(min(f + k, size + p) - f for f, k, size, p in zip(first, kernel, sizes, pad))
        total = window.sum(-1)
        y[(..., *place)] = {
            "max": lambda w=window: w.max(-1),
            "sum": lambda t=total: t,
            "avg": lambda w=window, t=total, c=padded: t / (c if count_include_pad else w.shape[-1]),
            "lp": lambda w=window: (abs(w) ** p_value).sum(-1) ** (1 / p_value),
        }[pool_type]()
    return np.moveaxis(y, 1, -1) if last else y


SAMPLES = [
    S(X(2, 2, 4, 5), kernel=(2, 2)),
    S(X(1, 2, 5, 5), kernel=(3, 2), stride=(2, 2), pad=(1, 1)),
    S(X(1, 2, 5, 5), kernel=(2, 2), stride=(2, 2), pooling_convention="full"),
    S(X(2, 2, 3, 3), global_pool=True),
]
AVERAGES = [
    S(X(2, 2, 4, 5), kernel=(2, 2), pool_type="avg"),
    S(X(1, 2, 5, 5), kernel=(3, 2), stride=(2, 2), pad=(1, 1), pool_type="avg"),
    S(X(2, 2, 3, 3), global_pool=True, pool_type="avg"),
    S(X(1, 2, 4, 4), kernel=(2, 2), pool_type="sum"),
]
MORE = [
    S(X(1, 2, 5, 5), kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="avg", count_include_pad=False),
    S(X(1, 2, 4, 4), kernel=(2, 2), pool_type="lp", p_value=2),
    S(X(1, 2, 4, 4, low=0.2), kernel=(2, 2), pool_type="lp", p_value=3),
    S(X(1, 3, 4, 2), kernel=(2, 2), layout="NHWC"),
    S(X(1, 2, 5, 5), kernel=(2, 2), stride=(2, 2), pooling_convention="same", pool_type="avg"),
    S(X(2, 2, 6), kernel=(3,), stride=(2,)),
    S(X(2, 2, 6), kernel=(3,), stride=(2,), pool_type="avg"),
    S(X(1, 2, 3, 4, 3), kernel=(2, 2, 2)),
    S(X(1, 2, 3, 4, 3), kernel=(2, 2, 2), pool_type="avg"),
]
case("Pooling", naive_pooling, *SAMPLES, *AVERAGES, *MORE, kind="long")
case(
    "Pooling_v1",
    naive_pooling,
    S(X(2, 2, 4, 5), kernel=(2, 2)),
    S(X(1, 2, 4, 4), kernel=(2, 2), stride=(2, 2), pool_type="avg"),
    S(X(1, 2, 5, 5), kernel=(3, 2), stride=(2, 2), pooling_convention="full"),
    kind="long",
)


def naive_places(x, **window):
    """Where max pooling finds its numbers, which are all different."""
    y = naive_pooling(x, **window)
    return np.array([np.flatnonzero(x.ravel() == v)[0] for v in y.ravel()]).reshape(y.shape)


case(
    "_max_places",
    naive_places,
    S(X(2, 2, 4, 5), kernel=(2, 2)),
    S(X(1, 2, 5, 5), kernel=(3, 2), stride=(2, 2), pad=(1, 1)),
    S(X(1, 3, 4, 2), kernel=(2, 2), layout="NHWC"),
    S(X(2, 2, 3, 3), global_pool=True),
    S(X(1, 2, 3, 4, 3), kernel=(2, 2, 2)),
    result="int64",
    gradient="the results are places",
    kind="exact",
    dtypes=("float32", "float64", "float16"),
)
