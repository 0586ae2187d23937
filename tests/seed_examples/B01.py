"""Symbol overview."""

import mxnb as mx

a = mx.sym.Variable("a")
b = mx.sym.Variable("b")
c = 2 * a + b
print(type(c))
e = c.bind(mx.cpu(), {"a": mx.nd.array([1, 2]), "b": mx.nd.array([2, 3])})
y = e.forward()
print(y)
print(repr(y[0].asnumpy()))

# prints:
# <class 'mxnb.symbol.symbol.Symbol'>
# [
# [4. 7.]
# <NDArray 2 @cpu(0)>]
# array([4., 7.], dtype=float32)
