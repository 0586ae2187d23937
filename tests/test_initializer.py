"""Initializers: which rule fills a parameter, and the distributions."""

import logging

import numpy as np
import pytest

import mxnb as mx

InitDesc = mx.init.InitDesc


def filled(initializer, name, shape=(4,), attrs=None):
    array = mx.nd.full(shape, 9)
    initializer(InitDesc(name, attrs), array)
    return array.asnumpy()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fc_weight", 3), ("weight", 3), ("fc_bias", 0), ("bn_gamma", 1), ("bn_beta", 0), ("q_min", 0), ("q_max", 1),
        ("fc_bias_quantize", 0),
    ],
)  # fmt: skip
def test_rule_by_name(name, value):
    assert (filled(mx.init.Constant(3), name) == value).all()


@pytest.mark.parametrize("name", ["bn_moving_mean", "state", "lstm_parameters", "a_weight_g"])
def test_other_names_need_an_initializer_of_their_own(name):
    with pytest.raises(ValueError, match=f"no rule to initialize '{name}'"):
        filled(mx.init.One(), name)
    assert (filled(mx.init.One(), name, attrs={"__init__": "zeros"}) == 0).all()


@pytest.mark.parametrize(
    ("name", "shape", "want"),
    [
        ("bn_moving_var", (2,), [1, 1]),
        ("bn_moving_mean", (2,), [0, 0]),
        ("stn_loc_bias", (6,), [1, 0, 0, 0, 1, 0]),
        ("stn_loc_weight", (2,), [0, 0]),
        ("upsampling0_weight", (1, 1, 2, 4), [0.0625, 0.1875, 0.1875, 0.0625, 0.1875, 0.5625, 0.5625, 0.1875]),
    ],
)
def test_plain_strings_follow_older_rules(name, shape, want):
    array = mx.nd.zeros(shape)
    with pytest.warns(DeprecationWarning, match="plain string"):
        mx.init.Constant(3)(name, array)
    assert array.asnumpy().ravel().tolist() == want


def test_attribute_wins():
    assert (filled(mx.init.Zero(), "fc_bias", attrs={"__init__": mx.init.Constant(4).dumps()}) == 4).all()
    assert (filled(mx.init.Zero(), "foo", attrs={"__init__": "one"}) == 1).all()
    assert (filled(mx.init.One(), "fc_bias", attrs={"__init__": ""}) == 0).all()


@pytest.mark.parametrize(
    ("initializer", "text"),
    [
        (mx.init.Zero(), '["zero", {}]'),
        (mx.init.Constant(2.5), '["constant", {"value": 2.5}]'),
        (mx.init.Constant(mx.nd.array([1, 2])), '["constant", {"value": [1.0, 2.0]}]'),
        (mx.init.Uniform(0.5), '["uniform", {"scale": 0.5}]'),
        (mx.init.Normal(2), '["normal", {"sigma": 2}]'),
        (mx.init.Orthogonal(), '["orthogonal", {"scale": 1.414, "rand_type": "uniform"}]'),
        (mx.init.Xavier(), '["xavier", {"rnd_type": "uniform", "factor_type": "avg", "magnitude": 3}]'),
        (mx.init.MSRAPrelu(), '["msraprelu", {"factor_type": "avg", "slope": 0.25}]'),
        (mx.init.Bilinear(), '["bilinear", {}]'),
        (mx.init.LSTMBias(2.0), '["lstmbias", {"forget_bias": 2.0}]'),
    ],
)
def test_text_form(initializer, text):
    assert initializer.dumps() == text
    assert mx.init.create(text) == initializer
    assert mx.init.create(text) != mx.init.One()


def test_names_of_initializers():
    assert {name: type(mx.init.create(name)).__name__ for name in ("zeros", "one", "Xavier", "MSRAPrelu")} == {
        "zeros": "Zero", "one": "One", "Xavier": "Xavier", "MSRAPrelu": "MSRAPrelu",
    }  # fmt: skip
    with pytest.raises(mx.MXNetError, match="'nothing' is not registered"):
        mx.init.create("nothing")


