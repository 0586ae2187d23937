"""`ImageIter`: which images come in which batches, with all kinds of sources."""

import random

import numpy as np
import pytest

import mxnb as mx
from mxnb.image import ImageIter, codec
from mxnb.recordio import IRHeader, MXIndexedRecordIO, pack_img

COUNT = 7


def picture(i):
    return np.full((10, 12, 3), 10 * i, np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Seven images in which each pixel is ten times the number of the image: as records, as files, in lists."""
    folder = tmp_path_factory.mktemp("images")
    for name, label in (("a", float), ("m", lambda i: [i, i + 0.5])):
        with MXIndexedRecordIO(str(folder / f"{name}.idx"), str(folder / f"{name}.rec"), "w") as writer:
            for i in range(COUNT):
                writer.write_idx(i, pack_img(IRHeader(0, label(i), i, 0), picture(i), img_fmt=".png"))
    for i in range(COUNT):
        (folder / f"{i}.png").write_bytes(codec.encode(picture(i), ".png"))
    (folder / "a.lst").write_text("".join(f"{i}\t{2 * i}\t{i}.png\n" for i in range(COUNT)))
    (folder / "m.lst").write_text("".join(f"{i}\t{2 * i}\t{3 * i}\t{i}.png\n" for i in range(COUNT)))
    return folder


def options(folder, **given):
    """Parameters with names of files in the folder."""
    return {k: str(folder / v) if k.startswith("path") else v for k, v in given.items()}


def epoch(iterator):
    """For each batch which images, labels and padding."""
    found = []
    for batch in iterator:
        pixels = batch.data[0].asnumpy()
        assert pixels.shape == iterator.provide_data[0].shape
        assert (pixels == pixels[:, :1, :1, :1]).all()
        found.append((pixels[:, 0, 0, 0].astype(int) // 10, batch.label[0].asnumpy(), batch.pad))
    return found


def images(batches):
    return [which.tolist() for which, _, _ in batches]


SOURCES = {
    "records": {"path_imgrec": "a.rec"},
    "records and index": {"path_imgrec": "a.rec", "path_imgidx": "a.idx"},
    "records, index and list": {"path_imgrec": "a.rec", "path_imgidx": "a.idx", "path_imglist": "a.lst"},
    "list": {"path_imglist": "a.lst", "path_root": "."},
}


@pytest.mark.parametrize("source", SOURCES)
def test_sources_and_ends(folder, source):
    make = lambda last: ImageIter(3, (3, 8, 8), last_batch_handle=last, **options(folder, **SOURCES[source]))
    pad = make("pad")
    for _ in range(2):
        batches = epoch(pad)
        assert images(batches) == [[0, 1, 2], [3, 4, 5], [6, 0, 1]]
        assert [b[2] for b in batches] == [0, 0, 2]
        labels = 2 if "list" in source else 1
        np.testing.assert_array_equal(batches[2][1], np.array([6, 0, 1]) * labels)
        pad.reset()
    discard = make("discard")
    assert images(epoch(discard)) == [[0, 1, 2], [3, 4, 5]]
    assert images(epoch(discard)) == []
    roll = make("roll_over")
    assert images(epoch(roll)) == [[0, 1, 2], [3, 4, 5]]
    roll.reset()
    batches = epoch(roll)
    assert images(batches) == [[6, 0, 1], [2, 3, 4]]
    assert [b[2] for b in batches] == [0, 0]
    roll.hard_reset()
    assert images(epoch(roll)) == [[0, 1, 2], [3, 4, 5]]


def test_orders(folder):
    """With Python's random seeded, the orders are those of MXNet 1.9.1."""
    random.seed(0)
    shuffled = ImageIter(3, (3, 8, 8), shuffle=True, **options(folder, **SOURCES["records and index"]))
    assert images(epoch(shuffled)) == [[4, 2, 1], [0, 5, 3], [6, 4, 2]]
    shuffled.reset()
    assert images(epoch(shuffled)) == [[2, 4, 5], [3, 6, 1], [0, 2, 4]]


def test_parts(folder):
    parts = [
        ImageIter(3, (3, 8, 8), part_index=i, num_parts=2, **options(folder, **SOURCES["records and index"]))
        for i in range(2)
    ]
    assert [images(epoch(part)) for part in parts] == [[[0, 1, 2]], [[3, 4, 5]]]
    third = ImageIter(3, (3, 8, 8), part_index=1, num_parts=3, **options(folder, **SOURCES["list"]))
    assert images(epoch(third)) == [[2, 3, 2]]


def test_several_labels(folder):
    for given in (
        {"path_imgrec": "m.rec"},
        {"path_imglist": "m.lst", "path_root": "."},
        {"imglist": [[i, i + 0.5, f"{i}.png"] for i in range(COUNT)], "path_root": "."},
    ):
        iterator = ImageIter(3, (3, 8, 8), label_width=2, **options(folder, **given))
        assert iterator.provide_label[0].shape == (3, 2)
        assert epoch(iterator)[1][1].shape == (3, 2)
        with pytest.raises(mx.MXNetError, match="labels: 2, needs 1"):
            ImageIter(3, (3, 8, 8), **options(folder, **given)).next()


def test_few_images(folder):
    two = ImageIter(5, (3, 8, 8), imglist=[[3, "1.png"], [4.5, "2.png"]], path_root=str(folder))
    ((which, labels, pad),) = epoch(two)
    assert which.tolist() == [1, 2, 1, 2, 1]
    assert labels.tolist() == [3, 4.5, 3, 4.5, 3]
    assert pad == 3


def test_descriptions_and_augmenters(folder):
    iterator = ImageIter(
        3, (3, 8, 8), data_name="d", label_name="l", dtype="float64", rand_mirror=True, mean=True,
        **options(folder, **SOURCES["records"]),
    )  # fmt: skip
    assert iterator.provide_data == [("d", (3, 3, 8, 8))]
    assert iterator.provide_label == [("l", (3,))]
    assert [type(aug).__name__ for aug in iterator.auglist] == [
        "CenterCropAug", "HorizontalFlipAug", "CastAug", "ColorNormalizeAug",
    ]  # fmt: skip
    batch = iterator.next()
    assert batch.data[0].dtype == batch.label[0].dtype == np.float64
    label, s = iterator.next_sample()
    assert label == 3
    np.testing.assert_array_equal(iterator.imdecode(s).asnumpy(), picture(3))


def test_bad_images(folder, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"nonsense")
    (tmp_path / "good.png").write_bytes(codec.encode(picture(4), ".png"))
    names = [[0, "good.png"], [1, "bad.png"], [2, "good.png"]]
    with pytest.raises(mx.MXNetError, match=r"bad\.png: .*8 bytes cannot be decoded"):
        ImageIter(3, (3, 8, 8), imglist=names, path_root=str(tmp_path)).next()
    skipping = ImageIter(2, (3, 8, 8), imglist=names, path_root=str(tmp_path), skip_invalid=True)
    assert skipping.next().label[0].asnumpy().tolist() == [0, 2]
    assert skipping.skipped == 1
    with pytest.raises(mx.MXNetError, match=r"cannot open .*none\.png: No such file"):
        ImageIter(1, (3, 8, 8), imglist=[[0, "none.png"]], path_root=str(tmp_path)).next()
    damaged = tmp_path / "a.rec"
    damaged.write_bytes((folder / "a.rec").read_bytes()[:-20])
    with pytest.raises(mx.MXNetError, match=r"a\.rec, offset"):
        epoch(ImageIter(7, (3, 8, 8), path_imgrec=str(damaged)))


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({}, mx.MXNetError, "needs path_imgrec, path_imglist or imglist"),
        ({"path_imgrec": "a.rec", "shuffle": True}, mx.MXNetError, "need path_imgidx"),
        ({"path_imgrec": "a.rec", "num_parts": 2}, mx.MXNetError, "need path_imgidx"),
        ({"path_imgrec": "a.rec", "num_parts": 2, "part_index": 2}, mx.MXNetError, "part_index=2, num_parts=2"),
        ({"path_imgrec": "a.rec", "dtype": "uint8"}, mx.MXNetError, "dtype is 'uint8'"),
        ({"path_imgrec": "a.rec", "last_batch_handle": "x"}, mx.MXNetError, "last_batch_handle is 'x'"),
        ({"path_imgrec": "a.rec", "data_shape": (8, 8)}, ValueError, "needs \\(channels, height, width\\)"),
        ({"path_imgrec": "a.rec", "data_shape": (1, 8, 8)}, ValueError, "needs 3 channels"),
        ({"path_imgrec": "none.rec"}, mx.MXNetError, "cannot open .*none.rec"),
        ({"path_imglist": "none.lst"}, mx.MXNetError, "cannot open .*none.lst"),
        ({"path_imglist": "a.rec"}, mx.MXNetError, "no text in UTF-8|needs 'number"),
        ({"path_imgrec": "a.rec", "aug_list": []}, mx.MXNetError, "the augmenters give shape \\(3, 10, 12\\)"),
    ],
)
def test_errors(folder, given, error, message):
    given = {"data_shape": (3, 8, 8), **options(folder, **given)}
    with pytest.raises(error, match=message):
        ImageIter(3, given.pop("data_shape"), **given).next()


def test_list_lines(tmp_path):
    (tmp_path / "a.lst").write_text("0\t0\t0.png\n1 1 1.png\n")
    with pytest.raises(mx.MXNetError, match=r"line 2: '1 1 1\.png', needs 'number<TAB>label<TAB>name'"):
        ImageIter(3, (3, 8, 8), path_imglist=str(tmp_path / "a.lst"))
