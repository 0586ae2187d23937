"""Random symbols: each run of an executor draws anew.

Parameters of a distribution are either numbers, for numbers of one distribution, or symbols, for one distribution per
element.
"""

from __future__ import annotations

from typing import Any

from ..base import _Null
from ..ops import get
from . import functions
from .compose import apply
from .symbol import Symbol

__all__ = [
    "exponential",
    "exponential_like",
    "gamma",
    "gamma_like",
    "generalized_negative_binomial",
    "generalized_negative_binomial_like",
    "multinomial",
    "negative_binomial",
    "negative_binomial_like",
    "normal",
    "normal_like",
    "poisson",
    "poisson_like",
    "randint",
    "randn",
    "shuffle",
    "uniform",
    "uniform_like",
]


def _call(operator: str, inputs: list[Any], params: dict[str, Any], options: dict[str, Any]) -> Symbol:
    options = dict(options)
    name, attr = options.pop("name", None), options.pop("attr", None)
    return apply(get(operator), operator, inputs, {**params, **options}, name, attr)


def _draw(distribution: str, params: dict[str, Any], shape: Any, dtype: Any, options: dict[str, Any]) -> Symbol:
    values = list(params.values())
    symbols = sum(isinstance(value, Symbol) for value in values)
    rest = {"shape": shape, "dtype": dtype}
    if symbols == len(values):
        return _call(f"_sample_{distribution}", values, rest, options)
    if symbols or not all(isinstance(value, (int, float)) or hasattr(value, "__float__") for value in values):
        got = ", ".join(f"{name} is {type(value).__name__}" for name, value in params.items())
        raise (AssertionError if symbols else ValueError)(
            f"{distribution}: Distribution parameters must be either all Symbol or all numbers, but {got}"
        )
    return _call(f"_random_{distribution}", [], {**params, **rest}, options)


