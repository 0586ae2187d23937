"""`Symbol`: an expression that is written down first and computed later."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator
from typing import Any

from .._state import state
from ..base import MXNetError, NotImplementedForSymbol, atomic_write
from . import arithmetic, infer, json_format
from .binding import Binding
from .compose import apply, compose
from .methods import OperatorMethods
from .node import Entry, Node, copy_graph, topological

__all__ = ["Symbol", "fromjson", "load", "load_json"]


class Symbol(OperatorMethods, arithmetic.Arithmetic, Binding):
    """One or several outputs of a graph of operators.

    Made by `mx.sym.Variable`, by operators and by `mx.sym.Group`, not by calling the class.

    Attributes
    ----------
    heads : list of (Node, int)
        The outputs: which output of which node.

    Examples
    --------
    >>> data = mx.sym.Variable("data")
    >>> net = mx.sym.FullyConnected(data, num_hidden=10, name="fc")
    >>> net.list_arguments()
    ['data', 'fc_weight', 'fc_bias']
    >>> net.infer_shape(data=(32, 784))[1]
    [(32, 10)]
    """

    __slots__ = ("__weakref__", "heads")
    __array_priority__ = 1000.0
    _symbolic = True

    def __init__(self, heads: list[Entry]) -> None:
        self.heads = heads

    # --- Looking at it ------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str | None:
        """The name of the node that all outputs come from, None for a group."""
        node = self._only_node()
        return None if node is None else node.name

    def _only_node(self) -> Node | None:
        first = self.heads[0][0]
        return first if all(node is first for node, _ in self.heads) else None

    def __repr__(self) -> str:
        if self._only_node() is None:
            return f"<{type(self).__name__} group [{', '.join(node.name for node, _ in self.heads)}]>"
        return f"<{type(self).__name__} {self.name}>"

    def __len__(self) -> int:
        return len(self.heads)

    def __iter__(self) -> Iterator[Symbol]:
        return iter([Symbol([head]) for head in self.heads])

    def __getitem__(self, index: Any) -> Symbol:
        """One output by position or by name, or a slice of them.

        Raises
        ------
        IndexError
            When there are fewer outputs.
        ValueError
            When no output, or more than one, has the name; or the slice is empty.
        TypeError
            When the index is something else.
        """
        if isinstance(index, str):
            names = self.list_outputs()
            if names.count(index) != 1:
                how = "Cannot find output that matches" if index not in names else "There are multiple outputs with"
                raise ValueError(f'{how} name "{index}"; there are {", ".join(names)}')
            return Symbol([self.heads[names.index(index)]])
        if isinstance(index, slice):
            if not self.heads[index]:
                raise ValueError(f"{index} selects none of the {len(self)} outputs")
            return Symbol(self.heads[index])
        try:
            position = operator.index(index)
        except TypeError:
            raise TypeError(f"a Symbol's index is an int, a str or a slice, got {index!r}") from None
        if not -len(self) <= position < len(self):
            raise IndexError(f"output {position} of {len(self)}")
        return Symbol([self.heads[position]])

    def _auxiliary_ids(self) -> set[int]:
        return {
            id(source)
            for node in topological(self.heads)
            for (source, _), auxiliary in zip(node.inputs, node.auxiliary())
            if auxiliary
        }

    def list_arguments(self) -> list[str]:
        """The names of the variables that are not auxiliary states, in the order in which the graph needs them.

        Returns
        -------
        list of str
        """
        auxiliary = self._auxiliary_ids()
        return [n.name for n in topological(self.heads) if n.is_variable and id(n) not in auxiliary]

    def list_auxiliary_states(self) -> list[str]:
        """The names of the variables that operators update by themselves, such as moving averages.

        Returns
        -------
        list of str
        """
        auxiliary = self._auxiliary_ids()
        return [n.name for n in topological(self.heads) if n.is_variable and id(n) in auxiliary]

    def list_inputs(self) -> list[str]:
        """The names of all variables, auxiliary states included.

        Returns
        -------
        list of str
        """
        return [node.name for node in topological(self.heads) if node.is_variable]

    def list_outputs(self) -> list[str]:
        """The names of the outputs: ``fc_output``.

        Returns
        -------
        list of str
        """
        return [node.output_name(index) for node, index in self.heads]

    def get_internals(self) -> Symbol:
        """All visible outputs of all nodes, variables included.

        Returns
        -------
        Symbol

        Examples
        --------
        >>> net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=10, name="fc")
        >>> mx.sym.Activation(net, act_type="relu").get_internals()["fc_output"]
        <Symbol fc>
        """
        return Symbol([(node, i) for node in topological(self.heads) for i in range(node.num_visible())])

    def get_children(self) -> Symbol | None:
        """The inputs of the nodes that the outputs come from.

        Returns
        -------
        Symbol or None
            None when there are no inputs.
        """
        nodes = {id(node): node for node, _ in self.heads}
        inputs = [entry for node in nodes.values() for entry in node.inputs]
        return Symbol(inputs) if inputs else None

    # --- Attributes ---------------------------------------------------------------------------------------------------

    def attr(self, key: str) -> str | None:
        """One attribute.

        Parameters
        ----------
        key : str

        Returns
        -------
        str or None
            None when there is no such attribute, or for a group.
        """
        node = self._only_node()
        return None if node is None else node.listed_attrs().get(key)

    def list_attr(self, recursive: bool = False) -> dict[str, str]:
        """The attributes of the first output's node.

        Parameters
        ----------
        recursive : bool
            No longer supported; see `attr_dict`.

        Returns
        -------
        dict of str to str

        Raises
        ------
        DeprecationWarning
            When `recursive` is set.
        """
        if recursive:
            raise DeprecationWarning("Symbol.list_attr(recursive=True) is not supported, use attr_dict()")
        return self.heads[0][0].listed_attrs()

    def attr_dict(self) -> dict[str, dict[str, str]]:
        """The attributes of all nodes that have any.

        Returns
        -------
        dict of str to dict
            By the names of the nodes.
        """
        found: dict[str, dict[str, str]] = {}
        for node in topological(self.heads):
            if node.attrs:
                found.setdefault(node.name, {}).update(node.listed_attrs())
        return found

    def _set_attr(self, **kwargs: str) -> None:
        """Add attributes to the node, or change them; every symbol that holds the node sees it.

        Raises
        ------
        ValueError
            When a value is not a string.
        MXNetError
            For a group, or when the operator does not have the parameter.
        """
        node = self._only_node()
        if node is None:
            raise MXNetError("_set_attr: a group has no attributes of its own")
        for key, value in kwargs.items():
            if not isinstance(value, str):
                raise ValueError(f"Set Attr only accepts string values; {key} is {value!r}")
        node.set_attrs(kwargs)

    # --- Composition and copies ---------------------------------------------------------------------------------------

    def __call__(self, *args: Symbol, **kwargs: Any) -> Symbol:
        """A copy in which variables are replaced by other symbols.

        Parameters
        ----------
        *args : Symbol
            Not supported: variables are replaced by name.
        name : str, optional
            A new name for the copy.
        **kwargs : Symbol
            From the names of variables to what takes their place.

        Returns
        -------
        Symbol

        Raises
        ------
        TypeError
            When something other than a Symbol is given.
        MXNetError
            When there is no such variable, or a replacement has several outputs.

        Examples
        --------
        >>> net = mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=3, name="top")
        >>> net(x=mx.sym.Variable("y")).list_arguments()
        ['y', 'top_weight', 'top_bias']
        """
        name = kwargs.pop("name", None)
        if args and kwargs:
            raise TypeError("compose only accept input Symbols either as positional or keyword arguments, not both")
        for value in [*args, *kwargs.values()]:
            if not isinstance(value, Symbol):
                raise TypeError(f"Compose expect `Symbol` as arguments, got {type(value).__name__}")
        if args and not self.heads[0][0].is_variable:
            raise MXNetError(f"composition: name the variables to replace, one of {', '.join(self.list_inputs())}")
        copied = Symbol(copy_graph(self.heads))
        compose(copied, name, kwargs)
        return copied

    def __copy__(self) -> Symbol:
        return Symbol(copy_graph(self.heads))

    def __deepcopy__(self, memo: dict[int, Any]) -> Symbol:
        return Symbol(copy_graph(self.heads))

    def __reduce__(self) -> Any:
        return load_json, (self.tojson(),)

    # --- Inference ----------------------------------------------------------------------------------------------------

    def infer_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The shapes of everything, from those of some arguments.

        Parameters
        ----------
        *args : tuple of int or None
            Shapes in the order of `list_arguments`.
        **kwargs : tuple of int
            Shapes by name. A dimension of 0 is unknown.

        Returns
        -------
        (list, list, list) of tuple of int
            Of the arguments, outputs and auxiliary states; three times None, with a warning, where shapes remain
            unknown.

        Raises
        ------
        MXNetError
            When shapes contradict each other, or there is no such argument.
        """
        return infer.infer(self, "shape", False, args, kwargs)

    def infer_shape_partial(self, *args: Any, **kwargs: Any) -> Any:
        """As `infer_shape`, but with incomplete results: 0 for an unknown dimension, () for an unknown shape.

        Returns
        -------
        (list, list, list) of tuple of int
        """
        return infer.infer(self, "shape", True, args, kwargs)

    def infer_type(self, *args: Any, **kwargs: Any) -> Any:
        """The dtypes of everything, from those of some arguments.

        Parameters
        ----------
        *args : dtype or None
            In the order of `list_arguments`.
        **kwargs : dtype
            By name.

        Returns
        -------
        (list, list, list) of type
            Of the arguments, outputs and auxiliary states; three times None, with a warning, where some remain
            unknown.

        Raises
        ------
        MXNetError
            When dtypes contradict each other, or there is no such argument.
        """
        return infer.infer(self, "type", False, args, kwargs)

    def infer_type_partial(self, *args: Any, **kwargs: Any) -> Any:
        """As `infer_type`, but with incomplete results: None for an unknown dtype.

        Returns
        -------
        (list, list, list) of type or None
        """
        return infer.infer(self, "type", True, args, kwargs)

    # --- Text ---------------------------------------------------------------------------------------------------------

    def tojson(self, remove_amp_cast: bool = True) -> str:
        """The graph as text that MXNet 1.x reads too.

        Parameters
        ----------
        remove_amp_cast : bool
            Whether casts that mixed precision has inserted are left out.

        Returns
        -------
        str
        """
        return json_format.dumps(self.heads, remove_amp_cast)

    def save(self, fname: str | os.PathLike[str], remove_amp_cast: bool = True) -> None:
        """Write `tojson` to a file.

        Parameters
        ----------
        fname : str or os.PathLike
            An existing file is replaced only when the new one is complete.
        remove_amp_cast : bool
            Whether casts that mixed precision has inserted are left out.

        Raises
        ------
        MXNetError
            When the file cannot be written.
        """
        if not isinstance(fname, (str, os.PathLike)):
            raise TypeError(f"fname need to be string, got {type(fname).__name__}")
        text = self.tojson(remove_amp_cast)
        with atomic_write(fname, "w") as file:
            file.write(text)

    def debug_str(self) -> str:
        """A listing of the graph for people.

        Returns
        -------
        str
        """
        return json_format.listing(self.heads)

    # --- Running ------------------------------------------------------------------------------------------------------

    def gradient(self, wrt: Any) -> Any:
        """Not supported, as in MXNet 1.9.1: bind the symbol and call `Executor.backward`.

        Raises
        ------
        MXNetError
            Always.
        """
        raise MXNetError("Symbol.gradient is not implemented; bind the symbol and use Executor.backward")

    def get_backend_symbol(self, backend: str) -> Symbol:
        """Not supported: there are no subgraph backends.

        Raises
        ------
        MXNetError
            Always.
        """
        raise MXNetError(f"subgraph backend {backend!r} is not supported; there are none")

    def optimize_for(self, backend: str, *args: Any, **kwargs: Any) -> Symbol:
        """Not supported: there are no subgraph backends.

        Raises
        ------
        MXNetError
            Always.
        """
        return self.get_backend_symbol(backend)

    def as_nd_ndarray(self) -> Symbol:
        """This symbol (the classic interface is the only one)."""
        return self

    def as_np_ndarray(self) -> Symbol:
        """Not supported: there is no NumPy interface.

        Raises
        ------
        MXNetError
            Always.
        """
        raise MXNetError("as_np_ndarray is not supported: there is no NumPy interface")

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, known only inside ``hybrid_forward`` while a block is traced with known shapes.

        Raises
        ------
        AttributeError
            Elsewhere; `infer_shape` tells it from the shapes of the arguments.
        """
        if state.shapes is None:
            raise AttributeError("a Symbol has a shape only while a HybridBlock is traced; use infer_shape")
        return state.shapes.of(self)

    # --- Being an operand of operators --------------------------------------------------------------------------------

    def _apply(self, op: Any, inputs: tuple[Any, ...]) -> Any:
        """What calling an operator instance on symbols does."""
        made = apply(type(op), op.name, inputs, op.given)
        return made if len(made) == 1 else list(made)

    def _word_(self, word: str, *args: Any) -> Any:
        return arithmetic.apply_word(word, args)


def _array_only(name: str) -> Any:
    def refuse(self: Symbol, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedForSymbol(refuse, None, self, *args)

    refuse.__name__, refuse.__qualname__ = name, f"Symbol.{name}"
    refuse.__doc__ = "Only an NDArray has this.\n\n        Raises\n        ------\n        NotImplementedForSymbol"
    return refuse


for _name in ("wait_to_read", "asnumpy", "asscalar", "copy", "as_in_context", "detach", "backward"):
    setattr(Symbol, _name, _array_only(_name))


def load_json(json_str: str) -> Symbol:
    """A symbol from the text that `Symbol.tojson` or MXNet of any age wrote.

    Parameters
    ----------
    json_str : str

    Returns
    -------
    Symbol

    Raises
    ------
    MXNetError
        When the text is damaged or uses an operator or parameter that does not exist.

    Examples
    --------
    >>> net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=10, name="fc")
    >>> mx.sym.load_json(net.tojson()).list_arguments()
    ['data', 'fc_weight', 'fc_bias']
    """
    if not isinstance(json_str, str):
        raise TypeError(f"load_json: got {type(json_str).__name__}, needs str")
    return Symbol(json_format.loads(json_str, "symbol"))


fromjson = load_json


def load(fname: str | os.PathLike[str]) -> Symbol:
    """A symbol from a ``-symbol.json`` file.

    Parameters
    ----------
    fname : str or os.PathLike

    Returns
    -------
    Symbol

    Raises
    ------
    MXNetError
        When the file cannot be read, is damaged, or uses an operator or parameter that does not exist.
    """
    if not isinstance(fname, (str, os.PathLike)):
        raise TypeError(f"fname need to be string, got {type(fname).__name__}")
    path = os.fspath(fname)
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise MXNetError(f"cannot read {path!r}: {error.strerror}") from error
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise MXNetError(f"{path!r}, byte {error.start}: not UTF-8 ({error.reason})") from error
    return Symbol(json_format.loads(text, path))
