"""Parameters: arrays that a block learns, one copy per context, allocated when their shape is known."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ... import autograd, context, initializer, ndarray, symbol
from ...base import MXNetError
from ...context import Context, cpu
from ..utils import shape_is_known

__all__ = ["Constant", "DeferredInitializationError", "Parameter"]

DEFAULT_INIT = initializer.Uniform()


class _Last:
    """When arrays of a parameter were replaced last; blocks keep arrays that they looked up since."""

    __slots__ = ("change",)
    change: object


last = _Last()
last.change = object()


class DeferredInitializationError(MXNetError):
    """A parameter was read before the first forward pass told its shape."""


def _context_list(ctx):
    """`ctx` (None, a Context or several) as a list."""
    if ctx is None:
        return [context.current_context()]
    return [ctx] if isinstance(ctx, Context) else list(ctx)


class Parameter:
    """A learned array of a `Block`, with one copy (and one gradient) per context.

    Parameters
    ----------
    name : str
        Its full name; weights and biases of layers end in ``_weight``, ``_bias``, ``_gamma``, ….
    grad_req : {'write', 'add', 'null'}, default 'write'
        What ``backward`` does with the gradient: overwrite, accumulate (call `zero_grad` yourself), or nothing.
    shape : int or tuple of int, optional
        Dimensions that are not known yet are 0 or -1.
    dtype : str or numpy.dtype, default numpy.float32
    lr_mult, wd_mult : float, default 1
        `Trainer` multiplies its learning rate and weight decay by these.
    init : Initializer or str, optional
        How to fill it; else the initializer given to ``initialize``.
    allow_deferred_init : bool, default False
        Whether ``initialize`` may come before the shape is known.
    differentiable : bool, default True
        False makes `grad_req` 'null' for good (running statistics).
    stype, grad_stype : {'default'}
        Storage; 'row_sparse' and 'csr' are not supported.

    Raises
    ------
    MXNetError
        For sparse storage.

    Examples
    --------
    >>> import mxnb as mx
    >>> w = mx.gluon.Parameter("w", shape=(2, 3), init="ones")
    >>> w.initialize()
    >>> float(w.data().sum().asscalar())
    6.0
    """

    def __init__(
        self,
        name,
        grad_req="write",
        shape=None,
        dtype=np.float32,
        lr_mult=1.0,
        wd_mult=1.0,
        init=None,
        allow_deferred_init=False,
        differentiable=True,
        stype="default",
        grad_stype="default",
    ):
        for what, value in (("stype", stype), ("grad_stype", grad_stype)):
            if value in ("row_sparse", "csr"):
                raise MXNetError(f"Parameter '{name}': {what}='{value}' is not supported; only 'default' (dense) is")
            assert value == "default", (
                f"{what} for Parameter '{name}' must be one of 'default', 'row_sparse', or 'csr', but got '{value}'"
            )
        self.name = name
        self.lr_mult = lr_mult
        self.wd_mult = wd_mult
        self.init = init
        self._shape = (shape,) if isinstance(shape, (int, np.integer)) else shape if shape is None else tuple(shape)
        self._dtype = dtype
        self._stype, self._grad_stype = stype, grad_stype
        self._allow_deferred_init = allow_deferred_init
        self._differentiable = differentiable
        self._var = None
        self._data: Any = None  # list of NDArray, one per context
        self._grad: Any = None
        self._ctx_list: Any = None
        self._deferred_init: tuple = ()  # (init, contexts, default_init, data) until the shape is known
        self._trainer = None
        self._grad_req = None
        self.grad_req = grad_req

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)
        if name == "_data":
            last.change = object()

    def __repr__(self):
        return f"{type(self).__name__} {self.name} (shape={self.shape}, dtype={self.dtype})"

    # What it is ------------------------------------------------------------------------------------------------

    @property
    def grad_req(self):
        """'write', 'add' or 'null'; setting it allocates or drops the gradient."""
        return self._grad_req

    @grad_req.setter
    def grad_req(self, req):
        assert req in ("write", "add", "null"), f"grad_req must be one of 'write', 'add', or 'null', but got '{req}'"
        if not self._differentiable:
            req = "null"
        if req == self._grad_req:
            return
        self._grad_req = req
        if self._data is None:
            return
        if req == "null":
            self._grad = None
            self._data = [array.detach() for array in self._data]
        else:
            self._init_grad()

    @property
    def dtype(self):
        """The dtype, as it was given; setting it casts the arrays."""
        return self._dtype

    @dtype.setter
    def dtype(self, dtype):
        self.cast(dtype)

    @property
    def shape(self):
        """The shape; unknown dimensions are 0 or -1 and can be filled in by setting it."""
        return self._shape

    @shape.setter
    def shape(self, shape):
        if shape is not None:
            shape = tuple(shape)
        if self._shape is not None:
            fits = len(self._shape) == len(shape) and all(old in (-1, 0, new) for new, old in zip(shape, self._shape))
            assert fits, f"Parameter '{self.name}' has shape {self._shape}, got the incompatible shape {shape}."
        self._shape = shape

    # Initialization --------------------------------------------------------------------------------------------

    def initialize(self, init=None, ctx=None, default_init=DEFAULT_INIT, force_reinit=False):
        """Allocate the arrays and fill them, at once or (if the shape is not known) at the first forward pass.

        Parameters
        ----------
        init : Initializer or str, optional
            Overrides ``Parameter.init``.
        ctx : Context or list of Context, optional
            Where; the default is the current context.
        default_init : Initializer, default Uniform(0.07)
            Used when neither `init` nor ``Parameter.init`` is given.
        force_reinit : bool, default False
            Whether to initialize again what already is; else that only warns.

        Raises
        ------
        ValueError
            If the shape is not known and deferred initialization is not allowed.
        """
        if self._data is not None and not force_reinit:
            warnings.warn(
                f"Parameter '{self.name}' is already initialized, ignoring. Set force_reinit=True to re-initialize.",
                stacklevel=2,
            )
            return
        self._data = self._grad = None
        if init is None:
            init = default_init if self.init is None else self.init
        self._deferred_init = (init, _context_list(ctx), default_init, None)
        if shape_is_known(self.shape):
            self._finish_deferred_init()
        elif not self._allow_deferred_init:
            self._deferred_init = ()
            raise ValueError(f"Cannot initialize Parameter '{self.name}' because it has invalid shape: {self.shape}.")

    def _finish_deferred_init(self):
        """Allocate now what `initialize` had to postpone."""
        if not self._deferred_init:
            return
        init, ctx, default_init, data = self._deferred_init
        assert shape_is_known(self.shape), (
            f"Cannot initialize Parameter '{self.name}' because it has invalid shape: {self.shape}. "
            "Please specify in_units, in_channels, etc for `Block`s."
        )
        self._deferred_init = ()
        with autograd.pause():
            if data is None:
                data = ndarray.zeros(self.shape, dtype=self.dtype, ctx=cpu())
                self._fill(data, init, default_init)
            self._init_impl(data, ctx)

    def _fill(self, data, init, default_init):
        """Let `init` fill `data`; if it is a plain callable (Mixed, Load), by the rules that it has for names."""
        init, default_init = (i if callable(i) else initializer.create(i) for i in (init, default_init))
        if not isinstance(init, initializer.Initializer):
            init(initializer.InitDesc(self.name), data)
            return
        # In the description it fills the array whatever the name ends in. The default one runs it: it logs.
        run = default_init if isinstance(default_init, initializer.Initializer) else init
        run(initializer.InitDesc(self.name, {"__init__": init}), data)

    def _init_impl(self, data, ctx_list):
        """Put copies of `data` on the contexts and allocate their gradients."""
        self._ctx_list = list(ctx_list)
        self._data = [data.copyto(ctx) for ctx in self._ctx_list]
        self._init_grad()

    def _init_grad(self):
        if self.grad_req == "null":
            self._grad = None
            return
        self._grad = [ndarray.zeros(array.shape, dtype=array.dtype, ctx=array.context) for array in self._data]
        autograd.mark_variables(self._data, self._grad, self.grad_req)

    def _load_init(self, data, ctx, cast_dtype=False, dtype_source="current"):
        """Take the values of `data`, which a file held; allocate if that was not done."""
        failed = f"Failed loading Parameter '{self.name}' from saved params"
        if cast_dtype:
            assert dtype_source in ("current", "saved"), (
                f"dtype_source must be 'current' or 'saved', got {dtype_source}"
            )
        if self.shape is not None:
            fits = len(self.shape) == len(data.shape) and all(
                own in (0, -1, saved) for own, saved in zip(self.shape, data.shape)
            )
            assert fits, f"{failed}: shape incompatible expected {self.shape} vs saved {data.shape}"
        self.shape = data.shape
        if cast_dtype:
            if dtype_source == "current":
                data = data.astype(self.dtype)
            else:
                self.dtype = data.dtype
        else:
            assert np.dtype(self.dtype) == np.dtype(data.dtype), (
                f"{failed}: dtype incompatible expected {self.dtype} vs saved {data.dtype}. "
                "Set cast_dtype=True to cast the dtype of saved params."
            )
        wanted = None if ctx is None else _context_list(ctx)
        present = self._deferred_init[1] if self._deferred_init else self._ctx_list if self._data is not None else None
        if present is not None:
            assert wanted is None or set(wanted) == set(present), (
                f"Failed to load Parameter '{self.name}' on {wanted} because it was previous initialized on {present}."
            )
        if self._data is None:
            with autograd.pause():
                self._init_impl(data, present or wanted or [cpu()])
        else:
            self.set_data(data)
        self._deferred_init = ()

    # Arrays ----------------------------------------------------------------------------------------------------

    def _check_and_get(self, arrays, ctx):
        if arrays is not None:
            if ctx is list:
                return arrays
            if ctx is None:
                if len(arrays) == 1:
                    return arrays[0]
                ctx = context.current_context()
            for array, own in zip(arrays, self._ctx_list):
                if own == ctx:
                    return array
            raise RuntimeError(
                f"Parameter '{self.name}' was not initialized on context {ctx}. "
                f"It was only initialized on {self._ctx_list}."
            )
        if self._deferred_init:
            raise DeferredInitializationError(
                f"Parameter '{self.name}' has not been initialized yet because initialization was deferred. Actual "
                "initialization happens during the first forward pass. Please pass one batch of data through the "
                "network before accessing Parameters. You can also avoid deferred initialization by specifying "
                "in_units, num_features, etc., for network layers."
            )
        raise RuntimeError(
            f"Parameter '{self.name}' has not been initialized. Note that you should initialize parameters and create "
            "Trainer with Block.collect_params() instead of Block.params because the later does not include "
            "Parameters of nested child Blocks"
        )

    def data(self, ctx=None):
        """The array on context `ctx`.

        Parameters
        ----------
        ctx : Context, optional
            Needed only when there are several; the default is the current context.

        Returns
        -------
        NDArray

        Raises
        ------
        DeferredInitializationError
            If its shape is not known before a first forward pass.
        RuntimeError
            If it was not initialized, or not on `ctx`.
        """
        arrays = self._data
        if arrays is not None and len(arrays) == 1 and self._ctx_list[0] is ctx:  # nearly always
            return arrays[0]
        return self._check_and_get(arrays, ctx)

    def list_data(self):
        """The arrays of all contexts, in the order of `list_ctx`."""
        return self._check_and_get(self._data, list)

    def _check_has_grad(self):
        if self._data is not None and self._grad is None:
            raise RuntimeError(f"Cannot get gradient array for Parameter '{self.name}' because grad_req='null'")

    def grad(self, ctx=None):
        """The gradient on context `ctx`.

        Parameters
        ----------
        ctx : Context, optional

        Returns
        -------
        NDArray

        Raises
        ------
        RuntimeError
            If `grad_req` is 'null', or for the reasons of `data`.
        """
        self._check_has_grad()
        return self._check_and_get(self._grad, ctx)

    def list_grad(self):
        """The gradients of all contexts, in the order of `list_ctx`."""
        self._check_has_grad()
        return self._check_and_get(self._grad, list)

    def list_ctx(self):
        """The contexts that it is, or will be, initialized on."""
        if self._data is None:
            if self._deferred_init:
                return self._deferred_init[1]
            raise RuntimeError(f"Parameter '{self.name}' has not been initialized")
        return self._ctx_list

    def set_data(self, data):
        """Copy `data` into the arrays of all contexts.

        Parameters
        ----------
        data : NDArray or numpy.ndarray
            Of this parameter's shape. It may come before a deferred initialization, which then uses it.
        """
        self.shape = data.shape
        if self._data is None:
            assert self._deferred_init, f"Parameter '{self.name}' has not been initialized"
            if not isinstance(data, ndarray.NDArray):
                data = ndarray.array(data, dtype=self.dtype, ctx=cpu())
            self._deferred_init = (*self._deferred_init[:3], data)
            return
        if self._trainer is not None:
            self._trainer._parameter_was_set(self)
        for array in self._data:
            array[:] = data

    def zero_grad(self):
        """Set the gradients of all contexts to 0; nothing happens without gradients."""
        for array in self._grad or ():
            array[:] = 0

    def reset_ctx(self, ctx):
        """Move to other contexts; the values are kept (averaged over the old contexts).

        Parameters
        ----------
        ctx : Context or list of Context
        """
        ctx = _context_list(ctx)
        if self._data is not None:
            with autograd.pause():
                self._init_impl(self._reduce(), ctx)
        elif self._deferred_init:
            init, _, default_init, data = self._deferred_init
            self._deferred_init = (init, ctx, default_init, data)
        else:
            raise ValueError(f"Cannot reset context for Parameter '{self.name}' because it has not been initialized.")

    def _reduce(self):
        """One array on the CPU: the mean of the copies (running statistics differ between contexts)."""
        first, *others = (array.copyto(cpu()) for array in self.list_data())
        for other in others:
            first += other
        return first / (len(others) + 1) if others else first

    def cast(self, dtype):
        """Convert the arrays and gradients to another dtype.

        Parameters
        ----------
        dtype : str or numpy.dtype
        """
        self._dtype = dtype
        self._var = None  # its symbol states the dtype
        if self._data is None:
            return
        with autograd.pause():
            self._data = [array.astype(dtype) for array in self._data]
            self._init_grad()

    def var(self):
        """The symbolic variable that stands for this parameter; always the same one."""
        if self._var is None:
            self._var = symbol.var(
                self.name,
                shape=self.shape,
                dtype=self.dtype,
                lr_mult=self.lr_mult,
                wd_mult=self.wd_mult,
                init=self.init,
                stype=self._stype,
            )
        return self._var

    def row_sparse_data(self, row_id):
        """Raise RuntimeError: parameters are dense.

        Parameters
        ----------
        row_id : NDArray
        """
        raise RuntimeError(
            f"Cannot return a copy of Parameter {self.name} via row_sparse_data() because its storage type is "
            f"{self._stype}. Please use data() instead."
        )

    def list_row_sparse_data(self, row_id):
        """Raise RuntimeError: parameters are dense.

        Parameters
        ----------
        row_id : NDArray
        """
        raise RuntimeError(
            f"Cannot return copies of Parameter '{self.name}' on all contexts via list_row_sparse_data() because its "
            f"storage type is {self._stype}. Please use data() instead."
        )

    def _set_trainer(self, trainer):
        self._trainer = trainer


def plain(params):
    """Whether parameters give the arrays that they hold, as all do but those of classes with a `data` of their own."""
    return all(type(param).data is Parameter.data for param in params)


class Constant(Parameter):
    """A parameter that never changes and has no gradient; it is saved and moved with the others.

    Parameters
    ----------
    name : str
    value : NDArray or array_like

    Examples
    --------
    >>> import mxnb as mx
    >>> c = mx.gluon.Constant("c", [1, 2])
    >>> c.initialize()
    >>> c.data().asnumpy().tolist()
    [1.0, 2.0]
    """

    def __init__(self, name, value):
        if not isinstance(value, ndarray.NDArray):
            value = ndarray.array(value)
        self.value = value
        super().__init__(
            name, grad_req="null", shape=value.shape, dtype=value.dtype, init=initializer.Constant(value.asnumpy())
        )

    @property
    def grad_req(self):
        """Always 'null'."""
        return "null"

    @grad_req.setter
    def grad_req(self, req):
        if req != "null":
            warnings.warn(
                f'Constant parameter "{self.name}" does not support grad_req other than "null", '
                f'and new value "{req}" is ignored.',
                stacklevel=2,
            )
