"""Samples that come one after the other, put together to batches of a fixed size: what MXNet's file iterators share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from .io import SourceBatch

Sample = tuple[np.ndarray, np.ndarray, int]
"""Data, label, and the sample's number."""


class Batches:
    """A `Source` of batches from samples.

    Parameters
    ----------
    samples : callable
        Gives an iterator over the samples of one epoch.
    batch_size : int
    round_batch : bool
        A batch at the end is filled with the first samples, and the next epoch begins behind those; otherwise it is
        filled with what the batch before held.
    """

    def __init__(self, samples: Callable[[], Iterator[Sample]], batch_size: int, round_batch: bool) -> None:
        self.samples, self.batch_size, self.round_batch = samples, batch_size, round_batch
        self._iterator: Iterator[Sample] | None = None
        self._rounded = False
        self._last: list[Sample] = []

    def reset(self) -> None:
        """Begin the next epoch."""
        if not self._rounded:
            self._iterator = None
        self._rounded = False

    def close(self) -> None:
        """Nothing goes on between calls."""

    def read(self) -> SourceBatch | None:
        """The next batch, None at the end of the epoch."""
        if self._rounded:
            return None
        if self._iterator is None:
            self._iterator = self.samples()
        batch = self._take(self.batch_size)
        if not batch:
            self._iterator = None
            self._rounded = True  # until `reset`
            return None
        pad = self.batch_size - len(batch)
        if pad and self.round_batch:
            while len(batch) < self.batch_size:  # several times, where there are few samples
                self._iterator = self.samples()
                batch += self._take(self.batch_size - len(batch))
            self._rounded = True
        elif pad:
            batch += (self._last or batch * self.batch_size)[len(batch) : self.batch_size]
        self._last = batch
        data, labels, index = zip(*batch)
        return SourceBatch(np.stack(data), np.stack(labels), pad, np.array(index, np.int64))

    def _take(self, count: int) -> list[Sample]:
        """Up to `count` samples."""
        assert self._iterator is not None
        return [sample for _, sample in zip(range(count), self._iterator)]
