"""Modules: every step by itself, several devices, changing shapes, files, and the other kinds of modules."""

import logging
import math

import numpy as np
import pytest

import mxnb as mx
from mxnb.io import DataBatch, DataDesc, NDArrayIter

rng = np.random.RandomState(0)
X, Y = rng.rand(20, 5).astype("float32"), rng.randint(0, 3, 20).astype("float32")
WEIGHTS = {
    "fc1_weight": rng.randn(4, 5),
    "fc1_bias": rng.randn(4),
    "fc2_weight": rng.randn(3, 4),
    "fc2_bias": rng.randn(3),
}
BOUND = {"data_shapes": [("data", (5, 5))], "label_shapes": [("softmax_label", (5,))]}


def network():
    net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=4, name="fc1")
    net = mx.sym.FullyConnected(mx.sym.Activation(net, act_type="relu"), num_hidden=3, name="fc2")
    return mx.sym.SoftmaxOutput(net, name="softmax")


def weights():
    return {name: mx.nd.array(value) for name, value in WEIGHTS.items()}


def batches(size=5, **options):
    return NDArrayIter(X, Y, size, **options)


def made(contexts=None, optimizer=True, shapes=BOUND, **options):
    module = mx.mod.Module(network(), context=contexts)
    module.bind(**shapes, **options)
    module.init_params(arg_params=weights())
    if optimizer:
        module.init_optimizer(optimizer_params={"learning_rate": 0.5, "momentum": 0.9, "wd": 0.1})
    return module


class Numpy:
    """The same network, its gradients and SGD by hand."""

    def __init__(self):
        self.p = {name: value.copy() for name, value in WEIGHTS.items()}
        self.m = dict.fromkeys(self.p, 0)

    def forward(self, x):
        self.x = x
        self.h = np.maximum(x @ self.p["fc1_weight"].T + self.p["fc1_bias"], 0)
        z = np.exp(self.h @ self.p["fc2_weight"].T + self.p["fc2_bias"])
        self.y = z / z.sum(1, keepdims=True)
        return self.y

    def backward(self, label):
        d = self.y - np.eye(3)[label.astype(int)]
        dh = (d @ self.p["fc2_weight"]) * (self.h > 0)
        return {"fc2_weight": d.T @ self.h, "fc2_bias": d.sum(0), "fc1_weight": dh.T @ self.x, "fc1_bias": dh.sum(0)}

    def update(self, grads, size, lr=0.5, momentum=0.9, wd=0.1):
        for name, g in grads.items():
            decay = wd if name.endswith("_weight") else 0
            self.m[name] = momentum * self.m[name] - lr * (g / size + decay * self.p[name])
            self.p[name] = self.p[name] + self.m[name]


def assert_equals(module, expected, **tolerance):
    found = module.get_params()[0]
    for name, value in expected.items():
        np.testing.assert_allclose(found[name].asnumpy(), value, rtol=1e-4, atol=1e-5, err_msg=name, **tolerance)


# --- Training --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("devices", "kvstore"), [(1, "local"), (1, None), (1, "object"), (2, "local"), (2, "device"), (2, "object")]
)
def test_training_is_that_of_formulas(devices, kvstore):
    kvstore = mx.kv.create("local") if kvstore == "object" else kvstore
    reference = Numpy()
    module = mx.mod.Module(network(), context=[mx.cpu(i) for i in range(devices)])
    module.bind([("data", (10, 5))], [("softmax_label", (10,))])
    module.init_params(arg_params=weights())
    params = {"learning_rate": 0.5, "momentum": 0.9, "wd": 0.1}
    module.init_optimizer(kvstore=kvstore, optimizer_params=params)
    for batch in list(batches(10)) * 2:
        x, y = batch.data[0].asnumpy(), batch.label[0].asnumpy()
        module.forward(batch, is_train=True)
        np.testing.assert_allclose(module.get_outputs()[0].asnumpy(), reference.forward(x), rtol=1e-4, atol=1e-6)
        module.backward()
        grads = reference.backward(y)
        for name, parts in zip(module._exec_group.param_names, module._exec_group.grad_arrays):
            np.testing.assert_allclose(sum(g.asnumpy() for g in parts), grads[name], rtol=1e-3, atol=1e-5)
        module.update()
        reference.update(grads, 10)
    assert_equals(module, reference.p)