@pytest.mark.parametrize(
    ("initializer", "deviation", "largest"),
    [
        (mx.init.Uniform(0.5), 0.5 / 3**0.5, 0.5),
        (mx.init.Normal(0.3), 0.3, None),
        (mx.init.Xavier(), ((3 / (48 * 9)) / 3) ** 0.5, (3 / (48 * 9)) ** 0.5),
        (mx.init.Xavier("gaussian", "in", 2), (2 / (32 * 9)) ** 0.5, None),
        (mx.init.Xavier("uniform", "out", 1), ((1 / (64 * 9)) / 3) ** 0.5, (1 / (64 * 9)) ** 0.5),
        (mx.init.MSRAPrelu(), (2 / (1 + 0.25**2) / (48 * 9)) ** 0.5, None),
        (mx.init.MSRAPrelu("in", 0), (2 / (32 * 9)) ** 0.5, None),
    ],
    ids=lambda x: x.dumps() if hasattr(x, "dumps") else "",
)
def test_distributions(initializer, deviation, largest):
    mx.random.seed(7)
    values = filled(initializer, "w_weight", (64, 32, 3, 3))
    assert abs(values.mean()) < 0.02 * deviation
    assert values.std() == pytest.approx(deviation, rel=0.02)
    if largest is not None:
        assert 0.99 * largest < abs(values).max() <= largest * (1 + 1e-6)


def test_seed_decides():
    for make in (mx.init.Uniform, mx.init.Normal, mx.init.Xavier, mx.init.Orthogonal):
        found = []
        for seed in (1, 1, 2):
            mx.random.seed(seed)
            found.append(filled(make(), "w_weight", (4, 3)))
        assert (found[0] == found[1]).all()
        assert (found[0] != found[2]).any()


@pytest.mark.parametrize(("shape", "rand_type"), [((4, 6), "uniform"), ((6, 4), "normal"), ((6, 2, 2), "uniform")])
def test_orthogonal(shape, rand_type):
    q = filled(mx.init.Orthogonal(2.0, rand_type), "w_weight", shape).reshape(shape[0], -1)
    small = q @ q.T if q.shape[0] < q.shape[1] else q.T @ q
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-5)


def test_bilinear_interpolates():
    kernel = mx.nd.zeros((1, 1, 4, 4))
    mx.init.Bilinear()(InitDesc("up_weight"), kernel)
    ramp = mx.nd.array(np.arange(6, dtype="float32").reshape(1, 1, 1, 6).repeat(6, axis=2))
    up = mx.nd.Deconvolution(ramp, kernel, kernel=(4, 4), stride=(2, 2), pad=(1, 1), num_filter=1).asnumpy()[0, 0]
    np.testing.assert_allclose(np.diff(up[5])[2:-2], 0.5, atol=1e-6)


def test_lstm_bias():
    assert filled(mx.init.LSTMBias(2.0), "l_weight", (8,)).tolist() == [0, 0, 2, 2, 0, 0, 0, 0]


def test_load(tmp_path):
    path = str(tmp_path / "x.params")
    mx.nd.save(path, {"arg:a_weight": mx.nd.ones((4,)) * 2, "aux:b": mx.nd.ones((3,))})
    load = mx.init.Load(path, default_init=mx.init.One())
    assert filled(load, "a_weight").tolist() == [2] * 4
    assert filled(load, "c_weight").tolist() == [1] * 4
    with pytest.raises(AssertionError, match=r"b has shape \(4,\), the loaded one \(3,\)"):
        filled(load, "b")
    with pytest.raises(AssertionError, match="c_weight is not among the loaded"):
        filled(mx.init.Load(path), "c_weight")


def test_mixed():
    mixed = mx.init.Mixed(["fc.*weight", ".*"], [mx.init.Zero(), mx.init.Constant(5)])
    assert (filled(mixed, "fc1_weight") == 0).all()
    assert (filled(mixed, "conv_weight") == 5).all()
    with pytest.raises(ValueError, match="no pattern matches 'fc_weight'"):
        filled(mx.init.Mixed(["bias"], [mx.init.Zero()]), "fc_weight")


def test_own_initializer():
    @mx.init.register
    class Seven(mx.init.Initializer):
        def _init_weight(self, name, arr):
            arr[:] = 7

        def _init_default(self, name, arr):
            arr[:] = 8

    assert (filled(Seven(), "w_weight") == 7).all()
    assert (filled(Seven(), "anything") == 8).all()
    assert (filled(mx.init.Zero(), "q", attrs={"__init__": "seven"}) == 7).all()


def test_verbosity(caplog):
    initializer = mx.init.One().set_verbosity(True, lambda array: f"sum {array.sum().asscalar():g}")
    with caplog.at_level(logging.INFO):
        filled(initializer, "fc_weight")
    assert caplog.messages == ["Initialized fc_weight as weight: sum 4"]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: filled(mx.init.Xavier(), "fc_weight"), r"fc_weight has shape \(4,\), needs at least 2 axes"),
        (lambda: mx.init.Xavier("flat"), "rnd_type is 'flat'"),
        (lambda: mx.init.Xavier(factor_type="sum"), "factor_type is 'sum'"),
        (lambda: mx.init.Orthogonal(rand_type="flat"), "rand_type is 'flat'"),
    ],
)
def test_bad_parameters(call, text):
    with pytest.raises(ValueError, match=text):
        call()
