"""Optimizers against MXNet 1.9.1's values, their states in files, multipliers and counts."""

import copy
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import pack  # noqa: E402
import training  # noqa: E402
import updates  # noqa: E402

RECORDED = pack.load(training.RECORDED)
NAMES = sorted({name for name, _ in training.OPTIMIZERS})


@pytest.mark.parametrize("name", training.optimizer_cases())
def test_optimizer_equals_mxnet(name):
    found = training.run_optimizer(mx, *training.optimizer_cases()[name])
    np.testing.assert_allclose(found, RECORDED["optimizer " + name], rtol=2e-5, atol=2e-5)


SEVERAL = pack.load(updates.RECORDED)


@pytest.mark.parametrize("name", updates.cases())
def test_updates_of_several_equal_mxnet(name):
    found = updates.cases()[name](mx)
    for i, x in enumerate(found):
        tolerance = 1e-3 if x.dtype == np.float16 else 2e-5 if "lamb" in name else 2e-6
        np.testing.assert_allclose(x, SEVERAL[f"{name} {i}"], rtol=tolerance, atol=tolerance)
        assert x.dtype == SEVERAL[f"{name} {i}"].dtype


def step(optimizer, weight, grad, times=3):
    updater = mx.optimizer.get_updater(optimizer)
    array = mx.nd.array(weight, dtype=np.asarray(weight).dtype)
    for _ in range(times):
        updater(0, mx.nd.array(grad, dtype=np.asarray(weight).dtype), array)
    return array.asnumpy(), updater


def test_sgd_with_momentum_in_float64():
    rng = np.random.RandomState(0)
    w, g = rng.randn(2, 7)
    found, _ = step(mx.optimizer.SGD(learning_rate=0.1, momentum=0.9, wd=0.01), w, g)
    m = 0
    for _ in range(3):
        m = 0.9 * m - 0.1 * (g + 0.01 * w)
        w = w + m
    np.testing.assert_allclose(found, w, rtol=1e-14)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("groupadagrad", "test", "ccsgd")])
def test_multi_precision_follows_float32(name):
    rng = np.random.RandomState(0)
    w, g = rng.randn(2, 2, 3).astype("float16")
    params = {"momentum": 0.9} if name in ("sgd", "nag", "lars", "lbsgd", "dcasgd") else {}
    exact, _ = step(mx.optimizer.create(name, learning_rate=0.1, **params), w.astype("float32"), g)
    half, updater = step(mx.optimizer.create(name, learning_rate=0.1, multi_precision=True, **params), w, g)
    assert half.dtype == np.float16
    np.testing.assert_allclose(half, exact, rtol=2e-3, atol=1e-4)
    copies = [a for a in updater.states[0] if isinstance(a, mx.nd.NDArray) and a.dtype == np.float32]
    assert any(np.allclose(copy.asnumpy(), exact, rtol=1e-5, atol=1e-6) for copy in copies)


def test_float16_without_copies_warns():
    with pytest.warns(UserWarning, match="multi_precision"):
        step(mx.optimizer.SGD(momentum=0.9), np.ones(2, "float16"), np.ones(2, "float16"))


def test_dcasgd_with_momentum():
    rng = np.random.RandomState(0)
    w, g = rng.randn(2, 4)
    found, _ = step(mx.optimizer.DCASGD(momentum=0.5, lamda=0.3, learning_rate=0.1), w, g)
    m, old = 0, w
    for _ in range(3):
        m = 0.5 * m - 0.1 * (g + 0.3 * g * g * (w - old))
        old = w
        w = w + m
    np.testing.assert_allclose(found, w, rtol=1e-12)


def test_sgld_has_the_right_mean_and_noise():
    mx.random.seed(1)
    optimizer = mx.optimizer.SGLD(learning_rate=0.01, wd=0.1)
    found, _ = step(optimizer, np.ones(20000, "float32"), np.full(20000, 2, "float32"), times=1)
    assert abs(found.mean() - (1 - 0.005 * 2.1)) < 0.004
    assert abs(found.std() - 0.1) < 0.004


