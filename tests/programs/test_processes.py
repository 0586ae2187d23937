"""The library among threads, processes, signals and the end of the interpreter."""

import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb import autograd, gluon, nd


def train(seed=0, hybridize=False):
    """Losses of a small convolutional network."""
    net = gluon.nn.HybridSequential()
    net.add(gluon.nn.Conv2D(4, 3, in_channels=1, activation="relu"), gluon.nn.Dense(10, in_units=144))
    net.initialize()
    rng = np.random.RandomState(seed)
    for param in net.collect_params().values():
        param.set_data(nd.array(rng.uniform(-0.3, 0.3, param.shape)))
    if hybridize:
        net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.01})
    losses = []
    for _ in range(10):
        x, y = nd.array(rng.uniform(size=(16, 1, 8, 8))), nd.array(rng.randint(0, 10, 16))
        with autograd.record():
            loss = gluon.loss.SoftmaxCrossEntropyLoss()(net(x), y)
        loss.backward()
        trainer.step(16)
        losses.append(float(loss.mean().asscalar()))
    return losses


@pytest.mark.parametrize("hybridize", [False, True])
def test_threads_train_at_once(hybridize):
    alone, found = train(hybridize=hybridize), {}
    threads = [threading.Thread(target=lambda i=i: found.update({i: train(hybridize=hybridize)})) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == dict.fromkeys(range(4), alone)


def test_threads_share_a_network_for_prediction():
    net = gluon.nn.HybridSequential()
    net.add(gluon.nn.Dense(50, activation="tanh", in_units=20), gluon.nn.Dense(5, in_units=50))
    net.initialize()
    net.hybridize()
    x = nd.random.uniform(shape=(8, 20))
    expected, wrong = net(x).asnumpy(), []

    def predict():
        wrong.extend(i for i in range(40) if (net(x).asnumpy() != expected).any())

    threads = [threading.Thread(target=predict) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_modes_and_contexts_are_per_thread():
    seen = []

    def look():
        seen.extend([autograd.is_recording(), autograd.is_training(), mx.current_context()])

    with autograd.record(), mx.cpu(1):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert autograd.is_recording()
    assert seen == [False, False, mx.cpu(0)]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this platform has no {method}")
    large = nd.ones((300, 300))
    assert nd.dot(large, large)[0, 0].asscalar() == 300  # the pool has threads before the fork
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(train, [0, 0]) == [train(0)] * 2


def run(code, *flags, **environment):
    """A Python process that runs `code`; its output."""
    done = subprocess.run(
        [sys.executable, *flags, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": str(Path(mx.__file__).parent.parent), **environment},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_interpreter_ends_while_threads_compute():
    assert "end" in run(
        """
        import threading, time
        from mxnb import nd
        started = threading.Event()
        def work():
            x = nd.ones((400, 400))
            while True:
                x = nd.sin(nd.dot(x, x))
                started.set()
        for _ in range(2):
            threading.Thread(target=work, daemon=True).start()
        started.wait()
        print("end")
        """
    )


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_interrupted_program_goes_on():
    assert "interrupted, 400.0" in run(
        """
        import os, signal, threading
        from mxnb import nd
        signal.signal(signal.SIGINT, signal.default_int_handler)  # nohup and background jobs ignore it
        x = nd.ones((400, 400))
        threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            while True:
                nd.sin(nd.dot(x, x))
        except KeyboardInterrupt:
            print("interrupted,", nd.dot(x, x)[0, 0].asscalar())
        """
    )


def test_no_warnings_and_no_foreign_log_lines(tmp_path):
    """An empty cache too: compiling neither warns nor logs to a program that wants to see its own debug lines."""
    code = """
        import logging
        logging.getLogger().setLevel(logging.DEBUG)
        logging.basicConfig()
        import mxnb as mx
        x = mx.nd.ones((3, 3))
        x.attach_grad()
        with mx.autograd.record():
            y = mx.nd.dot(x, x) * float("inf")
        y.backward()
        print(y[0, 0].asscalar())
        """
    assert run(code, "-W", "error", "-X", "dev", MXNB_CACHE_DIR=str(tmp_path / "cache")) == "inf\n"


def test_cache_that_cannot_be_written(tmp_path):
    file = tmp_path / "file"
    file.write_text("no folder")
    code = "from mxnb import nd; print(nd.ones((2, 2)).sum().asscalar())"
    assert run(code, MXNB_CACHE_DIR=str(file / "cache")).splitlines()[0] == "4.0"


def test_one_thread():
    code = """
        import mxnb as mx
        x = mx.nd.ones((300, 300))
        print(int(mx.nd.dot(x, x).sum().asscalar()))
        """
    assert run(code, MXNB_NUM_THREADS="1") == run(code, MXNB_NUM_THREADS="3") == "27000000\n"
