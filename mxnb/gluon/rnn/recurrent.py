"""What all recurrent cells share: states, stepping, unrolling over a sequence."""

from __future__ import annotations

from typing import Any

from ... import ndarray, symbol
from ...base import MXNetError
from ...ndarray import NDArray
from ...symbol import Symbol
from ..block import Block, HybridBlock

__all__ = ["HybridRecurrentCell", "RecurrentCell", "Sequence"]


class Sequence:
    """The inputs of an unrolled cell, as one array or as a list of steps.

    Parameters
    ----------
    length : int
        How many steps.
    inputs : NDArray or Symbol of shape (N, T, ...) or (T, N, ...), or list of them without T
    layout : str
        Where T and N are, such as 'NTC'.

    Attributes
    ----------
    F : ``mx.nd`` or ``mx.sym``
    axis : int
        That of T.
    """

    def __init__(self, length, inputs, layout):
        self.length, self.axis, self.batch_axis = length, layout.find("T"), layout.find("N")
        listed = isinstance(inputs, (list, tuple))
        self.whole: Any = None if listed else inputs
        self._steps: list[Any] = list(inputs) if listed else []
        self.like: Any = self._steps[0] if self._steps else self.whole
        if not isinstance(self.like, (NDArray, Symbol)):
            raise MXNetError(f"unroll: inputs is {type(inputs).__name__}, need NDArray, Symbol or a list of them")
        self.F: Any = symbol if isinstance(self.like, Symbol) else ndarray
        if listed or self.F is ndarray:
            got = len(self._steps) if listed else inputs.shape[self.axis]
            assert got == length, f"unroll: inputs have {got} steps, need length={length}"

    @property
    def batch_size(self):
        """How many samples; 0 for a symbol, where it is not known."""
        if self.F is symbol:
            return 0
        return self.like.shape[0 if self.like is not self.whole else self.batch_axis]

    @property
    def steps(self):
        """The steps as a list."""
        if not self._steps:
            self._steps = split(self.F, self.whole, self.length, self.axis)
        return self._steps

    def merged(self):
        """All steps as one array."""
        if self.whole is None:
            self.whole = self.F.stack(*self._steps, axis=self.axis)
        return self.whole

    def begin(self, cell, states):
        """`states`, or those that `cell` begins with."""
        if states is not None:
            return states
        if self.F is symbol:
            return cell.begin_state(func=symbol.zeros, batch_size=0)
        where = {"ctx": self.like.context, "dtype": self.like.dtype}
        return cell.begin_state(func=ndarray.zeros, batch_size=self.batch_size, **where)


def split(F, whole, length, axis):
    """The steps of an array as a list."""
    steps = F.split(whole, num_outputs=length, axis=axis, squeeze_axis=True)
    return list(steps) if length > 1 else [steps]


def masked(F, outputs, length, valid_length, axis, merge_outputs):
    """The outputs, one array or a list of steps, with zeros behind the end of each sample."""
    whole = F.stack(*outputs, axis=axis) if isinstance(outputs, list) else outputs
    whole = F.SequenceMask(whole, sequence_length=valid_length, use_sequence_length=True, axis=axis)
    return split(F, whole, length, axis) if merge_outputs is False else whole


def reversed_steps(sequence, valid_length):
    """The steps of a sequence in reverse order, each sample from its own end."""
    if valid_length is None:
        return sequence.steps[::-1]
    F = sequence.F
    whole = F.stack(*sequence.steps, axis=0)
    whole = F.SequenceReverse(whole, sequence_length=valid_length, use_sequence_length=True)
    return split(F, whole, sequence.length, 0)


