"""Products in which one operand has one row, or very few: they are limited by reading the other.

c[m, n] = bias[n] + sum over k of a[m, k] * b[n, k]      `dots`:    b stored as (N, K), few rows of a      K N numbers
c[n]    = bias[n] + sum over k of a[k] * b[k, n]         `combine`: b stored as (K, N)                     K N numbers

Copying b into panels would cost as much as the product itself.  `dots` walks along four rows of b at once, `combine`
adds sixteen rows of b at a time to c, which stays in the first-level cache; so the processor sees a few streams of
consecutive numbers, as its prefetchers like them.  A matrix times a column is the same product, seen from the other
side; a column times a row is limited by writing c, and made by `combine` row by row.  So are batches of tiny products,
as arrays need no reshaping here: they come in flat.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from .kernel import helper, split_kernel
from .words import column, fma, lanes, load, reduce_add, store, zeros

STRIP = 64  # rows of b in one item of `dots`, registers of c in one of `combine`
DEEP = 16  # rows of b that `combine` adds at a time, where c does not fit a tile


def by_rows(finish):
    """The kernel `dots`, with `finish` of all results."""

    @helper
    def alone(c, a, left, b, row, terms):
        """Sums of the products of two rows, which lie in four registers to begin soon with the next terms."""
        acc, step = zeros(c, 1, 4), 4 * lanes(a)
        whole = terms - terms % step
        for k in range(0, whole, step):
            acc = fma(load(a, left + k, 1, 4), load(b, row + k, 1, 4), acc)
        if whole < terms:
            rest = terms - whole
            acc = fma(load(a, left + whole, 1, 4, 1, rest), load(b, row + whole, 1, 4, 1, rest), acc)
        return acc

    @helper
    def put(c, at, sums, bias, bias_at, p, add, has_bias):
        """One result: the sum of registers of sums."""
        total = zeros(c, 1, 1) + reduce_add(sums)
        if add:
            total = total + load(c, at, 1, 1, 1, 1)
        if has_bias:
            total = total + column(bias, bias_at, 1)
        store(c, at, finish(total, p, c), 1, 1)

    def dots(c, a, b, bias, has_bias, few, many, terms, step_few, step_many, bias_few, bias_many, add, p, first, last):
        """Items first..last, STRIP rows of b each; a: (batch * few, terms), b: (batch * many, terms).

        Result (m, n) of product i is number (i * few * many + m * step_few + n * step_many) of c.
        """
        strips, whole = (many + STRIP - 1) // STRIP, terms - terms % lanes(a)
        for item in range(first, last):
            i, top = item // strips, item % strips * STRIP
            for n in range(top, min(top + STRIP, many), 4):
                row, end = (i * many + n) * terms, (i * many + many - 1) * terms
                if row == end:
                    for m in range(few):
                        at, bias_at = i * few * many + m * step_few + n * step_many, m * bias_few + n * bias_many
                        put(c, at, alone(c, a, (i * few + m) * terms, b, row, terms), bias, bias_at, p, add, has_bias)
                    break
                row1, row2, row3 = min(row + terms, end), min(row + 2 * terms, end), min(row + 3 * terms, end)
                for m in range(few):
                    left = (i * few + m) * terms
                    s, s1, s2, s3 = zeros(c, 1, 1), zeros(c, 1, 1), zeros(c, 1, 1), zeros(c, 1, 1)
                    for k in range(0, whole, lanes(a)):
                        x = load(a, left + k, 1, 1)
                        s = fma(x, load(b, row + k, 1, 1), s)
                        s1 = fma(x, load(b, row1 + k, 1, 1), s1)
                        s2 = fma(x, load(b, row2 + k, 1, 1), s2)
                        s3 = fma(x, load(b, row3 + k, 1, 1), s3)
                    if whole < terms:
                        rest = terms - whole
                        x = load(a, left + whole, 1, 1, 1, rest)
                        s = fma(x, load(b, row + whole, 1, 1, 1, rest), s)
                        s1 = fma(x, load(b, row1 + whole, 1, 1, 1, rest), s1)
                        s2 = fma(x, load(b, row2 + whole, 1, 1, 1, rest), s2)
                        s3 = fma(x, load(b, row3 + whole, 1, 1, 1, rest), s3)
                    at, bias_at = i * few * many + m * step_few + n * step_many, m * bias_few + n * bias_many
                    put(c, at, s, bias, bias_at, p, add, has_bias)
                    if n + 1 < many:
                        put(c, at + step_many, s1, bias, bias_at + bias_many, p, add, has_bias)
                    if n + 2 < many:
                        put(c, at + 2 * step_many, s2, bias, bias_at + 2 * bias_many, p, add, has_bias)
                    if n + 3 < many:
                        put(c, at + 3 * step_many, s3, bias, bias_at + 3 * bias_many, p, add, has_bias)

    return dots


def by_columns(finish):
    """The kernel `combine`, with `finish` of all results."""

    @helper
    def part(tile, c, at, a, a_at, a_term, b, b_at, cols, count, fresh, done, bias, bias_at, has_bias, p, wide):
        """Add `count` rows of b to the first `wide` numbers of a tile of c, and finish it where that is all."""
        acc, whole = zeros(c, 1, tile.cols), wide >= tile.cols * lanes(c)
        if not fresh:
            acc = load(c, at, 1, tile.cols, 1, wide)
        if whole:
            for k in range(count):
                acc = fma(column(a, a_at + k * a_term, 1), load(b, b_at + k * cols, 1, tile.cols), acc)
        else:
            for k in range(count):
                acc = fma(column(a, a_at + k * a_term, 1), load(b, b_at + k * cols, 1, tile.cols, 1, wide), acc)
        if done:
            if has_bias and bias_at < 0:
                acc = acc + column(bias, 0, 1)
            elif has_bias:
                acc = acc + load(bias, bias_at, 1, tile.cols, 1, wide)
            acc = finish(acc, p, c)
        if whole:
            store(c, at, acc)
        else:
            store(c, at, acc, 1, wide)

    def combine(
        c, a, b, bias, has_bias, tile, deep, cols, terms,
        group, a_step, a_row, a_term, b_step, bias_step, add, p, first, last,
    ):  # fmt: skip
        """Items first..last, STRIP registers of a row of c each; `deep` rows of b: (terms, cols) at a time.

        Row m of product i, of which each has `group`, is made from row m of matrix i of a, whose numbers are `a_term`
        apart, and matrix i of b.  The steps say how far apart neighbouring matrices and rows are.
        """
        strip = STRIP * lanes(c)
        strips, width = (cols + strip - 1) // strip, tile.cols * lanes(c)
        for item in range(first, last):
            i, left = item // strips, item % strips * strip
            right = min(left + strip, cols)
            for start in range(0, max(terms, 1), deep):
                count, fresh, done = min(deep, terms - start), start == 0 and not add, start + deep >= terms
                at, b_at = i * cols, i // group * b_step + start * cols
                a_at = i // group * a_step + i % group * a_row + start * a_term
                for n in range(left, right, width):
                    bias_at = n if bias_step else -1
                    wide = right - n
                    part(
                        tile,
                        c,
                        at + n,
                        a,
                        a_at,
                        a_term,
                        b,
                        b_at + n,
                        cols,
                        count,
                        fresh,
                        done,
                        bias,
                        bias_at,
                        has_bias,
                        p,
                        wide,
                    )

    return combine


@helper
def unchanged(tile, p, like):
    """No function after the product."""
    return tile


@cache
def kernels(activation: Any = None) -> tuple[Any, Any]:
    """`dots` and `combine` followed by an `Elementwise` of one input, whose scalars come in array p."""
    finish, name = (activation.inner, "." + activation.name) if activation else (unchanged, "")
    return (
        split_kernel(by_rows(finish), name=f"gemv.dots{name}", flat=True),
        split_kernel(by_columns(finish), name=f"gemv.combine{name}", flat=True),
    )
