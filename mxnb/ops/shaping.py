"""Operators that change the shape, order or dtype of arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..kernels import device, shaping
from .operator import Operator, known, register, registry, show
from .params import Bool, DType, Enum, Float, Input, Int, Shape, Variadic


def normalize(op: Operator, axis: int, ndim: int, name: str = "axis") -> int:
    """A non-negative axis."""
    if not -ndim <= axis < ndim:
        raise op.error(f"{name}={axis} is out of range for {ndim} axes")
    return axis % ndim


class Moving(Operator):
    """Base of the operators that only copy numbers."""

    moves_data = True


# --- Same order, another shape ---------------------------------------------------------------------------------------


def reshaped(op: Operator, shape: Any, target: tuple[int, ...], reverse: bool) -> tuple[int, ...]:
    """The shape that MXNet's codes describe: 0 copy, -1 infer, -2 copy the rest, -3 merge two, -4 split one."""
    source, codes = list(shape), list(target)
    if reverse:
        source.reverse()
        codes.reverse()
        for i in range(len(codes) - 2):  # read from the right, the two factors stand before their -4
            if codes[i + 2] == -4:
                codes[i], codes[i + 1], codes[i + 2] = -4, codes[i + 1], codes[i]
    out: list[int] = []
    at, infer, i = 0, None, 0
    bad = op.error(f"shape={tuple(target)} does not fit data {show(tuple(shape))}")
    while i < len(codes):
        code = codes[i]
        if code > 0:
            out.append(code)
            at += 1
        elif code in (0, -3, -4) and at >= len(source):
            raise bad
        elif code == 0:
            out.append(source[at])
            at += 1
        elif code == -1:
            if infer is not None:
                raise op.error(f"shape={tuple(target)} has more than one -1")
            infer = len(out)
            out.append(1)
            at += 1
        elif code == -2:
            out += source[at:]
            at = len(source)
        elif code == -3:
            if at + 1 >= len(source):
                raise bad
            out.append(source[at] * source[at + 1])
            at += 2
        elif code == -4:
            if i + 2 >= len(codes):
                raise bad
            whole, (a, b) = source[at], codes[i + 1 : i + 3]
            if a == -1 and b == -1:
                raise bad
            a = whole // b if a == -1 else a
            b = whole // a if b == -1 else b
            if a * b != whole:
                raise bad
            out += [a, b]
            at += 1
            i += 2
        else:
            raise op.error(f"shape={tuple(target)}: {code} is not a code")
        i += 1
    size = math.prod(shape)
    if infer is not None:
        rest = math.prod(n for j, n in enumerate(out) if j != infer)
        out[infer] = size // rest if rest else 0
    if reverse:
        out.reverse()
    if math.prod(out) != size:
        raise op.error(f"data {show(tuple(shape))} has {size} elements, shape={tuple(target)} needs {math.prod(out)}")
    return tuple(out)


class Viewing(Moving):
    """Base of the operators whose result is the same memory read in another shape; a static graph shares it."""

    views = True

    def forward(self, env: Any, out: Any, *data: Any) -> None:
        device.copy(out, device.reshape(data[0], out.shape))


def _reshape_back(dout: Any, shape: Any) -> Any:
    return registry["_reshape_to"].of(shape=shape)(dout)


@register("_reshape_to")
class ReshapeTo(Viewing):
    """The same numbers in exactly the given shape.

    Parameters
    ----------
    data : NDArray
    shape : tuple of ints; taken as it is, 0 is an empty axis
    """

    internal = True
    data = Input()
    shape = Shape()

    def output_shape(self, data: Any) -> Any:
        if math.prod(data) != math.prod(self.shape):
            raise self.error(f"data {show(data)} cannot have shape {show(self.shape)}")
        return self.shape

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        return _reshape_back(dout, data_shape)


