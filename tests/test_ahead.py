"""The process that compiles a graph's kernels ahead: what it stores, and that it is never left behind."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mxnb as mx
from mxnb import ahead
from mxnb.kernels import loader

ROOT = str(Path(__file__).parents[1])
pytestmark = pytest.mark.skipif(bool(loader.supported()), reason="kernels are not stored here")

GRAPH = """
import json, os, sys
import mxnb as mx
from mxnb import ahead
from mxnb.kernels import cache
x = mx.sym.tanh(mx.sym.elemwise_mul(mx.sym.Variable("a"), mx.sym.Variable("b")))
"""
RUN = (
    GRAPH
    + """
bound = x.simple_bind(mx.cpu(), a=(3, 4), b=(3, 4), grad_req="write")
for array in bound.arg_arrays:
    array[:] = 0.5
bound.forward(is_train=True)
bound.backward(mx.nd.ones((3, 4)))
found = bound.outputs[0].asnumpy().tolist(), bound.grad_arrays[0].asnumpy().tolist()
print(json.dumps([found, cache.stats, ahead._helper and ahead._helper.pid]))
"""
)
JOB = (
    GRAPH
    + """
specs = {name: ([3, 4], "float32") for name in "ab"}
job = {"symbol": x.tojson(False), "training": True, "specs": specs, "wanted": ["a", "b"], "fused": True}
print(json.dumps(job), flush=True)
"""
)
END = (
    GRAPH
    + """
import numpy
os.getloadavg = lambda: (0.0, 0.0, 0.0)  # as on a machine that has nothing else to do
ahead._start(x, True, {n: ((3, 4), numpy.dtype("float32")) for n in "ab"}, ["a"], True)
print(ahead._helper.pid)
"""
)


def python(*args, cache, on, text=None):
    env = {**os.environ, "PYTHONPATH": ROOT, "MXNB_CACHE_DIR": str(cache), "MXNB_KERNEL_CACHE": "object"}
    env["MXNB_COMPILE_AHEAD"] = str(int(on))
    done = subprocess.run([sys.executable, *args], env=env, input=text, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def gone(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_helper_stores_what_the_graph_needs(tmp_path):
    job = python("-c", JOB, cache=tmp_path, on=False)
    python("-m", "mxnb.ahead", cache=tmp_path, on=False, text=job)
    stored = len(list(tmp_path.glob("*.mxk")))
    assert stored > 0
    _, stats, pid = json.loads(python("-c", RUN, cache=tmp_path, on=True))
    assert pid is None  # nothing was missing while the graph was planned
    assert stats["hits"] == stored and stats["compiled"] == 0
    assert list(tmp_path.glob(".tmp*")) == []


def test_same_results_with_and_without(tmp_path):
    found, stats, pid = json.loads(python("-c", RUN, cache=tmp_path / "one", on=True))
    alone, stats_alone, none = json.loads(python("-c", RUN, cache=tmp_path / "two", on=False))
    assert found == alone
    assert none is None and stats_alone["compiled"] > 0
    assert stats["damaged"] == 0
    assert pid is None or gone(pid)  # None on a busy machine


def test_helper_ends_with_its_program(tmp_path):
    pid = int(python("-c", END, cache=tmp_path, on=True))
    assert gone(pid)


def test_where_it_is_not_possible(monkeypatch):
    monkeypatch.setenv("MXNB_KERNEL_CACHE", "object")
    monkeypatch.setattr(mx.config, "available_cpus", lambda: 2)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.5, 3.0, 3.0))
    assert ahead.possible()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getloadavg", lambda: (2.5, 0.5, 0.5))
        assert not ahead.possible()
    for name, value in ("MXNB_COMPILE_AHEAD", "0"), ("MXNB_KERNEL_CACHE", "off"):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert not ahead.possible()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/usr/bin/uwsgi")
        assert not ahead.possible()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "frozen", True, raising=False)
        assert not ahead.possible()
    with monkeypatch.context() as patch:
        patch.setattr(mx.config, "available_cpus", lambda: 1)
        assert not ahead.possible()
    monkeypatch.setenv("MXNB_COMPILE_AHEAD", "yes")
    with pytest.raises(mx.MXNetError, match="MXNB_COMPILE_AHEAD is 'yes'"):
        ahead.possible()
