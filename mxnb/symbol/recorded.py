"""What autograd recorded, as a Symbol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._tape import PLAN, Leaf, parents, topological
from ..base import MXNetError
from ..name import NameManager
from ..ops.elementwise import Elementwise
from .node import Entry, Node
from .symbol import Symbol

__all__ = ["from_tape"]


class _Numbered(NameManager):
    """Names nodes ``node_0``, ``node_1``, …"""

    def __init__(self, name: Callable[[str], str]) -> None:
        super().__init__()
        self._name = name

    def get(self, name: str | None, hint: str) -> str:
        """The next name, whatever the node is."""
        return self._name("node_")


def _standard(op: Any, inputs: list[Entry]) -> list[Entry] | None:
    """The outputs of an operator that stands for several which MXNet knows, made of these; None of another one."""
    symbols = [Symbol([entry]) for entry in inputs]
    if not op.internal:
        return None
    if op.composed is not None:
        found = op.composed(None, *symbols)
    elif isinstance(op, Elementwise):
        found = type(op).function(*symbols, *[getattr(op, name) for name in op.scalars])
    else:
        return None
    return [symbol.heads[0] for symbol in (found if isinstance(found, list) else [found])]


def from_tape(array: Any) -> Symbol:
    """The computation of a recorded NDArray: its variables are called ``var0`` …, its operators ``node_0`` ….

    Raises
    ------
    MXNetError
        If the array was not recorded, or a custom function or hybridized block took part, which is no operator.
    """
    if array._entry is None:
        raise MXNetError("get_symbol: the array was not computed while recording")
    made: dict[int, list[Entry]] = {}
    counts = {"var": 0, "node_": 0}

    def name(kind: str) -> str:
        counts[kind] += 1
        return f"{kind}{counts[kind] - 1}"

    for node in topological([array._entry[0]]):
        if type(node) is Leaf:
            made[id(node)] = [(Node(None, name("var")), 0)]
            continue
        if type(node) is not list or not node:
            kind = type(node).__name__.strip("_")
            raise MXNetError(f"get_symbol: {kind} is not an operator, or its graph was freed")
        inputs = []
        for entry in parents(node):
            if entry is None:  # a constant: an array that takes no part in differentiation
                inputs.append((Node(None, name("var")), 0))
            else:
                inputs.append(made[id(entry[0])][entry[1]])
        op = node[PLAN].op
        with _Numbered(name):
            found = _standard(op, inputs)
        if found is None:
            attrs = {key: str(value) for key, value in op.given.items()}
            call = Node(op, name("node_"), inputs, attrs)
            found = [(call, i) for i in range(call.num_visible())]
        made[id(node)] = found
    return Symbol([made[id(array._entry[0])][array._entry[1]]])
