"""Operators that repeat elements."""

from __future__ import annotations

import math
from typing import Any

from ..kernels import shaping
from .operator import register, registry, show
from .params import Input, Int, Shape
from .reshaping import Moving, normalize, reshape_back


class Broadcasting(Moving):
    """Base of the operators that repeat axes of length 1: `target(*shapes)` is the result's shape."""

    data = Input()

    def target(self, data: Any, *others: Any) -> tuple[int, ...]:
        raise NotImplementedError

    def output_shape(self, data: Any, *others: Any) -> Any:
        out = self.target(data, *others)
        if len(out) != len(data) or any(n not in (1, m) for n, m in zip(data, out)):
            raise self.error(f"{next(iter(self.inputs))} {show(data)} cannot be broadcast to {show(out)}")
        return out

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [ins[0]]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        out, (data, dtype) = out_specs[0][0], in_specs[0]
        strides = [0 if n == 1 else s for n, s in zip(data, shaping.contiguous(data))]
        run = shaping.mover(env.ctx.on_cpu, dtype, out, shaping.contiguous(out), strides)
        return run if len(in_specs) == 1 else lambda out, data, *rest: run(out, data)

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        from .elementwise import unbroadcast

        return [unbroadcast(dys[0], plan.in_specs[0][0]), *[None] * (len(wanted) - 1)]

    @property
    def differentiable(self) -> bool:
        return True


@register("broadcast_to")
class BroadcastTo(Broadcasting):
    """Repeat along axes of length 1.

    Parameters
    ----------
    data : NDArray
    shape : tuple of ints; 0 keeps an axis
    """

    shape = Shape(())

    def target(self, data: Any, *others: Any) -> tuple[int, ...]:
        return tuple(n or m for n, m in zip(self.shape, data)) + self.shape[len(data) :]


@register("broadcast_axis", "broadcast_axes")
class BroadcastAxis(Broadcasting):
    """Repeat along given axes of length 1.

    Parameters
    ----------
    data : NDArray
    axis : int or tuple of ints
    size : int or tuple of ints; the new lengths
    """

    axis = Shape(())
    size = Shape(())

    def target(self, data: Any, *others: Any) -> tuple[int, ...]:
        if len(self.axis) != len(self.size):
            raise self.error(f"axis={self.axis} and size={self.size} differ in length")
        out = list(data)
        for a, n in zip(self.axis, self.size):
            out[normalize(self, a, len(data))] = n
        return tuple(out)


@register("broadcast_like")
class BroadcastLike(Broadcasting):
    """Repeat `lhs` to the shape of `rhs`, or along given axes only.

    Parameters
    ----------
    lhs, rhs : NDArray
    lhs_axes, rhs_axes : tuples of ints or None; axes of lhs that take the lengths of axes of rhs
    """

    lhs = Input()
    rhs = Input()
    lhs_axes = Shape(None)
    rhs_axes = Shape(None)

    def target(self, data: Any, *others: Any) -> tuple[int, ...]:
        (like,) = others
        if self.lhs_axes is None or self.rhs_axes is None:
            return like
        out = list(data)
        for a, b in zip(self.lhs_axes, self.rhs_axes):
            out[normalize(self, a, len(data))] = like[normalize(self, b, len(like))]
        return tuple(out)


del BroadcastLike.inputs["data"]


@register("tile")
class Tile(Moving):
    """Lay copies of an array side by side.

    Parameters
    ----------
    data : NDArray
    reps : tuple of ints; how many copies along each axis
    """

    data = Input()
    reps = Shape()

    def pairs(self, data: Any) -> list[tuple[int, int]]:
        """(copies, length) along each axis of the result."""
        n = max(len(data), len(self.reps))
        reps, data = (1,) * (n - len(self.reps)) + self.reps, (1,) * (n - len(data)) + tuple(data)
        return list(zip(reps, data))

    def output_shape(self, data: Any) -> Any:
        return tuple(r * n for r, n in self.pairs(data))

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        pairs = self.pairs(in_specs[0][0])
        dims = [d for pair in pairs for d in pair]
        strides = [s for step in shaping.contiguous([n for _, n in pairs]) for s in (0, step)]
        return shaping.mover(env.ctx.on_cpu, in_specs[0][1], dims, shaping.contiguous(dims), strides)

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        pairs = self.pairs(data_shape)
        split = reshape_back(dout, tuple(d for pair in pairs for d in pair))
        total = registry["sum"].of(axis=tuple(range(0, 2 * len(pairs), 2)))(split)
        return reshape_back(total, data_shape)


@register("repeat")
class Repeat(Moving):
    """Repeat each element.

    Parameters
    ----------
    data : NDArray
    repeats : int
    axis : int or None (flatten first)
    """

    data = Input()
    repeats = Int()
    axis = Int(None)

    def dims(self, data: Any) -> tuple[int, int]:
        """Elements before and after the repeated position."""
        if self.axis is None:
            return math.prod(data), 1
        axis = normalize(self, self.axis, len(data))
        return math.prod(data[: axis + 1]), math.prod(data[axis + 1 :])

    def output_shape(self, data: Any) -> Any:
        if self.axis is None:
            return (math.prod(data) * self.repeats,)
        axis = normalize(self, self.axis, len(data))
        return (*data[:axis], data[axis] * self.repeats, *data[axis + 1 :])

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        outer, inner = self.dims(in_specs[0][0])
        dims = (outer, self.repeats, inner)
        return shaping.mover(env.ctx.on_cpu, in_specs[0][1], dims, shaping.contiguous(dims), [inner, 0, 1])

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        outer, inner = self.dims(data_shape)
        split = reshape_back(dout, (outer, self.repeats, inner))
        return reshape_back(registry["sum"].of(axis=1)(split), data_shape)
