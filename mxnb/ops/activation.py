"""Activation functions that take a name: Activation and LeakyReLU."""

from __future__ import annotations

import math
from typing import Any

from .._random import take
from ..base import DTypeError
from ..kernels import common
from ..kernels import random as random_kernels
from ..kernels.words import absolute, exp, expm1, log1p, maximum, normcdf, normpdf, where
from .elementwise import Elementwise
from .operator import Operator, get, known, register, registry, show
from .params import Enum, Float, Input

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


@register("_softrelu")
class _SoftReLU(Elementwise):
    """log(1 + exp(x)), without overflow."""

    internal = True
    data = Input()
    function = staticmethod(lambda x: maximum(x, 0) + log1p(exp(-absolute(x))))
    rules = (lambda dy, x: dy / (1 + exp(-x)),)


@register("_leaky_relu")
class _LeakyReLU(Elementwise):
    """x where x > 0, else slope * x."""

    internal = True
    data = Input()
    slope = Float(0.25)
    scalars = ("slope",)
    function = staticmethod(lambda x, slope: where(x > 0, x, x * slope))
    rules = (lambda dy, x, slope: where(x > 0, dy, dy * slope),)


@register("_elu")
class _ELU(Elementwise):
    """x where x > 0, else slope * (exp(x) - 1)."""

    internal = True
    data = Input()
    slope = Float(0.25)
    scalars = ("slope",)
    function = staticmethod(lambda x, slope: where(x > 0, x, expm1(x) * slope))
    rules = (lambda dy, x, slope: where(x > 0, dy, dy * exp(x) * slope),)


@register("_selu")
class _SELU(Elementwise):
    """scale * x where x > 0, else scale * alpha * (exp(x) - 1)."""

    internal = True
    data = Input()
    function = staticmethod(lambda x: where(x > 0, x * SELU_SCALE, expm1(x) * (SELU_SCALE * SELU_ALPHA)))
    rules = (lambda dy, x: where(x > 0, dy * SELU_SCALE, dy * exp(x) * (SELU_SCALE * SELU_ALPHA)),)


@register("_normcdf")
class _NormCDF(Elementwise):
    """The normal distribution function."""

    internal = True
    data = Input()
    function = staticmethod(lambda x: normcdf(x))
    rules = (lambda dy, x: dy * normpdf(x),)


@register("_normpdf")
class _NormPDF(Elementwise):
    """The density of the normal distribution."""

    internal = True
    data = Input()
    function = staticmethod(lambda x: normpdf(x))
    rules = (lambda dy, x, y: -dy * x * y,)


@register("_gelu")
class _GELU(Elementwise):
    """x times the normal distribution function of x."""

    internal = True
    data = Input()
    function = staticmethod(lambda x: where(x > 0, x, 0.0) - absolute(x) * normcdf(-absolute(x)))
    rules = (lambda dy, x: dy * (normcdf(x) + x * normpdf(x)),)


@register("_swish")
class _Swish(Elementwise):
    """x times the sigmoid of beta * x, for the layer of that name."""

    internal = True
    data = Input()
    beta = Float(1.0)
    scalars = ("beta",)
    function = staticmethod(lambda x, beta: x / (1 + exp(-x * beta)))
    rules = (lambda dy, x, y, beta: dy * (1 / (1 + exp(-x * beta)) * (1 + beta * (x - y))),)


@register("_prelu")
class _PReLU(Elementwise):
    """x where x > 0, else gamma * x, for a gamma that broadcasts."""

    internal = True
    broadcasts = True
    data = Input()
    gamma = Input()
    function = staticmethod(lambda a, b: where(a > 0, a, a * b))
    rules = (
        lambda dy, a, b: where(a > 0, dy, dy * b),
        lambda dy, a: where(a > 0, dy * 0, dy * a),
    )


class _Named(Operator):
    """An operator whose parameters choose another one, which does the work."""

    chosen: Operator

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        for name, dtype in zip(self.inputs, ins):
            if dtype is not None and dtype.kind != "f":
                raise self.error(f"{name} has dtype {dtype}, need float16, float32 or float64", DTypeError)
        return super().infer_dtype(ins, outs)

    def _choose(self, chosen: Operator) -> None:
        self.chosen = chosen
        self.needs_inputs, self.needs_outputs = chosen.needs_inputs, chosen.needs_outputs  # type: ignore[misc]

    @property
    def differentiable(self) -> bool:
        return True

    def reads_half(self, specs: list[Any]) -> bool:
        return self.chosen.reads_half(specs)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return self.chosen.prepare(env, out_specs, in_specs)

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        return self.chosen.propagate(dys, xs, ys, plan, wanted)


@register("Activation")
class Activation(_Named):
    """One of five activation functions of each number.

    Parameters
    ----------
    data : NDArray, any shape, float
    act_type : {'relu', 'sigmoid', 'softrelu', 'softsign', 'tanh'}
        ``max(x, 0)``, ``1 / (1 + exp(-x))``, ``log(1 + exp(x))``, ``x / (1 + |x|)``, tanh.

    Returns
    -------
    NDArray, data's shape

    Gradient
    --------
    dout times the function's derivative; relu's at 0 is 0.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.Activation(mx.nd.array([-1, 2]), act_type="relu")
    <BLANKLINE>
    [0. 2.]
    <NDArray 2 @cpu(0)>
    """

    data = Input()
    act_type = Enum("relu", "sigmoid", "softrelu", "softsign", "tanh")
    inplace = True

    def check(self) -> None:
        self._choose(get("_softrelu" if self.act_type == "softrelu" else self.act_type).of())


