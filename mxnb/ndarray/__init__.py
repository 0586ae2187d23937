"""The imperative interface: `NDArray` and the functions on it."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

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
from .serialization import load, load_frombuffer, save

ABSENT = object()


def _kinds(kind: Any, others: tuple[Any, ...]) -> Any:
    """The kinds of three or more arrays, of which the first is known; written out, as a comprehension takes longer."""
    if len(others) == 2:
        return kind, others[0]._kind, others[1]._kind
    return (kind, *[x._kind for x in others])


def _function(name: str, cls: Any) -> Callable[..., Any]:
    """The function `mx.nd.<name>` of an operator."""

    variadic = cls.variadic() is not None
    plans: dict[Any, Any] = {}  # kinds of the arrays, and the parameters, of earlier calls -> plan
    pairs = Pairs()  # the same for two arrays without parameters
    of_two = pairs.table
    recent: dict[Any, Any] = {}  # kind of the first array -> parameters of the last call, and plans by kinds alone

    def call(first: Any = ABSENT, /, *args: Any, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
        try:
            kinds, plan = first._kind, None
            if kwargs:
                given, known = recent[kinds]
                if args:
                    kinds = (kinds, args[0]._kind) if len(args) == 1 else _kinds(kinds, args)
                if given == kwargs:
                    plan = known.get(kinds)
                if plan is None:
                    plan = plans[(kinds, *kwargs, *kwargs.values())]
                    recent[first._kind] = kwargs, plan.op._plans
            elif not args:
                plan = plans[kinds]
            elif len(args) == 1:
                plan = of_two[kinds][args[0]._kind]
            else:
                plan = plans[_kinds(kinds, args)]
        except (KeyError, AttributeError, TypeError, ValueError):
            return general(() if first is ABSENT else (first, *args), out, kwargs)
        if out is not None:
            return invoke(plan.op, (first, *args), out)
        if not args:
            return apply_one(plan, first)
        return apply_two(plan, first, args[0]) if len(args) == 1 else apply(plan, (first, *args))

    def general(args: Any, out: Any, kwargs: Any) -> Any:
        given = (*kwargs, *kwargs.values())
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
        found = invoke(op, inputs, out)
        if not op.uses_mode and len(inputs) == len(args) and all(map(operator.is_, inputs, args)):
            kinds = tuple([x._kind for x in args])
            if len(plans) > 4096:
                plans.clear()
                recent.clear()
            only = kinds[0] if len(kinds) == 1 else kinds
            plan = op._plans[only]
            if given:
                with contextlib.suppress(TypeError):  # a list among the parameters
                    plans[(only, *given)] = plan
                    recent[kinds[0]] = kwargs, op._plans
            elif len(kinds) == 2:
                pairs.keep(*kinds, plan)
            else:
                plans[only] = plan
        return found

    return finish(call, cls, name, __name__, NDArray)


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
    globals()[_word] = arithmetic.function(_word, _doc)


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
methods.attach()
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
