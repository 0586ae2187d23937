"""Where graphs start and come together: `var` and `Group`."""

from __future__ import annotations

from typing import Any

from ..attribute import AttrScope
from ..base import DTYPE_TO_CODE, MXNetError, dtype_of
from .node import Node, hide
from .symbol import Symbol

__all__ = ["Group", "Variable", "var"]


def var(
    name: str,
    attr: dict[str, str] | None = None,
    shape: tuple[int, ...] | None = None,
    lr_mult: float | None = None,
    wd_mult: float | None = None,
    dtype: Any = None,
    init: Any = None,
    stype: str | None = None,
    **kwargs: Any,
) -> Symbol:
    """A variable: an argument of the graph, whose value is given when it runs.

    Parameters
    ----------
    name : str
    attr : dict of str to str, optional
        Attributes.
    shape : tuple of int, optional
        Its shape, where 0 is an unknown dimension.
    lr_mult, wd_mult : float, optional
        Factors of the learning rate and the weight decay for this argument.
    dtype : str or dtype, optional
    init : Initializer or str, optional
        How it is initialised, whatever the module's initialiser.
    stype : {"default"}, optional
        The storage type.
    **kwargs
        More attributes, named ``__like_this__``.

    Returns
    -------
    Symbol

    Raises
    ------
    ValueError
        When a value of `attr` is not a string, or an additional attribute is not named ``__like_this__``.

    Examples
    --------
    >>> mx.sym.Variable("weight", shape=(3, 0), lr_mult=2).list_attr()
    {'__shape__': '(3, 0)', '__lr_mult__': '2', 'lr_mult': '2'}
    """
    if not isinstance(name, str):
        raise TypeError(f"Expect a string for variable `name`, got {name!r}")
    attrs = AttrScope.current.get(attr)
    for key, value in attrs.items():
        if not isinstance(value, str):
            raise ValueError(f"Set Attr only accepts string values; {key} is {value!r}")
    attrs = hide(attrs)
    if shape is not None:
        attrs["__shape__"] = str(shape)
    if lr_mult is not None:
        attrs["__lr_mult__"] = str(lr_mult)
    if wd_mult is not None:
        attrs["__wd_mult__"] = str(wd_mult)
    if dtype is not None:
        attrs["__dtype__"] = str(DTYPE_TO_CODE[dtype_of(dtype, f"variable {name!r}: dtype")])
    if init is not None:
        attrs["__init__"] = init if isinstance(init, str) else init.dumps()
    if stype not in (None, "default"):
        raise MXNetError(f"variable {name!r}: storage type {stype!r} is not supported, only 'default'")
    if stype is not None:
        attrs["__storage_type__"] = "0"
    for key, value in kwargs.items():
        if not (key.startswith("__") and key.endswith("__")):
            raise ValueError(
                f"Attribute name={key} is not supported. Additional attributes must start and end with double "
                "underscores, e.g, __yourattr__"
            )
        attrs[key] = str(value)
    return Symbol([(Node(None, name, [], attrs), 0)])


Variable = var


def Group(symbols: Any, create_fn: Any = Symbol) -> Symbol:
    """One symbol with the outputs of several.

    Parameters
    ----------
    symbols : list of Symbol
    create_fn : callable
        Makes the result from the list of outputs.

    Returns
    -------
    Symbol

    Raises
    ------
    TypeError
        When the list is empty or holds something else.

    Examples
    --------
    >>> a, b = mx.sym.Variable("a"), mx.sym.Variable("b")
    >>> mx.sym.Group([a + b, a * b]).list_outputs()
    ['_plus0_output', '_mul0_output']
    """
    symbols = list(symbols)
    if not symbols or not all(isinstance(symbol, Symbol) for symbol in symbols):
        raise TypeError(f"Expected a list of symbols as input, got {symbols!r}")
    return create_fn([head for symbol in symbols for head in symbol.heads])
