"""Elementary functions, written in words so that they vectorise.

Each is a polynomial (minimax: `coefficients.py`) after a reduction of its argument.  They pass NaN on, overflow to
infinity and underflow gradually.  One function serves both precisions, with the coefficients of its argument's dtype.
A processor without fused multiplication and addition leaves double precision to the C library.

Largest errors, in units in the last place of the exact value, over the whole range of single precision:

    exp 1.0   expm1 1.3   sinh 1.6    tanh 2.5     sin 1.7   arcsin 1.9   cbrt 0.8    erf 1.2
    log 0.9   log1p 1.5   cosh 1.5    arcsinh 2.0  cos 1.8   arccos 1.1   rcbrt 1.0   erfinv 2.2
    log2 0.9  log10 1.0   power 0.54  arccosh 2.1  tan 2.7   arctan 1.5   hypot 0.5   arctanh 2.4
    gamma 0.7   gammaln 2.5 above 0, below as much of a number of size 1 or more; x**3 1.3; x**-0.5 1.5
    normcdf 6; below 1e-37 of the size of the least number

Those of double precision are the same within 0.2, but expm1 1.9, arccosh 2.6, erf 0.9, erfinv 2.9, hypot 1.2, power
0.9, normcdf 8; its gamma functions are the C library's.
"""

from math import inf, nan

from . import coefficients as table
from .words import (
    absolute,
    copysign,
    double,
    exponent,
    flip,
    floor,
    fma,
    maximum,
    minimum,
    power_of_two,
    round_even,
    settle,
    significand,
    single,
    sqrt,
    trunc,
    where,
)
from .words import cbrt as cbrt_word
from .words import erf as erf_word
from .words import erfc as erfc_word
from .words import exp as exp_word
from .words import log as log_word

# Constants of both precisions; those in parts have all bits of a number in each, LOG2 few bits in the first.
PI = (3.14159274, -8.74227766e-8, -3.43024902e-15), (3.141592653589793, 1.2246467991473532e-16, -2.994769810131746e-33)
LOG2 = (0.693359375, -2.12194440e-4), (0.6931471803691238, 1.9082149292705877e-10)
LOG2_E = (1.44269502, 1.92596303e-8), (1.4426950408889634, 2.0355273740931033e-17)  # 1 / log(2)
LOG10_E = (0.434294492, -1.010305e-8), (0.4342944819032518, 1.098319650216765e-17)
LOG10_2 = (0.30103001, -1.43209888e-8), (0.3010299956639812, -2.8037281277851704e-18)
LARGE_ANGLE = 1e5, 1e9
"""Up to where pi in three parts is long enough; larger angles are left to the C library."""


def is_double(x):
    """Whether x, a register or a number or array of NumPy, is in double precision."""
    return str(x.dtype) == "float64"


def horner(x, coefficients):
    """The polynomial of x with these coefficients, that of the highest power first."""
    p, *rest = coefficients
    for coefficient in rest:
        p = fma(p, x, coefficient)
    return p


def polynomial(x, pair):
    """The polynomial of x with the coefficients of its precision."""
    return horner(x, pair[is_double(x)])


def reduced_exp_single(x):
    """n and e**r - 1, where x = n log(2) + r with whole n and |r| <= log(2) / 2; kernels call it, too."""
    n = round_even(x * 1.4426950408889634)
    r = fma(n, 2.12194440e-4, fma(n, -0.693359375, x))
    p = fma(r, 1.9875691500e-4, 1.3981999507e-3)
    p = fma(p, r, 8.3334519073e-3)
    p = fma(p, r, 4.1665795894e-2)
    p = fma(p, r, 1.6666665459e-1)
    p = fma(p, r, 5.0000001201e-1)
    return n, fma(p * r, r, r)


