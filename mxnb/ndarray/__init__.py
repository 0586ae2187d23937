"""The imperative interface: `NDArray` and the functions on it."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .._state import state as _state
from ..base import InputTypeError, MXNetError
from ..context import Context
from ..ops import primary, registry
from ..ops.functions import finish, settle, split_arguments
from ..ops.operator import Pairs
from . import arithmetic, methods, random, updates
from .creation import (
    arange,
    array,
    concatenate,
    empty,
    eye,
    from_dlpack,
    from_numpy,
    full,
    histogram,
    linspace,
    moveaxis,
    onehot_encode,
    ones,
    split_v2,
    to_dlpack_for_read,
    to_dlpack_for_write,
    zeros,
)
from .ndarray import NDArray, apply, apply_one, apply_two, invoke, waitall
from .ndarray import blank as _blank
from .ndarray import into as _into
from .ndarray import plan_for as _plan_for
from .ndarray import run as _run
from .serialization import load, load_frombuffer, save

ABSENT = object()
_KNOWN = 4096  # calls of each function whose plans are kept
RECENT = 8  # of them, for arrays of each kind, that are looked through before


def _others(second: Any, rest: tuple[Any, ...]) -> Any:
    """What tells calls with the same first array apart: the kinds of the arrays behind it."""
    if len(rest) == 1:  # written out, as a comprehension takes longer
        return second._kind, rest[0]._kind
    return (second._kind, *[x._kind for x in rest]) if rest else second if second is ABSENT else second._kind


def _key(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """All that the plan of a call depends on."""
    return len(args), _state.training, *[getattr(x, "_kind", x) for x in args], *kwargs, *kwargs.values()


def _function(name: str, cls: Any) -> Callable[..., Any]:
    """The function `mx.nd.<name>` of an operator."""
    return finish(_caller(cls), cls, name, __name__, NDArray)


def _caller(cls: Any, ignored: str = "") -> Callable[..., Any]:
    """A function that applies an operator to arrays; `ignored` is a parameter by name that it does not pass on.

    Plans of earlier calls are found by the kind of the first array, then by those of the others, or where there is
    one array only by the parameters that follow it by position. With parameters by name that holds for those of the
    last few calls, which most programs repeat; other calls are known by all that is given.
    """

    variadic = cls.variadic() is not None
    alone = len(cls.inputs) == 1 and not variadic
    bare = Pairs()  # plans of calls without parameters by name
    of_kind = bare.table
    recent: dict[Any, Any] = {}  # kind of the first array -> parameters of its last calls, and plans by what follows
    known: dict[Any, Any] = {}  # plan of a call and its number of arrays

    def call_one(first: Any = ABSENT, /, *numbers: Any, **kwargs: Any) -> Any:
        """Of an operator of one array."""
        out = None
        if kwargs:
            out = kwargs.pop("out", None)
            kwargs.pop("name", None)
        try:
            if kwargs:
                for earlier in recent[first._kind]:
                    if earlier[0] == kwargs:
                        plans = earlier[1]
                        break
                else:
                    return repeated(first, numbers, kwargs, out)
            else:
                plans = of_kind[first._kind]
            plan = plans[numbers]
        except (KeyError, AttributeError, TypeError, ValueError):
            return repeated(first, numbers, kwargs, out)
        return apply_one(plan, first) if out is None else _into(plan, (first,), out)

    def call(first: Any = ABSENT, second: Any = ABSENT, /, *rest: Any, **kwargs: Any) -> Any:
        """Of an operator of several arrays."""
        out = None
        if kwargs:
            out = kwargs.pop("out", None)
            kwargs.pop("name", None)
        try:
            if kwargs:
                for earlier in recent[first._kind]:
                    if earlier[0] == kwargs:
                        plans = earlier[1]
                        break
                else:
                    return repeated(first, rest if second is ABSENT else (second, *rest), kwargs, out)
            else:
                plans = of_kind[first._kind]
            if second is ABSENT:
                plan = plans[ABSENT]
            else:
                plan = plans[_others(second, rest) if rest else second._kind]
        except (KeyError, AttributeError, TypeError, ValueError):
            return repeated(first, rest if second is ABSENT else (second, *rest), kwargs, out)
        if out is not None:
            return _into(plan, (first,) if second is ABSENT else (first, second, *rest), out)
        if second is ABSENT:
            return apply_one(plan, first)
        return apply(plan, (first, second, *rest)) if rest else apply_two(plan, first, second)

    def repeated(first: Any, rest: Any, kwargs: Any, out: Any) -> Any:
        """A call with other parameters than the last ones."""
        args = rest if first is ABSENT else (first, *rest)
        kwargs.pop(ignored, None)
        try:
            plan, count = known[_key(args, kwargs)]
        except (KeyError, TypeError):  # a list is no key
            return general(args, out, kwargs)
        if (alone or count == len(args)) and not plan.op.uses_mode:
            keep(plan, args, kwargs)
        return _run(plan, args[:count]) if out is None else _into(plan, args[:count], out)

    def keep(plan: Any, args: Any, kwargs: Any) -> None:
        """Enter a plan where `call` finds it."""
        first, others = args[0]._kind, args[1:] if alone else _others(args[1], args[2:]) if len(args) > 1 else ABSENT
        if not kwargs:
            bare.keep(first, others, plan)
            return
        calls = recent.setdefault(first, [])
        plans = next((plans for given, plans in calls if given == kwargs), None)
        if plans is None:
            plans = {}
            calls.insert(0, (kwargs, plans))
            del calls[RECENT:]
        plans[others] = plan

    def general(args: Any, out: Any, kwargs: Any) -> Any:
        inputs, params = split_arguments(cls, args, kwargs, NDArray)
        if "ctx" not in cls.params:
            params.pop("ctx", None)
        op = cls.of(**params)
        if not variadic:
            active = op.active_inputs()
            inputs = settle(op, inputs)
            for n, x in zip(op.inputs, inputs):
                if x is not None and n not in active:
                    kind = InputTypeError if not isinstance(x, NDArray) else MXNetError
                    raise kind(f"{op.name}: input {n} is given, but not used with these parameters")
            inputs = [x for n, x in zip(op.inputs, inputs) if n in active]
            for n, x in zip(active, inputs):
                if x is None and not op.inputs[n].optional:
                    raise MXNetError(f"{op.name}: input {n} is missing")
            while inputs and inputs[-1] is None:
                inputs.pop()
        if not inputs:
            where = params.get("ctx")
            return invoke(op, (), out, Context.parse(where) if isinstance(where, str) and where else where or None)
        found, count = invoke(op, inputs, out), len(inputs)
        arrays, numbers = args[:count], args[count:]
        if len(arrays) == count and all(map(operator.is_, inputs, arrays)):
            if not any(x is None or isinstance(x, NDArray) for x in numbers):
                if len(known) >= _KNOWN:
                    known.clear()
                    recent.clear()
                with contextlib.suppress(TypeError):  # a list among the parameters
                    known[_key(args, kwargs)] = _plan_for(op, inputs), count
        return found

    return call_one if alone else call


def _install(namespace: dict[str, Any]) -> None:
    """Put a function for every operator where MXNet has it: `nd`, `nd.op`, `nd._internal`, `nd.linalg`, …"""
    import sys

    def module(name: str) -> ModuleType:
        full_name = f"{__name__}.{name}"
        if name not in namespace or not isinstance(namespace[name], ModuleType):
            made = ModuleType(full_name, f"Operators of `mx.nd.{name}`.")
            namespace[name] = sys.modules.setdefault(full_name, made)
        return namespace[name]

    for name, cls in registry.items():
        if cls.internal:
            continue
        made = _function(name, cls)
        setattr(module("_internal"), name, made)
        for prefix, where in (("_linalg_", "linalg"), ("_contrib_", "contrib"), ("_image_", "image")):
            if name.startswith(prefix):
                setattr(module(where), name[len(prefix) :], made)
        if not name.startswith("_"):
            setattr(module("op"), name, made)
            namespace.setdefault(name, made)
    vars(module("contrib")).update({name: getattr(updates, name) for name in updates.__all__})
    vars(module("_internal"))["__getattr__"] = _of_images


def _of_images(name: str) -> Any:
    """What `nd._internal` finds in `mx.image`, which is imported when it is needed.

    They are functions, not operators: how large an image is does not follow from the shape of its bytes.
    """
    if name not in ("_cvimdecode", "_cvimread"):
        raise AttributeError(f"module {__name__ + '._internal'!r} has no attribute {name!r}")
    from ..image import functions

    return getattr(functions, name)


for _word, _doc in (
    ("add", "lhs + rhs"),
    ("subtract", "lhs - rhs"),
    ("multiply", "lhs * rhs"),
    ("divide", "lhs / rhs"),
    ("modulo", "Remainder of lhs / rhs with the sign of rhs"),
    ("maximum", "The larger of lhs and rhs; the gradient of a tie goes to lhs"),
    ("minimum", "The smaller of lhs and rhs; the gradient of a tie goes to lhs"),
    ("hypot", "sqrt(lhs**2 + rhs**2)"),
    ("equal", "1 where lhs = rhs, else 0"),
    ("not_equal", "1 where lhs and rhs differ, else 0"),
    ("greater", "1 where lhs > rhs, else 0"),
    ("greater_equal", "1 where lhs >= rhs, else 0"),
    ("lesser", "1 where lhs < rhs, else 0"),
    ("lesser_equal", "1 where lhs <= rhs, else 0"),
    ("logical_and", "1 where neither is 0, else 0"),
    ("logical_or", "1 where one is not 0, else 0"),
    ("logical_xor", "1 where just one is not 0, else 0"),
):
    globals()[_word] = arithmetic.function(_word, _doc, NDArray, _blank)


def power(base: Any, exp: Any) -> Any:
    """Base to the power exp, with broadcasting.

    Parameters
    ----------
    base, exp : NDArray or number
        Shapes must be equal or broadcast to each other; dtypes must be equal.

    Returns
    -------
    NDArray
    """
    return arithmetic.combine(arithmetic.FAMILIES["power"], base, exp)


true_divide = globals()["divide"]
less_equal = globals()["lesser_equal"]
methods.attach(NDArray, _caller)
_install(globals())
nn = ModuleType(f"{__name__}.nn", "Names that early tutorials use.")
nn.relu = globals().get("relu")  # type: ignore[attr-defined]


def __getattr__(name: str) -> Any:
    """The function of an operator that was declared after this module was imported."""
    cls = registry.get(name)
    if cls is None or cls.internal or name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute or operator {name!r}")
    made = globals()[name] = _function(name, cls)
    return made


__all__ = ["NDArray", "array", "invoke", "primary", "random", "waitall"]
