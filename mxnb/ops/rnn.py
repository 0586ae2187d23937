"""RNN: recurrent layers in one operator."""

from __future__ import annotations

from typing import Any

from .._random import take
from ..base import DTypeError, MXNetError, ParamError
from ..kernels import device
from ..kernels import random as random_kernels
from ..kernels.rnn import GATES
from ..kernels.rnn_layers import Layers
from ..kernels.shaping import convert
from . import rnn_composed
from .joining import Concat
from .operator import Operator, known, register, show
from .params import Bool, Enum, Float, Input, Int
from .plan import INSTANCES


@register("RNN")
class RNN(Operator):
    """Recurrent layers over a sequence: plain ones, LSTM or GRU.

    With ``a = x w_xᵀ + b_x`` of the input and ``b = h w_hᵀ + b_h`` of the state before, both cut into gates, a step is

    - ``rnn_tanh``, ``rnn_relu``: ``h = tanh(a + b)``, ``h = max(a + b, 0)``
    - ``lstm``: ``i, f, o = sigmoid(a + b)``, ``g = tanh(a + b)``, ``c = f c + i g``, ``h = o tanh(c)``; gates i f g o
    - ``gru``: ``r, z = sigmoid(a + b)``, ``n = tanh(a + r b)``, ``h = (1 - z) n + z h``; gates r z n

    Parameters
    ----------
    data : NDArray, shape (T, N, I), float
    parameters : NDArray, shape (size,)
        For each layer and direction w_x: (gates * H, I) and w_h: (gates * H, R), with a projection also w_p: (R, H);
        then for each layer and direction b_x and b_h.  Upper layers read ``directions * R`` numbers.
    state : NDArray, shape (num_layers * directions, N, R)
        The h before the first step.  R is `projection_size`, or `state_size` without.
    state_cell : NDArray, shape (num_layers * directions, N, H)
        The c before the first step, of an LSTM only.
    sequence_length : NDArray, shape (N,)
        With `use_sequence_length`: steps of each sample, 0 to T.  What is later gives 0 and leaves the state as it is;
        the backward direction begins at the last step of the sample.
    state_size : int
        H.
    num_layers : int
    bidirectional : bool
        Each layer also runs backward in time, with its own parameters; results lie side by side.
    mode : {'rnn_relu', 'rnn_tanh', 'lstm', 'gru'}
    p : float
        Probability of dropout between layers, in training.
    state_outputs : bool
        Also return the last states.
    projection_size : int, optional
        R: the h of an LSTM is multiplied with w_p before it is used.
    lstm_state_clip_min, lstm_state_clip_max : float, optional
        Limits of the c of an LSTM; both or none.
    lstm_state_clip_nan : bool
        The limits also stop not-a-number, which becomes the lower one.
    use_sequence_length : bool

    Returns
    -------
    NDArray, shape (T, N, directions * R); with `state_outputs` a list of it and the last h and c, shaped as at first

    Raises
    ------
    MXNetError
        If shapes do not fit, or a parameter is given that the mode does not have.

    Gradient
    --------
    Of data, parameters and states, by back-propagation through all steps.

    Notes
    -----
    ``2 T N gates H (I + R)`` operations for each layer and direction; MXNet 1.9.1 on a CPU leaves limits and lengths
    aside, and trains no projections.

    Source
    ------
    Hochreiter and Schmidhuber, Long Short-Term Memory, 1997; Cho et al., 2014 (the GRU, here with the reset after the
    product); Sak et al., 2014 (projection).

    Examples
    --------
    >>> import mxnb as mx
    >>> lstm = RNN.of(mode="lstm", state_size=4, num_layers=1, state_outputs=True)
    >>> zero = mx.nd.zeros((1, 2, 4))
    >>> [x.shape for x in lstm(mx.nd.ones((5, 2, 3)), mx.nd.ones(144), zero, zero)]
    [(5, 2, 4), (1, 2, 4), (1, 2, 4)]
    """

    data = Input()
    parameters = Input()
    state = Input()
    state_cell = Input()
    sequence_length = Input()
    state_size = Int()
    num_layers = Int()
    bidirectional = Bool(False)
    mode = Enum("rnn_relu", "rnn_tanh", "lstm", "gru")
    p = Float(0.0)
    state_outputs = Bool(False)
    projection_size = Int(None)
    lstm_state_clip_min = Float(None)
    lstm_state_clip_max = Float(None)
    lstm_state_clip_nan = Bool(False)
    use_sequence_length = Bool(False)

    outputs = ("output", "state_output", "statecell_output", "reserve")
    hidden = 1
    uses_mode = True

    def check(self) -> None:
        for name in ("state_size", "num_layers", "projection_size"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise self.error(f"parameter {name}={value}: need an int of at least 1", ParamError)
        if not 0 <= self.p <= 1:
            raise self.error(f"parameter p={self.p}: need a number from 0 to 1", ParamError)
        low, high = self.lstm_state_clip_min, self.lstm_state_clip_max
        if self.mode != "lstm":
            for name in ("projection_size", "lstm_state_clip_min", "lstm_state_clip_max"):
                if getattr(self, name) is not None:
                    raise self.error(
                        f"parameter {name}={getattr(self, name)}: need mode='lstm', not {self.mode!r}", ParamError
                    )
        if (low is None) != (high is None) or (low is not None and not low <= high):
            raise self.error(
                f"parameters lstm_state_clip_min={low}, lstm_state_clip_max={high}: need both or none, the first not "
                "above the second", ParamError,
            )  # fmt: skip
        self.random = self.p > 0 and self.num_layers > 1  # type: ignore[misc]
        self.directions = 2 if self.bidirectional else 1
        self.width = self.projection_size or self.state_size
        self._known_layers: dict[tuple[int, ...], Layers] = {}

    def active_inputs(self) -> tuple[str, ...]:
        cell = ("state_cell",) * (self.mode == "lstm")
        return ("data", "parameters", "state", *cell, *("sequence_length",) * self.use_sequence_length)

    def output_names(self) -> tuple[str, ...]:
        states = ("state_output", *("statecell_output",) * (self.mode == "lstm")) * self.state_outputs
        return ("output", *states, "reserve")

    def total_outputs(self) -> int:
        return len(self.output_names())

    # --- Shapes ------------------------------------------------------------------------------------------------------

    def _size(self, inputs: int) -> int:
        """How many parameters there are for `inputs` numbers in a step."""
        rows, total = GATES[self.mode] * self.state_size, 0
        for layer in range(self.num_layers):
            columns = (self.directions * self.width if layer else inputs) + self.width + 2
            total += self.directions * (rows * columns + (self.projection_size or 0) * self.state_size)
        return total

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if ins[0] is None:  # as 1.9.1: nothing follows from the other shapes alone
            return ins, outs
        given = dict(zip(self.active_inputs(), ins))
        results = dict(zip(self.output_names(), outs))
        data = given["data"]
        if len(data) != 3:
            raise self.error(f"data has shape {show(data)}, need three dimensions: (steps, batch, numbers)")
        if 0 in data:
            raise self.error(f"data has shape {show(data)}, need at least one number")
        count = self.num_layers * self.directions
        steps, batch, _ = self._agree((*data[:2], self.directions * self.width), results["output"], "output")
        extents = {"state": self.width, "state_cell": self.state_size, "sequence_length": None}
        for name, width in extents.items():
            if name in given:
                whole = (batch,) if width is None else (count, batch, width)
                given[name] = self._agree(whole, given[name], name)
                batch = given[name][0 if width is None else 1]
        for name, width in (("state_output", self.width), ("statecell_output", self.state_size)):
            if name in results:
                results[name] = self._agree((count, batch, width), results[name], name)
                batch = results[name][1]
        inputs, size = data[2], given["parameters"]
        if inputs is None and known(size) and len(size) == 1:  # the size is linear in the number of inputs
            slope = self._size(2) - self._size(1)
            if size[0] > self._size(0) and (size[0] - self._size(0)) % slope == 0:
                inputs = (size[0] - self._size(0)) // slope
        given["parameters"] = self._agree((None if inputs is None else self._size(inputs),), size, "parameters")
        given["data"] = (steps, batch, inputs)
        for name, width in extents.items():  # the batch may have come from a later one
            if name in given:
                given[name] = (batch,) if width is None else (count, batch, width)
        results["output"] = (steps, batch, self.directions * self.width)
        for name, width in (("state_output", self.width), ("statecell_output", self.state_size)):
            if name in results:
                results[name] = (count, batch, width)
        if None not in (steps, batch, inputs):
            results["reserve"] = (self._layers(given["data"]).reserve_size,)
        return list(given.values()), list(results.values())

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        count = len(ins) - self.use_sequence_length  # lengths may have a dtype of their own
        same, outs = super().infer_dtype(ins[:count], outs)
        if same[0] is not None and same[0].kind != "f":
            raise self.error(f"data has dtype {same[0]}, need float16, float32 or float64", DTypeError)
        lengths = [same[0] if d is None else d for d in ins[count:]]
        return same + lengths, outs

    # --- Running -----------------------------------------------------------------------------------------------------

    def _layers(self, shape: tuple[int, ...]) -> Layers:
        if shape not in self._known_layers:
            if len(self._known_layers) >= INSTANCES:
                self._known_layers.clear()
            low, high = self.lstm_state_clip_min, self.lstm_state_clip_max
            limits = None if low is None else (low, high)
            self._known_layers[shape] = Layers(
                self.mode, shape, self.state_size, self.num_layers, self.directions, self.projection_size or 0,
                self.use_sequence_length, limits, self.lstm_state_clip_nan, self.random,
            )  # fmt: skip
        return self._known_layers[shape]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        layers = self._layers(in_specs[0][0])
        names = (*self.output_names(), *self.active_inputs())
        drop = None
        if self.random and env.training:
            count = layers.steps * layers.batch * layers.width
            blocks = random_kernels.blocks(count)
            dropped = random_kernels.dropout(env.ctx.on_cpu, in_specs[0][1], count, self.p)
            drop = lambda *arrays: dropped(*arrays, *take(env.ctx, blocks))

        def run(*arrays: Any) -> None:
            a = dict(zip(names, arrays))
            layers.forward(
                a["output"], a.get("state_output"), a.get("statecell_output"), a["reserve"], a["data"],
                a["parameters"], a["state"], a.get("state_cell"), _lengths(a.get("sequence_length")), drop,
            )  # fmt: skip

        return run

    def backward(
        self, env: Any, ddata: Any, dparameters: Any, dstate: Any, dstate_cell: Any,
        dout: Any, dstate_output: Any, dstatecell_output: Any, reserve: Any, data: Any, parameters: Any,
        sequence_length: Any,
    ) -> None:  # fmt: skip
        self._layers(tuple(data.shape)).backward(
            ddata, dparameters, dstate, dstate_cell, dout, dstate_output, dstatecell_output, reserve, data, parameters,
            _lengths(sequence_length), self.random and env.training,
        )  # fmt: skip

    def composed(
        self, env: Any, data: Any, parameters: Any, state: Any, state_cell: Any, sequence_length: Any
    ) -> list[Any]:
        if self.random and env.training:
            raise self.error(f"with dropout (p={self.p}) between layers it is not differentiable twice", MXNetError)
        return rnn_composed.layers(self, data, parameters, state, state_cell, sequence_length)


@register("_rnn_param_concat")
class RNNParamConcat(Concat):
    """Join the parts of the parameters of `RNN`: `Concat` along axis 0 that shares what is unknown.

    Parameters
    ----------
    data : NDArrays, shapes (size0,), (size1,), ...
    dim : int
        Must be 0.

    Returns
    -------
    NDArray, shape (sum of sizes,)

    Gradient
    --------
    The parts of dout.

    Notes
    -----
    Where several sizes are unknown and their sum is known, they are taken to be equal, as the input weights of both
    directions are.
    """

    def check(self) -> None:
        if self.dim != 0:
            raise self.error(f"parameter dim={self.dim}: need 0", ParamError)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        ins, outs = super().infer_shape(ins, outs)
        unknown = [i for i, s in enumerate(ins) if not known(s)]
        if unknown and known(outs[0]):
            left = outs[0][0] - sum(s[0] for s in ins if known(s))
            if left > 0 and left % len(unknown) == 0:
                ins = [(left // len(unknown),) if i in unknown else s for i, s in enumerate(ins)]
        return ins, outs


def _lengths(given: Any) -> Any:
    """Lengths as kernels read them."""
    if given is None:
        return None
    lengths = device.empty_like_target(given, given.shape, "int64")
    convert(lengths.size, lengths, given)
    return lengths
