"""The CPU's gradient of the weights in blocks of lines, batches of images and chunks, against the definition."""

import numpy as np
import pytest

from mxnb.kernels import pool
from mxnb.kernels.convolution import Geometry, bind_weight_gradient, naive, weights, winograd_weights

# batch, channels, filters, size, kernel, stride, pad, dilate, groups
CASES = [
    (5, 3, 20, (9, 10), (3, 3), (1, 1), (1, 1), (1, 1), 1),
    (3, 40, 7, (8, 8), (1, 1), (1, 1), (0, 0), (1, 1), 1),  # one long line
    (2, 18, 33, (16, 32), (1, 1), (1, 2), (0, 0), (1, 1), 1),  # channels a page apart
    (4, 6, 10, (7, 13), (2, 5), (2, 1), (1, 2), (1, 2), 2),
    (3, 4, 9, (5, 4, 6), (2, 3, 1), (1, 2, 2), (1, 0, 0), (1, 1, 1), 1),
    (2, 18, 20, (9, 11), (3, 3), (1, 1), (6, 12), (6, 12), 1),  # places of windows that meet no pixel
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("limits", [{}, {"NEAR": 512}, {"NEAR": 512, "HELD": 1}, {"PART": 1}, {"SURE": 1e-9}], ids=str)
def test_equals_the_definition(case, limits, monkeypatch):
    """Blocks of one line, images one by one, chunks for threads, and tiles of single places change nothing."""
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


# batch, channels, filters, size, pad: odd and even sizes, registers that are not full
WINOGRAD = [(4, 32, 64, (4, 4), (1, 1)), (3, 35, 50, (9, 13), (0, 2)), (5, 48, 34, (12, 5), (2, 0))]
LIMITS = [{}, {"TILES": 1}, {"TILES": 20, "LEAST": 1}, {"PANELS": 1, "LEAST": 16, "CHUNKS": 3}, {"HELD": 1}]


def winograd_case(case, dtype):
    batch, channels, filters, size, pad = case
    out = tuple(n + 2 * p - 2 for n, p in zip(size, pad))
    g = Geometry.of((batch, channels, *size), (batch, filters, *out), (3, 3), (1, 1), pad, (1, 1), 1)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, channels, *size)).astype(dtype)
    return g, x, rng.standard_normal((batch, filters, *out)).astype(dtype)


@pytest.mark.parametrize("case", WINOGRAD)
@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_winograd_equals_the_definition(case, limits, monkeypatch):
    """Blocks of tiles that go through images, chunks and sets of filters; for any number of threads."""
    for name, value in limits.items():
        monkeypatch.setattr(winograd_weights, name, value)
    for dtype, tolerance in (("f4", 3e-6), ("f8", 1e-14)):
        g, x, dy = winograd_case(case, dtype)
        want = np.empty((g.filters, g.channels, 3, 3))
        naive.weight_gradient(want.size, want, x.astype("f8"), dy.astype("f8"), g.numbers)
        results = []
        for threads in (1, 3):
            whole = np.full(want.size + 128, 7, dtype)
            before = pool.set_num_threads(threads)
            try:
                winograd_weights.bind(g, np.dtype(dtype))(whole[64:-64].reshape(want.shape), x, dy)
            finally:
                pool.set_num_threads(before)
            assert (whole[:64] == 7).all() and (whole[-64:] == 7).all()
            results.append(whole[64:-64].reshape(want.shape))
        np.testing.assert_array_equal(*results)
        np.testing.assert_allclose(results[0], want, rtol=0, atol=tolerance * np.abs(want).max())


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_winograd_leaves_what_is_not_finite_to_the_direct_kernels(value):
    g, x, dy = winograd_case((4, 32, 64, (8, 8), (1, 1)), "f4")
    dy[1, 5, 0, 0] = value
    got, want = np.empty((2, 64, 32, 3, 3), "f4")
    winograd_weights.bind(g, x.dtype)(got, x, dy)
    weights.bind(g, x.dtype)(want, x, dy)
    np.testing.assert_array_equal(got, want)
    assert not np.isfinite(got[5]).all() and np.isfinite(np.delete(got, 5, 0)).all()


def test_where_winograd_is_faster(monkeypatch):
    """Enough channels, and enough pixels for their weights."""

    def of(batch, channels, size, filters):
        shapes = (batch, channels, size, size), (batch, filters, size, size)
        return Geometry.of(*shapes, (3, 3), (1, 1), (1, 1), (1, 1), 1)

    for geometry in (of(64, 32, 4, 64), of(32, 16, 32, 16), of(4, 512, 7, 512)):
        assert winograd_weights.suits(geometry)
        assert bind_weight_gradient(geometry, np.dtype("f4"), True).__module__ == winograd_weights.__name__
    for geometry in (of(32, 8, 32, 16), of(1, 512, 7, 512)):
        assert not winograd_weights.suits(geometry)
    monkeypatch.setenv("MXNB_WINOGRAD", "0")
    assert not winograd_weights.suits(of(64, 32, 4, 64))
