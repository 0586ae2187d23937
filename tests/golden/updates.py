"""What MXNet 1.9.1 makes of updates of several parameters; run with a Python that has it, this writes updates.npz."""

import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDED = os.path.join(HERE, "updates.npz")
WEIGHTS = [[1.0, -2.0, 3.0, 0.25], [0.5, 4.0]]
GRADS = [[0.5, -1.0, 2.0, 0.0], [-0.75, 1.5]]
MEANS = [[0.125, 0.25, -0.5, 0.0], [1.0, -0.25]]
SQUARES = [[0.5, 0.25, 1.0, 2.0], [0.75, 1.5]]
RATES = {"lrs": (0.5, 0.25), "wds": (0.125, 0.0)}
COMMON = {"rescale_grad": 0.5, "clip_gradient": 0.4}
LAMB = {
    "learning_rates": (0.1, 0.2), "wds": (0.1, 0.0), "step_count": (3, 1), "num_tensors": 2, "rescale_grad": 0.5,
}  # fmt: skip
ADAMW = {**RATES, "etas": (0.75, 1.5), "num_weights": 2, "epsilon": 0.01}


def update(name, kinds, dtype, last=(), **params):
    """A function of mx: the weights that an operator is given as its outputs, and its other arrays afterwards.

    `kinds` says what each parameter has: w, g, m (mean, momentum), v (squares), W (float32 copy), M, V (float32).
    """

    def run(mx):
        values = {"w": WEIGHTS, "g": GRADS, "m": MEANS, "v": SQUARES}
        make = lambda kind, k: mx.nd.array(
            values[kind.lower()][k], dtype="float32" if kind in "WMV" else dtype
        )  # fmt: skip
        arrays = [make(kind, k) for k in range(2) for kind in kinds]
        weights = arrays[:: len(kinds)]
        space = mx.nd._internal if name.startswith("_") else mx.nd
        getattr(space, name)(*arrays, *[mx.nd.array(x) for x in last], out=weights, **params)
        return [x.asnumpy() for x, kind in zip(arrays, 2 * kinds) if kind != "g"]

    return run


def call(name, *arrays, **params):
    """A function of mx: what an operator gives for arrays."""

    def run(mx):
        return [getattr(mx.nd, name)(*[mx.nd.array(x, dtype=x.dtype) for x in arrays], **params).asnumpy()]

    return run


def helper(name, kinds, dtype, *last, **params):
    """A function of mx: the weights and states after a function of `nd.contrib` that takes lists of each kind."""

    def run(mx):
        values = {"w": WEIGHTS, "g": GRADS, "m": MEANS, "v": SQUARES}
        sets = [
            [mx.nd.array(x, dtype="float32" if kind in "WMV" else dtype) for x in values[kind.lower()]]
            for kind in kinds
        ]
        function = getattr(mx.nd.contrib, name)
        if name.startswith("multi"):
            function(*sets, *last, out=sets[0], **params)
        else:
            sets = [some[:1] for some in sets]
            function(*[x for some in sets for x in some], *last, out=sets[0][0], **params)
        return [x.asnumpy() for some, kind in zip(sets, kinds) if kind != "g" for x in some]

    return run


def steps(name, momentum, names, **params):
    """A function of mx: six parameters after steps of an optimizer whose rate changes, updated all at once."""

    def run(mx):
        schedule = mx.lr_scheduler.FactorScheduler(step=1, factor=0.5, base_lr=1.0)
        names_of = {i: f"p{i}_{names[i % len(names)]}" for i in range(6)}
        optimizer = mx.optimizer.create(
            name, learning_rate=1.0, lr_scheduler=schedule, param_idx2name=names_of, **momentum, **params
        )
        updater = mx.optimizer.get_updater(optimizer)
        weights = [mx.nd.array([1.0, 2.0, 3.0 + i]) for i in range(6)]
        grads = [mx.nd.array([0.5, -0.5, 0.25 * i]) for i in range(6)]
        for _ in range(3):
            updater(list(range(6)), grads, weights)
        return [x.asnumpy() for x in weights]

    return run