def test_devices_without_a_store_go_their_own_ways():
    module = mx.mod.Module(network(), context=[mx.cpu(0), mx.cpu(1)])
    module.bind([("data", (4, 5))], [("softmax_label", (4,))])
    module.init_params(arg_params=weights())
    module.init_optimizer(kvstore=None, optimizer_params={"learning_rate": 0.5})
    module.forward_backward(next(batches(4)))
    module.update()
    halves = []
    for part in (slice(0, 2), slice(2, 4)):
        half = Numpy()
        half.forward(X[part])
        half.update(half.backward(Y[part]), 4, momentum=0, wd=0)
        halves.append(half.p)
    assert_equals(module, {name: (halves[0][name] + halves[1][name]) / 2 for name in WEIGHTS})


def test_multipliers_and_names_reach_the_optimizer():
    module = made()
    assert module._optimizer.rescale_grad == 0.2
    assert module._optimizer.idx2name == dict(enumerate(WEIGHTS))
    assert module._optimizer.wd_mult == {"fc1_bias": 0.0, "fc2_bias": 0.0}
    module = mx.mod.Module(network())
    module.bind(**BOUND)
    module.init_params()
    with pytest.warns(UserWarning, match="rescale_grad is 1.0"):
        module.init_optimizer(optimizer=mx.optimizer.Adam())
    assert module._optimizer.idx2name == dict(enumerate(WEIGHTS))


def test_fit_calls_everyone(caplog):
    caplog.set_level(logging.INFO)
    calls = []
    monitor = mx.mon.Monitor(100)
    module = mx.mod.Module(network())
    module.fit(
        batches(),
        eval_data=batches(),
        eval_metric=["acc", "ce"],
        num_epoch=3,
        begin_epoch=1,
        arg_params=weights(),
        optimizer_params={"learning_rate": 0.1},
        monitor=monitor,
        batch_end_callback=[lambda param: calls.append(("batch", param.epoch, param.nbatch))],
        epoch_end_callback=lambda epoch, symbol, args, aux: calls.append(
            ("epoch", epoch, sorted(args) == sorted(WEIGHTS))
        ),
        eval_batch_end_callback=lambda param: calls.append(("eval", param.epoch, param.nbatch)),
        eval_end_callback=lambda param: calls.append(("end", param.epoch, param.nbatch)),
    )
    epoch = (
        [("batch", 1, i) for i in range(4)]
        + [("epoch", 1, True)]
        + [("eval", 1, i) for i in range(4)]
        + [("end", 1, 4)]
    )
    assert calls == epoch + [(what, 2, n) for what, _, n in epoch]
    assert monitor.step == 8
    lines = [message for message in caplog.messages if message.startswith("Epoch[2]")]
    assert [line.split("=")[0] for line in lines] == [
        "Epoch[2] Train-accuracy", "Epoch[2] Train-cross-entropy", "Epoch[2] Time cost",
        "Epoch[2] Validation-accuracy", "Epoch[2] Validation-cross-entropy",
    ]  # fmt: skip


def test_the_metric_of_an_epoch_survives_a_speedometer(caplog):
    caplog.set_level(logging.INFO)
    mx.mod.Module(network()).fit(batches(), num_epoch=1, batch_end_callback=mx.callback.Speedometer(5, 1))
    assert not any("Train-accuracy=nan" in message for message in caplog.messages)


def test_fit_learns():
    mx.random.seed(0)
    labels = (X[:, 0] > X[:, 1]).astype("float32")
    module = mx.mod.Module(network())
    iterator = NDArrayIter(X, labels, 5, shuffle=True)
    np.random.seed(0)
    module.fit(
        iterator, num_epoch=60, initializer=mx.init.Xavier(), optimizer="adam", optimizer_params={"learning_rate": 0.05}
    )
    assert module.score(iterator, "acc")[0][1] > 0.9


# --- Evaluation ------------------------------------------------------------------------------------------------------


