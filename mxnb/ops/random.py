"""Operators that fill arrays with random numbers.

Every call takes the next blocks of its context's stream (`_random.py`), so a seed determines all results, whatever the
number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._random import take
from ..base import DTypeError, ParamError
from ..kernels import device, rejection
from ..kernels import random as kernels
from ..kernels.common import bound_each
from .operator import FLOAT32, Operator, register
from .params import Bool, DType, Enum, Float, Input, Int, Shape, Str

# --- Distributions ---------------------------------------------------------------------------------------------------


class _Drawn(Operator):
    """Base of the operators that fill an array from one distribution."""

    random = True
    arguments: tuple[str, ...] = ()  # parameters, or array inputs, of the distribution
    fixed: bool  # whether each result needs a fixed count of uniform numbers

    def filler(self, ctx: Any, dtype: Any, count: int, values: tuple[Any, ...]) -> Callable[..., None]:
        """A function of (out, key, counter) that fills `count` numbers, where the parameters are numbers."""
        raise NotImplementedError

    def filler_each(self, ctx: Any, dtype: Any, count: int, specs: Any) -> Callable[..., None]:
        """A function of (out, key, counter, *arrays) that does so where the parameters are arrays of these specs."""
        raise NotImplementedError

    def blocks(self, count: int) -> int:
        """How many blocks of the stream `count` results take."""
        return kernels.blocks(count) if self.fixed else count

    def _draws(self, env: Any, spec: Any) -> Callable[[Any], None]:
        """A function that fills an array of a spec."""
        (shape, dtype), ctx = spec, env.ctx
        count = math.prod(shape)
        fill = self.filler(ctx, dtype, count, tuple(getattr(self, name) for name in self.arguments))
        blocks = self.blocks(count)
        return lambda out: fill(out, *take(ctx, blocks))


class _Random(_Drawn):
    """Base of `_random_*`: the shape is a parameter."""

    default_dtype: np.dtype = FLOAT32

    def check(self) -> None:
        if self.dtype is not None and self.dtype.kind != self.default_dtype.kind:
            raise self.error(f"parameter dtype={self.dtype}: need {self.kinds}", ParamError)
        self.check_values()

    kinds = "float16, float32 or float64"

    def check_values(self) -> None:
        """Raise ParamError where the distribution is not defined."""

    def need(self, name: str, holds: bool, text: str) -> None:
        """Raise unless parameter `name` is fit."""
        if not holds:
            raise self.error(f"parameter {name}={getattr(self, name)}: need {text}", ParamError)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        wanted = None if not self.shape else tuple(n or None for n in self.shape)
        return [], [self._agree(wanted, outs[0], "output")]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return [], [self.dtype or self.default_dtype]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return self._draws(env, out_specs[0])


class _Like(_Drawn):
    """Base of `_random_*_like`: shape and dtype are those of an array."""

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if ins[0] is not None and ins[0].kind != "f":
            raise self.error(f"data has dtype {ins[0]}, need float16, float32 or float64", DTypeError)
        return super().infer_dtype(ins, outs)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        fill = self._draws(env, out_specs[0])
        return lambda out, data: fill(out)


class _Sample(_Drawn):
    """Base of `_sample_*`: parameters are arrays, each number of which gives a `shape` of results."""

    def check(self) -> None:
        if self.dtype is not None and self.dtype.kind != "f":
            raise self.error(f"parameter dtype={self.dtype}: need float16, float32 or float64", ParamError)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        found: Any = None
        for name, shape in zip(self.inputs, ins):
            found = self._agree(found, shape, name)
        if found is not None:
            outs = [self._agree((*found, *self.shape), outs[0], "output")]
        elif outs[0] is not None and len(self.shape) <= len(outs[0]):
            found = outs[0][: len(outs[0]) - len(self.shape)]
        return [found] * len(ins), outs

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        ins, _ = super().infer_dtype(ins, [])
        if ins[0] is not None and ins[0].kind != "f" and self.dtype is None:
            name = next(iter(self.inputs))
            raise self.error(f"{name} has dtype {ins[0]}: need a float, or parameter dtype", DTypeError)
        return ins, [self.dtype or ins[0]]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (shape, dtype), ctx = out_specs[0], env.ctx
        count = math.prod(shape)
        fill, blocks = self.filler_each(ctx, dtype, count, in_specs), self.blocks(count)
        return lambda out, *arrays: fill(out, *take(ctx, blocks), *arrays)


def _per(count: int, specs: Any) -> int:
    """How many of the results each number of the parameters serves."""
    return max(1, count // max(1, math.prod(specs[0][0])))


COMMON = {"shape": Shape(None), "ctx": Str(""), "dtype": DType(None)}
TEXTS = {
    "shape": "shape : tuple of ints\n        Of the result.",
    "ctx": "ctx : str\n        Where the result is made, such as 'gpu(0)'; by default where the caller computes.",
    "dtype": "dtype : dtype, optional\n        Of the result, {kinds}; {default} by default.",
    "like": "data : NDArray, any shape, float\n        Gives shape and dtype of the result.",
    "sample_shape": "shape : tuple of ints\n        How many results each parameter has: appended to their shape.",
}


def _text(head: str, parameters: list[str], call: str, shape: str) -> str:
    lines = "\n".join("    " + p for p in parameters)
    return (
        f"{head}\n\n    Parameters\n    ----------\n{lines}\n\n    Returns\n    -------\n    NDArray\n\n"
        f"    Gradient\n    --------\n    None.\n\n    Examples\n    --------\n    >>> import mxnb as mx\n"
        f"    >>> mx.nd.{call}.shape\n    {shape}\n    "
    )


def distribution(
    name: str, what: str, parameters: dict[str, tuple[Any, str]], samples: tuple[str, ...], base: type, *aliases: str
) -> None:
    """Declare `_random_<name>`, `_random_<name>_like` and `_sample_<name>`.

    Parameters
    ----------
    name, *aliases : of the distribution, and more names of `_random_<name>`.
    what : what it gives, for the documentation.
    parameters : for each its declaration and its text.
    samples : what the parameters are called in `_sample_<name>`.
    base : a mixin with `filler`, `filler_each`, `fixed` and `check_values`.
    """
    declared = {n: p for n, (p, _) in parameters.items()}
    texts = [f"{n} : {p.describe()}\n        {text}" for n, (p, text) in parameters.items()]
    shared = [TEXTS["shape"], TEXTS["ctx"], TEXTS["dtype"].format(kinds=_Random.kinds, default="float32")]
    body: dict[str, Any] = {**declared, **{n: type(p)(p.default) for n, p in COMMON.items()}, "__module__": __name__}
    body |= {
        "arguments": tuple(declared),
        "__doc__": _text(what, texts + shared, f"random_{name}(shape=(2, 3))", "(2, 3)"),
    }
    register(f"_random_{name}", f"random_{name}", *aliases)(type(f"_random_{name}", (base, _Random), body))
    again = {n: type(p)(p.default) for n, p in declared.items()}
    body = {"data": Input(), **again, "arguments": tuple(declared), "__module__": __name__}
    example = f"random.{name}_like(mx.nd.ones((2, 3)))"
    body["__doc__"] = _text(what + " In the shape of an array.", [TEXTS["like"], *texts], example, "(2, 3)")
    register(f"_random_{name}_like")(type(f"_random_{name}_like", (base, _Like), body))
    arrays = [f"{s} : NDArray, any shape, float\n        {text}" for s, (_, text) in zip(samples, parameters.values())]
    dtype = TEXTS["dtype"].format(kinds=_Random.kinds, default="that of the parameters")
    body = {**{s: Input() for s in samples}, "shape": Shape(()), "dtype": DType(None), "__module__": __name__}
    example = f"sample_{name}({', '.join(['mx.nd.ones(2)'] * len(samples))}, shape=3)"
    parameters_text = [*arrays, TEXTS["sample_shape"], dtype]
    body["__doc__"] = _text(what + " For arrays of parameters.", parameters_text, example, "(2, 3)")
    register(f"_sample_{name}", f"sample_{name}")(type(f"_sample_{name}", (base, _Sample), body))


class _Fixed:
    """Distributions that need a fixed count of uniform numbers."""

    fixed = True
    kernel: kernels.Distribution
    adapt: Any  # of results for no parameters those for arrays of them

    def filler(self, ctx: Any, dtype: Any, count: int, values: Any) -> Any:
        return self.kernel.bind(ctx.on_cpu, dtype, count, *self.numbers(*values))

    def numbers(self, *values: float) -> tuple[float, float]:
        """The parameters of the kernel."""
        return values  # type: ignore[return-value]  # two, unless a class says otherwise

    def filler_each(self, ctx: Any, dtype: Any, count: int, specs: Any) -> Any:
        draw = self.kernel.bind(ctx.on_cpu, dtype, count)
        adapt = bound_each(ctx.on_cpu, self.adapt, [dtype, *[d for _, d in specs]], (_per(count, specs),), count)

        def fill(out: Any, key: int, counter: int, *arrays: Any) -> None:
            draw(out, key, counter)
            adapt(out, *arrays)

        return fill


class _Uniform(_Fixed):
    kernel, adapt = kernels.uniform, kernels.between_each

    def check_values(self: Any) -> None:
        self.need("high", self.high >= self.low, f"at least low={self.low}")

    def numbers(self, *values: float) -> tuple[float, float]:
        low, high = values
        return low, high - low


class _Normal(_Fixed):
    kernel, adapt = kernels.normal, kernels.shift_each

    def check_values(self: Any) -> None:
        self.need("scale", self.scale >= 0, "a number that is not negative")


class _Exponential(_Fixed):
    kernel, adapt = kernels.exponential, kernels.divide_each

    def check_values(self: Any) -> None:
        self.need("lam", self.lam > 0, "a positive number")

    def numbers(self, *values: float) -> tuple[float, float]:
        return 0.0, 1 / values[0]


class _Rejection:
    fixed = False
    kernel: Any

    def filler(self, ctx: Any, dtype: Any, count: int, values: Any) -> Any:
        wide = np.float64 if dtype == np.float64 else np.float32
        arrays = [device.from_host(ctx, np.array([v], wide)) for v in values]
        return kernels.bind(ctx.on_cpu, self.kernel, (dtype,), (), (*arrays, max(1, count)), count)

    def filler_each(self, ctx: Any, dtype: Any, count: int, specs: Any) -> Any:
        dtypes = [d for _, d in specs]
        return kernels.bind(ctx.on_cpu, self.kernel, (dtype,), dtypes, (_per(count, specs),), count)


class _Gamma(_Rejection):
    kernel = rejection.gamma_each

    def check_values(self: Any) -> None:
        self.need("alpha", self.alpha > 0, "a positive number")
        self.need("beta", self.beta > 0, "a positive number")


class _Poisson(_Rejection):
    kernel = rejection.poisson_each

    def check_values(self: Any) -> None:
        self.need("lam", self.lam >= 0, "a number that is not negative")


class _NegativeBinomial(_Rejection):
    kernel = rejection.negative_binomial_each

    def check_values(self: Any) -> None:
        self.need("k", self.k >= 0, "a number that is not negative")
        self.need("p", 0 < self.p <= 1, "a number above 0, at most 1")


class _GeneralNegativeBinomial(_Rejection):
    kernel = rejection.general_negative_binomial_each

    def check_values(self: Any) -> None:
        self.need("mu", self.mu >= 0, "a number that is not negative")
        self.need("alpha", self.alpha >= 0, "a number that is not negative")


distribution(
    "uniform", "Numbers evenly spread over [low, high).",
    {"low": (Float(0.0), "The least number."), "high": (Float(1.0), "What results stay below.")},
    ("low", "high"), _Uniform, "uniform",
)  # fmt: skip
distribution(
    "normal", "Numbers of a normal distribution.",
    {"loc": (Float(0.0), "Mean."), "scale": (Float(1.0), "Standard deviation.")},
    ("mu", "sigma"), _Normal, "normal",
)  # fmt: skip
distribution(
    "exponential", "Numbers of an exponential distribution.",
    {"lam": (Float(1.0), "The rate: 1 / mean.")}, ("lam",), _Exponential,
)  # fmt: skip
distribution(
    "gamma", "Numbers of a gamma distribution.",
    {"alpha": (Float(1.0), "The shape."), "beta": (Float(1.0), "The scale: mean / alpha.")},
    ("alpha", "beta"), _Gamma,
)  # fmt: skip
distribution(
    "poisson", "Counts of a Poisson distribution.",
    {"lam": (Float(1.0), "The mean.")}, ("lam",), _Poisson,
)  # fmt: skip
distribution(
    "negative_binomial", "Numbers of failures before k successes.",
    {"k": (Int(1), "Successes."), "p": (Float(1.0), "Probability of success.")},
    ("k", "p"), _NegativeBinomial,
)  # fmt: skip
distribution(
    "generalized_negative_binomial", "Counts of a Poisson distribution whose rate is gamma distributed.",
    {"mu": (Float(1.0), "The mean."), "alpha": (Float(1.0), "Dispersion: the variance is mu + alpha * mu**2.")},
    ("mu", "alpha"), _GeneralNegativeBinomial,
)  # fmt: skip


@register("_random_randint", "random_randint")
class _RandomRandint(_Random):
    """Whole numbers evenly spread over low … high - 1.

    Parameters
    ----------
    low, high : int
        The least number, and what results stay below.
    shape : tuple of ints
        Of the result.
    ctx : str
        Where the result is made, such as 'gpu(0)'; by default where the caller computes.
    dtype : dtype, optional
        int32 or int64; int32 by default.

    Returns
    -------
    NDArray

    Gradient
    --------
    None.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.random_randint(low=5, high=6, shape=2).asnumpy()
    array([5, 5], dtype=int32)
    """

    low = Int()
    high = Int()
    shape = Shape(None)
    ctx = Str("")
    dtype = DType(None)
    fixed = True
    default_dtype = np.dtype("int32")
    kinds = "int32 or int64"

    def check(self) -> None:
        if self.dtype is not None and self.dtype.name not in ("int32", "int64"):
            raise self.error(f"parameter dtype={self.dtype}: need {self.kinds}", ParamError)
        self.need("high", self.high > self.low, f"a number above low={self.low}")

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape, dtype = out_specs[0]
        ctx, count = env.ctx, math.prod(shape)
        fill, blocks = kernels.randint(ctx.on_cpu, dtype, count, self.low, self.high - self.low)
        return lambda out: fill(out, *take(ctx, blocks))


@register("_sample_multinomial", "sample_multinomial")
class _SampleMultinomial(Operator):
    """Draw classes with given probabilities.

    Parameters
    ----------
    data : NDArray, shape (..., K), float
        Probabilities of the K classes, which sum to 1.
    shape : tuple of ints
        How many results each row of data has: appended to its other dimensions.
    get_prob : bool
        Also return the logarithms of the probabilities of the classes drawn.
    dtype : {'float16', 'float32', 'float64', 'int32', 'uint8'}
        Of the classes.

    Returns
    -------
    NDArray, shape (..., *shape), or (1,) where that is empty; with `get_prob` a list of it and its log-probabilities

    Gradient
    --------
    That of the log-probabilities: at each class drawn, their gradient divided by its probability.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.nd.sample_multinomial(mx.nd.array([[0, 1], [1, 0]])).asnumpy()
    array([1, 0], dtype=int32)
    """

    data = Input()
    shape = Shape(())
    get_prob = Bool(False)
    dtype = Enum("float16", "float32", "float64", "int32", "uint8", default="int32")
    outputs = ("output0", "output1")
    random = True

    def check(self) -> None:
        if not self.get_prob:
            self.outputs = ("output",)  # type: ignore[assignment, misc]

    @property
    def differentiable(self) -> bool:
        return self.get_prob

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        (data,) = ins
        if data is None:
            return ins, outs
        if not data:
            raise self.error("data has shape (), need at least 1 dimension (classes)")
        shape = (*data[:-1], *self.shape) or (1,)
        return ins, [self._agree(shape, out, "output") for out in outs]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if ins[0] is not None and ins[0].kind != "f":
            raise self.error(f"data has dtype {ins[0]}, need float16, float32 or float64", DTypeError)
        return ins, [np.dtype(self.dtype), ins[0]][: len(outs)]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (shape, kind), (data, dtype) = out_specs[0], in_specs[0]
        ctx, count = env.ctx, math.prod(shape)
        per, blocks = max(1, count // max(1, math.prod(data[:-1]))), kernels.blocks(count)
        choose = kernels.chooser(ctx.on_cpu, kind, dtype, count, data[-1], per, self.get_prob)
        if self.get_prob:
            return lambda out, logs, data: choose(out, logs, data, *take(ctx, blocks))
        return lambda out, data: choose(out, None, data, *take(ctx, blocks))

    def prepare_backward(self, env: Any, ddata: Any, doutput1: Any, output0: Any, data: Any) -> Any:
        (shape, dtype), (drawn, kind) = data, output0
        rows = math.prod(shape[:-1])
        dtypes, rest = (dtype, dtype, kind, dtype), (shape[-1], math.prod(drawn) // max(1, rows))
        return bound_each(env.ctx.on_cpu, kernels.multinomial_gradient, dtypes, rest, rows)


@register("_shuffle", "shuffle")
class _Shuffle(Operator):
    """The rows of an array in random order.

    Parameters
    ----------
    data : NDArray, any shape
        Shuffled along its first axis.

    Returns
    -------
    NDArray, data's shape

    Gradient
    --------
    None.

    Examples
    --------
    >>> import mxnb as mx
    >>> sorted(mx.nd.shuffle(mx.nd.arange(3)).asnumpy().tolist())
    [0.0, 1.0, 2.0]
    """

    data = Input()
    random = True
    moves_data = True

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape = in_specs[0][0]
        if not shape:
            raise self.error("data has shape (), need at least 1 dimension")
        ctx = env.ctx
        if 0 in shape:
            return lambda out, data: None
        blocks = kernels.blocks(shape[0])
        move = kernels.shuffler(ctx.on_cpu, in_specs[0][1], shape[0], math.prod(shape[1:]))
        return lambda out, data: move(out, data, *take(ctx, blocks))
