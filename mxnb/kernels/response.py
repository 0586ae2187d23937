"""Vectors of unit length, and local response normalization; x is (outer, axis, inner).

    unit length   y = x / sqrt(sum(x**2) + eps)                       sum over the axis
    response      y = x s**-beta,  s = knorm + alpha sum(x**2)        sum over the channels within `reach`
                  dx = dy s**-beta - 2 alpha beta x sum(dy y / s)

Memory limits the first, the power the second.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .common import wide
from .kernel import foreach
from .words import power, sqrt

Lines = tuple[int, int, int]


def naive_response(x: np.ndarray, reach: int, alpha: float, beta: float, knorm: float) -> np.ndarray:
    """The definition; x: (N, C, S)."""
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        near = x[:, max(0, c - reach) : c + reach + 1]
        y[:, c] = x[:, c] * (knorm + alpha * (near**2).sum(1)) ** -beta
    return y


@foreach(flat=True, grain=16)
def line_to_unit(i, y, x, width, inner, eps):
    """Line i of unit length."""
    at = i // inner * width * inner + i % inner
    total = wide(x[at]) * 0.0
    for k in range(width):
        total += x[at + k * inner] * x[at + k * inner]
    length = sqrt(total + eps)
    for k in range(width):
        y[at + k * inner] = x[at + k * inner] / length


@foreach(flat=True, grain=2048)
def response_each(i, y, norm, x, width, inner, reach, alpha, beta, knorm):
    """y[i] and s, its norm."""
    channel = i // inner % width
    total = wide(x[i]) * 0.0
    for c in range(max(0, channel - reach), min(width, channel + reach + 1)):
        near = x[i + (c - channel) * inner]
        total += near * near
    s = total * alpha + knorm
    norm[i] = s
    y[i] = x[i] * power(s, -beta)


@foreach(flat=True, grain=2048)
def response_backward_each(i, dx, dy, x, y, norm, width, inner, reach, alpha, beta):
    """dx[i]."""
    channel = i // inner % width
    total = wide(x[i]) * 0.0
    for c in range(max(0, channel - reach), min(width, channel + reach + 1)):
        at = i + (c - channel) * inner
        total += dy[at] * y[at] / norm[at]
    dx[i] = dy[i] * power(norm[i], -beta) - 2.0 * alpha * beta * x[i] * total


def unit_length(y: Any, x: Any, lines: Lines, eps: float) -> None:
    """y: each line of x with length 1."""
    outer, width, inner = lines
    if x.size:
        line_to_unit(outer * inner, y, x, width, inner, eps)


def local_response(
    y: Any, norm: Any, x: Any, lines: Lines, reach: int, alpha: float, beta: float, knorm: float
) -> None:
    """y, and s for each number."""
    response_each(x.size, y, norm, x, lines[1], lines[2], reach, alpha, beta, knorm)


def local_response_backward(
    dx: Any, dy: Any, x: Any, y: Any, norm: Any, lines: Lines, reach: int, alpha: float, beta: float
) -> None:
    """dx from what `local_response` gave."""
    response_backward_each(x.size, dx, dy, x, y, norm, lines[1], lines[2], reach, alpha, beta)
