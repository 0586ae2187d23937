"""Threads that share the work of one kernel.

The parts of a range of work are claimed one after another by whoever is free: the calling thread and idle threads.  The
caller needs nobody: where the others are busy it does all parts itself, so any number of Python threads may run kernels
at once and none ever waits for a thread that has not begun.  Kernels release the GIL.

Kernels that are object files are shared by a team of threads outside the interpreter (`team.py`), everything else by a
pool of Python threads.  The bounds of the parts depend on the amount of work only, so results do not depend on the
number of threads.  Handing work over costs 1 µs, 20 where the others sleep.
"""

from __future__ import annotations

import itertools
import os
import queue
import threading
from collections.abc import Callable
from types import BuiltinFunctionType
from typing import Any

from .. import config
from ..base import MXNetError
from .team import Team, divided

MOST_WAITING = 64  # calls for help that may wait while all threads are busy; most are outdated when they are heard

_jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
_lock = threading.Lock()
_started = 0
_threads: int | None = None
_team = Team()


def num_threads() -> int:
    """How many threads one kernel is split over at most, the caller's included."""
    global _threads
    if _threads is None:
        _threads = config.num_threads()
    return _threads


def set_num_threads(n: int) -> int:
    """Set the number of threads that one kernel is split over at most.

    Parameters
    ----------
    n : int
        At least 1, which keeps all work in the calling thread.

    Returns
    -------
    int
        The number before.

    Raises
    ------
    MXNetError
        If `n` is less than 1.
    """
    global _threads
    if n < 1:
        raise MXNetError(f"set_num_threads: got {n}, needs at least 1")
    before, _threads = num_threads(), int(n)
    return before


def bounds(count: int, grain: int) -> list[tuple[int, int]]:
    """Where each part of ``range(count)`` begins and ends."""
    parts, unit = divided(count, grain)
    units = -(-count // unit)
    return [(p * units // parts * unit, min((p + 1) * units // parts * unit, count)) for p in range(parts)]


class _Job:
    """The parts of one call of a kernel."""

    __slots__ = ("args", "claim", "error", "finished", "function", "left", "lock", "parts")

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], parts: list[tuple[int, int]]) -> None:
        self.function, self.args, self.parts = function, args, parts
        self.claim = itertools.count().__next__  # atomic
        self.left, self.error = len(parts), None
        self.lock, self.finished = threading.Lock(), threading.Lock()
        self.finished.acquire()

    def work(self) -> bool:
        """Do parts until none is left to claim; whether the last part to end was among them."""
        done, claim, parts = 0, self.claim, self.parts
        while (part := claim()) < len(parts):
            done += 1
            if self.error is None:  # else the call fails anyway
                try:
                    self.function(*self.args, *parts[part])
                except BaseException as error:
                    self.error = error
        if not done:
            return False
        with self.lock:
            self.left -= done
            return self.left == 0


def _worker(jobs: queue.SimpleQueue[_Job]) -> None:
    while True:
        job = jobs.get()
        if job.work():
            job.finished.release()
        del job  # it holds the arrays


def _start(wanted: int) -> None:
    """Have `wanted` threads, if the system gives them."""
    global _started
    with _lock:
        while _started < wanted:
            thread = threading.Thread(target=_worker, args=(_jobs,), name=f"mxnb-{_started}", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads, or the interpreter is ending: the caller works alone
                return
            _started += 1


def run(function: Callable[..., Any], count: int, grain: int, *args: Any) -> None:
    """Call ``function(*args, first, last)`` for all parts of ``range(count)``.

    Parameters
    ----------
    function : callable
        Usually ``kernel.variant(...)``.
    count : int
        Amount of work; 0 does nothing.
    grain : int
        How much makes a part, some 10 µs of work; 0 where the least of it is more.
    *args
        Passed on.

    Raises
    ------
    Exception
        The first that `function` raised; parts not yet begun are then left out.
    """
    if count <= grain or count < 2:
        if count > 0:
            function(*args, 0, count)
        return
    if type(function) is BuiltinFunctionType:
        request = _team.request(count, grain, _threads or num_threads())  # held until the kernel is done
        function(*args, request[0], -1)
        return
    parts = bounds(count, grain)
    others = min(num_threads(), len(parts)) - 1
    if others < 1:
        for first, last in parts:
            function(*args, first, last)
        return
    if _started < others:
        _start(others)
    job = _Job(function, args, parts)
    jobs = _jobs
    if jobs.qsize() < MOST_WAITING:
        for _ in range(others):
            jobs.put(job)
    if not job.work():
        job.finished.acquire()  # by whoever does the last part
    job.args = ()  # threads that come late find nothing to do and nothing to keep alive
    if job.error is not None:
        raise job.error


def _after_fork() -> None:
    """The child has no threads of the pool; it makes its own when it needs them."""
    global _jobs, _lock, _started, _team
    _jobs, _lock, _started, _team = queue.SimpleQueue(), threading.Lock(), 0, Team()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
