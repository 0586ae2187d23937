"""Trainer: steps, several contexts, stale gradients, files."""

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, gluon, nd
from mxnb.gluon import nn

CONTEXTS = [mx.cpu(0), mx.cpu(1)]


def layer(ctx=None):
    net = nn.Dense(2, in_units=2)
    net.initialize(mx.init.One(), ctx=ctx)
    return net


def trainer_of(net, optimizer="sgd", params=None, **kwargs):
    return gluon.Trainer(net.collect_params(), optimizer, params or {"learning_rate": 0.5}, **kwargs)


def backward(net, contexts=(None,)):
    with autograd.record():
        losses = [net(nd.ones((1, 2), ctx=ctx)) * (i + 1) for i, ctx in enumerate(contexts)]
    for loss in losses:
        loss.backward()


def test_a_step_divides_by_the_batch_size():
    net = layer()
    trainer = trainer_of(net)
    backward(net)
    trainer.step(2)
    assert net.weight.data().asnumpy().tolist() == [[0.75, 0.75], [0.75, 0.75]]
    assert net.bias.data().asnumpy().tolist() == [-0.25, -0.25]


def test_rescale_grad_multiplies():
    net = layer()
    trainer = trainer_of(net, params={"rescale_grad": 0.5, "learning_rate": 1.0})
    backward(net)
    trainer.step(2)
    assert net.bias.data().asnumpy().tolist() == [-0.25, -0.25]


def test_weight_decay_reaches_biases_and_multipliers_count():
    net = layer()
    net.bias.set_data(nd.ones((2,)))
    net.weight.wd_mult = 0
    backward(net)
    trainer_of(net, params={"wd": 0.5, "learning_rate": 1.0}).step(1)
    assert net.weight.data().asnumpy().tolist() == [[0, 0], [0, 0]]
    assert net.bias.data().asnumpy().tolist() == [-0.5, -0.5]
    net = layer()
    net.bias.lr_mult = 0
    backward(net)
    trainer_of(net).step(1)
    assert net.bias.data().asnumpy().tolist() == [0, 0]


def test_stale_gradients():
    net = layer()
    trainer = trainer_of(net)
    with pytest.raises(UserWarning, match=r"Gradient of Parameter `.*bias` on context cpu.0. has not been updated"):
        trainer.step(1)
    trainer.step(1, ignore_stale_grad=True)
    assert net.weight.data().asnumpy().tolist() == [[1, 1], [1, 1]]
    backward(net)
    trainer.step(1)
    with pytest.raises(UserWarning, match="has not been updated"):
        trainer.step(1)
    trainer.allreduce_grads()
    with pytest.raises(UserWarning, match="has not been updated"):
        trainer.update(1)
    backward(net)
    trainer.allreduce_grads()
    trainer.update(1)


def test_a_parameter_without_gradient_stays():
    net = layer()
    net.weight.grad_req = "null"
    trainer = trainer_of(net)
    backward(net)
    trainer.step(1)
    assert net.weight.data().asnumpy().tolist() == [[1, 1], [1, 1]]
    assert net.bias.data().asnumpy().tolist() == [-0.5, -0.5]


@pytest.mark.parametrize("kvstore", ["device", "local", None])
@pytest.mark.parametrize("update_on_kvstore", [None, True, False])
def test_several_contexts(kvstore, update_on_kvstore):
    net = layer(CONTEXTS)
    if kvstore is None and update_on_kvstore:
        with pytest.raises(ValueError, match="needs a kvstore"):
            trainer_of(net, kvstore=None, update_on_kvstore=True)
        return
    trainer = trainer_of(
        net, params={"momentum": 0.9, "learning_rate": 0.1}, kvstore=kvstore, update_on_kvstore=update_on_kvstore
    )
    for _ in range(2):
        backward(net, CONTEXTS)
        trainer.step(2)
    weights = [w.asnumpy()[0, 0] for w in net.weight.list_data()]
    gradients = [g.asnumpy()[0, 0] for g in net.weight.list_grad()]
    np.testing.assert_allclose(weights, [0.855, 0.71] if kvstore is None else [0.565, 0.565], rtol=1e-6)
    assert gradients == ([3, 3] if kvstore and update_on_kvstore is False else [1, 2])
    if kvstore and update_on_kvstore is not False:
        for method, arguments in ((trainer.allreduce_grads, ()), (trainer.update, (1,))):
            with pytest.raises(AssertionError, match="when parameters are updated on kvstore is not supported"):
                method(*arguments)


