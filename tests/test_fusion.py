"""Fused programs against the same ones step by step: the numbers are equal, not only close."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import fusion, nd, sym
from mxnb.fusion import Fused
from mxnb.kernels import fused
from mxnb.kernels.fused import Call, Chain, End
from mxnb.kernels.words import exp, maximum, minimum, reduce_add, reduce_max
from mxnb.ops import registry

UNARY = ["negative", "abs", "square", "exp", "sigmoid", "tanh", "relu", "sin", "softsign", "erf", "log1p", "identity"]
BINARY = ["broadcast_add", "broadcast_sub", "broadcast_mul", "broadcast_div", "broadcast_maximum", "broadcast_greater"]
SAME = ["elemwise_add", "elemwise_mul", "elemwise_sub"]
SCALAR = ["_plus_scalar", "_mul_scalar", "_rminus_scalar", "_maximum_scalar", "_rdiv_scalar"]
REDUCTIONS = ["sum", "mean", "max", "min", "norm"]


def random_symbol(rng, size):
    """A graph of about `size` element-wise nodes over arrays that broadcast, with one to three outputs."""
    shape = (int(rng.randint(1, 4)), int(rng.randint(1, 6)), int(rng.randint(8, 150)))
    shapes = {"x0": shape, "x1": shape}
    for i in range(2, 4):
        shapes[f"x{i}"] = tuple(n if rng.rand() < 0.5 else 1 for n in shape)
    values = [(sym.Variable(n), s) for n, s in shapes.items()]
    for _ in range(size):
        kind = rng.choice(["unary", "binary", "scalar", "same", "where", "clip", "activation", "sum"])
        a, s = values[rng.randint(len(values))]
        b, t = values[rng.randint(len(values))]
        alike = [v for v, other in values if other == s]
        c = alike[rng.randint(len(alike))]
        if kind == "unary":
            made = getattr(sym, rng.choice(UNARY))(a)
        elif kind == "binary":
            made, s = getattr(sym, rng.choice(BINARY))(a, b), np.broadcast_shapes(s, t)
        elif kind == "scalar":
            made = getattr(sym._internal, rng.choice(SCALAR))(a, scalar=float(rng.uniform(0.2, 2)))
        elif kind == "same":
            made = getattr(sym, rng.choice(SAME))(a, c)
        elif kind == "where":
            made = sym.where(a > 0.1, c, a)
        elif kind == "clip":
            made = sym.clip(a, a_min=-0.5, a_max=0.75)
        elif kind == "activation" and rng.rand() < 0.3:
            made = sym.LeakyReLU(a, act_type="elu")
        elif kind == "activation":
            made = sym.Activation(a, act_type=rng.choice(["relu", "sigmoid", "softrelu", "tanh"]))
        else:
            made = sym.add_n(a, c, a)
        values.append((made, s))
    ends = rng.choice(np.arange(4, len(values)), size=rng.randint(1, 4))
    return sym.Group([values[i][0] for i in {len(values) - 1, *map(int, ends)}]), shapes


def run(symbol, args, req, fused_on, monkeypatch, ctx=None, dtype="float32"):
    monkeypatch.setenv("MXNB_FUSION", "1" if fused_on else "0")
    ctx = ctx or mx.cpu()
    names = symbol.list_arguments()
    arrays = {n: nd.array(args[n], ctx=ctx, dtype=dtype) for n in names}
    grads = {n: nd.ones(a.shape, ctx=ctx, dtype=dtype) for n, a in arrays.items()}
    states = zip(symbol.list_auxiliary_states(), symbol.infer_shape(**{n: a.shape for n, a in arrays.items()})[2])
    aux = {n: nd.ones(s, ctx=ctx) * 0.5 for n, s in states}
    ex = symbol.bind(ctx, arrays, grads, grad_req=req, aux_states=aux)
    outs = [o.asnumpy().copy() for o in ex.forward(is_train=True)]
    ex.backward([nd.array(np.cos(np.arange(o.size)).reshape(o.shape), ctx=ctx, dtype=dtype) for o in ex.outputs])
    steps = ex._program(True, True)[0].steps
    return outs, {n: g.asnumpy() for n, g in grads.items()}, steps


@pytest.mark.parametrize("seed", range(8))
def test_random_graphs_agree_exactly(seed, monkeypatch):
    monkeypatch.setattr("mxnb.fusion.SMALL", 1)
    monkeypatch.setattr("mxnb.fusion.ROW", 1 << 40)  # no sums: their order differs
    rng = np.random.RandomState(seed)
    symbol, shapes = random_symbol(rng, 10)
    args = {n: rng.uniform(-1.2, 1.2, s) for n, s in shapes.items()}
    req = {n: rng.choice(["write", "add", "null"], p=[0.6, 0.2, 0.2]) for n in symbol.list_arguments()}
    dtype = "float64" if seed % 4 == 3 else "float32"
    outs, grads, steps = run(symbol, args, req, True, monkeypatch, dtype=dtype)
    want_outs, want_grads, alone = run(symbol, args, req, False, monkeypatch, dtype=dtype)
    assert not any(isinstance(s.op, Fused) for s in alone)
    assert any(isinstance(s.op, Fused) for s in steps) and len(steps) < len(alone)
    for got, want in zip(outs, want_outs):
        np.testing.assert_array_equal(got, want)
    for name, want in want_grads.items():
        np.testing.assert_array_equal(grads[name], want, err_msg=name)


@pytest.mark.parametrize("seed", range(4))
def test_random_graphs_that_end_in_reductions(seed, monkeypatch):
    """Sums agree to rounding, also where numbers are NaN or infinite."""
    monkeypatch.setattr("mxnb.fusion.SMALL", 1)
    monkeypatch.setattr("mxnb.fusion.ROW", 8)
    rng = np.random.RandomState(100 + seed)
    symbol, shapes = random_symbol(rng, 8)
    heads = list(symbol)
    total = heads[-1]
    for kind in rng.choice(REDUCTIONS, 2, replace=False):
        axes = [{"axis": -1}, {"axis": (1, 2)}, {"axis": (0, 2), "keepdims": True}, {}][rng.randint(4)]
        heads.append(getattr(sym, kind)(total if rng.rand() < 0.7 else heads[0], **axes))
    heads.append(sym.broadcast_sub(total, sym.mean(total, axis=-1, keepdims=True)))
    symbol = sym.Group(heads)
    args = {n: rng.uniform(-1.2, 1.2, s) for n, s in shapes.items()}
    if seed % 2:
        args["x0"].flat[::7], args["x0"].flat[3::11] = np.nan, np.inf
    dtype = "float64" if seed == 2 else "float32"
    outs, grads, steps = run(symbol, args, "write", True, monkeypatch, dtype=dtype)
    want_outs, want_grads, alone = run(symbol, args, "write", False, monkeypatch, dtype=dtype)
    assert len(steps) < len(alone)
    assert any(isinstance(s.op, Fused) for s in steps)
    for got, want in zip(outs, want_outs):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)
    for name, want in want_grads.items():
        np.testing.assert_allclose(
            grads[name],
            want,
            rtol=2e-5,
            atol=2e-5 * max(1, np.nanmax(np.abs(want[np.isfinite(want)]), initial=0)),
            err_msg=name,
        )


def test_softmax_of_single_operators(monkeypatch):
    """A reduction whose result is read by the chain that it ends does not join it."""
    monkeypatch.setattr("mxnb.fusion.SMALL", 1)
    x = sym.Variable("x")
    e = sym.exp(sym.broadcast_sub(x * 2, sym.max(x * 2, axis=1, keepdims=True)))
    symbol = sym.broadcast_div(e, sym.sum(e, axis=1, keepdims=True))
    args = {"x": np.random.RandomState(0).normal(0, 1, (6, 150))}
    outs, grads, steps = run(symbol, args, "write", True, monkeypatch)
    want, want_grads, alone = run(symbol, args, "write", False, monkeypatch)
    assert len(steps) < len(alone)
    np.testing.assert_allclose(outs[0], want[0], rtol=1e-6)
    np.testing.assert_allclose(outs[0].sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(grads["x"], want_grads["x"], rtol=1e-4, atol=1e-6)


def test_cheap_values_are_computed_again(monkeypatch):
    """A loss and its gradient read their inputs, and keep what is dear only."""
    a, b = sym.Variable("a"), sym.Variable("b")
    rng = np.random.RandomState(0)
    args = {n: rng.uniform(-1, 1, (64, 256)) for n in "ab"}
    for loss, stored in (
        (sym.square(a - b), 0), (sym.where((a - b) > 0, a - b, 0.5 * sym.square(a - b)), 0),
        (sym.tanh(a - b) * (a - b), 1),
    ):  # fmt: skip
        symbol = sym.mean(loss, axis=1)
        outs, grads, steps = run(symbol, args, "write", True, monkeypatch)
        want, want_grads, _ = run(symbol, args, "write", False, monkeypatch)
        assert [s.op.name for s in steps if not s.alias] == ["_fused", "_div_scalar", "_fused"]
        assert [shape for shape, _ in steps[0].plan.out_specs].count((64, 256)) == stored
        np.testing.assert_allclose(outs[0], want[0], rtol=1e-6)
        for name, want_grad in want_grads.items():
            np.testing.assert_array_equal(grads[name], want_grad)


@pytest.mark.parametrize(("function", "is_cheap"), [
    (lambda x: x * 2 + 1, True), (lambda x: maximum(x, 0) / 3, True), (lambda x: exp(x), False), (exp, False),
    (minimum, True), ((lambda f: lambda x: f(x, x))(lambda a, b: a * exp(b)), False),
])  # fmt: skip
def test_what_is_cheap(function, is_cheap):
    assert fusion.cheap(function) == is_cheap


@pytest.mark.parametrize(("shape", "label", "axes", "keepdims", "joined"), [
    ((6, 100), (6,), (-1, 1), True, True), ((6, 100), (6, 1), (1, -1), False, True),
    ((3, 4, 50), (3, 4), (-1, 2), False, True),
    ((3, 50, 4), (3, 4), (1, 1), True, False), ((100,), (1,), (-1, -1), False, True),
])  # fmt: skip
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_picked_log_softmax(shape, label, axes, keepdims, joined, dtype, monkeypatch):
    rng = np.random.RandomState(0)
    x, y = sym.Variable("x"), sym.Variable("y")
    symbol = sym.pick(sym.log_softmax(x, axis=axes[0]), y, axis=axes[1], keepdims=keepdims)
    symbol = symbol * 3 if len(shape) == 1 else -symbol
    args = {"x": rng.normal(0, 2, shape), "y": rng.randint(-1, 1 + shape[axes[0]], label)}
    if len(shape) == 2:
        args["x"][1, 3], args["x"][2, 5], args["x"][3, :] = np.inf, np.nan, -np.inf
    outs, grads, steps = run(symbol, args, "write", True, monkeypatch, dtype=dtype)
    want, want_grads, _ = run(symbol, args, "write", False, monkeypatch, dtype=dtype)
    names = [s.op.name for s in steps if not s.alias]
    assert (names[0] == "_picked_log_softmax") == joined
    assert not joined or len(shape) == 1 or names[1:] == ["_cross_entropy_gradient", "_zeros"]
    close = {"rtol": 4e-3, "atol": 4e-3} if dtype == "float16" else {"rtol": 2e-6, "atol": 2e-6}
    assert outs[0].shape == want[0].shape
    np.testing.assert_allclose(outs[0], want[0], **close)
    for name, g in want_grads.items():
        np.testing.assert_allclose(grads[name], g, **close)


def test_results_in_another_shape_are_not_copied(monkeypatch):
    """What is reshaped at the end lies in the caller's memory from the beginning, forward and backward."""
    x, w = sym.Variable("x"), sym.Variable("w")
    y = sym.dot(sym.reshape(x, shape=(-1, 6)), w)
    flat = sym.reshape(y, shape=(-1,))
    symbol = sym.Group(
        [flat, sym.reshape(y, shape=(5, 2, 8)), y * 2, sym.reshape(x, shape=(-1,)), sym.reshape(y * 3, shape=(10, 8))]
    )
    rng = np.random.RandomState(0)
    args = {"x": rng.normal(0, 1, (5, 2, 6)), "w": rng.normal(0, 1, (6, 8))}
    for req in ("write", "add", {"x": "null", "w": "write"}):
        outs, grads, steps = run(symbol, args, req, True, monkeypatch)
        want, want_grads, _ = run(symbol, args, req, False, monkeypatch)
        assert sum(s.spared for s in steps) >= 1
        for a, b in zip(outs, want):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(outs[0].reshape(10, 8), args["x"].reshape(10, 6) @ args["w"], rtol=1e-5, atol=1e-5)
        for name, g in want_grads.items():
            np.testing.assert_allclose(grads[name], g, rtol=1e-5, atol=1e-5)


