"""The cache of compiled kernels: object files in a folder, found again without numba.

A version of a kernel is stored under a hash of what it consists of (`fingerprint.py`), the types of its arguments, the
sources of the compiler's side of this package, the processor and the versions of what compiled it.  Anything else than
an intact file is compiled anew, and a folder that cannot be written costs speed only.  The setting MXNB_KERNEL_CACHE
chooses: "object" (this), "off" (neither read nor stored) or "dispatcher" (numba's own functions, also used where object
files are not known to work).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType
from typing import Any

import numpy as np

from .. import config
from .fingerprint import fingerprint

FORMAT = 1  # increase when the entry point or the layout of the files changes
MAGIC = b"MXNK"
SUFFIX = ".mxk"
LARGEST = 256 << 20  # bytes that the folder may hold
# what decides how a kernel becomes machine code; the kernels themselves are in their fingerprints
SOURCES = (
    "binding",
    "coefficients",
    "compiler",
    "elementary",
    "entry",
    "fingerprint",
    "kernel",
    "loader",
    "lowering",
    "memory",
    "parts",
    "tiles",
    "words",
)

stats = {"hits": 0, "compiled": 0, "damaged": 0, "unsaved": 0, "dispatchers": 0}
"""Counts of this process: loaded, compiled, unusable files, not stored, and compiled to numba's dispatchers."""

reasons: dict[str, str] = {}
"""By name of a kernel, why it is not an object file."""

on_miss: Callable[[], None] | None = None
"""Called before a kernel is compiled, if it is set."""

instead: Callable[[Any, tuple[Any, ...]], Any] | None = None
"""If it is set, what does the work of `get`."""

_lock = threading.RLock()
_locks: dict[str, threading.RLock] = {}
_loaded: dict[str, Any] = {}
_compiling = threading.RLock()  # held while numba is imported or compiles: it does so in one thread at a time


def get(kernel: Any, spec: tuple[Any, ...]) -> Any:
    """The compiled form of a kernel, from memory, from the folder, or made now.

    Parameters
    ----------
    kernel : Kernel
    spec : tuple
        The types of the arguments, as `kernel.describe` gives them.

    Returns
    -------
    callable
    """
    if instead is not None:
        return instead(kernel, spec)
    mode = config.kernel_cache_mode()
    symbol = _symbol(kernel, spec, mode)
    with _lock:
        lock = _locks.setdefault(symbol, threading.RLock())
    with lock:
        if symbol not in _loaded:
            _loaded[symbol] = _find(kernel, spec, symbol, mode)
        return _loaded[symbol]


def provide(kernel: Any, spec: tuple[Any, ...]) -> None:
    """Compile a kernel into the folder unless it is there or somebody else does that."""
    symbol = _symbol(kernel, spec, config.kernel_cache_mode())
    if not os.path.exists(_path(symbol)) and not _claimed(symbol):
        get(kernel, spec)


def prepare() -> None:
    """Import what compiles."""
    with _compiling:
        from . import compiler  # noqa: F401 - its import is what takes long


def _symbol(kernel: Any, spec: tuple[Any, ...], mode: str) -> str:
    """The name of a version of a kernel."""
    digest = _sha(_environment(), mode, kernel.name, kernel.kind, fingerprint(kernel), spec)
    return f"{_safe(kernel.name)}_{digest[:32]}"


def _find(kernel: Any, spec: tuple[Any, ...], symbol: str, mode: str) -> Any:
    from . import loader

    reason = "MXNB_KERNEL_CACHE=dispatcher" if mode == "dispatcher" else loader.supported()
    if not reason:
        found = _inode(symbol) if mode == "object" else None
        function = _load(symbol) if found else None
        if function is not None:
            return function
        if on_miss is not None:
            on_miss()
        with _claim(symbol) if mode == "object" else contextlib.nullcontext():
            if mode == "object" and _inode(symbol) != found:  # somebody else has compiled it
                function = _load(symbol)
            if function is None:
                function, reason = _compile(kernel, spec, symbol, mode)
            if function is not None:
                return function
    stats["dispatchers"] += 1
    reasons[kernel.name] = reason
    with _compiling:
        from . import compiler

        return compiler.dispatcher(kernel, spec)


