"""Loss functions: one value per sample, in most the mean over all other axes."""

from __future__ import annotations

import math
from numbers import Number

from .. import ndarray
from ..base import MXNetError
from .block import HybridBlock
from .utils import internal

__all__ = [
    "CTCLoss",
    "CosineEmbeddingLoss",
    "HingeLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "L2Loss",
    "LogisticLoss",
    "Loss",
    "PoissonNLLLoss",
    "SDMLLoss",
    "SigmoidBCELoss",
    "SigmoidBinaryCrossEntropyLoss",
    "SoftmaxCELoss",
    "SoftmaxCrossEntropyLoss",
    "SquaredHingeLoss",
    "TripletLoss",
]

# Keeps logarithms and quotients finite; far below the resolution of float32 near 1.
_TINY = 1e-12
# Operators for arrays that stand for several; graphs are made of those that MXNet knows, and fused.
_cross_entropy, _picked = internal("_cross_entropy"), internal("_picked_log_softmax")
_logistic, _binary, _huber = internal("_logistic_loss"), internal("_binary_entropy"), internal("_huber")


def _like(F, x, other):
    """`x` in the shape of `other`."""
    return x if F is ndarray and x.shape == other.shape else F.reshape_like(x, other)


def _weigh(F, loss, weight, sample_weight):
    """`loss` times a constant and times one weight per sample (broadcast)."""
    if sample_weight is not None:
        loss = F.broadcast_mul(loss, sample_weight)
    if weight is not None:
        assert isinstance(weight, Number), "weight must be a number"
        loss = loss * weight
    return loss


def _softplus_of_minus_abs(F, x):
    """``log(1 + exp(-|x|))``, which never overflows."""
    return F.Activation(-F.abs(x), act_type="softrelu")


class Loss(HybridBlock):
    """Base class of losses.

    Parameters
    ----------
    weight : float or None
        Multiplies the loss.
    batch_axis : int
        The axis of samples.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, weight, batch_axis, **kwargs):
        super().__init__(**kwargs)
        self._weight, self._batch_axis = weight, batch_axis

    def __repr__(self):
        return f"{type(self).__name__}(batch_axis={self._batch_axis}, w={self._weight})"

    def hybrid_forward(self, F, x, *args, **kwargs):
        """Compute the loss; defined by subclasses."""
        raise NotImplementedError(f"{type(self).__name__} does not define hybrid_forward")

    def _mean(self, F, loss, sample_weight=None, weight=None):
        loss = _weigh(F, loss, self._weight if weight is None else weight, sample_weight)
        return F.mean(loss, axis=self._batch_axis, exclude=True)


class L2Loss(Loss):
    """Half the squared difference: ``weight / 2 * (label - pred)²``.

    Parameters
    ----------
    weight : float, default 1
    batch_axis : int, default 0
    **kwargs
        ``prefix``, ``params``.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.gluon.loss.L2Loss()(mx.nd.array([1, 2]), mx.nd.array([1, 4])).asnumpy().tolist()
    [0.0, 2.0]
    """

    def __init__(self, weight=1.0, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        """Compute the loss; `label` has as many elements as `pred`."""
        loss = F.square(_like(F, label, pred) - pred)
        return self._mean(F, loss, sample_weight, self._weight / 2)


class L1Loss(Loss):
    """The absolute difference.

    Parameters
    ----------
    weight : float, optional
    batch_axis : int, default 0
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        """Compute the loss; `label` has as many elements as `pred`."""
        return self._mean(F, F.abs(_like(F, label, pred) - pred), sample_weight)


