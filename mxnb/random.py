"""The seed of random numbers, and the functions of `mx.nd.random`."""

from __future__ import annotations

import numbers
from typing import Any

from . import _random
from .base import MXNetError
from .context import Context
from .ndarray.random import (
    exponential,
    gamma,
    generalized_negative_binomial,
    multinomial,
    negative_binomial,
    normal,
    poisson,
    randint,
    randn,
    shuffle,
    uniform,
)

__all__ = [
    "exponential",
    "gamma",
    "generalized_negative_binomial",
    "multinomial",
    "negative_binomial",
    "normal",
    "poisson",
    "randint",
    "randn",
    "seed",
    "shuffle",
    "uniform",
]


def seed(seed_state: int, ctx: Any = "all") -> None:
    """Start the sequence of random numbers anew.

    The same seed gives the same sequence, on any number of threads; `numpy.random` has no part in it.  ``cpu(0)`` and
    ``gpu(0)`` have the same sequence, other device numbers have others.  Without a seed it is as after ``seed(0)``.

    Parameters
    ----------
    seed_state : int
        Any whole number.
    ctx : Context or 'all'
        Whose sequence.

    Raises
    ------
    ValueError
        If `seed_state` is no whole number.
    MXNetError
        If `ctx` is neither a Context nor 'all'.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.random.seed(7)
    >>> a = mx.nd.random.uniform(shape=3)
    >>> mx.random.seed(7)
    >>> (a == mx.nd.random.uniform(shape=3)).asnumpy()
    array([1., 1., 1.], dtype=float32)
    """
    if not isinstance(seed_state, numbers.Integral):
        raise ValueError(f"random.seed: seed_state is {seed_state!r}, need an int")
    if not isinstance(ctx, Context) and ctx != "all":
        raise MXNetError(f"random.seed: ctx is {ctx!r}, need a Context or 'all'")
    _random.seed(int(seed_state), ctx if isinstance(ctx, Context) else None)
