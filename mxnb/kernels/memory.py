"""The machine instructions of the words that move tiles: from and to memory, and across lanes.

Imported only when something must be compiled.
"""

import llvmlite.ir as ir
from numba import types
from numba.core import cgutils
from numba.np import arrayobj

from . import words
from .lowering import add, extreme, multiply
from .tiles import (
    CHECKED,
    HALF,
    VECTOR_BYTES,
    Tile,
    call,
    convert,
    element,
    is_number,
    join,
    like,
    lowers,
    narrow,
    reshaped,
    splat,
    split,
    suffix,
    widen,
)

# --- Making tiles, reading and writing memory ------------------------------------------------------------------------


def _held(dtype):
    """The dtype of an array's numbers in registers."""
    return types.float32 if dtype == HALF else dtype


def _lanes_of(dtype):
    return VECTOR_BYTES * 8 // (8 if dtype == types.boolean else _held(dtype).bitwidth)


def _stored(dtype):
    """The LLVM type of a number in memory: a truth value takes a byte."""
    return ir.IntType(8) if dtype == types.boolean else ir.IntType(16) if dtype == HALF else element(dtype)


def _bytes_of(dtype):
    return 1 if dtype == types.boolean else dtype.bitwidth // 8


def _from_memory(builder, dtype, value):
    if dtype == HALF:
        return widen(builder, value)
    return builder.icmp_unsigned("!=", value, like(value, 0)) if dtype == types.boolean else value


def _to_memory(builder, dtype, value, source):
    """`value` of numba type `source` as an array of `dtype` stores it."""
    value = convert(builder, value, source, _held(dtype))
    if dtype == HALF:
        return narrow(builder, value)
    return builder.zext(value, reshaped(_stored(dtype), value.type)) if dtype == types.boolean else value


def _literal(*sizes):
    return all(isinstance(size, types.IntegerLiteral) for size in sizes)


@lowers(words.lanes)
def _lanes(x):
    if not isinstance(x, types.Array):
        return None
    count = types.literal(_lanes_of(x.dtype))
    return count, lambda builder, _: ir.IntType(64)(count.literal_value)


@lowers(words.zeros)
def _zeros(x, rows, cols):
    if not (isinstance(x, types.Array) and _literal(rows, cols)):
        return None
    tile = Tile(_held(x.dtype), rows.literal_value, cols.literal_value, _lanes_of(x.dtype))
    return tile, lambda builder, *_: ir.Constant(builder.context.get_value_type(tile), None)


def _row_starts(builder, array, at_type, at, rows, width):
    """Flat index of the first number of each row, as `words._row_starts`."""
    size = ir.IntType(64)
    if isinstance(at_type, Tile):
        return [builder.extract_element(start, ir.IntType(32)(0)) for start in split(builder, at)]
    if isinstance(at_type, types.BaseTuple):
        shape = cgutils.unpack_tuple(builder, array.shape)
        index = [
            convert(builder, i, kind, types.int64)
            for i, kind in zip(cgutils.unpack_tuple(builder, at), at_type, strict=True)
        ]
        start = index[0]
        for length, i in zip(shape[1:], index[1:], strict=True):
            start = builder.add(builder.mul(start, length), i)
        width = shape[-1]
    else:
        start, width = convert(builder, at, at_type, types.int64), size(width)
    return [start] + [builder.add(start, builder.mul(size(row), width)) for row in range(1, rows)]


def _row_pointers(builder, x_type, x, at_type, at, rows, width, count, limits=None):
    """A pointer to the first number of each row, of which `count` numbers are wanted, within the `limits`."""
    array = builder.context.make_array(x_type)(builder.context, builder, x)
    starts = _row_starts(builder, array, at_type, at, rows, width)
    if CHECKED:
        for row, start in enumerate(starts):
            _check(builder, array, start, *_wanted(builder, row, count, limits))
    return [builder.gep(array.data, [start], source_etype=_stored(x_type.dtype)) for start in starts]


def _wanted(builder, row, count, limits):
    """How many numbers of a row are read or written, and whether any is."""
    count = ir.IntType(64)(count) if isinstance(count, int) else count
    if limits is None:
        return count, ir.IntType(1)(1)
    height, width = limits
    count = builder.select(builder.icmp_signed("<", width, count), width, count)
    some = builder.icmp_signed(">", count, count.type(0))
    return count, builder.and_(some, builder.icmp_signed("<", count.type(row), height))


def _check(builder, array, start, count, some):
    """Leave the kernel with an IndexError where numbers that are wanted are not the array's."""
    size = ir.IntType(64)(1)
    for length in cgutils.unpack_tuple(builder, array.shape):
        size = builder.mul(size, length)
    outside = builder.icmp_signed(">", builder.add(start, count), size)
    outside = builder.or_(outside, builder.icmp_signed("<", start, start.type(0)))
    with builder.if_then(builder.and_(outside, some), likely=False):
        builder.context.call_conv.return_user_exc(builder, IndexError, ("outside the array",))


