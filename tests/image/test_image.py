"""`mx.image`: pixels, crops and augmenters as MXNet 1.9.1 makes them, and what is done with bad images."""

import importlib.util
import json
import random
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb import image, nd
from mxnb.image import codec

GOLDEN = Path(__file__).parent.parent / "golden"
_spec = importlib.util.spec_from_file_location("golden_images", GOLDEN / "images.py")
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)
ANSWERS = dict(np.load(GOLDEN / "images.npz"))
FILES = dict(np.load(GOLDEN / "image_files.npz"))
CALLS, AUGMENTERS = golden.calls(mx), golden.augmenters(mx)
COLOUR = golden.pictures()["colour"]


def agree(got, expected, whole):
    """Pixels may differ by one, where OpenCV computes with few bits; floats hardly."""
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(got.astype("f8"), expected.astype("f8"), rtol=0, atol=1 if whole else 1e-3)


@pytest.mark.parametrize("name", CALLS)
def test_as_mxnet(name):
    got, expected = golden.as_numpy(CALLS[name]()), ANSWERS[name]
    exact = name.startswith("border") or "nearest" in name or "place" in name
    agree(got, expected, expected.dtype == np.uint8 and not exact)


@pytest.mark.parametrize("name", AUGMENTERS)
def test_augmenters_as_mxnet(name):
    np.testing.assert_allclose(
        golden.as_numpy(golden.apply(mx, AUGMENTERS[name])), ANSWERS[f"augmenter {name}"], rtol=1e-4, atol=2e-2
    )


@pytest.mark.parametrize("name", FILES)
def test_decoding_as_mxnet(name):
    """PNG and BMP exactly; JPEG but for the rounding of CMYK."""
    data = FILES[name].tobytes()
    for flag in (0, 1):
        got = image.imdecode(data, flag=flag).asnumpy()
        agree(got, ANSWERS[f"decode {name} {flag}"], name == "cmyk.jpeg")
    agree(image.imdecode(data, to_rgb=0).asnumpy(), ANSWERS[f"decode {name} bgr"], name == "cmyk.jpeg")


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_imdecode_takes_any_bytes():
    data = codec.encode(COLOUR, ".png")
    out = nd.zeros(COLOUR.shape, dtype="uint8")
    for buf in (
        data,
        bytearray(data),
        np.frombuffer(data, np.uint8),
        nd.array(np.frombuffer(data, np.uint8), dtype="uint8"),
    ):
        np.testing.assert_array_equal(image.imdecode(buf).asnumpy(), COLOUR)
    assert image.imdecode(data, out=out) is out
    np.testing.assert_array_equal(out.asnumpy(), COLOUR)
    with pytest.raises(ValueError, match="buf is str"):
        image.imdecode("abc")
    with pytest.raises(mx.MXNetError, match="buf is an array of float32"):
        image.imdecode(nd.zeros(3))
    with pytest.raises(mx.MXNetError, match="flag is -1"):
        image.imdecode(data, flag=-1)


