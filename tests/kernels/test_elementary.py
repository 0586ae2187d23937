"""Elementary functions against wider numbers, in units in the last place."""

import math

import numpy as np
import pytest

import mxnb as mx
from mxnb import nd
from mxnb.kernels import elementary, words

BOUNDS = {
    "exp": 1.1, "expm1": 1.5, "log": 1, "log1p": 1.5, "log2": 1, "log10": 1, "cbrt": 1, "rcbrt": 1.1,
    "sin": 1.8, "cos": 1.8, "tan": 3, "arcsin": 2, "arccos": 1.2, "arctan": 1.6, "erf": 1.3, "erfinv": 2.5,
    "sinh": 1.8, "cosh": 1.5, "tanh": 2.6, "arcsinh": 2.2, "arccosh": 2.2, "arctanh": 2.5, "gamma": 0.7,
}  # fmt: skip
"""Largest error in units in the last place, over the whole range of single precision."""
DOUBLE = {
    "exp": 1.1, "expm1": 2, "log": 1, "log1p": 1.5, "log2": 1, "log10": 1, "cbrt": 1, "rcbrt": 1.1,
    "sin": 1.8, "cos": 1.8, "tan": 3, "arcsin": 2.2, "arccos": 1.3, "arctan": 1.6,
    "sinh": 1.8, "cosh": 1.5, "tanh": 2.6, "arcsinh": 2.2, "arccosh": 2.8, "arctanh": 2.5,
}  # fmt: skip
"""The same of double precision."""
wider = pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="needs numbers wider than double precision")
ODD = ["sin", "tan", "arcsin", "arctan", "sinh", "tanh", "arcsinh", "arctanh", "cbrt", "erf", "erfinv"]
SPECIAL = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 1e-40, 1e30, 4097.0, 2.0**24, 2.0**24 - 1, 1e38, 1.0000001, 0.99999994]
SPECIAL = np.array([sign * x for x in [*SPECIAL, math.inf, math.nan] for sign in (1, -1)], "f4")


def errors(got, exact):
    """Of each number, in units in the last place of `exact`; infinite where only one is not a number or infinite."""
    with np.errstate(all="ignore"):
        rounded = exact.astype(got.dtype)
        least = np.finfo(got.dtype).smallest_normal
        found = np.abs(got - exact) / np.spacing(np.maximum(np.abs(rounded), least))
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    return np.where(same, np.where(found <= 0.5, found, 0), np.where(np.isnan(found), math.inf, found))


def check(got, exact, bound, *args):
    found = errors(got, exact)
    worst = int(np.argmax(found))
    given = [float(arg[worst]) for arg in args]
    assert found[worst] <= bound, f"{found[worst]:.2f} ulp at {given}: {got[worst]!r} instead of {exact[worst]!r}"


def every(step):
    """Numbers of all sizes and both signs, subnormal, infinite and not-a-numbers too: every `step`-th bit pattern."""
    return np.arange(0, 1 << 32, step, dtype=np.uint64).astype(np.uint32).view("f4")


def every_double(n):
    """`n` numbers of all bit patterns of double precision, and some where functions change."""
    bits = np.random.RandomState(0).randint(0, 1 << 63, n, dtype=np.uint64) * np.uint64(2)
    special = [*SPECIAL[:24], 1e-310, 1e300, 1e9, 1.5e9, 709.78, 710.4, 745.1, 2.0**53, 1 + 2**-52, math.inf, math.nan]
    special = np.array(special, "f8")
    return np.concatenate([bits.view("f8"), -bits.view("f8"), special, -special])


@wider
@pytest.mark.parametrize("name", DOUBLE)
def test_within_units_in_the_last_place_of_double_precision(name):
    near = np.exp(np.linspace(-30, 30, 20_001))
    x = np.concatenate([every_double(20_000), np.linspace(-750, 750, 20_001), np.linspace(-4, 4, 20_001), near, -near])
    with np.errstate(all="ignore"):
        wide = x.astype(np.longdouble)
        exact = 1 / np.cbrt(wide) if name == "rcbrt" else getattr(np, name)(wide)
    check(getattr(nd, name)(nd.array(x, dtype="float64")).asnumpy(), exact, DOUBLE[name], x)


