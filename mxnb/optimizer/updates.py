"""Running update operators: one parameter's, or those of many parameters in few calls.

A network has some hundred parameters, most of them small, so that a step of an optimizer costs less in the kernels than
on the way to them. All parameters of one operator, dtype and device are updated by one call of a kernel
(`kernels.optimizer.Together`), whose tables are kept for as long as parameters and states stay the same arrays. Those
of float16 are converted before it and after it.
"""

from __future__ import annotations

import itertools
import weakref
from bisect import bisect_right
from operator import attrgetter, is_
from types import SimpleNamespace
from typing import Any

import numpy as np

from .. import ndarray as nd
from .._random import take
from .._state import state as running
from ..kernels import device
from ..kernels.launch import bind
from ..kernels.optimizer import Together, ends
from ..kernels.random import blocks, normal
from ..kernels.shaping import convert, convert_half
from ..ndarray.ndarray import kind
from ..ops import registry as operators
from ..ops.operator import FLOAT32
from ..ops.optimizer import limit
from .optimizer import Optimizer

__all__ = ["OneOperator", "run_update"]

_kind, _data = attrgetter("_kind"), attrgetter("_data")
_updates: dict[Any, Any] = {}  # by an operator's name and the kinds of its arrays, what `_kernel` gives


def run_update(name: str, *arrays: Any, **values: Any) -> None:
    """``nd.<name>(*arrays, out=arrays[0], **values)``, but a new learning rate makes no new operator.

    Parameters
    ----------
    name : str
        An operator of `ops/optimizer.py`.
    *arrays : NDArray
        The parameter and the operator's other inputs.
    **values
        The operator's parameters; limits are positive.
    """
    known = _updates.get((name, *map(_kind, arrays)))
    if known is None:  # for the first time, or an array is new
        key = (name, *map(kind, arrays))
        known = _updates.get(key)
    if not known or running.recording:
        nd.invoke(operators[name].of(**values), arrays, arrays[0])  # which looks whether they fit
        if known is None:
            if len(_updates) > 4096:
                _updates.clear()
            _updates[key] = _kernel(name, arrays)
        return
    launch, order, scalars, derive = known
    if derive is not None:
        values |= derive(SimpleNamespace(**values))
    if order is not None:
        arrays = tuple([arrays[i] for i in order])
    launch(*map(_data, arrays), *[values.get(n, default) for n, default in scalars])


def _kernel(name: str, arrays: Any) -> Any:
    """The kernel of an update, the order of its arrays, if not that of the operator, its scalars with their defaults,
    and what makes some of them.

    Returns
    -------
    tuple
        Empty for arrays that no kernel takes as they are: those of float16 on a CPU.
    """
    cls: Any = operators[name]
    on_cpu, specs = arrays[0]._ctx.on_cpu, tuple((x._data.shape, x._data.dtype) for x in arrays)
    if on_cpu and any(dtype == np.float16 for _, dtype in specs):
        return ()
    order = None if cls.in_place else [max(i - 1, 0) for i in cls.arrays]
    scalars = [(n, limit(n, float(cls.defaults.get(n, 0.0)))) for n in cls.scalars]
    return cls.launch(on_cpu, specs[:1], specs), order, scalars, cls.derive