class SigmoidBinaryCrossEntropyLoss(Loss):
    """Cross entropy of independent yes-or-no questions: ``-label log p - (1 - label) log(1 - p)``.

    Parameters
    ----------
    from_sigmoid : bool, default False
        Whether `pred` holds probabilities; else their logits.
    weight : float, optional
    batch_axis : int, default 0
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, from_sigmoid=False, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._from_sigmoid = from_sigmoid

    def hybrid_forward(self, F, pred, label, sample_weight=None, pos_weight=None):
        """Compute the loss; `pos_weight` multiplies the term of positive labels."""
        label = _like(F, label, pred)
        if F is ndarray and pos_weight is None:
            loss = _binary(pred, label) if self._from_sigmoid else _logistic(pred, label)
        elif not self._from_sigmoid:
            if pos_weight is None:
                loss = F.relu(pred) - pred * label + _softplus_of_minus_abs(F, pred)
            else:
                log_weight = 1 + F.broadcast_mul(pos_weight - 1, label)
                loss = pred - pred * label + log_weight * (_softplus_of_minus_abs(F, pred) + F.relu(-pred))
        else:
            positive = F.log(pred + _TINY) * label
            if pos_weight is not None:
                positive = F.broadcast_mul(positive, pos_weight)
            loss = -(positive + F.log(1 - pred + _TINY) * (1 - label))
        return self._mean(F, loss, sample_weight)


SigmoidBCELoss = SigmoidBinaryCrossEntropyLoss


class SoftmaxCrossEntropyLoss(Loss):
    """Cross entropy of the softmax of `pred`: ``-log softmax(pred)[label]``.

    Parameters
    ----------
    axis : int, default -1
        The axis of classes.
    sparse_label : bool, default True
        Whether labels are class indices; else they are probabilities of `pred`'s shape.
    from_logits : bool, default False
        Whether `pred` holds logarithms of probabilities already.
    weight : float, optional
    batch_axis : int, default 0
    **kwargs
        ``prefix``, ``params``.

    Examples
    --------
    >>> import mxnb as mx
    >>> loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    >>> loss(mx.nd.array([[1, 2], [3, 1]]), mx.nd.array([1, 0])).shape
    (2,)
    """

    def __init__(self, axis=-1, sparse_label=True, from_logits=False, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._axis, self._sparse_label, self._from_logits = axis, sparse_label, from_logits

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        """Compute the loss."""
        axis, sole = self._axis, False  # whether a sample has one number, of which there is no mean to take
        if F is ndarray:
            shape = pred.shape
            last = axis in (-1, len(shape) - 1)
            sole = last and len(shape) == 2 and self._batch_axis == 0 and sample_weight is None
            if last and self._sparse_label and not self._from_logits and label.shape == shape[:-1]:
                if sole:
                    return _weigh(F, _picked(pred, label, negative=True), self._weight, None)
                return self._mean(F, _cross_entropy(pred, label), sample_weight)
        if not self._from_logits:
            pred = F.log_softmax(pred, axis=axis)
        if self._sparse_label:
            loss = -F.pick(pred, label, axis=axis, keepdims=not sole)
        else:
            loss = -F.sum(pred * _like(F, label, pred), axis=axis, keepdims=not sole)
        return _weigh(F, loss, self._weight, None) if sole else self._mean(F, loss, sample_weight)


SoftmaxCELoss = SoftmaxCrossEntropyLoss


class KLDivLoss(Loss):
    """The Kullback-Leibler divergence ``label * (log label - pred)``, summed over all axes but the batch.

    Parameters
    ----------
    from_logits : bool, default True
        Whether `pred` holds logarithms of probabilities; else the softmax is taken first.
    axis : int, default -1
        The axis of that softmax.
    weight : float, optional
    batch_axis : int, default 0
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, from_logits=True, axis=-1, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits, self._axis = from_logits, axis

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        """Compute the loss; `label` holds probabilities."""
        if not self._from_logits:
            pred = F.log_softmax(pred, self._axis)
        loss = _weigh(F, label * (F.log(label + _TINY) - pred), self._weight, sample_weight)
        return F.sum(loss, axis=self._batch_axis, exclude=True)


