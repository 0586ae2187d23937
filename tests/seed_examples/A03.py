"""claim: dot contracts the last axis of lhs with the first axis of rhs."""

import mxnb as mx

a = mx.nd.ones((2, 3, 4))
b = mx.nd.ones((4, 5, 6))
print(mx.nd.dot(a, b).shape)

# prints:
# (2, 3, 5, 6)
