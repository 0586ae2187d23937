"""Sentences of different lengths as batches."""

from __future__ import annotations

import bisect
import random
import warnings

import numpy as np

from .. import ndarray
from ..base import MXNetError
from ..io import DataBatch, DataDesc, DataIter

__all__ = ["BucketSentenceIter", "encode_sentences"]


def encode_sentences(sentences, vocab=None, invalid_label=-1, invalid_key="\n", start_label=0, unknown_token=None):
    """Number the words of sentences.

    Parameters
    ----------
    sentences : list of lists of str
    vocab : dict of str to int, optional
        Numbers known before; new words are numbered only without it.
    invalid_label : int, default -1
        The number of `invalid_key`, which no other word gets.
    invalid_key : str, default '\\n'
    start_label : int, default 0
        The number of the first word.
    unknown_token : str, optional
        What words that are not in `vocab` count as.

    Returns
    -------
    sentences : list of lists of int
    vocab : dict of str to int

    Raises
    ------
    AssertionError
        If a word is not in `vocab`, and there is no `unknown_token`.

    Examples
    --------
    >>> encode_sentences([["a", "b"], ["b", "c"]])[0]
    [[0, 1], [1, 2]]
    """
    new = vocab is None
    vocab = {invalid_key: invalid_label} if vocab is None else vocab
    number, found = start_label, []
    for sentence in sentences:
        coded = []
        for word in sentence:
            if word not in vocab:
                assert new or unknown_token, f"Unknown token {word}"
                word = word if new else unknown_token
            if word not in vocab:
                number += number == invalid_label
                vocab[word] = number
                number += 1
            coded.append(vocab[word])
        found.append(coded)
    return found, vocab


class BucketSentenceIter(DataIter):
    """Batches of sentences of similar length, for language models: labels are the words that follow.

    Parameters
    ----------
    sentences : list of lists of int
        From `encode_sentences`.
    batch_size : int
    buckets : list of int, optional
        Lengths to which sentences are filled up; by default all that occur at least `batch_size` times.
    invalid_label : int, default -1
        What they are filled up with.
    data_name, label_name : str
    dtype : str, default 'float32'
    layout : {'NT', 'TN'}, default 'NT'

    Raises
    ------
    ValueError
        If `layout` is another.
    MXNetError
        If there are no buckets.

    Notes
    -----
    Sentences longer than all buckets are left out, with a warning.  `reset` shuffles by Python's and NumPy's random
    numbers.

    Examples
    --------
    >>> batches = BucketSentenceIter([[1, 2, 3], [4, 5], [6, 7, 8]], batch_size=2, buckets=[3])
    >>> batches.next().data[0].shape
    (2, 3)
    """

    def __init__(
        self,
        sentences,
        batch_size,
        buckets=None,
        invalid_label=-1,
        data_name="data",
        label_name="softmax_label",
        dtype="float32",
        layout="NT",
    ):
        super().__init__(batch_size)
        if layout not in ("NT", "TN"):
            raise ValueError(f"Invalid layout {layout}: Must by NT (batch major) or TN (time major)")
        lengths = [len(sentence) for sentence in sentences]
        if not buckets:
            buckets = [length for length, count in enumerate(np.bincount(lengths)) if count >= batch_size]
        if not buckets:
            raise MXNetError(f"BucketSentenceIter: no length occurs {batch_size} times (batch_size); give buckets")
        self.buckets = sorted(buckets)
        rows: list[list[np.ndarray]] = [[] for _ in self.buckets]
        for sentence in sentences:
            bucket = bisect.bisect_left(self.buckets, len(sentence))
            if bucket < len(self.buckets):
                row = np.full(self.buckets[bucket], invalid_label, dtype=dtype)
                row[: len(sentence)] = sentence
                rows[bucket].append(row)
        left_out = sum(length > self.buckets[-1] for length in lengths)
        if left_out:
            warnings.warn(f"discarded {left_out} sentences longer than the largest bucket.", stacklevel=2)
        self.data = [np.array(r, dtype=dtype).reshape(-1, n) for r, n in zip(rows, self.buckets)]
        self.batch_size, self.data_name, self.label_name = batch_size, data_name, label_name
        self.dtype, self.invalid_label, self.layout = dtype, invalid_label, layout
        self.major_axis = layout.find("N")
        self.default_bucket_key = max(self.buckets)
        self.provide_data = [self._describe(data_name, self.default_bucket_key)]
        self.provide_label = [self._describe(label_name, self.default_bucket_key)]
        self.idx = [
            (i, start)
            for i, numbers in enumerate(self.data)
            for start in range(0, len(numbers) - batch_size + 1, batch_size)
        ]
        self.reset()

    def _describe(self, name, length):
        shape = (self.batch_size, length) if self.major_axis == 0 else (length, self.batch_size)
        return DataDesc(name, shape, layout=self.layout)

    def reset(self):
        """Begin again, in another order."""
        self.curr_idx = 0
        random.shuffle(self.idx)
        self.nddata, self.ndlabel = [], []
        for rows in self.data:
            np.random.shuffle(rows)
            labels = np.full_like(rows, self.invalid_label)
            labels[:, :-1] = rows[:, 1:]
            self.nddata.append(ndarray.array(rows, dtype=self.dtype))
            self.ndlabel.append(ndarray.array(labels, dtype=self.dtype))

    def next(self):
        """The next batch; its `bucket_key` is the length of its sentences.

        Raises
        ------
        StopIteration
            At the end.
        """
        if self.curr_idx == len(self.idx):
            raise StopIteration
        bucket, start = self.idx[self.curr_idx]
        self.curr_idx += 1
        data, label = (x[bucket][start : start + self.batch_size] for x in (self.nddata, self.ndlabel))
        if self.major_axis == 1:
            data, label = data.T, label.T
        length = self.buckets[bucket]
        return DataBatch(
            [data],
            [label],
            pad=0,
            bucket_key=length,
            provide_data=[self._describe(self.data_name, length)],
            provide_label=[self._describe(self.label_name, length)],
        )
