"""What a kernel consists of, as text that changes when any of it does.

The cache stores a kernel under a hash of it: the code of the function and of all functions that it reaches through its
globals and closure, and the constants found there.  So an edit of a scalar function makes new versions of exactly the
kernels that use it.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from .binding import global_names
from .words import WORDS, Static

_word_names = {id(word): name for name, word in WORDS.items()}


def _code(code: types.CodeType) -> Iterator[str]:
    yield f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {code.co_freevars} {code.co_argcount}"
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _code(constant)
        else:
            yield f"{type(constant).__name__} {constant!r}"


def _value(value: Any, seen: dict[int, int]) -> Iterator[str]:
    """Text for what a function refers to."""
    if id(value) in _word_names:
        yield "word " + _word_names[id(value)]
    elif isinstance(value, types.FunctionType):
        if (value.__module__ or "").startswith(("numpy", "numba")):
            yield f"function {value.__module__}.{value.__qualname__}"
        elif id(value) in seen:
            yield f"again {seen[id(value)]}"
        else:
            seen[id(value)] = len(seen)
            yield from _code(value.__code__)
            yield repr(value.__defaults__)
            scope = value.__globals__
            for name in sorted(global_names(value.__code__)):
                if name in scope:
                    yield name
                    yield from _value(scope[name], seen)
            for cell in value.__closure__ or ():
                yield from _value(cell.cell_contents, seen)
    elif hasattr(value, "function"):  # a Helper or another kernel
        yield f"{type(value).__name__} {getattr(value, 'scalar', '')} {getattr(value, 'kind', '')}"
        yield from _value(value.function, seen)
    elif isinstance(value, types.ModuleType):
        yield "module " + value.__name__
    elif isinstance(value, np.ndarray):
        yield f"array {value.dtype} {value.shape} {value.tobytes().hex()}"
    elif isinstance(value, (tuple, list)):
        yield f"{type(value).__name__} {len(value)}"
        for item in value:
            yield from _value(item, seen)
    elif isinstance(value, (int, float, complex, str, bytes, type, np.dtype, np.generic, Static, type(None))):
        yield f"{type(value).__name__} {value!r}"
    else:  # not by its address, which is another in the next process
        yield f"{type(value).__module__}.{type(value).__qualname__} {getattr(value, '__qualname__', '')}"


def fingerprint(kernel: Any) -> str:
    """All that `kernel` consists of.

    Parameters
    ----------
    kernel : Kernel

    Returns
    -------
    str
    """
    return "\n".join(_value(kernel, {}))
