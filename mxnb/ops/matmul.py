"""Matrix products: dot, batch_dot, FullyConnected, khatri_rao."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..base import DTypeError, ParamError
from ..kernels import device
from ..kernels import matmul as kernels
from .convolution import _can_follow
from .elementwise import Elementwise
from .operator import Operator, get, known, register, registry, show, unify
from .params import Bool, Enum, Input, Int, Str, Variadic


def _bound(
    env: Any,
    specs: Any,
    c: Any,
    a: Any,
    b: Any,
    transpose_a: bool,
    transpose_b: bool,
    batch: int = 1,
    follow: Any = None,
) -> Any:
    """A function (out, x, y[, bias]): the product of operands that are taken as matrices of shapes c, a and b."""
    terms = a[0] // batch if transpose_a else a[1]
    sizes = (c[0] // batch, c[1], terms, specs[0][1], transpose_a, transpose_b, batch)
    run, any_shape = kernels.bind(env.ctx.on_cpu, *sizes, follow, biased=len(specs) > 3)
    if any_shape or [tuple(shape) for shape, _ in specs[:3]] == [c, a, b]:
        return run
    return lambda out, x, y, *bias: run(out.reshape(c), x.reshape(a), y.reshape(b), *bias)


def _shaped(x: Any, shape: tuple[int, ...]) -> Any:
    """`x` in another shape, in whichever world it lives."""
    return x if tuple(x.shape) == tuple(shape) else get("Reshape").of(shape=shape)(x)


class _Product(Operator):
    """What the products of two matrices share."""

    def check(self) -> None:
        if self.__dict__.get("forward_stype") not in (None, "default"):
            raise ParamError(
                f"{self.name}: parameter forward_stype={self.forward_stype!r}: only 'default' is supported"
            )

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        ins, outs = super().infer_dtype(ins, outs)
        if outs[0] is not None and outs[0].kind == "b":
            raise self.error(f"{self.input_names(len(ins))[0]} has dtype bool, need numbers", DTypeError)
        return ins, outs

    def _runner(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return self.prepare(env, out_specs, in_specs)  # float16 is the kernels' affair

    def _same_terms(self, left: Any, right: Any, shapes: list[Any]) -> Any:
        """The length that is summed over, of which either side may be unknown."""
        if left is not None and right is not None and left != right:
            raise self.error(
                f"lhs {show(shapes[0])} and rhs {show(shapes[1])}: the sum is over {left} and {right} numbers, need "
                f"the same (transpose_a={self.transpose_a}, transpose_b={self.transpose_b})"
            )
        return right if left is None else left


@register("dot")
class Dot(_Product):
    """Product over the last axis of `lhs` and the first axis of `rhs`.

    Parameters
    ----------
    lhs : NDArray, shape (..., K)
        A vector, matrix or array of more dimensions.
    rhs : NDArray, shape (K, ...)
    transpose_a : bool
        The sum is over the first axis of `lhs` instead.  A vector stays as it is.
    transpose_b : bool
        The sum is over the last axis of `rhs` instead.
    forward_stype : str, optional
        Storage type of the result; only ``'default'`` (dense) is supported.

    Returns
    -------
    NDArray, shape (*axes of lhs but the summed one, *those of rhs)
        Of two vectors shape (1,).

    Raises
    ------
    MXNetError
        If the summed axes differ in length, an operand has no dimensions, or two vectors are to be transposed.

    Gradient
    --------
    dlhs = dout · rhsᵀ, drhs = lhsᵀ · dout, as matrices.

    Notes
    -----
    2 M N K operations for matrices (M, K) and (K, N).

    Examples
    --------
    >>> Dot.of()(mx.nd.ones((2, 3)), mx.nd.ones((3, 4))).shape
    (2, 4)
    """

    lhs = Input()
    rhs = Input()
    transpose_a = Bool(False)
    transpose_b = Bool(False)
    forward_stype = Enum("default", "row_sparse", "csr", default=None)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        lhs, rhs = ins
        for name, shape in (("lhs", lhs), ("rhs", rhs)):
            if shape == ():
                raise self.error(f"{name} has shape (), need at least one dimension")
        if lhs is None or rhs is None:
            return ins, outs
        if len(lhs) == len(rhs) == 1 and (self.transpose_a or self.transpose_b):
            raise self.error("two vectors cannot be transposed")
        at_left, at_right = 0 if self.transpose_a else len(lhs) - 1, len(rhs) - 1 if self.transpose_b else 0
        terms = self._same_terms(lhs[at_left], rhs[at_right], ins)
        rest_left, rest_right = _without(lhs, at_left), _without(rhs, at_right)
        out = self._agree(rest_left + rest_right or (1,), outs[0], "output")
        split = len(rest_left)
        if rest_left or rest_right:
            rest_left, rest_right = out[:split], out[split:]
        lhs = rest_left[:at_left] + (terms,) + rest_left[at_left:]
        rhs = rest_right[:at_right] + (terms,) + rest_right[at_right:]
        return [lhs, rhs], [out]

    def _matrices(self, lhs: tuple[int, ...], rhs: tuple[int, ...]) -> tuple[Any, Any, bool, bool]:
        """Shapes of the operands as matrices, and which of them are stored transposed."""
        a_first, b_last = self.transpose_a and len(lhs) > 1, self.transpose_b and len(rhs) > 1
        a = (lhs[0], math.prod(lhs[1:])) if a_first else (math.prod(lhs[:-1]), lhs[-1])
        b = (math.prod(rhs[:-1]), rhs[-1]) if b_last else (rhs[0], math.prod(rhs[1:]))
        return a, b, a_first, b_last

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (lhs, _), (rhs, _) = in_specs
        a, b, a_first, b_last = self._matrices(lhs, rhs)
        c = (a[1] if a_first else a[0], b[0] if b_last else b[1])
        return _bound(env, (*out_specs, *in_specs), c, a, b, a_first, b_last)

    def gradient(self, dout: Any, lhs: Any, rhs: Any, lhs_shape: Any, rhs_shape: Any) -> Any:
        a_shape, b_shape, ta, tb = self._matrices(lhs_shape, rhs_shape)
        c_shape = (a_shape[1] if ta else a_shape[0], b_shape[0] if tb else b_shape[1])
        dc = _shaped(dout, c_shape)

        def dlhs() -> Any:
            b = _shaped(rhs, b_shape)
            return _shaped(_left_gradient(Dot, dc, b, ta, tb), lhs_shape)

        def drhs() -> Any:
            a = _shaped(lhs, a_shape)
            return _shaped(_right_gradient(Dot, dc, a, ta, tb), rhs_shape)

        return [dlhs, drhs]


def _without(shape: tuple[Any, ...], axis: int) -> tuple[Any, ...]:
    return shape[:axis] + shape[axis + 1 :]


def _left_gradient(product: type[_Product], dc: Any, b: Any, ta: bool, tb: bool) -> Any:
    """Gradient with respect to a of c = a · b."""
    if ta:
        return product.of(transpose_a=tb, transpose_b=True)(b, dc)
    return product.of(transpose_b=not tb)(dc, b)


def _right_gradient(product: type[_Product], dc: Any, a: Any, ta: bool, tb: bool) -> Any:
    """Gradient with respect to b of c = a · b."""
    if tb:
        return product.of(transpose_a=True, transpose_b=ta)(dc, a)
    return product.of(transpose_a=not ta)(a, dc)


@register("batch_dot")
class BatchDot(_Product):
    """Matrix products of the last two axes, one for each index of the axes before them.

    Parameters
    ----------
    lhs : NDArray, shape (..., M, K), three dimensions or more
    rhs : NDArray, shape (..., K, N), the leading axes of `lhs`
    transpose_a : bool
        `lhs` is (..., K, M).
    transpose_b : bool
        `rhs` is (..., N, K).
    forward_stype : str, optional
        Storage type of the result; only ``'default'`` (dense) is supported.

    Returns
    -------
    NDArray, shape (..., M, N)

    Raises
    ------
    MXNetError
        If the leading axes or the summed axes differ.

    Gradient
    --------
    dlhs = dout · rhsᵀ, drhs = lhsᵀ · dout, for each product.

    Examples
    --------
    >>> BatchDot.of()(mx.nd.ones((5, 2, 3)), mx.nd.ones((5, 3, 4))).shape
    (5, 2, 4)
    """

    lhs = Input()
    rhs = Input()
    transpose_a = Bool(False)
    transpose_b = Bool(False)
    forward_stype = Enum("default", "row_sparse", "csr", default=None)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        for name, shape in zip(("lhs", "rhs"), ins):
            if shape is not None and len(shape) < 3:
                raise self.error(f"{name} has shape {show(shape)}, need three dimensions or more")
        lhs, rhs = ins
        if lhs is None or rhs is None:
            return ins, outs
        try:
            batch = unify(lhs[:-2], rhs[:-2])
        except Exception:
            raise self.error(f"lhs {show(lhs)} and rhs {show(rhs)}: the axes before the last two must agree") from None
        assert batch is not None
        rows, left = (lhs[-1], lhs[-2]) if self.transpose_a else lhs[-2:]
        right, cols = (rhs[-1], rhs[-2]) if self.transpose_b else rhs[-2:]
        terms = self._same_terms(left, right, ins)
        out = self._agree((*batch, rows, cols), outs[0], "output")
        *batch, rows, cols = out
        lhs = (*batch, terms, rows) if self.transpose_a else (*batch, rows, terms)
        rhs = (*batch, cols, terms) if self.transpose_b else (*batch, terms, cols)
        return [lhs, rhs], [out]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        specs = (*out_specs, *in_specs)
        batch = math.prod(specs[0][0][:-2])
        c, a, b = [(batch * s[-2], s[-1]) for s, _ in specs]
        return _bound(env, specs, c, a, b, self.transpose_a, self.transpose_b, max(batch, 1))

    def gradient(self, dout: Any, lhs: Any, rhs: Any) -> Any:
        ta, tb = self.transpose_a, self.transpose_b
        return [
            lambda: _left_gradient(BatchDot, dout, rhs, ta, tb),
            lambda: _right_gradient(BatchDot, dout, lhs, ta, tb),
        ]


@register("FullyConnected")
class FullyConnected(_Product):
    """The affine map ``out = data · weightᵀ + bias``.

    Parameters
    ----------
    data : NDArray, shape (N, ...), or (..., K) without `flatten`
    weight : NDArray, shape (num_hidden, K)
    bias : NDArray, shape (num_hidden,)
        Not given where `no_bias`.
    num_hidden : int
        Length of a row of the result, at least 1.
    no_bias : bool
        Leave out `bias`.
    flatten : bool
        Treat all axes of `data` but the first as one of length K; otherwise the last axis is mapped.

    Returns
    -------
    NDArray, shape (N, num_hidden), or (..., num_hidden) without `flatten`

    Raises
    ------
    MXNetError
        If shapes do not agree.

    Gradient
    --------
    ddata = dout · weight, dweight = doutᵀ · data, dbias = the sum of dout over rows.

    Notes
    -----
    2 N K num_hidden operations.

    Examples
    --------
    >>> y = FullyConnected.of(num_hidden=4)(mx.nd.ones((2, 3)), mx.nd.ones((4, 3)), mx.nd.zeros(4))
    >>> y.shape
    (2, 4)
    """

    data = Input()
    weight = Input()
    bias = Input()
    num_hidden = Int()
    no_bias = Bool(False)
    flatten = Bool(True)
    follow: ClassVar[Any] = None  # the kernels of an activation

    def check(self) -> None:
        if self.num_hidden < 1:
            raise ParamError(f"FullyConnected: parameter num_hidden={self.num_hidden}: need an int of at least 1")

    def active_inputs(self) -> tuple[str, ...]:
        return ("data", "weight") if self.no_bias else ("data", "weight", "bias")

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        data, weight, *bias = ins
        if data is None:  # as 1.9.1: nothing follows from the other shapes alone
            return ins, outs
        hidden = self.num_hidden
        weight = self._agree((hidden, None), weight, "weight")
        if data == ():
            raise self.error("data has shape (), need at least one dimension")
        row = data[1:] if self.flatten else data[-1:]
        width = math.prod(row) if None not in row else None
        if None not in (width, weight[1]) and weight[1] != width:
            raise self.error(
                f"weight has shape {show(weight)}, data {show(data)} needs {(hidden, width)} (flatten={self.flatten})"
            )
        if width is not None:
            weight = (hidden, width)
        elif weight[1] is not None and row.count(None) == 1:
            others = math.prod(d for d in row if d is not None)
            if others and weight[1] % others == 0:
                row = tuple(weight[1] // others if d is None else d for d in row)
        lead = data[:1] if self.flatten else data[:-1]
        out = self._agree((*lead, hidden), outs[0], "output")
        data = out[:-1] + row
        return [data, weight, *(self._agree((hidden,), b, "bias") for b in bias)], [out]

    def _rows(self, data: tuple[int, ...]) -> int:
        return data[0] if self.flatten else math.prod(data[:-1])

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        rows, weight = self._rows(in_specs[0][0]), in_specs[1][0]
        specs = (*out_specs, *in_specs)
        return _bound(env, specs, (rows, self.num_hidden), (rows, weight[1]), weight, False, True, 1, self.follow)

    def gradient(self, dout: Any, data: Any, weight: Any, data_shape: Any) -> Any:
        rows = self._rows(data_shape)
        dy = _shaped(dout, (rows, self.num_hidden))
        grads = [
            lambda: _shaped(Dot.of()(dy, weight), data_shape),
            lambda: Dot.of(transpose_a=True)(dy, _shaped(data, (rows, math.prod(data_shape) // rows if rows else 0))),
        ]
        return grads if self.no_bias else [*grads, lambda: get("sum").of(axis=0)(dy)]

    def followed_by(self, activation: Operator) -> FullyConnected | None:
        """This map and then `activation` as one operator of one kernel, for graphs that are to be fused.

        Parameters
        ----------
        activation : operator instance that is applied to the result, such as ``Activation.of(act_type="relu")``.

        Returns
        -------
        FullyConnected or None
            An instance that takes the same inputs and gives the activation's result; None where that cannot be, as for
            `Convolution.followed_by`.

        Examples
        --------
        >>> both = FullyConnected.of(num_hidden=1, no_bias=True).followed_by(get("relu").of())
        >>> both(mx.nd.array([[-2], [3]]), mx.nd.ones((1, 1))).asnumpy().tolist()
        [[0.0], [3.0]]
        """
        activation = activation.__dict__.get("chosen", activation)
        if type(self) is not FullyConnected or not _can_follow(activation):
            return None
        return ActivatedFullyConnected.of(**self.given, activation=activation.name)


@register("_activated_fully_connected")
class ActivatedFullyConnected(FullyConnected):
    """`FullyConnected` and an activation function of its result, in one kernel; `FullyConnected.followed_by` makes it.

    Parameters
    ----------
    data, weight, bias :
        And the parameters of `FullyConnected`.
    activation : str
        Name of an element-wise operator of one array, such as relu, sigmoid or tanh.

    Gradient
    --------
    That of `FullyConnected` for dout times the activation's derivative, which follows from the result.
    """

    internal = True
    activation = Str()
    needs_outputs = True

    def check(self) -> None:
        super().check()
        found = registry.get(self.activation)
        self.then: Any = found.of() if found is not None and issubclass(found, Elementwise) else None
        if self.then is None or not _can_follow(self.then):
            raise self.error(
                f"parameter activation={self.activation!r}: need an element-wise operator of one array without "
                "parameters, whose derivative follows from its result",
                ParamError,
            )
        self.follow = self.then.kernels  # type: ignore[misc]

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Any, wanted: Any) -> list[Any]:
        return super().propagate(self.then.propagate(dys, (), ys, plan, (True,)), xs, ys, plan, wanted)


@register("khatri_rao")
class KhatriRao(Operator):
    """Column-wise Kronecker product of matrices.

    Parameters
    ----------
    args : NDArrays, shapes (M0, N), (M1, N), ...

    Returns
    -------
    NDArray, shape (M0 * M1 * ..., N)
        Column n is the Kronecker product of the columns n of all matrices.

    Raises
    ------
    MXNetError
        If an argument is no matrix or they differ in their columns.

    Gradient
    --------
    None, as in MXNet 1.9.1.

    Examples
    --------
    >>> KhatriRao.of()(mx.nd.ones((2, 3)), mx.nd.ones((4, 3))).shape
    (8, 3)
    """

    args = Variadic()
    num_args = Int(None)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        cols = None
        for i, shape in enumerate(ins):
            if shape is None:
                continue
            if len(shape) != 2:
                raise self.error(f"arg{i} has shape {show(shape)}, need two dimensions")
            cols = self._agree((None, cols), (None, shape[1]), f"arg{i}")[1]
        if all(known(s) for s in ins):
            return ins, [self._agree((math.prod(s[0] for s in ins), cols), outs[0], "output")]
        return [None if s is None else (s[0], cols) for s in ins], outs

    def forward(self, env: Any, out: Any, *args: Any) -> None:
        whole = args[0]
        for i, arg in enumerate(args[1:], 2):
            shape = (whole.shape[0] * arg.shape[0], arg.shape[1])
            y = out if i == len(args) else device.empty_like_target(out, shape, out.dtype)
            kernels.khatri_rao(y, whole, arg)
            whole = y
        if len(args) == 1:
            device.copy(out, whole)
