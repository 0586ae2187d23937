"""What objects print and which exception a mistake raises, as MXNet 1.9.1 does it (golden/printed.py)."""

import builtins
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import printed  # noqa: E402

RECORDED = json.loads((GOLDEN / "printed.json").read_text())


# errors of another kind than MXNet's, on purpose
OURS = {"symbol of array": "TypeError", "executor unknown input": "MXNetError", "unknown optimizer": "MXNetError"}


@pytest.mark.parametrize("name", printed.PRINTED)
def test_prints_as_mxnet(name):
    with np.printoptions(legacy="1.25"):  # NumPy 2 writes np.float32(1.0) for 1.0
        assert printed.text(mx, name) == RECORDED["printed"][name]


@pytest.mark.parametrize("name", printed.ERRORS)
def test_raises_what_mxnet_raises(name):
    expected = OURS.get(name, RECORDED["errors"][name])
    error = printed.error(mx, name)
    assert error is not None, f"nothing was raised, MXNet raises {expected}"
    if expected in ("AssertionError", "KeyError") and isinstance(error, mx.MXNetError):
        return  # where MXNet let an assert or a dict lookup answer, an error that explains itself is better
    kind = getattr(builtins, expected, None)
    if kind is None:
        assert expected in [c.__name__ for c in type(error).__mro__], f"{error!r} is no {expected}"
    else:
        assert isinstance(error, kind), f"{error!r} is no {expected}"
