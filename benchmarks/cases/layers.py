"""Convolutions of known networks: forward, the gradient of the data, and the gradient of the weights."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..case import Case, numbers

LAYERS = {  # name: data, filters, kernel, stride, pad, groups
    "LeNet 1": ((64, 1, 28, 28), 20, 5, 1, 0, 1),
    "LeNet 2": ((64, 20, 12, 12), 50, 5, 1, 0, 1),
    "ResNet-20 first": ((32, 3, 32, 32), 16, 3, 1, 1, 1),
    "ResNet-20 16": ((32, 16, 32, 32), 16, 3, 1, 1, 1),
    "ResNet-20 16 to 32": ((32, 16, 32, 32), 32, 3, 2, 1, 1),
    "ResNet-20 32": ((32, 32, 16, 16), 32, 3, 1, 1, 1),
    "ResNet-20 32 to 64": ((32, 32, 16, 16), 64, 3, 2, 1, 1),
    "ResNet-20 64": ((32, 64, 8, 8), 64, 3, 1, 1, 1),
    "ResNet-20 shortcut": ((32, 32, 16, 16), 64, 1, 2, 0, 1),
    "ResNet-18 first": ((4, 3, 224, 224), 64, 7, 2, 3, 1),
    "ResNet-18 64": ((4, 64, 56, 56), 64, 3, 1, 1, 1),
    "ResNet-18 64 to 128": ((4, 64, 56, 56), 128, 3, 2, 1, 1),
    "ResNet-18 128": ((4, 128, 28, 28), 128, 3, 1, 1, 1),
    "ResNet-18 128 to 256": ((4, 128, 28, 28), 256, 3, 2, 1, 1),
    "ResNet-18 256": ((4, 256, 14, 14), 256, 3, 1, 1, 1),
    "ResNet-18 256 to 512": ((4, 256, 14, 14), 512, 3, 2, 1, 1),
    "ResNet-18 512": ((4, 512, 7, 7), 512, 3, 1, 1, 1),
    "ResNet-18 shortcut": ((4, 128, 28, 28), 256, 1, 2, 0, 1),
    "MobileNet first": ((4, 3, 224, 224), 32, 3, 2, 1, 1),
    "MobileNet 32 to 64": ((4, 32, 112, 112), 64, 1, 1, 0, 1),
    "MobileNet 128": ((4, 128, 56, 56), 128, 1, 1, 0, 1),
    "MobileNet 512": ((4, 512, 14, 14), 512, 1, 1, 0, 1),
    "MobileNet 1024": ((4, 1024, 7, 7), 1024, 1, 1, 0, 1),
    "MobileNet depthwise 32": ((4, 32, 112, 112), 32, 3, 1, 1, 32),
    "MobileNet depthwise 64/2": ((4, 64, 112, 112), 64, 3, 2, 1, 64),
    "MobileNet depthwise 128": ((4, 128, 56, 56), 128, 3, 1, 1, 128),
    "MobileNet depthwise 512": ((4, 512, 14, 14), 512, 3, 1, 1, 512),
    "MobileNet depthwise 512/2": ((4, 512, 14, 14), 512, 3, 2, 1, 512),
}
WHAT = {"forward": None, "data gradient": 0, "weight gradient": 1}


class Layer(NamedTuple):
    """A convolution; one number stands for all axes."""

    shape: Any
    filters: int
    kernel: Any
    stride: Any = 1
    pad: Any = 0
    groups: int = 1
    dilate: Any = 1
    transposed: bool = False

    def along(self):
        """Kernel, stride, pad and dilate along each axis."""
        axes = len(self.shape) - 2
        values = self.kernel, self.stride, self.pad, self.dilate
        return [(value,) * axes if isinstance(value, int) else value for value in values]

    def inputs(self):
        """Data and weights."""
        ends = (self.shape[1], self.filters // self.groups)
        if not self.transposed:
            ends = (self.filters, self.shape[1] // self.groups)
        return numbers(self.shape, 0), numbers((*ends, *self.along()[0]), 1)


def mx_layer(layer, wanted):
    """The call for MXNet's interface; `wanted` is which input's gradient is taken, if any."""

    def build(mx):
        inputs = [mx.nd.array(x) for x in layer.inputs()]
        params = dict(zip(("kernel", "stride", "pad", "dilate"), layer.along()))
        params.update(num_filter=layer.filters, num_group=layer.groups, no_bias=True)
        convolve = mx.nd.Deconvolution if layer.transposed else mx.nd.Convolution
        if wanted is None:
            return lambda: convolve(*inputs, **params)
        inputs[wanted].attach_grad()
        with mx.autograd.record():
            y = convolve(*inputs, **params)
        head = mx.nd.ones_like(y)
        return lambda: y.backward(head, retain_graph=True)

    return build


def torch_layer(layer, wanted):
    """The same for PyTorch."""

    def build(torch):
        inputs = [torch.tensor(x) for x in layer.inputs()]
        _, stride, pad, dilate = layer.along()
        convolve = getattr(torch.nn.functional, f"conv{'_transpose' * layer.transposed}{len(layer.shape) - 2}d")

        def forward():
            return convolve(*inputs, stride=stride, padding=pad, dilation=dilate, groups=layer.groups)

        if wanted is None:
            return forward
        inputs[wanted].requires_grad_()
        y = forward()
        head = torch.ones_like(y)
        return lambda: torch.autograd.grad(y, inputs[wanted], head, retain_graph=True)

    return build


def each_way(layers):
    """Each layer in each direction."""
    return [
        Case(
            f"{name}, {what}",
            mx_layer(Layer(*layer), wanted),
            torch_layer(Layer(*layer), wanted),
            digest=wanted is None,
        )
        for what, wanted in WHAT.items()
        for name, layer in layers.items()
    ]


def cases():
    """Those of LeNet, ResNet and MobileNet."""
    return each_way(LAYERS)
