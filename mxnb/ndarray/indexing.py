"""Reading and writing NDArrays with an index, and the views: `reshape`, slices of leading rows."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from .._state import state
from ..base import MXNetError, ShapeError
from ..kernels import device, indexing, shaping
from ..ops import get
from ..ops.plan import kind_of
from ..ops.reshaping import RunSlice, reshaped
from ..ops.slicing import SliceTo

INTEGERS = (int, np.integer)
KNOWN = 4096  # keys and shapes whose meaning is kept
_reshapes: dict[Any, Any] = {}
_parts: dict[Any, Any] = {}
_rows: dict[Any, Any] = {}  # by kind of a NumPy array and index, the plan of the view, and its place
_last: dict[Any, Any] = {}  # by kind the last key made of slices alone, and what it means
SLICES = {slice, type(None), type(Ellipsis)}
BASIC = {int, np.int64, *SLICES}
PLAIN: dict[Any, Any] = {  # by dtype and type of a number: between which bounds NumPy stores it as this module does
    **{(np.dtype(t).num, number): (-3e38, 3e38) for t in ("f4", "f8") for number in (int, float)},
    **{(np.dtype(t).num, int): (np.iinfo(t).min, np.iinfo(t).max) for t in ("u1", "i1", "i4", "i8")},
}
NEVER = (1, 0)


def plan_of(array: Any, op: Any) -> Any:
    """The plan of a view's operator for an NDArray."""
    if array._kind is None:
        array._kind = kind_of(array._data.shape, array._data.dtype, array._ctx)
    plan = op._plans.get(array._kind)
    if plan is None:
        plan = op._plans[array._kind] = array._bound(op)
    return plan


def view(array: Any, data: Any, plan: Any) -> Any:
    """An NDArray on `data`, part of the memory of `array`, whose gradient is that of a plan's operator."""
    entry = array._entry
    if entry is not None:
        entry = ([plan, (entry,), None, None], 0) if state.recording else None
    return array._twin(data, entry, plan.kind)


def reshape(array: Any, *shape: Any, **kwargs: Any) -> Any:
    """A view of another shape; 0 keeps an axis, -1 is inferred, -2 to -4 as in the operator `reshape`.

    Parameters
    ----------
    *shape : ints, or one tuple.
    reverse : read the codes from the right.

    Returns
    -------
    NDArray; it shares memory

    Raises
    ------
    ShapeError
        If the numbers do not fit.
    """
    try:
        plan = _reshapes[(array._kind, shape, *kwargs.items()) if kwargs else (array._kind, shape)]
    except (KeyError, TypeError):
        plan = plan_of(array, _reshape_to(array, *shape, **kwargs))
        if len(_reshapes) >= KNOWN:
            _reshapes.clear()
        with contextlib.suppress(TypeError):  # a list
            _reshapes[(array._kind, shape, *kwargs.items()) if kwargs else (array._kind, shape)] = plan
    return view(array, array._data.reshape(plan.shape), plan)


def _reshape_to(array: Any, *shape: Any, **kwargs: Any) -> Any:
    """The operator that reshapes `array` as the arguments of `reshape` say."""
    reverse = kwargs.pop("reverse", False)
    if "shape" in kwargs:
        if shape:
            raise TypeError("reshape: shape is given twice")
        shape = kwargs.pop("shape")
    if kwargs:
        raise TypeError(f"reshape: unknown keyword {next(iter(kwargs))!r}; it takes shape and reverse")
    if isinstance(shape, INTEGERS):
        shape = (shape,)
    elif len(shape) == 1 and not isinstance(shape[0], INTEGERS):
        shape = tuple(shape[0])
    shape = tuple(int(n) for n in shape)
    op = get("Reshape").of(shape=shape, reverse=bool(reverse))
    try:
        if not shape:
            raise ShapeError(f"Reshape: shape=() does not fit data {array.shape}")
        target = reshaped(op, array.shape, shape, bool(reverse))
    except ShapeError as error:
        raise ReshapeError(str(error)) from None
    return get("_reshape_to").of(shape=target)


class ReshapeError(ShapeError, ValueError):
    """`NDArray.reshape` to a shape that does not fit (1.9.1 raises ValueError or MXNetError; this is both)."""


