"""Element-wise operators; the references are NumPy's functions, or made of `math` number by number."""

import math

import numpy as np

from .table import FLOATS, NUMBERS, Given, S, Whole, X, case


def edged(function, pole):
    """`function` of `math`, infinite where that overflows and `pole` where it is not defined."""

    def safe(x):
        try:
            return function(x)
        except OverflowError:
            return math.inf
        except ValueError:
            return pole(x)

    return np.vectorize(safe, otypes=[float])


ERF = edged(math.erf, float)
GAMMA = edged(math.gamma, lambda x: math.copysign(math.inf, x) if x == 0 else math.nan)
LGAMMA = edged(math.lgamma, lambda x: math.inf)


def erfinv(y):
    """Bisection."""
    low, high = np.full(y.shape, -7.0), np.full(y.shape, 7.0)
    for _ in range(100):
        middle = (low + high) / 2
        below = ERF(middle) < y
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.select([abs(y) < 1, abs(y) == 1, True], [(low + high) / 2, y * np.inf, np.nan])


def sign(x):
    """Of what is not a number, 0."""
    return np.where(np.isnan(x), 0, np.sign(x))


def mod(a, b):
    """Modulo 0 everything is 0."""
    return np.where(b == 0, 0, np.mod(a, b))


def away(x):
    """Round halves away from zero."""
    return np.sign(x) * np.floor(abs(x) + 0.5)


def halves_down(x):
    return np.ceil(x - 0.5)


SMOOTH = {  # name: function, the range in which to try it
    "arcsin": (np.arcsin, (-0.9, 0.9)),
    "arccos": (np.arccos, (-0.9, 0.9)),
    "arctan": (np.arctan, (-2, 2)),
    "arcsinh": (np.arcsinh, (-2, 2)),
    "arccosh": (np.arccosh, (1.2, 4)),
    "arctanh": (np.arctanh, (-0.9, 0.9)),
    "cbrt": (np.cbrt, (-4, 4)),
    "cos": (np.cos, (-3, 3)),
    "cosh": (np.cosh, (-2, 2)),
    "degrees": (np.degrees, (-2, 2)),
    "erf": (ERF, (-2, 2)),
    "erfinv": (erfinv, (-0.9, 0.9)),
    "exp": (np.exp, (-2, 2)),
    "expm1": (np.expm1, (-2, 2)),
    "gamma": (GAMMA, (0.3, 4)),
    "gammaln": (LGAMMA, (0.3, 4)),
    "log": (np.log, (0.1, 4)),
    "log10": (np.log10, (0.1, 4)),
    "log1p": (np.log1p, (-0.9, 4)),
    "log2": (np.log2, (0.1, 4)),
    "radians": (np.radians, (-90, 90)),
    "rcbrt": (lambda x: 1 / np.cbrt(x), (0.2, 4)),
    "reciprocal": (lambda x: 1 / x, (0.2, 4)),
    "rsqrt": (lambda x: 1 / np.sqrt(x), (0.2, 4)),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), (-4, 4)),
    "sin": (np.sin, (-3, 3)),
    "sinh": (np.sinh, (-2, 2)),
    "softsign": (lambda x: x / (1 + abs(x)), (-4, 4)),
    "sqrt": (np.sqrt, (0.1, 4)),
    "tan": (np.tan, (-1.2, 1.2)),
    "tanh": (np.tanh, (-2, 2)),
}
for name, (function, (low, high)) in SMOOTH.items():
    case(name, function, S(X(2, 5, low=low, high=high)))

EXACT = {
    "_copy": lambda x: x,
    "abs": abs,
    "ceil": np.ceil,
    "fix": np.trunc,
    "floor": np.floor,
    "logical_not": lambda x: x == 0,
    "negative": lambda x: -x,
    "relu": lambda x: np.maximum(x, 0),
    "rint": halves_down,
    "round": away,
    "sign": sign,
    "trunc": np.trunc,
}
for name, function in EXACT.items():
    case(name, function, S(X(2, 5)), kind="exact", dtypes=NUMBERS if name in ("_copy", "abs", "negative") else FLOATS)
