"""Instances of a class as fast as the interpreter can make them.

`object.__new__` checks its arguments, and is called through a tuple of them.  Behind it is a function of the
interpreter's C interface, PyType_GenericAlloc(type, 0).  Its signature is that of a builtin function without arguments,
``f(self, NULL)``, so it is made one whose `self` is the class: 30 of the 500 nanoseconds of ``a + b``.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import partial
from typing import Any

METH_NOARGS = 4


class _Method(ctypes.Structure):
    """PyMethodDef."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


def maker(cls: type) -> Callable[[], Any]:
    """A function that makes instances of a class with slots, all of them unset.

    Parameters
    ----------
    cls : class without a `__new__` of its own

    Examples
    --------
    >>> class Point:
    ...     __slots__ = ("x", "y")
    >>> p = maker(Point)()
    >>> type(p) is Point, hasattr(p, "x")
    (True, False)
    """
    api = getattr(ctypes, "pythonapi", None)
    if not hasattr(api, "PyType_GenericAlloc") or not hasattr(api, "PyCFunction_NewEx"):  # another interpreter
        return partial(object.__new__, cls)
    assert api is not None
    alloc = ctypes.cast(api.PyType_GenericAlloc, ctypes.c_void_p).value
    method = _Method(b"blank", alloc, METH_NOARGS, cls.__qualname__.encode())
    _methods.append(method)  # the function refers to it for good
    kind = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.POINTER(_Method), ctypes.py_object, ctypes.c_void_p)
    made: Callable[[], Any] = kind(("PyCFunction_NewEx", api))(ctypes.byref(method), cls, None)
    return made


_methods: list[_Method] = []
