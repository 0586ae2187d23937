"""The machine instructions of words and operators that compute, on the CPU; `memory.py` has those that move tiles.

Imported only when something must be compiled.
"""

import operator

import llvmlite.ir as ir
from numba import types
from numba.core.registry import cpu_target

from . import elementary, words
from .tiles import (
    HALF,
    INSTRUCTIONS,
    Tile,
    call,
    convert,
    element,
    elementwise,
    is_number,
    join,
    like,
    lowers,
    reshaped,
    split,
    suffix,
)

FUSE = {"flags": ("contract",)}  # a product may fuse into the sum that uses it


def _boolean(dtype):
    return types.boolean


def _is_float(dtype):
    return isinstance(dtype, types.Float)


def _signed(dtype):
    return dtype != types.boolean and dtype.signed


# --- Tracing: functions written in words become instructions ---------------------------------------------------------


class Register:
    """A number or vector register while instructions are emitted: operators and words on it emit more of them.

    It is how the functions of `elementary.py` are compiled: they run once, on Registers.
    """

    __slots__ = ("builder", "dtype", "value")

    def __init__(self, builder, dtype, value):
        self.builder, self.dtype, self.value = builder, dtype, value

    def _word_(self, name, *args):
        apply = INSTRUCTIONS[name]
        known = [arg for arg in args if isinstance(arg, Register)]
        vector = known[0].value.type
        numbers = [arg.dtype for arg in known if arg.dtype != types.boolean] or [types.boolean]
        dtypes, values = [], []
        for arg in args:
            if not isinstance(arg, Register):
                kind = reshaped(element(numbers[0]), vector)
                constant = ir.Constant(kind, [arg] * kind.count if isinstance(kind, ir.VectorType) else arg)
                arg = Register(self.builder, numbers[0], constant)
            dtypes.append(arg.dtype)
            values.append(arg.value)
        return Register(self.builder, *apply(self.builder, dtypes, values))

    def __add__(self, other):
        return self._word_("add", self, other)

    def __radd__(self, other):
        return self._word_("add", other, self)

    def __sub__(self, other):
        return self._word_("sub", self, other)

    def __rsub__(self, other):
        return self._word_("sub", other, self)

    def __mul__(self, other):
        return self._word_("mul", self, other)

    def __rmul__(self, other):
        return self._word_("mul", other, self)

    def __truediv__(self, other):
        return self._word_("truediv", self, other)

    def __rtruediv__(self, other):
        return self._word_("truediv", other, self)

    def __neg__(self):
        return self._word_("neg", self)

    def __lt__(self, other):
        return self._word_("lt", self, other)

    def __le__(self, other):
        return self._word_("le", self, other)

    def __gt__(self, other):
        return self._word_("gt", self, other)

    def __ge__(self, other):
        return self._word_("ge", self, other)

    def __eq__(self, other):
        return self._word_("eq", self, other)

    def __ne__(self, other):
        return self._word_("ne", self, other)

    def __and__(self, other):
        return self._word_("and_", self, other)

    def __or__(self, other):
        return self._word_("or_", self, other)

    __hash__ = None


def _traced(function):
    """Emit for `function`, which is written in words."""

    def emit(builder, dtype, *values):
        return function(*(Register(builder, dtype, value) for value in values)).value

    return emit


# --- Operators -------------------------------------------------------------------------------------------------------

_BINARY = ((Tile, Tile), (Tile, types.Number), (types.Number, Tile), (Tile, types.Boolean), (types.Boolean, Tile))


def _operator(symbol, emit, operands=_BINARY, **options):
    """Lower an operator where a tile takes part; numba has it for numbers.  Registers have it by its name."""
    elementwise(symbol, emit, operands=operands, **options)
    name = symbol.__name__
    result, floats = options.get("result"), options.get("floats", False)

    def apply(builder, dtypes, values):
        dtype = next((kind for kind in dtypes if kind != types.boolean), types.boolean)
        if floats and not _is_float(dtype):
            dtype = types.float64
        values = [convert(builder, value, kind, dtype) for value, kind in zip(values, dtypes, strict=True)]
        return (result(dtype) if result else dtype), emit(builder, dtype, *values)

    INSTRUCTIONS[name] = apply


def add(b, dtype, x, y):
    if dtype == types.boolean:
        return b.or_(x, y)
    return b.fadd(x, y, **FUSE) if _is_float(dtype) else b.add(x, y)


def _sub(b, dtype, x, y):
    return b.fsub(x, y, **FUSE) if _is_float(dtype) else b.sub(x, y)


