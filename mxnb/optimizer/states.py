"""The file format of optimizer states: MXNet's pickles, written and read without running anything found in them.

MXNet stores ``pickle.dumps(states)`` or ``pickle.dumps((states, optimizer))``. Here such a pickle is written opcode by
opcode, naming MXNet's classes, which are not there to be pickled; and read by an unpickler that knows these classes
only, gives its own stand-ins for them, and refuses every other name.
"""

from __future__ import annotations

import io
import numbers
import pickle
import struct
from collections.abc import Callable, Iterator
from typing import Any

from .. import lr_scheduler
from .. import ndarray as nd
from ..base import MXNetError
from ..ndarray import serialization
from .optimizer import Optimizer

__all__ = ["dumps", "loads"]

_HEADER = struct.pack("<3Q", serialization.LIST_MAGIC, 0, 1)  # of a file with one array, here left out
_FOOTER = struct.pack("<Q", 0)


# --- Writing ---------------------------------------------------------------------------------------------------------


def dumps(states: Any) -> bytes:
    """Return `states` as a pickle that MXNet 1.x reads.

    Parameters
    ----------
    states : NDArray, number, str, None, Optimizer, LRScheduler; tuple, list or dict of them

    Returns
    -------
    bytes

    Raises
    ------
    MXNetError
        If there is anything else in it.
    """
    return b"\x80\x04" + b"".join(_write(states)) + b"."


def _write(value: Any) -> Iterator[bytes]:
    if value is None:
        yield b"N"
    elif isinstance(value, bool):
        yield b"\x88" if value else b"\x89"
    elif isinstance(value, numbers.Integral):
        digits = int(value).to_bytes(int(value).bit_length() // 8 + 1, "little", signed=True)
        yield b"\x8a" + bytes([len(digits)]) + digits
    elif isinstance(value, numbers.Real):
        yield b"G" + struct.pack(">d", value)
    elif isinstance(value, str):
        encoded = value.encode()
        yield b"X" + struct.pack("<I", len(encoded)) + encoded
    elif isinstance(value, (bytes, bytearray)):
        yield b"\x8e" + struct.pack("<Q", len(value)) + value
    elif isinstance(value, (tuple, list)):
        yield b"(" if isinstance(value, tuple) else b"]("
        for item in value:
            yield from _write(item)
        yield b"t" if isinstance(value, tuple) else b"e"
    elif isinstance(value, dict):
        yield b"}("
        for key, item in value.items():
            yield from _write(key)
            yield from _write(item)
        yield b"u"
    elif isinstance(value, nd.NDArray):
        record = b"".join(serialization.dump([value.asnumpy()]))[len(_HEADER) : -len(_FOOTER)]
        yield b"cmxnet.ndarray.ndarray\nNDArray\nN\x85R}" + b"".join(_write("handle"))
        yield b"cbuiltins\nbytearray\n" + b"".join(_write(record)) + b"\x85Rsb"
    elif isinstance(value, (Optimizer, lr_scheduler.LRScheduler)):
        state = value.__getstate__() if isinstance(value, Optimizer) else value.__dict__
        yield f"c{_module_in_mxnet(type(value))}\n{type(value).__qualname__}\n)\x81".encode("latin-1")
        yield b"".join(_write(state)) + b"b"
    else:
        raise MXNetError(f"optimizer states: a {type(value).__name__} cannot be saved: {value!r}")


def _module_in_mxnet(klass: type) -> str:
    own = __name__.split(".", 1)[0]
    if not klass.__module__.startswith(own + "."):
        return klass.__module__
    return "mxnet.optimizer.optimizer" if issubclass(klass, Optimizer) else "mxnet.lr_scheduler"


# --- Reading ---------------------------------------------------------------------------------------------------------


def loads(data: bytes, filename: str = "optimizer states") -> Any:
    """Read states that `dumps` or MXNet wrote.

    Parameters
    ----------
    data : bytes
    filename : str
        For errors.

    Returns
    -------
    object
        As in `dumps`; NDArrays are on the CPU.

    Raises
    ------
    MXNetError
        If the data is damaged, or names anything but NDArrays, optimizers and schedulers of this program.
    """
    try:
        loaded = _Unpickler(io.BytesIO(data)).load()
    except MXNetError as error:
        raise MXNetError(f"{filename}: {error}") from error
    except Exception as error:  # a damaged pickle raises whatever its opcodes meet
        raise MXNetError(f"{filename} is damaged: {type(error).__name__}: {error}") from error
    return _finished(loaded)


class _Array:
    """Stand-in for MXNet's NDArray while unpickling."""

    def __init__(self, handle: Any = None) -> None:
        self.array: Any = None

    def __setstate__(self, state: dict[str, Any]) -> None:
        record = state["handle"]
        if record is not None:
            arrays, _ = serialization.parse(_HEADER + bytes(record) + _FOOTER, "array")
            self.array = nd.array(arrays[0], dtype=arrays[0].dtype)


def _finished(value: Any) -> Any:
    """The value with NDArrays in place of their stand-ins."""
    if isinstance(value, _Array):
        return value.array
    if isinstance(value, (tuple, list)):
        return type(value)(_finished(item) for item in value)
    if isinstance(value, dict):
        return {key: _finished(item) for key, item in value.items()}
    if isinstance(value, Optimizer):
        value.__dict__.update({name: _finished(item) for name, item in value.__dict__.items()})
    return value


def _bytearray(data: Any = b"", encoding: str = "latin-1") -> bytearray:
    return bytearray(data, encoding) if isinstance(data, str) else bytearray(data)


def _encode(text: str, encoding: str = "latin-1") -> bytes:
    return text.encode("latin-1")  # how pickles of Python 2 spell bytes


class _Unpickler(pickle.Unpickler):
    _KNOWN: dict[tuple[str, str], Callable[..., Any]] = {
        ("mxnet.ndarray.ndarray", "NDArray"): _Array,
        ("mxnet.ndarray", "NDArray"): _Array,
        ("builtins", "bytearray"): _bytearray,
        ("__builtin__", "bytearray"): _bytearray,
        ("_codecs", "encode"): _encode,
    }

    def find_class(self, module: str, name: str) -> Any:
        known = self._KNOWN.get((module, name))
        if known is not None:
            return known
        for base in (Optimizer, lr_scheduler.LRScheduler):
            for klass in _subclasses(base):
                if klass.__qualname__ == name and module in (
                    klass.__module__,
                    _module_in_mxnet(klass),
                    _package(klass),
                ):
                    return klass
        raise MXNetError(f"the name {module}.{name} is not one that optimizer states may hold")


def _subclasses(base: type[Any]) -> Iterator[type[Any]]:
    yield base
    for klass in base.__subclasses__():
        yield from _subclasses(klass)


def _package(klass: type) -> str:
    """``mxnet.optimizer``, where MXNet before 1.0 had its optimizers."""
    return _module_in_mxnet(klass).removesuffix(".optimizer") if klass.__module__ != "__main__" else "__main__"
