"""`ImageDetRecordIter`: images and labels as MXNet 1.9.1 prepares them, what is random, and damaged labels."""

import colorsys
import importlib.util
import inspect
import random
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb.image import codec, det_pipeline
from mxnb.io import ImageDetRecordIter
from mxnb.kernels import image as image_kernels
from mxnb.recordio import IRHeader, MXRecordIO, pack, pack_img

GOLDEN = Path(__file__).parent / "golden"
_spec = importlib.util.spec_from_file_location("golden_image_det_record", GOLDEN / "image_det_record.py")
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)
ANSWERS = dict(np.load(GOLDEN / "image_det_record.npz"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    (folder / "d.rec").write_bytes(ANSWERS["d.rec"].tobytes())
    golden.write_files(folder)
    return folder


@pytest.fixture(scope="module")
def found(folder):
    return golden.all_of(mx, folder)


@pytest.mark.parametrize("name", golden.CASES)
def test_as_mxnet(name, found):
    """Exact, but for the rounding of interpolation; and errors where it has errors."""
    assert (f"error {name}" in found) == (f"error {name}" in ANSWERS)
    if f"error {name}" in found:
        return
    for what in ("data", "label", "pad"):
        got, expected = found[f"{what} {name}"], ANSWERS[f"{what} {name}"]
        assert got.shape == expected.shape
        assert what == "pad" or got.dtype == expected.dtype
        atol = 1e-5
        if what == "data":  # a bit of the pixel more or less; twice if it was resized twice
            atol = 4 if name.startswith("resize") or name == "mean image" else 1
        np.testing.assert_allclose(got.astype("f8"), expected.astype("f8"), rtol=0, atol=atol, err_msg=what)


# --- What is random --------------------------------------------------------------------------------------------------

HEIGHT, WIDTH = 40, 60
ROWS, COLS = np.mgrid[:HEIGHT, :WIDTH]
PICTURE = np.stack([ROWS * 4 + 1, COLS * 4 + 1, np.full_like(ROWS, 9)], 2).astype(np.uint8)
"""Tells of each pixel where it was."""
BOXES = np.array([[1, 0.1, 0.1, 0.3, 0.5], [2, 0.5, 0.2, 0.9, 0.6]])
EVERYTHING = {
    "rand_crop_prob": 0.7, "num_crop_sampler": 2, "min_crop_scales": (0.3, 0.6), "max_crop_scales": (0.6, 0.9),
    "min_crop_aspect_ratios": 0.5, "max_crop_aspect_ratios": 2, "rand_pad_prob": 0.6, "max_pad_scale": 2,
    "max_random_hue": 20, "random_hue_prob": 0.5, "max_random_saturation": 40, "random_saturation_prob": 0.5,
    "max_random_illumination": 40, "random_illumination_prob": 0.5, "max_random_contrast": 0.3,
    "random_contrast_prob": 0.5, "rand_mirror_prob": 0.5, "inter_method": 10, "shuffle": True,
}  # fmt: skip


def prepared(seed=0, boxes=BOXES, pixels=PICTURE, extra=(), **given):
    """What becomes of a picture: its pixels, without what is black around, and its objects."""
    defaults = {p: v.default for p, v in inspect.signature(ImageDetRecordIter).parameters.items()}
    crops = [key for key in defaults if key.startswith(("min_crop", "max_crop", "num_crop"))]
    crops = {key: given.pop(key, defaults[key]) for key in crops}
    changes = det_pipeline.DetChanges(
        data_shape=(3, 100, 130), resize_mode="shrink", samplers=det_pipeline.samplers(crops),
        **{"fill_value": 127, **given},
    )  # fmt: skip
    out = np.zeros((1, *changes.data_shape), np.float32)
    label = np.array([2 + len(extra), 5, *extra, *np.ravel(boxes)], np.float32)
    label = changes(out, 0, codec.encode(pixels, ".png"), random.Random(seed), "test", label)
    channels, height, width, count = label[:4].astype(int)
    assert (channels, count) == (3, len(label) - 4)
    assert label[4 : 6 + len(extra)].tolist() == [2 + len(extra), 5, *extra]
    return out[0, :, :height, :width].transpose(1, 2, 0), label[6 + len(extra) :].reshape(-1, 5)


def window(pixels):
    """Which part of the picture it is: top, left, bottom, right."""
    top, left = (int(pixels[0, 0, c] - 1) // 4 for c in (0, 1))
    part = PICTURE[top : top + pixels.shape[0], left : left + pixels.shape[1]]
    np.testing.assert_array_equal(pixels, part)
    return np.array([left / WIDTH, top / HEIGHT, (left + part.shape[1]) / WIDTH, (top + part.shape[0]) / HEIGHT])


def common(part, box):
    sides = np.maximum(np.minimum(part[2:], box[2:]) - np.maximum(part[:2], box[:2]), 0)
    return sides.prod()


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


LIMITS = {
    "none": {},
    "overlaps": {"min_crop_overlaps": 0.3},
    "sample coverages": {"min_crop_sample_coverages": 0.3},
    "object coverages": {"min_crop_object_coverages": 0.9},
    "partial objects": {"min_crop_object_coverages": 0.05, "max_crop_object_coverages": 0.5},
    "overlap": {"crop_emit_mode": "overlap", "emit_overlap_thresh": 0.8},
}


@pytest.mark.parametrize("name", LIMITS)
def test_crops(name):
    """Parts of the picture, with objects that stay inside, and at least one within the limits."""
    given, cropped = LIMITS[name], 0
    for seed in range(40):
        pixels, objects = prepared(
            seed, rand_crop_prob=1, min_crop_scales=0.3, max_crop_scales=0.9, min_crop_aspect_ratios=0.5,
            max_crop_aspect_ratios=2, **given,
        )  # fmt: skip
        part = window(pixels)
        cropped += pixels.shape[:2] != (HEIGHT, WIDTH)
        assert len(objects), "one object is left"
        known = {row[0]: row[1:] for row in BOXES}
        near = 0.05  # a part begins and ends between pixels
        for kind, *box in objects:
            share = common(part, known[kind]) / area(known[kind])
            assert share > (0.6 if name == "overlap" else 0.15)
            size = np.tile(part[2:] - part[:2], 2)
            seen = np.clip((known[kind] - np.tile(part[:2], 2)) / size, 0, 1)
            np.testing.assert_allclose(box, seen, atol=0.1)
        if pixels.shape[:2] == (HEIGHT, WIDTH) or "emit" in str(given):
            continue
        shares = []
        for box in BOXES[:, 1:]:
            c, a, b = common(part, box), area(part), area(box)
            shares.append({"overlaps": c / (a + b - c), "sample_coverages": c / a, "object_coverages": c / b})
        bounds = [(key[:3], key[9:], value) for key, value in given.items()]
        assert any(
            all(s[k] >= v - near if side == "min" else s[k] <= v + near for side, k, v in bounds) for s in shares
        )
    assert cropped > 30


def test_scales_and_ratios():
    """The square root of the area is uniform; proportions are what still fits into the picture."""
    whole = [[1, 0, 0, 1, 1]]
    sizes = np.array([
        prepared(seed, whole, rand_crop_prob=1, min_crop_scales=0.3, max_crop_scales=0.9, crop_emit_mode="overlap",
                 emit_overlap_thresh=0.0)[0].shape[:2]
        for seed in range(200)
    ])  # fmt: skip
    scales = np.sqrt(sizes.prod(1) / (HEIGHT * WIDTH))
    assert scales.min() >= 0.28
    assert scales.max() <= 0.9
    counts = np.histogram(scales, 4, (0.29, 0.89))[0]
    assert (counts > 25).all(), counts
    square = sizes[scales < 0.78]
    assert (square[:, 0] == square[:, 1]).all()
    assert (sizes[scales > 0.85][:, 0] >= HEIGHT - 1).all(), "squares do not fit: as high as it goes"


def test_kinds_of_crops():
    """One that works is taken, each as often; one that cannot leaves it to the others."""
    given = {"rand_crop_prob": 1, "num_crop_sampler": 2, "crop_emit_mode": "overlap", "emit_overlap_thresh": 0.0}
    given.update(min_crop_scales=(0.2, 0.6), max_crop_scales=(0.3, 0.65))
    large = [prepared(seed, **given)[0].shape[0] > 20 for seed in range(60)]
    assert 15 < sum(large) < 45
    assert all(prepared(s, **given, min_crop_overlaps=(0.9, 0))[0].shape[0] > 20 for s in range(10))
    assert all(prepared(s, **given, max_crop_trials=(25, 0))[0].shape[0] < 20 for s in range(10))
    assert all(prepared(s, **given, max_crop_trials=0)[0].shape[0] == HEIGHT for s in range(3))
    half = [prepared(s, **{**given, "rand_crop_prob": 0.5})[0].shape[0] < HEIGHT for s in range(60)]
    assert 15 < sum(half) < 45


def test_pads():
    """The whole picture at some place of a canvas of one colour, and the boxes with it."""
    tops = []
    for seed in range(30):
        pixels, objects = prepared(seed, rand_pad_prob=1, max_pad_scale=2, fill_value=250)
        assert pixels.shape[0] >= HEIGHT
        assert pixels.shape[1] >= WIDTH
        inside = np.argwhere(pixels[:, :, 2] == 9)
        (top, left), (bottom, right) = inside.min(0), inside.max(0) + 1
        np.testing.assert_array_equal(pixels[top:bottom, left:right], PICTURE)
        assert (np.delete(pixels[:, 0], np.s_[top:bottom], 0) == 250).all()
        scale = np.array([WIDTH, HEIGHT] * 2)
        there = (objects[:, 1:] * np.tile(pixels.shape[1::-1], 2) - [left, top] * 2) / scale
        np.testing.assert_allclose(there, BOXES[:, 1:], atol=0.05)
        tops.append(top / max(pixels.shape[0] - HEIGHT, 1))
    assert np.std(tops) > 0.2


def test_crops_of_canvases():
    """A canvas is cropped after the picture was put on it; its colour is never changed."""
    seen = set()
    for seed in range(40):
        pixels, objects = prepared(
            seed, rand_pad_prob=1, max_pad_scale=3, rand_crop_prob=1, min_crop_scales=0.3, max_crop_scales=0.5,
            min_crop_aspect_ratios=0.5, max_crop_aspect_ratios=2, fill_value=250, max_random_contrast=0.5,
            random_contrast_prob=1,
        )  # fmt: skip
        assert len(objects)
        assert ((objects[:, 1:] >= 0) & (objects[:, 1:] <= 1)).all()
        canvas = (pixels == 250).all(2)
        seen.add((bool(canvas[0].all()), bool(canvas[-1].all()), bool(canvas.any())))
    assert len(seen) > 2
    none = prepared(
        3, [[1, 0.5, 0.5, 0.5, 0.5]], rand_pad_prob=1, max_pad_scale=4, rand_crop_prob=1, max_crop_scales=0.05
    )
    assert none[1].shape == (0, 5), "an image without objects is cropped anywhere"


def test_limits_are_not_lost_to_rounding():
    """An object that is wholly inside of a part, or fills it, is within limits that end at 1."""
    dot = [[1, 0.49, 0.48, 0.51, 0.52]]
    for seed in range(60):
        given = {"rand_pad_prob": 1, "max_pad_scale": 1.8, "rand_crop_prob": 1, "min_crop_object_coverages": 1}
        pixels, objects = prepared(seed, dot, min_crop_scales=0.5, max_crop_scales=0.501, **given)
        assert pixels.shape[0] < HEIGHT * 1.2
        assert len(objects) == 1


def test_small_canvases_are_left_out():
    """Below 1.05 times, as in MXNet."""
    sizes = {prepared(seed, rand_pad_prob=1, max_pad_scale=1.2)[0].shape[:2] for seed in range(60)}
    assert (HEIGHT, WIDTH) in sizes
    assert not any(WIDTH < width < 63 for _, width in sizes)
    assert any(width > 66 for _, width in sizes)


def test_mirror_and_header():
    pixels, objects = prepared(rand_mirror_prob=1, extra=(7, 8))
    np.testing.assert_array_equal(pixels, PICTURE[:, ::-1])
    np.testing.assert_allclose(objects[:, 1:], [[0.7, 0.1, 0.9, 0.5], [0.1, 0.2, 0.5, 0.6]], rtol=1e-6)
    pixels, objects = prepared(rand_mirror_prob=0)
    np.testing.assert_array_equal(pixels, PICTURE)
    np.testing.assert_allclose(objects, BOXES)


def test_colours():
    """As MXNet's: whole steps, hue in halves of degrees and not beyond red, each as often as asked for."""
    colour = np.tile(np.array([200, 100, 50], np.uint8), (2, 2, 1))
    one = lambda seed, pixels=colour, **given: prepared(seed, pixels=pixels, **given)[0][0, 0]
    hues = {tuple(one(s, max_random_hue=15, random_hue_prob=1)) for s in range(60)}
    assert {(h[0], h[2]) for h in hues} == {(200, 50)}
    assert {h[1] for h in hues} <= {50 + 5 * k for k in range(26)}
    assert min(h[1] for h in hues) == 50
    assert len(hues) > 15
    light = [
        one(s, np.full((2, 2, 3), 100, np.uint8), max_random_illumination=40, random_illumination_prob=1)
        for s in range(99)
    ]
    assert all(np.ptp(v) == 0 and 61 <= v[0] <= 139 for v in light)
    assert np.std([v[0] for v in light]) == pytest.approx(40 / np.sqrt(3), rel=0.25)
    contrast = np.array([one(s, max_random_contrast=0.5, random_contrast_prob=1) for s in range(40)])
    np.testing.assert_allclose(contrast[:, 1], contrast[:, 2] * 2, atol=1.1)
    assert contrast[:, 1].min() >= 50
    assert contrast[:, 1].max() <= 150
    assert contrast[:, 0].max() == 255
    grey = one(0, np.full((2, 2, 3), 100, np.uint8), max_random_hue=99, random_hue_prob=1)
    assert grey.tolist() == [100, 100, 100]
    changed = [(one(s, max_random_saturation=90, random_saturation_prob=0.3) != colour[0, 0]).any() for s in range(100)]
    assert 15 < sum(changed) < 45


@pytest.mark.parametrize("turn", [(0, 0, 0), (40, 20, -30), (-50, -60, 90), (170, 255, 0)])
def test_turned_colours(turn):
    """As the library of colours that comes with Python, within limits; compiled and not."""
    pixels = np.random.RandomState(3).randint(0, 256, (40, 3)).astype(np.uint8)
    pixels[:4] = [[0, 0, 0], [255, 255, 255], [9, 9, 9], [255, 0, 0]]
    hue, lightness, saturation = turn[0] / 180, turn[1] / 255, turn[2] / 255
    expected = []
    for pixel in pixels:
        h, light, s = colorsys.rgb_to_hls(*(pixel / 255))
        h, light, s = (min(max(value, 0), 1) for value in (h + hue, light + lightness, s + saturation))
        expected.append(np.array(colorsys.hls_to_rgb(h, light, s)) * 255)
    found = pixels.copy()
    image_kernels.turn_colours(found, *map(float, turn))
    coloured = np.ptp(pixels, 1) > 0  # of grey, saturation that is added takes any hue; here red
    np.testing.assert_allclose(found[coloured], np.array(expected)[coloured], atol=1)
    plain = pixels.copy()
    numbers = np.array([turn[0] / 30, lightness, saturation], np.float32)
    image_kernels.turn_planes.function(plain, np.empty((3, 32), np.float32), numbers)
    np.testing.assert_array_equal(plain, found)


def epochs(folder, count=2, **given):
    iterator = ImageDetRecordIter(**golden.options(folder, **given))
    found = []
    for _ in range(count):
        batches = list(iterator)
        found += [np.concatenate([b.data[0].asnumpy().ravel(), b.label[0].asnumpy().ravel()]) for b in batches]
        iterator.reset()
    return np.stack(found)


def test_threads_do_not_matter(folder):
    results = [
        epochs(folder, preprocess_threads=threads, prefetch_buffer=ahead, seed=3, **EVERYTHING)
        for threads, ahead in ((1, 0), (4, 4))
    ]
    np.testing.assert_array_equal(*results)
    assert (epochs(folder, seed=4, **EVERYTHING) != results[0]).any()
    assert len(np.unique(results[0], axis=0)) == len(results[0]), "each epoch has random changes of its own"


# --- Parameters, damage ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"path_imgrec": ""}, "path_imgrec is missing"),
        ({"dtype": "uint8"}, "dtype is 'uint8', it gives float32"),
        ({"aug_seq": "aug_default"}, "only 'det_aug_default' is there"),
        ({"mean_r": -1}, "mean_r is -1, cannot be negative"),
        ({"std_b": -1}, "std_b is -1, cannot be negative"),
        ({"min_crop_overlaps": 0.5, "max_crop_overlaps": 0.2}, "min_crop_overlaps is 0.5, max_crop_overlaps 0.2"),
        ({"min_crop_aspect_ratios": 0}, "min_crop_aspect_ratios is 0"),
        ({"max_crop_scales": (0.5, 0.6)}, "max_crop_scales is .*, needs one number"),
        ({"crop_emit_mode": "middle"}, "crop_emit_mode is 'middle', needs one of center, overlap"),
        ({"resize_mode": "grow"}, "resize_mode is 'grow'"),
        ({"data_shape": (1, 8, 8), "random_hue_prob": 1}, "data_shape has 1 channel"),
        ({"label_width": 9}, "record 0: 8 labels, needs label_width=9"),
        ({"label_pad_width": 11}, "label_pad_width is 11, the longest label has 26"),
        ({"path_imglist": "rest.lst"}, "record 0: a label of 9 numbers"),
        ({"data_shape": (4, 8, 8)}, "needs 4 channels"),
    ],
)
def test_errors(folder, given, message):
    with pytest.raises(mx.MXNetError, match=f"ImageDetRecordIter: .*{message}"):
        list(ImageDetRecordIter(**golden.options(folder, **given)))


def test_damaged_records(tmp_path):
    good = pack_img(IRHeader(0, [2, 5, 1, 0, 0, 1, 1], 0, 0), PICTURE, img_fmt=".png")
    cases = {
        "one number": (pack_img(IRHeader(0, 3.0, 0, 0), PICTURE), "record 1: a label of 1 numbers"),
        "no numbers": (pack_img(IRHeader(0, [2, float("nan"), 1, 0, 0, 1, 1], 0, 0), PICTURE), "a label of 7 numbers"),
        "image": (pack(IRHeader(0, [2, 5, 1, 0, 0, 1, 1], 0, 0), b"nonsense"), "record 1: 8 bytes cannot be decoded"),
        "empty": (b"", "record 1: .*a record of 0 bytes"),
        "too many labels": (b"\xff\xff\xff\xff" + good[4:], "record 1: .*4294967295 labels"),
    }
    for name, (payload, message) in cases.items():
        with MXRecordIO(str(tmp_path / name), "w") as writer:
            for record in (good, payload):
                writer.write(record)
        with pytest.raises(mx.MXNetError, match=message):
            list(ImageDetRecordIter(tmp_path / name, (3, 8, 8), 2))


def test_label_of_a_record_in_parts(tmp_path):
    """A label is counted right where the record is cut at a number that looks like the beginning of a record."""
    magic = np.frombuffer(mx.recordio.MAGIC, "<u4")[0]
    header = IRHeader(0, [2, 5, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1], int(magic), 0)
    with MXRecordIO(str(tmp_path / "a.rec"), "w") as writer:
        writer.write(pack_img(header, PICTURE, img_fmt=".png"))
    (batch,) = ImageDetRecordIter(tmp_path / "a.rec", (3, 8, 8), 1)
    assert batch.label[0].shape == (1, 16)
    assert batch.index.tolist() == [magic]


def test_mean_image_is_made(folder, tmp_path):
    path = tmp_path / "mean.params"
    given = golden.options(folder, batch_size=golden.COUNT)
    plain = ImageDetRecordIter(**given).next().data[0].asnumpy()
    first = ImageDetRecordIter(**{**given, "mean_img": str(path)}).next().data[0].asnumpy()
    mean = mx.nd.load(str(path))["mean_img"].asnumpy()
    np.testing.assert_allclose(mean, plain.mean(0), rtol=1e-5)
    np.testing.assert_allclose(first, plain - mean, atol=1e-4)