def test_adam_counts_updates_of_each_parameter():
    optimizer = mx.optimizer.Adam(begin_num_update=4)
    optimizer._update_count(0)
    optimizer._update_count([0, "w"])
    assert (optimizer.num_update, optimizer._index_update_count) == (6, {0: 6, "w": 5})
    optimizer._set_current_context(1)
    optimizer._update_count(0)
    assert optimizer._index_update_count == {0: 5}
    assert optimizer.num_update == 6


def test_multipliers_by_name_index_symbol_and_parameter():
    names = {0: "a_weight", 1: "a_bias", 2: "a_gamma"}
    optimizer = mx.optimizer.SGD(learning_rate=1.0, wd=0.1, param_idx2name=names)
    assert optimizer.wd_mult == {"a_bias": 0.0}
    optimizer.set_lr_mult({"a_weight": 0.5, 2: 0.25})
    assert optimizer._get_lrs([0, 1, 2, 7]) == [0.5, 1.0, 0.25, 1.0]
    optimizer.set_wd_mult({"a_bias": 2})
    assert optimizer._get_wds([0, 1]) == [0.1, 0.2]

    weight = mx.sym.Variable("fc_weight", lr_mult=0.1, wd_mult=0.2)
    symbol = mx.sym.FullyConnected(mx.sym.Variable("data"), weight=weight, num_hidden=2, name="fc")
    optimizer = mx.optimizer.SGD(sym=symbol, param_idx2name={0: "fc_weight", 1: "fc_bias"})
    assert optimizer.lr_mult == {"fc_weight": 0.1}
    assert optimizer.wd_mult == {"fc_weight": 0.2, "fc_bias": 0.0}

    class Parameter:
        lr_mult, wd_mult = 0.5, 2.0

    optimizer = mx.optimizer.SGD(learning_rate=1.0, wd=1.0, param_dict={0: Parameter()})
    assert (optimizer._get_lr(0), optimizer._get_wd(0)) == (0.5, 2.0)


def test_a_callable_is_a_scheduler():
    class Halving:
        base_lr = 1.0

        def __call__(self, num_update):
            return self.base_lr / 2**num_update

    optimizer = mx.optimizer.SGD(learning_rate=4.0, lr_scheduler=Halving())
    found, _ = step(optimizer, np.zeros(1, "float32"), np.ones(1, "float32"), times=2)
    assert found[0] == -3.0
    with pytest.raises(UserWarning, match="lr_scheduler"):
        optimizer.set_learning_rate(1.0)


def test_own_optimizer_is_created_by_name():
    @mx.optimizer.Optimizer.register
    class MyPlain(mx.optimizer.Optimizer):
        def create_state(self, index, weight):
            return mx.nd.zeros(weight.shape)

        def update(self, index, weight, grad, state):
            self._update_count(index)
            weight[:] = weight - self._get_lr(index) * grad

    found, updater = step(mx.optimizer.create("myplain", learning_rate=1.0), [1.0], [0.25], times=2)
    assert found[0] == 0.5
    again = mx.optimizer.get_updater(MyPlain())
    again.set_states(updater.get_states(dump_optimizer=True))
    assert isinstance(again.optimizer, MyPlain)
    assert again.optimizer.num_update == 2


def test_own_optimizer_may_take_lists():
    calls = []

    class Listed(mx.optimizer.Optimizer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.aggregate_num = 2

        def update_multi_precision(self, index, weight, grad, state):
            calls.append((index, [w.dtype for w in weight]))

    updater = mx.optimizer.get_updater(Listed())
    arrays = [mx.nd.zeros((1,), dtype=dtype) for dtype in ("float32", "float64", "float32", "float32")]
    updater([0, 1, 2, 3], arrays, arrays)
    assert [indices for indices, _ in calls] == [(0, 2), (3,), (1,)]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("groupadagrad", "lbsgd")])
