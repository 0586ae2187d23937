"""Automatic names of symbols and blocks: `NameManager` and `Prefix`."""

from __future__ import annotations

from typing import Any

from ._scope import Scoped

__all__ = ["NameManager", "Prefix"]


class NameManager(metaclass=Scoped):
    """Gives a name to every symbol and block that was not given one: ``fullyconnected0``, ``fullyconnected1``, …

    ``NameManager.current`` is the manager in use; ``with NameManager():`` starts counting anew inside. Each thread has
    its own.

    Examples
    --------
    >>> manager = NameManager()
    >>> manager.get(None, "fc"), manager.get(None, "fc"), manager.get("mine", "fc")
    ('fc0', 'fc1', 'mine')
    """

    def __init__(self) -> None:
        self._counter: dict[str, int] = {}

    def get(self, name: str | None, hint: str) -> str:
        """Return `name` when there is one, else the next free name that starts with `hint`.

        Parameters
        ----------
        name : str or None
            The name that the user gave.
        hint : str
            What to start an automatic name with, usually the operator's name in lower case.

        Returns
        -------
        str
        """
        if name:
            return name
        number = self._counter.get(hint, 0)
        self._counter[hint] = number + 1
        return f"{hint}{number}"

    def __enter__(self) -> NameManager:
        type(self)._stack.scopes.append(self)
        return self

    def __exit__(self, ptype: Any, value: Any, trace: Any) -> None:
        type(self)._stack.scopes.pop()


class Prefix(NameManager):
    """A name manager that puts a prefix before every name, also before those that the user gave.

    Parameters
    ----------
    prefix : str

    Examples
    --------
    >>> with Prefix("encoder_"):
    ...     NameManager.current.get(None, "fc"), NameManager.current.get("out", "fc")
    ('encoder_fc0', 'encoder_out')
    """

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def get(self, name: str | None, hint: str) -> str:
        """Return the prefix followed by the name that `NameManager.get` gives."""
        return self._prefix + super().get(name, hint)
