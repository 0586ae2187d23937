"""Whole training steps: forward, backward and update of small networks, through each interface."""

from __future__ import annotations

from ..case import Case, numbers

RATE = 0.01


def lenet_mx(mx):
    """LeNet for 28x28 images: 20 and 50 channels, 500 units."""
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(20, 5, activation="relu"), nn.MaxPool2D(2, 2), nn.Conv2D(50, 5, activation="relu"),
        nn.MaxPool2D(2, 2), nn.Flatten(), nn.Dense(500, activation="relu"), nn.Dense(10),
    )  # fmt: skip
    return net


def lenet_torch(torch):
    """The same for PyTorch."""
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2, 2),
        nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10),
    )  # fmt: skip


def lenet_symbol(mx):
    """The same as a symbol."""
    x = mx.sym.Variable("data")
    for channels in (20, 50):
        x = mx.sym.Convolution(x, num_filter=channels, kernel=(5, 5))
        x = mx.sym.Activation(x, act_type="relu")
        x = mx.sym.Pooling(x, pool_type="max", kernel=(2, 2), stride=(2, 2))
    x = mx.sym.Activation(mx.sym.FullyConnected(x, num_hidden=500), act_type="relu")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=10), name="softmax")


def digits_mx(mx):
    """The network of examples/train_digits.py, for 8x8 images."""
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    for channels in (32, 64):
        net.add(
            nn.Conv2D(channels, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"),
            nn.MaxPool2D(2, 2),
        )  # fmt: skip
    net.add(nn.Dense(128), nn.BatchNorm(), nn.Activation("relu"), nn.Dropout(0.3), nn.Dense(10))
    return net


def digits_torch(torch):
    """The same for PyTorch."""
    nn = torch.nn
    layers, before = [], 1
    for channels in (32, 64):
        layers += [nn.Conv2d(before, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
        layers += [nn.MaxPool2d(2, 2)]
        before = channels
    layers += [nn.Flatten(), nn.Linear(256, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 10)]
    return nn.Sequential(*layers)


def digits_symbol(mx):
    """The same as a symbol."""
    x = mx.sym.Variable("data")
    for channels in (32, 64):
        x = mx.sym.Convolution(x, num_filter=channels, kernel=(3, 3), pad=(1, 1), no_bias=True)
        x = mx.sym.Activation(mx.sym.BatchNorm(x, fix_gamma=False), act_type="relu")
        x = mx.sym.Pooling(x, pool_type="max", kernel=(2, 2), stride=(2, 2))
    x = mx.sym.BatchNorm(mx.sym.FullyConnected(x, num_hidden=128), fix_gamma=False)
    x = mx.sym.Dropout(mx.sym.Activation(x, act_type="relu"), p=0.3)
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=10), name="softmax")


def mlp_mx(mx):
    """A perceptron of 784, 128, 64 and 10 units."""
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(nn.Dense(128, activation="relu"), nn.Dense(64, activation="relu"), nn.Dense(10))
    return net


def mlp_torch(torch):
    """The same for PyTorch."""
    nn = torch.nn
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))


def mlp_symbol(mx):
    """The same as a symbol."""
    x = mx.sym.Variable("data")
    for units in (128, 64):
        x = mx.sym.Activation(mx.sym.FullyConnected(x, num_hidden=units), act_type="relu")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=10), name="softmax")


NETWORKS = {  # name: shape of a batch, and the network for Gluon, Module and PyTorch
    "LeNet": ((64, 1, 28, 28), lenet_mx, lenet_symbol, lenet_torch),
    "LeNet, batch 1": ((1, 1, 28, 28), lenet_mx, lenet_symbol, lenet_torch),
    "digits": ((64, 1, 8, 8), digits_mx, digits_symbol, digits_torch),
    "MLP": ((64, 784), mlp_mx, mlp_symbol, mlp_torch),
}


def gluon_step(make, shape, hybridize):
    """A step through Gluon, imperative or hybridized."""

    def build(mx):
        net = make(mx)
        net.initialize(mx.init.Xavier())
        if hybridize:
            net.hybridize(static_alloc=True, static_shape=True)
        data = mx.nd.array(numbers(shape, 0))
        label = mx.nd.array(numbers(("int", shape[:1], 10), 1))
        loss_function = mx.gluon.loss.SoftmaxCrossEntropyLoss()
        if hybridize:
            loss_function.hybridize(static_alloc=True, static_shape=True)
        trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": RATE, "momentum": 0.9})

        def step():
            with mx.autograd.record():
                loss = loss_function(net(data), label)
            loss.backward()
            trainer.step(shape[0])

        return step

    return build


def module_step(make, shape):
    """A step through Module."""

    def build(mx):
        module = mx.mod.Module(make(mx), context=mx.cpu())
        module.bind([("data", shape)], [("softmax_label", shape[:1])])
        module.init_params(mx.init.Xavier())
        module.init_optimizer(optimizer_params=(("learning_rate", RATE), ("momentum", 0.9)))
        batch = mx.io.DataBatch([mx.nd.array(numbers(shape, 0))], [mx.nd.array(numbers(("int", shape[:1], 10), 1))])

        def step():
            module.forward_backward(batch)
            module.update()

        return step

    return build


def torch_step(make, shape):
    """A step of PyTorch, eager."""

    def build(torch):
        net = make(torch)
        data, label = torch.tensor(numbers(shape, 0)), torch.tensor(numbers(("int", shape[:1], 10), 1))
        loss_function = torch.nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=RATE, momentum=0.9)

        def step():
            optimizer.zero_grad()
            loss_function(net(data), label).backward()
            optimizer.step()

        return step

    return build


def cases():
    """Each network through each interface."""
    found = []
    for name, (shape, network, symbol, torch_network) in NETWORKS.items():
        torch = torch_step(torch_network, shape)
        found.append(Case(f"{name}, imperative", gluon_step(network, shape, False), torch))
        found.append(Case(f"{name}, hybridized", gluon_step(network, shape, True), torch))
        found.append(Case(f"{name}, Module", module_step(symbol, shape), torch))
    return found
