"""Updates of many parameters by one call of a kernel, and the words that read arrays and numbers out of tables."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mxnb.kernels import optimizer, pool
from mxnb.kernels.kernel import Static, cpu_kernel
from mxnb.kernels.words import arrays, numbers

ROOT = Path(__file__).resolve().parents[2]


@cpu_kernel
def mix(form, addresses, factors, count, y, like_whole, like_real):
    """y[row] = the sum of whole[i] * a + real[i] * b, of arrays and factors that stand in a row of tables."""
    for row in range(y.shape[0]):
        whole, real = arrays(addresses, row, count, (like_whole, like_real))
        a, b, _ = numbers(factors, row, form.count)
        total = 0.0
        for i in range(whole.shape[0]):
            total += whole[i] * a + real[i] * b
        y[row] = total


def table(rows):
    return np.array([[x.ctypes.data for x in row] for row in rows], np.int64)


@pytest.mark.parametrize("run", [mix, mix.function])
def test_arrays_and_numbers_of_tables(run):
    rows = [(np.arange(5) + k, np.linspace(0, k, 5, dtype="f4")) for k in range(3)]
    factors = np.arange(9, dtype="f8").reshape(3, 3)
    y = np.empty(3)
    run(Static(count=3), table(rows), factors, 4, y, np.empty(0, "i8"), np.empty(0, "f4"))
    wanted = [(w[:4] * f[0] + r[:4] * f[1]).sum() for (w, r), f in zip(rows, factors)]
    np.testing.assert_allclose(y, wanted, rtol=1e-6)


CHECKED = """
import numpy as np
from mxnb.kernels.kernel import Static, cpu_kernel
from mxnb.kernels.words import arrays, numbers

@cpu_kernel
def past(form, addresses, factors, count, place, row, like):
    (x,) = arrays(addresses, row, count, (like,))
    (a,) = numbers(factors, 0, form.count)
    x[place] = a

x = np.zeros(4)
tables = np.array([[x.ctypes.data]]), np.ones((1, 1))
past(Static(count=1), *tables, 3, 2, 0, np.empty(0))
assert x.tolist() == [0, 0, 1, 0]
for place, row in ((3, 0), (0, 1)):
    try:
        past(Static(count=1), *tables, 3, place, row, np.empty(0))
    except RuntimeError as error:
        assert "outside of an array" in str(error)
    else:
        raise AssertionError(f"{place} of 3, row {row} of 1")
"""


def test_tables_are_checked():
    env = {**os.environ, "MXNB_CHECK_KERNELS": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", CHECKED], env=env, check=True, timeout=300)


SIZES = [(1,), (3, 5), (), (0, 4), (optimizer.PIECE,), (optimizer.PIECE * 5 + 1,), (7,), (64, 3, 3, 3)]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(
    ("kernel", "count", "scalars"),
    [
        (optimizer.sgd, 2, (0.1, 0.01, 0.5, np.inf)),
        (optimizer.nag, 3, (0.1, 0.9, 0.01, 0.5, 0.75)),
        (optimizer.rmsprop_centered, 5, (0.1, 0.9, 0.8, 0.01, 0.01, 0.5, 0.75, 1.5)),
    ],
)
@pytest.mark.parametrize("threads", [1, 3])
def test_bit_equal_to_one_after_another(kernel, count, scalars, dtype, threads):
    rng = np.random.default_rng(1)
    rows = [[rng.uniform(1, 2, size).astype(dtype) for _ in range(count)] for size in SIZES]
    wanted = [[x.copy() for x in row] for row in rows]
    together = optimizer.Together(kernel, rows, len(scalars))
    before = pool.set_num_threads(threads)
    try:
        for step in range(3):
            for place, row in enumerate(wanted):
                together.rates[place] = (scalars[0] / (place + step + 1), *scalars[1:])
                kernel(row[0].size, *row, scalars[0] / (place + step + 1), *scalars[1:])
            together.run()
    finally:
        pool.set_num_threads(before)
    for row, want in zip(rows, wanted):
        for x, y in zip(row, want):
            np.testing.assert_array_equal(x, y)


def test_ends():
    x = np.zeros(10)
    first, last = optimizer.ends(x)
    assert (first, last - first) == (x.ctypes.data, 80)
    assert optimizer.ends(x[5:]) == (first + 40, last)
