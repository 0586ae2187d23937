"""Operators that join arrays, or split one."""

from __future__ import annotations

import math
from typing import Any

from ..base import ShapeError
from ..kernels import device, shaping
from .operator import Operator, register, registry, show, unify
from .params import Bool, Input, Int, Shape, Variadic
from .reshaping import ExpandDims, Moving, normalize
from .slicing import SliceAxis


def _joiner(on_cpu: bool, dtype: Any, shapes: Any, axis: int) -> Any:
    """A function of (y, *xs) that lays xs side by side along an axis."""
    return shaping.joiner(on_cpu, dtype, math.prod(shapes[0][:axis]), [math.prod(shape[axis:]) for shape in shapes])


@register("Concat", "concat")
class Concat(Moving):
    """Join arrays along an axis.

    Parameters
    ----------
    data : NDArrays that differ in that axis only
    dim : int; the axis
    """

    data = Variadic("num_args")
    num_args = Int(None)
    dim = Int(1)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        ndim = next((len(s) for s in [*ins, *outs] if s is not None), None)
        if ndim is None:
            return ins, outs
        axis = normalize(self, self.dim, ndim, "dim")
        rest: Any = (None,) * ndim
        for i, s in enumerate([*ins, *outs]):
            if s is not None:
                if len(s) != ndim:
                    raise self.error(f"arg{i} has shape {show(s)}, need {ndim} axes")
                name = f"arg{i}" if i < len(ins) else "output"
                try:
                    rest = unify(rest, (*s[:axis], None, *s[axis + 1 :]))
                except ShapeError:
                    raise self.error(f"{name} has shape {show(s)}, need {show(rest)} as those before it") from None
        lengths = [s[axis] if s is not None else None for s in ins]
        out = outs[0][axis] if outs[0] is not None else None
        missing = [i for i, n in enumerate(lengths) if n is None]
        if not missing:
            out = sum(n for n in lengths if n is not None)
        elif len(missing) == 1 and out is not None:
            lengths[missing[0]] = out - sum(n for n in lengths if n is not None)
        full = lambda n: (*rest[:axis], n, *rest[axis + 1 :])
        return [full(n) for n in lengths], [self._agree(full(out), outs[0], "output")]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        out = out_specs[0][0]
        axis = normalize(self, self.dim, len(out))
        return _joiner(env.ctx.on_cpu, in_specs[0][1], [shape for shape, _ in in_specs], axis)

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        axis = normalize(self, self.dim, len(dout.shape))
        ends, at = [], 0
        for s in data_shape:
            ends.append((at, at + s[axis]))
            at += s[axis]
        # an input without numbers has no gradient, nor could it be sliced
        return ([(lambda a=a, b=b: SliceAxis.of(axis=axis, begin=a, end=b)(dout)) if b > a else None for a, b in ends],)


@register("stack")
class Stack(Moving):
    """Join arrays of one shape along a new axis.

    Parameters
    ----------
    data : NDArrays of one shape
    axis : int; where the new axis will be
    """

    data = Variadic("num_args")
    num_args = Int(None)
    axis = Int(0)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        shape = None
        for i, s in enumerate(ins):
            shape = self._agree(shape, s, f"arg{i}")
        if shape is None:
            return ins, outs
        at = normalize(self, self.axis, len(shape) + 1)
        return [shape] * len(ins), [self._agree((*shape[:at], len(ins), *shape[at:]), outs[0], "output")]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        out = out_specs[0][0]
        at = normalize(self, self.axis, len(out))
        thin = (*out[:at], 1, *out[at + 1 :])
        return _joiner(env.ctx.on_cpu, in_specs[0][1], [thin] * len(in_specs), at)

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        at = normalize(self, self.axis, len(dout.shape))
        return ([(lambda i=i: _Layer.of(axis=at, index=i)(dout)) for i in range(len(data_shape))],)


@register("_layer")
class _Layer(Moving):
    """One array of those that were stacked: the part at an index of an axis, without that axis.

    Parameters
    ----------
    data : NDArray
    axis, index : int
    """

    internal = True
    data = Input()
    axis = Int()
    index = Int()

    def output_shape(self, data: Any) -> Any:
        return (*data[: self.axis], *data[self.axis + 1 :])

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (shape, dtype), out = in_specs[0], out_specs[0][0]
        strides = shaping.contiguous(shape)
        x0 = self.index * strides.pop(self.axis)
        return shaping.mover(env.ctx.on_cpu, dtype, out, shaping.contiguous(out), strides, x0=x0)

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        first = tuple(self.index if a == self.axis else 0 for a in range(len(data_shape)))
        place = registry["_place"].of(shape=data_shape, first=first, step=(1,) * len(data_shape))
        return place(ExpandDims.of(axis=self.axis)(dout))


