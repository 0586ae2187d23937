"""RNN and the operators on sequences: what MXNet 1.9.1 gave (golden/rnn.py), lengths, limits, inference, threads."""

import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx

GOLDEN = Path(__file__).parents[1] / "golden"
sys.path.insert(0, str(GOLDEN))

import pack  # noqa: E402
import rnn  # noqa: E402

RECORDED: dict = {}
for key, value in pack.load(GOLDEN / "rnn.npz").items():
    RECORDED.setdefault(key.rpartition(" ")[0], {})[key.rpartition(" ")[2]] = value
TOLERANCE = {"float16": 4e-3, "float32": 2e-5, "float64": 1e-7}


def compare(name, got):
    expected = {key: value for key, value in RECORDED[name].items() if not key.startswith("in")}
    assert sorted(got) == sorted(expected)
    for key, value in expected.items():
        assert got[key].dtype == value.dtype
        tolerance = TOLERANCE[value.dtype.name]
        np.testing.assert_allclose(got[key], value, rtol=tolerance, atol=tolerance, err_msg=key)


def inputs_of(name):
    return [RECORDED[name][f"in{i}"] for i in range(len(rnn.case.cases[name].inputs))]


@pytest.mark.parametrize("name", rnn.case.cases)
def test_equals_mxnet(name):
    compare(name, rnn.case.cases[name].run(mx, inputs_of(name)))


@pytest.mark.parametrize("name", rnn.case.cases)
def test_executor_equals_mxnet(name):
    compare(name, rnn.case.cases[name].run_symbol(mx, inputs_of(name)))
