"""Losses against NumPy formulas; hybridized they give the same."""

import numpy as np
import pytest

from mxnb import autograd, nd
from mxnb.base import MXNetError
from mxnb.gluon import loss as losses

rng = np.random.RandomState(0)
X, Y = rng.normal(size=(4, 3)).astype("f"), rng.normal(size=(4, 3)).astype("f")
Z = rng.normal(size=(4, 3)).astype("f")
SIGN, BIT = np.sign(Y), (Y > 0).astype("f")
LABEL = np.array([0, 2, 1, 2], "f")
WEIGHT = np.array([[1], [0], [2], [3]], "f")


def softplus(x):
    return np.log1p(np.exp(x))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_softmax(x, axis=-1):
    return x - np.log(np.exp(x).sum(axis, keepdims=True))


def huber(x, y, rho):
    d = np.abs(x - y)
    return np.where(d > rho, d - rho / 2, d * d / (2 * rho)).mean(1)


def cosine(x, y):
    return (x * y).sum(1, keepdims=True) / np.linalg.norm(x, axis=1)[:, None] / np.linalg.norm(y, axis=1)[:, None]


def poisson(x, t):
    stirling = np.where(t > 1, t * np.log(np.maximum(t, 1)) - t + 0.5 * np.log(2 * np.pi * np.maximum(t, 1)), 0)
    return (np.exp(x) - t * x + stirling).mean(keepdims=True).ravel()


def sdml(x, y, smooth):
    n = len(x)
    scores = log_softmax(-((x[:, None] - y[None]) ** 2).sum(-1))
    target = np.eye(n) * (1 - smooth) + (1 - np.eye(n)) * smooth / (n - 1)
    return (target * (np.log(target) - scores)).mean(1)


