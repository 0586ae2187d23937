"""`SequentialModule`: modules one after the other."""

from __future__ import annotations

import logging
from typing import Any

from ..base import MXNetError
from ..io import DataBatch, DataDesc
from .base_module import DEFAULT_INITIALIZER, DEFAULT_OPTIMIZER_PARAMS, BaseModule

__all__ = ["SequentialModule"]


class SequentialModule(BaseModule):
    """A chain of modules, each of which gets the outputs of the one before it.

    Parameters
    ----------
    logger : logging.Logger

    Examples
    --------
    >>> import mxnb as mx
    >>> first = mx.mod.Module(mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=4), label_names=None)
    >>> last = mx.mod.Module(mx.sym.SoftmaxOutput(mx.sym.Variable("data"), name="softmax"))
    >>> chain = mx.mod.SequentialModule().add(first).add(last, take_labels=True, auto_wiring=True)
    """

    META_TAKE_LABELS = "take_labels"
    META_AUTO_WIRING = "auto_wiring"

    def __init__(self, logger: Any = logging) -> None:
        super().__init__(logger)
        self._modules: list[Any] = []
        self._metas: list[dict[str, Any]] = []
        self._label_shapes: list[Any] | None = None

    def add(self, module: Any, **kwargs: Any) -> SequentialModule:
        """Add a module at the end.

        Parameters
        ----------
        module : BaseModule
        **kwargs
            ``take_labels=True`` gives it the labels; ``auto_wiring=True`` renames the outputs of the module before it
            to its data names.

        Returns
        -------
        SequentialModule
            This one.
        """
        known = (self.META_TAKE_LABELS, self.META_AUTO_WIRING)
        for key in kwargs:
            if key not in known:
                raise MXNetError(f"SequentialModule.add: unknown option {key!r}; there are {known}")
        self._modules.append(module)
        self._metas.append(kwargs)
        self.binded = False
        self.params_initialized = False
        self.optimizer_initialized = False
        return self

    def _takes_labels(self, i: int) -> bool:
        return bool(self._metas[i].get(self.META_TAKE_LABELS))

    # --- Names and shapes --------------------------------------------------------------------------------------------

    @property
    def data_names(self) -> list[str]:
        """Names of the inputs of the first module."""
        return self._modules[0].data_names if self._modules else []

    @property
    def output_names(self) -> list[str]:
        """Names of the outputs of the last module."""
        return self._modules[-1].output_names if self._modules else []

    @property
    def data_shapes(self) -> list[Any]:
        """Descriptions of the inputs of the first module."""
        self._require("binded")
        return self._modules[0].data_shapes

    @property
    def label_shapes(self) -> list[Any] | None:
        """Descriptions of the labels; None if no module takes them."""
        self._require("binded")
        return self._label_shapes

    @property
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """Names and shapes of the outputs of the last module."""
        self._require("binded")
        return self._modules[-1].output_shapes

    # --- Parameters and optimizer ------------------------------------------------------------------------------------

    def get_params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the parameters and auxiliary states of all modules."""
        self._require("binded", "params_initialized")
        arg_params: dict[str, Any] = {}
        aux_params: dict[str, Any] = {}
        for module in self._modules:
            arg, aux = module.get_params()
            arg_params.update(arg)
            aux_params.update(aux)
        return arg_params, aux_params

    def init_params(
        self,
        initializer: Any = DEFAULT_INITIALIZER,
        arg_params: dict[str, Any] | None = None,
        aux_params: dict[str, Any] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters of all modules their first values; as `Module.init_params`.

        Raises
        ------
        MXNetError
            If two modules have a parameter of the same name.
        """
        if self.params_initialized and not force_init:
            return
        self._require("binded")
        owners: dict[str, int] = {}
        for i, module in enumerate(self._modules):
            module.init_params(initializer, arg_params, aux_params, allow_missing, force_init, allow_extra)
            for params in module.get_params():
                for name in params:
                    if name in owners:
                        raise MXNetError(
                            f"SequentialModule: modules {owners[name]} and {i} both have a parameter {name!r}"
                        )
                    owners[name] = i
        self.params_initialized = True

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = DEFAULT_OPTIMIZER_PARAMS,
        force_init: bool = False,
    ) -> None:
        """Make all modules ready for `update`; as `Module.init_optimizer`."""
        self._require("binded", "params_initialized")
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring.")
            return
        for module in self._modules:
            module.init_optimizer(kvstore, optimizer, optimizer_params, force_init)
        self.optimizer_initialized = True

    def update(self) -> None:
        """Change the parameters of all modules by the gradients of the last backward."""
        self._require("binded", "params_initialized", "optimizer_initialized")
        for module in self._modules:
            module.update()

    # --- Binding and running -----------------------------------------------------------------------------------------

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
        """Bind all modules, each to the output shapes of the one before it.

        Parameters
        ----------
        data_shapes, label_shapes : list of DataDesc or (str, tuple of int)
        for_training, inputs_need_grad, force_rebind, grad_req
            As in `Module.bind`.
        shared_module : None
            Not supported.
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        if inputs_need_grad and not for_training:
            raise AssertionError("bind: inputs_need_grad=True needs for_training=True")
        if shared_module is not None:
            raise MXNetError("SequentialModule.bind: shared_module is not supported")
        if not self._modules:
            raise AssertionError("SequentialModule: there are no modules; call add first")
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        shapes = [desc if isinstance(desc, DataDesc) else DataDesc(*desc) for desc in data_shapes]
        for i, module in enumerate(self._modules):
            if self._metas[i].get(self.META_AUTO_WIRING):
                if len(module.data_names) != len(shapes):
                    raise MXNetError(f"SequentialModule: module {i} has inputs {module.data_names}, gets {shapes}")
                shapes = [DataDesc(name, tuple(desc[1])) for name, desc in zip(module.data_names, shapes)]
            module.bind(
                shapes,
                label_shapes if self._takes_labels(i) else None,
                for_training,
                inputs_need_grad=for_training and (inputs_need_grad or i > 0),
                force_rebind=force_rebind,
                grad_req=grad_req,
            )
            shapes = [DataDesc(name, tuple(shape)) for name, shape in module.output_shapes]
        self.binded = True
        self._label_shapes = label_shapes if any(map(self._takes_labels, range(len(self._modules)))) else None

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch through all modules.

        Parameters
        ----------
        data_batch : DataBatch
        is_train : bool, optional
        """
        self._require("binded", "params_initialized")
        label, pad = getattr(data_batch, "label", None), getattr(data_batch, "pad", None)
        batch = data_batch
        for module in self._modules:
            module.forward(batch, is_train)
            batch = DataBatch(module.get_outputs(), label, pad)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients of the last batch through all modules."""
        self._require("binded", "params_initialized")
        for i, module in reversed(list(enumerate(self._modules))):
            module.backward(out_grads)
            if i:
                out_grads = module.get_input_grads()

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the outputs of the last module."""
        self._require("binded", "params_initialized")
        return self._modules[-1].get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the gradients of the inputs of the first module."""
        self._require("binded", "params_initialized")
        if not self.inputs_need_grad:
            raise AssertionError("get_input_grads: the module was bound with inputs_need_grad=False")
        return self._modules[0].get_input_grads(merge_multi_context)

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs of the modules that take labels."""
        self._require("binded", "params_initialized")
        for i, module in enumerate(self._modules):
            if self._takes_labels(i):
                module.update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon: Any) -> None:
        """Let a monitor watch all modules."""
        self._require("binded")
        for module in self._modules:
            module.install_monitor(mon)
