"""Initial values of parameters, chosen by the parameter's name: `Initializer` and its kinds.

``mx.init`` is this module.
"""

from __future__ import annotations

import json
import logging
import math
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from . import ndarray as nd
from . import registry

__all__ = [
    "Bilinear",
    "Constant",
    "InitDesc",
    "Initializer",
    "LSTMBias",
    "Load",
    "MSRAPrelu",
    "Mixed",
    "Normal",
    "One",
    "Orthogonal",
    "Uniform",
    "Xavier",
    "Zero",
    "alias",
    "create",
    "register",
]


class InitDesc(str):
    """The name of a parameter, with what else is known about it.

    Parameters
    ----------
    name : str
    attrs : dict of str to str, optional
        Attributes of the variable; ``__init__`` names an initializer that wins over all rules.
    global_init : Initializer, optional
        The initializer of the whole network, for initializers that delegate.
    """

    attrs: dict[str, Any]
    global_init: Initializer | None

    def __new__(
        cls, name: str, attrs: dict[str, Any] | None = None, global_init: Initializer | None = None
    ) -> InitDesc:
        desc = super().__new__(cls, name)
        desc.attrs = attrs or {}
        desc.global_init = global_init
        return desc


class Initializer:
    """Base class: decides by the end of a parameter's name how to fill it.

    ========================== ============================================
    name ends in               filled by
    ========================== ============================================
    ``weight``                 ``_init_weight``, which subclasses override
    ``bias``, ``beta``         ``_init_bias``, ``_init_beta``: zeros
    ``gamma``                  ``_init_gamma``: ones
    ``min``, ``max``           zeros, ones
    ``…_quantize``             random int8 weights, zero biases
    anything else              ``_init_default``: raises ValueError
    ========================== ============================================

    A variable's own attribute ``__init__`` comes before all of these.

    Parameters
    ----------
    **kwargs
        The subclass's arguments, for `dumps`.

    Examples
    --------
    >>> import mxnb as mx
    >>> weight = mx.nd.zeros((2,))
    >>> mx.init.One()(mx.init.InitDesc("fc_weight"), weight)
    >>> weight.asnumpy()
    array([1., 1.], dtype=float32)
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = kwargs
        self._verbose = False
        self._print_func: Callable[[Any], Any] = _norm_per_element

    def set_verbosity(self, verbose: bool = False, print_func: Callable[[Any], Any] | None = None) -> Initializer:
        """Log each parameter that is initialized.

        Parameters
        ----------
        verbose : bool
        print_func : callable, optional
            Makes what is logged out of the array; by default its norm over the square root of its size.

        Returns
        -------
        Initializer
            This one.
        """
        self._verbose = verbose
        self._print_func = _norm_per_element if print_func is None else print_func
        return self

    def dumps(self) -> str:
        """Return name and arguments as JSON, which `create` reads.

        Returns
        -------
        str
        """
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.dumps() == other.dumps()

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, desc: InitDesc | str, arr: Any) -> None:
        """Fill an array.

        Parameters
        ----------
        desc : InitDesc or str
            The parameter's name. A plain string follows older rules, which also know ``moving_mean`` and the like.
        arr : NDArray
            Written to.

        Raises
        ------
        ValueError
            If no rule fits the name.
        """
        if not isinstance(desc, str):
            raise TypeError(f"{type(self).__name__}: the parameter's name needs a string, got {desc!r}")
        if not isinstance(desc, InitDesc):
            self._call_by_plain_name(desc, arr)
            return
        if desc.global_init is None:
            desc.global_init = self
        own = desc.attrs.get("__init__")
        if own:
            create(own)._init_weight(desc, arr)
            self._log(desc, own, arr)
            return
        for suffix, method in _BY_SUFFIX:
            if desc.endswith(suffix):
                getattr(self, method)(desc, arr)
                self._log(desc, suffix, arr)
                return
        self._init_default(desc, arr)

    def _call_by_plain_name(self, name: str, arr: Any) -> None:
        warnings.warn(
            f"initializing {name!r} by a plain string; use InitDesc(name, attrs)", DeprecationWarning, stacklevel=3
        )
        for prefix, method in _BY_PREFIX:
            if name.startswith(prefix):
                getattr(self, method)(name, arr)
                return
        for suffix, method in _BY_SUFFIX_OF_PLAIN_NAME:
            if name.endswith(suffix):
                getattr(self, method)(name, arr)
                return
        self._init_default(name, arr)

    def _log(self, desc: InitDesc, rule: Any, arr: Any) -> None:
        if self._verbose:
            logging.info("Initialized %s as %s: %s", desc, rule, self._print_func(arr))

    def _init_weight(self, name: str, arr: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} needs _init_weight(name, arr)")

    def _init_default(self, name: str, _: Any) -> None:
        raise ValueError(
            f"no rule to initialize {name!r}: names end in weight, bias, gamma (1.0), beta (0.0), min (0.0) or max "
            "(1.0). Give the variable its own initializer with mx.sym.Variable(..., init=mx.init.…)"
        )

    def _init_zero(self, _: str, arr: Any) -> None:
        arr[:] = 0.0

    def _init_one(self, _: str, arr: Any) -> None:
        arr[:] = 1.0

    def _init_bias(self, _: str, arr: Any) -> None:
        arr[:] = 0.0

    def _init_beta(self, _: str, arr: Any) -> None:
        arr[:] = 0.0

    def _init_gamma(self, _: str, arr: Any) -> None:
        arr[:] = 1.0

    def _init_quantized_bias(self, _: str, arr: Any) -> None:
        arr[:] = 0

    def _init_quantized_weight(self, _: str, arr: Any) -> None:
        arr[:] = nd.random.randint(-127, 127, shape=arr.shape, ctx=arr.context).astype(arr.dtype)

    def _init_bilinear(self, _: str, arr: Any) -> None:
        # The triangle of linear interpolation along each of the last two axes.
        height, width = arr.shape[-2:]
        factor = math.ceil(width / 2)
        centre = (2 * factor - 1 - factor % 2) / (2 * factor)
        rows = 1 - abs(np.arange(height) / factor - centre)
        columns = 1 - abs(np.arange(width) / factor - centre)
        arr[:] = np.broadcast_to(np.outer(rows, columns), arr.shape).astype(np.float32)

    def _init_loc_bias(self, _: str, arr: Any) -> None:
        if arr.shape != (6,):
            raise ValueError(f"the bias of a spatial transformer's localisation has shape {arr.shape}, needs (6,)")
        arr[:] = np.array([1.0, 0, 0, 0, 1.0, 0])


_BY_SUFFIX = (
    ("weight", "_init_weight"),
    ("bias", "_init_bias"),
    ("gamma", "_init_gamma"),
    ("beta", "_init_beta"),
    ("min", "_init_zero"),
    ("max", "_init_one"),
    ("weight_quantize", "_init_quantized_weight"),
    ("bias_quantize", "_init_quantized_bias"),
)
_BY_PREFIX = (
    ("upsampling", "_init_bilinear"),
    ("stn_loc_weight", "_init_zero"),
    ("stn_loc_bias", "_init_loc_bias"),
)
_BY_SUFFIX_OF_PLAIN_NAME = (
    *_BY_SUFFIX[:6],
    ("moving_mean", "_init_zero"),
    ("moving_var", "_init_one"),
    ("moving_inv_var", "_init_zero"),
    ("moving_avg", "_init_zero"),
)


def _norm_per_element(arr: Any) -> str:
    values = arr.asnumpy()
    return str(np.linalg.norm(values) / math.sqrt(values.size))


register = registry.get_register_func(Initializer, "initializer")
alias = registry.get_alias_func(Initializer, "initializer")
create = registry.get_create_func(Initializer, "initializer")


@register
@alias("zeros")
class Zero(Initializer):
    """Weights of 0."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, _: str, arr: Any) -> None:
        arr[:] = 0


