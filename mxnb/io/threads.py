"""Threads that prepare batches ahead, and do not keep a program from ending.

A `ThreadPoolExecutor` does all that was submitted before the interpreter ends: seconds, with some batches of images
ahead.  Here tasks wait outside; a thread does some for a moment, and submits itself again, which the executor refuses
as soon as the interpreter ends.
"""

from __future__ import annotations

import collections
import concurrent.futures
import threading
import time
from collections.abc import Callable
from typing import Any

__all__ = ["Threads"]

MOMENT = 0.05  # seconds after which a thread asks whether there is an interpreter yet


class Threads:
    """Threads that call functions.

    Parameters
    ----------
    count : int
    name : str
    """

    def __init__(self, count: int, name: str) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(count, name)
        self._idle, self._lock = count, threading.RLock()  # `stop` may be called by the garbage collector, anywhere
        self._waiting: collections.deque[Any] = collections.deque()

    def submit(self, function: Callable[..., Any], *args: Any) -> concurrent.futures.Future[Any]:
        """Call a function later.

        Parameters
        ----------
        function : callable
        *args

        Returns
        -------
        concurrent.futures.Future
        """
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        with self._lock:
            self._waiting.append((future, function, args))
            starts = self._idle > 0
            self._idle -= starts
        if starts:
            self._pool.submit(self._work)
        return future

    def _work(self) -> None:
        """Tasks for a moment, and another turn."""
        end = time.monotonic() + MOMENT
        while time.monotonic() < end:
            with self._lock:
                if not self._waiting:
                    self._idle += 1
                    return
                future, function, args = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(*args))
                except BaseException as error:
                    future.set_exception(error)
        try:
            self._pool.submit(self._work)
        except RuntimeError:  # the end of the interpreter, or `stop`
            self._drop()

    def _drop(self) -> None:
        """Cancel what waits."""
        with self._lock:
            while self._waiting:
                future = self._waiting.popleft()[0]
                future.cancel()
                future.set_running_or_notify_cancel()  # tells who waits for it

    def stop(self) -> None:
        """Begin nothing more."""
        self._drop()
        self._pool.shutdown(wait=False)
