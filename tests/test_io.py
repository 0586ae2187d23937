"""Data iterators: which samples come in which batch, and what happens at the end."""

import gc
import gzip
import pickle
import struct
import threading
import time

import numpy as np
import pytest

import mxnb as mx
from mxnb.io import DataBatch, DataDesc, DataIter, NDArrayIter, PrefetchingIter, ResizeIter

X, Y = np.arange(20).reshape(10, 2), np.arange(10)


def labels(iterator):
    return [(batch.label[0].asnumpy().astype(int).tolist(), batch.pad) for batch in iterator]


# --- DataDesc, DataBatch, DataIter -----------------------------------------------------------------------------------


def test_data_desc_is_a_pair_with_more():
    desc = DataDesc("data", (3, 4), np.int32, "NC")
    assert desc == ("data", (3, 4))
    assert (desc.name, desc.shape, desc.dtype, desc.layout) == ("data", (3, 4), np.int32, "NC")
    assert repr(DataDesc("data", (3, 4))) == "DataDesc[data,(3, 4),<class 'numpy.float32'>,NCHW]"
    assert [DataDesc.get_batch_axis(layout) for layout in ("NCHW", "TNC", "CHW", None)] == [0, 1, -1, 0]
    copy = pickle.loads(pickle.dumps(desc))
    assert (copy, copy.dtype, copy.layout) == (desc, desc.dtype, desc.layout)
    made = DataDesc.get_list([("a", (1,)), ("b", (2,))], [("b", np.int8)])
    assert [(desc.name, desc.dtype) for desc in made] == [("a", np.float32), ("b", np.int8)]


def test_data_batch_needs_lists():
    for given in ((mx.nd.ones(3),), ([mx.nd.ones(3)], mx.nd.ones(3))):
        with pytest.raises(AssertionError, match="needs a list of NDArrays"):
            DataBatch(*given)
    assert str(DataBatch([mx.nd.ones((3, 2))])) == "DataBatch: data shapes: [(3, 2)] label shapes: None"


def test_own_iterators_define_next_or_its_parts():
    class Count(DataIter):
        n = 0

        def iter_next(self):
            self.n += 1
            return self.n < 3

        def getdata(self):
            return [mx.nd.full((1,), self.n)]

        def getlabel(self):
            return []

        def getpad(self):
            return 0

    assert [batch.data[0].asscalar() for batch in Count()] == [1, 2]
    with pytest.raises(NotImplementedError, match="getdata"):
        DataIter().getdata()


