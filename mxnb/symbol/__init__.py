"""`mx.sym`: expressions that are written down first and computed later.

Every operator is a function here; it takes symbols and gives a `Symbol`. Functions are made on first use.
"""

from __future__ import annotations

import importlib
from typing import Any

from . import functions
from .arithmetic import hypot, maximum, minimum, pow, power
from .creation import arange, eye, full, histogram, linspace, ones, split_v2, zeros
from .symbol import Symbol, fromjson, load, load_json
from .variable import Group, Variable, var

NAMESPACES = ("_internal", "contrib", "image", "linalg", "op", "random", "sparse")


def __getattr__(name: str) -> Any:
    if name in NAMESPACES:
        return importlib.import_module("." + name, __name__)
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = functions.function("op", name)
    except AttributeError:
        raise AttributeError(f"module 'mxnb.symbol' has no attribute or operator {name!r}") from None
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *NAMESPACES, *functions.namespace_names("op")})
