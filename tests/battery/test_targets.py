"""The CPU against CUDA, in the simulator or on a GPU where there is one; one thread against several.

The simulator is chosen when numba is imported, so it runs in a process of its own: `test_in_the_simulator` starts this
file again.  By hand: ``NUMBA_ENABLE_CUDASIM=1 pytest tests/battery/test_targets.py``.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from running import each, forward, gradients, has_gradient, head_weights, listed, on, quiet
from samples import CASES, close

import mxnb as mx
from mxnb import autograd, nd
from mxnb.kernels import device, pool
from mxnb.kernels.cuda import SIMULATED
from mxnb.ops import primary

GPU = SIMULATED or device.num_gpus() > 0
HERE = Path(__file__).resolve()
if SIMULATED:
    from numba.cuda.simulator.kernel import BlockThread

    alive = BlockThread.is_alive
    BlockThread.is_alive = lambda thread: time.sleep(0) or alive(thread)  # what waits for them also lets them run


def few(sample):
    """Samples that are small enough for the simulator, which runs a thread of Python for each of CUDA's."""
    return sample.gpu is True and not (SIMULATED and sample.random and sample.name.startswith("_sample_"))


@pytest.mark.skipif(GPU, reason="this is the simulator, or a GPU is there")
def test_in_the_simulator():
    """All tests below that need a GPU."""
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", "-k", "gpu", str(HERE)]
    done = subprocess.run(command, env=env, cwd=HERE.parents[2], capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@each(lambda s: GPU and few(s), dtypes=("float32", "float16", "int32"))
def test_gpu_equals_cpu(sample, dtype):
    arrays = sample.arrays(dtype)
    with quiet():
        expected, expected_after = forward(sample, arrays)
        got, after = forward(sample, arrays, mx.gpu())
    kind = sample.kind if dtype == "float16" or sample.kind == "long" else ""
    for i, (a, b) in enumerate(zip([*got, *after], [*expected, *expected_after])):
        assert a.dtype == b.dtype
        close(a, b, kind, f"array {i}", dtype if dtype != "int32" else None)


@each(lambda s: GPU and few(s) and has_gradient(s))
def test_gpu_gradient_equals_that_of_the_cpu(sample):
    arrays = sample.arrays("float64")
    pairs = zip(gradients(sample, arrays, "float64", mx.gpu()), gradients(sample, arrays, "float64"))
    for i, (a, b) in enumerate(pairs):
        close(a, b, "long", f"gradient {i}")


@pytest.mark.skipif(not GPU, reason="needs a GPU or the simulator")
@pytest.mark.parametrize("name", [n for n, s in CASES.items() if len(s[0].inputs) > 1 and not primary[n].internal])
def test_gpu_and_cpu_do_not_mix(name):
    sample = CASES[name][0]
    arrays = sample.arrays("float32" if "float32" in sample.dtypes else sample.dtypes[0])
    inputs = on(mx.cpu(), arrays)
    inputs[-1] = inputs[-1].as_in_context(mx.gpu())
    last = sample.op.input_names(len(arrays))[-1]
    with pytest.raises(mx.MXNetError, match=rf"{name}: {last} is on gpu\(0\), need cpu\(0\)"):
        nd.invoke(sample.op, inputs)


# --- Threads ---------------------------------------------------------------------------------------------------------

LARGE = [  # operator, shapes of the inputs, parameters
    ("exp", [(300, 1001)], {}),
    ("elemwise_mul", [(300, 1001), (300, 1001)], {}),
    ("broadcast_add", [(300, 1001), (1, 1001)], {}),
    ("sum", [(300, 1001)], {}),
    ("sum", [(300, 1001)], {"axis": 1}),
    ("sum", [(300, 1001)], {"axis": 0}),
    ("norm", [(300, 1001)], {}),
    ("softmax", [(300, 1001)], {}),
    ("log_softmax", [(40, 101, 65)], {"axis": 1}),
    ("LayerNorm", [(300, 1001), (1001,), (1001,)], {}),
    ("BatchNorm", [(20, 16, 31, 31), (16,), (16,), (16,), (16,)], {"fix_gamma": False}),
    ("FullyConnected", [(200, 301), (120, 301), (120,)], {"num_hidden": 120}),
    ("dot", [(301, 203), (203, 157)], {}),
    ("batch_dot", [(30, 33, 47), (30, 47, 29)], {}),
    ("Convolution", [(16, 8, 29, 29), (12, 8, 3, 3), (12,)], {"kernel": (3, 3), "pad": (1, 1), "num_filter": 12}),
    ("Convolution", [(32, 1, 28, 28), (20, 1, 5, 5), (20,)], {"kernel": (5, 5), "num_filter": 20}),
    ("Deconvolution", [(8, 6, 17, 17), (6, 5, 3, 3)], {"kernel": (3, 3), "stride": (2, 2), "num_filter": 5}),
    ("Pooling", [(16, 12, 33, 33)], {"kernel": (2, 2), "stride": (2, 2)}),
    ("Pooling", [(16, 12, 33, 33)], {"kernel": (3, 3), "pool_type": "avg", "pad": (1, 1)}),
    ("transpose", [(60, 70, 80)], {}),
    ("Dropout", [(300, 1001)], {"p": 0.3}),
    ("Embedding", [(50, 40), (100, 64)], {"input_dim": 100, "output_dim": 64}),
    ("SoftmaxOutput", [(300, 1001), (300,)], {}),
]


@pytest.mark.skipif(SIMULATED, reason="large arrays, no GPU")
@pytest.mark.parametrize("row", LARGE, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(LARGE)])
def test_number_of_threads_does_not_matter(row):
    name, shapes, params = row
    rng = np.random.default_rng(3)
    arrays = [rng.uniform(0.1, 1, s).astype("f4") for s in shapes]
    op = primary[name].of(**params)

    def outcome():
        inputs = on(mx.cpu(), arrays)
        for x in inputs:
            x.attach_grad()
        mx.random.seed(3)
        with autograd.record():
            outs = listed(op(*inputs))
        autograd.backward(outs, on(mx.cpu(), [w.astype("f4") for w in weights(outs)]))
        return [x.asnumpy() for x in [*outs, *(x.grad for x in inputs)]]

    def weights(outs):
        plain = type("Sample", (), {"heads": None})
        return head_weights(plain, [o.shape for o in outs], [o.dtype for o in outs])

    before = pool.set_num_threads(1)
    try:
        one = outcome()
        for threads in (2, 4):
            pool.set_num_threads(threads)
            for a, b in zip(outcome(), one):
                np.testing.assert_array_equal(a, b, err_msg=f"{threads} threads")
    finally:
        pool.set_num_threads(before)