def _reduced_exp(x):
    """The same in the precision of x."""
    if not is_double(x):
        return reduced_exp_single(x)
    high, low = LOG2[1]
    n = round_even(x * 1.4426950408889634)
    r = fma(n, -low, fma(n, -high, x))
    return n, fma(horner(r, table.EXP) * r, r, r)


def exp(x):
    """e**x."""
    low, high = ((-104.0, 89.0), (-746.0, 710.0))[is_double(x)]
    n, small = _reduced_exp(minimum(maximum(x, low), high))
    half = floor(n * 0.5)  # 2**n in two factors, because n passes the range of exponents at both ends
    return (small + 1.0) * power_of_two(half) * power_of_two(n - half)


def expm1(x):
    """e**x - 1."""
    low, high = ((-20.0, 89.0), (-40.0, 710.0))[is_double(x)]
    n, small = _reduced_exp(minimum(maximum(x, low), high))
    half = power_of_two(n - 1.0)  # finite a little longer than 2**n
    return fma(small, half, half - 0.5) * 2.0


def tanh(x):
    """Hyperbolic tangent, by t = e**(-2|x|) - 1."""
    n, small = _reduced_exp(maximum(absolute(x) * -2.0, -40.0))
    power = power_of_two(n)
    t = fma(small, power, power - 1.0)
    return copysign(-t / (t + 2.0), x)


def _half_exp(size):
    """e**size / 2, which is finite a little longer than e**size."""
    n, small = _reduced_exp(minimum(size, (90.0, 711.0)[is_double(size)]))
    return (small + 1.0) * power_of_two(n - 2.0) * 2.0


def cosh(x):
    """Hyperbolic cosine, by h + 1 / (4 h) with h = e**|x| / 2."""
    half = _half_exp(absolute(x))
    return half + 0.25 / half


def sinh(x):
    """Hyperbolic sine: an odd polynomial near 0, else h - 1 / (4 h) with h = e**|x| / 2."""
    size, s = absolute(x), x * x
    half = _half_exp(size)
    return where(size < 1.0, fma(x * s, polynomial(s, table.SINH), x), copysign(half - 0.25 / half, x))


def _split(x):
    """e and m, where x = m 2**e with whole e and m about 1, for positive finite numbers."""
    least, bits = ((1.1754944e-38, 23), (2.2250738585072014e-308, 52))[is_double(x)]
    tiny = x < least  # these have no exponent of their own
    scaled = where(tiny, x * 2.0**bits, x)
    e, m = exponent(scaled), significand(scaled)
    large = m > 1.4142135
    e = where(large, e + 1.0, e) - where(tiny, x * 0.0 + float(bits), x * 0.0)
    return e, where(large, m * 0.5, m)


def _reduced_log(x):
    """e, r and log(1 + r) - r, where x = 2**e (1 + r) with whole e and 1 + r about 1."""
    e, m = _split(x)
    r = m - 1.0
    square = r * r
    if not is_double(x):
        return e, r, fma(polynomial(r, table.LOG) * r, square, square * -0.5)
    s = r / (r + 2.0)  # log(1 + r) = 2 s + 2/3 s**3 + …, where 2 s = r - s r = r - r**2 / 2 + s r**2 / 2
    half, z = square * 0.5, s * s
    return e, r, fma(s, fma(polynomial(z, table.LOG), z, half), -half)


def _outside(x, value):
    """`value`, except where x is not a positive finite number."""
    value = where(x == inf, x, value)
    return where(x > 0.0, value, where(x == 0.0, x * 0.0 - inf, x * nan))


def log(x):
    """Natural logarithm."""
    e, r, rest = _reduced_log(x)
    high, low = LOG2[is_double(x)]
    return _outside(x, fma(e, high, fma(e, low, rest) + r))


def log1p(x):
    """log(1 + x), corrected for what the sum 1 + x loses."""
    u = x + 1.0
    lost = (x - (u - 1.0)) / u
    return log(u) + where((u > 0.0) & (u < inf), lost, 0.0)