def test_predict_drops_padding_and_merges():
    module, want = made(), Numpy().forward(X)
    for size in (5, 6, 20, 32):
        np.testing.assert_allclose(module.predict(batches(size)).asnumpy(), want, rtol=1e-4)
    parts = module.predict(batches(6), merge_batches=False)
    assert [part[0].shape for part in parts] == [(6, 3)] * 3 + [(2, 3)]
    assert module.predict(batches(), num_batch=2).shape == (10, 3)
    assert isinstance(module.predict(batches(), always_output_list=True), list)
    for x in (X[:7], mx.nd.array(X[:7])):
        np.testing.assert_allclose(module.predict(x).asnumpy(), want[:7], rtol=1e-4)
    found = [(number, outputs[0].shape, batch.pad) for outputs, number, batch in module.iter_predict(batches(8))]
    assert found == [(0, (8, 3), 0), (1, (8, 3), 0), (2, (4, 3), 4)]


def test_predict_reads_no_more_batches_than_asked_for():
    iterator = batches(5)
    made().predict(iterator, num_batch=1)
    assert next(iterator).label[0].asnumpy().tolist() == Y[5:10].tolist()


def test_score():
    module, p = made(), Numpy().forward(X)
    accuracy, entropy = module.score(batches(10), ["acc", "ce"])
    assert accuracy == ("accuracy", (p.argmax(1) == Y).mean())
    assert entropy[1] == pytest.approx(-np.log(p[np.arange(20), Y.astype(int)]).mean(), rel=1e-4)
    assert module.score(batches(5), "acc", num_batch=2) == [("accuracy", (p.argmax(1) == Y)[:10].mean())]


def test_update_metric_on_two_devices():
    metric = mx.metric.create("ce")
    module = made(
        [mx.cpu(0), mx.cpu(1)], shapes={"data_shapes": [("data", (10, 5))], "label_shapes": [("softmax_label", (10,))]}
    )
    batch = next(batches(10))
    module.forward(batch, is_train=False)
    module.update_metric(metric, batch.label)
    p = Numpy().forward(X[:10])
    assert metric.get()[1] == pytest.approx(-np.log(p[np.arange(10), Y[:10].astype(int)]).mean(), rel=1e-4)


# --- Shapes ----------------------------------------------------------------------------------------------------------


def test_batches_of_other_sizes_bind_anew():
    class Batch:  # anything with data and label will do
        def __init__(self, size):
            self.data, self.label = [mx.nd.array(X[:size])], [mx.nd.array(Y[:size])]

    module, reference = made(), Numpy()
    for size in (2, 5, 7, 2):
        module.forward(Batch(size), is_train=True)
        assert module.data_shapes == [("data", (size, 5))]
        assert module.label_shapes == [("softmax_label", (size,))]
        assert module.output_shapes == [("softmax_output", (size, 3))]
        np.testing.assert_allclose(module.get_outputs()[0].asnumpy(), reference.forward(X[:size]), rtol=2e-4, atol=1e-6)
        module.backward()
        module.update()
        reference.update(reference.backward(Y[:size]), 5)
    assert_equals(module, reference.p)
    module.forward(DataBatch([mx.nd.array(X)]), is_train=False)  # without labels
    assert module.get_outputs()[0].shape == (20, 3)
    module.reshape([("data", (3, 5))], [("softmax_label", (3,))])
    assert module.output_shapes == [("softmax_output", (3, 3))]


def test_a_monitor_watches_other_sizes_too():
    module, monitor = made(), mx.mon.Monitor(1, pattern="softmax_output")
    module.install_monitor(monitor)
    monitor.tic()
    module.forward(DataBatch([mx.nd.array(X[:2])], [mx.nd.array(Y[:2])]), is_train=False)
    assert [name for _, name, _ in monitor.toc()] == ["softmax_output"]


def test_parameters_never_change_shape():
    module = made()
    before = module._exec_group.param_arrays[0][0]
    with pytest.raises(mx.MXNetError, match="'fc1_weight' would be"):
        module.forward(DataBatch([mx.nd.ones((5, 6))], [mx.nd.ones((5,))]))
    module.forward(next(batches()))
    assert module._exec_group.param_arrays[0][0] is before


