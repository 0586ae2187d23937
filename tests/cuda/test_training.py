"""Optimizers, a store and a module on CUDA, in the simulator; `test_compile.py` compiles the kernels."""

import json
import os
import subprocess
import sys
from pathlib import Path

from mxnb.kernels import optimizer

# of operators that no optimizer here calls; the battery has them
OTHERS = {"adamw", "all_of", "group_adagrad", "lars", "mp_adamw", "mp_lamb_step"}
HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def test_gpu_equals_cpu_in_the_simulator(tmp_path):
    path = tmp_path / "kernels.json"
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, str(HERE / "training_on_gpu.py"), str(path)], env=env, check=True, timeout=300)
    names = json.loads(path.read_text())
    written = {name for name, kernel in vars(optimizer).items() if hasattr(kernel, "requested")}
    launched = {name.rpartition(".")[2] for name in names if name.startswith("mxnb.kernels.optimizer.")}
    assert launched == written - OTHERS
