"""The tutorials run from top to bottom, as a reader would run them, and say what they are meant to say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

TUTORIALS = Path(__file__).parent.parent / "tutorials"
LARGEST = 400_000  # bytes of a notebook with its outputs


def names():
    return sorted(path.name for path in TUTORIALS.glob("*.ipynb"))


def printed(notebook):
    """All that the cells print."""
    return "".join(
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output["output_type"] == "stream"
    )


def held_out_accuracy(notebook):
    return float(re.search(r"held-out accuracy: ([\d.]+)", printed(notebook)).group(1))


@pytest.mark.parametrize("name", names())
def test_stored_outputs(name):
    """Readers see them without running anything; they must be small, complete and without errors."""
    path = TUTORIALS / name
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1)), "run tutorials/run.py --store"
    assert not [o for cell in cells for o in cell.outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert path.stat().st_size < LARGEST
    assert not re.search(r"/home/|/root/|/tmp/|/work/", path.read_text(encoding="utf-8")), "paths of one machine"


def fastest_tile(notebook):
    return float(re.search(r"tiles of 8 x 2 registers: ([\d.]+) GFLOP/s", printed(notebook)).group(1))


def from_kernel_to_training(notebook):
    assert held_out_accuracy(notebook) >= 0.97
    assert "<NDArray 1x1x2x2 @gpu(0)>" in printed(notebook)  # the simulator


def how_fast_can_python_go(notebook):
    assert fastest_tile(notebook) > 0


def feeding_a_network(notebook):
    assert float(re.search(r"accuracy: ([\d.]+)", printed(notebook)).group(1)) > 0.8


CHECKS = (from_kernel_to_training, how_fast_can_python_go, feeding_a_network)
CLAIMS = {f"{check.__name__}.ipynb": check for check in CHECKS}


def test_every_tutorial_is_run():
    assert sorted(CLAIMS) == names()


@pytest.mark.slow
@pytest.mark.parametrize("name", CLAIMS)
def test_runs(name, tmp_path):
    """Every cell runs, in a process of its own; cells assert what they claim."""
    target = tmp_path / "executed.ipynb"
    command = [sys.executable, str(TUTORIALS / "run.py"), "--to", str(target), name]
    root = str(TUTORIALS.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        command, cwd=TUTORIALS, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    CLAIMS[name](nbformat.read(target, as_version=4))
