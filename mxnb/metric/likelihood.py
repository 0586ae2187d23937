"""Metrics of probabilities and losses: CrossEntropy, NegativeLogLikelihood, Perplexity, Loss."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..ndarray import NDArray
from .base import EvalMetric, alias, as_list, check_label_shapes, register, to_numpy

__all__ = ["Caffe", "CrossEntropy", "Loss", "NegativeLogLikelihood", "Perplexity", "Torch"]


@register
@alias("ce")
class CrossEntropy(EvalMetric):
    """Mean of ``-log(p[label] + eps)`` over the samples.

    Parameters
    ----------
    eps : float
    name : str
    output_names, label_names : list of str, optional
    """

    def __init__(
        self,
        eps: float = 1e-12,
        name: str = "cross-entropy",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, eps=eps, has_global_stats=True)
        self.eps = eps

    def update(self, labels: Any, preds: Any) -> None:
        """Take in one batch.

        Parameters
        ----------
        labels : list of NDArray, samples in all axes
        preds : list of NDArray, shape (samples, classes)
            Probabilities.
        """
        for label, pred in zip(*check_label_shapes(as_list(labels), as_list(preds)), strict=True):
            label, pred = to_numpy(label).ravel().astype(np.int64), to_numpy(pred)
            if len(label) != len(pred):
                raise ValueError(f"metric {self.name}: {len(label)} labels for {len(pred)} predictions")
            chosen = pred[np.arange(len(label)), label]
            self._add(-float(np.add.reduce(np.log(chosen + self.eps))), len(label))


@register
@alias("nll_loss")
class NegativeLogLikelihood(CrossEntropy):
    """Mean of ``-log(p[label] + eps)`` over the samples; `CrossEntropy` under another name.

    Parameters
    ----------
    eps : float
    name : str
    output_names, label_names : list of str, optional
    """

    def __init__(
        self,
        eps: float = 1e-12,
        name: str = "nll-loss",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(eps, name, output_names, label_names)


@register
class Perplexity(EvalMetric):
    """``exp`` of the mean of ``-log p[label]``.

    Parameters
    ----------
    ignore_label : int or None
        Samples with this label are left out.
    axis : int
        The axis of `preds` over the classes.
    name : str
    output_names, label_names : list of str, optional
    """

    def __init__(
        self,
        ignore_label: int | None,
        axis: int = -1,
        name: str = "perplexity",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, ignore_label=ignore_label, has_global_stats=True)
        self.ignore_label = ignore_label
        self.axis = axis

    def update(self, labels: Any, preds: Any) -> None:
        """Take in one batch.

        Parameters
        ----------
        labels : list of NDArray, the shape of `preds` without the class axis, or flattened
        preds : list of NDArray
            Probabilities.
        """
        for label, pred in zip(*check_label_shapes(as_list(labels), as_list(preds)), strict=True):
            label, pred = to_numpy(label).ravel().astype(np.int64), np.moveaxis(to_numpy(pred), self.axis, -1)
            if label.size * pred.shape[-1] != pred.size:
                raise ValueError(f"metric {self.name}: {label.size} labels for predictions of shape {pred.shape}")
            # take clips: a label such as -1 that is ignored below may lie outside of the classes
            rows = pred.reshape(label.size, pred.shape[-1])
            chosen = rows[np.arange(label.size), label.clip(0, pred.shape[-1] - 1)]
            if self.ignore_label is not None:
                chosen = chosen[label != self.ignore_label]
            self._add(float(-np.log(np.maximum(chosen, 1e-10)).sum()), len(chosen))

    def _value(self, total: float, count: int) -> float:
        return math.exp(total / count) if count else math.nan


@register
class Loss(EvalMetric):
    """Mean of all elements of the outputs, for networks that give a loss; labels are not used.

    Parameters
    ----------
    name : str
    output_names, label_names : list of str, optional
    """

    def __init__(
        self,
        name: str = "loss",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def update(self, _: Any, preds: Any) -> None:
        """Add up the elements of every output."""
        for pred in as_list(preds):
            pred = pred if isinstance(pred, NDArray) else to_numpy(pred)
            self._add(float(pred.sum()), pred.size)


@register
class Torch(Loss):
    """`Loss` under an older name."""

    def __init__(
        self,
        name: str = "torch",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)


@register
class Caffe(Loss):
    """`Loss` under an older name."""

    def __init__(
        self,
        name: str = "caffe",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)
