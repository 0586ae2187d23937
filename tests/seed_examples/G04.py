"""prose: new initializer, optimizer, lr_scheduler."""

import mxnb as mx


class MyInit(mx.init.Initializer):
    def _init_weight(self, name, arr):
        arr[:] = 5

    def _init_bias(self, name, arr):
        arr[:] = 2


@mx.optimizer.Optimizer.register
class MyOpt(mx.optimizer.Optimizer):
    def create_state(self, index, weight):
        return mx.nd.zeros(weight.shape)

    def update(self, index, weight, grad, state):
        self._update_count(index)
        weight[:] = weight - self._get_lr(index) * grad


class MySched(mx.lr_scheduler.LRScheduler):
    def __call__(self, num_update):
        return self.base_lr / (1 + num_update)


w, b, g = mx.nd.zeros((2,)), mx.nd.zeros((2,)), mx.nd.zeros((2,))
init = MyInit()
init(mx.init.InitDesc("fc_weight"), w)
init(mx.init.InitDesc("fc_bias"), b)
init(mx.init.InitDesc("bn_gamma"), g)
print(w.asnumpy(), b.asnumpy(), g.asnumpy())
opt = mx.optimizer.create("myopt", learning_rate=1.0, lr_scheduler=MySched())
upd = mx.optimizer.get_updater(opt)
upd(0, mx.nd.ones((2,)), w)
print(w.asnumpy())
upd(0, mx.nd.ones((2,)), w)
print(w.asnumpy())

# prints:
# [5. 5.] [2. 2.] [1. 1.]
# [4.5 4.5]
# [4.1666665 4.1666665]
