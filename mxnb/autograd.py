"""Automatic differentiation: record what is computed, then send gradients back.

>>> x = mx.nd.array([1., 2.])
>>> x.attach_grad()
>>> with mx.autograd.record():
...     y = x * x
>>> y.backward()
>>> x.grad.asnumpy()
array([2., 4.], dtype=float32)
"""

from __future__ import annotations

from collections.abc import Iterable
from sys import getrefcount
from typing import Any

import numpy as np

from . import _tape
from ._state import state
from ._tape import Leaf
from .base import MXNetError
from .context import cpu
from .kernels import device, large
from .ndarray.ndarray import NDArray, mark

__all__ = [
    "Function",
    "backward",
    "get_symbol",
    "grad",
    "is_recording",
    "is_training",
    "mark_variables",
    "pause",
    "predict_mode",
    "record",
    "set_recording",
    "set_training",
    "train_mode",
]


SMALL = 1 << 12  # bytes that are copied faster than one finds out whether they must be


def is_recording() -> bool:
    """Whether operators are being recorded in this thread."""
    return state.recording


def is_training() -> bool:
    """Whether operators behave as in training in this thread."""
    return state.training


def set_recording(is_recording: bool) -> bool:
    """Switch recording on or off; returns what it was."""
    before, state.recording = state.recording, bool(is_recording)
    return before


def set_training(train_mode: bool) -> bool:
    """Switch training behaviour on or off; returns what it was."""
    before, state.training = state.training, bool(train_mode)
    return before


class _Scope:
    """Sets the two flags inside a `with` block; None leaves one as it is.

    What the flags were is kept by thread, so that one scope serves all blocks of its sort.
    """

    __slots__ = ("recording", "training")

    def __init__(self, recording: bool | None, training: bool | None) -> None:
        self.recording, self.training = recording, training

    def __enter__(self) -> None:
        flags = state.__dict__  # the thread is looked up once
        flags["before"].append((flags["recording"], flags["training"]))
        if self.recording is not None:
            flags["recording"] = self.recording
        if self.training is not None:
            flags["training"] = self.training

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        flags = state.__dict__
        flags["recording"], flags["training"] = flags["before"].pop()


_SCOPES = {(r, t): _Scope(r, t) for r in (True, False, None) for t in (True, False, None)}
_RECORD = _SCOPES[True, True]


def record(train_mode: bool = True) -> _Scope:
    """A scope in which operators are recorded.

    Parameters
    ----------
    train_mode : whether they also behave as in training (dropout, batch statistics).
    """
    return _RECORD if train_mode is True else _SCOPES[True, bool(train_mode)]


def pause(train_mode: bool = False) -> _Scope:
    """A scope in which operators are not recorded."""
    return _SCOPES[False, bool(train_mode)]


def train_mode() -> _Scope:
    """A scope in which operators behave as in training, recorded or not."""
    return _SCOPES[None, True]


def predict_mode() -> _Scope:
    """A scope in which operators behave as in prediction, recorded or not."""
    return _SCOPES[None, False]


def mark_variables(variables: Any, gradients: Any, grad_reqs: Any = "write") -> None:
    """Make arrays variables whose gradients go to given arrays.

    Parameters
    ----------
    variables, gradients : NDArray or list of NDArrays
    grad_reqs : 'write', 'add' or 'null', or a list of them
    """
    variables = [variables] if isinstance(variables, NDArray) else list(variables)
    gradients = [gradients] if isinstance(gradients, NDArray) else list(gradients)
    reqs = [grad_reqs] * len(variables) if isinstance(grad_reqs, str) else list(grad_reqs)
    assert len(variables) == len(gradients) == len(reqs)
    for variable, gradient, req in zip(variables, gradients, reqs):
        mark(variable, gradient, req)


