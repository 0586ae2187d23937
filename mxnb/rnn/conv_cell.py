"""Recurrent cells whose maps are convolutions: states are images."""

from __future__ import annotations

import functools

from .. import symbol
from .rnn_cell import BaseRNNCell, gru_step, lstm_step, plain_step

__all__ = ["BaseConvRNNCell", "ConvGRUCell", "ConvLSTMCell", "ConvRNNCell"]

LEAKY = functools.partial(symbol.LeakyReLU, act_type="leaky", slope=0.2)


class BaseConvRNNCell(BaseRNNCell):
    """Base of cells with convolutions instead of affine maps.

    Parameters
    ----------
    input_shape : tuple of int
        Of an input with its batch, such as (1, 3, 32, 32); the batch may be any.
    num_hidden : int
        Channels of a state.
    h2h_kernel, h2h_dilate : tuple of int
        Window over the state before; its sizes are odd, and it is padded so that the state keeps its size.
    i2h_kernel, i2h_stride, i2h_pad, i2h_dilate : tuple of int
        Window over the input.
    i2h_weight_initializer, h2h_weight_initializer : Initializer or str, optional
    i2h_bias_initializer, h2h_bias_initializer : Initializer or str
    activation : str or callable
        Name of an activation, or a function of a symbol and its name.
    prefix : str
    params : RNNParams, optional
    conv_layout : str, default 'NCHW'
        Axes of the input, see `mx.sym.Convolution`.

    Raises
    ------
    AssertionError
        If a size of `h2h_kernel` is even.
    """

    states = 1

    def __init__(
        self,
        input_shape,
        num_hidden,
        h2h_kernel,
        h2h_dilate,
        i2h_kernel,
        i2h_stride,
        i2h_pad,
        i2h_dilate,
        i2h_weight_initializer,
        h2h_weight_initializer,
        i2h_bias_initializer,
        h2h_bias_initializer,
        activation,
        prefix="",
        params=None,
        conv_layout="NCHW",
    ):
        super().__init__(prefix=prefix, params=params)
        assert all(size % 2 for size in h2h_kernel), f"Only support odd number, get h2h_kernel= {h2h_kernel}"
        self._num_hidden, self._layout, self._activation = num_hidden, conv_layout, activation
        self._i2h = {"kernel": i2h_kernel, "stride": i2h_stride, "pad": i2h_pad, "dilate": i2h_dilate}
        pad = tuple(dilate * (size - 1) // 2 for size, dilate in zip(h2h_kernel, h2h_dilate))
        self._h2h = {"kernel": h2h_kernel, "stride": (1,) * len(pad), "pad": pad, "dilate": h2h_dilate}
        get = self.params.get
        self._weights = {
            "i2h": (get("i2h_weight", init=i2h_weight_initializer), get("i2h_bias", init=i2h_bias_initializer)),
            "h2h": (get("h2h_weight", init=h2h_weight_initializer), get("h2h_bias", init=h2h_bias_initializer)),
        }
        window = symbol.Convolution(symbol.Variable("data"), num_filter=num_hidden, layout=conv_layout, **self._i2h)
        shape = list(window.infer_shape(data=input_shape)[1][0])
        shape[conv_layout.find("N")] = 0
        self._state_shape = tuple(shape)

    @property
    def state_info(self):
        """Shape and layout of each state."""
        return [{"shape": self._state_shape, "__layout__": self._layout} for _ in range(self.states)]

    def _maps(self, inputs, state):
        """The start of this step's names, and both convolutions."""
        self._counter += 1
        name, filters = f"{self._prefix}t{self._counter}_", self._num_hidden * len(self._gate_names)
        options = {"num_filter": filters, "layout": self._layout}
        made = []
        for kind, x, window in (("i2h", inputs, self._i2h), ("h2h", state, self._h2h)):
            weight, bias = self._weights[kind]
            made.append(symbol.Convolution(x, weight, bias, name=name + kind, **options, **window))
        return name, made[0], made[1]


_DOC = """

    Parameters
    ----------
    input_shape : tuple of int
        Of an input with its batch; the batch may be any.
    num_hidden : int
        Channels of a state.
    h2h_kernel, h2h_dilate, i2h_kernel, i2h_stride, i2h_pad, i2h_dilate : tuple of int
        Windows over the state before and over the input; see `BaseConvRNNCell`.
    i2h_weight_initializer, h2h_weight_initializer : Initializer or str, optional
    i2h_bias_initializer, h2h_bias_initializer : Initializer or str, default 'zeros'
    activation : str or callable
        By default `LeakyReLU` with slope 0.2.
    prefix : str
    params : RNNParams, optional
    conv_layout : str, default 'NCHW'
    """


class _WithDefaults(BaseConvRNNCell):
    default_prefix = ""

    def __init__(
        self,
        input_shape,
        num_hidden,
        h2h_kernel=(3, 3),
        h2h_dilate=(1, 1),
        i2h_kernel=(3, 3),
        i2h_stride=(1, 1),
        i2h_pad=(1, 1),
        i2h_dilate=(1, 1),
        i2h_weight_initializer=None,
        h2h_weight_initializer=None,
        i2h_bias_initializer="zeros",
        h2h_bias_initializer="zeros",
        activation=LEAKY,
        prefix=None,
        params=None,
        conv_layout="NCHW",
    ):
        super().__init__(
            input_shape, num_hidden, h2h_kernel, h2h_dilate, i2h_kernel, i2h_stride, i2h_pad, i2h_dilate,
            i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, activation,
            self.default_prefix if prefix is None else prefix, params, conv_layout,
        )  # fmt: skip


class ConvRNNCell(_WithDefaults):
    __doc__ = f"""A plain cell with convolutions; see `RNNCell`.{_DOC}"""
    default_prefix = "ConvRNN_"

    @property
    def _gate_names(self):
        return ("",)

    def __call__(self, inputs, states):
        """One step."""
        name, i2h, h2h = self._maps(inputs, states[0])
        return plain_step(name, i2h, h2h, states, self._activation)


class ConvLSTMCell(_WithDefaults):
    __doc__ = f"""An LSTM with convolutions (Shi et al., 2015); see `LSTMCell`.{_DOC}"""
    default_prefix, states = "ConvLSTM_", 2

    @property
    def _gate_names(self):
        return ["_i", "_f", "_c", "_o"]

    def __call__(self, inputs, states):
        """One step."""
        axis = self._layout.find("C")
        name, i2h, h2h = self._maps(inputs, states[0])
        return lstm_step(name, i2h, h2h, states, self._activation, axis=axis)


class ConvGRUCell(_WithDefaults):
    __doc__ = f"""A GRU with convolutions; see `GRUCell`.{_DOC}"""
    default_prefix = "ConvGRU_"

    @property
    def _gate_names(self):
        return ["_r", "_z", "_o"]

    def __call__(self, inputs, states):
        """One step."""
        name, i2h, h2h = self._maps(inputs, states[0])
        return gru_step(name, i2h, h2h, states, self._activation)