def cases():
    """The functions by name."""
    found, moving = {}, {**COMMON, "momentum": 0.75}
    for prefix, lists, last in (("", RATES, ()), ("preloaded_", {}, (RATES["lrs"], RATES["wds"]))):
        for kinds, dtypes, name, params in (
            ("wg", ("float32", "float64"), "multi_sgd_update", COMMON),
            ("wgm", ("float32", "float64"), "multi_sgd_mom_update", moving),
            ("wgW", ("float16",), "multi_mp_sgd_update", COMMON),
            ("wgMW", ("float16",), "multi_mp_sgd_mom_update", moving),
        ):
            for dtype in dtypes:
                found[f"{prefix}{name} {dtype}"] = update(
                    prefix + name, kinds, dtype, last, num_weights=2, **lists, **params
                )
    for scale in (0.5, 0.0, float("inf"), float("nan")):
        for clip in (-1.0, 0.2):
            params = {**ADAMW, "clip_gradient": clip}
            found[f"adamw {scale} {clip}"] = update("_multi_adamw_update", "wgmv", "float32", [[scale]], **params)
    found["adamw float16"] = update("_multi_mp_adamw_update", "wgMVW", "float16", [[0.5]], **ADAMW)
    for label, own in {
        "": {},
        "without correction": {"bias_correction": False},
        "bounds": {"lower_bound": 4.5, "upper_bound": 5.0},
        "clip": {"clip_gradient": 0.1},
    }.items():
        found[f"lamb {label}"] = update("_multi_lamb_update", "wgmv", "float32", **LAMB, **own)
        found[f"lamb float16 {label}"] = update("_multi_mp_lamb_update", "wgMVW", "float16", **LAMB, **own)
    numbers = {"lr": 0.5, "eta": 0.75, "wd": 0.125, "clip_gradient": 0.4}
    found["contrib adamw"] = helper("adamw_update", "wgmv", "float32", 0.5, **numbers)
    found["contrib mp_adamw"] = helper("mp_adamw_update", "wgMVW", "float16", 0.5, **numbers)
    lists = {**RATES, "etas": (0.75, 1.5), "epsilon": 0.01}
    found["contrib multi_adamw"] = helper("multi_adamw_update", "wgmv", "float32", 0.5, **lists)
    found["contrib multi_mp_adamw"] = helper("multi_mp_adamw_update", "wgMVW", "float16", 0.5, **lists)
    lists = {**RATES, "rescale_grad": 0.5, "upper_bound": 3.0}
    found["contrib multi_lamb"] = helper("multi_lamb_update", "wgmv", "float32", (3, 1), **lists)
    found["contrib multi_mp_lamb"] = helper("multi_mp_lamb_update", "wgMVW", "float16", (3, 1), **lists)
    a, b, c = np.arange(6.0).reshape(2, 3), np.array([np.inf, 1]), np.array([[np.nan]])
    for dtype in ("float16", "float32", "float64"):
        x, y, z = (each.astype(dtype) for each in (a, b, c))
        found[f"sum_sq {dtype}"] = call("multi_sum_sq", x, y, z, num_arrays=3)
        for label, arrays in {"all": (x,), "inf": (x, y), "nan": (z, x)}.items():
            found[f"finite {label} {dtype}"] = call("multi_all_finite", *arrays, num_arrays=len(arrays))
            found[f"one finite {label} {dtype}"] = call("all_finite", arrays[0])
    sums = [np.array(x, "float32") for x in ([0.5, 0.5, 1, 2, 3], [4, 0, 1, np.nan, 2], [9, 1, 0, 1, np.inf])]
    decays = np.array([0.1, 0, 0.1, 0, 0], "float32")
    for scale in (1.0, 0.25):
        found[f"lars {scale}"] = call("multi_lars", *sums, decays, eta=0.5, eps=0.125, rescale_grad=scale)
    for momentum in ({}, {"momentum": 0.9}):
        for name, params in {
            "sgd": {"wd": 0.1}, "lars": {"wd": 0.1, "eta": 0.5}, "nag": {"wd": 0.1}, "signum": {"wd": 0.1},
        }.items():  # fmt: skip
            label = f"{name} {momentum} steps"
            found[label] = steps(name, momentum, ("weight", "weight", "bias"), clip_gradient=0.4, **params)
    for name in ("adam", "rmsprop", "ftrl", "lamb"):
        found[f"{name} steps"] = steps(name, {}, ("weight", "gamma", "bias"), wd=0.1, rescale_grad=0.5)
    return found


if __name__ == "__main__":
    import mxnet
    import pack

    arrays = {f"{name} {i}": x for name, run in cases().items() for i, x in enumerate(run(mxnet))}
    pack.save(RECORDED, arrays)
    sys.stdout.write(f"{len(arrays)} arrays\n")