def _heads(heads: Any, head_grads: Any) -> list[tuple[Any, NDArray]]:
    heads = (heads,) if isinstance(heads, NDArray) else list(heads)
    if head_grads is None:
        head_grads = (None,) * len(heads)
    elif isinstance(head_grads, NDArray):
        head_grads = (head_grads,)
    assert len(head_grads) == len(heads), "heads and head_grads must have the same length"
    found = []
    for head, gradient in zip(heads, head_grads):
        if head._entry is None:
            raise MXNetError(
                "backward: the array was not computed while recording, or from no array that attach_grad was called on"
            )
        if gradient is None:
            gradient = NDArray(device.full(head._ctx, head.shape, head._data.dtype, 1), head._ctx)
            gradient._kind = head._kind
        elif gradient._kind is head._kind is not None:
            pass
        elif gradient._data.dtype != head._data.dtype or gradient.size != head.size:
            raise MXNetError(
                f"backward: a head gradient is {gradient.shape} {gradient._data.dtype}, "
                f"need {head.shape} {head._data.dtype}"
            )
        found.append((head._entry, gradient))
    return found


def backward(heads: Any, head_grads: Any = None, retain_graph: bool = False, train_mode: bool = True) -> None:
    """Gradients of heads with respect to all variables, written or added to their gradient arrays.

    Parameters
    ----------
    heads : NDArray or list of NDArrays
    head_grads : NDArray or list; gradients of the heads, ones where None
    retain_graph : keep the graph for another backward
    train_mode : whether operators behave as in training

    Raises
    ------
    MXNetError
        If nothing was recorded, or the graph was used up before.
    """
    starts = _heads(heads, head_grads)
    leaves: list[Leaf] = []
    flags = state.__dict__
    before = flags["recording"], flags["training"]
    flags["recording"], flags["training"] = False, bool(train_mode)
    try:
        grads = _tape.flow(starts, None, retain_graph, leaves)
        for leaf in leaves:
            if leaf.req != "null":
                _deliver(leaf, grads.pop(id(leaf), None))
    finally:
        flags["recording"], flags["training"] = before


def _deliver(leaf: Leaf, gradient: list[NDArray] | None) -> None:
    """Bring a gradient, the only element of a list, to its array."""
    buffer = leaf.grad
    if gradient is None:
        if leaf.req == "write":
            buffer[...] = 0
    elif leaf.req == "add":
        buffer += gradient[0]
    elif buffer._data.nbytes < SMALL or not _take_over(buffer, gradient):
        device.copy(buffer._data, gradient[0]._data)
    leaf.fresh = True


def _take_over(buffer: NDArray, gradient: list[NDArray]) -> bool:
    """Give `buffer` the memory of a gradient instead of a copy, if nobody can tell: no one else holds either memory."""
    holders = _holders(buffer, gradient)
    new, old = gradient[0]._data, buffer._data
    if type(new) is not np.ndarray or type(old) is not np.ndarray or not (large.whole(new) and large.whole(old)):
        return False
    if holders != (_ALONE[0], _ALONE[1] + large.kept(new), _ALONE[2] + large.kept(old)):
        return False
    if new.shape != old.shape or new.dtype != old.dtype:
        return False
    buffer._data = new
    return True


def _holders(buffer: NDArray, gradient: list[NDArray]) -> tuple[int, int, int]:
    """How many references there are to a gradient, to its memory and to that of its array."""
    return getrefcount(gradient[0]), getrefcount(gradient[0]._data), getrefcount(buffer._data)


_ALONE = _holders(NDArray(np.empty(1), cpu()), [NDArray(np.empty(1), cpu())])


