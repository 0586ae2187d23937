"""What every kind of module defines for itself."""

from __future__ import annotations

from typing import Any

from .. import initializer as init

__all__ = ["DEFAULT_INITIALIZER", "DEFAULT_OPTIMIZER_PARAMS", "Interface"]

DEFAULT_OPTIMIZER_PARAMS = (("learning_rate", 0.01),)
DEFAULT_INITIALIZER = init.Uniform(0.01)


class Interface:
    """The methods and properties that `BaseModule` builds upon; here each says that it is missing."""

    def _missing(self, name: str) -> NotImplementedError:
        return NotImplementedError(f"{type(self).__name__} needs {name}")

    @property
    def data_names(self) -> list[str]:
        """Names of the inputs."""
        raise self._missing("data_names")

    @property
    def output_names(self) -> list[str]:
        """Names of the outputs."""
        raise self._missing("output_names")

    @property
    def data_shapes(self) -> list[Any]:
        """Descriptions of the inputs."""
        raise self._missing("data_shapes")

    @property
    def label_shapes(self) -> list[Any] | None:
        """Descriptions of the labels; None without labels."""
        raise self._missing("label_shapes")

    @property
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """Names and shapes of the outputs."""
        raise self._missing("output_shapes")

    def get_params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the parameters and auxiliary states by name, on the CPU."""
        raise self._missing("get_params")

    def init_params(
        self,
        initializer: Any = DEFAULT_INITIALIZER,
        arg_params: dict[str, Any] | None = None,
        aux_params: dict[str, Any] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters their first values."""
        raise self._missing("init_params")

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
        """Make the arrays for inputs of these shapes."""
        raise self._missing("bind")

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = DEFAULT_OPTIMIZER_PARAMS,
        force_init: bool = False,
    ) -> None:
        """Make ready for `update`."""
        raise self._missing("init_optimizer")

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch."""
        raise self._missing("forward")

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients of the last batch."""
        raise self._missing("backward")

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the outputs of the last forward."""
        raise self._missing("get_outputs")

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the gradients with respect to the inputs of the last backward."""
        raise self._missing("get_input_grads")

    def update(self) -> None:
        """Change the parameters by the gradients of the last backward."""
        raise self._missing("update")

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs of the last forward."""
        raise self._missing("update_metric")

    def install_monitor(self, mon: Any) -> None:
        """Let a monitor watch the module."""
        raise self._missing("install_monitor")
