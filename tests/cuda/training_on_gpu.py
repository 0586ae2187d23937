"""Optimizers, a key-value store and a module on a GPU context against the CPU; run in the simulator or on a GPU."""

import json
import sys
from pathlib import Path

import numpy as np

import mxnb as mx
from mxnb.kernels.kernel import all_kernels

COMMON = {"learning_rate": 0.1, "wd": 0.05, "rescale_grad": 0.5, "clip_gradient": 0.6}
OPTIMIZERS = [
    ("sgd", {}), ("sgd", {"momentum": 0.9}), ("nag", {"momentum": 0.9}), ("signum", {}), ("signum", {"momentum": 0.0}),
    ("dcasgd", {}), ("dcasgd", {"momentum": 0.9}), ("lars", {"momentum": 0.9}), ("lbsgd", {"batch_scale": 2}),
    ("adam", {}), ("adamax", {}), ("nadam", {}), ("rmsprop", {}), ("rmsprop", {"centered": True, "clip_weights": 0.5}),
    ("sgld", {}), ("lbsgd", {"warmup_strategy": "lars", "momentum": 0.9}), ("adagrad", {}),
    ("adadelta", {}), ("ftrl", {}), ("ftml", {}), ("lamb", {}),
]  # fmt: skip


def trained(ctx, name, params, dtype):
    mx.random.seed(0)
    rng = np.random.RandomState(0)
    optimizer = mx.optimizer.create(name, multi_precision=dtype == "float16", **COMMON, **params)
    updater = mx.optimizer.get_updater(optimizer)
    weight = mx.nd.array(rng.randn(2, 3), ctx=ctx, dtype=dtype)
    for _ in range(2):
        updater(0, mx.nd.array(rng.randn(2, 3), ctx=ctx, dtype=dtype), weight)
    assert weight.context == ctx
    updater.set_states(updater.get_states(dump_optimizer=True))
    updater(0, mx.nd.array(rng.randn(2, 3), ctx=ctx, dtype=dtype), weight)
    return weight.asnumpy()


def together(ctx, name, params, dtype, steps=3):
    """Several parameters by one call of a kernel, the gradients being elsewhere in each step, then one by one."""
    mx.random.seed(1)
    rng = np.random.RandomState(1)
    optimizer = mx.optimizer.create(name, multi_precision=dtype == "float16", **COMMON, **params)
    updater = mx.optimizer.get_updater(optimizer)
    weights = [mx.nd.array(rng.randn(*shape), ctx=ctx, dtype=dtype) for shape in ((3, 5), (1,), (40,))]
    plans = []
    for _ in range(steps):
        grads = [mx.nd.array(rng.randn(*w.shape), ctx=ctx, dtype=dtype) for w in weights]
        updater([0, 1, 2], grads, weights)
        plans.append(updater._plan)
    assert plans[0] is not None and all(plan is plans[0] for plan in plans), name
    return np.concatenate([w.asnumpy().ravel() for w in weights])


def fitted(contexts, kvstore):
    rng = np.random.RandomState(0)
    net = mx.sym.Activation(mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=3, name="fc1"), act_type="relu")
    net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(net, num_hidden=2, name="fc2"), name="softmax")
    module = mx.mod.Module(net, context=contexts)
    data = mx.io.NDArrayIter(rng.rand(8, 2), rng.randint(0, 2, 8), 4)
    weights = {"fc1_weight": (3, 2), "fc1_bias": (3,), "fc2_weight": (2, 3), "fc2_bias": (2,)}
    weights = {name: mx.nd.array(rng.randn(*shape)) for name, shape in weights.items()}
    params = {"learning_rate": 0.5, "momentum": 0.9}
    module.fit(data, num_epoch=1, arg_params=weights, aux_params={}, optimizer_params=params, kvstore=kvstore)
    assert all(array.context == ctx for some in module._exec_group.param_arrays for array, ctx in zip(some, contexts))
    return module.get_params()[0], module.predict(data).asnumpy(), module.score(data, "ce")[0][1]


def launched():
    """Names of the CUDA kernels launched so far."""
    return [k.name for k in all_kernels() if k.target == "cuda" and k.requested]


def main():
    for name, params in OPTIMIZERS:
        for dtype in ("float32", "float16"):
            a, b = (trained(ctx, name, params, dtype) for ctx in (mx.cpu(), mx.gpu()))
            tolerance = 2e-5 if dtype == "float32" else 2e-3
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=f"{name} {params} {dtype}")
            if "batch_scale" not in params:
                a, b = (together(ctx, name, params, dtype) for ctx in (mx.cpu(), mx.gpu()))
                np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=f"{name} {params} {dtype}")
    args, outputs, loss = fitted([mx.cpu()], "local")
    for contexts, kvstore in (([mx.gpu()], "local"), ([mx.gpu(), mx.cpu()], "local"), ([mx.gpu(), mx.cpu()], "device")):
        found = fitted(contexts, kvstore)
        for name, array in args.items():
            np.testing.assert_allclose(found[0][name].asnumpy(), array.asnumpy(), rtol=1e-4, atol=1e-5, err_msg=name)
        np.testing.assert_allclose(found[1], outputs, rtol=1e-4)
        np.testing.assert_allclose(found[2], loss, rtol=1e-4)


if __name__ == "__main__":
    main()
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(launched()))