def broadcast_to(array: Any, shape: Any) -> Any:
    """Repeat along axes of length 1, and add leading axes, to reach `shape`."""
    shape = (int(shape),) if isinstance(shape, INTEGERS) else tuple(shape)
    if len(shape) < array.ndim:
        raise ValueError(f"broadcast_to: {array.shape} has more axes than {shape}")
    if len(shape) > array.ndim:
        array = array.reshape((1,) * (len(shape) - array.ndim) + array.shape)
    if any(n not in (1, m) and m != 0 for n, m in zip(array.shape, shape)):
        raise ValueError(f"broadcast_to: {array.shape} cannot be broadcast to {shape}")
    return get("broadcast_to").of(shape=shape)(array)


def broadcast_like(array: Any, other: Any) -> Any:
    """Broadcast to the shape of `other`."""
    return broadcast_to(array, other.shape)


def slice_rows(array: Any, start: Any, stop: Any) -> Any:
    """A view of rows start … stop."""
    return getitem(array, slice(start, stop))


def row(array: Any, index: int) -> Any:
    """A view of one row."""
    return getitem(array, index)


# --- Keys ------------------------------------------------------------------------------------------------------------


def _plain(item: Any) -> bool:
    return item is None or item is Ellipsis or isinstance(item, slice)


def _clean(item: Any) -> Any:
    """One element of a key, as NumPy understands it the way MXNet does: lists and arrays are integers."""
    if _plain(item):
        return item
    if isinstance(item, (bool, *INTEGERS)):
        return int(item)
    if hasattr(item, "_data"):
        if item._data.dtype == np.bool_:
            raise ValueError("indexing with an NDArray of dtype bool is not supported; use mx.nd.contrib.boolean_mask")
        return item.asnumpy().astype(np.int64)
    if isinstance(item, (list, tuple, range, np.ndarray)):
        found = np.asarray([_scalar_of(v) for v in item] if isinstance(item, list) else item)
        if found.dtype.kind not in "biuf":
            raise ValueError(f"indexing with {item!r} is not supported")
        return found.astype(np.int64)
    raise ValueError(f"indexing NDArray with index={item!r} of type {type(item).__name__} is not supported")


def _scalar_of(value: Any) -> Any:
    return value.asnumpy() if hasattr(value, "asnumpy") else value


