"""Registries by name: how the strings that `metric`, `init` and `optimizer` accept find their classes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

from .base import MXNetError

__all__ = ["get_alias_func", "get_create_func", "get_register_func", "get_registry"]


class UnregisteredError(MXNetError, ValueError, AssertionError):
    """A name that is not registered: for programs a ValueError (optimizers) or an AssertionError (all others)."""


_REGISTRIES: dict[type, dict[str, type]] = {}


def get_registry(base_class: type) -> dict[str, type]:
    """Return a copy of the registry of `base_class`: lower-case name to class.

    Parameters
    ----------
    base_class : type

    Returns
    -------
    dict of str to type
    """
    return dict(_REGISTRIES.get(base_class, {}))


def get_register_func(base_class: type, nickname: str) -> Callable[..., type]:
    """Return a function that registers subclasses of `base_class`; it serves as a decorator.

    Parameters
    ----------
    base_class : type
    nickname : str
        What an instance is called in messages, such as ``"metric"``.

    Returns
    -------
    callable
        ``register(klass, name=None)``; the name defaults to the class's own in lower case.
    """
    registry = _REGISTRIES.setdefault(base_class, {})

    def register(klass: type, name: str | None = None) -> type:
        if not (isinstance(klass, type) and issubclass(klass, base_class)):
            raise MXNetError(f"register: {klass!r} is not a subclass of {base_class.__name__}")
        name = (klass.__name__ if name is None else name).lower()
        old = registry.get(name)
        if old is not None and old is not klass:
            warnings.warn(
                f"new {nickname} {klass.__module__}.{klass.__name__} registered with name {name} replaces "
                f"{old.__module__}.{old.__name__}",
                stacklevel=2,
            )
        registry[name] = klass
        return klass

    register.__doc__ = f"Make a {nickname} class known to ``create`` by its name in lower case."
    return register


def get_alias_func(base_class: type, nickname: str) -> Callable[..., Callable[[type], type]]:
    """Return a decorator factory that registers a class under further names.

    Parameters
    ----------
    base_class : type
    nickname : str

    Returns
    -------
    callable
        ``alias(*names)``, a class decorator.
    """
    register = get_register_func(base_class, nickname)

    def alias(*names: str) -> Callable[[type], type]:
        def decorate(klass: type) -> type:
            for name in names:
                register(klass, name)
            return klass

        return decorate

    return alias


def get_create_func(base_class: type, nickname: str) -> Callable[..., Any]:
    """Return a function that makes an instance from a name.

    Parameters
    ----------
    base_class : type
    nickname : str

    Returns
    -------
    callable
        ``create(what, *args, **kwargs)``. `what` is a registered name, an instance (returned as it is), a dict of the
        name (under `nickname`) and the keyword arguments, or such a dict or ``[name, {keyword: value}]`` in JSON.
    """
    registry = _REGISTRIES.setdefault(base_class, {})

    def create(*args: Any, **kwargs: Any) -> Any:
        if args:
            what, args = args[0], args[1:]
        else:
            what = kwargs.pop(nickname, None)
        if isinstance(what, base_class):
            if args or kwargs:
                raise MXNetError(f"{nickname} is an instance already; further arguments {args} {kwargs} have no use")
            return what
        if isinstance(what, dict):
            return create(**what)
        if not isinstance(what, str):
            raise UnregisteredError(f"{nickname} needs a name or an instance of {base_class.__name__}, got {what!r}")
        if what.startswith(("[", "{")):
            if args or kwargs:
                raise MXNetError(f"{nickname} {what} has its arguments in JSON; further ones have no use")
            try:
                loaded = json.loads(what)
                if isinstance(loaded, dict):
                    return create(**loaded)
                name, named = loaded
            except ValueError as error:
                raise MXNetError(f"{nickname} {what!r} is neither a name nor [name, {{keyword: value}}]") from error
            return create(name, **named)
        if what.lower() not in registry:
            known = ", ".join(sorted(registry))
            raise UnregisteredError(f"{nickname} {what!r} is not registered; there are {known}")
        return registry[what.lower()](*args, **kwargs)

    create.__doc__ = f"Make a {nickname} from its name, an instance or its JSON form."
    return create
