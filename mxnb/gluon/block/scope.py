"""Name scopes: how blocks and their parameters get names such as ``net0_dense1_weight``."""

from __future__ import annotations

import threading
import weakref
from typing import Any

from ...name import NameManager, Prefix
from ..parameter import ParameterDict

__all__ = ["BlockScope"]


class BlockScope:
    """The name scope of one block. Blocks made inside its ``with`` are counted and prefixed by it.

    Outside every scope, names come from the current `NameManager`, whose counters blocks share with symbols.

    Parameters
    ----------
    block : Block
    """

    _current = threading.local()

    def __init__(self, block):
        self._block = weakref.ref(block)
        self._counter: dict[str, int] = {}
        self._entered: list[Any] = []  # (outer scope, Prefix), a stack: a scope may be entered again inside itself

    @classmethod
    def create(cls, prefix, params, hint):
        """The full prefix and the ParameterDict of a new block.

        Parameters
        ----------
        prefix : str or None
            What its maker gave; None counts up ``hint0_``, ``hint1_``, ….
        params : ParameterDict or None
            Parameters to share.
        hint : str

        Returns
        -------
        tuple of (str, ParameterDict)
        """
        current: Any = getattr(cls._current, "value", None)
        parent: Any = current._block() if current is not None else None
        if parent is None:
            if prefix is None:
                prefix = NameManager.current.get(None, hint) + "_"
            own, shared = prefix, None
        else:
            if prefix is None:
                count = current._counter.get(hint, 0)
                current._counter[hint] = count + 1
                prefix = f"{hint}{count}_"
            own, shared = parent.params.prefix + prefix, parent.params._shared
            prefix = parent.prefix + prefix
        if params is not None:
            own, shared = params.prefix, params
        return prefix, ParameterDict(own, shared)

    def __enter__(self):
        block: Any = self._block()
        if block.prefix == "" and block._empty_prefix:
            self._entered.append(None)  # a block with prefix='' leaves naming to whoever is around it
            return self
        names = Prefix(block.prefix)
        names.__enter__()
        self._entered.append((getattr(self._current, "value", None), names))
        type(self)._current.value = self
        return self

    def __exit__(self, ptype, value, trace):
        entered = self._entered.pop()
        if entered is not None:
            type(self)._current.value, names = entered
            names.__exit__(ptype, value, trace)
