"""Rebuild mxnb/data/digits from the copy of the data that scikit-learn distributes.

    pip download --no-deps scikit-learn -d /tmp/sklearn
    python tools/make_digits.py /tmp/sklearn/scikit_learn-*.whl

Takes a wheel, or `digits.csv.gz` out of one, whatever its version: the data is checked against a known hash. The
files come out the same, byte for byte, wherever zlib is the same.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np

MEMBER = "sklearn/datasets/data/digits.csv.gz"
SHA256 = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"  # of the uncompressed table
TRAIN = 1437  # four fifths of the samples; the rest is held out
FOLDER = Path(__file__).resolve().parent.parent / "mxnb" / "data" / "digits"


def read_table(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the images, uint8 (1797, 8, 8) with values 0 to 255, and the labels, uint8 (1797,)."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            packed = wheel.read(MEMBER)
    else:
        packed = path.read_bytes()
    text = gzip.decompress(packed)
    if hashlib.sha256(text).hexdigest() != SHA256:
        sys.exit(f"{path}: the table of digits is not the one that this script knows")
    table = np.loadtxt(text.decode().splitlines(), delimiter=",", dtype=np.int64)
    # 0..16 pixels of a 4x4 block are on; 255 is what programs written for MNIST divide by
    images = np.rint(table[:, :64] * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8)
    # the table is in the order of its writers: shuffled, so that both parts have digits by all of them
    order = np.random.RandomState(0).permutation(len(table))
    return images[order], table[order, 64].astype(np.uint8)


def idx_bytes(array: np.ndarray) -> bytes:
    """Return a uint8 array in MNIST's idx format."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 0x08, array.ndim, *array.shape)
    return header + array.tobytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="a scikit-learn wheel, or its digits.csv.gz")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write (default: %(default)s)")
    args = parser.parse_args()
    images, labels = read_table(args.source)
    args.folder.mkdir(parents=True, exist_ok=True)
    for prefix, part in (("train", slice(None, TRAIN)), ("t10k", slice(TRAIN, None))):
        for name, array in (("images-idx3", images[part]), ("labels-idx1", labels[part])):
            path = args.folder / f"{prefix}-{name}-ubyte.gz"
            path.write_bytes(gzip.compress(idx_bytes(array), compresslevel=9, mtime=0))
            print(f"{path}: {array.shape}")


if __name__ == "__main__":
    main()
