"""Optimizer updates: one pass over a parameter that reads its gradient and states and writes the new values.

w       parameter, any shape, taken flat         g       its gradient, the same shape
m, n, … states, the same shape                   lr      learning rate; wd weight decay

Every kernel changes one element of the parameter and of the states in place; what limits it is memory: (arrays read +
arrays written) * itemsize bytes for each element, 12 for plain SGD in float32 and 20 with momentum, against a few
multiplications.  One source serves the CPU and CUDA.  On the CPU the compiler makes vector instructions of it, as long
as no two arguments are the same array: a separate output, for which callers pass the weight itself, made it 7 times
slower.

A gradient is first multiplied by `rescale_grad`, then clipped to [-clip, clip]; an infinite limit clips nothing.
Whether weight decay is added before or after clipping differs between the updates, as it does in MXNet.

Names that begin with mp are for mixed precision: parameter and gradient may be float16, the states and the master copy
`weight32` are float32.  The master copy is the first array there, so that scalars are not rounded to float16.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import cache, device, pool
from .kernel import Kernel, foreach, helper
from .reduction import Reduction
from .words import (
    absolute,
    arrays,
    cast,
    index,
    isnan,
    maximum,
    minimum,
    numbers,
    reduce_add,
    sign,
    sqrt,
    where,
)

GRAIN = 1 << 14  # elements that are worth a part of their own: some 10 µs
PIECE = 1 << 14  # elements that are not divided any further
WIDE = 256  # threads of CUDA for a piece


@helper
def clipped(x, limit):
    return minimum(maximum(x, -limit), limit)


# --- Stochastic gradient descent -------------------------------------------------------------------------------------


@foreach(flat=True, grain=GRAIN)
def sgd(i, weight, grad, lr, wd, rescale_grad, clip_gradient):
    """w -= lr * (g + wd * w)"""
    g = clipped(grad[i] * rescale_grad, clip_gradient)
    weight[i] = cast(weight[i] - lr * (g + wd * weight[i]), weight)


@foreach(flat=True, grain=GRAIN)
def sgd_momentum(i, weight, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient):
    """m = momentum * m - lr * (g + wd * w);  w += m"""
    g = clipped(grad[i] * rescale_grad, clip_gradient)
    m = momentum * mom[i] - lr * (g + wd * weight[i])
    mom[i] = cast(m, mom)
    weight[i] = cast(weight[i] + m, weight)


@foreach(flat=True, grain=GRAIN)
def nag(i, weight, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient):
    """Nesterov's momentum: d = lr * (g + wd * w);  m = momentum * m - d;  w += momentum * m - d

    MXNet decays the stored momentum by the weight after the update.
    """
    g = clipped(grad[i] * rescale_grad, clip_gradient)
    d = lr * (g + wd * weight[i])
    m = momentum * mom[i]
    w = weight[i] + momentum * (m - d) - d
    weight[i] = cast(w, weight)
    mom[i] = cast(m - lr * (g + wd * w), mom)


@foreach(flat=True, grain=GRAIN)
def dcasgd(i, weight, grad, previous, lr, lamda, wd, rescale_grad, clip_gradient):
    """w -= lr * (g + wd * w + lamda * g**2 * (w - p));  p = w as it was"""
    g = clipped(grad[i] * rescale_grad, clip_gradient)
    w = weight[i]
    weight[i] = cast(w - lr * (g + wd * w + lamda * g * g * (w - previous[i])), weight)
    previous[i] = cast(w, previous)


@foreach(flat=True, grain=GRAIN)
def dcasgd_momentum(i, weight, grad, mom, previous, lr, momentum, lamda, wd, rescale_grad, clip_gradient):
    """`dcasgd` with momentum."""
    g = clipped(grad[i] * rescale_grad, clip_gradient)
    w = weight[i]
    m = momentum * mom[i] - lr * (g + wd * w + lamda * g * g * (w - previous[i]))
    mom[i] = cast(m, mom)
    previous[i] = cast(w, previous)
    weight[i] = cast(w + m, weight)


@foreach(flat=True, grain=GRAIN)
def sgld(i, weight, grad, noise, lr, wd, rescale_grad, clip_gradient):
    """w += sqrt(lr) * noise - lr / 2 * (g + wd * w), the noise being of variance 1."""
    g = clipped(grad[i] * rescale_grad, clip_gradient)
    weight[i] = cast(weight[i] + (noise[i] * sqrt(lr) - (g + wd * weight[i]) * (lr * 0.5)), weight)


@foreach(flat=True, grain=GRAIN)
def mp_sgd(i, weight32, out, grad, lr, wd, rescale_grad, clip_gradient):
    """`sgd` on the master copy."""
    g = clipped(cast(grad[i], weight32) * rescale_grad, clip_gradient)
    w = weight32[i] - lr * (g + wd * weight32[i])
    weight32[i] = w
    out[i] = cast(w, out)


@foreach(flat=True, grain=GRAIN)
def mp_sgd_momentum(i, weight32, out, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient):
    """`sgd_momentum` on the master copy."""
    g = clipped(cast(grad[i], weight32) * rescale_grad, clip_gradient)
    m = momentum * mom[i] - lr * (g + wd * weight32[i])
    mom[i] = m
    w = weight32[i] + m
    weight32[i] = w
    out[i] = cast(w, out)


@foreach(flat=True, grain=GRAIN)
def mp_nag(i, weight32, out, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient):
    """`nag` on the master copy."""
    g = clipped(cast(grad[i], weight32) * rescale_grad, clip_gradient)
    d = lr * (g + wd * weight32[i])
    m = momentum * mom[i]
    w = weight32[i] + momentum * (m - d) - d
    mom[i] = m - lr * (g + wd * w)
    weight32[i] = w
    out[i] = cast(w, out)


@foreach(flat=True, grain=GRAIN)
def signsgd(i, weight, grad, lr, wd):
    """w -= lr * (sign(g) + wd * w)"""
    weight[i] = cast(weight[i] - lr * (sign(grad[i]) + wd * weight[i]), weight)


@foreach(flat=True, grain=GRAIN)
def signum(i, weight, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient, wd_lh):
    """m = momentum * m - (1 - momentum) * (g + wd * w);  w = (1 - lr * wd_lh) * w + lr * sign(m)"""
    g = clipped(grad[i] * rescale_grad, clip_gradient)
    m = momentum * mom[i] - (1.0 - momentum) * (g + wd * weight[i])
    mom[i] = cast(m, mom)
    weight[i] = cast((1.0 - lr * wd_lh) * weight[i] + lr * sign(m), weight)


# --- Adaptive rates --------------------------------------------------------------------------------------------------


@foreach(flat=True, grain=GRAIN)
def adam(i, weight, grad, mean, var, lr, beta1, beta2, epsilon, wd, rescale_grad, clip_gradient):
    """m = b1 * m + (1 - b1) * g;  v = b2 * v + (1 - b2) * g**2;  w -= lr * m / (sqrt(v) + eps)"""
    g = clipped(grad[i] * rescale_grad + wd * weight[i], clip_gradient)
    m = beta1 * mean[i] + (1.0 - beta1) * g
    v = beta2 * var[i] + (1.0 - beta2) * g * g
    mean[i] = cast(m, mean)
    var[i] = cast(v, var)
    weight[i] = cast(weight[i] - lr * m / (sqrt(v) + epsilon), weight)


@foreach(flat=True, grain=GRAIN)
def rmsprop(i, weight, grad, n, lr, gamma1, epsilon, wd, rescale_grad, clip_gradient, clip_weights):
    """n = r * n + (1 - r) * g**2;  w -= lr * g / sqrt(n + eps)"""
    g = clipped(grad[i] * rescale_grad + wd * weight[i], clip_gradient)
    square = gamma1 * n[i] + (1.0 - gamma1) * g * g
    n[i] = cast(square, n)
    weight[i] = cast(clipped(weight[i] - lr * g / sqrt(square + epsilon), clip_weights), weight)


@foreach(flat=True, grain=GRAIN)
def rmsprop_centered(
    i, weight, grad, n, g, delta, lr, gamma1, gamma2, epsilon, wd, rescale_grad, clip_gradient, clip_weights
):
    """n = r * n + (1 - r) * x**2;  g = r * g + (1 - r) * x;  d = r2 * d - lr * x / sqrt(n - g**2 + eps);  w += d"""
    x = clipped(grad[i] * rescale_grad + wd * weight[i], clip_gradient)
    square = gamma1 * n[i] + (1.0 - gamma1) * x * x
    mean = gamma1 * g[i] + (1.0 - gamma1) * x
    step = gamma2 * delta[i] - lr * x / sqrt(square - mean * mean + epsilon)
    n[i] = cast(square, n)
    g[i] = cast(mean, g)
    delta[i] = cast(step, delta)
    weight[i] = cast(clipped(weight[i] + step, clip_weights), weight)


@foreach(flat=True, grain=GRAIN)
def ftrl(i, weight, grad, z, n, lr, lamda1, beta, wd, rescale_grad, clip_gradient):
    """Follow the regularised leader: w minimises the sum of all gradients so far, held near 0 by lamda1 and wd."""
    g = clipped(grad[i] * rescale_grad, clip_gradient)
    root = sqrt(n[i])
    total = n[i] + g * g
    root_total = sqrt(total)
    lead = z[i] + g - (root_total - root) * weight[i] / lr
    n[i] = cast(total, n)
    z[i] = cast(lead, z)
    pull = (sign(lead) * lamda1 - lead) / ((beta + root_total) / lr + wd)
    weight[i] = cast(where(absolute(lead) > lamda1, pull, pull * 0.0), weight)


@foreach(flat=True, grain=GRAIN)
def ftml(i, weight, grad, d, v, z, lr, beta1, beta2, epsilon, share1, share2, wd, rescale_grad, clip_grad):
    """Follow the moving leader; share1 = 1 - beta1**t and share2 = 1 - beta2**t correct the means of t steps."""
    g = clipped(grad[i] * rescale_grad + wd * weight[i], clip_grad)
    square = beta2 * v[i] + (1.0 - beta2) * g * g
    scale = share1 / lr * (sqrt(square / share2) + epsilon)
    lead = beta1 * z[i] + (1.0 - beta1) * g - (scale - beta1 * d[i]) * weight[i]
    v[i] = cast(square, v)
    d[i] = cast(scale, d)
    z[i] = cast(lead, z)
    weight[i] = cast(-lead / scale, weight)


@foreach(flat=True, grain=GRAIN)
def adagrad(i, weight, grad, history, lr, epsilon, wd, rescale_grad, clip_gradient):
    """h += g**2;  w -= lr * (g / sqrt(h + eps) + wd * w)"""
    g = clipped(grad[i] * rescale_grad, clip_gradient)
    h = history[i] + g * g
    history[i] = cast(h, history)
    weight[i] = cast(weight[i] - lr * (g / sqrt(h + epsilon) + wd * weight[i]), weight)


@foreach(flat=True, grain=64)
def group_adagrad(i, weight, grad, history, width, lr, epsilon, rescale_grad, clip_gradient):
    """h += mean(g**2), one number for row i of `width` elements;  w -= lr * g / sqrt(h + eps)"""
    total = cast(0.0, history)
    for j in range(i * width, (i + 1) * width):
        g = clipped(grad[j] * rescale_grad, clip_gradient)
        total += g * g
    h = history[i] + total / cast(width, history)
    history[i] = cast(h, history)
    for j in range(i * width, (i + 1) * width):
        g = clipped(grad[j] * rescale_grad, clip_gradient)
        weight[j] = cast(weight[j] - lr * g / sqrt(h + epsilon), weight)


@foreach(flat=True, grain=GRAIN)
def adadelta(i, weight, grad, squares, steps, rho, epsilon, wd, rescale_grad, clip_gradient):
    """a = r * a + (1 - r) * g**2;  d = sqrt((s + eps) / (a + eps)) * g;  w -= d + wd * w

    s = r * s + (1 - r) * d**2
    """
    g = clipped(grad[i] * rescale_grad, clip_gradient)
    a = rho * squares[i] + (1.0 - rho) * g * g
    d = sqrt((steps[i] + epsilon) / (a + epsilon)) * g
    squares[i] = cast(a, squares)
    steps[i] = cast(rho * steps[i] + (1.0 - rho) * d * d, steps)
    weight[i] = cast(weight[i] - (d + wd * weight[i]), weight)


@foreach(flat=True, grain=GRAIN)
def adamax(i, weight, grad, mean, largest, lr, beta1, beta2, wd, rescale_grad, clip_gradient):
    """m = b1 * m + (1 - b1) * g;  u = max(b2 * u, |g|);  w -= lr * m / u"""
    g = clipped(grad[i] * rescale_grad + wd * weight[i], clip_gradient)
    m = beta1 * mean[i] + (1.0 - beta1) * g
    u = maximum(beta2 * largest[i], absolute(g))
    mean[i] = cast(m, mean)
    largest[i] = cast(u, largest)
    weight[i] = cast(weight[i] - lr * m / u, weight)


@foreach(flat=True, grain=GRAIN)
def nadam(
    i, weight, grad, mean, var, lr, beta1, beta2, epsilon, part_grad, part_mean, share2, wd, rescale_grad, clip_gradient
):
    """m and v as for `adam`;  w -= lr * (part_grad * g + part_mean * m) / (sqrt(v / share2) + eps)"""
    g = clipped(grad[i] * rescale_grad + wd * weight[i], clip_gradient)
    m = beta1 * mean[i] + (1.0 - beta1) * g
    v = beta2 * var[i] + (1.0 - beta2) * g * g
    mean[i] = cast(m, mean)
    var[i] = cast(v, var)
    weight[i] = cast(weight[i] - lr * (part_grad * g + part_mean * m) / (sqrt(v / share2) + epsilon), weight)


@foreach(flat=True, grain=GRAIN)
def lamb_direction(
    i, out, weight, grad, mean, var, beta1, beta2, epsilon, share1, share2, wd, rescale_grad, clip_gradient
):
    """Adam's direction, m / share1 / (sqrt(v / share2) + eps) + wd * w; `lamb_step` sets its length."""
    g = clipped(cast(grad[i], mean) * rescale_grad, clip_gradient)
    m = beta1 * mean[i] + (1.0 - beta1) * g
    v = beta2 * var[i] + (1.0 - beta2) * g * g
    mean[i] = cast(m, mean)
    var[i] = cast(v, var)
    out[i] = cast(m / share1 / (sqrt(v / share2) + epsilon) + wd * cast(weight[i], mean), out)


