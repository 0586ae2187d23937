"""Register tiles and compile-time integers as types of numba, and how a word becomes instructions for them.

Imported only when something must be compiled.  A tile's registers become separate LLVM values, so loops that carry a
tile keep it in registers.
"""

import inspect

import llvmlite.ir as ir
import numpy as np
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_constant
from numba.core.registry import cpu_target
from numba.core.typing import signature
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import (
    NativeValue,
    lower_builtin,
    lower_getattr_generic,
    models,
    register_model,
    type_callable,
    unbox,
)
from numba.np import numpy_support

from .. import config


def _vector_bytes():
    """Width of the vector registers of the CPU that numba compiles for.

    NUMBA_CPU_NAME alone does not take features away: numba adds those of the host unless NUMBA_CPU_FEATURES is set.
    """
    _, name, features = cpu_target.target_context.codegen().magic_tuple()
    if "+avx512f" in features:
        return 64
    if "+avx2" in features or (not features and name in ("haswell", "znver1", "znver2", "znver3", "x86-64-v3")):
        return 32
    return 16


VECTOR_BYTES = _vector_bytes()
HAS_HALF = "+f16c" in cpu_target.target_context.codegen().magic_tuple()[2]
"""Whether the CPU converts from and to float16 by itself."""
CHECKED = config.check_kernels()
"""Whether words that read and write memory make sure that it belongs to the array."""


# --- Types -----------------------------------------------------------------------------------------------------------


class Tile(types.Type):
    """Type of a tile: ``rows x cols`` vector registers, each of ``lanes`` numbers of type ``dtype``."""

    def __init__(self, dtype, rows, cols, lanes):
        self.dtype, self.rows, self.cols, self.lanes = dtype, rows, cols, lanes
        super().__init__(f"Tile({dtype}, {rows}x{cols}x{lanes})")


@register_model(Tile)
class TileModel(models.PrimitiveModel):
    """A tile is an LLVM array of vectors."""

    def __init__(self, manager, tile):
        vector = ir.VectorType(element(tile.dtype), tile.lanes)
        super().__init__(manager, tile, ir.ArrayType(vector, tile.rows * tile.cols))


class Half(types.Type):
    """Type of the numbers of a float16 array: 16 bits, which only `load`, `store` and `column` understand."""

    bitwidth = 16

    def __init__(self):
        super().__init__("half")


HALF = Half()


@register_model(Half)
class HalfModel(models.PrimitiveModel):
    """A half is stored as an integer."""

    def __init__(self, manager, half):
        super().__init__(manager, half, ir.IntType(16))


class StaticType(types.Type):
    """Type of a `Static`: it holds all the values."""

    def __init__(self, items):
        self.items = items
        super().__init__(f"Static({', '.join(f'{name}={value}' for name, value in items)})")


register_model(StaticType)(models.OpaqueModel)


@infer_getattr
class StaticAttributes(AttributeTemplate):
    """An attribute of a `Static` is a literal integer."""

    key = StaticType

    def generic_resolve(self, static, name):
        """The type of attribute `name`."""
        values = dict(static.items)
        return types.literal(values[name]) if name in values else None


@lower_getattr_generic(StaticType)
def _static_attribute(context, builder, static, value, name):
    return context.get_constant(types.intp, dict(static.items)[name])


@unbox(StaticType)
def _static_unbox(typ, obj, c):
    return NativeValue(c.context.get_dummy_value())


@lower_constant(StaticType)
def _static_constant(context, builder, static, value):
    return context.get_dummy_value()


# --- LLVM values -----------------------------------------------------------------------------------------------------


def element(dtype):
    """The LLVM type of one number of numba type `dtype`."""
    special = {"float32": ir.FloatType(), "float64": ir.DoubleType(), "bool": ir.IntType(1)}
    return special.get(dtype.name) or ir.IntType(dtype.bitwidth)


