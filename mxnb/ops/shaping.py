"""Operators that change the order of elements: axes, borders, diagonals, blocks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..kernels import device, padding, shaping
from .operator import Operator, register, registry, show
from .params import Enum, Float, Input, Int, Shape
from .reshaping import Moving, normalize


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
        shape, dtype = in_specs[0]
        strides = shaping.contiguous(shape)
        order = self.order(len(shape))
        out = out_specs[0][0]
        return shaping.mover(env.ctx.on_cpu, dtype, out, shaping.contiguous(out), [strides[a] for a in order])

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
        shape, dtype = in_specs[0]
        strides, start = shaping.contiguous(shape), 0
        steps = list(strides)
        for axis in {normalize(self, a, len(shape)) for a in self.axis}:
            start += (shape[axis] - 1) * strides[axis]
            steps[axis] = -strides[axis]
        return shaping.mover(env.ctx.on_cpu, dtype, shape, strides, steps, x0=start)

    def gradient(self, dout: Any) -> Any:
        return self(dout)


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
            raise self.error(f"pad_width={width} does not fit data {show(data)}: need 4 or 5 axes, 0 for the first two")
        pairs = list(zip(width[::2], width[1::2]))
        if self.mode == "reflect" and any(max(p) >= n for p, n in zip(pairs[2:], data[2:])):
            raise self.error(f"pad_width={width} in mode 'reflect' needs less than the lengths of data {show(data)}")
        return pairs

    def output_shape(self, data: Any) -> Any:
        return tuple(n + a + b for n, (a, b) in zip(data, self.pairs(data)))

    def origins(self, data: Any) -> list[Any]:
        """For each axis, which element of data stands at each place of the result."""
        return [np.pad(np.arange(n), p, self.mode) for n, p in zip(data, self.pairs(data))]

    def reads_half(self, specs: Any) -> bool:
        return True

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (shape, dtype), out = in_specs[0], out_specs[0][0]
        if self.mode != "constant" and env.ctx.on_cpu and dtype == shaping.HALF:
            bits = shaping.BITS
            move = self.prepare(env, [(out, bits)], ((shape, bits),))
            return lambda y, x: move(y.view(bits), x.view(bits))
        if self.mode == "constant":
            ones = (1,) * len(out)
            return shaping.placer(env.ctx.on_cpu, dtype, out, self.pad_width[::2], ones, shape, self.constant_value)
        if env.ctx.on_cpu:
            return padding.padder(dtype, shape, self.pad_width[::2], self.origins(shape))
        tables = self.origins(shape)
        starts = np.cumsum([0, *(len(t) for t in tables[:-1])]).astype(np.int64)
        dims, count = np.array([*out, *shape], np.int64), math.prod(out)
        table = np.concatenate(tables).astype(np.int64)
        table, starts, dims = (device.from_host(env.ctx, t) for t in (table, starts, dims))
        return lambda y, x: padding.pad_each(count, y, x, table, starts, dims)

    def gradient(self, dout: Any, data_shape: Any) -> Any:
        if self.mode != "constant":
            return _Unpad.of(mode=self.mode, pad_width=self.pad_width)(dout)
        first = self.pad_width[::2]
        return registry["slice"].of(begin=first, end=tuple(a + n for a, n in zip(first, data_shape)))(dout)


@register("_unpad")
class _Unpad(Operator):
    """Add a border, as `Pad` made it, to the elements that it copies.

    Parameters
    ----------
    data : NDArray of 4 or 5 axes
    mode : 'edge' or 'reflect'
    pad_width : tuple of ints; as in `Pad`
    """

    internal = True
    data = Input()
    mode = Enum("edge", "reflect")
    pad_width = Shape()

    def output_shape(self, data: Any) -> Any:
        return tuple(n - a - b for n, a, b in zip(data, self.pad_width[::2], self.pad_width[1::2]))

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape, dtype = out_specs[0]
        origins = self._pad().origins(shape)
        return padding.unpadder(env.ctx.on_cpu, dtype, shape, self.pad_width[::2], origins)

    def gradient(self, dout: Any) -> Any:
        return self._pad()(dout)

    def _pad(self) -> Any:
        return Pad.of(mode=self.mode, pad_width=self.pad_width)


@register("diag")
class Diag(Operator):
    """A diagonal of an array, or an array with a given diagonal.

    Parameters
    ----------
    data : NDArray; a vector becomes a square array, of others the diagonal is taken
    k : int; which diagonal, 0 the main one, positive above it
    axis1, axis2 : int; the plane of the diagonal
    """

    linear = "data"
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

    def _move(self, on_cpu: bool, dtype: Any, data: Any, back: bool) -> Any:
        dims, strides, start = self._moves(data)
        small = shaping.contiguous(dims)
        if (len(data) == 1) != back:  # into zeros of the larger array
            run = shaping.mover(on_cpu, dtype, dims, strides, small, y0=start)

            def spread(y: Any, x: Any) -> None:
                shaping.clear(y)
                run(y, x)

            return spread
        return shaping.mover(on_cpu, dtype, dims, small, strides, x0=start)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return self._move(env.ctx.on_cpu, in_specs[0][1], in_specs[0][0], False)

    def backward(self, env: Any, ddata: Any, dout: Any) -> None:
        self._move(env.ctx.on_cpu, ddata.dtype, ddata.shape, True)(ddata, dout)


class _Blocks(Moving):
    """Base of depth_to_space and space_to_depth: a transposition of the array seen with more axes."""

    data = Input()
    block_size = Int()

    def view(self, data: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """(shape with more axes, their order)."""
        raise NotImplementedError

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        dims, order = self.view(in_specs[0][0])
        dtype = in_specs[0][1]
        strides = shaping.contiguous(dims)
        out = [dims[a] for a in order]
        return shaping.mover(env.ctx.on_cpu, dtype, out, shaping.contiguous(out), [strides[a] for a in order])

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
