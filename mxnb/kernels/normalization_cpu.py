"""Normalization on the CPU, in register tiles; `normalization.py` has the formulas.

Batch normalization is split over channels, the others over rows.  A second pass over the same channel or row, for the
variance and again for the result, finds it in the cache.
"""

from __future__ import annotations

import itertools

from .kernel import Static, helper, split_kernel
from .words import fma, index, lanes, load, maximum, reduce_add, sqrt, store, where, zeros

WIDE = 4  # registers handled together
BLOCK = 64  # channels, or positions, beside each other that are one unit of work
BATCH_FORMS = {(a, b, c): Static(given=a, data=b, relu=c) for a, b, c in itertools.product((False, True), repeat=3)}
"""Whether mean and variance are given, whether the gradient of data is wanted, whether max(y, 0) is the result."""
ROW_FORMS = {a: Static(along=a) for a in (False, True)}
"""Whether gamma and beta vary along the row."""


@helper
def finished(form, y):
    """The result for a normalized number y."""
    return maximum(y, 0) if form.relu == 1 else y


@helper
def arriving(form, g, d, factor, shift):
    """What arrives at the normalized number ``fma(d, factor, shift)`` of the gradient g of the result."""
    return where(fma(d, factor, shift) > 0, g, 0.0) if form.relu == 1 else g


# --- Batch normalization: planes, vectors along S ---------------------------------------------------------


@split_kernel(flat=True)
def planes_cpu(y, mean, rstd, x, gamma, beta, form, batch, channels, size, eps, first, last):
    """Channels first..last; with form.given mean and rstd are inputs."""
    step = lanes(x)
    full = size // (WIDE * step) * WIDE * step
    for c in range(first, last):
        if form.given == 0:
            wide, rest = zeros(x, 1, WIDE), zeros(x, 1, 1)
            for n in range(batch):
                at = (n * channels + c) * size
                for j in range(0, full, WIDE * step):
                    wide = wide + load(x, at + j, 1, WIDE)
                for j in range(full, size, step):
                    rest = rest + load(x, at + j, 1, 1, 1, size - j)
            center = (reduce_add(wide) + reduce_add(rest)) / (batch * size)
            wide, rest = zeros(x, 1, WIDE), zeros(x, 1, 1)
            for n in range(batch):
                at = (n * channels + c) * size
                for j in range(0, full, WIDE * step):
                    d = load(x, at + j, 1, WIDE) - center
                    wide = fma(d, d, wide)
                for j in range(full, size, step):
                    d = load(x, at + j, 1, 1, 1, size - j, center) - center
                    rest = fma(d, d, rest)
            mean[c] = center
            rstd[c] = 1.0 / sqrt((reduce_add(wide) + reduce_add(rest)) / (batch * size) + eps)
        center, factor, shift = mean[c], rstd[c] * gamma[c], beta[c]
        for n in range(batch):
            at = (n * channels + c) * size
            for j in range(0, full, WIDE * step):
                store(y, at + j, finished(form, fma(load(x, at + j, 1, WIDE) - center, factor, shift)))
            for j in range(full, size, step):
                d = load(x, at + j, 1, 1, 1, size - j) - center
                store(y, at + j, finished(form, fma(d, factor, shift)), 1, size - j)


@split_kernel(flat=True)
def planes_backward_cpu(
    dx, dgamma, dbeta, dy, x, gamma, beta, mean, rstd, form, batch, channels, size, first, last
):  # fmt: skip
    """Gradients of channels first..last; dx only with form.data."""
    step = lanes(x)
    full = size // (WIDE * step) * WIDE * step
    for c in range(first, last):
        center, inverse, base = mean[c], rstd[c], beta[c]
        factor = inverse * gamma[c]
        wide, rest = zeros(x, 1, WIDE), zeros(x, 1, 1)
        wide_x, rest_x = zeros(x, 1, WIDE), zeros(x, 1, 1)
        for n in range(batch):
            at = (n * channels + c) * size
            for j in range(0, full, WIDE * step):
                d = load(x, at + j, 1, WIDE) - center
                g = arriving(form, load(dy, at + j, 1, WIDE), d, factor, base)
                wide = wide + g
                wide_x = fma(g, d, wide_x)
            for j in range(full, size, step):
                d = load(x, at + j, 1, 1, 1, size - j) - center
                g = arriving(form, load(dy, at + j, 1, 1, 1, size - j), d, factor, base)
                rest = rest + g
                rest_x = fma(g, d, rest_x)
        total = reduce_add(wide) + reduce_add(rest)
        total_x = (reduce_add(wide_x) + reduce_add(rest_x)) * inverse
        dbeta[c], dgamma[c] = total, total_x
        if form.data == 1:
            count = batch * size
            shift = -total / count * (1 - form.given)
            slope = -total_x * inverse / count * (1 - form.given)
            for n in range(batch):
                at = (n * channels + c) * size
                for j in range(0, full, WIDE * step):
                    d = load(x, at + j, 1, WIDE) - center
                    g = arriving(form, load(dy, at + j, 1, WIDE), d, factor, base)
                    store(dx, at + j, fma(d, slope, g + shift) * factor)
                for j in range(full, size, step):
                    d = load(x, at + j, 1, 1, 1, size - j) - center
                    g = arriving(form, load(dy, at + j, 1, 1, 1, size - j), d, factor, base)
                    store(dx, at + j, fma(d, slope, g + shift) * factor, 1, size - j)


