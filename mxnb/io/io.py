"""The protocol of data iterators: `DataDesc`, `DataBatch`, `DataIter`, and `MXDataIter` over a source of arrays."""

from __future__ import annotations

import weakref
from collections import namedtuple
from typing import Any, NamedTuple, Protocol

import numpy as np

from .. import ndarray as nd

__all__ = ["DataBatch", "DataDesc", "DataIter", "MXDataIter"]


class DataDesc(namedtuple("DataDesc", ["name", "shape"])):
    """Name, shape, dtype and layout of one input.

    It is a pair ``(name, shape)``, equal to the bare tuple; dtype and layout are attributes beside it.

    Parameters
    ----------
    name : str
    shape : tuple of int
        The shape of a whole batch.
    dtype : dtype or str
        float32 by default.
    layout : str
        One letter per axis; N is the batch axis.

    Examples
    --------
    >>> DataDesc("data", (25, 10))
    DataDesc[data,(25, 10),<class 'numpy.float32'>,NCHW]
    """

    dtype: Any
    layout: str

    def __new__(cls, name: str, shape: tuple[int, ...], dtype: Any = np.float32, layout: str = "NCHW") -> DataDesc:
        desc = super().__new__(cls, name, shape)
        desc.dtype = dtype
        desc.layout = layout
        return desc

    def __repr__(self) -> str:
        return f"DataDesc[{self.name},{self.shape},{self.dtype},{self.layout}]"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.name, self.shape, self.dtype, self.layout

    @staticmethod
    def get_batch_axis(layout: str | None) -> int:
        """Return the position of ``N`` in a layout: 0 for None, -1 when the layout has no batch axis.

        Parameters
        ----------
        layout : str or None

        Returns
        -------
        int
        """
        return 0 if layout is None else layout.find("N")

    @staticmethod
    def get_list(shapes: list[tuple[str, tuple[int, ...]]], types: list[tuple[str, Any]] | None) -> list[DataDesc]:
        """Make descriptions of ``(name, shape)`` and, where given, ``(name, dtype)`` pairs.

        Parameters
        ----------
        shapes : list of (str, tuple of int)
        types : list of (str, dtype) or None

        Returns
        -------
        list of DataDesc
        """
        dtypes = dict(types or ())
        return [DataDesc(name, shape, dtypes.get(name, np.float32)) for name, shape in shapes]


class DataBatch:
    """One batch: input arrays, label arrays, and how many of its last samples are padding.

    Parameters
    ----------
    data : list of NDArray
    label : list of NDArray, optional
    pad : int, optional
        Number of samples at the end that only fill the batch.
    index : numpy.ndarray, shape (batch_size,), int, optional
        Positions of the samples in the data set.
    bucket_key : object, optional
        Which bucket of a `BucketingModule` serves this batch.
    provide_data, provide_label : list of DataDesc, optional
        Descriptions of this batch, where they differ from the iterator's.

    Raises
    ------
    AssertionError
        If `data` or `label` is neither a list nor a tuple.
    """

    def __init__(
        self,
        data: list[Any],
        label: list[Any] | None = None,
        pad: int | None = None,
        index: Any = None,
        bucket_key: Any = None,
        provide_data: list[DataDesc] | None = None,
        provide_label: list[DataDesc] | None = None,
    ) -> None:
        if data is not None and not isinstance(data, (list, tuple)):
            raise AssertionError(f"DataBatch: data needs a list of NDArrays, got {type(data).__name__}")
        if label is not None and not isinstance(label, (list, tuple)):
            raise AssertionError(f"DataBatch: label needs a list of NDArrays, got {type(label).__name__}")
        self.data = data
        self.label: Any = label
        self.pad: Any = pad
        self.index = index
        self.bucket_key = bucket_key
        self.provide_data = provide_data
        self.provide_label = provide_label

    def __str__(self) -> str:
        shapes = [array.shape for array in self.data]
        label_shapes = [array.shape for array in self.label] if self.label else None
        return f"{type(self).__name__}: data shapes: {shapes} label shapes: {label_shapes}"