class OneOperator(Optimizer):
    """Base of the optimizers whose update of a parameter is one operator; many parameters are updated in one go."""

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        """The operator of an update, and the arrays of the state as it takes them."""
        raise NotImplementedError

    def _split_state(self, weight: Any, state: Any) -> tuple[Any, Any]:
        """The float32 copy of a float16 parameter, if there is one, and the state of an update of it."""
        return state if self.multi_precision and self._is_half(weight) else (None, state)

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        """Parameters that all operators take or ignore, after updates are counted; lists hold one for each index."""
        clip = {"clip_gradient": self.clip_gradient} if self.clip_gradient and self.clip_gradient > 0 else {}
        if len(indices) == 1:  # which a program's class may override
            lrs, wds = [self._get_lr(indices[0])], [self._get_wd(indices[0])]
        else:
            lrs, wds = self._get_lrs(indices), self._get_wds(indices)
        return {"lr": lrs, "wd": wds, "rescale_grad": self.rescale_grad, **clip}

    def _counts(self, indices: Any) -> list[int]:
        """How often each parameter was updated, this time included."""
        return [self._index_update_count[index] for index in indices]

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Change a parameter by its gradient, or several, all arguments being lists."""
        if isinstance(index, (list, tuple)):
            self.update_all(index, weight, grad, state)
            return
        self._update_count(index)
        name, arrays = self._operator(state)
        taken, values = operators[name].params, self._values((index,), (weight,), (grad,))
        values = {n: v[0] if type(v) is list else v for n, v in values.items() if n in taken}
        run_update(name, weight, grad, *arrays, **values)

    def update_multi_precision(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Change a parameter by its gradient, by way of its float32 copy if it has one; or several."""
        if isinstance(index, (list, tuple)):
            self.update_all(index, weight, grad, state)
        else:
            super().update_multi_precision(index, weight, grad, state)

    def update_all(self, indices: Any, weights: Any, grads: Any, states: Any, plan: Any = None) -> Any:
        """Change several parameters by their gradients, as `update_multi_precision` does one after another.

        Parameters
        ----------
        indices, weights, grads, states : sequences
        plan : object, optional
            What the last call with these arrays returned.

        Returns
        -------
        object
            Makes the next call with the same arrays fast; None where nothing does.
        """
        if plan is None or not plan.fits(self, weights, grads, states):
            plan = _Plan.make(self, weights, grads, states)
        if plan is None or running.recording or not is_ours(type(self)):
            for each in zip(indices, weights, grads, states):
                self.update_multi_precision(*each)
            return None
        self._update_count(indices)
        plan.widen(grads)
        plan.run(self._values(indices, *plan.exact(weights, grads)))
        return plan


def is_ours(cls: type[OneOperator]) -> bool:
    """Whether a class has the updates of this package, not a program's own."""
    ours = __name__.split(".", 1)[0] + "."
    ways = (cls.update, cls.update_multi_precision, cls._get_lr, cls._get_wd, cls._get_lrs, cls._get_wds)
    return all(way.__module__.startswith(ours) for way in ways)


class _Row:
    """One parameter: its operator, and what that takes.

    float16 is computed in float32, in the copies of `multi_precision` or in those of one step, as operators do it.

    Attributes
    ----------
    name : of the operator.
    kept : the arrays of the state.
    wide : raw arrays as the kernel takes them. Which memory is the gradient's is said before each step.
    before, after : what is converted, (to, from). A gradient of float16 goes to ``wide[1]``.
    exact : the copy in float32 and the gradient in float32, where the state has a copy, as NDArrays.
    """

    def __init__(self, name: str, weight: Any, arrays: Any, master: Any) -> None:
        raws = [weight._data, weight._data, *map(_data, arrays)]
        self.name, self.kept, self.wide = name, [*arrays] if master is None else [master, *arrays], raws
        self.before: list[tuple[Any, Any]] = []
        self.after: list[tuple[Any, Any]] = []
        self.exact: Any = None
        self.half = raws[0].dtype == np.float16
        if not self.half:
            return
        fresh = lambda: device.empty_like_target(raws[0], raws[0].shape, FLOAT32)
        if master is None:
            self.wide = [fresh() for _ in raws]
            self.before = [pair for i, pair in enumerate(zip(self.wide, raws)) if i != 1]
            self.after = [(raw, wide) for wide, raw in self.before]
        else:
            self.wide = [master._data, fresh(), *raws[2:]]
            self.after = [(raws[0], master._data)]
            self.exact = master, nd.NDArray(self.wide[1], master._ctx)

    @staticmethod
    def of(optimizer: OneOperator, weight: Any, state: Any) -> _Row | None:
        """None for arrays that are not alike."""
        if not (state is None or isinstance(state, (tuple, nd.NDArray))):
            return None
        master, inner = optimizer._split_state(weight, state)
        name, arrays = optimizer._operator(inner)
        if name in WORK and master is None and weight._data.dtype == np.float16:
            return None  # it rounds between its calls
        like, dtype = weight._data, weight._data.dtype if master is None else FLOAT32
        for x in arrays if master is None else (master, *arrays):
            if x._ctx != weight._ctx or x._data.shape != like.shape or x._data.dtype != dtype:
                return None
        return _Row(name, weight, arrays, master)


