"""Activation functions."""

import math

import numpy as np

from .table import S, X, case

ERF = np.vectorize(math.erf, otypes=[float])
SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772

ACTIVATIONS = {
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softrelu": lambda x: np.log(1 + np.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "tanh": np.tanh,
}


def gelu(x):
    return x * 0.5 * (1 + ERF(x / math.sqrt(2)))


def leaky(x, gamma=None, act_type="leaky", slope=0.25, lower_bound=0.125, upper_bound=0.334):
    if gamma is not None:
        slope = gamma.reshape(1, -1, *[1] * (x.ndim - 2))
    negative = {
        "leaky": lambda: slope * x,
        "prelu": lambda: slope * x,
        "elu": lambda: slope * (np.exp(x) - 1),
        "selu": lambda: SCALE * ALPHA * (np.exp(x) - 1),
        "gelu": lambda: gelu(x),
        "rrelu": lambda: (lower_bound + upper_bound) / 2 * x,
    }[act_type]()
    positive = {"selu": SCALE * x, "gelu": gelu(x)}.get(act_type, x)
    y = np.where(x > 0, positive, negative)
    return (y, np.zeros_like(x)) if act_type == "rrelu" else y


case("Activation", lambda x, act_type: ACTIVATIONS[act_type](x), *(S(X(2, 5), act_type=t) for t in ACTIVATIONS))
case(
    "LeakyReLU",
    leaky,
    S(X(2, 5)),
    S(X(2, 5), slope=0.125),
    S(X(2, 5), act_type="elu", slope=0.5),
    S(X(2, 5), act_type="selu"),
    S(X(2, 5), act_type="gelu"),
    S(X(2, 3, 4), X(3, low=0.1, high=0.5), act_type="prelu").but(follows=("gamma",)),
    S(X(2, 3), X(1, low=0.1, high=0.5), act_type="prelu").but(free=("data", "gamma")),
    S(X(2, 5), act_type="rrelu", lower_bound=0.125, upper_bound=0.375).but(heads=(0,)),
)
case("_leaky_relu", lambda x, slope: leaky(x, slope=slope), S(X(2, 5), slope=0.5))
case("_elu", lambda x, slope: leaky(x, act_type="elu", slope=slope), S(X(2, 5), slope=0.5))
case("_selu", lambda x: leaky(x, act_type="selu"), S(X(2, 5)))
case("_normcdf", lambda x: 0.5 * (1 + ERF(x / math.sqrt(2))), S(X(2, 5)))
case("_normpdf", lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi), S(X(2, 5)))
case("_gelu", gelu, S(X(2, 5)))
case("_swish", lambda x, beta=1.0: x / (1 + np.exp(-beta * x)), S(X(2, 5)), S(X(2, 5), beta=0.5))
case("_softrelu", ACTIVATIONS["softrelu"], S(X(2, 5)))
case(
    "_prelu",
    lambda x, gamma: np.where(x > 0, x, gamma * x),
    S(X(2, 3), X(1, 3, low=0.1, high=0.5)),
    S(X(2, 3), X(2, 3)),
)


def factors(outs, inputs, act_type, lower_bound, upper_bound):
    """Random slopes in training."""
    (y, mask), (x,) = outs, inputs
    np.testing.assert_array_equal(y, x * mask)
    np.testing.assert_array_equal(mask[x > 0], 1)
    slopes = mask[x <= 0]
    assert (slopes >= lower_bound).all()
    assert (slopes <= upper_bound).all()
    assert abs(slopes.mean() - (lower_bound + upper_bound) / 2) < 0.03


case(
    "LeakyReLU",
    factors,
    S(X(20, 50), act_type="rrelu", lower_bound=0.25, upper_bound=0.75),
    train=True,
    random=True,
    dtypes=("float32", "float64"),
    heads=(0,),
)
