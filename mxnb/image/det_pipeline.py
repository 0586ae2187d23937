"""From an encoded image and its boxes to their place in a batch, as `ImageDetRecordIter` does it.

An image goes through: resize, colours, mirror, pad, crop, resize to the network's input.  Pads and crops are windows:
rectangles of the image (x, y, width, height), in parts of its width and height, which may reach beyond it.  A window
says which pixels are seen, and where the boxes are in it.
"""

from __future__ import annotations

import dataclasses
import math
import random
from typing import Any

import numpy as np

from ..base import MXNetError
from ..kernels import image as kernels
from .det_augmenters import _areas
from .pipeline import Preparation

SHAPE = 4  # numbers before an image's own label: channels, height, width of what is seen, and how long the label is
LEAST_PAD = 1.05  # nothing happens where the canvas would be less than so many times as large
LIMITS = "aspect_ratios", "overlaps", "sample_coverages", "object_coverages"


@dataclasses.dataclass(frozen=True)
class Sampler:
    """A kind of random crop: (least, most) of each of its properties.

    Scale is the square root of the part's area, relative to the image's. Overlap is the part that image part and object
    have in common, of what both cover together; the coverages are that part of the image part, and of the object.
    """

    trials: int
    scales: tuple[float, float]
    aspect_ratios: tuple[float, float]
    overlaps: tuple[float, float]
    sample_coverages: tuple[float, float]
    object_coverages: tuple[float, float]

    def draw(self, height: int, width: int, draw: random.Random) -> tuple[float, float, float, float]:
        """A window."""
        area = max(draw.uniform(*self.scales) ** 2, 1e-9) * height * width
        low, high = self.aspect_ratios
        ratio = draw.uniform(max(low, area / height**2), min(high, width**2 / area))
        w, h = min(math.sqrt(area * ratio) / width, 1.0), min(math.sqrt(area / ratio) / height, 1.0)
        return draw.uniform(0, 1 - w), draw.uniform(0, 1 - h), w, h

    def suits(self, boxes: list[list[float]], window: tuple[float, float, float, float]) -> bool:
        """Whether one of the boxes is within all limits, or there are none."""
        x, y, w, h = window
        limits = self.overlaps, self.sample_coverages, self.object_coverages
        for left, top, right, bottom in boxes:
            area = (right - left) * (bottom - top)
            common = max(min(right, x + w) - max(left, x), 0.0) * max(min(bottom, y + h) - max(top, y), 0.0)
            shares = common / (w * h + area - common), common / (w * h), common / area
            if all(low <= min(share, 1.0) <= high for share, (low, high) in zip(shares, limits)):
                return True
        return not boxes


def samplers(given: dict[str, Any]) -> tuple[Sampler, ...]:
    """The crops that parameters of `ImageDetRecordIter` describe; a parameter of one number counts for all.

    Raises
    ------
    MXNetError
        If there are too few numbers, or they are no limits.
    """
    count = given.pop("num_crop_sampler")

    def numbers(key: str) -> list[Any]:
        value = given.pop(key)
        found = list(np.ravel(value).tolist())
        if len(found) not in (1, count) and count:
            raise MXNetError(f"{key} is {value}, needs one number, or one for each of {count} crops")
        return found * count if len(found) == 1 else found

    trials = numbers("max_crop_trials")
    pairs = {key: list(zip(numbers(f"min_crop_{key}"), numbers(f"max_crop_{key}"))) for key in ("scales", *LIMITS)}
    found = [Sampler(trials[i], **{key: pair[i] for key, pair in pairs.items()}) for i in range(count)]
    for sampler in found:
        if not 0 <= sampler.scales[0] < sampler.scales[1] <= 1:
            raise MXNetError(
                f"crop scales from {sampler.scales[0]} to {sampler.scales[1]}, need 0 <= least < most <= 1"
            )
        for key in LIMITS:
            low, high = getattr(sampler, key)
            if not low <= high or (key == "aspect_ratios" and low <= 0):
                raise MXNetError(f"min_crop_{key} is {low}, max_crop_{key} {high}: need limits, of ratios above 0")
    return tuple(found)


