"""Shapes and dtypes of a whole graph: a fixed point of the operators' own two-way inference."""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..base import CODE_TO_DTYPE, DTypeError, MXNetError, ShapeError, dtype_of
from ..ops.operator import known, show, unify
from .node import Entry, topological

__all__ = [
    "default_dtypes",
    "infer",
    "infer_dtypes",
    "infer_shapes",
    "known",
    "read_shape",
    "write_dtype",
    "write_shape",
]

Result = tuple[list[Any], list[Any], list[Any]]


def infer_shapes(heads: list[Entry], given: dict[str, Any]) -> dict[int, list[Any]]:
    """Complete the shapes of a graph.

    Parameters
    ----------
    heads : list of (Node, int)
    given : dict of str to tuple
        Shapes of variables, None for an unknown dimension; they replace the variables' own ``__shape__``.

    Returns
    -------
    dict
        From ``id(node)`` to the shapes of its outputs; None where a shape or a dimension stays unknown.

    Raises
    ------
    ShapeError
        When shapes contradict each other.
    """
    return _fixed_point(heads, given, "__shape__", _parse_shape, unify, known, "infer_shape", show)


def infer_dtypes(heads: list[Entry], given: dict[str, Any]) -> dict[int, list[Any]]:
    """Complete the dtypes of a graph.

    Parameters
    ----------
    heads : list of (Node, int)
    given : dict of str to numpy.dtype
        Dtypes of variables; they replace the variables' own ``__dtype__``.

    Returns
    -------
    dict
        From ``id(node)`` to the dtypes of its outputs, None where unknown.

    Raises
    ------
    DTypeError
        When dtypes contradict each other.
    """
    return _fixed_point(heads, given, "__dtype__", _parse_dtype, _unify_dtype, _is_known, "infer_dtype", str)


def default_dtypes(heads: list[Entry], given: dict[str, Any]) -> dict[int, list[Any]]:
    """As `infer_dtypes`, with float32 for variables that nothing else decides.

    Parameters
    ----------
    heads : list of (Node, int)
    given : dict of str to numpy.dtype

    Returns
    -------
    dict
    """
    found = infer_dtypes(heads, given)
    for node in topological(heads):
        if node.is_variable and found[id(node)][0] is None:
            given = {**given, node.name: np.dtype(np.float32)}
            found = infer_dtypes(heads, given)
    return found


def _fixed_point(
    heads: list[Entry],
    given: dict[str, Any],
    attribute: str,
    parse: Callable[[str, str], Any],
    unify: Callable[[Any, Any], Any],
    complete: Callable[[Any], bool],
    method: str,
    show: Callable[[Any], str],
) -> dict[int, list[Any]]:
    nodes = list(topological(heads))
    values: dict[int, list[Any]] = {}
    for node in nodes:
        values[id(node)] = [None] * node.num_outputs()
        if node.is_variable:
            if node.name in given:
                values[id(node)][0] = given[node.name]
            elif attribute in node.attrs:
                values[id(node)][0] = parse(node.attrs[attribute], node.name)

    waiting: list[Any] = [node for node in nodes if not node.is_variable]
    while waiting:
        changed = False
        left = []
        for node in waiting:
            ins = [values[id(source)][index] for source, index in node.inputs]
            outs = values[id(node)]
            new_ins, new_outs = _ask(node, method, list(ins), list(outs))
            slots = [(values[id(source)], index) for source, index in node.inputs]
            slots += [(outs, index) for index in range(len(outs))]
            for position, ((store, index), new) in enumerate(zip(slots, [*new_ins, *new_outs], strict=True)):
                old = store[index]
                try:
                    store[index] = unify(old, new)
                except MXNetError as error:
                    names = [*node.input_names(), *("output" for _ in outs)]
                    text = f"{node.op.name} {node.name!r}: {names[position]} has {show(old)}, needs {show(new)}"
                    raise type(error)(text) from None
                changed = changed or store[index] != old
            if not all(complete(store[index]) for store, index in slots):
                left.append(node)
        if not changed:
            break
        left.reverse()  # forward, backward, forward, …: knowledge flows along the whole graph in each sweep
        waiting = left
    return values


def _ask(node: Any, method: str, ins: list[Any], outs: list[Any]) -> tuple[Iterable[Any], Iterable[Any]]:
    try:
        return getattr(node.op, method)(ins, outs)
    except MXNetError as error:  # the operator names itself, the graph adds which of its nodes it is
        name = node.op.name
        raise type(error)(f"{name} {node.name!r}: {str(error).removeprefix(name + ': ')}") from error


