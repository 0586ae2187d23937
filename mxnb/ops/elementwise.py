"""Element-wise operators: a table of scalar functions and their derivatives.

One scalar function, written in the words of `kernels/words.py`, is the NumPy definition, the vector loop on the CPU,
the CUDA kernel, a link in a fused chain, and, called on NDArrays or Symbols, the composition of operators that makes
second derivatives possible.  Gradient rules name what they use: `dy`, inputs `x` (or `a`, `b`), output `y`, scalars.

`binary` declares all forms of one function of two numbers: same shapes (``elemwise_add``), broadcasting
(``broadcast_add``), with a scalar on the right (``_plus_scalar``) or on the left (``_rminus_scalar``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import numpy as np

from .._state import state
from ..base import ShapeError
from ..kernels import device
from ..kernels.elementwise import Elementwise as Kernels
from ..kernels.words import (
    absolute,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctanh,
    cast,
    cbrt,
    ceil,
    cos,
    cosh,
    erf,
    erfinv,
    exp,
    expm1,
    fix,
    floor,
    gamma,
    gammaln,
    hypot,
    log,
    log1p,
    log2,
    log10,
    maximum,
    minimum,
    mod,
    power,
    rcbrt,
    rint,
    round,
    rsqrt,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
    trunc,
    where,
)
from .operator import Operator, arguments, register, registry, show
from .params import Bool, Float, Input

Function = Callable[..., Any]
LETTERS = {1: ("x",), 2: ("a", "b"), 3: ("a", "b", "c")}


class Elementwise(Operator):
    """Base of the operators in this file."""

    function: Function
    scalars: tuple[str, ...] = ()  # parameters that the function takes after its inputs
    letters: tuple[str, ...] = ()  # what the gradient rules call the inputs
    rules: tuple[Function | None, ...] = ()  # the gradient rule of each input
    broadcasts = False
    inplace = True
    kernels: Kernels

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "function" not in vars(cls):
            return
        cls.kernels = Kernels(cls.__name__, cls.function, len(cls.inputs), len(cls.scalars))
        names = {n for rule in cls.rules if rule for n in arguments(rule)}
        letters = LETTERS[len(cls.inputs)]
        cls.needs_inputs = any(n in letters for n in names)
        cls.needs_outputs = "y" in names
        cls.letters = letters

    @property
    def differentiable(self) -> bool:
        return True  # a comparison too may be the head of backward: its gradient is zero

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if not self.broadcasts:
            return super().infer_shape(ins, outs)
        if any(s is None for s in ins):
            return ins, outs
        try:
            shape = broadcast_shape(*ins)
        except ShapeError:
            raise self.error(f"lhs {show(ins[0])} and rhs {show(ins[1])} cannot be broadcast together") from None
        return ins, [self._agree(shape, outs[0], "output")]

    def reads_half(self, specs: list[Any]) -> bool:
        return all(dtype == specs[0][1] for _, dtype in specs)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        shape = out_specs[0][0]
        p = device.from_host(env.ctx, np.array([getattr(self, name) for name in self.scalars], np.float64))
        dtypes = [out_specs[0][1], *(d for _, d in in_specs)]
        return self.kernels_for(dtypes[0]).bind(p, p, shape, dtypes, [s for s, _ in in_specs])

    def kernels_for(self, dtype: Any) -> Kernels:
        """The kernels for arrays of a dtype."""
        return self.kernels

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        pulls, scalars = self.__dict__.get("_made_pulls") or self._pulls()
        values = (dys[0], ys[0] if ys else None, *(xs or (None,) * len(wanted)), *scalars)
        specs = plan.in_specs
        same = not self.broadcasts or specs[0] == specs[1]
        fuse = same and not state.recording
        grads: list[Any] = []
        for pull, want, spec in zip(pulls, wanted, specs):
            if pull is None or not want:
                grads.append(None)
                continue
            rule, take, fused, take_arrays = pull
            if take is None:
                g = rule(values[0])
            elif fuse and fused is not None:
                g = fused(*take_arrays(values))
            else:
                g = rule(*take(values))
            grads.append(g if same else unbroadcast(g, spec[0]))
        return grads

    def _pulls(self) -> tuple[list[Any], list[float]]:
        """For each input its rule, the operator made from it, and what takes their arguments out of all values (None
        where that is just `dy`); and the values of the scalars.

        A rule of one array is one operator anyhow, such as ``dy * scalar``.
        """
        place = {n: i for i, n in enumerate(("dy", "y", *self.letters, *self.scalars))}
        made: list[Any] = []
        for i, rule in enumerate(self.rules):
            if rule is None:
                made.append(None)
                continue
            names = arguments(rule)
            arrays = [place[n] for n in names if n not in self.scalars]
            fused = self._fused(i, rule, names) if len(arrays) > 1 else None
            take = itemgetter(*[place[n] for n in names]) if names != ("dy",) else None
            made.append((rule, take, fused, itemgetter(*arrays) if fused else None))
        self.__dict__["_made_pulls"] = made, [getattr(self, name) for name in self.scalars]
        return self.__dict__["_made_pulls"]

    def _fused(self, index: int, rule: Function, names: tuple[str, ...]) -> Operator:
        """The gradient rule as an operator of one kernel."""
        cls = type(self)
        fused = vars(cls).get("_fused_ops")
        if fused is None:
            fused = cls._fused_ops = {}  # type: ignore[attr-defined]
        if rule not in fused:
            used = tuple(n for n in names if n in cls.scalars)
            body: dict[str, Any] = {n: Input() for n in names if n not in used}
            body |= {n: cls.params[n] for n in used}
            body |= {"function": staticmethod(rule), "scalars": used, "internal": True, "name": f"_backward_{cls.name}"}
            fused[rule] = type(f"_backward_{cls.__name__}_{index}", (Elementwise,), body)
        op = fused[rule]
        return op.of(**{n: getattr(self, n) for n in op.scalars})


def broadcast_shape(a: Any, b: Any) -> Any:
    """The shape that two shapes broadcast to; None for what is not known.

    Raises
    ------
    ShapeError
        If they do not fit.
    """
    n = max(len(a), len(b))
    a, b = (1,) * (n - len(a)) + tuple(a), (1,) * (n - len(b)) + tuple(b)
    out = []
    for x, y in zip(a, b):
        if x == 1 or y == 1:
            out.append(y if x == 1 else x)
        elif x is None or y is None or x == y:
            out.append(y if x is None else x)
        else:
            raise ShapeError(f"{x} and {y}")
    return tuple(out)


def unbroadcast(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient over the axes along which an input of this shape was repeated."""
    got = gradient.shape
    if got == shape:
        return gradient
    extra = len(got) - len(shape)
    axes = tuple(range(extra)) + tuple(extra + i for i, n in enumerate(shape) if n == 1 and got[extra + i] != 1)
    if axes:
        gradient = registry["sum"].of(axis=axes, keepdims=True)(gradient)
    return registry["_reshape_to"].of(shape=shape)(gradient) if extra else gradient


