"""Running update operators: one parameter's, or those of many parameters in few calls.

A network has some hundred parameters, most of them small, so that a step of an optimizer costs less in the kernels than
on the way to them. On the CPU all parameters of one operator and dtype are updated by one call of a kernel
(`kernels.optimizer.Together`), whose tables are kept for as long as the arrays stay the same. Elsewhere kernels are
called one after another, but no operators.
"""

from __future__ import annotations

from operator import attrgetter, is_
from types import SimpleNamespace
from typing import Any

import numpy as np

from .. import ndarray as nd
from .._state import state as running
from ..kernels.optimizer import Together, apart
from ..ndarray.ndarray import kind
from ..ops import registry as operators
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
        plan.run(self._values(indices, weights, grads))
        return plan


def is_ours(cls: type[OneOperator]) -> bool:
    """Whether a class has the updates of this package, not a program's own."""
    ours = __name__.split(".", 1)[0] + "."
    ways = (cls.update, cls.update_multi_precision, cls._get_lr, cls._get_wd, cls._get_lrs, cls._get_wds)
    return all(way.__module__.startswith(ours) for way in ways)


class _Plan:
    """How the parameters with these arrays are updated, whatever the rates are."""

    def __init__(
        self, optimizer: OneOperator, weights: Any, grads: Any, states: Any, rows: list[tuple[str, list[Any]]]
    ) -> None:
        self.optimizer = optimizer
        self.weights, self.grads, self.states = list(map(_data, weights)), list(map(_data, grads)), list(states)
        self.kept = [x for _, row in rows for x in row[2:]]  # the arrays of the states
        self.kept_data = list(map(_data, self.kept))
        groups: dict[Any, list[int]] = {}
        for place, (name, row) in enumerate(rows):
            groups.setdefault((name, row[0]._data.dtype), []).append(place)
        self.work = [
            (places if len(groups) > 1 else None, _Work(name, [list(map(_data, rows[i][1])) for i in places]))
            for (name, _), places in groups.items()
        ]

    @staticmethod
    def make(optimizer: OneOperator, weights: Any, grads: Any, states: Any) -> _Plan | None:
        """A plan; None for arrays that are not alike, of float16, on a GPU, or that share memory."""
        rows = []
        for weight, grad, state in zip(weights, grads, states):
            if not (state is None or isinstance(state, (tuple, nd.NDArray))):
                return None
            name, arrays = optimizer._operator(state)
            row = [weight, grad, *arrays]
            first = weight._data
            if type(first) is not np.ndarray or first.dtype == np.float16:
                return None
            for x in row:
                if type(x._data) is not np.ndarray or x._data.shape != first.shape or x._data.dtype != first.dtype:
                    return None
            rows.append((name, row))
        written = [x._data for _, row in rows for x in (row[0], *row[2:])]
        return _Plan(optimizer, weights, grads, states, rows) if apart(written, list(map(_data, grads))) else None

    def fits(self, optimizer: OneOperator, weights: Any, grads: Any, states: Any) -> bool:
        """Whether the plan was made for these very arrays."""
        return (
            optimizer is self.optimizer
            and len(weights) == len(self.weights)
            and all(map(is_, self.weights, map(_data, weights)))
            and all(map(is_, self.grads, map(_data, grads)))
            and all(map(is_, self.states, states))
            and all(map(is_, self.kept_data, map(_data, self.kept)))
        )

    def run(self, values: dict[str, Any]) -> None:
        """Update them all; a list among the operators' parameters has one for each."""
        for places, work in self.work:
            some = values
            if places is not None:
                some = {n: [v[i] for i in places] if type(v) is list else v for n, v in values.items()}
            work.run(some)


class _Work:
    """The updates by one operator of parameters of one dtype."""

    def __init__(self, name: str, rows: list[list[np.ndarray]]) -> None:
        cls: Any = operators[name]
        assert cls.in_place, name  # the kernel's arrays are the operator's, in its order
        self.derive, self.count = cls.derive, len(rows)
        self.scalars = [(n, limit(n, float(cls.defaults.get(n, 0.0)))) for n in cls.scalars]
        self.together = Together(cls.kernel, rows, len(cls.scalars))

    def run(self, values: dict[str, Any]) -> None:
        """Update them."""
        if self.derive is not None:  # of each, since numbers of updates differ
            rows = [{n: v[i] if type(v) is list else v for n, v in values.items()} for i in range(self.count)]
            found = [self.derive(SimpleNamespace(**row)) for row in rows]
            values = values | {n: [each[n] for each in found] for n in found[0]}
        for column, (name, default) in zip(self.together.rates.T, self.scalars):
            column[:] = values.get(name, default)
        self.together.run()
