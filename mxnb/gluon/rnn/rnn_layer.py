"""Recurrent layers: whole sequences in one operator."""

from __future__ import annotations

from typing import Any

from ... import ndarray, symbol
from ...base import MXNetError
from ...ndarray import NDArray
from ..block import HybridBlock
from ..utils import Repeated
from . import rnn_cell
from .recurrent import make_states

__all__ = ["GRU", "LSTM", "RNN"]


class _Layer(HybridBlock):
    """What the recurrent layers share."""

    gates = 1
    states = 1
    l0_i2h_weight: Any

    def __init__(
        self,
        hidden_size,
        num_layers,
        layout,
        dropout,
        bidirectional,
        input_size,
        initializers,
        mode,
        dtype="float32",
        projection_size=None,
        h2r_weight_initializer=None,
        use_sequence_length=False,
        clip=(None, None, False),
        **kwargs,
    ):
        super().__init__(**kwargs)
        assert layout in ("TNC", "NTC"), f"Invalid layout {layout}; must be one of ['TNC' or 'NTC']"
        self._hidden_size, self._num_layers, self._layout, self._dropout = hidden_size, num_layers, layout, dropout
        self._mode, self._dtype, self._input_size, self._projection_size = mode, dtype, input_size, projection_size
        self._directions = ("l", "r") if bidirectional else ("l",)
        self._initializers, self._use_sequence_length, self._clip = initializers, use_sequence_length, clip
        self._rnn = Repeated("RNN")
        rows, out = self.gates * hidden_size, projection_size or hidden_size
        for layer in range(num_layers):
            inputs = len(self._directions) * out if layer else input_size
            shapes = {"i2h_weight": (rows, inputs), "h2h_weight": (rows, out), "i2h_bias": (rows,), "h2h_bias": (rows,)}
            if projection_size:
                shapes["h2r_weight"] = (projection_size, hidden_size)
            for direction in self._directions:
                for kind, shape in shapes.items():
                    init, name = initializers.get(kind, h2r_weight_initializer), f"{direction}{layer}_{kind}"
                    made = self.params.get(name, shape=shape, init=init, allow_deferred_init=True, dtype=dtype)
                    setattr(self, name, made)

    def __repr__(self):
        rows, inputs = self.l0_i2h_weight.shape
        text = f"{inputs or None} -> {rows // self.gates}, {self._layout}"
        if self._num_layers != 1:
            text += f", num_layers={self._num_layers}"
        if self._dropout != 0:
            text += f", dropout={self._dropout}"
        if len(self._directions) == 2:
            text += ", bidirectional"
        return f"{type(self).__name__}({text})"

    def _collect_params_with_prefix(self, prefix=""):
        """Parameters by attribute path, as those of the cells that `_unfuse` gives, without dropout."""
        prefix += "._unfused." if prefix else "_unfused."
        cells = {"l": "l_cell.", "r": "r_cell."} if len(self._directions) == 2 else {"l": ""}
        found = {}
        for name, param in self._reg_params.items():
            cell, _, rest = name.partition("_")
            found[f"{prefix}{cell[1:]}.{cells[cell[0]]}{rest}"] = param
        return found

    def state_info(self, batch_size=0):
        """Shape, layout and dtype of each state.

        Parameters
        ----------
        batch_size : int, default 0

        Returns
        -------
        list of dict
        """
        count = self._num_layers * len(self._directions)
        widths = [self._projection_size or self._hidden_size, self._hidden_size][: self.states]
        return [{"shape": (count, batch_size, w), "__layout__": "LNC", "dtype": self._dtype} for w in widths]

    def begin_state(self, batch_size=0, func=ndarray.zeros, **kwargs):
        """The states before the first step.

        Parameters
        ----------
        batch_size : int, default 0
            0 is not known, for symbols.
        func : callable, default mx.nd.zeros
            Makes a state; it gets ``shape``, ``dtype`` and ``name``.
        **kwargs
            For `func`, such as ``ctx``.

        Returns
        -------
        list of NDArray or Symbol
        """
        return self._begin(f"{self.prefix}h0_", batch_size, func, kwargs)

    def _begin(self, prefix, batch_size, func, kwargs):
        self.__dict__["_init_counter"] = -1  # a number is no child or parameter to register
        return make_states(self, prefix, self.state_info(batch_size), func, kwargs)

    def cast(self, dtype):
        """Convert the parameters to another dtype.

        Parameters
        ----------
        dtype : str or numpy.dtype
        """
        super().cast(dtype)
        self._dtype = dtype

    def __call__(self, inputs, states=None, sequence_length=None, **kwargs):  # type: ignore[override]
        """Run the layer.

        Parameters
        ----------
        inputs : NDArray or Symbol, shape (T, N, C) or (N, T, C), as the layout says
        states : list, or one array, optional
            Zeros by default, and then only the output is returned.
        sequence_length : NDArray or Symbol, shape (N,), optional
            Steps of each sample; the layer must be made with ``use_sequence_length=True``.

        Returns
        -------
        output : NDArray or Symbol
        states : list
            Only where `states` is given.
        """
        if kwargs:
            raise MXNetError(f"{type(self).__name__}: no argument named {next(iter(kwargs))!r}")
        if (sequence_length is not None) != self._use_sequence_length:
            given = "given" if sequence_length is not None else "missing"
            raise MXNetError(
                f"{type(self).__name__}: sequence_length is {given}, the layer has "
                f"use_sequence_length={self._use_sequence_length}"
            )
        self.__dict__["skip_states"] = states is None
        if states is not None and not isinstance(states, (list, tuple)):
            states = [states]
        if states is not None and isinstance(inputs, NDArray):
            self._check_states(states, inputs.shape[self._layout.find("N")])
        return super().__call__(inputs, None if states is None else list(states), sequence_length)

    def _check_states(self, states, batch_size):
        infos = self.state_info(batch_size)
        if len(states) != len(infos):
            raise ValueError(f"{type(self).__name__}: got {len(states)} states, need {len(infos)}")
        for state, info in zip(states, infos):
            if state.shape != info["shape"]:
                raise ValueError(f"Invalid recurrent state shape. Expecting {info['shape']}, got {tuple(state.shape)}.")

    def hybrid_forward(self, F, inputs, states, sequence_length=None, **kwargs):  # type: ignore[override]
        """Run the operator RNN; the parameters become its one array of parameters."""
        if self._layout == "NTC":
            inputs = F.swapaxes(inputs, dim1=0, dim2=1)
        skip = states is None
        if skip and F is symbol:
            states = self._begin("h0_", 0, symbol.zeros, {})
        elif skip:
            states = self.begin_state(inputs.shape[1], ctx=inputs.context, dtype=inputs.dtype)
        params = F._internal._rnn_param_concat(*self._flat(kwargs), dim=0)
        lengths = () if sequence_length is None else (sequence_length,)
        low, high, stop_nan = self._clip
        options = {
            "use_sequence_length": self._use_sequence_length,
            "state_size": self._hidden_size,
            "projection_size": self._projection_size,
            "num_layers": self._num_layers,
            "bidirectional": len(self._directions) == 2,
            "p": self._dropout,
            "state_outputs": True,
            "mode": self._mode,
            "lstm_state_clip_min": low,
            "lstm_state_clip_max": high,
            "lstm_state_clip_nan": stop_nan,
        }
        arrays = (inputs, params, *states, *lengths)
        outputs, *states = self._rnn(options, *arrays) if F is ndarray else F.RNN(*arrays, **options)
        if self._layout == "NTC":
            outputs = F.swapaxes(outputs, dim1=0, dim2=1)
        return outputs if skip else (outputs, states)

    def _flat(self, params):
        """The parameters in the order of the operator, each in one dimension."""
        weights = ("i2h", "h2h", "h2r") if self._projection_size else ("i2h", "h2h")
        for kind, parts in (("weight", weights), ("bias", ("i2h", "h2h"))):
            for layer in range(self._num_layers):
                for direction in self._directions:
                    for part in parts:
                        yield params[f"{direction}{layer}_{part}_{kind}"].reshape(-1)

    def _unfuse(self):
        """The same network as cells, with the same parameters.

        Returns
        -------
        HybridSequentialRNNCell
        """
        assert not self._projection_size, "_unfuse does not support projection layer yet!"
        stack = rnn_cell.HybridSequentialRNNCell(prefix=self.prefix, params=self.params)
        options = {f"{name}_initializer": init for name, init in self._initializers.items()}
        inputs = self._input_size or self.l0_i2h_weight.shape[1]
        with stack.name_scope():
            for layer in range(self._num_layers):
                cells = [
                    self._cell(prefix=f"{direction}{layer}_", input_size=inputs, **options)
                    for direction in self._directions
                ]
                stack.add(cells[0] if len(cells) == 1 else rnn_cell.BidirectionalCell(*cells))
                if self._dropout > 0 and layer < self._num_layers - 1:
                    stack.add(rnn_cell.DropoutCell(self._dropout))
                inputs = self._hidden_size * len(self._directions)
        return stack

    def _cell(self, **kwargs):
        """A cell of this kind."""
        raise NotImplementedError


