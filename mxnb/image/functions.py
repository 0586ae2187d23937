"""Reading, resizing and cropping of images: NDArrays of shape (height, width, channels), uint8 unless converted.

Sizes are (width, height), rectangles (x, y, width, height), as in MXNet.
"""

from __future__ import annotations

import math
import os
import random
from typing import Any

import numpy as np

from .. import ndarray as nd
from ..base import MXNetError
from ..ndarray import NDArray, _internal
from . import codec

__all__ = [
    "center_crop", "color_normalize", "copyMakeBorder", "fixed_crop", "imdecode", "imread", "imresize", "random_crop",
    "random_size_crop", "resize_short", "scale_down",
]  # fmt: skip

Rectangle = tuple[int, int, int, int]
AUTOMATIC, ANY = 9, 10


# --- Reading ---------------------------------------------------------------------------------------------------------


def imdecode(buf: Any, flag: int = 1, to_rgb: bool = True, out: NDArray | None = None) -> NDArray:
    """Decode an image.

    Parameters
    ----------
    buf : bytes, bytearray, numpy.ndarray or NDArray of uint8
        JPEG, PNG, or what else Pillow reads.
    flag : int
        1 gives three channels, 0 one of grey.
    to_rgb : bool
        Channels in the order red, green, blue; otherwise blue, green, red, as OpenCV has them.
    out : NDArray, optional
        Where to write the result.

    Returns
    -------
    NDArray, shape (height, width, 3), or 1 where grey, uint8

    Raises
    ------
    MXNetError
        If it is no image that can be decoded.
    ValueError
        If `buf` is of another type.

    Examples
    --------
    >>> import mxnb as mx
    >>> from mxnb.image import codec
    >>> mx.image.imdecode(codec.encode(mx.nd.zeros((4, 6, 3), dtype="uint8").asnumpy(), ".png")).shape
    (4, 6, 3)
    """
    return _decoded(buf, flag, to_rgb, out, "imdecode")


def _decoded(buf: Any, flag: int, to_rgb: bool, out: NDArray | None, what: str) -> NDArray:
    if isinstance(buf, NDArray):
        buf = buf.asnumpy()
    if isinstance(buf, np.ndarray):
        if buf.dtype != np.uint8:
            raise MXNetError(f"{what}: buf is an array of {buf.dtype}, needs uint8")
        buf = np.ascontiguousarray(buf).reshape(-1).data
    elif not isinstance(buf, (bytes, bytearray, memoryview)):
        raise ValueError(f"{what}: buf is {type(buf).__name__}, needs bytes, bytearray, numpy.ndarray or NDArray")
    if int(flag) not in (0, 1):
        raise MXNetError(f"{what}: flag is {flag!r}, needs 0 for grey or 1 for colour")
    pixels = codec.decode(buf, int(flag), bool(to_rgb), what)
    pixels = pixels[:, :, None] if pixels.ndim == 2 else pixels
    if out is None:
        return nd.array(pixels, dtype="uint8")
    out[:] = pixels
    return out


def imread(filename: str, flag: int = 1, to_rgb: bool = True, out: NDArray | None = None) -> NDArray:
    """Read an image file.

    Parameters
    ----------
    filename : str
    flag, to_rgb, out :
        As in `imdecode`.

    Returns
    -------
    NDArray, shape (height, width, 3), or 1 where grey, uint8

    Raises
    ------
    MXNetError
        If there is no such file, or it is no image that can be decoded; it names the file.

    Examples
    --------
    >>> import os, tempfile
    >>> import mxnb as mx
    >>> from mxnb.image import codec
    >>> path = os.path.join(tempfile.mkdtemp(), "grey.png")
    >>> with open(path, "wb") as file:
    ...     _ = file.write(codec.encode(mx.nd.zeros((4, 6), dtype="uint8").asnumpy(), ".png"))
    >>> mx.image.imread(path, flag=0).shape
    (4, 6, 1)
    """
    try:
        with open(filename, "rb") as file:
            data = file.read()
    except OSError as error:
        raise MXNetError(f"imread: cannot open {os.fspath(filename)}: {error.strerror}") from error
    return _decoded(data, flag, to_rgb, out, f"imread: {os.fspath(filename)}")


def _cvimdecode(buf: Any, flag: int = 1, to_rgb: bool = True, out: Any = None, name: str | None = None) -> NDArray:
    """`imdecode` under the name that MXNet's operator has."""
    return imdecode(buf, flag, to_rgb, out)


