"""dot, batch_dot, FullyConnected and khatri_rao against NumPy, and the products' kernels against their definition."""

import threading

import numpy as np
import pytest

import mxnb as mx
from mxnb.kernels import gemm, pool
from mxnb.kernels import matmul as kernels
from mxnb.ops.matmul import BatchDot, Dot, FullyConnected, KhatriRao
from mxnb.ops.operator import get

DTYPES = [("float32", 1e-5), ("float64", 1e-12)]


def numbers(*shapes, dtype="float64"):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def arrays(*values):
    made = [mx.nd.array(v, dtype=v.dtype) for v in values]
    for x in made:
        x.attach_grad()
    return made


def check_gradients(function, *values):
    """Gradients against differences along one direction, of first and second order."""
    rng = np.random.default_rng(1)
    steps = [rng.standard_normal(v.shape) for v in values]
    head = rng.standard_normal(function(*arrays(*values)).shape)
    h = 1e-5

    def slopes(values):
        xs = arrays(*values)
        with mx.autograd.record():
            loss = (function(*xs) ** 2 * mx.nd.array(head, dtype="float64")).sum()
            grads = mx.autograd.grad(loss, xs, create_graph=True, retain_graph=True)
            along = sum((g * mx.nd.array(s, dtype="float64")).sum() for g, s in zip(grads, steps))
        along.backward()
        return loss.asscalar(), along.asscalar(), [x.grad.asnumpy() for x in xs]

    moved = lambda sign: [v + sign * h * s for v, s in zip(values, steps)]
    _, along, second = slopes(values)
    (above, along_above, _), (below, along_below, _) = slopes(moved(1)), slopes(moved(-1))
    np.testing.assert_allclose(along, (above - below) / (2 * h), rtol=1e-6)
    twice = sum((g * s).sum() for g, s in zip(second, steps))
    np.testing.assert_allclose(twice, (along_above - along_below) / (2 * h), rtol=1e-6)


DOTS = [
    ((3, 4), (4, 2), False, False),
    ((4, 3), (4, 2), True, False),
    ((3, 4), (2, 4), False, True),
    ((4, 3), (2, 4), True, True),
    ((4,), (4,), False, False),
    ((4,), (4, 3), True, False),
    ((3, 4), (4,), False, True),
    ((2, 3, 4), (4, 5, 2), False, False),
    ((4, 2, 3), (4, 5), True, False),
    ((2, 3, 4), (5, 2, 4), False, True),
]


@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
@pytest.mark.parametrize(("lhs", "rhs", "first", "last"), DOTS)
def test_dot(lhs, rhs, first, last, dtype, tolerance):
    a, b = numbers(lhs, rhs, dtype=dtype)
    expected = np.tensordot(a, b, ([0 if first else a.ndim - 1], [b.ndim - 1 if last else 0])).reshape(-1)
    y = mx.nd.dot(*arrays(a, b), transpose_a=first, transpose_b=last)
    shape = lhs[1:] if first else lhs[:-1]
    assert y.shape == (shape + (rhs[:-1] if last else rhs[1:]) or (1,))
    np.testing.assert_allclose(y.asnumpy().reshape(-1), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("lhs", "rhs", "first", "last"), DOTS)
def test_gradients_of_dot(lhs, rhs, first, last):
    check_gradients(lambda a, b: mx.nd.dot(a, b, transpose_a=first, transpose_b=last), *numbers(lhs, rhs))


@pytest.mark.parametrize("lead", [(3,), (2, 2)])
@pytest.mark.parametrize(("first", "last"), [(False, False), (True, False), (False, True), (True, True)])
def test_batch_dot(lead, first, last):
    a, b = numbers((*lead, 5, 4) if first else (*lead, 4, 5), (*lead, 2, 5) if last else (*lead, 5, 2))
    product = lambda x, y: mx.nd.batch_dot(x, y, transpose_a=first, transpose_b=last)
    expected = (a.swapaxes(-1, -2) if first else a) @ (b.swapaxes(-1, -2) if last else b)
    np.testing.assert_allclose(product(*arrays(a, b)).asnumpy(), expected, atol=1e-12)
    check_gradients(product, a, b)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("shape", "flatten", "width"), [((3, 4), True, 4), ((3, 2, 4), True, 8), ((3, 2, 4), False, 4), ((4,), False, 4)]
)
def test_fully_connected(shape, flatten, width, bias):
    x, w, b = numbers(shape, (5, width), (5,))
    call = lambda *args: mx.nd.FullyConnected(*args, num_hidden=5, flatten=flatten, no_bias=not bias)
    given = (x, w, b) if bias else (x, w)
    rows = x.reshape(len(x), -1) if flatten else x
    expected = rows @ w.T + (b if bias else 0)
    np.testing.assert_allclose(call(*arrays(*given)).asnumpy(), expected, atol=1e-12)
    check_gradients(call, *given)