def test_states_continue_a_run(name):
    rng = np.random.RandomState(0)
    grads = [mx.nd.array(g) for g in rng.randn(6, 4)]

    def updater():
        return mx.optimizer.get_updater(mx.optimizer.create(name, learning_rate=0.1))

    whole, first, second = updater(), updater(), updater()
    a, b = mx.nd.ones((4,)), mx.nd.ones((4,))
    for grad in grads:
        whole(0, grad, a)
    for grad in grads[:3]:
        first(0, grad, b)
    second.set_states(first.get_states(dump_optimizer=True))
    for grad in grads[3:]:
        second(0, grad, b)
    np.testing.assert_array_equal(a.asnumpy(), b.asnumpy())


def test_states_move_to_the_context_of_the_parameter():
    optimizer = mx.optimizer.SGD(momentum=0.9)
    _, updater = step(optimizer, np.ones(1, "float32"), [1.0])
    again = mx.optimizer.get_updater(optimizer)
    again.set_states(updater.get_states())
    assert again.states_synced == {0: False}
    again(0, mx.nd.ones((1,), mx.cpu(1)), mx.nd.ones((1,), mx.cpu(1)))
    assert again.states[0].context == mx.cpu(1)


def test_states_of_mxnet_are_read():
    updater = mx.optimizer.get_updater(mx.optimizer.SGD(momentum=0.9))
    updater.set_states((GOLDEN / "checkpoints" / "module-0003.states").read_bytes())
    assert sorted(updater.states) == list(range(12))
    assert updater.states[0].shape == (8, 1, 3, 3)
    updater.set_states((GOLDEN / "checkpoints" / "trainer.states").read_bytes())
    assert type(updater.optimizer) is mx.optimizer.SGD
    assert (updater.optimizer.momentum, updater.optimizer.num_update) == (0.9, 1)
    assert updater.aggregate_updates  # as MXNet's SGD takes lists


def test_states_hold_schedulers_and_all_kinds_of_values():
    from mxnb.optimizer import states

    schedule = mx.lr_scheduler.MultiFactorScheduler([3, 5], 0.5, base_lr=0.1)
    optimizer = mx.optimizer.SGD(lr_scheduler=schedule, param_idx2name={0: "é_weight"})
    value = {
        "a": (None, True, -1, 1 << 40, 0.5),
        3: [mx.nd.array([[1, 2]], dtype="int64"), b"x"],
        "o": (mx.nd.array([1.0], dtype="float16"), ()),
    }
    loaded, copy = states.loads(states.dumps((value, optimizer)))
    assert loaded["a"] == value["a"]
    assert loaded[3][0].dtype == np.int64
    assert loaded[3][0].asnumpy().tolist() == [[1, 2]]
    assert loaded["o"][0].dtype == np.float16
    assert copy.idx2name == optimizer.idx2name
    assert vars(copy.lr_scheduler) == vars(schedule)
    with pytest.raises(mx.MXNetError, match="function cannot be saved"):
        states.dumps({0: lambda: 0})


