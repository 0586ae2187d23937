"""Every CUDA kernel, as the samples of all operators launch it, compiles to PTX and to machine code, without a GPU.

`dry.py` tells which kernels the samples of `tests/battery` (and `LARGE` below, where kernels differ by size) launch and
with arguments of which types.  What the first tests say needs no compiler: that operators on a GPU context launch
kernels of CUDA and nothing else, and that there is no kernel that no operator launches.  The compiler is that of the
extras cuda12 and cuda13; without it the rest is skipped.
"""

import concurrent.futures
import multiprocessing
import os

import numpy as np
import pytest
from dry import dry_device
from running import listed, mode, on
from samples import CASES

import mxnb as mx
from mxnb import autograd, nd
from mxnb.kernels.cuda import SIMULATED, CudaKernel, assemble, compile_for
from mxnb.kernels.kernel import Kernel, all_kernels
from mxnb.ops import primary

CAPABILITIES = [(7, 5), (9, 0)]

READ_BACK = {
    **dict.fromkeys(
        [f"preloaded_multi_{mp}sgd_{mom}update" for mp in ("", "mp_") for mom in ("", "mom_")],
        "a kernel takes rates as numbers",
    ),
    "SoftmaxOutput": "normalization='valid' divides by a number of labels that is counted on the device",
}
"""Operators that copy numbers to the host, and why."""

WIDE = {
    "mxnb.kernels.shaping.ramp_each": "places in long arrays are exact in float64 only",
    "mxnb.kernels.shaping.stairs_each": "places in long arrays are exact in float64 only",
    "mxnb.kernels.ordering.edges_of_bins": "the same edges as on the CPU",
    "mxnb.kernels.shaping.choose": "a float16 is compared with an int",
    "mxnb.kernels.shaping.choose_rows": "a float16 is compared with an int",
    "mxnb.kernels.shaping.keep": "a float16 is compared with an int",
}
"""Kernels that compute in float64 though all their arrays are narrower, and why."""

UNREACHED = {
    "convolution.naive.weight_gradient": "the definition, for tests and readers",
    "indexing.pick_rows": "CUDA has pick_each",
    "optimizer.of_pieces": "CUDA has by_threads",
    "optimizer.by_threads": "optimizers launch it; test_training.py",
    "normalization.moments_of_set": "CUDA has moments_cuda",
    "normalization.sums_of_set": "CUDA has sums_of_set_cuda",
    "normalization.sums_of_parameter": "CUDA has sums_of_parameter_cuda",
}
"""Kernels that no operator launches on CUDA (the beginning of their names), and why."""

LARGE = [
    ("softmax", [(4, 5000)], {}),
    ("log_softmax", [(4, 5000)], {}),
    ("softmax_cross_entropy", [(4, 5000), (4,)], {}),
    ("L2Normalization", [(4, 5000)], {}),
    ("FullyConnected", [(512, 1024), (512, 1024), (512,)], {"num_hidden": 512}),
    ("batch_dot", [(8, 256, 256), (8, 256, 256)], {}),
    ("Convolution", [(32, 64, 56, 56), (64, 64, 3, 3), (64,)], {"kernel": (3, 3), "pad": (1, 1), "num_filter": 64}),
    ("Convolution", [(256, 1, 28, 28), (20, 1, 5, 5), (20,)], {"kernel": (5, 5), "num_filter": 20}),
    ("Convolution", [(8, 32, 9, 9), (32, 1, 3, 3), (32,)], {"kernel": (3, 3), "num_filter": 32, "num_group": 32}),
    ("Deconvolution", [(8, 64, 28, 28), (64, 32, 2, 2)], {"kernel": (2, 2), "stride": (2, 2), "num_filter": 32}),
    ("sum", [(2000, 3000)], {}),
    ("sum", [(2000, 3000)], {"axis": 1}),
    ("sum", [(2000, 3000)], {"axis": 0}),
    ("LayerNorm", [(64, 5000), (5000,), (5000,)], {}),
    ("BatchNorm", [(64, 128, 28, 28)] + [(128,)] * 4, {"fix_gamma": False}),
    ("SoftmaxOutput", [(3, 4), (3,)], {"out_grad": True}),
    ("GroupNorm", [(16, 64, 28, 28), (4,), (4,)], {"num_groups": 4}),
]
"""What chooses other kernels than the samples do, mostly by size: operator, shapes of the inputs, parameters."""

