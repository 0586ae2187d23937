"""Operations on arrays of 2x3 numbers: what a call costs before anything is computed."""

from __future__ import annotations

from ..case import Case, Expression, numbers

ONE, TWO = {"a": (2, 3)}, {"a": (2, 3), "b": (2, 3)}
ALL, ROWS, NUMBERS = slice(None), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], numbers((2, 3), 0)
CUBES, LAYER = {"a": (2, 2, 3), "b": (2, 3, 4)}, {"a": (2, 3), "w": (4, 3), "b": (4,)}
EXPRESSIONS = (
    Expression("a + b", TWO, lambda mx, a, b: a + b, lambda torch, a, b: a + b),
    Expression("a * b", TWO, lambda mx, a, b: a * b, lambda torch, a, b: a * b),
    Expression("a / b", TWO, lambda mx, a, b: a / b, lambda torch, a, b: a / b),
    Expression("a + 1", ONE, lambda mx, a: a + 1, lambda torch, a: a + 1),
    Expression("a * 2.5", ONE, lambda mx, a: a * 2.5, lambda torch, a: a * 2.5),
    Expression("-a", ONE, lambda mx, a: -a, lambda torch, a: -a),
    Expression("exp", ONE, lambda mx, a: mx.nd.exp(a), lambda torch, a: torch.exp(a)),
    Expression("a.exp()", ONE, lambda mx, a: a.exp(), lambda torch, a: a.exp()),
    Expression("relu", ONE, lambda mx, a: mx.nd.relu(a), lambda torch, a: torch.relu(a)),
    Expression("sum", ONE, lambda mx, a: a.sum(), lambda torch, a: a.sum()),
    Expression("sum, axis", ONE, lambda mx, a: mx.nd.sum(a, axis=1), lambda torch, a: torch.sum(a, 1)),
    Expression("mean, axis", ONE, lambda mx, a: a.mean(axis=1), lambda torch, a: a.mean(dim=1)),
    Expression(
        "dot", {"a": (2, 3), "b": (3, 4)}, lambda mx, a, b: mx.nd.dot(a, b), lambda torch, a, b: torch.mm(a, b)
    ),
    Expression(
        "broadcast add", {"a": (2, 3), "b": (3,)},
        lambda mx, a, b: mx.nd.broadcast_add(a, b), lambda torch, a, b: torch.add(a, b),
    ),
    Expression("softmax", ONE, lambda mx, a: mx.nd.softmax(a), lambda torch, a: torch.softmax(a, -1)),
    Expression("a[1]", ONE, lambda mx, a: a[1], lambda torch, a: a[1]),
    Expression("a[:, 1:]", ONE, lambda mx, a: a[:, 1:], lambda torch, a: a[:, 1:]),
    Expression("reshape", ONE, lambda mx, a: a.reshape((3, 2)), lambda torch, a: a.reshape((3, 2))),
    # PyTorch's is a view; the copy is what mxnb and MXNet make
    Expression("a.T", ONE, lambda mx, a: a.T, lambda torch, a: a.T.contiguous()),
    Expression(
        "concat", TWO, lambda mx, a, b: mx.nd.concat(a, b, dim=0), lambda torch, a, b: torch.cat((a, b), 0)
    ),
    Expression("stack", TWO, lambda mx, a, b: mx.nd.stack(a, b), lambda torch, a, b: torch.stack((a, b))),
    Expression("2 - a", ONE, lambda mx, a: 2 - a, lambda torch, a: 2 - a),
    Expression("a ** 2", ONE, lambda mx, a: a**2, lambda torch, a: a**2),
    Expression("maximum", TWO, lambda mx, a, b: mx.nd.maximum(a, b), lambda torch, a, b: torch.maximum(a, b)),
    Expression("clip", ONE, lambda mx, a: mx.nd.clip(a, 0.2, 0.9), lambda torch, a: torch.clamp(a, 0.2, 0.9)),
    Expression("mean", ONE, lambda mx, a: a.mean(), lambda torch, a: a.mean()),
    Expression("a[1, 2]", ONE, lambda mx, a: a[1, 2], lambda torch, a: a[1, 2:3]),
    # these are views in PyTorch; MXNet and mxnb copy
    Expression(
        "expand_dims", ONE, lambda mx, a: mx.nd.expand_dims(a, axis=0), lambda torch, a: a.unsqueeze(0).clone()
    ),
    Expression("copy", ONE, lambda mx, a: a.copy(), lambda torch, a: a.clone()),
    Expression("batch_dot", CUBES, lambda mx, a, b: mx.nd.batch_dot(a, b), lambda torch, a, b: torch.bmm(a, b)),
    Expression(
        "dot, vectors", {"a": (8,), "b": (8,)}, lambda mx, a, b: mx.nd.dot(a, b), lambda torch, a, b: torch.dot(a, b)
    ),
    Expression(
        "FullyConnected", LAYER, lambda mx, a, w, b: mx.nd.FullyConnected(a, w, b, num_hidden=4),
        lambda torch, a, w, b: torch.nn.functional.linear(a, w, b),
    ),
    Expression(
        "where", {"c": (2, 3), "a": (2, 3), "b": (2, 3)}, lambda mx, c, a, b: mx.nd.where(c, a, b),
        lambda torch, c, a, b: torch.where(c != 0, a, b),
    ),
    Expression("sqrt", ONE, lambda mx, a: mx.nd.sqrt(a), lambda torch, a: torch.sqrt(a)),
    Expression("log", ONE, lambda mx, a: mx.nd.log(a), lambda torch, a: torch.log(a)),
    Expression("a.tanh()", ONE, lambda mx, a: a.tanh(), lambda torch, a: a.tanh()),
    Expression("a.square()", ONE, lambda mx, a: a.square(), lambda torch, a: a.square()),
    Expression("max", ONE, lambda mx, a: a.max(), lambda torch, a: a.amax()),
    Expression("norm", ONE, lambda mx, a: a.norm(), lambda torch, a: a.norm()),
    Expression("log_softmax", ONE, lambda mx, a: mx.nd.log_softmax(a), lambda torch, a: torch.log_softmax(a, -1)),
    # a copy on both sides
    Expression("a[:, 1]", ONE, lambda mx, a: a[:, 1], lambda torch, a: a[:, 1].clone()),
    Expression("transpose", ONE, lambda mx, a: a.transpose((1, 0)), lambda torch, a: a.permute((1, 0)).contiguous()),
    Expression("split", ONE, lambda mx, a: mx.nd.split(a, 3, axis=1)[1], lambda torch, a: torch.split(a, 1, 1)[1]),
    Expression(
        "take", {"a": (4, 3), "i": ("int", (2,), 4)},
        lambda mx, a, i: a.take(i), lambda torch, a, i: torch.index_select(a, 0, i),
    ),
    Expression(
        "pick", {"a": (4, 3), "i": ("int", (4,), 3)},
        lambda mx, a, i: mx.nd.pick(a, i), lambda torch, a, i: a.gather(1, i[:, None]).squeeze(1),
    ),
    Expression(
        "Embedding", {"w": (4, 3), "i": ("int", (2,), 4)},
        lambda mx, w, i: mx.nd.Embedding(i, w, input_dim=4, output_dim=3),
        lambda torch, w, i: torch.nn.functional.embedding(i, w),
    ),
    Expression(
        "Dropout", ONE, lambda mx, a: mx.nd.Dropout(a, p=0.5, mode="always"),
        lambda torch, a: torch.nn.functional.dropout(a, 0.5), digest=False,
    ),
    Expression(
        "LayerNorm", {"a": (2, 3), "gamma": (3,), "beta": (3,)},
        lambda mx, a, gamma, beta: mx.nd.LayerNorm(a, gamma, beta, eps=1e-5),
        lambda torch, a, gamma, beta: torch.nn.functional.layer_norm(a, (3,), gamma, beta, 1e-5),
    ),
    Expression("(a * b + 1).sum()", TWO, lambda mx, a, b: (a * b + 1).sum(), lambda torch, a, b: (a * b + 1).sum()),
)  # fmt: skip
PLAIN = (  # without a gradient
    Expression("a += b", TWO, lambda mx, a, b: a.__iadd__(b), lambda torch, a, b: a.__iadd__(b), digest=False),
    Expression("zeros", ONE, lambda mx, a: mx.nd.zeros((2, 3)), lambda torch, a: torch.zeros((2, 3))),
    Expression(
        "a[1] = 2", ONE, lambda mx, a: a.__setitem__(1, 2.0), lambda torch, a: a.__setitem__(1, 2.0), digest=False
    ),
    Expression(
        "a[:] = b", TWO, lambda mx, a, b: a.__setitem__(ALL, b), lambda torch, a, b: a.__setitem__(ALL, b), digest=False
    ),
    Expression("argmax", ONE, lambda mx, a: mx.nd.argmax(a, axis=1), lambda torch, a: torch.argmax(a, 1)),
    Expression("astype", ONE, lambda mx, a: a.astype("int32"), lambda torch, a: a.to(torch.int32)),
    Expression("zeros_like", ONE, lambda mx, a: mx.nd.zeros_like(a), lambda torch, a: torch.zeros_like(a)),
    Expression("asscalar", {"a": (1,)}, lambda mx, a: a.asscalar(), lambda torch, a: a.item(), digest=False),
    Expression("ones", ONE, lambda mx, a: mx.nd.ones((2, 3)), lambda torch, a: torch.ones((2, 3))),
    Expression("array of a list", ONE, lambda mx, a: mx.nd.array(ROWS), lambda torch, a: torch.tensor(ROWS)),
    Expression("array", ONE, lambda mx, a: mx.nd.array(NUMBERS), lambda torch, a: torch.tensor(NUMBERS)),
    Expression("a > b", TWO, lambda mx, a, b: a > b, lambda torch, a, b: a > b),
    Expression("a == 1", ONE, lambda mx, a: a == 1, lambda torch, a: a == 1),
    Expression(
        "a + b, out=b",
        TWO,
        lambda mx, a, b: mx.nd.elemwise_add(a, b, out=b),
        lambda torch, a, b: torch.add(a, b, out=b),
        digest=False,
    ),
    Expression(
        "one_hot",
        {"i": ("int", (2,), 4)},
        lambda mx, i: mx.nd.one_hot(i, 4),
        lambda torch, i: torch.nn.functional.one_hot(i, 4),
    ),
    # torch's numpy() shares memory, asnumpy() does not
    Expression("asnumpy", ONE, lambda mx, a: a.asnumpy(), lambda torch, a: a.numpy().copy(), digest=False),
)


