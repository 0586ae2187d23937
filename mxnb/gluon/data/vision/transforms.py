"""Transforms of images, for ``dataset.transform_first``.

Images are (H, W, C) until `ToTensor`, then (C, H, W).
"""

from __future__ import annotations

from numbers import Number

import numpy as np

from .... import image
from ....base import ShapeError
from ....ops.image_colour import EIGENVALUES, EIGENVECTORS
from ...block import Block, HybridBlock
from ...nn import HybridSequential, Sequential

__all__ = [
    "Cast",
    "CenterCrop",
    "Compose",
    "CropResize",
    "Normalize",
    "RandomApply",
    "RandomBrightness",
    "RandomColorJitter",
    "RandomContrast",
    "RandomFlipLeftRight",
    "RandomFlipTopBottom",
    "RandomHue",
    "RandomLighting",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomSaturation",
    "Resize",
    "Rotate",
    "ToTensor",
]

# The share of red, green and blue in what the eye sees as brightness (ITU-R BT.601).
_GRAY = (0.299, 0.587, 0.114)


class Compose(Sequential):
    """Several transforms, one after the other; neighbours that are HybridBlocks run as one graph.

    Parameters
    ----------
    transforms : list of Block

    Examples
    --------
    >>> import mxnb as mx
    >>> T = mx.gluon.data.vision.transforms
    >>> to_input = T.Compose([T.ToTensor(), T.Normalize(0.5, 0.5)])
    >>> to_input(mx.nd.zeros((28, 28, 1), dtype="uint8")).shape
    (1, 28, 28)
    """

    def __init__(self, transforms):
        super().__init__()
        hybrid = []
        for transform in [*transforms, None]:
            if isinstance(transform, HybridBlock):
                hybrid.append(transform)
                continue
            if len(hybrid) == 1:
                self.add(hybrid[0])
            elif hybrid:
                block = HybridSequential()
                block.add(*hybrid)
                block.hybridize()
                self.add(block)
            hybrid = []
            if transform is not None:
                self.add(transform)


class Cast(HybridBlock):
    """Convert to a dtype.

    Parameters
    ----------
    dtype : str, default 'float32'
    """

    def __init__(self, dtype="float32"):
        super().__init__()
        self._dtype = dtype

    def hybrid_forward(self, F, x):
        """Apply the transform."""
        return F.cast(x, dtype=self._dtype)


class ToTensor(HybridBlock):
    """From (H, W, C) with values 0 to 255 to float32 (C, H, W) with values 0 to 1; also for batches (N, H, W, C)."""

    def __init__(self):
        super().__init__()

    def hybrid_forward(self, F, x):
        """Apply the transform."""
        axes = {3: (2, 0, 1), 4: (0, 3, 1, 2)}.get(len(x.shape))
        if axes is None:
            raise ShapeError(f"ToTensor: needs an image (H, W, C) or a batch (N, H, W, C), got shape {x.shape}")
        return F.transpose(F.cast(x, dtype="float32") / 255, axes=axes)


class Normalize(HybridBlock):
    """``(x - mean) / std`` of each channel of (C, H, W) or (N, C, H, W).

    Parameters
    ----------
    mean, std : float or tuple of float
        One for all channels, or one per channel.
    """

    def __init__(self, mean=0.0, std=1.0):
        super().__init__()
        self._mean, self._std = ((v,) if isinstance(v, Number) else tuple(v) for v in (mean, std))

    def hybrid_forward(self, F, x):
        """Apply the transform."""
        axis = len(x.shape) - 3
        channels = x.shape[axis] if axis in (0, 1) else 0
        if channels not in (1, 3):
            raise ShapeError(f"Normalize: needs (C, H, W) or (N, C, H, W) with 1 or 3 channels, got shape {x.shape}")
        for name, value in (("mean", self._mean), ("std", self._std)):
            if len(value) not in (1, channels):
                raise ShapeError(f"Normalize: {name} must have either 1 or {channels} elements, got {value}")
        if len(self._mean) == len(self._std) == 1:
            return (x - self._mean[0]) / self._std[0]
        mean, std = (v * channels if len(v) == 1 else v for v in (self._mean, self._std))
        planes = (F.slice_axis(x, axis=axis, begin=i, end=i + 1) for i in range(channels))
        return F.concat(*((plane - m) / s for plane, m, s in zip(planes, mean, std)), dim=axis)