def test_layouts():
    net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, flatten=False, name="fc")
    net = mx.sym.identity(net, name="out", __layout__="TNC")
    module = mx.mod.Module(net, label_names=None, context=[mx.cpu(0), mx.cpu(1)])
    module.bind([DataDesc("data", (3, 4, 5), layout="TNC")])
    module.init_params(mx.init.One())
    data = rng.rand(3, 4, 5)
    module.forward(DataBatch([mx.nd.array(data)]), is_train=False)
    assert [output.shape for output in module.get_outputs(False)[0]] == [(3, 2, 2)] * 2
    np.testing.assert_allclose(
        module.get_outputs()[0].asnumpy(), np.repeat(data.sum(2, keepdims=True), 2, 2), rtol=1e-5
    )


def test_a_batch_per_device():
    module = made(
        [mx.cpu(0), mx.cpu(1)], shapes={"data_shapes": [("data", (4, 5))], "label_shapes": [("softmax_label", (4,))]}
    )
    parts = [DataBatch([mx.nd.array(X[part])], [mx.nd.array(Y[part])]) for part in (slice(0, 2), slice(2, 4))]
    module.forward(parts)
    np.testing.assert_allclose(module.get_outputs()[0].asnumpy(), Numpy().forward(X[:4]), rtol=1e-4)
    metric = mx.metric.create("acc")
    module.update_metric(metric, [part.label for part in parts], pre_sliced=True)
    assert metric.num_inst == 4


def test_workloads_split_the_batch():
    module = mx.mod.Module(network(), context=[mx.cpu(0), mx.cpu(1)], work_load_list=[3, 1])
    module.bind([("data", (8, 5))], [("softmax_label", (8,))])
    assert module._exec_group.slices == [slice(0, 6), slice(6, 8)]
    with pytest.raises(ValueError, match="too small for 4 devices"):
        mx.mod.Module(network(), context=[mx.cpu(i) for i in range(4)]).bind(
            [("data", (3, 5))], [("softmax_label", (3,))]
        )


# --- Binding ---------------------------------------------------------------------------------------------------------


def test_input_gradients_and_requests():
    net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=1, name="fc")
    module = mx.mod.Module(net, label_names=None)
    module.bind([("data", (2, 3))], inputs_need_grad=True, grad_req="add")
    module.init_params(mx.init.One())
    for _ in range(2):
        module.forward(DataBatch([mx.nd.ones((2, 3))]), is_train=True)
        module.backward([mx.nd.array([[1], [2]])])
    assert module._exec_group.grad_arrays[0][0].asnumpy().tolist() == [[6, 6, 6]]
    assert module.get_input_grads()[0].asnumpy().tolist() == [[2, 2, 2], [4, 4, 4]]
    assert len(module.get_input_grads(merge_multi_context=False)[0]) == 1


def test_fixed_parameters_stay():
    module = mx.mod.Module(network(), fixed_param_names=["fc1_weight"])
    module.fit(batches(), num_epoch=1, arg_params=weights(), optimizer_params={"learning_rate": 0.5})
    found = module.get_params()[0]
    np.testing.assert_array_equal(found["fc1_weight"].asnumpy(), weights()["fc1_weight"].asnumpy())
    assert (found["fc1_bias"].asnumpy() != weights()["fc1_bias"].asnumpy()).any()
    assert [grads[0] is None for grads in module._exec_group.grad_arrays] == [True, False, False, False]


def test_bind_again(caplog):
    module = made()
    module.bind(data_shapes=[("data", (3, 5))])
    assert "Already bound" in caplog.text
    assert module.data_shapes == [("data", (5, 5))]
    module.forward_backward(next(batches()))
    module.update()
    trained = {name: array.asnumpy() for name, array in module.get_params()[0].items()}
    module.bind([("data", (4, 5))], [("softmax_label", (4,))], for_training=False, force_rebind=True)
    assert_equals(module, trained)
    module.forward(DataBatch([mx.nd.array(X[:4])]))
    with pytest.raises(AssertionError, match="for_training=True"):
        module.backward()


def test_shared_module_shares_parameters_and_optimizer():
    first = made()
    second = mx.mod.Module(network())
    second.bind([("data", (3, 5))], [("softmax_label", (3,))], shared_module=first)
    assert second.params_initialized
    assert second.optimizer_initialized
    second.forward_backward(DataBatch([mx.nd.array(X[:3])], [mx.nd.array(Y[:3])]))
    second.update()
    first.forward(next(batches()), is_train=False)
    reference = Numpy()
    reference.forward(X[:3])
    reference.update(reference.backward(Y[:3]), 5)
    np.testing.assert_allclose(first.get_outputs()[0].asnumpy(), reference.forward(X[:5]), rtol=1e-4)


