"""`ImageRecordIter`: images as MXNet 1.9.1 prepares them, orders, threads, and damaged files."""

import collections
import gc
import importlib.util
import random
import threading
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb.image import codec
from mxnb.image.pipeline import Changes
from mxnb.io import ImageRecordInt8Iter, ImageRecordIter, ImageRecordUInt8Iter
from mxnb.recordio import IRHeader, MXRecordIO, pack, pack_img

GOLDEN = Path(__file__).parent / "golden"
_spec = importlib.util.spec_from_file_location("golden_image_record", GOLDEN / "image_record.py")
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)
ANSWERS = dict(np.load(GOLDEN / "image_record.npz"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    for name in ("r.rec", "r.idx"):
        (folder / name).write_bytes(ANSWERS[name].tobytes())
    golden.write_list(folder)
    return folder


@pytest.fixture(scope="module")
def found(folder):
    return golden.all_of(mx, folder)


def make(folder, **given):
    return ImageRecordIter(**golden.options(folder, **given))


def labels(iterator):
    return [(batch.label[0].asnumpy().astype(int).tolist(), batch.pad) for batch in iterator]


@pytest.mark.parametrize("name", [*golden.CASES, *golden.RAW])
def test_as_mxnet(name, found):
    """Exact, but for the rounding of interpolation."""
    for what in ("data", "label", "pad"):
        got, expected = found[f"{what} {name}"], ANSWERS[f"{what} {name}"]
        assert got.shape == expected.shape
        assert what == "pad" or got.dtype == expected.dtype
        loose = what == "data" and any(
            word in name for word in ("resize", "covers", "higher", "turn", "twice", "Int8", "grey")
        )
        atol = 1 if loose else 1e-5
        for word, more in (("turn", 4), ("twice", 4), ("covers", 2)):  # coordinates of few bits; resized twice
            atol = more if word in name else atol
        np.testing.assert_allclose(got.astype("f8"), expected.astype("f8"), rtol=0, atol=atol, err_msg=what)


# --- Orders ----------------------------------------------------------------------------------------------------------


def test_rounds(folder):
    """The next epoch begins behind the images that filled the last batch."""
    rounds = make(folder)
    assert labels(rounds) == [([0, 1, 2], 0), ([3, 4, 5], 0), ([6, 0, 1], 2)]
    assert labels(rounds) == []
    rounds.reset()
    assert labels(rounds) == [([2, 3, 4], 0), ([5, 6, 0], 1)]
    plain = make(folder, round_batch=False)
    for _ in range(2):
        assert labels(plain) == [([0, 1, 2], 0), ([3, 4, 5], 0), ([6, 4, 5], 2)]
        plain.reset()
    assert labels(make(folder, batch_size=16)) == [([*range(7), *range(7), 0, 1], 9)]


def test_shuffled_epochs(folder):
    """Each epoch has every image once; orders differ, and follow from the seed."""

    def epochs(**given):
        iterator = make(folder, shuffle=True, batch_size=1, **given)
        found = []
        for _ in range(3):
            found.append([which for (which,), _ in labels(iterator)])
            iterator.reset()
        return found

    first = epochs(seed=1)
    assert all(sorted(epoch) == list(range(7)) for epoch in first)
    assert len({tuple(epoch) for epoch in first}) == 3
    assert epochs(seed=1, path_imgidx=folder / "r.idx") == first
    assert epochs(seed=2) != first
    rounds = make(folder, shuffle=True)
    stream = []
    for _ in range(7):
        stream += [which for batch, _ in labels(rounds) for which in batch]
        rounds.reset()
    counts = collections.Counter(stream)
    assert set(counts) == set(range(7))
    assert max(counts.values()) - min(counts.values()) <= 1


def test_parts(folder):
    for index in ("", folder / "r.idx"):
        parts = [labels(make(folder, num_parts=2, part_index=i, path_imgidx=index)) for i in range(2)]
        assert parts == [[([0, 1, 2], 0), ([3, 0, 1], 2)], [([4, 5, 6], 0)]]


def test_reset_in_between(folder):
    iterator = make(folder, prefetch_buffer=2)
    iterator.next()
    iterator.reset()
    assert labels(iterator)[0] == ([0, 1, 2], 0)


def test_index_and_names(folder):
    iterator = make(folder, data_name="a", label_name="b")
    assert iterator.provide_data == [("a", (3, 3, 8, 8))]
    assert iterator.provide_label == [("b", (3,))]
    assert iterator.next().index.tolist() == [0, 1, 2]


# --- Random changes --------------------------------------------------------------------------------------------------

RANDOM = {
    "resize": 9, "rand_crop": True, "rand_mirror": True, "max_rotate_angle": 20, "max_shear_ratio": 0.1,
    "max_aspect_ratio": 0.2, "min_random_scale": 0.8, "max_random_scale": 1.2, "brightness": 0.2, "contrast": 0.2,
    "saturation": 0.2, "pca_noise": 0.1, "random_h": 20, "random_s": 20, "random_l": 20, "inter_method": 10,
    "max_random_contrast": 0.1, "max_random_illumination": 5.0, "shuffle": True,
}  # fmt: skip


def epoch_pixels(iterator):
    return np.concatenate([batch.data[0].asnumpy() for batch in iterator])


def test_threads_do_not_matter(folder):
    results = [
        epoch_pixels(make(folder, preprocess_threads=threads, prefetch_buffer=ahead, seed_aug=3, **RANDOM))
        for threads, ahead in ((1, 0), (4, 4))
    ]
    np.testing.assert_array_equal(*results)
    other = epoch_pixels(make(folder, seed_aug=4, **RANDOM))
    assert (other != results[0]).any()
    iterator = make(folder, seed_aug=3, **{**RANDOM, "shuffle": False})
    first = epoch_pixels(iterator)[:3]
    iterator.reset()
    assert (epoch_pixels(iterator)[-3:] != first).any(), "each epoch has random changes of its own"


def prepared(pixels, seed=0, dtype=np.float32, **given):
    changes = Changes(given.pop("data_shape", (3, *pixels.shape[:2])), **given)
    out = np.empty((1, *changes.data_shape), dtype)
    changes(out, 0, codec.encode(pixels, ".png"), random.Random(seed), "test")
    return out[0].transpose(1, 2, 0)


PICTURE = np.random.RandomState(1).randint(0, 256, (9, 12, 3)).astype(np.uint8)


@pytest.mark.parametrize("seed", range(3))
def test_crops_are_parts(seed):
    part = prepared(PICTURE, seed, data_shape=(3, 4, 5), rand_crop=True)
    places = [
        (y, x) for y in range(6) for x in range(8) if np.array_equal(part, PICTURE[y : y + 4, x : x + 5].astype("f4"))
    ]
    assert len(places) == 1
    squares = prepared(PICTURE, seed, data_shape=(3, 3, 3), min_crop_size=3, max_crop_size=3, rand_crop=True)
    assert any(np.array_equal(squares, PICTURE[y : y + 3, x : x + 3].astype("f4")) for y in range(7) for x in range(10))
    whole = prepared(PICTURE, seed, random_resized_crop=True, min_aspect_ratio=4 / 3, max_aspect_ratio=4 / 3)
    np.testing.assert_array_equal(whole, PICTURE)


def test_colours():
    grey = np.full((4, 4, 3), 100, np.uint8)
    brighter = prepared(grey, brightness=0.5)
    assert np.ptp(brighter) == 0
    assert brighter[0, 0, 0] != 100
    np.testing.assert_array_equal(prepared(grey, contrast=0.9, saturation=0.9), grey)
    assert prepared(grey, max_random_illumination=10.0)[0, 0, 0] != 100
    colour = np.tile(np.array([200, 100, 50], np.uint8), (4, 4, 1))
    for seed in range(4):
        turned = prepared(colour, seed, random_h=180)[0, 0]
        assert abs(turned.max() + turned.min() - 250) <= 2, "lightness stays"
        assert abs(np.ptp(turned) - 150) <= 2, "and saturation"
        assert np.ptp(prepared(grey, seed, random_h=180)) == 0
    light = np.array([prepared(grey[:1, :1], seed, random_l=30)[0, 0, 0] - 100 for seed in range(600)])
    assert np.std(light) == pytest.approx(13.82, rel=0.1), "of 20 000 draws of 1.9.1; 17 would be uniform"
    assert np.abs(light).max() <= 29
    assert (light == np.rint(light)).all()
    noisy = prepared(colour, 0, pca_noise=0.5)[0, 0]
    assert (noisy != [200, 100, 50]).any()


def test_mean_image(folder, tmp_path):
    path = tmp_path / "mean.params"
    first = epoch_pixels(make(folder, mean_img=str(path), round_batch=False))
    mean = mx.nd.load(str(path))["mean_img"].asnumpy()
    plain = epoch_pixels(make(folder, round_batch=False))
    np.testing.assert_allclose(mean, plain[:7].mean(0), rtol=1e-5)
    np.testing.assert_allclose(first, plain - mean, atol=1e-4)
    np.testing.assert_array_equal(epoch_pixels(make(folder, mean_img=str(path), round_batch=False)), first)
    with pytest.raises(mx.MXNetError, match="mean image of shape"):
        make(folder, mean_img=str(path), data_shape=(3, 7, 7))


# --- Damage, and leaving early ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"path_imgrec": ""}, "path_imgrec is missing"),
        ({"path_imgrec": "none.rec"}, "cannot open none.rec: No such file"),
        ({"data_shape": (8, 8)}, r"data_shape is \(8, 8\)"),
        ({"data_shape": (2, 8, 8)}, r"data_shape is \(2, 8, 8\)"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"num_parts": 2, "part_index": 2}, "part_index=2, num_parts=2"),
        ({"num_parts": 9, "part_index": 4}, "part 4 of 9 is empty"),
        ({"dtype": "float16"}, "dtype is 'float16'"),
        ({"aug_seq": "mine"}, "aug_seq is 'mine'"),
        ({"inter_method": 7}, "inter_method is 7"),
        ({"std_r": 0}, "need other numbers than 0"),
        ({"label_width": 2}, "record 0: 1 labels, needs label_width=2"),
        ({"min_crop_size": 3, "max_crop_size": 2}, "min_crop_size is 3"),
        ({"data_shape": (4, 8, 8)}, "needs 4 channels"),
    ],
)
def test_errors(folder, given, message):
    with pytest.raises(mx.MXNetError, match=f"ImageRecordIter: .*{message}"):
        labels(make(folder, **given))


