"""Operators that sample images at given places."""

from __future__ import annotations

import math
from typing import Any

from ..base import ParamError
from ..kernels import device
from ..kernels import spatial as kernels
from .operator import Operator, register, registry, show
from .params import Bool, Enum, Input, Shape


def measures(height: int, width: int) -> tuple[int, int, float, float]:
    """What the kernels of grids are told: height, width, last row, last column."""
    return height, width, float(height - 1), float(width - 1)


@register("GridGenerator")
class GridGenerator(Operator):
    """Places for `BilinearSampler`: an affine map of all pixels of the result, or a flow in pixels.

    Parameters
    ----------
    data : NDArray; shape (batch, 6) for ``"affine"``, the rows of 2x3 matrices, or (batch, 2, height, width) for
        ``"warp"``, how far to the right and down
    transform_type : str; "affine" or "warp"
    target_shape : tuple of ints; (height, width) of the result, for "affine"; each more than 1

    Returns
    -------
    NDArray, shape (batch, 2, height, width): column and row from -1 to 1

    Examples
    --------
    >>> import mxnb as mx
    >>> same = mx.nd.array([[1, 0, 0, 0, 1, 0]])
    >>> mx.nd.GridGenerator(same, transform_type="affine", target_shape=(2, 3))[0, 0]
    <BLANKLINE>
    [[-1.  0.  1.]
     [-1.  0.  1.]]
    <NDArray 2x3 @cpu(0)>
    """

    data = Input()
    transform_type = Enum("affine", "warp")
    target_shape = Shape((0, 0))

    def check(self) -> None:
        if self.transform_type == "affine":
            self.linear = "data"  # type: ignore[misc]

    def output_shape(self, data: Any) -> Any:
        if self.transform_type == "affine":
            if len(data) != 2 or data[1] != 6:
                raise self.error(f"data has shape {show(data)}, needs (batch, 6)")
            if len(self.target_shape) != 2 or min(self.target_shape) < 2:
                raise self.error(f"target_shape={self.target_shape}, need a height and width of at least 2", ParamError)
            return (data[0], 2, *self.target_shape)
        if len(data) != 4 or data[1] != 2 or min(data[2:]) < 2:
            raise self.error(f"data has shape {show(data)}, needs (batch, 2, height, width), both at least 2")
        return data

    def forward(self, env: Any, out: Any, data: Any) -> None:
        batch, _, height, width = out.shape
        kernel = kernels.affine_grid if self.transform_type == "affine" else kernels.flow_grid
        kernel(2 * batch * height, out, data, *measures(height, width))

    def backward(self, env: Any, ddata: Any, dout: Any) -> None:
        batch, _, height, width = dout.shape
        if self.transform_type == "affine":
            kernels.affine_gradient(ddata, dout, height, width)
        else:
            kernels.flow_grid_gradient(2 * batch * height, ddata, dout, *measures(height, width))

    def composed(self, env: Any, data: Any) -> Any:
        """But for constants: the places that flow nowhere."""
        right, down = (registry["slice_axis"].of(axis=1, begin=k, end=k + 1)(data) for k in range(2))
        height, width = data.shape[2:]
        return registry["Concat"].of(dim=1, num_args=2)(right * (2 / (width - 1)), down * (2 / (height - 1)))


def sampled_shape(op: Operator, data: Any, batch: int, places: Any) -> Any:
    """The shape of the result.

    Raises
    ------
    ShapeError
        If data is no batch of images of the same length.
    """
    if len(data) != 4 or data[0] != batch or 0 in data:
        raise op.error(f"data has shape {show(data)}, needs ({batch}, channels, height, width), none of them 0")
    return (*data[:2], *places)


