"""The networks that are measured, each for Gluon and PyTorch, some as a symbol for Module too."""

from __future__ import annotations

from typing import Any, NamedTuple


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


def resnet_mx(mx):
    """ResNet-20 for 32x32 images (He et al. 2015, section 4.2), with projections where the size changes."""
    nn = mx.gluon.nn

    class Residual(mx.gluon.HybridBlock):
        def __init__(self, channels, stride):
            super().__init__()
            self.body, self.short = nn.HybridSequential(), nn.HybridSequential()
            self.body.add(
                nn.Conv2D(channels, 3, stride, 1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"),
                nn.Conv2D(channels, 3, 1, 1, use_bias=False), nn.BatchNorm(),
            )  # fmt: skip
            if stride > 1:
                self.short.add(nn.Conv2D(channels, 1, stride, use_bias=False), nn.BatchNorm())

        def hybrid_forward(self, F, x):
            return F.relu(self.body(x) + (self.short(x) if len(self.short) else x))

    net = nn.HybridSequential()
    net.add(nn.Conv2D(16, 3, 1, 1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
    for channels in (16, 32, 64):
        for i in range(3):
            net.add(Residual(channels, 2 if channels > 16 and i == 0 else 1))
    net.add(nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(10))
    return net


def resnet_torch(torch):
    """The same for PyTorch."""
    nn = torch.nn

    class Residual(nn.Module):
        def __init__(self, before, channels, stride):
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(before, channels, 3, stride, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
                nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels),
            )  # fmt: skip
            self.short = nn.Identity()
            if stride > 1:
                self.short = nn.Sequential(nn.Conv2d(before, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

        def forward(self, x):
            return torch.relu(self.body(x) + self.short(x))

    layers, before = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for channels in (16, 32, 64):
        for i in range(3):
            layers.append(Residual(before, channels, 2 if channels > 16 and i == 0 else 1))
            before = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


MOBILE = ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1))
"""Channels and stride of MobileNet's separable convolutions (Howard et al. 2017, table 1), a quarter wide."""


def mobilenet_mx(mx):
    """MobileNet 0.25 for 224x224 images."""
    nn = mx.gluon.nn
    net = nn.HybridSequential()

    def convolution(channels, kernel, stride=1, groups=1):
        net.add(
            nn.Conv2D(channels, kernel, stride, kernel // 2, groups=groups, use_bias=False), nn.BatchNorm(),
            nn.Activation("relu"),
        )  # fmt: skip

    convolution(8, 3, 2)
    before = 8
    for channels, stride in MOBILE:
        convolution(before, 3, stride, before)
        convolution(channels, 1)
        before = channels
    net.add(nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(1000))
    return net


def mobilenet_torch(torch):
    """The same for PyTorch."""
    nn = torch.nn
    layers = []

    def convolution(before, channels, kernel, stride=1, groups=1):
        layers.extend([
            nn.Conv2d(before, channels, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(channels), nn.ReLU(),
        ])  # fmt: skip

    convolution(3, 8, 3, 2)
    before = 8
    for channels, stride in MOBILE:
        convolution(before, before, 3, stride, before)
        convolution(before, channels, 1)
        before = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 1000))


WORDS, TIME = 10000, 35


def language_mx(units):
    """A language model: embedding, two layers of LSTM, a score for each word; data is (time, batch)."""

    def make(mx):
        class Language(mx.gluon.HybridBlock):
            def __init__(self):
                super().__init__()
                self.embedding = mx.gluon.nn.Embedding(WORDS, units)
                self.memory = mx.gluon.rnn.LSTM(units, 2, input_size=units)
                self.scores = mx.gluon.nn.Dense(WORDS, flatten=False)

            def hybrid_forward(self, F, x):
                return F.reshape(self.scores(self.memory(self.embedding(x))), shape=(-1, WORDS))

        return Language()

    return make


def language_torch(units):
    """The same for PyTorch."""

    def make(torch):
        class Language(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.embedding = torch.nn.Embedding(WORDS, units)
                self.memory = torch.nn.LSTM(units, units, 2)
                self.scores = torch.nn.Linear(units, WORDS)

            def forward(self, x):
                return self.scores(self.memory(self.embedding(x))[0]).reshape(-1, WORDS)

        return Language()

    return make


def language_symbol(units):
    """The same as a symbol, with the operator RNN."""

    def make(mx):
        x = mx.sym.Embedding(mx.sym.Variable("data"), input_dim=WORDS, output_dim=units)
        memory = mx.rnn.FusedRNNCell(units, num_layers=2, mode="lstm")
        x, _ = memory.unroll(TIME, x, layout="TNC", merge_outputs=True)
        x = mx.sym.FullyConnected(mx.sym.reshape(x, shape=(-1, units)), num_hidden=WORDS)
        label = mx.sym.reshape(mx.sym.Variable("softmax_label"), shape=(-1,))
        return mx.sym.SoftmaxOutput(x, label, name="softmax")

    return make


class Network(NamedTuple):
    """What is needed to measure one.

    Parameters
    ----------
    data : spec of a batch, see `benchmarks.case.numbers`.
    labels, classes : how many labels a batch has, and of how many classes.
    mx, torch : functions of the library that make the network.
    symbol : the same for Module, or None.
    """

    data: Any
    labels: int
    classes: int
    mx: Any
    torch: Any
    symbol: Any = None


SMALL = {
    "LeNet": Network((64, 1, 28, 28), 64, 10, lenet_mx, lenet_torch, lenet_symbol),
    "LeNet, batch 1": Network((1, 1, 28, 28), 1, 10, lenet_mx, lenet_torch, lenet_symbol),
    "digits": Network((64, 1, 8, 8), 64, 10, digits_mx, digits_torch, digits_symbol),
    "MLP": Network((64, 784), 64, 10, mlp_mx, mlp_torch, mlp_symbol),
}
LARGE = {
    "ResNet-20": Network((32, 3, 32, 32), 32, 10, resnet_mx, resnet_torch),
    "MobileNet 0.25": Network((8, 3, 224, 224), 8, 1000, mobilenet_mx, mobilenet_torch),
    "LSTM 200": Network(
        ("int", (TIME, 32), WORDS), TIME * 32, WORDS, language_mx(200), language_torch(200), language_symbol(200)
    ),
}
NETWORKS = {**SMALL, **LARGE}  # MXNet needs an old Python
