"""Convolution, its transpose, and the gradient of its weights.

The three belong together: a convolution is linear in its data and in its weights, and the gradient of each of the three
operators is made of the other two.  So all of them can be differentiated as often as one likes.
"""

from __future__ import annotations

from typing import Any

from ..base import DTypeError, ParamError
from ..kernels import convolution as kernels
from .elementwise import Elementwise
from .operator import Operator, get, register, registry, show
from .params import Bool, Enum, Input, Int, Shape, Str

LAYOUTS = {1: "NCW", 2: "NCHW", 3: "NCDHW"}


class _Windowed(Operator):
    """What operators with a window share: sizes along the one to three axes after batch and channels."""

    def check(self) -> None:
        axes = len(self.kernel)
        if axes not in LAYOUTS:
            raise self.error(f"parameter kernel={self.kernel}: need 1 to 3 numbers", ParamError)
        for name, default, least in (("kernel", 1, 1), ("stride", 1, 1), ("dilate", 1, 1), ("pad", 0, 0)):
            values = getattr(self, name) or (default,) * axes
            if len(values) != axes or min(values) < least:
                raise self.error(f"parameter {name}={values}: need {axes} numbers of at least {least}", ParamError)
            setattr(self, name, values)
        if self.__dict__.get("layout") not in (None, LAYOUTS[axes]):
            raise self.error(
                f"parameter layout={self.layout!r}: need {LAYOUTS[axes]!r} (or None) for kernel={self.kernel}",
                ParamError,
            )
        for name in ("num_filter", "num_group"):
            if self.__dict__.get(name, 1) < 1:
                raise self.error(f"parameter {name}={getattr(self, name)}: need an int of at least 1", ParamError)
        if self.__dict__.get("num_filter", self.num_group) % self.num_group:
            raise self.error(
                f"parameter num_filter={self.num_filter}: need a multiple of num_group={self.num_group}", ParamError
            )

    @property
    def axes(self) -> int:
        """How many axes the window has."""
        return len(self.kernel)

    @property
    def reach(self) -> tuple[int, ...]:
        """How far a dilated window extends along each axis."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilate))

    def window(self) -> dict[str, Any]:
        """The parameters that the operators of one convolution share."""
        names = ("kernel", "stride", "dilate", "pad", "num_group")
        return {n: getattr(self, n) for n in names}

    def active_inputs(self) -> tuple[str, ...]:
        return ("data", "weight") if self.no_bias else ("data", "weight", "bias")

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        ins, outs = super().infer_dtype(ins, outs)
        if outs[0] is not None and outs[0].kind != "f":
            raise self.error(f"data has dtype {outs[0]}, need float16, float32 or float64", DTypeError)
        return ins, outs

    def _channels(self, data: Any) -> Any:
        """Check the number of axes of data; its channels."""
        if len(data) != self.axes + 2:
            raise self.error(
                f"data has shape {show(data)}, need {self.axes + 2} dimensions (batch, channels, "
                f"{self.axes} for kernel={self.kernel})"
            )
        if data[1] is not None and (data[1] % self.num_group or not data[1]):
            raise self.error(f"data {show(data)} has {data[1]} channels, need a multiple of num_group={self.num_group}")
        return data[1]

    def _check_weight(self, weight: Any, needed: Any, data: Any, axis: int, what: str) -> Any:
        """`weight` completed to `needed`, its shape as far as known; `axis` is the one that follows from data."""
        if weight is None:
            return needed
        if len(weight) == len(needed) and None not in (weight[axis], needed[axis]) and weight[axis] != needed[axis]:
            raise self.error(
                f"weight has {weight[axis]} {what}, data {show(data)} needs {needed[axis]} (num_group={self.num_group})"
            )
        return self._agree(needed, weight, "weight")


@register("Convolution")
class Convolution(_Windowed):
    """Convolution over one, two or three axes.

    Parameters
    ----------
    data : NDArray, shape (N, C, W), (N, C, H, W) or (N, C, D, H, W)
    weight : NDArray, shape (num_filter, C / num_group, *kernel)
    bias : NDArray, shape (num_filter,)
        Not given where `no_bias`.
    kernel : tuple of int
        Size of the window along each axis; its length decides how many axes there are.
    stride : tuple of int
        How far the window moves from one output pixel to the next; 1 by default.
    dilate : tuple of int
        Distance in `data` of neighbours in the window; 1 by default.
    pad : tuple of int
        How many zeros are put before and after each axis; 0 by default.
    num_filter : int
        Channels of the result.
    num_group : int
        Channels fall into this many groups; a group of the result sees one group of `data`.
    workspace : int
        No effect; kept for MXNet's programs.
    no_bias : bool
        Leave out `bias`.
    cudnn_tune : str, optional
        No effect.
    cudnn_off : bool
        No effect.
    layout : str, optional
        ``'NCW'``, ``'NCHW'`` or ``'NCDHW'``, as `kernel` says; others are not supported.

    Returns
    -------
    NDArray, shape (N, num_filter, *out)
        ``out = (size + 2 * pad - ((kernel - 1) * dilate + 1)) // stride + 1`` along each axis.

    Raises
    ------
    MXNetError
        If shapes do not fit, or the window is larger than the padded data.

    Gradient
    --------
    ddata is the transposed convolution (`Deconvolution`) of dout with weight; dweight sums the products of dout and the
    windows that it came from; dbias is the sum of dout over all but channels.

    Notes
    -----
    2 N num_filter C / num_group times the product of `out` and `kernel` operations.

    Examples
    --------
    >>> conv = Convolution.of(kernel=(3, 3), pad=(1, 1), num_filter=4, no_bias=True)
    >>> conv(mx.nd.ones((1, 3, 8, 8)), mx.nd.ones((4, 3, 3, 3))).shape
    (1, 4, 8, 8)
    """

    data = Input()
    weight = Input()
    bias = Input()
    kernel = Shape()
    stride = Shape(())
    dilate = Shape(())
    pad = Shape(())
    num_filter = Int()
    num_group = Int(1)
    workspace = Int(1024)
    no_bias = Bool(False)
    cudnn_tune = Enum("off", "limited_workspace", "fastest", default=None)
    cudnn_off = Bool(False)
    layout = Enum("NCW", "NCHW", "NCDHW", "NHWC", "NDHWC", default=None)

    def _size(self, data: Any, axis: int) -> int | None:
        """Output size along an axis."""
        size = data[2 + axis]
        if size is None:
            return None
        padded = size + 2 * self.pad[axis]
        if self.reach[axis] > padded:
            raise self.error(
                f"data {show(data)} is {padded} long along axis {2 + axis} with pad={self.pad}, need at least "
                f"{self.reach[axis]} for kernel={self.kernel}, dilate={self.dilate}"
            )
        return (padded - self.reach[axis]) // self.stride[axis] + 1

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data, weight, *bias = ins
        if data is None:  # as 1.9.1: nothing follows from the other shapes alone
            return ins, outs
        bias = [self._agree((self.num_filter,), b, "bias") for b in bias]
        channels = self._channels(data)
        needed = (self.num_filter, None if channels is None else channels // self.num_group, *self.kernel)
        weight = self._check_weight(weight, needed, data, 1, "input channels")
        if channels is None and weight[1] is not None:
            channels = weight[1] * self.num_group
        out = (data[0], self.num_filter, *(self._size(data, axis) for axis in range(self.axes)))
        out = self._agree(out, outs[0], "output")
        return [(out[0], channels, *data[2:]), weight, *bias], [out]

    def geometry(self, data: tuple[int, ...], out: tuple[int, ...]) -> kernels.Geometry:
        """The kernels' description of this convolution."""
        return kernels.Geometry.of(data, out, self.kernel, self.stride, self.pad, self.dilate, self.num_group)

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return kernels.bind_forward(self.geometry(in_specs[0][0], out_specs[0][0]), out_specs[0][1], env.ctx.on_cpu)

    def data_gradient(self, dout: Any, weight: Any, data_shape: tuple[int, ...]) -> Any:
        """Gradient with respect to data of this shape."""
        sizes = zip(data_shape[2:], self.pad, dout.shape[2:], self.stride, self.reach)
        spare = tuple(size + 2 * p - (o - 1) * s - reach for size, p, o, s, reach in sizes)
        return Deconvolution.of(**self.window(), adj=spare, num_filter=data_shape[1])(dout, weight)

    def gradient(self, dout: Any, data: Any, weight: Any, data_shape: Any) -> Any:
        grads = [
            lambda: self.data_gradient(dout, weight, data_shape),
            lambda: ConvolutionWeight.of(**self.window())(data, dout),
        ]
        return grads if self.no_bias else [*grads, lambda: _bias_gradient(dout)]

    def followed_by(self, activation: Operator) -> Convolution | None:
        """This convolution and then `activation` as one operator of one kernel, for graphs that are to be fused.

        Parameters
        ----------
        activation : operator instance that is applied to the result, such as ``Activation.of(act_type="relu")``.

        Returns
        -------
        Convolution or None
            An instance that takes the same inputs and gives the activation's result; None where that cannot be: the
            function must be one of a single number, without parameters, whose derivative follows from its result
            (relu, sigmoid, tanh, ...), because the convolution's own result is never written.

        Examples
        --------
        >>> conv = Convolution.of(kernel=(1,), num_filter=1, no_bias=True)
        >>> both = conv.followed_by(get("relu").of())
        >>> both(mx.nd.array([[[-2, 3]]]), mx.nd.ones((1, 1, 1))).asnumpy().tolist()
        [[[0.0, 3.0]]]
        >>> conv.followed_by(get("sin").of()) is None
        True
        """
        activation = activation.__dict__.get("chosen", activation)
        if type(self) is not Convolution or not _can_follow(activation):
            return None
        return ActivatedConvolution.of(**self.given, activation=activation.name)


