"""A whole network trains on CUDA, in the simulator here, as it does on the CPU."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_training_on_gpu_equals_cpu_in_the_simulator():
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": str(HERE.parent.parent)}
    ran = subprocess.run(
        [sys.executable, str(HERE / "network_on_gpu.py")],
        env=env,
        check=False,
        timeout=300,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "equal\n"
