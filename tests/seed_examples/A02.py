"""claim: NDArray.T is a copy, reshape is a view."""

import mxnb as mx

x = mx.nd.array([[1, 2, 3], [4, 5, 6]])
t = x.T
t[:] = 0
print(x.asnumpy())
v = x.reshape((3, 2))
v[:] = 7
print(x.asnumpy())

# prints:
# [[1. 2. 3.]
#  [4. 5. 6.]]
# [[7. 7. 7.]
#  [7. 7. 7.]]
