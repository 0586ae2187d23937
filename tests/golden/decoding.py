"""Encoded images of many kinds, and what MXNet 1.9.1 makes of them: imdecode, unpack_img, ImageRecordIter, pack_img.

``python tests/golden/decoding.py --files``, where Pillow is installed, makes the images, ``python
tests/golden/decoding.py``, where MXNet 1.9.1 and OpenCV are, the answers; both are in decoding.npz. Kept to Python 3.8.
"""

import io
import os
import sys

import numpy as np
import pack

ANSWERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "decoding.npz")
FILE = "file "


def names():
    return [key[len(FILE) :] for key in pack.load(ANSWERS) if key.startswith(FILE)]


def smooth(height=24, width=32):
    y, x = np.mgrid[:height, :width]
    return np.dstack([120 + 100 * np.sin(x / 5 + y / 7), 4 * x + 3 * y, 110 + 90 * np.cos(y / 3.0)]).astype(np.uint8)


def make_files():
    from PIL import Image

    found = {}
    picture = Image.fromarray(smooth())
    noise = Image.fromarray(np.random.RandomState(0).randint(0, 256, (24, 32, 3)).astype(np.uint8))

    def put(name, image, kind, **options):
        out = io.BytesIO()
        image.save(out, kind, **options)
        found[FILE + name] = np.frombuffer(out.getvalue(), np.uint8)

    def oriented(number):
        exif = Image.Exif()
        exif[0x112] = number
        return exif

    put("baseline jpeg", picture, "JPEG", quality=90)
    put("progressive jpeg", picture, "JPEG", quality=80, progressive=True)
    put("jpeg 4:4:4", picture, "JPEG", subsampling=0)
    put("jpeg 4:2:2", noise, "JPEG", subsampling=1, quality=40)
    put("grey jpeg", picture.convert("L"), "JPEG")
    put("cmyk jpeg", picture.convert("CMYK"), "JPEG")
    for number in range(1, 9):
        put(f"jpeg turned {number}", picture, "JPEG", exif=oriented(number))
    put("png", noise, "PNG")
    put("grey png", noise.convert("L"), "PNG")
    put("grey png with alpha", noise.convert("LA"), "PNG")
    put("png with alpha", Image.merge("RGBA", [*noise.split(), picture.convert("L")]), "PNG")
    put("palette png", noise.convert("P"), "PNG")
    put("palette png, one colour transparent", noise.convert("P"), "PNG", transparency=3)
    put("png of bits", noise.convert("1"), "PNG")
    put("bmp", noise, "BMP")
    put("palette bmp", noise.convert("P"), "BMP")
    put("tiff", noise, "TIFF")
    put("compressed tiff", noise, "TIFF", compression="tiff_lzw")
    pack.save(ANSWERS, found)


def pictures():
    rng = np.random.RandomState(3)
    return {"smooth": smooth(20, 30), "noise": rng.randint(0, 256, (11, 13, 3)).astype(np.uint8)}


def encoded(mx):
    """By name, records made by pack_img."""
    found = {}
    for name, pixels in pictures().items():
        for grey in (False, True):
            for label in (3.5, [1.0, 2.0, 4.0]):
                for ending, quality in ((".jpg", 95), (".jpg", 30), (".png", 3), (".png", 9)):
                    header = mx.recordio.IRHeader(0, label, 1 << 33, 7)
                    image = pixels[:, :, 0].copy() if grey else pixels
                    kind = "grey" if grey else "colour"
                    key = f"packed {name} {kind} {np.size(label)} {ending}{quality}"
                    found[key] = np.frombuffer(
                        mx.recordio.pack_img(header, image, quality=quality, img_fmt=ending), np.uint8
                    )
    return found


def decoded(mx, folder):
    """By name, the pixels of each file, by each way."""
    found = {}
    for name in names():
        data = pack.load(ANSWERS)[FILE + name].tobytes()
        record = mx.recordio.pack(mx.recordio.IRHeader(0, 1.0, 1, 0), data)
        for flag in (0, 1):
            found[f"{name} imdecode {flag}"] = mx.image.imdecode(data, flag=flag).asnumpy()
        for iscolor in (-1, 0, 1):
            found[f"{name} unpack_img {iscolor}"] = mx.recordio.unpack_img(record, iscolor)[1]
        path = os.path.join(folder, "one.rec")
        writer = mx.recordio.MXRecordIO(path, "w")
        writer.write(record)
        writer.close()
        size = found[f"{name} unpack_img 1"].shape[:2]
        for channels in (1, 3, 4):
            if channels < 4 or name == "png with alpha":
                batch = mx.io.ImageRecordIter(
                    path_imgrec=path, data_shape=(channels,) + size, batch_size=1, preprocess_threads=1, verbose=False
                ).next()
                found[f"{name} ImageRecordIter {channels}"] = batch.data[0].asnumpy()
    return found


def record():
    import tempfile

    import mxnet as mx

    found = {key: value for key, value in pack.load(ANSWERS).items() if key.startswith(FILE)}
    found.update(encoded(mx))
    with tempfile.TemporaryDirectory() as folder:
        found.update(decoded(mx, folder))
    pack.save(ANSWERS, found)


if __name__ == "__main__":
    if "--files" in sys.argv:
        make_files()
    else:
        record()
