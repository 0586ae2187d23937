"""`mx.sym.contrib`: operators named ``_contrib_*``."""

from __future__ import annotations

from typing import Any

from . import functions


def __getattr__(name: str) -> Any:
    return functions.function("contrib", name)


def __dir__() -> list[str]:
    return functions.namespace_names("contrib")
