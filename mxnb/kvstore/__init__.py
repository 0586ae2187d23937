"""Key-value stores: where gradients of several devices are summed and parameters updated. `mx.kv` is this module."""

from __future__ import annotations

from .base import KVStoreBase, create
from .kvstore import KVStore

__all__ = ["KVStore", "KVStoreBase", "create"]
