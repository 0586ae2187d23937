"""Optimizers, a store and a module on CUDA: in the simulator, and compiled where the compiler is installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mxnb.kernels import optimizer
from mxnb.kernels.cuda import SIMULATED, assemble, compile_for

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

try:
    import cuda.bindings.nvjitlink  # noqa: F401

    WHY = "in the simulator nothing is compiled" if SIMULATED else ""
except ImportError:
    WHY = "numba-cuda with its compiler (extra cuda12 or cuda13) is not installed"


@pytest.fixture(scope="module")
def requested(tmp_path_factory):
    """Run everything in the simulator; the kernels that were launched and the types of their arguments."""
    path = tmp_path_factory.mktemp("training") / "kernels.json"
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, str(HERE / "training_on_gpu.py"), str(path)], env=env, check=True, timeout=300)
    return json.loads(path.read_text())


def test_gpu_equals_cpu_in_the_simulator(requested):
    names = {name for name, _ in requested if name and name.startswith("mxnb.kernels.optimizer.")}
    written = {f"mxnb.kernels.optimizer.{n}" for n, kernel in vars(optimizer).items() if hasattr(kernel, "requested")}
    assert names == written


def as_tuple(spec):
    return tuple(as_tuple(part) if isinstance(part, list) else part for part in spec)


@pytest.mark.skipif(bool(WHY), reason=WHY)
@pytest.mark.parametrize(("char", "capability"), [("f", (7, 5)), ("e", (9, 0)), ("d", (9, 0))])
def test_compiles_to_cubin(requested, char, capability):
    """Each update; float32 and float16 are not widened to float64."""
    for name, spec in requested:
        if not name or not name.startswith("mxnb.kernels.optimizer."):
            continue
        short = name.rsplit(".", 1)[1]
        if not short.startswith("mp_"):  # there the dtypes are mixed as they are
            spec = [["array", char, part[2]] if part[0] == "array" and part[1] in "fe" else part for part in spec]
        ptx = compile_for(getattr(optimizer, short).cuda, as_tuple(spec), capability)
        assert len(assemble(ptx, capability)) > 500, name
        assert char == "d" or ".f64" not in ptx, name
