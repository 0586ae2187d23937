"""How a module's parameters are updated: by a key-value store or by updaters of its own."""

from __future__ import annotations

import math
import warnings
from typing import Any

from .. import kvstore as kv
from .. import optimizer as opt
from ..base import MXNetError, atomic_write
from ..optimizer.updater import load_states
from .base_module import DEFAULT_OPTIMIZER_PARAMS
from .parameters import WithParameters

__all__ = ["WithOptimizer", "create_kvstore", "initialize_kvstore", "update_by_updater", "update_on_kvstore"]

BIG = 16 << 20  # elements; gradients of larger parameters are better summed than updated in the store


class WithOptimizer(WithParameters):
    """The part of `Module` that is about updating its parameters."""

    _context: list[Any]
    _compression_params: dict[str, Any] | None
    _optimizer: Any
    _kvstore: Any
    _update_on_kvstore: bool
    _updater: Any  # None where the store does the updates
    _preload_opt_states: str | None

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = DEFAULT_OPTIMIZER_PARAMS,
        force_init: bool = False,
    ) -> None:
        """Make ready for `update`.

        Parameters
        ----------
        kvstore : str, KVStore or None
            How gradients of several devices are summed. None leaves the devices to themselves.
        optimizer : str or Optimizer
            An optimizer made by name gets ``rescale_grad=1 / batch_size`` unless `optimizer_params` says otherwise.
        optimizer_params : dict or pairs
            For the optimizer's constructor.
        force_init : bool
            Do it also when it has been done; otherwise there is a warning and nothing happens.
        """
        self._require("binded", "params_initialized")
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring...")
            return
        if self._params_dirty:
            self._sync_params_from_devices()
        store, on_store = create_kvstore(kvstore, len(self._context), self._arg_params or {})
        group = self._exec_group
        names = group.param_names
        batch_size = group.batch_size
        if store is not None and "dist" in store.type and "_sync" in store.type:
            batch_size *= store.num_workers
        rescale_grad = 1.0 / batch_size
        devices = len(self._context)
        idx2name: dict[Any, str] = (
            dict(enumerate(names))
            if on_store
            else {i * devices + k: name for k in range(devices) for i, name in enumerate(names)}
        )
        if isinstance(optimizer, str):
            params = dict(optimizer_params)
            params.setdefault("rescale_grad", rescale_grad)
            optimizer = opt.create(optimizer, sym=self._symbol, param_idx2name=idx2name, **params)
        elif isinstance(optimizer, opt.Optimizer):
            if optimizer.rescale_grad != rescale_grad:
                warnings.warn(
                    f"the optimizer was made outside of the module: its rescale_grad is {optimizer.rescale_grad}, not "
                    f"1 / batch_size = {rescale_grad}; is this intended?",
                    stacklevel=2,
                )
            if not optimizer.idx2name:
                optimizer.idx2name = idx2name
        else:
            raise MXNetError(f"init_optimizer: optimizer needs a name or an Optimizer, got {optimizer!r}")
        self._optimizer = optimizer
        self._kvstore = store
        self._update_on_kvstore = on_store
        self._updater = None
        if store is not None:
            if self._compression_params:
                store.set_gradient_compression(self._compression_params)
            if on_store:
                store.set_optimizer(optimizer)
            initialize_kvstore(store, group.param_arrays, self._arg_params or {}, names, on_store)
        if not on_store:
            self._updater = opt.get_updater(optimizer)
        self.optimizer_initialized = True
        if self._preload_opt_states is not None:
            self.load_optimizer_states(self._preload_opt_states)
            self._preload_opt_states = None

    def borrow_optimizer(self, shared_module: Any) -> None:
        """Use the optimizer of another module, with its states; the parameters have to be shared too.

        Parameters
        ----------
        shared_module : Module
        """
        shared_module._require("optimizer_initialized")
        self._optimizer = shared_module._optimizer
        self._kvstore = shared_module._kvstore
        self._update_on_kvstore = shared_module._update_on_kvstore
        self._updater = shared_module._updater
        self.optimizer_initialized = True

    def update(self) -> None:
        """Change the parameters by the gradients of the last backward."""
        self._require("binded", "params_initialized", "optimizer_initialized")
        self._params_dirty = True
        group = self._exec_group
        if self._update_on_kvstore:
            update_on_kvstore(group.param_arrays, group.grad_arrays, self._kvstore, group.param_names)
        else:
            update_by_updater(
                group.param_arrays,
                group.grad_arrays,
                self._updater,
                len(self._context),
                self._kvstore,
                group.param_names,
            )

    def save_optimizer_states(self, fname: str) -> None:
        """Write the optimizer's states to a file.

        Parameters
        ----------
        fname : str
        """
        self._require("optimizer_initialized")
        if self._update_on_kvstore:
            self._kvstore.save_optimizer_states(fname)
            return
        states = self._updater.get_states()
        with atomic_write(fname) as file:
            file.write(states)

    def load_optimizer_states(self, fname: str) -> None:
        """Read the optimizer's states from a file.

        Parameters
        ----------
        fname : str

        Raises
        ------
        MXNetError
            If the file is missing or damaged. Nothing in it is executed.
        """
        self._require("optimizer_initialized")
        if self._update_on_kvstore:
            self._kvstore.load_optimizer_states(fname)
            return
        load_states(fname, self._updater)


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
