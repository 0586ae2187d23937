"""Elementary functions in single precision, written in words so that they vectorise.

Each is a polynomial (minimax, coefficients rounded one after another) after a reduction of its argument.  They pass NaN
on, overflow to infinity and underflow gradually.  In double precision the C library's functions serve.

Largest errors, in units in the last place of the exact value, over the whole range of single precision:

    exp 1.0   expm1 1.3   sinh 1.6    tanh 2.5     sin 1.7   arcsin 1.9   cbrt 0.8    erf 1.2
    log 0.9   log1p 1.5   cosh 1.5    arcsinh 2.0  cos 1.8   arccos 1.1   rcbrt 1.0   erfinv 2.2
    log2 0.9  log10 1.0   power 0.54  arccosh 2.1  tan 2.7   arctan 1.5   hypot 0.5   arctanh 2.4
    gamma 0.7   gammaln 2.5 above 0, below as much of a number of size 1 or more; x**3 1.3
    normcdf 4, below -8 10
"""

from math import inf, nan

from .words import (
    absolute,
    copysign,
    double,
    erfc,
    exponent,
    flip,
    floor,
    fma,
    maximum,
    minimum,
    power_of_two,
    round_even,
    significand,
    single,
    sqrt,
    trunc,
    where,
)
from .words import cbrt as cbrt_word
from .words import erf as erf_word
from .words import exp as exp_word
from .words import log as log_word

PI = 3.14159274, -8.74227766e-8, -3.43024902e-15  # in three parts, each with all bits of a float32
LARGE_ANGLE = 1e5
"""Up to where pi in three parts is long enough; larger angles are left to the C library."""
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
    n, small = _reduced_exp(minimum(maximum(x, -20.0), 89.0))
    half = power_of_two(n - 1.0)  # finite a little longer than 2**n
    return fma(small, half, half - 0.5) * 2.0


def tanh(x):
    """Hyperbolic tangent, by t = e**(-2|x|) - 1."""
    n, small = _reduced_exp(maximum(absolute(x) * -2.0, -20.0))
    power = power_of_two(n)
    t = fma(small, power, power - 1.0)
    return copysign(-t / (t + 2.0), x)


def _half_exp(size):
    """e**size / 2, which is finite a little longer than e**size."""
    n, small = _reduced_exp(minimum(size, 90.0))
    return (small + 1.0) * power_of_two(n - 2.0) * 2.0


def cosh(x):
    """Hyperbolic cosine, by h + 1 / (4 h) with h = e**|x| / 2."""
    half = _half_exp(absolute(x))
    return half + 0.25 / half


def sinh(x):
    """Hyperbolic sine: an odd polynomial near 0, else h - 1 / (4 h) with h = e**|x| / 2."""
    size, s = absolute(x), x * x
    p = fma(s, 2.03733405e-4, 8.33027065e-3)
    p = fma(p, s, 1.66667163e-1)
    half = _half_exp(size)
    return where(size < 1.0, fma(x * s, p, x), copysign(half - 0.25 / half, x))


def _split(x):
    """e and m, where x = m 2**e with whole e and m about 1, for positive finite numbers."""
    tiny = x < 1.1754944e-38  # these have no exponent of their own
    scaled = where(tiny, x * 8388608.0, x)
    e, m = exponent(scaled), significand(scaled)
    large = m > 1.4142135
    e = where(large, e + 1.0, e) - where(tiny, x * 0.0 + 23.0, x * 0.0)
    return e, where(large, m * 0.5, m)


def _reduced_log(x):
    """e, r and log(1 + r) - r, where x = 2**e (1 + r) with whole e and 1 + r about 1."""
    e, m = _split(x)
    r = m - 1.0
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


def log2(x):
    """Logarithm to base 2."""
    e, r, rest = _reduced_log(x)
    return _outside(x, e + fma(r, 1.44269502, fma(r, 1.92596303e-8, rest * 1.44269502)))


