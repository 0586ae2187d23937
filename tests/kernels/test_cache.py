"""The cache of compiled kernels, seen from several processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mxnb.kernels import cache
from mxnb.kernels.kernel import cpu_kernel

KERNELS = """
from mxnb.kernels.kernel import cpu_kernel, foreach, helper, split_kernel
from mxnb.kernels.words import gamma, lanes, load, store

def scalar(x, y):
    return x + y

@foreach(flat=True)
def add(i, y, a, b):
    y[i] = scalar(a[i], b[i])

@split_kernel(flat=True)
def gammas(y, a, first, last):
    for i in range(first, last, lanes(y)):
        store(y, i, gamma(load(a, i, 1, 1, 1, last - i)), 1, last - i)
"""

MAIN = """
import json, sys
import numpy as np
import defs
from mxnb.kernels import cache
a = np.arange(1, 7, dtype="f4").reshape(2, 3)
y = np.zeros_like(a)
defs.add(6, y, a, a)
first = float(y.sum())
defs.gammas.variant(y, a, 0, 6)(y, a, 0, 6)
print(json.dumps([[first, float(y.sum())], cache.stats, "numba" in sys.modules]))
"""
GOOD = [42.0, 154.0]

FORK = """
import os, sys, threading, time
import numpy as np
import defs
a = np.arange(1, 7, dtype="f4").reshape(2, 3)
y = np.zeros_like(a)
thread = threading.Thread(target=defs.add, args=(6, y, a, a))
thread.start()
while "numba" not in sys.modules:
    time.sleep(0.001)
if not os.fork():
    defs.gammas.variant(y, a, 0, 6)(y, a, 0, 6)
    os._exit(float(y.sum()) != 154)
assert os.wait()[1] == 0
thread.join()
assert y.sum() == 42
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "defs.py").write_text(KERNELS)
    (tmp_path / "main.py").write_text(MAIN)
    return tmp_path


def start(project, folder="cache", program="main.py"):
    root = str(Path(__file__).parents[2])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([root, str(project)]), "PYTHONDONTWRITEBYTECODE": "1"}
    env |= {"MXNB_CACHE_DIR": str(project / folder), "MXNB_KERNEL_CACHE": "object"}
    command = [sys.executable, str(project / program)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    """(results, hits, compiled, damaged, whether numba was imported)."""
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    results, stats, numba = json.loads(out)
    assert stats["dispatchers"] == 0
    return results, stats["hits"], stats["compiled"], stats["damaged"], numba


def run(*args):
    return finish(start(*args))


def files(project):
    return sorted((project / "cache").glob("*.mxk"))


def test_life_of_a_cache(project):
    """Compiled once, loaded without numba; edits and damage are noticed."""
    assert run(project) == (GOOD, 0, 2, 0, True)
    assert run(project) == (GOOD, 2, 0, 0, False)

    first, second = files(project)
    flipped = bytearray(first.read_bytes())
    flipped[-100] ^= 4
    first.write_bytes(flipped)
    second.write_bytes(second.read_bytes()[:200])
    assert run(project) == (GOOD, 0, 2, 2, True)
    assert run(project) == (GOOD, 2, 0, 0, False)

    first.write_bytes(b"")
    second.write_bytes(first.read_bytes() or os.urandom(3000))
    assert run(project) == (GOOD, 0, 2, 2, True)

    (project / "defs.py").write_text(KERNELS.replace("return x + y", "return x - y"))
    assert run(project) == ([0.0, 154.0], 1, 1, 0, True)  # the other kernel is as it was
    assert run(project) == ([0.0, 154.0], 2, 0, 0, False)


def test_swapped_files_are_not_taken(project):
    assert run(project)[0] == GOOD
    first, second = files(project)
    contents = first.read_bytes(), second.read_bytes()
    first.write_bytes(contents[1])
    second.write_bytes(contents[0])
    assert run(project)[:4] == (GOOD, 0, 2, 2)


def test_unusable_folders_cost_speed_only(project):
    (project / "cache").write_text("a file where the folder should be")
    assert run(project)[:3] == (GOOD, 0, 2)
    assert run(project, "cache/below")[:3] == (GOOD, 0, 2)


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
def test_read_only_folder(project):
    (project / "cache").mkdir(mode=0o500)
    assert run(project)[:3] == (GOOD, 0, 2)


@pytest.mark.slow
def test_eight_processes_at_once(project):
    for process in [start(project) for _ in range(8)]:
        assert finish(process)[0] == GOOD
    assert len(files(project)) == 2
    assert run(project) == (GOOD, 2, 0, 0, False)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_fork_while_a_thread_compiles(project):
    (project / "fork.py").write_text(FORK)
    process = start(project, program="fork.py")
    try:
        _, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0, errors


def test_prune_keeps_the_newest(monkeypatch, tmp_path):
    monkeypatch.setenv("MXNB_CACHE_DIR", str(tmp_path))
    for i in range(20):
        cache._write(f"k{i:02}", bytes(1000), [])
        os.utime(tmp_path / f"k{i:02}.mxk", (i, i))
    (tmp_path / ".tmpold").write_bytes(b"abandoned")
    os.utime(tmp_path / ".tmpold", (0, 0))
    size = (tmp_path / "k00.mxk").stat().st_size
    cache.prune(5 * size)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"k{i:02}.mxk" for i in range(15, 20)]


def test_what_cannot_be_stored_still_runs():
    @cpu_kernel
    def raises(y, n):
        if n < 0:
            raise ValueError("negative")
        y[0] = n

    y = np.zeros(1)
    raises(y, 3)
    assert y[0] == 3


def test_settings_of_numba_change_the_key_unless_they_are_about_cuda(monkeypatch):
    key = cache._environment.__wrapped__
    before = key()
    monkeypatch.setenv("NUMBA_ENABLE_CUDASIM", "1")  # the simulator, and what `num_gpus()` sets
    monkeypatch.setenv("NUMBA_CUDA_LOW_OCCUPANCY_WARNINGS", "0")
    assert key() == before
    monkeypatch.setenv("NUMBA_OPT", "1")
    assert key() != before
