"""Arrays of one number and of nested lists: the short ways of usual arguments agree with the general ones."""

import threading
import warnings

import numpy as np
import pytest

import mxnb as mx
from mxnb import nd
from mxnb.ops import get

DTYPES = ("float32", "float64", "float16", "uint8", "int8", "int32", "int64", "bool")
SHAPES = ((), (0,), (2, 3), (100, 300))  # the last one is filled by a kernel


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_constants(dtype, shape):
    for made, want in ((nd.zeros, 0), (nd.ones, 1), (lambda *args, **kw: nd.full(args[0], 1, **kw), 1)):
        for x in (made(shape, dtype=dtype), made(list(shape), mx.cpu(1), dtype=np.dtype(dtype))):
            assert x.shape == shape and x.dtype is np.dtype(dtype).type
            np.testing.assert_array_equal(x.asnumpy(), np.full(shape, want, dtype))
    assert made((2,), ctx=mx.cpu(1)).context == mx.cpu(1)


@pytest.mark.parametrize("shape", [(3,), (20000,)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_full_keeps_what_floats_are(dtype, shape):
    for number in (0.0, -0.0, 0, np.float32(-0.0), 0.1, -np.inf, 1e300 if dtype == "float64" else 1e-3):
        x = nd.full(shape, number, dtype=dtype).asnumpy()
        want = np.full(shape, number, dtype)
        np.testing.assert_array_equal(x.view("u1"), want.view("u1"))
    assert np.isnan(nd.full(shape, np.nan, dtype=dtype).asnumpy()).all()


@pytest.mark.parametrize("shape", [(3,), (20000,)])
def test_full_of_whole_numbers(shape):
    assert (nd.full(shape, 2.9, dtype="int32").asnumpy() == 2).all()
    assert (nd.full(shape, -3, dtype="int8").asnumpy() == -3).all()
    assert (nd.full(shape, (1 << 62) + 1, dtype="int64").asnumpy() == (1 << 62) + 1).all()
    assert (nd.full(shape, True, dtype="uint8").asnumpy() == 1).all()


@pytest.mark.parametrize("make", [nd.zeros, nd.ones, nd.empty, lambda shape: nd.full(shape, 2)])
def test_shapes(make):
    for shape in (4, [4], np.int64(4), (np.int32(4),)):
        assert make(shape).shape == (4,)
    for bad in (2.0, (2.0, 3), "ab", None, (None,), True, (True, 2), ((2,),)):
        with pytest.raises(mx.MXNetError, match="need an int or a tuple of ints"):
            make(bad)
    for bad in (-1, (2, -3), (-600, -600)):
        with pytest.raises(mx.MXNetError, match="negative"):
            make(bad)


def test_bad_dtypes():
    for bad in ("complex64", "nothing", [1]):
        for make in (nd.zeros, nd.ones, lambda s, dtype: nd.full(s, 1, dtype=dtype), nd.array):
            for _ in range(2):
                with pytest.raises(mx.MXNetError, match="dtype"):
                    make((2,), dtype=bad)


@pytest.mark.parametrize("count", [2, 20000])
def test_what_does_not_fit_is_converted_silently(count):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="raise"):
            assert np.isinf(nd.array([1e300] * count).asnumpy()).all()
            assert np.isinf(nd.array(np.full(count, -1e300)).asnumpy()).all()
            assert nd.array([np.nan, 1] * count, dtype="int32").shape == (2 * count,)
            assert np.isinf(nd.array([70000.0] * count, dtype="float16").asnumpy()).all()
        assert np.geterr() != {"divide": "ignore", "over": "ignore", "under": "ignore", "invalid": "ignore"}
        with pytest.raises(RuntimeWarning):
            np.array([1e300]).astype("float32")


def test_arrays_of_threads():
    """The context in which conversions are silent may be in use by another thread."""
    found = []

    def make():
        found.extend(float(nd.array([1e300, 2.0]).asnumpy()[1]) for _ in range(300))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2.0] * 1200


