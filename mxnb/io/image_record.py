"""`ImageRecordIter` and its kin: batches of images from a record file, prepared by several threads, ahead of their use.

The file is never in memory; where its records are is known from the index, or from one look at their headers.  Batches
are begun when the one before is taken, `prefetch_buffer` of them at a time; each image of a batch is a task of a thread
pool, which decodes (Pillow) and prepares (kernels, all without the interpreter's lock) into its place in the batch.
"""

from __future__ import annotations

import collections
import concurrent.futures
import inspect
import itertools
import logging
import os
import random
import struct
import threading
import weakref
from typing import Any

import numpy as np

from .. import ndarray as nd
from ..base import MXNetError
from ..image.list_file import read_items
from ..image.pipeline import Changes
from ..recordio import FIRST, LAST, LONGEST, MAGIC, MIDDLE, MXIndexedRecordIO, read_record, unpack
from .io import MXDataIter, SourceBatch

__all__ = ["ImageRecordInt8Iter", "ImageRecordIter", "ImageRecordIter_v1", "ImageRecordUInt8Iter"]


class Records:
    """A record file, of which any record can be read from any thread.

    Parameters
    ----------
    path : str
    index : str
        The index file; "" looks at all headers instead.
    """

    def __init__(self, path: str, index: str = "") -> None:
        self.path = path
        self.open()
        self.size = os.fstat(self.file.fileno()).st_size
        if index:
            with MXIndexedRecordIO(index, path, "r") as indexed:
                self.starts = sorted(set(indexed.idx.values()))
        else:
            self.starts = list(self._scan())
        if not self.starts:
            raise MXNetError(f"{path} holds no records")

    def open(self) -> None:
        """Open the file, for this process alone."""
        try:
            self.file = open(self.path, "rb")  # noqa: SIM115 - open as long as the object
        except OSError as error:
            raise MXNetError(f"cannot open {self.path}: {error.strerror}") from error
        weakref.finalize(self, self.file.close)
        self._lock = threading.Lock()

    def _scan(self) -> Any:
        """Where records begin."""
        at, inside = 0, False
        while at < self.size:
            self.file.seek(at)
            head = self.file.read(8)
            if len(head) < 8 or head[:4] != MAGIC:
                raise MXNetError(f"recordio: {self.path}, offset {at}: no record begins here: {head[:4].hex()}")
            (word,) = struct.unpack_from("<I", head, 4)
            kind, length = word >> 29, word & LONGEST
            if kind > LAST or (kind in (MIDDLE, LAST)) != inside:
                raise MXNetError(f"recordio: {self.path}, offset {at}: a part of kind {kind} cannot be here")
            if not inside:
                yield at
            inside = kind in (FIRST, MIDDLE)
            at += 8 + length + -length % 4

    def __len__(self) -> int:
        return len(self.starts)

    def read(self, number: int) -> bytes:
        """Record `number`."""
        with self._lock:
            self.file.seek(self.starts[number])
            return read_record(self.file, self.path) or b""


