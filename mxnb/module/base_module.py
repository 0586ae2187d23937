"""`BaseModule`: training, evaluation and prediction by means of a few methods that the kinds of modules define."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import io, metric, model
from .. import ndarray as nd
from ..base import MXNetError
from .interface import DEFAULT_INITIALIZER, DEFAULT_OPTIMIZER_PARAMS, Interface

__all__ = ["BaseModule", "as_list", "check_names", "parse_descriptions"]


def as_list(value: Any) -> list[Any]:
    """Return a list or tuple as a list, None as an empty one, anything else as a list of it."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def check_names(symbol: Any, names: list[str], what: str, throw: bool) -> None:
    """Check that a symbol has arguments of these names; warn or raise ValueError if not."""
    arguments = symbol.list_arguments()
    for name in names:
        if name not in arguments:
            suffixes = ("_weight", "_bias", "_gamma", "_beta")
            candidates = [argument for argument in arguments if not argument.endswith(suffixes)]
            text = f"Module: {what}={names}, but the symbol has no argument {name!r}; it has {', '.join(candidates)}"
            if throw:
                raise ValueError(text)
            warnings.warn(text, stacklevel=4)


def parse_descriptions(
    data_names: list[str], label_names: list[str], data_shapes: Any, label_shapes: Any
) -> tuple[list[Any], list[Any] | None]:
    """Return the shapes as lists of `DataDesc`, after a check that they are those of the names."""
    data = [_description(shape) for shape in data_shapes]
    if sorted(desc.name for desc in data) != sorted(data_names):
        raise ValueError(f"data_shapes {data} do not match data_names {data_names}")
    labels = [_description(shape) for shape in label_shapes or ()]
    if sorted(desc.name for desc in labels) != sorted(label_names):
        warnings.warn(f"label_shapes {labels} do not match label_names {label_names}", stacklevel=4)
    return data, labels if label_shapes else None


def _description(shape: Any) -> Any:
    return shape if isinstance(shape, io.DataDesc) else io.DataDesc(*shape)


