"""Recurrent cells: plain, LSTM and GRU, several on top of each other, two in both directions."""

from __future__ import annotations

from ... import ndarray
from ...base import MXNetError
from ..utils import internal
from .modifiers import DropoutCell, ModifierCell, ResidualCell, ZoneoutCell
from .recurrent import HybridRecurrentCell, RecurrentCell, Sequence, masked, reversed_steps

__all__ = [
    "BidirectionalCell",
    "DropoutCell",
    "GRUCell",
    "HybridRecurrentCell",
    "HybridSequentialRNNCell",
    "LSTMCell",
    "ModifierCell",
    "RNNCell",
    "RecurrentCell",
    "ResidualCell",
    "SequentialRNNCell",
    "ZoneoutCell",
]

# A step on arrays is one operator; a graph's are those that MXNet knows.
_lstm, _gru = internal("_lstm_cell"), internal("_gru_cell")


def activate(F, x, activation, name):
    """Apply an activation: the name of one, or a block or function."""
    if callable(activation):
        return activation(x)
    if activation in ("tanh", "relu", "sigmoid", "softsign", "softrelu"):
        return F.Activation(x, act_type=activation, name=name)
    if activation in ("leaky", "elu", "selu", "gelu"):
        return F.LeakyReLU(x, act_type=activation, name=name)
    raise MXNetError(f"activation {activation!r} is not known; need a name of Activation or LeakyReLU, or a block")


