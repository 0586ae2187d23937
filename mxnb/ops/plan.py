"""What an operator is bound to: kinds of arrays, and the plan that eager mode and executors run for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..context import Context
from ..kernels import device

if TYPE_CHECKING:
    from .operator import Backward, Operator

Spec = tuple[tuple[int, ...], np.dtype]
FLOAT32 = np.dtype("float32")
INSTANCES = 4096  # instances and plans kept for each operator


class Env:
    """What an operator may ask about the run it is part of: the context, and whether it is a training run."""

    __slots__ = ("ctx", "training")

    def __init__(self, ctx: Context, training: bool) -> None:
        self.ctx = ctx
        self.training = training


class Kind:
    """What an array is like: its shape, dtype and context.

    Equal ones are the same object (see `kind_of`), so that looking up a plan for some arrays hashes no more than their
    kinds' addresses.
    """

    __slots__ = ("ctx", "dtype", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype, ctx: Context) -> None:
        self.shape, self.dtype, self.ctx = shape, dtype, ctx


_kinds: dict[Any, Kind] = {}


def kind_of(shape: tuple[int, ...], dtype: np.dtype, ctx: Context) -> Kind:
    """The kind of arrays of this shape and dtype on a context."""
    key = (shape, dtype, ctx)
    found = _kinds.get(key)
    if found is None:
        if len(_kinds) >= 16 * INSTANCES:
            _kinds.clear()  # arrays that keep theirs only miss plans made from now on
        found = _kinds.setdefault(key, Kind(shape, dtype, ctx))
    return found


class Pairs:
    """What is known by two keys in turn, ``table[a][b]``: half the time of a dictionary of pairs."""

    __slots__ = ("count", "table")

    def __init__(self) -> None:
        self.table: dict[Any, dict[Any, Any]] = {}
        self.count = 0

    def keep(self, first: Any, second: Any, value: Any) -> None:
        """Enter `value`; where there is much already, the rest is forgotten."""
        if self.count >= INSTANCES:
            self.table.clear()
            self.count = 0
        self.table.setdefault(first, {})[second] = value
        self.count += 1


class Plan:
    """An operator bound to shapes, dtypes and a device.

    Attributes
    ----------
    op, ctx : what is bound, and where it runs.
    out_specs : list of (shape, dtype), hidden outputs included.
    run : function of the raw arrays of all outputs, then of all inputs.
    call : function of the NDArrays that are the inputs, if eager mode has asked for the plan.
    training : whether it is bound for a training run; its gradient is that of the same mode.
    in_kinds, kinds : of the inputs and outputs.
    shape, dtype, kind : of output 0.
    new : what gives arrays for output 0; called with its shape and dtype.
    several : for each output what gives arrays, shape and dtype.
    visible : how many outputs a caller sees.
    simple : whether there is one output, in host memory: what eager mode has a short way for.
    shares : whether eager mode gives the memory of input 0 instead: a view that only gradient rules ask for.
    differentiable : that of the operator.
    keeps_inputs, keeps_outputs : whether the gradient rule wants them.
    backwards : the operators that compute its gradients, by which of them are wanted.
    pullbacks : what eager mode runs for its gradients from the second time on (`_pullback.py`).
    """

    __slots__ = (
        "backwards",
        "call",
        "ctx",
        "differentiable",
        "dtype",
        "in_kinds",
        "in_specs",
        "keeps_inputs",
        "keeps_outputs",
        "kind",
        "kinds",
        "new",
        "op",
        "out_specs",
        "pullbacks",
        "run",
        "several",
        "shape",
        "shares",
        "simple",
        "training",
        "visible",
    )

    def __init__(
        self,
        op: Operator,
        in_specs: tuple[Spec, ...],
        out_specs: list[Spec],
        run: Callable[..., Any],
        env: Env,
    ) -> None:
        self.op, self.in_specs, self.out_specs, self.run, self.training = op, in_specs, out_specs, run, env.training
        first: Spec = out_specs[0] if out_specs else ((), FLOAT32)
        self.shape, self.dtype = first
        self.several = [(device.allocator(env.ctx, *spec), *spec) for spec in out_specs]
        self.new: Any = self.several[0][0] if out_specs else None
        self.ctx = env.ctx
        self.in_kinds, self.kinds = ([kind_of(*spec, env.ctx) for spec in specs] for specs in (in_specs, out_specs))
        self.kind = self.kinds[0] if out_specs else None
        self.shares, self.differentiable = op.views and op.internal, op.differentiable
        self.visible = op.num_visible()
        self.call: Any = None
        self.simple = env.ctx.on_cpu and len(out_specs) == 1 and not self.shares
        self.keeps_inputs, self.keeps_outputs = op.needs_inputs, op.needs_outputs
        self.backwards: dict[Any, Backward] = {}
        self.pullbacks: dict[Any, Callable[..., list[Any]] | None] = {}

    def fresh(self) -> list[Any]:
        """New raw arrays for all outputs."""
        return [new(shape, dtype) for new, shape, dtype in self.several]
