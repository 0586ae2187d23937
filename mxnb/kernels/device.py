"""Memory of the two targets: NumPy arrays on the host, numba's device arrays on CUDA.

A *context* here is anything with `on_cpu` and `device_id`.  Nothing is imported from numba before a GPU is asked for.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from ..base import MXNetError
from . import canary, large

_lock = threading.RLock()
_state: tuple[Any, str] | None = None
SIMULATED = os.environ.get("NUMBA_ENABLE_CUDASIM", "0") not in ("", "0")
INSTALL = "pip install 'mxnb[cuda12]' or 'mxnb[cuda13]', as the driver supports"


def cuda_state() -> tuple[Any, str]:
    """`(numba.cuda, "")` where CUDA is usable, else `(None, why)`.  Never raises."""
    global _state
    with _lock:
        if _state is None:
            _state = _probe()
        return _state


def _probe() -> tuple[Any, str]:
    os.environ.setdefault("NUMBA_CUDA_LOW_OCCUPANCY_WARNINGS", "0")
    try:
        from numba import cuda
    except Exception as error:  # without toolkit packages numba raises errors of many kinds here
        return None, f"numba.cuda cannot be imported ({type(error).__name__}: {error}); {INSTALL}"
    if SIMULATED:
        return cuda, ""
    try:
        count = len(cuda.gpus)
    except Exception as error:
        text = " ".join(str(error).split()).strip(" :")  # several lines, the last of them a colon
        return None, (text or type(error).__name__) + f"; {INSTALL}"
    return (cuda, "") if count else (None, "no CUDA device is visible")


def num_gpus() -> int:
    """How many CUDA devices there are; 0 where CUDA is not usable."""
    cuda, _ = cuda_state()
    return len(cuda.gpus) if cuda else 0


def _cuda(device_id: int) -> Any:
    """numba.cuda with device `device_id` current.

    Raises
    ------
    MXNetError
        If CUDA or the device is missing.
    """
    cuda, why = cuda_state()
    if cuda is None:
        raise MXNetError(f"gpu({device_id}) is not usable: {why}")
    if SIMULATED:
        if device_id > 0:
            raise MXNetError(f"gpu({device_id}) does not exist: the simulator has one device")
        return cuda
    if device_id >= len(cuda.gpus):
        raise MXNetError(f"gpu({device_id}) does not exist: there are {len(cuda.gpus)} devices")
    if cuda.current_context().device.id != device_id:
        cuda.select_device(device_id)
    return cuda


def is_device_array(x: Any) -> bool:
    """Whether a raw array lives on a CUDA device."""
    return type(x) is not np.ndarray and not isinstance(x, np.ndarray)


def empty(ctx: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """An uninitialised raw array on a context."""
    if ctx.on_cpu:
        return large.empty(shape, np.dtype(dtype))
    return _cuda(ctx.device_id).device_array(shape, dtype)


def allocator(ctx: Any, shape: tuple[int, ...], dtype: np.dtype) -> Callable[..., Any]:
    """The function of a shape and dtype, these ones, that gives uninitialised raw arrays for results on a context."""
    return large.allocator(shape, dtype) if ctx.on_cpu else partial(empty, ctx)


def empty_like_target(x: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """An uninitialised raw array where `x` is: a work buffer beside it."""
    if not is_device_array(x):
        return canary.empty(shape, dtype)
    cuda, _ = cuda_state()
    return cuda.device_array(shape, dtype)


def from_host(ctx: Any, data: np.ndarray) -> Any:
    """A raw array on a context with the numbers of `data`; on the host it is `data` itself, made contiguous."""
    if not (data.flags.c_contiguous and data.flags.aligned):
        data = np.require(data, requirements=("C", "A"))
    if ctx.on_cpu:
        return data
    return _cuda(ctx.device_id).to_device(data)


def converted(number: Any, dtype: np.dtype) -> Any:
    """A number as an array of a dtype without axes; of whole ones the lowest bits, and whatever for NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(number).astype(dtype)


def full(ctx: Any, shape: tuple[int, ...], dtype: Any, value: Any) -> Any:
    """A raw array on a context with one value everywhere."""
    if value == 0 and ctx.on_cpu:
        return canary.zeros(shape, dtype)  # the system may give pages only when they are written
    data = large.empty(shape, np.dtype(dtype))
    data[...] = converted(value, data.dtype)
    return data if ctx.on_cpu else from_host(ctx, data)


def to_host(x: Any) -> np.ndarray:
    """A NumPy copy of a raw array."""
    return x.copy() if isinstance(x, np.ndarray) else np.ascontiguousarray(x.copy_to_host())


def copy(target: Any, source: Any) -> None:
    """Copy all numbers of `source` into `target`: same shape and dtype, any two places."""
    if type(target) is type(source) is np.ndarray:
        target[...] = source
        return
    if target.size == 0:
        return
    if isinstance(target, np.ndarray):
        target[...] = source if isinstance(source, np.ndarray) else source.copy_to_host()
    else:
        target.copy_to_device(source)


def copy_to(source: Any, ctx: Any) -> Any:
    """A copy of a raw array on a context."""
    target = empty(ctx, source.shape, source.dtype)
    copy(target, source)
    return target


def reshape(x: Any, shape: tuple[int, ...]) -> Any:
    """A view of a raw array in another shape of the same size."""
    return x.reshape(shape)


def overlaps(x: Any, others: Iterable[Any]) -> bool:
    """Whether a raw array may share memory with one of the others."""
    for other in others:  # noqa: SIM110 - with `any` a call with `out=` takes 2.4 instead of 2.1 us
        if _share(x, other):
            return True
    return False


def _share(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.base is None and b.base is None:  # each owns its memory: no need to look at addresses
            return a is b
        return np.may_share_memory(a, b)
    if SIMULATED and not isinstance(a, np.ndarray) and not isinstance(b, np.ndarray):
        return np.may_share_memory(a._ary, b._ary)
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return False
    start_a, start_b = (x.device_ctypes_pointer.value or 0 for x in (a, b))
    return start_a < start_b + b.nbytes and start_b < start_a + a.nbytes


def synchronize(device_id: int) -> None:
    """Wait for everything queued on a CUDA device."""
    _cuda(device_id).synchronize()


def synchronize_all() -> None:
    """Wait for all devices; nothing to do where CUDA was never used."""
    if _state is not None and _state[0] is not None:
        _state[0].synchronize()


def memory_info(device_id: int) -> tuple[int, int]:
    """Free and total bytes of a CUDA device."""
    free, total = _cuda(device_id).current_context().get_memory_info()
    return free, total


def empty_cache(device_id: int) -> None:
    """Free what numba has put off freeing on a CUDA device."""
    context = _cuda(device_id).current_context()
    if not SIMULATED:
        context.deallocations.clear()


def dlpack(x: Any, **options: Any) -> Any:
    """A DLPack capsule of a raw array."""
    if isinstance(x, np.ndarray):
        return x.__dlpack__(**options)
    if hasattr(x, "__dlpack__"):
        return x.__dlpack__(**options)
    raise MXNetError("DLPack of a CUDA array needs a numba-cuda that offers it; use __cuda_array_interface__")


def work_copy(target: Any, data: np.ndarray) -> Any:
    """`data` where `target` is: a small table that kernels read."""
    if not is_device_array(target):
        return data
    cuda, _ = cuda_state()
    return cuda.to_device(data)
