"""The CPU kernels of a convolution: no matrix of windows is ever written, a table says where the numbers are.

Number k of a window, k over channel and place in the window, lies `taps[k]` behind the window's first number, the same
for all windows of a padded image.  Line l of output pixels begins `lines[l]` behind the image's first number.  So one
kernel serves one to three axes, any dilation, and both directions: the gradient of the data is a convolution, too.

A tile of results stays in registers while k runs; each step multiplies a column of numbers with a row of registers.
`pixels` has output channels in the lanes (every number of a window is read once, and multiplied by the weights of all
channels of the tile); `channels` has neighbouring pixels in the lanes, for images with few channels.  Both are limited
by arithmetic: with about 28 accumulators they reach 90% of what the processor can multiply and add.

Tiles at the end of a line or image are moved back to end there: they compute a few results twice rather than stop
early.
"""

from functools import cache

from ..kernel import helper, split_kernel
from ..words import column, fma, lanes, load, store, transpose, zeros


@split_kernel
def pad_planes(padded, x, size_d, size_h, size_w, pad_d, pad_h, pad_w, full_d, full_h, full_w, first, last):
    """Planes first..last of x, each (size_d, size_h, size_w), with zeros around, or cut off where a pad is negative."""
    step = lanes(x)
    volume = full_d * full_h * full_w
    left, right = max(0, -pad_w), min(size_w, full_w - pad_w)
    for plane in range(first, last):
        start = plane * volume
        for j in range(0, volume, step):
            store(padded, start + j, zeros(x, 1, 1), 1, volume - j)
        for d in range(max(0, -pad_d), min(size_d, full_d - pad_d)):
            for h in range(max(0, -pad_h), min(size_h, full_h - pad_h)):
                at = ((plane * size_d + d) * size_h + h) * size_w
                to = start + ((d + pad_d) * full_h + h + pad_h) * full_w + pad_w
                for w in range(left, right, step):
                    store(padded, to + w, load(x, at + w, 1, 1, 1, right - w), 1, right - w)


@split_kernel
def pack(packed, w, base, scale, per, panels, numbers, taps, first, last):
    """Rearrange matrices first..last of w: (matrices, channels, places).

    The result has panels: (groups * panels, taps, numbers), flat.  A panel holds `numbers` channels beside each other,
    0 where there are none.  `per` matrices form a group, and place k of matrix m among them becomes tap
    base[k] + m * scale[k].
    """
    channels, places = w.shape[1], w.shape[2]
    for matrix in range(first, last):
        group, member = matrix // per, matrix % per
        for panel in range(panels):
            start = (group * panels + panel) * taps
            for g in range(0, numbers, lanes(w)):
                channel = panel * numbers + g
                for k in range(0, places, lanes(w)):
                    square = load(w, (matrix, channel, k), lanes(w), 1, channels - channel, places - k)
                    rows = column(base, k, lanes(w)) + column(scale, k, lanes(w)) * member
                    store(packed, (rows + start) * numbers + g, transpose(square), places - k, numbers - g)


@helper
def unchanged(tile, p, like):
    """No function after the convolution."""
    return tile