@register
@alias("ones")
class One(Initializer):
    """Weights of 1."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, _: str, arr: Any) -> None:
        arr[:] = 1


@register
class Constant(Initializer):
    """Weights of one value, or equal to an array.

    Parameters
    ----------
    value : float, NDArray, numpy.ndarray or list
    """

    def __init__(self, value: Any) -> None:
        super().__init__(value=value)
        self.value = value

    def _init_weight(self, _: str, arr: Any) -> None:
        arr[:] = np.asarray(self.value) if isinstance(self.value, (list, tuple)) else self.value

    def dumps(self) -> str:
        """Return name and value as JSON."""
        value = self.value.asnumpy() if hasattr(self.value, "asnumpy") else self.value
        return json.dumps(["constant", {"value": np.asarray(value).tolist()}])


@register
class Uniform(Initializer):
    """Weights drawn evenly from ``[-scale, scale)``.

    Parameters
    ----------
    scale : float
    """

    def __init__(self, scale: float = 0.07) -> None:
        super().__init__(scale=scale)
        self.scale = scale

    def _init_weight(self, _: str, arr: Any) -> None:
        nd.random.uniform(-self.scale, self.scale, out=arr)


@register
class Normal(Initializer):
    """Weights from a normal distribution of mean 0.

    Parameters
    ----------
    sigma : float
        Standard deviation.
    """

    def __init__(self, sigma: float = 0.01) -> None:
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, _: str, arr: Any) -> None:
        nd.random.normal(0, self.sigma, out=arr)


@register
class Orthogonal(Initializer):
    """Weights whose rows (or columns, if there are fewer) are orthogonal, of length `scale`.

    The first axis makes the rows, all others together the columns.

    Parameters
    ----------
    scale : float
    rand_type : {"uniform", "normal"}
        Distribution of the matrix that is made orthogonal.

    Notes
    -----
    Saxe, McClelland, Ganguli 2013, arXiv:1312.6120.
    """

    def __init__(self, scale: float = 1.414, rand_type: str = "uniform") -> None:
        if rand_type not in ("uniform", "normal"):
            raise ValueError(f"Orthogonal: rand_type is {rand_type!r}, needs 'uniform' or 'normal'")
        super().__init__(scale=scale, rand_type=rand_type)
        self.scale = scale
        self.rand_type = rand_type

    def _init_weight(self, name: str, arr: Any) -> None:
        shape = arr.shape[0], int(np.prod(arr.shape[1:]))
        draw = nd.random.uniform(-1, 1, shape) if self.rand_type == "uniform" else nd.random.normal(0, 1, shape)
        u, _, v = np.linalg.svd(draw.asnumpy(), full_matrices=False)
        arr[:] = (self.scale * (u if u.shape == shape else v)).reshape(arr.shape)


@register
class Xavier(Initializer):
    """Random weights whose size keeps the variance of the layers alike.

    The scale is ``sqrt(magnitude / factor)``, the factor being the fan-in, the fan-out or their mean; weights are
    drawn evenly from ``[-scale, scale)``, or normally with that standard deviation.

    Parameters
    ----------
    rnd_type : {"uniform", "gaussian"}
    factor_type : {"avg", "in", "out"}
    magnitude : float

    Notes
    -----
    Glorot, Bengio 2010, Understanding the difficulty of training deep feedforward neural networks.
    """

    def __init__(self, rnd_type: str = "uniform", factor_type: str = "avg", magnitude: float = 3) -> None:
        super().__init__(rnd_type=rnd_type, factor_type=factor_type, magnitude=magnitude)
        if rnd_type not in ("uniform", "gaussian"):
            raise ValueError(f"{type(self).__name__}: rnd_type is {rnd_type!r}, needs 'uniform' or 'gaussian'")
        if factor_type not in ("avg", "in", "out"):
            raise ValueError(f"{type(self).__name__}: factor_type is {factor_type!r}, needs 'avg', 'in' or 'out'")
        self.rnd_type = rnd_type
        self.factor_type = factor_type
        self.magnitude = float(magnitude)

    def _init_weight(self, name: str, arr: Any) -> None:
        shape = arr.shape
        if len(shape) < 2:
            raise ValueError(f"{type(self).__name__}: {name} has shape {shape}, needs at least 2 axes")
        receptive_field = math.prod(shape[2:])
        fan_in, fan_out = shape[1] * receptive_field, shape[0] * receptive_field
        factor = {"avg": (fan_in + fan_out) / 2, "in": fan_in, "out": fan_out}[self.factor_type]
        scale = math.sqrt(self.magnitude / factor)
        if self.rnd_type == "uniform":
            nd.random.uniform(-scale, scale, out=arr)
        else:
            nd.random.normal(0, scale, out=arr)


@register
class MSRAPrelu(Xavier):
    """`Xavier` with a normal distribution and the magnitude that suits ReLU and PReLU.

    Parameters
    ----------
    factor_type : {"avg", "in", "out"}
    slope : float
        Of PReLU at the start; 0 for ReLU.

    Notes
    -----
    He, Zhang, Ren, Sun 2015, arXiv:1502.01852.
    """

    def __init__(self, factor_type: str = "avg", slope: float = 0.25) -> None:
        super().__init__("gaussian", factor_type, 2.0 / (1 + slope**2))
        self._kwargs = {"factor_type": factor_type, "slope": slope}


@register
class Bilinear(Initializer):
    """Weights of an upsampling deconvolution that interpolates linearly."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, name: str, arr: Any) -> None:
        self._init_bilinear(name, arr)


