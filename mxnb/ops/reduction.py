"""Reductions: each declared by map, combine, start and finish, and a gradient rule."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..kernels import device
from ..kernels.reduction import Reduction as Kernels
from ..kernels.words import (
    absolute,
    cast,
    isnan,
    maximum,
    minimum,
    reduce_add,
    reduce_max,
    reduce_min,
    reduce_multiply,
    sign,
    sqrt,
    where,
)
from .operator import Operator, arguments, register, registry
from .params import Bool, Enum, Input, Int, IntOrShape

Function = Callable[..., Any]


def normalize_axes(op: Operator, axis: Any, ndim: int, exclude: bool = False) -> tuple[int, ...]:
    """The axes as sorted non-negative numbers; None and () mean all."""
    if axis is None or axis == ():
        axes: tuple[int, ...] = tuple(range(ndim)) if not exclude else ()
        return axes if axis is None or not exclude else tuple(range(ndim))
    axis = (axis,) if isinstance(axis, int) else axis
    for a in axis:
        if not -ndim <= a < ndim:
            raise op.error(f"axis {a} is out of range for {ndim} axes")
    axes = tuple(sorted({a % ndim for a in axis}))
    if len(axes) < len(axis):
        raise op.error(f"axis {axis} names an axis twice")
    return tuple(a for a in range(ndim) if a not in axes) if exclude else axes


def kept_shape(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    """The shape of a reduction's result; a full one has shape (1,)."""
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes) or (1,)


class Reduce(Operator):
    """Base of the operators in this file."""

    data = Input()
    axis = IntOrShape(None)
    keepdims = Bool(False)
    exclude = Bool(False)
    kernels: Kernels
    rule: Function

    def axes(self, ndim: int) -> tuple[int, ...]:
        """The axes to reduce, sorted."""
        return normalize_axes(self, self.axis, ndim, self.exclude)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        (data,) = ins
        if data is None:
            return ins, outs
        return ins, [self._agree(kept_shape(data, self.axes(len(data)), self.keepdims), outs[0], "output")]

    def reads_half(self, specs: list[Any]) -> bool:
        return self.kernels.fold is not None and all(dtype == specs[0][1] for _, dtype in specs)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        ((shape, dtype),) = in_specs
        return self.kernels.bind(env.ctx.on_cpu, shape, self.axes(len(shape)), dtype)

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        shape = plan.in_specs[0][0]
        axes = self.axes(len(shape))
        wide = kept_shape(shape, axes, True)
        values = {"n": math.prod(shape[a] for a in axes)}
        values["dy"] = dys[0] if dys[0].shape == wide else registry["_reshape_to"].of(shape=wide)(dys[0])
        if "y" in self.names:
            values["y"] = ys[0] if ys[0].shape == wide else registry["_reshape_to"].of(shape=wide)(ys[0])
        if "x" in self.names:
            values["x"] = xs[0]
        got = type(self).rule(*(values[n] for n in self.names))
        return [got if got.shape == shape else registry["broadcast_to"].of(shape=shape)(got)]

    names: tuple[str, ...] = ()

    @property
    def differentiable(self) -> bool:
        return True


def reduction(
    name: str,
    doc: str,
    grad: Function,
    *aliases: str,
    mapped: Function = lambda x: x,
    combine: Function = lambda a, b: a + b,
    start: float = 0.0,
    finish: Function = lambda total, n: total,
    fold: Function | None = reduce_add,
    staged: bool = True,
    base: type[Reduce] = Reduce,
) -> type[Operator]:
    """Declare a reduction.

    Parameters
    ----------
    grad : gradient with respect to x, of some of `dy`, `x`, `y` and the count `n`; dy and y keep the reduced axes.
    mapped, combine, start, finish, fold, staged : see `kernels.reduction.Reduction`.
    """
    names = arguments(grad)
    text = f"""{doc}

    Parameters
    ----------
    data : NDArray, any shape
    axis : int, tuple of ints or None (all)
    keepdims : bool; keep reduced axes with length 1
    exclude : bool; reduce all axes but those of `axis`

    Returns
    -------
    NDArray; of shape (1,) where nothing is left
    """
    body = {
        "__doc__": text, "__module__": __name__, "rule": staticmethod(grad), "names": names,
        "kernels": Kernels(name, mapped, combine, start, finish, fold, staged),
    }  # fmt: skip
    cls: type[Operator] = type(name, (base,), body)
    cls.needs_inputs, cls.needs_outputs = "x" in names, "y" in names
    return register(name, *aliases)(cls)