@register("BilinearSampler")
class BilinearSampler(Operator):
    """Images sampled at the places of a grid, between four pixels; 0 outside (Jaderberg et al. 2015).

    Parameters
    ----------
    data : NDArray, shape (batch, channels, height, width)
    grid : NDArray, shape (batch, 2, height of the result, its width); column and row, from -1 to 1
    cudnn_off : bool; has no effect

    Returns
    -------
    NDArray, shape (batch, channels, height of the result, its width)

    Examples
    --------
    >>> import mxnb as mx
    >>> x = mx.nd.array([[[[0, 1], [2, 3]]]])
    >>> middle = mx.nd.zeros((1, 2, 1, 1))
    >>> mx.nd.BilinearSampler(x, middle).reshape(-1)
    <BLANKLINE>
    [1.5]
    <NDArray 1 @cpu(0)>
    """

    data = Input()
    grid = Input()
    cudnn_off = Bool(None)

    def output_shape(self, data: Any, grid: Any) -> Any:
        if len(grid) != 4 or grid[1] != 2:
            raise self.error(f"grid has shape {show(grid)}, needs (batch, 2, height, width)")
        return sampled_shape(self, data, grid[0], grid[2:])

    def forward(self, env: Any, out: Any, data: Any, grid: Any) -> None:
        batch, channels, height, width = data.shape
        planes = batch * channels
        y, x = device.reshape(out, (planes, -1)), device.reshape(data, (planes, height * width))
        lines = device.reshape(grid, (2 * batch, -1))
        kernels.sample_images(y, x, lines, (height, width))

    def backward(self, env: Any, ddata: Any, dgrid: Any, dout: Any, data: Any, grid: Any) -> None:
        batch, channels, height, width = data.shape
        planes, places = batch * channels, math.prod(grid.shape[2:])
        dy, x = device.reshape(dout, (planes, places)), device.reshape(data, (planes, height * width))
        dx = None if ddata is None else device.reshape(ddata, x.shape)
        lines = device.reshape(grid, (2 * batch, places))
        found = None if dgrid is None else device.reshape(dgrid, lines.shape)
        kernels.sample_images_gradient(dx, found, dy, x, lines, (height, width))

    def composed(self, env: Any, data: Any, grid: Any) -> Any:
        (batch, channels, height, width), places = data.shape, grid.shape[2:]
        planes = registry["_arange"].of(start=0, stop=batch * channels, step=1, dtype="int64")
        start = data._apply(planes, ()).reshape((batch, channels, 1)) * (height * width)
        whole, floor, clip = registry["Cast"].of(dtype="int64"), registry["floor"].of(), registry["clip"]
        lines = grid.reshape((batch, 2, math.prod(places)))
        near, pixel = [], []  # along columns, then rows: weights and numbers of the two pixels beside each place
        for k, size in enumerate((width, height)):
            place = (registry["slice_axis"].of(axis=1, begin=k, end=k + 1)(lines) + 1) * ((size - 1) / 2)
            before = floor(place)
            after, last = before + 1, clip.of(a_min=0.0, a_max=size - 1.0)
            inside = [(p >= 0) * (p < size) for p in (before, after)]
            near.append([(after - place) * inside[0], (place - before) * inside[1]])
            pixel.append([whole(last(p)) for p in (before, after)])
        y: Any = None
        for j in range(2):
            for i in range(2):
                at = start + (pixel[1][j] * width + pixel[0][i])
                part = registry["_take_flat"].of()(data, at) * (near[1][j] * near[0][i])
                y = part if y is None else y + part
        return y.reshape((batch, channels, *places))


@register("SpatialTransformer")
class SpatialTransformer(Operator):
    """Images seen through an affine map: `BilinearSampler` at the places of `GridGenerator`.

    Parameters
    ----------
    data : NDArray, shape (batch, channels, height, width)
    loc : NDArray, shape (batch, 6); the rows of 2x3 matrices
    target_shape : tuple of ints; (height, width) of the result, that of data by default
    transform_type : str; "affine"
    sampler_type : str; "bilinear"
    cudnn_off : bool; has no effect

    Returns
    -------
    NDArray, shape (batch, channels, height of the result, its width)
    """

    data = Input()
    loc = Input()
    target_shape = Shape((0, 0))
    transform_type = Enum("affine")
    sampler_type = Enum("bilinear")
    cudnn_off = Bool(None)

    def places(self, data: Any) -> Any:
        """Height and width of the result."""
        return self.target_shape if any(self.target_shape) else data[2:]

    def output_shape(self, data: Any, loc: Any) -> Any:
        if len(loc) != 2 or loc[1] != 6:
            raise self.error(f"loc has shape {show(loc)}, needs (batch, 6)")
        sampled_shape(self, data, loc[0], ())
        places = self.places(data)
        if len(places) != 2 or min(places) < 2:
            raise self.error(f"target_shape={self.target_shape}, need a height and width of at least 2", ParamError)
        return (*data[:2], *places)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (data, dtype), loc = in_specs
        generate = GridGenerator.of(transform_type="affine", target_shape=tuple(self.places(data)))
        shape = generate.output_shape(loc[0])

        def run(out: Any, data: Any, loc: Any) -> None:
            grid = device.empty(env.ctx, shape, dtype)
            generate.forward(env, grid, loc)
            BilinearSampler.of().forward(env, out, data, grid)

        return run

    def backward(self, env: Any, ddata: Any, dloc: Any, dout: Any, data: Any, loc: Any) -> None:
        generate = GridGenerator.of(transform_type="affine", target_shape=tuple(self.places(data.shape)))
        grid, dgrid = (device.empty(env.ctx, generate.output_shape(loc.shape), loc.dtype) for _ in range(2))
        generate.forward(env, grid, loc)
        BilinearSampler.of().backward(env, ddata, dgrid, dout, data, grid)
        if dloc is not None:
            generate.backward(env, dloc, dgrid)

    def composed(self, env: Any, data: Any, loc: Any) -> Any:
        generate = GridGenerator.of(transform_type="affine", target_shape=tuple(self.places(data.shape)))
        return BilinearSampler.of()(data, generate(loc))
