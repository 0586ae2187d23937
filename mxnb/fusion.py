"""Fusion: element-wise steps of a program that follow each other become one step, which goes over memory once.

A *group* is sought backwards from its last step, the root, in whose place it runs.  A step joins when it is
element-wise, has the root's shape and dtype, makes or shares something that the group reads, and when whatever else
reads its result comes after the root.  So every group reads what is there already, nobody waits for what it gives, and
the order of the other steps stays.  Values that only the group reads are never in memory.  Reductions may be the ends
of a group, if what reads their results comes after it.  Casts may be its beginnings and ends.  Of a dropout the product
with the mask joins; the mask is drawn where the dropout was, so that the random numbers are the same.

Forward and backward steps are fused alike, but not with each other; a backward group computes cheap values of the
forward pass again instead of reading them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from .base import ShapeError
from .kernels import fused
from .kernels.fused import FIXED, Call, Chain, End
from .kernels.reduction import Reduction
from .kernels.words import WORDS, absolute, cast, ceil, floor, maximum, minimum, reduce_add, rint, sign, sqrt, where
from .ops.activation import _Named
from .ops.conversion import Cast, Where, _Keep
from .ops.dropout import Draw, Dropout
from .ops.elementwise import Elementwise
from .ops.joining import AddN
from .ops.operator import FLOAT16, Operator, registry
from .ops.plan import Env, Plan, Spec
from .ops.reduction import Norm, Reduce, kept_shape
from .ops.repeating import Broadcasting

MOST_CALLS = 24  # functions in a kernel: each costs 0.05 s when it is compiled
MOST_ARRAYS = 16  # that a kernel reads and writes
SMALL = 4096  # numbers; two steps of fewer take less time than compiling another kernel is worth
WINDOW = 256  # steps back from a root among which its group is sought
NARROW = 8  # numbers; shorter rows take longer to find than to do
ROW = 64  # numbers; rows that are reduced have at least as many
READ = {("float16", "float32"), ("int32", "float32"), ("int64", "float64")}  # casts in registers of as many numbers


class Fused(Operator):
    """Several element-wise operators as one."""

    name = "_fused"
    internal = True
    inplace = True


def functions(op: Operator, ins: tuple[Spec, ...]) -> list[tuple[Callable[..., Any], list[int], list[float]]] | None:
    """What an operator does to each number: functions, places among the inputs (then earlier results) and scalars.

    None if that is not what it does.
    """
    if isinstance(op, Cast) and (ins[0][1].name, op.dtype.name) in READ:
        return [(_same, [0], [])]
    if isinstance(op, Cast) and op.dtype == FLOAT16 and ins[0][1].name == "float32":
        return []  # stored so
    if isinstance(op, _Named) and len(ins) == 1:
        op = op.chosen
    if isinstance(op, Elementwise) and type(op).prepare is Elementwise.prepare:
        function = op.kernels_for(ins[0][1]).function
        return [(function, list(range(len(ins))), [getattr(op, name) for name in op.scalars])]
    if isinstance(op, Where) and ins[0] == ins[1]:
        return [(_choose, [0, 1, 2], [])]
    if isinstance(op, _Keep) and ins[0] == ins[1]:
        return [(_keep if op.wanted else _drop, [0, 1], [])]
    if isinstance(op, Broadcasting) and len(ins) == 1:
        return []
    if isinstance(op, AddN) and len(ins) > 1:
        return [(_add, [0, 1], []), *[(_add, [len(ins) + i, i + 2], []) for i in range(len(ins) - 2)]]
    return None


def idle(op: Operator, ins: tuple[Spec, ...], training: bool) -> bool:
    """Whether an operator gives the numbers that it gets: a cast to the same dtype, dropout in prediction."""
    if isinstance(op, Cast):
        return bool(op.dtype == ins[0][1])
    return isinstance(op, Dropout) and not op.drops(training)


def _same(x: Any) -> Any:
    return x


def _choose(condition: Any, a: Any, b: Any) -> Any:
    return where(condition != 0, a, b)


def _keep(condition: Any, x: Any) -> Any:
    return where(condition != 0, x, 0.0)


def _drop(condition: Any, x: Any) -> Any:
    return where(condition != 0, 0.0, x)


def _add(a: Any, b: Any) -> Any:
    return a + b


def _square(x: Any) -> Any:
    return x * x


ROOT = Reduction("root", lambda x: x, _add, 0.0, lambda total, n: sqrt(total), reduce_add, staged=False)


class Last(NamedTuple):
    """A reduction at the end of a chain: functions before it, itself, its shape with all axes, and number of terms."""

    functions: list[tuple[Callable[..., Any], list[int], list[float]]]
    reduction: Reduction
    shape: tuple[int, ...]
    terms: int


def last(op: Operator, ins: tuple[Spec, ...]) -> Last | None:
    """An operator as the reduction of rows of its input; None if that is not what it does."""
    if isinstance(op, Norm) and op.ord == 2 and op.out_dtype in (None, ins[0][1].name):
        op = op.inner()
    if not isinstance(op, Reduce) or type(op).name not in ("sum", "mean", "max", "min", "_norm2"):
        return None
    shape = ins[0][0]
    axes = op.axes(len(shape))
    kept = kept_shape(shape, axes, True)
    count = math.prod(shape[a] for a in axes)
    if count == 0 or math.prod(shape) < SMALL:
        return None
    rows = fused.layout(shape, [kept])
    if rows.modes != (FIXED,) or rows.width < ROW:
        return None
    if type(op).name == "_norm2":
        return Last([(_square, [0], [])], ROOT, kept, count)
    return Last([], op.kernels, kept, count)


def follow(
    steps: list[Any], kept: set[int], specs: list[Spec], bind: Callable[..., Plan], make: Callable[..., Any]
) -> list[Any]:
    """The steps, each done by the one before where its operator can (`followed_by`), such as activations by layers.

    Parameters
    ----------
    steps, kept, specs, make : as for `fuse`; slots that the operators need in addition are added to `specs`.
    bind : from an operator and its inputs' specs to a plan.
    """
    readers: dict[int, int] = {}
    for slot in (*kept, *(s for step in steps for s in step.ins)):
        readers[slot] = readers.get(slot, 0) + 1
    maker = {step.outs[0]: i for i, step in enumerate(steps) if step.outs}
    found = list(steps)
    for i, step in enumerate(steps):
        before = maker.get(step.ins[0], -1) if step.ins and readers[step.ins[0]] == 1 else -1
        first = found[before] if before >= 0 else None
        if first is None or not hasattr(first.op, "followed_by"):
            continue
        op = first.op.followed_by(step.op)
        ins = [*first.ins, *step.ins[1:]]
        try:
            plan = bind(op, tuple(specs[s] for s in ins)) if op is not None else None
        except ShapeError:  # it can with other shapes only
            continue
        if plan is not None:
            outs = [*step.outs, *first.outs[1:]]
            for spec in plan.out_specs[len(outs) :]:
                outs.append(len(specs))
                specs.append(spec)
            found[before], found[i] = None, None
            found[before if len(step.ins) == 1 else i] = make(op, plan, ins, outs)
    return [step for step in found if step is not None]


def fuse(
    steps: list[Any], kept: set[int], specs: list[Spec], ctx: Any, make: Callable[..., Any],
    again: dict[int, Again] | None = None,
) -> list[Any]:  # fmt: skip
    """The steps with groups in the places of their roots.

    Parameters
    ----------
    steps : with attributes op, ins, outs and name; slots are numbers.
    kept : slots that something besides these steps reads.
    specs : (shape, dtype) of each slot.
    make : from (op, plan, ins, outs) to a step.
    again : what `repeatable` found in the part before.
    """
    part = _Part(steps, kept, specs, ctx)
    groups = part.groups()
    found = []
    for i, step in enumerate(steps):
        if i not in part.taken:
            found.append(step)
        elif i in part.drawn:
            draw = Draw(step.op)
            mask = specs[step.outs[1]]
            plan = Plan(draw, (), [mask], draw.prepare(step.plan.ctx, mask), Env(ctx, True))
            found.append(make(draw, plan, [], step.outs[1:]))
        if i in groups:
            found.append(make(*part.step(groups[i], again or {})))
    return found


class Again(NamedTuple):
    """How to compute a value once more: a step, its place in the program, its functions (None: from memory only)."""

    step: Any
    place: int
    functions: list[tuple[Callable[..., Any], list[int], list[float]]] | None


def repeatable(steps: list[Any], kept: set[int], specs: list[Spec], ctx: Any) -> dict[int, Again]:
    """Values inside groups, which are not in memory unless a later part reads them; cheap ones have functions."""
    part = _Part(steps, kept, specs, ctx)
    found = {}
    for group in part.groups().values():
        stored = part._slots(group)[1]
        for i in group:
            slot, given = steps[i].outs[0], part.functions[i]
            if slot not in stored:
                found[slot] = Again(part.steps[i], i, given if all(cheap(f) for f, _, _ in given) else None)
    return found


CHEAP = {w.__name__ for w in (absolute, cast, ceil, floor, maximum, minimum, rint, sign, where)}


def cheap(function: Any) -> bool:
    """Whether a scalar function takes no longer than reading what it gives: arithmetic, comparisons and the like."""
    if function.__name__ in WORDS:
        return function.__name__ in CHEAP
    inner = [cell.cell_contents for cell in function.__closure__ or ()]
    return {*function.__code__.co_names} <= CHEAP and all(cheap(f) for f in inner if callable(f))


class _Product(NamedTuple):
    """Of a dropout what may join a group: the data times the mask."""

    op: Operator
    ins: list[int]
    outs: list[int]


class _Part:
    """Steps among which groups are sought."""

    def __init__(self, steps: list[Any], kept: set[int], specs: list[Spec], ctx: Any) -> None:
        self.kept, self.specs, self.ctx = kept, specs, ctx
        self.drawn = {i for i, s in enumerate(steps) if isinstance(s.op, Dropout) and s.op.drops(s.plan.training)}
        self.steps = steps = [_product(s) if i in self.drawn else s for i, s in enumerate(steps)]
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
        self.functions: list[Any] = []
        self.ends: dict[int, Last] = {}
        self.narrowing: set[int] = set()  # steps after which the numbers are of another dtype
        for i, step in enumerate(steps):
            ins = tuple(specs[s] for s in step.ins)
            found = None if changing.intersection(step.ins) else functions(step.op, ins)
            end = last(step.op, ins) if found is None and len(ins) == 1 and ins[0][1].char in "fd" else None
            if end is not None:
                self.ends[i], found = end, end.functions
            if isinstance(step.op, Cast) and found == []:
                self.narrowing.add(i)
            self.functions.append(found)

    def groups(self) -> dict[int, list[int]]:
        """All groups, by their roots."""
        grown = ((i, self.grow(i)) for i in reversed(range(len(self.steps))) if i not in self.taken)
        return {i: group for i, group in grown if group}

    def over(self, i: int) -> Spec:
        """What the numbers are that step i goes over."""
        step = self.steps[i]
        return self.specs[step.ins[0] if self._last(i) else step.outs[0]]

    def _last(self, i: int) -> bool:
        """Whether nothing in a group reads what step i gives."""
        return i in self.ends or i in self.narrowing

    def fits(self, i: int, spec: Spec) -> bool:
        """Whether step i goes over numbers like `spec`, and all its inputs have the same dtype, unless it is a cast."""
        return (
            self.functions[i] is not None
            and i not in self.taken
            and self.over(i) == spec
            and (isinstance(self.steps[i].op, Cast) or all(self.specs[s][1] == spec[1] for s in self.steps[i].ins))
        )

    def grow(self, root: int) -> list[int]:
        """The steps of the group with this root; none if it is not worth it."""
        if self.functions[root] is None:
            return []
        spec = self.over(root)
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
        if len(group) < 2 or (len(group) == 2 and count < SMALL) or all(map(self._last, group)):
            return []
        for i in group:
            self.place[i] = root
        self.taken |= group
        return sorted(group)

    def _waited(self, i: int, group: set[int], root: int) -> bool:
        """Whether all that read the results of step i come after the group, or are in it if they may be."""
        allowed = () if self._last(i) else group
        return all(r in allowed or self.place[r] > root for s in self.steps[i].outs for r in self.readers.get(s, ()))

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
        return self._allowed(*self._slots(sorted(group)), self._calls(group), group, spec)

    def _calls(self, group: Iterable[int]) -> int:
        return sum(len(self.functions[i] or ()) for i in group)

    def _allowed(self, ins: list[int], outs: list[int], calls: int, group: Iterable[int], spec: Spec) -> bool:
        if len(ins) + len(outs) > MOST_ARRAYS or calls > MOST_CALLS:
            return False
        ends = [self.ends[i].shape for i in group if i in self.ends]
        shapes = [*(self.specs[s][0] for s in ins), *ends]
        least = ROW if ends else NARROW
        return all(s == spec[0] for s in shapes) or fused.layout(spec[0], shapes).width >= least

    def _slots(self, group: list[int]) -> tuple[list[int], list[int]]:
        """What a group reads, and those of its results that something else reads."""
        made = [s for i in sorted(group, key=lambda i: i in self.ends) for s in self.steps[i].outs]
        ins = dict.fromkeys(s for i in group for s in self.steps[i].ins if s not in made)
        outs = [s for s in made if s in self.kept or any(r not in group for r in self.readers.get(s, ()))]
        return list(ins), outs

    def _repeated(self, group: list[int], again: dict[int, Again]) -> dict[int, Again]:
        """Values that a group computes again instead of reading them, so that the part before need not write them.

        Reading one takes as long as reading one other, and writing it as long as reading two.
        """
        ins, outs = self._slots(group)
        spec = self.over(group[-1])
        found: dict[int, Again] = {}
        if math.prod(spec[0]) < SMALL:
            return found
        for slot in ins:
            if slot in self.kept or any(r not in group for r in self.readers[slot]):
                continue
            more = self._from(slot, again, {*ins, *found}, spec)
            if more is None:
                continue
            more = {**found, **more}
            now, before = self._reads(group, more), self._reads(group, found)
            calls = self._calls(group) + sum(len(a.functions or ()) for a in more.values())
            wide = sum(self.specs[s] == spec for s in now) - sum(self.specs[s] == spec for s in before)
            if wide <= 1 and self._allowed(now, outs, calls, group, spec):
                found = more
        return found

    def _reads(self, group: list[int], found: dict[int, Again]) -> list[int]:
        """What a group reads that computes some values again."""
        made = {*found, *(s for i in group for s in self.steps[i].outs)}
        ins = [*(s for a in found.values() for s in a.step.ins), *(s for i in group for s in self.steps[i].ins)]
        return list(dict.fromkeys(s for s in ins if s not in made))

    def _from(self, slot: int, again: dict[int, Again], there: set[int], spec: Spec) -> dict[int, Again] | None:
        """All that it takes to compute a value again from values in memory; None if that cannot be done cheaply."""
        how = again.get(slot)
        if how is None or how.functions is None or self.specs[slot] != spec:
            return None
        found = {slot: how}
        for s in how.step.ins:
            if s in again and not (s in there and again[s].functions is None):
                more = self._from(s, again, there, spec)
                if more is None and s not in there:
                    return None
                found.update(more or {})
        return found

    def step(self, group: list[int], again: dict[int, Again]) -> tuple[Operator, Plan, list[int], list[int]]:
        """One step for a group: operator, plan, and slots."""
        repeated = self._repeated(group, again)
        ins, outs = self._reads(group, repeated), self._slots(group)[1]
        work = [(a.step, a.functions) for a in sorted(repeated.values(), key=lambda a: a.place)]
        work += [(self.steps[i], self.functions[i]) for i in group]
        value = {slot: i for i, slot in enumerate(ins)}
        calls: list[Call] = []
        scalars: list[float] = []
        for step, given in work:
            places = [value[s] for s in step.ins]
            for function, chosen, numbers in given or ():
                calls.append(Call(function, tuple(places[k] for k in chosen), len(scalars), len(numbers)))
                scalars += numbers
                places.append(len(ins) + len(calls) - 1)
            value[step.outs[0]] = places[-1]
        in_specs, out_specs = tuple(self.specs[s] for s in ins), [self.specs[s] for s in outs]
        ends = {self.steps[i].outs[0]: self.ends[i] for i in group if i in self.ends}
        shape, dtype = self.over(group[-1])
        layout = fused.layout(shape, [*(s for s, _ in in_specs), *(ends[s].shape for s in outs if s in ends)])
        folds = [(value[s], ends[s].reduction) for s in outs if s in ends]
        chain = Chain(
            layout.modes[: len(ins)], tuple(calls), tuple(value[s] for s in outs if s not in ends),
            tuple(End(v, getattr(r.combine, "function", r.combine), r.fold, r.start) for v, r in folds),
        )  # fmt: skip
        finish = [(ends[s].reduction, ends[s].terms) for s in outs if s in ends]
        dtypes = [d for s, (_, d) in zip([*outs, *ins], [*out_specs, *in_specs]) if s not in ends]
        run = fused.bind(chain, layout, dtype, scalars, self.ctx, finish, dtypes)
        op = Fused()
        return op, Plan(op, in_specs, out_specs, run, Env(self.ctx, True)), ins, outs


def _product(step: Any) -> _Product:
    (x,), (y, mask) = step.ins, step.outs
    return _Product(registry["broadcast_mul" if step.op.axes else "elemwise_mul"].of(), [x, mask], [y])
