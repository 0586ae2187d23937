"""DataLoader: batches of a dataset, made ahead of time by worker processes or threads."""

from __future__ import annotations

import collections
import concurrent.futures
import weakref

import numpy as np

from ... import ndarray
from ...base import MXNetError
from ...context import cpu_pinned
from .sampler import BatchSampler, RandomSampler, SequentialSampler
from .workers import WorkerPool

__all__ = ["DataLoader", "default_batchify_fn", "default_mp_batchify_fn"]


def default_batchify_fn(data):
    """Stack samples to a batch: arrays to one array, tuples (or lists) element by element to a list.

    Parameters
    ----------
    data : list
        Samples of one structure.

    Returns
    -------
    NDArray or list
        Dtypes are kept: NumPy's for numbers.

    Raises
    ------
    MXNetError
        For samples that are no numbers or arrays, or whose shapes differ.

    Examples
    --------
    >>> import mxnb as mx
    >>> x, y = mx.gluon.data.dataloader.default_batchify_fn([([1.0, 2.0], 0), ([3.0, 4.0], 1)])
    >>> y.dtype
    <class 'numpy.int64'>
    """
    first = data[0]
    if isinstance(first, ndarray.NDArray):
        return ndarray.stack(*data, num_args=len(data), axis=0)
    if isinstance(first, (tuple, list)):
        return [default_batchify_fn(list(column)) for column in zip(*data)]
    return _to_ndarray(_stack(data))


def default_mp_batchify_fn(data):
    """`default_batchify_fn` for worker processes: it leaves NDArray operators alone, which need no second pool.

    Parameters
    ----------
    data : list
        Samples of one structure.

    Returns
    -------
    NDArray or list
    """
    first = data[0]
    if isinstance(first, (tuple, list)):
        return [default_mp_batchify_fn(list(column)) for column in zip(*data)]
    if isinstance(first, ndarray.NDArray):
        data = [sample.asnumpy() for sample in data]
    return _to_ndarray(_stack(data))


def _stack(data):
    try:
        batch = np.asarray(data)
    except ValueError:
        batch = None
    if batch is None or batch.dtype.kind not in "biuf":
        shapes = sorted({str(np.shape(sample)) for sample in data if isinstance(sample, np.ndarray)})
        what = f"arrays of shapes {', '.join(shapes)}" if len(shapes) > 1 else f"samples of type {type(data[0])}"
        raise MXNetError(f"DataLoader: cannot stack {what} to a batch; give a batchify_fn or transform the dataset")
    return batch


def _to_ndarray(batch):
    return ndarray.array(batch, dtype=batch.dtype)


class _ThreadPool:
    """The interface of `WorkerPool` on threads of this process."""

    def __init__(self, dataset, batchify, num_workers):
        self._make = lambda indices: batchify([dataset[i] for i in indices])
        self._executor = concurrent.futures.ThreadPoolExecutor(num_workers, thread_name_prefix="mxnb-loader")
        self.close = weakref.finalize(self, self._executor.shutdown, wait=False, cancel_futures=True)

    def submit(self, indices):
        return self._executor.submit(self._make, indices)

    def result(self, task, timeout):
        try:
            return task.result(timeout)
        except concurrent.futures.TimeoutError as error:
            if task.done():
                raise  # the dataset itself raised it
            raise MXNetError(f"DataLoader: no batch from a thread within {timeout} s; raise timeout=") from error

    def forget(self, tasks):
        for task in tasks:
            task.cancel()


class _Prefetched:
    """One pass over the batches, `prefetch` of which are under way at any time."""

    def __init__(self, pool, batch_sampler, prefetch, timeout):
        self._pool, self._timeout = pool, timeout
        self._indices = iter(batch_sampler)
        self._tasks: collections.deque = collections.deque()
        for _ in range(prefetch):
            self._submit()
        # When the loop over it is left early, batches under way are nobody's.
        self._finalizer = weakref.finalize(self, pool.forget, self._tasks)

    def _submit(self):
        indices = next(self._indices, None)
        if indices is not None:
            self._tasks.append(self._pool.submit(indices))

    def __iter__(self):
        return self

    def __next__(self):
        if not self._tasks:
            self._submit()  # with prefetch=0 a batch is asked for when it is needed
        if not self._tasks:
            raise StopIteration
        try:
            batch = self._pool.result(self._tasks[0], self._timeout)
        finally:
            self._tasks.popleft()
        self._submit()
        return batch