@register("Reshape", "reshape")
class Reshape(Viewing):
    """The same numbers in another shape.

    Parameters
    ----------
    data : NDArray
    shape : tuple of ints; 0 keeps an axis, -1 is inferred, -2 keeps all further axes, -3 merges two axes, -4 splits one
        into the two that follow
    reverse : bool; read the codes from the right
    target_shape, keep_highest : the older form of `shape`; 0 is inferred

    Examples
    --------
    >>> mx.nd.reshape(mx.nd.ones((2, 3, 4)), shape=(-3, 0)).shape
    (6, 4)
    """

    data = Input()
    shape = Shape(())
    reverse = Bool(False)
    target_shape = Shape(())
    keep_highest = Bool(False)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        (data,) = ins
        if data is None:
            return ins, outs
        if not known(data):
            if not self.shape or any(c <= 0 for c in self.shape):
                return self._partial(data, ins, outs)
            return ins, [self._agree(self.shape, outs[0], "output")]
        if self.shape:
            shape = reshaped(self, data, self.shape, self.reverse)
        elif self.target_shape:
            codes = [0 if (i == 0 and self.keep_highest) else (n or -1) for i, n in enumerate(self.target_shape)]
            shape = reshaped(self, data, tuple(codes), False)
        else:
            raise self.error("shape is empty")
        return ins, [self._agree(shape, outs[0], "output")]

    def _partial(self, data: Any, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        """Where data is partly known, leading positive numbers and zeros still say something."""
        if self.reverse or any(c < -1 for c in self.shape) or not self.shape:
            return ins, outs
        guess = tuple(c if c > 0 else (data[i] if c == 0 and i < len(data) else None) for i, c in enumerate(self.shape))
        return ins, [self._agree(guess, outs[0], "output")]

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        return _reshape_back(dout, data_shape)


@register("_run_slice")
class RunSlice(Moving):
    """A run of the flattened data in a given shape: what a view of an NDArray is to autograd.

    Parameters
    ----------
    data : NDArray
    start, end : int; the run
    shape : tuple of ints; of the result
    """

    internal = True
    data = Input()
    start = Int()
    end = Int()
    shape = Shape()

    def output_shape(self, data: Any) -> Any:
        return self.shape

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return shaping.mover(env.ctx.on_cpu, (self.end - self.start,), (1,), (1,), x0=self.start)

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        flat = _reshape_back(dout, (self.end - self.start,))
        return _reshape_back(Place.of(shape=(math.prod(data_shape),), first=(self.start,), step=(1,))(flat), data_shape)


@register("Flatten", "flatten")
class Flatten(Viewing):
    """Keep the first axis and merge all others; (n,) becomes (n, 1).

    Parameters
    ----------
    data : NDArray, shape (n, ...)
    """

    data = Input()

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        (data,) = ins
        if data is None or not data:
            return ins, outs
        rest = math.prod(data[1:]) if known(data[1:]) else None
        return ins, [self._agree((data[0], rest), outs[0], "output")]

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        return _reshape_back(dout, data_shape)


@register("expand_dims")
class ExpandDims(Viewing):
    """Insert an axis of length 1.

    Parameters
    ----------
    data : NDArray
    axis : int; where the new axis will be
    """

    data = Input()
    axis = Int()

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        (data,) = ins
        if data is None:
            return ins, outs
        at = normalize(self, self.axis, len(data) + 1)
        return ins, [self._agree((*data[:at], 1, *data[at:]), outs[0], "output")]

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        return _reshape_back(dout, data_shape)


@register("squeeze")
class Squeeze(Viewing):
    """Drop axes of length 1.

    Parameters
    ----------
    data : NDArray
    axis : int, tuple of ints or None (all of length 1)
    """

    data = Input()
    axis = Shape(None)

    def output_shape(self, data: Any) -> Any:
        if self.axis is None:
            out = tuple(n for n in data if n != 1)
        else:
            axes = [normalize(self, a, len(data)) for a in self.axis]
            for a in axes:
                if data[a] != 1:
                    raise self.error(f"axis {a} of data {show(data)} has length {data[a]}, need 1")
            out = tuple(n for i, n in enumerate(data) if i not in axes)
        return out or (1,)

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        return _reshape_back(dout, data_shape)


@register("reshape_like")
class ReshapeLike(Viewing):
    """`lhs` in the shape of `rhs`, or with a range of its axes replaced by a range of those of `rhs`.

    Parameters
    ----------
    lhs, rhs : NDArray
    lhs_begin, lhs_end, rhs_begin, rhs_end : int or None; the ranges of axes
    """

    lhs = Input()
    rhs = Input()
    lhs_begin = Int(None)
    lhs_end = Int(None)
    rhs_begin = Int(None)
    rhs_end = Int(None)

    def output_shape(self, lhs: Any, rhs: Any) -> Any:
        def span(shape: Any, begin: Any, end: Any) -> tuple[int, int]:
            n = len(shape)
            lo = 0 if begin is None else begin + n * (begin < 0)
            hi = n if end is None else end + n * (end < 0)
            return lo, hi

        a, b = span(lhs, self.lhs_begin, self.lhs_end)
        c, d = span(rhs, self.rhs_begin, self.rhs_end)
        out = (*lhs[:a], *rhs[c:d], *lhs[b:])
        if math.prod(out) != math.prod(lhs):
            raise self.error(f"lhs {show(lhs)} cannot have shape {show(out)}")
        return out

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [ins[0]]

    def gradient(self, dout: Any, lhs_shape: Any) -> Any:
        return _reshape_back(dout, lhs_shape), None


# --- Another order ---------------------------------------------------------------------------------------------------


@register("transpose")
class Transpose(Moving):
    """Permute axes.

    Parameters
    ----------
    data : NDArray
    axes : tuple of ints; the order of axes, reversed if empty
    """

    data = Input()
    axes = Shape(())

    def order(self, ndim: int) -> tuple[int, ...]:
        """The permutation for an array of `ndim` axes."""
        if not self.axes:
            return tuple(range(ndim))[::-1]
        axes = tuple(normalize(self, a, ndim) for a in self.axes)
        if sorted(axes) != list(range(ndim)):
            raise self.error(f"axes={self.axes} is no order of the {ndim} axes of data")
        return axes

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data, out = ins[0], outs[0]
        if data is None and out is None:
            return ins, outs
        order = self.order(len(data if data is not None else out))
        if out is not None:
            back: list[Any] = [None] * len(out)
            for i, a in enumerate(order):
                back[a] = out[i]
            data = self._agree(tuple(back), data, "data")
        return [data], [tuple(data[a] for a in order)]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape = in_specs[0][0]
        strides = shaping.contiguous(shape)
        order = self.order(len(shape))
        out = out_specs[0][0]
        return shaping.mover(env.ctx.on_cpu, out, shaping.contiguous(out), [strides[a] for a in order])

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        order = self.order(len(data_shape))
        return Transpose.of(axes=tuple(sorted(range(len(order)), key=order.__getitem__)))(dout)


@register("SwapAxis", "swapaxes")
class SwapAxis(Transpose):
    """Exchange two axes.

    Parameters
    ----------
    data : NDArray
    dim1, dim2 : int; the axes
    """

    dim1 = Int(0)
    dim2 = Int(0)

    def order(self, ndim: int) -> tuple[int, ...]:
        axes = list(range(ndim))
        a, b = normalize(self, self.dim1, ndim, "dim1"), normalize(self, self.dim2, ndim, "dim2")
        axes[a], axes[b] = axes[b], axes[a]
        return tuple(axes)


del SwapAxis.params["axes"]


@register("reverse", "flip")
class Reverse(Moving):
    """Reverse the order along axes.

    Parameters
    ----------
    data : NDArray
    axis : int or tuple of ints
    """

    data = Input()
    axis = Shape()

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape = in_specs[0][0]
        strides, start = shaping.contiguous(shape), 0
        steps = list(strides)
        for axis in {normalize(self, a, len(shape)) for a in self.axis}:
            start += (shape[axis] - 1) * strides[axis]
            steps[axis] = -strides[axis]
        return shaping.mover(env.ctx.on_cpu, shape, strides, steps, x0=start)

    def gradient(self, dout: Any) -> Any:
        return self(dout)


# --- Parts of arrays -------------------------------------------------------------------------------------------------


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
        strides = shaping.contiguous(in_specs[0][0])
        run = shaping.mover(
            env.ctx.on_cpu, lengths, shaping.contiguous(lengths), [a * b for a, b in zip(strides, steps)],
            x0=sum(a * b for a, b in zip(strides, firsts)),
        )  # fmt: skip
        return lambda out, data, *rest: run(out, data)

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
        strides = shaping.contiguous(self.shape)
        dims = in_specs[0][0]
        run = shaping.mover(
            env.ctx.on_cpu, dims, [a * b for a, b in zip(strides, self.step)], shaping.contiguous(dims),
            y0=sum(a * b for a, b in zip(strides, self.first)),
        )  # fmt: skip
        count = math.prod(self.shape)

        def place(out: Any, data: Any) -> None:
            shaping.fill(count, out, 0)
            run(out, data)

        return place

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
        got = slice_geometry(self, shape, self.begin, self.end, self.step)
        if 0 in got[2] and 0 not in shape:
            raise self.error(f"begin={self.begin}, end={self.end} of data {show(shape)} is empty")
        return got


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
    end = Int(None)

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


# --- Joining and splitting -------------------------------------------------------------------------------------------


def _joiner(on_cpu: bool, out: Any, shapes: Any, axis: int) -> Any:
    """A function of (y, *xs) that lays xs side by side along an axis."""
    strides, at, moves = shaping.contiguous(out), 0, []
    for shape in shapes:
        moves.append(shaping.mover(on_cpu, shape, strides, shaping.contiguous(shape), y0=at * strides[axis]))
        at += shape[axis]

    def run(out: Any, *xs: Any) -> None:
        for move, x in zip(moves, xs):
            move(out, x)

    return run


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
                rest = self._agree(rest, (*s[:axis], None, *s[axis + 1 :]), f"arg{i}" if i < len(ins) else "output")
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
        return _joiner(env.ctx.on_cpu, out, [s for s, _ in in_specs], normalize(self, self.dim, len(out)))

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        axis = normalize(self, self.dim, len(dout.shape))
        ends, at = [], 0
        for s in data_shape:
            ends.append((at, at + s[axis]))
            at += s[axis]
        return ([(lambda a=a, b=b: SliceAxis.of(axis=axis, begin=a, end=b)(dout)) for a, b in ends],)


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
        return _joiner(env.ctx.on_cpu, out, [thin] * len(in_specs), at)

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        at = normalize(self, self.axis, len(dout.shape))
        cut = lambda i: _reshape_back(SliceAxis.of(axis=at, begin=i, end=i + 1)(dout), data_shape[0])
        return ([(lambda i=i: cut(i)) for i in range(len(data_shape))],)


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
        shape = in_specs[0][0]
        axis, ends, _ = self.bounds(shape)
        strides, moves = shaping.contiguous(shape), []
        for a, b in ends:
            dims = (*shape[:axis], b - a, *shape[axis + 1 :])
            moves.append(shaping.mover(env.ctx.on_cpu, dims, shaping.contiguous(dims), strides, x0=a * strides[axis]))

        def run(*arrays: Any) -> None:
            for move, out in zip(moves, arrays):
                move(out, arrays[-1])

        return run

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        shape = plan.in_specs[0][0]
        axis, ends, squeeze = self.bounds(shape)
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


@register("_split_v2", "split_v2")
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


# --- Repeating -------------------------------------------------------------------------------------------------------


class Broadcasting(Moving):
    """Base of the operators that repeat axes of length 1: `target(*shapes)` is the result's shape."""

    data = Input()

    def target(self, data: Any, *others: Any) -> tuple[int, ...]:
        raise NotImplementedError

    def output_shape(self, data: Any, *others: Any) -> Any:
        out = self.target(data, *others)
        if len(out) != len(data) or any(n not in (1, m) for n, m in zip(data, out)):
            raise self.error(f"data {show(data)} cannot be broadcast to {show(out)}")
        return out

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [ins[0]]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        out, data = out_specs[0][0], in_specs[0][0]
        strides = [0 if n == 1 else s for n, s in zip(data, shaping.contiguous(data))]
        run = shaping.mover(env.ctx.on_cpu, out, shaping.contiguous(out), strides)
        return lambda out, data, *rest: run(out, data)

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
        return shaping.mover(env.ctx.on_cpu, dims, shaping.contiguous(dims), strides)

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        pairs = self.pairs(data_shape)
        split = _reshape_back(dout, tuple(d for pair in pairs for d in pair))
        total = registry["sum"].of(axis=tuple(range(0, 2 * len(pairs), 2)))(split)
        return _reshape_back(total, data_shape)


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
        return shaping.mover(env.ctx.on_cpu, dims, shaping.contiguous(dims), [inner, 0, 1])

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        outer, inner = self.dims(data_shape)
        split = _reshape_back(dout, (outer, self.repeats, inner))
        return _reshape_back(registry["sum"].of(axis=1)(split), data_shape)


# --- Dtypes and constants --------------------------------------------------------------------------------------------


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
        half = np.dtype("float16")
        if env.ctx.on_cpu and half in (out_specs[0][1], in_specs[0][1]):

            def by_numpy(out: Any, data: Any) -> None:
                with np.errstate(all="ignore"):
                    np.copyto(out, data, casting="unsafe")

            return by_numpy
        count = math.prod(out_specs[0][0])
        return lambda out, data: shaping.convert(count, out, data)

    def gradient(self, dout: Any, data_dtype: Any) -> Any:
        return Cast.of(dtype=data_dtype.name)(dout)


class _Constant(Operator):
    """Base of zeros_like and ones_like."""

    value = 0.0
    data = Input()

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        count = math.prod(out_specs[0][0])
        return lambda out, data: shaping.fill(count, out, self.value)

    def gradient(self, dout: Any) -> Any:
        return dout * 0


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
        elif shape is not None and len(condition) != len(shape) and condition != shape[:1]:
            raise self.error(f"condition has shape {show(condition)}, need {show(shape)} or {show(shape[:1])}")
        elif shape is not None and len(condition) == len(shape):
            condition = self._agree(shape, condition, "condition")
        return [condition, shape, shape], [shape]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        both, out = super().infer_dtype(ins[1:], outs)
        return [ins[0], *both], out

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape, condition = out_specs[0][0], in_specs[0][0]
        count = math.prod(shape)
        inner = 1 if condition == shape else count // max(shape[0], 1)
        return lambda out, c, x, y: shaping.choose(count, out, c, x, y, inner)

    def gradient(self, dout: Any, condition: Any) -> Any:
        zero = dout * 0
        return None, lambda: Where.of()(condition, dout, zero), lambda: Where.of()(condition, zero, dout)


# --- Borders and diagonals -------------------------------------------------------------------------------------------


@register("Pad", "pad")
class Pad(Operator):
    """Add a border.

    Parameters
    ----------
    data : NDArray of 4 or 5 axes
    mode : 'constant', 'edge' (repeat the outermost) or 'reflect' (mirror without repeating it)
    pad_width : tuple of ints; (before, after) of each axis, flattened; 0 for the first two axes
    constant_value : float; the border in mode 'constant'

    Gradient
    --------
    Border elements add to the elements that they copy.
    """

    data = Input()
    mode = Enum("constant", "edge", "reflect")
    pad_width = Shape()
    constant_value = Float(0.0)

    def pairs(self, data: Any) -> list[tuple[int, int]]:
        """(before, after) of each axis."""
        width = self.pad_width
        if len(data) not in (4, 5) or len(width) != 2 * len(data) or any(width[:4]) or min(width) < 0:
            raise self.error(
                f"pad_width={width} does not fit data {show(data)}: need 4 or 5 axes, a pair for each, 0 for the first two"
            )
        pairs = list(zip(width[::2], width[1::2]))
        if self.mode == "reflect" and any(max(p) >= n for p, n in zip(pairs[2:], data[2:])):
            raise self.error(f"pad_width={width} in mode 'reflect' needs less than the lengths of data {show(data)}")
        return pairs

    def output_shape(self, data: Any) -> Any:
        return tuple(n + a + b for n, (a, b) in zip(data, self.pairs(data)))

    def _tables(self, env: Any, data: Any) -> Any:
        """For each axis, which element of data stands at each place of the result (-1 for the constant)."""
        tables, starts, at = [], [], 0
        modes = {"constant": "constant", "edge": "edge", "reflect": "reflect"}
        for n, pair in zip(data, self.pairs(data)):
            extra = {"constant_values": -1} if self.mode == "constant" else {}
            tables.append(np.pad(np.arange(n), pair, mode=modes[self.mode], **extra))  # type: ignore[call-overload]
            starts.append(at)
            at += len(tables[-1])
        return np.concatenate(tables).astype(np.int64), np.array(starts, np.int64)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape, out = in_specs[0][0], out_specs[0][0]
        table, starts = (device.from_host(env.ctx, t) for t in self._tables(env, shape))
        dims = device.from_host(env.ctx, np.array([*out, *shape], np.int64))
        count = math.prod(out)
        return lambda y, x: shaping.pad_each(count, y, x, table, starts, dims, self.constant_value)

    def backward(self, env: Any, ddata: Any, dout: Any) -> None:
        table, starts = (device.from_host(env.ctx, t) for t in self._tables(env, ddata.shape))
        dims = device.from_host(env.ctx, np.array([*dout.shape, *ddata.shape], np.int64))
        outer = math.prod(ddata.shape[:2])
        shaping.fill(ddata.size, ddata, 0)
        shaping.unpad_plane(outer, ddata, dout, table, starts, dims)


@register("diag")
class Diag(Operator):
    """A diagonal of an array, or an array with a given diagonal.

    Parameters
    ----------
    data : NDArray; a vector becomes a square array, of others the diagonal is taken
    k : int; which diagonal, 0 the main one, positive above it
    axis1, axis2 : int; the plane of the diagonal
    """

    data = Input()
    k = Int(0)
    axis1 = Int(0)
    axis2 = Int(1)

    def output_shape(self, data: Any) -> Any:
        if len(data) == 1:
            return (data[0] + abs(self.k),) * 2
        a, b = normalize(self, self.axis1, len(data), "axis1"), normalize(self, self.axis2, len(data), "axis2")
        if a == b:
            raise self.error(f"axis1={self.axis1} and axis2={self.axis2} are the same")
        n = min(data[a] + min(self.k, 0), data[b] - max(self.k, 0))
        if n <= 0:
            raise self.error(f"k={self.k} is no diagonal of data {show(data)}")
        return (*(d for i, d in enumerate(data) if i not in (a, b)), n)

    def _moves(self, data: Any) -> tuple[list[int], list[int], int]:
        """Lengths, strides in the larger array and the start there, of the diagonal's numbers."""
        if len(data) == 1:
            m = data[0] + abs(self.k)
            return [data[0]], [m + 1], self.k if self.k > 0 else -self.k * m
        a, b = self.axis1 % len(data), self.axis2 % len(data)
        strides = shaping.contiguous(data)
        n = self.output_shape(data)[-1]
        rest = [i for i in range(len(data)) if i not in (a, b)]
        start = max(self.k, 0) * strides[b] + max(-self.k, 0) * strides[a]
        return [*(data[i] for i in rest), n], [*(strides[i] for i in rest), strides[a] + strides[b]], start

    def _move(self, on_cpu: bool, data: Any, back: bool) -> Any:
        dims, strides, start = self._moves(data)
        small = shaping.contiguous(dims)
        if (len(data) == 1) != back:  # into zeros of the larger array
            run = shaping.mover(on_cpu, dims, strides, small, y0=start)

            def spread(y: Any, x: Any) -> None:
                shaping.fill(y.size, y, 0)
                run(y, x)

            return spread
        return shaping.mover(on_cpu, dims, small, strides, x0=start)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return self._move(env.ctx.on_cpu, in_specs[0][0], False)

    def backward(self, env: Any, ddata: Any, dout: Any) -> None:
        self._move(env.ctx.on_cpu, ddata.shape, True)(ddata, dout)


class _Blocks(Moving):
    """Base of depth_to_space and space_to_depth: a transposition of the array seen with more axes."""

    data = Input()
    block_size = Int()

    def view(self, data: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """(shape with more axes, their order)."""
        raise NotImplementedError

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        dims, order = self.view(in_specs[0][0])
        strides = shaping.contiguous(dims)
        out = [dims[a] for a in order]
        return shaping.mover(env.ctx.on_cpu, out, shaping.contiguous(out), [strides[a] for a in order])

    def four(self, data: Any) -> Any:
        """The four lengths.

        Raises
        ------
        ShapeError
            If there are not four.
        """
        if len(data) != 4 or self.block_size < 1:
            raise self.error(f"data has shape {show(data)}, block_size={self.block_size}: need 4 axes, a positive size")
        return data


@register("depth_to_space")
class DepthToSpace(_Blocks):
    """Move blocks of channels into space.

    Parameters
    ----------
    data : NDArray, shape (n, c * b * b, h, w)
    block_size : int; b

    Returns
    -------
    NDArray, shape (n, c, h * b, w * b)
    """

    def output_shape(self, data: Any) -> Any:
        n, c, h, w = self.four(data)
        b = self.block_size
        if c % (b * b):
            raise self.error(f"data {show(data)} has {c} channels, need a multiple of {b * b}")
        return n, c // (b * b), h * b, w * b

    def view(self, data: Any) -> Any:
        n, c, h, w = data
        b = self.block_size
        return (n, b, b, c // (b * b), h, w), (0, 3, 4, 1, 5, 2)

    def gradient(self, dout: Any) -> Any:
        return SpaceToDepth.of(block_size=self.block_size)(dout)


@register("space_to_depth")
class SpaceToDepth(_Blocks):
    """Move blocks of space into channels.

    Parameters
    ----------
    data : NDArray, shape (n, c, h * b, w * b)
    block_size : int; b

    Returns
    -------
    NDArray, shape (n, c * b * b, h, w)
    """

    def output_shape(self, data: Any) -> Any:
        n, c, h, w = self.four(data)
        b = self.block_size
        if h % b or w % b:
            raise self.error(f"data {show(data)} has height and width ({h}, {w}), need multiples of {b}")
        return n, c * b * b, h // b, w // b

    def view(self, data: Any) -> Any:
        n, c, h, w = data
        b = self.block_size
        return (n, c, h // b, b, w // b, b), (0, 3, 5, 1, 2, 4)

    def gradient(self, dout: Any) -> Any:
        return DepthToSpace.of(block_size=self.block_size)(dout)


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
