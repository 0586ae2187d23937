"""Images from files to batches of 3x224x224: decoded, perhaps resized, cropped at random, mirrored and normalised."""

from __future__ import annotations

import io
import os
import tempfile

import numpy as np

from ..case import Case

COUNT, BATCH = 96, 32
MEAN, STD = (123.0, 117.0, 104.0), (58.0, 57.0, 57.0)


def threads():
    """How many threads or processes may work."""
    return int(os.environ.get("OMP_NUM_THREADS", "1"))


def record_file():
    """A record file of JPEGs of 340x280, made where there is none (by mxnb, which is asked first)."""
    path = os.path.join(tempfile.gettempdir(), "mxnb-benchmark-images.rec")
    if not os.path.exists(path):
        from PIL import Image

        from mxnb import recordio

        random = np.random.RandomState(0)
        with recordio.MXIndexedRecordIO(path[:-3] + "idx", path + ".part", "w") as writer:
            for i in range(COUNT):
                image = Image.fromarray(random.randint(0, 256, (12, 14, 3)).astype("u1")).resize((340, 280), 3)
                out = io.BytesIO()
                image.save(out, "JPEG", quality=90)
                writer.write_idx(i, recordio.pack(recordio.IRHeader(0, float(i), i, 0), out.getvalue()))
        os.replace(path + ".part", path)
    return path


def mx_epoch(resize):
    """An epoch of ImageRecordIter."""

    def build(mx):
        more = {"resize": resize} if resize else {}
        iterator = mx.io.ImageRecordIter(
            path_imgrec=record_file(), data_shape=(3, 224, 224), batch_size=BATCH, rand_crop=True, rand_mirror=True,
            mean_r=MEAN[0], mean_g=MEAN[1], mean_b=MEAN[2], std_r=STD[0], std_g=STD[1], std_b=STD[2],
            preprocess_threads=threads(), verbose=False, **more,
        )  # fmt: skip

        def epoch():
            iterator.reset()
            for batch in iterator:
                batch.data[0].wait_to_read()

        return epoch

    return build


def torch_epoch(resize):
    """An epoch of DataLoader; its workers are processes where there is more than one thread."""

    def build(torch):
        from PIL import Image

        from mxnb import recordio

        with recordio.MXRecordIO(record_file(), "r") as reader:
            contents = [recordio.unpack(record)[1] for record in iter(reader.read, None)]
        mean, std = (torch.tensor(values).reshape(3, 1, 1) for values in (MEAN, STD))

        class Images(torch.utils.data.Dataset):
            def __len__(self):
                return len(contents)

            def __getitem__(self, i):
                image = Image.open(io.BytesIO(contents[i])).convert("RGB")
                if resize:
                    w, h = image.size
                    image = image.resize((resize * w // h, resize) if h < w else (resize, resize * h // w), 2)
                x, y = (int(torch.randint(0, n - 224 + 1, ())) for n in image.size)
                pixels = torch.from_numpy(np.array(image)[y : y + 224, x : x + 224]).permute(2, 0, 1)
                if torch.rand(()) < 0.5:
                    pixels = pixels.flip(2)
                return (pixels.float() - mean) / std, float(i)

        workers = threads() if threads() > 1 else 0
        loader = torch.utils.data.DataLoader(Images(), BATCH, num_workers=workers, persistent_workers=workers > 0)

        def epoch():
            for _ in loader:
                pass

        return epoch

    return build


def cases():
    """With and without resizing."""
    return [
        Case(f"{COUNT} JPEGs{text}", mx_epoch(resize), torch_epoch(resize))
        for text, resize in (("", 0), (", resized to 256", 256))
    ]
