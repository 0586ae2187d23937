"""Augmenters for detection: they change an image and the boxes in it.

A label is an array of shape (objects, width), a row for each object: class, left, top, right, bottom, from 0 to 1 of
the image's width and height, and perhaps more.
"""

from __future__ import annotations

import json
import math
import random
from typing import Any

import numpy as np

from .. import ndarray as nd
from ..base import MXNetError
from ..ndarray import NDArray
from . import augmenters, functions

__all__ = [
    "CreateDetAugmenter", "CreateMultiRandCropAugmenter", "DetAugmenter", "DetBorrowAug", "DetHorizontalFlipAug",
    "DetRandomCropAug", "DetRandomPadAug", "DetRandomSelectAug",
]  # fmt: skip

Labelled = tuple[NDArray, np.ndarray]


class DetAugmenter:
    """Base of all augmenters for detection: called with an image and its label, gives both changed.

    Parameters
    ----------
    **kwargs
        The parameters, which `dumps` shows.
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = {name: augmenters._plain(value) for name, value in kwargs.items()}

    def dumps(self) -> Any:
        """The name and parameters as JSON; of an augmenter that holds others, a list with its name and theirs."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, src: NDArray, label: np.ndarray) -> Labelled:
        """Change an image and its label.

        Parameters
        ----------
        src : NDArray, shape (height, width, channels)
        label : array, shape (objects, 5 or more)

        Returns
        -------
        NDArray, array
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what it does")


class DetBorrowAug(DetAugmenter):
    """An augmenter of images that leaves boxes where they are, such as those of colours.

    Parameters
    ----------
    augmenter : Augmenter

    Raises
    ------
    TypeError
        If it is none.
    """

    def __init__(self, augmenter: augmenters.Augmenter) -> None:
        if not isinstance(augmenter, augmenters.Augmenter):
            raise TypeError(f"DetBorrowAug: augmenter is {type(augmenter).__name__}, needs an Augmenter")
        super().__init__()
        self.augmenter = augmenter

    def dumps(self) -> Any:
        """The name, and what the augmenter dumps."""
        return [type(self).__name__.lower(), self.augmenter.dumps()]

    def __call__(self, src: NDArray, label: np.ndarray) -> Labelled:
        """Change an image."""
        return self.augmenter(src), label


class DetRandomSelectAug(DetAugmenter):
    """One of several augmenters, or none.

    Parameters
    ----------
    aug_list : list of DetAugmenter
    skip_prob : float
        How often none.

    Raises
    ------
    ValueError
        If one of the list is no DetAugmenter.
    """

    def __init__(self, aug_list: Any, skip_prob: float = 0) -> None:
        super().__init__(skip_prob=skip_prob)
        self.aug_list = list(aug_list) if isinstance(aug_list, (list, tuple)) else [aug_list]
        for aug in self.aug_list:
            if not isinstance(aug, DetAugmenter):
                raise ValueError(f"DetRandomSelectAug: {type(aug).__name__} in aug_list, needs DetAugmenters")
        self.skip_prob = skip_prob if self.aug_list else 1

    def dumps(self) -> Any:
        """The name, and what they dump."""
        return [type(self).__name__.lower(), [aug.dumps() for aug in self.aug_list]]

    def __call__(self, src: NDArray, label: np.ndarray) -> Labelled:
        """Change an image and its label."""
        if random.random() < self.skip_prob:
            return src, label
        random.shuffle(self.aug_list)  # as MXNet does, for the same random numbers
        return self.aug_list[0](src, label)


class DetHorizontalFlipAug(DetAugmenter):
    """Exchange left and right, sometimes.

    Parameters
    ----------
    p : float
        How often.
    """

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p

    def __call__(self, src: NDArray, label: np.ndarray) -> Labelled:
        """Change an image and its label."""
        if random.random() < self.p:
            src, label = nd.flip(src, axis=1), label.copy()
            label[:, [1, 3]] = 1 - label[:, [3, 1]]
        return src, label


def _range(value: Any, upwards: bool = False) -> tuple[float, float]:
    """A pair of numbers; a single one is its end."""
    if np.ndim(value):
        return tuple(value)
    return (1.0, float(value)) if upwards else (float(value), 1.0)


class _Random(DetAugmenter):
    """Base of those that draw a rectangle of random area and proportions."""

    shown: tuple[str, ...]  # parameters, in the order of `dumps`

    def __init__(self, aspect_ratio_range: Any, area_range: Any, max_attempts: int, **kwargs: Any) -> None:
        ratio = _range(aspect_ratio_range) if np.ndim(aspect_ratio_range) else (float(aspect_ratio_range),) * 2
        kwargs.update(aspect_ratio_range=ratio, area_range=area_range, max_attempts=max_attempts)
        super().__init__(**{name: kwargs[name] for name in self.shown})
        self.aspect_ratio_range, self.area_range, self.max_attempts = ratio, area_range, max_attempts
        self.enabled = 0 < ratio[0] <= ratio[1] and 0 <= area_range[0] <= area_range[1]

    def _draw(self, height: int, width: int) -> tuple[float, int, int, int]:
        """The proportions; with these the heights of the least and of the largest area, and of the image's width."""
        ratio = random.uniform(*self.aspect_ratio_range)
        low, high = (round(math.sqrt(area * height * width / ratio)) for area in self.area_range)
        return ratio, low, high, int((width + 0.4999999) / ratio)