class ImageSource:
    """A `Source` of batches of images.

    Parameters
    ----------
    records : Records
    changes : Changes
    labels : dict or None
        Labels by the images' numbers, in place of those in the records.
    numbers : range
        Which records.
    options : dict
        The other parameters of `ImageRecordIter`.
    dtype : numpy.dtype
        Of the batches.
    """

    def __init__(
        self, records: Records, changes: Changes, labels: Any, numbers: range, options: dict[str, Any], dtype: Any
    ) -> None:
        self.records, self.changes, self.labels, self.numbers, self.dtype = records, changes, labels, numbers, dtype
        self.options, self.batch_size = options, options["batch_size"]
        self._epoch, self._begun, self._waiting = 0, 0, 0
        self._order = self._epoch_order(0)
        self._ahead: collections.deque[Any] = collections.deque()
        self._threads: Any = None
        self._pid = 0

    def _epoch_order(self, epoch: int) -> list[int]:
        """The records in the order of an epoch; with chunks, first these are shuffled, then the records of each."""
        order = list(self.numbers)
        if not self.options["shuffle"]:
            return order
        chunk, seed = self.options["shuffle_chunk_size"] << 20, self.options["seed"] * 1000003 + epoch
        within = random.Random(seed)
        if not chunk:
            within.shuffle(order)
            return order
        starts = self.records.starts
        chunks = [list(part) for _, part in itertools.groupby(order, lambda number: starts[number] // chunk)]
        random.Random(self.options["shuffle_chunk_seed"] * 1000003 + epoch).shuffle(chunks)
        for part in chunks:
            within.shuffle(part)
        return list(itertools.chain(*chunks))

    def reset(self) -> None:
        """Begin the next epoch: behind the images that filled the last batch, if it was filled."""
        for _, futures in self._ahead:
            for future in futures:
                future.cancel()
        self._ahead.clear()
        filled, self._waiting = self._waiting, 0
        self._epoch += 1
        self._begun = filled
        self._order = self._epoch_order(self._epoch)

    def _next_numbers(self) -> tuple[list[int], int, int] | None:
        """The records of the next batch, how many of them only fill it, and how many of those the next epoch skips."""
        begin, self._begun = self._begun, self._begun + self.batch_size
        numbers = self._order[begin : begin + self.batch_size]
        missing = self.batch_size - len(numbers)
        if not numbers:
            return None
        if missing and self.options["round_batch"]:  # with the first of the next epoch
            following = self._epoch_order(self._epoch + 1)
            return numbers + [following[i % len(following)] for i in range(missing)], missing, missing % len(following)
        return numbers + [self._order[i % len(self._order)] for i in range(missing)], missing, 0

    def _pool(self) -> Any:
        """The thread pool, of this process."""
        if self._threads is None or self._pid != os.getpid():
            if self._threads is not None:  # of a parent process, as what they prepare
                self.records.open()
                self._begun -= self.batch_size * len(self._ahead)
                self._ahead.clear()
            self._threads = concurrent.futures.ThreadPoolExecutor(self.options["preprocess_threads"], "images")
            self._pid = os.getpid()
            weakref.finalize(self, self._threads.shutdown, wait=False, cancel_futures=True)
        return self._threads

    def _begin(self) -> bool:
        """Start to prepare a batch; False at the end of the epoch."""
        position = self._begun
        found = self._next_numbers()
        if found is None:
            return False
        numbers, pad, waiting = found
        data = np.empty((self.batch_size, *self.changes.data_shape), self.dtype)
        labels = np.empty((self.batch_size, self.options["label_width"]), np.float32)
        ids = np.zeros(self.batch_size, np.int64)
        pool = self._pool()
        place = self._epoch * len(self._order) + position
        futures = [
            pool.submit(self._prepare, data, labels, ids, i, number, place + i) for i, number in enumerate(numbers)
        ]
        self._ahead.append(((data, labels, ids, pad, waiting), futures))
        return True

    def _prepare(self, data: np.ndarray, labels: np.ndarray, ids: np.ndarray, at: int, number: int, place: int) -> None:
        """One image."""
        what = f"{self.records.path}, record {number}"
        try:
            header, content = unpack(self.records.read(number))
        except MXNetError as error:
            raise MXNetError(f"{what}: {error}") from None
        ids[at] = header.id
        label = header.label
        if self.labels is not None:
            label = self.labels.get(header.id)
            if label is None:
                raise MXNetError(f"{what}: the list has no image {header.id}")
        found = np.ravel(label)
        if len(found) != labels.shape[1]:
            raise MXNetError(f"{what}: {len(found)} labels, needs label_width={labels.shape[1]}")
        labels[at] = found
        seed = self.options["seed_aug"]
        self.changes(data, at, content, random.Random((seed or 0) * 7368787 + place), what)

    def read(self) -> SourceBatch | None:
        """The next batch, None at the end of the epoch."""
        self._pool()
        while len(self._ahead) <= max(0, self.options["prefetch_buffer"]) and self._begin():
            pass
        if not self._ahead:
            return None
        (data, labels, ids, pad, self._waiting), futures = self._ahead.popleft()
        concurrent.futures.wait(futures)
        for future in futures:
            error = future.exception()
            if error is not None:
                raise MXNetError(f"ImageRecordIter: {error}") from error
        return SourceBatch(data, labels[:, 0] if labels.shape[1] == 1 else labels, pad, ids)


def _mean(name: str, records: Records, numbers: range, changes: Changes, values: tuple[float, ...]) -> Any:
    """What is taken off: the mean image of a file, which is made where there is none, or numbers for the channels."""
    channels = changes.data_shape[0]
    if not name:
        return np.array(values[:channels], np.float32).reshape(channels, 1, 1) if any(values) else None
    if os.path.exists(name):
        found = nd.load(name)
        mean = (found["mean_img"] if isinstance(found, dict) else found[0]).asnumpy().astype(np.float32)
        if mean.shape != changes.data_shape:
            raise MXNetError(f"{name} holds a mean image of shape {mean.shape}, needs {changes.data_shape}")
        return mean
    total, one = np.zeros(changes.data_shape), np.empty((1, *changes.data_shape), np.float32)
    plain = Changes(changes.data_shape, changes.resize, changes.inter_method)
    for number in numbers:
        content = unpack(records.read(number))[1]
        plain(one, 0, content, random.Random(0), f"{records.path}, record {number}")
        total += one[0]
    mean = (total / len(numbers)).astype(np.float32)
    nd.save(name, {"mean_img": nd.array(mean)})
    logging.info("ImageRecordIter: wrote the mean of %d images to %s", len(numbers), name)
    return mean


def _make(name: str, dtype: str, given: dict[str, Any]) -> MXDataIter:
    """The iterator, from all parameters."""
    take = given.pop
    options = {
        key: take(key)
        for key in ("batch_size", "round_batch", "prefetch_buffer", "shuffle", "seed", "seed_aug", "preprocess_threads",
                    "label_width", "shuffle_chunk_size", "shuffle_chunk_seed")
    }  # fmt: skip
    path, index, listed = (os.fspath(take(key) or "") for key in ("path_imgrec", "path_imgidx", "path_imglist"))
    part, parts, asked = take("part_index"), take("num_parts"), take("dtype")
    names, mean_img, verbose = (take("data_name"), take("label_name")), take("mean_img"), take("verbose")
    mean, std = (tuple(float(take(f"{key}_{c}")) for c in "rgba") for key in ("mean", "std"))
    aug_seq = take("aug_seq")
    take("device_id")
    try:
        if not path:
            raise MXNetError("path_imgrec is missing")
        if asked is not None and np.dtype(asked) != np.dtype(dtype):
            if name != "ImageRecordIter" or np.dtype(asked).name not in ("float32", "uint8", "int8"):
                raise MXNetError(f"dtype is {asked!r}, it gives {dtype}")
            dtype = np.dtype(asked).name
        if aug_seq != "aug_default":
            raise MXNetError(f"aug_seq is {aug_seq!r}, only 'aug_default' is there")
        for key, least in (("preprocess_threads", 1), ("label_width", 1), ("prefetch_buffer", 0)):
            if options[key] < least:
                raise MXNetError(f"{key} is {options[key]}, needs at least {least}")
        if take("ctx") not in ("cpu", "gpu"):
            raise MXNetError("ctx needs to be 'cpu' or 'gpu'")
        if options["batch_size"] < 1 or not 0 <= part < parts:
            raise MXNetError(f"batch_size={options['batch_size']}, part_index={part}, num_parts={parts} do not fit")
        given["data_shape"] = tuple(int(n) for n in given["data_shape"])
        if len(given["data_shape"]) != 3:
            raise MXNetError(f"data_shape is {given['data_shape']}, needs (channels, height, width)")
        changes = Changes(**given, std=std)
        records = Records(path, index)
        count = len(records)
        numbers = range(-(-count * part // parts), -(-count * (part + 1) // parts))
        if not numbers:
            raise MXNetError(f"{path} has {count} records, part {part} of {parts} is empty")
        changes = Changes(**given, std=std, mean=_mean(mean_img, records, numbers, changes, mean))
        labels = {item.number: item.labels for item in read_items(listed)} if listed else None
    except MXNetError as error:
        raise MXNetError(f"{name}: {error}") from error
    if verbose:
        logging.info("%s: %s, %d records, %d threads", name, path, len(numbers), options["preprocess_threads"])
    return MXDataIter(ImageSource(records, changes, labels, numbers, options, np.dtype(dtype)), *names)


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
        Take the `part_index`-th of `num_parts` equal parts of the records only.
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
        the first of this one. `pad` tells how many are too many.
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
        height, and resize that. After ten parts that would not fit it is as without.
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
        Most change of hue (degrees), saturation and lightness (of 255).
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
    return _make("ImageRecordIter", "float32", dict(locals()))


ImageRecordIter_v1 = ImageRecordIter
NORMALISING = [f"{kind}_{channel}" for kind in ("mean", "std") for channel in "rgba"]


def _raw(name: str, dtype: str, given: dict[str, Any]) -> MXDataIter:
    """An iterator of whole numbers, which are not normalised."""
    defaults = {p: v.default for p, v in inspect.signature(ImageRecordIter).parameters.items()}
    unknown = [key for key in given if key not in defaults or key in (*NORMALISING, "mean_img", "scale")]
    if unknown:
        raise MXNetError(f"{name}: no parameter named {unknown[0]!r}")
    return _make(name, dtype, {**defaults, **given})


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
