"""Borders around arrays that copy what is inside, and the sum of their gradients.

y[j] = x[source(j)]            for each axis a table of sources; bytes: 2 * itemsize for each number of y
dx[i] = sum of dy[j] over j with source(j) = i, gathered: each row of dx adds up the rows of dy that copy it

Borders of one number are moved by `shaping.placer`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import device
from .kernel import foreach, split_kernel
from .launch import bind
from .shaping import GRAIN, by_size, move_row
from .words import cast, index, lanes, load, store, zeros


@split_kernel(flat=True)
def pad_rows(y, x, rows, along, short, left, inner, first, last):
    """Rows first..last of y, each a row of x between borders that copy from it.

    rows : which row of a plane of x, of `short` rows, each row of a plane of y is.
    along : which of the `inner` numbers of a row of x each number of a row of y is; from `left` on they run on.
    """
    wide, plane, k = len(along), first // len(rows) * short, first % len(rows)
    for i in range(first, last):
        to, start = i * wide, (plane + rows[index(k)]) * inner
        move_row(y, to + left, x, start, inner)
        for j in range(left):
            y[index(to + j)] = x[index(start + along[index(j)])]
        for j in range(left + inner, wide):
            y[index(to + j)] = x[index(start + along[index(j)])]
        k += 1
        if k == len(rows):
            plane, k = plane + short, 0


def padder(dtype: Any, shape: Any, first: Any, sources: Any) -> Any:
    """A function of (y, x) on the CPU that puts x into y and fills the rest by copies.

    Parameters
    ----------
    shape : of x.
    first : where x begins in y, along each axis.
    sources : for each axis, which index of x stands at each index of y; only axes from the third on have a border.
    """
    rows, along, same = owners_of(shape, sources), np.asarray(sources[-1], np.int64), by_size(dtype)
    rest = (rows, along, math.prod(shape[2:-1]), first[-1], shape[-1])
    count = math.prod(shape[:2]) * len(rows)
    run = bind(pad_rows, (same, same), rest, count, max(1, GRAIN // max(len(along), 1)))
    return run if same == dtype else lambda y, x: run(y.view(same), x.view(same))


def owners_of(shape: Any, sources: Any) -> np.ndarray:
    """Which row of a plane of `shape` each row of a padded plane is; see `padder`."""
    owners = np.zeros(1, np.int64)
    for source, n in zip(sources[2:-1], shape[2:-1]):
        owners = (owners[:, None] * n + source).reshape(-1)
    return owners


@foreach(flat=True, grain=GRAIN)
def pad_each(i, y, x, table, starts, dims):
    """y at i of x; table[starts[d] + j]: which index of x stands at index j of axis d."""
    count = len(starts)
    rest, at, step = i, 0, 1
    for d in range(count - 1, -1, -1):
        at += table[starts[d] + rest % dims[d]] * step
        rest //= dims[d]
        step *= dims[count + d]
    y[i] = x[at]


@foreach(flat=True, grain=256)
def unpad_each(i, dx, dy, begins, rows, along, tall, left, inner):
    """Row i of dx: the sum of the rows of dy that copy it, folded; a plane of dy, of `tall` rows, belongs to one of dx.

    rows[begins[k] : begins[k + 1]] : those of row k of a plane, in order.
    along : which of the `inner` numbers of a row of dx each number of a row of dy copies; those from `left` on copy
        all of them in order.
    """
    height, wide = len(begins) - 1, len(along)
    k = i % height
    for j in range(inner):
        dx[i * inner + j] = cast(0, dx)
    for r in range(begins[k], begins[k + 1]):
        start = (i // height * tall + rows[r]) * wide
        for j in range(wide):
            dx[i * inner + along[j]] += dy[start + j]


@split_kernel(flat=True)
def unpad_rows(dx, dy, begins, rows, along, tall, left, inner, first, last):
    """The same for rows first..last on the CPU: what is inside by registers, then the borders."""
    step, height, wide = lanes(dx), len(begins) - 1, len(along)
    for i in range(first, last):
        to, k, plane = i * inner, i % height, i // height * tall
        for j in range(0, inner, step):
            total = zeros(dx, 1, 1)
            for r in range(begins[k], begins[k + 1]):
                total = total + load(dy, (plane + rows[r]) * wide + left + j, 1, 1, 1, inner - j)
            store(dx, to + j, total, 1, inner - j)
        for r in range(begins[k], begins[k + 1]):
            start = (plane + rows[r]) * wide
            for j in range(left):
                dx[to + along[j]] += dy[start + j]
            for j in range(left + inner, wide):
                dx[to + along[j]] += dy[start + j]


def unpadder(on_cpu: bool, dtype: Any, shape: Any, first: Any, sources: Any) -> Any:
    """A function of (dx, dy): the gradient of borders that copy what is inside.

    Parameters
    ----------
    shape : of dx; only axes from the third on have a border.
    first : where dx begins in dy, along each axis.
    sources : for each axis, which index of dx stands at each index of dy.
    """
    owners = owners_of(shape, sources)  # the row of dx that each row of dy belongs to
    height = math.prod(shape[2:-1])
    begins = np.concatenate(([0], np.cumsum(np.bincount(owners, minlength=height))))
    tables = [np.asarray(t, np.int64) for t in (begins, np.argsort(owners, kind="stable"), sources[-1])]
    count, rest = math.prod(shape[:-1]), (len(owners), first[-1], shape[-1])
    if not on_cpu:
        return lambda dx, dy: unpad_each(count, dx, dy, *(device.work_copy(dx, t) for t in tables), *rest)
    return bind(unpad_rows, (dtype, dtype), (*tables, *rest), count, max(1, GRAIN // max(shape[-1], 1)))