def test_activations_join_the_layer_before(monkeypatch):
    x = sym.Variable("x")
    c1 = sym.Activation(sym.Convolution(x, kernel=(3, 3), num_filter=8, pad=(1, 1), name="c1"), act_type="relu")
    c2 = sym.Convolution(c1, kernel=(3, 3), num_filter=8, pad=(1, 1), name="c2")
    both = sym.Activation(c2, act_type="tanh") + c2  # two read c2: it stays
    symbol = sym.Activation(sym.Convolution(both, kernel=(1, 1), num_filter=4, name="c3"), act_type="sigmoid")
    shapes, _, _ = symbol.infer_shape(x=(2, 3, 20, 20))
    rng = np.random.RandomState(0)
    args = {n: rng.uniform(-0.5, 0.5, s) for n, s in zip(symbol.list_arguments(), shapes)}
    outs, grads, steps = run(symbol, args, "write", True, monkeypatch)
    want, want_grads, _ = run(symbol, args, "write", False, monkeypatch)
    assert [s.op.name for s in steps[:4]] == [
        *["_activated_convolution", "Convolution", "_fused", "_activated_convolution"]
    ]
    np.testing.assert_allclose(outs[0], want[0], rtol=1e-6, atol=1e-7)
    for name, g in want_grads.items():
        np.testing.assert_allclose(grads[name], g, rtol=1e-5, atol=1e-6, err_msg=name)


