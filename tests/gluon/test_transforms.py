"""Transforms of images."""

import random

import numpy as np
import pytest

from mxnb import nd
from mxnb.base import MXNetError, ShapeError
from mxnb.gluon.data import ArrayDataset, DataLoader
from mxnb.gluon.data.vision import transforms as T

IMAGE = np.random.RandomState(0).randint(0, 256, (4, 5, 3)).astype("uint8")


def image():
    return nd.array(IMAGE, dtype="uint8")


def test_to_tensor():
    out = T.ToTensor()(image())
    np.testing.assert_allclose(out.asnumpy(), IMAGE.transpose(2, 0, 1) / 255, rtol=1e-6)
    assert out.dtype == np.float32
    assert T.ToTensor()(nd.zeros((2, 4, 5, 3))).shape == (2, 3, 4, 5)
    with pytest.raises(ShapeError, match="ToTensor: needs an image"):
        T.ToTensor()(nd.zeros((4, 5)))


@pytest.mark.parametrize(("mean", "std"), [(0.5, 2), ((1, 2, 3), (1, 2, 4)), (0.5, (1, 2, 4))])
def test_normalize(mean, std):
    x = np.random.RandomState(1).normal(size=(3, 4, 5)).astype("f")
    m, s = (np.reshape(v, (-1, 1, 1)) for v in (mean, std))
    np.testing.assert_allclose(T.Normalize(mean, std)(nd.array(x)).asnumpy(), (x - m) / s, rtol=1e-5)
    assert T.Normalize(mean, std)(nd.array(x[None])).shape == (1, 3, 4, 5)


def test_normalize_errors():
    with pytest.raises(ShapeError, match="1 or 3 channels"):
        T.Normalize()(nd.zeros((2, 4, 5)))
    with pytest.raises(ShapeError, match="mean must have either 1 or 3 elements"):
        T.Normalize((1, 2), 1)(nd.zeros((3, 4, 5)))


def test_compose():
    compose = T.Compose([T.Cast("float32"), T.ToTensor(), T.Normalize(0.5, 0.5)])
    assert len(compose) == 1
    expected = (IMAGE.transpose(2, 0, 1) / 255 - 0.5) / 0.5
    np.testing.assert_allclose(compose(image()).asnumpy(), expected, rtol=1e-5, atol=1e-6)
    assert compose(nd.zeros((7, 8, 3))).shape == (3, 7, 8)
    mixed = T.Compose([T.RandomFlipLeftRight(), T.ToTensor()])
    assert [type(block).__name__ for block in mixed] == ["RandomFlipLeftRight", "ToTensor"]


def test_crops():
    assert (T.CropResize(1, 2, 3, 2)(image()).asnumpy() == IMAGE[2:4, 1:4]).all()
    assert (T.CenterCrop((3, 2))(image()).asnumpy() == IMAGE[1:3, 1:4]).all()
    with pytest.raises(ShapeError, match="not inside"):
        T.CropResize(1, 2, 5, 2)(image())
    small = T.CropResize(1, 2, 3, 2, size=(6, 2), interpolation=0)(image()).asnumpy()
    assert (small == IMAGE[2:4, 1:4].repeat(2, axis=1)).all()
    assert T.CropResize(0, 0, 4, 4, 2)(nd.stack(image(), image())).shape == (2, 2, 2, 3)
    large = T.CenterCrop((6, 4), 0)(image()).asnumpy()  # of 5 x 4 the middle 5 x 3, enlarged
    assert large.shape == (4, 6, 3)
    assert set(map(bytes, large.reshape(-1, 3))) <= set(map(bytes, IMAGE.reshape(-1, 3)))


def test_resize():
    assert T.Resize(2)(image()).shape == (2, 2, 3)
    assert T.Resize((7, 2))(image()).shape == (2, 7, 3)
    assert T.Resize(8, keep_ratio=True)(image()).shape == (8, 10, 3)
    assert (T.Resize((10, 8), interpolation=0)(image()).asnumpy() == IMAGE.repeat(2, 0).repeat(2, 1)).all()
    half = T.Resize((5, 2))(image().astype("float32")).asnumpy()
    np.testing.assert_allclose(half, IMAGE.reshape(2, 2, 5, 3).mean(1), rtol=1e-6)
    with pytest.raises(MXNetError, match="size"):
        T.Resize(0)(image())


