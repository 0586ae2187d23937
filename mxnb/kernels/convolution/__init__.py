"""Convolution and its gradients.

`naive.py` is the definition, `plan.py`, `tiles.py` and `weights.py` the CPU's, `cuda.py` CUDA's.  Each function here
prepares one of the three for a `Geometry`, and gives a function of raw arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import cuda, naive, plan, weights
from .geometry import Geometry

__all__ = ["Geometry", "bind_data_gradient", "bind_forward", "bind_weight_gradient", "naive"]


def bind_forward(geometry: Geometry, dtype: np.dtype, on_cpu: bool) -> Callable[..., None]:
    """A function (y, x, w, bias=None) that computes y = convolution of x with w, plus bias."""
    if not geometry.multiplications:
        return _nothing_to_add
    return plan.forward(geometry).bind(dtype) if on_cpu else cuda.bind_windows(geometry, False)


def bind_data_gradient(geometry: Geometry, dtype: np.dtype, on_cpu: bool) -> Callable[..., None]:
    """A function (dx, dy, w, bias=None) that computes dx = transposed convolution of dy with w, plus bias."""
    if not geometry.multiplications:
        return _nothing_to_add
    return plan.data_gradient(geometry).bind(dtype) if on_cpu else cuda.bind_windows(geometry, True)


def bind_weight_gradient(geometry: Geometry, dtype: np.dtype, on_cpu: bool) -> Callable[..., None]:
    """A function (dw, x, dy) that computes the gradient of the weights."""
    if not geometry.multiplications:
        return _nothing_to_add
    return weights.bind(geometry, dtype) if on_cpu else cuda.bind_weights(geometry)


def _nothing_to_add(result: Any, *inputs: Any) -> None:
    """Without images there are no results but gradients of weights, which are zero."""
    if result.size:
        result[:] = 0
