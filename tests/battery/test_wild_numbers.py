"""Whatever numbers come, indices and labels too: no crash, no access to foreign memory, no warning of NumPy's."""

import contextlib

import numpy as np
import pytest
from samples import SAMPLES

import mxnb as mx
from mxnb import autograd, nd

PUBLIC = [sample for sample in SAMPLES if "float32" in sample.dtypes and not sample.op.internal]


@pytest.mark.parametrize("number", [np.nan, -np.inf, 3e38])
@pytest.mark.parametrize("sample", PUBLIC, ids=lambda sample: sample.id)
def test_wild_numbers(sample, number):
    arrays = [np.array(a) for a in sample.arrays("float32")]
    for a in arrays:
        if a.dtype.kind == "f":
            a.reshape(-1)[::2] = number
    xs = [nd.array(a, dtype=a.dtype) for a in arrays]
    for x in xs:
        if x._data.dtype.kind == "f":
            x.attach_grad()
    with contextlib.suppress(mx.MXNetError):  # an index out of range, say
        with autograd.record():
            y = sample.op(*xs)
        recorded = [out for out in (y if isinstance(y, list) else [y]) if out._entry is not None]
        if recorded:
            autograd.backward(recorded)
