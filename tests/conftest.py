"""Tests run on the installed mxnb; where none is installed, on the one beside this folder."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent))  # the last place: what is installed comes first


@pytest.fixture(autouse=True)
def memory():
    """With MXNB_GUARD_MEMORY=1 or MXNB_CHECK_KERNELS=1 no test may write beyond an array; see `kernels/canary.py`."""
    yield
    canary = sys.modules.get("mxnb.kernels.canary")
    if canary is not None and canary.ON:
        canary.check()
