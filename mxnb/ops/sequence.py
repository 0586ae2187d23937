"""Operators on batches of sequences that differ in length: SequenceMask, SequenceLast, SequenceReverse."""

from __future__ import annotations

import math
from typing import Any

from ..base import ParamError
from ..kernels import device
from ..kernels import sequence as kernels
from ..kernels.shaping import clear, mover
from .operator import Operator, get, register, show
from .params import Bool, Float, Input, Int, Shape


class _Sequence(Operator):
    """What the operators share: `data` is (T, N, …), or (N, T, …) with axis 1."""

    kind = ""
    constant = 0.0
    most_axis = 1

    def check(self) -> None:
        if not 0 <= self.axis <= self.most_axis:
            need = "0" if self.most_axis == 0 else "0 or 1"
            raise self.error(f"parameter axis={self.axis}: need {need}", ParamError)

    def active_inputs(self) -> tuple[str, ...]:
        return ("data", "sequence_length") if self.use_sequence_length else ("data",)

    def _data(self, shape: Any) -> Any:
        if shape is not None and len(shape) < 2:
            raise self.error(f"data has shape {show(shape)}, need at least two dimensions")
        return shape

    def _with_lengths(self, data: Any, ins: list[Any]) -> list[Any]:
        """Shapes of the inputs, of which either may say how many samples there are."""
        if not self.use_sequence_length:
            return [data]
        at = 1 - self.axis
        (batch,) = self._agree((None if data is None else data[at],), ins[1], "sequence_length")
        return [data if data is None else (*data[:at], batch, *data[at + 1 :]), (batch,)]

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        ins = self._with_lengths(self._data(self._agree(ins[0], outs[0], "output")), ins)
        return ins, [ins[0]]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data, outs = super().infer_dtype(ins[:1], outs)
        return data + [data[0] if d is None else d for d in ins[1:]], outs

    def bound(self, env: Any, shape: tuple[int, ...], dtypes: Any) -> Any:
        """The kernel for data of this shape: a function of (y, x, lengths)."""
        sizes = shape[self.axis], shape[1 - self.axis], math.prod(shape[2:])
        return kernels.bind(env.ctx.on_cpu, self.kind, *sizes, self.axis, dtypes, self.constant)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        if math.prod(in_specs[0][0]) == 0:
            return lambda *arrays: None
        if self.use_sequence_length:
            return self.bound(env, in_specs[0][0], [dtype for _, dtype in in_specs])
        return self.without(env, out_specs, in_specs)

    def without(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        """The function for sequences that all have T steps."""
        raise NotImplementedError

    def gradient(self, dout: Any, sequence_length: Any, data_shape: Any) -> Any:
        lengths = (sequence_length,) if self.use_sequence_length else ()
        return [lambda: self.data_gradient(dout, lengths, data_shape), *(None for _ in lengths)]

    def data_gradient(self, dout: Any, lengths: Any, shape: Any) -> Any:
        """The gradient of data."""
        raise NotImplementedError


@register("SequenceMask")
class SequenceMask(_Sequence):
    """Set what lies beyond the end of each sequence to a constant.

    Parameters
    ----------
    data : NDArray, shape (T, N, ...), or (N, T, ...) with axis 1
    sequence_length : NDArray, shape (N,)
        With `use_sequence_length`: steps of each sequence.
    use_sequence_length : bool
        Without it data passes unchanged.
    value : float
        The constant.
    axis : {0, 1}
        The axis of steps.

    Returns
    -------
    NDArray, data's shape

    Gradient
    --------
    dout, with 0 where the constant is.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.SequenceMask(mx.nd.array([[1, 2], [3, 4]]), mx.nd.array([1, 2]), use_sequence_length=True)
    <BLANKLINE>
    [[1. 2.]
     [0. 4.]]
    <NDArray 2x2 @cpu(0)>
    """

    data = Input()
    sequence_length = Input()
    use_sequence_length = Bool(False)
    value = Float(0.0)
    axis = Int(0)
    kind = "mask"

    def check(self) -> None:
        super().check()
        self.constant = self.value

    def without(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return device.copy

    def data_gradient(self, dout: Any, lengths: Any, shape: Any) -> Any:
        return self.of(use_sequence_length=True, axis=self.axis)(dout, *lengths) if lengths else dout


@register("SequenceReverse")
class SequenceReverse(_Sequence):
    """Reverse each sequence; what lies beyond its end stays where it is.

    Parameters
    ----------
    data : NDArray, shape (T, N, ...)
    sequence_length : NDArray, shape (N,)
        With `use_sequence_length`: steps of each sequence.
    use_sequence_length : bool
        Without it all have T steps.
    axis : int
        The axis of steps, which must be 0.

    Returns
    -------
    NDArray, data's shape

    Gradient
    --------
    dout, reversed likewise.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.SequenceReverse(mx.nd.array([[1, 2], [3, 4]]), mx.nd.array([1, 2]), use_sequence_length=True)
    <BLANKLINE>
    [[1. 4.]
     [3. 2.]]
    <NDArray 2x2 @cpu(0)>
    """

    data = Input()
    sequence_length = Input()
    use_sequence_length = Bool(False)
    axis = Int(0)
    kind, most_axis = "reverse", 0

    def without(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return get("reverse").of(axis=0).prepare(env, out_specs, in_specs)

    def data_gradient(self, dout: Any, lengths: Any, shape: Any) -> Any:
        return self(dout, *lengths)


@register("SequenceLast")
class SequenceLast(_Sequence):
    """The last step of each sequence.

    Parameters
    ----------
    data : NDArray, shape (T, N, ...), or (N, T, ...) with axis 1
    sequence_length : NDArray, shape (N,)
        With `use_sequence_length`: steps of each sequence, 1 to T.
    use_sequence_length : bool
        Without it all have T steps.
    axis : {0, 1}
        The axis of steps.

    Returns
    -------
    NDArray, shape (N, ...)

    Gradient
    --------
    dout at the last steps, 0 elsewhere.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.SequenceLast(mx.nd.array([[1, 2], [3, 4]]), mx.nd.array([1, 2]), use_sequence_length=True)
    <BLANKLINE>
    [1. 4.]
    <NDArray 2 @cpu(0)>
    """

    data = Input()
    sequence_length = Input()
    use_sequence_length = Bool(False)
    axis = Int(0)
    kind = "last"

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data = self._data(ins[0])
        if data is None:
            return ins, outs
        at = 1 - self.axis
        if data[self.axis] == 0:
            raise self.error(f"data has shape {show(data)}, need at least one step")
        out = self._agree((data[at], *data[2:]), outs[0], "output")
        data = (data[0], out[0], *out[1:]) if self.axis == 0 else (out[0], data[1], *out[1:])
        ins = self._with_lengths(data, ins)
        return ins, [(ins[0][at], *ins[0][2:])]

    def without(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (outer, inner), step, start = _last_step(in_specs[0][0], self.axis)
        return mover(env.ctx.on_cpu, in_specs[0][1], [outer, inner], [inner, 1], [step, 1], 0, start)

    def data_gradient(self, dout: Any, lengths: Any, shape: Any) -> Any:
        params = {"use_sequence_length": bool(lengths), "axis": self.axis}
        return _SequencePlace.of(shape=shape, **params)(dout, *lengths)


def _last_step(shape: tuple[int, ...], axis: int) -> tuple[tuple[int, int], int, int]:
    """Rows and their length in the last step of data of a shape; how far the rows are apart, where the first begins."""
    inner = math.prod(shape[axis + 1 :])
    return (math.prod(shape[:axis]), inner), shape[axis] * inner, (shape[axis] - 1) * inner


@register("_sequence_place")
class _SequencePlace(_Sequence):
    """The gradient of `SequenceLast`: data at the last steps of zeros."""

    internal = True
    data = Input()
    sequence_length = Input()
    shape = Shape()
    use_sequence_length = Bool(False)
    axis = Int(0)
    kind = "place"

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data = self._agree((self.shape[1 - self.axis], *self.shape[2:]), ins[0], "data")
        return [data, *[data[:1]] * self.use_sequence_length], [self._agree(self.shape, outs[0], "output")]

    def bound(self, env: Any, shape: tuple[int, ...], dtypes: Any) -> Any:
        return super().bound(env, self.shape, dtypes)

    def without(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (outer, inner), step, start = _last_step(self.shape, self.axis)
        move = mover(env.ctx.on_cpu, in_specs[0][1], [outer, inner], [step, 1], [inner, 1], start, 0)

        def run(out: Any, data: Any) -> None:
            clear(out)
            move(out, data)

        return run

    def data_gradient(self, dout: Any, lengths: Any, shape: Any) -> Any:
        return SequenceLast.of(use_sequence_length=bool(lengths), axis=self.axis)(dout, *lengths)