# --- NDArrayIter -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handle", "epochs"),
    [
        ("pad", [[([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0), ([8, 9, 0, 1], 2)]] * 2),
        ("discard", [[([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0)]] * 2),
        (
            "roll_over",
            [
                [([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0)],
                [([8, 9, 0, 1], 2), ([2, 3, 4, 5], 0), ([6, 7, 8, 9], 0)],
                [([0, 1, 2, 3], 0), ([4, 5, 6, 7], 0)],
            ],
        ),
    ],
)
def test_last_batch(handle, epochs):
    iterator = NDArrayIter(X, Y, 4, last_batch_handle=handle)
    for epoch in epochs:
        assert labels(iterator) == epoch
        assert labels(iterator) == []  # until reset
        with pytest.raises(StopIteration):
            iterator.next()
        iterator.reset()
    iterator.hard_reset()
    assert labels(iterator) == epochs[0]


def test_reset_within_an_epoch_rolls_nothing_over():
    iterator = NDArrayIter(X, Y, 4, last_batch_handle="roll_over")
    next(iterator)
    iterator.reset()
    assert labels(iterator)[0] == ([0, 1, 2, 3], 0)


@pytest.mark.parametrize(("samples", "batch_size"), [(3, 7), (2, 5), (1, 4)])
def test_pad_wraps_more_than_once(samples, batch_size):
    batch = next(NDArrayIter(X[:samples], Y[:samples], batch_size))
    assert batch.label[0].asnumpy().tolist() == [i % samples for i in range(batch_size)]
    assert batch.pad == batch_size - samples


@pytest.mark.parametrize("handle", ["pad", "discard", "roll_over"])
def test_shuffle_keeps_data_and_labels_together(handle):
    np.random.seed(0)
    iterator = NDArrayIter(X, Y, 5, shuffle=True, last_batch_handle=handle)
    orders = []
    for _ in range(3):
        order = []
        for batch in iterator:
            np.testing.assert_array_equal(batch.data[0].asnumpy()[:, 0], 2 * batch.label[0].asnumpy())
            order += batch.label[0].asnumpy().tolist()
        assert sorted(order) == list(range(10))
        orders.append(order)
        iterator.reset()
    assert orders[0] != orders[1] != orders[2]


def test_shuffled_orders_are_those_of_mxnet():
    np.random.seed(0)
    iterator = NDArrayIter(X, Y, 4, shuffle=True)
    assert labels(iterator) == [([2, 8, 4, 9], 0), ([1, 6, 7, 3], 0), ([0, 5, 2, 8], 2)]
    iterator.reset()
    assert labels(iterator) == [([5, 7, 0, 1], 0), ([6, 2, 4, 3], 0), ([9, 8, 5, 7], 2)]


def test_shuffled_samples_roll_over():
    np.random.seed(3)
    iterator = NDArrayIter(X, Y, 4, shuffle=True, last_batch_handle="roll_over")
    seen = [label for batch, _ in labels(iterator) for label in batch]
    iterator.reset()
    first = labels(iterator)[0]
    assert sorted(seen + first[0][:2]) == list(range(10))


def test_names_and_dtypes():
    assert NDArrayIter(X, Y, 4).provide_data[0].name == "data"
    assert NDArrayIter([X, X], [Y, Y], 4).provide_label == [("_0_softmax_label", (4,)), ("_1_softmax_label", (4,))]
    assert [desc.name for desc in NDArrayIter({"b": X, "a": X}, batch_size=4).provide_data] == ["a", "b"]
    iterator = NDArrayIter(X, Y, 4, data_name="z", label_name="q", layout="NC")
    assert repr(iterator.provide_data + iterator.provide_label) == (
        "[DataDesc[z,(4, 2),<class 'numpy.float32'>,NC], DataDesc[q,(4,),<class 'numpy.float32'>,NC]]"
    )
    for source, dtype in ((X.astype("int64"), np.float32), (mx.nd.array(X, dtype="int32"), np.int32)):
        iterator = NDArrayIter(source, batch_size=4)
        assert iterator.provide_data[0].dtype == next(iterator).data[0].dtype == dtype
    assert next(NDArrayIter(X, batch_size=4)).label == []


def test_batches_do_not_share_memory_with_the_data():
    source = mx.nd.array(X)
    next(NDArrayIter(source, batch_size=4)).data[0][:] = -1
    np.testing.assert_array_equal(source.asnumpy(), X)


def test_batches_are_on_the_context_of_the_data():
    data = mx.nd.array(X, ctx=mx.cpu(1))
    for shuffle in (False, True):
        assert [batch.data[0].context for batch in NDArrayIter(data, batch_size=4, shuffle=shuffle)] == [mx.cpu(1)] * 3


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: NDArrayIter(X, Y[:9]), mx.MXNetError, "softmax_label has 9 samples, data has 10"),
        (lambda: NDArrayIter(X, batch_size=0), mx.MXNetError, "batch_size is 0"),
        (lambda: NDArrayIter(X, last_batch_handle="drop"), mx.MXNetError, "'drop', needs one of"),
        (lambda: NDArrayIter([]), AssertionError, "data is empty"),
        (lambda: NDArrayIter("abc"), TypeError, "got str"),
        (lambda: NDArrayIter({"a": "b"}), TypeError, "a needs an array"),
        (lambda: NDArrayIter(X).getdata(), AssertionError, "no current batch"),
    ],
)
def test_bad_input(make, error, text):
    with pytest.raises(error, match=text):
        make()


# --- MNISTIter -------------------------------------------------------------------------------------------------------


@pytest.fixture
def digits(tmp_path):
    images, classes = np.arange(66, dtype="u1").reshape(11, 2, 3) * 3, np.arange(11, dtype="u1")
    paths = {"image": tmp_path / "images", "label": tmp_path / "labels.gz"}
    paths["image"].write_bytes(struct.pack(">4I", 0x803, 11, 2, 3) + images.tobytes())
    paths["label"].write_bytes(gzip.compress(struct.pack(">2I", 0x801, 11) + classes.tobytes()))
    return {name: str(path) for name, path in paths.items()}, images


def test_mnist(digits):
    paths, images = digits
    iterator = mx.io.MNISTIter(**paths, batch_size=4, shuffle=False, silent=True, input_shape=(784,))
    assert isinstance(iterator, mx.io.MXDataIter)
    assert iterator.provide_data == [("data", (4, 1, 2, 3))]
    assert iterator.provide_label == [("softmax_label", (4,))]
    assert iterator.batch_size == 4
    for _ in range(2):
        batches = list(iterator)
        assert len(batches) == 2  # three samples fill no batch
        np.testing.assert_array_equal(batches[0].data[0].asnumpy()[:, 0], images[:4] / np.float32(256))
        assert batches[1].label[0].asnumpy().tolist() == [4, 5, 6, 7]
        assert batches[1].index.tolist() == [4, 5, 6, 7]
        assert list(iterator) == []
        iterator.reset()
    flat = mx.io.MNISTIter(**paths, batch_size=4, shuffle=False, flat=True, silent=True, data_name="x", label_name="y")
    assert (flat.provide_data, flat.provide_label) == ([("x", (4, 6))], [("y", (4,))])


