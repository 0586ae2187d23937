"""Operators of `mx.nd.image`.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mxnb.ndarray.ndarray import NDArray
_DType = str | type[Any] | np.dtype[Any]

def crop(data: NDArray, x: int, y: int, width: int, height: int, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """A rectangle of images."""
def flip_left_right(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Exchange left and right."""
def flip_top_bottom(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Exchange top and bottom."""
def normalize(data: NDArray, mean: float | Sequence[float] = (0.0, 0.0, 0.0, 0.0), std: float | Sequence[float] = (1.0, 1.0, 1.0, 1.0), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """``(data - mean) / std`` for each channel."""
def resize(data: NDArray, size: int | Sequence[int] = (), keep_ratio: bool = False, interp: int = 1, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Images in another size."""
def to_tensor(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """From pixels to a network's input: channels first, values divided by 255."""