def multiply(b, dtype, x, y):
    return b.fmul(x, y, **FUSE) if _is_float(dtype) else b.mul(x, y)


def _neg(b, dtype, x):
    return b.fneg(x) if _is_float(dtype) else b.neg(x)


def _compare(sign):
    def emit(b, dtype, x, y):
        if _is_float(dtype):
            return b.fcmp_unordered(sign, x, y) if sign == "!=" else b.fcmp_ordered(sign, x, y)
        return (b.icmp_signed if _signed(dtype) else b.icmp_unsigned)(sign, x, y)

    return emit


def _divide_integers(b, dtype, x, y):
    """Quotient towards zero and remainder, (0, 0) where y is 0; the processor would trap there and at -2**31 / -1."""
    zero = b.icmp_unsigned("==", y, like(y, 0))
    if not _signed(dtype):
        safe = b.select(zero, like(y, 1), y)
        quotient, remainder = b.udiv(x, safe), b.urem(x, safe)
    else:
        minus = b.icmp_signed("==", y, like(y, -1))
        safe = b.select(b.or_(zero, minus), like(y, 1), y)
        quotient, remainder = b.select(minus, b.neg(x), b.sdiv(x, safe)), b.srem(x, safe)
    return b.select(zero, like(x, 0), quotient), b.select(zero, like(x, 0), remainder)


def _floordiv(b, dtype, x, y):
    if _is_float(dtype):
        return _intrinsic("floor")(b, dtype, b.fdiv(x, y))
    quotient, remainder = _divide_integers(b, dtype, x, y)
    if not _signed(dtype):
        return quotient
    nonzero, opposite = b.icmp_signed("!=", remainder, like(x, 0)), b.icmp_signed("<", b.xor(x, y), like(x, 0))
    return b.select(b.and_(nonzero, opposite), b.sub(quotient, like(x, 1)), quotient)


def _fmod(b, dtype, x, y):
    if not _is_float(dtype):
        return _divide_integers(b, dtype, x, y)[1]
    exact = _libm("fmod")
    if not isinstance(x.type, ir.VectorType) or (dtype == types.float64 and not FUSES):
        return exact(b, dtype, x, y)
    usual, is_usual = _traced(elementary.fmod), _traced(elementary.has_moderate_quotient)
    all_usual = call(b, f"llvm.vector.reduce.and.v{x.type.count}i1", ir.IntType(1), is_usual(b, dtype, x, y))
    return _either(b, all_usual, True, lambda: usual(b, dtype, x, y), lambda: _apart("fmod", exact)(b, dtype, x, y))


def _remainder(b, dtype, x, y):
    """Remainder with the sign of y."""
    remainder = _fmod(b, dtype, x, y)
    if not _is_float(dtype) and not _signed(dtype):
        return remainder
    if _is_float(dtype):
        zero = like(x, 0.0)
        wrong = b.xor(b.fcmp_ordered("<", remainder, zero), b.fcmp_ordered("<", y, zero))
        wrong = b.and_(wrong, b.fcmp_ordered("!=", remainder, zero))
        return b.select(wrong, b.fadd(remainder, y), remainder)
    wrong = b.and_(b.icmp_signed("<", b.xor(remainder, y), like(x, 0)), b.icmp_signed("!=", remainder, like(x, 0)))
    return b.select(wrong, b.add(remainder, y), remainder)


def _mod(b, dtype, x, y):
    remainder = _remainder(b, dtype, x, y)
    if not _is_float(dtype):
        return remainder
    return b.select(b.fcmp_ordered("==", y, like(y, 0.0)), like(x, 0.0), remainder)


def _power(b, dtype, x, y):
    if dtype == types.float32 or (_is_float(dtype) and FUSES):
        return _of_registers(_powers, _by_dtype(_traced(elementary.power), _libm("pow")))(b, dtype, x, y)
    if _is_float(dtype):
        return _libm("pow")(b, dtype, x, y)
    wide = [convert(b, value, dtype, types.float64) for value in (x, y)]
    return convert(b, _traced(elementary.power_of_whole)(b, types.float64, *wide), types.float64, dtype)


