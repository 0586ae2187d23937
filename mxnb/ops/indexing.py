"""Operators that read and write at given indices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base import MXNetError
from ..kernels import device, indexing, shaping
from .operator import FLOAT16, FLOAT32, Operator, register, show
from .params import NUMERIC, Bool, DType, Enum, Float, Input, Int, Shape
from .reshaping import normalize


def _scatterer(env: Any, dx: Any, index: Any, n: int, inner: int, wrap: bool = False) -> Any:
    """`indexing.scatterer` for arrays of these specs."""
    (shape, dtype), (places, kind) = dx, index
    outer = math.prod(shape) // max(1, n * inner)
    return indexing.scatterer(env.ctx.on_cpu, dtype, (math.prod(places), kind), outer, n, inner, wrap)


class Indexed(Operator):
    """Base: gradients flow to the data, not to the indices; the two may differ in dtype."""

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        names = list(self.inputs)
        at = names.index(self.indexed)
        return ins, [ins[at] if ins[at] is not None else outs[0]]

    indexed = linear = "data"

    def _runner(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        at = list(self.inputs).index(self.indexed)
        if not (env.ctx.on_cpu and in_specs[at][1] == FLOAT16):
            return super()._runner(env, out_specs, in_specs)
        bits = np.dtype("uint16")  # as which numbers are moved, and none but those that are asked for; indices are not
        specs = [(s, bits if i == at else FLOAT32 if d == FLOAT16 else d) for i, (s, d) in enumerate(in_specs)]
        run = self.prepare(env, [(out_specs[0][0], bits)], tuple(specs))
        views = [bits if i == at else None for i in range(len(specs))]

        def move(out: Any, *ins: Any) -> None:
            ins = tuple(
                [x.view(d) if d else x.astype(FLOAT32) if x.dtype == FLOAT16 else x for x, d in zip(ins, views)]
            )
            run(out.view(bits), *ins)

        return move


@register("take")
class Take(Indexed):
    """Elements of `a` along an axis at given indices.

    Parameters
    ----------
    a : NDArray, shape (..., n, ...)
    indices : NDArray, any shape and numeric dtype; fractions are cut off
    axis : int
    mode : 'clip' (to 0 … n - 1), 'wrap' (modulo n) or 'raise' (an error, checked on the host)

    Returns
    -------
    NDArray, the axis replaced by the axes of the indices

    Gradient
    --------
    Added up at the indices; none with respect to the indices.
    """

    indexed = linear = "a"
    a = Input()
    indices = Input()
    axis = Int(0)
    mode = Enum("clip", "raise", "wrap", default="clip")

    def output_shape(self, a: Any, indices: Any) -> Any:
        axis = normalize(self, self.axis, len(a))
        return (*a[:axis], *indices, *a[axis + 1 :])

    def geometry(self, a: Any) -> tuple[int, int]:
        """Length of the axis, and of what follows it."""
        axis = normalize(self, self.axis, len(a))
        return a[axis], math.prod(a[axis + 1 :])

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (a, dtype), (places, kind) = in_specs
        n, inner = self.geometry(a)
        index = math.prod(places), kind
        run = indexing.taker(
            env.ctx.on_cpu, dtype, index, math.prod(a) // max(n * inner, 1), n, inner, self.mode == "wrap"
        )
        if self.mode != "raise":
            return run

        def checked(out: Any, a: Any, indices: Any) -> None:
            host = device.to_host(indices).astype(np.int64)
            if host.size and (host.min() < 0 or host.max() >= n):
                raise self.error(f"indices reach from {host.min()} to {host.max()}, need 0 to {n - 1}")
            run(out, a, indices)

        return checked

    def prepare_backward(self, env: Any, da: Any, dout: Any, indices: Any) -> Any:
        n, inner = self.geometry(da[0])
        return _scatterer(env, da, indices, n, inner, self.mode == "wrap")


@register("Embedding")
class Embedding(Indexed):
    """Rows of a table.

    Parameters
    ----------
    data : NDArray, any shape; indices, limited to 0 … input_dim - 1
    weight : NDArray, shape (input_dim, output_dim)
    input_dim : int; rows of the table
    output_dim : int; length of a row
    dtype : dtype of the table
    sparse_grad : bool; only False

    Returns
    -------
    NDArray, shape (*data.shape, output_dim)

    Gradient
    --------
    With respect to the weight: added up in each row.
    """

    indexed = linear = "weight"
    data = Input()
    weight = Input()
    input_dim = Int()
    output_dim = Int()
    dtype = DType(np.dtype("float32"), choices=NUMERIC)
    sparse_grad = Bool(False)

    def check(self) -> None:
        if self.sparse_grad:
            raise self.error("sparse_grad=True is not supported: gradients are dense")

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data, weight = ins
        weight = self._agree((self.input_dim, self.output_dim), weight, "weight")
        if outs[0] is not None and data is None:
            data = tuple(outs[0][:-1])
        out = outs[0] if data is None else self._agree((*data, self.output_dim), outs[0], "output")
        return [data, weight], [out]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        dtype = ins[1] if ins[1] is not None else self.dtype
        return [ins[0] if ins[0] is not None else dtype, dtype], [dtype]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (places, kind), (_, dtype) = in_specs
        index = math.prod(places), kind
        run = indexing.taker(env.ctx.on_cpu, dtype, index, 1, self.input_dim, self.output_dim, False)
        return lambda out, data, weight: run(out, weight, data)

    def prepare_backward(self, env: Any, ddata: Any, dweight: Any, dout: Any, data: Any) -> Any:
        add = None if dweight is None else _scatterer(env, dweight, data, self.input_dim, self.output_dim)

        def run(ddata: Any, dweight: Any, dout: Any, data: Any) -> None:
            if ddata is not None:
                shaping.clear(ddata)
            if add is not None:
                add(dweight, dout, data)

        return run


@register("pick", "choose_element_0index")
class Pick(Indexed):
    """One element along an axis for each place.

    Parameters
    ----------
    data : NDArray
    index : NDArray; data's shape without the axis, or with length 1 there
    axis : int or None (flatten)
    keepdims : bool; keep the axis with length 1
    mode : 'clip' or 'wrap'

    Gradient
    --------
    dy at the picked elements, 0 elsewhere.
    """

    data = Input()
    index = Input()
    axis = Int(-1, optional=True)
    keepdims = Bool(False)
    mode = Enum("clip", "wrap", default="clip")

    def geometry(self, data: Any) -> tuple[int, int]:
        """Length of the axis, and of what follows it."""
        if self.axis is None:
            return math.prod(data), 1
        axis = normalize(self, self.axis, len(data))
        return data[axis], math.prod(data[axis + 1 :])

    def output_shape(self, data: Any, index: Any) -> Any:
        if self.axis is None:
            if math.prod(index) != 1:
                raise self.error(f"index has shape {show(index)}, need one element with axis=None")
            return (1,)
        axis = normalize(self, self.axis, len(data))
        thin, kept = (*data[:axis], *data[axis + 1 :]), (*data[:axis], 1, *data[axis + 1 :])
        if tuple(index) not in (thin, kept) and not (thin == () and tuple(index) == (1,)):
            raise self.error(f"index has shape {show(index)}, need {show(thin)} or {show(kept)}")
        return kept if self.keepdims else (thin or (1,))

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (data, dtype), (index, kind) = in_specs
        return indexing.picker(env.ctx.on_cpu, dtype, kind, math.prod(index), *self.geometry(data), self.mode == "wrap")

    def prepare_backward(self, env: Any, ddata: Any, dout: Any, index: Any) -> Any:
        (data, dtype), (places, kind), wrap = ddata, index, self.mode == "wrap"
        return indexing.unpicker(env.ctx.on_cpu, dtype, kind, math.prod(places), *self.geometry(data), wrap)


@register("batch_take")
class BatchTake(Indexed):
    """One element of each row.

    Parameters
    ----------
    a : NDArray, shape (n, m)
    indices : NDArray of int32, shape (n,)

    Returns
    -------
    NDArray, shape (n,)
    """

    indexed = linear = "a"
    a = Input()
    indices = Input()

    def output_shape(self, a: Any, indices: Any) -> Any:
        if math.prod(indices) != math.prod(a[:-1]):
            raise self.error(f"indices has shape {show(indices)}, need one for each row of a {show(a)}")
        return indices

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return [ins[0], np.dtype("int32")], [ins[0]]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (a, dtype), (indices, kind) = in_specs
        return indexing.picker(env.ctx.on_cpu, dtype, kind, math.prod(indices), a[-1], 1, False)

    def prepare_backward(self, env: Any, da: Any, dout: Any, indices: Any) -> Any:
        (a, dtype), (places, kind) = da, indices
        return indexing.unpicker(env.ctx.on_cpu, dtype, kind, math.prod(places), a[-1], 1, False)


@register("one_hot")
class OneHot(Operator):
    """Rows with one number switched on.

    Parameters
    ----------
    indices : NDArray, any shape; an index outside 0 … depth - 1 gives a row without
    depth : int; length of a row
    on_value, off_value : float
    dtype : dtype of the result

    Returns
    -------
    NDArray, shape (*indices.shape, depth)
    """

    indices = Input()
    depth = Int()
    on_value = Float(1.0)
    off_value = Float(0.0)
    dtype = DType(np.dtype("float32"), choices=NUMERIC)

    def output_shape(self, indices: Any) -> Any:
        return (*indices, self.depth)

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [self.dtype]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (indices, kind), (_, dtype) = in_specs[0], out_specs[0]
        count = math.prod(indices)
        return indexing.one_hot(env.ctx.on_cpu, dtype, kind, count, self.depth, self.on_value, self.off_value)

    def gradient(self, indices: Any) -> Any:
        return indices * 0


def _nd_geometry(op: Operator, data: Any, indices: Any) -> tuple[int, int, int]:
    """(number of indices, depth of each, numbers that one selects)."""
    if not indices:
        raise op.error("indices have shape (), need at least 1 axis")
    depth = indices[0]
    if depth > len(data):
        raise op.error(f"indices {show(indices)} have depth {depth}, data {show(data)} has {len(data)} axes")
    return math.prod(indices[1:]), depth, math.prod(data[depth:])


class RangeError(MXNetError, IndexError):
    """An index that is not in an array."""


def _finder(op: Operator, env: Any, indices: Any, kind: Any, shape: tuple[int, ...]) -> Any:
    """A function of (x, indices) that gives the flat places of coordinates in x, whose first axes have this shape.

    It raises where one is out of range; on CUDA, where looking would mean waiting, they are limited instead.
    """
    count, on_cpu = math.prod(indices[1:]), env.ctx.on_cpu
    find = indexing.placer(on_cpu, kind, count, shape)
    if not (on_cpu and count and shape):
        return find

    def checked(x: Any, indices: Any) -> Any:
        place = find(x, indices)
        if place[count] < 0:
            for axis, (row, n) in enumerate(zip(indices, shape)):
                low, high = row.min(), row.max()
                if not (low > -n - 1 and high < n):  # nan is not either
                    raise RangeError(f"{op.name}: indices {low} to {high} for axis {axis} with size {n}")
        return place

    return checked


@register("gather_nd")
class GatherNd(Indexed):
    """Elements or rows at given coordinates.

    Parameters
    ----------
    data : NDArray
    indices : NDArray, shape (depth, *places); the first axis holds the coordinates along the first axes of data
        Negative ones count from the end; out of range they raise IndexError, and are limited on CUDA.

    Returns
    -------
    NDArray, shape (*places, *data.shape[depth:])

    Gradient
    --------
    Added up at the coordinates.
    """

    data = Input()
    indices = Input()

    def output_shape(self, data: Any, indices: Any) -> Any:
        _nd_geometry(self, data, indices)
        return (*indices[1:], *data[indices[0] :]) or (1,)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (data, dtype), (indices, kind) = in_specs
        count, depth, inner = _nd_geometry(self, data, indices)
        find = _finder(self, env, indices, kind, data[:depth])
        rows = math.prod(data[:depth])
        take = indexing.taker(env.ctx.on_cpu, dtype, (count, np.dtype("int64")), 1, rows, inner, False)
        return lambda out, data, indices: take(out, data, find(data, indices))

    def prepare_backward(self, env: Any, ddata: Any, dout: Any, indices: Any) -> Any:
        return _scatter_nd(self, env, ddata, indices, True)


def _scatter_nd(op: Operator, env: Any, x: Any, indices: Any, add: bool) -> Any:
    """A function of (x, y, indices) that puts y into zeros, or adds it, for arrays of these specs."""
    (shape, dtype), (places, kind) = x, indices
    count, depth, inner = _nd_geometry(op, shape, places)
    find, index = _finder(op, env, places, kind, shape[:depth]), (count, np.dtype("int64"))
    put = indexing.scatterer(env.ctx.on_cpu, dtype, index, 1, math.prod(shape[:depth]), inner, False, add)
    return lambda x, y, indices: put(x, y, find(x, indices))


@register("scatter_nd")
class ScatterNd(Indexed):
    """The numbers of `data` at given coordinates among zeros; of equal coordinates the last wins.

    Parameters
    ----------
    data : NDArray, shape (*places, *shape[depth:])
    indices : NDArray, shape (depth, *places)
    shape : tuple of ints; of the result
    """

    data = Input()
    indices = Input()
    shape = Shape()

    def output_shape(self, data: Any, indices: Any) -> Any:
        _, depth, _ = _nd_geometry(self, self.shape, indices)
        need = (*indices[1:], *self.shape[depth:]) or (1,)
        if data != need:
            raise self.error(
                f"data has shape {show(data)}, indices {show(indices)} into {show(self.shape)} need {show(need)}"
            )
        return self.shape

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return _scatter_nd(self, env, out_specs[0], in_specs[1], False)

    def gradient(self, dout: Any, indices: Any) -> Any:
        return GatherNd.of()(dout, indices), None


@register("_take_flat")
class TakeFlat(Indexed):
    """Elements of the flattened data: what indexing with arrays does once the places are known.

    Parameters
    ----------
    data : NDArray
    index : NDArray of int64, the result's shape
    """

    internal = True
    data = Input()
    index = Input()

    def output_shape(self, data: Any, index: Any) -> Any:
        return index

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (data, dtype), (index, kind) = in_specs
        return indexing.taker(env.ctx.on_cpu, dtype, (math.prod(index), kind), 1, math.prod(data), 1, False)

    def prepare_backward(self, env: Any, ddata: Any, dout: Any, index: Any) -> Any:
        return _scatterer(env, ddata, index, math.prod(ddata[0]), 1)
