"""Random colours: amounts within what was asked for, chosen by the seed; values of MXNet 1.9.1."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import nd

TWO = np.array([[[200, 100, 50], [10, 20, 30]]], np.float32)
MXNET = {  # what 1.9.1 makes of these two pixels
    "random_brightness": ((1.5, 1.5), [[300, 150, 75], [15, 30, 45]]),
    "random_contrast": ((1.5, 1.5), [[264.4125, 114.4125, 39.4125], [-20.5875, -5.5875, 9.4125]]),
    "random_hue": ((0.3, 0.3), [[50, 200, 70], [30, 10, 24]]),
    "adjust_lighting": (((0.1, 0.2, 0.3),), [[197.68028, 96.494225, 46.241932], [7.6802835, 16.494226, 26.241932]]),
}


@pytest.mark.parametrize("name", MXNET)
def test_as_mxnet(name):
    args, expected = MXNET[name]
    np.testing.assert_allclose(getattr(nd.image, name)(nd.array(TWO), *args).asnumpy()[0], expected, atol=1e-3)


@pytest.mark.parametrize(("name", "expected"), [("random_brightness", [[255, 150, 75], [15, 30, 45]]),
                                                ("random_contrast", [[255, 114, 39], [0, 0, 9]])])  # fmt: skip
def test_whole_numbers_are_cut_off(name, expected):
    found = getattr(nd.image, name)(nd.array(TWO, dtype="uint8"), 1.5, 1.5)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found.asnumpy()[0], expected)


def test_factors_are_within_the_limits_and_follow_the_seed():
    x = nd.array(TWO)
    draw = lambda: [nd.image.random_brightness(x, 0.5, 1.5).asnumpy()[0, 0, 0] / 200 for _ in range(50)]
    mx.random.seed(3)
    first = draw()
    assert 0.5 <= min(first) < 0.7
    assert 1.3 < max(first) <= 1.5
    mx.random.seed(3)
    assert draw() == first
    assert draw() != first


def test_jitter_and_flips():
    mx.random.seed(0)
    x = nd.array(np.random.RandomState(0).uniform(0, 255, (6, 5, 3)).astype("f4"))
    found = {nd.image.random_color_jitter(x, 0.3, 0.3, 0.3, 0.3).asnumpy().tobytes() for _ in range(5)}
    assert len(found) == 5
    for name, axis in (("random_flip_left_right", 1), ("random_flip_top_bottom", 0)):
        seen = {getattr(nd.image, name)(x).asnumpy().tobytes() for _ in range(30)}
        assert seen == {x.asnumpy().tobytes(), np.ascontiguousarray(np.flip(x.asnumpy(), axis)).tobytes()}


def test_grey_images_keep_hue_saturation_and_light():
    x = nd.array(TWO[:, :, :1])
    for found in (
        nd.image.random_hue(x, 0.3, 0.3), nd.image.random_saturation(x, 0.3, 0.3),
        nd.image.adjust_lighting(x, (1, 1, 1)),
    ):  # fmt: skip
        np.testing.assert_array_equal(found.asnumpy(), x.asnumpy())
    np.testing.assert_allclose(
        nd.image.random_contrast(nd.array(TWO[:, :, :1]), 1.5, 1.5).asnumpy().ravel(), [247.5, -37.5]
    )


def test_errors():
    for call, message in (
        (lambda: nd.image.random_brightness(nd.zeros((2, 2, 4)), 1, 1), "data has 4 channels"),
        (lambda: nd.image.random_hue(nd.zeros((2, 2)), 1, 1), "needs \\(height, width, channels\\)"),
        (lambda: nd.image.random_contrast(nd.zeros((2, 2, 3)), 2, 1), "min_factor=2.0 is above max_factor=1.0"),
        (lambda: nd.image.adjust_lighting(nd.zeros((2, 2, 3)), (1, 2)), "needs three numbers"),
    ):
        with pytest.raises(mx.MXNetError, match=message):
            call()