_operator(operator.add, add)
_operator(operator.sub, _sub)
_operator(operator.mul, multiply)
_operator(operator.truediv, lambda b, dtype, x, y: b.fdiv(x, y), floats=True)
_operator(operator.floordiv, _floordiv)
_operator(operator.mod, _remainder)
_operator(operator.pow, _power)
_operator(operator.neg, _neg, operands=((Tile,),))
_operator(operator.and_, lambda b, dtype, x, y: b.and_(x, y))
_operator(operator.or_, lambda b, dtype, x, y: b.or_(x, y))
_operator(operator.xor, lambda b, dtype, x, y: b.xor(x, y))
_operator(operator.invert, lambda b, dtype, x: b.not_(x), operands=((Tile,),))
_operator(operator.lshift, lambda b, dtype, x, y: b.shl(x, y))
_operator(operator.rshift, lambda b, dtype, x, y: (b.ashr if _signed(dtype) else b.lshr)(x, y))
for _symbol, _sign in (
    (operator.lt, "<"),
    (operator.gt, ">"),
    (operator.le, "<="),
    (operator.ge, ">="),
    (operator.eq, "=="),
    (operator.ne, "!="),
):
    _operator(_symbol, _compare(_sign), result=_boolean)


# --- Arithmetic words ------------------------------------------------------------------------------------------------


def _fma(b, dtype, x, y, z):
    if _is_float(dtype):
        return call(b, f"llvm.fmuladd.{suffix(x.type)}", x.type, x, y, z)
    return b.add(b.mul(x, y), z)


def _settle(b, dtype, x):
    return call(b, f"llvm.arithmetic.fence.{suffix(x.type)}", x.type, x) if _is_float(dtype) else x


def extreme(sign):
    def emit(b, dtype, x, y):
        if _is_float(dtype) and isinstance(y, ir.Constant):  # which is a number
            return b.select(b.fcmp_unordered(sign, x, y), x, y)
        if _is_float(dtype):
            return b.select(b.or_(b.fcmp_ordered(sign, x, y), b.fcmp_unordered("uno", x, x)), x, y)
        return b.select((b.icmp_signed if _signed(dtype) else b.icmp_unsigned)(sign, x, y), x, y)

    return emit


def _absolute(b, dtype, x):
    if _is_float(dtype):
        return call(b, f"llvm.fabs.{suffix(x.type)}", x.type, x)
    return b.select(b.icmp_signed("<", x, like(x, 0)), b.neg(x), x) if _signed(dtype) else x


def _sign_of(b, dtype, x):
    positive = _compare(">")(b, dtype, x, like(x, 0))
    negative = _compare("<")(b, dtype, x, like(x, 0))
    zero = like(x, 0)
    if dtype == types.boolean or not (_is_float(dtype) or _signed(dtype)):
        return b.select(positive, like(x, 1), zero)
    return b.select(positive, like(x, 1), b.select(negative, like(x, -1), zero))


def _flip(b, dtype, x, n):
    # a sum with 1.5 * 2**mantissa has the whole number in its lowest bits; the lowest becomes the sign
    bits, mantissa = (32, 23) if dtype == types.float32 else (64, 52)
    whole = reshaped(ir.IntType(bits), x.type)
    number = b.bitcast(b.fadd(n, like(n, 1.5 * 2.0**mantissa)), whole)
    return b.bitcast(b.xor(b.bitcast(x, whole), b.shl(number, like(number, bits - 1))), x.type)


def _isnan(b, dtype, x):
    return b.fcmp_unordered("uno", x, x)


def _isinf(b, dtype, x):
    return b.fcmp_ordered("==", _absolute(b, dtype, x), like(x, float("inf")))


elementwise(words.fma, _fma)
elementwise(words.settle, _settle)
elementwise(words.maximum, extreme(">"))
elementwise(words.minimum, extreme("<"))
elementwise(words.where, lambda b, dtype, condition, x, y: b.select(condition, x, y), condition=True)
elementwise(words.absolute, _absolute)
elementwise(words.flip, _flip, floats=True)
elementwise(words.double, lambda b, dtype, x: convert(b, x, dtype, types.float64), result=lambda _: types.float64)
elementwise(words.single, lambda b, dtype, x: convert(b, x, dtype, types.float32), result=lambda _: types.float32)
elementwise(words.sign, _sign_of)
elementwise(words.isnan, _isnan, result=_boolean, floats=True)
elementwise(words.isinf, _isinf, result=_boolean, floats=True)
elementwise(words.mod, _mod)
elementwise(words.fmod, _fmod)
elementwise(words.power, _power)


@lowers(words.cast)
def _cast(x, other):
    target = other.dtype if isinstance(other, (Tile, types.Array)) else types.unliteral(other)
    target = types.float32 if target == HALF else target
    if is_number(x) and is_number(target):
        return target, lambda builder, value, _: convert(builder, value, x, target)
    if not (isinstance(x, Tile) and is_number(target)):
        return None
    return Tile(target, x.rows, x.cols, x.lanes), lambda builder, value, _: join(
        builder, [convert(builder, register, x.dtype, target) for register in split(builder, value)]
    )


