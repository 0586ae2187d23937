"""claim about wd: seed says w = w - lr*grad - wd*w."""

import mxnb as mx
from mxnb import nd, autograd, gluon

p = gluon.Parameter("w", shape=(1,))
p.initialize(init=mx.init.One())
t = gluon.Trainer([p], "sgd", {"learning_rate": 0.1, "wd": 0.5})
with autograd.record():
    l = p.data() * 3
l.backward()
t.step(2)
print(p.data().asscalar())

# prints:
# 0.8
