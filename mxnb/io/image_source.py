"""Batches of images from a record file, prepared by several threads, ahead of their use.

The file is never in memory; where its records are is known from the index, or from one look at their headers.  Batches
are begun when the one before is taken, `prefetch_buffer` of them at a time; each image of a batch is a task of a thread
pool, which decodes (Pillow) and prepares (kernels, all without the interpreter's lock) into its place in the batch.
"""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import itertools
import logging
import os
import random
import struct
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ndarray as nd
from ..base import MXNetError
from ..image.list_file import read_items
from ..image.pipeline import Preparation
from ..recordio import FIRST, LAST, LONGEST, MAGIC, MIDDLE, WHOLE, MXIndexedRecordIO, read_record, unpack
from .io import MXDataIter, SourceBatch
from .threads import Threads


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

    def label_width(self, number: int) -> int:
        """How many labels record `number` has; its image is not read."""
        with self._lock:
            self.file.seek(self.starts[number])
            head = self.file.read(12)
        magic, word, flag = struct.unpack("<4sII", head.ljust(12, b"\0"))
        if magic == MAGIC and word >> 29 == WHOLE and 24 + 4 * flag <= word:
            return flag or 1
        try:
            return int(np.size(unpack(self.read(number))[0].label))
        except MXNetError as error:
            raise MXNetError(f"{self.path}, record {number}: {error}") from None


class ImageSource:
    """A `Source` of batches of images.

    Parameters
    ----------
    name : str
        Of the iterator, for errors.
    records : Records
    changes : Preparation
    labels : dict or None
        Labels by the images' numbers, in place of those in the records.
    numbers : range
        Which records.
    width : int
        Of a row of labels in a batch.
    options : dict
        The parameters that all iterators of images have.
    dtype : numpy.dtype
        Of the batches.
    """

    def __init__(
        self, name: str, records: Records, changes: Preparation, labels: Any, numbers: range, width: int,
        options: dict[str, Any], dtype: Any,
    ) -> None:  # fmt: skip
        self.name, self.width = name, width
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
        before = self._order[begin - missing : begin] or self._order  # what the batch before held there
        return numbers + [before[i % len(before)] for i in range(missing)], missing, 0

    def _pool(self) -> Any:
        """The thread pool, of this process."""
        if self._threads is None or self._pid != os.getpid():
            if self._threads is not None:  # of a parent process, as what they prepare
                self.records.open()
                self._begun -= self.batch_size * len(self._ahead)
                self._ahead.clear()
            self._threads = Threads(self.options["preprocess_threads"], "images")
            self._pid = os.getpid()
        return self._threads

    def close(self) -> None:
        """Prepare nothing more."""
        if self._threads is not None and self._pid == os.getpid():
            self._threads.stop()

    def _begin(self) -> bool:
        """Start to prepare a batch; False at the end of the epoch."""
        position = self._begun
        found = self._next_numbers()
        if found is None:
            return False
        numbers, pad, waiting = found
        data = np.empty((self.batch_size, *self.changes.data_shape), self.dtype)
        labels = np.full((self.batch_size, self.width), self.options["label_pad_value"], np.float32)
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
        label, wanted = np.ravel(label).astype(np.float32, copy=False), self.options["label_width"]
        if 0 <= wanted != len(label):
            raise MXNetError(f"{what}: {len(label)} labels, needs label_width={wanted}")
        draw = random.Random((self.options["seed_aug"] or 0) * 7368787 + place)
        label = self.changes(data, at, content, draw, what, label)
        labels[at, : len(label)] = label

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
                raise MXNetError(f"{self.name}: {error}") from error
        return SourceBatch(data, labels[:, 0] if self.width == 1 else labels, pad, ids)


def _mean(name: str, records: Records, numbers: range, changes: Preparation, values: tuple[float, ...]) -> Any:
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
    plain = changes.plain()
    for number in numbers:
        header, content = unpack(records.read(number))
        plain(one, 0, content, random.Random(0), f"{records.path}, record {number}", np.ravel(header.label))
        total += one[0]
    mean = (total / len(numbers)).astype(np.float32)
    nd.save(name, {"mean_img": nd.array(mean)})
    logging.info("wrote the mean of %d images to %s", len(numbers), name)
    return mean


