"""Python's operators on symbols, and the functions behind them: `maximum`, `hypot`, `power`, …

They do not broadcast: the shapes of both sides must be equal. `mx.sym.broadcast_add` and its relatives do.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import Any, NamedTuple

from ..base import MXNetError, NotImplementedForSymbol
from ..ops import get, registry
from .compose import apply

__all__ = ["Arithmetic", "apply_word", "hypot", "maximum", "minimum", "pow", "power"]


class Family(NamedTuple):
    """The operators of one function of two numbers, and the names that MXNet's functions for them go by."""

    both: str
    hint: str
    scalar: str
    scalar_hint: str
    reverse: str
    reverse_hint: str
    python: Callable[[Any, Any], Any]


def _family(word: str, python: Any, both: str = "", reverse: str = "", hints: str = "{}scalar") -> Family:
    scalar, swapped = f"_{word}_scalar", f"_{reverse or word}_scalar"
    return Family(
        both or f"_{word}", f"_{word}", scalar, hints.format(f"_{word}"), swapped, hints.format(f"_{reverse or word}"),
        python,
    )  # fmt: skip


def _comparison(word: str, python: Any, reverse: str = "") -> Family:
    return _family(word, python, reverse=reverse, hints="{}_scalar")


ADD = _family("plus", lambda a, b: a + b, "elemwise_add")
SUBTRACT = _family("minus", lambda a, b: a - b, "elemwise_sub", "rminus")
MULTIPLY = _family("mul", lambda a, b: a * b, "elemwise_mul")
DIVIDE = _family("div", lambda a, b: a / b, "elemwise_div", "rdiv")
MODULO = _family("mod", lambda a, b: a % b, reverse="rmod")
POWER = _family("power", lambda a, b: a**b, reverse="rpower")
RPOW = POWER._replace(reverse_hint="_rpower_scalar")  # `2 ** s` is named by another function than `power(2, s)`
MAXIMUM = _family("maximum", max)
MINIMUM = _family("minimum", min)
HYPOT = _family("hypot", math.hypot)
EQUAL = _comparison("equal", lambda a, b: a == b)
NOT_EQUAL = _comparison("not_equal", lambda a, b: a != b)
GREATER = _comparison("greater", lambda a, b: a > b, "lesser")
GREATER_EQUAL = _comparison("greater_equal", lambda a, b: a >= b, "lesser_equal")
LESSER = _comparison("lesser", lambda a, b: a < b, "greater")
LESSER_EQUAL = _comparison("lesser_equal", lambda a, b: a <= b, "greater_equal")


def combine(family: Family, a: Any, b: Any) -> Any:
    """One of the families on two symbols, or on a symbol and a number on either side."""
    symbol_a, symbol_b = isinstance(a, Arithmetic), isinstance(b, Arithmetic)
    if symbol_a and symbol_b:
        return apply(get(family.both), family.hint, (a, b), {})
    if symbol_a and isinstance(b, numbers.Number):
        return apply(get(family.scalar), family.scalar_hint, (a,), {"scalar": b})
    if symbol_b and isinstance(a, numbers.Number):
        return apply(get(family.reverse), family.reverse_hint, (b,), {"scalar": a})
    if isinstance(a, numbers.Number) and isinstance(b, numbers.Number):
        return family.python(a, b)
    raise TypeError(f"type {type(b if symbol_a else a)} not supported")