@wider
def test_error_functions_of_double_precision():
    """Against the C library, itself not always right in the last place; far outside where erfc is small."""
    x = np.concatenate([np.linspace(-6.5, 6.5, 40_001), every_double(5_000)])
    erf = np.array([math.erf(v) for v in x])
    check(nd.erf(nd.array(x, dtype="float64")).asnumpy(), erf, 2, x)
    x = np.linspace(-36, 8, 40_001)
    wide = -x.astype(np.longdouble) * np.sqrt(np.longdouble(0.5))
    t = wide.astype("f8")
    tail = np.array([math.erfc(v) for v in t]) - 2 / math.sqrt(math.pi) * np.exp(-t * t) * (wide - t).astype("f8")
    check(nd.LeakyReLU(nd.array(x, dtype="float64"), act_type="gelu").asnumpy(), x * 0.5 * tail, 6, x)


def test_inverse_error_function_of_double_precision():
    """There and back: the error of erf(erfinv(x)) is that of erfinv times the slope."""
    x = np.concatenate([np.linspace(-0.999, 0.999, 20_001), 10.0 ** np.linspace(-300, -1, 1000)])
    y = nd.erfinv(nd.array(x, dtype="float64")).asnumpy()
    slope = 2 / math.sqrt(math.pi) * np.exp(-y * y)
    back = np.array([math.erf(v) for v in y])
    assert (np.abs(back - x) <= 4 * np.spacing(np.abs(y)) * slope + 1.5 * np.spacing(np.abs(x))).all()
    near = 1 - 10.0 ** -np.linspace(3, 15, 1000)
    y = nd.erfinv(nd.array(near, dtype="float64")).asnumpy()
    back = np.array([math.erfc(v) for v in y])
    slope = 2 / math.sqrt(math.pi) * np.exp(-y * y)
    assert (np.abs(back - (1 - near)) <= 5 * np.spacing(y) * slope + 2 * np.spacing(1 - near)).all()
    assert nd.erfinv(nd.array([1.0, -1.0, 1.5], dtype="float64")).asnumpy()[:2].tolist() == [math.inf, -math.inf]


TWICE = (3.0, -0.5)  # powers that are rounded more than once


@wider
@pytest.mark.parametrize(("name", "bound"), [("power", 1), ("hypot", 1.2)])
def test_of_two_numbers_of_double_precision(name, bound):
    random, n = np.random.RandomState(0), 30_000
    wild = every_double(15_000)
    special = wild[-70:]
    cases = [
        (wild, random.permutation(wild)),
        (np.exp(random.normal(0, 3, n)), random.normal(0, 20, n)),
        (1 + random.normal(0, 1e-4, n), random.normal(0, 1e6, n)),
        (-random.uniform(0.1, 9, n), random.randint(-40, 40, n)),
        (np.exp(random.normal(0, 99, n)), np.exp(random.normal(0, 99, n))),
        tuple(np.meshgrid(special, special)),
    ]
    a, b = (np.concatenate([np.ravel(case[i]).astype("f8") for case in cases]) for i in (0, 1))
    with np.errstate(all="ignore"):
        exact = words.WORDS[name](a.astype(np.longdouble), b.astype(np.longdouble))
    got = getattr(nd, f"broadcast_{name}")(nd.array(a, dtype="float64"), nd.array(b, dtype="float64")).asnumpy()
    twice = np.isin(b, TWICE) & (name == "power")
    check(got[~twice], exact[~twice], bound, a[~twice], b[~twice])
    known = ~np.isnan(got)
    np.testing.assert_array_equal(np.signbit(got[known]), np.signbit(exact[known]))