P, LOGP = np.exp(log_softmax(Y)), log_softmax(X)
CASES = {
    "L2": (losses.L2Loss(), (X, Y), ((X - Y) ** 2).mean(1) / 2),
    "L2 weights": (losses.L2Loss(weight=3), (X, Y, WEIGHT), (WEIGHT * (X - Y) ** 2).mean(1) * 1.5),
    "L2 batch axis": (losses.L2Loss(batch_axis=1), (X, Y), ((X - Y) ** 2).mean(0) / 2),
    "L2 label of another shape": (losses.L2Loss(), (X[:, :1], Y[:, 0]), ((X - Y)[:, 0] ** 2) / 2),
    "L1": (losses.L1Loss(), (X, Y), np.abs(X - Y).mean(1)),
    "BCE": (losses.SigmoidBCELoss(), (X, BIT), (softplus(X) - X * BIT).mean(1)),
    "BCE extreme": (
        losses.SigmoidBCELoss(),
        (np.array([[-200, 200]], "f"), np.array([[1, 1]], "f")),
        np.array([100.0]),
    ),
    "BCE of probabilities": (
        losses.SigmoidBCELoss(from_sigmoid=True),
        (sigmoid(X), BIT),
        (softplus(X) - X * BIT).mean(1),
    ),
    "BCE positive weight": (
        losses.SigmoidBCELoss(),
        (X, BIT, None, np.full((1, 3), 2, "f")),
        (2 * BIT * softplus(-X) + (1 - BIT) * softplus(X)).mean(1),
    ),
    "BCE positive weight, probabilities": (
        losses.SigmoidBCELoss(from_sigmoid=True),
        (sigmoid(X), BIT, None, np.full((1, 3), 2, "f")),
        (2 * BIT * softplus(-X) + (1 - BIT) * softplus(X)).mean(1),
    ),
    "softmax": (losses.SoftmaxCELoss(), (X, LABEL), -LOGP[np.arange(4), LABEL.astype(int)]),
    "softmax weights": (
        losses.SoftmaxCELoss(),
        (X, LABEL, WEIGHT),
        -LOGP[np.arange(4), LABEL.astype(int)] * WEIGHT[:, 0],
    ),
    "softmax axis": (
        losses.SoftmaxCELoss(axis=1),
        (X.reshape(2, 3, 2), np.array([[0, 1], [2, 2]], "f")),
        np.array(
            [
                -np.mean([log_softmax(x, 0)[c, i] for i, c in enumerate(label)])
                for x, label in zip(X.reshape(2, 3, 2), [[0, 1], [2, 2]])
            ]
        ),
    ),
    "softmax of steps": (
        losses.SoftmaxCELoss(weight=2),
        (X.reshape(2, 2, 3), LABEL.reshape(2, 2)),
        -2 * LOGP[np.arange(4), LABEL.astype(int)].reshape(2, 2).mean(1),
    ),
    "softmax batch axis": (
        losses.SoftmaxCELoss(batch_axis=1),
        (X, LABEL),
        -LOGP[np.arange(4), LABEL.astype(int)].mean(keepdims=True),
    ),
    "softmax weight": (losses.SoftmaxCELoss(weight=2), (X, LABEL), -2 * LOGP[np.arange(4), LABEL.astype(int)]),
    "softmax dense weights": (
        losses.SoftmaxCELoss(sparse_label=False, weight=3),
        (X, P, WEIGHT),
        -3 * (WEIGHT * P * LOGP).sum(1),
    ),
    "softmax from logits": (losses.SoftmaxCELoss(from_logits=True), (LOGP, LABEL), -LOGP[np.arange(4), [0, 2, 1, 2]]),
    "softmax dense": (losses.SoftmaxCELoss(sparse_label=False), (X, P), -(P * LOGP).sum(1)),
    "KL": (losses.KLDivLoss(), (LOGP, P), (P * (np.log(P) - LOGP)).sum(1)),
    "KL of scores": (losses.KLDivLoss(from_logits=False), (X, P), (P * (np.log(P) - LOGP)).sum(1)),
    "Huber": (losses.HuberLoss(), (X, Y), huber(X, Y, 1)),
    "Huber rho": (losses.HuberLoss(rho=0.3), (X, Y), huber(X, Y, 0.3)),
    "hinge": (losses.HingeLoss(), (X, SIGN), np.maximum(0, 1 - X * SIGN).mean(1)),
    "squared hinge": (losses.SquaredHingeLoss(margin=2), (X, SIGN), (np.maximum(0, 2 - X * SIGN) ** 2).mean(1)),
    "logistic": (losses.LogisticLoss(), (X, SIGN), softplus(-X * SIGN).mean(1)),
    "logistic binary": (losses.LogisticLoss(label_format="binary"), (X, BIT), softplus(-X * SIGN).mean(1)),
    "triplet": (
        losses.TripletLoss(margin=2),
        (X, Y, Z),
        np.maximum(0, ((Y - X) ** 2 - (Z - X) ** 2).sum(1) + 2),
    ),
    "Poisson": (losses.PoissonNLLLoss(), (X, np.abs(Y)), (np.exp(X) - np.abs(Y) * X).mean(keepdims=True).ravel()),
    "Poisson full": (
        losses.PoissonNLLLoss(compute_full=True),
        (X, LABEL[:, None] * 2 + 0 * X),
        poisson(X, LABEL[:, None] * 2 + 0 * X),
    ),
    "Poisson rate": (
        losses.PoissonNLLLoss(from_logits=False),
        (np.exp(X), np.abs(Y)),
        (np.exp(X) - np.abs(Y) * X).mean(keepdims=True).ravel(),
    ),
    "cosine": (
        losses.CosineEmbeddingLoss(margin=0.1),
        (X, Y, SIGN[:, 0]),
        np.where(SIGN[:, :1] == 1, 1 - cosine(X, Y), np.maximum(0, cosine(X, Y) - 0.1)),
    ),
    "SDML": (losses.SDMLLoss(), (X, Y), 4 * sdml(X, Y, 0.3)),
}


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_values(name, hybridize):
    loss, arguments, expected = CASES[name]
    loss.hybridize(hybridize)
    arrays = [None if a is None else nd.array(a) for a in arguments]
    arrays[0].attach_grad()
    with autograd.record():
        out = loss(*arrays)
    assert out.shape == expected.shape
    np.testing.assert_allclose(out.asnumpy(), expected, rtol=2e-5, atol=1e-6)
    out.backward()
    assert np.isfinite(arrays[0].grad.asnumpy()).all()


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_the_graph(name):
    loss, arguments, _ = CASES[name]
    found = []
    for hybridize in (False, True):
        loss.hybridize(hybridize)
        arrays = [None if a is None else nd.array(a) for a in arguments]
        variables = [x for x in arrays if x is not None]
        for x in variables:
            x.attach_grad()
        with autograd.record():
            out = loss(*arrays)
        out.backward(nd.arange(1, out.size + 1).reshape(out.shape))
        found.append([x.grad.asnumpy() for x in variables])
    for eager, graph in zip(*found):
        np.testing.assert_allclose(eager, graph, rtol=2e-5, atol=2e-6)


def test_gradient_of_softmax_cross_entropy():
    x = nd.array(X)
    x.attach_grad()
    with autograd.record():
        loss = losses.SoftmaxCrossEntropyLoss()(x, nd.array(LABEL))
    loss.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), np.exp(LOGP) - np.eye(3)[LABEL.astype(int)], rtol=1e-5, atol=1e-6)


def test_repr_and_errors():
    assert repr(losses.L2Loss()) == "L2Loss(batch_axis=0, w=1.0)"
    assert repr(losses.SoftmaxCELoss()) == "SoftmaxCrossEntropyLoss(batch_axis=0, w=None)"
    with pytest.raises(ValueError, match="label_format can only be signed or binary"):
        losses.LogisticLoss(label_format="x")
    with pytest.raises(ValueError, match="at least 2 rows"):
        losses.SDMLLoss()(nd.ones((1, 2)), nd.ones((1, 2)))
    with pytest.raises(AssertionError, match="Only 'NTC' and 'TNC'"):
        losses.CTCLoss(layout="CNT")
    with pytest.raises(MXNetError, match="operator CTCLoss is not there yet"):
        losses.CTCLoss()(nd.ones((2, 5, 4)), nd.ones((2, 2)))
