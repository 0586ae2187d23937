"""The entry point of a compiled kernel: a builtin function of CPython, generated in LLVM's language.

It checks the arguments' types, takes pointers and sizes out of the arrays, releases the interpreter's lock and calls
the kernel.  Imported only when something must be compiled.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
import llvmlite.ir as ir
import numpy as np
from numba import types
from numba.core import cgutils
from numba.np import arrayobj

from .loader import FOREIGN, LAYOUT, PREFIX

I8, I32, I64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
POINTER = I8.as_pointer()
DOUBLE = ir.DoubleType()
ALIGNED_AND_CONTIGUOUS = 0x100 | 0x1
BRIEF = 2048  # numbers; for less the interpreter's lock is kept, since giving it up and taking it costs 30 ns


class NotStorable(Exception):
    """A kernel that cannot be an object file; the message says why."""


def _field(builder: ir.IRBuilder, base: Any, offset: int, kind: Any) -> Any:
    """A member of the C structure at `base`."""
    place = builder.gep(base, [I64(offset)], source_etype=I8)
    return builder.load(builder.bitcast(place, kind.as_pointer()))


def _declare(module: ir.Module, name: str, result: Any, *args: Any) -> Any:
    """A function of the interpreter."""
    return module.globals.get(PREFIX + name) or ir.Function(module, ir.FunctionType(result, args), PREFIX + name)


def _object(module: ir.Module, name: str) -> Any:
    """A Python object that the loader provides."""
    return module.globals.get(PREFIX + name) or ir.GlobalVariable(module, I8, PREFIX + name)


def _array_check(module: ir.Module) -> ir.Function:
    """``i1 check(object, type_num, nd)``: a NumPy array, contiguous, of this native dtype; nd below 0 is any."""
    function = ir.Function(module, ir.FunctionType(ir.IntType(1), [POINTER, I32, I32]), PREFIX + "check")
    function.linkage = "internal"
    function.attributes.add("noinline")
    obj, number, nd = function.args
    b = ir.IRBuilder(function.append_basic_block())
    kind = _field(b, obj, LAYOUT["type"], POINTER)
    with b.if_then(b.icmp_unsigned("!=", kind, _object(module, "ndarray")), likely=False):
        b.ret(ir.IntType(1)(0))
    descr, want = _field(b, obj, LAYOUT["descr"], POINTER), I32(ALIGNED_AND_CONTIGUOUS)
    fits = b.icmp_signed("==", b.and_(_field(b, obj, LAYOUT["flags"], I32), want), want)
    fits = b.and_(fits, b.icmp_signed("==", _field(b, descr, LAYOUT["type_num"], I32), number))
    fits = b.and_(fits, b.icmp_signed("!=", _field(b, descr, LAYOUT["byteorder"], I8), I8(FOREIGN)))
    any_nd = b.icmp_signed("<", nd, I32(0))
    b.ret(b.and_(fits, b.or_(any_nd, b.icmp_signed("==", _field(b, obj, LAYOUT["nd"], I32), nd))))
    return function


def _array_size(module: ir.Module) -> ir.Function:
    """``i64 size(object)``: how many numbers an array holds."""
    function = ir.Function(module, ir.FunctionType(I64, [POINTER]), PREFIX + "size")
    function.linkage = "internal"
    (obj,) = function.args
    b = ir.IRBuilder(function.append_basic_block())
    count = b.sext(_field(b, obj, LAYOUT["nd"], I32), I64)
    dims = _field(b, obj, LAYOUT["dims"], POINTER)
    size = cgutils.alloca_once_value(b, I64(1))
    with cgutils.for_range(b, count) as loop:
        place = b.gep(b.bitcast(dims, I64.as_pointer()), [loop.index], source_etype=I64)
        b.store(b.mul(b.load(size), b.load(place)), size)
    b.ret(b.load(size))
    return function


class EntryPoint:
    """Builds the module with the entry point of one kernel.

    Parameters
    ----------
    context : numba's target context for the CPU.
    symbol : name of the entry point.
    label : what error messages call the kernel.
    """

    def __init__(self, context: Any, symbol: str, label: str) -> None:
        self.context, self.label = context, label
        self.module = ir.Module(symbol + ".entry")
        self.module.triple = llvm.get_process_triple()
        self.module.data_layout = str(context.codegen().target_data)
        kind = ir.FunctionType(POINTER, [POINTER, POINTER.as_pointer(), I64])
        self.function = ir.Function(self.module, kind, symbol)
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.numbers: Any = I64(0)  # how many all arrays hold together
        self.check, self.size = _array_check(self.module), _array_size(self.module)

    def _require(self, condition: Any, message: str, error: str = "TypeError") -> None:
        """Raise `error` unless `condition` holds."""
        b = self.builder
        with b.if_then(b.not_(condition), likely=False):
            text = cgutils.make_bytearray(f"{self.label}: {message}".encode() + b"\0")
            text = cgutils.global_constant(self.module, "message", text)
            raise_error = _declare(self.module, "PyErr_SetString", ir.VoidType(), POINTER, POINTER)
            b.call(raise_error, [_object(self.module, error), b.bitcast(text, POINTER)])
            b.ret(ir.Constant(POINTER, None))

    def _number(self, obj: Any, converter: str, kind: Any, minus_one: Any) -> Any:
        """A Python number as a machine number; where the conversion fails its error is passed on."""
        b = self.builder
        value = b.call(_declare(self.module, converter, kind, POINTER), [obj])
        compare = b.fcmp_ordered if kind == DOUBLE else b.icmp_signed
        with b.if_then(compare("==", value, minus_one), likely=False):
            error = b.call(_declare(self.module, "PyErr_Occurred", POINTER), [])
            with b.if_then(b.icmp_unsigned("!=", error, ir.Constant(POINTER, None))):
                b.ret(ir.Constant(POINTER, None))
        return value

    def _array(self, obj: Any, position: int, kind: types.Array, char: str, ndim: int) -> Any:
        """An array argument as numba holds arrays."""
        b, dtype = self.builder, np.dtype(char)
        shape = "" if ndim < 0 else f"{ndim}-dimensional "
        message = f"argument {position} must be a contiguous {shape}NumPy array of {dtype.name}"
        self._require(b.call(self.check, [obj, I32(dtype.num), I32(ndim)]), message)
        if ndim < 0:
            sizes, strides = [b.call(self.size, [obj])], [I64(dtype.itemsize)]
        else:
            dims, steps = (_field(b, obj, LAYOUT[name], POINTER) for name in ("dims", "strides"))
            sizes = [_field(b, dims, 8 * axis, I64) for axis in range(ndim)]
            strides = [_field(b, steps, 8 * axis, I64) for axis in range(ndim)]
        count = sizes[0] if sizes else I64(1)
        for size in sizes[1:]:
            count = b.mul(count, size)
        self.numbers = b.add(self.numbers, count)
        array = arrayobj.make_array(kind)(self.context, b)
        element = self.context.get_data_type(kind.dtype).as_pointer()
        arrayobj.populate_array(
            array,
            data=b.bitcast(_field(b, obj, LAYOUT["data"], POINTER), element),
            shape=sizes,
            strides=strides,
            itemsize=I64(dtype.itemsize),
            meminfo=None,
        )
        return array._getvalue()

    def arguments(self, spec: tuple[Any, ...], kinds: tuple[Any, ...]) -> list[Any]:
        """Read and check the arguments described by `spec`, which have the numba types `kinds`.

        The last ones may be bound: `self` is a tuple of them.
        """
        b = self.builder
        bound, given, count = self.function.args
        bound_count = _field(b, bound, LAYOUT["tuple_size"], I64)
        self._require(b.icmp_signed("==", b.add(count, bound_count), I64(len(spec))), f"takes {len(spec)} arguments")
        items = b.bitcast(b.gep(bound, [I64(LAYOUT["tuple_items"])], source_etype=I8), POINTER.as_pointer())
        items = b.gep(items, [b.neg(count)], source_etype=POINTER)
        values = []
        for position, ((what, *rest), kind) in enumerate(zip(spec, kinds, strict=True)):
            source = b.select(b.icmp_signed("<", I64(position), count), given, items)
            obj = b.load(b.gep(source, [I64(position)], source_etype=POINTER))
            if what == "array":
                values.append(self._array(obj, position, kind, *rest))
            elif what == "float":
                value = self._number(obj, "PyFloat_AsDouble", DOUBLE, ir.Constant(DOUBLE, -1.0))
                values.append(b.fptrunc(value, ir.FloatType()) if kind == types.float32 else value)
            elif what == "int":
                values.append(self._number(obj, "PyLong_AsLongLong", I64, I64(-1)))
            else:  # Static values are part of the code
                values.append(self.context.get_dummy_value())
        return values

    def _in_parts(self, kernel: Any, result: Any, kinds: Any, values: list[Any], shared: Any) -> Any:
        """Call a kernel of parts, by the team if it is `shared` (see team.py); whether it failed."""
        b = self.builder
        context = cgutils.alloca_once(b, ir.LiteralStructType([value.type for value in values[:-2]]))
        for i, value in enumerate(values[:-2]):
            b.store(value, b.gep(context, [I32(0), I32(i)]))

        body = ir.Function(self.module, ir.FunctionType(I32, [context.type, I64, I64]), PREFIX + "body")
        body.linkage = "internal"
        inner = ir.IRBuilder(body.append_basic_block())
        fixed = [inner.load(inner.gep(body.args[0], [I32(0), I32(i)])) for i in range(len(values) - 2)]
        convention = self.context.call_conv
        status, _ = convention.call_function(inner, kernel, result, kinds, [*fixed, *body.args[1:]])
        inner.ret(inner.zext(status.is_error, I32))

        failed = cgutils.alloca_once(b, I64)
        with b.if_else(shared) as (by_team, alone):
            with by_team:
                lead = ir.FunctionType(I64, [POINTER, body.type, context.type]).as_pointer()
                request = b.inttoptr(values[-2], POINTER)
                b.store(b.call(_field(b, request, 0, lead), [request, body, context]), failed)
            with alone:
                b.store(b.zext(b.call(body, [context, *values[-2:]]), I64), failed)
        return b.icmp_signed("!=", b.load(failed), I64(0))

    def call(self, symbol: str, result: Any, kinds: Any, values: list[Any], split: bool) -> None:
        """Call the kernel, without the interpreter's lock unless that is soon done, and return what it returns.

        The last two values of one that is `split` are first and last.  Where last is below 0, first is the address of
        a request to the team of threads.
        """
        b, convention = self.builder, self.context.call_conv
        kernel = ir.Function(self.module, convention.get_function_type(result, kinds), symbol)
        long, value = b.icmp_signed(">", self.numbers, I64(BRIEF)), None
        if split:
            shared = b.icmp_signed("<", values[-1], I64(0))
            long = b.or_(long, shared)
        saved = cgutils.alloca_once_value(b, ir.Constant(POINTER, None))
        with b.if_then(long):
            b.store(b.call(_declare(self.module, "PyEval_SaveThread", POINTER), []), saved)
        if split:
            failed = self._in_parts(kernel, result, kinds, values, shared)
        else:
            status, value = convention.call_function(b, kernel, result, kinds, values)
            failed = status.is_error
        with b.if_then(long):
            b.call(_declare(self.module, "PyEval_RestoreThread", ir.VoidType(), POINTER), [b.load(saved)])
        self._require(b.not_(failed), "it reads or writes outside of an array", "RuntimeError")
        if result == types.none:
            none = _object(self.module, "None")
            b.call(_declare(self.module, "Py_IncRef", ir.VoidType(), POINTER), [none])
            b.ret(none)
        elif result in (types.float32, types.float64):
            value = value if result == types.float64 else b.fpext(value, DOUBLE)
            b.ret(b.call(_declare(self.module, "PyFloat_FromDouble", POINTER, DOUBLE), [value]))
        elif result == types.int64:
            b.ret(b.call(_declare(self.module, "PyLong_FromLongLong", POINTER, I64), [value]))
        else:
            raise NotStorable(f"it returns {result}")
