"""Normalization: of batches, layers, instances, groups, vectors and neighbouring channels."""

from __future__ import annotations

import inspect
import math
from functools import lru_cache
from typing import Any

from ..base import DTypeError, ParamError
from ..kernels import common, device
from ..kernels import normalization as kernels
from .operator import FLOAT16, FLOAT32, Operator, register, registry, show
from .params import Aux, Bool, Float, Input, Int, Shape


def _axis(op: Operator, axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise op.error(f"axis={axis} is out of range, data has {ndim} dimensions", ParamError)
    return axis % ndim


@lru_cache(1024)
def _around(shape: tuple[int, ...], axis: int) -> tuple[int, int, int]:
    """How many numbers there are before an axis, along it and behind it."""
    return math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])


def _standard(x: Any, axes: tuple[int, ...], eps: float, moments: Any = None) -> Any:
    """``(x - mean) / sqrt(var + eps)`` over some axes as operators; or with given moments."""
    mean_of = registry["mean"].of(axis=axes, keepdims=True)
    rest = x - (moments[0] if moments else mean_of(x))
    return rest / registry["sqrt"].of()((moments[1] if moments else mean_of(rest * rest)) + eps)


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
    inplace_gradient = True
    rectifies = False  # whether the larger of the result and 0 is the output

    def check(self) -> None:
        for name in ("min_calib_range", "max_calib_range"):
            if getattr(self, name) is not None:
                raise self.error(f"parameter {name}={getattr(self, name)}: quantization is not supported", ParamError)
        self.mutates = ("gamma",) * self.fix_gamma + ("moving_mean", "moving_var")  # type: ignore[misc]

    def followed_by(self, activation: Operator) -> BatchNorm | None:
        """This normalization and then `activation` as one operator, for graphs that are to be fused.

        Parameters
        ----------
        activation : operator instance that is applied to the result.

        Returns
        -------
        BatchNorm or None
            An instance that takes the same inputs and gives the activation's result; None for any but relu.

        Examples
        --------
        >>> BatchNorm.of().followed_by(registry["relu"].of()).name
        '_rectified_batch_norm'
        """
        activation = activation.__dict__.get("chosen", activation)
        if type(self) is not BatchNorm or activation.name != "relu" or self.output_mean_var:
            return None
        return RectifiedBatchNorm.of(**self.given)

    @property
    def again(self) -> Normalized:
        return Normalized.of(axis=self.axis, rectifies=self.rectifies)

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
        return _around(shape, self.axis % len(shape))

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (shape, dtype), ((channels,), wide), on_cpu = in_specs[0], in_specs[1], env.ctx.on_cpu
        given, fix_gamma = self.use_global_stats or not env.training, self.fix_gamma
        set_gamma = common.bound_each(on_cpu, common.fill_each, (wide,), (1.0,), channels)
        set_moments = common.bound_each(on_cpu, kernels.given_moments, (wide,) * 4, (self.eps,), channels)
        normalize = kernels.batch_norm(on_cpu, dtype, self._shape(shape), self.eps, given, self.rectifies)

        def run(
            out: Any, mean: Any, var: Any, data: Any, gamma: Any, beta: Any, moving_mean: Any, moving_var: Any
        ) -> None:
            if fix_gamma:
                set_gamma(gamma)
            if given:
                set_moments(mean, var, moving_mean, moving_var)
            normalize(out, mean, var, data, gamma, beta)

        return run

    def prepare_backward(
        self, env: Any, ddata: Any, dgamma: Any, dbeta: Any,
        dout: Any, data: Any, gamma: Any, beta: Any, mean: Any, var: Any, moving_mean: Any, moving_var: Any,
    ) -> Any:  # fmt: skip
        (shape, dtype), ((channels,), wide), on_cpu = data, gamma, env.ctx.on_cpu
        given, fixed = self.use_global_stats or not env.training, self.fix_gamma and dgamma is not None
        sizes, wanted = self._shape(shape), ddata is not None
        go_back = kernels.batch_norm_backward(on_cpu, dtype, sizes, given, wanted, self.rectifies)
        clear = common.bound_each(on_cpu, common.fill_each, (wide,), (0.0,), channels)
        move = common.bound_each(on_cpu, kernels.move, (wide,) * 4, (self.momentum, self.eps), channels)

        def run(
            ddata: Any, dgamma: Any, dbeta: Any,
            dout: Any, data: Any, gamma: Any, beta: Any, mean: Any, var: Any, moving_mean: Any, moving_var: Any,
        ) -> None:  # fmt: skip
            scale = device.empty_like_target(data, (channels,), wide) if dgamma is None else dgamma
            shift = device.empty_like_target(data, (channels,), wide) if dbeta is None else dbeta
            go_back(ddata if wanted else data, scale, shift, dout, data, gamma, beta, mean, var)
            if fixed:
                clear(scale)
            if not given:
                move(moving_mean, moving_var, mean, var)

        return run

    def composed(self, env: Any, data: Any, gamma: Any, beta: Any, moving_mean: Any, moving_var: Any) -> Any:
        axis = self.axis % len(data.shape)
        wide = registry["_reshape_to"].of(shape=tuple(n if i == axis else 1 for i, n in enumerate(data.shape)))
        moments = None
        if self.use_global_stats or not env.training:
            moments = wide(moving_mean), wide(moving_var)
        x = registry["Cast"].of(dtype=gamma.dtype.name)(data)
        axes = tuple(i for i in range(len(data.shape)) if i != axis)
        y = _standard(x, axes, self.eps, moments)
        y = (y if self.fix_gamma else y * wide(gamma)) + wide(beta)
        y = registry["relu"].of()(y) if self.rectifies else y
        return registry["Cast"].of(dtype=data.dtype.name)(y)


