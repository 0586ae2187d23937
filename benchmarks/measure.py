"""Measures the libraries in turn, and what the figures say: ratios of the same round, their median and spread."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from typing import Any

from .case import LIBRARIES

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class WorkerError(Exception):
    """A library cannot be imported, or a case failed in it."""


class Worker:
    """A library in a process of its own, held to a number of threads.

    Parameters
    ----------
    library : one of `LIBRARIES`.
    threads : int
    python : interpreter that has it.
    """

    def __init__(self, library: str, threads: int, python: str = sys.executable) -> None:
        self.library = library
        environment = dict(os.environ, PYTHONPATH=ROOT)
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "MXNB_NUM_THREADS"):
            environment[name] = str(threads)
        self.process = subprocess.Popen(
            [python, "-m", f"{__package__}.worker", library, str(threads)], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if self._line() != "ready":
            raise WorkerError(f"{library} cannot be imported by {python}")

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ask(self, *command: Any) -> Any:
        """The answer to a command.

        Raises
        ------
        WorkerError
            If it failed.
        """
        assert self.process.stdin is not None
        try:
            print(json.dumps(command), file=self.process.stdin, flush=True)
            answer = json.loads(self._line())
        except (BrokenPipeError, json.JSONDecodeError):
            raise WorkerError(f"the process of {self.library} ended with status {self.process.wait()}") from None
        if isinstance(answer, dict) and "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def open_workers(threads: int, mxnet: str | None, others: tuple[str, ...]) -> dict[str, Worker]:
    """mxnb and the `others` that can be measured here, by name; MXNet where its interpreter is given."""
    pythons = {"mxnb": sys.executable, **dict.fromkeys(others, sys.executable)}
    if mxnet:
        pythons["mxnet"] = mxnet
    workers = {}
    for library, python in pythons.items():
        try:
            workers[library] = Worker(library, threads, python)
        except WorkerError as error:
            if library == "mxnb":
                raise
            print(f"left out: {error}", file=sys.stderr)
    return workers


def alternate(workers: dict[str, Worker], group: str, case: str, rounds: int, block: float) -> dict[str, Any]:
    """Measure one case: blocks of about `block` seconds, the libraries by turns, in `rounds` rounds.

    Returns
    -------
    dict
        Of each library ``{"wall": [...], "cpu": [...], "digest": ...}`` in seconds per call, or ``{"error": text}``.
    """
    found: dict[str, Any] = {}
    calls: dict[str, int] = {}
    for library, worker in workers.items():
        try:
            prepared = worker.ask("prepare", group, case)
        except WorkerError as error:
            found[library] = {"error": str(error)}
            continue
        if prepared is not None:
            seconds, digest = prepared
            calls[library] = max(1, round(block / max(seconds, 1e-9)))
            found[library] = {"wall": [], "cpu": [], "digest": digest}
    for turn in range(rounds):
        for library in calls if turn % 2 == 0 else reversed(calls):  # whoever comes first changes from round to round
            wall, cpu = workers[library].ask("run", calls[library])
            found[library]["wall"].append(wall / calls[library])
            found[library]["cpu"].append(cpu / calls[library])
    return found


def spread(values: list[float]) -> dict[str, float]:
    """Minimum, quartiles and median."""
    if len(values) < 2:
        values = values * 2
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"min": min(values), "q1": low, "median": middle, "q3": high}


def summarize(found: dict[str, Any]) -> dict[str, Any]:
    """What `alternate` found, as figures: of each library the times, and of the others their ratios to ours.

    A ratio above 1 says that mxnb is faster.  ``ratio`` is taken round by round, ``ratio_of_minima`` from the best
    blocks, ``cpu_ratio`` from the medians of the processor time, all threads together.
    """
    ours = found["mxnb"]
    summary: dict[str, Any] = {}
    for library in LIBRARIES:
        if library not in found:
            continue
        theirs = found[library]
        if "error" in theirs:
            summary[library] = theirs
            continue
        summary[library] = {"wall": spread(theirs["wall"]), "cpu": spread(theirs["cpu"])}
        if library == "mxnb" or "error" in ours:
            continue
        entry = summary[library]
        entry["ratio"] = spread([b / a for a, b in zip(ours["wall"], theirs["wall"])])
        entry["ratio_of_minima"] = min(theirs["wall"]) / min(ours["wall"])
        entry["cpu_ratio"] = statistics.median(theirs["cpu"]) / max(statistics.median(ours["cpu"]), 1e-12)
        a, b = ours.get("digest"), theirs.get("digest")
        entry["agrees"] = None if a is None or b is None else abs(a - b) <= 1e-3 * max(abs(a), abs(b))
    return summary
