"""Reductions: sums, extremes, norms, and places of extremes."""

import numpy as np

from .table import NUMBERS, Given, S, X, case


def axes_of(x, axis, exclude=False):
    if axis is None or axis == ():
        return () if exclude and axis is None else tuple(range(x.ndim))
    chosen = {a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,))}
    return tuple(a for a in range(x.ndim) if (a in chosen) != exclude)


def reduced(function):
    """NumPy's function, with MXNet's shape (1,) for a number."""

    def naive(x, axis=None, keepdims=False, exclude=False):
        y = function(x, axis=axes_of(x, axis, exclude), keepdims=keepdims)
        return y if y.ndim else y.reshape(1)

    return naive


def norm1(x, axis, keepdims):
    return abs(x).sum(axis=axis, keepdims=keepdims)


def norm2(x, axis, keepdims):
    return np.sqrt((x * x).sum(axis=axis, keepdims=keepdims))


FUNCTIONS = {
    "sum": np.sum, "mean": np.mean, "prod": np.prod, "nansum": np.nansum, "nanprod": np.nanprod, "max": np.max,
    "min": np.min, "_norm1": norm1, "_norm2": norm2,
}  # fmt: skip
for name, function in FUNCTIONS.items():
    case(
        name,
        reduced(function),
        S(X(2, 3, 4)).but(dtypes=NUMBERS if name in ("sum", "max", "min") else ("float32", "float64", "float16")),
        S(X(2, 3, 4), axis=1),
        S(X(2, 3, 4), axis=(0, 2), keepdims=True),
        S(X(2, 3, 4), axis=-1, exclude=True),
        S(X(5), axis=0),
        kind="exact" if name in ("max", "min") else "long",
    )
case("nansum", reduced(np.nansum), S(Given([[1, np.nan, 2], [np.nan, 3, -4]]), axis=1).but(gradient="it is at NaN"))
case("nanprod", reduced(np.nanprod), S(Given([[1, np.nan, 2], [np.nan, 3, -4]]), axis=1).but(gradient="it is at NaN"))


def norm(x, ord=2, axis=None, keepdims=False, out_dtype=None):
    return reduced(norm1 if ord == 1 else norm2)(x, axis=axis, keepdims=keepdims)


case(
    "norm",
    norm,
    S(X(2, 3, 4)),
    S(X(2, 3, 4), ord=1, axis=1),
    S(X(2, 3, 4), axis=(1, 2), keepdims=True),
    S(X(2, 3), out_dtype="float64").but(result="float64", dtypes=("float32",)),
    kind="long",
)


def arg(function):
    def naive(x, axis=None, keepdims=False):
        y = function(x, axis=axis, keepdims=keepdims)
        return y if y.ndim else y.reshape(1)

    return naive


for name, function in (("argmax", np.argmax), ("argmin", np.argmin)):
    case(
        name,
        arg(function),
        S(X(3, 4)),
        S(X(3, 4), axis=1),
        S(X(2, 3, 4), axis=1, keepdims=True),
        S(Given([[1, 3, 3], [2, 2, 0]]), axis=1),
        gradient="places have none",
        kind="exact",
    )

case(
    "argmax_channel",
    lambda x: np.argmax(x, axis=1),
    S(X(3, 4)),
    S(X(2, 3, 4)),
    gradient="places have none",
    kind="exact",
)
