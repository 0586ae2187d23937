"""Random numbers: what must hold of a few thousand of them, mean and spread above all."""

import numpy as np

from .table import S, Whole, X, case

NONE = "random numbers have none"
MANY = (40, 100)


def spread_as(mean_and_deviation, least=-np.inf, most=np.inf, whole=False, parameters=True):
    """A check of mean and standard deviation, each parameter's numbers by themselves, and of the range."""

    def check(outs, inputs, shape=None, dtype=None, **params):
        (y,) = outs
        given = [x.astype("f8") for x in inputs] if parameters else []
        mean, deviation = mean_and_deviation(*given, **params)
        axes = tuple(range(given[0].ndim if given else 0, y.ndim))
        y = y.astype("f8")
        n = int(np.prod([y.shape[a] for a in axes]))
        assert (abs(y.mean(axis=axes) - mean) <= 5 * deviation / np.sqrt(n) + 1e-3).all()
        assert (abs(y.std(axis=axes) - deviation) <= 0.2 * deviation).all()
        assert ((y >= least) & (y <= most)).all()
        if whole:
            assert (y == np.floor(y)).all()
        if dtype:
            assert outs[0].dtype == np.dtype(dtype)

    return check


def negative_binomial(k, p):
    return k * (1 - p) / p, np.sqrt(k * (1 - p)) / p


DISTRIBUTIONS = {  # mean and standard deviation, parameters, least number, whether whole
    "uniform": (lambda low, high: ((low + high) / 2, (high - low) / np.sqrt(12)), (-1.0, 3.0), -1, False),
    "normal": (lambda loc, scale: (loc, scale), (1.0, 2.0), -np.inf, False),
    "exponential": (lambda lam: (1 / lam, 1 / lam), (2.0,), 0, False),
    "gamma": (lambda alpha, beta: (alpha * beta, np.sqrt(alpha) * beta), (3.0, 0.5), 0, False),
    "poisson": (lambda lam: (lam, np.sqrt(lam)), (4.0,), 0, True),
    "negative_binomial": (negative_binomial, (3, 0.5), 0, True),
    "generalized_negative_binomial": (
        lambda mu, alpha: (mu, np.sqrt(mu + alpha * mu * mu)), (4.0, 0.25), 0, True,
    ),
}  # fmt: skip
for name, (facts, values, least, whole) in DISTRIBUTIONS.items():
    names = facts.__code__.co_varnames[: facts.__code__.co_argcount]
    params = dict(zip(names, values))
    flags = {"random": True, "gradient": NONE}
    check = spread_as(facts, least, whole=whole)
    case(
        f"_random_{name}",
        check,
        S(**params, shape=MANY).but(dtypes=("float32",), result="float32"),
        S(**params, shape=MANY, dtype="float64").but(dtypes=("float32",), result="float64"),
        S(**params, shape=MANY, dtype="float16").but(dtypes=("float32",), result="float16"),
        **flags,
    )
    like = spread_as(facts, least, whole=whole, parameters=False)
    case(f"_random_{name}_like", like, S(X(*MANY), **params), **flags)
    each = [X(2, low=0.9 * v, high=1.1 * v) if type(v) is float else Whole(2, low=v, high=v + 1) for v in values]
    by_place = spread_as(lambda *values, facts=facts: facts(*values), whole=whole)
    case(f"_sample_{name}", by_place, S(*each, shape=(2000,)).but(dtypes=("float32", "float64")), **flags)

case(
    "_random_randint",
    spread_as(lambda low, high: ((low + high - 1) / 2, (high - low) / np.sqrt(12)), -3, 6, whole=True),
    S(low=-3, high=7, shape=MANY).but(result="int32"),
    S(low=-3, high=7, shape=MANY, dtype="int64").but(result="int64"),
    random=True,
    gradient=NONE,
    dtypes=("float32",),
)
case(  # more numbers than 32 bits tell apart
    "_random_randint",
    spread_as(lambda low, high: ((low + high - 1) / 2, (high - low) / np.sqrt(12)), 0, 10**12 - 1, whole=True),
    S(low=0, high=10**12, shape=MANY, dtype="int64").but(result="int64"),
    random=True,
    gradient=NONE,
    dtypes=("float32",),
)


def classes(outs, inputs, shape, get_prob=False, dtype="int32"):
    (p,) = inputs
    rows = outs[0].reshape(len(p), -1)
    for row, wanted in zip(rows, p):
        for k, share in enumerate(wanted):
            assert abs((row == k).mean() - share) < 0.05
    if get_prob:
        logs = outs[1].reshape(len(p), -1)
        expected = np.log(np.take_along_axis(p.astype("f8"), rows.astype(int), 1))
        np.testing.assert_allclose(logs, expected, rtol=2e-3, atol=2e-3)


class Shares(X):
    """Rows of probabilities."""

    def __init__(self):
        super().__init__(2, 3)

    def make(self, rng, dtype, index):
        return np.array([[0.2, 0.3, 0.5], [0.5, 0.4, 0.1]]).astype(dtype)


case(
    "_sample_multinomial",
    classes,
    S(Shares(), shape=(2000,)).but(result="int32", gradient="classes have none"),
    S(Shares(), shape=(2000,), get_prob=True).but(result=("int32", "float32"), dtypes=("float32",), heads=(1,)),
    random=True,
)


def shuffled(outs, inputs):
    (y,), (x,) = outs, inputs
    assert sorted(map(tuple, y)) == sorted(map(tuple, x))
    assert (y != x).any()


case(
    "_shuffle",
    shuffled,
    S(X(40, 2)).but(gpu="each target has an order of its own; tests/cuda/layers_on_gpu.py sorts it"),
    random=True,
    gradient=NONE,
    dtypes=("float32", "float64", "float16"),
)


def dropped(outs, inputs, p=0.5, mode="training", axes=()):
    (y,), (x,) = outs, inputs
    factor = (y.astype("f8") / x).round(2)
    kept = round(1 / (1 - p), 2)
    assert set(np.unique(factor)) <= {0.0, kept}
    assert abs((factor == 0).mean() - p) < (0.15 if axes else 0.05)
    for axis in axes:
        assert (factor == np.take(factor, [0], axis)).all()


ALL = X(40, 60, low=1, high=2)
case(
    "Dropout",
    dropped,
    S(ALL).but(train=True),
    S(ALL, p=0.2, mode="always"),
    S(ALL, p=0.5, axes=(0,)).but(train=True),
    random=True,
)
case("Dropout", lambda x, **_: x, S(X(3, 4)), S(X(3, 4), p=0.9), kind="exact")
case("Dropout", lambda x, **_: x, S(X(3, 4), p=0.0).but(train=True), kind="exact")