def log10(x):
    """Logarithm to base 10."""
    e, r, rest = _reduced_log(x)
    value = fma(r, 0.434294492, fma(r, -1.010305e-8, rest * 0.434294492))
    return _outside(x, fma(e, 0.30103001, fma(e, -1.43209888e-8, value)))


def _log_of_sum(v, x):
    """log(1 + v), and log(2 x) where x is so large that v may have overflowed."""
    large = x > 1e4
    u = where(large, x, v + 1.0)
    return log(u) + where(large, 0.693147182, (v - (u - 1.0)) / u)


def arcsinh(x):
    """Inverse hyperbolic sine, log(1 + v) with v = |x| + x**2 / (1 + sqrt(1 + x**2))."""
    size, square = absolute(x), x * x
    return copysign(_log_of_sum(size + square / (sqrt(square + 1.0) + 1.0), size), x)


def arccosh(x):
    """Inverse hyperbolic cosine, log(1 + v) with v = t + sqrt(t (t + 2)) and t = x - 1."""
    t = x - 1.0
    return where(x < 1.0, nan, _log_of_sum(t + sqrt(t * (t + 2.0)), x))


def arctanh(x):
    """Inverse hyperbolic tangent, log1p(2 |x| / (1 - |x|)) / 2."""
    size = absolute(x)
    return copysign(log1p(2.0 * size / (1.0 - size)) * 0.5, x)


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


def normcdf(x):
    """The normal distribution function: e**(-x*x / 2) p(v) of -|x|, 1 minus that above 0.

    What multiplies the power falls from 1/2 like 1 / |x|, so a polynomial of v = (|x| - 2.75) / (|x| + 4.875) serves
    everywhere.
    """
    t = minimum(absolute(x), 14.5)
    v = (t - 2.75) / (t + 4.875)
    p = fma(v, 0.00180323434, -0.00334403547)
    p = fma(p, v, -0.00716029946)
    p = fma(p, v, 0.0476124324)
    p = fma(p, v, -0.127759337)
    p = fma(p, v, 0.231884778)
    p = fma(p, v, -0.318593621)
    p = fma(p, v, 0.345702201)
    p = fma(p, v, -0.300800592)
    p = fma(p, v, 0.130724728)
    half = t * -0.5
    s = half * t
    n, small = _reduced_exp(s)
    e = fma(small, 5.42101086e-20, 5.42101086e-20)  # 2**-64: 2**n alone may be too small for a number
    e = fma(e, fma(half, t, -s), e)  # the digits of the square that s has not
    value = e * p * power_of_two(n + 64.0)
    return where(x > 0.0, 1.0 - value, value)


def normcdf_double(x):
    """The normal distribution function."""
    return erfc(x * -0.7071067811865476) * 0.5


def sin(x):
    """Sine of |x| <= LARGE_ANGLE: (-1)**n sin(r) where x = n pi + r and |r| <= pi / 2."""
    n = round_even(x * 0.318309886)
    return where(x == 0.0, x, flip(_sine(fma(n, -PI[2], fma(n, -PI[1], fma(n, -PI[0], x)))), n))


def cos(x):
    """Cosine of |x| <= LARGE_ANGLE: -(-1)**n sin(r) where x = (n + 1/2) pi + r and |r| <= pi / 2."""
    n = round_even(fma(x, 0.318309886, -0.5))
    h = n + 0.5
    return flip(-_sine(fma(h, -PI[2], fma(h, -PI[1], fma(h, -PI[0], x)))), n)


def _sine(r):
    """Sine between -pi / 2 and pi / 2, a little beyond."""
    s = r * r
    p = fma(s, 2.59951798e-6, -1.98068505e-4)
    p = fma(p, s, 8.33303016e-3)
    p = fma(p, s, -1.66666582e-1)
    return fma(r * s, p, r)