_COMMON = """layout : {'TNC', 'NTC'}, default 'TNC'
        Axes of the input: steps, samples, numbers.
    dropout : float, default 0
        Fraction of the numbers between layers that becomes 0 in training.
    bidirectional : bool, default False
        Whether each layer also runs backwards in time; outputs lie side by side.
    input_size : int, default 0
        Numbers in the input; 0: known at the first forward pass.
    i2h_weight_initializer, h2h_weight_initializer : Initializer or str, optional
    i2h_bias_initializer, h2h_bias_initializer : Initializer or str, default 'zeros'"""
_KEYWORDS = """**kwargs
        ``prefix``, ``params``, and ``use_sequence_length=True`` for calls with `sequence_length`."""


def _initializers(i2h_weight, h2h_weight, i2h_bias, h2h_bias):
    return {"i2h_weight": i2h_weight, "h2h_weight": h2h_weight, "i2h_bias": i2h_bias, "h2h_bias": h2h_bias}


class RNN(_Layer):
    __doc__ = f"""Plain recurrent layers: ``h' = activation(w_i2h x + b_i2h + w_h2h h + b_h2h)``.

    Parameters
    ----------
    hidden_size : int
        Units of a layer.
    num_layers : int, default 1
    activation : {{'relu', 'tanh'}}, default 'relu'
    {_COMMON}
    dtype : str, default 'float32'
    {_KEYWORDS}

    Examples
    --------
    >>> import mxnb as mx
    >>> layer = mx.gluon.rnn.RNN(4, activation="tanh")
    >>> layer.initialize()
    >>> layer(mx.nd.ones((5, 2, 3))).shape
    (5, 2, 4)
    """

    def __init__(
        self,
        hidden_size,
        num_layers=1,
        activation="relu",
        layout="TNC",
        dropout=0,
        bidirectional=False,
        i2h_weight_initializer=None,
        h2h_weight_initializer=None,
        i2h_bias_initializer="zeros",
        h2h_bias_initializer="zeros",
        input_size=0,
        dtype="float32",
        **kwargs,
    ):
        if activation not in ("relu", "tanh"):
            raise MXNetError(f"RNN: activation={activation!r}, need 'relu' or 'tanh'")
        initializers = _initializers(
            i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        )
        self._activation = activation
        super().__init__(
            hidden_size, num_layers, layout, dropout, bidirectional, input_size, initializers, "rnn_" + activation,
            dtype, **kwargs,
        )  # fmt: skip

    def _cell(self, **kwargs):
        return rnn_cell.RNNCell(self._hidden_size, activation=self._activation, **kwargs)


