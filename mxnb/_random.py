"""The random streams: for each context a key, made from the seed, and a counter of the blocks of numbers used so far.

Kept below operators, which draw from the streams, and below `random.py`, which seeds them.
"""

from __future__ import annotations

import threading
from typing import Any

from .context import Context

GOLDEN = 0x9E3779B97F4A7C15  # spreads seeds and device numbers over the keys
MASK = (1 << 63) - 1

_lock = threading.Lock()
_enter, _leave = _lock.acquire, _lock.release  # a third of the time of a `with` statement
_streams: dict[Context, list[int]] = {}  # key and counter; contexts of one device number and memory share theirs
_seed = 0


class _Thread(threading.local):
    """What is said of the draws of the running thread: a list that notes them, or an iterator that gives them again."""

    draws: Any = None


_thread = _Thread()


class drawing:
    """A scope in which this thread's draws are noted in a list, or are those of an iterator and leave the streams."""

    __slots__ = ("before", "draws")

    def __init__(self, draws: Any) -> None:
        self.draws = draws

    def __enter__(self) -> None:
        self.before, _thread.draws = _thread.draws, self.draws

    def __exit__(self, *exception: Any) -> None:
        _thread.draws = self.before


def seed(value: int, ctx: Context | None = None) -> None:
    """Start the stream of one context, or of all, anew."""
    global _seed
    with _lock:
        if ctx is None:
            _seed = value
            _streams.clear()
        else:
            _stream(ctx)[:] = _key(value, ctx.device_id), 0


def _key(value: int, device_id: int) -> int:
    return (value + device_id * GOLDEN) & MASK


def _stream(ctx: Context) -> list[int]:
    """The stream of a context; called with the lock held."""
    found = _streams.get(ctx)
    if found is None:
        same = [s for c, s in _streams.items() if (c.on_cpu, c.device_id) == (ctx.on_cpu, ctx.device_id)]
        found = _streams[ctx] = same[0] if same else [_key(_seed, ctx.device_id), 0]
    return found


def take(ctx: Context, blocks: int) -> tuple[int, int]:
    """(key, counter) of the next `blocks` blocks of the context's stream."""
    draws = _thread.draws
    if draws is not None and type(draws) is not list:
        return next(draws)
    _enter()
    try:
        stream = _streams.get(ctx) or _stream(ctx)
        key, counter = stream
        stream[1] = (counter + blocks) & MASK
    finally:
        _leave()
    if draws is not None:
        draws.append((key, counter))
    return key, counter