@register
class LSTMBias(Initializer):
    """Biases of an LSTM cell: 0, but `forget_bias` for the forget gate (the second quarter).

    Parameters
    ----------
    forget_bias : float
    """

    def __init__(self, forget_bias: float = 1.0) -> None:
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, name: str, arr: Any) -> None:
        num_hidden = arr.shape[0] // 4
        arr[:] = 0.0
        arr[num_hidden : 2 * num_hidden] = self.forget_bias


@register
class FusedRNN(Initializer):
    """The one array of parameters of `mx.rnn.FusedRNNCell`: each weight and bias in it by itself.

    Parameters
    ----------
    init : Initializer or str, optional
        For the parts; by default the one that initializes the rest of the network.
    num_hidden, num_layers, mode, bidirectional :
        Those of the cell.
    forget_bias : float
        For the biases of an LSTM's forget gates.
    """

    def __init__(
        self,
        init: Any,
        num_hidden: int,
        num_layers: int,
        mode: str,
        bidirectional: bool = False,
        forget_bias: float = 1.0,
    ) -> None:
        self._init = create(init) if isinstance(init, str) else init
        super().__init__(
            init=None if self._init is None else self._init.dumps(),
            num_hidden=num_hidden,
            num_layers=num_layers,
            mode=mode,
            bidirectional=bidirectional,
            forget_bias=forget_bias,
        )

    def _init_weight(self, name: str, arr: Any) -> None:
        from .rnn import FusedRNNCell

        options = {key: value for key, value in self._kwargs.items() if key != "init"}
        cell = FusedRNNCell(prefix="", **options)
        init = self._init or getattr(name, "global_init", None)
        if init is None or init is self:
            raise ValueError(f"FusedRNN: {name} has no initializer for its parts; give init")
        parts = cell.unpack_weights({"parameters": arr})
        for part, array in parts.items():
            if part.endswith("_f_bias"):
                array[:] = self._kwargs["forget_bias"]
            else:
                init(InitDesc(part, global_init=init), array)
        arr[:] = cell.pack_weights(parts)["parameters"]


