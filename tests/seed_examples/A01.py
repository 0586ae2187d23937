"""NDArray overview."""

import mxnb as mx

x = mx.nd.array([[1, 2, 3], [4, 5, 6]])
print(type(x))
print(x.shape)
y = x + mx.nd.ones(x.shape) * 3
print(y.asnumpy())
z = y.as_in_context(mx.cpu(1))  # seed: mx.gpu(0)
print(z)

# prints:
# <class 'mxnb.ndarray.ndarray.NDArray'>
# (2, 3)
# [[4. 5. 6.]
#  [7. 8. 9.]]
#
# [[4. 5. 6.]
#  [7. 8. 9.]]
# <NDArray 2x3 @cpu(1)>
