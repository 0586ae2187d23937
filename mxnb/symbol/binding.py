"""From a symbol to an executor: arrays found or made for every argument."""

from __future__ import annotations

from typing import Any

from ..base import MXNetError, dtype_of
from . import infer
from .node import topological

__all__ = ["bind", "simple_bind"]

REQUESTS = ("write", "add", "null")


def bind(
    symbol: Any, ctx: Any, args: Any, args_grad: Any, grad_req: Any, aux_states: Any, group2ctx: Any, shared_exec: Any
) -> Any:
    """Serve `Symbol.bind`."""
    from ..executor import Executor

    return Executor._bind(symbol, ctx, args, args_grad, grad_req, aux_states, group2ctx)


def requests(grad_req: Any, names: list[str]) -> dict[str, str]:
    """What to do with each argument's gradient.

    Raises
    ------
    MXNetError
        When a request is not "write", "add" or "null".
    ValueError
        When a list does not have one request per argument.
    """
    if isinstance(grad_req, str):
        found = dict.fromkeys(names, grad_req)
    elif isinstance(grad_req, (list, tuple)):
        if len(grad_req) != len(names):
            raise ValueError(f"grad_req: got {len(grad_req)} requests for the {len(names)} arguments {names}")
        found = dict(zip(names, grad_req))
    elif isinstance(grad_req, dict):
        found = {name: grad_req.get(name, "null") for name in names}
    else:
        raise TypeError(f"grad_req: got {type(grad_req).__name__}, needs a str, list or dict")
    for name, request in found.items():
        if request not in REQUESTS:
            raise MXNetError(f"grad_req of {name!r} is {request!r}, needs one of {', '.join(REQUESTS)}")
    return found


def simple_bind(
    symbol: Any,
    ctx: Any,
    grad_req: Any,
    type_dict: dict[str, Any] | None,
    stype_dict: dict[str, str] | None,
    group2ctx: Any,
    shared_arg_names: list[str] | None,
    shared_exec: Any,
    shared_buffer: dict[str, Any] | None,
    shapes: dict[str, Any],
) -> Any:
    """Serve `Symbol.simple_bind`."""
    from ..executor import Executor
    from ..ndarray import zeros

    for name, stype in (stype_dict or {}).items():
        if stype != "default":
            raise MXNetError(f"simple_bind: {name!r} has storage type {stype!r}, only 'default' is supported")
    variables = {node.name: node for node in topological(symbol.heads) if node.is_variable}
    given = {name: infer.read_shape(shape, name) for name, shape in shapes.items() if name in variables}
    all_shapes = infer.infer_shapes(symbol.heads, given)
    missing = [name for name, node in variables.items() if not infer.known(all_shapes[id(node)][0])]
    if missing:
        raise MXNetError(f"simple_bind: the shapes of {', '.join(missing)} do not follow from {shapes or 'no shapes'}")
    types = {name: dtype_of(t, f"type_dict[{name!r}]") for name, t in (type_dict or {}).items() if name in variables}
    dtypes = infer.default_dtypes(symbol.heads, types)

    requested = requests(grad_req, symbol.list_arguments())
    shared = set(shared_arg_names or ())
    if shared_exec is not None and shared_arg_names is None:
        shared = set(shared_exec.arg_dict)

    def array(key: str, node: Any, found: Any) -> Any:
        shape, dtype = all_shapes[id(node)][0], dtypes[id(node)][0]
        if found is not None and found.shape == shape and found.dtype == dtype:
            return found
        if shared_buffer is not None:
            kept = shared_buffer.get(key)
            if kept is not None and kept.shape == shape and kept.dtype == dtype:
                return kept
        group = node.attrs.get("__ctx_group__")
        made = zeros(shape, (group2ctx or {}).get(group, ctx), dtype)
        if shared_buffer is not None:
            shared_buffer[key] = made
        return made

    args, grads, states = {}, {}, {}
    for name in symbol.list_arguments():
        node = variables[name]
        borrow = shared_exec is not None and name in shared
        args[name] = array(name, node, shared_exec.arg_dict.get(name) if borrow else None)
        if requested[name] != "null":
            grads[name] = array(f"grad of {name}", node, shared_exec.grad_dict.get(name) if borrow else None)
    for name in symbol.list_auxiliary_states():
        states[name] = array(name, variables[name], shared_exec.aux_dict.get(name) if shared_exec is not None else None)
    return Executor._bind(symbol, ctx, args, grads, requested, states, group2ctx)