def _make(
    name: str, aliases: tuple[str, ...], inputs: tuple[str, ...], function: Function, rules: Any, doc: str,
    base: type[Operator] = Elementwise, **more: Any,
) -> type[Operator]:  # fmt: skip
    body: dict[str, Any] = {n: Input() for n in inputs}
    body |= dict(function=staticmethod(function), rules=rules, __doc__=doc, __module__=__name__, **more)
    return register(name, *aliases)(type(name, (base,), body))


def unary(
    name: str, function: Function, grad: Function | None, doc: str, *aliases: str, **params: Any
) -> type[Operator]:
    """Declare an operator of one input.

    Parameters
    ----------
    name, *aliases : its names.
    function : of a number `x`, then of the parameters.
    grad : of some of `dy`, `x`, `y` and parameters; None where there is no gradient.
    doc : the formula.
    **params : parameters that the function takes.
    """
    text = f"{doc}\n\n    Parameters\n    ----------\n    data : NDArray, any shape\n"
    text += "".join(f"    {n} : {p.describe()}, default {p.default!r}\n" for n, p in params.items())
    return _make(name, aliases, ("data",), function, (grad,), text, scalars=tuple(params), **params)


def binary(
    name: str,
    function: Function,
    grads: tuple[Function | None, Function | None],
    doc: str,
    same: tuple[str, ...],
    broadcast: tuple[str, ...],
    scalar: tuple[str, ...],
    reverse: tuple[str, ...] = (),
    scalar_base: type[Operator] = Elementwise,
) -> None:
    """Declare all operators of one function of two numbers `a`, `b`.

    Parameters
    ----------
    name : what the family is called.
    grads : gradients with respect to a and b, of some of `dy`, `a`, `b`, `y`.
    same, broadcast, scalar, reverse : the operator names and aliases of each form.
    scalar_base : of the class of the form with a scalar on the right.
    """
    both = "\n\n    Parameters\n    ----------\n    lhs, rhs : NDArray, "
    _make(same[0], same[1:], ("lhs", "rhs"), function, grads, f"{doc} of arrays of one shape.{both}equal shapes\n")
    _make(
        broadcast[0],
        broadcast[1:],
        ("lhs", "rhs"),
        function,
        grads,
        f"{doc} with broadcasting.{both}shapes that fit\n",
        broadcasts=True,
    )
    one = "\n\n    Parameters\n    ----------\n    data : NDArray, any shape\n"
    one += "    scalar : float\n    is_int : bool; has no effect\n"
    for names, order, text in ((scalar, "ab", "with a scalar"), (reverse, "ba", "of a scalar and an array")):
        if names:
            call = function if order == "ab" else _swapped(function)
            rule = _scalar_rule(grads["ab".index(order[0])], order)
            _make(
                names[0], names[1:], ("data",), call, (rule,), f"{doc} {text}.{one}",
                base=scalar_base if order == "ab" else Elementwise,
                scalars=("scalar",), scalar=Float(1.0), is_int=Bool(True),
            )  # fmt: skip


