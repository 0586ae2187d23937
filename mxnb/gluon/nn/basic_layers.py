"""Containers, Dense, Dropout, Embedding and blocks made from functions."""

from __future__ import annotations

import warnings

from ... import ndarray, symbol
from ..block import Block, HybridBlock
from .activations import Activation

__all__ = ["Dense", "Dropout", "Embedding", "Flatten", "HybridLambda", "HybridSequential", "Lambda", "Sequential"]


class _Container(Block):
    """What Sequential and HybridSequential share."""

    def add(self, *blocks):
        """Append blocks.

        Parameters
        ----------
        *blocks : Block
        """
        for block in blocks:
            self.register_child(block)

    def __repr__(self):
        return self._repr_of(self._children.items())

    def __getitem__(self, key):
        layers = list(self._children.values())[key]
        if not isinstance(layers, list):
            return layers
        net = type(self)(prefix=self._prefix)
        net.add(*layers)
        return net

    def __len__(self):
        return len(self._children)


class Sequential(_Container):
    """Blocks that run one after the other.

    Parameters
    ----------
    prefix : str, optional
    params : ParameterDict, optional

    Examples
    --------
    >>> import mxnb as mx
    >>> net = mx.gluon.nn.Sequential(prefix="net_")
    >>> with net.name_scope():
    ...     net.add(mx.gluon.nn.Dense(10, activation="relu"), mx.gluon.nn.Dense(20))
    >>> net
    Sequential(
      (0): Dense(None -> 10, Activation(relu))
      (1): Dense(None -> 20, linear)
    )
    """

    def forward(self, x):
        """Run all blocks.

        Parameters
        ----------
        x : NDArray
        """
        for block in self._children.values():
            x = block(x)
        return x

    def hybridize(self, active=True, **kwargs):
        """Hybridize the children.

        Parameters
        ----------
        active : bool, default True
        **kwargs
            See `HybridBlock.hybridize`.
        """
        if self._children and all(isinstance(block, HybridBlock) for block in self._children.values()):
            warnings.warn(
                f"All children of this Sequential layer '{self.prefix}' are HybridBlocks. Consider using "
                "HybridSequential for the best performance.",
                stacklevel=2,
            )
        super().hybridize(active, **kwargs)


class HybridSequential(_Container, HybridBlock):
    """HybridBlocks that run one after the other.

    Parameters
    ----------
    prefix : str, optional
    params : ParameterDict, optional
    """

    def hybrid_forward(self, F, x):
        """Run all blocks."""
        for block in self._children.values():
            x = block(x)
        return x


