"""Cross entropy of softmax against class labels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base import DTypeError
from ..kernels import device
from ..kernels import entropy as kernels
from .operator import Operator, get, register, registry, show
from .params import Bool, Input, Shape


def _rows(data: Any) -> tuple[int, int]:
    """Rows and classes of data of this shape."""
    return math.prod(data[:-1]), data[-1]


@register("_cross_entropy")
class CrossEntropy(Operator):
    """The cross entropy of softmax along the last axis against a class label for each row.

    Parameters
    ----------
    data : NDArray, shape (..., K), float
        Scores of the K classes.
    label : NDArray, shape (...)
        The class of each row; clipped to 0 … K - 1.

    Returns
    -------
    NDArray, shape (..., 1)
        ``-log(softmax(data))[label]``.

    Gradient
    --------
    ``dout * (softmax(data) - one_hot(label))``; none with respect to label.

    Notes
    -----
    Hidden outputs are the largest number of each row, and the logarithm of the sum of exponentials without it.
    """

    internal = True
    outputs = ("output", "top", "more")
    hidden = 2
    needs_outputs = True
    data = Input()
    label = Input()

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data, label = ins
        if data is None:
            return ins, outs
        if not data or data[-1] == 0:
            raise self.error(f"data has shape {show(data)}, need a last axis of classes")
        thin = (*data[:-1], 1)
        return [data, self._agree(data[:-1], label, "label")], [self._agree(thin, o, "output") for o in outs]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if ins[0] is not None and ins[0].kind != "f":
            raise self.error(f"data has dtype {ins[0]}, need float16, float32 or float64", DTypeError)
        return [ins[0], ins[1] if ins[1] is not None else ins[0]], [ins[0]] * 3

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (data, dtype), (_, kind) = in_specs
        return kernels.cross_entropy(env.ctx.on_cpu, dtype, kind, *_rows(data))

    def gradient(self, dout: Any, data: Any, label: Any, top: Any, more: Any) -> Any:
        return _CrossEntropyGradient.of()(dout, data, label, top, more), None

    def composed(self, env: Any, data: Any, label: Any) -> Any:
        return -registry["pick"].of(keepdims=True)(registry["log_softmax"].of()(data), label)


@register("_cross_entropy_gradient")
class _CrossEntropyGradient(Operator):
    """The gradient of `_cross_entropy`; itself differentiable.

    Parameters
    ----------
    dy : NDArray; the head gradient
    data, label : NDArray; the inputs
    top, more : NDArray; the hidden outputs
    """

    internal = True
    dy = Input()
    data = Input()
    label = Input()
    top = Input()
    more = Input()

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [ins[1]]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [ins[1]]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        _, (data, dtype), (_, kind), *_ = in_specs
        return kernels.cross_entropy_backward(env.ctx.on_cpu, dtype, kind, *_rows(data))

    def gradient(self, dout: Any, dy: Any, data: Any, label: Any) -> Any:
        # top and more follow from data, whose gradient is the whole one
        p = registry["softmax"].of()(data)
        pick = registry["pick"].of(keepdims=True)
        total = registry["sum"].of(axis=-1, keepdims=True)
        times = registry["broadcast_mul"].of()
        ddata = registry["_softmax_gradient"].of(axis=-1)(times(dout, dy), p)
        return total(dout * p) - pick(dout, label), ddata, None, None, None


@register("_picked_log_softmax")
class PickedLogSoftmax(CrossEntropy):
    """`pick` of `log_softmax` along the last axis without the other numbers; `LogSoftmax.followed_by` makes it.

    Parameters
    ----------
    data, label :
        As for `_cross_entropy`; label may have a last axis of length 1.
    axes : tuple of ints
        The axis of either; another one than the last is an error.
    keepdims : bool
    negative : bool
        Whether the result is multiplied by -1, which saves a pass.

    Gradient
    --------
    That of `_cross_entropy`, with the other sign unless negative.
    """

    axes = Shape((-1, -1))
    keepdims = Bool(False)
    negative = Bool(False)

    def followed_by(self, operator: Operator) -> Operator | None:
        """This and a change of sign; None if `operator` is none."""
        turns = operator.name == "negative" or (operator.name == "_mul_scalar" and operator.scalar == -1)
        return PickedLogSoftmax.of(**{**self.given, "negative": not self.negative}) if turns else None

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data, label = ins
        if data is None or label is None:
            return ins, outs
        if any(a not in (-1, len(data) - 1) for a in self.axes):
            raise self.error(f"axes={self.axes}: need the last of {show(data)}")
        rows = label[:-1] if len(label) == len(data) and label[-1] in (1, None) else label
        _, (_, *kept) = super().infer_shape([data, rows], [None] * 3)
        return ins, [self._agree(kept[0] if self.keepdims else data[:-1] or (1,), outs[0], "output"), *kept]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        run = super().prepare(env, out_specs, in_specs)
        if self.negative:
            return run
        negate = get("negative").of().bind(env.ctx, False, tuple(out_specs[:1])).run

        def forward(out: Any, top: Any, more: Any, data: Any, label: Any) -> None:
            run(out, top, more, data, label)
            negate(out, out)

        return forward

    def gradient(self, dout: Any, data: Any, label: Any, top: Any, more: Any) -> Any:
        dy = dout if self.negative else -dout
        dy = dy if self.keepdims else registry["expand_dims"].of(axis=-1)(dy)
        return _CrossEntropyGradient.of()(dy, data, label, top, more), None

    def composed(self, env: Any, data: Any, label: Any) -> Any:
        found = registry["pick"].of(keepdims=self.keepdims)(registry["log_softmax"].of()(data), label)
        return -found if self.negative else found


@register("softmax_cross_entropy")
class SoftmaxCrossEntropy(Operator):
    """The cross entropy of softmax against class labels, summed over the batch.

    Parameters
    ----------
    data : NDArray, shape (N, K), float
        Scores of the K classes.
    label : NDArray, shape (N,), data's dtype
        The class of each sample; clipped to 0 … K - 1.

    Returns
    -------
    NDArray, shape (1,)
        ``-sum(log(softmax(data))[i, label[i]])``.

    Gradient
    --------
    ``dout * (softmax(data) - one_hot(label))``; none with respect to label.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.softmax_cross_entropy(mx.nd.array([[0, 0]]), mx.nd.array([1]))
    <BLANKLINE>
    [0.6931472]
    <NDArray 1 @cpu(0)>
    """

    data = Input()
    label = Input()

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data, label = ins
        if data is not None and len(data) != 2:
            raise self.error(f"data has shape {show(data)}, need 2 dimensions (samples, classes)")
        if data is not None:
            label = self._agree(data[:1], label, "label")
        return [data, label], [self._agree((1,), outs[0], "output")]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (data, dtype), (_, kind) = in_specs
        rows = data[0]
        run = kernels.cross_entropy(env.ctx.on_cpu, dtype, kind, *data)
        total = registry["sum"].of().bind(env.ctx, False, (((rows,), dtype),)).run

        def forward(out: Any, data: Any, label: Any) -> None:
            losses, top, more = (device.empty_like_target(data, (rows,), dtype) for _ in range(3))
            run(losses, top, more, data, label)
            total(out, losses)

        return forward

    def gradient(self, dout: Any, data: Any, label: Any) -> Any:
        depth = data.shape[1]
        clipped = registry["clip"].of(a_min=0.0, a_max=float(depth - 1))(label)
        target = registry["one_hot"].of(depth=depth, dtype=np.dtype(data.dtype).name)(clipped)
        head = registry["_reshape_to"].of(shape=(1, 1))(dout)
        return registry["broadcast_mul"].of()(registry["softmax"].of()(data) - target, head), None
