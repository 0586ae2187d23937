"""MNIST and its relatives, on small files that the tests write."""

import tarfile

import numpy as np
import pytest

import mxnb as mx
from mxnb.gluon import utils
from mxnb.gluon.data import vision
from mxnb.io.idx import write_idx

RANDOM = np.random.RandomState(0)
IMAGES = RANDOM.randint(0, 256, (10, 28, 28)).astype(np.uint8)
LABELS = np.arange(10, dtype=np.uint8)


@pytest.fixture
def mnist(tmp_path):
    for prefix, part in (("train", slice(0, 7)), ("t10k", slice(7, 10))):
        write_idx(tmp_path / f"{prefix}-images-idx3-ubyte.gz", IMAGES[part])
        write_idx(tmp_path / f"{prefix}-labels-idx1-ubyte.gz", LABELS[part])
    return tmp_path


@pytest.fixture
def no_network(monkeypatch):
    asked = []

    def download(url, path=None, overwrite=False, sha1_hash=None, retries=5, verify_ssl=True):
        asked.append(url)
        raise mx.MXNetError("no network")

    monkeypatch.setattr(utils, "download", download)
    return asked


@pytest.mark.parametrize("kind", [vision.MNIST, vision.FashionMNIST])
def test_samples(mnist, kind):
    train, test = kind(root=str(mnist)), kind(str(mnist), train=False)
    assert (len(train), len(test)) == (7, 3)
    image, label = train[3]
    assert isinstance(image, mx.nd.NDArray)
    assert (image.shape, image.dtype) == ((28, 28, 1), np.uint8)
    assert (image.asnumpy()[:, :, 0] == IMAGES[3]).all()
    assert isinstance(label, np.int32)
    assert label == 3
    assert test[-1][1] == 9
    assert [label for _, label in test] == [7, 8, 9]
    images, labels = train[2:4]
    assert images.shape == (2, 28, 28, 1)
    assert labels.tolist() == [2, 3]
    with pytest.raises(IndexError):
        train[7]


def test_transforms(mnist):
    old = vision.MNIST(str(mnist), transform=lambda image, label: (image.astype("float32") / 255, label))
    assert old[2][0].dtype == np.float32
    new = vision.MNIST(str(mnist)).transform_first(lambda image: image.shape)
    assert new[2] == ((28, 28, 1), 2)


def test_uncompressed_files_will_do(mnist, no_network):
    for prefix, shape in (("train-images-idx3-ubyte", IMAGES), ("train-labels-idx1-ubyte", LABELS)):
        (mnist / f"{prefix}.gz").unlink()
        write_idx(mnist / prefix, shape)
    assert len(vision.MNIST(str(mnist))) == 10
    assert not no_network


def test_missing_file(mnist, no_network):
    (mnist / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(
        mx.MXNetError, match=r"MNIST: train-labels-idx1-ubyte\.gz is missing\. Put it .* no network"
    ) as e:
        vision.MNIST(str(mnist))
    assert str(mnist) in str(e.value)
    assert no_network == [mx.config.repo_url() + "gluon/dataset/mnist/train-labels-idx1-ubyte.gz"]


def test_default_root(tmp_path, monkeypatch, no_network):
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    for kind, name in (
        (vision.MNIST, "mnist"),
        (vision.FashionMNIST, "fashion-mnist"),
        (vision.CIFAR10, "cifar10"),
        (vision.CIFAR100, "cifar100"),
    ):
        with pytest.raises(mx.MXNetError, match="is missing") as e:
            kind()
        assert str(tmp_path / "datasets" / name) in str(e.value)


def test_damaged_files(mnist):
    write_idx(mnist / "train-labels-idx1-ubyte.gz", LABELS[:3])
    with pytest.raises(mx.MXNetError, match=r"shape \(7, 28, 28\), .* has shape \(3,\)"):
        vision.MNIST(str(mnist))
    (mnist / "train-labels-idx1-ubyte.gz").write_bytes(b"<html>not found</html>")
    with pytest.raises(mx.MXNetError, match=r"train-labels-idx1-ubyte\.gz: bytes 0 to 3 are 3c 68 74 6d"):
        vision.MNIST(str(mnist))


def test_digits():
    train, held_out = vision.Digits(), vision.Digits(train=False)
    assert (len(train), len(held_out)) == (1437, 360)
    image, label = train[0]
    assert image.shape == (8, 8, 1)
    assert image.dtype == np.uint8
    assert label == 2
    data, labels = next(iter(mx.gluon.data.DataLoader(held_out, batch_size=60)))
    assert data.shape == (60, 8, 8, 1)
    assert labels.shape == (60,)


def cifar_rows(count, labels):
    rows = RANDOM.randint(0, 256, (count, labels + 3072)).astype(np.uint8)
    rows[:, :labels] = RANDOM.randint(0, 10, (count, labels))
    return rows


def picture(row):
    return row[-3072:].reshape(3, 32, 32).transpose(1, 2, 0)


def test_cifar10(tmp_path):
    files = {name: cifar_rows(3, 1) for name in [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]}
    for name, rows in files.items():
        rows.tofile(tmp_path / name)
    train = vision.CIFAR10(str(tmp_path))
    assert len(train) == 15
    image, label = train[4]
    row = files["data_batch_2.bin"][1]
    assert image.shape == (32, 32, 3)
    assert (image.asnumpy() == picture(row)).all()
    assert isinstance(label, np.int32)
    assert label == row[0]
    assert len(vision.CIFAR10(str(tmp_path), train=False)) == 3
    (tmp_path / "test_batch.bin").write_bytes(bytes(3074))
    with pytest.raises(mx.MXNetError, match=r"test_batch\.bin has 3074 bytes, needs a multiple of 3073; byte 3073"):
        vision.CIFAR10(str(tmp_path), train=False)


def test_cifar100_from_the_archive(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    rows = {name: cifar_rows(4, 2) for name in ("train.bin", "test.bin")}
    archive = tmp_path / "cifar-100-binary.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in rows.items():
            content.tofile(source / name)
            tar.add(source / name, f"cifar-100-binary/{name}")
    for fine in (False, True):
        data = vision.CIFAR100(str(tmp_path), fine_label=fine, train=False)
        assert len(data) == 4
        image, label = data[1]
        assert (image.asnumpy() == picture(rows["test.bin"][1])).all()
        assert label == rows["test.bin"][1][int(fine)]
    archive.write_bytes(archive.read_bytes()[:2000])
    with pytest.raises(mx.MXNetError, match="is damaged"):
        vision.CIFAR100(str(tmp_path))
