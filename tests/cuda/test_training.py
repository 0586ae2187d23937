"""Optimizers, a store and a module on CUDA, in the simulator; `test_compile.py` compiles the kernels."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mxnb.kernels import optimizer, shaping
from mxnb.kernels.cuda import SIMULATED, assemble, compile_for
from mxnb.kernels.kernel import describe

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
    prefix = "mxnb.kernels.optimizer."
    ours = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
    many = {name.removeprefix("by_threads.") for name in ours if "." in name}
    assert {name for name in ours if "." not in name} == written - OTHERS
    assert many == written - OTHERS - {"mp_sgd", "mp_sgd_momentum", "mp_nag"} | {"convert"}


@pytest.mark.skipif(SIMULATED, reason="the simulator compiles nothing")
@pytest.mark.parametrize(("kernel", "dtypes", "count"), [
    (optimizer.sgd_momentum, "fff", 5), (optimizer.adam, "dddd", 7), (optimizer.lamb_step, "ffff", 3),
    (shaping.convert, "fe", 0), (shaping.convert, "ef", 0),
])  # fmt: skip
def test_update_of_many_compiles(kernel, dtypes, count):
    """The words `arrays` and `numbers` on CUDA; the table of scalars is read before the loop over elements."""
    pytest.importorskip("numba_cuda")
    table = np.empty((0, 3), np.int64)
    arrays = [table, table, np.empty((0, count), dtypes[0]), *[np.empty(0, d) for d in dtypes]]
    ptx = compile_for(optimizer._by_threads(kernel, count), tuple(describe(a, False) for a in arrays), (7, 5))
    assert len(assemble(ptx, (7, 5))) > 0
    assert "d" in dtypes or ".f64" not in ptx
