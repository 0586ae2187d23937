"""Images with boxes: a record file for detection, the augmenters that move boxes along, and a picture of what they do.

    python examples/detection_boxes.py

Each image is a few of the handwritten digits that come with mxnb, put on a page; a box around each tells where it is.
Writes boxes.png: images as they are on the left, and cropped, padded and mirrored on the right. Two iterators feed a
network from such a file: `ImageDetIter`, made of augmenters, and `ImageDetRecordIter`, which has threads.
"""

import argparse
import random
from pathlib import Path

import numpy as np

import mxnb as mx
from mxnb import gluon
from mxnb.image import codec

SIZE = 96


def page(digits, draw):
    """A page with some digits, and its objects: class, left, top, right, bottom."""
    pixels, objects = np.full((SIZE, SIZE, 3), 240, np.uint8), []
    for column in range(draw.randint(1, 3)):
        image, digit = digits[draw.randrange(len(digits))]
        scale = draw.randint(2, 3)
        ink = np.kron(image.asnumpy()[:, :, 0], np.ones((scale, scale))).astype(np.uint8)
        side = len(ink)
        x, y = column * 32 + draw.randint(0, 32 - side), draw.randint(0, SIZE - side)
        pixels[y : y + side, x : x + side] = np.minimum(pixels[y : y + side, x : x + side], 255 - ink[:, :, None])
        objects.append([int(digit), x / SIZE, y / SIZE, (x + side) / SIZE, (y + side) / SIZE])
    return pixels, objects


def write_records(path, count):
    """A record file of pages; a label is the widths of header and object, then the objects."""
    digits, draw = gluon.data.vision.Digits(), random.Random(0)
    with mx.recordio.MXRecordIO(str(path), "w") as writer:
        for i in range(count):
            pixels, objects = page(digits, draw)
            header = mx.recordio.IRHeader(0, [2, 5, *np.ravel(objects)], i, 0)
            writer.write(mx.recordio.pack_img(header, pixels, img_fmt=".png"))


def objects_of(label):
    """The objects in a row of `ImageDetRecordIter`'s label: behind four numbers and a header, before what fills up."""
    header, width = int(label[4]), int(label[5])
    return label[4 + header : 4 + int(label[3])].reshape(-1, width)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=4)
    parser.add_argument("--out", type=Path, default=Path("out"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    random.seed(1)
    path = args.out / "pages.rec"
    write_records(path, args.images)

    changes = {
        "rand_crop": 0.7,
        "rand_pad": 0.5,
        "rand_mirror": True,
        "min_object_covered": 0.6,
        "area_range": (0.3, 2.0),
    }
    columns = []
    for given in ({}, changes):
        iterator = mx.image.ImageDetIter(2, (3, SIZE, SIZE), path_imgrec=str(path), **given)
        pictures = iterator.draw_next(thickness=1, id2labels={i: str(i) for i in range(10)})
        columns.append(np.concatenate(list(pictures)))
    (args.out / "boxes.png").write_bytes(codec.encode(np.concatenate(columns, 1), ".png"))

    iterator = mx.image.ImageDetIter(2, (3, SIZE, SIZE), path_imgrec=str(path), mean=True, std=True, **changes)
    for batch in iterator:
        boxes = (batch.label[0].asnumpy()[:, :, 0] >= 0).sum()
        print(f"a batch: data {batch.data[0].shape}, labels {batch.label[0].shape}, {boxes} boxes")

    iterator = mx.io.ImageDetRecordIter(
        path, (3, SIZE, SIZE), 2, shuffle=True, seed=1, rand_crop_prob=0.7, min_crop_scales=0.6,
        min_crop_object_coverages=0.6, rand_pad_prob=0.5, max_pad_scale=1.5, rand_mirror_prob=0.5, mean_r=128,
        mean_g=128, mean_b=128, std_r=64, std_g=64, std_b=64, verbose=False,
    )  # fmt: skip
    for batch in iterator:
        boxes = sum(len(objects_of(label)) for label in batch.label[0].asnumpy())
        print(f"by threads: data {batch.data[0].shape}, labels {batch.label[0].shape}, {boxes} boxes")
    print(f"wrote {args.out / 'boxes.png'}")


if __name__ == "__main__":
    main()
