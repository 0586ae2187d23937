"""``python -m mxnb im2rec``: lists of folders, and record files of lists."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from mxnb import cli, recordio
from mxnb.cli import im2rec
from mxnb.image import codec
from mxnb.io import ImageRecordIter

PICTURES = {
    f"{kind}/{i}{ending}": np.full((6 + i, 9, 3), 40 * i + 10 * len(kind), np.uint8)
    for kind in ("cat", "horse")
    for i, ending in enumerate((".png", ".jpg", ".JPEG"))
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, pixels in PICTURES.items():
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(codec.encode(pixels, path.suffix))
    (tmp_path / "images" / "cat" / "notes.txt").write_text("no image")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return cli.main(["im2rec", *arguments])


def records(path):
    with recordio.MXIndexedRecordIO(path + ".idx", path + ".rec", "r") as reader:
        return {key: recordio.unpack_img(reader.read_idx(key)) for key in reader.keys}


def test_lists(folder, capsys):
    assert run("a", "images", "--list", "--recursive", "--no-shuffle") == 0
    lines = (folder / "a.lst").read_text().splitlines()
    assert lines[0] == "0\t0.000000\tcat/0.png"
    assert lines[3] == "3\t1.000000\thorse/0.png"
    assert len(lines) == 6
    assert "horse 1" in capsys.readouterr().out
    assert run("b", "images", "--list", "--recursive") == 0
    shuffled = (folder / "b.lst").read_text().splitlines()
    assert sorted(shuffled) == sorted(lines)
    assert shuffled != lines
    assert run("c", "images/cat", "--list", "--exts", ".png") == 0
    assert (folder / "c.lst").read_text() == "0\t0.000000\t0.png\n"


def test_parts_of_lists(folder):
    assert run("a", "images", "--list", "--recursive", "--train-ratio", "0.5", "--test-ratio", "0.34") == 0
    parts = [(folder / f"a_{name}.lst").read_text().splitlines() for name in ("train", "test", "val")]
    assert [len(part) for part in parts] == [3, 2, 1]
    assert run("b", "images", "--list", "--recursive", "--chunks", "2") == 0
    chunks = [(folder / f"b_{i}.lst").read_text().splitlines() for i in range(2)]
    assert [len(chunk) for chunk in chunks] == [3, 3]
    assert sorted(line for part in parts for line in part) == sorted(line for chunk in chunks for line in chunk)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_records(folder, processes):
    run("a", "images", "--list", "--recursive", "--no-shuffle")
    assert run("a", "images", "--encoding", ".png", "--quality", "3", "--num-thread", processes) == 0
    found = records("a")
    assert list(found) == list(range(6))
    for (header, image), name in zip(found.values(), PICTURES):
        assert header.label == name.startswith("horse")
        np.testing.assert_allclose(image.astype(int), PICTURES[name], atol=2)
    assert not (folder / "a.rec.part").exists()
    batch = ImageRecordIter(path_imgrec="a.rec", data_shape=(3, 6, 9), batch_size=6).next()
    assert batch.label[0].asnumpy().tolist() == [0, 0, 0, 1, 1, 1]


def test_options(folder):
    run("a", "images", "--list", "--recursive", "--no-shuffle")
    assert run("a", "images", "--resize", "4", "--center-crop") == 0
    assert {image.shape for _, image in records("a").values()} == {(4, 4, 3)}
    assert run("a", "images", "--resize", "12", "--color", "0") == 0
    assert {image.shape for _, image in records("a").values()} == {(12, 18), (12, 15), (12, 13)}
    assert run("a", "images", "--pass-through") == 0
    with recordio.MXIndexedRecordIO("a.idx", "a.rec", "r") as reader:
        content = recordio.unpack(reader.read_idx(0))[1]
    assert content == (folder / "images/cat/0.png").read_bytes()


def test_several_labels(folder):
    (folder / "a.lst").write_text("7\t1\t2.5\tcat/0.png\n")
    assert run("a", "images", "--pack-label") == 0
    assert records("a")[7][0].label.tolist() == [1, 2.5]
    assert run("a", "images") == 0
    assert records("a")[7][0].label == 1


def test_all_lists_of_a_prefix(folder):
    run("a", "images", "--list", "--recursive", "--chunks", "2")
    assert run("a", "images") == 0
    assert len(records("a_0")) == len(records("a_1")) == 3
    (folder / "lists").mkdir()
    (folder / "a_0.lst").rename(folder / "lists" / "x.lst")
    assert run("lists", "images") == 0
    assert len(records("lists/x")) == 3


def test_bad_images_are_left_out(folder, capsys):
    (folder / "images/cat/0.png").write_bytes(b"nonsense")
    run("a", "images", "--list", "--recursive", "--no-shuffle")
    (folder / "images/horse/2.JPEG").unlink()
    assert run("a", "images") == 1
    out = capsys.readouterr().out
    assert "left out: cat/0.png" in out
    assert "left out: horse/2.JPEG" in out
    assert list(records("a")) == [1, 2, 3, 4]


@pytest.mark.parametrize("cut", [1, 30, 5000])
def test_interrupted_runs_are_continued(folder, cut, monkeypatch, capsys):
    """What the part holds is kept, as far as it is whole; the result is that of one run."""
    run("a", "images", "--list", "--recursive", "--no-shuffle")
    assert run("a", "images", "--encoding", ".png") == 0
    whole = (folder / "a.rec").read_bytes(), (folder / "a.idx").read_text()
    calls = []
    encoded = im2rec.encoded

    def interrupt(root, item, options):
        if item.number == 4 and not calls:
            calls.append(item)
            raise KeyboardInterrupt
        return encoded(root, item, options)

    monkeypatch.setattr(im2rec, "encoded", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run("a", "images", "--encoding", ".png")
    assert (folder / "a.rec").read_bytes() == whole[0], "the old file is still there"
    part = (folder / "a.rec.part").read_bytes()
    (folder / "a.rec.part").write_bytes(part[: max(0, len(part) - cut)])
    assert run("a", "images", "--encoding", ".png") == 0
    assert (folder / "a.rec").read_bytes() == whole[0]
    assert (folder / "a.idx").read_text() == whole[1]
    assert ("continues behind" in capsys.readouterr().out) == (cut < 5000)


def test_other_options_begin_anew(folder, monkeypatch, capsys):
    """A part with images of another size, or other labels, is not continued."""
    run("a", "images", "--list", "--recursive", "--no-shuffle")
    encoded = im2rec.encoded

    def interrupt(root, item, options):
        if item.number == 4:
            raise KeyboardInterrupt
        return encoded(root, item, options)

    for options in (["--resize", "7"], ["--resize", "5"]):
        monkeypatch.setattr(im2rec, "encoded", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run("a", "images", *options)
    monkeypatch.setattr(im2rec, "encoded", encoded)
    assert run("a", "images", "--resize", "4") == 0
    assert "continues" not in capsys.readouterr().out
    assert {min(image.shape[:2]) for _, image in records("a").values()} == {4}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", "none", "--list"), "none is no folder"),
        (("a", "images"), r"there is no list a*.lst"),
        (("a", "images", "--list", "--exts", ".gif"), "holds no images that end with .gif"),
        (("a", "images", "--list", "--train-ratio", "0.9", "--test-ratio", "0.2"), "ratios that add up"),
        (("bad", "images"), "line 1: 'x 0 cat', needs 'number<TAB>label<TAB>name'"),
        (("empty", "images"), "empty.lst is empty"),
        (("good", "images", "--num-thread", "0"), "--num-thread is 0"),
    ],
)
def test_errors(folder, capsys, arguments, message):
    (folder / "bad.lst").write_text("x 0 cat\n")
    (folder / "empty.lst").write_text("")
    (folder / "good.lst").write_text("0\t0\tcat/0.png\n")
    assert run(*arguments) == 1
    assert message in capsys.readouterr().out


def test_names_that_no_list_can_hold(folder, capsys):
    (folder / "images/cat/a\tb.png").write_bytes(codec.encode(PICTURES["cat/0.png"], ".png"))
    assert run("a", "images", "--list", "--recursive") == 0
    assert "a list cannot hold this name" in capsys.readouterr().out
    assert len((folder / "a.lst").read_text().splitlines()) == 6


GOLDEN = Path(__file__).parent / "golden"
ANSWERS = json.loads((GOLDEN / "im2rec.json").read_text())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    spec = importlib.util.spec_from_file_location("golden_im2rec", GOLDEN / "im2rec.py")
    golden = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(golden)
    return golden.all_of(lambda arguments: run(*arguments), tmp_path_factory.mktemp("im2rec"))


@pytest.mark.parametrize("name", ANSWERS)
def test_files_are_those_of_mxnet(name, made):
    """Lists, records and indexes, byte for byte; but no empty lists, of which no records can be made."""
    assert made[name] == {file: content for file, content in ANSWERS[name].items() if content}


def test_bar(folder, monkeypatch, capsys):
    """On a terminal a bar shows how far it is; elsewhere there is none."""
    run("a", "images", "--list", "--recursive")
    assert run("a", "images") == 0
    assert "#" not in capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert run("a", "images") == 0
    out = capsys.readouterr().out
    assert f"\r[{'#' * 5}{' ' * 25}] 1/6" in out
    assert f"\r[{'#' * 30}] 6/6" in out
