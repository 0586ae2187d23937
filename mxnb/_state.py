"""Flags of the running thread: is autograd recording, do operators behave as in training?"""

from __future__ import annotations

import threading
from typing import Any


class State(threading.local):
    """Thread-local flags, with the values that a new thread starts with."""

    def __init__(self) -> None:
        self.recording = False
        self.training = False
        self.shapes: Any = None  # while Gluon traces a block: what knows the shapes of its symbols (`of(symbol)`)
        self.before: list[tuple[bool, bool]] = []  # `recording` and `training` around the scopes that are open


state = State()
