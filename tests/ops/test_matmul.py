"""dot, batch_dot, FullyConnected and khatri_rao against NumPy."""

import numpy as np
import pytest

import mxnb as mx
from mxnb.kernels import matmul as kernels
from mxnb.ops.matmul import BatchDot, Dot, FullyConnected, KhatriRao

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