def log2(x):
    """Logarithm to base 2."""
    e, r, rest = _reduced_log(x)
    high, low = LOG2_E[is_double(x)]
    return _outside(x, e + fma(r, high, fma(r, low, rest * high)))


def log10(x):
    """Logarithm to base 10."""
    e, r, rest = _reduced_log(x)
    high, low = LOG10_E[is_double(x)]
    value = fma(r, high, fma(r, low, rest * high))
    high, low = LOG10_2[is_double(x)]
    return _outside(x, fma(e, high, fma(e, low, value)))


def _log_of_sum(v, x):
    """log(1 + v), and log(2 x) where x is so large that v may have overflowed."""
    large = x > (1e4, 1e9)[is_double(x)]
    u = where(large, x, v + 1.0)
    return log(u) + where(large, 0.6931471805599453, (v - (u - 1.0)) / u)


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


def _gauss(t, k):
    """e**(-k t*t) as a number and the power of two to multiply it with.

    All digits of t*t count: it is rounded once, together with what is subtracted from it, r = t*t + n log(2) / k.
    """
    high, low = LOG2[is_double(t)]
    n = round_even(t * t * (k * -1.4426950408889634))
    r = fma(n, low / k, fma(t, t, n * (high / k)))
    coefficients = table.WHOLE_EXP[is_double(t)]
    degree = len(coefficients) - 1
    return horner(r, [c * (-k) ** (degree - i) for i, c in enumerate(coefficients)]), n


def _tail(x, k):
    """k erfc(|x| sqrt(k)), where erfc(t) = e**(-t*t) p(v) / (t + b), v = (t - a) / (t + b).

    What p approximates falls from b to 0.56 only, so that its terms do not cancel.
    """
    a, b, largest = ((1.6875, 2.5, 10.25), (3.0, 3.5, 27.3))[is_double(x)]
    scale = k**-0.5
    t = minimum(absolute(x), largest * scale)
    inverse = 1.0 / (t + b * scale)
    v = (t - a * scale) * inverse
    p = horner(v, [c * k * scale * 2.0**-64 for c in table.ERFC[is_double(x)]])
    e, n = _gauss(t, k)
    return p * inverse * e * power_of_two(n + 64.0)  # 2**n alone may be too small for a number


def erf(x):
    """The error function: an odd polynomial near 0, else 1 - erfc; single: 1 - e**q, a polynomial q for log(erfc)."""
    size = absolute(x)
    if is_double(x):
        value = 1.0 - _tail(x, 1.0)
        return where(size < 1.0, fma(x, polynomial(x * x, table.ERF), x), copysign(value, x))
    t, s = minimum(size, 4.0), x * x
    q = fma(t, 1.96070981e-4, -3.04474133e-3)
    q = fma(q, t, 2.22339046e-2)
    q = fma(q, t, -1.03948090e-1)
    q = fma(q, t, -6.37161064e-1)
    q = fma(q, t, -1.12768967)
    q = fma(q, t, -1.91916310e-4)
    return where(t < 0.92, fma(x, polynomial(s, table.ERF), x), copysign(1.0 - exp(q), x))


def erfc(x):
    """1 - erf(x)."""
    value = _tail(x, 1.0)
    return where(x < 0.0, 2.0 - value, value)


def normcdf(x):
    """The normal distribution function."""
    value = _tail(x, 0.5)
    return where(x > 0.0, 1.0 - value, value)


def normpdf(x):
    """The density of the normal distribution; beside `normcdf` the compiler sees that most of it is there already."""
    e, n = _gauss(minimum(absolute(x), (10.25, 27.3)[is_double(x)] * 0.5**-0.5), 0.5)
    return e * (0.3989422804014327 * 2.0**-64) * power_of_two(n + 64.0)


def normcdf_composed(x):
    """The normal distribution function."""
    return erfc_word(x * -0.7071067811865476) * 0.5


