"""Executor, CachedOp and the memory plan behind them."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, nd, sym
from mxnb.executor import CachedOp
from mxnb.graph import Program

RNG = np.random.RandomState(0)


def net():
    data = sym.Variable("data")
    hidden = sym.Activation(sym.FullyConnected(data, num_hidden=5, name="fc1"), act_type="tanh", name="act")
    return sym.FullyConnected(hidden, num_hidden=3, name="fc2")


def arrays(symbol, **shapes):
    found, _, aux = symbol.infer_shape(**shapes)
    return {n: nd.array(RNG.uniform(-1, 1, s)) for n, s in zip(symbol.list_arguments(), found)}, {
        n: nd.ones(s) for n, s in zip(symbol.list_auxiliary_states(), aux)
    }


def eager(symbol, args, aux=None, training=True, heads=None):
    """Outputs and gradients, operator by operator."""
    args = {n: a.copy() for n, a in args.items()}
    for a in args.values():
        a.attach_grad()
    values = {**args, **(aux or {})}
    with autograd.record(training):
        outs = CachedOp(symbol).eager([values[n] for n in symbol.list_inputs()])
    autograd.backward(outs, heads)
    return [o.asnumpy() for o in outs], {n: a.grad.asnumpy() for n, a in args.items()}


def ones_like(outputs):
    return [nd.ones(o.shape) for o in outputs]


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_bind_with_lists_and_dicts():
    symbol = net()
    args, _ = arrays(symbol, data=(4, 6))
    want, grads = eager(symbol, args)
    for form in (dict, list):
        make = (lambda d: dict(d)) if form is dict else (lambda d: list(d.values()))
        ex = symbol.bind(mx.cpu(), make(args), make({n: nd.zeros(a.shape) for n, a in args.items()}))
        assert [o.shape for o in ex.forward(is_train=True)] == [(4, 3)]
        close(ex.outputs[0].asnumpy(), want[0])
        ex.backward(nd.ones((4, 3)))
        for n, g in grads.items():
            close(ex.grad_dict[n].asnumpy(), g)


def test_requests():
    symbol = net()
    args, _ = arrays(symbol, data=(4, 6))
    _, grads = eager(symbol, args)
    reqs = {"data": "null", "fc1_weight": "add", "fc1_bias": "write"}
    buffers = {n: nd.ones(a.shape) for n, a in args.items()}
    ex = symbol.bind(mx.cpu(), args, buffers, reqs)
    for _ in range(2):
        ex.forward(is_train=True)
        ex.backward(ones_like(ex.outputs))
    close(buffers["fc1_weight"].asnumpy(), 1 + 2 * grads["fc1_weight"])
    close(buffers["fc1_bias"].asnumpy(), grads["fc1_bias"])
    assert (buffers["data"].asnumpy() == 1).all() and (buffers["fc2_weight"].asnumpy() == 1).all()


def test_arrays_are_shared():
    ex = net().simple_bind(mx.cpu(), data=(2, 4))
    ex.arg_dict["data"][:] = np.ones((2, 4))
    ex.arg_dict["fc2_bias"][:] = 3
    ex.arg_dict["fc2_bias"] += 1
    ex.copy_params_from({"fc1_bias": nd.zeros((5,))})
    out = ex.forward()[0]
    assert out is ex.outputs[0] and (out.asnumpy() == 4).all()
    out[:] = 0
    assert (ex.outputs[0].asnumpy() == 0).all()
    assert (ex.forward(fc2_bias=nd.ones((3,)))[0].asnumpy() == 1).all()
    assert list(ex.output_dict) == ["fc2_output"]


@pytest.mark.parametrize("training", [True, False])
def test_second_backward_draws_the_same_numbers(training):
    x = sym.Variable("x")
    net = sym.Dropout(x, p=0.5) * sym.random.uniform(shape=(64,)) + x * sym.random.normal(shape=(64,))
    executor = net.simple_bind(mx.cpu(), x=(64,))
    executor.arg_dict["x"][:] = 1
    mx.random.seed(1)
    out = executor.forward(is_train=training)[0].asnumpy()
    left = nd.random.uniform(shape=3).asnumpy()  # the streams go on as if there had been no backward
    for _ in range(3):
        executor.backward(nd.ones(64))
        np.testing.assert_allclose(executor.grad_dict["x"].asnumpy(), out, rtol=1e-6)
    mx.random.seed(1)
    np.testing.assert_array_equal(executor.forward(is_train=training)[0].asnumpy(), out)
    executor.backward(nd.ones(64))
    executor.backward(nd.ones(64))
    np.testing.assert_array_equal(nd.random.uniform(shape=3).asnumpy(), left)


def test_second_backward_computes_the_values_again():
    symbol = net()
    args, _ = arrays(symbol, data=(4, 6))
    ex = symbol.bind(mx.cpu(), args, {n: nd.zeros(a.shape) for n, a in args.items()})
    with pytest.raises(mx.MXNetError, match="forward"):
        ex.backward()
    ex.forward(is_train=True)
    ex.backward(ones_like(ex.outputs))
    first = {n: g.asnumpy() for n, g in ex.grad_dict.items()}
    ex.backward(ones_like(ex.outputs))
    ex.forward(is_train=False)
    ex.backward(ones_like(ex.outputs))
    for n, g in ex.grad_dict.items():
        np.testing.assert_array_equal(g.asnumpy(), first[n])


def test_reshape_shares_what_stays():
    ex = net().simple_bind(mx.cpu(), data=(4, 6))
    ex.arg_dict["fc1_weight"][:] = 1
    small = ex.reshape(data=(2, 6))
    assert small.forward()[0].shape == (2, 3)
    assert small.arg_dict["fc1_weight"] is ex.arg_dict["fc1_weight"]
    with pytest.raises(AssertionError):
        ex.reshape(data=(8, 6))
    assert ex.reshape(data=(8, 6), allow_up_sizing=True).forward()[0].shape == (8, 3)
    with pytest.raises((AssertionError, mx.MXNetError)):
        ex.reshape(data=(4, 7), allow_up_sizing=True)


def test_head_gradients():
    x, y = sym.Variable("x"), sym.Variable("y")

    def gradients(symbol, given=None, **shapes):
        ex = symbol.simple_bind(mx.cpu(), **shapes)
        ex.forward(is_train=True)
        ex.backward(given)
        return [g.asnumpy().tolist() for g in ex.grad_arrays]

    for symbol in (sym.exp(x), x, sym.Group([sym.MakeLoss(x), sym.exp(x)]), sym.Dropout(x)):
        with pytest.raises(mx.MXNetError, match="is no loss"):
            gradients(symbol, x=(2,))
    with pytest.raises(mx.MXNetError, match=r"exp.* is no loss"):
        gradients(sym.Group([sym.MakeLoss(x), sym.exp(x)]), [nd.ones((2,))], x=(2,))
    assert gradients(sym.Group([sym.exp(x), sym.MakeLoss(x)]), [nd.ones((2,))], x=(2,)) == [[2, 2]]
    assert gradients(sym.Group([sym.exp(x, name="e"), sym.MakeLoss(x)]), {"e_output": nd.ones((2,))}, x=(2,)) == [
        [2, 2]
    ]
    assert gradients(sym.identity(sym.MakeLoss(x)), x=(2,)) == [[1, 1]]
    assert gradients(sym.Group([sym.zeros((2,)), sym.MakeLoss(x)]), x=(2,)) == [[1, 1]]
    for symbol in (sym.BlockGrad(sym.exp(x)), sym.argmax(x, axis=0), sym.round(x), sym.zeros_like(x)):
        assert gradients(symbol, x=(2,)) == [[0, 0]]
    loss = gradients(sym.SoftmaxOutput(x, y), x=(2, 3))
    assert gradients(sym.reshape(sym.SoftmaxOutput(x, y), shape=(-1,)), x=(2, 3)) == loss
    for given, error in (
        ({"foo": nd.ones((2,))}, "foo"),
        ([nd.ones((2,))] * 2, "2 out_grads"),
        (nd.ones((3,)), "(3,)"),
    ):
        with pytest.raises(mx.MXNetError, match=error):
            gradients(sym.exp(x), given, x=(2,))
    with pytest.raises(TypeError, match="NDArray"):
        gradients(sym.exp(x), [np.ones(2)], x=(2,))


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (TypeError, lambda ex: ex.forward(foo=nd.ones((1,)))),
        (ValueError, lambda ex: ex.forward(data=nd.ones((3, 4)))),
        (ValueError, lambda ex: ex.forward(data=np.ones((3, 4)))),
        (ValueError, lambda ex: ex.forward(data=[[1, 2, 3, 4]] * 2)),
        (mx.MXNetError, lambda ex: ex.reshape(data=(8, 4))),
        (mx.MXNetError, lambda ex: ex.reshape(data=(2, 3))),
        (AssertionError, lambda ex: ex.reshape(data=(8, 4))),
    ],
)
def test_error_classes(kind, call):
    ex = net().simple_bind(mx.cpu(), data=(2, 4))
    with pytest.raises(kind):
        call(ex)
    with pytest.raises(mx.MXNetError):
        call(ex)


def test_monitor():
    ex = net().simple_bind(mx.cpu(), data=(2, 4))
    seen = []
    ex.set_monitor_callback(lambda name, array: seen.append((name, array.shape)))
    ex.forward()
    assert seen == [("fc1_output", (2, 5)), ("act_output", (2, 5)), ("fc2_output", (2, 3))]
    ex.set_monitor_callback(lambda name, array: seen.append(name), monitor_all=True)
    ex.forward()
    assert "fc1_weight" in seen


def test_monitor_of_gradients():
    ex = net().simple_bind(mx.cpu(), data=(2, 4), grad_req={"fc1_weight": "write", "fc2_weight": "write"})
    seen = {}
    ex.forward(is_train=True)
    ex.set_monitor_callback(lambda name, array: seen.update({name: array.copy()}))
    ex.backward(nd.ones((2, 3)))
    assert list(seen) == [
        "fc2_backward_output0",
        "fc2_backward_output1",
        "act_backward_output0",
        "fc1_backward_output1",
    ]
    close(seen["fc1_backward_output1"].asnumpy(), ex.grad_dict["fc1_weight"].asnumpy())


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: net().bind(mx.cpu(), [nd.ones((2, 4))]), "args"),
        (lambda: net().bind(mx.cpu(), {"data": nd.ones((2, 4))}), "fc1_weight"),
        (lambda: net().simple_bind(mx.cpu()), "data"),
        (lambda: net().simple_bind(mx.cpu(), data=(2, 4), grad_req="foo"), "foo"),
        (lambda: net().simple_bind(mx.cpu(), data=(2, 4)).forward(foo=nd.ones((1,))), "foo"),
        (lambda: net().simple_bind(mx.cpu(), data=(2, 4)).forward(data=nd.ones((3, 4))), "data"),
    ],
)
def test_errors_name_the_argument(call, text):
    with pytest.raises((mx.MXNetError, ValueError), match=text):
        call()


def test_error_names_the_node():
    args, _ = arrays(net(), data=(2, 4))
    args["fc1_weight"] = nd.ones((5, 7))
    with pytest.raises(mx.MXNetError, match=r"FullyConnected 'fc1': weight.*\(5, 7\).*\(5, 4\)"):
        net().bind(mx.cpu(), args).forward()


# --- The memory plan: graphs that tempt it ---------------------------------------------------------------------------


def _graphs():
    x, y = sym.Variable("x"), sym.Variable("y")
    yield "chain", sym.tanh(sym.exp(sym.sin(x) * 2) + 1)
    yield "reused", (t := sym.sin(x)) * t + t
    yield "same gradient for both", x + y
    yield "variable as output", sym.Group([x, sym.exp(x)])
    yield "output used again", sym.Group([t := sym.exp(x), t * 2, t])
    yield "views", sym.reshape(sym.exp(sym.reshape(x, shape=(-1,))), shape=(2, 6)) * 2
    yield "view as output", sym.Group([sym.reshape(x, shape=(6, 2)), sym.reshape(sym.sin(x), shape=(6, 2))])
    yield (
        "view and its base",
        sym.broadcast_add(t := sym.sin(x), sym.reshape(sym.sum(sym.reshape(t, shape=(-1,))), shape=(1, 1))),
    )
    yield "split", (s := sym.split(x, num_outputs=2, axis=1))[0] * s[1]
    yield "one part unused", sym.exp(sym.split(x, num_outputs=2, axis=1)[1])
    yield "unused argument", sym.Group([sym.sin(x), sym.BlockGrad(y)])
    yield "broadcast", sym.broadcast_mul(sym.exp(x), sym.sum(y, axis=0, keepdims=True)) + y
    yield "fan", sym.concat(*[sym.sin(x * float(k)) for k in range(1, 5)], dim=1)
    yield "pooled", sym.mean(sym.transpose(sym.dot(x, y, transpose_b=True)) * 2)


@pytest.mark.parametrize(("name", "symbol"), list(_graphs()), ids=[n for n, _ in _graphs()])
def test_plans_agree_with_eager(name, symbol):
    args, _ = arrays(symbol, **dict.fromkeys(symbol.list_arguments(), (3, 4)))
    want, grads = eager(symbol, args)
    ex = symbol.bind(mx.cpu(), args, {n: nd.zeros(a.shape) for n, a in args.items()})
    for _ in range(2):
        for got, expected in zip(ex.forward(is_train=True), want):
            close(got.asnumpy(), expected)
        ex.backward(ones_like(ex.outputs))
        for n, g in grads.items():
            close(ex.grad_dict[n].asnumpy(), g)
    op, variables = CachedOp(symbol), {n: a.copy() for n, a in args.items()}
    for a in variables.values():
        a.attach_grad()
    with autograd.record():
        outs = op(*[variables[n] for n in op.names])
    autograd.backward(outs if isinstance(outs, list) else [outs])
    for got, expected in zip(outs if isinstance(outs, list) else [outs], want):
        close(got.asnumpy(), expected)
    for n, g in grads.items():
        close(variables[n].grad.asnumpy(), g)


def test_memory_is_reused():
    x = sym.Variable("x")
    for _ in range(20):
        x = sym.sin(x)
    specs = {"x": ((100, 100), np.dtype("float32"))}
    assert Program(x, mx.cpu(), False, specs).nbytes == 0  # one step, from the input to the output
    predict = Program(x, mx.cpu(), False, specs, fused=False)
    assert predict.nbytes == 40000  # element-wise steps write over their inputs
    train = Program(x, mx.cpu(), True, specs, ["x"])
    assert train.nbytes <= 21 * 40000


# --- CachedOp --------------------------------------------------------------------------------------------------------


def test_calls_before_backward_keep_their_values():
    op = CachedOp(sym.exp(sym.Variable("x")))
    x, y = nd.array([1.0, 2.0]), nd.array([3.0, 4.0])
    x.attach_grad()
    y.attach_grad()
    with autograd.record():
        total = op(x) * op(y) + op(x)
    total.backward()
    ex, ey = np.exp(x.asnumpy()), np.exp(y.asnumpy())
    close(x.grad.asnumpy(), ex * ey + ex)
    close(y.grad.asnumpy(), ex * ey)


def test_working_memory_comes_back():
    op = CachedOp(sym.exp(sym.sin(sym.Variable("x"))))
    x = nd.ones((4,))
    x.attach_grad()
    for _ in range(5):
        with autograd.record():
            y = op(x)
        y.backward()
        with autograd.record():
            op(x)  # thrown away
    ((_, free, _),) = op._programs.values()
    assert 1 <= len(free) <= 2


def test_second_order_through_cached_op():
    v = sym.Variable("x")
    op = CachedOp(v * sym.sin(v))
    x = nd.array([0.5, 1.5])
    x.attach_grad()
    with autograd.record():
        y = op(x)
        (first,) = autograd.grad(y, [x], create_graph=True)
    first.backward()
    v = x.asnumpy()
    close(x.grad.asnumpy(), 2 * np.cos(v) - v * np.sin(v))


def test_cached_op_from_many_threads():
    from concurrent.futures import ThreadPoolExecutor

    op = CachedOp(net())
    args, _ = arrays(net(), data=(4, 6))
    want = op(*[args[n] for n in op.names]).asnumpy()

    def call(_):
        return op(*[args[n] for n in op.names]).asnumpy()

    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(call, range(40)):
            np.testing.assert_array_equal(got, want)
