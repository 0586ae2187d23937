"""Python's operators on NDArrays, and the functions behind them: `add`, `maximum`, `equal`, …"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from .._state import state
from ..base import MXNetError
from ..ops import registry
from ..ops.plan import Pairs

__all__ = ["FAMILIES", "Arithmetic", "Family", "combine"]

NO_INPLACE = "Inplace operations (+=, -=, x[:]=, etc) are not supported when recording with autograd."
NUMBERS = (float, int, bool, np.generic, numbers.Number)


class Family:
    """The operators of one function of two numbers: same shapes, broadcasting, scalar on the right and on the left."""

    __slots__ = ("broadcast", "left", "plans", "python", "reflected", "reverse", "right", "same", "scalar")

    def __init__(self, same: str, broadcast: str, scalar: str, reverse: str, python: Callable[[Any, Any], Any]) -> None:
        self.same, self.broadcast = registry[same].of(), registry[broadcast].of()
        self.scalar, self.reverse = registry[scalar], registry[reverse]
        self.python = python
        self.plans = Pairs()  # by the kind of an NDArray on the left and that of the other, or a number
        self.reflected = Pairs()  # by the kind of an NDArray on the right and the number on its left
        self.right: dict[float, Any] = {}  # instances by their scalar
        self.left: dict[float, Any] = {}

    def apply(self, a: Any, b: Any, out: Any = None, left: bool = False) -> Any:
        """The operator of two NDArrays, or of one and a number on its right or `left`; its plan is kept."""
        if isinstance(b, Arithmetic):
            op = self.same if a.shape == b.shape else self.broadcast  # type: ignore[attr-defined]
            found = a._call(op, (a, b), out)
            other = b._kind  # type: ignore[attr-defined]
            plan = op._plans.get((a._kind, other))
        else:
            op = self.with_scalar(b, left)
            found, other = a._call(op, (a,), out), b
            if not b and not isinstance(b, int):  # as keys 0, 0.0 and -0.0 are one
                return found
            plan = op._plans.get(a._kind)
        if plan is not None and plan.simple:
            (self.reflected if left else self.plans).keep(a._kind, other, plan)
        return found

    def with_scalar(self, number: Any, left: bool = False) -> Any:
        """The operator with a number on the right, or on the left; it is cut off for arrays of whole numbers."""
        known, cls = (self.left, self.reverse) if left else (self.right, self.scalar)
        if isinstance(number, complex):
            raise TypeError(f"type {type(number)} not supported")
        if not number and math.copysign(1.0, number) < 0:  # as a key -0.0 is 0.0
            return cls(scalar=-0.0)
        op = known.get(number)
        if op is None:
            if len(known) > 1024:
                known.clear()
            op = known[number] = cls.of(scalar=float(number))
        return op


def _family(
    word: str,
    python: Callable[[Any, Any], Any],
    same: str = "",
    broadcast: str = "",
    scalar: str = "",
    reverse: str = "",
) -> Family:
    return Family(
        same or f"_{word}", f"broadcast_{broadcast or word}", f"_{scalar or word}_scalar",
        f"_{reverse or scalar or word}_scalar", python,
    )  # fmt: skip


FAMILIES = {
    "add": _family("add", lambda a, b: a + b, "elemwise_add", scalar="plus"),
    "subtract": _family("sub", lambda a, b: a - b, "elemwise_sub", scalar="minus", reverse="rminus"),
    "multiply": _family("mul", lambda a, b: a * b, "elemwise_mul"),
    "divide": _family("div", lambda a, b: a / b, "elemwise_div", reverse="rdiv"),
    "modulo": _family("mod", lambda a, b: a % b, reverse="rmod"),
    "power": _family("power", lambda a, b: a**b, reverse="rpower"),
    "maximum": _family("maximum", max),
    "minimum": _family("minimum", min),
    "hypot": _family("hypot", lambda a, b: (a * a + b * b) ** 0.5),
    "equal": _family("equal", lambda a, b: 1 if a == b else 0),
    "not_equal": _family("not_equal", lambda a, b: 1 if a != b else 0),
    "greater": _family("greater", lambda a, b: 1 if a > b else 0, reverse="lesser"),
    "greater_equal": _family("greater_equal", lambda a, b: 1 if a >= b else 0, reverse="lesser_equal"),
    "lesser": _family("lesser", lambda a, b: 1 if a < b else 0, reverse="greater"),
    "lesser_equal": _family("lesser_equal", lambda a, b: 1 if a <= b else 0, reverse="greater_equal"),
    "logical_and": _family("logical_and", lambda a, b: 1 if a and b else 0),
    "logical_or": _family("logical_or", lambda a, b: 1 if a or b else 0),
    "logical_xor": _family("logical_xor", lambda a, b: 1 if bool(a) != bool(b) else 0),
}


def combine(family: Family, a: Any, b: Any) -> Any:
    """`family` of two NDArrays, or of an NDArray and a number on either side."""
    array_a, array_b = isinstance(a, Arithmetic), isinstance(b, Arithmetic)
    if array_a and array_b:
        return a._pair(family, b)
    if array_a and isinstance(b, NUMBERS):
        return a._apply(family.with_scalar(b), (a,))
    if array_b and isinstance(a, NUMBERS):
        return b._apply(family.with_scalar(a, left=True), (b,))
    if isinstance(a, NUMBERS) and isinstance(b, NUMBERS):
        return family.python(a, b)
    raise TypeError(f"type {type(b if array_a else a)} not supported")


def eager(array: Any, recognise: Any, family: Family, left: bool = False) -> Callable[[Any, Any], Any]:
    """The method of NDArray, the class `array`, for one of Python's operators; `recognise` is of `ndarray.py`.

    This is the shortest way through the library, taken by every ``a + b``: two look-ups find the plan.  With `left`
    it is the reflected operator, for a number on the left.
    """
    plans = (family.reflected if left else family.plans).table

    def operate(lhs: Any, rhs: Any) -> Any:
        if type(rhs) is array:
            try:
                plan = plans[lhs._kind][rhs._kind]
            except (KeyError, AttributeError):
                return general(lhs, rhs)
            call = plan.call
            return call(lhs, rhs)
        if type(rhs) is int or (type(rhs) is float and rhs):  # 0.0 and -0.0 are one key
            try:
                plan = plans[lhs._kind][rhs]
            except (KeyError, AttributeError):
                return general(lhs, rhs)
            call = plan.call
            return call(lhs)
        return combine(family, rhs, lhs) if left else combine(family, lhs, rhs)

    def general(lhs: Any, rhs: Any) -> Any:
        """With arrays of a new kind, a new number, or one on the left, which the functions of `nd` take."""
        if type(lhs) is not array:
            return combine(family, lhs, rhs)
        if recognise((lhs, rhs)):
            return operate(lhs, rhs)
        if type(rhs) is array:
            return family.apply(rhs, lhs) if left else family.apply(lhs, rhs)
        return family.apply(lhs, rhs, left=left)

    return operate


def eager_inplace(array: Any, family: Family) -> Callable[[Any, Any], Any]:
    """The method of NDArray, the class `array`, for one of ``+=``, ``-=``, …; short for arrays that are alike."""
    plans = family.plans.table

    def operate(a: Any, b: Any) -> Any:
        known = plans.get(a._kind)
        if known is None:
            pass
        elif type(b) is array:
            if a._kind is b._kind:
                plan = known.get(b._kind)
                if plan is not None:
                    if (a._entry is not None or b._entry is not None) and state.recording:
                        raise MXNetError(NO_INPLACE)
                    x = a._data
                    plan.run(x, x, b._data)
                    return a
        elif type(b) is int or (type(b) is float and b):
            plan = known.get(b)
            if plan is not None and plan.kind is a._kind:
                if a._entry is not None and state.recording:
                    raise MXNetError(NO_INPLACE)
                plan.run(a._data, a._data)
                return a
        return _inplace(family, a, b)

    return operate


class Arithmetic:
    """Python's operators; NDArray inherits them."""

    __slots__ = ()
    _one: Callable[..., Any]
    _pair: Any  # of the classes that inherit: the operator on two arrays

    def __add__(self, other: Any) -> Any:
        if type(other) is type(self):
            return self._pair(ADD, other)
        return combine(ADD, self, other)

    def __radd__(self, other: Any) -> Any:
        return combine(ADD, self, other)

    def __sub__(self, other: Any) -> Any:
        return combine(FAMILIES["subtract"], self, other)

    def __rsub__(self, other: Any) -> Any:
        return combine(FAMILIES["subtract"], other, self)

    def __mul__(self, other: Any) -> Any:
        return combine(FAMILIES["multiply"], self, other)

    def __rmul__(self, other: Any) -> Any:
        return combine(FAMILIES["multiply"], self, other)

    def __truediv__(self, other: Any) -> Any:
        return combine(FAMILIES["divide"], self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return combine(FAMILIES["divide"], other, self)

    __div__, __rdiv__ = __truediv__, __rtruediv__

    def __mod__(self, other: Any) -> Any:
        return combine(FAMILIES["modulo"], self, other)

    def __rmod__(self, other: Any) -> Any:
        return combine(FAMILIES["modulo"], other, self)

    def __pow__(self, other: Any) -> Any:
        return combine(FAMILIES["power"], self, other)

    def __rpow__(self, other: Any) -> Any:
        return combine(FAMILIES["power"], other, self)

    def __neg__(self) -> Any:
        return self._one(NEGATIVE)

    def __abs__(self) -> Any:
        return self._one(ABS)

    def __eq__(self, other: Any) -> Any:
        return combine(FAMILIES["equal"], self, other)

    def __ne__(self, other: Any) -> Any:
        return combine(FAMILIES["not_equal"], self, other)

    def __gt__(self, other: Any) -> Any:
        return combine(FAMILIES["greater"], self, other)

    def __ge__(self, other: Any) -> Any:
        return combine(FAMILIES["greater_equal"], self, other)

    def __lt__(self, other: Any) -> Any:
        return combine(FAMILIES["lesser"], self, other)

    def __le__(self, other: Any) -> Any:
        return combine(FAMILIES["lesser_equal"], self, other)

    def __hash__(self) -> int:
        return id(self) >> 4

    def __iadd__(self, other: Any) -> Any:
        return _inplace(ADD, self, other)

    def __isub__(self, other: Any) -> Any:
        return _inplace(FAMILIES["subtract"], self, other)

    def __imul__(self, other: Any) -> Any:
        return _inplace(FAMILIES["multiply"], self, other)

    def __itruediv__(self, other: Any) -> Any:
        return _inplace(FAMILIES["divide"], self, other)

    __idiv__ = __itruediv__

    def __imod__(self, other: Any) -> Any:
        return _inplace(FAMILIES["modulo"], self, other)


ADD = FAMILIES["add"]
NEGATIVE, ABS = registry["negative"].of(), registry["abs"].of()
DUNDERS = {
    "__add__": ADD,
    "__radd__": ADD,
    "__sub__": FAMILIES["subtract"],
    "__mul__": FAMILIES["multiply"],
    "__rmul__": FAMILIES["multiply"],
    "__truediv__": FAMILIES["divide"],
    "__pow__": FAMILIES["power"],
    "__eq__": FAMILIES["equal"],
    "__ne__": FAMILIES["not_equal"],
    "__gt__": FAMILIES["greater"],
    "__ge__": FAMILIES["greater_equal"],
    "__lt__": FAMILIES["lesser"],
    "__le__": FAMILIES["lesser_equal"],
}
"""The methods that NDArray has an `eager` form of; the reflected ones are those where order does not matter."""
REFLECTED = {
    "__rsub__": FAMILIES["subtract"],
    "__rtruediv__": FAMILIES["divide"],
    "__rpow__": FAMILIES["power"],
}
INPLACE = {
    "__iadd__": ADD,
    "__isub__": FAMILIES["subtract"],
    "__imul__": FAMILIES["multiply"],
    "__itruediv__": FAMILIES["divide"],
}


def _inplace(family: Family, array: Any, other: Any) -> Any:
    if state.recording and (array._entry is not None or getattr(other, "_entry", None) is not None):
        raise MXNetError(NO_INPLACE)
    if isinstance(other, (Arithmetic, *NUMBERS)):
        return family.apply(array, other, out=array)
    raise TypeError(f"type {type(other)} not supported")


def function(name: str, doc: str, array: Any, recognise: Any) -> Callable[[Any, Any], Any]:
    """The function `mx.nd.<name>`: broadcasting, and either side may be a number; the rest as for `eager`."""
    call = eager(array, recognise, FAMILIES[name])
    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"""{doc}, with broadcasting.

    Parameters
    ----------
    lhs, rhs : NDArray or number
        Shapes must be equal or broadcast to each other; dtypes must be equal.

    Returns
    -------
    NDArray
    """
    return call
