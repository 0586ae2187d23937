"""What eager mode does around a kernel, as machine code: raw arrays for the results, the kernel, instances around them.

In Python that takes three to six times as long as a kernel of few numbers: each attribute is looked up, each call takes
its arguments apart.  What a plan knows beforehand is bound to its function as the last arguments are to a kernel's: it
is a builtin function of CPython whose `self` is a tuple.  It does the usual thing only; where an argument is no array,
it calls the function of Python that it stands for.

    self = (facts, run, general, plan, ctx, state, "recording", cls, output, …)
    facts: machine numbers, in the order of `_FACTS`
    output: (number of axes and shape as machine numbers, dtype, kind, None), whose array is NumPy's, or
            (shape, dtype, kind, what makes arrays of these)

As `entry.py` this is generated in LLVM's language.  It needs no numba.
"""

from __future__ import annotations

import ctypes
import functools
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .. import config
from . import cache, loader
from .loader import LAYOUT, PREFIX

MOST = 16  # arrays of one call
SLOTS = ("_data", "_ctx", "_kind", "_grad", "_entry")  # of the instances
_FACTS = ("inputs", "outputs", "visible", "differentiable", "keeps_inputs", "keeps_outputs", *SLOTS)
_CONSTANTS = ("facts", "run", "general", "plan", "ctx", "state", "recording", "cls")


def bind(plan: Any, cls: type, state: Any, general: Callable[..., Any]) -> Callable[..., Any]:
    """A function of instances of `cls` that applies a plan to them, and records that where it has to.

    Parameters
    ----------
    plan : `mxnb.ops.operator.Plan`
    cls : class with the slots `SLOTS`; of inputs, and of outputs.
    state : its attribute `recording` says whether calls with an entry among their inputs are recorded.
    general : does the same in Python, for what is not usual; it is given back where there is no machine code.
    """
    outputs, inputs = plan.several, len(plan.in_kinds)
    if plan.shares or inputs + len(outputs) > MOST or (function := _function()) is None:
        return general
    flags = plan.differentiable, plan.keeps_inputs, plan.keeps_outputs
    facts = struct.pack(f"{len(_FACTS)}q", inputs, len(outputs), plan.visible, *flags, *_offsets(cls))
    each = [
        (struct.pack(f"{1 + len(shape)}q", len(shape), *shape), dtype, kind, None)
        if new is np.empty
        else (shape, dtype, kind, new)
        for (new, shape, dtype), kind in zip(outputs, plan.kinds)
    ]
    return cache.bound(function, facts, plan.run, general, plan, plan.ctx, state, "recording", cls, *each)


