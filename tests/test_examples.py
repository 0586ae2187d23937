"""The examples, shortened, in processes of their own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mxnb as mx

ROOT = Path(__file__).resolve().parent.parent


EXAMPLE = str(ROOT / "examples" / "train_digits.py")
PROGRAM = f"""
import runpy, sys
sys.path.append({str(ROOT)!r})
sys.argv[0] = {EXAMPLE!r}
runpy.run_path(sys.argv[0], run_name="__main__")
"""

WARMUP = """
import sys
from mxnb.cli import main
if __name__ == "__main__":  # it starts processes
    sys.exit(main())
"""


def run(*arguments, program=PROGRAM, **environment):
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("api", ["gluon", "module"])
def test_train_digits(tmp_path, api):
    done = run("--api", api, "--epochs", "3", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^epoch .* loss .* accuracy .* held_out ", done.stdout, re.MULTILINE)) == 3
    assert float(re.search(r"held-out accuracy (\S+)", done.stdout)[1]) > 0.93
    assert (tmp_path / "out" / "digits.png").read_bytes().startswith(b"\x89PNG")
    # the checkpoint predicts what the program said
    symbol, arguments, states = mx.model.load_checkpoint(str(tmp_path / "out" / "digits"), 3)
    digits = mx.io.MNISTIter(**mx.io.digits_files(train=False), batch_size=360, shuffle=False, silent=True)
    batch = digits.next()
    inputs = {"data": batch.data[0]} if api == "module" else {"data": batch.data[0] * (256 / 255)}
    executor = symbol.simple_bind(mx.cpu(), grad_req="null", data=inputs["data"].shape)
    executor.copy_params_from(arguments, states, allow_extra_params=True)
    output = executor.forward(is_train=False, **inputs)[0].asnumpy()
    accuracy = (output.argmax(1) == batch.label[0].asnumpy()).mean()
    assert f"held-out accuracy {accuracy:.4f}" in done.stdout


@pytest.mark.slow
def test_nothing_is_compiled_after_warmup(tmp_path):
    cache = {"MXNB_CACHE_DIR": str(tmp_path / "cache"), "MXNB_KERNEL_CACHE": "object"}
    ahead = run("warmup", "lenet-gluon", "lenet-module", program=WARMUP, **cache)
    assert ahead.returncode == 0, ahead.stderr
    for api in ("gluon", "module"):
        counts = PROGRAM + "from mxnb.kernels import cache\nprint(cache.stats['compiled'], 'numba' in sys.modules)"
        done = run("--api", api, "--epochs", "1", "--out", str(tmp_path / "out"), program=counts, **cache)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "0 False", api


def test_gpu_or_the_reason():
    if mx.num_gpus():
        pytest.skip("there is a GPU")
    done = run("--ctx", "gpu", "--epochs", "1")
    assert done.returncode == 1
    assert "--ctx gpu: gpu(0) is not usable: " in done.stderr


def example(name, *arguments):
    """Run an example as a user does."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, str(ROOT / "examples" / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_train_from_records(tmp_path):
    out = example("train_from_records.py", "--epochs", "3", "--out", str(tmp_path))
    assert float(re.search(r"held-out accuracy (\S+)", out)[1]) > 0.8
    with mx.recordio.MXIndexedRecordIO(str(tmp_path / "train.idx"), str(tmp_path / "train.rec"), "r") as records:
        assert len(records.keys) == 1437


def test_detection_boxes(tmp_path):
    out = example("detection_boxes.py", "--images", "2", "--out", str(tmp_path))
    assert re.search(r"a batch: data \(2, 3, 96, 96\), labels .*, [1-6] boxes", out)
    assert re.search(r"by threads: data \(2, 3, 96, 96\), labels .*, [1-6] boxes", out)
    assert mx.image.imread(str(tmp_path / "boxes.png")).shape == (192, 192, 3)
