"""`mx.sym.image`: operators named ``_image_*``.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mxnb.symbol.symbol import Symbol
_DType = str | type[Any] | np.dtype[Any]

def adjust_lighting(data: Symbol, alpha: float | Sequence[float], *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Add a combination of the principal components of ImageNet's colours (AlexNet's noise)."""
def crop(data: Symbol, x: int, y: int, width: int, height: int, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """A rectangle of images."""
def flip_left_right(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Exchange left and right."""
def flip_top_bottom(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Exchange top and bottom."""
def normalize(data: Symbol, mean: float | Sequence[float] = (0.0, 0.0, 0.0, 0.0), std: float | Sequence[float] = (1.0, 1.0, 1.0, 1.0), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """``(data - mean) / std`` for each channel."""
def random_brightness(data: Symbol, min_factor: float, max_factor: float, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Multiply an image by a random factor."""
def random_color_jitter(data: Symbol, brightness: float, contrast: float, saturation: float, hue: float, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Change brightness, contrast, saturation and hue by random amounts, in random order."""
def random_contrast(data: Symbol, min_factor: float, max_factor: float, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Move an image away from its mean brightness by a random factor, or towards it."""
def random_flip_left_right(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Exchange left and right, half of the time."""
def random_flip_top_bottom(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Exchange top and bottom, half of the time."""
def random_hue(data: Symbol, min_factor: float, max_factor: float, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Move the hue by a random part of a circle."""
def random_lighting(data: Symbol, alpha_std: float = 0.05, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Add a random combination of the principal components of ImageNet's colours (AlexNet's noise)."""
def random_saturation(data: Symbol, min_factor: float, max_factor: float, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Move each pixel away from its grey by a random factor, or towards it."""
def resize(data: Symbol, size: int | Sequence[int] = (), keep_ratio: bool = False, interp: int = 1, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Images in another size."""
def to_tensor(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """From pixels to a network's input: channels first, values divided by 255."""
