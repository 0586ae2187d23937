"""Making nodes: an operator applied to symbols, with names, attributes and the variables that nobody gave."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..attribute import AttrScope
from ..base import InputTypeError, MXNetError, _Null
from ..name import NameManager
from ..ops.functions import settle
from ..ops.operator import Operator
from .node import HIDDEN_KEYS, Entry, Node, count_parameter, hide, instance, parameters, topological

__all__ = ["apply", "compose", "make_variables", "to_string"]

#: How variables that serve as certain inputs are initialised unless they say so themselves.
VARIABLE_INIT = {
    ("BatchNorm", "moving_mean"): '["zero", {}]',
    ("BatchNorm", "moving_var"): '["one", {}]',
    ("SyncBatchNorm", "moving_mean"): '["zero", {}]',
    ("SyncBatchNorm", "moving_var"): '["one", {}]',
    ("IdentityAttachKLSparseReg", "moving_avg"): '["zero", {}]',
    ("LeakyReLU", "gamma"): '["Constant", {"value": 0.25}]',
    ("UpSampling", "weight"): '["bilinear", {}]',
}


def to_string(name: str, value: Any) -> str:
    """A parameter as files hold it: ``str`` of what the user wrote, a dtype by its name."""
    if name == "dtype" and not isinstance(value, str) and value is not None:
        return np.dtype(value).name
    if isinstance(value, (tuple, list)):  # a NumPy scalar inside would print as np.int64(3)
        items = [item.item() if isinstance(item, np.generic) else item for item in value]
        return str(tuple(items) if isinstance(value, tuple) else items)
    return str(value)


def apply(
    cls: type[Operator],
    hint: str,
    inputs: tuple[Any, ...] | list[Any],
    params: dict[str, Any],
    name: str | None = None,
    attr: dict[str, str] | None = None,
) -> Any:
    """Make a symbol that applies an operator.

    Parameters
    ----------
    cls : type
        The operator.
    hint : str
        The function that the user called; an automatic name starts with it in lower case.
    inputs : sequence of Symbol or None
        By position. None, and what is missing at the end, become variables named ``<name>_<input>``.
    params : dict
        Parameters, ``__attributes__``, and inputs by name.
    name : str, optional
    attr : dict of str to str, optional
        Attributes, in addition to those of the current `AttrScope`.

    Returns
    -------
    Symbol
        With one entry for each visible output.

    Raises
    ------
    MXNetError
        When a parameter does not fit the operator, or an input is not used with these parameters.
    TypeError
        When an input is not a Symbol.
    """
    from .symbol import Symbol

    name = NameManager.current.get(name, hint.lower())
    attr = AttrScope.current.get(attr)
    named = {key: value for key, value in params.items() if isinstance(value, Symbol)}
    strings = {key: to_string(key, value) for key, value in params.items() if key not in named and value is not _Null}
    strings = {key: value for key, value in strings.items() if value != "None" or key not in cls.inputs}
    given = len(inputs) + len(named)
    variadic, count = cls.variadic(), count_parameter(cls)
    if count and count not in strings:
        if not given:
            raise MXNetError(f"{cls.name}: got no inputs and no {count}")
        declared: Any = cls.inputs[variadic or ""]
        strings[count] = str(declared.counted(given - len(cls.inputs) + 1))
    attrs = hide({**strings, **attr})
    _refuse_attributes_of_inputs(cls, attrs)
    op = instance(cls, attrs) if cls.params else cls.of(**parameters(cls, strings))
    wanted = len(op.active_inputs()) if variadic is None else len(cls.inputs) - 1 + int(strings.get(count or "", 0))
    names = op.input_names(max(wanted, given) if variadic else wanted)
    node = Node(op, name, _place(op, names, inputs, named), attrs)
    make_variables(node)
    return Symbol([(node, index) for index in range(op.num_visible())])


def _place(op: Operator, names: list[str], inputs: Any, named: dict[str, Any]) -> list[Any]:
    """The entry of each input, None where a variable is to be made."""
    # positions count inputs as declared, also those that these parameters leave out
    places = names if op.variadic() else list(op.inputs)
    if len(inputs) > len(places):
        raise MXNetError(f"{op.name}: got {len(inputs)} inputs, it has {', '.join(places) or 'none'}")
    if not op.variadic():
        inputs = settle(op, list(inputs))
    given = {place: value for place, value in zip(places, inputs) if value is not None}
    entries: list[Entry | None] = [None] * len(names)
    for key, value in [*given.items(), *named.items()]:
        if key not in names:
            raise MXNetError(f"{op.name}: no input {key!r} with these parameters; it has {', '.join(names) or 'none'}")
        if key in given and key in named:
            raise MXNetError(f"{op.name}: input {key!r} is given by position and by name")
        entries[names.index(key)] = entry_of(value, f"{op.name}: input {key!r}")
    return entries


def entry_of(value: Any, what: str) -> Entry:
    """The one entry of a symbol."""
    from .symbol import Symbol

    if not isinstance(value, Symbol):
        raise InputTypeError(f"{what} is {type(value).__name__}, needs a Symbol")
    if len(value.heads) != 1:
        raise MXNetError(f"{what} is a symbol with {len(value.heads)} outputs, needs one: choose it with [index]")
    return value.heads[0]


def make_variables(node: Node) -> None:
    """Make the variables for inputs that are None, and mark those that need an initialiser of their own."""
    op: Any = node.op
    for position, name in enumerate(node.input_names()):
        init = VARIABLE_INIT.get((op.name, name))
        if node.inputs[position] is None:
            attrs = dict(node.attrs)
            node.inputs[position] = (Node(None, f"{node.name}_{name}", [], attrs), 0)
        source = node.inputs[position][0]
        if init is not None and source.is_variable:
            source.attrs.setdefault("__init__", init)
    check_mutation(node)


def check_mutation(node: Node) -> None:
    """Refuse an auxiliary state that is not a variable."""
    op: Any = node.op
    for (source, _), auxiliary, name in zip(node.inputs, node.auxiliary(), node.input_names(), strict=True):
        if auxiliary and not source.is_variable:
            raise MXNetError(
                f"{op.name} {node.name!r}: {name} is computed by {source.name!r}, an auxiliary state needs a variable"
            )


def _refuse_attributes_of_inputs(cls: type[Operator], attrs: dict[str, str]) -> None:
    for key, value in attrs.items():
        for hidden in HIDDEN_KEYS:
            of = key.removesuffix(f"_{hidden}")
            if of != key and of in cls.inputs:
                raise MXNetError(
                    f"{cls.name}: attribute {key} is not supported; "
                    f"give the input as {of}=mx.sym.Variable(…, {hidden}={value})"
                )


def compose(symbol: Any, name: str | None, replacements: dict[str, Any]) -> None:
    """Replace variables of a symbol, whose nodes nobody else holds, by other symbols.

    Parameters
    ----------
    symbol : Symbol
        Changed in place.
    name : str or None
        A new name for the node of the first output.
    replacements : dict of str to Symbol
        From the names of variables to what takes their place.
    """
    entries = {key: entry_of(value, f"argument {key!r} of the composition") for key, value in replacements.items()}
    names = symbol.list_inputs()
    unknown = next((key for key in entries if key not in names), None)
    if unknown is not None:
        raise MXNetError(f"composition: no variable named {unknown!r}; there are {', '.join(names)}")
    for node in list(topological(symbol.heads)):
        node.inputs = [
            entries.get(source.name, (source, index)) if source.is_variable else (source, index)
            for source, index in node.inputs
        ]
        if node.op is not None:
            check_mutation(node)
    if name:
        symbol.heads[0][0].name = name
