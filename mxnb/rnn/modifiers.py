"""Cells that change what another cell reads, gives or keeps."""

from __future__ import annotations

from .. import symbol
from .fused import FusedRNNCell
from .rnn_cell import BaseRNNCell, BidirectionalCell, SequentialRNNCell, sequence

__all__ = ["DropoutCell", "ModifierCell", "ResidualCell", "ZoneoutCell"]


class DropoutCell(BaseRNNCell):
    """Dropout on the input; it has no state.

    Parameters
    ----------
    dropout : float
        The fraction that becomes 0.
    prefix : str, default 'dropout_'
    params : RNNParams, optional
    """

    def __init__(self, dropout, prefix="dropout_", params=None):
        super().__init__(prefix, params)
        assert isinstance(dropout, (int, float)), "dropout probability must be a number"
        self.dropout = dropout

    @property
    def state_info(self):
        """No states."""
        return []

    def __call__(self, inputs, states):
        """One step, or the whole sequence."""
        return (symbol.Dropout(inputs, p=self.dropout) if self.dropout > 0 else inputs), states

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None):
        """Drop from all steps at once where they come as one symbol; see `BaseRNNCell.unroll`."""
        self.reset()
        inputs, _ = sequence(length, inputs, layout, merge_outputs)
        if isinstance(inputs, list):
            return super().unroll(length, inputs, begin_state, layout, merge_outputs)
        return self(inputs, [])


class ModifierCell(BaseRNNCell):
    """Base of cells that change another one, whose variables and states they have.

    Parameters
    ----------
    base_cell : BaseRNNCell
        From now on it is only to be called through this cell.
    """

    def __init__(self, base_cell):
        base_cell._modified = True
        self.base_cell = base_cell
        super().__init__()

    def reset(self):
        """Begin a new sequence."""
        super().reset()
        self.base_cell.reset()

    @property
    def params(self):
        """The variables of the base cell."""
        self._own_params = False
        return self.base_cell.params

    @property
    def state_info(self):
        """Shape and layout of the base cell's states."""
        return self.base_cell.state_info

    def begin_state(self, init_sym=symbol.zeros, **kwargs):  # type: ignore[override]
        """The base cell's states; see `BaseRNNCell.begin_state`.

        Parameters
        ----------
        init_sym : callable, default mx.sym.zeros
        **kwargs
            For `init_sym`; ``func`` is another name of it.
        """
        self._check_direct()
        return self._as_base(lambda: self.base_cell.begin_state(func=kwargs.pop("func", init_sym), **kwargs))

    def _as_base(self, call):
        self.base_cell._modified = False
        try:
            return call()
        finally:
            self.base_cell._modified = True

    def unpack_weights(self, args):
        """Take the base cell's weights apart."""
        return self.base_cell.unpack_weights(args)

    def pack_weights(self, args):
        """The opposite of `unpack_weights`."""
        return self.base_cell.pack_weights(args)


class ZoneoutCell(ModifierCell):
    """In training some outputs and states stay as they were in the step before; see `mx.gluon.rnn.ZoneoutCell`.

    Parameters
    ----------
    base_cell : BaseRNNCell
    zoneout_outputs, zoneout_states : float, default 0
        Which fraction of them.
    """

    def __init__(self, base_cell, zoneout_outputs=0.0, zoneout_states=0.0):
        assert not isinstance(base_cell, FusedRNNCell), "FusedRNNCell doesn't support zoneout. Please unfuse first."
        assert not isinstance(base_cell, BidirectionalCell), (
            "BidirectionalCell doesn't support zoneout since it doesn't support step. Please add ZoneoutCell to the "
            "cells underneath instead."
        )
        assert not (
            isinstance(base_cell, SequentialRNNCell)
            and any(isinstance(cell, BidirectionalCell) for cell in base_cell._cells)
        ), (
            "Bidirectional SequentialRNNCell doesn't support zoneout. Please add ZoneoutCell to the cells "
            "underneath instead."
        )
        super().__init__(base_cell)
        self.zoneout_outputs, self.zoneout_states = zoneout_outputs, zoneout_states

    def reset(self):
        """Begin a new sequence."""
        super().reset()
        self.prev_output = None

    def __call__(self, inputs, states):
        """One step."""
        output, after = self.base_cell(inputs, states)

        def mixed(p, new, old):
            """`old` with probability p, in training."""
            return new if p == 0 else symbol.where(symbol.Dropout(symbol.ones_like(new), p=p), new, old())

        before = lambda: symbol.zeros((0, 0)) if self.prev_output is None else self.prev_output
        output = mixed(self.zoneout_outputs, output, before)
        after = [mixed(self.zoneout_states, new, lambda old=old: old) for new, old in zip(after, states)]
        self.prev_output = output
        return output, after


class ResidualCell(ModifierCell):
    """Adds the input to the output of the base cell.

    Parameters
    ----------
    base_cell : BaseRNNCell
        With as many units as there are numbers in the input.
    """

    def __call__(self, inputs, states):
        """One step."""
        output, states = self.base_cell(inputs, states)
        return symbol.elemwise_add(output, inputs, name=f"{output.name}_plus_residual"), states

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None):
        """Unroll the base cell and add all inputs; see `BaseRNNCell.unroll`."""
        self.reset()
        call = lambda: self.base_cell.unroll(length, inputs, begin_state, layout, merge_outputs)
        outputs, states = self._as_base(call)
        merged = not isinstance(outputs, list)
        inputs, _ = sequence(length, inputs, layout, merged)
        add = lambda y, x: symbol.elemwise_add(y, x, name=f"{y.name}_plus_residual")
        return (add(outputs, inputs) if merged else [add(y, x) for y, x in zip(outputs, inputs)]), states
