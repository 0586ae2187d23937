"""The gradient of the data on the CPU where windows are longer than what they give: a product, and its sums.

p[n, i, (c, k)] = sum over o of dy[n, o, i] * w[o, c, k]                  a product of matrices for each image
dx[n, c, i * stride - pad + k * dilate] += p[n, i, (c, k)]                for each pixel i of y and each tap k

The tiles of `plan.py` turn it round: each pixel of dx multiplies all taps with the pixels of dy that they meet.  That
writes each result once, but where a window covers the whole image, as in a network for text (3 words by all 300
numbers of each), most taps meet zeros: 300 products for one.  Here no product is wasted, at the price of moving p,
N P C K numbers, which are written and added in pieces of images that stay in the second-level cache.

Every plane of dx is added by one thread, in the order of i: results are the same for any number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import gemm
from ..kernel import split_kernel
from ..scratch import scratch
from ..words import lanes, load, store
from .geometry import Geometry
from .plan import MOVE, Step, Tiled

HELD = 1 << 19  # bytes of products to have at a time
WASTE = 4  # times more products that tiles must make, so that this is faster


@split_kernel
def add_windows(dx, p, bias, g, groups, first, last):
    """Planes first..last of dx: (planes, pixels).

    p : (planes / channels of a group * pixels of y, taps), the taps of a group of channels by channel and place.
    g : sizes along three axes of dx, y and the window, stride, pad, dilate.
    """
    depth, height, width, out_d, out_h, out_w = g[0], g[1], g[2], g[3], g[4], g[5]
    kernel_d, kernel_h, kernel_w, dilate = g[6], g[7], g[8], g[17]
    places = kernel_d * kernel_h * kernel_w
    channels = p.shape[1] // places
    for plane in range(first, last):
        start, begin = plane * depth * height * width, plane % channels * places
        for i in range(start, start + depth * height * width):
            dx[i] = bias[plane % (channels * groups)]
        for pixel in range(out_d * out_h * out_w):
            row = plane // channels * out_d * out_h * out_w + pixel
            d0 = pixel // (out_h * out_w) * g[9] - g[12]
            h0, w0 = pixel // out_w % out_h * g[10] - g[13], pixel % out_w * g[11] - g[14]
            low = (max(0, -w0) + dilate - 1) // dilate
            high = min(kernel_w, (width - w0 + dilate - 1) // dilate)
            for kd in range(kernel_d):
                d = d0 + kd * g[15]
                for kh in range(kernel_h):
                    h = h0 + kh * g[16]
                    if d < 0 or d >= depth or h < 0 or h >= height:
                        continue
                    at, tap = start + (d * height + h) * width + w0, begin + (kd * kernel_h + kh) * kernel_w
                    if dilate > 1:
                        for k in range(low, high):
                            dx[at + k * dilate] += p[row, tap + k]
                        continue
                    for k in range(low, high, lanes(dx)):
                        numbers = load(p, (row, tap + k), 1, 1, 1, high - k)
                        numbers = numbers + load(dx, at + k, 1, 1, 1, high - k)
                        store(dx, at + k, numbers, 1, high - k)


def suits(g: Geometry, plan: Tiled) -> bool:
    """Whether this is faster than the tiles of `plan`, the data gradient's."""
    tiled = plan.images * plan.groups * plan.channels * sum(part.width * part.steps for part in plan.parts)
    return tiled > WASTE * g.multiplications


def bind(g: Geometry, dtype: np.dtype) -> Callable[..., None]:
    """A function (dx, dy, w, bias=None) for known shapes."""
    product, _ = gemm.prepare(g.pixels, g.taps, g.group_filters, dtype, True, False, g.groups)
    each = g.groups * g.pixels * g.taps  # numbers of p of an image
    images = max(1, min(g.batch, HELD // (each * dtype.itemsize)))
    numbers = np.array((*g.size, *g.out, *g.kernel, *g.stride, *g.pad, *g.dilate), np.int64)
    add, no_bias = Step(add_windows), np.zeros(g.channels, dtype)
    work = g.pixels * math.prod(g.kernel) * MOVE // 8

    def run(dx: np.ndarray, dy: np.ndarray, w: np.ndarray, bias: Any = None) -> None:
        w, dy, dx = w.reshape(g.filters, g.taps), dy.reshape(g.batch, g.filters, g.pixels), dx.reshape(g.batch, -1)
        products = scratch("convolution.y", images * each, dtype).reshape(images, g.groups * g.pixels, g.taps)
        bias = no_bias if bias is None else bias
        for first in range(0, g.batch, images):
            count = min(images, g.batch - first)
            for i in range(count):
                product(products[i], dy[first + i], w)
            result = dx[first : first + count].reshape(-1)
            add(count * g.channels, work, result, products[:count].reshape(-1, g.taps), bias, numbers, g.groups)

    return run
