"""Kernels on CUDA: in the simulator, which needs a process of its own, and compiled for real where the packages are."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mxnb.kernels.cuda import DEVICE, SIMULATED, assemble, compile_for, launch_size
from mxnb.kernels.kernel import Static, all_kernels, cuda_kernel, foreach, helper
from mxnb.kernels.words import WORDS, cast, exp, load, maximum, where

cuda = None  # numba.cuda where it is compiled


@helper
def scaled(x, factor):
    return x * factor


def logistic(x):
    return 1 / (1 + exp(-x))


@foreach(flat=True)
def sigmoid(i, y, x, factor):
    y[i] = cast(scaled(logistic(x[i]), factor), y)


@foreach
def row_sum(i, sizes, y, x):
    total = 0.0
    for j in range(sizes.cols):
        total += where(x[i, j] > 0, maximum(x[i, j], 1), 0.0)
    y[i] = total


@cuda_kernel
def reverse(shape, y, x):
    """Reverses blocks of shape.size numbers through shared memory."""
    block = cuda.shared.array(4, np.float32)
    thread = cuda.threadIdx.x
    for start in range(0, x.shape[0], shape.size):
        block[thread] = x[start + thread]
        cuda.syncthreads()
        y[start + thread] = block[shape.size - 1 - thread]
        cuda.syncthreads()


@cuda_kernel
def negate(y, x):
    for i in range(cuda.grid(1), x.shape[0], cuda.gridsize(1)):
        y[i] = -x[i]


def simulated():
    """What the process with the simulator does."""
    from numba import cuda as target

    x = np.linspace(-2, 2, 12, dtype="f4").reshape(3, 4)
    there, result = target.to_device(x), target.to_device(np.zeros_like(x))
    sigmoid(12, result, there, 2.0)
    np.testing.assert_allclose(result.copy_to_host(), 2 / (1 + np.exp(-x)), rtol=1e-6)
    y = np.empty_like(x)
    sigmoid(12, y, x, 2.0)  # the same kernel on the host
    np.testing.assert_allclose(y, result.copy_to_host(), rtol=1e-6)

    sums = target.to_device(np.zeros(3, "f4"))
    row_sum(3, Static(cols=4), sums, there)
    np.testing.assert_allclose(sums.copy_to_host(), np.where(x > 0, np.maximum(x, 1), 0).sum(1))

    flat, out = target.to_device(x.reshape(-1)), target.to_device(np.zeros(12, "f4"))
    reverse.launch(1, 4, Static(size=4), out, flat)
    np.testing.assert_array_equal(out.copy_to_host().reshape(3, 4), x[:, ::-1])
    negate(12, out, flat)
    np.testing.assert_array_equal(out.copy_to_host(), -x.reshape(-1))
    negate(0, out, flat)
    assert launch_size(1000) == (1, 8)
    assert (("array", "f", 1), ("array", "f", 1)) in negate.requested
    assert sigmoid.cuda in all_kernels()


def test_simulator():
    program = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_cuda; test_cuda.simulated()"
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    subprocess.run([sys.executable, "-c", program], env=env, check=True, timeout=120)


def test_device_words_are_words():
    assert set(DEVICE) <= set(WORDS)
    tiles_only = {"load", "store", "lanes", "zeros", "column", "transpose", "interleave", "evens", "odds", "pairs"}
    tiles_only |= {"arrays", "numbers", "swap", "reduce_add", "reduce_max", "reduce_min", "reduce_multiply"}
    assert set(WORDS) - set(DEVICE) == tiles_only | {"cast"}


SPECIAL = [0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 3.7, 0.0, 8.0, -8.0, 0.25]


@pytest.mark.parametrize(
    "name", ["round", "round_even", "rint", "cbrt", "sign", "exponent", "significand", "power_of_two"]
)
def test_device_functions_run_as_python(name):
    """Those that are not of `math`, against their words."""
    for x in np.array(SPECIAL):
        if name in ("exponent", "significand"):
            x = abs(x) or 1.0
        if name == "power_of_two":
            x = np.trunc(x)
        np.testing.assert_allclose(DEVICE[name](x), WORDS[name](x), rtol=1e-15)


@pytest.mark.parametrize("name", ["maximum", "minimum", "mod", "power", "flip"])
def test_device_functions_of_two(name):
    for a in SPECIAL:
        for b in (3.0, -3.0, 0.0):
            if name != "power" or a > 0:
                assert DEVICE[name](a, b) == WORDS[name](a, b)
    for a, b in ((np.nan, 1.0), (1.0, np.nan)):
        assert np.isnan(DEVICE[name](a, b)) or name in ("power", "flip")


# --- Real compilation ------------------------------------------------------------------------------------------------

try:
    import cuda.bindings.nvjitlink

    WHY = "in the simulator nothing is compiled" if SIMULATED else ""
except ImportError:
    WHY = "numba-cuda with its compiler (extra cuda12 or cuda13) is not installed"
real = pytest.mark.skipif(bool(WHY), reason=WHY)
CAPABILITIES = [(7, 5), (9, 0)]


@real
@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize("char", "efdi")
def test_compiles_to_cubin(char, capability):
    array = ("array", char, -1)
    ptx = compile_for(sigmoid, (array, array, ("float",)), capability)
    assert len(assemble(ptx, capability)) > 1000
    assert char in "di" or ".f64" not in ptx  # literals do not widen the arithmetic
    rows = (("static", (("cols", 4),)), ("array", char, 1), ("array", char, 2))
    assert len(assemble(compile_for(row_sum, rows, capability), capability)) > 1000


@real
def test_compiles_with_shared_memory():
    spec = (("static", (("size", 4),)), ("array", "f", 1), ("array", "f", 1))
    assert "bar.sync" in compile_for(reverse, spec, (7, 5))


def applied(function):
    """A kernel body that applies a word."""

    def one(i, y, x):
        y[i] = function(x[i])

    def two(i, y, x):
        y[i] = function(x[i], x[i])

    def three(i, y, x):
        y[i] = function(x[i] > 0, x[i], x[i])

    return (one, two, three)[len(inspect.signature(function).parameters) - 1]


@real
@pytest.mark.slow
@pytest.mark.parametrize("name", DEVICE)
def test_every_word_compiles(name):
    assert compile_for(foreach(applied(WORDS[name])), (("array", "f", 1), ("array", "f", 1)), (7, 5))


@real
def test_words_of_tiles_are_refused():
    def body(i, y, x):
        y[i] = load(x, i, 1, 1)

    with pytest.raises(TypeError, match="the word 'load' works on register tiles"):
        compile_for(foreach(body), (("array", "f", 1), ("array", "f", 1)), (7, 5))