class Attack:
    def __reduce__(self):
        return print, ("code was run",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("payload", [{0: Attack()}, {0: np.float32(1)}, {0: Path("x")}, (Attack(), {})])
def test_states_run_no_code(payload, protocol, capsys):
    updater = mx.optimizer.get_updater(mx.optimizer.SGD())
    with pytest.raises(mx.MXNetError, match="is not one that optimizer states may hold"):
        updater.set_states(pickle.dumps(payload, protocol))
    assert capsys.readouterr().out == ""
    assert updater.states == {}


def test_damaged_states():
    _, updater = step(mx.optimizer.SGD(momentum=0.9), [1.0], [1.0])
    data = updater.get_states()
    for end in range(0, len(data), 7):
        with pytest.raises(mx.MXNetError):
            updater.set_states(data[:end])
    for wrong in (pickle.dumps([1]), pickle.dumps(({}, 5)), b"no pickle"):
        with pytest.raises(mx.MXNetError):
            updater.set_states(wrong)


def test_errors_say_what_is_wrong():
    with pytest.raises(mx.MXNetError, match=r"'nothing' is not registered; there are .*sgd"):
        mx.optimizer.create("nothing")
    with pytest.raises(mx.MXNetError, match="needs two axes"):
        step(mx.optimizer.GroupAdaGrad(), [1.0], [1.0])
    with pytest.raises(mx.MXNetError, match="weight decay is not supported"):
        step(mx.optimizer.GroupAdaGrad(wd=0.1), [[1.0]], [[1.0]])
    with pytest.raises(mx.MXNetError, match="warmup_strategy"):
        mx.optimizer.LBSGD(warmup_strategy="slow")
    with pytest.raises(TypeError, match="unexpected keyword"):
        mx.optimizer.SGD(momentun=0.9)
    with pytest.raises(mx.MXNetError, match="sgd_mom_update: grad has shape"):
        step(mx.optimizer.SGD(momentum=0.9), [1.0, 2.0], [1.0])


@pytest.mark.parametrize("name", ["sgd", "nag", "adam", "rmsprop", "ftrl", "ftml", "signum"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_a_new_rate_makes_no_new_operator(name, dtype):
    """Rates that change with every step: the operators' kernels run as they are, and give what the operators give."""
    from mxnb.ops.optimizer import Update
    from mxnb.optimizer import updates as module

    grads = [np.array([0.5, -2.0, 3.0 + i]) for i in range(4)]

    def train(direct):
        options = {"learning_rate": 1.0, "clip_gradient": 2.5, "wd": 0.01, "multi_precision": dtype == "float16"}
        optimizer = mx.optimizer.create(name, **options)
        updater = mx.optimizer.get_updater(optimizer)
        weight = mx.nd.array([1.0, 2.0, -1.5], dtype=dtype)
        before = None
        for i, grad in enumerate(grads):
            optimizer.set_learning_rate(0.1 / (i + 1))
            if not direct:
                module._updates.clear()  # then the operator runs
            updater(0, mx.nd.array(grad, dtype=dtype), weight)
            count = sum(len(cls._instances) for cls in Update.__subclasses__())
            assert before in (None, count) or i < 2 or not direct or dtype == "float16"
            before = count
        return weight.asnumpy()

    np.testing.assert_array_equal(train(True), train(False))


ALONE = ["adam", "rmsprop", "ftrl", "ftml", "adagrad", "adadelta", "adamax", "nadam"]
OPTIONS = [(n, o) for n in ("sgd", "nag", "dcasgd", *ALONE) for o in ({}, {"clip_gradient": 0.5})]
OPTIONS += [(name, {"momentum": 0.9}) for name in ("sgd", "nag", "dcasgd")]
OPTIONS += [("signum", {"momentum": m, "wd_lh": 0.1}) for m in (0.0, 0.9)]
OPTIONS += [("lamb", {}), ("lamb", {"lower_bound": 0.1, "upper_bound": 0.5, "bias_correction": False})]
OPTIONS += [("lars", {"momentum": 0.9, "momentum_correction": False}), ("lars", {}), ("sgld", {})]
OPTIONS += [("lbsgd", {"momentum": 0.9, "warmup_strategy": way, "updates_per_epoch": 1}) for way in ("sqrt", "lars")]


@pytest.mark.parametrize(("name", "options"), OPTIONS)
@pytest.mark.parametrize("dtype", ["float32", "float16", "mixed"])
def test_many_parameters_at_once(name, options, dtype):
    """A list of parameters, with their own multipliers and a scheduler, and one after another."""
    dtypes = ["float32", "float16"] * 2 if dtype == "mixed" else [dtype] * 4
    shapes = [(3,), (2, 2), (70000,), (1,)]

    def train(together):
        mx.random.seed(2)
        optimizer = mx.optimizer.create(
            name, learning_rate=0.1, wd=0.01, rescale_grad=0.5, multi_precision=True,
            lr_scheduler=mx.lr_scheduler.FactorScheduler(step=1, factor=0.5), **options,
        )  # fmt: skip
        optimizer.set_lr_mult({1: 0.5})
        optimizer.set_wd_mult({2: 0.0})
        updater = mx.optimizer.get_updater(optimizer)
        weights = [mx.nd.arange(1, 1 + int(np.prod(s))).reshape(s) / 70000 for s in shapes]
        weights = [w.astype(d) for w, d in zip(weights, dtypes)]
        for i in range(4):
            grads = [w * (i - 1.5) for w in weights]
            if together:
                updater([0, 1, 2, 3], grads, weights)
                assert updater._plan is not None  # in tables, not one after another
            else:
                for index, grad, weight in zip(range(4), grads, weights):
                    updater(index, grad, weight)
        return [w.asnumpy() for w in weights], optimizer.num_update, optimizer._index_update_count

    (found, *counts), (wanted, *wanted_counts) = train(True), train(False)
    assert counts == wanted_counts
    for a, b in zip(found, wanted):
        np.testing.assert_array_equal(a, b)


def test_aggregated_updates_are_bit_equal_and_kept_apart():
    """All parameters by one call of a kernel; arrays that share memory, or change places, are taken as they are."""
    from mxnb.optimizer import updates as module

    def train(together, share):
        rng = np.random.RandomState(3)
        block = mx.nd.array(rng.randn(40000).astype("float32"))
        weights = [mx.nd.array(rng.randn(n)) for n in (1, 7, 17000)]
        weights += [block[:30000], block[10000 if share else 30000 :]]
        updater = mx.optimizer.get_updater(mx.optimizer.SGD(learning_rate=0.1, momentum=0.9, clip_gradient=1.0))
        plans, grads = [], []
        for step in range(5):
            if step < 3:
                grads = [mx.nd.array(rng.randn(*w.shape)) for w in weights]
            if together:
                updater(list(range(5)), grads, weights)
                plans.append(updater._plan)
            else:
                for i in range(5):
                    updater(i, grads[i], weights[i])
        return [w.asnumpy() for w in weights], plans

    for share in (False, True):
        (found, plans), (wanted, _) = train(True, share), train(False, share)
        for a, b in zip(found, wanted):
            np.testing.assert_array_equal(a, b)
        assert all(isinstance(plan, type(None) if share else module._Plan) for plan in plans)
    assert plans.count(None) == 5
    _, plans = train(True, False)
    assert plans[0] is plans[1] is plans[2] is plans[3] is plans[4]  # wherever the gradients are


@pytest.mark.filterwarnings("ignore:float16 sums")
def test_float16_without_copies_at_once():
    def train(together):
        updater = mx.optimizer.get_updater(mx.optimizer.Adam(learning_rate=0.1))
        weights = [mx.nd.arange(1, n + 1).astype("float16") for n in (3, 500)]
        for i in range(3):
            grads = [w * (i - 1) for w in weights]
            for some in [(0, 1)] if together else [(0,), (1,)]:
                updater(list(some), [grads[k] for k in some], [weights[k] for k in some])
        assert (updater._plan is not None) == together
        return [w.asnumpy() for w in weights]

    for a, b in zip(train(True), train(False)):
        np.testing.assert_array_equal(a, b)


def test_plans_hold_no_gradients():
    """Autograd may put another array in a gradient's place; what lies in memory that is written is not taken so."""
    updater = mx.optimizer.get_updater(mx.optimizer.SGD(learning_rate=1.0, momentum=0.5))
    weights, grads = [mx.nd.zeros((5,)) for _ in range(2)], [mx.nd.ones((5,)) for _ in range(2)]
    before = sys.getrefcount(grads[0]._data)
    updater([0, 1], grads, weights)
    plan = updater._plan
    after = sys.getrefcount(grads[0]._data)
    assert after == before
    grads[0]._data = np.full(5, 2, np.float32)
    updater([0, 1], grads, weights)
    assert updater._plan is plan
    assert weights[0].asnumpy().tolist() == [-3.5] * 5
    assert weights[1].asnumpy().tolist() == [-2.5] * 5
    grads[1]._data = weights[0]._data  # as it is after its own update
    updater([0, 1], grads, weights)
    assert updater._plan is None
    assert weights[0].asnumpy().tolist() == [-6.75] * 5
    assert weights[1].asnumpy().tolist() == [3.5] * 5
    grads[1] = mx.nd.ones((5,), dtype="float64")
    with pytest.raises(mx.MXNetError, match="float64"):
        updater([0, 1], grads, weights)


def test_contrib_updates_refuse_lists_that_do_not_fit():
    x = [mx.nd.ones((2,)) for _ in range(2)]
    with pytest.raises(mx.MXNetError, match=r"_multi_lamb_update: got lists of 2, 1, 2, 2 arrays"):
        mx.nd.contrib.multi_lamb_update(x, x[:1], x, x, (1, 1), (1, 1), (0, 0))
    with pytest.raises(mx.MXNetError, match=r"_multi_adamw_update: lrs has 1 values, need 2"):
        mx.nd.contrib.multi_adamw_update(x, x, x, x, 1, (1,), (0, 0), (1, 1))


def test_another_optimizer_takes_over():
    """A plan belongs to its optimizer; a copy of an updater has none."""
    updater = mx.optimizer.get_updater(mx.optimizer.SGD(learning_rate=1.0, momentum=0.5))
    weights, grads = [mx.nd.zeros((2,)) for _ in range(2)], [mx.nd.ones((2,)) for _ in range(2)]
    updater([0, 1], grads, weights)
    again = copy.copy(updater)
    assert (again._plan, again.states) == (None, updater.states)
    updater.optimizer = mx.optimizer.NAG(learning_rate=1.0, momentum=0.5)
    updater([0, 1], grads, weights)
    nag = mx.optimizer.get_updater(updater.optimizer)
    nag.states, nag.states_synced = {0: mx.nd.array([-1.0, -1.0])}, {0: True}
    one = mx.nd.array([-1.0, -1.0])
    nag(0, grads[0], one)
    assert weights[0].asnumpy().tolist() == weights[1].asnumpy().tolist() == one.asnumpy().tolist()


@pytest.mark.parametrize("size", ["", "0", "2", "x"])
def test_aggregation_size(size, monkeypatch):
    monkeypatch.setenv("MXNET_OPTIMIZER_AGGREGATION_SIZE", size)
    if size == "x":
        with pytest.raises(mx.MXNetError, match="AGGREGATION_SIZE is 'x', needs a number"):
            mx.optimizer.SGD()
        return
    calls = []
    numbers = {name: mx.optimizer.create(name).aggregate_num for name in ("sgd", "ccsgd", "lars", "lamb", "adam")}
    given = int(size) if size else None
    wanted = {"sgd": 4, "ccsgd": 4, "lars": 4, "lamb": 45}
    assert numbers == {**{name: n if given is None else given for name, n in wanted.items()}, "adam": 0}

    class Watched(mx.optimizer.SGD):
        def update_multi_precision(self, index, weight, grad, state):
            calls.append(index)
            super().update_multi_precision(index, weight, grad, state)

    arrays = [mx.nd.ones((2,)) for _ in range(5)]
    mx.optimizer.get_updater(Watched(learning_rate=0.5))(list(range(5)), [mx.nd.ones((2,))] * 5, arrays)
    chunk = 4 if given is None else given
    assert [c for c in calls if isinstance(c, tuple) == bool(chunk)] == (
        [tuple(range(i, min(i + chunk, 5))) for i in range(0, 5, chunk)] if chunk else list(range(5))
    )
    assert all(x.asnumpy().tolist() == [0.5, 0.5] for x in arrays)


def test_an_update_of_the_program_is_called_for_each_parameter():
    class Mine(mx.optimizer.SGD):
        def update(self, index, weight, grad, state):
            weight[:] = index

    class Slow(mx.optimizer.SGD):
        def _get_lr(self, index):
            return 0.0

    weights = [mx.nd.ones((2,)) for _ in range(3)]
    for _ in range(2):
        mx.optimizer.get_updater(Mine())([0, 1, 2], [mx.nd.ones((2,))] * 3, weights)
    assert [w.asnumpy().tolist() for w in weights] == [[0, 0], [1, 1], [2, 2]]
    updater = mx.optimizer.get_updater(Slow(learning_rate=1))
    for _ in range(2):
        updater([0, 1, 2], [mx.nd.ones((2,))] * 3, weights)
    assert [w.asnumpy().tolist() for w in weights] == [[0, 0], [1, 1], [2, 2]]
