"""FeedForward: the oldest interface for training a symbol, from before Module; it makes a Module for every call."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np

from .. import initializer as init
from .. import io, model
from ..base import MXNetError
from ..callback import LogValidationMetricsCallback
from ..context import Context, current_context
from ..ndarray import NDArray
from ..symbol import Symbol
from .base_module import as_list
from .module import Module

__all__ = ["FeedForward"]


def _array(x: Any) -> np.ndarray:
    return x.asnumpy() if isinstance(x, NDArray) else np.asarray(x)


class FeedForward:
    """A symbol, its parameters, and how to train them (deprecated: use `mod.Module`).

    Parameters
    ----------
    symbol : Symbol
    ctx : Context or list of Context, optional
    num_epoch : int, optional
        How many epochs `fit` trains.
    epoch_size : int, optional
        Batches in an epoch; by default all that the data has.
    optimizer : str or Optimizer
    initializer : Initializer
    numpy_batch_size : int
        Batch size for data that is given as arrays.
    arg_params, aux_params : dict of str to NDArray, optional
        Parameters to start from.
    allow_extra_params : bool
        Whether these may have names that the symbol does not have.
    begin_epoch : int
    **kwargs
        Parameters of the optimizer, such as `learning_rate`.

    Examples
    --------
    >>> import numpy as np
    >>> import mxnb as mx
    >>> x, y = np.eye(2, dtype="float32"), np.array([0, 1], dtype="float32")
    >>> net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2)
    >>> net = mx.sym.SoftmaxOutput(net, name="softmax")
    >>> model = mx.model.FeedForward.create(net, x, y, num_epoch=20, learning_rate=1)
    >>> model.predict(x).argmax(1)
    array([0, 1])
    """

    def __init__(
        self,
        symbol: Any,
        ctx: Any = None,
        num_epoch: int | None = None,
        epoch_size: int | None = None,
        optimizer: Any = "sgd",
        initializer: Any = init.Uniform(0.01),  # noqa: B008
        numpy_batch_size: int = 128,
        arg_params: dict[str, Any] | None = None,
        aux_params: dict[str, Any] | None = None,
        allow_extra_params: bool = False,
        begin_epoch: int = 0,
        **kwargs: Any,
    ) -> None:
        warnings.warn("FeedForward is deprecated. Please use mod.Module instead.", DeprecationWarning, stacklevel=2)
        if not isinstance(symbol, Symbol):
            raise MXNetError(f"FeedForward: symbol is {type(symbol).__name__}, needs a Symbol; for symbols that "
                             "depend on the batch use mod.BucketingModule")  # fmt: skip
        self.symbol, self.sym_gen, self.argument_checked = symbol, None, True
        self.ctx = [current_context()] if ctx is None else [ctx] if isinstance(ctx, Context) else list(ctx)
        self.num_epoch, self.epoch_size, self.begin_epoch = num_epoch, epoch_size, begin_epoch
        self.optimizer, self.initializer, self.kwargs = optimizer, initializer, kwargs.copy()
        self.numpy_batch_size, self.allow_extra_params = numpy_batch_size, allow_extra_params
        self.arg_params, self.aux_params = arg_params, aux_params

    def _init_iter(self, X: Any, y: Any, is_train: bool) -> Any:
        """An iterator over arrays; iterators stay as they are."""
        if isinstance(X, io.DataIter):
            return X
        if not isinstance(X, (np.ndarray, NDArray)):
            raise TypeError("X must be DataIter, NDArray or numpy.ndarray")
        X = _array(X)
        if y is None:
            if is_train:
                raise ValueError("y must be specified when X is numpy.ndarray")
            y = np.zeros(len(X))
        y = _array(y)
        if len(X) != len(y):
            raise ValueError("The numbers of data points and labels not equal")
        if y.ndim == 2 and y.shape[1] == 1:
            y = y.ravel()
        if y.ndim != 1:
            raise ValueError("Label must be 1D or 2D (with 2nd dimension being 1)")
        size = min(len(X), self.numpy_batch_size)
        # batches of equal size: the last one is filled up, and predictions for what fills it are dropped
        return io.NDArrayIter(X, y, size, shuffle=is_train, last_batch_handle="roll_over" if is_train else "pad")

    def _init_eval_iter(self, eval_data: Any) -> Any:
        """An iterator over validation data."""
        if eval_data is None or isinstance(eval_data, io.DataIter):
            return eval_data
        if not isinstance(eval_data, (tuple, list)) or len(eval_data) != 2:
            raise TypeError(
                "Eval data must be DataIter, or NDArray/numpy.ndarray/list pair (i.e. tuple/list of length 2)"
            )
        if eval_data[0] is None:
            raise ValueError("Eval data is NONE")
        return self._init_iter(_array(eval_data[0]), _array(eval_data[1]), is_train=False)

    def _module(self, data: Any, shares: Any = None) -> Module:
        """A module for this data."""
        labels = [desc[0] for desc in self._labels(data)]
        inputs = [desc[0] for desc in data.provide_data]
        return Module(self.symbol, inputs, labels, context=self.ctx, work_load_list=shares)

    def _labels(self, data: Any) -> list[Any]:
        """What the data has of the labels that the symbol uses."""
        names = self.symbol.list_arguments()
        return [desc for desc in data.provide_label or [] if desc[0] in names]

    def _params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The parameters so far, without those of other names where that is allowed."""
        found = self.arg_params or {}, self.aux_params or {}
        if not self.allow_extra_params:
            return found
        names = self.symbol.list_arguments(), self.symbol.list_auxiliary_states()
        arguments, states = ({n: x for n, x in each.items() if n in known} for each, known in zip(found, names))
        return arguments, states

    def _predictor(self, data: Any) -> Module:
        """A module with the parameters, bound to the shapes of this data."""
        if self.arg_params is None:
            raise MXNetError("FeedForward: there are no parameters yet; call fit, or give arg_params")
        module = self._module(data)
        module.bind(data.provide_data, self._labels(data) or None, for_training=False)
        module.init_params(None, *self._params())
        return module

    def fit(
        self,
        X: Any,
        y: Any = None,
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Any = None,
        batch_end_callback: Any = None,
        kvstore: Any = "local",
        logger: Any = None,
        work_load_list: Any = None,
        monitor: Any = None,
        eval_end_callback: Any = LogValidationMetricsCallback(),  # noqa: B008
        eval_batch_end_callback: Any = None,
    ) -> None:
        """Train.

        Parameters
        ----------
        X : DataIter, numpy.ndarray or NDArray
            Arrays are shuffled.
        y : numpy.ndarray or NDArray, optional
            Labels, where `X` is an array.
        eval_data : DataIter or (data, label), optional
        eval_metric : EvalMetric or what `metric.create` takes
        epoch_end_callback, batch_end_callback, eval_end_callback, eval_batch_end_callback : callable or list, optional
            Batches are counted from 1.
        kvstore : str or KVStore
        logger : logging.Logger, optional
        work_load_list : list, optional
            As in `mod.Module`.
        monitor : Monitor, optional
        """
        if self.num_epoch is None:
            raise MXNetError("FeedForward: num_epoch is not given; fit needs a number of epochs")
        data, held_out = self._init_iter(X, y, is_train=True), self._init_eval_iter(eval_data)
        if self.epoch_size is not None:
            data = io.ResizeIter(data, self.epoch_size, reset_internal=False)
        module = self._module(data, work_load_list)
        arguments, states = self._params()
        module.logger = logger or module.logger

        def counted(callback: Any) -> Any:
            return lambda param: callback(param._replace(nbatch=param.nbatch + 1))

        module.fit(
            data,
            held_out,
            eval_metric,
            epoch_end_callback,
            list(map(counted, as_list(batch_end_callback))),
            kvstore,
            self.optimizer,
            self.kwargs,
            eval_end_callback,
            eval_batch_end_callback,
            self.initializer,
            arguments,
            states,
            allow_missing=True,
            begin_epoch=self.begin_epoch,
            num_epoch=self.num_epoch,
            monitor=monitor,
        )
        self.arg_params, self.aux_params = module.get_params()

    def predict(self, X: Any, num_batch: int | None = None, return_data: bool = False, reset: bool = True) -> Any:
        """Compute the outputs.

        Parameters
        ----------
        X : DataIter, numpy.ndarray or NDArray
        num_batch : int, optional
            Stop after so many batches.
        return_data : bool
            Whether to return data and labels too.
        reset : bool
            Reset the iterator first.

        Returns
        -------
        numpy.ndarray, or a list of them where the symbol has several outputs; with `return_data` outputs, data, labels
        """
        data = self._init_iter(X, None, is_train=False)
        if reset:
            data.reset()
        module = self._predictor(data)
        rows: list[list[list[np.ndarray]]] = []
        for batch in itertools.islice(data, num_batch):
            module.forward(batch, is_train=False)
            kept = data.batch_size - (batch.pad or 0)
            groups = (module.get_outputs(), batch.data, batch.label or []) if return_data else (module.get_outputs(),)
            rows.append([[x.asnumpy()[:kept] for x in group] for group in groups])
        joined = [[np.concatenate(parts) for parts in zip(*group)] for group in zip(*rows)]
        found = [group[0] if len(group) == 1 else group for group in joined]
        return tuple(found) if return_data else found[0]

    def score(
        self,
        X: Any,
        eval_metric: Any = "acc",
        num_batch: int | None = None,
        batch_end_callback: Any = None,
        reset: bool = True,
    ) -> float:
        """Evaluate a metric.

        Parameters
        ----------
        X : DataIter
        eval_metric : EvalMetric or what `metric.create` takes
        num_batch : int, optional
            Stop after so many batches.
        batch_end_callback : callable or list of them, optional
        reset : bool
            Reset the iterator first.

        Returns
        -------
        float
        """
        data = self._init_iter(X, None, is_train=False)
        return self._predictor(data).score(data, eval_metric, num_batch, batch_end_callback, reset=reset)[0][1]

    def save(self, prefix: str, epoch: int | None = None, remove_amp_cast: bool = True) -> None:
        """Write a checkpoint; see `model.save_checkpoint`.

        Parameters
        ----------
        prefix : str
        epoch : int, optional
            Default: the number of epochs trained.
        remove_amp_cast : bool
        """
        epoch = self.num_epoch if epoch is None else epoch
        if epoch is None:
            raise MXNetError("FeedForward.save: epoch is not given, and the model has no num_epoch")
        model.save_checkpoint(
            prefix, epoch, self.symbol, self.arg_params or {}, self.aux_params or {}, remove_amp_cast=remove_amp_cast
        )

    @staticmethod
    def load(prefix: str, epoch: int, ctx: Any = None, **kwargs: Any) -> FeedForward:
        """Read a checkpoint.

        Parameters
        ----------
        prefix : str
        epoch : int
        ctx : Context or list of Context, optional
        **kwargs
            As in the constructor.
        """
        symbol, arg_params, aux_params = model.load_checkpoint(prefix, epoch)
        return FeedForward(symbol, ctx, arg_params=arg_params, aux_params=aux_params, begin_epoch=epoch, **kwargs)

    @staticmethod
    def create(
        symbol: Any,
        X: Any,
        y: Any = None,
        ctx: Any = None,
        num_epoch: int | None = None,
        epoch_size: int | None = None,
        optimizer: Any = "sgd",
        initializer: Any = init.Uniform(0.01),  # noqa: B008
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Any = None,
        batch_end_callback: Any = None,
        kvstore: Any = "local",
        logger: Any = None,
        work_load_list: Any = None,
        eval_end_callback: Any = LogValidationMetricsCallback(),  # noqa: B008
        eval_batch_end_callback: Any = None,
        **kwargs: Any,
    ) -> FeedForward:
        """Make a model and train it; the parameters are those of the constructor and of `fit`."""
        made = FeedForward(symbol, ctx, num_epoch, epoch_size, optimizer, initializer, **kwargs)
        made.fit(
            X,
            y,
            eval_data,
            eval_metric,
            epoch_end_callback,
            batch_end_callback,
            kvstore,
            logger,
            work_load_list,
            None,
            eval_end_callback,
            eval_batch_end_callback,
        )
        return made
