"""`mx.sym.linalg`: operators named ``_linalg_*``."""

from __future__ import annotations

from typing import Any

from . import functions


def __getattr__(name: str) -> Any:
    return functions.function("linalg", name)


def __dir__() -> list[str]:
    return functions.namespace_names("linalg")
