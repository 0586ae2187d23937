"""Finds the compiled form of a kernel."""

import threading

_lock = threading.RLock()


def get(kernel, spec):
    """The callable of `kernel` for arguments described by `spec`."""
    from . import compiler

    with _lock:
        return compiler.dispatcher(kernel, spec)
