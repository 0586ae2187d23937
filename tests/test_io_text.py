"""`CSVIter` and `LibSVMIter`: batches, rounds, and damaged files."""

import numpy as np
import pytest

import mxnb as mx
from mxnb.io import CSVIter, LibSVMIter, text


@pytest.fixture
def folder(tmp_path):
    np.savetxt(tmp_path / "data.csv", np.arange(21).reshape(7, 3), delimiter=",")
    np.savetxt(tmp_path / "label.csv", np.arange(7) * 10, delimiter=",")
    np.savetxt(tmp_path / "pair.csv", np.arange(14).reshape(7, 2), delimiter=",")
    (tmp_path / "a.svm").write_text("1 0:1.5 3:2\n0 1:1\n2 0:3 1:4 2:5 # last\n")
    (tmp_path / "label.svm").write_text("9 0:1 1:2\n0 0:3\n7 1:4\n")
    return tmp_path


def epoch(iterator):
    return [(b.index.tolist(), b.pad) for b in iterator]


def csv(folder, **given):
    return CSVIter(data_csv=folder / "data.csv", batch_size=3, **{"data_shape": (3,), **given})


def test_rounds(folder):
    """The next epoch begins behind what filled the last batch, as in MXNet."""
    rounds = csv(folder)
    assert epoch(rounds) == [([0, 1, 2], 0), ([3, 4, 5], 0), ([6, 0, 1], 2)]
    assert epoch(rounds) == []
    rounds.reset()
    assert epoch(rounds) == [([2, 3, 4], 0), ([5, 6, 0], 1)]
    rounds.reset()
    assert epoch(rounds) == [([1, 2, 3], 0), ([4, 5, 6], 0)]
    rounds.reset()
    assert epoch(rounds) == [([0, 1, 2], 0), ([3, 4, 5], 0), ([6, 0, 1], 2)]
    plain = csv(folder, round_batch=False)
    for _ in range(2):
        assert epoch(plain) == [([0, 1, 2], 0), ([3, 4, 5], 0), ([6, 4, 5], 2)]
        plain.reset()
    few = CSVIter(data_csv=folder / "data.csv", data_shape=(3,), batch_size=16)
    assert epoch(few) == [([*range(7), *range(7), 0, 1], 9)]


def test_reset_in_between(folder):
    rounds = csv(folder)
    rounds.next()
    rounds.reset()
    assert epoch(rounds)[0] == ([0, 1, 2], 0)


@pytest.mark.parametrize("dtype", [None, "float32", "int32", "int64"])
def test_values(folder, dtype):
    iterator = csv(folder, data_shape=(1, 3), label_csv=folder / "pair.csv", label_shape=(2,), dtype=dtype)
    assert iterator.provide_data == [("data", (3, 1, 3))]
    assert iterator.provide_label == [("softmax_label", (3, 2))]
    batch = iterator.next()
    assert batch.data[0].dtype == batch.label[0].dtype == np.dtype(dtype or "float32")
    np.testing.assert_array_equal(batch.data[0].asnumpy(), np.arange(9).reshape(3, 1, 3))
    np.testing.assert_array_equal(batch.label[0].asnumpy(), np.arange(6).reshape(3, 2))


def test_labels(folder):
    assert csv(folder, label_csv=folder / "label.csv").next().label[0].asnumpy().tolist() == [0, 10, 20]
    assert csv(folder, label_csv="NULL").next().label[0].asnumpy().tolist() == [0, 0, 0]
    assert csv(folder, data_name="a", label_name="b").provide_label[0].name == "b"


def test_long_files_are_read_in_pieces(folder, monkeypatch):
    monkeypatch.setattr(text, "CHUNK", 2)
    assert epoch(csv(folder)) == [([0, 1, 2], 0), ([3, 4, 5], 0), ([6, 0, 1], 2)]


def test_space_and_line_ends(folder):
    (folder / "odd.csv").write_bytes(b"1, 2,3\n\n4,5,6\r\n7,8,9")
    batch = CSVIter(data_csv=folder / "odd.csv", data_shape=(3,), batch_size=3).next()
    np.testing.assert_array_equal(batch.data[0].asnumpy(), np.arange(1, 10).reshape(3, 3))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"1,2,3\n1,2\n", "line 2 or later: '1,2' has 2 numbers, needs 3"),
        (b"1,2,3\n1,x,3\n", "'1,x,3' could not convert"),
        (b"1,2\n1,2\n", "'1,2' has 2 numbers, needs 3"),
        (b"\xff\xfe,1,2", "is no text"),
    ],
)
def test_damaged_csv(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(mx.MXNetError, match=f"a.csv.* {message}|a.csv {message}"):
        CSVIter(data_csv=tmp_path / "a.csv", data_shape=(3,), batch_size=2)


def test_errors(folder):
    (folder / "short.csv").write_text("1\n2\n")
    for given, message in (
        ({"label_csv": folder / "short.csv"}, "short.csv has 2 rows, .*data.csv has more"),
        ({"dtype": "float64"}, "dtype is 'float64'"),
        ({"data_shape": (4,)}, "has 3 numbers, needs 4"),
    ):
        with pytest.raises(mx.MXNetError, match=message):
            epoch(csv(folder, **given))
    with pytest.raises(mx.MXNetError, match=r"cannot open .*none\.csv"):
        CSVIter(data_csv=folder / "none.csv", data_shape=(3,), batch_size=1)
    with pytest.raises(mx.MXNetError, match="batch_size is 0"):
        CSVIter(data_csv=folder / "data.csv", data_shape=(3,), batch_size=0)


def test_libsvm(folder):
    svm = LibSVMIter(data_libsvm=folder / "a.svm", data_shape=(4,), batch_size=2)
    batches = [(b.data[0].asnumpy().tolist(), b.label[0].asnumpy().tolist(), b.pad) for b in svm]
    assert batches == [
        ([[1.5, 0, 0, 2], [0, 1, 0, 0]], [1, 0], 0),
        ([[3, 4, 5, 0], [1.5, 0, 0, 2]], [2, 1], 1),
    ]
    labelled = LibSVMIter(
        data_libsvm=folder / "a.svm", data_shape=(4,), label_libsvm=folder / "label.svm", label_shape=(2,), batch_size=3
    )
    assert labelled.next().label[0].asnumpy().tolist() == [[1, 2], [3, 0], [0, 4]]
    part = LibSVMIter(data_libsvm=folder / "a.svm", data_shape=(4,), batch_size=1, num_parts=2, part_index=1)
    assert [b.label[0].asscalar() for b in part] == [0]


@pytest.mark.parametrize(
    ("line", "message"),
    [("1 0:1 7:2", "'7:2' has no place among 4"), ("1 0", "line"), ("x 0:1", "could not convert")],
)
def test_damaged_libsvm(tmp_path, line, message):
    (tmp_path / "a.svm").write_text(line)
    with pytest.raises(mx.MXNetError, match=message):
        LibSVMIter(data_libsvm=tmp_path / "a.svm", data_shape=(4,), batch_size=1)


def test_parts_must_exist(folder):
    with pytest.raises(mx.MXNetError, match="part_index is 2"):
        LibSVMIter(data_libsvm=folder / "a.svm", data_shape=(4,), batch_size=1, num_parts=2, part_index=2)
