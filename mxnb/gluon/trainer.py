"""Trainer: applies an optimizer to parameters, on one context or several."""

from __future__ import annotations

from typing import Any

from .. import kvstore as kv
from .. import optimizer as opt
from ..base import MXNetError, atomic_write
from ..kvstore import KVStore
from ..optimizer.updater import load_states
from .parameter import Parameter, ParameterDict

__all__ = ["Trainer"]


class Trainer:
    """Updates parameters from their gradients.

    Parameters
    ----------
    params : ParameterDict, dict or list of Parameter
    optimizer : str or Optimizer
    optimizer_params : dict, optional
        Arguments of the optimizer, if it is given by name.
    kvstore : str or KVStore, default 'device'
        What sums gradients over several contexts; None leaves each context on its own.
    compression_params : dict, optional
        Gradient compression of the kvstore.
    update_on_kvstore : bool, optional
        Whether the optimizer runs once, in the kvstore, and not on every context. By default it does when there is
        a kvstore.

    Raises
    ------
    ValueError
        If `params` is no collection of parameters.

    Examples
    --------
    >>> import mxnb as mx
    >>> w = mx.gluon.Parameter("w", shape=(1,), init="ones")
    >>> w.initialize()
    >>> trainer = mx.gluon.Trainer([w], "sgd", {"learning_rate": 0.5})
    >>> with mx.autograd.record():
    ...     loss = 3 * w.data()
    >>> loss.backward()
    >>> trainer.step(batch_size=1)
    >>> float(w.data().asscalar())
    -0.5
    """

    def __init__(
        self,
        params,
        optimizer,
        optimizer_params=None,
        kvstore="device",
        compression_params=None,
        update_on_kvstore=None,
    ):
        if isinstance(params, (dict, ParameterDict)):
            params = [param for _, param in sorted(params.items())]
        if not isinstance(params, (list, tuple)):
            raise ValueError(f"First argument must be a list or dict of Parameters, got {type(params)}.")
        for param in params:
            if not isinstance(param, Parameter):
                raise ValueError(f"First argument must be a list or dict of Parameters, got list of {type(param)}.")
        if update_on_kvstore and kvstore is None:
            raise ValueError("Trainer: update_on_kvstore=True needs a kvstore, got kvstore=None")
        self._params: list[Parameter] = []
        self._param2idx: dict[str, int] = {}
        for param in params:
            if param.name in self._param2idx and self._params[self._param2idx[param.name]] is param:
                continue  # a parameter given twice is updated once
            self._param2idx[param.name] = len(self._params)
            self._params.append(param)
        optimizer_params = optimizer_params or {}
        self._scale = float(optimizer_params.get("rescale_grad", 1.0))
        self._contexts = self._check_contexts()
        self._init_optimizer(optimizer, optimizer_params)
        self._kvstore_params = {
            "kvstore": kvstore,
            "update_on_kvstore": update_on_kvstore,
            "compression_params": compression_params,
        }
        for param in self._params:
            param._set_trainer(self)
        self._reset_kvstore()

    def _check_contexts(self):
        """The contexts that all parameters share; None while some parameter has none."""
        contexts = None
        for param in self._params:
            own = param.list_ctx()
            assert contexts is None or contexts == own, (
                "All Parameters must be initialized on the same set of contexts, "
                f"but Parameter {param.name} is initialized on {own} while previous Parameters are initialized on "
                f"{contexts}."
            )
            contexts = own
        return contexts or []

    def _init_optimizer(self, optimizer, optimizer_params):
        param_dict = dict(enumerate(self._params))
        if isinstance(optimizer, opt.Optimizer):
            assert not optimizer_params, (
                "optimizer_params must be None if optimizer is an instance of Optimizer instead of str"
            )
            self._optimizer = optimizer
            self._optimizer.param_dict = param_dict
        else:
            self._optimizer = opt.create(optimizer, param_dict=param_dict, **optimizer_params)
        self._updaters = [opt.get_updater(self._optimizer) for _ in self._contexts]

    # The kvstore -----------------------------------------------------------------------------------------------

    def _reset_kvstore(self):
        self._kv_initialized = False
        self._kvstore: Any = None
        self._update_on_kvstore = None
        self._params_to_init = list(self._params)

    def _init_kvstore(self):
        wanted, update_on_kvstore = self._kvstore_params["kvstore"], self._kvstore_params["update_on_kvstore"]
        self._contexts = self._check_contexts()
        store = None
        if isinstance(wanted, str):
            # One context has nothing to sum; a store is needed then only when it is to run the optimizer, or is remote.
            if len(self._contexts) > 1 or update_on_kvstore or "dist" in wanted:
                store = kv.create(wanted)
        elif wanted is not None:
            store = wanted
        if store is None:
            update_on_kvstore = False
        else:
            compression = self._kvstore_params["compression_params"]
            if compression:
                store.set_gradient_compression(compression)
            can_update = store.is_capable(KVStore.OPTIMIZER)
            if update_on_kvstore is None:
                update_on_kvstore = can_update
            elif update_on_kvstore and not can_update:
                raise ValueError(f"Trainer: kvstore '{store.type}' cannot run the optimizer (update_on_kvstore=True)")
            if update_on_kvstore:
                store.set_optimizer(self._optimizer)
        if len(self._updaters) != len(self._contexts):
            self._updaters = [opt.get_updater(self._optimizer) for _ in self._contexts]
        self._kvstore = store
        self._update_on_kvstore = bool(update_on_kvstore)
        self._kv_initialized = True

    def _init_params(self):
        """Tell the kvstore the parameters whose deferred initialization is over."""
        waiting = []
        for param in self._params_to_init:
            if param._deferred_init:
                waiting.append(param)
            elif self._kvstore is not None:
                arrays = param.list_data()
                self._kvstore.broadcast(self._param2idx[param.name], arrays[0], out=arrays)
        self._params_to_init = waiting

    def _parameter_was_set(self, param):
        """The kvstore holds an older value of `param`: start it anew at the next step, as 1.9.1 does."""
        if self._kv_initialized and self._update_on_kvstore and param not in self._params_to_init:
            self._reset_kvstore()

    def _ready(self):
        if not self._kv_initialized:
            self._init_kvstore()
        if self._params_to_init:
            self._init_params()

    # Learning rate ---------------------------------------------------------------------------------------------

    @property
    def learning_rate(self):
        """The current learning rate of the optimizer."""
        return self._optimizer.learning_rate

    @property
    def optimizer(self):
        """The optimizer."""
        return self._optimizer

    def set_learning_rate(self, lr):
        """Set the learning rate.

        Parameters
        ----------
        lr : float

        Raises
        ------
        UserWarning
            If the optimizer has a scheduler.
        """
        self._optimizer.set_learning_rate(lr)

    # Steps -----------------------------------------------------------------------------------------------------

    def step(self, batch_size, ignore_stale_grad=False):
        """Sum the gradients over the contexts and update the parameters.

        Parameters
        ----------
        batch_size : int
            Gradients are divided by it (losses are summed over the batch by ``backward``).
        ignore_stale_grad : bool, default False
            Whether parameters without a new gradient are left as they are; else they are an error.

        Raises
        ------
        UserWarning
            If a gradient is stale: ``backward`` has not written it since the last step.
        """
        self._ready()
        self._optimizer.rescale_grad = self._scale / batch_size
        learned = self._learned(ignore_stale_grad)
        self._allreduce_grads()
        self._update(learned)

    def allreduce_grads(self):
        """Sum the gradients over the contexts, without an update; `update` follows.

        Raises
        ------
        AssertionError
            If the kvstore updates the parameters.
        """
        self._ready()
        assert not self._update_on_kvstore, (
            "allreduce_grads() when parameters are updated on kvstore is not supported. "
            "Try setting `update_on_kvstore` to False when creating trainer."
        )
        self._allreduce_grads()

    def update(self, batch_size, ignore_stale_grad=False):
        """Update the parameters, after `allreduce_grads`.

        Parameters
        ----------
        batch_size : int
        ignore_stale_grad : bool, default False
            See `step`.

        Raises
        ------
        AssertionError
            If the kvstore updates the parameters.
        """
        self._ready()
        assert not self._update_on_kvstore, (
            "update() when parameters are updated on kvstore is not supported. "
            "Try setting `update_on_kvstore` to False when creating trainer."
        )
        self._optimizer.rescale_grad = self._scale / batch_size
        self._update(self._learned(ignore_stale_grad))

    def _learned(self, ignore_stale_grad):
        """(index, parameter, its arrays) of those that have gradients, which must be fresh unless that is ignored."""
        learned = [(i, param, param.list_data()) for i, param in enumerate(self._params) if param.grad_req != "null"]
        for _, param, arrays in learned:
            for data in arrays:
                if not (data._fresh_grad or ignore_stale_grad):
                    raise UserWarning(
                        f"Gradient of Parameter `{param.name}` on context {data.context} has not been updated by "
                        "backward since last `step`. This could mean a bug in your model that made it only use a "
                        "subset of the Parameters (Blocks) for this iteration. If you are intentionally only using a "
                        "subset, call step with ignore_stale_grad=True to suppress this warning and skip updating of "
                        "Parameters with stale gradient"
                    )
        return learned

    def _allreduce_grads(self):
        if self._kvstore is None:
            return
        for i, param in enumerate(self._params):
            if param.grad_req == "null":
                continue
            grads = param.list_grad()
            if self._update_on_kvstore:
                self._kvstore.push(i, grads, priority=-i)
            else:
                self._kvstore.pushpull(i, grads, out=grads, priority=-i)

    def _update(self, learned):
        if self._update_on_kvstore:
            for i, _, arrays in learned:
                self._kvstore.pull(i, arrays, priority=-i)
                for data in arrays:
                    data._fresh_grad = False
            return
        work: list[tuple[list, list, list]] = [([], [], []) for _ in self._updaters]
        for i, param, arrays in learned:
            for (indices, grads, weights), data, grad in zip(work, arrays, param.list_grad()):
                if data._fresh_grad:
                    indices.append(i)
                    grads.append(grad)
                    weights.append(data)
                    data._fresh_grad = False
        for updater, (indices, grads, weights) in zip(self._updaters, work):
            if indices:
                updater(indices, grads, weights)

    # Files -----------------------------------------------------------------------------------------------------

    def save_states(self, fname):
        """Write optimizer and its states (momentum, …) to a file.

        Parameters
        ----------
        fname : str
        """
        self._ready()
        if self._update_on_kvstore:
            self._kvstore.save_optimizer_states(fname, dump_optimizer=True)
            return
        with atomic_write(fname) as file:
            file.write(self._updaters[0].get_states(dump_optimizer=True))

    def load_states(self, fname):
        """Read what `save_states` wrote.

        Parameters
        ----------
        fname : str

        Raises
        ------
        MXNetError
            If the file is missing or damaged. Nothing in it is executed.
        """
        self._ready()
        if self._update_on_kvstore:
            self._kvstore.load_optimizer_states(fname)
            self._optimizer = self._kvstore._updater.optimizer
        else:
            if not self._updaters:
                raise MXNetError("Trainer.load_states: there are no parameters")
            load_states(fname, *self._updaters)
            for updater in self._updaters:
                updater.optimizer = self._updaters[0].optimizer
            self._optimizer = self._updaters[0].optimizer
        self._optimizer.param_dict = dict(enumerate(self._params))
