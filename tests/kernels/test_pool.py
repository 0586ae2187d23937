"""The pool of threads."""

import os
import subprocess
import sys
import threading
import time
from types import BuiltinFunctionType

import numpy as np
import pytest

from mxnb import MXNetError
from mxnb.kernels import pool
from mxnb.kernels.kernel import split_kernel


@pytest.fixture(autouse=True)
def threads():
    before = pool.set_num_threads(3)
    yield
    pool.set_num_threads(before)


def add_one(a, first, last):
    a[first:last] += 1


def parts_of(count, grain):
    found = []
    pool.run(lambda first, last: found.append((first, last)), count, grain)
    return sorted(found)


@pytest.mark.parametrize(("count", "grain"), [(0, 1), (1, 1), (10, 3), (10, 100), (1000, 1), (100_000, 7), (513, 512)])
def test_parts_cover_the_range_once(count, grain):
    parts = parts_of(count, grain)
    assert [i for first, last in parts for i in range(first, last)] == list(range(count))
    pool.set_num_threads(1)
    assert parts_of(count, grain) == parts
    sizes = [last - first for first, last in parts[:-1]]
    assert not sizes or max(sizes) <= min(sizes) + (64 if count > 256 * len(parts) else 1)
    assert len(parts) <= max(1, -(-count // grain) + 1)


def test_several_threads_work():
    seen = set()

    def work(first, last):
        seen.add(threading.current_thread().name)
        time.sleep(0.005)

    pool.run(work, 12, 1)
    assert len(seen) == 3


def test_many_callers_at_once():
    failures = []

    def caller():
        try:
            a = np.zeros(100)
            for _ in range(200):
                pool.run(add_one, 100, 10, a)
            assert (a == 200).all()
        except BaseException as error:
            failures.append(error)

    callers = [threading.Thread(target=caller) for _ in range(8)]
    for each in callers:
        each.start()
    for each in callers:
        each.join(30)
    assert not failures
    assert not any(each.is_alive() for each in callers)


@split_kernel(flat=True)
def raise_by_one(y, first, last):
    for i in range(first, last):
        y[i] += 1.0


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
@pytest.mark.parametrize(("count", "grain"), [(2, 1), (5, 2), (63, 1), (64, 1), (65, 1), (1000, 7), (100_000, 1)])
def test_compiled_kernels_do_each_part_once(threads, count, grain):
    pool.set_num_threads(threads)
    y = np.zeros(count + 1)
    work = raise_by_one.variant(y, 0, 0)
    for _ in range(50):
        pool.run(work, count, grain, y)
    np.testing.assert_array_equal(y, [50] * count + [0])


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="needs Linux and two processors"
)
def test_helpers_that_slept_are_kept_off_the_leaders_processor():
    pool.set_num_threads(2)
    y = np.zeros(1000)
    work = raise_by_one.variant(y, 0, 0)
    if type(work) is not BuiltinFunctionType:
        pytest.skip("needs kernels that are object files")
    mine = os.sched_getaffinity(0)
    for _ in range(20):
        pool.run(work, 1000, 0, y)
        time.sleep(0.01)  # the helper falls asleep
    masks = [os.sched_getaffinity(t.native_id) for t in threading.enumerate() if t.name.startswith("mxnb-")]
    assert any(len(mask) == len(mine) - 1 and mask < mine for mask in masks)
    assert os.sched_getaffinity(0) == mine


def test_compiled_kernels_called_from_many_threads():
    arrays = [np.zeros(999) for _ in range(6)]
    work = raise_by_one.variant(arrays[0], 0, 0)

    def caller(y):
        for i in range(500):
            pool.run(work, 999, 1 + i % 400, y)
            if i % 100 == 0:
                time.sleep(0.002)  # helpers fall asleep

    callers = [threading.Thread(target=caller, args=(y,), daemon=True) for y in arrays]
    for each in callers:
        each.start()
    for each in callers:
        each.join(60)
    assert not any(each.is_alive() for each in callers)
    for y in arrays:
        np.testing.assert_array_equal(y, 500)


def test_a_failing_part_of_a_compiled_kernel():
    program = """
import numpy as np
from mxnb.kernels import pool
from mxnb.kernels.kernel import split_kernel
@split_kernel
def write(y, at, first, last):
    for i in range(first, last):
        y[i] = at[i]
        y[at[i]] = 1
pool.set_num_threads(3)
y, at = np.zeros(10_000, "i8"), np.arange(10_000)
work = write.variant(y, at, 0, 0)
pool.run(work, 10_000, 100, y, at)
at[5000] = 10_001
for _ in range(20):
    try:
        pool.run(work, 10_000, 100, y, at)
    except RuntimeError as error:
        assert "outside of an array" in str(error)
    else:
        raise AssertionError("not seen")
at[5000] = 1
pool.run(work, 10_000, 100, y, at)
assert type(work).__name__ == "builtin_function_or_method"
"""
    environment = {**os.environ, "MXNB_CHECK_KERNELS": "1"}
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, env=environment)


def test_nested_use():
    a = np.zeros((6, 10))
    pool.run(lambda first, last: [pool.run(add_one, 10, 1, a[i]) for i in range(first, last)], 6, 1)
    assert (a == 1).all()


def test_errors_reach_the_caller():
    def work(first, last):
        if first == 3:
            raise ValueError("part 3")

    for _ in range(50):
        with pytest.raises(ValueError, match="part 3"):
            pool.run(work, 10, 1)
    a = np.zeros(10)
    pool.run(add_one, 10, 1, a)
    assert (a == 1).all()


def test_number_of_threads():
    assert pool.set_num_threads(2) == 3
    assert pool.num_threads() == 2
    with pytest.raises(MXNetError, match="got 0, needs at least 1"):
        pool.set_num_threads(0)


def test_use_after_fork():
    program = """
import os, warnings
import numpy as np
from mxnb.kernels import pool
from mxnb.kernels.kernel import split_kernel
pool.set_num_threads(2)
def work(a, first, last):
    a[first:last] += 1
def use():
    a = np.zeros(100)
    for _ in range(20):
        pool.run(work, 100, 5, a)
    return (a == 20).all()
from mxnb.kernels.kernel import split_kernel
@split_kernel
def add(y, first, last):
    for i in range(first, last):
        y[i] += 1.0
def compiled():
    y = np.zeros(5000)
    for _ in range(20):
        add(5000, y)
    return (y == 20).all()
assert use() and compiled()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # newer Pythons warn of threads at fork
    child = os.fork()
if child == 0:
    os._exit(0 if use() and compiled() else 1)
_, status = os.waitpid(child, 0)
assert status == 0 and use() and compiled()
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
