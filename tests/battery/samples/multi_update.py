"""Updates of several parameters at once, AdamW's, and norms of several arrays."""

import numpy as np

from .optimizer import NARROW, NONE, PLAIN, lamb1, lamb2, mp_sgd, mp_sgd_mom, rescaled, sgd, sgd_mom
from .table import Given, S, X, case

LISTS = {"lrs": "lr", "learning_rates": "lr", "wds": "wd", "etas": "eta", "step_count": "t"}


def adamw(weight, grad, mean, var, scale, lr, eta, beta1=0.9, beta2=0.999, epsilon=1e-8, wd=0.0, clip_gradient=-1.0):
    if not np.isfinite(scale[0]) or scale[0] == 0:
        return weight, mean, var
    g = rescaled(grad, scale[0], clip_gradient)
    mean, var = beta1 * mean + (1 - beta1) * g, beta2 * var + (1 - beta2) * g * g
    return weight - eta * (lr * mean / (np.sqrt(var) + epsilon) + wd * weight), mean, var


def mp_adamw(weight, grad, mean, var, weight32, scale, **params):
    new, mean, var = adamw(weight32, grad, mean, var, scale, **params)
    return new, mean, var, new


def mp_lamb1(weight, grad, mean, var, weight32, **params):
    return lamb1(weight32, grad, mean, var, **params)


def mp_lamb2(weight, g, r1, r2, weight32, **params):
    new = lamb2(weight32, g, r1, r2, **params)
    return new, new


def lamb(weight, grad, mean, var, lr, lower_bound=-1.0, upper_bound=-1.0, **params):
    direction, mean, var = lamb1(weight, grad, mean, var, **params)
    norms = [np.sqrt((x * x).sum())[None] for x in (weight, direction)]
    return lamb2(weight, direction, *norms, lr, lower_bound, upper_bound), mean, var


def mp_lamb(weight, grad, mean, var, weight32, **params):
    new, mean, var = lamb(weight32, grad, mean, var, **params)
    return new, mean, var, new


def several(single, each, count="num_weights", preloaded=False):
    """The update of each of several parameters, which have `each` arrays."""

    def reference(*arrays, **params):
        number = params.pop(count)
        lists = {LISTS[n]: params.pop(n) for n in list(params) if n in LISTS}
        last = arrays[number * each :]
        if preloaded:
            lists, last = dict(zip(("lr", "wd"), last)), ()
        weights, states = [], []
        for k in range(number):
            own = {n: values[k] for n, values in lists.items()}
            found = single(*arrays[k * each : (k + 1) * each], *last, **params, **own)
            new, *changed = found if isinstance(found, tuple) else (found,)
            weights.append(new)
            states += changed
        return (*weights, *states)

    return reference


def sets(*more):
    """The arrays of two parameters of different shapes: weight, gradient, and more like `more`."""
    make = lambda shape: [
        X(*shape),
        X(*shape),
        *[X(*shape, low=x.low, high=x.high, dtype=x.dtype) for x in more],
    ]
    return *make((2, 3)), *make((4,))


def rates(*values):
    return Given(values, dtype="float32")


MOM, MEAN, VAR = X(1), X(1), X(1, low=0.5, high=2)
WIDE, WIDE_MEAN, WIDE_VAR = (X(1, low=x.low, high=x.high, dtype="float32") for x in (MOM, MEAN, VAR))
RATES = {"lrs": (0.5, 0.25), "wds": (0.125, 0.0)}
MORE = {"rescale_grad": 0.5, "clip_gradient": 0.5, "num_weights": 2}
MOVING = {**MORE, "momentum": 0.75}
for prefix, lists, last in (("", RATES, ()), ("preloaded_", {}, (rates(0.5, 0.25), rates(0.125, 0)))):
    before = bool(prefix)
    name = f"{prefix}multi_sgd_update"
    case(name, several(sgd, 2, preloaded=before), S(*sets(), *last, **lists, **MORE), **PLAIN)
    name, reference = f"{prefix}multi_sgd_mom_update", several(sgd_mom, 3, preloaded=before)
    case(name, reference, S(*sets(MOM), *last, **lists, **MOVING), **PLAIN)
    name, reference = f"{prefix}multi_mp_sgd_update", several(mp_sgd, 3, preloaded=before)
    case(name, reference, S(*sets(WIDE), *last, **lists, **MORE), **NARROW)
    name, reference = f"{prefix}multi_mp_sgd_mom_update", several(mp_sgd_mom, 4, preloaded=before)
    case(name, reference, S(*sets(WIDE, WIDE), *last, **lists, **MOVING), **NARROW)

