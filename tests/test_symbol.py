"""Symbols: small questions, answered as MXNet 1.9.1 does (golden/symbol_calls.py), and what it does not have."""

import copy
import inspect
import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb.ops import registry

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import symbol_calls  # noqa: E402

ANSWERS = json.loads((GOLDEN / "symbol_calls.json").read_text(encoding="utf-8"))
CALLS = symbol_calls.calls(mx)

#: Questions about operators that are not there yet.
NEEDS = {
    "linalg": "_linalg_gemm2",
    "histogram": "_histogram",
    "exponential of a symbol": "_sample_exponential",
    "normal of symbols": "_sample_normal",
    "negative_binomial": "_random_negative_binomial",
    "multinomial": "_sample_multinomial",
}
#: Where MXNet's answer is not worth having.
BETTER: dict[str, str] = {}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_equals_mxnets(name):
    needed = NEEDS.get(name, name.split()[-1] if name.startswith(("operator ", "inputs of ", "method ")) else "abs")
    if needed not in registry and needed not in ("split_v2", "astype"):
        pytest.skip(f"the operator {needed} is not there yet")
    assert symbol_calls.answer(mx, CALLS[name]) == BETTER.get(name, ANSWERS[name])


def variables(*names):
    return [mx.sym.Variable(name) for name in names]


def test_indices_beyond_mxnets():
    a, b = variables("a", "b")
    group = mx.sym.Group([a, b, a + b])
    assert group[-2].name == "b"
    assert group[np.int64(1)].name == "b"
    assert [s.name for s in group[:2]] == ["a", "b"]
    with pytest.raises(ValueError, match="selects none of the 3 outputs"):
        group[3:]


def test_shapes_by_position():
    net = mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=3, name="fc")
    assert net.infer_shape((2, 4)) == ([(2, 4), (3, 4), (3,)], [(2, 3)], [])
    assert net.infer_type("float16")[1] == [np.float16]
    with pytest.raises(ValueError, match="by position or by name"):
        net.infer_shape((2, 4), x=(2, 4))
    with pytest.raises(ValueError, match="3 arguments"):
        net.infer_shape((1,), (2,), (3,), (4,))


def test_unknown_shapes_warn():
    net = mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=3, name="fc")
    with pytest.warns(UserWarning, match=r"Cannot decide shape .*\n\tx: \(0, 4\)$"):
        assert net.infer_shape(x=(0, 4)) == (None, None, None)
    with pytest.warns(UserWarning, match=r"Cannot decide type .*\n\tx: None\n\tfc_weight: None\n\tfc_bias: None$"):
        assert net.infer_type() == (None, None, None)


def test_inference_errors_name_the_node():
    x, y = variables("x", "y")
    net = mx.sym.FullyConnected(x, num_hidden=3, name="fc")
    with pytest.raises(mx.base.ShapeError, match=r"^FullyConnected 'fc': weight has shape \(3, 5\)"):
        net.infer_shape(x=(2, 4), fc_weight=(3, 5))
    with pytest.raises(mx.base.ShapeError, match=r"^elemwise_add '_plus.*': "):
        (net + y).infer_shape(x=(2, 4), y=(5, 5))
    with pytest.raises(mx.base.DTypeError, match=r"^FullyConnected 'fc': "):
        net.infer_type(x="float16", fc_weight="float32")
    with pytest.raises(mx.MXNetError, match="no argument named 'q'; there are x, fc_weight, fc_bias"):
        net.infer_shape(q=(1,))
    with pytest.raises(TypeError, match="the shape of 'x' is 'a', needs a tuple of ints"):
        net.infer_shape(x="a")
    with pytest.raises(mx.base.DTypeError, match="the dtype of 'x': got 'foo'"):
        net.infer_type(x="foo")
    with pytest.raises(mx.base.ShapeError, match="__shape__='2, x'"):
        (x + mx.sym.Variable("z", attr={"__shape__": "2, x"})).infer_shape(x=(2,))


def test_deep_graphs():
    s = mx.sym.Variable("x")
    for _ in range(3000):
        s = s + 1
    assert s.list_arguments() == ["x"]
    assert s.infer_shape(x=(2,))[1] == [(2,)]
    assert mx.sym.load_json(s.tojson()).name == s.name
    copy.deepcopy(s)


