"""The same LeNet from the same weights through Gluon (imperative, hybridised) and Module, on MXNet or on mxnb.

Every function takes the framework as ``mx``. Weight decay leaves out biases and batch norm's beta, as Module does it.
"""

import numpy as np

STEPS, BATCH = 20, 32
SGD = {"learning_rate": 0.1, "momentum": 0.9, "wd": 1e-3}
SHAPES = {
    "conv1_weight": (8, 1, 3, 3),
    "conv1_bias": (8,),
    "bn1_gamma": (8,),
    "bn1_beta": (8,),
    "conv2_weight": (16, 8, 3, 3),
    "conv2_bias": (16,),
    "bn2_gamma": (16,),
    "bn2_beta": (16,),
    "fc1_weight": (32, 64),
    "fc1_bias": (32,),
    "fc2_weight": (10, 32),
    "fc2_bias": (10,),
}
AUX = {"bn1_moving_mean": (8,), "bn1_moving_var": (8,), "bn2_moving_mean": (16,), "bn2_moving_var": (16,)}


def initial_weights():
    """``{name: array}`` of arguments and auxiliary states."""
    rng = np.random.RandomState(7)
    weights = {}
    for name, shape in SHAPES.items():
        if name.endswith("weight"):
            bound = np.sqrt(3.0 / np.prod(shape[1:]))
            weights[name] = rng.uniform(-bound, bound, shape).astype("float32")
        else:
            weights[name] = np.full(shape, name.endswith("gamma"), dtype="float32")
    for name, shape in AUX.items():
        weights[name] = np.full(shape, name.endswith("var"), dtype="float32")
    return weights


def symbol(mx):
    """LeNet as a Symbol that ends in SoftmaxOutput."""
    x = mx.sym.Variable("data")
    for i, channels in ((1, 8), (2, 16)):
        x = mx.sym.Convolution(x, kernel=(3, 3), pad=(1, 1), num_filter=channels, name=f"conv{i}")
        x = mx.sym.BatchNorm(x, fix_gamma=False, eps=1e-5, momentum=0.9, name=f"bn{i}")
        x = mx.sym.Activation(x, act_type="relu", name=f"relu{i}")
        x = mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max", name=f"pool{i}")
    x = mx.sym.FullyConnected(mx.sym.Flatten(x, name="flat"), num_hidden=32, name="fc1")
    x = mx.sym.Activation(x, act_type="relu", name="relu3")
    x = mx.sym.FullyConnected(x, num_hidden=10, name="fc2")
    return mx.sym.SoftmaxOutput(x, mx.sym.Variable("softmax_label"), name="softmax")


def block(mx):
    """LeNet as a HybridSequential with the symbol's parameter names (moving_mean is running_mean)."""
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="")
    for i, channels in ((1, 8), (2, 16)):
        net.add(nn.Conv2D(channels, kernel_size=3, padding=1, prefix=f"conv{i}_"))
        net.add(nn.BatchNorm(epsilon=1e-5, momentum=0.9, prefix=f"bn{i}_"))
        net.add(nn.Activation("relu"), nn.MaxPool2D(pool_size=2, strides=2))
    net.add(nn.Flatten(), nn.Dense(32, activation="relu", prefix="fc1_"), nn.Dense(10, prefix="fc2_"))
    return net


def fill(mx, net, weights):
    """Initialise ``net`` and set its parameters to ``weights``."""
    net.initialize()
    net(mx.nd.zeros((1, 1, 8, 8)))
    for name, parameter in net.collect_params().items():
        parameter.set_data(mx.nd.array(weights[name.replace("running", "moving")]))
        if name.endswith(("bias", "beta")):
            parameter.wd_mult = 0.0


def batches(mx, images, labels):
    """The training batches: images (STEPS * BATCH, 8, 8) of uint8."""
    for first in range(0, STEPS * BATCH, BATCH):
        x = images[first : first + BATCH].astype("float32").reshape(BATCH, 1, 8, 8) / 255
        yield mx.nd.array(x), mx.nd.array(labels[first : first + BATCH])


def train_gluon(mx, weights, images, labels, hybridize=False):
    """20 steps; returns (losses, final weights)."""
    net = block(mx)
    fill(mx, net, weights)
    if hybridize:
        net.hybridize()
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", dict(SGD))
    loss_of = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    losses = []
    for x, y in batches(mx, images, labels):
        with mx.autograd.record():
            loss = loss_of(net(x), y)
        loss.backward()
        trainer.step(BATCH)
        losses.append(float(loss.mean().asscalar()))
    final = {k.replace("running", "moving"): p.data().asnumpy() for k, p in net.collect_params().items()}
    return losses, final


def trained_module(mx, weights, images, labels):
    """20 steps; returns (module, losses)."""
    module = mx.mod.Module(symbol(mx))
    module.bind([("data", (BATCH, 1, 8, 8))], [("softmax_label", (BATCH,))])
    module.init_params()
    arrays = {k: mx.nd.array(v) for k, v in weights.items()}
    module.set_params({k: arrays[k] for k in SHAPES}, {k: arrays[k] for k in AUX})
    module.init_optimizer(optimizer="sgd", optimizer_params=dict(SGD))
    losses = []
    for x, y in batches(mx, images, labels):
        module.forward(mx.io.DataBatch([x], [y]), is_train=True)
        probability = module.get_outputs()[0].asnumpy()
        module.backward()
        module.update()
        losses.append(float(-np.log(probability[np.arange(BATCH), y.asnumpy().astype(int)]).mean()))
    return module, losses


def train_module(mx, weights, images, labels):
    """20 steps; returns (losses, final weights)."""
    module, losses = trained_module(mx, weights, images, labels)
    arguments, states = module.get_params()
    return losses, {k: v.asnumpy() for k, v in {**arguments, **states}.items()}
