"""`BucketingModule`: a module for each length of input, with parameters in common."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from .. import model
from .. import ndarray as nd
from .. import symbol as sym
from ..base import MXNetError
from .base_module import DEFAULT_INITIALIZER, DEFAULT_OPTIMIZER_PARAMS, BaseModule, as_list
from .module import Module

__all__ = ["BucketingModule"]


class BucketingModule(BaseModule):
    """Networks for several buckets, usually sequence lengths, that share their parameters.

    The module of a bucket is made when its first batch comes; ``data_batch.bucket_key`` says which bucket it is.

    Parameters
    ----------
    sym_gen : callable
        ``sym_gen(bucket_key)`` returns ``(symbol, data_names, label_names)``.
    default_bucket_key : object
        The bucket whose symbol has all parameters, usually the longest.
    logger, context, work_load_list, fixed_param_names, state_names, group2ctxs, compression_params
        As in `Module`.
    """

    def __init__(
        self,
        sym_gen: Callable[[Any], Any],
        default_bucket_key: Any = None,
        logger: Any = logging,
        context: Any = None,
        work_load_list: list[float] | None = None,
        fixed_param_names: list[str] | None = None,
        state_names: list[str] | None = None,
        group2ctxs: Any = None,
        compression_params: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(logger)
        if default_bucket_key is None:
            raise AssertionError("BucketingModule: default_bucket_key is missing")
        self._sym_gen = sym_gen
        self._default_bucket_key = default_bucket_key
        self._options = {
            "logger": logger,
            "context": context,
            "work_load_list": work_load_list,
            "fixed_param_names": as_list(fixed_param_names),
            "state_names": as_list(state_names),
            "group2ctxs": group2ctxs,
            "compression_params": compression_params,
        }
        self._buckets: dict[Any, Module] = {}
        self._curr_module: Module | None = None
        self._curr_bucket_key: Any = None
        self._params_dirty = False
        self._monitor: Any = None
        self._grad_req: Any = None
        self._loaded: tuple[dict[str, Any], dict[str, Any]] | None = None
        self._make(default_bucket_key)  # reports a bad default bucket at once

    def _make(self, bucket_key: Any) -> Module:
        symbol, data_names, label_names = self._sym_gen(bucket_key)
        return Module(symbol, data_names, label_names, **self._options)

    @property
    def _module(self) -> Module:
        self._require("binded")
        return self._curr_module  # type: ignore[return-value]

    # --- Names and shapes --------------------------------------------------------------------------------------------

    @property
    def data_names(self) -> list[str]:
        """Names of the inputs of the current bucket."""
        return (
            self._curr_module.data_names if self._curr_module else as_list(self._sym_gen(self._default_bucket_key)[1])
        )

    @property
    def output_names(self) -> list[str]:
        """Names of the outputs of the current bucket."""
        if self._curr_module:
            return self._curr_module.output_names
        return self._sym_gen(self._default_bucket_key)[0].list_outputs()

    @property
    def data_shapes(self) -> list[Any]:
        """Descriptions of the inputs of the current bucket."""
        return self._module.data_shapes

    @property
    def label_shapes(self) -> list[Any] | None:
        """Descriptions of the labels of the current bucket."""
        return self._module.label_shapes

    @property
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """Names and shapes of the outputs of the current bucket."""
        return self._module.output_shapes

    @property
    def symbol(self) -> Any:
        """The symbol of the current bucket."""
        return self._module.symbol

    # --- Binding -----------------------------------------------------------------------------------------------------

    def bind(
        self,
        data_shapes: Any,
        label_shapes: Any = None,
        for_training: bool = True,
        inputs_need_grad: bool = False,
        force_rebind: bool = False,
        shared_module: Any = None,
        grad_req: Any = "write",
    ) -> None:
        """Bind the default bucket.

        Parameters
        ----------
        data_shapes, label_shapes : list of DataDesc or (str, tuple of int)
            Of the default bucket.
        for_training, inputs_need_grad, force_rebind, grad_req
            As in `Module.bind`.
        shared_module : None
            Not supported.
        """
        if shared_module is not None:
            raise MXNetError("BucketingModule.bind: shared_module is not supported")
        params = self.get_params() if self.params_initialized and self.binded else self._loaded
        if force_rebind:
            self.binded = False
            self._buckets = {}
        if self.binded:
            self.logger.warning("Already bound, ignoring bind()")
            return
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self._grad_req = grad_req
        module = self._make(self._default_bucket_key)
        module.bind(data_shapes, label_shapes, for_training, inputs_need_grad, grad_req=grad_req)
        self.binded = True
        self._buckets[self._default_bucket_key] = module
        self._curr_module = module
        self._curr_bucket_key = self._default_bucket_key
        if params is not None:
            self.set_params(*params)

    def switch_bucket(self, bucket_key: Any, data_shapes: Any, label_shapes: Any = None) -> None:
        """Make a bucket the current one, binding its module if it has none yet.

        Parameters
        ----------
        bucket_key : object
        data_shapes, label_shapes : list of DataDesc or (str, tuple of int)
        """
        self._require("binded")
        module = self._buckets.get(bucket_key)
        if module is None:
            default = self._buckets[self._default_bucket_key]
            module = self._make(bucket_key)
            extra = sorted(set(module._param_names) - set(default._param_names))
            if extra:
                raise MXNetError(
                    f"BucketingModule: bucket {bucket_key!r} has parameters {extra} that the default bucket lacks"
                )
            module.bind(
                data_shapes,
                label_shapes,
                self.for_training,
                self.inputs_need_grad,
                shared_module=default,
                grad_req=self._grad_req,
            )
            if self._monitor is not None:
                module.install_monitor(self._monitor)
            self._buckets[bucket_key] = module
        elif self.optimizer_initialized and not module.optimizer_initialized:
            module.borrow_optimizer(self._buckets[self._default_bucket_key])
        self._curr_module = module
        self._curr_bucket_key = bucket_key

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Bind the bucket of a batch that comes next.

        Parameters
        ----------
        data_batch : DataBatch
        sparse_row_id_fn : None
            Sparse parameters are not supported: anything else raises MXNetError.
        """
        super().prepare(data_batch, sparse_row_id_fn)
        current = self._curr_bucket_key
        self._follow(data_batch)
        self._curr_bucket_key, self._curr_module = current, self._buckets[current]

    def _follow(self, data_batch: Any) -> None:
        key = getattr(data_batch, "bucket_key", None)
        data = getattr(data_batch, "provide_data", None)
        if key is None:
            key = self._default_bucket_key
        if key not in self._buckets and data is None:
            raise MXNetError(f"BucketingModule: the first batch of bucket {key!r} needs provide_data and provide_label")
        self.switch_bucket(key, data, getattr(data_batch, "provide_label", None))

    # --- Parameters and optimizer ------------------------------------------------------------------------------------

    def get_params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the parameters and auxiliary states by name, on the CPU."""
        self._require("params_initialized")
        default = self._buckets[self._default_bucket_key]
        default._params_dirty = default._params_dirty or self._params_dirty
        self._params_dirty = False
        return default.get_params()

    def init_params(
        self,
        initializer: Any = DEFAULT_INITIALIZER,
        arg_params: dict[str, Any] | None = None,
        aux_params: dict[str, Any] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters their first values; as `Module.init_params`."""
        if self.params_initialized and not force_init:
            return
        self._require("binded")
        default = self._buckets[self._default_bucket_key]
        default.init_params(initializer, arg_params, aux_params, allow_missing, force_init, allow_extra)
        self._params_dirty = False
        self.params_initialized = True

    def set_params(
        self,
        arg_params: dict[str, Any] | None,
        aux_params: dict[str, Any] | None,
        allow_missing: bool = False,
        force_init: bool = True,
        allow_extra: bool = False,
    ) -> None:
        """Set the parameters; as `Module.set_params`."""
        self._require("binded")
        default = self._buckets[self._default_bucket_key]
        default.set_params(arg_params, aux_params, allow_missing, force_init, allow_extra)
        self.params_initialized = True

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = DEFAULT_OPTIMIZER_PARAMS,
        force_init: bool = False,
    ) -> None:
        """Make ready for `update`; as `Module.init_optimizer`."""
        self._require("binded", "params_initialized")
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring.")
            return
        default = self._buckets[self._default_bucket_key]
        default.init_optimizer(kvstore, optimizer, optimizer_params, force_init)
        for module in self._buckets.values():
            if module is not default:
                module.borrow_optimizer(default)
        self.optimizer_initialized = True

    def update(self) -> None:
        """Change the parameters by the gradients of the last backward."""
        self._require("binded", "params_initialized", "optimizer_initialized")
        self._params_dirty = True
        self._module.update()

    # --- Running -----------------------------------------------------------------------------------------------------

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch by the module of its bucket.

        Parameters
        ----------
        data_batch : DataBatch
        is_train : bool, optional
        """
        self._require("binded", "params_initialized")
        self._follow(data_batch)
        self._module.forward(data_batch, is_train)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients of the last batch."""
        self._require("binded", "params_initialized")
        self._module.backward(out_grads)

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the outputs of the last forward."""
        return self._module.get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the gradients of the inputs of the last backward."""
        return self._module.get_input_grads(merge_multi_context)

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the states of the current bucket."""
        return self._module.get_states(merge_multi_context)

    def set_states(self, states: Any = None, value: float | None = None) -> None:
        """Set the states of the current bucket."""
        self._module.set_states(states, value)

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs of the last forward."""
        self._module.update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon: Any) -> None:
        """Let a monitor watch all buckets, later ones too."""
        self._require("binded")
        self._monitor = mon
        for module in self._buckets.values():
            module.install_monitor(mon)

    # --- Files -------------------------------------------------------------------------------------------------------

    def save_checkpoint(self, prefix: str, epoch: int, remove_amp_cast: bool = False) -> None:
        """Write the symbols of all buckets, as ``<prefix>-<bucket key>-symbol.json``, and the parameters.

        Keys that are ints are listed in ``<prefix>.buckets``.

        Parameters
        ----------
        prefix : str
        epoch : int
        remove_amp_cast : bool
            Leave casts of mixed precision out of the symbols.
        """
        self._require("binded", "params_initialized")
        for key, module in self._buckets.items():
            module.symbol.save(f"{prefix}-{key}-symbol.json", remove_amp_cast=remove_amp_cast)
        if all(isinstance(key, int) for key in self._buckets):
            nd.save(f"{prefix}.buckets", [nd.array(list(self._buckets), dtype="int32")])
        model.save_checkpoint(prefix, epoch, None, *self.get_params())

    @staticmethod
    def load(
        prefix: str,
        epoch: int,
        sym_gen: Callable[[Any], Any] | None = None,
        default_bucket_key: Any = None,
        **kwargs: Any,
    ) -> BucketingModule:
        """Make a module of a checkpoint: its parameters, and the symbols of the buckets that were saved.

        Parameters
        ----------
        prefix : str
        epoch : int
        sym_gen : callable, optional
            Makes the symbols of other buckets, and names inputs and labels; see `load_dict`.
        default_bucket_key, **kwargs
            For the constructor.

        Returns
        -------
        BucketingModule
            Not bound yet.
        """
        arg_params, aux_params = model.load_params(prefix, epoch)
        symbols = {}
        if os.path.exists(f"{prefix}.buckets"):
            keys = nd.load(f"{prefix}.buckets")[0].asnumpy().tolist()
            symbols = {key: sym.load(f"{prefix}-{key}-symbol.json") for key in keys}
        return BucketingModule.load_dict(symbols, sym_gen, default_bucket_key, arg_params, aux_params, **kwargs)

    @staticmethod
    def load_dict(
        sym_dict: dict[Any, Any] | None = None,
        sym_gen: Callable[[Any], Any] | None = None,
        default_bucket_key: Any = None,
        arg_params: dict[str, Any] | None = None,
        aux_params: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> BucketingModule:
        """Make a module with given parameters.

        Parameters
        ----------
        sym_dict : dict of bucket key to Symbol, optional
            Symbols to use in place of those that `sym_gen` makes.
        sym_gen : callable, optional
            Without it there are only the buckets of `sym_dict`, with the input ``data`` and the label
            ``softmax_label``.
        default_bucket_key, **kwargs
            For the constructor.
        arg_params, aux_params : dict of str to NDArray

        Returns
        -------
        BucketingModule
            Not bound yet.
        """
        symbols = sym_dict or {}

        def generate(key: Any) -> Any:
            if sym_gen is None:
                if key not in symbols:
                    raise MXNetError(f"BucketingModule: no symbol for bucket {key!r}, and no sym_gen to make one")
                return symbols[key], ["data"], ["softmax_label"]
            symbol, data_names, label_names = sym_gen(key)
            return symbols.get(key, symbol), data_names, label_names

        module = BucketingModule(generate, default_bucket_key, **kwargs)
        module._loaded = (arg_params or {}, aux_params or {})
        return module
