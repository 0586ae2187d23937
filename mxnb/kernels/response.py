"""Vectors of unit length, and local response normalization; x is (outer, axis, inner).

    unit length   y = x / sqrt(sum(x**2) + eps)                       sum over the axis
    response      y = x s**-beta,  s = knorm + alpha sum(x**2)        sum over the channels within `reach`
                  dx = dy s**-beta - 2 alpha beta x sum(dy y / s)

Memory limits the first, the power the second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .common import THREADS, bound, bound_each, flat, sum_of_block, wide
from .device import SIMULATED, empty_like_target
from .kernel import cuda_kernel, foreach, split_kernel
from .words import exp, fma, lanes, load, log, power, reduce_add, sqrt, store, zeros

WIDE = 4  # registers handled together
BLOCK = 64  # lines beside each other that are one unit of work
LONG = 8 if SIMULATED else 64  # numbers in a line that a block of CUDA threads is worth
cuda: Any = None  # stands for numba.cuda in the kernels below
Lines = tuple[int, int, int]


def naive_response(x: np.ndarray, reach: int, alpha: float, beta: float, knorm: float) -> np.ndarray:
    """The definition; x: (N, C, S)."""
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        near = x[:, max(0, c - reach) : c + reach + 1]
        y[:, c] = x[:, c] * (knorm + alpha * (near**2).sum(1)) ** -beta
    return y


@foreach(flat=True, grain=16)
def line_to_unit(i, y, x, width, inner, eps):
    """Line i of unit length."""
    at = i // inner * width * inner + i % inner
    total = wide(x[at]) * 0.0
    for k in range(width):
        total += x[at + k * inner] * x[at + k * inner]
    length = sqrt(total + eps)
    for k in range(width):
        y[at + k * inner] = x[at + k * inner] / length


@split_kernel(flat=True)
def rows_to_unit_cpu(y, x, width, eps, first, last):
    """Rows first..last, where inner is 1; vectors along them."""
    step = WIDE * lanes(x)
    for row in range(first, last):
        at, end, total = row * width, row * width + width, zeros(x, 1, WIDE)
        while at < end:
            value = load(x, at, 1, WIDE, 1, end - at)
            total = fma(value, value, total)
            at += step
        length, at = sqrt(reduce_add(total) + eps), row * width
        while at < end:
            store(y, at, load(x, at, 1, WIDE, 1, end - at) / length, 1, end - at)
            at += step


@split_kernel(flat=True)
def columns_to_unit_cpu(y, x, width, inner, eps, first, last):
    """Blocks first..last of BLOCK lines beside each other; vectors across them."""
    blocks, step = (inner + BLOCK - 1) // BLOCK, WIDE * lanes(x)
    for block in range(first, last):
        start = block % blocks * BLOCK
        end = min(start + BLOCK, inner)
        for column in range(start, end, step):
            at, n, total = block // blocks * width * inner + column, end - column, zeros(x, 1, WIDE)
            for k in range(width):
                value = load(x, at + k * inner, 1, WIDE, 1, n)
                total = fma(value, value, total)
            length = sqrt(total + eps)
            for k in range(width):
                store(y, at + k * inner, load(x, at + k * inner, 1, WIDE, 1, n) / length, 1, n)


@cuda_kernel
def rows_to_unit_cuda(y, x, like, width, eps):
    """Row blockIdx.x, by a block of threads; `like` has the dtype of sums."""
    scratch = cuda.shared.array(THREADS, like.dtype)
    at, thread = cuda.blockIdx.x * width, cuda.threadIdx.x
    total = wide(x[at]) * 0.0
    for k in range(thread, width, THREADS):
        total += wide(x[at + k]) * x[at + k]
    length = sqrt(sum_of_block(scratch, total) + eps)
    for k in range(thread, width, THREADS):
        y[at + k] = x[at + k] / length


@foreach(flat=True, grain=2048)
def response_each(i, y, norm, x, width, inner, reach, alpha, beta, knorm):
    """y[i] and s, its norm."""
    channel = i // inner % width
    total = wide(x[i]) * 0.0
    for c in range(max(0, channel - reach), min(width, channel + reach + 1)):
        near = x[i + (c - channel) * inner]
        total += near * near
    s = total * alpha + knorm
    norm[i] = s
    y[i] = x[i] * power(s, -beta)


@foreach(flat=True, grain=2048)
def response_backward_each(i, dx, dy, x, y, norm, width, inner, reach, alpha, beta):
    """dx[i]."""
    channel = i // inner % width
    total = wide(x[i]) * 0.0
    for c in range(max(0, channel - reach), min(width, channel + reach + 1)):
        at = i + (c - channel) * inner
        total += dy[at] * y[at] / norm[at]
    dx[i] = dy[i] * power(norm[i], -beta) - 2.0 * alpha * beta * x[i] * total


@split_kernel(flat=True)
def response_cpu(y, norm, x, width, inner, reach, alpha, beta, knorm, first, last):
    """Blocks first..last of BLOCK positions beside each other, all channels of them; s is positive."""
    blocks, step = (inner + BLOCK - 1) // BLOCK, lanes(x)
    for block in range(first, last):
        start, base = block % blocks * BLOCK, block // blocks * width * inner
        end = min(start + BLOCK, inner)
        for c in range(width):
            for column in range(start, end, step):
                at, n, total = base + column, end - column, zeros(x, 1, 1)
                for near in range(max(0, c - reach), min(width, c + reach + 1)):
                    value = load(x, at + near * inner, 1, 1, 1, n)
                    total = fma(value, value, total)
                s = total * alpha + knorm
                at += c * inner
                store(norm, at, s, 1, n)
                store(y, at, load(x, at, 1, 1, 1, n) * exp(log(s) * -beta), 1, n)


@split_kernel(flat=True)
def response_backward_cpu(dx, dy, x, y, norm, width, inner, reach, alpha, beta, first, last):
    """dx of blocks first..last."""
    blocks, step = (inner + BLOCK - 1) // BLOCK, lanes(x)
    for block in range(first, last):
        start, base = block % blocks * BLOCK, block // blocks * width * inner
        end = min(start + BLOCK, inner)
        for c in range(width):
            for column in range(start, end, step):
                at, n, total = base + column, end - column, zeros(x, 1, 1)
                for near in range(max(0, c - reach), min(width, c + reach + 1)):
                    i = at + near * inner
                    total = total + load(dy, i, 1, 1, 1, n) * load(y, i, 1, 1, 1, n) / load(norm, i, 1, 1, 1, n, 1)
                at += c * inner
                own = load(dy, at, 1, 1, 1, n) * exp(log(load(norm, at, 1, 1, 1, n, 1)) * -beta)
                store(dx, at, own - load(x, at, 1, 1, 1, n) * total * (2.0 * alpha * beta), 1, n)


def unit_length(on_cpu: bool, dtype: Any, lines: Lines, eps: float) -> Callable[..., None]:
    """A function of (y, x): each line of x with length 1."""
    outer, width, inner = lines
    if not outer * width * inner:
        return lambda y, x: None
    if on_cpu and inner == 1:
        return bound(rows_to_unit_cpu, outer, width, (dtype,) * 2, (width, eps))
    if on_cpu:
        blocks = outer * -(-inner // BLOCK)
        return bound(columns_to_unit_cpu, blocks, width * BLOCK, (dtype,) * 2, (width, inner, eps))
    if inner > 1 or width < LONG:
        return bound_each(False, line_to_unit, (), (width, inner, eps), outer * inner)

    def run(y: Any, x: Any) -> None:
        like = empty_like_target(x, (1,), np.float32) if dtype == np.float16 else flat(x)
        rows_to_unit_cuda.launch(outer, THREADS, flat(y), flat(x), like, width, eps)

    return run


def local_response(
    on_cpu: bool, dtype: Any, lines: Lines, reach: int, alpha: float, beta: float, knorm: float
) -> Callable[..., None]:
    """A function of (y, norm, x): y, and s for each number."""
    outer, width, inner = lines
    rest, dtypes = (width, inner, reach, alpha, beta, knorm), (dtype,) * 3
    if on_cpu and alpha >= 0 and knorm > 0:
        return bound(response_cpu, outer * -(-inner // BLOCK), width * BLOCK, dtypes, rest)
    return bound_each(on_cpu, response_each, dtypes, rest, outer * width * inner)


def local_response_backward(
    on_cpu: bool, dtype: Any, lines: Lines, reach: int, alpha: float, beta: float, knorm: float
) -> Callable[..., None]:
    """A function of (dx, dy, x, y, norm): dx from what `local_response` gave."""
    outer, width, inner = lines
    rest, dtypes = (width, inner, reach, alpha, beta), (dtype,) * 5
    if on_cpu and alpha >= 0 and knorm > 0:
        return bound(response_backward_cpu, outer * -(-inner // BLOCK), width * BLOCK, dtypes, rest)
    return bound_each(on_cpu, response_backward_each, dtypes, rest, outer * width * inner)
