"""`NDArrayIter`: batches out of arrays in memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ndarray as nd
from ..base import MXNetError
from .io import DataDesc, DataIter

__all__ = ["NDArrayIter"]

LAST_BATCH = ("pad", "discard", "roll_over")


class NDArrayIter(DataIter):
    """Iterate over NDArrays or NumPy arrays, whose first axis is the sample.

    Parameters
    ----------
    data : NDArray or numpy.ndarray, shape (samples, ...); list or dict of them
        The inputs. One array is named `data_name`; several in a list are named ``_0_data``, ``_1_data``, …; a dict
        names them itself and is sorted by name. NumPy arrays become float32, NDArrays keep their dtype. An h5py
        dataset is read into memory.
    label : like `data`, optional
        The labels.
    batch_size : int
    shuffle : bool
        Draw a new order, with ``numpy.random``, at the start and at each `reset`.
    last_batch_handle : {"pad", "discard", "roll_over"}
        What becomes of the last samples when they do not fill a batch: filled up with samples from the start (the
        batch's ``pad`` says how many), left out, or kept as the beginning of the next epoch.
    data_name, label_name : str
        Names of a single input and a single label.
    layout : str
        Layout of the descriptions in ``provide_data`` and ``provide_label``.

    Raises
    ------
    MXNetError
        If the arrays have different numbers of samples, or `last_batch_handle` or `batch_size` is not allowed.
    TypeError
        If something is not an array.

    Examples
    --------
    >>> import numpy as np
    >>> it = NDArrayIter(np.arange(10).reshape(5, 2), np.arange(5), batch_size=2)
    >>> [(batch.label[0].asnumpy().tolist(), batch.pad) for batch in it]
    [([0.0, 1.0], 0), ([2.0, 3.0], 0), ([4.0, 0.0], 1)]
    """

    def __init__(
        self,
        data: Any,
        label: Any = None,
        batch_size: int = 1,
        shuffle: bool = False,
        last_batch_handle: str = "pad",
        data_name: str = "data",
        label_name: str = "softmax_label",
        layout: str = "NCHW",
    ) -> None:
        super().__init__(batch_size)
        if batch_size < 1:
            raise MXNetError(f"NDArrayIter: batch_size is {batch_size}, needs at least 1")
        if last_batch_handle not in LAST_BATCH:
            raise MXNetError(f"NDArrayIter: last_batch_handle is {last_batch_handle!r}, needs one of {LAST_BATCH}")
        self.data = _named_arrays(data, data_name, allow_empty=False)
        self.label = _named_arrays(label, label_name, allow_empty=True)
        self.data_list = [array for _, array in self.data + self.label]
        self.num_source = len(self.data_list)
        self.num_data = self.data_list[0].shape[0]
        for name, array in self.data + self.label:
            if array.shape[0] != self.num_data:
                raise MXNetError(
                    f"NDArrayIter: {name} has {array.shape[0]} samples, {self.data[0][0]} has {self.num_data}"
                )
        self.shuffle = shuffle
        self.last_batch_handle = last_batch_handle
        self.layout = layout
        self.idx = np.arange(self.num_data)
        self._order = self.idx.copy()
        self._rolled_over = self._order[:0]
        self.cursor = -batch_size
        self._shuffle()

    @property
    def provide_data(self) -> list[DataDesc]:
        """Names, batch shapes and dtypes of the inputs."""
        return self._describe(self.data)

    @property
    def provide_label(self) -> list[DataDesc]:
        """Names, batch shapes and dtypes of the labels."""
        return self._describe(self.label)

    def _describe(self, arrays: list[tuple[str, Any]]) -> list[DataDesc]:
        return [DataDesc(name, (self.batch_size, *a.shape[1:]), a.dtype, self.layout) for name, a in arrays]

    def _shuffle(self) -> None:
        if self.shuffle:
            # MXNet shuffles the samples themselves by the shuffled positions; so does this, for the same epochs.
            np.random.shuffle(self.idx)
            self._order = self._order[self.idx]

    def hard_reset(self) -> None:
        """Go back to the first sample, also under ``roll_over``."""
        self._rolled_over = self._order[:0]
        self.cursor = -self.batch_size
        self._shuffle()

    def reset(self) -> None:
        """Start the next epoch; under ``roll_over`` it begins with the samples that filled no batch before."""
        left = self.num_data - self.cursor
        exhausted = left < self.batch_size
        self._rolled_over = self._order[:0]
        if self.last_batch_handle == "roll_over" and exhausted and left > 0:
            self._rolled_over = self._order[self.cursor :]
        self.cursor = -self.batch_size - len(self._rolled_over)
        self._shuffle()

    def iter_next(self) -> bool:
        """Move to the next batch; False at the end."""
        if not self._is_batch():
            return False
        self.cursor += self.batch_size
        return self._is_batch()

    def _is_batch(self) -> bool:
        if self.last_batch_handle == "pad":
            return self.cursor < self.num_data
        return self.cursor + self.batch_size <= self.num_data

    def getindex(self) -> None:
        """Return None: batches of this iterator carry no sample positions."""
        return None

    def getpad(self) -> int:
        """Return how many samples of the current batch come from beyond the end of the data."""
        if self.last_batch_handle == "roll_over" and -self.batch_size < self.cursor < 0:
            return -self.cursor
        if self.last_batch_handle == "pad":
            return max(0, self.cursor + self.batch_size - self.num_data)
        return 0

    def getdata(self) -> list[Any]:
        """Return the inputs of the current batch."""
        return self._batch_of(self.data)

    def getlabel(self) -> list[Any]:
        """Return the labels of the current batch."""
        return self._batch_of(self.label)

    def _batch_of(self, arrays: list[tuple[str, Any]]) -> list[Any]:
        if self.cursor <= -self.batch_size or self.cursor >= self.num_data:
            raise AssertionError("NDArrayIter: no current batch; call next() or reset() first")
        begin, end = self.cursor, self.cursor + self.batch_size
        if begin >= 0 and end <= self.num_data and not self.shuffle:
            return [array[begin:end].copy() for _, array in arrays]
        if begin < 0:
            order = np.concatenate([self._rolled_over, self._order[:end]])
        else:
            order = self._order[np.arange(begin, end) % self.num_data]
        return [nd.take(array, nd.array(order, ctx=array.context, dtype="int64")) for _, array in arrays]


def _named_arrays(source: Any, default_name: str, allow_empty: bool) -> list[tuple[str, Any]]:
    """Return ``(name, NDArray)`` pairs for what a user may give as data or label."""
    if source is None:
        source = []
    elif _is_array(source):
        source = [source]
    if isinstance(source, (list, tuple)):
        many = len(source) > 1
        named = [(f"_{i}_{default_name}" if many else default_name, array) for i, array in enumerate(source)]
    elif isinstance(source, dict):
        named = sorted(source.items())
    else:
        raise TypeError(
            f"NDArrayIter: {default_name} needs an NDArray, a numpy.ndarray, an h5py dataset, or a list or dict of "
            f"them, got {type(source).__name__}"
        )
    if not named and not allow_empty:
        raise AssertionError(f"NDArrayIter: {default_name} is empty")
    return [(name, _to_ndarray(name, array)) for name, array in named]


def _is_array(value: Any) -> bool:
    return isinstance(value, (nd.NDArray, np.ndarray)) or type(value).__module__.startswith("h5py")


def _to_ndarray(name: str, value: Any) -> Any:
    if isinstance(value, nd.NDArray):
        return value
    try:
        array = nd.array(value[:] if _is_array(value) else np.asarray(value, dtype=np.float32))
    except (TypeError, ValueError) as error:
        raise TypeError(f"NDArrayIter: {name} needs an array, got {type(value).__name__}") from error
    if array.ndim == 0:
        raise TypeError(f"NDArrayIter: {name} needs an array with a sample axis, got {value!r}")
    return array
