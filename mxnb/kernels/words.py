"""The vocabulary of kernels: functions on numbers, register tiles, arrays, NDArrays and Symbols.

A *tile* is a small array of vector registers, ``rows x cols`` registers of ``lanes`` numbers each, held as one value.
Kernels compute with tiles as they would with small NumPy arrays of shape ``(rows, cols, lanes)``: arithmetic is
elementwise and broadcasts over rows, columns and lanes, and a plain number fits any tile.

Each word is written here as a NumPy function.  That is its definition, and what runs when a kernel is stepped through
uncompiled.  `lowering.py` says which machine instructions it becomes on the CPU, `cuda.py` which device function it
becomes there.  So a function written in words, such as ``lambda x: 1 / (1 + exp(-x))``, serves all of them:

* NumPy arrays and numbers: the definition,
* tiles and numbers in a CPU kernel: vector instructions,
* numbers in a CUDA kernel: device functions,
* anything with a method ``_word_(name, *arguments)``, such as NDArray and Symbol: what that method returns.

Words follow MXNet where NumPy differs: `rint` rounds halves down, `round` away from zero, `mod` by zero is zero and
``sign(nan)`` is zero.  NaN passes through `maximum` and `minimum` from either side.
"""

import ctypes
import functools
import math

import numpy as np

VECTOR_BYTES = 64
"""Width of a register where kernels run uncompiled; compiled kernels follow the CPU."""

WORDS = {}
"""All words by name."""


class Static:
    """Compile-time integers for a kernel, ``Static(rows=14, cols=2)``; one version is compiled per set of values.

    In the kernel they are attributes: ``def kernel(tile, x): acc = zeros(x, tile.rows, tile.cols)``.

    Parameters
    ----------
    **values : int
        The integers by name.

    Examples
    --------
    >>> Static(rows=14, cols=2).rows
    14
    """

    def __init__(self, **values):
        self.__dict__.update({name: int(value) for name, value in values.items()})
        self._key = tuple(self.__dict__.items())

    @property
    def items(self):
        """The (name, value) pairs, in the order they were given."""
        return self._key

    @property
    def _numba_type_(self):
        from .tiles import StaticType  # numba asks for this, so it is there already

        return StaticType(self._key)

    def __eq__(self, other):
        return isinstance(other, Static) and self._key == other._key

    def __hash__(self):
        return hash(self._key)

    def __repr__(self):
        return f"Static({', '.join(f'{name}={value}' for name, value in self._key)})"

    def __reduce__(self):
        return _static, (self._key,)


def _static(items):
    return Static(**dict(items))


def word(definition):
    """Make `definition`, a NumPy function, a word: it passes itself on to arguments that have a method ``_word_``."""
    name = definition.__name__

    @functools.wraps(definition)
    def call(*args, **kwargs):
        for arg in args:
            if hasattr(arg, "_word_"):
                return arg._word_(name, *args, **kwargs)
        return definition(*args, **kwargs)

    WORDS[name] = call
    return call


def _each(function):
    """A function of Python numbers as one of arrays that keeps floating dtypes."""

    def on_arrays(x):
        x = np.asarray(x)
        dtype = x.dtype if x.dtype.kind == "f" else np.float64
        return np.array([function(float(number)) for number in x.flat], dtype).reshape(x.shape)[()]

    return on_arrays


# --- Arithmetic ------------------------------------------------------------------------------------------------------


@word
def fma(a, b, c):
    """``a * b + c``, in one instruction where the processor has it."""
    return a * b + c


@word
def settle(x):
    """`x` as it is; a product that is settled is rounded before it is added to something, and not in one with that."""
    return x


@word
def maximum(a, b):
    """The larger of two numbers; NaN if either is."""
    return np.maximum(a, b)


@word
def minimum(a, b):
    """The smaller of two numbers; NaN if either is."""
    return np.minimum(a, b)


@word
def where(condition, a, b):
    """`a` where `condition` holds, `b` elsewhere; both are computed."""
    return np.where(condition, a, b)[()]


@word
def absolute(x):
    """The size of `x`."""
    return np.abs(x)


@word
def sign(x):
    """-1, 0 or 1; 0 for NaN."""
    return np.nan_to_num(np.sign(x))


@word
def copysign(x, y):
    """The size of `x` with the sign of `y`."""
    return np.copysign(x, y)


