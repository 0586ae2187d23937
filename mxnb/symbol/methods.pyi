"""Methods of Symbol that are operators of the same name: ``s.exp()`` is ``mx.sym.exp(s)``.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mxnb.symbol.symbol import Symbol
_DType = str | type[Any] | np.dtype[Any]

class OperatorMethods:
    def abs(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The size of x."""
    def arccos(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Inverse cosine, in radians."""
    def arccosh(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Inverse hyperbolic cosine."""
    def arcsin(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Inverse sine, in radians."""
    def arcsinh(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Inverse hyperbolic sine."""
    def arctan(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Inverse tangent, in radians."""
    def arctanh(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Inverse hyperbolic tangent."""
    def argmax(self, axis: int | None = None, keepdims: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The place of the largest number along an axis; of equal ones the first."""
    def argmax_channel(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The place of the largest number along axis 1."""
    def argmin(self, axis: int | None = None, keepdims: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The place of the smallest number along an axis; of equal ones the first."""
    def argsort(self, axis: int | None = -1, is_ascend: bool = True, dtype: _DType = "float32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The places of the numbers in order along an axis."""
    def astype(self, dtype: Any, **kwargs: Any) -> Any: ...
    def broadcast_axes(self, axis: int | Sequence[int] = (), size: int | Sequence[int] = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Repeat along given axes of length 1."""
    def broadcast_like(self, rhs: Symbol | None = None, lhs_axes: int | Sequence[int] | None = None, rhs_axes: int | Sequence[int] | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Repeat `lhs` to the shape of `rhs`, or along given axes only."""
    def broadcast_to(self, shape: int | Sequence[int] = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Repeat along axes of length 1."""
    def cbrt(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Cube root."""
    def ceil(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The next whole number above."""
    def clip(self, a_min: float, a_max: float, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """min(max(x, a_min), a_max); the gradient is 1 on the edges"""
    def cos(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Cosine of x in radians."""
    def cosh(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Hyperbolic cosine."""
    def degrees(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Radians to degrees."""
    def depth_to_space(self, block_size: int, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Move blocks of channels into space."""
    def diag(self, k: int = 0, **kwargs: Any) -> Any: ...
    def exp(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """e to the power x."""
    def expand_dims(self, axis: int, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Insert an axis of length 1."""
    def expm1(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """exp(x) - 1, exact near 0."""
    def fix(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The next whole number towards zero."""
    def flatten(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Keep the first axis and merge all others; (n,) becomes (n, 1)."""
    def flip(self, axis: int | Sequence[int], *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Reverse the order along axes."""
    def floor(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The next whole number below."""
    def log(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Natural logarithm."""
    def log10(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Logarithm to base 10."""
    def log1p(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """log(1 + x), exact near 0."""
    def log2(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Logarithm to base 2."""
    def log_softmax(self, axis: int = -1, temperature: float | None = None, dtype: _DType | None = None, use_length: bool | None = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The logarithm of softmax, without the loss of precision of ``log(softmax(x))``."""
    def max(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Maximum over axes; the gradient goes to every tied element."""
    def mean(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Mean over axes."""
    def min(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Minimum over axes; the gradient goes to every tied element."""
    def nanprod(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Product over axes of what is not NaN."""
    def nansum(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Sum over axes of what is not NaN."""
    def norm(self, ord: int = 2, axis: int | Sequence[int] | None = None, out_dtype: _DType | None = None, keepdims: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """L1 or L2 norm over axes."""
    def one_hot(self, depth: int, on_value: float = 1.0, off_value: float = 0.0, dtype: _DType = "float32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Rows with one number switched on."""
    def ones_like(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Ones of the shape and dtype of an array."""
    def pad(self, mode: Literal["constant", "edge", "reflect"], pad_width: int | Sequence[int], constant_value: float = 0.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Add a border."""
    def pick(self, index: Symbol | None = None, axis: int | None = -1, keepdims: bool = False, mode: Literal["clip", "wrap"] = "clip", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """One element along an axis for each place."""
    def prod(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Product over axes; the gradient is y / x, NaN where x is 0."""
    def radians(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Degrees to radians."""
    def rcbrt(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """1 / cbrt(x)"""
    def reciprocal(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """1 / x"""
    def relu(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """max(x, 0)"""
    def repeat(self, repeats: int, axis: int | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Repeat each element."""
    def reshape(self, shape: int | Sequence[int] = (), reverse: bool = False, target_shape: int | Sequence[int] = (), keep_highest: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The same numbers in another shape."""
    def reshape_like(self, rhs: Symbol | None = None, lhs_begin: int | None = None, lhs_end: int | None = None, rhs_begin: int | None = None, rhs_end: int | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """`lhs` in the shape of `rhs`, or with a range of its axes replaced by a range of those of `rhs`."""
    def rint(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The nearest whole number, halves down."""
    def round(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The nearest whole number, halves away from zero."""
    def rsqrt(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """1 / sqrt(x)"""
    def shape_array(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The shape of an array, as array of int64."""
    def sigmoid(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """1 / (1 + exp(-x))"""
    def sign(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """-1, 0 or 1."""
    def sin(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Sine of x in radians."""
    def sinh(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Hyperbolic sine."""
    def size_array(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The number of elements of an array, as array of int64."""
    def slice(self, begin: int | Sequence[int | None] | None, end: int | Sequence[int | None] | None, step: int | Sequence[int | None] | None = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """A part of an array, ``data[begin:end:step]``."""
    def slice_axis(self, axis: int, begin: int, end: int | None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """A part along one axis."""
    def slice_like(self, shape_like: Symbol | None = None, axes: int | Sequence[int] = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The leading part of `data` with the lengths of `shape_like`."""
    def softmax(self, length: Symbol | None = None, axis: int = -1, temperature: float | None = None, dtype: _DType | None = None, use_length: bool | None = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Positive numbers that sum to 1 along an axis."""
    def softmin(self, axis: int = -1, temperature: float | None = None, dtype: _DType | None = None, use_length: bool | None = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Softmax of the negated numbers."""
    def sort(self, axis: int | None = -1, is_ascend: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Numbers in order along an axis."""
    def space_to_depth(self, block_size: int, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Move blocks of space into channels."""
    def split(self, num_outputs: int, axis: int = 1, squeeze_axis: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Split into equal parts along an axis."""
    def split_v2(self: Any, *args: Any, **kwargs: Any) -> Any: ...
    def sqrt(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Square root."""
    def square(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """x * x"""
    def squeeze(self, axis: Any = None, inplace: bool = False, **kwargs: Any) -> Any: ...
    def sum(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Sum over axes."""
    def swapaxes(self, dim1: int = 0, dim2: int = 0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Exchange two axes."""
    def take(self, indices: Symbol | None = None, axis: int = 0, mode: Literal["clip", "raise", "wrap"] = "clip", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Elements of `a` along an axis at given indices."""
    def tan(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Tangent of x in radians."""
    def tanh(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Hyperbolic tangent."""
    def tile(self, reps: int | Sequence[int], *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Lay copies of an array side by side."""
    def topk(self, axis: int | None = -1, k: int = 1, ret_typ: Literal["both", "indices", "mask", "value"] = "indices", is_ascend: bool = False, dtype: _DType = "float32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The k largest, or smallest, numbers along an axis."""
    def transpose(self, axes: int | Sequence[int] = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Permute axes."""
    def trunc(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """The next whole number towards zero."""
    def zeros_like(self, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
        """Zeros of the shape and dtype of an array."""

