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
from .ndarray import NDArray, invoke, waitall
from .ndarray import into as _into
from .ndarray import plan_for as _plan_for
from .ndarray import recognise as _recognise
from .ndarray import run as _run
from .serialization import load, load_frombuffer, save


class _Absent:
    """An argument that is not given."""

    _kind = None


ABSENT = _Absent()
_KNOWN = 4096  # calls of each function whose plans are kept


def _function(name: str, cls: Any) -> Callable[..., Any]:
    """The function `mx.nd.<name>` of an operator."""
    return finish(_caller(cls), cls, name, __name__, NDArray)


def _caller(cls: Any, ignored: str = "") -> Callable[..., Any]:
    """A function that applies an operator to arrays; `ignored` is a parameter by name that it does not pass on.

    Plans of earlier calls are found by the kind of the first array, then by those of the others, or where there is
    one array only by the parameters that follow it by position. Parameters by name are compared with those of the last
    call, which most programs repeat; else they are part of a key. Both functions below do that for themselves, since
    calling another for it would take a tenth of a call.
    """
    variadic = cls.variadic() is not None
    alone = len(cls.inputs) == 1 and not variadic
    mode = cls.uses_mode
    bare: dict[Any, Any] = {}  # kind of the first array -> plans of calls without parameters by name
    known: dict[Any, Any] = {}  # kind and parameters by name -> plans
    recent: dict[Any, Any] = {}  # kind -> parameters by name of the last call, and their plans

    def call_one(first: Any = ABSENT, /, *numbers: Any, **kwargs: Any) -> Any:
        """Of an operator of one array."""
        if not kwargs and not mode:  # what follows, in short
            try:
                apply = bare[first._kind][numbers].call
            except (KeyError, AttributeError, TypeError):
                return general(numbers if first is ABSENT else (first, *numbers), kwargs, None)
            return apply(first)
        out = None
        try:
            kind = (first._kind, _state.training) if mode else first._kind
            if kwargs:
                given, plans = recent[kind]
                if given != kwargs:
                    whole = kwargs.copy()
                    out, _ = kwargs.pop("out", None), kwargs.pop("name", None)
                    if not kwargs:
                        plans = bare[kind]
                    elif given != kwargs:
                        plans = known[(kind, *kwargs.items())]
                    if out is None:
                        recent[kind] = whole, plans
            else:
                plans = bare[kind]
            plan = plans[numbers]
        except (KeyError, AttributeError, TypeError, ValueError):
            return general(numbers if first is ABSENT else (first, *numbers), kwargs, out)
        if out is not None:
            return _into(plan, (first,), out)
        apply = plan.call
        return apply(first)

    def call(first: Any = ABSENT, second: Any = ABSENT, third: Any = ABSENT, /, *rest: Any, **kwargs: Any) -> Any:
        """Of an operator of several arrays."""
        if third is ABSENT and not kwargs and not mode:  # what follows, in short
            try:
                apply = bare[first._kind][second._kind].call
            except (KeyError, AttributeError):
                pass
            else:
                return apply(first) if second is ABSENT else apply(first, second)
        out = None
        try:
            kind = (first._kind, _state.training) if mode else first._kind
            if kwargs:
                given, plans = recent[kind]
                if given != kwargs:
                    whole = kwargs.copy()
                    out, _ = kwargs.pop("out", None), kwargs.pop("name", None)
                    if not kwargs:
                        plans = bare[kind]
                    elif given != kwargs:
                        plans = known[(kind, *kwargs.items())]
                    if out is None:
                        recent[kind] = whole, plans
            else:
                plans = bare[kind]
            if third is ABSENT:
                plan = plans[second._kind]
            elif rest or type(third) is not NDArray:
                plan = plans[(second._kind, *[getattr(x, "_kind", x) for x in (third, *rest)])]
            else:
                plan = plans[second._kind, third._kind]
        except (KeyError, AttributeError, TypeError, ValueError):
            args = (first, second, third, *rest)
            return general(args[: next((i for i, x in enumerate(args) if x is ABSENT), len(args))], kwargs, out)
        if out is not None or third is not ABSENT:
            args = (first, second, third, *rest)[: len(plan.in_kinds)]  # without numbers by position
            return _run(plan, args) if out is None else _into(plan, args, out)
        apply = plan.call
        return apply(first) if second is ABSENT else apply(first, second)

    def keep(plan: Any, args: Any, kwargs: Any) -> None:
        """Enter the plan of a call where the next one finds it."""
        if plan is None or (plan.op.uses_mode and not mode):
            return
        if len(known) + len(bare) >= _KNOWN:
            for table in (known, bare, recent):
                table.clear()
        kind = (args[0]._kind, _state.training) if mode else args[0]._kind
        if alone:
            others = args[1:]
        elif len(args) < 3:
            others = (args[1] if len(args) == 2 else ABSENT)._kind
        else:
            others = tuple([getattr(x, "_kind", x) for x in args[1:]])
        plans = known.setdefault((kind, *kwargs.items()), {}) if kwargs else bare.setdefault(kind, {})
        if len(plans) >= _KNOWN:
            plans.clear()
        plans[others] = plan
        if kwargs or kind not in recent:
            recent[kind] = kwargs or None, plans

    def general(args: Any, kwargs: Any, out: Any) -> Any:
        """A call with other arguments than those before."""
        if _recognise(args):
            again = call_one if alone else call
            return again(*args, **kwargs) if out is None else again(*args, out=out, **kwargs)
        out, _ = kwargs.pop("out", out), kwargs.pop("name", None)
        options = {k: v for k, v in kwargs.items() if k != ignored}
        inputs, params = split_arguments(cls, args, options, NDArray)
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
        if len(args) >= count and all(map(operator.is_, inputs, args)):
            if not any(x is None or isinstance(x, NDArray) for x in args[count:]):
                with contextlib.suppress(TypeError):  # a list among the parameters
                    keep(_plan_for(op, inputs), args, kwargs)
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
    globals()[_word] = arithmetic.function(_word, _doc, NDArray, _recognise)


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
