"""save and load."""

from mxnb import ndarray as nd
from mxnb import autograd
from mxnb import gluon
import mxnb as mx

import os, tempfile

file = os.path.join(tempfile.mkdtemp(), "x.params")
nd.save(file, [nd.ones((2,)), nd.zeros((1, 2))])
print([a.shape for a in nd.load(file)], type(nd.load(file)).__name__)
nd.save(file, {"w": nd.ones((2,))})
print(nd.load(file))

# prints:
# [(2,), (1, 2)] list
# {'w':
# [1. 1.]
# <NDArray 2 @cpu(0)>}