class BaseModule(Interface):
    """Base class of the modules.

    A module goes through the steps `bind` (arrays are made), `init_params`, `init_optimizer`, and then any number of
    `forward`, `backward`, `update`; `fit` does all of this.

    Parameters
    ----------
    logger : logging.Logger
        What `fit` reports to.
    """

    def __init__(self, logger: Any = logging) -> None:
        self.logger = logger
        self.binded = False
        self.for_training = False
        self.inputs_need_grad = False
        self.params_initialized = False
        self.optimizer_initialized = False
        self._symbol: Any = None

    def _require(self, *states: str) -> None:
        """Raise AssertionError unless the module has gone through the steps named."""
        remedies = {"binded": "bind", "params_initialized": "init_params", "optimizer_initialized": "init_optimizer"}
        for state in states:
            if not getattr(self, state):
                raise AssertionError(f"{type(self).__name__}: call {remedies[state]} first")

    # --- Training and evaluation -------------------------------------------------------------------------------------

    def forward_backward(self, data_batch: Any) -> None:
        """Forward in training mode, then backward.

        Parameters
        ----------
        data_batch : DataBatch
        """
        self.forward(data_batch, is_train=True)
        self.backward()

    def score(
        self,
        eval_data: Any,
        eval_metric: Any,
        num_batch: int | None = None,
        batch_end_callback: Any = None,
        score_end_callback: Any = None,
        reset: bool = True,
        epoch: int = 0,
        sparse_row_id_fn: Any = None,
    ) -> list[tuple[str, float]]:
        """Evaluate the module on data.

        Parameters
        ----------
        eval_data : DataIter
        eval_metric : EvalMetric or what `metric.create` takes
        num_batch : int, optional
            Stop after so many batches.
        batch_end_callback, score_end_callback : callable or list of them, optional
            Called with a `BatchEndParam` after each batch and at the end.
        reset : bool
            Reset `eval_data` first.
        epoch : int
            Passed on to the callbacks.
        sparse_row_id_fn : None
            Sparse parameters are not supported.

        Returns
        -------
        list of (str, float)
            Name and value of each metric.
        """
        self._require("binded", "params_initialized")
        if reset:
            eval_data.reset()
        eval_metric = metric.create(eval_metric)
        eval_metric.reset()
        seen = 0
        for nbatch, batch in _batches(eval_data, num_batch):
            self.prepare(batch, sparse_row_id_fn)
            self.forward(batch, is_train=False)
            self._update_metric_of(eval_metric, batch)
            param = model.BatchEndParam(epoch, nbatch, eval_metric, locals())
            for callback in as_list(batch_end_callback):
                callback(param)
            seen += 1
        param = model.BatchEndParam(epoch, seen, eval_metric, locals())
        for callback in as_list(score_end_callback):
            callback(param)
        return eval_metric.get_name_value()

    def _update_metric_of(self, eval_metric: Any, batch: Any) -> None:
        if isinstance(batch, list):  # a batch per device
            self.update_metric(eval_metric, [one.label for one in batch], pre_sliced=True)
        else:
            self.update_metric(eval_metric, batch.label)

    def iter_predict(
        self, eval_data: Any, num_batch: int | None = None, reset: bool = True, sparse_row_id_fn: Any = None
    ) -> Iterator[tuple[list[Any], int, Any]]:
        """Predict batch by batch.

        Parameters
        ----------
        eval_data : DataIter
        num_batch : int, optional
            Stop after so many batches.
        reset : bool
            Reset `eval_data` first.
        sparse_row_id_fn : None
            Sparse parameters are not supported.

        Yields
        ------
        (list of NDArray, int, DataBatch)
            Outputs without the padding, which the next batch overwrites; number of the batch; the batch.
        """
        self._require("binded", "params_initialized")
        if reset:
            eval_data.reset()
        for nbatch, batch in _batches(eval_data, num_batch):
            self.prepare(batch, sparse_row_id_fn)
            self.forward(batch, is_train=False)
            yield self._unpadded(batch), nbatch, batch

    def _unpadded(self, batch: Any) -> list[Any]:
        pad = getattr(batch, "pad", None) or 0
        return [output[: output.shape[0] - pad] for output in self.get_outputs()]

    def predict(
        self,
        eval_data: Any,
        num_batch: int | None = None,
        merge_batches: bool = True,
        reset: bool = True,
        always_output_list: bool = False,
        sparse_row_id_fn: Any = None,
    ) -> Any:
        """Predict for all of the data.

        Parameters
        ----------
        eval_data : DataIter, NDArray or numpy.ndarray
            An array is one batch.
        num_batch : int, optional
            Stop after so many batches.
        merge_batches : bool
            Join the batches; else a list of outputs per batch is returned.
        reset : bool
            Reset `eval_data` first.
        always_output_list : bool
            Return a list also when there is one output.
        sparse_row_id_fn : None
            Sparse parameters are not supported.

        Returns
        -------
        NDArray, list of NDArray, or list of lists
            Without the padding.

        Raises
        ------
        ValueError
            If `eval_data` is neither an array nor an iterator.
        MXNetError
            If batches that are to be merged have different numbers of outputs.
        """
        self._require("binded", "params_initialized")
        if not isinstance(eval_data, (nd.NDArray, np.ndarray)) and not hasattr(eval_data, "reset"):
            raise ValueError(
                f"predict: eval_data is {type(eval_data).__name__}, need NDArray, numpy.ndarray or DataIter"
            )
        if isinstance(eval_data, (nd.NDArray, np.ndarray)):
            batch = io.DataBatch([eval_data if isinstance(eval_data, nd.NDArray) else nd.array(eval_data)])
            self.forward(batch, is_train=False)
            outputs = [output.copy() for output in self.get_outputs()]
            return outputs[0] if len(outputs) == 1 and not always_output_list else outputs
        results = [
            [output.copy() for output in outputs]
            for outputs, _, _ in self.iter_predict(eval_data, num_batch, reset, sparse_row_id_fn)
        ]
        if not merge_batches or not results:
            return results
        if len({len(outputs) for outputs in results}) > 1:
            raise MXNetError("predict: batches have different numbers of outputs; use merge_batches=False")
        merged = [nd.concat(*parts, dim=0) if len(parts) > 1 else parts[0] for parts in zip(*results)]
        return merged[0] if len(merged) == 1 and not always_output_list else merged

    def fit(
        self,
        train_data: Any,
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Any = None,
        batch_end_callback: Any = None,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = DEFAULT_OPTIMIZER_PARAMS,
        eval_end_callback: Any = None,
        eval_batch_end_callback: Any = None,
        initializer: Any = DEFAULT_INITIALIZER,
        arg_params: dict[str, Any] | None = None,
        aux_params: dict[str, Any] | None = None,
        allow_missing: bool = False,
        force_rebind: bool = False,
        force_init: bool = False,
        begin_epoch: int = 0,
        num_epoch: int | None = None,
        validation_metric: Any = None,
        monitor: Any = None,
        sparse_row_id_fn: Any = None,
    ) -> None:
        """Train the module: bind, initialize and update it over a number of epochs.

        Parameters
        ----------
        train_data : DataIter
        eval_data : DataIter, optional
            Evaluated after each epoch.
        eval_metric : EvalMetric or what `metric.create` takes
        epoch_end_callback : callable or list of them, optional
            Called with ``(epoch, symbol, arg_params, aux_params)``.
        batch_end_callback : callable or list of them, optional
            Called with a `BatchEndParam`.
        kvstore : str or KVStore
        optimizer : str or Optimizer
        optimizer_params : dict or pairs
            For the optimizer's constructor.
        eval_end_callback, eval_batch_end_callback : callable or list of them, optional
            Called with a `BatchEndParam` after the evaluation and each of its batches.
        initializer : Initializer
        arg_params, aux_params : dict of str to NDArray, optional
            Values to start from.
        allow_missing : bool
            Let `initializer` fill what is missing in `arg_params` and `aux_params`.
        force_rebind, force_init : bool
            Bind and initialize again even if that has been done.
        begin_epoch, num_epoch : int
            Number of the first epoch, and of the epoch before which to stop.
        validation_metric : EvalMetric or what `metric.create` takes, optional
            By default `eval_metric`.
        monitor : Monitor, optional
        sparse_row_id_fn : None
            Sparse parameters are not supported.

        Examples
        --------
        >>> import mxnb as mx, numpy as np
        >>> data = mx.io.NDArrayIter(np.eye(4), np.array([0, 1, 0, 1]), batch_size=2)
        >>> net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc")
        >>> module = mx.mod.Module(mx.sym.SoftmaxOutput(net, name="softmax"))
        >>> module.fit(data, num_epoch=20, optimizer_params={"learning_rate": 1.0})
        >>> module.score(data, "acc")
        [('accuracy', 1.0)]
        """
        if num_epoch is None:
            raise AssertionError("fit: num_epoch is missing")
        self.bind(train_data.provide_data, train_data.provide_label, for_training=True, force_rebind=force_rebind)
        if monitor is not None:
            self.install_monitor(monitor)
        self.init_params(initializer, arg_params, aux_params, allow_missing, force_init)
        self.init_optimizer(kvstore, optimizer, optimizer_params)
        if validation_metric is None:
            validation_metric = eval_metric
        eval_metric = metric.create(eval_metric)

        for epoch in range(begin_epoch, num_epoch):
            start = time.time()
            eval_metric.reset()
            values: list[tuple[str, float]] = []
            batches = iter(train_data)
            data_batch = next(batches, None)
            nbatch = 0
            while data_batch is not None:
                if monitor is not None:
                    monitor.tic()
                self.forward_backward(data_batch)
                self.update()
                self._update_metric_of(eval_metric, data_batch)
                # What the update needs of the batch has been read; a reader may now reuse its arrays.
                next_batch = next(batches, None)
                if next_batch is not None:
                    self.prepare(next_batch, sparse_row_id_fn)
                if monitor is not None:
                    monitor.toc_print()
                if next_batch is None:
                    values = eval_metric.get_global_name_value()
                param = model.BatchEndParam(epoch, nbatch, eval_metric, locals())
                for callback in as_list(batch_end_callback):
                    callback(param)
                data_batch = next_batch
                nbatch += 1

            for name, value in values:
                self.logger.info("Epoch[%d] Train-%s=%f", epoch, name, value)
            self.logger.info("Epoch[%d] Time cost=%.3f", epoch, time.time() - start)

            # The copies of several devices may differ by now, in batch norm's averages.
            arg_params, aux_params = self.get_params()
            self.set_params(arg_params, aux_params)
            for callback in as_list(epoch_end_callback):
                callback(epoch, self.symbol, arg_params, aux_params)
            if eval_data is not None:
                results = self.score(
                    eval_data,
                    validation_metric,
                    score_end_callback=eval_end_callback,
                    batch_end_callback=eval_batch_end_callback,
                    epoch=epoch,
                )
                for name, value in results:
                    self.logger.info("Epoch[%d] Validation-%s=%f", epoch, name, value)
            train_data.reset()

    # --- Parameters --------------------------------------------------------------------------------------------------

    def set_params(
        self,
        arg_params: dict[str, Any] | None,
        aux_params: dict[str, Any] | None,
        allow_missing: bool = False,
        force_init: bool = True,
        allow_extra: bool = False,
    ) -> None:
        """Set the parameters.

        Parameters
        ----------
        arg_params, aux_params : dict of str to NDArray
        allow_missing : bool
            Let parameters that are not given stay as they are.
        force_init : bool
            Set them also when they have been initialized.
        allow_extra : bool
            Ignore names that the module does not have.
        """
        self.init_params(None, arg_params, aux_params, allow_missing, force_init, allow_extra)

    def save_params(self, fname: str) -> None:
        """Write the parameters to a file, as ``arg:<name>`` and ``aux:<name>``.

        Parameters
        ----------
        fname : str
        """
        model.save_params(fname, *self.get_params())

    def load_params(self, fname: str) -> None:
        """Read the parameters from a file that `save_params` wrote.

        Parameters
        ----------
        fname : str

        Raises
        ------
        MXNetError
            If the file is missing, damaged, or holds something else.
        """
        self.set_params(*model.split_params(fname, nd.load(fname)))

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the states that are kept between batches; none by default."""
        self._require("binded", "params_initialized")
        if merge_multi_context:
            raise AssertionError("get_states: merge_multi_context=True is not supported")
        return []

    def set_states(self, states: Any = None, value: float | None = None) -> None:
        """Set the states that are kept between batches; there are none by default."""
        self._require("binded", "params_initialized")
        if states or value:
            raise AssertionError(f"{type(self).__name__} has no states")

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Get ready for a batch that comes next.

        Parameters
        ----------
        data_batch : DataBatch
        sparse_row_id_fn : None
            Sparse parameters are not supported: anything else raises MXNetError.
        """
        if sparse_row_id_fn is not None:
            raise MXNetError("prepare: sparse_row_id_fn is given, but sparse parameters are not supported")

    @property
    def symbol(self) -> Any:
        """The module's symbol; None for a module without one."""
        return self._symbol


def _batches(data: Any, limit: int | None) -> Iterator[tuple[int, Any]]:
    """The numbered batches of an iterator, at most `limit`; none is read beyond."""
    batches = iter(data)
    number = 0
    while limit is None or number < limit:
        batch = next(batches, None)
        if batch is None:
            return
        yield number, batch
        number += 1
