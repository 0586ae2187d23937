"""Threads that share the work of one kernel.

The parts of a range of work are claimed one after another by whoever is free: the calling thread and idle threads.  The
caller needs nobody: where the others are busy it does all parts itself, so any number of Python threads may run kernels
at once and none ever waits for a thread that has not begun.  Kernels release the GIL.

Kernels that are object files are shared by a team of threads outside the interpreter (`team.py`), everything else by a
pool of Python threads.  The bounds of the parts depend on the amount of work only, so results do not depend on the
number of threads.  Handing work over costs 1 to 20 µs; a grain should hold several times that.
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
from .team import MOST as MOST_PARTS
from .team import Team

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


def part_size(count: int, grain: int) -> int:
    """How much of `count` makes a part: at least `grain`, and few enough parts that handing them out costs nothing.

    Long parts are a multiple of 64, so that registers and cache lines are not cut.
    """
    size = max(grain, -(-count // MOST_PARTS), 1)
    return size if size < 256 else -(-size // 64) * 64


class _Job:
    """The parts of one call of a kernel."""

    __slots__ = ("args", "claim", "count", "error", "finished", "function", "left", "lock", "parts", "size")

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], count: int, size: int, parts: int) -> None:
        self.function, self.args, self.count, self.size, self.parts = function, args, count, size, parts
        self.claim = itertools.count().__next__  # atomic
        self.left, self.error = parts, None
        self.lock, self.finished = threading.Lock(), threading.Lock()
        self.finished.acquire()

    def work(self) -> bool:
        """Do parts until none is left to claim; whether the last part to end was among them."""
        done, claim, parts, size, count = 0, self.claim, self.parts, self.size, self.count
        while (part := claim()) < parts:
            done += 1
            if self.error is None:  # else the call fails anyway
                try:
                    self.function(*self.args, part * size, min(part * size + size, count))
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
        The least that a part holds.
    *args
        Passed on.

    Raises
    ------
    Exception
        The first that `function` raised; parts not yet begun are then left out.
    """
    size = part_size(count, grain)
    if count <= size:
        if count > 0:
            function(*args, 0, count)
        return
    parts = -(-count // size)
    others = min(num_threads(), parts) - 1
    if type(function) is BuiltinFunctionType:
        request = _team.request(size, count, others)
        function(*args, request[0], -1)
        return
    if others < 1:
        for first in range(0, count, size):
            function(*args, first, min(first + size, count))
        return
    if _started < others:
        _start(others)
    job = _Job(function, args, count, size, parts)
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