def _cvimread(filename: str, flag: int = 1, to_rgb: bool = True, out: Any = None, name: str | None = None) -> NDArray:
    """`imread` under the name that MXNet's operator has."""
    return imread(filename, flag, to_rgb, out)


# --- Sizes -----------------------------------------------------------------------------------------------------------


def method(interp: int, before: Any, after: tuple[int, int]) -> int:
    """The interpolation for a change of size.

    Parameters
    ----------
    interp : int
        0 nearest, 1 linear, 2 cubic, 3 area, 4 Lanczos; 9 chooses area to shrink, cubic to enlarge and linear else, 10
        any of the five.
    before, after : (height, width)

    Returns
    -------
    int, 0 to 4

    Raises
    ------
    ValueError
        If there is no such method.
    """
    if interp == AUTOMATIC:
        if after[0] > before[0] and after[1] > before[1]:
            return 2
        return 3 if after[0] < before[0] and after[1] < before[1] else 1
    if interp == ANY:
        return random.randint(0, 4)
    if interp not in range(5):
        raise ValueError(f"interp is {interp!r}, needs 0 to 4, 9 or 10")
    return interp


def imresize(src: NDArray, w: int, h: int, interp: int = 1, out: NDArray | None = None) -> NDArray:
    """An image in another size.

    Parameters
    ----------
    src : NDArray, shape (height, width, channels)
    w, h : int
        The new width and height.
    interp : int
        As in `method`.
    out : NDArray, optional

    Returns
    -------
    NDArray, shape (h, w, channels), of the same dtype

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.image.imresize(mx.nd.zeros((4, 6, 3)), 3, 2).shape
    (2, 3, 3)
    """
    kind = method(interp, src.shape[:2], (h, w))
    return _internal._cvimresize(src, w=w, h=h, interp=kind, out=out)


def copyMakeBorder(
    src: NDArray, top: int, bot: int, left: int, right: int, type: int = 0, value: float = 0.0, values: Any = (),
    out: NDArray | None = None,
) -> NDArray:  # fmt: skip
    """An image with a border around.

    Parameters
    ----------
    src : NDArray, shape (height, width, channels)
    top, bot, left, right : int
        Pixels.
    type : int
        0 one colour, 1 the pixel at the edge, 2 mirrored, 3 repeated, 4 mirrored but for the pixel at the edge.
    value, values : float, sequence of float
        The colour: of all channels, or of each.
    out : NDArray, optional

    Returns
    -------
    NDArray, shape (top + height + bot, left + width + right, channels)

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.image.copyMakeBorder(mx.nd.zeros((4, 6, 3)), 1, 1, 2, 2).shape
    (6, 10, 3)
    """
    border = _internal._cvcopyMakeBorder
    return border(src, top=top, bot=bot, left=left, right=right, type=type, value=value, values=values, out=out)


