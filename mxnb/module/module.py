"""`Module`: a symbol with parameters and an optimizer, on one device or several."""

from __future__ import annotations

import logging
from typing import Any

from .. import context as ctx
from .. import model
from ..base import MXNetError
from ..io import DataDesc
from .base_module import (
    as_list,
    check_names,
    parse_descriptions,
)
from .executor_group import BatchError, DataParallelExecutorGroup
from .updating import WithOptimizer

__all__ = ["Module"]


class Module(WithOptimizer):
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
        self._arg_params = self._aux_params = None
        self._params_dirty = False
        self._compression_params = compression_params
        self._optimizer = self._kvstore = self._updater = None
        self._update_on_kvstore = False
        self._preload_opt_states = None
        self._grad_req: Any = None
        self._exec_group = None
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
            raise BatchError(f"Module: the batch has {len(arrays[0])} arrays, needs {[d.name for d in described]}")
        shape = list(arrays[0][i].shape)
        axis = DataDesc.get_batch_axis(desc.layout)
        if len(arrays) > 1 and axis >= 0:
            shape[axis] = sum(some[i].shape[axis] for some in arrays)
        found.append(
            desc if tuple(desc.shape) == tuple(shape) else DataDesc(desc.name, tuple(shape), desc.dtype, desc.layout)
        )
    return found