@helper
def trust(size, step, lower_bound, upper_bound):
    """|w| / |g| of two norms, |w| being held within bounds; 1 where one is 0."""
    size = minimum(maximum(size, lower_bound), upper_bound)
    return where((size > 0.0) & (step > 0.0), size / maximum(step, 1e-30), size * 0.0 + 1.0)


@foreach(flat=True, grain=GRAIN)
def lamb_step(i, weight, g, r1, r2, lr, lower_bound, upper_bound):
    """w -= lr * |w| / |g| * g, |w| = r1 being held within bounds; the factor is 1 where a norm is 0."""
    ratio = trust(r1[0], r2[0], lower_bound, upper_bound)
    weight[i] = cast(weight[i] - lr * ratio * g[i], weight)


@foreach(flat=True, grain=GRAIN)
def mp_lamb_step(i, weight32, out, g, r1, r2, lr, lower_bound, upper_bound):
    """`lamb_step` on the master copy."""
    ratio = trust(r1[0], r2[0], lower_bound, upper_bound)
    w = weight32[i] - lr * ratio * g[i]
    weight32[i] = w
    out[i] = cast(w, out)


@foreach(flat=True, grain=GRAIN)
def adamw(i, weight, grad, mean, var, rescale_grad, lr, beta1, beta2, epsilon, wd, eta, clip_gradient):
    """Adam with weight decay apart from the gradient: w -= eta * (lr * m / (sqrt(v) + eps) + wd * w)

    Nothing changes where `rescale_grad`, an array, holds 0, infinity or NaN.
    """
    scale = cast(rescale_grad[0], weight)
    go = (scale - scale == 0.0) & (scale != 0.0)
    g = clipped(grad[i] * scale, clip_gradient)
    m = beta1 * mean[i] + (1.0 - beta1) * g
    v = beta2 * var[i] + (1.0 - beta2) * g * g
    w = weight[i] - eta * (lr * m / (sqrt(v) + epsilon) + wd * weight[i])
    mean[i] = where(go, cast(m, mean), mean[i])
    var[i] = where(go, cast(v, var), var[i])
    weight[i] = where(go, cast(w, weight), weight[i])