def tan(x):
    """Tangent of |x| <= LARGE_ANGLE: tan(r) or -1 / tan(r) where x = n pi / 2 + r and |r| <= pi / 4."""
    n = round_even(x * 0.636619772)
    r = fma(n, -0.5 * PI[2], fma(n, -0.5 * PI[1], fma(n, -0.5 * PI[0], x)))
    s = r * r
    p = fma(s, 9.60068032e-3, 2.75891135e-3)
    p = fma(p, s, 2.46532969e-2)
    p = fma(p, s, 5.33493571e-2)
    p = fma(p, s, 1.33395389e-1)
    p = fma(p, s, 3.33331287e-1)
    p = fma(r * s, p, r)
    half = n * 0.5
    return where(x == 0.0, x, where(half == round_even(half), p, -1.0 / p))


def _arcsine(size):
    """Whether size > 1/2, and arcsin(size), there arcsin(sqrt((1 - size) / 2)), for size >= 0."""
    large = size > 0.5
    s = where(large, fma(size, -0.5, 0.5), size * size)
    t = where(large, sqrt(s), size)
    p = fma(s, 4.21583876e-2, 2.41847429e-2)
    p = fma(p, s, 4.54691537e-2)
    p = fma(p, s, 7.49530941e-2)
    p = fma(p, s, 1.66667521e-1)
    return large, fma(t * s, p, t)


def arcsin(x):
    """Inverse sine, pi / 2 - 2 arcsin(sqrt((1 - |x|) / 2)) above 1/2."""
    large, p = _arcsine(absolute(x))
    return copysign(where(large, fma(p, -2.0, 0.5 * PI[0]) + 0.5 * PI[1], p), x)


def arccos(x):
    """Inverse cosine, pi / 2 - arcsin(x)."""
    large, p = _arcsine(absolute(x))
    p = copysign(where(large, p * 2.0, p), x)
    near = where(x > 0.0, p, p + PI[1] + PI[0])
    return where(large, near, (0.5 * PI[1] - p) + 0.5 * PI[0])


def arctan(x):
    """Inverse tangent, pi / 2 - arctan(1 / |x|) above 1."""
    size = absolute(x)
    t = minimum(size, 1.0) / maximum(size, 1.0)
    s = t * t
    p = fma(s, 2.91873305e-3, -1.63611509e-2)
    p = fma(p, s, 4.32025157e-2)
    p = fma(p, s, -7.55155608e-2)
    p = fma(p, s, 1.06657512e-1)
    p = fma(p, s, -1.42110020e-1)
    p = fma(p, s, 1.99937671e-1)
    p = fma(p, s, -3.33331525e-1)
    p = fma(t * s, p, t)
    return copysign(where(size > 1.0, (0.5 * PI[1] - p) + 0.5 * PI[0], p), x)


def rint(x):
    """The nearest whole number, halves down."""
    below = floor(x)
    return where(x - below > 0.5, below + 1.0, below)


def rsqrt(x):
    """1 / sqrt(x)."""
    return 1.0 / sqrt(x)


def rcbrt(x):
    """1 / cbrt(x)."""
    return 1.0 / cbrt_word(x)


def _cube_root(x):
    """q, z and 1 / cbrt(z), where |x| = z 8**q with whole q and z about 1: a polynomial, and a step of Newton's."""
    e, m = _split(absolute(x))
    q = round_even(e * 0.333333343)
    third = e - 3.0 * q  # -1, 0 or 1
    r = m - 1.0
    y = fma(r, 1.28361329e-1, -1.88908532e-1)
    y = fma(y, r, 2.24363536e-1)
    y = fma(y, r, -3.32901597e-1)
    y = fma(y, r, 9.99976575e-1)
    y = where(third > 0.5, y * 0.793700516, where(third < -0.5, y * 1.25992107, y))
    z = m * power_of_two(third)
    error = fma(-(z * y), y * y, 1.0)
    return q, z, fma(y * 0.333333343, error, y)