class DataIter:
    """Base class of the iterators that give `DataBatch` objects.

    A subclass has ``provide_data`` and ``provide_label`` (lists of `DataDesc`), `reset`, and either its own `next` or
    the five methods that `next` is made of. An exhausted iterator stays exhausted until `reset`.

    Parameters
    ----------
    batch_size : int
    """

    def __init__(self, batch_size: int = 0) -> None:
        self.batch_size = batch_size

    def __iter__(self) -> DataIter:
        return self

    def __next__(self) -> DataBatch:
        return self.next()

    def reset(self) -> None:
        """Go back to the first batch."""

    def next(self) -> DataBatch:
        """Return the next batch.

        Returns
        -------
        DataBatch

        Raises
        ------
        StopIteration
            At the end of the data.
        """
        if not self.iter_next():
            raise StopIteration
        return DataBatch(self.getdata(), self.getlabel(), self.getpad(), self.getindex())

    def iter_next(self) -> bool:
        """Move to the next batch; False at the end."""
        raise NotImplementedError(f"{type(self).__name__} needs iter_next() or its own next()")

    def getdata(self) -> list[Any]:
        """Return the inputs of the current batch, a list of NDArray."""
        raise NotImplementedError(f"{type(self).__name__} needs getdata() or its own next()")

    def getlabel(self) -> list[Any]:
        """Return the labels of the current batch, a list of NDArray."""
        raise NotImplementedError(f"{type(self).__name__} needs getlabel() or its own next()")

    def getindex(self) -> Any:
        """Return the positions of the current batch's samples in the data set, or None."""
        return None

    def getpad(self) -> int:
        """Return how many samples at the end of the current batch are padding."""
        raise NotImplementedError(f"{type(self).__name__} needs getpad() or its own next()")


class SourceBatch(NamedTuple):
    """What a `Source` gives: arrays of one batch, number of padding samples, positions of the samples."""

    data: np.ndarray
    label: np.ndarray
    pad: int
    index: np.ndarray  # type: ignore[assignment]  # hides the method of tuples, as a DataBatch does not have it


class Source(Protocol):
    """Where an `MXDataIter` takes its batches from."""

    def reset(self) -> None:
        """Go back to the first batch."""

    def read(self) -> SourceBatch | None:
        """Return the next batch, None at the end."""

    def close(self) -> None:
        """Do nothing more, as nobody has the iterator any longer."""


class MXDataIter(DataIter):
    """The iterator that `MNISTIter` and the other file iterators return: one input and one label per batch.

    Parameters
    ----------
    handle : Source
        Gives the batches as NumPy arrays.
    data_name, label_name : str
        Names of the input and of the label.
    **_
        Other keywords are accepted and have no effect, as the parameters of the source have been read before.
    """

    def __init__(self, handle: Source, data_name: str = "data", label_name: str = "softmax_label", **_: Any) -> None:
        super().__init__()
        self.handle = handle
        weakref.finalize(self, handle.close)
        self._repeat_first = False
        self._batch: DataBatch | None = None
        # Shapes are known from the first batch; reading it early also reports a bad source at construction.
        self.first_batch = self._read()
        if self.first_batch is None:
            self.provide_data = self.provide_label = []
            return
        data, label = self.first_batch.data[0], self.first_batch.label[0]
        self.provide_data = [DataDesc(data_name, data.shape, data.dtype)]
        self.provide_label = [DataDesc(label_name, label.shape, label.dtype)]
        self.batch_size = data.shape[0]

    def _read(self) -> DataBatch | None:
        batch: Any = self.handle.read()
        if batch is None:
            return None
        arrays = [nd.array(array, dtype=array.dtype) for array in (batch.data, batch.label)]
        return DataBatch(arrays[:1], arrays[1:], batch.pad, batch.index)

    def debug_skip_load(self) -> None:
        """From now on give the first batch again and again, to measure a program without its data loading."""
        self._repeat_first = True

    def reset(self) -> None:
        """Go back to the first batch."""
        self._batch = None
        self.first_batch = None
        self.handle.reset()

    def iter_next(self) -> bool:
        """Move to the next batch; False at the end."""
        if self._repeat_first and self._batch is not None:
            return True
        self._batch, self.first_batch = self.first_batch or self._read(), None
        return self._batch is not None

    def _current(self) -> DataBatch:
        if self._batch is None:
            raise AssertionError("MXDataIter: no current batch; call next() or reset() first")
        return self._batch

    def getdata(self) -> Any:
        """Return the input of the current batch (an NDArray, not a list)."""
        return self._current().data[0]

    def getlabel(self) -> Any:
        """Return the label of the current batch (an NDArray, not a list)."""
        return self._current().label[0]

    def getpad(self) -> int:
        """Return how many samples at the end of the current batch are padding."""
        return self._current().pad

    def getindex(self) -> np.ndarray:
        """Return the positions of the current batch's samples in the data set."""
        return self._current().index

    def next(self) -> DataBatch:
        """Return the next batch; raise StopIteration at the end."""
        if not self.iter_next():
            raise StopIteration
        return self._current()
