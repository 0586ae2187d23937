"""NDArray: creation, indexing, views, conversion, arithmetic; the rules of docs/behaviour.md."""

import copy
import pickle

import numpy as np
import pytest

import mxnb as mx
from mxnb import nd
from mxnb.base import MXNetError

A = np.arange(12, dtype=np.float32).reshape(3, 4)
C = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def same(got, want):
    """Shape, dtype and numbers agree; a result without axes has shape (1,)."""
    want = np.asarray(want, np.float32)
    np.testing.assert_array_equal(got.asnumpy(), want.reshape(1) if want.shape == () else want)


# --- Reading with an index -------------------------------------------------------------------------------------------

BASIC = [
    1,
    -1,
    slice(1, 3),
    (slice(1, 3), slice(None)),
    (1, slice(1, 3)),
    (slice(0, 1), slice(1, 3)),
    (1, 2),
    None,
    Ellipsis,
    slice(None),
    (slice(None), 1),
    (slice(None), slice(1, 3)),
    slice(0, 3, 2),
    slice(None, None, -1),
    (slice(None), slice(None, None, -2)),
    (None, slice(None), 1),
    (Ellipsis, None),
    (Ellipsis, 1),
    (slice(-2, None), slice(None, -1)),
    slice(5, 10),
    (slice(3, 0, -1), 0),
]


@pytest.mark.parametrize("key", BASIC, ids=str)
def test_basic_index(key):
    same(nd.array(A)[key], A[key])


ADVANCED = [
    [0, 2],
    ([0, 2], [1, 3]),
    (slice(None), [1, 0, 1]),
    ([[0, 1], [2, 0]],),
    ([0, -1], slice(1, 3)),
    (None, [1]),
    (np.array([2, 0]), Ellipsis),
]


@pytest.mark.parametrize("key", ADVANCED, ids=str)
def test_advanced_index(key):
    same(nd.array(A)[key], A[key])


def test_advanced_index_of_three_axes():
    c = nd.array(C)
    same(c[[0, 1], :, [1, 2]], C[[0, 1], :, [1, 2]])
    same(c[0, :, [1, 2]], C[0, :, [1, 2]])
    same(c[nd.array([1, 0])], C[[1, 0]])
    same(nd.array(A)[nd.array([0.7, 2.2])], A[[0, 2]])


def test_bools_are_integers():
    a = nd.array(A)
    same(a[np.array([True, False, True])], A[[1, 0, 1]])
    same(a[True], A[1])
    with pytest.raises(ValueError):
        a[nd.array([1, 0, 1], dtype="bool")]


@pytest.mark.parametrize("key", [3, -4, (0, 4), (slice(None), -5), [3], ([0], [4])], ids=str)
def test_index_out_of_range(key):
    with pytest.raises(IndexError):
        nd.array(A)[key]


@pytest.mark.parametrize("key", [1.0, "x", {}], ids=str)
def test_index_of_wrong_type(key):
    with pytest.raises(ValueError):
        nd.array(A)[key]


def test_too_many_indices():
    with pytest.raises(IndexError):
        nd.array(A)[0, 0, 0]
    with pytest.raises(IndexError):
        nd.array(A)[..., ...]


@pytest.mark.parametrize("key", [1, slice(1, 3), (1, slice(1, 3)), (1, 2), None, (slice(0, 1), slice(1, 3))], ids=str)
def test_contiguous_selections_are_views(key):
    a, want = nd.array(A), A.copy()
    a[key][:] = 7
    want[key] = 7
    same(a, want)


@pytest.mark.parametrize("key", [(slice(None), 1), slice(0, 3, 2), [0, 1], slice(None, None, -1)], ids=str)
def test_other_selections_are_copies(key):
    a = nd.array(A)
    a[key][:] = 7
    same(a, A)


def test_iteration_and_length():
    a = nd.array(A)
    assert len(a) == 3
    assert [row.shape for row in a] == [(4,)] * 3
    assert [x.shape for x in nd.array([1, 2])] == [(1,), (1,)]


# --- Writing with an index -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", BASIC + ADVANCED, ids=str)
def test_assign_number(key):
    a, want = nd.array(A), A.copy()
    a[key] = -1
    want[key] = -1
    same(a, want)


