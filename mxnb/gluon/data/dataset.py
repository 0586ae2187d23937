"""Datasets: sequences of samples that a DataLoader can address by index."""

from __future__ import annotations

from ...ndarray import NDArray
from .sampler import Sampler

__all__ = ["ArrayDataset", "Dataset", "SimpleDataset"]


class Dataset:
    """Abstract sequence of samples; subclasses define ``__getitem__`` and ``__len__``.

    A sample is one object, or a tuple of objects such as ``(image, label)``.
    """

    def __getitem__(self, idx):
        raise NotImplementedError(f"{type(self).__name__} does not define __getitem__")

    def __len__(self):
        raise NotImplementedError(f"{type(self).__name__} does not define __len__")

    def filter(self, fn):
        """Keep the samples for which ``fn(sample)`` is true. `fn` runs now, once for every sample.

        Parameters
        ----------
        fn : callable
            Called with each sample (one argument, also when the sample is a tuple).

        Returns
        -------
        Dataset
            The selected samples, in order.

        Examples
        --------
        >>> even = SimpleDataset(range(5)).filter(lambda x: x % 2 == 0)
        >>> list(even)
        [0, 2, 4]
        """
        return _SampledDataset(self, [i for i in range(len(self)) if fn(self[i])])

    def shard(self, num_shards, index):
        """The `index`-th of `num_shards` consecutive parts; the first parts are one longer where it does not divide.

        Parameters
        ----------
        num_shards : int
            The number of parts, positive.
        index : int
            Which part, from 0 to ``num_shards - 1``.

        Returns
        -------
        Dataset

        Examples
        --------
        >>> [len(SimpleDataset(range(10)).shard(3, i)) for i in range(3)]
        [4, 3, 3]
        """
        assert 0 <= index < num_shards, f"Shard index of out bound: {index} out of {num_shards}"
        size, extra = divmod(len(self), num_shards)
        start = size * index + min(index, extra)
        return _SampledDataset(self, range(start, start + size + (index < extra)))

    def take(self, count):
        """The first `count` samples, or all of them when `count` is None or larger than the dataset.

        Parameters
        ----------
        count : int or None

        Returns
        -------
        Dataset

        Examples
        --------
        >>> list(SimpleDataset(range(5)).take(2))
        [0, 1]
        """
        if count is not None and count < 0:
            raise ValueError(f"Dataset.take: count must be at least 0, got {count}")
        return _SampledDataset(self, range(len(self) if count is None else min(count, len(self))))

    def sample(self, sampler):
        """The samples whose indices `sampler` yields, in its order (drawn once, now).

        Parameters
        ----------
        sampler : Sampler

        Returns
        -------
        Dataset

        Raises
        ------
        TypeError
            If `sampler` is no ``gluon.data.Sampler``.

        Examples
        --------
        >>> import mxnb as mx
        >>> list(SimpleDataset("abcd").sample(mx.gluon.data.SequentialSampler(2, start=1)))
        ['b', 'c']
        """
        if not isinstance(sampler, Sampler):
            raise TypeError(f"Invalid sampler type: {type(sampler)}. Expected gluon.data.Sampler instead.")
        return _SampledDataset(self, list(sampler))

    def transform(self, fn, lazy=True):
        """Apply `fn` to every sample; a tuple sample is passed as separate arguments.

        Parameters
        ----------
        fn : callable
            ``fn(x)``, or ``fn(*sample)`` for tuple samples.
        lazy : bool, default True
            True: `fn` runs at each access, so random augmentation differs from epoch to epoch.
            False: it runs now, once, and all results are kept in memory.

        Returns
        -------
        Dataset

        Examples
        --------
        >>> list(SimpleDataset(range(3)).transform(lambda x: x * x))
        [0, 1, 4]
        """
        transformed = _LazyTransformDataset(self, fn)
        return transformed if lazy else SimpleDataset([transformed[i] for i in range(len(transformed))])

    def transform_first(self, fn, lazy=True):
        """Apply `fn` to the first element of every sample (the image of ``(image, label)``); see `transform`.

        Parameters
        ----------
        fn : callable
        lazy : bool, default True

        Returns
        -------
        Dataset

        Examples
        --------
        >>> SimpleDataset([(2, "two")]).transform_first(lambda x: -x)[0]
        (-2, 'two')
        """
        return self.transform(_TransformFirst(fn), lazy)


class SimpleDataset(Dataset):
    """A dataset over anything with ``__getitem__`` and ``__len__``, such as a list.

    Parameters
    ----------
    data : sequence

    Examples
    --------
    >>> SimpleDataset([10, 20])[1]
    20
    """

    def __init__(self, data):
        self._data = data

    def __len__(self):
        return len(self._data)

    def __getitem__(self, idx):
        return self._data[idx]


class ArrayDataset(Dataset):
    """Zip arrays (or datasets, lists) of one length: sample i is ``(args[0][i], args[1][i], …)``.

    With a single array a sample is its element itself, not a tuple. A one-dimensional NDArray is kept as NumPy, so
    that labels come as plain numbers.

    Parameters
    ----------
    *args : NDArray, numpy.ndarray or sequence
        One or more, all of the same length.

    Raises
    ------
    AssertionError
        If there is no array, or if lengths differ.

    Examples
    --------
    >>> ArrayDataset([1, 2, 3], ["a", "b", "c"])[1]
    (2, 'b')
    """

    def __init__(self, *args):
        assert args, "Needs at least 1 arrays"
        self._length = len(args[0])
        self._data = []
        for i, data in enumerate(args):
            assert len(data) == self._length, (
                "All arrays must have the same length; "
                f"array[0] has length {self._length} while array[{i}] has {len(data)}."
            )
            self._data.append(data.asnumpy() if isinstance(data, NDArray) and len(data.shape) == 1 else data)

    def __getitem__(self, idx):
        if len(self._data) == 1:
            return self._data[0][idx]
        return tuple(data[idx] for data in self._data)

    def __len__(self):
        return self._length


class _SampledDataset(Dataset):
    """The samples of `dataset` at `indices`."""

    def __init__(self, dataset, indices):
        self._dataset, self._indices = dataset, indices

    def __len__(self):
        return len(self._indices)

    def __getitem__(self, idx):
        return self._dataset[self._indices[idx]]


class _LazyTransformDataset(Dataset):
    """`fn` of every sample of `dataset`, computed at access."""

    def __init__(self, dataset, fn):
        self._dataset, self._fn = dataset, fn

    def __len__(self):
        return len(self._dataset)

    def __getitem__(self, idx):
        item = self._dataset[idx]
        return self._fn(*item) if isinstance(item, tuple) else self._fn(item)


class _TransformFirst:
    """A class, not a closure, so that datasets can be sent to spawned workers."""

    def __init__(self, fn):
        self._fn = fn

    def __call__(self, first, *rest):
        return (self._fn(first), *rest) if rest else self._fn(first)
