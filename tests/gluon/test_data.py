"""Datasets, samplers and the DataLoader."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from mxnb import nd
from mxnb.base import MXNetError
from mxnb.gluon import data
from mxnb.gluon.contrib.data import IntervalSampler
from mxnb.gluon.data.dataloader import default_batchify_fn


def as_list(loader):
    return [batch.asnumpy().tolist() for batch in loader]


# Datasets


def test_array_dataset_zips():
    dataset = data.ArrayDataset(nd.arange(6).reshape((3, 2)), np.arange(3), ["a", "b", "c"])
    x, y, z = dataset[1]
    assert len(dataset) == 3
    assert (x.asnumpy().tolist(), y, z) == ([2.0, 3.0], 1, "b")


def test_array_dataset_of_one_vector_gives_numbers():
    dataset = data.ArrayDataset(nd.arange(3))
    assert dataset[1] == 1.0
    assert isinstance(dataset[1], np.float32)


def test_array_dataset_needs_equal_lengths():
    with pytest.raises(AssertionError, match=r"array\[0\] has length 1 while array\[1\] has 2"):
        data.ArrayDataset([1], [1, 2])
    with pytest.raises(AssertionError, match="at least 1"):
        data.ArrayDataset()


def test_selections():
    numbers = data.SimpleDataset(list(range(10)))
    assert [list(numbers.shard(3, i)) for i in range(3)] == [[0, 1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert list(numbers.take(3)) == [0, 1, 2]
    assert len(numbers.take(None)) == len(numbers.take(20)) == 10
    assert list(numbers.filter(lambda x: x % 2)) == [1, 3, 5, 7, 9]
    assert list(numbers.sample(data.SequentialSampler(2, 5))) == [5, 6]
    with pytest.raises(AssertionError, match="3 out of 3"):
        numbers.shard(3, 3)
    with pytest.raises(TypeError, match="Invalid sampler type"):
        numbers.sample([1])


def test_transforms():
    pairs = data.SimpleDataset([(1, "a"), (2, "b")])
    assert pairs.transform(lambda x, y: (y, x))[1] == ("b", 2)
    assert pairs.transform_first(lambda x: -x)[1] == (-2, "b")
    assert list(pairs.transform_first(lambda x: -x, lazy=False)) == [(-1, "a"), (-2, "b")]
    assert data.SimpleDataset([[1, 2]]).transform(len)[0] == 2
    calls = []
    lazy = pairs.transform(lambda x, y: calls.append(x))
    assert calls == []
    lazy[0], lazy[0]
    assert calls == [1, 1]


# Samplers


def test_samplers():
    assert list(data.SequentialSampler(3, 2)) == [2, 3, 4]
    assert list(data.FilterSampler(lambda x: x > 3, [2, 5, 7])) == [1, 2]
    assert list(IntervalSampler(7, 3)) == [0, 3, 6, 1, 4, 2, 5]
    assert list(IntervalSampler(7, 3, rollover=False)) == [0, 3, 6]
    np.random.seed(3)
    drawn = list(data.RandomSampler(5))
    np.random.seed(3)
    expected = np.arange(5)
    np.random.shuffle(expected)
    assert drawn == expected.tolist()


def test_batch_sampler():
    sampler = data.SequentialSampler(10)
    keep = data.BatchSampler(sampler, 4, "keep")
    assert (list(keep), len(keep)) == ([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]], 3)
    discard = data.BatchSampler(sampler, 4, "discard")
    assert (list(discard), len(discard)) == ([[0, 1, 2, 3], [4, 5, 6, 7]], 2)
    roll = data.BatchSampler(sampler, 3, "rollover")
    assert (len(roll), list(roll)[-1]) == (3, [6, 7, 8])
    assert (len(roll), list(roll)) == (3, [[9, 0, 1], [2, 3, 4], [5, 6, 7]])
    assert len(roll) == 4
    with pytest.raises(ValueError, match="got bad"):
        data.BatchSampler(sampler, 3, "bad")


# Batches


@pytest.mark.parametrize(
    ("sample", "dtype"),
    [
        (np.float64(1.5), np.float64),
        (np.ones(2, "float16"), np.float16),
        (np.ones((2, 3), "uint8"), np.uint8),
        (1, np.int64),
        (1.5, np.float64),
        (True, np.bool_),
    ],
)
def test_batches_keep_dtypes(sample, dtype):
    batch = default_batchify_fn([sample, sample])
    assert batch.dtype == dtype
    assert batch.shape == (2, *np.shape(sample))


def test_batches_of_structures():
    x, (y, z) = default_batchify_fn([(nd.ones((2,)), (1, 2.0))] * 3)
    assert (x.shape, y.shape, z.dtype) == ((3, 2), (3,), np.float64)


@pytest.mark.parametrize("bad", [["a", "b"], [None, None], [np.ones(2), np.ones(3)], [{}, {}]])
def test_what_cannot_be_stacked(bad):
    with pytest.raises(MXNetError, match="cannot stack"):
        default_batchify_fn(bad)


# The loader


WORKERS = [{"num_workers": 0}, {"num_workers": 2}, {"num_workers": 2, "thread_pool": True}]


@pytest.mark.parametrize("workers", WORKERS)
def test_order_and_last_batch(workers):
    numbers = data.SimpleDataset(list(range(7)))
    assert as_list(data.DataLoader(numbers, 3, **workers)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert as_list(data.DataLoader(numbers, 3, last_batch="discard", **workers)) == [[0, 1, 2], [3, 4, 5]]
    roll = data.DataLoader(numbers, 3, last_batch="rollover", **workers)
    assert as_list(roll) == [[0, 1, 2], [3, 4, 5]]
    assert as_list(roll) == [[6, 0, 1], [2, 3, 4]]


@pytest.mark.parametrize("workers", WORKERS)
def test_structures_and_several_passes(workers):
    images = np.arange(40, dtype="uint8").reshape(10, 2, 2)
    loader = data.DataLoader(data.ArrayDataset(images, np.arange(10)), 4, shuffle=True, **workers)
    assert len(loader) == 3
    orders = []
    for _ in range(2):
        seen = []
        for x, y in loader:
            assert x.dtype == np.uint8
            assert (x.asnumpy() == images[y.asnumpy()]).all()
            seen += y.asnumpy().tolist()
        assert sorted(seen) == list(range(10))
        orders.append(seen)
    assert orders[0] != orders[1]


@pytest.mark.parametrize("workers", WORKERS)
def test_leaving_early_and_nested_loops(workers):
    loader = data.DataLoader(list(range(20)), 2, **workers)
    for _ in range(3):
        for batch in loader:
            assert batch.asnumpy().tolist() == [0, 1]
            break
    pairs = [(a.asnumpy()[0], b.asnumpy()[0]) for a in loader for b in loader]
    assert pairs == [(a, b) for a in range(0, 20, 2) for b in range(0, 20, 2)]


@pytest.mark.parametrize("prefetch", [0, 1, 50])
def test_prefetch(prefetch):
    assert len(as_list(data.DataLoader(list(range(9)), 2, num_workers=1, prefetch=prefetch))) == 5


def test_contradictions():
    numbers = list(range(5))
    with pytest.raises(ValueError, match="batch_size must be specified"):
        data.DataLoader(numbers)
    with pytest.raises(ValueError, match="shuffle must not"):
        data.DataLoader(numbers, 2, shuffle=True, sampler=data.SequentialSampler(5))
    with pytest.raises(ValueError, match="must not be specified if batch_sampler"):
        data.DataLoader(numbers, 2, batch_sampler=data.BatchSampler(data.SequentialSampler(5), 2))
    with pytest.raises(AssertionError, match="timeout must be positive"):
        data.DataLoader(numbers, 2, timeout=0)


class Faulty(data.Dataset):
    def __init__(self, action):
        self.action = action

    def __len__(self):
        return 8

    def __getitem__(self, i):
        if i == 5:
            self.action()
        return i


def fail():
    raise LookupError("sample 5 is broken")


@pytest.mark.parametrize("workers", WORKERS)
def test_an_error_in_the_dataset(workers):
    loader = data.DataLoader(Faulty(fail), 2, **workers)
    seen = []
    with pytest.raises(LookupError, match="sample 5"):
        seen.extend(loader)
    assert len(seen) == 2
    with pytest.raises(LookupError, match="sample 5"):
        list(loader)  # the workers live on


def test_a_worker_that_dies():
    loader = data.DataLoader(Faulty(lambda: os.kill(os.getpid(), signal.SIGKILL)), 2, num_workers=2)
    with pytest.raises(MXNetError, match="died: signal SIGKILL"):
        list(loader)
    with pytest.raises(MXNetError, match="died"):
        list(loader)  # new workers


@pytest.mark.parametrize("workers", WORKERS[1:])
def test_timeout(workers):
    loader = data.DataLoader(Faulty(lambda: time.sleep(2)), 2, timeout=0.3, **workers)
    with pytest.raises(MXNetError, match=r"within 0\.3 s"):
        list(loader)


def test_workers_draw_different_numbers():
    loader = data.DataLoader(data.SimpleDataset([0] * 8).transform(lambda _: np.random.random()), 1, num_workers=2)
    drawn = [x for batch in as_list(loader) for x in batch]
    assert len(set(drawn)) == len(drawn)


def test_own_batchify_with_other_objects():
    def batchify(samples):
        return {"names": [f"n{i}" for i in samples], "values": nd.array(samples), "raw": np.array(samples)}

    (batch,) = data.DataLoader([1, 2], 2, batchify_fn=batchify, num_workers=1)
    assert batch["names"] == ["n1", "n2"]
    assert isinstance(batch["values"], nd.NDArray)
    assert isinstance(batch["raw"], np.ndarray)
    batch["raw"][0] = 7  # writable


def test_clean_and_reload():
    loader = data.DataLoader(list(range(4)), 2, num_workers=1, auto_reload=True)
    assert as_list(loader) == as_list(loader)
    loader.clean()
    assert len(as_list(loader)) == 2


def test_pinned_memory():
    batch = next(iter(data.DataLoader([1, 2], 2, pin_memory=True)))
    assert batch.context.device_type == "cpu_pinned"


def test_the_program_ends_with_batches_under_way():
    program = (
        "from mxnb.gluon.data import DataLoader\n"
        "loader = DataLoader(list(range(1000)), 2, num_workers=2)\n"
        "threads = DataLoader(list(range(1000)), 2, num_workers=2, thread_pool=True)\n"
        "for batch, _ in zip(loader, threads):\n"
        "    break\n"
        "print('end')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "end\n"
    assert done.stderr == ""
