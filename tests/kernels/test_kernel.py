"""Decorators, arguments and versions of kernels."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mxnb.kernels import cache, pool
from mxnb.kernels.fingerprint import fingerprint
from mxnb.kernels.kernel import Static, all_kernels, cpu_kernel, foreach, helper, split_kernel
from mxnb.kernels.words import exp, lanes, load, store


@helper
def twice(x):
    return x * 2


@cpu_kernel
def shift(tile, y, x, n, amount):
    for i in range(x.shape[0]):
        y[i] = twice(x[i]) + n * amount + tile.rows
    return y[0]


@split_kernel(flat=True, grain=64)
def grow(y, x, first, last):
    for i in range(first, last, lanes(x)):
        store(y, i, exp(load(x, i, 1, 1, 1, last - i)), 1, last - i)


@foreach(flat=True, grain=64)
def scale(i, y, x, factor):
    y[i] = x[i] * factor


@cpu_kernel
def calls_a_kernel(y, x, n, amount):
    shift(Static_of_rows, y, x, n, amount)


Static_of_rows = Static(rows=5)


@pytest.fixture(params=[1, 2])
def threads(request):
    before = pool.set_num_threads(request.param)
    yield request.param
    pool.set_num_threads(before)


def test_numbers_static_values_and_results():
    x, y = np.arange(3.0), np.empty(3)
    assert shift(Static(rows=1), y, x, 2, 0.5) == 2
    assert y.tolist() == [2, 4, 6]
    assert shift(Static(rows=7), y, x, np.int32(2), np.float32(0.5)) == 8
    calls_a_kernel(y, x, True, 0.0)
    assert y.tolist() == [5, 7, 9]


@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (7, 11, 13), (999,)])
def test_flat_kernels_take_any_shape(shape, threads):
    x = np.linspace(-2, 2, int(np.prod(shape)), dtype="f4").reshape(shape)
    y = np.empty_like(x)
    grow(x.size, y, x)
    np.testing.assert_allclose(y, np.exp(x), rtol=1e-6)
    scale(x.size, y, x, 1.5)
    np.testing.assert_array_equal(y, x * np.float32(1.5))


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "i2", "i4", "i8", "f4", "f8"])
def test_dtypes(dtype):
    def body(i, y, x):
        y[i] = x[i]

    x, y = np.array([0, 1, 1, 0, 1]).astype(dtype), np.zeros(5, dtype)
    foreach(body)(5, y, x)
    np.testing.assert_array_equal(y, x)


def test_variant_is_bare_and_checks_its_arguments():
    x, y = np.zeros((2, 3), "f4"), np.empty((2, 3), "f4")
    run = grow.variant(y, x, 0, 0)
    assert run is grow.variant(x, y, 1, 2)
    run(y, x, 0, 6)
    assert (y == 1).all()
    read_only = x.copy()
    read_only.flags.writeable = False
    run(y, read_only, 0, 6)
    wrong = [(), (y, x), (y, x, 0), (y, x, 0, 1, 2), (y[:, ::2], x, 0, 1), (y, x.astype("f8"), 0, 1)]
    wrong += [(y, x.astype(">f4"), 0, 1), (y, [1.0], 0, 1), (y, None, 0, 1), (y, x, "a", 1), (y, x, 0.5, 1)]
    for args in wrong:
        with pytest.raises(TypeError):
            run(*args)
    with pytest.raises(OverflowError):
        run(y, x, 1 << 70, 1)
    with pytest.raises(TypeError, match="grow: argument 1 must be a contiguous NumPy array of float32"):
        run(y, x.astype("f8"), 0, 1)
    with pytest.raises(TypeError, match="kernels take arrays of numbers"):
        grow(6, y, "text")


def test_no_reference_is_lost():
    x, y = np.zeros(3, "f4"), np.zeros(3, "f4")
    run = grow.variant(y, x, 0, 0)
    before = sys.getrefcount(x), sys.getrefcount(None)
    for _ in range(1000):
        run(y, x, 0, 3)
    assert sys.getrefcount(x) == before[0]
    assert abs(sys.getrefcount(None) - before[1]) < 100


def test_results_do_not_depend_on_threads():
    def body(y, x, first, last):
        total = np.float32(0)
        for i in range(first, last):
            total += x[i]
        y[first] = total

    kernel = split_kernel(body, grain=100)
    x = np.random.default_rng(0).normal(size=10_000).astype("f4")
    results = []
    before = pool.num_threads()
    for n in (1, 2, 3):
        pool.set_num_threads(n)
        y = np.zeros_like(x)
        kernel(x.size, y, x)
        results.append(y)
    pool.set_num_threads(before)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_literals_have_the_dtype_of_the_data():
    def body(i, x, y):
        y[i] = third(x[i])

    third = lambda x: x / 3 + 0.1
    x, y = np.ones(1, "f4"), np.empty(1, "f8")
    foreach(body)(1, x, y)
    assert y[0] == np.float64(np.float32(1) / np.float32(3) + np.float32(0.1))


def test_fingerprints_follow_what_a_kernel_reaches():
    def kernel_of(function, number):
        def body(i, y, x):
            y[i] = function(x[i]) + number

        return foreach(body)

    plain = [kernel_of(lambda x: x + 1, 1), kernel_of(lambda x: x + 1, 1)]
    other = [kernel_of(lambda x: x + 2, 1), kernel_of(lambda x: x + 1, 2), kernel_of(exp, 1), kernel_of(twice, 1)]
    other += [kernel_of(lambda x: exp(x), 1), kernel_of(lambda x: twice(x), 1), kernel_of(lambda x: x + 1.0, 1)]
    assert fingerprint(plain[0]) == fingerprint(plain[1])
    texts = {fingerprint(kernel) for kernel in (plain[0], *other)}
    assert len(texts) == 1 + len(other)
    assert not any(" at 0x" in text for text in texts)


def test_kernels_are_listed():
    assert {shift, grow, scale} <= set(all_kernels())
    grow(1, np.zeros(1), np.zeros(1))
    assert (("array", "d", -1), ("array", "d", -1), ("int",), ("int",)) in grow.requested


@pytest.mark.parametrize("setting", [{"MXNB_KERNEL_CACHE": "dispatcher"}, {"MXNB_DISABLE_JIT": "1"}])
def test_other_modes(setting, tmp_path):
    """Without object files, and without compiling at all, kernels give the same results."""
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import numpy as np
from test_kernel import *
x = np.linspace(-2, 2, 300, dtype="f4").reshape(3, 100)
x.flags.writeable = False
y = np.empty_like(x)
grow(x.size, y, x)
np.testing.assert_allclose(y, np.exp(x), rtol=1e-6)
scale(x.size, y, x, 1.5)
np.testing.assert_allclose(y, x * 1.5, rtol=1e-6)
assert shift(Static(rows=1), y.reshape(-1), x.reshape(-1), 2, 0.5) == -2
if "numba" in sys.modules:
    test_variant_is_bare_and_checks_its_arguments()
"""
    env = {**os.environ, **setting, "MXNB_CACHE_DIR": str(tmp_path / "none")}
    subprocess.run([sys.executable, "-c", program], env=env, check=True, timeout=120)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("n", [3, 5000])  # below and above what the interpreter's lock is kept for
def test_bound_arguments(n):
    x, y = np.arange(n, dtype="f4"), np.zeros(n, "f4")
    double = cache.bound(scale.variant(y, x, 2.0, 0, n), 2.0, 0, n)
    assert double(y, x) is None
    np.testing.assert_array_equal(y, 2 * x)
    cache.bound(double, x)(y)  # more of what is bound already
    with pytest.raises(TypeError):
        double(y)
    with pytest.raises(TypeError):
        double(y, x, 2.0)
    with pytest.raises(TypeError, match="argument 1"):
        double(y, x.astype("f8"))
    with pytest.raises(TypeError):
        cache.bound(scale.variant(y, x, 2.0, 0, n), 2.0, 0, None)(y, x)