def test_a_monitor_sees_what_is_inside():
    x = sym.Variable("x")
    y = sym.sigmoid(sym.exp(x, name="e") * 2, name="s") + x
    ex = y.simple_bind(mx.cpu(), x=(80, 80))
    seen = []
    ex.forward(is_train=True)
    ex.set_monitor_callback(lambda name, array: seen.append(name))
    ex.forward(is_train=True)
    ex.backward(nd.ones((80, 80)))
    assert {"e_output", "s_output"} <= set(seen) and "s_backward_output0" in seen
    ex.set_monitor_callback(None)
    ex.forward(is_train=True)
    assert len(ex._program(True, True)[0].steps) == 2  # one for each direction


def test_values_that_are_asked_for_are_outputs():
    x = sym.Variable("x")
    y = sym.sqrt(sym.square(sym.sin(x, name="a"), name="b") + 1, name="c")
    inside = y.get_internals()
    ex = sym.Group([inside["a_output"], inside["b_output"], y]).simple_bind(mx.cpu(), grad_req="null", x=(3, 4))
    x = np.linspace(-3, 3, 12).reshape(3, 4).astype("float32")
    a, b, c = (o.asnumpy() for o in ex.forward(x=x))
    np.testing.assert_allclose(a, np.sin(x), rtol=1e-6)
    np.testing.assert_array_equal(b, a * a)
    np.testing.assert_allclose(c, np.sqrt(b + 1), rtol=1e-6)
    assert [s.op.name for s in ex._program(False, False)[0].steps] == ["_fused"]