def test_inference_flows_backwards_through_a_chain():
    x, y = variables("x", "y")
    s = x
    for _ in range(50):
        s = mx.sym.exp(s)
    assert (s + y).infer_shape(y=(2, 3))[0] == [(2, 3), (2, 3)]


def test_errors_of_composition_say_what_to_do():
    x = mx.sym.Variable("x")
    with pytest.raises(mx.MXNetError, match=r"_plus_scalar: input 'data' is a symbol with 2 outputs.*choose it with"):
        mx.sym.split(x, num_outputs=2) + 1
    with pytest.raises(TypeError, match="FullyConnected: input 'data' is str, needs a Symbol"):
        mx.sym.FullyConnected("x", num_hidden=3)
    with pytest.raises(mx.MXNetError, match=r"no input 'bias' with these parameters; it has data, weight"):
        mx.sym.FullyConnected(x, bias=x, num_hidden=3, no_bias=True)
    with pytest.raises(mx.MXNetError, match=r"no variable named 'q'; there are x, f_weight, f_bias"):
        mx.sym.FullyConnected(x, num_hidden=3, name="f")(q=x)
    with pytest.raises(mx.MXNetError, match=r"moving_mean is computed by '_plus.*, an aux.* needs a variable"):
        mx.sym.BatchNorm(x, moving_mean=x + 1)
    with pytest.raises(AttributeError, match="no attribute or operator 'NoSuchOperator'"):
        mx.sym.NoSuchOperator(x)


def test_functions_have_signatures():
    function = mx.sym.FullyConnected
    assert function is mx.sym.FullyConnected
    assert function.__name__ == "FullyConnected"
    assert list(inspect.signature(function).parameters)[:4] == ["data", "weight", "bias", "num_hidden"]
    assert "Parameters" in function.__doc__
    assert function.__module__ == "mxnb.symbol"


def test_namespaces():
    assert "FullyConnected" in dir(mx.sym)
    assert mx.sym.op.FullyConnected is mx.sym.FullyConnected
    assert "_plus_scalar" in dir(mx.sym._internal)
    x, y = variables("x", "y")
    assert mx.sym._internal._plus(x, y).name.startswith("_plus")
    for namespace in ("contrib", "linalg", "image", "random", "sparse"):
        assert isinstance(dir(getattr(mx.sym, namespace)), list)
    with pytest.raises(AttributeError, match="no operator 'nope' in 'linalg'"):
        mx.sym.linalg.nope  # noqa: B018


def test_names_and_attributes_are_per_thread():
    found = []

    def work():
        with mx.name.Prefix("t_"), mx.AttrScope(__thread__="1"):
            s = mx.sym.Variable("x") + 1
            found.append((s.name, s.list_attr()))

    with mx.name.Prefix("main_"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert found == [("t__plusscalar0", {"__thread__": "1", "scalar": "1"})]


def test_words_of_kernels_apply_to_symbols():
    from mxnb.kernels import words

    x, y = variables("x", "y")
    assert words.exp(x).attr_dict() == mx.sym.exp(x).attr_dict()
    assert json.loads(words.maximum(x, y).tojson())["nodes"][-1]["op"] == "_maximum"


def test_importing_symbols_compiles_nothing():
    code = "import sys, mxnb; mxnb.sym.Variable('x') + 1; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


# --- Binding ----------------------------------------------------------------------------------------------------------


def layer():
    return mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=3, name="fc")


def test_eval():
    (y,) = (mx.sym.Variable("x") + 1).eval(x=mx.nd.ones(2))
    assert y.asnumpy().tolist() == [2, 2]


def test_bind_by_list_and_by_dict():
    arrays = [mx.nd.ones((2, 3)), mx.nd.ones((3, 3)), mx.nd.ones(3)]
    for args in (arrays, dict(zip(("x", "fc_weight", "fc_bias"), arrays))):
        assert layer().bind(mx.cpu(), args).forward()[0].asnumpy().tolist() == [[4, 4, 4]] * 2


