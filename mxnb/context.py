"""Context: the device an array lives on, and the current one of each thread."""

from __future__ import annotations

import re
import threading
from typing import Any, ClassVar

from .base import MXNetError

__all__ = ["Context", "cpu", "cpu_pinned", "cpu_shared", "current_context", "gpu", "gpu_memory_info", "num_gpus"]


class _ContextType(type):
    """Makes ``Context.default_ctx`` a property of the class, and calls return the one object of a device."""

    @property
    def default_ctx(cls) -> Context:
        return _local.current

    @default_ctx.setter
    def default_ctx(cls, ctx: Context) -> None:
        if not isinstance(ctx, Context):
            raise MXNetError(f"Context.default_ctx: got {ctx!r}, needs a Context")
        _local.current = ctx


class Context(metaclass=_ContextType):
    """A device: ``cpu(0)``, ``gpu(1)``.

    There is one object per device, so contexts may be compared with ``is``; they cannot be changed. Used in a
    ``with`` statement, a context is where arrays are created in that block, in this thread.

    ``cpu(0)``, ``cpu(1)``, … are different contexts on the one memory of the host, as are ``cpu_pinned`` and
    ``cpu_shared``: their kernels are the CPU's.

    Parameters
    ----------
    device_type : {"cpu", "gpu", "cpu_pinned", "cpu_shared"} or Context
        The kind of device; a Context is returned as it is.
    device_id : int
        Which device of that kind.

    Attributes
    ----------
    device_type : str
        The kind of device.
    device_id : int
        Which device of that kind.
    device_typeid : int
        The number of the kind in MXNet's file formats.
    on_cpu : bool
        Whether arrays there are in the memory of the host.
    default_ctx : Context
        Of the class: the current context of this thread.

    Raises
    ------
    MXNetError
        When there is no such kind of device, or `device_id` is not an integer. Whether a GPU exists is found out
        by the first array that is put there.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.Context("cpu", 1)
    cpu(1)
    >>> with mx.cpu(1):
    ...     x = mx.nd.ones((2, 3))
    >>> x.context
    cpu(1)
    """

    __slots__ = ("device_id", "device_type", "device_typeid", "on_cpu")

    devtype2str: ClassVar[dict[int, str]] = {1: "cpu", 2: "gpu", 3: "cpu_pinned", 5: "cpu_shared"}
    devstr2type: ClassVar[dict[str, int]] = {"cpu": 1, "gpu": 2, "cpu_pinned": 3, "cpu_shared": 5}

    device_type: str
    device_id: int
    device_typeid: int
    on_cpu: bool

    def __new__(cls, device_type: str | Context, device_id: int = 0) -> Context:
        if isinstance(device_type, Context):
            return device_type
        try:
            return _contexts[device_type, device_id]
        except (KeyError, TypeError):
            return _intern(device_type, device_id)

    @classmethod
    def parse(cls, text: str) -> Context:
        """Return the context of a text such as ``"gpu(1)"``, as symbols store it.

        Parameters
        ----------
        text : str
            What ``str(ctx)`` gives; without a number it means device 0.

        Returns
        -------
        Context

        Raises
        ------
        MXNetError
            When it is not the text of a context.

        Examples
        --------
        >>> Context.parse("gpu(1)")
        gpu(1)
        """
        found = re.fullmatch(r"(\w+?)(?:\((-?\d+)\))?", text.strip())
        if found is None or found[1] not in cls.devstr2type:
            raise MXNetError(f"Context: got {text!r}, needs a text such as 'cpu(0)' or 'gpu(1)'")
        return cls(found[1], int(found[2] or 0))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Context cannot be changed; write mx.Context({self.device_type!r}, …) for another one")

    def __reduce__(self) -> tuple[Any, ...]:
        return Context, (self.device_type, self.device_id)

    def __copy__(self) -> Context:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Context:
        return self

    def __repr__(self) -> str:
        return f"{self.device_type}({self.device_id})"

    def __enter__(self) -> Context:
        _local.outer.append(_local.current)
        _local.current = self
        return self

    def __exit__(self, ptype: Any, value: Any, trace: Any) -> None:
        _local.current = _local.outer.pop()

    def empty_cache(self) -> None:
        """Give memory that the allocator keeps for reuse on this device back to the system.

        Only CUDA devices keep any; elsewhere there is nothing to do.

        Raises
        ------
        MXNetError
            When the GPU cannot be used.

        Examples
        --------
        >>> import mxnb as mx
        >>> mx.cpu().empty_cache()
        """
        if not self.on_cpu:
            from .kernels import device

            device.empty_cache(self.device_id)