reduction("sum", "Sum over axes.", lambda dy: dy, "sum_axis")
reduction("mean", "Mean over axes.", lambda dy, n: dy / n, finish=lambda total, n: total / n)
reduction(
    "prod", "Product over axes; the gradient is y / x, NaN where x is 0.", lambda dy, x, y: dy * y / x,
    combine=lambda a, b: a * b, start=1.0, fold=reduce_multiply,
)  # fmt: skip
reduction(
    "nansum", "Sum over axes of what is not NaN.", lambda dy, x: dy * (x == x),
    mapped=lambda x: where(isnan(x), cast(0, x), x),
)  # fmt: skip
reduction(
    "nanprod", "Product over axes of what is not NaN.", lambda dy, x, y: where(x == x, dy * y / x, 0.0),
    mapped=lambda x: where(isnan(x), cast(1, x), x), combine=lambda a, b: a * b, start=1.0, fold=reduce_multiply,
)  # fmt: skip
reduction(
    "max", "Maximum over axes; the gradient goes to every tied element.", lambda dy, x, y: dy * (x == y), "max_axis",
    combine=maximum, start=-np.inf, fold=reduce_max,
)  # fmt: skip
reduction(
    "min", "Minimum over axes; the gradient goes to every tied element.", lambda dy, x, y: dy * (x == y), "min_axis",
    combine=minimum, start=np.inf, fold=reduce_min,
)  # fmt: skip


reduction("_norm1", "Sum of sizes over axes.", lambda dy, x: dy * sign(x), mapped=absolute)
reduction(
    "_norm2", "Root of the sum of squares over axes.", lambda dy, x, y: x * (dy / y),
    mapped=lambda x: x * x, finish=lambda total, n: sqrt(total), staged=False,
)  # fmt: skip


@register("norm")
class Norm(Operator):
    """L1 or L2 norm over axes.

    Parameters
    ----------
    data : NDArray, any shape
    ord : int; 1 or 2
    axis : int, tuple of ints or None (all)
    out_dtype : dtype of the result, None for that of data
    keepdims : bool; keep reduced axes with length 1

    Returns
    -------
    NDArray; of shape (1,) where nothing is left

    Gradient
    --------
    dy * sign(x) for order 1, dy * x / y for order 2.
    """

    data = Input()
    ord = Int(2)
    axis = IntOrShape(None)
    out_dtype = Enum("float16", "float32", "float64", "int32", "int64", "int8", default=None)
    keepdims = Bool(False)

    def check(self) -> None:
        if self.ord not in (1, 2):
            raise self.error(f"ord={self.ord}: need 1 or 2")

    def inner(self) -> Operator:
        """The reduction that does the work."""
        return registry[f"_norm{self.ord}"].of(axis=self.axis, keepdims=self.keepdims)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if ins[0] is None:
            return ins, outs
        shape = kept_shape(ins[0], normalize_axes(self, self.axis, len(ins[0])), self.keepdims)
        return ins, [self._agree(shape, outs[0], "output")]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [np.dtype(self.out_dtype) if self.out_dtype else ins[0]]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        if out_specs[0][1] == in_specs[0][1]:
            return self.inner().prepare(env, out_specs, in_specs)
        run = self.inner().prepare(env, [(out_specs[0][0], in_specs[0][1])], in_specs)
        from ..kernels.shaping import convert

        def run_cast(y: Any, x: Any) -> None:
            work = device.empty_like_target(x, y.shape, x.dtype)
            run(work, x)
            convert(y.size, y, work)

        return run_cast

    def gradient(self, dout: Any, data: Any, out: Any, data_shape: Any, data_dtype: Any) -> Any:
        if self.out_dtype and self.out_dtype != data_dtype.name:
            cast = registry["Cast"].of(dtype=data_dtype.name)
            dout, out = cast(dout), cast(out)
        axes = normalize_axes(self, self.axis, len(data_shape))
        wide = kept_shape(data_shape, axes, True)
        reshape = registry["_reshape_to"].of(shape=wide)
        if self.ord == 1:
            return registry["broadcast_mul"].of()(sign(data), reshape(dout))
        return registry["broadcast_mul"].of()(data, reshape(dout) / reshape(out))