@pytest.mark.parametrize("key", [k for k in BASIC + ADVANCED if A[k].size > 1], ids=str)
@pytest.mark.parametrize("kind", ["numpy", "ndarray", "list"])
def test_assign_array(key, kind):
    a, want = nd.array(A), A.copy()
    value = 100 + np.arange(A[key].size, dtype=np.float32).reshape(A[key].shape)
    a[key] = {"numpy": value, "ndarray": nd.array(value), "list": value.tolist()}[kind]
    want[key] = value
    same(a, want)


def test_assign_broadcasts():
    a, want = nd.array(A), A.copy()
    a[:, 1:3] = nd.array([[5], [6], [7]])
    want[:, 1:3] = [[5], [6], [7]]
    same(a, want)
    a[:] = np.ones((1, 3, 4))
    same(a, np.ones((3, 4)))


def test_assign_converts():
    a = nd.zeros((3,), dtype="int32")
    a[:] = [2.7, -2.7, True]
    assert a.asnumpy().tolist() == [2, -2, 1]


@pytest.mark.parametrize(
    ("key", "value"), [(slice(None), np.ones(5)), ((slice(None), 1), np.ones((3, 1))), (0, np.ones(3))], ids=str
)
def test_assign_wrong_shape(key, value):
    a = nd.array(A)
    with pytest.raises(ValueError):
        a[key] = value
    same(a, A)


def test_assign_wrong_type():
    with pytest.raises(TypeError):
        nd.array(A)[:] = "x"


def test_views_of_views():
    x = nd.array(C)
    want = C.copy()
    x[0][1] = 5
    x[1, 2][1] = 6
    want[0][1], want[1, 2, 1] = 5, 6
    same(x, want)


# --- Views and shapes ------------------------------------------------------------------------------------------------

RESHAPES = [
    ((6, 4), (6, 4)),
    ((0, -1), (2, 12)),
    ((-1,), (24,)),
    ((-2,), (2, 3, 4)),
    ((0, -3), (2, 12)),
    ((-3, 0), (6, 4)),
    ((-4, -1, 2, -2), (1, 2, 3, 4)),
    ((0, 0, -4, 2, 2), (2, 3, 2, 2)),
]


@pytest.mark.parametrize(("codes", "shape"), RESHAPES, ids=str)
def test_reshape_codes(codes, shape):
    assert nd.array(C).reshape(codes).shape == shape
    assert nd.reshape(nd.array(C), shape=codes).shape == shape


def test_reshape_from_the_right():
    assert nd.array(C).reshape((-1, 0), reverse=True).shape == (6, 4)
    assert nd.array(C).reshape((0, -1), reverse=True).shape == (3, 8)


@pytest.mark.parametrize("codes", [(5, -1), (), (-1, -1), (-5,), (0, 0, 0, 0), (-4, -1, -1, -2), (100,)], ids=str)
def test_reshape_that_does_not_fit(codes):
    with pytest.raises((ValueError, mx.MXNetError)):
        nd.array(C).reshape(codes)


def test_reshape_is_a_view_and_the_operator_a_copy():
    x = nd.array(C)
    x.reshape(6, 4)[0] = -1
    assert x.asnumpy()[0, 0].tolist() == [-1] * 4
    nd.reshape(x, shape=(-1,))[:] = 0
    x.T[:] = 0
    nd.flatten(x)[:] = 0
    assert x.asnumpy().any()


def test_broadcast_to():
    assert nd.array([[1], [2]]).broadcast_to((2, 3)).asnumpy().tolist() == [[1] * 3, [2] * 3]
    assert nd.array([1, 2]).broadcast_to((3, 2)).shape == (3, 2)
    with pytest.raises(ValueError):
        nd.array([1, 2]).broadcast_to((3,))


# --- Creation and conversion -----------------------------------------------------------------------------------------


def test_array_dtypes():
    assert nd.array(np.arange(3)).dtype is np.float32
    assert nd.array([1, 2], dtype="int32").dtype is np.int32
    assert nd.array(nd.array([1], dtype="uint8")).dtype is np.uint8
    assert nd.array(5).shape == ()
    assert nd.array([]).shape == (0,)
    for bad in ([[1, 2], [3]], ["a"], [nd.ones((2,))], None):
        with pytest.raises(TypeError):
            nd.array(bad)
    with pytest.raises((mx.MXNetError, KeyError)):
        nd.array([1], dtype="complex64")


