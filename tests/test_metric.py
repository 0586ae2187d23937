"""Metrics against MXNet 1.9.1's values and against plain formulas."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import pack
import training

RECORDED = pack.load(training.RECORDED)
array = mx.nd.array
LABEL, SCORES = [array([0, 1, 1])], [array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])]


@pytest.mark.parametrize("name", training.metric_cases())
def test_metric_equals_mxnet(name):
    found = training.run_metric(mx, *training.metric_cases()[name])
    np.testing.assert_allclose(found, RECORDED["metric " + name], rtol=1e-5, atol=1e-6)


def test_accuracy_takes_scores_or_classes_of_any_shape():
    for label, pred, want in (
        (np.array([[1], [0]]), np.array([[0.1, 0.9], [0.2, 0.8]]), 0.5),
        (np.array([[1, 2], [0, 1]]), np.array([[1, 2], [0, 0]]), 0.75),
        (np.array([[0, 1]]), np.array([[[0.9, 0.1], [0.1, 0.9]]]), 1.0),
    ):
        metric = mx.metric.Accuracy()
        metric.update(array(label), array(pred))
        assert metric.get() == ("accuracy", want)


def test_accuracy_by_axis():
    rng = np.random.RandomState(0)
    scores, label = rng.rand(2, 3, 5), rng.randint(0, 5, (2, 3))
    metric = mx.metric.Accuracy(axis=2)
    metric.update([array(label)], [array(scores)])
    assert metric.get()[1] == (scores.argmax(2) == label).mean()


@pytest.mark.parametrize("kind", ["acc", "ce", "f1", "mcc", "pcc", "mse", "pearsonr", "loss"])
def test_local_and_global_values(kind):
    label, scores = ([array([1.0, 2, 4])], [array([1.0, 3, 3])]) if kind in ("mse", "pearsonr") else (LABEL, SCORES)
    metric = mx.metric.create(kind)
    assert math.isnan(metric.get()[1])
    assert math.isnan(metric.get_global()[1])
    metric.update(label, scores)
    value = metric.get()[1]
    metric.reset_local()
    assert math.isnan(metric.get()[1])
    assert metric.get_global()[1] == value
    metric.reset()
    assert math.isnan(metric.get_global()[1])


@pytest.mark.parametrize("kind", ["f1", "mcc", "pearsonr"])
def test_micro_average_is_that_of_all_samples(kind):
    rng = np.random.RandomState(3)
    label, pred = rng.randint(0, 2, 20).astype(float), rng.rand(20, 2)
    if kind == "pearsonr":
        pred = rng.rand(20)
    parts, whole = mx.metric.create(kind, average="micro"), mx.metric.create(kind, average="micro")
    whole.update([array(label)], [array(pred)])
    for part in (slice(0, 7), slice(7, 20)):
        parts.update([array(label[part])], [array(pred[part])])
    assert parts.get()[1] == pytest.approx(whole.get()[1])
    assert parts.get_global()[1] == pytest.approx(whole.get()[1])


def test_pearson_is_numpys():
    rng = np.random.RandomState(4)
    a, b = rng.rand(2, 30).astype("float32")
    metric = mx.metric.PearsonCorrelation()
    metric.update([array(a)], [array(b)])
    assert metric.get()[1] == pytest.approx(np.corrcoef(a, b)[0, 1])


def test_perplexity_ignores_a_label_outside_of_the_classes():
    metric = mx.metric.Perplexity(ignore_label=-1)
    metric.update([array([0, -1])], [array([[0.25, 0.75], [0.5, 0.5]])])
    assert metric.get()[1] == pytest.approx(4)
    assert metric.num_inst == 1


def test_composite():
    metric = mx.metric.create(["acc", mx.metric.CrossEntropy()])
    metric.add("mse")
    assert [type(child).__name__ for child in metric.metrics] == ["Accuracy", "CrossEntropy", "MSE"]
    metric = mx.metric.CompositeEvalMetric(["acc", "ce"])
    metric.update(LABEL, SCORES)
    names, values = metric.get()
    assert names == ["accuracy", "cross-entropy"]
    assert values[0] == pytest.approx(2 / 3)
    assert values[1] == pytest.approx(-np.log([0.9, 0.2, 0.7]).mean())
    assert metric.get_name_value() == list(zip(names, values))
    assert str(metric) == f"EvalMetric: {dict(zip(names, values))}"
    with pytest.raises(ValueError, match="out of range"):
        metric.get_metric(5)
    metric.reset()
    assert all(map(math.isnan, metric.get()[1]))


def test_composite_keeps_what_its_metrics_have_seen():
    metric = mx.metric.Accuracy()
    metric.update(LABEL, SCORES)
    assert mx.metric.CompositeEvalMetric([metric]).get()[1] == [metric.get()[1]]


def test_functions_are_metrics():
    def total(label, pred):
        return abs(label - pred).sum()

    for metric in (mx.metric.np(total), mx.metric.create(total), mx.metric.CustomMetric(total)):
        metric.update([array([1.0, 2])], [array([2.0, 4])])
        assert metric.get() == ("total", 3)
    assert mx.metric.np(lambda label, pred: 0).name == "custom(<lambda>)"
    metric = mx.metric.np(lambda label, pred: (3, 2), name="ratio", allow_extra_outputs=True)
    metric.update([array([1.0])], [array([2.0]), array([3.0])])
    assert metric.get() == ("ratio", 1.5)
    with pytest.raises(ValueError, match=r"labels 1 .* predictions 2"):
        mx.metric.np(total).update([array([1.0])], [array([2.0]), array([3.0])])


def test_update_dict_picks_by_name():
    metric = mx.metric.Accuracy(output_names=["out"], label_names=["label"])
    wrong = array([[0.0, 1], [0, 1], [0, 1]])
    metric.update_dict({"other": LABEL[0], "label": LABEL[0]}, {"out": SCORES[0], "extra": wrong})
    assert metric.num_inst == 3
    with pytest.raises(mx.MXNetError, match="no array named 'out'"):
        metric.update_dict({"label": LABEL[0]}, {"extra": wrong})


def test_create_by_config_and_json():
    for metric in (mx.metric.TopKAccuracy(3), mx.metric.Accuracy(axis=2, name="a"), mx.metric.CrossEntropy(eps=0.5)):
        config = metric.get_config()
        name = config.pop("metric")
        config.pop("name")
        assert mx.metric.create(name, **config).get_config()["metric"] == name
    assert mx.metric.create('["accuracy", {"axis": 2}]').axis == 2
    assert mx.metric.create(mx.metric.Accuracy, axis=3).axis == 3


def test_register():
    @mx.metric.register
    class Mine(mx.metric.EvalMetric):
        def __init__(self, name="mine", **kwargs):
            super().__init__(name, **kwargs)

        def update(self, labels, preds):
            self.sum_metric += 1
            self.num_inst += 2

    metric = mx.metric.create("mine")
    metric.update(None, None)
    assert metric.get() == metric.get_global() == ("mine", 0.5)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: mx.metric.create("nothing"), mx.MXNetError, "'nothing' is not registered"),
        (lambda: mx.metric.TopKAccuracy(1), AssertionError, "use Accuracy"),
        (lambda: mx.metric.F1(average="mean"), mx.MXNetError, "'macro' or 'micro'"),
        (lambda: mx.metric.Accuracy().update(LABEL, [array([[1.0, 2]])]), ValueError, "labels 3 .* predictions 1"),
        (lambda: mx.metric.Accuracy().update(LABEL * 2, SCORES), ValueError, "labels 2 .* predictions 1"),
        (lambda: mx.metric.F1().update([array([0, 2])], [array([[1.0, 0], [0, 1]])]), ValueError, "two classes"),
        (lambda: mx.metric.CrossEntropy().update([array([0])], SCORES), ValueError, "1 labels for 3 predictions"),
        (lambda: mx.metric.np(max).get_config(), NotImplementedError, "cannot be written"),
    ],
)
def test_errors_say_what_is_wrong(call, error, text):
    with pytest.raises(error, match=text):
        call()
