"""Convolutions on CUDA: products of matrices of which one is never written, but gathered from the images.

              rows               columns              terms
forward       output channels    pixels of y          taps: channels of x and places in the window
data gradient channels of x      pixels of x          taps: channels of y and places in the window
weights       output channels    taps                 pixels of y

`blocks.py` says how a block of threads makes a block of results.  Here a thread fetches numbers of one column (or of
one term, for the weights), so that it takes indices apart once, and finds the rest in tables with a number for each
tap.  The sums over pixels are long and their results few: they are cut into chunks, whose number depends on the shapes
only, and added by a second kernel.  No two threads write to the same place, and every sum has one order.

Depthwise, where each channel has windows of its own, there is nothing that threads could share: each makes one result,
as `naive.py` defines it.  Only the sums over pixels are made by blocks of threads together.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .. import device
from ..blocks import BUSY, DEPTH, SIDE, THREADS, accumulator, blocks, choose_each, clear, multiply
from ..common import THREADS as ADDERS
from ..common import sum_of_block, wide
from ..kernel import cuda_kernel, foreach
from . import naive
from .geometry import Geometry
from .naive import source

CHUNK = 256  # terms of a sum at least, where sums are cut

cuda: Any = None  # numba.cuda in what is compiled


@cache
def windows_cuda(number: Any, each: int, transposed: bool) -> Any:
    """Forward, and the gradient of the data if `transposed`; adds in numbers of type `number`."""
    block = SIDE * each
    wide = block + 1  # the odd width spreads what neighbouring threads write over the banks of shared memory

    def windows(y, x, w, bias, has_bias, taps, g):
        """One block of y: (images, groups * rows, pixels) from x: (images, groups * channels, pixels).

        taps : (5, terms): offset in w, offset of the channel in x, and place in the window along each axis.
        g : images, groups, rows, channels, sizes of x, of y, stride, pad, steps in w to the next row, the next group.
        """
        left = cuda.shared.array((DEPTH, wide), number)
        right = cuda.shared.array((DEPTH, wide), number)
        places = cuda.shared.array(block, np.int64)  # where the results of each column go
        acc = cuda.local.array((each, each), number)
        col, row = cuda.threadIdx.x, cuda.threadIdx.y
        thread = row * SIDE + col
        groups, rows, terms = g[1], g[2], taps.shape[1]
        pixels = g[7] * g[8] * g[9]
        cols = g[0] * pixels
        first_row, group = cuda.blockIdx.y * block, cuda.blockIdx.z
        first_col = cuda.blockIdx.x * block
        clear(acc)
        # the column that this thread fetches: an image and a pixel of y, where its window begins in x
        mine = first_col + thread % block
        image, pixel = mine // pixels, mine % pixels
        if thread < block:
            places[thread] = (image * groups + group) * rows * pixels + pixel
        d, h, v = pixel // (g[8] * g[9]), pixel // g[9] % g[8], pixel % g[9]
        if transposed:
            d, h, v = d + g[13], h + g[14], v + g[15]
        else:
            d, h, v = d * g[10] - g[13], h * g[11] - g[14], v * g[12] - g[15]
        base = (image * groups + group) * g[3] * g[4] * g[5] * g[6]
        for start in range(0, terms, DEPTH):
            for n in range(thread, DEPTH * block, THREADS):
                k, i = n % DEPTH, n // DEPTH
                left[k, i] = 0
                if start + k < terms and first_row + i < rows:
                    left[k, i] = number(w[group * g[17] + (first_row + i) * g[16] + taps[0, start + k]])
            for n in range(thread, DEPTH * block, THREADS):
                k, j = n // block, n % block
                right[k, j] = 0
                if start + k < terms and mine < cols:
                    if transposed:
                        at_d, at_h, at_v = d - taps[2, start + k], h - taps[3, start + k], v - taps[4, start + k]
                        i_d, i_h, i_v = at_d // g[10], at_h // g[11], at_v // g[12]
                        meets = i_d * g[10] == at_d and i_h * g[11] == at_h and i_v * g[12] == at_v
                    else:
                        i_d, i_h, i_v = d + taps[2, start + k], h + taps[3, start + k], v + taps[4, start + k]
                        meets = True
                    if meets and 0 <= i_d < g[4] and 0 <= i_h < g[5] and 0 <= i_v < g[6]:
                        right[k, j] = number(x[base + taps[1, start + k] + (i_d * g[5] + i_h) * g[6] + i_v])
            cuda.syncthreads()
            multiply(acc, left, right, row, col)
            cuda.syncthreads()
        for j in range(each):
            n, at = first_col + col + j * SIDE, places[col + j * SIDE]
            for i in range(each):
                m = first_row + row + i * SIDE
                if m < rows and n < cols:
                    total = acc[i, j]
                    if has_bias:
                        total += number(bias[group * rows + m])
                    y[at + m * pixels] = total

    direction = "transposed" if transposed else "forward"
    return cuda_kernel(windows, name=f"convolution.windows_cuda.{number.__name__}.{each}.{direction}")


@cache
def weights_cuda(number: Any, each: int) -> Any:
    """The gradient of the weights, in chunks; adds in numbers of type `number`."""
    block = SIDE * each
    wide = block + 1

    def weights(parts, x, dy, chunks, taps, g):
        """One block of parts: (chunks, groups * rows, taps), of one chunk of the terms; arguments as above."""
        left = cuda.shared.array((DEPTH, wide), number)
        right = cuda.shared.array((DEPTH, wide), number)
        acc = cuda.local.array((each, each), number)
        col, row = cuda.threadIdx.x, cuda.threadIdx.y
        thread = row * SIDE + col
        groups, rows, cols = g[1], g[2], taps.shape[1]
        pixels = g[7] * g[8] * g[9]
        terms = g[0] * pixels
        first_row, first_col = cuda.blockIdx.y * block, cuda.blockIdx.x * block
        group, chunk = cuda.blockIdx.z // chunks, cuda.blockIdx.z % chunks
        clear(acc)
        k = thread % DEPTH  # the term that this thread fetches in each round
        length = (terms + chunks - 1) // chunks
        last = min(terms, (chunk + 1) * length)
        for start in range(chunk * length, last, DEPTH):
            term = start + k
            image, pixel = term // pixels, term % pixels
            d = pixel // (g[8] * g[9]) * g[10] - g[13]
            h = pixel // g[9] % g[8] * g[11] - g[14]
            v = pixel % g[9] * g[12] - g[15]
            base_y = (image * groups + group) * rows * pixels + pixel
            base_x = (image * groups + group) * g[3] * g[4] * g[5] * g[6]
            for i in range(thread // DEPTH, block, THREADS // DEPTH):
                left[k, i] = 0
                if term < last and first_row + i < rows:
                    left[k, i] = number(dy[base_y + (first_row + i) * pixels])
                right[k, i] = 0
                tap = first_col + i
                if term < last and tap < cols:
                    i_d, i_h, i_v = d + taps[2, tap], h + taps[3, tap], v + taps[4, tap]
                    if 0 <= i_d < g[4] and 0 <= i_h < g[5] and 0 <= i_v < g[6]:
                        right[k, i] = number(x[base_x + taps[1, tap] + (i_d * g[5] + i_h) * g[6] + i_v])
            cuda.syncthreads()
            multiply(acc, left, right, row, col)
            cuda.syncthreads()
        for i in range(each):
            for j in range(each):
                m, n = first_row + row + i * SIDE, first_col + col + j * SIDE
                if m < rows and n < cols:
                    parts[((chunk * groups + group) * rows + m) * cols + n] = acc[i, j]

    return cuda_kernel(weights, name=f"convolution.weights_cuda.{number.__name__}.{each}")


@foreach(flat=True)
def add_chunks(i, dw, parts, chunks, count):
    """dw = the sum of its chunks."""
    total = parts[i]
    for chunk in range(1, chunks):
        total += parts[chunk * count + i]
    dw[i] = total


@cache
def depthwise_weights_cuda(number: Any) -> Any:
    """The gradient of the weights of a depthwise convolution; adds in numbers of type `number`."""

    def weights(dw, x, dy, g):
        """One of dw: (filters, taps), for each block of threads; g as in `naive.py`."""
        parts = cuda.shared.array(ADDERS, number)
        taps = g[10] * g[11] * g[12]
        o, tap = cuda.blockIdx.x // taps, cuda.blockIdx.x % taps
        kd, kh, kw = tap // (g[11] * g[12]), tap // g[12] % g[11], tap % g[12]
        channel = o // (g[2] // g[3])
        pixels = g[7] * g[8] * g[9]
        total = number(0)
        for i in range(cuda.threadIdx.x, g[0] * pixels, ADDERS):
            n, p = i // pixels, i % pixels
            d = source(p // (g[8] * g[9]), kd, g[13], g[16], g[19], g[4])
            h = source(p // g[9] % g[8], kh, g[14], g[17], g[20], g[5])
            v = source(p % g[9], kw, g[15], g[18], g[21], g[6])
            if d >= 0 and h >= 0 and v >= 0:
                seen = x[(((n * g[1] + channel) * g[4] + d) * g[5] + h) * g[6] + v]
                total += wide(seen) * wide(dy[(n * g[2] + o) * pixels + p])
        total = sum_of_block(parts, total)
        if cuda.threadIdx.x == 0:
            dw[cuda.blockIdx.x] = total

    return cuda_kernel(weights, name=f"convolution.depthwise_weights_cuda.{number.__name__}")


# --- Launch ----------------------------------------------------------------------------------------------------------


def _tables(g: Geometry, transposed: bool) -> tuple[np.ndarray, np.ndarray]:
    """What the kernels call taps and g."""
    places = math.prod(g.kernel)
    source, result = (g.out, g.size) if transposed else (g.size, g.out)
    channels, rows = (g.group_filters, g.group_channels) if transposed else (g.group_channels, g.group_filters)
    axes = np.indices(g.kernel).reshape(3, places) * np.array(g.dilate)[:, None]
    channel = np.repeat(np.arange(channels), places)
    in_weights = channel * (g.group_channels if transposed else 1) * places + np.tile(np.arange(places), channels)
    taps = np.stack([in_weights, channel * math.prod(source), *np.tile(axes, channels)]).astype(np.int64)
    row_step = places if transposed else g.taps
    numbers = (g.batch, g.groups, rows, channels, *source, *result, *g.stride, *g.pad)
    return taps, np.array((*numbers, row_step, g.group_filters * g.taps), np.int64)


class _OnDevice:
    """Tables, copied to a device when they are first needed there."""

    def __init__(self, *tables: np.ndarray) -> None:
        self.tables, self.copies = tables, None

    def beside(self, x: Any) -> Any:
        """Copies where array x is."""
        if self.copies is None:
            self.copies = tuple(device.work_copy(x, table) for table in self.tables)
        return self.copies


def bind_windows(g: Geometry, transposed: bool) -> Callable[..., None]:
    """A function (y, x, w, bias=None): forward, or (dx, dy, w, bias=None) if `transposed`."""
    if g.depthwise:
        return _bind_definition(g, transposed)
    tables = _OnDevice(*_tables(g, transposed))
    rows = g.group_channels if transposed else g.group_filters
    cols = g.batch * math.prod(g.size if transposed else g.out)
    each = choose_each(rows, cols, g.groups)
    grid = (blocks(cols, each), blocks(rows, each), g.groups)

    def run(y: Any, x: Any, w: Any, bias: Any = None) -> None:
        if y.size:
            kernel = windows_cuda(accumulator(y.dtype), each, transposed)
            flat = [a.reshape(-1) for a in (y, x, w)]
            kernel.launch(
                grid, (SIDE, SIDE), *flat, flat[0] if bias is None else bias, int(bias is not None), *tables.beside(y)
            )

    return run


def _bind_definition(g: Geometry, transposed: bool) -> Callable[..., None]:
    """One thread for each result."""
    kernel, table = naive.data_gradient if transposed else naive.forward, _OnDevice(g.numbers)

    def run(y: Any, x: Any, w: Any, bias: Any = None) -> None:
        kernel(y.size, y, x, w, y if bias is None else bias, int(bias is not None), *table.beside(y))

    return run


def _bind_depthwise_weights(g: Geometry) -> Callable[..., None]:
    table = _OnDevice(g.numbers)

    def run(dw: Any, x: Any, dy: Any) -> None:
        kernel = depthwise_weights_cuda(accumulator(dw.dtype))
        kernel.launch(dw.size, ADDERS, *(a.reshape(-1) for a in (dw, x, dy)), *table.beside(dw))

    return run


def bind_weights(g: Geometry) -> Callable[..., None]:
    """A function (dw, x, dy)."""
    if g.depthwise:
        return _bind_depthwise_weights(g)
    tables = _OnDevice(*_tables(g, False))
    terms = g.batch * g.pixels
    each = choose_each(g.group_filters, g.taps, g.groups * max(1, terms // CHUNK))
    grid = blocks(g.taps, each), blocks(g.group_filters, each)
    chunks = max(1, min(-(-BUSY // (grid[0] * grid[1] * g.groups)), terms // CHUNK))

    def run(dw: Any, x: Any, dy: Any) -> None:
        if not dw.size:
            return
        number = accumulator(dw.dtype)
        parts = dw.reshape(-1)
        if chunks > 1:
            parts = device.empty_like_target(dw, (chunks * dw.size,), number)
        kernel = weights_cuda(number, each)
        flat = (parts, x.reshape(-1), dy.reshape(-1))
        kernel.launch((*grid, g.groups * chunks), (SIDE, SIDE), *flat, chunks, *tables.beside(dw))
        if chunks > 1:
            add_chunks(dw.size, dw, parts, chunks, dw.size)

    return run