def test_remainders_of_double_precision_are_exact():
    random, wild = np.random.RandomState(0), every_double(15_000)
    moderate = random.normal(0, 100, 99_999), random.normal(0, 2, 99_999)
    for a, b in ((wild, random.permutation(wild)), moderate):
        with np.errstate(all="ignore"):
            exact = np.where(b == 0, 0, np.mod(a, b))
        got = nd.array(a, dtype="float64") % nd.array(b, dtype="float64")
        np.testing.assert_array_equal(got.asnumpy(), exact)


@pytest.mark.parametrize("name", BOUNDS)
def test_within_units_in_the_last_place(name):
    dense = np.linspace(-4, 4, 10001, dtype="f4")
    x = np.concatenate([every(400_009 if name in ("erf", "erfinv", "gamma") else 40_009), SPECIAL, dense])
    with np.errstate(all="ignore"):
        exact = np.asarray(words.WORDS[name](x.astype("f8")))
    check(getattr(nd, name)(nd.array(x)).asnumpy(), exact, BOUNDS[name], x)


def test_gammaln():
    """Above 0 within units in the last place, near the zeros 1 and 2 too; below 0 where the size is 1 or more."""
    near = np.arange(-1000, 1000) * 2.0**-23
    dense = np.concatenate([np.linspace(-5, 5, 30_001), 1 + near, 2 + near]).astype("f4")
    x = np.concatenate([every(400_009), SPECIAL, dense])
    with np.errstate(all="ignore"):
        got, exact = nd.gammaln(nd.array(x)).asnumpy(), words.gammaln(x.astype("f8"))
    known = (x > 0) | ~(np.abs(exact) < 1)
    check(got[known], exact[known], 2.8, x[known])
    np.testing.assert_allclose(got[~known], exact[~known], rtol=0, atol=2**-23)


def test_gelu():
    """x times the normal distribution function, where that is small as well."""
    x = np.concatenate([every(400_009), np.linspace(-14, 14, 100_001, dtype="f4")])
    x = x[np.isfinite(x)]
    exact = np.array([v * 0.5 * math.erfc(-v * math.sqrt(0.5)) for v in x.astype("f8")])
    got = nd.LeakyReLU(nd.array(x), act_type="gelu").asnumpy()
    usual = x > -13  # below, the distribution function is subnormal
    check(got[usual], exact[usual], 6, x[usual])
    check(got[~usual], exact[~usual], 11, x[~usual])


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_angles(name):
    """Where registers hold moderate angles only, up to the limit, and near multiples of pi / 2."""
    multiples = np.arange(-60000, 60000) * (math.pi / 2)
    x = np.concatenate(
        [np.linspace(-1e5, 1e5, 100_001), multiples, np.nextafter(multiples.astype("f4"), np.float32(0))]
    )
    x = x[np.abs(x) <= elementary.LARGE_ANGLE[0]].astype("f4")
    check(getattr(nd, name)(nd.array(x)).asnumpy(), getattr(np, name)(x.astype("f8")), BOUNDS[name], x)


def test_a_large_angle_among_moderate_ones():
    x = np.tile(np.array([0.5, 1e30, -0.0, 3e38, math.inf, math.nan, -2.0, 99999.0], "f4"), 9)
    with np.errstate(all="ignore"):
        exact = np.sin(x.astype("f8"))
    got = nd.sin(nd.array(x)).asnumpy()
    check(got, exact, BOUNDS["sin"], x)
    assert np.signbit(got[2::8]).all()


def test_results_do_not_depend_on_neighbours():
    """Though large angles, and exponents other than 1, 2 and 3, take whole registers another way."""
    x = np.linspace(-30, 30, 16_000, dtype="f4")
    among = np.stack([x, np.full_like(x, 1e30)], 1)
    for name in ("sin", "cos", "tan"):
        function = getattr(nd, name)
        np.testing.assert_array_equal(function(nd.array(among)).asnumpy()[:, 0], function(nd.array(x)).asnumpy())
    a, b = np.repeat(x, 2), np.tile(np.array([3, 2.5], "f4"), x.size)
    np.testing.assert_array_equal((nd.array(a) ** nd.array(b)).asnumpy()[::2], (nd.array(x) ** 3).asnumpy())


