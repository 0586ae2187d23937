"""Operators: one declaration for each; see `operator.py`.  Importing this package registers all of them.

Each module holds a family; kernels of its own are in the module of the same name in `mxnb.kernels`.
"""

from . import (
    activation,
    conversion,
    convolution,
    creation,
    dropout,
    elementwise,
    entropy,
    image,
    image_colour,
    indexing,
    joining,
    loss,
    matmul,
    multi_update,
    normalization,
    optimizer,
    ordering,
    pooling,
    random,
    reduction,
    repeating,
    reshaping,
    response,
    rnn,
    rnn_cell,
    sequence,
    shaping,
    slicing,
    softmax,
    spatial,
)
from .operator import Operator, get, primary, registry

__all__ = ["Operator", "get", "primary", "registry"]
