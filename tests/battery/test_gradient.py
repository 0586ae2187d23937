"""Gradients against central differences along random directions, in float64; and gradients of gradients."""

import numpy as np
import pytest
from running import each, forward, gradients, has_gradient, head_weights, on, recorded

import mxnb as mx
from mxnb import autograd, nd

STEP = 1e-5
TOLERANCE = 1e-7  # the differences' own error


def directions(sample, arrays, positions):
    """For each position, a direction in which to change that input."""
    rng = np.random.default_rng(11)
    for number, i in enumerate(positions):
        yield number, i, rng.uniform(-1, 1, arrays[i].shape)


def moved(arrays, i, by):
    return [a + by if j == i else a for j, a in enumerate(arrays)]


def value(sample, arrays):
    """The weighted sum of the outputs, or the loss whose gradient the operator gives."""
    if sample.loss:
        return sample.loss(*arrays, **sample.params)
    outs, _ = forward(sample, arrays)
    weights = head_weights(sample, [o.shape for o in outs], [o.dtype for o in outs])
    return sum((w * o).sum() for w, o in zip(weights, outs) if w is not None)


@each(has_gradient)
def test_gradient(sample):
    arrays = sample.arrays("float64")
    positions = sample.wanted(arrays, "float64")
    assert positions, "no input has a gradient: say gradient='why not'"
    got = gradients(sample, arrays, "float64")
    for number, i, v in directions(sample, arrays, positions):
        assert got[number].shape == arrays[i].shape
        difference = (value(sample, moved(arrays, i, STEP * v)) - value(sample, moved(arrays, i, -STEP * v))) / (
            2 * STEP
        )
        along = (got[number] * v).sum()
        scale = 1 + abs(got[number] * v).sum()
        assert abs(along - difference) < TOLERANCE * scale, f"input {i}: gradient {along}, difference {difference}"
    for _ in range(2):  # from the second time on backward runs the kernel calls that the rule made
        for first, again in zip(got, gradients(sample, arrays, "float64")):
            np.testing.assert_array_equal(again, first)


def is_declared(op):
    """Whether the gradient is made of operators, or it is said of what operators it could be."""
    return op.gradient is not None or (op.backward or op.prepare_backward) is None or bool(op.linear or op.composed)


def first_gradient(sample, arrays, i, direction):
    """The inner product of the gradient for input i with a direction, as NDArray in a recorded run."""
    inputs = on(mx.cpu(), arrays)
    wanted = [inputs[j] for j in sample.wanted(arrays, "float64")]
    for x in wanted:
        x.attach_grad()
    outs, weights = recorded(sample, inputs)
    for w in weights:  # a gradient that is linear in them is not constant then
        w.attach_grad()
    with autograd.record(train_mode=sample.train):
        total = sum(((o * w).sum() for o, w in zip(outs, weights)), nd.zeros(1, dtype="float64"))
        (g,) = autograd.grad(total, [inputs[i]], create_graph=True, retain_graph=True, train_mode=sample.train)
        projected = (g * nd.array(direction, dtype="float64")).sum()
        for x in wanted:  # so that it depends on every input, even where the gradient is constant
            projected = projected + (x * 0).sum()
    return projected, wanted


@each(lambda s: has_gradient(s) and s.twice is True and is_declared(s.op) and not s.loss)
def test_gradient_of_gradient(sample):
    arrays = sample.arrays("float64")
    positions = sample.wanted(arrays, "float64")
    rng = np.random.default_rng(13)
    for _, i, u in directions(sample, arrays, positions):
        projected, wanted = first_gradient(sample, arrays, i, u)
        projected.backward(train_mode=sample.train)
        number = positions.index(i)
        for x, j in zip(wanted, positions):
            v = rng.uniform(-1, 1, arrays[j].shape)
            ends = [(gradients(sample, moved(arrays, j, d * STEP * v), "float64")[number] * u).sum() for d in (1, -1)]
            difference = (ends[0] - ends[1]) / (2 * STEP)
            second = x.grad.asnumpy()
            scale = 1 + abs(second * v).sum()
            along = (second * v).sum()
            assert abs(along - difference) < 10 * TOLERANCE * scale, (
                f"gradient for input {i} by input {j}: {along}, difference {difference}"
            )


@each(lambda s: has_gradient(s) and not is_declared(s.op))
def test_gradients_of_kernels_say_that_they_have_none(sample):
    arrays = sample.arrays("float64")
    i = sample.wanted(arrays, "float64")[0]
    with pytest.raises(mx.MXNetError, match=f"{sample.name} is not differentiable twice"):
        projected, _ = first_gradient(sample, arrays, i, np.ones(arrays[i].shape))
        projected.backward()
