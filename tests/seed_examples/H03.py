"""devices, scalar, numpy."""

from mxnb import ndarray as nd
from mxnb import autograd
from mxnb import gluon
import mxnb as mx

import numpy as np

x = nd.arange(3)
a = x.copyto(mx.cpu(1))
b = nd.zeros((3,), ctx=mx.cpu(2))
r = x.copyto(b)
print(a.context, b.context, b.asnumpy(), r is b)
print(x.as_in_context(mx.cpu(0)) is x, x.as_in_context(mx.cpu(1)) is x, x.as_in_context(mx.cpu(1)).context)
print(nd.array([3.5]).asscalar(), type(nd.array([3.5]).asscalar()))
y = nd.array(np.arange(3))
z = y.asnumpy()
print(y.dtype, z.dtype, z, nd.array(np.arange(3)).dtype, nd.array(y).dtype)
try:
    x.asscalar()
except ValueError as err:
    print("ValueError", err)

# prints:
# cpu(1) cpu(2) [0. 1. 2.] True
# True False cpu(1)
# 3.5 <class 'numpy.float32'>
# <class 'numpy.float32'> float32 [0. 1. 2.] <class 'numpy.float32'> <class 'numpy.float32'>
# ValueError The current array is not a scalar
