"""The imperative array: `NDArray`, and `invoke`, which runs an operator on arrays at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._state import state
from .._tape import Leaf, Transfer
from ..base import DTypeError, InputTypeError, MXNetError, ShapeError
from ..context import Context, current_context
from ..kernels import calls, device, heap
from ..ops.operator import Operator, get
from ..ops.plan import Kind, Plan, kind_of
from . import arithmetic, indexing, words
from .conversions import Conversions
from .instances import maker
from .methods import OperatorMethods

__all__ = ["NDArray", "invoke", "waitall"]

heap.keep()

REQS = ("null", "write", "add")
_backward: Any = None  # the function of mxnb.autograd, which imports this module
TRANSPOSE, COPY, CAST = get("transpose").of(), get("_copy").of(), get("Cast")
CASTS: dict[Any, Operator] = {}  # to dtypes that were asked for, by them, their names and types


class NDArray(OperatorMethods, arithmetic.Arithmetic, Conversions):
    """A multi-dimensional array of one dtype on one context.

    Made by `mx.nd.array`, `zeros`, `ones`, … and by operators, not by calling the class.  Always contiguous; `reshape`
    and slices of leading rows are views.

    Examples
    --------
    >>> x = mx.nd.array([[1, 2, 3], [4, 5, 6]])
    >>> (x + 1).asnumpy()
    array([[2., 3., 4.],
           [5., 6., 7.]], dtype=float32)
    """

    __slots__ = ("__weakref__", "_ctx", "_data", "_entry", "_grad", "_kind")
    __array_priority__ = 1000.0
    _symbolic = False

    def __init__(self, data: Any, ctx: Context, entry: Any = None) -> None:
        self._data = data
        self._ctx = ctx
        self._entry = entry
        self._grad: Any = None
        self._kind: Kind | None = None  # set when it is first asked for, or by the plan that made the array

    # --- What it is --------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self._data.shape

    @property
    def dtype(self) -> type:
        """The NumPy type of the elements, such as `numpy.float32`."""
        return self._data.dtype.type

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self._data.shape)

    @property
    def context(self) -> Context:
        """Where the array lives."""
        return self._ctx

    ctx = context

    @property
    def stype(self) -> str:
        """The storage type, always ``'default'``: sparse storage is not offered."""
        return "default"

    @property
    def grad(self) -> NDArray | None:
        """The gradient array that `attach_grad` made, or None."""
        return self._grad

    @property
    def T(self) -> NDArray:
        """A transposed copy."""
        return self._one(TRANSPOSE)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of an NDArray without axes")
        return self.shape[0]

    def __bool__(self) -> bool:
        if self.size == 0:
            return False
        if self.size == 1:
            return bool(self.asscalar())
        raise ValueError("The truth value of an NDArray with multiple elements is ambiguous.")

    def __hash__(self) -> int:
        return id(self) >> 4

    def __repr__(self) -> str:
        shape = "x".join(str(n) for n in self.shape)
        return f"\n{self.asnumpy()!s}\n<{type(self).__name__} {shape} @{self._ctx}>"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        return _unpickle, (self.asnumpy(), str(self._ctx.device_type), self._ctx.device_id)

    # --- Copies and views --------------------------------------------------------------------------------------------

    def copy(self) -> NDArray:
        """A copy on the same context; the gradient passes through."""
        return one(self, COPY)

    def copyto(self, other: Any) -> NDArray:
        """Copy into another NDArray, which is returned, or to a context as a new one; the gradient passes through.

        Raises
        ------
        ShapeError
            If shapes differ.
        """
        if isinstance(other, Context):
            moved = NDArray(device.copy_to(self._data, other), other)
            if state.recording and self._entry is not None:
                moved._entry = (Transfer(self._entry, self._ctx, (moved.shape, moved._data.dtype)), 0)
            return moved
        if isinstance(other, NDArray):
            if other is self or other._data is self._data:
                import warnings

                warnings.warn("You are attempting to copy an array to itself", RuntimeWarning, stacklevel=2)
                return other
            if other.shape != self.shape:
                raise ShapeError(f"copyto: the target has shape {other.shape}, need {self.shape}")
            other[:] = self
            return other
        raise TypeError(f"copyto does not support type {type(other)}")

    def as_in_context(self, context: Context) -> NDArray:
        """This array if it is on `context`, else a copy there; the gradient passes through."""
        if self._ctx is context:
            return self
        return self.copyto(context)

    as_in_ctx = as_in_context
    to_device = as_in_context

    def as_nd_ndarray(self) -> NDArray:
        """This array (the classic interface is the only one)."""
        return self

    def astype(self, dtype: Any, copy: bool = True) -> NDArray:
        """A copy of another dtype (this array itself if it has the dtype and `copy` is False)."""
        if not copy and self._data.dtype == dtype:
            return self
        try:
            op = CASTS[dtype]
        except (KeyError, TypeError):
            op = CAST.of(dtype=np.dtype(dtype).name)
            CASTS[op.dtype.name] = CASTS[op.dtype.type] = CASTS[op.dtype] = op
        return one(self, op)

    def tostype(self, stype: str) -> NDArray:
        """This array, for ``'default'``; sparse storage is not offered."""
        if stype != "default":
            raise MXNetError(f"tostype: storage type {stype!r} is not supported, only 'default'")
        return self

    def detach(self) -> NDArray:
        """The same memory, outside the recorded graph."""
        return NDArray(self._data, self._ctx)

    def _twin(self, data: Any, entry: Any = None, like: Kind | None = None) -> NDArray:
        """An NDArray of other raw data on this context."""
        x = blank()
        x._data = data
        x._ctx = self._ctx
        x._entry = entry
        x._grad = None
        x._kind = like
        return x

    def _zeros(self, shape: tuple[int, ...], dtype: Any) -> NDArray:
        return wrapped(device.full(self._ctx, shape, dtype, 0), self._ctx)

    def reshape_like(self, rhs: NDArray, **kwargs: Any) -> NDArray:
        """Reshaped to the shape of `rhs`."""
        return get("reshape_like").of(**kwargs)(self, rhs)

    reshape = indexing.reshape
    __getitem__ = indexing.getitem
    __setitem__ = indexing.setitem
    slice_assign = indexing.slice_assign
    slice_assign_scalar = indexing.slice_assign_scalar
    _slice = indexing.slice_rows
    _at = indexing.row
    broadcast_to = indexing.broadcast_to
    broadcast_like = indexing.broadcast_like

    # --- Autograd ----------------------------------------------------------------------------------------------------

    def attach_grad(self, grad_req: str = "write", stype: str | None = None) -> None:
        """Give this array a gradient buffer, so that `backward` writes its gradient to `.grad`.

        Parameters
        ----------
        grad_req : ``'write'``, ``'add'`` (accumulate) or ``'null'``.
        stype : only None or ``'default'``.
        """
        if stype not in (None, "default"):
            raise MXNetError(f"attach_grad: storage type {stype!r} is not supported, only 'default'")
        mark(self, self._zeros(self.shape, self._data.dtype), grad_req)

    def drop_grad(self) -> None:
        """Forget the gradient buffer."""
        self._grad = self._entry = None

    @property
    def _fresh_grad(self) -> bool:
        """Whether a backward wrote the gradient since this was set to False (asked by `gluon.Trainer`)."""
        return self._entry is not None and type(self._entry[0]) is Leaf and self._entry[0].fresh

    @_fresh_grad.setter
    def _fresh_grad(self, value: bool) -> None:
        if self._entry is not None and type(self._entry[0]) is Leaf:
            self._entry[0].fresh = bool(value)

    def backward(self, out_grad: Any = None, retain_graph: bool = False, train_mode: bool = True) -> None:
        """Gradients of this array with respect to all variables, written to their `.grad`.

        Parameters
        ----------
        out_grad : NDArray of this shape, the head gradient; ones by default.
        retain_graph : keep the graph for another backward.
        train_mode : whether operators behave as in training.
        """
        global _backward
        if _backward is None:
            from ..autograd import backward as _backward
        _backward([self], None if out_grad is None else [out_grad], retain_graph, train_mode)

    # --- Being an operand of operators -------------------------------------------------------------------------------

    def _pair(self, family: Any, other: NDArray) -> Any:
        return invoke(family.same if self._data.shape == other._data.shape else family.broadcast, (self, other))

    def _one(self, op: Operator) -> Any:
        return one(self, op)

    def _bound(self, op: Operator) -> Plan:
        return prepared(op.bind(self._ctx, False, ((self._data.shape, self._data.dtype),)))

    def __neg__(self) -> Any:
        return one(self, arithmetic.NEGATIVE)

    def __abs__(self) -> Any:
        return one(self, arithmetic.ABS)

    def _apply(self, op: Operator, inputs: tuple[Any, ...]) -> Any:
        return invoke(op, inputs, None, self._ctx)

    def _call(self, op: Operator, inputs: Any, out: Any = None, name: str | None = None) -> Any:
        return invoke(op, inputs, out)

    def _word_(self, word: str, *args: Any) -> Any:
        return words.apply(word, *args)


# Who calls it sets all attributes, one by one: a tuple of many is a tuple.
blank = maker(NDArray)


def wrapped(data: Any, ctx: Context, like: Kind | None = None) -> NDArray:
    """``NDArray(data, ctx)``, in half of the time."""
    x = blank()
    x._data = data
    x._ctx = ctx
    x._kind = like
    x._grad = x._entry = None
    return x


def kind(x: NDArray) -> Kind:
    """What an array is like; plans are found by it."""
    found = x._kind
    if found is None:
        found = x._kind = kind_of(x._data.shape, x._data.dtype, x._ctx)
    return found


def recognise(arrays: Any) -> bool:
    """Whether there are NDArrays whose kind nobody has asked for; plans are found for them from now on."""
    unseen = [x for x in arrays if type(x) is NDArray and x._kind is None]
    for x in unseen:
        kind(x)
    return bool(unseen)


for _dunder, _family in arithmetic.DUNDERS.items():
    setattr(NDArray, _dunder, arithmetic.eager(NDArray, recognise, _family))
for _dunder, _family in arithmetic.REFLECTED.items():
    setattr(NDArray, _dunder, arithmetic.eager(NDArray, recognise, _family, left=True))
for _dunder, _family in arithmetic.INPLACE.items():
    setattr(NDArray, _dunder, arithmetic.eager_inplace(NDArray, _family))


def mark(array: NDArray, grad: NDArray, grad_req: str) -> None:
    """Make `array` a variable of autograd whose gradient goes to `grad`."""
    if grad_req not in REQS:
        raise MXNetError(f"attach_grad: grad_req={grad_req!r}: need one of {', '.join(REQS)}")
    array._grad = grad
    array._entry = (Leaf(grad, grad_req), 0)


def invoke(op: Operator, inputs: Any, out: Any = None, ctx: Any = None) -> Any:
    """Run an operator on NDArrays.

    Parameters
    ----------
    op : operator instance.
    inputs : NDArrays, in the operator's order.
    out : NDArray or list of NDArrays to write the visible outputs to, instead of new ones.
    ctx : where an operator without inputs puts its result; by default the current context.

    Returns
    -------
    NDArray, or a list of them where there are several visible outputs.
    """
    plan = plan_for(op, inputs) if inputs else None
    if plan is None:
        plan = _plan(op, inputs, out, ctx)
    return run(plan, inputs) if out is None else into(plan, inputs, out)


def one(x: NDArray, op: Operator) -> Any:
    """`invoke` with one input, without `out`; the short way for operators whose mode is no matter."""
    plan = op._plans.get(x._kind)
    call = (_plan(op, (x,), None, None) if plan is None else plan).call
    return call(x)


# --- Plans -----------------------------------------------------------------------------------------------------------


def _key(op: Operator, kinds: list[Kind | None]) -> Any:
    """What the plan for inputs of these kinds is kept under."""
    if op.uses_mode:
        return (*kinds, state.training)
    return kinds[0] if len(kinds) == 1 else tuple(kinds)


def plan_for(op: Operator, inputs: Any) -> Plan | None:
    """The plan for inputs of which there were alike ones before."""
    try:
        if len(inputs) == 2:
            a, b = inputs
            plan = op._plans.get((a._kind, b._kind))
            if plan is not None:
                return plan
        return op._plans.get(_key(op, [x._kind for x in inputs]))
    except AttributeError:  # an input is no NDArray
        return None


def _plan(op: Operator, inputs: Any, out: Any, ctx: Any) -> Plan:
    """The plan of an operator for given NDArrays; it is kept under their kinds.

    Raises
    ------
    InputTypeError
        If an input is no NDArray.
    MXNetError
        If the inputs are in different places.
    """
    if inputs:
        if recognise(inputs) and (plan := plan_for(op, inputs)) is not None:
            return plan
        ctx = getattr(inputs[0], "_ctx", None)
    elif ctx is None:
        ctx = out._ctx if isinstance(out, NDArray) else current_context()
    for i, x in enumerate(inputs):
        if type(x) is not NDArray and not isinstance(x, NDArray):
            raise InputTypeError(f"{op.name}: {_name(op, inputs, i)} is {type(x).__name__}, need NDArray")
        if x._ctx is not ctx and not (x._ctx.on_cpu and ctx.on_cpu):
            raise MXNetError(f"{op.name}: {_name(op, inputs, i)} is on {x._ctx}, need {ctx} as the input before it")
    plan = prepared(op.bind(ctx, state.training, tuple([(x._data.shape, x._data.dtype) for x in inputs])))
    if inputs:
        op._plans[_key(op, [kind(x) for x in inputs])] = plan
    return plan


# --- Running plans: on arrays, and into given arrays -----------------------------------------------------------------
# What is called first gets a name: CPython 3.11 looks `plan.call(…)` up as a method, in ten times the time.


def prepared(plan: Plan) -> Plan:
    """A plan whose `call` applies it to NDArrays: machine code that does what `apply` does."""
    if plan.call is None:
        plan.call = calls.bind(plan, NDArray, state, lambda *inputs: apply(plan, inputs))
    return plan


def run(plan: Plan, inputs: Any) -> Any:
    """Run a plan; records the call."""
    call = plan.call
    return call(*inputs)


def apply(plan: Plan, inputs: Any) -> Any:
    """`run`, in Python."""
    datas = [x._data for x in inputs]
    if plan.shares:
        raws = [device.reshape(datas[0], plan.shape)]
    else:
        raws = plan.fresh()
        plan.run(*raws, *datas)
    outs = [wrapped(raw, plan.ctx, like) for raw, like in zip(raws[: plan.visible], plan.kinds)]
    _record(plan, inputs, datas, outs, raws)
    return outs[0] if len(outs) == 1 else outs


def into(plan: Plan, inputs: Any, out: Any) -> Any:
    """Run a plan with `out` as its visible outputs; records the call."""
    op = plan.op
    datas = [x._data for x in inputs]
    if plan.simple and type(out) is NDArray and kind(out) is plan.kind and not state.recording:
        raw = out._data
        if op.inplace or not device.overlaps(raw, datas):
            plan.run(raw, *datas)
            return out
    out = out if isinstance(out, (list, tuple)) else [out]
    raws = _raw_outputs(op, plan, out, datas, plan.ctx)
    plan.run(*raws, *datas)
    for target, raw in zip(out, raws):
        if target._data is not raw:
            device.copy(target._data, raw)
    _record(plan, inputs, datas, out, [*[x._data for x in out], *raws[len(out) :]])
    return out[0] if len(out) == 1 else list(out)


def _record(plan: Plan, inputs: Any, datas: Any, outs: Sequence[NDArray], raws: Any) -> None:
    """Put a call on the tape if autograd records and a variable is behind the inputs."""
    if plan.differentiable and state.recording:
        entries = tuple([x._entry for x in inputs])
        if entries.count(None) < len(entries):
            node = [plan, entries, datas if plan.keeps_inputs else None, raws if plan.keeps_outputs else None]
            for i, o in enumerate(outs):
                o._entry = (node, i)


def _name(op: Operator, inputs: Any, index: int) -> str:
    names = op.input_names(len(inputs))
    return names[index] if index < len(names) else f"input {index}"


def _raw_outputs(op: Operator, plan: Any, out: Any, datas: list[Any], ctx: Any) -> list[Any]:
    """The arrays to run into for `out=`: the given ones, or new ones where an input shares their memory."""
    if len(out) != op.num_visible():
        raise MXNetError(f"{op.name}: out has {len(out)} arrays, need {op.num_visible()}")
    raws = []
    for target, (shape, dtype) in zip(out, plan.out_specs):
        if not isinstance(target, NDArray):
            raise InputTypeError(f"{op.name}: out is {type(target).__name__}, need NDArray")
        if target.shape != shape:
            raise ShapeError(f"{op.name}: out has shape {target.shape}, need {shape}")
        if target._data.dtype != dtype:
            raise DTypeError(f"{op.name}: out has dtype {target._data.dtype}, need {dtype}")
        if target._ctx is not ctx:
            raise MXNetError(f"{op.name}: out is on {target._ctx}, need {ctx}")
        forbid_inplace(target)
        shared = not op.inplace and device.overlaps(target._data, datas)
        raws.append(device.empty(ctx, shape, dtype) if shared else target._data)
    return raws + [device.empty(ctx, shape, dtype) for shape, dtype in plan.out_specs[len(out) :]]


def forbid_inplace(array: NDArray) -> None:
    """Refuse to write to an array that the running recording depends on."""
    if state.recording and array._entry is not None:
        raise MXNetError(
            "Inplace operations (+=, -=, x[:]=, out=, etc) are not supported on arrays that autograd is recording"
        )


def assign(target: NDArray, source: NDArray) -> None:
    """Copy all numbers of `source` into `target`, which has its shape, across dtypes and contexts."""
    forbid_inplace(target)
    data = source._data
    if data.dtype != target._data.dtype:
        data = source.detach().astype(target._data.dtype)._data
    device.copy(target._data, data)


def waitall() -> None:
    """Wait until all computations are done."""
    device.synchronize_all()


def _unpickle(data: np.ndarray, device_type: str, device_id: int) -> NDArray:
    ctx = Context(device_type, device_id)
    return NDArray(device.from_host(ctx, data), ctx)