def test_arrays_are_contiguous_copies():
    source = np.arange(12.0).reshape(3, 4)
    for x in (source, source.T, source[::2], source.astype("float32"), source.astype("float32").T):
        made = nd.array(x)
        assert made._data.flags.c_contiguous and not np.shares_memory(made._data, x)
        np.testing.assert_array_equal(made.asnumpy(), x)
    assert nd.array(((1, 2), (3, 4))).shape == (2, 2)
    assert nd.array([True, False]).asnumpy().tolist() == [1, 0]
    for bad in ([nd.ones(1), 2.0], ["1"], [None], [1j], [np.datetime64("2020-01-01")], object()):
        with pytest.raises(TypeError, match="source_array must be array like"):
            nd.array(bad)


@pytest.mark.parametrize("value", [True, False, np.True_, "True"])
def test_bools_are_no_whole_numbers(value):
    """As in MXNet 1.9.1, which gets the text 'True'; instances are made here, as those of 1 may be known already."""
    x = nd.ones((2, 7))
    for name, params in (
        ("sum", {"axis": value}), ("softmax", {"axis": value}), ("transpose", {"axes": (value, 0)}),
        ("topk", {"k": value}), ("expand_dims", {"axis": value}),
    ):  # fmt: skip
        with pytest.raises(mx.MXNetError, match=r"parameter (axis|axes|k)="):
            get(name)(**params)
    assert nd.sum(x, axis=1, keepdims=value).shape == ((2, 1) if value in (True, "True") else (2,))


def test_made_again():
    """Calls like earlier ones are found by their arguments; others are not taken for them."""
    for _ in range(2):
        assert nd.arange(3).asnumpy().tolist() == [0, 1, 2]
        assert nd.arange(3, dtype="int32").dtype is np.int32 and nd.arange(3, dtype=np.int64).dtype is np.int64
        assert nd.arange(1, 3).asnumpy().tolist() == [1, 2] and nd.arange(1, 3, 0.5).shape == (4,)
        assert nd.arange(3, ctx=mx.cpu(2)).context == mx.cpu(2) and nd.arange(3).context == mx.cpu(0)
        assert nd.linspace(0, 1, 3).asnumpy().tolist() == [0, 0.5, 1]
        assert nd.linspace(0, 1, 2, endpoint=False).asnumpy().tolist() == [0, 0.5]
        assert nd.eye(2, 3, 1).asnumpy().tolist() == [[0, 1, 0], [0, 0, 1]] and nd.eye(2, dtype="int8").shape == (2, 2)
        out = nd.zeros((2, 2))
        assert nd.eye(2, out=out) is out and out.asnumpy().tolist() == [[1, 0], [0, 1]]
        with mx.cpu(1):
            assert nd.arange(3).context == nd.eye(2).context == nd.empty((2,)).context == mx.cpu(1)
        with pytest.raises(mx.MXNetError):
            nd.arange(0)
        with pytest.raises(mx.MXNetError):
            nd.arange([1])
        with pytest.raises(mx.MXNetError, match="dtype"):
            nd.arange(3, dtype="complex64")
    first, second = nd.arange(4), nd.arange(4)
    first[:] = 7
    assert second.asnumpy().tolist() == nd.arange(4).asnumpy().tolist() == [0, 1, 2, 3]
    for i in range(5000):  # more than are kept
        assert nd.arange(i, i + 1).asscalar() == i


@pytest.mark.parametrize("shape", [(2,), (100, 300)])
def test_whole_numbers_beyond_a_dtype_keep_their_lowest_bits(shape):
    """What 1.9.1 gives; NumPy 2 refuses them."""
    assert set(nd.full(shape, -3, dtype="uint8").asnumpy().ravel()) == {253}
    assert set(nd.full(shape, 300, dtype="int8").asnumpy().ravel()) == {44}
    assert set(nd.full(shape, -2.7, dtype="int32").asnumpy().ravel()) == {-2}
    assert set(nd.full(shape, 1e300).asnumpy().ravel()) == {np.inf}
