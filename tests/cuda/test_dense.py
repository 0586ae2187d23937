"""Matrix products, convolutions and pooling on a GPU context: values in the simulator, compilation for real.

The simulator needs a process of its own.  `python tests/cuda/test_dense.py` runs the same cases on a real GPU.
"""

import os
import subprocess
import sys

import numpy as np
import pytest

import mxnb as mx
from mxnb.kernels import matmul, pooling
from mxnb.kernels.convolution import cuda as convolution
from mxnb.kernels.convolution import naive
from mxnb.kernels.cuda import SIMULATED, assemble, compile_for

RNG = np.random.default_rng(0)


def draw(*shape):
    return RNG.standard_normal(shape).astype("float32")


def convolve(**window):
    return lambda *args: mx.nd.Convolution(*args, **window)


def pooled(**window):
    return lambda x: mx.nd.Pooling(x, **window)


CASES = {
    "dot": (mx.nd.dot, draw(5, 7), draw(7, 3)),
    "dot of vectors": (mx.nd.dot, draw(7), draw(7)),
    "dot, first transposed": (lambda a, b: mx.nd.dot(a, b, transpose_a=True), draw(7, 5), draw(7, 3)),
    "dot, second transposed": (lambda a, b: mx.nd.dot(a, b, transpose_b=True), draw(5, 7), draw(3, 7)),
    "batch_dot": (lambda a, b: mx.nd.batch_dot(a, b, transpose_a=True), draw(2, 3, 5), draw(2, 3, 4)),
    "FullyConnected": (lambda *a: mx.nd.FullyConnected(*a, num_hidden=5), draw(3, 2, 2), draw(5, 4), draw(5)),
    "khatri_rao": (mx.nd.khatri_rao, draw(2, 3), draw(3, 3)),
    "Convolution": (convolve(kernel=(3, 3), pad=(1, 1), num_filter=3), draw(1, 2, 4, 5), draw(3, 2, 3, 3), draw(3)),
    "Convolution in groups": (
        convolve(kernel=(3, 2), stride=(2, 1), pad=(1, 0), dilate=(1, 2), num_filter=2, num_group=2, no_bias=True),
        draw(1, 4, 5, 4),
        draw(2, 2, 3, 2),
    ),
    "Convolution, depthwise": (
        convolve(kernel=(3, 2), stride=(2, 1), pad=(1, 1), dilate=(1, 2), num_filter=6, num_group=3),
        draw(2, 3, 5, 4),
        draw(6, 1, 3, 2),
        draw(6),
    ),
    "Convolution over one axis": (
        convolve(kernel=(3,), stride=(2,), num_filter=2),
        draw(2, 1, 7),
        draw(2, 1, 3),
        draw(2),
    ),
    "Deconvolution": (
        lambda *a: mx.nd.Deconvolution(*a, kernel=(3,), stride=(2,), pad=(1,), adj=(1,), num_filter=2, no_bias=False),
        draw(1, 3, 4),
        draw(3, 2, 3),
        draw(2),
    ),
    "max": (pooled(kernel=(3, 3), stride=(2, 2), pad=(1, 1)), np.round(draw(1, 2, 5, 6))),
    "avg": (pooled(kernel=(2, 2), stride=(2, 2), pool_type="avg", pooling_convention="full"), draw(1, 2, 5, 4)),
    "lp": (pooled(kernel=(2,), pool_type="lp", p_value=3), draw(2, 1, 5)),
    "global": (pooled(global_pool=True, pool_type="avg", layout="NHWC"), draw(1, 2, 3, 2)),
}


def results(ctx):
    """Values and gradients of all cases on a context."""
    found = {}
    for name, (function, *values) in CASES.items():
        inputs = [mx.nd.array(v, ctx=ctx) for v in values]
        for x in inputs:
            x.attach_grad()
        with mx.autograd.record():
            y = function(*inputs)
        if name != "khatri_rao":
            y.backward(y)
        found[name] = [y.asnumpy(), *(x.grad.asnumpy() for x in inputs)]
    return found


def compare():
    """Both contexts give the same."""
    here, there = results(mx.cpu()), results(mx.gpu(0))
    for name in CASES:
        for a, b in zip(here[name], there[name]):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5, err_msg=name)


def test_simulator():
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, __file__], env=env, check=True, timeout=300)


# --- Real compilation ------------------------------------------------------------------------------------------------

try:
    import cuda.bindings.nvjitlink  # noqa: F401 - whether it is there

    WHY = "in the simulator nothing is compiled" if SIMULATED else ""
except ImportError:
    WHY = "numba-cuda with its compiler (extra cuda12 or cuda13) is not installed"
real = pytest.mark.skipif(bool(WHY), reason=WHY)
CAPABILITIES = [(7, 5), (9, 0)]
NUMBERS = {"f": np.float32, "d": np.float64, "e": np.float32}


def compiled(kernel, spec, capability):
    ptx = compile_for(kernel, spec, capability)
    assert len(assemble(ptx, capability)) > 1000
    return ptx


def flat(char, count=1, ndim=1):
    return [("array", char, ndim)] * count


@real
@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize("each", [4, 8])
@pytest.mark.parametrize(
    "char", ["f", pytest.param("d", marks=pytest.mark.slow), pytest.param("e", marks=pytest.mark.slow)]
)
def test_blocks_compile(char, each, capability):
    number, whole = NUMBERS[char], ("int",)
    tables = (*flat("l", ndim=2), *flat("l"))
    windows = (*flat(char, 4), whole, *tables)
    kernels = [
        (matmul.matmul_cuda(number, each), (*flat(char, 4), *[whole] * 11)),
        (convolution.windows_cuda(number, each, False), windows),
        (convolution.windows_cuda(number, each, True), windows),
        (convolution.weights_cuda(number, each), (*flat(np.dtype(number).char), *flat(char, 2), whole, *tables)),
    ]
    for kernel, spec in kernels:
        ptx = compiled(kernel, spec, capability)
        assert ".local" not in ptx, f"{kernel} keeps its sums in memory, not in registers"
        assert char == "d" or ".f64" not in ptx, f"{kernel} computes in float64"


@real
@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize("char", "fde")
def test_depthwise_compiles(char, capability):
    results = (*flat(char, 4, -1), ("int",), *flat("l", ndim=-1))
    weights = convolution.depthwise_weights_cuda(NUMBERS[char])
    for kernel, spec in (
        (naive.forward, results),
        (naive.data_gradient, results),
        (weights, (*flat(char, 3), *flat("l"))),
    ):
        ptx = compiled(kernel, spec, capability)
        assert char == "d" or ".f64" not in ptx, f"{kernel} computes in float64"


@real
@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize("char", "fde")
def test_pooling_compiles(char, capability):
    table, counts = flat("l", ndim=-1), flat("f", ndim=-1)
    compiled(pooling.max_forward, (*flat(char, 2, -1), *table), capability)
    compiled(pooling.max_backward, (*flat(char, 4, -1), *table), capability)
    compiled(pooling.max_places, (*flat("l", 1, -1), *flat(char, 1, -1), *table), capability)
    compiled(pooling.sum_forward, (*flat(char, 2, -1), *counts, *table), capability)
    compiled(pooling.sum_backward, (*flat(char, 4, -1), *counts, *table), capability)


if __name__ == "__main__":
    compare()