def _areas(boxes: np.ndarray) -> np.ndarray:
    """Areas of boxes, rows of left, top, right, bottom; 0 where that is nothing."""
    return np.maximum(boxes[:, 2] - boxes[:, 0], 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0)


class DetRandomCropAug(_Random):
    """A part of random place, size and proportions, in which enough of the objects is left.

    Parameters
    ----------
    min_object_covered : float
        Of every object that the part touches, more than this of its area must be inside.
    aspect_ratio_range : (float, float) or float
        Of width / height.
    area_range : (float, float) or float
        Of the part's area, relative to the image's.
    min_eject_coverage : float
        Objects of which no more is inside are dropped from the label; one must be left.
    max_attempts : int
        After so many the image stays as it is.
    """

    shown = ("min_object_covered", "aspect_ratio_range", "area_range", "min_eject_coverage", "max_attempts")

    def __init__(
        self, min_object_covered: float = 0.1, aspect_ratio_range: Any = (0.75, 1.33), area_range: Any = (0.05, 1.0),
        min_eject_coverage: float = 0.3, max_attempts: int = 50,
    ) -> None:  # fmt: skip
        super().__init__(
            aspect_ratio_range, _range(area_range), max_attempts, min_object_covered=min_object_covered,
            min_eject_coverage=min_eject_coverage,
        )  # fmt: skip
        self.min_object_covered, self.min_eject_coverage = min_object_covered, min_eject_coverage
        self.enabled = self.enabled and self.area_range[0] < 1

    def __call__(self, src: NDArray, label: np.ndarray) -> Labelled:
        """Change an image and its label."""
        height, width = src.shape[:2]
        for _ in range(self.max_attempts if self.enabled else 0):
            ratio, low, high, widest = self._draw(height, width)
            high = min(high, height, widest if round(high * ratio) > width else height)
            if low > high:
                continue
            h = random.randint(low, high) if low < high else low
            least, most = (area * height * width for area in self.area_range)
            h += h * round(h * ratio) < least  # where rounding made it leave the range
            h -= h * round(h * ratio) > most
            w = round(h * ratio)
            if not (least <= h * w <= most and 0 < h <= height and 0 < w <= width):
                continue
            y, x = random.randint(0, height - h), random.randint(0, width - w)
            left = self._within(label, x / width, y / height, w / width, h / height)
            if left is not None:
                return functions.fixed_crop(src, x, y, w, h), left
        return src, label

    def _within(self, label: np.ndarray, x: float, y: float, w: float, h: float) -> np.ndarray | None:
        """The label of a part; None if it will not do."""
        boxes = label[:, 1:5]
        inside = np.concatenate([np.maximum(boxes[:, :2], (x, y)), np.minimum(boxes[:, 2:], (x + w, y + h))], 1)
        covered = _areas(inside) / np.maximum(_areas(boxes), 1e-12)
        touched = covered[covered > 0]
        kept = covered > max(self.min_eject_coverage, 0.0)
        if not len(touched) or touched.min() <= self.min_object_covered or not kept.any():
            return None
        found = label[kept].copy()
        found[:, 1:5] = (inside[kept] - (x, y, x, y)) / (w, h, w, h)
        return found


class DetRandomPadAug(_Random):
    """A larger image, of one colour, with the image at a random place in it.

    Parameters
    ----------
    aspect_ratio_range : (float, float) or float
        Of width / height.
    area_range : (float, float) or float
        Of the larger image's area, relative to the image's.
    max_attempts : int
        After so many the image stays as it is.
    pad_val : float or tuple of float
        The colour.
    """

    shown = ("aspect_ratio_range", "area_range", "max_attempts", "pad_val")

    def __init__(
        self, aspect_ratio_range: Any = (0.75, 1.33), area_range: Any = (1.0, 3.0), max_attempts: int = 50,
        pad_val: Any = (128, 128, 128),
    ) -> None:  # fmt: skip
        self.pad_val = tuple(pad_val) if np.ndim(pad_val) else (pad_val,)
        super().__init__(aspect_ratio_range, _range(area_range, True), max_attempts, pad_val=self.pad_val)
        self.enabled = self.enabled and self.area_range[1] > 1

    def __call__(self, src: NDArray, label: np.ndarray) -> Labelled:
        """Change an image and its label."""
        height, width, channels = src.shape
        for _ in range(self.max_attempts if self.enabled else 0):
            ratio, low, high, widest = self._draw(height, width)
            low = max(low, height, widest if round(low * ratio) < width else height)
            if low > high:
                continue
            h = random.randint(low, high) if low < high else low
            w = round(h * ratio)
            if h < height + 2 or w < width + 2:  # hardly larger
                continue
            y, x = random.randint(0, h - height), random.randint(0, w - width)
            colour = (self.pad_val * channels)[:channels]
            src = functions.copyMakeBorder(src, y, h - height - y, x, w - width - x, values=colour)
            label = label.copy()
            label[:, 1:5] = (label[:, 1:5] * (width, height, width, height) + (x, y, x, y)) / (w, h, w, h)
            break
        return src, label


