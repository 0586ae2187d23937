"""Running sums against NumPy, and the fast forms against the definition; lengths around the widths of registers."""

import numpy as np
import pytest

from mxnb.kernels import scan, words

SHAPES = [(1, 5, 1), (3, 1, 1), (4, 17, 1), (11, 6, 1), (1, 4, 3), (3, 5, 16), (2, 7, 70), (1, 3, 300), (2, 1, 9)]


def numbers(shape, dtype):
    x = np.random.RandomState(0).standard_normal(shape) * 50
    return x.astype(dtype) if np.dtype(dtype).kind == "f" else x.astype("int64").astype(dtype)


@pytest.fixture(autouse=True)
def by_tiles(monkeypatch):
    """Few numbers, too."""
    monkeypatch.setattr(scan, "TINY", 0)


@pytest.mark.parametrize("backwards", [0, 1])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8"])
@pytest.mark.parametrize("shape", SHAPES)
def test_running_sums(shape, dtype, backwards):
    """To the last bit what the definition gives, within canaries."""
    x, (outer, n, inner) = numbers(shape, dtype), shape
    guarded = np.full(x.size + 40, 7, dtype)
    y = guarded[20:-20].reshape(shape)
    scan.runner(True, y.dtype, x.dtype, x.size, n, inner, backwards)(y, x)
    turned = x[:, ::-1] if backwards else x
    want = np.cumsum(turned, 1, dtype=dtype)
    np.testing.assert_allclose(y, want[:, ::-1] if backwards else want, rtol=1e-5, atol=1e-3)
    exact = np.empty_like(x)
    scan.running_sum(outer * inner, exact, x, n, inner, backwards)
    np.testing.assert_array_equal(y, exact)
    assert (guarded[:20] == 7).all()
    assert (guarded[-20:] == 7).all()


def test_into_another_dtype():
    x, y = numbers((3, 5), "float32"), np.empty((3, 5))
    scan.runner(True, y.dtype, x.dtype, x.size, 5, 1, 0)(y, x)
    np.testing.assert_array_equal(y, np.cumsum(x, 1, dtype="float64"))


@pytest.mark.parametrize("inner", [1, 20])
def test_lines_do_not_mix(inner):
    """A line with NaN leaves the others alone."""
    x = numbers((6, 4, inner), "float32")
    x[2, 1, 0] = np.nan
    y = np.empty_like(x)
    scan.runner(True, y.dtype, x.dtype, x.size, 4, inner, 0)(y, x)
    np.testing.assert_array_equal(np.isnan(y), np.isnan(np.cumsum(x, 1)))


@pytest.mark.parametrize("shape", [(5, 3, 1), (2, 3, 21)])
def test_uncompiled_kernels_do_the_same(shape, monkeypatch):
    monkeypatch.setenv("MXNB_DISABLE_JIT", "1")
    monkeypatch.setattr(words, "VECTOR_BYTES", 16)
    x = numbers(shape, "float32")
    y = np.empty_like(x)
    with np.errstate(all="ignore"):
        scan.runner(True, y.dtype, x.dtype, x.size, shape[1], shape[2], 1)(y, x)
    np.testing.assert_allclose(y, np.cumsum(x[:, ::-1], 1)[:, ::-1], rtol=1e-5, atol=1e-4)
