"""Pooling layers."""

from __future__ import annotations

from ... import ndarray
from ..block import HybridBlock
from ..utils import Repeated
from .conv_layers import expand

__all__ = [
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
]

_LAYOUTS = {1: ("NCW", "NWC"), 2: ("NCHW", "NHWC"), 3: ("NCDHW", "NDHWC")}


class _Pooling(HybridBlock):
    """Pooling of any dimension and kind."""

    def __init__(
        self,
        count,
        pool_size,
        strides,
        padding,
        ceil_mode,
        layout,
        pool_type,
        global_pool=False,
        include_pad=None,
        **kwargs,
    ):
        first, last = _LAYOUTS[count]
        assert layout in (first, last), f"Only {first} and {last} layouts are valid for {count}D Pooling"
        super().__init__(**kwargs)
        pool_size = expand(pool_size, count, "pool_size")
        self._kwargs = {
            "kernel": pool_size,
            "stride": pool_size if strides is None else expand(strides, count, "strides"),
            "pad": expand(padding, count, "padding"),
            "global_pool": global_pool,
            "pool_type": pool_type,
            "layout": layout,
            "pooling_convention": "full" if ceil_mode else "valid",
        }
        if include_pad is not None:
            self._kwargs["count_include_pad"] = include_pad
        self._pool = Repeated("Pooling")

    def _alias(self):
        return "pool"

    def hybrid_forward(self, F, x):
        """Apply the layer."""
        if F is ndarray:
            return self._pool(self._kwargs, x)
        return F.Pooling(x, name="fwd", **self._kwargs)

    def __repr__(self):
        kwargs = self._kwargs
        return (
            f"{type(self).__name__}(size={kwargs['kernel']}, stride={kwargs['stride']}, padding={kwargs['pad']}, "
            f"ceil_mode={kwargs['pooling_convention'] == 'full'}, global_pool={kwargs['global_pool']}, "
            f"pool_type={kwargs['pool_type']}, layout={kwargs['layout']})"
        )


class MaxPool1D(_Pooling):
    """The maximum over one-dimensional windows.

    Parameters
    ----------
    pool_size : int or tuple of int, default 2
    strides : int or tuple of int, optional
        Default: `pool_size`.
    padding : int or tuple of int, default 0
    layout : {'NCW', 'NWC'}, default 'NCW'
    ceil_mode : bool, default False
        Whether the output size is rounded up.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, pool_size=2, strides=None, padding=0, layout="NCW", ceil_mode=False, **kwargs):
        super().__init__(1, pool_size, strides, padding, ceil_mode, layout, "max", **kwargs)


class MaxPool2D(_Pooling):
    """The maximum over two-dimensional windows.

    Parameters
    ----------
    pool_size : int or tuple of int, default 2
    strides : int or tuple of int, optional
        Default: `pool_size`.
    padding : int or tuple of int, default 0
    layout : {'NCHW', 'NHWC'}, default 'NCHW'
    ceil_mode : bool, default False
        Whether the output size is rounded up.
    **kwargs
        ``prefix``, ``params``.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.gluon.nn.MaxPool2D(pool_size=2)(mx.nd.ones((1, 3, 8, 8))).shape
    (1, 3, 4, 4)
    """

    def __init__(self, pool_size=(2, 2), strides=None, padding=0, layout="NCHW", ceil_mode=False, **kwargs):
        super().__init__(2, pool_size, strides, padding, ceil_mode, layout, "max", **kwargs)


class MaxPool3D(_Pooling):
    """The maximum over three-dimensional windows.

    Parameters
    ----------
    pool_size : int or tuple of int, default 2
    strides : int or tuple of int, optional
        Default: `pool_size`.
    padding : int or tuple of int, default 0
    layout : {'NCDHW', 'NDHWC'}, default 'NCDHW'
    ceil_mode : bool, default False
        Whether the output size is rounded up.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, pool_size=(2, 2, 2), strides=None, padding=0, ceil_mode=False, layout="NCDHW", **kwargs):
        super().__init__(3, pool_size, strides, padding, ceil_mode, layout, "max", **kwargs)