@foreach(flat=True, grain=GRAIN)
def mp_adamw(i, weight32, out, grad, mean, var, rescale_grad, lr, beta1, beta2, epsilon, wd, eta, clip_gradient):
    """`adamw` on the master copy."""
    scale = rescale_grad[0]
    go = (scale - scale == 0.0) & (scale != 0.0)
    g = clipped(cast(grad[i], weight32) * scale, clip_gradient)
    m = beta1 * mean[i] + (1.0 - beta1) * g
    v = beta2 * var[i] + (1.0 - beta2) * g * g
    w = weight32[i] - eta * (lr * m / (sqrt(v) + epsilon) + wd * weight32[i])
    mean[i] = where(go, m, mean[i])
    var[i] = where(go, v, var[i])
    w = where(go, w, weight32[i])
    weight32[i] = w
    out[i] = cast(w, out)


# --- Norms and rates of several parameters ---------------------------------------------------------------------------

sum_of_squares = Reduction(
    "sum_of_squares", lambda x: x * x, lambda a, b: a + b, 0.0, lambda total, n: total, reduce_add, staged=False
)
finite = Reduction(  # 0 times infinity or NaN is NaN, and so is its sum with anything
    "finite", lambda x: x * 0.0, lambda a, b: a + b, 0.0, lambda total, n: where(isnan(total), 0.0, 1.0),
    reduce_add, staged=False,
)  # fmt: skip