class Arithmetic:
    """Python's operators; Symbol inherits them. Every one of them makes a new symbol, ``==`` too."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Any) -> Any:
        return combine(ADD, self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return combine(SUBTRACT, self, other)

    def __rsub__(self, other: Any) -> Any:
        return combine(SUBTRACT, other, self)

    def __mul__(self, other: Any) -> Any:
        return combine(MULTIPLY, self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return combine(DIVIDE, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return combine(DIVIDE, other, self)

    __div__, __rdiv__ = __truediv__, __rtruediv__

    def __mod__(self, other: Any) -> Any:
        return combine(MODULO, self, other)

    def __rmod__(self, other: Any) -> Any:
        return combine(MODULO, other, self)

    def __pow__(self, other: Any) -> Any:
        return combine(POWER, self, other)

    def __rpow__(self, other: Any) -> Any:
        return combine(RPOW, other, self)

    def __neg__(self) -> Any:
        return combine(MULTIPLY, self, -1.0)

    def __abs__(self) -> Any:
        return apply(get("abs"), "abs", (self,), {})

    def __eq__(self, other: Any) -> Any:
        return combine(EQUAL, self, other)

    def __ne__(self, other: Any) -> Any:
        return combine(NOT_EQUAL, self, other)

    def __gt__(self, other: Any) -> Any:
        return combine(GREATER, self, other)

    def __ge__(self, other: Any) -> Any:
        return combine(GREATER_EQUAL, self, other)

    def __lt__(self, other: Any) -> Any:
        return combine(LESSER, self, other)

    def __le__(self, other: Any) -> Any:
        return combine(LESSER_EQUAL, self, other)

    def __bool__(self) -> bool:
        raise NotImplementedForSymbol(self.__bool__, "bool", self)

    __nonzero__ = __bool__

    def __iadd__(self, other: Any) -> Any:
        raise NotImplementedForSymbol(self.__iadd__, "+=", self, other)

    def __isub__(self, other: Any) -> Any:
        raise NotImplementedForSymbol(self.__isub__, "-=", self, other)

    def __imul__(self, other: Any) -> Any:
        raise NotImplementedForSymbol(self.__imul__, "*=", self, other)

    def __itruediv__(self, other: Any) -> Any:
        raise NotImplementedForSymbol(self.__itruediv__, "/=", self, other)

    __idiv__ = __itruediv__


def maximum(left: Any, right: Any) -> Any:
    """The larger of two values, element by element.

    Parameters
    ----------
    left, right : Symbol or number
        Symbols must have equal shapes.

    Returns
    -------
    Symbol, or a number for two numbers

    Examples
    --------
    >>> mx.sym.maximum(mx.sym.Variable("x"), 2).eval(x=mx.nd.array([1, 3]))[0].asnumpy()
    array([2., 3.], dtype=float32)
    """
    return combine(MAXIMUM, left, right)


def minimum(left: Any, right: Any) -> Any:
    """The smaller of two values, element by element.

    Parameters
    ----------
    left, right : Symbol or number
        Symbols must have equal shapes.

    Returns
    -------
    Symbol, or a number for two numbers

    Examples
    --------
    >>> mx.sym.minimum(mx.sym.Variable("x"), 2).eval(x=mx.nd.array([1, 3]))[0].asnumpy()
    array([1., 2.], dtype=float32)
    """
    return combine(MINIMUM, left, right)


def hypot(left: Any, right: Any) -> Any:
    """The hypotenuse ``sqrt(left**2 + right**2)``, element by element.

    Parameters
    ----------
    left, right : Symbol or number
        Symbols must have equal shapes.

    Returns
    -------
    Symbol, or a number for two numbers

    Examples
    --------
    >>> mx.sym.hypot(mx.sym.Variable("x"), 4).eval(x=mx.nd.array([3, 0]))[0].asnumpy()
    array([5., 4.], dtype=float32)
    """
    return combine(HYPOT, left, right)


def power(base: Any, exp: Any) -> Any:
    """A power, element by element.

    Parameters
    ----------
    base, exp : Symbol or number
        Symbols must have equal shapes.

    Returns
    -------
    Symbol, or a number for two numbers

    Examples
    --------
    >>> mx.sym.power(mx.sym.Variable("x"), 2).eval(x=mx.nd.array([3, 4]))[0].asnumpy()
    array([ 9., 16.], dtype=float32)
    """
    return combine(POWER, base, exp)


pow = power

WORDS = {"maximum": MAXIMUM, "minimum": MINIMUM, "power": POWER, "hypot": HYPOT, "mod": MODULO}


def apply_word(word: str, args: tuple[Any, ...]) -> Any:
    """What a word of the kernels' vocabulary means for symbols and numbers.

    Raises
    ------
    MXNetError
        If no operator is called so.
    """
    if word in WORDS:
        return combine(WORDS[word], *args)
    if word == "fma":
        return args[0] * args[1] + args[2]
    if word == "isnan":
        return args[0] != args[0]
    if word == "where":
        like = next(value for value in args if isinstance(value, Arithmetic))
        symbols = [value if isinstance(value, Arithmetic) else like * 0 + value for value in args]
        return apply(get("where"), "where", symbols, {})
    name = {"absolute": "abs"}.get(word, word)
    if len(args) == 1 and name in registry:
        return apply(get(name), name, args, {})
    raise MXNetError(f"word {word!r} has no operator for symbols")
