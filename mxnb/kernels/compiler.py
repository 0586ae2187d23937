"""Compiles kernels for the CPU by numba.  Imported only when something must be compiled."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import operator
import struct
import sys
import types as python_types
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from .binding import Binder, literal_dtype
from .kernel import Helper, Kernel
from .words import WORDS, index


@contextlib.contextmanager
def _no_collections() -> Iterator[None]:
    """Search for no cyclic garbage in the block: numba makes millions of objects, it would take a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _import_numba() -> Any:
    """Import numba; it asks for scipy only to offer np.linalg in compiled code, and skipping that saves 0.1 s."""
    block = "scipy" not in sys.modules
    if block:
        sys.modules["scipy"] = None  # type: ignore[assignment]
    try:
        import numba
        from numba.core import registry

        from . import lowering, memory  # noqa: F401 - teaches numba the words

        registry.cpu_target.typing_context.refresh()
        registry.cpu_target.target_context.refresh()
    finally:
        if block:
            del sys.modules["scipy"]
    return numba


with _no_collections():
    numba = _import_numba()

import llvmlite.binding as llvm  # noqa: E402
from numba import from_dtype, njit, types  # noqa: E402
from numba.core import registry  # noqa: E402
from numba.core.compiler_lock import global_compiler_lock  # noqa: E402

from . import parts  # noqa: E402
from .entry import EntryPoint, NotStorable  # noqa: E402
from .loader import target_machine  # noqa: E402
from .tiles import CHECKED, HALF, StaticType  # noqa: E402

# what numba's own dispatchers are made with; parts.py says the same of what is compiled here
OPTIONS = {"nogil": True, "error_model": "numpy", "boundscheck": CHECKED, "_nrt": False}
_inlined = partial(parts.Part, boundscheck=CHECKED, forceinline=True)
_words = {id(word) for word in WORDS.values()}
_binders: dict[tuple[str, bool], Binder] = {}


# --- From a kernel to what numba compiles ----------------------------------------------------------------------------


def _replace(value: Any, binder: Binder) -> Any:
    """The compiled counterpart of what a kernel refers to."""
    if isinstance(value, Helper):
        return binder.copy(value.function, _inlined, value.scalar)
    if isinstance(value, Kernel):
        return binder.copy(value.function, partial(parts.Part, boundscheck=CHECKED))
    if isinstance(value, python_types.FunctionType) and id(value) not in _words:
        if not (value.__module__ or "").startswith(("numpy", "numba")):
            return binder.copy(value, _inlined, True)
    return value


def _binder(spec: tuple[Any, ...], typed: bool) -> Binder:
    """The binder for a dtype of literals; kernels of the same one share their compiled helpers."""
    dtype = literal_dtype(spec) if typed else None
    key = str(dtype), typed
    if key not in _binders:
        _binders[key] = Binder(_replace, dtype)
    return _binders[key]


def _numba_types(spec: tuple[Any, ...], typed: bool) -> list[Any]:
    """numba types of described arguments; floats have the dtype of the first array of floats if `typed`."""
    dtype = literal_dtype(spec) if typed else None
    out: list[Any] = []
    for kind, *rest in spec:
        if kind == "array":
            dtype_of = HALF if rest[0] == "e" else from_dtype(np.dtype(rest[0]))
            out.append(types.Array(dtype_of, 1 if rest[1] < 0 else rest[1], "C"))
        elif kind == "static":
            out.append(StaticType(rest[0]))
        elif kind == "int":
            out.append(types.int64)
        else:
            out.append(from_dtype(dtype) if dtype is not None else types.float64)
    return out


def _function(kernel: Kernel, spec: tuple[Any, ...]) -> Any:
    """The Python function to compile for `kernel`.

    A foreach kernel becomes a loop over (tuple of arguments, first, last).
    """
    if kernel.kind != "foreach":
        return _binder(spec, False).copied(kernel.function)
    body = _binder(spec, True).copy(kernel.function, _inlined)

    def loop(args, first, last):
        for i in range(first, last):
            body(index(i), *args)

    return loop


def _grouped(kernel: Kernel, items: list[Any], group: Any) -> list[Any]:
    """Arguments as `_function` takes them."""
    return [group(items[:-2]), *items[-2:]] if kernel.kind == "foreach" else items


def dispatcher(kernel: Kernel, spec: tuple[Any, ...]) -> Any:
    """A callable made of an ordinary numba dispatcher, which is not stored.

    Parameters
    ----------
    kernel : Kernel
    spec : tuple
        The types of the arguments, as `kernel.describe` gives them.
    """
    foreach = kernel.kind == "foreach"
    kinds = _numba_types(spec, foreach)
    compiled = njit(**OPTIONS)(_function(kernel, spec))
    compiled.compile(tuple(_grouped(kernel, kinds, types.Tuple)))
    compiled.disable_compile()

    label = kernel.name

    def convert(position: int, arg: Any) -> Any:
        (what, *rest), kind = spec[position], kinds[position]
        if what == "array":
            fits = type(arg) is np.ndarray and arg.dtype.char == rest[0] and arg.flags.c_contiguous
            if not fits or arg.ndim != rest[1] >= 0 or not arg.dtype.isnative:
                shape = "" if rest[1] < 0 else f"{rest[1]}-dimensional "
                dtype = np.dtype(rest[0]).name
                raise TypeError(f"{label}: argument {position} must be a contiguous {shape}NumPy array of {dtype}")
            arg = arg.reshape(-1) if rest[1] < 0 else arg
            return arg if arg.flags.writeable else _writeable(arg)
        if what == "float":
            return np.float32(arg) if kind == types.float32 else float(arg)
        return operator.index(arg) if what == "int" else arg

    def call(*args: Any) -> Any:
        if len(args) != len(spec):
            raise TypeError(f"{label}: takes {len(spec)} arguments")
        return compiled(*_grouped(kernel, [convert(*item) for item in enumerate(args)], tuple))

    return call