_contexts: dict[tuple[Any, Any], Context] = {}


def _intern(device_type: Any, device_id: Any) -> Context:
    """Check the arguments and return the one Context that they name."""
    if not isinstance(device_type, str) or device_type not in Context.devstr2type:
        kinds = ", ".join(Context.devstr2type)
        raise MXNetError(f"Context: device_type is {device_type!r}, needs one of {kinds}")
    try:
        index = device_id.__index__()
    except AttributeError:
        raise MXNetError(f"Context: device_id is {device_id!r}, needs an integer") from None
    ctx = object.__new__(Context)
    for name, value in (
        ("device_type", device_type),
        ("device_id", index),
        ("device_typeid", Context.devstr2type[device_type]),
        ("on_cpu", device_type != "gpu"),
    ):
        object.__setattr__(ctx, name, value)
    return _contexts.setdefault((device_type, index), ctx)  # one winner when two threads come at once


class _Local(threading.local):
    """Each thread's current context, and those that surrounding ``with`` statements return to."""

    def __init__(self) -> None:
        self.current: Context = Context("cpu", 0)
        self.outer: list[Context] = []


_local = _Local()


def cpu(device_id: int = 0) -> Context:
    """Return the context of the CPU.

    Parameters
    ----------
    device_id : int
        Tells contexts apart, as programs that imitate several devices on one host like; the memory and the
        cores are the same.

    Returns
    -------
    Context

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.cpu()
    cpu(0)
    """
    return Context("cpu", device_id)


def gpu(device_id: int = 0) -> Context:
    """Return the context of a CUDA device.

    Parameters
    ----------
    device_id : int
        Which device, counted from 0.

    Returns
    -------
    Context
        Also when there is no such device: then the first array put there raises MXNetError.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.gpu(1)
    gpu(1)
    """
    return Context("gpu", device_id)


def cpu_pinned(device_id: int = 0) -> Context:
    """Return the context of page-locked host memory; arrays there are ordinary host arrays.

    Parameters
    ----------
    device_id : int
        The CUDA device that the memory is to be locked for.

    Returns
    -------
    Context

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.cpu_pinned()
    cpu_pinned(0)
    """
    return Context("cpu_pinned", device_id)


def cpu_shared(device_id: int = 0) -> Context:
    """Return the context of host memory shared between processes; arrays there are ordinary host arrays.

    Parameters
    ----------
    device_id : int
        Tells contexts apart.

    Returns
    -------
    Context

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.context.cpu_shared()
    cpu_shared(0)
    """
    return Context("cpu_shared", device_id)


def current_context() -> Context:
    """Return where this thread creates arrays when no ``ctx`` is given.

    Returns
    -------
    Context
        ``cpu(0)``, or that of the innermost ``with`` statement.

    Examples
    --------
    >>> import mxnb as mx
    >>> with mx.cpu(3):
    ...     mx.current_context()
    cpu(3)
    """
    return _local.current


def num_gpus() -> int:
    """Return the number of CUDA devices that can be used.

    Returns
    -------
    int
        0 without a driver or without numba's CUDA packages; ``python -m mxnb info`` says which is missing.
    """
    from .kernels import device

    return device.num_gpus()


def gpu_memory_info(device_id: int = 0) -> tuple[int, int]:
    """Return the free and the total memory of a CUDA device.

    Parameters
    ----------
    device_id : int
        Which device.

    Returns
    -------
    tuple of int
        Free bytes, total bytes.

    Raises
    ------
    MXNetError
        When the GPU cannot be used.
    """
    from .kernels import device

    return device.memory_info(device_id)
