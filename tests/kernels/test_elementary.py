"""Elementary functions in single precision against double precision, in units in the last place."""

import math

import numpy as np
import pytest

from mxnb import nd
from mxnb.kernels import elementary, words

BOUNDS = {
    "exp": 1.1, "expm1": 1.5, "log": 1, "log1p": 1.5, "log2": 1, "log10": 1, "cbrt": 1, "rcbrt": 1.1,
    "sin": 1.8, "cos": 1.8, "tan": 3, "arcsin": 2, "arccos": 1.2, "arctan": 1.6, "erf": 1.3, "erfinv": 2.5,
    "sinh": 1.8, "cosh": 1.5, "tanh": 2.6, "arcsinh": 2.2, "arccosh": 2.2, "arctanh": 2.5, "gamma": 0.7,
}  # fmt: skip
"""Largest error in units in the last place, over the whole range."""
ODD = ["sin", "tan", "arcsin", "arctan", "sinh", "tanh", "arcsinh", "arctanh", "cbrt", "erf", "erfinv"]
SPECIAL = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 1e-40, 1e30, 4097.0, 2.0**24, 2.0**24 - 1, 1e38, 1.0000001, 0.99999994]
SPECIAL = np.array([sign * x for x in [*SPECIAL, math.inf, math.nan] for sign in (1, -1)], "f4")
TINY = np.finfo("f4").smallest_normal


def errors(got, exact):
    """Of each number, in units in the last place of `exact`; infinite where only one is not a number or infinite."""
    with np.errstate(all="ignore"):
        rounded = exact.astype("f4")
        found = np.abs(got - exact) / np.spacing(np.maximum(np.abs(rounded), TINY))
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
    usual = x > -8
    check(got[usual], exact[usual], 4.5, x[usual])
    check(got[~usual], exact[~usual], 11, x[~usual])


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_angles(name):
    """Where registers hold moderate angles only, up to the limit, and near multiples of pi / 2."""
    multiples = np.arange(-60000, 60000) * (math.pi / 2)
    x = np.concatenate(
        [np.linspace(-1e5, 1e5, 100_001), multiples, np.nextafter(multiples.astype("f4"), np.float32(0))]
    )
    x = x[np.abs(x) <= elementary.LARGE_ANGLE].astype("f4")
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
    cube = (b == 3) & (name == "power")  # a product of three numbers is rounded twice
    check(got[~cube], exact[~cube], bound, a[~cube], b[~cube])
    if cube.any():
        check(got[cube], exact[cube], 1.3, a[cube])
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
    x = SPECIAL
    with np.errstate(all="ignore"):
        for scalar in (2.0, 0.5, -1.0, 3.0, 0.0, math.inf, math.nan):
            wide, other = x.astype("f8"), np.full(x.shape, scalar)
            bound = 1.3 if scalar == 3 else 0.55
            check((nd.array(x) ** scalar).asnumpy(), np.power(wide, other), bound, x)
            check((scalar ** nd.array(x)).asnumpy(), np.power(other, wide), 0.55, x)


@pytest.mark.parametrize("name", [*BOUNDS, "gammaln", "power", "hypot"])
def test_definitions_run_as_numpy(name):
    """The polynomials themselves, uncompiled."""
    single = f"{name}_single"
    function = getattr(elementary, single if hasattr(elementary, single) else name)
    args = [np.linspace(0.01, 0.99, 999, dtype="f4") + np.float32(name == "arccosh")]
    args += [args[0][::-1]] * (name in ("power", "hypot"))
    exact = words.WORDS[name](*(arg.astype("f8") for arg in args))
    assert function(*args).dtype == np.float32
    # without fused multiplication and addition a little is lost
    check(function(*args), exact, BOUNDS.get(name, 1.5) + 1, *args)
