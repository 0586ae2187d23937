"""No parameter of an iterator is silently ignored: each does something, is refused, or is said to have no effect."""

import inspect
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb.image import codec
from mxnb.io import CSVIter, ImageRecordIter, ImageRecordUInt8Iter, LibSVMIter, MNISTIter, NDArrayIter, idx
from mxnb.recordio import IRHeader, MXIndexedRecordIO, pack, pack_img

FACTS = json.loads((Path(__file__).parent / "golden" / "python_api_data.json").read_text())
NOTHING = {"preprocess_threads", "prefetch_buffer", "device_id", "ctx", "verbose"}
"""How work is done, or what is logged; the documentation of `device_id`, `ctx` says that they have no effect."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.RandomState(0)
    with MXIndexedRecordIO(str(folder / "a.idx"), str(folder / "a.rec"), "w") as writer:
        for i in range(12):
            small = rng.randint(0, 256, (6, 7, 3)).astype(np.uint8)
            pixels = mx.image.imresize(mx.nd.array(small, dtype="uint8"), 26, 20 + i, 2).asnumpy()
            alpha = np.dstack([pixels, pixels[:, :, 0]])
            writer.write_idx(i, pack_img(IRHeader(0, float(i), i, 0), alpha, img_fmt=".png"))
    (folder / "b.rec").write_bytes((folder / "a.rec").read_bytes() * 2)
    (folder / "part.idx").write_text("".join((folder / "a.idx").read_text().splitlines(True)[3:9]))
    (folder / "a.lst").write_text("".join(f"{i}\t{10 + i}\t{20 + i}\tx\n" for i in range(12)))
    (folder / "one.lst").write_text("".join(f"{i}\t{10 + i}\tx\n" for i in range(12)))
    mx.nd.save(str(folder / "mean.nd"), {"mean_img": mx.nd.ones((3, 12, 14))})
    (folder / "a.csv").write_text("1,2,3\n4,5,6\n7,8,9\n")
    (folder / "b.csv").write_text("3,2,1\n6,5,4\n9,8,7\n")
    (folder / "a.svm").write_text("1 0:1.5 3:2\n0 1:1\n2 0:3 1:4 2:5\n")
    (folder / "b.svm").write_text("7 1:1.5 3:2\n8 0:1\n9 1:3 2:4 3:5\n")
    rng = np.random.RandomState(1)
    for name, shape in (("images", (9, 4, 3)), ("images2", (9, 4, 3)), ("labels", (9,)), ("labels2", (9,))):
        idx.write_idx(folder / name, rng.randint(0, 9, shape).astype(np.uint8))
    return folder


def two_epochs(iterator):
    """All that an iterator gives: names, shapes, dtypes, numbers, padding."""
    found = [repr(iterator.provide_data), repr(iterator.provide_label)]
    for _ in range(2):
        for batch in iterator:
            found += [x.asnumpy().tobytes() for x in (*batch.data, *batch.label)]
            found.append((batch.pad, None if batch.index is None else batch.index.tolist()))
        iterator.reset()
    return found


RECORD = {"path_imgrec": "a.rec", "data_shape": (3, 12, 14), "batch_size": 5}
CROP = {"random_resized_crop": True, "min_random_area": 0.2, "max_random_area": 0.9}
OTHER = {
    "path_imgrec": "b.rec", "path_imglist": "one.lst", "path_imgidx": "part.idx", "data_shape": (3, 12, 13),
    "aug_seq": "mine", "label_width": 1, "preprocess_threads": 0, "num_parts": 2, "part_index": 1, "seed_aug": 3,
    "shuffle": True, "batch_size": 4, "round_batch": False, "prefetch_buffer": -1, "ctx": "tpu", "dtype": "uint8",
    "resize": 17, "rand_crop": True, "random_resized_crop": True, "max_rotate_angle": 20, "max_aspect_ratio": 0.3,
    "max_shear_ratio": 0.3, "max_random_scale": 2.0, "min_random_scale": 0.7, "brightness": 0.3, "contrast": 0.3,
    "saturation": 0.3, "pca_noise": 0.2, "random_h": 40, "random_s": 40, "random_l": 40, "rotate": 45, "pad": 4,
    "mirror": True, "rand_mirror": True, "mean_img": "mean.nd", "mean_r": 3.0, "mean_g": 3.0, "mean_b": 3.0,
    "std_r": 3.0, "std_g": 3.0, "std_b": 3.0, "scale": 3.0, "max_random_contrast": 0.3, "data_name": "x",
    "max_random_illumination": 9.0, "label_name": "y",
}  # fmt: skip
WITH = {
    "part_index": {"num_parts": 2},
    "label_width": {"path_imglist": "a.lst", "label_width": 2},
    "seed": {"shuffle": True, "seed": 7},
    "shuffle_chunk_size": {"shuffle": True, "path_imgrec": "big.rec"},
    "seed_aug": {"rand_crop": True},
    "shuffle_chunk_seed": {"shuffle": True, "path_imgrec": "big.rec", "shuffle_chunk_size": 1},
    "random_resized_crop": {**CROP, "random_resized_crop": False},
    "max_random_area": CROP,
    "min_random_area": CROP,
    "rand_mirror": {"seed_aug": 1},
    "max_crop_size": {"min_crop_size": 4, "max_crop_size": 5, "rand_crop": True},
    "min_crop_size": {"min_crop_size": 4, "max_crop_size": 9, "rand_crop": True},
    "min_aspect_ratio": {"min_aspect_ratio": 1.4, "max_aspect_ratio": 1.5},
    "max_img_size": {"max_random_scale": 1.5, "min_random_scale": 1.5},
    "min_img_size": {"max_random_scale": 0.9, "min_random_scale": 0.9},
    "fill_value": {"rotate": 45, "data_shape": (3, 20, 26)},
    "pad": {"rand_crop": True},
    "inter_method": {"resize": 17},
    "mean_a": {"data_shape": (4, 12, 14)},
    "std_a": {"data_shape": (4, 12, 14)},
}
OTHER_WITH = {
    "seed": 8, "shuffle_chunk_size": 1, "shuffle_chunk_seed": 5, "max_random_area": 0.4, "min_random_area": 0.6,
    "max_crop_size": 9, "min_crop_size": 7, "min_aspect_ratio": 1.2, "max_img_size": 20.0, "min_img_size": 20.0,
    "fill_value": 3, "inter_method": 2, "mean_a": 3.0, "std_a": 3.0,
}  # fmt: skip


def located(folder, given):
    return {k: str(folder / v) if k.startswith(("path_", "mean_img")) and v else v for k, v in given.items()}


@pytest.fixture(scope="module")
def big(folder):
    """Three chunks of a megabyte."""
    noise = codec.encode(np.random.RandomState(2).randint(0, 256, (400, 400, 3)).astype(np.uint8), ".png")
    with MXIndexedRecordIO(str(folder / "big.idx"), str(folder / "big.rec"), "w") as writer:
        for i in range(6):
            writer.write_idx(i, pack(IRHeader(0, float(i), i, 0), noise))


@pytest.mark.parametrize("name", [fact["name"] for fact in FACTS["mx.io.ImageRecordIter"]["params"]])
def test_image_record(name, folder, big):
    """With another value the batches are other ones, or there is an error."""
    base = {**RECORD, **WITH.get(name, {}), "verbose": False}
    if name in NOTHING and name not in OTHER:
        assert name in ImageRecordIter.__doc__
        return
    other = OTHER_WITH[name] if name in OTHER_WITH else OTHER[name]
    before, again = (two_epochs(ImageRecordIter(**located(folder, base))) for _ in range(2))
    assert before == again
    changed = lambda: two_epochs(ImageRecordIter(**located(folder, {**base, name: other})))
    if name in ("aug_seq", "label_width", "preprocess_threads", "prefetch_buffer", "ctx"):
        with pytest.raises(mx.MXNetError, match=name):
            changed()
    else:
        assert changed() != before


def test_chunks_are_shuffled(folder, big):
    """Records of a chunk stay together; chunks and the records in them change places from epoch to epoch."""
    iterator = ImageRecordIter(
        path_imgrec=folder / "big.rec", data_shape=(3, 8, 8), batch_size=6, shuffle=True, shuffle_chunk_size=1
    )
    chunk = {}
    for line in (folder / "big.idx").read_text().splitlines():
        key, offset = map(int, line.split())
        chunk[key] = offset >> 20
    assert len(set(chunk.values())) == 3
    orders = set()
    for _ in range(8):
        order = [int(label) for batch in iterator for label in batch.label[0].asnumpy()]
        iterator.reset()
        assert sorted(order) == list(range(6))
        chunks = [chunk[i] for i in order]
        assert len([1 for a, b in itertools.pairwise(chunks) if a != b]) == 2
        orders.add(tuple(order))
    assert len(orders) > 3


def test_unsigned(folder):
    """`ImageRecordUInt8Iter` has the parameters of 1.9.1, and refuses others."""
    for fact in FACTS["mx.io.ImageRecordUInt8Iter"]["params"]:
        assert fact["name"] in inspect.signature(ImageRecordIter).parameters
    iterator = ImageRecordUInt8Iter(**located(folder, RECORD))
    assert next(iterator).data[0].dtype == np.uint8
    for name in ("mean_r", "std_g", "scale", "mean_img", "colour"):
        with pytest.raises(mx.MXNetError, match=f"no parameter named '{name}'"):
            ImageRecordUInt8Iter(**located(folder, RECORD), **{name: 1})


CASES = {
    CSVIter: (
        {"data_csv": "a.csv", "data_shape": (3,), "batch_size": 2},
        {
            "data_csv": "b.csv",
            "data_shape": (1, 3),
            "label_csv": "b.csv",
            "label_shape": (1, 3),
            "batch_size": 3,
            "round_batch": False,
            "ctx": "tpu",
            "dtype": "int32",
        },
        {"label_shape": {"label_csv": "b.csv", "label_shape": (3,)}, "label_csv": {"label_shape": (3,)}},
    ),
    LibSVMIter: (
        {"data_libsvm": "a.svm", "data_shape": (4,), "batch_size": 2},
        {
            "data_libsvm": "b.svm",
            "data_shape": (5,),
            "label_libsvm": "b.svm",
            "label_shape": (5,),
            "num_parts": 2,
            "part_index": 1,
            "batch_size": 3,
            "round_batch": False,
            "ctx": "tpu",
            "dtype": "int32",
        },
        {
            "label_shape": {"label_libsvm": "b.svm", "label_shape": (4,)},
            "label_libsvm": {"label_shape": (4,)},
            "part_index": {"num_parts": 2},
        },
    ),
    MNISTIter: (
        {"image": "images", "label": "labels", "batch_size": 4, "silent": True},
        {
            "image": "images2",
            "label": "labels2",
            "batch_size": 3,
            "shuffle": False,
            "flat": True,
            "seed": 3,
            "num_parts": 2,
            "part_index": 1,
            "ctx": "tpu",
            "dtype": "int32",
        },
        {"part_index": {"num_parts": 2}},
    ),
}
QUIET = {"prefetch_buffer", "silent"}


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_text_and_digits(make, folder, monkeypatch):
    monkeypatch.chdir(folder)
    base, others, extra = CASES[make]
    for name in (fact["name"] for fact in FACTS[f"mx.io.{make.__name__}"]["params"]):
        if name in QUIET:
            assert name in make.__doc__
            continue
        given = {**base, **extra.get(name, {})}
        if name == "label_csv" or name == "label_libsvm":
            before = None  # without labels there is no such shape
        else:
            before = two_epochs(make(**given))
        changed = lambda: two_epochs(make(**{**given, name: others[name]}))  # noqa: B023
        if name == "ctx" or (name == "dtype" and make is MNISTIter):
            with pytest.raises(mx.MXNetError, match=name):
                changed()
        else:
            assert changed() != before, name


def test_where_nothing_is_ignored():
    """Unknown parameters of iterators over images are errors; arrays have no place for them either."""
    for make in (ImageRecordIter, NDArrayIter):
        with pytest.raises(TypeError, match="colour"):
            make(colour=3)


def test_hdf5(tmp_path, monkeypatch):
    """Datasets of h5py are taken like arrays; without h5py nothing is different."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"], file["y"] = np.arange(20.0).reshape(10, 2), np.arange(10)
        for options in ({}, {"shuffle": True}, {"last_batch_handle": "discard"}):
            np.random.seed(0)
            got = two_epochs(NDArrayIter(file["x"], {"y": file["y"]}, 4, **options))
            np.random.seed(0)
            assert got == two_epochs(NDArrayIter(np.arange(20.0).reshape(10, 2), {"y": np.arange(10)}, 4, **options))