def block(mx_block, torch_block, *shapes):
    """Builders of the call of a Gluon block, or of the module of `torch.nn` that does the same, on small arrays."""

    def mx_call(mx):
        made, arrays = mx_block(mx), [mx.nd.array(numbers(shape, seed)) for seed, shape in enumerate(shapes)]
        made.initialize()
        for x in arrays:
            x.attach_grad()
        return lambda: made(*arrays)

    def torch_call(torch):
        made = torch_block(torch)
        arrays = [torch.tensor(numbers(shape, seed), requires_grad=True) for seed, shape in enumerate(shapes)]
        return lambda: made(*arrays)

    return mx_call, torch_call


def mx_lstm(mx):
    """An LSTM cell that takes its two states as arrays."""
    cell = mx.gluon.rnn.LSTMCell(4, input_size=3)
    cell.initialize()
    x, h, c = (mx.nd.array(numbers(shape, seed)) for seed, shape in enumerate(((2, 3), (2, 4), (2, 4))))
    return lambda: cell(x, [h, c])


def torch_lstm(torch):
    """The same by `torch.nn.LSTMCell`."""
    cell = torch.nn.LSTMCell(3, 4)
    x, h, c = (torch.tensor(numbers(shape, seed)) for seed, shape in enumerate(((2, 3), (2, 4), (2, 4))))
    return lambda: cell(x, (h, c))