case("square", lambda x: x * x, S(X(2, 5)), dtypes=NUMBERS)
case("logical_not", EXACT["logical_not"], S(Given([0, 1, -2, 0.5])), gradient="it is stepwise, with a step at 0")


def smooth_l1(x, scalar=1.0):
    return np.where(abs(x) < 1 / scalar**2, 0.5 * (x * scalar) ** 2, abs(x) - 0.5 / scalar**2)


case("clip", lambda x, a_min, a_max: np.clip(x, a_min, a_max), S(X(2, 5), a_min=-0.5, a_max=1), kind="exact")
case(
    "hard_sigmoid",
    lambda x, alpha=0.2, beta=0.5: np.clip(alpha * x + beta, 0, 1),
    S(X(2, 5)),
    S(X(2, 5), alpha=0.5, beta=0.25),
)
case("smooth_l1", smooth_l1, S(X(2, 5)), S(X(2, 5), scalar=2.0))

# --- Two numbers -----------------------------------------------------------------------------------------------------

FUNCTIONS = {  # function, range of numbers, dtypes
    "add": (np.add, (-2, 2), NUMBERS),
    "sub": (np.subtract, (-2, 2), NUMBERS),
    "mul": (np.multiply, (-2, 2), NUMBERS),
    "div": (np.divide, (0.5, 3), FLOATS),
    "mod": (mod, (0.5, 5), FLOATS),
    "power": (np.power, (0.5, 3), FLOATS),
    "maximum": (np.maximum, (-2, 2), FLOATS),
    "minimum": (np.minimum, (-2, 2), FLOATS),
    "hypot": (np.hypot, (0.5, 3), FLOATS),
}
STEPS = {
    "equal": np.equal,
    "not_equal": np.not_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "lesser": np.less,
    "lesser_equal": np.less_equal,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
}
ONE = {"add": "plus", "sub": "minus"}  # what the forms with a scalar are called


def with_scalar(function):
    return lambda x, scalar: function(x, np.float64(scalar)), lambda x, scalar: function(np.float64(scalar), x)


for word, (function, (low, high), dtypes) in FUNCTIONS.items():
    a, b = (2, 3), (2, 1, 3)
    kind = "exact" if word in ("maximum", "minimum") else ""
    flags = {"dtypes": dtypes, "kind": kind}
    same = f"elemwise_{word}" if word in ("add", "sub", "mul", "div") else f"_{word}"
    case(same, function, S(X(*a, low=low, high=high), X(*a, low=low, high=high)), **flags)
    case(
        f"broadcast_{word}",
        function,
        S(X(*b, low=low, high=high), X(1, 4, 3, low=low, high=high)),
        S(X(*a, low=low, high=high), X(*a, low=low, high=high)),
        **flags,
    )
    right, left = with_scalar(function)
    short = ONE.get(word, word)
    floats = {"dtypes": FLOATS, "kind": kind}
    case(f"_{short}_scalar", right, S(X(2, 5, low=low, high=high), scalar=1.25), **floats)
    if word in ("sub", "div", "mod", "power"):
        case(f"_r{short}_scalar", left, S(X(2, 5, low=low, high=high), scalar=1.25), **floats)

case("_grad_add", np.add, S(X(2, 3), X(2, 3)))
case("broadcast_mod", np.mod, S(Given([-5, 5, -5, 5, 2.5]), Given([3, -3, -3, 3, 2])).but(wrt=(0,)))

for word, function in STEPS.items():
    both = S(Whole(2, 3), Whole(2, 3)), S(Whole(2, 1, 3), Whole(1, 4, 3))
    right, _ = with_scalar(function)
    flags = {"kind": "exact", "gradient": "it is stepwise; zeros are tested among the edges"}
    flags["dtypes"] = ("float32", "float16")
    case(f"_{word}", function, both[0], **flags)
    case(f"broadcast_{word}", function, both[1], **flags)
    case(f"_{word}_scalar", right, S(Whole(2, 5), scalar=1.0), **flags)
