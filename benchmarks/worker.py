"""The process of one library: ``python -m benchmarks.worker LIBRARY THREADS`` answers commands, a JSON line each.

    ["prepare", group, case]   -> seconds that one call takes, and the digest of its result; null without counterpart
    ["run", calls]             -> wall and processor seconds of one block of calls
    ["versions"]               -> names and versions

Whatever fails answers ``{"error": text}``.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import platform
import sys
import time

from .case import MODULES
from .cases import find


class Library:
    """A library under test: how it is imported, and how one waits for its results."""

    def __init__(self, name, threads):
        self.name, self.module = name, importlib.import_module(MODULES.get(name, name))
        self.torch = self.module.__name__ == "torch"
        if self.torch:
            self.module.set_num_threads(threads)

    def wait(self):
        """Until all that was asked for is computed; MXNet computes in the background."""
        if not self.torch:
            self.module.nd.waitall()

    def recording(self, on):
        """A scope in which autograd records; PyTorch always does."""
        return self.module.autograd.record() if on and not self.torch else contextlib.nullcontext()

    def digest(self, result):
        """One number that says whether a result is the expected one."""
        array = result.detach().numpy() if self.torch else result.asnumpy()
        return float(abs(array.astype("float64")).sum())

    def versions(self):
        """Versions of the library and of its Python."""
        return {self.name: self.module.__version__, self.name + "'s Python": platform.python_version()}


class Server:
    """Answers the commands."""

    def __init__(self, library):
        self.library, self.call, self.recorded = library, None, False

    def prepare(self, group, name):
        """Build a case, run it a few times, and measure roughly how long a call takes."""
        case = find(group, name)
        build = case.builder(self.library.name)
        self.call = None  # and what it holds, before there is more
        gc.collect()
        if build is None:
            return None
        self.call, self.recorded = build(self.library.module), case.recorded
        digest = self.library.digest(self.call()) if case.digest else None
        self.run(2)
        calls = 1
        while True:
            wall = self.run(calls)[0]
            if wall > 0.005 or calls > 10000:
                return wall / calls, digest
            calls *= 4

    def run(self, calls):
        """Wall and processor seconds of a block of calls."""
        call, repeat = self.call, range(calls)
        with self.library.recording(self.recorded):
            cpu, wall = time.process_time(), time.perf_counter()
            for _ in repeat:
                call()
            self.library.wait()
            return time.perf_counter() - wall, time.process_time() - cpu

    def versions(self):
        """See `Library.versions`."""
        return self.library.versions()


def main():
    """Serve until the input ends."""
    name, threads = sys.argv[1], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    server = Server(Library(name, threads))
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        command, *args = json.loads(line)
        try:
            answer = getattr(server, command)(*args)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
