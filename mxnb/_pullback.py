"""The gradient of one call of an operator, as kernel calls: what `backward` runs where it records nothing itself.

A gradient rule depends on shapes and dtypes alone.  So for each plan that comes again, and for each choice of inputs
whose gradients are wanted, it is called once with `Value`s of a static graph; what it computes with them is written
down.  From then on these calls are made on raw arrays.  No rule runs, no NDArray is made in between, no plan is looked
up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from .context import Context
from .graph import Value
from .kernels import device
from .ndarray.ndarray import blank, kind
from .ops.operator import Operator
from .ops.plan import Plan, Spec, kind_of


class Record:
    """Calls of operators on `Value`s: `steps` are (plan, slots of the inputs, slots of the outputs)."""

    def __init__(self, ctx: Context, training: bool) -> None:
        self.ctx, self.training = ctx, training
        self.specs: list[Spec] = []
        self.steps: list[tuple[Plan, list[int], list[int]]] = []

    def value(self, spec: Spec) -> Value:
        """A value in a new slot."""
        self.specs.append(spec)
        return Value(self, len(self.specs) - 1)  # type: ignore[arg-type]  # it asks for `specs` and `add` only

    def add(self, op: Operator, ins: list[int]) -> list[int]:
        """Append the call of an operator; returns the slots of its outputs."""
        plan = op.bind(self.ctx, self.training, tuple([self.specs[s] for s in ins]))
        if op.views and plan.out_specs[0] == self.specs[ins[0]]:  # of one shape already
            return ins[:1]
        outs = [self.value(spec).slot for spec in plan.out_specs]
        self.steps.append((plan, ins, outs))
        return outs

    def needed(self, results: Iterable[int | None]) -> list[tuple[Plan, list[int], list[int]]]:
        """The steps that lead to some slots, or change an input."""
        wanted, kept = set(results), []
        for step in reversed(self.steps):
            if step[0].op.mutates or wanted.intersection(step[2]):
                wanted.update(step[1])
                kept.append(step)
        return kept[::-1]


class Trace(Record):
    """What a gradient rule computes, `results` for the inputs, from its first `given` slots."""

    def __init__(self, plan: Plan, wanted: Sequence[bool], present: Sequence[bool]) -> None:
        super().__init__(plan.ctx, plan.training)
        dys = [self.value(spec) for spec in plan.out_specs]
        xs = [self.value(spec) for spec in plan.in_specs] if plan.keeps_inputs else []
        ys = [self.value(spec) for spec in plan.out_specs] if plan.keeps_outputs else []
        self.given = len(self.specs)
        heads = [dy if there else None for dy, there in zip(dys, present)]
        found = plan.op.propagate(heads, xs, ys, plan, wanted)
        self.results = [g.slot if want and g is not None else None for g, want in zip(found, wanted)]
        self.steps = self.needed(self.results)


def find(plan: Plan, dys: Sequence[Any], wanted: tuple[bool, ...]) -> Callable[..., list[Any]] | None:
    """The `pullback` for these gradients of a plan's outputs.

    None if one of them is not of its output's kind, and for the first time: shapes that never come again are not worth
    one.
    """
    if any(dy is not None and kind(dy) is not like for dy, like in zip(dys, plan.kinds)):
        return None
    present = tuple([dy is not None for dy in dys])
    key = wanted if len(dys) == 1 else (wanted, present)
    if key not in plan.pullbacks:
        plan.pullbacks[key] = None
        return None
    pull = plan.pullbacks[key]
    if pull is None:
        pull = plan.pullbacks[key] = pullback(plan, wanted, present)
    return pull


def pullback(plan: Plan, wanted: Sequence[bool], present: Sequence[bool]) -> Callable[..., list[Any]]:
    """A function (dys, inputs, outputs) that gives the gradients with respect to the inputs of a recorded call.

    Parameters
    ----------
    plan : of the recorded call.
    wanted : for each of its inputs, whether there is to be a gradient; else the function gives None.
    present : for each of its outputs, whether there is a gradient among `dys`, which are NDArrays of the plan's kinds.
        `inputs` and `outputs` are raw arrays, where the plan keeps them.
    """
    trace, ctx = Trace(plan, wanted, present), plan.ctx
    places = {s: s for s in range(trace.given)}  # of slots in the list of arrays, which steps append to
    for s in [s for _, _, outs in trace.steps for s in outs]:
        places[s] = len(places)
    last: dict[int, int] = {}
    for i, (_, ins, outs) in enumerate(trace.steps):
        last |= {places[s]: i for s in [*ins, *outs] if s >= trace.given and s not in trace.results}
    steps = []
    for i, (step, ins, _) in enumerate(trace.steps):
        slots = [places[s] for s in ins]
        pick = (
            itemgetter(*slots) if len(slots) > 1 else itemgetter(slice(slots[0], slots[0] + 1) if slots else slice(0))
        )
        dead = tuple([place for place, end in last.items() if end == i])
        several = None if len(step.out_specs) == 1 and not step.op.views else _several(step)
        steps.append((step.run, several, pick, step.new, step.shape, step.dtype, dead))
    results: list[Any] = []  # place, and what the array is like; True where that is no matter
    for slot in trace.results:
        if slot is None or slot < len(plan.out_specs):
            results.append((slot, True))
        else:
            shape, dtype = trace.specs[slot]
            results.append((places[slot], kind_of(shape, dtype, ctx)))

    def pull(dys: list[Any], inputs: Any, outputs: Any) -> list[Any]:
        arrays = [dys[0]._data] if len(dys) == 1 else [None if dy is None else dy._data for dy in dys]
        if inputs is not None:
            arrays += inputs
        if outputs is not None:
            arrays += outputs
        for run, several, pick, new, shape, dtype, dead in steps:
            if several is None:
                out = new(shape, dtype)
                run(out, *pick(arrays))
                arrays.append(out)
            else:
                arrays += several(pick(arrays))
            for place in dead:
                arrays[place] = None
        found = []
        for at, like in results:
            if like is True:  # no gradient, or that of an output as it is
                found.append(None if at is None else dys[at])
                continue
            x = blank()
            x._data = arrays[at]
            x._ctx = ctx
            x._kind = like
            x._grad = x._entry = None
            found.append(x)
        return found

    return pull


def _several(plan: Plan) -> Callable[[Any], list[Any]]:
    """A function of the inputs that gives the outputs of a step: of several ones, or of another view of its input."""
    if plan.op.views:
        return lambda ins: [device.reshape(ins[0], plan.shape)]

    def run(ins: Any) -> list[Any]:
        outs = plan.fresh()
        plan.run(*outs, *ins)
        return outs

    return run
