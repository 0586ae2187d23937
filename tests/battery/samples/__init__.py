"""The samples of all operators; `table.py` tells how to add one."""

from . import (
    activation,
    convolution,
    creation,
    elementwise,
    image,
    indexing,
    loss,
    matmul,
    multi_update,
    normalization,
    optimizer,
    pooling,
    random,
    reduction,
    rnn,
    shaping,
    softmax,
    spatial,
)
from .table import CASES, FLAGS, FLOATS, INTERNAL, SAMPLES, TOLERANCE, close
