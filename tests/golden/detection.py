"""What the iterators and the rest of the augmenters of MXNet 1.9.1 give with seeded random numbers: images and boxes.

``python tests/golden/detection.py``, where MXNet 1.9.1 is installed, writes detection.npz. Kept to Python 3.8.
"""

import os
import random
import tempfile

import numpy as np
import pack

ANSWERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "detection.npz")
BOXES = np.array([[0, 0.1, 0.2, 0.5, 0.6], [1, 0.3, 0.1, 0.9, 0.8], [2, 0.6, 0.55, 0.7, 0.95]])
SEEDS = range(3)


def picture(height=20, width=30, seed=0):
    """A smooth picture, so that interpolation hardly depends on rounding."""
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(y / (3.0 + seed) + c) + np.cos(x / (4.0 + c)) for c in range(3)]
    return (np.dstack(waves) * 60 + 125).astype(np.uint8)


def plain_augmenters(mx):
    """By name, augmenters of images."""
    i = mx.image
    found = {
        "ResizeAug": i.ResizeAug(12, 1),
        "ForceResizeAug": i.ForceResizeAug((9, 14), 1),
        "RandomCropAug": i.RandomCropAug((8, 7), 1),
        "RandomCropAug enlarged": i.RandomCropAug((40, 30), 1),
        "RandomSizedCropAug": i.RandomSizedCropAug((10, 8), (0.2, 0.9), (0.7, 1.4), 1),
        "CenterCropAug": i.CenterCropAug((8, 7), 1),
        "CenterCropAug wide": i.CenterCropAug((50, 20), 2),
        "CastAug": i.CastAug("float32"),
        "HorizontalFlipAug half": i.HorizontalFlipAug(0.5),
        "RandomGrayAug half": i.SequentialAug([i.CastAug(), i.RandomGrayAug(0.5)]),
        "SequentialAug": i.SequentialAug([i.ResizeAug(15, 1), i.CenterCropAug((9, 9)), i.CastAug()]),
        "RandomOrderAug": i.RandomOrderAug([i.HorizontalFlipAug(1.0), i.RandomCropAug((12, 11), 1)]),
    }
    for code in (0, 1, 2, 3, 4, 9):
        found[f"ResizeAug by {code}"] = i.ResizeAug(11, code)
    return found


def box_augmenters(mx):
    """By name, augmenters of images and boxes."""
    i = mx.image
    crops = {"min_object_covered": 0.1, "aspect_ratio_range": (0.5, 2.0), "area_range": (0.1, 0.9)}
    found = {
        "DetBorrowAug": i.DetBorrowAug(i.ForceResizeAug((16, 12), 1)),
        "DetHorizontalFlipAug": i.DetHorizontalFlipAug(1.0),
        "DetHorizontalFlipAug half": i.DetHorizontalFlipAug(0.5),
        "DetRandomCropAug": i.DetRandomCropAug(max_attempts=30, min_eject_coverage=0.2, **crops),
        "DetRandomCropAug covered": i.DetRandomCropAug(0.8, (0.8, 1.2), (0.3, 1.0), 0.5, 40),
        "DetRandomPadAug": i.DetRandomPadAug((0.7, 1.5), (1.0, 3.0), 50, (5, 6, 7)),
        "DetRandomSelectAug": i.DetRandomSelectAug([i.DetHorizontalFlipAug(1.0)], 0.5),
        "CreateMultiRandCropAugmenter": i.CreateMultiRandCropAugmenter(
            [0.1, 0.5], [(0.5, 2.0), (0.9, 1.1)], [(0.1, 1.0), (0.3, 0.9)], 0.3, [30, 20], 0.2
        ),
    }
    whole = {"rand_crop": 0.5, "rand_pad": 0.5, "rand_mirror": True, "brightness": 0.2, "contrast": 0.1}
    found["CreateDetAugmenter"] = i.CreateDetAugmenter((3, 16, 18), resize=15, mean=True, std=True, **whole)
    found["CreateDetAugmenter plain"] = i.CreateDetAugmenter((3, 16, 18))
    found["CreateDetAugmenter colours"] = i.CreateDetAugmenter(
        (3, 16, 18), saturation=0.2, hue=0.1, pca_noise=0.1, rand_gray=0.3, inter_method=1
    )
    return found