def _fits(x, at):
    """Whether `at` can index array `x`."""
    if not (isinstance(x, types.Array) and x.layout == "C" and (is_number(x.dtype) or x.dtype == HALF)):
        return False
    if isinstance(at, types.BaseTuple):
        return len(at) == x.ndim and all(isinstance(i, types.Integer) for i in at)
    return x.ndim == 1 and (isinstance(at, types.Integer) or (isinstance(at, Tile) and at.dtype == types.int64))


def _mask(builder, lanes, height, width, row, col):
    """Which lanes of register (row, col) lie in the first `height` rows and the first `width` numbers of a row."""
    small = ir.IntType(32)
    steps = ir.Constant(ir.VectorType(small, lanes), [col * lanes + lane for lane in range(lanes)])
    inside = builder.icmp_signed("<", height.type(row), height)
    width = builder.select(inside, width, width.type(0))
    top = width.type((col + 1) * lanes)  # beyond it all lanes are in; and the narrower integer must hold it
    width = builder.select(builder.icmp_signed("<", width, top), width, top)
    width = builder.select(builder.icmp_signed("<", width, width.type(0)), width.type(0), width)
    return builder.icmp_signed("<", steps, splat(builder, builder.trunc(width, small), lanes))


def _place(builder, start, lanes, limits, row, col, first):
    """Pointer to register (row, col) of a row that begins at `start`; to `first`, the array's, if none of it is inside.

    A masked instruction may point anywhere, but where there is no memory it takes a hundred times as long.
    """
    p = builder.gep(start, [ir.IntType(64)(col * lanes)], source_etype=first[1])
    if limits is None or row == col == 0:  # of which something is inside, as kernels are written
        return p
    height, width = limits
    inside = builder.icmp_signed("<", height.type(row), height)
    inside = builder.and_(inside, builder.icmp_signed("<", width.type(col * lanes), width))
    return builder.select(inside, p, first[0])


def _limits(builder, values, kinds):
    return [convert(builder, value, kind, types.int64) for value, kind in zip(values, kinds, strict=True)]


@lowers(words.load)
def _load(x, at, rows, cols, height=None, width=None, fill=None):
    if not (_fits(x, at) and _literal(rows, cols)):
        return None
    tile = Tile(_held(x.dtype), rows.literal_value, cols.literal_value, _lanes_of(x.dtype))

    def emit(builder, array, at_value, _rows, _cols, *limits):
        vector, align = ir.VectorType(_stored(x.dtype), tile.lanes), _bytes_of(x.dtype)
        registers, other, height_width = [], ir.Constant(vector, None), None
        if limits:
            height_width = _limits(builder, limits[:2], (height, width))
        if fill is not None:
            other = splat(builder, _to_memory(builder, x.dtype, limits[2], fill), tile.lanes)
        count = tile.cols * tile.lanes
        starts = _row_pointers(builder, x, array, at, at_value, tile.rows, count, count, height_width)
        first = builder.context.make_array(x)(builder.context, builder, array).data, vector.element
        for row, start in enumerate(starts):
            for col in range(tile.cols):
                p = _place(builder, start, tile.lanes, height_width, row, col, first)
                p = builder.bitcast(p, vector.as_pointer())
                if limits:
                    mask = _mask(builder, tile.lanes, *height_width, row, col)
                    name = f"llvm.masked.load.{suffix(vector)}.p0"
                    register = call(builder, name, vector, p, ir.IntType(32)(align), mask, other)
                else:
                    register = builder.load(p, align=align)
                registers.append(_from_memory(builder, x.dtype, register))
        return join(builder, registers)

    return tile, emit


@lowers(words.store)
def _store(x, at, tile, height=None, width=None):
    if not (_fits(x, at) and isinstance(tile, Tile)):
        return None

    def emit(builder, array, at_value, value, *limits):
        align, kind = _bytes_of(x.dtype), _stored(x.dtype)
        registers = iter(split(builder, value))
        limits = _limits(builder, limits, (height, width)) if limits else None
        count = tile.cols * tile.lanes
        starts = _row_pointers(builder, x, array, at, at_value, tile.rows, count, count, limits)
        first = builder.context.make_array(x)(builder.context, builder, array).data, kind
        for row, start in enumerate(starts):
            for col in range(tile.cols):
                register = _to_memory(builder, x.dtype, next(registers), tile.dtype)
                p = _place(builder, start, tile.lanes, limits, row, col, first)
                p = builder.bitcast(p, register.type.as_pointer())
                if limits:
                    name = f"llvm.masked.store.{suffix(register.type)}.p0"
                    mask = _mask(builder, tile.lanes, *limits, row, col)
                    call(builder, name, ir.VoidType(), register, p, ir.IntType(32)(align), mask)
                else:
                    builder.store(register, p, align=align)
        return builder.context.get_dummy_value()

    return types.none, emit