def test_update_on_kvstore_with_one_context():
    net = layer()
    trainer = trainer_of(net, update_on_kvstore=True)
    backward(net)
    trainer.step(2)
    assert net.bias.data().asnumpy().tolist() == [-0.25, -0.25]
    net.bias.set_data(nd.ones((2,)))
    backward(net)
    trainer.step(2)
    assert net.bias.data().asnumpy().tolist() == [0.75, 0.75]


def test_learning_rate():
    net = layer()
    trainer = trainer_of(net)
    assert trainer.learning_rate == 0.5
    trainer.set_learning_rate(0.25)
    assert trainer.learning_rate == trainer.optimizer.learning_rate == 0.25
    scheduled = trainer_of(net, params={"lr_scheduler": mx.lr_scheduler.FactorScheduler(2)})
    with pytest.raises(UserWarning, match="lr_scheduler"):
        scheduled.set_learning_rate(1)


def test_optimizer_objects():
    net = layer()
    optimizer = mx.optimizer.SGD(learning_rate=0.5)
    trainer = gluon.Trainer(net.collect_params(), optimizer)
    assert trainer.optimizer is optimizer
    assert [param.name.rpartition("_")[2] for param in optimizer.param_dict.values()] == ["bias", "weight"]
    with pytest.raises(AssertionError, match="optimizer_params must be None"):
        gluon.Trainer(net.collect_params(), optimizer, {"learning_rate": 0.1})


def test_what_is_no_parameters():
    net = layer()
    with pytest.raises(ValueError, match="must be a list or dict of Parameters, got <class"):
        gluon.Trainer(net.weight, "sgd")
    with pytest.raises(ValueError, match="got list of <class 'int'>"):
        gluon.Trainer([1], "sgd")
    with pytest.raises(RuntimeError, match="has not been initialized"):
        gluon.Trainer(nn.Dense(2).collect_params(), "sgd")
    with pytest.raises(AssertionError, match="same set of contexts"):
        gluon.Trainer([net.weight, layer(CONTEXTS).weight], "sgd")


def test_deferred_parameters():
    net = nn.Dense(2)
    net.initialize()
    trainer = trainer_of(net)
    with pytest.raises(gluon.DeferredInitializationError):
        trainer.step(1)
    backward(net)
    trainer.step(1)


@pytest.mark.parametrize("update_on_kvstore", [None, True])
def test_states_go_through_a_file(tmp_path, update_on_kvstore):
    file = str(tmp_path / "x.states")
    params = {"learning_rate": 0.5, "momentum": 0.9}
    net, twin = layer(), layer()
    trainer = trainer_of(net, params=params, update_on_kvstore=update_on_kvstore)
    backward(net)
    trainer.step(1)
    trainer.save_states(file)
    for own, other in zip(net.collect_params().values(), twin.collect_params().values()):
        other.set_data(own.data())
    resumed = trainer_of(twin, params=params, update_on_kvstore=update_on_kvstore)
    resumed.load_states(file)
    for network, its_trainer in ((net, trainer), (twin, resumed)):
        backward(network)
        its_trainer.step(1)
    np.testing.assert_allclose(net.weight.data().asnumpy(), 1 - 0.5 - 0.95, rtol=1e-6)
    assert twin.weight.data().asnumpy().tolist() == net.weight.data().asnumpy().tolist()