def test_bias_of_many_columns_and_rows():
    x, w, b = numbers((70, 3), (1000, 3), (1000,), dtype="float32")
    y = mx.nd.FullyConnected(*arrays(x, w, b), num_hidden=1000)
    np.testing.assert_allclose(y.asnumpy(), x @ w.T + b, rtol=1e-5, atol=1e-5)


# --- The kernels -----------------------------------------------------------------------------------------------------

SHAPES = {  # rows, columns, terms; what they reach
    "one number": (1, 1, 1),
    "a row, dots and combine": (1, 70, 9),
    "a column": (70, 1, 17),
    "two strips": (1, 1100, 11),
    "two vectors, in four sums": (1, 1, 150),
    "a row beyond four": (5, 1, 150),
    "one term": (21, 1100, 1),
    "few rows": (3, 35, 40),
    "few columns": (35, 3, 40),
    "ten columns, across": (70, 10, 33),
    "tiles of few rows": (10, 70, 5),
    "whole tiles": (16, 96, 32),
    "edges on both sides": (21, 101, 33),
    "last rows two at a time": (19, 101, 9),
    "some rows again": (23, 101, 9),
    "terms in blocks": (9, 20, gemm.BLOCK + 17),
    "no terms": (9, 20, 0),
    "rows in chunks": (700, 40, 160),
    "turned a": (70, 90, 4000),
    "turned b, across": (260, 70, 1300),
    "across, terms in blocks": (135, 70, gemm.BLOCK + 17),
    "ten columns, across, terms in blocks": (70, 10, gemm.BLOCK + 17),
}
WAYS = [(False, False), (True, False), (False, True), (True, True)]


def product(rows, cols, terms, dtype, first, last, batch=1, add=False, bias=False, activation=None):
    """What `prepare` gives between canaries, and what it should."""
    rng = np.random.default_rng(rows * cols + terms)
    draw = lambda *shape: rng.standard_normal(shape).astype(dtype)
    a = draw(batch, *((terms, rows) if first else (rows, terms)))
    b = draw(batch, *((cols, terms) if last else (terms, cols)))
    c, bias = draw(batch * rows, cols), draw(cols) if bias else None
    wide = lambda x, turned: (x.swapaxes(1, 2) if turned else x).astype("f8")
    expected = (wide(a, first) @ wide(b, last)).reshape(c.shape) + add * c.astype("f8") + (0 if bias is None else bias)
    room = np.full(c.size + 128, 77, dtype)
    room[64:-64] = c.reshape(-1)
    given = () if bias is None else (bias,)
    run, _ = gemm.prepare(rows, cols, terms, np.dtype(dtype), first, last, batch, add, activation, biased=bool(given))
    run(
        room[64:-64].reshape(c.shape),
        a.reshape(-1, a.shape[2]) if a.size else a[0],
        b.reshape(-1, b.shape[2]) if b.size else b[0],
        *given,
    )
    assert (room[:64] == 77).all() and (room[-64:] == 77).all()
    return room[64:-64].reshape(c.shape), np.tanh(expected) if activation else expected


@pytest.mark.parametrize(("first", "last"), WAYS)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_products_of_all_shapes(shape, first, last):
    for dtype, tolerance in DTYPES:
        for add, bias in ((False, True), (True, False)):
            got, expected = product(*shape, dtype, first, last, add=add, bias=bias)
            np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * 10 * (1 + shape[2] ** 0.5))


@pytest.mark.parametrize(("first", "last"), WAYS)
@pytest.mark.parametrize("shape", [(50, 50, 50), (70, 65, 100)])
def test_products_that_blas_makes(shape, first, last):
    for dtype, tolerance in DTYPES:
        for bias in (False, True):
            got, expected = product(*shape, dtype, first, last, bias=bias)
            np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * 100)


def test_blas_makes_what_leaves_a_register_idle():
    wins = lambda *shape: gemm._blas_wins(*shape, np.dtype("f4"), False, False)
    assert wins(64, 65, 64) == (gemm.register(np.dtype("f4"))[0] == 16)
    assert not wins(64, 64, 64) and not wins(64, 72, 64) and not wins(20, 33, 20) and not wins(1000, 33, 1000)