def normpdf_composed(x):
    """The density of the normal distribution."""
    return exp_word(x * x * -0.5) * 0.3989422804014327


def _minus_pi(x, n):
    """x - n pi."""
    first, second, third = PI[is_double(x)]
    return fma(n, -third, fma(n, -second, fma(n, -first, x)))


def sin(x):
    """Sine of |x| <= LARGE_ANGLE: (-1)**n sin(r) where x = n pi + r and |r| <= pi / 2."""
    n = round_even(x * 0.3183098861837907)
    return where(x == 0.0, x, flip(_sine(_minus_pi(x, n)), n))


def cos(x):
    """Cosine of |x| <= LARGE_ANGLE: -(-1)**n sin(r) where x = (n + 1/2) pi + r and |r| <= pi / 2."""
    n = round_even(fma(x, 0.3183098861837907, -0.5))
    return flip(-_sine(_minus_pi(x, n + 0.5)), n)


def _sine(r):
    """Sine between -pi / 2 and pi / 2, a little beyond."""
    s = r * r
    return fma(r * s, polynomial(s, table.SINE), r)


def tan(x):
    """Tangent of |x| <= LARGE_ANGLE: tan(r) or -1 / tan(r) where x = n pi / 2 + r and |r| <= pi / 4."""
    n = round_even(x * 0.6366197723675814)
    r = _minus_pi(x, n * 0.5)
    s = r * r
    p = fma(r * s, polynomial(s, table.TAN), r)
    half = n * 0.5
    return where(x == 0.0, x, where(half == round_even(half), p, -1.0 / p))


def _arcsine(size):
    """Whether size > 1/2, and arcsin(size), there arcsin(sqrt((1 - size) / 2)), for size >= 0."""
    large = size > 0.5
    s = where(large, fma(size, -0.5, 0.5), size * size)
    t = where(large, sqrt(s), size)
    return large, fma(t * s, polynomial(s, table.ARCSIN), t)


def arcsin(x):
    """Inverse sine, pi / 2 - 2 arcsin(sqrt((1 - |x|) / 2)) above 1/2."""
    large, p = _arcsine(absolute(x))
    high, low, _ = PI[is_double(x)]
    return copysign(where(large, fma(p, -2.0, 0.5 * high) + 0.5 * low, p), x)


def arccos(x):
    """Inverse cosine, pi / 2 - arcsin(x)."""
    large, p = _arcsine(absolute(x))
    high, low, _ = PI[is_double(x)]
    p = copysign(where(large, p * 2.0, p), x)
    near = where(x > 0.0, p, p + low + high)
    return where(large, near, (0.5 * low - p) + 0.5 * high)


def arctan(x):
    """Inverse tangent, pi / 2 - arctan(1 / |x|) above 1."""
    size = absolute(x)
    t = minimum(size, 1.0) / maximum(size, 1.0)
    s = t * t
    p = fma(t * s, polynomial(s, table.ARCTAN), t)
    high, low, _ = PI[is_double(x)]
    return copysign(where(size > 1.0, (0.5 * low - p) + 0.5 * high, p), x)


def rint(x):
    """The nearest whole number, halves down."""
    below = floor(x)
    return where(x - below > 0.5, below + 1.0, below)


def rsqrt(x):
    """1 / sqrt(x)."""
    return 1.0 / sqrt(x)


def rcbrt_composed(x):
    """1 / cbrt(x)."""
    return 1.0 / cbrt_word(x)