def test_simple_bind_allocates():
    executor = layer().simple_bind(mx.cpu(), x=(2, 5), not_there=(1,), type_dict={"x": "float64"})
    assert {name: (a.shape, a.dtype) for name, a in executor.arg_dict.items()} == {
        "x": ((2, 5), np.float64),
        "fc_weight": ((3, 5), np.float64),
        "fc_bias": ((3,), np.float64),
    }
    assert all(a.asnumpy().sum() == 0 for a in executor.arg_arrays + executor.grad_arrays)


@pytest.mark.parametrize(
    ("grad_req", "with_gradient"),
    [
        ("write", ["x", "fc_weight", "fc_bias"]),
        ("null", []),
        (["add", "null", "write"], ["x", "fc_bias"]),
        ({"fc_weight": "write"}, ["fc_weight"]),
    ],
)
def test_grad_req(grad_req, with_gradient):
    grads = layer().simple_bind(mx.cpu(), grad_req, x=(2, 5)).grad_dict
    assert [name for name in grads if grads[name] is not None] == with_gradient


def test_simple_bind_shares_arrays():
    first = layer().simple_bind(mx.cpu(), x=(2, 5))
    second = layer().simple_bind(mx.cpu(), x=(4, 5), shared_arg_names=["fc_weight", "fc_bias"], shared_exec=first)
    second.arg_dict["fc_weight"][:] = 5
    second.grad_dict["fc_bias"][:] = 6
    assert first.arg_dict["fc_weight"].asnumpy().max() == 5
    assert first.grad_dict["fc_bias"].asnumpy().max() == 6
    buffer = {}
    third = layer().simple_bind(mx.cpu(), x=(2, 5), shared_buffer=buffer)
    fourth = layer().simple_bind(mx.cpu(), x=(3, 5), shared_buffer=buffer)
    assert third.arg_dict["fc_weight"] is fourth.arg_dict["fc_weight"] is buffer["fc_weight"]
    assert fourth.arg_dict["x"].shape == (3, 5)


@pytest.mark.parametrize(
    ("kwargs", "error", "message"),
    [
        ({}, mx.MXNetError, "the shapes of x, fc_weight, fc_bias do not follow from no shapes"),
        ({"x": (0, 3)}, mx.MXNetError, "the shapes of x do not follow"),
        ({"x": (2, 3), "fc_bias": (7,)}, mx.MXNetError, r"^FullyConnected 'fc': bias has shape \(7,\)"),
        ({"x": (2, 3), "grad_req": "foo"}, mx.MXNetError, "grad_req of 'x' is 'foo', needs one of write, add, null"),
        ({"x": (2, 3), "grad_req": ["write"]}, ValueError, "got 1 requests for the 3 arguments"),
        ({"x": (2, 3), "stype_dict": {"x": "csr"}}, mx.MXNetError, "'x' has storage type 'csr', only 'default'"),
        ({"x": (2, 3), "type_dict": {"x": "foo"}}, mx.MXNetError, "got 'foo', needs one of float32"),
    ],
)
def test_simple_bind_refuses(kwargs, error, message):
    with pytest.raises(error, match=message):
        layer().simple_bind(mx.cpu(), **kwargs)


def test_operators_without_parameters_leave_attributes_to_the_user():
    node = mx.sym.relu(mx.sym.Variable("x"), name="r", attr={"mood": "so so"})
    assert node.attr("mood") == "so so"
    node._set_attr(more="1")
    again = mx.sym.load_json(node.tojson())
    assert again.list_attr() == {"mood": "so so", "more": "1"}
    with pytest.raises(mx.MXNetError, match="relu: no parameter named 'mood'"):
        mx.sym.relu(mx.sym.Variable("x"), mood="so so")


def test_empty_and_scalar_results_are_known():
    x = mx.sym.Variable("x")
    assert mx.sym.slice(x, begin=(1,), end=(1,)).infer_shape(x=(3, 4))[1] == [(0, 4)]
    assert mx.sym.slice(x, begin=(1,), end=(1,)).eval(x=mx.nd.ones((3, 4)))[0].shape == (0, 4)
