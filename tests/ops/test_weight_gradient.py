"""The CPU's gradient of the weights in blocks of lines, batches of images and chunks, against the definition."""

import numpy as np
import pytest

from mxnb.kernels.convolution import Geometry, naive, weights

# batch, channels, filters, size, kernel, stride, pad, dilate, groups
CASES = [
    (5, 3, 20, (9, 10), (3, 3), (1, 1), (1, 1), (1, 1), 1),
    (3, 40, 7, (8, 8), (1, 1), (1, 1), (0, 0), (1, 1), 1),  # one long line
    (2, 18, 33, (16, 32), (1, 1), (1, 2), (0, 0), (1, 1), 1),  # channels a page apart
    (4, 6, 10, (7, 13), (2, 5), (2, 1), (1, 2), (1, 2), 2),
    (3, 4, 9, (5, 4, 6), (2, 3, 1), (1, 2, 2), (1, 0, 0), (1, 1, 1), 1),
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("limits", [{}, {"NEAR": 512}, {"NEAR": 512, "HELD": 1}, {"WORTH": 1}], ids=str)
def test_equals_the_definition(case, limits, monkeypatch):
    """Blocks of one line, images one by one, and chunks for threads change nothing."""
    for name, value in limits.items():
        monkeypatch.setattr(weights, name, value)
    batch, channels, filters, size, kernel, stride, pad, dilate, groups = case
    out = tuple((n + 2 * p - (k - 1) * d - 1) // s + 1 for n, k, s, p, d in zip(size, kernel, stride, pad, dilate))
    g = Geometry.of((batch, channels, *size), (batch, filters, *out), kernel, stride, pad, dilate, groups)
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((batch, channels, *size)), rng.standard_normal((batch, filters, *out))
    want = np.empty((filters, channels // groups, *kernel))
    naive.weight_gradient(want.size, want, x, dy, g.numbers)
    for dtype, tolerance in (("f4", 2e-5), ("f8", 1e-12)):
        dw = np.full(want.shape, np.nan, dtype)
        weights.bind(g, dw.dtype)(dw, x.astype(dtype), dy.astype(dtype))
        np.testing.assert_allclose(dw, want, rtol=tolerance, atol=tolerance * np.abs(want).max())


def test_not_a_number_stays_in_its_channel():
    """Registers hold rows of other channels and pixels of other lines, which nobody looks at."""
    g = Geometry.of((2, 2, 5, 5), (2, 3, 3, 3), (3, 3), (1, 1), (0, 0), (1, 1), 1)
    x, dy = np.ones((2, 2, 5, 5), "f4"), np.ones((2, 3, 3, 3), "f4")
    dy[1, 1, 0, 0] = np.nan
    dw = np.empty((3, 2, 3, 3), "f4")
    weights.bind(g, dw.dtype)(dw, x, dy)
    assert np.isnan(dw[1]).all()
    assert (dw[[0, 2]] == 18).all()
