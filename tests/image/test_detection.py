"""Detection: boxes follow what is done to images; batches of labels."""

import random

import numpy as np
import pytest

import mxnb as mx
from mxnb import image, nd
from mxnb.image import codec
from mxnb.recordio import IRHeader, MXIndexedRecordIO, pack_img

HEIGHT, WIDTH = 40, 60
BOXES = np.array([[0, 0.1, 0.2, 0.5, 0.6], [1, 0.3, 0.3, 0.9, 0.8], [2, 0.05, 0.7, 0.15, 0.95]])
# a picture in which each pixel tells its place
PLACES = np.stack(np.broadcast_arrays(np.arange(HEIGHT)[:, None], np.arange(WIDTH), 0), 2).astype(np.uint8)


def picture():
    return nd.array(PLACES, dtype="uint8")


def areas(boxes):
    return np.maximum(boxes[:, 2] - boxes[:, 0], 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0)


def naive_coverage(x, y, w, h):
    """How much of each box lies in a part, given in pixels."""
    part = np.array([x / WIDTH, y / HEIGHT, (x + w) / WIDTH, (y + h) / HEIGHT])
    inside = np.concatenate([np.maximum(BOXES[:, 1:3], part[:2]), np.minimum(BOXES[:, 3:5], part[2:])], 1)
    return part, inside, areas(inside) / areas(BOXES[:, 1:])


# --- Augmenters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("covered", "ejected"), [(0.101, 0.301), (0.501, 0.301), (0.301, 0.801), (0.0, 0.201)])
def test_crops(covered, ejected):
    """What is promised holds for every crop, and boxes are where their pixels went; none is covered by just so much."""
    crop = image.DetRandomCropAug(covered, area_range=(0.1, 0.6), min_eject_coverage=ejected, max_attempts=500)
    random.seed(0)
    sizes = set()
    for _ in range(60):
        src, label = crop(picture(), BOXES.copy())
        pixels = src.asnumpy()
        h, w = pixels.shape[:2]
        y, x = pixels[0, 0, :2].astype(int)
        np.testing.assert_array_equal(pixels, PLACES[y : y + h, x : x + w])
        part, inside, coverage = naive_coverage(x, y, w, h)
        assert coverage[coverage > 0].min() > covered
        kept = coverage > ejected
        np.testing.assert_array_equal(label[:, 0], BOXES[kept, 0])
        size = np.array([w / WIDTH, h / HEIGHT] * 2)
        np.testing.assert_allclose(label[:, 1:], (inside[kept] - np.tile(part[:2], 2)) / size, atol=1e-9)
        assert 0.09 <= h * w / HEIGHT / WIDTH <= 0.62
        assert 0.7 <= w / h <= 1.4
        sizes.add((h, w))
    assert len(sizes) > 20


def test_crops_that_cannot_be():
    for crop in (image.DetRandomCropAug(area_range=(2, 3)), image.DetRandomCropAug(area_range=(0.9, 0.1))):
        assert not crop.enabled
        src, label = crop(picture(), BOXES)
        assert src.shape == (HEIGHT, WIDTH, 3)
        assert label is BOXES
    never = image.DetRandomCropAug(min_object_covered=2.0, max_attempts=3)
    assert never(picture(), BOXES)[1] is BOXES


def test_pads():
    pad = image.DetRandomPadAug(area_range=(1.5, 3.0), pad_val=(7, 8, 9))
    random.seed(0)
    for _ in range(20):
        src, label = pad(picture(), BOXES)
        pixels = src.asnumpy()
        h, w = pixels.shape[:2]
        assert 1.4 <= h * w / HEIGHT / WIDTH <= 3.1
        scale = np.array([w / WIDTH, h / HEIGHT] * 2)
        shift = label[:, 1:] * scale - BOXES[:, 1:]
        x, y = round(shift[0, 0] * WIDTH), round(shift[0, 1] * HEIGHT)
        np.testing.assert_allclose(shift, np.tile([x / WIDTH, y / HEIGHT] * 2, (3, 1)), atol=1e-9)
        np.testing.assert_array_equal(pixels[y : y + HEIGHT, x : x + WIDTH], PLACES)
        border = np.ones((h, w), bool)
        border[y : y + HEIGHT, x : x + WIDTH] = False
        assert (pixels[border] == [7, 8, 9]).all()
    assert not image.DetRandomPadAug(area_range=(0.5, 0.9)).enabled


