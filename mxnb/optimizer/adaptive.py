"""Optimizers with a rate for each element: Adam and its relatives, AdaGrad, AdaDelta, RMSProp, Ftrl, FTML, LAMB."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import config
from .. import ndarray as nd
from ..base import MXNetError
from ..ops import registry as operators
from .optimizer import Optimizer, register
from .updates import OneOperator

__all__ = ["FTML", "LAMB", "AdaDelta", "AdaGrad", "Adam", "Adamax", "Ftrl", "GroupAdaGrad", "Nadam", "RMSProp"]


class _Two(Optimizer):
    """Optimizers whose state is a pair of arrays like the weight, a tuple of zeros at the start."""

    def create_state(self, index: Any, weight: Any) -> Any:
        """Return two arrays of zeros."""
        return self._zeros(weight), self._zeros(weight)


@register
class Adam(_Two, OneOperator):
    """Adam: exponential means of the gradient and of its square, corrected for their start at zero.

    ``m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g**2``, then
    ``w -= lr * sqrt(1 - beta2**t) / (1 - beta1**t) * m / (sqrt(v) + epsilon)``. Weight decay is added to the gradient.

    Parameters
    ----------
    learning_rate : float
    beta1, beta2 : float
    epsilon : float
    lazy_update : bool
        Without effect: it concerns sparse gradients, which are not supported.
    **kwargs
        As in `Optimizer`.

    Notes
    -----
    Kingma, Ba 2014, arXiv:1412.6980.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        lazy_update: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lazy_update = lazy_update

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return "adam_update", state

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        values = super()._values(indices, weights, grads)
        counts = self._counts(indices)
        factors = {t: math.sqrt(1 - self.beta2**t) / (1 - self.beta1**t) for t in set(counts)}
        values["lr"] = [rate * factors[t] for rate, t in zip(values["lr"], counts)]
        return {"beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon, **values}


@register
class AdaGrad(OneOperator):
    """``h += g**2; w -= lr * (g / sqrt(h + eps) + wd * w)``.

    Parameters
    ----------
    eps : float
    **kwargs
        As in `Optimizer`.

    Notes
    -----
    Duchi, Hazan, Singer 2011, Adaptive subgradient methods for online learning and stochastic optimization.
    """

    def __init__(self, eps: float = 1e-7, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index: Any, weight: Any) -> Any:
        """Return zeros for the sum of squares."""
        return self._zeros(weight)

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return "_adagrad_update", (state,)

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        return {"epsilon": self.float_stable_eps, **super()._values(indices, weights, grads)}


@register
class GroupAdaGrad(Optimizer):
    """`AdaGrad` with one rate per row: ``h += mean(g**2 over the row); w -= lr * g / sqrt(h + eps)``.

    Parameters
    ----------
    eps : float
    **kwargs
        As in `Optimizer`; `wd` has to be 0.
    """

    def __init__(self, eps: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index: Any, weight: Any) -> Any:
        """Return one zero per row."""
        if len(weight.shape) != 2:
            raise MXNetError(f"GroupAdaGrad: parameter {index} has shape {weight.shape}, needs two axes")
        return nd.zeros((weight.shape[0], 1), ctx=weight.context, dtype=weight.dtype)

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Change a parameter by its gradient."""
        arguments = self._arguments(index)
        if arguments.pop("wd"):
            raise MXNetError("GroupAdaGrad: weight decay is not supported, wd has to be 0")
        nd.contrib.group_adagrad_update(weight, grad, state, out=weight, epsilon=self.float_stable_eps, **arguments)


@register
class RMSProp(OneOperator):
    """Divides the gradient by the root of an exponential mean of its square.

    ``n = gamma1 * n + (1 - gamma1) * g**2; w -= lr * g / sqrt(n + epsilon)``; with `centered` the mean gradient is
    taken from n and `gamma2` is a momentum (Graves 2013, arXiv:1308.0850).

    Parameters
    ----------
    learning_rate : float
    gamma1, gamma2 : float
    epsilon : float
    centered : bool
    clip_weights : float, optional
        Hold the weights within ``[-clip_weights, clip_weights]``.
    **kwargs
        As in `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        gamma1: float = 0.9,
        gamma2: float = 0.9,
        epsilon: float = 1e-8,
        centered: bool = False,
        clip_weights: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.gamma1 = gamma1
        self.gamma2 = gamma2
        self.centered = centered
        self.epsilon = epsilon
        self.clip_weights = clip_weights

    def create_state(self, index: Any, weight: Any) -> Any:
        """Return zeros: ``(n,)``, or ``(n, g, delta)`` when centered."""
        return tuple(self._zeros(weight) for _ in range(3 if self.centered else 1))

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return ("rmspropalex_update" if self.centered else "rmsprop_update"), state

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        clip = {"clip_weights": self.clip_weights} if self.clip_weights and self.clip_weights > 0 else {}
        own = {"gamma1": self.gamma1, "gamma2": self.gamma2, "epsilon": self.epsilon, **clip}
        return {**own, **super()._values(indices, weights, grads)}


@register
class AdaDelta(_Two, OneOperator):
    """Steps as large as the mean of the last steps; there is no learning rate.

    ``a = rho * a + (1 - rho) * g**2; d = sqrt((s + epsilon) / (a + epsilon)) * g; s = rho * s + (1 - rho) * d**2``,
    then ``w -= d + wd * w``.

    Parameters
    ----------
    rho : float
    epsilon : float
    **kwargs
        As in `Optimizer`.

    Notes
    -----
    Zeiler 2012, arXiv:1212.5701.
    """

    def __init__(self, rho: float = 0.9, epsilon: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rho = rho
        self.epsilon = epsilon

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return "_adadelta_update", state

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        return {"rho": self.rho, "epsilon": self.epsilon, **super()._values(indices, weights, grads)}


@register
class Ftrl(_Two, OneOperator):
    """Follow the regularised leader, which sets weights to exactly 0.

    Parameters
    ----------
    lamda1 : float
        L1 penalty.
    learning_rate : float
    beta : float
    **kwargs
        As in `Optimizer`; `wd` is the L2 penalty.

    Notes
    -----
    McMahan et al. 2013, Ad click prediction: a view from the trenches.
    """

    def __init__(self, lamda1: float = 0.01, learning_rate: float = 0.1, beta: float = 1, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.lamda1 = lamda1
        self.beta = beta

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return "ftrl_update", state

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        return {"lamda1": self.lamda1, "beta": self.beta, **super()._values(indices, weights, grads)}


@register
class FTML(OneOperator):
    """Follow the moving leader.

    Parameters
    ----------
    beta1, beta2 : float
    epsilon : float
    **kwargs
        As in `Optimizer`.

    Notes
    -----
    Zheng, Kwok 2017, Follow the moving leader in deep learning.
    """

    def __init__(self, beta1: float = 0.6, beta2: float = 0.999, epsilon: float = 1e-8, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon

    def create_state(self, index: Any, weight: Any) -> Any:
        """Return zeros for ``(d, v, z)``."""
        return tuple(self._zeros(weight) for _ in range(3))

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return "ftml_update", state

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        values = super()._values(indices, weights, grads)
        if "clip_gradient" in values:
            values["clip_grad"] = values.pop("clip_gradient")
        counts = self._counts(indices)
        return {"beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon, "t": counts, **values}


@register
class Adamax(_Two, OneOperator):
    """Adam with the largest recent gradient in place of the mean square.

    ``m = beta1 * m + (1 - beta1) * g; u = max(beta2 * u, |g|); w -= lr / (1 - beta1**t) * m / u``

    Parameters
    ----------
    learning_rate : float
    beta1, beta2 : float
    **kwargs
        As in `Optimizer`.

    Notes
    -----
    Kingma, Ba 2014, arXiv:1412.6980, section 7.
    """

    def __init__(self, learning_rate: float = 0.002, beta1: float = 0.9, beta2: float = 0.999, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return "_adamax_update", state

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        values = super()._values(indices, weights, grads)
        counts = self._counts(indices)
        values["lr"] = [rate / (1 - self.beta1**t) for rate, t in zip(values["lr"], counts)]
        return {"beta1": self.beta1, "beta2": self.beta2, **values}


@register
class Nadam(_Two, OneOperator):
    """Adam with Nesterov's momentum.

    Parameters
    ----------
    learning_rate : float
    beta1, beta2 : float
    epsilon : float
    schedule_decay : float
    **kwargs
        As in `Optimizer`.

    Notes
    -----
    Dozat 2016, Incorporating Nesterov momentum into Adam. As in MXNet, the product of the momentum schedule runs over
    the updates of all parameters.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        schedule_decay: float = 0.004,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.schedule_decay = schedule_decay
        self.m_schedule = 1.0

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return "_nadam_update", state

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        counts, of_grad, of_mean = self._counts(indices), [], []
        for t in counts:
            momentum, following = (self.beta1 * (1 - 0.5 * 0.96 ** (n * self.schedule_decay)) for n in (t, t + 1))
            self.m_schedule *= momentum
            of_grad.append((1 - momentum) / (1 - self.m_schedule))
            of_mean.append(following / (1 - self.m_schedule * following))
        own = {"beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon}
        parts = {"part_grad": of_grad, "part_mean": of_mean, "share2": [1 - self.beta2**t for t in counts]}
        return {**own, **parts, **super()._values(indices, weights, grads)}


@register
class LAMB(_Two, OneOperator):
    """Adam's direction with a length in proportion to the norm of the weight, for large batches.

    Parameters
    ----------
    learning_rate : float
    beta1, beta2 : float
    epsilon : float
    lower_bound, upper_bound : float, optional
        Bounds of the weight's norm in the proportion.
    bias_correction : bool
        Correct the means for their start at zero.
    **kwargs
        As in `Optimizer`.

    Notes
    -----
    You et al. 2019, arXiv:1904.00962.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-6,
        lower_bound: float | None = None,
        upper_bound: float | None = None,
        bias_correction: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.bias_correction = bias_correction
        self.aggregate_num = config.aggregation_size(45)

    def create_state(self, index: Any, weight: Any) -> Any:
        """Return two float32 arrays of zeros."""
        return tuple(nd.zeros(weight.shape, ctx=weight.context, dtype=np.float32) for _ in range(2))

    def _operator(self, state: Any) -> tuple[str, tuple[Any, ...]]:
        return "lamb_update", state

    def _values(self, indices: Any, weights: Any, grads: Any) -> dict[str, Any]:
        bounds = {"lower_bound": self.lower_bound, "upper_bound": self.upper_bound}
        own = {"beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon, "t": self._counts(indices)}
        given = {name: bound for name, bound in bounds.items() if bound is not None}
        correction = {"bias_correction": self.bias_correction}
        return {**own, **given, **correction, **super()._values(indices, weights, grads)}

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Change a parameter by its gradient, or several, all arguments being lists."""
        if isinstance(index, (list, tuple)):
            self.update_all(index, weight, grad, state)
            return
        self._update_count(index)
        values = {n: v[0] if type(v) is list else v for n, v in self._values((index,), (weight,), (grad,)).items()}
        first, second = (
            {n: v for n, v in values.items() if n in operators[f"lamb_update_phase{k}"].params} for k in (1, 2)
        )
        direction = nd.lamb_update_phase1(weight, grad, *state, **first)
        nd.lamb_update_phase2(weight, direction, nd.norm(weight), nd.norm(direction), out=weight, **second)
