"""The CPU kernels of a convolution: no matrix of windows is ever written, a table says where the numbers are.

Number k of a window, k over channel and place in the window, lies `taps[k]` behind the window's first number, the same
for all windows of a padded image.  Line l of output pixels begins `lines[l]` behind the image's first number.  So one
kernel serves one to three axes, any dilation, and both directions: the gradient of the data is a convolution, too.

A tile of results stays in registers while k runs; each step multiplies a column of numbers with a row of registers.
`pixels` has output channels in the lanes (every number of a window is read once, and multiplied by the weights of all
channels of the tile); `channels` has neighbouring pixels in the lanes, for images with few channels.  Both are limited
by arithmetic: with 8 to 16 accumulators they reach 97% of what the processor can multiply and add (see `choice.py`).

Tiles at the end of a line or image are moved back to end there: they compute a few results twice rather than stop
early.
"""

from functools import cache

from ..kernel import helper, split_kernel
from ..words import column, evens, fma, index, interleave, lanes, load, odds, store, transpose, zeros

PLACES = 256  # of a matrix of weights that one work item packs


@helper
def clear(padded, start, line, lines, width):
    """Zeros for a plane whose lines begin `line` numbers apart."""
    if line == width:
        line, lines, width = lines * width, 1, lines * width
    whole = width // lanes(padded) * lanes(padded)
    for at in range(start, start + lines * line, line):
        for j in range(at, at + whole, lanes(padded)):
            store(padded, j, zeros(padded, 1, 1))
        if whole < width:
            store(padded, at + whole, zeros(padded, 1, 1), 1, width - whole)


@split_kernel
def pad_planes(
    padded, x, beside, line, size_d, size_h, size_w, pad_d, pad_h, pad_w, full_d, full_h, full_w, first, last
):  # fmt: skip
    """Planes first..last of x, each (size_d, size_h, size_w), with zeros around, or cut off where a pad is negative.

    The same lines of `beside` planes follow each other, and all of them `line` numbers behind those before.
    """
    step = lanes(x)
    left, right = max(0, -pad_w), min(size_w, full_w - pad_w)
    row_end = left + (right - left) // step * step  # of whole registers
    for plane in range(first, last):
        start = plane // beside * full_d * full_h * line + plane % beside * full_w
        clear(padded, start, line, full_d * full_h, full_w)
        for d in range(max(0, -pad_d), min(size_d, full_d - pad_d)):
            for h in range(max(0, -pad_h), min(size_h, full_h - pad_h)):
                at = ((plane * size_d + d) * size_h + h) * size_w
                to = start + ((d + pad_d) * full_h + h + pad_h) * line + pad_w
                for w in range(left, row_end, step):
                    store(padded, to + w, load(x, at + w, 1, 1))
                if row_end < right:
                    store(padded, to + row_end, load(x, at + row_end, 1, 1, 1, right - row_end), 1, right - row_end)


