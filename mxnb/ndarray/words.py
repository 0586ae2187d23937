"""The words of the kernels' vocabulary on NDArrays: each is an operator.

Gradient rules are written in words; called on NDArrays they become calls of operators, which autograd records, so that
the derivative of a derivative needs no rule of its own.
"""

from __future__ import annotations

from typing import Any

from ..base import MXNetError
from ..ops import registry
from . import arithmetic

UNARY = {"absolute": "abs", "normcdf": "_normcdf", "normpdf": "_normpdf"}
BINARY = {"maximum", "minimum", "power", "hypot"}


def apply(word: str, *args: Any) -> Any:
    """What `word` means for NDArrays and numbers.

    Raises
    ------
    MXNetError
        If no operator is called so.
    """
    if word in BINARY:
        return arithmetic.combine(arithmetic.FAMILIES[word], *args)
    if word == "mod":
        return arithmetic.combine(arithmetic.FAMILIES["modulo"], *args)
    if word == "fma":
        return args[0] * args[1] + args[2]
    if word == "where":
        return _where(*args)
    if word == "isnan":
        return args[0] != args[0]
    name = UNARY.get(word, word)
    if len(args) == 1 and name in registry:
        return registry[name].of()(args[0])
    raise MXNetError(f"word {word!r} has no operator for arrays")


def _where(condition: Any, a: Any, b: Any) -> Any:
    like = a if hasattr(a, "_apply") else b if hasattr(b, "_apply") else condition
    a, b = (v if hasattr(v, "_apply") else registry["zeros_like"].of()(like) + v for v in (a, b))
    return registry["where"].of()(condition, a, b)