@register("LeakyReLU")
class LeakyReLU(_Named):
    """Rectifiers that let something through where data is not positive.

    Parameters
    ----------
    data : NDArray, any shape, float
    gamma : NDArray, shape (C,) or (1,)
        The slope for each channel (axis 1, or the only axis), for act_type 'prelu' only.
    act_type : {'leaky', 'elu', 'selu', 'gelu', 'prelu', 'rrelu'}
        What becomes of x where it is not positive: ``slope * x``; ``slope * (exp(x) - 1)``; the same with fixed
        constants (and everything times 1.0507); gelu is x times the normal distribution function of x; ``gamma * x``;
        ``x`` times a random slope.
    slope : float
        For leaky and elu.
    lower_bound, upper_bound : float
        The range of random slopes; in prediction their mean is used.

    Returns
    -------
    NDArray, data's shape; with 'rrelu' a list of it and each number's factor (0 in prediction)

    Gradient
    --------
    dout times the function's derivative; at 0 it is that of the negative side.  gamma's is the sum over all numbers
    that share it.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.LeakyReLU(mx.nd.array([-1, 2]), slope=0.5)
    <BLANKLINE>
    [-0.5  2. ]
    <NDArray 2 @cpu(0)>
    """

    data = Input()
    gamma = Input(optional=True)
    act_type = Enum("elu", "gelu", "leaky", "prelu", "rrelu", "selu", default="leaky")
    slope = Float(0.25)
    lower_bound = Float(0.125)
    upper_bound = Float(0.333999991)

    def check(self) -> None:
        kind = self.act_type
        scalars = {"slope": self.slope} if kind in ("leaky", "elu") else {}
        if kind == "rrelu":
            bounds = {"lower_bound": self.lower_bound, "upper_bound": self.upper_bound}
            self._choose(get("_rrelu").of(**bounds))
            self.outputs, self.uses_mode, self.random = ("output", "mask"), True, True  # type: ignore[misc]
        else:
            self._choose(get("_leaky_relu" if kind == "leaky" else "_" + kind).of(**scalars))

    def active_inputs(self) -> tuple[str, ...]:
        return ("data", "gamma") if self.act_type == "prelu" else ("data",)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data: Any = None
        for shape in [ins[0], *outs]:
            data = self._agree(data, shape, "output")
        if self.act_type != "prelu":
            return [data], [data] * len(outs)
        gamma = ins[1]
        if data is not None:
            channels = data[1] if len(data) > 1 else data[0] if data else 1
            if gamma is None:
                gamma = (channels,)
            elif known(gamma) and gamma != (1,) and channels is not None and gamma != (channels,):
                raise self.error(f"gamma has shape {show(gamma)}, need ({channels},) or (1,) for data {show(data)}")
        return [data, gamma], [data]

    def _broadcast(self, data: tuple[int, ...], gamma: tuple[int, ...]) -> tuple[int, ...]:
        """gamma's shape as it broadcasts to data."""
        return (1, gamma[0], *[1] * (len(data) - 2)) if len(data) > 1 else gamma

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        if self.act_type != "prelu":
            return super().prepare(env, out_specs, in_specs)
        (data, dtype), (gamma, _) = in_specs
        return self.chosen.prepare(env, out_specs, ((data, dtype), (self._broadcast(data, gamma), dtype)))

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        if self.act_type != "prelu":
            return super().propagate(dys, xs, ys, plan, wanted)
        data, gamma = xs
        (dy,) = dys
        wide = registry["_reshape_to"].of(shape=self._broadcast(data.shape, gamma.shape))(gamma)
        positive = registry["_greater_scalar"].of(scalar=0.0)(data)
        negative = 1 - positive
        grads: list[Any] = [None, None]
        if wanted[0]:
            grads[0] = dy * (positive + registry["broadcast_mul"].of()(negative, wide))
        if wanted[1]:
            per_number = dy * data * negative
            axes = tuple(i for i in range(len(data.shape)) if gamma.shape == (1,) or i != min(1, len(data.shape) - 1))
            total = registry["sum"].of(axis=axes)(per_number) if axes else per_number
            grads[1] = registry["_reshape_to"].of(shape=gamma.shape)(total)
        return grads


@register("_rrelu")
class _RReLU(Operator):
    """Random slopes for negative numbers.  The second output holds the factors, or zeros in prediction."""

    internal = True
    uses_mode = True
    random = True
    needs_inputs = needs_outputs = True
    data = Input()
    lower_bound = Float(0.125)
    upper_bound = Float(0.334)
    outputs = ("output", "mask")

    @property
    def _mean(self) -> Operator:
        return get("_leaky_relu").of(slope=(self.lower_bound + self.upper_bound) / 2)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        low, high, ctx = self.lower_bound, self.upper_bound, env.ctx
        shape, dtype = in_specs[0]
        count = math.prod(shape)
        if env.training:
            blocks = random_kernels.blocks(count)
            draw = random_kernels.uniform.bind(ctx.on_cpu, dtype, count, low, high - low)
            choose = common.bound_each(ctx.on_cpu, random_kernels.slopes_each, [dtype] * 3, (), count)

            def train(out: Any, mask: Any, data: Any) -> None:
                draw(mask, *take(ctx, blocks))
                choose(out, mask, data)

            return train
        predict = self._mean.prepare(env, out_specs[:1], in_specs)
        clear = common.bound_each(ctx.on_cpu, common.fill_each, [dtype], (0.0,), count)

        def run(out: Any, mask: Any, data: Any) -> None:
            predict(out, data)
            clear(mask)

        return run

    def gradient(self, dout: Any, mask: Any) -> Any:
        return dout * mask

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        if plan.training:
            return super().propagate(dys, xs, ys, plan, wanted)
        return self._mean.propagate(dys[:1], xs, ys[:1], plan, wanted)