def uniform(low: Any = 0, high: Any = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Uniformly distributed between two bounds.

    Parameters
    ----------
    low, high : float or Symbol
        The bounds; `high` is excluded.
    shape : int or tuple of int
        How many numbers; with symbols, how many per element.
    dtype : str or dtype
        A float type; float32 by default.
    **kwargs
        `name`, `attr`.

    Returns
    -------
    Symbol
    """
    return _draw("uniform", {"low": low, "high": high}, shape, dtype, kwargs)


def normal(loc: Any = 0, scale: Any = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Normally distributed.

    Parameters
    ----------
    loc, scale : float or Symbol
        Mean and standard deviation.
    shape : int or tuple of int
        How many numbers; with symbols, how many per element.
    dtype : str or dtype
        A float type; float32 by default.
    **kwargs
        `name`, `attr`.

    Returns
    -------
    Symbol
    """
    return _draw("normal", {"loc": loc, "scale": scale}, shape, dtype, kwargs)


def randn(*shape: int, **kwargs: Any) -> Symbol:
    """Normally distributed.

    Parameters
    ----------
    *shape : int
    **kwargs
        `loc`, `scale`, `dtype`, `name`, `attr`.

    Returns
    -------
    Symbol
    """
    loc, scale = kwargs.pop("loc", 0), kwargs.pop("scale", 1)
    return normal(loc, scale, shape, kwargs.pop("dtype", _Null), **kwargs)


def poisson(lam: Any = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Poisson distributed.

    Parameters
    ----------
    lam : float or Symbol
        The mean.
    shape : int or tuple of int
        How many numbers; with symbols, how many per element.
    dtype : str or dtype
        A float type; float32 by default.
    **kwargs
        `name`, `attr`.

    Returns
    -------
    Symbol
    """
    return _draw("poisson", {"lam": lam}, shape, dtype, kwargs)


def exponential(scale: Any = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Exponentially distributed.

    Parameters
    ----------
    scale : float or Symbol
        The mean.
    shape : int or tuple of int
        How many numbers; with symbols, how many per element.
    dtype : str or dtype
        A float type; float32 by default.
    **kwargs
        `name`, `attr`.

    Returns
    -------
    Symbol
    """
    return _draw("exponential", {"lam": 1.0 / scale}, shape, dtype, kwargs)


def gamma(alpha: Any = 1, beta: Any = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Gamma distributed.

    Parameters
    ----------
    alpha, beta : float or Symbol
        Shape and scale.
    shape : int or tuple of int
        How many numbers; with symbols, how many per element.
    dtype : str or dtype
        A float type; float32 by default.
    **kwargs
        `name`, `attr`.

    Returns
    -------
    Symbol
    """
    return _draw("gamma", {"alpha": alpha, "beta": beta}, shape, dtype, kwargs)


def negative_binomial(k: Any = 1, p: Any = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Distributed as the number of successes before `k` failures.

    Parameters
    ----------
    k, p : number or Symbol
        The number of failures, and the probability of one.
    shape : int or tuple of int
        How many numbers; with symbols, how many per element.
    dtype : str or dtype
        A float type; float32 by default.
    **kwargs
        `name`, `attr`.

    Returns
    -------
    Symbol
    """
    return _draw("negative_binomial", {"k": k, "p": p}, shape, dtype, kwargs)


def generalized_negative_binomial(
    mu: Any = 1, alpha: Any = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any
) -> Symbol:
    """Negative binomial, with a mean and a dispersion.

    Parameters
    ----------
    mu, alpha : float or Symbol
        Mean and dispersion.
    shape : int or tuple of int
        How many numbers; with symbols, how many per element.
    dtype : str or dtype
        A float type; float32 by default.
    **kwargs
        `name`, `attr`.

    Returns
    -------
    Symbol
    """
    return _draw("generalized_negative_binomial", {"mu": mu, "alpha": alpha}, shape, dtype, kwargs)


def randint(low: int, high: int, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Uniformly distributed integers.

    Parameters
    ----------
    low, high : int
        The bounds; `high` is excluded.
    shape : int or tuple of int
    dtype : {"int32", "int64"}
    **kwargs
        `name`, `attr`.

    Returns
    -------
    Symbol
    """
    if isinstance(low, Symbol) or isinstance(high, Symbol):
        raise ValueError("randint: low and high must be numbers, got a Symbol")
    return _call("_random_randint", [], {"low": low, "high": high, "shape": shape, "dtype": dtype}, kwargs)


def multinomial(data: Symbol, shape: Any = _Null, get_prob: bool = True, dtype: Any = "int32", **kwargs: Any) -> Symbol:
    """Indices drawn with given probabilities.

    Parameters
    ----------
    data : Symbol, shape (K,) or (N, K)
        Probabilities, which sum to 1 along the last axis.
    shape : int or tuple of int
        How many for each row.
    get_prob : bool
        Whether the logarithms of the drawn probabilities are a second output.
    dtype : str or dtype
    **kwargs
        `name`, `attr`.

    Returns
    -------
    Symbol
    """
    return _call("_sample_multinomial", [data], {"shape": shape, "get_prob": get_prob, "dtype": dtype}, kwargs)


def shuffle(data: Symbol, **kwargs: Any) -> Symbol:
    """The rows in random order.

    Parameters
    ----------
    data : Symbol
    **kwargs
        `name`, `attr`.

    Returns
    -------
    Symbol
    """
    return _call("_shuffle", [data], {}, kwargs)


exponential_like = functions.function("random", "exponential_like")
gamma_like = functions.function("random", "gamma_like")
generalized_negative_binomial_like = functions.function("random", "generalized_negative_binomial_like")
negative_binomial_like = functions.function("random", "negative_binomial_like")
normal_like = functions.function("random", "normal_like")
poisson_like = functions.function("random", "poisson_like")
uniform_like = functions.function("random", "uniform_like")