def test_states_and_random_numbers_stay_in_order(monkeypatch):
    x = sym.Variable("x")
    normal = sym.BatchNorm(sym.tanh(x * 2 + 1), name="bn")
    symbol = sym.Dropout(sym.relu(normal) * sym.sigmoid(normal), p=0.5) + normal
    got = {}
    for on in ("1", "0"):
        monkeypatch.setenv("MXNB_FUSION", on)
        mx.random.seed(3)
        ex = symbol.simple_bind(mx.cpu(), x=(16, 32, 12, 12))
        ex.arg_dict["x"][:] = mx.nd.random.normal(shape=(16, 32, 12, 12))
        ex.arg_dict["bn_gamma"][:] = 1
        ex.forward(is_train=True)
        ex.backward(nd.ones((16, 32, 12, 12)))
        got[on] = [a.asnumpy() for a in (*ex.outputs, *ex.grad_arrays, *ex.aux_arrays)]
    for a, b in zip(got["1"], got["0"]):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("options", [{}, {"axes": (1,)}, {"mode": "always"}, {"p": 0.0}])
def test_dropout_joins_with_the_same_numbers(options, monkeypatch):
    """Its mask is drawn where it was, and the product is part of the chain, forward and backward."""
    x, y = sym.Variable("x"), sym.Variable("y")
    hidden = sym.Dropout(sym.tanh(x * 2 + y), **{"p": 0.3, **options})
    symbol = sym.Dropout(sym.relu(hidden) + y, p=0.5) * x
    rng = np.random.RandomState(0)
    args = {n: rng.uniform(-1, 1, (40, 150)) for n in "xy"}
    found = []
    for on in (True, False):
        mx.random.seed(7)
        found.append(run(symbol, args, "write", on, monkeypatch))
    (outs, grads, steps), (want, want_grads, alone) = found
    names = [s.op.name for s in steps if not s.alias]
    draws = 1 + (options.get("p") != 0)
    assert names == ["_draw"] * draws + ["_fused"] * 2 and "Dropout" in [s.op.name for s in alone]
    np.testing.assert_array_equal(outs[0], want[0])
    for name, g in want_grads.items():
        np.testing.assert_array_equal(grads[name], g)


