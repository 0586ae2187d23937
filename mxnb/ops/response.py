"""Vectors of unit length, and local response normalization."""

from __future__ import annotations

import math
from typing import Any

from ..base import DTypeError, ParamError
from ..kernels import response as kernels
from .operator import Operator, register, registry, show
from .params import Enum, Float, Input, Int


@register("L2Normalization")
class L2Normalization(Operator):
    """Divide vectors by their length.

    Parameters
    ----------
    data : NDArray, shape (N, C, ...), float
    eps : float
        Added to the squared length.
    mode : {'instance', 'channel', 'spatial'}
        What is a vector: all numbers of a sample, the channels at one position, the positions of one channel.

    Returns
    -------
    NDArray, data's shape
        ``data / sqrt(sum(data**2) + eps)``.

    Gradient
    --------
    ``(dout - out * sum(dout * out)) / sqrt(sum(data**2) + eps)``.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.L2Normalization(mx.nd.array([[3, 4]]))
    <BLANKLINE>
    [[0.6 0.8]]
    <NDArray 1x2 @cpu(0)>
    """

    data = Input()
    eps = Float(1.00000001e-10)
    mode = Enum("channel", "instance", "spatial", default="instance")

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if ins[0] is not None and ins[0].kind != "f":
            raise self.error(f"data has dtype {ins[0]}, need float16, float32 or float64", DTypeError)
        return super().infer_dtype(ins, outs)

    def _axes(self, ndim: int) -> tuple[int, ...]:
        first = {"instance": (1, ndim), "channel": (1, 2), "spatial": (2, ndim)}[self.mode]
        return tuple(range(*first))

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape = in_specs[0][0]
        least = 2 if self.mode == "instance" else 3
        if len(shape) < least:
            raise self.error(f"data has shape {show(shape)}, mode={self.mode!r} needs at least {least} dimensions")
        axes = self._axes(len(shape))
        lines = math.prod(shape[: axes[0]]), math.prod(shape[a] for a in axes), math.prod(shape[axes[-1] + 1 :])
        return kernels.unit_length(env.ctx.on_cpu, in_specs[0][1], lines, self.eps)

    def gradient(self, dout: Any, data: Any, out: Any) -> Any:
        total = registry["sum"].of(axis=self._axes(len(data.shape)), keepdims=True)
        times, minus, over = (registry[f"broadcast_{name}"].of() for name in ("mul", "sub", "div"))
        length = registry["sqrt"].of()(total(data * data) + self.eps)
        return over(minus(dout, times(out, total(dout * out))), length)


@register("LRN")
class LRN(Operator):
    """Divide each number by a power of the energy of the neighbouring channels.

    Parameters
    ----------
    data : NDArray, shape (N, C, ...), float
    alpha, beta, knorm : float
        See the formula.
    nsize : int
        How many channels count as neighbours, the middle one included; for an even number one less.

    Returns
    -------
    NDArray, data's shape
        ``data * (knorm + alpha / nsize * sum(data**2 over the neighbours))**-beta``.

    Gradient
    --------
    ``dout * s**-beta - 2 * alpha * beta / nsize * data * sum(dout * out / s over the neighbours)``, s the base of the
    power.

    Source
    ------
    Krizhevsky, Sutskever and Hinton, ImageNet Classification with Deep Convolutional Neural Networks, 2012.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.LRN(mx.nd.ones((1, 3, 1)), nsize=1, alpha=2, beta=1).asnumpy().ravel()
    array([0.25, 0.25, 0.25], dtype=float32)
    """

    data = Input()
    alpha = Float(9.99999975e-05)
    beta = Float(0.75)
    knorm = Float(2.0)
    nsize = Int()
    outputs = ("output", "norm")
    hidden = 1

    def check(self) -> None:
        if self.nsize < 1:
            raise self.error(f"parameter nsize={self.nsize}: need a positive number", ParamError)

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if ins[0] is not None and ins[0].kind != "f":
            raise self.error(f"data has dtype {ins[0]}, need float16, float32 or float64", DTypeError)
        return super().infer_dtype(ins, outs)

    def _lines(self, shape: tuple[int, ...]) -> tuple[int, int, int]:
        if len(shape) < 2:
            raise self.error(f"data has shape {show(shape)}, need at least 2 dimensions")
        return shape[0], shape[1], math.prod(shape[2:])

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return kernels.local_response(env.ctx.on_cpu, *self._kernel(in_specs[0]))

    def prepare_backward(self, env: Any, ddata: Any, dout: Any, data: Any, out: Any, norm: Any) -> Any:
        return kernels.local_response_backward(env.ctx.on_cpu, *self._kernel(data))

    def _kernel(self, data: Any) -> tuple[Any, ...]:
        """What the kernels ask for, for data of a spec."""
        shape, dtype = data
        return dtype, self._lines(shape), (self.nsize - 1) // 2, self.alpha / self.nsize, self.beta, self.knorm

    def composed(self, env: Any, data: Any) -> Any:
        half = (self.nsize - 1) // 2
        near = registry["Pooling"].of(kernel=(2 * half + 1,), pad=(half,), pool_type="sum", layout="NWC")
        reshape = registry["_reshape_to"]
        energy = near(reshape.of(shape=self._lines(data.shape))(data * data))
        base = reshape.of(shape=data.shape)(energy) * (self.alpha / self.nsize) + self.knorm
        return data * base**-self.beta
