"""A second process that compiles the kernels of a graph while this one starts with those that it needs first.

Numba compiles in one thread at a time.  So where planning a graph meets the first kernel that is in no cache, a process
is started that plans the same graph: it *rehearses* it, noting which kernels are asked for without compiling or running
any, and compiles them from the last one on, while the process that wants to run the graph goes from the first one to
the last.  They meet somewhere; what the helper has stored by then is loaded.

The helper gets the graph as JSON and reads no pickle.  It is started, not forked, so it does not matter which threads,
GPUs or notebook the program has.  It ends when there is nothing left to compile, when the program that started it is
gone, and at the latest with it.  Whatever goes wrong with it costs time only.  MXNB_COMPILE_AHEAD=0 turns it off.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from . import config
from .kernels import cache

_lock = threading.Lock()
_helper: subprocess.Popen[bytes] | None = None


@contextlib.contextmanager
def compiling(
    symbol: Any, ctx: Any, training: bool, specs: dict[str, Any], wanted: Iterable[str], fused: bool = True
) -> Iterator[None]:
    """Plan a graph in the block; the first kernel that has to be compiled starts the helper.

    Parameters
    ----------
    symbol, ctx, training, specs, wanted, fused :
        As in `graph.Program`.
    """
    if not ctx.on_cpu or cache.on_miss is not None or not possible():
        yield
        return
    cache.on_miss = partial(_start, symbol, training, specs, list(wanted), fused)
    try:
        yield
    finally:
        cache.on_miss = None


def possible() -> bool:
    """Whether a helper may be started: there is a folder to meet in, an idle processor, and a Python to run it."""
    from .kernels import loader

    return (
        config.compile_ahead()
        and config.kernel_cache_mode() == "object"
        and not loader.supported()
        and config.available_cpus() > max(1.0, _load())
        and not getattr(sys, "frozen", False)
        and os.path.basename(sys.executable or "").startswith("python")  # not a program that embeds it
    )


def _load() -> float:
    """How many processes have been running in the last minute."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):  # the system does not tell
        return 0.0


def _start(symbol: Any, training: bool, specs: dict[str, Any], wanted: list[str], fused: bool) -> None:
    global _helper
    cache.on_miss = None
    with _lock, contextlib.suppress(Exception):  # a graph that is no JSON, no memory for a process, …
        if _helper is not None and _helper.poll() is None:
            return
        shapes = {name: (list(shape), dtype.name) for name, (shape, dtype) in specs.items()}
        job = {"symbol": symbol.tojson(False), "training": training, "specs": shapes, "wanted": wanted, "fused": fused}
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        with tempfile.TemporaryFile() as file:
            file.write(json.dumps(job).encode())
            file.seek(0)
            _helper = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=file,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
        atexit.register(_end, _helper, os.getpid())


def _end(helper: subprocess.Popen[bytes], owner: int) -> None:
    """End the helper; not in a process that was forked from its owner."""
    if os.getpid() == owner and helper.poll() is None:
        helper.kill()
        helper.wait()


# --- The helper ------------------------------------------------------------------------------------------------------


class Rehearsal:
    """Stands in for `cache.get`: notes the kernels that are asked for, in the order in which they are needed.

    While a graph is planned those that are called do run: they measure what plans depend on. Later none does anything.
    """

    def __init__(self) -> None:
        self.found: list[tuple[Any, tuple[Any, ...]]] = []
        self.planning = True

    def __enter__(self) -> Rehearsal:
        cache.instead = self.note
        return self

    def __exit__(self, *exception: Any) -> None:
        cache.instead = None

    def note(self, kernel: Any, spec: tuple[Any, ...]) -> Any:
        """Give a function in place of a kernel."""
        self.found.append((kernel, spec))

        def call(*args: Any) -> Any:
            if not self.planning:
                return None
            cache.instead = None
            try:
                return cache.get(kernel, spec)(*args)
            finally:
                cache.instead = self.note

        return call


def rehearse(job: dict[str, Any]) -> list[Any]:
    """The kernels that a graph asks for, with the types of their arguments."""
    from . import symbol
    from .context import cpu
    from .graph import Program

    specs = {name: (tuple(shape), np.dtype(dtype)) for name, (shape, dtype) in job["specs"].items()}
    graph = symbol.load_json(job["symbol"])
    with Rehearsal() as rehearsal:
        program = Program(graph, cpu(), job["training"], specs, job["wanted"], job["fused"])
        rehearsal.planning = False
        for step in program.steps:
            if not step.alias:
                with contextlib.suppress(Exception):  # where kernels do nothing not all goes as it should
                    step.plan.run(*[np.zeros(*program.specs[slot]) for slot in (*step.outs, *step.ins)])
    return rehearsal.found


def main() -> None:
    """Compile the kernels of the graph that the standard input describes, the last ones first."""
    parent = os.getppid()
    for kernel, spec in reversed(rehearse(json.load(sys.stdin))):
        if os.getppid() != parent:
            return
        cache.provide(kernel, spec)


if __name__ == "__main__":
    main()
