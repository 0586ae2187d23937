"""From an encoded image to its place in a batch, as `ImageRecordIter` does it: NumPy, Pillow and kernels, no NDArrays.

Each image has random numbers of its own, made from the seed and its position in the training run, so results do not
depend on which thread prepares it.
"""

from __future__ import annotations

import dataclasses
import math
import random
from typing import Any

import numpy as np

from ..base import MXNetError
from ..kernels import image as kernels
from ..kernels import resampling
from ..ops.image_colour import EIGENVALUES, EIGENVECTORS
from . import augmenters, codec

GREY = augmenters.GREY.astype(np.float64)


@dataclasses.dataclass(frozen=True)
class Preparation:
    """What all iterators of images do: decode, resize, and normalise into a place of the batch."""

    data_shape: tuple[int, int, int]
    resize: int = -1
    inter_method: int = 1
    fill_value: int = 255
    mean: Any = None
    std: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    scale: float = 1.0

    def __post_init__(self) -> None:
        channels, height, width = self.data_shape
        if channels not in (1, 3, 4) or height < 1 or width < 1:
            raise MXNetError(f"data_shape is {self.data_shape}, needs (1, 3 or 4, height, width)")
        if self.inter_method not in (0, 1, 2, 3, 4, 9, 10):
            raise MXNetError(f"inter_method is {self.inter_method}, needs 0 to 4, 9 or 10")
        if any(std == 0 for std in self.std[:channels]):
            raise MXNetError(f"std_r … std_a are {self.std}, need other numbers than 0")

    def plain(self) -> Preparation:
        """The same without what is random, and without normalising."""
        raise NotImplementedError

    def __call__(
        self, out: np.ndarray, at: int, data: bytes, draw: random.Random, what: str, label: Any = None
    ) -> Any:  # fmt: skip
        """Prepare an image.

        Parameters
        ----------
        out : array, shape (batch, channels, height, width)
        at : int
            Its place in the batch.
        data : bytes
        draw : random.Random
        what : str
            What errors call the image.
        label : array, shape (numbers,)

        Returns
        -------
        array, the label as it is for the prepared image
        """
        raise NotImplementedError

    # --- Steps -------------------------------------------------------------------------------------------------------

    def decode(self, data: bytes, what: str) -> np.ndarray:
        """The pixels, (height, width, channels)."""
        channels = self.data_shape[0]
        if channels == 4:
            pixels = codec.decode(data, -1, what=what)
            if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4:
                raise MXNetError(f"{what}: data_shape needs 4 channels, the image is {pixels.shape} of {pixels.dtype}")
            return pixels
        pixels = codec.decode(data, int(channels == 3), what=what, upright=True)
        return pixels[:, :, None] if channels == 1 else pixels

    def method(self, draw: random.Random, before: Any, after: Any) -> int:
        """The interpolation for a change of size."""
        if self.inter_method == 10:
            return draw.randrange(5)
        if self.inter_method == 9:
            if after[0] > before[0] and after[1] > before[1]:
                return resampling.CUBIC
            return resampling.AREA if after[0] < before[0] and after[1] < before[1] else resampling.LINEAR
        return self.inter_method

    def resized(
        self, pixels: np.ndarray, height: int, width: int, draw: random.Random, part: Any = None
    ) -> np.ndarray:  # fmt: skip
        """The image in another size; of that (row, column, height, width), which alone is computed, or all."""
        y, x, h, w = part or (0, 0, height, width)
        if pixels.shape[:2] == (height, width):
            return np.ascontiguousarray(pixels[y : y + h, x : x + w])
        out = np.empty((1, h, w, pixels.shape[2]), np.uint8)
        kind = self.method(draw, pixels.shape, (height, width))
        resampling.resize(out, np.ascontiguousarray(pixels)[None], kind, (height, width), (y, x))
        return out[0]

    def first_size(self, pixels: np.ndarray) -> tuple[int, int]:
        """Height and width after the first change of size, so that the shorter side is `resize`."""
        h, w = pixels.shape[:2]
        if self.resize <= 0:
            return h, w
        return (self.resize * h // w, self.resize) if h > w else (self.resize, self.resize * w // h)

    def put(
        self, out: np.ndarray, at: int, pixels: np.ndarray, matrix: Any = None, mirror: bool = False,
        strength: float = 1.0, light: float = 0.0,
    ) -> None:  # fmt: skip
        """Write an image to its place: ``((matrix @ (image, 1) - mean) * strength + light) / std * scale``."""
        channels = self.data_shape[0]
        mean = np.zeros((channels, 1, 1), np.float32) if self.mean is None else self.mean
        factor = self.scale / np.array(self.std[:channels], np.float32)
        if (strength, light) != (1, 0):
            mean, factor = mean - np.float32(light / strength), factor * np.float32(strength)
        same = matrix is None
        colours = np.zeros((channels, channels + 1), np.float32) if same else matrix.astype(np.float32)
        highest = 127.0 if out.dtype == np.int8 else math.inf
        kernels.place(out, pixels, at, colours, int(not same), mean, factor.astype(np.float32), highest, int(mirror))


@dataclasses.dataclass(frozen=True)
class Changes(Preparation):
    """What is done to each image, in this order; the names and meanings are those of `ImageRecordIter`."""

    max_rotate_angle: int = 0
    rotate: int = -1
    max_shear_ratio: float = 0.0
    max_aspect_ratio: float = 0.0
    min_aspect_ratio: float | None = None
    max_random_scale: float = 1.0
    min_random_scale: float = 1.0
    max_img_size: float = 1e10
    min_img_size: float = 0.0
    pad: int = 0
    random_resized_crop: bool = False
    max_random_area: float = 1.0
    min_random_area: float = 1.0
    rand_crop: bool = False
    max_crop_size: int = -1
    min_crop_size: int = -1
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    pca_noise: float = 0.0
    random_h: int = 0
    random_s: int = 0
    random_l: int = 0
    mirror: bool = False
    rand_mirror: bool = False
    max_random_contrast: float = 0.0
    max_random_illumination: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_crop_size > self.max_crop_size:
            raise MXNetError(f"min_crop_size is {self.min_crop_size}, more than max_crop_size={self.max_crop_size}")
        low, high = self.ratios
        if not 0 < low <= high:
            raise MXNetError(f"ratios of width to height from {low} to {high}: need positive ones, the least first")
        if not 0 < self.min_random_area <= self.max_random_area:
            raise MXNetError(
                f"min_random_area={self.min_random_area}, max_random_area={self.max_random_area}: "
                "need positive ones, the least first"
            )

    @property
    def ratios(self) -> tuple[float, float]:
        """Least and most of width / height, of a random crop or of what an image is stretched by."""
        most = self.max_aspect_ratio
        return (1 - most, 1 + most) if self.min_aspect_ratio is None else (self.min_aspect_ratio, most)

    @property
    def moves(self) -> bool:
        """Whether an image may be turned, sheared, stretched or scaled."""
        stretches = self.ratios != (1, 1) and not self.random_resized_crop
        scales = (self.min_random_scale, self.max_random_scale) != (1, 1)
        return bool(self.rotate > 0 or self.max_rotate_angle or self.max_shear_ratio or stretches or scales)

    # --- Steps -------------------------------------------------------------------------------------------------------

    def warped(self, pixels: np.ndarray, draw: random.Random) -> np.ndarray:
        """The image turned, sheared, stretched and scaled around its middle."""
        angle = self.rotate if self.rotate > 0 else draw.uniform(-self.max_rotate_angle, self.max_rotate_angle)
        shear = draw.uniform(-self.max_shear_ratio, self.max_shear_ratio)
        scale = draw.uniform(self.min_random_scale, self.max_random_scale)
        ratio = 1.0 if self.random_resized_crop else draw.uniform(*self.ratios)
        if (angle, shear, scale, ratio) == (0, 0, 1, 1):
            return pixels
        h, w = pixels.shape[:2]
        limit = lambda size: int(max(self.min_img_size, min(self.max_img_size, scale * size)))
        new_h, new_w = max(limit(h), 1), max(limit(w), 1)
        tall, broad = 2 * scale / (1 + ratio), 2 * scale * ratio / (1 + ratio)
        a, b = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        forward = np.array([[tall * a - shear * b * broad, tall * b + shear * a * broad], [-b * broad, a * broad]])
        if abs(np.linalg.det(forward)) < 1e-9:
            return pixels
        back = np.linalg.inv(forward)
        inverse = np.concatenate([back, (np.array([w, h]) / 2 - back @ (np.array([new_w, new_h]) / 2))[:, None]], 1)
        out = np.empty((new_h, new_w, pixels.shape[2]), np.uint8)
        kernels.warp(out, pixels, inverse, int(self.fill_value))
        return out

    def cropped(self, pixels: np.ndarray, size: tuple[int, int], draw: random.Random, what: str) -> np.ndarray:
        """A part in the size of the network's input, of the image that is yet to become (height, width)."""
        _, height, width = self.data_shape
        h, w = size
        if self.random_resized_crop:
            for _ in range(10):
                area = draw.uniform(self.min_random_area, self.max_random_area) * h * w
                ratio = draw.uniform(*self.ratios)
                part_w, part_h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
                if draw.random() < 0.5:  # of all ratios, which need not be symmetric, as in MXNet
                    part_w, part_h = part_h, part_w
                if 0 < part_w <= w and 0 < part_h <= h:
                    x, y = draw.randint(0, w - part_w), draw.randint(0, h - part_h)
                    part = self.resized(pixels, h, w, draw, (y, x, part_h, part_w))
                    return self.resized(part, height, width, draw)
        if h < height:  # enlarged until it covers, first upwards, then sideways, as MXNet does
            pixels, h, w = self.resized(pixels, h, w, draw), height, w * height // h
        if w < width:
            pixels, h, w = self.resized(pixels, h, w, draw), h * width // w, width
        part_h, part_w = height, width
        if self.max_crop_size > 0 or self.min_crop_size > 0:
            if self.max_crop_size > min(h, w):
                raise MXNetError(f"{what}: max_crop_size is {self.max_crop_size}, the image has {w} x {h} pixels")
            part_h = part_w = draw.randint(max(self.min_crop_size, 1), self.max_crop_size)
        x, y = (w - part_w) // 2, (h - part_h) // 2
        if self.rand_crop:
            x, y = draw.randint(0, w - part_w), draw.randint(0, h - part_h)
        return self.resized(self.resized(pixels, h, w, draw, (y, x, part_h, part_w)), height, width, draw)

    def colours(self, pixels: np.ndarray, draw: random.Random) -> np.ndarray | None:
        """Brightness, contrast, saturation and noise as one matrix (channels, channels + 1), None for no change."""
        channels = self.data_shape[0]
        if not (self.brightness or self.contrast or self.saturation or self.pca_noise):
            return None
        matrix = np.eye(channels, channels + 1)
        grey = np.zeros(channels)
        grey[:3] = GREY if channels >= 3 else [1.0][:channels]
        coloured = min(channels, 3)  # alpha stays

        def apply(change: np.ndarray, shift: Any) -> None:
            matrix[:coloured] = change[:coloured, :coloured] @ matrix[:coloured]
            matrix[:coloured, -1] += shift

        steps = [("brightness", self.brightness), ("contrast", self.contrast), ("saturation", self.saturation)]
        draw.shuffle(steps)
        for name, strength in steps:
            alpha = 1.0 + draw.uniform(-strength, strength)
            if alpha == 1.0:
                continue
            if name == "brightness":
                apply(np.eye(channels) * alpha, 0.0)
            elif name == "contrast":
                mean = grey @ (matrix @ np.append(pixels.reshape(-1, channels).mean(0), 1.0))
                apply(np.eye(channels) * alpha, (1 - alpha) * mean)
            elif channels >= 3:
                apply(np.eye(channels) * alpha + (1 - alpha) * np.tile(grey, (channels, 1)), 0.0)
        if self.pca_noise and channels >= 3:
            alpha3 = np.array([draw.gauss(0, self.pca_noise) for _ in range(3)])
            apply(np.eye(channels), EIGENVECTORS @ (alpha3 * EIGENVALUES))
        return matrix

    def plain(self) -> Changes:
        return Changes(self.data_shape, self.resize, self.inter_method)

    def __call__(
        self, out: np.ndarray, at: int, data: bytes, draw: random.Random, what: str, label: Any = None
    ) -> Any:  # fmt: skip
        channels = self.data_shape[0]
        pixels = self.decode(data, what)
        h, w = self.first_size(pixels)
        if self.moves or self.pad > 0:
            pixels = self.warped(self.resized(pixels, h, w, draw), draw)
            pads = (self.pad, self.pad), (self.pad, self.pad), (0, 0)
            pixels = np.pad(pixels, pads, constant_values=self.fill_value) if self.pad > 0 else pixels
            h, w = pixels.shape[:2]
        pixels = self.cropped(pixels, (h, w), draw, what)
        matrix = self.colours(pixels, draw)
        if channels == 3 and (self.random_h or self.random_s or self.random_l):
            pixels = np.array(pixels)
            limits = self.random_h, self.random_l, self.random_s
            turn = [int(most * (draw.uniform(-0.8, 0.8) + draw.uniform(-0.2, 0.2))) for most in limits]  # as in MXNet
            kernels.turn_colours(pixels.reshape(-1, 3), *map(float, turn))
        mirror = self.mirror ^ (self.rand_mirror and draw.random() < 0.5)
        strength, light = 1.0, 0.0
        if self.max_random_contrast or self.max_random_illumination:
            strength += draw.uniform(-self.max_random_contrast, self.max_random_contrast)
            light = draw.uniform(-self.max_random_illumination, self.max_random_illumination)
        self.put(out, at, pixels, matrix, mirror, strength, light)
        return label