class _GatedCell(HybridRecurrentCell):
    """A cell whose gates are affine maps of the input and of the state before."""

    gates = 1
    states = 1

    def __init__(
        self,
        hidden_size,
        i2h_weight_initializer,
        h2h_weight_initializer,
        i2h_bias_initializer,
        h2h_bias_initializer,
        input_size,
        prefix,
        params,
    ):
        super().__init__(prefix=prefix, params=params)
        self._hidden_size, self._input_size, rows = hidden_size, input_size, self.gates * hidden_size
        get = self.params.get
        self.i2h_weight = get(
            "i2h_weight", shape=(rows, input_size), init=i2h_weight_initializer, allow_deferred_init=True
        )
        self.h2h_weight = get(
            "h2h_weight", shape=(rows, hidden_size), init=h2h_weight_initializer, allow_deferred_init=True
        )
        self.i2h_bias = get("i2h_bias", shape=(rows,), init=i2h_bias_initializer, allow_deferred_init=True)
        self.h2h_bias = get("h2h_bias", shape=(rows,), init=h2h_bias_initializer, allow_deferred_init=True)

    def state_info(self, batch_size=0):
        """Shape and layout of each state."""
        return [{"shape": (batch_size, self._hidden_size), "__layout__": "NC"} for _ in range(self.states)]

    def _maps(self, F, inputs, state, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        """The start of this step's names, which arrays do not have, and both affine maps."""
        name, rows = "" if F is ndarray else f"t{self._counter}_", self.gates * self._hidden_size
        return (
            name,
            F.FullyConnected(inputs, i2h_weight, i2h_bias, num_hidden=rows, name=name + "i2h"),
            F.FullyConnected(state, h2h_weight, h2h_bias, num_hidden=rows, name=name + "h2h"),
        )

    def __repr__(self):
        rows, inputs = self.i2h_weight.shape
        return f"{type(self).__name__}({inputs or None} -> {rows}{self._extra()})"

    def _extra(self):
        return ""


class RNNCell(_GatedCell):
    """A plain cell: ``h' = activation(w_i2h x + b_i2h + w_h2h h + b_h2h)``.

    Parameters
    ----------
    hidden_size : int
        Units.
    activation : str or callable, default 'tanh'
    i2h_weight_initializer, h2h_weight_initializer : Initializer or str, optional
    i2h_bias_initializer, h2h_bias_initializer : Initializer or str, default 'zeros'
    input_size : int, default 0
        Numbers in the input of a sample; 0: known at the first step.
    prefix : str, optional
    params : ParameterDict, optional

    Examples
    --------
    >>> import mxnb as mx
    >>> cell = mx.gluon.rnn.RNNCell(4)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3)), cell.begin_state(batch_size=2))
    >>> output.shape
    (2, 4)
    """

    def __init__(
        self,
        hidden_size,
        activation="tanh",
        i2h_weight_initializer=None,
        h2h_weight_initializer=None,
        i2h_bias_initializer="zeros",
        h2h_bias_initializer="zeros",
        input_size=0,
        prefix=None,
        params=None,
    ):
        initializers = i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        super().__init__(hidden_size, *initializers, input_size, prefix, params)
        self._activation = activation

    def _alias(self):
        return "rnn"

    def _extra(self):
        return f", {self._activation}"

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        """One step."""
        name, i2h, h2h = self._maps(F, inputs, states[0], i2h_weight, h2h_weight, i2h_bias, h2h_bias)
        total = F.elemwise_add(i2h, h2h, name=name + "plus0")
        output = activate(F, total, self._activation, name + "out")
        return output, [output]


class LSTMCell(_GatedCell):
    """A cell with long short-term memory: ``c' = f c + i g``, ``h' = o tanh(c')``.

    The gates are i, f, o = sigmoid and g = tanh of ``w_i2h x + b_i2h + w_h2h h + b_h2h``, in the order i, f, g, o.

    Parameters
    ----------
    hidden_size : int
        Units.
    i2h_weight_initializer, h2h_weight_initializer : Initializer or str, optional
    i2h_bias_initializer, h2h_bias_initializer : Initializer or str, default 'zeros'
        See `mx.init.LSTMBias`.
    input_size : int, default 0
        Numbers in the input of a sample; 0: known at the first step.
    prefix : str, optional
    params : ParameterDict, optional
    activation : str or callable, default 'tanh'
        Instead of tanh.
    recurrent_activation : str or callable, default 'sigmoid'
        Instead of sigmoid.

    Examples
    --------
    >>> import mxnb as mx
    >>> cell = mx.gluon.rnn.LSTMCell(4)
    >>> cell.initialize()
    >>> outputs, (h, c) = cell.unroll(5, mx.nd.ones((2, 5, 3)), merge_outputs=True)
    >>> outputs.shape, h.shape
    ((2, 5, 4), (2, 4))
    """

    gates, states = 4, 2

    def __init__(
        self,
        hidden_size,
        i2h_weight_initializer=None,
        h2h_weight_initializer=None,
        i2h_bias_initializer="zeros",
        h2h_bias_initializer="zeros",
        input_size=0,
        prefix=None,
        params=None,
        activation="tanh",
        recurrent_activation="sigmoid",
    ):
        initializers = i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        super().__init__(hidden_size, *initializers, input_size, prefix, params)
        self._activation, self._recurrent_activation = activation, recurrent_activation

    def _alias(self):
        return "lstm"

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        """One step."""
        name, i2h, h2h = self._maps(F, inputs, states[0], i2h_weight, h2h_weight, i2h_bias, h2h_bias)
        inner, outer = self._activation, self._recurrent_activation
        if F is ndarray and inner == "tanh" and outer == "sigmoid":
            h, c = _lstm(i2h, h2h, states[1])
            return h, [h, c]
        total = F.elemwise_add(i2h, h2h, name=name + "plus0")
        parts = F.SliceChannel(total, num_outputs=4, name=name + "slice")
        i, f = activate(F, parts[0], outer, name + "i"), activate(F, parts[1], outer, name + "f")
        g, o = activate(F, parts[2], inner, name + "c"), activate(F, parts[3], outer, name + "o")
        kept = F.elemwise_mul(f, states[1], name=name + "mul0")
        c = F.elemwise_add(kept, F.elemwise_mul(i, g, name=name + "mul1"), name=name + "state")
        h = F.elemwise_mul(o, activate(F, c, inner, name + "activation0"), name=name + "out")
        return h, [h, c]


class GRUCell(_GatedCell):
    """A gated recurrent unit: ``h' = (1 - z) tanh(a_n + r b_n) + z h``.

    With ``a = w_i2h x + b_i2h`` and ``b = w_h2h h + b_h2h`` the gates r and z are the sigmoid of a + b; their order
    is r, z, n.

    Parameters
    ----------
    hidden_size : int
        Units.
    i2h_weight_initializer, h2h_weight_initializer : Initializer or str, optional
    i2h_bias_initializer, h2h_bias_initializer : Initializer or str, default 'zeros'
    input_size : int, default 0
        Numbers in the input of a sample; 0: known at the first step.
    prefix : str, optional
    params : ParameterDict, optional

    Examples
    --------
    >>> import mxnb as mx
    >>> cell = mx.gluon.rnn.GRUCell(4)
    >>> cell.initialize()
    >>> cell(mx.nd.ones((2, 3)), cell.begin_state(2))[0].shape
    (2, 4)
    """

    gates = 3

    def __init__(
        self,
        hidden_size,
        i2h_weight_initializer=None,
        h2h_weight_initializer=None,
        i2h_bias_initializer="zeros",
        h2h_bias_initializer="zeros",
        input_size=0,
        prefix=None,
        params=None,
    ):
        initializers = i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        super().__init__(hidden_size, *initializers, input_size, prefix, params)

    def _alias(self):
        return "gru"

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        """One step."""
        before = states[0]
        name, i2h, h2h = self._maps(F, inputs, before, i2h_weight, h2h_weight, i2h_bias, h2h_bias)
        if F is ndarray:
            h = _gru(i2h, h2h, before)
            return h, [h]
        a_r, a_z, a_n = F.SliceChannel(i2h, num_outputs=3, name=name + "i2h_slice")
        b_r, b_z, b_n = F.SliceChannel(h2h, num_outputs=3, name=name + "h2h_slice")
        r = F.elemwise_add(a_r, b_r, name=name + "plus0")
        r = F.Activation(r, act_type="sigmoid", name=name + "r_act")
        z = F.elemwise_add(a_z, b_z, name=name + "plus1")
        z = F.Activation(z, act_type="sigmoid", name=name + "z_act")
        n = F.elemwise_add(a_n, F.elemwise_mul(r, b_n, name=name + "mul0"), name=name + "plus2")
        n = F.Activation(n, act_type="tanh", name=name + "h_act")
        rest = F.elemwise_sub(F.ones_like(z, name=name + "ones_like0"), z, name=name + "minus0")
        new = F.elemwise_mul(rest, n, name=name + "mul1")
        h = F.elemwise_add(new, F.elemwise_mul(z, before, name=name + "mul20"), name=name + "out")
        return h, [h]


# --- Several cells ---------------------------------------------------------------------------------------------------


class _Stack(RecurrentCell):
    """What both stacks of cells do."""

    def add(self, cell):
        """Put a cell on top.

        Parameters
        ----------
        cell : RecurrentCell
        """
        self.register_child(cell)

    def state_info(self, batch_size=0):
        """Shape and layout of the states of all cells."""
        return [info for cell in self._children.values() for info in cell.state_info(batch_size)]

    def begin_state(self, batch_size=0, func=ndarray.zeros, **kwargs):
        """The states of all cells before the first step; see `RecurrentCell.begin_state`."""
        self._check_direct()
        return [s for cell in self._children.values() for s in cell.begin_state(batch_size, func=func, **kwargs)]

    def _with_states(self, states):
        """Each cell with its states."""
        at = 0
        for cell in self._children.values():
            count = len(cell.state_info())
            yield cell, states[at : at + count]
            at += count

    def _step(self, inputs, states):
        after = []
        for cell, own in self._with_states(states):
            if isinstance(cell, BidirectionalCell):
                raise MXNetError(f"{type(self).__name__}: it holds a BidirectionalCell, which has no steps; use unroll")
            inputs, own = cell(inputs, own)
            after += own
        return inputs, after

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None, valid_length=None):
        """Unroll one cell after the other; see `RecurrentCell.unroll`."""
        self.reset()
        states, after = Sequence(length, inputs, layout).begin(self, begin_state), []
        last = len(self._children) - 1
        for i, (cell, own) in enumerate(self._with_states(states)):
            merge = merge_outputs if i == last else None
            inputs, own = cell.unroll(length, inputs, own, layout, merge, valid_length)
            after += own
        return inputs, after

    def __getitem__(self, i):
        return list(self._children.values())[i]

    def __len__(self):
        return len(self._children)

    def __repr__(self):
        rows = "\n".join(f"({name}): {cell!r}" for name, cell in self._children.items())
        return f"{type(self).__name__}(\n{rows}\n)"


