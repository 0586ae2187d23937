"""What is measured: a `Case` has a builder for MXNet's interface, which serves mxnb too, and others for PyTorch."""

from __future__ import annotations

import numpy as np

LIBRARIES = {"mxnb": "mx", "torch": "torch", "compiled": "compiled", "mxnet": "mx"}  # library -> which builder it uses
DTYPES = ("int8", "uint8", "int32", "int64", "float16", "float64")  # that specs may name
MODULES = {"compiled": "torch"}  # library -> what is imported, where that has another name


class Case:
    """One thing to measure.

    Parameters
    ----------
    name : str, unique in its group.
    mx, torch, compiled : functions of the library's module that give the function to time; None where there is no
        counterpart. The last is PyTorch with `torch.compile`.
    recorded : whether the timed calls run while autograd records.
    digest : whether the function gives a result that must be the same number in all libraries.
    """

    def __init__(self, name, mx=None, torch=None, compiled=None, recorded=False, digest=False):
        self.name, self.recorded, self.digest = name, recorded, digest
        self.builders = {"mx": mx, "torch": torch, "compiled": compiled}

    def builder(self, library):
        """The builder for a library, or None."""
        return self.builders[LIBRARIES[library]]


def numbers(spec, seed):
    """The NumPy array of a spec: a shape, ``(dtype, shape)`` or, of whole numbers, ``(dtype, shape, high)``.

    Floats are from 0.1 to 1.1, float32 unless the spec says otherwise.
    """
    random = np.random.RandomState(seed)
    if spec and str(spec[0]).startswith("float"):
        return (random.rand(*spec[1]) + 0.1).astype(spec[0])
    if spec and isinstance(spec[0], str):
        return random.randint(0, spec[2], spec[1]).astype(spec[0])
    return (random.rand(*spec) + 0.1).astype("float32")


class Expression:
    """An expression of a few arrays, from which cases are made: without recording, recorded, and with its gradient.

    Parameters
    ----------
    name : str
    inputs : dict of name to shape, or to ``("int", shape, high)`` for indices, which MXNet takes as floats, or to
        ``("int32", shape, high)`` and the like for whole numbers that stay what they are.
    mx : function of `mx` and the arrays.
    torch : function of `torch` and the arrays.
    digest : whether both compute the same (not so for random operators).
    """

    def __init__(self, name, inputs, mx, torch, digest=True):
        self.name, self.inputs, self.mx, self.torch, self.digest = name, inputs, mx, torch, digest

    def plain(self):
        """The call alone."""
        return Case(self.name, self._mx_call(False), self._torch_call(False), digest=self.digest)

    def recorded(self):
        """The call, recorded for a gradient with respect to the first array."""
        return Case(self.name + ", recorded", self._mx_call(True), self._torch_call(True), recorded=True)

    def backward(self):
        """The recorded call and the gradients with respect to all arrays of floats; None where there is none."""
        if all(spec and isinstance(spec[0], str) for spec in self.inputs.values()):
            return None
        return Case(self.name + ", with gradient", self._mx_gradient, self._torch_gradient)

    def _arrays(self):
        return [numbers(spec, seed) for seed, spec in enumerate(self.inputs.values())]

    def _mx_arrays(self, mx):
        dtypes = [spec[0] if spec and spec[0] in DTYPES else "float32" for spec in self.inputs.values()]
        return [mx.nd.array(x, dtype=dtype) for x, dtype in zip(self._arrays(), dtypes)]

    def _mx_call(self, recorded):
        def build(mx):
            arrays = self._mx_arrays(mx)
            if recorded:
                arrays[0].attach_grad()
            f = self.mx
            return lambda: f(mx, *arrays)

        return build

    def _torch_call(self, recorded):
        def build(torch):
            arrays = [torch.tensor(x) for x in self._arrays()]
            arrays[0].requires_grad_(recorded)
            f = self.torch
            return lambda: f(torch, *arrays)

        return build

    def _mx_gradient(self, mx):
        arrays = self._mx_arrays(mx)
        for x, original in zip(arrays, self._arrays()):
            if original.dtype.kind == "f":
                x.attach_grad()
        f, record = self.mx, mx.autograd.record
        with record():
            head = mx.nd.ones_like(f(mx, *arrays))

        def call():
            with record():
                y = f(mx, *arrays)
            y.backward(head)

        return call

    def _torch_gradient(self, torch):
        arrays = [torch.tensor(x) for x in self._arrays()]
        variables = [x.requires_grad_() for x in arrays if x.is_floating_point()]
        f = self.torch
        head = torch.ones_like(f(torch, *arrays).detach())

        def call():
            f(torch, *arrays).backward(head)
            for x in variables:
                x.grad = None

        return call
