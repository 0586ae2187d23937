"""`EvalMetric`, the metrics made of others, and how metrics are found by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numpy import add, array, asarray, ndarray

from .. import registry
from ..base import MXNetError
from ..ndarray import NDArray

__all__ = [
    "CompositeEvalMetric",
    "CustomMetric",
    "EvalMetric",
    "alias",
    "as_list",
    "check_label_shapes",
    "create",
    "np",
    "register",
    "to_numpy",
]


def as_list(value: Any) -> list[Any]:
    """Return a list or tuple as a list, None as an empty list, and anything else as its only entry."""
    if type(value) is list:
        return value
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def to_numpy(x: Any) -> ndarray:
    """Return an NDArray (or whatever numpy understands) as a numpy array, which is only read."""
    if isinstance(x, NDArray):
        return x._data if x._ctx.on_cpu else x.asnumpy()
    return x.asnumpy() if hasattr(x, "asnumpy") else asarray(x)


def mean(x: ndarray) -> Any:
    """``x.mean()``, for few numbers in a quarter of the time."""
    return x.mean() if x.dtype == "float16" or not x.size else add.reduce(x, axis=None) / x.size


def check_label_shapes(labels: Any, preds: Any, wrap: bool = False, shape: bool = False) -> tuple[Any, Any]:
    """Check that labels and predictions belong together.

    Parameters
    ----------
    labels, preds : NDArray or list of NDArray
    wrap : bool
        Return single arrays as lists of one.
    shape : bool
        Compare the shapes instead of the lengths.

    Returns
    -------
    labels, preds

    Raises
    ------
    ValueError
        If they differ.
    """
    found, needed = (preds.shape, labels.shape) if shape else (len(preds), len(labels))
    if found != needed:
        raise ValueError(f"shape of labels {needed} does not match shape of predictions {found}")
    if wrap:
        labels, preds = as_list(labels), as_list(preds)
    return labels, preds


class EvalMetric:
    """Base class of the metrics: a running sum and the number of things summed.

    A subclass overrides `update`, adding to ``sum_metric`` and ``num_inst``; or calls `_add`, which also keeps the
    global sums that `reset_local` leaves alone, and passes ``has_global_stats=True`` to this constructor.

    Parameters
    ----------
    name : str
    output_names, label_names : list of str, optional
        Which outputs and labels `update_dict` picks; all, when not given.
    **kwargs
        Shown in `get_config`.
    """

    def __init__(
        self,
        name: str,
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.name = str(name)
        self.output_names = output_names
        self.label_names = label_names
        self._has_global_stats = kwargs.pop("has_global_stats", False)
        self._kwargs = kwargs
        self.reset()

    def __str__(self) -> str:
        return f"EvalMetric: {dict(self.get_name_value())}"

    def get_config(self) -> dict[str, Any]:
        """Return what `create` needs to make this metric again.

        Returns
        -------
        dict
        """
        return {
            **self._kwargs,
            "metric": type(self).__name__,
            "name": self.name,
            "output_names": self.output_names,
            "label_names": self.label_names,
        }

    def update_dict(self, label: dict[str, Any], pred: dict[str, Any]) -> None:
        """Update with arrays by name.

        Parameters
        ----------
        label, pred : dict of str to NDArray
        """
        picked = []
        for arrays, names in ((label, self.label_names), (pred, self.output_names)):
            missing = [name for name in names or () if name not in arrays]
            if missing:
                raise MXNetError(f"metric {self.name}: no array named {missing[0]!r}; there are {list(arrays)}")
            picked.append(list(arrays.values()) if names is None else [arrays[name] for name in names])
        self.update(*picked)

    def update(self, labels: Any, preds: Any) -> None:
        """Take in one batch.

        Parameters
        ----------
        labels, preds : list of NDArray
        """
        raise NotImplementedError(f"{type(self).__name__} needs update(labels, preds)")

    def _add(self, value: float, count: int) -> None:
        self.sum_metric += value
        self.global_sum_metric += value
        self.num_inst += count
        self.global_num_inst += count

    def reset(self) -> None:
        """Forget everything."""
        self.num_inst = 0
        self.sum_metric = 0.0
        self.global_num_inst = 0
        self.global_sum_metric = 0.0

    def reset_local(self) -> None:
        """Forget all but the global sums: the value since the last progress line starts anew."""
        self.num_inst = 0
        self.sum_metric = 0.0

    def _value(self, total: float, count: int) -> float:
        """What the metric reports for a sum over `count` things."""
        return total / count if count else math.nan

    def get(self) -> tuple[Any, Any]:
        """Return name and value since the last `reset_local`; nan when nothing was seen.

        Returns
        -------
        (str, float)
        """
        return self.name, self._value(self.sum_metric, self.num_inst)

    def get_global(self) -> tuple[Any, Any]:
        """Return name and value since the last `reset`.

        Returns
        -------
        (str, float)
        """
        if not self._has_global_stats:
            return self.get()
        return self.name, self._value(self.global_sum_metric, self.global_num_inst)

    def get_name_value(self) -> list[tuple[str, float]]:
        """Return `get` as a list of pairs."""
        return _pairs(self.get())

    def get_global_name_value(self) -> list[tuple[str, float]]:
        """Return `get_global` as a list of pairs."""
        return _pairs(self.get_global())


def _pairs(named: tuple[Any, Any]) -> list[tuple[str, float]]:
    return list(zip(as_list(named[0]), as_list(named[1]), strict=True))


register = registry.get_register_func(EvalMetric, "metric")
alias = registry.get_alias_func(EvalMetric, "metric")
_create = registry.get_create_func(EvalMetric, "metric")


def create(metric: Any, *args: Any, **kwargs: Any) -> EvalMetric:
    """Make a metric.

    Parameters
    ----------
    metric : str, EvalMetric, callable or list
        A registered name (``"acc"``, ``"ce"``, …), an instance, a function ``feval(label, pred)`` of NumPy arrays, or
        a list of these, which gives a `CompositeEvalMetric`.
    *args, **kwargs
        For the metric's constructor.

    Returns
    -------
    EvalMetric

    Raises
    ------
    MXNetError
        If the name is not registered.

    Examples
    --------
    >>> create("top_k_accuracy", top_k=3).name
    'top_k_accuracy_3'
    """
    if isinstance(metric, type) and issubclass(metric, EvalMetric):
        return metric(*args, **kwargs)
    if callable(metric) and not isinstance(metric, EvalMetric):
        return CustomMetric(metric, *args, **kwargs)
    if isinstance(metric, (list, tuple)):
        composite = CompositeEvalMetric()
        for child in metric:
            composite.add(create(child, *args, **kwargs))
        return composite
    return _create(metric, *args, **kwargs)


@register
@alias("composite")
class CompositeEvalMetric(EvalMetric):
    """Several metrics in one, updated together.

    Parameters
    ----------
    metrics : list, optional
        Anything that `create` takes.
    name : str
    output_names, label_names : list of str, optional
    """

    def __init__(
        self,
        metrics: list[Any] | None = None,
        name: str = "composite",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        self.metrics: list[EvalMetric] = []
        super().__init__(name, output_names, label_names, has_global_stats=True)
        self.metrics = [create(metric) for metric in metrics or ()]  # after reset(): they keep what they have seen

    def add(self, metric: Any) -> None:
        """Add a metric: anything that `create` takes."""
        self.metrics.append(create(metric))

    def get_metric(self, index: int) -> EvalMetric:
        """Return the `index`-th metric; raise ValueError when there is none."""
        try:
            return self.metrics[index]
        except IndexError:
            raise ValueError(f"metric index {index} is out of range 0 and {len(self.metrics)}") from None

    def update_dict(self, labels: dict[str, Any], preds: dict[str, Any]) -> None:
        """Update every metric with arrays by name, of which each picks its own."""
        if self.label_names is not None:
            labels = {name: array for name, array in labels.items() if name in self.label_names}
        if self.output_names is not None:
            preds = {name: array for name, array in preds.items() if name in self.output_names}
        for metric in self.metrics:
            metric.update_dict(labels, preds)

    def update(self, labels: Any, preds: Any) -> None:
        """Update every metric."""
        for metric in self.metrics:
            metric.update(labels, preds)

    def reset(self) -> None:
        """Reset every metric."""
        for metric in self.metrics:
            metric.reset()

    def reset_local(self) -> None:
        """Reset the local values of every metric."""
        for metric in self.metrics:
            metric.reset_local()

    def get(self) -> tuple[list[str], list[float]]:
        """Return the names and the values of all metrics."""
        return _joined([metric.get() for metric in self.metrics])

    def get_global(self) -> tuple[list[str], list[float]]:
        """Return the names and the global values of all metrics."""
        return _joined([metric.get_global() for metric in self.metrics])

    def get_config(self) -> dict[str, Any]:
        """Return what `create` needs to make this metric again."""
        return {**super().get_config(), "metrics": [metric.get_config() for metric in self.metrics]}


def _joined(results: list[tuple[Any, Any]]) -> tuple[list[str], list[float]]:
    pairs = [pair for result in results for pair in _pairs(result)]
    return [name for name, _ in pairs], [value for _, value in pairs]


@register
class CustomMetric(EvalMetric):
    """A metric out of a function of NumPy arrays.

    Parameters
    ----------
    feval : callable
        ``feval(label, pred)`` returns the value of one batch, or ``(sum, count)``.
    name : str, optional
        By default the function's name.
    allow_extra_outputs : bool
        Ignore outputs beyond the labels.
    output_names, label_names : list of str, optional
    """

    def __init__(
        self,
        feval: Callable[[ndarray, ndarray], Any],
        name: str | None = None,
        allow_extra_outputs: bool = False,
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        if name is None:
            name = getattr(feval, "__name__", type(feval).__name__)
            if "<" in name:  # a lambda
                name = f"custom({name})"
        super().__init__(name, output_names, label_names, has_global_stats=True)
        self._feval = feval
        self._allow_extra_outputs = allow_extra_outputs

    def update(self, labels: Any, preds: Any) -> None:
        """Add the function's value for each label and its prediction."""
        labels, preds = as_list(labels), as_list(preds)
        if not self._allow_extra_outputs:
            check_label_shapes(labels, preds)
        for label, pred in zip(labels, preds, strict=False):
            value = self._feval(array(to_numpy(label)), array(to_numpy(pred)))
            self._add(*value) if isinstance(value, tuple) else self._add(value, 1)

    def get_config(self) -> dict[str, Any]:
        """Raise NotImplementedError: a function cannot be written down."""
        raise NotImplementedError("a CustomMetric has no configuration: its function cannot be written down")


def np(
    numpy_feval: Callable[[ndarray, ndarray], Any],
    name: str | None = None,
    allow_extra_outputs: bool = False,
) -> CustomMetric:
    """Make a metric out of a function of NumPy arrays.

    Parameters
    ----------
    numpy_feval : callable
        ``numpy_feval(label, pred)`` returns the value of one batch, or ``(sum, count)``.
    name : str, optional
        By default the function's name.
    allow_extra_outputs : bool
        Ignore outputs beyond the labels.

    Returns
    -------
    CustomMetric

    Examples
    --------
    >>> metric = np(lambda label, pred: abs(label - pred).mean(), name="error")
    >>> metric.name
    'error'
    """
    return CustomMetric(numpy_feval, name, allow_extra_outputs)