# --- Large files, and other processes --------------------------------------------------------------------------------


def test_beyond_two_gigabytes(folder, tmp_path):
    """A record behind a hole of 5 GB, which takes no room, is found by the index."""
    path = tmp_path / "far.rec"
    data = (folder / "a.rec").read_bytes()
    with open(path, "wb") as file:
        file.write(data)
        file.seek(5 << 30)
        file.write(data)
    offsets = [int(line.split()[1]) for line in (folder / "a.idx").read_text().splitlines()]
    path.with_suffix(".idx").write_text(f"0\t{offsets[0]}\n1\t{(5 << 30) + offsets[11]}\n")
    batch = ImageRecordIter(
        path_imgrec=path, path_imgidx=path.with_suffix(".idx"), data_shape=(3, 12, 14), batch_size=2
    ).next()
    assert batch.label[0].asnumpy().tolist() == [0, 11]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_after_fork(folder):
    """A child continues where the parent was, with a file and threads of its own; neither disturbs the other."""
    iterator = ImageRecordIter(
        path_imgrec=folder / "a.rec", data_shape=(3, 12, 14), batch_size=1, preprocess_threads=2, verbose=False
    )
    rest = lambda: bytes(int(batch.label[0].asscalar()) for batch in iterator)
    assert iterator.next().label[0].asscalar() == 0
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(there, rest())
        finally:
            os._exit(0)
    os.close(there)
    assert rest() == bytes(range(1, 12))
    with open(here, "rb") as pipe:
        assert pipe.read() == bytes(range(1, 12))
    assert os.waitpid(child, 0)[1] == 0


MEMORY = """
import resource, sys
import mxnb as mx
used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10)
iterator = mx.io.ImageRecordIter(
    path_imgrec=sys.argv[1], data_shape=(3, 8, 8), batch_size=4, preprocess_threads=2, shuffle=True, verbose=False)
before = used()
with mx.recordio.MXRecordIO(sys.argv[1], "r") as reader:
    count = sum(1 for _ in iter(reader.read, None))
print(count, used() - before, sum(4 - batch.pad for batch in iterator), used() - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no resource here")
def test_memory_is_bounded(tmp_path):
    """Reading 96 MB takes a few records' memory, not the file's."""
    padding = bytes(1 << 20)  # behind the image, where nobody looks
    record = pack(IRHeader(0, 0.0, 0, 0), codec.encode(np.zeros((8, 8, 3), np.uint8), ".jpg") + padding)
    with mx.recordio.MXRecordIO(str(tmp_path / "a.rec"), "w") as writer:
        for _ in range(96):
            writer.write(record)
    command = [sys.executable, "-c", MEMORY, str(tmp_path / "a.rec")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    count, reading, images, iterating = map(int, done.stdout.split())
    assert count == images == 96
    assert reading < 24
    assert iterating < 48
