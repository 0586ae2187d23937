"""Worker processes that make batches, and how batches travel from them.

A worker writes its batch into an anonymous memory file and sends only the file's descriptor, so that arrays are never
copied through a pipe, a worker never waits for the main process, and nothing is left behind when a process dies.
"""

from __future__ import annotations

import contextlib
import mmap
import multiprocessing
import os
import pickle
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
import weakref
from collections.abc import Callable, Sequence
from multiprocessing import connection, reduction
from typing import Any

import numpy as np

from ...base import MXNetError
from ...ndarray import NDArray, array

__all__ = ["WorkerPool"]

_ALIGN = 64  # bytes; a cache line, and what SIMD loads like
_PARENT_CHECK = 5.0  # seconds between looks whether the main process still lives


class _HostArray:
    """A NumPy array that becomes an NDArray in the main process."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values


def _map(value: Any, kind: type, convert: Callable[[Any], Any]) -> Any:
    """Nested lists, tuples and dictionaries with every object of class `kind` converted."""
    if isinstance(value, kind):
        return convert(value)
    if isinstance(value, dict):
        return type(value)((key, _map(item, kind, convert)) for key, item in value.items())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_map(item, kind, convert) for item in value))
    if isinstance(value, (list, tuple)):
        return type(value)(_map(item, kind, convert) for item in value)
    return value


def _memory_file() -> int:
    """The descriptor of a file without a name."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("mxnb-batch", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _send(conn: Any, task: int, value: Any) -> None:
    """Send `value`: its pickle and then its array buffers, each aligned, in one memory file."""
    buffers: list[pickle.PickleBuffer] = []
    # Arrays that are not contiguous have no flat buffer and would be pickled as copies anyway.
    value = _map(value, NDArray, lambda a: _HostArray(a.asnumpy()))
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    parts = [memoryview(head), *(buffer.raw() for buffer in buffers)]
    sizes = [part.nbytes for part in parts]
    if os.name == "nt":
        conn.send((task, sizes, [bytes(part) for part in parts]))
        return
    offsets, end = _offsets(sizes)
    handle = _memory_file()
    try:
        os.truncate(handle, max(end, 1))
        with mmap.mmap(handle, max(end, 1)) as memory:
            for offset, part in zip(offsets, parts):
                memory[offset : offset + part.nbytes] = part
        conn.send((task, sizes, None))
        reduction.send_handle(conn, handle, None)
    finally:
        os.close(handle)