class Dense(HybridBlock):
    """A fully connected layer: ``activation(x · weightᵀ + bias)``.

    Parameters
    ----------
    units : int
        Outputs per sample.
    activation : str, optional
        See `Activation`.
    use_bias : bool, default True
    flatten : bool, default True
        Whether all dimensions but the first are one; else the layer acts on the last dimension.
    dtype : str or numpy.dtype, default 'float32'
    weight_initializer : Initializer or str, optional
    bias_initializer : Initializer or str, default 'zeros'
    in_units : int, default 0
        Inputs per sample; 0: known at the first forward pass.
    **kwargs
        ``prefix``, ``params``.

    Examples
    --------
    >>> import mxnb as mx
    >>> layer = mx.gluon.nn.Dense(3)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((2, 4))).shape
    (2, 3)
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        flatten=True,
        dtype="float32",
        weight_initializer=None,
        bias_initializer="zeros",
        in_units=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._units, self._in_units, self._flatten = units, in_units, flatten
        with self.name_scope():
            self.weight = self.params.get(
                "weight", shape=(units, in_units), init=weight_initializer, dtype=dtype, allow_deferred_init=True
            )
            self.bias = (
                self.params.get("bias", shape=(units,), init=bias_initializer, dtype=dtype, allow_deferred_init=True)
                if use_bias
                else None
            )
            self.act = None if activation is None else Activation(activation, prefix=activation + "_")

    def hybrid_forward(self, F, x, weight, bias=None):
        """Apply the layer."""
        out = F.FullyConnected(
            x, weight, bias, no_bias=bias is None, num_hidden=self._units, flatten=self._flatten, name="fwd"
        )
        return out if self.act is None else self.act(out)

    def __repr__(self):
        outputs, inputs = self.weight.shape
        act = "linear" if self.act is None else self.act
        return f"{type(self).__name__}({inputs or None} -> {outputs}, {act})"


class Dropout(HybridBlock):
    """In training, set a fraction of the elements to 0 and scale up the others.

    Parameters
    ----------
    rate : float
        The fraction, from 0 to 1.
    axes : tuple of int, default ()
        Axes along which the mask is shared.
    **kwargs
        ``prefix``, ``params``.
    """

    def __init__(self, rate, axes=(), **kwargs):
        super().__init__(**kwargs)
        self._rate, self._axes = rate, axes

    def hybrid_forward(self, F, x):
        """Apply the layer."""
        if self._rate > 0:
            return F.Dropout(x, p=self._rate, axes=self._axes, name="fwd", cudnn_off=False)
        return F.identity(x)

    def __repr__(self):
        return f"{type(self).__name__}(p = {self._rate}, axes={self._axes})"


class Embedding(HybridBlock):
    """Replace indices by rows of a learned matrix.

    Parameters
    ----------
    input_dim : int
        The number of rows.
    output_dim : int
        The length of a row.
    dtype : str or numpy.dtype, default 'float32'
    weight_initializer : Initializer or str, optional
    sparse_grad : bool, default False
        True is an error: gradients are dense.
    **kwargs
        ``prefix``, ``params``.

    Examples
    --------
    >>> import mxnb as mx
    >>> layer = mx.gluon.nn.Embedding(10, 4)
    >>> layer.initialize()
    >>> layer(mx.nd.array([[1, 2, 3]])).shape
    (1, 3, 4)
    """

    def __init__(self, input_dim, output_dim, dtype="float32", weight_initializer=None, sparse_grad=False, **kwargs):
        super().__init__(**kwargs)
        self._input_dim, self._output_dim, self._dtype = input_dim, output_dim, dtype
        self.weight = self.params.get(
            "weight",
            shape=(input_dim, output_dim),
            init=weight_initializer,
            dtype=dtype,
            allow_deferred_init=True,
            grad_stype="row_sparse" if sparse_grad else "default",
        )

    def hybrid_forward(self, F, x, weight):
        """Apply the layer."""
        return F.Embedding(
            x,
            weight,
            name="fwd",
            input_dim=self._input_dim,
            output_dim=self._output_dim,
            dtype=self._dtype,
            sparse_grad=False,
        )

    def __repr__(self):
        return f"{type(self).__name__}({self._input_dim} -> {self._output_dim}, {self._dtype})"


class Flatten(HybridBlock):
    """Make all dimensions but the first one.

    Parameters
    ----------
    **kwargs
        ``prefix``, ``params``.
    """

    def hybrid_forward(self, F, x):
        """Apply the layer."""
        return F.Flatten(x)

    def __repr__(self):
        return type(self).__name__


def _operator(name, *modules):
    for module in modules:
        assert hasattr(module, name), f"Function name {name} is not found in {module.__name__.rpartition('.')[2]}."


def _refuse(function):
    raise ValueError(f"Unrecognized function in lambda: {function} of type {type(function)}")


class Lambda(Block):
    """A block from a function.

    Parameters
    ----------
    function : str or callable
        The name of an operator, or ``function(*args)`` on NDArrays.
    prefix : str, optional

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.gluon.nn.Lambda("tanh")
    Lambda(tanh)
    """

    def __init__(self, function, prefix=None):
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            _operator(function, ndarray)
            self._func_impl, self._func_name = getattr(ndarray, function), function
        elif callable(function):
            self._func_impl, self._func_name = function, getattr(function, "__name__", type(function).__name__)
        else:
            _refuse(function)

    def forward(self, *args):
        """Call the function.

        Parameters
        ----------
        *args : NDArray
        """
        return self._func_impl(*args)

    def __repr__(self):
        return f"{type(self).__name__}({self._func_name})"


class HybridLambda(HybridBlock):
    """A HybridBlock from a function.

    Parameters
    ----------
    function : str or callable
        The name of an operator, or ``function(F, x, *args)``.
    prefix : str, optional

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.gluon.nn.HybridLambda(lambda F, x: F.relu(x) + 1)
    HybridLambda(<lambda>)
    """

    def __init__(self, function, prefix=None):
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            _operator(function, ndarray, symbol)
            self._func, self._func_name = lambda F, *args: getattr(F, function)(*args), function
        elif callable(function):
            self._func, self._func_name = function, getattr(function, "__name__", type(function).__name__)
        else:
            _refuse(function)

    def hybrid_forward(self, F, x, *args):
        """Call the function."""
        return self._func(F, x, *args)

    def __repr__(self):
        return f"{type(self).__name__}({self._func_name})"
