"""How a module's parameters are updated: by a key-value store or by updaters of its own."""

from __future__ import annotations

import math
from typing import Any

from .. import kvstore as kv
from ..base import MXNetError

__all__ = ["create_kvstore", "initialize_kvstore", "update_by_updater", "update_on_kvstore"]

BIG = 16 << 20  # elements; gradients of larger parameters are better summed than updated in the store


def create_kvstore(kvstore: Any, num_device: int, arg_params: dict[str, Any]) -> tuple[Any, bool]:
    """Find the store for a number of devices, and whether it does the updates.

    Parameters
    ----------
    kvstore : str, KVStoreBase or None
    num_device : int
    arg_params : dict of str to NDArray

    Returns
    -------
    (KVStoreBase or None, bool)
        With one device there is no store unless one was given.
    """
    if kvstore is None:
        return None, False
    if isinstance(kvstore, str):
        if num_device == 1 and "dist" not in kvstore:
            kv.create(kvstore)  # reports an unknown name
            return None, False
        store = kv.create(kvstore)
        if kvstore == "local":
            largest = max((math.prod(array.shape) for array in arg_params.values()), default=0)
            return store, largest <= BIG
        return store, store.is_capable(kv.KVStoreBase.OPTIMIZER)
    if isinstance(kvstore, kv.KVStoreBase):
        return kvstore, kvstore.is_capable(kv.KVStoreBase.OPTIMIZER)
    raise MXNetError(f"kvstore needs a name, a KVStore or None, got {type(kvstore).__name__}")


def initialize_kvstore(
    store: Any, param_arrays: list[list[Any]], arg_params: dict[str, Any], param_names: list[str], updating: bool
) -> None:
    """Put the parameters into a store; if it does the updates, copy them from there to all devices.

    Parameters
    ----------
    store : KVStoreBase
    param_arrays : list of lists of NDArray
    arg_params : dict of str to NDArray
    param_names : list of str
    updating : bool
    """
    for name, arrays in zip(param_names, param_arrays):
        store.init(name, arg_params[name])
        if updating:
            store.pull(name, arrays)


def update_on_kvstore(
    param_arrays: list[list[Any]], grad_arrays: list[list[Any]], store: Any, param_names: list[str]
) -> None:
    """Let the store update the parameters, and copy them to all devices.

    Parameters
    ----------
    param_arrays, grad_arrays : list of lists of NDArray
    store : KVStoreBase
    param_names : list of str
    """
    for i, (name, arrays, grads) in enumerate(zip(param_names, param_arrays, grad_arrays)):
        if grads[0] is not None:
            store.push(name, grads, priority=-i)
            store.pull(name, arrays, priority=-i)


def update_by_updater(
    param_arrays: list[list[Any]],
    grad_arrays: list[list[Any]],
    updater: Any,
    num_device: int,
    store: Any,
    param_names: list[str],
) -> None:
    """Sum the gradients in the store, if there is one, and update the parameters on each device.

    Parameters
    ----------
    param_arrays, grad_arrays : list of lists of NDArray
    updater : Updater
    num_device : int
    store : KVStoreBase or None
    param_names : list of str
    """
    updates: list[list[tuple[int, Any, Any]]] = [[] for _ in range(num_device)]
    for i, (name, arrays, grads) in enumerate(zip(param_names, param_arrays, grad_arrays)):
        if grads[0] is None:
            continue
        if store is not None:
            store.push(name, grads, priority=-i)
            store.pull(name, grads, priority=-i)
        for k, (array, grad) in enumerate(zip(arrays, grads)):
            updates[k].append((i * num_device + k, grad, array))
    for some in updates:
        if some:
            updater(*(list(part) for part in zip(*some)))
