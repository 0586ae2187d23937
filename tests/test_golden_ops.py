"""Every recorded operator call gives the values, types and gradients that MXNet 1.9.1 gave (golden/cases.py)."""

import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import pack  # noqa: E402
from cases import CASES  # noqa: E402

RECORDED: dict = {}  # name of the case -> {"in0": …, "out0": …, "grad0": …, "aux3": …}
for key, value in pack.load(GOLDEN / "ops.npz").items():
    RECORDED.setdefault(key.rpartition(" ")[0], {})[key.rpartition(" ")[2]] = value
# relative, absolute; MXNet keeps most parameters as 32-bit floats, hence no more digits in float64
TOLERANCE = {"float16": (4e-3, 4e-3), "float32": (2e-5, 2e-5), "float64": (1e-7, 1e-7)}


def compare(name, got):
    stored = RECORDED[name]
    expected = {key: value for key, value in stored.items() if not key.startswith("in")}
    inputs = [value for key, value in stored.items() if key.startswith("in")]
    assert sorted(got) == sorted(expected)
    for key, value in expected.items():
        assert got[key].shape == value.shape, f"{key}: shape {got[key].shape}, MXNet has {value.shape}"
        assert got[key].dtype == value.dtype, f"{key}: dtype {got[key].dtype}, MXNet has {value.dtype}"
        # float32 computed from float16 or in a wider type is only as exact as its coarsest input
        coarsest = min(
            (x.dtype for x in (value, *inputs) if x.dtype.kind == "f"), key=lambda t: t.itemsize, default=np.dtype("f4")
        )
        rtol, atol = TOLERANCE[coarsest.name] if value.dtype.kind == "f" else (0, 0)
        np.testing.assert_allclose(got[key], value, rtol=rtol, atol=atol, err_msg=key)


def inputs_of(name):
    return [RECORDED[name][f"in{i}"] for i in range(len(CASES[name].inputs))]


@pytest.mark.parametrize("name", CASES)
def test_operator_equals_mxnet(name):
    compare(name, CASES[name].run(mx, inputs_of(name)))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if isinstance(case.op, str) and not case.update])
def test_executor_equals_mxnet(name):
    compare(name, CASES[name].run_symbol(mx, inputs_of(name)))
