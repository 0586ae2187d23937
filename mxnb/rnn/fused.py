"""FusedRNNCell: whole layers by the operator RNN."""

from __future__ import annotations

from .. import initializer, ndarray, symbol
from .rnn_cell import BaseRNNCell, BidirectionalCell, GRUCell, LSTMCell, RNNCell, SequentialRNNCell, sequence

__all__ = ["FusedRNNCell"]


class FusedRNNCell(BaseRNNCell):
    """Layers of one kind over a whole sequence, by the operator `RNN`.

    Parameters
    ----------
    num_hidden : int
        Units of a layer.
    num_layers : int, default 1
    mode : {'rnn_relu', 'rnn_tanh', 'lstm', 'gru'}, default 'lstm'
    bidirectional : bool, default False
    dropout : float, default 0
        Fraction of the numbers between layers that becomes 0 in training.
    get_next_state : bool, default False
        Whether `unroll` also returns the last states.
    forget_bias : float, default 1
        What the bias of the forget gate of an LSTM begins with.
    prefix : str, optional
        ``<mode>_`` by default.
    params : RNNParams, optional

    Examples
    --------
    >>> import mxnb as mx
    >>> cell = mx.rnn.FusedRNNCell(4, num_layers=2, mode="gru")
    >>> outputs, _ = cell.unroll(3, mx.sym.Variable("data"), layout="TNC")
    >>> outputs.infer_shape(data=(3, 2, 5))[1]
    [(3, 2, 4)]
    """

    def __init__(
        self,
        num_hidden,
        num_layers=1,
        mode="lstm",
        bidirectional=False,
        dropout=0.0,
        get_next_state=False,
        forget_bias=1.0,
        prefix=None,
        params=None,
    ):
        super().__init__(prefix=f"{mode}_" if prefix is None else prefix, params=params)
        self._num_hidden, self._num_layers, self._mode, self._dropout = num_hidden, num_layers, mode, dropout
        self._bidirectional, self._get_next_state, self._forget_bias = bidirectional, get_next_state, forget_bias
        self._directions = ("l", "r") if bidirectional else ("l",)
        init = initializer.FusedRNN(None, num_hidden, num_layers, mode, bidirectional, forget_bias)
        self._parameter = self.params.get("parameters", init=init)

    @property
    def state_info(self):
        """Shape and layout of each state."""
        shape = (self._num_layers * len(self._directions), 0, self._num_hidden)
        return [{"shape": shape, "__layout__": "LNC"} for _ in range(2 if self._mode == "lstm" else 1)]

    @property
    def _gate_names(self):
        return {"rnn_relu": [""], "rnn_tanh": [""], "lstm": ["_i", "_f", "_c", "_o"], "gru": ["_r", "_z", "_o"]}[
            self._mode
        ]

    def _slices(self, inputs):
        """(name, begin, shape) of the weights of all gates in the array of parameters, for an input of that length."""
        units, at = self._num_hidden, 0
        for kind in ("weight", "bias"):
            for layer in range(self._num_layers):
                for direction in self._directions:
                    widths = {"i2h": units * len(self._directions) if layer else inputs, "h2h": units}
                    for group, width in widths.items():
                        for gate in self._gate_names:
                            shape = (units, width) if kind == "weight" else (units,)
                            yield f"{self._prefix}{direction}{layer}_{group}{gate}_{kind}", at, shape
                            at += units * width if kind == "weight" else units

    def _inputs(self, size):
        """The length of an input, from the number of parameters."""
        units, count = self._num_hidden, len(self._directions)
        rows = units * len(self._gate_names) * count
        upper = rows * (units * count + units + 2) * (self._num_layers - 1)
        return (size - upper) // rows - units - 2

    def unpack_weights(self, args):
        """Take the array of parameters apart: a weight and a bias for each layer, direction and gate."""
        args = dict(args)
        whole = args.pop(self._parameter.name)
        for name, at, shape in self._slices(self._inputs(whole.size)):
            args[name] = whole[at : at + ndarray.zeros(shape).size].reshape(shape).copy()
        return args

    def pack_weights(self, args):
        """The opposite of `unpack_weights`."""
        args = dict(args)
        first = args[f"{self._prefix}l0_i2h{self._gate_names[0]}_weight"]
        parts = [args.pop(name).reshape(-1) for name, _, _ in self._slices(first.shape[1])]
        args[self._parameter.name] = ndarray.concat(*parts, dim=0)
        return args

    def __call__(self, inputs, states):
        """Raise: there is no single step."""
        raise NotImplementedError("FusedRNNCell cannot be stepped. Please use unroll")

    def unroll(self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None):
        """Run all layers over a sequence; see `BaseRNNCell.unroll`.  States are returned with `get_next_state`."""
        self.reset()
        inputs, axis = sequence(length, inputs, layout, True)
        if axis == 1:
            inputs = symbol.swapaxes(inputs, dim1=0, dim2=1)
        states = self.begin_state() if begin_state is None else begin_state
        outputs = symbol.RNN(
            inputs,
            self._parameter,
            states[0],
            states[1] if self._mode == "lstm" else None,
            state_size=self._num_hidden,
            num_layers=self._num_layers,
            bidirectional=self._bidirectional,
            p=self._dropout,
            state_outputs=self._get_next_state,
            mode=self._mode,
            name=self._prefix + "rnn",
        )
        after = []
        if self._get_next_state:
            outputs, *after = outputs
        if axis == 1:
            outputs = symbol.swapaxes(outputs, dim1=0, dim2=1)
        return sequence(length, outputs, layout, merge_outputs)[0], after

    def unfuse(self):
        """The same layers as cells; `unpack_weights` here and `pack_weights` there move the parameters.

        Returns
        -------
        SequentialRNNCell
        """
        from .modifiers import DropoutCell

        make = {
            "rnn_relu": lambda prefix: RNNCell(self._num_hidden, activation="relu", prefix=prefix),
            "rnn_tanh": lambda prefix: RNNCell(self._num_hidden, activation="tanh", prefix=prefix),
            "lstm": lambda prefix: LSTMCell(self._num_hidden, prefix=prefix),
            "gru": lambda prefix: GRUCell(self._num_hidden, prefix=prefix),
        }[self._mode]
        stack = SequentialRNNCell()
        for layer in range(self._num_layers):
            cells = [make(f"{self._prefix}{direction}{layer}_") for direction in self._directions]
            if len(cells) == 2:
                stack.add(BidirectionalCell(cells[0], cells[1], output_prefix=f"{self._prefix}bi_l{layer}_"))
            else:
                stack.add(cells[0])
            if self._dropout > 0 and layer < self._num_layers - 1:
                stack.add(DropoutCell(self._dropout, prefix=f"{self._prefix}_dropout{layer}_"))
        return stack