@functools.cache
def _offsets(cls: type) -> tuple[int, ...]:
    """Where the slots lie in an instance, found by what is in them."""
    x: Any = object.__new__(cls)
    marks = [object() for _ in SLOTS]
    for name, mark in zip(SLOTS, marks):
        setattr(x, name, mark)
    words = list((ctypes.c_size_t * (cls.__basicsize__ // 8)).from_address(id(x)))
    return tuple(8 * words.index(id(mark)) for mark in marks)


@functools.cache
def _function() -> Any:
    """The machine code, linked into this process; None where it cannot be."""
    if loader.supported() or config.kernel_cache_mode() == "dispatcher":
        return None
    code = cache.machine_code("call", Path(__file__).read_text(), _build)
    return cache.linked("mxnb_call", code)


# --- The code --------------------------------------------------------------------------------------------------------


def _build() -> str:
    """The function in LLVM's language."""
    import llvmlite.binding as llvm
    from llvmlite import ir

    P, I32, I64 = ir.PointerType(), ir.IntType(32), ir.IntType(64)
    NULL = ir.Constant(P, None)
    module = ir.Module("mxnb.call")
    module.triple = llvm.get_process_triple()

    def known(name: str) -> Any:
        """An object that the loader provides."""
        return module.globals.get(PREFIX + name) or ir.GlobalVariable(module, ir.IntType(8), PREFIX + name)

    def api(name: str, result: Any, *args: Any) -> Any:
        """Call a function of the interpreter."""
        kind = ir.FunctionType(result, [arg.type for arg in args])
        return b.call(module.globals.get(PREFIX + name) or ir.Function(module, kind, PREFIX + name), args)

    def at(base: Any, offset: Any) -> Any:
        return b.gep(base, [I64(offset) if isinstance(offset, int) else offset], source_etype=ir.IntType(8))

    def load(base: Any, offset: Any = 0, kind: Any = P) -> Any:
        return b.load(at(base, offset), typ=kind)

    def place(base: Any, index: Any) -> Any:
        """Where pointer `index` of a row lies."""
        return b.gep(base, [index], source_etype=P)

    def item(pair: Any, index: Any) -> Any:
        """Of a tuple."""
        return load(place(at(pair, LAYOUT["tuple_items"]), index))

    def variable(kind: Any, count: int = 1) -> Any:
        """Room for values, for the whole call."""
        with b.goto_entry_block():
            return b.alloca(kind, count)

    @contextmanager
    def each(count: Any) -> Iterator[Any]:
        """A loop over range(count)."""
        index = variable(I64)
        b.store(I64(0), index)
        head, body, end = (b.append_basic_block(name) for name in ("head", "body", "end"))
        b.branch(head)
        b.position_at_end(head)
        i = b.load(index, typ=I64)
        b.cbranch(b.icmp_signed("<", i, count), body, end)
        b.position_at_end(body)
        yield i
        b.store(b.add(i, I64(1)), index)
        b.branch(head)
        b.position_at_end(end)

    def hold(obj: Any) -> Any:
        api("Py_IncRef", ir.VoidType(), obj)
        return obj

    def need(value: Any) -> Any:
        """An object that was made; where that failed the error is passed on."""
        with b.if_then(b.icmp_unsigned("==", value, NULL), likely=False):
            b.branch(failed)
        return value

    def packed(row: Any, count: Any) -> Any:
        """A tuple of objects that lie in a row."""
        made = need(api("PyTuple_New", P, count))
        with each(count) as i:
            b.store(hold(b.load(place(row, i), typ=P)), place(at(made, LAYOUT["tuple_items"]), i))
        return made

    def either(condition: Any, make: Callable[[], Any]) -> Any:
        """What `make` makes, or None."""
        chosen = variable(P)
        with b.if_else(condition) as (yes, no):
            with yes:
                b.store(make(), chosen)
            with no:
                b.store(hold(known("None")), chosen)
        return b.load(chosen, typ=P)

    function = ir.Function(module, ir.FunctionType(P, [P, P, I64]), "mxnb_call")
    bound, args, count = function.args
    entry, otherwise, failed = (function.append_basic_block(name) for name in ("entry", "otherwise", "failed"))
    b = ir.IRBuilder(entry)
    row, entries = (variable(P, MOST) for _ in range(2))  # of raw arrays, outputs first; of the inputs' entries
    held, noted, node = variable(I64), variable(I64), variable(P)  # how many in `row`; any entry?
    for target, value in ((held, I64(0)), (noted, I64(0)), (node, NULL)):
        b.store(value, target)
    constants = {name: item(bound, I64(k)) for k, name in enumerate(_CONSTANTS)}
    numbers = at(constants["facts"], LAYOUT["bytes_items"])
    fact = {name: load(numbers, 8 * k, I64) for k, name in enumerate(_FACTS)}
    cls, outputs = constants["cls"], fact["outputs"]
    arrays = b.add(outputs, fact["inputs"])

    with b.if_then(b.icmp_signed("!=", count, fact["inputs"]), likely=False):
        b.branch(otherwise)
    with each(count) as i:
        x = b.load(place(args, i), typ=P)
        with b.if_then(b.icmp_unsigned("!=", load(x, LAYOUT["type"]), cls), likely=False):
            b.branch(otherwise)
        data, noted_as = load(x, fact["_data"]), load(x, fact["_entry"])
        unset = b.or_(b.icmp_unsigned("==", data, NULL), b.icmp_unsigned("==", noted_as, NULL))
        with b.if_then(unset, likely=False):
            b.branch(otherwise)
        b.store(data, place(row, b.add(outputs, i)))
        b.store(noted_as, place(entries, i))
        some = b.zext(b.icmp_unsigned("!=", noted_as, known("None")), I64)
        b.store(b.or_(b.load(noted, typ=I64), some), noted)

    with each(outputs) as j:
        output = item(bound, b.add(j, I64(len(_CONSTANTS))))
        make = item(output, I64(3))
        with b.if_else(b.icmp_unsigned("==", make, known("None"))) as (yes, no):
            with yes:
                shape, dtype = at(item(output, I64(0)), LAYOUT["bytes_items"]), hold(item(output, I64(1)))
                axes, sizes = b.trunc(load(shape, 0, I64), I32), at(shape, 8)
                new = api("PyArray_NewFromDescr", P, known("ndarray"), dtype, axes, sizes, NULL, NULL, I32(0), NULL)
                b.store(need(new), place(row, j))
            with no:
                two = at(output, LAYOUT["tuple_items"])
                b.store(need(api("PyObject_VectorcallDict", P, make, two, I64(2), NULL)), place(row, j))
        b.store(b.add(j, I64(1)), held)
    with each(count) as i:  # while the kernel runs another thread may give an input another raw array
        hold(b.load(place(row, b.add(outputs, i)), typ=P))
    b.store(arrays, held)
    api("Py_DecRef", ir.VoidType(), need(api("PyObject_VectorcallDict", P, constants["run"], row, arrays, NULL)))

    with b.if_then(b.icmp_signed("!=", b.and_(b.load(noted, typ=I64), fact["differentiable"]), I64(0))):
        recording = need(api("PyObject_GetAttr", P, constants["state"], constants["recording"]))
        api("Py_DecRef", ir.VoidType(), recording)
        with b.if_then(b.icmp_unsigned("==", recording, known("True"))):
            made = need(api("PyList_New", P, I64(4)))
            b.store(made, node)
            kept = [
                hold(constants["plan"]),
                packed(entries, count),
                either(b.icmp_signed("!=", fact["keeps_inputs"], I64(0)), lambda: packed(place(row, outputs), count)),
                either(b.icmp_signed("!=", fact["keeps_outputs"], I64(0)), lambda: packed(row, outputs)),
            ]
            for k, value in enumerate(kept):
                api("PyList_SetItem", I32, made, I64(k), value)

    several = b.icmp_signed("!=", fact["visible"], I64(1))
    result = variable(P)
    with b.if_then(several):
        b.store(need(api("PyList_New", P, fact["visible"])), result)
    with each(fact["visible"]) as j:
        y = need(api("PyType_GenericAlloc", P, cls, I64(0)))
        output = item(bound, b.add(j, I64(len(_CONSTANTS))))
        here = b.icmp_unsigned("!=", b.load(node, typ=P), NULL)

        def mark() -> Any:
            """The entry of an output: the node of the tape, and which of its outputs this is."""
            pair = need(api("PyTuple_New", P, I64(2)))
            b.store(hold(b.load(node, typ=P)), place(at(pair, LAYOUT["tuple_items"]), I64(0)))
            b.store(need(api("PyLong_FromLongLong", P, j)), place(at(pair, LAYOUT["tuple_items"]), I64(1)))
            return pair

        values = {
            "_data": hold(b.load(place(row, j), typ=P)),
            "_ctx": hold(constants["ctx"]),
            "_kind": hold(item(output, I64(2))),
            "_grad": hold(known("None")),
            "_entry": either(here, mark),
        }
        for name, value in values.items():
            b.store(value, at(y, fact[name]))
        with b.if_else(several) as (yes, no):
            with yes:
                api("PyList_SetItem", I32, b.load(result, typ=P), j, y)
            with no:
                b.store(y, result)

    def release() -> None:
        with each(b.load(held, typ=I64)) as i:
            api("Py_DecRef", ir.VoidType(), b.load(place(row, i), typ=P))
        api("Py_DecRef", ir.VoidType(), b.load(node, typ=P))  # which takes NULL as nothing

    release()
    b.ret(b.load(result, typ=P))
    b.position_at_end(otherwise)
    b.ret(api("PyObject_VectorcallDict", P, constants["general"], args, count, NULL))
    b.position_at_end(failed)
    release()
    b.ret(NULL)
    return str(module)
