"""A step of `gluon.rnn.LSTMCell` and `GRUCell` after its two products: on arrays one operator instead of ten."""

from __future__ import annotations

from typing import Any

from ..base import DTypeError
from ..kernels import device
from ..kernels import rnn_cell as kernels
from ..kernels.rnn import GATES
from .operator import Operator, register, registry, show
from .params import Input


class _Cell(Operator):
    """What both have: inputs i2h and h2h, shapes (N, gates H), and the state before, (N, H)."""

    mode = ""
    internal = True
    i2h = Input()
    h2h = Input()
    before = Input()

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        before = ins[2]
        if before is None:
            return ins, outs
        if len(before) != 2:
            raise self.error(f"before has shape {show(before)}, need two dimensions: (batch, units)")
        gates = (before[0], None if before[1] is None else GATES[self.mode] * before[1])
        found = [self._agree(gates, s, name) for name, s in zip(self.inputs, ins[:2])]
        return [*found, before], [self._agree(before, s, "output") for s in outs]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if ins[0] is not None and ins[0].kind != "f":
            raise self.error(f"i2h has dtype {ins[0]}, need float16, float32 or float64", DTypeError)
        return super().infer_dtype(ins, outs)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape, dtype = in_specs[2]
        return kernels.step(env.ctx.on_cpu, self.mode, False, dtype, *shape)

    def _prepare_back(self, env: Any, inputs: Any, grads: Any) -> Any:
        """The kernel makes all gradients, also one that is not wanted: that of the first state."""
        shape, dtype = inputs[2]
        run = kernels.step(env.ctx.on_cpu, self.mode, True, dtype, *shape)
        if None not in grads:
            return run
        return lambda *arrays: run(
            *[device.empty(env.ctx, *spec) if g is None else g for g, spec in zip(arrays, inputs)], *arrays[3:]
        )


@register("_lstm_cell")
class LSTMCell(_Cell):
    """A step of an LSTM.

    With i, f, g and o the four parts of ``i2h + h2h``: ``c = sigmoid(f) before + sigmoid(i) tanh(g)`` and
    ``h = sigmoid(o) tanh(c)``.

    Parameters
    ----------
    i2h, h2h : NDArray, shape (N, 4 H), float
    before : NDArray, shape (N, H)
        c before the step.

    Returns
    -------
    list of h and c, both (N, H)

    Gradient
    --------
    Of all three; those of i2h and h2h are equal.
    """

    mode = "lstm"
    outputs = ("output", "cell")

    def prepare_backward(
        self, env: Any, di2h: Any, dh2h: Any, dbefore: Any, dout: Any, dcell: Any, i2h: Any, h2h: Any, before: Any
    ) -> Any:
        return self._prepare_back(env, (i2h, h2h, before), (di2h, dh2h, dbefore))

    def composed(self, env: Any, i2h: Any, h2h: Any, before: Any) -> list[Any]:
        sigmoid, tanh = registry["sigmoid"].of(), registry["tanh"].of()
        i, f, g, o = registry["SliceChannel"].of(num_outputs=4)(i2h + h2h)
        c = sigmoid(f) * before + sigmoid(i) * tanh(g)
        return [sigmoid(o) * tanh(c), c]


@register("_gru_cell")
class GRUCell(_Cell):
    """A step of a gated recurrent unit.

    With a and b the three parts of i2h and h2h, r, z and n: ``r, z = sigmoid(a + b)``, ``n = tanh(a + r b)`` and
    ``h = (1 - z) n + z before``.

    Parameters
    ----------
    i2h, h2h : NDArray, shape (N, 3 H), float
    before : NDArray, shape (N, H)
        h before the step.

    Returns
    -------
    NDArray, shape (N, H)

    Gradient
    --------
    Of all three.
    """

    mode = "gru"

    def prepare_backward(
        self, env: Any, di2h: Any, dh2h: Any, dbefore: Any, dout: Any, i2h: Any, h2h: Any, before: Any
    ) -> Any:
        return self._prepare_back(env, (i2h, h2h, before), (di2h, dh2h, dbefore))

    def composed(self, env: Any, i2h: Any, h2h: Any, before: Any) -> Any:
        sigmoid, split = registry["sigmoid"].of(), registry["SliceChannel"].of(num_outputs=3)
        (ar, az, an), (br, bz, bn) = split(i2h), split(h2h)
        z = sigmoid(az + bz)
        return (1 - z) * registry["tanh"].of()(an + sigmoid(ar + br) * bn) + z * before
