"""Operators about order: argmax, argmin, sort, argsort, topk, histogram."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base import ParamError
from ..kernels import device, ordering, scan
from ..kernels.shaping import clear
from .operator import Operator, register, show
from .params import Bool, DType, Enum, Floats, Input, Int, Shape
from .reduction import kept_shape
from .reshaping import normalize

SINGLE = np.dtype("float32")
PLACES = np.dtype("int64")
INDICES = ("float32", "float64", "float16", "uint8", "int32", "int64")
SUMS = ("float32", "float64", "float16", "int32", "int8", "int64")


def lines(op: Operator, shape: Any, axis: int | None) -> tuple[int, int]:
    """(length of a line, distance of its elements); axis None flattens."""
    if axis is None:
        return math.prod(shape), 1
    axis = normalize(op, axis, len(shape))
    return shape[axis], math.prod(shape[axis + 1 :])


class _ArgExtreme(Operator):
    data = Input()
    axis = Int(None)
    keepdims = Bool(False)
    largest = 1

    def output_shape(self, data: Any) -> Any:
        axes = tuple(range(len(data))) if self.axis is None else (normalize(self, self.axis, len(data)),)
        if any(data[a] == 0 for a in axes):
            raise self.error(f"data {data} is empty along the axis")
        return kept_shape(data, axes, self.keepdims)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (out, to), (data, dtype) = out_specs[0], in_specs[0]
        return ordering.arg(env.ctx.on_cpu, (to, dtype), math.prod(out), *lines(self, data, self.axis), self.largest)

    def gradient(self, dout: Any) -> Any:
        return None


@register("argmax")
class ArgMax(_ArgExtreme):
    """The place of the largest number along an axis; of equal ones the first.

    Parameters
    ----------
    data : NDArray
    axis : int or None (the flattened array)
    keepdims : bool; keep the axis with length 1

    Returns
    -------
    NDArray of data's dtype
    """


@register("argmin")
class ArgMin(_ArgExtreme):
    """The place of the smallest number along an axis; of equal ones the first.

    Parameters
    ----------
    data : NDArray
    axis : int or None (the flattened array)
    keepdims : bool; keep the axis with length 1

    Returns
    -------
    NDArray of data's dtype
    """

    largest = 0


@register("argmax_channel")
class ArgMaxChannel(_ArgExtreme):
    """The place of the largest number along axis 1.

    Parameters
    ----------
    data : NDArray, shape (n, c, ...)

    Returns
    -------
    NDArray of data's dtype, shape (n, ...)
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.axis, self.keepdims = 1, False


for _name in ("axis", "keepdims"):
    del ArgMaxChannel.params[_name]


class _Ordered(Operator):
    """Base: `order` computes the places of the first k of every line."""

    data = Input()
    axis = Int(-1, optional=True)
    is_ascend: Any
    k: Any = 0

    def count(self, n: int) -> int:
        """How many are asked for of a line of length n."""
        return n if self.k < 1 else self.k

    def bound(self, env: Any, spec: Any, kind: Any) -> tuple[Any, tuple[int, int, int], int]:
        """A function of (places, data), (length of a line, how many are asked for, distance of numbers), and lines.

        kind : dtype of the places, shape (lines, how many are asked for).
        """
        shape, dtype = spec
        (n, inner), size = lines(self, shape, self.axis), math.prod(shape)
        k = self.count(n)
        find = ordering.order(env.ctx.on_cpu, dtype, kind, size, n, inner, k, int(not self.is_ascend))
        return find, (n, k, inner), size // max(n, 1)

    def indices(self, env: Any, spec: Any, kind: Any) -> Any:
        """A function of (out, data) that puts the places where their numbers would be."""
        _, inner = lines(self, spec[0], self.axis)
        if inner == 1:
            return self.bound(env, spec, kind)[0]
        find, (_, k, _), count = self.bound(env, spec, PLACES)
        move = ordering.over_lines(ordering.ordered_places, env.ctx.on_cpu, (kind, PLACES), count, k, k, inner)

        def run(out: Any, data: Any) -> None:
            places = ordering.room(data, (count, k))
            find(places, data)
            move(out, places)

        return run

    def places(self, data: Any) -> tuple[int, int]:
        """The shape of the hidden output: the places of the first k of each line."""
        n, _ = lines(self, data, self.axis)
        return math.prod(data) // max(n, 1), self.count(n)


@register("sort")
class Sort(_Ordered):
    """Numbers in order along an axis.

    Parameters
    ----------
    data : NDArray
    axis : int or None (the flattened array)
    is_ascend : bool

    Gradient
    --------
    Each gradient goes to the place its number came from.
    """

    is_ascend = Bool(True)
    outputs = ("output", "places")
    hidden = 1
    needs_outputs = True

    def output_shape(self, data: Any) -> Any:
        return [(math.prod(data),) if self.axis is None else data, self.places(data)]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [ins[0], PLACES]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        find, geometry, count = self.bound(env, in_specs[0], PLACES)
        dtype = in_specs[0][1]
        values = ordering.over_lines(ordering.ordered_values, env.ctx.on_cpu, (dtype, dtype, PLACES), count, *geometry)

        def run(out: Any, places: Any, data: Any) -> None:
            find(places, data)
            values(out, data, places)

        return run

    def gradient(self, dout: Any, places: Any, data_shape: Any) -> Any:
        return _PutPlaces.of(axis=self.axis, shape=data_shape)(dout, places)


