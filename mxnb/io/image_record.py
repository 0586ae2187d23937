"""`ImageRecordIter` and its kin: batches of images from a record file; see `image_source`."""

from __future__ import annotations

import inspect
import os
from typing import Any

from ..base import MXNetError
from ..image.pipeline import Changes
from .image_source import make
from .io import MXDataIter

__all__ = [
    "ImageRecordInt8Iter", "ImageRecordIter", "ImageRecordIter_v1", "ImageRecordUInt8Iter", "ImageRecordUInt8Iter_v1",
]  # fmt: skip


def _make(name: str, dtypes: tuple[str, ...], given: dict[str, Any]) -> MXDataIter:
    """The iterator, from all parameters."""
    del given["device_id"]
    width = given["label_width"]
    if width < 1:
        raise MXNetError(f"{name}: label_width is {width}, needs at least 1")
    return make(name, dtypes, "aug_default", given, Changes, lambda records, numbers, labels: width)


def ImageRecordIter(
    path_imgrec: str | os.PathLike[str] = "", data_shape: Any = None, batch_size: int = 1,
    path_imglist: str | os.PathLike[str] = "", path_imgidx: str | os.PathLike[str] = "", aug_seq: str = "aug_default",
    label_width: int = 1, preprocess_threads: int = 4, verbose: bool = True, num_parts: int = 1, part_index: int = 0,
    device_id: int = 0, shuffle_chunk_size: int = 0, shuffle_chunk_seed: int = 0, seed_aug: int | None = None,
    shuffle: bool = False, seed: int = 0, round_batch: bool = True, prefetch_buffer: int = 4, ctx: str = "cpu",
    dtype: Any = None, resize: int = -1, rand_crop: bool = False, random_resized_crop: bool = False,
    max_rotate_angle: int = 0, max_aspect_ratio: float = 0.0, min_aspect_ratio: float | None = None,
    max_shear_ratio: float = 0.0, max_crop_size: int = -1, min_crop_size: int = -1, max_random_scale: float = 1.0,
    min_random_scale: float = 1.0, max_random_area: float = 1.0, min_random_area: float = 1.0,
    max_img_size: float = 1e10, min_img_size: float = 0.0, brightness: float = 0.0, contrast: float = 0.0,
    saturation: float = 0.0, pca_noise: float = 0.0, random_h: int = 0, random_s: int = 0, random_l: int = 0,
    rotate: int = -1, fill_value: int = 255, inter_method: int = 1, pad: int = 0, mirror: bool = False,
    rand_mirror: bool = False, mean_img: str = "", mean_r: float = 0.0, mean_g: float = 0.0, mean_b: float = 0.0,
    mean_a: float = 0.0, std_r: float = 1.0, std_g: float = 1.0, std_b: float = 1.0, std_a: float = 1.0,
    scale: float = 1.0, max_random_contrast: float = 0.0, max_random_illumination: float = 0.0,
    data_name: str = "data", label_name: str = "softmax_label",
) -> MXDataIter:  # fmt: skip
    """Iterate over the images of a record file, ``(image - mean) / std * scale``.

    Results do not depend on `preprocess_threads`; the same seeds give the same batches.

    Parameters
    ----------
    path_imgrec : path
        The record file.
    data_shape : (channels, height, width)
        Of an image in the batch; 1 channel is grey, 4 are red, green, blue and alpha.
    batch_size : int
    path_imglist : path
        List file, whose labels take the place of those in the records.
    path_imgidx : path
        Index; without, the headers of all records are looked at once.
    aug_seq : str
        ``"aug_default"``, the only sequence of changes.
    label_width : int
        Labels of an image.
    preprocess_threads : int
        Threads that decode and prepare.
    verbose : bool
        Log what was opened.
    num_parts, part_index : int
        Take the `part_index`-th of `num_parts` equal parts of the records only; with an index the last are smaller.
    device_id, ctx :
        Accepted for MXNet's sake, without effect: batches are on the CPU. `ctx` is "cpu" or "gpu".
    seed_aug : int
        Chooses the random changes.
    shuffle, seed : bool, int
        A new order in each epoch, which `seed` chooses.
    shuffle_chunk_size, shuffle_chunk_seed : int
        With `shuffle`, for files on slow disks: shuffle chunks of so many MB, and the records within each, rather than
        all records. The second chooses the order of the chunks.
    round_batch : bool
        A batch at the end is filled with the first images of the next epoch, which begins behind those; otherwise with
        the last of the batch before. `pad` tells how many are too many.
    prefetch_buffer : int
        Batches that are prepared ahead.
    dtype : str
        float32, uint8 or int8.
    resize : int
        Resize the shorter side first, if positive.
    rand_crop : bool
        Crop at random places, not the middle. Images that are too small are enlarged until they cover `data_shape`.
    random_resized_crop : bool
        Crop a part with an area of `min_random_area` to `max_random_area` of the image and a random ratio of width to
        height, or of height to width, and resize that. After ten parts that would not fit it is as without.
    max_rotate_angle, rotate : int
        Turn by up to so many degrees, or by just so many, against the clock.
    min_random_area, max_random_area : float
        See `random_resized_crop`.
    max_aspect_ratio, min_aspect_ratio : float
        The ratio of a random crop, or without `random_resized_crop` what images are stretched by: from
        `min_aspect_ratio` to `max_aspect_ratio`, or from 1 - `max_aspect_ratio` to 1 + `max_aspect_ratio` if only that
        is given.
    max_shear_ratio : float
        Shear by a random ratio.
    max_crop_size, min_crop_size : int
        Crop squares of random size, and resize those, if positive; no image may be smaller.
    max_random_scale, min_random_scale : float
        Scale by a random number.
    max_img_size, min_img_size : float
        Limits of the scaled image's sides.
    brightness, contrast, saturation : float
        Strengths of jitters, in random order.
    pca_noise : float
        Standard deviation of a random combination of the principal components of colours.
    random_h, random_s, random_l : int
        Most change of hue (of 180, the whole circle), saturation and lightness (of 255).
    fill_value : int
        Colour where there is no image.
    inter_method : int
        Interpolation: 0 nearest, 1 linear, 2 cubic, 3 area, 4 Lanczos, 9 by the sizes, 10 random.
    pad : int
        Border around the image, if positive.
    mirror, rand_mirror : bool
        Exchange left and right, always or half of the time.
    mean_img : str
        File with a mean image, which is made of all images where there is none.
    mean_r, mean_g, mean_b, mean_a, std_r, std_g, std_b, std_a, scale : float
        To normalise with.
    max_random_contrast, max_random_illumination : float
        Random factor, 1 - max to 1 + max, and summand, -max to max, of the result.
    data_name, label_name : str

    Returns
    -------
    MXDataIter

    Raises
    ------
    MXNetError
        If a file is missing or damaged, an image cannot be decoded, or parameters do not fit; it names file and record.

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
    >>> iterator = mx.io.ImageRecordIter(path_imgrec=path, data_shape=(3, 8, 8), batch_size=2, rand_crop=True)
    >>> for batch in iterator:
    ...     print(batch.data[0].shape, batch.label[0].asnumpy(), batch.pad)
    (2, 3, 8, 8) [0. 1.] 0
    (2, 3, 8, 8) [2. 3.] 0
    (2, 3, 8, 8) [4. 0.] 1
    """
    return _make("ImageRecordIter", ("float32", "uint8", "int8"), dict(locals()))