def CreateMultiRandCropAugmenter(
    min_object_covered: Any = 0.1, aspect_ratio_range: Any = (0.75, 1.33), area_range: Any = (0.05, 1.0),
    min_eject_coverage: Any = 0.3, max_attempts: Any = 50, skip_prob: float = 0,
) -> DetRandomSelectAug:  # fmt: skip
    """One of several random crops: each parameter may be a list, one for each crop.

    Parameters
    ----------
    min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts :
        Of `DetRandomCropAug`, or lists of these; all lists have one length.
    skip_prob : float
        How often there is no crop.

    Returns
    -------
    DetRandomSelectAug

    Raises
    ------
    MXNetError
        If lists differ in length.

    Examples
    --------
    >>> import mxnb as mx
    >>> len(mx.image.CreateMultiRandCropAugmenter(min_object_covered=[0.1, 0.5]).aug_list)
    2
    """
    given = [min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts]
    lists = [value if isinstance(value, list) else [value] for value in given]
    count = max(map(len, lists))
    if any(len(items) not in (1, count) for items in lists):
        raise MXNetError(f"CreateMultiRandCropAugmenter: lists of lengths {[len(items) for items in lists]}")
    spread = [items * count if len(items) == 1 else items for items in lists]
    return DetRandomSelectAug([DetRandomCropAug(*values) for values in zip(*spread)], skip_prob)


def CreateDetAugmenter(
    data_shape: tuple[int, int, int], resize: int = 0, rand_crop: float = 0, rand_pad: float = 0, rand_gray: float = 0,
    rand_mirror: bool = False, mean: Any = None, std: Any = None, brightness: float = 0, contrast: float = 0,
    saturation: float = 0, pca_noise: float = 0, hue: float = 0, inter_method: int = 2, min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = (0.75, 1.33), area_range: Any = (0.05, 3.0), min_eject_coverage: Any = 0.3,
    max_attempts: int = 50, pad_val: Any = (127, 127, 127),
) -> list[DetAugmenter]:  # fmt: skip
    """The usual augmenters for detection, in the usual order.

    Parameters
    ----------
    data_shape : (channels, height, width)
        Of the network's input.
    resize : int
        Resize the shorter side first, if positive.
    rand_crop, rand_pad : float
        How often an image is cropped, and padded.
    rand_gray, mean, std, brightness, contrast, saturation, pca_noise, hue, inter_method :
        As in `CreateAugmenter`.
    rand_mirror : bool
        Exchange left and right half of the time.
    min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts :
        Of the crops, see `CreateMultiRandCropAugmenter`; of `area_range` the part up to 1 is that of crops, and the end
        that of pads.
    pad_val : tuple of float
        Colour of pads.

    Returns
    -------
    list of DetAugmenter

    Examples
    --------
    >>> import mxnb as mx
    >>> [type(aug).__name__ for aug in mx.image.CreateDetAugmenter((3, 300, 300), rand_crop=0.5, rand_mirror=True)]
    ['DetRandomSelectAug', 'DetHorizontalFlipAug', 'DetBorrowAug', 'DetBorrowAug']
    """
    borrow = DetBorrowAug
    augs: list[DetAugmenter] = [borrow(augmenters.ResizeAug(resize, inter_method))] if resize > 0 else []
    if rand_crop > 0:
        crop = CreateMultiRandCropAugmenter(
            min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts, 1 - rand_crop
        )
        augs.append(crop)
    if rand_mirror:
        augs.append(DetHorizontalFlipAug(0.5))
    if rand_pad > 0:
        most = max(np.ravel(area_range))
        pad = DetRandomPadAug(aspect_ratio_range, (1.0, float(most)), max_attempts, pad_val)
        augs.append(DetRandomSelectAug([pad], 1 - rand_pad))
    size = (data_shape[2], data_shape[1])
    augs.append(borrow(augmenters.ForceResizeAug(size, inter_method)))
    colours = augmenters.CreateAugmenter(
        data_shape, mean=mean, std=std, brightness=brightness, contrast=contrast, saturation=saturation, hue=hue,
        pca_noise=pca_noise, rand_gray=rand_gray,
    )[1:]  # fmt: skip
    return augs + [borrow(aug) for aug in colours]
