"""Operators of `mx.nd.image`.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mxnb.ndarray.ndarray import NDArray
_DType = str | type[Any] | np.dtype[Any]

def adjust_lighting(data: NDArray, alpha: float | Sequence[float], *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Add a combination of the principal components of ImageNet's colours (AlexNet's noise)."""
def crop(data: NDArray, x: int, y: int, width: int, height: int, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """A rectangle of images."""
def flip_left_right(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Exchange left and right."""
def flip_top_bottom(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Exchange top and bottom."""
def normalize(data: NDArray, mean: float | Sequence[float] = (0.0, 0.0, 0.0, 0.0), std: float | Sequence[float] = (1.0, 1.0, 1.0, 1.0), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """``(data - mean) / std`` for each channel."""
def random_brightness(data: NDArray, min_factor: float, max_factor: float, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Multiply an image by a random factor."""
def random_color_jitter(data: NDArray, brightness: float, contrast: float, saturation: float, hue: float, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Change brightness, contrast, saturation and hue by random amounts, in random order."""
def random_contrast(data: NDArray, min_factor: float, max_factor: float, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Move an image away from its mean brightness by a random factor, or towards it."""
def random_flip_left_right(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Exchange left and right, half of the time."""
def random_flip_top_bottom(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Exchange top and bottom, half of the time."""
def random_hue(data: NDArray, min_factor: float, max_factor: float, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Move the hue by a random part of a circle."""
def random_lighting(data: NDArray, alpha_std: float = 0.05, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Add a random combination of the principal components of ImageNet's colours (AlexNet's noise)."""
def random_saturation(data: NDArray, min_factor: float, max_factor: float, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Move each pixel away from its grey by a random factor, or towards it."""
def resize(data: NDArray, size: int | Sequence[int] = (), keep_ratio: bool = False, interp: int = 1, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Images in another size."""
def to_tensor(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """From pixels to a network's input: channels first, values divided by 255."""
