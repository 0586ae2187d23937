"""Metrics of classes: Accuracy, TopKAccuracy, F1, MCC, PCC."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base import MXNetError
from .base import EvalMetric, alias, as_list, check_label_shapes, register, to_numpy

__all__ = ["F1", "MCC", "PCC", "Accuracy", "TopKAccuracy"]


def _classes(pred: np.ndarray, label: np.ndarray, axis: int) -> np.ndarray:
    """Predictions as class numbers: the arg max over `axis` where they are not class numbers already."""
    return pred.argmax(axis=axis) if pred.shape != label.shape else pred


@register
@alias("acc")
class Accuracy(EvalMetric):
    """Share of the samples whose predicted class is the label.

    Parameters
    ----------
    axis : int
        The axis of `preds` over the classes.
    name : str
    output_names, label_names : list of str, optional

    Examples
    --------
    >>> import mxnb as mx
    >>> metric = mx.metric.Accuracy()
    >>> metric.update([mx.nd.array([0, 1])], [mx.nd.array([[0.9, 0.1], [0.8, 0.2]])])
    >>> metric.get()
    ('accuracy', 0.5)
    """

    def __init__(
        self,
        axis: int = 1,
        name: str = "accuracy",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, axis=axis, has_global_stats=True)
        self.axis = axis

    def update(self, labels: Any, preds: Any) -> None:
        """Take in one batch.

        Parameters
        ----------
        labels : list of NDArray
            Class numbers.
        preds : list of NDArray
            Scores of each class along `axis`, or class numbers in the shape of the labels.
        """
        for label, pred in zip(*check_label_shapes(as_list(labels), as_list(preds)), strict=True):
            label, pred = to_numpy(label), to_numpy(pred)
            pred = _classes(pred, label, self.axis).astype(np.int64, copy=False).ravel()
            label = label.astype(np.int64, copy=False).ravel()
            check_label_shapes(label, pred)
            self._add(int(np.count_nonzero(pred == label)), len(pred))


@register
@alias("top_k_accuracy", "top_k_acc")
class TopKAccuracy(EvalMetric):
    """Share of the samples whose label is among the `top_k` highest scores.

    Parameters
    ----------
    top_k : int
        At least 2.
    name : str
        ``_<top_k>`` is appended.
    output_names, label_names : list of str, optional
    """

    def __init__(
        self,
        top_k: int = 1,
        name: str = "top_k_accuracy",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        if top_k <= 1:
            raise AssertionError(f"TopKAccuracy: top_k is {top_k}; use Accuracy for top_k=1")
        super().__init__(f"{name}_{top_k}", output_names, label_names, top_k=top_k, has_global_stats=True)
        self.top_k = top_k

    def update(self, labels: Any, preds: Any) -> None:
        """Take in one batch.

        Parameters
        ----------
        labels : list of NDArray, shape (samples,)
        preds : list of NDArray, shape (samples, classes)
        """
        for label, pred in zip(*check_label_shapes(as_list(labels), as_list(preds)), strict=True):
            label, pred = to_numpy(label).astype(np.int32), to_numpy(pred)
            if pred.ndim != 2:
                raise ValueError(f"metric {self.name}: predictions have shape {pred.shape}, needs (samples, classes)")
            check_label_shapes(label, pred)
            top_k = min(self.top_k, pred.shape[1])
            best = np.argpartition(pred.astype(np.float32), pred.shape[1] - top_k)[:, -top_k:]
            self._add(int((best == label.reshape(-1, 1)).sum()), len(label))


class _Binary:
    """Counts of a two-class problem; class 1 is the positive one."""

    def __init__(self) -> None:
        self.counts = np.zeros((2, 2), np.int64)  # [label, prediction]

    def update(self, name: str, label: np.ndarray, pred: np.ndarray) -> None:
        label = label.astype(np.int32).ravel()
        scores = pred
        pred = _classes(scores, label, 1).astype(np.int32).ravel()
        check_label_shapes(label, pred)
        if scores.shape == label.shape and (scores != pred).any():
            raise ValueError(f"metric {name}: predictions of one axis need to be classes, got {scores}")
        if label.size and (label.min() < 0 or label.max() > 1 or pred.max() > 1):
            raise ValueError(f"metric {name} is for two classes, 0 and 1; got labels {np.unique(label)}")
        np.add.at(self.counts, (label, pred), 1)

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def f1(self) -> float:
        true_positive = int(self.counts[1, 1])
        wrong = int(self.counts[0, 1] + self.counts[1, 0])
        return 2 * true_positive / (2 * true_positive + wrong) if true_positive else 0.0

    def matthews(self) -> float:
        (tn, fp), (fn, tp) = (tuple(map(int, row)) for row in self.counts)
        # An empty margin makes the numerator 0 too; its factor is left out of the product.
        product = math.prod(margin for margin in (tp + fp, tp + fn, tn + fp, tn + fn) if margin)
        return (tp * tn - fp * fn) / math.sqrt(product)


class _BinaryMetric(EvalMetric):
    """A metric of the counts of a two-class problem, per batch (macro) or of all samples (micro)."""

    def __init__(
        self,
        name: str,
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
        average: str = "macro",
    ) -> None:
        if average not in ("macro", "micro"):
            raise MXNetError(f"metric {name}: average is {average!r}, needs 'macro' or 'micro'")
        self.average = average
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def _score(self, counts: _Binary) -> float:
        raise NotImplementedError

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self._local, self._global = _Binary(), _Binary()

    def reset_local(self) -> None:
        """Forget all but the global counts."""
        super().reset_local()
        self._local = _Binary()

    def update(self, labels: Any, preds: Any) -> None:
        """Take in one batch.

        Parameters
        ----------
        labels : list of NDArray, shape (samples,)
            0 or 1.
        preds : list of NDArray, shape (samples, 2)
        """
        pairs = [
            (to_numpy(label), to_numpy(pred))
            for label, pred in zip(*check_label_shapes(as_list(labels), as_list(preds)), strict=True)
        ]
        if self.average == "macro":
            batch = _Binary()
            for label, pred in pairs:
                batch.update(self.name, label, pred)
            self._add(self._score(batch), 1)
            return
        for counts in (self._local, self._global):
            for label, pred in pairs:
                counts.update(self.name, label, pred)
        self.num_inst, self.sum_metric = self._local.total, self._score(self._local) * self._local.total
        self.global_num_inst = self._global.total
        self.global_sum_metric = self._score(self._global) * self._global.total


@register
class F1(_BinaryMetric):
    """Harmonic mean of precision and recall of class 1, for two classes.

    Parameters
    ----------
    name : str
    output_names, label_names : list of str, optional
    average : {"macro", "micro"}
        Mean of the scores of the batches, or the score of all samples together.
    """

    def __init__(
        self,
        name: str = "f1",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
        average: str = "macro",
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, counts: _Binary) -> float:
        return counts.f1()


@register
class MCC(_BinaryMetric):
    """Matthews correlation coefficient, for two classes.

    Parameters
    ----------
    name : str
    output_names, label_names : list of str, optional
    average : {"macro", "micro"}
        Mean of the scores of the batches, or the score of all samples together.
    """

    def __init__(
        self,
        name: str = "mcc",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
        average: str = "macro",
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, counts: _Binary) -> float:
        return counts.matthews()


@register
class PCC(EvalMetric):
    """Pearson correlation of the confusion matrix, the Matthews coefficient for any number of classes.

    Parameters
    ----------
    name : str
    output_names, label_names : list of str, optional
    has_global_stats : bool
    """

    def __init__(
        self,
        name: str = "pcc",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
        has_global_stats: bool = True,
    ) -> None:
        self.k = 2
        super().__init__(name, output_names, label_names, has_global_stats=has_global_stats)

    def reset(self) -> None:
        """Forget everything."""
        self.global_num_inst = 0
        self._global_counts: np.ndarray = np.zeros((self.k, self.k), np.int64)
        self.reset_local()

    def reset_local(self) -> None:
        """Forget all but the global counts."""
        self.num_inst = 0
        self._counts: np.ndarray = np.zeros((self.k, self.k), np.int64)

    @property
    def sum_metric(self) -> float:  # type: ignore[override]
        """The correlation since the last `reset_local`, times ``num_inst``."""
        return _correlation(self._counts) * self.num_inst

    @property
    def global_sum_metric(self) -> float:  # type: ignore[override]
        """The correlation since the last `reset`, times ``global_num_inst``."""
        return _correlation(self._global_counts) * self.global_num_inst

    def update(self, labels: Any, preds: Any) -> None:
        """Take in one batch.

        Parameters
        ----------
        labels : list of NDArray, shape (samples,)
        preds : list of NDArray, shape (samples, classes)
        """
        for label, pred in zip(*check_label_shapes(as_list(labels), as_list(preds)), strict=True):
            label = to_numpy(label).astype(np.int32).ravel()
            pred = _classes(to_numpy(pred), label, 1).astype(np.int32).ravel()
            check_label_shapes(label, pred)
            if label.size:
                self._grow(int(max(label.max(), pred.max())) + 1)
            for counts in (self._counts, self._global_counts):
                np.add.at(counts, (pred, label), 1)
        self.num_inst += 1
        self.global_num_inst += 1

    def _grow(self, classes: int) -> None:
        more = max(0, classes - self.k)
        if more:
            self.k = classes
            self._counts = np.pad(self._counts, (0, more))
            self._global_counts = np.pad(self._global_counts, (0, more))


def _correlation(counts: np.ndarray) -> float:
    """Correlation of rows and columns of a confusion matrix, each class an indicator variable."""
    counts = counts.astype(np.float64)
    rows, columns, total = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    covariance = total * np.trace(counts) - rows @ columns
    variances = (total**2 - rows @ rows) * (total**2 - columns @ columns)
    return float(covariance / math.sqrt(variances)) if variances > 0 else math.nan
