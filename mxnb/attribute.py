"""Attributes given to every symbol made inside a ``with``: `AttrScope`."""

from __future__ import annotations

from typing import Any

from ._scope import Scoped

__all__ = ["AttrScope"]


class AttrScope(metaclass=Scoped):
    """Attach attributes to all symbols that are made inside the scope.

    Scopes nest: an inner one adds to the outer one and overrides it. ``AttrScope.current`` is the scope in use; each
    thread has its own.

    Parameters
    ----------
    **kwargs : str
        The attributes. Names that the framework reads, such as ``ctx_group`` and ``lr_mult``, are stored as given;
        programs write ``__lr_mult__``.

    Raises
    ------
    ValueError
        If a value is not a string.

    Examples
    --------
    >>> with AttrScope(stage="1"):
    ...     with AttrScope(part="a"):
    ...         AttrScope.current.get({"part": "b"})
    {'stage': '1', 'part': 'b'}
    """

    def __init__(self, **kwargs: str) -> None:
        for name, value in kwargs.items():
            if not isinstance(value, str):
                raise ValueError(f"AttrScope: attribute {name!r} needs a string, got {value!r}")
        self._own = kwargs
        self._attr = kwargs

    def get(self, attr: dict[str, str] | None) -> dict[str, str]:
        """Return the attributes of this scope, overridden by `attr`.

        Parameters
        ----------
        attr : dict of str to str, or None
            Attributes of one symbol; not changed.

        Returns
        -------
        dict of str to str
        """
        return {**self._attr, **(attr or {})}

    def __enter__(self) -> AttrScope:
        scopes = type(self)._stack.scopes
        self._attr = {**scopes[-1]._attr, **self._own}
        scopes.append(self)
        return self

    def __exit__(self, ptype: Any, value: Any, trace: Any) -> None:
        type(self)._stack.scopes.pop()
