"""``python -m mxnb im2rec``: list files of images in folders, and record files from lists.

Records are written beside ``<name>.rec.part``, which becomes the record file when it is complete.  A run that was
interrupted is continued: what the part already holds is kept, as far as the list agrees, and unless its last record
would be another one now, because of other options.
"""

from __future__ import annotations

import argparse
import collections
import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from typing import Any

import numpy as np

from .. import config, recordio
from ..base import MXNetError
from ..image import codec
from ..image.list_file import Item, read_items
from ..kernels import resampling
from .bar import bar

AHEAD = 16  # images in work for each process
SEED = 100  # of the order in list files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "prefix", help="of the files: <prefix>.lst, .rec, .idx; also a folder, whose lists are all taken"
    )
    parser.add_argument("root", help="folder with the images")
    lists = parser.add_argument_group("lists")
    lists.add_argument("--list", action="store_true", help="write a list file, no record file")
    lists.add_argument("--exts", nargs="+", default=[".jpeg", ".jpg", ".png"], help="endings of images")
    lists.add_argument("--chunks", type=int, default=1, help="divide among so many lists")
    lists.add_argument("--train-ratio", type=float, default=1.0, help="this part goes to <prefix>_train.lst")
    lists.add_argument("--test-ratio", type=float, default=0.0, help="this to _test.lst, the rest to _val.lst")
    lists.add_argument("--recursive", action="store_true", help="each folder below root is a class, with its own label")
    lists.add_argument("--no-shuffle", dest="shuffle", action="store_false", help="keep the order of the names")
    records = parser.add_argument_group("records")
    records.add_argument("--pass-through", action="store_true", help="take files as they are")
    records.add_argument("--resize", type=int, default=0, help="make the shorter side so long")
    records.add_argument("--center-crop", action="store_true", help="cut a square from the middle")
    records.add_argument("--quality", type=int, default=95, help="JPEG 1 to 100, PNG 1 to 9")
    records.add_argument("--num-thread", type=int, default=1, help="processes that encode")
    records.add_argument("--color", type=int, default=1, choices=[-1, 0, 1], help="1 colour, 0 grey, -1 as in the file")
    records.add_argument("--encoding", default=".jpg", choices=[".jpg", ".png"], help="how images are encoded")
    records.add_argument("--pack-label", action="store_true", help="records hold all labels of a line")


def run(args: argparse.Namespace) -> int:
    """Write lists or records."""
    if not os.path.isdir(args.root):
        raise MXNetError(f"{args.root} is no folder")
    if args.list:
        return write_lists(args)
    lists = list_files(args.prefix)
    if not lists:
        raise MXNetError(f"there is no list {args.prefix}*.lst; --list makes one")
    return max(write_records(path, args) for path in lists)


# --- Lists -----------------------------------------------------------------------------------------------------------


def find_images(root: str, recursive: bool, endings: list[str]) -> tuple[list[tuple[str, float]], dict[str, int]]:
    """Names and labels of the images of a folder, and the classes.

    A folder that disappears meanwhile is left out.
    """
    wanted = tuple(ending.lower() for ending in endings)
    found: list[tuple[str, float]] = []
    classes: dict[str, int] = {}
    for folder, folders, files in os.walk(root, followlinks=True):
        folders.sort()
        images = [name for name in sorted(files) if name.lower().endswith(wanted)]
        if recursive and images:
            classes[os.path.relpath(folder, root)] = len(classes)
        for name in images:
            path = os.path.relpath(os.path.join(folder, name), root)
            if any(c in path for c in "\t\n\r") or not _encodable(path):
                print(f"left out: {path!r}: a list cannot hold this name")
                continue
            found.append((path, float(len(classes) - 1) if recursive else 0.0))
        if not recursive:
            break
    return found, classes


