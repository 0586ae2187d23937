"""Kernels on CUDA: how words become device functions, how kernels are launched, and how they are compiled ahead.

numba.cuda is imported on the first launch only.  In its simulator (NUMBA_ENABLE_CUDASIM=1) a kernel runs as Python, one
thread of Python per thread of CUDA; words are then their NumPy definitions, and `launch_size` is a single small block.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import math
import re
import sys
import threading
import types as python_types
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import elementary, words
from .binding import Binder, literal_dtype
from .device import SIMULATED
from .kernel import Helper, Kernel, describe, register
from .words import Static, cast

THREADS = 8 if SIMULATED else 256
MOST_BLOCKS = 1 if SIMULATED else 4096


def launch_size(count: int) -> tuple[int, int]:
    """Blocks and threads of a grid-stride kernel over `count` results."""
    return max(1, min(-(-count // THREADS), MOST_BLOCKS)), THREADS


# --- Words as device functions ---------------------------------------------------------------------------------------


def _fma(a, b, c):
    return a * b + c


def _maximum(a, b):
    return a if a > b or a != a else b


def _minimum(a, b):
    return a if a < b or a != a else b


def _where(condition, a, b):
    return a if condition else b


def _absolute(x):
    return abs(x)


def _sign(x):
    one = cast(1, x)
    if x > 0:
        return one
    if x < 0:
        return -one
    return one - one


def _flip(x, n):
    return x if n % 2.0 == 0.0 else -x


def _mod(a, b):
    return a % b if b != 0 else a * 0


def _float(function):
    """`function` of `math`, in single precision for float16: the literal is a float32 there."""
    return lambda x: function(x * 1.0)


def _same(x):
    return x


def _power(a, b):
    return a**b


def _round(x):
    whole = math.trunc(x)
    if x - whole >= 0.5:
        return whole + 1.0
    if x - whole <= -0.5:
        return whole - 1.0
    return math.copysign(whole, x)


def _round_even(x):
    below = math.floor(x)
    rest = x - below
    if rest > 0.5 or (rest == 0.5 and below != 2.0 * math.floor(below * 0.5)):
        return below + 1.0
    return below


def _cbrt(x):
    if x == 0.0 or x - x != 0.0:  # also infinite or not a number
        return x
    y = math.copysign(math.exp(math.log(abs(x)) * 0.3333333333333333), x)
    return y - (y * y * y - x) / (3.0 * y * y)  # a step of Newton's method


def _power_of_two(n):
    return 2.0**n


def _exponent(x):
    return math.floor(math.log2(x))


def _significand(x):
    return x / 2.0 ** math.floor(math.log2(x))


_MATH = [
    *[
        "exp",
        "expm1",
        "log",
        "log1p",
        "log2",
        "log10",
        "sqrt",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "erf",
        "erfc",
    ],
    *["floor", "ceil", "trunc", "gamma"],
]
DEVICE: dict[str, Any] = {
    "fma": _fma,
    "maximum": _maximum,
    "minimum": _minimum,
    "where": _where,
    "absolute": _absolute,
    "sign": _sign,
    "copysign": math.copysign,
    "flip": _flip,
    "double": np.float64,
    "single": np.float32,
    "isnan": _float(math.isnan),
    "isinf": _float(math.isinf),
    "mod": _mod,
    "fmod": math.fmod,
    "power": _power,
    "index": _same,
    "settle": _same,
    "hypot": math.hypot,
    "arctan2": math.atan2,
    "fix": _float(math.trunc),
    "round": _round,
    "rint": elementary.rint,
    "round_even": _round_even,
    "rsqrt": elementary.rsqrt,
    "cbrt": _cbrt,
    "rcbrt": elementary.rcbrt_composed,
    "power_of_two": _power_of_two,
    "exponent": _exponent,
    "significand": _significand,
    "erfinv": elementary.erfinv_composed,
    "normcdf": elementary.normcdf_composed,
    "normpdf": elementary.normpdf_composed,
    "gammaln": _float(math.lgamma),
    **{name: _float(getattr(math, name)) for name in _MATH},
    **{f"arc{name}": _float(getattr(math, f"a{name}")) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
}
"""For each word that CUDA knows, a function of `math` or one to be compiled."""

cuda: Any = None  # stands for numba.cuda in the loops below

_word_names = {id(word): name for name, word in words.WORDS.items()}
_lock = threading.RLock()
_binders: dict[str, Binder] = {}
_cast_defined = False


def _namedtuple(static: Static) -> Any:
    """The compile-time integers as something that any version of numba.cuda knows as constants."""
    names, values = zip(*static.items, strict=True)
    return collections.namedtuple("Static", names)(*values)


class _SimulatedCuda:
    """Stands for numba.cuda in simulated kernels.

    The simulator itself exchanges the name in the globals of device functions, but one thread undoes it under another.
    """

    def __getattr__(self, name: str) -> Any:
        from numba.cuda.simulator import kernel

        return getattr(kernel._get_kernel_context(), name)


def _device_function(function: Any) -> Any:
    if SIMULATED:
        return function
    from numba import cuda

    return cuda.jit(device=True)(function)


def _replace(value: Any, binder: Binder) -> Any:
    """The device form of what a kernel refers to."""
    name = _word_names.get(id(value))
    if name is not None:
        if SIMULATED or name == "cast":
            return value
        if name in ("arrays", "numbers"):
            return _of_tables()[name]
        if name not in DEVICE:
            raise TypeError(f"the word '{name}' works on register tiles; a kernel for CUDA cannot use it")
        form = DEVICE[name]
        return binder.copy(form, _device_function, True) if isinstance(form, python_types.FunctionType) else form
    if isinstance(value, Helper):
        return binder.copy(value.function, _device_function, value.scalar)
    if isinstance(value, Static) and not SIMULATED:
        return _namedtuple(value)
    if isinstance(value, python_types.FunctionType) and not (value.__module__ or "").startswith(("numpy", "numba")):
        return binder.copy(value, _device_function, True)
    return value


def _define_cast() -> None:
    """Teach numba.cuda the word `cast`, whose result type is that of its second argument."""
    global _cast_defined
    if _cast_defined or SIMULATED:
        return
    from numba.cuda import types

    try:
        from numba.cuda.extending import overload
    except ImportError:  # the target that numba itself carries
        from numba.extending import overload

    @overload(cast, target="cuda")
    def _(x, like):
        dtype = like.dtype if isinstance(like, types.Array) else types.unliteral(like)
        return lambda x, like: dtype(x)

    _cast_defined = True


@functools.cache
def _of_tables() -> dict[str, Any]:
    """The words `arrays` and `numbers` for numba.cuda: what stands in the row of a table, as a tuple."""
    from llvmlite import ir
    from numba.cuda import types

    try:
        from numba.cuda.core.errors import RequireLiteralValue
        from numba.cuda.extending import intrinsic
    except ImportError:  # the target that numba itself carries
        from numba.core.errors import RequireLiteralValue
        from numba.extending import intrinsic

    size = ir.IntType(64)

    def read(context: Any, builder: Any, table_type: Any, table: Any, row: Any, count: int) -> list[Any]:
        array = context.make_array(table_type)(context, builder, table)
        first = builder.mul(row, builder.extract_value(array.shape, 1))
        return [builder.load(builder.gep(array.data, [builder.add(first, size(k))])) for k in range(count)]

    @intrinsic
    def arrays(typing, addresses, row, count, like):
        made = types.Tuple(list(like))

        def emit(context, builder, signature, args):
            found = []
            for x, address in zip(like, read(context, builder, addresses, *args[:2], len(like))):
                array = context.make_array(x)(context, builder)  # all else in it is 0
                step = size(context.get_abi_sizeof(context.get_data_type(x.dtype)))
                array.data = builder.inttoptr(address, array.data.type)
                array.nitems, array.itemsize = args[2], step
                array.shape, array.strides = (
                    builder.insert_value(ir.Constant(kind, ir.Undefined), value, 0)
                    for kind, value in ((array.shape.type, args[2]), (array.strides.type, step))
                )
                found.append(array._getvalue())
            return context.make_tuple(builder, made, found)

        return made(addresses, types.int64, types.int64, like), emit

    @intrinsic
    def numbers(typing, x, row, count):
        if not isinstance(count, types.IntegerLiteral):
            raise RequireLiteralValue("how many numbers has to be a constant")
        made = types.UniTuple(x.dtype, count.literal_value)

        def emit(context, builder, signature, args):
            return context.make_tuple(builder, made, read(context, builder, x, *args[:2], made.count))

        return made(x, types.int64, count), emit

    return {"arrays": arrays, "numbers": numbers}


def _binder(dtype: np.dtype | None) -> Binder:
    key = str(dtype)
    if key not in _binders:
        from numba import cuda

        _define_cast()
        extra = {"cuda": _SimulatedCuda() if SIMULATED else cuda}
        _binders[key] = Binder(_replace, None if SIMULATED else dtype, extra)
    return _binders[key]


# --- Kernels ---------------------------------------------------------------------------------------------------------


class CudaKernel:
    """A kernel for CUDA; made by `kernel.cuda_kernel`.

    Attributes
    ----------
    function : the function itself.
    name : str
    requested : set of the types of arguments it was launched with, as `kernel.describe` gives them.
    """

    target = "cuda"
    flat = False

    def __init__(self, function: Any, name: str | None = None) -> None:
        self.function, self.name = function, name or f"{function.__module__}.{function.__qualname__}"
        self.__name__, self.__doc__ = function.__name__, function.__doc__
        self.requested: set[tuple[Any, ...]] = set()
        self._prepared: dict[Any, tuple[Any, Any]] = {}
        self._compiled: dict[Any, Any] = {}
        register(self)

    def __repr__(self) -> str:
        return f"<cuda kernel {self.name}>"

    def entry(self, spec: tuple[Any, ...]) -> Any:
        """The Python function to compile for arguments described by `spec`; Static ones become part of it."""
        binder = _binder(literal_dtype(spec))
        fixed = [Static(**dict(rest[0])) for kind, *rest in spec if kind == "static"]
        if not fixed:
            return binder.copied(self.function)
        statics = tuple(fixed if SIMULATED else map(_namedtuple, fixed))
        body = binder.copy(self.function, _device_function)

        def kernel(args):
            body(*(statics + args))

        return kernel

    def signature(self, spec: tuple[Any, ...]) -> list[Any]:
        """The numba types of the entry's arguments."""
        types = [kind for kind in _numba_types(spec) if kind is not None]
        if len(types) < len(spec):
            from numba.cuda import types as kinds

            return [kinds.Tuple(types)]
        return types

    def _prepare(self, args: tuple[Any, ...]) -> tuple[Any, Any]:
        """The compiled entry, and the dtype that floats are converted to, for arguments of these types."""
        key = tuple(
            [
                (arg.dtype, arg.ndim) if hasattr(arg, "ndim") else arg if type(arg) is Static else type(arg)
                for arg in args
            ]
        )
        found = self._prepared.get(key)
        if found is None:
            from numba import cuda

            spec = tuple(describe(arg, self.flat) for arg in args)
            with _lock:
                dtype = literal_dtype(spec)
                variant = (str(dtype), tuple(rest[0] for kind, *rest in spec if kind == "static"), len(spec))
                if variant not in self._compiled:
                    self._compiled[variant] = cuda.jit(self.entry(spec))
                self.requested.add(spec)
                found = self._prepared[key] = (self._compiled[variant], dtype.type if dtype else float)
        return found

    def launch(self, blocks: Any, threads: Any, *args: Any) -> None:
        """Launch the kernel.

        Parameters
        ----------
        blocks, threads : int or tuple of int
            As numba.cuda takes them.  The simulator starts a Python thread for each of CUDA's: keep them few there.
        *args
            The function's arguments, Static ones first.
        """
        compiled, real = self._prepare(args)
        given = [real(arg) if type(arg) is float else arg for arg in args if type(arg) is not Static]
        if len(given) < len(args):
            compiled[blocks, threads](_plain(given))
        else:
            compiled[blocks, threads](*given)

    def __call__(self, count: int, *args: Any) -> None:
        """Launch it with `launch_size(count)`: the kernel's threads stride over the work by themselves."""
        if count > 0:
            self.launch(*launch_size(count), *args)


