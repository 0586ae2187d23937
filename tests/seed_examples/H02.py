"""autograd."""

from mxnb import ndarray as nd
from mxnb import autograd
from mxnb import gluon
import mxnb as mx

x = nd.arange(4).reshape((4, 1))
x.attach_grad()
with autograd.record():
    y = 2 * nd.dot(x.T, x)
y.backward()
print("x.grad: ", x.grad)

# prints:
# x.grad:
# [[ 0.]
#  [ 4.]
#  [ 8.]
#  [12.]]
# <NDArray 4x1 @cpu(0)>