@pytest.mark.parametrize(("first", "last"), WAYS)
@pytest.mark.parametrize("shape", [(1, 9, 7), (9, 1, 7), (2, 3, 4), (3, 5, 20), (9, 50, 7), (70, 40, 33)])
def test_batches_of_products(shape, first, last):
    got, expected = product(*shape, "float64", first, last, batch=3, add=True, bias=True)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(1, 9, 7), (9, 1, 7), (1, 50, 7), (9, 50, 7), (70, 10, 7), (3, 20, gemm.BLOCK + 1)])
@pytest.mark.parametrize(("first", "last"), WAYS)
def test_products_followed_by_a_function(shape, first, last):
    got, expected = product(*shape, "float64", first, last, bias=True, activation=get("tanh").of().kernels)
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("first", "last"), WAYS)
@pytest.mark.parametrize(
    "shape", [(1, 9, 7), (9, 1, 7), (1, 200, 90), (3, 50, 40), (21, 50, 33), (5, 20, gemm.BLOCK + 3)]
)
def test_half_precision(shape, first, last):
    """Sums are those of float32, and rounded once."""
    for add in (False, True):
        got, expected = product(*shape, "float16", first, last, batch=2, add=add, bias=True)
        assert got.dtype == np.float16
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-3)
    ones = np.ones((1, 4096), "f2")
    total = np.zeros((1, 1), "f2")
    gemm.gemm(total, ones, ones, False, True)
    assert total == 4096  # in float16 the sum would stop at 2048


@pytest.mark.parametrize(("first", "last"), WAYS)
@pytest.mark.parametrize("shape", [(700, 40, 160), (260, 70, 1300), (1, 3000, 300), (3000, 2, 300), (300, 300, 900)])
def test_products_do_not_depend_on_threads(shape, first, last):
    before = pool.set_num_threads(1)
    try:
        alone, _ = product(*shape, "float32", first, last)
        pool.set_num_threads(3)
        together, _ = product(*shape, "float32", first, last)
    finally:
        pool.set_num_threads(before)
    np.testing.assert_array_equal(alone, together)