@pytest.mark.parametrize("name", ODD)
def test_odd_functions_keep_the_sign_of_zero(name):
    got = getattr(nd, name)(nd.array([0.0, -0.0])).asnumpy()
    assert got.tolist() == [0, 0]
    assert np.signbit(got).tolist() == [False, True]


def pairs():
    """Bases and exponents: all sizes, powers of moderate size, bases near 1, negative bases to whole powers."""
    random, n = np.random.RandomState(0), 30_000
    sizes = random.permutation(every(140_009))
    cases = [
        (sizes, random.permutation(sizes)),
        (np.exp(random.normal(0, 3, n)), random.normal(0, 20, n)),
        (1 + random.normal(0, 1e-4, n), random.normal(0, 1e5, n)),
        (-random.uniform(0.1, 9, n), random.randint(-40, 40, n)),
        tuple(np.meshgrid(SPECIAL, SPECIAL)),
    ]
    return [np.concatenate([np.ravel(case[i]).astype("f4") for case in cases]) for i in (0, 1)]


@pytest.mark.parametrize(("name", "bound"), [("power", 0.55), ("hypot", 0.51)])
def test_of_two_numbers(name, bound):
    """With all special cases of C: pow(1, nan) is 1, pow(-1, inf) is 1, pow(-0, -3) is -inf, hypot(inf, nan) is inf."""
    a, b = pairs()
    with np.errstate(all="ignore"):
        exact = words.WORDS[name](a.astype(np.longdouble), b.astype(np.longdouble))
    got = getattr(nd, f"broadcast_{name}")(nd.array(a), nd.array(b)).asnumpy()
    twice = np.isin(b, TWICE) & (name == "power")
    check(got[~twice], exact[~twice], bound, a[~twice], b[~twice])
    if twice.any():
        check(got[twice], exact[twice], 1.5, a[twice])
    known = ~np.isnan(got)
    np.testing.assert_array_equal(np.signbit(got[known]), np.signbit(exact[known]))


def test_remainders_are_exact():
    """Where registers hold moderate quotients only, and where they hold any."""
    random = np.random.RandomState(0)
    moderate = np.stack([random.normal(0, 100, 99_999), random.normal(0, 2, 99_999)]).astype("f4")
    whole = np.stack([random.randint(-(10**6), 10**6, 9999), random.randint(1, 3000, 9999) * 0.1]).astype("f4")
    for a, b in (pairs(), moderate, whole):
        with np.errstate(all="ignore"):
            exact = np.where(b == 0, 0, np.mod(a, b))
        np.testing.assert_array_equal((nd.array(a) % nd.array(b)).asnumpy(), exact)


def test_powers_with_a_scalar():
    """Special numbers, and all sizes beside each other; a number does not know what is beside it."""
    x = np.concatenate([SPECIAL, every(140_009)])
    with np.errstate(all="ignore"):
        for scalar in (2.0, 0.5, -0.5, -1.0, 3.0, 0.0, 1.75, math.inf, math.nan):
            wide, other = x.astype("f8"), np.full(x.shape, scalar)
            got = (nd.array(x) ** scalar).asnumpy()
            check(got, np.power(wide, other), 1.5 if scalar in TWICE else 0.55, x)
            exponents = np.where(np.arange(x.size) % 7, scalar, 1.3)
            mixed = nd.broadcast_power(nd.array(x), nd.array(exponents)).asnumpy()
            np.testing.assert_array_equal(got[exponents != 1.3], mixed[exponents != 1.3])
            once = ~np.isin(x, TWICE)
            check((scalar ** nd.array(x)).asnumpy()[once], np.power(other, wide)[once], 0.55, x[once])


