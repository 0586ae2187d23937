"""Whole training steps, forward, backward and update, and inference, through each interface."""

from __future__ import annotations

from ..case import Case, numbers
from .networks import NETWORKS

RATE = 0.01


def gluon_network(network, hybridize):
    """The initialised network and a batch."""

    def build(mx):
        net = network.mx(mx)
        net.initialize(mx.init.Xavier())
        if hybridize:
            net.hybridize(static_alloc=True, static_shape=True)
        return net, mx.nd.array(numbers(network.data, 0))

    return build


def gluon_step(network, hybridize):
    """A step through Gluon, imperative or hybridized."""

    def build(mx):
        net, data = gluon_network(network, hybridize)(mx)
        label = mx.nd.array(numbers(("int", (network.labels,), network.classes), 1))
        loss_function = mx.gluon.loss.SoftmaxCrossEntropyLoss()
        if hybridize:
            loss_function.hybridize(static_alloc=True, static_shape=True)
        trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": RATE, "momentum": 0.9})

        def step():
            with mx.autograd.record():
                loss = loss_function(net(data), label)
            loss.backward()
            trainer.step(network.labels)

        return step

    return build


def gluon_inference(network):
    """A prediction by the hybridized network."""

    def build(mx):
        net, data = gluon_network(network, True)(mx)
        return lambda: net(data)

    return build


def module_network(mx, network, training):
    """The initialised Module and a batch."""
    module = mx.mod.Module(network.symbol(mx), context=mx.cpu())
    data = mx.nd.array(numbers(network.data, 0))
    label = mx.nd.array(numbers(("int", (network.labels,), network.classes), 1))
    if len(label) > len(data):
        label = label.reshape((len(data), -1))  # Module wants batches of one length
    module.bind([("data", data.shape)], [("softmax_label", label.shape)], for_training=training)
    module.init_params(mx.init.Xavier())
    return module, mx.io.DataBatch([data], [label])


def module_inference(network):
    """A prediction by Module, whose symbol ends in SoftmaxOutput."""

    def build(mx):
        module, batch = module_network(mx, network, False)

        def call():
            module.forward(batch)
            return module.get_outputs()[0]

        return call

    return build


def module_step(network):
    """A step through Module."""

    def build(mx):
        module, batch = module_network(mx, network, True)
        module.init_optimizer(optimizer_params=(("learning_rate", RATE), ("momentum", 0.9)))

        def step():
            module.forward_backward(batch)
            module.update()

        return step

    return build


def torch_step(network, compiled=False):
    """A step of PyTorch, eager, or with the network compiled."""

    def build(torch):
        net = network.torch(torch)
        data = torch.tensor(numbers(network.data, 0))
        label = torch.tensor(numbers(("int", (network.labels,), network.classes), 1))
        loss_function = torch.nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(net.parameters(), lr=RATE, momentum=0.9)
        predict = torch.compile(net) if compiled else net

        def step():
            optimizer.zero_grad()
            loss_function(predict(data), label).backward()
            optimizer.step()

        return step

    return build


def torch_inference(network, compiled=False, probabilities=False):
    """A prediction by PyTorch, eager or compiled; of scores, or as SoftmaxOutput gives it."""

    def build(torch):
        net, data = network.torch(torch).eval(), torch.tensor(numbers(network.data, 0))
        if probabilities:
            net = torch.nn.Sequential(net, torch.nn.Softmax(-1))
        predict = torch.compile(net) if compiled else net

        def call():
            with torch.no_grad():
                return predict(data)

        return call

    return build


def cases():
    """Each network through each interface."""
    found = []
    for name, network in NETWORKS.items():
        torch, compiled = torch_step(network), torch_step(network, True)
        inference, compiled_inference = torch_inference(network), torch_inference(network, True)
        found.append(Case(f"{name}, imperative", gluon_step(network, False), torch))
        found.append(Case(f"{name}, hybridized", gluon_step(network, True), torch, compiled))
        if network.symbol:
            found.append(Case(f"{name}, Module", module_step(network), torch))
            likely = torch_inference(network, probabilities=True)
            found.append(Case(f"{name}, Module, inference", module_inference(network), likely))
        found.append(Case(f"{name}, inference", gluon_inference(network), inference, compiled_inference))
    return found
