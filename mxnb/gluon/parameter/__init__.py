"""Parameters of blocks: `Parameter`, `Constant`, `ParameterDict`."""

from ..utils import shape_is_known
from .parameter import Constant, DeferredInitializationError, Parameter
from .parameter_dict import ParameterDict

__all__ = ["Constant", "DeferredInitializationError", "Parameter", "ParameterDict", "shape_is_known"]
