"""fully connected by hand."""

# random: rounding depends on the values

from mxnb import ndarray as nd
from mxnb import autograd
from mxnb import gluon
import mxnb as mx

num_inputs = 2
w = nd.random.normal(scale=1, shape=(num_inputs, 1))
b = nd.zeros(shape=(1,))
params = [w, b]
for param in params:
    param.attach_grad()


def net(X, w, b):
    return nd.dot(X, w) + b


X = nd.ones((3, 2))
with autograd.record():
    out = net(X, w, b)
out.backward()
print(out.shape, w.grad.asnumpy(), b.grad.asnumpy())


def sgd(params, lr, batch_size):
    for param in params:
        param[:] = param - lr * param.grad / batch_size


w0 = w.copy()
sgd(params, 0.5, 3)
print((w0 - w).asnumpy().ravel(), b.asnumpy(), w.grad is not None)

# prints:
# (3, 1) [[3.]
#  [3.]] [3.]
# [0.5 0.5] [-0.5] True
