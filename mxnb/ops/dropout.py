"""Dropout."""

from __future__ import annotations

import math
from typing import Any

from .._random import take
from ..base import DTypeError, ParamError
from ..kernels import device
from ..kernels import random as kernels
from .operator import Operator, register, registry
from .params import Bool, Enum, Float, Input, Shape


@register("Dropout")
class Dropout(Operator):
    """Set numbers to zero at random, and scale the rest so that the expected value stays.

    Parameters
    ----------
    data : NDArray, any shape, float
    p : float
        The probability that a number becomes zero, 0 to 1.
    mode : {'training', 'always'}
        In prediction data passes unchanged, unless this is 'always'.
    axes : tuple of ints
        Axes along which the numbers share their fate.
    cudnn_off : bool
        Has no effect.

    Returns
    -------
    NDArray, data's shape
        data, times ``1 / (1 - p)`` with probability ``1 - p``, else times 0.

    Gradient
    --------
    dout times the same factors.

    Source
    ------
    Srivastava et al., Dropout, 2014.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.Dropout(mx.nd.ones(2))
    <BLANKLINE>
    [1. 1.]
    <NDArray 2 @cpu(0)>
    """

    data = Input()
    p = Float(0.5)
    mode = Enum("training", "always", default="training")
    axes = Shape(())
    cudnn_off = Bool(False, optional=True)

    outputs = ("output", "mask")
    hidden = 1
    uses_mode = True
    random = True
    needs_outputs = True

    def check(self) -> None:
        if not 0 <= self.p <= 1:
            raise self.error(f"parameter p={self.p}: need a number from 0 to 1", ParamError)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data = self._agree(ins[0], outs[0], "output")
        mask: Any = outs[1]
        if data is not None:
            shared = set()
            for axis in self.axes:
                if not -len(data) <= axis < len(data):
                    raise self.error(f"axes={self.axes}: data has {len(data)} dimensions", ParamError)
                shared.add(axis % len(data))
            mask = tuple(1 if i in shared else n for i, n in enumerate(data))
        return [data], [data, mask]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if ins[0] is not None and ins[0].kind != "f":
            raise self.error(f"data has dtype {ins[0]}, need float16, float32 or float64", DTypeError)
        return super().infer_dtype(ins, outs)

    def drops(self, training: bool) -> bool:
        """Whether it changes anything, in training or prediction."""
        return (training or self.mode == "always") and self.p > 0

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        ctx, p = env.ctx, self.p
        if not self.drops(env.training):
            return lambda out, mask, data: None if out is data else device.copy(out, data)
        if out_specs[0][0] == out_specs[1][0]:
            shape, dtype = in_specs[0]
            count = math.prod(shape)
            blocks, drop = kernels.blocks(count), kernels.dropout(ctx.on_cpu, dtype, count, p)
            return lambda out, mask, data: drop(out, mask, data, *take(ctx, blocks))
        multiply = registry["broadcast_mul"].of().prepare(env, out_specs[:1], (in_specs[0], out_specs[1]))
        draw = Draw(self).prepare(ctx, out_specs[1])

        def run(out: Any, mask: Any, data: Any) -> None:
            draw(mask)
            multiply(out, data, mask)

        return run

    def gradient(self, dout: Any, mask: Any) -> Any:
        return registry["broadcast_mul" if self.axes else "elemwise_mul"].of()(dout, mask)

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        return super().propagate(dys, xs, ys, plan, wanted) if self.drops(plan.training) else [dys[0]]


class Draw(Operator):
    """The mask of a dropout alone: 1 / (1 - p) with probability 1 - p, else 0."""

    name = "_draw"
    internal = True
    random = True

    def __init__(self, dropout: Dropout) -> None:
        super().__init__()
        self.p = dropout.p

    def prepare(self, ctx: Any, mask: Any) -> Any:  # type: ignore[override]  # it has no inputs
        """The function that fills a mask of this shape and dtype."""
        shape, dtype = mask
        count, p = math.prod(shape), self.p
        fill = kernels.bernoulli.bind(ctx.on_cpu, dtype, count, 1 - p, 1 / (1 - p) if p < 1 else 0.0)
        blocks = kernels.blocks(count)
        return lambda mask: fill(mask, *take(ctx, blocks))