def like(value, number):
    """A constant `number` of the LLVM type of `value`, which is a number or a vector."""
    kind = value.type
    return ir.Constant(kind, [number] * kind.count if isinstance(kind, ir.VectorType) else number)


def reshaped(kind, value_type):
    """LLVM type `kind` of a number, as a vector if `value_type` is one."""
    return ir.VectorType(kind, value_type.count) if isinstance(value_type, ir.VectorType) else kind


def split(builder, value):
    """The registers of a tile."""
    return [builder.extract_value(value, i) for i in range(value.type.count)]


def join(builder, registers):
    """A tile of these registers."""
    value = ir.Constant(ir.ArrayType(registers[0].type, len(registers)), ir.Undefined)
    for i, register in enumerate(registers):
        value = builder.insert_value(value, register, i)
    return value


def splat(builder, number, lanes):
    """A register with `number` in every lane."""
    undefined = ir.Constant(ir.VectorType(number.type, lanes), ir.Undefined)
    first = builder.insert_element(undefined, number, ir.IntType(32)(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes))


def call(builder, name, result, *args):
    """Call the LLVM intrinsic or C function `name`."""
    kind = ir.FunctionType(result, [arg.type for arg in args])
    function = cgutils.get_or_insert_function(builder.module, kind, name)
    return builder.call(function, args)


def suffix(kind):
    """The name of an LLVM type in the names of LLVM's intrinsics, such as v16f32 or f64."""
    if isinstance(kind, ir.VectorType):
        return f"v{kind.count}{suffix(kind.element)}"
    return {ir.FloatType(): "f32", ir.DoubleType(): "f64"}.get(kind) or f"i{kind.width}"


def is_number(kind):
    """Whether numba type `kind` is a number that words accept."""
    return isinstance(kind, (types.Integer, types.Float, types.Boolean))


def convert(builder, value, source, target):
    """`value`, a number or register of numba type `source`, as type `target`, as C would."""
    source, target = types.unliteral(source), types.unliteral(target)
    if source == target:
        return value
    kind = reshaped(element(target), value.type)
    from_float, to_float = isinstance(source, types.Float), isinstance(target, types.Float)
    if target == types.boolean:
        return (
            builder.fcmp_unordered("!=", value, like(value, 0.0))
            if from_float
            else builder.icmp_unsigned("!=", value, like(value, 0))
        )
    signed = source != types.boolean and not from_float and source.signed
    if from_float and to_float:
        return builder.fpext(value, kind) if source.bitwidth < target.bitwidth else builder.fptrunc(value, kind)
    if from_float:
        return builder.fptosi(value, kind) if target.signed else builder.fptoui(value, kind)
    if to_float:
        return builder.sitofp(value, kind) if signed else builder.uitofp(value, kind)
    width = 1 if source == types.boolean else source.bitwidth
    if width > target.bitwidth:
        return builder.trunc(value, kind)
    if width == target.bitwidth:
        return value
    return builder.sext(value, kind) if signed else builder.zext(value, kind)


def widen(builder, bits):
    """Stored halves as float32."""
    half, real, whole = (reshaped(kind, bits.type) for kind in (ir.HalfType(), ir.FloatType(), ir.IntType(32)))
    if HAS_HALF:
        wide = builder.fpext(builder.bitcast(bits, half), real)
        # a fence, since LLVM would otherwise compute floor and the like in half precision, number by number
        return call(builder, f"llvm.arithmetic.fence.{suffix(real)}", real, wide)
    bits = builder.zext(bits, whole)
    size = builder.shl(builder.and_(bits, like(bits, 0x7FFF)), like(bits, 13))
    # the exponent counts from another zero: a product with a power of two moves it, that of subnormal numbers, too
    number = builder.bitcast(size, real)
    number = builder.bitcast(builder.fmul(number, like(number, 2.0**112)), whole)
    special = builder.icmp_unsigned(">=", size, like(size, 0x7C00 << 13))
    number = builder.select(special, builder.or_(size, like(size, 0x7F800000)), number)
    sign = builder.shl(builder.and_(bits, like(bits, 0x8000)), like(bits, 16))
    return builder.bitcast(builder.or_(number, sign), real)


