"""Methods of Symbol that are operators of the same name: ``s.exp()`` is ``mx.sym.exp(s)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["OperatorMethods"]

OPERATORS = (
    "abs arccos arccosh arcsin arcsinh arctan arctanh argmax argmax_channel argmin argsort broadcast_axes "
    "broadcast_like broadcast_to cbrt ceil clip cos cosh degrees depth_to_space exp expand_dims expm1 fix flatten "
    "flip floor log log10 log1p log2 log_softmax max mean min nanprod nansum norm one_hot ones_like pad pick prod "
    "radians rcbrt reciprocal relu repeat reshape reshape_like rint round rsqrt shape_array sigmoid sign sin sinh "
    "size_array slice slice_axis slice_like softmax softmin sort space_to_depth split split_v2 sqrt square sum "
    "swapaxes take tan tanh tile topk transpose trunc zeros_like "
)


class OperatorMethods:
    """The methods; Symbol inherits them."""

    __slots__ = ()

    def astype(self, dtype: Any, **kwargs: Any) -> Any:
        """This symbol in another dtype.

        Parameters
        ----------
        dtype : str or dtype
        **kwargs
            `name`, `attr`.

        Returns
        -------
        Symbol
        """
        from . import cast

        return cast(self, dtype=dtype, **kwargs)

    def squeeze(self, axis: Any = None, inplace: bool = False, **kwargs: Any) -> Any:
        """This symbol without axes of length 1.

        Parameters
        ----------
        axis : int or tuple of int, optional
            All such axes by default.
        inplace : bool
            Has no effect: the executor decides what shares memory.
        **kwargs
            `name`, `attr`.

        Returns
        -------
        Symbol
        """
        from . import squeeze

        return squeeze(self, axis=axis, **kwargs)

    def diag(self, k: int = 0, **kwargs: Any) -> Any:
        """A diagonal of a matrix, or a matrix from its diagonal.

        Parameters
        ----------
        k : int
            Which diagonal: positive above the main one.
        **kwargs
            `name`, `attr`.

        Returns
        -------
        Symbol
        """
        from . import diag

        return diag(self, k=k, **kwargs)


def _method(name: str) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        from .. import symbol

        kwargs.pop("inplace", None)  # a wish that eager mode knows; the graph decides this itself
        return getattr(symbol, name)(self, *args, **kwargs)

    call.__name__, call.__qualname__ = name, f"Symbol.{name}"
    call.__doc__ = f"``mx.sym.{name}`` of this symbol.\n\n        Returns\n        -------\n        Symbol\n        "
    return call


for _name in OPERATORS.split():
    setattr(OperatorMethods, _name, _method(_name))
