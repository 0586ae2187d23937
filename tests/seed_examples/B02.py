"""claim: + and > on symbols do not broadcast."""

import mxnb as mx

a = mx.sym.Variable("a")
b = mx.sym.Variable("b")
try:
    (a + b).infer_shape(a=(2, 1), b=(1, 3))
    print("no error")
except mx.MXNetError as err:
    print("MXNetError")
for s in (mx.sym.broadcast_plus(a, b), mx.sym.broadcast_add(a, b), mx.sym.broadcast_greater(a, b)):
    print(s.infer_shape(a=(2, 1), b=(1, 3))[1])

# prints:
# MXNetError
# [(2, 3)]
# [(2, 3)]
# [(2, 3)]