def cbrt(x):
    """Cube root: z / cbrt(z)**2, and a step of Newton's."""
    q, z, y = _cube_root(x)
    square = y * y
    root = z * square
    root = fma(fma(-(root * root), root, z), square * 0.333333343, root)
    size = absolute(x)
    return where((size > 0.0) & (size < inf), copysign(root * power_of_two(q), x), x)


def rcbrt_single(x):
    """1 / cbrt(x)."""
    q, _, y = _cube_root(x)
    size = absolute(x)
    return where((size > 0.0) & (size < inf), copysign(y * power_of_two(-q), x), 1.0 / x)


def hypot(x, y):
    """sqrt(x**2 + y**2), in double precision, where squares of single precision neither overflow nor round."""
    a, b = double(x), double(y)
    value = single(sqrt(fma(a, a, b * b)))
    return where((absolute(x) == inf) | (absolute(y) == inf), inf, value)


def has_moderate_quotient(x, y):
    """Whether `fmod` does for x and y."""
    return (absolute(x) <= absolute(y) * 134217728.0) & (absolute(y) < inf)


def fmod(x, y):
    """What x - n y leaves with the sign of x, exactly: n has 27 bits, so that n y is exact in double precision."""
    a, b = absolute(double(x)), absolute(double(y))
    rest = fma(-trunc(a / b), b, a)
    return copysign(single(where(rest < 0.0, rest + b, rest)), x)  # where a quotient was rounded up to a whole number


def _log2_of(r):
    """log2(1 + r) / r in double precision to 36 bits, for 1 + r about 1."""
    s = r * r  # even and odd powers apart, since one chain of 12 would wait for itself
    p = fma(s, 0.077370144632767229, 0.1447484491424208)
    q = fma(s, -0.14283910851995865, -0.14315650778962608)
    p = fma(p, s, 0.15876980624995135)
    q = fma(q, s, -0.1803005969137827)
    p = fma(p, s, 0.20617535906798817)
    q = fma(q, s, -0.24045316583640255)
    p = fma(p, s, 0.28853729348795765)
    q = fma(q, s, -0.36067367482059703)
    p = fma(p, s, 0.48089836139505915)
    q = fma(q, s, -0.72134752086883636)
    return fma(q, r, fma(p, s, 1.4426950408687069))


def _exp2(t):
    """2**t as a single number, of a double one."""
    t = where(t > 200.0, 200.0, where(t < -200.0, -200.0, t))
    n = round_even(t)
    f = t - n
    s = f * f
    p = fma(s, 1.5345804192248001e-4, 9.6184889852802356e-3)
    q = fma(s, 1.3399931049639334e-3, 5.5503287775097859e-2)
    p = fma(p, s, 2.4022646890405355e-1)
    q = fma(q, s, 6.9314720573710886e-1)
    p = fma(q, f, fma(p, s, 1.0000000005542222))
    return single(p * power_of_two(n))


def power(x, y):
    """x**y = 2**(y log2(x)) in double precision, which is what such a product needs."""
    size = absolute(x)
    e, m = _split(size)
    e = where(size == 0.0, -inf, where(size < inf, e, size))
    r = double(m - 1.0)
    t = double(y) * fma(_log2_of(r), r, double(e))
    value = _exp2(where((size == 1.0) | (y == 0.0), 0.0, t))
    half = y * 0.5
    whole, even = round_even(y) == y, round_even(half) == half
    value = where(even, value, where(whole, copysign(value, x), value))
    return where((x < 0.0) & (x > -inf), where(whole, value, nan), value)


def is_small_power(y):
    """Whether `small_power` does for y."""
    return (y == 1.0) | (y == 2.0) | (y == 3.0)


def small_power(x, y):
    """x**y for y of 1, 2 and 3."""
    return where(y == 1.0, x, where(y == 2.0, x * x, x * x * x))