@word
def flip(x, n):
    """`x`, or ``-x`` where the whole number `n` is odd."""
    return np.where(np.mod(n, 2) == 1, -x, x)[()]


@word
def isnan(x):
    """Whether `x` is not a number."""
    return np.isnan(x)


@word
def isinf(x):
    """Whether `x` is infinite."""
    return np.isinf(x)


@word
def cast(x, like):
    """`x` in the dtype of the array, tile or number `like`, float32 for float16; a whole number by cutting off."""
    dtype = _held(like if hasattr(like, "dtype") else np.asarray(like))
    return np.asarray(x).astype(dtype)[()]


@word
def double(x):
    """`x` in double precision."""
    return np.asarray(x).astype(np.float64)[()]


@word
def single(x):
    """`x` in single precision."""
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(x).astype(np.float32)[()]


@word
def mod(a, b):
    """Remainder of ``a / b`` with the sign of `b`; 0 where `b` is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.equal(b, 0), np.mod(a, b) * 0 if np.asarray(b).dtype.kind in "iu" else 0.0, np.mod(a, b))[()]


@word
def fmod(a, b):
    """Remainder of ``a / b`` with the sign of `a`."""
    return np.fmod(a, b)


@word
def power(a, b):
    """`a` to the power `b`."""
    return np.power(a, b)


@word
def hypot(a, b):
    """``sqrt(a**2 + b**2)`` without overflow."""
    return np.hypot(a, b)


@word
def arctan2(a, b):
    """The angle of the point ``(b, a)``."""
    return np.arctan2(a, b)


@word
def index(i):
    """`i`, a whole number that is not negative.

    ``x[index(i)]`` spares the compiled kernel the question whether it counts from the end, without which a loop over
    numbers does not become vector instructions.  `foreach` does it by itself.
    """
    return i


# --- Rounding --------------------------------------------------------------------------------------------------------


@word
def floor(x):
    """The next whole number below."""
    return np.floor(x)


@word
def ceil(x):
    """The next whole number above."""
    return np.ceil(x)


@word
def trunc(x):
    """The next whole number towards zero."""
    return np.trunc(x)


@word
def fix(x):
    """The next whole number towards zero."""
    return np.trunc(x)


@word
def round(x):
    """The nearest whole number, halves away from zero."""
    return np.copysign(np.floor(np.abs(x) + (np.abs(x) - np.floor(np.abs(x)) >= 0.5)), x)


@word
def rint(x):
    """The nearest whole number, halves down, as MXNet's operator."""
    below = np.floor(x)
    with np.errstate(invalid="ignore"):
        return below + (x - below > 0.5)


@word
def round_even(x):
    """The nearest whole number, halves to the even one: a single instruction."""
    return np.rint(x)


# --- Elementary functions --------------------------------------------------------------------------------------------


@word
def sqrt(x):
    """Square root."""
    return np.sqrt(x)


@word
def rsqrt(x):
    """``1 / sqrt(x)``."""
    return 1 / np.sqrt(x)


@word
def cbrt(x):
    """Cube root."""
    return np.cbrt(x)


@word
def rcbrt(x):
    """``1 / cbrt(x)``."""
    return 1 / np.cbrt(x)


@word
def exp(x):
    """e to the power `x`."""
    return np.exp(x)


@word
def expm1(x):
    """``exp(x) - 1``, exact near 0."""
    return np.expm1(x)


@word
def power_of_two(n):
    """2 to the power `n`, which is whole and within the range of exponents of its dtype: writes the exponent's bits."""
    return np.exp2(n)


@word
def exponent(x):
    """The whole number n of ``x = m * 2**n`` with ``1 <= m < 2``, for normal positive numbers: reads its bits."""
    return (np.frexp(x)[1] - 1).astype(np.asarray(x).dtype)


@word
def significand(x):
    """The number m of ``x = m * 2**n`` with ``1 <= m < 2``, for normal positive numbers: reads its bits."""
    return np.frexp(x)[0] * 2


@word
def log(x):
    """Natural logarithm."""
    return np.log(x)


@word
def log1p(x):
    """``log(1 + x)``, exact near 0."""
    return np.log1p(x)


@word
def log2(x):
    """Logarithm to base 2."""
    return np.log2(x)


@word
def log10(x):
    """Logarithm to base 10."""
    return np.log10(x)


@word
def sin(x):
    """Sine."""
    return np.sin(x)