class CTCLoss(Loss):
    """Connectionist temporal classification: the negative log probability of a label sequence.

    Parameters
    ----------
    layout : {'NTC', 'TNC'}, default 'NTC'
        Axes of `pred`: sample, time, class (the last class is the blank).
    label_layout : {'NT', 'TN'}, default 'NT'
    weight : float, optional
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, layout="NTC", label_layout="NT", weight=None, **kwargs):
        assert layout in ("NTC", "TNC"), f"Only 'NTC' and 'TNC' layouts for pred are supported. Got: {layout}"
        assert label_layout in ("NT", "TN"), f"Only 'NT' and 'TN' layouts for label are supported. Got: {label_layout}"
        super().__init__(weight, label_layout.find("N"), **kwargs)
        self._layout, self._label_layout = layout, label_layout

    def hybrid_forward(self, F, pred, label, pred_lengths=None, label_lengths=None, sample_weight=None):
        """Compute the loss; lengths are given per sample when sequences are padded."""
        if not hasattr(F, "CTCLoss"):
            raise MXNetError(f"CTCLoss '{self.name}': the operator CTCLoss is not there yet")
        if self._layout == "NTC":
            pred = F.swapaxes(pred, 0, 1)
        if self._batch_axis == 1:
            label = F.swapaxes(label, 0, 1)
        lengths = [length for length in (pred_lengths, label_lengths) if length is not None]
        loss = F.CTCLoss(
            pred,
            label,
            *lengths,
            use_data_lengths=pred_lengths is not None,
            use_label_lengths=label_lengths is not None,
            blank_label="last",
        )
        return _weigh(F, loss, self._weight, sample_weight)


class HuberLoss(Loss):
    """``(label - pred)² / (2 rho)`` near the label, the absolute difference minus ``rho / 2`` beyond `rho`.

    Parameters
    ----------
    rho : float, default 1
    weight : float, optional
    batch_axis : int, default 0
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, rho=1, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._rho = rho

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        """Compute the loss; `label` has as many elements as `pred`."""
        label = _like(F, label, pred)
        if F is ndarray:
            return self._mean(F, _huber(pred, label, rho=self._rho), sample_weight)
        loss = F.abs(label - pred)
        loss = F.where(loss > self._rho, loss - 0.5 * self._rho, (0.5 / self._rho) * F.square(loss))
        return self._mean(F, loss, sample_weight)


class HingeLoss(Loss):
    """``max(0, margin - pred * label)`` for labels -1 and 1.

    Parameters
    ----------
    margin : float, default 1
    weight : float, optional
    batch_axis : int, default 0
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, margin=1, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        """Compute the loss; `label` has as many elements as `pred`."""
        return self._mean(F, F.relu(self._margin - pred * _like(F, label, pred)), sample_weight)


class SquaredHingeLoss(Loss):
    """``max(0, margin - pred * label)²`` for labels -1 and 1.

    Parameters
    ----------
    margin : float, default 1
    weight : float, optional
    batch_axis : int, default 0
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, margin=1, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        """Compute the loss; `label` has as many elements as `pred`."""
        loss = F.square(F.relu(self._margin - pred * _like(F, label, pred)))
        return self._mean(F, loss, sample_weight)


