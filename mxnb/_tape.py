"""The tape of autograd: what is kept of each recorded operator call, and how gradients flow back over it.

An NDArray that takes part carries an *entry* ``(node, index)``: output `index` of a recorded call, or a `Leaf` where
`attach_grad` marked a variable.  A `Node` keeps the operator's plan, the entries of its inputs, and the arrays that
the operator's gradient rule names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .base import MXNetError


class Leaf:
    """A variable: where gradients end.  `grad` is the NDArray that receives them."""

    __slots__ = ("fresh", "grad", "req")

    def __init__(self, grad: Any, req: str) -> None:
        self.grad, self.req = grad, req
        self.fresh = False  # whether a backward wrote the gradient since the flag was cleared


class Node:
    """One recorded call; `inputs` and `outputs` are raw arrays, or None where the gradient rule names none of them."""

    __slots__ = ("inputs", "op", "outputs", "parents", "plan")

    def __init__(self, op: Any, plan: Any, parents: tuple[Any, ...], inputs: Any, outputs: Any) -> None:
        self.op, self.plan, self.parents, self.inputs, self.outputs = op, plan, parents, inputs, outputs

    def propagate(self, dys: list[Any], wanted: list[bool]) -> list[Any]:
        """Gradients with respect to the inputs, from those with respect to the outputs."""
        # The arrays are wrapped only now: had the node kept its outputs as NDArrays, which know their node, every
        # recorded call would be a reference cycle.
        twin = next(dy for dy in dys if dy is not None)._twin
        xs = [twin(data, entry) for data, entry in zip(self.inputs or (), self.parents)]
        ys = [twin(data, (self, i)) for i, data in enumerate(self.outputs or ())]
        return self.op.propagate(dys, xs, ys, self.plan, wanted)

    @property
    def freed(self) -> bool:
        """Whether an earlier backward has used this node up."""
        return self.plan is None

    def free(self) -> None:
        """Drop what was kept for the backward pass."""
        self.plan = self.inputs = self.outputs = None

    def count(self) -> int:
        """Number of outputs."""
        return len(self.plan.out_specs)

    def specs(self) -> list[Any]:
        """(shape, dtype) of the outputs."""
        return self.plan.out_specs

    def visible(self) -> int:
        """Number of outputs that a caller sees."""
        return self.op.num_visible()


class Transfer:
    """The node of a copy from one context to another."""

    __slots__ = ("ctx", "freed", "parents", "spec")

    def __init__(self, entry: Any, ctx: Any, spec: Any) -> None:
        self.parents, self.ctx, self.spec, self.freed = (entry,), ctx, spec, False

    def propagate(self, dys: list[Any], wanted: list[bool]) -> list[Any]:
        """The gradient, moved back."""
        return [dys[0].as_in_context(self.ctx)]

    def free(self) -> None:
        """Nothing is kept."""

    def count(self) -> int:
        """One output."""
        return 1

    visible = count

    def specs(self) -> list[Any]:
        """(shape, dtype) of the output."""
        return [self.spec]


def topological(heads: Iterable[Any]) -> list[Any]:
    """All nodes and leaves behind the given ones, each after everything that it depends on."""
    order: list[Any] = []
    seen: set[int] = set()
    stack: list[tuple[Any, bool]] = [(head, False) for head in reversed(list(heads))]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            if type(node) is not Leaf:
                stack += [(entry[0], False) for entry in node.parents if entry is not None]
    return order


def needing(order: list[Any], variables: set[int] | None) -> set[int]:
    """Ids of the nodes through which a gradient reaches a variable (any leaf, where `variables` is None)."""
    found: set[int] = set()
    for node in order:
        if variables is not None and id(node) in variables:
            found.add(id(node))
        elif type(node) is Leaf:
            if variables is None and node.req != "null":
                found.add(id(node))
        elif any(entry is not None and id(entry[0]) in found for entry in node.parents):
            found.add(id(node))
    return found


def flow(heads: list[tuple[Any, Any]], variables: list[Any] | None, keep: bool) -> dict[int, list[Any]]:
    """Send gradients from `heads` back over the tape.

    Parameters
    ----------
    heads : list of (entry, gradient).
    variables : entries whose gradients are asked for, or None for all leaves.
    keep : whether the nodes stay usable.

    Returns
    -------
    dict from the id of a leaf or node to its outputs' gradients.
    """
    order = topological(entry[0] for entry, _ in heads)
    asked = None if variables is None else {id(entry[0]) for entry in variables}
    through = needing(order, asked)
    grads: dict[int, list[Any]] = {}

    def add(entry: Any, gradient: Any) -> None:
        node, index = entry
        if type(node) is not Leaf and node.freed:
            raise MXNetError("the recorded graph was freed by an earlier backward; pass retain_graph=True to that one")
        slots = grads.setdefault(id(node), [None] * (1 if type(node) is Leaf else node.count()))
        slots[index] = gradient if slots[index] is None else slots[index] + gradient

    for entry, gradient in heads:
        add(entry, gradient)
    for node in reversed(order):
        if type(node) is Leaf or id(node) not in through or id(node) not in grads:
            continue
        slots = grads[id(node)] if asked is not None and id(node) in asked else grads.pop(id(node))
        wanted = [entry is not None and id(entry[0]) in through for entry in node.parents]
        if not any(wanted):
            continue
        for entry, gradient, want in zip(node.parents, node.propagate(fill(node, slots), wanted), wanted):
            if want and gradient is not None:
                add(entry, gradient)
        if not keep:
            node.free()
    return grads


def fill(node: Any, slots: list[Any]) -> list[Any]:
    """Put zeros where an output that the gradient rule asks for received nothing."""
    if len(slots) == 1 or not any(g is None for g in slots):
        return slots
    like = next(g for g in slots if g is not None)
    visible = node.visible()
    return [
        like._zeros(shape, dtype) if g is None and i < visible else g
        for i, (g, (shape, dtype)) in enumerate(zip(slots, node.specs()))
    ]