class AvgPool1D(_Pooling):
    """The mean over one-dimensional windows.

    Parameters
    ----------
    pool_size : int or tuple of int, default 2
    strides : int or tuple of int, optional
        Default: `pool_size`.
    padding : int or tuple of int, default 0
    layout : {'NCW', 'NWC'}, default 'NCW'
    ceil_mode : bool, default False
        Whether the output size is rounded up.
    count_include_pad : bool, default True
        Whether padding counts in the mean.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(
        self, pool_size=2, strides=None, padding=0, layout="NCW", ceil_mode=False, count_include_pad=True, **kwargs
    ):
        super().__init__(
            1, pool_size, strides, padding, ceil_mode, layout, "avg", include_pad=count_include_pad, **kwargs
        )


class AvgPool2D(_Pooling):
    """The mean over two-dimensional windows.

    Parameters
    ----------
    pool_size : int or tuple of int, default 2
    strides : int or tuple of int, optional
        Default: `pool_size`.
    padding : int or tuple of int, default 0
    layout : {'NCHW', 'NHWC'}, default 'NCHW'
    ceil_mode : bool, default False
        Whether the output size is rounded up.
    count_include_pad : bool, default True
        Whether padding counts in the mean.
    **kwargs
        ``prefix``, ``params``.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.gluon.nn.AvgPool2D(pool_size=2)(mx.nd.ones((1, 3, 8, 8))).shape
    (1, 3, 4, 4)
    """

    def __init__(
        self,
        pool_size=(2, 2),
        strides=None,
        padding=0,
        ceil_mode=False,
        layout="NCHW",
        count_include_pad=True,
        **kwargs,
    ):
        super().__init__(
            2, pool_size, strides, padding, ceil_mode, layout, "avg", include_pad=count_include_pad, **kwargs
        )


class AvgPool3D(_Pooling):
    """The mean over three-dimensional windows.

    Parameters
    ----------
    pool_size : int or tuple of int, default 2
    strides : int or tuple of int, optional
        Default: `pool_size`.
    padding : int or tuple of int, default 0
    layout : {'NCDHW', 'NDHWC'}, default 'NCDHW'
    ceil_mode : bool, default False
        Whether the output size is rounded up.
    count_include_pad : bool, default True
        Whether padding counts in the mean.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(
        self,
        pool_size=(2, 2, 2),
        strides=None,
        padding=0,
        ceil_mode=False,
        layout="NCDHW",
        count_include_pad=True,
        **kwargs,
    ):
        super().__init__(
            3, pool_size, strides, padding, ceil_mode, layout, "avg", include_pad=count_include_pad, **kwargs
        )


class GlobalMaxPool1D(_Pooling):
    """The maximum over all positions of one-dimensional data.

    Parameters
    ----------
    layout : {'NCW', 'NWC'}, default 'NCW'
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, layout="NCW", **kwargs):
        super().__init__(1, 1, None, 0, True, layout, "max", global_pool=True, **kwargs)


class GlobalMaxPool2D(_Pooling):
    """The maximum over all positions of two-dimensional data.

    Parameters
    ----------
    layout : {'NCHW', 'NHWC'}, default 'NCHW'
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, layout="NCHW", **kwargs):
        super().__init__(2, 1, None, 0, True, layout, "max", global_pool=True, **kwargs)


class GlobalMaxPool3D(_Pooling):
    """The maximum over all positions of three-dimensional data.

    Parameters
    ----------
    layout : {'NCDHW', 'NDHWC'}, default 'NCDHW'
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, layout="NCDHW", **kwargs):
        super().__init__(3, 1, None, 0, True, layout, "max", global_pool=True, **kwargs)


class GlobalAvgPool1D(_Pooling):
    """The mean over all positions of one-dimensional data.

    Parameters
    ----------
    layout : {'NCW', 'NWC'}, default 'NCW'
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, layout="NCW", **kwargs):
        super().__init__(1, 1, None, 0, True, layout, "avg", global_pool=True, **kwargs)


class GlobalAvgPool2D(_Pooling):
    """The mean over all positions of two-dimensional data.

    Parameters
    ----------
    layout : {'NCHW', 'NHWC'}, default 'NCHW'
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, layout="NCHW", **kwargs):
        super().__init__(2, 1, None, 0, True, layout, "avg", global_pool=True, **kwargs)


class GlobalAvgPool3D(_Pooling):
    """The mean over all positions of three-dimensional data.

    Parameters
    ----------
    layout : {'NCDHW', 'NDHWC'}, default 'NCDHW'
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, layout="NCDHW", **kwargs):
        super().__init__(3, 1, None, 0, True, layout, "avg", global_pool=True, **kwargs)