def test_ranges():
    assert nd.arange(1, 2, 0.3).shape == (4,)
    assert nd.arange(0, 3, repeat=2).asnumpy().tolist() == [0, 0, 1, 1, 2, 2]
    assert nd.arange(3, dtype="int64").dtype is np.int64
    np.testing.assert_allclose(nd.linspace(0, 1, 5).asnumpy(), np.linspace(0, 1, 5), rtol=1e-6)
    assert nd.eye(2, 3, 1).asnumpy().tolist() == [[0, 1, 0], [0, 0, 1]]
    assert nd.full((2,), 3, dtype="int8").asnumpy().tolist() == [3, 3]


def test_numpy_both_ways():
    x = nd.array(A)
    y = x.asnumpy()
    y[:] = 0
    same(x, A)
    assert np.sum(x) == A.sum()
    assert np.asarray(x).shape == (3, 4)
    source = np.arange(3.0)
    shared = nd.from_numpy(source)
    shared[0] = 9
    assert source[0] == 9 and not source.flags.writeable and shared.dtype is np.float64


def test_dlpack():
    x = nd.array(A)
    np.from_dlpack(x)
    y = nd.from_dlpack(x.to_dlpack_for_write())
    y[0] = 9
    assert x.asnumpy()[0].tolist() == [9] * 4
    with pytest.raises(mx.MXNetError, match="from_dlpack: got a int"):
        nd.from_dlpack(3)
    capsule = x.to_dlpack_for_read()
    nd.from_dlpack(capsule)
    with pytest.raises(mx.MXNetError, match="fresh"):
        nd.from_dlpack(capsule)


def test_scalars():
    assert nd.array([3.5]).asscalar() == np.float32(3.5)
    assert bool(nd.array([1])) and not bool(nd.array([0]))
    with pytest.raises(ValueError):
        nd.array([1, 2]).asscalar()
    with pytest.raises(ValueError):
        bool(nd.array([1, 2]))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "uint8", "int8", "int32", "int64", "bool"])
def test_copies_keep_dtype(dtype):
    x = nd.array([[0, 1], [1, 0]], dtype=dtype)
    for twin in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x), x.copy(), x.copyto(mx.cpu(1))):
        assert twin.dtype == x.dtype
        np.testing.assert_array_equal(twin.asnumpy(), x.asnumpy())


def test_astype():
    x = nd.array([1.7, -1.7, 300])
    assert x.astype("int32").asnumpy().tolist() == [1, -1, 300]
    assert x.astype("float32", copy=False) is x
    assert x.astype("float32") is not x


def test_contexts():
    x = nd.ones((2,))
    assert x.as_in_context(mx.cpu(0)) is x
    y = x.as_in_context(mx.cpu(1))
    assert y.context == mx.cpu(1) and (x + y).context == mx.cpu(0)
    with mx.cpu(2):
        assert nd.zeros((1,)).context == mx.cpu(2)


def test_printing():
    assert repr(nd.array([[1, 2]])) == "\n[[1. 2.]]\n<NDArray 1x2 @cpu(0)>"
    assert str(nd.array(1.5)) == "\n1.5\n<NDArray  @cpu(0)>"


# --- Arithmetic ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "pow", "mod", "eq", "ne", "lt", "le", "gt", "ge"])
def test_operators(name):
    import operator

    function = getattr(operator, name)
    x, y = np.float32([[1, 2], [3, 4]]), np.float32([[2], [3]])
    for a, b in ((x, y), (x, 2), (3, y)):
        wrap = lambda v: nd.array(v) if isinstance(v, np.ndarray) else v
        np.testing.assert_allclose(function(wrap(a), wrap(b)).asnumpy(), function(a, b), rtol=1e-6)


def test_whole_numbers():
    x = nd.array([1, 2, 3], dtype="int32")
    assert (x + 1.5).asnumpy().tolist() == [2, 3, 4]
    assert (x / 2).asnumpy().tolist() == [0, 1, 1]
    assert (x == 1.5).asnumpy().tolist() == [1, 0, 0]
    assert (nd.array([250], dtype="uint8") + 10).asnumpy().tolist() == [4]


def test_remainder_has_the_sign_of_the_divisor():
    x = nd.array([-5, 5, 5])
    assert (x % nd.array([3, -3, 0])).asnumpy().tolist() == [1, -1, 0]


