"""Train a classifier from a record file: folders of images, im2rec, ImageRecordIter, Module.

    python examples/train_from_records.py

The images are the handwritten digits that come with mxnb, written as PNG files, a folder for each digit, as one has
them. What follows is what one does with any folders: two commands make a list and a record file, and an iterator
decodes, crops, jitters and normalises ahead of the training.
"""

import argparse
from pathlib import Path

import mxnb as mx
from mxnb import cli, gluon
from mxnb.image import codec


def write_folders(folder, train):
    """One PNG file for each image, in a folder with the name of its class."""
    for i, (pixels, digit) in enumerate(gluon.data.vision.Digits(train=train)):
        path = folder / str(int(digit)) / f"{i:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(codec.encode(pixels.asnumpy()[:, :, 0], ".png"))


def make_records(out):
    """The record files of both parts."""
    for part in ("train", "test"):
        folder, prefix = out / part, str(out / part)
        write_folders(folder, part == "train")
        for options in (["--list", "--recursive"], ["--resize", "32", "--color", "0", "--encoding", ".png"]):
            if cli.main(["im2rec", prefix, str(folder), *options]):
                raise SystemExit(f"im2rec {part} failed")
    return out / "train.rec", out / "test.rec"


def network():
    """Two convolutions and two dense layers, for grey 28x28."""
    x = mx.sym.Variable("data")
    for channels in (16, 32):
        x = mx.sym.Convolution(x, num_filter=channels, kernel=(3, 3), pad=(1, 1))
        x = mx.sym.Pooling(mx.sym.Activation(x, act_type="relu"), pool_type="max", kernel=(2, 2), stride=(2, 2))
    x = mx.sym.Activation(mx.sym.FullyConnected(x, num_hidden=64), act_type="relu")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=10), name="softmax")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--out", type=Path, default=Path("out/records"))
    args = parser.parse_args()
    mx.random.seed(0)
    args.out.mkdir(parents=True, exist_ok=True)
    train_file, test_file = make_records(args.out)
    common = {"data_shape": (1, 28, 28), "batch_size": 64, "mean_r": 80, "std_r": 90, "verbose": False}
    train = mx.io.ImageRecordIter(
        path_imgrec=train_file, shuffle=True, rand_crop=True, max_rotate_angle=10, fill_value=0, **common
    )
    test = mx.io.ImageRecordIter(path_imgrec=test_file, **common)
    module = mx.mod.Module(network())
    module.fit(
        train, eval_data=test, num_epoch=args.epochs, optimizer="adam", optimizer_params={"learning_rate": 2e-3},
        initializer=mx.init.Xavier(),
        epoch_end_callback=lambda epoch, *_: print(f"epoch {epoch + 1}/{args.epochs}"),
    )  # fmt: skip
    test.reset()
    print(f"held-out accuracy {module.score(test, 'acc')[0][1]:.4f}")


if __name__ == "__main__":
    main()
