"""Small functions of ``mx.util``: environment variables, GPUs, and the switches of the NumPy interface."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from . import context
from .base import MXNetError

__all__ = [
    "get_gpu_count",
    "get_gpu_memory",
    "getenv",
    "is_np_array",
    "is_np_shape",
    "np_array",
    "np_shape",
    "reset_np",
    "set_module",
    "set_np",
    "set_np_shape",
    "setenv",
    "use_np",
    "use_np_array",
    "use_np_shape",
]


def getenv(name: str) -> str | None:
    """Return an environment variable, None if it is not set.

    Parameters
    ----------
    name : str

    Returns
    -------
    str or None
    """
    return os.environ.get(name)


def setenv(name: str, value: str | None) -> None:
    """Set an environment variable, or remove it with None.

    Parameters
    ----------
    name : str
    value : str or None
    """
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def get_gpu_count() -> int:
    """Return the number of GPUs."""
    return context.num_gpus()


def get_gpu_memory(gpu_dev_id: int) -> tuple[int, int]:
    """Return free and total memory of a GPU in bytes.

    Parameters
    ----------
    gpu_dev_id : int

    Returns
    -------
    (int, int)
    """
    return context.gpu_memory_info(gpu_dev_id)


def set_module(module: str) -> Callable[[Any], Any]:
    """Return a decorator that sets the ``__module__`` of a class or function.

    Parameters
    ----------
    module : str

    Returns
    -------
    callable
    """

    def decorate(target: Any) -> Any:
        target.__module__ = module
        return target

    return decorate


# --- The NumPy interface (mx.np), which is not offered ---------------------------------------------------------------


def is_np_array() -> bool:
    """Return False: arrays are classic NDArrays."""
    return False


def is_np_shape() -> bool:
    """Return False: a dimension of 0 means that it is unknown."""
    return False


def _refuse(what: str, active: Any = True) -> None:
    if active:
        raise MXNetError(f"{what}: the NumPy interface (mx.np) is not supported; use mx.nd")


def set_np(shape: bool = True, array: bool = True) -> None:
    """Raise MXNetError unless both switches are off: the NumPy interface is not supported."""
    _refuse("set_np", shape or array)


def reset_np() -> None:
    """Do nothing: the NumPy interface is off."""


def set_np_shape(active: bool) -> bool:
    """Raise MXNetError if `active`; return the former value, False."""
    _refuse("set_np_shape", active)
    return False


@contextmanager
def np_shape(active: bool = True) -> Iterator[None]:
    """Context manager that raises MXNetError if `active`."""
    _refuse("np_shape", active)
    yield


@contextmanager
def np_array(active: bool = True) -> Iterator[None]:
    """Context manager that raises MXNetError if `active`."""
    _refuse("np_array", active)
    yield


def use_np(func: Any) -> Any:
    """Raise MXNetError: the NumPy interface is not supported."""
    _refuse("use_np")


def use_np_array(func: Any) -> Any:
    """Raise MXNetError: the NumPy interface is not supported."""
    _refuse("use_np_array")


def use_np_shape(func: Any) -> Any:
    """Raise MXNetError: the NumPy interface is not supported."""
    _refuse("use_np_shape")
