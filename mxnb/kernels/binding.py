"""Prepares functions for compilation: copies them with other values for the names they refer to.

A kernel is plain Python; what it calls (helpers, other kernels, plain scalar functions) must be handed to numba as
compiled functions, and on CUDA words must become device functions.  `Binder` walks a function's globals and closure
and makes a copy in which those names have their compiled counterparts.  This module does not import numba.
"""

import builtins
import types

import numpy as np


def global_names(code):
    """Names that `code`, with the functions nested in it, may look up in its globals."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= global_names(constant)
    return found


def typed_constants(code, dtype, integers):
    """`code` with its float literals, and its integer literals if `integers`, as numbers of `dtype`."""

    def typed(constant):
        if type(constant) is float or (integers and type(constant) is int):
            return dtype.type(constant)
        return typed_constants(constant, dtype, integers) if isinstance(constant, types.CodeType) else constant

    return code.replace(co_consts=tuple(typed(constant) for constant in code.co_consts))


class Binder:
    """Copies functions for one target and one dtype of literals.

    Parameters
    ----------
    replace : callable
        ``replace(value, binder)`` gives the value to bind in place of one found in the globals or closure of a
        function, the same one to leave it.
    dtype : numpy.dtype, optional
        Float literals and float constants become numbers of this dtype; in scalar functions integer literals as well.
    extra : dict, optional
        Globals added to every function.
    """

    def __init__(self, replace, dtype=None, extra=None):
        self.replace, self.dtype, self.extra = replace, dtype, extra or {}
        self.done = {}

    def value(self, key, make):
        """The counterpart of `key`, which ``make()`` gives the first time."""
        if id(key) not in self.done:
            self.done[id(key)] = (make(), key)  # keeps `key` alive, so that its id stays its own
        return self.done[id(key)][0]

    def copy(self, function, compile_function, scalar=False):
        """Compile a copy of `function` by ``compile_function(copy)``, with all that it refers to replaced.

        `scalar` says that the function computes with elements only, so that its integer literals are numbers of the
        elements' dtype too.
        """

        def make():
            code = function.__code__
            if self.dtype is not None:
                code = typed_constants(code, self.dtype, scalar)
            scope = {"__builtins__": builtins, "__name__": function.__module__, **self.extra}
            cells = tuple(types.CellType() for _ in function.__closure__ or ())
            result = types.FunctionType(code, scope, function.__name__, function.__defaults__, cells or None)
            result.__qualname__, result.__kwdefaults__ = function.__qualname__, function.__kwdefaults__
            result.__module__, result.__doc__ = function.__module__, function.__doc__
            compiled = compile_function(result)
            self.done[id(function)] = (compiled, function)  # before its names, which may lead back to it
            for name in global_names(code) - self.extra.keys():
                if name in function.__globals__:
                    scope[name] = self.replaced(function.__globals__[name])
            for cell, original in zip(cells, function.__closure__ or (), strict=True):
                cell.cell_contents = self.replaced(original.cell_contents)
            return compiled

        return self.value(function, make)

    def replaced(self, value):
        """What takes the place of `value`, found in the globals or closure of a function."""
        if type(value) is float and self.dtype is not None:
            return self.dtype.type(value)
        return self.replace(value, self)

    def copied(self, function):
        """A copy of `function` with all that it refers to replaced, itself not compiled."""
        alone = Binder(self.replace, self.dtype, self.extra)
        alone.done = self.done.copy()
        alone.done.pop(id(function), None)
        result = alone.copy(function, lambda copy: copy)
        alone.done.pop(id(function))
        self.done |= {key: value for key, value in alone.done.items() if key not in self.done}
        return result


def literal_dtype(spec):
    """The dtype of literals in a kernel with arguments of these types, as `kernel.describe` gives them.

    It is that of the first array of floats, if there is one; float32 for float16, in which no one computes.
    """
    for kind, *rest in spec:
        if kind == "array" and rest[0] in "efd":
            return np.dtype("d" if rest[0] == "d" else "f")
    return None
