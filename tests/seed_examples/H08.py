"""pooling."""

from mxnb import ndarray as nd
from mxnb import autograd
from mxnb import gluon
import mxnb as mx

data = nd.arange(18).reshape((1, 2, 3, 3))
max_pool = nd.Pooling(data=data, pool_type="max", kernel=(2, 2))
avg_pool = nd.Pooling(data=data, pool_type="avg", kernel=(2, 2))
print(max_pool)
print(avg_pool)

# prints:
# [[[[ 4.  5.]
#    [ 7.  8.]]
#
#   [[13. 14.]
#    [16. 17.]]]]
# <NDArray 1x2x2x2 @cpu(0)>
#
# [[[[ 2.  3.]
#    [ 5.  6.]]
#
#   [[11. 12.]
#    [14. 15.]]]]
# <NDArray 1x2x2x2 @cpu(0)>
