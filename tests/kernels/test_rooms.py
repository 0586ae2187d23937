"""Work spaces of the threads that share a kernel."""

import numpy as np
import pytest

from mxnb.kernels import pool
from mxnb.kernels.kernel import cpu_kernel, split_kernel
from mxnb.kernels.rooms import enter, leave, rooms
from mxnb.kernels.words import swap


@cpu_kernel
def exchange(y, x, i, value):
    y[0] = swap(x, i, value)


@pytest.mark.parametrize("function", [exchange, exchange.function], ids=["compiled", "definition"])
def test_swap(function):
    y, x = np.zeros(1, np.int64), np.arange(5)
    function(y, x, 3, 7)
    assert y[0] == 3
    assert x.tolist() == [0, 1, 2, 7, 4]


@split_kernel
def spread(y, taken, each, first, last):
    """Each item fills the whole room and adds it up: another in the same room would be seen."""
    mine = enter(taken)
    room = each[mine]
    for item in range(first, last):
        for i in range(len(room)):
            room[i] = item
        total = 0
        for i in range(len(room)):
            total += room[i]
        y[item] = total
    leave(taken, mine)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_nobody_meets_in_a_room(threads):
    before = pool.set_num_threads(threads)
    try:
        y = np.zeros(500, np.int64)
        for _ in range(20):
            taken, each = rooms("tests", (1000,), np.int64)
            assert each.shape == (threads, 1000)
            spread(500, y, taken, each)
            assert not taken.any()
        np.testing.assert_array_equal(y, np.arange(500) * 1000)
    finally:
        pool.set_num_threads(before)


def test_a_room_that_was_left_taken_is_free_in_the_next_call():
    rooms("tests", (3,), np.float32)[0][0] = 1
    assert not rooms("tests", (3,), np.float32)[0].any()