def _offsets(sizes: Sequence[int]) -> tuple[list[int], int]:
    offsets, end = [], 0
    for size in sizes:
        offsets.append(end)
        end += -(-size // _ALIGN) * _ALIGN
    return offsets, end


def _receive(conn: Any) -> tuple[int, Any]:
    """What `_send` sent; arrays lie in the memory file, which lives as long as they do."""
    task, sizes, parts = conn.recv()
    if parts is None:
        offsets, end = _offsets(sizes)
        handle = reduction.recv_handle(conn)
        try:
            memory = memoryview(mmap.mmap(handle, max(end, 1)))
        finally:
            os.close(handle)
        parts = [memory[offset : offset + size] for offset, size in zip(offsets, sizes)]
    # The pickle comes from our own worker, through memory that no other process can reach.
    value = pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301
    return task, value


class _Failure:
    """An exception of a worker, with its traceback as text."""

    def __init__(self, error: BaseException) -> None:
        self.text = traceback.format_exc()
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes; does it survive the journey?
            self.error: BaseException = error
        except Exception:
            self.error = MXNetError(f"{type(error).__name__}: {error}")

    def reraise(self) -> None:
        raise self.error from MXNetError(f"in a DataLoader worker:\n{self.text}")


def _work(conn: Any, inherited: list[Any], dataset: Any, batchify: Callable, seed: int, parent: int) -> None:
    """The life of a worker: make the batches that are asked for until the main process closes the pipe or ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the main process's to handle
    for other in inherited:
        other.close()
    random.seed(seed)
    np.random.seed(seed)
    from ... import random as mx_random

    mx_random.seed(seed)
    with contextlib.suppress(EOFError, OSError):
        while True:
            # Siblings hold copies of the pipe's other end, so that its end alone does not tell of the parent's death.
            while not conn.poll(_PARENT_CHECK):
                if os.getppid() != parent:
                    return
            task, indices = conn.recv()
            try:
                value = batchify([dataset[i] for i in indices])
            except BaseException as error:
                value = _Failure(error)
            try:
                _send(conn, task, value)
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                _send(conn, task, _Failure(error))


def _stop(owner: int, processes: list[Any], conns: list[Any]) -> None:
    """End the workers; in a forked copy of the owner, leave them alone."""
    if os.getpid() != owner:
        return
    for conn in conns:
        with contextlib.suppress(OSError):
            conn.close()
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(timeout=1)
        if process.is_alive():
            process.kill()
            process.join(timeout=1)


class WorkerPool:
    """Processes that turn lists of indices into batches.

    Parameters
    ----------
    dataset : Dataset
    batchify : callable
        Makes a batch of a list of samples.
    num_workers : int
    """

    def __init__(self, dataset: Any, batchify: Callable[[list[Any]], Any], num_workers: int) -> None:
        forks = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
        context: Any = multiprocessing.get_context("fork" if forks else "spawn")
        # Workers must not repeat each other's random augmentation, nor draw from the program's own stream.
        stream = np.random.RandomState()
        stream.set_state(np.random.get_state())
        seeds = stream.randint(0, 2**31 - 1, size=num_workers)
        self._conns: list[Any] = []
        self._processes: list[Any] = []
        for seed in seeds:
            ours, theirs = context.Pipe(duplex=True)
            inherited = [*self._conns, ours] if forks else []
            process = context.Process(
                target=_work, args=(theirs, inherited, dataset, batchify, int(seed), os.getpid()), daemon=True
            )
            with warnings.catch_warnings():
                # Python 3.12 warns of threads that a fork leaves behind; our own pool starts anew in the child.
                warnings.simplefilter("ignore", DeprecationWarning)
                process.start()
            theirs.close()
            self._conns.append(ours)
            self._processes.append(process)
        self._busy = [0] * num_workers  # unfinished tasks of each worker
        self._owner: dict[int, int] = {}  # unfinished task -> worker
        self._done: dict[int, Any] = {}
        self._forgotten: set[int] = set()
        self._next = 0
        self.close = weakref.finalize(self, _stop, os.getpid(), self._processes, self._conns)

    def submit(self, indices: Sequence[int]) -> int:
        """Ask the least busy worker for a batch.

        Parameters
        ----------
        indices : list of int

        Returns
        -------
        int
            The task's number.
        """
        task, self._next = self._next, self._next + 1
        worker = self._busy.index(min(self._busy))
        try:
            self._conns[worker].send((task, indices))
        except OSError as error:
            raise self._died(worker) from error
        self._busy[worker] += 1
        self._owner[task] = worker
        return task

    def result(self, task: int, timeout: float) -> Any:
        """Wait for a batch.

        Parameters
        ----------
        task : int
        timeout : float
            Seconds.

        Raises
        ------
        MXNetError
            If the time is over or the worker died. An exception in the worker is raised here again.
        """
        deadline = time.monotonic() + timeout
        while task not in self._done:
            left = deadline - time.monotonic()
            ready = connection.wait(self._conns, timeout=max(left, 0))
            if not ready:
                raise MXNetError(
                    f"DataLoader: no batch from a worker within {timeout} s; raise timeout= if making one takes so "
                    "long, or use num_workers=0 to see where it hangs"
                )
            for conn in ready:
                self._take(self._conns.index(conn))
        value = self._done.pop(task)
        if isinstance(value, _Failure):
            value.reraise()
        return _map(value, _HostArray, lambda a: array(a.values, dtype=a.values.dtype))

    def _take(self, worker: int) -> None:
        try:
            task, value = _receive(self._conns[worker])
        except (EOFError, OSError) as error:
            raise self._died(worker) from error
        self._busy[worker] -= 1
        del self._owner[task]
        if task in self._forgotten:
            self._forgotten.discard(task)
        else:
            self._done[task] = value

    def forget(self, tasks: Sequence[int]) -> None:
        """Throw away the results of tasks that nobody waits for any more.

        Parameters
        ----------
        tasks : list of int
        """
        for task in tasks:
            if task in self._owner:
                self._forgotten.add(task)
            self._done.pop(task, None)

    def _died(self, worker: int) -> MXNetError:
        process = self._processes[worker]
        process.join(timeout=1)
        code = process.exitcode
        reason = f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"
        self.close()
        return MXNetError(
            f"DataLoader: worker {worker} (pid {process.pid}) died: {reason}. It may have run out of memory; "
            "use num_workers=0 to see its error"
        )
