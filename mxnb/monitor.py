"""`Monitor`: statistics of the values inside an executor while it trains."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable
from typing import Any

from . import ndarray as nd

__all__ = ["Monitor"]


def _norm_per_element(x: Any) -> Any:
    return nd.norm(x) / math.sqrt(x.size)


class Monitor:
    """Collects a statistic of outputs, weights and gradients in every so manieth batch.

    Parameters
    ----------
    interval : int
        Number of batches from one collection to the next.
    stat_func : callable, optional
        Makes an NDArray or a list of them out of an NDArray; by default the norm over the square root of the size.
    pattern : str
        Regular expression, matched from the start of a value's name.
    sort : bool
        Sort the results by name.
    monitor_all : bool
        Collect the inputs of operators too, not only their outputs.

    Examples
    --------
    A monitor is usually given to ``Module.fit(monitor=...)``. By hand: ``install`` it on an executor, then call ``tic``
    before a batch and ``toc_print`` after it.
    """

    def __init__(
        self,
        interval: int,
        stat_func: Callable[[Any], Any] | None = None,
        pattern: str = ".*",
        sort: bool = False,
        monitor_all: bool = False,
    ) -> None:
        self.stat_func = _norm_per_element if stat_func is None else stat_func
        self.interval = interval
        self.activated = False
        self.queue: list[tuple[int, str, Any]] = []
        self.step = 0
        self.exes: list[Any] = []
        self.re_prog = re.compile(pattern)
        self.sort = sort
        self.monitor_all = monitor_all

    def stat_helper(self, name: str, array: Any) -> None:
        """Take in a value; what executors call.

        Parameters
        ----------
        name : str
        array : NDArray
        """
        if self.activated and self.re_prog.match(name):
            self.queue.append((self.step, name, self.stat_func(array)))

    def install(self, exe: Any) -> None:
        """Watch an executor.

        Parameters
        ----------
        exe : Executor
        """
        exe.set_monitor_callback(self.stat_helper, self.monitor_all)
        self.exes.append(exe)

    def tic(self) -> None:
        """Start collecting, if this batch is one of those to collect from. Call it before forward."""
        if self.step % self.interval == 0:
            self.queue = []
            self.activated = True
        self.step += 1

    def toc(self) -> list[tuple[int, str, str]]:
        """Stop collecting and return the results. Call it after the batch.

        Returns
        -------
        list of (int, str, str)
            Batch number, name, and statistic as text; empty if this batch was not collected.
        """
        if not self.activated:
            return []
        for exe in self.exes:
            for name, array in [*exe.arg_dict.items(), *exe.aux_dict.items()]:
                self.stat_helper(name, array)
        self.activated = False
        if self.sort:
            self.queue.sort(key=lambda entry: entry[1])
        results = [(step, name, "".join(f"{_show(x)}\t" for x in _listed(value))) for step, name, value in self.queue]
        self.queue = []
        return results

    def toc_print(self) -> None:
        """Stop collecting and log the results."""
        for step, name, value in self.toc():
            logging.info("Batch: %7d %-30s %s", step, name, value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _show(value: Any) -> str:
    if not hasattr(value, "asnumpy"):
        return str(value)
    return str(value.asscalar() if value.shape == (1,) else value.asnumpy())