class RandomApply(Sequential):
    """Apply transforms with some probability.

    Parameters
    ----------
    transforms : Block or list of Block
    p : float, default 0.5
        The probability.
    """

    def __init__(self, transforms, p=0.5):
        super().__init__()
        self.transforms = transforms
        self.p = p
        self.add(*(transforms if isinstance(transforms, (list, tuple)) else [transforms]))

    def forward(self, x):
        """Apply the transform.

        Parameters
        ----------
        x : NDArray
        """
        return super().forward(x) if np.random.random() < self.p else x

    def __setattr__(self, name, value):
        if name == "transforms":  # they are children already, by number
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)


def _crop(x, top, left, height, width):
    """The pixels of (H, W, C) or (N, H, W, C) in a rectangle that lies inside."""
    axis = len(x.shape) - 3
    rows, columns = x.shape[axis : axis + 2]
    if top < 0 or left < 0 or top + height > rows or left + width > columns:
        raise ShapeError(
            f"crop: rows {top} to {top + height} and columns {left} to {left + width} are not inside shape {x.shape}"
        )
    x = x.slice_axis(axis=axis, begin=top, end=top + height)
    return x.slice_axis(axis=axis + 1, begin=left, end=left + width)


class Resize(HybridBlock):
    """(H, W, C) or (N, H, W, C) in another size.

    Parameters
    ----------
    size : int or tuple of int
        Width and height, or one number for both.
    keep_ratio : bool, default False
        Whether one number is the length of the shorter side, and the other side follows.
    interpolation : int, default 1
        0 nearest, 1 linear, 2 cubic, 3 area, 4 Lanczos.
    """

    def __init__(self, size, keep_ratio=False, interpolation=1):
        super().__init__()
        self._size, self._keep, self._interpolation = size, keep_ratio, interpolation

    def hybrid_forward(self, F, x):
        """Apply the transform."""
        return F.image.resize(x, self._size, self._keep, self._interpolation)


class CropResize(HybridBlock):
    """Cut out a rectangle of (H, W, C) or (N, H, W, C), and give it another size.

    Parameters
    ----------
    x, y : int
        Left and top edge.
    width, height : int
    size : int or tuple of int, optional
        Width and height of the result.
    interpolation : int, optional
        As in `Resize`; default 1.
    """

    def __init__(self, x, y, width, height, size=None, interpolation=None):
        super().__init__()
        self._x, self._y, self._width, self._height = x, y, width, height
        self._size, self._interpolation = size, 1 if interpolation is None else interpolation

    def hybrid_forward(self, F, x):
        """Apply the transform."""
        x = _crop(x, self._y, self._x, self._height, self._width)
        return x if self._size is None else F.image.resize(x, self._size, False, self._interpolation)


