"""The definition of a convolution and of its gradients, one result at a time, on both targets.

y[n, o, p] = bias[o] + sum over c, k of x[n, c, p * stride - pad + k * dilate] * w[o, c, k]

p and k run over depth, height and width; c over the channels of the group of o; x is 0 outside.  The sum has
C/groups * kernel terms.  Being linear in x and in w, it has gradients that are sums over the same triples:

dx[n, c, i] = sum over o, k of dy[n, o, (i + pad - k * dilate) / stride] * w[o, c, k]      where that is a whole number
dw[o, c, k] = sum over n, p of dy[n, o, p] * x[n, c, p * stride - pad + k * dilate]

Each result is gathered by one thread, so no two write to the same place and sums have one order.  g holds the numbers
of `geometry.Geometry`.

On CUDA these are the kernels of depthwise convolutions, too, where a result has few terms.
"""

from ..common import wide
from ..kernel import foreach, helper
from ..words import cast


@helper
def source(p, k, stride, pad, dilate, size):
    """Where output pixel p meets tap k along one axis, -1 if outside."""
    i = p * stride - pad + k * dilate
    return i if 0 <= i < size else -1


@helper
def target(i, k, stride, pad, dilate, out):
    """The output pixel along one axis that meets input i at tap k, -1 if there is none."""
    at = i + pad - k * dilate
    p = at // stride
    return p if at >= 0 and p * stride == at and p < out else -1


@foreach(flat=True, grain=64)
def forward(i, y, x, w, bias, has_bias, g):
    channels, filters, groups = g[1], g[2], g[3]
    per = channels // groups
    pw = i % g[9]
    ph = i // g[9] % g[8]
    pd = i // (g[9] * g[8]) % g[7]
    o = i // (g[9] * g[8] * g[7]) % filters
    n = i // (g[9] * g[8] * g[7] * filters)
    first = o // (filters // groups) * per
    total = cast(0, wide(x[0]))
    if has_bias:
        total += bias[o]
    for c in range(per):
        for kd in range(g[10]):
            d = source(pd, kd, g[13], g[16], g[19], g[4])
            for kh in range(g[11]):
                h = source(ph, kh, g[14], g[17], g[20], g[5])
                for kw in range(g[12]):
                    at = source(pw, kw, g[15], g[18], g[21], g[6])
                    if d >= 0 and h >= 0 and at >= 0:
                        pixel = (((n * channels + first + c) * g[4] + d) * g[5] + h) * g[6] + at
                        tap = (((o * per + c) * g[10] + kd) * g[11] + kh) * g[12] + kw
                        total += wide(x[pixel]) * wide(w[tap])
    y[i] = total


@foreach(flat=True, grain=64)
def data_gradient(i, dx, dy, w, bias, has_bias, g):
    """Also the forward pass of a transposed convolution, which may have a bias for each channel."""
    channels, filters, groups = g[1], g[2], g[3]
    per, many = channels // groups, filters // groups
    iw = i % g[6]
    ih = i // g[6] % g[5]
    depth = i // (g[6] * g[5]) % g[4]
    c = i // (g[6] * g[5] * g[4]) % channels
    n = i // (g[6] * g[5] * g[4] * channels)
    first = c // per * many
    total = cast(0, wide(dy[0]))
    if has_bias:
        total += bias[c]
    for o in range(first, first + many):
        for kd in range(g[10]):
            pd = target(depth, kd, g[13], g[16], g[19], g[7])
            for kh in range(g[11]):
                ph = target(ih, kh, g[14], g[17], g[20], g[8])
                for kw in range(g[12]):
                    pw = target(iw, kw, g[15], g[18], g[21], g[9])
                    if pd >= 0 and ph >= 0 and pw >= 0:
                        pixel = (((n * filters + o) * g[7] + pd) * g[8] + ph) * g[9] + pw
                        tap = (((o * per + c % per) * g[10] + kd) * g[11] + kh) * g[12] + kw
                        total += wide(dy[pixel]) * wide(w[tap])
    dx[i] = total


@foreach(flat=True, grain=1)
def weight_gradient(i, dw, x, dy, g):
    channels, filters, groups = g[1], g[2], g[3]
    per = channels // groups
    kw = i % g[12]
    kh = i // g[12] % g[11]
    kd = i // (g[12] * g[11]) % g[10]
    c = i // (g[12] * g[11] * g[10]) % per
    o = i // (g[12] * g[11] * g[10] * per)
    plane = o // (filters // groups) * per + c
    total = cast(0, wide(x[0]))
    for n in range(g[0]):
        for pd in range(g[7]):
            d = source(pd, kd, g[13], g[16], g[19], g[4])
            for ph in range(g[8]):
                h = source(ph, kh, g[14], g[17], g[20], g[5])
                for pw in range(g[9]):
                    at = source(pw, kw, g[15], g[18], g[21], g[6])
                    if d >= 0 and h >= 0 and at >= 0:
                        pixel = (((n * channels + plane) * g[4] + d) * g[5] + h) * g[6] + at
                        place = (((n * filters + o) * g[7] + pd) * g[8] + ph) * g[9] + pw
                        total += wide(x[pixel]) * wide(dy[place])
    dw[i] = total
