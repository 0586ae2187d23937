"""Recurrent cells that compose symbols, for `mx.mod.Module` and `BucketingModule`; Gluon's are in `mx.gluon.rnn`."""

from __future__ import annotations

from typing import Any

from .. import initializer, ndarray, symbol
from ..base import MXNetError
from ..symbol import Symbol

__all__ = [
    "BaseRNNCell",
    "BidirectionalCell",
    "GRUCell",
    "LSTMCell",
    "RNNCell",
    "RNNParams",
    "SequentialRNNCell",
]


class RNNParams:
    """The variables of a cell, made when they are asked for.

    Parameters
    ----------
    prefix : str
        What their names start with.

    Examples
    --------
    >>> RNNParams("lstm_").get("i2h_weight").name
    'lstm_i2h_weight'
    """

    def __init__(self, prefix=""):
        self._prefix = prefix
        self._params: dict[str, Any] = {}

    def get(self, name, **kwargs):
        """The variable of this name.

        Parameters
        ----------
        name : str
            Without the prefix.
        **kwargs
            For `mx.sym.Variable`, where it is made.
        """
        name = self._prefix + name
        if name not in self._params:
            self._params[name] = symbol.Variable(name, **kwargs)
        return self._params[name]


def sequence(length, inputs, layout, merge, in_layout=None):
    """A sequence as one symbol or as a list of steps, and the axis of time.

    Parameters
    ----------
    inputs : Symbol, or list of them
    layout : the axes wanted, such as 'NTC'.
    merge : True for one symbol, False for a list, None for what it is.
    in_layout : the axes it has; `layout` by default.
    """
    axis, in_axis = layout.find("T"), (in_layout or layout).find("T")
    if isinstance(inputs, Symbol):
        if merge is False:
            if len(inputs.list_outputs()) != 1:
                raise MXNetError("unroll: inputs is a symbol with several outputs, need one or a list of them")
            steps = symbol.split(inputs, num_outputs=length, axis=in_axis, squeeze_axis=True)
            return (list(steps) if length > 1 else [steps]), axis
        return (inputs if axis == in_axis else symbol.swapaxes(inputs, dim1=axis, dim2=in_axis)), axis
    if len(inputs) != length:
        raise MXNetError(f"unroll: got {len(inputs)} inputs, need length={length}")
    if not merge:
        return list(inputs), axis
    return symbol.concat(*(symbol.expand_dims(x, axis=axis) for x in inputs), dim=axis), axis


