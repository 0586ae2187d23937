"""One result in all modes: nd, bound symbols, hybridized; gradients written, added and left out; out=."""

import numpy as np
import pytest
from running import each, forward, function_of, gradients, has_gradient, head_weights, listed, main_dtype, mode, on

import mxnb as mx
from mxnb import autograd, nd
from mxnb.executor import CachedOp
from mxnb.ops import primary


def same(got, expected):
    assert len(got) == len(expected)
    for a, b in zip(got, expected):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def names_of(sample):
    return [f"in_{n}" for n in sample.op.input_names(len(sample.inputs))]


def symbol(sample):
    """The sample's operator over variables, written as JSON and read again."""
    variables = [mx.sym.var(n) for n in names_of(sample)]
    if primary[sample.name].internal:
        made = sample.op(*variables)
        return mx.sym.Group(made) if isinstance(made, list) else made
    made = function_of(mx.sym, sample.name)(*variables, **sample.params)
    return mx.sym.load_json(made.tojson())


def bind(sample, arrays, grad_req):
    names = names_of(sample)
    return symbol(sample).simple_bind(
        mx.cpu(),
        grad_req=grad_req,
        type_dict={n: a.dtype for n, a in zip(names, arrays)},
        **{n: a.shape for n, a in zip(names, arrays)},
    )


def fill(executor, sample, arrays):
    for n, a in zip(names_of(sample), arrays):
        {**executor.arg_dict, **executor.aux_dict}[n][:] = nd.array(a, dtype=a.dtype)


def gradient_modes(sample):
    """Backward passes of executors are those of training."""
    return has_gradient(sample) and (sample.train or not sample.op.uses_mode)


@each(lambda s: not primary[s.name].internal)
def test_function_and_texts(sample):
    """`mx.nd.X(...)` is the operator, and parameters may be texts, as in JSON files."""
    arrays = sample.arrays(main_dtype(sample))
    expected, _ = forward(sample, arrays)
    mx.random.seed(7)
    with mode(sample):
        got = listed(function_of(nd, sample.name)(*on(mx.cpu(), arrays), **sample.params))
    same([g.asnumpy() for g in got], expected)
    texts = primary[sample.name].of(**{k: str(v) for k, v in sample.params.items()})
    for name in sample.params:
        assert getattr(texts, name) == getattr(sample.op, name)


@each()
def test_forward_of_a_symbol(sample):
    arrays = sample.arrays(main_dtype(sample))
    expected, after = forward(sample, arrays)
    executor = bind(sample, arrays, "write" if sample.train else "null")
    fill(executor, sample, arrays)
    mx.random.seed(7)
    outs = executor.forward(is_train=sample.train)
    same([o.asnumpy() for o in outs], expected)
    for n, a in zip(names_of(sample), after):
        if n in executor.aux_dict:
            np.testing.assert_array_equal(executor.aux_dict[n].asnumpy(), a)


@each(gradient_modes)
def test_gradient_requests(sample):
    """write writes, add adds, null leaves alone; eager and bound give the same numbers."""
    arrays = sample.arrays("float64")
    positions = sample.wanted(arrays, "float64")
    expected = gradients(sample, arrays, "float64")
    names = [names_of(sample)[i] for i in positions]
    for req in ("write", "add", "null"):
        executor = bind(sample, arrays, dict.fromkeys(names, req))
        fill(executor, sample, arrays)
        for g in executor.grad_dict.values():
            if g is not None:
                g[:] = 1
        mx.random.seed(7)
        outs = executor.forward(is_train=True)
        weights = head_weights(sample, [o.shape for o in outs], [o.dtype for o in outs])
        heads = [
            nd.zeros(o.shape, dtype=o.dtype) if w is None else nd.array(w, dtype=w.dtype) for o, w in zip(outs, weights)
        ]
        executor.backward(heads)
        got = [executor.grad_dict[n] for n in names]
        if req == "null":
            assert all(g is None for g in executor.grad_dict.values())
        else:
            same([g.asnumpy() for g in got], expected if req == "write" else [1 + e for e in expected])


