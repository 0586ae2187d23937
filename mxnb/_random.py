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
_keys: dict[tuple[bool, int], int] = {}
_counters: dict[tuple[bool, int], int] = {}
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
            _keys.clear()
            _counters.clear()
        else:
            place = (ctx.on_cpu, ctx.device_id)
            _keys[place], _counters[place] = _key(value, ctx.device_id), 0


def _key(value: int, device_id: int) -> int:
    return (value + device_id * GOLDEN) & MASK


def take(ctx: Context, blocks: int) -> tuple[int, int]:
    """(key, counter) of the next `blocks` blocks of the context's stream."""
    draws = _thread.draws
    if draws is not None and type(draws) is not list:
        return next(draws)
    place = (ctx.on_cpu, ctx.device_id)
    with _lock:
        counter = _counters.get(place, 0)
        _counters[place] = (counter + blocks) & MASK
        key = _keys.get(place)
        if key is None:
            key = _keys[place] = _key(_seed, ctx.device_id)
    if draws is not None:
        draws.append((key, counter))
    return key, counter