class BaseRNNCell:
    """Base of all cells: ``output, states = cell(input, states)``, of symbols.

    Parameters
    ----------
    prefix : str
        What names start with.
    params : RNNParams, optional
        Those of another cell, to share.
    """

    def __init__(self, prefix="", params=None):
        self._own_params = params is None
        self._prefix, self._params, self._modified = prefix, params or RNNParams(prefix), False
        self.reset()

    def reset(self):
        """Begin a new sequence: names of steps and states are counted from 0 again."""
        self._init_counter = self._counter = -1
        for cell in getattr(self, "_cells", ()):
            cell.reset()

    def __call__(self, inputs, states):
        """One step.

        Parameters
        ----------
        inputs : Symbol, shape (N, C)
        states : list of Symbol

        Returns
        -------
        output : Symbol
        states : list of Symbol
        """
        raise NotImplementedError(f"{type(self).__name__} does not define a step")

    @property
    def params(self):
        """The variables of this cell."""
        self._own_params = False
        return self._params

    @property
    def state_info(self):
        """Shape and layout of each state."""
        raise NotImplementedError(f"{type(self).__name__} does not define state_info")

    @property
    def state_shape(self):
        """The shape of each state."""
        return [info["shape"] for info in self.state_info]

    @property
    def _gate_names(self):
        """What the names of the gates' weights end with; none where they are not to be taken apart."""
        return ()

    def _check_direct(self):
        assert not self._modified, (
            "After applying modifier cells (e.g. DropoutCell) the base cell cannot be called directly. Call the "
            "modifier cell instead."
        )

    def begin_state(self, func=symbol.zeros, **kwargs):
        """The states before the first step.

        Parameters
        ----------
        func : callable, default mx.sym.zeros
            Makes a state; `mx.sym.Variable` makes inputs of them.
        **kwargs
            For `func`.

        Returns
        -------
        list of Symbol
        """
        self._check_direct()
        states = []
        for info in self.state_info:
            self._init_counter += 1
            states.append(func(name=f"{self._prefix}begin_state_{self._init_counter}", **info, **kwargs))
        return states

    def unpack_weights(self, args):
        """Take the weights of all gates apart, each under a name of its own.

        Parameters
        ----------
        args : dict of str to NDArray

        Returns
        -------
        dict of str to NDArray
        """
        args = dict(args)
        for group in ("i2h", "h2h") if self._gate_names else ():
            for kind in ("weight", "bias"):
                whole = args.pop(f"{self._prefix}{group}_{kind}")
                for gate, part in zip(self._gate_names, _parts(whole, len(self._gate_names))):
                    args[f"{self._prefix}{group}{gate}_{kind}"] = part
        return args

    def pack_weights(self, args):
        """The opposite of `unpack_weights`.

        Parameters
        ----------
        args : dict of str to NDArray

        Returns
        -------
        dict of str to NDArray
        """
        args = dict(args)
        for group in ("i2h", "h2h") if self._gate_names else ():
            for kind in ("weight", "bias"):
                parts = [args.pop(f"{self._prefix}{group}{gate}_{kind}") for gate in self._gate_names]
                args[f"{self._prefix}{group}_{kind}"] = ndarray.concat(*parts, dim=0)
        return args

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None):
        """Run the cell over a sequence.

        Parameters
        ----------
        length : int
            How many steps.
        inputs : Symbol, or list of them
            One symbol with the axes of `layout`, or a list of `length` steps.
        begin_state : list of Symbol, optional
            Zeros by default.
        layout : {'NTC', 'TNC'}, default 'NTC'
        merge_outputs : bool, optional
            Return one symbol (True) or a list of steps (False and, for most cells, None).

        Returns
        -------
        outputs : Symbol, or list of them
        states : list of Symbol
        """
        self.reset()
        steps, _ = sequence(length, inputs, layout, False)
        states = self.begin_state() if begin_state is None else begin_state
        outputs = []
        for step in steps:
            output, states = self(step, states)
            outputs.append(output)
        return sequence(length, outputs, layout, merge_outputs)[0], states


def _parts(array, count):
    """Equal parts of an array, one after the other."""
    size = array.shape[0] // count
    return [array[i * size : (i + 1) * size].copy() for i in range(count)]


# --- Steps, of affine maps or of convolutions ------------------------------------------------------------------------


def activate(x, activation, **name):
    """Apply an activation, the name of one or a function of a symbol."""
    return activation(x, **name) if callable(activation) else symbol.Activation(x, act_type=activation, **name)


def plain_step(name, i2h, h2h, states, activation):
    """Output and states of a plain cell."""
    output = activate(i2h + h2h, activation, name=name + "out")
    return output, [output]


def lstm_step(name, i2h, h2h, states, activation, **axis):
    """Output and states of an LSTM's cell."""
    parts = symbol.SliceChannel(i2h + h2h, num_outputs=4, name=name + "slice", **axis)
    i, f = (symbol.Activation(x, act_type="sigmoid", name=name + gate) for x, gate in zip(parts, "if"))
    g = activate(parts[2], activation, name=name + "c")
    o = symbol.Activation(parts[3], act_type="sigmoid", name=name + "o")
    kept, new = f * states[1], i * g
    c = symbol.elemwise_add(kept, new, name=name + "state")
    h = symbol.elemwise_mul(o, activate(c, activation), name=name + "out")
    return h, [h, c]