def objects_of(label: np.ndarray, what: str) -> tuple[np.ndarray, np.ndarray]:
    """The header of a label, and its objects (objects, width), without those that have no area.

    Raises
    ------
    MXNetError
        If it is none.
    """
    header, width = (int(n) if math.isfinite(n) else 0 for n in label[:2]) if len(label) > 1 else (0, 0)
    if len(label) < 7 or header < 2 or width < 5 or len(label) < header or (len(label) - header) % width:
        raise MXNetError(
            f"{what}: a label of {len(label)} numbers, {label[:2]} first: needs the widths of header and object "
            "(at least 2 and 5), the rest of the header, and whole objects"
        )
    rows = label[header:].reshape(-1, width)
    return label[:header], rows[(rows[:, 3] > rows[:, 1]) & (rows[:, 4] > rows[:, 2])]


@dataclasses.dataclass(frozen=True)
class DetChanges(Preparation):
    """What is done to each image and its objects; the names and meanings are those of `ImageDetRecordIter`."""

    samplers: tuple[Sampler, ...] = ()
    rand_crop_prob: float = 0.0
    crop_emit_mode: str = "center"
    emit_overlap_thresh: float = 0.3
    rand_pad_prob: float = 0.0
    max_pad_scale: float = 1.0
    max_random_hue: int = 0
    random_hue_prob: float = 0.0
    max_random_saturation: int = 0
    random_saturation_prob: float = 0.0
    max_random_illumination: int = 0
    random_illumination_prob: float = 0.0
    max_random_contrast: float = 0.0
    random_contrast_prob: float = 0.0
    rand_mirror_prob: float = 0.0
    resize_mode: str = "force"

    def __post_init__(self) -> None:
        super().__post_init__()
        for key, allowed in (("crop_emit_mode", ("center", "overlap")), ("resize_mode", ("force", "shrink", "fit"))):
            if getattr(self, key) not in allowed:
                raise MXNetError(f"{key} is {getattr(self, key)!r}, needs one of {', '.join(allowed)}")
        turned = self.random_hue_prob > 0 or self.random_saturation_prob > 0 or self.random_illumination_prob > 0
        if turned and self.data_shape[0] == 1:
            raise MXNetError("data_shape has 1 channel, random hue, saturation and illumination need 3")

    def plain(self) -> DetChanges:
        size = self.data_shape, self.resize, self.inter_method
        return DetChanges(*size, resize_mode=self.resize_mode)

    # --- Steps -------------------------------------------------------------------------------------------------------

    def seen(self, objects: np.ndarray, window: tuple[float, float, float, float]) -> np.ndarray:
        """The objects that are in a window, as they are seen there."""
        (x, y, w, h), boxes = window, objects[:, 1:5]
        moved = (boxes - (x, y, x, y)) / (w, h, w, h)
        inside = np.clip(moved, 0, 1)
        if self.crop_emit_mode == "center":
            middle = (moved[:, :2] + moved[:, 2:]) / 2
            keep = ((middle > 0) & (middle < 1)).all(1)
        else:
            keep = _areas(inside) > self.emit_overlap_thresh * _areas(moved)
        found = objects[keep].copy()
        found[:, 1:5] = inside[keep]
        return found

    def cropped(self, objects: np.ndarray, height: int, width: int, draw: random.Random) -> Any:
        """A window in which there are enough objects, and these; None if all trials failed."""
        boxes = [box for box in objects[:, 1:5].tolist() if box[0] < box[2] and box[1] < box[3]]
        for sampler in draw.sample(self.samplers, len(self.samplers)):
            for _ in range(sampler.trials):
                window = sampler.draw(height, width, draw)
                if sampler.suits(boxes, window):
                    found = self.seen(objects, window)
                    if len(found) or not len(objects):
                        return window, found
        return None

    def recoloured(self, pixels: np.ndarray, draw: random.Random) -> np.ndarray:
        """The image in other colours; alpha stays."""
        turn = []
        for key in ("hue", "illumination", "saturation"):
            most = abs(getattr(self, f"max_random_{key}"))
            happens = draw.random() < getattr(self, f"random_{key}_prob")
            turn.append(float(int(draw.uniform(-most, most))) if happens else 0.0)
        factor = 1.0
        if draw.random() < self.random_contrast_prob:
            factor += draw.uniform(-self.max_random_contrast, self.max_random_contrast)
        if (not any(turn) and factor == 1) or not pixels.size:
            return pixels
        colours, alpha = np.ascontiguousarray(pixels[:, :, :3]), pixels[:, :, 3:]
        if any(turn):
            colours = colours.copy()
            kernels.turn_colours(colours.reshape(-1, 3), *turn)
        if factor != 1:
            colours = np.clip(np.rint(np.arange(256) * factor), 0, 255).astype(np.uint8)[colours]
        return np.concatenate([colours, alpha], 2) if alpha.shape[2] else colours

    def target(self, height: int, width: int) -> tuple[int, int]:
        """How large the image is in the network's input: all of it, or as large as fits, or not enlarged."""
        _, most_h, most_w = self.data_shape
        if self.resize_mode == "force":
            return most_h, most_w
        if self.resize_mode == "shrink" and height <= most_h and width <= most_w:
            return height, width
        if width * most_h > height * most_w:
            return max(height * most_w // width, 1), most_w
        return most_h, max(width * most_h // height, 1)

    def __call__(
        self, out: np.ndarray, at: int, data: bytes, draw: random.Random, what: str, label: Any = None
    ) -> Any:  # fmt: skip
        head, objects = objects_of(label, what)
        pixels = self.decode(data, what)
        h, w = self.first_size(pixels)
        if self.resize > 0:
            pixels = self.resized(pixels, h, w, draw)
        if draw.random() < self.rand_mirror_prob:
            pixels, objects = pixels[:, ::-1], objects.copy()
            objects[:, [1, 3]] = 1 - objects[:, [3, 1]]
        top, left, height, width = 0, 0, h, w  # the window, in pixels of the image
        scale = draw.uniform(1, self.max_pad_scale) if draw.random() < self.rand_pad_prob else 1.0
        if scale >= LEAST_PAD:
            x, y = draw.uniform(0, scale - 1), draw.uniform(0, scale - 1)
            objects = self.seen(objects, (-x, -y, scale, scale))
            top, left, height, width = -int(y * h), -int(x * w), int(h * scale), int(w * scale)
        if draw.random() < self.rand_crop_prob:
            found = self.cropped(objects, height, width, draw)
            if found is not None:
                (x, y, share_w, share_h), objects = found
                top, left = top + int(y * height), left + int(x * width)
                height, width = max(int(share_h * height), 1), max(int(share_w * width), 1)
        pixels = self.window(pixels, top, left, height, width, draw)
        h, w = self.target(height, width)
        pixels = self.resized(pixels, h, w, draw)
        if (h, w) != self.data_shape[1:]:
            canvas = np.zeros((*self.data_shape[1:], self.data_shape[0]), np.uint8)
            canvas[:h, :w] = pixels
            pixels = canvas
        self.put(out, at, pixels)
        shape = [self.data_shape[0], h, w, len(head) + objects.size]
        return np.concatenate([shape, head, objects.ravel()])

    def window(
        self, pixels: np.ndarray, top: int, left: int, height: int, width: int, draw: random.Random
    ) -> np.ndarray:  # fmt: skip
        """What is seen of an image, with its colours changed, and `fill_value` where there is no image."""
        rows, cols = (
            slice(min(max(begin, 0), size), max(min(begin + length, size), 0))
            for begin, length, size in ((top, height, pixels.shape[0]), (left, width, pixels.shape[1]))
        )
        part = self.recoloured(pixels[rows, cols], draw)
        if part.shape[:2] == (height, width):
            return part
        colour = min(max(self.fill_value, 0), 255)
        whole = np.full((height, width, self.data_shape[0]), colour, np.uint8)
        whole[:, :, 3:] = 0  # nothing is seen there
        whole[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left] = part
        return whole