def test_states_are_kept_between_batches():
    total = mx.sym.Variable("data") + mx.sym.Variable("state")
    module = mx.mod.Module(total, label_names=None, state_names=["state"])
    module.bind([("data", (2, 3))])
    module.init_params()
    module.set_states(value=2)
    batch = DataBatch([mx.nd.ones((2, 3))])
    for want in (3, 4):
        module.forward(batch, is_train=False)
        assert (module.get_outputs()[0].asnumpy() == want).all()
        module.set_states(states=module.get_outputs(merge_multi_context=False))
    assert (module.get_states(merge_multi_context=False)[0][0].asnumpy() == 4).all()


def test_a_network_without_parameters_fits():
    loss = mx.sym.SoftmaxOutput(mx.sym.Variable("data"), mx.sym.Variable("softmax_label"))
    module = mx.mod.Module(loss)
    module.fit(batches(), num_epoch=1)
    assert module.get_params() == ({}, {})


# --- Parameters and files --------------------------------------------------------------------------------------------


def test_init_params():
    module = mx.mod.Module(network())
    module.bind(**BOUND)
    with pytest.raises(RuntimeError, match="fc1_bias is not presented"):
        module.init_params(arg_params={"fc1_weight": weights()["fc1_weight"]})
    assert not module.params_initialized
    module.init_params(mx.init.One(), arg_params={"fc1_weight": weights()["fc1_weight"]}, allow_missing=True)
    found = module.get_params()[0]
    np.testing.assert_array_equal(found["fc1_weight"].asnumpy(), weights()["fc1_weight"].asnumpy())
    assert (found["fc2_weight"].asnumpy() == 1).all()
    assert (found["fc2_bias"].asnumpy() == 0).all()
    with pytest.warns(UserWarning, match="init_params call ignored"):
        module.init_params()
    module.init_params(mx.init.Zero(), force_init=True)
    assert (module.get_params()[0]["fc1_weight"].asnumpy() == 0).all()


def test_variables_may_have_their_own_initializer():
    weight = mx.sym.Variable("fc_weight", init=mx.init.Constant(7))
    module = mx.mod.Module(
        mx.sym.FullyConnected(mx.sym.Variable("data"), weight, num_hidden=2, name="fc"), label_names=None
    )
    module.bind([("data", (1, 3))])
    module.init_params()
    assert (module.get_params()[0]["fc_weight"].asnumpy() == 7).all()


def test_set_params():
    module = made()
    bias = mx.nd.ones((4,))
    module.set_params({"fc1_bias": bias}, {}, allow_missing=True)
    assert_equals(module, {**WEIGHTS, "fc1_bias": bias.asnumpy()})
    module.set_params({**weights(), "other": bias}, {})
    assert_equals(module, WEIGHTS)
    module.set_params({"other": bias}, {}, allow_missing=True, allow_extra=True)
    for arguments, error, text in (
        (({"fc1_bias": bias}, {}), RuntimeError, "fc1_weight is not presented"),
        (({**weights(), "fc1_bias": mx.nd.ones((3,))}, {}), mx.MXNetError, r"'fc1_bias' has shape \(4,\)"),
        (({"other": bias}, {}, True), ValueError, "other"),
    ):
        with pytest.raises(error, match=text):
            module.set_params(*arguments)


def test_averages_over_devices():
    net = mx.sym.LinearRegressionOutput(mx.sym.BatchNorm(mx.sym.Variable("data"), name="bn"), mx.sym.Variable("label"))
    module = mx.mod.Module(net, label_names=["label"], context=[mx.cpu(0), mx.cpu(1)])
    module.bind([("data", (4, 3))], [("label", (4, 3))])
    module.init_params()
    module.init_optimizer()
    x = rng.rand(4, 3)
    module.forward_backward(DataBatch([mx.nd.array(x)], [mx.nd.array(x)]))
    module.update()
    np.testing.assert_allclose(module.get_params()[1]["bn_moving_mean"].asnumpy(), 0.1 * x.mean(0), rtol=1e-5)


