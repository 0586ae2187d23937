"""Sequences of different lengths in one array: masking, the last step, reversal.

x: (T, N, …) or (N, T, …) is seen as rows, one for each step and sample, of `inner` numbers.  Each operator copies rows,

y[row] = x[source[row]], or a constant where source is -1        bytes: 2 * itemsize for each number; limited by memory

and says which in a table with an entry for each row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .common import bound, bound_each
from .device import empty_like_target
from .kernel import foreach, split_kernel
from .scratch import scratch
from .words import cast, index, lanes, load, maximum, minimum, store, zeros


@foreach(flat=True)
def masked_rows(i, source, lengths, steps, batch, across, down):
    """Row (t, n) itself where t < lengths[n].  Rows of a step are `across` apart, those of a sample `down`."""
    t, n = i // batch, i % batch
    source[t * down + n * across] = t * down + n * across if t < cast(lengths[n], steps) else -1


@foreach(flat=True)
def last_rows(n, source, lengths, steps, batch, across, down):
    """The last step of sample n."""
    source[n] = n * across + (minimum(maximum(cast(lengths[n], steps), 1), steps) - 1) * down


@foreach(flat=True)
def placed_rows(i, source, lengths, steps, batch, across, down):
    """Sample n at its last step, nothing at others."""
    t, n = i // batch, i % batch
    last = minimum(maximum(cast(lengths[n], steps), 1), steps) - 1
    source[t * down + n * across] = n if t == last else -1


@foreach(flat=True)
def reversed_rows(i, source, lengths, steps, batch, across, down):
    """The steps of sample n from its last to its first; what is later stays."""
    t, n = i // batch, i % batch
    length = minimum(cast(lengths[n], steps), steps)
    source[t * down + n * across] = (length - 1 - t if t < length else t) * down + n * across


@foreach(flat=True)
def copy_each(i, y, x, source, constant, inner):
    """Number i of y."""
    row = source[i // inner]
    y[i] = x[index(row * inner + i % inner)] if row >= 0 else cast(constant, y)


@split_kernel(flat=True)
def copy_rows(y, x, source, constant, inner, first, last):
    """Rows first..last of y, of floats."""
    for row in range(first, last):
        start = source[row]
        for j in range(0, inner, lanes(y)):
            if start >= 0:
                tile = load(x, start * inner + j, 1, 1, 1, inner - j)
            else:
                tile = zeros(y, 1, 1) + constant
            store(y, row * inner + j, tile, 1, inner - j)


# --- Launch ----------------------------------------------------------------------------------------------------------

ROWS = np.dtype("int64")
SOURCES = {"mask": masked_rows, "last": last_rows, "place": placed_rows, "reverse": reversed_rows}


def bind(
    on_cpu: bool, kind: str, steps: int, batch: int, inner: int, axis: int, dtypes: Any, constant: float = 0.0
) -> Callable[..., None]:
    """A function of (y, x, lengths).

    Parameters
    ----------
    kind : 'mask', 'last', 'place' (the gradient of last) or 'reverse'.
    steps, batch, inner : sizes, with steps along axis 0 or 1.
    dtypes : of x and y, and of the lengths.
    """
    across, down = (1, batch) if axis == 0 else (steps, 1)
    (dtype, given), work = dtypes, batch if kind == "last" else steps * batch
    find = bound_each(on_cpu, SOURCES[kind], (ROWS, given), (steps, batch, across, down), work)
    if on_cpu and dtype.kind == "f":
        move = bound(copy_rows, work, inner, (dtype, dtype, ROWS), (constant, inner))
    else:
        move = bound_each(on_cpu, copy_each, (dtype, dtype, ROWS), (constant, inner), work * inner)

    def run(y: Any, x: Any, lengths: Any) -> None:
        source = scratch("sequence.source", work, ROWS) if on_cpu else empty_like_target(y, (work,), ROWS)
        find(source, lengths)
        move(y, x, source)

    return run
