"""Blocks: the layers and networks of Gluon."""

from ..parameter import Constant, DeferredInitializationError, Parameter, ParameterDict
from ..utils import HookHandle
from .block import Block
from .hybrid import HybridBlock
from .symbol_block import SymbolBlock

__all__ = [
    "Block",
    "Constant",
    "DeferredInitializationError",
    "HookHandle",
    "HybridBlock",
    "Parameter",
    "ParameterDict",
    "SymbolBlock",
]