class Splitting(Moving):
    """Base of the operators with several parts of one array as outputs: `bounds(shape)` gives axis and ends."""

    data = Input()

    def bounds(self, shape: Any) -> tuple[int, list[tuple[int, int]], bool]:
        raise NotImplementedError

    def output_names(self) -> tuple[str, ...]:
        return tuple(f"output{i}" for i in range(self.total_outputs())) if self.total_outputs() > 1 else ("output",)

    def output_shape(self, data: Any) -> Any:
        axis, ends, squeeze = self.bounds(data)
        return [(*data[:axis], *(() if squeeze else (b - a,)), *data[axis + 1 :]) for a, b in ends]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [ins[0]] * len(outs)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape, dtype = in_specs[0]
        axis, ends, _ = self.bounds(shape)
        inner = math.prod(shape[axis + 1 :])
        return shaping.parter(env.ctx.on_cpu, dtype, math.prod(shape[:axis]), [(b - a) * inner for a, b in ends])

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        shape = plan.in_specs[0][0]
        axis, _, squeeze = self.bounds(shape)
        if squeeze:
            dys = [ExpandDims.of(axis=axis)(dy) for dy in dys]
        return [Concat.of(dim=axis)(*dys)]

    @property
    def differentiable(self) -> bool:
        return True


@register("SliceChannel", "split")
class SliceChannel(Splitting):
    """Split into equal parts along an axis.

    Parameters
    ----------
    data : NDArray
    num_outputs : int; how many parts
    axis : int
    squeeze_axis : bool; drop the axis, whose parts must have length 1
    """

    num_outputs = Int()
    axis = Int(1)
    squeeze_axis = Bool(False)

    def total_outputs(self) -> int:
        return self.num_outputs

    def bounds(self, shape: Any) -> Any:
        axis, count = normalize(self, self.axis, len(shape)), self.num_outputs
        if shape[axis] % count:
            raise self.error(f"axis {axis} of data {show(shape)} cannot be split into num_outputs={count} equal parts")
        n = shape[axis] // count
        if self.squeeze_axis and n != 1:
            raise self.error(f"squeeze_axis: parts of axis {axis} of data {show(shape)} have length {n}, need 1")
        return axis, [(i * n, i * n + n) for i in range(count)], self.squeeze_axis


@register("_split_v2")
class SplitV2(Splitting):
    """Split along an axis, into equal parts or at given indices.

    Parameters
    ----------
    data : NDArray
    indices : tuple of ints; where parts begin, the first one (0) included
    axis : int
    squeeze_axis : bool; drop the axis, whose parts must have length 1
    sections : int; how many equal parts, 0 to split at indices
    """

    indices = Shape()
    axis = Int(1)
    squeeze_axis = Bool(False)
    sections = Int(0)

    def total_outputs(self) -> int:
        return self.sections or len(self.indices)

    def bounds(self, shape: Any) -> Any:
        axis = normalize(self, self.axis, len(shape))
        n = shape[axis]
        if self.sections:
            if n % self.sections:
                raise self.error(f"axis {axis} of data {show(shape)} cannot be split into {self.sections} equal parts")
            begins = [i * (n // self.sections) for i in range(self.sections)]
        else:
            begins = list(self.indices)
        ends = [*begins[1:], n]
        if any(not 0 <= a <= b <= n for a, b in zip(begins, ends)):
            raise self.error(f"indices={self.indices} do not split axis {axis} of data {show(shape)}")
        return axis, list(zip(begins, ends)), self.squeeze_axis


@register("add_n", "ElementWiseSum")
class AddN(Operator):
    """The sum of any number of arrays.

    Parameters
    ----------
    args : NDArrays of one shape

    Gradient
    --------
    dy for each.
    """

    args = Variadic("num_args")
    num_args = Int(None)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        if not in_specs:
            raise self.error("no arrays given")
        spec = in_specs[0]
        add = registry["elemwise_add"].of().bind(env.ctx, False, (spec, spec)).run

        def run(out: Any, *xs: Any) -> None:
            if len(xs) == 1:
                device.copy(out, xs[0])
                return
            add(out, xs[0], xs[1])
            for x in xs[2:]:
                add(out, out, x)

        return run

    def gradient(self, dout: Any, args_shape: Any) -> Any:
        return ([dout] * len(args_shape),)
