"""Static graphs: a Symbol with known shapes becomes two flat lists of kernel calls on planned memory.

`Program` is what executors and hybridized blocks run.  It is built in four passes:

1. every node of the symbol is bound to its shapes: a `Step`, which knows the function to call and its slots; where an
   operator can also do the activation that follows it, both become one step,
2. the gradient rules of the operators are called with `Value`s, backwards; what they compute becomes further steps,
   and large results that take no longer to make than to read are made again rather than kept for them,
3. chains of element-wise steps and reductions become one step each (`fusion.py`),
4. memory: a slot lives from the step that writes it to the last one that reads it; slots that do not live at the same
   time may lie at the same place, an element-wise step may write over its inputs, a reshaped slot is the same memory,
   be it the caller's.

A run only goes through the lists.  The arrays of inputs, outputs and gradients are given anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from . import config
from ._state import state
from .base import MXNetError
from .context import Context
from .fusion import follow, fuse, idle, repeatable
from .kernels import canary, device, large
from .kernels.canary import LINE
from .ndarray import words
from .ndarray.arithmetic import Arithmetic, Family
from .ndarray.methods import OperatorMethods
from .ops import get
from .ops.operator import Operator, known
from .ops.plan import Plan, Spec
from .symbol.infer import infer_shapes
from .symbol.node import topological

CACHED = 16 << 20  # bytes of results that are kept for the backward pass rather than made again


class Step:
    """One call: `plan.run` on the arrays of the slots `outs`, then `ins`."""

    __slots__ = ("alias", "ins", "name", "op", "outs", "plan", "spared")

    def __init__(self, op: Operator, plan: Plan, ins: list[int], outs: list[int], name: str | None) -> None:
        self.op, self.plan, self.ins, self.outs, self.name = op, plan, ins, outs, name
        self.alias = False  # whether the output is the memory of the input, so that nothing needs to run
        self.spared = False  # whether the input is the memory of the output, which is the caller's


class Value(OperatorMethods, Arithmetic):
    """A slot as gradient rules see it: it has shape and dtype, and operators on it add steps to the program."""

    __slots__ = ("dtype", "program", "shape", "slot")

    def __init__(self, program: Program, slot: int) -> None:
        self.program, self.slot = program, slot
        self.shape, self.dtype = program.specs[slot]

    @property
    def _data(self) -> Value:
        return self  # arithmetic asks for `_data.dtype`

    def _pair(self, family: Family, other: Value) -> Any:
        return (family.same if self.shape == other.shape else family.broadcast)(self, other)

    def _one(self, op: Operator) -> Any:
        return self._apply(op, (self,))

    def _apply(self, op: Operator, inputs: Iterable[Any]) -> Any:
        slots = self.program.add(op, [x.slot for x in inputs])
        values = [Value(self.program, s) for s in slots[: op.num_visible()]]
        return values[0] if len(values) == 1 else values

    def _call(self, op: Operator, inputs: Any, out: Any = None, name: str | None = None) -> Any:
        return self._apply(op, inputs)

    def _word_(self, word: str, *args: Any) -> Any:
        return words.apply(word, *args)

    def reshape(self, shape: tuple[int, ...]) -> Value:
        """The same numbers in another shape."""
        return get("_reshape_to").of(shape=shape)(self)


class Program:
    """A symbol bound to shapes, dtypes, a context and a mode.

    Parameters
    ----------
    symbol : Symbol
    ctx : Context
    training : whether operators behave as in training.
    specs : (shape, dtype) of every input by name, auxiliary states included.
    wanted : names of the inputs whose gradients `backward` gives.
    fused : whether chains of element-wise steps may become one step, unless MXNB_FUSION=0.

    Attributes
    ----------
    input_names : order of the inputs.
    out_specs, head_specs, grad_specs : (shape, dtype) of outputs, of their gradients, of the gradients of `wanted`.
    heads_needed : for each output, whether `backward` reads its gradient.
    """

    def __init__(
        self, symbol: Any, ctx: Context, training: bool, specs: dict[str, Spec], wanted: Iterable[str] = (),
        fused: bool = True,
    ) -> None:  # fmt: skip
        self.ctx, self.training = ctx, training
        self.specs: list[Spec] = []
        self.steps: list[Step] = []
        self.external: set[int] = set()
        self.input_names: list[str] = []
        self.inputs: list[int] = []
        self._forward(symbol, specs)
        fused = fused and config.fusion()
        if fused:
            bind = lambda op, ins: op.bind(ctx, training, ins)
            self.steps = follow(self.steps, self.external, self.specs, bind, self._made)
        self.forward_steps = len(self.steps)
        self.wanted = [n for n in self.input_names if n in set(wanted)]
        self.heads: list[int] = []
        self.grads: list[int] = []
        self.gradient_names: dict[int, list[str]] = {}  # what a monitor calls the gradients that are slots
        if self.wanted:
            recording, state.recording = state.recording, False
            try:
                self._backward()
                self._drop_unused()
                if fused and ctx.on_cpu:
                    self._make_again()
            finally:
                state.recording = recording
        if fused:
            self._skip_views()
            self._fuse()
        self.out_specs = [self.specs[s] for s in self.outputs]
        self.head_specs = [self.specs[s] for s in self.heads]
        self.grad_specs = [self.specs[s] for s in self.grads]
        used = {s for step in self.steps[self.forward_steps :] for s in step.ins}
        self.heads_needed = [s in used for s in self.heads]
        self._plan_memory()
        steps = self.steps[: self.forward_steps], self.steps[self.forward_steps :]
        self._calls = [
            [self._call(s) for s in part if not s.spared and (s.outs[0] not in self.place or not s.alias)]
            for part in steps
        ]
        self.has_random = any(step.op.random for step in self.steps)

    # --- Building ----------------------------------------------------------------------------------------------------

    def _slot(self, spec: Spec, external: bool = False) -> int:
        self.specs.append(spec)
        slot = len(self.specs) - 1
        if external:
            self.external.add(slot)
        return slot

    def add(self, op: Operator, ins: list[int], name: str | None = None) -> list[int]:
        """Append the call of an operator; returns the slots of all its outputs."""
        try:
            plan = op.bind(self.ctx, self.training, tuple(self.specs[s] for s in ins))
        except MXNetError as error:
            if name is None:
                raise
            raise type(error)(f"{op.name} '{name}': {str(error).removeprefix(op.name + ': ')}") from None
        outs = [self._slot(spec) for spec in plan.out_specs]
        self.steps.append(Step(op, plan, ins, outs, name))
        return outs

    def _forward(self, symbol: Any, specs: dict[str, Spec]) -> None:
        slots: dict[tuple[int, int], int] = {}
        for node in topological(symbol.heads):
            if node.is_variable:
                if node.name not in specs:
                    raise MXNetError(f"input {node.name!r} has no array")
                slots[id(node), 0] = self._slot(specs[node.name], external=True)
                self.input_names.append(node.name)
                self.inputs.append(slots[id(node), 0])
            else:
                assert node.op is not None
                op = node.op if node.inputs else _shaped(node, symbol, specs)
                outs = self.add(op, [slots[id(source), i] for source, i in node.inputs], node.name)
                slots.update(((id(node), i), s) for i, s in enumerate(outs))
        self.outputs = self._results([slots[id(node), i] for node, i in symbol.heads])

    def _results(self, slots: list[int]) -> list[int]:
        """Slots that the caller provides arrays for: each its own, none of them an input."""
        found = []
        for slot in slots:
            if slot in self.external:
                slot = self.add(get("_copy").of(), [slot])[0]
            self.external.add(slot)
            found.append(slot)
        return found

    def _backward(self) -> None:
        through = {s for n, s in zip(self.input_names, self.inputs) if n in self.wanted}
        forward = self.steps[: self.forward_steps]
        for step in forward:
            if step.op.differentiable and any(s in through for s in step.ins):
                through.update(step.outs)
        grads: dict[int, Value] = {}
        for slot in self.outputs:
            head = self._slot(self.specs[slot], external=True)
            self.heads.append(head)
            self._collect(grads, slot, Value(self, head))
        for step in reversed(forward):
            dys: list[Any] = [grads.get(s) for s in step.outs]
            wanted = [s in through for s in step.ins]
            if not step.op.differentiable or not any(wanted) or all(dy is None for dy in dys):
                continue
            for i in range(step.op.num_visible()):
                if dys[i] is None:
                    dys[i] = self._zeros(self.specs[step.outs[i]])
            xs, ys = [Value(self, s) for s in step.ins], [Value(self, s) for s in step.outs]
            for i, gradient in enumerate(step.op.propagate(dys, xs, ys, step.plan, wanted)):
                if wanted[i] and gradient is not None:
                    self._collect(grads, step.ins[i], gradient)
                    self.gradient_names.setdefault(gradient.slot, []).append(f"{step.name}_backward_output{i}")
        ends = []
        for name, slot in zip(self.input_names, self.inputs):
            if name in self.wanted:
                ends.append((grads.get(slot) or self._zeros(self.specs[slot])).slot)
        self.grads = self._results(ends)

    def _drop_unused(self) -> None:
        """Drop backward steps that nothing needs: losses ignore what leads to their head gradients."""
        needed, kept = set(self.grads), []
        for step in reversed(self.steps[self.forward_steps :]):
            if step.op.mutates or needed.intersection(step.outs):
                needed.update(step.ins)
                kept.append(step)
        self.steps[self.forward_steps :] = reversed(kept)

    def _make_again(self) -> None:
        """Have large results that follow quickly from what backward reads anyway made again there, and not kept."""
        backward = self.steps[self.forward_steps :]
        read = self.external.union(*(step.ins for step in backward))
        sources: dict[int, tuple[Operator, list[int]]] = {}
        for step in self.steps[: self.forward_steps]:
            (out, *_), op = step.outs, step.op.again
            if op is not None and out in read - self.external and step.ins[0] in read:
                names = [*step.op.output_names(), *step.op.input_names(len(step.ins))]
                slots = dict(zip(names, [*step.outs, *step.ins]))
                sources[out] = op, [slots[name] for name in op.inputs]
        if sum(self._count(s) * self.specs[s][1].itemsize for s in sources) < CACHED:
            return
        del self.steps[self.forward_steps :]
        made: dict[int, int] = {}
        for step in backward:
            for s in step.ins:
                if s in sources and s not in made:
                    made[s] = self.add(*sources[s])[0]
            step.ins = [made.get(s, s) for s in step.ins]
            self.steps.append(step)

    def _made(self, op: Operator, plan: Plan, ins: list[int], outs: list[int]) -> Step:
        return Step(op, plan, ins, outs, None)

    def _skip_views(self) -> None:
        """Leave out steps that give an array another shape or dtype, where it is the one that it has, and the like."""
        same: dict[int, int] = {}
        parts = self.steps[: self.forward_steps], self.steps[self.forward_steps :]
        for part in parts:
            made = {s for step in part for s in step.outs} - self.external
            for step in list(part):
                ins = tuple(self.specs[s] for s in step.ins)
                if (step.op.views and self.specs[step.outs[0]] == ins[0]) or idle(step.op, ins, self.training):
                    source, out = same.get(step.ins[0], step.ins[0]), step.outs[0]
                    if out not in self.external:
                        same[out] = source
                    elif source in made:
                        same.update({s: out for s in (source, *same) if same.get(s, s) == source})
                    else:
                        continue
                    part.remove(step)
        self.steps, self.forward_steps = parts[0] + parts[1], len(parts[0])
        for step in self.steps:
            step.ins, step.outs = ([same.get(s, s) for s in slots] for slots in (step.ins, step.outs))

    def _fuse(self) -> None:
        """Make one step of each chain of element-wise steps (`fusion.py`)."""
        forward, backward = self.steps[: self.forward_steps], self.steps[self.forward_steps :]
        again = repeatable(forward, self.external, self.specs, self.ctx) if backward else None
        backward = fuse(backward, self.external, self.specs, self.ctx, self._made, again)
        kept = self.external.union(*(step.ins for step in backward))
        forward = fuse(forward, kept, self.specs, self.ctx, self._made)
        self.steps, self.forward_steps = forward + backward, len(forward)

    @staticmethod
    def _collect(grads: dict[int, Value], slot: int, gradient: Value) -> None:
        grads[slot] = grads[slot] + gradient if slot in grads else gradient

    def _zeros(self, spec: Spec) -> Value:
        return Value(self, self.add(get("_zeros").of(shape=spec[0], dtype=spec[1].name), [])[0])

    # --- Memory ------------------------------------------------------------------------------------------------------

    def _plan_memory(self) -> None:
        root = list(range(len(self.specs)))
        made: set[int] = set()
        self._lent: list[list[tuple[int, int]]] = [[], []]  # slots in the caller's memory: forward, backward
        lent: set[int] = set()
        for i, step in enumerate(self.steps):
            if i == self.forward_steps:
                made.clear()
            made.update(step.outs)
            if step.op.views and step.outs[0] not in self.external:
                step.alias = True
                root[step.outs[0]] = root[step.ins[0]]
            elif step.op.views:
                source = root[step.ins[0]]
                if source in made - self.external - lent:
                    step.spared = True
                    lent.add(source)
                    self._lent[i >= self.forward_steps].append((source, step.outs[0]))
        last: dict[int, int] = {}
        for i, step in enumerate(self.steps):
            for s in [*step.ins, *step.outs]:
                last[root[s]] = i
        block: dict[int, int] = {}  # slot -> number of what lies at one place
        lives: dict[int, list[int]] = {}  # block -> first and last step
        for i, step in enumerate(self.steps):
            own = [s for s in step.outs if s not in self.external and s not in lent and not step.alias]
            over_any = step.op.inplace
            dying = step.ins if over_any else step.ins[: step.op.first_inplace]
            dying = [s for s in dying if root[s] in block and last[root[s]] == i]
            for out in own:
                fits = [s for s in dying if self.specs[s] == self.specs[out] and (over_any or out == step.outs[0])]
                over = fits[0] if fits else None
                block[out] = out if over is None else block[root[over]]
                lives.setdefault(block[out], [i, i])[1] = last[out]
                dying = [s for s in dying if over is None or root[s] != root[over]]
        self.roots = root
        self.place: dict[int, int] = {}  # slot -> where it begins in the memory of its dtype
        self.lengths: dict[np.dtype, int] = {}  # how much memory of each dtype
        for dtype in dict.fromkeys(self.specs[b][1] for b in lives):
            blocks = [b for b in lives if self.specs[b][1] == dtype]
            lengths = [self._count(b) for b in blocks]
            unit = LINE // dtype.itemsize
            starts, self.lengths[dtype] = pack([-(-n // unit) * unit for n in lengths], [lives[b] for b in blocks])
            begin = dict(zip(blocks, starts))
            self.place.update((s, begin[block[r]]) for s, r in enumerate(root) if block.get(r) in begin)

    def _count(self, slot: int) -> int:
        return int(np.prod(self.specs[slot][0], dtype=np.int64))

    @property
    def nbytes(self) -> int:
        """Bytes of working memory that one run needs."""
        return sum(length * dtype.itemsize for dtype, length in self.lengths.items())

    def workspace(self) -> list[Any]:
        """New working memory: the array of every slot, None for those that the caller provides."""
        arrays: list[Any] = [None] * len(self.specs)
        if canary.ON and self.ctx.on_cpu:  # nothing lies side by side
            apart = {root: canary.empty(*self.specs[root]) for root in {self.roots[slot] for slot in self.place}}
            for slot in self.place:
                arrays[slot] = apart[self.roots[slot]].reshape(self.specs[slot][0])
            return arrays
        flat = large.aligned if self.ctx.on_cpu else partial(device.empty, self.ctx)
        memory = {dtype: flat((max(length, 1),), dtype) for dtype, length in self.lengths.items()}
        for slot, start in self.place.items():
            shape, dtype = self.specs[slot]
            arrays[slot] = device.reshape(memory[dtype][start : start + self._count(slot)], shape)
        return arrays

    # --- Running -----------------------------------------------------------------------------------------------------

    def _call(self, step: Step) -> tuple[Callable[..., Any], Callable[..., Any], int | None]:
        """What a run does for a step: a function, what takes its arguments out of the arrays, and where its result
        goes if it is the caller's memory in another shape.
        """
        if step.alias:
            reshape = partial(device.reshape, shape=self.specs[step.outs[0]][0])
            return reshape, lambda arrays: (arrays[step.ins[0]],), step.outs[0]
        slots = [*step.outs, *step.ins]
        if len(slots) == 1:
            return step.plan.run, lambda arrays: (arrays[slots[0]],), None
        return step.plan.run, itemgetter(*slots), None

    def forward(
        self, arrays: list[Any], inputs: Iterable[Any], outputs: list[Any], watch: Callable[..., Any] | None = None
    ) -> None:
        """Run the forward steps.

        Parameters
        ----------
        arrays : a workspace.
        inputs, outputs : raw arrays, in the order of `input_names` and of the symbol's outputs.
        watch : called after each step with (step, output arrays).
        """
        for slot, array in zip(self.inputs, inputs):
            arrays[slot] = array
        for slot, array in zip(self.outputs, outputs):
            arrays[slot] = array
        for slot, outer in self._lent[0]:
            arrays[slot] = device.reshape(arrays[outer], self.specs[slot][0])
        if watch is None:
            _run(self._calls[0], arrays)
        else:
            self._run_watched(arrays, self.steps[: self.forward_steps], watch)

    def backward(
        self, arrays: list[Any], heads: list[Any], grads: list[Any], watch: Callable[..., Any] | None = None
    ) -> None:
        """Run the backward steps; raw arrays of head gradients (None where not needed) and for the results.

        `watch` is called with (name, array) of each gradient of a node's input.
        """
        for slot, array in zip(self.heads, heads):
            arrays[slot] = array
        for slot, array in zip(self.grads, grads):
            arrays[slot] = array
        for slot, outer in self._lent[1]:
            arrays[slot] = device.reshape(arrays[outer], self.specs[slot][0])
        if watch is None:
            _run(self._calls[1], arrays)
            return

        def named(step: Step, made: list[Any]) -> None:
            for slot, array in zip(step.outs, made):
                for name in self.gradient_names.get(slot, ()):
                    watch(name, array)

        self._run_watched(arrays, self.steps[self.forward_steps :], named)

    def _run_watched(self, arrays: list[Any], steps: list[Step], watch: Callable[..., Any]) -> None:
        for step in steps:
            _run([self._call(step)], arrays)
            watch(step, [arrays[s] for s in step.outs])


def _run(calls: list[Any], arrays: list[Any]) -> None:
    for run, pick, slot in calls:
        if slot is None:
            run(*pick(arrays))
        else:
            arrays[slot] = run(*pick(arrays))


def _shaped(node: Any, symbol: Any, specs: dict[str, Spec]) -> Operator:
    """The operator of a node without inputs; unknown dimensions (0) of a constant follow from what reads it."""
    op: Operator = node.op
    if 0 not in (op.__dict__.get("shape") or ()):
        return op
    shape = infer_shapes(symbol.heads, {name: spec[0] for name, spec in specs.items()})[id(node)][0]
    return type(op).of(**{**op.given, "shape": shape}) if known(shape) else op


def pack(lengths: list[int], lives: list[list[int]]) -> tuple[list[int], int]:
    """Where blocks begin in one memory, so that none that live at the same time overlap, and how long it is.

    The longest comes first, and each where it fits lowest.

    Parameters
    ----------
    lengths : of the blocks.
    lives : the first and the last moment of each, both included.

    Examples
    --------
    >>> pack([10, 20, 10], [[0, 1], [1, 2], [2, 3]])
    ([20, 0, 20], 30)
    """
    order = sorted(range(len(lengths)), key=lambda b: -lengths[b])
    first, last, start, end = np.zeros((4, len(order)), np.int64)  # of the blocks placed so far
    for k, b in enumerate(order):
        first[k], last[k] = lives[b]
        meets = np.flatnonzero((first[:k] <= last[k]) & (last[:k] >= first[k]))
        meets = meets[np.argsort(start[meets])]
        tops = np.maximum.accumulate(np.concatenate([[0], end[meets]]))  # gaps begin here, the last one has no end
        fits = np.flatnonzero(start[meets] - tops[:-1] >= lengths[b])
        start[k] = tops[fits[0]] if len(fits) else tops[-1]
        end[k] = start[k] + lengths[b]
    begins = [0] * len(order)
    for k, b in enumerate(order):
        begins[b] = int(start[k])
    return begins, int(end.max(initial=0))
