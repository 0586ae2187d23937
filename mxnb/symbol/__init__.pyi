"""`mx.sym`: expressions that are written down first and computed later.

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from . import arithmetic as arithmetic
from . import binding as binding
from . import compose as compose
from . import contrib as contrib
from . import creation as creation
from . import functions as functions
from . import image as image
from . import infer as infer
from . import json_format as json_format
from . import linalg as linalg
from . import methods as methods
from . import node as node
from . import op as op
from . import random as random
from . import sparse as sparse
from . import symbol as symbol
from . import variable as variable
from mxnb.context import Context
from mxnb.symbol.arithmetic import hypot as hypot
from mxnb.symbol.arithmetic import maximum as maximum
from mxnb.symbol.arithmetic import minimum as minimum
from mxnb.symbol.arithmetic import pow as pow
from mxnb.symbol.arithmetic import power as power
from mxnb.symbol.creation import arange as arange
from mxnb.symbol.creation import eye as eye
from mxnb.symbol.creation import full as full
from mxnb.symbol.creation import histogram as histogram
from mxnb.symbol.creation import linspace as linspace
from mxnb.symbol.creation import ones as ones
from mxnb.symbol.creation import split_v2 as split_v2
from mxnb.symbol.creation import zeros as zeros
from mxnb.symbol.symbol import Symbol as Symbol
from mxnb.symbol.symbol import fromjson as fromjson
from mxnb.symbol.symbol import load as load
from mxnb.symbol.symbol import load_json as load_json
from mxnb.symbol.variable import Group as Group
from mxnb.symbol.variable import Variable as Variable
from mxnb.symbol.variable import var as var
_DType = str | type[Any] | np.dtype[Any]

def Activation(data: Symbol, act_type: Literal["relu", "sigmoid", "softrelu", "softsign", "tanh"], *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """One of five activation functions of each number."""
def BatchNorm(data: Symbol, gamma: Symbol | None = None, beta: Symbol | None = None, moving_mean: Symbol | None = None, moving_var: Symbol | None = None, eps: float = 0.0010000000474974513, momentum: float = 0.899999976, fix_gamma: bool = True, use_global_stats: bool = False, output_mean_var: bool = False, axis: int = 1, cudnn_off: bool = False, min_calib_range: float | None = None, max_calib_range: float | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Bring each channel to zero mean and unit variance over the batch, then scale and shift it."""
def BatchNorm_v1(data: Symbol, gamma: Symbol | None = None, beta: Symbol | None = None, moving_mean: Symbol | None = None, moving_var: Symbol | None = None, eps: float = 0.0010000000474974513, momentum: float = 0.899999976, fix_gamma: bool = True, use_global_stats: bool = False, output_mean_var: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Bring each channel to zero mean and unit variance over the batch, then scale and shift it."""
def BilinearSampler(data: Symbol, grid: Symbol | None = None, cudnn_off: bool | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Images sampled at the places of a grid, between four pixels; 0 outside (Jaderberg et al. 2015)."""
def BlockGrad(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Data as it is; no gradient flows back."""
def Cast(data: Symbol, dtype: _DType, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The numbers in another dtype; floats become whole numbers by cutting off the fraction."""
def Concat(*data: Symbol | Sequence[Symbol], dim: int = 1, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Join arrays along an axis."""
def Convolution(data: Symbol, weight: Symbol | None = None, bias: Symbol | None = None, kernel: int | Sequence[int] = ..., stride: int | Sequence[int] = (), dilate: int | Sequence[int] = (), pad: int | Sequence[int] = (), num_filter: int = ..., num_group: int = 1, workspace: int = 1024, no_bias: bool = False, cudnn_tune: Literal["off", "limited_workspace", "fastest"] | None = None, cudnn_off: bool = False, layout: Literal["NCW", "NCHW", "NCDHW", "NHWC", "NDHWC"] | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Convolution over one, two or three axes."""
def Convolution_v1(data: Symbol, weight: Symbol | None = None, bias: Symbol | None = None, kernel: int | Sequence[int] = ..., stride: int | Sequence[int] = (), dilate: int | Sequence[int] = (), pad: int | Sequence[int] = (), num_filter: int = ..., num_group: int = 1, workspace: int = 1024, no_bias: bool = False, cudnn_tune: Literal["off", "limited_workspace", "fastest"] | None = None, cudnn_off: bool = False, layout: Literal["NCW", "NCHW", "NCDHW", "NHWC", "NDHWC"] | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Convolution over one, two or three axes."""
def Deconvolution(data: Symbol, weight: Symbol | None = None, bias: Symbol | None = None, kernel: int | Sequence[int] = ..., stride: int | Sequence[int] = (), dilate: int | Sequence[int] = (), pad: int | Sequence[int] = (), adj: int | Sequence[int] = (), target_shape: int | Sequence[int] = (), num_filter: int = ..., num_group: int = 1, workspace: int = 512, no_bias: bool = True, cudnn_tune: Literal["off", "limited_workspace", "fastest"] | None = None, cudnn_off: bool = False, layout: Literal["NCW", "NCHW", "NCDHW", "NHWC", "NDHWC"] | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Transposed convolution: the map from the result of a convolution to its data, as in its gradient."""
def Dropout(data: Symbol, p: float = 0.5, mode: Literal["training", "always"] = "training", axes: int | Sequence[int] = (), cudnn_off: bool | None = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Set numbers to zero at random, and scale the rest so that the expected value stays."""
def ElementWiseSum(*args: Symbol | Sequence[Symbol], name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The sum of any number of arrays."""
def Embedding(data: Symbol, weight: Symbol | None = None, input_dim: int = ..., output_dim: int = ..., dtype: _DType = "float32", sparse_grad: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Rows of a table."""
def Flatten(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Keep the first axis and merge all others; (n,) becomes (n, 1)."""
def FullyConnected(data: Symbol, weight: Symbol | None = None, bias: Symbol | None = None, num_hidden: int = ..., no_bias: bool = False, flatten: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The affine map ``out = data · weightᵀ + bias``."""
def GridGenerator(data: Symbol, transform_type: Literal["affine", "warp"], target_shape: int | Sequence[int] = (0, 0), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Places for `BilinearSampler`: an affine map of all pixels of the result, or a flow in pixels."""
def GroupNorm(data: Symbol, gamma: Symbol | None = None, beta: Symbol | None = None, num_groups: int = 1, eps: float = 9.99999975e-06, output_mean_var: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Bring each group of channels of each sample to zero mean and unit variance, then scale and shift it."""
def InstanceNorm(data: Symbol, gamma: Symbol | None = None, beta: Symbol | None = None, eps: float = 0.0010000000474974513, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Bring each channel of each sample to zero mean and unit variance, then scale and shift it."""
def L2Normalization(data: Symbol, eps: float = 1.00000001e-10, mode: Literal["channel", "instance", "spatial"] = "instance", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Divide vectors by their length."""
def LRN(data: Symbol, alpha: float = 9.99999975e-05, beta: float = 0.75, knorm: float = 2.0, nsize: int = ..., *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Divide each number by a power of the energy of the neighbouring channels."""
def LayerNorm(data: Symbol, gamma: Symbol | None = None, beta: Symbol | None = None, axis: int = -1, eps: float = 9.99999975e-06, output_mean_var: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Bring each line along an axis to zero mean and unit variance, then scale and shift it."""
def LeakyReLU(data: Symbol, gamma: Symbol | None = None, act_type: Literal["elu", "gelu", "leaky", "prelu", "rrelu", "selu"] = "leaky", slope: float = 0.25, lower_bound: float = 0.125, upper_bound: float = 0.333999991, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Rectifiers that let something through where data is not positive."""
def LinearRegressionOutput(data: Symbol, label: Symbol | None = None, grad_scale: float = 1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Data as it is, with the gradient of squared error."""
def LogisticRegressionOutput(data: Symbol, label: Symbol | None = None, grad_scale: float = 1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The sigmoid of data, with the gradient of cross entropy."""
def MAERegressionOutput(data: Symbol, label: Symbol | None = None, grad_scale: float = 1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Data as it is, with the gradient of absolute error."""
def MakeLoss(data: Symbol, grad_scale: float = 1.0, valid_thresh: float = 0.0, normalization: Literal["batch", "null", "valid"] = "null", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Data as it is, as a loss to be minimised."""
NAMESPACES: Any
def Pad(data: Symbol, mode: Literal["constant", "edge", "reflect"], pad_width: int | Sequence[int], constant_value: float = 0.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Add a border."""
def Pooling(data: Symbol, kernel: int | Sequence[int] = (), pool_type: Literal["max", "avg", "sum", "lp"] = "max", global_pool: bool = False, cudnn_off: bool = False, pooling_convention: Literal["valid", "full", "same"] = "valid", stride: int | Sequence[int] = (), pad: int | Sequence[int] = (), p_value: int | None = None, count_include_pad: bool | None = None, layout: Literal["NCW", "NCHW", "NCDHW", "NWC", "NHWC", "NDHWC"] | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Maximum, mean, sum or p-norm over windows of pixels."""
def Pooling_v1(data: Symbol, kernel: int | Sequence[int] = (), pool_type: Literal["max", "avg", "sum"] = "max", global_pool: bool = False, pooling_convention: Literal["valid", "full"] = "valid", stride: int | Sequence[int] = (), pad: int | Sequence[int] = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Pooling as in MXNet's first versions: `Pooling` over two axes with fewer choices."""
def RNN(data: Symbol, parameters: Symbol | None = None, state: Symbol | None = None, state_cell: Symbol | None = None, sequence_length: Symbol | None = None, state_size: int = ..., num_layers: int = ..., bidirectional: bool = False, mode: Literal["rnn_relu", "rnn_tanh", "lstm", "gru"] = ..., p: float = 0.0, state_outputs: bool = False, projection_size: int | None = None, lstm_state_clip_min: float | None = None, lstm_state_clip_max: float | None = None, lstm_state_clip_nan: bool = False, use_sequence_length: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Recurrent layers over a sequence: plain ones, LSTM or GRU."""
def Reshape(data: Symbol, shape: int | Sequence[int] = (), reverse: bool = False, target_shape: int | Sequence[int] = (), keep_highest: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The same numbers in another shape."""
def SVMOutput(data: Symbol, label: Symbol | None = None, margin: float = 1.0, regularization_coefficient: float = 1.0, use_linear: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Scores as they are, with the gradient of a margin loss: one classifier against the rest for each class."""
def SequenceLast(data: Symbol, sequence_length: Symbol | None = None, use_sequence_length: bool = False, axis: int = 0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The last step of each sequence."""
def SequenceMask(data: Symbol, sequence_length: Symbol | None = None, use_sequence_length: bool = False, value: float = 0.0, axis: int = 0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Set what lies beyond the end of each sequence to a constant."""
def SequenceReverse(data: Symbol, sequence_length: Symbol | None = None, use_sequence_length: bool = False, axis: int = 0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Reverse each sequence; what lies beyond its end stays where it is."""
def SliceChannel(data: Symbol, num_outputs: int, axis: int = 1, squeeze_axis: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Split into equal parts along an axis."""
def Softmax(data: Symbol, label: Symbol | None = None, grad_scale: float = 1.0, ignore_label: float = -1.0, multi_output: bool = False, use_ignore: bool = False, preserve_shape: bool = False, normalization: Literal["batch", "null", "valid"] = "null", out_grad: bool = False, smooth_alpha: float = 0.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Softmax, with the gradient of its cross entropy against a label: the last layer of a classifier."""
def SoftmaxActivation(data: Symbol, mode: Literal["instance", "channel"] = "instance", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Softmax of each sample, or of each position over the channels."""
def SoftmaxOutput(data: Symbol, label: Symbol | None = None, grad_scale: float = 1.0, ignore_label: float = -1.0, multi_output: bool = False, use_ignore: bool = False, preserve_shape: bool = False, normalization: Literal["batch", "null", "valid"] = "null", out_grad: bool = False, smooth_alpha: float = 0.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Softmax, with the gradient of its cross entropy against a label: the last layer of a classifier."""
def SpatialTransformer(data: Symbol, loc: Symbol | None = None, target_shape: int | Sequence[int] = (0, 0), transform_type: Literal["affine"] = ..., sampler_type: Literal["bilinear"] = ..., cudnn_off: bool | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Images seen through an affine map: `BilinearSampler` at the places of `GridGenerator`."""
def SwapAxis(data: Symbol, dim1: int = 0, dim2: int = 0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Exchange two axes."""
def abs(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The size of x."""
def adam_update(weight: Symbol, grad: Symbol | None = None, mean: Symbol | None = None, var: Symbol | None = None, lr: float = ..., beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-08, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """m = b1 * m + (1 - b1) * g;  v = b2 * v + (1 - b2) * g**2;  w -= lr * m / (sqrt(v) + eps)"""
def add_n(*args: Symbol | Sequence[Symbol], name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The sum of any number of arrays."""
def all_finite(data: Symbol, init_output: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 if all numbers of an array are finite, else 0."""
def arccos(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Inverse cosine, in radians."""
def arccosh(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Inverse hyperbolic cosine."""
def arcsin(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Inverse sine, in radians."""
def arcsinh(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Inverse hyperbolic sine."""
def arctan(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Inverse tangent, in radians."""
def arctanh(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Inverse hyperbolic tangent."""
def argmax(data: Symbol, axis: int | None = None, keepdims: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The place of the largest number along an axis; of equal ones the first."""
def argmax_channel(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The place of the largest number along axis 1."""
def argmin(data: Symbol, axis: int | None = None, keepdims: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The place of the smallest number along an axis; of equal ones the first."""
def argsort(data: Symbol, axis: int | None = -1, is_ascend: bool = True, dtype: _DType = "float32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The places of the numbers in order along an axis."""
def batch_dot(lhs: Symbol, rhs: Symbol | None = None, transpose_a: bool = False, transpose_b: bool = False, forward_stype: Literal["default", "row_sparse", "csr"] | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Matrix products of the last two axes, one for each index of the axes before them."""
def batch_take(a: Symbol, indices: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """One element of each row."""
def broadcast_add(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a + b with broadcasting."""
def broadcast_axes(data: Symbol, axis: int | Sequence[int] = (), size: int | Sequence[int] = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Repeat along given axes of length 1."""
def broadcast_axis(data: Symbol, axis: int | Sequence[int] = (), size: int | Sequence[int] = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Repeat along given axes of length 1."""
def broadcast_div(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a / b with broadcasting."""
def broadcast_equal(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a = b, else 0, in the dtype of a with broadcasting."""
def broadcast_greater(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a > b, else 0, in the dtype of a with broadcasting."""
def broadcast_greater_equal(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a >= b, else 0, in the dtype of a with broadcasting."""
def broadcast_hypot(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """sqrt(a * a + b * b) with broadcasting."""
def broadcast_lesser(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a < b, else 0, in the dtype of a with broadcasting."""
def broadcast_lesser_equal(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a <= b, else 0, in the dtype of a with broadcasting."""
def broadcast_like(lhs: Symbol, rhs: Symbol | None = None, lhs_axes: int | Sequence[int] | None = None, rhs_axes: int | Sequence[int] | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Repeat `lhs` to the shape of `rhs`, or along given axes only."""
def broadcast_logical_and(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where neither a nor b is 0, else 0 with broadcasting."""
def broadcast_logical_or(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a or b is not 0, else 0 with broadcasting."""
def broadcast_logical_xor(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where just one of a and b is not 0, else 0 with broadcasting."""
def broadcast_maximum(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The larger of a and b; the gradient of a tie goes to a with broadcasting."""
def broadcast_minimum(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The smaller of a and b; the gradient of a tie goes to a with broadcasting."""
def broadcast_minus(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a - b with broadcasting."""
def broadcast_mod(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Remainder of a / b with the sign of b with broadcasting."""
def broadcast_mul(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a * b with broadcasting."""
def broadcast_not_equal(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where a and b differ, else 0, in the dtype of a with broadcasting."""
def broadcast_plus(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a + b with broadcasting."""
def broadcast_power(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a to the power b with broadcasting."""
def broadcast_sub(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a - b with broadcasting."""
def broadcast_to(data: Symbol, shape: int | Sequence[int] = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Repeat along axes of length 1."""
def cast(data: Symbol, dtype: _DType, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The numbers in another dtype; floats become whole numbers by cutting off the fraction."""
def cbrt(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Cube root."""
def ceil(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The next whole number above."""
def choose_element_0index(data: Symbol, index: Symbol | None = None, axis: int | None = -1, keepdims: bool = False, mode: Literal["clip", "wrap"] = "clip", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """One element along an axis for each place."""
def clip(data: Symbol, a_min: float, a_max: float, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """min(max(x, a_min), a_max); the gradient is 1 on the edges"""
def concat(*data: Symbol | Sequence[Symbol], dim: int = 1, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Join arrays along an axis."""
def cos(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Cosine of x in radians."""
def cosh(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Hyperbolic cosine."""
def crop(data: Symbol, begin: int | Sequence[int | None] | None, end: int | Sequence[int | None] | None, step: int | Sequence[int | None] | None = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """A part of an array, ``data[begin:end:step]``."""
def cumsum(a: Symbol, axis: int | None = None, dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Sums of all elements up to each one along an axis."""
def degrees(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Radians to degrees."""
def depth_to_space(data: Symbol, block_size: int, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Move blocks of channels into space."""
def diag(data: Symbol, k: int = 0, axis1: int = 0, axis2: int = 1, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """A diagonal of an array, or an array with a given diagonal."""
def dot(lhs: Symbol, rhs: Symbol | None = None, transpose_a: bool = False, transpose_b: bool = False, forward_stype: Literal["default", "row_sparse", "csr"] | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Product over the last axis of `lhs` and the first axis of `rhs`."""
def elemwise_add(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a + b of arrays of one shape."""
def elemwise_div(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a / b of arrays of one shape."""
def elemwise_mul(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a * b of arrays of one shape."""
def elemwise_sub(lhs: Symbol, rhs: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """a - b of arrays of one shape."""
def erf(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The error function."""
def erfinv(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The inverse of the error function."""
def exp(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """e to the power x."""
def expand_dims(data: Symbol, axis: int, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Insert an axis of length 1."""
def expm1(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """exp(x) - 1, exact near 0."""
def fix(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The next whole number towards zero."""
def flatten(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Keep the first axis and merge all others; (n,) becomes (n, 1)."""
def flip(data: Symbol, axis: int | Sequence[int], *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Reverse the order along axes."""
def floor(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The next whole number below."""
def ftml_update(weight: Symbol, grad: Symbol | None = None, d: Symbol | None = None, v: Symbol | None = None, z: Symbol | None = None, lr: float = ..., beta1: float = 0.6, beta2: float = 0.999, epsilon: float = 1e-08, t: int = ..., wd: float = 0.0, rescale_grad: float = 1.0, clip_grad: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Follow the moving leader; share1 = 1 - beta1**t and share2 = 1 - beta2**t correct the means of t steps."""
def ftrl_update(weight: Symbol, grad: Symbol | None = None, z: Symbol | None = None, n: Symbol | None = None, lr: float = ..., lamda1: float = 0.01, beta: float = 1.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Follow the regularised leader: w minimises the sum of all gradients so far, held near 0 by lamda1 and wd."""
def gamma(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The gamma function."""
def gammaln(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Logarithm of the size of the gamma function."""
def gather_nd(data: Symbol, indices: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Elements or rows at given coordinates."""
def hard_sigmoid(data: Symbol, alpha: float = 0.2, beta: float = 0.5, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """min(max(alpha * x + beta, 0), 1)"""
def identity(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """A copy of x."""
def khatri_rao(*args: Symbol | Sequence[Symbol], name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Column-wise Kronecker product of matrices."""
def lamb_update_phase1(weight: Symbol, grad: Symbol | None = None, mean: Symbol | None = None, var: Symbol | None = None, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-06, t: int = ..., bias_correction: bool = True, wd: float = ..., rescale_grad: float = 1.0, clip_gradient: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Adam's direction, m / share1 / (sqrt(v / share2) + eps) + wd * w; `lamb_step` sets its length."""
def lamb_update_phase2(weight: Symbol, g: Symbol | None = None, r1: Symbol | None = None, r2: Symbol | None = None, lr: float = ..., lower_bound: float = -1.0, upper_bound: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """w -= lr * |w| / |g| * g, |w| = r1 being held within bounds; the factor is 1 where a norm is 0."""
def log(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Natural logarithm."""
def log10(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Logarithm to base 10."""
def log1p(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """log(1 + x), exact near 0."""
def log2(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Logarithm to base 2."""
def log_softmax(data: Symbol, axis: int = -1, temperature: float | None = None, dtype: _DType | None = None, use_length: bool | None = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The logarithm of softmax, without the loss of precision of ``log(softmax(x))``."""
def logical_not(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 where x is 0, else 0."""
def make_loss(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Data as it is, as a loss to be minimised."""
def max(data: Symbol, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Maximum over axes; the gradient goes to every tied element."""
def max_axis(data: Symbol, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Maximum over axes; the gradient goes to every tied element."""
def mean(data: Symbol, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Mean over axes."""
def min(data: Symbol, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Minimum over axes; the gradient goes to every tied element."""
def min_axis(data: Symbol, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Minimum over axes; the gradient goes to every tied element."""
def moments(data: Symbol, axes: int | Sequence[int] | None = None, keepdims: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Mean and biased variance over some axes."""
def mp_lamb_update_phase1(weight: Symbol, grad: Symbol | None = None, mean: Symbol | None = None, var: Symbol | None = None, weight32: Symbol | None = None, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-06, t: int = ..., bias_correction: bool = True, wd: float = ..., rescale_grad: float = 1.0, clip_gradient: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Adam's direction, m / share1 / (sqrt(v / share2) + eps) + wd * w; `lamb_step` sets its length."""
def mp_lamb_update_phase2(weight: Symbol, g: Symbol | None = None, r1: Symbol | None = None, r2: Symbol | None = None, weight32: Symbol | None = None, lr: float = ..., lower_bound: float = -1.0, upper_bound: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`lamb_step` on the master copy."""
def mp_nag_mom_update(weight: Symbol, grad: Symbol | None = None, mom: Symbol | None = None, weight32: Symbol | None = None, lr: float = ..., momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`nag` on the master copy."""
def mp_sgd_mom_update(weight: Symbol, grad: Symbol | None = None, mom: Symbol | None = None, weight32: Symbol | None = None, lr: float = ..., momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`sgd_momentum` on the master copy."""
def mp_sgd_update(weight: Symbol, grad: Symbol | None = None, weight32: Symbol | None = None, lr: float = ..., wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`sgd` on the master copy."""
def multi_all_finite(*data: Symbol | Sequence[Symbol], init_output: bool = True, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 if all numbers of several arrays are finite, else 0."""
def multi_lars(lrs: Symbol, weights_sum_sq: Symbol | None = None, grads_sum_sq: Symbol | None = None, wds: Symbol | None = None, eta: float = ..., eps: float = ..., rescale_grad: float = 1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Rates of LARS for several parameters: ``lr * eta * |w| / (rescale_grad * |g| + wd * |w| + eps)``."""
def multi_mp_sgd_mom_update(*data: Symbol | Sequence[Symbol], lrs: float | Sequence[float], wds: float | Sequence[float], momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`mp_sgd_mom_update` of several parameters."""
def multi_mp_sgd_update(*data: Symbol | Sequence[Symbol], lrs: float | Sequence[float], wds: float | Sequence[float], rescale_grad: float = 1.0, clip_gradient: float = -1.0, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`mp_sgd_update` of several parameters."""
def multi_sgd_mom_update(*data: Symbol | Sequence[Symbol], lrs: float | Sequence[float], wds: float | Sequence[float], momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`sgd_mom_update` of several parameters."""
def multi_sgd_update(*data: Symbol | Sequence[Symbol], lrs: float | Sequence[float], wds: float | Sequence[float], rescale_grad: float = 1.0, clip_gradient: float = -1.0, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`sgd_update` of several parameters."""
def multi_sum_sq(*data: Symbol | Sequence[Symbol], name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Sums of the squares of several arrays."""
def nag_mom_update(weight: Symbol, grad: Symbol | None = None, mom: Symbol | None = None, lr: float = ..., momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Nesterov's momentum: d = lr * (g + wd * w);  m = momentum * m - d;  w += momentum * m - d"""
def nanprod(data: Symbol, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Product over axes of what is not NaN."""
def nansum(data: Symbol, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Sum over axes of what is not NaN."""
def negative(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """-x"""
def norm(data: Symbol, ord: int = 2, axis: int | Sequence[int] | None = None, out_dtype: _DType | None = None, keepdims: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """L1 or L2 norm over axes."""
def normal(loc: float = 0.0, scale: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of a normal distribution."""
def one_hot(indices: Symbol, depth: int, on_value: float = 1.0, off_value: float = 0.0, dtype: _DType = "float32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Rows with one number switched on."""
def ones_like(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Ones of the shape and dtype of an array."""
def pad(data: Symbol, mode: Literal["constant", "edge", "reflect"], pad_width: int | Sequence[int], constant_value: float = 0.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Add a border."""
def pick(data: Symbol, index: Symbol | None = None, axis: int | None = -1, keepdims: bool = False, mode: Literal["clip", "wrap"] = "clip", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """One element along an axis for each place."""
def preloaded_multi_mp_sgd_mom_update(*data: Symbol | Sequence[Symbol], momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`mp_sgd_mom_update` of several parameters."""
def preloaded_multi_mp_sgd_update(*data: Symbol | Sequence[Symbol], rescale_grad: float = 1.0, clip_gradient: float = -1.0, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`mp_sgd_update` of several parameters."""
def preloaded_multi_sgd_mom_update(*data: Symbol | Sequence[Symbol], momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`sgd_mom_update` of several parameters."""
def preloaded_multi_sgd_update(*data: Symbol | Sequence[Symbol], rescale_grad: float = 1.0, clip_gradient: float = -1.0, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`sgd_update` of several parameters."""
def prod(data: Symbol, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Product over axes; the gradient is y / x, NaN where x is 0."""
def radians(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Degrees to radians."""
def random_exponential(lam: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of an exponential distribution."""
def random_gamma(alpha: float = 1.0, beta: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of a gamma distribution."""
def random_generalized_negative_binomial(mu: float = 1.0, alpha: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Counts of a Poisson distribution whose rate is gamma distributed."""
def random_negative_binomial(k: int = 1, p: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of failures before k successes."""
def random_normal(loc: float = 0.0, scale: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of a normal distribution."""
def random_poisson(lam: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Counts of a Poisson distribution."""
def random_randint(low: int, high: int, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Whole numbers evenly spread over low … high - 1."""
def random_uniform(low: float = 0.0, high: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers evenly spread over [low, high)."""
def rcbrt(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 / cbrt(x)"""
def reciprocal(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 / x"""
def relu(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """max(x, 0)"""
def repeat(data: Symbol, repeats: int, axis: int | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Repeat each element."""
def reshape(data: Symbol, shape: int | Sequence[int] = (), reverse: bool = False, target_shape: int | Sequence[int] = (), keep_highest: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The same numbers in another shape."""
def reshape_like(lhs: Symbol, rhs: Symbol | None = None, lhs_begin: int | None = None, lhs_end: int | None = None, rhs_begin: int | None = None, rhs_end: int | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`lhs` in the shape of `rhs`, or with a range of its axes replaced by a range of those of `rhs`."""
def reverse(data: Symbol, axis: int | Sequence[int], *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Reverse the order along axes."""
def rint(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The nearest whole number, halves down."""
def rmsprop_update(weight: Symbol, grad: Symbol | None = None, n: Symbol | None = None, lr: float = ..., gamma1: float = 0.95, epsilon: float = 1e-08, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, clip_weights: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """n = r * n + (1 - r) * g**2;  w -= lr * g / sqrt(n + eps)"""
def rmspropalex_update(weight: Symbol, grad: Symbol | None = None, n: Symbol | None = None, g: Symbol | None = None, delta: Symbol | None = None, lr: float = ..., gamma1: float = 0.95, gamma2: float = 0.9, epsilon: float = 1e-08, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, clip_weights: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """n = r * n + (1 - r) * x**2;  g = r * g + (1 - r) * x;  d = r2 * d - lr * x / sqrt(n - g**2 + eps);  w += d"""
def round(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The nearest whole number, halves away from zero."""
def rsqrt(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 / sqrt(x)"""
def sample_exponential(lam: Symbol, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of an exponential distribution. For arrays of parameters."""
def sample_gamma(alpha: Symbol, beta: Symbol | None = None, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of a gamma distribution. For arrays of parameters."""
def sample_generalized_negative_binomial(mu: Symbol, alpha: Symbol | None = None, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Counts of a Poisson distribution whose rate is gamma distributed. For arrays of parameters."""
def sample_multinomial(data: Symbol, shape: int | Sequence[int] = (), get_prob: bool = False, dtype: _DType = "int32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Draw classes with given probabilities."""
def sample_negative_binomial(k: Symbol, p: Symbol | None = None, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of failures before k successes. For arrays of parameters."""
def sample_normal(mu: Symbol, sigma: Symbol | None = None, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers of a normal distribution. For arrays of parameters."""
def sample_poisson(lam: Symbol, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Counts of a Poisson distribution. For arrays of parameters."""
def sample_uniform(low: Symbol, high: Symbol | None = None, shape: int | Sequence[int] = (), dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers evenly spread over [low, high). For arrays of parameters."""
def scatter_nd(data: Symbol, indices: Symbol | None = None, shape: int | Sequence[int] = ..., *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The numbers of `data` at given coordinates among zeros; of equal coordinates the last wins."""
def sgd_mom_update(weight: Symbol, grad: Symbol | None = None, mom: Symbol | None = None, lr: float = ..., momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """m = momentum * m - lr * (g + wd * w);  w += m"""
def sgd_update(weight: Symbol, grad: Symbol | None = None, lr: float = ..., wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """w -= lr * (g + wd * w)"""
def shape_array(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The shape of an array, as array of int64."""
def shuffle(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The rows of an array in random order."""
def sigmoid(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """1 / (1 + exp(-x))"""
def sign(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """-1, 0 or 1."""
def signsgd_update(weight: Symbol, grad: Symbol | None = None, lr: float = ..., wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """w -= lr * (sign(g) + wd * w)"""
def signum_update(weight: Symbol, grad: Symbol | None = None, mom: Symbol | None = None, lr: float = ..., momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, wd_lh: float = 0.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """m = momentum * m - (1 - momentum) * (g + wd * w);  w = (1 - lr * wd_lh) * w + lr * sign(m)"""
def sin(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Sine of x in radians."""
def sinh(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Hyperbolic sine."""
def size_array(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The number of elements of an array, as array of int64."""
def slice(data: Symbol, begin: int | Sequence[int | None] | None, end: int | Sequence[int | None] | None, step: int | Sequence[int | None] | None = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """A part of an array, ``data[begin:end:step]``."""
def slice_axis(data: Symbol, axis: int, begin: int, end: int | None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """A part along one axis."""
def slice_like(data: Symbol, shape_like: Symbol | None = None, axes: int | Sequence[int] = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The leading part of `data` with the lengths of `shape_like`."""
def smooth_l1(data: Symbol, scalar: float = 1.0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """x**2 * scalar**2 / 2 where |x| < 1 / scalar**2, else |x| - 0.5 / scalar**2"""
def softmax(data: Symbol, length: Symbol | None = None, axis: int = -1, temperature: float | None = None, dtype: _DType | None = None, use_length: bool | None = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Positive numbers that sum to 1 along an axis."""
def softmax_cross_entropy(data: Symbol, label: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The cross entropy of softmax against class labels, summed over the batch."""
def softmin(data: Symbol, axis: int = -1, temperature: float | None = None, dtype: _DType | None = None, use_length: bool | None = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Softmax of the negated numbers."""
def softsign(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """x / (1 + |x|)"""
def sort(data: Symbol, axis: int | None = -1, is_ascend: bool = True, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers in order along an axis."""
def space_to_depth(data: Symbol, block_size: int, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Move blocks of space into channels."""
def split(data: Symbol, num_outputs: int, axis: int = 1, squeeze_axis: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Split into equal parts along an axis."""
def sqrt(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Square root."""
def square(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """x * x"""
def squeeze(data: Symbol, axis: int | Sequence[int] | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Drop axes of length 1."""
def stack(*data: Symbol | Sequence[Symbol], axis: int = 0, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Join arrays of one shape along a new axis."""
def stop_gradient(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Data as it is; no gradient flows back."""
def sum(data: Symbol, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Sum over axes."""
def sum_axis(data: Symbol, axis: int | Sequence[int] | None = None, keepdims: bool = False, exclude: bool = False, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Sum over axes."""
def swapaxes(data: Symbol, dim1: int = 0, dim2: int = 0, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Exchange two axes."""
def take(a: Symbol, indices: Symbol | None = None, axis: int = 0, mode: Literal["clip", "raise", "wrap"] = "clip", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Elements of `a` along an axis at given indices."""
def tan(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Tangent of x in radians."""
def tanh(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Hyperbolic tangent."""
def tile(data: Symbol, reps: int | Sequence[int], *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Lay copies of an array side by side."""
def topk(data: Symbol, axis: int | None = -1, k: int = 1, ret_typ: Literal["both", "indices", "mask", "value"] = "indices", is_ascend: bool = False, dtype: _DType = "float32", *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The k largest, or smallest, numbers along an axis."""
def transpose(data: Symbol, axes: int | Sequence[int] = (), *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Permute axes."""
def trunc(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """The next whole number towards zero."""
def uniform(low: float = 0.0, high: float = 1.0, shape: int | Sequence[int] | None = None, ctx: Context | str | None = "", dtype: _DType | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Numbers evenly spread over [low, high)."""
def where(condition: Symbol, x: Symbol | None = None, y: Symbol | None = None, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """`x` where the condition is not 0, else `y`."""
def zeros_like(data: Symbol, *, name: str | None = None, attr: dict[str, str] | None = None, **kwargs: Any) -> Symbol:
    """Zeros of the shape and dtype of an array."""
