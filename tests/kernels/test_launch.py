"""Bound kernels: in one piece on one thread, in parts on several."""

import numpy as np
import pytest

import mxnb as mx
from mxnb.kernels import pool

ARRAY = np.random.RandomState(0).uniform(-3, 3, (8, 48, 37, 29)).astype("float32")


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * 2.5,
        lambda x: x.tanh(),
        lambda x: mx.nd.broadcast_add(x, mx.nd.array(ARRAY[:1, :, :1, :1])),
        lambda x: x.sum(),
        lambda x: x.sum(axis=1),
        lambda x: x.mean(axis=(0, 2, 3)),
        lambda x: mx.nd.split(x, 2, axis=1)[1],
        lambda x: x.astype("float16"),
        lambda x: x.astype("float16").astype("float32"),
        lambda x: x.astype("int32") * 3,
        lambda x: mx.nd.take(x, mx.nd.array([3, 1, 40, 7]), axis=1),
        lambda x: x.argmax(axis=1),
    ],
    ids=["scalar", "tanh", "broadcast", "sum", "channels", "mean", "split", "half", "single", "int", "take", "argmax"],
)
def test_results_do_not_depend_on_threads(function):
    before, found = pool.num_threads(), []
    try:
        for threads in (1, 2, 3):
            pool.set_num_threads(threads)
            found.append(function(mx.nd.array(ARRAY)).asnumpy())
    finally:
        pool.set_num_threads(before)
    for other in found[1:]:
        np.testing.assert_array_equal(found[0], other)