class CenterCrop(Block):
    """Cut the middle out of (H, W, C) or (N, H, W, C).

    Parameters
    ----------
    size : int or tuple of int
        Width and height.
    interpolation : int, default 1
        As in `Resize`, for an image smaller than `size`: of it the largest middle part of this shape is enlarged.
    """

    def __init__(self, size, interpolation=1):
        super().__init__()
        self._size = (size, size) if isinstance(size, int) else tuple(size)
        self._interpolation = interpolation

    def forward(self, x):
        """Apply the transform.

        Parameters
        ----------
        x : NDArray
        """
        width, height = self._size
        axis = len(x.shape) - 3
        if axis == 0 and (x.shape[0] < height or x.shape[1] < width):
            return image.center_crop(x, self._size, self._interpolation)[0]
        return _crop(x, (x.shape[axis] - height) // 2, (x.shape[axis + 1] - width) // 2, height, width)


class _Random(Block):
    """A transform whose decision is drawn from ``numpy.random`` at each call."""


class RandomFlipLeftRight(_Random):
    """Mirror (H, W, C) left to right, with probability one half."""

    def __init__(self):
        super().__init__()

    def forward(self, x):
        """Apply the transform.

        Parameters
        ----------
        x : NDArray
        """
        return x.flip(axis=len(x.shape) - 2) if np.random.random() < 0.5 else x


class RandomFlipTopBottom(_Random):
    """Mirror (H, W, C) top to bottom, with probability one half."""

    def __init__(self):
        super().__init__()

    def forward(self, x):
        """Apply the transform.

        Parameters
        ----------
        x : NDArray
        """
        return x.flip(axis=len(x.shape) - 3) if np.random.random() < 0.5 else x


def _blend(x, other, share):
    """``x * share + other * (1 - share)``, computed in float32, in the dtype and range of `x`."""
    return _in_range(x.astype("float32") * share + other * (1 - share), x.dtype)


def _in_range(mixed, dtype):
    """`mixed` in this dtype; whole numbers from 0 to 255."""
    return (mixed.clip(0, 255) if np.dtype(dtype).kind in "iu" else mixed).astype(dtype)


def _gray(x):
    """The brightness of the pixels of an (H, W, 3) image: (H, W, 1)."""
    if x.shape[-1] != 3:
        raise ShapeError(f"needs an image (H, W, 3), got shape {x.shape}")
    x = x.astype("float32")
    axis = len(x.shape) - 1
    return sum(x.slice_axis(axis=axis, begin=i, end=i + 1) * share for i, share in enumerate(_GRAY))


class _RandomJitter(_Random):
    """A blend with an image without contrast (or colour, or light); the share is drawn from ``1 ± amount``."""

    def __init__(self, amount):
        super().__init__()
        if amount < 0:
            raise ValueError(f"{type(self).__name__}: needs a number that is not negative, got {amount}")
        self._amount = amount

    def _plain(self, x):
        raise NotImplementedError

    def forward(self, x):
        """Apply the transform.

        Parameters
        ----------
        x : NDArray
        """
        share = np.random.uniform(max(0.0, 1 - self._amount), 1 + self._amount)
        return _blend(x, self._plain(x), share)


class RandomBrightness(_RandomJitter):
    """Multiply by a random factor.

    Parameters
    ----------
    brightness : float
        The factor is drawn from ``1 - brightness`` to ``1 + brightness``.
    """

    def __init__(self, brightness):
        super().__init__(brightness)

    def _plain(self, x):
        return 0.0


class RandomContrast(_RandomJitter):
    """Spread the values around the mean brightness by a random factor.

    Parameters
    ----------
    contrast : float
        The factor is drawn from ``1 - contrast`` to ``1 + contrast``.
    """

    def __init__(self, contrast):
        super().__init__(contrast)

    def _plain(self, x):
        return float(_gray(x).mean().asscalar())


class RandomSaturation(_RandomJitter):
    """Spread the colours around grey by a random factor.

    Parameters
    ----------
    saturation : float
        The factor is drawn from ``1 - saturation`` to ``1 + saturation``.
    """

    def __init__(self, saturation):
        super().__init__(saturation)

    def _plain(self, x):
        return _gray(x).broadcast_to(x.shape)


class RandomHue(_Random):
    """Turn the colours of (H, W, 3) by a random angle.

    Parameters
    ----------
    hue : float
        The angle is drawn from ``-hue`` to ``hue`` half circles.
    """

    def __init__(self, hue):
        super().__init__()
        self._augment = image.HueJitterAug(hue)

    def forward(self, x):
        """Apply the transform.

        Parameters
        ----------
        x : NDArray
        """
        return _in_range(self._augment(x), x.dtype)


class RandomColorJitter(_Random):
    """Change brightness, contrast, saturation and hue of (H, W, 3), in random order.

    Parameters
    ----------
    brightness, contrast, saturation, hue : float, default 0
        As in `RandomBrightness`, `RandomContrast`, `RandomSaturation` and `RandomHue`; 0 leaves it as it is.
    """

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        super().__init__()
        kinds = (RandomBrightness, RandomContrast, RandomSaturation, RandomHue)
        self._steps = [kind(amount) for kind, amount in zip(kinds, (brightness, contrast, saturation, hue)) if amount]

    def forward(self, x):
        """Apply the transform.

        Parameters
        ----------
        x : NDArray
        """
        for i in np.random.permutation(len(self._steps)):
            x = self._steps[i](x)
        return x


class RandomLighting(_Random):
    """Add a random colour to (H, W, 3), along the principal components of the colours of ImageNet.

    Parameters
    ----------
    alpha : float
        Standard deviation of the three coefficients.
    """

    def __init__(self, alpha):
        super().__init__()
        self._augment = image.LightingAug(alpha, EIGENVALUES, EIGENVECTORS)

    def forward(self, x):
        """Apply the transform.

        Parameters
        ----------
        x : NDArray
        """
        return _in_range(self._augment(x), x.dtype)


class RandomResizedCrop(_Random):
    """Cut a random rectangle out of (H, W, C), and give it one size.

    Parameters
    ----------
    size : int or tuple of int
        Width and height of the result.
    scale : tuple of float, default (0.08, 1)
        From which share of the image's area to which.
    ratio : tuple of float, default (3/4, 4/3)
        From which width / height to which.
    interpolation : int, default 1
        As in `Resize`.
    """

    def __init__(self, size, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3), interpolation=1):
        super().__init__()
        size = (size, size) if isinstance(size, int) else tuple(size)
        self._args = size, scale, ratio, interpolation

    def forward(self, x):
        """Apply the transform.

        Parameters
        ----------
        x : NDArray
        """
        return image.random_size_crop(x, *self._args)[0]


