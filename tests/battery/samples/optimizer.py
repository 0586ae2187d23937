"""Optimizer updates, each as its formula; they return the new weight and the new states."""

import numpy as np

from .table import S, X, case

NONE = "an update has none"


def clip(g, limit):
    return g if limit is None or limit < 0 else np.clip(g, -limit, limit)


def rescaled(grad, rescale_grad=1.0, clip_gradient=-1.0):
    return clip(grad * rescale_grad, clip_gradient)


def decayed(weight, grad, wd=0.0, rescale_grad=1.0, clip_gradient=-1.0):
    """The gradient of updates that clip after weight decay."""
    return clip(grad * rescale_grad + wd * weight, clip_gradient)


def sgd(weight, grad, lr, wd=0.0, **more):
    return weight - lr * (rescaled(grad, **more) + wd * weight)


def sgd_mom(weight, grad, mom, lr, momentum=0.0, wd=0.0, **more):
    mom = momentum * mom - lr * (rescaled(grad, **more) + wd * weight)
    return weight + mom, mom


def nag(weight, grad, mom, lr, momentum=0.0, wd=0.0, **more):
    g = rescaled(grad, **more)
    step = lr * (g + wd * weight)
    new = weight + momentum * (momentum * mom - step) - step
    return new, momentum * mom - lr * (g + wd * new)


def mp_sgd(weight, grad, weight32, **params):
    new = sgd(weight32, grad, **params)
    return new, new


def mp_sgd_mom(weight, grad, mom, weight32, **params):
    new, mom = sgd_mom(weight32, grad, mom, **params)
    return new, mom, new


def mp_nag(weight, grad, mom, weight32, **params):
    new, mom = nag(weight32, grad, mom, **params)
    return new, mom, new


def signsgd(weight, grad, lr, wd=0.0, **more):
    return weight - lr * (np.sign(grad) + wd * weight)


def signum(weight, grad, mom, lr, momentum=0.0, wd=0.0, wd_lh=0.0, **more):
    mom = momentum * mom - (1 - momentum) * (rescaled(grad, **more) + wd * weight)
    return (1 - lr * wd_lh) * weight + lr * np.sign(mom), mom


def adam(weight, grad, mean, var, lr, beta1=0.9, beta2=0.999, epsilon=1e-8, **more):
    g = decayed(weight, grad, **more)
    mean, var = beta1 * mean + (1 - beta1) * g, beta2 * var + (1 - beta2) * g * g
    return weight - lr * mean / (np.sqrt(var) + epsilon), mean, var


def rmsprop(weight, grad, n, lr, gamma1=0.95, epsilon=1e-8, clip_weights=-1.0, **more):
    g = decayed(weight, grad, **more)
    n = gamma1 * n + (1 - gamma1) * g * g
    return clip(weight - lr * g / np.sqrt(n + epsilon), clip_weights), n


def rmspropalex(weight, grad, n, g, delta, lr, gamma1=0.95, gamma2=0.9, epsilon=1e-8, clip_weights=-1.0, **more):
    x = decayed(weight, grad, **more)
    n, g = gamma1 * n + (1 - gamma1) * x * x, gamma1 * g + (1 - gamma1) * x
    delta = gamma2 * delta - lr * x / np.sqrt(n - g * g + epsilon)
    return clip(weight + delta, clip_weights), n, g, delta


def ftrl(weight, grad, z, n, lr, lamda1=0.01, beta=1.0, wd=0.0, **more):
    g = rescaled(grad, **more)
    z = z + g - (np.sqrt(n + g * g) - np.sqrt(n)) * weight / lr
    n = n + g * g
    return np.where(abs(z) > lamda1, (np.sign(z) * lamda1 - z) / ((beta + np.sqrt(n)) / lr + wd), 0), z, n


def ftml(weight, grad, d, v, z, lr, t, beta1=0.6, beta2=0.999, epsilon=1e-8, clip_grad=-1.0, **more):
    g = decayed(weight, grad, clip_gradient=clip_grad, **more)
    v = beta2 * v + (1 - beta2) * g * g
    new = (1 - beta1**t) / lr * (np.sqrt(v / (1 - beta2**t)) + epsilon)
    z = beta1 * z + (1 - beta1) * g - (new - beta1 * d) * weight
    return -z / new, new, v, z


