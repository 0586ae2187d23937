"""Learning rate schedules against MXNet 1.9.1's values and against formulas."""

import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import pack
import training

RECORDED = pack.load(training.RECORDED)


@pytest.mark.parametrize("name", training.SCHEDULES)
def test_schedule_equals_mxnet(name):
    found = training.run_schedule(mx, *training.SCHEDULES[name])
    np.testing.assert_allclose(found, RECORDED["schedule " + name], rtol=1e-12, atol=1e-15)


def test_factor_scheduler_first_drops_after_the_step():
    schedule = mx.lr_scheduler.FactorScheduler(step=100, factor=0.9, base_lr=0.1)
    assert [round(schedule(n), 6) for n in (0, 1, 100, 101, 200, 201, 301)] == [
        0.1, 0.1, 0.1, 0.09, 0.09, 0.081, 0.0729,
    ]  # fmt: skip


def test_updates_may_be_skipped():
    schedule = mx.lr_scheduler.MultiFactorScheduler([2, 4], 0.5, base_lr=8.0)
    assert schedule(9) == 2.0


def test_optimizer_writes_base_lr(capsys):
    schedule = mx.lr_scheduler.FactorScheduler(5, 0.5, base_lr=1.0)
    optimizer = mx.optimizer.SGD(learning_rate=0.3, lr_scheduler=schedule)
    assert "overwritten" in capsys.readouterr().out
    assert schedule.base_lr == optimizer.learning_rate == 0.3
    optimizer.num_update = 6
    assert optimizer.learning_rate == 0.15


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda s: s.FactorScheduler(0), "step is 0"),
        (lambda s: s.FactorScheduler(1, 1.5), "factor is 1.5"),
        (lambda s: s.MultiFactorScheduler([3, 3]), "increasing"),
        (lambda s: s.MultiFactorScheduler([0, 3]), "at least 1"),
        (lambda s: s.MultiFactorScheduler(3), "list of ints"),
        (lambda s: s.PolyScheduler(0), "max_update is 0"),
        (lambda s: s.CosineScheduler(2.5), "max_update is 2.5"),
        (lambda s: s.LRScheduler(warmup_mode="slow"), "warmup_mode is 'slow'"),
        (lambda s: s.LRScheduler(warmup_steps=-1), "warmup_steps is -1"),
        (lambda s: s.LRScheduler(0.1, warmup_begin_lr=0.2), "above base_lr"),
    ],
)
def test_bad_parameters(make, text):
    with pytest.raises(ValueError, match=text):
        make(mx.lr_scheduler)


def test_base_class_needs_a_schedule():
    with pytest.raises(NotImplementedError):
        mx.lr_scheduler.LRScheduler()(1)
