"""Compiles kernels for the CPU by numba.  Imported only when something must be compiled."""

import sys
import types as python_types

import numpy as np

from .binding import Binder, literal_dtype
from .kernel import Helper, Kernel
from .words import WORDS


def import_numba():
    """Import numba; it asks for scipy only to offer np.linalg in compiled code, and skipping that saves 0.1 s."""
    block = "scipy" not in sys.modules
    if block:
        sys.modules["scipy"] = None
    try:
        import numba
        from numba.core import registry

        from . import lowering  # noqa: F401 - teaches numba the words

        registry.cpu_target.typing_context.refresh()
        registry.cpu_target.target_context.refresh()
    finally:
        if block:
            del sys.modules["scipy"]
    return numba


OPTIONS = {"nogil": True, "error_model": "numpy", "boundscheck": False}
_words = {id(word) for word in WORDS.values()}
_binders = {}


def _replace(value, binder):
    """The compiled counterpart of what a kernel refers to."""
    import numba

    inline = {**OPTIONS, "forceinline": True}
    if isinstance(value, Helper):
        return binder.copy(value.function, numba.njit(**inline), value.scalar)
    if isinstance(value, Kernel):
        return binder.copy(value.function, numba.njit(**OPTIONS))
    if isinstance(value, python_types.FunctionType) and id(value) not in _words:
        if not value.__module__ or not value.__module__.startswith(("numpy", "numba")):
            return binder.copy(value, numba.njit(**inline), scalar=True)
    return value


def _binder(dtype, literals):
    """The binder for a dtype of literals; kernels of the same one share their compiled helpers."""
    key = (str(dtype), literals)
    if key not in _binders:
        _binders[key] = Binder(_replace, dtype if literals else None)
    return _binders[key]


def numba_types(spec, typed=False):
    """The numba types of arguments described by `spec`; floats have the dtype of the first array if `typed`."""
    from numba import from_dtype, types

    from .tiles import StaticType

    dtype = literal_dtype(spec) if typed else None
    out = []
    for kind, *rest in spec:
        if kind == "array":
            out.append(types.Array(from_dtype(np.dtype(rest[0])), 1 if rest[1] < 0 else rest[1], "C"))
        elif kind == "static":
            out.append(StaticType(rest[0]))
        elif kind == "int":
            out.append(types.int64)
        else:
            out.append(from_dtype(dtype) if dtype is not None else types.float64)
    return tuple(out)


def entry_function(kernel, spec):
    """The Python function to compile for `kernel`, and the numba types of its arguments.

    A foreach kernel becomes a loop over (tuple of arguments, first, last).
    """
    import_numba()
    from numba import njit, types

    if kernel.kind != "foreach":
        binder = _binder(literal_dtype(spec), False)
        return binder.copied(kernel.function), numba_types(spec)
    body = _binder(literal_dtype(spec), True).copy(kernel.function, njit(**OPTIONS, forceinline=True))

    def loop(args, first, last):
        for i in range(first, last):
            body(i, *args)

    *args, first, last = numba_types(spec, typed=True)
    return loop, (types.Tuple(args), first, last)


def dispatcher(kernel, spec):
    """A callable for `kernel` made of an ordinary numba dispatcher: nothing is stored."""
    from numba import njit

    function, types = entry_function(kernel, spec)
    compiled = njit(**OPTIONS)(function)
    compiled.compile(types)
    compiled.disable_compile()
    flat = [i for i, (kind, *rest) in enumerate(spec) if kind == "array" and rest[1] < 0]
    loops = kernel.kind == "foreach"
    dtype = literal_dtype(spec)
    floats = [i for i, (kind, *_) in enumerate(spec) if kind == "float"] if loops and dtype is not None else []
    if not (flat or loops or floats):
        return compiled

    def call(*args):
        args = list(args)
        for i in flat:
            args[i] = args[i].reshape(-1)
        for i in floats:
            args[i] = dtype.type(args[i])
        return compiled(tuple(args[:-2]), *args[-2:]) if loops else compiled(*args)

    return call
