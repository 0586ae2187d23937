"""Guard bytes around memory: what is written beyond an array is found, and nothing else changes."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mxnb.base import MXNetError
from mxnb.kernels import canary, large, scratch

ROOT = Path(__file__).resolve().parents[2]


def run(program, **env):
    env = {**os.environ, "MXNB_CHECK_KERNELS": "0", "MXNB_GUARD_MEMORY": "1", "PYTHONPATH": str(ROOT), **env}
    result = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    return result


@pytest.mark.parametrize("shape", [(), 0, 5, (2, 3), (0, 4), (3, 7, 1)])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "u1", "?", "i8"])
def test_guarded_arrays_are_ordinary(shape, dtype):
    x = canary.guarded(shape, dtype)
    assert type(x) is np.ndarray
    assert x.shape == np.empty(shape).shape
    assert x.dtype == np.dtype(dtype)
    assert x.flags.c_contiguous
    assert x.flags.writeable
    assert x.ctypes.data % canary.LINE == 0 or not x.size
    if x.dtype.kind == "f":
        assert np.isnan(x).all()
    x[...] = 1
    np.testing.assert_array_equal(x + x, np.full(x.shape, 1, dtype) + np.full(x.shape, 1, dtype))
    canary.check()


def beyond(x, offset, value=7):
    """Write a byte at an offset from the beginning of an array."""
    import ctypes

    ctypes.c_uint8.from_address(x.ctypes.data + offset).value = value


@pytest.mark.parametrize("freed", [False, True])
@pytest.mark.parametrize(
    ("offsets", "text"),
    [
        ((24,), "behind its end: 1 bytes between the offsets 24 and 24"),
        ((-1,), "before its beginning: 1 bytes between the offsets -1 and -1"),
        ((30, 1000), "behind its end: 2 bytes between the offsets 30 and 1000"),
        ((-1024, -4), "before its beginning: 2 bytes between the offsets -1024 and -4"),
    ],
)
def test_what_is_overwritten_is_told_once(offsets, text, freed):
    x = canary.guarded((2, 3), "f4")
    view = x.reshape(-1)[1:]
    for offset in offsets:
        beyond(x, offset)
    if freed:
        del x
        gc.collect()
        view[:] = 3  # a view keeps the memory
        del view
        gc.collect()
    with pytest.raises(MXNetError, match=rf"24 bytes \(float32 of shape \(2, 3\), made in test_canaries.*{text}$"):
        canary.check()
    canary.check()


def test_within_is_fine():
    x = canary.guarded(6, "u1")
    beyond(x, 0)
    beyond(x, 5)
    canary.check()
    with pytest.raises(MXNetError, match="6 bytes"):
        beyond(x, 6)
        canary.check()


def test_memory_is_freed():
    before = len(canary._live)
    views = [canary.guarded(10)[i:] for i in range(3)]
    assert len(canary._live) == before + 3
    del views
    gc.collect()
    assert len(canary._live) == before


def test_nothing_costs_anything_without_the_setting():
    if canary.ON:
        pytest.skip("the setting is on")
    assert canary.empty is np.empty
    assert canary.zeros is np.zeros
    assert large.allocator((2, 3), np.dtype("float32")) is np.empty
    assert scratch.scratch("canaries", 8, np.float32).base is not None
    assert not canary._live


OFF_BY_ONE = """
import numpy as np, pytest
import mxnb as mx
from mxnb.base import MXNetError
from mxnb.kernels import canary
from mxnb.kernels.kernel import split_kernel
from mxnb.kernels.scratch import scratch
from mxnb.kernels.words import lanes, load, store

@split_kernel(flat=True, grain=1024)
def copy(y, x, shift, first, last):
    "y = x by registers; with `shift` not 0 its last one goes too far."
    for i in range(first, last, lanes(x)):
        store(y, i + shift, load(x, i, 1, 1))

def refused(size, text):
    with pytest.raises(MXNetError, match=f"a buffer of {size} bytes .*{text}"):
        canary.check()

x = mx.nd.ones((4, 32))  # of the allocator behind all operators
y = x + 1
copy(128, y._data, x._data, 0)
canary.check()
copy(128, y._data, x._data, 1)
refused(512, "behind its end: 4 bytes between the offsets 512 and 515")
copy(128, y._data, x._data, -2)
refused(512, "before its beginning: 8 bytes between the offsets -8 and -1")
work = scratch("here", 100, np.float32)  # not a multiple of a register: the last one goes too far by itself
copy(100, work, x._data, 0)
refused(400, "behind its end: 48 bytes between the offsets 400 and 447")
work = scratch("here", 112, np.float32)
copy(112, work, x._data, 0)
canary.check()

net = mx.gluon.nn.HybridSequential()
net.add(mx.gluon.nn.Dense(5, activation="relu"), mx.gluon.nn.Dense(3))
net.initialize()
net.hybridize()
seen = []
from mxnb import graph
made = graph.Program.workspace
graph.Program.workspace = lambda self: seen.append(made(self)) or seen[-1]
net(mx.nd.ones((2, 7)))
canary.check()
inner = next(a for arrays in seen for a in arrays if a is not None and a.shape == (2, 5))
copy(10, inner, x._data, 0)
refused(40, "behind its end: 24 bytes between the offsets 40 and 63")
copy(128, y._data, x._data, 1)
"""


def test_a_kernel_that_writes_too_far_is_found():
    """In arrays of operators, work buffers and the memory of a static graph; at the end of the program, too."""
    assert "a buffer of 512 bytes" in run(OFF_BY_ONE).stderr


def test_checked_kernels_have_guards():
    run("from mxnb.kernels import canary; assert canary.ON", MXNB_CHECK_KERNELS="1", MXNB_GUARD_MEMORY="0")
    run("from mxnb.kernels import canary; assert not canary.ON", MXNB_GUARD_MEMORY="0")
