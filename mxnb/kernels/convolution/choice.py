"""Which tiles a convolution on the CPU uses: the cheapest by an estimate of cycles.

A step of a tile's loop multiplies a column of numbers with a row of registers.  The processor begins one product of
registers of 64 bytes in a cycle, or two of 32 bytes.  Each waits four cycles for the sum before it, so that a tile of
fewer than 8 registers leaves gaps.  In a cycle two numbers are fetched, or one register of 64 bytes.  What is computed
beyond the end of a line, or for channels that do not exist, is lost; for each tile come the stores of its results,
which are turned if channels are in the lanes.

Measured on Zen 4 with 8 to 16 registers of pixels by one of channels: 97% of what the processor can do.  More channels
gain nothing there: their weights are longer, and they write to more places at a time; so 4% are added for them.  2% are
added for tiles of several lines, each of which keeps its own place in a register.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..gemm import register
from ..kernel import Static

FAR = 3  # numbers that take as long as a short register of weights, from the second-level cache, for a few pixels
PACKED, MASKED = 12, 40  # cycles to pack a register of weights, and one that is not full
ROWS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24)  # channels of a tile of `channels`


class Choice(NamedTuple):
    """A tile.

    kind : which kernel, "pixels" or "channels".
    tile : its compile-time sizes.
    numbers : channels of a panel.
    cost : estimated cycles.
    lines : how many lines of pixels it covers.
    reads : pixels that it may read of a line, even of a shorter one.
    """

    kind: str
    tile: Static
    numbers: int
    cost: float
    lines: int
    reads: int


def choose(plan: Any, dtype: np.dtype) -> list[Choice]:
    """The cheapest tiles for a plan (see `plan.Tiled`), one for each part, all with panels of the same width."""
    parts, channels, stride = plan.parts, plan.channels, plan.stride
    best: tuple[float, list[Choice]] = (math.inf, [])
    count, registers = register(dtype)
    options: list[tuple[Any, int]] = [(_pixel_tile, cols) for cols in (1, 2)]
    if stride == 1:
        options += [(_channel_tile, rows) for rows in ROWS]
    for find, size in options:
        choices = [find(part, channels, stride, size, count, registers) for part in parts]
        numbers = choices[0].numbers
        rows = -(-channels // numbers) * -(-numbers // count) * len(plan.taps)  # of packed weights
        cost = sum(choice.cost for choice in choices) + rows * (MASKED if numbers % count else PACKED) / plan.images
        if cost < best[0]:
            best = cost, choices
    choices = best[1]
    # parts without taps, of which one line is computed, take what is there: every tile must be compiled
    taken = next((choice for choice, part in zip(choices, parts) if part.steps), choices[0])
    fits = [taken.kind == "channels" or (taken.lines == 1 and taken.tile.rows <= part.width) for part in parts]  # type: ignore[attr-defined]
    return [choice if part.steps or not fit else taken for choice, part, fit in zip(choices, parts, fits)]


def _steps(part: Any, lines: int) -> int:
    """Steps of all tiles along one column of tiles that cover `lines` lines each."""
    spans = part.spans.reshape(-1, 2)
    ends = np.minimum(np.arange(0, len(spans), lines) + lines, len(spans)) - 1
    return part.taken(spans[::lines, 1] - spans[ends, 0])


def _fetch(numbers: int, loads: int, registers: int) -> float:
    """How long a step waits for memory, in the time of one product."""
    return numbers + loads if registers == 16 else numbers / 2 + loads


def _cost(part: Any, panels: int, width: int, lines: int, step: float, end: float) -> float:
    """Cycles for tiles of `width` pixels: `step` for each step of the loop, and `end` for each tile."""
    tiles = -(-len(part.lines) // lines)
    return panels * -(-part.width // width) * (_steps(part, lines) * step + tiles * end)


def _pixel_tile(part: Any, channels: int, stride: int, cols: int, count: int, registers: int) -> Choice:
    best = None
    panels = -(-channels // (cols * count))
    for rows in range(1, min(count, part.width) + 1):
        most = min(len(part.lines), count // rows) if rows == part.width else 1
        for lines in range(1, most + 1):
            pixels = rows * lines
            if pixels * cols + cols + 1 > registers and pixels > 1:
                continue
            weights = cols if registers > 16 else FAR * cols
            step = max(pixels * cols, _fetch(pixels, weights, registers), 8)
            cost = _cost(part, panels, rows, lines, step, cols * 5 * count + 30)
            if registers > 16 and cols > 1:
                cost *= 1.04
            if lines > 1:
                cost *= 1.02
            if best is None or cost < best[0]:
                best = cost, rows, lines
    assert best is not None
    cost, rows, lines = best
    tile = Static(rows=rows, lines=lines, pixels=rows * lines, cols=cols, stride=stride)
    return Choice("pixels", tile, cols * count, cost, lines, rows)


def _channel_tile(part: Any, channels: int, stride: int, rows: int, count: int, registers: int) -> Choice:
    best: tuple[float, int] = (math.inf, 1)
    panels = -(-channels // rows)
    for cols in range(1, 5):
        if rows * cols + cols + 1 > registers:
            continue
        step = max(rows * cols, _fetch(rows, cols, registers), 8)
        best = min(best, (_cost(part, panels, cols * count, 1, step, rows * cols * 3 + 30), cols))
    cost, cols = best
    return Choice("channels", Static(rows=rows, cols=cols), rows, cost, 1, cols * count)