def mx_loss(mx):
    """The cross-entropy of two rows."""
    loss, x, label = mx.gluon.loss.SoftmaxCrossEntropyLoss(), mx.nd.array(numbers((2, 3), 0)), mx.nd.array([0, 2])
    x.attach_grad()
    return lambda: loss(x, label)


def torch_loss(torch):
    """The same by `torch.nn.CrossEntropyLoss`."""
    loss = torch.nn.CrossEntropyLoss(reduction="none")
    x, label = torch.tensor(numbers((2, 3), 0), requires_grad=True), torch.tensor([0, 2])
    return lambda: loss(x, label)


def mx_step(mx):
    """A step of five layers, ten parameters: forward, backward and `Trainer.step`."""
    net = mx.gluon.nn.Sequential()
    for _ in range(5):
        net.add(mx.gluon.nn.Dense(3, in_units=3))
    net.initialize()
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1e-3, "momentum": 0.9})
    x, record = mx.nd.array(numbers((2, 3), 0)), mx.autograd.record

    def step():
        with record():
            y = net(x)
        y.backward()
        trainer.step(2)

    return step


def torch_step(torch):
    """The same by `torch.optim.SGD`."""
    net = torch.nn.Sequential(*[torch.nn.Linear(3, 3) for _ in range(5)])
    optimizer = torch.optim.SGD(net.parameters(), 1e-3, momentum=0.9)
    x, head = torch.tensor(numbers((2, 3), 0)), torch.ones((2, 3))

    def step():
        optimizer.zero_grad()
        net(x).backward(head)
        optimizer.step()

    return step


BLOCKS = {  # Gluon beside torch.nn
    "Dense": block(lambda mx: mx.gluon.nn.Dense(4, in_units=3), lambda torch: torch.nn.Linear(3, 4), (2, 3)),
    "BatchNorm": block(lambda mx: mx.gluon.nn.BatchNorm(in_channels=3), lambda torch: torch.nn.BatchNorm1d(3), (2, 3)),
    "LSTMCell": (mx_lstm, torch_lstm),
    "SoftmaxCrossEntropyLoss": (mx_loss, torch_loss),
}


def cases():
    """Each expression without recording, recorded and with its gradient; those of PLAIN only the first.

    Blocks are recorded, as their parameters have gradients.
    """
    found = [e.plain() for e in EXPRESSIONS + PLAIN]
    found += [e.recorded() for e in EXPRESSIONS] + [e.backward() for e in EXPRESSIONS]
    found += [Case(name + ", recorded", *pair, recorded=True) for name, pair in BLOCKS.items()]
    return [*found, Case("step of ten parameters", mx_step, torch_step)]