def test_mirror():
    src, label = image.DetHorizontalFlipAug(1.0)(picture(), BOXES)
    np.testing.assert_array_equal(src.asnumpy(), PLACES[:, ::-1])
    np.testing.assert_allclose(label[:, 1:], np.stack([1 - BOXES[:, 3], BOXES[:, 2], 1 - BOXES[:, 1], BOXES[:, 4]], 1))
    assert image.DetHorizontalFlipAug(0.0)(picture(), BOXES)[1] is BOXES


def test_selection():
    mirror = image.DetHorizontalFlipAug(1.0)
    assert image.DetRandomSelectAug([mirror], 1)(picture(), BOXES)[1] is BOXES
    assert image.DetRandomSelectAug([], 0)(picture(), BOXES)[1] is BOXES
    assert (image.DetRandomSelectAug([mirror], 0)(picture(), BOXES)[1] != BOXES).any()
    with pytest.raises(ValueError, match="CastAug in aug_list"):
        image.DetRandomSelectAug([image.CastAug()])
    with pytest.raises(TypeError, match="needs an Augmenter"):
        image.DetBorrowAug(mirror)
    with pytest.raises(mx.MXNetError, match=r"lists of lengths \[2, 1, 3, 1, 1\]"):
        image.CreateMultiRandCropAugmenter([0.1, 0.2], area_range=[(0, 1)] * 3)
    with pytest.raises(NotImplementedError, match="does not say"):
        image.DetAugmenter()(picture(), BOXES)


def test_dumps_are_those_of_mxnet():
    augs = image.CreateDetAugmenter((3, 8, 8), rand_crop=0.5, rand_pad=0.5, rand_mirror=True, brightness=0.1)
    assert [aug.dumps() for aug in augs] == [
        [
            "detrandomselectaug",
            [
                (
                    '["detrandomcropaug", {"min_object_covered": 0.1, "aspect_ratio_range": [0.75, 1.33], '
                    '"area_range": [0.05, 3.0], "min_eject_coverage": 0.3, "max_attempts": 50}]'
                )
            ],
        ],
        '["dethorizontalflipaug", {"p": 0.5}]',
        [
            "detrandomselectaug",
            [
                (
                    '["detrandompadaug", {"aspect_ratio_range": [0.75, 1.33], "area_range": [1.0, 3.0], '
                    '"max_attempts": 50, "pad_val": [127, 127, 127]}]'
                )
            ],
        ],
        ["detborrowaug", '["forceresizeaug", {"size": [8, 8], "interp": 2}]'],
        ["detborrowaug", '["castaug", {"type": "float32"}]'],
        ["detborrowaug", ["colorjitteraug", ['["brightnessjitteraug", {"brightness": 0.1}]']]],
    ]


# --- The iterator ----------------------------------------------------------------------------------------------------


