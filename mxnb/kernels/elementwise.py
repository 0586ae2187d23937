"""Element-wise kernels, each made from one scalar function.

y[i] = f(a[i], b[i], …, p)         bytes: (inputs + 1) * itemsize for each number; limited by memory

A function written in words (`words.py`) is compiled over register tiles for floats on the CPU, and over single numbers
for integers and on CUDA.  Numbers that are the same for all elements, such as the scalar of ``x + 2``, come in a small
array `p`, so that a new value compiles nothing.

Broadcasting: dimensions are collapsed until each input either has a dimension or repeats along it.  What remains is a
list of rows of equal length; along a row an input moves by one number or stays (`collapse`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import device
from .kernel import Kernel, foreach, helper, split_kernel
from .launch import bind
from .shaping import corner
from .words import cast, column, lanes, load, store
from .words import index as unsigned

GRAIN = 1 << 16  # numbers in a piece of work: waking another thread for less costs more than it saves
WIDE = 4  # registers handled together, so that independent results hide the latency of arithmetic
Function = Callable[..., Any]


def naive(function: Function, y: np.ndarray, *args: Any) -> None:
    """The definition: NumPy's broadcasting."""
    y[...] = function(*args)


# --- Same shapes, floats on the CPU: register tiles ------------------------------------------------------------------


def tiles1(f: Function) -> Function:
    """y = f(a, p)."""

    def loop(y, a, p, first, last):
        step = lanes(y)
        full = first + (last - first) // (WIDE * step) * WIDE * step
        for i in range(first, full, WIDE * step):
            store(y, i, f(load(a, i, 1, WIDE), p, y))
        for i in range(full, last, step):
            store(y, i, f(load(a, i, 1, 1, 1, last - i), p, y), 1, last - i)

    return loop


def tiles2(f: Function) -> Function:
    """y = f(a, b, p)."""

    def loop(y, a, b, p, first, last):
        step = lanes(y)
        full = first + (last - first) // (WIDE * step) * WIDE * step
        for i in range(first, full, WIDE * step):
            store(y, i, f(load(a, i, 1, WIDE), load(b, i, 1, WIDE), p, y))
        for i in range(full, last, step):
            store(y, i, f(load(a, i, 1, 1, 1, last - i), load(b, i, 1, 1, 1, last - i), p, y), 1, last - i)

    return loop


def tiles3(f: Function) -> Function:
    """y = f(a, b, c, p)."""

    def loop(y, a, b, c, p, first, last):
        step = lanes(y)
        full = first + (last - first) // (WIDE * step) * WIDE * step
        for i in range(first, full, WIDE * step):
            store(y, i, f(load(a, i, 1, WIDE), load(b, i, 1, WIDE), load(c, i, 1, WIDE), p, y))
        for i in range(full, last, step):
            n = last - i
            store(y, i, f(load(a, i, 1, 1, 1, n), load(b, i, 1, 1, 1, n), load(c, i, 1, 1, 1, n), p, y), 1, n)

    return loop


# --- Same shapes, other dtypes and CUDA: one number at a time --------------------------------------------------------


def each1(f: Function) -> Function:
    """y = f(a, p)."""

    def body(i, y, a, p):
        y[i] = cast(f(a[i], p, y), y)

    return body


def each2(f: Function) -> Function:
    """y = f(a, b, p)."""

    def body(i, y, a, b, p):
        y[i] = cast(f(a[i], b[i], p, y), y)

    return body


def each3(f: Function) -> Function:
    """y = f(a, b, c, p)."""

    def body(i, y, a, b, c, p):
        y[i] = cast(f(a[i], b[i], c[i], p, y), y)

    return body


# --- Broadcasting two inputs -----------------------------------------------------------------------------------------


