"""Lists and records that the tool im2rec of MXNet 1.9.1 makes.

``python tests/golden/im2rec.py``, where MXNet 1.9.1 and OpenCV are installed, writes im2rec.json. Kept to Python 3.8.
The images are no images: lists look at names only, and ``--pass-through`` at nothing else.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ANSWERS = Path(__file__).parent / "im2rec.json"
NAMES = [
    "top.png",
    "a/0.png",
    "a/1.jpg",
    "a/notes.txt",
    "a/deep/2.JPEG",
    "a/deep/3.png",
    "B/4.png",
    "c/5.gif",
    "c/6.jpg",
]
NAMES += ["c/6.jpg", "d/7.png"] + [f"many/{i:02}.jpg" for i in range(11)]
LISTS = {
    "plain": ["--list"],
    "recursive": ["--list", "--recursive"],
    "in order": ["--list", "--recursive", "--no-shuffle"],
    "endings": ["--list", "--recursive", "--exts", ".gif", ".png"],
    "chunks": ["--list", "--recursive", "--chunks", "3"],
    "parts": ["--list", "--recursive", "--train-ratio", "0.6", "--test-ratio", "0.2"],
    "train and rest": ["--list", "--recursive", "--train-ratio", "0.7"],
    "chunks of parts": ["--list", "--recursive", "--chunks", "3", "--train-ratio", "0.5", "--test-ratio", "0.3"],
}
LIST = "7\t1\t2.5\ta/0.png\n3\t4\t5\tB/4.png\n9\t0.5\t0\ta/deep/2.JPEG\n"
RECORDS = {
    "one label": ["--pass-through"],
    "all labels": ["--pass-through", "--pack-label"],
}


def make_folder(folder):
    for name in NAMES:
        path = Path(folder, "images", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"content of " + name.encode())


def outputs(folder):
    """What was written under out/, but for what the tool may say."""
    found = {}
    for path in sorted(Path(folder, "out").iterdir()):
        if path.suffix in (".lst", ".idx"):
            found[path.name] = path.read_text()
        elif path.suffix == ".rec":
            found[path.name] = path.read_bytes().hex()
    return found


def all_of(run, folder):
    """By name of the case, the files that ``run(arguments)`` writes."""
    make_folder(folder)
    found = {}
    for name, options in [*LISTS.items(), *RECORDS.items()]:
        out = Path(folder, "out")
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        if name in RECORDS:
            Path(out, "x.lst").write_text(LIST)
        run([str(out / "x"), str(Path(folder, "images")), *options])
        found[name] = outputs(folder)
    return found


def record():
    import mxnet as mx

    tool = os.path.join(os.path.dirname(mx.__file__), "tools", "im2rec.py")
    with tempfile.TemporaryDirectory() as folder:
        found = all_of(lambda arguments: subprocess.run([sys.executable, tool, *arguments], check=True), folder)
    ANSWERS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    record()
