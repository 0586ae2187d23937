"""Sampling of images: the CPU's kernels against the definitions, and what lies outside."""

import numpy as np
import pytest

import mxnb as mx
from mxnb.kernels import spatial


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_table_serves_as_the_definition_does(dtype):
    """More places than a block has, of which many are outside."""
    random = np.random.RandomState(0)
    images, channels, (height, width), places = 2, 3, (5, 7), spatial.BLOCK + 30
    x, dy = (random.rand(images * channels, n).astype(dtype) for n in (height * width, places))
    grid = random.uniform(-1.6, 1.6, (2 * images, places)).astype(dtype)
    sizes = (channels, height, width, height - 1.0, width - 1.0)
    y, dx, dgrid = np.empty_like(dy), np.zeros_like(x), np.empty_like(grid)
    spatial.sample(y.size, y, x, grid, *sizes)
    spatial.sample_data_gradient(len(x), dx, dy, grid, *sizes)
    spatial.sample_grid_gradient(images * places, dgrid, dy, x, grid, *sizes)
    got = [np.full_like(a, 9) for a in (y, dx, dgrid)]
    spatial.sample_images(got[0], x, grid, (height, width))
    spatial.sample_images_gradient(got[1], got[2], dy, x, grid, (height, width))
    for a, b in zip(got, (y, dx, dgrid), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_outside_is_zero_whatever_the_image_holds():
    x = mx.nd.full((1, 1, 2, 2), np.nan)
    places = mx.nd.array([[[[-9, 9, 1e30]], [[0, 0, 0]]]])
    assert mx.nd.BilinearSampler(x, places).asnumpy().ravel().tolist() == [0, 0, 0]