def test_random_resized_crop():
    np.random.seed(0)
    random.seed(0)
    assert {T.RandomResizedCrop((4, 3))(image()).shape for _ in range(10)} == {(3, 4, 3)}
    assert len({T.RandomResizedCrop(2)(image()).asnumpy().tobytes() for _ in range(10)}) > 3
    square = nd.array(IMAGE[:, :4], dtype="uint8")
    whole = T.RandomResizedCrop(4, scale=(1, 1), ratio=(1, 1))(square)
    assert (whole.asnumpy() == IMAGE[:, :4]).all()


def test_hue_light_and_jitter():
    np.random.seed(0)
    random.seed(0)
    grey = nd.full((4, 5, 3), 100, dtype="uint8")
    # grey stays grey under any angle; the matrices of YIQ are inverse to three digits
    assert abs(T.RandomHue(1)(grey).asnumpy().astype(int) - 100).max() <= 1
    assert abs(T.RandomHue(0)(image()).asnumpy().astype(int) - IMAGE).max() <= 1
    assert abs(T.RandomHue(0.5)(image()).asnumpy().astype(int) - IMAGE).max() > 20
    assert (T.RandomLighting(0)(image()).asnumpy() == IMAGE).all()
    change = T.RandomLighting(0.1)(image().astype("float32")).asnumpy() - IMAGE
    np.testing.assert_allclose(change, np.broadcast_to(change[0, 0], change.shape), atol=1e-4)
    assert abs(change).max() > 0.01
    assert (T.RandomColorJitter()(image()).asnumpy() == IMAGE).all()
    jittered = T.RandomColorJitter(0.3, 0.3, 0.3, 0.1)(image())
    assert jittered.dtype == np.uint8
    assert (jittered.asnumpy() != IMAGE).any()
    only = T.RandomColorJitter(brightness=0.5)(image().astype("float32")).asnumpy() / IMAGE
    np.testing.assert_allclose(only, only[0, 0, 0], rtol=1e-5)


def test_random_flips():
    np.random.seed(0)
    for transform, flipped in ((T.RandomFlipLeftRight(), IMAGE[:, ::-1]), (T.RandomFlipTopBottom(), IMAGE[::-1])):
        seen = {transform(image()).asnumpy().tobytes() for _ in range(20)}
        assert seen == {IMAGE.tobytes(), np.ascontiguousarray(flipped).tobytes()}


def test_random_colours():
    for transform in (T.RandomBrightness(0.5), T.RandomContrast(0.5), T.RandomSaturation(0.5)):
        out = transform(image())
        assert (out.shape, out.dtype) == (IMAGE.shape, np.uint8)
    for transform in (T.RandomBrightness(0), T.RandomContrast(0), T.RandomSaturation(0)):
        assert np.abs(transform(image()).asnumpy().astype(int) - IMAGE).max() <= 1
    with pytest.raises(ValueError, match="not negative"):
        T.RandomBrightness(-1)


def test_random_apply():
    assert T.RandomApply(T.Cast("float32"), p=1)(image()).dtype == np.float32
    assert T.RandomApply([T.Cast("float32")], p=0)(image()).dtype == np.uint8


@pytest.mark.parametrize("num_workers", [0, 2])
def test_in_a_loader(num_workers):
    images = [image() for _ in range(6)]
    dataset = ArrayDataset(images, list(range(6))).transform_first(T.Compose([T.ToTensor(), T.Normalize(0, 1)]))
    shapes = [x.shape for x, _ in DataLoader(dataset, 4, num_workers=num_workers)]
    assert shapes == [(4, 3, 4, 5), (2, 3, 4, 5)]


def test_rotations():
    """As `mx.image.imrotate`, which is tested against MXNet."""
    x = nd.array(np.arange(16).reshape(1, 4, 4))
    np.testing.assert_allclose(T.Rotate(90)(x).asnumpy()[0], np.rot90(x.asnumpy()[0]), atol=1e-5)
    assert T.Rotate(30, zoom_in=True)(nd.stack(x, x)).shape == (2, 1, 4, 4)
    random.seed(0)
    assert (T.RandomRotation((10, 20))(x) != x).asnumpy().any()
    assert T.RandomRotation((10, 20), rotate_with_proba=0.0)(x) is x
    for make, error in (
        (lambda: T.RandomRotation((10, -10)), ValueError),
        (lambda: T.RandomRotation((0, 10), rotate_with_proba=1.5), ValueError),
        (lambda: T.Rotate(30)(x.astype("uint8")), TypeError),
        (lambda: T.Rotate(30, True, True)(x), ValueError),
    ):
        with pytest.raises(error):
            make()
