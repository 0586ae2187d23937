"""Running samples in the different ways that tests compare."""

import contextlib

import numpy as np
import pytest
from samples import FLOATS, SAMPLES

import mxnb as mx
from mxnb import autograd, nd


def each(chosen=lambda sample: True, dtypes=None):
    """Decorator: a test of every sample that is chosen; with `dtypes`, in each of these that the sample has."""
    rows = []
    for sample in SAMPLES:
        if not chosen(sample):
            continue
        if dtypes is None:
            rows.append(pytest.param(sample, id=sample.id))
        else:
            rows += [pytest.param(sample, d, id=f"{sample.id}-{d}") for d in sample.dtypes if d in dtypes]
    return pytest.mark.parametrize("sample" if dtypes is None else ("sample", "dtype"), rows)


def function_of(namespace, name):
    """The function of an operator in `mx.nd` or `mx.sym`."""
    return getattr(namespace._internal if name.startswith("_") else namespace, name)


def main_dtype(sample):
    """float64, where it is among the sample's dtypes."""
    return "float64" if "float64" in sample.dtypes else sample.dtypes[0]


def has_gradient(sample):
    return sample.gradient is True and "float64" in sample.dtypes


def mode(sample):
    """The scope in which a sample runs: training or prediction."""
    return autograd.train_mode() if sample.train else autograd.predict_mode()


def on(ctx, arrays):
    """NDArrays of NumPy arrays."""
    return [nd.array(a, ctx=ctx, dtype=a.dtype) for a in arrays]


def listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def forward(sample, arrays, ctx=None, out=None):
    """Visible outputs and the inputs afterwards, as NumPy arrays; the same random numbers each time."""
    inputs = on(ctx or mx.cpu(), arrays)
    mx.random.seed(7)
    with mode(sample):
        outs = listed(nd.invoke(sample.op, inputs, out, ctx))
    return [o.asnumpy() for o in outs], [x.asnumpy() for x in inputs]


def head_weights(sample, shapes, dtypes):
    """A fixed random head gradient for each output; None where there is no gradient."""
    rng = np.random.default_rng(5)
    made = []
    for i, (shape, dtype) in enumerate(zip(shapes, dtypes)):
        w = rng.uniform(0.5, 1.5, shape)  # also for those that are left out, so that the others do not change
        wanted = np.dtype(dtype).kind == "f" if sample.heads is None else i in sample.heads
        made.append(w.astype(dtype) if wanted else None)
    return made


def recorded(sample, inputs):
    """Outputs of a recorded run, and their head gradients as NDArrays, of those outputs that have one."""
    mx.random.seed(7)
    with autograd.record(train_mode=sample.train):
        outs = listed(nd.invoke(sample.op, inputs))
    weights = head_weights(sample, [o.shape for o in outs], [o.dtype for o in outs])
    pairs = [(o, nd.array(w, ctx=o.context, dtype=w.dtype)) for o, w in zip(outs, weights) if w is not None]
    return [o for o, _ in pairs], [w for _, w in pairs]


def gradients(sample, arrays, dtype, ctx=None, req="write"):
    """The gradient of the weighted sum of the outputs with respect to each wanted input, as NumPy arrays."""
    inputs = on(ctx or mx.cpu(), arrays)
    wanted = [inputs[i] for i in sample.wanted(arrays, dtype)]
    for x in wanted:
        x.attach_grad(req)
    outs, weights = recorded(sample, inputs)
    autograd.backward(outs, weights, train_mode=sample.train)
    return [x.grad.asnumpy() for x in wanted]


@contextlib.contextmanager
def quiet():
    """No warnings of NumPy where numbers leave their range on purpose."""
    with np.errstate(all="ignore"):
        yield


__all__ = [
    "FLOATS",
    "SAMPLES",
    "each",
    "forward",
    "function_of",
    "gradients",
    "has_gradient",
    "listed",
    "mode",
    "on",
    "quiet",
    "recorded",
]