@register("_rectified_batch_norm")
class RectifiedBatchNorm(BatchNorm):
    """The larger of `BatchNorm` and 0, in the same pass; `BatchNorm.followed_by` makes it.

    Its backward computes the sign of the result again from data, so that no pass is spent on the rectifier either.
    """

    internal = True
    rectifies = True


@register("_normalized")
class Normalized(Operator):
    """The result of `BatchNorm` from the mean and ``1 / sqrt(var + eps)`` that it found."""

    data = Input()
    gamma = Input()
    beta = Input()
    mean = Input()
    var = Input()
    axis = Int(1)
    rectifies = Bool(False)
    internal = True

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [ins[0]]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [ins[0]]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape, dtype = in_specs[0]
        sizes = _around(shape, self.axis % len(shape))
        normalize = kernels.batch_norm(env.ctx.on_cpu, dtype, sizes, 0.0, True, self.rectifies)
        return lambda out, data, gamma, beta, mean, var: normalize(out, mean, var, data, gamma, beta)


@register("BatchNorm_v1")
class BatchNormV1(BatchNorm):
    _text = inspect.cleandoc(BatchNorm.__doc__ or "").replace("mx.nd.BatchNorm(", "mx.nd.BatchNorm_v1(")
    __doc__ = _text.partition("axis : int\n")[0] + "\nReturns\n" + _text.partition("Returns\n")[2]


for _name in ("axis", "cudnn_off", "min_calib_range", "max_calib_range"):
    del BatchNormV1.params[_name]  # the older operator has channels on axis 1 and none of these


# --- Normalization of lines and rows ---------------------------------------------------------------------------------


