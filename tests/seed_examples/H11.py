"""dropout by hand."""

from mxnb import ndarray as nd
from mxnb import autograd
from mxnb import gluon
import mxnb as mx


def dropout(X, drop_probability):
    keep_probability = 1 - drop_probability
    assert 0 <= keep_probability <= 1
    if keep_probability == 0:
        return X.zeros_like()
    mask = nd.random.uniform(0, 1.0, X.shape, ctx=X.context) < keep_probability
    scale = 1 / keep_probability
    return mask * X * scale


A = nd.arange(20).reshape((5, 4))
print((dropout(A, 0.0) - A).abs().sum().asscalar())
d = dropout(A, 0.5).asnumpy()
print(sorted(set((d / (A.asnumpy() + (A.asnumpy() == 0))).ravel())))
print(dropout(A, 1.0).sum().asscalar())

# prints:
# 0.0
# [0.0, 2.0]
# 0.0