class LogisticLoss(Loss):
    """``log(1 + exp(-pred * label))``.

    Parameters
    ----------
    weight : float, optional
    batch_axis : int, default 0
    label_format : {'signed', 'binary'}, default 'signed'
        Labels are -1 and 1, or 0 and 1.
    **kwargs
        ``prefix``, ``params``.

    Raises
    ------
    ValueError
        For another `label_format`.
    """

    def __init__(self, weight=None, batch_axis=0, label_format="signed", **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        if label_format not in ("signed", "binary"):
            raise ValueError(f"label_format can only be signed or binary, recieved {label_format}.")
        self._label_format = label_format

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        """Compute the loss; `label` has as many elements as `pred`."""
        label = _like(F, label, pred)
        if self._label_format == "signed":
            label = (label + 1.0) / 2.0
        if F is ndarray:
            return self._mean(F, _logistic(pred, label), sample_weight)
        return self._mean(F, F.relu(pred) - pred * label + _softplus_of_minus_abs(F, pred), sample_weight)


class TripletLoss(Loss):
    """``max(0, margin + |positive - pred|² - |negative - pred|²)``, one value per sample.

    Parameters
    ----------
    margin : float, default 1
    weight : float, optional
    batch_axis : int, default 0
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, margin=1, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F, pred, positive, negative):
        """Compute the loss; all three have as many elements."""
        difference = F.square(_like(F, positive, pred) - pred) - F.square(_like(F, negative, pred) - pred)
        loss = F.relu(F.sum(difference, axis=self._batch_axis, exclude=True) + self._margin)
        return _weigh(F, loss, self._weight, None)


class PoissonNLLLoss(Loss):
    """Negative log likelihood of counts that are Poisson distributed; the mean over everything.

    Parameters
    ----------
    weight : float, optional
    from_logits : bool, default True
        Whether `pred` is the logarithm of the rate.
    batch_axis : int, default 0
    compute_full : bool, default False
        Whether to add Stirling's approximation of the term that does not depend on `pred`, where it is large.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, weight=None, from_logits=True, batch_axis=0, compute_full=False, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits, self._compute_full = from_logits, compute_full

    def hybrid_forward(self, F, pred, target, sample_weight=None, epsilon=1e-08):
        """Compute the loss; `target` has as many elements as `pred`."""
        target = _like(F, target, pred)
        if self._from_logits:
            loss = F.exp(pred) - target * pred
        else:
            loss = pred - target * F.log(pred + epsilon)
        if self._compute_full:
            stirling = target * F.log(target) - target + 0.5 * F.log(2 * target * math.pi)
            # where, not a product with the condition: log(0) * 0 would be nan.
            loss = loss + F.where(target > 1, stirling, F.zeros_like(target))
        return F.mean(_weigh(F, loss, self._weight, sample_weight))


class CosineEmbeddingLoss(Loss):
    """``1 - cos`` of the angle between two vectors where the label is 1, ``max(0, cos - margin)`` where it is -1.

    The result has shape (samples, 1).

    Parameters
    ----------
    weight : float, optional
    batch_axis : int, default 0
    margin : float, default 0
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, weight=None, batch_axis=0, margin=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F, input1, input2, label, sample_weight=None):
        """Compute the loss; the vectors lie along the last axis."""
        input1 = _like(F, input1, input2)
        product = F.sum(input1 * input2, axis=-1).reshape((-1, 1))
        norms = F.norm(input1, axis=-1).reshape((-1, 1)) * F.norm(input2, axis=-1).reshape((-1, 1))
        cos = product / F.maximum(norms, _TINY)
        loss = F.where(label.reshape((-1, 1)) == 1, 1 - cos, F.relu(cos - self._margin))
        return _weigh(F, loss, self._weight, sample_weight)


class SDMLLoss(Loss):
    """Smoothed deep metric learning: row i of `x1` belongs to row i of `x2`, all other rows are negatives.

    The Kullback-Leibler divergence of ``softmax(-distances)`` from ``1 - smoothing_parameter`` for the own row and
    the rest shared by the others; distances are squared.

    Parameters
    ----------
    smoothing_parameter : float, default 0.3
        The probability given to the negatives together.
    weight : float, default 1
    batch_axis : int, default 0
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, smoothing_parameter=0.3, weight=1.0, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self.smoothing_parameter = smoothing_parameter

    def hybrid_forward(self, F, x1, x2):
        """Compute the loss; both inputs have shape (rows, features), with two rows or more."""
        count = x1.shape[0]
        if count < 2:
            raise ValueError(f"SDMLLoss: needs at least 2 rows, got {count}")
        own = 1 - self.smoothing_parameter
        other = self.smoothing_parameter / (count - 1)
        rows = F.broadcast_sub(F.expand_dims(x1, 1), F.expand_dims(x2, 0))  # (row of x1, row of x2, feature)
        distances = F.sum(F.square(rows), axis=2)
        scores = F.log_softmax(-distances, axis=1)
        # scores[i, j] + distances[i, j] is the same for all j, so that the diagonal needs no indexing.
        own_distance = F.sum(F.square(x1 - x2), axis=1, keepdims=True)
        own_score = F.slice_axis(scores + distances, axis=1, begin=0, end=1) - own_distance
        entropy = sum(p * math.log(p + _TINY) for p in (own, *[other] * (count - 1)))
        cross = (own - other) * own_score + other * F.sum(scores, axis=1, keepdims=True)
        return self._mean(F, entropy - cross)
