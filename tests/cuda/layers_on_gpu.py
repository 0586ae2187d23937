"""Operators of layers, losses and random numbers on a GPU context against the CPU; run in the simulator or on a GPU."""

import json
import sys
from pathlib import Path

import numpy as np

import mxnb as mx
from mxnb import autograd, nd
from mxnb.gluon.loss import SoftmaxCrossEntropyLoss
from mxnb.kernels.kernel import all_kernels

RNG = np.random.default_rng(0)


def array(*shape, positive=False, integer=0):
    if integer:
        return RNG.integers(0, integer, shape).astype("f4")
    return (RNG.uniform(0.5, 1.5, shape) if positive else RNG.normal(size=shape)).astype("f4")


def channels(n):
    return [array(n), array(n), array(n), array(n, positive=True)]


X, X3 = array(4, 3), array(2, 4, 3)
CASES = {
    "softmax": (lambda x: nd.softmax(x, temperature=2), X),
    "softmax of columns": (lambda x: nd.softmax(x, axis=1), X3),
    "softmax with length": (
        lambda x: nd.softmax(x, nd.array([1, 2, 3, 0], ctx=x.context, dtype="int32"), use_length=True),
        X,
    ),
    "log_softmax": (nd.log_softmax, X),
    "softmax of long rows": (nd.softmax, array(3, 11)),
    "log_softmax of long rows": (nd.log_softmax, array(3, 11)),
    "softmin": (nd.softmin, X),
    "SoftmaxActivation": (lambda x: nd.SoftmaxActivation(x, mode="channel"), X3),
    "SoftmaxOutput": (lambda x, y: nd.SoftmaxOutput(x, y, smooth_alpha=0.1), X, array(4, integer=3)),
    "SoftmaxOutput valid": (
        lambda x, y: nd.SoftmaxOutput(x, y, multi_output=True, normalization="valid", use_ignore=True, ignore_label=1),
        X3,
        array(2, 3, integer=4),
    ),
    "SoftmaxOutput probabilities": (lambda x, y: nd.SoftmaxOutput(x, y, out_grad=True), X, array(4, 3)),
    "softmax_cross_entropy": (nd.softmax_cross_entropy, X, array(4, integer=3)),
    "softmax_cross_entropy of long rows": (nd.softmax_cross_entropy, array(3, 11), array(3, integer=11)),
    "cross entropy loss": (lambda x, y: SoftmaxCrossEntropyLoss()(x, y), array(3, 11), array(3, integer=11)),
    "where": (lambda c, x, y: nd.where(c, x, y), array(4, 3, integer=2), X, array(4, 3)),
    "BatchNorm": (lambda *a: nd.BatchNorm(*a, fix_gamma=False), X3, *channels(4)),
    "BatchNorm of rows": (lambda *a: nd.BatchNorm(*a), X, *channels(3)),
    "BatchNorm with global stats": (lambda *a: nd.BatchNorm(*a, use_global_stats=True), X3, *channels(4)),
    "LayerNorm": (nd.LayerNorm, X3, array(3), array(3)),
    "LayerNorm axis": (lambda *a: nd.LayerNorm(*a, axis=1), X3, array(4), array(4)),
    "InstanceNorm": (nd.InstanceNorm, X3, array(4), array(4)),
    "GroupNorm": (lambda *a: nd.GroupNorm(*a, num_groups=2), X3, array(2), array(2)),
    "L2Normalization": (lambda x: nd.L2Normalization(x, mode="channel"), X3),
    "L2Normalization of long rows": (nd.L2Normalization, array(3, 11)),
    "LRN": (lambda x: nd.LRN(x, nsize=3), X3),
    "moments": (lambda x: nd.moments(x, axes=(0, 2))[1], X3),
    **{f"Activation {t}": (lambda x, t=t: nd.Activation(x, act_type=t), X) for t in ("relu", "softrelu", "softsign")},
    **{f"LeakyReLU {t}": (lambda x, t=t: nd.LeakyReLU(x, act_type=t), X) for t in ("leaky", "elu", "selu", "gelu")},
    "LeakyReLU prelu": (lambda *a: nd.LeakyReLU(*a, act_type="prelu"), X3, array(4)),
    "LeakyReLU rrelu": (lambda x: nd.LeakyReLU(x, act_type="rrelu")[0], X),
    "LinearRegressionOutput": (nd.LinearRegressionOutput, X, array(4, 3)),
    "MAERegressionOutput": (nd.MAERegressionOutput, X, array(4, 3)),
    "LogisticRegressionOutput": (nd.LogisticRegressionOutput, X, array(4, 3)),
    "SVMOutput": (nd.SVMOutput, X, array(4, integer=3)),
    "MakeLoss": (lambda x: nd.MakeLoss(x, normalization="valid"), X),
    "make_loss": (nd.make_loss, X),
    "BlockGrad": (nd.BlockGrad, X),
    "Dropout": (nd.Dropout, X3),
    "Dropout axes": (lambda x: nd.Dropout(x, axes=(1,)), X3),
}
DRAWN = {  # without gradients
    "uniform": (lambda x: nd.random.uniform_like(x, low=-1), X),
    "normal": (lambda x: nd.random.normal(1, 2, shape=5, ctx=x.context), X),
    "normal of arrays": (nd.random.normal, X, array(4, 3, positive=True)),
    "exponential": (lambda x: nd.random.exponential(2, shape=5, ctx=x.context), X),
    "gamma": (lambda x: nd.random.gamma(0.7, 2, shape=5, ctx=x.context), X),
    "poisson": (lambda x: nd.random.poisson(20, shape=5, ctx=x.context), X),
    "negative_binomial": (lambda x: nd.random.negative_binomial(3, 0.5, shape=5, ctx=x.context), X),
    "generalized": (lambda x: nd.random.generalized_negative_binomial(3, 0.5, shape=5, ctx=x.context), X),
    "randint": (lambda x: nd.random.randint(-5, 50, shape=5, ctx=x.context), X),
    "shuffle": (lambda x: nd.sort(nd.shuffle(x), axis=0), X),  # each target has its own order
}
CASES["multinomial"] = (
    lambda x: nd.random.multinomial(x, shape=5, get_prob=True)[1],
    np.array([[0.2, 0.3, 0.5], [0.5, 0.4, 0.1]], "f4"),
)
CASES |= DRAWN


def outcome(case, ctx):
    """Results, gradients and the inputs afterwards."""
    function, *arrays = CASES[case]
    mx.random.seed(3)
    arrays = [nd.array(a, ctx=ctx) for a in arrays]
    for a in arrays:
        a.attach_grad()
    with autograd.record():
        y = function(*arrays)
    if case not in DRAWN:
        y.backward(nd.array(np.linspace(-1, 1, y.size).reshape(y.shape), ctx=ctx, dtype=y.dtype))
    assert y.context == ctx
    return [a.asnumpy() for a in (y, *(a.grad for a in arrays), *arrays)]


def launched():
    """Names of the CUDA kernels launched so far."""
    return [k.name for k in all_kernels() if k.target == "cuda" and k.requested]


def main():
    for case in CASES:
        for a, b in zip(outcome(case, mx.cpu()), outcome(case, mx.gpu())):
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6, err_msg=case)


if __name__ == "__main__":
    main()
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(launched()))