def _plain(args: list[Any]) -> tuple[Any, ...]:
    """Arguments in a tuple; the simulator would not unwrap its arrays there."""
    return tuple(getattr(arg, "_ary", arg) for arg in args) if SIMULATED else tuple(args)


class ForeachCuda(CudaKernel):
    """The CUDA form of a foreach kernel: a grid-stride loop over its results."""

    def __init__(self, kernel: Kernel) -> None:
        name = kernel.name
        super().__init__(kernel.function, name)
        self.flat = kernel.flat

    def entry(self, spec: tuple[Any, ...]) -> Any:
        """The loop over (count, tuple of arguments)."""
        binder = _binder(literal_dtype(spec))
        body = binder.copy(self.function, _device_function)
        fixed = [Static(**dict(rest[0])) for kind, *rest in spec if kind == "static"]
        if not fixed:

            def loop(count, args):
                for i in range(cuda.grid(1), count, cuda.gridsize(1)):
                    body(i, *args)

        else:
            statics = tuple(fixed if SIMULATED else map(_namedtuple, fixed))

            def loop(count, args):
                for i in range(cuda.grid(1), count, cuda.gridsize(1)):
                    body(i, *(statics + args))

        return Binder(lambda value, _: value, None, binder.extra).copied(loop)

    def signature(self, spec: tuple[Any, ...]) -> list[Any]:
        """The numba types of the entry's arguments."""
        from numba.cuda import types

        return [types.int64, types.Tuple([kind for kind in _numba_types(spec) if kind is not None])]

    def __call__(self, count: int, *args: Any) -> None:
        """Make results 0..count."""
        if count <= 0:
            return
        compiled, real = self._prepare(args)
        given = []
        for arg in args:
            if type(arg) is float:
                given.append(real(arg))
            elif type(arg) is not Static:
                given.append(arg.reshape(-1) if self.flat and getattr(arg, "ndim", 1) > 1 else arg)
        compiled[launch_size(count)](count, _plain(given))

    def launch(self, blocks: Any, threads: Any, *args: Any) -> None:
        """Not for this kind of kernel: call it with a count."""
        raise TypeError(f"{self!r} is launched by calling it with the number of results")


