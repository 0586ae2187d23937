"""Data iterators: what feeds batches to `Module` and to hand-written training loops."""

from __future__ import annotations

from .idx import digits_files
from .image_record import ImageRecordInt8Iter, ImageRecordIter, ImageRecordIter_v1, ImageRecordUInt8Iter
from .io import DataBatch, DataDesc, DataIter, MXDataIter
from .mnist import MNISTIter
from .ndarray_iter import NDArrayIter
from .text import CSVIter, LibSVMIter
from .wrappers import PrefetchingIter, ResizeIter

__all__ = [
    "CSVIter",
    "DataBatch",
    "DataDesc",
    "DataIter",
    "ImageRecordInt8Iter",
    "ImageRecordIter",
    "ImageRecordIter_v1",
    "ImageRecordUInt8Iter",
    "LibSVMIter",
    "MNISTIter",
    "MXDataIter",
    "NDArrayIter",
    "PrefetchingIter",
    "ResizeIter",
    "digits_files",
]