def _cube_root(x):
    """q, z and 1 / cbrt(z), where |x| = z 8**q with whole q and z about 1: a polynomial, and steps of Newton's."""
    e, m = _split(absolute(x))
    q = round_even(e * (1 / 3))
    third = e - 3.0 * q  # -1, 0 or 1
    r = m - 1.0
    y = fma(r, 1.28361329e-1, -1.88908532e-1)
    y = fma(y, r, 2.24363536e-1)
    y = fma(y, r, -3.32901597e-1)
    y = fma(y, r, 9.99976575e-1)
    y = where(third > 0.5, y * 0.7937005259840998, where(third < -0.5, y * 1.2599210498948732, y))
    z = m * power_of_two(third)
    for _ in range(1 + is_double(x)):
        error = fma(-(z * y), y * y, 1.0)
        y = fma(y * (1 / 3), error, y)
    return q, z, y


def cbrt(x):
    """Cube root: z / cbrt(z)**2, and a step of Newton's."""
    q, z, y = _cube_root(x)
    square = y * y
    root = z * square
    root = fma(fma(-(root * root), root, z), square * (1 / 3), root)
    size = absolute(x)
    return where((size > 0.0) & (size < inf), copysign(root * power_of_two(q), x), x)


def rcbrt(x):
    """1 / cbrt(x)."""
    q, _, y = _cube_root(x)
    size = absolute(x)
    return where((size > 0.0) & (size < inf), copysign(y * power_of_two(-q), x), 1.0 / x)


def hypot(x, y):
    """sqrt(x**2 + y**2); squares of single precision neither overflow nor round in double precision."""
    if is_double(x):
        size = maximum(absolute(x), absolute(y))
        large, small = size > 1e150, size < 1e-150
        a, b = (where(large, v * 2.0**-600, where(small, v * 2.0**600, v)) for v in (x, y))
        value = sqrt(fma(a, a, b * b))
        value = where(large, value * 2.0**600, where(small, value * 2.0**-600, value))
    else:
        a, b = double(x), double(y)
        value = single(sqrt(fma(a, a, b * b)))
    return where((absolute(x) == inf) | (absolute(y) == inf), inf, value)


def has_moderate_quotient(x, y):
    """Whether `fmod` does for x and y."""
    return (absolute(x) <= absolute(y) * (2.0**27, 2.0**52)[is_double(x)]) & (absolute(y) < inf)


def fmod(x, y):
    """What x - n y leaves with the sign of x, exactly.

    Single: n has 27 bits, so that n y is exact in double precision.  Double: what is left fits a number, and the fused
    operation rounds nothing else.
    """
    a, b = absolute(double(x)), absolute(double(y))
    rest = fma(-trunc(a / b), b, a)
    rest = where(rest < 0.0, rest + b, rest)  # where a quotient was rounded up to a whole number
    return copysign(rest if is_double(x) else single(rest), x)


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
    return _signed_power(_exp2(where((size == 1.0) | (y == 0.0), 0.0, t)), x, y)


def _signed_power(value, x, y):
    """x**y from |x|**y."""
    half = y * 0.5
    whole, even = round_even(y) == y, round_even(half) == half
    value = where(even, value, where(whole, copysign(value, x), value))
    return where((x < 0.0) & (x > -inf), where(whole, value, nan), value)