def _log2_of_gamma(x):
    """log2 |gamma(x)| in double precision, and the number that says its sign where x < 0: 0 where gamma has a pole.

    Stirling's series for z = |x| + 6 and the recurrence, gamma(z) = |x| (|x| + 1) ... (|x| + 5) gamma(|x|); below 0
    the reflection, gamma(x) gamma(-x) = -pi / (-x sin(-pi x)).
    """
    size = absolute(x)
    n = round_even(size)
    rest = size - n
    a, sine = double(size), absolute(_sine(double(rest) * 3.141592653589793))
    z = a + 6.0
    product = (a + 1.0) * (a + 2.0) * (a + 3.0) * (a + 4.0) * (a + 5.0)
    product = where(x < 0.0, product * 3.141592653589793 / sine, product * a)
    w = 1.0 / z
    s = w * w
    tail = fma(fma(fma(s, -1.0 / 1680.0, 1.0 / 1260.0), s, -1.0 / 360.0), s, 1.0 / 12.0)
    series = fma(z - 0.5, _log2(z), fma(tail, w, 0.9189385332046728 - z) * 1.4426950408889634)
    value = series - _log2(product)
    return where(x < 0.0, -value, value), flip(rest, n)


def _log2(x):
    """Logarithm to base 2 of a positive double number to 36 bits."""
    e, m = exponent(x), significand(x)
    large = m > 1.4142135
    r = where(large, m * 0.5, m) - 1.0
    return fma(_log2_of(r), r, where(large, e + 1.0, e))


def gamma(x):
    """The gamma function."""
    value, sign = _log2_of_gamma(x)
    value = _exp2(value)
    value = where(x < 0.0, copysign(value, -sign), value)
    value = where((x < 0.0) & (sign == 0.0), nan, value)
    return where(x == 0.0, 1.0 / x, where(x == inf, x, value))


def gammaln(x):
    """log |gamma(x)|; about its zeros at 1 and 2 (x - 1) (x - 2) times a polynomial."""
    value, sign = _log2_of_gamma(x)
    value = single(value * 0.6931471805599453)
    t = x - 1.5
    p = fma(t, 2.90356041e-3, -4.11776314e-3)
    p = fma(p, t, 5.09521458e-3)
    p = fma(p, t, -9.21570044e-3)
    p = fma(p, t, 1.68438945e-2)
    p = fma(p, t, -3.13261412e-2)
    p = fma(p, t, 6.29093200e-2)
    p = fma(p, t, -1.45959496e-1)
    p = fma(p, t, 4.83128965e-1)
    value = where(absolute(t) < 0.52, (x - 1.0) * (x - 2.0) * p, value)
    return where((absolute(x) == inf) | ((x <= 0.0) & (sign == 0.0)), inf, value)


def erfinv_single(x):
    """The inverse of the error function, x p(w) with w = -log(1 - x**2), after Giles."""
    w = -log((1.0 - x) * (1.0 + x))
    p = fma(w, -5.44458212e-9, 1.48116172e-7)
    p = fma(p, w, -1.31731008e-6)
    p = fma(p, w, 7.86414603e-7)
    p = fma(p, w, 5.35444087e-5)
    p = fma(p, w, -1.42180550e-4)
    p = fma(p, w, -2.32091406e-3)
    p = fma(p, w, 1.15426295e-2)
    p = fma(p, w, 2.32014850e-1)
    p = fma(p, w, 8.86226892e-1)
    s = sqrt(w) - 3.0
    q = fma(s, 9.38752419e-5, -2.90754891e-4)
    q = fma(q, s, -2.55634859e-5)
    q = fma(q, s, 1.46196701e-3)
    q = fma(q, s, -3.6133274e-3)
    q = fma(q, s, 5.69571415e-3)
    q = fma(q, s, -7.63402088e-3)
    q = fma(q, s, 9.44427028e-3)
    q = fma(q, s, 1.00167477)
    q = fma(q, s, 2.83297682)
    return x * where(w == inf, inf, where(w < 5.0, p, q))


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
