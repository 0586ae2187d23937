"""Experimental layers."""

from __future__ import annotations

import math

from .... import ndarray
from ...block import HybridBlock
from ...nn import HybridSequential, Sequential
from ...nn.conv_layers import expand

__all__ = ["Concurrent", "HybridConcurrent", "Identity", "PixelShuffle1D", "PixelShuffle2D", "PixelShuffle3D"]


class Concurrent(Sequential):
    """Blocks that all get the same input; their outputs are concatenated.

    Parameters
    ----------
    axis : int, default -1
    prefix : str, optional
    params : ParameterDict, optional
    """

    def __init__(self, axis=-1, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self.axis = axis

    def forward(self, x):
        """Run all blocks.

        Parameters
        ----------
        x : NDArray
        """
        return ndarray.concat(*(block(x) for block in self._children.values()), dim=self.axis)


class HybridConcurrent(HybridSequential):
    """HybridBlocks that all get the same input; their outputs are concatenated.

    Parameters
    ----------
    axis : int, default -1
    prefix : str, optional
    params : ParameterDict, optional
    """

    def __init__(self, axis=-1, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self.axis = axis

    def hybrid_forward(self, F, x):
        """Run all blocks."""
        return F.concat(*(block(x) for block in self._children.values()), dim=self.axis)


class Identity(HybridBlock):
    """Return the input; a residual branch of a `HybridConcurrent`.

    Parameters
    ----------
    prefix : str, optional
    params : ParameterDict, optional
    """

    def hybrid_forward(self, F, x):
        """Return `x`."""
        return x


class _PixelShuffle(HybridBlock):
    """Turn groups of channels into a finer grid: (N, f·C, W) becomes (N, C, f·W), and so on."""

    count = 1

    def __init__(self, factor):
        super().__init__()
        self._factors = expand(factor, self.count, "factor")

    def hybrid_forward(self, F, x):
        """Apply the layer."""
        count, factors = self.count, self._factors
        # (N, f1·f2·C, …) to (N, C, f1, f2, …), one factor after the other.
        x = F.reshape(x, shape=(0, -4, -1, math.prod(factors), *[0] * count))
        for i in range(count - 1):
            x = F.reshape(x, shape=(*[0] * (2 + i), -4, factors[i], math.prod(factors[i + 1 :]), *[0] * count))
        # Each factor goes behind its own axis, and the two become one.
        axes = [0, 1]
        for i in range(count):
            axes += [2 + count + i, 2 + i]
        x = F.transpose(x, axes=tuple(axes))
        return F.reshape(x, shape=(0, 0, *[-3] * count))

    def __repr__(self):
        return f"{type(self).__name__}({self._factors[0] if self.count == 1 else self._factors})"


class PixelShuffle1D(_PixelShuffle):
    """(N, f·C, W) to (N, C, f·W).

    Parameters
    ----------
    factor : int

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.gluon.contrib.nn.PixelShuffle1D(2)(mx.nd.zeros((1, 8, 3))).shape
    (1, 4, 6)
    """

    count = 1


class PixelShuffle2D(_PixelShuffle):
    """(N, f1·f2·C, H, W) to (N, C, f1·H, f2·W).

    Parameters
    ----------
    factor : int or tuple of int
    """

    count = 2


class PixelShuffle3D(_PixelShuffle):
    """(N, f1·f2·f3·C, D, H, W) to (N, C, f1·D, f2·H, f3·W).

    Parameters
    ----------
    factor : int or tuple of int
    """

    count = 3
