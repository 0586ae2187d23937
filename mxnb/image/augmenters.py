"""Augmenters: objects that change an image, at random most of them; Python's and NumPy's `random` decide."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import numpy as np

from .. import ndarray as nd
from ..base import MXNetError
from ..ndarray import NDArray
from ..ops.image_colour import EIGENVALUES, EIGENVECTORS
from . import functions

GREY = np.array([0.299, 0.587, 0.114], np.float32)
"""What red, green and blue contribute to brightness."""
# YIQ, the colour space of old television: brightness, and two axes of colour (a rotation of which changes the hue)
TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.321], [0.211, -0.523, 0.311]])
FROM_YIQ = np.array([[1.0, 0.956, 0.621], [1.0, -0.272, -0.647], [1.0, -1.107, 1.705]])
GREY_MATRIX = np.repeat(np.array([[0.21], [0.72], [0.07]], np.float32), 3, 1)
MEAN, STD = np.array([123.68, 116.28, 103.53], np.float32), np.array([58.395, 57.12, 57.375], np.float32)


def _plain(value: Any) -> Any:
    """A parameter as JSON can hold it."""
    value = value.asnumpy() if isinstance(value, NDArray) else value
    return value.tolist() if isinstance(value, np.ndarray) else value


class Augmenter:
    """Base of all augmenters: called with an image, gives the changed one.

    Parameters
    ----------
    **kwargs
        The parameters, which `dumps` shows.

    Examples
    --------
    >>> import mxnb as mx
    >>> class Darker(mx.image.Augmenter):
    ...     def __call__(self, src):
    ...         return src / 2
    >>> Darker(strength=2).dumps()
    '["darker", {"strength": 2}]'
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = {name: _plain(value) for name, value in kwargs.items()}

    def dumps(self) -> Any:
        """The name and parameters as JSON; of an augmenter that holds others, a list with its name and theirs."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image.

        Parameters
        ----------
        src : NDArray, shape (height, width, channels)

        Returns
        -------
        NDArray
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what it does")


class SequentialAug(Augmenter):
    """Several augmenters, one after the other.

    Parameters
    ----------
    ts : list of Augmenter
    """

    def __init__(self, ts: list[Augmenter]) -> None:
        super().__init__()
        self.ts = ts

    def dumps(self) -> Any:
        """The name, and what they dump."""
        return [type(self).__name__.lower(), [t.dumps() for t in self.ts]]

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        for aug in self.ts:
            src = aug(src)
        return src


class RandomOrderAug(SequentialAug):
    """Several augmenters, in random order.

    Parameters
    ----------
    ts : list of Augmenter
    """

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        random.shuffle(self.ts)
        return super().__call__(src)


# --- Size and place --------------------------------------------------------------------------------------------------


class ResizeAug(Augmenter):
    """Resize the shorter side: `resize_short`.

    Parameters
    ----------
    size : int
    interp : int
    """

    def __init__(self, size: int, interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        return functions.resize_short(src, self.size, self.interp)


class ForceResizeAug(Augmenter):
    """Resize to a size, whatever the proportions.

    Parameters
    ----------
    size : (width, height)
    interp : int
    """

    def __init__(self, size: tuple[int, int], interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        return functions.imresize(src, *self.size, self.interp)


class RandomCropAug(ForceResizeAug):
    """A part from a random place: `random_crop`.

    Parameters
    ----------
    size : (width, height)
    interp : int
    """

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        return functions.random_crop(src, self.size, self.interp)[0]


class CenterCropAug(ForceResizeAug):
    """The middle: `center_crop`.

    Parameters
    ----------
    size : (width, height)
    interp : int
    """

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        return functions.center_crop(src, self.size, self.interp)[0]


class RandomSizedCropAug(Augmenter):
    """A part of random place, size and proportions: `random_size_crop`.

    Parameters
    ----------
    size : (width, height)
    area : float or (float, float)
    ratio : (float, float)
    interp : int
    min_area : float
        An older name for `area`.
    """

    def __init__(
        self, size: tuple[int, int], area: Any = None, ratio: tuple[float, float] = (3 / 4, 4 / 3), interp: int = 2,
        *, min_area: float | None = None,
    ) -> None:  # fmt: skip
        area = min_area if area is None else area
        if area is None:
            raise MXNetError("RandomSizedCropAug: area is missing, needs a number or (least, most)")
        super().__init__(size=size, area=area, ratio=ratio, interp=interp)
        self.size, self.area, self.ratio, self.interp = size, area, ratio, interp

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        return functions.random_size_crop(src, self.size, self.area, self.ratio, self.interp)[0]


class HorizontalFlipAug(Augmenter):
    """Exchange left and right, sometimes.

    Parameters
    ----------
    p : float
        How often.
    """

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        return nd.flip(src, axis=1) if random.random() < self.p else src


# --- Colours ---------------------------------------------------------------------------------------------------------


class CastAug(Augmenter):
    """Convert to a dtype.

    Parameters
    ----------
    typ : str
    """

    def __init__(self, typ: str = "float32") -> None:
        super().__init__(type=typ)
        self.typ = typ

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        return src.astype(self.typ)


def _floats(src: NDArray) -> NDArray:
    """The image, or a copy, in numbers that colours can be computed in."""
    return src if src.dtype in (np.float32, np.float64) else src.astype("float32")


class BrightnessJitterAug(Augmenter):
    """Multiply by a random number, 1 - brightness to 1 + brightness.

    Parameters
    ----------
    brightness : float
    """

    def __init__(self, brightness: float) -> None:
        super().__init__(brightness=brightness)
        self.brightness = brightness

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        return _floats(src) * (1.0 + random.uniform(-self.brightness, self.brightness))


class ContrastJitterAug(Augmenter):
    """Away from the image's mean brightness, or towards it, by a random number, 1 - contrast to 1 + contrast.

    Parameters
    ----------
    contrast : float
    """

    def __init__(self, contrast: float) -> None:
        super().__init__(contrast=contrast)
        self.contrast = contrast

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        src, alpha = _floats(src), 1.0 + random.uniform(-self.contrast, self.contrast)
        grey = (src * nd.array(GREY, dtype=src.dtype)).sum() * ((1.0 - alpha) * src.shape[2] / src.size)
        return src * alpha + grey


class SaturationJitterAug(Augmenter):
    """Away from each pixel's grey, or towards it, by a random number, 1 - saturation to 1 + saturation.

    Parameters
    ----------
    saturation : float
    """

    def __init__(self, saturation: float) -> None:
        super().__init__(saturation=saturation)
        self.saturation = saturation

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        src, alpha = _floats(src), 1.0 + random.uniform(-self.saturation, self.saturation)
        grey = (src * nd.array(GREY, dtype=src.dtype)).sum(axis=2, keepdims=True)
        return src * alpha + grey * (1.0 - alpha)


class HueJitterAug(Augmenter):
    """Turn the colours by a random part, -hue to hue, of half a circle.

    Parameters
    ----------
    hue : float
    """

    def __init__(self, hue: float) -> None:
        super().__init__(hue=hue)
        self.hue = hue

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        angle = random.uniform(-self.hue, self.hue) * math.pi
        u, w = math.cos(angle), math.sin(angle)
        turn = FROM_YIQ @ np.array([[1.0, 0.0, 0.0], [0.0, u, -w], [0.0, w, u]]) @ TO_YIQ
        src = _floats(src)
        return nd.dot(src, nd.array(turn.T, dtype=src.dtype))


class ColorJitterAug(RandomOrderAug):
    """Brightness, contrast and saturation, in random order.

    Parameters
    ----------
    brightness, contrast, saturation : float
        Of 0 there is none.
    """

    def __init__(self, brightness: float, contrast: float, saturation: float) -> None:
        jitters = (BrightnessJitterAug, brightness), (ContrastJitterAug, contrast), (SaturationJitterAug, saturation)
        super().__init__([jitter(strength) for jitter, strength in jitters if strength > 0])


class LightingAug(Augmenter):
    """Add a colour: a random combination of the principal components of colours (AlexNet's noise).

    Parameters
    ----------
    alphastd : float
        Standard deviation of the coefficients.
    eigval : array, shape (3,)
    eigvec : array, shape (3, 3)
    """

    def __init__(self, alphastd: float, eigval: Any, eigvec: Any) -> None:
        super().__init__(alphastd=alphastd, eigval=eigval, eigvec=eigvec)
        self.alphastd, self.eigval, self.eigvec = alphastd, eigval, eigvec

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        alpha = np.random.normal(0, self.alphastd, size=(3,))
        colour = np.dot(np.asarray(self.eigvec) * alpha, np.asarray(self.eigval))
        src = _floats(src)
        return src + nd.array(colour, dtype=src.dtype)


class ColorNormalizeAug(Augmenter):
    """``(src - mean) / std``.

    Parameters
    ----------
    mean, std : array, shape (channels,), or None
    """

    def __init__(self, mean: Any, std: Any) -> None:
        super().__init__(mean=mean, std=std)
        self.mean, self.std = (
            value if value is None or isinstance(value, NDArray) else nd.array(value) for value in (mean, std)
        )

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        return functions.color_normalize(_floats(src), self.mean, self.std)


class RandomGrayAug(Augmenter):
    """Make grey, sometimes.

    Parameters
    ----------
    p : float
        How often.
    """

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p

    def __call__(self, src: NDArray) -> NDArray:
        """Change an image."""
        if random.random() >= self.p:
            return src
        src = _floats(src)
        return nd.dot(src, nd.array(GREY_MATRIX, dtype=src.dtype))


def _colours(name: str, value: Any, usual: np.ndarray) -> np.ndarray | None:
    """A mean or std as `CreateAugmenter` takes it."""
    if value is None:
        return None
    if value is True:
        return usual
    found = value.asnumpy() if isinstance(value, NDArray) else np.asarray(value)
    if found.shape not in ((1,), (3,)):
        raise MXNetError(f"CreateAugmenter: {name} has shape {found.shape}, needs 1 or 3 numbers, True or None")
    return found


def CreateAugmenter(
    data_shape: tuple[int, int, int], resize: int = 0, rand_crop: bool = False, rand_resize: bool = False,
    rand_mirror: bool = False, mean: Any = None, std: Any = None, brightness: float = 0, contrast: float = 0,
    saturation: float = 0, hue: float = 0, pca_noise: float = 0, rand_gray: float = 0, inter_method: int = 2,
) -> list[Augmenter]:  # fmt: skip
    """The usual augmenters for classification, in the usual order.

    Parameters
    ----------
    data_shape : (channels, height, width)
        Of the network's input.
    resize : int
        Resize the shorter side first, if positive.
    rand_crop : bool
        Crop at random places, not the middle.
    rand_resize : bool
        Crop parts of random size and proportions; needs `rand_crop`.
    rand_mirror : bool
        Exchange left and right half of the time.
    mean, std : array, shape (3,), True or None
        To normalise with; True takes those of ImageNet.
    brightness, contrast, saturation, hue : float
        Strengths of the jitters.
    pca_noise : float
        Standard deviation of `LightingAug`.
    rand_gray : float
        How often the image becomes grey.
    inter_method : int
        Interpolation, as in `functions.method`.

    Returns
    -------
    list of Augmenter

    Raises
    ------
    MXNetError
        If `rand_resize` comes without `rand_crop`, or a mean has not 1 or 3 numbers.

    Examples
    --------
    >>> import mxnb as mx
    >>> for aug in mx.image.CreateAugmenter((3, 224, 224), resize=256, rand_mirror=True):
    ...     print(aug.dumps())
    ["resizeaug", {"size": 256, "interp": 2}]
    ["centercropaug", {"size": [224, 224], "interp": 2}]
    ["horizontalflipaug", {"p": 0.5}]
    ["castaug", {"type": "float32"}]
    """
    augs: list[Augmenter] = [ResizeAug(resize, inter_method)] if resize > 0 else []
    size = (data_shape[2], data_shape[1])
    if rand_resize:
        if not rand_crop:
            raise MXNetError("CreateAugmenter: rand_resize=True needs rand_crop=True")
        augs.append(RandomSizedCropAug(size, 0.08, (3.0 / 4.0, 4.0 / 3.0), inter_method))
    else:
        augs.append((RandomCropAug if rand_crop else CenterCropAug)(size, inter_method))
    if rand_mirror:
        augs.append(HorizontalFlipAug(0.5))
    augs.append(CastAug())
    if brightness or contrast or saturation:
        augs.append(ColorJitterAug(brightness, contrast, saturation))
    if hue:
        augs.append(HueJitterAug(hue))
    if pca_noise > 0:
        augs.append(LightingAug(pca_noise, EIGENVALUES, EIGENVECTORS))
    if rand_gray > 0:
        augs.append(RandomGrayAug(rand_gray))
    mean, std = _colours("mean", mean, MEAN), _colours("std", std, STD)
    if mean is not None or std is not None:
        augs.append(ColorNormalizeAug(mean, std))
    return augs
