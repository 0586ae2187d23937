"""Links stored machine code into the process by llvmlite alone: what a warm start needs, without numba.

A kernel's object file has one entry point with the calling convention of CPython's builtin functions (METH_FASTCALL).
It checks its arguments, releases the interpreter's lock, and calls the kernel.  All that it takes from the interpreter
are the symbols named here.
"""

from __future__ import annotations

import ctypes
import functools
import platform
import sys
import sysconfig
import threading
from collections.abc import Iterable
from typing import Any

import llvmlite.binding as llvm
import numpy as np

# Offsets inside PyArrayObject, PyArray_Descr and PyTupleObject; `supported` compares them with live objects before they
# are relied on.
LAYOUT = {
    "type": 8,
    "data": 16,
    "nd": 24,
    "dims": 32,
    "strides": 40,
    "descr": 56,
    "flags": 64,
    "type_num": 28,
    "byteorder": 26,
    "tuple_size": 16,
    "tuple_items": 24,
    "bytes_items": 32,
}
FOREIGN = ord(">" if sys.byteorder == "little" else "<")
METH_FASTCALL = 0x80


@functools.cache
def _initialize() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@functools.cache
def host() -> tuple[str, str, str]:
    """Triple, name and features of the processor that code is generated for."""
    _initialize()
    try:
        features = llvm.get_host_cpu_features().flatten()
    except RuntimeError:  # unknown to LLVM on this system
        features = ""
    return llvm.get_process_triple(), llvm.get_host_cpu_name(), features


def target_machine() -> Any:
    """LLVM's code generator for this processor."""
    triple, cpu, features = host()
    return llvm.Target.from_triple(triple).create_target_machine(
        cpu=cpu, features=features, opt=3, reloc="static", codemodel="jitdefault", jit=True
    )


def _layout_fits() -> bool:
    """Whether arrays, dtypes and tuples lie in memory as LAYOUT says."""
    if object.__basicsize__ != 16 or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    array = np.empty((2, 3), "f4")

    def read(name: str, kind: Any) -> Any:
        return kind.from_address(id(array) + LAYOUT[name]).value

    expected = {
        "type": id(np.ndarray),
        "data": array.__array_interface__["data"][0],
        "descr": id(array.dtype),
    }
    if any(read(name, ctypes.c_size_t) != value for name, value in expected.items()):
        return False
    if read("nd", ctypes.c_int) != 2 or read("flags", ctypes.c_int) != array.flags.num:
        return False
    dims = (ctypes.c_ssize_t * 2).from_address(read("dims", ctypes.c_size_t))
    strides = (ctypes.c_ssize_t * 2).from_address(read("strides", ctypes.c_size_t))
    number = ctypes.c_int.from_address(id(array.dtype) + LAYOUT["type_num"]).value
    order = ctypes.c_char.from_address(id(array.dtype) + LAYOUT["byteorder"]).value
    pair = (array, dims)
    size = ctypes.c_ssize_t.from_address(id(pair) + LAYOUT["tuple_size"]).value
    items = (ctypes.c_size_t * 2).from_address(id(pair) + LAYOUT["tuple_items"])
    text = b"array"
    return (
        ctypes.string_at(id(text) + LAYOUT["bytes_items"]) == text
        and (size, *items) == (2, id(array), id(dims))
        and (tuple(dims), tuple(strides)) == ((2, 3), (12, 4))
        and number == array.dtype.num
        and order == array.dtype.byteorder.encode()
    )


@functools.cache
def supported() -> str:
    """Why object files cannot be used here; "" where they can."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        return f"object files are used on x86-64 Linux only, this is {platform.machine()} {sys.platform}"
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "object files need CPython with its global lock"
    if not _layout_fits():
        return "arrays lie in memory otherwise than known"
    return ""


class _MethodDef(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("meth", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


# Every outside symbol of an entry point has a private name: numba registers PyExc_* and others in the same process-wide
# table with another meaning (the object, not a pointer to it).
_FUNCTIONS = (
    "PyErr_SetString",
    "PyErr_Occurred",
    "PyFloat_AsDouble",
    "PyFloat_FromDouble",
    "PyLong_AsLongLong",
    "PyLong_FromLongLong",
    "PyEval_SaveThread",
    "PyEval_RestoreThread",
    "Py_IncRef",
    "Py_DecRef",
    "PyList_New",
    "PyList_SetItem",
    "PyObject_GetAttr",
    "PyObject_VectorcallDict",
    "PyTuple_New",
    "PyType_GenericAlloc",
)
_ARRAY_FUNCTIONS = {"PyArray_NewFromDescr": 94}  # of NumPy's C interface: the places in its table, which are for good
_OBJECTS = {"ndarray": np.ndarray, "None": None, "True": True, "TypeError": TypeError, "RuntimeError": RuntimeError}
PREFIX = "mxnb."


class Loader:
    """Links object files into the process; a symbol that it cannot find is a RuntimeError."""

    def __init__(self) -> None:
        _initialize()
        api = ctypes.pythonapi
        self._known = {PREFIX + n: ctypes.cast(getattr(api, n), ctypes.c_void_p).value for n in _FUNCTIONS}
        self._known.update((PREFIX + name, id(value)) for name, value in _OBJECTS.items())
        pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_GetPointer", api))
        table = ctypes.cast(pointer(np._core._multiarray_umath._ARRAY_API, None), ctypes.POINTER(ctypes.c_void_p))
        self._known.update((PREFIX + name, table[place]) for name, place in _ARRAY_FUNCTIONS.items())
        self._new = api.PyCFunction_NewEx
        self._new.restype = ctypes.py_object
        self._new.argtypes = [ctypes.POINTER(_MethodDef), ctypes.py_object, ctypes.c_void_p]
        self._methods: dict[str, _MethodDef] = {}  # by symbol
        self._jit = llvm.create_lljit_compiler(target_machine(), suppress_errors=True)
        self.lock = threading.Lock()
        self._keep: list[Any] = [self._jit]
        # the code must outlive every thread that may still run it while the interpreter ends
        api.Py_IncRef(ctypes.py_object(self._keep))

    def load(self, entry: str, code: bytes, externals: Iterable[str] | None = None) -> Any:
        """The builtin function of an object file.

        Parameters
        ----------
        entry : str
            Its symbol.
        code : bytes
            The object file.
        externals : list of str, optional
            The symbols it takes from outside; by default any that are known here.

        Raises
        ------
        RuntimeError
            If it cannot be linked.
        """
        builder = llvm.JITLibraryBuilder().add_object_img(code).add_current_process().export_symbol(entry)
        for symbol in self._known if externals is None else externals:
            if symbol in self._known:
                builder.import_symbol(symbol, self._known[symbol])
        with self.lock:
            library = builder.link(self._jit, f"{entry}.{len(self._keep)}")
            method = self._methods[entry] = _MethodDef(entry.encode(), library[entry], METH_FASTCALL, None)
            self._keep += [library, method]
        return self._new(ctypes.byref(method), (), None)

    def bound(self, function: Any, last: tuple[Any, ...]) -> Any:
        """`function`, which `load` gave, with its last arguments filled in."""
        return self._new(ctypes.byref(self._methods[function.__name__]), last, None)
