"""`DataParallelExecutorGroup`: a symbol on several devices, each of which gets a slice of every batch."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import Any

import numpy as np

from .. import ndarray as nd
from ..base import MXNetError, ShapeError
from ..io import DataDesc

__all__ = ["DataParallelExecutorGroup", "split"]

KEPT_SHAPES = 4  # bindings kept for batches of other shapes: that of an epoch's short last batch is the usual one


def split(batch_size: int, workloads: list[float]) -> list[slice]:
    """Part a batch in proportion to workloads.

    Parameters
    ----------
    batch_size : int
    workloads : list of float

    Returns
    -------
    list of slice

    Raises
    ------
    ValueError
        If a part would be empty.
    """
    total = sum(workloads)
    sizes = [round(workload * batch_size / total) for workload in workloads]
    sizes[-1] += batch_size - sum(sizes)
    ends = np.cumsum(sizes)
    if min(sizes) < 1:
        raise ValueError(f"a batch of {batch_size} samples is too small for {len(workloads)} devices")
    return [slice(int(end) - size, int(end)) for end, size in zip(ends, sizes)]


class DataParallelExecutorGroup:
    """The executors of a module, one per context, and their arrays.

    Parameters
    ----------
    symbol : Symbol
    contexts : list of Context
    workload : list of float
        Shares of the batch.
    data_shapes, label_shapes : list of DataDesc
        Of a whole batch; `label_shapes` may be None.
    param_names : list of str
    for_training : bool
    inputs_need_grad : bool
    shared_group : DataParallelExecutorGroup, optional
        The group whose parameters this one uses.
    logger : logging.Logger
    fixed_param_names : list of str, optional
        Parameters without gradient.
    grad_req : str, list or dict
        For the parameters.
    group2ctxs : dict of str to Context or list, or list of dict, optional
    state_names : list of str, optional
        Arguments that are kept between batches.

    Attributes
    ----------
    execs : list of Executor
    param_arrays, grad_arrays, aux_arrays : list of lists of NDArray
        For each parameter its arrays on all devices; a gradient is None where none is computed.
    """

    def __init__(
        self,
        symbol: Any,
        contexts: list[Any],
        workload: list[float],
        data_shapes: list[DataDesc],
        label_shapes: list[DataDesc] | None,
        param_names: list[str],
        for_training: bool,
        inputs_need_grad: bool,
        shared_group: DataParallelExecutorGroup | None = None,
        logger: Any = logging,
        fixed_param_names: list[str] | None = None,
        grad_req: Any = "write",
        group2ctxs: Any = None,
        state_names: list[str] | None = None,
    ) -> None:
        self.symbol = symbol
        self.contexts = contexts
        self.workload = workload
        self.param_names = param_names
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self.logger = logger
        self.fixed_param_names = fixed_param_names or []
        self.state_names = state_names or []
        self.group2ctxs = _per_context(group2ctxs, len(contexts))
        self.arg_names = symbol.list_arguments()
        self.aux_names = symbol.list_auxiliary_states()
        self.output_names = symbol.list_outputs()
        self.output_axes = [
            DataDesc.get_batch_axis(symbol[i].attr("__layout__")) for i in range(len(self.output_names))
        ]
        data_names = [desc.name for desc in data_shapes]
        self.grad_req = self._requests(grad_req, data_names)
        # Parameters, their gradients and auxiliary states by name, one dict per device; other arrays are not shared.
        self._buffers: list[dict[str, Any]] = (
            shared_group._buffers if shared_group is not None else [{} for _ in contexts]
        )
        self._monitors: list[Any] = []
        self._bound: OrderedDict[Any, list[Any]] = OrderedDict()
        self.execs: list[Any] = []
        self.bind_exec(data_shapes, label_shapes)

    def _requests(self, grad_req: Any, data_names: list[str]) -> dict[str, str]:
        """What is asked for the gradient of each argument."""
        if isinstance(grad_req, (list, tuple)):
            if len(grad_req) != len(self.arg_names):
                raise MXNetError(f"grad_req has {len(grad_req)} entries for {len(self.arg_names)} arguments")
            given = dict(zip(self.arg_names, grad_req))
        elif isinstance(grad_req, dict):
            given = grad_req
        elif isinstance(grad_req, str):
            given = dict.fromkeys(self.arg_names, grad_req)
        else:
            raise MXNetError(f"grad_req needs a str, list or dict, got {type(grad_req).__name__}")
        requests = dict.fromkeys(self.arg_names, "null")
        if self.for_training:
            for name in self.arg_names:
                if name in self.param_names and name not in self.fixed_param_names:
                    requests[name] = given.get(name, "write")
                elif name in data_names and self.inputs_need_grad:
                    request = given.get(name, "write")
                    requests[name] = "write" if request == "null" else request
        return requests

    # --- Binding -----------------------------------------------------------------------------------------------------

    def bind_exec(self, data_shapes: list[DataDesc], label_shapes: list[DataDesc] | None) -> None:
        """Bind for batches of these shapes, or take up a binding for them that has been made before.

        Parameters
        ----------
        data_shapes, label_shapes : list of DataDesc
            Of a whole batch.
        """
        self.data_shapes = data_shapes
        self.label_shapes = label_shapes
        inputs = [*data_shapes, *(label_shapes or ())]
        self.batch_size = _batch_size(inputs)
        self.slices = split(self.batch_size, self.workload)
        key = tuple((desc.name, tuple(desc.shape), np.dtype(desc.dtype).name, desc.layout) for desc in inputs)
        if key not in self._bound:
            execs = [self._bind_one(i, inputs) for i in range(len(self.contexts))]
            for monitor in self._monitors:
                for executor in execs:
                    monitor.install(executor)
            self._bound[key] = execs
            if len(self._bound) > KEPT_SHAPES:
                self._bound.popitem(last=False)
        self._bound.move_to_end(key)
        self.execs = self._bound[key]
        self._collect()

    reshape = bind_exec

    def _bind_one(self, i: int, inputs: list[DataDesc]) -> Any:
        """The executor of device `i`."""
        shapes = {desc.name: _sliced_shape(desc, self.slices[i], len(self.contexts)) for desc in inputs}
        types = {desc.name: desc.dtype for desc in inputs}
        buffer = self._buffers[i]
        before = dict(buffer)
        executor = self.symbol.simple_bind(
            self.contexts[i], self.grad_req, types, group2ctx=self.group2ctxs[i], shared_buffer=buffer, **shapes
        )
        kept = {*self.param_names, *self.aux_names, *(f"grad of {name}" for name in self.param_names)}
        for name in list(buffer):
            if name not in kept:
                del buffer[name]
            elif name in before and buffer[name] is not before[name]:
                old, new = before[name], buffer[name]
                buffer.update(before)
                raise MXNetError(
                    f"Module: for inputs {shapes} the array {name!r} would be {new.shape} {np.dtype(new.dtype)}, "
                    f"but it is {old.shape} {np.dtype(old.dtype)}"
                )
        return executor

    def _collect(self) -> None:
        arguments = [executor.arg_dict for executor in self.execs]
        gradients = [executor.grad_dict for executor in self.execs]
        names = [name for name in self.arg_names if name in self.param_names]
        self.param_names = names
        self.param_arrays = [[args[name] for args in arguments] for name in names]
        self.grad_arrays = [[grads[name] for grads in gradients] for name in names] if self.for_training else None
        self.aux_arrays = [[executor.aux_dict[name] for executor in self.execs] for name in self.aux_names]
        self.data_arrays = self._places(self.data_shapes, arguments)
        self.label_arrays = None if self.label_shapes is None else self._places(self.label_shapes, arguments)
        self.state_arrays = [[args[name] for args in arguments] for name in self.state_names]
        self.input_grad_arrays = (
            [[grads[desc.name] for grads in gradients] for desc in self.data_shapes] if self.inputs_need_grad else []
        )

    def _places(self, descriptions: list[DataDesc], arguments: list[dict[str, Any]]) -> list[list[tuple[slice, Any]]]:
        """For each input, the slices of a batch and the arrays they go to; none for names the symbol does not have."""
        return [
            [(self.slices[i], args[desc.name]) for i, args in enumerate(arguments) if desc.name in args]
            for desc in descriptions
        ]

    # --- Parameters --------------------------------------------------------------------------------------------------

    def set_params(self, arg_params: dict[str, Any], aux_params: dict[str, Any], allow_extra: bool = False) -> None:
        """Copy parameters to all devices.

        Parameters
        ----------
        arg_params, aux_params : dict of str to NDArray
        allow_extra : bool
            Ignore names that the symbol does not have; else they raise ValueError.
        """
        for executor in self.execs:
            executor.copy_params_from(arg_params, aux_params, allow_extra_params=allow_extra)

    def get_params(self, arg_params: dict[str, Any], aux_params: dict[str, Any]) -> None:
        """Write the parameters, averaged over the devices, to given arrays.

        Parameters
        ----------
        arg_params, aux_params : dict of str to NDArray
        """
        for names, arrays, target in (
            (self.param_names, self.param_arrays, arg_params),
            (self.aux_names, self.aux_arrays, aux_params),
        ):
            for name, copies in zip(names, arrays):
                if len(copies) == 1:
                    copies[0].copyto(target[name])
                else:
                    context = target[name].context
                    total = sum(copy.as_in_context(context) for copy in copies[1:]) + copies[0].as_in_context(context)
                    (total / len(copies)).astype(target[name].dtype).copyto(target[name])

    # --- Running -----------------------------------------------------------------------------------------------------

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Load a batch, a slice on each device, and compute the outputs.

        Parameters
        ----------
        data_batch : DataBatch, or list of them, one per device
        is_train : bool, optional
            By default whether the group was bound for training.
        """
        if isinstance(data_batch, list):
            _load_per_device([batch.data for batch in data_batch], self.data_arrays)
            if self.label_arrays is not None:
                _load_per_device([batch.label for batch in data_batch], self.label_arrays)
        else:
            _load(data_batch.data, self.data_arrays, self.data_shapes)
            label = getattr(data_batch, "label", None)
            if self.label_arrays is not None and label:
                _load(label, self.label_arrays, self.label_shapes)
        for executor in self.execs:
            executor.forward(is_train=self.for_training if is_train is None else is_train)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients.

        Parameters
        ----------
        out_grads : NDArray or list of NDArray, optional
            Gradients of the outputs, for whole batches; for networks that do not end in a loss.
        """
        if not self.for_training:
            raise AssertionError("re-bind with for_training=True to run backward")
        grads = [] if out_grads is None else out_grads if isinstance(out_grads, (list, tuple)) else [out_grads]
        for i, executor in enumerate(self.execs):
            own = [
                _part(grad, axis, self.slices[i], len(self.execs)).as_in_context(self.contexts[i])
                for grad, axis in zip(grads, self.output_axes)
            ]
            executor.backward(own or None)

    def get_outputs(self, merge_multi_context: bool = True, begin: int = 0, end: int | None = None) -> list[Any]:
        """Return the outputs, joined along the batch axis or as a list per device.

        Parameters
        ----------
        merge_multi_context : bool
        begin, end : int
            Range of the outputs.

        Returns
        -------
        list of NDArray or of lists
        """
        outputs = [[executor.outputs[i] for executor in self.execs] for i in range(len(self.output_names))][begin:end]
        return _merged(outputs, self.output_axes[begin:end], self.contexts) if merge_multi_context else outputs

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the gradients of the inputs, joined along the batch axis or as a list per device."""
        if not self.inputs_need_grad:
            raise AssertionError("bind with inputs_need_grad=True to get the gradients of the inputs")
        axes = [DataDesc.get_batch_axis(desc.layout) for desc in self.data_shapes]
        return _merged(self.input_grad_arrays, axes, self.contexts) if merge_multi_context else self.input_grad_arrays

    def get_output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """Return names and shapes of the outputs for a whole batch."""
        found = []
        for name, output, axis in zip(self.output_names, self.execs[0].outputs, self.output_axes):
            shape = list(output.shape)
            if axis >= 0 and shape:
                shape[axis] = sum(executor.output_dict[name].shape[axis] for executor in self.execs)
            found.append((name, tuple(shape)))
        return found

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """Return the states, as a list per device."""
        if merge_multi_context:
            raise AssertionError("get_states: merge_multi_context=True is not supported")
        return self.state_arrays

    def set_states(self, states: Any = None, value: float | None = None) -> None:
        """Set the states to arrays, one list per state with an array per device, or to one value."""
        if (states is None) == (value is None):
            raise AssertionError("set_states: give either states or value")
        for i, arrays in enumerate(self.state_arrays):
            for k, array in enumerate(arrays):
                array[:] = value if states is None else states[i][k]

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs of all devices.

        Parameters
        ----------
        eval_metric : EvalMetric
        labels : list of NDArray; with `pre_sliced` a list of such lists, one per device
        pre_sliced : bool
        """
        label_shapes = self.label_shapes or []
        for i, executor in enumerate(self.execs):
            own = labels[i] if pre_sliced else labels
            parts = [
                label
                if pre_sliced
                else _part(label, DataDesc.get_batch_axis(desc.layout), self.slices[i], len(self.execs))
                for label, desc in zip(own or (), label_shapes)
            ]
            names = [desc.name for desc in label_shapes]
            eval_metric.update_dict(dict(zip(names, parts)), dict(zip(self.output_names, executor.outputs)))

    def install_monitor(self, mon: Any) -> None:
        """Let a monitor watch the executors, those of later shapes too."""
        self._monitors.append(mon)
        for executor in self.execs:
            mon.install(executor)


def _per_context(group2ctxs: Any, count: int) -> list[Any]:
    """One dict of group to context per device."""
    if group2ctxs is None:
        return [None] * count
    if isinstance(group2ctxs, dict):
        spread = {
            group: contexts if isinstance(contexts, list) else [contexts] * count
            for group, contexts in group2ctxs.items()
        }
        for group, contexts in spread.items():
            if len(contexts) not in (1, count):
                raise MXNetError(f"group2ctxs: group {group!r} has {len(contexts)} contexts, needs 1 or {count}")
        return [{group: contexts[i % len(contexts)] for group, contexts in spread.items()} for i in range(count)]
    if len(group2ctxs) != count:
        raise MXNetError(f"group2ctxs has {len(group2ctxs)} entries, needs one for each of {count} contexts")
    return list(group2ctxs)


class BatchError(ShapeError, AssertionError, ValueError):
    """Arrays that do not make a batch: their sizes differ, or one is missing."""


def _batch_size(inputs: list[DataDesc]) -> int:
    sizes = {}
    for desc in inputs:
        axis = DataDesc.get_batch_axis(desc.layout)
        if axis >= 0 and len(desc.shape) > axis:
            sizes[desc.name] = desc.shape[axis]
    if not sizes:
        raise MXNetError(f"Module: no input of {inputs} has a batch axis")
    if len(set(sizes.values())) > 1:
        raise BatchError(f"Module: the inputs have different batch sizes: {sizes}")
    return next(iter(sizes.values()))


def _sliced_shape(desc: DataDesc, part: slice, devices: int) -> tuple[int, ...]:
    axis = DataDesc.get_batch_axis(desc.layout)
    shape = list(desc.shape)
    if devices > 1 and 0 <= axis < len(shape):
        shape[axis] = part.stop - part.start
    return tuple(shape)


def _part(array: Any, axis: int, part: slice, devices: int) -> Any:
    """The slice of one device."""
    if devices == 1 or axis < 0:
        return array
    return nd.slice_axis(array, axis=axis, begin=part.start, end=part.stop)


def _load(arrays: Any, places: list[list[tuple[slice, Any]]], descriptions: list[DataDesc] | None) -> None:
    """Copy arrays of a whole batch to their places."""
    for array, targets, desc in zip(arrays, places, descriptions or ()):
        if not isinstance(array, nd.NDArray):
            array = nd.array(array)
        axis = DataDesc.get_batch_axis(desc.layout)
        for part, target in targets:
            piece = _part(array, axis, part, len(targets))
            if piece.shape != target.shape:
                raise MXNetError(f"Module: input {desc.name!r} has shape {array.shape}, bound for {desc.shape}")
            piece.copyto(target)


def _load_per_device(arrays: list[Any], places: list[list[tuple[slice, Any]]]) -> None:
    """Copy the arrays of each device's own batch to their places."""
    for i, targets in enumerate(places):
        for own, (_, target) in zip(arrays, targets):
            own[i].copyto(target)


def _merged(outputs: list[list[Any]], axes: list[int], contexts: list[Any]) -> list[Any]:
    """The outputs of all devices joined; of those without a batch axis the first device's."""
    merged = []
    for parts, axis in zip(outputs, axes):
        if len(parts) == 1 or axis < 0 or not parts[0].shape:
            merged.append(parts[0])
        else:
            merged.append(nd.concat(*[part.as_in_context(contexts[0]) for part in parts], dim=axis))
    return merged