def _is_known(value: Any) -> bool:
    return value is not None


def _unify_dtype(a: Any, b: Any) -> Any:
    if a is None or b is None:
        return b if a is None else a
    if a != b:
        raise DTypeError(f"dtype {a} does not agree with {b}")
    return a


# --- What users and files write ---------------------------------------------------------------------------------------


def read_shape(shape: Any, name: str) -> tuple[int | None, ...] | None:
    """A shape as users give it (0 or -1: unknown dimension, (): unknown shape) in the form of `infer_shapes`."""
    if isinstance(shape, (int, np.integer)):
        shape = (shape,)
    if not isinstance(shape, (tuple, list)):
        raise TypeError(f"the shape of {name!r} is {shape!r}, needs a tuple of ints")
    sizes = [operator.index(size) for size in shape]
    return tuple(size if size > 0 else None for size in sizes) or None


def write_shape(shape: tuple[int | None, ...] | None) -> tuple[int, ...]:
    """The opposite of `read_shape`."""
    return () if shape is None else tuple(0 if size is None else size for size in shape)


def write_dtype(dtype: np.dtype | None) -> type | None:
    """A dtype as users see it: a NumPy type, None where unknown."""
    return None if dtype is None else dtype.type


def _parse_shape(text: str, name: str) -> Any:
    try:
        return read_shape(ast.literal_eval(text), name)
    except (ValueError, SyntaxError, TypeError):
        raise ShapeError(f"variable {name!r} has the attribute __shape__={text!r}, needs a tuple of ints") from None


def _parse_dtype(text: str, name: str) -> Any:
    try:
        code = int(text)
        return None if code == -1 else CODE_TO_DTYPE[code]
    except (ValueError, KeyError):
        known_codes = ", ".join(f"{code} ({dtype})" for code, dtype in CODE_TO_DTYPE.items())
        raise DTypeError(
            f"variable {name!r} has the attribute __dtype__={text!r}, needs one of {known_codes}"
        ) from None


# --- The methods of Symbol --------------------------------------------------------------------------------------------


def infer(symbol: Any, what: str, partial: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Serve `Symbol.infer_shape`, `infer_type` and their partial forms.

    Parameters
    ----------
    symbol : Symbol
    what : {"shape", "type"}
    partial : bool
        Whether incomplete results are given too.
    args, kwargs
        Of the method: by position in the order of `list_arguments`, or by name.

    Returns
    -------
    (arguments, outputs, auxiliary states) : each a list; or three times None
    """
    arguments, auxiliary = symbol.list_arguments(), symbol.list_auxiliary_states()
    given = _given(what, args, kwargs, arguments, auxiliary)
    write: Any
    complete: Any
    if what == "shape":
        values = infer_shapes(symbol.heads, given)
        write, complete, unknown = write_shape, known, "0s in shape means unknown dimensions"
    else:
        values = infer_dtypes(symbol.heads, given)
        write, complete, unknown = write_dtype, _is_known, ""
    is_aux = symbol._auxiliary_ids()
    inner: Result = ([], [values[id(node)][index] for node, index in symbol.heads], [])
    for node in topological(symbol.heads):
        if node.is_variable:
            inner[2 if id(node) in is_aux else 0].append(values[id(node)][0])
    if partial or all(complete(value) for values in inner for value in values):
        return tuple([write(value) for value in values] for values in inner)
    missing = [f"\n\t{n}: {write(value)}" for n, value in zip(arguments, inner[0], strict=True) if not complete(value)]
    hint = f" ({unknown})" if unknown else ""
    warnings.warn(
        f"Cannot decide {what} for the following arguments{hint}. Consider providing them as input:{''.join(missing)}",
        stacklevel=3,
    )
    return None, None, None


def _given(
    what: str, args: tuple[Any, ...], kwargs: dict[str, Any], arguments: list[str], auxiliary: list[str]
) -> dict[str, Any]:
    if args and kwargs:
        raise ValueError(f"infer_{what}: give arguments either by position or by name, not both")
    if len(args) > len(arguments):
        raise ValueError(f"infer_{what}: got {len(args)} values, the symbol has {len(arguments)} arguments")
    given = {**dict(zip(arguments, args)), **kwargs}
    for name in given:
        if name not in arguments and name not in auxiliary:
            raise MXNetError(
                f"infer_{what}: no argument named {name!r}; there are {', '.join(arguments + auxiliary) or 'none'}"
            )
    read = read_shape if what == "shape" else lambda dtype, name: dtype_of(dtype, f"the dtype of {name!r}")
    return {name: read(value, name) for name, value in given.items() if value is not None}