def _key(key: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    items = tuple(_clean(k) for k in key) if isinstance(key, tuple) else (_clean(key),)
    if sum(1 for k in items if k is Ellipsis) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    used = sum(1 for k in items if k is not None and k is not Ellipsis)
    if used > len(shape):
        raise IndexError(f"too many indices: {used} for an array of {len(shape)} axes")
    return items


def _bounds(key: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    """Raise IndexError where an integer is out of range."""
    axis = 0
    for k in key:
        if k is None:
            continue
        if k is Ellipsis:
            axis += len(shape) - sum(1 for i in key if i is not None and i is not Ellipsis)
            continue
        if isinstance(k, int) and not -shape[axis] <= k < shape[axis]:
            raise IndexError(f"index {k} is out of bounds for axis {axis} with size {shape[axis]}")
        axis += 1


def _places(shape: tuple[int, ...], key: tuple[Any, ...]) -> np.ndarray:
    """The flat index of every element that a key selects, in the selection's shape."""
    if all(_plain(k) or isinstance(k, int) for k in key):  # the strides alone tell: no table of all elements
        base = np.lib.stride_tricks.as_strided(np.zeros(1, np.int8), shape, [0] * len(shape))
        picked = base[key]
        start, steps = 0, []
        strides, axis = shaping.contiguous(shape), 0
        for k in _expanded(key, shape):
            if k is None:
                steps.append(0)
                continue
            if isinstance(k, int):
                start += (k + shape[axis] * (k < 0)) * strides[axis]
            else:
                first, _, step = k.indices(shape[axis])
                start += first * strides[axis]
                steps.append(step * strides[axis])
            axis += 1
        places: np.ndarray = np.full((), start, np.int64)
        for n, step in zip(picked.shape, steps):
            places = places[..., None] + np.arange(n, dtype=np.int64) * step
        return places
    return np.arange(int(np.prod(shape)), dtype=np.int64).reshape(shape)[key]


def _expanded(key: tuple[Any, ...], shape: tuple[int, ...]) -> list[Any]:
    """A basic key with the ellipsis written out and missing axes added."""
    used = sum(1 for k in key if k is not None and k is not Ellipsis)
    full = [slice(None)] * (len(shape) - used)
    at = next((i for i, k in enumerate(key) if k is Ellipsis), None)
    return [*key, *full] if at is None else [*key[:at], *full, *key[at + 1 :]]


def _run(key: list[Any], shape: tuple[int, ...]) -> tuple[int, int, tuple[int, ...]] | None:
    """Start, end and shape of what a basic key selects, where that is one contiguous run; else None."""
    start, end, out = 0, int(np.prod(shape)), []
    inner, axis, whole = end, 0, False
    for k in key:
        if k is None:
            out.append(1)
            continue
        n = shape[axis]
        inner //= max(n, 1)
        if isinstance(k, int):
            first, length, step = k + n * (k < 0), 1, 1
        else:
            first, stop, step = k.indices(n)
            length = len(range(first, stop, step))
            out.append(length)
        if whole and (length != n or step != 1):
            return None
        if length > 1 and step != 1:
            return None
        if not whole:
            start += first * inner
            end = start + length * inner
            whole = length != 1
        axis += 1
    return start, end, tuple(out) or (1,)


def _along_axis(key: list[Any], shape: tuple[int, ...]) -> tuple[int, np.ndarray] | None:
    """Axis and indices of a key that selects along one axis and takes all of the others; None for another key."""
    if sum(isinstance(k, np.ndarray) for k in key) != 1 or 0 in shape:
        return None
    axis = next(a for a, k in enumerate(key) if isinstance(k, np.ndarray))
    index, n = key[axis], shape[axis]
    if not (index.ndim and index.size and all(k == slice(None) for a, k in enumerate(key) if a != axis)):
        return None
    for k in (index.min(), index.max()):
        if not -n <= k < n:
            raise IndexError(f"index {k} is out of bounds for axis {axis} with size {n}")
    return axis, index


def getitem(array: Any, key: Any) -> Any:
    """``array[key]``: a view where the elements are one contiguous run, else a copy; gradients pass through."""
    data = array._data
    if type(key) is int:
        row = _rows.get((array._kind, key))
        if row is not None:
            plan, place = row
            return view(array, data[place], plan)
        if data.shape:
            return _row(array, key)
    part = None
    last = _last.get(array._kind)
    if last is not None:
        try:
            if last[0] == key:
                part = last[1]
        except (TypeError, ValueError):  # there is an array in the key
            pass
    if part is None:
        part = _meaning(array, key)
        if part is None:
            return _taken(array, key)
    if type(part) is not tuple:
        return part(array)
    plan, place = part
    if place is not None:
        return view(array, data[place], plan)
    call = plan.call
    return call(array)


def _meaning(array: Any, key: Any) -> Any:
    """What `_part` says of a key, now or earlier; None where there are arrays or lists in it."""
    frozen = _frozen(key)
    part = None if frozen is None else _parts.get((array._kind, frozen))
    if part is None:
        items = _key(key, array._data.shape)
        if not all(_plain(k) or isinstance(k, int) for k in items):
            return None
        part = _part(items, array)
        if frozen is not None and array._kind is not None:
            if len(_parts) >= KNOWN:
                _parts.clear()
                _last.clear()
            _parts[array._kind, frozen] = part
    if frozen is not None and SLICES.issuperset(map(type, key if type(key) is tuple else (key,))):
        _last[array._kind] = key, part
    return part


def _taken(array: Any, key: Any) -> Any:
    """``array[key]`` for a key with arrays or lists in it."""
    shape = array._data.shape
    items = _key(key, shape)
    along = _along_axis(_expanded(items, shape), shape)
    if along is not None:
        axis, index = along
        return get("take").of(axis=axis, mode="wrap")(array, array._twin(device.from_host(array._ctx, index)))
    index = _places(shape, items)
    places = array._twin(device.from_host(array._ctx, index if index.ndim else index.reshape(1)))
    return get("_take_flat").of()(array, places)


def _row(array: Any, key: int) -> Any:
    """``array[key]`` of an array that has axes, for the first time."""
    data, shape = array._data, array._data.shape
    n = shape[0]
    if not -n <= key < n:
        raise IndexError(f"index {key} is out of bounds for axis 0 with size {n}")
    at, length = key + n if key < 0 else key, data.size // n
    plan = plan_of(array, RunSlice.of(start=at * length, end=(at + 1) * length, shape=shape[1:] or (1,)))
    if type(data) is not np.ndarray:
        return view(array, device.reshape(data[at : at + 1], plan.shape), plan)
    if len(_rows) >= KNOWN:
        _rows.clear()
    place = at if len(shape) > 1 else slice(at, at + 1)
    _rows[array._kind, key] = plan, place
    return view(array, data[place], plan)


def _frozen(key: Any) -> Any:
    """A basic key as something that can be looked up, or None for another one; lists would take longer."""
    out: tuple[Any, ...] = ()
    for k in key if type(key) is tuple else (key,):
        if type(k) is slice:
            out = out, k.start, k.stop, k.step
        elif type(k) is int or k is None or k is Ellipsis:
            out = out, k
        else:
            return None
    return out


def _part(items: tuple[Any, ...], array: Any) -> Any:
    """What a basic key selects of an array, or of one like it: a plan, and the place of a view in NumPy's notation or
    None for a copy, or else a function of the array."""
    data, shape = array._data, array._data.shape
    if not items or (len(items) == 1 and (items[0] is Ellipsis or (_plain(items[0]) and items[0] == slice(None)))):
        return lambda array: array
    _bounds(items, shape)
    full = _expanded(items, shape)
    run = _run(full, shape)
    if run is None:
        return _basic_copy(full, array)
    if type(data) is not np.ndarray:
        return lambda array: _run_view(array, *run)
    if type(full[-1]) is int and data[tuple(full)].shape == ():  # one number, which NumPy would give no axis
        full[-1] = slice(full[-1], full[-1] + 1 or None)
    return plan_of(array, RunSlice.of(start=run[0], end=run[1], shape=run[2])), tuple(full)


def _run_view(array: Any, start: int, end: int, shape: tuple[int, ...]) -> Any:
    """A view of consecutive numbers."""
    flat = device.reshape(array._data, (array._data.size,))
    return view(
        array,
        device.reshape(flat[start:end], shape),
        plan_of(array, RunSlice.of(start=start, end=end, shape=shape)),
    )


def _basic_copy(key: list[Any], array: Any) -> Any:
    shape = array._data.shape
    slices = [slice(k, k + 1 if k != -1 else None) if isinstance(k, int) else k for k in key if k is not None]
    parts = [s.indices(n) for s, n in zip(slices, shape)]
    target = tuple(
        1 if k is None else len(range(*k.indices(shape[i]))) for i, k in _axes(key) if not isinstance(k, int)
    )
    if any(not range(*p) for p in parts):
        return lambda array: array._twin(device.empty(array._ctx, target, array._data.dtype))
    ends = tuple(None if (p[2] < 0 and p[1] < 0) else p[1] for p in parts)
    op = get("slice").of(begin=tuple(p[0] for p in parts), end=ends, step=tuple(p[2] for p in parts))
    if target == tuple(len(range(*p)) for p in parts):
        return plan_of(array, op), None
    return plan_of(array, SliceTo.of(**op.given, shape=target or (1,))), None


def _axes(key: list[Any]) -> list[tuple[int, Any]]:
    """Each element of a key with the axis of the array that it stands for."""
    out, axis = [], 0
    for k in key:
        out.append((axis, k))
        axis += k is not None
    return out


# --- Writing ---------------------------------------------------------------------------------------------------------


def setitem(array: Any, key: Any, value: Any) -> None:
    """``array[key] = value``: numbers, lists, NumPy arrays and NDArrays, broadcast to the selection."""
    if _assigned(array, key, value):
        return
    from .ndarray import NDArray, assign, forbid_inplace

    forbid_inplace(array)
    shape = array._data.shape
    items = _key(key, shape)
    recorded = state.recording and isinstance(value, NDArray) and value._entry is not None
    if all(k == slice(None) or k is Ellipsis for k in items if not isinstance(k, np.ndarray)) and not any(
        isinstance(k, np.ndarray) or k is None for k in items
    ):
        if isinstance(value, NDArray):
            if recorded and value.shape != shape:
                value = value.broadcast_to(shape)
            if value.shape == shape:
                _copy_recorded(array, value)
                return
        elif isinstance(value, (bool, int, float, np.number, np.bool_)):
            _fill(array, value)
            return
        target_shape, places = shape, None
    else:
        if recorded:
            raise MXNetError(
                "x[key] = value: while recording, a recorded value can be written to a whole array only (x[:] = value);"
                " use concat, stack or where"
            )
        if not any(isinstance(k, np.ndarray) for k in items):
            _bounds(items, shape)
            run = _run(_expanded(items, shape), shape)
            if run is not None:
                part = _run_view(array.detach(), *run)
                setitem(part, slice(None), _fit(value, run[2], array))
                return
        places = _places(shape, items)
        target_shape = places.shape
    fitted = _fit(value, target_shape, array)
    if places is None:
        assign(array, fitted)
        return
    if places.size == 0:
        return
    table = device.from_host(array._ctx, np.ascontiguousarray(places.reshape(-1)))
    indexing.put(places.size, _numbers(array._data), table, _numbers(fitted._data), int(fitted.size > 1))


def _assigned(array: Any, key: Any, value: Any) -> bool:
    """Assign by NumPy where it does the same, which is so for most keys and values; whether that was done."""
    data = array._data
    if type(data) is not np.ndarray:
        return False
    if type(key) not in BASIC and not (type(key) is tuple and BASIC.issuperset(map(type, key))):
        return False
    if state.recording and (array._entry is not None or getattr(value, "_entry", None) is not None):
        return False
    if type(value) is float or type(value) is int:
        low, high = PLAIN.get((data.dtype.num, type(value)), NEVER)
        if not low <= value <= high:
            return False
    else:
        value = getattr(value, "_data", None)
        if type(value) is not np.ndarray or value.dtype is not data.dtype:
            return False
    try:
        data[key] = value
    except (IndexError, ValueError, TypeError):  # which will be raised as MXNet's
        return False
    return True


def _numbers(data: Any) -> Any:
    """Float16 in host memory as 16-bit integers: kernels only move them."""
    return data.view(np.uint16) if isinstance(data, np.ndarray) and data.dtype == np.float16 else data


def _fill(array: Any, value: Any) -> None:
    data = array._data
    if isinstance(data, np.ndarray):
        with np.errstate(all="ignore"):
            data[...] = np.asarray(value).astype(data.dtype)
    else:
        shaping.fill(data.size, data, float(value) if data.dtype.kind == "f" else int(value))


def _fit(value: Any, shape: tuple[int, ...], array: Any) -> Any:
    """A value as NDArray of the array's dtype and context, with one element or exactly the given shape."""
    from .ndarray import NDArray

    if isinstance(value, NDArray):
        found = value.detach()
        if found._ctx is not array._ctx:
            found = found.copyto(array._ctx)
        if found._data.dtype != array._data.dtype:
            found = found.astype(array._data.dtype)
    else:
        if value is None or isinstance(value, (str, bytes, dict)):
            raise TypeError(f"NDArray does not support assignment with {value!r} of type {type(value).__name__}")
        with np.errstate(all="ignore"):
            host = np.array(value).astype(array._data.dtype)
        found = NDArray(device.from_host(array._ctx, np.ascontiguousarray(host)), array._ctx)
    got = found.shape
    while len(got) > len(shape) and got[0] == 1:
        got = got[1:]
    size = int(np.prod(shape))
    if found.size == 1 and size >= 1:
        return found if size == 1 else found.reshape((1,) * max(len(shape), 1)).broadcast_to(shape or (1,))
    if len(got) > len(shape) or any(a not in (1, b) for a, b in zip(reversed(got), reversed(shape))):
        raise AssignError(f"assigning a value of shape {found.shape} to a selection of shape {shape}")
    if got != found.shape:
        found = found.reshape(got)
    return found if got == shape else broadcast_to(found, shape)


class AssignError(ShapeError, ValueError):
    """A value whose shape does not fit the selection it is assigned to."""


def _copy_recorded(array: Any, value: Any) -> None:
    """``array[:] = value``; while recording, the array becomes the copy, so that gradients pass through it."""
    from .ndarray import assign

    entry = value._entry
    assign(array, value)
    if state.recording and entry is not None:
        op = get("_copy").of()
        plan = op.bind(array._ctx, state.training, ((array._data.shape, array._data.dtype),))
        array._entry = ([plan, (entry,), None, None], 0)


def slice_assign(array: Any, rhs: Any, begin: Any, end: Any, step: Any = ()) -> Any:
    """Write `rhs` into ``array[begin:end:step]`` and return the array."""
    setitem(array, _slices(begin, end, step), rhs)
    return array


def slice_assign_scalar(array: Any, value: Any, begin: Any, end: Any, step: Any = ()) -> Any:
    """Write a number into ``array[begin:end:step]`` and return the array."""
    setitem(array, _slices(begin, end, step), value)
    return array


def _slices(begin: Any, end: Any, step: Any) -> tuple[slice, ...]:
    steps = tuple(step or ()) + (None,) * (len(begin) - len(step or ()))
    return tuple(slice(b, e, s) for b, e, s in zip(begin, end, steps))