@lowers(words.swap)
def _swap(x, i, value):
    if not (isinstance(x, types.Array) and x.dtype == types.int64 and isinstance(i, types.Integer)):
        return None

    def emit(builder, array, at, number):
        (pointer,) = _row_pointers(builder, x, array, i, at, 1, 0, 1)
        return builder.atomic_rmw("xchg", pointer, convert(builder, number, value, types.int64), "seq_cst")

    return types.int64, emit


def _table(x, row):
    """Whether an array is a table of which `row` can be a row."""
    return isinstance(x, types.Array) and x.ndim == 2 and x.layout == "C" and isinstance(row, types.Integer)


def _numbers_of_row(builder, x, array, row, row_type, count):
    """The first numbers of a row of a table."""
    at_type, zero = types.UniTuple(types.int64, 2), ir.IntType(64)(0)
    at = builder.context.make_tuple(builder, at_type, [convert(builder, row, row_type, types.int64), zero])
    (start,) = _row_pointers(builder, x, array, at_type, at, 1, 0, count)
    places = [builder.gep(start, [ir.IntType(64)(i)], source_etype=_stored(x.dtype)) for i in range(count)]
    return [builder.load(place) for place in places]


@lowers(words.arrays)
def _arrays(addresses, row, count, like):
    if not (_table(addresses, row) and addresses.dtype == types.int64 and isinstance(count, types.Integer)):
        return None
    if not (isinstance(like, types.BaseTuple) and all(isinstance(x, types.Array) and x.ndim == 1 for x in like)):
        return None
    kind = types.Tuple(list(like))

    def emit(builder, table, row_value, count_value, _):
        context, made = builder.context, []
        size = convert(builder, count_value, count, types.int64)
        for x, address in zip(like, _numbers_of_row(builder, addresses, table, row_value, row, len(like))):
            array, step = context.make_array(x)(context, builder), _bytes_of(x.dtype)
            data = builder.inttoptr(address, context.get_data_type(x.dtype).as_pointer())
            steps = [ir.IntType(64)(step)]
            arrayobj.populate_array(array, data=data, shape=[size], strides=steps, itemsize=steps[0], meminfo=None)
            made.append(array._getvalue())
        return context.make_tuple(builder, kind, made)

    return kind, emit


@lowers(words.numbers)
def _numbers(x, row, count):
    if not (_table(x, row) and is_number(x.dtype) and x.dtype != types.boolean and _literal(count)):
        return None
    kind = types.UniTuple(x.dtype, count.literal_value)

    def emit(builder, table, row_value, _):
        found = _numbers_of_row(builder, x, table, row_value, row, kind.count)
        return builder.context.make_tuple(builder, kind, found)

    return kind, emit


@lowers(words.column)
def _column(x, at, count, stride=None):
    stride = stride or types.literal(1)
    if not (_fits(x, at) and _literal(count) and isinstance(stride, types.Integer)):
        return None
    tile = Tile(_held(x.dtype), count.literal_value * getattr(at, "rows", 1), 1, 1)

    def emit(builder, array, at_value, _, *step):
        # LLVM would copy the body of a loop that reads a column, and a second body's registers do not fit beside
        # the first's.  It leaves loops alone that hold a convergent instruction; this one is no instruction at all.
        if tile.rows > 1:
            builder.asm(ir.FunctionType(ir.VoidType(), []), "", "", [], True).attributes.add("convergent")
        size = ir.IntType(64)
        step = size(stride.literal_value) if _literal(stride) else convert(builder, *step, stride, types.int64)
        steps = [builder.mul(step, size(i)) for i in range(count.literal_value)]
        registers = []
        for start in _row_pointers(builder, x, array, at, at_value, 1, 0, builder.add(steps[-1], size(1))):
            for step in steps:
                number = builder.load(builder.gep(start, [step], source_etype=_stored(x.dtype)))
                registers.append(_from_memory(builder, x.dtype, splat(builder, number, 1)))
        return join(builder, registers)

    return tile, emit


