"""`mx.sym._internal`: operators whose names start with an underscore, which Python's operators and others stand for.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mxnb.context import Context
from mxnb.symbol.symbol import Symbol
_DType = str | type[Any] | np.dtype[Any]

def _Div(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a / b of arrays of one shape."""
def _DivScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a / b with a scalar."""
def _Equal(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a = b, else 0, in the dtype of a of arrays of one shape."""
def _EqualScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a = b, else 0, in the dtype of a with a scalar."""
def _Greater(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a > b, else 0, in the dtype of a of arrays of one shape."""
def _GreaterEqualScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a >= b, else 0, in the dtype of a with a scalar."""
def _GreaterScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a > b, else 0, in the dtype of a with a scalar."""
def _Greater_Equal(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a >= b, else 0, in the dtype of a of arrays of one shape."""
def _Hypot(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """sqrt(a * a + b * b) of arrays of one shape."""
def _HypotScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """sqrt(a * a + b * b) with a scalar."""
def _Lesser(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a < b, else 0, in the dtype of a of arrays of one shape."""
def _LesserEqualScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a <= b, else 0, in the dtype of a with a scalar."""
def _LesserScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a < b, else 0, in the dtype of a with a scalar."""
def _Lesser_Equal(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a <= b, else 0, in the dtype of a of arrays of one shape."""
def _LogicalAndScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where neither a nor b is 0, else 0 with a scalar."""
def _LogicalOrScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a or b is not 0, else 0 with a scalar."""
def _LogicalXorScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where just one of a and b is not 0, else 0 with a scalar."""
def _Logical_And(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where neither a nor b is 0, else 0 of arrays of one shape."""
def _Logical_Or(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a or b is not 0, else 0 of arrays of one shape."""
def _Logical_Xor(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where just one of a and b is not 0, else 0 of arrays of one shape."""
def _Maximum(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The larger of a and b; the gradient of a tie goes to a of arrays of one shape."""
def _MaximumScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The larger of a and b; the gradient of a tie goes to a with a scalar."""
def _Minimum(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The smaller of a and b; the gradient of a tie goes to a of arrays of one shape."""
def _MinimumScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The smaller of a and b; the gradient of a tie goes to a with a scalar."""
def _Minus(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a - b of arrays of one shape."""
def _MinusScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a - b with a scalar."""
def _Mod(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Remainder of a / b with the sign of b of arrays of one shape."""
def _ModScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Remainder of a / b with the sign of b with a scalar."""
def _Mul(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a * b of arrays of one shape."""
def _MulScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a * b with a scalar."""
def _NotEqualScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a and b differ, else 0, in the dtype of a with a scalar."""
def _Not_Equal(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a and b differ, else 0, in the dtype of a of arrays of one shape."""
def _Plus(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a + b of arrays of one shape."""
def _PlusScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a + b with a scalar."""
def _Power(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a to the power b of arrays of one shape."""
def _PowerScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a to the power b with a scalar."""
def _RDivScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a / b of a scalar and an array."""
def _RMinusScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a - b of a scalar and an array."""
def _RModScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Remainder of a / b with the sign of b of a scalar and an array."""
def _RPowerScalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a to the power b of a scalar and an array."""
def _adamw_update(weight: Symbol, grad: Symbol | None = None, mean: Symbol | None = None, var: Symbol | None = None, rescale_grad: Symbol | None = None, lr: float = ..., beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-08, wd: float = 0.0, eta: float = ..., clip_gradient: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Adam with weight decay apart from the gradient: w -= eta * (lr * m / (sqrt(v) + eps) + wd * w)"""
def _add(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a + b of arrays of one shape."""
def _arange(start: float, stop: float | None = None, step: float = 1.0, repeat: int = 1, infer_range: bool = False, ctx: Context | str | None = "", dtype: _DType = "float32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Evenly spaced numbers."""
def _contrib_group_adagrad_update(weight: Symbol, grad: Symbol | None = None, history: Symbol | None = None, lr: float = ..., rescale_grad: float = 1.0, clip_gradient: float = -1.0, epsilon: float = 1e-05, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """AdaGrad with one rate for each row: ``h += mean(g**2 over the row); w -= lr * g / sqrt(h + epsilon)``."""
def _copy(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """A copy of x."""
def _cvcopyMakeBorder(src: Symbol, top: int, bot: int, left: int, right: int, type: int = 0, value: float = 0.0, values: float | Sequence[float] = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """An image with a border around."""
def _cvimresize(src: Symbol, w: int, h: int, interp: int = 1, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """An image in another size, as OpenCV makes it."""
def _div(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a / b of arrays of one shape."""
def _div_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a / b with a scalar."""
def _equal(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a = b, else 0, in the dtype of a of arrays of one shape."""
def _equal_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a = b, else 0, in the dtype of a with a scalar."""
def _eye(N: int, M: int = 0, k: int = 0, ctx: Context | str | None = "", dtype: _DType = "float32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Ones on a diagonal."""
def _full(shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType = "float32", value: float = ..., *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """One number everywhere."""
def _grad_add(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a + b of two gradients."""
def _greater(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a > b, else 0, in the dtype of a of arrays of one shape."""
def _greater_equal(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a >= b, else 0, in the dtype of a of arrays of one shape."""
def _greater_equal_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a >= b, else 0, in the dtype of a with a scalar."""
def _greater_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a > b, else 0, in the dtype of a with a scalar."""
def _histogram(data: Symbol, bins: Symbol | None = None, bin_cnt: int | None = None, range: float | Sequence[float] | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """How many numbers lie in each bin; the last bin has its upper edge too."""
def _hypot(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """sqrt(a * a + b * b) of arrays of one shape."""
def _hypot_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """sqrt(a * a + b * b) with a scalar."""
def _image_adjust_lighting(data: Symbol, alpha: float | Sequence[float], *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Add a combination of the principal components of ImageNet's colours (AlexNet's noise)."""
def _image_crop(data: Symbol, x: int, y: int, width: int, height: int, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """A rectangle of images."""
def _image_flip_left_right(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Exchange left and right."""
def _image_flip_top_bottom(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Exchange top and bottom."""
def _image_normalize(data: Symbol, mean: float | Sequence[float] = (0.0, 0.0, 0.0, 0.0), std: float | Sequence[float] = (1.0, 1.0, 1.0, 1.0), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """``(data - mean) / std`` for each channel."""
def _image_random_brightness(data: Symbol, min_factor: float, max_factor: float, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Multiply an image by a random factor."""
def _image_random_color_jitter(data: Symbol, brightness: float, contrast: float, saturation: float, hue: float, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Change brightness, contrast, saturation and hue by random amounts, in random order."""
def _image_random_contrast(data: Symbol, min_factor: float, max_factor: float, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Move an image away from its mean brightness by a random factor, or towards it."""
def _image_random_flip_left_right(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Exchange left and right, half of the time."""
def _image_random_flip_top_bottom(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Exchange top and bottom, half of the time."""
def _image_random_hue(data: Symbol, min_factor: float, max_factor: float, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Move the hue by a random part of a circle."""
def _image_random_lighting(data: Symbol, alpha_std: float = 0.05, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Add a random combination of the principal components of ImageNet's colours (AlexNet's noise)."""
def _image_random_saturation(data: Symbol, min_factor: float, max_factor: float, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Move each pixel away from its grey by a random factor, or towards it."""
def _image_resize(data: Symbol, size: int | Sequence[int] = (), keep_ratio: bool = False, interp: int = 1, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Images in another size."""
def _image_to_tensor(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """From pixels to a network's input: channels first, values divided by 255."""
def _lesser(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a < b, else 0, in the dtype of a of arrays of one shape."""
def _lesser_equal(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a <= b, else 0, in the dtype of a of arrays of one shape."""
def _lesser_equal_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a <= b, else 0, in the dtype of a with a scalar."""
def _lesser_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a < b, else 0, in the dtype of a with a scalar."""
def _linspace(start: float, stop: float, num: int, endpoint: bool = True, ctx: Context | str | None = "", dtype: _DType = "float32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`num` evenly spaced numbers."""
def _logical_and(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where neither a nor b is 0, else 0 of arrays of one shape."""
def _logical_and_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where neither a nor b is 0, else 0 with a scalar."""
def _logical_or(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a or b is not 0, else 0 of arrays of one shape."""
def _logical_or_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a or b is not 0, else 0 with a scalar."""
def _logical_xor(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where just one of a and b is not 0, else 0 of arrays of one shape."""
def _logical_xor_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where just one of a and b is not 0, else 0 with a scalar."""
def _maximum(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The larger of a and b; the gradient of a tie goes to a of arrays of one shape."""
def _maximum_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The larger of a and b; the gradient of a tie goes to a with a scalar."""
def _minimum(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The smaller of a and b; the gradient of a tie goes to a of arrays of one shape."""
def _minimum_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The smaller of a and b; the gradient of a tie goes to a with a scalar."""
def _minus(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a - b of arrays of one shape."""
def _minus_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a - b with a scalar."""
def _mod(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Remainder of a / b with the sign of b of arrays of one shape."""
def _mod_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Remainder of a / b with the sign of b with a scalar."""
def _mp_adamw_update(weight: Symbol, grad: Symbol | None = None, mean: Symbol | None = None, var: Symbol | None = None, weight32: Symbol | None = None, rescale_grad: Symbol | None = None, lr: float = ..., beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-08, wd: float = 0.0, eta: float = ..., clip_gradient: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`adamw` on the master copy."""
def _mul(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a * b of arrays of one shape."""
def _mul_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a * b with a scalar."""
def _multi_adamw_update(*data: Symbol | Sequence[Symbol], lrs: float | Sequence[float], beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-08, wds: float | Sequence[float] = ..., etas: float | Sequence[float] = ..., clip_gradient: float = -1.0, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`_adamw_update` of several parameters."""
def _multi_lamb_update(*data: Symbol | Sequence[Symbol], learning_rates: float | Sequence[float], beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-06, wds: float | Sequence[float] = ..., rescale_grad: float = 1.0, lower_bound: float = -1.0, upper_bound: float = -1.0, clip_gradient: float = -1.0, bias_correction: bool = True, step_count: int | Sequence[int] = ..., name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`lamb_update` of several parameters."""
def _multi_mp_adamw_update(*data: Symbol | Sequence[Symbol], lrs: float | Sequence[float], beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-08, wds: float | Sequence[float] = ..., etas: float | Sequence[float] = ..., clip_gradient: float = -1.0, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`_mp_adamw_update` of several parameters."""
def _multi_mp_lamb_update(*data: Symbol | Sequence[Symbol], learning_rates: float | Sequence[float], beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-06, wds: float | Sequence[float] = ..., rescale_grad: float = 1.0, lower_bound: float = -1.0, upper_bound: float = -1.0, clip_gradient: float = -1.0, bias_correction: bool = True, step_count: int | Sequence[int] = ..., name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`mp_lamb_update` of several parameters."""
def _norm1(data: Symbol, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Sum of sizes over axes."""
def _norm2(data: Symbol, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Root of the sum of squares over axes."""
def _not_equal(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a and b differ, else 0, in the dtype of a of arrays of one shape."""
def _not_equal_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a and b differ, else 0, in the dtype of a with a scalar."""
def _ones(shape: int | Sequence[int] = (), ctx: Context | str | None = "", dtype: _DType = "float32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Ones."""
def _plus(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a + b of arrays of one shape."""
def _plus_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a + b with a scalar."""
def _power(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a to the power b of arrays of one shape."""
def _power_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a to the power b with a scalar."""
def _random_exponential(lam: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of an exponential distribution."""
def _random_exponential_like(data: Symbol, lam: float = 1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of an exponential distribution. In the shape of an array."""
def _random_gamma(alpha: float = 1.0, beta: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of a gamma distribution."""
def _random_gamma_like(data: Symbol, alpha: float = 1.0, beta: float = 1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of a gamma distribution. In the shape of an array."""
def _random_generalized_negative_binomial(mu: float = 1.0, alpha: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Counts of a Poisson distribution whose rate is gamma distributed."""
def _random_generalized_negative_binomial_like(data: Symbol, mu: float = 1.0, alpha: float = 1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Counts of a Poisson distribution whose rate is gamma distributed. In the shape of an array."""
def _random_negative_binomial(k: int = 1, p: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of failures before k successes."""
def _random_negative_binomial_like(data: Symbol, k: int = 1, p: float = 1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of failures before k successes. In the shape of an array."""
def _random_normal(loc: float = 0.0, scale: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of a normal distribution."""
def _random_normal_like(data: Symbol, loc: float = 0.0, scale: float = 1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of a normal distribution. In the shape of an array."""
def _random_poisson(lam: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Counts of a Poisson distribution."""
def _random_poisson_like(data: Symbol, lam: float = 1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Counts of a Poisson distribution. In the shape of an array."""
def _random_randint(low: int, high: int, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Whole numbers evenly spread over low … high - 1."""
def _random_uniform(low: float = 0.0, high: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers evenly spread over [low, high)."""
def _random_uniform_like(data: Symbol, low: float = 0.0, high: float = 1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers evenly spread over [low, high). In the shape of an array."""
def _rdiv_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a / b of a scalar and an array."""
def _rminus_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a - b of a scalar and an array."""
def _rmod_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Remainder of a / b with the sign of b of a scalar and an array."""
def _rnn_param_concat(*data: Symbol | Sequence[Symbol], dim: int = 1, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Join the parts of the parameters of `RNN`: `Concat` along axis 0 that shares what is unknown."""
def _rpower_scalar(data: Symbol, scalar: float = 1.0, is_int: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a to the power b of a scalar and an array."""
def _sample_exponential(lam: Symbol, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of an exponential distribution. For arrays of parameters."""
def _sample_gamma(alpha: Symbol, beta: Symbol | None = None, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of a gamma distribution. For arrays of parameters."""
def _sample_generalized_negative_binomial(mu: Symbol, alpha: Symbol | None = None, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Counts of a Poisson distribution whose rate is gamma distributed. For arrays of parameters."""
def _sample_multinomial(data: Symbol, shape: int | Sequence[int] = (), get_prob: bool = False, dtype: _DType = "int32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Draw classes with given probabilities."""
def _sample_negative_binomial(k: Symbol, p: Symbol | None = None, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of failures before k successes. For arrays of parameters."""
def _sample_normal(mu: Symbol, sigma: Symbol | None = None, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of a normal distribution. For arrays of parameters."""
def _sample_poisson(lam: Symbol, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Counts of a Poisson distribution. For arrays of parameters."""
def _sample_uniform(low: Symbol, high: Symbol | None = None, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers evenly spread over [low, high). For arrays of parameters."""
def _shuffle(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The rows of an array in random order."""
def _split_v2(data: Symbol, indices: int | Sequence[int], axis: int = 1, squeeze_axis: bool = False, sections: int = 0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Split along an axis, into equal parts or at given indices."""
def _sub(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a - b of arrays of one shape."""
def _zeros(shape: int | Sequence[int] = (), ctx: Context | str | None = "", dtype: _DType = "float32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Zeros."""
