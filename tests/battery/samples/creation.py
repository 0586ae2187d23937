"""Operators without inputs, or of which only the shape and dtype of inputs matter."""

import math

import numpy as np

from .table import S, Whole, X, case

NONE = "it has no inputs"
TYPES = ("float32",)  # the parameter says which dtype


def naive_arange(start, stop=None, step=1.0, repeat=1, dtype=None):
    start, stop = (0, start) if stop is None else (start, stop)
    return [start + i * step for i in range(math.ceil((stop - start) / step)) for _ in range(repeat)]


def naive_linspace(start, stop, num, endpoint=True, dtype=None):
    return [start + i * (stop - start) / (num - 1 if endpoint else num) for i in range(num)]


def naive_eye(N, M=0, k=0, dtype=None):
    return [[float(j - i == k) for j in range(M or N)] for i in range(N)]


def each(*samples):
    """The samples with every dtype as parameter."""
    dtypes = ("float32", "float64", "float16", "int32")
    return [S(**params, dtype=dtype).but(result=dtype) for dtype in dtypes for params in samples]


case("_zeros", lambda shape, dtype: np.zeros(shape), *each({"shape": (2, 3)}), gradient=NONE, dtypes=TYPES)
case("_ones", lambda shape, dtype: np.ones(shape), *each({"shape": (2, 3)}), gradient=NONE, dtypes=TYPES)
case(
    "_full",
    lambda shape, value, dtype: np.full(shape, value),
    *each({"shape": (2, 3), "value": 3}),
    gradient=NONE,
    dtypes=TYPES,
)
case(
    "_arange",
    naive_arange,
    *each({"start": 5}, {"start": 2, "stop": 9, "step": 3, "repeat": 2}),
    S(start=1, stop=-1.0, step=-0.25).but(result="float32"),
    gradient=NONE,
    dtypes=TYPES,
)
case(
    "_linspace",
    naive_linspace,
    S(start=-1, stop=2, num=5).but(result="float32"),
    S(start=0, stop=2, num=4, endpoint=False, dtype="float64").but(result="float64"),
    gradient=NONE,
    dtypes=TYPES,
)
case(
    "_eye",
    naive_eye,
    *each({"N": 3}),
    S(N=2, M=4, k=1).but(result="float32"),
    S(N=4, M=3, k=-2).but(result="float32"),
    gradient=NONE,
    dtypes=TYPES,
)
case("zeros_like", np.zeros_like, S(X(2, 3)), dtypes=("float32", "float64", "float16", "int32"), kind="exact")
case("ones_like", np.ones_like, S(X(2, 3)), dtypes=("float32", "float64", "float16", "int32"), kind="exact")
FACTS = {"gradient": "the numbers do not matter", "result": "int64"}
case("shape_array", lambda x: np.array(x.shape), S(X(2, 3)), S(X(4)), **FACTS)
case("size_array", lambda x: np.array([x.size]), S(X(2, 3)), **FACTS)

# --- Conversion and choice -------------------------------------------------------------------------------------------

for target in ("float32", "float64", "float16", "int32", "int64", "int8", "uint8"):
    case(
        "Cast",
        lambda x, dtype: x if dtype.startswith("float") else np.trunc(x),
        S(X(2, 3, low=0, high=90), dtype=target).but(
            result=target,
            dtypes=("float32", "float64", "float16", "int32"),
            gradient=target == "float64" or "whole numbers, or rounded, have none that can be measured",
        ),
    )


def naive_where(condition, x, y):
    if condition.ndim < x.ndim:
        condition = condition.reshape(-1, *[1] * (x.ndim - 1))
    return np.where(condition != 0, x, y)


case(
    "where",
    naive_where,
    S(Whole(2, 3, high=2), X(2, 3), X(2, 3)).but(wrt=(1, 2)),
    S(Whole(2, high=2), X(2, 3), X(2, 3)).but(wrt=(1, 2), free=("condition",)),
    S(Whole(2, 3, high=2, dtype="int32"), X(2, 3), X(2, 3)).but(dtypes=("float32", "float64")),
    kind="exact",
)
