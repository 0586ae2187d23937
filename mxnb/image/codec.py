"""Images as bytes: decoding and encoding by Pillow, with the results that OpenCV gives in MXNet.

What a decoded image is follows from `iscolor`, as in OpenCV: 1 gives three channels of 8 bits, 0 one, and -1 what the
file has.  Of 16 bits the upper 8 are kept unless -1 asks for all.  The orientation that EXIF tells of a JPEG is applied
when it is asked for: `ImageRecordIter`, `unpack_img` and im2rec do, `mx.image.imdecode` does not, all as in MXNet.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np

from ..base import MXNetError
from . import png16

FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".jpe": "JPEG", ".png": "PNG", ".bmp": "BMP", ".tif": "TIFF",
           ".tiff": "TIFF", ".webp": "WEBP", ".pbm": "PPM", ".pgm": "PPM", ".ppm": "PPM"}  # fmt: skip
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError, OverflowError, MemoryError,
           struct.error, zlib.error, Warning)  # fmt: skip
"""What Pillow raises where an image is not as it should be; warnings (a large image, odd EXIF) if they are errors."""
ORIENTATION = 0x112  # in EXIF
GREY16 = ("I;16", "I;16B", "I;16L", "I")  # what Pillow calls 16 bits of grey


def decode(
    data: Any, iscolor: int = 1, rgb: bool = True, what: str = "image", upright: bool = False
) -> np.ndarray:  # fmt: skip
    """The pixels of an encoded image.

    Parameters
    ----------
    data : bytes-like
    iscolor : int
        1 for three channels, 0 for grey, -1 for what the file has.
    rgb : bool
        Channels in the order red, green, blue; otherwise blue, green, red.
    what : str
        What errors call it.
    upright : bool
        Turn a JPEG as its EXIF tells, unless `iscolor` is -1.

    Returns
    -------
    array, shape (height, width) where it is grey, else (height, width, channels), uint8; with -1 perhaps uint16

    Raises
    ------
    MXNetError
        If it is no image, ends too early, is too large, or is of a kind that cannot be read.
    """
    from PIL import Image, UnidentifiedImageError  # a quarter of the time that importing mxnb.io would take

    if iscolor not in (-1, 0, 1):
        raise MXNetError(f"{what}: iscolor is {iscolor!r}, needs -1, 0 or 1")
    if len(data) == 0:
        raise MXNetError(f"{what}: cannot be decoded, it is empty")
    try:
        image = Image.open(io.BytesIO(data))
        upright = upright and iscolor >= 0 and image.format in ("JPEG", "MPO") and "exif" in image.info
        orientation = image.getexif().get(ORIENTATION) if upright else 1
        pixels = _turned(_pixels(image, data, iscolor, what), orientation)
    except UnidentifiedImageError:
        raise MXNetError(f"{what}: {len(data)} bytes cannot be decoded: of no format that Pillow knows") from None
    except (*DAMAGED, Image.DecompressionBombError) as error:
        raise MXNetError(f"{what}: {len(data)} bytes cannot be decoded: {error}") from error
    if pixels.ndim == 3 and not rgb:
        pixels = pixels[:, :, [2, 1, 0, *range(3, pixels.shape[2])]]
    return np.ascontiguousarray(pixels)


def _turned(pixels: np.ndarray, orientation: Any) -> np.ndarray:
    """The image as it should be seen, for 1 to 8 in EXIF; anything else is taken for 1."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels[::-1] if orientation in (3, 4, 7, 8) else pixels


def _deep(image: Any) -> bool:
    """Whether a file has 16 bits of colour, of which Pillow keeps 8."""
    for *_, arguments in getattr(image, "tile", ()):
        kind, *rest = arguments if isinstance(arguments, tuple) else (arguments,)
        if (";16" in str(kind) and kind != "BGR;16") or (image.format == "PPM" and rest and rest[0] > 255):
            return True  # "BGR;16" has 16 bits for all colours together; a PPM tells its highest number
    return False