@pytest.mark.parametrize("contexts", [1, 2])
def test_checkpoint_continues_the_run(tmp_path, contexts):
    prefix, params = str(tmp_path / "net"), {"learning_rate": 0.5, "momentum": 0.9}
    shapes = {"data_shapes": [("data", (10, 5))], "label_shapes": [("softmax_label", (10,))]}
    devices = [mx.cpu(i) for i in range(contexts)]
    module = made(devices, optimizer=False, shapes=shapes)
    module.init_optimizer(optimizer_params=params)
    first, second = batches(10)
    module.forward_backward(first)
    module.update()
    module.save_checkpoint(prefix, 3, save_optimizer_states=True)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["net-0003.params", "net-0003.states", "net-symbol.json"]
    other = mx.mod.Module.load(prefix, 3, load_optimizer_states=True, context=devices)
    other.bind(**shapes)
    other.init_optimizer(optimizer_params=params)
    for one in (module, other):
        one.forward_backward(second)
        one.update()
    assert_equals(other, {name: array.asnumpy() for name, array in module.get_params()[0].items()})


def test_save_and_load_params(tmp_path):
    path = str(tmp_path / "x.params")
    module = made()
    module.save_params(path)
    assert sorted(mx.nd.load(path)) == sorted(f"arg:{name}" for name in WEIGHTS)
    module.init_params(mx.init.Zero(), force_init=True)
    module.load_params(path)
    assert_equals(module, WEIGHTS)


# --- Errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["data_names", "fixed_param_names", "state_names"])
def test_names_that_the_symbol_lacks(option):
    with pytest.raises(ValueError, match=f"{option}=.*no argument 'zz'; it has data"):
        mx.mod.Module(network(), **{option: ["zz"]})
    with pytest.warns(UserWarning, match="no argument 'zz'"):
        mx.mod.Module(network(), label_names=["zz"])


def test_steps_come_in_order():
    module = mx.mod.Module(network())
    batch = next(batches())
    for call in (lambda: module.data_shapes, lambda: module.forward(batch), module.init_params, module.get_params):
        with pytest.raises(AssertionError, match="call bind"):
            call()
    module.bind(**BOUND)
    for call in (lambda: module.forward(batch), module.init_optimizer):
        with pytest.raises(AssertionError, match="call init_params first"):
            call()
    module.init_params()
    with pytest.raises(AssertionError, match="call init_optimizer first"):
        module.update()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda m: m.fit(batches()), AssertionError, "num_epoch is missing"),
        (lambda m: m.get_input_grads(), AssertionError, "inputs_need_grad=False"),
        (lambda m: m.prepare(None, sparse_row_id_fn=max), mx.MXNetError, "sparse"),
        (lambda m: m.init_optimizer(optimizer="none", force_init=True), mx.MXNetError, "'none' is not registered"),
        (lambda m: m.init_optimizer(kvstore="none", force_init=True), mx.MXNetError, "'none' is not supported"),
        (lambda m: m.load_optimizer_states("/no/such/file"), mx.MXNetError, "cannot read '/no/such/file'"),
        (lambda m: m.forward(DataBatch([])), mx.MXNetError, "the batch has 0 arrays"),
        (lambda m: m.reshape([("x", (1, 5))]), ValueError, "do not match data_names"),
        (lambda m: m.get_states(), AssertionError, "merge_multi_context"),
    ],
)
def test_errors_say_what_is_wrong(call, error, text):
    with pytest.raises(error, match=text):
        call(made())


def test_bind_errors():
    with pytest.raises(AssertionError, match="needs for_training=True"):
        mx.mod.Module(network()).bind(**BOUND, for_training=False, inputs_need_grad=True)
    with pytest.raises(mx.MXNetError, match="different batch sizes"):
        mx.mod.Module(network()).bind([("data", (5, 5))], [("softmax_label", (4,))])
    with pytest.warns(UserWarning, match="do not match label_names"):
        mx.mod.Module(network()).bind([("data", (5, 5))])


# --- BucketingModule, SequentialModule, PythonModule -----------------------------------------------------------------


def bucket(length):
    net = mx.sym.Embedding(mx.sym.Variable("data"), input_dim=7, output_dim=4, name="embed")
    net = mx.sym.FullyConnected(mx.sym.sum(net, axis=1), num_hidden=3, name="fc")
    return mx.sym.SoftmaxOutput(net, name="softmax"), ("data",), ("softmax_label",)


