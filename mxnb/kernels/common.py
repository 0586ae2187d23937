"""What several families of kernels share: splitting work by its size, wide sums, reductions of CUDA blocks."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import launch, pool
from .device import SIMULATED
from .elementary import reduced_exp_single
from .kernel import foreach, helper
from .words import fma, maximum, power_of_two, round_even, where

GRAIN = 1 << 15  # numbers in a piece of work: ten microseconds or more
THREADS = 4 if SIMULATED else 256  # of a CUDA block that reduces
ONE = np.float32(1)
cuda: Any = None  # stands for numba.cuda in the helpers below


def run(kernel: Any, count: int, size: int, *args: Any) -> None:
    """Run a split kernel over range(count) where one unit of work is `size` numbers."""
    if count:
        pool.run(kernel.variant(*args, 0, 0), count, GRAIN // max(size, 1), *args)


def bound(kernel: Any, count: int, size: int, dtypes: Any, rest: tuple[Any, ...], numbers: tuple[Any, ...] = ()) -> Any:
    """A function of arrays that runs a flat split kernel over range(count), one unit of which is `size` numbers.

    Parameters
    ----------
    dtypes : of the arrays.
    rest : the kernel's last arguments.
    numbers : such as are between them and differ from call to call.
    """
    arrays = [np.empty(0, dtype) for dtype in dtypes]
    return launch.closed(kernel, [*arrays, *numbers], rest, count, max(1, GRAIN // max(size, 1)))


def bound_each(
    on_cpu: bool, kernel: Any, dtypes: Any, rest: tuple[Any, ...], items: int, numbers: tuple[Any, ...] = ()
) -> Any:
    """A function of arrays that makes `items` results by a flat foreach kernel; `on_cpu`: of arrays in host memory.

    The others are as in `bound`.
    """
    if on_cpu:
        return launch.closed(kernel, [*(np.empty(0, dtype) for dtype in dtypes), *numbers], rest, items, kernel.grain)
    return lambda *args: kernel(items, *args, *rest)


def flat(x: Any) -> Any:
    """A view of a raw array with one dimension."""
    return x if x.ndim == 1 else x.reshape(-1)


@helper
def wide(x):
    """A number of at least 32 bits, in which to add up float16."""
    return x * ONE


@helper
def exp_of_negative(form, s):
    """e**s of tiles s <= 0 in half of the instructions of `exp`; 0 where it is less than 1e-38, or 1e-307 if double."""
    if form.single == 1:
        n, small = reduced_exp_single(s)
        return where(s < -87.0, 0.0, (small + 1.0) * power_of_two(n))
    n = round_even(s * 1.4426950408889634)
    r = fma(n, -1.90821492927058770e-10, fma(n, -6.93147180369123816e-1, s))
    p = fma(r, 1.6059043836821613e-10, 2.08767569878681e-9)  # 1 / 13!, 1 / 12!, ...
    for c in (2.505210838544172e-8, 2.755731922398589e-7, 2.7557319223985893e-6, 2.48015873015873e-5,
              1.984126984126984e-4, 1.388888888888889e-3, 8.333333333333333e-3, 4.1666666666666664e-2,
              0.16666666666666666, 0.5, 1.0, 1.0):  # fmt: skip
        p = fma(p, r, c)
    return where(s < -708.0, 0.0, p * power_of_two(n))


@helper
def sum_of_block(scratch, value):
    """The sum of `value` over the threads of a block; `scratch` is a shared array of THREADS numbers."""
    thread = cuda.threadIdx.x
    scratch[thread] = value
    cuda.syncthreads()
    half = THREADS // 2
    while half > 0:
        if thread < half:
            scratch[thread] += scratch[thread + half]
        cuda.syncthreads()
        half //= 2
    total = scratch[0]
    cuda.syncthreads()
    return total


@helper
def maximum_of_block(scratch, value):
    """The largest `value` of the threads of a block, NaN if there is one."""
    thread = cuda.threadIdx.x
    scratch[thread] = value
    cuda.syncthreads()
    half = THREADS // 2
    while half > 0:
        if thread < half:
            scratch[thread] = maximum(scratch[thread], scratch[thread + half])
        cuda.syncthreads()
        half //= 2
    largest = scratch[0]
    cuda.syncthreads()
    return largest


@foreach(flat=True)
def convert_each(i, y, x):
    """y[i] = x[i]."""
    y[i] = x[i]


@foreach(flat=True)
def multiply_each(i, y, a, b):
    """y[i] = a[i] b[i]."""
    y[i] = a[i] * b[i]


@foreach(flat=True)
def fill_each(i, y, value):
    """y[i] = value."""
    y[i] = value


def multiply(y: Any, a: Any, b: Any) -> None:
    """y = a * b, all of one shape."""
    multiply_each(y.size, y, a, b)


def fill(y: Any, value: float) -> None:
    """y = value everywhere."""
    fill_each(y.size, y, value)
