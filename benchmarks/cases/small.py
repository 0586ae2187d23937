"""Operations on arrays of 2x3 numbers: what a call costs before anything is computed."""

from __future__ import annotations

from ..case import Expression

ONE, TWO = {"a": (2, 3)}, {"a": (2, 3), "b": (2, 3)}
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
)  # fmt: skip
IN_PLACE = (
    Expression("a += b", TWO, lambda mx, a, b: a.__iadd__(b), lambda torch, a, b: a.__iadd__(b), digest=False),
    Expression("zeros", ONE, lambda mx, a: mx.nd.zeros((2, 3)), lambda torch, a: torch.zeros((2, 3))),
    # torch's numpy() shares memory, asnumpy() does not
    Expression("asnumpy", ONE, lambda mx, a: a.asnumpy(), lambda torch, a: a.numpy().copy(), digest=False),
)


def cases():
    """Each expression without recording, recorded and with its gradient; those in place only the first."""
    found = [e.plain() for e in EXPRESSIONS + IN_PLACE]
    return found + [e.recorded() for e in EXPRESSIONS] + [e.backward() for e in EXPRESSIONS]
