"""Files and iterators against MXNet 1.9.1: what it made of the same encoded images, boxes and seeds, recorded.

With ``MXNET_PYTHON=/path/to/python`` that has mxnet 1.9.1, files are also exchanged with it, in both directions.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))
try:
    import crosscheck_data
    import decoding
    import detection
    import pack
finally:
    sys.path.remove(str(GOLDEN))

DETECTION = pack.load(detection.ANSWERS)
DECODING = pack.load(decoding.ANSWERS)


# --- Augmenters and Python's iterators -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def augmented():
    return detection.augmented(mx)


@pytest.mark.parametrize("name", [*detection.plain_augmenters(mx), *detection.box_augmenters(mx)])
def test_augmenters(name, augmented):
    """With the same seeds the same parts; pixels but for the rounding of interpolation, boxes exactly.

    uint8 may be off by one; after that by 1/255 of what colours are normalised to, or multiplied with.
    """
    for seed in detection.SEEDS:
        got, expected = augmented[f"{name} {seed}"], DETECTION[f"{name} {seed}"]
        assert got.dtype == expected.dtype
        assert got.shape == expected.shape
        atol = 1.3 if "colours" in name else 0.03 if name == "CreateDetAugmenter" else 1
        np.testing.assert_allclose(got.astype(float), expected.astype(float), rtol=0, atol=atol)
        assert abs(got.astype(float).mean() - expected.mean()) < 0.3
        if f"{name} {seed} boxes" in DETECTION:
            np.testing.assert_allclose(
                augmented[f"{name} {seed} boxes"], DETECTION[f"{name} {seed} boxes"], rtol=0, atol=1e-12
            )


@pytest.fixture(scope="module")
def batches(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    for name in ("plain.rec", "plain.idx", "boxes.rec", "boxes.idx"):
        (folder / name).write_bytes(DETECTION[name].tobytes())
    return detection.batches(mx, str(folder))


def test_iterators(batches):
    """`ImageIter` and `ImageDetIter` over MXNet's files: orders, crops, colours, labels and shapes are MXNet's."""
    for name, got in batches.items():
        expected = DETECTION[name]
        assert got.shape == expected.shape, name
        atol = 0.03 if name.endswith("shuffled data") else 1 if name.endswith("data") else 1e-6
        np.testing.assert_allclose(got, expected, rtol=0, atol=atol, err_msg=name)


# --- Encoded images --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def decoded(tmp_path_factory):
    return decoding.decoded(mx, str(tmp_path_factory.mktemp("decoding")))


@pytest.mark.parametrize("name", decoding.names())
def test_decoding(name, decoded):
    """By imdecode, unpack_img and ImageRecordIter: the same pixels, but for the rounding of CMYK."""
    checked = 0
    for key, got in decoded.items():
        if key.startswith(name + " "):
            expected = DECODING[key]
            assert got.shape == expected.shape, key
            atol = 1 if "cmyk" in name else 0
            np.testing.assert_allclose(got.astype(float), expected.astype(float), rtol=0, atol=atol, err_msg=key)
            checked += 1
    assert checked >= 5


def test_encoding():
    """What `pack_img` encodes as PNG and JPEG are the pixels that MXNet encodes, with the same header before."""
    for key, made in decoding.encoded(mx).items():
        theirs = DECODING[key].tobytes()
        header, pixels = mx.recordio.unpack_img(theirs)
        own_header, own_pixels = mx.recordio.unpack_img(made.tobytes())
        assert header[2:] == own_header[2:]
        assert header.flag == own_header.flag
        np.testing.assert_array_equal(header.label, own_header.label)
        np.testing.assert_array_equal(pixels, own_pixels, err_msg=key)


# --- Files there and back --------------------------------------------------------------------------------------------


def test_exchange(tmp_path):
    """MXNet reads our records, indexes and lists, and writes its own of the same bytes, which we read."""
    python = os.environ.get("MXNET_PYTHON")
    if not python:
        pytest.skip("MXNET_PYTHON is not set to a Python that has mxnet 1.9.1")
    crosscheck_data.write(str(tmp_path))
    script = str(GOLDEN / "crosscheck_data.py")
    done = subprocess.run([python, "-W", "ignore", script, "read", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    crosscheck_data.compare(str(tmp_path))