def test_imread(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(codec.encode(COLOUR, ".png"))
    np.testing.assert_array_equal(image.imread(str(path)).asnumpy(), COLOUR)
    with pytest.raises(mx.MXNetError, match=r"cannot open .*none\.png: No such file"):
        image.imread(str(tmp_path / "none.png"))
    path.write_bytes(b"nonsense")
    with pytest.raises(mx.MXNetError, match=r"a\.png: 8 bytes cannot be decoded"):
        image.imread(str(path))


def bomb():
    """A PNG that claims 60000 x 60000 pixels."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def test_names_of_operators(tmp_path):
    """What MXNet has as operators, with their signatures."""
    data = codec.encode(COLOUR, ".png")
    path = tmp_path / "a.png"
    path.write_bytes(data)
    buf = nd.array(np.frombuffer(data, np.uint8), dtype="uint8")
    out = nd.zeros(COLOUR.shape, dtype="uint8")
    assert nd._internal._cvimdecode(buf, flag=1, to_rgb=False, out=out, name="x") is out
    np.testing.assert_array_equal(out.asnumpy(), COLOUR[:, :, ::-1])
    np.testing.assert_array_equal(nd._internal._cvimread(filename=str(path)).asnumpy(), COLOUR)
    assert nd._internal._cvimread(str(path), 0).shape == (*COLOUR.shape[:2], 1)
    assert nd._internal._cvimresize(out, w=3, h=2).shape == (2, 3, 3)
    assert nd._internal._cvcopyMakeBorder(out, 1, 2, 3, 4, type=1).shape == (
        COLOUR.shape[0] + 3,
        COLOUR.shape[1] + 7,
        3,
    )
    with pytest.raises(mx.MXNetError, match="cannot open"):
        nd._internal._cvimread("none.png")


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "it is empty"), (b"nonsense", "8 bytes cannot be decoded"), (bomb(), "3600000000 pixels")],
)
def test_bad_images(data, message):
    with pytest.raises(mx.MXNetError, match=message):
        image.imdecode(data)


def test_damaged_images():
    """Any damage gives pixels or an MXNetError."""
    rng, failed = np.random.RandomState(0), 0
    for name in FILES:
        for turn in range(60):
            data = FILES[name].copy()
            data[rng.randint(0, len(data), 3)] = rng.randint(0, 256, 3)
            try:
                found = image.imdecode(data[: rng.randint(1, len(data) + 1)] if turn % 3 == 0 else data)
            except mx.MXNetError:
                failed += 1
            else:
                assert found.shape[2] == 3
    assert failed > 60


# --- Sizes and parts -------------------------------------------------------------------------------------------------


def test_scale_down():
    cases = {((640, 480), (720, 120)): (640, 106), ((360, 1000), (480, 500)): (360, 375), ((10, 10), (33, 7)): (10, 2)}
    for (before, wanted), expected in cases.items():
        assert image.scale_down(before, wanted) == expected


def test_methods():
    """Code 9 looks at the sizes, 10 draws."""
    x = nd.array(golden.pictures()["real"])
    for size, code in (((5, 4), 3), ((30, 20), 2), ((30, 4), 1)):
        chosen = image.imresize(x, size[1], size[0], interp=9).asnumpy()
        np.testing.assert_array_equal(chosen, image.imresize(x, size[1], size[0], interp=code).asnumpy())
    random.seed(0)
    assert len({image.functions.method(10, (1, 1), (1, 1)) for _ in range(100)}) == 5
    with pytest.raises(ValueError, match="interp is 7"):
        image.imresize(x, 3, 3, interp=7)


def test_errors():
    x = nd.zeros((4, 6, 3))
    for call, message in (
        (lambda: image.imresize(x, 0, 3), "w=0, h=3, need positive sizes"),
        (lambda: image.imresize(nd.zeros((4, 6)), 3, 3), r"data has shape \(4, 6\), needs \(height, width, channels\)"),
        (lambda: image.copyMakeBorder(x, -1, 0, 0, 0), "cannot be negative"),
        (lambda: image.copyMakeBorder(x, 1, 1, 1, 1, type=5), "type=5, need 0 to 4"),
        (lambda: image.copyMakeBorder(x, 1, 1, 1, 1, values=(1, 2)), "need one for each of 3 channels"),
        (lambda: image.random_size_crop(x, (2, 2)), "area is missing"),
        (lambda: image.CreateAugmenter((3, 4, 4), rand_resize=True), "needs rand_crop=True"),
        (lambda: image.CreateAugmenter((3, 4, 4), mean=np.zeros(2)), r"mean has shape \(2,\)"),
    ):
        with pytest.raises(mx.MXNetError, match=message):
            call()


# --- Augmenters ------------------------------------------------------------------------------------------------------


def test_dumps():
    augs = image.CreateAugmenter((3, 8, 8), resize=9, rand_crop=True, brightness=0.1, contrast=0.2, std=True)
    jitters = ['["brightnessjitteraug", {"brightness": 0.1}]', '["contrastjitteraug", {"contrast": 0.2}]']
    assert [json.loads(a.dumps()) if isinstance(a.dumps(), str) else a.dumps() for a in augs] == [
        ["resizeaug", {"size": 9, "interp": 2}],
        ["randomcropaug", {"size": [8, 8], "interp": 2}],
        ["castaug", {"type": "float32"}],
        ["colorjitteraug", jitters],
        ["colornormalizeaug", {"mean": None, "std": [58.39500045776367, 57.119998931884766, 57.375]}],
    ]


def test_whole_numbers_become_floats():
    """Where MXNet refuses uint8, colours are computed in float32."""
    x = nd.array(COLOUR, dtype="uint8")
    for name, augs in AUGMENTERS.items():
        if "Jitter" in name or name in ("LightingAug", "ColorNormalizeAug", "RandomGrayAug"):
            assert golden.seeded(mx, 3, lambda augs=augs: augs[0](x)).dtype == np.float32


def test_order_is_random():
    calls = []

    class Note(image.Augmenter):
        def __init__(self, name):
            super().__init__(name=name)
            self.name = name

        def __call__(self, src):
            calls.append(self.name)
            return src

    random.seed(0)
    notes = image.RandomOrderAug([Note("a"), Note("b"), Note("c")])
    for _ in range(40):
        notes(nd.zeros((1, 1, 3)))
    assert len({"".join(calls[i : i + 3]) for i in range(0, 120, 3)}) == 6
    assert len(image.SequentialAug([Note("a")]).dumps()[1]) == 1
    with pytest.raises(NotImplementedError, match="Augmenter does not say"):
        image.Augmenter()(nd.zeros((1, 1, 3)))


# --- Rotation --------------------------------------------------------------------------------------------------------


def test_random_rotation():
    x = nd.array(np.arange(70).reshape(2, 5, 7))
    random.seed(0)
    turned = [image.random_rotate(x, (-30, 30)).asnumpy() for _ in range(2)]
    assert (turned[0] != turned[1]).any()
    both = image.random_rotate(nd.stack(x, x), (-30, 30)).asnumpy()
    assert (both[0] != both[1]).any()
    np.testing.assert_array_equal(image.random_rotate(x, (90, 90)).asnumpy(), image.imrotate(x, 90).asnumpy())


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda x: image.imrotate(x.astype("uint8"), 3), TypeError, "src is uint8"),
        (lambda x: image.imrotate(x, 3, True, True), ValueError, "cannot both be True"),
        (lambda x: image.imrotate(x[0], 3), ValueError, "needs 3 or 4 axes"),
        (lambda x: image.imrotate(x, nd.array([3])), TypeError, "one number for one image"),
        (lambda x: image.imrotate(nd.stack(x, x), nd.array([3, 4, 5])), ValueError, "3 angles for 2 images"),
    ],
)
def test_rotations_that_cannot_be(make, error, message):
    with pytest.raises(error, match=message):
        make(nd.zeros((2, 5, 7)))
