"""Fusion: element-wise steps of a program that follow each other become one step, which goes over memory once.

A *group* is sought backwards from its last step, the root, in whose place it runs.  A step joins when it is
element-wise, has the root's shape and dtype, makes or shares something that the group reads, and when whatever else
reads its result comes after the root.  So every group reads what is there already, nobody waits for what it gives, and
the order of the other steps stays.  Values that only the group reads are never in memory.

Forward and backward steps are fused alike, but not with each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .kernels import fused
from .kernels.fused import Call, Chain
from .kernels.words import where
from .ops.activation import _Named
from .ops.conversion import Where
from .ops.elementwise import Elementwise
from .ops.joining import AddN
from .ops.operator import Env, Operator, Plan, Spec

MOST_CALLS = 24  # functions in a kernel: each costs 0.05 s when it is compiled
MOST_ARRAYS = 16  # that a kernel reads and writes
SMALL = 4096  # numbers; two steps of fewer take less time than compiling another kernel is worth
WINDOW = 256  # steps back from a root among which its group is sought
NARROW = 8  # numbers; shorter rows take longer to find than to do


class Fused(Operator):
    """Several element-wise operators as one."""

    name = "_fused"
    internal = True
    inplace = True


def functions(op: Operator, ins: tuple[Spec, ...]) -> list[tuple[Callable[..., Any], list[int], list[float]]] | None:
    """What an operator does to each number: functions, places among the inputs (then earlier results) and scalars.

    None if that is not what it does.
    """
    if isinstance(op, _Named) and len(ins) == 1:
        op = op.chosen
    if isinstance(op, Elementwise) and type(op).prepare is Elementwise.prepare:
        return [(op.function, list(range(len(ins))), [getattr(op, name) for name in op.scalars])]
    if isinstance(op, Where) and ins[0] == ins[1]:
        return [(_choose, [0, 1, 2], [])]
    if isinstance(op, AddN) and len(ins) > 1:
        return [(_add, [0, 1], []), *[(_add, [len(ins) + i, i + 2], []) for i in range(len(ins) - 2)]]
    return None


def _choose(condition: Any, a: Any, b: Any) -> Any:
    return where(condition != 0, a, b)


def _add(a: Any, b: Any) -> Any:
    return a + b


def follow(
    steps: list[Any], kept: set[int], specs: list[Spec], bind: Callable[..., Plan], make: Callable[..., Any]
) -> list[Any]:
    """The steps with activations done by the step before, where its operator can (`followed_by`).

    Parameters
    ----------
    steps, kept, specs, make : as for `fuse`.
    bind : from an operator and its inputs' specs to a plan.
    """
    readers: dict[int, int] = {}
    for slot in (*kept, *(s for step in steps for s in step.ins)):
        readers[slot] = readers.get(slot, 0) + 1
    maker = {step.outs[0]: i for i, step in enumerate(steps) if step.outs}
    found = list(steps)
    for i, step in enumerate(steps):
        before = maker.get(step.ins[0]) if len(step.ins) == 1 and readers[step.ins[0]] == 1 else None
        first = found[before] if before is not None else None
        if first is None or not hasattr(first.op, "followed_by"):
            continue
        op = first.op.followed_by(step.op)
        if op is not None:
            plan = bind(op, tuple(specs[s] for s in first.ins))
            found[maker[step.ins[0]]] = make(op, plan, first.ins, [*step.outs, *first.outs[1:]])
            found[i] = None
    return [step for step in found if step is not None]


def fuse(steps: list[Any], kept: set[int], specs: list[Spec], ctx: Any, make: Callable[..., Any]) -> list[Any]:
    """The steps with groups in the places of their roots.

    Parameters
    ----------
    steps : with attributes op, ins, outs and name; slots are numbers.
    kept : slots that something besides these steps reads.
    specs : (shape, dtype) of each slot.
    make : from (op, plan, ins, outs) to a step.
    """
    part = _Part(steps, kept, specs, ctx)
    found = []
    for i in reversed(range(len(steps))):
        if i not in part.taken:
            group = part.grow(i)
            found.append(make(*part.step(group)) if group else steps[i])
    return found[::-1]


class _Part:
    """Steps among which groups are sought."""

    def __init__(self, steps: list[Any], kept: set[int], specs: list[Spec], ctx: Any) -> None:
        self.steps, self.kept, self.specs, self.ctx = steps, kept, specs, ctx
        self.taken: set[int] = set()
        self.place = list(range(len(steps)))  # in which step's place each step runs
        self.maker = {slot: i for i, step in enumerate(steps) for slot in step.outs}
        self.readers: dict[int, list[int]] = {}
        changing: set[int] = set()
        for i, step in enumerate(steps):
            for slot in step.ins:
                self.readers.setdefault(slot, []).append(i)
            if step.op.mutates:
                names = step.op.input_names(len(step.ins))
                changing.update(s for s, name in zip(step.ins, names) if name in step.op.mutates)
        self.functions = [
            None if changing.intersection(step.ins) else functions(step.op, tuple(specs[s] for s in step.ins))
            for step in steps
        ]

    def fits(self, i: int, spec: Spec) -> bool:
        """Whether step i is element-wise over arrays of one dtype of floats, with results like `spec`."""
        step, dtype = self.steps[i], spec[1]
        return (
            self.functions[i] is not None
            and i not in self.taken
            and self.specs[step.outs[0]] == spec
            and all(self.specs[s][1] == dtype for s in step.ins)
        )

    def grow(self, root: int) -> list[int]:
        """The steps of the group with this root; none if it is not worth it."""
        if self.functions[root] is None:
            return []
        spec = self.specs[self.steps[root].outs[0]]
        count = math.prod(spec[0])
        if count < 1 or spec[1].char not in "fd" or not self.fits(root, spec):
            return []
        able: set[int] = set()  # all that might, to begin with: a step after those that read its result
        for i in range(root, max(root - WINDOW, -1), -1):
            if self.fits(i, spec) and self._waited(i, able, root):
                able.add(i)
        able = self._connected(able, root)
        group: set[int] = set()
        for i in sorted(able, reverse=True):
            if self._waited(i, group, root) and self._small({i, *group}, spec):
                group.add(i)
        group = self._connected(group, root)
        if len(group) < 2 or (len(group) == 2 and count < SMALL):
            return []
        for i in group:
            self.place[i] = root
        self.taken |= group
        return sorted(group)

    def _waited(self, i: int, group: set[int], root: int) -> bool:
        """Whether all that read the results of step i are in the group, or come after it."""
        return all(r in group or self.place[r] > root for s in self.steps[i].outs for r in self.readers.get(s, ()))

    def _connected(self, group: set[int], root: int) -> set[int]:
        """The steps of a group that have something in memory to do with the root: what they read or make."""
        found, waiting = set(), [root] * (root in group)
        while waiting:
            i = waiting.pop()
            if i not in found:
                found.add(i)
                slots = (*self.steps[i].ins, *self.steps[i].outs)
                near = {r for s in slots for r in (self.maker.get(s, root), *self.readers.get(s, ()))}
                waiting += near & group
        return found

    def _small(self, group: set[int], spec: Spec) -> bool:
        ins, outs = self._slots(sorted(group))
        if len(ins) + len(outs) > MOST_ARRAYS or sum(len(self.functions[i] or ()) for i in group) > MOST_CALLS:
            return False
        shapes = [self.specs[s][0] for s in ins]
        return all(s == spec[0] for s in shapes) or fused.layout(spec[0], shapes).width >= NARROW

    def _slots(self, group: list[int]) -> tuple[list[int], list[int]]:
        """What a group reads, and those of its results that something else reads."""
        made = [s for i in group for s in self.steps[i].outs]
        ins = dict.fromkeys(s for i in group for s in self.steps[i].ins if s not in made)
        outs = [s for s in made if s in self.kept or any(r not in group for r in self.readers.get(s, ()))]
        return list(ins), outs

    def step(self, group: list[int]) -> tuple[Operator, Plan, list[int], list[int]]:
        """One step for a group: operator, plan, and slots."""
        ins, outs = self._slots(group)
        value = {slot: i for i, slot in enumerate(ins)}
        calls: list[Call] = []
        scalars: list[float] = []
        for i in group:
            step = self.steps[i]
            places = [value[s] for s in step.ins]
            for function, chosen, numbers in self.functions[i] or ():
                calls.append(Call(function, tuple(places[k] for k in chosen), len(scalars), len(numbers)))
                scalars += numbers
                places.append(len(ins) + len(calls) - 1)
            value[step.outs[0]] = places[-1]
        in_specs, out_specs = tuple(self.specs[s] for s in ins), [self.specs[s] for s in outs]
        shape, dtype = out_specs[0]
        layout = fused.layout(shape, [s for s, _ in in_specs])
        chain = Chain(layout.modes, tuple(calls), tuple(value[s] for s in outs))
        run = fused.bind(chain, layout, dtype, scalars, self.ctx)
        op = Fused()
        return op, Plan(op, in_specs, out_specs, run, Env(self.ctx, True)), ins, outs
