"""The graph behind a Symbol: nodes, their order, and copies of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..ops.operator import Operator

__all__ = ["HIDDEN_KEYS", "Entry", "Node", "copy_graph", "topological"]

#: Attributes that the framework reads. Users write ``lr_mult``, graphs and files hold ``__lr_mult__``.
HIDDEN_KEYS = ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage")


class Node:
    """One operator call or one variable.

    Parameters
    ----------
    op : Operator or None
        The operator with its parameters, None for a variable.
    name : str
    inputs : list of (Node, int)
        The outputs of other nodes that it reads, in the operator's order, auxiliary states included.
    attrs : dict of str to str
        Attributes as files hold them: the operator's parameters as the user wrote them and ``__keys__``.

    Notes
    -----
    A node is changed only by `Symbol._set_attr`, and by composition for the nodes that it has just copied.
    """

    __slots__ = ("__weakref__", "attrs", "inputs", "name", "op")

    def __init__(
        self, op: Operator | None, name: str, inputs: list[Entry] | None = None, attrs: dict[str, str] | None = None
    ) -> None:
        self.op = op
        self.name = name
        self.inputs = inputs if inputs is not None else []
        self.attrs = attrs if attrs is not None else {}

    @property
    def is_variable(self) -> bool:
        """Whether this is a variable."""
        return self.op is None

    def num_outputs(self) -> int:
        """How many outputs there are, hidden ones included."""
        return 1 if self.op is None else self.op.total_outputs()

    def num_visible(self) -> int:
        """How many outputs a user sees."""
        return 1 if self.op is None else self.op.num_visible()

    def output_name(self, index: int) -> str:
        """The name of one output: ``fc1_output``, or the variable's own."""
        return self.name if self.op is None else f"{self.name}_{self.op.output_names()[index]}"

    def input_names(self) -> list[str]:
        """The operator's own name of each input."""
        return [] if self.op is None else self.op.input_names(len(self.inputs))

    def auxiliary(self) -> list[bool]:
        """For each input, whether it is an auxiliary state."""
        if self.op is None:
            return []
        declared = self.op.inputs
        return [name in declared and declared[name].auxiliary for name in self.input_names()]

    def listed_attrs(self) -> dict[str, str]:
        """The attributes as users see them: hidden keys under both of their names."""
        shown = dict(self.attrs)
        for key in HIDDEN_KEYS:
            if f"__{key}__" in shown:
                shown[key] = shown[f"__{key}__"]
        return shown

    def set_attrs(self, attrs: dict[str, str]) -> None:
        """Add or change attributes; an operator is made anew with its parameters."""
        attrs = {**self.attrs, **hide(attrs)}
        if self.op is not None:
            self.op = instance(type(self.op), attrs)
        self.attrs = attrs

    def __repr__(self) -> str:
        return f"<Node {self.name}: {'variable' if self.op is None else self.op.name}>"


Entry = tuple[Node, int]


def hide(attrs: dict[str, str]) -> dict[str, str]:
    """Attributes with hidden keys as graphs hold them: ``lr_mult`` becomes ``__lr_mult__``."""
    return {f"__{key}__" if key in HIDDEN_KEYS else key: value for key, value in attrs.items()}


def count_parameter(cls: type[Operator]) -> str | None:
    """The attribute that holds the number of inputs of an operator that takes any number of them."""
    variadic = cls.variadic()
    return getattr(cls.inputs[variadic], "count", None) if variadic else None


def parameters(cls: type[Operator], attrs: dict[str, str]) -> dict[str, str]:
    """Those of a node's attributes that are parameters of its operator: all but ``__keys__``.

    The number of a variadic operator's inputs is left out where the operator counts them itself.
    """
    count = count_parameter(cls)
    return {
        key: value
        for key, value in attrs.items()
        if not (key.startswith("__") and key.endswith("__")) and (key != count or key in cls.params)
    }


def instance(cls: type[Operator], attrs: dict[str, str]) -> Operator:
    """The operator with the parameters among a node's attributes.

    To an operator without parameters all attributes are the user's own, as to MXNet.
    """
    return cls.of(**parameters(cls, attrs)) if cls.params else cls.of()


def topological(heads: Iterable[Entry]) -> Iterator[Node]:
    """Every node that the heads need, once, inputs before their readers, depth first and left to right.

    Parameters
    ----------
    heads : iterable of (Node, int)

    Yields
    ------
    Node
    """
    seen: set[int] = set()
    for head, _ in heads:
        if id(head) in seen:
            continue
        seen.add(id(head))
        stack = [(head, iter(head.inputs))]  # no recursion: graphs are deeper than Python's stack
        while stack:
            node, inputs = stack[-1]
            for source, _ in inputs:
                if id(source) not in seen:
                    seen.add(id(source))
                    stack.append((source, iter(source.inputs)))
                    break
            else:
                stack.pop()
                yield node


def copy_graph(heads: list[Entry]) -> list[Entry]:
    """The same graph with nodes of its own.

    Parameters
    ----------
    heads : list of (Node, int)

    Returns
    -------
    list of (Node, int)
    """
    copies: dict[int, Any] = {}
    for node in topological(heads):
        inputs = [(copies[id(source)], index) for source, index in node.inputs]
        copies[id(node)] = Node(node.op, node.name, inputs, dict(node.attrs))
    return [(copies[id(node)], index) for node, index in heads]
