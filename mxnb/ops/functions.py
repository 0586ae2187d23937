"""Functions such as `mx.nd.Pooling` and `mx.sym.Pooling`, made from the operators' declarations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..base import MXNetError, _Null
from .operator import Operator
from .params import REQUIRED

P = inspect.Parameter


def positional_names(cls: type[Operator]) -> list[str]:
    """The arguments that may be given by position: inputs, then parameters."""
    count = next((i.count for i in cls.inputs.values() if i.variadic), None)
    return [*cls.inputs, *(n for n in cls.params if n != count)]


def signature(cls: type[Operator], array: Any) -> inspect.Signature:
    """The signature of an operator's function over arrays of a type."""
    names = positional_names(cls)
    variadic = cls.variadic()
    parameters = []
    for name in names:
        if name == variadic:
            parameters.append(P(name, P.VAR_POSITIONAL, annotation=array))
        elif name in cls.inputs:
            kind = P.KEYWORD_ONLY if variadic else P.POSITIONAL_OR_KEYWORD
            parameters.append(P(name, kind, default=None, annotation=array))
        else:
            kind = P.KEYWORD_ONLY if variadic else P.POSITIONAL_OR_KEYWORD
            default = cls.params[name].default
            parameters.append(P(name, kind, default=_Null if default is REQUIRED else default))
    if variadic:
        parameters.sort(key=lambda p: p.kind)
    parameters += [P("out", P.KEYWORD_ONLY, default=None), P("name", P.KEYWORD_ONLY, default=None)]
    return inspect.Signature([*parameters, P("kwargs", P.VAR_KEYWORD)])


def split_arguments(
    cls: type[Operator], args: tuple[Any, ...], kwargs: dict[str, Any], array: type
) -> tuple[list[Any], dict[str, Any]]:
    """Sort a call's arguments into array inputs (None where left out) and parameters.

    Raises
    ------
    MXNetError
        Where there are too many, or one is given twice.
    """
    params = {k: v for k, v in kwargs.items() if v is not _Null and k not in cls.inputs}
    variadic = cls.variadic()
    if variadic:
        if len(args) == 1 and isinstance(args[0], (list, tuple)):
            args = tuple(args[0])
        inputs = list(args)
        given = kwargs.get(variadic)
        if given is not None:
            inputs += given if isinstance(given, (list, tuple)) else [given]
        declared: Any = cls.inputs[variadic]
        if declared.count is not None and declared.count in cls.params:
            params.setdefault(declared.count, declared.counted(len(inputs)))
        return inputs, params
    names = positional_names(cls)
    if len(args) > len(names):
        raise MXNetError(f"{cls.name}: {len(args)} arguments by position, it takes {', '.join(names)}")
    arrays = len(cls.inputs)
    inputs = list(args[:arrays]) + [None] * (arrays - len(args))
    for name, value in zip(names[arrays:], args[arrays:]):
        if value is _Null:
            continue
        if name in params:
            raise MXNetError(f"{cls.name}: {name} is given twice")
        params[name] = value
    for i, name in enumerate(cls.inputs):
        if name in kwargs:
            if inputs[i] is not None:
                raise MXNetError(f"{cls.name}: {name} is given twice")
            inputs[i] = kwargs[name]
    return inputs, params


def settle(op: Operator, inputs: list[Any]) -> list[Any]:
    """Inputs by position, as declared; where just those that `op` uses are given, one after another, these places.

    So ``RNN(data, parameters, state, sequence_length, mode="gru", …)`` needs no None for the `state_cell` of an LSTM.
    """
    active, given = op.active_inputs(), [x for x in inputs if x is not None]
    first = inputs[: len(active)]
    if len(given) != len(active) or any(x is None for x in first) or tuple(op.inputs)[: len(active)] == active:
        return inputs
    places = iter(given)
    return [next(places) if n in active else None for n in op.inputs]


def finish(function: Callable[..., Any], cls: type[Operator], name: str, module: str, array: Any) -> Callable[..., Any]:
    """Give a made function the name, signature and documentation of its operator."""
    function.__name__ = function.__qualname__ = name
    function.__module__ = module
    function.__doc__ = inspect.getdoc(cls)
    function.__signature__ = signature(cls, array)  # type: ignore[attr-defined]
    return function