@split_kernel
def pad_halves(
    padded, x, beside, line, size_d, size_h, size_w, pad_d, pad_h, pad_w, full_d, full_h, full_w, first, last
):  # fmt: skip
    """As `pad_planes`, with the even pixels of each padded line beside each other, then the odd ones."""
    step, half = lanes(x), full_w // 2
    right = min(size_w, full_w - pad_w)
    even, odd = pad_w % 2 * half + pad_w // 2, (1 - pad_w % 2) * half + (pad_w + 1) // 2  # where those of x go
    for plane in range(first, last):
        start = plane // beside * full_d * full_h * line + plane % beside * full_w
        clear(padded, start, line, full_d * full_h, full_w)
        for d in range(min(size_d, full_d - pad_d)):
            for h in range(min(size_h, full_h - pad_h)):
                at = ((plane * size_d + d) * size_h + h) * size_w
                to = start + ((d + pad_d) * full_h + h + pad_h) * line
                for w in range(0, right, 2 * step):
                    both = load(x, at + w, 1, 2, 1, right - w)
                    store(padded, to + even + w // 2, evens(both), 1, (right - w + 1) // 2)
                    store(padded, to + odd + w // 2, odds(both), 1, (right - w) // 2)


@helper
def pack_set(packed, w, wide, base, scale, matrix, channel, member, at, numbers):
    """Channels of a register, of as many matrices beside each other, which have few places.

    Squares of w hold places of matrices; turned, those of one channel and place lie in a row, by matrices.  They are
    written where a row of that channel's number is to be.  There the rows of one place are a square, and turned again.
    """
    places = w.shape[2]
    for j in range(0, lanes(w) * places, lanes(w)):  # place j % places of channel j // places
        rows = column(base, j, lanes(w)) + column(scale, j, lanes(w)) * member
        square = load(wide, (matrix, channel * places + j), lanes(w), 1)
        store(packed, rows * numbers + at, transpose(square))
    for k in range(places):
        rows = (column(base, k, lanes(w), places) + scale[k] * member) * numbers + at
        store(packed, rows, transpose(load(packed, rows, lanes(w), 1)))


@split_kernel
def pack(packed, w, wide, base, scale, per, panels, numbers, taps, panel, end, begin, first, last):
    """Rearrange w: (matrices, channels, places), `per` matrices for each group, into panels panel..end.

    packed : (panels, taps, numbers), flat.  Each group has `panels` panels, of `numbers` channels beside each other, 0
    where there are none.  Place k of matrix m of a group becomes tap base[k] + m * scale[k].
    wide : w as (matrices, channels * places).
    base, scale : those of place k of channel c are found at c * places + k, too, if they are so long.

    A work item is up to PLACES places of a matrix, or all of as many matrices as a register has lanes; `begin` is the
    first matrix.
    """
    channels, places = w.shape[1], w.shape[2]
    pieces = (places + PLACES - 1) // PLACES
    sets = len(base) >= lanes(w) * places
    for item in range(first, last):
        matrix, low = begin + item // pieces, item % pieces * PLACES
        group, member = matrix // per, matrix % per
        top, bottom = max(panel, group * panels), min(end, (group + 1) * panels)
        if places == 1:  # nothing to turn
            for each in range(top, bottom):
                to = ((each - panel) * taps + base[0] + member * scale[0]) * numbers
                channel = (each - group * panels) * numbers
                for g in range(0, numbers, lanes(w)):
                    row = load(w, (matrix, channel + g, 0), 1, 1, 1, channels - channel - g)
                    store(packed, to + g, row, 1, numbers - g)
            continue
        together = sets and member - member % lanes(w) + lanes(w) <= per
        for each in range(top, bottom):
            for g in range(0, numbers, lanes(w)):
                at, channel = (each - panel) * taps * numbers + g, (each - group * panels) * numbers + g
                inside = channel + lanes(w) <= channels and g + lanes(w) <= numbers
                if together and inside:
                    if member % lanes(w) == 0:
                        pack_set(packed, w, wide, base, scale, matrix, channel, member, at, numbers)
                    continue
                for k in range(low, min(low + PLACES, places), lanes(w)):
                    rows = (column(base, k, lanes(w)) + column(scale, k, lanes(w)) * member) * numbers + at
                    if inside and k + lanes(w) <= places:  # masks would take half as long again
                        store(packed, rows, transpose(load(w, (matrix, channel, k), lanes(w), 1)))
                    else:
                        square = load(w, (matrix, channel, k), lanes(w), 1, channels - channel, places - k)
                        store(packed, rows, transpose(square), places - k, numbers - g)


@helper
def unchanged(tile, p, like):
    """No function after the convolution."""
    return tile


def by_pixels(finish):
    """The kernel `pixels`, with `finish` of all results."""

    @helper
    def pixels_tile(
        tile, y, x, w, bias, p, taps, lines, spans, apart, length, line, at, local, panel, row, pixel, height
    ):  # fmt: skip
        """tile.rows neighbouring pixels of tile.lines lines, by tile.cols registers of output channels."""
        starts = column(lines, line, tile.lines) + at
        acc = zeros(x, tile.pixels, tile.cols) + load(bias, (panel, 0), 1, tile.cols)
        end = spans[2 * line + 1]
        for begin in range(spans[2 * (line + tile.lines) - 2], end, apart):  # what any of the lines needs
            for k in range(begin, min(begin + length, end)):
                numbers = column(x, starts + taps[index(k)], tile.rows, tile.stride)
                acc = fma(numbers, load(w, (local, k, 0), 1, tile.cols), acc)
        store(y, (row, pixel), transpose(finish(acc, p, y)), height, tile.pixels)

    def pixels(
        tile, y, x, w, bias, p, taps, lines, spans, apart, length, begin, image_size, group_size, channels, panels,
        width, pieces, first, last,
    ):  # fmt: skip
        """Work items first..last; y: (images * groups * channels, pixels), w: (panels from `begin` on, taps, numbers).

        Each is one panel of output channels of one of `pieces` equal numbers of lines of one image; those that see the
        same pixels follow each other.
        spans : first and last tap of each line; between them `length` taps of every `apart` are taken.
        """
        numbers = w.shape[2]
        groups = len(bias) // panels
        for item in range(first, last):
            local, rest = item % w.shape[0], item // w.shape[0]
            image, piece = rest // pieces, rest % pieces
            top, bottom = piece * len(lines) // pieces, (piece + 1) * len(lines) // pieces
            panel = begin + local
            group, channel = panel // panels, panel % panels * numbers
            row = (image * groups + group) * channels + channel
            start = image * image_size + group * group_size
            for above in range(top, bottom, tile.lines):
                line = min(above, bottom - tile.lines)
                for left in range(0, width, tile.rows):
                    col = min(left, width - tile.rows)
                    pixels_tile(
                        tile, y, x, w, bias, p, taps, lines, spans, apart, length, line, start + col * tile.stride,
                        local, panel, row, line * width + col, channels - channel,
                    )  # fmt: skip

    return pixels


def by_channels(finish):
    """The kernel `channels`, with `finish` of all results."""

    @helper
    def channels_tile(
        tile, y, x, w, bias, p, taps, first, end, apart, length, at, local, panel, row, pixel, height, width
    ):  # fmt: skip
        """tile.rows output channels by tile.cols registers of neighbouring pixels."""
        acc = zeros(x, tile.rows, tile.cols) + column(bias, (panel, 0), tile.rows)
        for begin in range(first, end, apart):
            for k in range(begin, min(begin + length, end)):
                acc = fma(column(w, (local, k, 0), tile.rows), load(x, at + taps[index(k)], 1, tile.cols), acc)
        store(y, (row, pixel), finish(acc, p, y), height, width)

    def channels(
        tile, y, x, w, bias, p, taps, lines, spans, apart, length, begin, image_size, group_size, channels, panels,
        width, pieces, first, last,
    ):  # fmt: skip
        """As `pixels`; for a stride of 1.  May read tile.cols registers beyond the end of x."""
        numbers = w.shape[2]
        groups = len(bias) // panels
        step = tile.cols * lanes(x)
        for item in range(first, last):
            local, rest = item % w.shape[0], item // w.shape[0]
            image, piece = rest // pieces, rest % pieces
            top, bottom = piece * len(lines) // pieces, (piece + 1) * len(lines) // pieces
            panel = begin + local
            group, channel = panel // panels, panel % panels * numbers
            row = (image * groups + group) * channels + channel
            start = image * image_size + group * group_size
            for line in range(top, bottom):
                for left in range(0, width, step):
                    col = max(0, min(left, width - step))
                    channels_tile(
                        tile, y, x, w, bias, p, taps, spans[2 * line], spans[2 * line + 1], apart, length,
                        start + lines[line] + col, local, panel, row, line * width + col, channels - channel,
                        width - col,
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
def weave(y, parts, planes, width, step, begins, places, sizes, first, last):
    """Planes first..last of y, each of some lines of `width` numbers, from parts that hold every step-th of a line.

    The part of every step-th number of line l from number r on begins at planes * begins[l, r] and has sizes[l, r]
    numbers in a plane; there those of the line begin at places[l, r].
    """
    lines = begins.shape[0]
    for plane in range(first, last):
        for line in range(lines):
            to = (plane * lines + line) * width
            if step == 2:
                even = planes * begins[line, 0] + plane * sizes[line, 0] + places[line, 0]
                odd = planes * begins[line, 1] + plane * sizes[line, 1] + places[line, 1]
                for i in range(0, width, 2 * lanes(y)):
                    both = interleave(load(parts, even + i // 2, 1, 1), load(parts, odd + i // 2, 1, 1))
                    store(y, to + i, both, 1, width - i)
            else:
                for r in range(step):
                    at = planes * begins[line, r] + plane * sizes[line, r] + places[line, r]
                    for i in range((width - r + step - 1) // step):
                        y[to + r + i * step] = parts[at + i]


@split_kernel
def join(y, parts, planes, lines, width, columns, first, last):
    """Planes first..last of y, each of `lines` lines of `width` numbers, from parts that hold some columns of them.

    columns : of each part, its first column and how many it has.
    """
    for plane in range(first, last):
        before = 0
        for part in range(len(columns)):
            col, count = columns[part, 0], columns[part, 1]
            at, to = (planes * before + plane * count) * lines, plane * lines * width + col
            for line in range(lines):
                for i in range(0, count, lanes(y)):
                    store(y, to + line * width + i, load(parts, at + line * count + i, 1, 1), 1, count - i)
            before += count
