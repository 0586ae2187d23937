"""Strided moves, takes and their gradients, against NumPy; sizes around the widths of registers and blocks."""

import numpy as np
import pytest

from mxnb.kernels import indexing, padding, shaping

DTYPES = ("float32", "float64", "int32", "int64", "uint8", "int8", "uint16", "bool")


def numbers(shape, dtype="float32"):
    return (np.arange(np.prod(shape)) % 100).reshape(shape).astype(dtype)


def move(x, dims, sx, x0=0):
    y = np.empty(dims, x.dtype)
    shaping.mover(True, x.dtype, dims, shaping.contiguous(dims), sx, x0=x0)(y, x)
    return y


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 7), (3, 5), (16, 16), (17, 33), (2, 3, 5), (2, 40, 70), (3, 1, 20), (1, 64, 15)])
def test_transpose(shape, dtype):
    x = numbers(shape, dtype)
    order = (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2)
    strides = shaping.contiguous(shape)
    y = move(x, [shape[a] for a in order], [strides[a] for a in order])
    np.testing.assert_array_equal(y, x.transpose(order))


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (0, 2, 3, 1), (1, 0, 3, 2), (2, 3, 0, 1), (0, 2, 1, 3)])
def test_transpose_of_many_axes(order):
    x = numbers((3, 9, 17, 5))
    strides = shaping.contiguous(x.shape)
    y = move(x, [x.shape[a] for a in order], [strides[a] for a in order])
    np.testing.assert_array_equal(y, x.transpose(order))


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
def test_moves_of_any_kind(dtype):
    """Random axes, order, parts and steps of both arrays."""
    random = np.random.RandomState(0)
    for _ in range(100):
        ndim = random.randint(1, 5)
        dims = random.choice([1, 2, 3, 5, 17, 40], ndim)
        order, step, sign = random.permutation(ndim), random.choice([1, 1, 2, 3], ndim), random.choice([-1, 1, 1], ndim)
        whole = numbers(tuple(dims * step + random.randint(0, 2, ndim)), dtype)
        x = whole[tuple(slice(0, n * s, s) for n, s in zip(dims, step))][tuple(slice(None, None, s) for s in sign)]
        expected = x.transpose(order)
        target = np.zeros(tuple(np.array(expected.shape) + random.randint(0, 3, ndim)), dtype)
        skip = tuple(random.randint(0, n - m + 1) for n, m in zip(target.shape, expected.shape))
        part = target.copy()[tuple(slice(a, a + n) for a, n in zip(skip, expected.shape))]
        part[...] = expected
        item = whole.itemsize
        sy, sx = ([s // item for s in a.strides] for a in (target, expected))
        shaping.mover(
            True, whole.dtype, expected.shape, sy, sx,
            y0=sum(a * s // item for a, s in zip(skip, target.strides)),
            x0=(x.__array_interface__["data"][0] - whole.__array_interface__["data"][0]) // item,
        )(target, whole)  # fmt: skip
        np.testing.assert_array_equal(target, part.base)


@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8"])
@pytest.mark.parametrize("step", [(1, 1, 1), (1, 2, 1), (-1, 1, 1), (1, 1, -3)])
@pytest.mark.parametrize("first", [(0, 0, 0), (2, 3, 7), (1, 0, 13)])
def test_place(first, step, dtype):
    shape, x = (5, 12, 40), numbers((2, 4, 3), dtype) + 1
    first = tuple(a if s > 0 else a - s * (n - 1) for a, s, n in zip(first, step, x.shape))
    expected = np.full(shape, 7, dtype)
    expected[np.ix_(*(a + s * np.arange(n) for a, s, n in zip(first, step, x.shape)))] = x
    y = np.empty(shape, dtype)
    shaping.placer(True, y.dtype, shape, first, step, x.shape, 7)(y, x)
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [1, 3, 8, 15, 16, 64, 65, 100])
def test_repeat_and_rows(width, dtype):
    x = numbers((7,), dtype)
    np.testing.assert_array_equal(move(x, (7, width), (1, 0)), np.repeat(x[:, None], width, 1))
    np.testing.assert_array_equal(
        move(numbers((width,), dtype), (7, width), (0, 1)), np.tile(numbers((width,), dtype), (7, 1))
    )
    x = numbers((7, 2 * width + 3), dtype)
    np.testing.assert_array_equal(move(x, (7, width), (x.shape[1], 1), 2), x[:, 2 : 2 + width])
    np.testing.assert_array_equal(move(x, (7, width), (x.shape[1], 2), 1), x[:, 1 : 1 + 2 * width : 2])
    np.testing.assert_array_equal(move(x, (7, width), (x.shape[1], -1), width), x[:, width:0:-1])


def test_moves_stay_inside():
    """Nothing beyond the target's rows is written."""
    y = np.full((5, 40), -1.0, np.float32)
    x = numbers((5, 21))
    shaping.mover(True, x.dtype, (5, 21), (40, 1), (21, 1), y0=7)(y, x)
    np.testing.assert_array_equal(y[:, 7:28], x)
    assert (y[:, :7] == -1).all()
    assert (y[:, 28:] == -1).all()


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("outer", [1, 3])
@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8"])
@pytest.mark.parametrize("tiny", [0, 1 << 20])
@pytest.mark.parametrize("inner", [1, 5, 8, 64, 130])
def test_take_and_scatter(inner, tiny, dtype, outer, wrap, monkeypatch):
    monkeypatch.setattr(indexing, "TINY", tiny)
    n, index = 6, np.array([0, 5, 5, 2, -1, 7, 0], np.int32)
    x = numbers((outer, n, inner), dtype)
    at = index % n if wrap else index.clip(0, n - 1)
    y = np.empty((outer, len(index), inner), dtype)
    indexing.taker(True, x.dtype, (len(index), index.dtype), outer, n, inner, wrap)(y, x, index)
    np.testing.assert_array_equal(y, x[:, at])
    y += np.arange(len(index), dtype=dtype)[:, None]
    dx, expected = np.full_like(x, 3), np.zeros_like(x)
    given = (True, x.dtype, (len(index), index.dtype), outer, n, inner, wrap)
    indexing.scatterer(*given)(dx, y, index)
    np.add.at(expected, (slice(None), at), y)
    np.testing.assert_array_equal(dx, expected)
    indexing.scatterer(*given, add=False)(dx, y, index)
    for k in range(len(index)):
        expected[:, at[k]] = y[:, k]
    np.testing.assert_array_equal(dx, expected)


def test_scatter_in_parts(monkeypatch):
    """Each piece of work has columns of its own, so that equal indices never meet."""
    monkeypatch.setattr(indexing, "GRAIN", 1 << 8)
    monkeypatch.setattr(indexing, "NEIGHBOURS", 16)
    index, dy = np.array([1, 1, 0, 1], np.int64), numbers((4, 100))
    dx = np.empty((2, 100), np.float32)
    indexing.scatterer(True, dx.dtype, (4, index.dtype), 1, 2, 100, False)(dx, dy, index)
    np.testing.assert_array_equal(dx, [dy[2], dy[0] + dy[1] + dy[3]])


def test_places():
    x, index = np.zeros((3, 4, 5)), np.array([[0, -1, 2], [3, -4, 1]], np.float32)
    np.testing.assert_array_equal(indexing.placer(True, index.dtype, 3, (3, 4))(x, index), [3, 8, 9, 0])
    np.testing.assert_array_equal(indexing.placer(True, index.dtype, 3, ())(x, index[:0]), [0, 0, 0, 0])
    assert indexing.placer(True, index.dtype, 3, (3, 3))(x, index)[3] == -1


@pytest.mark.parametrize("dtype", DTYPES[:-1])
@pytest.mark.parametrize("depth", [1, 3, 100])
def test_one_hot(depth, dtype):
    index = np.array([0, 2, -1, depth, 99.7, np.nan], np.float32)
    y = np.empty((6, depth), dtype)
    indexing.one_hot(True, y.dtype, index.dtype, 6, depth, 5.0, 2.0)(y, index)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(y, np.where(index.astype(int)[:, None] == np.arange(depth), 5, 2))


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("inner", [1, 3])
def test_pick(inner, wrap):
    x, index = numbers((2, 4, inner)), np.array([[0, 9, -1], [-5, 3, 2]], np.int32)[:, :inner]
    y = np.empty((2, inner), np.float32)
    indexing.picker(True, x.dtype, index.dtype, y.size, 4, inner, wrap)(y, x, np.ascontiguousarray(index))
    at = index % 4 if wrap else index.clip(0, 3)
    np.testing.assert_array_equal(y, np.take_along_axis(x, at[:, None], 1)[:, 0])


def test_unpick():
    dx, index = np.empty((2, 4, 3), np.float32), np.array([[0, 1, 3], [-1, 9, 2]], np.float32)
    dy = numbers((2, 3)) + 1
    indexing.unpicker(True, dx.dtype, index.dtype, 6, 4, 3, False)(dx, dy, index)
    expected = np.zeros_like(dx)
    np.put_along_axis(expected, index.astype(int).clip(0, 3)[:, None], dy[:, None], 1)
    np.testing.assert_array_equal(dx, expected)


def test_halves_are_converted_as_numpy_does():
    """All float16 numbers, and float32 of all sizes, with NaN and what is rounded to infinity or zero."""
    half = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    wide = np.empty(half.shape, np.float32)
    shaping.convert_half(wide.size, wide, half)
    np.testing.assert_array_equal(wide, half.astype(np.float32))
    wide = np.random.RandomState(0).randint(0, 1 << 32, 100_003, dtype=np.uint32).view(np.float32)
    wide[:50_000] = np.random.RandomState(1).standard_normal(50_000) * 10.0 ** np.linspace(-9, 6, 50_000)
    half = np.empty(wide.shape, np.float16)
    shaping.convert_half(half.size, half, wide)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(half, wide.astype(np.float16))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("mode", ["edge", "reflect"])
@pytest.mark.parametrize(("shape", "pads"), [((2, 3, 5, 40), ((2, 3), (4, 1))),
                                             ((1, 2, 4, 3, 17), ((1, 0), (0, 2), (16, 9)))])  # fmt: skip
def test_unpad(shape, pads, mode, dtype):
    """Each number of dy goes where padding the places says that it comes from."""
    pads = ((0, 0), (0, 0), *pads)
    places = np.pad(np.arange(np.prod(shape)).reshape(shape), pads, mode)
    dy = (np.random.RandomState(0).standard_normal(places.shape) * 50).astype(dtype)
    expected = np.zeros(shape, dtype)
    np.add.at(expected.reshape(-1), places, dy)
    dx = np.empty(shape, dtype)
    sources = [np.pad(np.arange(n), p, mode) for n, p in zip(shape, pads)]
    padding.unpadder(True, dx.dtype, shape, [a for a, _ in pads], sources)(dx, dy)
    np.testing.assert_allclose(dx, expected, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("k", [-9, -8, -3, 0, 2, 11, 12])
def test_diagonal(k):
    y = np.empty((9, 12), np.float32)
    shaping.diagonal(True, y.dtype, 9, 12, k)(y)
    np.testing.assert_array_equal(y, np.eye(9, 12, k))


@pytest.mark.parametrize("inner", [1, 5, 70])
def test_choose_whole_rows(inner):
    a, b, condition = numbers((4, inner)), -numbers((4, inner)), np.array([0, 2, -1, np.nan], np.float32)
    y = np.empty_like(a)
    shaping.row_chooser(True, (condition.dtype, y.dtype), 4, inner)(y, condition, a, b)
    np.testing.assert_array_equal(y, np.where(condition[:, None] != 0, a, b))


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8", "float64"])
@pytest.mark.parametrize(
    ("rows", "widths"),
    [(1, [3, 3]), (2, [1, 1, 1]), (5, [7, 0, 20]), (3, [64] * 4), (16, [1, 2, 3, 4, 5, 6]), (17, [5, 3]),
     (100, [64, 100, 300]), (40, [256] * 9), (0, [3, 3]), (4, [0, 0]), (2, [300, 5000])],
)  # fmt: skip
def test_join_and_part(rows, widths, dtype):
    """Arrays side by side and back, with and without launches for several of them; nothing beside them is written."""
    whole = numbers((rows, sum(widths)), dtype)
    ends = np.cumsum(widths)
    wanted = [whole[:, b - w : b] for w, b in zip(widths, ends)]
    parts = [np.full((rows + 2, w), 99, dtype) for w in widths]
    shaping.parter(True, whole.dtype, rows, widths)(*[p[:rows] for p in parts], whole)
    for part, want in zip(parts, wanted):
        np.testing.assert_array_equal(part[:rows], want)
        assert (part[rows:] == 99).all()
    joined = np.full((rows + 1, sum(widths)), 99, dtype)
    shaping.joiner(True, whole.dtype, rows, widths)(joined[:rows], *map(np.ascontiguousarray, wanted))
    np.testing.assert_array_equal(joined[:rows], whole)
    assert (joined[rows:] == 99).all()
