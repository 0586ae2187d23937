"""`mx.sym.image`: operators named ``_image_*``.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mxnb.symbol.symbol import Symbol
_DType = str | type[Any] | np.dtype[Any]

def crop(data: Symbol, x: int, y: int, width: int, height: int, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """A rectangle of images."""
def flip_left_right(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Exchange left and right."""
def flip_top_bottom(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Exchange top and bottom."""
def normalize(data: Symbol, mean: float | Sequence[float] = (0.0, 0.0, 0.0, 0.0), std: float | Sequence[float] = (1.0, 1.0, 1.0, 1.0), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """``(data - mean) / std`` for each channel."""
def resize(data: Symbol, size: int | Sequence[int] = (), keep_ratio: bool = False, interp: int = 1, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Images in another size."""
def to_tensor(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """From pixels to a network's input: channels first, values divided by 255."""