def rows(count, i):
    return [[k, 0.1, 0.2, 0.5 + 0.05 * i, 0.6] for k in range(count)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Five images with one to three objects each."""
    folder = tmp_path_factory.mktemp("boxes")
    with MXIndexedRecordIO(str(folder / "d.idx"), str(folder / "d.rec"), "w") as writer:
        for i in range(5):
            label = [4, 5, 0, 0, *np.ravel(rows(i % 3 + 1, i))]
            writer.write_idx(i, pack_img(IRHeader(0, label, i, 0), np.full((10, 12, 3), 10 * i, np.uint8), 95, ".png"))
    (folder / "1.png").write_bytes(codec.encode(PLACES, ".png"))
    return folder


def make(folder, **given):
    return image.ImageDetIter(
        2, (3, 8, 8), path_imgrec=str(folder / "d.rec"), path_imgidx=str(folder / "d.idx"), **given
    )


def test_batches(folder):
    iterator = make(folder)
    assert iterator.provide_label == [("label", (2, 3, 5))]
    assert iterator.label_shape == (3, 5)
    for _ in range(2):
        batches = list(iterator)
        assert [batch.pad for batch in batches] == [0, 0, 1]
        for number, batch in enumerate(batches):
            for k in range(2):
                i = (2 * number + k) % 5
                label = batch.label[0].asnumpy()[k]
                count = i % 3 + 1
                np.testing.assert_allclose(label[:count], rows(count, i), rtol=1e-6)
                assert (label[count:] == -1).all()
                assert (batch.data[0].asnumpy()[k] == 10 * i).all()
        iterator.reset()


def test_shapes(folder):
    iterator = make(folder)
    for shape, message in (((2, 5), "2 objects, there are 3"), ((4, 6), "width 6, needs 5"), ((4,), "needs")):
        with pytest.raises(ValueError, match=message):
            iterator.check_label_shape(shape)
    iterator.reshape(label_shape=(6, 5))
    assert iterator.next().label[0].shape == (2, 6, 5)
    other = make(folder)
    assert iterator.sync_label_shape(other) is other
    assert other.label_shape == (6, 5)
    iterator.reshape(data_shape=(3, 4, 4))
    with pytest.raises(mx.MXNetError, match=r"give shape \(3, 8, 8\), needs \(3, 4, 4\)"):
        iterator.next()


def test_labels_of_lists(folder):
    given = [
        [4, 5, 0, 0, 1, 0.1, 0.1, 0.5, 0.5, "1.png"],
        [2, 6, 1, 0.1, 0.1, 0.5, 0.5, 9, 2, 0.2, 0.2, 0.4, 0.4, 8, "1.png"],
    ]
    iterator = image.ImageDetIter(2, (3, 8, 8), imglist=given, path_root=str(folder))
    assert iterator.label_shape == (2, 6)
    label = iterator.next().label[0].asnumpy()
    np.testing.assert_allclose(label[0], [[1, 0.1, 0.1, 0.5, 0.5, -1], [-1] * 6])
    np.testing.assert_allclose(label[1, :, 5], [9, 8])


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ([], "a label of 0 numbers"),
        ([1, 5, 0], "a label of 3 numbers"),
        ([2, 4, 1, 0.1, 0.1, 0.5], "a label of 6 numbers"),
        ([2, 5, 1, 0.1, 0.1, 0.5, 0.5, 1], "a label of 8 numbers"),
        ([2, 5, 1, 0.5, 0.5, 0.1, 0.1], "no object with right > left"),
    ],
)
def test_bad_labels(folder, label, message):
    with pytest.raises(mx.MXNetError, match=f"1.png: {message}"):
        image.ImageDetIter(1, (3, 8, 8), imglist=[[*label, "1.png"]], path_root=str(folder))


def test_drawing(folder):
    iterator = make(folder, mean=True, std=True)
    pictures = list(iterator.draw_next(color=(255, 0, 0), thickness=1, mean=True, std=True, id2labels={0: "a"}))
    assert len(pictures) == 5
    assert pictures[0].shape == (8, 8, 3)
    np.testing.assert_array_equal(pictures[0][round(0.2 * 8), 1:5], [[255, 0, 0]] * 4)
    assert pictures[1][7, 7].tolist() == [10, 10, 10]
    with pytest.raises(mx.MXNetError, match="waitKey asks for a window"):
        next(make(folder).draw_next(waitKey=1))


def test_random_augmenters_in_the_iterator(folder):
    random.seed(0)
    iterator = make(folder, rand_crop=0.8, rand_pad=0.8, rand_mirror=True, shuffle=True, brightness=0.2)
    for _ in range(3):
        for batch in iterator:
            label = batch.label[0].asnumpy()
            boxes = label[label[:, :, 0] >= 0]
            assert len(boxes) >= 2
            assert (boxes[:, 1:] >= -1e-6).all()
            assert (boxes[:, 1:] <= 1 + 1e-6).all()
        iterator.reset()
