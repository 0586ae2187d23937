"""Softmax along one axis, its gradient, and the gradient of the classification loss.

Arrays are (outer, axis, inner); a *line* is the numbers along the axis at one (outer, inner).

    softmax      y = exp(s x - max) / sum(exp(s x - max))            s = 1 / temperature, negative for softmin
                 dx = s y (dy - sum(dy y))
    log          y = s x - max - log(sum(exp(s x - max)))
                 dx = s (dy - exp(y) sum(dy))

Sums and max are over the axis.  Backward needs y only.  On the CPU arithmetic limits softmax (an exp for each number)
where the data fit the cache, memory otherwise: 3 numbers read or written each.  Three forms: rows (inner = 1, vectors
along the axis), columns (vectors along inner), and one line at a time for CUDA and for lines of different lengths.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .common import THREADS, bound, bound_each, exp_of_negative, flat, maximum_of_block, sum_of_block, wide
from .device import SIMULATED, empty_like_target, is_device_array
from .kernel import Static, cuda_kernel, foreach, helper, split_kernel
from .words import cast, exp, index, lanes, load, log, maximum, reduce_add, reduce_max, store, trunc, where, zeros

LONG = 8 if SIMULATED else 64  # numbers in a line that a block of CUDA threads is worth
cuda: Any = None  # stands for numba.cuda in the kernels below
WIDE = 4  # registers handled together
BLOCK = 64  # lines beside each other that are one unit of work: some vectors
INFINITY = np.inf
Lines = tuple[int, int, int]
"""(outer, axis, inner)"""


def naive(x: np.ndarray, axis: int, scale: float, log: bool) -> np.ndarray:
    """The definition."""
    s = scale * x
    s = s - s.max(axis, keepdims=True)
    total = np.exp(s).sum(axis, keepdims=True)
    return s - np.log(total) if log else np.exp(s) / total


def naive_backward(dy: np.ndarray, y: np.ndarray, axis: int, scale: float, log: bool) -> np.ndarray:
    """The definition."""
    if log:
        return scale * (dy - np.exp(y) * dy.sum(axis, keepdims=True))
    return scale * y * (dy - (dy * y).sum(axis, keepdims=True))


# --- CPU: lines whose numbers lie beside each other ------------------------------------------------------------------


@helper
def softmax_row(form, y, x, at, width, scale, beyond):
    """The row of `width` numbers at `at`; `beyond` is read after its end: its product with scale is -infinity."""
    step = lanes(x)
    full = width // (WIDE * step) * WIDE * step
    high = zeros(x, 1, WIDE) - INFINITY
    top = zeros(x, 1, 1) - INFINITY
    for j in range(0, full, WIDE * step):
        high = maximum(high, load(x, at + j, 1, WIDE) * scale)
    for j in range(full, width, step):
        top = maximum(top, load(x, at + j, 1, 1, 1, width - j, beyond) * scale)
    largest = reduce_max(top)
    if full > 0:
        largest = maximum(largest, reduce_max(high))
    sums, total = zeros(x, 1, WIDE), zeros(x, 1, 1)
    for j in range(0, full, WIDE * step):
        s = load(x, at + j, 1, WIDE) * scale - largest
        e = exp_of_negative(form, s)
        sums = sums + e
        store(y, at + j, s if form.log == 1 else e)
    for j in range(full, width, step):
        s = load(x, at + j, 1, 1, 1, width - j, beyond) * scale - largest
        e = exp_of_negative(form, s)
        total = total + e
        store(y, at + j, s if form.log == 1 else e, 1, width - j)
    last_step = reduce_add(total)
    if full > 0:
        last_step += reduce_add(sums)
    last_step = log(last_step) if form.log == 1 else 1 / last_step
    for j in range(0, full, WIDE * step):
        p = load(y, at + j, 1, WIDE)
        store(y, at + j, p - last_step if form.log == 1 else p * last_step)
    for j in range(full, width, step):
        p = load(y, at + j, 1, 1, 1, width - j)
        store(y, at + j, p - last_step if form.log == 1 else p * last_step, 1, width - j)


@split_kernel(flat=True)
def rows_cpu(y, x, form, width, scale, beyond, first, last):
    """Rows first..last."""
    for row in range(first, last):
        softmax_row(form, y, x, row * width, width, scale, beyond)


@split_kernel(flat=True)
def rows_with_length_cpu(y, x, length, form, width, scale, beyond, first, last):
    """Rows first..last, of which only the first length[row] numbers count; the others become 0."""
    for row in range(first, last):
        n = max(0, min(int(length[row]), width))
        if n > 0:
            softmax_row(form, y, x, row * width, n, scale, beyond)
        for k in range(row * width + n, row * width + width):
            y[index(k)] = 0.0


@split_kernel(flat=True)
def rows_backward_cpu(dx, dy, y, form, width, scale, first, last):
    """dx of rows first..last."""
    step = lanes(y)
    full = width // (WIDE * step) * WIDE * step
    for row in range(first, last):
        at = row * width
        sums, total = zeros(y, 1, WIDE), zeros(y, 1, 1)
        for j in range(0, full, WIDE * step):
            g = load(dy, at + j, 1, WIDE)
            sums = sums + (g if form.log == 1 else g * load(y, at + j, 1, WIDE))
        for j in range(full, width, step):
            g = load(dy, at + j, 1, 1, 1, width - j)
            total = total + (g if form.log == 1 else g * load(y, at + j, 1, 1, 1, width - j))
        whole = reduce_add(total)
        if full > 0:
            whole += reduce_add(sums)
        for j in range(0, full, WIDE * step):
            g, p = load(dy, at + j, 1, WIDE), load(y, at + j, 1, WIDE)
            store(dx, at + j, ((g - exp_of_negative(form, p) * whole) if form.log == 1 else (g - whole) * p) * scale)
        for j in range(full, width, step):
            n = width - j
            g, p = load(dy, at + j, 1, 1, 1, n), load(y, at + j, 1, 1, 1, n)
            store(
                dx, at + j, ((g - exp_of_negative(form, p) * whole) if form.log == 1 else (g - whole) * p) * scale, 1, n
            )


# --- CPU: blocks of lines, vectors across them -----------------------------------------------------------------------


@split_kernel(flat=True)
def columns_cpu(y, x, form, width, inner, scale, first, last):
    """Blocks first..last of lines; each outer index has ceil(inner / BLOCK) of them."""
    step = lanes(x)
    blocks = (inner + BLOCK - 1) // BLOCK
    for block in range(first, last):
        start = block % blocks * BLOCK
        for column in range(start, min(start + BLOCK, inner), step):
            at, n = block // blocks * width * inner + column, inner - column
            top = load(x, at, 1, 1, 1, n) * scale
            for k in range(1, width):
                top = maximum(top, load(x, at + k * inner, 1, 1, 1, n) * scale)
            total = zeros(x, 1, 1)
            for k in range(width):
                s = load(x, at + k * inner, 1, 1, 1, n) * scale - top
                e = exp_of_negative(form, s)
                total = total + e
                store(y, at + k * inner, s if form.log == 1 else e, 1, n)
            final = log(total) if form.log == 1 else 1 / total
            for k in range(width):
                p = load(y, at + k * inner, 1, 1, 1, n)
                store(y, at + k * inner, p - final if form.log == 1 else p * final, 1, n)


@split_kernel(flat=True)
def columns_backward_cpu(dx, dy, y, form, width, inner, scale, first, last):
    """dx of blocks first..last of lines."""
    step = lanes(y)
    blocks = (inner + BLOCK - 1) // BLOCK
    for block in range(first, last):
        start = block % blocks * BLOCK
        for column in range(start, min(start + BLOCK, inner), step):
            at, n = block // blocks * width * inner + column, inner - column
            total = zeros(y, 1, 1)
            for k in range(width):
                g = load(dy, at + k * inner, 1, 1, 1, n)
                total = total + (g if form.log == 1 else g * load(y, at + k * inner, 1, 1, 1, n))
            for k in range(width):
                i = at + k * inner
                g, p = load(dy, i, 1, 1, 1, n), load(y, i, 1, 1, 1, n)
                store(
                    dx, i, ((g - exp_of_negative(form, p) * total) if form.log == 1 else (g - total) * p) * scale, 1, n
                )


# --- One line at a time: CUDA, and lines of different lengths --------------------------------------------------------


@foreach(flat=True)
def line(i, y, x, logs, width, inner, scale):
    """Line i."""
    at = i // inner * width * inner + i % inner
    top = wide(x[at]) * scale
    for k in range(1, width):
        top = maximum(top, x[at + k * inner] * scale)
    total = top * 0.0
    for k in range(width):
        total += exp(wide(x[at + k * inner]) * scale - top)
    if logs == 1:
        shift = log(total) + top
        for k in range(width):
            y[at + k * inner] = x[at + k * inner] * scale - shift
    else:
        for k in range(width):
            y[at + k * inner] = exp(wide(x[at + k * inner]) * scale - top) / total


@foreach(flat=True)
def line_backward(i, dx, dy, y, logs, width, inner, scale):
    """dx of line i."""
    at = i // inner * width * inner + i % inner
    total = wide(dy[at]) * 0.0
    for k in range(width):
        g = wide(dy[at + k * inner])
        total += g if logs == 1 else g * y[at + k * inner]
    for k in range(width):
        g, p = wide(dy[at + k * inner]), wide(y[at + k * inner])
        dx[at + k * inner] = ((g - exp(p) * total) if logs == 1 else (g - total) * p) * scale


@foreach(flat=True)
def line_with_length(i, y, x, length, width, inner, scale):
    """Line i, of which only the first length[i] numbers count; the others become 0."""
    at = i // inner * width * inner + i % inner
    n = max(0, min(length[i], width))
    top = wide(x[at]) * scale
    for k in range(1, n):
        top = maximum(top, x[at + k * inner] * scale)
    total = top * 0.0
    for k in range(n):
        total += exp(wide(x[at + k * inner]) * scale - top)
    for k in range(n):
        y[at + k * inner] = exp(wide(x[at + k * inner]) * scale - top) / total
    for k in range(n, width):
        y[at + k * inner] = 0.0


# --- CUDA: a block of threads for each row ---------------------------------------------------------------------------


@cuda_kernel
def rows_cuda(y, x, like, logs, width, scale):
    """Row blockIdx.x."""
    scratch = cuda.shared.array(THREADS, like.dtype)
    at, thread = cuda.blockIdx.x * width, cuda.threadIdx.x
    top = wide(x[at]) * scale
    for k in range(thread, width, THREADS):
        top = maximum(top, wide(x[at + k]) * scale)
    top = maximum_of_block(scratch, top)
    total = top * 0.0
    for k in range(thread, width, THREADS):
        total += exp(wide(x[at + k]) * scale - top)
    total = sum_of_block(scratch, total)
    shift = log(total) + top
    for k in range(thread, width, THREADS):
        s = wide(x[at + k]) * scale
        y[at + k] = s - shift if logs == 1 else exp(s - top) / total


@cuda_kernel
def rows_backward_cuda(dx, dy, y, like, logs, width, scale):
    """dx of row blockIdx.x."""
    scratch = cuda.shared.array(THREADS, like.dtype)
    at, thread = cuda.blockIdx.x * width, cuda.threadIdx.x
    total = wide(dy[at]) * 0.0
    for k in range(thread, width, THREADS):
        g = wide(dy[at + k])
        total += g if logs == 1 else g * y[at + k]
    total = sum_of_block(scratch, total)
    for k in range(thread, width, THREADS):
        g, p = wide(dy[at + k]), wide(y[at + k])
        dx[at + k] = ((g - exp(p) * total) if logs == 1 else (g - total) * p) * scale


# --- Loss: the gradient of cross entropy after softmax ---------------------------------------------------------------


@foreach(flat=True)
def loss_line(i, dx, p, label, scale, width, inner, ignores, ignored, smooth):
    """dx = (p - target) scale of line i, where the target is 1 at the label; a label outside of the line has none.

    With smoothing the label's target is 1 - smooth and that of the others smooth / (width - 1).
    """
    at = i // inner * width * inner + i % inner
    given = label[i]
    if ignores == 1 and given == ignored:
        for k in range(width):
            dx[at + k * inner] = 0.0
    else:
        rest = smooth / cast(max(width - 1, 1), smooth)
        for k in range(width):
            dx[at + k * inner] = (p[at + k * inner] - rest) * scale
        k = int(given)
        if k >= 0 and k < width:
            dx[at + k * inner] = (p[at + k * inner] - (1.0 - smooth)) * scale


@split_kernel(flat=True)
def loss_columns_cpu(dx, p, label, scale, width, inner, ignores, ignored, first, last):
    """dx = (p - target) scale of blocks first..last of lines."""
    step = lanes(p)
    blocks = (inner + BLOCK - 1) // BLOCK
    for block in range(first, last):
        outer, start = block // blocks, block % blocks * BLOCK
        for column in range(start, min(start + BLOCK, inner), step):
            n = inner - column
            given = load(label, outer * inner + column, 1, 1, 1, n)
            whole = trunc(given)
            factor = where(given == ignored, 1.0 - ignores, 1.0) * scale
            for k in range(width):
                at = (outer * width + k) * inner + column
                probability = load(p, at, 1, 1, 1, n)
                store(dx, at, where(whole == k, probability - 1.0, probability) * factor, 1, n)


@foreach(flat=True)
def count_labels(i, count, label, ignored, length):
    """count[0] = how many labels are not the ignored one."""
    total = 0
    for k in range(length):
        if label[k] != ignored:
            total += 1
    count[i] = total


@foreach(flat=True)
def difference_each(i, dx, p, target, scale):
    """dx[i] = (p - target) scale."""
    dx[i] = (p[i] - target[i]) * scale


# --- Launch functions ------------------------------------------------------------------------------------------------


def _like(x: Any) -> Any:
    """An array of the dtype in which numbers of x are added up."""
    return empty_like_target(x, (1,), np.float32) if x.dtype == np.float16 else flat(x)


def geometry(shape: tuple[int, ...], axis: int) -> Lines:
    """A shape as (outer, axis, inner)."""
    return math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])


def softmax(on_cpu: bool, dtype: Any, lines: Lines, scale: float = 1.0, log: bool = False) -> Any:
    """A function of (y, x): y = softmax(scale * x), or its logarithm, along the middle of `lines`."""
    outer, width, inner = lines
    if outer * width * inner == 0:
        return lambda y, x: None
    form = Static(log=log, single=np.dtype(dtype).itemsize == 4)
    if on_cpu and inner == 1:
        beyond = -INFINITY if scale > 0 else INFINITY
        return bound(rows_cpu, outer, width, (dtype,) * 2, (form, width, scale, beyond))
    if on_cpu:
        blocks = outer * -(-inner // BLOCK)
        return bound(columns_cpu, blocks, width * BLOCK, (dtype,) * 2, (form, width, inner, scale))
    if inner == 1 and width >= LONG:
        return lambda y, x: rows_cuda.launch(outer, THREADS, flat(y), flat(x), _like(x), int(log), width, scale)
    return lambda y, x: line(outer * inner, y, x, int(log), width, inner, scale)


def softmax_backward(on_cpu: bool, dtype: Any, lines: Lines, scale: float = 1.0, log: bool = False) -> Any:
    """A function of (dx, dy, y): the gradient of `softmax`, given its result."""
    outer, width, inner = lines
    if outer * width * inner == 0:
        return lambda dx, dy, y: None
    form = Static(log=log, single=np.dtype(dtype).itemsize == 4)
    if on_cpu and inner == 1:
        return bound(rows_backward_cpu, outer, width, (dtype,) * 3, (form, width, scale))
    if on_cpu:
        blocks = outer * -(-inner // BLOCK)
        return bound(columns_backward_cpu, blocks, width * BLOCK, (dtype,) * 3, (form, width, inner, scale))
    if inner == 1 and width >= LONG:
        return lambda dx, dy, y: rows_backward_cuda.launch(
            outer, THREADS, flat(dx), flat(dy), flat(y), _like(y), int(log), width, scale
        )  # fmt: skip
    return lambda dx, dy, y: line_backward(outer * inner, dx, dy, y, int(log), width, inner, scale)


def softmax_with_length(on_cpu: bool, dtype: Any, kind: Any, lines: Lines, scale: float) -> Callable[..., None]:
    """A function of (y, x, length): softmax(scale * x) of the first `length` numbers of each line; zeros after them.

    kind : dtype of the lengths.
    """
    outer, width, inner = lines
    if outer * width * inner == 0:
        return lambda y, x, length: None
    if on_cpu and inner == 1:
        form = Static(log=0, single=np.dtype(dtype).itemsize == 4)
        beyond = -INFINITY if scale > 0 else INFINITY
        return bound(rows_with_length_cpu, outer, width, (dtype, dtype, kind), (form, width, scale, beyond))
    return bound_each(on_cpu, line_with_length, (dtype, dtype, kind), (width, inner, scale), outer * inner)


def loss_backward(on_cpu: bool, dtype: Any, lines: Lines, ignored: float | None, smooth: float) -> Callable[..., None]:
    """A function of (dx, p, label, scale): dx = (p - target) * scale, where `label` holds the class of each line.

    Parameters
    ----------
    dtype : of dx and p, arrays of outer * axis * inner numbers, and of the outer * inner labels.
    lines : (outer, axis, inner).
    ignored : lines with this label get no gradient.
    smooth : how much of the target is spread over the other classes.
    """
    outer, width, inner = lines
    rest = (width, inner, int(ignored is not None), 0.0 if ignored is None else ignored)
    if outer * width * inner == 0:
        return lambda dx, p, label, scale: None
    if on_cpu and inner >= BLOCK // 4 and smooth == 0:
        blocks = outer * -(-inner // BLOCK)
        return bound(loss_columns_cpu, blocks, width * BLOCK, (dtype,) * 3, rest, (0.0,))
    return bound_each(on_cpu, loss_line, (dtype,) * 3, (*rest, smooth), outer * inner, (0.0,))


def labels_counted(label: Any, ignored: float) -> int:
    """How many labels are not the ignored one, at least 1."""
    if not is_device_array(label):
        return max(1, int(np.count_nonzero(label != ignored)))
    count = empty_like_target(label, (1,), np.float32)
    count_labels(1, count, label, ignored, label.size)
    return max(1, int(count.copy_to_host()[0]))
