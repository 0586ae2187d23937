"""Normalization over batches, layers, instances, groups, channels and vectors."""

import numpy as np

from .table import S, X, case

# MXNet keeps its defaults in single precision
MILLI, SMALL = float(np.float32(1e-3)), float(np.float32(1e-5))


def normalized(x, axes, eps):
    mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(var + eps), mean, var


def along(vector, x, axis):
    shape = [1] * x.ndim
    shape[axis] = -1
    return vector.reshape(shape)


def batch_norm(training):
    def naive(
        x, gamma, beta, mean, var, eps=MILLI, fix_gamma=True, use_global_stats=False, output_mean_var=False, axis=1, **_
    ):
        axes = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
        if training and not use_global_stats:
            mean, var = x.mean(axis=axes), x.var(axis=axes)
        scale = np.ones_like(gamma) if fix_gamma else gamma
        wide = [along(v, x, axis) for v in (mean, var, scale, beta)]
        y = (x - wide[0]) / np.sqrt(wide[1] + eps) * wide[2] + wide[3]
        return (y, mean, 1 / np.sqrt(var + eps)) if output_mean_var else y

    return naive


FOUR = [X(3, low=0.5, high=2), X(3), X(3), X(3, low=0.5, high=2)]
FOLLOW = ("gamma", "beta", "moving_mean", "moving_var")
for name in ("BatchNorm", "BatchNorm_v1"):
    flags = {"follows": FOLLOW, "kind": "long", "dtypes": ("float32", "float64")}
    case(
        name,
        batch_norm(True),
        S(X(4, 3, 2), *FOUR, fix_gamma=False),
        S(X(4, 3), *FOUR, eps=0.1),
        S(X(4, 3, 2, 2), *FOUR, fix_gamma=False, use_global_stats=True),
        S(X(4, 3, 2), *FOUR, fix_gamma=False, output_mean_var=True).but(heads=(0,)),
        train=True,
        **flags,
    )
    case(name, batch_norm(False), S(X(4, 3, 2), *FOUR, fix_gamma=False), S(X(4, 3), *FOUR), **flags)
case(
    "BatchNorm",
    batch_norm(True),
    S(X(2, 2, 3), *FOUR, fix_gamma=False, axis=-1).but(follows=FOLLOW),
    S(X(2, 3, 2), *[type(v)(3, low=v.low, high=v.high, dtype="float32") for v in FOUR]).but(dtypes=("float16",)),
    train=True,
    kind="long",
    dtypes=("float32", "float64"),
)
case(
    "_rectified_batch_norm",
    lambda *args, **rest: np.maximum(batch_norm(True)(*args, **rest), 0),
    S(X(4, 3, 2), *FOUR, fix_gamma=False),
    S(X(4, 3), *FOUR, eps=0.1),
    S(X(4, 3, 2, 2), *FOUR, fix_gamma=False, use_global_stats=True),
    S(X(2, 2, 3), *FOUR, fix_gamma=False, axis=-1),
    train=True,
    follows=FOLLOW,
    kind="long",
    dtypes=("float32", "float64"),
)


def layer_norm(x, gamma, beta, axis=-1, eps=SMALL, output_mean_var=False):
    y, mean, var = normalized(x, axis, eps)
    y = y * along(gamma, x, axis) + along(beta, x, axis)
    return (y, mean, np.sqrt(var + eps)) if output_mean_var else y


def instance_norm(x, gamma, beta, eps=MILLI):
    y, _, _ = normalized(x, tuple(range(2, x.ndim)), eps)
    return y * along(gamma, x, 1) + along(beta, x, 1)


def group_norm(x, gamma, beta, num_groups=1, eps=SMALL, output_mean_var=False):
    groups = x.reshape(len(x), num_groups, -1)
    y, mean, var = normalized(groups, 2, eps)
    y = (y * along(gamma, y, 1) + along(beta, y, 1)).reshape(x.shape)
    return (y, mean[:, :, 0], np.sqrt(var + eps)[:, :, 0]) if output_mean_var else y


SCALED = {"follows": ("gamma", "beta"), "kind": "long"}
case(
    "LayerNorm",
    layer_norm,
    S(X(4, 3), X(3), X(3)),
    S(X(2, 4, 3), X(4), X(4), axis=1, eps=0.1),
    S(X(4, 3), X(3), X(3), output_mean_var=True).but(heads=(0,)),
    **SCALED,
)
case("InstanceNorm", instance_norm, S(X(2, 3, 4), X(3), X(3)), S(X(2, 3, 2, 2), X(3), X(3), eps=0.1), **SCALED)
case(
    "GroupNorm",
    group_norm,
    S(X(2, 4, 3), X(2), X(2), num_groups=2),
    S(X(2, 4, 3), X(2), X(2), num_groups=2, output_mean_var=True).but(heads=(0,)),
    **SCALED,
)


def moments(x, axes=None, keepdims=False):
    mean, var = x.mean(axis=axes, keepdims=keepdims), x.var(axis=axes, keepdims=keepdims)
    return (mean, var) if mean.ndim else (mean.reshape(1), var.reshape(1))


case(
    "moments",
    moments,
    S(X(3, 4), axes=(0, 1)),
    S(X(2, 3, 4), axes=(0, 2)),
    S(X(2, 3, 4), axes=(1,), keepdims=True),
    kind="long",
)


def l2(x, eps=1e-10, mode="instance"):
    axes = {"instance": tuple(range(1, x.ndim)), "channel": 1, "spatial": tuple(range(2, x.ndim))}[mode]
    return x / np.sqrt((x * x).sum(axis=axes, keepdims=True) + eps)


def lrn(x, nsize, alpha=1e-4, beta=0.75, knorm=2.0):
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        near = x[:, max(c - nsize // 2, 0) : c + nsize // 2 + 1]
        y[:, c] = x[:, c] * (knorm + alpha / nsize * (near * near).sum(axis=1)) ** -beta
    return y


case(
    "L2Normalization",
    l2,
    S(X(2, 3)),
    S(X(2, 3, 4), mode="channel"),
    S(X(2, 3, 4), mode="spatial", eps=0.1),
    kind="long",
)
case(
    "LRN",
    lrn,
    S(X(1, 5, 2, 2), nsize=3, alpha=0.5, beta=0.5),
    S(X(2, 4, 3), nsize=5, alpha=1.0, knorm=1.0),
    kind="long",
)
