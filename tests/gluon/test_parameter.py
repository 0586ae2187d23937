"""Parameters and dictionaries of them."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, nd
from mxnb.base import MXNetError
from mxnb.gluon import Constant, DeferredInitializationError, Parameter, ParameterDict


def ready(shape=(2, 3), **kwargs):
    param = Parameter("w", shape=shape, init="ones", **kwargs)
    param.initialize(ctx=[mx.cpu(0)])
    return param


def test_before_initialization():
    param = Parameter("w")
    assert repr(param) == "Parameter w (shape=None, dtype=<class 'numpy.float32'>)"
    for read in (param.data, param.grad, param.list_data):
        with pytest.raises(RuntimeError, match=r"'w' has not been initialized\. Note that you should"):
            read()
    with pytest.raises(RuntimeError, match="'w' has not been initialized"):
        param.list_ctx()
    with pytest.raises(ValueError, match="invalid shape: None"):
        param.initialize()
    with pytest.raises(AssertionError, match="has not been initialized"):
        param.set_data(nd.ones((2,)))
    with pytest.raises(ValueError, match="Cannot reset context"):
        param.reset_ctx(mx.cpu(1))


def test_deferred_initialization():
    param = Parameter("w", shape=(2, 0), init="ones", allow_deferred_init=True)
    param.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    for read in (param.data, param.grad, param.list_data, param.list_grad):
        with pytest.raises(DeferredInitializationError, match="initialization was deferred"):
            read()
    assert param.list_ctx() == [mx.cpu(0), mx.cpu(1)]
    param.shape = (2, 3)
    param._finish_deferred_init()
    assert [array.context for array in param.list_data()] == [mx.cpu(0), mx.cpu(1)]
    assert param.data(mx.cpu(1)).asnumpy().tolist() == [[1.0] * 3] * 2
    with pytest.raises(AssertionError, match=r"'w' has shape \(2, 3\), got the incompatible shape \(2, 4\)"):
        param.shape = (2, 4)
    with pytest.raises(RuntimeError, match=r"not initialized on context cpu\(2\).*\[cpu\(0\), cpu\(1\)\]"):
        param.data(mx.cpu(2))


def test_values_may_come_before_the_shape():
    param = Parameter("w", shape=(2, 0), allow_deferred_init=True)
    param.initialize()
    param.set_data(nd.ones((2, 4)) * 5)
    with pytest.raises(DeferredInitializationError):
        param.data()
    param._finish_deferred_init()
    assert param.data().asnumpy().tolist() == [[5.0] * 4] * 2


def test_initialize_twice():
    param = ready()
    param.set_data(nd.zeros((2, 3)))
    with pytest.warns(UserWarning, match="already initialized, ignoring"):
        param.initialize()
    assert param.data().sum().asscalar() == 0
    param.initialize(force_reinit=True)
    assert param.data().sum().asscalar() == 6


@pytest.mark.parametrize(
    ("own", "explicit", "default", "value"),
    [(None, None, "ones", 1), ("zeros", None, "ones", 0), ("zeros", mx.init.Constant(3), "ones", 3)],
)
def test_which_initializer(own, explicit, default, value):
    param = Parameter("some_bias", shape=(2,), init=own)
    param.initialize(init=explicit, default_init=mx.init.create(default))
    assert param.data().asnumpy().tolist() == [value, value]


def test_mixed_initializer_chooses_by_name():
    params = ParameterDict("net_")
    params.get("weight", shape=(1,))
    params.get("bias", shape=(1,))
    params.initialize(mx.init.Mixed(["bias", ".*"], [mx.init.Constant(5), mx.init.Constant(3)]))
    # Mixed finds the initializer by the name; that one treats a bias as every initializer does.
    assert params["net_weight"].data().asscalar() == 3
    assert params["net_bias"].data().asscalar() in (0, 5)


def test_grad_req():
    param = ready()
    assert param.grad().shape == (2, 3)
    param.grad_req = "null"
    for read in (param.grad, param.list_grad):
        with pytest.raises(RuntimeError, match="because grad_req='null'"):
            read()
    assert param.data().grad is None
    param.grad_req = "add"
    for _ in range(2):
        with autograd.record():
            loss = (param.data() * 2).sum()
        loss.backward()
    assert param.grad().asnumpy().tolist() == [[4.0] * 3] * 2
    param.zero_grad()
    assert param.grad().asnumpy().sum() == 0
    with pytest.raises(AssertionError, match="must be one of 'write', 'add', or 'null', but got 'foo'"):
        param.grad_req = "foo"
    assert Parameter("w", differentiable=False).grad_req == "null"


def test_sparse_storage_is_refused():
    for kwargs in ({"stype": "row_sparse"}, {"grad_stype": "row_sparse"}, {"stype": "csr"}):
        with pytest.raises(MXNetError, match="is not supported"):
            Parameter("w", **kwargs)
    with pytest.raises(AssertionError, match="but got 'foo'"):
        Parameter("w", stype="foo")
    with pytest.raises(RuntimeError, match="Please use data"):
        ready().row_sparse_data(nd.array([0]))


def test_set_data_and_cast():
    param = ready()
    param.set_data(np.full((2, 3), 7.0))
    assert param.data().asnumpy().tolist() == [[7.0] * 3] * 2
    with pytest.raises(AssertionError, match="incompatible"):
        param.set_data(nd.ones((2, 4)))
    param.cast("float64")
    assert param.data().dtype == param.grad().dtype == np.float64
    with autograd.record():
        loss = param.data().sum()
    loss.backward()
    assert param.grad().asnumpy().tolist() == [[1.0] * 3] * 2
    param.dtype = "float16"
    assert param.data().dtype == np.float16


def test_moving_keeps_values():
    param = ready()
    param.set_data(nd.arange(6).reshape((2, 3)))
    param.reset_ctx([mx.cpu(1), mx.cpu(2)])
    assert param.list_ctx() == [mx.cpu(1), mx.cpu(2)]
    assert param.grad(mx.cpu(2)).context == mx.cpu(2)
    assert param.data(mx.cpu(2)).asnumpy().ravel().tolist() == list(range(6))
    param.list_data()[0][:] = 0
    assert param._reduce().asnumpy().ravel().tolist() == [i / 2 for i in range(6)]


def test_var():
    param = Parameter("w", shape=(2, 3), lr_mult=2, wd_mult=0.5, init="zeros")
    attrs = param.var().list_attr()
    assert {k: attrs[k] for k in ("__init__", "__dtype__", "__lr_mult__", "__wd_mult__", "__shape__")} == {
        "__init__": "zeros",
        "__dtype__": "0",
        "__lr_mult__": "2",
        "__wd_mult__": "0.5",
        "__shape__": "(2, 3)",
    }
    assert param.var() is param.var()


def test_constant():
    constant = Constant("c", [1, 2])
    constant.initialize()
    assert repr(constant) == "Constant c (shape=(2,), dtype=<class 'numpy.float32'>)"
    assert constant.data().asnumpy().tolist() == [1.0, 2.0]
    with pytest.warns(UserWarning, match='does not support grad_req other than "null"'):
        constant.grad_req = "write"
    assert constant.grad_req == "null"


# ParameterDict


def test_get():
    params = ParameterDict("net_")
    weight = params.get("weight", shape=(2, 0), init="ones", allow_deferred_init=True)
    assert weight.name == "net_weight"
    assert params.get("weight", shape=(0, 3)) is weight
    assert weight.shape == (2, 3)
    for kwargs, text in (
        ({"shape": (2, 4)}, r"'shape': desired '\(2, 4\)' vs stored '\(2, 3\)'"),
        ({"shape": (2, 3, 4)}, "shape"),
        ({"dtype": "float16"}, "'dtype': desired 'float16'"),
        ({"lr_mult": 5}, "'lr_mult': desired '5' vs stored '1.0'"),
    ):
        with pytest.raises(AssertionError, match=text):
            params.get("weight", **kwargs)
    assert ParameterDict("net_", shared=params).get("weight") is weight
    assert ParameterDict("other_", shared=params).get("weight") is not weight
    assert "net_weight" in params
    assert list(params) == ["net_weight"]


def test_get_constant():
    params = ParameterDict("net_")
    constant = params.get_constant("c", nd.ones((2,)))
    assert params.get_constant("c") is params.get_constant("c", [1, 1]) is constant
    with pytest.raises(AssertionError, match="doesn't match new value"):
        params.get_constant("c", nd.zeros((2,)))
    with pytest.raises(KeyError, match="No constant named 'net_d'"):
        params.get_constant("d")


def test_dictionary_repr_and_update():
    params = ParameterDict("net_")
    params.get("w", shape=(2, 3))
    params.get_constant("c", nd.ones((2,)))
    assert repr(params) == (
        "net_ (\n"
        "  Parameter net_w (shape=(2, 3), dtype=<class 'numpy.float32'>)\n"
        "  Constant net_c (shape=(2,), dtype=<class 'numpy.float32'>)\n"
        ")"
    )
    assert repr(ParameterDict()) == "(\n\n)"
    other = ParameterDict("net_")
    other.get("w")
    with pytest.raises(AssertionError, match="different Parameters with the same name 'net_w'"):
        other.update(params)


def test_save_and_load(tmp_path):
    file = str(tmp_path / "x.params")
    params = ParameterDict("net_")
    params.get("a", shape=(2,), init="ones")
    params.get("b", shape=(3,), init="zeros")
    params.initialize()
    params.save(file)
    assert sorted(nd.load(file)) == ["net_a", "net_b"]
    with pytest.raises(ValueError, match="Prefix 'foo_' is to be striped"):
        params.save(file, strip_prefix="foo_")
    params.save(file, strip_prefix="net_")
    assert sorted(nd.load(file)) == ["a", "b"]

    with pytest.raises(AssertionError, match=r"'net_a' is missing in file.*contains parameters: 'a', 'b'"):
        params.load(file)
    params["net_a"].set_data(nd.zeros((2,)))
    params.load(file, restore_prefix="net_")
    assert params["net_a"].data().asnumpy().tolist() == [1, 1]
    fewer = ParameterDict("net_")
    fewer.get("a", shape=(2,))
    with pytest.raises(AssertionError, match=r"'b' loaded from file.*not present in ParameterDict"):
        fewer.load(file, restore_prefix="net_")
    fewer.load(file, restore_prefix="net_", ignore_extra=True)
    assert fewer["net_a"].data().asnumpy().tolist() == [1, 1]
    with pytest.raises(AssertionError, match="restore_prefix is 'zz_'"):
        params.load(file, restore_prefix="zz_")


def test_load_checks_shapes_and_dtypes(tmp_path):
    file = str(tmp_path / "x.params")
    params = ParameterDict()
    param = params.get("w", shape=(2, 0), allow_deferred_init=True)
    nd.save(file, {"w": nd.ones((3, 3))})
    with pytest.raises(AssertionError, match=r"shape incompatible expected \(2, 0\) vs saved \(3, 3\)"):
        params.load(file)
    nd.save(file, {"arg:w": nd.ones((2, 3), dtype="float16")})
    with pytest.raises(AssertionError, match=r"dtype incompatible.*Set cast_dtype=True"):
        params.load(file)
    params.load(file, cast_dtype=True)
    assert (param.shape, param.data().dtype) == ((2, 3), np.float32)
    params.load(file, cast_dtype=True, dtype_source="saved")
    assert param.data().dtype == np.float16
    with pytest.raises(AssertionError, match="previous initialized on"):
        params.load(file, mx.cpu(2))
    nd.save(file, [nd.ones((1,))])
    with pytest.raises(ValueError, match="without names"):
        params.load(file)
