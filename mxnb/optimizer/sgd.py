"""Gradient descent and its relatives: SGD, NAG, Signum, SGLD, DCASGD, LARS, LBSGD."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import config
from .. import ndarray as nd
from ..base import MXNetError
from .optimizer import Optimizer, register
from .updates import OneOperator, run_update

__all__ = ["DCASGD", "LARS", "LBSGD", "NAG", "SGD", "SGLD", "Signum", "ccSGD"]


class _Momentum(Optimizer):
    """State and precision of the optimizers whose memory is at most one momentum."""

    momentum: float

    def create_state(self, index: Any, weight: Any) -> Any:
        """Return zeros for the momentum, None without one."""
        return self._zeros(weight) if self.momentum else None

    def create_state_multi_precision(self, index: Any, weight: Any) -> Any:
        """Return the state, or ``(momentum or None, float32 copy)`` for float16 under ``multi_precision``."""
        if self._is_half(weight):
            if self.multi_precision:
                weight32 = weight.astype(np.float32)
                return self.create_state(index, weight32), weight32
            self._warn_of_half()
        return self.create_state(index, weight)

    def _split_state(self, weight: Any, state: Any) -> tuple[Any, Any]:
        """The float32 copy of a float16 parameter, if there is one, and the momentum."""
        return (state[1], state[0]) if isinstance(state, (tuple, list)) else (None, state)


class _Updates(_Momentum, OneOperator):
    """SGD and NAG: `update_with` is the operator with momentum, and one called ``mp_…`` keeps a float32 copy."""

    update_with: str

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        if not isinstance(state, (tuple, list)):
            return ("sgd_update", ()) if state is None else (self.update_with, (state,))
        mom, weight32 = state
        return ("mp_sgd_update", (weight32,)) if mom is None else ("mp_" + self.update_with, (mom, weight32))

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        return {"momentum": self.momentum, **super()._values(indices, weights, grads)}

    def update_multi_precision(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Change a parameter by its gradient, by way of its float32 copy if it has one; or several."""
        change = self.update_all if isinstance(index, (list, tuple)) else self.update
        change(index, weight, grad, state)


