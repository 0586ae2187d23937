"""`PythonModule`: a module without parameters whose computation is written in Python."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from .. import ndarray as nd
from ..base import MXNetError
from .base_module import DEFAULT_INITIALIZER, DEFAULT_OPTIMIZER_PARAMS, BaseModule, as_list, parse_descriptions

__all__ = ["PythonLossModule", "PythonModule"]


class PythonModule(BaseModule):
    """Base class of modules without parameters; a subclass defines `forward`, `get_outputs` and what else it needs.

    Parameters
    ----------
    data_names, label_names, output_names : list of str
        `label_names` may be None.
    logger : logging.Logger
    """

    def __init__(self, data_names: Any, label_names: Any, output_names: Any, logger: Any = logging) -> None:
        super().__init__(logger)
        self._data_names = as_list(data_names)
        self._label_names = None if label_names is None else as_list(label_names)
        self._output_names = as_list(output_names)
        self._data_shapes: list[Any] | None = None
        self._label_shapes: list[Any] | None = None
        self._output_shapes: list[Any] | None = None

    @property
    def data_names(self) -> list[str]:
        """Names of the inputs."""
        return self._data_names

    @property
    def output_names(self) -> list[str]:
        """Names of the outputs."""
        return self._output_names

    @property
    def data_shapes(self) -> list[Any]:
        """Descriptions of the inputs."""
        return self._data_shapes  # type: ignore[return-value]

    @property
    def label_shapes(self) -> list[Any] | None:
        """Descriptions of the labels; None without labels."""
        return self._label_shapes

    @property
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """Names and shapes of the outputs."""
        return self._output_shapes  # type: ignore[return-value]

    def get_params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return two empty dicts: there are no parameters."""
        return {}, {}

    def init_params(
        self,
        initializer: Any = DEFAULT_INITIALIZER,
        arg_params: dict[str, Any] | None = None,
        aux_params: dict[str, Any] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Do nothing: there are no parameters."""
        self.params_initialized = True

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = DEFAULT_OPTIMIZER_PARAMS,
        force_init: bool = False,
    ) -> None:
        """Do nothing: there are no parameters."""
        self.optimizer_initialized = True

    def update(self) -> None:
        """Do nothing: there are no parameters."""

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs, if the module takes labels.

        Parameters
        ----------
        eval_metric : EvalMetric
        labels : list of NDArray
        pre_sliced : bool
            Only False is supported.
        """
        if self._label_shapes is None:
            return
        if pre_sliced:
            raise MXNetError("PythonModule.update_metric: pre_sliced labels are not supported")
        eval_metric.update(labels, self.get_outputs())

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
        """Note the shapes and work out those of the outputs.

        Parameters
        ----------
        data_shapes, label_shapes : list of DataDesc or (str, tuple of int)
        for_training, inputs_need_grad, force_rebind
            As in `Module.bind`.
        shared_module, grad_req
            Without effect, as there are no parameters; `grad_req` has to be ``"write"``.
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        if grad_req != "write":
            raise MXNetError(f"PythonModule.bind: grad_req is {grad_req!r}, only 'write' is supported")
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        names = self._label_names if label_shapes is not None else []
        self._data_shapes, self._label_shapes = parse_descriptions(
            self._data_names, names or [], data_shapes, label_shapes
        )
        self._output_shapes = self._compute_output_shapes()
        self.binded = True

    def _compute_output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """Names and shapes of the outputs, from ``_data_shapes`` and ``_label_shapes``."""
        raise NotImplementedError(f"{type(self).__name__} needs _compute_output_shapes()")


class PythonLossModule(PythonModule):
    """A loss at the end of a `SequentialModule`: it passes its input on and gives the gradient of the loss.

    Parameters
    ----------
    name : str
        The output is called ``<name>_output``.
    data_names, label_names : list of str
        One of each.
    logger : logging.Logger
    grad_func : callable, optional
        ``grad_func(scores, labels)`` returns the gradient of the scores, an NDArray or a NumPy array; or override
        ``_backward_impl``.
    """

    def __init__(
        self,
        name: str = "pyloss",
        data_names: Any = ("data",),
        label_names: Any = ("softmax_label",),
        logger: Any = logging,
        grad_func: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        super().__init__(data_names, label_names, [f"{name}_output"], logger)
        if len(self._data_names) != 1 or len(self._label_names or ()) != 1:
            raise MXNetError(f"PythonLossModule: needs one input and one label, got {data_names} and {label_names}")
        if grad_func is not None and not callable(grad_func):
            raise MXNetError(f"PythonLossModule: grad_func needs a function, got {grad_func!r}")
        self._name = name
        self._grad_func = grad_func
        self._scores: Any = None
        self._labels: Any = None
        self._scores_grad: Any = None

    def _compute_output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        return [(f"{self._name}_output", self._data_shapes[0][1])]  # type: ignore[index]

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Note the scores and, in training, the labels.

        Parameters
        ----------
        data_batch : DataBatch
        is_train : bool, optional
        """
        self._scores = data_batch.data[0]
        if self.for_training if is_train is None else is_train:
            self._labels = data_batch.label[0]

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the scores."""
        return [self._scores]

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradient of the scores.

        Parameters
        ----------
        out_grads : None
            A loss has no gradients from above.
        """
        if out_grads is not None:
            raise AssertionError("PythonLossModule.backward: a loss takes no out_grads")
        if not self.for_training:
            raise AssertionError("PythonLossModule.backward: bind with for_training=True first")
        self._backward_impl()

    def _backward_impl(self) -> None:
        if self._grad_func is None:
            raise NotImplementedError(f"{type(self).__name__} needs grad_func or _backward_impl()")
        grad = self._grad_func(self._scores, self._labels)
        self._scores_grad = grad if isinstance(grad, nd.NDArray) else nd.array(grad)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the gradient of the scores."""
        return [self._scores_grad]

    def install_monitor(self, mon: Any) -> None:
        """Raise NotImplementedError: there is no executor to watch."""
        raise NotImplementedError("PythonLossModule has no executor to monitor")