@pytest.mark.parametrize("other", [np.ones(2), [1, 2], "x", None, 1j], ids=str)
def test_operands_of_other_types(other):
    x = nd.ones((2,))
    for call in (lambda: x + other, lambda: x == other, lambda: x * other):
        with pytest.raises(TypeError):
            call()


def test_dtypes_do_not_mix():
    with pytest.raises(mx.MXNetError, match=r"rhs has dtype float64.*float32"):
        nd.ones((2,)) + nd.ones((2,), dtype="float64")


def test_shapes_that_do_not_fit():
    with pytest.raises(mx.MXNetError, match=r"\(2, 3\).*\(4,\)"):
        nd.ones((2, 3)) + nd.ones((4,))


def test_inplace():
    x = nd.ones((2, 2))
    y, view = x, x.reshape((4,))
    x += 2
    x *= nd.array([[2], [3]])
    assert x is y and view.asnumpy().tolist() == [6, 6, 9, 9]
    with pytest.raises(mx.MXNetError):
        x += nd.ones((3, 2, 2))


def test_numpy_scalars_do_not_take_over():
    assert isinstance(np.float64(2) * nd.ones((2,)), nd.NDArray)


@pytest.mark.parametrize("again", range(3))  # the first call looks up nothing, the second one finds the first
def test_calls_find_their_plans_by_all_that_they_are_given(again):
    x, i = nd.array([[1, 2, 3], [4, 5, 6]]), nd.array([0, 1])
    for axis, total in ((0, [5, 7, 9]), (1, [6, 15])):
        y = nd.zeros((len(total),))
        assert nd.sum(x, axis=axis, name=f"s{again}").asnumpy().tolist() == total
        assert nd.sum(x, axis).asnumpy().tolist() == x.sum(axis).asnumpy().tolist() == total
        assert nd.sum(data=x, axis=axis, out=y) is y
        assert y.asnumpy().tolist() == total
        y[:] = 0
        assert nd.sum(x, axis=axis, out=y, name="s") is y
        assert y.asnumpy().tolist() == total
    assert nd.take(x, i, 1).asnumpy().tolist() == x.take(i, axis=1).asnumpy().tolist() == [[1, 2], [4, 5]]
    assert nd.dot(x, x, False, True).shape == (2, 2)
    assert nd.dot(x, x, True, False).shape == (3, 3)
    assert nd.FullyConnected(x, x, num_hidden=2, no_bias=True).shape == (2, 2)
    assert nd.FullyConnected(x, x, i, num_hidden=2).asnumpy().tolist() == [[14, 33], [32, 78]]
    assert nd.add_n(x, x, x, x).asnumpy().tolist() == (x * 4).asnumpy().tolist()
    assert x.expand_dims(0, inplace=True).shape == (1, 2, 3)
    with mx.autograd.train_mode():
        assert set(nd.Dropout(x, p=0.999).asnumpy().ravel()) <= {0, *(x * 1000).asnumpy().ravel().tolist()}
    assert nd.Dropout(x, p=0.999).asnumpy().tolist() == x.asnumpy().tolist()
    with pytest.raises(mx.base.MXNetError, match="no parameter named 'axes'"):
        nd.sum(x, axes=1)


def test_out():
    x, z = nd.array(A), nd.zeros((3, 4))
    assert nd.elemwise_add(x, x, out=z) is z
    same(z, A + A)
    nd.dot(nd.ones((2, 2)), nd.ones((2, 2)), out=nd.zeros((2, 2)))
    a = nd.array([[1, 2], [3, 4]])
    nd.dot(a, a, out=a)
    assert a.asnumpy().tolist() == [[7, 10], [15, 22]]
    with pytest.raises(mx.MXNetError, match="out has shape"):
        nd.exp(x, out=nd.zeros((2, 2)))
    with pytest.raises(mx.MXNetError, match="out has dtype"):
        nd.exp(x, out=nd.zeros((3, 4), dtype="float64"))


def test_unknown_arguments():
    for call in (
        lambda: nd.sum(nd.ones((2,)), axes=0),
        lambda: nd.Activation(nd.ones((2,)), act_type="foo"),
        lambda: nd.Activation(nd.ones((2,))),
        lambda: nd.FullyConnected(nd.ones((2, 2)), num_hidden=2),
    ):
        with pytest.raises(mx.MXNetError):
            call()


