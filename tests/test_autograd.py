"""Recording, gradients, gradients of gradients, custom functions."""

import contextlib
import itertools
import json

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, nd
from mxnb.gluon import loss, nn, rnn
from mxnb.ops import registry


def variable(values, req="write"):
    x = nd.array(values)
    x.attach_grad(req)
    return x


def test_scopes():
    assert not autograd.is_recording() and not autograd.is_training()
    with autograd.record():
        assert autograd.is_recording() and autograd.is_training()
        with autograd.pause():
            assert not autograd.is_recording() and not autograd.is_training()
        with autograd.predict_mode():
            assert autograd.is_recording() and not autograd.is_training()
    with autograd.record(train_mode=False):
        assert autograd.is_recording() and not autograd.is_training()
    with autograd.train_mode():
        assert not autograd.is_recording() and autograd.is_training()
    assert autograd.set_recording(True) is False and autograd.set_recording(False) is True


def test_gradient_and_buffer():
    x = variable([1, 2, 3])
    buffer = x.grad
    assert buffer.asnumpy().tolist() == [0, 0, 0]
    for _ in range(2):
        with autograd.record():
            y = x * x + 2 * x
        y.backward()
        assert x.grad is buffer and x.grad.asnumpy().tolist() == [4, 6, 8]
    assert y.grad is None


def test_head_gradients():
    x = variable([1, 2])
    with autograd.record():
        y, z = x * 2, x * 3
    autograd.backward([y, z], [None, nd.array([1, 10])])
    assert x.grad.asnumpy().tolist() == [5, 32]


@pytest.mark.parametrize(("req", "want"), [("write", [2, 2]), ("add", [4, 4]), ("null", None)])
def test_requests(req, want):
    x, other = variable([1, 2], req), variable([1, 1])
    for _ in range(2):
        with autograd.record():
            y = x * 2 + other
        y.backward()
    assert (x.grad.asnumpy().tolist() if want else None) == want


def test_errors():
    x = variable([1, 2])
    with pytest.raises(mx.MXNetError):
        (x * 2).backward()
    with autograd.record():
        y = x * 2
        z = nd.ones((2,)) * 2
    y.backward()
    with pytest.raises(mx.MXNetError, match="retain_graph"):
        y.backward()
    with pytest.raises(mx.MXNetError):
        z.backward()
    x = variable([1, 2], "null")
    with autograd.record():
        y = x * 2
    with pytest.raises(mx.MXNetError):
        y.backward()


def test_retain_graph():
    x = variable([3])
    with autograd.record():
        y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.asnumpy().tolist() == [6]


def test_writing_while_recording():
    x, w = variable([1, 2]), nd.zeros((2,))
    with autograd.record():
        y = x * 2
        for write in (
            lambda: x.__iadd__(1),
            lambda: y.__iadd__(1),
            lambda: y.__setitem__(0, 3),
            lambda: nd.exp(w, out=y),
            lambda: w.__iadd__(x),
            lambda: x[0:1].__setitem__(0, 1),
        ):
            with pytest.raises(mx.MXNetError):
                write()
        z = nd.zeros((2,))
        z[:] = y
        total = (z * 3).sum()
    total.backward()
    assert x.grad.asnumpy().tolist() == [6, 6]


def test_attach_cuts_the_graph():
    x = variable([1, 2])
    with autograd.record():
        y = x * 2
        y.attach_grad()
        z = y * y
    z.backward()
    assert x.grad.asnumpy().tolist() == [0, 0] and y.grad.asnumpy().tolist() == [4, 8]


def test_constants():
    x = variable([1, 2])
    with autograd.record():
        with autograd.pause():
            c = x * 2
        y = x * c + x.detach() + nd.BlockGrad(x)
    y.backward()
    assert x.grad.asnumpy().tolist() == [2, 4]


def test_views_are_recorded():
    x = variable([[1, 2], [3, 4]])
    with autograd.record():
        y = x[0] * 2 + x.reshape((4,))[2:4] * 3 + x[:, 1] + x[[1, 1], [0, 0]] + x.as_in_context(mx.cpu(1)).T[0]
    y.backward()
    assert x.grad.asnumpy().tolist() == [[3, 3], [6, 4]]


def test_grad_function():
    x, w = variable([1, 2]), variable([3, 4])
    with autograd.record():
        y = x * x * w
    dx, dw = autograd.grad(y, [x, w])
    assert dx.asnumpy().tolist() == [6, 16] and dw.asnumpy().tolist() == [1, 4]
    assert x.grad.asnumpy().tolist() == [0, 0]
    with autograd.record():
        y = x * 2
    with pytest.raises(mx.MXNetError):
        autograd.grad(y, [w])
    with pytest.raises(mx.MXNetError):
        autograd.grad(y, [nd.ones((2,))])


