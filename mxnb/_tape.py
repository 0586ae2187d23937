"""The tape of autograd: what is kept of each recorded operator call, and how gradients flow back over it.

An NDArray that takes part carries an *entry* ``(node, index)``: output `index` of a recorded call, or a `Leaf` where
`attach_grad` marked a variable.  The node of an operator's call is a list::

    [plan, entries of the inputs, raw inputs, raw outputs]

The arrays are those that the gradient rule names, else None; a backward that uses the node up empties the list.  It is
no object with names because every recorded call makes one, and Python makes nothing faster than a list.  What is rarer
(a hybridized block, a custom function, a copy between contexts) has a class of its own with `parents`, `freed`,
`propagate`, `free`, `count`, `visible` and `specs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ._state import state
from .base import MXNetError

PLAN, PARENTS = 0, 1  # places in the node of a call
ONE = (True,)
FREED = "the recorded graph was freed by an earlier backward; pass retain_graph=True to that one"


class Leaf:
    """A variable: where gradients end.  `grad` is the NDArray that receives them."""

    __slots__ = ("fresh", "grad", "req")

    def __init__(self, grad: Any, req: str) -> None:
        self.grad, self.req = grad, req
        self.fresh = False  # whether a backward wrote the gradient since the flag was cleared


def parents(node: Any) -> tuple[Any, ...]:
    """Entries of the inputs of a node: those of a recorded call, or of another node."""
    if type(node) is list:
        return node[PARENTS] if node else ()
    return node.parents


def propagate(node: list[Any], dys: list[Any], wanted: tuple[bool, ...]) -> list[Any]:
    """Gradients with respect to the inputs of a recorded call, from those with respect to its outputs."""
    plan, entries, inputs, outputs = node
    if not state.recording:
        pull = plan.pullbacks.get(wanted) if len(dys) == 1 and dys[0]._kind is plan.kind else None
        if pull is None:
            pull = _find_pullback(plan, dys, wanted)
        if pull is not None:
            return pull(dys, inputs, outputs)
    # The arrays are wrapped only now: had the node kept its outputs as NDArrays, which know their node, every
    # recorded call would be a reference cycle.
    xs: Sequence[Any] = ()
    ys: Sequence[Any] = ()
    if inputs is not None or outputs is not None:
        twin = (dys[0] if dys[0] is not None else next(dy for dy in dys if dy is not None))._twin
        if inputs is not None:
            xs = [twin(data, entry, kind) for data, entry, kind in zip(inputs, entries, plan.in_kinds)]
        if outputs is not None:
            ys = [twin(data, (node, i), plan.kinds[i]) for i, data in enumerate(outputs)]
    return plan.op.propagate(dys, xs, ys, plan, wanted)


_find: Any = None  # `_pullback.find`, from the first time on


def _find_pullback(plan: Any, dys: list[Any], wanted: tuple[bool, ...]) -> Any:
    """The function that does what `propagate` should; None where a gradient is not like its output."""
    global _find
    if _find is None:  # it imports NDArray, whose module imports this one
        from ._pullback import find as _find
    return _find(plan, dys, wanted)


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
                stack += [(entry[0], False) for entry in parents(node) if entry is not None]
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
        elif any(entry is not None and id(entry[0]) in found for entry in parents(node)):
            found.add(id(node))
    return found


def flow(
    heads: list[tuple[Any, Any]], variables: list[Any] | None, keep: bool, leaves: list[Leaf] | None = None
) -> dict[int, list[Any]]:
    """Send gradients from `heads` back over the tape.

    A node has its turn when all nodes that read its outputs had theirs.

    Parameters
    ----------
    heads : list of (entry, gradient).
    variables : entries whose gradients are asked for, or None for all leaves.
    keep : whether the nodes stay usable.
    leaves : a list that receives all leaves behind the heads.

    Returns
    -------
    dict from the id of a leaf or node to its outputs' gradients.

    Raises
    ------
    MXNetError
        If an earlier backward has used the nodes up, or, where all leaves are meant, none of them takes a gradient.
    """
    grads: dict[int, list[Any]] = {}
    uses: dict[int, int] = {}  # how many readers of a node's outputs are still to come
    leaves = [] if leaves is None else leaves
    stack: list[Any] = []
    for entry, _ in heads:
        node = entry[0]
        if id(node) not in uses:
            uses[id(node)] = 0
            (leaves if type(node) is Leaf else stack).append(node)
    while stack:
        for entry in parents(stack.pop()):
            if entry is not None:
                parent = entry[0]
                key = id(parent)
                if key in uses:
                    uses[key] += 1
                else:
                    uses[key] = 1
                    (leaves if type(parent) is Leaf else stack).append(parent)
    asked: Iterable[int] = ()
    through: set[int] | None = None  # nodes through which a gradient reaches a variable; None for all
    if variables is not None:
        asked = {id(entry[0]) for entry in variables}
        through = needing(topological(entry[0] for entry, _ in heads), asked)
    else:
        useless = 0
        for leaf in leaves:
            useless += leaf.req == "null"
        if useless:
            if useless == len(leaves):
                raise MXNetError("backward: no variable with a gradient was used in the computation")
            through = needing(topological(entry[0] for entry, _ in heads), None)

    ready = []
    for entry, gradient in heads:
        node = entry[0]
        if uses[id(node)] == 0 and id(node) not in grads and type(node) is not Leaf:
            ready.append(node)
        _add(grads, node, entry[1], gradient)
    while ready:
        node = ready.pop()
        key, call = id(node), type(node) is list
        entries = parents(node)
        found: Sequence[Any] = ()
        if key in grads and (through is None or key in through):
            dys = grads[key] if key in asked else grads.pop(key)
            if len(dys) > 1:
                dys = fill(node, dys)
            if through is not None:
                wanted = tuple([entry is not None and id(entry[0]) in through for entry in entries])
            elif len(entries) == 1:
                wanted = ONE
            else:
                wanted = tuple([entry is not None for entry in entries])
            if True in wanted:
                found = propagate(node, dys, wanted) if call else node.propagate(dys, wanted)
                if through is not None:
                    found = [gradient if want else None for gradient, want in zip(found, wanted)]
            del dys
            if not keep:
                if call:
                    node.clear()
                else:
                    node.free()
        for entry, gradient in zip(entries, found or (None,) * len(entries)):
            if entry is not None:
                parent, index = entry
                if gradient is not None:
                    _add(grads, parent, index, gradient)
                if type(parent) is not Leaf:
                    key = id(parent)
                    uses[key] -= 1
                    if uses[key] == 0:
                        ready.append(parent)
        found, gradient = (), None  # what is not in `grads` has had its time
    return grads


def _add(grads: dict[int, list[Any]], node: Any, index: int, gradient: Any) -> None:
    """Add to the gradient of one output of a node."""
    key = id(node)
    slots = grads.get(key)
    if slots is not None:
        slots[index] = gradient if slots[index] is None else slots[index] + gradient
        return
    count = 1
    if type(node) is list:
        if not node:
            raise MXNetError(FREED)
        count = len(node[PLAN].kinds)
    elif type(node) is not Leaf:
        if node.freed:
            raise MXNetError(FREED)
        count = node.count()
    if count == 1:
        grads[key] = [gradient]
    else:
        slots = grads[key] = [None] * count
        slots[index] = gradient


def fill(node: Any, slots: list[Any]) -> list[Any]:
    """Put zeros where an output that the gradient rule asks for received nothing."""
    if not any(g is None for g in slots):
        return slots
    like = next(g for g in slots if g is not None)
    if type(node) is list:
        visible, specs = node[PLAN].op.num_visible(), node[PLAN].out_specs
    else:
        visible, specs = node.visible(), node.specs()
    return [
        like._zeros(shape, dtype) if g is None and i < visible else g
        for i, (g, (shape, dtype)) in enumerate(zip(slots, specs))
    ]
