"""Programs that stop in the middle of reading: no thread or process keeps them, or is left behind.

Each program has half a minute of work ahead when it stops; whoever waited for that would be noticed.
"""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx
from mxnb.image import codec
from mxnb.recordio import IRHeader, MXRecordIO, pack

SOON = 10  # seconds; far less than the work that is ahead, far more than any of this takes
HEAVY = codec.encode(np.zeros((3000, 3000, 3), np.uint8), ".png", 9)  # 27 KB that take 60 ms to decode

ITERATOR = """
import sys, threading, time
import mxnb as mx
iterator = mx.io.ImageRecordIter(
    path_imgrec=sys.argv[1], data_shape=(3, 8, 8), batch_size=2, prefetch_buffer=400, preprocess_threads=2,
    verbose=False)
print("begins", flush=True)
"""
PREFETCHING = ITERATOR + "iterator = mx.io.PrefetchingIter(iterator)\n"
LOOP = "for batch in iterator: batch.data[0].wait_to_read()\n"
THREADED = "threading.Thread(target=lambda: list(iterator)).start()\n"


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    path = tmp_path_factory.mktemp("records") / "heavy.rec"
    with MXRecordIO(str(path), "w") as writer:
        for i in range(900):
            writer.write(pack(IRHeader(0, float(i), i, 0), HEAVY))
    return path


@pytest.fixture
def start():
    """Starts programs, and ends those that are left."""
    started = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs ignore it, and pass that on

    def call(*command):
        process = subprocess.Popen(
            [sys.executable, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield call
    signal.signal(signal.SIGINT, before)
    for process in started:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def ends(process, begun):
    """Its exit status, once it has ended, soon."""
    try:
        return process.wait(begun + SOON - time.monotonic())
    except subprocess.TimeoutExpired:
        pytest.fail("the program does not end")


@pytest.mark.parametrize(
    ("program", "status", "said"),
    [
        (ITERATOR, 0, ""),
        (ITERATOR + "next(iterator); raise RuntimeError('consumer')\n", 1, "RuntimeError: consumer"),
        (ITERATOR + THREADED, 0, ""),
        (PREFETCHING + "next(iterator)\n", 0, ""),
    ],
    ids=["end", "exception", "other thread", "PrefetchingIter"],
)
def test_the_end_of_a_program(program, status, said, records, start):
    process = start("-c", program, records)
    assert process.stdout.readline() == "begins\n"
    found, out = ends(process, time.monotonic()), process.stdout.read()
    assert found == status, out
    assert said in out


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT here")
@pytest.mark.parametrize("program", [ITERATOR, PREFETCHING], ids=["ImageRecordIter", "PrefetchingIter"])
def test_interrupt(program, records, start):
    process = start("-c", program + LOOP, records)
    assert process.stdout.readline() == "begins\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert ends(process, time.monotonic()) in (-signal.SIGINT, 1)
    assert "KeyboardInterrupt" in process.stdout.read()


def test_after_a_break_threads_go(records):
    """Nor does anyone decode what nobody will see."""
    before = set(threading.enumerate())
    iterator = mx.io.ImageRecordIter(
        path_imgrec=records, data_shape=(3, 8, 8), batch_size=2, prefetch_buffer=400, preprocess_threads=2
    )
    for _ in iterator:
        break
    started = set(threading.enumerate()) - before
    assert len(started) == 2
    del iterator, _
    gc.collect()
    for thread in started:
        thread.join(SOON)
        assert not thread.is_alive()


# --- im2rec ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(codec.encode(np.zeros((800, 800, 3), np.uint8), ".png"))
    (tmp_path / "a.lst").write_text("".join(f"{i}\t0\ta.png\n" for i in range(9000)))
    return tmp_path


def state(pid):
    """State and parent of a process; Z is one that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return "Z", "0"


def children(pid):
    found = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())
    return [child for child in found if state(child)[1] == str(pid)]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")
@pytest.mark.parametrize("blow", ["interrupt", "interrupt all", "kill a worker", "kill"])
def test_im2rec(blow, folder, start):
    """Whatever stops it leaves no process."""
    command = "-m", "mxnb", "im2rec", folder / "a", folder / "images", "--num-thread", "2", "--resize", "8"
    process = start(*command)
    deadline = time.monotonic() + 30
    while len(workers := children(process.pid)) < 2:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.5)  # an executor that is just starting its processes is not to be interrupted
    begun = time.monotonic()
    if blow == "interrupt":
        process.send_signal(signal.SIGINT)
    elif blow == "interrupt all":  # as a terminal does
        os.killpg(process.pid, signal.SIGINT)
    else:
        os.kill(workers[0] if blow == "kill a worker" else process.pid, signal.SIGKILL)
    assert ends(process, begun) != 0
    while any(state(worker)[0] != "Z" for worker in workers):
        assert time.monotonic() - begun < SOON, "a worker is left"
        time.sleep(0.02)
    if blow == "kill a worker":
        assert "a process that encodes was killed; the same command continues" in process.stdout.read()
    assert not (folder / "a.rec").exists()
    assert (folder / "a.rec.part").exists()