def _pixels(image: Any, data: Any, iscolor: int, what: str) -> np.ndarray:
    """Red, green, blue, or grey."""
    if image.mode in GREY16:
        wide = np.asarray(image).astype(np.uint16)
        if iscolor < 0:
            return wide
        grey = (wide >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, 2) if iscolor else grey
    deep = _deep(image)
    if deep and image.format == "PNG" and iscolor <= 0:
        pixels = png16.decode(data)
        return pixels if iscolor else grey_of(pixels[:, :, :3], *PNG16_WEIGHTS)
    if iscolor < 0:
        if deep:
            raise MXNetError(f"{what}: 16 bits of colour can be read as 8 only, with iscolor 0 or 1")
        has_alpha = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
        mode = "RGBA" if has_alpha else "L" if image.mode in ("1", "L") else "RGB"
        return np.asarray(image.convert(mode))
    if image.mode in ("1", "L", "LA"):
        grey = np.asarray(image.convert("L"))
        return np.repeat(grey[:, :, None], 3, 2) if iscolor else grey
    if not iscolor and image.format == "JPEG" and image.mode == "RGB":
        image.draft("L", image.size)  # brightness is what the file has
        return np.asarray(image.convert("L"))
    colour = np.asarray(image.convert("RGBA" if image.mode in ("P", "PA", "RGBA") else "RGB"))[:, :, :3]
    return colour if iscolor else grey_of(colour, *(PNG_WEIGHTS if image.format == "PNG" else WEIGHTS))


WEIGHTS = (4899, 9617, 1868, 1 << 13), 14
PNG_WEIGHTS = (9797, 19234, 3737, 0), 15
PNG16_WEIGHTS = (9797, 19234, 3737, 1 << 14), 23
"""Red, green, blue, and what is added before the lower bits are cut off; how many these are."""


def grey_of(colour: np.ndarray, weights: tuple[int, int, int, int] = WEIGHTS[0], bits: int = WEIGHTS[1]) -> np.ndarray:
    """The brightness of red, green and blue, 0.299 R + 0.587 G + 0.114 B, in the whole numbers that OpenCV takes.

    Parameters
    ----------
    colour : array, shape (..., 3), uint8; uint16 with `PNG16_WEIGHTS`
    weights, bits : as `WEIGHTS`

    Returns
    -------
    array, shape (...), uint8
    """
    return ((colour @ np.array(weights[:3], np.int32) + weights[3]) >> bits).astype(np.uint8)


def encode(pixels: np.ndarray, ending: str = ".jpg", quality: int = 95, rgb: bool = True) -> bytes:
    """An encoded image.

    Parameters
    ----------
    pixels : array, shape (height, width), or (height, width, channels) with 1, 3 or 4; uint8, for PNG also uint16
    ending : str
        What the file's name would end with, ``".jpg"``, ``".png"``, …
    quality : int
        Of a JPEG, 1 to 100; of a PNG how strongly it is compressed, 1 to 9 (larger ones count as 9).
    rgb : bool
        Channels are in the order red, green, blue; otherwise blue, green, red.

    Returns
    -------
    bytes

    Raises
    ------
    MXNetError
        If the image does not fit the format, or the format is not known.
    """
    from PIL import Image

    kind = FORMATS.get(ending.lower())
    if kind is None:
        raise MXNetError(f"image: cannot encode {ending!r}, only {', '.join(FORMATS)}")
    pixels = np.asarray(pixels)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    wide = pixels.dtype == np.uint16 and (kind == "PNG" or (pixels.ndim == 2 and kind == "TIFF"))
    fits = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (3, 4))
    if not fits or pixels.size == 0 or not (pixels.dtype == np.uint8 or wide):
        raise MXNetError(
            f"image: cannot encode an array of shape {pixels.shape} and dtype {pixels.dtype} as {ending}, "
            "needs (height, width) or (height, width, 1, 3 or 4) of uint8, or of uint16 for PNG"
        )
    if pixels.ndim == 3 and not rgb:
        pixels = pixels[:, :, [2, 1, 0, *range(3, pixels.shape[2])]]
    if kind in ("JPEG", "BMP", "PPM") and pixels.ndim == 3:
        pixels = pixels[:, :, :3]
    options: dict[str, Any] = {}
    if kind in ("JPEG", "WEBP"):
        options["quality"] = min(max(int(quality), 0), 100)
    elif kind == "PNG":
        options["compress_level"] = min(max(int(quality), 0), 9)
    if wide and pixels.ndim == 3:
        return png16.encode(pixels, options["compress_level"])
    out = io.BytesIO()
    try:
        Image.fromarray(np.ascontiguousarray(pixels)).save(out, kind, **options)
    except (OSError, ValueError) as error:
        raise MXNetError(f"image: cannot encode {pixels.shape} as {ending}: {error}") from error
    return out.getvalue()