class _SetNorm(Operator):
    """Base of layer, instance and group normalization."""

    data = Input()
    gamma = Input()
    beta = Input()
    outputs = ("output", "mean", "std")

    def layout(self, shape: tuple[int, ...]) -> kernels.Layout:
        """Which numbers share a mean, and which a gamma."""
        raise NotImplementedError

    def extent(self, data: Any) -> tuple[Any, Any]:
        """The shape of gamma, and that of the mean, for data of a shape."""
        raise NotImplementedError

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data = self._agree(ins[0], outs[0], "output")
        parameter, moment = (None, None) if data is None else self.extent(data)
        for name, shape in (("gamma", ins[1]), ("beta", ins[2])):
            parameter = self._agree(parameter, shape, name)
        for name, shape in zip(self.outputs[1:], outs[1:]):
            moment = self._agree(moment, shape, name)
        return [data, parameter, parameter], [data, moment, moment]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if ins[0] is not None and ins[0].kind != "f":
            raise self.error(f"data has dtype {ins[0]}, need float16, float32 or float64", DTypeError)
        return super().infer_dtype(ins, outs)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape, dtype = in_specs[0]
        return kernels.set_norm(env.ctx.on_cpu, dtype, self.layout(shape), self.eps)

    def prepare_backward(
        self, env: Any, ddata: Any, dgamma: Any, dbeta: Any, dout: Any, data: Any, gamma: Any, mean: Any, std: Any
    ) -> Any:
        go_back = kernels.set_norm_backward(env.ctx.on_cpu, data[1], self.layout(data[0]))
        if (dgamma is None) == (dbeta is None):
            return go_back

        def run(ddata: Any, dgamma: Any, dbeta: Any, dout: Any, data: Any, gamma: Any, *moments: Any) -> None:
            other = device.empty_like_target(data, gamma.shape, gamma.dtype)
            dgamma, dbeta = other if dgamma is None else dgamma, other if dbeta is None else dbeta
            go_back(ddata, dgamma, dbeta, dout, data, gamma, *moments)

        return run

    def composed(self, env: Any, data: Any, gamma: Any, beta: Any) -> Any:
        (count,), outer, axis = gamma.shape, data.shape[0], 2
        if isinstance(self, LayerNorm):
            outer, axis = math.prod(data.shape[: self.axis % len(data.shape)]), 1
        three = registry["_reshape_to"].of(shape=(outer, count, math.prod(data.shape) // max(1, outer * count)))
        wide = registry["_reshape_to"].of(shape=(1, count, 1))
        y = _standard(three(data), (axis,), self.eps) * wide(gamma) + wide(beta)
        return registry["_reshape_to"].of(shape=data.shape)(y)


_GRADIENT = """    Gradient
    --------
    With ``xhat = (data - mean) / std`` and ``g = dout * gamma``: ddata is
    ``(g - mean(g) - xhat * mean(g * xhat)) / std``, dgamma the sum of ``dout * xhat``, dbeta that of dout.  None flows
    through the mean and deviation returned.
"""


@register("LayerNorm")
class LayerNorm(_SetNorm):
    __doc__ = f"""Bring each line along an axis to zero mean and unit variance, then scale and shift it.

    Parameters
    ----------
    data : NDArray, any shape, float
    gamma, beta : NDArray, shape (C,)
        Scale and shift for each position along the axis.
    axis : int
    eps : float
        Added to the variance.
    output_mean_var : bool
        Also return the mean and ``sqrt(var + eps)``, of data's shape with the axis of length 1.

    Returns
    -------
    NDArray, data's shape; with `output_mean_var` a list of three
        ``(data - mean) / sqrt(var + eps) * gamma + beta``; var is the biased variance.

{_GRADIENT}
    Source
    ------
    Ba, Kiros and Hinton, Layer Normalization, 2016.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.LayerNorm(mx.nd.array([[1, 3]]), mx.nd.ones(2), mx.nd.zeros(2), eps=1e-12)
    <BLANKLINE>
    [[-1.  1.]]
    <NDArray 1x2 @cpu(0)>
    """

    axis = Int(-1)
    eps = Float(9.99999975e-06)
    output_mean_var = Bool(False)

    def num_visible(self) -> int:
        return 3 if self.output_mean_var else 1

    def extent(self, data: Any) -> tuple[Any, Any]:
        axis = _axis(self, self.axis, len(data))
        return (data[axis],), (*data[:axis], 1, *data[axis + 1 :])

    def layout(self, shape: tuple[int, ...]) -> kernels.Layout:
        axis = self.axis % len(shape)
        return kernels.Layout.lines(math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :]))


@register("InstanceNorm")
class InstanceNorm(_SetNorm):
    __doc__ = f"""Bring each channel of each sample to zero mean and unit variance, then scale and shift it.

    Parameters
    ----------
    data : NDArray, shape (N, C, ...), at least 3 dimensions, float
    gamma, beta : NDArray, shape (C,)
        Scale and shift.
    eps : float
        Added to the variance.

    Returns
    -------
    NDArray, data's shape
        ``(data - mean) / sqrt(var + eps) * gamma + beta``; var is the biased variance.

{_GRADIENT}
    Source
    ------
    Ulyanov, Vedaldi and Lempitsky, Instance Normalization, 2016.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.InstanceNorm(mx.nd.array([[[1, 3]]]), mx.nd.ones(1), mx.nd.zeros(1), eps=1e-12)
    <BLANKLINE>
    [[[-1.  1.]]]
    <NDArray 1x1x2 @cpu(0)>
    """

    eps = Float(0.0010000000474974513)
    hidden = 2

    def extent(self, data: Any) -> tuple[Any, Any]:
        if len(data) < 3:
            raise self.error(f"data has shape {show(data)}, need at least 3 dimensions")
        return (data[1],), data[:2]

    def layout(self, shape: tuple[int, ...]) -> kernels.Layout:
        return kernels.Layout.rows(shape[0] * shape[1], math.prod(shape[2:]), shape[1])