def _writeable(array: np.ndarray) -> np.ndarray:
    """The same memory as a writeable array: numba takes a read-only one for another type."""
    if array.size == 0:
        return np.empty_like(array)
    memory = (ctypes.c_char * array.nbytes).from_address(array.ctypes.data)
    return np.frombuffer(memoryview(memory), array.dtype).reshape(array.shape)


# --- Object files ----------------------------------------------------------------------------------------------------


def compile_object(kernel: Kernel, spec: tuple[Any, ...], symbol: str) -> tuple[bytes, list[str]]:
    """Compile a kernel to an object file with one entry point.

    Parameters
    ----------
    kernel : Kernel
    spec : tuple
        The types of the arguments, as `kernel.describe` gives them.
    symbol : str
        Name of the entry point; unique, since all kernels share one space of names.

    Returns
    -------
    code : bytes
        The object file.
    externals : list of str
        The symbols it needs from outside.

    Raises
    ------
    NotStorable
        If the code depends on this process.
    """
    with global_compiler_lock, _no_collections():
        items = _numba_types(spec, kernel.kind == "foreach")
        kinds = _grouped(kernel, items, types.Tuple)
        function = _function(kernel, spec)
        # numba mangles the qualified name with a counter of the process: make it unique
        function.__name__ = function.__qualname__ = "kernel_" + symbol
        name, result, bitcode = _front_end(function, tuple(kinds))
        entry = EntryPoint(registry.cpu_target.target_context, symbol, kernel.name)
        values = entry.arguments(spec, tuple(items))
        if kernel.kind == "foreach":
            group = entry.context.make_tuple(entry.builder, kinds[0], values[:-2])
            values = [group, *values[-2:]]
        entry.call(name, result, kinds, values, kernel.kind != "cpu")
        return _emit(entry, bitcode, symbol)


def _front_end(function: Any, kinds: tuple[Any, ...]) -> tuple[str, Any, bytes]:
    """Typing, lowering and optimisation: the kernel's symbol, its return type, and LLVM bitcode."""
    compiled = parts.compiled(function, kinds, boundscheck=CHECKED)
    module = compiled.library.optimized()
    module.verify()
    if any(variable.name.startswith("numba.dynamic.globals") for variable in module.global_variables):
        raise NotStorable("it holds an address of this process or a large constant array")
    return compiled.fndesc.llvm_func_name, compiled.signature.return_type, module.as_bitcode()


def _emit(entry: EntryPoint, bitcode: bytes, symbol: str) -> tuple[bytes, list[str]]:
    """Optimise the entry point, link it to the kernel, hide and drop what nobody else needs, make machine code."""
    machine = target_machine()
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=1))
    outer = llvm.parse_assembly(str(entry.module))
    outer.verify()
    manager = llvm.create_new_module_pass_manager()  # these are enough; all of LLVM's would take 25 ms
    manager.add_sroa_pass()
    manager.add_instruction_combine_pass()
    manager.add_simplify_cfg_pass()
    manager.run(outer, passes)
    module = llvm.parse_bitcode(bitcode)
    module.link_in(outer)
    for item in [*module.functions, *module.global_variables]:
        if not item.is_declaration and item.name != symbol and not item.name.startswith("llvm."):
            item.linkage = "internal"
    manager = llvm.create_new_module_pass_manager()
    manager.add_global_dead_code_eliminate_pass()
    manager.run(module, passes)
    module.verify()
    if any("NumbaEnv" in variable.name for variable in module.global_variables):
        raise NotStorable("it uses Python objects, to print or to raise")
    code = machine.emit_object(module)
    externals = _undefined_symbols(code)
    own = [name for name in externals if name.lower().startswith(("numba", "nrt_", "_zn", "__svml"))]
    if own:
        raise NotStorable("it needs functions of numba: " + ", ".join(own))
    return code, externals


def _undefined_symbols(code: bytes) -> list[str]:
    """Names that an ELF object file needs from outside, those that the code generator added included."""
    if code[:5] != b"\x7fELF\x02":
        raise NotStorable("object files here are not 64-bit ELF")
    (sections_at,) = struct.unpack_from("<Q", code, 0x28)
    size, count = struct.unpack_from("<HH", code, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", code, sections_at + i * size) for i in range(count)]
    found = set()
    for section in sections:
        if section[1] == 2:  # the symbol table
            names = sections[section[6]][4]
            for at in range(section[4], section[4] + section[5], 24):
                name, _info, _other, where = struct.unpack_from("<IBBH", code, at)
                if where == 0 and name:
                    found.add(code[names + name : code.index(b"\0", names + name)].decode())
    return sorted(found)
