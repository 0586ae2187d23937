"""The machine code of eager calls does what `apply` does in Python, and leaves no reference behind."""

import gc
import sys

import numpy as np
import pytest

import mxnb as mx
from mxnb._state import state
from mxnb.kernels import calls
from mxnb.ndarray.ndarray import NDArray, apply, plan_for, prepared
from mxnb.ops.operator import get

SAMPLES = (  # with kept inputs, kept outputs, two inputs, several outputs and hidden ones, from a list of arrays
    ("square", {}, [(2, 3)]),
    ("exp", {}, [(2, 3)]),
    ("dot", {}, [(2, 3), (3, 4)]),
    ("where", {}, [(2,), (2, 3), (2, 3)]),
    ("split", {"num_outputs": 3, "axis": 1}, [(2, 3)]),
    ("LayerNorm", {}, [(2, 3), (3,), (3,)]),
    ("exp", {}, [(300, 300)]),
)


def prepare(name, params, shapes):
    op = get(name).of(**params)
    arrays = [mx.nd.random.normal(shape=shape) for shape in shapes]
    mx.nd.invoke(op, arrays)
    return plan_for(op, arrays), arrays


def outputs(result):
    return result if isinstance(result, list) else [result]


@pytest.mark.parametrize("case", SAMPLES, ids=lambda case: f"{case[0]}-{case[2][0]}")
@pytest.mark.parametrize("recording", [False, True])
def test_does_what_apply_does(case, recording):
    plan, arrays = prepare(*case)
    arrays[0].attach_grad()
    with mx.autograd.record() if recording else mx.autograd.pause():
        got, expected = outputs(plan.call(*arrays)), outputs(apply(plan, arrays))
    assert len(got) == len(expected) == plan.visible
    for x, y in zip(got, expected):
        assert type(x) is NDArray
        assert (x._ctx, x._kind, x._grad) == (y._ctx, y._kind, None)
        np.testing.assert_array_equal(x.asnumpy(), y.asnumpy())
        if not recording:
            assert x._entry is None is y._entry
            continue
        (node, index), (same, place) = x._entry, y._entry
        assert index == place and node is got[0]._entry[0]
        assert node[0] is same[0] is plan
        assert node[1] == same[1]
        for kept, known in zip(node[2:], same[2:]):
            assert (kept is None) == (known is None)
            assert kept is None or [(k.shape, k.dtype) for k in kept] == [(k.shape, k.dtype) for k in known]
        assert node[2] is None or all(k is a._data for k, a in zip(node[2], arrays))
        assert node[3] is None or node[3][index] is x._data


def test_what_is_recorded_needs_a_variable_and_a_derivative():
    plan, (x,) = prepare("exp", {}, [(2, 3)])
    with mx.autograd.record():
        assert plan.call(x)._entry is None
    x.attach_grad()
    assert plan.call(x)._entry is None  # nothing is being recorded
    try:
        plan.differentiable, plan.call = False, None
        with mx.autograd.record():
            assert prepared(plan).call(x)._entry is None
    finally:
        plan.differentiable, plan.call = True, None
        prepared(plan)


@pytest.mark.skipif(calls._function() is None, reason="needs machine code")
def test_is_machine_code():
    plan, _ = prepare("exp", {}, [(2, 3)])
    assert type(plan.call).__name__ == "builtin_function_or_method"


def test_what_is_unusual_goes_to_python():
    plan, (x,) = prepare("exp", {}, [(2, 3)])

    class Mine(NDArray):
        pass

    mine = Mine(x._data, x.context)
    np.testing.assert_array_equal(plan.call(mine).asnumpy(), mx.nd.exp(x).asnumpy())
    for wrong in ((), (x, x), (3,), (None,), (x._data,)):
        with pytest.raises((TypeError, AttributeError)):
            plan.call(*wrong)
    with pytest.raises(AttributeError):
        plan.call(object.__new__(NDArray))


def test_errors_of_kernels_and_of_memory_are_passed_on():
    plan, (x,) = prepare("exp", {}, [(2, 3)])
    run = plan.run

    def fail(*arrays):
        raise KeyError("kernel")

    try:
        plan.run, plan.call = fail, None
        with pytest.raises(KeyError, match="kernel"):
            prepared(plan).call(x)
    finally:
        plan.run, plan.call = run, None
        prepared(plan)
    huge = get("broadcast_to").of(shape=(1 << 30, 1 << 30))
    with pytest.raises(MemoryError):
        mx.nd.invoke(huge, (mx.nd.ones((1, 1)),))


@pytest.mark.parametrize("case", SAMPLES, ids=lambda case: f"{case[0]}-{case[2][0]}")
@pytest.mark.parametrize("recording", [False, True])
def test_no_reference_is_left_or_lost(case, recording):
    plan, arrays = prepare(*case)
    arrays[0].attach_grad()
    held = [plan, plan.run, plan.ctx, state, *plan.kinds, *[a._data for a in arrays], *[d for _, _, d in plan.several]]
    gc.collect()
    before = [sys.getrefcount(x) for x in held]
    with mx.autograd.record() if recording else mx.autograd.pause():
        for _ in range(50):
            plan.call(*arrays)
    gc.collect()
    assert [sys.getrefcount(x) for x in held] == before


def test_results_are_freed():
    plan, (x,) = prepare("exp", {}, [(2, 3)])
    y, z = plan.call(x), apply(plan, (x,))
    assert sys.getrefcount(y._data) == sys.getrefcount(z._data)
    assert sys.getrefcount(y) == sys.getrefcount(z)
    assert gc.is_tracked(y)
