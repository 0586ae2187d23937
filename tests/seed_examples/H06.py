"""flatten, relu. Differs from 1.9.1 on purpose: nd.nn exists."""

from mxnb import ndarray as nd
from mxnb import autograd
from mxnb import gluon
import mxnb as mx

a = nd.arange(24).reshape((2, 3, 4))
print(nd.flatten(a).shape)


def relu(X):
    return nd.maximum(X, 0)


print(relu(nd.array([-1, 0, 2])).asnumpy(), nd.relu(nd.array([-1, 0, 2])).asnumpy())
print(hasattr(nd, "nn"))

# prints:
# (2, 12)
# [0. 0. 2.] [0. 0. 2.]
# True