def _compile(kernel: Any, spec: tuple[Any, ...], symbol: str, mode: str) -> tuple[Any, str]:
    """A kernel compiled now and stored, or None and why that is not possible."""
    stats["compiled"] += 1
    with _compiling:
        from . import compiler

        try:
            code, externals = compiler.compile_object(kernel, spec, symbol)
        except compiler.NotStorable as error:
            return None, str(error)
        try:
            function = _loader().load(symbol, code, externals)
        except RuntimeError as error:
            return None, str(error)
        if mode == "object":
            _write(symbol, code, externals)
        return function, ""


# --- Claims: of several processes that want a kernel one compiles it --------------------------------------------------
# A claim is a lock on a byte of a file in the folder, which byte depends on the kernel.  It ends with its process.
# Where there are no such locks everybody compiles.

LONG = 30  # seconds that one waits for another process, which may have been stopped


@functools.cache
def _claims() -> int:
    """The file of claims, open until the end: closing it would give them up."""
    folder = config.cache_dir()
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return os.open(os.path.join(folder, ".claims"), os.O_RDWR | os.O_CREAT, 0o600)


def _lock_byte(symbol: str, take: bool) -> bool:
    """Take a claim or give it up; whether that was possible."""
    import fcntl

    try:
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB if take else fcntl.LOCK_UN, 1, int(symbol[-12:], 16))
    except BlockingIOError:
        return False
    return True


def _claimed(symbol: str) -> bool:
    """Whether another process compiles a kernel."""
    try:
        if not _lock_byte(symbol, True):
            return True
        _lock_byte(symbol, False)
    except (ImportError, OSError):
        pass
    return False


@contextlib.contextmanager
def _claim(symbol: str) -> Iterator[None]:
    """Compile a kernel in the block, once no other process does."""
    held, end = False, time.monotonic() + LONG
    with contextlib.suppress(ImportError, OSError):
        while not (held := _lock_byte(symbol, True)) and time.monotonic() < end:
            time.sleep(0.002)
    try:
        yield
    finally:
        if held:
            _lock_byte(symbol, False)


# A process that forks while another of its threads imports numba, compiles or links would leave that half done in the
# child, with the locks held for ever.  So fork waits for it.
_held: list[Any] = []


def _before_fork() -> None:
    locks = [_compiling, _lock, *([_loader().lock] if _loader.cache_info().currsize else [])]
    for lock in locks:
        lock.acquire()
    _held[:] = locks


def _after_fork() -> None:
    while _held:
        _held.pop().release()


def _after_fork_in_child() -> None:
    _after_fork()
    _locks.clear()  # of kernels that threads of the parent were about to find


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)


# --- Keys ------------------------------------------------------------------------------------------------------------


def _sha(*parts: Any) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else repr(part).encode()
        digest.update(struct.pack("<Q", len(data)) + data)
    return digest.hexdigest()


def _safe(name: str) -> str:
    return "".join(char if char.isalnum() and char.isascii() else "_" for char in name)[-80:]


def _version(package: str) -> str:
    """Identifies the installed version of a package without importing it."""
    import importlib.util

    spec = importlib.util.find_spec(package)
    if spec is None or not spec.origin:
        return ""
    try:
        with open(os.path.join(os.path.dirname(spec.origin), "_version.py"), "rb") as file:
            return _sha(file.read())
    except OSError:
        status = os.stat(spec.origin)
        return f"{status.st_size} {status.st_mtime_ns}"


@functools.cache
def _environment() -> str:
    """Hash of all that determines the machine code besides the kernel and its arguments."""
    import llvmlite

    from . import loader

    folder, sources = os.path.dirname(os.path.abspath(__file__)), []
    for name in SOURCES:
        with open(os.path.join(folder, name + ".py"), "rb") as file:
            sources.append(file.read())
    return _sha(
        FORMAT,
        sources,
        loader.host(),
        loader.LAYOUT,
        config.check_kernels(),
        sys.version_info[:3],
        getattr(sys, "abiflags", ""),
        np.__version__,
        llvmlite.__version__,
        _version("numba"),
        sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_") and "CUDA" not in item[0]),
    )


