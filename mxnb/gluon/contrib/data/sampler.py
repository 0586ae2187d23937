"""Experimental samplers."""

from __future__ import annotations

from ...data.sampler import Sampler

__all__ = ["IntervalSampler"]


class IntervalSampler(Sampler):
    """Every `interval`-th index; with `rollover`, then again from 1, from 2, … until all are visited.

    Parameters
    ----------
    length : int
    interval : int
        At most `length`.
    rollover : bool, default True

    Notes
    -----
    ``len`` is the number of indices that a pass yields; 1.9.1 says `length` also when `rollover` is False.

    Examples
    --------
    >>> list(IntervalSampler(7, 3))
    [0, 3, 6, 1, 4, 2, 5]
    >>> list(IntervalSampler(7, 3, rollover=False))
    [0, 3, 6]
    """

    def __init__(self, length, interval, rollover=True):
        assert 0 < interval <= length, f"Interval {interval} must be smaller than or equal to length {length}"
        self._length, self._interval, self._rollover = length, interval, rollover

    def __iter__(self):
        for start in range(self._interval if self._rollover else 1):
            yield from range(start, self._length, self._interval)

    def __len__(self):
        return self._length if self._rollover else -(-self._length // self._interval)
