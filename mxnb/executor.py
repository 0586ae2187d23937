"""Executor: a symbol bound to arrays.  `CachedOp`: a symbol that is called with arrays, under hybridized blocks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import _random, _tape, ahead
from ._state import state
from .base import MXNetError, ShapeError
from .context import Context, current_context
from .graph import Program
from .kernels import device
from .ndarray.ndarray import NDArray, assign, kind, kind_of, wrapped
from .symbol.node import topological

__all__ = ["CachedOp", "Executor"]


class UnknownArgumentError(MXNetError, TypeError):
    """A name that is no argument of the symbol."""


class ArgumentValueError(ShapeError, ValueError):
    """An array that does not fit the argument it is meant for."""


class ResizeError(ShapeError, AssertionError):
    """`Executor.reshape` would change something that it was not allowed to."""


class Executor:
    """A symbol bound to arrays; made by `Symbol.bind` and `Symbol.simple_bind`.

    Attributes
    ----------
    arg_arrays, grad_arrays, aux_arrays : lists in the order of the symbol's arguments and auxiliary states.
    arg_dict, grad_dict, aux_dict, output_dict : the same by name.
    outputs : list of NDArrays, overwritten by each `forward`.
    """

    def __init__(
        self, symbol: Any, ctx: Context, args: list[NDArray], grads: list[NDArray | None], reqs: list[str],
        aux: list[NDArray], group2ctx: Any = None,
    ) -> None:  # fmt: skip
        self._symbol, self._ctx, self._reqs, self._group2ctx = symbol, ctx, reqs, group2ctx
        self.arg_arrays, self.grad_arrays, self.aux_arrays = args, grads, aux
        self._arg_names, self._aux_names = symbol.list_arguments(), symbol.list_auxiliary_states()
        self._programs: dict[tuple[bool, bool], tuple[Program, Any]] = {}
        self._ran: bool | None = None  # is_train of the last forward
        self._saved = False  # whether that forward's values are there for backward
        self._draws: list[tuple[int, int]] = []  # its random numbers, for runs that are to give the same
        self._monitor: Callable[..., Any] | None = None
        self._monitor_all = False
        self._inputs = {**dict(zip(self._arg_names, args)), **dict(zip(self._aux_names, aux))}
        training = any(r != "null" for r in reqs)
        program = self._program(training, training)[0]
        self.outputs = [NDArray(device.empty(ctx, shape, dtype), ctx) for shape, dtype in program.out_specs]

    @classmethod
    def _bind(
        cls, symbol: Any, ctx: Any, args: Any, args_grad: Any = None, grad_req: Any = "write", aux_states: Any = None,
        group2ctx: Any = None,
    ) -> Executor:  # fmt: skip
        """Bind given arrays; lists or dicts, `grad_req` a str, list or dict."""
        ctx = Context(ctx) if not isinstance(ctx, Context) else ctx
        if group2ctx and not (ctx.on_cpu and all(c.on_cpu for c in group2ctx.values())):
            raise MXNetError("bind: group2ctx over several GPUs is not supported")
        names, states = symbol.list_arguments(), symbol.list_auxiliary_states()
        found = _in_order("args", args, names, required=True)
        grads = _in_order("args_grad", args_grad, names, required=False)
        from .symbol.binding import requests

        reqs = requests(grad_req, names)
        wanted = ["null" if g is None else reqs[n] for n, g in zip(names, grads)]
        aux = _in_order("aux_states", aux_states, states, required=True)
        return cls(symbol, ctx, found, grads, wanted, aux, group2ctx)

    # --- Looking at it -----------------------------------------------------------------------------------------------

    @property
    def arg_dict(self) -> dict[str, NDArray]:
        """The arguments by name."""
        return dict(zip(self._arg_names, self.arg_arrays))

    @property
    def grad_dict(self) -> dict[str, NDArray | None]:
        """The gradient arrays by name of the argument; None where there is none."""
        return dict(zip(self._arg_names, self.grad_arrays))

    @property
    def aux_dict(self) -> dict[str, NDArray]:
        """The auxiliary states by name."""
        return dict(zip(self._aux_names, self.aux_arrays))

    @property
    def output_dict(self) -> dict[str, NDArray]:
        """The outputs by name."""
        return dict(zip(self._symbol.list_outputs(), self.outputs))

    def debug_str(self) -> str:
        """The graph as text, with the memory that a run needs."""
        program = next(iter(self._programs.values()))[0]
        memory = f"Total {program.nbytes / 2**20:.2f} MB allocated for {len(program.steps)} steps\n"
        return self._symbol.debug_str() + memory

    def get_optimized_symbol(self) -> Any:
        """The symbol that runs."""
        return self._symbol

    def set_monitor_callback(self, callback: Callable[..., Any], monitor_all: bool = False) -> None:
        """Call ``callback(name, array)`` for every value of a run.

        These are the outputs of the nodes during `forward`, and the gradients of their inputs during `backward`, as
        ``<node>_backward_output<number of the input>``.

        Parameters
        ----------
        callback : function of a str and an NDArray, or None for no longer.
        monitor_all : report arguments too.
        """
        if (callback is None) != (self._monitor is None):  # the other programs do not hold this one's values
            self._programs.clear()
            self._saved = False
        self._monitor, self._monitor_all = callback, monitor_all

    # --- Running -----------------------------------------------------------------------------------------------------

    def _program(self, training: bool, gradient: bool) -> tuple[Program, Any]:
        """The plan for a mode, with or without what backward needs, and its workspace."""
        key = training, gradient
        if key not in self._programs:
            specs = {n: (a.shape, a._data.dtype) for n, a in self._inputs.items()}
            wanted = [n for n, r in zip(self._arg_names, self._reqs) if r != "null"] if gradient else []
            graph, fused = (self._symbol, self._ctx, training, specs, wanted), self._monitor is None
            with ahead.compiling(*graph, fused):
                program = Program(*graph, fused)
            self._programs[key] = program, program.workspace()
        return self._programs[key]

    def forward(self, is_train: bool = False, **kwargs: Any) -> list[NDArray]:
        """Compute the outputs.

        Parameters
        ----------
        is_train : whether operators behave as in training, and `backward` may follow.
        **kwargs : arrays to copy into arguments first.

        Returns
        -------
        list of NDArrays, the same ones after each call

        Raises
        ------
        MXNetError
            If an argument is unknown (a TypeError too), or is no array of its shape (a ValueError too).
        """
        for name, value in kwargs.items():
            if name not in self._inputs:
                known = ", ".join(self._arg_names)
                raise UnknownArgumentError(f"forward: unknown argument {name!r}, the symbol has {known}")
            self._load(name, value)
        self._run_forward(bool(is_train))
        return self.outputs

    def _load(self, name: str, value: Any) -> None:
        target = self._inputs[name]
        if not isinstance(value, (NDArray, np.ndarray)):
            raise ArgumentValueError(f"forward: {name} is {type(value).__name__}, need NDArray or numpy.ndarray")
        if value.shape != target.shape:
            raise ArgumentValueError(f"forward: {name} has shape {value.shape}, need {target.shape}")
        if isinstance(value, NDArray):
            assign(target, value.detach() if value._ctx is target._ctx else value.copyto(target._ctx))
        else:
            target[:] = value

    def _run_forward(self, training: bool) -> None:
        program, arrays = self._program(training, training)
        inputs = [self._inputs[n]._data for n in program.input_names]
        self._draws = []
        with _random.drawing(self._draws):
            program.forward(arrays, inputs, [o._data for o in self.outputs], self._watcher(program))
        self._ran, self._saved = training, training

    def _watcher(self, program: Program) -> Callable[..., Any] | None:
        callback = self._monitor
        if callback is None:
            return None
        if self._monitor_all:
            for name in program.input_names:
                callback(name, self._inputs[name])
        nodes = {node.name: node for node in topological(self._symbol.heads)}

        def watch(step: Any, arrays: list[Any]) -> None:
            for i in range(step.op.num_visible() if step.name is not None else 0):
                callback(nodes[step.name].output_name(i), NDArray(arrays[i], self._ctx))

        return watch

    def backward(self, out_grads: Any = None, is_train: bool = True) -> None:
        """Compute gradients and write or add them to the gradient arrays.

        Parameters
        ----------
        out_grads : NDArray, list or dict of them by output name; gradients of the outputs. Outputs of losses, whose
            gradients do not depend on them (`SoftmaxOutput`, `MakeLoss`), need none.
        is_train : False differentiates the operators as they behave outside training, whatever forward did. After
            ``forward(is_train=False)`` they are differentiated so in any case.

        Raises
        ------
        MXNetError
            If no forward came before, or the gradient of an output that is no loss is missing or has another shape.
        """
        if not any(r != "null" for r in self._reqs):
            return
        if self._ran is None:
            raise MXNetError("backward: call forward(is_train=True) first")
        training = self._ran and bool(is_train)
        program, arrays = self._program(training, True)
        if not (self._saved and training):  # the values to differentiate at were not kept: compute them again
            inputs = [self._inputs[n]._data for n in program.input_names]
            again = [device.empty(self._ctx, o.shape, o._data.dtype) for o in self.outputs]
            with _random.drawing(iter(self._draws) if training == self._ran else []):
                program.forward(arrays, inputs, again, None)
        heads = self._head_arrays(program, out_grads)
        grads = dict(zip(self._arg_names, zip(self.grad_arrays, self._reqs)))
        targets = []
        for name, (shape, dtype) in zip(program.wanted, program.grad_specs):
            array, req = grads[name]
            direct = req == "write" and array._data.dtype == dtype
            targets.append(array._data if direct else device.empty(self._ctx, shape, dtype))
        callback = self._monitor
        watch = callback and (lambda name, raw: callback(name, NDArray(raw, self._ctx)))
        program.backward(arrays, heads, targets, watch)
        for name, raw in zip(program.wanted, targets):
            array, req = grads[name]
            if req == "add":
                array += NDArray(raw, self._ctx)
            elif raw is not array._data:
                assign(array, NDArray(raw, self._ctx))
        self._saved = False

    def _head_arrays(self, program: Program, out_grads: Any) -> list[Any]:
        names = self._symbol.list_outputs()
        if isinstance(out_grads, NDArray):
            out_grads = [out_grads]
        elif isinstance(out_grads, dict):
            unknown = [n for n in out_grads if n not in names]
            if unknown:
                raise MXNetError(f"backward: out_grads: no output {unknown[0]!r}; there are {', '.join(names)}")
            out_grads = [out_grads.get(n) for n in names]
        given = list(out_grads) if out_grads is not None else []
        if len(given) > len(names):
            raise MXNetError(f"backward: {len(given)} out_grads for {len(names)} outputs")
        given += [None] * (len(names) - len(given))
        found: list[Any] = []
        for i, ((shape, dtype), needed) in enumerate(zip(program.head_specs, program.heads_needed)):
            if not needed:
                found.append(None)
            elif given[i] is None:
                raise MXNetError(
                    f"backward: output {names[i]!r} is no loss, its gradient is needed: backward(out_grads=...);"
                    " sym.MakeLoss or sym.BlockGrad around an output makes it do without"
                )
            elif not isinstance(given[i], NDArray):
                raise TypeError(f"backward: out_grads[{i}] is {type(given[i]).__name__}, need NDArray")
            elif given[i].shape != shape:
                raise ShapeError(f"backward: out_grads[{i}] has shape {given[i].shape}, need {shape}")
            else:
                found.append(given[i].astype(dtype, copy=False).as_in_context(self._ctx)._data)
        return found

    # --- Parameters and shapes ---------------------------------------------------------------------------------------

    def copy_params_from(
        self,
        arg_params: dict[str, NDArray],
        aux_params: dict[str, NDArray] | None = None,
        allow_extra_params: bool = False,
    ) -> None:
        """Copy arrays into arguments and auxiliary states.

        Raises
        ------
        ValueError
            If a name is unknown, unless `allow_extra_params`.
        """
        for given, known, what in (
            (arg_params, self.arg_dict, "arguments"),
            (aux_params or {}, self.aux_dict, "auxiliary states"),
        ):
            for name, array in given.items():
                if name in known:
                    self._load_from(known[name], array, name)
                elif not allow_extra_params:
                    raise ValueError(f'Find name "{name}" that is not in the {what}')

    @staticmethod
    def _load_from(target: NDArray, array: Any, name: str) -> None:
        if tuple(array.shape) != target.shape:
            raise ShapeError(f"copy_params_from: {name} has shape {tuple(array.shape)}, need {target.shape}")
        target[:] = array

    def reshape(self, partial_shaping: bool = False, allow_up_sizing: bool = False, **kwargs: Any) -> Executor:
        """An executor for other input shapes that shares all arrays whose shapes stay.

        Parameters
        ----------
        partial_shaping : allow shapes of arguments that are not named to change.
        allow_up_sizing : allow arrays to become larger.
        **kwargs : new shapes by argument name.

        Raises
        ------
        MXNetError
            If something changes that was not allowed to (an AssertionError too), or the shapes do not follow.
        """
        shapes, _, aux_shapes = self._symbol.infer_shape(**kwargs)
        if shapes is None:
            raise ArgumentValueError("reshape: the shapes do not follow from those given")
        args, grads = [], []
        for name, shape, old, grad in zip(self._arg_names, shapes, self.arg_arrays, self.grad_arrays):
            same = old.shape == tuple(shape)
            if not same and not (partial_shaping or name in kwargs):
                raise ResizeError(
                    f"reshape: {name} changes from {old.shape} to {tuple(shape)} without being named;"
                    " partial_shaping=True allows it"
                )
            if not same and int(np.prod(shape)) > old.size and not allow_up_sizing:
                raise ResizeError(
                    f"reshape: {name} grows from {old.shape} to {tuple(shape)}; allow_up_sizing=True allows it"
                )
            args.append(old if same else _like(old, shape))
            grads.append(grad if same or grad is None else _like(grad, shape))
        aux = [old if old.shape == tuple(s) else _like(old, s) for s, old in zip(aux_shapes, self.aux_arrays)]
        return Executor(self._symbol, self._ctx, args, grads, self._reqs, aux, self._group2ctx)


def _like(array: NDArray, shape: Any) -> NDArray:
    return NDArray(device.full(array._ctx, tuple(shape), array._data.dtype, 0), array._ctx)


def _in_order(what: str, given: Any, names: list[str], required: bool) -> list[Any]:
    """Arrays given as list or dict, in the order of names."""
    if given is None:
        given = {}
    if isinstance(given, dict):
        missing = [n for n in names if n not in given]
        if missing and required:
            raise ValueError(f"key {missing[0]!r} is missing in {what!r}")
        found = [given.get(n) for n in names]
    else:
        found = list(given)
        if len(found) != len(names):
            raise ValueError(
                f"Length of {what} does not match the number of arguments: {len(found)}, need {len(names)}"
            )
    for name, array in zip(names, found):
        if array is not None and not isinstance(array, NDArray):
            raise TypeError(f"{what}: {name} is {type(array).__name__}, need NDArray")
    return found


class CachedOp:
    """A symbol that is called like an operator; for each combination of shapes a program is kept.

    Parameters
    ----------
    sym : Symbol
    flags : pairs of hybridize's options; `static_alloc` and the like change nothing, memory is always planned.
    """

    def __init__(self, sym: Any, flags: Any = ()) -> None:
        self.symbol, self.flags = sym, dict(flags)
        self.names = sym.list_inputs()
        aux = set(sym.list_auxiliary_states())
        self.is_aux, self.has_aux = [n in aux for n in self.names], bool(aux)
        # program, workspaces that are free, and for each output what makes it, with shape, dtype and kind
        self._programs: dict[Any, tuple[Program, list[list[Any]], list[Any]]] = {}
        self._lock = threading.Lock()

    def __call__(self, *args: NDArray, out: Any = None, **kwargs: Any) -> Any:
        """Run on arrays in the order of ``sym.list_inputs()``; returns an NDArray or a list of them."""
        if len(args) != len(self.names):
            raise MXNetError(f"CachedOp: {len(args)} arrays for the inputs {', '.join(self.names)}")
        outs = self.run(args)
        if out is not None:
            for target, made in zip(out if isinstance(out, (list, tuple)) else [out], outs):
                assign(target, made)
            return out
        return outs[0] if len(outs) == 1 else outs

    def run(self, args: Sequence[NDArray]) -> list[NDArray]:
        """`__call__`, without questions."""
        entries: Sequence[Any] = ()
        if state.recording:
            entries = [x._entry for x in args]
            if self.has_aux:
                entries = [None if aux else entry for entry, aux in zip(entries, self.is_aux)]
        wants = tuple([entry is not None for entry in entries])
        kinds: list[Any] = [x._kind for x in args] or [current_context()]
        found = self._programs.get((state.training, wants, *kinds))
        program, free, results = self._build(wants, args) if found is None else found
        try:
            arrays = free.pop()
        except IndexError:
            arrays = program.workspace()
        raws = [x._data for x in args]
        made = [new(shape, dtype) for new, shape, dtype, _ in results]
        draws: list[tuple[int, int]] = []
        if program.has_random and program.wanted:
            with _random.drawing(draws):
                program.forward(arrays, raws, made)
        else:
            program.forward(arrays, raws, made)
        ctx = program.ctx
        outs = [wrapped(raw, ctx, like) for raw, (_, _, _, like) in zip(made, results)]
        if program.wanted:
            node = _Call(self, program, arrays, free, raws, entries, draws)
            for i, x in enumerate(outs):
                x._entry = (node, i)
        else:
            free.append(arrays)
        return outs

    def _build(self, wants: tuple[bool, ...], args: Sequence[NDArray]) -> Any:
        ctx = args[0]._ctx if args else current_context()
        kinds: list[Any] = [kind(x) for x in args] or [ctx]
        key = (state.training, wants, *kinds)
        with self._lock:
            if key not in self._programs:
                if len(self._programs) > 256:
                    self._programs.clear()
                for n, x in zip(self.names, args):
                    if not isinstance(x, NDArray) or (x._ctx is not ctx and not (x._ctx.on_cpu and ctx.on_cpu)):
                        raise MXNetError(f"CachedOp: input {n} is on {x._ctx}, need {ctx} as the first input")
                specs = {n: (x.shape, x._data.dtype) for n, x in zip(self.names, args)}
                wanted = [n for n, want in zip(self.names, wants) if want]
                graph = (self.symbol, ctx, state.training, specs, wanted)
                with ahead.compiling(*graph):
                    program = Program(*graph)
                results = [(device.allocator(ctx, *spec), *spec, kind_of(*spec, ctx)) for spec in program.out_specs]
                self._programs[key] = program, [], results
            return self._programs[key]

    def eager(self, args: list[NDArray]) -> list[NDArray]:
        """The same computation operator by operator, recorded as such: what second derivatives go through."""
        values = {(id(n), 0): a for n, a in self._variables(args)}
        for node in topological(self.symbol.heads):
            if node.op is not None:
                outs = node.op(*[values[id(source), i] for source, i in node.inputs])
                for i, o in enumerate(outs if isinstance(outs, list) else [outs]):
                    values[id(node), i] = o
        return [values[id(node), i] for node, i in self.symbol.heads]

    def _variables(self, args: list[NDArray]) -> list[Any]:
        by_name = dict(zip(self.names, args))
        return [(node, by_name[node.name]) for node in topological(self.symbol.heads) if node.is_variable]


class _Call:
    """The tape's node of one call of a CachedOp: it holds the working memory until the backward pass is done."""

    __slots__ = ("arrays", "draws", "freed", "op", "parents", "pool", "program", "raws", "used")

    def __init__(
        self, op: CachedOp, program: Program, arrays: list[Any], free: list[Any], raws: list[Any],
        parents: Sequence[Any], draws: list[tuple[int, int]],
    ) -> None:  # fmt: skip
        self.op, self.program, self.arrays, self.pool, self.raws = op, program, arrays, free, raws
        self.draws = draws  # of random numbers, for runs that are to give the same
        self.parents = parents  # None for an input without a gradient
        self.freed = self.used = False

    def propagate(self, dys: list[Any], wanted: list[bool]) -> list[Any]:
        """Run the backward steps; once, since they write over the saved values."""
        if state.recording:
            return self._eagerly(dys, wanted)
        program = self.program
        if self.used:
            with _random.drawing(iter(self.draws)):
                program.forward(self.arrays, self.raws, [self.arrays[s] for s in program.outputs])
        ctx = program.ctx
        grads = [device.empty(ctx, shape, dtype) for shape, dtype in program.grad_specs]
        heads = [
            dy._data if dy is not None else device.full(ctx, shape, dtype, 0)
            for dy, (shape, dtype) in zip(dys, program.head_specs)
        ]
        program.backward(self.arrays, heads, grads)
        self.used = True
        made = iter(grads)
        return [NDArray(next(made), ctx) if entry is not None else None for entry in self.parents]

    def _eagerly(self, dys: list[Any], wanted: list[bool]) -> list[Any]:
        ctx, parents = self.program.ctx, self.parents
        # Each input is read through a node without a past, for the time that gradients flow: where one input was made
        # from another, that way belongs to the caller.
        ends = [_tape.Transfer(None, ctx, (raw.shape, raw.dtype)) for raw in self.raws]
        args = [NDArray(raw, ctx, past and (end, 0)) for raw, end, past in zip(self.raws, ends, parents)]
        with _random.drawing(iter(self.draws)):
            outs = self.op.eager(args)
        heads = [(o._entry, dy) for o, dy in zip(outs, dys) if dy is not None and o._entry is not None]
        grads = _tape.flow(heads, [(end, 0) for end, want in zip(ends, wanted) if want], True)
        for end, past in zip(ends, parents):
            end.parents = (past,)
        return [grads[id(end)][0] if want and id(end) in grads else None for end, want in zip(ends, wanted)]

    def free(self) -> None:
        """Give the working memory back."""
        if not self.freed:
            self.freed = True
            arrays, self.arrays = self.arrays, []
            for slot in self.program.external:
                arrays[slot] = None
            self.pool.append(arrays)
            self.raws = []

    def __del__(self) -> None:
        if not self.freed and not self.used:
            self.free()

    def count(self) -> int:
        """Number of outputs."""
        return len(self.program.out_specs)

    visible = count

    def specs(self) -> list[Any]:
        """(shape, dtype) of the outputs."""
        return self.program.out_specs
