"""Kernels: Python functions that are compiled on first use, for the CPU and for CUDA.

How to write one
----------------
A kernel writes its results into arrays that it is given: outputs first, then inputs, then plain numbers.  It does not
allocate, print, raise or draw from ``np.random``.  Write a Python function and decorate it::

    from .kernel import Static, cpu_kernel, cuda_kernel, foreach, helper, split_kernel
    from .words import exp, lanes, load, store

    @cpu_kernel                                    # one call does all the work
    def cumulate(y, x):
        total = 0.0
        for i in range(x.shape[0]):
            total += x[i]
            y[i] = total

    @split_kernel(flat=True, grain=1 << 15)        # work that falls into parts: this does parts first..last
    def grow(y, x, first, last):
        for i in range(first, last, lanes(x)):
            store(y, i, exp(load(x, i, 1, 1, 1, last - i)), 1, last - i)

    @foreach(flat=True)                            # one result, the same source for the CPU and for CUDA
    def add(i, y, a, b):
        y[i] = a[i] + b[i]

    cumulate(y, x)
    grow(count, y, x)                              # in parts of at least `grain`, on several threads
    add(count, y, a, b)                            # on the CPU or on CUDA, wherever y is

Each call finds the version compiled for its types of arguments or compiles it; a version that an earlier process
compiled is loaded from the cache, without numba.  Therefore a kernel's file imports no numba: only numpy, `words` and
this module.  Decorating compiles nothing.

* Arrays are C-contiguous, of bool, (u)int8 … 64, float32 or float64.  With ``flat=True`` arrays of any number of
  dimensions come in as one-dimensional.  Indices are not checked and negative ones do not wrap reliably in `load`.
* Plain numbers come in as int64 or float64.  ``Static(rows=14)`` is a set of compile-time integers, ``tile.rows``.
* What kernels call are words (`words.py`: they work on tiles and numbers), functions marked ``@helper``, other kernels,
  and plain Python functions.  Helpers and plain functions become part of the kernel.  They are found by name in the
  kernel's module and closure: import words by name, not as ``words.exp``.
* In `foreach` and `cuda_kernel` plain floats and float literals have the dtype of the first array of floats, so that
  ``0.5 * x[i]`` stays float32.  Integers may be indices and remain int64: ``2 * x[i]`` computes in float64, slowly on
  CUDA; write ``2.0 * x[i]``.  A plain function (or ``@helper(scalar=True)``) is taken to be a *scalar function*, one of
  elements only, and its integer literals are floats too: ``lambda x: 1 / (1 + exp(-x))``.  On tiles literals adapt.
* `foreach` loops become vector instructions where the body is straight: no branches but `where`, words instead of
  ``math`` functions, and ``x[index(k)]`` where an index is computed (`i` itself is known not to be negative).  Tiles
  are for more: blocks of results held in registers, reductions, transposes.
* The cache knows a kernel by its name and by a fingerprint of all that it reaches: code, helpers, scalar functions,
  constants.  A kernel made inside a function should get a telling name, ``foreach(body, name="elementwise.sigmoid")``.
* ``kernel.variant(*args)`` is the bare compiled callable for arguments of these types; calling it saves the look-up
  (0.06 instead of 1 µs).  For `split_kernel` and `foreach` it takes ``(*args, first, last)``.
* ``kernel.function`` is the undecorated function.  It runs uncompiled, which tests and debuggers use; with
  MXNB_DISABLE_JIT=1 all CPU kernels run that way.

Memory that a kernel only reads may be read-only; whether outputs are writeable is the caller's affair.
"""

import os

import numpy as np

from . import pool
from .words import WORDS, Static

__all__ = [
    "Helper",
    "Kernel",
    "Static",
    "all_kernels",
    "cpu_kernel",
    "cuda_kernel",
    "foreach",
    "helper",
    "split_kernel",
]

GRAIN = 1 << 16  # results of a foreach kernel that are worth waking a thread for

_kernels = []


def register(kernel):
    """Add a kernel to `all_kernels`."""
    _kernels.append(kernel)


def all_kernels():
    """All kernels defined so far.

    Returns
    -------
    list of Kernel or CudaKernel
        Each has `name`, and in `requested` the types of arguments it was called with.
    """
    return list(_kernels)


class Helper:
    """A function that kernels call; see `helper`."""

    def __init__(self, function, scalar=False):
        self.function, self.scalar = function, scalar
        self.__name__, self.__doc__ = function.__name__, function.__doc__
        self.__qualname__, self.__module__ = function.__qualname__, function.__module__

    def __call__(self, *args):
        return self.function(*args)


def helper(function=None, *, scalar=False):
    """Mark a function that kernels call, and that becomes a part of them on both targets.

    Parameters
    ----------
    function : callable
    scalar : bool
        It computes with elements only; so its integer literals have the elements' dtype, too.
    """
    if function is None:
        return lambda function: helper(function, scalar=scalar)
    if WORDS.get(function.__name__) is function:  # a word is understood as it is
        return function
    return Helper(function, scalar)


def describe(arg, flat=False):
    """The type of an argument as a kernel's version depends on it.

    Returns
    -------
    tuple
        ``("array", char, ndim)`` with ndim -1 for one taken flat, ``("int",)``, ``("float",)``, ``("static", items)``.
    """
    if isinstance(arg, (bool, int, np.integer, np.bool_)):
        return ("int",)
    if isinstance(arg, (float, np.floating)):
        return ("float",)
    if isinstance(arg, Static):
        return ("static", arg.items)
    dtype = getattr(arg, "dtype", None)
    if dtype is None or dtype.char not in "?bBhHiIlLqQfde":
        raise TypeError(
            f"kernels take arrays of numbers, int, float and Static, not {type(arg).__name__} {dtype or ''}"
        )
    return ("array", dtype.char, -1 if flat else arg.ndim)