def grad(
    heads: Any, variables: Any, head_grads: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
    train_mode: bool = True,
) -> list[NDArray]:  # fmt: skip
    """Gradients of heads with respect to given variables, as new arrays.

    Parameters
    ----------
    heads, head_grads : as in `backward`
    variables : NDArray or list of NDArrays with attached gradients
    retain_graph : keep the graph; by default as `create_graph`
    create_graph : record the computation of the gradients, so that they can be differentiated again
    train_mode : whether operators behave as in training

    Returns
    -------
    list of NDArrays, always

    Raises
    ------
    MXNetError
        If a variable has no gradient attached or was not used.
    """
    variables = [variables] if isinstance(variables, NDArray) else list(variables)
    starts = _heads(heads, head_grads)
    for v in variables:
        if v._entry is None or type(v._entry[0]) is not Leaf:
            raise MXNetError("grad: a variable was not marked with attach_grad")
    keep = create_graph if retain_graph is None else retain_graph
    leaves: list[Leaf] = []
    with _SCOPES[bool(create_graph), bool(train_mode)]:
        grads = _tape.flow(starts, [v._entry for v in variables], keep, leaves)
    used = {id(leaf) for leaf in leaves}
    found = []
    for v in variables:
        key = id(v._entry[0])
        if key not in used:
            raise MXNetError("grad: a variable cannot be reached from the heads")
        found.append(grads[key][0] if key in grads else v._zeros(v.shape, v._data.dtype))
    return found


def get_symbol(x: NDArray) -> Any:
    """The recorded computation of an array, as Symbol."""
    from .symbol.recorded import from_tape

    return from_tape(x)


class Function:
    """A differentiable function written by its user: override `forward` and `backward`, call the instance once.

    Examples
    --------
    >>> class Double(mx.autograd.Function):
    ...     def forward(self, x):
    ...         return x * 2
    ...     def backward(self, dy):
    ...         return dy * 2
    >>> Double()(mx.nd.ones((2,))).asnumpy()
    array([2., 2.], dtype=float32)
    """

    def __init__(self) -> None:
        self._used = False
        self._saved: tuple[Any, ...] = ()

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept."""
        return self._saved

    def save_for_backward(self, *args: Any) -> None:
        """Keep arrays for `backward`."""
        self._saved = args

    def forward(self, *inputs: Any) -> Any:
        """The result of NDArrays; one NDArray or several."""
        raise NotImplementedError

    def backward(self, *output_grads: Any) -> Any:
        """The gradients with respect to the inputs, from those with respect to the outputs."""
        raise NotImplementedError

    def __call__(self, *inputs: NDArray) -> Any:
        assert not self._used, "each instance of Function can be called only once; make another one"
        self._used = True
        recording = state.recording
        with _SCOPES[False, None]:
            outputs = self.forward(*inputs)
        single = isinstance(outputs, NDArray)
        outs = [outputs] if single else list(outputs)
        if recording and any(x._entry is not None for x in inputs):
            node = _Custom(self, inputs, outs)
            outs = [o if o._entry is None else o.detach() for o in outs]
            for i, o in enumerate(outs):
                o._entry = (node, i)
        return outs[0] if single else (outs if isinstance(outputs, list) else tuple(outs))


class _Custom:
    """The tape's node of a `Function`."""

    def __init__(self, function: Function, inputs: Iterable[NDArray], outs: list[NDArray]) -> None:
        self.function, self.freed = function, False
        self.parents = tuple(x._entry for x in inputs)
        self.shapes = [x.shape for x in inputs]
        self._specs = [(o.shape, o._data.dtype) for o in outs]

    def propagate(self, dys: list[Any], wanted: list[bool]) -> list[Any]:
        """Call the user's backward."""
        with _SCOPES[None, True]:
            got = self.function.backward(*dys)
        grads = [got] if isinstance(got, NDArray) or got is None else list(got)
        if len(grads) != len(self.parents):
            raise MXNetError(
                f"{type(self.function).__name__}.backward returned {len(grads)} gradients, need {len(self.parents)}"
            )
        for g, shape in zip(grads, self.shapes):
            if g is not None and g.shape != shape:
                raise MXNetError(
                    f"{type(self.function).__name__}.backward: a gradient has shape {g.shape}, need {shape}"
                )
        return grads

    def free(self) -> None:
        """Drop the function and what it saved."""
        self.freed = True
        self.function._saved = ()

    def count(self) -> int:
        """Number of outputs."""
        return len(self._specs)

    visible = count

    def specs(self) -> list[Any]:
        """(shape, dtype) of the outputs."""
        return self._specs