@register("argsort")
class ArgSort(_Ordered):
    """The places of the numbers in order along an axis.

    Parameters
    ----------
    data : NDArray
    axis : int or None (the flattened array)
    is_ascend : bool
    dtype : dtype of the places
    """

    is_ascend = Bool(True)
    dtype = DType(SINGLE, choices=INDICES)

    def output_shape(self, data: Any) -> Any:
        return (math.prod(data),) if self.axis is None else data

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [self.dtype]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return self.indices(env, in_specs[0], self.dtype)

    def gradient(self, dout: Any) -> Any:
        return None


@register("topk")
class TopK(_Ordered):
    """The k largest, or smallest, numbers along an axis.

    Parameters
    ----------
    data : NDArray
    axis : int or None (the flattened array)
    k : int; how many, all if less than 1
    ret_typ : 'indices', 'value', 'both' (values, then indices) or 'mask' (1 at the places)
    is_ascend : bool; the smallest instead
    dtype : dtype of the indices

    Gradient
    --------
    With respect to the values: each goes to its place.
    """

    k = Int(1)
    ret_typ = Enum("both", "indices", "mask", "value", default="indices")
    is_ascend = Bool(False)
    dtype = DType(SINGLE, choices=INDICES)

    @property
    def _kept(self) -> int:
        """Whether the places are kept for the gradient."""
        return int(self.ret_typ in ("value", "both"))

    def total_outputs(self) -> int:
        return self.num_visible() + self._kept

    def num_visible(self) -> int:
        return 2 if self.ret_typ == "both" else 1

    def output_names(self) -> tuple[str, ...]:
        visible = ("output0", "output1") if self.ret_typ == "both" else ("output",)
        return (*visible, "places") if self._kept else visible

    def output_shape(self, data: Any) -> Any:
        n, _ = lines(self, data, self.axis)
        k = self.count(n)
        if k > n:
            raise self.error(f"k={self.k} is more than the {n} elements along the axis", ParamError)
        if self.ret_typ == "mask":
            return data
        if self.axis is None:
            shape: Any = (k,)
        else:
            axis = normalize(self, self.axis, len(data))
            shape = (*data[:axis], k, *data[axis + 1 :])
        return [shape] * self.num_visible() + [self.places(data)] * self._kept

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        kinds = {"both": [ins[0], self.dtype], "indices": [self.dtype]}.get(self.ret_typ, [ins[0]])
        return ins, kinds + [PLACES] * self._kept

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        spec, on_cpu = in_specs[0], env.ctx.on_cpu
        if self.ret_typ == "indices":
            return self.indices(env, spec, out_specs[0][1])
        find, (n, k, inner), count = self.bound(env, spec, PLACES)
        dtype, each = spec[1], ordering.over_lines
        if self.ret_typ == "mask":
            mark = each(ordering.mark_first, on_cpu, (dtype, PLACES), count, n, k, inner)

            def masked(out: Any, data: Any) -> None:
                places = ordering.room(data, (count, k))
                find(places, data)
                mark(out, places)

            return masked
        values = each(ordering.ordered_values, on_cpu, (dtype, dtype, PLACES), count, n, k, inner)
        if self.ret_typ == "value":

            def valued(out: Any, places: Any, data: Any) -> None:
                find(places, data)
                values(out, data, places)

            return valued
        indices = each(ordering.ordered_places, on_cpu, (out_specs[1][1], PLACES), count, k, k, inner)

        def run(out: Any, indexed: Any, places: Any, data: Any) -> None:
            find(places, data)
            values(out, data, places)
            indices(indexed, places)

        return run

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        if not self._kept:
            return [None]
        return [_PutPlaces.of(axis=self.axis, shape=plan.in_specs[0][0])(dys[0], ys[-1])]

    needs_outputs = True

    @property
    def differentiable(self) -> bool:
        return True


class _Placed(Operator):
    """Base of the gradients of sort and topk, given the places of the first k of each line."""

    internal = True
    values = Input()
    places = Input()
    axis = Int(-1, optional=True)
    shape = Shape()

    def output_shape(self, values: Any, places: Any) -> Any:
        return self.shape

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return [ins[0], PLACES], [ins[0]]


