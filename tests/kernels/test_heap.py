"""Where freed memory stays."""

import sys

import pytest

from mxnb.kernels import heap


def test_the_users_choice_stands(monkeypatch):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "131072")
    assert heap.keep() is False


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt is of the GNU C library")
def test_limits(monkeypatch):
    for name in ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES", "LD_PRELOAD"):
        monkeypatch.delenv(name, raising=False)
    assert heap.keep() in (True, False)
