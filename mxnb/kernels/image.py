"""Pixels become inputs of a network: (N, H, W, C) of numbers to 255 become (N, C, H, W) to 1, then standardised."""

from typing import Any

import numpy as np

from .common import run
from .device import is_device_array
from .kernel import Static, cpu_kernel, foreach, helper, split_kernel
from .scratch import scratch
from .words import absolute, cast, floor, index, lanes, load, maximum, minimum, round_even, store, where

BLOCK = 512  # pixels that are turned together, in level 1 of the cache


@foreach(flat=True)
def to_tensor(i, y, x, pixels, channels):
    """y: (N, C, pixels) = x: (N, pixels, C) / 255; a division, since a product with 1 / 255 rounds otherwise."""
    pixel, rest = i % pixels, i // pixels
    y[i] = cast(x[(rest // channels * pixels + pixel) * channels + rest % channels], y[0]) / 255.0


@split_kernel(flat=True)
def to_tensor_blocks(sizes, y, x, pixels, first, last):
    """The same on the CPU for blocks first..last of pixels; sizes.channels is C."""
    blocks = (pixels + BLOCK - 1) // BLOCK
    for item in range(first, last):
        image, begin = item // blocks, item % blocks * BLOCK
        to, start = image * sizes.channels * pixels, image * pixels * sizes.channels
        for p in range(begin, min(begin + BLOCK, pixels)):
            for c in range(sizes.channels):
                y[index(to + c * pixels + p)] = cast(x[index(start + p * sizes.channels + c)], y) / cast(255, y)


@foreach(flat=True)
def normalize(i, y, x, mean, std, pixels):
    """y = (x - mean[c]) / std[c] for (N, C, pixels); each table repeats its numbers as often as there are channels."""
    channel = i // pixels % len(mean)
    y[i] = (x[i] - mean[channel]) / std[channel]


@split_kernel(flat=True)
def normalize_blocks(y, x, mean, std, pixels, first, last):
    """The same on the CPU for blocks first..last of pixels of a channel."""
    blocks = (pixels + BLOCK - 1) // BLOCK
    for item in range(first, last):
        plane, begin = item // blocks, item % blocks * BLOCK
        a, b = mean[plane % len(mean)], std[plane % len(std)]
        for i in range(plane * pixels + begin, plane * pixels + min(begin + BLOCK, pixels)):
            y[index(i)] = (x[index(i)] - a) / b


def planes_of(y: Any, x: Any, pixels: int, channels: int) -> None:
    """`to_tensor` on either target."""
    if is_device_array(x) or x.dtype == np.float16:
        to_tensor(y.size, y, x, pixels, channels)
    else:
        items, sizes = y.size // (pixels * channels) * -(-pixels // BLOCK), Static(channels=channels)
        run(to_tensor_blocks, items, BLOCK * channels, sizes, y, x, pixels)


def standardise(y: Any, x: Any, mean: Any, std: Any, pixels: int) -> None:
    """`normalize` on either target."""
    if is_device_array(x) or x.dtype == np.float16:
        normalize(y.size, y, x, mean, std, pixels)
    else:
        run(normalize_blocks, y.size // pixels * -(-pixels // BLOCK), BLOCK, y, x, mean, std, pixels)


# --- For iterators: one image at a time, straight into its place in the batch -----------------------------------------


@cpu_kernel
def warp(y, x, inverse, fill):
    """y: (V, U, C) from x: (H, W, C), uint8: pixel (u, v) comes from inverse @ (u, v, 1), between four pixels of x."""
    for v in range(y.shape[0]):
        for u in range(y.shape[1]):
            col = inverse[0, 0] * u + inverse[0, 1] * v + inverse[0, 2]
            row = inverse[1, 0] * u + inverse[1, 1] * v + inverse[1, 2]
            left, top = int(floor(col)), int(floor(row))
            for c in range(y.shape[2]):
                total = 0.0
                for i in range(2):
                    for j in range(2):
                        weight = (1.0 - absolute(row - (top + i))) * (1.0 - absolute(col - (left + j)))
                        inside = 0 <= top + i < x.shape[0] and 0 <= left + j < x.shape[1]
                        total += weight * (x[top + i, left + j, c] if inside else fill)
                y[v, u, c] = int(total + 0.5)


def turn_colours(x, hue, lightness, saturation):
    """Change hue (of 180, the whole circle), lightness and saturation (of 255) of x: (pixels, 3), uint8, in place.

    Where one of them would leave its range it stays at the end, hue as well: red does not become violet.
    """
    turn = np.array([hue / 30.0, lightness / 255.0, saturation / 255.0], np.float32)
    turn_planes(x, scratch("colours", 3 * BLOCK, np.float32).reshape(3, BLOCK), turn)


@cpu_kernel
def turn_planes(x, planes, turn):
    """Turn x: (pixels, 3), BLOCK pixels at a time, in planes: (3, BLOCK), where registers hold pixels side by side.

    turn, three floats: how much is added to hue (0 … 6), lightness and saturation (0 … 1).  Brightest and darkest
    channel give lightness and saturation, which of them is brightest and where the third lies between gives hue.
    """
    zero, half, one, two = cast(0, turn), cast(0.5, turn), cast(1, turn), cast(2, turn)
    three, four, six, full = cast(3, turn), cast(4, turn), cast(6, turn), cast(255, turn)
    for first in range(0, x.shape[0], planes.shape[1]):
        count = min(planes.shape[1], x.shape[0] - first)
        for i in range(count):
            for c in range(3):
                planes[c, i] = cast(x[first + i, c], turn)
        for i in range(0, count, lanes(planes)):
            left = count - i
            r, g = load(planes, (0, i), 1, 1, 1, left), load(planes, (1, i), 1, 1, 1, left)
            b = load(planes, (2, i), 1, 1, 1, left)
            most, least = maximum(r, maximum(g, b)), minimum(r, minimum(g, b))
            spread, both = most - least, (most + least) / full
            part = one / maximum(spread, one)
            h = where(most == g, two + (b - r) * part, four + (r - g) * part)
            h = where(most == r, (g - b) * part, h)
            h = where(h < zero, h + six, h) + turn[0]
            h = minimum(maximum(h, zero), six)
            s = spread / full / maximum(minimum(both, two - both), cast(1e-6, turn)) + turn[2]
            s = minimum(maximum(s, zero), one)
            light = minimum(maximum(both / two + turn[1], zero), one)
            chroma = s * (one - absolute(two * light - one))
            for c in range(3):
                k = h - two * cast(c, turn)  # how far this channel's own hue is, of a circle of 6
                k = where(k < zero, k + six, k)
                share = minimum(maximum(absolute(k - three) - one, zero), one)
                store(planes, (c, i), (light + chroma * (share - half)) * full + half, 1, left)
        for i in range(count):
            for c in range(3):
                x[first + i, c] = cast(planes[c, i], x)


@cpu_kernel
def place(y, x, at, colours, changes, mean, factor, highest, mirror):
    """y[at]: (C, H, W) = (colours @ (x, 1) - mean) * factor from x: (H, W, C), uint8, mirrored where asked for.

    colours: (C, C + 1), applied where `changes`, results cut to those of pixels; mean: (C, H, W) or (C, 1, 1), factor:
    (C,), all float32; nothing is above `highest`.  Limited by memory: a byte is read and a number written.
    """
    channels, height, width = y.shape[1], y.shape[2], y.shape[3]
    wide = 1 if mean.shape[2] > 1 else 0
    for c in range(channels):
        for v in range(height):
            for u in range(width):
                col = width - 1 - u if mirror else u
                value = cast(x[v, col, c], mean)
                if changes:
                    value = colours[c, channels]
                    for k in range(channels):
                        value += colours[c, k] * cast(x[v, col, k], mean)
                    value = round_even(minimum(maximum(value, cast(0, mean)), cast(255, mean)))
                value = (value - mean[c, v * wide, u * wide]) * factor[c]
                y[at, c, v, u] = cast(minimum(value, cast(highest, mean)), y)


@cpu_kernel
def unfilter(y, x, step):
    """y: (rows, bytes) from x: (rows, 1 + bytes) of a PNG file, whose first number tells how the others were changed.

    Each is the difference to a guess made of its neighbours: left, `step` bytes before, above, and left above.
    """
    for row in range(y.shape[0]):
        kind = x[row, 0]
        for i in range(y.shape[1]):
            left = int(y[row, i - step]) if i >= step else 0
            above = int(y[row - 1, i]) if row > 0 else 0
            corner = int(y[row - 1, i - step]) if row > 0 and i >= step else 0
            guess = 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = above
            elif kind == 3:
                guess = (left + above) // 2
            elif kind == 4:  # that of the three which is nearest to left + above - corner (Paeth 1991)
                to_left, to_above = absolute(above - corner), absolute(left - corner)
                to_corner = absolute(left + above - 2 * corner)
                guess = above if to_above <= to_corner else corner
                if to_left <= to_above and to_left <= to_corner:
                    guess = left
            y[row, i] = (int(x[row, 1 + i]) + guess) & 255


# --- Colours of images on either target ------------------------------------------------------------------------------


@helper
def whole(value, like):
    """A number of `like`'s dtype; whole numbers are cut off, within those of pixels."""
    return cast(minimum(maximum(value, 0.0), 255.0), like)


@foreach
def grey_sums(i, sums, x, step):
    """Sum number i of the brightness of x: (pixels, C), of each `step`-th pixel from i on."""
    total = sums[0] * 0.0
    for p in range(i, x.shape[0], step):
        if x.shape[1] < 3:
            total += cast(x[p, 0], sums[0])
        else:
            red, green, blue = cast(x[p, 0], sums[0]), cast(x[p, 1], sums[0]), cast(x[p, 2], sums[0])
            total += 0.299 * red + 0.587 * green + 0.114 * blue
    sums[i] = total


@foreach
def mix(i, y, x, matrix, sums, count, limited):
    """Number i of y: (pixels, C): row c of matrix: (C, C + 2) times (x, 1, sums / count), count a float."""
    channels = x.shape[1]
    p, c = i // channels, i % channels
    total = matrix[c, channels]
    for k in range(channels):
        total += matrix[c, k] * cast(x[p, k], total)
    if matrix[c, channels + 1] != 0:
        mean = total * 0.0
        for k in range(sums.shape[0]):
            mean += sums[k]
        total += matrix[c, channels + 1] * (mean / count)
    y[p, c] = whole(total, y) if limited else cast(total, y)


@foreach
def turn_hue(p, y, x, turn, limited):
    """Pixel p of y: (pixels, 3): x with its hue moved by `turn` of a circle."""
    r, g, b = cast(x[p, 0], turn[0]), cast(x[p, 1], turn[0]), cast(x[p, 2], turn[0])
    most, least = maximum(r, maximum(g, b)), minimum(r, minimum(g, b))
    spread = most - least
    h = spread * 0.0
    if spread > 0.0:
        if most == r:
            h = (g - b) / spread
        elif most == g:
            h = 2.0 + (b - r) / spread
        else:
            h = 4.0 + (r - g) / spread
    h += turn[0] * 6.0
    for c in range(3):
        k = h - 2.0 * cast(c, turn[0])
        k -= 6.0 * floor(k / 6.0)
        share = minimum(maximum(absolute(k - 3.0) - 1.0, 0.0), 1.0)
        value = least + spread * share
        y[p, c] = whole(value, y) if limited else cast(value, y)
