"""claim: + and > on NDArray broadcast."""

import mxnb as mx

a = mx.nd.array([[1], [2]])
b = mx.nd.array([[10, 20, 30]])
print((a + b).asnumpy())
print((b > a * 10).asnumpy(), (b > a * 10).dtype)

# prints:
# [[11. 21. 31.]
#  [12. 22. 32.]]
# [[0. 1. 1.]
#  [0. 0. 1.]] <class 'numpy.float32'>
