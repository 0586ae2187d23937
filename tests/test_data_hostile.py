"""What iterators, record files, lists and images do with files that are damaged, odd, or made in malice."""

import contextlib
import io
import os
import random
import shutil
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb import cli, recordio
from mxnb.cli import im2rec
from mxnb.image import ImageDetIter, ImageIter, codec
from mxnb.io import CSVIter, ImageDetRecordIter, ImageRecordIter, LibSVMIter, MNISTIter, idx
from mxnb.recordio import IRHeader, MXIndexedRecordIO, MXRecordIO, pack, unpack_img

Image = pytest.importorskip("PIL.Image")
PICTURE = np.random.RandomState(1).randint(0, 256, (9, 12, 3)).astype(np.uint8)
SMOOTH = (np.indices((24, 32)).sum(0)[:, :, None] * np.array([4, 2, 3])).astype(np.uint8)
PNG = codec.encode(PICTURE, ".png")


def encoded(pixels, kind, **options):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def animated(kind):
    frames = [Image.fromarray(PICTURE), Image.fromarray(255 - PICTURE)]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], **({"lossless": True} if kind == "WEBP" else {}))
    return out.getvalue()


def oriented(orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    return encoded(SMOOTH, "JPEG", quality=90, exif=exif)


def bomb(side, bits=8):
    """A small PNG that claims side x side pixels."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, bits, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def write(path, contents, label=lambda i: float(i)):
    """Records of encoded images, with an index beside."""
    with MXIndexedRecordIO(str(path.with_suffix(".idx")), str(path), "w") as writer:
        for i, content in enumerate(contents):
            writer.write_idx(i, pack(IRHeader(0, label(i), i, 0), content))


def images(path, **given):
    return ImageRecordIter(**{"path_imgrec": path, "data_shape": (3, 8, 8), "batch_size": 2, "verbose": False, **given})


def epoch(iterator):
    """Every label of an epoch."""
    found = []
    for count, batch in enumerate(iterator):
        found += batch.label[0].asnumpy().ravel().tolist()
        assert count < 100, "it does not end"
    iterator.reset()
    return found


# --- Records ---------------------------------------------------------------------------------------------------------


def test_empty_and_zero_length(tmp_path):
    path = tmp_path / "a.rec"
    path.write_bytes(b"")
    with MXRecordIO(str(path), "r") as reader:
        assert reader.read() is None
    with pytest.raises(mx.MXNetError, match=r"a\.rec holds no records"):
        images(path)
    with pytest.raises(StopIteration):
        ImageIter(2, (3, 8, 8), path_imgrec=str(path)).next()
    with MXRecordIO(str(path), "w") as writer:
        writer.write(b"")
        writer.write(pack(IRHeader(0, 1.0, 0, 0), PNG))
    with MXRecordIO(str(path), "r") as reader:
        assert len(reader.read()) == 0
        assert len(reader.read()) > 24
        assert reader.read() is None
    for make in (lambda: images(path), lambda: ImageIter(2, (3, 8, 8), path_imgrec=str(path))):
        with pytest.raises(mx.MXNetError, match=r"a\.rec, record 0: .*a record of 0 bytes"):
            make().next()
    skipping = ImageIter(1, (3, 8, 8), path_imgrec=str(path), skip_invalid=True)
    assert epoch(skipping) == [1]
    assert skipping.skipped == 1


def test_indexes_that_lie(tmp_path):
    path = tmp_path / "a.rec"
    write(path, [PNG] * 3)
    index = path.with_suffix(".idx")
    offsets = [int(line.split("\t")[1]) for line in index.read_text().splitlines()]
    for lines, message in (
        ((0, offsets[1] + 4), "no record begins here"),
        ((0, 1 << 62), "offset .* but .* has"),
        ((), "holds no records"),
    ):
        index.write_text("".join(f"{i}\t{at}\n" for i, at in enumerate(lines)))
        with pytest.raises(mx.MXNetError, match=message):
            epoch(images(path, path_imgidx=index))
    index.write_text(f"0\t{offsets[2]}\n1\t{offsets[2]}\n2\t{offsets[0]}\n")
    assert epoch(images(path, path_imgidx=index)) == [0, 2], "each record once, in the order of the file"


def test_parts_in_wrong_order(tmp_path):
    """A look at the headers alone finds them."""
    path = tmp_path / "a.rec"
    write(path, [PNG, PNG])
    good = path.read_bytes()
    for kind in (1, 2, 3, 4, 7):
        path.write_bytes(good[:7] + bytes([good[7] & 0x1F | kind << 5]) + good[8:])
        with pytest.raises(mx.MXNetError, match="a part of kind"):
            images(path)


def test_a_file_that_shrinks(tmp_path):
    path = tmp_path / "a.rec"
    write(path, [PNG] * 60)  # more than a buffer
    iterator = images(path, prefetch_buffer=0, batch_size=1)
    iterator.next()
    os.truncate(path, 20)
    with pytest.raises(mx.MXNetError, match=r"a\.rec, record \d+"):
        epoch(iterator)


# --- Images ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(10))
def test_orientation(orientation, tmp_path):
    """`ImageRecordIter` and `unpack_img` turn a JPEG as its EXIF tells, `imdecode` does not, as in MXNet."""
    data = oriented(orientation)
    plain = mx.image.imdecode(data).asnumpy()
    np.testing.assert_array_equal(plain, mx.image.imdecode(oriented(1)).asnumpy())
    turns = {
        2: lambda x: x[:, ::-1],
        3: lambda x: np.rot90(x, 2),
        4: lambda x: x[::-1],
        5: lambda x: x.swapaxes(0, 1),
        6: lambda x: np.rot90(x, -1),
        7: lambda x: np.rot90(x, 2).swapaxes(0, 1),
        8: lambda x: np.rot90(x),
    }
    expected = turns.get(orientation, lambda x: x)(plain)
    packed = pack(IRHeader(0, 0.0, 0, 0), data)
    np.testing.assert_array_equal(unpack_img(packed, 1)[1], expected[:, :, ::-1])
    np.testing.assert_array_equal(unpack_img(packed, -1)[1], plain[:, :, ::-1])
    assert unpack_img(packed, 0)[1].shape == expected.shape[:2]
    write(tmp_path / "a.rec", [data])
    found = images(tmp_path / "a.rec", data_shape=(3, *expected.shape[:2]), batch_size=1).next().data[0].asnumpy()
    np.testing.assert_array_equal(found[0], expected.transpose(2, 0, 1))


def test_damaged_exif():
    good = oriented(6)
    at = good.index(b"Exif\0\0")
    for i in range(at + 6, at + 30):
        data = bytearray(good)
        data[i] ^= 0xFF
        with contextlib.suppress(mx.MXNetError):
            assert codec.decode(bytes(data), upright=True).shape in (SMOOTH.shape, (32, 24, 3))


def test_kinds_of_files(tmp_path):
    """Of an animation the first image; progressive and baseline, compressed and plain hold the same pixels."""
    for kind in ("PNG", "WEBP", "TIFF"):
        np.testing.assert_array_equal(mx.image.imdecode(animated(kind)).asnumpy(), PICTURE)
    assert mx.image.imdecode(animated("GIF")).shape == PICTURE.shape
    np.testing.assert_array_equal(
        *(mx.image.imdecode(encoded(SMOOTH, "JPEG", progressive=p)).asnumpy() for p in (False, True))
    )
    with_alpha = np.dstack([PICTURE, PICTURE[:, :, 0]])
    assert unpack_img(pack(IRHeader(0, 0.0, 0, 0), encoded(with_alpha, "PNG")), -1)[1].shape == (9, 12, 4)
    write(tmp_path / "a.rec", [animated("PNG"), encoded(with_alpha, "PNG"), encoded(PICTURE[:, :, 0], "PNG")])
    batch = images(tmp_path / "a.rec", data_shape=(3, 9, 12), batch_size=3).next().data[0].asnumpy()
    colour, grey = PICTURE.transpose(2, 0, 1), np.stack([PICTURE[:, :, 0]] * 3)
    np.testing.assert_array_equal(batch, np.stack([colour, colour, grey]))


def test_bombs(tmp_path):
    """Refused before memory is taken; named, or skipped and counted."""
    write(tmp_path / "a.rec", [PNG, bomb(60000), PNG])
    with pytest.raises(mx.MXNetError, match=r"a\.rec, record 1: .*3600000000 pixels"):
        epoch(images(tmp_path / "a.rec"))
    with pytest.raises(mx.MXNetError, match=r"a\.rec, record 1: .*3600000000 pixels"):
        epoch(ImageIter(3, (3, 8, 8), path_imgrec=str(tmp_path / "a.rec")))
    for bits in (8, 16):
        for iscolor in (-1, 0, 1):
            with pytest.raises(mx.MXNetError, match="3600000000 pixels"):
                codec.decode(bomb(60000, bits), iscolor)
    skipping = ImageIter(2, (3, 8, 8), path_imgrec=str(tmp_path / "a.rec"), skip_invalid=True)
    assert epoch(skipping) == [0, 2]
    assert skipping.skipped == 1


def test_warnings_are_left_alone():
    """Decoding in threads does not touch the program's filters, which belong to all threads."""
    before = list(warnings.filters)
    threads = [threading.Thread(target=lambda: [codec.decode(PNG) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(mx.MXNetError, match="could be decompression bomb"):
            codec.decode(bomb(10000))


# --- Names and folders -----------------------------------------------------------------------------------------------


@pytest.fixture
def odd_folder(tmp_path, monkeypatch):
    """A folder with an image whose name is not UTF-8."""
    monkeypatch.chdir(tmp_path)
    os.mkdir("images")
    try:
        with open(b"images/\xff\xe9.png", "wb") as file:
            file.write(PNG)
    except OSError:
        pytest.skip("names are UTF-8 here")
    Path("images/good.png").write_bytes(PNG)
    return tmp_path


def test_names_that_are_not_utf8(odd_folder, capsys):
    assert cli.main(["im2rec", "a", "images", "--list"]) == 0
    assert "left out: '\\udcff\\udce9.png': a list cannot hold this name" in capsys.readouterr().out
    assert Path("a.lst").read_text() == "0\t0.000000\tgood.png\n"
    Path("b.lst").write_bytes(b"0\t0\t\xff\xe9.png\n")
    with pytest.raises(mx.MXNetError, match=r"b\.lst is no text in UTF-8"):
        ImageIter(1, (3, 8, 8), path_imglist="b.lst", path_root="images")
    name = os.fsdecode(b"\xff\xe9.png")
    assert epoch(ImageIter(1, (3, 8, 8), imglist=[[5, name]], path_root="images")) == [5]
    assert mx.image.imread(os.path.join("images", name)).shape == (9, 12, 3)
    path = os.fsdecode(b"\xff.rec")
    with MXRecordIO(path, "w") as writer:
        writer.write(pack(IRHeader(0, 3.0, 0, 0), PNG))
    assert epoch(images(path, batch_size=1)) == [3]


def test_names_with_zeros(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.lst").write_bytes(b"0\t0\tgood.png\n1\t0\tbad\0.png\n")
    with pytest.raises(mx.MXNetError, match=r"a\.lst, line 2: '1\\t0\\tbad\\x00\.png', needs"):
        ImageIter(1, (3, 8, 8), path_imglist="a.lst", path_root=".")
    assert cli.main(["im2rec", "a", "."]) == 1
    with pytest.raises(mx.MXNetError, match="cannot open"):
        ImageIter(1, (3, 8, 8), imglist=[[0, "bad\0.png"]]).next()


def test_lines_end_at_line_ends_alone(tmp_path):
    name = "a\u2028b\x0cc\x85.png"
    (tmp_path / name).write_bytes(PNG)
    (tmp_path / "a.lst").write_text(f"0\t4\t{name}\n", encoding="utf-8")
    assert epoch(ImageIter(1, (3, 8, 8), path_imglist=str(tmp_path / "a.lst"), path_root=str(tmp_path))) == [4]


def test_a_folder_that_changes_while_it_is_listed(tmp_path, monkeypatch, capsys):
    for folder in "abc":
        (tmp_path / "images" / folder).mkdir(parents=True)
        for i in range(2):
            (tmp_path / "images" / folder / f"{i}.png").write_bytes(PNG)
    monkeypatch.chdir(tmp_path)
    walk = os.walk

    def changing(*args, **kwargs):
        for found in walk(*args, **kwargs):
            yield found
            shutil.rmtree("images/b", ignore_errors=True)  # was listed, but not yet looked into
            Path("images/c/1.png").unlink(missing_ok=True)

    monkeypatch.setattr(im2rec.os, "walk", changing)
    assert cli.main(["im2rec", "x", "images", "--list", "--recursive", "--no-shuffle"]) == 0
    assert Path("x.lst").read_text() == "0\t0.000000\ta/0.png\n1\t0.000000\ta/1.png\n2\t1.000000\tc/0.png\n"
    Path("images/a/1.png").unlink()
    assert cli.main(["im2rec", "x", "images"]) == 1, "the file is left out, and the exit status says so"
    assert "left out: a/1.png: " in capsys.readouterr().out
    with MXIndexedRecordIO("x.idx", "x.rec", "r") as reader:
        assert reader.keys == [0, 2]


# --- Numbers ---------------------------------------------------------------------------------------------------------


def test_numbers_that_do_not_fit(tmp_path):
    path = tmp_path / "a"

    def one(text, dtype):
        path.write_text(text)
        return CSVIter(data_csv=path, data_shape=(2,), batch_size=1, dtype=dtype)

    data = one("1,1e300\n", "float32").next().data[0].asnumpy()
    np.testing.assert_array_equal(data, [[1, np.inf]])
    for text, dtype in (("1,3000000000", "int32"), ("nan,1", "int32"), ("1,1e20", "int64"), ("inf,1", "int64")):
        with pytest.raises(mx.MXNetError, match="numbers that do not fit"):
            one(text, dtype)
    if np.finfo(np.longdouble).nmant > 60:
        assert one("1,9007199254740993", "int64").next().data[0].asnumpy().tolist() == [[1, 9007199254740993]]
    for line in ("99999999999999999999 0:1", "1 0:99999999999999999999", "nan 0:1", "1 0:inf"):
        path.write_text(line)
        with pytest.raises(mx.MXNetError, match="line 1"):
            LibSVMIter(data_libsvm=path, data_shape=(4,), batch_size=1, dtype="int64")


# --- Mutations -------------------------------------------------------------------------------------------------------

WORDS = [
    b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\x80", b"\0\0\xc0\x7f", recordio.MAGIC, b"\t", b"\n",
    b"-1", b"1e400", b"nan", b"99999999999999999999", b"\xff", b"\0", b":", b",", b"#",
]  # fmt: skip


def mutated(data, draw):
    """Up to three changes: a byte, a piece that is cut out, overwritten, inserted or doubled, or the end cut off."""
    data = bytearray(data)
    for _ in range(draw.randint(1, 3)):
        at, word = draw.randint(0, len(data)), draw.choice(WORDS)
        kind = draw.randrange(6)
        if kind == 0 and data:
            data[at % len(data)] = draw.randrange(256)
        elif kind == 1:
            del data[at : at + draw.randrange(9)]
        elif kind == 2:
            data[at : at + len(word)] = word
        elif kind == 3:
            data[at:at] = word
        elif kind == 4:
            del data[at:]
        else:
            to = draw.randint(0, len(data))
            data[to:to] = data[at : at + draw.randint(1, 40)]
    return bytes(data)


def read_records(path):
    with MXRecordIO(path, "r") as reader:
        assert len(list(iter(reader.read, None))) < 100


def read_by_key(path):
    with MXIndexedRecordIO(path, "a.rec", "r") as reader:
        for key in reader.keys:
            reader.read_idx(key)


def make_records(path):
    os.replace(path, "m.lst")
    with contextlib.redirect_stdout(io.StringIO()):
        assert cli.main(["im2rec", "m", "."]) in (0, 1)


def decode(path):
    data = Path(path).read_bytes()
    for call in (
        lambda: codec.decode(data, 0, upright=True),
        lambda: codec.decode(data, 1),
        lambda: codec.decode(data, -1, rgb=False),
    ):
        with contextlib.suppress(mx.MXNetError):
            call()


READERS = {
    "a.rec": [
        read_records,
        lambda path: epoch(images(path, preprocess_threads=2)),
        lambda path: epoch(images(path, path_imgidx="a.idx", label_width=1, rand_crop=True)),
        lambda path: epoch(ImageIter(2, (3, 8, 8), path_imgrec=path, skip_invalid=True)),
    ],
    "det.rec": [
        lambda path: epoch(ImageDetIter(2, (3, 8, 8), path_imgrec=path)),
        lambda path: epoch(ImageDetRecordIter(path_imgrec=path, data_shape=(3, 8, 8), batch_size=2, rand_pad_prob=1)),
    ],
    "a.idx": [read_by_key, lambda path: epoch(images("a.rec", path_imgidx=path))],
    "a.lst": [
        make_records,
        lambda path: epoch(ImageIter(2, (3, 8, 8), path_imglist=path, path_root=".")),
        lambda path: epoch(images("a.rec", path_imglist=path)),
    ],
    "a.csv": [
        lambda path: epoch(CSVIter(data_csv=path, data_shape=(3,), batch_size=2)),
        lambda path: epoch(CSVIter(data_csv="a.csv", label_csv=path, data_shape=(3,), label_shape=(3,), batch_size=2,
                                   dtype="int32")),
    ],
    "a.svm": [
        lambda path: epoch(LibSVMIter(data_libsvm=path, data_shape=(4,), batch_size=2)),
        lambda path: epoch(LibSVMIter(data_libsvm=path, data_shape=(4,), batch_size=2, dtype="int64")),
    ],
    "images": [lambda path: epoch(MNISTIter(image=path, label="labels", batch_size=2, silent=True))],
    "images.gz": [lambda path: epoch(MNISTIter(image=path, label="labels", batch_size=2, silent=True))],
    "labels": [lambda path: epoch(MNISTIter(image="images", label=path, batch_size=2, silent=True))],
}  # fmt: skip
PICTURES = ("png", "wide.png", "jpg", "progressive.jpg", "exif.jpg", "gif", "webp", "tiff", "bmp")


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """Good files of all kinds, and their contents."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.rec", [PNG, encoded(SMOOTH, "JPEG"), oriented(6), encoded(PICTURE[:, :, 0], "PNG")])
    write(tmp_path / "det.rec", [PNG] * 3, lambda i: [2, 5, 0, 0.1, 0.1, 0.5, 0.6])
    Path("0.png").write_bytes(PNG)
    Path("a.lst").write_text("0\t1\t0.png\n1\t2\t0.png\n3\t1.5\t0.png\n")
    Path("a.csv").write_text("1,2,3\n4,5,6\n7,8e1,-9\n")
    Path("a.svm").write_text("1 0:1.5 3:2\n0 1:1\n2 0:3 1:4 2:5 # last\n")
    for name in ("images", "images.gz"):
        idx.write_idx(name, np.arange(60, dtype=np.uint8).reshape(5, 4, 3))
    idx.write_idx("labels", np.arange(5, dtype=np.uint8))
    contents = {name: Path(name).read_bytes() for name in READERS}
    wide = codec.encode(PICTURE.astype(np.uint16) * 257 + 3, ".png")
    kinds = [PNG, wide, encoded(SMOOTH, "JPEG"), encoded(SMOOTH, "JPEG", progressive=True), oriented(6)]
    kinds += [animated("GIF"), animated("WEBP"), encoded(PICTURE, "TIFF"), encoded(PICTURE, "BMP")]
    return {**contents, **dict(zip(PICTURES, kinds))}


@pytest.mark.filterwarnings("ignore")  # of Pillow about odd images
@pytest.mark.parametrize("name", [*READERS, *PICTURES])
def test_mutations(name, sources, monkeypatch):
    """Whatever is changed in a file, it is read, or there is an MXNetError; MXNB_FUZZ asks for more mutations."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1 << 20)  # larger ones are allowed, but take their time
    draw, failed = random.Random(name), 0
    count = int(os.environ.get("MXNB_FUZZ", 20))
    for _ in range(count):
        data = mutated(sources[name], draw)
        for read in READERS.get(name, [decode]):
            Path("mutated").write_bytes(data)
            try:
                read("mutated")
            except mx.MXNetError:
                failed += 1
            except Exception as error:
                raise AssertionError(f"{type(error).__name__} of {data!r}") from error
    assert failed > 0 or name in PICTURES