def collapse(out: tuple[int, ...], *shapes: tuple[int, ...]) -> tuple[list[int], list[list[int]]]:
    """The fewest dimensions that describe a broadcast, and the stride of each input along them.

    Parameters
    ----------
    out : the result's shape.
    *shapes : shapes of the inputs, which are contiguous.

    Returns
    -------
    dims : lengths, none of them 1 (but at least one dimension).
    strides : for each input its stride along each, 0 where it repeats.
    """
    dims: list[int] = []
    strides: list[list[int]] = [[] for _ in shapes]
    steps = [1] * len(shapes)
    padded = [(1,) * (len(out) - len(s)) + tuple(s) for s in shapes]
    for axis in reversed(range(len(out))):
        length = out[axis]
        if length == 1:
            continue
        moves = [step if s[axis] != 1 else 0 for s, step in zip(padded, steps)]
        steps = [step * s[axis] for s, step in zip(padded, steps)]
        if dims and all(m == st[-1] * dims[-1] for m, st in zip(moves, strides)):
            dims[-1] *= length
        else:
            dims.append(length)
            for st, m in zip(strides, moves):
                st.append(m)
    if not dims:
        return [1], [[0] for _ in shapes]
    return dims[::-1], [st[::-1] for st in strides]


@helper
def along(x, start, j, cols):
    """Numbers start + j … of an input that moves along the row."""
    return load(x, start + j, 1, cols)


@helper
def fixed(x, start, j, cols):
    """The one number of an input that stays along the row."""
    return column(x, start, 1)


@helper
def along_last(x, start, j, n):
    return load(x, start + j, 1, 1, 1, n)


@helper
def fixed_last(x, start, j, n):
    return column(x, start, 1)


def row_tiles(f: Function, moves_a: bool, moves_b: bool) -> Function:
    """y = f(a, b, p) over rows first..last, of floats; geometry: outer dims, then strides of a, then of b."""
    get_a, tail_a = (along, along_last) if moves_a else (fixed, fixed_last)
    get_b, tail_b = (along, along_last) if moves_b else (fixed, fixed_last)

    def loop(y, a, b, p, geometry, width, first, last):
        step = lanes(y)
        full = width // (WIDE * step) * WIDE * step
        for row in range(first, last):
            start_a, start_b = corner(geometry, row)
            for j in range(0, full, WIDE * step):
                store(y, row * width + j, f(get_a(a, start_a, j, 4), get_b(b, start_b, j, 4), p, y))
            for j in range(full, width, step):
                n = width - j
                store(y, row * width + j, f(tail_a(a, start_a, j, n), tail_b(b, start_b, j, n), p, y), 1, n)

    return loop


def row_each(f: Function, moves_a: bool, moves_b: bool) -> Function:
    """The same of other dtypes."""
    step_a, step_b = int(moves_a), int(moves_b)

    def loop(y, a, b, p, geometry, width, first, last):
        for row in range(first, last):
            start_a, start_b = corner(geometry, row)
            for j in range(width):
                value = f(a[unsigned(start_a + j * step_a)], b[unsigned(start_b + j * step_b)], p, y)
                y[unsigned(row * width + j)] = cast(value, y)

    return loop


def each_broadcast(f: Function) -> Function:
    """The same one number at a time, for CUDA; geometry has all dims."""

    def body(i, y, a, b, p, geometry):
        count = len(geometry) // 3
        rest, at_a, at_b = i, 0, 0
        for d in range(count - 1, -1, -1):
            index = rest % geometry[d]
            rest //= geometry[d]
            at_a += index * geometry[count + d]
            at_b += index * geometry[2 * count + d]
        y[i] = cast(f(a[at_a], b[at_b], p, y), y)

    return body


# --- Functions with scalars ------------------------------------------------------------------------------------------


def with_scalars(f: Function, inputs: int, scalars: int) -> Function:
    """`f(*inputs, *scalars)` as a helper of `(*inputs, p, like)` that reads its scalars from array p."""
    f = helper(f, scalar=True)
    made = {
        (1, 0): lambda a, p, like: f(a),
        (2, 0): lambda a, b, p, like: f(a, b),
        (3, 0): lambda a, b, c, p, like: f(a, b, c),
        (1, 1): lambda a, p, like: f(a, cast(p[0], like)),
        (2, 1): lambda a, b, p, like: f(a, b, cast(p[0], like)),
        (3, 1): lambda a, b, c, p, like: f(a, b, c, cast(p[0], like)),
        (1, 2): lambda a, p, like: f(a, cast(p[0], like), cast(p[1], like)),
        (2, 2): lambda a, b, p, like: f(a, b, cast(p[0], like), cast(p[1], like)),
        (3, 2): lambda a, b, c, p, like: f(a, b, c, cast(p[0], like), cast(p[1], like)),
    }
    return helper(made[inputs, scalars])


