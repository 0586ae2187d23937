"""`ImageIter`: batches of images from a record file, a list file or a list, changed by augmenters in Python."""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np

from .. import ndarray as nd
from ..base import MXNetError
from ..io.io import DataBatch, DataDesc, DataIter
from ..ndarray import NDArray
from ..recordio import MXIndexedRecordIO, MXRecordIO, unpack
from .augmenters import CreateAugmenter
from .functions import imdecode
from .list_file import read_items

__all__ = ["ImageIter"]

LAST = ("pad", "discard", "roll_over")
LABELS = ("int32", "float32", "int64", "float64")


class ImageIter(DataIter):
    """Batches of images, (batch, channels, height, width).

    One of `path_imgrec`, `path_imglist` and `imglist` says where they come from.  A record file without its index is
    read from front to back; with it images can come in any order.  Where there is a list beside the record file, the
    labels are those of the list.

    Parameters
    ----------
    batch_size : int
    data_shape : (3, height, width)
    label_width : int
        Labels of an image.
    path_imgrec : str
        Record file.
    path_imglist : str
        List file, lines ``number<TAB>label<TAB>…<TAB>name``.
    path_root : str
        Folder that the names of a list are in.
    path_imgidx : str
        Index of the record file.
    shuffle : bool
        A new order in each epoch; needs an index or a list.
    part_index, num_parts : int
        Take the `part_index`-th of `num_parts` equal parts of the images only; needs an index or a list.
    aug_list : list of Augmenter
        `CreateAugmenter` makes them from the other parameters otherwise.
    imglist : list
        Items ``[label, …, name]``.
    data_name, label_name : str
    dtype : str
        Of the labels, and of the images: int32, int64, float32 or float64.
    last_batch_handle : str
        At the end of the images ``"pad"`` fills the batch from the beginning, ``"discard"`` drops it, ``"roll_over"``
        keeps its images for the next epoch.
    skip_invalid : bool
        Whether an image that cannot be decoded is left out and counted in `skipped`, instead of an error.
    **kwargs
        For `CreateAugmenter`.

    Raises
    ------
    MXNetError
        If parameters do not fit, a file is missing, or an image cannot be decoded; it names file and record.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> import mxnb as mx
    >>> path = os.path.join(tempfile.mkdtemp(), "a.rec")
    >>> with mx.recordio.MXRecordIO(path, "w") as writer:
    ...     for i in range(5):
    ...         header = mx.recordio.IRHeader(0, i, i, 0)
    ...         writer.write(mx.recordio.pack_img(header, np.zeros((9, 9, 3), np.uint8)))
    >>> for batch in mx.image.ImageIter(2, (3, 8, 8), path_imgrec=path, rand_mirror=True):
    ...     print(batch.data[0].shape, batch.label[0].asnumpy(), batch.pad)
    (2, 3, 8, 8) [0. 1.] 0
    (2, 3, 8, 8) [2. 3.] 0
    (2, 3, 8, 8) [4. 0.] 1
    """

    def __init__(
        self, batch_size: int, data_shape: tuple[int, int, int], label_width: int = 1, path_imgrec: str | None = None,
        path_imglist: str | None = None, path_root: str | None = None, path_imgidx: str | None = None,
        shuffle: bool = False, part_index: int = 0, num_parts: int = 1, aug_list: Any = None, imglist: Any = None,
        data_name: str = "data", label_name: str = "softmax_label", dtype: str = "float32",
        last_batch_handle: str = "pad", skip_invalid: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(batch_size)
        if not (path_imgrec or path_imglist or isinstance(imglist, list)):
            raise MXNetError("ImageIter: needs path_imgrec, path_imglist or imglist")
        if np.dtype(dtype).name not in LABELS:
            raise MXNetError(f"ImageIter: dtype is {dtype!r}, needs one of {', '.join(LABELS)}")
        if last_batch_handle not in LAST:
            raise MXNetError(f"ImageIter: last_batch_handle is {last_batch_handle!r}, needs one of {', '.join(LAST)}")
        if batch_size < 1 or not 0 <= part_index < num_parts:
            raise MXNetError(
                f"ImageIter: batch_size={batch_size}, part_index={part_index}, num_parts={num_parts}, "
                "need a positive size and a part below their number"
            )
        self.check_data_shape(data_shape)
        self.data_shape, self.label_width, self.dtype = tuple(data_shape), label_width, np.dtype(dtype)
        self.shuffle, self.last_batch_handle, self.path_root = shuffle, last_batch_handle, path_root
        self.skip_invalid, self.skipped = skip_invalid, 0
        self.auglist: Any = CreateAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        self.imgrec: Any = None
        self.imgidx, self.imglist, self.seq = None, None, None
        if path_imglist:
            self.imglist = {item.number: (nd.array(item.labels), item.name) for item in read_items(path_imglist)}
        elif isinstance(imglist, list):
            self.imglist = {i + 1: (nd.array(np.ravel(item[:-1])), item[-1]) for i, item in enumerate(imglist)}
        if path_imgrec and path_imgidx:
            self.imgrec = MXIndexedRecordIO(path_imgidx, path_imgrec, "r")
            self.imgidx = list(self.imgrec.keys)
        elif path_imgrec:
            self.imgrec = MXRecordIO(path_imgrec, "r")
        if not path_imgrec or path_imgidx:
            self.seq = self.imgidx if self.imglist is None else list(self.imglist)
        if self.seq is None and (shuffle or num_parts > 1):
            raise MXNetError("ImageIter: shuffle and num_parts need path_imgidx beside path_imgrec")
        if self.seq is not None and num_parts > 1:
            each = len(self.seq) // num_parts
            self.seq = self.seq[part_index * each : (part_index + 1) * each]
        self.num_image = None if self.seq is None else len(self.seq)
        self.provide_data = [DataDesc(data_name, (batch_size, *self.data_shape), self.dtype)]
        labels = (batch_size,) if label_width == 1 else (batch_size, label_width)
        self.provide_label = [DataDesc(label_name, labels, self.dtype)]
        self.cur = 0
        self._kept: list[Any] = []
        self._ended = False
        self.reset()

    # --- What may be overridden --------------------------------------------------------------------------------------

    def check_data_shape(self, data_shape: Any) -> None:
        """Raise ValueError unless it is (3, height, width)."""
        if len(data_shape) != 3:
            raise ValueError(f"ImageIter: data_shape is {tuple(data_shape)}, needs (channels, height, width)")
        if data_shape[0] != 3:
            raise ValueError(f"ImageIter: data_shape is {tuple(data_shape)}, needs 3 channels")

    def imdecode(self, s: bytes) -> NDArray:
        """Decode an image; see `mxnb.image.imdecode`."""
        return imdecode(s)

    def read_image(self, fname: str) -> bytes:
        """The bytes of a file of the list.

        Raises
        ------
        MXNetError
            If it cannot be read.
        """
        path = os.path.join(self.path_root or "", fname)
        try:
            with open(path, "rb") as file:
                return file.read()
        except (OSError, ValueError) as error:  # ValueError: a name with a zero in it
            raise MXNetError(f"ImageIter: cannot open {path}: {getattr(error, 'strerror', error)}") from error

    def check_valid_image(self, data: Any) -> None:
        """Raise MXNetError where a decoded image is empty."""
        if len(data[0].shape) == 0:
            raise MXNetError("ImageIter: an image without pixels")

    def augmentation_transform(self, data: NDArray) -> NDArray:
        """Let the augmenters change an image, (height, width, channels)."""
        for aug in self.auglist:
            data = aug(data)
        return data

    def postprocess_data(self, datum: NDArray) -> NDArray:
        """Put channels first."""
        return nd.transpose(datum, axes=(2, 0, 1))

    # --- Iteration ---------------------------------------------------------------------------------------------------

    def hard_reset(self) -> None:
        """Begin anew; images that were kept for the next epoch are dropped."""
        self._kept = []
        self._rewind()

    def reset(self) -> None:
        """Begin the next epoch."""
        self._rewind()

    def _rewind(self) -> None:
        if self.seq is not None and self.shuffle:
            random.shuffle(self.seq)
        if self.imgrec is not None:
            self.imgrec.reset()
        self.cur, self._ended = 0, False

    def next_sample(self) -> tuple[Any, bytes]:
        """The next image as it is in the file.

        Returns
        -------
        label : NDArray, float or array
        bytes

        Raises
        ------
        StopIteration
            After the last one.
        """
        if self.seq is None:
            record = self.imgrec.read()
            if record is None:
                raise StopIteration
            self.cur += 1
            return self._unpacked(record)
        if self.cur >= len(self.seq):
            raise StopIteration
        key = self.seq[self.cur]
        self.cur += 1
        if self.imgrec is None:
            label, name = self.imglist[key]  # type: ignore[index]
            return label, self.read_image(name)
        label, s = self._unpacked(self.imgrec.read_idx(key))
        return label if self.imglist is None else self.imglist[key][0], s

    def _unpacked(self, record: bytes) -> tuple[Any, bytes]:
        """Label and image of a record; no image where the record is too short, and images may be left out."""
        try:
            header, s = unpack(record)
        except MXNetError as error:
            if self.skip_invalid:
                return 0.0, b""
            raise MXNetError(f"ImageIter: {self._where()}: {error}") from None
        return header.label, s

    def _where(self) -> str:
        """What the image that was read last is called."""
        if self.seq is None:
            return f"{self.imgrec.uri}, record {self.cur - 1}"
        key = self.seq[self.cur - 1]
        if self.imgrec is None:
            return os.path.join(self.path_root or "", self.imglist[key][1])  # type: ignore[index]
        return f"{self.imgrec.uri}, key {key}"

    def _sample(self) -> tuple[np.ndarray, np.ndarray]:
        """The next image, ready for the batch, and its label."""
        while True:
            label, s = self.next_sample()
            try:
                image = self.imdecode(s)
                self.check_valid_image([image])
            except MXNetError as error:
                if not self.skip_invalid:
                    raise MXNetError(f"ImageIter: {self._where()}: {error}") from error
                self.skipped += 1
                continue
            pixels, row = self._finish(image, label)
            if pixels.shape != self.data_shape:
                raise MXNetError(
                    f"{type(self).__name__}: {self._where()}: the augmenters give shape {pixels.shape}, "
                    f"needs {self.data_shape}"
                )
            return pixels, row

    def _finish(self, image: NDArray, label: Any) -> tuple[np.ndarray, np.ndarray]:
        """A decoded image as it is in the batch, and its label."""
        row = np.ravel(label.asnumpy() if isinstance(label, NDArray) else label)
        if len(row) != self.label_width:
            raise MXNetError(f"ImageIter: {self._where()}: labels: {len(row)}, needs {self.label_width}")
        return self.postprocess_data(self.augmentation_transform(image)).asnumpy(), row

    def _fill(self, samples: list[Any]) -> None:
        """Append samples until the batch is full or the images are used up."""
        try:
            while len(samples) < self.batch_size:
                samples.append(self._sample())
        except StopIteration:
            pass

    def next(self) -> DataBatch:
        """The next batch.

        Returns
        -------
        DataBatch

        Raises
        ------
        StopIteration
            After the last one.
        """
        samples, self._kept, pad = self._kept, [], 0
        if not self._ended:
            self._fill(samples)
        if len(samples) < self.batch_size:
            if self._ended or not samples or self.last_batch_handle == "discard":
                raise StopIteration
            self._ended = True
            if self.last_batch_handle == "roll_over":
                self._kept = samples
                raise StopIteration
            pad = self.batch_size - len(samples)
            while len(samples) < self.batch_size:  # several times, where there are few images
                self.cur = 0
                if self.imgrec is not None:
                    self.imgrec.reset()
                self._fill(samples)
        pixels = np.stack([pixels for pixels, _ in samples])
        labels = np.stack([label for _, label in samples]).reshape(self.provide_label[0].shape)
        dtype = self.dtype
        return DataBatch([nd.array(pixels, dtype=dtype)], [nd.array(labels, dtype=dtype)], pad=pad)