# --- Compiling ahead -------------------------------------------------------------------------------------------------


def _numba_types(spec: tuple[Any, ...]) -> list[Any]:
    """numba types of described arguments; None for Static ones."""
    from numba import from_dtype
    from numba.cuda import types

    dtype = literal_dtype(spec)
    out: list[Any] = []
    for kind, *rest in spec:
        if kind == "array":
            out.append(types.Array(from_dtype(np.dtype(rest[0])), 1 if rest[1] < 0 else rest[1], "C"))
        elif kind == "float":
            out.append(from_dtype(dtype) if dtype is not None else types.float64)
        else:
            out.append(None if kind == "static" else types.int64)
    return out


@contextlib.contextmanager
def _pretended_device(capability: tuple[int, int]) -> Iterator[None]:
    """Let numba.cuda believe in a current device: it asks for its capability while compiling device functions."""

    class Device:
        compute_capability = capability
        id = 0
        name = b"none"
        MULTIPROCESSOR_COUNT = 1

    modules = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith(("numba.cuda", "numba_cuda")) and hasattr(module, "get_current_device")
    ]
    saved = [(module, module.get_current_device) for module in modules]
    for module in modules:
        module.get_current_device = Device  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module, function in saved:
            module.get_current_device = function  # type: ignore[attr-defined]


