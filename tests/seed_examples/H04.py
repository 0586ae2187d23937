"""add into an existing array."""

from mxnb import ndarray as nd
from mxnb import autograd
from mxnb import gluon
import mxnb as mx

x, y, z = nd.ones((2, 2)), nd.ones((2, 2)) * 2, nd.zeros((2, 2))
before = id(z)
r = nd.elemwise_add(x, y, out=z)
print(z.asnumpy(), r is z, id(z) == before)

# prints:
# [[3. 3.]
#  [3. 3.]] True True
