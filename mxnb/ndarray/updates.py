"""Functions of `mx.nd.contrib` around update operators: they take numbers for arrays, and lists of each kind."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import MXNetError
from ..ops import registry
from .creation import array
from .ndarray import NDArray, invoke

__all__ = [
    "adamw_update",
    "mp_adamw_update",
    "multi_adamw_update",
    "multi_lamb_update",
    "multi_mp_adamw_update",
    "multi_mp_lamb_update",
]


def _scale(rescale_grad: Any, beside: NDArray) -> NDArray:
    """The factor of gradients as the array that operators take."""
    if isinstance(rescale_grad, NDArray):
        return rescale_grad
    return array([rescale_grad], ctx=beside.context, dtype=np.float32)


def adamw_update(
    weight: NDArray,
    grad: NDArray,
    mean: NDArray,
    var: NDArray,
    rescale_grad: Any,
    lr: float,
    eta: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-08,
    wd: float = 0,
    clip_gradient: float = -1,
    out: Any = None,
    name: str | None = None,
) -> NDArray:
    """Adam with weight decay apart from the gradient: ``w -= eta * (lr * m / (sqrt(v) + epsilon) + wd * w)``.

    Parameters
    ----------
    weight, grad : NDArray
    mean, var : NDArray
        Changed.
    rescale_grad : float or NDArray
        Factor of the gradient; nothing is updated where it is 0, infinite or NaN.
    lr, eta, beta1, beta2, epsilon, wd, clip_gradient : float
        A negative limit is none.
    out : NDArray, optional
        Usually the weight.
    name : str, optional
        Without effect.

    Returns
    -------
    NDArray
        The new weight.

    Examples
    --------
    >>> w, g, m, v = mx.nd.ones((2,)), mx.nd.ones((2,)), mx.nd.zeros((2,)), mx.nd.zeros((2,))
    >>> mx.nd.contrib.adamw_update(w, g, m, v, rescale_grad=1.0, lr=0.0, eta=1.0, wd=0.5).asnumpy()
    array([0.5, 0.5], dtype=float32)
    """
    op = registry["_adamw_update"].of(
        lr=lr, eta=eta, beta1=beta1, beta2=beta2, epsilon=epsilon, wd=wd, clip_gradient=clip_gradient
    )
    return invoke(op, [weight, grad, mean, var, _scale(rescale_grad, weight)], out)


def mp_adamw_update(
    weight: NDArray,
    grad: NDArray,
    mean: NDArray,
    var: NDArray,
    weight32: NDArray,
    rescale_grad: Any,
    lr: float,
    eta: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-08,
    wd: float = 0,
    clip_gradient: float = -1,
    out: Any = None,
    name: str | None = None,
) -> NDArray:
    """`adamw_update` of a float16 parameter with a float32 copy, `weight32`.

    Parameters
    ----------
    weight, grad : NDArray
    mean, var, weight32 : NDArray
        float32; changed.
    rescale_grad, lr, eta, beta1, beta2, epsilon, wd, clip_gradient, out, name :
        As in `adamw_update`.

    Returns
    -------
    NDArray
        The new weight.
    """
    op = registry["_mp_adamw_update"].of(
        lr=lr, eta=eta, beta1=beta1, beta2=beta2, epsilon=epsilon, wd=wd, clip_gradient=clip_gradient
    )
    return invoke(op, [weight, grad, mean, var, weight32, _scale(rescale_grad, weight)], out)


def _many(name: str, sets: Any, last: list[NDArray], out: Any, **params: Any) -> Any:
    """An operator over the arrays of several parameters, given kind by kind."""
    if len({len(kind) for kind in sets}) > 1:
        raise MXNetError(f"{name}: got lists of {', '.join(str(len(kind)) for kind in sets)} arrays, need equal ones")
    arrays = [x for one in zip(*sets) for x in one]
    return invoke(registry[name].of(**params), [*arrays, *last], out)


def multi_adamw_update(
    weights: list[NDArray],
    grads: list[NDArray],
    mean: list[NDArray],
    var: list[NDArray],
    rescale_grad: Any,
    lrs: Any,
    wds: Any,
    etas: Any,
    out: Any = None,
    name: str | None = None,
    size: int = 0,
    **kwargs: Any,
) -> Any:
    """`adamw_update` of several parameters.

    Parameters
    ----------
    weights, grads, mean, var : list of NDArray
    rescale_grad : float or NDArray
    lrs, wds, etas : list of float
    out : list of NDArray, optional
    name : str, optional
        Without effect.
    size : int
        How many parameters, 0 for as many as there are.
    **kwargs
        beta1, beta2, epsilon, clip_gradient.

    Returns
    -------
    NDArray or list of NDArray
    """
    params = {"lrs": tuple(lrs), "wds": tuple(wds), "etas": tuple(etas), "num_weights": size or len(weights), **kwargs}
    scale = [_scale(rescale_grad, weights[0])]
    return _many("_multi_adamw_update", (weights, grads, mean, var), scale, out, **params)


def multi_mp_adamw_update(
    weights: list[NDArray],
    grads: list[NDArray],
    mean: list[NDArray],
    var: list[NDArray],
    weights32: list[NDArray],
    rescale_grad: Any,
    lrs: Any,
    wds: Any,
    etas: Any,
    out: Any = None,
    name: str | None = None,
    size: int = 0,
    **kwargs: Any,
) -> Any:
    """`mp_adamw_update` of several parameters; see `multi_adamw_update`."""
    params = {"lrs": tuple(lrs), "wds": tuple(wds), "etas": tuple(etas), "num_weights": size or len(weights), **kwargs}
    scale = [_scale(rescale_grad, weights[0])]
    return _many("_multi_mp_adamw_update", (weights, grads, mean, var, weights32), scale, out, **params)


def multi_lamb_update(
    weights: list[NDArray],
    grads: list[NDArray],
    mean: list[NDArray],
    var: list[NDArray],
    step_count: Any,
    lrs: Any,
    wds: Any,
    out: Any = None,
    num_tensors: int = 0,
    **kwargs: Any,
) -> Any:
    """LAMB's update of several parameters.

    Parameters
    ----------
    weights, grads, mean, var : list of NDArray
    step_count : list of int
        Number of updates of each, this one included.
    lrs, wds : list of float
    out : list of NDArray, optional
    num_tensors : int
        How many parameters, 0 for as many as there are.
    **kwargs
        beta1, beta2, epsilon, rescale_grad, lower_bound, upper_bound, clip_gradient, bias_correction.

    Returns
    -------
    NDArray or list of NDArray
    """
    params = {"learning_rates": tuple(lrs), "wds": tuple(wds), "step_count": tuple(step_count), **kwargs}
    arrays = weights, grads, mean, var
    return _many("_multi_lamb_update", arrays, [], out, num_tensors=num_tensors or len(weights), **params)


def multi_mp_lamb_update(
    weights: list[NDArray],
    grads: list[NDArray],
    mean: list[NDArray],
    var: list[NDArray],
    weights32: list[NDArray],
    step_count: Any,
    lrs: Any,
    wds: Any,
    out: Any = None,
    num_tensors: int = 0,
    **kwargs: Any,
) -> Any:
    """`multi_lamb_update` of float16 parameters with float32 copies, `weights32`."""
    params = {"learning_rates": tuple(lrs), "wds": tuple(wds), "step_count": tuple(step_count), **kwargs}
    arrays = weights, grads, mean, var, weights32
    return _many("_multi_mp_lamb_update", arrays, [], out, num_tensors=num_tensors or len(weights), **params)