@lowers(words.pairs)
def _pairs(x, at, start=None):
    if not (_fits(x, types.intp) and isinstance(x.dtype, types.Float)):
        return None
    if not (isinstance(at, Tile) and isinstance(at.dtype, types.Integer) and at.rows == _lanes_of(x.dtype)):
        return None
    tile = Tile(x.dtype, 1, 2, at.rows)

    def emit(builder, array, places, *first):
        size, small = ir.IntType(64), ir.IntType(32)
        begin = convert(builder, *first, start, types.int64) if first else size(0)
        places = [builder.extract_element(place, small(0)) for place in split(builder, places)]
        places = [convert(builder, place, at.dtype, types.int64) for place in places]
        held = builder.context.make_array(x)(builder.context, builder, array)
        if CHECKED:
            for place in places:
                _check(builder, held, builder.add(begin, place), size(2), ir.IntType(1)(1))
        kind, origin = _stored(x.dtype), builder.gep(held.data, [begin], source_etype=_stored(x.dtype))
        parts = []
        for place in places:
            p = builder.gep(origin, [place], source_etype=kind)
            p = builder.bitcast(p, ir.VectorType(kind, 2).as_pointer())
            parts.append(builder.load(p, align=_bytes_of(x.dtype)))
        while len(parts) > 2:  # those beside each other, in registers twice as long
            both = list(range(2 * parts[0].type.count))
            parts = [_shuffle(builder, a, b, both) for a, b in zip(parts[::2], parts[1::2], strict=True)]
        return join(builder, parts)

    return tile, emit


# --- Across lanes ----------------------------------------------------------------------------------------------------


def _shuffle(builder, a, b, lanes):
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes))


@lowers(words.transpose)
def _transpose(tile):
    if not (isinstance(tile, Tile) and tile.rows <= tile.lanes):
        return None

    def emit(builder, value):
        registers, n, out = split(builder, value), tile.lanes, []
        undefined = ir.Constant(registers[0].type, ir.Undefined)
        for col in range(tile.cols):
            square = registers[col :: tile.cols] + [undefined] * (n - tile.rows)
            step = 1
            while step < n:  # log2(lanes) rounds of exchanging blocks
                lower = [lane if not lane & step else n + (lane ^ step) for lane in range(n)]
                upper = [lane | step if not lane & step else n + lane for lane in range(n)]
                for i in range(n):
                    if not i & step:
                        a, b = square[i], square[i | step]
                        square[i], square[i | step] = _shuffle(builder, a, b, lower), _shuffle(builder, a, b, upper)
                step *= 2
            out += square
        return join(builder, out)

    return Tile(tile.dtype, tile.cols * tile.lanes, 1, tile.lanes), emit


@lowers(words.interleave)
def _interleave(a, b):
    if not (isinstance(a, Tile) and a == b):
        return None

    def emit(builder, *tiles):
        n, out = a.lanes, []
        turns = [lane // 2 + n * (lane % 2) for lane in range(2 * n)]
        for low, high in zip(*(split(builder, tile) for tile in tiles), strict=True):
            out += [_shuffle(builder, low, high, turns[:n]), _shuffle(builder, low, high, turns[n:])]
        return join(builder, out)

    return Tile(a.dtype, a.rows, 2 * a.cols, a.lanes), emit


def _every_second(function, first):
    @lowers(function)
    def _(tile):
        if not (isinstance(tile, Tile) and tile.cols == 2):
            return None
        chosen = list(range(first, 2 * tile.lanes, 2))

        def emit(builder, value):
            registers = split(builder, value)
            pairs = zip(registers[::2], registers[1::2], strict=True)
            return join(builder, [_shuffle(builder, low, high, chosen) for low, high in pairs])

        return Tile(tile.dtype, tile.rows, 1, tile.lanes), emit


_every_second(words.evens, 0)
_every_second(words.odds, 1)


def _combined(builder, registers, combine):
    """All registers in one, pairwise, so that the operations do not wait for each other."""
    while len(registers) > 1:
        half = len(registers) // 2
        pairs = zip(registers[:half], registers[half : 2 * half], strict=True)
        registers = [combine(a, b) for a, b in pairs] + registers[2 * half :]
    return registers[0]


def _reduction(function, instruction):
    @lowers(function)
    def _(tile):
        if not isinstance(tile, Tile):
            return None

        def emit(builder, value):
            def combine(a, b):
                return instruction(builder, tile.dtype, a, b)

            register, count = _combined(builder, split(builder, value), combine), tile.lanes
            while count > 1:  # the upper half of the lanes onto the lower half
                half = count // 2
                undefined = ir.Constant(register.type, ir.Undefined)
                low = _shuffle(builder, register, undefined, list(range(half)))
                high = _shuffle(builder, register, undefined, list(range(half, count)))
                register, count = combine(low, high), half
            return builder.extract_element(register, ir.IntType(32)(0))

        return tile.dtype, emit


_reduction(words.reduce_add, add)
_reduction(words.reduce_multiply, multiply)
_reduction(words.reduce_max, extreme(">"))
_reduction(words.reduce_min, extreme("<"))
