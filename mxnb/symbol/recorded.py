"""What autograd recorded, as a Symbol."""

from __future__ import annotations

from typing import Any

from .._tape import PLAN, Leaf, parents, topological
from ..base import MXNetError
from .node import Node
from .symbol import Symbol

__all__ = ["from_tape"]


def from_tape(array: Any) -> Symbol:
    """The computation of a recorded NDArray: its variables are called ``var0`` …, its operators ``node_0`` ….

    Raises
    ------
    MXNetError
        If the array was not recorded, or a custom function or hybridized block took part, which is no operator.
    """
    if array._entry is None:
        raise MXNetError("get_symbol: the array was not computed while recording")
    made: dict[int, Node] = {}
    counts = {"var": 0, "node_": 0}

    def name(kind: str) -> str:
        counts[kind] += 1
        return f"{kind}{counts[kind] - 1}"

    for node in topological([array._entry[0]]):
        if type(node) is Leaf:
            made[id(node)] = Node(None, name("var"))
            continue
        if type(node) is not list or not node:
            kind = type(node).__name__.strip("_")
            raise MXNetError(f"get_symbol: {kind} is not an operator, or its graph was freed")
        inputs = []
        for entry in parents(node):
            if entry is None:  # a constant: an array that takes no part in differentiation
                inputs.append((Node(None, name("var")), 0))
            else:
                inputs.append((made[id(entry[0])], entry[1]))
        op = node[PLAN].op
        attrs = {key: str(value) for key, value in op.given.items()}
        made[id(node)] = Node(op, name("node_"), inputs, attrs)
    return Symbol([(made[id(array._entry[0])], array._entry[1])])
