"""The imperative interface: `NDArray` and the functions on it.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from . import arithmetic as arithmetic
from . import contrib as contrib
from . import conversions as conversions
from . import creation as creation
from . import image as image
from . import indexing as indexing
from . import instances as instances
from . import methods as methods
from . import ndarray as ndarray
from . import nn as nn
from . import op as op
from . import random as random
from . import serialization as serialization
from . import updates as updates
from . import words as words
from mxnb.base import InputTypeError as InputTypeError
from mxnb.base import MXNetError as MXNetError
from mxnb.context import Context
from mxnb.context import Context as Context
from mxnb.ndarray.creation import arange as arange
from mxnb.ndarray.creation import array as array
from mxnb.ndarray.creation import concatenate as concatenate
from mxnb.ndarray.creation import empty as empty
from mxnb.ndarray.creation import eye as eye
from mxnb.ndarray.creation import from_dlpack as from_dlpack
from mxnb.ndarray.creation import from_numpy as from_numpy
from mxnb.ndarray.creation import full as full
from mxnb.ndarray.creation import histogram as histogram
from mxnb.ndarray.creation import linspace as linspace
from mxnb.ndarray.creation import moveaxis as moveaxis
from mxnb.ndarray.creation import onehot_encode as onehot_encode
from mxnb.ndarray.creation import ones as ones
from mxnb.ndarray.creation import split_v2 as split_v2
from mxnb.ndarray.creation import to_dlpack_for_read as to_dlpack_for_read
from mxnb.ndarray.creation import to_dlpack_for_write as to_dlpack_for_write
from mxnb.ndarray.creation import zeros as zeros
from mxnb.ndarray.ndarray import NDArray as NDArray
from mxnb.ndarray.ndarray import invoke as invoke
from mxnb.ndarray.ndarray import waitall as waitall
from mxnb.ndarray.serialization import load as load
from mxnb.ndarray.serialization import load_frombuffer as load_frombuffer
from mxnb.ndarray.serialization import save as save
from mxnb.ops.functions import finish as finish
from mxnb.ops.functions import settle as settle
from mxnb.ops.functions import split_arguments as split_arguments
_DType = str | type[Any] | np.dtype[Any]

def Activation(data: NDArray, act_type: Literal["relu", "sigmoid", "softrelu", "softsign", "tanh"], *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """One of five activation functions of each number."""
def BatchNorm(data: NDArray, gamma: NDArray, beta: NDArray, moving_mean: NDArray, moving_var: NDArray, eps: float = 0.0010000000474974513, momentum: float = 0.899999976, fix_gamma: bool = True, use_global_stats: bool = False, output_mean_var: bool = False, axis: int = 1, cudnn_off: bool = False, min_calib_range: float | None = None, max_calib_range: float | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """Bring each channel to zero mean and unit variance over the batch, then scale and shift it."""
def BatchNorm_v1(data: NDArray, gamma: NDArray, beta: NDArray, moving_mean: NDArray, moving_var: NDArray, eps: float = 0.0010000000474974513, momentum: float = 0.899999976, fix_gamma: bool = True, use_global_stats: bool = False, output_mean_var: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """Bring each channel to zero mean and unit variance over the batch, then scale and shift it."""
def BilinearSampler(data: NDArray, grid: NDArray, cudnn_off: bool | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Images sampled at the places of a grid, between four pixels; 0 outside (Jaderberg et al. 2015)."""
def BlockGrad(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Data as it is; no gradient flows back."""
def Cast(data: NDArray, dtype: _DType, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The numbers in another dtype; floats become whole numbers by cutting off the fraction."""
def Concat(*data: NDArray | Sequence[NDArray], dim: int = 1, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Join arrays along an axis."""
def Convolution(data: NDArray, weight: NDArray | None = None, bias: NDArray | None = None, kernel: int | Sequence[int] = ..., stride: int | Sequence[int] = (), dilate: int | Sequence[int] = (), pad: int | Sequence[int] = (), num_filter: int = ..., num_group: int = 1, workspace: int = 1024, no_bias: bool = False, cudnn_tune: Literal["off", "limited_workspace", "fastest"] | None = None, cudnn_off: bool = False, layout: Literal["NCW", "NCHW", "NCDHW", "NHWC", "NDHWC"] | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Convolution over one, two or three axes."""
def Convolution_v1(data: NDArray, weight: NDArray | None = None, bias: NDArray | None = None, kernel: int | Sequence[int] = ..., stride: int | Sequence[int] = (), dilate: int | Sequence[int] = (), pad: int | Sequence[int] = (), num_filter: int = ..., num_group: int = 1, workspace: int = 1024, no_bias: bool = False, cudnn_tune: Literal["off", "limited_workspace", "fastest"] | None = None, cudnn_off: bool = False, layout: Literal["NCW", "NCHW", "NCDHW", "NHWC", "NDHWC"] | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Convolution over one, two or three axes."""
def Deconvolution(data: NDArray, weight: NDArray | None = None, bias: NDArray | None = None, kernel: int | Sequence[int] = ..., stride: int | Sequence[int] = (), dilate: int | Sequence[int] = (), pad: int | Sequence[int] = (), adj: int | Sequence[int] = (), target_shape: int | Sequence[int] = (), num_filter: int = ..., num_group: int = 1, workspace: int = 512, no_bias: bool = True, cudnn_tune: Literal["off", "limited_workspace", "fastest"] | None = None, cudnn_off: bool = False, layout: Literal["NCW", "NCHW", "NCDHW", "NHWC", "NDHWC"] | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Transposed convolution: the map from the result of a convolution to its data, as in its gradient."""
def Dropout(data: NDArray, p: float = 0.5, mode: Literal["training", "always"] = "training", axes: int | Sequence[int] = (), cudnn_off: bool | None = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Set numbers to zero at random, and scale the rest so that the expected value stays."""
def ElementWiseSum(*args: NDArray | Sequence[NDArray], out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The sum of any number of arrays."""
def Embedding(data: NDArray, weight: NDArray, input_dim: int, output_dim: int, dtype: _DType = "float32", sparse_grad: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Rows of a table."""
def Flatten(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Keep the first axis and merge all others; (n,) becomes (n, 1)."""
def FullyConnected(data: NDArray, weight: NDArray | None = None, bias: NDArray | None = None, num_hidden: int = ..., no_bias: bool = False, flatten: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The affine map ``out = data · weightᵀ + bias``."""
def GridGenerator(data: NDArray, transform_type: Literal["affine", "warp"], target_shape: int | Sequence[int] = (0, 0), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Places for `BilinearSampler`: an affine map of all pixels of the result, or a flow in pixels."""
def GroupNorm(data: NDArray, gamma: NDArray, beta: NDArray, num_groups: int = 1, eps: float = 9.99999975e-06, output_mean_var: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """Bring each group of channels of each sample to zero mean and unit variance, then scale and shift it."""
def InstanceNorm(data: NDArray, gamma: NDArray, beta: NDArray, eps: float = 0.0010000000474974513, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Bring each channel of each sample to zero mean and unit variance, then scale and shift it."""
def L2Normalization(data: NDArray, eps: float = 1.00000001e-10, mode: Literal["channel", "instance", "spatial"] = "instance", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Divide vectors by their length."""
def LRN(data: NDArray, alpha: float = 9.99999975e-05, beta: float = 0.75, knorm: float = 2.0, nsize: int = ..., *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Divide each number by a power of the energy of the neighbouring channels."""
def LayerNorm(data: NDArray, gamma: NDArray, beta: NDArray, axis: int = -1, eps: float = 9.99999975e-06, output_mean_var: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """Bring each line along an axis to zero mean and unit variance, then scale and shift it."""
def LeakyReLU(data: NDArray, gamma: NDArray | None = None, act_type: Literal["elu", "gelu", "leaky", "prelu", "rrelu", "selu"] = "leaky", slope: float = 0.25, lower_bound: float = 0.125, upper_bound: float = 0.333999991, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Rectifiers that let something through where data is not positive."""
def LinearRegressionOutput(data: NDArray, label: NDArray, grad_scale: float = 1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Data as it is, with the gradient of squared error."""
def LogisticRegressionOutput(data: NDArray, label: NDArray, grad_scale: float = 1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The sigmoid of data, with the gradient of cross entropy."""
def MAERegressionOutput(data: NDArray, label: NDArray, grad_scale: float = 1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Data as it is, with the gradient of absolute error."""
def MakeLoss(data: NDArray, grad_scale: float = 1.0, valid_thresh: float = 0.0, normalization: Literal["batch", "null", "valid"] = "null", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Data as it is, as a loss to be minimised."""
def Pad(data: NDArray, mode: Literal["constant", "edge", "reflect"], pad_width: int | Sequence[int], constant_value: float = 0.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Add a border."""
def Pooling(data: NDArray, kernel: int | Sequence[int] = (), pool_type: Literal["max", "avg", "sum", "lp"] = "max", global_pool: bool = False, cudnn_off: bool = False, pooling_convention: Literal["valid", "full", "same"] = "valid", stride: int | Sequence[int] = (), pad: int | Sequence[int] = (), p_value: int | None = None, count_include_pad: bool | None = None, layout: Literal["NCW", "NCHW", "NCDHW", "NWC", "NHWC", "NDHWC"] | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Maximum, mean, sum or p-norm over windows of pixels."""
def Pooling_v1(data: NDArray, kernel: int | Sequence[int] = (), pool_type: Literal["max", "avg", "sum"] = "max", global_pool: bool = False, pooling_convention: Literal["valid", "full"] = "valid", stride: int | Sequence[int] = (), pad: int | Sequence[int] = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Pooling as in MXNet's first versions: `Pooling` over two axes with fewer choices."""
def RNN(data: NDArray, parameters: NDArray | None = None, state: NDArray | None = None, state_cell: NDArray | None = None, sequence_length: NDArray | None = None, state_size: int = ..., num_layers: int = ..., bidirectional: bool = False, mode: Literal["rnn_relu", "rnn_tanh", "lstm", "gru"] = ..., p: float = 0.0, state_outputs: bool = False, projection_size: int | None = None, lstm_state_clip_min: float | None = None, lstm_state_clip_max: float | None = None, lstm_state_clip_nan: bool = False, use_sequence_length: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """Recurrent layers over a sequence: plain ones, LSTM or GRU."""
def Reshape(data: NDArray, shape: int | Sequence[int] = (), reverse: bool = False, target_shape: int | Sequence[int] = (), keep_highest: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The same numbers in another shape."""
def SVMOutput(data: NDArray, label: NDArray, margin: float = 1.0, regularization_coefficient: float = 1.0, use_linear: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Scores as they are, with the gradient of a margin loss: one classifier against the rest for each class."""
def SequenceLast(data: NDArray, sequence_length: NDArray | None = None, use_sequence_length: bool = False, axis: int = 0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The last step of each sequence."""
def SequenceMask(data: NDArray, sequence_length: NDArray | None = None, use_sequence_length: bool = False, value: float = 0.0, axis: int = 0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Set what lies beyond the end of each sequence to a constant."""
def SequenceReverse(data: NDArray, sequence_length: NDArray | None = None, use_sequence_length: bool = False, axis: int = 0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Reverse each sequence; what lies beyond its end stays where it is."""
def SliceChannel(data: NDArray, num_outputs: int, axis: int = 1, squeeze_axis: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """Split into equal parts along an axis."""
def Softmax(data: NDArray, label: NDArray, grad_scale: float = 1.0, ignore_label: float = -1.0, multi_output: bool = False, use_ignore: bool = False, preserve_shape: bool = False, normalization: Literal["batch", "null", "valid"] = "null", out_grad: bool = False, smooth_alpha: float = 0.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Softmax, with the gradient of its cross entropy against a label: the last layer of a classifier."""
def SoftmaxActivation(data: NDArray, mode: Literal["instance", "channel"] = "instance", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Softmax of each sample, or of each position over the channels."""
def SoftmaxOutput(data: NDArray, label: NDArray, grad_scale: float = 1.0, ignore_label: float = -1.0, multi_output: bool = False, use_ignore: bool = False, preserve_shape: bool = False, normalization: Literal["batch", "null", "valid"] = "null", out_grad: bool = False, smooth_alpha: float = 0.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Softmax, with the gradient of its cross entropy against a label: the last layer of a classifier."""
def SpatialTransformer(data: NDArray, loc: NDArray, target_shape: int | Sequence[int] = (0, 0), transform_type: Literal["affine"] = ..., sampler_type: Literal["bilinear"] = ..., cudnn_off: bool | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Images seen through an affine map: `BilinearSampler` at the places of `GridGenerator`."""
def SwapAxis(data: NDArray, dim1: int = 0, dim2: int = 0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Exchange two axes."""
def abs(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The size of x."""
def adam_update(weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, lr: float, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-08, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """m = b1 * m + (1 - b1) * g;  v = b2 * v + (1 - b2) * g**2;  w -= lr * m / (sqrt(v) + eps)"""
def add(lhs: Any, rhs: Any) -> Any: ...
def add_n(*args: NDArray | Sequence[NDArray], out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The sum of any number of arrays."""
def all_finite(data: NDArray, init_output: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 if all numbers of an array are finite, else 0."""
def arccos(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Inverse cosine, in radians."""
def arccosh(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Inverse hyperbolic cosine."""
def arcsin(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Inverse sine, in radians."""
def arcsinh(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Inverse hyperbolic sine."""
def arctan(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Inverse tangent, in radians."""
def arctanh(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Inverse hyperbolic tangent."""
def argmax(data: NDArray, axis: int | None = None, keepdims: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The place of the largest number along an axis; of equal ones the first."""
def argmax_channel(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The place of the largest number along axis 1."""
def argmin(data: NDArray, axis: int | None = None, keepdims: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The place of the smallest number along an axis; of equal ones the first."""
def argsort(data: NDArray, axis: int | None = -1, is_ascend: bool = True, dtype: _DType = "float32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The places of the numbers in order along an axis."""
def batch_dot(lhs: NDArray, rhs: NDArray, transpose_a: bool = False, transpose_b: bool = False, forward_stype: Literal["default", "row_sparse", "csr"] | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Matrix products of the last two axes, one for each index of the axes before them."""
def batch_take(a: NDArray, indices: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """One element of each row."""
def broadcast_add(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a + b with broadcasting."""
def broadcast_axes(data: NDArray, axis: int | Sequence[int] = (), size: int | Sequence[int] = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Repeat along given axes of length 1."""
def broadcast_axis(data: NDArray, axis: int | Sequence[int] = (), size: int | Sequence[int] = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Repeat along given axes of length 1."""
def broadcast_div(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a / b with broadcasting."""
def broadcast_equal(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a = b, else 0, in the dtype of a with broadcasting."""
def broadcast_greater(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a > b, else 0, in the dtype of a with broadcasting."""
def broadcast_greater_equal(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a >= b, else 0, in the dtype of a with broadcasting."""
def broadcast_hypot(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """sqrt(a * a + b * b) with broadcasting."""
def broadcast_lesser(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a < b, else 0, in the dtype of a with broadcasting."""
def broadcast_lesser_equal(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a <= b, else 0, in the dtype of a with broadcasting."""
def broadcast_like(lhs: NDArray, rhs: NDArray, lhs_axes: int | Sequence[int] | None = None, rhs_axes: int | Sequence[int] | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Repeat `lhs` to the shape of `rhs`, or along given axes only."""
def broadcast_logical_and(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where neither a nor b is 0, else 0 with broadcasting."""
def broadcast_logical_or(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a or b is not 0, else 0 with broadcasting."""
def broadcast_logical_xor(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where just one of a and b is not 0, else 0 with broadcasting."""
def broadcast_maximum(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The larger of a and b; the gradient of a tie goes to a with broadcasting."""
def broadcast_minimum(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The smaller of a and b; the gradient of a tie goes to a with broadcasting."""
def broadcast_minus(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a - b with broadcasting."""
def broadcast_mod(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Remainder of a / b with the sign of b with broadcasting."""
def broadcast_mul(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a * b with broadcasting."""
def broadcast_not_equal(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where a and b differ, else 0, in the dtype of a with broadcasting."""
def broadcast_plus(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a + b with broadcasting."""
def broadcast_power(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a to the power b with broadcasting."""
def broadcast_sub(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a - b with broadcasting."""
def broadcast_to(data: NDArray, shape: int | Sequence[int] = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Repeat along axes of length 1."""
def cast(data: NDArray, dtype: _DType, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The numbers in another dtype; floats become whole numbers by cutting off the fraction."""
def cbrt(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Cube root."""
def ceil(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The next whole number above."""
def choose_element_0index(data: NDArray, index: NDArray, axis: int | None = -1, keepdims: bool = False, mode: Literal["clip", "wrap"] = "clip", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """One element along an axis for each place."""
def clip(data: NDArray, a_min: float, a_max: float, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """min(max(x, a_min), a_max); the gradient is 1 on the edges"""
def concat(*data: NDArray | Sequence[NDArray], dim: int = 1, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Join arrays along an axis."""
def cos(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Cosine of x in radians."""
def cosh(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Hyperbolic cosine."""
def crop(data: NDArray, begin: int | Sequence[int | None] | None, end: int | Sequence[int | None] | None, step: int | Sequence[int | None] | None = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """A part of an array, ``data[begin:end:step]``."""
def cumsum(a: NDArray, axis: int | None = None, dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Sums of all elements up to each one along an axis."""
def degrees(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Radians to degrees."""
def depth_to_space(data: NDArray, block_size: int, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Move blocks of channels into space."""
def diag(data: NDArray, k: int = 0, axis1: int = 0, axis2: int = 1, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """A diagonal of an array, or an array with a given diagonal."""
def divide(lhs: Any, rhs: Any) -> Any: ...
def dot(lhs: NDArray, rhs: NDArray, transpose_a: bool = False, transpose_b: bool = False, forward_stype: Literal["default", "row_sparse", "csr"] | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Product over the last axis of `lhs` and the first axis of `rhs`."""
def elemwise_add(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a + b of arrays of one shape."""
def elemwise_div(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a / b of arrays of one shape."""
def elemwise_mul(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a * b of arrays of one shape."""
def elemwise_sub(lhs: NDArray, rhs: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """a - b of arrays of one shape."""
def equal(lhs: Any, rhs: Any) -> Any: ...
def erf(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The error function."""
def erfinv(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The inverse of the error function."""
def exp(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """e to the power x."""
def expand_dims(data: NDArray, axis: int, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Insert an axis of length 1."""
def expm1(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """exp(x) - 1, exact near 0."""
def fix(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The next whole number towards zero."""
def flatten(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Keep the first axis and merge all others; (n,) becomes (n, 1)."""
def flip(data: NDArray, axis: int | Sequence[int], *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Reverse the order along axes."""
def floor(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The next whole number below."""
def ftml_update(weight: NDArray, grad: NDArray, d: NDArray, v: NDArray, z: NDArray, lr: float, beta1: float = 0.6, beta2: float = 0.999, epsilon: float = 1e-08, t: int = ..., wd: float = 0.0, rescale_grad: float = 1.0, clip_grad: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Follow the moving leader; share1 = 1 - beta1**t and share2 = 1 - beta2**t correct the means of t steps."""
def ftrl_update(weight: NDArray, grad: NDArray, z: NDArray, n: NDArray, lr: float, lamda1: float = 0.01, beta: float = 1.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Follow the regularised leader: w minimises the sum of all gradients so far, held near 0 by lamda1 and wd."""
def gamma(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The gamma function."""
def gammaln(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Logarithm of the size of the gamma function."""
def gather_nd(data: NDArray, indices: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Elements or rows at given coordinates."""
def greater(lhs: Any, rhs: Any) -> Any: ...
def greater_equal(lhs: Any, rhs: Any) -> Any: ...
def hard_sigmoid(data: NDArray, alpha: float = 0.2, beta: float = 0.5, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """min(max(alpha * x + beta, 0), 1)"""
def hypot(lhs: Any, rhs: Any) -> Any: ...
def identity(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """A copy of x."""
def khatri_rao(*args: NDArray | Sequence[NDArray], out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Column-wise Kronecker product of matrices."""
def lamb_update_phase1(weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-06, t: int = ..., bias_correction: bool = True, wd: float = ..., rescale_grad: float = 1.0, clip_gradient: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Adam's direction, m / share1 / (sqrt(v / share2) + eps) + wd * w; `lamb_step` sets its length."""
def lamb_update_phase2(weight: NDArray, g: NDArray, r1: NDArray, r2: NDArray, lr: float, lower_bound: float = -1.0, upper_bound: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """w -= lr * |w| / |g| * g, |w| = r1 being held within bounds; the factor is 1 where a norm is 0."""
def less_equal(lhs: Any, rhs: Any) -> Any: ...
def lesser(lhs: Any, rhs: Any) -> Any: ...
def lesser_equal(lhs: Any, rhs: Any) -> Any: ...
def log(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Natural logarithm."""
def log10(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Logarithm to base 10."""
def log1p(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """log(1 + x), exact near 0."""
def log2(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Logarithm to base 2."""
def log_softmax(data: NDArray, axis: int = -1, temperature: float | None = None, dtype: _DType | None = None, use_length: bool | None = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The logarithm of softmax, without the loss of precision of ``log(softmax(x))``."""
def logical_and(lhs: Any, rhs: Any) -> Any: ...
def logical_not(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 where x is 0, else 0."""
def logical_or(lhs: Any, rhs: Any) -> Any: ...
def logical_xor(lhs: Any, rhs: Any) -> Any: ...
def make_loss(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Data as it is, as a loss to be minimised."""
def max(data: NDArray, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Maximum over axes; the gradient goes to every tied element."""
def max_axis(data: NDArray, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Maximum over axes; the gradient goes to every tied element."""
def maximum(lhs: Any, rhs: Any) -> Any: ...
def mean(data: NDArray, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Mean over axes."""
def min(data: NDArray, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Minimum over axes; the gradient goes to every tied element."""
def min_axis(data: NDArray, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Minimum over axes; the gradient goes to every tied element."""
def minimum(lhs: Any, rhs: Any) -> Any: ...
def modulo(lhs: Any, rhs: Any) -> Any: ...
def moments(data: NDArray, axes: int | Sequence[int] | None = None, keepdims: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> list[NDArray]:
    """Mean and biased variance over some axes."""
def mp_lamb_update_phase1(weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, weight32: NDArray, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-06, t: int = ..., bias_correction: bool = True, wd: float = ..., rescale_grad: float = 1.0, clip_gradient: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Adam's direction, m / share1 / (sqrt(v / share2) + eps) + wd * w; `lamb_step` sets its length."""
def mp_lamb_update_phase2(weight: NDArray, g: NDArray, r1: NDArray, r2: NDArray, weight32: NDArray, lr: float, lower_bound: float = -1.0, upper_bound: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """`lamb_step` on the master copy."""
def mp_nag_mom_update(weight: NDArray, grad: NDArray, mom: NDArray, weight32: NDArray, lr: float, momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """`nag` on the master copy."""
def mp_sgd_mom_update(weight: NDArray, grad: NDArray, mom: NDArray, weight32: NDArray, lr: float, momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """`sgd_momentum` on the master copy."""
def mp_sgd_update(weight: NDArray, grad: NDArray, weight32: NDArray, lr: float, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """`sgd` on the master copy."""
def multi_all_finite(*data: NDArray | Sequence[NDArray], init_output: bool = True, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 if all numbers of several arrays are finite, else 0."""
def multi_lars(lrs: NDArray, weights_sum_sq: NDArray, grads_sum_sq: NDArray, wds: NDArray, eta: float, eps: float, rescale_grad: float = 1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Rates of LARS for several parameters: ``lr * eta * |w| / (rescale_grad * |g| + wd * |w| + eps)``."""
def multi_mp_sgd_mom_update(*data: NDArray | Sequence[NDArray], lrs: float | Sequence[float], wds: float | Sequence[float], momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`mp_sgd_mom_update` of several parameters."""
def multi_mp_sgd_update(*data: NDArray | Sequence[NDArray], lrs: float | Sequence[float], wds: float | Sequence[float], rescale_grad: float = 1.0, clip_gradient: float = -1.0, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`mp_sgd_update` of several parameters."""
def multi_sgd_mom_update(*data: NDArray | Sequence[NDArray], lrs: float | Sequence[float], wds: float | Sequence[float], momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`sgd_mom_update` of several parameters."""
def multi_sgd_update(*data: NDArray | Sequence[NDArray], lrs: float | Sequence[float], wds: float | Sequence[float], rescale_grad: float = 1.0, clip_gradient: float = -1.0, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`sgd_update` of several parameters."""
def multi_sum_sq(*data: NDArray | Sequence[NDArray], out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Sums of the squares of several arrays."""
def multiply(lhs: Any, rhs: Any) -> Any: ...
def nag_mom_update(weight: NDArray, grad: NDArray, mom: NDArray, lr: float, momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Nesterov's momentum: d = lr * (g + wd * w);  m = momentum * m - d;  w += momentum * m - d"""
def nanprod(data: NDArray, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Product over axes of what is not NaN."""
def nansum(data: NDArray, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Sum over axes of what is not NaN."""
def negative(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """-x"""
def norm(data: NDArray, ord: int = 2, axis: int | Sequence[int] | None = None, out_dtype: _DType | None = None, keepdims: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """L1 or L2 norm over axes."""
def normal(loc: float = 0.0, scale: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of a normal distribution."""
def not_equal(lhs: Any, rhs: Any) -> Any: ...
def one_hot(indices: NDArray, depth: int, on_value: float = 1.0, off_value: float = 0.0, dtype: _DType = "float32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Rows with one number switched on."""
def ones_like(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Ones of the shape and dtype of an array."""
def pad(data: NDArray, mode: Literal["constant", "edge", "reflect"], pad_width: int | Sequence[int], constant_value: float = 0.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Add a border."""
def pick(data: NDArray, index: NDArray, axis: int | None = -1, keepdims: bool = False, mode: Literal["clip", "wrap"] = "clip", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """One element along an axis for each place."""
def power(base: Any, exp: Any) -> Any: ...
def preloaded_multi_mp_sgd_mom_update(*data: NDArray | Sequence[NDArray], momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`mp_sgd_mom_update` of several parameters."""
def preloaded_multi_mp_sgd_update(*data: NDArray | Sequence[NDArray], rescale_grad: float = 1.0, clip_gradient: float = -1.0, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`mp_sgd_update` of several parameters."""
def preloaded_multi_sgd_mom_update(*data: NDArray | Sequence[NDArray], momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`sgd_mom_update` of several parameters."""
def preloaded_multi_sgd_update(*data: NDArray | Sequence[NDArray], rescale_grad: float = 1.0, clip_gradient: float = -1.0, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`sgd_update` of several parameters."""
def prod(data: NDArray, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Product over axes; the gradient is y / x, NaN where x is 0."""
def radians(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Degrees to radians."""
def random_exponential(lam: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of an exponential distribution."""
def random_gamma(alpha: float = 1.0, beta: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of a gamma distribution."""
def random_generalized_negative_binomial(mu: float = 1.0, alpha: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Counts of a Poisson distribution whose rate is gamma distributed."""
def random_negative_binomial(k: int = 1, p: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of failures before k successes."""
def random_normal(loc: float = 0.0, scale: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of a normal distribution."""
def random_poisson(lam: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Counts of a Poisson distribution."""
def random_randint(low: int, high: int, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Whole numbers evenly spread over low … high - 1."""
def random_uniform(low: float = 0.0, high: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers evenly spread over [low, high)."""
def rcbrt(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 / cbrt(x)"""
def reciprocal(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 / x"""
def relu(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """max(x, 0)"""
def repeat(data: NDArray, repeats: int, axis: int | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Repeat each element."""
def reshape(data: NDArray, shape: int | Sequence[int] = (), reverse: bool = False, target_shape: int | Sequence[int] = (), keep_highest: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The same numbers in another shape."""
def reshape_like(lhs: NDArray, rhs: NDArray, lhs_begin: int | None = None, lhs_end: int | None = None, rhs_begin: int | None = None, rhs_end: int | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """`lhs` in the shape of `rhs`, or with a range of its axes replaced by a range of those of `rhs`."""
def reverse(data: NDArray, axis: int | Sequence[int], *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Reverse the order along axes."""
def rint(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The nearest whole number, halves down."""
def rmsprop_update(weight: NDArray, grad: NDArray, n: NDArray, lr: float, gamma1: float = 0.95, epsilon: float = 1e-08, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, clip_weights: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """n = r * n + (1 - r) * g**2;  w -= lr * g / sqrt(n + eps)"""
def rmspropalex_update(weight: NDArray, grad: NDArray, n: NDArray, g: NDArray, delta: NDArray, lr: float, gamma1: float = 0.95, gamma2: float = 0.9, epsilon: float = 1e-08, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, clip_weights: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """n = r * n + (1 - r) * x**2;  g = r * g + (1 - r) * x;  d = r2 * d - lr * x / sqrt(n - g**2 + eps);  w += d"""
def round(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The nearest whole number, halves away from zero."""
def rsqrt(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 / sqrt(x)"""
def sample_exponential(lam: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of an exponential distribution. For arrays of parameters."""
def sample_gamma(alpha: NDArray, beta: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of a gamma distribution. For arrays of parameters."""
def sample_generalized_negative_binomial(mu: NDArray, alpha: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Counts of a Poisson distribution whose rate is gamma distributed. For arrays of parameters."""
def sample_multinomial(data: NDArray, shape: int | Sequence[int] = (), get_prob: bool = False, dtype: _DType = "int32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> list[NDArray]:
    """Draw classes with given probabilities."""
def sample_negative_binomial(k: NDArray, p: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of failures before k successes. For arrays of parameters."""
def sample_normal(mu: NDArray, sigma: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers of a normal distribution. For arrays of parameters."""
def sample_poisson(lam: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Counts of a Poisson distribution. For arrays of parameters."""
def sample_uniform(low: NDArray, high: NDArray, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers evenly spread over [low, high). For arrays of parameters."""
def scatter_nd(data: NDArray, indices: NDArray, shape: int | Sequence[int], *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The numbers of `data` at given coordinates among zeros; of equal coordinates the last wins."""
def sgd_mom_update(weight: NDArray, grad: NDArray, mom: NDArray, lr: float, momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """m = momentum * m - lr * (g + wd * w);  w += m"""
def sgd_update(weight: NDArray, grad: NDArray, lr: float, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """w -= lr * (g + wd * w)"""
def shape_array(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The shape of an array, as array of int64."""
def shuffle(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The rows of an array in random order."""
def sigmoid(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """1 / (1 + exp(-x))"""
def sign(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """-1, 0 or 1."""
def signsgd_update(weight: NDArray, grad: NDArray, lr: float, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """w -= lr * (sign(g) + wd * w)"""
def signum_update(weight: NDArray, grad: NDArray, mom: NDArray, lr: float, momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, wd_lh: float = 0.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """m = momentum * m - (1 - momentum) * (g + wd * w);  w = (1 - lr * wd_lh) * w + lr * sign(m)"""
def sin(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Sine of x in radians."""
def sinh(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Hyperbolic sine."""
def size_array(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The number of elements of an array, as array of int64."""
def slice(data: NDArray, begin: int | Sequence[int | None] | None, end: int | Sequence[int | None] | None, step: int | Sequence[int | None] | None = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """A part of an array, ``data[begin:end:step]``."""
def slice_axis(data: NDArray, axis: int, begin: int, end: int | None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """A part along one axis."""
def slice_like(data: NDArray, shape_like: NDArray, axes: int | Sequence[int] = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The leading part of `data` with the lengths of `shape_like`."""
def smooth_l1(data: NDArray, scalar: float = 1.0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """x**2 * scalar**2 / 2 where |x| < 1 / scalar**2, else |x| - 0.5 / scalar**2"""
def softmax(data: NDArray, length: NDArray | None = None, axis: int = -1, temperature: float | None = None, dtype: _DType | None = None, use_length: bool | None = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Positive numbers that sum to 1 along an axis."""
def softmax_cross_entropy(data: NDArray, label: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The cross entropy of softmax against class labels, summed over the batch."""
def softmin(data: NDArray, axis: int = -1, temperature: float | None = None, dtype: _DType | None = None, use_length: bool | None = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Softmax of the negated numbers."""
def softsign(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """x / (1 + |x|)"""
def sort(data: NDArray, axis: int | None = -1, is_ascend: bool = True, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers in order along an axis."""
def space_to_depth(data: NDArray, block_size: int, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Move blocks of space into channels."""
def split(data: NDArray, num_outputs: int, axis: int = 1, squeeze_axis: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """Split into equal parts along an axis."""
def sqrt(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Square root."""
def square(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """x * x"""
def squeeze(data: NDArray, axis: int | Sequence[int] | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Drop axes of length 1."""
def stack(*data: NDArray | Sequence[NDArray], axis: int = 0, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Join arrays of one shape along a new axis."""
def stop_gradient(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Data as it is; no gradient flows back."""
def subtract(lhs: Any, rhs: Any) -> Any: ...
def sum(data: NDArray, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Sum over axes."""
def sum_axis(data: NDArray, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Sum over axes."""
def swapaxes(data: NDArray, dim1: int = 0, dim2: int = 0, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Exchange two axes."""
def take(a: NDArray, indices: NDArray, axis: int = 0, mode: Literal["clip", "raise", "wrap"] = "clip", *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Elements of `a` along an axis at given indices."""
def tan(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Tangent of x in radians."""
def tanh(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Hyperbolic tangent."""
def tile(data: NDArray, reps: int | Sequence[int], *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Lay copies of an array side by side."""
def topk(data: NDArray, axis: int | None = -1, k: int = 1, ret_typ: Literal["both", "indices", "mask", "value"] = "indices", is_ascend: bool = False, dtype: _DType = "float32", *, out: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """The k largest, or smallest, numbers along an axis."""
def transpose(data: NDArray, axes: int | Sequence[int] = (), *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Permute axes."""
def true_divide(lhs: Any, rhs: Any) -> Any: ...
def trunc(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """The next whole number towards zero."""
def uniform(low: float = 0.0, high: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Numbers evenly spread over [low, high)."""
def where(condition: NDArray, x: NDArray, y: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """`x` where the condition is not 0, else `y`."""
def zeros_like(data: NDArray, *, out: Any = None, name: str | None = None, **kwargs: Any) -> NDArray:
    """Zeros of the shape and dtype of an array."""
