"""Whole trainings: interrupted and resumed, on several contexts, with parts of networks; in Gluon and in Module."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, gluon, nd, sym

nn = gluon.nn
RNG = np.random.RandomState(0)
ONE = (mx.cpu(),)
IMAGES, CLASSES = RNG.uniform(size=(48, 1, 8, 8)).astype("float32"), RNG.randint(0, 10, 48).astype("float32")


def fill(params, seed=0):
    """Parameters that do not depend on the library's random numbers."""
    rng = np.random.RandomState(seed)
    for name, param in params.items():
        param.set_data(nd.array(rng.uniform(0.5, 1, param.shape) if "var" in name else rng.normal(0, 0.3, param.shape)))


def network(prefix="net_"):
    net = nn.HybridSequential(prefix=prefix)
    with net.name_scope():
        net.add(nn.Conv2D(4, 3, in_channels=1, activation="relu"), nn.BatchNorm(in_channels=4), nn.MaxPool2D())
        net.add(nn.Dense(10, in_units=36))
    net.initialize()
    fill(net.collect_params())
    return net


def steps(net, trainer, first, last, contexts=ONE):
    """Losses of batches first … last of 12 samples."""
    loss_of = gluon.loss.SoftmaxCrossEntropyLoss()
    losses = []
    for i in range(first, last):
        part = slice(i % 4 * 12, i % 4 * 12 + 12)
        xs = gluon.utils.split_and_load(IMAGES[part], list(contexts))
        ys = gluon.utils.split_and_load(CLASSES[part], list(contexts))
        with autograd.record():
            parts = [loss_of(net(x), y) for x, y in zip(xs, ys)]
        autograd.backward(parts)
        trainer.step(12)
        losses.append(sum(p.sum().asscalar() for p in parts) / 12)
    return losses


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_gluon_resumes(optimizer, tmp_path):
    def trainer_of(net):
        schedule = mx.lr_scheduler.FactorScheduler(3, 0.5)
        return gluon.Trainer(
            net.collect_params(), optimizer, {"learning_rate": 0.05, "wd": 1e-3, "lr_scheduler": schedule, **more}
        )

    more = {"momentum": 0.9} if optimizer == "sgd" else {}
    net = network()
    whole = steps(net, trainer_of(net), 0, 8)
    net = network()
    trainer = trainer_of(net)
    first = steps(net, trainer, 0, 4)
    net.save_parameters(str(tmp_path / "net"))
    trainer.save_states(str(tmp_path / "states"))
    net = network("again_")
    net.load_parameters(str(tmp_path / "net"))
    net.hybridize()
    trainer = trainer_of(net)
    trainer.load_states(str(tmp_path / "states"))
    np.testing.assert_allclose(first + steps(net, trainer, 4, 8), whole, rtol=1e-5)
    assert whole[-1] < whole[0]


def test_module_resumes(tmp_path):
    def module_of(symbol):
        return mx.mod.Module(symbol, context=mx.cpu())

    data = mx.io.NDArrayIter(IMAGES, CLASSES, 12)
    symbol = sym.SoftmaxOutput(network()(sym.var("data")), name="softmax")
    params = {name: param.data() for name, param in network().collect_params().items()}
    split = lambda names: {n: params[n] for n in names if n in params}
    arguments = {"learning_rate": 0.05, "momentum": 0.9}
    start = {"arg_params": split(symbol.list_arguments()), "aux_params": split(symbol.list_auxiliary_states())}
    fit = {"optimizer_params": arguments, "eval_metric": "ce"}
    whole, prefix = module_of(symbol), str(tmp_path / "model")
    whole.fit(data, num_epoch=3, **start, **fit)
    half = module_of(symbol)
    half.fit(data, num_epoch=2, epoch_end_callback=mx.callback.module_checkpoint(half, prefix, 1, True), **start, **fit)
    loaded = mx.mod.Module.load(prefix, 2, load_optimizer_states=True)
    with pytest.warns(UserWarning, match="already initialized"):  # as MXNet warns
        loaded.fit(data, begin_epoch=2, num_epoch=3, **fit)
    for expected, got in zip(whole.get_params(), loaded.get_params()):
        for name, value in expected.items():
            np.testing.assert_allclose(got[name].asnumpy(), value.asnumpy(), rtol=1e-5, atol=1e-6, err_msg=name)