def scale_down(src_size: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """The largest size with the proportions of `size` that fits into an image.

    Parameters
    ----------
    src_size, size : (width, height)

    Returns
    -------
    (width, height)

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.image.scale_down((640, 480), (720, 120))
    (640, 106)
    """
    w, h = size
    sw, sh = src_size
    if sh < h:
        w, h = float(w * sh) / h, sh  # type: ignore[assignment]
    if sw < w:
        w, h = sw, float(h * sw) / w  # type: ignore[assignment]
    return int(w), int(h)


def resize_short(src: NDArray, size: int, interp: int = 2) -> NDArray:
    """Resize so that the shorter side has a length, and proportions stay.

    Parameters
    ----------
    src : NDArray, shape (height, width, channels)
    size : int
    interp : int
        As in `method`.

    Returns
    -------
    NDArray

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.image.resize_short(mx.nd.zeros((10, 14, 3)), 5).shape
    (5, 7, 3)
    """
    h, w = src.shape[:2]
    new_h, new_w = (size * h // w, size) if h > w else (size, size * w // h)
    return imresize(src, new_w, new_h, interp)


# --- Parts -----------------------------------------------------------------------------------------------------------


def fixed_crop(
    src: NDArray, x0: int, y0: int, w: int, h: int, size: tuple[int, int] | None = None, interp: int = 2
) -> NDArray:
    """A rectangle of an image, perhaps resized.

    Parameters
    ----------
    src : NDArray, shape (height, width, channels)
    x0, y0, w, h : int
        What lies outside of the image is left out.
    size : (width, height), optional
    interp : int
        As in `method`.

    Returns
    -------
    NDArray

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.image.fixed_crop(mx.nd.zeros((10, 14, 3)), 2, 3, 5, 4, size=(3, 3)).shape
    (3, 3, 3)
    """
    out = src[y0 : y0 + h, x0 : x0 + w]
    if size is not None and (w, h) != tuple(size):
        out = imresize(out, *size, interp)
    return out


def random_crop(src: NDArray, size: tuple[int, int], interp: int = 2) -> tuple[NDArray, Rectangle]:
    """A part of an image from a random place; if the image is smaller, the largest of these proportions, resized.

    Parameters
    ----------
    src : NDArray, shape (height, width, channels)
    size : (width, height)
    interp : int
        As in `method`.

    Returns
    -------
    NDArray, shape (height, width, channels)
    (x, y, width, height), what was taken

    Examples
    --------
    >>> import mxnb as mx
    >>> part, (x, y, w, h) = mx.image.random_crop(mx.nd.zeros((10, 14, 3)), (5, 4))
    >>> part.shape, (w, h)
    ((4, 5, 3), (5, 4))
    """
    h, w = src.shape[:2]
    new_w, new_h = scale_down((w, h), size)
    x0, y0 = random.randint(0, w - new_w), random.randint(0, h - new_h)
    return fixed_crop(src, x0, y0, new_w, new_h, size, interp), (x0, y0, new_w, new_h)


def center_crop(src: NDArray, size: tuple[int, int], interp: int = 2) -> tuple[NDArray, Rectangle]:
    """The middle of an image; if the image is smaller, the largest of these proportions, resized.

    Parameters
    ----------
    src : NDArray, shape (height, width, channels)
    size : (width, height)
    interp : int
        As in `method`.

    Returns
    -------
    NDArray, shape (height, width, channels)
    (x, y, width, height), what was taken

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.image.center_crop(mx.nd.zeros((10, 14, 3)), (5, 4))[1]
    (4, 3, 5, 4)
    """
    h, w = src.shape[:2]
    new_w, new_h = scale_down((w, h), size)
    x0, y0 = (w - new_w) // 2, (h - new_h) // 2
    return fixed_crop(src, x0, y0, new_w, new_h, size, interp), (x0, y0, new_w, new_h)


def random_size_crop(
    src: NDArray, size: tuple[int, int], area: Any = None, ratio: tuple[float, float] = (3 / 4, 4 / 3), interp: int = 2,
    *, min_area: float | None = None,
) -> tuple[NDArray, Rectangle]:  # fmt: skip
    """A part of random place, size and proportions, resized; the middle, if ten attempts do not fit.

    Parameters
    ----------
    src : NDArray, shape (height, width, channels)
    size : (width, height)
        Of the result.
    area : float or (float, float)
        How much of the image's area it has at least, or least and most.
    ratio : (float, float)
        Least and largest of width / height.
    interp : int
        As in `method`.
    min_area : float
        An older name for `area`.

    Returns
    -------
    NDArray, shape (height, width, channels)
    (x, y, width, height), what was taken

    Raises
    ------
    MXNetError
        If neither `area` nor `min_area` is given.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.image.random_size_crop(mx.nd.zeros((10, 14, 3)), (5, 4), (0.1, 1))[0].shape
    (4, 5, 3)
    """
    area = min_area if area is None else area
    if area is None:
        raise MXNetError("random_size_crop: area is missing, needs a number or (least, most)")
    least, most = (area, 1.0) if np.ndim(area) == 0 else area
    h, w = src.shape[:2]
    for _ in range(10):
        wanted = random.uniform(least, most) * h * w
        proportion = math.exp(random.uniform(math.log(ratio[0]), math.log(ratio[1])))
        new_w, new_h = round(math.sqrt(wanted * proportion)), round(math.sqrt(wanted / proportion))
        if new_w <= w and new_h <= h:
            x0, y0 = random.randint(0, w - new_w), random.randint(0, h - new_h)
            return fixed_crop(src, x0, y0, new_w, new_h, size, interp), (x0, y0, new_w, new_h)
    return center_crop(src, size, interp)


def color_normalize(src: NDArray, mean: Any, std: Any = None) -> NDArray:
    """``(src - mean) / std``.

    Parameters
    ----------
    src : NDArray of floats, shape (height, width, channels)
    mean, std : NDArray, shape (channels,), float or None
        None leaves the step out.

    Returns
    -------
    NDArray

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.image.color_normalize(mx.nd.ones((1, 1, 3)), mx.nd.array([0, 1, 2]), 2).reshape(-1)
    <BLANKLINE>
    [ 0.5  0.  -0.5]
    <NDArray 3 @cpu(0)>
    """
    if mean is not None:
        src = src - mean
    return src if std is None else src / std
