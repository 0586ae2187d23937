"""Normalization layers."""

from __future__ import annotations

import numpy as np

from ..block import HybridBlock, Parameter

__all__ = ["BatchNorm", "BatchNormReLU", "GroupNorm", "InstanceNorm", "LayerNorm"]


class _Normalization(HybridBlock):
    """A layer with a scale gamma and an offset beta; a part that is not wanted stays 1 or 0."""

    gamma: Parameter
    beta: Parameter

    def _affine(self, channels, scale, center, gamma_initializer, beta_initializer, **kwargs):
        for name, used, init in (("gamma", scale, gamma_initializer), ("beta", center, beta_initializer)):
            param = self.params.get(
                name,
                grad_req="write" if used else "null",
                shape=(channels,),
                init=init,
                allow_deferred_init=True,
                **kwargs.get(name, {}),
            )
            setattr(self, name, param)

    def _repr(self, **values):
        return f"{type(self).__name__}({', '.join(f'{key}={value}' for key, value in values.items())})"


class BatchNorm(_Normalization):
    """Normalize each channel over the batch; in prediction by running statistics.

    The running statistics change in the backward pass, with the biased variance, as in 1.9.1.

    Parameters
    ----------
    axis : int, default 1
        The axis of channels.
    momentum : float, default 0.9
        What remains of the running statistics at each step.
    epsilon : float, default 1e-5
        Added to the variance.
    center, scale : bool, default True
        Whether beta and gamma are learned; else they are 0 and 1.
    use_global_stats : bool, default False
        Whether to use the running statistics in training too.
    beta_initializer, gamma_initializer, running_mean_initializer, running_variance_initializer : Initializer or str
    in_channels : int, default 0
        0: known at the first forward pass.
    **kwargs
        ``prefix``, ``params``.

    Examples
    --------
    >>> import mxnb as mx
    >>> layer = mx.gluon.nn.BatchNorm()
    >>> layer.initialize()
    >>> layer(mx.nd.ones((2, 3, 4, 4))).shape
    (2, 3, 4, 4)
    """

    def __init__(
        self,
        axis=1,
        momentum=0.9,
        epsilon=1e-5,
        center=True,
        scale=True,
        use_global_stats=False,
        beta_initializer="zeros",
        gamma_initializer="ones",
        running_mean_initializer="zeros",
        running_variance_initializer="ones",
        in_channels=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._kwargs = {
            "axis": axis,
            "eps": epsilon,
            "momentum": momentum,
            "fix_gamma": not scale,
            "use_global_stats": use_global_stats,
        }
        self._axis = axis
        self.fuse_relu = False
        self.in_channels = in_channels
        learned = {"gamma": {"differentiable": scale}, "beta": {"differentiable": center}}
        self._affine(in_channels, scale, center, gamma_initializer, beta_initializer, **learned)
        for name, init in (
            ("running_mean", running_mean_initializer),
            ("running_var", running_variance_initializer),
        ):
            param = self.params.get(
                name, grad_req="null", shape=(in_channels,), init=init, allow_deferred_init=True, differentiable=False
            )
            setattr(self, name, param)

    def cast(self, dtype):
        """Convert to another dtype; for float16 the parameters stay float32.

        Parameters
        ----------
        dtype : str or numpy.dtype
        """
        super().cast("float32" if np.dtype(dtype) == np.float16 else dtype)

    def hybrid_forward(self, F, x, gamma, beta, running_mean, running_var):
        """Apply the layer."""
        return F.BatchNorm(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)

    def __repr__(self):
        return self._repr(**self._kwargs, in_channels=self.gamma.shape[0] or None)


class BatchNormReLU(BatchNorm):
    """BatchNorm followed by ReLU.

    Parameters
    ----------
    *args, **kwargs
        Of `BatchNorm`.
    """

    def __init__(
        self,
        axis=1,
        momentum=0.9,
        epsilon=1e-5,
        center=True,
        scale=True,
        use_global_stats=False,
        beta_initializer="zeros",
        gamma_initializer="ones",
        running_mean_initializer="zeros",
        running_variance_initializer="ones",
        in_channels=0,
        **kwargs,
    ):
        super().__init__(
            axis,
            momentum,
            epsilon,
            center,
            scale,
            use_global_stats,
            beta_initializer,
            gamma_initializer,
            running_mean_initializer,
            running_variance_initializer,
            in_channels,
            **kwargs,
        )
        self.fuse_relu = True

    def hybrid_forward(self, F, x, gamma, beta, running_mean, running_var):
        """Apply the layer."""
        return F.relu(super().hybrid_forward(F, x, gamma, beta, running_mean, running_var))


class InstanceNorm(_Normalization):
    """Normalize each channel of each sample over its positions.

    Parameters
    ----------
    axis : int, default 1
        The axis of channels.
    epsilon : float, default 1e-5
        Added to the variance.
    center : bool, default True
        Whether beta is learned.
    scale : bool, default False
        Whether gamma is learned.
    beta_initializer, gamma_initializer : Initializer or str
    in_channels : int, default 0
        0: known at the first forward pass.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(
        self,
        axis=1,
        epsilon=1e-5,
        center=True,
        scale=False,
        beta_initializer="zeros",
        gamma_initializer="ones",
        in_channels=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._kwargs = {"eps": epsilon, "axis": axis, "center": center, "scale": scale}
        self._axis, self._epsilon = axis, epsilon
        self._affine(in_channels, scale, center, gamma_initializer, beta_initializer)

    def hybrid_forward(self, F, x, gamma, beta):
        """Apply the layer."""
        if self._axis == 1:
            return F.InstanceNorm(x, gamma, beta, name="fwd", eps=self._epsilon)
        swapped = F.InstanceNorm(x.swapaxes(1, self._axis), gamma, beta, name="fwd", eps=self._epsilon)
        return swapped.swapaxes(1, self._axis)

    def __repr__(self):
        return self._repr(**self._kwargs, in_channels=self.gamma.shape[0])


class LayerNorm(_Normalization):
    """Normalize every sample over one axis.

    Parameters
    ----------
    axis : int, default -1
        The axis that is normalized.
    epsilon : float, default 1e-5
        Added to the variance.
    center, scale : bool, default True
        Whether beta and gamma are learned.
    beta_initializer, gamma_initializer : Initializer or str
    in_channels : int, default 0
        Length of the axis; 0: known at the first forward pass.
    prefix : str, optional
    params : ParameterDict, optional
    """

    def __init__(
        self,
        axis=-1,
        epsilon=1e-5,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        in_channels=0,
        prefix=None,
        params=None,
    ):
        super().__init__(prefix=prefix, params=params)
        self._kwargs = {"eps": epsilon, "axis": axis, "center": center, "scale": scale}
        self._axis, self._epsilon = axis, epsilon
        self._affine(in_channels, scale, center, gamma_initializer, beta_initializer)

    def hybrid_forward(self, F, data, gamma, beta):
        """Apply the layer."""
        return F.LayerNorm(data, gamma, beta, axis=self._axis, eps=self._epsilon)

    def __repr__(self):
        return self._repr(**self._kwargs, in_channels=self.gamma.shape[0])


class GroupNorm(_Normalization):
    """Normalize groups of channels of each sample; gamma and beta have one element per group, as in 1.9.1.

    Parameters
    ----------
    num_groups : int, default 1
    epsilon : float, default 1e-5
        Added to the variance.
    center, scale : bool, default True
        Whether beta and gamma are learned.
    beta_initializer, gamma_initializer : Initializer or str
    prefix : str, optional
    params : ParameterDict, optional
    """

    def __init__(
        self,
        num_groups=1,
        epsilon=1e-5,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        prefix=None,
        params=None,
    ):
        super().__init__(prefix=prefix, params=params)
        self._kwargs = {"eps": epsilon, "num_groups": num_groups, "center": center, "scale": scale}
        self._num_groups, self._epsilon = num_groups, epsilon
        self._affine(num_groups, scale, center, gamma_initializer, beta_initializer)

    def hybrid_forward(self, F, data, gamma, beta):
        """Apply the layer."""
        return F.GroupNorm(data, gamma, beta, num_groups=self._num_groups, eps=self._epsilon)

    def __repr__(self):
        return self._repr(**self._kwargs)
