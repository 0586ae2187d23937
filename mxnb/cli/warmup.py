"""``python -m mxnb warmup``: run a little of everything once, so that its kernels are in the cache."""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from .. import config
from ..base import MXNetError
from .bar import bar

CHANNELS, HIDDEN, BATCH = (32, 64), 128, 32  # of the network of examples/train_digits.py


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("names", nargs="*", metavar="name", help="what to run (default: everything; see --list)")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    parser.add_argument(
        "--processes", type=int, default=None, metavar="N", help="compile in N processes (default: one for each CPU)"
    )


def run(args: argparse.Namespace) -> int:
    """Run the programs in a few processes, with a bar."""
    known = list(programs())
    if args.list:
        print("\n".join(known))
        return 0
    if config.kernel_cache_mode() != "object":
        raise MXNetError(
            f"MXNB_KERNEL_CACHE is {config.kernel_cache_mode()!r}: nothing is stored, so there is nothing to gain"
        )
    unknown = [name for name in args.names if name not in known]
    if unknown:
        raise MXNetError(f"no program named {', '.join(unknown)}; --list prints the names")
    if args.processes is not None and args.processes < 1:
        raise MXNetError(f"--processes is {args.processes}, needs at least 1")
    names = args.names or known
    start = time.perf_counter()
    compiled = found = unsaved = 0
    failed = []
    workers = min(args.processes or config.available_cpus(), len(names))
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_alone) as pool:
        jobs = {pool.submit(run_program, name): name for name in names}
        bar(0, len(names), "")
        for done, job in enumerate(as_completed(jobs), 1):
            error, counts = job.result()
            compiled, found, unsaved = compiled + counts[0], found + counts[1], unsaved + counts[2]
            if error:
                failed.append(f"{jobs[job]}: {error}")
            bar(done, len(names), jobs[job])
    print(
        f"{compiled} kernels compiled, {found} found in the cache, in {time.perf_counter() - start:.1f} s; "
        f"{config.cache_dir()}"
    )
    if unsaved:
        print(f"{unsaved} of them could not be stored")
    for line in failed:
        print(line)
    return 1 if failed or unsaved else 0


def _alone() -> None:
    """In each process: compile without a helper, for the other processors are busy."""
    os.environ["MXNB_COMPILE_AHEAD"] = "0"


def run_program(name: str) -> tuple[str, tuple[int, int, int]]:
    """Run one program.

    Parameters
    ----------
    name : str
        One of `programs`.

    Returns
    -------
    error : str
        Empty when all went well.
    counts : tuple of int
        Kernels that were compiled, that were in the cache, and that could not be stored.
    """
    from ..kernels import cache

    before = dict(cache.stats)
    error = ""
    try:
        programs()[name]()
    except Exception as caught:  # whatever it is, the other programs go on
        error = f"{type(caught).__name__}: {caught}"
    count = {key: cache.stats[key] - before[key] for key in before}
    return error, (count["compiled"], count["hits"], count["unsaved"] + count["dispatchers"])


def programs() -> dict[str, Callable[[], None]]:
    """Return small programs by name: every element-wise operator and reduction, and the training of networks."""
    found: dict[str, Callable[[], None]] = {
        "lenet-gluon": _lenet_gluon,
        "lenet-module": _lenet_module,
        "convolutions": _convolutions,
        "layers": _layers,
        "optimizers": _optimizers,
    }
    found.update(_operators())
    return found