def lamb1(weight, grad, mean, var, t, wd, beta1=0.9, beta2=0.999, epsilon=1e-6, bias_correction=True, **more):
    g = rescaled(grad, **more)
    mean, var = beta1 * mean + (1 - beta1) * g, beta2 * var + (1 - beta2) * g * g
    m, v = (mean / (1 - beta1**t), var / (1 - beta2**t)) if bias_correction else (mean, var)
    return m / (np.sqrt(v) + epsilon) + wd * weight, mean, var


def lamb2(weight, g, r1, r2, lr, lower_bound=-1.0, upper_bound=-1.0):
    size = r1[0]
    size = max(size, lower_bound) if lower_bound > 0 else size
    size = min(size, upper_bound) if upper_bound > 0 else size
    return weight - lr * (size / r2[0] if size > 0 and r2[0] > 0 else 1.0) * g


def sgld(weight, grad, noise, lr, wd=0.0, **more):
    return weight + np.sqrt(lr) * noise - lr / 2 * (rescaled(grad, **more) + wd * weight)


def adagrad(weight, grad, history, lr, epsilon=1e-7, wd=0.0, **more):
    g = rescaled(grad, **more)
    history = history + g * g
    return weight - lr * (g / np.sqrt(history + epsilon) + wd * weight), history


def group_adagrad(weight, grad, history, lr, epsilon=1e-5, **more):
    g = rescaled(grad, **more)
    history = history + (g * g).mean(1, keepdims=True)
    return weight - lr * g / np.sqrt(history + epsilon), history


def adadelta(weight, grad, squares, steps, rho=0.9, epsilon=1e-5, wd=0.0, **more):
    g = rescaled(grad, **more)
    squares = rho * squares + (1 - rho) * g * g
    step = np.sqrt((steps + epsilon) / (squares + epsilon)) * g
    return weight - step - wd * weight, squares, rho * steps + (1 - rho) * step * step


def adamax(weight, grad, mean, largest, lr, beta1=0.9, beta2=0.999, **more):
    g = decayed(weight, grad, **more)
    mean, largest = beta1 * mean + (1 - beta1) * g, np.maximum(beta2 * largest, abs(g))
    return weight - lr * mean / largest, mean, largest


def nadam(weight, grad, mean, var, lr, part_grad, part_mean, share2, beta1=0.9, beta2=0.999, epsilon=1e-8, **more):
    g = decayed(weight, grad, **more)
    mean, var = beta1 * mean + (1 - beta1) * g, beta2 * var + (1 - beta2) * g * g
    return weight - lr * (part_grad * g + part_mean * mean) / (np.sqrt(var / share2) + epsilon), mean, var


def dcasgd_mom(weight, grad, mom, previous, lr, momentum=0.0, lamda=0.04, wd=0.0, **more):
    g = rescaled(grad, **more)
    mom = momentum * mom - lr * (g + wd * weight + lamda * g * g * (weight - previous))
    return weight + mom, mom, weight


def dcasgd(weight, grad, previous, lr, **more):
    return dcasgd_mom(weight, grad, 0 * grad, previous, lr, **more)[::2]


W, G, M, V = X(2, 3), X(2, 3), X(2, 3), X(2, 3, low=0.5, high=2)
DECAY = {"wd": 0.125, "rescale_grad": 0.5, "clip_gradient": 0.5}
PLAIN = {"gradient": NONE, "kind": "long"}
NARROW = {"dtypes": ("float16", "float32"), **PLAIN}
WIDE, MOM32 = X(2, 3, dtype="float32"), X(2, 3, dtype="float32")

