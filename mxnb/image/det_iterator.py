"""`ImageDetIter`: batches of images with the boxes of their objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import ndarray as nd
from ..base import MXNetError
from ..io.io import DataDesc
from ..ndarray import NDArray
from .augmenters import MEAN, STD
from .det_augmenters import CreateDetAugmenter
from .iterator import ImageIter

__all__ = ["ImageDetIter"]

NOTHING = -1.0
"""What fills the label where there is no object."""


class ImageDetIter(ImageIter):
    """Batches of images, and of the boxes in them, (batch, objects, width of an object).

    In lists and records a label is a row of numbers: the width of its header, the width of an object, perhaps more
    header, then the objects: class, left, top, right, bottom, from 0 to 1, and perhaps more.  Rows without an object
    are filled with -1.

    Parameters
    ----------
    batch_size, data_shape, path_imgrec, path_imglist, path_root, path_imgidx, shuffle, part_index, num_parts, imglist :
        As of `ImageIter`.
    aug_list : list of DetAugmenter
        `CreateDetAugmenter` makes them from the other parameters otherwise.
    data_name, label_name : str
    last_batch_handle : str
        As of `ImageIter`.
    **kwargs
        For `CreateDetAugmenter`, and `skip_invalid` of `ImageIter`.

    Raises
    ------
    MXNetError
        As `ImageIter`; also where a label is not as above, or has no object.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> import mxnb as mx
    >>> path = os.path.join(tempfile.mkdtemp(), "a.rec")
    >>> with mx.recordio.MXRecordIO(path, "w") as writer:
    ...     for i in range(2):
    ...         boxes = [[0, 0.1, 0.1, 0.5, 0.6], [1, 0.2, 0.3, 0.9, 0.8]][: i + 1]
    ...         header = mx.recordio.IRHeader(0, [2, 5, *np.ravel(boxes)], i, 0)
    ...         writer.write(mx.recordio.pack_img(header, np.zeros((9, 9, 3), np.uint8)))
    >>> batch = mx.image.ImageDetIter(2, (3, 8, 8), path_imgrec=path).next()
    >>> batch.label[0].shape, batch.label[0][0, 1].asnumpy().tolist()
    ((2, 2, 5), [-1.0, -1.0, -1.0, -1.0, -1.0])
    """

    def __init__(
        self, batch_size: int, data_shape: tuple[int, int, int], path_imgrec: str | None = None,
        path_imglist: str | None = None, path_root: str | None = None, path_imgidx: str | None = None,
        shuffle: bool = False, part_index: int = 0, num_parts: int = 1, aug_list: Any = None, imglist: Any = None,
        data_name: str = "data", label_name: str = "label", last_batch_handle: str = "pad", **kwargs: Any,
    ) -> None:  # fmt: skip
        skip_invalid = kwargs.pop("skip_invalid", False)
        super().__init__(
            batch_size, data_shape, path_imgrec=path_imgrec, path_imglist=path_imglist, path_root=path_root,
            path_imgidx=path_imgidx, shuffle=shuffle, part_index=part_index, num_parts=num_parts, aug_list=[],
            imglist=imglist, data_name=data_name, label_name=label_name, last_batch_handle=last_batch_handle,
            skip_invalid=skip_invalid,
        )  # fmt: skip
        self.auglist = CreateDetAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        self.label_shape = self._largest_label()
        self._describe()

    def _describe(self) -> None:
        name = self.provide_label[0].name
        self.provide_label = [DataDesc(name, (self.batch_size, *self.label_shape), self.dtype)]

    def _largest_label(self) -> tuple[int, int]:
        """The most objects of an image, and the width of an object; reads all labels once."""
        objects, width = 0, 5
        self.hard_reset()  # shuffles once more, as MXNet does, for the same orders
        try:
            while True:
                label, _ = self.next_sample()
                rows = self._parse_label(label)
                objects, width = max(objects, len(rows)), max(width, rows.shape[1])
        except StopIteration:
            pass
        self.hard_reset()
        return objects, width

    def _parse_label(self, label: Any) -> np.ndarray:
        """The objects of a label, (objects, width), those without any area left out."""
        raw = np.ravel(label.asnumpy() if isinstance(label, NDArray) else label)
        header, width = map(int, raw[:2]) if raw.size >= 2 and np.isfinite(raw[:2]).all() else (0, 0)
        if raw.size < 7 or header < 2 or width < 5 or (raw.size - header) % width:
            raise MXNetError(
                f"ImageDetIter: {self._where()}: a label of {raw.size} numbers, {raw[:2]} first: needs the widths of "
                "header and object (at least 2 and 5), the rest of the header, and whole objects"
            )
        rows = raw[header:].reshape(-1, width)
        rows = rows[(rows[:, 3] > rows[:, 1]) & (rows[:, 4] > rows[:, 2])]
        if not len(rows):
            raise MXNetError(f"ImageDetIter: {self._where()}: no object with right > left and bottom > top")
        return rows

    def check_label_shape(self, label_shape: Any) -> None:
        """Raise ValueError unless labels of all images fit a shape (objects, width)."""
        if len(label_shape) != 2:
            raise ValueError(f"ImageDetIter: label_shape is {tuple(label_shape)}, needs (objects, width)")
        if label_shape[0] < self.label_shape[0]:
            raise ValueError(f"ImageDetIter: label_shape has {label_shape[0]} objects, there are {self.label_shape[0]}")
        if label_shape[1] != self.label_shape[1]:
            raise ValueError(f"ImageDetIter: label_shape has width {label_shape[1]}, needs {self.label_shape[1]}")

    def reshape(self, data_shape: Any = None, label_shape: Any = None) -> None:
        """Change the shape of images or labels.

        Parameters
        ----------
        data_shape : (channels, height, width), optional
            The augmenters must give it.
        label_shape : (objects, width), optional
        """
        if data_shape is not None:
            self.check_data_shape(data_shape)
            desc = self.provide_data[0]
            self.provide_data = [DataDesc(desc.name, (self.batch_size, *data_shape), desc.dtype)]
            self.data_shape = tuple(data_shape)
        if label_shape is not None:
            self.check_label_shape(label_shape)
            self.label_shape = tuple(label_shape)
            self._describe()

    def sync_label_shape(self, it: ImageDetIter, verbose: bool = False) -> ImageDetIter:
        """Give this iterator and another one label shape, the larger.

        Parameters
        ----------
        it : ImageDetIter
        verbose : bool
            Print the shape.

        Returns
        -------
        ImageDetIter, the other
        """
        if not isinstance(it, ImageDetIter):
            raise TypeError(f"sync_label_shape: it is {type(it).__name__}, needs an ImageDetIter")
        shape = max(self.label_shape[0], it.label_shape[0]), max(self.label_shape[1], it.label_shape[1])
        self.reshape(label_shape=shape)
        it.reshape(label_shape=shape)
        if verbose:
            print(f"labels of both have shape {shape}")
        return it

    def augmentation_transform(self, data: NDArray, label: Any) -> Any:  # type: ignore[override]
        """Let the augmenters change an image and its label."""
        for aug in self.auglist:
            data, label = aug(data, label)
        return data, label

    def _finish(self, image: NDArray, label: Any) -> tuple[np.ndarray, np.ndarray]:
        image, rows = self.augmentation_transform(image, self._parse_label(label))
        out = np.full(self.label_shape, NOTHING)
        if len(rows) > len(out):
            raise MXNetError(f"ImageDetIter: {self._where()}: {len(rows)} objects, label_shape has {len(out)}")
        out[: len(rows), : rows.shape[1]] = rows
        return self.postprocess_data(image).asnumpy(), out

    def draw_next(
        self, color: Any = None, thickness: int = 2, mean: Any = None, std: Any = None, clip: bool = True,
        waitKey: Any = None, window_name: str = "draw_next", id2labels: Any = None,
    ) -> Iterator[np.ndarray]:  # fmt: skip
        """The images that follow, with their boxes drawn.

        Parameters
        ----------
        color : tuple of int, optional
            Of all boxes; otherwise one for each class.
        thickness : int
            Of lines, in pixels.
        mean, std : array or True, optional
            What images were normalised with, to undo it; True takes those of ImageNet.
        clip : bool
            Limit values to 0 … 255.
        waitKey, window_name :
            Must be None, and have no effect: mxnb opens no windows.
        id2labels : dict, optional
            Names by class, which are written beside the boxes.

        Yields
        ------
        array, shape (height, width, 3), uint8

        Raises
        ------
        MXNetError
            If `waitKey` asks for a window.
        """
        if waitKey is not None:
            raise MXNetError("draw_next: waitKey asks for a window, which mxnb does not open; show what this yields")
        mean, std = (usual if value is True else value for value, usual in ((mean, MEAN), (std, STD)))
        while True:
            try:
                label, s = self.next_sample()
            except StopIteration:
                return
            image, rows = self.augmentation_transform(self.imdecode(s), self._parse_label(label))
            pixels = image.asnumpy().astype(np.float64)
            pixels = pixels if std is None else pixels * np.asarray(nd.array(std).asnumpy())
            pixels = pixels if mean is None else pixels + np.asarray(nd.array(mean).asnumpy())
            yield draw_boxes(np.clip(pixels, 0, 255) if clip else pixels, rows, color, thickness, id2labels)


def draw_boxes(pixels: np.ndarray, rows: np.ndarray, color: Any, thickness: int, names: Any) -> np.ndarray:
    """An image with boxes.

    Parameters
    ----------
    pixels : array, shape (height, width, 3)
    rows : array, shape (objects, 5 or more)
    color, thickness, names :
        See `ImageDetIter.draw_next`.

    Returns
    -------
    array, shape (height, width, 3), uint8
    """
    from PIL import Image, ImageDraw

    picture = Image.fromarray(np.ascontiguousarray(pixels).round().astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    height, width = pixels.shape[:2]
    for kind, left, top, right, bottom in rows[:, :5]:
        hue = int(kind) * 67 % 256  # colours that differ for neighbouring classes
        paint = tuple(color) if color is not None else (hue, 255 - hue, (hue * 5 + 128) % 256)
        corners = [round(left * width), round(top * height), round(right * width), round(bottom * height)]
        draw.rectangle(corners, outline=paint, width=thickness)
        if names is not None:
            draw.text((corners[0] + thickness, corners[1] + thickness), str(names.get(int(kind), kind)), fill=paint)
    return np.asarray(picture)