@lowers(words.index)
def _index(i):
    if not isinstance(i, types.Integer):
        return None

    def emit(builder, value):
        value = convert(builder, value, i, types.int64)
        call(builder, "llvm.assume", ir.VoidType(), builder.icmp_signed(">=", value, like(value, 0)))
        return value

    return types.int64, emit


# --- Functions of one or two floats ----------------------------------------------------------------------------------


def _intrinsic(name):
    """Emit LLVM's intrinsic, which vector instructions or the C library's functions carry out."""
    return lambda b, dtype, *values: call(b, f"llvm.{name}.{suffix(values[0].type)}", values[0].type, *values)


def _libm(name):
    """Emit calls of the C library's function, lane by lane."""

    def emit(b, dtype, *values):
        symbol, kind = (name + "f" if dtype == types.float32 else name), element(dtype)
        if not isinstance(values[0].type, ir.VectorType):
            return call(b, symbol, kind, *values)
        out = ir.Constant(values[0].type, ir.Undefined)
        for lane in range(values[0].type.count):
            lane = ir.IntType(32)(lane)
            number = call(b, symbol, kind, *(b.extract_element(value, lane) for value in values))
            out = b.insert_element(out, number, lane)
        return out

    return emit


def _apart(name, emit):
    """Emit a call of a function that does what `emit` says: for what is long or rare."""

    def emit_call(b, dtype, *values):
        kind = values[0].type
        symbol = f"mxnb.{name}.{suffix(kind)}"
        function = b.module.globals.get(symbol)
        if function is None:
            function = ir.Function(b.module, ir.FunctionType(kind, [kind] * len(values)), symbol)
            function.linkage = "linkonce_odr"
            function.attributes.add("noinline")
            inner = ir.IRBuilder(function.append_basic_block())
            inner.ret(emit(inner, dtype, *function.args))
        return b.call(function, values)

    return emit_call


def _of_registers(register, number):
    """Emit `register` for registers, `number` for numbers."""

    def emit(b, dtype, *values):
        return (register if isinstance(values[0].type, ir.VectorType) else number)(b, dtype, *values)

    return emit


def _either(b, condition, likely, yes, no):
    """The value that ``yes()`` or ``no()`` emits, by a condition at run time."""
    found = []
    with b.if_else(condition, likely=likely) as branches:
        for branch, make in zip(branches, (yes, no), strict=True):
            with branch:
                found.append((make(), b.block))
    value = b.phi(found[0][0].type)
    for each in found:
        value.add_incoming(*each)
    return value


def _unless_large(name, limit, usual, rare):
    """Emit `usual`; for a register where the size of a number is above `limit` a call that does `rare` for that one."""

    def large(b, dtype, x):
        return b.fcmp_ordered(">", _absolute(b, dtype, x), like(x, limit))

    both = _apart(name, lambda b, dtype, x: b.select(large(b, dtype, x), rare(b, dtype, x), usual(b, dtype, x)))

    def emit(b, dtype, x):
        any_large = large(b, dtype, x)
        if isinstance(x.type, ir.VectorType):
            any_large = call(b, f"llvm.vector.reduce.or.{suffix(any_large.type)}", ir.IntType(1), any_large)
        return _either(b, any_large, False, lambda: both(b, dtype, x), lambda: usual(b, dtype, x))

    return emit


def _powers(b, dtype, x, y):
    """A register to powers: products where all of them are small, else a call, in which other simple ones are short."""
    few = _traced(elementary.small_power)
    simple = {exponent: _traced(function) for exponent, function in elementary.SIMPLE_POWERS.items()}

    def every(b, found):
        return call(b, f"llvm.vector.reduce.and.{suffix(found.type)}", ir.IntType(1), found)

    def small(b, y):
        return elementary.is_small_power(Register(b, dtype, y)).value

    def equal(b, y, exponent):
        return b.fcmp_ordered("==", y, like(y, exponent))

    def mixed(b, x, y):
        value = _traced(elementary.power if dtype == types.float32 else elementary.power_double)(b, dtype, x, y)
        for exponent, function in simple.items():
            value = b.select(equal(b, y, exponent), function(b, dtype, x), value)
        return b.select(small(b, y), few(b, dtype, x, y), value)

    def others(b, dtype, x, y):
        def first_of(left):
            if not left:
                return mixed(b, x, y)
            (exponent, function), *rest = left
            alike = every(b, equal(b, y, exponent))
            return _either(b, alike, False, lambda: function(b, dtype, x), lambda: first_of(rest))

        return first_of(list(simple.items()))

    call_others = _apart("power", others)
    return _either(b, every(b, small(b, y)), False, lambda: few(b, dtype, x, y), lambda: call_others(b, dtype, x, y))


