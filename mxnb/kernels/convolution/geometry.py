"""The numbers that describe a convolution, in one canonical form: always over depth, height and width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

Three = tuple[int, int, int]


@dataclass(frozen=True)
class Geometry:
    """A convolution of x: (batch, channels, *size) with w: (filters, channels / groups, *kernel).

    Its result is y: (batch, filters, *out).  One- and two-dimensional ones have leading sizes of 1 (`of` adds them).
    """

    batch: int
    channels: int
    filters: int
    groups: int
    size: Three
    out: Three
    kernel: Three
    stride: Three
    pad: Three
    dilate: Three

    @classmethod
    def of(
        cls,
        data: tuple[int, ...],
        out: tuple[int, ...],
        kernel: tuple[int, ...],
        stride: tuple[int, ...],
        pad: tuple[int, ...],
        dilate: tuple[int, ...],
        groups: int,
    ) -> Geometry:
        """From the shapes of x and y, and the sizes along 1 to 3 axes."""
        fill = lambda values, number: (number,) * (3 - len(values)) + tuple(values)
        return cls(
            data[0], data[1], out[1], groups, fill(data[2:], 1), fill(out[2:], 1), fill(kernel, 1), fill(stride, 1),
            fill(pad, 0), fill(dilate, 1),
        )  # fmt: skip

    @cached_property
    def group_channels(self) -> int:
        """Channels of x in a group."""
        return self.channels // self.groups

    @cached_property
    def group_filters(self) -> int:
        """Channels of y in a group."""
        return self.filters // self.groups

    @cached_property
    def depthwise(self) -> bool:
        """Whether each channel of x has windows of its own, and results of its own."""
        return self.groups > 1 and self.group_channels == 1

    @cached_property
    def taps(self) -> int:
        """Numbers in the window of one output pixel."""
        return self.group_channels * math.prod(self.kernel)

    @cached_property
    def pixels(self) -> int:
        """Pixels of one channel of y."""
        return math.prod(self.out)

    @cached_property
    def multiplications(self) -> int:
        """How many numbers are multiplied in all."""
        return self.batch * self.filters * self.pixels * self.taps

    @cached_property
    def numbers(self) -> np.ndarray:
        """All of them in one array, as kernels take them; see `naive.py` for the order."""
        parts = (self.channels, self.filters, self.groups, *self.size, *self.out, *self.kernel, *self.stride)
        return np.array((self.batch, *parts, *self.pad, *self.dilate), np.int64)
