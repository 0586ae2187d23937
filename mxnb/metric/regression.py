"""Metrics of real numbers: MAE, MSE, RMSE, PearsonCorrelation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import MXNetError
from .base import EvalMetric, alias, as_list, check_label_shapes, mean, register, to_numpy

__all__ = ["MAE", "MSE", "RMSE", "PearsonCorrelation"]


class _Error(EvalMetric):
    """Mean over the batches of an error of each batch."""

    def _error(self, difference: np.ndarray) -> Any:
        raise NotImplementedError

    def update(self, labels: Any, preds: Any) -> None:
        """Take in one batch.

        Parameters
        ----------
        labels, preds : list of NDArray, equal shapes
            Arrays of one axis count as columns.
        """
        for label, pred in zip(*check_label_shapes(as_list(labels), as_list(preds)), strict=True):
            label, pred = _column(to_numpy(label)), _column(to_numpy(pred))
            self._add(float(self._error(label - pred)), 1)


def _column(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1, 1) if array.ndim == 1 else array


@register
class MAE(_Error):
    """Mean over the batches of ``mean(|label - pred|)``.

    Parameters
    ----------
    name : str
    output_names, label_names : list of str, optional
    """

    def __init__(
        self,
        name: str = "mae",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def _error(self, difference: np.ndarray) -> Any:
        return mean(abs(difference))


@register
class MSE(_Error):
    """Mean over the batches of ``mean((label - pred) ** 2)``.

    Parameters
    ----------
    name : str
    output_names, label_names : list of str, optional
    """

    def __init__(
        self,
        name: str = "mse",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def _error(self, difference: np.ndarray) -> Any:
        return mean(difference**2)


@register
class RMSE(_Error):
    """Mean over the batches of ``sqrt(mean((label - pred) ** 2))``.

    Parameters
    ----------
    name : str
    output_names, label_names : list of str, optional
    """

    def __init__(
        self,
        name: str = "rmse",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def _error(self, difference: np.ndarray) -> Any:
        return np.sqrt(mean(difference**2))


class _Moments:
    """Count, means and centred second moments of pairs of numbers, merged batch by batch (Chan et al. 1979)."""

    def __init__(self) -> None:
        self.count = 0
        self.mean = np.zeros(2)
        self.moment = np.zeros((2, 2))

    def merge(self, pairs: np.ndarray) -> None:
        """Take in pairs of shape (2, n)."""
        count = pairs.shape[1]
        if count == 0:
            return
        mean = pairs.mean(axis=1)
        centred = pairs - mean[:, None]
        shift = mean - self.mean
        total = self.count + count
        self.moment += centred @ centred.T + np.outer(shift, shift) * (self.count * count / total)
        self.mean += shift * (count / total)
        self.count = total

    def correlation(self) -> float:
        with np.errstate(invalid="ignore", divide="ignore"):
            return float(self.moment[0, 1] / np.sqrt(self.moment[0, 0] * self.moment[1, 1]))


@register
@alias("pearsonr")
class PearsonCorrelation(EvalMetric):
    """Correlation of labels and predictions.

    Parameters
    ----------
    name : str
    output_names, label_names : list of str, optional
    average : {"macro", "micro"}
        Mean of the correlations of the batches, or the correlation of all elements together.
    """

    def __init__(
        self,
        name: str = "pearsonr",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
        average: str = "macro",
    ) -> None:
        if average not in ("macro", "micro"):
            raise MXNetError(f"metric {name}: average is {average!r}, needs 'macro' or 'micro'")
        self.average = average
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self.reset_micro()
        self._global_moments = _Moments()

    def reset_local(self) -> None:
        """Forget all but the global correlation."""
        super().reset_local()
        self.reset_micro()

    def reset_micro(self) -> None:
        """Forget the moments of the elements seen so far."""
        self._moments = _Moments()

    def update(self, labels: Any, preds: Any) -> None:
        """Take in one batch.

        Parameters
        ----------
        labels, preds : list of NDArray, equal shapes
        """
        for label, pred in zip(*check_label_shapes(as_list(labels), as_list(preds)), strict=True):
            check_label_shapes(label, pred, shape=True)
            pairs = np.stack([to_numpy(label).ravel(), to_numpy(pred).ravel()]).astype(np.float64)
            if self.average == "micro":
                self._moments.merge(pairs)
                self._global_moments.merge(pairs)
                self._add(0.0, 1)
            else:
                moments = _Moments()
                moments.merge(pairs)
                self._add(moments.correlation(), 1)

    def get(self) -> tuple[str, float]:
        """Return name and correlation since the last `reset_local`."""
        if self.average == "micro" and self.num_inst:
            return self.name, self._moments.correlation()
        return super().get()

    def get_global(self) -> tuple[str, float]:
        """Return name and correlation since the last `reset`."""
        if self.average == "micro" and self.global_num_inst:
            return self.name, self._global_moments.correlation()
        return super().get_global()
