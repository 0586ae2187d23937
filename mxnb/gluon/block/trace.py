"""Tracing: a block's ``hybrid_forward``, run on symbols, becomes a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import symbol
from ..._state import state
from ...base import MXNetError
from ...executor import CachedOp
from ...ndarray import NDArray
from ...symbol import Symbol
from ...symbol.node import topological
from ..parameter.parameter import last, plain
from ..utils import shape_is_known

__all__ = ["Graph", "flatten", "regroup"]


class _Constant:
    """A Python value among the arguments; it becomes part of the graph."""

    def __init__(self, value):
        self.value = value


def flatten(value: tuple[Any, ...], constants: bool = False) -> tuple[Sequence[Any], Any]:
    """Take nested lists apart.

    Parameters
    ----------
    value : tuple of NDArray, Symbol, None, or nested lists and tuples of them
    constants : bool, default False
        Whether other values are allowed.

    Returns
    -------
    tuple of (list or tuple, structure)
        The arrays, and where they were, which is hashable: 0 for an array, None for None, ``(list or tuple, …)`` for
        a sequence.
    """
    for item in value:
        if type(item) is not NDArray:
            break
    else:  # nearly always
        return value, _ARRAYS[len(value)] if len(value) < len(_ARRAYS) else (tuple, *[0] * len(value))
    leaves: list[Any] = []
    return leaves, _structure(value, leaves, constants)


_ARRAYS = [(tuple, *[0] * count) for count in range(8)]


def _structure(value, leaves, constants):
    if isinstance(value, (NDArray, Symbol)):
        leaves.append(value)
        return 0
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple, *(_structure(item, leaves, constants) for item in value))
    if constants:
        return _Constant(value)
    raise ValueError(
        "When hybridized, the input of HybridBlock input must be (nested) list of Symbol or NDArray, "
        f"but got {value} of type {type(value)}"
    )


def regroup(structure, leaves):
    """The inverse of `flatten`.

    Parameters
    ----------
    structure
    leaves : iterator
    """
    if structure is None:
        return None
    if isinstance(structure, tuple):
        return structure[0](regroup(item, leaves) for item in structure[1:])
    return structure.value if isinstance(structure, _Constant) else next(leaves)


class _Shapes:
    """The shapes of variables during a trace, so that ``x.shape`` answers inside ``hybrid_forward``."""

    def __init__(self, shapes):
        self.shapes = shapes
        self.used = False

    def of(self, sym):
        """The shape of a single-output symbol; asking makes the graph valid for these input shapes only."""
        self.used = True
        names = set(sym.list_inputs())
        shape = sym.infer_shape_partial(**{name: s for name, s in self.shapes.items() if name in names})[1][0]
        if not shape_is_known(shape):
            raise MXNetError(f"Symbol '{sym.name}': its shape is not known while tracing; got {shape}")
        return tuple(shape)


def _values(sym):
    """``(name, operator, is it an input, entry)`` of everything that the operators of a symbol read and write."""
    for node in topological(sym.heads):
        if node.op is not None:
            for name, entry in zip(node.input_names(), node.inputs):
                yield f"{node.name}_{name}", node.op.name, True, entry
            for i in range(node.num_visible()):
                yield node.output_name(i), node.op.name, False, (node, i)


class Graph:
    """A traced block: its symbol, and which argument or parameter feeds each input.

    Parameters
    ----------
    block : HybridBlock
    structure
        Of the arguments, from `flatten`.
    shapes : list of tuple of int
        Of the array arguments.

    Attributes
    ----------
    shape_dependent : bool
        Whether ``.shape`` was read, so that the graph holds for these input shapes only.
    """

    _op: Any
    _watched: Any
    _fed: tuple[Any, Any, list[Any]]  # a context, the last change of parameters, and their arrays

    def __init__(self, block, structure, shapes):
        count = len(shapes)
        self.names = ["data"] if count == 1 else [f"data{i}" for i in range(count)]
        self.inputs = [symbol.var(name) for name in self.names]
        known = _Shapes(dict(zip(self.names, shapes)))
        outer, state.shapes = state.shapes, known
        try:
            out = block._trace(*regroup(structure, iter(self.inputs)))
        finally:
            state.shapes = outer
        self.structure, self.shape_dependent = structure, known.used
        leaves: list[Symbol] = []
        self.out_structure = self._flatten_outputs(out, leaves)
        self._connect(leaves, block._all_params())

    @classmethod
    def of_symbol(cls, out, inputs, params):
        """The graph of a symbol that exists already.

        Parameters
        ----------
        out : Symbol
        inputs : list of Symbol
            Variables of `out` that arguments feed, in their order.
        params : dict of str to Parameter
            What feeds the others.
        """
        self = cls.__new__(cls)
        self.names = [sym.name for sym in inputs]
        self.inputs, self.structure, self.shape_dependent = inputs, (tuple, *[0] * len(inputs)), False
        leaves: list[Symbol] = []
        self.out_structure = self._flatten_outputs(out, leaves)
        self._connect(leaves, params)
        return self

    @staticmethod
    def _flatten_outputs(out, leaves):
        """Like `flatten`, where a symbol of several outputs is a list of arrays."""
        if isinstance(out, Symbol):
            leaves.append(out)
            count = len(out.list_outputs())
            return 0 if count == 1 else (list, *[0] * count)
        if isinstance(out, (list, tuple)):
            kind = list if isinstance(out, list) else tuple
            return (kind, *(Graph._flatten_outputs(item, leaves) for item in out))
        return _structure(out, leaves, constants=False)

    def _connect(self, outputs, params):
        self.forget_plan()
        self.symbol = outputs[0] if len(outputs) == 1 else symbol.Group(outputs)
        position = {name: i for i, name in enumerate(self.names)}
        self.feeds: list[Any] = []  # per input of the symbol: the position of an argument, or a Parameter
        self.params = {}
        for name in self.symbol.list_inputs():
            if name in position:
                self.feeds.append(position[name])
            elif name in params:
                self.feeds.append(params[name])
                self.params[name] = params[name]
            else:
                raise MXNetError(f"Variable '{name}' of the traced graph is neither an argument nor a parameter")
        self._places = [(i, feed) for i, feed in enumerate(self.feeds) if type(feed) is int]

    def arrays(self, args):
        """The inputs of the symbol: arguments, and arrays of the parameters, kept until one of any is replaced.

        Parameters
        ----------
        args : sequence of NDArray

        Returns
        -------
        list of NDArray
        """
        ctx = args[0]._ctx
        known, change, found = self._fed
        if known is not ctx or change is not last.change:
            found = self._feed(ctx, args)
        arrays = found.copy()
        for i, position in self._places:
            arrays[i] = args[position]
        return arrays

    def _feed(self, ctx, args):
        """Arrays of the parameters, allocated if their initialization was deferred, and None for arguments."""
        if any(param._deferred_init for param in self.params.values()):
            for name, shape in self.infer("shape", args).items():
                self.params[name].shape = shape
            for param in self.params.values():
                param._finish_deferred_init()
        change = last.change
        found = [None if type(feed) is int else feed.data(ctx) for feed in self.feeds]
        if plain(self.params.values()):
            self._fed = ctx, change, found
        return found

    def run(self, flags, arrays, hooks=()):
        """Compute the outputs of the symbol.

        Parameters
        ----------
        flags : dict
            Of ``hybridize``.
        arrays : list of NDArray
            One per input of the symbol.
        hooks : sequence of (callable, bool)
            From ``register_op_hook``.

        Returns
        -------
        list of NDArray
        """
        if hooks:
            return self._run_watched(flags, arrays, hooks)
        if self._op is None:
            self._op = CachedOp(self.symbol, flags)
        return self._op.run(arrays)

    def _run_watched(self, flags, arrays, hooks):
        """Compute the values inside the graph as further outputs, and show them to the hooks."""
        if self._watched is None:
            rows = list(_values(self.symbol))
            heads = [*self.symbol.heads, *(entry for *_, entry in rows)]
            self._watched = CachedOp(Symbol(heads), flags), rows
        op, rows = self._watched
        found = op(*arrays)
        count = len(found) - len(rows)
        for callback, monitor_all in hooks:
            for (name, op_name, is_input, _), array in zip(rows, found[count:]):
                if monitor_all or not is_input:
                    callback(name, op_name, array)
        return found[:count]

    def forget_plan(self):
        """Make the next `run` start anew, with its own flags."""
        self._op = self._watched = None
        self._fed = None, None, []

    def infer(self, what, args):
        """Infer the shapes or dtypes of all variables from those of the arguments.

        Parameters
        ----------
        what : {'shape', 'dtype'}
        args : list of NDArray

        Returns
        -------
        dict of str to tuple or dtype
            Of the parameters.
        """
        function = self.symbol.infer_shape if what == "shape" else self.symbol.infer_type
        used = set(self.symbol.list_inputs())
        known = {name: getattr(arg, what) for name, arg in zip(self.names, args) if name in used}
        arguments, _, auxiliary = function(**known)
        if arguments is None:
            raise ValueError(f"Deferred initialization failed because {what} cannot be inferred from {known}.")
        names = [*self.symbol.list_arguments(), *self.symbol.list_auxiliary_states()]
        found = dict(zip(names, [*arguments, *auxiliary]))
        return {name: found[name] for name in self.params}
