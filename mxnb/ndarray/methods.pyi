"""The methods of NDArray and Symbol that are operators: ``x.sum(axis=0)`` is ``sum(x, axis=0)``.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mxnb.ndarray.ndarray import NDArray
_DType = str | type[Any] | np.dtype[Any]

class OperatorMethods:
    def abs(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The size of x."""
    def arccos(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Inverse cosine, in radians."""
    def arccosh(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Inverse hyperbolic cosine."""
    def arcsin(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Inverse sine, in radians."""
    def arcsinh(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Inverse hyperbolic sine."""
    def arctan(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Inverse tangent, in radians."""
    def arctanh(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Inverse hyperbolic tangent."""
    def argmax(self, axis: int | None = None, keepdims: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The place of the largest number along an axis; of equal ones the first."""
    def argmax_channel(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The place of the largest number along axis 1."""
    def argmin(self, axis: int | None = None, keepdims: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The place of the smallest number along an axis; of equal ones the first."""
    def argsort(self, axis: int | None = -1, is_ascend: bool = True, dtype: _DType = "float32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The places of the numbers in order along an axis."""
    def broadcast_axes(self, axis: int | Sequence[int] = (), size: int | Sequence[int] = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Repeat along given axes of length 1."""
    def cbrt(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Cube root."""
    def ceil(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The next whole number above."""
    def clip(self, a_min: float, a_max: float, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """min(max(x, a_min), a_max); the gradient is 1 on the edges"""
    def cos(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Cosine of x in radians."""
    def cosh(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Hyperbolic cosine."""
    def degrees(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Radians to degrees."""
    def depth_to_space(self, block_size: int, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Move blocks of channels into space."""
    def diag(self, k: int = 0, axis1: int = 0, axis2: int = 1, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """A diagonal of an array, or an array with a given diagonal."""
    def exp(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """e to the power x."""
    def expand_dims(self, axis: int, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Insert an axis of length 1."""
    def expm1(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """exp(x) - 1, exact near 0."""
    def fix(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The next whole number towards zero."""
    def flatten(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Keep the first axis and merge all others; (n,) becomes (n, 1)."""
    def flip(self, axis: int | Sequence[int], *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Reverse the order along axes."""
    def floor(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The next whole number below."""
    def log(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Natural logarithm."""
    def log10(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Logarithm to base 10."""
    def log1p(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """log(1 + x), exact near 0."""
    def log2(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Logarithm to base 2."""
    def log_softmax(self, axis: int = -1, temperature: float | None = None, dtype: _DType | None = None, use_length: bool | None = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The logarithm of softmax, without the loss of precision of ``log(softmax(x))``."""
    def max(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Maximum over axes; the gradient goes to every tied element."""
    def mean(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Mean over axes."""
    def min(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Minimum over axes; the gradient goes to every tied element."""
    def nanprod(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Product over axes of what is not NaN."""
    def nansum(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Sum over axes of what is not NaN."""
    def norm(self, ord: int = 2, axis: int | Sequence[int] | None = None, out_dtype: _DType | None = None, keepdims: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """L1 or L2 norm over axes."""
    def one_hot(self, depth: int, on_value: float = 1.0, off_value: float = 0.0, dtype: _DType = "float32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Rows with one number switched on."""
    def ones_like(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Ones of the shape and dtype of an array."""
    def pad(self, mode: Literal["constant", "edge", "reflect"], pad_width: int | Sequence[int], constant_value: float = 0.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Add a border."""
    def pick(self, index: NDArray, axis: int | None = -1, keepdims: bool = False, mode: Literal["clip", "wrap"] = "clip", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """One element along an axis for each place."""
    def prod(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Product over axes; the gradient is y / x, NaN where x is 0."""
    def radians(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Degrees to radians."""
    def rcbrt(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """1 / cbrt(x)"""
    def reciprocal(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """1 / x"""
    def relu(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """max(x, 0)"""
    def repeat(self, repeats: int, axis: int | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Repeat each element."""
    def rint(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The nearest whole number, halves down."""
    def round(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The nearest whole number, halves away from zero."""
    def rsqrt(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """1 / sqrt(x)"""
    def shape_array(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The shape of an array, as array of int64."""
    def sigmoid(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """1 / (1 + exp(-x))"""
    def sign(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """-1, 0 or 1."""
    def sin(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Sine of x in radians."""
    def sinh(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Hyperbolic sine."""
    def size_array(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The number of elements of an array, as array of int64."""
    def slice(self, begin: int | Sequence[int | None] | None, end: int | Sequence[int | None] | None, step: int | Sequence[int | None] | None = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """A part of an array, ``data[begin:end:step]``."""
    def slice_axis(self, axis: int, begin: int, end: int | None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """A part along one axis."""
    def slice_like(self, shape_like: NDArray, axes: int | Sequence[int] = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The leading part of `data` with the lengths of `shape_like`."""
    def softmax(self, length: NDArray | None = None, axis: int = -1, temperature: float | None = None, dtype: _DType | None = None, use_length: bool | None = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Positive numbers that sum to 1 along an axis."""
    def softmin(self, axis: int = -1, temperature: float | None = None, dtype: _DType | None = None, use_length: bool | None = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Softmax of the negated numbers."""
    def sort(self, axis: int | None = -1, is_ascend: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Numbers in order along an axis."""
    def space_to_depth(self, block_size: int, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Move blocks of space into channels."""
    def split(self, num_outputs: int, axis: int = 1, squeeze_axis: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
        """Split into equal parts along an axis."""
    def split_v2(self, indices_or_sections: Any, axis: int = 0, squeeze_axis: bool = False) -> Any: ...
    def sqrt(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Square root."""
    def square(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """x * x"""
    def squeeze(self, axis: int | Sequence[int] | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Drop axes of length 1."""
    def sum(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Sum over axes."""
    def swapaxes(self, dim1: int = 0, dim2: int = 0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Exchange two axes."""
    def take(self, indices: NDArray, axis: int = 0, mode: Literal["clip", "raise", "wrap"] = "clip", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Elements of `a` along an axis at given indices."""
    def tan(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Tangent of x in radians."""
    def tanh(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Hyperbolic tangent."""
    def tile(self, reps: int | Sequence[int], *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Lay copies of an array side by side."""
    def topk(self, axis: int | None = -1, k: int = 1, ret_typ: Literal["both", "indices", "mask", "value"] = "indices", is_ascend: bool = False, dtype: _DType = "float32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
        """The k largest, or smallest, numbers along an axis."""
    def transpose(self, axes: int | Sequence[int] = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Permute axes."""
    def trunc(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """The next whole number towards zero."""
    def zeros_like(self, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
        """Zeros of the shape and dtype of an array."""

def attach(array: Any, caller: Any) -> None: ...