class Kernel:
    """A function compiled for the CPU, and for CUDA if it is of kind "foreach"; made by the decorators.

    Attributes
    ----------
    function : the function itself, uncompiled.
    name : str, for messages and the cache.
    kind : "cpu", "split" or "foreach".
    requested : set of the types of arguments for which versions were asked.
    """

    target = "cpu"

    def __init__(self, function, kind, name=None, flat=False, grain=None):
        name = name or f"{function.__module__}.{function.__qualname__}"
        self.function, self.kind, self.name, self.flat = function, kind, name, flat
        self.grain = grain or (GRAIN if kind == "foreach" else 1)
        self.__name__, self.__doc__ = function.__name__, function.__doc__
        self.__qualname__, self.__module__ = function.__qualname__, function.__module__
        self.requested, self._variants, self._cuda = set(), {}, None
        register(self)

    def __repr__(self):
        return f"<{self.kind} kernel {self.name}>"

    def variant(self, *args):
        """The compiled callable for arguments of these types.

        Parameters
        ----------
        *args
            What the callable will be called with; for kinds "split" and "foreach" the last two are first and last.

        Returns
        -------
        callable
            It takes arguments of exactly these types, in place.
        """
        key = tuple(
            [
                (arg.dtype.char, arg.ndim) if type(arg) is np.ndarray else arg if type(arg) is Static else type(arg)
                for arg in args
            ]
        )
        found = self._variants.get(key)
        if found is None:
            found = self._variants[key] = self._build(args)
        return found

    def _build(self, args):
        if os.environ.get("MXNB_DISABLE_JIT", "0") not in ("", "0"):
            return self._uncompiled
        spec = tuple(describe(arg, self.flat) for arg in args)
        self.requested.add(spec)
        from . import cache

        return cache.get(self, spec)

    def _uncompiled(self, *args):
        """What the compiled version does, by the function itself."""
        if self.flat:
            args = [arg.reshape(-1) if isinstance(arg, np.ndarray) else arg for arg in args]
        if self.kind != "foreach":
            return self.function(*args)
        for i in range(*args[-2:]):
            self.function(i, *args[:-2])
        return None

    def __call__(self, *args):
        if self.kind == "cpu":
            return self.variant(*args)(*args)
        count, *rest = args
        if self.kind == "foreach" and not _on_cpu(rest):
            return self.cuda(count, *rest)
        run = self.variant(*rest, 0, 0)
        if count <= self.grain:
            return run(*rest, 0, count)
        return pool.run(run, count, self.grain, *rest)

    @property
    def cuda(self):
        """The CUDA form of a foreach kernel."""
        if self._cuda is None:
            from .cuda import ForeachCuda

            self._cuda = ForeachCuda(self)
        return self._cuda


def _on_cpu(args):
    """Whether the first array among `args` is in host memory."""
    for arg in args:
        if type(arg) is np.ndarray:
            return True
        if not isinstance(arg, (int, float, Static, np.generic)):
            return isinstance(arg, np.ndarray)
    return True


def _decorated(function, *options):
    """The kernel, or without a function a decorator for one."""
    if function is None:
        return lambda function: Kernel(function, *options)
    return Kernel(function, *options)


def cpu_kernel(function=None, *, name=None, flat=False):
    """A kernel for the CPU that one call does, ``f(*args)``.

    Parameters
    ----------
    function : callable
    name : str, optional
        For messages and the cache; the function's dotted name by default.
    flat : bool
        Arrays of any number of dimensions come in as one-dimensional.

    Returns
    -------
    Kernel

    Examples
    --------
    >>> @cpu_kernel
    ... def double(y, x):
    ...     for i in range(x.shape[0]):
    ...         y[i] = 2 * x[i]
    """
    return _decorated(function, "cpu", name, flat)


def split_kernel(function=None, *, name=None, flat=False, grain=1):
    """A kernel for the CPU over a range of work, ``def f(*args, first, last)``; call it ``f(count, *args)``.

    The parts of ``range(count)`` depend on `count` and `grain` only, never on the number of threads.

    Parameters
    ----------
    function : callable
    name, flat :
        As in `cpu_kernel`.
    grain : int
        How much makes a part.  Work of less than about 10 µs is not worth one of its own.

    Returns
    -------
    Kernel
    """
    return _decorated(function, "split", name, flat, grain)


def foreach(function=None, *, name=None, flat=False, grain=GRAIN):
    """A kernel for both targets that makes result `i`, ``def f(i, *args)``; call it ``f(count, *args)``.

    On the CPU it becomes a loop split over threads, on CUDA a grid-stride loop; the first array says where.  Float
    literals and plain floats have the dtype of the first array of floats.

    Parameters
    ----------
    function, name, flat, grain :
        As in `split_kernel`.

    Returns
    -------
    Kernel
    """
    return _decorated(function, "foreach", name, flat, grain)


def cuda_kernel(function=None, *, name=None):
    """A kernel for CUDA, as `numba.cuda.jit` takes it; the name ``cuda`` in it is `numba.cuda`.

    ``f.launch(blocks, threads, *args)`` launches it, ``f(count, *args)`` one whose threads stride over `count`.

    Parameters
    ----------
    function : callable
    name : str, optional

    Returns
    -------
    mxnb.kernels.cuda.CudaKernel
    """
    from .cuda import CudaKernel

    return CudaKernel(function, name) if function else lambda function: CudaKernel(function, name)
