"""`Optimizer`, the base class: learning rates and weight decays of each parameter, counts of updates, precision."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import ndarray as nd
from .. import registry

__all__ = ["Optimizer", "Test", "create", "register"]


class Optimizer:
    """Base class of the optimizers.

    A subclass overrides `create_state` and `update`. Parameters are known by an index, an int or a str, which
    `param_idx2name` or `param_dict` connects to their names and multipliers.

    Parameters
    ----------
    rescale_grad : float
        Factor of every gradient, usually ``1 / batch_size``.
    param_idx2name : dict of int to str, optional
        Names of the parameters. Those that do not end in ``_weight`` or ``_gamma`` get no weight decay.
    wd : float
        Weight decay: its multiple of the weight is added to the gradient.
    clip_gradient : float, optional
        The rescaled gradient is held within ``[-clip_gradient, clip_gradient]``.
    learning_rate : float, optional
        0.01, or what `lr_scheduler` starts from.
    lr_scheduler : callable, optional
        Gives the learning rate for a number of updates; its ``base_lr`` is set to `learning_rate` if both are given.
    sym : Symbol, optional
        Its variables' attributes ``__lr_mult__`` and ``__wd_mult__`` are used.
    begin_num_update : int
        Number of updates that count as done.
    multi_precision : bool
        Keep a float32 copy of float16 parameters and update that.
    param_dict : dict of int to Parameter, optional
        Gluon parameters, whose ``lr_mult`` and ``wd_mult`` are used.

    Examples
    --------
    >>> import mxnb as mx
    >>> weight, grad = mx.nd.array([1.0]), mx.nd.array([0.5])
    >>> updater = mx.optimizer.get_updater(mx.optimizer.create("sgd", learning_rate=0.2))
    >>> updater(0, grad, weight)
    >>> weight.asnumpy()
    array([0.9], dtype=float32)
    """

    opt_registry: dict[str, type]  #: the classes by name
    _DECAYED: tuple[str, ...] = ("_weight", "_gamma")

    def __init__(
        self,
        rescale_grad: float = 1.0,
        param_idx2name: dict[Any, str] | None = None,
        wd: float = 0.0,
        clip_gradient: float | None = None,
        learning_rate: float | None = None,
        lr_scheduler: Any = None,
        sym: Any = None,
        begin_num_update: int = 0,
        multi_precision: bool = False,
        param_dict: dict[Any, Any] | None = None,
    ) -> None:
        if param_idx2name is not None and not isinstance(param_idx2name, dict):
            raise AssertionError(f"{type(self).__name__}: param_idx2name needs a dict, got {param_idx2name!r}")
        self.rescale_grad = rescale_grad
        self.lr_scheduler = lr_scheduler
        self.lr = learning_rate
        if lr_scheduler is None:
            self.lr = 0.01 if learning_rate is None else learning_rate
        elif learning_rate is not None:
            if getattr(lr_scheduler, "base_lr", None) != learning_rate:
                print("learning rate from ``lr_scheduler`` has been overwritten by ``learning_rate`` in optimizer.")
            lr_scheduler.base_lr = learning_rate
        self.wd = wd
        self.clip_gradient = clip_gradient
        self.begin_num_update = begin_num_update
        self.num_update = begin_num_update
        self._all_index_update_counts: dict[int, dict[Any, int]] = {0: {}}
        self._index_update_count = self._all_index_update_counts[0]
        self.multi_precision = multi_precision
        self.aggregate_num = 0
        self.allow_np_array = False
        self.idx2name = dict(param_idx2name or {})
        self.param_dict = dict(param_dict or {})
        self.sym_info = (sym.attr_dict(), sym.list_arguments()) if sym is not None else ()
        self.set_lr_mult({})
        self.set_wd_mult({})

    # --- States and updates ------------------------------------------------------------------------------------------

    def create_state(self, index: Any, weight: Any) -> Any:
        """Make what the optimizer remembers about one parameter.

        Parameters
        ----------
        index : int or str
        weight : NDArray

        Returns
        -------
        NDArray, tuple or None
            None, the default, for an optimizer without memory.
        """
        return None

    def create_state_multi_precision(self, index: Any, weight: Any) -> Any:
        """Make the state of one parameter, with a float32 copy of a float16 one under ``multi_precision``.

        Parameters
        ----------
        index : int or str
        weight : NDArray

        Returns
        -------
        NDArray, tuple or None
            With a copy: ``(copy, state)``.
        """
        if self._is_half(weight):
            if self.multi_precision:
                weight32 = weight.astype(np.float32)
                return weight32, self.create_state(index, weight32)
            self._warn_of_half()
        return self.create_state(index, weight)

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Change a parameter by its gradient.

        Parameters
        ----------
        index : int or str
        weight : NDArray
            Changed in place.
        grad : NDArray
        state : what `create_state` made
            Changed in place.
        """
        raise NotImplementedError(f"{type(self).__name__} needs update(index, weight, grad, state)")

    def update_multi_precision(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Change a parameter by its gradient, by way of its float32 copy if it has one.

        Parameters
        ----------
        index : int or str
        weight, grad : NDArray
        state : what `create_state_multi_precision` made
        """
        if not (self.multi_precision and self._is_half(weight)):
            self.update(index, weight, grad, state)
            return
        weight32, inner = state
        self.update(index, weight32, grad.astype(np.float32), inner)
        weight[:] = weight32.astype(weight.dtype)

    @staticmethod
    def _is_half(weight: Any) -> bool:
        return np.dtype(weight.dtype) == np.float16

    @staticmethod
    def _warn_of_half() -> None:
        warnings.warn(
            "float16 sums in an optimizer lose accuracy; multi_precision=True keeps float32 copies", stacklevel=3
        )

    @staticmethod
    def _zeros(weight: Any) -> Any:
        return nd.zeros(weight.shape, ctx=weight.context, dtype=weight.dtype)

    def _arguments(self, index: Any) -> dict[str, Any]:
        """Count an update and give the arguments that all update operators have."""
        self._update_count(index)
        arguments = {"lr": self._get_lr(index), "wd": self._get_wd(index), "rescale_grad": self.rescale_grad}
        if self.clip_gradient and self.clip_gradient > 0:
            arguments["clip_gradient"] = self.clip_gradient
        return arguments

    # --- Learning rates and weight decays ----------------------------------------------------------------------------

    @property
    def learning_rate(self) -> float:
        """The current learning rate, without multipliers."""
        rate: Any = self.lr if self.lr_scheduler is None else self.lr_scheduler(self.num_update)
        return float(rate)

    def set_learning_rate(self, lr: float) -> None:
        """Set the learning rate.

        Parameters
        ----------
        lr : float

        Raises
        ------
        UserWarning
            If there is a scheduler, which decides alone.
        """
        if self.lr_scheduler is not None:
            raise UserWarning("the optimizer has an lr_scheduler, which decides: its learning rate cannot be set")
        self.lr = lr

    def set_lr_scale(self, args_lrscale: dict[Any, float]) -> None:
        """Older name of `set_lr_mult`, no longer offered: raises DeprecationWarning."""
        raise DeprecationWarning("set_lr_scale is gone; use set_lr_mult")

    def set_lr_mult(self, args_lr_mult: dict[Any, float]) -> None:
        """Set multipliers of the learning rate.

        Parameters
        ----------
        args_lr_mult : dict of str or int to float
            By name or index; comes before the variables' attribute ``__lr_mult__``.
        """
        self.lr_mult = {**self._multipliers_of_symbol("__lr_mult__"), **args_lr_mult}

    def set_wd_mult(self, args_wd_mult: dict[Any, float]) -> None:
        """Set multipliers of the weight decay.

        By default it is 0 for parameters whose name does not end in ``_weight`` or ``_gamma``.

        Parameters
        ----------
        args_wd_mult : dict of str or int to float
            By name or index; comes before the variables' attribute ``__wd_mult__``.
        """
        undecayed = {name: 0.0 for name in self.idx2name.values() if not name.endswith(self._DECAYED)}
        self.wd_mult = {**undecayed, **self._multipliers_of_symbol("__wd_mult__"), **args_wd_mult}

    def _multipliers_of_symbol(self, key: str) -> dict[Any, float]:
        if not self.sym_info:
            return {}
        attributes, arguments = self.sym_info
        return {name: float(attributes[name][key]) for name in arguments if key in attributes.get(name, {})}

    def _multipliers(self, indices: Any, own: str, table: dict[Any, float]) -> list[float]:
        """Multipliers of several parameters: a Gluon parameter's `own`, else what the table holds by index or name."""
        params, names = self.param_dict, self.idx2name
        return [
            getattr(params[i], own) if i in params else table[i] if i in table else table.get(names.get(i), 1.0)
            for i in indices
        ]

    def _get_lr(self, index: Any) -> float:
        """The learning rate of one parameter."""
        return self.learning_rate * self._multipliers([index], "lr_mult", self.lr_mult)[0]

    def _get_wd(self, index: Any) -> float:
        """The weight decay of one parameter."""
        return self.wd * self._multipliers([index], "wd_mult", self.wd_mult)[0]

    def _get_lrs(self, indices: Any) -> list[float]:
        """The learning rates of several parameters."""
        rate = self.learning_rate
        return [rate * each for each in self._multipliers(indices, "lr_mult", self.lr_mult)]

    def _get_wds(self, indices: Any) -> list[float]:
        """The weight decays of several parameters."""
        decay = self.wd
        return [decay * each for each in self._multipliers(indices, "wd_mult", self.wd_mult)]

    # --- Counts ------------------------------------------------------------------------------------------------------

    def _set_current_context(self, device_id: int) -> None:
        """Count updates of the copies of the parameters on one device, apart from those on others."""
        self._index_update_count = self._all_index_update_counts.setdefault(device_id, {})

    def _update_count(self, index: Any) -> None:
        """Count an update of a parameter, or of a list of them."""
        counts = self._index_update_count
        for one in index if isinstance(index, (list, tuple)) else (index,):
            counts[one] = count = counts.get(one, self.begin_num_update) + 1
            if count > self.num_update:
                self.num_update = count

    # --- Registry and pickling ---------------------------------------------------------------------------------------

    @staticmethod
    def register(klass: type) -> type:
        """Class decorator: make an optimizer known to `create` by its name in lower case."""
        return _register(klass)

    @staticmethod
    def create_optimizer(name: Any, **kwargs: Any) -> Optimizer:
        """Make an optimizer; `create` is the same."""
        return create(name, **kwargs)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "param_dict"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.param_dict = {}


_register = registry.get_register_func(Optimizer, "optimizer")
_create = registry.get_create_func(Optimizer, "optimizer")
register = Optimizer.register
Optimizer.opt_registry = registry._REGISTRIES[Optimizer]


def create(name: Any, **kwargs: Any) -> Optimizer:
    """Make an optimizer.

    Parameters
    ----------
    name : str or Optimizer
        A registered name in any case, or an instance, which is returned.
    **kwargs
        For its constructor.

    Returns
    -------
    Optimizer

    Raises
    ------
    ValueError
        If the name is not registered (it is an MXNetError too).

    Examples
    --------
    >>> create("sgd", momentum=0.9).momentum
    0.9
    """
    return _create(name, **kwargs)


@register
class Test(Optimizer):
    """Adds the rescaled gradient to the weight; for tests."""

    __test__ = False  # not a test of pytest's

    def create_state(self, index: Any, weight: Any) -> Any:
        """Return zeros of the weight's shape."""
        return self._zeros(weight)

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """``w += rescale_grad * g``; the state becomes a copy of the weight."""
        weight[:] += grad * self.rescale_grad
        state[:] = weight