@word
def cos(x):
    """Cosine."""
    return np.cos(x)


@word
def tan(x):
    """Tangent."""
    return np.tan(x)


@word
def arcsin(x):
    """Inverse sine."""
    return np.arcsin(x)


@word
def arccos(x):
    """Inverse cosine."""
    return np.arccos(x)


@word
def arctan(x):
    """Inverse tangent."""
    return np.arctan(x)


@word
def sinh(x):
    """Hyperbolic sine."""
    return np.sinh(x)


@word
def cosh(x):
    """Hyperbolic cosine."""
    return np.cosh(x)


@word
def tanh(x):
    """Hyperbolic tangent."""
    return np.tanh(x)


@word
def arcsinh(x):
    """Inverse hyperbolic sine."""
    return np.arcsinh(x)


@word
def arccosh(x):
    """Inverse hyperbolic cosine."""
    return np.arccosh(x)


@word
def arctanh(x):
    """Inverse hyperbolic tangent."""
    return np.arctanh(x)


@word
def erf(x):
    """The error function."""
    return _each(math.erf)(x)


@word
def erfc(x):
    """``1 - erf(x)``, exact where that is small."""
    return _each(math.erfc)(x)


@word
def normcdf(x):
    """The normal distribution function, ``erfc(-x / sqrt(2)) / 2``."""
    return erfc(x * -math.sqrt(0.5)) * 0.5


@word
def normpdf(x):
    """The density of the normal distribution, ``exp(-x**2 / 2) / sqrt(2 pi)``."""
    return np.exp(x * x * -0.5) * (0.5 * math.sqrt(2 / math.pi))


@word
def erfinv(x):
    """The inverse of the error function; infinite at -1 and 1."""
    from . import elementary

    with np.errstate(all="ignore"):
        return elementary.erfinv_composed(x if isinstance(x, np.ndarray) else np.float64(x))


@word
def gamma(x):
    """The gamma function; infinite at 0, NaN at negative whole numbers."""

    def one(x):
        try:
            return math.gamma(x)
        except ValueError:
            return math.copysign(math.inf, x) if x == 0 else math.nan
        except OverflowError:
            return math.inf

    return _each(one)(x)


@word
def gammaln(x):
    """Logarithm of the size of the gamma function; infinite at 0 and at negative whole numbers."""

    def one(x):
        try:
            return math.lgamma(x)
        except (ValueError, OverflowError):
            return math.inf

    return _each(one)(x)


# --- Making tiles, reading and writing memory ------------------------------------------------------------------------


def _held(x):
    """The dtype of numbers of array `x` in registers: float16 is a way to store numbers, none to compute with."""
    return np.dtype(np.float32) if x.dtype == np.float16 else x.dtype


@word
def lanes(x):
    """How many numbers of array `x` one register holds; those of a float16 array are held as float32."""
    return VECTOR_BYTES // _held(x).itemsize


@word
def zeros(x, rows, cols):
    """A tile of zeros with the dtype of array `x`, float32 for float16."""
    return np.zeros((rows, cols, lanes(x)), _held(x))


def _row_starts(x, at, rows, width):
    """Flat index in `x` of the first number of each row: see `load`."""
    if isinstance(at, tuple):
        start = 0
        for length, index in zip(x.shape, at, strict=True):
            start = start * length + index
        return start + np.arange(rows) * x.shape[-1]
    if isinstance(at, np.ndarray) and at.ndim == 3:
        return at[:, 0, 0]
    return at + np.arange(rows) * width


def _checked(x, index):
    """`index`, where it lies within `x`; NumPy would count negative ones from the end."""
    if index.size and not 0 <= index.min() <= index.max() < x.size:
        raise IndexError(f"numbers {index.min()} to {index.max()} of an array of {x.size}")
    return index


@word
def load(x, at, rows, cols, height=None, width=None, fill=0):
    """A tile of `rows` rows of `cols` registers from array `x`.

    Where `at` is an index tuple the rows come from consecutive rows of the array, the first starting at ``x[at]``.
    In a flat array an integer `at` reads rows that follow each other, and a tile `at` holds the start of each row.
    Only the first `height` rows and `width` numbers of each row are read; the rest become `fill`.  Either is limited
    to what the tile holds, and may be negative.  Numbers of a float16 array become float32.
    """
    count = cols * lanes(x)
    index = _row_starts(x, at, rows, count)[:, None] + np.arange(count)
    inside = np.full(index.shape, True)
    if height is not None:
        inside = (np.arange(rows) < height)[:, None] & (np.arange(count) < width)
    read = np.full(index.shape, fill, _held(x))
    read[inside] = x.reshape(-1)[_checked(x, index[inside])]
    return read.reshape(rows, cols, -1)


