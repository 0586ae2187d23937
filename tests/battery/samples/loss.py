"""Losses: what they return, and the function whose gradient they give whatever the gradient of their output is."""

import numpy as np

from .table import S, Whole, X, case


def per_sample(x):
    return x[0].size


def same(x, *_, **__):
    return x


def squared(x, label, grad_scale=1.0):
    return ((x - label.reshape(x.shape)) ** 2).sum() / 2 * grad_scale / per_sample(x)


def absolute(x, label, grad_scale=1.0):
    return abs(x - label.reshape(x.shape)).sum() * grad_scale / per_sample(x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def logistic(x, label, grad_scale=1.0):
    p, label = sigmoid(x), label.reshape(x.shape)
    return -(label * np.log(p) + (1 - label) * np.log(1 - p)).sum() * grad_scale / per_sample(x)


REGRESSIONS = {
    "LinearRegressionOutput": (same, squared),
    "MAERegressionOutput": (same, absolute),
    "LogisticRegressionOutput": (lambda x, label, grad_scale=1.0: sigmoid(x), logistic),
}
for name, (forward, loss) in REGRESSIONS.items():
    case(
        name,
        forward,
        S(X(3, 2), X(3, 2, low=0.1, high=0.9)),
        S(X(3, 2), X(3, 2, low=0.1, high=0.9), grad_scale=0.5),
        S(X(4, 1), X(4, low=0.1, high=0.9)),
        loss=loss,
        wrt=(0,),
        follows=("label",),
    )


def margins(x, label, margin=1.0, regularization_coefficient=1.0, use_linear=False):
    total = 0.0
    for place in np.ndindex(*x.shape):
        sign = -1 if place[-1] == label[place[:-1]] else 1
        beyond = max(0.0, margin + sign * x[place])
        total += beyond if use_linear else beyond * beyond
    return total * regularization_coefficient


case(
    "SVMOutput",
    same,
    S(X(3, 4), Whole(3, high=4)),
    S(X(3, 4), Whole(3, high=4), margin=0.5, regularization_coefficient=2.0, use_linear=True),
    kind="exact",
    loss=margins,
    wrt=(0,),
    follows=("label",),
)


def made(x, grad_scale=1.0, valid_thresh=0.0, normalization="null"):
    return x.sum() * grad_scale / {"null": 1, "batch": len(x), "valid": max((x > valid_thresh).sum(), 1)}[normalization]


case(
    "MakeLoss",
    same,
    S(X(3, 2)),
    S(X(3, 2), grad_scale=2.0, normalization="batch"),
    S(X(3, 2), normalization="valid", valid_thresh=0.5),
    kind="exact",
    loss=made,
)
case("make_loss", same, S(X(3, 2)), kind="exact", loss=made)
case("BlockGrad", same, S(X(3, 2)), kind="exact", loss=lambda x: 0.0)


# --- Losses of Gluon -------------------------------------------------------------------------------------------------


def entropy(p, label, tiny=0.0):
    return -(label * np.log(p + tiny) + (1 - label) * np.log(1 - p + tiny))


def huber(x, label, rho=1.0):
    d = abs(x - label)
    return np.where(d > rho, d - rho / 2, d * d / (2 * rho))


PROBABLE = X(3, 4, low=0.1, high=0.9)
case("_logistic_loss", lambda x, label: entropy(sigmoid(x), label), S(X(3, 4), PROBABLE))
case("_binary_entropy", lambda p, label: entropy(p, label, 1e-12), S(PROBABLE, X(3, 4, low=0.2, high=0.8)))
case("_huber", huber, S(X(3, 4), X(3, 4)), S(X(3, 4), X(3, 4), rho=0.5))
