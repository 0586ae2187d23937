"""Flags of the running thread: is autograd recording, do operators behave as in training?"""

from __future__ import annotations

import threading


class State(threading.local):
    """Thread-local flags; class attributes are the values that a new thread starts with."""

    recording: bool = False
    training: bool = False


state = State()