class Load:
    """Take parameters from a file or a dict; what is missing there from another initializer.

    Parameters
    ----------
    param : str or dict of str to NDArray
        The prefixes ``arg:`` and ``aux:`` of names are dropped.
    default_init : Initializer, optional
    verbose : bool
        Log where each parameter comes from.
    """

    def __init__(self, param: str | Mapping[str, Any], default_init: Any = None, verbose: bool = False) -> None:
        loaded = nd.load(param) if isinstance(param, str) else param
        self.param = {re.sub(r"^(arg|aux):", "", name): array for name, array in loaded.items()}
        self.default_init = default_init
        self.verbose = verbose

    def __call__(self, name: str, arr: Any) -> None:
        """Fill `arr`, raising AssertionError when the name is missing or the shape differs."""
        if name in self.param:
            loaded = self.param[name]
            if arr.shape != loaded.shape:
                raise AssertionError(f"Load: parameter {name} has shape {arr.shape}, the loaded one {loaded.shape}")
            arr[:] = loaded
            source = "loading"
        elif self.default_init is not None:
            self.default_init(name, arr)
            source = "default"
        else:
            raise AssertionError(f"Load: parameter {name} is not among the loaded ones and there is no default_init")
        if self.verbose:
            logging.info("Initialized %s by %s", name, source)


class Mixed:
    """Choose an initializer by the first regular expression that matches a parameter's name.

    Parameters
    ----------
    patterns : list of str
        Matched anywhere from the start of the name, as ``re.match`` does.
    initializers : list of Initializer
    """

    def __init__(self, patterns: list[str], initializers: list[Any]) -> None:
        if len(patterns) != len(initializers):
            raise AssertionError(f"Mixed: {len(patterns)} patterns for {len(initializers)} initializers")
        self.map = [(re.compile(pattern), init) for pattern, init in zip(patterns, initializers, strict=True)]

    def __call__(self, name: str, arr: Any) -> None:
        """Fill `arr` with the first initializer whose pattern matches; raise ValueError if none does."""
        for pattern, init in self.map:
            if pattern.match(name):
                init(name, arr)
                return
        raise ValueError(f'Mixed: no pattern matches {name!r}; a last pattern ".*" would serve as the default')