def power_double(x, y):
    """x**y in double precision: s = (m - 1) / (m + 1), log2(m) and y log2(x) are sums of two numbers each.

    log2(m) = s (c0 + z (c1 + z p(z))) with z = s**2.
    """
    c0, c0_low, c1, c1_low = 2.8853900817779268, 4.0710547481862066e-17, 0.9617966939259756, 5.0577616648125907e-17
    size = absolute(x)
    e, m = _split(size)
    e = where(size < inf, e, size)
    below, above = m - 1.0, m + 1.0
    inverse = 1.0 / above
    s = settle(below * inverse)
    s_low = (fma(-s, above, below) - s * (m - (above - 1.0))) * inverse
    z = settle(s * s)
    z_low = fma(s, s, -z) + 2.0 * s * s_low
    t = settle(z * horner(z, table.LOG2))
    q = t + c1
    q_low = t - (q - c1) + c1_low
    u = settle(z * q)
    u_low = fma(z, q, -u) + fma(z, q_low, z_low * q)
    c = u + c0
    c_low = u - (c - c0) + (u_low + c0_low)
    log, log_low = settle(s * c), fma(s, c_low, s_low * c)
    log_low = fma(s, c, -log) + log_low
    whole = e + log
    low = log - (whole - e) + log_low
    times = minimum(maximum(y, -(2.0**66)), 2.0**66)
    t = settle(times * whole)
    t_low = fma(times, whole, -t) + times * low
    one = (size == 1.0) | (y == 0.0)
    t_low = where(one | (absolute(t) > 1100.0), 0.0, t_low)
    t = where(one, 0.0, minimum(maximum(t, -1100.0), 1100.0))
    n = round_even(t)
    f = (t - n) + t_low
    half = floor(n * 0.5)
    value = fma(horner(f, table.EXP2), f, 1.0) * power_of_two(half) * power_of_two(n - half)
    zero = size == 0.0
    extreme = where(zero == (y < 0.0), inf, absolute(half) * 0.0)
    value = where((zero | (size == inf)) & (absolute(y) > 0.0), extreme, value)
    return _signed_power(value, x, y)


def power_of_whole(x, y):
    """x**y of whole numbers in double precision, by squaring: exact below 2**53.

    Seven bits of |y| are enough: of larger exponents only whether they are odd tells, as |x| > 1 gives more than any
    whole number can be.
    """
    n = absolute(y)
    n = where(n > 127.0, 126.0 + n - 2.0 * floor(n * 0.5), n)
    value = where(y == y, 1.0, y)
    for _ in range(7):
        half = floor(n * 0.5)
        value = where(half + half < n, value * x, value)
        x, n = x * x, half
    return where(y < 0.0, 1.0 / value, value)


def is_small_power(y):
    """Whether `small_power` does for y."""
    return (y == 1.0) | (y == 2.0) | (y == 3.0)


def small_power(x, y):
    """x**y for y of 1, 2 and 3."""
    return where(y == 1.0, x, where(y == 2.0, x * x, x * x * x))


def _root(x):
    """x**0.5: unlike the square root that of -0 is not negative, nor that of -inf not a number."""
    return where(x == -inf, inf, sqrt(x + 0.0))


SIMPLE_POWERS = {-1.0: lambda x: 1.0 / x, -0.5: lambda x: 1.0 / _root(x), 0.5: _root}
"""Exponents for which there is something shorter than `power`, and that."""


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


def erfinv(x):
    """The inverse of the error function, x p(w) with w = -log(1 - x**2), after Giles."""
    w = -log((1.0 - x) * (1.0 + x))
    root = sqrt(w)
    if is_double(x):
        p, q = horner(w - 3.125, table.ERFINV_0), horner(root - 3.25, table.ERFINV_1)
        factor = where(w < 6.25, p, where(w < 16.0, q, horner(root - 5.0, table.ERFINV_2)))
    else:
        factor = where(w < 5.0, horner(w, table.ERFINV_LOW), horner(root - 3.0, table.ERFINV_HIGH))
    return x * where(w == inf, inf, factor)


def erfinv_composed(x):
    """The inverse of the error function: Winitzki's approximation, then three steps of Halley's method."""
    size = absolute(x)
    inner = log_word((1.0 - size) * (1.0 + size))
    middle = fma(inner, 0.5, 4.330746750799873)  # 2 / (0.147 pi)
    y = sqrt(sqrt(middle * middle - inner * 6.802721088435374) - middle)
    for _ in range(3):
        error = where(size < 0.5, erf_word(y) - size, (1.0 - size) - erfc_word(y))
        error = error * 0.886226925452758 * exp_word(y * y)  # divided by the slope, 2 / sqrt(pi) e**(-y*y)
        y = y - error / fma(error, y, 1.0)
    y = where(size < 1.0, y, where(size == 1.0, inf, size * nan))
    return copysign(y, x)