case("sgd_update", sgd, S(W, G, lr=0.5), S(W, G, lr=0.5, **DECAY), **PLAIN)
case("sgd_mom_update", sgd_mom, S(W, G, M, lr=0.5), S(W, G, M, lr=0.5, momentum=0.75, **DECAY), **PLAIN)
case("nag_mom_update", nag, S(W, G, M, lr=0.5), S(W, G, M, lr=0.5, momentum=0.75, **DECAY), **PLAIN)
case("mp_sgd_update", mp_sgd, S(W, G, WIDE, lr=0.5, **DECAY), **NARROW)
case("mp_sgd_mom_update", mp_sgd_mom, S(W, G, MOM32, WIDE, lr=0.5, momentum=0.75, **DECAY), **NARROW)
case("mp_nag_mom_update", mp_nag, S(W, G, MOM32, WIDE, lr=0.5, momentum=0.75, **DECAY), **NARROW)
case("signsgd_update", signsgd, S(W, G, lr=0.5), S(W, G, lr=0.5, **DECAY), **PLAIN)
case("signum_update", signum, S(W, G, M, lr=0.5), S(W, G, M, lr=0.5, momentum=0.75, wd_lh=0.25, **DECAY), **PLAIN)
case("adam_update", adam, S(W, G, M, V, lr=0.5), S(W, G, M, V, lr=0.5, beta1=0.5, beta2=0.75, **DECAY), **PLAIN)
case("rmsprop_update", rmsprop, S(W, G, V, lr=0.5), S(W, G, V, lr=0.5, clip_weights=1.0, **DECAY), **PLAIN)
case(
    "rmspropalex_update",
    rmspropalex,
    S(W, G, X(2, 3, low=3, high=4), X(2, 3, low=0.1, high=1), M, lr=0.5),
    S(W, G, X(2, 3, low=3, high=4), X(2, 3, low=0.1, high=1), M, lr=0.5, clip_weights=1.0, **DECAY),
    **PLAIN,
)
case("ftrl_update", ftrl, S(W, G, M, V, lr=0.5), S(W, G, M, V, lr=0.5, lamda1=0.25, **DECAY), **PLAIN)
CLIPPED = {"wd": 0.125, "rescale_grad": 0.5, "clip_grad": 0.5}
case("ftml_update", ftml, S(W, G, V, V, M, lr=0.5, t=2, beta2=0.75, **CLIPPED), **PLAIN)
case(
    "lamb_update_phase1",
    lamb1,
    S(W, G, M, V, t=2, beta2=0.75, epsilon=0.125, **DECAY),
    S(W, G, M, V, t=2, bias_correction=False, epsilon=0.125, **DECAY),
    **PLAIN,
)
NORMS = X(1, low=1, high=2), X(1, low=1, high=2)
case(
    "lamb_update_phase2",
    lamb2,
    S(W, G, *NORMS, lr=0.5),
    S(W, G, *NORMS, lr=0.5, lower_bound=1.75, upper_bound=4),
    **PLAIN,
)
case("_sgld_update", sgld, S(W, G, M, lr=0.5), S(W, G, M, lr=0.5, **DECAY), **PLAIN)
case("_adagrad_update", adagrad, S(W, G, V, lr=0.5, epsilon=0.125, **DECAY), **PLAIN)
case("_adadelta_update", adadelta, S(W, G, V, V, rho=0.75, epsilon=0.125, **DECAY), **PLAIN)
case("_adamax_update", adamax, S(W, G, M, V, lr=0.5, beta2=0.75, **DECAY), **PLAIN)
PARTS = {"part_grad": 0.5, "part_mean": 0.75, "share2": 0.25}
case("_nadam_update", nadam, S(W, G, M, V, lr=0.5, beta2=0.75, epsilon=0.125, **PARTS, **DECAY), **PLAIN)
case("_dcasgd_update", dcasgd, S(W, G, M, lr=0.5, lamda=0.25, **DECAY), **PLAIN)
case("_dcasgd_mom_update", dcasgd_mom, S(W, G, M, M, lr=0.5, momentum=0.75, lamda=0.25, **DECAY), **PLAIN)
ROWS = X(2, 1, low=0.5, high=2)
case(
    "_contrib_group_adagrad_update",
    group_adagrad,
    S(W, G, ROWS, lr=0.5),
    S(W, G, ROWS, lr=0.5, epsilon=0.125, rescale_grad=0.5, clip_gradient=0.5),
    **PLAIN,
)
