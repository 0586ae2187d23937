"""What MXNet 1.9.1 makes of images: decoding, resizing, borders, crops and augmenters.

``python tests/golden/images.py``, where MXNet 1.9.1 (and for `FILES` Pillow) is installed, writes images.npz. Kept to
Python 3.8.  With --files it makes the encoded images first.
"""

import io
import random
import sys
from pathlib import Path

import numpy as np

ANSWERS = Path(__file__).parent / "images.npz"
FILES = Path(__file__).parent / "image_files.npz"
SIZES = [(5, 7), (10, 14), (3, 4), (4, 4), (17, 5), (3, 30), (23, 21)]
KINDS = {"nearest": 0, "linear": 1, "cubic": 2, "area": 3, "lanczos": 4}


def pictures():
    rng = np.random.RandomState(0)
    return {
        "colour": rng.randint(0, 256, (11, 16, 3)).astype(np.uint8),
        "grey": rng.randint(0, 256, (8, 8, 1)).astype(np.uint8),
        "real": rng.uniform(0, 255, (9, 6, 3)).astype(np.float32),
    }


def calls(mx):
    """By name, functions that give an array."""
    image, found = mx.image, {}
    for name, pixels in pictures().items():
        for size in SIZES:
            for kind, code in KINDS.items():
                found[f"resize {name} {size[0]}x{size[1]} {kind}"] = lambda p=pixels, s=size, c=code: image.imresize(
                    mx.nd.array(p, dtype=p.dtype), s[1], s[0], interp=c
                )
        for kind in range(5):
            found[f"border {name} {kind}"] = lambda p=pixels, k=kind: image.copyMakeBorder(
                mx.nd.array(p, dtype=p.dtype), 1, 2, 3, 4, type=k, value=7
            )
    x = mx.nd.array(pictures()["colour"], dtype="uint8")
    found["border of colours"] = lambda: image.copyMakeBorder(x, 2, 0, 1, 1, values=(1, 2, 3))
    turned = mx.nd.array(np.arange(2 * 5 * 7).reshape(2, 5, 7))
    for angle in (0, 30, 90, -45):
        for zoom in ({}, {"zoom_in": True}, {"zoom_out": True}):
            found[f"imrotate {angle} {' '.join(zoom)}"] = lambda a=angle, z=zoom: image.imrotate(turned, a, **z)
    found["imrotate of several"] = lambda: image.imrotate(mx.nd.stack(turned, turned), mx.nd.array([30, 60]))
    found["resize_short"] = lambda: image.resize_short(x, 5)
    found["fixed_crop"] = lambda: image.fixed_crop(x, 3, 2, 7, 5, (4, 4))
    found["fixed_crop outside"] = lambda: image.fixed_crop(x, 12, 3, 9, 4)
    found["center_crop large"] = lambda: image.center_crop(x, (28, 10))[0]
    for seed in range(3):
        for name, call in {
            "random_crop": lambda: image.random_crop(x, (5, 4)),
            "random_size_crop": lambda: image.random_size_crop(x, (5, 4), (0.2, 1.0), (0.75, 1.33)),
            "random_size_crop never": lambda: image.random_size_crop(x, (5, 4), (2.0, 3.0), (0.75, 1.33)),
        }.items():
            found[f"{name} seed {seed}"] = lambda c=call, s=seed: seeded(mx, s, lambda: c()[0])
            found[f"{name} place {seed}"] = lambda c=call, s=seed: seeded(mx, s, lambda: np.array(c()[1]))
    return found


def augmenters(mx):
    """By name, augmenters of floats; each is called after seeding with 3."""
    i = mx.image
    values, vectors = np.array([55.46, 4.794, 1.148]), np.array([[0.5, 0.1, 0.2], [0.3, 0.4, 0.1], [0.2, 0.2, 0.6]])
    mean, std = mx.nd.array([10, 20, 30]), mx.nd.array([2, 3, 4])
    whole = {
        "resize": 9,
        "rand_crop": True,
        "rand_resize": True,
        "rand_mirror": True,
        "mean": True,
        "std": True,
        "brightness": 0.3,
        "contrast": 0.2,
        "saturation": 0.1,
        "hue": 0.1,
        "pca_noise": 0.1,
        "rand_gray": 0.5,
    }
    return {
        "BrightnessJitterAug": [i.BrightnessJitterAug(0.4)],
        "ContrastJitterAug": [i.ContrastJitterAug(0.4)],
        "SaturationJitterAug": [i.SaturationJitterAug(0.4)],
        "HueJitterAug": [i.HueJitterAug(0.4)],
        "ColorJitterAug": [i.ColorJitterAug(0.4, 0.3, 0.2)],
        "LightingAug": [i.LightingAug(0.4, values, vectors)],
        "ColorNormalizeAug": [i.ColorNormalizeAug(mean, std)],
        "RandomGrayAug": [i.RandomGrayAug(1.0)],
        "HorizontalFlipAug": [i.HorizontalFlipAug(1.0)],
        "HorizontalFlipAug never": [i.HorizontalFlipAug(0.0)],
        "CreateAugmenter": i.CreateAugmenter((3, 6, 7), **whole),
        "CreateAugmenter plain": i.CreateAugmenter((3, 6, 7)),
    }


def seeded(mx, seed, call):
    random.seed(seed)
    np.random.seed(seed)
    return call()


def apply(mx, augs):
    def run():
        x = mx.nd.array(pictures()["colour"], dtype="float32")
        for aug in augs:
            x = aug(x)
        return x

    return seeded(mx, 3, run)


def make_files():
    from PIL import Image

    rng, found = np.random.RandomState(1), {}
    colour = rng.randint(0, 256, (9, 12, 3)).astype(np.uint8)
    smooth = (np.indices((24, 32)).sum(0)[:, :, None] * np.array([4, 2, 3])).astype(np.uint8)
    alpha = np.dstack([colour, colour[:, :, :1]])
    wide = rng.randint(0, 65536, (9, 12)).astype(np.uint16)

    def put(name, pixels, mode=None, **options):
        picture = Image.fromarray(pixels)
        out = io.BytesIO()
        (picture.convert(mode) if mode else picture).save(out, name.split(".")[1], **options)
        found[name] = np.frombuffer(out.getvalue(), np.uint8)

    put("colour.png", colour)
    put("alpha.png", alpha)
    put("grey.png", colour, "L")
    put("palette.png", colour, "P")
    put("bits.png", colour, "1")
    put("wide.png", wide)
    put("colour.bmp", colour)
    put("colour.jpeg", smooth, quality=90)
    put("grey.jpeg", smooth, "L")
    put("cmyk.jpeg", smooth, "CMYK")
    exif = Image.Exif()
    exif[0x112] = 6
    put("turned.jpeg", smooth, exif=exif)
    np.savez_compressed(FILES, **found)


def as_numpy(x):
    return x.asnumpy() if hasattr(x, "asnumpy") else x


def record():
    import mxnet as mx

    found = {name: as_numpy(call()) for name, call in calls(mx).items()}
    found.update({f"augmenter {name}": as_numpy(apply(mx, augs)) for name, augs in augmenters(mx).items()})
    for name, data in np.load(FILES).items():
        for flag in (0, 1):
            found[f"decode {name} {flag}"] = mx.image.imdecode(data.tobytes(), flag=flag).asnumpy()
        found[f"decode {name} bgr"] = mx.image.imdecode(data.tobytes(), to_rgb=0).asnumpy()
    np.savez_compressed(ANSWERS, **found)


if __name__ == "__main__":
    if "--files" in sys.argv:
        make_files()
    else:
        record()