class RecurrentCell(Block):
    """Base of all recurrent cells: ``output, states = cell(input, states)``.

    Parameters
    ----------
    prefix : str, optional
    params : ParameterDict, optional
    """

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self._modified = False
        self.reset()

    def reset(self):
        """Begin a new sequence: names of steps and states are counted from 0 again."""
        self._init_counter = -1
        self._counter = -1
        for cell in self._children.values():
            if isinstance(cell, RecurrentCell):
                cell.reset()

    def state_info(self, batch_size=0):
        """Shape and layout of each state.

        Parameters
        ----------
        batch_size : int, default 0

        Returns
        -------
        list of dict
        """
        raise NotImplementedError(f"{type(self).__name__} does not define state_info")

    def _check_direct(self):
        assert not self._modified, (
            "After applying modifier cells (e.g. ZoneoutCell) the base cell cannot be called directly. Call the "
            "modifier cell instead."
        )

    def begin_state(self, batch_size=0, func=ndarray.zeros, **kwargs):
        """The states before the first step.

        Parameters
        ----------
        batch_size : int, default 0
            0 is not known, for symbols.
        func : callable, default mx.nd.zeros
            Makes a state; it gets ``shape`` and ``name``.
        **kwargs
            For `func`, such as ``ctx`` and ``dtype``.

        Returns
        -------
        list of NDArray or Symbol
        """
        self._check_direct()
        return make_states(self, f"{self._prefix}begin_state_", self.state_info(batch_size), func, kwargs)

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None, valid_length=None):
        """Run the cell over a sequence.

        Parameters
        ----------
        length : int
            How many steps.
        inputs : NDArray or Symbol, or list of them
            One array with the axes of `layout`, or a list of `length` steps.
        begin_state : list, optional
            Zeros by default.
        layout : {'NTC', 'TNC'}, default 'NTC'
        merge_outputs : bool, optional
            Return one array (True), a list of steps (False), or what comes first.
        valid_length : NDArray or Symbol, shape (N,), optional
            Steps of each sample; outputs behind it are 0, and states are those at it.

        Returns
        -------
        outputs : NDArray or Symbol, or list of them
        states : list
        """
        self.reset()
        sequence = Sequence(length, inputs, layout)
        F, states = sequence.F, sequence.begin(self, begin_state)
        outputs, kept = [], []
        for step in sequence.steps:
            output, states = self(step, states)
            outputs.append(output)
            if valid_length is not None:
                kept.append(states)
        if valid_length is not None:
            states = [
                F.SequenceLast(F.stack(*each, axis=0), sequence_length=valid_length, use_sequence_length=True)
                for each in zip(*kept)
            ]
            return masked(F, outputs, length, valid_length, sequence.axis, merge_outputs), states
        return F.stack(*outputs, axis=sequence.axis) if merge_outputs else outputs, states

    def forward(self, inputs, states):
        """One step.

        Parameters
        ----------
        inputs : NDArray or Symbol, shape (N, C)
        states : list

        Returns
        -------
        output : NDArray or Symbol
        states : list
        """
        self.__dict__["_counter"] += 1  # a number is no child or parameter to register
        return super().forward(inputs, states)


def make_states(cell, prefix, infos, func, kwargs):
    """States named ``<prefix>0`` and so on; arrays have no layout and need no name."""
    states, first = [], cell._init_counter + 1
    from_nd = getattr(func, "__module__", "").startswith(ndarray.__name__)
    for count, info in enumerate(infos, first):
        options = {**info, **kwargs}
        if from_nd:
            options.pop("__layout__", None)
        else:
            options["name"] = f"{prefix}{count}"
        states.append(func(**options))
    cell.__dict__["_init_counter"] += len(states)
    return states


class HybridRecurrentCell(RecurrentCell, HybridBlock):
    """Base of recurrent cells that are written once, for arrays and for symbols.

    Parameters
    ----------
    prefix : str, optional
    params : ParameterDict, optional
    """

    def hybrid_forward(self, F, x, *args, **kwargs):
        """One step; defined by subclasses as ``hybrid_forward(F, inputs, states, **params)``."""
        raise NotImplementedError(f"{type(self).__name__} does not define hybrid_forward")