def _can_follow(operator: Operator) -> bool:
    """Whether an operator may be the activation of `ActivatedConvolution`."""
    return (
        isinstance(operator, Elementwise)
        and len(operator.inputs) == 1
        and not operator.scalars
        and operator.rules[0] is not None
        and not operator.needs_inputs
    )


@register("_activated_convolution")
class ActivatedConvolution(Convolution):
    """A convolution and an activation function of its result, in one kernel; `Convolution.followed_by` makes it.

    Parameters
    ----------
    data, weight, bias :
        And the parameters of `Convolution`.
    activation : str
        Name of an element-wise operator of one array, such as relu, sigmoid or tanh.

    Gradient
    --------
    That of the convolution for dout times the activation's derivative, which follows from the result.
    """

    internal = True
    activation = Str()
    needs_outputs = True

    def check(self) -> None:
        super().check()
        found = registry.get(self.activation)
        self.follow: Any = found.of() if found is not None and issubclass(found, Elementwise) else None
        if self.follow is None or not _can_follow(self.follow):
            raise self.error(
                f"parameter activation={self.activation!r}: need an element-wise operator of one array without "
                "parameters, whose derivative follows from its result",
                ParamError,
            )

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        geometry = self.geometry(in_specs[0][0], out_specs[0][0])
        return kernels.bind_forward(geometry, out_specs[0][1], env.ctx.on_cpu, self.follow.kernels)

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        return super().propagate(self.follow.propagate(dys, (), ys, plan, (True,)), xs, ys, plan, wanted)