class Rotate(Block):
    """Turn (C, H, W) or (N, C, H, W), float32, around its middle, against the clock.

    Parameters
    ----------
    rotation_degrees : float
    zoom_in, zoom_out : bool
        Enlarge, so that nothing from outside is seen, or shrink, so that all is.
    """

    def __init__(self, rotation_degrees, zoom_in=False, zoom_out=False):
        super().__init__()
        self._options = (rotation_degrees, zoom_in, zoom_out)

    def forward(self, x):
        """Apply the transform.

        Parameters
        ----------
        x : NDArray
        """
        if x.dtype != np.float32:
            raise TypeError(f"Rotate: needs float32, got {np.dtype(x.dtype).name}; it comes after ToTensor")
        return image.imrotate(x, *self._options)


class RandomRotation(_Random):
    """Turn (C, H, W) or (N, C, H, W), float32, by a random angle.

    Parameters
    ----------
    angle_limits : tuple of float
        Smallest and largest angle in degrees.
    zoom_in, zoom_out : bool
        As of `Rotate`.
    rotate_with_proba : float, default 1
        How often.

    Raises
    ------
    ValueError
        If the limits are not in order, or the probability is none.
    """

    def __init__(self, angle_limits, zoom_in=False, zoom_out=False, rotate_with_proba=1.0):
        super().__init__()
        low, high = angle_limits
        if low >= high:
            raise ValueError(f"RandomRotation: angle_limits are {angle_limits}, need a smaller and a larger one")
        if not 0 <= rotate_with_proba <= 1:
            raise ValueError(f"RandomRotation: rotate_with_proba is {rotate_with_proba}, needs 0 to 1")
        self._options = ((low, high), zoom_in, zoom_out)
        self._probability = rotate_with_proba

    def forward(self, x):
        """Apply the transform.

        Parameters
        ----------
        x : NDArray
        """
        if np.random.random() > self._probability:
            return x
        if x.dtype != np.float32:
            raise TypeError(f"RandomRotation: needs float32, got {np.dtype(x.dtype).name}; it comes after ToTensor")
        return image.random_rotate(x, *self._options)