@each(lambda s: gradient_modes(s) and not s.loss)
def test_gradients_add_up(sample):
    """Two backward passes into gradients that add."""
    arrays = sample.arrays("float64")
    once = gradients(sample, arrays, "float64")
    inputs = on(mx.cpu(), arrays)
    wanted = [inputs[i] for i in sample.wanted(arrays, "float64")]
    for x in wanted:
        x.attach_grad("add")
    for _ in range(2):
        mx.random.seed(7)
        with autograd.record(train_mode=sample.train):
            outs = listed(nd.invoke(sample.op, inputs))
        weights = head_weights(sample, [o.shape for o in outs], [o.dtype for o in outs])
        pairs = [(o, nd.array(w, dtype=w.dtype)) for o, w in zip(outs, weights) if w is not None]
        autograd.backward([o for o, _ in pairs], [w for _, w in pairs], train_mode=sample.train)
        for i in range(len(arrays)):
            if primary[sample.name].inputs and sample.op.input_names(len(arrays))[i] in sample.op.mutates:
                inputs[i][:] = nd.array(arrays[i], dtype=arrays[i].dtype)
    same([x.grad.asnumpy() for x in wanted], [2 * g for g in once])


@each(lambda s: s.inputs)
def test_hybridized(sample):
    """Through CachedOp, which runs hybridized blocks."""
    arrays = sample.arrays(main_dtype(sample))
    expected, _ = forward(sample, arrays)
    made = symbol(sample)
    by_name = dict(zip(names_of(sample), arrays))
    ordered = [by_name[n] for n in made.list_inputs()]
    op = CachedOp(made)
    mx.random.seed(7)
    with mode(sample):
        outs = listed(op(*on(mx.cpu(), ordered)))
    same([o.asnumpy() for o in outs], expected)
    if not has_gradient(sample):
        return
    names = [names_of(sample)[i] for i in sample.wanted(arrays, "float64")]
    inputs = dict(zip(made.list_inputs(), on(mx.cpu(), ordered)))
    for n in names:
        inputs[n].attach_grad()
    mx.random.seed(7)
    with autograd.record(train_mode=sample.train):
        outs = listed(op(*inputs.values()))
    weights = head_weights(sample, [o.shape for o in outs], [o.dtype for o in outs])
    pairs = [(o, nd.array(w, dtype=w.dtype)) for o, w in zip(outs, weights) if w is not None]
    autograd.backward([o for o, _ in pairs], [w for _, w in pairs], train_mode=sample.train)
    same([inputs[n].grad.asnumpy() for n in names], gradients(sample, arrays, "float64"))


@each()
def test_out(sample):
    arrays = sample.arrays(main_dtype(sample))
    expected, after = forward(sample, arrays)
    given = [nd.array(np.full(e.shape, 9), dtype=e.dtype) for e in expected]
    inputs = on(mx.cpu(), arrays)
    mx.random.seed(7)
    with mode(sample):
        got = nd.invoke(sample.op, inputs, given[0] if len(given) == 1 else given)
    assert all(g is o for g, o in zip(listed(got), given))
    same([g.asnumpy() for g in given], expected)
    same([x.asnumpy() for x in inputs], after)


@each(lambda s: s.op.inplace and s.inputs)
def test_out_is_the_input(sample):
    """Where an operator may write over its first input, the result is the same."""
    arrays = sample.arrays(main_dtype(sample))
    expected, after = forward(sample, arrays)
    if expected[0].shape != arrays[0].shape or expected[0].dtype != arrays[0].dtype:
        pytest.skip("the result is of another shape or dtype")
    inputs = on(mx.cpu(), arrays)
    with mode(sample):
        nd.invoke(sample.op, inputs, inputs[0])
    same([x.asnumpy() for x in inputs], [expected[0], *after[1:]])