COMMON = ("batch_size", "round_batch", "prefetch_buffer", "shuffle", "seed", "preprocess_threads", "label_width",
          "shuffle_chunk_size", "shuffle_chunk_seed")  # fmt: skip


def make(
    name: str, dtypes: tuple[str, ...], aug_seq: str, given: dict[str, Any],
    changes_of: Callable[..., Preparation], width_of: Callable[[Records, range, Any], int],
) -> MXDataIter:  # fmt: skip
    """An iterator over the images of a record file.

    Parameters
    ----------
    name : str
        For errors.
    dtypes : tuple of str
        Those that it can give, first the usual.
    aug_seq : str
        The only value of the parameter of that name.
    given : dict
        All parameters.
    changes_of : callable
        Makes a `Preparation` of those parameters that have not been taken, and `std`.
    width_of : callable
        How wide a row of labels in a batch is; from the records, which of them, and labels by number or None.

    Returns
    -------
    MXDataIter

    Raises
    ------
    MXNetError
        If parameters do not fit, or the file is damaged.
    """
    take = given.pop
    options = {key: take(key) for key in COMMON}
    options["seed_aug"] = given.pop("seed_aug", options["seed"])
    options["label_pad_value"] = given.pop("label_pad_value", 0.0)
    path, index, listed = (
        os.fspath(given.pop(key, "") or "") for key in ("path_imgrec", "path_imgidx", "path_imglist")
    )
    part, parts, asked = take("part_index"), take("num_parts"), take("dtype")
    names, mean_img, verbose = (take("data_name"), take("label_name")), take("mean_img"), take("verbose")
    mean, std = (tuple(float(take(f"{key}_{c}")) for c in "rgba") for key in ("mean", "std"))
    try:
        if not path:
            raise MXNetError("path_imgrec is missing")
        dtype = np.dtype(dtypes[0] if asked is None else asked).name
        if dtype not in dtypes:
            raise MXNetError(f"dtype is {asked!r}, it gives {' or '.join(dtypes)}")
        if (asked_seq := take("aug_seq")) != aug_seq:
            raise MXNetError(f"aug_seq is {asked_seq!r}, only {aug_seq!r} is there")
        for key, least in (("preprocess_threads", 1), ("prefetch_buffer", 0)):
            if options[key] < least:
                raise MXNetError(f"{key} is {options[key]}, needs at least {least}")
        if take("ctx") not in ("cpu", "gpu"):
            raise MXNetError("ctx needs to be 'cpu' or 'gpu'")
        if options["batch_size"] < 1 or not 0 <= part < parts:
            raise MXNetError(f"batch_size={options['batch_size']}, part_index={part}, num_parts={parts} do not fit")
        given["data_shape"] = tuple(int(n) for n in given["data_shape"])
        if len(given["data_shape"]) != 3:
            raise MXNetError(f"data_shape is {given['data_shape']}, needs (channels, height, width)")
        changes = changes_of(**given, std=std)
        records = Records(path, index)
        count = len(records)
        numbers = range(-(-count * part // parts), -(-count * (part + 1) // parts))
        if index:  # MXNet gives the first parts more, then, and goes by bytes otherwise
            each = -(-count // parts)
            numbers = range(min(each * part, count), min(each * (part + 1), count))
        if not numbers:
            raise MXNetError(f"{path} has {count} records, part {part} of {parts} is empty")
        labels = {item.number: item.labels for item in read_items(listed)} if listed else None
        width = width_of(records, numbers, labels)
        changes = dataclasses.replace(changes, mean=_mean(mean_img, records, numbers, changes, mean))
    except MXNetError as error:
        raise MXNetError(f"{name}: {error}") from error
    if verbose:
        logging.info("%s: %s, %d records, %d threads", name, path, len(numbers), options["preprocess_threads"])
    return MXDataIter(ImageSource(name, records, changes, labels, numbers, width, options, np.dtype(dtype)), *names)
