"""Well-known image data sets: files in a folder, downloaded into it when they are missing."""

from __future__ import annotations

import os
import tarfile
import zlib
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .... import config, ndarray
from ....base import MXNetError
from ....io.idx import DIGITS, read_idx
from ....ndarray import NDArray
from ... import utils
from ..dataset import Dataset

__all__ = ["CIFAR10", "CIFAR100", "MNIST", "Digits", "FashionMNIST"]

Transform = Callable[[NDArray, Any], Any]


class _ImageDataset(Dataset):
    """Images and labels in memory; subclasses say where they come from.

    Subclasses define `_read`, which returns images, uint8 (N, H, W, C), and labels, int32 (N,).
    """

    _namespace: ClassVar[str]
    """The folder of the data set, under ``$MXNET_HOME/datasets`` and in the repository."""

    def __init__(self, root: str | None, train: bool, transform: Transform | None):
        if root is None:
            root = os.path.join(config.data_dir(), "datasets", self._namespace)
        self._root = os.path.expanduser(root)
        self._train = train
        self._transform = transform
        images, label = self._read()
        self._data = ndarray.array(images, dtype="uint8")
        self._label = label

    def _read(self) -> tuple[np.ndarray, np.ndarray]:
        raise NotImplementedError

    def __getitem__(self, idx: int) -> Any:
        if self._transform is not None:
            return self._transform(self._data[idx], self._label[idx])
        return self._data[idx], self._label[idx]

    def __len__(self) -> int:
        return len(self._label)

    def _path(self, name: str, sha1: str, others: tuple[str, ...] = ()) -> str:
        """Return the path of a file in the folder, under its own or another name; download it if there is none.

        What is in the folder is used as it is: the hash guards the download.
        """
        for candidate in (name, *others):
            path = os.path.join(self._root, candidate)
            if os.path.exists(path):
                return path
        url = f"{config.repo_url()}gluon/dataset/{self._namespace}/{name}"
        try:
            os.makedirs(self._root, exist_ok=True)
            return utils.download(url, path=self._root, sha1_hash=sha1)
        except (OSError, MXNetError) as error:
            also = "".join(f" (or {other})" for other in others)
            raise MXNetError(
                f"{type(self).__name__}: {name} is missing. Put it{also} into the folder {self._root}, or give the "
                f"folder that has it as root. Downloading it failed: {error}"
            ) from error


class MNIST(_ImageDataset):
    """The MNIST handwritten digits: 60000 grey images of 28x28 for training, 10000 for testing.

    Files, in `root`, as published or uncompressed: ``train-images-idx3-ubyte.gz``, ``train-labels-idx1-ubyte.gz``,
    ``t10k-images-idx3-ubyte.gz``, ``t10k-labels-idx1-ubyte.gz``. Missing ones are downloaded.

    Parameters
    ----------
    root : str, optional
        The folder of the files; by default ``$MXNET_HOME/datasets/mnist``, where ``MXNET_HOME`` is ``~/.mxnet``
        unless it is set.
    train : bool
        The part for training, or the one for testing.
    transform : callable, optional
        ``transform(image, label)`` gives the sample. `Dataset.transform_first` is the newer way.

    Raises
    ------
    MXNetError
        When a file is missing and cannot be downloaded, or is damaged.

    Notes
    -----
    A sample is an image, NDArray of uint8 with shape (28, 28, 1), and a label, ``numpy.int32``.
    """

    _namespace = "mnist"
    _sha1: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte.gz": "6c95f4b05d2bf285e1bfb0e7960c31bd3b3f8a7d",
        "train-labels-idx1-ubyte.gz": "2a80914081dc54586dbdf242f9805a6b8d2a15fc",
        "t10k-images-idx3-ubyte.gz": "c3a25af1f52dad7f726cce8cacb138654b760d48",
        "t10k-labels-idx1-ubyte.gz": "763e7fa3757d93b0cdec073cef058b2004252c17",
    }

    def __init__(self, root: str | None = None, train: bool = True, transform: Transform | None = None):
        super().__init__(root, train, transform)

    def _read(self) -> tuple[np.ndarray, np.ndarray]:
        prefix = "train" if self._train else "t10k"
        paths = [
            self._path(name, self._sha1[name], others=(name.removesuffix(".gz"),))
            for name in (f"{prefix}-images-idx3-ubyte.gz", f"{prefix}-labels-idx1-ubyte.gz")
        ]
        images, labels = map(read_idx, paths)
        if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
            raise MXNetError(
                f"{type(self).__name__}: {paths[0]} has shape {images.shape}, {paths[1]} has shape {labels.shape}; "
                "needs (samples, height, width) and (samples,)"
            )
        return images[..., None], labels.astype(np.int32)


class FashionMNIST(MNIST):
    """Zalando's articles of clothing: grey images and files as those of `MNIST`, ten classes.

    Parameters
    ----------
    root : str, optional
        The folder of the files; by default ``$MXNET_HOME/datasets/fashion-mnist``.
    train : bool
        The part for training, or the one for testing.
    transform : callable, optional
        ``transform(image, label)`` gives the sample.

    Raises
    ------
    MXNetError
        When a file is missing and cannot be downloaded, or is damaged.
    """

    _namespace = "fashion-mnist"
    _sha1 = {
        "train-images-idx3-ubyte.gz": "0cf37b0d40ed5169c6b3aba31069a9770ac9043d",
        "train-labels-idx1-ubyte.gz": "236021d52f1e40852b06a4c3008d8de8aef1e40b",
        "t10k-images-idx3-ubyte.gz": "626ed6a7c06dd17c0eec72fa3be1740f146a2863",
        "t10k-labels-idx1-ubyte.gz": "17f9ab60e7257a1620f4ad76bbbaf857c3920701",
    }


