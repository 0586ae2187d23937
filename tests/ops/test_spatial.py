"""Sampling of images: the CPU's kernels against the definitions, and what lies outside."""

import numpy as np
import pytest

import mxnb as mx
from mxnb.kernels import spatial


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("height", "width"), [(5, 7), (1, 2), (3, 2), (2, 1)])
def test_pairs_of_pixels_serve_as_the_definition_does(dtype, height, width):
    """More places and channels than a piece of work has; many places are outside, at edges, on pixels or nowhere."""
    random = np.random.RandomState(0)
    images, channels, places = 2, spatial.TOGETHER + 3, spatial.BLOCK + 30
    x, dy = (random.rand(images * channels, n).astype(dtype) for n in (height * width, places))
    grid = random.uniform(-1.6, 1.6, (2 * images, places)).astype(dtype)
    grid[:, :100:3] = grid[:, :100:3].round()
    grid[0, 5:9] = np.nan, np.inf, -np.inf, 1e30
    sizes = (channels, height, width, height - 1.0, width - 1.0)
    y, dx, dgrid = np.empty_like(dy), np.zeros_like(x), np.empty_like(grid)
    spatial.sample(y.size, y, x, grid, *sizes)
    spatial.sample_data_gradient(len(x), dx, dy, grid, *sizes)
    spatial.sample_grid_gradient(images * places, dgrid, dy, x, grid, *sizes)
    got = [np.full_like(a, 9) for a in (y, dx, dgrid)]
    spatial.sample_images(got[0], x, grid, (height, width))
    spatial.sample_images_gradient(got[1], got[2], dy, x, grid, (height, width))
    assert np.isnan(y).any()
    for a, b in zip(got, (y, dx, dgrid), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_what_no_place_sees_does_not_matter():
    """Infinite pixels beside those that are seen, also where a pair of pixels reaches over them."""
    x = mx.nd.array([[[[1, 2, np.inf], [3, 4, np.nan]]]])
    x.attach_grad()
    places = mx.nd.array([[[[-1.5, -0.5]], [[-1.5, 0]]]])
    places.attach_grad()
    with mx.autograd.record():
        y = mx.nd.BilinearSampler(x, places)
    y.backward()
    assert y.asnumpy().ravel().tolist() == [0.375, 2.5]
    assert np.isfinite(places.grad.asnumpy()).all()
    np.testing.assert_allclose(x.grad.asnumpy().ravel(), [0.625, 0.25, 0, 0.25, 0.25, 0])


def test_outside_is_zero_whatever_the_image_holds():
    x = mx.nd.full((1, 1, 2, 2), np.nan)
    places = mx.nd.array([[[[-9, 9, 1e30]], [[0, 0, 0]]]])
    assert mx.nd.BilinearSampler(x, places).asnumpy().ravel().tolist() == [0, 0, 0]
