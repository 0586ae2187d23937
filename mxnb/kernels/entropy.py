"""Cross entropy of softmax against class labels, and its gradient, without the probabilities in between.

x: (rows, K) scores, label: (rows,) classes, limited to 0 … K - 1.

    y[r] = top[r] + more[r] - x[r, label[r]]          top = max(x[r]), more = log(sum(exp(x[r] - top)))
    dx[r, k] = dy[r] (exp(x[r, k] - top - more) - [k = label[r]])

Forward reads x and writes three numbers a row; backward reads x and writes dx.  The exponentials limit both where a row
is in the cache: K of them each.  `top` and `more` are kept apart, since their sum loses the small one's digits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .common import THREADS, bound, exp_of_negative, flat, maximum_of_block, sum_of_block, wide
from .device import SIMULATED
from .kernel import Static, cuda_kernel, foreach, helper, split_kernel
from .words import exp, lanes, load, log, maximum, reduce_add, reduce_max, store, zeros

LONG = 8 if SIMULATED else 64  # numbers in a row that a block of CUDA threads is worth
WIDE = 4  # registers handled together
INFINITY = np.inf
cuda: Any = None  # stands for numba.cuda in the kernels below


def naive(x: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The definition."""
    e = np.exp(x - x.max(1, keepdims=True))
    at = label.astype(int).clip(0, x.shape[1] - 1)[:, None]
    return -np.log(np.take_along_axis(e, at, 1)[:, 0] / e.sum(1))


def naive_backward(dy: np.ndarray, x: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The definition."""
    e = np.exp(x - x.max(1, keepdims=True))
    at = label.astype(int).clip(0, x.shape[1] - 1)[:, None]
    return dy[:, None] * (e / e.sum(1, keepdims=True) - (np.arange(x.shape[1]) == at))


@helper
def place(label, width):
    """The label as an index of the row."""
    return max(0, min(int(label), width - 1))


# --- CPU -------------------------------------------------------------------------------------------------------------


@split_kernel(flat=True)
def entropy_rows(y, top, more, x, label, form, width, first, last):
    """Rows first..last."""
    step = WIDE * lanes(x)
    for row in range(first, last):
        start, end = row * width, row * width + width
        at, high = start, zeros(x, 1, WIDE) - INFINITY
        while at + step <= end:
            high = maximum(high, load(x, at, 1, WIDE))
            at += step
        if at < end:
            high = maximum(high, load(x, at, 1, WIDE, 1, end - at, -INFINITY))
        largest = reduce_max(high)
        at, total = start, zeros(x, 1, WIDE)
        while at + step <= end:
            total = total + exp_of_negative(form, load(x, at, 1, WIDE) - largest)
            at += step
        if at < end:
            total = total + exp_of_negative(form, load(x, at, 1, WIDE, 1, end - at, -INFINITY) - largest)
        rest = log(reduce_add(total))
        top[row], more[row] = largest, rest
        y[row] = (largest - x[start + place(label[row], width)]) + rest


@split_kernel(flat=True)
def entropy_rows_backward(dx, dy, x, label, top, more, form, width, first, last):
    """dx of rows first..last."""
    step = WIDE * lanes(x)
    for row in range(first, last):
        at, end = row * width, row * width + width
        factor, largest, rest = dy[row], top[row], more[row]
        while at + step <= end:
            store(dx, at, exp_of_negative(form, (load(x, at, 1, WIDE) - largest) - rest) * factor)
            at += step
        if at < end:
            s = (load(x, at, 1, WIDE, 1, end - at) - largest) - rest
            store(dx, at, exp_of_negative(form, s) * factor, 1, end - at)
        dx[row * width + place(label[row], width)] -= factor


# --- CUDA ------------------------------------------------------------------------------------------------------------


@foreach(flat=True)
def entropy_each(i, y, top, more, x, label, width):
    """Row i, by one thread."""
    largest = wide(x[i * width])
    for k in range(1, width):
        largest = maximum(largest, x[i * width + k])
    total = largest * 0.0
    for k in range(width):
        total += exp(wide(x[i * width + k]) - largest)
    top[i], more[i] = largest, log(total)
    y[i] = (largest - x[i * width + place(label[i], width)]) + log(total)


@cuda_kernel
def entropy_cuda(y, top, more, x, label, like, width):
    """Row blockIdx.x, by a block of threads; `like` has the dtype of sums."""
    scratch = cuda.shared.array(THREADS, like.dtype)
    row, thread = cuda.blockIdx.x, cuda.threadIdx.x
    at = row * width
    largest = wide(x[at])
    for k in range(thread, width, THREADS):
        largest = maximum(largest, wide(x[at + k]))
    largest = maximum_of_block(scratch, largest)
    total = largest * 0.0
    for k in range(thread, width, THREADS):
        total += exp(wide(x[at + k]) - largest)
    rest = log(sum_of_block(scratch, total))
    if thread == 0:
        top[row], more[row] = largest, rest
        y[row] = (largest - x[at + place(label[row], width)]) + rest


@foreach(flat=True)
def entropy_backward_each(i, dx, dy, x, label, top, more, width):
    """dx[i]."""
    row = i // width
    p = exp(wide(x[i]) - top[row] - more[row])
    dx[i] = dy[row] * (p - 1.0 if place(label[row], width) == i % width else p)


# --- Launch functions ------------------------------------------------------------------------------------------------


def _form(dtype: Any) -> Static:
    return Static(single=dtype.itemsize == 4)


def cross_entropy(on_cpu: bool, dtype: Any, kind: Any, rows: int, width: int) -> Any:
    """A function of (y, top, more, x, label); `kind`: the dtype of the labels."""
    if rows * width == 0:
        return lambda y, top, more, x, label: None
    if on_cpu:
        return bound(entropy_rows, rows, width, (dtype,) * 4 + (kind,), (_form(dtype), width))
    if width < LONG:
        return lambda y, top, more, x, label: entropy_each(rows, y, top, more, x, label, width)
    return lambda y, top, more, x, label: entropy_cuda.launch(
        rows, THREADS, flat(y), flat(top), flat(more), flat(x), flat(label), flat(more), width
    )


def cross_entropy_backward(on_cpu: bool, dtype: Any, kind: Any, rows: int, width: int) -> Any:
    """A function of (dx, dy, x, label, top, more): the gradient, given what `cross_entropy` kept."""
    if on_cpu:
        dtypes = (dtype, dtype, dtype, kind, dtype, dtype)
        return bound(entropy_rows_backward, rows, width, dtypes, (_form(dtype), width))
    return lambda dx, *arrays: entropy_backward_each(rows * width, dx, *arrays, width)
