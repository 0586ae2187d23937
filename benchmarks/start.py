"""How long a program takes to start, and how much memory it needs: each time a fresh process.

``python -m benchmarks.start LIBRARY NETWORK STEPS`` is that process: it imports the library (STEPS 0), or trains a
network for some steps, and prints the seconds since it began and its peak memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from typing import Any

BEGAN = "MXNB_BENCHMARK_BEGAN"


def child(library: str, network: str, steps: int) -> None:
    """Import the library, train, and print what it took."""
    if steps:
        from .cases.networks import NETWORKS
        from .cases.training import gluon_step, torch_step

        build = torch_step(NETWORKS[network]) if library == "torch" else gluon_step(NETWORKS[network], True)
        module = __import__(library)
        step = build(module)
        for _ in range(steps):
            step()
        if library != "torch":
            module.nd.waitall()
    else:
        __import__(library)
    seconds = time.time() - float(os.environ[BEGAN])
    import resource

    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def once(library: str, network: str, steps: int, python: str, cache: str) -> tuple[float, float]:
    """Seconds from the start of a process to the end of its work, and its peak memory in MB."""
    from .measure import ROOT

    environment = dict(os.environ, PYTHONPATH=ROOT, MXNB_CACHE_DIR=cache, PYTHONPYCACHEPREFIX=cache)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages have their byte code
    environment[BEGAN] = repr(time.time())
    command = [python, "-m", f"{__package__}.start", library, network, str(steps)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    seconds, memory = done.stdout.split()[-2:]
    return float(seconds), float(memory)


def measure(pythons: dict[str, str], rounds: int) -> dict[str, Any]:
    """Start each library `rounds` times by turns: import, first training step, and more steps for the memory.

    Parameters
    ----------
    pythons : interpreter of each library.
    rounds : int

    Returns
    -------
    dict
        Of each case and library lists of ``seconds`` and ``megabytes``; an empty cache has neither kernels nor code.
    """
    found: dict[str, Any] = {}

    def note(case: str, library: str, result: tuple[float, float]) -> None:
        entry = found.setdefault(case, {}).setdefault(library, {"seconds": [], "megabytes": []})
        entry["seconds"].append(result[0])
        entry["megabytes"].append(result[1])

    with tempfile.TemporaryDirectory() as cache:
        note("first LeNet step, empty cache", "mxnb", once("mxnb", "LeNet", 1, pythons["mxnb"], cache))
        for case, network, steps in (
            ("import", "LeNet", 0), ("first LeNet step", "LeNet", 1), ("20 LeNet steps", "LeNet", 20),
            ("5 ResNet-20 steps", "ResNet-20", 5),
        ):  # fmt: skip
            for _ in range(rounds):
                for library, python in pythons.items():
                    note(case, library, once(library, network, steps, python, cache))
    return found


if __name__ == "__main__":
    child(sys.argv[1], sys.argv[2], int(sys.argv[3]))