def gru_step(name, i2h, h2h, states, activation):
    """Output and states of a GRU."""
    a_r, a_z, a_n = symbol.SliceChannel(i2h, num_outputs=3, name=name + "_i2h_slice")
    b_r, b_z, b_n = symbol.SliceChannel(h2h, num_outputs=3, name=name + "_h2h_slice")
    r = symbol.Activation(a_r + b_r, act_type="sigmoid", name=name + "_r_act")
    z = symbol.Activation(a_z + b_z, act_type="sigmoid", name=name + "_z_act")
    n = activate(a_n + r * b_n, activation, name=name + "_h_act")
    new, kept = (1.0 - z) * n, z * states[0]
    h = symbol.elemwise_add(new, kept, name=name + "out")
    return h, [h]


class _GatedCell(BaseRNNCell):
    """A cell whose gates are affine maps of the input and of the state before."""

    states = 1

    def __init__(self, num_hidden, prefix, params, bias_init=None):
        super().__init__(prefix=prefix, params=params)
        self._num_hidden = num_hidden
        self._weights = [
            self.params.get("i2h_weight"),
            self.params.get("i2h_bias", **({"init": bias_init} if bias_init else {})),
            self.params.get("h2h_weight"),
            self.params.get("h2h_bias"),
        ]

    @property
    def state_info(self):
        """Shape and layout of each state."""
        return [{"shape": (0, self._num_hidden), "__layout__": "NC"} for _ in range(self.states)]

    def _maps(self, inputs, state, infix=""):
        """The start of this step's names, and both affine maps."""
        self._counter += 1
        name, rows = f"{self._prefix}t{self._counter}_", self._num_hidden * len(self._gate_names)
        i2h_weight, i2h_bias, h2h_weight, h2h_bias = self._weights
        i2h = symbol.FullyConnected(inputs, i2h_weight, i2h_bias, num_hidden=rows, name=f"{name}{infix}i2h")
        return name, i2h, symbol.FullyConnected(state, h2h_weight, h2h_bias, num_hidden=rows, name=f"{name}{infix}h2h")


class RNNCell(_GatedCell):
    """A plain cell; see `mx.gluon.rnn.RNNCell`.

    Parameters
    ----------
    num_hidden : int
        Units.
    activation : str, default 'tanh'
    prefix : str, default 'rnn_'
    params : RNNParams, optional

    Examples
    --------
    >>> import mxnb as mx
    >>> cell = mx.rnn.RNNCell(4)
    >>> outputs, states = cell.unroll(2, mx.sym.Variable("data"), merge_outputs=True)
    >>> outputs.infer_shape(data=(3, 2, 5))[1]
    [(3, 2, 4)]
    """

    def __init__(self, num_hidden, activation="tanh", prefix="rnn_", params=None):
        super().__init__(num_hidden, prefix, params)
        self._activation = activation

    @property
    def _gate_names(self):
        return ("",)

    def __call__(self, inputs, states):
        """One step."""
        name, i2h, h2h = self._maps(inputs, states[0])
        return plain_step(name, i2h, h2h, states, self._activation)


class LSTMCell(_GatedCell):
    """A cell with long short-term memory; see `mx.gluon.rnn.LSTMCell`.

    Parameters
    ----------
    num_hidden : int
        Units.
    prefix : str, default 'lstm_'
    params : RNNParams, optional
    forget_bias : float, default 1
        What the bias of the forget gate begins with.
    """

    states = 2

    def __init__(self, num_hidden, prefix="lstm_", params=None, forget_bias=1.0):
        super().__init__(num_hidden, prefix, params, initializer.LSTMBias(forget_bias=forget_bias))

    @property
    def _gate_names(self):
        return ["_i", "_f", "_c", "_o"]

    def __call__(self, inputs, states):
        """One step."""
        name, i2h, h2h = self._maps(inputs, states[0])
        return lstm_step(name, i2h, h2h, states, "tanh")