ImageRecordIter_v1 = ImageRecordIter
NORMALISING = [f"{kind}_{channel}" for kind in ("mean", "std") for channel in "rgba"]


def _raw(name: str, dtype: str, given: dict[str, Any]) -> MXDataIter:
    """An iterator of whole numbers, which are not normalised."""
    defaults = {p: v.default for p, v in inspect.signature(ImageRecordIter).parameters.items()}
    unknown = [key for key in given if key not in defaults or key in (*NORMALISING, "mean_img", "scale")]
    if unknown:
        raise MXNetError(f"{name}: no parameter named {unknown[0]!r}")
    return _make(name, (dtype,), {**defaults, **given})


def ImageRecordUInt8Iter(**kwargs: Any) -> MXDataIter:
    """Iterate over images as they are, uint8.

    Parameters
    ----------
    **kwargs
        As of `ImageRecordIter`, but for mean, std and scale.

    Returns
    -------
    MXDataIter

    Raises
    ------
    MXNetError
        As `ImageRecordIter`.

    Examples
    --------
    See `ImageRecordIter`.
    """
    return _raw("ImageRecordUInt8Iter", "uint8", kwargs)


ImageRecordUInt8Iter_v1 = ImageRecordUInt8Iter


def ImageRecordInt8Iter(**kwargs: Any) -> MXDataIter:
    """Iterate over images as they are, int8: what is above 127 becomes 127, as in MXNet.

    Parameters
    ----------
    **kwargs
        As of `ImageRecordIter`, but for mean, std and scale.

    Returns
    -------
    MXDataIter

    Raises
    ------
    MXNetError
        As `ImageRecordIter`.

    Examples
    --------
    See `ImageRecordIter`.
    """
    return _raw("ImageRecordInt8Iter", "int8", kwargs)