def _swapped(function: Function) -> Function:
    return lambda x, scalar: function(scalar, x)


def _scalar_rule(rule: Function | None, order: str) -> Function | None:
    """A binary function's gradient rule for its form with a scalar: the array is called x, the other one scalar."""
    if rule is None:
        return None
    array, number = tuple(order)
    names = [{array: "x", number: "scalar"}.get(n, n) for n in arguments(rule)]
    by_names: dict[tuple[str, ...], Function] = {
        ("dy",): lambda dy: rule(dy),
        ("dy", "x"): lambda dy, x: rule(dy, x),
        ("dy", "scalar"): lambda dy, scalar: rule(dy, scalar),
        ("dy", "x", "y"): lambda dy, x, y: rule(dy, x, y),
        ("dy", "scalar", "y"): lambda dy, y, scalar: rule(dy, scalar, y),
        ("dy", "x", "scalar"): lambda dy, x, scalar: rule(dy, x, scalar),
        ("dy", "scalar", "x"): lambda dy, x, scalar: rule(dy, scalar, x),
        ("dy", "x", "scalar", "y"): lambda dy, x, y, scalar: rule(dy, x, scalar, y),
        ("dy", "scalar", "x", "y"): lambda dy, x, y, scalar: rule(dy, scalar, x, y),
    }
    return by_names[tuple(names)]


# --- Functions of one number -----------------------------------------------------------------------------------------


def digamma(x: Any) -> Any:
    """Derivative of log(gamma(x)).

    Reflection brings x above 1/2, recurrence (6 steps) to where the asymptotic series holds (Abramowitz and Stegun,
    6.3.5, 6.3.7 and 6.3.18).
    """
    low = x < 0.5
    z = where(low, 1 - x, x)
    steps = 1 / z + 1 / (z + 1) + 1 / (z + 2) + 1 / (z + 3) + 1 / (z + 4) + 1 / (z + 5)
    w = z + 6
    r = 1 / (w * w)
    tail = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132 - r * (691 / 32760))))))
    positive = log(w) - 0.5 / w - tail - steps
    return where(low, positive - math.pi / tan(x * math.pi), positive)


def clipped(x: Any, a_min: Any, a_max: Any) -> Any:
    """What is not a number is neither above nor below."""
    return where(x > a_max, a_max, where(x < a_min, a_min, x))


TWO_PI_ROOT = 2 / math.sqrt(math.pi)
LN2, LN10 = math.log(2), math.log(10)