@word
def store(x, at, tile, height=None, width=None):
    """Write `tile` to array `x`, where `load` would read it, in the dtype of `x`."""
    count = tile.shape[1] * tile.shape[2]
    index = _row_starts(x, at, len(tile), count)[:, None] + np.arange(count)
    inside = np.full(index.shape, True)
    if height is not None:
        inside = (np.arange(len(tile)) < height)[:, None] & (np.arange(count) < width)
    with np.errstate(over="ignore"):
        x.reshape(-1)[_checked(x, index[inside])] = tile.reshape(len(tile), count)[inside]


@word
def swap(x, i, value):
    """Set x[i] to `value` and give what it was, in one step that no other thread can come between; x is of int64."""
    before, x[i] = x[i], value
    return before


@word
def arrays(addresses, row, count, like):
    """The arrays of `count` numbers that begin at the addresses in a row of a table.

    They have the dtypes of the arrays in the tuple `like`.  Who makes the table keeps their memory alive.
    """

    def array(address, dtype):
        memory = (ctypes.c_char * (count * dtype.itemsize)).from_address(address)
        return np.frombuffer(memoryview(memory), dtype)

    return tuple(array(int(address), x.dtype) for address, x in zip(addresses[row], like))


@word
def numbers(x, row, count):
    """The first `count` numbers of a row of a table, as a tuple."""
    return tuple(x[row, :count])


@word
def column(x, at, count, stride=1):
    """`count` rows of a single number each, x[at], x[at + stride], ..., which broadcast over columns and lanes.

    A tile `at` holds several such starts, and their rows follow each other.
    """
    starts = _row_starts(x, at, 1, 0)
    read = x.reshape(-1)[_checked(x, starts[:, None] + np.arange(count) * stride)]
    return read.reshape(-1, 1, 1).astype(_held(x), copy=False)


@word
def pairs(x, at, start=0):
    """Two neighbours from each of as many places as a register has lanes: a tile of two registers.

    `at` is a tile of one number a row, as `column` reads them; number i and the one after it are ``x[start + at[i]]``
    and ``x[start + at[i] + 1]`` of the flat array.
    """
    index = start + at.reshape(-1, 1) + np.arange(2)
    return x[_checked(x, index)].reshape(1, 2, -1)


# --- Across lanes ----------------------------------------------------------------------------------------------------


@word
def transpose(tile):
    """Exchange rows and lanes: row ``c`` of the result holds number ``c`` of every row of `tile`.

    A tile of R rows of C numbers becomes C rows of one register, whose lanes from R on are unspecified.
    """
    rows, cols, width = tile.shape
    out = np.zeros((cols * width, 1, width), tile.dtype)
    out[:, 0, :rows] = tile.reshape(rows, cols * width).T
    return out


@word
def interleave(a, b):
    """The numbers of `a` and `b` by turns: a tile of twice as many registers in each row."""
    both = np.stack([a.reshape(len(a), -1), b.reshape(len(b), -1)], -1)
    return both.reshape(len(a), 2 * a.shape[1], -1)


@word
def evens(tile):
    """Numbers 0, 2, 4, ... of each row of a tile with two registers in a row, in one: undoes `interleave`."""
    return tile.reshape(len(tile), 1, -1)[:, :, ::2]


@word
def odds(tile):
    """Numbers 1, 3, 5, ... of each row of a tile with two registers in a row, in one."""
    return tile.reshape(len(tile), 1, -1)[:, :, 1::2]


@word
def reduce_add(tile):
    """The sum of all numbers of the tile."""
    return tile.sum(dtype=tile.dtype)


@word
def reduce_multiply(tile):
    """The product of all numbers of the tile."""
    return tile.prod(dtype=tile.dtype)


@word
def reduce_max(tile):
    """The largest number of the tile; NaN if it holds one."""
    return tile.max()


@word
def reduce_min(tile):
    """The smallest number of the tile; NaN if it holds one."""
    return tile.min()