class SequentialRNNCell(_Stack):
    """Cells on top of each other.

    Parameters
    ----------
    prefix : str, optional
    params : ParameterDict, optional

    Examples
    --------
    >>> import mxnb as mx
    >>> stack = mx.gluon.rnn.SequentialRNNCell()
    >>> with stack.name_scope():
    ...     stack.add(mx.gluon.rnn.LSTMCell(4))
    ...     stack.add(mx.gluon.rnn.GRUCell(5))
    >>> stack.initialize()
    >>> output, states = stack(mx.nd.ones((2, 3)), stack.begin_state(batch_size=2))
    >>> output.shape, [s.shape for s in states]
    ((2, 5), [(2, 4), (2, 4), (2, 5)])
    """

    def __call__(self, inputs, states):  # type: ignore[override]  # no block without states
        """One step."""
        self._counter += 1
        return self._step(inputs, states)

    def hybrid_forward(self, *args, **kwargs):
        """Raise: it is no hybrid block."""
        raise NotImplementedError("SequentialRNNCell is not hybrid; HybridSequentialRNNCell is")


class HybridSequentialRNNCell(_Stack, HybridRecurrentCell):
    """Hybrid cells on top of each other.

    Parameters
    ----------
    prefix : str, optional
    params : ParameterDict, optional
    """

    def hybrid_forward(self, F, inputs, states):
        """One step."""
        return self._step(inputs, states)


