"""`mx.sym.op`: every operator without an underscore in front."""

from __future__ import annotations

from typing import Any

from . import functions


def __getattr__(name: str) -> Any:
    return functions.function("op", name)


def __dir__() -> list[str]:
    return functions.namespace_names("op")
