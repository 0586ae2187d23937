"""Recurrent layers: the cells of `rnn.py` run over time, both directions and layers on top of each other.

`parameters` is one array, as MXNet lays it out: for each layer and direction w_x: (gates H, I), w_h: (gates H, R) and,
with a projection, w_p: (R, H); then for each layer and direction b_x and b_h: (gates H,).  A layer reads what the one
below wrote, both directions side by side, with I = directions * R numbers.

For all steps of time at once: a = x w_xᵀ + b_x before, and gradients dx = da w_x, dw_x = daᵀ x, dw_h = dbᵀ h, db_x and
db_h afterwards.  What runs step by step is only the product with h.  Forward leaves in `reserve` what backward reads.

States lie between steps, so there are T + 1 of them; step t of the direction that runs forwards in time reads state t
and writes t + 1, that of the other one reads t + 1 and writes t.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from . import device, rnn, rnn_cpu
from .common import multiply
from .device import is_device_array
from .kernel import Static
from .matmul import bind
from .reduction import Reduction
from .rnn import GATES
from .shaping import clear, mover
from .words import reduce_add

LINE = 32  # numbers: parts of the reserve begin at multiples
SUM = Reduction("sum", lambda x: x, lambda a, b: a + b, 0.0, lambda total, n: total, reduce_add)


class Saved(NamedTuple):
    """What one direction of a layer keeps for its backward pass."""

    hs: Any  # (T + 1, N, R)
    gates: Any  # (T, N, gates * H)
    memory: Any  # an LSTM's c: (T + 1, N, H); b of n of a GRU: (T, N, H)
    full: Any  # h before its projection, (T, N, H)


class Weights(NamedTuple):
    """The parameters of one direction of a layer, or their gradients."""

    x: Any
    h: Any
    p: Any
    bias_x: Any
    bias_h: Any


Parts = list[tuple[slice, tuple[int, ...]]]


def _parts(shapes: list[tuple[int, ...]], line: int = 1) -> Parts:
    """Where arrays of these shapes lie in a flat one, one after the other."""
    found, at = [], 0
    for shape in shapes:
        size = math.prod(shape)
        found.append((slice(at, at + size), shape))
        at += -(-size // line) * line
    return found


def _carve(array: Any, parts: Parts) -> list[Any]:
    """Views of the parts of a flat array."""
    return [array[place].reshape(shape) for place, shape in parts]


@lru_cache(1024)
def _product(*sizes: Any, biased: bool) -> Any:
    run, _ = bind(*sizes, biased=biased)
    return run


def matmul(c: Any, a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, bias: Any = None) -> None:
    """c = a @ b + bias for matrices, with a and b transposed first where asked."""
    (rows, cols), terms = c.shape, a.shape[0 if transpose_a else 1]
    sizes = (not is_device_array(c), rows, cols, terms, c.dtype, transpose_a, transpose_b)
    run = _product(*sizes, biased=bias is not None)
    if bias is None:
        run(c, a, b)
    else:
        run(c, a, b, bias)


@lru_cache(256)
def _column_sums(*given: Any) -> Any:
    """`SUM` of the columns of a matrix."""
    on_cpu, shape, dtype = given
    return SUM.bind(on_cpu, shape, (0,), dtype)


def by_tiles(array: Any, projection: int) -> bool:
    """Whether `rnn_cpu` runs the steps: on the host, where no product comes between the cells and h."""
    return not is_device_array(array) and not projection


class Layers:
    """All recurrent layers of one operator for known shapes.

    Parameters
    ----------
    mode : 'rnn_relu', 'rnn_tanh', 'lstm' or 'gru'
    shape : of the data, (T, N, I).
    units, layers, directions : H, how many layers, 1 or 2.
    projection : R, or 0 where there is none.
    masked : whether samples have lengths.
    limits : of c, or None.
    stop_nan : whether the limits also stop not-a-number.
    dropout : whether there may be dropout between layers.
    """

    def __init__(
        self, mode: str, shape: tuple[int, ...], units: int, layers: int, directions: int, projection: int,
        masked: bool, limits: tuple[float, float] | None, stop_nan: bool, dropout: bool,
    ) -> None:  # fmt: skip
        self.mode, self.units = mode, units
        self.steps, self.batch, self.inputs = shape
        self.layers, self.directions, self.projection, self.masked = layers, directions, projection, masked
        self.gates, self.out, self.dropout = GATES[mode], projection or units, dropout
        self.joined = directions == 2 or masked  # whether what a layer gives is not simply its states
        self._moves: dict[Any, Any] = {}
        self.limits = limits or (-math.inf, math.inf)
        clip = 0 if limits is None else 2 if stop_nan else 1
        self.form = {"relu": int(mode == "rnn_relu"), "clip": clip, "masked": int(masked)}
        self.given = tuple(self.form.items())
        forwards = [(t, t, t + 1) for t in range(self.steps)]
        self.times = [forwards, [(t, t + 1, t) for t in reversed(range(self.steps))]][:directions]
        self.ends = [(0, self.steps), (self.steps, 0)]  # the first and the last state
        self._parameters, self._reserve = _parts(self._shapes()), _parts(self._reserved(), LINE)

    # --- Parts of arrays ---------------------------------------------------------------------------------------------

    @property
    def width(self) -> int:
        """Numbers that a layer gives for each sample and step."""
        return self.directions * self.out

    def _shapes(self) -> list[tuple[int, ...]]:
        """Shapes of the parts of the parameters."""
        rows, shapes = self.gates * self.units, []
        for layer in range(self.layers):
            inputs = self.width if layer else self.inputs
            shapes += [(rows, inputs), (rows, self.out), (self.projection, self.units)] * self.directions
        return [*shapes, *[(rows,)] * (2 * self.layers * self.directions)]

    def weights(self, parameters: Any) -> list[list[Weights]]:
        """The parameters of each layer and direction."""
        count, parts = self.layers * self.directions, _carve(parameters, self._parameters)
        matrices, biases = parts[: 3 * count], parts[3 * count :]
        found = [Weights(*matrices[3 * i : 3 * i + 3], *biases[2 * i : 2 * i + 2]) for i in range(count)]
        return [found[i : i + self.directions] for i in range(0, count, self.directions)]

    def _reserved(self) -> list[tuple[int, ...]]:
        """Shapes of the parts of the reserve: those of `Saved` for all, then inputs and masks of the upper layers."""
        steps, batch, units = self.steps, self.batch, self.units
        memory = {"lstm": steps + 1, "gru": steps}.get(self.mode, 0)
        full = steps if self.projection else 0
        saved: list[tuple[int, ...]] = [
            (steps + 1, batch, self.out), (steps, batch, self.gates * units), (memory, batch, units),
            (full, batch, units),
        ]  # fmt: skip
        inputs, masks = steps * (self.dropout or self.joined), steps * self.dropout
        above = [(inputs, batch, self.width), (masks, batch, self.width)]
        return saved * (self.layers * self.directions) + above * (self.layers - 1)

    @property
    def reserve_size(self) -> int:
        """How many numbers the reserve holds."""
        return sum(-(-math.prod(shape) // LINE) * LINE for shape in self._reserved())

    def _saved(self, reserve: Any) -> tuple[list[list[Saved]], list[Any], list[Any]]:
        parts = _carve(reserve, self._reserve)
        count = 4 * self.layers * self.directions
        found = [Saved(*parts[i : i + 4]) for i in range(0, count, 4)]
        inputs, masks = parts[count::2], parts[count + 1 :: 2]
        return [found[i : i + self.directions] for i in range(0, len(found), self.directions)], inputs, masks

    def _flat(self, x: Any) -> Any:
        """All steps of all samples as rows of a matrix."""
        return x.reshape((self.steps * self.batch, x.shape[2]))

    # --- Forward -----------------------------------------------------------------------------------------------------

    def forward(
        self, out: Any, last_h: Any, last_c: Any, reserve: Any, data: Any, parameters: Any, state: Any, cell: Any,
        lengths: Any, drop: Any,
    ) -> None:  # fmt: skip
        """Run all layers.

        Parameters
        ----------
        out : array, shape (T, N, directions * R)
        last_h, last_c : arrays, shape (layers * directions, N, R or H), or None
        reserve : array, shape (reserve_size,)
        data : array, shape (T, N, I)
        state, cell : as last_h and last_c; cell is None but for an LSTM.
        lengths : array, shape (N,), int64, or None
        drop : function of (y, mask, x) that does the dropout between layers, or None
        """
        saved, inputs, masks = self._saved(reserve)
        x = data
        for layer, weights in enumerate(self.weights(parameters)):
            for d, (w, own) in enumerate(zip(weights, saved[layer])):
                k, (first, last) = layer * self.directions + d, self.ends[d]
                matmul(self._flat(own.gates), self._flat(x), w.x, False, True, w.bias_x)
                device.copy(own.hs[first], state[k])
                if cell is not None:
                    device.copy(own.memory[first], cell[k])
                self._run(own, w, lengths, d)
                if last_h is not None:
                    device.copy(last_h[k], own.hs[last])
                if last_c is not None:
                    device.copy(last_c[k], own.memory[last])
            if layer == self.layers - 1:
                self._join(out, saved[layer], lengths)
            elif drop is not None:
                y = device.empty_like_target(out, out.shape, out.dtype)
                self._join(y, saved[layer], lengths)
                x = inputs[layer]
                drop(x, masks[layer], y)
            elif self.joined:
                x = inputs[layer]
                self._join(x, saved[layer], lengths)
            else:
                x = saved[layer][0].hs[1:]

    def _join(self, y: Any, saved: list[Saved], lengths: Any) -> None:
        """y: (T, N, directions * R), the states after each step, both directions side by side."""
        if self.directions == 1:
            device.copy(y, saved[0].hs[1:])
        else:
            for own, move in zip(saved, self._movers(not is_device_array(y), y.dtype)):
                move(y, own.hs)
        if self.masked:
            rnn.clear_ends(y.size, y, lengths, self.batch, self.width)

    def _movers(self, on_cpu: bool, dtype: Any) -> list[Any]:
        """For both directions the function that copies the states after each step beside the other's."""
        if (on_cpu, dtype) not in self._moves:
            rows, starts = self.steps * self.batch, (self.batch * self.out, 0)
            self._moves[on_cpu, dtype] = [
                mover(on_cpu, dtype, [rows, self.out], [self.width, 1], [self.out, 1], d * self.out, start)
                for d, start in enumerate(starts)
            ]
        return self._moves[on_cpu, dtype]

    def _run(self, own: Saved, w: Weights, lengths: Any, d: int) -> None:
        """All steps of one direction of a layer."""
        if by_tiles(own.hs, self.projection):
            rnn_cpu.forward(
                self.mode, self.given, own.hs, own.memory, own.gates, w.h, w.bias_h, lengths, self.limits, self.times[d]
            )
            return
        units, count = self.units, self.batch * self.units
        form = Static(**self.form, projected=int(self.projection > 0))
        b = device.empty_like_target(own.hs, own.gates.shape[1:], own.gates.dtype)
        ends = own.hs if lengths is None else lengths  # anything, where nothing reads it
        for t, before, here in self.times[d]:
            matmul(b, own.hs[before], w.h, False, True, w.bias_h)
            target = own.full[t] if self.projection else own.hs[here]
            if self.mode == "lstm":
                rnn.lstm_step(
                    count, form, target, own.memory[here], own.gates[t], b, own.hs[before], own.memory[before], ends, t,
                    units, *self.limits,
                )  # fmt: skip
            elif self.mode == "gru":
                rnn.gru_step(count, form, target, own.memory[t], own.gates[t], b, own.hs[before], ends, t, units)
            else:
                rnn.plain_step(count, form, target, own.gates[t], b, own.hs[before], ends, t, units)
            if self.projection:
                matmul(own.hs[here], target, w.p, False, True)
                if self.masked:
                    rnn.hold(self.batch * self.out, own.hs[here], own.hs[before], lengths, t, self.out)

    # --- Backward ----------------------------------------------------------------------------------------------------

    def backward(
        self, ddata: Any, dparameters: Any, dstate: Any, dcell: Any, dout: Any, dlast_h: Any, dlast_c: Any,
        reserve: Any, data: Any, parameters: Any, lengths: Any, dropped: bool,
    ) -> None:  # fmt: skip
        """Gradients of data, parameters, state and cell, each None where it is not wanted.

        Parameters
        ----------
        dout, dlast_h, dlast_c : gradients of what `forward` gave; those of the states may be None.
        dropped : whether `forward` applied dropout.
        """
        saved, inputs, masks = self._saved(reserve)
        weights = self.weights(parameters)
        gradients = None if dparameters is None else self.weights(dparameters)
        dy = dout
        for layer in reversed(range(self.layers)):
            if layer == 0:
                x = data
            elif dropped or self.joined:
                x = inputs[layer - 1]
            else:
                x = saved[layer - 1][0].hs[1:]
            dx = device.empty_like_target(data, x.shape, data.dtype) if layer else ddata
            for d, (w, own) in enumerate(zip(weights[layer], saved[layer])):
                k = layer * self.directions + d
                carry, dc = self._initial(dlast_h, k, self.out, data), self._initial(dlast_c, k, self.units, data)
                da, db, dr = self._run_back(own, w, carry, dc, dy, lengths, d)
                if dstate is not None:
                    matmul(dstate[k], db[self.times[d][0][0]], w.h)
                    if self.mode == "gru" or self.masked:
                        rnn.add(carry.size, dstate[k], dstate[k], carry)
                if dcell is not None:
                    device.copy(dcell[k], dc)
                if gradients is not None:
                    self._weight_gradients(gradients[layer][d], own, da, db, dr, x, d)
                if dx is not None and d == 0:
                    matmul(self._flat(dx), self._flat(da), w.x)
                elif dx is not None:
                    more = device.empty_like_target(dx, dx.shape, dx.dtype)
                    matmul(self._flat(more), self._flat(da), w.x)
                    rnn.add(dx.size, dx, dx, more)
            if layer and dropped:
                multiply(dx, dx, masks[layer - 1])
            dy = dx

    def _initial(self, given: Any, k: int, width: int, like: Any) -> Any:
        """The gradient of a last state, to be changed."""
        made = device.empty_like_target(like, (self.batch, width), like.dtype)
        if given is None:
            clear(made)
        else:
            device.copy(made, given[k])
        return made

    def _weight_gradients(self, dw: Weights, own: Saved, da: Any, db: Any, dr: Any, x: Any, d: int) -> None:
        before = own.hs[1:] if d else own.hs[:-1]
        da, db = self._flat(da), self._flat(db)
        matmul(dw.x, da, self._flat(x), True)
        matmul(dw.h, db, self._flat(before), True)
        if self.projection:
            matmul(dw.p, self._flat(dr), self._flat(own.full), True)
        total = _column_sums(not is_device_array(da), da.shape, da.dtype)
        total(dw.bias_x, da)
        if self.mode != "gru":
            device.copy(dw.bias_h, dw.bias_x)
        else:
            total(dw.bias_h, db)

    def _run_back(self, own: Saved, w: Weights, carry: Any, dc: Any, dy: Any, lengths: Any, d: int) -> tuple[Any, ...]:
        """Gradients of a, b and of the projected h, (T, N, …); carry and dc become those of the first state."""
        new = lambda *shape: device.empty_like_target(dy, shape, dy.dtype)
        da = new(*own.gates.shape)
        db = new(*own.gates.shape) if self.mode == "gru" else da
        offset = d * self.out
        if by_tiles(dy, self.projection):
            rnn_cpu.backward(
                self.mode, self.given, da, db, carry, dc, dy, own.hs, own.memory, own.gates, w.h, lengths, self.limits,
                offset, self.times[d],
            )  # fmt: skip
            return da, db, None
        units, count, form = self.units, self.batch * self.units, Static(**self.form, projected=0)
        dr = new(self.steps, self.batch, self.out)
        later, dh = new(self.batch, self.out), new(self.batch, units)
        clear(later)
        ends = own.hs if lengths is None else lengths
        after = None
        for t, before, here in reversed(self.times[d]):
            if after is not None:
                matmul(later, db[after], w.h)
            after = t
            rnn.arrive(
                later.size, form, dr[t], carry, dy[t], later, ends, t, self.out, self.width, offset
            )  # fmt: skip
            if self.projection:
                matmul(dh, dr[t], w.p)
            else:
                dh = dr[t]
            if self.mode == "lstm":
                rnn.lstm_back(
                    count, form, da[t], dc, dh, own.gates[t], own.memory[here], own.memory[before], ends, t, units,
                    *self.limits,
                )  # fmt: skip
            elif self.mode == "gru":
                rnn.gru_back(
                    count, form, da[t], db[t], carry, dh, own.gates[t], own.memory[t], own.hs[before], ends, t, units
                )
            else:
                rnn.plain_back(count, form, da[t], dh, own.hs[here])
        return da, db, dr
