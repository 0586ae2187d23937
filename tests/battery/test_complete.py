"""The registry itself: every operator has a reference and samples, and every reason left out is still one."""

import pytest
from samples import CASES, INTERNAL

from mxnb.ops import primary


@pytest.mark.parametrize("name", sorted(primary))
def test_operator_has_reference_and_samples(name):
    if name in INTERNAL:
        assert primary[name].internal, f"{name} is public: it needs a case in tests/battery/samples"
        assert name not in CASES, f"{name} has a case: remove it from INTERNAL"
        assert len(INTERNAL[name]) > 10, f"{name}: say why it has no case"
        return
    assert name in CASES, f"operator {name} has no case: add one in tests/battery/samples, as table.py tells"
    assert CASES[name], f"operator {name} has a case without samples"


def test_cases_are_of_operators():
    assert set(CASES) <= set(primary)


@pytest.mark.parametrize("name", sorted(CASES))
def test_left_out_gradients_have_a_reason(name):
    op = primary[name]
    for sample in CASES[name]:
        if sample.gradient is True and not sample.op.differentiable:
            raise AssertionError(f"{sample.id}: {op.name} has no gradient: say gradient='why not'")
        assert sample.gradient is True or len(sample.gradient) > 10, f"{sample.id}: gradient needs a reason"
        assert sample.twice is True or len(sample.twice) > 10, f"{sample.id}: twice needs a reason"
        assert sample.gpu is True or len(sample.gpu) > 10, f"{sample.id}: gpu needs a reason"