def test_power_assignment_makes_a_new_array():
    x = nd.array([2.0, 3.0])
    y = x
    y **= 2
    assert x.asnumpy().tolist() == [2, 3]
    assert y.asnumpy().tolist() == [4, 9]
    x.attach_grad()
    with mx.autograd.record():
        z = x * 1
        z **= 2
    z.backward()
    assert x.grad.asnumpy().tolist() == [4, 6]


def test_inputs_without_use_are_refused():
    x, w = nd.ones((2, 3)), nd.ones((2, 3))
    with pytest.raises(mx.MXNetError, match="FullyConnected: input bias is given, but not used"):
        nd.FullyConnected(x, w, nd.ones(2), num_hidden=2, no_bias=True)
    assert nd.FullyConnected(x, w, None, num_hidden=2, no_bias=True).shape == (2, 2)
    with pytest.raises(AssertionError, match="softmax: input length"):
        nd.softmax(x, 1)
    assert nd.power(base=x, exp=2).shape == (2, 3)
    assert [part.shape for part in x.split_v2((1,), axis=1)] == [(2, 1), (2, 2)]


def test_histogram():
    """As 1.9.1 counts, bins of whole numbers with their edges cut included."""
    whole = nd.arange(0, 10, dtype="int32")
    for bins, limits, counts, edges in (
        (4, (0, 9), [2, 2, 2, 4], [0, 2, 4, 6, 9]),
        (3, (1, 9), [2, 3, 4], [1, 3, 6, 9]),
    ):
        got = nd.histogram(whole, bins=bins, range=limits)
        assert [x.asnumpy().tolist() for x in got] == [counts, edges]
        assert [x.dtype for x in got] == [np.int64, np.int32]
    x = np.random.default_rng(0).normal(size=(50, 40)).astype("f")
    x[0, :3] = np.nan, np.inf, -np.inf
    for bins in (np.linspace(-2, 3, 12), np.array([0, 1, 1, 2]), np.array([-1, 1])):
        counts, edges = nd.histogram(nd.array(x), bins=nd.array(bins))
        np.testing.assert_array_equal(counts.asnumpy(), np.histogram(x[~np.isnan(x)], edges.asnumpy())[0])
    counts, edges = nd.histogram(nd.array([1, 2, 3.5, 8]))
    assert counts.dtype == edges.dtype == np.float32
    assert counts.asnumpy().tolist() == np.histogram([1, 2, 3.5, 8])[0].tolist()
    assert nd.histogram(nd.array([3, 3]), bins=2)[1].asnumpy().tolist() == [2.5, 3, 3.5]
    symbol = mx.sym.histogram(mx.sym.Variable("a"), bins=3, range=(0, 3))
    assert symbol.infer_shape(a=(2, 3))[1] == [(3,), (4,)]
    with pytest.raises(ValueError, match="bins is 'auto'"):
        nd.histogram(whole, bins="auto")
    with pytest.raises(MXNetError, match=r"_histogram: parameter range=\(1.0, 0.0\)"):
        nd.histogram(whole, bins=2, range=(1, 0))
    with pytest.raises(MXNetError, match=r"_histogram: bins has shape \(1,\)"):
        nd.histogram(whole, bins=nd.array([1], dtype="int32"))


@pytest.mark.parametrize("first", [-0.0, 0, 0.0])
def test_zeros_with_a_sign(first):
    """As keys of what is kept from earlier calls -0.0, 0.0 and 0 are one; results differ, whichever came first."""
    from mxnb.ndarray import arithmetic

    for kept in (arithmetic.ADD.plans.table, arithmetic.ADD.right):
        kept.clear()
    x = mx.nd.array([-0.0, 1.0])
    for number in (first, -0.0, 0, 0.0, -0.0, 0):
        negative = np.signbit(number)
        assert np.signbit((x + number).asnumpy()[0]) == negative
        y = x.copy()
        y += number
        assert np.signbit(y.asnumpy()[0]) == negative


