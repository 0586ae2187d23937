"""`mx.sym.<operator>`: functions made on first use from the operators' declarations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..base import _Null
from ..ops import get, registry
from ..ops.functions import finish, split_arguments
from .compose import apply
from .node import count_parameter

__all__ = ["function", "namespace_names", "operator_name"]

#: The namespaces below `mx.sym`, and what the operators in them start with.
PREFIXES = {
    "contrib": "_contrib_",
    "image": "_image_",
    "linalg": "_linalg_",
    "random": "_random_",
    "sparse": "_sparse_",
}

_made: dict[tuple[str, str], Callable[..., Any]] = {}


def operator_name(namespace: str, name: str) -> str | None:
    """The operator that a function stands for, None where there is no such function.

    Parameters
    ----------
    namespace : {"op", "_internal", "contrib", "linalg", "image", "sparse", "random"}
    name : str
        The function's.

    Returns
    -------
    str or None
    """
    if namespace == "op":
        full = "" if name.startswith("_") else name
    elif namespace == "_internal":
        full = name if name.startswith("_") else ""
    else:
        full = PREFIXES[namespace] + name
    cls = registry.get(full)
    return None if cls is None or cls.internal else full


def namespace_names(namespace: str) -> list[str]:
    """All functions of a namespace.

    Parameters
    ----------
    namespace : str

    Returns
    -------
    list of str
    """
    prefix = PREFIXES.get(namespace, "")
    names = [name.removeprefix(prefix) for name in registry if name.startswith(prefix)]
    return sorted(name for name in names if operator_name(namespace, name))


def function(namespace: str, name: str) -> Callable[..., Any]:
    """The function `mx.sym.<namespace>.<name>`.

    Parameters
    ----------
    namespace : str
    name : str

    Returns
    -------
    callable
        ``function(*args, name=None, attr=None, **kwargs)``, with the signature and documentation of its operator.

    Raises
    ------
    AttributeError
        When there is no such operator.
    """
    made = _made.get((namespace, name))
    if made is None:
        full = operator_name(namespace, name)
        if full is None:
            raise AttributeError(f"module 'mxnb.symbol' has no operator {name!r} in {namespace!r}")
        made = _made[namespace, name] = _make(full, name, namespace)
    return made


def _make(full: str, hint: str, namespace: str) -> Callable[..., Any]:
    from .symbol import Symbol

    cls = get(full)
    count = count_parameter(cls)

    def call(*args: Any, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Any:
        kwargs.pop("out", None)  # part of every signature, for nd's sake
        if kwargs.get("dtype", _Null) is None and "dtype" in cls.params:
            del kwargs["dtype"]
        inputs, params = split_arguments(cls, args, kwargs, Symbol)
        if count and count not in kwargs:
            params.pop(count, None)
        return apply(cls, hint, inputs, params, name, attr)

    return finish(call, cls, hint, "mxnb.symbol" if namespace == "op" else f"mxnb.symbol.{namespace}", Symbol)