@functools.cache
def _loader() -> Any:
    from . import loader

    return loader.Loader()


def bound(function: Any, *last: Any) -> Any:
    """What `get` gave with its last arguments filled in: a call of it passes on the others alone.

    Parameters
    ----------
    function : callable
    *last
        The last arguments.

    Returns
    -------
    callable
    """
    if type(function) is BuiltinFunctionType and function.__self__ == ():
        return _loader().bound(function, last)
    return lambda *first: function(*first, *last)


# --- Files: MAGIC, sha256 of the rest, length of the head, head (JSON), object file ----------------------------------


def _path(symbol: str) -> str:
    return os.path.join(config.cache_dir(), symbol + SUFFIX)


def _inode(symbol: str) -> int | None:
    """Identifies the file of a kernel, if there is one."""
    try:
        return os.stat(_path(symbol)).st_ino
    except OSError:
        return None


def _read(symbol: str) -> tuple[bytes, list[str]] | None:
    """The object file stored as `symbol` and the symbols it needs from outside, or None."""
    try:
        with open(_path(symbol), "rb") as file:
            data = file.read()
    except OSError:
        return None
    try:
        if data[:4] != MAGIC or hashlib.sha256(data[36:]).digest() != data[4:36]:
            raise ValueError
        (length,) = struct.unpack_from("<I", data, 36)
        head = json.loads(data[40 : 40 + length])
        if head["symbol"] != symbol:
            raise ValueError
        return data[40 + length :], head["externals"]
    except (ValueError, KeyError, struct.error):
        stats["damaged"] += 1
        return None


def _load(symbol: str) -> Any:
    """The kernel stored as `symbol`, or None."""
    found = _read(symbol)
    if found is None:
        return None
    try:
        function = _loader().load(symbol, *found)
    except RuntimeError:
        stats["damaged"] += 1
        return None
    stats["hits"] += 1
    return function


def machine_code(name: str, text: str, make: Callable[[], str] | None = None) -> bytes:
    """The object file of functions in LLVM's language, which is stored like those of kernels.

    Parameters
    ----------
    name : str
    text : str
    make : callable, optional
        It gives the functions, and `text` is what they follow from.

    Returns
    -------
    bytes
    """
    mode = config.kernel_cache_mode()
    symbol = f"{name}_{_sha(_environment(), text)[:32]}"
    found = _read(symbol) if mode == "object" else None
    if found is not None:
        return found[0]
    import llvmlite.binding as llvm

    from .loader import target_machine

    code = target_machine().emit_object(llvm.parse_assembly(make() if make else text))
    if mode == "object":
        _write(symbol, code, [])
    return code


def linked(entry: str, code: bytes) -> Any:
    """The builtin function `entry` of an object file that `machine_code` gave."""
    return _loader().load(entry, code)


def _write(symbol: str, code: bytes, externals: list[str]) -> None:
    """Store a kernel; other processes see the whole file or none."""
    head = json.dumps({"symbol": symbol, "externals": externals}).encode()
    body = struct.pack("<I", len(head)) + head + code
    folder = config.cache_dir()
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + hashlib.sha256(body).digest() + body)
            os.replace(temporary, _path(symbol))
        except BaseException:
            os.unlink(temporary)
            raise
        if stats["compiled"] % 32 == 1:
            prune()
    except OSError:
        stats["unsaved"] += 1


def prune(largest: int = LARGEST) -> None:
    """Delete the files written longest ago until the folder holds at most `largest` bytes, and abandoned ones.

    Parameters
    ----------
    largest : int
    """
    found = []
    with contextlib.suppress(OSError), os.scandir(config.cache_dir()) as files:
        for file in files:
            with contextlib.suppress(OSError):
                status = file.stat()
                if file.name.endswith(SUFFIX):
                    found.append((status.st_mtime, status.st_size, file.path))
                elif file.name.startswith(".tmp") and time.time() - status.st_mtime > 3600:
                    os.unlink(file.path)
    total = 0
    for _, size, path in sorted(found, reverse=True):
        total += size
        if total > largest:
            with contextlib.suppress(OSError):
                os.unlink(path)
