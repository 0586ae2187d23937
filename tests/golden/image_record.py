"""What `ImageRecordIter` of MXNet 1.9.1 gives, where nothing is random.

``python tests/golden/image_record.py``, where MXNet 1.9.1 and OpenCV are installed, writes image_record.npz, with the
record file and its index in it. Kept to Python 3.8.
"""

import tempfile
from pathlib import Path

import numpy as np

ANSWERS = Path(__file__).parent / "image_record.npz"
COUNT = 7
CASES = {
    "plain": {},
    "second part": {"num_parts": 2, "part_index": 1},
    "normalised": {"mean_r": 10, "mean_g": 20, "mean_b": 30, "std_r": 2, "std_g": 3, "std_b": 4, "scale": 0.5},
    "mirror": {"mirror": True},
    "grey": {"data_shape": (1, 8, 8)},
    "pad": {"pad": 2, "fill_value": 7, "data_shape": (3, 13, 15)},
    "covers": {"data_shape": (3, 20, 20)},
    "higher": {"data_shape": (3, 14, 8)},
    "quarter turn": {"rotate": 90},
    "turn": {"rotate": 30},
    "twice as large": {"max_random_scale": 2, "min_random_scale": 2},
    "turn, not whole": {"max_random_scale": 1.5, "min_random_scale": 1.5, "max_img_size": 14.0},
    "turn, no smaller": {"max_random_scale": 0.5, "min_random_scale": 0.5, "min_img_size": 9.0},
    "turn and stretch": {"min_aspect_ratio": 0.6, "max_aspect_ratio": 0.6, "rotate": 30},
    "turn, stretched": {"min_aspect_ratio": 1.3, "max_aspect_ratio": 1.3},
    "resize squares": {"max_crop_size": 9, "min_crop_size": 9},
    "resize part": {
        "random_resized_crop": True,
        "min_random_area": 1.0,
        "max_random_area": 1.0,
        "min_aspect_ratio": 1.2,
        "max_aspect_ratio": 1.2,
    },
    "grey, normalised": {"data_shape": (1, 8, 8), "mean_r": 10, "std_r": 2},
    "mirror, normalised": {"mirror": True, "mean_r": 10, "std_g": 3, "pad": 1},
    "index and part": {"path_imgidx": "r.idx", "num_parts": 3, "part_index": 2, "batch_size": 1},
    "uint8": {"dtype": "uint8"},
    "list": {"path_imglist": "r.lst", "label_width": 2},
}
for size in (8, 9, 20):
    for kind in (0, 1, 2, 3, 4, 9):
        CASES[f"resize {size} {kind}"] = {"resize": size, "inter_method": kind}
RAW = {"ImageRecordUInt8Iter": {}, "ImageRecordInt8Iter": {"resize": 9}}


def options(folder, **given):
    found = {"path_imgrec": f"{folder}/r.rec", "data_shape": (3, 8, 8), "batch_size": 3, "preprocess_threads": 1}
    found.update(given, verbose=False)
    for key in ("path_imglist", "path_imgidx"):
        if given.get(key):
            found[key] = str(Path(folder, given[key]))
    return found


def write_list(folder):
    Path(folder, "r.lst").write_text("".join(f"{i}\t{2 * i}\t{3 * i}\t{i}.png\n" for i in range(COUNT)))


def all_of(mx, folder):
    """By name the images and labels of an epoch."""
    found = {}
    calls = [(name, mx.io.ImageRecordIter, given) for name, given in CASES.items()]
    calls += [(name, getattr(mx.io, name), given) for name, given in RAW.items()]
    for name, make, given in calls:
        batches = list(make(**options(folder, **given)))
        found[f"data {name}"] = np.concatenate([batch.data[0].asnumpy() for batch in batches])
        found[f"label {name}"] = np.concatenate([batch.label[0].asnumpy() for batch in batches])
        found[f"pad {name}"] = np.array([batch.pad for batch in batches])
    return found


def record():
    import mxnet as mx

    rng = np.random.RandomState(0)
    with tempfile.TemporaryDirectory() as folder:
        write_list(folder)
        writer = mx.recordio.MXIndexedRecordIO(f"{folder}/r.idx", f"{folder}/r.rec", "w")
        for i in range(COUNT):
            pixels = rng.randint(0, 256, (10 + i, 12, 3)).astype(np.uint8)
            writer.write_idx(i, mx.recordio.pack_img(mx.recordio.IRHeader(0, float(i), i, 0), pixels, img_fmt=".png"))
        writer.close()
        found = all_of(mx, folder)
        for name in ("r.rec", "r.idx"):
            found[name] = np.frombuffer(Path(folder, name).read_bytes(), np.uint8)
    np.savez_compressed(ANSWERS, **found)


if __name__ == "__main__":
    record()
