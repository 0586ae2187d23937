"""The random streams: for each context a key, made from the seed, and a counter of the blocks of numbers used so far.

Kept below operators, which draw from the streams, and below `random.py`, which seeds them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .context import Context

GOLDEN = 0x9E3779B97F4A7C15  # spreads seeds and device numbers over the keys
MASK = (1 << 63) - 1

_lock = threading.Lock()
_keys: dict[tuple[bool, int], int] = {}
_counters: dict[tuple[bool, int], int] = {}
_seed = 0


class _Thread(threading.local):
    """What the running thread does with its draws."""

    def __init__(self) -> None:
        self.noted: list[tuple[int, int]] | None = None  # where they are written down
        self.again: Any = None  # an iterator over those that it is given once more


_thread = _Thread()


@contextmanager
def noting() -> Iterator[list[tuple[int, int]]]:
    """Write down in a list what this thread draws."""
    before, _thread.noted = _thread.noted, []
    try:
        yield _thread.noted
    finally:
        _thread.noted = before


@contextmanager
def repeating(draws: list[tuple[int, int]]) -> Iterator[None]:
    """Give this thread the same draws once more; the streams stay where they are."""
    before, _thread.again = _thread.again, iter(draws)
    try:
        yield
    finally:
        _thread.again = before


def seed(value: int, ctx: Context | None = None) -> None:
    """Start the stream of one context, or of all, anew."""
    global _seed
    with _lock:
        if ctx is None:
            _seed = value
            _keys.clear()
            _counters.clear()
        else:
            place = (ctx.on_cpu, ctx.device_id)
            _keys[place], _counters[place] = _key(value, ctx.device_id), 0


def _key(value: int, device_id: int) -> int:
    return (value + device_id * GOLDEN) & MASK


def take(ctx: Context, blocks: int) -> tuple[int, int]:
    """(key, counter) of the next `blocks` blocks of the context's stream."""
    if _thread.again is not None:
        return next(_thread.again)
    place = (ctx.on_cpu, ctx.device_id)
    with _lock:
        counter = _counters.get(place, 0)
        _counters[place] = (counter + blocks) & MASK
        key = _keys.get(place)
        if key is None:
            key = _keys[place] = _key(_seed, ctx.device_id)
    if _thread.noted is not None:
        _thread.noted.append((key, counter))
    return key, counter
