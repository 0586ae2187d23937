"""Train a tiny network on cpu(0) and on gpu(0), imperative, hybridized and through Module; run by test_network.py."""

import numpy as np

import mxnb as mx
from mxnb import autograd, gluon, nd
from mxnb.gluon import nn

RNG = np.random.RandomState(0)
X, Y = RNG.rand(2, 1, 6, 6).astype("f"), np.array([0, 2], "f")
SGD = {"learning_rate": 0.1, "momentum": 0.9, "wd": 1e-3}


def build():
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Conv2D(2, 3), nn.BatchNorm(), nn.Activation("relu"), nn.MaxPool2D(2, 2), nn.Dense(3))
    return net


def by_gluon(ctx, hybrid):
    mx.random.seed(0)
    net = build()
    net.initialize(mx.init.Xavier(), ctx=ctx)
    if hybrid:
        net.hybridize()
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", dict(SGD))
    x, y = nd.array(X, ctx=ctx), nd.array(Y, ctx=ctx)
    losses = []
    for _ in range(2):
        with autograd.record():
            value = loss(net(x), y)
        value.backward()
        trainer.step(2)
        losses.append(value.asnumpy())
    assert all(p.data().context == ctx for p in net.collect_params().values())
    return losses + [p.data().asnumpy() for p in net.collect_params().values()]


def by_module(ctx):
    mx.random.seed(0)
    net = build()
    symbol = mx.sym.SoftmaxOutput(net(mx.sym.Variable("data")), name="softmax")
    module = mx.mod.Module(symbol, context=ctx)
    module.bind([("data", X.shape)], [("softmax_label", Y.shape)])
    module.init_params(mx.init.Xavier())
    module.init_optimizer(optimizer_params=SGD)
    batch = mx.io.DataBatch([nd.array(X)], [nd.array(Y)])
    for _ in range(2):
        module.forward_backward(batch)
        module.update()
    arg, aux = module.get_params()
    return [a.asnumpy() for _, a in sorted({**arg, **aux}.items())]


if __name__ == "__main__":
    for train in (lambda ctx: by_gluon(ctx, False), lambda ctx: by_gluon(ctx, True), by_module):
        for got, want in zip(train(mx.gpu(0)), train(mx.cpu(0)), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)
    print("equal")