def narrow(builder, value):
    """float32 as stored halves, rounded to the nearest, halfway to the even one."""
    stored = reshaped(ir.IntType(16), value.type)
    if HAS_HALF:
        return builder.bitcast(builder.fptrunc(value, reshaped(ir.HalfType(), value.type)), stored)
    whole, real = reshaped(ir.IntType(32), value.type), value.type
    bits = builder.bitcast(value, whole)
    size = builder.and_(bits, like(bits, 0x7FFFFFFF))
    # normal: move the exponent, add half of what is cut off, one less where the last bit kept is even
    even = builder.and_(builder.lshr(size, like(size, 13)), like(size, 1))
    normal = builder.add(builder.add(size, even), like(size, (((15 - 127) << 23) + 0xFFF) & 0xFFFFFFFF))
    normal = builder.lshr(normal, like(size, 13))
    # below 2**-14: a sum with 0.5 leaves the rounded number in the lowest bits
    small = builder.fadd(builder.bitcast(size, real), like(value, 0.5))
    small = builder.sub(builder.bitcast(small, whole), like(size, 0x3F000000))
    found = builder.select(builder.icmp_unsigned("<", size, like(size, 0x38800000)), small, normal)
    found = builder.select(builder.icmp_unsigned(">=", size, like(size, 0x477FF000)), like(size, 0x7C00), found)
    found = builder.select(builder.icmp_unsigned(">", size, like(size, 0x7F800000)), like(size, 0x7E00), found)
    sign = builder.and_(builder.lshr(bits, like(bits, 16)), like(bits, 0x8000))
    return builder.trunc(builder.or_(found, sign), stored)


# --- Types of results ------------------------------------------------------------------------------------------------


def common_dtype(args):
    """The dtype in which tiles and numbers meet, as in NumPy: a plain number does not widen a tile of its kind.

    Numbers alone: the widest float type, integers adapt to it; of integers those that are not literals decide.
    """
    tiles = [arg for arg in args if isinstance(arg, Tile)]
    numbers = [arg for arg in args if not isinstance(arg, Tile)]
    floats = [number for number in numbers if isinstance(number, types.Float)]
    if not tiles:
        integers = [n for n in numbers if isinstance(n, types.Integer) and not isinstance(n, types.Literal)]
        integers = integers or [types.unliteral(n) for n in numbers if isinstance(n, types.Integer)]
        found = floats or integers or [types.boolean]
        return max(found, key=lambda kind: (getattr(kind, "bitwidth", 1), getattr(kind, "signed", True)))
    dtype = numpy_support.from_dtype(np.result_type(*(numpy_support.as_dtype(tile.dtype) for tile in tiles)))
    if dtype == types.boolean and len(floats) + sum(isinstance(n, types.Integer) for n in numbers):
        # a condition met plain numbers, as in where(x > 0, 1.0, 0.0): numbers as wide as those that were compared
        bits = VECTOR_BYTES * 8 // max(tile.lanes for tile in tiles)
        if floats:
            return types.float32 if bits == 32 else types.float64
        return getattr(types, f"int{min(bits, 64)}")
    if floats and not isinstance(dtype, types.Float):
        return types.float64
    return dtype


# --- How words are lowered -------------------------------------------------------------------------------------------


def lowers(function, *operands):
    """Make numba compile calls of `function`.

    The decorated function takes the argument types and returns the result type and ``emit(builder, *arguments)``, or
    None where the types do not fit.  `operands` narrows overloads of operators.
    """
    parameters = inspect.signature(function)

    def decorate(rule):
        @type_callable(function)
        def _(context):
            def typer(*args, **kwargs):
                args = parameters.bind(*args, **kwargs).args
                found = rule(*args)
                return found and signature(found[0], *args)

            typer.__signature__ = parameters
            return typer

        @lower_builtin(function, *(operands or (types.VarArg(types.Any),)))
        def _(context, builder, sig, args):
            builder.context = context
            emit = rule(*sig.args)[1]
            return emit(builder, *args)

        return rule

    return decorate


