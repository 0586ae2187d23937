"""Softmax and the classification losses built on it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base import DTypeError, ParamError
from ..kernels import common, device
from ..kernels import softmax as kernels
from .operator import Operator, get, known, register, registry, show
from .params import Bool, DType, Enum, Float, Input, Int


def _float(op: Operator, dtype: Any, name: str = "data") -> None:
    if dtype is not None and dtype.kind != "f":
        raise op.error(f"{name} has dtype {dtype}, need float16, float32 or float64", DTypeError)


def _axis(op: Operator, axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise op.error(f"axis={axis} is out of range, data has {ndim} dimensions", ParamError)
    return axis % ndim


# --- softmax, softmin, log_softmax -----------------------------------------------------------------------------------


class _AlongAxis(Operator):
    """Base of softmax, softmin and log_softmax."""

    sign = 1.0
    log = False
    data = Input()
    axis = Int(-1)
    temperature = Float(None)
    dtype = DType(None)
    use_length = Bool(False, optional=True)

    def check(self) -> None:
        if self.temperature == 0:
            raise self.error("parameter temperature=0.0: need another number than 0", ParamError)
        if self.dtype is not None and self.dtype.kind != "f":
            raise self.error(f"parameter dtype={self.dtype}: need float16, float32 or float64", ParamError)
        if self.use_length and "length" not in self.inputs:
            raise self.error("parameter use_length=True: only softmax takes lengths", ParamError)
        self.scale = self.sign / (self.temperature or 1.0)

    def output_shape(self, data: Any, *length: Any) -> Any:
        _axis(self, self.axis, len(data))
        return data

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data = ins[0] if ins[0] is not None or self.dtype is not None else outs[0]
        _float(self, data)
        return [data, *ins[1:]], [self.dtype or data]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape, dtype = in_specs[0]
        lines = kernels.geometry(shape, _axis(self, self.axis, len(shape)))
        wanted = out_specs[0][1]
        wide = max(wanted, dtype)  # compute in the wider of the two
        on_cpu, count = env.ctx.on_cpu, math.prod(shape)
        run = kernels.softmax(on_cpu, wide, lines, self.scale, self.log)
        if wanted == dtype:
            return run
        widen, narrow = (
            common.bound_each(on_cpu, common.convert_each, pair, (), count) for pair in ((wide, dtype), (wanted, wide))
        )

        def run_converted(out: Any, data: Any) -> None:
            x = device.empty_like_target(data, shape, wide)
            widen(x, data)
            if wanted == wide:
                run(out, x)
            else:
                y = device.empty_like_target(data, shape, wide)
                run(y, x)
                narrow(out, y)

        return run_converted

    def gradient(self, dout: Any, out: Any) -> Any:
        return _SoftmaxGradient.of(axis=self.axis, scale=self.scale, log=self.log)(dout, out)

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        grads = super().propagate(dys, xs, ys, plan, wanted)
        if self.dtype is not None and grads[0] is not None:
            grads[0] = registry["Cast"].of(dtype=plan.in_specs[0][1].name)(grads[0])
        return grads


@register("softmax")
class Softmax(_AlongAxis):
    """Positive numbers that sum to 1 along an axis.

    Parameters
    ----------
    data : NDArray, any shape, float
    length : NDArray, data's shape without the axis, int32 or int64
        How many numbers along the axis count, where `use_length`; the others become 0.
    axis : int
        The axis along which the results sum to 1.
    temperature : float, optional
        Divides data first; 1 where it is None.
    dtype : dtype, optional
        Of the result, float16, float32 or float64; that of data where it is None.
    use_length : bool
        Whether `length` is given.

    Returns
    -------
    NDArray, data's shape
        ``exp(data / temperature) / sum(exp(data / temperature))``.

    Gradient
    --------
    ``out * (dout - sum(dout * out)) / temperature``; none with respect to length.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.softmax(mx.nd.array([[1, 1, 1, 1]]))
    <BLANKLINE>
    [[0.25 0.25 0.25 0.25]]
    <NDArray 1x4 @cpu(0)>
    """

    length = Input(optional=True)

    def active_inputs(self) -> tuple[str, ...]:
        return ("data", "length") if self.use_length else ("data",)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        shape = self._agree(ins[0], outs[0], "output")
        if shape is None:
            return ins, outs
        axis = _axis(self, self.axis, len(shape))
        if not self.use_length:
            return [shape], [shape]
        return [shape, self._agree(shape[:axis] + shape[axis + 1 :], ins[1], "length")], [shape]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if len(ins) > 1 and ins[1] is not None and ins[1].kind not in "iu":
            raise self.error(f"length has dtype {ins[1]}, need an integer", DTypeError)
        return super().infer_dtype(ins, outs)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        if not self.use_length:
            return super().prepare(env, out_specs, in_specs)
        if out_specs[0][1] != in_specs[0][1]:
            raise self.error("parameters dtype and use_length cannot be combined; cast the result", ParamError)
        shape = in_specs[0][0]
        lines = kernels.geometry(shape, _axis(self, self.axis, len(shape)))
        (_, dtype), (_, kind) = in_specs
        return kernels.softmax_with_length(env.ctx.on_cpu, dtype, kind, lines, self.scale)

    def gradient(self, dout: Any, out: Any) -> Any:
        grad = super().gradient(dout, out)
        return (grad, None) if self.use_length else grad


@register("softmin")
class Softmin(_AlongAxis):
    """Softmax of the negated numbers.

    Parameters
    ----------
    data : NDArray, any shape, float
    axis : int
        The axis along which the results sum to 1.
    temperature : float, optional
        Divides data first; 1 where it is None.
    dtype : dtype, optional
        Of the result; that of data where it is None.
    use_length : bool
        Must be False.

    Returns
    -------
    NDArray, data's shape
        ``exp(-data / temperature) / sum(exp(-data / temperature))``.

    Gradient
    --------
    ``-out * (dout - sum(dout * out)) / temperature``.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.softmin(mx.nd.array([[1, 1]]))
    <BLANKLINE>
    [[0.5 0.5]]
    <NDArray 1x2 @cpu(0)>
    """

    sign = -1.0
    infer_shape = Softmax.infer_shape


@register("log_softmax")
class LogSoftmax(_AlongAxis):
    """The logarithm of softmax, without the loss of precision of ``log(softmax(x))``.

    Parameters
    ----------
    data : NDArray, any shape, float
    axis : int
        The axis along which the exponentials of the results sum to 1.
    temperature : float, optional
        Divides data first; 1 where it is None.
    dtype : dtype, optional
        Of the result; that of data where it is None.
    use_length : bool
        Must be False.

    Returns
    -------
    NDArray, data's shape
        ``data / temperature - log(sum(exp(data / temperature)))``.

    Gradient
    --------
    ``(dout - exp(out) * sum(dout)) / temperature``.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.log_softmax(mx.nd.array([[0, 0]]))
    <BLANKLINE>
    [[-0.6931472 -0.6931472]]
    <NDArray 1x2 @cpu(0)>
    """

    log = True
    infer_shape = Softmax.infer_shape

    def followed_by(self, operator: Operator) -> Operator | None:
        """This and then `operator` as one for graphs that are to be fused; None if it is not `pick`."""
        if operator.name != "pick" or operator.mode != "clip" or operator.axis is None:
            return None
        if (self.temperature or 1.0) != 1.0 or self.dtype is not None:
            return None
        return get("_picked_log_softmax").of(axes=(self.axis, operator.axis), keepdims=operator.keepdims)


@register("_softmax_gradient")
class _SoftmaxGradient(Operator):
    """The gradient of softmax and log_softmax, in one kernel; itself differentiable.

    Parameters
    ----------
    dy, y : NDArray, equal shapes
        The head gradient, and the result of the forward pass.
    axis : int
    scale : float
        1 / temperature, negative for softmin.
    log : bool
        Whether y is a logarithm.
    """

    internal = True
    dy = Input()
    y = Input()
    axis = Int()
    scale = Float(1.0)
    log = Bool(False)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape = in_specs[1][0]
        lines = kernels.geometry(shape, self.axis % len(shape))
        return kernels.softmax_backward(env.ctx.on_cpu, in_specs[1][1], lines, self.scale, self.log)

    def gradient(self, dout: Any, dy: Any, y: Any) -> Any:
        total = lambda x: registry["sum"].of(axis=self.axis, keepdims=True)(x)
        minus, times = registry["broadcast_sub"].of(), registry["broadcast_mul"].of()
        h = dout * self.scale
        if self.log:
            e = registry["exp"].of()(y)
            return minus(h, total(h * e)), -times(h * e, total(dy))
        return times(y, minus(h, total(h * y))), minus(h * dy, times(h, total(dy * y))) - times(dy, total(h * y))


@register("SoftmaxActivation")
class SoftmaxActivation(Operator):
    """Softmax of each sample, or of each position over the channels.

    Parameters
    ----------
    data : NDArray, shape (N, ...), float
    mode : {'instance', 'channel'}
        Along the last axis, or along axis 1.

    Returns
    -------
    NDArray, data's shape

    Gradient
    --------
    That of `softmax`.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.SoftmaxActivation(mx.nd.array([[1, 1]]))
    <BLANKLINE>
    [[0.5 0.5]]
    <NDArray 1x2 @cpu(0)>
    """

    data = Input()
    mode = Enum("instance", "channel", default="instance")

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        _float(self, ins[0])
        return super().infer_dtype(ins, outs)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape = in_specs[0][0]
        if len(shape) < 2:
            raise self.error(f"data has shape {show(shape)}, need at least 2 dimensions")
        lines = kernels.geometry(shape, 1 if self.mode == "channel" else len(shape) - 1)
        return kernels.softmax(env.ctx.on_cpu, in_specs[0][1], lines)

    def gradient(self, dout: Any, out: Any) -> Any:
        axis = 1 if self.mode == "channel" else -1
        return _SoftmaxGradient.of(axis=axis, scale=1.0, log=False)(dout, out)


# --- Losses ----------------------------------------------------------------------------------------------------------


@register("SoftmaxOutput", "Softmax")
class SoftmaxOutput(Operator):
    """Softmax, with the gradient of its cross entropy against a label: the last layer of a classifier.

    Parameters
    ----------
    data : NDArray, shape (N, K), float; (N, K, ...) with `multi_output`, (..., K) with `preserve_shape`
        Scores of the K classes.
    label : NDArray, shape (N,), or data's without the class axis, data's dtype
        The class of each sample (of each position); or, in data's shape, a target probability for each class.
        A class outside of 0 … K - 1 is the target of no class.
    grad_scale : float
        Factor of the gradient.
    ignore_label : float
        The label that `use_ignore` and normalization="valid" leave out.
    multi_output : bool
        Classes are along axis 1, with one label for each position.
    use_ignore : bool
        Samples with `ignore_label` get no gradient.
    preserve_shape : bool
        Classes are along the last axis.  With neither this nor `multi_output` all of a sample's numbers are classes.
    normalization : {'null', 'batch', 'valid'}
        Divide the gradient by nothing, the number of labels, or that of labels other than `ignore_label`.  With
        `multi_output`, 'null' and 'batch' divide by the number of positions as well.
    out_grad : bool
        Multiply the gradient by that of the output, which is ignored otherwise.
    smooth_alpha : float
        How much of the target is taken from the label and spread evenly over the other classes.  Has no effect with
        `multi_output`, nor with target probabilities.

    Returns
    -------
    NDArray, data's shape
        The probabilities.

    Gradient
    --------
    ``(out - target) * grad_scale``, normalised; zero with respect to label.

    Notes
    -----
    With target probabilities neither normalization nor ignore_label apply.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.SoftmaxOutput(mx.nd.array([[1, 1]]), mx.nd.array([0]))
    <BLANKLINE>
    [[0.5 0.5]]
    <NDArray 1x2 @cpu(0)>
    """

    data = Input()
    label = Input()
    grad_scale = Float(1.0)
    ignore_label = Float(-1.0)
    multi_output = Bool(False)
    use_ignore = Bool(False)
    preserve_shape = Bool(False)
    normalization = Enum("batch", "null", "valid", default="null")
    out_grad = Bool(False)
    smooth_alpha = Float(0.0)

    def check(self) -> None:
        self.ignores_head = not self.out_grad  # type: ignore[misc]
        if self.multi_output and self.preserve_shape:
            raise self.error("parameters multi_output and preserve_shape exclude each other", ParamError)

    def lines(self, shape: tuple[int, ...]) -> kernels.Lines:
        """(outer, classes, inner) of data of this shape."""
        if self.multi_output:
            return kernels.geometry(shape, 1)
        if self.preserve_shape:
            return kernels.geometry(shape, len(shape) - 1)
        outer = shape[0]
        return outer, int(np.prod(shape[1:], dtype=np.int64)), 1

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data, label = self._agree(ins[0], outs[0], "output"), ins[1]
        if data is None:
            return ins, outs
        if len(data) < 2:
            raise self.error(f"data has shape {show(data)}, need at least 2 dimensions")
        usual: Any = data[:-1]
        if self.multi_output:
            rest = data[2:]
            usual = (data[0], None if None in rest else int(np.prod(rest, dtype=np.int64)))
        if known(label) and known(data) and label != data:
            outer, _, inner = self.lines(data)
            fits = label == usual or (not self.multi_output and not self.preserve_shape and label == (outer,))
            if self.multi_output:
                fits = label[:1] == (outer,) and np.prod(label) == outer * inner
            if not fits:
                raise self.error(f"label has shape {show(label)}, need {show(usual)} or, as data, {show(data)}")
        elif label is None:
            label = usual
        return [data, label], [data]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        _float(self, ins[0])
        return super().infer_dtype(ins, outs)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape, dtype = in_specs[0]
        run = kernels.softmax(env.ctx.on_cpu, dtype, self.lines(shape))
        return lambda out, data, label: run(out, data)

    def prepare_backward(self, env: Any, ddata: Any, dout: Any, label: Any, out: Any) -> Any:
        (shape, dtype), (labels, _), on_cpu = out, label, env.ctx.on_cpu
        scale, count, lines = self.grad_scale, math.prod(shape), self.lines(shape)
        multiply = common.bound_each(on_cpu, common.multiply_each, (dtype,) * 3, (), count) if self.out_grad else None
        if labels == shape:
            subtract = common.bound_each(on_cpu, kernels.difference_each, (dtype,) * 3, (), count, (scale,))
        else:
            smooth = 0.0 if self.multi_output else self.smooth_alpha
            ignored = self.ignore_label if self.use_ignore else None
            subtract = kernels.loss_backward(on_cpu, dtype, lines, ignored, smooth)
            if self.normalization != "valid":
                scale /= lines[2] * (math.prod(labels) // lines[2] if self.normalization == "batch" else 1)
        counts, ignored_label = self.normalization == "valid" and labels != shape, self.ignore_label

        def run(ddata: Any, dout: Any, label: Any, out: Any) -> None:
            if counts:
                subtract(ddata, out, label, scale / kernels.labels_counted(label, ignored_label))
            else:
                subtract(ddata, out, label, scale)
            if multiply is not None:
                multiply(ddata, ddata, dout)

        return run
