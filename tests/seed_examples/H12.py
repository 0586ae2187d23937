"""data set in memory."""

# random: only the layout is compared

import mxnb as mx
from mxnb import autograd, nd
import numpy as np

num_inputs = 2
num_examples = 1000
true_w = [2, -3.4]
true_b = 4.2
features = nd.random.normal(scale=1, shape=(num_examples, num_inputs))
labels = true_w[0] * features[:, 0] + true_w[1] * features[:, 1] + true_b
labels += nd.random.normal(scale=0.01, shape=labels.shape)
from mxnb.gluon import data as gdata

batch_size = 10
dataset = gdata.ArrayDataset(features, labels)
data_iter = gdata.DataLoader(dataset, batch_size, shuffle=True)
for X, y in data_iter:
    print(X, y)
    break

# prints:
# [[ 1.3989148  -1.7345889 ]
#  [-0.10867531 -1.1554946 ]
#  [-0.7437719   0.56905705]
#  [-0.02094526  0.637401  ]
#  [-1.2422082   0.16625   ]
#  [-0.23900123  1.6086441 ]
#  [-1.6166807  -2.3455238 ]
#  [ 2.0719576   0.29137844]
#  [ 2.526759    0.13093531]
#  [ 2.6056926   0.58565795]]
# <NDArray 10x2 @cpu(0)>
# [12.900783   7.9167986  0.7757994  1.9822563  1.1340928 -1.7613789
#   8.94575    7.352827   8.8079     7.4225383]
# <NDArray 10 @cpu(0)>