class Digits(MNIST):
    """The UCI optical handwritten digits: 1437 grey images of 8x8 for training, 360 held out; part of mxnb.

    ``mxnb/data/digits/README.md`` has source, licence and citation; `mxnb.io.digits_files` names the files.

    Parameters
    ----------
    train : bool
        The part for training, or the one held out.
    transform : callable, optional
        ``transform(image, label)`` gives the sample.

    Notes
    -----
    A sample is an image, NDArray of uint8 with shape (8, 8, 1), and a label, ``numpy.int32``. The 17 grey levels are
    spread over 0 to 255.

    Examples
    --------
    >>> import mxnb as mx
    >>> digits = mx.gluon.data.vision.Digits()
    >>> image, label = digits[3]
    >>> len(digits), image.shape, int(label)
    (1437, (8, 8, 1), 6)
    """

    def __init__(self, train: bool = True, transform: Transform | None = None):
        super().__init__(DIGITS, train, transform)


class CIFAR10(_ImageDataset):
    """CIFAR-10: 50000 colour images of 32x32 for training, 10000 for testing, ten classes.

    Files, in `root`: ``data_batch_1.bin`` … ``data_batch_5.bin``, ``test_batch.bin``, or the archive
    ``cifar-10-binary.tar.gz`` that has them. If they are missing, the archive is downloaded.

    Parameters
    ----------
    root : str, optional
        The folder of the files; by default ``$MXNET_HOME/datasets/cifar10``.
    train : bool
        The part for training, or the one for testing.
    transform : callable, optional
        ``transform(image, label)`` gives the sample.

    Raises
    ------
    MXNetError
        When a file is missing and cannot be downloaded, or is damaged.

    Notes
    -----
    A sample is an image, NDArray of uint8 with shape (32, 32, 3), and a label, ``numpy.int32``.
    """

    _namespace = "cifar10"
    _archive = ("cifar-10-binary.tar.gz", "fab780a1e191a7eda0f345501ccd62d20f7ed891")
    _train_files: ClassVar[tuple[str, ...]] = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
    _test_files: ClassVar[tuple[str, ...]] = ("test_batch.bin",)
    _label_bytes = 1
    _label_byte = 0

    def __init__(self, root: str | None = None, train: bool = True, transform: Transform | None = None):
        super().__init__(root, train, transform)

    def _read(self) -> tuple[np.ndarray, np.ndarray]:
        width = self._label_bytes + 3 * 32 * 32
        parts = []
        for name, content in self._contents(self._train_files if self._train else self._test_files):
            if len(content) == 0 or len(content) % width:
                raise MXNetError(
                    f"{type(self).__name__}: {name} has {len(content)} bytes, needs a multiple of {width}; "
                    f"byte {len(content) - len(content) % width} starts an incomplete image"
                )
            parts.append(np.frombuffer(content, np.uint8).reshape(-1, width))
        rows = np.concatenate(parts)
        images = rows[:, self._label_bytes :].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        return np.ascontiguousarray(images), rows[:, self._label_byte].astype(np.int32)

    def _contents(self, names: tuple[str, ...]) -> list[tuple[str, bytes]]:
        """Return path and content of each file, from the folder or from the archive in it."""
        paths = [os.path.join(self._root, name) for name in names]
        if all(map(os.path.exists, paths)):
            return [(path, _content(path)) for path in paths]
        archive = self._path(*self._archive)
        found = {}
        try:
            with tarfile.open(archive) as tar:
                for member in tar:
                    name = os.path.basename(member.name)
                    if name in names and (stream := tar.extractfile(member)) is not None:
                        found[name] = stream.read()
        except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
            raise MXNetError(f"{type(self).__name__}: {archive} is damaged: {error}; delete it") from error
        for name in names:
            if name not in found:
                raise MXNetError(f"{type(self).__name__}: the archive {archive} has no file {name}")
        return [(f"{archive}:{name}", found[name]) for name in names]


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError as error:
        raise MXNetError(f"cannot read {path!r}: {error.strerror}") from error


class CIFAR100(CIFAR10):
    """CIFAR-100: as `CIFAR10`, with 100 classes in 20 groups.

    Files, in `root`: ``train.bin``, ``test.bin``, or the archive ``cifar-100-binary.tar.gz``.

    Parameters
    ----------
    root : str, optional
        The folder of the files; by default ``$MXNET_HOME/datasets/cifar100``.
    fine_label : bool
        Whether the label is the class (0 to 99) or the group (0 to 19).
    train : bool
        The part for training, or the one for testing.
    transform : callable, optional
        ``transform(image, label)`` gives the sample.

    Raises
    ------
    MXNetError
        When a file is missing and cannot be downloaded, or is damaged.
    """

    _namespace = "cifar100"
    _archive = ("cifar-100-binary.tar.gz", "a0bb982c76b83111308126cc779a992fa506b90b")
    _train_files = ("train.bin",)
    _test_files = ("test.bin",)
    _label_bytes = 2

    def __init__(
        self,
        root: str | None = None,
        fine_label: bool = False,
        train: bool = True,
        transform: Transform | None = None,
    ):
        self._fine_label = fine_label
        self._label_byte = int(fine_label)
        super().__init__(root, train, transform)
