"""Fused kernels on CUDA: in the simulator their numbers are the CPU's, and the compiler takes them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mxnb.kernels import fused
from mxnb.kernels.cuda import SIMULATED, compile_for
from mxnb.kernels.fused import Call, Chain, End
from mxnb.kernels.kernel import describe
from mxnb.kernels.words import exp, maximum, where

HERE = Path(__file__).parent


def test_fused_graph_on_gpu_equals_cpu_in_the_simulator():
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": str(HERE.parent.parent)}
    ran = subprocess.run(
        [sys.executable, str(HERE / "fusion_on_gpu.py")],
        env=env,
        check=False,
        timeout=300,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "equal\n"


@pytest.mark.skipif(SIMULATED, reason="the simulator compiles nothing")
@pytest.mark.parametrize("ends", [(), (End(5, lambda a, b: a + b, None, 0.0), End(6, maximum, None, -np.inf))])
def test_fused_kernel_compiles(ends):
    pytest.importorskip("numba_cuda")
    calls = (
        Call(lambda a, b: a * b, (0, 1)),
        Call(lambda x: 1 / (1 + exp(-x)), (3,)),
        Call(lambda c, a, b: where(c > 0, a, b), (2, 4, 0)),
        Call(lambda x, s, t: x * s + t, (5,), 0, 2),
    )
    kernel = fused.kernel(Chain((fused.WHOLE, fused.ALONG, fused.FIXED), calls, (6, 4), ends), False)
    x, p, starts = np.empty(0, "f"), np.empty(0, "f"), np.empty(0, np.int64)
    spec = tuple(describe(a, True) for a in (x, p, starts, 1, 1, 1, x, x, x, x, *[x] * len(ends)))
    ptx = compile_for(kernel, spec, (7, 5))
    assert ".entry" in ptx and ".f64 " not in "".join(line for line in ptx.splitlines() if "mul" in line)
