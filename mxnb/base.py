"""Errors, small types and safe file writing: what every layer of mxnb shares."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np

__all__ = ["DTypeError", "MXNetError", "ParamError", "ShapeError", "atomic_write", "data_dir"]


class MXNetError(RuntimeError):
    """Any error that mxnb reports about its arguments, its files or its devices.

    Examples
    --------
    >>> import mxnb as mx
    >>> try:
    ...     mx.nd.zeros((2, 3)) + mx.nd.zeros((4,))
    ... except mx.MXNetError:
    ...     print("shapes differ")
    shapes differ
    """


class ShapeError(MXNetError):
    """The shapes of an operator's arrays do not fit each other or its parameters."""


class DTypeError(MXNetError):
    """The dtypes of an operator's arrays do not fit each other or its parameters."""


class ParamError(MXNetError):
    """A parameter is missing, unknown, or has a value that it cannot have."""


class InputTypeError(MXNetError, TypeError, AssertionError):
    """An input of an operator that is no NDArray, or no Symbol (for programs a TypeError or an AssertionError too)."""


class NotImplementedForSymbol(MXNetError):
    """A function of NDArray that a Symbol does not offer.

    Parameters
    ----------
    function : callable
        The function that was called.
    alias : str or None
        The operator that Python called it for, such as ``+``.
    *args
        The arguments of the call; only their types are reported.
    """

    def __init__(self, function: Any, alias: str | None, *args: Any):
        super().__init__(_refusal(function, alias, args, "Symbol", "NDArray"))
        self.function = function.__name__
        self.alias = alias


class NotSupportedForSparseNDArray(MXNetError):
    """A function of NDArray that a sparse array does not offer.

    Parameters
    ----------
    function : callable
        The function that was called.
    alias : str or None
        The operator that Python called it for, such as ``+``.
    *args
        The arguments of the call; only their types are reported.
    """

    def __init__(self, function: Any, alias: str | None, *args: Any):
        super().__init__(_refusal(function, alias, args, "sparse arrays", "dense NDArray"))
        self.function = function.__name__
        self.alias = alias


def _refusal(function: Any, alias: str | None, args: tuple[Any, ...], refused: str, offered: str) -> str:
    operator = f" (operator {alias})" if alias else ""
    types = ", ".join(type(arg).__name__ for arg in args)
    return f"{function.__name__}{operator}({types}) is not offered for {refused}, only for {offered}"


class _NullType:
    """The type of ``_Null``, the default of a parameter that was not given (None is a value of its own)."""

    _instance: _NullType | None = None

    def __new__(cls) -> _NullType:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "_Null"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "_Null"


_Null = _NullType()

mx_real_t = np.float32
string_types = (str,)
integer_types = (int, np.int32, np.int64)
numeric_types = (float, int, np.generic)

#: The code of a dtype in MXNet's file formats and attributes.
DTYPE_TO_CODE: dict[np.dtype, int] = {
    np.dtype(name): code
    for code, name in enumerate(("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool"))
}
CODE_TO_DTYPE: dict[int, np.dtype] = {code: dtype for dtype, code in DTYPE_TO_CODE.items()}


def dtype_of(dtype: Any, what: str = "dtype") -> np.dtype:
    """Return the numpy dtype that ``dtype`` names, where NDArrays can have it.

    Parameters
    ----------
    dtype : str, type, numpy.dtype or None
        None means float32.
    what : str
        Who asks, for the error's text.

    Returns
    -------
    numpy.dtype

    Raises
    ------
    DTypeError
        When it is no dtype, or not one of the eight that MXNet 1.x stores.

    Examples
    --------
    >>> dtype_of("float16")
    dtype('float16')
    """
    try:
        found = np.dtype(mx_real_t if dtype is None else dtype)
    except TypeError:
        found = None
    if found is None or found not in DTYPE_TO_CODE:
        offered = ", ".join(known.name for known in DTYPE_TO_CODE)
        raise DTypeError(f"{what}: got {dtype!r}, needs one of {offered}")
    return found


def data_dir() -> str:
    """Return the folder for data sets and pretrained models: ``$MXNET_HOME``, else ``~/.mxnet``.

    Returns
    -------
    str
    """
    from . import config  # config raises MXNetError, so it imports this module

    return config.data_dir()


@contextmanager
def atomic_write(path: str | os.PathLike[str], mode: str = "wb") -> Iterator[IO[Any]]:
    """Write a file so that its old content survives until the new content is complete.

    The file object writes to a temporary name in the same folder; leaving the ``with`` block without an
    exception flushes it to the disk and renames it. After an exception the old file is untouched and the
    temporary one is gone.

    Parameters
    ----------
    path : str or os.PathLike
        The file to write. A symbolic link is followed; permissions of an existing file are kept. What is no
        ordinary file (``/dev/null``, a pipe) is written to directly.
    mode : {"wb", "w"}
        Bytes, or text in UTF-8.

    Yields
    ------
    file object

    Raises
    ------
    MXNetError
        When the file cannot be created, flushed or renamed, or the disk is full. Other exceptions of the block itself
        pass unchanged.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "notes.txt")
    >>> with atomic_write(path, "w") as f:
    ...     _ = f.write("complete")
    >>> open(path).read()
    'complete'
    """
    if mode not in ("wb", "w"):
        raise ValueError(f"atomic_write: mode is {mode!r}, needs 'wb' or 'w'")
    encoding = None if mode == "wb" else "utf-8"
    path = os.fspath(path)
    target = os.path.realpath(path)
    try:
        old = os.stat(target)
    except OSError:
        old = None
    if old is not None and not stat.S_ISREG(old.st_mode):
        try:
            stream = open(target, mode, encoding=encoding)  # noqa: SIM115
        except OSError as error:
            raise MXNetError(f"cannot write {path!r}: {error.strerror}") from error
        with stream:
            yield stream
        return

    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name[:180]}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        if old is not None and not os.access(target, os.W_OK):  # a rename would succeed all the same
            raise PermissionError(0, "the file is read-only")
        stream = open(temporary, mode.replace("w", "x"), encoding=encoding)  # noqa: SIM115
    except OSError as error:
        raise MXNetError(f"cannot write {path!r}: {error.strerror}") from error
    try:
        with stream:
            yield stream
            try:
                stream.flush()
                os.fsync(stream.fileno())
                if old is not None:
                    os.chmod(temporary, stat.S_IMODE(old.st_mode))
            except OSError as error:
                raise MXNetError(f"cannot write {path!r}: {error.strerror}") from error
        try:
            os.replace(temporary, target)
        except OSError as error:
            raise MXNetError(f"cannot write {path!r}: {error.strerror}") from error
    except BaseException as error:
        try:
            os.unlink(temporary)
        except OSError:
            pass  # nothing to clean up, or no right to: the first error matters more
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise MXNetError(f"cannot write {path!r}: {error.strerror}") from error
        raise
