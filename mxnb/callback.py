"""Callbacks of `Module.fit` and `score`: progress, logging, checkpoints.

A batch callback is called with a `mxnb.model.BatchEndParam`, an epoch callback with
``(epoch, symbol, arg_params, aux_params)``.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Any

__all__ = [
    "LogValidationMetricsCallback",
    "ProgressBar",
    "Speedometer",
    "do_checkpoint",
    "log_train_metric",
    "module_checkpoint",
]


def module_checkpoint(
    mod: Any, prefix: str, period: int = 1, save_optimizer_states: bool = False
) -> Callable[..., None]:
    """Return an epoch callback that saves a module.

    Parameters
    ----------
    mod : BaseModule
    prefix : str
        Files are called ``<prefix>-symbol.json``, ``<prefix>-0001.params`` and so on.
    period : int
        Save every so many epochs.
    save_optimizer_states : bool
        Save ``<prefix>-0001.states`` as well.

    Returns
    -------
    callable
    """
    period = max(1, int(period))

    def save(epoch: int, sym: Any = None, arg: Any = None, aux: Any = None) -> None:
        if (epoch + 1) % period == 0:
            mod.save_checkpoint(prefix, epoch + 1, save_optimizer_states)

    return save


def do_checkpoint(prefix: str, period: int = 1) -> Callable[..., None]:
    """Return an epoch callback that saves symbol and parameters.

    Parameters
    ----------
    prefix : str
        Files are called ``<prefix>-symbol.json``, ``<prefix>-0001.params`` and so on.
    period : int
        Save every so many epochs.

    Returns
    -------
    callable
    """
    period = max(1, int(period))

    def save(epoch: int, sym: Any, arg: Any, aux: Any) -> None:
        if (epoch + 1) % period == 0:
            from .model import save_checkpoint

            save_checkpoint(prefix, epoch + 1, sym, arg, aux)

    return save


def log_train_metric(period: int, auto_reset: bool = False) -> Callable[[Any], None]:
    """Return a batch callback that logs the metric.

    Parameters
    ----------
    period : int
        Log every so many batches.
    auto_reset : bool
        Start the metric anew after each line.

    Returns
    -------
    callable
    """

    def log(param: Any) -> None:
        if param.nbatch % period == 0 and param.eval_metric is not None:
            for name, value in param.eval_metric.get_name_value():
                logging.info("Iter[%d] Batch[%d] Train-%s=%f", param.epoch, param.nbatch, name, value)
            if auto_reset:
                param.eval_metric.reset_local()

    return log


class Speedometer:
    """Batch callback that logs samples per second and the metric.

    Parameters
    ----------
    batch_size : int
    frequent : int
        Log every so many batches.
    auto_reset : bool
        Start the metric anew after each line, so that it shows the batches since the last one.
    """

    def __init__(self, batch_size: int, frequent: int = 50, auto_reset: bool = True) -> None:
        self.batch_size = batch_size
        self.frequent = frequent
        self.init = False
        self.tic = 0.0
        self.last_count = 0
        self.auto_reset = auto_reset

    def __call__(self, param: Any) -> None:
        """Note a batch; log when it is time."""
        count = param.nbatch
        if count < self.last_count:  # a new epoch
            self.init = False
        self.last_count = count
        if not self.init:
            self.init = True
            self.tic = time.time()
            return
        if count % self.frequent:
            return
        elapsed = time.time() - self.tic
        speed = self.frequent * self.batch_size / elapsed if elapsed > 0 else math.inf
        if param.eval_metric is None:
            logging.info("Iter[%d] Batch [%d]\tSpeed: %.2f samples/sec", param.epoch, count, speed)
        else:
            named = param.eval_metric.get_name_value()
            if self.auto_reset:
                param.eval_metric.reset_local()
            first = count - self.frequent if self.auto_reset else 0
            values = "".join(f"\t{name}={value:f}" for name, value in named)
            logging.info("Epoch[%d] Batch [%d-%d]\tSpeed: %.2f samples/sec%s", param.epoch, first, count, speed, values)
        self.tic = time.time()


class ProgressBar:
    """Batch callback that logs a bar.

    Parameters
    ----------
    total : int
        Batches per epoch.
    length : int
        Characters of the full bar.
    """

    def __init__(self, total: int, length: int = 80) -> None:
        self.bar_len = length
        self.total = total

    def __call__(self, param: Any) -> None:
        """Log the bar, over the last one on a terminal."""
        share = param.nbatch / self.total
        filled = round(self.bar_len * share)
        bar = "=" * filled + "-" * (self.bar_len - filled)
        logging.info("[%s] %s%%\r", bar, math.ceil(100 * share))


class LogValidationMetricsCallback:
    """Callback for the end of an evaluation that logs the metric."""

    def __call__(self, param: Any) -> None:
        """Log name and value of the metric."""
        if param.eval_metric is not None:
            for name, value in param.eval_metric.get_name_value():
                logging.info("Epoch[%d] Validation-%s=%f", param.epoch, name, value)
