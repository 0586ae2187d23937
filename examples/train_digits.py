"""Train LeNet on the handwritten digits that come with mxnb: a minute's work, 98% right on the digits held out.

    python examples/train_digits.py                  # Gluon
    python examples/train_digits.py --api module     # the same network through Symbol and Module
    python examples/train_digits.py --ctx gpu

Writes a checkpoint and a picture, and prints where. The checkpoint (`-symbol.json` and `.params`) is MXNet's own.
"""

import argparse
import sys
import time
from pathlib import Path

START = time.perf_counter()

import numpy as np  # noqa: E402

import mxnb as mx  # noqa: E402
from mxnb import autograd, gluon  # noqa: E402
from mxnb.gluon import nn  # noqa: E402

try:
    from tqdm import tqdm
except ImportError:  # the bar is a nicety
    tqdm = None


class Progress:
    """What the training loops report to: a bar for every epoch, and the learning curve."""

    def __init__(self, epochs, batches):
        self.epochs, self.batches = epochs, batches
        self.curve = []  # one (training loss, training accuracy, held-out accuracy) for every epoch
        self.first_step = None
        self.bar = None

    def batch(self, loss, accuracy):
        """Report the metrics of the epoch so far."""
        if self.first_step is None:
            self.first_step = time.perf_counter() - START
        if tqdm and sys.stdout.isatty():
            if self.bar is None:
                self.bar = tqdm(total=self.batches, file=sys.stdout, unit="batch")
                self.bar.set_description(f"epoch {len(self.curve) + 1:2d}/{self.epochs}")
            self.bar.set_postfix(loss=f"{loss:.4f}", accuracy=f"{accuracy:.4f}", refresh=False)
            self.bar.update()

    def end_epoch(self, loss, accuracy, held_out):
        """Report an epoch's metrics."""
        self.curve.append((loss, accuracy, held_out))
        if self.bar is not None:
            self.bar.set_postfix(loss=f"{loss:.4f}", accuracy=f"{accuracy:.4f}", held_out=f"{held_out:.4f}")
            self.bar.close()
            self.bar = None
        else:
            print(
                f"epoch {len(self.curve):2d}/{self.epochs}: loss {loss:.4f}, accuracy {accuracy:.4f}, "
                f"held_out {held_out:.4f}"
            )


