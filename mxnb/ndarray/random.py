"""Random arrays: `mx.nd.random`, also `mx.random`.

Parameters of a distribution are all numbers, for one array of the given shape, or all NDArrays of one shape, each
number of which gives results of the given shape.  `mx.random.seed` starts the sequence anew.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import MXNetError, _Null
from ..context import Context, current_context
from ..ops import get
from ..ops.plan import INSTANCES
from .ndarray import NDArray, invoke, prepared

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

_known: dict[Any, Any] = {}  # plans of calls with numbers only


def _draw(
    name: str, parameters: dict[str, Any], shape: Any, dtype: Any, ctx: Any, out: NDArray | None, more: dict[str, Any]
) -> Any:
    """Apply `_random_<name>`, or `_sample_<name>` where the parameters are arrays."""
    again = None  # what the plan is known by
    if out is None and not more and NDArray not in map(type, parameters.values()):
        again = (name, *parameters.values(), shape, dtype, ctx or current_context())
        try:
            plan = _known[again]
        except KeyError:
            pass
        except TypeError:  # a list among them
            again = None
        else:
            call = plan.call
            return call()
    more.pop("name", None)
    if shape is not _Null and shape is not None:
        more["shape"] = shape
    if dtype is not _Null and dtype is not None:
        more["dtype"] = np.dtype(dtype).name
    arrays = [isinstance(value, NDArray) for value in parameters.values()]
    if all(arrays):
        return invoke(get(f"_sample_{name}").of(**more), list(parameters.values()), out)
    if any(arrays):
        kinds = ", ".join(f"{n} is {type(v).__name__}" for n, v in parameters.items())
        raise MXNetError(f"random.{name}: {kinds}; need all numbers or all NDArrays")
    more.setdefault("shape", (1,) if out is None else out.shape)
    if out is not None:
        more.setdefault("dtype", out._data.dtype.name)
    op = get(f"_random_{name}").of(**parameters, **more)
    drawn = invoke(op, (), out, Context(ctx) if ctx is not None else None)
    if again is not None:
        if len(_known) >= INSTANCES:
            _known.clear()
        _known[again] = prepared(op.bind(drawn._ctx, False, ()))
    return drawn


def uniform(
    low: Any = 0, high: Any = 1, shape: Any = _Null, dtype: Any = _Null, ctx: Context | None = None,
    out: NDArray | None = None, **kwargs: Any,
) -> NDArray:  # fmt: skip
    """Numbers evenly spread over [low, high).

    Parameters
    ----------
    low, high : float or NDArray
        The least number, and what results stay below.
    shape : int or tuple of ints
        Of the result, (1,) by default; with arrays as parameters it is appended to theirs, nothing by default.
    dtype : dtype
        float16, float32 or float64; float32 by default, with arrays theirs.
    ctx : Context
        Where the result is made; the current one by default.
    out : NDArray
        To be filled instead of a new one.

    Returns
    -------
    NDArray

    Raises
    ------
    MXNetError
        If high is below low, or just one of them is an NDArray.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.random.uniform(0, 1, shape=(2, 3)).shape
    (2, 3)
    >>> mx.nd.random.uniform(mx.nd.array([0, 10]), mx.nd.array([1, 20]), shape=4).shape
    (2, 4)
    """
    return _draw("uniform", {"low": low, "high": high}, shape, dtype, ctx, out, kwargs)


def normal(
    loc: Any = 0, scale: Any = 1, shape: Any = _Null, dtype: Any = _Null, ctx: Context | None = None,
    out: NDArray | None = None, **kwargs: Any,
) -> NDArray:  # fmt: skip
    """Numbers of a normal distribution.

    Parameters
    ----------
    loc, scale : float or NDArray
        Mean and standard deviation.
    shape, dtype, ctx, out :
        As in `uniform`.

    Returns
    -------
    NDArray

    Raises
    ------
    MXNetError
        If scale is negative, or just one of loc and scale is an NDArray.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.random.normal(0, 1, shape=(2, 3)).shape
    (2, 3)
    """
    return _draw("normal", {"loc": loc, "scale": scale}, shape, dtype, ctx, out, kwargs)


def randn(*shape: int, **kwargs: Any) -> NDArray:
    """Numbers of a normal distribution, the shape given as separate ints.

    Parameters
    ----------
    *shape : int
        Of the result.
    **kwargs
        loc, scale, dtype, ctx, out as in `normal`.

    Returns
    -------
    NDArray

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.random.randn(2, 3).shape
    (2, 3)
    """
    return normal(kwargs.pop("loc", 0), kwargs.pop("scale", 1), shape=shape or _Null, **kwargs)


def exponential(
    scale: Any = 1, shape: Any = _Null, dtype: Any = _Null, ctx: Context | None = None,
    out: NDArray | None = None, **kwargs: Any,
) -> NDArray:  # fmt: skip
    """Numbers of an exponential distribution.

    Parameters
    ----------
    scale : float or NDArray
        The mean.
    shape, dtype, ctx, out :
        As in `uniform`.

    Returns
    -------
    NDArray

    Raises
    ------
    MXNetError
        If scale is not positive.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.random.exponential(2, shape=3).shape
    (3,)
    """
    if not isinstance(scale, NDArray) and not scale > 0:
        raise MXNetError(f"random.exponential: scale is {scale!r}, need a positive number")
    return _draw("exponential", {"lam": 1.0 / scale}, shape, dtype, ctx, out, kwargs)


def gamma(
    alpha: Any = 1, beta: Any = 1, shape: Any = _Null, dtype: Any = _Null, ctx: Context | None = None,
    out: NDArray | None = None, **kwargs: Any,
) -> NDArray:  # fmt: skip
    """Numbers of a gamma distribution.

    Parameters
    ----------
    alpha, beta : float or NDArray
        Shape and scale; the mean is their product.
    shape, dtype, ctx, out :
        As in `uniform`.

    Returns
    -------
    NDArray

    Raises
    ------
    MXNetError
        If a parameter is not positive.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.random.gamma(9, 0.5, shape=3).shape
    (3,)
    """
    return _draw("gamma", {"alpha": alpha, "beta": beta}, shape, dtype, ctx, out, kwargs)


def poisson(
    lam: Any = 1, shape: Any = _Null, dtype: Any = _Null, ctx: Context | None = None,
    out: NDArray | None = None, **kwargs: Any,
) -> NDArray:  # fmt: skip
    """Counts of a Poisson distribution, as floats.

    Parameters
    ----------
    lam : float or NDArray
        The mean.
    shape, dtype, ctx, out :
        As in `uniform`.

    Returns
    -------
    NDArray

    Raises
    ------
    MXNetError
        If lam is negative.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.random.poisson(4, shape=3).shape
    (3,)
    """
    return _draw("poisson", {"lam": lam}, shape, dtype, ctx, out, kwargs)


def negative_binomial(
    k: Any = 1, p: Any = 1, shape: Any = _Null, dtype: Any = _Null, ctx: Context | None = None,
    out: NDArray | None = None, **kwargs: Any,
) -> NDArray:  # fmt: skip
    """Numbers of failures before k successes, as floats.

    Parameters
    ----------
    k : int or NDArray
        Successes.
    p : float or NDArray
        Probability of success.
    shape, dtype, ctx, out :
        As in `uniform`.

    Returns
    -------
    NDArray

    Raises
    ------
    MXNetError
        If k is negative or p is no probability above 0.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.random.negative_binomial(10, 0.5, shape=3).shape
    (3,)
    """
    return _draw("negative_binomial", {"k": k, "p": p}, shape, dtype, ctx, out, kwargs)


def generalized_negative_binomial(
    mu: Any = 1, alpha: Any = 1, shape: Any = _Null, dtype: Any = _Null, ctx: Context | None = None,
    out: NDArray | None = None, **kwargs: Any,
) -> NDArray:  # fmt: skip
    """Counts of a Poisson distribution with a gamma distributed rate, as floats.

    Parameters
    ----------
    mu : float or NDArray
        The mean.
    alpha : float or NDArray
        Dispersion: the variance is ``mu + alpha * mu**2``.
    shape, dtype, ctx, out :
        As in `uniform`.

    Returns
    -------
    NDArray

    Raises
    ------
    MXNetError
        If a parameter is negative.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.random.generalized_negative_binomial(10, 0.5, shape=3).shape
    (3,)
    """
    return _draw("generalized_negative_binomial", {"mu": mu, "alpha": alpha}, shape, dtype, ctx, out, kwargs)


def randint(
    low: int, high: int, shape: Any = _Null, dtype: Any = _Null, ctx: Context | None = None,
    out: NDArray | None = None, **kwargs: Any,
) -> NDArray:  # fmt: skip
    """Whole numbers evenly spread over low … high - 1.

    Parameters
    ----------
    low, high : int
        The least number, and what results stay below.
    shape : int or tuple of ints
        Of the result, (1,) by default.
    dtype : dtype
        int32 or int64; int32 by default.
    ctx, out :
        As in `uniform`.

    Returns
    -------
    NDArray

    Raises
    ------
    MXNetError
        If high is not above low, or one of them is no whole number.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.random.randint(5, 6, shape=2)
    <BLANKLINE>
    [5 5]
    <NDArray 2 @cpu(0)>
    """
    for name, value in (("low", low), ("high", high)):
        if isinstance(value, NDArray):
            raise MXNetError(f"random.randint: {name} is an NDArray, need a number")
    return _draw("randint", {"low": low, "high": high}, shape, dtype, ctx, out, kwargs)


def multinomial(
    data: NDArray, shape: Any = _Null, get_prob: bool = False, out: Any = None, dtype: Any = "int32", **kwargs: Any
) -> Any:
    """Draw classes with given probabilities.

    Parameters
    ----------
    data : NDArray, shape (..., K)
        Probabilities of the K classes, which sum to 1.
    shape : int or tuple of ints
        How many classes each row of data has; appended to data's other dimensions, nothing by default.
    get_prob : bool
        Also return the logarithms of the probabilities of the classes drawn; gradients flow through them.
    out : NDArray, or list of two
        To be filled instead of new ones.
    dtype : dtype
        Of the classes.

    Returns
    -------
    NDArray, or list of two NDArrays with `get_prob`

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.random.multinomial(mx.nd.array([0, 1]), shape=3)
    <BLANKLINE>
    [1 1 1]
    <NDArray 3 @cpu(0)>
    """
    kwargs.pop("name", None)
    if shape is not _Null and shape is not None:
        kwargs["shape"] = shape
    op = get("_sample_multinomial").of(get_prob=get_prob, dtype=np.dtype(dtype).name, **kwargs)
    return invoke(op, [data], out)


def shuffle(data: NDArray, **kwargs: Any) -> NDArray:
    """The rows of an array in random order.

    Parameters
    ----------
    data : NDArray
        Shuffled along its first axis.
    **kwargs
        out : NDArray to be filled instead of a new one.

    Returns
    -------
    NDArray, data's shape

    Examples
    --------
    >>> import mxnb as mx
    >>> sorted(mx.nd.random.shuffle(mx.nd.arange(3)).asnumpy().tolist())
    [0.0, 1.0, 2.0]
    """
    return invoke(get("_shuffle").of(), [data], kwargs.get("out"))


def _like(name: str) -> Any:
    """The function `<name>_like`."""
    operator = f"_random_{name}_like"

    def call(data: NDArray, *args: Any, out: NDArray | None = None, **kwargs: Any) -> NDArray:
        kwargs.pop("name", None)
        cls = get(operator)
        return invoke(cls.of(**dict(zip(cls.params, args)), **kwargs), [data], out)

    call.__name__ = call.__qualname__ = f"{name}_like"
    call.__doc__ = f"""`{name}` with the shape, dtype and context of an array.

    Parameters
    ----------
    data : NDArray
        Gives shape, dtype and context.
    *args, **kwargs
        The distribution's parameters, numbers, as the operator `{operator}` has them.
    out : NDArray
        To be filled instead of a new one.

    Returns
    -------
    NDArray, data's shape
    """
    return call


uniform_like, normal_like, exponential_like = _like("uniform"), _like("normal"), _like("exponential")
gamma_like, poisson_like, negative_binomial_like = _like("gamma"), _like("poisson"), _like("negative_binomial")
generalized_negative_binomial_like = _like("generalized_negative_binomial")