def test_mnist_shuffles_once_by_its_seed(digits):
    def order(iterator):
        return [label for batch, _ in labels(iterator) for label in batch]

    paths, _ = digits
    first, same, other = (mx.io.MNISTIter(**paths, batch_size=2, seed=seed, silent=True) for seed in (1, 1, 2))
    found = order(first)
    first.reset()
    assert found == order(first) == order(same) != order(other)
    assert len(set(found)) == 10
    assert found != sorted(found)


def test_mnist_parts_cover_the_file(digits):
    paths, _ = digits
    found = []
    for part in range(3):
        iterator = mx.io.MNISTIter(**paths, batch_size=1, shuffle=False, num_parts=3, part_index=part, silent=True)
        found.append([label for batch, _ in labels(iterator) for label in batch])
    assert found == [[0, 1, 2], [3, 4, 5, 6], [7, 8, 9, 10]]


def test_mnist_errors(digits, tmp_path):
    paths, _ = digits
    for change, text in (
        ({"image": str(tmp_path / "none")}, "none"),
        ({"image": paths["label"]}, r"has shape \(11,\)"),
        ({"part_index": 2, "num_parts": 2}, "part_index is 2"),
        ({"dtype": "float64"}, "only float32"),
    ):
        with pytest.raises(mx.MXNetError, match=text):
            mx.io.MNISTIter(**{**paths, **change})


def test_first_batch_again_and_again(digits):
    paths, _ = digits
    iterator = mx.io.MNISTIter(**paths, batch_size=4, shuffle=False, silent=True)
    iterator.debug_skip_load()
    assert [next(iterator).label[0].asnumpy()[0] for _ in range(5)] == [0] * 5


# --- ResizeIter, PrefetchingIter -------------------------------------------------------------------------------------


def test_resize():
    iterator = ResizeIter(NDArrayIter(X, Y, 4), 5)
    for _ in range(2):
        assert [batch[0] for batch, _ in labels(iterator)] == [0, 4, 8, 0, 4]
        iterator.reset()
    iterator = ResizeIter(NDArrayIter(X, Y, 4), 2, reset_internal=False)
    found = []
    for _ in range(3):
        found += [batch[0] for batch, _ in labels(iterator)]
        iterator.reset()
    assert found == [0, 4, 8, 0, 4, 8]


def test_prefetching_gives_the_same_batches():
    plain, iterator = NDArrayIter(X, Y, 4), PrefetchingIter(NDArrayIter(X, Y, 4))
    assert iterator.provide_data == plain.provide_data
    assert iterator.batch_size == 4
    for stop in (3, 1, 0, 3):  # a reset may come at any time
        assert labels(batch for batch, _ in zip(iterator, range(stop))) == labels(plain)[:stop]
        iterator.reset()
        plain.reset()


def test_prefetching_joins_iterators():
    iterator = PrefetchingIter(
        [NDArrayIter(X, Y, 4), NDArrayIter(-X, -Y, 4)], [{"data": "a"}, {"data": "b"}], [{"softmax_label": "l"}, {}]
    )
    assert [desc.name for desc in iterator.provide_data + iterator.provide_label] == ["a", "b", "l", "softmax_label"]
    for batch in iterator:
        np.testing.assert_array_equal(batch.data[0].asnumpy(), -batch.data[1].asnumpy())
        np.testing.assert_array_equal(batch.label[0].asnumpy(), -batch.label[1].asnumpy())
    with pytest.raises(mx.MXNetError, match="paddings differ"):
        list(PrefetchingIter([NDArrayIter(X, Y, 4), NDArrayIter(X[:5], Y[:5], 4)]))
    with pytest.raises(mx.MXNetError, match="different numbers of batches"):
        list(PrefetchingIter([NDArrayIter(X, Y, 5), NDArrayIter(X[:5], Y[:5], 5)]))


class Slow(NDArrayIter):
    """Takes its time, and fails at one batch."""

    def __init__(self, fail_at=None):
        super().__init__(X, Y, 2)
        self.fail_at, self.count = fail_at, 0

    def next(self):
        time.sleep(0.01)
        self.count += 1
        if self.count == self.fail_at:
            raise OSError("the disk is gone")
        return super().next()


def test_prefetching_works_ahead():
    iterator = PrefetchingIter(Slow())
    next(iterator)
    time.sleep(0.1)
    assert iterator.iters[0].count == 2


def test_prefetching_passes_errors_on():
    iterator = PrefetchingIter(Slow(fail_at=2))
    next(iterator)
    with pytest.raises(OSError, match="the disk is gone"):
        next(iterator)


def test_prefetching_leaves_no_threads():
    before = threading.active_count()
    for _ in range(5):
        iterator = PrefetchingIter(Slow())
        next(iterator)
        del iterator
    gc.collect()
    deadline = time.time() + 5
    while threading.active_count() > before and time.time() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before
