"""Operators of `mx.nd._internal`.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from mxnb.context import Context
from mxnb.ndarray import Activation as Activation
from mxnb.ndarray import BatchNorm as BatchNorm
from mxnb.ndarray import BatchNorm_v1 as BatchNorm_v1
from mxnb.ndarray import BilinearSampler as BilinearSampler
from mxnb.ndarray import BlockGrad as BlockGrad
from mxnb.ndarray import Cast as Cast
from mxnb.ndarray import Concat as Concat
from mxnb.ndarray import Convolution as Convolution
from mxnb.ndarray import Convolution_v1 as Convolution_v1
from mxnb.ndarray import Deconvolution as Deconvolution
from mxnb.ndarray import Dropout as Dropout
from mxnb.ndarray import ElementWiseSum as ElementWiseSum
from mxnb.ndarray import Embedding as Embedding
from mxnb.ndarray import Flatten as Flatten
from mxnb.ndarray import FullyConnected as FullyConnected
from mxnb.ndarray import GridGenerator as GridGenerator
from mxnb.ndarray import GroupNorm as GroupNorm
from mxnb.ndarray import InstanceNorm as InstanceNorm
from mxnb.ndarray import L2Normalization as L2Normalization
from mxnb.ndarray import LRN as LRN
from mxnb.ndarray import LayerNorm as LayerNorm
from mxnb.ndarray import LeakyReLU as LeakyReLU
from mxnb.ndarray import LinearRegressionOutput as LinearRegressionOutput
from mxnb.ndarray import LogisticRegressionOutput as LogisticRegressionOutput
from mxnb.ndarray import MAERegressionOutput as MAERegressionOutput
from mxnb.ndarray import MakeLoss as MakeLoss
from mxnb.ndarray import Pad as Pad
from mxnb.ndarray import Pooling as Pooling
from mxnb.ndarray import Pooling_v1 as Pooling_v1
from mxnb.ndarray import RNN as RNN
from mxnb.ndarray import Reshape as Reshape
from mxnb.ndarray import SVMOutput as SVMOutput
from mxnb.ndarray import SequenceLast as SequenceLast
from mxnb.ndarray import SequenceMask as SequenceMask
from mxnb.ndarray import SequenceReverse as SequenceReverse
from mxnb.ndarray import SliceChannel as SliceChannel
from mxnb.ndarray import Softmax as Softmax
from mxnb.ndarray import SoftmaxActivation as SoftmaxActivation
from mxnb.ndarray import SoftmaxOutput as SoftmaxOutput
from mxnb.ndarray import SpatialTransformer as SpatialTransformer
from mxnb.ndarray import SwapAxis as SwapAxis
from mxnb.ndarray import abs as abs
from mxnb.ndarray import adam_update as adam_update
from mxnb.ndarray import add_n as add_n
from mxnb.ndarray import all_finite as all_finite
from mxnb.ndarray import arccos as arccos
from mxnb.ndarray import arccosh as arccosh
from mxnb.ndarray import arcsin as arcsin
from mxnb.ndarray import arcsinh as arcsinh
from mxnb.ndarray import arctan as arctan
from mxnb.ndarray import arctanh as arctanh
from mxnb.ndarray import argmax as argmax
from mxnb.ndarray import argmax_channel as argmax_channel
from mxnb.ndarray import argmin as argmin
from mxnb.ndarray import argsort as argsort
from mxnb.ndarray import batch_dot as batch_dot
from mxnb.ndarray import batch_take as batch_take
from mxnb.ndarray import broadcast_add as broadcast_add
from mxnb.ndarray import broadcast_axes as broadcast_axes
from mxnb.ndarray import broadcast_axis as broadcast_axis
from mxnb.ndarray import broadcast_div as broadcast_div
from mxnb.ndarray import broadcast_equal as broadcast_equal
from mxnb.ndarray import broadcast_greater as broadcast_greater
from mxnb.ndarray import broadcast_greater_equal as broadcast_greater_equal
from mxnb.ndarray import broadcast_hypot as broadcast_hypot
from mxnb.ndarray import broadcast_lesser as broadcast_lesser
from mxnb.ndarray import broadcast_lesser_equal as broadcast_lesser_equal
from mxnb.ndarray import broadcast_like as broadcast_like
from mxnb.ndarray import broadcast_logical_and as broadcast_logical_and
from mxnb.ndarray import broadcast_logical_or as broadcast_logical_or
from mxnb.ndarray import broadcast_logical_xor as broadcast_logical_xor
from mxnb.ndarray import broadcast_maximum as broadcast_maximum
from mxnb.ndarray import broadcast_minimum as broadcast_minimum
from mxnb.ndarray import broadcast_minus as broadcast_minus
from mxnb.ndarray import broadcast_mod as broadcast_mod
from mxnb.ndarray import broadcast_mul as broadcast_mul
from mxnb.ndarray import broadcast_not_equal as broadcast_not_equal
from mxnb.ndarray import broadcast_plus as broadcast_plus
from mxnb.ndarray import broadcast_power as broadcast_power
from mxnb.ndarray import broadcast_sub as broadcast_sub
from mxnb.ndarray import broadcast_to as broadcast_to
from mxnb.ndarray import cast as cast
from mxnb.ndarray import cbrt as cbrt
from mxnb.ndarray import ceil as ceil
from mxnb.ndarray import choose_element_0index as choose_element_0index
from mxnb.ndarray import clip as clip
from mxnb.ndarray import concat as concat
from mxnb.ndarray import cos as cos
from mxnb.ndarray import cosh as cosh
from mxnb.ndarray import crop as crop
from mxnb.ndarray import cumsum as cumsum
from mxnb.ndarray import degrees as degrees
from mxnb.ndarray import depth_to_space as depth_to_space
from mxnb.ndarray import diag as diag
from mxnb.ndarray import dot as dot
from mxnb.ndarray import elemwise_add as elemwise_add
from mxnb.ndarray import elemwise_div as elemwise_div
from mxnb.ndarray import elemwise_mul as elemwise_mul
from mxnb.ndarray import elemwise_sub as elemwise_sub
from mxnb.ndarray import erf as erf
from mxnb.ndarray import erfinv as erfinv
from mxnb.ndarray import exp as exp
from mxnb.ndarray import expand_dims as expand_dims
from mxnb.ndarray import expm1 as expm1
from mxnb.ndarray import fix as fix
from mxnb.ndarray import flatten as flatten
from mxnb.ndarray import flip as flip
from mxnb.ndarray import floor as floor
from mxnb.ndarray import ftml_update as ftml_update
from mxnb.ndarray import ftrl_update as ftrl_update
from mxnb.ndarray import gamma as gamma
from mxnb.ndarray import gammaln as gammaln
from mxnb.ndarray import gather_nd as gather_nd
from mxnb.ndarray import hard_sigmoid as hard_sigmoid
from mxnb.ndarray import identity as identity
from mxnb.ndarray import khatri_rao as khatri_rao
from mxnb.ndarray import lamb_update_phase1 as lamb_update_phase1
from mxnb.ndarray import lamb_update_phase2 as lamb_update_phase2
from mxnb.ndarray import log as log
from mxnb.ndarray import log10 as log10
from mxnb.ndarray import log1p as log1p
from mxnb.ndarray import log2 as log2
from mxnb.ndarray import log_softmax as log_softmax
from mxnb.ndarray import logical_not as logical_not
from mxnb.ndarray import make_loss as make_loss
from mxnb.ndarray import max as max
from mxnb.ndarray import max_axis as max_axis
from mxnb.ndarray import mean as mean
from mxnb.ndarray import min as min
from mxnb.ndarray import min_axis as min_axis
from mxnb.ndarray import moments as moments
from mxnb.ndarray import mp_lamb_update_phase1 as mp_lamb_update_phase1
from mxnb.ndarray import mp_lamb_update_phase2 as mp_lamb_update_phase2
from mxnb.ndarray import mp_nag_mom_update as mp_nag_mom_update
from mxnb.ndarray import mp_sgd_mom_update as mp_sgd_mom_update
from mxnb.ndarray import mp_sgd_update as mp_sgd_update
from mxnb.ndarray import multi_all_finite as multi_all_finite
from mxnb.ndarray import multi_lars as multi_lars
from mxnb.ndarray import multi_mp_sgd_mom_update as multi_mp_sgd_mom_update
from mxnb.ndarray import multi_mp_sgd_update as multi_mp_sgd_update
from mxnb.ndarray import multi_sgd_mom_update as multi_sgd_mom_update
from mxnb.ndarray import multi_sgd_update as multi_sgd_update
from mxnb.ndarray import multi_sum_sq as multi_sum_sq
from mxnb.ndarray import nag_mom_update as nag_mom_update
from mxnb.ndarray import nanprod as nanprod
from mxnb.ndarray import nansum as nansum
from mxnb.ndarray import negative as negative
from mxnb.ndarray import norm as norm
from mxnb.ndarray import normal as normal
from mxnb.ndarray import one_hot as one_hot
from mxnb.ndarray import ones_like as ones_like
from mxnb.ndarray import pad as pad
from mxnb.ndarray import pick as pick
from mxnb.ndarray import preloaded_multi_mp_sgd_mom_update as preloaded_multi_mp_sgd_mom_update
from mxnb.ndarray import preloaded_multi_mp_sgd_update as preloaded_multi_mp_sgd_update
from mxnb.ndarray import preloaded_multi_sgd_mom_update as preloaded_multi_sgd_mom_update
from mxnb.ndarray import preloaded_multi_sgd_update as preloaded_multi_sgd_update
from mxnb.ndarray import prod as prod
from mxnb.ndarray import radians as radians
from mxnb.ndarray import random_exponential as random_exponential
from mxnb.ndarray import random_gamma as random_gamma
from mxnb.ndarray import random_generalized_negative_binomial as random_generalized_negative_binomial
from mxnb.ndarray import random_negative_binomial as random_negative_binomial
from mxnb.ndarray import random_normal as random_normal
from mxnb.ndarray import random_poisson as random_poisson
from mxnb.ndarray import random_randint as random_randint
from mxnb.ndarray import random_uniform as random_uniform
from mxnb.ndarray import rcbrt as rcbrt
from mxnb.ndarray import reciprocal as reciprocal
from mxnb.ndarray import relu as relu
from mxnb.ndarray import repeat as repeat
from mxnb.ndarray import reshape as reshape
from mxnb.ndarray import reshape_like as reshape_like
from mxnb.ndarray import reverse as reverse
from mxnb.ndarray import rint as rint
from mxnb.ndarray import rmsprop_update as rmsprop_update
from mxnb.ndarray import rmspropalex_update as rmspropalex_update
from mxnb.ndarray import round as round
from mxnb.ndarray import rsqrt as rsqrt
from mxnb.ndarray import sample_exponential as sample_exponential
from mxnb.ndarray import sample_gamma as sample_gamma
from mxnb.ndarray import sample_generalized_negative_binomial as sample_generalized_negative_binomial
from mxnb.ndarray import sample_multinomial as sample_multinomial
from mxnb.ndarray import sample_negative_binomial as sample_negative_binomial
from mxnb.ndarray import sample_normal as sample_normal
from mxnb.ndarray import sample_poisson as sample_poisson
from mxnb.ndarray import sample_uniform as sample_uniform
from mxnb.ndarray import scatter_nd as scatter_nd
from mxnb.ndarray import sgd_mom_update as sgd_mom_update
from mxnb.ndarray import sgd_update as sgd_update
from mxnb.ndarray import shape_array as shape_array
from mxnb.ndarray import shuffle as shuffle
from mxnb.ndarray import sigmoid as sigmoid
from mxnb.ndarray import sign as sign
from mxnb.ndarray import signsgd_update as signsgd_update
from mxnb.ndarray import signum_update as signum_update
from mxnb.ndarray import sin as sin
from mxnb.ndarray import sinh as sinh
from mxnb.ndarray import size_array as size_array
from mxnb.ndarray import slice as slice
from mxnb.ndarray import slice_axis as slice_axis
from mxnb.ndarray import slice_like as slice_like
from mxnb.ndarray import smooth_l1 as smooth_l1
from mxnb.ndarray import softmax as softmax
from mxnb.ndarray import softmax_cross_entropy as softmax_cross_entropy
from mxnb.ndarray import softmin as softmin
from mxnb.ndarray import softsign as softsign
from mxnb.ndarray import sort as sort
from mxnb.ndarray import space_to_depth as space_to_depth
from mxnb.ndarray import split as split
from mxnb.ndarray import sqrt as sqrt
from mxnb.ndarray import square as square
from mxnb.ndarray import squeeze as squeeze
from mxnb.ndarray import stack as stack
from mxnb.ndarray import stop_gradient as stop_gradient
from mxnb.ndarray import sum as sum
from mxnb.ndarray import sum_axis as sum_axis
from mxnb.ndarray import swapaxes as swapaxes
from mxnb.ndarray import take as take
from mxnb.ndarray import tan as tan
from mxnb.ndarray import tanh as tanh
from mxnb.ndarray import tile as tile
from mxnb.ndarray import topk as topk
from mxnb.ndarray import transpose as transpose
from mxnb.ndarray import trunc as trunc
from mxnb.ndarray import uniform as uniform
from mxnb.ndarray import where as where
from mxnb.ndarray import zeros_like as zeros_like
from mxnb.ndarray.ndarray import NDArray
_DType = str | type[Any] | np.dtype[Any]

def _Div(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a / b of arrays of one shape."""
def _DivScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a / b with a scalar."""
def _Equal(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a = b, else 0, in the dtype of a of arrays of one shape."""
def _EqualScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a = b, else 0, in the dtype of a with a scalar."""
def _Greater(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a > b, else 0, in the dtype of a of arrays of one shape."""
def _GreaterEqualScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a >= b, else 0, in the dtype of a with a scalar."""
def _GreaterScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a > b, else 0, in the dtype of a with a scalar."""
def _Greater_Equal(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a >= b, else 0, in the dtype of a of arrays of one shape."""
def _Hypot(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """sqrt(a * a + b * b) of arrays of one shape."""
def _HypotScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """sqrt(a * a + b * b) with a scalar."""
def _Lesser(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a < b, else 0, in the dtype of a of arrays of one shape."""
def _LesserEqualScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a <= b, else 0, in the dtype of a with a scalar."""
def _LesserScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a < b, else 0, in the dtype of a with a scalar."""
def _Lesser_Equal(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a <= b, else 0, in the dtype of a of arrays of one shape."""
def _LogicalAndScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where neither a nor b is 0, else 0 with a scalar."""
def _LogicalOrScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a or b is not 0, else 0 with a scalar."""
def _LogicalXorScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where just one of a and b is not 0, else 0 with a scalar."""
def _Logical_And(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where neither a nor b is 0, else 0 of arrays of one shape."""
def _Logical_Or(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a or b is not 0, else 0 of arrays of one shape."""
def _Logical_Xor(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where just one of a and b is not 0, else 0 of arrays of one shape."""
def _Maximum(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The larger of a and b; the gradient of a tie goes to a of arrays of one shape."""
def _MaximumScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The larger of a and b; the gradient of a tie goes to a with a scalar."""
def _Minimum(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The smaller of a and b; the gradient of a tie goes to a of arrays of one shape."""
def _MinimumScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The smaller of a and b; the gradient of a tie goes to a with a scalar."""
def _Minus(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a - b of arrays of one shape."""
def _MinusScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a - b with a scalar."""
def _Mod(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Remainder of a / b with the sign of b of arrays of one shape."""
def _ModScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Remainder of a / b with the sign of b with a scalar."""
def _Mul(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a * b of arrays of one shape."""
def _MulScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a * b with a scalar."""
def _NotEqualScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a and b differ, else 0, in the dtype of a with a scalar."""
def _Not_Equal(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a and b differ, else 0, in the dtype of a of arrays of one shape."""
def _Plus(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a + b of arrays of one shape."""
def _PlusScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a + b with a scalar."""
def _Power(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a to the power b of arrays of one shape."""
def _PowerScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a to the power b with a scalar."""
def _RDivScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a / b of a scalar and an array."""
def _RMinusScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a - b of a scalar and an array."""
def _RModScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Remainder of a / b with the sign of b of a scalar and an array."""
def _RPowerScalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a to the power b of a scalar and an array."""
def _adamw_update(weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, rescale_grad: NDArray, lr: float, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-08, wd: float = 0.0, eta: float = ..., clip_gradient: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Adam with weight decay apart from the gradient: w -= eta * (lr * m / (sqrt(v) + eps) + wd * w)"""
def _add(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a + b of arrays of one shape."""
def _arange(start: float, stop: float | None = None, step: float = 1.0, repeat: int = 1, infer_range: bool = False, ctx: Context | str | None = "", dtype: _DType = "float32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Evenly spaced numbers."""
def _contrib_group_adagrad_update(weight: NDArray, grad: NDArray, history: NDArray, lr: float, rescale_grad: float = 1.0, clip_gradient: float = -1.0, epsilon: float = 1e-05, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """AdaGrad with one rate for each row: ``h += mean(g**2 over the row); w -= lr * g / sqrt(h + epsilon)``."""
def _copy(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """A copy of x."""
def _cvcopyMakeBorder(src: NDArray, top: int, bot: int, left: int, right: int, type: int = 0, value: float = 0.0, values: float | Sequence[float] = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """An image with a border around."""
def _cvimresize(src: NDArray, w: int, h: int, interp: int = 1, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """An image in another size, as OpenCV makes it."""
def _div(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a / b of arrays of one shape."""
def _div_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a / b with a scalar."""
def _equal(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a = b, else 0, in the dtype of a of arrays of one shape."""
def _equal_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a = b, else 0, in the dtype of a with a scalar."""
def _eye(N: int, M: int = 0, k: int = 0, ctx: Context | str | None = "", dtype: _DType = "float32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Ones on a diagonal."""
def _full(shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType = "float32", value: float = ..., *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """One number everywhere."""
def _grad_add(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a + b of two gradients."""
def _greater(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a > b, else 0, in the dtype of a of arrays of one shape."""
def _greater_equal(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a >= b, else 0, in the dtype of a of arrays of one shape."""
def _greater_equal_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a >= b, else 0, in the dtype of a with a scalar."""
def _greater_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a > b, else 0, in the dtype of a with a scalar."""
def _histogram(data: NDArray, bins: NDArray | None = None, bin_cnt: int | None = None, range: float | Sequence[float] | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """How many numbers lie in each bin; the last bin has its upper edge too."""
def _hypot(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """sqrt(a * a + b * b) of arrays of one shape."""
def _hypot_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """sqrt(a * a + b * b) with a scalar."""
def _image_adjust_lighting(data: NDArray, alpha: float | Sequence[float], *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Add a combination of the principal components of ImageNet's colours (AlexNet's noise)."""
def _image_crop(data: NDArray, x: int, y: int, width: int, height: int, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """A rectangle of images."""
def _image_flip_left_right(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Exchange left and right."""
def _image_flip_top_bottom(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Exchange top and bottom."""
def _image_normalize(data: NDArray, mean: float | Sequence[float] = (0.0, 0.0, 0.0, 0.0), std: float | Sequence[float] = (1.0, 1.0, 1.0, 1.0), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """``(data - mean) / std`` for each channel."""
def _image_random_brightness(data: NDArray, min_factor: float, max_factor: float, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Multiply an image by a random factor."""
def _image_random_color_jitter(data: NDArray, brightness: float, contrast: float, saturation: float, hue: float, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Change brightness, contrast, saturation and hue by random amounts, in random order."""
def _image_random_contrast(data: NDArray, min_factor: float, max_factor: float, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Move an image away from its mean brightness by a random factor, or towards it."""
def _image_random_flip_left_right(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Exchange left and right, half of the time."""
def _image_random_flip_top_bottom(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Exchange top and bottom, half of the time."""
def _image_random_hue(data: NDArray, min_factor: float, max_factor: float, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Move the hue by a random part of a circle."""
def _image_random_lighting(data: NDArray, alpha_std: float = 0.05, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Add a random combination of the principal components of ImageNet's colours (AlexNet's noise)."""
def _image_random_saturation(data: NDArray, min_factor: float, max_factor: float, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Move each pixel away from its grey by a random factor, or towards it."""
def _image_resize(data: NDArray, size: int | Sequence[int] = (), keep_ratio: bool = False, interp: int = 1, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Images in another size."""
def _image_to_tensor(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """From pixels to a network's input: channels first, values divided by 255."""
def _lesser(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a < b, else 0, in the dtype of a of arrays of one shape."""
def _lesser_equal(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a <= b, else 0, in the dtype of a of arrays of one shape."""
def _lesser_equal_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a <= b, else 0, in the dtype of a with a scalar."""
def _lesser_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a < b, else 0, in the dtype of a with a scalar."""
def _linspace(start: float, stop: float, num: int, endpoint: bool = True, ctx: Context | str | None = "", dtype: _DType = "float32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """`num` evenly spaced numbers."""
def _logical_and(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where neither a nor b is 0, else 0 of arrays of one shape."""
def _logical_and_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where neither a nor b is 0, else 0 with a scalar."""
def _logical_or(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a or b is not 0, else 0 of arrays of one shape."""
def _logical_or_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a or b is not 0, else 0 with a scalar."""
def _logical_xor(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where just one of a and b is not 0, else 0 of arrays of one shape."""
def _logical_xor_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where just one of a and b is not 0, else 0 with a scalar."""
def _maximum(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The larger of a and b; the gradient of a tie goes to a of arrays of one shape."""
def _maximum_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The larger of a and b; the gradient of a tie goes to a with a scalar."""
def _minimum(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The smaller of a and b; the gradient of a tie goes to a of arrays of one shape."""
def _minimum_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The smaller of a and b; the gradient of a tie goes to a with a scalar."""
def _minus(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a - b of arrays of one shape."""
def _minus_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a - b with a scalar."""
def _mod(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Remainder of a / b with the sign of b of arrays of one shape."""
def _mod_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Remainder of a / b with the sign of b with a scalar."""
def _mp_adamw_update(weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, weight32: NDArray, rescale_grad: NDArray, lr: float, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-08, wd: float = 0.0, eta: float = ..., clip_gradient: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """`adamw` on the master copy."""
def _mul(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a * b of arrays of one shape."""
def _mul_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a * b with a scalar."""
def _multi_adamw_update(*data: NDArray | Sequence[NDArray], lrs: float | Sequence[float], beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-08, wds: float | Sequence[float] = ..., etas: float | Sequence[float] = ..., clip_gradient: float = -1.0, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`_adamw_update` of several parameters."""
def _multi_lamb_update(*data: NDArray | Sequence[NDArray], learning_rates: float | Sequence[float], beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-06, wds: float | Sequence[float] = ..., rescale_grad: float = 1.0, lower_bound: float = -1.0, upper_bound: float = -1.0, clip_gradient: float = -1.0, bias_correction: bool = True, step_count: int | Sequence[int] = ..., out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`lamb_update` of several parameters."""
def _multi_mp_adamw_update(*data: NDArray | Sequence[NDArray], lrs: float | Sequence[float], beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-08, wds: float | Sequence[float] = ..., etas: float | Sequence[float] = ..., clip_gradient: float = -1.0, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`_mp_adamw_update` of several parameters."""
def _multi_mp_lamb_update(*data: NDArray | Sequence[NDArray], learning_rates: float | Sequence[float], beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-06, wds: float | Sequence[float] = ..., rescale_grad: float = 1.0, lower_bound: float = -1.0, upper_bound: float = -1.0, clip_gradient: float = -1.0, bias_correction: bool = True, step_count: int | Sequence[int] = ..., out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`mp_lamb_update` of several parameters."""
def _norm1(data: NDArray, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Sum of sizes over axes."""
def _norm2(data: NDArray, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Root of the sum of squares over axes."""
def _not_equal(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a and b differ, else 0, in the dtype of a of arrays of one shape."""
def _not_equal_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a and b differ, else 0, in the dtype of a with a scalar."""
def _ones(shape: int | Sequence[int] = (), ctx: Context | str | None = "", dtype: _DType = "float32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Ones."""
def _plus(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a + b of arrays of one shape."""
def _plus_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a + b with a scalar."""
def _power(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a to the power b of arrays of one shape."""
def _power_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a to the power b with a scalar."""
def _random_exponential(lam: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of an exponential distribution."""
def _random_exponential_like(data: NDArray, lam: float = 1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of an exponential distribution. In the shape of an array."""
def _random_gamma(alpha: float = 1.0, beta: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of a gamma distribution."""
def _random_gamma_like(data: NDArray, alpha: float = 1.0, beta: float = 1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of a gamma distribution. In the shape of an array."""
def _random_generalized_negative_binomial(mu: float = 1.0, alpha: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Counts of a Poisson distribution whose rate is gamma distributed."""
def _random_generalized_negative_binomial_like(data: NDArray, mu: float = 1.0, alpha: float = 1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Counts of a Poisson distribution whose rate is gamma distributed. In the shape of an array."""
def _random_negative_binomial(k: int = 1, p: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of failures before k successes."""
def _random_negative_binomial_like(data: NDArray, k: int = 1, p: float = 1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of failures before k successes. In the shape of an array."""
def _random_normal(loc: float = 0.0, scale: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of a normal distribution."""
def _random_normal_like(data: NDArray, loc: float = 0.0, scale: float = 1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of a normal distribution. In the shape of an array."""
def _random_poisson(lam: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Counts of a Poisson distribution."""
def _random_poisson_like(data: NDArray, lam: float = 1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Counts of a Poisson distribution. In the shape of an array."""
def _random_randint(low: int, high: int, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Whole numbers evenly spread over low … high - 1."""
def _random_uniform(low: float = 0.0, high: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers evenly spread over [low, high)."""
def _random_uniform_like(data: NDArray, low: float = 0.0, high: float = 1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers evenly spread over [low, high). In the shape of an array."""
def _rdiv_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a / b of a scalar and an array."""
def _rminus_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a - b of a scalar and an array."""
def _rmod_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Remainder of a / b with the sign of b of a scalar and an array."""
def _rnn_param_concat(*data: NDArray | Sequence[NDArray], dim: int = 1, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Join the parts of the parameters of `RNN`: `Concat` along axis 0 that shares what is unknown."""
def _rpower_scalar(data: NDArray, scalar: float = 1.0, is_int: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a to the power b of a scalar and an array."""
def _sample_exponential(lam: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of an exponential distribution. For arrays of parameters."""
def _sample_gamma(alpha: NDArray, beta: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of a gamma distribution. For arrays of parameters."""
def _sample_generalized_negative_binomial(mu: NDArray, alpha: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Counts of a Poisson distribution whose rate is gamma distributed. For arrays of parameters."""
def _sample_multinomial(data: NDArray, shape: int | Sequence[int] = (), get_prob: bool = False, dtype: _DType = "int32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> list[NDArray]:
    """Draw classes with given probabilities."""
def _sample_negative_binomial(k: NDArray, p: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of failures before k successes. For arrays of parameters."""
def _sample_normal(mu: NDArray, sigma: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of a normal distribution. For arrays of parameters."""
def _sample_poisson(lam: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Counts of a Poisson distribution. For arrays of parameters."""
def _sample_uniform(low: NDArray, high: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers evenly spread over [low, high). For arrays of parameters."""
def _shuffle(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The rows of an array in random order."""
def _split_v2(data: NDArray, indices: int | Sequence[int], axis: int = 1, squeeze_axis: bool = False, sections: int = 0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """Split along an axis, into equal parts or at given indices."""
def _sub(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a - b of arrays of one shape."""
def _zeros(shape: int | Sequence[int] = (), ctx: Context | str | None = "", dtype: _DType = "float32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Zeros."""
