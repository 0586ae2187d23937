"""`Updater`: an optimizer together with the states of all parameters."""

from __future__ import annotations

from typing import Any

from ..base import MXNetError
from . import states as state_format
from .optimizer import Optimizer
from .updates import OneOperator, is_ours

__all__ = ["Updater", "get_updater", "load_states"]


class Updater:
    """Updates parameters by an optimizer, making and keeping their states.

    Parameters
    ----------
    optimizer : Optimizer

    Attributes
    ----------
    states : dict
        State of each parameter by index.
    states_synced : dict
        Whether a state is on its parameter's context; those read from a file are moved at the first update.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.states: dict[Any, Any] = {}
        self.states_synced: dict[Any, bool] = {}
        self.aggregate_updates = optimizer.aggregate_num > 0
        self._plan: Any = None  # of the optimizer, for the arrays of the last update

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_plan": None}

    def __call__(self, index: Any, grad: Any, weight: Any) -> None:
        """Update one parameter or several.

        Parameters
        ----------
        index : int or str, or list of them
        grad : NDArray, or list of them
        weight : NDArray, or list of them
            Changed in place.
        """
        several = isinstance(index, (list, tuple))
        indices, grads, weights = (index, grad, weight) if several else ((index,), (grad,), (weight,))
        if not weights:
            return
        optimizer: Any = self.optimizer
        states, synced = self.states, self.states_synced
        optimizer._set_current_context(weights[0].context.device_id)
        for one, array in zip(indices, weights):
            if one not in states:
                states[one] = optimizer.create_state_multi_precision(one, array)
                synced[one] = True
            elif not synced[one]:
                states[one] = self.sync_state_context(states[one], array.context)
                synced[one] = True
        many = len(weights) > 1
        asked = many or self.aggregate_updates  # else it is no matter
        ours = asked and isinstance(optimizer, OneOperator) and is_ours(type(optimizer))
        if ours and many:
            found = [states[one] for one in indices]
            self._plan = optimizer.update_all(indices, weights, grads, found, self._plan)
            return
        update = optimizer.update_multi_precision
        if ours or not self.aggregate_updates:
            for one, gradient, array in zip(indices, grads, weights):
                update(one, array, gradient, states[one])
            return
        # A program's own optimizer gets tuples of parameters, at most aggregate_num of one dtype at a time.
        by_dtype: dict[Any, list[int]] = {}
        for place, array in enumerate(weights):
            by_dtype.setdefault(array.dtype, []).append(place)
        for places in by_dtype.values():
            for start in range(0, len(places), optimizer.aggregate_num):
                some = places[start : start + optimizer.aggregate_num]
                ones, arrays, slopes = (tuple([items[i] for i in some]) for items in (indices, weights, grads))
                update(ones, arrays, slopes, [states[one] for one in ones])

    def sync_state_context(self, state: Any, context: Any) -> Any:
        """Return a state with its arrays on a context.

        Parameters
        ----------
        state : NDArray, None, or tuple or list of them
        context : Context

        Returns
        -------
        same as `state`
        """
        if hasattr(state, "as_in_context"):
            return state.as_in_context(context)
        if isinstance(state, (tuple, list)):
            return type(state)(self.sync_state_context(item, context) for item in state)
        return state

    def set_states(self, states: bytes) -> None:
        """Take over states, and the optimizer if it is with them.

        Parameters
        ----------
        states : bytes
            What `get_states` gave, here or in MXNet. Nothing in it is executed.

        Raises
        ------
        MXNetError
            If the data is damaged or holds anything but states and an optimizer.
        """
        loaded = state_format.loads(states)
        if isinstance(loaded, tuple) and len(loaded) == 2:
            loaded, optimizer = loaded
            if not isinstance(optimizer, Optimizer):
                raise MXNetError(f"optimizer states: expected an optimizer, got {type(optimizer).__name__}")
            self.optimizer = optimizer
            self.aggregate_updates = optimizer.aggregate_num > 0
        if not isinstance(loaded, dict):
            raise MXNetError(f"optimizer states: expected a dict, got {type(loaded).__name__}")
        self.states = loaded
        self.states_synced = dict.fromkeys(loaded, False)

    def get_states(self, dump_optimizer: bool = False) -> bytes:
        """Return all states as bytes, in MXNet's format.

        Parameters
        ----------
        dump_optimizer : bool
            Put the optimizer, with its counts of updates, into it as well.

        Returns
        -------
        bytes
        """
        return state_format.dumps((self.states, self.optimizer) if dump_optimizer else self.states)


def load_states(fname: str, *updaters: Updater) -> None:
    """Read a file of states into updaters.

    Parameters
    ----------
    fname : str
        What `Updater.get_states` gave.
    updaters : tuple of Updater

    Raises
    ------
    MXNetError
        If the file cannot be read, is damaged, or holds anything but states and an optimizer.
    """
    try:
        with open(fname, "rb") as file:
            states = file.read()
    except OSError as error:
        raise MXNetError(f"cannot read {fname!r}: {error.strerror}") from error
    try:
        for updater in updaters:
            updater.set_states(states)
    except MXNetError as error:
        raise MXNetError(f"{fname!r}: {error}") from error


def get_updater(optimizer: Optimizer) -> Updater:
    """Return an `Updater` of an optimizer.

    Parameters
    ----------
    optimizer : Optimizer

    Returns
    -------
    Updater
    """
    return Updater(optimizer)