def _encodable(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def write_lists(args: argparse.Namespace) -> int:
    """The command with --list."""
    if args.chunks < 1 or not 0 <= args.train_ratio <= 1 or not 0 <= args.test_ratio <= 1 - args.train_ratio + 1e-9:
        raise MXNetError(
            f"--chunks {args.chunks}, --train-ratio {args.train_ratio}, --test-ratio {args.test_ratio}: "
            "need at least one chunk, and ratios that add up to at most 1"
        )
    images, classes = find_images(args.root, args.recursive, args.exts)
    if not images:
        raise MXNetError(f"{args.root} holds no images that end with {', '.join(args.exts)}")
    lines = [f"{i}\t{label:f}\t{name}\n" for i, (name, label) in enumerate(images)]
    if args.shuffle:
        random.Random(SEED).shuffle(lines)
    size = -(-len(lines) // args.chunks)
    for i in range(args.chunks):
        chunk, middle = lines[i * size : (i + 1) * size], f"_{i}" if args.chunks > 1 else ""
        train, test = int(size * args.train_ratio), int(size * args.test_ratio)
        whole = args.train_ratio == 1.0
        parts = {"" if whole else "_train": chunk[test : test + train], "_test": chunk[:test]}
        parts["_val"] = chunk[test + train :]
        for ending, part in parts.items():
            if part:
                path = f"{args.prefix}{middle}{ending}.lst"
                with open(path, "w", encoding="utf-8") as file:
                    file.writelines(part)
                print(f"wrote {path}: {len(part)} images")
    for name, number in classes.items():
        print(f"{name} {number}")
    return 0


def list_files(prefix: str) -> list[str]:
    """All lists with a prefix; if there is none and it is a folder, all that this holds."""
    folder, start = os.path.split(os.path.abspath(prefix))
    for where, beginning in ((folder, start), (prefix, "")):
        names = sorted(os.listdir(where)) if os.path.isdir(where) else []
        found = [os.path.join(where, name) for name in names if name.startswith(beginning) and name.endswith(".lst")]
        if found:
            return found
    return []


# --- Records ---------------------------------------------------------------------------------------------------------


def encoded(root: str, item: Item, options: dict[str, Any]) -> bytes | str:
    """A record, or why there is none."""
    path = os.path.join(root, item.name)
    try:
        with open(path, "rb") as file:
            data = file.read()
        several = options["pack_label"] and len(item.labels) > 1
        label: Any = item.labels if several else item.labels[0]
        header = recordio.IRHeader(0, label, item.number, 0)
        if options["pass_through"]:
            return recordio.pack(header, data)
        pixels = codec.decode(data, options["color"], rgb=False, what=path, upright=True)
        pixels = prepared(pixels, options["resize"], options["center_crop"])
        return recordio.pack_img(header, pixels, options["quality"], options["encoding"])
    except (MXNetError, OSError) as error:
        return f"{item.name}: {error}"


def prepared(pixels: np.ndarray, resize: int, center_crop: bool) -> np.ndarray:
    """The image cut and resized as the options say."""
    if center_crop:
        side = min(pixels.shape[:2])
        top, left = ((n - side) // 2 for n in pixels.shape[:2])
        pixels = pixels[top : top + side, left : left + side]
    if resize:
        h, w = pixels.shape[:2]
        new = (resize * h // w, resize) if h > w else (resize, resize * w // h)
        x = np.ascontiguousarray(pixels).reshape(1, h, w, -1)
        y = np.empty((1, *new, x.shape[3]), x.dtype)
        resampling.resize(y, x, resampling.LINEAR)
        pixels = y[0].reshape(*new, *pixels.shape[2:])
    return pixels


def kept(part: str, index: str, items: list[Item]) -> tuple[int, int, bytes]:
    """How many items an interrupted run has dealt with, where its last whole record ends, and that record."""
    numbers = {item.number: i for i, item in enumerate(items)}
    done, end, last = 0, 0, b""
    try:
        with open(index, encoding="utf-8") as lines, open(part, "rb") as file:
            for line in lines:
                key, offset = (int(text) for text in line.split("\t"))
                if offset != end or numbers.get(key, -1) < done:
                    break
                file.seek(offset)
                found = recordio.read_record(file, part)
                if found is None:
                    break
                done, end, last = numbers[key] + 1, file.tell(), found
    except (OSError, ValueError, MXNetError):
        pass
    return done, end, last


def write_records(path: str, args: argparse.Namespace) -> int:
    """One record file with its index; 1 where images had to be left out."""
    if args.num_thread < 1:
        raise MXNetError(f"--num-thread is {args.num_thread}, needs at least 1")
    stem = path[: -len(".lst")]
    items = read_items(path)
    if not items:
        raise MXNetError(f"{path} is empty")
    part, index = stem + ".rec.part", stem + ".idx.part"
    options = {name: getattr(args, name) for name in ("pass_through", "color", "resize", "center_crop", "quality")}
    options.update(encoding=args.encoding, pack_label=args.pack_label)
    done, end, last = kept(part, index, items)
    if done and encoded(args.root, items[done - 1], options) != last:  # made with other options
        done = end = 0
    for name, size in ((part, end), (index, None)):
        if done == 0:
            open(name, "wb").close()
        elif size is not None:
            os.truncate(name, size)
    if done:
        print(f"{path}: continues behind {done} of {len(items)} images")
        _trim(index, end)
    failed = 0
    with open(part, "ab") as file, open(index, "a", encoding="utf-8") as offsets:
        for count, (item, record) in enumerate(_encode_all(args, items[done:], options), done + 1):
            if isinstance(record, str):
                failed += 1
                print(f"left out: {record}")
            else:
                offset = file.tell()
                recordio.write_record(file, record)
                offsets.write(f"{item.number}\t{offset}\n")
            if count % 200 == 0:
                file.flush()
                offsets.flush()
            bar(count, len(items))
    for name, final in ((part, stem + ".rec"), (index, stem + ".idx")):
        os.replace(name, final)
    print(f"wrote {stem}.rec and .idx: {len(items) - failed} images, {failed} left out")
    return int(failed > 0)


def _trim(index: str, end: int) -> None:
    """Drop the lines of records that are not in the part any more."""
    with open(index, encoding="utf-8") as file:
        lines = [line for line in file if line.endswith("\n") and int(line.split("\t")[1]) < end]
    with open(index, "w", encoding="utf-8") as file:
        file.writelines(lines)


def _encode_all(args: argparse.Namespace, items: list[Item], options: Any) -> Iterator[tuple[Item, bytes | str]]:
    """All records in the order of the list, encoded by several processes."""
    if args.num_thread == 1:
        for item in items:
            yield item, encoded(args.root, item, options)
        return
    waiting: collections.deque[tuple[Item, Future[Any]]] = collections.deque()
    pool = ProcessPoolExecutor(min(args.num_thread, 4 * config.available_cpus()), initializer=_end_with_parent)
    try:
        for item in items:
            waiting.append((item, pool.submit(encoded, args.root, item, options)))
            if len(waiting) > AHEAD * args.num_thread:
                first, future = waiting.popleft()
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()
    except BrokenProcessPool as error:
        raise MXNetError("a process that encodes was killed; the same command continues behind its work") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Have this process end when the one that it works for does, but leave Ctrl-C to that."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=lambda: (connection.wait([parent.sentinel]), os._exit(1)), daemon=True).start()
