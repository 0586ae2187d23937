"""`KVStoreBase`, what every key-value store offers, and `create`."""

from __future__ import annotations

import warnings
from typing import Any

from ..base import MXNetError

__all__ = ["KVStoreBase", "create"]


class KVStoreBase:
    """Base class of the stores; `gluon.Trainer` and `Module` use what is here.

    A program's own store, decorated with `KVStoreBase.register`, is found by `create` by its name in lower case.
    """

    OPTIMIZER = "optimizer"
    kv_registry: dict[str, type] = {}

    def broadcast(self, key: Any, value: Any, out: Any, priority: int = 0) -> None:
        """Store a value and copy it to `out`, on all devices."""
        raise NotImplementedError(f"{type(self).__name__} needs broadcast(key, value, out, priority)")

    def pushpull(self, key: Any, value: Any, out: Any = None, priority: int = 0) -> None:
        """Sum `value` over the devices and copy the result to `out`."""
        raise NotImplementedError(f"{type(self).__name__} needs pushpull(key, value, out, priority)")

    def set_optimizer(self, optimizer: Any) -> None:
        """Update the stored values by an optimizer at each push."""
        raise NotImplementedError(f"{type(self).__name__} has no set_optimizer")

    def is_capable(self, capability: str) -> bool:
        """Return whether the store has a capability, such as ``KVStoreBase.OPTIMIZER``."""
        raise NotImplementedError(f"{type(self).__name__} needs is_capable(capability)")

    def save_optimizer_states(self, fname: str, dump_optimizer: bool = False) -> None:
        """Write the optimizer's states to a file."""
        raise NotImplementedError(f"{type(self).__name__} has no save_optimizer_states")

    def load_optimizer_states(self, fname: str) -> None:
        """Read the optimizer's states from a file."""
        raise NotImplementedError(f"{type(self).__name__} has no load_optimizer_states")

    @property
    def type(self) -> str:
        """The name that the store was created by."""
        raise NotImplementedError(f"{type(self).__name__} needs the property type")

    @property
    def rank(self) -> int:
        """The number of this worker."""
        raise NotImplementedError(f"{type(self).__name__} needs the property rank")

    @property
    def num_workers(self) -> int:
        """How many workers there are."""
        raise NotImplementedError(f"{type(self).__name__} needs the property num_workers")

    @staticmethod
    def register(klass: Any) -> Any:
        """Class decorator: make a store known to `create`."""
        name = klass.__name__.lower()
        old = KVStoreBase.kv_registry.get(name)
        if old is not None and old is not klass:
            warnings.warn(
                f"new store {klass.__module__}.{klass.__name__} replaces {old.__module__}.{name}", stacklevel=2
            )
        KVStoreBase.kv_registry[name] = klass
        return klass


def create(name: str = "local") -> Any:
    """Make a key-value store.

    Parameters
    ----------
    name : str
        ``"local"`` (also ``"local_update_cpu"``, ``"local_allreduce_cpu"``): gradients are summed and parameters
        updated where the values given to ``init`` are, usually on the CPU. ``"device"`` (``"local_allreduce_device"``):
        on the first device that pushes. Or the name of a store registered with `KVStoreBase.register`.

    Returns
    -------
    KVStore or KVStoreBase

    Raises
    ------
    MXNetError
        If there is no such store; those for several machines (``dist_*``, ``horovod``, ``byteps``) are not supported.
    """
    from .kvstore import DEVICE, LOCAL, KVStore

    if not isinstance(name, str):
        raise TypeError(f"kvstore.create: name needs a string, got {name!r}")
    lower = name.lower()
    if lower in KVStoreBase.kv_registry:
        return KVStoreBase.kv_registry[lower]()
    if lower in (*LOCAL, *DEVICE):
        return KVStore(lower)
    raise MXNetError(
        f"kvstore.create: {name!r} is not supported; there are {', '.join((*LOCAL, *DEVICE, *KVStoreBase.kv_registry))}"
    )
