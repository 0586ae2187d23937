"""Data iterators: what feeds batches to `Module` and to hand-written training loops."""

from __future__ import annotations

from .idx import digits_files
from .io import DataBatch, DataDesc, DataIter, MXDataIter
from .mnist import MNISTIter
from .ndarray_iter import NDArrayIter
from .wrappers import PrefetchingIter, ResizeIter

__all__ = [
    "DataBatch",
    "DataDesc",
    "DataIter",
    "MNISTIter",
    "MXDataIter",
    "NDArrayIter",
    "PrefetchingIter",
    "ResizeIter",
    "digits_files",
]
