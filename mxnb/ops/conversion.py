"""Operators about dtypes, constants, shapes as numbers, and choosing between arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..kernels import device, shaping
from ..kernels.launch import bind, launcher
from ..kernels.scratch import scratch
from .operator import FLOAT32, Operator, register, registry, show
from .params import Bool, DType, Input


@register("Cast", "cast")
class Cast(Operator):
    """The numbers in another dtype; floats become whole numbers by cutting off the fraction.

    Parameters
    ----------
    data : NDArray
    dtype : str or dtype
    """

    data = Input()
    dtype = DType()

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [self.dtype]

    def _runner(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (target, source), count = (out_specs[0][1].name, in_specs[0][1].name), math.prod(out_specs[0][0])
        kinds = {target, source}
        if env.ctx.on_cpu and (kinds == {"float16", "float32"} or (target, source) == ("float16", "float64")):
            half = shaping.convert_half
            return bind(half, (out_specs[0][1], in_specs[0][1]), (), count, half.grain)
        if env.ctx.on_cpu and kinds == {"float16"}:
            return device.copy
        if env.ctx.on_cpu and "float16" in kinds:
            return self._through_single(env, out_specs[0], in_specs[0])
        kernel, dtypes = shaping.convert, (out_specs[0][1], in_specs[0][1])
        return launcher(kernel, env.ctx.on_cpu, dtypes, 0, count, kernel.grain)

    def _through_single(self, env: Any, out_spec: Any, in_spec: Any) -> Any:
        """Between float16 and other dtypes: float32 holds all of it, and what of whole numbers it does not hold is
        infinity there. (What of float64 lies next to the middle between two numbers is rounded twice, as in MXNet.)
        """
        first, second = (
            Cast.of(dtype=to.name).bind(env.ctx, False, ((in_spec[0], of),)).run
            for to, of in ((FLOAT32, in_spec[1]), (out_spec[1], FLOAT32))
        )

        def run(out: Any, data: Any) -> None:
            between = scratch("conversion", data.shape, FLOAT32)
            first(between, data)
            second(out, between)

        return run

    def gradient(self, dout: Any, data_dtype: Any) -> Any:
        return Cast.of(dtype=data_dtype.name)(dout)


class _Constant(Operator):
    """Base of zeros_like and ones_like."""

    value = 0.0
    data = Input()

    def reads_half(self, specs: Any) -> bool:
        return True

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        run = shaping.filler(env.ctx.on_cpu, out_specs[0][1], math.prod(out_specs[0][0]), self.value)
        return lambda out, data: run(out)

    def gradient(self) -> None:
        return None


@register("zeros_like")
class ZerosLike(_Constant):
    """Zeros of the shape and dtype of an array.

    Parameters
    ----------
    data : NDArray
    """


@register("ones_like")
class OnesLike(_Constant):
    """Ones of the shape and dtype of an array.

    Parameters
    ----------
    data : NDArray
    """

    value = 1.0


@register("shape_array")
class ShapeArray(Operator):
    """The shape of an array, as array of int64.

    Parameters
    ----------
    data : NDArray
    """

    data = Input()

    def output_shape(self, data: Any) -> Any:
        return (len(data),)

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [np.dtype("int64")]

    def facts(self, shape: Any) -> tuple[int, ...]:
        """What is written."""
        return tuple(shape)

    def forward(self, env: Any, out: Any, data: Any) -> None:
        device.copy(out, np.array(self.facts(data.shape), np.int64))


@register("size_array")
class SizeArray(ShapeArray):
    """The number of elements of an array, as array of int64.

    Parameters
    ----------
    data : NDArray
    """

    def output_shape(self, data: Any) -> Any:
        return (1,)

    def facts(self, shape: Any) -> tuple[int, ...]:
        return (math.prod(shape),)


@register("where")
class Where(Operator):
    """`x` where the condition is not 0, else `y`.

    Parameters
    ----------
    condition : NDArray, of the shape of x or, one for each row, of shape (len(x),)
    x, y : NDArray of one shape

    Returns
    -------
    NDArray like x
    """

    condition = Input()
    x = Input()
    y = Input()

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        condition, x, y = ins
        shape = self._agree(self._agree(x, y, "y"), outs[0], "output")
        if condition is None:
            condition = shape
        elif shape is not None and len(condition) == 1 and len(shape) > 1 and condition[0] in (None, shape[0]):
            condition = shape[:1]
        elif shape is not None and len(condition) != len(shape):
            raise self.error(
                f"condition has shape {show(condition)}, need {show(shape)}"
                + f" or {show(shape[:1])}" * (len(shape) > 1)
            )
        elif shape is not None and len(condition) == len(shape):
            condition = self._agree(shape, condition, "condition")
        return [condition, shape, shape], [shape]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        both, out = super().infer_dtype(ins[1:], outs)
        return [ins[0], *both], out

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape, condition = out_specs[0][0], in_specs[0][0]
        count = math.prod(shape)
        if condition == shape:
            kinds = [dtype for _, dtype in (*out_specs, *in_specs)]
            return launcher(shaping.choose, env.ctx.on_cpu, kinds, 0, count, shaping.choose.grain)
        dtypes = in_specs[0][1], out_specs[0][1]
        return shaping.row_chooser(env.ctx.on_cpu, dtypes, shape[0], count // max(shape[0], 1))

    def gradient(self, dout: Any, condition: Any) -> Any:
        if condition.shape == dout.shape:
            return None, lambda: _Keep.of(wanted=True)(condition, dout), lambda: _Keep.of(wanted=False)(condition, dout)
        zero = registry["zeros_like"].of()(dout)
        return None, lambda: Where.of()(condition, dout, zero), lambda: Where.of()(condition, zero, dout)


@register("_keep")
class _Keep(Operator):
    """`x` where the condition holds, or where it does not, 0 elsewhere: the gradient of `where`.

    Parameters
    ----------
    condition, x : NDArray of one shape
    wanted : bool; whether the condition, that of not being 0, has to hold
    """

    internal = True
    condition = Input()
    x = Input()
    wanted = Bool(True)

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [ins[1]]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        count, wanted = math.prod(out_specs[0][0]), int(self.wanted)
        return lambda out, c, x: shaping.keep(count, out, c, x, wanted)

    def gradient(self, dout: Any, condition: Any) -> Any:
        return None, self(condition, dout)
