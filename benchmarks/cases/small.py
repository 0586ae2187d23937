"""Operations on arrays of 2x3 numbers: what a call costs before anything is computed."""

from __future__ import annotations

from ..case import Expression

ONE, TWO = {"a": (2, 3)}, {"a": (2, 3), "b": (2, 3)}
ALL = slice(None)
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
        "FullyConnected", LAYER, lambda mx, a, w, b: mx.nd.FullyConnected(a, w, b, num_hidden=4),
        lambda torch, a, w, b: torch.nn.functional.linear(a, w, b),
    ),
    Expression(
        "where", {"c": (2, 3), "a": (2, 3), "b": (2, 3)}, lambda mx, c, a, b: mx.nd.where(c, a, b),
        lambda torch, c, a, b: torch.where(c != 0, a, b),
    ),
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
    # torch's numpy() shares memory, asnumpy() does not
    Expression("asnumpy", ONE, lambda mx, a: a.asnumpy(), lambda torch, a: a.numpy().copy(), digest=False),
)


def cases():
    """Each expression without recording, recorded and with its gradient; those of PLAIN only the first."""
    found = [e.plain() for e in EXPRESSIONS + PLAIN]
    return found + [e.recorded() for e in EXPRESSIONS] + [e.backward() for e in EXPRESSIONS]