unary("negative", lambda x: -x, lambda dy: -dy, "-x")
unary("reciprocal", lambda x: 1 / x, lambda dy, y: -dy * y * y, "1 / x")
unary("abs", absolute, lambda dy, x: dy * sign(x), "The size of x.")
unary("sign", sign, None, "-1, 0 or 1.")
unary("square", lambda x: x * x, lambda dy, x: dy * x * 2, "x * x")
unary("sqrt", sqrt, lambda dy, y: dy * 0.5 / y, "Square root.")
unary("rsqrt", rsqrt, lambda dy, x, y: dy * -0.5 * y / x, "1 / sqrt(x)")
unary("cbrt", cbrt, lambda dy, y: dy / (y * y * 3), "Cube root.")
unary("rcbrt", rcbrt, lambda dy, x, y: dy * y / (x * -3), "1 / cbrt(x)")
unary("exp", exp, lambda dy, y: dy * y, "e to the power x.")
unary("expm1", expm1, lambda dy, y: dy * (y + 1), "exp(x) - 1, exact near 0.")
unary("log", log, lambda dy, x: dy / x, "Natural logarithm.")
unary("log2", log2, lambda dy, x: dy / (x * LN2), "Logarithm to base 2.")
unary("log10", log10, lambda dy, x: dy / (x * LN10), "Logarithm to base 10.")
unary("log1p", log1p, lambda dy, x: dy / (x + 1), "log(1 + x), exact near 0.")
unary("sin", sin, lambda dy, x: dy * cos(x), "Sine of x in radians.")
unary("cos", cos, lambda dy, x: -dy * sin(x), "Cosine of x in radians.")
unary("tan", tan, lambda dy, y: dy * (y * y + 1), "Tangent of x in radians.")
unary("arcsin", arcsin, lambda dy, x: dy * rsqrt(1 - x * x), "Inverse sine, in radians.")
unary("arccos", arccos, lambda dy, x: -dy * rsqrt(1 - x * x), "Inverse cosine, in radians.")
unary("arctan", arctan, lambda dy, x: dy / (x * x + 1), "Inverse tangent, in radians.")
unary("sinh", sinh, lambda dy, x: dy * cosh(x), "Hyperbolic sine.")
unary("cosh", cosh, lambda dy, x: dy * sinh(x), "Hyperbolic cosine.")
unary("tanh", tanh, lambda dy, y: dy * (1 - y * y), "Hyperbolic tangent.")
unary("arcsinh", arcsinh, lambda dy, x: dy * rsqrt(x * x + 1), "Inverse hyperbolic sine.")
unary("arccosh", arccosh, lambda dy, x: dy * rsqrt(x * x - 1), "Inverse hyperbolic cosine.")
unary("arctanh", arctanh, lambda dy, x: dy / (1 - x * x), "Inverse hyperbolic tangent.")
unary("degrees", lambda x: x * (180 / math.pi), lambda dy: dy * (180 / math.pi), "Radians to degrees.")
unary("radians", lambda x: x * (math.pi / 180), lambda dy: dy * (math.pi / 180), "Degrees to radians.")
unary("floor", floor, None, "The next whole number below.")
unary("ceil", ceil, None, "The next whole number above.")
unary("trunc", trunc, None, "The next whole number towards zero.")
unary("fix", fix, None, "The next whole number towards zero.")
unary("rint", rint, None, "The nearest whole number, halves down.")
unary("round", round, None, "The nearest whole number, halves away from zero.")
unary("erf", erf, lambda dy, x: dy * exp(-x * x) * TWO_PI_ROOT, "The error function.")
unary("erfinv", erfinv, lambda dy, y: dy * exp(y * y) / TWO_PI_ROOT, "The inverse of the error function.")
unary("gamma", gamma, lambda dy, x, y: dy * y * digamma(x), "The gamma function.")
unary("gammaln", gammaln, lambda dy, x: dy * digamma(x), "Logarithm of the size of the gamma function.")
unary("logical_not", lambda x: cast(x == 0, x), None, "1 where x is 0, else 0.")
unary("sigmoid", lambda x: 1 / (1 + exp(-x)), lambda dy, y: dy * y * (1 - y), "1 / (1 + exp(-x))")
unary(
    "softsign",
    lambda x: x / (1 + absolute(x)),
    lambda dy, x: dy / ((absolute(x) + 1) * (absolute(x) + 1)),
    "x / (1 + |x|)",
)
unary("relu", lambda x: maximum(x, 0), lambda dy, y: where(y > 0, dy, 0.0), "max(x, 0)")
unary("_copy", lambda x: x, lambda dy: dy, "A copy of x.", "identity")
unary(
    "hard_sigmoid",
    lambda x, alpha, beta: minimum(maximum(x * alpha + beta, 0), 1),
    lambda dy, y, alpha: where(y > 0, where(y < 1, dy * alpha, 0.0), 0.0),
    "min(max(alpha * x + beta, 0), 1)",
    alpha=Float(0.2),
    beta=Float(0.5),
)
unary(
    "clip",
    clipped,
    lambda dy, x, a_min, a_max: where(x >= a_min, where(x <= a_max, dy, 0.0), 0.0),
    "min(max(x, a_min), a_max); the gradient is 1 on the edges",
    a_min=Float(),
    a_max=Float(),
)
unary(
    "smooth_l1",
    lambda x, scalar: where(
        absolute(x) < 1 / (scalar * scalar), x * x * (scalar * scalar * 0.5), absolute(x) - 0.5 / (scalar * scalar)
    ),
    lambda dy, x, scalar: where(absolute(x) < 1 / (scalar * scalar), dy * x * (scalar * scalar), dy * sign(x)),
    "x**2 * scalar**2 / 2 where |x| < 1 / scalar**2, else |x| - 0.5 / scalar**2",
    scalar=Float(1.0),
)

