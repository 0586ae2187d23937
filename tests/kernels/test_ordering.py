"""Order along lines, against NumPy's stable sort; lengths around registers and the bound between the two sorts."""

import numpy as np
import pytest

from mxnb.kernels import ordering, pool, sorting
from mxnb.kernels.kernel import Static

DTYPES = ("float32", "float64", "int32", "int64", "uint8", "int8")


def lines(shape, dtype, wild=False):
    """Few different numbers, so that many are equal; wild ones have NaN, infinities and both zeros."""
    random = np.random.RandomState(0)
    x = random.randint(-9 if dtype[0] != "u" else 0, 9, shape).astype(dtype)
    if x.dtype.kind == "f":
        x *= 0.37
    if wild:
        x[random.rand(*shape) < 0.2] = np.nan
        x[random.rand(*shape) < 0.1] = -np.nan
        x[random.rand(*shape) < 0.1] = np.inf
        x[random.rand(*shape) < 0.1] = -np.inf
        x[random.rand(*shape) < 0.2] = -0.0
    return x


def expected(x, descending):
    """The stable order of the last axis; NaN is the largest, and -0 equals 0."""
    rank = np.unique(x + x.dtype.type(0), return_inverse=True)[1].reshape(x.shape)  # one rank for all NaN
    return np.argsort(-rank if descending else rank, axis=-1, kind="stable")


def check(x, k, descending):
    """Of x: (outer, n, inner)."""
    outer, n, inner = x.shape
    places = np.empty((outer, inner, k), np.int64)
    ordering.order(True, x.dtype, places.dtype, x.size, n, inner, k, descending)(places, x)
    np.testing.assert_array_equal(places, expected(x.transpose(0, 2, 1), descending)[..., :k])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("descending", [0, 1])
@pytest.mark.parametrize("n", [1, 5, 63, 64, 300])
def test_sort(n, descending, dtype):
    check(lines((3, n, 1), dtype), n, descending)
    check(lines((3, n, 4), dtype), n, descending)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("descending", [0, 1])
def test_sort_over_the_whole_range(descending, dtype):
    info = np.iinfo(dtype)
    x = np.random.RandomState(1).randint(info.min, info.max, (2, 100, 1), dtype)
    x[0, :4, 0] = info.min, info.max, info.max, info.min
    check(x, 100, descending)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("descending", [0, 1])
@pytest.mark.parametrize("n", [20, 64, 1000])
def test_sort_of_wild_numbers(n, descending, dtype):
    check(lines((3, n, 1), dtype, True), n, descending)
    exact = np.random.RandomState(2).standard_normal((3, n, 1)).astype(dtype)
    check(exact * 10.0 ** np.arange(-n // 2, n // 2).clip(-30, 30)[:, None].astype(dtype), n, descending)


@pytest.mark.parametrize("wild", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("descending", [0, 1])
@pytest.mark.parametrize(("n", "k"), [(8, 1), (40, 5), (100, 3), (1000, 32), (517, 7)])
def test_select(n, k, descending, dtype, wild):
    check(lines((4, n, 1), dtype, wild), k, descending)


@pytest.mark.parametrize("wild", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("largest", [0, 1])
@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 16, 1), (5, 100, 1), (3, 7, 5), (2, 20, 150)])
def test_arg(shape, largest, dtype, wild):
    if wild and dtype == "int32":
        return
    x = lines(shape, dtype, wild)
    y = np.empty((shape[0], shape[2]), "float32")
    ordering.arg(True, (y.dtype, x.dtype), y.size, shape[1], shape[2], largest)(y, x)
    np.testing.assert_array_equal(y, expected(x.transpose(0, 2, 1), largest)[..., 0])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("descending", [0, 1])
@pytest.mark.parametrize("shape", [(1, 5000, 1), (2, 5000, 2), (1, 1300, 1)])
def test_list_of_the_first(shape, descending, dtype):
    """Falling numbers enter the list of an ascending order one and all, rising ones that of a descending one."""
    x = lines(shape, dtype)
    check(x, 40, descending)
    check(np.sort(x, 1), 300, descending)
    check(np.sort(x, 1)[:, ::-1].copy(), 300, descending)


@pytest.mark.parametrize(("dtype", "bits"), [("float32", "i4"), ("float64", "i8")])
def test_uncompiled_kernels_do_the_same(dtype, bits):
    x = lines((3, 70, 1), dtype, True)
    wide = int(dtype == "float64")
    form = Static(floats=1, wide=wide, digits=8 if wide else 4)
    none, mask = np.empty(0, np.int64), int(np.iinfo(bits).max)
    rest = (70, 1, 70, mask, int(np.array(np.inf, dtype).view(bits)), -1, 0)
    places = np.empty(210, np.int64)
    flat = x.view(bits).reshape(-1)
    size = 4 * 70 + 8 * sorting.DIGITS
    sorting.radix_sort.function(places, flat, np.zeros(size, np.int64), none, form, size, 70, *rest, 3)
    np.testing.assert_array_equal(places.reshape(3, 70), expected(x[..., 0], 1))
    size, places[:] = 2 * 70 * sorting.GROUP, -1
    sorting.network_sort.function(places, flat, np.zeros(size, np.int64), none, form, size, 3, *rest, 1)
    np.testing.assert_array_equal(places.reshape(3, 70), expected(x[..., 0], 1))
    places = np.empty(12, np.int64)
    with np.errstate(invalid="ignore"):
        ordering.select_rows.function(places, x.reshape(-1), 70, 4, 1, 0, 3)
    np.testing.assert_array_equal(places.reshape(3, 4), expected(x[..., 0], 1)[:, :4])


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_sort_in_rooms_of_their_own(threads):
    before = pool.num_threads()
    pool.set_num_threads(threads)
    try:
        check(lines((4000, 20, 1), "float32"), 20, 0)
        check(lines((40, 700, 1), "float32"), 700, 0)
    finally:
        pool.set_num_threads(before)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("even", [True, False])
def test_histogram(even, dtype):
    random = np.random.RandomState(3)
    x = np.concatenate([random.randint(-20, 120, 200000), [0, 100, 100]]).astype(dtype)
    if x.dtype.kind == "f":
        x[:1000] *= random.rand(1000)
        x[1000:1003] = np.nan, np.inf, -np.inf
    edge = np.linspace(0, 100, 11) if even else np.sort(np.concatenate([[0, 0, 100], random.randint(0, 100, 8)]))
    counts = np.full(10, -1)
    ordering.histogram(counts, edge.astype(dtype), x, even)
    np.testing.assert_array_equal(counts, np.histogram(x[~np.isnan(x.astype(float))], edge.astype(dtype))[0])