class LSTM(_Layer):
    __doc__ = f"""Layers of long short-term memory; see `LSTMCell`.

    Parameters
    ----------
    hidden_size : int
        Units of a layer.
    num_layers : int, default 1
    {_COMMON}
    projection_size : int, optional
        Length of the state h, and of the output, where it is projected.
    h2r_weight_initializer : Initializer or str, optional
        Of the projection.
    state_clip_min, state_clip_max : float, optional
        Limits of the state c.
    state_clip_nan : bool, default False
        Whether the limits also stop not-a-number.
    dtype : str, default 'float32'
    {_KEYWORDS}

    Examples
    --------
    >>> import mxnb as mx
    >>> layer = mx.gluon.rnn.LSTM(4, num_layers=2)
    >>> layer.initialize()
    >>> output, states = layer(mx.nd.ones((5, 2, 3)), layer.begin_state(2))
    >>> output.shape, [s.shape for s in states]
    ((5, 2, 4), [(2, 2, 4), (2, 2, 4)])
    """

    gates, states = 4, 2

    def __init__(
        self,
        hidden_size,
        num_layers=1,
        layout="TNC",
        dropout=0,
        bidirectional=False,
        input_size=0,
        i2h_weight_initializer=None,
        h2h_weight_initializer=None,
        i2h_bias_initializer="zeros",
        h2h_bias_initializer="zeros",
        projection_size=None,
        h2r_weight_initializer=None,
        state_clip_min=None,
        state_clip_max=None,
        state_clip_nan=False,
        dtype="float32",
        **kwargs,
    ):
        initializers = _initializers(
            i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        )
        super().__init__(
            hidden_size, num_layers, layout, dropout, bidirectional, input_size, initializers, "lstm", dtype,
            projection_size, h2r_weight_initializer, clip=(state_clip_min, state_clip_max, state_clip_nan), **kwargs,
        )  # fmt: skip

    def _cell(self, **kwargs):
        return rnn_cell.LSTMCell(self._hidden_size, **kwargs)


class GRU(_Layer):
    __doc__ = f"""Layers of gated recurrent units; see `GRUCell`.

    Parameters
    ----------
    hidden_size : int
        Units of a layer.
    num_layers : int, default 1
    {_COMMON}
    dtype : str, default 'float32'
    {_KEYWORDS}

    Examples
    --------
    >>> import mxnb as mx
    >>> layer = mx.gluon.rnn.GRU(4, layout="NTC", bidirectional=True)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((2, 5, 3))).shape
    (2, 5, 8)
    """

    gates = 3

    def __init__(
        self,
        hidden_size,
        num_layers=1,
        layout="TNC",
        dropout=0,
        bidirectional=False,
        input_size=0,
        i2h_weight_initializer=None,
        h2h_weight_initializer=None,
        i2h_bias_initializer="zeros",
        h2h_bias_initializer="zeros",
        dtype="float32",
        **kwargs,
    ):
        initializers = _initializers(
            i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        )
        super().__init__(
            hidden_size, num_layers, layout, dropout, bidirectional, input_size, initializers, "gru", dtype, **kwargs
        )

    def _cell(self, **kwargs):
        return rnn_cell.GRUCell(self._hidden_size, **kwargs)
