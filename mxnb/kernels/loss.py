"""Gradients of the layers that end a network: regression, margins, and losses made from anything.

    linear, logistic   dx = (y - label) scale
    absolute           dx = scale where y > label, else -scale
    margin             dx[k] = 2 c max(0, m + x[k]), at the label -2 c max(0, m - x[k]); linear: c, -c where not 0

Memory limits all of them: each number is read and written once.
"""

from __future__ import annotations

from typing import Any

from .device import empty_like_target
from .kernel import foreach
from .words import maximum, where


@foreach(flat=True)
def difference(i, dx, y, label, scale):
    """dx[i] = (y - label) scale."""
    dx[i] = (y[i] - label[i]) * scale


@foreach(flat=True)
def direction(i, dx, y, label, scale):
    """dx[i] = scale where y > label, else -scale."""
    dx[i] = where(y[i] > label[i], y[i] * 0.0 + scale, y[i] * 0.0 - scale)


@foreach(flat=True, grain=256)
def margin_row(i, dx, x, label, width, margin, factor, linear):
    """dx of row i: every class is pushed below -margin, that of the label above margin."""
    given = int(label[i])
    for k in range(width):
        at = i * width + k
        side = x[at] * 0.0 + (-1.0 if k == given else 1.0)
        excess = maximum(margin + side * x[at], x[at] * 0.0)
        if linear == 1:
            dx[at] = where(excess > 0.0, side * factor, side * 0.0)
        else:
            dx[at] = side * factor * 2.0 * excess


@foreach(flat=True)
def share(i, y, count, value):
    """y[i] = value / max(count, 1)."""
    y[i] = value / maximum(count[0], 1.0)


@foreach(flat=True)
def count_above(i, count, x, threshold, length):
    """count[i] = how many numbers are above the threshold."""
    total = 0
    for k in range(length):
        if x[k] > threshold:
            total += 1
    count[i] = total


def fill_by_valid(y: Any, x: Any, value: float, threshold: float) -> None:
    """y = value / how many numbers of x are above the threshold, at least 1."""
    count = empty_like_target(x, (1,), "float32")
    count_above(1, count, x, threshold, x.size)
    share(y.size, y, count, value)
