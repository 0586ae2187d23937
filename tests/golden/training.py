"""Optimizers, metrics and schedules, run alike by MXNet 1.9.1 and by mxnb (kept to Python 3.8, which MXNet needs).

``python training.py`` under MXNet 1.9.1 records what they give into ``training.npz``.
"""

from pathlib import Path

import numpy as np
import pack

RECORDED = Path(__file__).parent / "training.npz"

# ---------------------------------------------------------------- optimizers

PLAIN = {"learning_rate": 0.1}
COMMON = {"learning_rate": 0.1, "wd": 0.05, "rescale_grad": 0.5, "clip_gradient": 0.6}
OPTIMIZERS = [
    ("sgd", {}),
    ("sgd", {"momentum": 0.9}),
    ("ccsgd", {"momentum": 0.9}),
    ("nag", {}),
    ("nag", {"momentum": 0.9}),
    ("signum", {}),
    ("signum", {"momentum": 0.0}),
    ("signum", {"momentum": 0.5, "wd_lh": 0.1}),
    ("dcasgd", {}),
    ("dcasgd", {"lamda": 0.5}),
    ("lars", {"param_idx2name": {0: "x_weight"}}),
    ("lars", {"momentum": 0.9, "eta": 0.1, "param_idx2name": {0: "x_weight"}}),
    ("lars", {"momentum": 0.9, "eta": 0.1, "eps": 0.1, "param_idx2name": {0: "x_gamma"}}),
    ("lbsgd", {}),
    ("lbsgd", {"momentum": 0.5, "batch_scale": 2, "warmup_epochs": 1, "updates_per_epoch": 4}),
    ("lbsgd", {"momentum": 0.5, "batch_scale": 2, "warmup_strategy": "power2", "updates_per_epoch": 2}),
    ("lbsgd", {"momentum": 0.5, "batch_scale": 2, "warmup_strategy": "sqrt", "updates_per_epoch": 2}),
    ("lbsgd", {"momentum": 0.5, "batch_scale": 2, "warmup_strategy": "lars"}),
    ("adam", {}),
    ("adam", {"beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3}),
    ("adamax", {}),
    ("nadam", {}),
    ("nadam", {"schedule_decay": 0.1}),
    ("rmsprop", {}),
    ("rmsprop", {"gamma1": 0.8, "clip_weights": 0.5}),
    ("rmsprop", {"centered": True}),
    ("rmsprop", {"centered": True, "clip_weights": 0.5}),
    ("adagrad", {}),
    ("adagrad", {"eps": 0.1}),
    ("groupadagrad", {}),
    ("adadelta", {}),
    ("adadelta", {"rho": 0.8, "epsilon": 0.1}),
    ("ftrl", {}),
    ("ftrl", {"lamda1": 0.2, "beta": 2.0}),
    ("ftml", {}),
    ("lamb", {}),
    ("lamb", {"lower_bound": 0.1, "upper_bound": 0.5}),
    ("lamb", {"bias_correction": False}),
    ("test", {}),
]


def _text(params):
    return ",".join(f"{key}={value}" for key, value in sorted(params.items()) if key != "param_idx2name")


def optimizer_cases():
    """``{name of the case: (optimizer, parameters)}``."""
    cases = {}
    for name, own in OPTIMIZERS:
        for shared in (PLAIN, COMMON):
            given = dict(shared, **own)
            if name == "groupadagrad":
                given.pop("wd", None)
            suffix = given.get("param_idx2name", {0: ""})[0]
            cases[f"{name}({_text(given)}){suffix}"] = (name, given)
    return cases


def run_optimizer(mx, name, params):
    """The weights after each of eight updates of two parameters."""
    rng = np.random.RandomState(0)
    shape = (5, 1) if name == "groupadagrad" else (5,)
    weights = [mx.nd.array(rng.randn(*shape)) for _ in range(2)]
    updater = mx.optimizer.get_updater(mx.optimizer.create(name, **params))
    found = []
    for _ in range(8):
        for index, weight in enumerate(weights):
            updater(index, mx.nd.array(rng.randn(*shape) * 2), weight)
        found.append([weight.asnumpy().ravel() for weight in weights])
    return np.array(found)


# ---------------------------------------------------------------- metrics


def _batches(mx, kind):
    rng = np.random.RandomState(1)
    array = mx.nd.array
    if kind == "classes":
        scores = rng.rand(6, 4)
        scores /= scores.sum(axis=1, keepdims=True)
        labels = rng.randint(0, 4, 6)
    elif kind == "binary":
        p = np.array([0.3, 0.7, 0.6, 0.2, 0.4, 0.6])
        scores, labels = np.stack([1 - p, p], axis=1), np.array([0, 1, 0, 1, 0, 1])
    elif kind == "column":
        scores, labels = rng.randn(6, 1), rng.randn(6)
    else:
        scores, labels = rng.randn(6), rng.randn(6)
    return [([array(labels)], [array(scores)]), ([array(labels[:3])], [array(scores[:3])])]


METRICS = [
    ("acc", {}, "classes"),
    ("top_k_accuracy", {"top_k": 2}, "classes"),
    ("ce", {}, "classes"),
    ("ce", {"eps": 0.1}, "classes"),
    ("nll_loss", {}, "classes"),
    ("perplexity", {"ignore_label": None}, "classes"),
    ("perplexity", {"ignore_label": 1}, "classes"),
    ("pcc", {}, "classes"),
    ("pcc", {}, "binary"),
    ("f1", {"average": "macro"}, "binary"),
    ("f1", {"average": "micro"}, "binary"),
    ("mcc", {"average": "macro"}, "binary"),
    ("mcc", {"average": "micro"}, "binary"),
    ("mae", {}, "column"),
    ("mse", {}, "column"),
    ("rmse", {}, "column"),
    ("pearsonr", {}, "numbers"),
    ("pearsonr", {"average": "micro"}, "numbers"),
    ("loss", {}, "classes"),
]


def metric_cases():
    """``{name of the case: (metric, parameters, kind of data)}``."""
    return {f"{name}({_text(given)}){kind}": (name, given, kind) for name, given, kind in METRICS}


def run_metric(mx, name, params, kind):
    """Value and count after each of two batches."""
    metric = mx.metric.create(name, **params)
    found = []
    for labels, scores in _batches(mx, kind):
        metric.update(labels, scores)
        found.append([metric.get()[1], metric.num_inst])
    return np.array(found, "float64")


# ---------------------------------------------------------------- schedules

WARMUP = {"warmup_steps": 5, "warmup_begin_lr": 0.1}
SCHEDULES = {
    "factor": ("FactorScheduler", {"step": 5, "factor": 0.5, "base_lr": 1.0}),
    "factor stop": ("FactorScheduler", {"step": 5, "factor": 0.5, "base_lr": 1.0, "stop_factor_lr": 0.2}),
    "factor warm": ("FactorScheduler", dict(WARMUP, step=5, factor=0.5, base_lr=1.0)),
    "factor constant": ("FactorScheduler", dict(WARMUP, step=5, factor=0.5, base_lr=1.0, warmup_mode="constant")),
    "multi": ("MultiFactorScheduler", {"step": [5, 8, 20], "factor": 0.1, "base_lr": 1.0}),
    "multi warm": ("MultiFactorScheduler", dict(WARMUP, step=[5, 8, 20], factor=0.1, base_lr=1.0)),
    "poly": ("PolyScheduler", {"max_update": 20, "base_lr": 1.0}),
    "poly warm": ("PolyScheduler", dict(WARMUP, max_update=20, base_lr=1.0, pwr=1, final_lr=0.05)),
    "cosine": ("CosineScheduler", {"max_update": 20, "base_lr": 1.0}),
    "cosine warm": ("CosineScheduler", dict(WARMUP, max_update=20, base_lr=1.0, final_lr=0.05)),
}


def run_schedule(mx, name, params):
    """The rates of the first thirty updates."""
    scheduler = getattr(mx.lr_scheduler, name)(**params)
    return np.array([scheduler(update) for update in range(30)])


def run_all(mx):
    """``{what: values}`` of all cases."""
    found = {"optimizer " + case: run_optimizer(mx, *given) for case, given in optimizer_cases().items()}
    found.update({"metric " + case: run_metric(mx, *given) for case, given in metric_cases().items()})
    found.update({"schedule " + case: run_schedule(mx, *given) for case, given in SCHEDULES.items()})
    return found


if __name__ == "__main__":
    import mxnet

    pack.save(RECORDED, run_all(mxnet))
