"""Operators that take parts of arrays."""

from __future__ import annotations

from typing import Any

from ..kernels import shaping
from .operator import Operator, register, registry, show
from .params import Input, Int, Shape
from .reshaping import Moving, normalize, reshape_back


def slice_geometry(
    op: Operator, shape: Any, begin: Any, end: Any, step: Any
) -> tuple[list[int], list[int], tuple[int, ...]]:
    """(first index, step, length of the result) along each axis."""
    if len(begin) != len(end) or len(begin) > len(shape) or (step and len(step) != len(begin)):
        raise op.error(f"begin={begin}, end={end}, step={step} do not fit data {show(shape)}")
    firsts, steps, lengths = [], [], []
    for i, n in enumerate(shape):
        s = slice(
            begin[i] if i < len(begin) else None,
            end[i] if i < len(end) else None,
            step[i] if i < len(step) else None,
        )
        if s.step == 0:
            raise op.error(f"step of axis {i} is 0")
        first, stop, by = s.indices(n)
        firsts.append(first)
        steps.append(by)
        lengths.append(len(range(first, stop, by)))
    return firsts, steps, tuple(lengths)


class Slicing(Moving):
    """Base of the operators that take a rectangular part: `part(shape)` gives first indices, steps and lengths."""

    data = Input()

    def part(self, shape: Any, *others: Any) -> tuple[list[int], list[int], tuple[int, ...]]:
        raise NotImplementedError

    def output_shape(self, *ins: Any) -> Any:
        return self.part(*ins)[2]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        firsts, steps, lengths = self.part(*(s for s, _ in in_specs))
        shape, dtype = in_specs[0]
        strides = shaping.contiguous(shape)
        run = shaping.mover(
            env.ctx.on_cpu, dtype, lengths, shaping.contiguous(lengths), [a * b for a, b in zip(strides, steps)],
            x0=sum(a * b for a, b in zip(strides, firsts)),
        )  # fmt: skip
        return run if len(in_specs) == 1 else lambda out, data, *rest: run(out, data)

    def place(self, dout: Any, shape: Any, *others: Any) -> Any:
        """The gradient: dout in its place among zeros."""
        firsts, steps, _ = self.part(shape, *others)
        return registry["_place"].of(shape=tuple(shape), first=tuple(firsts), step=tuple(steps))(dout)

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        return self.place(dout, data_shape)


@register("_place")
class Place(Moving):
    """Put an array into zeros of a larger shape: the gradient of slicing.

    Parameters
    ----------
    data : NDArray
    shape : tuple of ints; of the result
    first, step : tuples of ints; where data begins and how far its elements are apart, along each axis
    """

    internal = True
    data = Input()
    shape = Shape()
    first = Shape()
    step = Shape()

    def output_shape(self, data: Any) -> Any:
        return self.shape

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        dims, dtype = in_specs[0]
        return shaping.placer(env.ctx.on_cpu, dtype, self.shape, self.first, self.step, dims)

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        end = [f + s * n for f, s, n in zip(self.first, self.step, data_shape)]
        ends = tuple(e if s > 0 else (None if e < 0 else e) for e, s in zip(end, self.step))
        return Slice.of(begin=self.first, end=ends, step=self.step)(dout)


@register("slice", "crop")
class Slice(Slicing):
    """A part of an array, ``data[begin:end:step]``.

    Parameters
    ----------
    data : NDArray
    begin, end : tuples of ints or None, one for each of the first axes
    step : tuple of ints or None; may be negative
    """

    begin = Shape(elements_optional=True)
    end = Shape(elements_optional=True)
    step = Shape((), elements_optional=True)

    def part(self, shape: Any, *others: Any) -> Any:
        return slice_geometry(self, shape, self.begin, self.end, self.step)


@register("_slice_to")
class SliceTo(Slice):
    """A part of an array in a given shape, ``data[begin:end:step].reshape(shape)``: what a copying index gives.

    Parameters
    ----------
    data : NDArray
    begin, end, step : as of `slice`
    shape : tuple of ints; of the result
    """

    internal = True
    shape = Shape()

    def output_shape(self, *ins: Any) -> Any:
        return self.shape

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        return self.place(reshape_back(dout, self.part(data_shape)[2]), data_shape)


@register("slice_axis")
class SliceAxis(Slicing):
    """A part along one axis.

    Parameters
    ----------
    data : NDArray
    axis : int
    begin : int; may be negative
    end : int or None; may be negative
    """

    axis = Int()
    begin = Int()
    end = Int(optional=True)

    def part(self, shape: Any, *others: Any) -> Any:
        axis = normalize(self, self.axis, len(shape))
        n = shape[axis]
        begin = self.begin + n * (self.begin < 0)
        end = n if self.end is None else self.end + n * (self.end < 0)
        if not 0 <= begin < end <= n:
            raise self.error(f"begin={self.begin}, end={self.end} is not a range of axis {axis} of data {show(shape)}")
        firsts, lengths = [0] * len(shape), list(shape)
        firsts[axis], lengths[axis] = begin, end - begin
        return firsts, [1] * len(shape), tuple(lengths)


@register("slice_like")
class SliceLike(Slicing):
    """The leading part of `data` with the lengths of `shape_like`.

    Parameters
    ----------
    data, shape_like : NDArray
    axes : tuple of ints; the axes to cut, all if empty
    """

    shape_like = Input()
    axes = Shape(())

    def part(self, shape: Any, *others: Any) -> Any:
        (like,) = others
        axes = [normalize(self, a, len(shape)) for a in self.axes] or list(range(len(shape)))
        lengths = list(shape)
        for a in axes:
            if a >= len(like) or like[a] > shape[a]:
                raise self.error(f"shape_like {show(like)} does not fit data {show(shape)} at axis {a}")
            lengths[a] = like[a]
        return [0] * len(shape), [1] * len(shape), tuple(lengths)

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [ins[0]]

    def gradient(self, dout: Any, data_shape: Any, shape_like_shape: Any) -> Any:  # type: ignore[override]
        return self.place(dout, data_shape, shape_like_shape), None
