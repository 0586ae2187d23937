"""`MNISTIter`: batches out of a pair of idx files, the format of MNIST and of the digits shipped with mxnb."""

from __future__ import annotations

import logging
import os
from typing import Any

import numpy as np

from ..base import MXNetError
from .idx import read_idx
from .io import MXDataIter, SourceBatch

__all__ = ["MNISTIter"]


class _Samples:
    """Shuffled samples in memory, given in whole batches; what fills no batch is left out."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, index: np.ndarray, batch_size: int) -> None:
        self.images, self.labels, self.index = images, labels, index
        self.batch_size = batch_size
        self.cursor = 0

    def reset(self) -> None:
        self.cursor = 0

    def close(self) -> None:
        pass

    def read(self) -> SourceBatch | None:
        part = slice(self.cursor, self.cursor + self.batch_size)
        if part.stop > len(self.index):
            return None
        self.cursor = part.stop
        return SourceBatch(self.images[part], self.labels[part], 0, self.index[part])


def MNISTIter(
    image: str | os.PathLike[str] = "./train-images-idx3-ubyte",
    label: str | os.PathLike[str] = "./train-labels-idx1-ubyte",
    batch_size: int = 128,
    shuffle: bool = True,
    flat: bool = False,
    seed: int = 0,
    silent: bool = False,
    num_parts: int = 1,
    part_index: int = 0,
    prefetch_buffer: int = 4,
    ctx: str = "cpu",
    dtype: Any = None,
    data_name: str = "data",
    label_name: str = "softmax_label",
    **_: Any,
) -> MXDataIter:
    """Iterate over images and labels in idx files, plain or gzipped.

    Parameters
    ----------
    image, label : path
        Files of unsigned bytes of shape (samples, height, width) and (samples,). Gzip is recognised by its content.
    batch_size : int
        Samples that fill no batch at the end are left out.
    shuffle : bool
        Put the samples in a random order, once; every epoch has the same order.
    flat : bool
        Give images of shape (batch_size, height * width) instead of (batch_size, 1, height, width).
    seed : int
        Chooses the order.
    silent : bool
        Do not log how many images were read.
    num_parts, part_index : int
        Read only the `part_index`-th of `num_parts` equal parts of the file.
    prefetch_buffer : int
        Accepted for MXNet's sake; all samples are in memory, so there is nothing to prefetch.
    ctx : {"cpu", "gpu"}
        Accepted for MXNet's sake (where a prefetched batch is put in pinned memory); batches are on the CPU.
    dtype : dtype, optional
        float32, the only one that this iterator gives.
    data_name, label_name : str
        Names of the input and of the label.
    **_
        Unknown keywords have no effect, as in MXNet: programs pass ``input_shape`` and the like.

    Returns
    -------
    MXDataIter
        Its images are float32, the bytes divided by 256; its labels float32.

    Raises
    ------
    MXNetError
        If a file is missing or malformed, the two do not fit each other, or a parameter is out of range.
    """
    if dtype is not None and np.dtype(dtype) != np.float32:
        raise MXNetError(f"MNISTIter: dtype is {dtype!r}, only float32 is supported")
    if ctx not in ("cpu", "gpu"):
        raise MXNetError(f"MNISTIter: ctx is {ctx!r}, needs 'cpu' or 'gpu'")
    if batch_size < 1:
        raise MXNetError(f"MNISTIter: batch_size is {batch_size}, needs at least 1")
    if not 0 <= part_index < num_parts:
        raise MXNetError(f"MNISTIter: part_index is {part_index}, needs 0 <= part_index < num_parts={num_parts}")
    images, labels = read_idx(image), read_idx(label)
    if images.ndim != 3 or labels.ndim != 1:
        raise MXNetError(
            f"MNISTIter: {image} has shape {images.shape} and {label} {labels.shape}, "
            "needs (samples, height, width) and (samples,)"
        )
    if len(images) != len(labels):
        raise MXNetError(f"MNISTIter: {image} has {len(images)} images, {label} has {len(labels)} labels")

    count = len(images)
    part = slice(count * part_index // num_parts, count * (part_index + 1) // num_parts)
    index = np.arange(count)[part]
    if shuffle:
        np.random.RandomState(seed).shuffle(index)
    images = images[index].astype(np.float32) / 256
    images = images.reshape(len(index), -1) if flat else images[:, None]
    labels = labels[index].astype(np.float32)
    if not silent:
        logging.info("MNISTIter: %d images of shape %s, shuffle=%s", len(images), images.shape[1:], bool(shuffle))
    return MXDataIter(_Samples(images, labels, index, batch_size), data_name, label_name)
