"""Binding a kernel to everything but its arrays, or to all but arrays and numbers, for plans that call it often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import cache, pool
from .kernel import Kernel


def bind(kernel: Kernel, dtypes: Sequence[Any], rest: tuple[Any, ...], items: int, grain: int) -> Callable[..., None]:
    """A function of the arrays alone.

    Parameters
    ----------
    kernel : flat split kernel, called with the arrays, `rest`, first and last.  Which items it does at once must not
        matter for its results.
    dtypes : of the arrays.
    rest : what follows the arrays.
    items : how much work there is.
    grain : the least work worth a part of its own.  It must follow from shapes only, so that results never depend on
        the number of threads.
    """
    return closed(kernel, [np.empty(0, d) for d in dtypes], rest, items, grain)


def closed(kernel: Kernel, args: Any, rest: tuple[Any, ...], items: int, grain: int) -> Callable[..., None]:
    """`bind` with arguments of the types of `args` instead of arrays alone."""
    variant = kernel.variant(*args, *rest, 0, 0)
    if items > grain:
        return lambda *args: run(variant, items, grain, *args, *rest)
    return cache.bound(variant, *rest, 0, items)


def run(variant: Any, items: int, grain: int, *args: Any) -> None:
    """In parts for several threads; in one piece for one, as beginning a part costs a third of a microsecond."""
    if pool.num_threads() > 1:
        pool.run(variant, items, grain, *args)
    else:
        variant(*args, 0, items)


def launcher(
    kernel: Kernel, on_cpu: bool, dtypes: Sequence[Any], scalars: int, items: int, grain: int
) -> Callable[..., None]:
    """A function of the arrays, then of plain numbers that differ from call to call.

    Parameters
    ----------
    kernel : flat foreach kernel, called with the arrays and the numbers.
    on_cpu : whether the arrays are in host memory.
    dtypes : of the arrays.
    scalars : how many numbers, all of them floats.
    items, grain : as in `bind`.
    """
    if not on_cpu:
        return lambda *args: kernel(items, *args)
    return closed(kernel, [*(np.empty(0, d) for d in dtypes), *[0.0] * scalars], (), items, grain)