def compile_for(kernel: Any, spec: tuple[Any, ...], capability: tuple[int, int]) -> str:
    """Compile a kernel without needing a GPU.

    Parameters
    ----------
    kernel : CudaKernel, or Kernel of kind "foreach"
    spec : tuple
        The types of the arguments, an element of `requested`.
    capability : tuple of int
        Such as (9, 0).

    Returns
    -------
    str
        PTX.
    """
    from numba import cuda
    from numba.cuda import types

    if isinstance(kernel, Kernel):
        kernel = kernel.cuda
    with _lock, _pretended_device(capability):
        signature = types.void(*kernel.signature(spec))
        ptx, _ = cuda.compile_ptx(kernel.entry(spec), signature, cc=capability)
    return ptx


def _stubs(ptx: str) -> str:
    """Empty definitions of the functions that `ptx` expects from outside.

    Those are operators of float16, which numba compiles when it loads a kernel, and only where there is a driver.
    """
    header = re.findall(r"^\.(?:version|target|address_size).*", ptx, re.MULTILINE)
    return "\n".join(
        [*header, *(f".visible .func {f} {{ ret; }}" for f in re.findall(r"\.extern \.func ([^;]*);", ptx))]
    )


def assemble(ptx: str, capability: tuple[int, int]) -> bytes:
    """Assemble PTX to a cubin with nvJitLink, which refuses what a driver would refuse.

    Parameters
    ----------
    ptx : str
        What `compile_for` returned.
    capability : tuple of int

    Returns
    -------
    bytes
    """
    from cuda.bindings import nvjitlink

    handle = nvjitlink.create(1, [f"-arch=sm_{capability[0]}{capability[1]}"])
    try:
        for text in (ptx, _stubs(ptx)) if ".extern .func" in ptx else (ptx,):
            data = text.encode()
            nvjitlink.add_data(handle, nvjitlink.InputType.PTX, data, len(data), "kernel")
        nvjitlink.complete(handle)
        cubin = bytearray(nvjitlink.get_linked_cubin_size(handle))
        nvjitlink.get_linked_cubin(handle, cubin)
    finally:
        nvjitlink.destroy(handle)
    return bytes(cubin)