def test_methods_tell_new_arrays_apart():
    """Arrays of other shapes, each fresh from NumPy, through methods with and without arguments."""
    for shape in ((1, 4, 4), (2, 5, 7), (3, 2)):
        x = np.arange(np.prod(shape), dtype="f4").reshape(shape)
        assert nd.array(x).expand_dims(0).shape == (1, *shape)
        assert nd.array(x).expand_dims(axis=1).shape == (shape[0], 1, *shape[1:])
        np.testing.assert_array_equal(nd.array(x).sum(axis=0).asnumpy(), x.sum(0))
        np.testing.assert_array_equal(nd.array(x).tile((2,)).asnumpy(), np.tile(x, 2))
        np.testing.assert_array_equal(nd.array(x).flip(0).asnumpy(), x[::-1])
        np.testing.assert_array_equal(nd.sum(nd.array(x), axis=0).asnumpy(), x.sum(0))
        np.testing.assert_array_equal((nd.array(x) + nd.array(x) * 2).asnumpy(), 3 * x)
        np.testing.assert_array_equal(nd.array(x).reshape(-1).asnumpy(), x.ravel())
        np.testing.assert_array_equal(nd.array(x)[1:].asnumpy(), x[1:])
        np.testing.assert_array_equal(abs(-nd.array(x)).asnumpy(), x)


def test_calls_alike_but_for_parameters():
    """What is remembered of a call stands in for another one only where everything is the same."""
    x = nd.array([[1, 2, 3], [4, 5, 6]])
    for _ in range(3):
        for axis, total in ((0, [5, 7, 9]), (1, [6, 15])):
            assert nd.sum(x, axis=axis).asnumpy().tolist() == total
            assert x.sum(axis=axis).asnumpy().tolist() == total
            assert nd.sum(x, axis=[axis]).asnumpy().tolist() == total
            assert nd.sum(x, axis=axis, keepdims=True).shape == ((1, 3), (2, 1))[axis]
        assert nd.concat(x, x, dim=0).shape == (4, 3)
        assert nd.concat(x, x, x, dim=0).shape == (6, 3)
        assert nd.concat(x, x, x, x, dim=1).shape == (2, 12)
    w, b = nd.ones((4, 3)), nd.ones((4,))
    for _ in range(2):
        assert nd.FullyConnected(x, w, b, num_hidden=4).asnumpy().tolist() == [[7] * 4, [16] * 4]
        assert nd.FullyConnected(x, w, num_hidden=4, no_bias=True).asnumpy().tolist() == [[6] * 4, [15] * 4]
        with pytest.raises(mx.MXNetError, match="bias"):
            nd.FullyConnected(x, w, num_hidden=4)
        with pytest.raises(mx.MXNetError, match="weight"):
            nd.FullyConnected(x, w, b, num_hidden=5)


@pytest.mark.parametrize(
    "key",
    [
        slice(1, 3), slice(2, 2), slice(0, 4, 2), (slice(None), 1), (2, slice(1, 3)), (1, 2), (1, 2, 0), (None, 1),
        (slice(1, 2), slice(0, 2)), (slice(1, 2), slice(0, 2), None), (Ellipsis, 0), (slice(None), slice(1, None)),
        3, -1,
    ],
    ids=str,
)  # fmt: skip
def test_a_key_again(key):
    """The second time a key is looked up; views stay views, of the array that is asked."""
    for like in (np.arange(24).reshape(4, 3, 2), np.arange(24, 48).reshape(4, 3, 2)):
        x = nd.array(like)
        for _ in range(2):
            found = x[key]
            expected = like[key].reshape(found.shape)
            assert found.shape == (like[key].shape or (1,))
            np.testing.assert_array_equal(found.asnumpy(), expected)
            shared = np.shares_memory(found._data, x._data)
            found[:] = -1
            assert (shared and found.size > 0) == bool((x.asnumpy() == -1).any())
            x[:] = nd.array(like)
    v = nd.array([1, 2, 3])
    for _ in range(2):
        assert v[1].shape == (1,)
        assert v[-1].asscalar() == 3
        v[2][:] = 7
        assert v.asnumpy().tolist() == [1, 2, 7]
        v[2:] = 3
        with pytest.raises(IndexError):
            v[3]


KEYS = [
    1,
    -1,
    slice(None),
    slice(0, 1),
    (0, 1),
    (slice(None), 2),
    (slice(None), slice(1, None, -1)),
    (Ellipsis, 1),
    None,
]


