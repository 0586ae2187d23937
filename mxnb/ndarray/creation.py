"""Making arrays: from data, from constants, from files."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import math
from operator import index
from typing import Any

import numpy as np

from ..base import MXNetError, ShapeError, dtype_of
from ..context import Context, current_context
from ..kernels import canary, device, large, launch, shaping
from ..ops import get
from ..ops.operator import FLOAT32
from ..ops.plan import kind_of  # with which arrays are made, as the first operator would take 1 us more without
from .ndarray import NDArray, invoke, wrapped

# Numbers that the target's dtype cannot hold are no reason for a warning.  A scope of `np.errstate` would take longer
# than the conversion of a few numbers; a copy of a context in which it is in force for ever takes 30 ns.
_silent = contextvars.copy_context()
_silent.run(np.seterr, all="ignore")
ONE = np.ones((), FLOAT32)
SEVERAL = 1 << 22  # bytes; more than that is not kept for the next array of the shape
FEW = 1 << 14  # numbers; beyond that NumPy is not what fills arrays
KNOWN = 4096  # calls whose plans are kept
_calls: dict[Any, Any] = {}  # of operators without inputs, by name, context, dtype and parameters
_dtypes: dict[Any, np.dtype] = {}  # by all that they were called so far


def _shape(shape: Any) -> tuple[int, ...]:
    if type(shape) is tuple:
        for n in shape:
            if type(n) is not int or n < 0:
                break
        else:
            return shape
    try:
        shape = tuple(shape) if hasattr(shape, "__iter__") else (shape,)
        if bool in map(type, shape):
            raise TypeError
        shape = tuple(map(index, shape))
    except TypeError:
        raise ShapeError(f"shape is {shape!r}, need an int or a tuple of ints") from None
    if any(n < 0 for n in shape):
        raise MXNetError(f"shape {shape} has a negative length")
    return shape


def _ctx(ctx: Any) -> Context:
    return current_context() if ctx is None else Context(ctx) if not isinstance(ctx, Context) else ctx


def _dtype(dtype: Any) -> np.dtype:
    """The dtype that is meant."""
    try:
        return _dtypes[dtype]
    except (KeyError, TypeError):
        found = dtype_of(dtype)
        with contextlib.suppress(TypeError):
            _dtypes[dtype] = found
        return found


def _only_default(stype: Any) -> None:
    if stype not in (None, "default"):
        raise MXNetError(f"storage type {stype!r} is not supported, only 'default'")


def array(source_array: Any, ctx: Context | None = None, dtype: Any = None) -> NDArray:
    """An NDArray with the numbers of any array-like.

    Parameters
    ----------
    source_array : NDArray, numpy.ndarray, nested lists or number
    ctx : Context; the current one by default
    dtype : dtype; by default that of an NDArray, float32 for anything else

    Returns
    -------
    NDArray, a copy

    Raises
    ------
    TypeError
        If the source is no array of numbers.

    Examples
    --------
    >>> mx.nd.array([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    ctx = current_context() if ctx is None else _ctx(ctx)
    kind = type(source_array)
    if kind is NDArray or isinstance(source_array, NDArray):
        dtype = source_array._data.dtype if dtype is None else _dtype(dtype)
        moved = source_array.detach().astype(dtype, copy=False)
        return moved.copyto(ctx)
    dtype = FLOAT32 if dtype is None else _dtype(dtype)
    if (kind is list or kind is tuple or isinstance(source_array, (list, tuple))) and NDArray in map(
        type, source_array
    ):
        raise TypeError("source_array must be array like object, a list of NDArrays is not; use mx.nd.stack")
    try:
        found = np.asarray(source_array)
        if found.dtype is dtype:  # nothing to convert
            data = large.copied(found, dtype)
        elif found.dtype.kind not in "biuf":
            raise TypeError(f"dtype {found.dtype}")
        elif found.size < FEW:
            data = _silent.copy().run(found.astype, dtype, "C")
        else:
            data = _silent.copy().run(large.copied, found, dtype)
    except (TypeError, ValueError) as error:
        raise TypeError(f"source_array must be array like object of numbers ({error})") from None
    return wrapped(data if ctx.on_cpu else device.from_host(ctx, data), ctx, kind_of(data.shape, dtype, ctx))


def empty(shape: Any, ctx: Context | None = None, dtype: Any = None, stype: str | None = None) -> NDArray:
    """An NDArray with arbitrary numbers.

    Parameters
    ----------
    shape : int or tuple of ints
    ctx : Context; the current one by default
    dtype : dtype, default float32
    stype : only None or 'default'
    """
    if stype is not None:
        _only_default(stype)
    ctx = current_context() if ctx is None else _ctx(ctx)
    dtype = FLOAT32 if dtype is None else _dtype(dtype)
    if type(shape) is not tuple:
        shape = _shape(shape)
    try:
        data = canary.empty(shape, dtype)
    except (TypeError, ValueError):  # what is wrong with the lengths is found here, and said there
        _shape(shape)
        raise
    like = kind_of(data.shape, dtype, ctx)
    if not ctx.on_cpu or data.nbytes >= large.LARGE:
        data = device.empty(ctx, data.shape, dtype)
    return wrapped(data, ctx, like)


@functools.lru_cache(16)
def _room(shape: tuple[int, ...], dtype: np.dtype) -> Any:
    """What gives arrays of a shape: the memory of earlier ones that nobody holds."""
    return large.allocator(shape, dtype)


@functools.cache
def _fill(dtype: np.dtype) -> Any:
    """The kernel that writes one number of a dtype everywhere."""
    one = np.zeros(1, dtype)
    return shaping.fill.variant(one, one[0].item(), 0, 0)


def _filled(shape: Any, number: Any, ctx: Any, dtype: np.dtype) -> NDArray:
    """One number everywhere; numbers are what `dtype` makes of them."""
    ctx = current_context() if ctx is None else _ctx(ctx)
    if type(shape) is not tuple:
        shape = _shape(shape)
    try:
        count = math.prod(shape)
        if count < FEW or not ctx.on_cpu:
            data = canary.empty(shape, dtype)
        else:
            data = (large.empty if count * dtype.itemsize > SEVERAL else _room(shape, dtype))(shape, dtype)
    except (TypeError, ValueError):
        _shape(shape)
        raise
    like, floats = kind_of(data.shape, dtype, ctx), dtype.kind == "f"
    if number is ONE or (floats and -6e4 < number < 6e4) or (type(number) is int and 0 <= number < 128):
        one = number
    else:
        one = device.converted(number, dtype)
    if not ctx.on_cpu:
        data = device.empty(ctx, data.shape, dtype)
        if count:
            shaping.fill(count, data, float(one) if floats else int(one))
    elif count < FEW or dtype.itemsize == 2:
        data[...] = one
    else:  # twice as fast as NumPy
        launch.run(_fill(dtype), count, shaping.GRAIN, data, float(one) if floats else int(one))
    return wrapped(data, ctx, like)


def zeros(
    shape: Any, ctx: Context | None = None, dtype: Any = None, stype: str | None = None, **kwargs: Any
) -> NDArray:
    """An NDArray of zeros; see `empty` for the parameters."""
    if stype is not None:
        _only_default(stype)
    if kwargs:
        return full(shape, 0, ctx, dtype, **kwargs)
    ctx = current_context() if ctx is None else _ctx(ctx)
    dtype = FLOAT32 if dtype is None else _dtype(dtype)
    if not ctx.on_cpu:
        return _filled(shape, 0, ctx, dtype)
    if type(shape) is not tuple:
        shape = _shape(shape)
    try:
        data = canary.zeros(shape, dtype)  # the system may give pages only when they are written
    except (TypeError, ValueError):
        _shape(shape)
        raise
    return wrapped(data, ctx, kind_of(data.shape, dtype, ctx))


def ones(shape: Any, ctx: Context | None = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """An NDArray of ones; see `empty` for the parameters."""
    if kwargs:
        return full(shape, 1, ctx, dtype, **kwargs)
    return _filled(shape, ONE, ctx, FLOAT32 if dtype is None else _dtype(dtype))


def full(
    shape: Any,
    val: Any,
    ctx: Context | None = None,
    dtype: Any = np.float32,
    out: NDArray | None = None,
    name: str | None = None,
) -> NDArray:
    """An NDArray with one number everywhere.

    Parameters
    ----------
    shape : int or tuple of ints
    val : number
    ctx, dtype : as in `empty`
    out : NDArray to fill instead of a new one
    """
    if out is not None:
        out[:] = val
        return out
    return _filled(shape, val, ctx, FLOAT32 if dtype is None else _dtype(dtype))


def _made(name: str, ctx: Any, dtype: Any, **given: Any) -> NDArray:
    """The result of an operator without inputs, found by its arguments where there was such a call before."""
    ctx = current_context() if ctx is None else _ctx(ctx)
    key = (name, ctx, dtype, *given.values())
    try:
        call = _calls[key]
    except (KeyError, TypeError):
        op = get(name).of(**given, dtype=_dtype(dtype).name)
        found = invoke(op, (), ctx=ctx)
        if len(_calls) >= KNOWN:
            _calls.clear()
        with contextlib.suppress(TypeError):
            _calls[key] = op.bind(ctx, False, ()).call
        return found
    return call()


def arange(
    start: float, stop: float | None = None, step: float = 1.0, repeat: int = 1, infer_range: bool | None = None,
    ctx: Context | None = None, dtype: Any = np.float32,
) -> NDArray:  # fmt: skip
    """Numbers from `start` up to but without `stop`, `step` apart.

    Parameters
    ----------
    start, stop, step : float; with one number only, it is the end
    repeat : int; how often each number is repeated
    infer_range : only None or False
    ctx, dtype : as in `empty`
    """
    if infer_range:
        raise MXNetError("arange: infer_range=True is not supported")
    return _made("_arange", ctx, dtype, start=start, stop=stop, step=step, repeat=repeat)


def linspace(
    start: float, stop: float, num: int, endpoint: bool = True, ctx: Context | None = None, dtype: Any = np.float32
) -> NDArray:
    """`num` evenly spaced numbers from `start` to `stop`, which is the last one if `endpoint`."""
    return _made("_linspace", ctx, dtype, start=start, stop=stop, num=num, endpoint=endpoint)


def eye(N: int, M: int = 0, k: int = 0, ctx: Context | None = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """Ones on diagonal `k` of an array of shape (N, M or N), zeros elsewhere."""
    out = kwargs.get("out")
    if out is None:
        return _made("_eye", ctx, dtype, N=N, M=M, k=k)
    return invoke(get("_eye").of(N=N, M=M, k=k, dtype=_dtype(dtype).name), (), out, ctx=_ctx(ctx))


def from_numpy(ndarray: np.ndarray, zero_copy: bool = True, array_cls: type = NDArray) -> NDArray:
    """An NDArray of a NumPy array, with its dtype.

    Parameters
    ----------
    ndarray : numpy.ndarray
    zero_copy : bool
        Share the memory; the NumPy array, which must be contiguous, becomes read-only.
    """
    dtype_of(ndarray.dtype)
    if not zero_copy:
        return array(ndarray, dtype=ndarray.dtype)
    if not ndarray.flags["C_CONTIGUOUS"]:
        raise ValueError("from_numpy: zero_copy needs a C-contiguous array")
    shared = ndarray.view()
    ndarray.flags["WRITEABLE"] = False
    return array_cls(shared, Context("cpu", 0))


class _Capsule:
    """A bare DLPack capsule as NumPy wants it."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)


class _Writable:
    """The memory of an array, writable: NumPy takes all capsules of the older protocol as read-only."""

    def __init__(self, data: np.ndarray) -> None:
        self.data = data
        place = data.__array_interface__
        self.__array_interface__ = {**place, "data": (place["data"][0], False)}


def from_dlpack(dlpack: Any) -> NDArray:
    """An NDArray that shares memory through DLPack: of a capsule, or of an object with `__dlpack__`.

    Parameters
    ----------
    dlpack : object or PyCapsule
        An array of the host. Of one that is not C-contiguous the NDArray is a copy.

    Returns
    -------
    NDArray, of its shape and dtype

    Raises
    ------
    MXNetError
        If it is no such thing, a capsule that is used up, an array of a device, or its dtype is none of NDArray's.

    Examples
    --------
    >>> import numpy as np, mxnb as mx
    >>> a = np.zeros(3)
    >>> mx.nd.from_dlpack(a)[:] = 1
    >>> a
    array([1., 1., 1.])
    """
    bare = not hasattr(dlpack, "__dlpack__")
    try:
        found = np.from_dlpack(_Capsule(dlpack) if bare else dlpack)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise MXNetError(
            f"from_dlpack: got a {type(dlpack).__name__}, need a fresh DLPack capsule or an array of the host: {error}"
        ) from error
    dtype_of(found.dtype)
    if bare and not found.flags.writeable:
        found = np.asarray(_Writable(found))
    return NDArray(np.ascontiguousarray(found), Context("cpu", 0))


def to_dlpack_for_read(data: NDArray) -> Any:
    """A DLPack capsule of an NDArray's memory."""
    return data.to_dlpack_for_read()


to_dlpack_for_write = to_dlpack_for_read


def concatenate(arrays: list[NDArray], axis: int = 0, always_copy: bool = True) -> NDArray:
    """Join arrays along an axis; a single one is returned as it is unless `always_copy`."""
    if len(arrays) == 1 and not always_copy:
        return arrays[0]
    return get("Concat").of(dim=axis, num_args=len(arrays))(*arrays)


def moveaxis(tensor: NDArray, source: Any, destination: Any) -> NDArray:
    """Move axes to other positions, the rest keeping its order."""
    source = [source] if isinstance(source, int) else list(source)
    destination = [destination] if isinstance(destination, int) else list(destination)
    n = tensor.ndim
    source, destination = [s % n for s in source], [d % n for d in destination]
    axes = [a for a in range(n) if a not in source]
    for d, s in sorted(zip(destination, source)):
        axes.insert(d, s)
    return tensor.transpose(axes=tuple(axes))


def onehot_encode(indices: NDArray, out: NDArray) -> NDArray:
    """Write rows with a one at each index into `out`, shape (len(indices), depth)."""
    return invoke(get("one_hot").of(depth=out.shape[1], dtype=out._data.dtype.name), (indices,), out=out)


def split_v2(ary: NDArray, indices_or_sections: Any, axis: int = 0, squeeze_axis: bool = False) -> Any:
    """Split along an axis, into a number of equal parts or at given indices."""
    if isinstance(indices_or_sections, int):
        op = get("_split_v2").of(indices=(), axis=axis, squeeze_axis=squeeze_axis, sections=indices_or_sections)
    else:
        op = get("_split_v2").of(indices=(0, *indices_or_sections), axis=axis, squeeze_axis=squeeze_axis)
    return op(ary)


def histogram(a: NDArray, bins: Any = 10, range: tuple[float, float] | None = None) -> Any:
    """How many numbers lie in each bin; the last bin has its upper edge too.

    Parameters
    ----------
    a : NDArray
    bins : int or NDArray
        The number of bins of equal width, or their edges (of the dtype of `a`).
    range : tuple of two floats, optional
        Where the first bin starts and the last one ends. Left out, they are the smallest and the largest number, and
        the results are float32.

    Returns
    -------
    list of NDArray: the counts (int64), and the edges

    Raises
    ------
    ValueError
        If `bins` is neither a whole number nor an NDArray.

    Examples
    --------
    >>> counts, edges = mx.nd.histogram(mx.nd.array([0, 1, 1, 3]), bins=3, range=(0, 3))
    >>> counts.asnumpy().tolist(), edges.asnumpy().tolist()
    ([1, 2, 1], [0.0, 1.0, 2.0, 3.0])
    """
    op = get("_histogram")
    if isinstance(bins, NDArray):
        return op.of()(a, bins)
    if not isinstance(bins, int):
        raise ValueError(f"histogram: bins is {bins!r}, need a whole number or an NDArray of edges")
    if range is not None:
        return op.of(bin_cnt=bins, range=range)(a)
    low, high = (float(a.min().asscalar()), float(a.max().asscalar())) if a.size else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return [x.astype(np.float32) for x in op.of(bin_cnt=bins, range=(low, high))(a.astype(np.float32))]