def sequences(length, size=4):
    data = mx.nd.array(rng.randint(0, 7, (size, length)))
    return DataBatch(
        [data], [mx.nd.array(rng.randint(0, 3, size))], bucket_key=length,
        provide_data=[DataDesc("data", data.shape)], provide_label=[DataDesc("softmax_label", (size,))],
    )  # fmt: skip


def bucketing():
    module = mx.mod.BucketingModule(bucket, default_bucket_key=6)
    module.bind([("data", (4, 6))], [("softmax_label", (4,))])
    module.init_params(mx.init.Uniform(1))
    module.init_optimizer(optimizer_params={"learning_rate": 0.5, "momentum": 0.9})
    return module


def test_buckets_share_parameters_and_momentum():
    module = bucketing()
    single = {length: mx.mod.Module(bucket(length)[0]) for length in (6, 3, 2)}
    optimizer = None
    for length in (6, 3, 6, 2, 3):
        batch, one = sequences(length), single[length]
        args, aux = module.get_params()
        if not one.binded:
            one.bind(batch.provide_data, batch.provide_label)
        one.init_params(arg_params=args, aux_params=aux, force_init=True)
        one.init_optimizer(optimizer_params={"learning_rate": 0.5, "momentum": 0.9}, force_init=True)
        one._updater = optimizer = optimizer or one._updater
        for each in (module, one):
            each.forward_backward(batch)
            each.update()
        assert module.data_shapes == [("data", (4, length))]
        np.testing.assert_allclose(module.get_outputs()[0].asnumpy(), one.get_outputs()[0].asnumpy(), rtol=1e-5)
        assert_equals(module, {name: array.asnumpy() for name, array in one.get_params()[0].items()})


def test_bucketing_prepare_keeps_the_current_bucket():
    module = bucketing()
    module.forward(sequences(6))
    module.prepare(sequences(3))
    assert module.data_shapes == [("data", (4, 6))]
    assert module.get_outputs()[0].shape == (4, 3)


def test_bucketing_checkpoint(tmp_path):
    prefix = str(tmp_path / "net")
    module = bucketing()
    module.forward_backward(sequences(3))
    module.update()
    module.save_checkpoint(prefix, 1)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["net-0001.params", "net-3-symbol.json", "net-6-symbol.json", "net.buckets"]
    for generate in (bucket, None):
        loaded = mx.mod.BucketingModule.load(prefix, 1, generate, default_bucket_key=6)
        loaded.bind([("data", (4, 6))], [("softmax_label", (4,))])
        assert_equals(loaded, {name: array.asnumpy() for name, array in module.get_params()[0].items()})
    with pytest.raises(mx.MXNetError, match="no symbol for bucket 4"):
        loaded.forward(sequences(4))


def test_bucketing_fits():
    module = mx.mod.BucketingModule(bucket, default_bucket_key=6)

    class Sentences:
        provide_data, provide_label = [DataDesc("data", (4, 6))], [DataDesc("softmax_label", (4,))]

        def __iter__(self):
            return iter([sequences(length) for length in (3, 6, 2)])

        def reset(self):
            pass

    module.fit(Sentences(), eval_data=Sentences(), num_epoch=2)
    assert sorted(module._buckets) == [2, 3, 6]
    assert mx.mod.BucketModule is mx.mod.BucketingModule


def test_bucketing_errors():
    with pytest.raises(AssertionError, match="default_bucket_key is missing"):
        mx.mod.BucketingModule(bucket)
    module = bucketing()
    with pytest.raises(mx.MXNetError, match="needs provide_data"):
        module.forward(DataBatch([mx.nd.ones((4, 5))], bucket_key=5))

    def growing(length):
        net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=length, name=f"fc{length}")
        return mx.sym.SoftmaxOutput(net, name="softmax"), ["data"], ["softmax_label"]

    module = mx.mod.BucketingModule(growing, default_bucket_key=6)
    module.bind([("data", (4, 6))], [("softmax_label", (4,))])
    module.init_params()
    with pytest.raises(mx.MXNetError, match=r"bucket 3 has parameters .*'fc3_weight'.* lacks"):
        module.forward(sequences(3))


