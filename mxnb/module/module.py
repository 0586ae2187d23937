"""`Module`: a symbol with parameters and an optimizer, on one device or several."""

from __future__ import annotations

import logging
import warnings
from typing import Any

from .. import context as ctx
from .. import model
from .. import ndarray as nd
from .. import optimizer as opt
from ..base import MXNetError, atomic_write
from ..initializer import InitDesc
from ..io import DataDesc
from .base_module import (
    DEFAULT_INITIALIZER,
    DEFAULT_OPTIMIZER_PARAMS,
    BaseModule,
    as_list,
    check_names,
    parse_descriptions,
)
from .executor_group import DataParallelExecutorGroup
from .updating import create_kvstore, initialize_kvstore, update_by_updater, update_on_kvstore

__all__ = ["Module"]


class Module(BaseModule):
    """A network given by a symbol.

    Parameters
    ----------
    symbol : Symbol
    data_names, label_names : list of str
        Which arguments of the symbol are inputs and labels; all others are parameters.
    logger : logging.Logger
    context : Context or list of Context
        With several, each gets a slice of every batch, and gradients are summed.
    work_load_list : list of float, optional
        Shares of the batch, by default equal.
    fixed_param_names : list of str, optional
        Parameters that are not trained.
    state_names : list of str, optional
        Arguments that are kept between batches and set with `set_states`.
    group2ctxs : dict of str to Context or list, or list of dict, optional
        Where the operators of each ``ctx_group`` run.
    compression_params : dict, optional
        Gradient compression, passed on to the key-value store.

    Examples
    --------
    >>> import mxnb as mx
    >>> net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=3, name="fc")
    >>> module = mx.mod.Module(net, label_names=None)
    >>> module.bind([("data", (2, 4))])
    >>> module.init_params(mx.init.One())
    >>> module.forward(mx.io.DataBatch([mx.nd.ones((2, 4))]), is_train=False)
    >>> module.get_outputs()[0].asnumpy()
    array([[4., 4., 4.],
           [4., 4., 4.]], dtype=float32)
    """

    def __init__(
        self,
        symbol: Any,
        data_names: Any = ("data",),
        label_names: Any = ("softmax_label",),
        logger: Any = logging,
        context: Any = None,
        work_load_list: list[float] | None = None,
        fixed_param_names: list[str] | None = None,
        state_names: list[str] | None = None,
        group2ctxs: Any = None,
        compression_params: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(logger)
        context = ctx.current_context() if context is None else context
        self._context = list(context) if isinstance(context, (list, tuple)) else [context]
        self._work_load_list = [1.0] * len(self._context) if work_load_list is None else list(work_load_list)
        if len(self._work_load_list) != len(self._context):
            raise MXNetError(
                f"Module: work_load_list has {len(self._work_load_list)} entries for {len(self._context)} contexts"
            )
        self._group2ctxs = group2ctxs
        self._symbol = symbol
        self._data_names = as_list(data_names)
        self._label_names = as_list(label_names)
        self._state_names = as_list(state_names)
        self._fixed_param_names = as_list(fixed_param_names)
        check_names(symbol, self._data_names, "data_names", True)
        check_names(symbol, self._label_names, "label_names", False)
        check_names(symbol, self._state_names, "state_names", True)
        check_names(symbol, self._fixed_param_names, "fixed_param_names", True)
        inputs = {*self._data_names, *self._label_names, *self._state_names}
        self._param_names = [name for name in symbol.list_arguments() if name not in inputs]
        self._aux_names = symbol.list_auxiliary_states()
        self._output_names = symbol.list_outputs()
        self._arg_params: dict[str, Any] | None = None
        self._aux_params: dict[str, Any] | None = None
        self._params_dirty = False
        self._compression_params = compression_params
        self._optimizer: Any = None
        self._kvstore: Any = None
        self._update_on_kvstore = False
        self._updater: Any = None
        self._preload_opt_states: str | None = None
        self._grad_req: Any = None
        self._exec_group: Any = None
        self._data_shapes: list[DataDesc] | None = None
        self._label_shapes: list[DataDesc] | None = None

    # --- Files -------------------------------------------------------------------------------------------------------

    @staticmethod
    def load(prefix: str, epoch: int, load_optimizer_states: bool = False, **kwargs: Any) -> Module:
        """Make a module of a checkpoint.

        Parameters
        ----------
        prefix : str
        epoch : int
        load_optimizer_states : bool
            Read ``<prefix>-<epoch>.states`` as well, when the optimizer is initialized.
        **kwargs
            For the constructor.

        Returns
        -------
        Module
            Not bound yet; its parameters are initialized.
        """
        symbol, arg_params, aux_params = model.load_checkpoint(prefix, epoch)
        module = Module(symbol=symbol, **kwargs)
        module._arg_params = arg_params
        module._aux_params = aux_params
        module.params_initialized = True
        if load_optimizer_states:
            module._preload_opt_states = f"{prefix}-{epoch:04d}.states"
        return module

    def save_checkpoint(
        self, prefix: str, epoch: int, save_optimizer_states: bool = False, remove_amp_cast: bool = True
    ) -> None:
        """Write symbol, parameters and, if asked to, optimizer states.

        Parameters
        ----------
        prefix : str
        epoch : int
        save_optimizer_states : bool
        remove_amp_cast : bool
            Leave casts of mixed precision out of the symbol.
        """
        model.save_checkpoint(prefix, epoch, self._symbol, *self.get_params(), remove_amp_cast)
        if save_optimizer_states:
            name = f"{prefix}-{epoch:04d}.states"
            self.save_optimizer_states(name)
            logging.info('Saved optimizer state to "%s"', name)

    def save_optimizer_states(self, fname: str) -> None:
        """Write the optimizer's states to a file.

        Parameters
        ----------
        fname : str
        """
        self._require("optimizer_initialized")
        if self._update_on_kvstore:
            self._kvstore.save_optimizer_states(fname)
            return
        states = self._updater.get_states()
        with atomic_write(fname) as file:
            file.write(states)

    def load_optimizer_states(self, fname: str) -> None:
        """Read the optimizer's states from a file.

        Parameters
        ----------
        fname : str

        Raises
        ------
        MXNetError
            If the file is missing or damaged. Nothing in it is executed.
        """
        self._require("optimizer_initialized")
        if self._update_on_kvstore:
            self._kvstore.load_optimizer_states(fname)
            return
        try:
            with open(fname, "rb") as file:
                states = file.read()
        except OSError as error:
            raise MXNetError(f"Module: cannot read {fname!r}: {error.strerror}") from error
        self._updater.set_states(states)

    # --- Names and shapes --------------------------------------------------------------------------------------------

    @property
    def data_names(self) -> list[str]:
        """Names of the inputs."""
        return self._data_names

    @property
    def label_names(self) -> list[str]:
        """Names of the labels."""
        return self._label_names

    @property
    def output_names(self) -> list[str]:
        """Names of the outputs."""
        return self._output_names

    @property
    def data_shapes(self) -> list[DataDesc]:
        """Descriptions of the inputs."""
        self._require("binded")
        return self._data_shapes  # type: ignore[return-value]

    @property
    def label_shapes(self) -> list[DataDesc] | None:
        """Descriptions of the labels; None if the module was bound without."""
        self._require("binded")
        return self._label_shapes

    @property
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """Names and shapes of the outputs."""
        self._require("binded")
        return self._exec_group.get_output_shapes()

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
        """Make the arrays for inputs of these shapes.

        Parameters
        ----------
        data_shapes, label_shapes : list of DataDesc or (str, tuple of int)
        for_training : bool
            Whether gradients will be computed.
        inputs_need_grad : bool
            Compute gradients of the inputs as well.
        force_rebind : bool
            Bind again even if the module is bound; otherwise it stays as it is, with a warning.
        shared_module : Module, optional
            Use its parameters.
        grad_req : {"write", "add", "null"}, list or dict of them
            What becomes of the parameters' gradients.
        """
        if force_rebind and self.binded:
            if self.params_initialized:
                self._sync_params_from_devices()
            self.binded = False
            self._exec_group = None
        if self.binded:
            self.logger.warning("Already bound, ignoring bind()")
            return
        if inputs_need_grad and not for_training:
            raise AssertionError("bind: inputs_need_grad=True needs for_training=True")
        data, labels = parse_descriptions(self._data_names, self._label_names, data_shapes, label_shapes)
        shared_group = None
        if shared_module is not None:
            if not (isinstance(shared_module, Module) and shared_module.binded and shared_module.params_initialized):
                raise AssertionError("bind: shared_module needs to be a Module that is bound and initialized")
            shared_group = shared_module._exec_group
            if len(shared_group.contexts) != len(self._context):
                raise MXNetError("bind: shared_module is on another number of contexts")
        self._exec_group = DataParallelExecutorGroup(
            self._symbol,
            self._context,
            self._work_load_list,
            data,
            labels,
            self._param_names,
            for_training,
            inputs_need_grad,
            shared_group,
            logger=self.logger,
            fixed_param_names=self._fixed_param_names,
            grad_req=grad_req,
            group2ctxs=self._group2ctxs,
            state_names=self._state_names,
        )
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self._grad_req = grad_req
        self._data_shapes, self._label_shapes = data, labels
        self.binded = True
        if shared_module is not None:
            self._arg_params, self._aux_params = shared_module._arg_params, shared_module._aux_params
            self.params_initialized = True
            if shared_module.optimizer_initialized:
                self.borrow_optimizer(shared_module)
        elif self.params_initialized:  # loaded, or bound before
            self._exec_group.set_params(self._arg_params, self._aux_params, allow_extra=True)

    def reshape(self, data_shapes: Any, label_shapes: Any = None) -> None:
        """Bind for inputs of other shapes; parameters stay.

        Parameters
        ----------
        data_shapes, label_shapes : list of DataDesc or (str, tuple of int)

        Raises
        ------
        MXNetError
            If a parameter would have another shape then.
        """
        self._require("binded")
        data, labels = parse_descriptions(self._data_names, self._label_names, data_shapes, label_shapes)
        self._exec_group.reshape(data, labels)
        self._data_shapes, self._label_shapes = data, labels

    # --- Parameters --------------------------------------------------------------------------------------------------

    def get_params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the parameters and auxiliary states.

        Returns
        -------
        arg_params, aux_params : dict of str to NDArray
            On the CPU; means of the copies where there are several devices.
        """
        self._require("binded", "params_initialized")
        if self._params_dirty:
            self._sync_params_from_devices()
        return self._arg_params, self._aux_params  # type: ignore[return-value]

    def _sync_params_from_devices(self) -> None:
        self._exec_group.get_params(self._arg_params, self._aux_params)
        self._params_dirty = False

    def init_params(
        self,
        initializer: Any = DEFAULT_INITIALIZER,
        arg_params: dict[str, Any] | None = None,
        aux_params: dict[str, Any] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters their first values.

        Parameters
        ----------
        initializer : Initializer or None
        arg_params, aux_params : dict of str to NDArray, optional
            Values to take; without them `initializer` makes all values.
        allow_missing : bool
            Let `initializer` make what is missing there.
        force_init : bool
            Do it also when it has been done; otherwise there is a warning and nothing happens.
        allow_extra : bool
            Names that the module does not have are ignored in either case.

        Raises
        ------
        RuntimeError
            If a value is missing and not `allow_missing`.
        MXNetError
            If a shape differs.
        """
        if self.params_initialized and not force_init:
            warnings.warn(
                "Parameters already initialized and force_init=False. init_params call ignored.", stacklevel=2
            )
            return
        if not self.binded:
            raise AssertionError("call bind before initializing the parameters")
        attributes = self._symbol.attr_dict()

        def fill(name: str, array: Any, given: dict[str, Any] | None) -> None:
            if given is not None and name in given:
                value = given[name]
                if value is array:
                    return
                if value.shape != array.shape:
                    raise MXNetError(f"init_params: {name!r} has shape {array.shape}, the value given {value.shape}")
                value.copyto(array)
            elif given is not None and not allow_missing:
                raise RuntimeError(f"{name} is not presented: it is not among the parameters given")
            elif initializer is not None:
                initializer(InitDesc(name, attributes.get(name)), array)

        group = self._exec_group
        old = self._arg_params, self._aux_params
        self._arg_params = self._host_arrays(group.param_names, group.param_arrays, old[0])
        self._aux_params = self._host_arrays(self._aux_names, group.aux_arrays, old[1])
        for arrays, given in ((self._arg_params, arg_params), (self._aux_params, aux_params)):
            for name in sorted(arrays):
                fill(name, arrays[name], given)
        self.params_initialized = True
        self._params_dirty = False
        group.set_params(self._arg_params, self._aux_params, allow_extra=allow_extra)

    def _host_arrays(self, names: list[str], arrays: list[list[Any]], old: dict[str, Any] | None) -> dict[str, Any]:
        """An array on the CPU for each name: those there are, else zeros."""
        found = old or {}
        return {
            name: found[name]
            if name in found and found[name].shape == copies[0].shape
            else nd.zeros(copies[0].shape, ctx=ctx.cpu(), dtype=copies[0].dtype)
            for name, copies in zip(names, arrays)
        }

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
            Set them also when they have been initialized; otherwise there is a warning and nothing happens.
        allow_extra : bool
            With `allow_missing`: ignore names that the module does not have. Otherwise they are ignored anyway.

        Raises
        ------
        RuntimeError
            If a parameter is missing and not `allow_missing`.
        ValueError
            If there is a name that the module does not have, with `allow_missing` and without `allow_extra`.
        """
        if not allow_missing:
            self.init_params(None, arg_params, aux_params, allow_missing, force_init, allow_extra)
            return
        if self.params_initialized and not force_init:
            warnings.warn("Parameters already initialized and force_init=False. set_params call ignored.", stacklevel=2)
            return
        self._require("binded")
        if not self.params_initialized:
            self._arg_params = self._host_arrays(self._exec_group.param_names, self._exec_group.param_arrays, None)
            self._aux_params = self._host_arrays(self._aux_names, self._exec_group.aux_arrays, None)
        self._exec_group.set_params(arg_params or {}, aux_params or {}, allow_extra=allow_extra)
        self._params_dirty = True
        self.params_initialized = True

    # --- Optimizer ---------------------------------------------------------------------------------------------------

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = DEFAULT_OPTIMIZER_PARAMS,
        force_init: bool = False,
    ) -> None:
        """Make ready for `update`.

        Parameters
        ----------
        kvstore : str, KVStore or None
            How gradients of several devices are summed. None leaves the devices to themselves.
        optimizer : str or Optimizer
            An optimizer made by name gets ``rescale_grad=1 / batch_size`` unless `optimizer_params` says otherwise.
        optimizer_params : dict or pairs
            For the optimizer's constructor.
        force_init : bool
            Do it also when it has been done; otherwise there is a warning and nothing happens.
        """
        self._require("binded", "params_initialized")
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring...")
            return
        if self._params_dirty:
            self._sync_params_from_devices()
        store, on_store = create_kvstore(kvstore, len(self._context), self._arg_params or {})
        group = self._exec_group
        names = group.param_names
        batch_size = group.batch_size
        if store is not None and "dist" in store.type and "_sync" in store.type:
            batch_size *= store.num_workers
        rescale_grad = 1.0 / batch_size
        devices = len(self._context)
        idx2name: dict[Any, str] = (
            dict(enumerate(names))
            if on_store
            else {i * devices + k: name for k in range(devices) for i, name in enumerate(names)}
        )
        if isinstance(optimizer, str):
            params = dict(optimizer_params)
            params.setdefault("rescale_grad", rescale_grad)
            optimizer = opt.create(optimizer, sym=self._symbol, param_idx2name=idx2name, **params)
        elif isinstance(optimizer, opt.Optimizer):
            if optimizer.rescale_grad != rescale_grad:
                warnings.warn(
                    f"the optimizer was made outside of the module: its rescale_grad is {optimizer.rescale_grad}, not "
                    f"1 / batch_size = {rescale_grad}; is this intended?",
                    stacklevel=2,
                )
            if not optimizer.idx2name:
                optimizer.idx2name = idx2name
        else:
            raise MXNetError(f"init_optimizer: optimizer needs a name or an Optimizer, got {optimizer!r}")
        self._optimizer = optimizer
        self._kvstore = store
        self._update_on_kvstore = on_store
        self._updater = None
        if store is not None:
            if self._compression_params:
                store.set_gradient_compression(self._compression_params)
            if on_store:
                store.set_optimizer(optimizer)
            initialize_kvstore(store, group.param_arrays, self._arg_params or {}, names, on_store)
        if not on_store:
            self._updater = opt.get_updater(optimizer)
        self.optimizer_initialized = True
        if self._preload_opt_states is not None:
            self.load_optimizer_states(self._preload_opt_states)
            self._preload_opt_states = None

    def borrow_optimizer(self, shared_module: Module) -> None:
        """Use the optimizer of another module, with its states; the parameters have to be shared too.

        Parameters
        ----------
        shared_module : Module
        """
        shared_module._require("optimizer_initialized")
        self._optimizer = shared_module._optimizer
        self._kvstore = shared_module._kvstore
        self._update_on_kvstore = shared_module._update_on_kvstore
        self._updater = shared_module._updater
        self.optimizer_initialized = True

    def update(self) -> None:
        """Change the parameters by the gradients of the last backward."""
        self._require("binded", "params_initialized", "optimizer_initialized")
        self._params_dirty = True
        group = self._exec_group
        if self._update_on_kvstore:
            update_on_kvstore(group.param_arrays, group.grad_arrays, self._kvstore, group.param_names)
        else:
            update_by_updater(
                group.param_arrays,
                group.grad_arrays,
                self._updater,
                len(self._context),
                self._kvstore,
                group.param_names,
            )

    # --- Running -----------------------------------------------------------------------------------------------------

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch; a batch of other shapes makes the module bind for them.

        Parameters
        ----------
        data_batch : DataBatch
            Or anything with ``data`` and, for labels, ``label``; or a list of them, one per device.
        is_train : bool, optional
            Whether operators behave as in training; by default whether the module was bound for training.
        """
        self._require("binded", "params_initialized")
        self._follow_shapes(data_batch)
        self._exec_group.forward(data_batch, is_train)

    def _follow_shapes(self, data_batch: Any) -> None:
        batches = data_batch if isinstance(data_batch, list) else [data_batch]
        data_shapes = _with_shapes(self._data_shapes or [], [batch.data for batch in batches])
        labels = [getattr(batch, "label", None) for batch in batches]
        label_shapes = self._label_shapes
        if all(labels) and self._label_names:
            described = self._label_shapes or [DataDesc(name, ()) for name in self._label_names]
            label_shapes = _with_shapes(described, labels)
        elif data_shapes != self._data_shapes:
            label_shapes = None  # labels of another batch size: they follow from the data
        if data_shapes == self._data_shapes and label_shapes == self._label_shapes:
            return
        first = batches[0]
        if len(batches) == 1 and getattr(first, "provide_data", None):
            data_shapes = first.provide_data
        if len(batches) == 1 and label_shapes is not None and getattr(first, "provide_label", None):
            label_shapes = first.provide_label
        self._exec_group.reshape(*self._described(data_shapes, label_shapes))
        self._data_shapes, self._label_shapes = self._exec_group.data_shapes, self._exec_group.label_shapes

    @staticmethod
    def _described(*shapes: Any) -> list[Any]:
        return [
            None if some is None else [desc if isinstance(desc, DataDesc) else DataDesc(*desc) for desc in some]
            for some in shapes
        ]

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients of the last batch.

        Parameters
        ----------
        out_grads : NDArray or list of NDArray, optional
            Gradients of the outputs, for networks that do not end in a loss.
        """
        self._require("binded", "params_initialized")
        self._exec_group.backward(out_grads)

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the outputs of the last forward, which the next one overwrites.

        Parameters
        ----------
        merge_multi_context : bool
            Join the outputs of several devices; else there is a list of arrays per output.

        Returns
        -------
        list of NDArray or of lists
        """
        self._require("binded", "params_initialized")
        return self._exec_group.get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the gradients of the inputs of the last backward; bind with ``inputs_need_grad=True`` for them.

        Parameters
        ----------
        merge_multi_context : bool
            Join the gradients of several devices; else there is a list of arrays per input.

        Returns
        -------
        list of NDArray or of lists
        """
        self._require("binded", "params_initialized")
        if not self.inputs_need_grad:
            raise AssertionError("get_input_grads: the module was bound with inputs_need_grad=False")
        return self._exec_group.get_input_grads(merge_multi_context)

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the states that are kept between batches, a list of arrays per state.

        Parameters
        ----------
        merge_multi_context : bool
            Only False is supported.
        """
        self._require("binded", "params_initialized")
        return self._exec_group.get_states(merge_multi_context)

    def set_states(self, states: Any = None, value: float | None = None) -> None:
        """Set the states that are kept between batches.

        Parameters
        ----------
        states : list of lists of NDArray, optional
            For each state an array per device.
        value : float, optional
            One value for all.
        """
        self._require("binded", "params_initialized")
        self._exec_group.set_states(states, value)

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs of the last forward.

        Parameters
        ----------
        eval_metric : EvalMetric
        labels : list of NDArray
        pre_sliced : bool
            `labels` is a list of such lists, one per device.
        """
        self._exec_group.update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon: Any) -> None:
        """Let a monitor watch the module.

        Parameters
        ----------
        mon : Monitor
        """
        self._require("binded")
        self._exec_group.install_monitor(mon)

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Get ready for a batch that comes next: there is nothing to do.

        Parameters
        ----------
        data_batch : DataBatch
        sparse_row_id_fn : None
            Sparse parameters are not supported: anything else raises MXNetError.
        """
        self._require("binded")
        super().prepare(data_batch, sparse_row_id_fn)


def _with_shapes(described: list[DataDesc], arrays: list[Any]) -> list[DataDesc]:
    """The descriptions with the shapes of a batch, or of one batch per device together."""
    found = []
    for i, desc in enumerate(described):
        if i >= len(arrays[0]):
            raise MXNetError(f"Module: the batch has {len(arrays[0])} arrays, needs {[d.name for d in described]}")
        shape = list(arrays[0][i].shape)
        axis = DataDesc.get_batch_axis(desc.layout)
        if len(arrays) > 1 and axis >= 0:
            shape[axis] = sum(some[i].shape[axis] for some in arrays)
        found.append(
            desc if tuple(desc.shape) == tuple(shape) else DataDesc(desc.name, tuple(shape), desc.dtype, desc.layout)
        )
    return found
