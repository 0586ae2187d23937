"""Normalization: of batches, layers, instances, groups, vectors and neighbouring channels."""

from __future__ import annotations

import math
from typing import Any

from ..base import DTypeError, ParamError
from ..kernels import device
from ..kernels import normalization as kernels
from .operator import FLOAT16, FLOAT32, Operator, register
from .params import Aux, Bool, Float, Input, Int


def _axis(op: Operator, axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise op.error(f"axis={axis} is out of range, data has {ndim} dimensions", ParamError)
    return axis % ndim


@register("BatchNorm")
class BatchNorm(Operator):
    """Bring each channel to zero mean and unit variance over the batch, then scale and shift it.

    Parameters
    ----------
    data : NDArray, shape (N, C, ...), float
    gamma, beta : NDArray, shape (C,)
        Scale and shift; float32 where data is float16.
    moving_mean, moving_var : NDArray, shape (C,), auxiliary
        Averages over the batches of training, used in prediction.  They change in the backward pass.
    eps : float
        Added to the variance.
    momentum : float
        How much of the moving averages stays: ``moving = moving * momentum + batch * (1 - momentum)``.
    fix_gamma : bool
        Keep gamma at 1: its values are overwritten and its gradient is zero.
    use_global_stats : bool
        Use the moving averages in training, too, and leave them as they are.
    output_mean_var : bool
        Also return the mean and ``1 / sqrt(var + eps)`` that were used.
    axis : int
        The axis of the channels.
    cudnn_off : bool
        Has no effect.
    min_calib_range, max_calib_range : float, optional
        Must be None: they belong to quantization.

    Returns
    -------
    NDArray, data's shape; with `output_mean_var` a list of it and two of shape (C,)
        ``(data - mean) / sqrt(var + eps) * gamma + beta``; var is the biased variance.

    Gradient
    --------
    With ``xhat = (data - mean) / sqrt(var + eps)``: dbeta is the sum of dout, dgamma that of ``dout * xhat``, ddata
    ``gamma / sqrt(var + eps) * (dout - mean(dout) - xhat * mean(dout * xhat))``, without the means where moving
    averages were used.  None flows through the mean and variance returned.

    Source
    ------
    Ioffe and Szegedy, Batch Normalization, 2015.

    Examples
    --------
    >>> import mxnb as mx
    >>> one, zero = mx.nd.ones(1), mx.nd.zeros(1)
    >>> with mx.autograd.train_mode():
    ...     mx.nd.BatchNorm(mx.nd.array([[1], [3]]), one, zero, zero, one, eps=1e-12)
    <BLANKLINE>
    [[-1.]
     [ 1.]]
    <NDArray 2x1 @cpu(0)>
    """

    data = Input()
    gamma = Input()
    beta = Input()
    moving_mean = Aux()
    moving_var = Aux()
    eps = Float(0.0010000000474974513)
    momentum = Float(0.899999976)
    fix_gamma = Bool(True)
    use_global_stats = Bool(False)
    output_mean_var = Bool(False)
    axis = Int(1)
    cudnn_off = Bool(False)
    min_calib_range = Float(None)
    max_calib_range = Float(None)

    outputs = ("output", "mean", "var")
    uses_mode = True

    def check(self) -> None:
        for name in ("min_calib_range", "max_calib_range"):
            if getattr(self, name) is not None:
                raise self.error(f"parameter {name}={getattr(self, name)}: quantization is not supported", ParamError)
        self.mutates = ("gamma",) * self.fix_gamma + ("moving_mean", "moving_var")  # type: ignore[misc]

    def num_visible(self) -> int:
        return 3 if self.output_mean_var else 1

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data = self._agree(ins[0], outs[0], "output")
        channels: Any = None
        if data is not None:
            channels = (data[_axis(self, self.axis, len(data))],)
        for name, shape in zip(self.inputs, [None, *ins[1:]]):
            channels = self._agree(channels, shape, name)
        for name, shape in zip(self.outputs, [None, *outs[1:]]):
            channels = self._agree(channels, shape, name)
        return [data, *[channels] * 4], [data, channels, channels]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data = ins[0] if ins[0] is not None else outs[0]
        if data is None:
            return ins, outs
        if data.kind != "f":
            raise self.error(f"data has dtype {data}, need float16, float32 or float64", DTypeError)
        rest = FLOAT32 if data == FLOAT16 else data
        return [data, *[rest] * 4], [data, rest, rest]

    def _shape(self, shape: tuple[int, ...]) -> tuple[int, int, int]:
        axis = self.axis % len(shape)
        return math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])

    def forward(
        self,
        env: Any,
        out: Any,
        mean: Any,
        var: Any,
        data: Any,
        gamma: Any,
        beta: Any,
        moving_mean: Any,
        moving_var: Any,
    ) -> None:
        given = self.use_global_stats or not env.training
        if self.fix_gamma:
            kernels.fill(gamma.size, gamma, 1.0)
        if given:
            device.copy(mean, moving_mean)
            kernels.inverse_deviation(var.size, var, moving_var, self.eps)
        kernels.batch_norm(out, mean, var, data, gamma, beta, self._shape(data.shape), self.eps, given)

    def backward(
        self, env: Any, ddata: Any, dgamma: Any, dbeta: Any,
        dout: Any, data: Any, gamma: Any, mean: Any, var: Any, moving_mean: Any, moving_var: Any,
    ) -> None:  # fmt: skip
        given = self.use_global_stats or not env.training
        scale = device.empty_like_target(data, gamma.shape, gamma.dtype) if dgamma is None else dgamma
        shift = device.empty_like_target(data, gamma.shape, gamma.dtype) if dbeta is None else dbeta
        kernels.batch_norm_backward(
            ddata, scale, shift, dout, data, gamma, mean, var, self._shape(data.shape), given
        )  # fmt: skip
        if self.fix_gamma and dgamma is not None:
            kernels.fill(dgamma.size, dgamma, 0.0)
        if not given:
            kernels.move(mean.size, moving_mean, moving_var, mean, var, self.momentum, self.eps)


@register("BatchNorm_v1")
class BatchNormV1(BatchNorm):
    __doc__ = (BatchNorm.__doc__ or "").replace("mx.nd.BatchNorm(", "mx.nd.BatchNorm_v1(")


for _name in ("axis", "cudnn_off", "min_calib_range", "max_calib_range"):
    del BatchNormV1.params[_name]  # the older operator has channels on axis 1 and none of these