class _Conversions:
    """Numbers between float16 and float32, ``to = from`` for pairs of arrays: on CUDA by one call for all of them."""

    def __init__(self, pairs: list[tuple[Any, Any]]) -> None:
        self.together = Together(convert, pairs, 0) if pairs and device.is_device_array(pairs[0][0]) else None
        self.calls = []
        if self.together is None:
            kinds = [(y.dtype, x.dtype) for y, x in pairs]
            self.calls = [bind(convert_half, k, (), y.size, convert_half.grain) for k, (y, _) in zip(kinds, pairs)]
        self.pairs = pairs

    def run(self, sources: Any = None) -> None:
        """Convert, on the host from other arrays if these are given; on CUDA addresses say where they are."""
        if self.together is not None:
            self.together.run()
        for k, (call, (y, x)) in enumerate(zip(self.calls, self.pairs)):
            call(y, x if sources is None else sources[k])


class _Plan:
    """How the parameters with these arrays are updated, whatever the rates are, and wherever their gradients lie.

    It holds no gradient, so that autograd may give `grad` another array instead of copying.
    """

    def __init__(self, optimizer: OneOperator, weights: Any, states: Any, rows: list[_Row]) -> None:
        self.optimizer, self.rows = optimizer, rows
        self.weights, self.states = list(map(_data, weights)), list(states)
        self.kept = [x for row in rows for x in row.kept]
        self.kept_data = list(map(_data, self.kept))
        self.seen: list[Any] = [_nothing] * len(rows)  # weak references to the gradients of the last step
        written = sorted(map(ends, [*self.weights, *self.kept_data]))
        self.apart = all(last <= first for (_, last), (first, _) in itertools.pairwise(written))
        self.firsts, self.lasts = [first for first, _ in written], [last for _, last in written]
        groups: dict[Any, list[int]] = {}
        for place, row in enumerate(rows):
            groups.setdefault((row.name, row.wide[0].dtype), []).append(place)
        self.work: list[tuple[Any, Any]] = []
        self.homes: list[Any] = [None] * len(rows)  # of each gradient the table and the row that say where it is
        for (name, _), places in groups.items():
            work = WORK.get(name, _Work)(name, [rows[i].wide for i in places], weights[0]._ctx)
            self.work.append((places if len(groups) > 1 else None, work))
            for k, i in enumerate(places):
                self.homes[i] = None if rows[i].half else (work.gradients, k)
        self.half = [i for i, row in enumerate(rows) if row.half]
        self.widening = _Conversions([(rows[i].wide[1], self.weights[i]) for i in self.half])
        if self.widening.together is not None:
            for k, i in enumerate(self.half):
                self.homes[i] = (self.widening.together.addresses[:, 1], k)
        self.before, self.after = (
            _Conversions([pair for i in self.half for pair in pairs(rows[i])])
            for pairs in (attrgetter("before"), attrgetter("after"))
        )

    @staticmethod
    def make(optimizer: OneOperator, weights: Any, grads: Any, states: Any) -> _Plan | None:
        """A plan; None for arrays that are not alike, on several devices, or that share memory."""
        rows = []
        for weight, state in zip(weights, states):
            row = _Row.of(optimizer, weight, state) if weight._ctx == weights[0]._ctx else None
            if row is None:
                return None
            rows.append(row)
        plan = _Plan(optimizer, weights, states, rows)
        return plan if plan.apart and plan._point(grads) else None

    def fits(self, optimizer: OneOperator, weights: Any, grads: Any, states: Any) -> bool:
        """Whether the plan was made for these very arrays, and for gradients like these."""
        return (
            optimizer is self.optimizer
            and len(weights) == len(self.weights)
            and all(map(is_, self.weights, map(_data, weights)))
            and all(map(is_, self.states, states))
            and all(map(is_, self.kept_data, map(_data, self.kept)))
            and self._point(grads)
        )

    def _point(self, grads: Any) -> bool:
        """Enter where the gradients are; False where one is unlike its parameter, or in memory that is written."""
        for i, (seen, grad) in enumerate(zip(self.seen, grads)):
            data = grad._data
            if seen() is data:
                continue
            weight = self.weights[i]
            if type(data) is not type(weight) or data.shape != weight.shape or data.dtype != weight.dtype:
                return False
            first, last = ends(data)
            behind = bisect_right(self.lasts, first)
            if behind < len(self.lasts) and self.firsts[behind] < last:
                return False
            home = self.homes[i]
            if home is not None:
                table, row = home
                table[row] = first
            self.seen[i] = weakref.ref(data)
        return True

    def widen(self, grads: Any) -> None:
        """Convert gradients of float16."""
        if self.half:
            self.widening.run([grads[i]._data for i in self.half])

    def exact(self, weights: Any, grads: Any) -> tuple[Any, Any]:
        """Parameters and gradients, in float32 where there are copies."""
        if not self.half:
            return weights, grads
        pairs = [row.exact or pair for row, pair in zip(self.rows, zip(weights, grads))]
        return [weight for weight, _ in pairs], [grad for _, grad in pairs]

    def run(self, values: dict[str, Any]) -> None:
        """Update them all; a list among the operators' parameters has one for each."""
        if self.half:
            self.before.run()
        for places, work in self.work:
            some = values
            if places is not None:
                some = {n: [v[i] for i in places] if type(v) is list else v for n, v in values.items()}
            work.run(some)
        if self.half:
            self.after.run()