# --- Functions of two numbers ----------------------------------------------------------------------------------------


def _forms(word: str, short: str, camel: str, reverse: bool = False, minus: str = "") -> dict[str, Any]:
    """The names of the forms of a function whose operators are called alike."""
    op = minus or short
    return {
        "same": (f"_{word}", f"_{camel}"),
        "broadcast": (f"broadcast_{word}",),
        "scalar": (f"_{op}_scalar", f"_{camel.replace('_', '')}Scalar"),
        "reverse": (f"_r{op}_scalar", f"_R{camel}Scalar") if reverse else (),
    }


binary(
    "add", lambda a, b: a + b, (lambda dy: dy, lambda dy: dy), "a + b",
    same=("elemwise_add", "_add", "_plus", "_Plus"), broadcast=("broadcast_add", "broadcast_plus"),
    scalar=("_plus_scalar", "_PlusScalar"),
)  # fmt: skip
_make(
    "_grad_add", (), ("lhs", "rhs"), lambda a, b: a + b, (lambda dy: dy, lambda dy: dy),
    "a + b of two gradients.\n\n    Parameters\n    ----------\n    lhs, rhs : NDArray, equal shapes\n",
)  # fmt: skip
binary(
    "subtract", lambda a, b: a - b, (lambda dy: dy, lambda dy: -dy), "a - b",
    same=("elemwise_sub", "_sub", "_minus", "_Minus"), broadcast=("broadcast_sub", "broadcast_minus"),
    scalar=("_minus_scalar", "_MinusScalar"), reverse=("_rminus_scalar", "_RMinusScalar"),
)  # fmt: skip
binary(
    "multiply", lambda a, b: a * b, (lambda dy, b: dy * b, lambda dy, a: dy * a), "a * b",
    same=("elemwise_mul", "_mul", "_Mul"), broadcast=("broadcast_mul",), scalar=("_mul_scalar", "_MulScalar"),
)  # fmt: skip
binary(
    "divide", lambda a, b: a / b, (lambda dy, b: dy / b, lambda dy, a, b: -dy * a / (b * b)), "a / b",
    same=("elemwise_div", "_div", "_Div"), broadcast=("broadcast_div",),
    scalar=("_div_scalar", "_DivScalar"), reverse=("_rdiv_scalar", "_RDivScalar"),
)  # fmt: skip
binary(
    "modulo", mod, (lambda dy: dy, lambda dy, a, b: -dy * floor(a / b)), "Remainder of a / b with the sign of b",
    **_forms("mod", "mod", "Mod", reverse=True),
)  # fmt: skip
# Exponents for which there is something shorter; 1 / x**2 may be there where x**2 is too large for a number.
SHORT_POWERS: dict[float, Function] = {
    -3: lambda x: 1 / x * (1 / x) / x,
    -2: lambda x: 1 / x * (1 / x),
    -1: lambda x: 1 / x,
    -0.5: lambda x: 1 / where(x == -math.inf, math.inf, sqrt(x + 0.0)),
    0: lambda x: cast((x == x) | (x != x), x),
    0.5: lambda x: where(x == -math.inf, math.inf, sqrt(x + 0.0)),  # unlike the root that of -0 is not negative
    1: lambda x: x,
    1.5: lambda x: where(x == -math.inf, math.inf, x * sqrt(x)),
    2: lambda x: x * x,
    3: lambda x: x * x * x,
    4: lambda x: x * x * (x * x),
}
_powers: dict[float, Kernels] = {}