class BidirectionalCell(HybridRecurrentCell):
    """Two cells, one of which reads the sequence from its end.  It can only be unrolled.

    Parameters
    ----------
    l_cell, r_cell : RecurrentCell
        Forwards and backwards.
    output_prefix : str, default 'bi_'
        What names of outputs start with.

    Examples
    --------
    >>> import mxnb as mx
    >>> cell = mx.gluon.rnn.BidirectionalCell(mx.gluon.rnn.GRUCell(4), mx.gluon.rnn.GRUCell(5))
    >>> cell.initialize()
    >>> cell.unroll(3, mx.nd.ones((2, 3, 6)), merge_outputs=True)[0].shape
    (2, 3, 9)
    """

    def __init__(self, l_cell, r_cell, output_prefix="bi_"):
        super().__init__(prefix="", params=None)
        self.register_child(l_cell, "l_cell")
        self.register_child(r_cell, "r_cell")
        self._output_prefix = output_prefix

    def __call__(self, inputs, states):  # type: ignore[override]  # no block without states
        """Raise: there is no single step."""
        raise NotImplementedError("Bidirectional cannot be stepped. Please use unroll")

    def __repr__(self):
        forward, backward = self._children.values()
        return f"{type(self).__name__}(forward={forward}, backward={backward})"

    def state_info(self, batch_size=0):
        """Shape and layout of the states of both cells."""
        return [info for cell in self._children.values() for info in cell.state_info(batch_size)]

    def begin_state(self, batch_size=0, func=ndarray.zeros, **kwargs):
        """The states of both cells; see `RecurrentCell.begin_state`."""
        self._check_direct()
        return [s for cell in self._children.values() for s in cell.begin_state(batch_size, func=func, **kwargs)]

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None, valid_length=None):
        """Unroll both cells, and join their outputs; see `RecurrentCell.unroll`."""
        self.reset()
        sequence = Sequence(length, inputs, layout)
        F, states = sequence.F, sequence.begin(self, begin_state)
        l_cell, r_cell = self._children.values()
        count = len(l_cell.state_info(0))
        forward, l_states = l_cell.unroll(length, sequence.steps, states[:count], layout, False, valid_length)
        steps = reversed_steps(sequence, valid_length)
        backward, r_states = r_cell.unroll(length, steps, states[count:], layout, False, valid_length)
        backward = reversed_steps(Sequence(length, backward, layout), valid_length)
        outputs = [
            F.concat(f, b, dim=1, name=f"{self._output_prefix}t{i}") for i, (f, b) in enumerate(zip(forward, backward))
        ]
        if valid_length is not None:
            outputs = masked(F, outputs, length, valid_length, sequence.axis, merge_outputs)
        elif merge_outputs:
            outputs = F.stack(*outputs, axis=sequence.axis)
        return outputs, [*l_states, *r_states]