ADAM = {"beta2": 0.75, "epsilon": 0.125, "clip_gradient": 0.5}
ONE = {"lr": 0.5, "eta": 0.75, "wd": 0.125, **ADAM}
TWO = {**RATES, "etas": (0.75, 1.5), **ADAM, "num_weights": 2}
FREE = {"free": ("rescale_grad",)}  # its first number counts
one = lambda *more: sets(*more)[: 2 + len(more)]
scaled = lambda make, arrays, **params: [make(*arrays, rates(s), **params) for s in (0.5, 0.0, np.nan)]
case("_adamw_update", adamw, *scaled(S, one(MEAN, VAR), **ONE), **PLAIN, **FREE)
case("_mp_adamw_update", mp_adamw, *scaled(S, one(WIDE_MEAN, WIDE_VAR, WIDE), **ONE), **NARROW, **FREE)
case("_multi_adamw_update", several(adamw, 4), *scaled(S, sets(MEAN, VAR), **TWO), **PLAIN, **FREE)
case(
    "_multi_mp_adamw_update",
    several(mp_adamw, 5),
    *scaled(S, sets(WIDE_MEAN, WIDE_VAR, WIDE), **TWO),
    **NARROW,
    **FREE,
)

LAMB = {"beta2": 0.75, "epsilon": 0.125, "rescale_grad": 0.5, "clip_gradient": 0.5}
LAMBS = {
    "learning_rates": (0.5, 0.25), "wds": (0.125, 0.0), "step_count": (2, 5), "lower_bound": 1.0, "upper_bound": 3.0,
    "num_tensors": 2, **LAMB,
}  # fmt: skip
PLAIN_LAMBS = {**LAMBS, "bias_correction": False, "lower_bound": -1.0, "upper_bound": -1.0}
MP_STATES = WIDE_MEAN, WIDE_VAR, WIDE
case("mp_lamb_update_phase1", mp_lamb1, S(*one(*MP_STATES), t=2, wd=0.125, **LAMB), **NARROW, result="float32")
NORMS = X(1, low=1, high=2, dtype="float32"), X(1, low=1, high=2, dtype="float32")
case(
    "mp_lamb_update_phase2",
    mp_lamb2,
    S(X(2, 3), X(2, 3, dtype="float32"), *NORMS, X(2, 3, dtype="float32"), lr=0.5, lower_bound=1.75, upper_bound=4),
    **NARROW,
)
for params in (LAMBS, PLAIN_LAMBS):
    case("_multi_lamb_update", several(lamb, 4, "num_tensors"), S(*sets(MEAN, VAR), **params), **PLAIN)
    case("_multi_mp_lamb_update", several(mp_lamb, 5, "num_tensors"), S(*sets(*MP_STATES), **params), **NARROW)

FLAT = {"gradient": NONE, "result": "float32", "loose": True}
case(
    "multi_sum_sq",
    lambda *xs, num_arrays: np.array([(x * x).sum() for x in xs]),
    S(X(2, 3), X(5), X(1), num_arrays=3),
    **FLAT,
    kind="long",
)


def finite(*xs, init_output=True, **count):
    return np.array([float(all(np.isfinite(x).all() for x in xs))])


BAD, WORSE = Given([1.0, np.nan, 2.0]), Given([[np.nan, 0.0]])
case("all_finite", finite, *[S(x) for x in (X(2, 3), BAD, WORSE)], **FLAT)
case(
    "multi_all_finite",
    finite,
    *[S(X(2, 3), x, X(4), num_arrays=3) for x in (X(5), BAD, WORSE)],
    **FLAT,
)


def lars(lrs, weights, grads, wds, eta, eps, rescale_grad=1.0):
    size, grad_size = np.sqrt(weights), np.sqrt(grads) * rescale_grad
    return np.where((weights > 0) & (grads > 0), lrs * eta * size / (grad_size + wds * size + eps), lrs)


SUMS = Given([4.0, 0.0, 1.0]), Given([9.0, 1.0, 0.0])
case(
    "multi_lars",
    lars,
    S(X(3, low=0, high=1), *SUMS, X(3, low=0, high=1), eta=0.5, eps=0.125),
    S(X(3, low=0, high=1), *SUMS, X(3, low=0, high=1), eta=0.5, eps=0.125, rescale_grad=0.25),
    dtypes=("float32",),
    gradient=NONE,
)