@register
class SGD(_Updates):
    """Stochastic gradient descent: ``m = momentum * m - lr * (g + wd * w); w += m``.

    Parameters
    ----------
    momentum : float
    lazy_update : bool
        Without effect: it concerns sparse gradients, which are not supported.
    **kwargs
        As in `Optimizer`.
    """

    update_with = "sgd_mom_update"

    def __init__(self, momentum: float = 0.0, lazy_update: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.lazy_update = lazy_update
        self.aggregate_num = config.aggregation_size(4)


@register
class ccSGD(SGD):
    """`SGD` under an older name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


@register
class NAG(_Updates):
    """Nesterov's accelerated gradient: ``d = lr * (g + wd * w); m = momentum * m - d; w += momentum * m - d``.

    Parameters
    ----------
    momentum : float
    **kwargs
        As in `Optimizer`.
    """

    update_with = "nag_mom_update"

    def __init__(self, momentum: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum


@register
class Signum(OneOperator):
    """Steps of equal size in the direction of the sign of the momentum (or, without one, of the gradient).

    ``m = momentum * m - (1 - momentum) * (g + wd * w); w = (1 - lr * wd_lh) * w + lr * sign(m)``

    Parameters
    ----------
    learning_rate : float
    momentum : float
    wd_lh : float
        Weight decay apart from the gradient.
    **kwargs
        As in `Optimizer`.

    Notes
    -----
    Bernstein et al. 2018, arXiv:1802.04434.
    """

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.9, wd_lh: float = 0.0, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = momentum
        self.wd_lh = wd_lh

    def create_state(self, index: Any, weight: Any) -> Any:
        """Return zeros for the momentum, None without one."""
        return self._zeros(weight) if self.momentum else None

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return ("signsgd_update", ()) if state is None else ("signum_update", (state,))

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        values = {"momentum": self.momentum, "wd_lh": self.wd_lh, **super()._values(indices, weights, grads)}
        if not self.momentum:
            values["wd"] = [wd + self.wd_lh for wd in values["wd"]]
        return values


@register
class SGLD(OneOperator):
    """Stochastic gradient Langevin dynamics: ``w -= lr / 2 * (g + wd * w) + noise of variance lr``.

    Parameters
    ----------
    **kwargs
        As in `Optimizer`.

    Notes
    -----
    Welling, Teh 2011, Bayesian learning via stochastic gradient Langevin dynamics.
    """

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return "_sgld_update", ()

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Change a parameter by its gradient and noise; or several."""
        if isinstance(index, (list, tuple)):
            self.update_all(index, weight, grad, state)
            return
        arguments = self._arguments(index)
        noise = nd.random.normal(shape=weight.shape, ctx=weight.context, dtype=weight.dtype)
        run_update("_sgld_update", weight, grad, noise, **arguments)


@register
class DCASGD(OneOperator):
    """Gradient descent that makes up for gradients of an older weight.

    ``m = momentum * m - lr * (g + wd * w + lamda * g**2 * (w - older w)); w += m``

    Parameters
    ----------
    momentum : float
    lamda : float
    **kwargs
        As in `Optimizer`.

    Notes
    -----
    Zheng et al. 2016, arXiv:1609.08326.
    """

    def __init__(self, momentum: float = 0.0, lamda: float = 0.04, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.weight_previous: dict[Any, Any] = {}
        self.lamda = lamda

    def create_state(self, index: Any, weight: Any) -> Any:
        """Return ``(momentum or None, copy of the weight)``."""
        return self._zeros(weight) if self.momentum else None, weight.copy()

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        mom, previous = state
        return ("_dcasgd_update", (previous,)) if mom is None else ("_dcasgd_mom_update", state)

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        return {"momentum": self.momentum, "lamda": self.lamda, **super()._values(indices, weights, grads)}


@register
class LARS(_Momentum, OneOperator):
    """`SGD` whose rate for each parameter is in proportion to ``|w| / (|g| + wd * |w|)``.

    Parameters whose name ends in ``gamma``, ``beta`` or ``bias`` get the plain rate; only ``_weight`` decays.

    Parameters
    ----------
    momentum : float
    lazy_update : bool
        Without effect: it concerns sparse gradients, which are not supported.
    eta : float
        The proportion.
    eps : float
        Added to the denominator.
    momentum_correction : bool
        Multiply the momentum by the change of the learning rate when a scheduler changes it.
    **kwargs
        As in `Optimizer`.

    Notes
    -----
    You, Gitman, Ginsburg 2017, arXiv:1708.03888.
    """

    _DECAYED = ("_weight",)

    def __init__(
        self,
        momentum: float = 0.0,
        lazy_update: bool = True,
        eta: float = 0.001,
        eps: float = 0,
        momentum_correction: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.momentum_correction = momentum_correction
        self.lazy_update = lazy_update
        self.eta = eta
        self.eps = eps
        self.aggregate_num = config.aggregation_size(4)
        self.skip = 0
        self.last_lr: float | None = None
        self.cur_lr: float | None = None

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return ("sgd_update", ()) if state is None else ("sgd_mom_update", (state,))

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        values, rate = super()._values(indices, weights, grads), self.learning_rate
        if self.cur_lr is None:
            self.last_lr = rate
        elif rate != self.cur_lr:
            self.last_lr = self.cur_lr
        self.cur_lr = rate
        scales = self._scales(indices, weights, grads, values["wd"])
        values["lr"] = [rate * scale for rate, scale in zip(values["lr"], scales)]
        values["momentum"] = self._momenta(weights)
        return values

    def _scales(self, indices: Any, weights: Any, grads: Any, decays: list[float]) -> list[float]:
        """What the rates are multiplied by: ``eta |w| / (|g| + wd |w| + eps)``."""
        plain = ("gamma", "beta", "bias")
        chosen = [i for i, index in enumerate(indices) if not self.idx2name.get(index, "").endswith(plain)]
        if not chosen:
            return [1.0] * len(indices)
        arrays = [weights[i] for i in chosen], [grads[i] for i in chosen]
        sizes, grad_sizes = (_norms(some).tolist() for some in arrays)
        scales = [1.0] * len(indices)
        for i, size, grad_size in zip(chosen, sizes, grad_sizes):
            grad_size *= self.rescale_grad
            if size > 0 and grad_size > 0:
                scales[i] = self.eta * size / (grad_size + decays[i] * size + self.eps)
        return scales

    def _momenta(self, weights: Any) -> list[float]:
        """The momentum of each update; the first that are updated after a change of the rate get the corrected one.

        As in MXNet these are the first `aggregate_num` of one dtype, not all.
        """
        if not (self.momentum_correction and self.last_lr and self.cur_lr):
            return [self.momentum] * len(weights)
        corrected, self.last_lr = self.momentum * (self.cur_lr / self.last_lr), self.cur_lr
        alike = [i for i, weight in enumerate(weights) if weight.dtype == weights[0].dtype]
        first = set(alike[: max(self.aggregate_num, 1)])
        return [corrected if i in first else self.momentum for i in range(len(weights))]

    def update_multi_precision(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Change a parameter by its gradient, by way of its float32 copy if it has one; or several."""
        if isinstance(index, (list, tuple)) or not isinstance(state, (tuple, list)):
            super().update_multi_precision(index, weight, grad, state)
            return
        mom, weight32 = state
        self.update(index, weight32, grad.astype(np.float32), mom)
        weight[:] = weight32.astype(weight.dtype)


def _norms(arrays: list[Any]) -> np.ndarray:
    """The norms of arrays; numbers are read from their device once for each dtype."""
    norms = np.empty(len(arrays))
    for dtype in {x.dtype for x in arrays}:
        places = [i for i, x in enumerate(arrays) if x.dtype == dtype]
        some = [arrays[i] for i in places]
        norms[places] = np.sqrt(nd.multi_sum_sq(*some, num_arrays=len(some)).asnumpy().astype(np.float64))
    return norms


@register
class LBSGD(_Momentum, OneOperator):
    """`SGD` for large batches: gradients of several batches make one step, and the rate warms up.

    Parameters
    ----------
    momentum : float
    multi_precision : bool
    warmup_strategy : {"linear", "power2", "sqrt", "lars"}
        How the rate's multiplier rises to `batch_scale`; ``"lars"`` sets it by the norms of weight and gradient.
    warmup_epochs : int
    batch_scale : int
        Number of batches whose mean gradient makes a step.
    updates_per_epoch : int
    begin_epoch, num_epochs : int
    **kwargs
        As in `Optimizer`.
    """

    def __init__(
        self,
        momentum: float = 0.0,
        multi_precision: bool = False,
        warmup_strategy: str = "linear",
        warmup_epochs: int = 5,
        batch_scale: int = 1,
        updates_per_epoch: int = 32,
        begin_epoch: int = 0,
        num_epochs: int = 60,
        **kwargs: Any,
    ) -> None:
        super().__init__(multi_precision=multi_precision, **kwargs)
        if warmup_strategy not in ("linear", "power2", "sqrt", "lars"):
            raise MXNetError(f"LBSGD: warmup_strategy is {warmup_strategy!r}, needs linear, power2, sqrt or lars")
        self.momentum = momentum
        self.warmup_strategy = warmup_strategy
        self.warmup_epochs = warmup_epochs
        self.batch_scale = batch_scale
        self.updates_per_epoch = updates_per_epoch
        self.init_updates = begin_epoch * updates_per_epoch
        self.num_epochs = num_epochs
        self.lbmult = 1.0
        self.cumgrads: dict[Any, Any] = {}
        self.adaptive = False
        self.admult = 1.0

    def _multiplier_after(self, updates: int) -> float:
        warmup = self.warmup_epochs * self.updates_per_epoch
        if updates >= warmup:
            return self.batch_scale
        share = updates / warmup
        curve = {"linear": share, "power2": share * share, "sqrt": math.sqrt(share)}.get(self.warmup_strategy, 0.0)
        return 1.0 + (self.batch_scale - 1) * curve

    def _lars_multiplier(self, weight: Any, grad: Any, wd: float) -> float:
        size, grad_size = (float((array * array).sum().asscalar()) for array in (weight, grad))
        return min(max(math.sqrt(size / (grad_size + wd * size + 1e-18)), 0.01), 100.0)

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return ("sgd_update", ()) if state is None else ("sgd_mom_update", (state,))

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        values = {"momentum": self.momentum, **super()._values(indices, weights, grads)}
        if self.warmup_strategy == "lars":
            factors = [self._lars_multiplier(*some) for some in zip(weights, grads, values["wd"])]
        else:
            factors = [self._multiplier_after(self.num_update + self.init_updates)] * len(indices)
        self.lbmult = factors[-1]
        values["lr"] = [rate * factor for rate, factor in zip(values["lr"], factors)]
        return values

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Gather a gradient; at the last of `batch_scale` ones, change the parameter by their mean; or several."""
        if isinstance(index, (list, tuple)):
            self.update_all(index, weight, grad, state)
            return
        if self.batch_scale > 1:
            total, count = self.cumgrads.get(index, (None, 0))
            total = grad if total is None else total + grad
            if count + 1 < self.batch_scale:
                self.cumgrads[index] = (total.copy() if total is grad else total, count + 1)
                self._update_count(index)
                return
            self.cumgrads[index] = (None, 0)
            grad = total / self.batch_scale
        super().update(index, weight, grad, state)

    def update_all(self, indices: Any, weights: Any, grads: Any, states: Any, plan: Any = None) -> Any:
        """Change several parameters; one after another where gradients of several batches are gathered."""
        if self.batch_scale == 1:
            return super().update_all(indices, weights, grads, states, plan)
        for each in zip(indices, weights, grads, states):
            self.update_multi_precision(*each)
        return None

    def update_multi_precision(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Change a parameter by its gradient, by way of its float32 copy if it has one; or several."""
        if isinstance(index, (list, tuple)) or not isinstance(state, (tuple, list)):
            super().update_multi_precision(index, weight, grad, state)
            return
        mom, weight32 = state
        self.update(index, weight32, grad.astype(np.float32), mom)
        weight[:] = weight32.astype(weight.dtype)
