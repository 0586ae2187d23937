"""`KVStore`: the stores of one process, over any number of its devices."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

from .. import ndarray as nd
from .. import optimizer as opt
from ..base import MXNetError, atomic_write
from ..optimizer.updater import load_states
from .base import KVStoreBase

__all__ = ["KVStore"]

LOCAL = ("local", "local_update_cpu", "local_allreduce_cpu")
DEVICE = ("device", "local_allreduce_device")


class KVStore(KVStoreBase):
    """A store of NDArrays by key, for the devices of one process. `create` makes it.

    Keys are ints or strs, not both in one store. A value may be one NDArray or a list of them, one per device.

    Parameters
    ----------
    handle : str
        ``"local"`` or ``"device"``.

    Examples
    --------
    >>> import mxnb as mx
    >>> store = mx.kv.create("local")
    >>> store.init("w", mx.nd.zeros((2,)))
    >>> store.push("w", [mx.nd.ones((2,), mx.cpu(0)), mx.nd.ones((2,), mx.cpu(1))])
    >>> out = mx.nd.zeros((2,))
    >>> store.pull("w", out=out)
    >>> out.asnumpy()
    array([2., 2.], dtype=float32)
    """

    def __init__(self, handle: str = "local") -> None:
        self.handle = handle
        self._values: dict[Any, Any] = {}
        self._updater: Callable[[Any, Any, Any], None] | None = None

    # --- What it is --------------------------------------------------------------------------------------------------

    @property
    def type(self) -> str:
        """The name that the store was created by."""
        return self.handle

    @property
    def rank(self) -> int:
        """0: there is one worker."""
        return 0

    @property
    def num_workers(self) -> int:
        """1: there is one worker."""
        return 1

    def is_capable(self, capability: str) -> bool:
        """Return whether the store has a capability; ``KVStoreBase.OPTIMIZER`` is the only one there is."""
        if capability.lower() == KVStoreBase.OPTIMIZER:
            return True
        raise MXNetError(f"KVStore: unknown capability {capability!r}; there is {KVStoreBase.OPTIMIZER!r}")

    # --- Values ------------------------------------------------------------------------------------------------------

    def init(self, key: Any, value: Any) -> None:
        """Store the first value of keys.

        Parameters
        ----------
        key : int, str or list of them
        value : NDArray or list of them
            Copied.

        Raises
        ------
        MXNetError
            If a key is there already, or ints and strs are mixed.
        """
        for one, values in self._pairs(key, value):
            if one in self._values:
                raise MXNetError(f"KVStore.init: key {one!r} is there already")
            self._values[one] = values[0].copy()

    def push(self, key: Any, value: Any, priority: int = 0) -> None:
        """Sum values over the devices and put the sum in the store, or give it to the updater.

        Parameters
        ----------
        key : int, str or list of them
        value : NDArray, list of NDArray (one key: per device), or list of lists
        priority : int
            Accepted for MXNet's sake; pushes are done in the order of the calls.

        Raises
        ------
        MXNetError
            If a key was not initialized, or a shape or dtype differs from the stored one.
        """
        for one, values in self._grouped(key, value):
            stored = self._stored(one, "push")
            if self.handle in DEVICE and stored.context != values[0].context:
                stored = self._values[one] = stored.as_in_context(values[0].context)
            total = self._sum(one, values, stored)
            if self._updater is not None:
                self._updater(one, total, stored)
            else:
                stored[:] = total

    def pull(self, key: Any, out: Any = None, priority: int = 0, ignore_sparse: bool = True) -> None:
        """Copy stored values.

        Parameters
        ----------
        key : int, str or list of them
        out : NDArray, list of NDArray (one key: per device), or list of lists
        priority : int
            Accepted for MXNet's sake; pulls are done in the order of the calls.
        ignore_sparse : bool
            Without effect: there are no sparse arrays.

        Raises
        ------
        MXNetError
            If a key was not initialized, or `out` is missing.
        """
        if out is None:
            raise MXNetError("KVStore.pull: out is missing")
        for one, outs in self._pairs(key, out):
            stored = self._stored(one, "pull")
            for array in outs:
                self._check("pull", one, array, stored)
                stored.copyto(array)

    def pushpull(self, key: Any, value: Any, out: Any = None, priority: int = 0) -> None:
        """Push, then pull.

        Parameters
        ----------
        key : int, str or list of them
        value : as in `push`
        out : as in `pull`, optional
            By default the results are written to `value`.
        priority : int
            Accepted for MXNet's sake.
        """
        self.push(key, value, priority)
        self.pull(key, value if out is None else out, priority)

    def broadcast(self, key: Any, value: Any, out: Any, priority: int = 0) -> None:
        """Store the first value of keys and copy it to `out`.

        Parameters
        ----------
        key : int, str or list of them
        value : as in `init`
        out : as in `pull`
        priority : int
            Accepted for MXNet's sake.
        """
        self.init(key, value)
        self.pull(key, out, priority)

    def row_sparse_pull(self, key: Any, out: Any = None, priority: int = 0, row_ids: Any = None) -> None:
        """Raise MXNetError: sparse arrays are not supported."""
        raise MXNetError("KVStore.row_sparse_pull: row_sparse arrays are not supported; use pull")

    def set_gradient_compression(self, compression_params: dict[str, Any]) -> None:
        """Raise MXNetError: gradients are not compressed within one process.

        Parameters
        ----------
        compression_params : dict
            ``{"type": "none"}`` is accepted.
        """
        if dict(compression_params).get("type", "none") != "none":
            raise MXNetError(f"KVStore: gradient compression {compression_params} is not supported")

    # --- Updating ----------------------------------------------------------------------------------------------------

    def _set_updater(self, updater: Callable[[Any, Any, Any], None]) -> None:
        """Set the function ``updater(key, pushed sum, stored)`` that changes stored values in place."""
        self._updater = updater

    def set_optimizer(self, optimizer: Any) -> None:
        """Update the stored values by an optimizer at each push.

        Parameters
        ----------
        optimizer : Optimizer
        """
        if not isinstance(optimizer, opt.Optimizer):
            raise MXNetError(f"KVStore.set_optimizer: needs an Optimizer, got {type(optimizer).__name__}")
        self._set_updater(opt.get_updater(optimizer))

    def save_optimizer_states(self, fname: str, dump_optimizer: bool = False) -> None:
        """Write the optimizer's states to a file.

        Parameters
        ----------
        fname : str
        dump_optimizer : bool
            Write the optimizer as well.
        """
        states = self._with_states("save").get_states(dump_optimizer)
        with atomic_write(fname) as file:
            file.write(states)

    def load_optimizer_states(self, fname: str) -> None:
        """Read the optimizer's states from a file.

        Parameters
        ----------
        fname : str
        """
        load_states(fname, self._with_states("load"))

    def _with_states(self, action: str) -> opt.Updater:
        if not isinstance(self._updater, opt.Updater):
            raise MXNetError(f"KVStore: there are no optimizer states to {action}; call set_optimizer first")
        return self._updater

    def _barrier(self) -> None:
        """Wait for all workers: there is one."""

    # --- Keys and values ---------------------------------------------------------------------------------------------

    def _stored(self, key: Any, action: str) -> Any:
        try:
            return self._values[key]
        except KeyError:
            raise MXNetError(f"KVStore.{action}: key {key!r} was not initialized; call init first") from None

    def _pairs(self, key: Any, value: Any) -> list[tuple[Any, list[Any]]]:
        """``(key, list of arrays)`` for each key."""
        if not isinstance(key, (list, tuple)):
            keys, values = [key], [value]
        else:
            keys, values = list(key), list(value) if isinstance(value, (list, tuple)) else [value]
            if len(keys) != len(values):
                raise MXNetError(f"KVStore: {len(values)} values for {len(keys)} keys")
        for one in keys:
            if not isinstance(one, (str, numbers.Integral)):
                raise MXNetError(f"KVStore: a key has to be an int or a str, got {one!r}")
        if len({isinstance(one, str) for one in [*keys, *list(self._values)[:1]]}) > 1:
            raise MXNetError("KVStore: keys of type int and str cannot be mixed in one store")
        pairs = []
        for one, some in zip(keys, values):
            arrays = list(some) if isinstance(some, (list, tuple)) else [some]
            for array in arrays:
                if not isinstance(array, nd.NDArray):
                    raise MXNetError(f"KVStore: key {one!r}: needs NDArrays, got {type(array).__name__}")
            if not arrays:
                raise MXNetError(f"KVStore: key {one!r} has no values")
            pairs.append((one, arrays))
        return pairs

    def _grouped(self, key: Any, value: Any) -> list[tuple[Any, list[Any]]]:
        """As `_pairs`, with the values of a key that comes several times in one list."""
        groups: dict[Any, list[Any]] = {}
        for one, values in self._pairs(key, value):
            groups.setdefault(one, []).extend(values)
        return list(groups.items())

    def _sum(self, key: Any, values: list[Any], stored: Any) -> Any:
        for array in values:
            self._check("push", key, array, stored)
        total = values[0].as_in_context(stored.context)
        for array in values[1:]:
            total = total + array.as_in_context(stored.context)
        return total

    @staticmethod
    def _check(action: str, key: Any, array: Any, stored: Any) -> None:
        if array.shape != stored.shape:
            raise MXNetError(
                f"KVStore.{action}: key {key!r} holds shape {stored.shape}, got an array of shape {array.shape}"
            )