@pytest.mark.parametrize(
    ("function", "second"),
    [
        (lambda x: x * x * x, lambda x: 6 * x),
        (lambda x: nd.exp(x), np.exp),
        (lambda x: nd.sigmoid(x), lambda x: (s := 1 / (1 + np.exp(-x))) * (1 - s) * (1 - 2 * s)),
        (lambda x: nd.log(x) / x, lambda x: (2 * np.log(x) - 3) / x**3),
        (lambda x: nd.tanh(x), lambda x: -2 * np.tanh(x) / np.cosh(x) ** 2),
        (lambda x: nd.dot(x, x.reshape((3, 1))), lambda x: 2 + 0 * x),
    ],
)
def test_second_order(function, second):
    values = np.array([0.5, 1.0, 2.0])
    x = nd.array(values, dtype="float64")
    x.attach_grad()
    with autograd.record():
        y = function(x)
        (first,) = autograd.grad(y, [x], create_graph=True)
    first.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), second(values), rtol=1e-10)


class Twice(autograd.Function):
    def forward(self, x, y):
        assert not autograd.is_recording()
        self.save_for_backward(x)
        return x * y, x + y

    def backward(self, da, db):
        (x,) = self.saved_tensors
        return db, da * x + db


def test_custom_function():
    x, y = variable([1, 2]), variable([3, 4])
    with autograd.record():
        a, b = Twice()(x, y)
        c = a * 2 + b
    c.backward()
    assert x.grad.asnumpy().tolist() == [1, 1] and y.grad.asnumpy().tolist() == [3, 5]
    function = Twice()
    function(x, y)
    with pytest.raises(AssertionError):
        function(x, y)


def test_threads_record_alone():
    import threading

    seen = []
    with autograd.record():
        thread = threading.Thread(target=lambda: seen.append(autograd.is_recording()))
        thread.start()
        thread.join()
    assert seen == [False]


def test_no_reference_cycles():
    import gc

    x = variable(np.ones((4,)))

    def step():
        with autograd.record():
            y = nd.exp(x) * x
        y.backward()

    step()  # compiling leaves garbage of numba's own
    gc.collect()
    gc.disable()
    try:
        step()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_mark_variables():
    x, g = nd.array([1, 2]), nd.zeros((2,))
    autograd.mark_variables(x, g)
    with autograd.record():
        y = x * 5
    y.backward()
    assert g.asnumpy().tolist() == [5, 5]


def test_recorded_computation_as_symbol():
    x = variable([1, 2])
    with autograd.record():
        y = nd.exp(x * 2) + nd.ones((2,))
    symbol = autograd.get_symbol(y)
    assert symbol.list_arguments() == ["var0", "var1"]
    out = symbol.eval(var0=x, var1=nd.ones((2,)))[0]
    np.testing.assert_array_equal(out.asnumpy(), y.asnumpy())
    with pytest.raises(mx.MXNetError):
        autograd.get_symbol(nd.ones((2,)))


def test_recorded_blocks_as_symbols():
    """Where a block on arrays takes one operator for several, the symbol has those, which MXNet knows."""
    cells = [rnn.LSTMCell(4, input_size=3), rnn.GRUCell(4, input_size=3)]
    for cell in cells:
        cell.initialize(mx.init.Uniform(0.7))
    x, p, label = nd.random.normal(shape=(2, 3)), nd.random.uniform(0.1, 0.9, shape=(2, 3)), nd.array([2, 0])
    state = nd.random.normal(shape=(2, 4))
    weights = [[param.data() for param in cell.collect_params().values()] for cell in cells]
    internal = {name for name, op in registry.items() if op.internal}
    for arrays, call in (
        ([x, state, *weights[0]], lambda: cells[0](x, [state, state])[1][0]),
        ([x, state, *weights[0]], lambda: cells[0](x, [state, state])[1][1]),
        ([x, state, *weights[1]], lambda: cells[1](x, [state])[0]),
        ([x, label], lambda: loss.SoftmaxCELoss()(x, label)),
        ([x, label], lambda: loss.SoftmaxCELoss(batch_axis=1)(x, label)),
        ([x, p], lambda: loss.SigmoidBCELoss()(x, p)),
        ([p], lambda: loss.SigmoidBCELoss(from_sigmoid=True)(p, p)),
        ([x, p], lambda: loss.HuberLoss(rho=0.7)(x, p)),
        ([x], lambda: nn.Swish(2)(x)),
    ):
        for array in (x, p, state):
            array.attach_grad()
        with autograd.record():
            y = call()
        symbol = mx.sym.load_json(autograd.get_symbol(y).tojson())
        nodes = [node for node in json.loads(symbol.tojson())["nodes"] if node["op"] != "null"]
        assert {node["name"] for node in nodes} == {f"node_{i}" for i in range(len(nodes))}
        assert not internal.intersection(node["op"] for node in nodes)
        names = symbol.list_arguments()
        values = []  # with the arrays in every order, of which one is right
        for order in itertools.permutations(arrays):
            with contextlib.suppress(mx.MXNetError):
                values.append(symbol.eval(**dict(zip(names, order)))[0].asnumpy())
        assert any(np.allclose(value, y.asnumpy(), 1e-5, 1e-6) for value in values if value.shape == y.shape)


