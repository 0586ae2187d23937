"""imports."""

from mxnb import ndarray as nd
from mxnb import autograd
from mxnb import gluon
import mxnb as mx
from mxnb import nd as nd2

print(nd is nd2 is mx.nd is mx.ndarray)

# prints:
# True