def test_two_contexts_equal_one():
    results = []
    for contexts in ([mx.cpu(0)], [mx.cpu(0), mx.cpu(1)]):
        net = nn.HybridSequential(prefix="n_")
        net.add(nn.Conv2D(4, 3, in_channels=1, activation="tanh", prefix="c_"), nn.Dense(10, in_units=144, prefix="d_"))
        net.initialize(ctx=contexts)
        fill(net.collect_params())
        net.hybridize()
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9})
        results.append(steps(net, trainer, 0, 5, contexts))
    np.testing.assert_allclose(results[1], results[0], rtol=1e-5)


def test_gradients_add_up_over_small_batches():
    nets = [network(), network()]
    for net in nets:
        net.collect_params(".*running.*").setattr("grad_req", "null")
        net[1]._kwargs["use_global_stats"] = True
    loss_of = gluon.loss.L2Loss()
    for net, size in zip(nets, (12, 4)):
        if size < 12:
            net.collect_params("(?!.*running).*").setattr("grad_req", "add")
        for start in range(0, 12, size):
            with autograd.record():
                loss = loss_of(net(nd.array(IMAGES[start : start + size])), nd.ones((size, 10)))
            loss.backward()
        gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1}).step(12)
    for a, b in zip(nets[0].collect_params().values(), nets[1].collect_params().values()):
        np.testing.assert_allclose(a.data().asnumpy(), b.data().asnumpy(), rtol=1e-4, atol=1e-6)


def test_features_and_fine_tuning(tmp_path):
    net = network()
    net.hybridize()
    images = nd.array(IMAGES[:4])
    expected = net(images).asnumpy()
    net.export(str(tmp_path / "net"), epoch=1)

    symbol, arg_params, aux_params = mx.model.load_checkpoint(str(tmp_path / "net"), 1)
    features = symbol.get_internals()["net_pool0_fwd_output"]
    module = mx.mod.Module(features, label_names=None)
    module.bind([("data", (4, 1, 8, 8))], for_training=False)
    module.set_params(arg_params, aux_params, allow_extra=True)
    module.forward(mx.io.DataBatch([images]))
    pooled = module.get_outputs()[0]
    assert pooled.shape == (4, 4, 3, 3)

    both = gluon.SymbolBlock(sym.Group([features, symbol]), sym.var("data"))
    both.load_parameters(str(tmp_path / "net-0001.params"))
    for got, want in zip(both(images), (pooled.asnumpy(), expected)):
        np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-5, atol=1e-6)

    body = gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net-0001.params"))
    body.collect_params().setattr("grad_req", "null")
    tuned = nn.HybridSequential()
    tuned.add(body, nn.Dense(2, in_units=10))
    tuned[1].initialize()
    tuned.hybridize()
    head = tuned[1].weight.data().asnumpy()
    trainer = gluon.Trainer(tuned.collect_params(), "sgd", {"learning_rate": 0.1})
    with autograd.record():
        loss = gluon.loss.SoftmaxCrossEntropyLoss()(tuned(images), nd.array([0, 1, 0, 1]))
    loss.backward()
    trainer.step(4)
    np.testing.assert_allclose(body(images).asnumpy(), expected, rtol=1e-5, atol=1e-6)
    assert (tuned[1].weight.data().asnumpy() != head).any()


