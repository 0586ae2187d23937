"""The gradient of a gradient that is a kernel of its own.

An operator with a `backward` kernel may say in `composed` how to get its result from other operators, y = f(x).  Their
gradient rules then give what the kernel computes, dx = f'(x)ᵀ dy, as calls of operators, and the rules of those give
the gradients with respect to x and dy from that of dx.  `found` writes all of it down as a list of calls with `Value`s
of a static graph and then makes those that are needed, with NDArrays or, where a `pullback` is made, with values again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._pullback import Record
from ._state import state
from .graph import Value
from .ops.operator import Backward, arguments, registry
from .ops.plan import Env, Plan


def pull(record: Record, ys: list[Any], dys: list[Any], xs: list[Any]) -> list[Any]:
    """Gradients with respect to `xs` from those with respect to `ys`, by the rules of the operators in between.

    All are values, or None where there is nothing.
    """
    grads: dict[int, Value] = {}
    for y, dy in zip(ys, dys):
        if y is None or dy is None:
            continue
        grads[y.slot] = grads[y.slot] + dy if y.slot in grads else dy
    through = {x.slot for x in xs}
    steps = []
    for step in record.steps:
        if step[0].op.differentiable and through.intersection(step[1]):
            through.update(step[2])
            steps.append(step)
    for plan, ins, outs in reversed(steps):
        dzs: list[Any] = [grads.get(s) for s in outs]
        if all(dz is None for dz in dzs):
            continue
        inputs, outputs = ([Value(record, s) for s in slots] for slots in (ins, outs))  # type: ignore[arg-type]
        for i in range(plan.op.num_visible()):
            dzs[i] = registry["zeros_like"].of()(outputs[i]) if dzs[i] is None else dzs[i]
        wanted = [s in through for s in ins]
        for s, want, g in zip(ins, wanted, plan.op.propagate(dzs, inputs, outputs, plan, wanted)):
            if want and g is not None:
                grads[s] = grads[s] + g if s in grads else g
    return [grads.get(x.slot) for x in xs]


def found(op: Backward, plan: Plan, dys: Sequence[Any], xs: Sequence[Any], wanted: Sequence[bool]) -> list[Any]:
    """Gradients with respect to the inputs `xs` of a backward kernel, from those with respect to its results.

    Parameters
    ----------
    op, plan : the kernel as an operator, and its plan.
    dys, xs : NDArrays or values of a graph; of `dys` some may be None.
    wanted : for each of `xs`, whether there is to be a gradient.
    """
    of, record, composed = op.of_op, Record(plan.ctx, op.training), op.of_op.composed
    assert composed is not None
    given = [record.value(spec) for spec in plan.in_specs]
    heads = [record.value(spec) for spec in plan.out_specs]
    have = dict(zip(op.active_inputs(), given))
    recording, state.recording = state.recording, True  # what the rules make is to be differentiated
    try:
        made = composed(Env(plan.ctx, op.training), *[have.get(n) for n in arguments(composed)[2:]])
        ys = list(made) if isinstance(made, (list, tuple)) else [made]
        dys_of = [have.get("dout" if n == "output" else "d" + n) for n in of.output_names()]
        chosen = [have.get(n) for n, want in zip(of.gives, op.wanted) if want]
        first = pull(record, ys, dys_of, chosen)
        second = pull(record, first, [None if dy is None else head for dy, head in zip(dys, heads)], given)
    finally:
        state.recording = recording
    slots = [None if g is None or not want else g.slot for g, want in zip(second, wanted)]
    values = dict(enumerate([*xs, *dys]))
    for step, ins, outs in record.needed(slots):
        out = xs[0]._apply(step.op, tuple([values[s] for s in ins]))
        values.update(zip(outs, out if isinstance(out, list) else [out]))
    return [None if slot is None else values[slot] for slot in slots]
