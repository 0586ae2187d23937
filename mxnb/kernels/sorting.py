"""Stable order of lines: a network of exchanges for short ones, radix sort for long ones.

place[o, r, j] = the k of the j-th number of line x[o, :, r] in order, for j < count; NaN is the largest

A key is a whole number with the order of the numbers: the bits of a float are one but for the sign.  Where it has 32
bits, key and place are one number of 64, whose order is stable by itself; keys of 64 bits have places beside them.

network   lanes are lines; number i of each of them is in row i.  Batcher's merge exchange compares rows i and i + d,
          whatever the numbers are, n log(n)**2 / 4 times: a minimum and a maximum of registers, no branch
radix     a byte of the key at a time from the last: count how many keys have each of 256 values, sum up, move.  For
          the first few of a line a short list is sorted, which only numbers enter that come before its last one

Reference: Knuth, The Art of Computer Programming 3, 5.2.2 (Algorithm M) and 5.2.5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import cache, pool
from .kernel import Static, helper, split_kernel
from .rooms import NOBODY, enter, leave, rooms
from .scratch import scratch
from .words import cast, index, lanes, load, maximum, minimum, reduce_min, store, where

GRAIN = 1 << 13  # numbers to sort in a piece of work
GROUP = 16  # lines that are sorted together
SHORT = 64  # lines up to this length are sorted by a network
MEDIUM = 256  # and up to this one where there are many of them
MANY = 4
LIST = 1024  # the least length of the list of the first few
DIGITS = 256  # values of a byte
LOW = (1 << 32) - 1
END = (1 << 63) - 1  # the largest key


@helper
def key(form, bits, mask, infinity, turn):
    """A whole number with the order of the number that has these bits.

    mask : all bits but the sign; turn : all bits where the order is descending, else 0.
    """
    if form.floats == 1:
        size = bits & mask
        return where(size > infinity, mask, where(bits < 0, -size, size)) ^ turn
    return bits ^ turn


@helper
def put(form, room, at, step, k, number):
    """room[at] = key and place, or the place `step` further on."""
    if form.wide == 1:
        room[index(at)] = number
        room[index(at + step)] = k
    else:
        room[index(at)] = int(number) << 32 | k


@helper
def exchange(form, room, a, b, step):
    """Put the rows at a and b in order."""
    for c in range(0, GROUP, lanes(room)):
        x, y = load(room, a + c, 1, 1), load(room, b + c, 1, 1)
        if form.wide == 1:
            i, j = load(room, a + c + step, 1, 1), load(room, b + c + step, 1, 1)
            turned = (y < x) | ((y == x) & (j < i))
            store(room, a + c, where(turned, y, x))
            store(room, b + c, where(turned, x, y))
            store(room, a + c + step, where(turned, j, i))
            store(room, b + c + step, where(turned, i, j))
        else:
            store(room, a + c, minimum(x, y))
            store(room, b + c, maximum(x, y))


@split_kernel(flat=True)
def network_sort(place, bits, room, taken, form, size, lines, n, inner, count, mask, infinity, turn, first, last):
    """Groups first..last of lines; `size`: of a room."""
    top = 1
    while 2 * top < n:
        top *= 2
    mine = enter(taken)
    base, step = mine * size, n * GROUP
    for g in range(first, last):
        many = min(GROUP, lines - g * GROUP)
        for lane in range(many):
            line = g * GROUP + lane
            start = line // inner * n * inner + line % inner
            for k in range(n):
                number = key(form, bits[index(start + k * inner)], mask, infinity, turn)
                put(form, room, base + k * GROUP + lane, step, k, number)
        p = top if n > 1 else 0
        while p > 0:
            q, r, d = top, 0, p
            while d > 0:
                for begin in range(r, n - d, 2 * p):
                    for i in range(begin, min(begin + p, n - d)):
                        exchange(form, room, base + i * GROUP, base + (i + d) * GROUP, step)
                d, r = q - p, p
                q //= 2
            p //= 2
        for lane in range(many):
            to = (g * GROUP + lane) * count
            for j in range(count):
                number = room[index(base + j * GROUP + lane + form.wide * step)]
                place[index(to + j)] = cast(number if form.wide == 1 else number & LOW, place)
    leave(taken, mine)


@helper
def by_bytes(form, room, at, length, cap):
    """Sort the numbers room[at : at + length]; gives where they are then, at `at` or `cap` further on.

    The room has four parts of `cap` numbers, or two where keys and places are together, then a table for each byte.
    """
    tables = at + (4 if form.wide == 1 else 2) * cap
    begin, other = at, at + cap
    for v in range(form.digits * DIGITS):
        room[index(tables + v)] = 0
    for j in range(begin, begin + length):
        number = room[index(j)] if form.wide == 1 else room[index(j)] >> 32
        for digit in range(form.digits):
            room[index(tables + digit * DIGITS + ((number >> 8 * digit) & 255))] += 1
    for digit in range(form.digits):
        table, shift = tables + digit * DIGITS, 8 * digit + 32 * (1 - form.wide)
        if room[index(table + ((room[index(begin)] >> shift) & 255))] == length:
            continue  # all have the same
        to, flip = other, 128 if digit == form.digits - 1 else 0  # the last byte has the sign
        for v in range(DIGITS):
            at_v = index(table + (v ^ flip))
            to, room[at_v] = to + room[at_v], to
        for j in range(begin, begin + length):
            number = room[index(j)]
            v = index(table + ((number >> shift) & 255))
            to = room[v]
            room[v] = to + 1
            room[index(to)] = number
            if form.wide == 1:
                room[index(to + 2 * cap)] = room[index(j + 2 * cap)]
        begin, other = other, begin
    return begin


@split_kernel(flat=True)
def radix_sort(place, bits, room, taken, form, size, cap, n, inner, count, mask, infinity, turn, first, last):
    """Lines first..last; `cap` numbers are sorted at once: all, or where there are more a list of the first."""
    step = lanes(bits)
    mine = enter(taken)
    at = mine * size
    for line in range(first, last):
        start = line // inner * n * inner + line % inner
        length, k, bound = 0, 0, END
        if cap >= n:
            for j in range(n):
                put(form, room, at + j, 2 * cap, j, key(form, bits[index(start + j * inner)], mask, infinity, turn))
            length, k = n, n
        while k < n:
            end = min(k + step, n)
            if inner == 1 and end - k == step:
                tile = key(form, load(bits, start + k, 1, 1), mask, infinity, turn)
                if reduce_min(tile) >= bound:
                    k = end
                    continue
            for j in range(k, end):
                number = key(form, bits[index(start + j * inner)], mask, infinity, turn)
                if number < bound:
                    put(form, room, at + length, 2 * cap, j, number)
                    length += 1
            k = end
            if length > cap - step:
                begin = by_bytes(form, room, at, length, cap)
                length = count
                for j in range(count if begin != at else 0):
                    room[index(at + j)] = room[index(begin + j)]
                    if form.wide == 1:
                        room[index(at + 2 * cap + j)] = room[index(begin + 2 * cap + j)]
                bound = room[index(at + count - 1)] >> 32 * (1 - form.wide)
        begin = by_bytes(form, room, at, length, cap) + 2 * cap * form.wide
        for j in range(count):
            number = room[index(begin + j)]
            place[index(line * count + j)] = cast(number if form.wide == 1 else number & LOW, place)
    leave(taken, mine)


# --- Launching -------------------------------------------------------------------------------------------------------


def by_network(lines: int, n: int) -> bool:
    """Whether lines are sorted by a network."""
    return n <= SHORT or (n <= MEDIUM and lines >= MANY)


def sorter(dtype: Any, kind: Any, lines: int, n: int, inner: int, count: int, descending: int) -> Any:
    """A function of (places, x): the places of the first `count` in order of each line of x: (outer, n, inner).

    dtype, kind : of x and of the places, which have the shape (lines, count).
    """
    floats, width = int(dtype.kind == "f"), dtype.itemsize
    seen = np.dtype("uint8") if dtype.kind == "b" else np.dtype(f"i{width}") if floats else dtype
    wide = int(width == 8 or (width == 4 and dtype.kind == "u"))
    form = Static(floats=floats, wide=wide, digits=8 if wide else width + int(seen.kind == "u"))
    infinity = int(np.array(np.inf, dtype).view(seen)) if floats else 0
    turn = 0 if not descending else -1 if seen.kind == "i" else (1 << 8 * width) - 1
    tail = (n, inner, count, (1 << (8 * width - 1)) - 1, infinity, turn)
    if by_network(lines, n):
        kernel, items, each = network_sort, -(-lines // GROUP), n * GROUP
        size, own = each * (1 + wide), lines
    else:
        kernel, items, each = radix_sort, lines, n
        cap = n if 4 * count > n else max(LIST, 4 * count)
        size, own = (4 if wide else 2) * cap + form.digits * DIGITS, cap
    rest, grain = (form, size, own, *tail), max(1, GRAIN // each)
    run = kernel.variant(np.empty(0, kind), np.empty(0, seen), NOBODY, NOBODY, *rest, 0, 0)
    alone = cache.bound(run, NOBODY, *rest, 0, items)

    def sort(places: Any, x: Any) -> None:
        bits = x if seen is dtype else x.view(seen)
        if items > grain and pool.num_threads() > 1:
            taken, room = rooms("sorting", (size,), np.int64)
            pool.run(run, items, grain, places, bits, room, taken, *rest)
        else:
            alone(places, bits, scratch("sorting", size, np.int64))

    return sort
