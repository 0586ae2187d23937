"""Pooling."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ..base import DTypeError, ParamError
from ..kernels import pooling as kernels
from .operator import Operator, register, registry, show
from .params import Bool, Enum, Input, Int, Shape

FIRST = {1: "NCW", 2: "NCHW", 3: "NCDHW"}  # layouts with channels first, by the number of axes
LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}


class _Pooling(Operator):
    """What both poolings share."""

    data = Input()
    global_pool: Any
    kernel: Any

    def check(self) -> None:
        axes = len(self.kernel)
        if axes > 3 or (axes == 0 and not self.global_pool):
            raise self.error(f"parameter kernel={self.kernel}: need 1 to 3 numbers, or global_pool=True", ParamError)
        for name, default, least in (("kernel", 1, 1), ("stride", 1, 1), ("pad", 0, 0)):
            values = getattr(self, name) or (default,) * axes
            if self.global_pool:
                continue
            if len(values) != axes or min(values) < least:
                raise self.error(f"parameter {name}={values}: need {axes} numbers of at least {least}", ParamError)
            setattr(self, name, values)
        if not self.global_pool and any(p >= k for p, k in zip(self.pad, self.kernel)):
            raise self.error(f"parameter pad={self.pad}: need numbers below kernel={self.kernel}", ParamError)
        if self.pool_type in ("avg", "sum") or (self.pool_type == "lp" and self.p_value == 1):
            self.linear = "data"  # type: ignore[misc]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        ins, outs = super().infer_dtype(ins, outs)
        if outs[0] is not None and outs[0].kind != "f":
            raise self.error(f"data has dtype {outs[0]}, need float16, float32 or float64", DTypeError)
        return ins, outs

    def channels_last(self, axes: int) -> bool:
        """Whether channels are the last axis of data."""
        return False

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        (data,), (out,) = ins, outs
        if data is None:
            return ins, outs
        axes = len(data) - 2
        if not 1 <= axes <= 3 or (self.kernel and not self.global_pool and axes != len(self.kernel)):
            need = f"{len(self.kernel) + 2}" if self.kernel else "3 to 5"
            raise self.error(f"data has shape {show(data)}, need {need} dimensions")
        at = 1 if self.channels_last(axes) else 2
        sizes = [self._size(data, at, axis) for axis in range(axes)]
        out = self._agree((*data[:at], *sizes, *data[at + axes :]), out, "output")
        return [(*out[:at], *data[at : at + axes], *out[at + axes :])], [out]

    def _size(self, data: Any, at: int, axis: int) -> int | None:
        """Output size along an axis."""
        if self.global_pool:
            return 1
        size = data[at + axis]
        if size is None:
            return None
        kernel, stride, pad = self.kernel[axis], self.stride[axis], self.pad[axis]
        spare = size + 2 * pad - kernel
        if spare < 0:
            raise self.error(
                f"data {show(data)} is {size + 2 * pad} long along axis {at + axis} with pad={self.pad}, need at least "
                f"kernel={self.kernel}"
            )
        if self.pooling_convention == "same":
            return -(-size // stride)
        return (-(-spare // stride) if self.pooling_convention == "full" else spare // stride) + 1

    def _bound(self, ctx: Any, data: tuple[int, ...], out: tuple[int, ...]) -> kernels.Bound:
        """Forward and backward kernels for these shapes on a context."""
        axes = len(data) - 2
        at = 1 if self.channels_last(axes) else 2
        outer, inner = math.prod(data[:at]), math.prod(data[at + axes :])
        size, sizes = data[at : at + axes], out[at : at + axes]
        window = (size, (1,) * axes, (0,) * axes) if self.global_pool else (self.kernel, self.stride, self.pad)
        kind = "sum" if self.pool_type == "lp" else self.pool_type
        power = self.__dict__.get("p_value") or 1
        padded = self.__dict__.get("count_include_pad") is not False
        return _bind(ctx, (outer, inner, size, sizes), *window, kind, padded, power if self.pool_type == "lp" else 1)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (shape, dtype), (out, _) = in_specs[0], out_specs[0]
        return self._bound(env.ctx, shape, out).forward(env.ctx.on_cpu, dtype)

    def prepare_backward(self, env: Any, ddata: Any, dout: Any, data: Any, out: Any) -> Any:
        return self._bound(env.ctx, data[0], out[0]).backward(env.ctx.on_cpu, data[1])

    def composed(self, env: Any, data: Any) -> Any:
        if self.pool_type == "max":  # the numbers at the places of the largest
            return registry["_take_flat"].of()(data, _MaxPlaces.of(**self.given)(data))
        total = Pooling.of(**{**self.given, "pool_type": "sum"})(data**self.p_value)
        zero = total == 0  # where the root has no derivative
        return registry["sqrt" if self.p_value == 2 else "cbrt"].of()(total + zero) * (1 - zero)


@lru_cache(1024)
def _bind(ctx: Any, *given: Any) -> kernels.Bound:
    """One for each context, since it keeps tables there."""
    return kernels.Bound(*given)


@register("Pooling")
class Pooling(_Pooling):
    """Maximum, mean, sum or p-norm over windows of pixels.

    Parameters
    ----------
    data : NDArray, shape (N, C, W), (N, C, H, W) or (N, C, D, H, W)
        Or with channels last, as `layout` says.
    kernel : tuple of int
        Size of the window along each axis; not needed with `global_pool`.
    pool_type : str
        ``'max'``, ``'avg'``, ``'sum'`` or ``'lp'``: the `p_value`-th root of the sum of the `p_value`-th powers.
    global_pool : bool
        The window is all of the data; `kernel`, `stride` and `pad` have no effect.
    cudnn_off : bool
        No effect.
    pooling_convention : str
        How many output pixels there are along an axis: ``'valid'`` rounds ``(size + 2 * pad - kernel) / stride`` down
        and ``'full'`` up, both add 1; ``'same'`` gives ``size / stride``, rounded up, and takes no `pad`.  Windows that
        reach beyond the padding are cut off.
    stride : tuple of int
        How far the window moves; 1 by default.
    pad : tuple of int
        How many pixels are added before and after each axis, less than `kernel`; 0 by default.  They are no candidates
        for the maximum and add 0 to sums.
    p_value : int, optional
        1, 2 or 3; needed for ``'lp'``.
    count_include_pad : bool, optional
        Whether ``'avg'`` divides by the size of the window with its part of the padding (the default) or without.
    layout : str, optional
        ``'NCW'``, ``'NCHW'``, ``'NCDHW'`` (the defaults), ``'NWC'``, ``'NHWC'`` or ``'NDHWC'``.

    Returns
    -------
    NDArray, shape (N, C, *out) or (N, *out, C)

    Raises
    ------
    MXNetError
        If parameters or shapes do not fit, or the window is larger than the padded data.

    Gradient
    --------
    max: dout goes to the first of the largest numbers of each window.  avg: dout / count to all of them.  sum: dout.
    lp: dout * (data / out) ** (p_value - 1), 0 where out is 0.

    Notes
    -----
    NaN is never the maximum.  The maximum of a window without a number is -inf.

    Examples
    --------
    >>> Pooling.of(kernel=(2, 2), stride=(2, 2))(mx.nd.array([[[[1, 2], [3, 4]]]])).asnumpy()
    array([[[[4.]]]], dtype=float32)
    """

    kernel = Shape(())
    pool_type = Enum("max", "avg", "sum", "lp", default="max")
    global_pool = Bool(False)
    cudnn_off = Bool(False)
    pooling_convention = Enum("valid", "full", "same", default="valid")
    stride = Shape(())
    pad = Shape(())
    p_value = Int(None)
    count_include_pad = Bool(None)
    layout = Enum("NCW", "NCHW", "NCDHW", "NWC", "NHWC", "NDHWC", default=None)

    def check(self) -> None:
        super().check()
        if self.pool_type == "lp" and self.p_value not in (1, 2, 3):
            raise self.error(f"parameter p_value={self.p_value}: need 1, 2 or 3 for pool_type='lp'", ParamError)
        if self.pooling_convention == "same" and any(self.pad):
            raise self.error(f"parameter pad={self.pad}: need 0 with pooling_convention='same'", ParamError)

    def channels_last(self, axes: int) -> bool:
        if self.layout not in (None, FIRST[axes], LAST[axes]):
            raise self.error(
                f"parameter layout={self.layout!r}: need {FIRST[axes]!r} or {LAST[axes]!r} for data with "
                f"{axes + 2} dimensions",
                ParamError,
            )
        return self.layout == LAST[axes]


@register("_max_places")
class _MaxPlaces(Pooling):
    """Where the numbers are that max pooling gives: places in the flattened data."""

    internal = True
    prepare_backward = composed = None  # type: ignore[assignment]  # no gradient, unlike its base

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return super().infer_dtype(ins, [None])[0], [np.dtype("int64")]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (shape, dtype), (out, _) = in_specs[0], out_specs[0]
        return self._bound(env.ctx, shape, out).places(env.ctx.on_cpu, dtype)


@register("Pooling_v1")
class PoolingV1(_Pooling):
    """Pooling as in MXNet's first versions: `Pooling` over two axes with fewer choices.

    Parameters
    ----------
    data : NDArray, shape (N, C, H, W)
    kernel : tuple of int
        Size of the window; not needed with `global_pool`.
    pool_type : str
        ``'max'``, ``'avg'`` or ``'sum'``.
    global_pool : bool
        The window is all of the data.
    pooling_convention : str
        ``'valid'`` or ``'full'``, as in `Pooling`.
    stride : tuple of int
        How far the window moves; 1 by default.
    pad : tuple of int
        How many pixels are added before and after each axis; 0 by default.

    Returns
    -------
    NDArray, shape (N, C, *out)

    Raises
    ------
    MXNetError
        If parameters or shapes do not fit.

    Gradient
    --------
    As in `Pooling`.

    Examples
    --------
    >>> PoolingV1.of(kernel=(2, 2))(mx.nd.ones((1, 1, 3, 3))).shape
    (1, 1, 2, 2)
    """

    kernel = Shape(())
    pool_type = Enum("max", "avg", "sum", default="max")
    global_pool = Bool(False)
    pooling_convention = Enum("valid", "full", default="valid")
    stride = Shape(())
    pad = Shape(())

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if ins[0] is not None and len(ins[0]) != 4:
            raise self.error(f"data has shape {show(ins[0])}, need 4 dimensions (batch, channels, height, width)")
        return super().infer_shape(ins, outs)