# --- Batch normalization: S = 1, vectors across channels --------------------------------------------------


@split_kernel(flat=True)
def channels_cpu(y, mean, rstd, x, gamma, beta, form, batch, channels, eps, first, last):
    """Blocks first..last of channels."""
    step = WIDE * lanes(x)
    for block in range(first, last):
        for c in range(block * BLOCK, min(block * BLOCK + BLOCK, channels), step):
            n = min(channels, block * BLOCK + BLOCK) - c
            if form.given == 0:
                total = zeros(x, 1, WIDE)
                for row in range(batch):
                    total = total + load(x, row * channels + c, 1, WIDE, 1, n)
                center = total / (batch * 1.0)
                total = zeros(x, 1, WIDE)
                for row in range(batch):
                    d = load(x, row * channels + c, 1, WIDE, 1, n) - center
                    total = fma(d, d, total)
                store(mean, c, center, 1, n)
                store(rstd, c, 1 / sqrt(total / (batch * 1.0) + eps), 1, n)
            center = load(mean, c, 1, WIDE, 1, n)
            factor = load(rstd, c, 1, WIDE, 1, n) * load(gamma, c, 1, WIDE, 1, n)
            shift = load(beta, c, 1, WIDE, 1, n)
            for row in range(batch):
                at = row * channels + c
                store(y, at, finished(form, fma(load(x, at, 1, WIDE, 1, n) - center, factor, shift)), 1, n)


@split_kernel(flat=True)
def channels_backward_cpu(dx, dgamma, dbeta, dy, x, gamma, beta, mean, rstd, form, batch, channels, first, last):
    """Gradients of blocks first..last of channels; dx only with form.data."""
    step = WIDE * lanes(x)
    for block in range(first, last):
        for c in range(block * BLOCK, min(block * BLOCK + BLOCK, channels), step):
            n = min(channels, block * BLOCK + BLOCK) - c
            center, inverse = load(mean, c, 1, WIDE, 1, n), load(rstd, c, 1, WIDE, 1, n)
            factor, base = inverse * load(gamma, c, 1, WIDE, 1, n), load(beta, c, 1, WIDE, 1, n)
            total, total_x = zeros(x, 1, WIDE), zeros(x, 1, WIDE)
            for row in range(batch):
                d = load(x, row * channels + c, 1, WIDE, 1, n) - center
                g = arriving(form, load(dy, row * channels + c, 1, WIDE, 1, n), d, factor, base)
                total = total + g
                total_x = fma(g, d, total_x)
            total_x = total_x * inverse
            store(dbeta, c, total, 1, n)
            store(dgamma, c, total_x, 1, n)
            if form.data == 1:
                shift = total * ((form.given - 1) / batch)
                slope = total_x * inverse * ((form.given - 1) / batch)
                for row in range(batch):
                    at = row * channels + c
                    d = load(x, at, 1, WIDE, 1, n) - center
                    g = arriving(form, load(dy, at, 1, WIDE, 1, n), d, factor, base)
                    store(dx, at, fma(d, slope, g + shift) * factor, 1, n)


# --- Rows: layer, instance and group normalization -------------------------------------------------------------------