def _operators() -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield a program for each operator that needs nothing but arrays and numbers."""
    from ..ops import primary
    from ..ops.elementwise import Elementwise
    from ..ops.params import REQUIRED, Float
    from ..ops.reduction import Reduce

    for name, cls in sorted(primary.items()):
        if cls.internal or not issubclass(cls, (Elementwise, Reduce)):
            continue
        required = [param for param in cls.params.values() if param.default is REQUIRED]
        if all(isinstance(param, Float) for param in required):
            yield name, _Operator(name)


class _Operator:
    """Runs an operator forward and backward."""

    def __init__(self, name: str):
        self.name = name

    def __call__(self) -> None:
        from .. import autograd, nd
        from ..ops import primary
        from ..ops.params import REQUIRED

        cls = primary[self.name]
        op = cls.of(**{name: 0.5 for name, param in cls.params.items() if param.default is REQUIRED})
        inputs = [nd.full((2, 3), 0.5) for _ in cls.inputs]
        for x in inputs:
            x.attach_grad()
        with autograd.record():
            y = nd.invoke(op, inputs)
        if op.differentiable:
            y.backward()
        y.wait_to_read()


def _train(net: Any, data: Any, optimizer: str = "sgd", **options: Any) -> None:
    """One step of training a Gluon network with ten classes, and one of prediction."""
    from .. import autograd, gluon, init, nd

    net.initialize(init.Xavier())
    net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), optimizer, options)
    with autograd.record():
        loss = gluon.loss.SoftmaxCrossEntropyLoss()(net(data), nd.zeros(len(data)))
    loss.backward()
    trainer.step(len(data))
    nd.softmax(net(data)).wait_to_read()


def _lenet(dims: int) -> Any:
    """Return a LeNet for data with 1 to 3 spatial axes."""
    from ..gluon import nn

    convolution = (nn.Conv1D, nn.Conv2D, nn.Conv3D)[dims - 1]
    pooling = (nn.MaxPool1D, nn.MaxPool2D, nn.MaxPool3D)[dims - 1]
    average = (nn.AvgPool1D, nn.AvgPool2D, nn.AvgPool3D)[dims - 1]
    net = nn.HybridSequential()
    for pool in (pooling, average):
        net.add(
            convolution(8, kernel_size=3, padding=1),
            nn.BatchNorm(),
            nn.Activation("relu"),
            pool(pool_size=2, strides=2),
        )
    net.add(nn.Dense(16, activation="relu"), nn.Dropout(0.5), nn.Dense(10))
    return net


def _lenet_gluon() -> None:
    """The kernels that `examples/train_digits.py` needs (some are chosen by sizes), and a step on MNIST's images."""
    from .. import autograd, gluon, init, metric, nd

    def to_input(image: Any) -> Any:
        return image.transpose((2, 0, 1)).astype("float32") / 255

    def digits(train: bool, size: int) -> Any:
        images = gluon.data.vision.Digits(train=train).transform_first(to_input, lazy=False)
        return gluon.data.DataLoader(images, batch_size=size, shuffle=train)

    net = gluon.nn.HybridSequential()
    for channels in CHANNELS:
        net.add(
            gluon.nn.Conv2D(channels, kernel_size=3, padding=1, use_bias=False),
            gluon.nn.BatchNorm(),
            gluon.nn.Activation("relu"),
            gluon.nn.MaxPool2D(pool_size=2, strides=2),
        )
    net.add(gluon.nn.Dense(HIDDEN), gluon.nn.BatchNorm(), gluon.nn.Activation("relu"), gluon.nn.Dropout(0.3))
    net.add(gluon.nn.Dense(10))
    net.initialize(init.Xavier())
    net.hybridize()
    loss_function = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9, "wd": 1e-4})
    losses, accuracy = metric.Loss(), metric.Accuracy()
    for data, label in itertools.islice(digits(True, BATCH), 2):
        with autograd.record():
            output = net(data)
            loss = loss_function(output, label)
        loss.backward()
        trainer.step(len(data))
        losses.update(None, loss)
        accuracy.update(label, output)
    for data, label in itertools.islice(digits(False, 120), 1):
        output = net(data)
        accuracy.update(label, output)
        nd.softmax(output).wait_to_read()
    _train(_lenet(2), nd.ones((8, 1, 28, 28)), momentum=0.9, learning_rate=0.1)


def _convolutions() -> None:
    from .. import nd

    for dims in (1, 2, 3):
        _train(_lenet(dims), nd.ones((2, 3, *[8] * dims)), learning_rate=0.1)


def _layers() -> None:
    from .. import nd
    from ..gluon import nn

    for activation in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
        net = nn.HybridSequential()
        net.add(nn.Dense(8, activation=activation), nn.Dense(10))
        _train(net, nd.ones((4, 5)), learning_rate=0.1)
    net = nn.HybridSequential()
    net.add(nn.Embedding(10, 4), nn.LayerNorm(), nn.Dense(10))
    _train(net, nd.ones((4, 5)), learning_rate=0.1)


def _optimizers() -> None:
    from .. import nd, registry
    from ..gluon import nn
    from ..optimizer import Optimizer

    for name in registry.get_registry(Optimizer):
        if name != "test":  # a plain subtraction, for tests
            net = nn.Dense(10, use_bias=name != "groupadagrad")  # which wants matrices only
            _train(net, nd.ones((4, 5)), name)


def _lenet_module() -> None:
    """The kernels that `examples/train_digits.py --api module` needs."""
    from .. import init, io, metric, mod, sym

    x = sym.Variable("data")
    for channels in CHANNELS:
        x = sym.Convolution(x, num_filter=channels, kernel=(3, 3), pad=(1, 1), no_bias=True)
        x = sym.BatchNorm(x, fix_gamma=False)
        x = sym.Activation(x, act_type="relu")
        x = sym.Pooling(x, pool_type="max", kernel=(2, 2), stride=(2, 2))
    x = sym.FullyConnected(x, num_hidden=HIDDEN)
    x = sym.BatchNorm(x, fix_gamma=False)
    x = sym.Activation(x, act_type="relu")
    x = sym.Dropout(x, p=0.3)
    x = sym.FullyConnected(x, num_hidden=10)
    x = sym.SoftmaxOutput(x, name="softmax")
    files = io.digits_files(train=False)
    module = mod.Module(x)
    module.fit(
        io.MNISTIter(**files, batch_size=BATCH, silent=True),
        eval_metric=metric.create(["ce", "acc"]),
        initializer=init.Xavier(),
        optimizer_params={"learning_rate": 0.1, "momentum": 0.9, "wd": 1e-4},
        num_epoch=1,
    )
    held_out = io.MNISTIter(**files, batch_size=120, shuffle=False, silent=True)
    module.score(held_out, "acc")
    module.predict(held_out).wait_to_read()
