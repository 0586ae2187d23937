"""Reductions over all sets of axes, and their accuracy, against NumPy in float64."""

import itertools

import numpy as np
import pytest

from mxnb.kernels import words
from mxnb.kernels.reduction import Reduction
from mxnb.ops.operator import registry

NUMPY = {"sum": np.sum, "mean": np.mean, "prod": np.prod, "max": np.max, "min": np.min}


def reduce(name, x, axes):
    shape = tuple(n for a, n in enumerate(x.shape) if a not in axes) or (1,)
    y = np.empty(shape, x.dtype)
    registry[name].kernels.bind(True, x.shape, axes, x.dtype)(y, x)
    return y


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NUMPY)
@pytest.mark.parametrize(
    "shape", [(7,), (3, 200), (2, 5, 130), (3, 1, 17, 9), (2, 3, 4, 5, 6), (130, 3), (300, 2, 40), (2, 3, 2, 300)]
)
def test_any_axes(shape, name, dtype):
    x = 1 + np.random.RandomState(0).standard_normal(shape).astype(dtype) * 0.01
    for count in range(1, len(shape) + 1):
        for axes in itertools.combinations(range(len(shape)), count):
            want = np.atleast_1d(NUMPY[name](x.astype("float64"), axes))
            tolerance = 1e-11 if dtype == "float64" else 2e-5 if name == "prod" else 2e-6
            np.testing.assert_allclose(reduce(name, x, axes), want, rtol=tolerance)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64"])
@pytest.mark.parametrize("name", ["sum", "prod", "max", "min"])
@pytest.mark.parametrize("shape", [(7,), (3, 1000), (2, 5, 130), (2, 3, 4, 5, 6), (300, 2, 40), (140, 900)])
def test_whole_numbers(shape, name, dtype):
    """Exact, and modulo 2**bits as their dtype adds and multiplies."""
    limits = np.iinfo(dtype)
    some = np.random.RandomState(0).randint(max(limits.min, -(2**40)), min(limits.max, 2**40), shape).astype(dtype)
    for x in (some, np.full_like(some, limits.min), np.full_like(some, limits.max)):
        for count in range(1, len(shape) + 1):
            for axes in itertools.combinations(range(len(shape)), count):
                options = {"dtype": x.dtype} if name in ("sum", "prod") else {}
                want = np.atleast_1d(NUMPY[name](x, axes, **options))
                np.testing.assert_array_equal(reduce(name, x, axes), want)


@pytest.mark.parametrize("axes", [(0,), (1,)])
def test_mean_of_whole_numbers_divides_the_sum_of_their_dtype(axes):
    """As MXNet: the sum wraps around, the quotient loses its fraction."""
    x = np.random.RandomState(0).randint(0, 255, (70, 90)).astype("uint8")
    want = (x.sum(axes, dtype="uint8") / x.shape[axes[0]]).astype("uint8")
    np.testing.assert_array_equal(reduce("mean", x, axes), want)


@pytest.mark.parametrize("name", ["sum", "max", "min", "mean"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("axes", [(0,), (1,)])
def test_wild_numbers(axes, value, name):
    for at in [(0, 0), (5, 99), (2, 64)]:
        x = np.random.RandomState(0).rand(6, 100).astype("float32")
        x[at] = value
        np.testing.assert_allclose(reduce(name, x, axes), NUMPY[name](x, axes), rtol=1e-5)


@pytest.mark.parametrize(("shape", "axes"), [((10**7,), (0,)), ((10**6, 10), (0,)), ((10, 10**6), (0, 1)),
                                             ((10**5, 4, 25), (0, 2)), ((2, 10**6), (1,))])  # fmt: skip
def test_long_sums_are_exact_to_single_precision(shape, axes):
    x = np.random.RandomState(0).rand(*shape).astype("float32")
    want = x.astype("float64").sum(axes)
    np.testing.assert_allclose(reduce("sum", x, axes), want.reshape(reduce("sum", x, axes).shape), rtol=1e-6)


@pytest.mark.parametrize(
    ("shape", "axes"), [((3, 40, 5), (1,)), ((3, 40, 5), (0, 2)), ((2, 150), (1,)), ((5, 140), (0,))]
)
def test_uncompiled_kernels_do_the_same(shape, axes, monkeypatch):
    monkeypatch.setenv("MXNB_DISABLE_JIT", "1")
    monkeypatch.setattr(words, "VECTOR_BYTES", 16)
    x = np.random.RandomState(0).rand(*shape)
    kernels = Reduction("test", lambda x: x, lambda a, b: a + b, 0.0, lambda a, n: a, words.reduce_add)
    want = x.sum(axes)
    y = np.empty(want.shape)
    kernels.bind(True, shape, axes, x.dtype)(y, x)
    np.testing.assert_allclose(y, want)
    whole = (x * 100).astype("int16")
    y = np.empty(want.shape, "int16")
    kernels.bind(True, shape, axes, whole.dtype)(y, whole)
    np.testing.assert_array_equal(y, whole.sum(axes, dtype="int16"))