class DataLoader:
    """Iterates over a dataset in batches; each ``for`` loop is a new pass.

    Parameters
    ----------
    dataset : Dataset
        Anything with ``__getitem__`` and ``__len__``, arrays included.
    batch_size : int, optional
        Needed unless `batch_sampler` is given.
    shuffle : bool, default False
        Whether to draw a new order (from ``numpy.random``) at each pass.
    sampler : Sampler, optional
        The order of samples; not with `shuffle`.
    last_batch : {'keep', 'discard', 'rollover'}, default 'keep'
        What happens with samples that do not fill a batch; see `BatchSampler`.
    batch_sampler : Sampler, optional
        Yields lists of indices; replaces the four parameters above.
    batchify_fn : callable, optional
        Makes a batch of a list of samples; `default_batchify_fn` by default.
    num_workers : int, default 0
        Processes (or threads) that make batches ahead of time; 0: made here, when asked for.
    pin_memory : bool, default False
        Whether batches are put into pinned memory, ``cpu_pinned(pin_device_id)``.
    pin_device_id : int, default 0
    prefetch : int, optional
        Batches that workers make ahead; ``2 * num_workers`` by default.
    thread_pool : bool, default False
        Threads, not processes: no start-up cost; good when the dataset releases the interpreter lock.
    timeout : float, default 120
        Seconds to wait for a batch of a worker.
    auto_reload : bool, default False
        Whether the next pass is prepared as soon as one has ended.

    Raises
    ------
    ValueError
        If the parameters contradict each other.

    Notes
    -----
    Workers are forked (on Linux) at the first pass, from the program as it is then, and live as long as the loader.
    Each has its own random seed. Changes to the dataset after that do not reach them.

    Examples
    --------
    >>> import mxnb as mx
    >>> loader = mx.gluon.data.DataLoader([0, 1, 2, 3, 4], batch_size=2)
    >>> [batch.asnumpy().tolist() for batch in loader]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset,
        batch_size=None,
        shuffle=False,
        sampler=None,
        last_batch=None,
        batch_sampler=None,
        batchify_fn=None,
        num_workers=0,
        pin_memory=False,
        pin_device_id=0,
        prefetch=None,
        thread_pool=False,
        timeout=120,
        auto_reload=False,
    ):
        assert timeout > 0, f"timeout must be positive, given {timeout}"
        if batch_sampler is None:
            if batch_size is None:
                raise ValueError("batch_size must be specified unless batch_sampler is specified")
            if sampler is None:
                sampler = RandomSampler(len(dataset)) if shuffle else SequentialSampler(len(dataset))
            elif shuffle:
                raise ValueError("shuffle must not be specified if sampler is specified")
            batch_sampler = BatchSampler(sampler, batch_size, last_batch or "keep")
        elif batch_size is not None or shuffle or sampler is not None or last_batch is not None:
            raise ValueError(
                "batch_size, shuffle, sampler and last_batch must not be specified if batch_sampler is specified."
            )
        self._dataset, self._batch_sampler = dataset, batch_sampler
        self._pin_memory, self._pin_device_id = pin_memory, pin_device_id
        self._num_workers = max(0, num_workers)
        self._prefetch = 2 * self._num_workers if prefetch is None else max(0, int(prefetch))
        self._thread_pool, self._timeout = thread_pool, timeout
        if batchify_fn is None:
            processes = self._num_workers > 0 and not thread_pool
            batchify_fn = default_mp_batchify_fn if processes else default_batchify_fn
        self._batchify_fn = batchify_fn
        self.auto_reload = auto_reload
        self._pool = None
        self._ready = None  # the pass that refresh() started
        if auto_reload:
            self.refresh()

    def __len__(self):
        return len(self._batch_sampler)

    def __iter__(self):
        if self._num_workers == 0:
            batches = (self._batchify_fn([self._dataset[i] for i in indices]) for indices in self._batch_sampler)
        else:
            batches, self._ready = self._ready or self._start(), None
        for batch in batches:
            yield self._pinned(batch) if self._pin_memory else batch
        if self.auto_reload:
            self.refresh()

    def _start(self):
        if self._pool is None or not self._pool.close.alive:
            pool = _ThreadPool if self._thread_pool else WorkerPool
            self._pool = pool(self._dataset, self._batchify_fn, self._num_workers)
        return _Prefetched(self._pool, self._batch_sampler, self._prefetch, self._timeout)

    def refresh(self):
        """Begin to prepare the next pass now, before it is asked for; without workers nothing happens."""
        if self._num_workers > 0:
            self._ready = self._start()

    def clean(self):
        """Throw away the pass that `refresh` (or `auto_reload`) prepared, and end the workers."""
        self._ready = None
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _pinned(self, batch):
        if isinstance(batch, (list, tuple)):
            return type(batch)(self._pinned(item) for item in batch)
        if isinstance(batch, ndarray.NDArray):
            return batch.as_in_context(cpu_pinned(self._pin_device_id))
        return batch
