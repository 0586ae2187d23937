"""A second process that compiles the kernels of a graph while this one starts with those that it needs first.

Numba compiles in one thread at a time.  So when the first kernel is in no cache a process is started, which imports
numba as this one does.  And where planning a graph meets such a kernel, that process gets the graph, plans it as well
and *rehearses* it, noting which kernels are asked for without compiling or running any.  It compiles them from the last
one on, while the process that wants to run the graph goes from the first one to the last.  They meet somewhere (what
one compiles the other waits for or leaves out, see `cache.claim`); what the helper has stored by then is loaded.

The helper gets graphs as lines of JSON and reads no pickle.  It is started, not forked, so it does not matter which
threads, GPUs or notebook the program has.  It ends when there has been nothing to do for a while, when the program that
started it is gone, and at the latest with it.  Whatever goes wrong with it costs time only.  MXNB_COMPILE_AHEAD=0 turns
it off.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from . import config
from .kernels import cache

PATIENCE = 10  # seconds without work after which the helper ends
ROOM = 1 << 20  # bytes of graphs that its pipe holds

_lock = threading.Lock()
_helper: subprocess.Popen[bytes] | None = None


@contextlib.contextmanager
def compiling(
    symbol: Any, ctx: Any, training: bool, specs: dict[str, Any], wanted: Iterable[str], fused: bool = True
) -> Iterator[None]:
    """Plan a graph in the block; at the first kernel that has to be compiled the helper gets it.

    Parameters
    ----------
    symbol, ctx, training, specs, wanted, fused :
        As in `graph.Program`.
    """
    if not ctx.on_cpu or cache.on_miss is not _prepare:
        yield
        return
    cache.on_miss = partial(_start, symbol, training, specs, list(wanted), fused)
    try:
        yield
    finally:
        cache.on_miss = _prepare


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


def _prepare() -> None:
    """Start the helper at the first kernel that has to be compiled: a graph may follow, and numba's import is long."""
    if _helper is None:
        _send(b"")


def _start(symbol: Any, training: bool, specs: dict[str, Any], wanted: list[str], fused: bool) -> None:
    """Give a graph to the helper, once."""
    cache.on_miss = None
    with contextlib.suppress(Exception):  # a graph that is no JSON
        shapes = {name: (list(shape), dtype.name) for name, (shape, dtype) in specs.items()}
        job = {"symbol": symbol.tojson(False), "training": training, "specs": shapes, "wanted": wanted, "fused": fused}
        _send(json.dumps(job).encode() + b"\n")


def _send(line: bytes) -> None:
    """Write to the helper, which is started if there is none."""
    global _helper
    with _lock, contextlib.suppress(Exception):  # no memory for a process, …
        if _helper is None or _helper.poll() is not None:
            if not possible():
                return
            root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
            path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
            _helper = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
            atexit.register(_end, _helper, os.getpid())
            _widen(_helper.stdin)
        assert _helper.stdin is not None
        _helper.stdin.write(line)
        _helper.stdin.flush()


def _widen(pipe: Any) -> None:
    """Let a pipe hold large graphs, so that nobody waits for the helper to read them."""
    import fcntl

    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, ROOM)


def _end(helper: subprocess.Popen[bytes], owner: int) -> None:
    """End the helper; not in a process that was forked from its owner."""
    if os.getpid() == owner and helper.poll() is None:
        helper.kill()
        helper.wait()


def _forget() -> None:
    """In a forked process: the helper is its parent's; nothing is compiled ahead here."""
    cache.on_miss = None


cache.on_miss = _prepare
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


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
    """Compile the kernels of the graphs that the standard input describes, the last ones first."""
    parent, cache.on_miss = os.getppid(), None
    cache.prepare()
    from . import graph, symbol  # noqa: F401 - while the program still plans

    signal.alarm(PATIENCE)
    for line in sys.stdin:
        signal.alarm(0)
        for kernel, spec in reversed(rehearse(json.loads(line))):
            if os.getppid() != parent:
                return
            cache.provide(kernel, spec)
        signal.alarm(PATIENCE)


if __name__ == "__main__":
    main()