@register("GroupNorm")
class GroupNorm(_SetNorm):
    __doc__ = f"""Bring each group of channels of each sample to zero mean and unit variance, then scale and shift it.

    Parameters
    ----------
    data : NDArray, shape (N, C, ...), at least 3 dimensions, float
    gamma, beta : NDArray, shape (num_groups,)
        Scale and shift of each group.
    num_groups : int
        Must divide C.
    eps : float
        Added to the variance.
    output_mean_var : bool
        Also return the mean and ``sqrt(var + eps)``, shape (N, num_groups).

    Returns
    -------
    NDArray, data's shape; with `output_mean_var` a list of three
        ``(data - mean) / sqrt(var + eps) * gamma + beta``; var is the biased variance.

{_GRADIENT}
    Source
    ------
    Wu and He, Group Normalization, 2018; there gamma and beta belong to channels.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.GroupNorm(mx.nd.array([[[1], [3]]]), mx.nd.ones(1), mx.nd.zeros(1), eps=1e-12)
    <BLANKLINE>
    [[[-1.]
      [ 1.]]]
    <NDArray 1x2x1 @cpu(0)>
    """

    num_groups = Int(1)
    eps = Float(9.99999975e-06)
    output_mean_var = Bool(False)

    def check(self) -> None:
        if self.num_groups < 1:
            raise self.error(f"parameter num_groups={self.num_groups}: need a positive number", ParamError)

    def num_visible(self) -> int:
        return 3 if self.output_mean_var else 1

    def extent(self, data: Any) -> tuple[Any, Any]:
        if len(data) < 3:
            raise self.error(f"data has shape {show(data)}, need at least 3 dimensions")
        if data[1] is not None and data[1] % self.num_groups:
            raise self.error(f"data has {data[1]} channels, need a multiple of num_groups={self.num_groups}")
        return (self.num_groups,), (data[0], self.num_groups)

    def layout(self, shape: tuple[int, ...]) -> kernels.Layout:
        rows = shape[0] * self.num_groups
        return kernels.Layout.rows(rows, math.prod(shape[1:]) // self.num_groups, self.num_groups)


@register("moments")
class Moments(Operator):
    """Mean and biased variance over some axes.

    Parameters
    ----------
    data : NDArray, any shape, float
    axes : tuple of ints
        Which axes; they must be given.
    keepdims : bool
        Keep them with length 1.

    Returns
    -------
    list of two NDArrays
        Mean and variance; shape (1,) where all axes are reduced without `keepdims`.

    Gradient
    --------
    ``(dmean + 2 * dvar * (data - mean)) / n``, where n numbers share a mean.

    Examples
    --------
    >>> import mxnb as mx
    >>> mean, var = mx.nd.moments(mx.nd.array([[1, 3]]), axes=(1,))
    >>> mean.asnumpy(), var.asnumpy()
    (array([2.], dtype=float32), array([1.], dtype=float32))
    """

    data = Input()
    axes = Shape(None)
    keepdims = Bool(False)
    outputs = ("mean", "var")

    def _axes(self, ndim: int) -> tuple[int, ...]:
        if not self.axes:
            raise self.error(f"parameter axes={self.axes}: need at least one axis", ParamError)
        return tuple(sorted({_axis(self, axis, ndim) for axis in self.axes}))

    def _kept(self, shape: Any) -> Any:
        axes = self._axes(len(shape))
        return tuple(1 if i in axes else n for i, n in enumerate(shape))

    def output_shape(self, data: Any) -> Any:
        axes = self._axes(len(data))
        kept = tuple(n for i, n in enumerate(data) if i not in axes) or (1,)
        return [self._kept(data) if self.keepdims else kept] * 2

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (shape, dtype) = in_specs[0]
        if dtype.kind != "f":
            raise self.error(f"data has dtype {dtype}, need float16, float32 or float64", DTypeError)
        kept = (self._kept(shape), dtype)
        mean_of = registry["mean"].of(axis=self._axes(len(shape)), keepdims=True).prepare(env, [kept], in_specs)
        minus = registry["broadcast_sub"].of().prepare(env, list(in_specs), (in_specs[0], kept))
        square = registry["square"].of().prepare(env, list(in_specs), in_specs)

        def run(mean: Any, var: Any, data: Any) -> None:
            rest = device.empty_like_target(data, shape, dtype)
            center = device.reshape(mean, kept[0])
            mean_of(center, data)
            minus(rest, data, center)
            square(rest, rest)
            mean_of(device.reshape(var, kept[0]), rest)

        return run

    def gradient(self, dmean: Any, dvar: Any, data: Any, mean: Any) -> Any:
        kept = self._kept(data.shape)
        wide = registry["_reshape_to"].of(shape=kept)
        count = math.prod(data.shape) // max(1, math.prod(kept))
        plus, times = registry["broadcast_add"].of(), registry["broadcast_mul"].of()
        grad: Any = None
        if dvar is not None:
            rest = registry["broadcast_sub"].of()(data, wide(mean))
            grad = times(rest, wide(dvar)) * (2 / count)
        if dmean is not None:
            if grad is None:
                return registry["broadcast_to"].of(shape=data.shape)(wide(dmean)) * (1 / count)
            grad = plus(grad, wide(dmean) * (1 / count))
        return grad
