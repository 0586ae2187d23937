"""Scopes entered with ``with``, the innermost of which is the current one of its thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

__all__ = ["Scoped"]


class _Stack(threading.local):
    """The open scopes of each thread. ``threading.local`` runs ``__init__`` anew in every thread that looks."""

    def __init__(self, outermost: Callable[[], Any]) -> None:
        self.scopes = [outermost()]


class Scoped(type):
    """Metaclass of a family of scopes: ``Family.current`` is the innermost open one of this thread.

    The first class of a family owns the stack; its subclasses share it, so that ``Prefix`` replaces ``NameManager``
    while it is open. A thread starts with a fresh instance of the family's first class.
    """

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        super().__init__(name, bases, namespace)
        if not any(isinstance(base, Scoped) for base in bases):
            cls._stack = _Stack(cls)

    @property
    def current(cls) -> Any:
        """The innermost open scope of this thread."""
        return cls._stack.scopes[-1]
