"""What `ImageDetRecordIter` of MXNet 1.9.1 gives, where nothing is random.

``python tests/golden/image_det_record.py``, where MXNet 1.9.1 and OpenCV are installed, writes image_det_record.npz,
with the record file in it. Kept to Python 3.8.
"""

import tempfile
from pathlib import Path

import numpy as np

ANSWERS = Path(__file__).parent / "image_det_record.npz"
COUNT = 5
CASES = {
    "plain": {},
    "wide": {"label_pad_width": 30, "label_pad_value": -7},
    "no rounds": {"round_batch": False},
    "second part": {"num_parts": 2, "part_index": 1},
    "list": {"path_imglist": "d.lst", "label_width": 9},
    "mirror": {"rand_mirror_prob": 1, "data_shape": (3, 10, 14)},
    "mirror fit": {"rand_mirror_prob": 1, "resize_mode": "fit"},
    "shrink": {"resize_mode": "shrink", "data_shape": (3, 12, 20)},
    "normalised": {"mean_r": 10, "mean_b": 30, "std_g": 3, "scale": 0.5, "resize_mode": "shrink",
                   "data_shape": (3, 20, 20)},
    "mean image": {"mean_img": "mean.params", "scale": 2},
    "mean image and mean": {"mean_img": "mean.params", "mean_g": 5},
    "grey": {"data_shape": (1, 8, 8)},
    "no crop suits": {"rand_crop_prob": 1, "min_crop_object_coverages": 2, "max_crop_object_coverages": 3},
    "no trials": {"rand_crop_prob": 1, "max_crop_trials": 0},
    "no kinds of crops": {"rand_crop_prob": 1, "num_crop_sampler": 0},
    "padded by nothing": {"rand_pad_prob": 1, "max_pad_scale": 1},
    "contrast of nothing": {"random_contrast_prob": 1},
}  # fmt: skip
for mode in ("force", "fit", "shrink"):
    for size in ((9, 9), (5, 11), (17, 33), (33, 17)):
        CASES["{} {}x{}".format(mode, *size)] = {"resize_mode": mode, "data_shape": (3, *size)}
for kind in (0, 1, 2, 3, 4, 9):
    CASES[f"resize {kind}"] = {"resize": 9, "inter_method": kind, "resize_mode": "shrink", "data_shape": (3, 12, 12)}
for mistake in ("short", "header", "object", "rest"):
    CASES["bad label: " + mistake] = {"path_imglist": mistake + ".lst"}
CASES["too long"] = {"label_pad_width": 11}
CASES["other width"] = {"label_width": 9}
CASES["scales"] = {"rand_crop_prob": 1, "min_crop_scales": 0.5, "max_crop_scales": 0.5}
CASES["lengths"] = {"rand_crop_prob": 1, "num_crop_sampler": 3, "max_crop_scales": (0.5, 0.6)}
BOXES = [
    [0, 0.1, 0.2, 0.5, 0.8, 6],
    [1, 0.25, 0.3, 0.75, 1, 7],
    [2, 0.5, 0.5, 0.5, 0.5, 8],
    [3, -0.1, 0.2, 1.2, 0.7, 9],
]
LABELS = {"d": [3, 6, 5, 4, 0.1, 0.2, 0.3, 0.4, 1], "short": [2, 5, 1, 0.1, 0.2], "header": [1, 6, *BOXES[0]],
          "object": [2, 4, *BOXES[0]], "rest": [2, 6, *BOXES[0], 1]}  # fmt: skip


def options(folder, **given):
    found = {"path_imgrec": f"{folder}/d.rec", "data_shape": (3, 8, 8), "batch_size": 2, "preprocess_threads": 1}
    found.update(given, verbose=False)
    for key in ("path_imglist", "mean_img"):
        if key in given:
            found[key] = f"{folder}/{given[key]}"
    return found


def write_files(folder):
    """What is not a record file."""
    for name, label in LABELS.items():
        lines = ["\t".join(map(str, [i, *label, "x.png"])) + "\n" for i in range(COUNT)]
        Path(folder, name + ".lst").write_text("".join(lines))


def all_of(mx, folder):
    """By name the images and labels of an epoch, or that there is an error."""
    mx.nd.save(f"{folder}/mean.params", {"mean_img": mx.nd.arange(3 * 8 * 8).reshape((3, 8, 8))})
    found = {}
    for name, given in CASES.items():
        try:
            batches = list(mx.io.ImageDetRecordIter(**options(folder, **given)))
        except mx.MXNetError:
            found[f"error {name}"] = np.array(1)
            continue
        found[f"data {name}"] = np.concatenate([batch.data[0].asnumpy() for batch in batches])
        found[f"label {name}"] = np.concatenate([batch.label[0].asnumpy() for batch in batches])
        found[f"pad {name}"] = np.array([batch.pad for batch in batches])
    return found


def record():
    import mxnet as mx

    mx.MXNetError = mx.base.MXNetError
    rng = np.random.RandomState(0)
    with tempfile.TemporaryDirectory() as folder:
        write_files(folder)
        writer = mx.recordio.MXRecordIO(f"{folder}/d.rec", "w")
        for i in range(COUNT):
            pixels = rng.randint(0, 256, (10 + 2 * i, 14, 3)).astype(np.uint8)
            label = np.array([2, 6, *np.ravel(BOXES[: 1 + i % len(BOXES)])], np.float32)
            writer.write(mx.recordio.pack_img(mx.recordio.IRHeader(0, label, i, 0), pixels, img_fmt=".png"))
        writer.close()
        found = all_of(mx, folder)
        found["d.rec"] = np.frombuffer(Path(folder, "d.rec").read_bytes(), np.uint8)
    np.savez_compressed(ANSWERS, **found)


if __name__ == "__main__":
    record()