@pytest.mark.parametrize("name", [*BOUNDS, "gammaln", "power", "hypot"])
def test_definitions_run_as_numpy(name):
    """The polynomials themselves, uncompiled."""
    function = getattr(elementary, name)
    args = [np.linspace(0.01, 0.99, 999, dtype="f4") + np.float32(name == "arccosh")]
    args += [args[0][::-1]] * (name in ("power", "hypot"))
    exact = words.WORDS[name](*(arg.astype("f8") for arg in args))
    assert function(*args).dtype == np.float32
    # without fused multiplication and addition a little is lost
    check(function(*args), exact, BOUNDS.get(name, 1.5) + 1, *args)


SHORT = {-3: 2.6, -2: 1.9, -1: 0.51, -0.5: 1.5, 0: 0, 0.5: 0.51, 1: 0, 1.5: 1.3, 2: 0.51, 3: 1.3, 4: 1.9}


@wider
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("exponent", SHORT)
def test_short_powers(exponent, dtype):
    """Of all sizes, and their gradients, of single kernels and in a chain of operators."""
    x = np.concatenate([SPECIAL, every(170_003)]) if dtype == "float32" else every_double(20_000)
    with np.errstate(all="ignore"):
        wide = x.astype("f8" if dtype == "float32" else np.longdouble)
        exact, slope = (np.power(wide, np.full_like(wide, e)) for e in (exponent, exponent - 1))
    a = nd.array(x, dtype=dtype)
    a.attach_grad()
    with mx.autograd.record():
        y = a**exponent
    check(y.asnumpy(), exact, SHORT[exponent], x)
    zeros = (x == 0) | np.isinf(x)
    np.testing.assert_array_equal(np.signbit(y.asnumpy()[zeros]), np.signbit(exact[zeros]))
    y.backward()
    usual = (np.abs(slope) > 4 * np.finfo(dtype).tiny) & (np.abs(slope) < np.finfo(dtype).max / 4)
    check(a.grad.asnumpy()[usual], exponent * slope[usual], SHORT.get(exponent - 1, 0.9) * 2 + 1, x[usual])
    data = mx.sym.Variable("x")
    bound = (data**exponent * 2.0 + 0.0).bind(mx.cpu(), {"x": a})
    np.testing.assert_array_equal(bound.forward()[0].asnumpy(), (y * 2.0 + 0.0).asnumpy())


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64"])
def test_powers_of_whole_numbers(dtype):
    """Products, as NumPy's; exponents are whole numbers there too."""
    x = np.arange(-5, 130).astype(dtype)
    with np.errstate(all="ignore"):
        for exponent in (0, 1, 2, 3, 4):
            got = (nd.array(x, dtype=dtype) ** exponent).asnumpy()
            np.testing.assert_array_equal(got, x ** np.array(exponent, dtype))
    few = nd.array([1, 2, 3], dtype=dtype)
    for exponent, want in ((5, [1, 32, 243]), (2.9, [1, 4, 9]), (0.5, [1, 1, 1]), (-1, [1, 0, 0]), (-2.5, [1, 0, 0])):
        assert (few**exponent).asnumpy().tolist() == np.array(want).astype(dtype).tolist(), exponent


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64"])
def test_whole_numbers_to_whole_powers(dtype):
    """All of them where they can be exact; large exponents, and those below 0."""
    random = np.random.RandomState(0)
    a, b = random.randint(0 if dtype == "uint8" else -9, 10, 500), random.randint(0, 6, 500)
    got = nd.power(nd.array(a, dtype=dtype), nd.array(b, dtype=dtype)).asnumpy()
    np.testing.assert_array_equal(got, np.power(a, b).astype(dtype))
    one = nd.array([1] if dtype == "uint8" else [1, -1], dtype=dtype)
    for exponent in (5, 64, 65, 127, 128, 1000, 1001, -1, -2, -63, -1000):
        if np.array(exponent).astype(dtype) == exponent:
            assert (one**exponent).asnumpy().tolist() == [1, (-1) ** (exponent % 2)][: one.size]
    if dtype not in ("int8", "uint8"):
        assert (nd.array([5, -2, 100], dtype=dtype) ** -3).asnumpy().tolist() == [0, 0, 0]
        assert (nd.array([3], dtype=dtype) ** 19).asnumpy()[0] == 3**19