@foreach(flat=True)
def all_of(i, y, each, count, kept):
    """y = 1 if all of `each` are, else 0; with `kept` not 0 only where y was 1."""
    found = where(kept > 0, y[i], cast(1.0, y))
    for k in range(count):
        found = minimum(found, each[k])
    y[i] = found


@foreach(flat=True)
def lars(i, out, lrs, weights_sum_sq, grads_sum_sq, wds, eta, eps, rescale_grad):
    """lr * eta * |w| / (|g| + wd * |w| + eps), the sums being those of squares; lr alone where one is 0."""
    size, grad_size = sqrt(weights_sum_sq[i]), sqrt(grads_sum_sq[i]) * rescale_grad
    scaled = (weights_sum_sq[i] > 0.0) & (grads_sum_sq[i] > 0.0)
    out[i] = where(scaled, lrs[i] * eta * size / (grad_size + wds[i] * size + eps), lrs[i])


# --- Many parameters in one call -------------------------------------------------------------------------------------


@functools.cache
def _of_pieces(kernel: Kernel, count: int) -> Kernel:
    """The kernel whose result i is a piece of a parameter, updated element by element as `kernel` does it."""
    body = helper(kernel.function)

    def update(i, pieces, addresses, rates, *like):
        place, first, last = pieces[i, 0], pieces[i, 1], pieces[i, 2]
        args = arrays(addresses, place, last, like) + numbers(rates, place, count)
        for j in range(first, last):
            body(index(j), *args)

    return foreach(update, name=f"{__name__}.of_pieces.{kernel.__name__}")


