"""Operators of images, (height, width, channels), most also of batches of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base import DTypeError, ParamError
from ..kernels import device, padding, resampling, shaping
from ..kernels import image as kernels
from .operator import Operator, register, show
from .params import Bool, Float, Floats, Input, Int, Shape
from .slicing import Slicing

BORDERS = ("constant", "edge", "symmetric", "wrap", "reflect")
"""NumPy's names of OpenCV's kinds of borders, in the order of its codes."""


def four(op: Operator, data: Any, batches: bool = True) -> Any:
    """(batch, height, width, channels) of a shape; batch is 1 for a single image.

    Raises
    ------
    ShapeError
        If it is no image.
    """
    if len(data) == 4 and batches:
        return data
    if len(data) != 3:
        more = " or (batch, height, width, channels)" if batches else ""
        raise op.error(f"data has shape {show(data)}, needs (height, width, channels){more}")
    return (1, *data)


# --- Sizes -----------------------------------------------------------------------------------------------------------


class Resizing(Operator):
    """Base of the operators that resize: `target(height, width)` gives the new height and width."""

    def check(self) -> None:
        if not resampling.NEAREST <= self.interp <= resampling.LANCZOS:
            raise self.error(f"interp={self.interp}, need 0 nearest, 1 linear, 2 cubic, 3 area, 4 Lanczos", ParamError)

    def target(self, height: int, width: int) -> tuple[int, int]:
        raise NotImplementedError

    def output_shape(self, data: Any) -> Any:
        _, height, width, channels = four(self, data)
        if 0 in data:
            raise self.error(f"data has shape {show(data)}, there is nothing to resize")
        return (*data[:-3], *self.target(height, width), channels)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        before, after = four(self, in_specs[0][0]), four(self, out_specs[0][0])
        return lambda out, data: resampling.resize(
            device.reshape(out, after), device.reshape(data, before), self.interp
        )


@register("_cvimresize")
class CvResize(Resizing):
    """An image in another size, as OpenCV makes it.

    Parameters
    ----------
    src : NDArray, shape (height, width, channels)
    w, h : int; the new size
    interp : int; 0 nearest, 1 linear, 2 cubic, 3 area, 4 Lanczos

    Returns
    -------
    NDArray, shape (h, w, channels), of the same dtype
    """

    src = Input()
    w = Int()
    h = Int()
    interp = Int(1)

    def check(self) -> None:
        super().check()
        if self.w < 1 or self.h < 1:
            raise self.error(f"w={self.w}, h={self.h}, need positive sizes", ParamError)

    def target(self, height: int, width: int) -> tuple[int, int]:
        return self.h, self.w

    def output_shape(self, data: Any) -> Any:
        four(self, data, batches=False)
        return super().output_shape(data)


@register("_image_resize")
class Resize(Resizing):
    """Images in another size.

    Parameters
    ----------
    data : NDArray, shape (height, width, channels) or (batch, height, width, channels)
    size : int or tuple of ints; (width, height), or one for both
    keep_ratio : bool; where `size` is one number, it is that of the shorter side, and the other follows
    interp : int; 0 nearest, 1 linear, 2 cubic, 3 area, 4 Lanczos

    Returns
    -------
    NDArray of the same dtype

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.image.resize(mx.nd.zeros((4, 6, 3)), size=2, keep_ratio=True).shape
    (2, 3, 3)
    """

    data = Input()
    size = Shape(())
    keep_ratio = Bool(False)
    interp = Int(1)

    def check(self) -> None:
        super().check()
        if len(self.size) not in (1, 2) or min(self.size) < 1:
            raise self.error(f"size={self.size}, need one or two positive numbers", ParamError)

    def target(self, height: int, width: int) -> tuple[int, int]:
        if len(self.size) == 2:
            return self.size[1], self.size[0]
        (size,) = self.size
        if not self.keep_ratio:
            return size, size
        return (size, width * size // height) if height < width else (height * size // width, size)


# --- Parts, mirrors and borders --------------------------------------------------------------------------------------


@register("_image_crop")
class Crop(Slicing):
    """A rectangle of images.

    Parameters
    ----------
    data : NDArray, shape (height, width, channels) or (batch, height, width, channels)
    x, y : int; its upper left corner
    width, height : int

    Returns
    -------
    NDArray of the same dtype
    """

    data = Input()
    x = Int()
    y = Int()
    width = Int()
    height = Int()

    def part(self, shape: Any, *others: Any) -> Any:
        _, height, width, channels = four(self, shape)
        inside = 0 <= self.x < self.x + self.width <= width and 0 <= self.y < self.y + self.height <= height
        if not inside:
            raise self.error(
                f"x={self.x}, y={self.y}, width={self.width}, height={self.height} is no part of data {show(shape)}"
            )
        before = list(shape[:-3])
        firsts = [0] * len(before) + [self.y, self.x, 0]
        return firsts, [1] * len(shape), (*before, self.height, self.width, channels)


class Mirror(Slicing):
    """Base of the operators that turn an image around: `turned` is the axis."""

    turned = 0
    data = Input()

    def part(self, shape: Any, *others: Any) -> Any:
        four(self, shape, batches=False)
        firsts, steps = [0, 0, 0], [1, 1, 1]
        firsts[self.turned], steps[self.turned] = shape[self.turned] - 1, -1
        return firsts, steps, shape


@register("_image_flip_left_right")
class FlipLeftRight(Mirror):
    """Exchange left and right.

    Parameters
    ----------
    data : NDArray, shape (height, width, channels)
    """

    turned = 1


@register("_image_flip_top_bottom")
class FlipTopBottom(Mirror):
    """Exchange top and bottom.

    Parameters
    ----------
    data : NDArray, shape (height, width, channels)
    """


@register("_cvcopyMakeBorder")
class CvBorder(Operator):
    """An image with a border around.

    Parameters
    ----------
    src : NDArray, shape (height, width, channels)
    top, bot, left, right : int; pixels
    type : int; 0 one colour, 1 the pixel at the edge, 2 mirrored, 3 repeated, 4 mirrored but for the pixel at the edge
    value : float; the colour of all channels
    values : tuple of float; that of each channel, instead

    Returns
    -------
    NDArray, shape (top + height + bot, left + width + right, channels), of the same dtype
    """

    src = Input()
    top = Int()
    bot = Int()
    left = Int()
    right = Int()
    type = Int(0)
    value = Float(0.0)
    values = Floats(())

    def check(self) -> None:
        if not 0 <= self.type < len(BORDERS):
            raise self.error(f"type={self.type}, need 0 to {len(BORDERS) - 1}", ParamError)
        if min(self.top, self.bot, self.left, self.right) < 0:
            raise self.error("top, bot, left and right cannot be negative", ParamError)

    def output_shape(self, data: Any) -> Any:
        _, height, width, channels = four(self, data, batches=False)
        if self.values and len(self.values) < channels:
            raise self.error(f"values={self.values}, need one for each of {channels} channels", ParamError)
        if self.type and 0 in data:
            raise self.error(f"src has shape {show(data)}, there is nothing to repeat")
        return height + self.top + self.bot, width + self.left + self.right, channels

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (shape, dtype), out = in_specs[0], out_specs[0][0]
        if self.type == 0:
            first, ones = (self.top, self.left, 0), (1, 1, 1)
            place = shaping.placer(env.ctx.on_cpu, dtype, out, first, ones, shape, self.value)
            if not self.values:
                return place
            colour = device.from_host(env.ctx, np.array(self.values[: out[2]]).astype(dtype))
            strides = shaping.contiguous(out)
            fill = shaping.mover(env.ctx.on_cpu, dtype, out, strides, (0, 0, 1))
            start = self.top * strides[0] + self.left * strides[1]
            put = shaping.mover(env.ctx.on_cpu, dtype, shape, strides, shaping.contiguous(shape), y0=start)
            return lambda out, src: (fill(out, colour), put(out, src))
        pads = ((self.top, self.bot), (self.left, self.right), (0, 0))
        tables = [np.pad(np.arange(n), p, BORDERS[self.type]) for n, p in zip(shape, pads)]  # type: ignore[call-overload]
        starts = np.cumsum([0, *(len(t) for t in tables[:-1])]).astype(np.int64)
        table = np.concatenate(tables).astype(np.int64)
        dims = np.array([*out, *shape], np.int64)
        table, starts, dims = (device.from_host(env.ctx, t) for t in (table, starts, dims))
        count = math.prod(out)
        return lambda out, src: padding.pad_each(count, out, src, table, starts, dims)


# --- Values ----------------------------------------------------------------------------------------------------------


@register("_image_to_tensor")
class ToTensor(Operator):
    """From pixels to a network's input: channels first, values divided by 255.

    Parameters
    ----------
    data : NDArray, shape (height, width, channels) or (batch, height, width, channels)

    Returns
    -------
    NDArray, shape (channels, height, width) or (batch, channels, height, width), float32

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.image.to_tensor(mx.nd.full((1, 2, 1), 255, dtype="uint8"))
    <BLANKLINE>
    [[[1. 1.]]]
    <NDArray 1x1x2 @cpu(0)>
    """

    data = Input()

    def output_shape(self, data: Any) -> Any:
        _, height, width, channels = four(self, data)
        return (*data[:-3], channels, height, width)

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> Any:
        return ins, [np.dtype("float32")]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        _, height, width, channels = four(self, in_specs[0][0])
        return lambda out, data: kernels.planes_of(out, data, height * width, channels) if out.size else None


@register("_image_normalize")
class Normalize(Operator):
    """``(data - mean) / std`` for each channel.

    Parameters
    ----------
    data : NDArray of floats, shape (channels, height, width) or (batch, channels, height, width), 1 or 3 channels
    mean, std : tuple of float; one for all channels, or one for each

    Returns
    -------
    NDArray of the same shape and dtype

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.image.normalize(mx.nd.ones((3, 1, 1)), mean=(0, 0.5, 1), std=0.5).reshape(-1)
    <BLANKLINE>
    [2. 1. 0.]
    <NDArray 3 @cpu(0)>
    """

    data = Input()
    mean = Floats((0.0, 0.0, 0.0, 0.0))
    std = Floats((1.0, 1.0, 1.0, 1.0))

    def output_shape(self, data: Any) -> Any:
        channels = data[-3] if len(data) in (3, 4) else 0
        if channels not in (1, 3):
            raise self.error(f"data has shape {show(data)}, needs (1 or 3 channels, height, width), perhaps in a batch")
        for name in ("mean", "std"):
            if len(getattr(self, name)) not in (1, channels):
                raise self.error(f"{name}={getattr(self, name)}, needs 1 or {channels} numbers", ParamError)
        return data

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> Any:
        if ins[0] is not None and ins[0].kind != "f":
            raise self.error(f"data is {ins[0]}, needs floats", DTypeError)
        return super().infer_dtype(ins, outs)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape, dtype = in_specs[0]
        floats = np.float64 if dtype == np.float64 else np.float32
        table = lambda values: device.from_host(env.ctx, np.resize(np.array(values, floats), shape[-3]))
        mean, std = table(self.mean), table(self.std)
        pixels = shape[-1] * shape[-2]
        return lambda out, data: kernels.standardise(out, data, mean, std, pixels) if out.size else None

    def gradient(self, dout: Any) -> Any:
        return Normalize.of(mean=(0.0,), std=self.std)(dout)
