"""batch norm by hand."""

from mxnb import ndarray as nd
from mxnb import autograd
from mxnb import gluon
import mxnb as mx


def batch_norm(X, gamma, beta, is_training, moving_mean, moving_variance, eps=1e-5, moving_momentum=0.9):
    assert len(X.shape) in (2, 4)
    if len(X.shape) == 2:
        mean = X.mean(axis=0)
        variance = ((X - mean) ** 2).mean(axis=0)
    else:
        mean = X.mean(axis=(0, 2, 3), keepdims=True)
        variance = ((X - mean) ** 2).mean(axis=(0, 2, 3), keepdims=True)
        moving_mean = moving_mean.reshape(mean.shape)
        moving_variance = moving_variance.reshape(mean.shape)
    if is_training:
        X_hat = (X - mean) / nd.sqrt(variance + eps)
        moving_mean[:] = moving_momentum * moving_mean + (1.0 - moving_momentum) * mean
        moving_variance[:] = moving_momentum * moving_variance + (1.0 - moving_momentum) * variance
    else:
        X_hat = (X - moving_mean) / nd.sqrt(moving_variance + eps)
    return gamma.reshape(mean.shape) * X_hat + beta.reshape(mean.shape)


A = nd.arange(6).reshape((3, 2))
mm, mv = nd.zeros((2,)), nd.ones((2,))
print(batch_norm(A, nd.ones((2,)), nd.zeros((2,)), True, mm, mv).asnumpy())
print(mm.asnumpy(), mv.asnumpy())
B = nd.arange(18).reshape((1, 2, 3, 3))
mm, mv = nd.zeros((2,)), nd.ones((2,))
print(batch_norm(B, nd.ones((2,)), nd.zeros((2,)), True, mm, mv).asnumpy())
print(mm.asnumpy(), mv.asnumpy())

# prints:
# [[-1.2247427 -1.2247427]
#  [ 0.         0.       ]
#  [ 1.2247427  1.2247427]]
# [0.2 0.3] [1.1666666 1.1666666]
# [[[[-1.5491922  -1.1618942  -0.7745961 ]
#    [-0.38729805  0.          0.38729805]
#    [ 0.7745961   1.1618942   1.5491922 ]]
#
#   [[-1.5491922  -1.1618942  -0.7745961 ]
#    [-0.38729805  0.          0.38729805]
#    [ 0.7745961   1.1618942   1.5491922 ]]]]
# [0.4       1.3000001] [1.5666666 1.5666666]