@functools.cache
def _by_threads(kernel: Kernel, count: int) -> Kernel:
    """The same for CUDA: WIDE threads, which follow each other, share a piece."""
    body = helper(kernel.function)

    def update(i, pieces, addresses, rates, *like):
        piece = i // WIDE
        place, first, last = pieces[piece, 0], pieces[piece, 1], pieces[piece, 2]
        args = arrays(addresses, place, last, like) + numbers(rates, place, count)
        for j in range(first + i - piece * WIDE, last, WIDE):
            body(j, *args)

    return foreach(update, name=f"{__name__}.by_threads.{kernel.__name__}")


def _address(x: Any) -> int:
    """Where an array begins; `x.ctypes` takes twice as long to say it."""
    if type(x) is np.ndarray:
        return x.__array_interface__["data"][0]
    return _address(x._ary) if device.SIMULATED else x.device_ctypes_pointer.value or 0


class Together:
    """An update of many parameters by one call of a kernel: a network has a hundred, and most are small.

    The kernel reads where the arrays are, and its scalars, from tables with one row for each parameter.  On CUDA the
    tables are copied to the device where they have changed since the last call.

    Parameters
    ----------
    kernel : flat foreach kernel of the same number of arrays for each parameter, then of scalars.
    rows : for each parameter, its contiguous arrays in the kernel's order, of dtypes that are the same in each row; the
        first one's is that of the scalars.
    count : how many scalars.

    Attributes
    ----------
    rates : the table of scalars, which the caller fills before a call.
    addresses : the table of the places where the arrays begin. A caller that changes one keeps that array's memory.
    """

    def __init__(self, kernel: Kernel, rows: Sequence[Sequence[np.ndarray]], count: int) -> None:
        self.rows = rows  # keeps the memory
        sizes = [row[0].size for row in rows]
        pieces = [
            (place, first, min(first + PIECE, size))
            for place, size in enumerate(sizes)
            for first in range(0, size, PIECE)
        ]
        self.addresses = np.array([list(map(_address, row)) for row in rows], np.int64)
        self.rates = np.empty((len(rows), count), rows[0][0].dtype)
        table = np.array(pieces, np.int64).reshape(-1, 3)
        if device.is_device_array(rows[0][0]):
            self._on_cuda(_by_threads(kernel, count), table)
            return
        args: Any = (table, self.addresses, self.rates, *[np.empty(0, x.dtype) for x in rows[0]])
        run = _of_pieces(kernel, count).variant(*args, 0, 0)
        grain = max(1, len(pieces) * GRAIN // max(sum(sizes), 1))  # pieces that hold GRAIN elements
        if len(pieces) > grain:
            self.run: Any = lambda: pool.run(run, len(pieces), grain, *args)
        else:
            self.run = cache.bound(run, *args, 0, len(pieces))

    def _on_cuda(self, kernel: Kernel, table: np.ndarray) -> None:
        like = [device.empty_like_target(x, (1,), x.dtype) for x in self.rows[0]]
        pieces, *tables = (device.work_copy(like[0], x) for x in (table, self.addresses, self.rates))
        sent = [self.addresses.copy(), None]

        def run() -> None:
            for k, now in enumerate((self.addresses, self.rates)):
                if sent[k] is None or not np.array_equal(sent[k], now):
                    sent[k] = now.copy()
                    device.copy(tables[k], sent[k])
            kernel(len(table) * WIDE, pieces, *tables, *like)

        self.run = run


def ends(x: Any) -> tuple[int, int]:
    """Where an array begins, and where it ends."""
    first = _address(x)
    return first, first + x.nbytes