def halves():
    first = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=4, name="fc1")
    last = mx.sym.FullyConnected(mx.sym.Variable("hidden"), num_hidden=3, name="fc2")
    return mx.sym.Activation(first, act_type="relu"), mx.sym.SoftmaxOutput(last, name="softmax")


def test_a_chain_trains_as_the_whole():
    first, last = halves()
    chain = mx.mod.SequentialModule()
    chain.add(mx.mod.Module(first, label_names=None))
    chain.add(mx.mod.Module(last, data_names=["hidden"]), take_labels=True, auto_wiring=True)
    assert (chain.data_names, chain.output_names) == (["data"], ["softmax_output"])
    chain.bind(**BOUND, inputs_need_grad=True)
    assert chain.output_shapes == [("softmax_output", (5, 3))]
    chain.init_params(arg_params=weights())
    chain.init_optimizer(optimizer_params={"learning_rate": 0.5, "momentum": 0.9, "wd": 0.1})
    reference, metric = Numpy(), mx.metric.create("acc")
    for batch in batches():
        chain.forward_backward(batch)
        chain.update()
        chain.update_metric(metric, batch.label)
        reference.forward(batch.data[0].asnumpy())
        reference.update(reference.backward(batch.label[0].asnumpy()), 5)
    assert_equals(chain, reference.p)
    assert metric.num_inst == 20
    assert chain.get_input_grads()[0].shape == (5, 5)
    assert chain.score(batches(), "acc")[0][0] == "accuracy"


def test_chain_errors():
    with pytest.raises(AssertionError, match="call add first"):
        mx.mod.SequentialModule().bind(**BOUND)
    with pytest.raises(mx.MXNetError, match="unknown option 'labels'"):
        mx.mod.SequentialModule().add(mx.mod.Module(network()), labels=True)
    chain = mx.mod.SequentialModule().add(mx.mod.Module(halves()[0], label_names=None))
    chain.add(mx.mod.Module(halves()[0], label_names=None), auto_wiring=True)
    chain.bind(**{**BOUND, "data_shapes": [("data", (5, 4))]})
    with pytest.raises(mx.MXNetError, match="modules 0 and 1 both have a parameter 'fc1"):
        chain.init_params()


def test_python_loss():
    chain = mx.mod.SequentialModule().add(mx.mod.Module(network().get_internals()["fc2_output"], label_names=None))

    def gradient(scores, labels):
        p = mx.nd.softmax(scores).asnumpy()
        return p - np.eye(3)[labels.asnumpy().astype(int)]

    chain.add(mx.mod.PythonLossModule(grad_func=gradient), take_labels=True, auto_wiring=True)
    chain.bind(**BOUND)
    assert chain.output_shapes == [("pyloss_output", (5, 3))]
    chain.init_params(arg_params=weights(), allow_missing=True)
    chain.init_optimizer(optimizer_params={"learning_rate": 0.5, "momentum": 0.9, "wd": 0.1})
    reference = Numpy()
    for batch in batches():
        chain.forward_backward(batch)
        chain.update()
        reference.forward(batch.data[0].asnumpy())
        reference.update(reference.backward(batch.label[0].asnumpy()), 5)
    assert_equals(chain, reference.p)
    loss = chain._modules[1]
    for call, error in (
        (lambda: loss.backward([1]), AssertionError),
        (lambda: loss.install_monitor(None), NotImplementedError),
    ):
        with pytest.raises(error):
            call()


def test_python_module():
    class Double(mx.mod.PythonModule):
        def _compute_output_shapes(self):
            return [("double_output", self.data_shapes[0].shape)]

        def forward(self, data_batch, is_train=None):
            self.output = data_batch.data[0] * 2

        def get_outputs(self, merge_multi_context=True):
            return [self.output]

    module = Double(["data"], None, ["double_output"])
    module.bind([("data", (5, 5))])
    module.init_params()
    assert module.output_shapes == [("double_output", (5, 5))]
    np.testing.assert_allclose(module.predict(NDArrayIter(X, batch_size=5)).asnumpy(), 2 * X)
    assert module.get_params() == ({}, {})
    metric = mx.metric.create("acc")
    module.update_metric(metric, None)
    assert math.isnan(metric.get()[1])


def test_base_module_says_what_a_module_needs():
    with pytest.raises(NotImplementedError, match="BaseModule needs forward"):
        mx.mod.BaseModule().forward(None)