def _bias_gradient(dout: Any) -> Any:
    return get("sum").of(axis=(0, *range(2, len(dout.shape))))(dout)


@register("Convolution_v1")
class ConvolutionV1(Convolution):
    __doc__ = (Convolution.__doc__ or "").replace("mx.nd.Convolution(", "mx.nd.Convolution_v1(")


@register("Deconvolution")
class Deconvolution(_Windowed):
    """Transposed convolution: the map from the result of a convolution to its data, as in its gradient.

    Parameters
    ----------
    data : NDArray, shape (N, C, W), (N, C, H, W) or (N, C, D, H, W)
    weight : NDArray, shape (C, num_filter / num_group, *kernel)
    bias : NDArray, shape (num_filter,)
        Given only with ``no_bias=False``.
    kernel, stride, dilate, pad : tuple of int
        Those of the convolution that this one transposes.  `pad` is cut off on both sides of the result.
    adj : tuple of int
        How much longer the result is at its end, less than `stride`; 0 by default.
    target_shape : tuple of int
        Size of the result along each axis; `pad` and `adj` then follow from it and the given ones have no effect.  An
        axis of 0, or no `target_shape`, leaves `pad` and `adj` in force.
    num_filter : int
        Channels of the result.
    num_group : int
        Channels fall into this many groups.
    workspace : int
        No effect.
    no_bias : bool
        Leave out `bias`, the default.
    cudnn_tune : str, optional
        No effect.
    cudnn_off : bool
        No effect.
    layout : str, optional
        ``'NCW'``, ``'NCHW'`` or ``'NCDHW'``, as `kernel` says; others are not supported.

    Returns
    -------
    NDArray, shape (N, num_filter, *out)
        ``out = (size - 1) * stride + (kernel - 1) * dilate + 1 - 2 * pad + adj`` along each axis.

    Raises
    ------
    MXNetError
        If shapes do not fit, `adj` is not below `stride`, or `target_shape` cannot be reached.

    Gradient
    --------
    ddata is the convolution of dout with weight; dweight as in `Convolution` with data and dout exchanged.

    Examples
    --------
    >>> up = Deconvolution.of(kernel=(2, 2), stride=(2, 2), num_filter=4)
    >>> up(mx.nd.ones((1, 3, 8, 8)), mx.nd.ones((3, 4, 2, 2))).shape
    (1, 4, 16, 16)
    """

    data = Input()
    weight = Input()
    bias = Input()
    kernel = Shape()
    stride = Shape(())
    dilate = Shape(())
    pad = Shape(())
    adj = Shape(())
    target_shape = Shape(())
    num_filter = Int()
    num_group = Int(1)
    workspace = Int(512)
    no_bias = Bool(True)
    cudnn_tune = Enum("off", "limited_workspace", "fastest", default=None)
    cudnn_off = Bool(False)
    layout = Enum("NCW", "NCHW", "NCDHW", "NHWC", "NDHWC", default=None)

    def check(self) -> None:
        super().check()
        self.adj = self.adj or (0,) * self.axes
        self.target_shape = self.target_shape or (0,) * self.axes
        for name, values in (("adj", self.adj), ("target_shape", self.target_shape)):
            if len(values) != self.axes or min(values) < 0:
                raise self.error(f"parameter {name}={values}: need {self.axes} numbers of at least 0", ParamError)
        if not any(self.target_shape) and any(a >= s for a, s in zip(self.adj, self.stride)):
            raise self.error(f"parameter adj={self.adj}: need numbers below stride={self.stride}", ParamError)

    def _padding(self, data: Any) -> list[tuple[Any, Any]]:
        """(pad, adj) of each axis, which follow from `target_shape` and the data where that is given."""
        found = []
        for axis, target in enumerate(self.target_shape):
            size, stride = data[2 + axis], self.stride[axis]
            if not any(self.target_shape):
                found.append((self.pad[axis], self.adj[axis]))
            elif size is None:
                found.append((None, None))
            else:
                full = (size - 1) * stride + self.reach[axis]
                spare = full - target if target else 2 * self.pad[axis] - self.adj[axis]
                pad, adj = (spare + 1) // 2, spare % 2
                if spare < 0 or adj >= stride:
                    raise self.error(
                        f"parameter target_shape={self.target_shape}: data {show(data)} needs at most {full} along "
                        f"axis {2 + axis}, with stride 1 an even number less"
                    )
                found.append((pad, adj))
        return found

    def _size(self, data: Any, axis: int) -> int | None:
        size, (pad, adj) = data[2 + axis], self._padding(data)[axis]
        if size is None:
            return self.target_shape[axis] or None
        out = (size - 1) * self.stride[axis] + self.reach[axis] - 2 * pad + adj
        if out < 1:
            raise self.error(f"data {show(data)} gives {out} pixels along axis {2 + axis}, need 1: pad={self.pad}")
        return int(out)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data, weight, *bias = ins
        if data is None:
            return ins, outs
        bias = [self._agree((self.num_filter,), b, "bias") for b in bias]
        needed = (None, self.num_filter // self.num_group, *self.kernel)
        channels = self._channels(data)
        weight = self._check_weight(weight, (channels, *needed[1:]), data, 0, "input channels")
        out = (data[0], self.num_filter, *(self._size(data, axis) for axis in range(self.axes)))
        out = self._agree(out, outs[0], "output")
        return [(out[0], weight[0], *data[2:]), weight, *bias], [out]

    def transposed(self, data: tuple[int, ...]) -> dict[str, Any]:
        """Parameters of the convolution that this one transposes."""
        return {**self.window(), "pad": tuple(pad for pad, _ in self._padding(data))}

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        data, out = in_specs[0][0], out_specs[0][0]
        pad = self.transposed(data)["pad"]
        geometry = kernels.Geometry.of(out, data, self.kernel, self.stride, pad, self.dilate, self.num_group)
        return kernels.bind_data_gradient(geometry, out_specs[0][1], env.ctx.on_cpu)

    def gradient(self, dout: Any, data: Any, weight: Any, data_shape: Any) -> Any:
        window = self.transposed(data_shape)
        grads = [
            lambda: Convolution.of(**window, num_filter=data_shape[1], no_bias=True)(dout, weight),
            lambda: ConvolutionWeight.of(**window)(dout, data),
        ]
        return grads if self.no_bias else [*grads, lambda: _bias_gradient(dout)]


@register("_convolution_weight_gradient")
class ConvolutionWeight(_Windowed):
    """Gradient of the weights of a convolution: for each weight, the sum of the products that it takes part in.

    Parameters
    ----------
    data : NDArray, shape (N, C, *size)
        Data of the convolution.
    dout : NDArray, shape (N, F, *out)
        Gradient of its result.
    kernel, stride, dilate, pad, num_group :
        As in `Convolution`.

    Returns
    -------
    NDArray, shape (F, C / num_group, *kernel)

    Gradient
    --------
    ddata is the transposed convolution of dout with the gradient given, ddout the convolution of data with it.

    Examples
    --------
    >>> grad = ConvolutionWeight.of(kernel=(3,))
    >>> grad(mx.nd.ones((1, 2, 5)), mx.nd.ones((1, 4, 3))).shape
    (4, 2, 3)
    """

    internal = True
    outputs = ("weight",)
    data = Input()
    dout = Input()
    kernel = Shape()
    stride = Shape(())
    dilate = Shape(())
    pad = Shape(())
    num_group = Int(1)

    def active_inputs(self) -> tuple[str, ...]:
        return ("data", "dout")

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data, dout = ins
        if data is None or dout is None:
            return ins, outs
        channels = self._channels(data)
        out = (dout[1], None if channels is None else channels // self.num_group, *self.kernel)
        return ins, [self._agree(out, outs[0], "output")]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (data, _), (out, _) = in_specs
        geometry = kernels.Geometry.of(data, out, self.kernel, self.stride, self.pad, self.dilate, self.num_group)
        return kernels.bind_weight_gradient(geometry, out_specs[0][1], env.ctx.on_cpu)

    def gradient(self, dweight: Any, data: Any, dout: Any, data_shape: Any) -> Any:
        conv = Convolution.of(**self.window(), num_filter=dweight.shape[0], no_bias=True)
        return [lambda: conv.data_gradient(dout, dweight, data_shape), lambda: conv(data, dweight)]
