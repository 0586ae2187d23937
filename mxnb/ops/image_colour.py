"""Operators of images that change colours, or turn images around, by random amounts.

A change of brightness, contrast or saturation is a matrix: each channel of the result is a sum of the channels of the
pixel, of 1, and of the image's mean brightness.
"""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from .._random import take
from ..base import ParamError
from ..kernels import device
from ..kernels import image as kernels
from .image import FlipLeftRight, FlipTopBottom, four
from .operator import Operator, register
from .params import Float, Floats, Input

GREY = np.array([0.299, 0.587, 0.114])
EIGENVALUES = np.array([55.46, 4.794, 1.148])
EIGENVECTORS = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
"""Principal components of ImageNet's colours (Krizhevsky et al. 2012)."""
SUMS = 1024  # partial sums of the brightness


class Recolouring(Operator):
    """Base of the operators that change colours: `change(channels, draw)` gives a matrix, (channels, channels + 2)."""

    random = True
    data = Input()

    def output_shape(self, data: Any) -> Any:
        channels = four(self, data, batches=False)[3]
        if channels not in (1, 3):
            raise self.error(f"data has {channels} channels, needs 1 or 3")
        return data

    def change(self, channels: int, draw: Random) -> np.ndarray:
        raise NotImplementedError

    def forward(self, env: Any, out: Any, data: Any) -> None:
        key, counter = take(env.ctx, 1)
        self.apply(env, out, data, Random(key * (1 << 64) + counter))

    def apply(self, env: Any, out: Any, data: Any, draw: Random) -> None:
        """Write the changed image."""
        channels = data.shape[2]
        floats = np.float64 if data.dtype == np.float64 else np.float32
        matrix = self.change(channels, draw).astype(floats)
        x, y = (device.reshape(a, (a.size // channels, channels)) for a in (data, out))
        step = min(SUMS, max(1, x.shape[0]))
        sums = device.empty(env.ctx, (step,), floats)
        if matrix[:, -1].any():
            kernels.grey_sums(step, sums, x, step)
        limited = int(data.dtype.kind != "f")
        kernels.mix(y.size, y, x, device.from_host(env.ctx, matrix), sums, float(x.shape[0]), limited)


def unchanged(channels: int) -> np.ndarray:
    """The matrix that leaves colours as they are."""
    return np.eye(channels, channels + 2)


def scaled(channels: int, factor: float) -> np.ndarray:
    """The matrix of a change of brightness."""
    return unchanged(channels) * factor


def contrasted(channels: int, factor: float) -> np.ndarray:
    """The matrix of a change of contrast: away from the mean brightness."""
    matrix = scaled(channels, factor)
    matrix[:, -1] = 1 - factor
    return matrix


def saturated(channels: int, factor: float) -> np.ndarray:
    """The matrix of a change of saturation: away from the pixel's own grey."""
    matrix = scaled(channels, factor)
    if channels == 1:
        return unchanged(1)
    matrix[:, :3] += (1 - factor) * GREY
    return matrix


def lit(channels: int, alpha: Any) -> np.ndarray:
    """The matrix of a change of light: a colour is added."""
    matrix = unchanged(channels)
    if channels == 3:
        matrix[:, 3] = EIGENVECTORS @ (np.asarray(alpha) * EIGENVALUES)
    return matrix


class Factor(Recolouring):
    """Base of those with a random factor."""

    min_factor = Float()
    max_factor = Float()

    def check(self) -> None:
        if self.min_factor > self.max_factor:
            raise self.error(f"min_factor={self.min_factor} is above max_factor={self.max_factor}", ParamError)

    def factor(self, draw: Random) -> float:
        """A number between the two."""
        return draw.uniform(self.min_factor, self.max_factor)


@register("_image_random_brightness")
class RandomBrightness(Factor):
    """Multiply an image by a random factor.

    Parameters
    ----------
    data : NDArray, shape (height, width, 1 or 3)
    min_factor, max_factor : float

    Returns
    -------
    NDArray of the same shape and dtype; whole numbers are cut off, and limited to 0 … 255
    """

    def change(self, channels: int, draw: Random) -> np.ndarray:
        return scaled(channels, self.factor(draw))


@register("_image_random_contrast")
class RandomContrast(Factor):
    """Move an image away from its mean brightness by a random factor, or towards it.

    Parameters
    ----------
    data : NDArray, shape (height, width, 1 or 3)
    min_factor, max_factor : float

    Returns
    -------
    NDArray of the same shape and dtype; whole numbers are cut off, and limited to 0 … 255
    """

    def change(self, channels: int, draw: Random) -> np.ndarray:
        return contrasted(channels, self.factor(draw))


@register("_image_random_saturation")
class RandomSaturation(Factor):
    """Move each pixel away from its grey by a random factor, or towards it.

    Parameters
    ----------
    data : NDArray, shape (height, width, 1 or 3)
    min_factor, max_factor : float

    Returns
    -------
    NDArray of the same shape and dtype; whole numbers are cut off, and limited to 0 … 255
    """

    def change(self, channels: int, draw: Random) -> np.ndarray:
        return saturated(channels, self.factor(draw))


def turn(env: Any, out: Any, data: Any, part: float) -> None:
    """Move the hue by a part of a circle; grey images have none."""
    floats = np.float64 if data.dtype == np.float64 else np.float32
    if data.shape[2] == 1:
        device.copy(out, data)
        return
    x, y = (device.reshape(a, (a.size // 3, 3)) for a in (data, out))
    amount = device.from_host(env.ctx, np.array([part], floats))
    kernels.turn_hue(y.shape[0], y, x, amount, int(data.dtype.kind != "f"))


@register("_image_random_hue")
class RandomHue(Factor):
    """Move the hue by a random part of a circle.

    Parameters
    ----------
    data : NDArray, shape (height, width, 1 or 3)
    min_factor, max_factor : float; 0 is no change, and 1 once around

    Returns
    -------
    NDArray of the same shape and dtype; whole numbers are cut off
    """

    def apply(self, env: Any, out: Any, data: Any, draw: Random) -> None:
        turn(env, out, data, self.factor(draw))


@register("_image_random_color_jitter")
class RandomColorJitter(Recolouring):
    """Change brightness, contrast, saturation and hue by random amounts, in random order.

    Parameters
    ----------
    data : NDArray, shape (height, width, 1 or 3)
    brightness, contrast, saturation : float; the factor is between 1 - this and 1 + this
    hue : float; the part of a circle is between -this and this

    Returns
    -------
    NDArray of the same shape and dtype; whole numbers are cut off, and limited to 0 … 255
    """

    brightness = Float()
    contrast = Float()
    saturation = Float()
    hue = Float()

    def apply(self, env: Any, out: Any, data: Any, draw: Random) -> None:
        def factors(strength: float) -> dict[str, float]:
            return {"min_factor": 1 - strength, "max_factor": 1 + strength}

        steps = [
            operator.of(**factors(strength))
            for operator, strength in (
                (RandomBrightness, self.brightness), (RandomContrast, self.contrast),
                (RandomSaturation, self.saturation),
            )
            if strength > 0
        ]  # fmt: skip
        if self.hue > 0:
            steps.append(RandomHue.of(min_factor=-self.hue, max_factor=self.hue))
        draw.shuffle(steps)
        if not steps:
            device.copy(out, data)
        source = data
        for i, step in enumerate(steps):
            target = out if i == len(steps) - 1 else device.empty(env.ctx, data.shape, data.dtype)
            step.apply(env, target, source, draw)
            source = target


@register("_image_adjust_lighting")
class AdjustLighting(Recolouring):
    """Add a combination of the principal components of ImageNet's colours (AlexNet's noise).

    Parameters
    ----------
    data : NDArray, shape (height, width, 3); grey images stay as they are
    alpha : tuple of float; three coefficients

    Returns
    -------
    NDArray of the same shape and dtype; whole numbers are cut off, and limited to 0 … 255
    """

    random = False
    alpha = Floats()

    def check(self) -> None:
        if len(self.alpha) != 3:
            raise self.error(f"alpha={self.alpha}, needs three numbers", ParamError)

    def forward(self, env: Any, out: Any, data: Any) -> None:
        self.apply(env, out, data, Random(0))

    def change(self, channels: int, draw: Random) -> np.ndarray:
        return lit(channels, self.alpha)


@register("_image_random_lighting")
class RandomLighting(Recolouring):
    """Add a random combination of the principal components of ImageNet's colours (AlexNet's noise).

    Parameters
    ----------
    data : NDArray, shape (height, width, 3); grey images stay as they are
    alpha_std : float; standard deviation of the three coefficients

    Returns
    -------
    NDArray of the same shape and dtype; whole numbers are cut off, and limited to 0 … 255
    """

    alpha_std = Float(0.05)

    def change(self, channels: int, draw: Random) -> np.ndarray:
        return lit(channels, [draw.gauss(0, self.alpha_std) for _ in range(3)])


class RandomFlip(Operator):
    """Base of those that turn half of all images around: `turned` is the operator that does."""

    random = True
    turned: Any = FlipLeftRight
    data = Input()

    def output_shape(self, data: Any) -> Any:
        four(self, data, batches=False)
        return data

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        flip = self.turned.of().prepare(env, out_specs, in_specs)

        def run(out: Any, data: Any) -> None:
            key, counter = take(env.ctx, 1)
            if Random(key * (1 << 64) + counter).random() < 0.5:
                flip(out, data)
            else:
                device.copy(out, data)

        return run


@register("_image_random_flip_left_right")
class RandomFlipLeftRight(RandomFlip):
    """Exchange left and right, half of the time.

    Parameters
    ----------
    data : NDArray, shape (height, width, channels)
    """


@register("_image_random_flip_top_bottom")
class RandomFlipTopBottom(RandomFlip):
    """Exchange top and bottom, half of the time.

    Parameters
    ----------
    data : NDArray, shape (height, width, channels)
    """

    turned = FlipTopBottom