def test_products_of_several_python_threads():
    """The work space of a product is nobody else's while it runs."""
    a = np.random.default_rng(0).standard_normal((6, 70, 70)).astype("f4")
    (run, _), got = gemm.prepare(70, 70, 70, np.dtype("f4"), False, True), np.zeros_like(a)
    expected = [x @ x.T for x in a]

    def work(i):
        for _ in range(50):
            run(got[i], a[i], a[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(a))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_nothing_but_the_product_is_read():
    """Zeros that fill a tile do not meet an infinity or NaN of another row or column."""
    for first, last in WAYS:
        a, b = np.ones((11, 11), "f4"), np.ones((11, 11), "f4")
        a[(10, 3) if not first else (3, 10)] = np.inf
        b[(2, 10) if not last else (10, 2)] = np.nan
        c = np.empty((11, 11), "f4")
        gemm.gemm(c, a, b, first, last)
        assert np.isnan(c[:, 10]).all() and np.isinf(c[10, :10]).all() and (c[:10, :10] == 11).all()


@pytest.mark.parametrize("rows", range(1, 20))
def test_tiles_fit_registers(rows):
    for dtype in (np.dtype("f4"), np.dtype("f8")):
        _, height, registers = gemm.tile_for(rows, 50, dtype)
        count, available = gemm.register(dtype)
        assert height * registers + registers + 1 <= available and height <= registers * count


def test_function_of_a_dense_layer():
    dense = FullyConnected.of(num_hidden=4)
    both = dense.followed_by(get("Activation").of(act_type="relu"))
    assert both.activation == "relu" and both.num_hidden == 4 and both.active_inputs() == dense.active_inputs()
    assert both is dense.followed_by(get("relu").of()) and both.followed_by(get("relu").of()) is None
    assert dense.followed_by(get("sin").of()) is None and dense.followed_by(get("sum").of()) is None
    x, w, b = numbers((70, 30), (40, 30), (40,))
    y = get("_activated_fully_connected").of(num_hidden=40, activation="tanh")(*arrays(x, w, b))
    np.testing.assert_allclose(y.asnumpy(), np.tanh(x @ w.T + b), rtol=1e-10, atol=1e-12)
    whole = get("_activated_fully_connected").of(num_hidden=2, activation="relu", no_bias=True)
    y = whole(mx.nd.array([[1, -2]], dtype="int32"), mx.nd.array([[1, 1], [1, 0]], dtype="int32"))
    assert y.asnumpy().tolist() == [[0, 1]]
    with pytest.raises(mx.MXNetError, match="activation='sum': need an element-wise operator of one array"):
        get("_activated_fully_connected").of(num_hidden=4, activation="sum")


# --- The other operators ---------------------------------------------------------------------------------------------


def test_khatri_rao():
    a, b, c = numbers((2, 3), (1, 3), (4, 3))
    expected = np.stack([np.kron(np.kron(a[:, i], b[:, i]), c[:, i]) for i in range(3)], 1)
    np.testing.assert_allclose(mx.nd.khatri_rao(*arrays(a, b, c)).asnumpy(), expected)
    np.testing.assert_array_equal(mx.nd.khatri_rao(*arrays(a)).asnumpy(), a)


def test_edges():
    empty = mx.nd.array(np.zeros((0, 4)))
    assert mx.nd.dot(empty, mx.nd.ones((4, 2))).shape == (0, 2)
    assert mx.nd.dot(mx.nd.array(np.zeros((3, 0))), mx.nd.array(np.zeros((0, 2)))).asnumpy().tolist() == [[0, 0]] * 3
    assert mx.nd.FullyConnected(empty, mx.nd.ones((2, 4)), mx.nd.ones(2), num_hidden=2).shape == (0, 2)
    half = mx.nd.dot(mx.nd.ones((2, 3), dtype="float16"), mx.nd.ones((3, 2), dtype="float16"))
    assert half.dtype == np.float16 and (half.asnumpy() == 3).all()
    whole = mx.nd.dot(mx.nd.ones((2, 3), dtype="int32") * 2, mx.nd.ones((3, 2), dtype="int32"))
    assert whole.dtype == np.int32 and (whole.asnumpy() == 6).all()
    bad = mx.nd.dot(mx.nd.array([[np.nan, 1]]), mx.nd.ones((2, 1)))
    assert np.isnan(bad.asscalar())


def test_definition():
    a, b = numbers((3, 4), (4, 2))
    c = np.empty((3, 2))
    kernels.matmul_naive(c, a, b)
    np.testing.assert_allclose(c, a @ b)


def test_shapes_are_inferred_both_ways():
    dense = FullyConnected.of(num_hidden=5)
    assert dense.infer_shape([(None, 2, 3), None, None], [(7, None)]) == ([(7, 2, 3), (5, 6), (5,)], [(7, 5)])
    assert dense.infer_shape([(2, None, 3), (5, 6), None], [None])[0][0] == (2, 2, 3)
    assert dense.infer_shape([None, (5, 6), None], [None])[0] == [None, (5, 6), None]  # as 1.9.1
    assert Dot.of().infer_shape([(2, None), (3, None)], [None]) == ([(2, 3), (3, None)], [(2, None)])
    ins, outs = BatchDot.of(transpose_b=True).infer_shape([(4, None, 3), (None, 5, None)], [(None, 2, None)])
    assert ins == [(4, 2, 3), (4, 5, 3)] and outs == [(4, 2, 5)]
    assert KhatriRao.of().infer_shape([(2, None), (3, 4)], [None])[0] == [(2, 4), (3, 4)]


@pytest.mark.parametrize(
    ("operator", "shapes", "message"),
    [
        (Dot.of(), [(3, 4), (3, 2)], "dot: lhs (3, 4) and rhs (3, 2): the sum is over 4 and 3 numbers, need the same"),
        (Dot.of(), [(), (3, 2)], "dot: lhs has shape (), need at least one dimension"),
        (Dot.of(transpose_a=True), [(3,), (3,)], "dot: two vectors cannot be transposed"),
        (BatchDot.of(), [(3, 4), (4, 2)], "batch_dot: lhs has shape (3, 4), need three dimensions or more"),
        (BatchDot.of(), [(2, 3, 4), (1, 4, 2)], "batch_dot: lhs (2, 3, 4) and rhs (1, 4, 2): the axes before the last"),
        (
            FullyConnected.of(num_hidden=5, no_bias=True),
            [(2, 4), (5, 3)],
            "FullyConnected: weight has shape (5, 3), data (2, 4) needs (5, 4) (flatten=True)",
        ),
        (KhatriRao.of(), [(2, 3), (2, 4)], "khatri_rao: arg1 has shape"),
    ],
)
def test_errors(operator, shapes, message):
    with pytest.raises(mx.MXNetError) as error:
        operator(*(mx.nd.ones(shape) for shape in shapes))
    assert message in str(error.value)


def test_errors_of_parameters_and_dtypes():
    with pytest.raises(mx.MXNetError, match="FullyConnected: parameter num_hidden=0: need an int of at least 1"):
        FullyConnected.of(num_hidden=0)
    with pytest.raises(mx.MXNetError, match="dot: parameter forward_stype='csr': only 'default' is supported"):
        Dot.of(forward_stype="csr")
    with pytest.raises(mx.MXNetError, match="dot: rhs has dtype float64, need float32"):
        mx.nd.dot(mx.nd.ones((2, 2)), mx.nd.ones((2, 2), dtype="float64"))
