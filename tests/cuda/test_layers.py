"""Layers, losses and random numbers on CUDA, in the simulator; `test_compile.py` compiles the kernels."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def test_gpu_equals_cpu_in_the_simulator(tmp_path):
    path = tmp_path / "kernels.json"
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, str(HERE / "layers_on_gpu.py"), str(path)], env=env, check=True, timeout=300)
    names = json.loads(path.read_text())
    assert {"mxnb.kernels.softmax.rows_cuda", "mxnb.kernels.normalization.moments_cuda"} <= set(names)