def _nothing() -> None:
    """What a weak reference to an array says that is gone."""


class _Work:
    """The updates by one operator of parameters of one dtype.

    Attributes
    ----------
    gradients : where the gradients begin, which the caller fills in.
    """

    def __init__(self, name: str, rows: list[list[Any]], ctx: Any) -> None:
        cls: Any = operators[name]
        assert cls.in_place, name  # the kernel's arrays are the operator's, in its order
        self.step = _Table(cls, rows)
        self.gradients = self.step.together.addresses[:, 1]

    def run(self, values: dict[str, Any]) -> None:
        """Update them."""
        self.step.run(values)


class _Table:
    """The calls of an operator's kernel for many parameters."""

    def __init__(self, cls: Any, rows: list[list[Any]]) -> None:
        self.derive, self.defaults, self.count = cls.derive, cls.defaults, len(rows)
        self.scalars = [(n, limit(n, float(cls.defaults.get(n, 0.0)))) for n in cls.scalars]
        self.together = Together(cls.kernel, rows, len(cls.scalars))

    def run(self, values: dict[str, Any]) -> None:
        """Make them all."""
        if self.derive is not None:  # of each, since numbers of updates differ
            given = self.defaults | values
            rows = [{n: v[i] if type(v) is list else v for n, v in given.items()} for i in range(self.count)]
            found = [self.derive(SimpleNamespace(**row)) for row in rows]
            values = values | {n: [each[n] for each in found] for n in found[0]}
        for column, (name, default) in zip(self.together.rates.T, self.scalars):
            column[:] = values.get(name, default)
        self.together.run()


class _Lamb:
    """The updates of LAMB: directions, their norms and those of the parameters, then steps."""

    def __init__(self, name: str, rows: list[list[Any]], ctx: Any) -> None:
        directions = [device.empty_like_target(row[0], row[0].shape, row[0].dtype) for row in rows]
        norms = device.empty_like_target(rows[0][0], (len(rows), 2), rows[0][0].dtype)
        cells = [(norms[k, :1], norms[k, 1:]) for k in range(len(rows))]
        self.first = _Table(operators["lamb_update_phase1"], [[d, *row] for d, row in zip(directions, rows)])
        self.second = _Table(
            operators["lamb_update_phase2"], [[row[0], d, *two] for d, row, two in zip(directions, rows, cells)]
        )
        self.gradients = self.first.together.addresses[:, 2]
        self.norms = []
        for direction, row, (size, length) in zip(directions, rows, cells):
            norm = operators["norm"].of().bind(ctx, False, ((direction.shape, direction.dtype),)).run
            self.norms += [(norm, size, row[0]), (norm, length, direction)]

    def run(self, values: dict[str, Any]) -> None:
        """Update them."""
        self.first.run(values)
        for norm, y, x in self.norms:
            norm(y, x)
        self.second.run(values)


class _Sgld:
    """The updates of SGLD: normal numbers for each parameter, drawn in the order of the parameters, then steps."""

    def __init__(self, name: str, rows: list[list[Any]], ctx: Any) -> None:
        self.ctx, self.noise = ctx, [device.empty_like_target(row[0], row[0].shape, row[0].dtype) for row in rows]
        self.step = _Table(operators[name], [[*row, noise] for row, noise in zip(rows, self.noise)])
        self.gradients = self.step.together.addresses[:, 1]

    def run(self, values: dict[str, Any]) -> None:
        """Update them."""
        for noise in self.noise:
            normal(noise, take(self.ctx, blocks(noise.size)))
        self.step.run(values)


WORK: dict[str, Any] = {"lamb_update": _Lamb, "_sgld_update": _Sgld}
"""What updates by an operator of this name are, where they are more than the calls of one kernel."""