def test_two_trainers_change_their_own_networks():
    generator, critic = nn.Dense(2, in_units=3, prefix="G_"), nn.Dense(1, in_units=2, prefix="D_")
    for net in (generator, critic):
        net.initialize(mx.init.Normal(0.5))
    values = lambda net: [p.data().asnumpy() for p in net.collect_params().values()]
    trainers = [gluon.Trainer(n.collect_params(), "adam", {"learning_rate": 0.05}) for n in (generator, critic)]
    loss_of = gluon.loss.SigmoidBinaryCrossEntropyLoss()
    noise, real = nd.random.normal(shape=(8, 3)), nd.random.normal(2, 1, shape=(8, 2))
    before = values(generator), values(critic)
    with autograd.record():
        loss = loss_of(critic(real), nd.ones(8)) + loss_of(critic(generator(noise).detach()), nd.zeros(8))
    loss.backward()
    trainers[1].step(8)
    assert all((a == b).all() for a, b in zip(before[0], values(generator)))
    assert any((a != b).any() for a, b in zip(before[1], values(critic)))
    before = values(generator), values(critic)
    with autograd.record():
        loss = loss_of(critic(generator(noise)), nd.ones(8))
    loss.backward()
    trainers[0].step(8)
    assert any((a != b).any() for a, b in zip(before[0], values(generator)))
    assert all((a == b).all() for a, b in zip(before[1], values(critic)))


def test_half_precision_trains():
    net = network()
    net.cast("float16")
    assert net[1].gamma.dtype == "float32"
    trainer = gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9, "multi_precision": True}
    )
    loss_of = gluon.loss.SoftmaxCrossEntropyLoss()
    x, y = nd.array(IMAGES, dtype="float16"), nd.array(CLASSES)
    losses = []
    for i in range(12):
        with autograd.record():
            loss = loss_of(net(x).astype("float32"), y)
        loss.backward()
        trainer.step(48)
        losses.append(loss.mean().asscalar())
        if i == 5:
            net.hybridize()
    assert losses[-1] < 0.8 * losses[0]
    assert net[0].weight.data().dtype == np.float16


def test_batches_of_changing_shape():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, 3, in_channels=1), nn.GlobalAvgPool2D(), nn.Dense(2, in_units=3))
    net.initialize()
    for batch, size in ((1, 5), (40, 6), (2, 30), (1, 5)):
        x = nd.array(np.random.RandomState(size).uniform(size=(batch, 1, size, size)))
        results = []
        for active in (False, True):
            net.hybridize(active)
            with autograd.record():
                loss = net(x).square().sum()
            loss.backward()
            results.append((loss.asscalar(), net[0].weight.grad().asnumpy()))
        assert results[0][0] == pytest.approx(results[1][0], rel=1e-5)
        np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-4, atol=1e-6)


def test_matrix_factorisation_and_own_optimizer():
    @mx.optimizer.register
    class SignDescent(mx.optimizer.Optimizer):
        """Fixed steps."""

        def update(self, index, weight, grad, state):
            self._update_count(index)
            weight[:] = weight - self._get_lr(index) * nd.sign(grad)

    class Factors(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.users, self.items = nn.Embedding(6, 3), nn.Embedding(8, 3)

        def hybrid_forward(self, F, user, item):
            return (self.users(user) * self.items(item)).sum(axis=-1)

    net = Factors()
    net.initialize(mx.init.Uniform(1))
    net.hybridize()
    rng = np.random.RandomState(0)
    ratings = rng.uniform(size=(6, 2)).dot(rng.uniform(size=(2, 8)))
    user, item = (nd.array(i.ravel()) for i in np.indices((6, 8)))
    trainer = gluon.Trainer(net.collect_params(), "signdescent", {"learning_rate": 0.02})
    for _ in range(60):
        with autograd.record():
            loss = gluon.loss.L1Loss()(net(user, item), nd.array(ratings.ravel()))
        loss.backward()
        trainer.step(48)
    assert loss.mean().asscalar() < 0.15
