"""Layers, losses and random numbers on CUDA: in the simulator, and compiled where the compiler is installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mxnb.kernels.cuda import SIMULATED, assemble, compile_for
from mxnb.kernels.kernel import all_kernels

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

try:
    import cuda.bindings.nvjitlink  # noqa: F401

    WHY = "in the simulator nothing is compiled" if SIMULATED else ""
except ImportError:
    WHY = "numba-cuda with its compiler (extra cuda12 or cuda13) is not installed"


@pytest.fixture(scope="module")
def requested(tmp_path_factory):
    """Run all cases in the simulator; the kernels that they launched and the types of their arguments."""
    path = tmp_path_factory.mktemp("layers") / "kernels.json"
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, str(HERE / "layers_on_gpu.py"), str(path)], env=env, check=True, timeout=300)
    return json.loads(path.read_text())


def as_tuple(spec):
    return tuple(as_tuple(part) if isinstance(part, list) else part for part in spec)


def test_gpu_equals_cpu_in_the_simulator(requested):
    names = {name for name, _ in requested}
    assert {"mxnb.kernels.softmax.rows_cuda", "mxnb.kernels.normalization.moments_cuda"} <= names


@pytest.mark.skipif(bool(WHY), reason=WHY)
@pytest.mark.parametrize(("char", "capability"), [("f", (7, 5)), ("e", (9, 0)), ("d", (9, 0))])
def test_compiles_to_cubin(requested, char, capability):
    """Each kernel of these families; float32 and float16 are not widened to float64."""
    kernels = {kernel.name: kernel for kernel in all_kernels()}
    for name, spec in requested:
        if not name.startswith(("mxnb.kernels.", "random.")) or name not in kernels:
            continue
        spec = tuple(("array", char, s[2]) if s[:2] == ("array", "f") else s for s in as_tuple(spec))
        ptx = compile_for(kernels[name], spec, capability)
        assert len(assemble(ptx, capability)) > 500, name
        assert char == "d" or ".f64" not in ptx, name
