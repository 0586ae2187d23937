"""The cases, in groups: small operations, operators at realistic sizes, convolutions, networks."""

from __future__ import annotations

import functools
import importlib

GROUPS = ("small", "operators", "layers", "convolutions", "training", "data")


@functools.lru_cache(None)
def cases(group):
    """The cases of a group."""
    return importlib.import_module("." + group, __name__).cases()


def find(group, name):
    """One case by name."""
    return next(case for case in cases(group) if case.name == name)
