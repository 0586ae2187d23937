"""Operators of `mx.nd.contrib`.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mxnb.ndarray.ndarray import NDArray
from mxnb.ndarray.updates import adamw_update as adamw_update
from mxnb.ndarray.updates import mp_adamw_update as mp_adamw_update
from mxnb.ndarray.updates import multi_adamw_update as multi_adamw_update
from mxnb.ndarray.updates import multi_lamb_update as multi_lamb_update
from mxnb.ndarray.updates import multi_mp_adamw_update as multi_mp_adamw_update
from mxnb.ndarray.updates import multi_mp_lamb_update as multi_mp_lamb_update
_DType = str | type[Any] | np.dtype[Any]

def group_adagrad_update(weight: NDArray, grad: NDArray, history: NDArray, lr: float, rescale_grad: float = 1.0, clip_gradient: float = -1.0, epsilon: float = 1e-05, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """AdaGrad with one rate for each row: ``h += mean(g**2 over the row); w -= lr * g / sqrt(h + epsilon)``."""
