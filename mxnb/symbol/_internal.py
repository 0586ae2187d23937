"""`mx.sym._internal`: operators whose names start with an underscore, which Python's operators and others stand for."""

from __future__ import annotations

from typing import Any

from . import functions


def __getattr__(name: str) -> Any:
    return functions.function("_internal", name)


def __dir__() -> list[str]:
    return functions.namespace_names("_internal")