def test_gradient_arrays_keep_their_identity():
    """Backward may give a gradient array new memory, but only where nobody can see it."""
    n = 5000
    x, y = mx.nd.ones((n,)), mx.nd.ones((n,))
    x.attach_grad()
    y.attach_grad()
    grad, part, raw = x.grad, x.grad[:2], y.grad._data
    for factor in (2, 3):
        with mx.autograd.record():
            z = x * factor + y * factor + y
        head = mx.nd.ones((n,))
        z.backward(head)
        assert x.grad is grad
        np.testing.assert_array_equal(grad.asnumpy(), factor)
        np.testing.assert_array_equal(part.asnumpy(), factor)
        np.testing.assert_array_equal(raw, factor + 1)
        np.testing.assert_array_equal(head.asnumpy(), 1)
    with mx.autograd.record():
        z = x + y
    z.backward(head)
    x.grad[:] = 7
    np.testing.assert_array_equal(y.grad.asnumpy(), 1)
    np.testing.assert_array_equal(head.asnumpy(), 1)


def test_one_gradient_of_many_uses():
    x = mx.nd.array([1.0, 2.0])
    x.attach_grad()
    with mx.autograd.record():
        y = x * x
        z = y * x + y + mx.nd.concat(y, x, dim=0)[1:3]
    z.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), [3 + 2 + 1, 12 + 4 + 4])


def test_gradient_rules_run_once_for_each_shape(monkeypatch):
    """From the second time on backward makes the kernel calls that a rule made; in a graph of gradients rules run."""
    from mxnb.ops import get

    cls, calls = get("dot"), []
    rule = cls.gradient
    monkeypatch.setattr(cls, "gradient", lambda self, *args: calls.append(args) or rule(self, *args))
    x, w = variable([[1, 2, 3]]), variable([[1], [2], [4]])
    for factor in range(1, 6):
        with autograd.record():
            y = nd.dot(x * factor, w)
        y.backward()
        np.testing.assert_array_equal(x.grad.asnumpy(), [[factor, 2 * factor, 4 * factor]])
        np.testing.assert_array_equal(w.grad.asnumpy(), [[factor], [2 * factor], [3 * factor]])
        assert len(calls) <= 2
    before = len(calls)
    for _ in range(2):
        with autograd.record():
            y = nd.dot(x, w)
            (g,) = autograd.grad(y, x, create_graph=True)
    assert len(calls) == before + 2
    np.testing.assert_array_equal(g.asnumpy(), [[1, 2, 4]])


def test_pullback_by_what_is_wanted():
    """The same plan with gradients for the left, the right, both operands, and with some outputs unused."""
    left, right = nd.array([[1, 2]]), nd.array([[3, 5]])
    for marked in ("a", "b", "ab") * 3:
        a, b = left.copy(), right.copy()
        for name, x in (("a", a), ("b", b)):
            if name in marked:
                x.attach_grad()
        with autograd.record():
            y = a * b
        y.backward()
        assert ("a" in marked) == (a.grad is not None)
        if "a" in marked:
            np.testing.assert_array_equal(a.grad.asnumpy(), right.asnumpy())
        if "b" in marked:
            np.testing.assert_array_equal(b.grad.asnumpy(), left.asnumpy())
    x = variable([[1, 2, 3, 4]])
    for used in ((0,), (1,), (0, 1)) * 3:
        with autograd.record():
            parts = nd.split(x * 2, num_outputs=2, axis=1)
            total = sum(parts[i] for i in used)
        total.backward()
        expected = [2.0 * (i in used) for i in (0, 0, 1, 1)]
        np.testing.assert_array_equal(x.grad.asnumpy(), [expected])


def test_gradient_of_another_dtype():
    """A function of the program's own that gives back float64 for a float32 input is told so."""

    class Wrong(autograd.Function):
        def forward(self, x):
            return x * 2

        def backward(self, dy):
            return dy.astype("float64")

    x = variable([1, 2])
    with autograd.record():
        y = Wrong()(x * x)
    with pytest.raises(mx.MXNetError, match="dtype"):
        y.backward()
