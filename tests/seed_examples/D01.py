"""KVStore: init and pull."""

import mxnb as mx

kv = mx.kv.create("local")
shape = (2, 3)
kv.init(3, mx.nd.ones(shape) * 2)
a = mx.nd.zeros(shape)
kv.pull(3, out=a)
print(a.asnumpy())

# prints:
# [[2. 2. 2.]
#  [2. 2. 2.]]
