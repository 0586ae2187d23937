"""The command line, in processes of its own."""

import json
import os
import subprocess
import sys

import pytest


def mxnb(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "mxnb", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


def test_help_lists_the_commands():
    done = mxnb("--help")
    assert done.returncode == 0
    assert "info" in done.stdout
    assert "warmup" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("info", "--nonsense")])
def test_wrong_usage(arguments):
    done = mxnb(*arguments)
    assert done.returncode == 2
    assert "usage: python -m mxnb" in done.stderr


def test_info(tmp_path):
    done = mxnb("info", MXNB_CACHE_DIR=str(tmp_path / "k"), MXNB_NUM_THREADS="3")
    assert done.returncode == 0, done.stderr
    for text in ("python ", "numpy ", "numba ", "cpu features", "threads ", "3 of", "does not exist, can be created"):
        assert text in done.stdout
    found = json.loads(mxnb("info", "--json", MXNB_CACHE_DIR=str(tmp_path)).stdout)
    assert f"{tmp_path} (0 files, 0.0 MB, writable)" in found["kernel cache"]
    assert found["python"].startswith(f"{sys.version_info[0]}.{sys.version_info[1]}")


def test_info_reports_bad_settings():
    done = mxnb("info", MXNB_NUM_THREADS="many")
    assert done.returncode == 0, done.stderr
    assert "MXNB_NUM_THREADS is 'many'" in done.stdout


def test_warmup_compiles_once(tmp_path):
    arguments = ("warmup", "--processes", "1", "square", "broadcast_add")
    first = mxnb(*arguments, MXNB_CACHE_DIR=str(tmp_path))
    assert first.returncode == 0, first.stdout + first.stderr
    assert not first.stdout.startswith("0 kernels compiled")
    again = mxnb(*arguments, MXNB_CACHE_DIR=str(tmp_path))
    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stdout.startswith("0 kernels compiled")
    assert str(tmp_path) in again.stdout


def test_warmup_names():
    names = mxnb("warmup", "--list").stdout.split()
    assert {"lenet-gluon", "lenet-module", "sin", "sum"} <= set(names)
    done = mxnb("warmup", "nonsense")
    assert done.returncode == 1
    assert "no program named nonsense" in done.stdout
    done = mxnb("warmup", "sin", MXNB_KERNEL_CACHE="off")
    assert done.returncode == 1
    assert "nothing is stored" in done.stdout