INSTRUCTIONS = {}
"""By name of a word: `apply(builder, dtypes, values)` -> (dtype, value), on numbers or registers of one width."""


def elementwise(function, emit, result=None, floats=False, condition=False, operands=((),)):
    """Lower `function` to ``emit(builder, dtype, *values)`` for numbers, and for each register of tiles.

    Operands broadcast as in NumPy and meet in their common dtype.

    Parameters
    ----------
    function : callable
        A word, or a function of module `operator`.
    emit : callable
        Emits the instructions; the values are all numbers or all vectors of the same length, of numba type `dtype`.
    result : callable, optional
        From the operands' common dtype to that of the result; the same by default.
    floats : bool
        Whole numbers become float64 first.
    condition : bool
        The first operand is a condition, and takes no part in the common dtype.
    operands : sequence
        For operators, the types for which this is an overload.
    """

    def meet(kinds):
        dtype = common_dtype(kinds[1:] if condition and len(kinds) > 1 else kinds)
        if condition and not any(isinstance(kind, Tile) for kind in kinds[1:]) and isinstance(kinds[0], Tile):
            dtype = common_dtype(kinds)
        if floats and not isinstance(dtype, types.Float):
            dtype = types.float64
        return dtype

    def apply(builder, dtypes, values):
        """Emit for values that are all numbers or all registers of the same length."""
        dtype = meet(dtypes)
        targets = [types.boolean if condition and i == 0 else dtype for i in range(len(values))]
        values = [convert(builder, *each) for each in zip(values, dtypes, targets, strict=True)]
        return (result(dtype) if result else dtype), emit(builder, dtype, *values)

    if getattr(function, "__name__", None) and operands == ((),):
        INSTRUCTIONS[function.__name__] = apply

    def rule(*args):
        args = tuple(types.unliteral(arg) if isinstance(arg, types.BooleanLiteral) else arg for arg in args)
        tiles = [arg for arg in args if isinstance(arg, Tile)]
        if not args or not all(isinstance(arg, Tile) or is_number(arg) for arg in args):
            return None
        dtype = meet(args)
        out = result(dtype) if result else dtype
        if not tiles:

            def emit_numbers(builder, *values):
                targets = [types.boolean if condition and i == 0 else dtype for i in range(len(values))]
                values = [convert(builder, *each) for each in zip(values, args, targets, strict=True)]
                return emit(builder, dtype, *values)

            return (out, emit_numbers) if operands == ((),) else None
        rows, cols, lanes = (max(getattr(tile, axis) for tile in tiles) for axis in ("rows", "cols", "lanes"))
        for tile in tiles:
            sizes = ((tile.rows, rows), (tile.cols, cols), (tile.lanes, lanes))
            if any(size not in (1, full) for size, full in sizes):
                return None

        def emit_tiles(builder, *values):
            def register(position, row, col):
                arg, value = args[position], values[position]
                target = types.boolean if condition and position == 0 else dtype
                if not isinstance(arg, Tile):
                    return splat(builder, convert(builder, value, arg, target), lanes)
                index = (row if arg.rows > 1 else 0) * arg.cols + (col if arg.cols > 1 else 0)
                value = builder.extract_value(value, index)
                if arg.lanes < lanes:
                    value = splat(builder, builder.extract_element(value, ir.IntType(32)(0)), lanes)
                return convert(builder, value, arg.dtype, target)

            return join(
                builder,
                [
                    emit(builder, dtype, *(register(position, row, col) for position in range(len(args))))
                    for row in range(rows)
                    for col in range(cols)
                ],
            )

        return Tile(out, rows, cols, lanes), emit_tiles

    for types_of_operands in operands:
        lowers(function, *types_of_operands)(rule)
    return rule
