"""Layers that end a network: their gradient is that of a loss, whatever follows them."""

from __future__ import annotations

import math
from typing import Any

from ..base import DTypeError
from ..kernels import common
from ..kernels import loss as kernels
from ..kernels.words import absolute, exp, log, log1p, maximum, sign, where
from .elementwise import Elementwise
from .operator import Operator, known, register, registry, show
from .params import Bool, Enum, Float, Input

TINY = 1e-12  # keeps logarithms finite


def _copier(env: Any, data: Any) -> Any:
    """A function that copies the first input, of a spec, to the output, unless it is the same array."""
    copy = registry["_copy"].of().bind(env.ctx, False, (data,)).run
    return lambda out, data, *others: None if out is data else copy(out, data)


# --- Regression ------------------------------------------------------------------------------------------------------


class _Regression(Operator):
    """Base of the regression outputs."""

    ignores_head = True
    data = Input()
    label = Input()
    grad_scale = Float(1.0)
    step = kernels.difference

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data, label = self._agree(ins[0], outs[0], "output"), ins[1]
        if data is not None:
            usual = data[:1] if len(data) == 2 and data[1] == 1 else data
            if label is None:
                label = usual
            elif known(label) and known(data) and (label[:1] != data[:1] or math.prod(label) != math.prod(data)):
                raise self.error(f"label has shape {show(label)}, need {show(usual)} as data {show(data)}")
        return [data, label], [data]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if ins[0] is not None and ins[0].kind != "f":
            raise self.error(f"data has dtype {ins[0]}, need float16, float32 or float64", DTypeError)
        return super().infer_dtype(ins, outs)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return _copier(env, in_specs[0])

    def prepare_backward(self, env: Any, ddata: Any, out: Any, label: Any) -> Any:
        shape, dtype = out
        count = math.prod(shape)
        scale = self.grad_scale / (max(1, count // max(shape[0], 1)) if shape else 1)
        return common.bound_each(env.ctx.on_cpu, self.step, (dtype,) * 3, (scale,), count)


def _describe(name: str, formula: str, gradient: str) -> str:
    return f"""{formula}

    Parameters
    ----------
    data : NDArray, shape (N, ...), float
    label : NDArray, as many numbers for each sample as data, data's dtype
        Shape (N,) where data is (N, 1), else data's, where it is to be found out.
    grad_scale : float
        Factor of the gradient.

    Returns
    -------
    NDArray, data's shape

    Gradient
    --------
    ``{gradient} * grad_scale / M``, where a sample has M numbers; the head gradient is ignored.  Zero with respect to
    label.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.{name}(mx.nd.array([0]), mx.nd.array([1])).shape
    (1,)
    """


@register("LinearRegressionOutput")
class LinearRegressionOutput(_Regression):
    __doc__ = _describe("LinearRegressionOutput", "Data as it is, with the gradient of squared error.", "(out - label)")


@register("MAERegressionOutput")
class MAERegressionOutput(_Regression):
    __doc__ = _describe(
        "MAERegressionOutput", "Data as it is, with the gradient of absolute error.", "(1 where out > label, else -1)"
    )
    step = kernels.direction


@register("LogisticRegressionOutput")
class LogisticRegressionOutput(_Regression):
    __doc__ = _describe(
        "LogisticRegressionOutput", "The sigmoid of data, with the gradient of cross entropy.", "(out - label)"
    )

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        run = registry["sigmoid"].of().prepare(env, out_specs, in_specs[:1])
        return lambda out, data, label: run(out, data)


# --- Margins ---------------------------------------------------------------------------------------------------------


@register("SVMOutput")
class SVMOutput(Operator):
    """Scores as they are, with the gradient of a margin loss: one classifier against the rest for each class.

    Parameters
    ----------
    data : NDArray, shape (..., K), float
        Scores of K classes.
    label : NDArray, data's shape without the last axis, data's dtype
        The class of each row.
    margin : float
        How far above 0 the label's score, and below 0 the others, should be.
    regularization_coefficient : float
        Factor of the gradient.
    use_linear : bool
        Penalise by the distance to the margin, rather than its square.

    Returns
    -------
    NDArray, data's shape

    Gradient
    --------
    With ``s = -1`` at the label and 1 elsewhere, ``2 * s * max(0, margin + s * data)``, or with `use_linear` ``s``
    where that is positive, times the coefficient; the head gradient is ignored.  Zero with respect to label.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.SVMOutput(mx.nd.array([[1, 2]]), mx.nd.array([0]))
    <BLANKLINE>
    [[1. 2.]]
    <NDArray 1x2 @cpu(0)>
    """

    ignores_head = True
    data = Input()
    label = Input()
    margin = Float(1.0)
    regularization_coefficient = Float(1.0)
    use_linear = Bool(False)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data = self._agree(ins[0], outs[0], "output")
        if data is None:
            return ins, outs
        if not data:
            raise self.error("data has shape (), need at least 1 dimension (classes)")
        return [data, self._agree(data[:-1], ins[1], "label")], [data]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return _copier(env, in_specs[0])

    def prepare_backward(self, env: Any, ddata: Any, out: Any, label: Any) -> Any:
        (shape, dtype), (labels, kind) = out, label
        rest = (shape[-1], self.margin, self.regularization_coefficient, int(self.use_linear))
        return common.bound_each(env.ctx.on_cpu, kernels.margin_row, (dtype, dtype, kind), rest, math.prod(labels))


# --- Anything as a loss, and nothing of it ---------------------------------------------------------------------------


@register("MakeLoss")
class MakeLoss(Operator):
    """Data as it is, as a loss to be minimised.

    Parameters
    ----------
    data : NDArray, shape (N, ...), float
    grad_scale : float
        The gradient.
    valid_thresh : float
        For normalization='valid': numbers above it count.
    normalization : {'null', 'batch', 'valid'}
        Divide the gradient by nothing, by N, or by how many numbers count.

    Returns
    -------
    NDArray, data's shape

    Gradient
    --------
    ``grad_scale``, normalised; the head gradient is ignored.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.MakeLoss(mx.nd.array([1, 2]))
    <BLANKLINE>
    [1. 2.]
    <NDArray 2 @cpu(0)>
    """

    ignores_head = True
    inplace = True
    data = Input()
    grad_scale = Float(1.0)
    valid_thresh = Float(0.0)
    normalization = Enum("batch", "null", "valid", default="null")

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return _copier(env, in_specs[0])

    def prepare_backward(self, env: Any, ddata: Any, out: Any) -> Any:
        (shape, dtype), scale = out, self.grad_scale
        if self.normalization == "valid":
            return lambda ddata, out: kernels.fill_by_valid(ddata, out, scale, self.valid_thresh)
        batch = shape[0] if self.normalization == "batch" and shape else 1
        rest = (scale / max(batch, 1),)
        fill = common.bound_each(env.ctx.on_cpu, common.fill_each, (dtype,), rest, math.prod(shape))
        return lambda ddata, out: fill(ddata)


@register("make_loss")
class MakeLossPlain(Operator):
    """Data as it is, as a loss to be minimised.

    Parameters
    ----------
    data : NDArray, any shape, float

    Returns
    -------
    NDArray, data's shape

    Gradient
    --------
    1; the head gradient is ignored.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.make_loss(mx.nd.array([1, 2]))
    <BLANKLINE>
    [1. 2.]
    <NDArray 2 @cpu(0)>
    """

    ignores_head = True
    inplace = True
    data = Input()
    outputs = ("loss",)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return _copier(env, in_specs[0])

    def gradient(self, loss: Any) -> Any:
        return registry["ones_like"].of()(loss)


@register("BlockGrad", "stop_gradient")
class BlockGrad(Operator):
    """Data as it is; no gradient flows back.

    Parameters
    ----------
    data : NDArray, any shape

    Returns
    -------
    NDArray, data's shape

    Gradient
    --------
    Zero.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.BlockGrad(mx.nd.array([1, 2]))
    <BLANKLINE>
    [1. 2.]
    <NDArray 2 @cpu(0)>
    """

    data = Input()
    inplace = True
    moves_data = True

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return _copier(env, in_specs[0])

    def gradient(self) -> None:
        return None


# --- Losses of Gluon, number by number -------------------------------------------------------------------------------
#
# Each of them is several operators of MXNet; arrays take the short way.


class _Numbers(Elementwise):
    """The loss of a prediction and its label."""

    internal = True
    pred = Input()
    label = Input()


@register("_logistic_loss")
class _Logistic(_Numbers):
    """-label log(p) - (1 - label) log(1 - p) of p = sigmoid(pred), without overflow."""

    function = staticmethod(lambda a, b: maximum(a, 0) - a * b + log1p(exp(-absolute(a))))
    rules = (lambda dy, a, b: dy * (1 / (1 + exp(-a)) - b), lambda dy, a: -dy * a)


@register("_binary_entropy")
class _BinaryEntropy(_Numbers):
    """-label log(pred) - (1 - label) log(1 - pred), finite at 0 and 1."""

    function = staticmethod(lambda a, b: -(log(a + TINY) * b + log(1 - a + TINY) * (1 - b)))
    rules = (
        lambda dy, a, b: dy * ((1 - b) / (1 - a + TINY) - b / (a + TINY)),
        lambda dy, a: dy * (log(1 - a + TINY) - log(a + TINY)),
    )


@register("_huber")
class _Huber(_Numbers):
    """Half the square of a small difference over rho, a large one less rho / 2."""

    rho = Float(1.0)
    scalars = ("rho",)
    function = staticmethod(
        lambda a, b, rho: where(absolute(b - a) > rho, absolute(b - a) - rho * 0.5, (b - a) * (b - a) * (0.5 / rho))
    )
    rules = (
        lambda dy, a, b, rho: dy * where(absolute(b - a) > rho, sign(a - b), (a - b) / rho),
        lambda dy, a, b, rho: dy * where(absolute(b - a) > rho, sign(b - a), (b - a) / rho),
    )
