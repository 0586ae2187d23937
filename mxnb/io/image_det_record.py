"""`ImageDetRecordIter`: batches of images and of the boxes in them from a record file; see `image_source`."""

from __future__ import annotations

import os
from typing import Any

from ..base import MXNetError
from ..image.det_pipeline import SHAPE, DetChanges, samplers
from .image_source import Records, make
from .io import MXDataIter

__all__ = ["ImageDetRecordIter"]


def ImageDetRecordIter(
    path_imgrec: str | os.PathLike[str] = "./data/imgrec.rec", data_shape: Any = None, batch_size: int = 1,
    path_imglist: str | os.PathLike[str] = "", aug_seq: str = "det_aug_default", label_width: int = -1,
    preprocess_threads: int = 4, verbose: bool = True, num_parts: int = 1, part_index: int = 0,
    shuffle_chunk_size: int = 0, shuffle_chunk_seed: int = 0, label_pad_width: int = 0, label_pad_value: float = -1.0,
    shuffle: bool = False, seed: int = 0, round_batch: bool = True, prefetch_buffer: int = 4, ctx: str = "cpu",
    dtype: Any = None, resize: int = -1, rand_crop_prob: float = 0.0, min_crop_scales: Any = (0.0,),
    max_crop_scales: Any = (1.0,), min_crop_aspect_ratios: Any = (1.0,), max_crop_aspect_ratios: Any = (1.0,),
    min_crop_overlaps: Any = (0.0,), max_crop_overlaps: Any = (1.0,), min_crop_sample_coverages: Any = (0.0,),
    max_crop_sample_coverages: Any = (1.0,), min_crop_object_coverages: Any = (0.0,),
    max_crop_object_coverages: Any = (1.0,), num_crop_sampler: int = 1, crop_emit_mode: str = "center",
    emit_overlap_thresh: float = 0.3, max_crop_trials: Any = (25,), rand_pad_prob: float = 0.0,
    max_pad_scale: float = 1.0, max_random_hue: int = 0, random_hue_prob: float = 0.0, max_random_saturation: int = 0,
    random_saturation_prob: float = 0.0, max_random_illumination: int = 0, random_illumination_prob: float = 0.0,
    max_random_contrast: float = 0.0, random_contrast_prob: float = 0.0, rand_mirror_prob: float = 0.0,
    fill_value: int = 127, inter_method: int = 1, resize_mode: str = "force", mean_img: str = "", mean_r: float = 0.0,
    mean_g: float = 0.0, mean_b: float = 0.0, mean_a: float = 0.0, std_r: float = 0.0, std_g: float = 0.0,
    std_b: float = 0.0, std_a: float = 0.0, scale: float = 1.0, data_name: str = "data",
    label_name: str = "softmax_label",
) -> MXDataIter:  # fmt: skip
    """Iterate over the images of a record file and the boxes in them.

    In the file a label is a row of numbers: the width of its header, the width of an object, perhaps more header, then
    the objects: class, left, top, right, bottom, from 0 to 1, and perhaps more. Objects without any area are left out.

    A row of the batch's label begins with channels, height and width of what there is of the image (the rest of
    `data_shape` is black), and how many numbers of label follow; then the label, and what fills up.

    An image is resized, its colours are changed, it is mirrored, padded, cropped, and resized to `data_shape`. Results
    do not depend on `preprocess_threads`; the same seeds give the same batches.

    Parameters
    ----------
    path_imgrec : path
        The record file.
    data_shape : (channels, height, width)
        Of an image in the batch; 1 channel is grey, 4 are red, green, blue and alpha.
    batch_size : int
    path_imglist : path
        List file, whose labels take the place of those in the records.
    aug_seq : str
        ``"det_aug_default"``, the only sequence of changes.
    label_width : int
        Numbers of each image's label, if it is positive and they are all alike.
    preprocess_threads, verbose, num_parts, part_index, shuffle_chunk_size, shuffle_chunk_seed, shuffle, round_batch, \
    prefetch_buffer, ctx :
        As of `ImageRecordIter`.
    label_pad_width : int
        Numbers of label in a batch, besides the first four; 0 for as many as the longest label has.
    label_pad_value : float
        What fills up.
    seed : int
        Chooses the order, and the random changes.
    dtype : str
        float32.
    resize : int
        Resize the shorter side first, if positive.
    rand_crop_prob : float
        How often an image is cropped.
    min_crop_scales, max_crop_scales : float, or tuple of float
        Limits of the square root of the part's area, relative to the image's.
    min_crop_aspect_ratios, max_crop_aspect_ratios : float, or tuple of float
        Limits of the part's width / height.
    min_crop_overlaps, max_crop_overlaps : float, or tuple of float
        Limits of what the part and an object have in common, relative to what both cover together.
    min_crop_sample_coverages, max_crop_sample_coverages : float, or tuple of float
        The same, relative to the part.
    min_crop_object_coverages, max_crop_object_coverages : float, or tuple of float
        The same, relative to the object. One object that is within all three limits is enough.
    num_crop_sampler : int
        How many kinds of crops there are; the limits are tuples of as many, or of one for all. They are tried in random
        order.
    crop_emit_mode : str
        Which objects stay, of which there must be one: ``"center"``, those whose middle is inside, or ``"overlap"``,
        those of which more than `emit_overlap_thresh` of the area is inside.
    emit_overlap_thresh : float
    max_crop_trials : int, or tuple of int
        How often each kind is tried; after that the image is not cropped.
    rand_pad_prob, max_pad_scale : float
        How often an image is put at a random place on a canvas of 1 to `max_pad_scale` times its height and width. It
        is left as it is where that would be less than 1.05.
    max_random_hue, max_random_saturation, max_random_illumination : int
        Most change of hue (of 180, the whole circle), saturation and lightness (of 255).
    random_hue_prob, random_saturation_prob, random_illumination_prob : float
        How often.
    max_random_contrast, random_contrast_prob : float
        Random factor, 1 - max to 1 + max, and how often.
    rand_mirror_prob : float
        How often left and right are exchanged.
    fill_value : int
        Colour of the canvas.
    inter_method : int
        Interpolation: 0 nearest, 1 linear, 2 cubic, 3 area, 4 Lanczos, 9 by the sizes, 10 random.
    resize_mode : str
        ``"force"`` gives `data_shape` whatever the proportions, ``"fit"`` keeps these, ``"shrink"`` does so and
        enlarges nothing.
    mean_img : str
        File with a mean image, which is made of all images where there is none. Means of channels count more.
    mean_r, mean_g, mean_b, mean_a, std_r, std_g, std_b, std_a, scale : float
        To normalise with, ``(image - mean) / std * scale``; a `std` of 0 counts as 1.
    data_name, label_name : str

    Returns
    -------
    MXDataIter

    Raises
    ------
    MXNetError
        If a file is missing or damaged, an image cannot be decoded, a label is not as above, or parameters do not fit.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> import mxnb as mx
    >>> path = os.path.join(tempfile.mkdtemp(), "a.rec")
    >>> with mx.recordio.MXRecordIO(path, "w") as writer:
    ...     for i in range(2):
    ...         boxes = [[0, 0, 0.25, 0.5, 0.5], [1, 0.25, 0.25, 0.75, 1]][: i + 1]
    ...         header = mx.recordio.IRHeader(0, [2, 5, *np.ravel(boxes)], i, 0)
    ...         writer.write(mx.recordio.pack_img(header, np.zeros((9, 18, 3), np.uint8)))
    >>> batch = mx.io.ImageDetRecordIter(path, (3, 8, 8), 2, resize_mode="fit", rand_mirror_prob=1).next()
    >>> batch.label[0][0].asnumpy().tolist()
    [3.0, 4.0, 8.0, 7.0, 2.0, 5.0, 0.0, 0.5, 0.25, 1.0, 0.5, -1.0, -1.0, -1.0, -1.0, -1.0]
    """
    return _make(dict(locals()))


def _make(given: dict[str, Any]) -> MXDataIter:
    """The iterator, from all parameters."""
    name, padded = "ImageDetRecordIter", given.pop("label_pad_width")
    numbers = {f"{kind}_{channel}": given[f"{kind}_{channel}"] for kind in ("mean", "std") for channel in "rgba"}
    try:
        for key, value in numbers.items():
            if value < 0:
                raise MXNetError(f"{key} is {value}, cannot be negative")
            if key[:3] == "std":
                given[key] = value or 1.0
            elif value:
                given["mean_img"] = ""
        given["samplers"] = samplers(given)
    except MXNetError as error:
        raise MXNetError(f"{name}: {error}") from None

    def width(records: Records, numbers: range, labels: dict[int, Any] | None) -> int:
        """Of a row of labels."""
        counts = map(len, labels.values()) if labels else map(records.label_width, numbers)
        longest = max(counts)
        if 0 < padded < longest:
            raise MXNetError(f"label_pad_width is {padded}, the longest label has {longest} numbers")
        return SHAPE + max(longest, padded)

    return make(name, ("float32",), "det_aug_default", given, DetChanges, width)