class GRUCell(_GatedCell):
    """A gated recurrent unit; see `mx.gluon.rnn.GRUCell`.

    Parameters
    ----------
    num_hidden : int
        Units.
    prefix : str, default 'gru_'
    params : RNNParams, optional
    """

    def __init__(self, num_hidden, prefix="gru_", params=None):
        super().__init__(num_hidden, prefix, params)

    @property
    def _gate_names(self):
        return ["_r", "_z", "_o"]

    def __call__(self, inputs, states):
        """One step."""
        name, i2h, h2h = self._maps(inputs, states[0], "_")
        return gru_step(name, i2h, h2h, states, "tanh")


class SequentialRNNCell(BaseRNNCell):
    """Cells on top of each other.

    Parameters
    ----------
    params : RNNParams, optional
    """

    def __init__(self, params=None):
        self._cells: list[Any] = []
        super().__init__(prefix="", params=params)

    def add(self, cell):
        """Put a cell on top.

        Parameters
        ----------
        cell : BaseRNNCell
        """
        self._cells.append(cell)

    @property
    def state_info(self):
        """Shape and layout of the states of all cells."""
        return [info for cell in self._cells for info in cell.state_info]

    def begin_state(self, func=symbol.zeros, **kwargs):
        """The states of all cells; see `BaseRNNCell.begin_state`."""
        self._check_direct()
        return [state for cell in self._cells for state in cell.begin_state(func=func, **kwargs)]

    def unpack_weights(self, args):
        """Take the weights of all cells apart."""
        for cell in self._cells:
            args = cell.unpack_weights(args)
        return args

    def pack_weights(self, args):
        """The opposite of `unpack_weights`."""
        for cell in self._cells:
            args = cell.pack_weights(args)
        return args

    def _with_states(self, states):
        at = 0
        for cell in self._cells:
            count = len(cell.state_info)
            yield cell, states[at : at + count]
            at += count

    def __call__(self, inputs, states):
        """One step."""
        after = []
        for cell, own in self._with_states(states):
            inputs, own = cell(inputs, own)
            after += own
        return inputs, after

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None):
        """Unroll one cell after the other; see `BaseRNNCell.unroll`."""
        self.reset()
        states, after = self.begin_state() if begin_state is None else begin_state, []
        for i, (cell, own) in enumerate(self._with_states(states)):
            merge = merge_outputs if i == len(self._cells) - 1 else None
            inputs, own = cell.unroll(length, inputs, own, layout, merge)
            after += own
        return inputs, after


class BidirectionalCell(SequentialRNNCell):
    """Two cells, one of which reads the sequence from its end.  It can only be unrolled.

    Parameters
    ----------
    l_cell, r_cell : BaseRNNCell
        Forwards and backwards.
    params : RNNParams, optional
    output_prefix : str, default 'bi_'
        What names of outputs start with.
    """

    def __init__(self, l_cell, r_cell, params=None, output_prefix="bi_"):
        super().__init__(params=params)
        self._cells += [l_cell, r_cell]
        self._output_prefix = output_prefix

    def __call__(self, inputs, states):
        """Raise: there is no single step."""
        raise NotImplementedError("Bidirectional cannot be stepped. Please use unroll")

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None):
        """Unroll both cells, and join their outputs; the states are a list for each. See `BaseRNNCell.unroll`."""
        self.reset()
        steps, axis = sequence(length, inputs, layout, False)
        states = self.begin_state() if begin_state is None else begin_state
        (l_cell, own), (r_cell, others) = self._with_states(states)
        forward, l_states = l_cell.unroll(length, steps, own, layout, merge_outputs)
        backward, r_states = r_cell.unroll(length, steps[::-1], others, layout, merge_outputs)
        if isinstance(forward, Symbol) and isinstance(backward, Symbol):
            backward = symbol.reverse(backward, axis=axis)
            joined = symbol.concat(forward, backward, dim=2, name=f"{self._output_prefix}out")
            return joined, [l_states, r_states]
        forward, _ = sequence(length, forward, layout, False)
        backward, _ = sequence(length, backward, layout, False)
        pairs = enumerate(zip(forward, backward[::-1]))
        outputs = [symbol.concat(f, b, dim=1, name=f"{self._output_prefix}t{i}") for i, (f, b) in pairs]
        return outputs, [l_states, r_states]
