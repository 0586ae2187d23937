"""Errors, dtypes, atomic files, settings."""

import errno
import os
import pickle
import stat
import threading

import numpy as np
import pytest

from mxnb import base, config
from mxnb.base import MXNetError, atomic_write


def listing(folder):
    return sorted(os.listdir(folder))


def test_atomic_write_replaces_only_when_complete(tmp_path):
    path = tmp_path / "a.params"
    with atomic_write(path) as f:
        f.write(b"old")
    with pytest.raises(ZeroDivisionError), atomic_write(path) as f:
        f.write(b"half of the n")
        1 / 0  # noqa: B018
    assert path.read_bytes() == b"old"
    assert listing(tmp_path) == ["a.params"]
    with atomic_write(path, "w") as f:
        f.write("nové")
        f.flush()
        assert path.read_bytes() == b"old"
    assert path.read_text(encoding="utf-8") == "nové"
    assert listing(tmp_path) == ["a.params"]


def test_atomic_write_permissions_and_links(tmp_path):
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    with atomic_write(link) as f:
        f.write(b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    fresh = tmp_path / "fresh"
    with atomic_write(fresh) as f:
        f.write(b"x")
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o666 & ~umask


def test_atomic_write_errors_name_the_file(tmp_path):
    with pytest.raises(MXNetError, match=r"cannot write .*missing.*No such file"), atomic_write(tmp_path / "missing/a"):
        pass
    with pytest.raises(MXNetError, match=r"cannot write .*Is a directory|Is a directory"), atomic_write(tmp_path):
        pass
    with pytest.raises(ValueError, match="mode"), atomic_write(tmp_path / "a", "r"):
        pass


def test_atomic_write_full_disk(tmp_path):
    path = tmp_path / "f"
    path.write_text("old")
    with pytest.raises(MXNetError, match=r"cannot write .*f': No space left on device"):
        with atomic_write(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert path.read_text() == "old"
    assert listing(tmp_path) == ["f"]


def test_atomic_write_special_file():
    with atomic_write(os.devnull) as f:
        f.write(b"gone")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_atomic_write_long_name_and_threads(tmp_path):
    path = tmp_path / ("n" * 250)
    errors = []

    def write(i):
        try:
            with atomic_write(path) as f:
                f.write(bytes([i]) * 1000)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    content = path.read_bytes()
    assert len(content) == 1000
    assert len(set(content)) == 1
    assert listing(tmp_path) == [path.name]


def test_dtype_codes():
    assert [base.CODE_TO_DTYPE[i].name for i in range(8)] == [
        "float32",
        "float64",
        "float16",
        "uint8",
        "int32",
        "int8",
        "int64",
        "bool",
    ]
    assert all(base.CODE_TO_DTYPE[code] == dtype for dtype, code in base.DTYPE_TO_CODE.items())
    assert base.dtype_of(None) == np.float32
    assert base.dtype_of(float) == np.float64
    with pytest.raises(base.DTypeError, match=r"nd\.zeros: got 'complex64', needs one of float32"):
        base.dtype_of("complex64", "nd.zeros")
    with pytest.raises(base.DTypeError, match="nonsense"):
        base.dtype_of("nonsense")


def test_null_is_one_false_object():
    assert not base._Null
    assert repr(base._Null) == "_Null"
    assert pickle.loads(pickle.dumps(base._Null)) is base._Null


def test_refusals():
    error = base.NotImplementedForSymbol(len, "+", 1, "x")
    assert str(error) == "len (operator +)(int, str) is not offered for Symbol, only for NDArray"
    assert isinstance(error, MXNetError)
    assert "sparse" in str(base.NotSupportedForSparseNDArray(len, None))


def test_cache_dir(monkeypatch, tmp_path):
    monkeypatch.setenv("MXNB_CACHE_DIR", str(tmp_path / "k"))
    assert config.cache_dir() == str(tmp_path / "k")
    monkeypatch.delenv("MXNB_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert config.cache_dir() == str(tmp_path / "mxnb")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config.cache_dir() == str(tmp_path / ".cache" / "mxnb")
    monkeypatch.delenv("MXNET_HOME", raising=False)
    assert config.data_dir() == base.data_dir() == str(tmp_path / ".mxnet")
    monkeypatch.setenv("MXNET_HOME", str(tmp_path / "d"))
    assert config.data_dir() == str(tmp_path / "d")


def test_settings_refuse_nonsense(monkeypatch):
    for text in ("0", "-1", "many", "1.5"):
        monkeypatch.setenv("MXNB_NUM_THREADS", text)
        with pytest.raises(MXNetError, match="MXNB_NUM_THREADS"):
            config.num_threads()
    monkeypatch.setenv("MXNB_NUM_THREADS", "3")
    assert config.num_threads() == 3
    monkeypatch.delenv("MXNB_NUM_THREADS")
    assert config.num_threads() == config.available_cpus() >= 1
    monkeypatch.setenv("MXNB_KERNEL_CACHE", "disk")
    with pytest.raises(MXNetError, match="object, dispatcher, off"):
        config.kernel_cache_mode()
    monkeypatch.delenv("MXNB_KERNEL_CACHE")
    assert config.kernel_cache_mode() == "object"
    monkeypatch.setenv("MXNET_GLUON_REPO", "https://example.org/data")
    assert config.repo_url() == "https://example.org/data/"
