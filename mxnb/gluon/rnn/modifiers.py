"""Cells that change what another cell reads, gives or keeps."""

from __future__ import annotations

from ... import ndarray
from .recurrent import HybridRecurrentCell, Sequence, masked

__all__ = ["DropoutCell", "ModifierCell", "ResidualCell", "ZoneoutCell"]


class DropoutCell(HybridRecurrentCell):
    """Dropout on the input; it has no state.

    Parameters
    ----------
    rate : float
        The fraction that becomes 0.
    axes : tuple of int, default ()
        Axes along which the mask is shared.
    prefix : str, optional
    params : ParameterDict, optional

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.gluon.rnn.DropoutCell(0.3)(mx.nd.ones((2, 3)), [])[0].shape
    (2, 3)
    """

    def __init__(self, rate, axes=(), prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        assert isinstance(rate, (int, float)), "rate must be a number"
        self._rate: float = rate
        self._axes = axes

    def __repr__(self):
        return f"{type(self).__name__}(rate={self._rate}, axes={self._axes})"

    def _alias(self):
        return "dropout"

    def state_info(self, batch_size=0):
        """No states."""
        return []

    def hybrid_forward(self, F, inputs, states):
        """One step, or the whole sequence."""
        if self._rate > 0:
            inputs = F.Dropout(inputs, p=self._rate, axes=self._axes, name=f"t{self._counter}_fwd")
        return inputs, states

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None, valid_length=None):
        """Drop from all steps at once where they come as one array; see `RecurrentCell.unroll`."""
        self.reset()
        sequence = Sequence(length, inputs, layout)
        if sequence.whole is None:
            return super().unroll(length, inputs, begin_state, layout, merge_outputs, valid_length)
        outputs, states = self(sequence.whole, begin_state or [])
        if valid_length is not None:
            return masked(sequence.F, outputs, length, valid_length, sequence.axis, merge_outputs), states
        return Sequence(length, outputs, layout).steps if merge_outputs is False else outputs, states


class ModifierCell(HybridRecurrentCell):
    """Base of cells that change another one, whose parameters and states they have.

    Parameters
    ----------
    base_cell : HybridRecurrentCell
        From now on it is only to be called through this cell.
    """

    def __init__(self, base_cell):
        assert not base_cell._modified, f"Cell {base_cell.name} is already modified. One cell cannot be modified twice"
        base_cell._modified = True
        super().__init__(prefix=base_cell.prefix + self._alias(), params=None)
        self.base_cell = base_cell

    @property
    def params(self):
        """The parameters of the base cell."""
        return self.base_cell.params

    def state_info(self, batch_size=0):
        """Shape and layout of the base cell's states."""
        return self.base_cell.state_info(batch_size)

    def begin_state(self, batch_size=0, func=ndarray.zeros, **kwargs):
        """The base cell's states before the first step; see `RecurrentCell.begin_state`."""
        self._check_direct()
        self.base_cell._modified = False
        try:
            return self.base_cell.begin_state(batch_size=batch_size, func=func, **kwargs)
        finally:
            self.base_cell._modified = True

    def hybrid_forward(self, F, inputs, states):
        """One step; defined by subclasses."""
        raise NotImplementedError(f"{type(self).__name__} does not define hybrid_forward")

    def __repr__(self):
        return f"{type(self).__name__}({self.base_cell})"


class ZoneoutCell(ModifierCell):
    """In training some outputs and states stay as they were in the step before, at random.

    Parameters
    ----------
    base_cell : HybridRecurrentCell
    zoneout_outputs, zoneout_states : float, default 0
        Which fraction of them.

    Notes
    -----
    Krueger et al., Zoneout, 2016.
    """

    def __init__(self, base_cell, zoneout_outputs=0.0, zoneout_states=0.0):
        name = type(base_cell).__name__
        assert name != "BidirectionalCell", (
            "BidirectionalCell doesn't support zoneout since it doesn't support step. Please add ZoneoutCell to the "
            "cells underneath instead."
        )
        super().__init__(base_cell)
        self.zoneout_outputs, self.zoneout_states = zoneout_outputs, zoneout_states
        self._prev_output = None

    def __repr__(self):
        return f"{type(self).__name__}(p_out={self.zoneout_outputs}, p_state={self.zoneout_states}, {self.base_cell})"

    def _alias(self):
        return "zoneout"

    def reset(self):
        """Begin a new sequence."""
        super().reset()
        self._prev_output = None

    def hybrid_forward(self, F, inputs, states):
        """One step."""
        output, after = self.base_cell(inputs, states)

        def mixed(p, new, old):
            """`old` with probability p, in training."""
            if p == 0:
                return new
            return F.where(F.Dropout(F.ones_like(new), p=p), new, old)

        before = F.zeros_like(output) if self._prev_output is None else self._prev_output
        output = mixed(self.zoneout_outputs, output, before)
        self._prev_output = output
        return output, [mixed(self.zoneout_states, new, old) for new, old in zip(after, states)]


class ResidualCell(ModifierCell):
    """Adds the input to the output of the base cell.

    Parameters
    ----------
    base_cell : HybridRecurrentCell
        With as many units as there are numbers in the input.

    Notes
    -----
    Wu et al., Google's Neural Machine Translation System, 2016.
    """

    def hybrid_forward(self, F, inputs, states):
        """One step."""
        output, states = self.base_cell(inputs, states)
        return F.elemwise_add(output, inputs, name=f"t{self._counter}_fwd"), states

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None, valid_length=None):
        """Unroll the base cell and add all inputs; see `RecurrentCell.unroll`."""
        self.reset()
        sequence = Sequence(length, inputs, layout)
        begin_state = sequence.begin(self, begin_state)
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(length, inputs, begin_state, layout, merge_outputs, valid_length)
        finally:
            self.base_cell._modified = True
        F = sequence.F
        if isinstance(outputs, list):
            added = sequence.steps
            if valid_length is not None:
                added = masked(F, added, length, valid_length, sequence.axis, False)
            return [F.elemwise_add(y, x) for y, x in zip(outputs, added)], states
        added = sequence.merged()
        if valid_length is not None:
            added = masked(F, added, length, valid_length, sequence.axis, True)
        return F.elemwise_add(outputs, added), states
