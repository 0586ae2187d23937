"""Iterators around iterators: `ResizeIter` and `PrefetchingIter`."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ..base import MXNetError
from .io import DataBatch, DataDesc, DataIter

__all__ = ["PrefetchingIter", "ResizeIter"]


class ResizeIter(DataIter):
    """Give a fixed number of batches per epoch, starting the inner iterator again when it ends early.

    Parameters
    ----------
    data_iter : DataIter
    size : int
        Batches per epoch.
    reset_internal : bool
        Whether `reset` also resets `data_iter`; otherwise the next epoch continues where this one stopped.
    """

    def __init__(self, data_iter: Any, size: int, reset_internal: bool = True) -> None:
        super().__init__(data_iter.batch_size)
        self.data_iter = data_iter
        self.size = size
        self.reset_internal = reset_internal
        self.cur = 0
        self.current_batch: Any = None
        self.provide_data = data_iter.provide_data
        self.provide_label = data_iter.provide_label
        if hasattr(data_iter, "default_bucket_key"):
            self.default_bucket_key = data_iter.default_bucket_key

    def reset(self) -> None:
        """Start the next epoch."""
        self.cur = 0
        if self.reset_internal:
            self.data_iter.reset()

    def iter_next(self) -> bool:
        """Move to the next batch; False at the end."""
        if self.cur == self.size:
            return False
        try:
            self.current_batch = self.data_iter.next()
        except StopIteration:
            self.data_iter.reset()
            self.current_batch = self.data_iter.next()
        self.cur += 1
        return True

    def next(self) -> DataBatch:
        """Return the next batch of the inner iterator; raise StopIteration at the end."""
        if not self.iter_next():
            raise StopIteration
        return self.current_batch

    def getdata(self) -> list[Any]:
        """Return the inputs of the current batch."""
        return self.current_batch.data

    def getlabel(self) -> list[Any]:
        """Return the labels of the current batch."""
        return self.current_batch.label

    def getindex(self) -> Any:
        """Return the positions of the current batch's samples."""
        return self.current_batch.index

    def getpad(self) -> int:
        """Return how many samples of the current batch are padding."""
        return self.current_batch.pad


def _next_or_none(data_iter: Any) -> DataBatch | None:
    try:
        return data_iter.next()
    except StopIteration:
        return None


class PrefetchingIter(DataIter):
    """Read the next batch in the background while the program works on the current one.

    Several iterators are read side by side and their batches joined into one.

    Parameters
    ----------
    iters : DataIter or list of DataIter
    rename_data, rename_label : list of dict, optional
        New names of inputs and labels, one dict per iterator.

    Raises
    ------
    MXNetError
        While iterating, if one iterator ends before another or their paddings differ. An exception of an inner
        iterator is raised here.

    Examples
    --------
    >>> import numpy as np
    >>> from mxnb.io import NDArrayIter
    >>> it = PrefetchingIter(NDArrayIter(np.zeros((4, 2)), batch_size=2))
    >>> len(list(it))
    2
    """

    def __init__(
        self,
        iters: Any,
        rename_data: list[dict[str, str]] | None = None,
        rename_label: list[dict[str, str]] | None = None,
    ) -> None:
        self.iters = list(iters) if isinstance(iters, (list, tuple)) else [iters]
        self.n_iter = len(self.iters)
        if not self.iters:
            raise MXNetError("PrefetchingIter: iters is empty, needs at least one iterator")
        for name, renaming in (("rename_data", rename_data), ("rename_label", rename_label)):
            if renaming is not None and len(renaming) != self.n_iter:
                raise MXNetError(f"PrefetchingIter: {name} has {len(renaming)} entries for {self.n_iter} iterators")
        self.rename_data = rename_data
        self.rename_label = rename_label
        super().__init__(self.provide_data[0][1][0])
        self.current_batch: Any = None
        # A task is one call of next(), so nothing is left waiting when the program ends or drops this object.
        self._pool = ThreadPoolExecutor(self.n_iter, thread_name_prefix="prefetch")
        self._pending: list[Future[DataBatch | None]] = []
        self._prefetch()

    def __del__(self) -> None:
        pool = getattr(self, "_pool", None)
        if pool is not None:
            pool.shutdown(wait=False)

    def _prefetch(self) -> None:
        self._pending = [self._pool.submit(_next_or_none, data_iter) for data_iter in self.iters]

    @property
    def provide_data(self) -> list[DataDesc]:
        """Names, batch shapes and dtypes of all inputs."""
        return _renamed([it.provide_data for it in self.iters], self.rename_data)

    @property
    def provide_label(self) -> list[DataDesc]:
        """Names, batch shapes and dtypes of all labels."""
        return _renamed([it.provide_label for it in self.iters], self.rename_label)

    def reset(self) -> None:
        """Start the next epoch of all iterators."""
        for future in self._pending:
            future.exception()  # waits; an error of a batch that nobody will see is of no interest
        for data_iter in self.iters:
            data_iter.reset()
        self._prefetch()

    def iter_next(self) -> bool:
        """Move to the next batch; False at the end."""
        batches: list[Any] = [future.result() for future in self._pending]
        ended = [batch is None for batch in batches]
        if all(ended):
            return False
        if any(ended):
            raise MXNetError("PrefetchingIter: iterators have different numbers of batches")
        if len({batch.pad for batch in batches}) > 1:
            raise MXNetError(f"PrefetchingIter: paddings differ: {[batch.pad for batch in batches]}")
        self._prefetch()
        self.current_batch = DataBatch(
            [array for batch in batches for array in batch.data],
            [array for batch in batches for array in batch.label or ()],
            batches[0].pad,
            batches[0].index,
            provide_data=self.provide_data,
            provide_label=self.provide_label,
        )
        return True

    def next(self) -> DataBatch:
        """Return the next joined batch; raise StopIteration at the end."""
        if not self.iter_next():
            raise StopIteration
        return self.current_batch

    def getdata(self) -> list[Any]:
        """Return the inputs of the current batch."""
        return self.current_batch.data

    def getlabel(self) -> list[Any]:
        """Return the labels of the current batch."""
        return self.current_batch.label

    def getindex(self) -> Any:
        """Return the positions of the current batch's samples."""
        return self.current_batch.index

    def getpad(self) -> int:
        """Return how many samples of the current batch are padding."""
        return self.current_batch.pad


def _renamed(provided: list[list[Any]], renaming: list[dict[str, str]] | None) -> list[DataDesc]:
    found = []
    for i, descriptions in enumerate(provided):
        names = renaming[i] if renaming is not None else {}
        for desc in descriptions:
            desc = desc if isinstance(desc, DataDesc) else DataDesc(*desc)
            found.append(DataDesc(names.get(desc.name, desc.name), desc.shape, desc.dtype, desc.layout))
    return found