def test_dropout_alone_stays_one_kernel(monkeypatch):
    x, w = sym.Variable("x"), sym.Variable("w")
    symbol = sym.dot(sym.Dropout(sym.dot(x, w)), w)
    args = {n: np.ones((80, 80)) for n in "xw"}
    steps = run(symbol, args, "write", True, monkeypatch)[2]
    assert [s.op.name for s in steps][1] == "Dropout" and "_draw" not in [s.op.name for s in steps]


def test_what_gives_its_input_is_left_out(monkeypatch):
    """Dropout in prediction, casts to the same dtype."""
    x = sym.Variable("x")
    symbol = sym.exp(sym.cast(sym.Dropout(x * 2), dtype="float32")) + 1
    ex = symbol.simple_bind(mx.cpu(), grad_req="null", x=(80, 80))
    ex.arg_dict["x"][:] = 0.5
    np.testing.assert_allclose(ex.forward()[0].asnumpy(), np.e + 1, rtol=1e-6)
    assert [s.op.name for s in ex._program(False, False)[0].steps] == ["_fused"]
    same = sym.Dropout(sym.Variable("x")).simple_bind(mx.cpu(), grad_req="null", x=(3,))
    same.arg_dict["x"][:] = 7
    out = same.forward()[0]
    same.arg_dict["x"][:] = 0  # the output is no view of the input
    assert out.asnumpy().tolist() == [7, 7, 7]


@pytest.mark.parametrize(("given", "inside"), [("float16", "float32"), ("int32", "float32"), ("int64", "float64")])
def test_casts_join(given, inside, monkeypatch):
    """Where numbers are read in another dtype, and where they are stored as float16."""
    x, y = sym.Variable("x"), sym.Variable("y")
    wide = sym.cast(x, dtype=inside)
    symbol = sym.tanh(wide * 0.5 * y) + wide
    if given == "float16":
        symbol = sym.Group([sym.cast(symbol, dtype="float16"), symbol])
    rng = np.random.RandomState(0)
    values = {"x": rng.uniform(-9, 9, (5, 900)).astype(given), "y": rng.uniform(-1, 1, (5, 900)).astype(inside)}
    found = []
    for on in ("1", "0"):
        monkeypatch.setenv("MXNB_FUSION", on)
        args = {n: nd.array(v, dtype=v.dtype) for n, v in values.items()}
        grads = {n: nd.zeros(v.shape, dtype=v.dtype) for n, v in values.items()}
        ex = symbol.bind(mx.cpu(), args, grads, grad_req={"x": "write" if given == "float16" else "null", "y": "write"})
        outs = ex.forward(is_train=True)
        ex.backward([nd.ones(o.shape, dtype=o.dtype) for o in outs])
        found.append([a.asnumpy() for a in (*outs, *grads.values())])
        steps = [s.op.name for s in ex._program(True, True)[0].steps if not s.alias]
        assert steps == ["_fused"] * 2 if on == "1" else "Cast" in steps
    for got, want in zip(*found):
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)