def truncated(p: np.ndarray, dtype: Any) -> np.ndarray:
    """Scalars as what `with_scalars` makes of them for a whole number, so that kernels need not for each number."""
    with np.errstate(all="ignore"):
        return p.astype(dtype)


class Elementwise:
    """All kernels of one scalar function.

    Parameters
    ----------
    name : identifies the function in the cache of kernels; the operator's name.
    function : of `inputs` numbers, then of `scalars` numbers that are the same for all elements.
    """

    def __init__(self, name: str, function: Function, inputs: int, scalars: int = 0) -> None:
        self.name, self.function, self.inputs = name, function, inputs
        self.inner = with_scalars(function, inputs, scalars)
        self._kernels: dict[Any, Kernel] = {}

    def _kernel(self, kind: str, make: Callable[[], Kernel]) -> Kernel:
        if kind not in self._kernels:
            self._kernels[kind] = make()
        return self._kernels[kind]

    def flat(self, tiled: bool) -> Kernel:
        """The kernel for inputs of the result's shape."""
        name = f"elementwise.{self.name}"
        if tiled:
            make = (tiles1, tiles2, tiles3)[self.inputs - 1]
            return self._kernel("tiles", lambda: split_kernel(make(self.inner), name=name, flat=True, grain=GRAIN))
        each = (each1, each2, each3)[self.inputs - 1]
        return self._kernel("each", lambda: foreach(each(self.inner), name=name + ".each", flat=True, grain=GRAIN))

    def bind(self, target: Any, p: Any, shape: tuple[int, ...], dtypes: list[Any], shapes: list[Any]) -> Any:
        """A function of (y, *inputs) for known shapes and dtypes; dtypes are those of y and the inputs."""
        count = int(np.prod(shape, dtype=np.int64))
        on_cpu = isinstance(target, np.ndarray)
        tiled = on_cpu and all(d == dtypes[0] and d.kind == "f" for d in dtypes)
        if on_cpu and dtypes[0].kind in "iu":
            p = truncated(p, dtypes[0])
        if all(s == shape for s in shapes):
            kernel = self.flat(tiled)
            return bind(kernel, dtypes, (p,), count, GRAIN) if on_cpu else lambda y, *xs: kernel(count, y, *xs, p)
        return self._bind_broadcast(target, p, shape, shapes, dtypes, tiled, count)

    def _bind_broadcast(
        self, target: Any, p: Any, shape: Any, shapes: Any, dtypes: list[Any], tiled: bool, count: int
    ) -> Any:
        dims, (move_a, move_b) = collapse(shape, *shapes)
        name = f"elementwise.{self.name}.broadcast"
        if not isinstance(target, np.ndarray):
            geometry = device.work_copy(target, np.array([*dims, *move_a, *move_b], np.int64))
            each = self._kernel(
                "each_broadcast", lambda: foreach(each_broadcast(self.inner), name=name, flat=True, grain=GRAIN)
            )
            return lambda y, a, b: each(count, y, a, b, p, geometry)
        width, in_row = dims[-1], (bool(move_a[-1]), bool(move_b[-1]))
        geometry = np.array([*dims[:-1], *move_a[:-1], *move_b[:-1]], np.int64)
        rows = count // width if width else 0
        make, kind = (row_tiles, "") if tiled else (row_each, "each.")
        suffix = kind + "".join("m" if m else "s" for m in in_row)
        kernel = self._kernel(
            suffix, lambda: split_kernel(make(self.inner, *in_row), name=f"{name}.{suffix}", flat=True)
        )
        return bind(kernel, dtypes, (p, geometry, width), rows, max(1, GRAIN // max(width, 1)))
