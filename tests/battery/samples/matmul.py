"""Matrix products."""

import numpy as np

from .table import S, X, case


def naive_dot(a, b, transpose_a=False, transpose_b=False):
    if transpose_a and a.ndim > 1:
        a = np.moveaxis(a, 0, -1)
    if transpose_b and b.ndim > 1:
        b = np.moveaxis(b, -1, 0)
    y = np.einsum(a, [*range(a.ndim - 1), 20], b, [20, *range(10, 9 + b.ndim)])
    return y if y.ndim else y.reshape(1)


def naive_batch_dot(a, b, transpose_a=False, transpose_b=False):
    a = a.swapaxes(-1, -2) if transpose_a else a
    b = b.swapaxes(-1, -2) if transpose_b else b
    return np.einsum("...mk,...kn->...mn", a, b)


def naive_fully_connected(data, weight, bias=None, num_hidden=0, no_bias=False, flatten=True):
    rows = data.reshape(len(data), -1) if flatten else data
    y = np.einsum("...k,hk->...h", rows, weight)
    return y if bias is None else y + bias


def naive_khatri_rao(*matrices):
    columns = []
    for n in range(matrices[0].shape[1]):
        column = np.ones(1)
        for m in matrices:
            column = np.kron(column, m[:, n])
        columns.append(column)
    return np.stack(columns, axis=1)


case(
    "dot",
    naive_dot,
    S(X(2, 3), X(3, 4)),
    S(X(3, 2), X(4, 3), transpose_a=True, transpose_b=True),
    S(X(3, 2), X(3, 4), transpose_a=True),
    S(X(2, 3), X(4, 3), transpose_b=True),
    S(X(4), X(4)),
    S(X(2, 4), X(4)),
    S(X(2, 2, 3), X(3, 2, 2)),
    kind="long",
)
case(
    "batch_dot",
    naive_batch_dot,
    S(X(2, 3, 4), X(2, 4, 2)),
    S(X(2, 4, 3), X(2, 2, 4), transpose_a=True, transpose_b=True),
    S(X(2, 2, 1, 3), X(2, 2, 3, 2)),
    kind="long",
)
case(
    "FullyConnected",
    naive_fully_connected,
    S(X(2, 3), X(4, 3), X(4), num_hidden=4).but(follows=("weight", "bias")),
    S(X(2, 3, 2), X(4, 6), num_hidden=4, no_bias=True).but(follows=("weight",)),
    S(X(2, 3, 2), X(4, 2), X(4), num_hidden=4, flatten=False).but(follows=("weight", "bias")),
    kind="long",
)
case(
    "_activated_fully_connected",
    lambda *inputs, activation, **more: np.tanh(naive_fully_connected(*inputs, **more)),
    S(X(2, 3), X(4, 3), X(4), num_hidden=4, activation="tanh"),
    S(X(2, 3, 2), X(4, 2), num_hidden=4, flatten=False, no_bias=True, activation="tanh"),
    kind="long",
)
case(
    "khatri_rao",
    naive_khatri_rao,
    S(X(2, 3), X(3, 3)),
    S(X(2, 2), X(1, 2), X(3, 2)),
    gradient="1.9.1 has none",
    kind="long",
)
