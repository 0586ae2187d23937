"""Elementary functions in single precision, written in words so that they vectorise.

Each is a polynomial after a reduction of its argument, within a few units in the last place of the exact value.  They
pass NaN on, overflow to infinity and underflow gradually.  In double precision the C library's functions serve.
"""

from math import inf, nan

from .words import (
    absolute,
    cbrt,
    copysign,
    erfc,
    exponent,
    floor,
    fma,
    maximum,
    minimum,
    power_of_two,
    round_even,
    significand,
    sqrt,
    where,
)
from .words import erf as erf_word
from .words import exp as exp_word
from .words import log as log_word

LOG2_HIGH, LOG2_LOW = 0.693359375, -2.12194440e-4  # log(2) in two parts, the first with few bits


def _reduced_exp(x):
    """n and e**r - 1, where x = n log(2) + r with whole n and |r| <= log(2) / 2."""
    n = round_even(x * 1.4426950408889634)
    r = fma(n, -LOG2_LOW, fma(n, -LOG2_HIGH, x))
    p = fma(r, 1.9875691500e-4, 1.3981999507e-3)
    p = fma(p, r, 8.3334519073e-3)
    p = fma(p, r, 4.1665795894e-2)
    p = fma(p, r, 1.6666665459e-1)
    p = fma(p, r, 5.0000001201e-1)
    return n, fma(p * r, r, r)


def exp(x):
    """e**x."""
    n, small = _reduced_exp(minimum(maximum(x, -104.0), 89.0))
    half = floor(n * 0.5)  # 2**n in two factors, because n passes the range of exponents at both ends
    return (small + 1.0) * power_of_two(half) * power_of_two(n - half)


def expm1(x):
    """e**x - 1."""
    n, small = _reduced_exp(minimum(maximum(x, -20.0), 88.0))
    power = power_of_two(n)
    return where(x > 88.0, exp(x), fma(small, power, power - 1.0))


def tanh(x):
    """Hyperbolic tangent, by t = e**(-2|x|) - 1."""
    n, small = _reduced_exp(maximum(absolute(x) * -2.0, -20.0))
    power = power_of_two(n)
    t = fma(small, power, power - 1.0)
    return copysign(-t / (t + 2.0), x)


def _reduced_log(x):
    """e, r and log(1 + r) - r, where x = 2**e (1 + r) with whole e and 1 + r about 1."""
    tiny = x < 1.1754944e-38  # these have no exponent of their own
    scaled = where(tiny, x * 8388608.0, x)
    e, m = exponent(scaled), significand(scaled)
    large = m > 1.4142135
    e = where(large, e + 1.0, e) - where(tiny, x * 0.0 + 23.0, x * 0.0)
    r = where(large, m * 0.5, m) - 1.0
    p = fma(r, 7.0376836292e-2, -1.1514610310e-1)
    p = fma(p, r, 1.1676998740e-1)
    p = fma(p, r, -1.2420140846e-1)
    p = fma(p, r, 1.4249322787e-1)
    p = fma(p, r, -1.6668057665e-1)
    p = fma(p, r, 2.0000714765e-1)
    p = fma(p, r, -2.4999993993e-1)
    p = fma(p, r, 3.3333331174e-1)
    square = r * r
    return e, r, fma(p * r, square, square * -0.5)


def _outside(x, value):
    """`value`, except where x is not a positive finite number."""
    value = where(x == inf, x, value)
    return where(x > 0.0, value, where(x == 0.0, x * 0.0 - inf, x * nan))


def log(x):
    """Natural logarithm."""
    e, r, rest = _reduced_log(x)
    return _outside(x, fma(e, LOG2_HIGH, fma(e, LOG2_LOW, rest) + r))


def log1p(x):
    """log(1 + x), corrected for what the sum 1 + x loses."""
    u = x + 1.0
    lost = (x - (u - 1.0)) / u
    return log(u) + where((u > 0.0) & (u < inf), lost, 0.0)


def erf(x):
    """The error function: an odd polynomial near 0, else 1 - e**q with a polynomial q for the logarithm of erfc."""
    t, s = minimum(absolute(x), 4.0), x * x
    p = fma(s, 8.34522493e-5, -8.13743758e-4)
    p = fma(p, s, 5.20063431e-3)
    p = fma(p, s, -2.68592708e-2)
    p = fma(p, s, 1.12836939e-1)
    p = fma(p, s, -3.76126337e-1)
    p = fma(p, s, 0.128379166)
    q = fma(t, 1.96070981e-4, -3.04474133e-3)
    q = fma(q, t, 2.22339046e-2)
    q = fma(q, t, -1.03948090e-1)
    q = fma(q, t, -6.37161064e-1)
    q = fma(q, t, -1.12768967)
    q = fma(q, t, -1.91916310e-4)
    return where(t < 0.92, fma(x, p, x), copysign(1.0 - exp(q), x))


def rint(x):
    """The nearest whole number, halves down."""
    below = floor(x)
    return where(x - below > 0.5, below + 1.0, below)


def rsqrt(x):
    """1 / sqrt(x)."""
    return 1.0 / sqrt(x)


def rcbrt(x):
    """1 / cbrt(x)."""
    return 1.0 / cbrt(x)


def erfinv(x):
    """The inverse of the error function: Winitzki's approximation, then three steps of Halley's method."""
    size = absolute(x)
    inner = log_word((1.0 - size) * (1.0 + size))
    middle = fma(inner, 0.5, 4.330746750799873)  # 2 / (0.147 pi)
    y = sqrt(sqrt(middle * middle - inner * 6.802721088435374) - middle)
    for _ in range(3):
        error = where(size < 0.5, erf_word(y) - size, (1.0 - size) - erfc(y))
        error = error * 0.886226925452758 * exp_word(y * y)  # divided by the slope, 2 / sqrt(pi) e**(-y*y)
        y = y - error / fma(error, y, 1.0)
    y = where(size < 1.0, y, where(size == 1.0, inf, size * nan))
    return copysign(y, x)