@split_kernel(flat=True)
def rows_cpu(y, mean, std, x, gamma, beta, form, width, groups, eps, first, last):
    """Rows first..last; gamma belongs to the position in the row, or to the row's number modulo groups."""
    step = WIDE * lanes(x)
    for row in range(first, last):
        start, end = row * width, row * width + width
        at, total = start, zeros(x, 1, WIDE)
        while at + step <= end:
            total = total + load(x, at, 1, WIDE)
            at += step
        if at < end:
            total = total + load(x, at, 1, WIDE, 1, end - at)
        center, at, total = reduce_add(total) / width, start, zeros(x, 1, WIDE)
        while at + step <= end:
            d = load(x, at, 1, WIDE) - center
            total = fma(d, d, total)
            at += step
        if at < end:
            d = load(x, at, 1, WIDE, 1, end - at, center) - center
            total = fma(d, d, total)
        spread, at = sqrt(reduce_add(total) / width + eps), start
        mean[row], std[row] = center, spread
        inverse = 1.0 / spread
        if form.along == 1:
            while at + step <= end:
                xhat = (load(x, at, 1, WIDE) - center) * inverse
                store(y, at, fma(xhat, load(gamma, at - start, 1, WIDE), load(beta, at - start, 1, WIDE)))
                at += step
            if at < end:
                n = end - at
                xhat = (load(x, at, 1, WIDE, 1, n) - center) * inverse
                scaled = fma(xhat, load(gamma, at - start, 1, WIDE, 1, n), load(beta, at - start, 1, WIDE, 1, n))
                store(y, at, scaled, 1, n)
        else:
            factor, shift = gamma[row % groups] * inverse, beta[row % groups]
            while at + step <= end:
                store(y, at, fma(load(x, at, 1, WIDE) - center, factor, shift))
                at += step
            if at < end:
                store(y, at, fma(load(x, at, 1, WIDE, 1, end - at) - center, factor, shift), 1, end - at)


@helper
def accumulate(sums, sums_x, at, g, xhat, width):
    """Add to the sums of dy and of dy xhat of the positions from `at` on, the first `width` of them."""
    n = WIDE * lanes(sums)
    if width >= n:
        store(sums, at, load(sums, at, 1, WIDE) + g)
        store(sums_x, at, fma(g, xhat, load(sums_x, at, 1, WIDE)))
    else:
        store(sums, at, load(sums, at, 1, WIDE, 1, width) + g, 1, width)
        store(sums_x, at, fma(g, xhat, load(sums_x, at, 1, WIDE, 1, width)), 1, width)


@split_kernel(flat=True)
def rows_backward_cpu(dx, sums, sums_x, dy, x, gamma, mean, std, form, rows, width, groups, block, first, last):
    """dx, and sums of dy and of dy xhat, of which `parameter_gradients_cpu` makes dbeta and dgamma.

    Work items first..last are `block` rows each.
    sums, sums_x : for each row; with form.along for each position of a block.
    """
    step = WIDE * lanes(x)
    if form.along == 1:
        for j in range(first * width, last * width):
            sums[index(j)], sums_x[index(j)] = 0, 0
    for row in range(first * block, min(last * block, rows)):
        own = row // block * width
        start, end = row * width, row * width + width
        center, inverse = mean[row], 1.0 / std[row]
        factor = 1.0 if form.along == 1 else gamma[row % groups]
        total, total_x, at = zeros(x, 1, WIDE), zeros(x, 1, WIDE), start
        while at + step <= end:
            g = load(dy, at, 1, WIDE)
            g = g * load(gamma, at - start, 1, WIDE) if form.along == 1 else g
            total = total + g
            total_x = fma(g, load(x, at, 1, WIDE) - center, total_x)
            at += step
        if at < end:
            n = end - at
            g = load(dy, at, 1, WIDE, 1, n)
            g = g * load(gamma, at - start, 1, WIDE, 1, n) if form.along == 1 else g
            total = total + g
            total_x = fma(g, load(x, at, 1, WIDE, 1, n) - center, total_x)
        one, other, at = reduce_add(total), reduce_add(total_x) * inverse, start
        if form.along == 0:
            sums[row], sums_x[row] = one, other
        shift, slope = one * factor / width, other * factor / width
        while at + step <= end:
            g, xhat = load(dy, at, 1, WIDE), (load(x, at, 1, WIDE) - center) * inverse
            if form.along == 1:
                accumulate(sums, sums_x, own + at - start, g, xhat, step)
                g = g * load(gamma, at - start, 1, WIDE)
            else:
                g = g * factor
            store(dx, at, (g - shift - xhat * slope) * inverse)
            at += step
        if at < end:
            n = end - at
            g, xhat = load(dy, at, 1, WIDE, 1, n), (load(x, at, 1, WIDE, 1, n) - center) * inverse
            if form.along == 1:
                accumulate(sums, sums_x, own + at - start, g, xhat, n)
                g = g * load(gamma, at - start, 1, WIDE, 1, n)
            else:
                g = g * factor
            store(dx, at, (g - shift - xhat * slope) * inverse, 1, n)


@split_kernel(flat=True)
def parameter_gradients_cpu(dgamma, dbeta, sums, sums_x, count, parameters, first, last):
    """dgamma and dbeta of parameters first..last, from `count` sums, of which every parameters-th belongs to one."""
    for p in range(first, last):
        one, other = 0.0, 0.0
        for i in range(p, count, parameters):
            one += sums[i]
            other += sums_x[i]
        dbeta[p], dgamma[p] = one, other
