"""Callbacks, monitor and loggers: what is logged, and when."""

import logging

import numpy as np
import pytest

import mxnb as mx
from mxnb.model import BatchEndParam


@pytest.fixture
def metric():
    made = mx.metric.Accuracy()
    made.update([mx.nd.array([0, 1])], [mx.nd.array([[0.9, 0.1], [0.8, 0.2]])])
    return made


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO)
    return caplog


def test_speedometer(metric, clock, log):
    meter = mx.callback.Speedometer(10, frequent=2)
    for i in range(5):
        clock[0] += 0.5
        meter(BatchEndParam(0, i, metric, None))
    assert log.messages == [
        "Epoch[0] Batch [0-2]\tSpeed: 20.00 samples/sec\taccuracy=0.500000",
        "Epoch[0] Batch [2-4]\tSpeed: 20.00 samples/sec\taccuracy=nan",
    ]
    assert metric.get_global()[1] == 0.5


def test_speedometer_without_reset_or_metric(metric, clock, log):
    meter = mx.callback.Speedometer(10, 2, auto_reset=False)
    for epoch, nbatch, given in (
        (3, 0, metric),
        (3, 1, metric),
        (3, 2, metric),
        (4, 0, None),
        (4, 1, None),
        (4, 2, None),
    ):
        meter(BatchEndParam(epoch, nbatch, given, None))
        clock[0] += 0.25
    assert log.messages == [
        "Epoch[3] Batch [0-2]\tSpeed: 40.00 samples/sec\taccuracy=0.500000",
        "Iter[4] Batch [2]\tSpeed: 40.00 samples/sec",
    ]


def test_speedometer_on_a_clock_that_stands(clock, log):
    meter = mx.callback.Speedometer(10, 1)
    for i in range(2):
        meter(BatchEndParam(0, i, None, None))
    assert log.messages == ["Iter[0] Batch [1]\tSpeed: inf samples/sec"]


def test_log_train_metric(metric, log):
    callback = mx.callback.log_train_metric(2, auto_reset=True)
    for i in range(4):
        callback(BatchEndParam(1, i, metric, None))
    assert log.messages == ["Iter[1] Batch[0] Train-accuracy=0.500000", "Iter[1] Batch[2] Train-accuracy=nan"]


def test_log_validation_metrics(metric, log):
    mx.callback.LogValidationMetricsCallback()(BatchEndParam(5, 0, mx.metric.create([metric, "mse"]), None))
    mx.callback.LogValidationMetricsCallback()(BatchEndParam(5, 0, None, None))
    assert log.messages == ["Epoch[5] Validation-accuracy=0.500000", "Epoch[5] Validation-mse=nan"]


def test_progress_bar(log):
    bar = mx.callback.ProgressBar(total=10, length=20)
    for i in (0, 3, 10):
        bar(BatchEndParam(0, i, None, None))
    assert [message.rstrip("\r") for message in log.messages] == [
        "[--------------------] 0%", "[======--------------] 30%", "[====================] 100%",
    ]  # fmt: skip


def test_do_checkpoint(tmp_path):
    prefix = str(tmp_path / "net")
    symbol = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc")
    callback = mx.callback.do_checkpoint(prefix, 2)
    args, aux = {"fc_weight": mx.nd.ones((2, 3)), "fc_bias": mx.nd.ones((2,))}, {"mean": mx.nd.zeros((1,))}
    for epoch in range(4):
        callback(epoch, symbol, args, aux)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net-0002.params", "net-0004.params", "net-symbol.json"]
    loaded, found_args, found_aux = mx.model.load_checkpoint(prefix, 4)
    assert loaded.tojson() == symbol.tojson()
    assert (sorted(found_args), sorted(found_aux)) == (["fc_bias", "fc_weight"], ["mean"])
    assert mx.model.load_params(prefix, 2)[0]["fc_weight"].shape == (2, 3)


def test_parameters_that_are_not_a_modules(tmp_path):
    for arrays, text in (
        ([mx.nd.ones(1)], "have no names"),
        ({"fc.weight": mx.nd.ones(1)}, "neither 'arg:' nor 'aux:'"),
    ):
        mx.nd.save(str(tmp_path / "x-0001.params"), arrays)
        with pytest.raises(mx.MXNetError, match=text):
            mx.model.load_params(str(tmp_path / "x"), 1)
    with pytest.raises(mx.MXNetError, match="none-0001"):
        mx.model.load_params(str(tmp_path / "none"), 1)


@pytest.mark.parametrize("sort", [False, True])
def test_monitor(sort, log):
    net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc")
    executor = mx.sym.Activation(net, act_type="relu", name="act").simple_bind(mx.cpu(), data=(2, 3))
    for array in executor.arg_arrays:
        array[:] = 1
    monitor = mx.mon.Monitor(2, pattern=".*output|.*weight", sort=sort)
    monitor.install(executor)
    results = []
    for _ in range(3):
        monitor.tic()
        executor.forward(is_train=True)
        results.append(monitor.toc())
    names = ["fc_output", "act_output", "fc_weight"]
    assert [[name for _, name, _ in result] for result in results] == [sorted(names) if sort else names, [], results and
        (sorted(names) if sort else names)]  # fmt: skip
    assert results[2][0][0] == 3
    values = {name: float(value) for _, name, value in results[0]}
    assert values == pytest.approx({"fc_output": 4, "act_output": 4, "fc_weight": 1})
    monitor.step = 4
    monitor.tic()
    executor.forward()
    monitor.toc_print()
    assert log.messages[0].split()[:2] == ["Batch:", "5"]


def test_monitor_statistics_of_inputs():
    executor = mx.sym.exp(mx.sym.Variable("x"), name="e").simple_bind(mx.cpu(), x=(2,))
    monitor = mx.mon.Monitor(1, stat_func=lambda x: [x.max(), x], monitor_all=True)
    monitor.install(executor)
    monitor.tic()
    executor.forward(x=mx.nd.array([0, 1]))
    assert monitor.toc()[0] == (1, "x", "1.0\t[0. 1.]\t")


def test_logger(tmp_path):
    path = tmp_path / "log"
    logger = mx.log.get_logger("mxnb.test.file", str(path), level=mx.log.INFO)
    logger.info("hello %s", "you")
    logger.debug("not this")
    assert mx.log.get_logger("mxnb.test.file") is logger
    assert len(logger.handlers) == 1
    lines = path.read_text().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("I")
    assert lines[0].endswith(f"test_callback.py:{test_logger.__code__.co_firstlineno + 3}] hello you")
    logger.handlers[0].close()
    with pytest.warns(DeprecationWarning, match="get_logger"):
        assert mx.log.getLogger("mxnb.test.file") is logger


def test_util(monkeypatch):
    mx.util.setenv("MXNB_TEST_VARIABLE", "1")
    assert mx.util.getenv("MXNB_TEST_VARIABLE") == "1"
    mx.util.setenv("MXNB_TEST_VARIABLE", None)
    assert mx.util.getenv("MXNB_TEST_VARIABLE") is None
    assert mx.util.get_gpu_count() == mx.context.num_gpus()
    assert not mx.util.is_np_array()
    assert not mx.util.is_np_shape()
    mx.util.set_np(False, False)
    with mx.util.np_shape(False):
        pass
    for call in (mx.util.set_np, lambda: mx.util.use_np(np.ones), lambda: mx.util.set_np_shape(True)):
        with pytest.raises(mx.MXNetError, match="NumPy interface"):
            call()

    @mx.util.set_module("somewhere")
    def function():
        pass

    assert function.__module__ == "somewhere"
