"""MXNet's ``-symbol.json`` files: written as 1.9.1 writes them, read from 2015 on.

A file is an object of ``nodes`` (``op``, ``name``, ``attrs``, ``inputs``; the operator of a variable is ``"null"``),
``arg_nodes`` (the variables), ``node_row_ptr`` (where each node's outputs start in a numbering of all outputs),
``heads`` and ``attrs`` (the version that wrote it). Inputs and heads are ``[node, output, version]``; the version of a
variable counts the operators before that update it.

Older files differ: parameters are in ``param`` (until 0.8) and attributes in ``attr`` (until 0.12), entries have no
version, auxiliary states are no inputs (until 0.8), and attributes of a parameter stand on the operator, as in
``weight_lr_mult``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..base import MXNetError
from ..ops import get
from .compose import make_variables
from .node import HIDDEN_KEYS, Entry, Node, hide, instance, topological

__all__ = ["VERSION", "dumps", "listing", "loads"]

VERSION = 10901  # of the format: 1.9.1
OLDEST = 800  # files without a version
AUX_ARE_INPUTS = 900
ARGMAX_DEFAULT_IS_NONE = 905
LINE = 10  # longer arrays are written one element per line

#: How many outputs, hidden ones included, 1.9.1 counts in ``node_row_ptr`` where that is not what a user sees.
#: Nothing depends on them, but equal graphs give equal bytes.
OUTPUTS: dict[str, Callable[[Any], int]] = {
    **dict.fromkeys(("BatchNorm", "BatchNorm_v1", "_contrib_SyncBatchNorm"), lambda op: 3),
    **dict.fromkeys(("LayerNorm", "InstanceNorm", "GroupNorm"), lambda op: 3),
    **dict.fromkeys(("SpatialTransformer", "Correlation", "_linalg_det"), lambda op: 3),
    **dict.fromkeys(("Dropout", "L2Normalization", "LRN", "CTCLoss", "sort"), lambda op: 2),
    **dict.fromkeys(("BilinearSampler", "GridGenerator", "ROIPooling", "_contrib_box_nms"), lambda op: 2),
    **dict.fromkeys(("_contrib_Proposal", "_contrib_MultiProposal", "_contrib_DeformablePSROIPooling"), lambda op: 2),
    "_contrib_BatchNormWithReLU": lambda op: 4,
    "_linalg_slogdet": lambda op: 4,
    "LeakyReLU": lambda op: 2 if op.act_type == "rrelu" else 1,
    "Pooling": lambda op: 2 if op.pool_type == "max" and op.kernel else 1,
    "topk": lambda op: 2 if op.ret_typ in ("value", "both") else 1,
}


# --- Writing ----------------------------------------------------------------------------------------------------------


def dumps(heads: list[Entry], remove_amp_cast: bool = True) -> str:
    """The text of a graph.

    Parameters
    ----------
    heads : list of (Node, int)
    remove_amp_cast : bool
        Whether casts that mixed precision has inserted are left out.

    Returns
    -------
    str
    """
    heads = [_behind_casts(entry) if remove_amp_cast else entry for entry in heads]
    nodes = _nodes(heads, remove_amp_cast)
    number = {id(node): i for i, (node, _) in enumerate(nodes)}
    updates: dict[int, int] = {}
    written = []
    row_ptr = [0]
    for node, inputs in nodes:
        for (source, _), auxiliary in zip(inputs, node.auxiliary()):
            if auxiliary:
                updates[id(source)] = updates.get(id(source), 0) + 1
        entries = [f"[{number[id(source)]}, {index}, {updates.get(id(source), 0)}]" for source, index in inputs]
        fields = [f'"op": {_string("null" if node.op is None else node.op.name)}', f'"name": {_string(node.name)}']
        if node.attrs:
            fields.append(f'"attrs": {_attrs(node.attrs)}')
        fields.append(f'"inputs": {_array(entries, 6)}')
        written.append(_block("{}", fields, 4))
        row_ptr.append(row_ptr[-1] + _counted_outputs(node))
    fields = [
        f'"nodes": {_block("[]", written, 2)}',
        f'"arg_nodes": {_array([str(i) for i, (node, _) in enumerate(nodes) if node.is_variable], 2)}',
        f'"node_row_ptr": {_array([str(i) for i in row_ptr], 2)}',
        f'"heads": {_array([f"[{number[id(node)]}, {index}, 0]" for node, index in heads], 2)}',
        f'"attrs": {{"mxnet_version": ["int", {VERSION}]}}',
    ]
    return _block("{}", fields, 0)


def _behind_casts(entry: Entry) -> Entry:
    node, index = entry
    while node.op is not None and node.op.name in ("amp_cast", "amp_multicast"):
        node, index = node.inputs[index]
    return node, index


def _nodes(heads: list[Entry], remove_amp_cast: bool) -> list[tuple[Node, list[Entry]]]:
    """The nodes to write, with the inputs to write."""
    if not remove_amp_cast:
        return [(node, node.inputs) for node in topological(heads)]
    bare = {id(node): Node(node.op, node.name, [_behind_casts(e) for e in node.inputs]) for node in topological(heads)}
    if all(a is b for node in topological(heads) for (a, _), (b, _) in zip(node.inputs, bare[id(node)].inputs)):
        return [(node, node.inputs) for node in topological(heads)]
    wanted = {id(node) for node, _ in heads}
    order = list(topological(heads))
    for node in reversed(order):
        if id(node) in wanted:
            wanted.update(id(source) for source, _ in bare[id(node)].inputs)
    return [(node, bare[id(node)].inputs) for node in order if id(node) in wanted]


def _counted_outputs(node: Node) -> int:
    count = OUTPUTS.get(node.op.name) if node.op is not None else None
    return node.num_visible() if count is None else count(node.op)


def _string(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


def _attrs(attrs: dict[str, str]) -> str:
    fields = [f"{_string(key)}: {_string(attrs[key])}" for key in sorted(attrs)]
    return "{" + fields[0] + "}" if len(fields) == 1 else _block("{}", fields, 6)


def _array(items: list[str], indent: int) -> str:
    return _block("[]", items, indent) if len(items) > LINE else f"[{', '.join(items)}]"


def _block(brackets: str, items: list[str], indent: int) -> str:
    start = "\n" + " " * (indent + 2)
    return brackets[0] + start + f", {start}".join(items) + "\n" + " " * indent + brackets[1]


def listing(heads: list[Entry]) -> str:
    """The graph for people: `Symbol.debug_str`."""
    lines = []
    if len(heads) != 1 or not heads[0][0].is_variable:
        lines.append("Symbol Outputs:")
        lines += [f"\toutput[{i}]={node.name}({index})" for i, (node, index) in enumerate(heads)]
    updates: dict[int, int] = {}
    for node in topological(heads):
        if node.op is None:
            lines.append(f"Variable:{node.name}")
            continue
        lines += ["--------------------", f"Op:{node.op.name}, Name={node.name}", "Inputs:"]
        for i, ((source, index), auxiliary) in enumerate(zip(node.inputs, node.auxiliary())):
            updates[id(source)] = updates.get(id(source), 0) + auxiliary
            version = f" version={updates[id(source)]}" if source.is_variable else ""
            lines.append(f"\targ[{i}]={source.name}({index}){version}")
        if node.attrs:
            lines += ["Attrs:", *(f"\t{key}={node.attrs[key]}" for key in sorted(node.attrs))]
    return "\n".join(lines) + "\n"


# --- Reading ----------------------------------------------------------------------------------------------------------


def loads(text: str, filename: str) -> list[Entry]:
    """The graph of a text.

    Parameters
    ----------
    text : str
    filename : str
        For errors.

    Returns
    -------
    list of (Node, int)
        The heads.

    Raises
    ------
    MXNetError
        When the text is damaged or uses an operator or parameter that does not exist.
    """
    try:
        graph = json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        offset = len(text[: error.pos].encode(errors="surrogatepass"))
        raise MXNetError(f"{filename!r}, byte {offset} (line {error.lineno}): {error.msg}") from None
    except (RecursionError, ValueError) as error:  # nested too deeply; an int of too many digits
        raise MXNetError(f"{filename!r}: {error}") from None
    return _Reader(filename).graph(graph)


class _Reader:
    """Checks what was read step by step, and knows where in the file it is."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.where = ""

    def fail(self, problem: str) -> Any:
        raise MXNetError(f"{self.filename!r}{self.where}: {problem}")

    def field(self, holder: dict[str, Any], key: str, kind: type, default: Any = None) -> Any:
        value = holder.get(key, default)
        if value is None:
            self.fail(f"there is no {key!r}")
        if not isinstance(value, kind):
            self.fail(f"{key!r} is {value!r}, needs a {kind.__name__}")
        return value

    def graph(self, graph: Any) -> list[Entry]:
        if not isinstance(graph, dict):
            self.fail(f"got {type(graph).__name__}, a symbol is an object with nodes and heads")
        listed = self.field(graph, "nodes", list)
        version = self.version(self.field(graph, "attrs", dict, {}))
        nodes = []
        inputs = []
        for i, item in enumerate(listed):
            self.where = f", node {i}"
            if not isinstance(item, dict):
                self.fail(f"got {item!r}, needs an object")
            nodes.append(self.node(item, version))
            inputs.append(self.field(item, "inputs", list))
        for i, (node, entries) in enumerate(zip(nodes, inputs)):
            self.where = f", node {i} ({node.name!r})"
            node.inputs = [self.entry(entry, nodes) for entry in entries]
        self.where = ", heads"
        heads = [self.entry(entry, nodes) for entry in self.field(graph, "heads", list)]
        if not heads:
            self.fail("there are none")
        self.order(nodes)
        for i, node in enumerate(nodes):
            self.where = f", node {i} ({node.name!r})"
            self.finish(node, version)
        self.where = ", heads"
        for source, index in [*heads, *(entry for node in nodes for entry in node.inputs)]:
            if not 0 <= index < source.num_outputs():
                self.fail(f"output {index} of {source.name!r}, it has {source.num_outputs()}")
        return heads

    def version(self, attrs: dict[str, Any]) -> int:
        found = attrs.get("mxnet_version", ["int", OLDEST])
        if not (isinstance(found, list) and len(found) == 2 and isinstance(found[1], int)):
            self.fail(f"'mxnet_version' is {found!r}, needs ['int', number]")
        return found[1]

    def node(self, item: dict[str, Any], version: int) -> Node:
        """A node without inputs and, for now, with its operator's class in place of the operator."""
        name = self.field(item, "name", str)
        self.where += f" ({name!r})"
        attrs: dict[str, str] = {}
        for key in ("param", "attr", "attrs"):
            attrs.update(self.field(item, key, dict, {}))
        for key, value in attrs.items():
            if not isinstance(value, str):
                self.fail(f"attribute {key!r} is {value!r}, needs a string")
        if item.get("subgraphs"):
            self.fail("operators with subgraphs (control flow) are not supported")
        op = self.field(item, "op", str)
        if version < VERSION:
            attrs = hide(attrs)
        if op == "null":
            return Node(None, name, [], attrs)
        try:
            return Node(get(op), name, [], attrs)  # type: ignore[arg-type]
        except MXNetError as error:
            return self.fail(str(error))

    def entry(self, entry: Any, nodes: list[Node]) -> Entry:
        if not (isinstance(entry, list) and len(entry) in (2, 3) and all(type(number) is int for number in entry)):
            self.fail(f"got input {entry!r}, needs [node, output] or [node, output, version]")
        if not 0 <= entry[0] < len(nodes):
            self.fail(f"got input {entry!r}, there are {len(nodes)} nodes")
        return nodes[entry[0]], entry[1]

    def order(self, nodes: list[Node]) -> None:
        """Refuse a graph with a circle: take away nodes without inputs until none is left."""
        number = {id(node): i for i, node in enumerate(nodes)}
        readers: list[list[int]] = [[] for _ in nodes]
        missing = []
        for i, node in enumerate(nodes):
            missing.append(len(node.inputs))
            for source, _ in node.inputs:
                readers[number[id(source)]].append(i)
        ready = [i for i, count in enumerate(missing) if count == 0]
        for i in ready:
            for reader in readers[i]:
                missing[reader] -= 1
                if missing[reader] == 0:
                    ready.append(reader)
        if len(ready) < len(nodes):
            at = next(i for i, count in enumerate(missing) if count)
            self.where = f", node {at} ({nodes[at].name!r})"
            self.fail("it needs its own output")

    def finish(self, node: Node, version: int) -> None:
        """Upgrade a node and fill in its operator."""
        if node.op is None:
            return
        cls: Any = node.op
        if version < ARGMAX_DEFAULT_IS_NONE and cls.name in ("argmax", "argmin") and node.attrs.get("axis") == "-1":
            del node.attrs["axis"]
        pushed = self.attributes_of_inputs(node, cls)
        try:
            node.op = instance(cls, node.attrs)
        except MXNetError as error:
            self.fail(str(error))
        variadic = cls.variadic()
        wanted = len(node.inputs) if variadic else len(node.op.active_inputs())
        if len(node.inputs) > wanted:
            self.fail(f"{cls.name} has {wanted} inputs, got {len(node.inputs)}")
        if len(node.inputs) < wanted:
            names = node.op.input_names(wanted)
            if version >= AUX_ARE_INPUTS and not all(cls.inputs[n].optional for n in names[len(node.inputs) :]):
                self.fail(f"{cls.name} needs {', '.join(names)}, got {len(node.inputs)} inputs")
            if version < AUX_ARE_INPUTS:
                node.inputs += [None] * (wanted - len(node.inputs))  # type: ignore[list-item]
        try:
            make_variables(node)
        except MXNetError as error:
            self.fail(str(error))
        for name, (source, _) in zip(node.input_names(), node.inputs):
            source.attrs.update(pushed.get(name, {}))

    def attributes_of_inputs(self, node: Node, cls: Any) -> dict[str, dict[str, str]]:
        """Take ``weight_lr_mult`` off an operator, where old versions kept it for the operator's variables."""
        pushed: dict[str, dict[str, str]] = {}
        for key in list(node.attrs):
            for hidden in HIDDEN_KEYS:
                name = key.removesuffix(f"_{hidden}")
                if name != key and name in cls.inputs:
                    pushed.setdefault(name, {})[f"__{hidden}__"] = node.attrs.pop(key)
        return pushed