def seeded(seed, call, *args):
    random.seed(seed)
    np.random.seed(seed)
    return call(*args)


def apply(mx, augs):
    image, boxes = mx.nd.array(picture(), dtype="uint8"), BOXES.copy()
    for aug in augs if isinstance(augs, list) else [augs]:
        image, boxes = aug(image, boxes)
    return image.asnumpy(), boxes


def epoch(make):
    iterator = make()
    return iterator.provide_label[0][1], list(iterator)


def augmented(mx):
    found = {}
    for name, aug in plain_augmenters(mx).items():
        for seed in SEEDS:
            image = mx.nd.array(picture(), dtype="uint8")
            found[f"{name} {seed}"] = seeded(seed, aug, image).asnumpy()
    for name, augs in box_augmenters(mx).items():
        for seed in SEEDS:
            image, boxes = seeded(seed, apply, mx, augs)
            found[f"{name} {seed}"], found[f"{name} {seed} boxes"] = image, boxes
    return found


def write_records(mx, folder):
    """Five images with one to three boxes, and with a plain label."""
    for name in ("plain", "boxes"):
        writer = mx.recordio.MXIndexedRecordIO(f"{folder}/{name}.idx", f"{folder}/{name}.rec", "w")
        for i in range(5):
            label = [2, 5, *np.ravel(BOXES[: i % 3 + 1])] if name == "boxes" else float(i)
            header = mx.recordio.IRHeader(0, label, i, 0)
            writer.write_idx(i, mx.recordio.pack_img(header, picture(18 + i, 24, i), img_fmt=".png", quality=3))
        writer.close()


def batches(mx, folder):
    """By name, an epoch of an iterator."""
    at = lambda name: {"path_imgrec": f"{folder}/{name}.rec", "path_imgidx": f"{folder}/{name}.idx"}
    image, whole = mx.image, {"rand_mirror": True, "mean": True, "std": True, "brightness": 0.2}
    makers = {
        "ImageIter": lambda: image.ImageIter(2, (3, 12, 14), **at("plain")),
        "ImageIter shuffled": lambda: image.ImageIter(
            2, (3, 12, 14), shuffle=True, rand_crop=True, resize=16, **whole, **at("plain")
        ),
        "ImageIter discard": lambda: image.ImageIter(2, (3, 12, 14), last_batch_handle="discard", **at("plain")),
        "ImageIter part": lambda: image.ImageIter(2, (3, 12, 14), num_parts=2, part_index=1, **at("plain")),
        "ImageDetIter": lambda: image.ImageDetIter(2, (3, 12, 14), **at("boxes")),
        "ImageDetIter shuffled": lambda: image.ImageDetIter(
            2, (3, 12, 14), shuffle=True, rand_crop=0.5, rand_pad=0.5, **whole, **at("boxes")
        ),
    }
    found = {}
    for name, make in makers.items():
        shape, given = seeded(5, epoch, make)
        found[name + " shape"] = np.array([shape])
        found[name + " data"] = np.stack([batch.data[0].asnumpy() for batch in given])
        found[name + " label"] = np.stack([batch.label[0].asnumpy() for batch in given])
        found[name + " pad"] = np.array([batch.pad for batch in given])
    return found


def record():
    import mxnet as mx

    found = augmented(mx)
    with tempfile.TemporaryDirectory() as folder:
        write_records(mx, folder)
        found.update(batches(mx, folder))
        for name in ("plain.rec", "plain.idx", "boxes.rec", "boxes.idx"):
            with open(f"{folder}/{name}", "rb") as file:
                found[name] = np.frombuffer(file.read(), np.uint8)
    pack.save(ANSWERS, found)


if __name__ == "__main__":
    record()
