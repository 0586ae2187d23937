"""The pool of threads."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from mxnb import MXNetError
from mxnb.kernels import pool


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
    assert all(last - first >= min(grain, count) for first, last in parts[:-1])


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
pool.set_num_threads(2)
def work(a, first, last):
    a[first:last] += 1
def use():
    a = np.zeros(100)
    for _ in range(20):
        pool.run(work, 100, 5, a)
    return (a == 20).all()
assert use()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # newer Pythons warn of threads at fork
    child = os.fork()
if child == 0:
    os._exit(0 if use() else 1)
_, status = os.waitpid(child, 0)
assert status == 0 and use()
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