class PowerScalar(Elementwise):
    """Base of an array to the power of a scalar, which has kernels of its own for some exponents, and so its gradient.

    Of whole numbers they are products; other exponents mean their whole part there.
    """

    def kernels_for(self, dtype: Any) -> Kernels:
        exponent = self.scalar
        if exponent not in SHORT_POWERS or (dtype.kind != "f" and exponent not in (0, 1, 2, 3, 4)):
            return self.kernels
        if exponent not in _powers:
            short = SHORT_POWERS[exponent]
            _powers[exponent] = Kernels(f"power of {exponent:g}", lambda x, scalar: short(x), 1, 1)
        return _powers[exponent]

    def _fused(self, index: int, rule: Function, names: tuple[str, ...]) -> Operator:
        return super()._fused(index, _short_rules.get(self.scalar, rule), names)


def _short_rule(power: Function) -> Function:
    return lambda dy, x, scalar: dy * scalar * power(x)


_short_rules = {exponent + 1: _short_rule(power) for exponent, power in SHORT_POWERS.items()}
binary(
    "power", power,
    (lambda dy, a, b: dy * b * power(a, b - 1), lambda dy, a, y: dy * y * log(a)), "a to the power b",
    **_forms("power", "power", "Power", reverse=True), scalar_base=PowerScalar,
)  # fmt: skip
binary(
    "maximum", maximum,
    (lambda dy, a, b: where(a >= b, dy, 0.0), lambda dy, a, b: where(a < b, dy, 0.0)),
    "The larger of a and b; the gradient of a tie goes to a", **_forms("maximum", "maximum", "Maximum"),
)  # fmt: skip
binary(
    "minimum", minimum,
    (lambda dy, a, b: where(a <= b, dy, 0.0), lambda dy, a, b: where(a > b, dy, 0.0)),
    "The smaller of a and b; the gradient of a tie goes to a", **_forms("minimum", "minimum", "Minimum"),
)  # fmt: skip
binary(
    "hypot", hypot, (lambda dy, a, y: dy * a / y, lambda dy, b, y: dy * b / y), "sqrt(a * a + b * b)",
    **_forms("hypot", "hypot", "Hypot"),
)  # fmt: skip
for _name, _function, _text in (
    ("equal", lambda a, b: cast(a == b, a), "1 where a = b, else 0, in the dtype of a"),
    ("not_equal", lambda a, b: cast(a != b, a), "1 where a and b differ, else 0, in the dtype of a"),
    ("greater", lambda a, b: cast(a > b, a), "1 where a > b, else 0, in the dtype of a"),
    ("greater_equal", lambda a, b: cast(a >= b, a), "1 where a >= b, else 0, in the dtype of a"),
    ("lesser", lambda a, b: cast(a < b, a), "1 where a < b, else 0, in the dtype of a"),
    ("lesser_equal", lambda a, b: cast(a <= b, a), "1 where a <= b, else 0, in the dtype of a"),
    ("logical_and", lambda a, b: cast((a != 0) & (b != 0), a), "1 where neither a nor b is 0, else 0"),
    ("logical_or", lambda a, b: cast((a != 0) | (b != 0), a), "1 where a or b is not 0, else 0"),
    ("logical_xor", lambda a, b: cast((a != 0) ^ (b != 0), a), "1 where just one of a and b is not 0, else 0"),
):
    _camel = "_".join(part.capitalize() for part in _name.split("_"))
    binary(_name, _function, (None, None), _text, **_forms(_name, _name, _camel))
