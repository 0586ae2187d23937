"""From a symbol to an executor: arrays found or made for every argument."""

from __future__ import annotations

from typing import Any

from ..base import MXNetError, dtype_of
from . import infer
from .node import Entry, topological

__all__ = ["Binding", "requests"]

REQUESTS = ("write", "add", "null")


def requests(grad_req: Any, names: list[str]) -> dict[str, str]:
    """What to do with each argument's gradient.

    Parameters
    ----------
    grad_req : str, list or dict of str
        One for all arguments, one for each, or by name; arguments missing in a dict get "null".
    names : list of str
        The arguments.

    Returns
    -------
    dict of str to str

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


class Binding:
    """The methods of Symbol that run it."""

    __slots__ = ()
    heads: list[Entry]

    def bind(
        self,
        ctx: Any,
        args: Any,
        args_grad: Any = None,
        grad_req: Any = "write",
        aux_states: Any = None,
        group2ctx: Any = None,
        shared_exec: Any = None,
    ) -> Any:
        """An executor of this symbol on given arrays.

        Parameters
        ----------
        ctx : Context
        args : list of NDArray or dict of str to NDArray
            The arguments.
        args_grad : list of NDArray or dict of str to NDArray, optional
            Where `backward` writes gradients.
        grad_req : {"write", "add", "null"}, list or dict of them
            What `backward` does with each gradient.
        aux_states : list of NDArray or dict of str to NDArray
            The auxiliary states.
        group2ctx : dict of str to Context, optional
            Where the operators of each ``ctx_group`` run.
        shared_exec : Executor, optional
            Accepted for compatibility: every executor plans its own working memory.

        Returns
        -------
        Executor
        """
        from ..executor import Executor

        return Executor._bind(self, ctx, args, args_grad, grad_req, aux_states, group2ctx)

    def simple_bind(
        self,
        ctx: Any,
        grad_req: Any = "write",
        type_dict: dict[str, Any] | None = None,
        stype_dict: dict[str, str] | None = None,
        group2ctx: Any = None,
        shared_arg_names: list[str] | None = None,
        shared_exec: Any = None,
        shared_buffer: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """An executor with new arrays for the arguments, their gradients and the auxiliary states, all zero.

        Parameters
        ----------
        ctx : Context
        grad_req : {"write", "add", "null"}, list or dict of them
            Gradients that are "null", or are missing in a dict, get no array.
        type_dict : dict of str to dtype, optional
            Dtypes of arguments; what does not follow from them is float32.
        stype_dict : dict of str to str, optional
            Storage types; only "default" is supported.
        group2ctx : dict of str to Context, optional
            Where the arguments and operators of each ``ctx_group`` live.
        shared_arg_names : list of str, optional
            Arguments whose arrays, gradients included, come from `shared_exec`.
        shared_exec : Executor, optional
        shared_buffer : dict of str to NDArray, optional
            Arrays by argument name: used where shape and dtype fit, else filled with the new ones.
        **kwargs : tuple of int
            Shapes of arguments. Names that the symbol does not have are ignored.

        Returns
        -------
        Executor

        Raises
        ------
        MXNetError
            When shapes are missing or contradict each other.
        """
        arrays = Arrays(
            self, ctx, type_dict, stype_dict, group2ctx, shared_arg_names, shared_exec, shared_buffer, kwargs
        )
        return arrays.bind(grad_req)

    def eval(self, ctx: Any = None, **kwargs: Any) -> list[Any]:
        """Compute the outputs once.

        Parameters
        ----------
        ctx : Context, optional
            The current context by default.
        **kwargs : NDArray
            The arguments.

        Returns
        -------
        list of NDArray

        Examples
        --------
        >>> (mx.sym.Variable("x") + 1).eval(x=mx.nd.ones(2))[0].asnumpy()
        array([2., 2.], dtype=float32)
        """
        from ..context import current_context

        return self.bind(current_context() if ctx is None else ctx, kwargs).forward()


class Arrays:
    """The arrays that `simple_bind` makes, or borrows."""

    def __init__(
        self,
        symbol: Any,
        ctx: Any,
        type_dict: dict[str, Any] | None,
        stype_dict: dict[str, str] | None,
        group2ctx: Any,
        shared_arg_names: list[str] | None,
        shared_exec: Any,
        shared_buffer: dict[str, Any] | None,
        shapes: dict[str, Any],
    ) -> None:
        self.symbol, self.ctx, self.group2ctx = symbol, ctx, group2ctx
        self.lender, self.buffer = shared_exec, shared_buffer
        for name, stype in (stype_dict or {}).items():
            if stype != "default":
                raise MXNetError(f"simple_bind: {name!r} has storage type {stype!r}, only 'default' is supported")
        self.variables = {node.name: node for node in topological(symbol.heads) if node.is_variable}
        given = {name: infer.read_shape(shape, name) for name, shape in shapes.items() if name in self.variables}
        self.shapes = infer.infer_shapes(symbol.heads, given)
        missing = [name for name, node in self.variables.items() if not infer.known(self.shapes[id(node)][0])]
        if missing:
            raise MXNetError(
                f"simple_bind: the shapes of {', '.join(missing)} do not follow from {shapes or 'no shapes'}"
            )
        types = {
            name: dtype_of(dtype, f"type_dict[{name!r}]")
            for name, dtype in (type_dict or {}).items()
            if name in self.variables
        }
        self.dtypes = infer.default_dtypes(symbol.heads, types)
        self.borrowed = set(self.variables if shared_arg_names is None else shared_arg_names)

    def bind(self, grad_req: Any) -> Any:
        """The executor."""
        from ..executor import Executor

        names = self.symbol.list_arguments()
        wanted = requests(grad_req, names)
        args = {name: self.array(name, name, "arg_dict", name in self.borrowed) for name in names}
        grads = {
            name: self.array(name, f"grad of {name}", "grad_dict", name in self.borrowed)
            for name in names
            if wanted[name] != "null"
        }
        states = {name: self.array(name, name, "aux_dict", True) for name in self.symbol.list_auxiliary_states()}
        return Executor._bind(self.symbol, self.ctx, args, grads, wanted, states, self.group2ctx)

    def array(self, name: str, key: str, kind: str, borrow: bool) -> Any:
        """The array of one variable: the other executor's, the buffer's, or a new one."""
        from ..ndarray import zeros

        node = self.variables[name]
        shape, dtype = self.shapes[id(node)][0], self.dtypes[id(node)][0]
        found = getattr(self.lender, kind).get(name) if borrow and self.lender is not None else None
        if found is None and self.buffer is not None:
            found = self.buffer.get(key)
        if found is None or found.shape != shape or found.dtype != dtype:
            group = node.attrs.get("__ctx_group__")
            found = zeros(shape, (self.group2ctx or {}).get(group, self.ctx), dtype)
            if self.buffer is not None:
                self.buffer[key] = found
        return found