def by_pixels(finish):
    """The kernel `pixels`, with `finish` of all results."""

    @helper
    def pixels_tile(tile, y, x, w, bias, p, taps, lines, first_tap, last_tap, line, at, panel, row, pixel, height):
        """tile.rows neighbouring pixels of tile.lines lines, by tile.cols registers of output channels."""
        starts = column(lines, line, tile.lines) + at
        acc = zeros(x, tile.pixels, tile.cols) + load(bias, (panel, 0), 1, tile.cols)
        for k in range(first_tap, last_tap):
            numbers = column(x, starts + taps[k], tile.rows, tile.stride)
            acc = fma(numbers, load(w, (panel, k, 0), 1, tile.cols), acc)
        store(y, (row, pixel), transpose(finish(acc, p, y)), height, tile.pixels)

    def pixels(
        tile, y, x, w, bias, p, taps, lines, first_tap, last_tap, images, image_size, group_size, channels, panels,
        width, pieces, by_panel, first, last,
    ):  # fmt: skip
        """Work items first..last; y: (images * all channels, pixels).

        Each is one panel of output channels of one of `pieces` equal numbers of lines of one image.
        """
        numbers = w.shape[2]
        groups = w.shape[0] // panels
        for piece in range(first, last):
            item = piece // pieces
            image, panel = item // w.shape[0], item % w.shape[0]
            if by_panel:  # the weights of a panel stay in the cache, not the image
                image, panel = item % images, item // images
            top, bottom = piece % pieces * len(lines) // pieces, (piece % pieces + 1) * len(lines) // pieces
            group, channel = panel // panels, panel % panels * numbers
            row = (image * groups + group) * channels + channel
            start = image * image_size + group * group_size
            for above in range(top, bottom, tile.lines):
                line = min(above, bottom - tile.lines)
                for left in range(0, width, tile.rows):
                    col = min(left, width - tile.rows)
                    pixels_tile(
                        tile, y, x, w, bias, p, taps, lines, first_tap, last_tap, line, start + col * tile.stride,
                        panel, row, line * width + col, channels - channel,
                    )  # fmt: skip

    return pixels


def by_channels(finish):
    """The kernel `channels`, with `finish` of all results."""

    @helper
    def channels_tile(tile, y, x, w, bias, p, taps, first_tap, last_tap, at, panel, row, pixel, height, width):
        """tile.rows output channels by tile.cols registers of neighbouring pixels."""
        acc = zeros(x, tile.rows, tile.cols) + column(bias, (panel, 0), tile.rows)
        for k in range(first_tap, last_tap):
            acc = fma(column(w, (panel, k, 0), tile.rows), load(x, at + taps[k], 1, tile.cols), acc)
        store(y, (row, pixel), finish(acc, p, y), height, width)

    def channels(
        tile, y, x, w, bias, p, taps, lines, first_tap, last_tap, images, image_size, group_size, channels, panels,
        width, pieces, by_panel, first, last,
    ):  # fmt: skip
        """As `pixels`; for a stride of 1.  May read tile.cols registers beyond the end of x."""
        numbers = w.shape[2]
        groups = w.shape[0] // panels
        step = tile.cols * lanes(x)
        for piece in range(first, last):
            item = piece // pieces
            image, panel = item // w.shape[0], item % w.shape[0]
            if by_panel:
                image, panel = item % images, item // images
            top, bottom = piece % pieces * len(lines) // pieces, (piece % pieces + 1) * len(lines) // pieces
            group, channel = panel // panels, panel % panels * numbers
            row = (image * groups + group) * channels + channel
            start = image * image_size + group * group_size
            for line in range(top, bottom):
                for left in range(0, width, step):
                    col = max(0, min(left, width - step))
                    channels_tile(
                        tile, y, x, w, bias, p, taps, first_tap, last_tap, start + lines[line] + col, panel,
                        row, line * width + col, channels - channel, width - col,
                    )  # fmt: skip

    return channels


@cache
def kernels(activation=None):
    """The kernels by kind, followed by an `Elementwise` of one input, whose scalars come in array p."""
    finish, name = (activation.inner, "." + activation.name) if activation else (unchanged, "")
    return {
        "pixels": split_kernel(by_pixels(finish), name=f"convolution.pixels{name}"),
        "channels": split_kernel(by_channels(finish), name=f"convolution.channels{name}"),
    }


@split_kernel
def spread(dx, part, first_d, first_h, first_w, step_d, step_h, step_w, part_d, part_h, part_w, first, last):
    """Write planes first..last of part to every step-th pixel of dx: (planes, D, H, W)."""
    for plane in range(first, last):
        for d in range(part_d):
            for h in range(part_h):
                at = ((plane * part_d + d) * part_h + h) * part_w
                for w in range(part_w):
                    dx[plane, first_d + d * step_d, first_h + h * step_h, first_w + w * step_w] = part[at + w]
