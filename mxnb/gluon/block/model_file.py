"""The files of ``Block.save``: the blocks that a network is made of, the graphs of those that ran as one, parameters.

``<prefix>-model.json`` holds an entry for every block, inside that of its parent. Its key is the name of the class and
a number that counts blocks depth first; it tells the children's names and, after ``hybridize``, the traced graph:

    {"dense0": {"orig_name": "dense0", "hybridized": false, "children": {"dense0_relu": "act"}, "activation1": {…}}}
"""

from __future__ import annotations

import itertools
import json
from typing import Any

from ...base import MXNetError, atomic_write

__all__ = ["load", "save"]


def _format(structure: Any) -> Any:
    """The structure of arguments or outputs as 1.9.1 writes it: lists of zeros."""
    return [_format(item) for item in structure[1:]] if isinstance(structure, tuple) else structure


def _describe(block: Any, numbers: Any) -> tuple[str, dict[str, Any]]:
    """The key and the entry of a block."""
    from .hybrid import HybridBlock

    key = f"{type(block).__name__.lower()}{next(numbers)}"
    entry: dict[str, Any] = {"orig_name": block.name}
    if isinstance(block, HybridBlock):
        graph = block._last_graph if block._active else None
        if graph is not None:
            entry["in_format"] = _format(graph.structure)
            entry["out_format"] = _format(graph.out_structure)
            entry["inputs"] = [variable.tojson() for variable in graph.inputs]
            entry["symbol"] = graph.symbol.tojson()
        entry["hybridized"] = graph is not None
    entry["children"] = {child.name: attribute for attribute, child in block._children.items()}
    entry.update(_describe(child, numbers) for child in block._children.values())
    return key, entry


def save(block: Any, prefix: str) -> None:
    """Write ``<prefix>-model.json`` and ``<prefix>-model.params``."""
    block.save_parameters(f"{prefix}-model.params")
    with atomic_write(f"{prefix}-model.json", "w") as file:
        file.write(json.dumps(dict([_describe(block, itertools.count())])))


def _hybridized(block: Any, entries: Any, numbers: Any, fname: str) -> list[Any]:
    """The blocks that ran as graphs; raise where block and file differ."""
    key = f"{type(block).__name__.lower()}{next(numbers)}"
    entry = entries.get(key)
    if not isinstance(entry, dict):
        raise MXNetError(f"'{fname}': there is no block {key!r}; the network has '{block.name}' there")
    children = entry.get("children")
    if not isinstance(children, dict) or set(children.values()) != set(block._children):
        raise MXNetError(f"'{fname}': the children of {key!r} are {children}, the network's {list(block._children)}")
    found = [block] if entry.get("hybridized") is True else []
    for child in block._children.values():
        found += _hybridized(child, entry, numbers, fname)
    return found


def load(block: Any, prefix: str) -> None:
    """Read what `save` wrote."""
    fname = f"{prefix}-model.json"
    try:
        with open(fname, encoding="utf-8") as file:
            entries = json.load(file)
    except OSError as error:
        raise MXNetError(f"cannot read '{fname}': {error.strerror}") from None
    except ValueError as error:
        raise MXNetError(f"'{fname}': {error}") from None
    if not isinstance(entries, dict):
        raise MXNetError(f"'{fname}': got {type(entries).__name__}, a model is an object of blocks")
    hybridized = _hybridized(block, entries, itertools.count(), fname)
    block.load_parameters(f"{prefix}-model.params")
    for each in hybridized:
        each.hybridize()