@pytest.mark.parametrize("key", KEYS, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "int32", "float16"])
def test_assigning_is_numpys(key, dtype):
    """The short way and the long one, for what fits and what does not."""
    wanted = np.arange(6).reshape(2, 3).astype(dtype)
    x = mx.nd.array(wanted, dtype=dtype)
    for value in (2, 2.5, np.float32(7), np.ones(wanted[key].shape) * 3):
        x[key] = value
        wanted[key] = value
        np.testing.assert_array_equal(x.asnumpy(), wanted)
    some = mx.nd.arange(int(np.prod(wanted[key].shape))).reshape(wanted[key].shape or (1,)).astype(dtype)
    x[key] = some
    wanted[key] = some.asnumpy().reshape(wanted[key].shape)
    np.testing.assert_array_equal(x.asnumpy(), wanted)
    with pytest.raises((mx.MXNetError, ValueError)):
        x[key] = mx.nd.zeros((5,), dtype=dtype)


def test_assigning_while_recording():
    x, y = mx.nd.zeros((2, 3)), mx.nd.ones((3,))
    y.attach_grad()
    with mx.autograd.record():
        x[0] = 1
        x[1] = mx.nd.ones((3,)) * 2
        with pytest.raises(mx.MXNetError, match="recorded value"):
            x[0] = y * 2
        with pytest.raises(mx.MXNetError, match="Inplace"):
            y[0] = 1
    assert x.asnumpy().tolist() == [[1] * 3, [2] * 3]


def test_parameters_by_position_and_by_name():
    """Plans of earlier calls are found by all that is given."""
    x, y = mx.nd.array([-1.0, 0.5, 3.0]), mx.nd.array([[-1.0, 3.0]])
    for _ in range(3):
        for low, high in ((0, 1), (0, 2), (-0.5, 2)):
            for array in (x, y):
                wanted = np.clip(array.asnumpy(), low, high).tolist()
                assert mx.nd.clip(array, low, high).asnumpy().tolist() == wanted
                assert mx.nd.clip(array, low, a_max=high).asnumpy().tolist() == wanted
                assert mx.nd.clip(array, a_min=low, a_max=high).asnumpy().tolist() == wanted
                out = mx.nd.zeros(array.shape)
                assert mx.nd.clip(array, low, high, out=out) is out
                assert out.asnumpy().tolist() == wanted
        assert [mx.nd.concat(*[x] * n, dim=0).shape for n in (1, 2, 3)] == [(3,), (6,), (9,)]
        assert mx.nd.stack(x, x, x, axis=1).shape == (3, 3)
        assert mx.nd.stack(x, x, axis=1).shape == (3, 2)
        assert (mx.nd.Dropout(x, p=0.5).asnumpy() == x.asnumpy()).all()
        with mx.autograd.train_mode():
            assert (mx.nd.Dropout(mx.nd.ones((1000,)), p=0.5).asnumpy() == 0).any()
    with pytest.raises(mx.MXNetError, match="clip: 5 arguments by position"):
        mx.nd.clip(x, 0, 1, 2, 3)


def test_numbers_on_the_left():
    x = mx.nd.array([1.0, 2.0])
    x.attach_grad()
    for _ in range(2):
        for f in (lambda x: 3 - x, lambda x: 3 / x, lambda x: 2**x, lambda x: 0 - x):
            assert f(x).asnumpy().tolist() == f(x.asnumpy()).tolist()
    with mx.autograd.record():
        y = 3 - x
    y.backward()
    assert x.grad.asnumpy().tolist() == [-1, -1]
    assert np.signbit((-0.0 - x * 0).asnumpy()).all()
    assert not np.signbit((0.0 - x * 0).asnumpy()).any()
    assert x.__rsub__(mx.nd.array([5.0, 5.0])).asnumpy().tolist() == [4, 3]


def test_arrays_without_a_kind_find_the_plans_of_others():
    x = mx.nd.array([[1.0, -2.0]])
    for f in (lambda x: x + x, lambda x: 2 * x, lambda x: -x, mx.nd.relu, lambda x: mx.nd.dot(x, x, transpose_b=True)):
        expected, fresh = f(x).asnumpy(), x.detach()
        assert fresh._kind is None
        np.testing.assert_array_equal(f(fresh).asnumpy(), expected)
        assert fresh._kind is x._kind
        out = f(x)
        if f is mx.nd.relu:
            assert f(x.detach(), out=out) is out
