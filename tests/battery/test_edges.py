"""Edges: scalars, single numbers, empty arrays, NaN and infinity, numbers beyond float16."""

import numpy as np
import pytest
from running import forward, gradients, quiet
from samples import CASES, close
from samples.table import Given, Sample, X

from mxnb.ops import primary
from mxnb.ops.elementwise import Elementwise
from mxnb.ops.reduction import Reduce

SHAPES = [(), (1,), (1, 1, 1), (0,), (2, 0, 3)]
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 700.0, -700.0]


def of(kind):
    return [name for name in CASES if issubclass(primary[name], kind) and not primary[name].internal]


UNARY = [n for n in of(Elementwise) if len(primary[n].inputs) == 1]
BINARY = [n for n in of(Elementwise) if len(primary[n].inputs) == 2]
BROADCAST = ["broadcast_add", "broadcast_maximum", "broadcast_equal", "broadcast_power"]  # all broadcast alike
REDUCTIONS = of(Reduce)


def like(name, *inputs, **params):
    """A sample of an operator with the reference, flags and parameters of its first one, and other inputs."""
    first = CASES[name][0]
    made = Sample(*inputs, **{**first.params, **params})
    made.enter(name, first.reference, 99, {"kind": first.kind})
    return made


def check(sample, gradient=True):
    dtypes = CASES[sample.name][0].dtypes
    dtype = "float64" if "float64" in dtypes else "float32"
    arrays = sample.arrays(dtype)
    with quiet():
        got, _ = forward(sample, arrays)
        expected = sample.expected(arrays)
    for i, (a, b) in enumerate(zip(got, expected)):
        close(a, b, sample.kind, f"result {i}")
    if gradient:
        with quiet():
            for x, g in zip(arrays, gradients(sample, arrays, dtype)):
                assert g.shape == x.shape


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", UNARY)
def test_shapes_of_one_input(name, shape):
    low, high = CASES[name][0].inputs[0].low, CASES[name][0].inputs[0].high
    check(like(name, X(*shape, low=low, high=high)))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", BINARY)
def test_shapes_of_two_inputs(name, shape):
    check(like(name, X(*shape, low=0.5, high=2), X(*shape, low=0.5, high=2)))


@pytest.mark.parametrize(
    "shapes", [((1,), (3,)), ((0, 3), (1, 3)), ((2, 0, 3), (1, 1, 3)), ((1, 1), (1, 1)), ((1, 4), (3, 1))], ids=str
)
@pytest.mark.parametrize("name", BROADCAST)
def test_broadcasting(name, shapes):
    check(like(name, *(X(*s, low=0.5, high=2) for s in shapes)))


@pytest.mark.parametrize("name", UNARY)
def test_special_numbers(name):
    check(like(name, Given(SPECIAL)), gradient=False)


@pytest.mark.parametrize("name", [n for n in BINARY if not n.startswith("broadcast_")])
def test_special_numbers_of_two_inputs(name):
    a, b = (v.ravel() for v in np.meshgrid(SPECIAL, SPECIAL))
    check(like(name, Given(a), Given(b)), gradient=False)


@pytest.mark.parametrize("name", ["_mul_scalar", "exp", "square", "sum", "elemwise_add", "dot", "Cast"])
def test_beyond_float16(name):
    """Results that float16 cannot hold are infinite, without a warning."""
    inputs = {"elemwise_add": [Given([60000.0, -60000.0])] * 2, "dot": [Given([[300.0, 300]]), Given([[300.0], [300]])]}
    params = {"_mul_scalar": {"scalar": 1e6}, "Cast": {"dtype": "float16"}}.get(name, {})
    sample = like(name, *inputs.get(name, [Given([60000.0, 50000.0])]), **params)
    for array in forward(sample, sample.arrays("float16" if name != "Cast" else "float32"))[0]:
        assert np.isinf(array).all() or name == "Cast"


# --- Reductions ------------------------------------------------------------------------------------------------------

START = {"sum": 0, "nansum": 0, "prod": 1, "nanprod": 1, "max": -np.inf, "min": np.inf, "mean": np.nan}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_of_little(name):
    for shape, axis in (((1,), None), ((), None), ((1, 1, 1), 1), ((5, 1), 1), ((1, 5), 0)):
        check(like(name, X(*shape, low=0.5, high=2), axis=axis))


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_of_nothing(name):
    """No numbers at all: what a reduction starts from; no results at all: an empty array."""
    for shape, axis, result in (((0,), None, (1,)), ((2, 0, 3), 1, (2, 3)), ((0, 3), 1, (0,)), ((0, 3), 0, (3,))):
        sample = like(name, X(*shape), axis=axis)
        with quiet():
            ((y,), _) = forward(sample, sample.arrays("float64"))
            (g,) = gradients(sample, sample.arrays("float64"), "float64")
        assert y.shape == result
        assert g.shape == shape
        np.testing.assert_array_equal(y, np.full(result, START.get(name, 0)))


