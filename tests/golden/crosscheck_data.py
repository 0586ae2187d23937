"""Records, indexes and lists there and back between mxnb and MXNet 1.9.1.

::

    python tests/golden/crosscheck_data.py write FOLDER       # with mxnb
    python3.8 tests/golden/crosscheck_data.py read FOLDER     # with mxnet==1.9.1: reads those, and writes its own
    python tests/golden/crosscheck_data.py compare FOLDER     # with mxnb: reads what MXNet wrote

or all at once through the test suite with ``MXNET_PYTHON=/path/to/that/python pytest tests/test_data_golden.py``.
"""

import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import decoding  # noqa: E402
import pack  # noqa: E402
import recordio as cases  # noqa: E402

BIG = (2200, 2000, 3)  # noise, so the file is larger than the pieces in which MXNet reads


def payloads():
    """All cases, pieces with magic numbers in all places, and records of many megabytes."""
    rng, found = np.random.RandomState(0), []
    for several in cases.FILES.values():
        found += several
    for _ in range(100):
        pieces = [cases.MAGIC if rng.rand() < 0.4 else rng.bytes(rng.randint(0, 7)) for _ in range(8)]
        found.append(b"".join(pieces))
    large = rng.bytes(20 << 20)
    found.append(large)
    found.append(large[: 9 << 20] + cases.MAGIC + large[9 << 20 :] + cases.MAGIC)  # once where a reader looks for it
    found.append(b"the end")
    return found


def write_all(mx, at):
    """The files that both write."""
    writer = mx.recordio.MXIndexedRecordIO(at("payloads.idx"), at("payloads.rec"), "w")
    for i, payload in enumerate(payloads()):
        writer.write_idx(7 * i, payload)
    writer.close()
    rng = np.random.RandomState(1)
    writer = mx.recordio.MXIndexedRecordIO(at("images.idx"), at("images.rec"), "w")
    for i in range(6):
        pixels = decoding.smooth(20 + i, 30)
        header = mx.recordio.IRHeader(0, [float(i), i + 0.5], i, 0)
        ending = (".jpg", ".png")[i % 2]
        writer.write_idx(i, mx.recordio.pack_img(header, pixels, quality=(95, 3)[i % 2], img_fmt=ending))
    header = mx.recordio.IRHeader(2, [6.0, 6.5], 6, 0)
    big = rng.randint(0, 256, BIG).astype(np.uint8)
    writer.write_idx(6, mx.recordio.pack_img(header, big, quality=1, img_fmt=".png"))
    writer.close()
    with open(at("images.lst"), "w") as file:
        file.writelines(f"{i}\t{10 * i}\t{20 * i}\t{i}.png\n" for i in range(7))


def read_all(mx, at):
    """What the files hold, by the ways to read them."""
    found, wanted = {}, payloads()
    reader = mx.recordio.MXRecordIO(at("payloads.rec"), "r")
    assert list(iter(reader.read, None)) == wanted
    reader.close()
    reader = mx.recordio.MXIndexedRecordIO(at("payloads.idx"), at("payloads.rec"), "r")
    assert [reader.read_idx(7 * i) for i in reversed(range(len(wanted)))] == wanted[::-1]
    reader.close()
    base = {"path_imgrec": at("images.rec"), "data_shape": (3, 16, 18), "batch_size": 7, "preprocess_threads": 1}
    base.update(label_width=2, verbose=False)
    for name, given in {
        "plain": {},
        "index": {"path_imgidx": at("images.idx")},
        "list": {"path_imglist": at("images.lst")},
        "part": {"num_parts": 2, "part_index": 1, "batch_size": 1, "path_imgidx": at("images.idx")},
    }.items():
        epoch = list(mx.io.ImageRecordIter(**{**base, **given}))
        found[name + " data"] = np.concatenate([batch.data[0].asnumpy() for batch in epoch])
        found[name + " label"] = np.concatenate([batch.label[0].asnumpy() for batch in epoch])
    iterator = mx.image.ImageIter(7, (3, 16, 18), 2, path_imgrec=at("images.rec"), path_imgidx=at("images.idx"))
    batch = iterator.next()
    found["ImageIter data"], found["ImageIter label"] = batch.data[0].asnumpy(), batch.label[0].asnumpy()
    return found


def write(folder):
    """With mxnb."""
    import mxnb as mx

    at = lambda name: os.path.join(folder, name)
    write_all(mx, at)
    pack.save(at("ours.npz"), read_all(mx, at))


def read(folder):
    """With MXNet: read what mxnb wrote, compare, and write the same."""
    import mxnet as mx

    at = lambda name: os.path.join(folder, name)
    same(read_all(mx, at), pack.load(at("ours.npz")))
    os.mkdir(at("theirs"))
    back = lambda name: os.path.join(folder, "theirs", name)
    write_all(mx, back)
    for name in ("payloads.rec", "payloads.idx", "images.lst"):
        with open(at(name), "rb") as ours, open(back(name), "rb") as theirs:
            assert ours.read() == theirs.read(), name
    pack.save(at("theirs.npz"), read_all(mx, back))
    print("read and written")


def compare(folder):
    """With mxnb: read what MXNet wrote."""
    import mxnb as mx

    back = lambda name: os.path.join(folder, "theirs", name)
    same(read_all(mx, back), pack.load(os.path.join(folder, "theirs.npz")))


def same(got, wanted):
    assert got.keys() == wanted.keys()
    for name in got:
        np.testing.assert_array_equal(got[name], wanted[name], err_msg=name)


if __name__ == "__main__":
    {"write": write, "read": read, "compare": compare}[sys.argv[1]](sys.argv[2])