def _by_dtype(single, double):
    """`single` for float32, `double` for float64."""
    return lambda b, dtype, *values: (single if dtype == types.float32 else double)(b, dtype, *values)


def _power_of_two(b, dtype, n):
    # adding 1.5 * 2**mantissa leaves n + bias in the lowest bits; the shift drops the rest
    bits, mantissa, bias = (32, 23, 127) if dtype == types.float32 else (64, 52, 1023)
    number = b.fadd(n, like(n, 1.5 * 2.0**mantissa + bias))
    number = b.bitcast(number, reshaped(ir.IntType(bits), n.type))
    return b.bitcast(b.shl(number, like(number, mantissa)), n.type)


def _exponent(b, dtype, x):
    bits, mantissa, bias = (32, 23, 127) if dtype == types.float32 else (64, 52, 1023)
    number = b.bitcast(x, reshaped(ir.IntType(bits), x.type))
    number = b.and_(b.lshr(number, like(number, mantissa)), like(number, 2 * bias + 1))
    return b.sitofp(b.sub(number, like(number, bias)), x.type)


def _significand(b, dtype, x):
    bits, mantissa, bias = (32, 23, 127) if dtype == types.float32 else (64, 52, 1023)
    number = b.bitcast(x, reshaped(ir.IntType(bits), x.type))
    number = b.and_(number, like(number, (1 << mantissa) - 1))
    return b.bitcast(b.or_(number, like(number, bias << mantissa)), x.type)


def _function(function, emit):
    elementwise(function, emit, floats=True)


_function(words.copysign, _intrinsic("copysign"))
_function(words.power_of_two, _power_of_two)
_function(words.exponent, _exponent)
_function(words.significand, _significand)
for _name in ("floor", "ceil", "trunc", "round", "sqrt"):
    _function(getattr(words, _name), _intrinsic(_name))
_function(words.fix, _intrinsic("trunc"))
_function(words.round_even, _intrinsic("rint"))
for _name in ("rint", "rsqrt"):
    _function(getattr(words, _name), _traced(getattr(elementary, _name)))
_triple, _, _features = cpu_target.target_context.codegen().magic_tuple()
FUSES = "+fma" in _features.split(",") or not _triple.startswith("x86")
"""Whether the CPU rounds a product and a sum but once; without that double precision stays with the C library."""


def _either_precision(single, double, without):
    """By dtype; `without` for float64 where the CPU does not fuse."""
    return _by_dtype(single, double if FUSES else without)


for _name, _symbol in {
    **{name: name for name in ("exp", "expm1", "log", "log1p", "log2", "log10", "tanh", "sinh", "cosh", "cbrt")},
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "hypot": "hypot",
}.items():
    _emit = _traced(getattr(elementary, _name))
    _function(getattr(words, _name), _either_precision(_emit, _emit, _libm(_symbol)))
for _name in ("sin", "cos", "tan"):
    _emit = _traced(getattr(elementary, _name))
    # a product with pi must reach the sum unrounded; where a processor rounds it, every angle is too large
    _both = [_unless_large(_name, limit if FUSES else -1.0, _emit, _libm(_name)) for limit in elementary.LARGE_ANGLE]
    _function(getattr(words, _name), _either_precision(*_both, _libm(_name)))
for _name, _without in {
    "erf": _libm("erf"),
    "erfc": _libm("erfc"),
    "erfinv": _traced(elementary.erfinv_composed),
    "normcdf": _traced(elementary.normcdf_composed),
    "normpdf": _traced(elementary.normpdf_composed),
    "rcbrt": _traced(elementary.rcbrt_composed),
}.items():
    _emit = _traced(getattr(elementary, _name))
    _function(getattr(words, _name), _either_precision(_emit, _of_registers(_apart(_name, _emit), _emit), _without))
_function(words.arctan2, _libm("atan2"))
for _name, _symbol in (("gamma", "tgamma"), ("gammaln", "lgamma")):
    _single = _of_registers(_apart(_name, _traced(getattr(elementary, _name))), _libm(_symbol))
    _function(getattr(words, _name), _by_dtype(_single, _libm(_symbol)))