@pytest.mark.parametrize("name", ["max", "min", "sum", "mean", "prod"])
def test_not_a_number_spreads(name):
    for values in ([1, np.nan, 2], [np.nan, 1, 2], [1, 2, np.nan]):
        sample = like(name, Given(values))
        ((y,), _) = forward(sample, sample.arrays("float32"))
        assert np.isnan(y).all()


# --- Empty batches ---------------------------------------------------------------------------------------------------

EMPTY = [  # operator, shapes of the inputs, parameters, shape of the result
    ("FullyConnected", [(0, 3), (4, 3), (4,)], {"num_hidden": 4}, (0, 4)),
    ("dot", [(0, 3), (3, 4)], {}, (0, 4)),
    ("dot", [(2, 0), (0, 4)], {}, (2, 4)),
    ("batch_dot", [(0, 2, 3), (0, 3, 4)], {}, (0, 2, 4)),
    ("Convolution", [(0, 2, 4, 4), (3, 2, 3, 3), (3,)], {"kernel": (3, 3), "num_filter": 3}, (0, 3, 2, 2)),
    ("Deconvolution", [(0, 2, 4, 4), (2, 3, 3, 3)], {"kernel": (3, 3), "num_filter": 3}, (0, 3, 6, 6)),
    ("Pooling", [(0, 2, 4, 4)], {"kernel": (2, 2)}, (0, 2, 3, 3)),
    ("Pooling", [(0, 2, 4, 4)], {"kernel": (2, 2), "pool_type": "avg"}, (0, 2, 3, 3)),
    ("softmax", [(0, 4)], {}, (0, 4)),
    ("softmax", [(4, 0)], {}, (4, 0)),
    ("log_softmax", [(0, 4)], {}, (0, 4)),
    ("SoftmaxOutput", [(0, 4), (0,)], {}, (0, 4)),
    ("LayerNorm", [(0, 3), (3,), (3,)], {}, (0, 3)),
    ("InstanceNorm", [(0, 3, 4), (3,), (3,)], {}, (0, 3, 4)),
    ("BatchNorm", [(0, 3), (3,), (3,), (3,), (3,)], {}, (0, 3)),
    ("L2Normalization", [(0, 3)], {}, (0, 3)),
    ("LRN", [(0, 3, 2)], {"nsize": 3}, (0, 3, 2)),
    ("Activation", [(0, 3)], {"act_type": "relu"}, (0, 3)),
    ("LeakyReLU", [(0, 3)], {}, (0, 3)),
    ("Dropout", [(0, 3)], {}, (0, 3)),
    ("Embedding", [(0,), (4, 3)], {"input_dim": 4, "output_dim": 3}, (0, 3)),
    ("take", [(4, 3), (0,)], {}, (0, 3)),
    ("transpose", [(0, 3)], {}, (3, 0)),
    ("Reshape", [(0, 3)], {"shape": (-1, 3)}, (0, 3)),
    ("Flatten", [(0, 3, 2)], {}, (0, 6)),
    ("Concat", [(2, 0), (2, 3)], {}, (2, 3)),
    ("stack", [(0,), (0,)], {}, (2, 0)),
    ("broadcast_to", [(1, 0)], {"shape": (2, 0)}, (2, 0)),
    ("reverse", [(0, 3)], {"axis": 0}, (0, 3)),
    ("sort", [(0, 3)], {}, (0, 3)),
    ("argsort", [(3, 0)], {}, (3, 0)),
    ("cumsum", [(0, 3)], {}, (0,)),
    ("where", [(0, 3), (0, 3), (0, 3)], {}, (0, 3)),
    ("Cast", [(0, 3)], {"dtype": "float32"}, (0, 3)),
    ("one_hot", [(0,)], {"depth": 3}, (0, 3)),
    ("add_n", [(0, 3), (0, 3)], {}, (0, 3)),
    ("LinearRegressionOutput", [(0, 3), (0, 3)], {}, (0, 3)),
    ("sgd_update", [(0, 3), (0, 3)], {"lr": 0.5}, (0, 3)),
]


@pytest.mark.parametrize(
    ("name", "shapes", "params", "result"), EMPTY, ids=[f"{n}-{i}" for i, (n, *_) in enumerate(EMPTY)]
)
def test_empty_arrays(name, shapes, params, result):
    """They give empty results, or zeros, and gradients of the inputs' shapes."""
    sample = Sample(*(X(*s, low=0.5, high=1) for s in shapes), **params)
    sample.enter(name, None, 98, {"train": name == "Dropout"})
    arrays = sample.arrays("float64")
    got, _ = forward(sample, arrays)
    assert got[0].shape == result
    assert not got[0].any() or 0 not in result
    if sample.op.differentiable:
        positions = sample.wanted(arrays, "float64")
        for i, g in zip(positions, gradients(sample, arrays, "float64")):
            assert g.shape == shapes[i]
            assert np.isfinite(g).all()