def test_kernel_and_its_definition():
    shapes = [(5, 700), (5, 1), (700,), (1, 1)]
    where = fused.layout((5, 700), shapes)
    assert where.modes == (fused.WHOLE, fused.FIXED, fused.ALONG, fused.FIXED)
    calls = (
        Call(lambda a, b: a * b, (0, 1)),
        Call(lambda a, b: a + b, (4, 2)),
        Call(lambda x, low, high: minimum(maximum(x, low), high), (5,), 0, 2),
        Call(lambda a, b: a / b, (6, 3)),
    )
    chain = Chain(where.modes, calls, (7, 5))
    rng = np.random.RandomState(0)
    xs = [rng.uniform(0.5, 2, s).astype("float32") for s in shapes]
    got, want = ([np.zeros((5, 700), "float32") for _ in range(2)] for _ in range(2))
    fused.bind(chain, where, np.dtype("float32"), [-1.0, 3.0], mx.cpu())(*got, *xs)
    fused.naive(chain, np.array([-1.0, 3.0], "float32"), want, xs)
    for a, b in zip(got, want):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("width", [64, 700, 9001])
def test_ends_and_their_definition(width, monkeypatch):
    shapes = [(2, 3, width), (1, 3, 1)]
    ends = [(2, 1, 1), (1, 3, 1), (1, 1, 1)]
    where = fused.layout((2, 3, width), shapes + ends)
    calls = (Call(lambda a, b: a * b, (0, 1)), Call(lambda x: 1 / x, (2,)))  # a tail's zeros would be infinite
    add = lambda a, b: a + b
    chain = Chain(
        where.modes[:2],
        calls,
        (2,),
        (End(3, maximum, reduce_max, -np.inf), End(2, add, reduce_add, 0.0), End(1, add, reduce_add, 0.0)),
    )
    rng = np.random.RandomState(0)
    xs = [rng.uniform(0.5, 2, s).astype("float32") for s in shapes]
    got, want = ([np.zeros(s, t) for s in [(2, 3, width), *ends]] for t in ("float32", "float64"))
    kinds = {n: registry[n].kernels for n in ("max", "sum")}
    finish = [(kinds["max"], 3 * width), (kinds["sum"], 2 * width), (kinds["sum"], 6 * width)]
    fused.bind(chain, where, np.dtype("float32"), [], mx.cpu(), finish)(*got, *xs)
    fused.naive(chain, np.empty(0, want[0].dtype), want, xs)
    for a, b in zip(got, want):
        np.testing.assert_allclose(a, b, rtol=2e-5)


def test_layouts():
    where = fused.layout((2, 3, 4), [(2, 3, 4), (3, 1), (4,), (2, 1, 1)])
    assert (where.rows, where.width, where.modes) == (6, 4, (fused.WHOLE, fused.FIXED, fused.ALONG, fused.FIXED))
    assert where.starts.reshape(3, 6).tolist() == [[0, 1, 2, 0, 1, 2], [0] * 6, [0, 0, 0, 1, 1, 1]]
    assert fused.layout((2, 3, 4), [(2, 3, 4), (2, 3, 4)])[:2] == (1, 24)


def test_the_switch_is_0_or_1(monkeypatch):
    monkeypatch.setenv("MXNB_FUSION", "yes")
    with pytest.raises(mx.MXNetError, match="MXNB_FUSION is 'yes'"):
        sym.exp(sym.Variable("x")).simple_bind(mx.cpu(), x=(2,))


