"""Looking at networks: a table of their layers, and a drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .base import MXNetError
from .symbol import Symbol
from .symbol.infer import infer_dtypes, infer_shapes, read_shape
from .symbol.node import Node, topological

__all__ = ["plot_network", "print_summary"]

#: What operators call inputs that training changes.
PARAMETERS = ("weight", "bias", "gamma", "beta", "parameters")

FILL = {
    "FullyConnected": "#fb8072",
    "Convolution": "#fb8072",
    "BatchNorm": "#bebada",
    "Activation": "#ffffb3",
    "LeakyReLU": "#ffffb3",
    "Pooling": "#80b1d3",
    "Concat": "#fdb462",
    "Flatten": "#fdb462",
    "Reshape": "#fdb462",
}
VARIABLE_FILL, OTHER_FILL = "#8dd3c7", "#fccde5"


def _hidden(nodes: list[Node], roles: Sequence[str]) -> set[int]:
    """The variables that serve only as inputs of these kinds, or as auxiliary states."""
    shown: set[int] = set()
    found: set[int] = set()
    for node in nodes:
        for (source, _), role, auxiliary in zip(node.inputs, node.input_names(), node.auxiliary()):
            (found if source.is_variable and (auxiliary or role in roles) else shown).add(id(source))
    return found - shown


def _shapes(symbol: Symbol, shape: dict[str, Any] | None) -> dict[int, list[Any]]:
    if not isinstance(symbol, Symbol):
        raise TypeError(f"symbol must be a Symbol, got {type(symbol).__name__}")
    known = symbol.list_inputs()
    for name in shape or {}:
        if name not in known:
            raise MXNetError(f"shape: no argument named {name!r}; there are {', '.join(known)}")
    found = infer_shapes(symbol.heads, {name: read_shape(size, name) for name, size in (shape or {}).items()})
    if shape is not None:
        for node in topological(symbol.heads):
            sizes = found[id(node)][: node.num_visible()]
            if any(size is None or None in size for size in sizes):
                raise ValueError(f"Input shape is incomplete: the shape of {node.name!r} does not follow from {shape}")
    return found


def _text(shape: Any) -> str:
    """A shape without its first axis, the batch."""
    return "" if shape is None else "x".join("?" if size is None else str(size) for size in shape[1:])


def print_summary(
    symbol: Symbol,
    shape: dict[str, tuple[int, ...]] | None = None,
    line_length: int = 120,
    positions: Sequence[float] = (0.44, 0.64, 0.74, 1.0),
) -> None:
    """Print a table of the layers: name, output shape without the batch, number of parameters, and what they read.

    Parameters
    ----------
    symbol : Symbol
    shape : dict of str to tuple of int, optional
        Shapes of the inputs. Without them the column of shapes is as far as known, and so are the numbers.
    line_length : int
        The width of the table in characters.
    positions : sequence of four float
        Where the columns end: parts of the line, or characters if the last one is larger than 1.

    Raises
    ------
    TypeError
        When `symbol` is no Symbol.
    ValueError
        When the shapes do not decide all others.
    MXNetError
        When shapes contradict each other.

    Notes
    -----
    Parameters are inputs that operators call weight, bias, gamma, beta or parameters; moving averages do not count. A
    parameter that two layers share counts in the first one.

    Examples
    --------
    >>> net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc")
    >>> mx.viz.print_summary(net, shape={"data": (1, 3)}, line_length=60)  # doctest: +NORMALIZE_WHITESPACE
    ____________________________________________________________
    Layer (type)              Output ShapeParam Previous Layer
    ============================================================
    data(null)                3           0
    ____________________________________________________________
    fc(FullyConnected)        2           8    data
    ============================================================
    Total params: 8
    ____________________________________________________________
    """
    shapes = _shapes(symbol, shape)
    width = line_length if positions[-1] <= 1 else 1
    columns = [int(width * position) for position in positions]

    def row(*fields: Any) -> None:
        line = ""
        for field, end in zip(fields, columns, strict=True):
            line = (line + str(field))[:end].ljust(end)
        print(line)

    nodes = list(topological(symbol.heads))
    quiet = _hidden(nodes, (*PARAMETERS, "label")) | _automatic(nodes)
    layers = [node for i, node in enumerate(nodes) if i == 0 or not (node.is_variable and id(node) in quiet)]
    listed = {id(layer) for layer in layers}
    counted: set[int] = set()
    total = 0
    print("_" * line_length)
    row("Layer (type)", "Output Shape", "Param #", "Previous Layer")
    print("=" * line_length)
    for layer in layers:
        count = 0
        previous: list[str] = []
        for (source, _), role in zip(layer.inputs, layer.input_names()):
            size = shapes[id(source)][0]
            if source.is_variable and role in PARAMETERS and id(source) not in counted:
                counted.add(id(source))
                count += math.prod(size) if size is not None and None not in size else 0
            if id(source) in listed and source.name not in previous:
                previous.append(source.name)
        total += count
        kind = "null" if layer.op is None else layer.op.name
        row(f"{layer.name}({kind})", _text(shapes[id(layer)][0]), count, previous[0] if previous else "")
        for name in previous[1:]:
            row("", "", "", name)
        print(("=" if layer is layers[-1] else "_") * line_length)
    print(f"Total params: {total}")
    print("_" * line_length)


def _automatic(nodes: list[Node]) -> set[int]:
    """The variables that were made because nobody gave the input."""
    return {
        id(source)
        for node in nodes
        for (source, _), role in zip(node.inputs, node.input_names())
        if source.is_variable and source.name == f"{node.name}_{role}"
    }


def _dims(text: Any) -> str:
    return "x".join(str(size) for size in text) if text else "1"


def _label(node: Node) -> str:
    op: Any = node.op
    if op is None:
        return node.name
    stride = _dims(op.stride) if "stride" in node.attrs else "1"
    if op.name == "Convolution":
        return f"Convolution\n{_dims(op.kernel)}/{stride}, {op.num_filter}"
    if op.name == "FullyConnected":
        return f"FullyConnected\n{op.num_hidden}"
    if op.name in ("Activation", "LeakyReLU"):
        return f"{op.name}\n{op.act_type}"
    if op.name == "Pooling":
        return f"Pooling\n{op.pool_type}, {_dims(op.kernel)}/{stride}"
    return node.name


def plot_network(
    symbol: Symbol,
    title: str = "plot",
    save_format: str = "pdf",
    shape: dict[str, tuple[int, ...]] | None = None,
    dtype: dict[str, Any] | None = None,
    node_attrs: dict[str, str] | None = None,
    hide_weights: bool = True,
) -> Any:
    """Draw the graph with Graphviz.

    Parameters
    ----------
    symbol : Symbol
    title : str
        Also the name of the file that ``render()`` writes.
    save_format : str
        The format of that file: "pdf", "png", "svg", …
    shape : dict of str to tuple of int, optional
        Shapes of the inputs; with them edges are labelled with what flows along them, without the batch.
    dtype : dict of str to dtype, optional
        Dtypes of the inputs; with them the labels have dtypes too.
    node_attrs : dict of str to str, optional
        Graphviz attributes of all nodes.
    hide_weights : bool
        Whether parameters and auxiliary states are left out.

    Returns
    -------
    graphviz.Digraph
        Shown by a notebook as it is; ``view()`` opens it, ``render()`` writes a file.

    Raises
    ------
    ImportError
        When the Python package graphviz is not installed. Rendering needs the program ``dot`` as well.
    TypeError
        When `symbol` is no Symbol.
    ValueError
        When the shapes do not decide all others.

    Examples
    --------
    >>> net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc")
    >>> mx.viz.plot_network(net, shape={"data": (1, 3)}).render()  # doctest: +SKIP
    'plot.gv.pdf'
    """
    shapes = _shapes(symbol, shape)
    dtypes = infer_dtypes(symbol.heads, _dtypes(dtype)) if dtype else {}
    try:
        from graphviz import Digraph
    except ImportError as error:
        raise ImportError("plot_network needs the Python package graphviz: pip install 'mxnb[viz]'") from error

    style = {"shape": "box", "fixedsize": "true", "width": "1.3", "height": "0.8034", "style": "filled"}
    style.update(node_attrs or {})
    dot = Digraph(name=title, format=save_format)
    nodes = list(topological(symbol.heads))
    hidden = _hidden(nodes, PARAMETERS) if hide_weights else set()
    drawn = [node for node in nodes if id(node) not in hidden]
    for node in drawn:
        fill = VARIABLE_FILL if node.op is None else FILL.get(node.op.name, OTHER_FILL)
        looks = {**style, "shape": "oval"} if node.op is None else style
        dot.node(name=node.name, label=_label(node), **{"fillcolor": fill, **looks})
    for node in drawn:
        for source, index in node.inputs:
            if id(source) in hidden:
                continue
            label = _text(shapes[id(source)][index]) if shape is not None else ""
            if dtypes and dtypes[id(source)][index] is not None:
                label = f"{label} {dtypes[id(source)][index]}".strip()
            dot.edge(tail_name=node.name, head_name=source.name, label=label, dir="back", arrowtail="open")
    return dot


def _dtypes(dtype: dict[str, Any]) -> dict[str, Any]:
    from .base import dtype_of

    return {name: dtype_of(value, f"the dtype of {name!r}") for name, value in dtype.items()}
