"""gluon layers."""

# random: rounding, 1.9.1's logarithm is exact to 3e-6

import mxnb as mx
from mxnb import nd, gluon
from mxnb.gluon import nn


def run(layer, shape):
    layer.initialize()
    out = layer(nd.ones(shape))
    print(layer, out.shape)


run(nn.Flatten(), (2, 3, 4))
run(nn.Conv2D(1, kernel_size=(1, 2)), (1, 1, 6, 8))
run(nn.Conv2D(channels=6, kernel_size=5, activation="sigmoid"), (1, 1, 28, 28))
run(nn.MaxPool2D(pool_size=2, strides=2), (1, 6, 24, 24))
run(nn.Dense(256, activation="relu"), (2, 20))
run(nn.Activation("relu"), (2, 3))
run(nn.BatchNorm(axis=1), (2, 3, 4, 4))
loss = gluon.loss.SoftmaxCrossEntropyLoss()
print(loss(nd.array([[1, 2], [3, 1]]), nd.array([1, 0])))

# prints:
# Flatten (2, 12)
# Conv2D(1 -> 1, kernel_size=(1, 2), stride=(1, 1)) (1, 1, 6, 7)
# Conv2D(1 -> 6, kernel_size=(5, 5), stride=(1, 1), Activation(sigmoid)) (1, 6, 24, 24)
# MaxPool2D(size=(2, 2), stride=(2, 2), padding=(0, 0), ceil_mode=False, global_pool=False, pool_type=max, layout=NCHW) (1, 6, 12, 12)
# Dense(20 -> 256, Activation(relu)) (2, 256)
# Activation(relu) (2, 3)
# BatchNorm(axis=1, eps=1e-05, momentum=0.9, fix_gamma=False, use_global_stats=False, in_channels=3) (2, 3, 4, 4)
#
# [0.3132598  0.12692489]
# <NDArray 2 @cpu(0)>
