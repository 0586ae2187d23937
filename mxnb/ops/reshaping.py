"""Operators whose result holds the same numbers in the same order in another shape, and the bases of all that move."""

from __future__ import annotations

import math
from typing import Any

from ..kernels import device, shaping
from .operator import Operator, known, register, registry, show
from .params import Bool, Input, Int, Shape


def normalize(op: Operator, axis: int, ndim: int, name: str = "axis") -> int:
    """A non-negative axis."""
    if not -ndim <= axis < ndim:
        raise op.error(f"{name}={axis} is out of range for {ndim} axes")
    return axis % ndim


class Moving(Operator):
    """Base of the operators that only copy numbers."""

    moves_data = True


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

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        if env.ctx.on_cpu and len(in_specs) == 1:
            return registry["_copy"].of().bind(env.ctx, False, in_specs).run  # which takes arrays flat
        return lambda out, *data: device.copy(out, device.reshape(data[0], out.shape))


def reshape_back(dout: Any, shape: Any) -> Any:
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
        return reshape_back(dout, data_shape)


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
        if data.count(None) == 1 and known(outs[0]):  # as many numbers as the result has
            count, others = math.prod(outs[0]), math.prod(n for n in data if n is not None)
            if others and count % others == 0:
                data = tuple(count // others if n is None else n for n in data)
                ins = [data]
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
        return reshape_back(dout, data_shape)


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
        return shaping.mover(env.ctx.on_cpu, in_specs[0][1], (self.end - self.start,), (1,), (1,), x0=self.start)

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        flat = reshape_back(dout, (self.end - self.start,))
        return reshape_back(
            registry["_place"].of(shape=(math.prod(data_shape),), first=(self.start,), step=(1,))(flat), data_shape
        )


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
        return reshape_back(dout, data_shape)


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
        return reshape_back(dout, data_shape)


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
        return reshape_back(dout, data_shape)


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
        return reshape_back(dout, lhs_shape), None
