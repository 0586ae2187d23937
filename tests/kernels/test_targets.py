"""Kernels on other processors than this one, and kernels that check the bounds of arrays: each in its own process.

Numba compiles for the processor that it is told.  One with fewer features than ours is ours with some of them unused.
"""

import os
import subprocess
import sys

import pytest

FEATURES = {
    "x86-64-v3": "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt,+sse4.2",
    "x86-64": "+sse2",
}
PROGRAM = """
import numpy as np
from mxnb.context import cpu
from mxnb.kernels.kernel import cpu_kernel
from mxnb.kernels.words import lanes
from mxnb.ops import primary

@cpu_kernel
def width(y):
    y[0] = lanes(y)

random = np.random.RandomState(0)

def check(name, expected, *shapes, dtype="float32", **params):
    inputs = [random.uniform(-1, 1, shape).astype(dtype) for shape in shapes]
    plan = primary[name].of(**params).bind(cpu(), True, tuple((x.shape, x.dtype) for x in inputs))
    outs = [np.empty(shape, kind) for shape, kind in plan.out_specs]
    plan.run(*outs, *inputs)
    np.testing.assert_allclose(outs[0], expected(*(x.astype("f8") for x in inputs)), 1e-4, 1e-4)

def convolved(x, w):
    wide = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)])
    windows = np.lib.stride_tricks.sliding_window_view(wide, (3, 3), (2, 3))
    return np.einsum("nchwij,ocij->nohw", windows, w)

for dtype in ("float32", "float64"):
    check("dot", np.matmul, (67, 81), (81, 93), dtype=dtype)
    check("Convolution", convolved, (2, 5, 9, 11), (21, 5, 3, 3), dtype=dtype, kernel=(3, 3), pad=(1, 1),
          num_filter=21, no_bias=True)
check("transpose", lambda x: x.T, (37, 45))
check("sum", lambda x: x.sum(1), (37, 45), axis=1)
check("tanh", np.tanh, (37, 45))
check("sin", np.sin, (37, 45))
check("broadcast_power", lambda a, b: np.power(a, b), (37, 45), (37, 1))
check("softmax", lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True), (37, 45))
y = np.zeros(1, "f4")
width(y)
print("numbers in a register:", int(y[0]))
"""


def run(program, **settings):
    environment = dict(os.environ, MXNB_NUM_THREADS="2", **settings)
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "uname") or os.uname().machine != "x86_64", reason="features are those of x86-64")
@pytest.mark.parametrize(("name", "width"), [("x86-64-v3", 8), ("x86-64", 4)])
def test_other_processors(name, width):
    """Results are right with the registers of a processor without AVX-512, and of one without AVX."""
    out = run(PROGRAM, NUMBA_CPU_NAME=name, NUMBA_CPU_FEATURES=FEATURES[name])
    assert f"numbers in a register: {width}" in out


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "uname") or os.uname().machine != "x86_64", reason="features are those of x86-64")
def test_half_without_instructions_for_it():
    """Conversions from and to float16 by integer arithmetic."""
    folder = os.path.dirname(os.path.abspath(__file__))
    program = f"import sys; sys.path.insert(0, {folder!r}); import test_words; test_words.test_half()"
    run(program, NUMBA_CPU_NAME="x86-64", NUMBA_CPU_FEATURES=FEATURES["x86-64"])


OUTSIDE = """
import numpy as np
import pytest
from mxnb.kernels.kernel import cpu_kernel, split_kernel
from mxnb.kernels.words import column, lanes, load, store, zeros

@cpu_kernel
def reads(y, x, at, width):
    store(y, 0, load(x, at, 1, 1, 1, width), 1, 1)

@cpu_kernel
def reads_row(y, x, at):
    store(y, 0, load(x, (at, 0), 1, 1), 1, 1)

@cpu_kernel
def reads_column(y, x, at):
    store(y, 0, column(x, at, 3, 2) + zeros(x, 1, 1), 1, 1)

@cpu_kernel
def reads_number(y, x, at):
    y[0] = x[at]

@split_kernel
def writes(y, x, at, first, last):
    for i in range(first, last):
        store(y, at + i * lanes(y), load(x, 0, 1, 1))

x, y = np.zeros(32, "f4"), np.zeros(32, "f4")
inside = np.zeros(1, "f4")
rows = np.zeros((2, 32), "f4")
for kernel, good, bad in (
    (reads, (x, 30, 2), (x, 30, 3)), (reads, (x, 0, 5), (x, -1, 5)), (reads, (x, 99, 0), (x, 99, 1)),
    (reads_row, (rows, 1), (rows, 2)), (reads_column, (x, 27), (x, 28)), (reads_number, (x, 31), (x, 32)),
):
    kernel(inside, *good)
    with pytest.raises(RuntimeError, match="outside of an array"):
        kernel(inside, *bad)
writes(1, y, x, 0)
with pytest.raises(RuntimeError, match="outside of an array"):
    writes(100, y, x, 0)
"""


def test_checked_kernels():
    """With MXNB_CHECK_KERNELS each way to read or write outside of an array raises, in threads of the pool, too."""
    run(OUTSIDE, MXNB_CHECK_KERNELS="1")


@pytest.mark.slow
def test_nothing_is_out_of_bounds():
    """The kernels above stay within their arrays."""
    run(PROGRAM, MXNB_CHECK_KERNELS="1")
