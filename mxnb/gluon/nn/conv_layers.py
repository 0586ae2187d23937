"""Convolution layers, transposed convolution layers, reflection padding."""

from __future__ import annotations

from ... import ndarray
from ..block import HybridBlock
from ..utils import Repeated
from .activations import Activation

__all__ = [
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "ReflectionPad2D",
]


def expand(value, count, name):
    """`value` as a tuple of `count` numbers: a single number stands for all."""
    if isinstance(value, (list, tuple)):
        assert len(value) == count, f"{name} must be a number or a list of {count} ints"
        return tuple(value)
    return (value,) * count


class _Conv(HybridBlock):
    """A convolution of any dimension; `op_name` is the operator."""

    op_name = "Convolution"

    def __init__(
        self,
        channels,
        kernel_size,
        strides,
        padding,
        dilation,
        groups,
        layout,
        in_channels,
        activation,
        use_bias,
        weight_initializer,
        bias_initializer,
        adj=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        count = len(layout) - 2
        self._channels, self._in_channels = channels, in_channels
        kernel = expand(kernel_size, count, "kernel_size")
        self._kwargs = {
            "kernel": kernel,
            "stride": expand(strides, count, "strides"),
            "dilate": expand(dilation, count, "dilation"),
            "pad": expand(padding, count, "padding"),
            "num_filter": channels,
            "num_group": groups,
            "no_bias": not use_bias,
            "layout": layout,
        }
        self._conv = Repeated(self.op_name)
        if adj is not None:
            self.outpad = self._kwargs["adj"] = expand(adj, count, "output_padding")
        for name, value in (("channels", channels), ("in_channels", in_channels)):
            assert value % groups == 0, f"{name}={value} must be a multiple of groups={groups}"
        outer, inner = (channels, in_channels // groups) if adj is None else (in_channels, channels // groups)
        shape = (outer, inner, *kernel) if layout[1] == "C" else (outer, *kernel, inner)
        with self.name_scope():
            self.weight = self.params.get("weight", shape=shape, init=weight_initializer, allow_deferred_init=True)
            self.bias = (
                self.params.get("bias", shape=(channels,), init=bias_initializer, allow_deferred_init=True)
                if use_bias
                else None
            )
            self.act = None if activation is None else Activation(activation, prefix=activation + "_")

    def _alias(self):
        return "conv"

    def hybrid_forward(self, F, x, weight, bias=None):
        """Apply the layer."""
        inputs = (x, weight) if bias is None else (x, weight, bias)
        if F is ndarray:
            out = self._conv(self._kwargs, *inputs)
        else:
            out = getattr(F, self.op_name)(*inputs, name="fwd", **self._kwargs)
        return out if self.act is None else self.act(out)

    def __repr__(self):
        kwargs, shape = self._kwargs, self.weight.shape
        count = len(kwargs["kernel"])
        text = f"{shape[1] or None} -> {shape[0]}, kernel_size={kwargs['kernel']}, stride={kwargs['stride']}"
        if kwargs["pad"] != (0,) * count:
            text += f", padding={kwargs['pad']}"
        if kwargs["dilate"] != (1,) * count:
            text += f", dilation={kwargs['dilate']}"
        if kwargs["num_group"] != 1:
            text += f", groups={kwargs['num_group']}"
        if self.bias is None:
            text += ", bias=False"
        if self.act is not None:
            text += f", {self.act}"
        return f"{type(self).__name__}({text})"


class _ConvTranspose(_Conv):
    op_name = "Deconvolution"


class Conv1D(_Conv):
    """A one-dimensional convolution.

    Parameters
    ----------
    channels : int
        Output channels.
    kernel_size : int or tuple of int
    strides, padding, dilation : int or tuple of int
    groups : int, default 1
        Channels are cut into this many groups that do not mix.
    layout : {'NCW', 'NWC'}, default 'NCW'
    activation : str, optional
        See `Activation`.
    use_bias : bool, default True
    weight_initializer : Initializer or str, optional
    bias_initializer : Initializer or str, default 'zeros'
    in_channels : int, default 0
        0: known at the first forward pass.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(
        self,
        channels,
        kernel_size,
        strides=1,
        padding=0,
        dilation=1,
        groups=1,
        layout="NCW",
        activation=None,
        use_bias=True,
        weight_initializer=None,
        bias_initializer="zeros",
        in_channels=0,
        **kwargs,
    ):
        assert layout in ("NCW", "NWC"), "Only supports 'NCW' and 'NWC' layout for now"
        super().__init__(
            channels,
            kernel_size,
            strides,
            padding,
            dilation,
            groups,
            layout,
            in_channels,
            activation,
            use_bias,
            weight_initializer,
            bias_initializer,
            **kwargs,
        )


class Conv2D(_Conv):
    """A two-dimensional convolution.

    Parameters
    ----------
    channels : int
        Output channels.
    kernel_size : int or tuple of int
    strides, padding, dilation : int or tuple of int
    groups : int, default 1
        Channels are cut into this many groups that do not mix.
    layout : {'NCHW', 'NHWC'}, default 'NCHW'
    activation : str, optional
        See `Activation`.
    use_bias : bool, default True
    weight_initializer : Initializer or str, optional
    bias_initializer : Initializer or str, default 'zeros'
    in_channels : int, default 0
        0: known at the first forward pass.
    **kwargs
        ``prefix``, ``params``.

    Examples
    --------
    >>> import mxnb as mx
    >>> layer = mx.gluon.nn.Conv2D(4, kernel_size=3, padding=1)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((2, 3, 8, 8))).shape
    (2, 4, 8, 8)
    """

    def __init__(
        self,
        channels,
        kernel_size,
        strides=(1, 1),
        padding=(0, 0),
        dilation=(1, 1),
        groups=1,
        layout="NCHW",
        activation=None,
        use_bias=True,
        weight_initializer=None,
        bias_initializer="zeros",
        in_channels=0,
        **kwargs,
    ):
        assert layout in ("NCHW", "NHWC"), "Only supports 'NCHW' and 'NHWC' layout for now"
        super().__init__(
            channels,
            kernel_size,
            strides,
            padding,
            dilation,
            groups,
            layout,
            in_channels,
            activation,
            use_bias,
            weight_initializer,
            bias_initializer,
            **kwargs,
        )


class Conv3D(_Conv):
    """A three-dimensional convolution.

    Parameters
    ----------
    channels : int
        Output channels.
    kernel_size : int or tuple of int
    strides, padding, dilation : int or tuple of int
    groups : int, default 1
        Channels are cut into this many groups that do not mix.
    layout : {'NCDHW', 'NDHWC'}, default 'NCDHW'
    activation : str, optional
        See `Activation`.
    use_bias : bool, default True
    weight_initializer : Initializer or str, optional
    bias_initializer : Initializer or str, default 'zeros'
    in_channels : int, default 0
        0: known at the first forward pass.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(
        self,
        channels,
        kernel_size,
        strides=(1, 1, 1),
        padding=(0, 0, 0),
        dilation=(1, 1, 1),
        groups=1,
        layout="NCDHW",
        activation=None,
        use_bias=True,
        weight_initializer=None,
        bias_initializer="zeros",
        in_channels=0,
        **kwargs,
    ):
        assert layout in ("NCDHW", "NDHWC"), "Only supports 'NCDHW' and 'NDHWC' layout for now"
        super().__init__(
            channels,
            kernel_size,
            strides,
            padding,
            dilation,
            groups,
            layout,
            in_channels,
            activation,
            use_bias,
            weight_initializer,
            bias_initializer,
            **kwargs,
        )


class Conv1DTranspose(_ConvTranspose):
    """A one-dimensional transposed convolution (the gradient of a convolution with respect to its input).

    Parameters
    ----------
    channels : int
        Output channels.
    kernel_size : int or tuple of int
    strides, padding, dilation : int or tuple of int
    output_padding : int or tuple of int, default 0
        Added to one side of the output.
    groups : int, default 1
        Channels are cut into this many groups that do not mix.
    layout : {'NCW', 'NWC'}, default 'NCW'
    activation : str, optional
        See `Activation`.
    use_bias : bool, default True
    weight_initializer : Initializer or str, optional
    bias_initializer : Initializer or str, default 'zeros'
    in_channels : int, default 0
        0: known at the first forward pass.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(
        self,
        channels,
        kernel_size,
        strides=1,
        padding=0,
        output_padding=0,
        dilation=1,
        groups=1,
        layout="NCW",
        activation=None,
        use_bias=True,
        weight_initializer=None,
        bias_initializer="zeros",
        in_channels=0,
        **kwargs,
    ):
        assert layout in ("NCW", "NWC"), "Only supports 'NCW' and 'NWC' layout for now"
        super().__init__(
            channels,
            kernel_size,
            strides,
            padding,
            dilation,
            groups,
            layout,
            in_channels,
            activation,
            use_bias,
            weight_initializer,
            bias_initializer,
            adj=output_padding,
            **kwargs,
        )


class Conv2DTranspose(_ConvTranspose):
    """A two-dimensional transposed convolution (the gradient of a convolution with respect to its input).

    Parameters
    ----------
    channels : int
        Output channels.
    kernel_size : int or tuple of int
    strides, padding, dilation : int or tuple of int
    output_padding : int or tuple of int, default 0
        Added to one side of the output.
    groups : int, default 1
        Channels are cut into this many groups that do not mix.
    layout : {'NCHW', 'NHWC'}, default 'NCHW'
    activation : str, optional
        See `Activation`.
    use_bias : bool, default True
    weight_initializer : Initializer or str, optional
    bias_initializer : Initializer or str, default 'zeros'
    in_channels : int, default 0
        0: known at the first forward pass.
    **kwargs
        ``prefix``, ``params``.

    Examples
    --------
    >>> import mxnb as mx
    >>> layer = mx.gluon.nn.Conv2DTranspose(4, kernel_size=2, strides=2)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((2, 3, 8, 8))).shape
    (2, 4, 16, 16)
    """

    def __init__(
        self,
        channels,
        kernel_size,
        strides=(1, 1),
        padding=(0, 0),
        output_padding=(0, 0),
        dilation=(1, 1),
        groups=1,
        layout="NCHW",
        activation=None,
        use_bias=True,
        weight_initializer=None,
        bias_initializer="zeros",
        in_channels=0,
        **kwargs,
    ):
        assert layout in ("NCHW", "NHWC"), "Only supports 'NCHW' and 'NHWC' layout for now"
        super().__init__(
            channels,
            kernel_size,
            strides,
            padding,
            dilation,
            groups,
            layout,
            in_channels,
            activation,
            use_bias,
            weight_initializer,
            bias_initializer,
            adj=output_padding,
            **kwargs,
        )


class Conv3DTranspose(_ConvTranspose):
    """A three-dimensional transposed convolution (the gradient of a convolution with respect to its input).

    Parameters
    ----------
    channels : int
        Output channels.
    kernel_size : int or tuple of int
    strides, padding, dilation : int or tuple of int
    output_padding : int or tuple of int, default 0
        Added to one side of the output.
    groups : int, default 1
        Channels are cut into this many groups that do not mix.
    layout : {'NCDHW', 'NDHWC'}, default 'NCDHW'
    activation : str, optional
        See `Activation`.
    use_bias : bool, default True
    weight_initializer : Initializer or str, optional
    bias_initializer : Initializer or str, default 'zeros'
    in_channels : int, default 0
        0: known at the first forward pass.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(
        self,
        channels,
        kernel_size,
        strides=(1, 1, 1),
        padding=(0, 0, 0),
        output_padding=(0, 0, 0),
        dilation=(1, 1, 1),
        groups=1,
        layout="NCDHW",
        activation=None,
        use_bias=True,
        weight_initializer=None,
        bias_initializer="zeros",
        in_channels=0,
        **kwargs,
    ):
        assert layout in ("NCDHW", "NDHWC"), "Only supports 'NCDHW' and 'NDHWC' layout for now"
        super().__init__(
            channels,
            kernel_size,
            strides,
            padding,
            dilation,
            groups,
            layout,
            in_channels,
            activation,
            use_bias,
            weight_initializer,
            bias_initializer,
            adj=output_padding,
            **kwargs,
        )


class ReflectionPad2D(HybridBlock):
    """Pad height and width by reflection at the border.

    Parameters
    ----------
    padding : int or tuple of 8 int, default 0
        One number for all sides, or before and after each of the four dimensions.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, padding=0, **kwargs):
        super().__init__(**kwargs)
        if isinstance(padding, int):
            padding = (0, 0, 0, 0, padding, padding, padding, padding)
        assert len(padding) == 8, f"ReflectionPad2D: padding must be an int or 8 of them, got {padding}"
        self._padding = padding

    def hybrid_forward(self, F, x):
        """Apply the layer."""
        return F.pad(x, mode="reflect", pad_width=self._padding)
