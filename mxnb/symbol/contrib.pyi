"""`mx.sym.contrib`: operators named ``_contrib_*``.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mxnb.symbol.symbol import Symbol
_DType = str | type[Any] | np.dtype[Any]

def group_adagrad_update(weight: Symbol, grad: Symbol | None = None, history: Symbol | None = None, lr: float = ..., rescale_grad: float = 1.0, clip_gradient: float = -1.0, epsilon: float = 1e-05, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """AdaGrad with one rate for each row: ``h += mean(g**2 over the row); w -= lr * g / sqrt(h + epsilon)``."""