def test_raw_iterators_do_not_normalise(folder):
    for raw in (ImageRecordUInt8Iter, ImageRecordInt8Iter):
        with pytest.raises(mx.MXNetError, match="no parameter named 'mean_r'"):
            raw(**golden.options(folder, mean_r=3))


def write(path, payloads):
    with MXRecordIO(str(path), "w") as writer:
        for payload in payloads:
            writer.write(payload)


def test_damaged_files(tmp_path):
    good = pack_img(IRHeader(0, 1.0, 5, 0), PICTURE, img_fmt=".png")
    cases = {
        "bad image": ([good, pack(IRHeader(0, 1.0, 1, 0), b"nonsense")], "record 1: 8 bytes cannot be decoded"),
        "no header": ([good, b"abc"], "a record of 3 bytes"),
        "empty": ([], "holds no records"),
    }
    for name, (payloads, message) in cases.items():
        write(tmp_path / name, payloads)
        with pytest.raises(mx.MXNetError, match=message):
            labels(ImageRecordIter(path_imgrec=tmp_path / name, data_shape=(3, 8, 8), batch_size=2))
    write(tmp_path / "cut", [good, good])
    data = (tmp_path / "cut").read_bytes()
    for cut, message in ((data[:-9], "the file only"), (data[: -len(good)], "."), (b"x" + data[1:], "offset 0")):
        (tmp_path / "cut").write_bytes(cut)
        with pytest.raises(mx.MXNetError, match=message):
            labels(ImageRecordIter(path_imgrec=tmp_path / "cut", data_shape=(3, 8, 8), batch_size=2))


def test_after_an_error_the_next_epoch_works(tmp_path):
    good = pack_img(IRHeader(0, 1.0, 5, 0), PICTURE, img_fmt=".png")
    write(tmp_path / "a", [good, good, pack(IRHeader(0, 1.0, 1, 0), b"nonsense")])
    iterator = ImageRecordIter(path_imgrec=tmp_path / "a", data_shape=(3, 8, 8), batch_size=1)
    for _ in range(2):
        iterator.next()
        iterator.next()
        with pytest.raises(mx.MXNetError, match="record 2"):
            iterator.next()
        iterator.reset()


def test_no_thread_is_left(folder):
    before = set(threading.enumerate())
    iterator = make(folder, preprocess_threads=3)
    iterator.next()
    started = set(threading.enumerate()) - before
    assert started
    del iterator
    gc.collect()
    for thread in started:
        thread.join(10)
        assert not thread.is_alive()
