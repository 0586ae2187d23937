"""Typed parameters of operators.

A parameter is declared as a class attribute of an operator, ``kernel = Shape(())``.  It turns what a caller writes, a
Python value or the string form of MXNet's JSON files (``"(2, 2)"``, ``"True"``, ``"None"``), into one canonical value.
"""

from __future__ import annotations

import ast
import numbers
from typing import Any

import numpy as np

REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "<required>"})()
TRUE, FALSE = ("true", "1"), ("false", "0")
INT64 = 1 << 63
BOOLS = (bool, np.bool_)  # no whole numbers, as to MXNet, which reads "True"


class Param:
    """Base of the typed parameters: a default and a way to read values.

    Parameters
    ----------
    default : value used when the caller gives none; `REQUIRED` (the default) makes the parameter obligatory.
    optional : whether None is a value; it is where it is the default.
    """

    text = "value"

    def __init__(self, default: Any = REQUIRED, *, optional: bool = False) -> None:
        self.default = default
        self.optional = optional or default is None

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else self.default

    def parse(self, value: Any) -> Any:
        """The canonical value.

        Raises
        ------
        ValueError, TypeError
            If the value does not fit; the operator adds its own name.
        """
        if value is None or (isinstance(value, str) and value in ("None", "")):
            if self.optional:
                return None
            raise ValueError("None")
        return self.read(value)

    def read(self, value: Any) -> Any:
        raise NotImplementedError

    def describe(self) -> str:
        """The type in words, for errors, signatures and documentation."""
        return self.text + (" or None" if self.optional else "")


def _literal(value: str) -> Any:
    return ast.literal_eval(value.replace("L", ""))


class Int(Param):
    text = "int"

    def read(self, value: Any) -> int:
        if isinstance(value, str):
            value = _literal(value)
        number = int(value)
        if number != value or isinstance(value, BOOLS):
            raise ValueError(value)
        if not -INT64 <= number < INT64:
            raise OverflowError(value)
        return number


class Float(Param):
    text = "float"

    def read(self, value: Any) -> float:
        return float(value)


class Bool(Param):
    text = "bool"

    def read(self, value: Any) -> bool:
        if isinstance(value, str):
            if value.lower() in TRUE:
                return True
            if value.lower() in FALSE:
                return False
            raise ValueError(value)
        if isinstance(value, (bool, np.bool_, numbers.Integral)):
            return bool(value)
        raise TypeError(value)


class Str(Param):
    text = "str"

    def parse(self, value: Any) -> Any:
        return None if value is None else str(value)


class Enum(Param):
    """One of a few names."""

    def __init__(self, *choices: str, default: Any = REQUIRED) -> None:
        super().__init__(default)
        self.choices = choices

    def read(self, value: Any) -> str:
        if value not in self.choices:
            raise ValueError(value)
        return str(value)

    def describe(self) -> str:
        return "one of " + ", ".join(repr(c) for c in self.choices) + (" or None" if self.optional else "")


DTYPES = ("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool")
NUMERIC = DTYPES[:-1]


class DType(Param):
    """A dtype by name, NumPy dtype or Python type; kept as `numpy.dtype`.

    Parameters
    ----------
    default, optional : as for every parameter.
    choices : names of the dtypes that it may be.
    """

    text = "dtype"

    def __init__(self, default: Any = REQUIRED, *, optional: bool = False, choices: tuple[str, ...] = DTYPES) -> None:
        super().__init__(default, optional=optional)
        self.choices = choices

    def read(self, value: Any) -> Any:
        dtype = np.dtype(value)
        if dtype.name not in self.choices:
            raise ValueError(value)
        return dtype

    def describe(self) -> str:
        return self.text + f" ({', '.join(self.choices)})" * (self.choices != DTYPES) + " or None" * self.optional


class Shape(Param):
    """A tuple of ints; a plain int is a tuple of one.  Elements may be None where `elements_optional`."""

    text = "tuple of ints"

    def __init__(self, default: Any = REQUIRED, *, elements_optional: bool = False) -> None:
        super().__init__(default)
        self.elements_optional = elements_optional

    def read(self, value: Any) -> tuple[int | None, ...]:
        if isinstance(value, str):
            value = _literal(value.replace("(None)", "(None,)"))
        if value is None or isinstance(value, numbers.Integral):
            value = (value,)
        return tuple(self._element(v) for v in value)

    def _element(self, value: Any) -> int | None:
        if value is None and self.elements_optional:
            return None
        return Int.read(self, value)  # type: ignore[arg-type]


class IntOrShape(Shape):
    """An int, a tuple of ints or None, as in the `axis` of reductions; an int stays an int."""

    text = "int or tuple of ints"

    def read(self, value: Any) -> Any:
        if isinstance(value, str):
            value = _literal(value)
        if isinstance(value, numbers.Integral):
            return Int.read(self, value)  # type: ignore[arg-type]  # which needs nothing of an Int
        return super().read(value)


class Floats(Param):
    """A tuple of floats."""

    text = "tuple of floats"

    def read(self, value: Any) -> tuple[float, ...]:
        if isinstance(value, str):
            value = _literal(value)
        if isinstance(value, numbers.Real):
            value = (value,)
        return tuple(float(v) for v in value)


class Input:
    """An array input of an operator.  An `optional` one may be left out (None)."""

    auxiliary = False
    variadic = False
    count: str | None = None
    pattern = "{}"

    def __init__(self, optional: bool = False) -> None:
        self.optional = optional

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name


class Aux(Input):
    """An auxiliary state: an input that is not an argument, such as BatchNorm's moving mean."""

    auxiliary = True


class Variadic(Input):
    """Any number of array inputs.

    Parameters
    ----------
    count : name of the parameter that holds their number in JSON (``num_args``).
    pattern : names of the inputs in symbols, ``arg{}``.
    each, last : where they come in sets, how many make one, and how many others follow; `count` is that of the sets.
    """

    variadic = True

    def __init__(self, count: str | None = "num_args", pattern: str = "arg{}", each: int = 1, last: int = 0) -> None:
        super().__init__()
        self.count = count
        self.pattern = pattern
        self.each, self.last = each, last

    def counted(self, arrays: int) -> int:
        """What `count` is for so many arrays."""
        return (arrays - self.last) // self.each
