"""`mx.sym.sparse`: operators named ``_sparse_*``."""

from __future__ import annotations

from typing import Any

from . import functions


def __getattr__(name: str) -> Any:
    return functions.function("sparse", name)


def __dir__() -> list[str]:
    return functions.namespace_names("sparse")
