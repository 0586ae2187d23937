"""Key-value stores: sums over devices, updates, states."""

import numpy as np
import pytest

import mxnb as mx

ONE = mx.nd.ones((2,))


def pulled(store, key, shape=(2,)):
    out = mx.nd.zeros(shape)
    store.pull(key, out=out)
    return out.asnumpy().tolist()


@pytest.fixture(params=["local", "device", "local_update_cpu", "local_allreduce_cpu", "local_allreduce_device"])
def store(request):
    made = mx.kv.create(request.param)
    assert (made.type, made.rank, made.num_workers) == (request.param, 0, 1)
    assert made.is_capable("optimizer")
    return made


def test_push_replaces_by_the_sum_over_devices(store):
    store.init(3, ONE * 2)
    assert pulled(store, 3) == [2, 2]
    store.push(3, ONE * 8)
    assert pulled(store, 3) == [8, 8]
    store.push(3, [mx.nd.ones((2,), mx.cpu(i)) for i in range(4)])
    assert pulled(store, 3) == [4, 4]
    store.push([3, 3], [ONE, ONE * 5])  # a key that comes twice is one sum
    assert pulled(store, 3) == [6, 6]


def test_lists_of_keys(store):
    store.init(["a", "b"], [ONE, ONE * 2])
    store.push(["a", "b"], [[ONE, ONE], [ONE, ONE * 3]])
    outs = [[mx.nd.zeros((2,), mx.cpu(i)) for i in range(2)] for _ in range(2)]
    store.pull(["a", "b"], out=outs)
    assert [[out.asnumpy()[0] for out in some] for some in outs] == [[2, 2], [4, 4]]
    assert outs[1][1].context == mx.cpu(1)


def test_pushpull_and_broadcast(store):
    a, b = mx.nd.zeros((2,)), mx.nd.zeros((2,))
    store.broadcast("w", ONE * 6, out=[a, b])
    assert a.asnumpy().tolist() == b.asnumpy().tolist() == [6, 6]
    store.pushpull("w", [ONE, ONE * 2], out=a)
    assert a.asnumpy().tolist() == [3, 3]
    values = [ONE * 9, ONE.copy()]
    store.pushpull("w", values)
    assert [value.asnumpy()[0] for value in values] == [10, 10]


def test_values_are_copied(store):
    value = mx.nd.ones((2,))
    store.init(0, value)
    value[:] = 5
    assert pulled(store, 0) == [1, 1]
    store.push(0, value)
    value[:] = 7
    assert pulled(store, 0) == [5, 5]


def test_updater(store):
    seen = []

    def update(key, pushed, stored):
        seen.append(key)
        stored += pushed * 2

    store._set_updater(update)
    store.init(["a", "b"], [ONE, ONE])
    store.push("a", [ONE, ONE])
    store.push(["b", "a"], [ONE, ONE])
    assert seen == ["a", "b", "a"]
    assert pulled(store, "a") == [7, 7]


def test_optimizer_and_its_states(store, tmp_path):
    path = str(tmp_path / "x.states")
    store.init([0, 1], [ONE, ONE * 2])
    store.set_optimizer(mx.optimizer.SGD(learning_rate=0.5, momentum=0.5))
    store.push([0, 1], [ONE, ONE])
    store.save_optimizer_states(path, dump_optimizer=True)
    other = mx.kv.create("local")
    other.init([0, 1], [ONE * 0.5, ONE * 1.5])
    other.set_optimizer(mx.optimizer.SGD())
    other.load_optimizer_states(path)
    for one in (store, other):
        one.push([0, 1], [ONE, ONE])
    assert pulled(store, 0) == pulled(other, 0) == [-0.25, -0.25]
    assert other._updater.optimizer.num_update == 2


def test_states_in_a_missing_file_or_folder(store, tmp_path):
    store.set_optimizer(mx.optimizer.SGD())
    for call in (store.load_optimizer_states, store.save_optimizer_states):
        with pytest.raises(mx.MXNetError, match="none"):
            call(str(tmp_path / "none" / "x"))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda kv: kv.init(3, ONE), "key 3 is there already"),
        (lambda kv: kv.init("a", ONE), "cannot be mixed"),
        (lambda kv: kv.push([3, "a"], [ONE, ONE]), "cannot be mixed"),
        (lambda kv: kv.init(2.5, ONE), "int or a str"),
        (lambda kv: kv.push(9, ONE), "key 9 was not initialized"),
        (lambda kv: kv.pull(9, out=ONE), "key 9 was not initialized"),
        (lambda kv: kv.pull(3), "out is missing"),
        (lambda kv: kv.push([3, 3], [ONE]), "1 values for 2 keys"),
        (lambda kv: kv.push(3, mx.nd.ones((3,))), r"holds shape \(2,\), got an array of shape \(3,\)"),
        (lambda kv: kv.pull(3, out=mx.nd.ones((3,))), r"holds shape \(2,\)"),
        (lambda kv: kv.push(3, np.ones(2)), "needs NDArrays, got ndarray"),
        (lambda kv: kv.row_sparse_pull(3, out=ONE, row_ids=ONE), "not supported"),
        (lambda kv: kv.set_gradient_compression({"type": "2bit"}), "compression .* is not supported"),
        (lambda kv: kv.set_optimizer("sgd"), "needs an Optimizer, got str"),
        (lambda kv: kv.save_optimizer_states("x"), "call set_optimizer first"),
        (lambda kv: kv.is_capable("fly"), "unknown capability"),
    ],
)
def test_errors_say_what_is_wrong(call, text):
    kv = mx.kv.create("local")
    kv.init(3, ONE)
    with pytest.raises(mx.MXNetError, match=text):
        call(kv)
    assert pulled(kv, 3) == [1, 1]


@pytest.mark.parametrize("name", ["dist_sync", "dist_async", "nccl", "nothing"])
def test_stores_of_several_machines_are_refused(name):
    with pytest.raises(mx.MXNetError, match=f"'{name}' is not supported; there are local"):
        mx.kv.create(name)


def test_own_store():
    @mx.kv.KVStoreBase.register
    class MyStore(mx.kv.KVStoreBase):
        pass

    assert isinstance(mx.kv.create("mystore"), MyStore)
    with pytest.raises(NotImplementedError, match="MyStore needs pushpull"):
        mx.kv.create("mystore").pushpull(0, ONE)
