"""arithmetic, in-place and comparison methods. Differs from 1.9.1 on purpose: less_equal exists."""

import mxnb as mx

x = mx.nd.array([4.0, 9.0])
y = mx.nd.array([2.0, 3.0])
for n in [
    "__add__",
    "__sub__",
    "__rsub__",
    "__mul__",
    "__div__",
    "__rdiv__",
    "__pow__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__eq__",
    "__ne__",
]:
    print(n, getattr(x, n)(y).asnumpy())
print("__neg__", (-x).asnumpy())
for n in ["__iadd__", "__isub__", "__imul__", "__idiv__"]:
    z = x.copy()
    w = getattr(z, n)(y)
    print(n, z.asnumpy(), w is z)
print(hasattr(mx.nd, "less_equal"), hasattr(mx.nd, "lesser_equal"))

# prints:
# __add__ [ 6. 12.]
# __sub__ [2. 6.]
# __rsub__ [-2. -6.]
# __mul__ [ 8. 27.]
# __div__ [2. 3.]
# __rdiv__ [0.5        0.33333334]
# __pow__ [ 16. 729.]
# __lt__ [0. 0.]
# __le__ [0. 0.]
# __gt__ [1. 1.]
# __ge__ [1. 1.]
# __eq__ [0. 0.]
# __ne__ [1. 1.]
# __neg__ [-4. -9.]
# __iadd__ [ 6. 12.] True
# __isub__ [2. 6.] True
# __imul__ [ 8. 27.] True
# __idiv__ [2. 3.] True
# True True
