"""Learning rates that follow the number of updates: `FactorScheduler` and the like.

A scheduler is called with the number of updates so far and returns a learning rate. An optimizer accepts any callable
with a settable attribute ``base_lr``.
"""

from __future__ import annotations

import logging
import math
from itertools import pairwise

__all__ = ["CosineScheduler", "FactorScheduler", "LRScheduler", "MultiFactorScheduler", "PolyScheduler"]


class LRScheduler:
    """Base class: a starting rate and an optional warm-up before the schedule proper.

    Parameters
    ----------
    base_lr : float
        The rate to start from; an optimizer that is given a learning rate writes it here.
    warmup_steps : int
        Number of updates of the warm-up.
    warmup_begin_lr : float
        The rate that the warm-up starts from.
    warmup_mode : {"linear", "constant"}
        Whether the rate rises to `base_lr` during the warm-up or stays at `warmup_begin_lr`.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    """

    def __init__(
        self,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        who = type(self).__name__
        if not isinstance(warmup_steps, int) or warmup_steps < 0:
            raise ValueError(f"{who}: warmup_steps is {warmup_steps!r}, needs an int of at least 0")
        if warmup_begin_lr > base_lr:
            raise ValueError(f"{who}: warmup_begin_lr {warmup_begin_lr} is above base_lr {base_lr}")
        if warmup_mode not in ("linear", "constant"):
            raise ValueError(f"{who}: warmup_mode is {warmup_mode!r}, needs 'linear' or 'constant'")
        self.base_lr = base_lr
        self.warmup_steps = warmup_steps
        self.warmup_begin_lr = warmup_begin_lr
        self.warmup_final_lr = base_lr
        self.warmup_mode = warmup_mode

    def get_warmup_lr(self, num_update: int) -> float:
        """Return the rate of an update during the warm-up.

        Parameters
        ----------
        num_update : int
            Less than ``warmup_steps``.

        Returns
        -------
        float
        """
        if num_update >= self.warmup_steps:
            raise AssertionError(f"update {num_update} is not in the warm-up of {self.warmup_steps} updates")
        if self.warmup_mode == "constant":
            return self.warmup_begin_lr
        share = num_update / self.warmup_steps
        return self.warmup_begin_lr + (self.warmup_final_lr - self.warmup_begin_lr) * share

    def __call__(self, num_update: int) -> float:
        """Return the learning rate after `num_update` updates.

        Parameters
        ----------
        num_update : int
            The largest number of updates that any one parameter has had.

        Returns
        -------
        float
        """
        raise NotImplementedError(f"{type(self).__name__} needs __call__(num_update)")


def _check_factor(who: str, factor: float) -> None:
    if factor > 1:
        raise ValueError(f"{who}: factor is {factor}, needs at most 1, as the rate is to fall")


class FactorScheduler(LRScheduler):
    """Multiply the rate by `factor` after every `step` updates.

    Parameters
    ----------
    step : int
        The first multiplication is at update ``step + 1``.
    factor : float
        At most 1.
    stop_factor_lr : float
        The rate never falls below this.
    base_lr, warmup_steps, warmup_begin_lr, warmup_mode
        As in `LRScheduler`.

    Examples
    --------
    >>> schedule = FactorScheduler(step=100, factor=0.5, base_lr=1.0)
    >>> schedule(100), schedule(101), schedule(201)
    (1.0, 0.5, 0.25)
    """

    def __init__(
        self,
        step: int,
        factor: float = 1,
        stop_factor_lr: float = 1e-8,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if step < 1:
            raise ValueError(f"FactorScheduler: step is {step}, needs at least 1")
        _check_factor("FactorScheduler", factor)
        self.step = step
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr
        self.count = 0

    def __call__(self, num_update: int) -> float:
        """Return the learning rate after `num_update` updates."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        while num_update > self.count + self.step:
            self.count += self.step
            self.base_lr *= self.factor
            if self.base_lr < self.stop_factor_lr:
                self.base_lr = self.stop_factor_lr
                logging.info(
                    "Update[%d]: now learning rate arrived at %.5e, will not change in the future",
                    num_update, self.base_lr,
                )  # fmt: skip
            else:
                logging.info("Update[%d]: Change learning rate to %.5e", num_update, self.base_lr)
        return self.base_lr


class MultiFactorScheduler(LRScheduler):
    """Multiply the rate by `factor` after given numbers of updates.

    Parameters
    ----------
    step : list of int
        Increasing; the rate falls at update ``step[i] + 1``.
    factor : float
        At most 1.
    base_lr, warmup_steps, warmup_begin_lr, warmup_mode
        As in `LRScheduler`.
    """

    def __init__(
        self,
        step: list[int],
        factor: float = 1,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if not isinstance(step, list) or not step:
            raise ValueError(f"MultiFactorScheduler: step is {step!r}, needs a list of ints")
        if step[0] < 1 or any(b <= a for a, b in pairwise(step)):
            raise ValueError(f"MultiFactorScheduler: step is {step}, needs increasing ints of at least 1")
        _check_factor("MultiFactorScheduler", factor)
        self.step = step
        self.factor = factor
        self.count = 0
        self.cur_step_ind = 0

    def __call__(self, num_update: int) -> float:
        """Return the learning rate after `num_update` updates."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        while self.cur_step_ind < len(self.step) and num_update > self.step[self.cur_step_ind]:
            self.count = self.step[self.cur_step_ind]
            self.cur_step_ind += 1
            self.base_lr *= self.factor
            logging.info("Update[%d]: Change learning rate to %.5e", num_update, self.base_lr)
        return self.base_lr


class _Decay(LRScheduler):
    """From the starting rate to `final_lr` in `max_update` updates, along a curve from 1 to 0."""

    def __init__(
        self,
        max_update: int,
        base_lr: float,
        final_lr: float,
        warmup_steps: int,
        warmup_begin_lr: float,
        warmup_mode: str,
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if not isinstance(max_update, int) or max_update < 1:
            raise ValueError(f"{type(self).__name__}: max_update is {max_update!r}, needs an int of at least 1")
        self.base_lr_orig = base_lr
        self.max_update = max_update
        self.final_lr = final_lr
        self.max_steps = max_update - warmup_steps

    def _curve(self, share: float) -> float:
        raise NotImplementedError

    def __call__(self, num_update: int) -> float:
        """Return the learning rate after `num_update` updates."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        if num_update <= self.max_update:
            share = (num_update - self.warmup_steps) / self.max_steps
            self.base_lr = self.final_lr + (self.base_lr_orig - self.final_lr) * self._curve(share)
        return self.base_lr


class PolyScheduler(_Decay):
    """Lower the rate to `final_lr` as ``(1 - num_update / max_update) ** pwr``.

    Parameters
    ----------
    max_update : int
        The update from which on the rate is `final_lr`.
    base_lr : float
        The rate to start from. A learning rate given to the optimizer has no effect on this scheduler.
    pwr : float
    final_lr : float
    warmup_steps, warmup_begin_lr, warmup_mode
        As in `LRScheduler`.
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        pwr: float = 2,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(max_update, base_lr, final_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        self.power = pwr

    def _curve(self, share: float) -> float:
        return (1 - share) ** self.power


class CosineScheduler(_Decay):
    """Lower the rate to `final_lr` along half a period of the cosine.

    Parameters
    ----------
    max_update : int
        The update from which on the rate is `final_lr`.
    base_lr : float
        The rate to start from. A learning rate given to the optimizer has no effect on this scheduler.
    final_lr : float
    warmup_steps, warmup_begin_lr, warmup_mode
        As in `LRScheduler`.
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(max_update, base_lr, final_lr, warmup_steps, warmup_begin_lr, warmup_mode)

    def _curve(self, share: float) -> float:
        return (1 + math.cos(math.pi * share)) / 2
