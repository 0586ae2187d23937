"""Convolution and its gradients.

`naive.py` is the definition.  Each function here prepares one of the three for a `Geometry`, and gives a function of
raw arrays of either target.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import device
from . import naive, plan, weights
from .geometry import Geometry

__all__ = ["Geometry", "bind_data_gradient", "bind_forward", "bind_weight_gradient"]


def _numbers(geometry: Geometry) -> Callable[[Any], Any]:
    """A function that gives the geometry's numbers where an array is."""
    here: dict[bool, Any] = {False: geometry.numbers}

    def find(target: Any) -> Any:
        on_device = device.is_device_array(target)
        if on_device not in here:
            here[on_device] = device.work_copy(target, geometry.numbers)
        return here[on_device]

    return find


def bind_forward(geometry: Geometry, dtype: np.dtype, on_cpu: bool) -> Callable[..., None]:
    """A function (y, x, w, bias=None) that computes y = convolution of x with w, plus bias."""
    if on_cpu and geometry.multiplications:
        return plan.forward(geometry).bind(dtype)
    numbers = _numbers(geometry)

    def run(y: Any, x: Any, w: Any, bias: Any = None) -> None:
        if y.size:
            naive.forward(y.size, y, x, w, y if bias is None else bias, int(bias is not None), numbers(y))

    return run


def bind_data_gradient(geometry: Geometry, dtype: np.dtype, on_cpu: bool) -> Callable[..., None]:
    """A function (dx, dy, w, bias=None) that computes dx = transposed convolution of dy with w, plus bias."""
    if on_cpu and geometry.multiplications:
        return plan.data_gradient(geometry).bind(dtype)
    numbers = _numbers(geometry)

    def run(dx: Any, dy: Any, w: Any, bias: Any = None) -> None:
        if dx.size:
            naive.data_gradient(dx.size, dx, dy, w, dx if bias is None else bias, int(bias is not None), numbers(dx))

    return run


def bind_weight_gradient(geometry: Geometry, dtype: np.dtype, on_cpu: bool) -> Callable[..., None]:
    """A function (dw, x, dy) that computes the gradient of the weights."""
    if on_cpu and geometry.multiplications:
        return weights.bind(geometry, dtype)
    numbers = _numbers(geometry)

    def run(dw: Any, x: Any, dy: Any) -> None:
        if dw.size:
            naive.weight_gradient(dw.size, dw, x, dy, numbers(dw))

    return run
