"""The methods of NDArray and Symbol that are operators: ``x.sum(axis=0)`` is ``sum(x, axis=0)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..base import _Null
from ..ops import registry
from ..ops.functions import positional_names

IGNORED = "inplace"  # of expand_dims, squeeze and flatten: whether to share memory; no result shows it
METHODS = [
    "abs",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "argmax",
    "argmax_channel",
    "argmin",
    "argsort",
    "broadcast_axes",
    "cbrt",
    "ceil",
    "clip",
    "cos",
    "cosh",
    "degrees",
    "depth_to_space",
    "diag",
    "exp",
    "expm1",
    "fix",
    "flatten",
    "flip",
    "floor",
    "log",
    "log10",
    "log1p",
    "log2",
    "log_softmax",
    "max",
    "mean",
    "min",
    "nanprod",
    "nansum",
    "norm",
    "one_hot",
    "ones_like",
    "pad",
    "pick",
    "prod",
    "radians",
    "rcbrt",
    "reciprocal",
    "relu",
    "repeat",
    "rint",
    "round",
    "rsqrt",
    "shape_array",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "size_array",
    "slice",
    "slice_axis",
    "slice_like",
    "softmax",
    "softmin",
    "sort",
    "space_to_depth",
    "split",
    "sqrt",
    "square",
    "sum",
    "swapaxes",
    "take",
    "tan",
    "tanh",
    "tile",
    "topk",
    "transpose",
    "trunc",
    "zeros_like",
    "expand_dims",
    "squeeze",
]


class OperatorMethods:
    """Base of NDArray and of graphs' values; receives a method for each operator in METHODS (see `attach`)."""

    __slots__ = ()

    def split_v2(self, indices_or_sections: Any, axis: int = 0, squeeze_axis: bool = False) -> Any:
        """The function `mx.nd.split_v2` on this array."""
        from .creation import split_v2

        return split_v2(self, indices_or_sections, axis, squeeze_axis)  # type: ignore[arg-type]


def _method(name: str) -> Callable[..., Any]:
    cls = registry[name]
    names = positional_names(cls)
    others = list(cls.inputs)[1:]

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs.pop(IGNORED, None)
        kwargs.update(zip(names[1:], args))
        inputs = [self, *[kwargs.pop(key) for key in others if key in kwargs]]
        out, label = kwargs.pop("out", None), kwargs.pop("name", None)
        return self._call(cls.of(**{k: v for k, v in kwargs.items() if v is not _Null}), inputs, out, label)

    return method


def attach(array: type, caller: Callable[..., Any]) -> None:
    """Give `OperatorMethods` the methods, and the class `array` those that `caller` makes of operators.

    Called once, when all operators are registered.
    """
    for name in METHODS:
        if name in registry:
            for owner, method in ((OperatorMethods, _method(name)), (array, caller(registry[name], IGNORED))):
                method.__name__ = method.__qualname__ = name
                method.__doc__ = f"The operator `mx.nd.{name}` on this array."
                setattr(owner, name, method)
