"""model, initializer, trainer, training loop."""

# continues: H12

from mxnb import gluon

net = gluon.nn.Sequential()
with net.name_scope():
    net.add(gluon.nn.Dense(1))
net.collect_params().initialize(mx.init.Normal(sigma=1))
learning_rate, weight_decay, epochs = 0.03, 0.0, 3
square_loss = gluon.loss.L2Loss()
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": learning_rate, "wd": weight_decay})
data_iter_train = data_iter


def test(net, X, y):
    return square_loss(net(X), y).mean().asscalar()


train_loss = []
for e in range(epochs):
    for data, label in data_iter_train:
        with autograd.record():
            output = net(data)
            loss = square_loss(output, label)
        loss.backward()
        trainer.step(batch_size)
    train_loss.append(test(net, features, labels))
print(train_loss[-1] < 0.001, net[0].weight.data().shape)
print(net[0].weight.name.endswith("dense0_weight"), net[0].bias.name.endswith("dense0_bias"))

# prints:
# True (1, 2)
# True True