try:
    import cuda.bindings.nvjitlink  # noqa: F401

    WHY = "in the simulator nothing is compiled" if SIMULATED else ""
except ImportError:
    WHY = "numba-cuda with its compiler (extra cuda12 or cuda13) is not installed"
dry = pytest.mark.skipif(SIMULATED, reason="in the simulator there is no dry device")


def run(op, inputs, gradient, train):
    """A call on the dry device, and its backward pass."""
    with mode(type("Sample", (), {"train": train})):
        listed(nd.invoke(op, inputs, None, mx.gpu()))
    if gradient:
        for x in inputs:
            if x.dtype in (np.float16, np.float32, np.float64):
                x.attach_grad()
        with autograd.record(train_mode=train):
            outs = listed(nd.invoke(op, inputs))
        heads = [o for o in outs if o.dtype in (np.float16, np.float32, np.float64)]
        autograd.backward(heads, [nd.ones(o.shape, ctx=mx.gpu(), dtype=o.dtype) for o in heads], train_mode=train)


def run_samples(name):
    """All samples of an operator, in all their dtypes."""
    for sample in CASES[name]:
        if sample.gpu is True:
            for dtype in sample.dtypes:
                run(
                    sample.op,
                    on(mx.gpu(), sample.arrays(dtype)),
                    sample.gradient is True and dtype != "int32",
                    sample.train,
                )


def run_large(name, shapes, params):
    for dtype in ("float32", "float64", "float16"):
        inputs = [nd.zeros(s, ctx=mx.gpu(), dtype=dtype) for s in shapes]
        if name == "BatchNorm" and dtype == "float16":
            inputs[1:] = [nd.zeros(s, ctx=mx.gpu()) for s in shapes[1:]]
        run(primary[name].of(**params), inputs, True, True)


@dry
@pytest.mark.parametrize("name", CASES)
def test_computes_on_the_device(name):
    with dry_device() as device:
        run_samples(name)
        assert device.read == 0 or name in READ_BACK, "numbers were copied to the host"


@pytest.fixture(scope="module")
def requested():
    """All kernels with the types of arguments that anything launches them with."""
    with dry_device():
        for name in CASES:
            run_samples(name)
        for row in LARGE:
            run_large(*row)
        x = nd.zeros((4, 3), ctx=mx.gpu())
        x[nd.array([1, 2], ctx=mx.gpu())] = 5
        nd.shuffle(x)
    return [k for k in all_kernels() if isinstance(k, CudaKernel)]


@dry
def test_every_kernel_is_launched(requested):
    reached = {k.name for k in requested if k.requested}
    known = {k.name for k in requested} | {
        k.name for k in all_kernels() if isinstance(k, Kernel) and k.kind == "foreach"
    }
    prefix = "mxnb.kernels."
    left = sorted(
        n for n in known - reached
        if n.startswith(prefix) and not any(n.startswith(prefix + u) for u in UNREACHED)
    )  # fmt: skip
    assert left == [], "no sample launches these: add one, or remove the kernel"


# --- Compiling -------------------------------------------------------------------------------------------------------


def compiled(job):
    """Compile one version of a kernel for all capabilities; what went wrong, or None."""
    name, index = job
    kernel = next(k for k in all_kernels() if isinstance(k, CudaKernel) and k.name == name)
    spec = sorted(kernel.requested, key=repr)[index]
    try:
        for capability in CAPABILITIES:
            ptx = compile_for(kernel, spec, capability)
            if len(assemble(ptx, capability)) < 500:
                return f"{name} {spec}: the machine code is empty"
            chars = {part[1] for part in spec if part[0] == "array"}
            if ".f64" in ptx and chars <= {"f", "e"} and name not in WIDE:
                return f"{name} {spec}: computes in float64"
    except Exception as error:
        return f"{name} {spec}: {type(error).__name__}: {' '.join(str(error).split())[:1500]}"
    return None


@pytest.mark.skipif(bool(WHY), reason=WHY)
@pytest.mark.slow
def test_every_kernel_compiles(requested):
    jobs = [(k.name, i) for k in requested for i in range(len(k.requested))]
    # processes know the kernels because they are forked; the compiler runs in one thread
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("fork")) as pool:
        failed = [text for text in pool.map(compiled, jobs, chunksize=8) if text]
    assert failed == [], f"{len(failed)} of {len(jobs)} failed:\n" + "\n".join(failed)
