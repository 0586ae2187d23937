"""Batch, layer, instance and group normalization.

    y = (x - mean) rstd gamma + beta          rstd = 1 / sqrt(var + eps), var the biased variance
    dgamma = sum(dy xhat)                     xhat = (x - mean) rstd
    dbeta = sum(dy)
    dx = rstd (g - mean(g) - xhat mean(g xhat))        g = dy gamma, means over what shares a mean and variance

The numbers that share a mean and variance are a *set*, those that share a gamma and beta have one *parameter*.  Batch
normalization of x: (N, C, S) has a set and a parameter for each channel.  Layer normalization has a set for each line
along its axis, and a parameter for each position in it.  Instance and group normalization have a set for each row, the
groups of a sample, and a parameter for each group.

Memory limits all of them: forward reads x and writes y, backward reads dy and x and writes dx.  On the CPU a channel or
row is read again from the cache (`normalization_cpu.py`).  On CUDA one block sums over each set, then one thread
computes each number, so that forward reads x three times and backward dy and x three times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from . import normalization_cpu as cpu
from .common import GRAIN, THREADS, bound, fill, flat, sum_of_block
from .device import empty_like_target, is_device_array
from .kernel import cuda_kernel, foreach, helper
from .scratch import scratch
from .shaping import mover
from .words import cast, maximum, sqrt, where

BLOCKS = 64  # of rows, at most, that add up the gradients of gamma and beta on their own
cuda: Any = None  # stands for numba.cuda in the kernels below


def naive(x: np.ndarray, axes: tuple[int, ...], gamma: np.ndarray, beta: np.ndarray, eps: float) -> np.ndarray:
    """The definition; gamma and beta broadcast to x."""
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(var + eps) * gamma + beta


def naive_backward(dy: np.ndarray, x: np.ndarray, axes: tuple[int, ...], gamma: np.ndarray, eps: float) -> np.ndarray:
    """dx by its definition."""
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    rstd = 1 / np.sqrt(var + eps)
    xhat, g = (x - mean) * rstd, dy * gamma
    return rstd * (g - g.mean(axes, keepdims=True) - xhat * (g * xhat).mean(axes, keepdims=True))


@dataclass(frozen=True)
class Layout:
    """Which set and which parameter each number belongs to.

    Numbers of set g are ``x[g // inner * outer + g % inner * step + n * repeat + k * stride]`` for n < repeats and
    k < size.  The number at i belongs to parameter ``i // each % parameters``.
    """

    sets: int
    inner: int
    outer: int
    step: int
    repeats: int
    repeat: int
    size: int
    stride: int
    parameters: int
    each: int
    total: int

    @property
    def count(self) -> int:
        """Numbers in a set."""
        return self.repeats * self.size

    @property
    def place(self) -> tuple[int, ...]:
        """What kernels that go through a set need."""
        return self.inner, self.outer, self.step, self.repeats, self.repeat, self.size, self.stride

    @classmethod
    def batch(cls, batch: int, channels: int, size: int) -> Layout:
        """x: (N, C, S), a set and a parameter for each channel."""
        total = batch * channels * size
        return cls(channels, channels, 0, size, batch, channels * size, size, 1, channels, size, total)

    @classmethod
    def lines(cls, outer: int, width: int, inner: int) -> Layout:
        """x: (outer, axis, inner), a set for each line along the axis, a parameter for each position in it."""
        total = outer * width * inner
        return cls(outer * inner, inner, width * inner, 1, 1, 0, width, inner, width, inner, total)

    @classmethod
    def rows(cls, rows: int, width: int, groups: int) -> Layout:
        """x: (rows, width), a set for each row, a parameter for rows of the same number modulo groups."""
        return cls(rows, rows, 0, width, 1, 0, width, 1, groups, width, rows * width)


# --- Any layout, one set or one number at a time ---------------------------------------------------------------------


@helper
def set_of(i, inner, outer, step, repeats, repeat, size, stride):
    """The set that number i belongs to."""
    if outer > 0:
        return i // outer * inner + i % inner  # lines
    return i // step % inner


@foreach(flat=True, grain=16)
def moments_of_set(g, mean, rstd, x, eps, inner, outer, step, repeats, repeat, size, stride):
    """mean and rstd of set g."""
    start = g // inner * outer + g % inner * step
    total = cast(0, rstd[g])
    for n in range(repeats):
        for k in range(size):
            total += x[start + n * repeat + k * stride]
    count = cast(repeats * size, total)
    center = total / count
    total = cast(0, rstd[g])
    for n in range(repeats):
        for k in range(size):
            d = x[start + n * repeat + k * stride] - center
            total += d * d
    mean[g] = center
    rstd[g] = 1.0 / sqrt(total / count + eps)


@foreach(flat=True)
def normalize(i, y, x, mean, rstd, gamma, beta, parameters, each, inner, outer, step, repeats, repeat, size, stride):
    """y[i]."""
    g, p = set_of(i, inner, outer, step, repeats, repeat, size, stride), i // each % parameters
    y[i] = (x[i] - mean[g]) * rstd[g] * gamma[p] + beta[p]


@foreach(flat=True, grain=16)
def sums_of_set(
    g, total, total_x, dy, x, mean, rstd, gamma, parameters, each, inner, outer, step, repeats, repeat, size, stride
):
    """total[g] = sum(dy gamma), total_x[g] = sum(dy gamma xhat) over set g."""
    start = g // inner * outer + g % inner * step
    one, other = cast(0, rstd[0]), cast(0, rstd[0])
    for n in range(repeats):
        for k in range(size):
            i = start + n * repeat + k * stride
            d = dy[i] * gamma[i // each % parameters]
            one += d
            other += d * (x[i] - mean[g])
    total[g], total_x[g] = one, other * rstd[g]


@foreach(flat=True, grain=16)
def sums_of_parameter(
    p, dgamma, dbeta, dy, x, mean, rstd, count, parameters, each, inner, outer, step, repeats, repeat, size, stride
):
    """dgamma[p] and dbeta[p], sums over `count` numbers."""
    one, other = cast(0, rstd[0]), cast(0, rstd[0])
    for k in range(count):
        i = (k // each * parameters + p) * each + k % each
        g = set_of(i, inner, outer, step, repeats, repeat, size, stride)
        one += dy[i]
        other += dy[i] * (x[i] - mean[g]) * rstd[g]
    dbeta[p], dgamma[p] = one, other


@foreach(flat=True)
def normalize_backward(
    i, dx, dy, x, gamma, mean, rstd, total, total_x, count,
    parameters, each, inner, outer, step, repeats, repeat, size, stride,
):  # fmt: skip
    """dx[i]."""
    g, p = set_of(i, inner, outer, step, repeats, repeat, size, stride), i // each % parameters
    xhat = (x[i] - mean[g]) * rstd[g]
    dx[i] = rstd[g] * (dy[i] * gamma[p] - (total[g] + xhat * total_x[g]) / count)


@foreach(flat=True)
def reciprocal(i, y, x):
    """y[i] = 1 / x[i]."""
    y[i] = 1.0 / x[i]


@foreach(flat=True)
def given_moments(i, mean, rstd, moving_mean, moving_var, eps):
    """Mean and rstd of channel i from its moving averages."""
    mean[i] = moving_mean[i]
    rstd[i] = 1.0 / sqrt(moving_var[i] + eps)


@foreach(flat=True)
def rectify(i, y):
    """y[i] = max(y[i], 0)."""
    y[i] = maximum(y[i], 0)


@foreach(flat=True)
def rectify_backward(i, arrived, dy, x, gamma, beta, mean, rstd, channels, size):
    """dy[i] where the normalized number is positive, else 0."""
    c = i // size % channels
    y = (x[i] - mean[c]) * rstd[c] * gamma[c] + beta[c]
    arrived[i] = where(y > 0, dy[i], cast(0, dy[i]))


@foreach(flat=True)
def move(i, mean, var, batch_mean, rstd, momentum, eps):
    """Moving averages towards the mean and the variance of this batch."""
    mean[i] = mean[i] * momentum + batch_mean[i] * (1.0 - momentum)
    var[i] = var[i] * momentum + (1.0 / (rstd[i] * rstd[i]) - eps) * (1.0 - momentum)


# --- CUDA: one block for each set or parameter -----------------------------------------------------------------------


@cuda_kernel
def moments_cuda(mean, rstd, x, eps, inner, outer, step, repeats, repeat, size, stride):
    """mean and rstd of set blockIdx.x, in two passes."""
    scratch = cuda.shared.array(THREADS, rstd.dtype)
    g, thread = cuda.blockIdx.x, cuda.threadIdx.x
    start, count = g // inner * outer + g % inner * step, repeats * size
    total = cast(0, rstd[g])
    for k in range(thread, count, THREADS):
        total += x[start + k // size * repeat + k % size * stride]
    numbers = cast(count, total)
    center = sum_of_block(scratch, total) / numbers
    total = cast(0, rstd[g])
    for k in range(thread, count, THREADS):
        d = x[start + k // size * repeat + k % size * stride] - center
        total += d * d
    total = sum_of_block(scratch, total)
    if thread == 0:
        mean[g] = center
        rstd[g] = 1.0 / sqrt(total / numbers + eps)


@cuda_kernel
def sums_of_set_cuda(
    total, total_x, dy, x, mean, rstd, gamma, parameters, each, inner, outer, step, repeats, repeat, size, stride
):
    """`sums_of_set` of set blockIdx.x."""
    scratch = cuda.shared.array(THREADS, rstd.dtype)
    g, thread = cuda.blockIdx.x, cuda.threadIdx.x
    start = g // inner * outer + g % inner * step
    one, other = cast(0, rstd[0]), cast(0, rstd[0])
    for k in range(thread, repeats * size, THREADS):
        i = start + k // size * repeat + k % size * stride
        d = dy[i] * gamma[i // each % parameters]
        one += d
        other += d * (x[i] - mean[g])
    one = sum_of_block(scratch, one)
    other = sum_of_block(scratch, other)
    if thread == 0:
        total[g], total_x[g] = one, other * rstd[g]


@cuda_kernel
def sums_of_parameter_cuda(
    dgamma, dbeta, dy, x, mean, rstd, count, parameters, each, inner, outer, step, repeats, repeat, size, stride
):
    """`sums_of_parameter` of parameter blockIdx.x."""
    scratch = cuda.shared.array(THREADS, rstd.dtype)
    p, thread = cuda.blockIdx.x, cuda.threadIdx.x
    one, other = cast(0, rstd[0]), cast(0, rstd[0])
    for k in range(thread, count, THREADS):
        i = (k // each * parameters + p) * each + k % each
        g = set_of(i, inner, outer, step, repeats, repeat, size, stride)
        one += dy[i]
        other += dy[i] * (x[i] - mean[g]) * rstd[g]
    one = sum_of_block(scratch, one)
    other = sum_of_block(scratch, other)
    if thread == 0:
        dbeta[p], dgamma[p] = one, other


# --- Launch functions ------------------------------------------------------------------------------------------------


def _forward(layout: Layout, y: Any, mean: Any, rstd: Any, x: Any, gamma: Any, beta: Any, eps: float | None) -> None:
    """Any layout; mean and rstd are given where eps is None."""
    if eps is not None:
        if is_device_array(x):
            moments_cuda.launch(layout.sets, THREADS, flat(mean), flat(rstd), flat(x), eps, *layout.place)
        else:
            moments_of_set(layout.sets, mean, rstd, x, eps, *layout.place)
    normalize(layout.total, y, x, mean, rstd, gamma, beta, layout.parameters, layout.each, *layout.place)


def _backward(
    layout: Layout, dx: Any, dgamma: Any, dbeta: Any, dy: Any, x: Any, gamma: Any, mean: Any, rstd: Any, given: bool
) -> None:
    """Any layout; dx may be None, and so may dgamma and dbeta together."""
    on_gpu = is_device_array(x)
    rest = (layout.parameters, layout.each, *layout.place)
    if dgamma is not None:
        count = layout.total // layout.parameters
        if on_gpu:
            args = map(flat, (dgamma, dbeta, dy, x, mean, rstd))
            sums_of_parameter_cuda.launch(layout.parameters, THREADS, *args, count, *rest)
        else:
            sums_of_parameter(layout.parameters, dgamma, dbeta, dy, x, mean, rstd, count, *rest)
    if dx is not None:
        total = empty_like_target(x, (layout.sets,), rstd.dtype)
        total_x = empty_like_target(x, (layout.sets,), rstd.dtype)
        if given:
            fill(total, 0.0)
            fill(total_x, 0.0)
        elif on_gpu:
            args = map(flat, (total, total_x, dy, x, mean, rstd, gamma))
            sums_of_set_cuda.launch(layout.sets, THREADS, *args, *rest)
        else:
            sums_of_set(layout.sets, total, total_x, dy, x, mean, rstd, gamma, *rest)
        normalize_backward(layout.total, dx, dy, x, gamma, mean, rstd, total, total_x, float(layout.count), *rest)


def batch_norm(
    on_cpu: bool, dtype: Any, shape: tuple[int, int, int], eps: float, given: bool, relu: bool = False
) -> Callable[..., None]:
    """A function of (y, mean, rstd, x, gamma, beta): y, and mean and rstd of each channel unless they are given.

    Parameters
    ----------
    dtype : of all arrays of the host.
    shape : (N, C, S), of y and x; the others have C numbers.
    eps : added to the variance.
    given : whether mean and rstd are inputs.
    relu : whether y is the larger of the normalized number and 0.
    """
    layout = Layout.batch(*shape)
    if not layout.total:
        return lambda y, mean, rstd, *_: None if given else _fill((mean, 0.0), (rstd, eps**-0.5))
    if on_cpu:
        kernel = cpu.planes_cpu if shape[2] > 1 else cpu.channels_cpu
        return _bind_batch(kernel, shape, (dtype,) * 6, cpu.BATCH_FORMS[given, True, relu], eps)

    def run(y: Any, mean: Any, rstd: Any, x: Any, gamma: Any, beta: Any) -> None:
        _forward(layout, y, mean, rstd, x, gamma, beta, None if given else eps)
        if relu:
            rectify(layout.total, y)

    return run


def batch_norm_backward(
    on_cpu: bool, dtype: Any, shape: tuple[int, int, int], given: bool, data: bool = True, relu: bool = False
) -> Callable[..., None]:
    """A function of (dx, dgamma, dbeta, dy, x, gamma, beta, mean, rstd); without `data` dx may be any array.

    dgamma and dbeta are always computed.  beta is read with relu only.
    """
    layout = Layout.batch(*shape)
    if not layout.total:
        return lambda dx, dgamma, dbeta, *_: _fill((dgamma, 0.0), (dbeta, 0.0))
    if on_cpu:
        kernel = cpu.planes_backward_cpu if shape[2] > 1 else cpu.channels_backward_cpu
        return _bind_batch(kernel, shape, (dtype,) * 9, cpu.BATCH_FORMS[given, data, relu])

    def run(dx: Any, dgamma: Any, dbeta: Any, dy: Any, x: Any, gamma: Any, beta: Any, mean: Any, rstd: Any) -> None:
        if relu:
            arrived = empty_like_target(x, x.shape, x.dtype)
            rectify_backward(layout.total, arrived, dy, x, gamma, beta, mean, rstd, *shape[1:])
            dy = arrived
        _backward(layout, dx if data else None, dgamma, dbeta, dy, x, gamma, mean, rstd, given)

    return run


def _bind_batch(kernel: Any, shape: tuple[int, int, int], dtypes: Any, *rest: Any) -> Callable[..., None]:
    """A kernel of batches bound to all but its arrays; `rest` is its form, and what follows the shape."""
    form, *others = rest
    batch, channels, size = shape
    unit = 1 if size > 1 else cpu.BLOCK  # channels
    numbers = shape if size > 1 else shape[:2]
    return bound(kernel, -(-channels // unit), batch * unit * size, dtypes, (form, *numbers, *others))


def _fill(*pairs: tuple[Any, float]) -> None:
    """Fill arrays, which may be empty."""
    for array, value in pairs:
        if array.size:
            fill(array, value)


def _accumulator(x: Any) -> Any:
    """The dtype in which numbers of x are added up."""
    return np.float32 if x.dtype == np.float16 else x.dtype


@lru_cache(256)
def _turn(dtype: Any, planes: int, rows: int, cols: int) -> Any:
    """A function of (y, x) that transposes planes of x: (planes, rows, cols)."""
    dims = (planes, cols, rows)
    return mover(True, dtype, dims, (rows * cols, rows, 1), (rows * cols, 1, cols))


def _lines_as_rows(layout: Layout, dtype: Any) -> tuple[Any, Any, Any]:
    """The layout of the same lines as rows, and functions of (y, x) that turn lines of the CPU into rows and back."""
    planes, inner, width = layout.sets // layout.inner, layout.inner, layout.size
    rows = Layout.lines(layout.sets, width, 1)
    return rows, _turn(dtype, planes, width, inner), _turn(dtype, planes, inner, width)


def set_norm(on_cpu: bool, dtype: Any, layout: Layout, eps: float) -> Callable[..., None]:
    """A function of (y, mean, std, x, gamma, beta): y, and mean and std of each set, for a layout of lines or rows."""
    total = layout.total
    if not total:
        return lambda y, mean, std, *_: _fill((mean, 0.0), (std, eps**0.5))
    if on_cpu and layout.stride == 1:
        rest = (cpu.ROW_FORMS[layout.each == 1], layout.size, layout.parameters, eps)
        return bound(cpu.rows_cpu, layout.sets, layout.size, (dtype,) * 6, rest)
    if on_cpu:
        rows, turn, back = _lines_as_rows(layout, dtype)
        of_rows = set_norm(on_cpu, dtype, rows, eps)

        def run_turned(y: Any, mean: Any, std: Any, x: Any, gamma: Any, beta: Any) -> None:
            xt, yt = (scratch(f"normalization.{name}", total, dtype) for name in ("xt", "yt"))
            turn(xt, x)
            of_rows(yt, mean, std, xt, gamma, beta)
            back(y, yt)

        return run_turned

    def run(y: Any, mean: Any, std: Any, x: Any, gamma: Any, beta: Any) -> None:
        rstd = empty_like_target(x, (layout.sets,), _accumulator(std))
        _forward(layout, y, mean, rstd, x, gamma, beta, eps)
        reciprocal(layout.sets, std, rstd)

    return run


def set_norm_backward(on_cpu: bool, dtype: Any, layout: Layout) -> Callable[..., None]:
    """A function of (dx, dgamma, dbeta, dy, x, gamma, mean, std): gradients of `set_norm`.

    dx may be None, and so may dgamma and dbeta together.
    """
    total = layout.total
    if not total:
        return lambda dx, dgamma, dbeta, *_: None if dgamma is None else _fill((dgamma, 0.0), (dbeta, 0.0))
    if on_cpu and layout.stride == 1:
        return _rows_backward(dtype, layout)
    if on_cpu:
        rows, turn, back = _lines_as_rows(layout, dtype)
        of_rows = set_norm_backward(on_cpu, dtype, rows)

        def run_turned(dx: Any, dgamma: Any, dbeta: Any, dy: Any, x: Any, gamma: Any, mean: Any, std: Any) -> None:
            xt, yt, dxt = (scratch(f"normalization.{name}", total, dtype) for name in ("xt", "yt", "dxt"))
            turn(xt, x)
            turn(yt, dy)
            of_rows(dxt, dgamma, dbeta, yt, xt, gamma, mean, std)
            if dx is not None:
                back(dx, dxt)

        return run_turned

    def run(dx: Any, dgamma: Any, dbeta: Any, dy: Any, x: Any, gamma: Any, mean: Any, std: Any) -> None:
        rstd = empty_like_target(x, (layout.sets,), _accumulator(std))
        reciprocal(layout.sets, rstd, std)
        _backward(layout, dx, dgamma, dbeta, dy, x, gamma, mean, rstd, False)

    return run


def _rows_backward(dtype: Any, layout: Layout) -> Callable[..., None]:
    """`set_norm_backward` for rows of the CPU."""
    along, rows, width, parameters = layout.each == 1, layout.sets, layout.size, layout.parameters
    block = max(1, GRAIN // width, -(-rows // BLOCKS))
    blocks = -(-rows // block)
    count = blocks * width if along else rows
    rest = (cpu.ROW_FORMS[along], rows, width, parameters, block)
    through = bound(cpu.rows_backward_cpu, blocks, block * width, (dtype,) * 8, rest)
    add = bound(cpu.parameter_gradients_cpu, parameters, count // parameters, (dtype,) * 4, (count, parameters))

    def run(dx: Any, dgamma: Any, dbeta: Any, dy: Any, x: Any, gamma: Any, mean: Any, std: Any) -> None:
        if dx is None:
            dx = scratch("normalization.dx", layout.total, dtype)
        sums, sums_x = scratch("normalization.sums", count, dtype), scratch("normalization.sums_x", count, dtype)
        through(dx, sums, sums_x, dy, x, gamma, mean, std)
        if dgamma is not None:
            add(dgamma, dbeta, sums, sums_x)

    return run
