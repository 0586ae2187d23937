"""The methods of NDArray and Symbol that are operators: ``x.sum(axis=0)`` is ``sum(x, axis=0)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..base import _Null
from ..ops import registry
from ..ops.functions import positional_names

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
    """Base of NDArray that receives a method for each operator in METHODS (see `attach`)."""

    __slots__ = ()

    def split_v2(self, indices_or_sections: Any, axis: int = 0, squeeze_axis: bool = False) -> Any:
        """The function `mx.nd.split_v2` on this array."""
        from .creation import split_v2

        return split_v2(self, indices_or_sections, axis, squeeze_axis)  # type: ignore[arg-type]


PLAIN = (int, float, str, tuple)


def _method(name: str) -> Callable[..., Any]:
    cls = registry[name]
    names = positional_names(cls)
    others = list(cls.inputs)[1:]
    plans: dict[Any, Any] = {}  # an NDArray's kind and the other arguments of an earlier call -> plan
    recent: dict[Any, Any] = {}  # an NDArray's kind -> arguments by name of the last call that had only such, and plan

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        key = plan = None
        try:
            if args:
                if type(args[0]) in PLAIN:
                    key = (self._kind, args, *kwargs, *kwargs.values())
                    plan = plans.get(key)
            elif not kwargs:
                key = self._kind
                plan = plans.get(key)
            else:
                last = recent.get(self._kind)
                if last is not None and last[0] == kwargs:
                    return self._run(last[1])
                key = (self._kind, *kwargs, *kwargs.values())
                plan = plans.get(key)
                if plan is not None:
                    recent[self._kind] = kwargs, plan
        except (AttributeError, TypeError, ValueError):  # a Symbol, or a list or an array among the arguments
            key = None
        return self._run(plan) if plan is not None else general(self, args, kwargs, key)

    def general(self: Any, args: Any, kwargs: Any, key: Any) -> Any:
        kwargs.pop("inplace", None)  # of expand_dims, squeeze and flatten: whether to share memory; no result shows it
        kwargs.update(zip(names[1:], args))
        inputs = [self, *[kwargs.pop(key) for key in others if key in kwargs]]
        out, label = kwargs.pop("out", None), kwargs.pop("name", None)
        op = cls.of(**{k: v for k, v in kwargs.items() if v is not _Null})
        found = self._call(op, inputs, out, label)
        if key is not None and len(inputs) == 1 and out is None and not op.uses_mode:
            if len(plans) > 4096:
                plans.clear()
                recent.clear()
            kind = self._kind  # perhaps not known before the call
            plans[(kind, *key[1:]) if type(key) is tuple else kind] = op._plans.get(kind)
        return found

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"The operator `mx.nd.{name}` on this array."
    return method


def attach() -> None:
    """Give `OperatorMethods` the methods; called once, when all operators are registered."""
    for name in METHODS:
        if name in registry:
            setattr(OperatorMethods, name, _method(name))