@pytest.mark.parametrize(("shape", "options"), [
    ((4, 5, 6, 7), {}), ((6, 70), {}), ((4, 5, 6, 7), {"use_global_stats": True}), ((3, 4, 33), {"fix_gamma": True}),
    ((3, 6, 5, 4), {"axis": 2}),
])  # fmt: skip
def test_normalization_rectifies(shape, options, monkeypatch):
    x = sym.Variable("x")
    normal = sym.BatchNorm(sym.identity(x), name="bn", **{"fix_gamma": False, **options})
    symbol = sym.Activation(normal, act_type="relu") * 2
    shapes, _, _ = symbol.infer_shape(x=shape)
    rng = np.random.RandomState(0)
    args = {n: rng.uniform(-0.5, 1, s) for n, s in zip(symbol.list_arguments(), shapes)}
    outs, grads, steps = run(symbol, args, "write", True, monkeypatch)
    want, want_grads, _ = run(symbol, args, "write", False, monkeypatch)
    assert "_rectified_batch_norm" in [s.op.name for s in steps]
    assert "_backward_relu" not in [s.op.name for s in steps]
    np.testing.assert_array_equal(outs[0], want[0])
    for name, g in want_grads.items():
        np.testing.assert_allclose(grads[name], g, rtol=1e-5, atol=1e-5, err_msg=name)


def test_the_largest_kernel_compiles_deep_in_a_program():
    """Python's recursion is limited, and the compiler's own calls are deep."""
    calls = [Call(lambda a, b: a * b + b, (i % 8, (i + 3) % 8)) for i in range(fusion.MOST_CALLS)]
    chain = Chain((fused.WHOLE,) * 8, tuple(calls), tuple(range(8 + len(calls) - 8, 8 + len(calls))))
    assert len(chain.modes) + len(chain.outputs) == fusion.MOST_ARRAYS
    where = fused.layout((100,), [(100,)] * 8)

    def deep(n):
        return deep(n - 1) if n else fused.bind(chain, where, np.dtype("float32"), [], mx.cpu())

    xs = [np.full(100, i + 1, "float32") for i in range(8)]
    ys, want = ([np.zeros(100, "float32") for _ in range(8)] for _ in range(2))
    deep(300)(*ys, *xs)
    fused.naive(chain, np.empty(0, want[0].dtype), want, xs)
    np.testing.assert_array_equal(ys, want)


def test_normalized_is_made_again_and_not_kept(monkeypatch):
    x, n, shape = sym.Variable("x"), 3, (4, 16, 9, 7)
    for i in range(n):
        x = sym.Convolution(x, num_filter=16, num_group=16, kernel=(3, 3), pad=(1, 1), no_bias=True, name=f"conv{i}")
        x = sym.BatchNorm(x, fix_gamma=i == 1, name=f"norm{i}")
        x = sym.relu(x) if i else x
    found = []
    for least in (0, 1 << 40):
        monkeypatch.setattr("mxnb.graph.CACHED", least)
        rng = np.random.RandomState(0)
        bound = x.simple_bind(mx.cpu(), x=shape)
        for array in bound.arg_arrays:
            array[:] = rng.uniform(0.5, 1.5, array.shape) * (1 if array.ndim == 1 else rng.choice([-1, 1], array.shape))
        bound.forward(is_train=True)
        bound.backward([nd.array(rng.randn(*bound.outputs[0].shape))])
        ((program, _),) = bound._programs.values()
        names = [step.op.name for step in program.steps]
        assert names.count("_normalized") == (n - 1 if least == 0 else 0)  # nobody reads the last one
        if least:  # gradients lie over those that they are made of
            for step in program.steps:
                if step.op.name == "_backward__rectified_batch_norm":
                    assert step.ins[0] in program.external or program.place[step.outs[0]] == program.place[step.ins[0]]
        found.append((program.nbytes, [g.asnumpy() for g in bound.grad_arrays]))
    assert found[0][0] < found[1][0]
    for again, kept in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_array_equal(again, kept)
