"""How planes lie in memory, with zeros around or as they are given: where their lines, numbers and channels begin."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .geometry import Three

BESIDE, OFTEN = 64, 640  # channels, and products with each number, from which on the copy has lines beside each other
LONGEST = 512  # pixels of a line


class Layout(NamedTuple):
    """Planes of `full` numbers along each axis.

    Of `beside` planes, which are all of a group or one, the same lines follow each other.  So what a line of pixels
    sees of many channels lies in few pages, and not in one for each of them.  The copy takes twice as long.
    """

    full: Three
    beside: int = 1

    @classmethod
    def copied(cls, full: Three, channels: int, products: int) -> Layout:
        """For a copy of planes of groups of `channels`, of which each number is multiplied `products` times."""
        if channels >= BESIDE and products >= OFTEN:
            return cls(full, channels)
        # planes must not lie so far apart that they share places in the cache
        return cls((full[0], full[1] + 1, full[2]) if math.prod(full) % 128 == 0 else full)

    @property
    def line(self) -> int:
        """How far lines lie apart: where planes are beside each other by an odd number of cache lines."""
        return self.full[2] if self.beside == 1 else (self.beside * self.full[2] + 31) // 32 * 32 + 16

    @property
    def steps(self) -> Three:
        """How far neighbours along each axis lie apart."""
        return (self.full[1] * self.line, self.line, 1)

    @property
    def plane(self) -> int:
        """How far planes lie apart."""
        return math.prod(self.full) if self.beside == 1 else self.full[2]

    def held(self, planes: int) -> int:
        """Numbers that some planes take."""
        return planes // self.beside * self.full[0] * self.steps[0]

    def lines(self, count: Three, stride: Three) -> tuple[np.ndarray, int]:
        """Where lines of `count` pixels begin, which are `stride` apart along each axis, and how long they are.

        Lines that follow each other without a gap are one.  Long ones are cut into equal ones, where that is possible,
        so that they can be divided among threads.
        """
        width, rest, full = count[2], count[:2], self.full
        if self.line == width and stride[1] == stride[2] == 1:
            width, rest = width * count[1], (count[0], 1)
            if full[1] == count[1] and stride[0] == 1:
                width, rest = width * count[0], (1, 1)
        lines = table(*(np.arange(n) * s * step for n, s, step in zip(rest, stride, self.steps)))
        piece = max(n for n in range(1, min(width, LONGEST) + 1) if width % n == 0)
        if piece < LONGEST // 8:
            return lines, width
        return table(lines, np.arange(0, width, piece) * stride[2]), piece


def table(*axes: Any) -> np.ndarray:
    """Sums of one number of each axis, in order."""
    total = np.zeros(1, np.int64)
    for axis in axes:
        total = (total[:, None] + np.asarray(axis, np.int64)[None, :]).reshape(-1)
    return total
