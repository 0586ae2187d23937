"""Convolution and its gradients.

`naive.py` is the definition, `plan.py`, `tiles.py` and `weights.py` the CPU's, with `depthwise.py` where every channel
has windows of its own, `winograd.py` and `winograd_weights.py` for 3 x 3 with many channels, `scattered.py` for data
gradients of windows longer than what they give, `cuda.py` CUDA's.  Each function here prepares one of them for a
`Geometry`, and gives a function of raw arrays.

An element-wise function may follow: `activation` is the `kernels.elementwise.Elementwise` of a function of one number,
such as that of operator relu, and `scalars` its numbers, such as the slope of a leaky rectifier.  On the CPU it is
applied to the tiles of results in registers, before they are written, and costs no pass over memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..device import work_copy
from ..matmul import matmul
from . import cuda, depthwise, naive, plan, scattered, weights, winograd, winograd_weights
from .geometry import Geometry

FEW = 512  # pixels of an image whose gradient of 1 x 1 weights is one product

__all__ = ["Geometry", "bind_data_gradient", "bind_forward", "bind_weight_gradient", "naive"]


def bind_forward(
    geometry: Geometry, dtype: np.dtype, on_cpu: bool, activation: Any = None, scalars: Any = ()
) -> Callable[..., None]:
    """A function (y, x, w, bias=None) that computes y = activation(convolution of x with w, plus bias)."""
    if not geometry.multiplications:
        return _nothing_to_add
    if on_cpu and activation is None and _is_product(geometry):
        return lambda y, x, w, bias=None: matmul(*_matrices(y, x, w), transpose_b=True, bias=bias)
    if on_cpu and depthwise.suits(geometry, "forward"):
        return depthwise.bind(geometry, dtype, False, activation, scalars)
    if on_cpu:
        direct = plan.cheapest(geometry, dtype).bind(dtype, activation, scalars)
        if winograd.suits(geometry, False):
            return winograd.Winograd(geometry, dtype, False, activation, scalars, direct)
        return direct
    return _then(cuda.bind_windows(geometry, False), activation, scalars)


def bind_data_gradient(
    geometry: Geometry, dtype: np.dtype, on_cpu: bool, activation: Any = None, scalars: Any = ()
) -> Callable[..., None]:
    """A function (dx, dy, w, bias=None): dx = activation(transposed convolution of dy with w, plus bias)."""
    if not geometry.multiplications:
        return _nothing_to_add
    if on_cpu and activation is None and _is_product(geometry):
        places = math.prod(geometry.kernel)
        return lambda dx, dy, w, bias=None: matmul(
            *_matrices(dx, dy, w), bias=None if bias is None else np.repeat(bias, places)
        )
    if on_cpu and depthwise.suits(geometry, "data_gradient"):
        return depthwise.bind(geometry, dtype, True, activation, scalars)
    if on_cpu:
        tiled = plan.data_gradient(geometry)
        if activation is None and scattered.suits(geometry, tiled):
            return scattered.bind(geometry, dtype)
        direct = plan.in_columns(tiled, geometry, True, dtype).bind(dtype, activation, scalars)
        if winograd.suits(geometry, True):
            return winograd.Winograd(geometry, dtype, True, activation, scalars, direct)
        return direct
    return _then(cuda.bind_windows(geometry, True), activation, scalars)


def bind_weight_gradient(geometry: Geometry, dtype: np.dtype, on_cpu: bool) -> Callable[..., None]:
    """A function (dw, x, dy) that computes the gradient of the weights."""
    if not geometry.multiplications:
        return _nothing_to_add
    if on_cpu and _is_product(geometry):
        return lambda dw, x, dy: matmul(*_matrices(dw, dy, x), transpose_a=True)
    if on_cpu and _is_one_product(geometry):
        rows = lambda x: x.reshape(-1, geometry.pixels)
        return lambda dw, x, dy: matmul(dw.reshape(dw.shape[:2]), rows(dy), rows(x), transpose_b=True)
    if on_cpu and depthwise.suits(geometry, "weight_gradient"):
        return depthwise.bind_weights(geometry, dtype)
    if on_cpu and winograd_weights.suits(geometry):
        return winograd_weights.bind(geometry, dtype)
    return weights.bind(geometry, dtype) if on_cpu else cuda.bind_weights(geometry)


def _is_product(g: Geometry) -> bool:
    """Whether every image is one window, so that all of them together are one product of matrices."""
    return g.pixels == 1 and g.size == g.kernel and g.groups == 1 and not any(g.pad)


def _is_one_product(g: Geometry) -> bool:
    """Whether there is one image of few pixels, each of which is a window: then dw = dy x'."""
    window = *g.kernel, *g.stride, g.groups, g.batch
    return window == (1,) * len(window) and g.size == g.out and g.pixels <= FEW


def _matrices(*arrays: np.ndarray) -> list[np.ndarray]:
    """Arrays with a row for each image or filter."""
    return [array.reshape(len(array), -1) for array in arrays]


def _nothing_to_add(result: Any, *inputs: Any) -> None:
    """Without images there are no results but gradients of weights, which are zero."""
    if result.size:
        result[:] = 0


def _then(convolve: Callable[..., None], activation: Any, scalars: Any) -> Callable[..., None]:
    """`convolve`, and then the activation in place: on CUDA it is a kernel of its own."""
    if activation is None:
        return convolve
    follow, numbers = activation.flat(False), np.array(scalars, np.float64)

    def run(y: Any, *inputs: Any) -> None:
        convolve(y, *inputs)
        follow(y.size, y, y, work_copy(y, numbers))

    return run
