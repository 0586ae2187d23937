"""One recorded operator call: its description, its inputs, and how it is run (MXNet and mxnb have the same API).

Kept to Python 3.8, which MXNet 1.9.1 needs.
"""

import zlib

import numpy as np


class Rand:
    """Random input of a shape: normal, or uniform in [low, high); ``integer`` rounds down; ``dtype`` overrides."""

    def __init__(self, *shape, low=None, high=None, integer=False, dtype=None):
        self.shape, self.low, self.high, self.integer, self.dtype = shape, low, high, integer, dtype

    def make(self, rng, dtype):
        x = rng.standard_normal(self.shape) if self.low is None else rng.uniform(self.low, self.high, self.shape)
        x = np.floor(x) if self.integer else np.round(x, 3)
        return x.astype(self.dtype or dtype)

    def __str__(self):
        return "x".join(map(str, self.shape)) or "scalar"


class Given(Rand):
    """Literal input."""

    def __init__(self, values, dtype=None):
        self.values = np.asarray(values)
        super().__init__(*self.values.shape, dtype=dtype)

    def __str__(self):
        return str(self.values.tolist()).replace(" ", "") + (" " + self.dtype if self.dtype else "")

    def make(self, rng, dtype):
        return self.values.astype(self.dtype or dtype)


class Case:
    """``op`` is a name below ``mx.nd`` or a function of ``(mx, *inputs)``; the rest is as in `case`."""

    def __init__(self, name, op, inputs, params, dtype, grad, train, aux, update):
        self.name, self.op, self.inputs, self.params, self.dtype = name, op, inputs, params, dtype
        self.grad, self.train, self.aux, self.update = grad, train, aux, update

    @property
    def family(self):
        return self.name.split("(")[0]

    def make_inputs(self):
        rng = np.random.RandomState(zlib.crc32(self.name.encode()) & 0x7FFFFFFF)
        return [x.make(rng, self.dtype) for x in self.inputs]

    def make_head(self, index, shape, dtype):
        rng = np.random.RandomState((zlib.crc32(self.name.encode()) + 17 * index + 1) & 0x7FFFFFFF)
        return np.round(rng.uniform(-1, 1, shape), 2).astype(dtype)

    def call(self, mx, xs):
        if callable(self.op):
            ys = self.op(mx, *xs, **self.params)
        else:
            function = mx.nd
            for part in self.op.split("."):
                function = getattr(function, part)
            extra = {"out": xs[0]} if self.update else {}
            ys = function(*xs, **self.params, **extra)
        return list(ys) if isinstance(ys, (list, tuple)) else [ys]

    def run(self, mx, inputs):
        """Run on the framework ``mx``; returns ``{"out0": …, "grad0": …, "aux3": …}`` as NumPy arrays."""
        xs = [mx.nd.array(x, dtype=x.dtype) for x in inputs]
        wanted = [i for i, x in enumerate(inputs) if self.grad and i not in self.aux and x.dtype.kind == "f"]
        for i in wanted:
            xs[i].attach_grad()
        result = {}
        if wanted:
            with mx.autograd.record(train_mode=self.train):
                ys = self.call(mx, xs)
            heads = [self.make_head(i, y.shape, y.dtype) for i, y in enumerate(ys)]
            mx.autograd.backward(ys, [mx.nd.array(h, dtype=h.dtype) for h in heads], train_mode=self.train)
            result.update({f"grad{i}": xs[i].grad.asnumpy() for i in wanted})
        else:
            ys = self.call(mx, xs)
        result.update({f"out{i}": y.asnumpy() for i, y in enumerate(ys)})
        aux = range(len(xs)) if self.update else self.aux
        result.update({f"aux{i}": xs[i].asnumpy() for i in aux})
        return result

    def run_symbol(self, mx, inputs):
        """`run` through a Symbol and an Executor."""
        function = mx.sym
        for part in self.op.split("."):
            function = getattr(function, part)
        names = [f"x{i}" for i in range(len(inputs))]
        symbol = function(*map(mx.sym.Variable, names), **self.params)
        arrays = {n: mx.nd.array(x, dtype=x.dtype) for n, x in zip(names, inputs)}
        grads = {
            n: mx.nd.zeros(x.shape, dtype=x.dtype)
            for i, (n, x) in enumerate(zip(names, inputs))
            if self.grad and i not in self.aux and x.dtype.kind == "f"
        }
        states = {n: arrays.pop(n) for n in symbol.list_auxiliary_states()}
        executor = symbol.bind(mx.cpu(), arrays, args_grad=grads, aux_states=states)
        ys = executor.forward(is_train=self.train)
        if grads:
            heads = [self.make_head(i, y.shape, y.dtype) for i, y in enumerate(ys)]
            executor.backward([mx.nd.array(h, dtype=h.dtype) for h in heads], is_train=self.train)
        result = {f"out{i}": y.asnumpy() for i, y in enumerate(executor.outputs)}
        result.update({"grad" + n[1:]: g.asnumpy() for n, g in grads.items()})
        result.update({f"aux{i}": {**arrays, **states}[names[i]].asnumpy() for i in self.aux})
        return result


class Table:
    """The list of cases; calling it adds one (or one per dtype)."""

    def __init__(self):
        self.cases = {}

    def __call__(self, op, *inputs, label=None, of="float32", grad=True, train=True, aux=(), update=False, **params):
        """Add ``op(*inputs, **params)`` for inputs of type ``of``; tuples are shapes of random inputs.

        ``grad=False`` records no gradients; ``train`` is the mode; ``aux`` are the positions of auxiliary states, whose
        values after backward are recorded; ``update`` means an optimizer update with ``out=`` the first input.
        """
        for one in [of] if isinstance(of, str) else of:
            made = [Rand(*x) if isinstance(x, tuple) else x for x in inputs]
            texts = [", ".join(map(str, made))] if made else []
            texts += [f"{k}={v}" for k, v in params.items()]
            texts += [one] if one != "float32" else []
            texts += [] if train else ["eval"]
            name = f"{label or op}({'; '.join(texts)})"
            if name in self.cases:
                raise ValueError("two cases named " + name)
            self.cases[name] = Case(name, op, made, params, one, grad and np.dtype(one).kind == "f", train, aux, update)