def learning_rate(args, batches):
    """The rate of the optimizer: cut to 0.3 of it twice during the training."""
    steps = max(1, args.epochs * batches // 3)
    return mx.lr_scheduler.FactorScheduler(step=steps, factor=0.3, base_lr=args.lr)


# ---------------------------------------------------------------------------------------------------------- Gluon


def gluon_lenet():
    net = nn.HybridSequential(prefix="lenet_")
    with net.name_scope():
        for channels in (32, 64):
            net.add(
                nn.Conv2D(channels, kernel_size=3, padding=1, use_bias=False),
                nn.BatchNorm(),
                nn.Activation("relu"),
                nn.MaxPool2D(pool_size=2, strides=2),
            )
        net.add(nn.Dense(128), nn.BatchNorm(), nn.Activation("relu"), nn.Dropout(0.3), nn.Dense(10))
    return net


def to_input(image):
    """An image of bytes, (H, W, C), becomes what the network reads: (C, H, W), from 0 to 1."""
    return image.transpose((2, 0, 1)).astype("float32") / 255


def train_gluon(args, ctx):
    """Train through Gluon; return the learning curve and the probabilities of the digits held out."""
    digits = gluon.data.vision.Digits
    train = gluon.data.DataLoader(
        digits(train=True).transform_first(to_input, lazy=False), args.batch_size, shuffle=True, last_batch="discard"
    )
    held_out = gluon.data.DataLoader(digits(train=False).transform_first(to_input, lazy=False), batch_size=120)

    net = gluon_lenet()
    net.initialize(mx.init.Xavier(), ctx=ctx)
    net.hybridize()
    loss_function = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(
        net.collect_params(),
        "sgd",
        {"lr_scheduler": learning_rate(args, len(train)), "momentum": 0.9, "wd": args.wd},
    )

    progress = Progress(args.epochs, len(train))
    for _ in range(args.epochs):
        loss_metric, accuracy = mx.metric.Loss(), mx.metric.Accuracy()
        for data, label in train:
            data, label = data.as_in_context(ctx), label.as_in_context(ctx)
            with autograd.record():
                output = net(data)
                loss = loss_function(output, label)
            loss.backward()
            trainer.step(len(data))
            loss_metric.update(None, loss)
            accuracy.update(label, output)
            progress.batch(loss_metric.get()[1], accuracy.get()[1])
        progress.end_epoch(loss_metric.get()[1], accuracy.get()[1], evaluate(net, held_out, ctx)[0])

    prefix = str(args.out / "digits")
    net.export(prefix, epoch=args.epochs)
    print(f"wrote {prefix}-symbol.json and {prefix}-{args.epochs:04d}.params")
    return progress, evaluate(net, held_out, ctx)[1]


def evaluate(net, batches, ctx):
    """Return accuracy and probabilities, (N, 10)."""
    accuracy, probabilities = mx.metric.Accuracy(), []
    for data, label in batches:
        output = net(data.as_in_context(ctx))
        accuracy.update(label.as_in_context(ctx), output)
        probabilities.append(mx.nd.softmax(output).asnumpy())
    return accuracy.get()[1], np.concatenate(probabilities)


# --------------------------------------------------------------------------------------------------------- Module


def symbol_lenet():
    x = mx.sym.Variable("data")
    for i, channels in enumerate((32, 64)):
        x = mx.sym.Convolution(x, num_filter=channels, kernel=(3, 3), pad=(1, 1), no_bias=True, name=f"conv{i}")
        x = mx.sym.BatchNorm(x, fix_gamma=False, name=f"batchnorm{i}")
        x = mx.sym.Activation(x, act_type="relu", name=f"relu{i}")
        x = mx.sym.Pooling(x, pool_type="max", kernel=(2, 2), stride=(2, 2), name=f"pool{i}")
    x = mx.sym.FullyConnected(x, num_hidden=128, name="dense0")
    x = mx.sym.BatchNorm(x, fix_gamma=False, name="batchnorm2")
    x = mx.sym.Activation(x, act_type="relu", name="relu2")
    x = mx.sym.Dropout(x, p=0.3, name="dropout")
    x = mx.sym.FullyConnected(x, num_hidden=10, name="dense1")
    return mx.sym.SoftmaxOutput(x, name="softmax")


def train_module(args, ctx):
    """Train through Module.fit; return the learning curve and the probabilities of the digits held out."""
    train = mx.io.MNISTIter(**mx.io.digits_files(train=True), batch_size=args.batch_size, seed=args.seed, silent=True)
    held_out = mx.io.MNISTIter(**mx.io.digits_files(train=False), batch_size=120, shuffle=False, silent=True)
    batches = sum(1 for _ in train)
    train.reset()

    progress = Progress(args.epochs, batches)
    metric = mx.metric.create(["ce", "acc"])
    module = mx.mod.Module(symbol_lenet(), context=ctx)
    module.fit(
        train,
        eval_data=held_out,
        eval_metric=metric,
        validation_metric="acc",
        initializer=mx.init.Xavier(),
        optimizer="sgd",
        optimizer_params={"lr_scheduler": learning_rate(args, batches), "momentum": 0.9, "wd": args.wd},
        num_epoch=args.epochs,
        batch_end_callback=lambda param: progress.batch(*metric.get()[1]),
        eval_end_callback=lambda param: progress.end_epoch(*metric.get()[1], param.eval_metric.get()[1]),
    )

    prefix = str(args.out / "digits")
    module.save_checkpoint(prefix, args.epochs)
    print(f"wrote {prefix}-symbol.json and {prefix}-{args.epochs:04d}.params")
    return progress, module.predict(held_out).asnumpy()


# -------------------------------------------------------------------------------------------------------- picture


def draw(path, curve, probabilities):
    """Draw the learning curve, and digits held out with their predictions, those that went wrong first."""
    from matplotlib.figure import Figure

    digits = gluon.data.vision.Digits(train=False)
    labels = np.array([label for _, label in digits])
    predicted = probabilities.argmax(axis=1)
    order = np.argsort(predicted == labels, kind="stable")[:18]

    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.1))
    axes = left.subplots()
    epochs = np.arange(1, len(curve) + 1)
    loss, accuracy, held_out = np.array(curve).T
    axes.plot(epochs, accuracy, label="accuracy, training")
    axes.plot(epochs, held_out, label="accuracy, held out")
    axes.set(xlabel="epoch", ylabel="accuracy", ylim=(min(0.9, held_out.min()), 1.002))
    loss_axes = axes.twinx()
    loss_axes.plot(epochs, loss, color="gray", linestyle=":", label="loss, training")
    loss_axes.set(ylabel="loss", ylim=(0, None))
    lines = axes.get_lines() + loss_axes.get_lines()
    axes.legend(lines, [line.get_label() for line in lines], loc="center right")
    for cell, i in zip(right.subplots(3, 6).flat, order):
        cell.imshow(digits[i][0].asnumpy()[:, :, 0], cmap="gray_r")
        right_answer = predicted[i] == labels[i]
        text = f"{predicted[i]}" if right_answer else f"{predicted[i]}, is {labels[i]}"
        cell.set_title(text, fontsize=9, color="black" if right_answer else "red")
        cell.axis("off")
    figure.savefig(path, dpi=120)
    print(f"wrote {path}")


def context(name):
    """Return the context; end the program with the reason when it cannot be used."""
    ctx = mx.gpu() if name == "gpu" else mx.cpu()
    try:
        mx.nd.zeros(1, ctx=ctx).wait_to_read()
    except mx.MXNetError as error:
        sys.exit(f"--ctx {name}: {error}")
    return ctx


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--api", choices=("gluon", "module"), default="gluon")
    parser.add_argument("--ctx", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.1, help="learning rate at the start (default: %(default)s)")
    parser.add_argument("--wd", type=float, default=5e-4, help="weight decay (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder to write to (default: %(default)s)")
    args = parser.parse_args()

    mx.random.seed(args.seed)
    np.random.seed(args.seed)
    ctx = context(args.ctx)
    args.out.mkdir(parents=True, exist_ok=True)
    train = train_gluon if args.api == "gluon" else train_module
    progress, probabilities = train(args, ctx)
    seconds = time.perf_counter() - START
    print(
        f"held-out accuracy {progress.curve[-1][2]:.4f} after {seconds:.1f} s; "
        f"the first training step ended {progress.first_step:.2f} s after the start"
    )
    try:
        draw(args.out / "digits.png", progress.curve, probabilities)
    except ImportError:
        print("no picture: it needs matplotlib, pip install 'mxnb[viz]'")


if __name__ == "__main__":
    main()