@register("_put_places")
class _PutPlaces(_Placed):
    """Put numbers at their places among zeros.

    Parameters
    ----------
    values, places : NDArray
    axis : int or None
    shape : tuple of ints; of the result, whose lines along the axis have the places
    """

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (shape, dtype), ((count, k), kind) = out_specs[0], in_specs[1]
        n, inner = lines(self, shape, self.axis)
        put = ordering.over_lines(ordering.put_ordered, env.ctx.on_cpu, (dtype, dtype, kind), count, n, k, inner)
        if k == n:
            return put

        def run(out: Any, values: Any, places: Any) -> None:
            clear(out)
            put(out, values, places)

        return run

    def gradient(self, dout: Any, places: Any, values_shape: Any) -> Any:
        return _TakePlaces.of(axis=self.axis, shape=values_shape)(dout, places), None


@register("_take_places")
class _TakePlaces(_Placed):
    """Take numbers from their places: the gradient of `_put_places`.

    Parameters
    ----------
    values, places : NDArray
    axis : int or None
    shape : tuple of ints; of the result
    """

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (shape, dtype), ((count, k), kind) = in_specs
        n, inner = lines(self, shape, self.axis)
        return ordering.over_lines(ordering.ordered_values, env.ctx.on_cpu, (dtype, dtype, kind), count, n, k, inner)

    def gradient(self, dout: Any, places: Any, values_shape: Any) -> Any:
        return _PutPlaces.of(axis=self.axis, shape=values_shape)(dout, places), None


@register("cumsum")
class CumSum(Operator):
    """Sums of all elements up to each one along an axis.

    Parameters
    ----------
    a : NDArray
    axis : int or None (the flattened array)
    dtype : dtype of the result, None for that of a

    Gradient
    --------
    The sum of dy from each element on.
    """

    linear = "a"
    a = Input()
    axis = Int(None)
    dtype = DType(None, choices=SUMS)

    def output_shape(self, a: Any) -> Any:
        return (math.prod(a),) if self.axis is None else a

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [self.dtype or ins[0]]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (shape, dtype), (_, to) = in_specs[0], out_specs[0]
        return scan.runner(env.ctx.on_cpu, to, dtype, math.prod(shape), *lines(self, shape, self.axis), 0)

    def prepare_backward(self, env: Any, da: Any, dout: Any) -> Any:
        (shape, to), (_, dtype) = da, dout
        return scan.runner(env.ctx.on_cpu, to, dtype, math.prod(shape), *lines(self, shape, self.axis), 1)


@register("_histogram")
class Histogram(Operator):
    """How many numbers lie in each bin; the last bin has its upper edge too.

    Parameters
    ----------
    data : NDArray
    bins : NDArray of data's dtype, shape (n + 1,); the edges, if `bin_cnt` is None
    bin_cnt : int or None; how many bins of equal width
    range : tuple of two floats or None; where the first bin starts and the last one ends

    Returns
    -------
    list of the counts (int64) and the edges (data's dtype)
    """

    data = Input()
    bins = Input(optional=True)
    bin_cnt = Int(None, optional=True)
    range = Floats(None)

    def check(self) -> None:
        if (self.bin_cnt is None) != (self.range is None):
            raise self.error("parameters bin_cnt and range are given together, or neither (then bins is)", ParamError)
        if self.bin_cnt is not None and self.bin_cnt < 1:
            raise self.error(f"parameter bin_cnt={self.bin_cnt}: need at least 1", ParamError)
        if self.range and not (len(self.range) == 2 and -math.inf < self.range[0] < self.range[1] < math.inf):
            raise self.error(f"parameter range={self.range}: need two finite numbers, the larger one last", ParamError)

    def active_inputs(self) -> tuple[str, ...]:
        return ("data", "bins") if self.bin_cnt is None else ("data",)

    def total_outputs(self) -> int:
        return 2

    def output_names(self) -> tuple[str, ...]:
        return "output0", "output1"

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        edges: Any
        if self.bin_cnt is not None:
            shapes = zip((self.bin_cnt, self.bin_cnt + 1), outs, self.output_names())
            return ins, [self._agree((count,), out, name) for count, out, name in shapes]
        edges = self._agree(ins[1], outs[1], "bins")
        if edges is not None and (len(edges) != 1 or (edges[0] is not None and edges[0] < 2)):
            raise self.error(f"bins has shape {show(edges)}, need one dimension of at least 2 edges")
        count = self._agree((None if edges is None or edges[0] is None else edges[0] - 1,), outs[0], "output0")
        return [ins[0], edges], [count, edges]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        dtype = next((d for d in (*ins, outs[1]) if d is not None), None)
        return [dtype] * len(ins), [np.dtype("int64"), dtype]

    def forward(self, env: Any, counts: Any, edges: Any, data: Any, bins: Any = None) -> None:
        if bins is None:
            low, high = self.range
            ordering.edges_of_bins(edges.size, edges, low, high - low, self.bin_cnt)
        else:
            device.copy(edges, bins)
        ordering.histogram(counts, edges, data, bins is None)

    def gradient(self, dout0: Any, dout1: Any) -> Any:
        return [None] * len(self.active_inputs())
