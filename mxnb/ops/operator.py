"""What an operator is: one class, from which every face of it is derived.

An operator declares its inputs and parameters as class attributes, how shapes and dtypes follow from each other, how
raw arrays are computed, and its gradient::

    @register("Scale")
    class Scale(Operator):
        data = Input()
        factor = Float(1.0)

        def forward(self, env, out, data): ...      # writes to out
        def gradient(self, dout):                   # one value per input
            return dout * self.factor

The class with its parameters filled in is an *instance*, `Scale.of(factor=2)`; equal parameters give the same one.
Called, an instance applies itself to NDArrays, Symbols or values of a static graph alike.  `bind` fixes shapes, dtypes
and device and gives a `Plan`, which eager mode and executors both run.

The methods `gradient` and `backward` name what they need: `dout` (`d<output>`), inputs, outputs, and `<input>_shape`.
Only what is named is kept for the backward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .._state import state
from ..base import DTypeError, MXNetError, ParamError, ShapeError
from ..context import Context
from ..kernels.shaping import convert_half
from .params import REQUIRED, Input, Param
from .plan import INSTANCES, Env, Plan, Spec

Dims = tuple["int | None", ...]
MaybeShape = "Dims | None"
FLOAT16, FLOAT32 = np.dtype("float16"), np.dtype("float32")
DYS, YS, XS, SPECS = range(4)  # what gradient rules choose from: see `Operator._sources`

registry: dict[str, type[Operator]] = {}
primary: dict[str, type[Operator]] = {}


def unify(a: Dims | None, b: Dims | None) -> Dims | None:
    """What two partial descriptions of one shape say together; None entries are unknown.

    Raises
    ------
    ShapeError
        If they contradict each other.
    """
    if a is None or b is None:
        return b if a is None else a
    if a == b:
        return a
    if len(a) != len(b) or any(x is not None and y is not None and x != y for x, y in zip(a, b)):
        raise ShapeError(f"shape {show(a)} does not agree with {show(b)}")
    return tuple(y if x is None else x for x, y in zip(a, b))


def known(shape: Dims | None) -> bool:
    """Whether every dimension is known."""
    return shape is not None and None not in shape


def show(shape: Dims | None) -> str:
    """A shape as errors print it."""
    return (
        "?"
        if shape is None
        else "(" + ", ".join("?" if d is None else str(d) for d in shape) + ("," * (len(shape) == 1)) + ")"
    )


def arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a Python function's arguments; as `inspect.signature` gives them, at a hundredth of the time."""
    code = function.__code__
    return code.co_varnames[: code.co_argcount]


class Operator:
    """Base class of all operators; see the module's text."""

    name: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    inputs: ClassVar[dict[str, Input]] = {}
    params: ClassVar[dict[str, Param]] = {}
    outputs: ClassVar[tuple[str, ...]] = ("output",)
    hidden: ClassVar[int] = 0  # how many of the last outputs are kept for the backward pass only
    mutates: ClassVar[tuple[str, ...]] = ()  # inputs that forward writes to
    uses_mode: ClassVar[bool] = False  # whether forward differs between training and prediction
    random: ClassVar[bool] = False  # whether equal calls give different results
    moves_data: ClassVar[bool] = False  # whether numbers are only copied, so that float16 may pass as 16-bit integers
    ignores_head: ClassVar[bool] = False  # whether the gradient does not depend on that of the output (losses)
    views: ClassVar[bool] = False  # whether the output holds the numbers of input 0 in the same order
    inplace: ClassVar[bool] = False  # whether output 0 may share the memory of input 0
    inplace_gradient: ClassVar[bool] = False  # whether `backward` may write input 0's over that of output 0
    first_inplace: ClassVar[bool] = False  # whether just output 0 may, and just that of input 0
    internal: ClassVar[bool] = False  # whether it is left out of nd and sym
    gradient: Callable[..., Any] | None = None
    backward: Callable[..., Any] | None = None
    prepare_backward: Callable[..., Any] | None = None  # of specs, None for what is not there: gives such a function
    linear: ClassVar[str] = ""  # the input that the outputs depend on linearly: the gradient of `backward` is `forward`
    composed: Callable[..., Any] | None = None  # the outputs made of operators: what `backward` is differentiated by
    needs_inputs: ClassVar[bool] = False  # whether inputs and outputs are kept for the gradient
    needs_outputs: ClassVar[bool] = False
    gives: ClassVar[tuple[str, ...]] = ()  # inputs whose gradients `backward` computes
    needs: ClassVar[tuple[str, ...]] = ()  # what the gradient rule asks for; in the end what only `composed` does
    extra: ClassVar[int] = 0  # how many those last ones are
    given: dict[str, Any]
    _instances: ClassVar[dict[Any, Operator]] = {}

    if TYPE_CHECKING:  # parameters are attributes, and which there are the subclasses say

        def __getattr__(self, name: str) -> Any: ...

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.inputs = {**cls.inputs, **{k: v for k, v in vars(cls).items() if isinstance(v, Input)}}
        cls.params = {**cls.params, **{k: v for k, v in vars(cls).items() if isinstance(v, Param)}}
        cls._instances = {}
        rule = cls.gradient or cls.backward or cls.prepare_backward
        cls.needs = ()
        if rule is not None:
            names = [n for n in arguments(rule) if n not in ("self", "env")]
            if cls.gradient is None:
                cls.gives = tuple(n[1:] for n in names if n[0] == "d" and n[1:] in cls.inputs)
                names = names[len(cls.gives) :]
            extra = [n for n in arguments(cls.composed)[2:] if n not in names] if cls.composed else []
            cls.needs, cls.extra = (*names, *extra), len(extra)
        short = tuple("out" if n == "output" else n for n in cls.outputs)
        if "propagate" not in vars(cls):  # one that has its own says what it needs
            cls.needs_inputs = any(n in cls.inputs for n in cls.needs)
            cls.needs_outputs = any(n in short for n in cls.needs)

    # --- Instances ---------------------------------------------------------------------------------------------------

    @classmethod
    def of(cls, **given: Any) -> Any:
        """The instance with these parameters."""
        key = tuple(given.items())
        try:
            return cls._instances[key]
        except KeyError:
            pass
        except TypeError:  # a list among the values
            return cls.of(**{k: tuple(v) if isinstance(v, list) else str(v) for k, v in given.items()})
        if len(cls._instances) >= INSTANCES:
            cls._instances.clear()
        made = cls._instances[key] = cls(**given)
        return made

    def __init__(self, **given: Any) -> None:
        self.given = given
        self._plans: dict[Any, Plan] = {}
        for name, param in self.params.items():
            if name in given:
                try:
                    value = param.parse(given[name])
                except (ValueError, TypeError, SyntaxError, OverflowError):
                    raise ParamError(
                        f"{self.name}: parameter {name}={given[name]!r}: need {param.describe()}"
                    ) from None
            elif param.default is REQUIRED:
                raise ParamError(f"{self.name}: parameter {name} is required: need {param.describe()}")
            else:
                value = param.default
            self.__dict__[name] = value
        unknown = [k for k in given if k not in self.params]
        if unknown:
            raise ParamError(
                f"{self.name}: no parameter named {unknown[0]!r}; it has " + (", ".join(self.params) or "no parameters")
            )
        self.check()

    def check(self) -> None:
        """Raise ParamError where parameters do not fit each other."""

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{k}={v!r}' for k, v in self.given.items())})"

    def __reduce__(self) -> Any:
        return _restore, (self.name, self.given)

    def error(self, text: str, kind: type[MXNetError] = ShapeError) -> MXNetError:
        """An error that names this operator: ``raise self.error("...")``."""
        return kind(f"{self.name}: {text}")

    # --- Inputs and outputs ------------------------------------------------------------------------------------------

    def active_inputs(self) -> tuple[str, ...]:
        """Names of the inputs that are used with these parameters."""
        return tuple(self.inputs)

    def input_names(self, count: int) -> list[str]:
        """The name of each of `count` inputs; a variadic one is spread out."""
        names = []
        fixed = len(self.inputs) - 1
        for name, declared in self.inputs.items():
            if declared.variadic:
                names += [declared.pattern.format(i) for i in range(count - fixed)]
            else:
                names.append(name)
        if count > len(self.active_inputs()):
            return names
        return [n for n in names if n in self.active_inputs() or self.variadic()]

    @classmethod
    def variadic(cls) -> str | None:
        """The name of the variadic input, if there is one."""
        return next((n for n, i in cls.inputs.items() if i.variadic), None)

    def total_outputs(self) -> int:
        """How many outputs there are, hidden ones included."""
        return len(self.outputs)

    def num_visible(self) -> int:
        """How many outputs a caller sees."""
        return self.total_outputs() - self.hidden

    def output_names(self) -> tuple[str, ...]:
        """The names of all outputs."""
        return self.outputs

    # --- Inference ---------------------------------------------------------------------------------------------------

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        """Complete partially known shapes, in both directions where that is possible.

        The default takes `output_shape(*ins)` where an operator has it, else gives all inputs and outputs one shape.
        """
        if hasattr(self, "output_shape"):
            if all(known(s) for s in ins):
                found = self.output_shape(*ins)
                found = found if isinstance(found, list) else [found]
                return ins, [self._agree(a, b, "output") for a, b in zip(found, outs)]
            return ins, outs
        shape: Any = None
        for i, s in enumerate([*ins, *outs]):
            name = self.input_names(len(ins))[i] if i < len(ins) else "output"
            shape = self._agree(shape, s, name)
        return [shape] * len(ins), [shape] * len(outs)

    def _agree(self, a: Any, b: Any, name: str) -> Any:
        try:
            return unify(a, b)
        except ShapeError:
            raise self.error(f"{name} has shape {show(b)}, need {show(a)}") from None

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        """Complete partially known dtypes; the default gives all inputs and outputs the same one."""
        dtype = None
        names = self.input_names(len(ins)) + ["output"] * len(outs)
        for name, found in zip(names, [*ins, *outs]):
            if found is not None:
                if dtype is not None and found != dtype:
                    raise self.error(f"{name} has dtype {found}, need {dtype} as the inputs before it", DTypeError)
                dtype = found
        return [dtype] * len(ins), [dtype] * len(outs)

    @property
    def again(self) -> Operator | None:
        """The operator that makes the first output from some inputs and other outputs, of the same names, in the time
        of a copy; None where there is none.
        """
        return None

    # --- Binding and applying ----------------------------------------------------------------------------------------

    def bind(self, ctx: Context, training: bool, in_specs: tuple[Spec, ...]) -> Plan:
        """The plan for inputs of these shapes and dtypes on a context."""
        key = (in_specs, ctx, training and self.uses_mode)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= INSTANCES:
                self._plans.clear()
            plan = self._plans[key] = self._make_plan(ctx, training, in_specs)
        return plan

    def _make_plan(self, ctx: Context, training: bool, in_specs: tuple[Spec, ...]) -> Plan:
        count = self.total_outputs()
        in_specs = tuple((tuple(s), d) for s, d in in_specs)  # the shapes of CUDA's simulator are no tuples
        ins, outs = self.infer_shape([s for s, _ in in_specs], [None] * count)
        for name, want, (got, _) in zip(self.input_names(len(ins)), ins, in_specs):
            if want != got:
                raise self.error(f"{name} has shape {show(got)}, need {show(want)}")
        if not all(known(s) for s in outs):
            shapes = ", ".join(show(s) for s, _ in in_specs) or "no inputs"
            raise self.error(f"the shapes of the outputs do not follow from {shapes}")
        in_dtypes, dtypes = self.infer_dtype([d for _, d in in_specs], [None] * count)
        for name, expected, (_, dtype) in zip(self.input_names(len(ins)), in_dtypes, in_specs):
            if expected is not None and expected != dtype:
                raise self.error(f"{name} has dtype {dtype}, need {expected}", DTypeError)
        out_specs: list[Spec] = [(tuple(s), FLOAT32 if d is None else d) for s, d in zip(outs, dtypes)]
        env = Env(ctx, training)
        return Plan(self, in_specs, out_specs, self._runner(env, out_specs, in_specs), env)

    def _runner(self, env: Env, out_specs: list[Spec], in_specs: tuple[Spec, ...]) -> Callable[..., Any]:
        specs = [*out_specs, *in_specs]
        if env.ctx.on_cpu and any(dtype == FLOAT16 for _, dtype in specs) and not self.reads_half(specs):
            return _half(self, env, out_specs, in_specs)
        return self.prepare(env, out_specs, in_specs)

    def reads_half(self, specs: list[Spec]) -> bool:
        """Whether `prepare` takes these float16 arrays on the CPU as they are; if not, it sees converted copies."""
        return False

    def prepare(self, env: Env, out_specs: list[Spec], in_specs: tuple[Spec, ...]) -> Callable[..., Any]:
        """The function of raw arrays, outputs first, for known shapes and dtypes; by default `forward`."""
        forward = self.forward
        return lambda *arrays: forward(env, *arrays)

    def forward(self, env: Env, *arrays: Any) -> None:
        raise NotImplementedError(f"{self.name} has neither forward nor prepare")

    def __call__(self, *inputs: Any) -> Any:
        """Apply to NDArrays, Symbols or graph values; one visible output is returned as it is, several as a list."""
        for x in inputs:
            if x is not None:
                return x._apply(self, inputs)
        raise MXNetError(f"{self.name}: no inputs given")

    # --- Gradient ----------------------------------------------------------------------------------------------------

    @property
    def differentiable(self) -> bool:
        """Whether a gradient flows through this operator."""
        return (self.gradient or self.backward or self.prepare_backward) is not None

    def propagate(
        self, dys: Sequence[Any], xs: Sequence[Any], ys: Sequence[Any], plan: Plan, wanted: Sequence[bool]
    ) -> list[Any]:
        """Gradients with respect to the inputs, None for those not wanted.

        Parameters
        ----------
        dys : gradients of all outputs, None where nothing flows back.
        xs, ys : inputs and outputs, or empty where the rule does not need them.
        plan : the plan of the forward run (it knows the shapes).
        wanted : for each input, whether its gradient is needed.
        """
        if (self.gradient or self.backward or self.prepare_backward) is None:
            return [None] * len(wanted)
        if self.ignores_head:
            dys = [None] * len(dys)
        sources, given = self._sources(len(wanted))
        tables, specs = (dys, ys, xs), plan.in_specs
        values: list[Any] = []
        for table, place in sources:
            if place is None:
                values.append(None)
            elif table < SPECS:
                values.append(tables[table][place])
            elif type(place) is slice:
                values.append([spec[table - SPECS] for spec in specs[place]])
            else:
                values.append(specs[place][table - SPECS])
        if self.extra and not state.recording:
            values[-self.extra :] = [None] * self.extra
        if self.gradient is not None:
            got = self.gradient(*values)
            grads = list(got) if isinstance(got, (tuple, list)) else [got]
            name = self.variadic()
            if name:  # the gradients of a variadic input come as one list
                at = list(self.inputs).index(name)
                spread = grads[at] if isinstance(grads[at], (list, tuple)) else None
                if spread is not None:
                    grads[at : at + 1] = spread
            return [
                None if not want else g() if callable(g) and not hasattr(g, "_apply") else g
                for g, want in zip(grads, wanted)
            ]
        key = (
            tuple([want and gives for want, gives in zip(wanted, given)]),
            tuple([value is not None for value in values]),
        )
        if True not in key[0]:
            return [None] * len(wanted)
        op = plan.backwards.get(key)
        if op is None:
            op = plan.backwards[key] = Backward(self, plan, *key)
        got = op(*[value for value in values if value is not None])
        if len(op.grad_specs) == 1:
            return [got if want else None for want in key[0]]
        got = iter(got)
        return [next(got) if want else None for want in key[0]]

    def _sources(self, count: int) -> tuple[list[tuple[int, Any]], list[bool]]:
        """Where the gradient rule finds what it asks for, and to which of `count` inputs it gives a gradient.

        A place is a table (DYS, YS, XS, or SPECS and SPECS + 1 for shapes and dtypes) and an index or slice of it, or
        None for what there is not.
        """
        known = self.__dict__.setdefault("_known_sources", {})
        if count not in known:
            places: dict[str, tuple[int, Any]] = {}
            for i, name in enumerate("out" if n == "output" else n for n in self.output_names()):
                places |= {"d" + name: (DYS, i), name: (YS, i)}
            variadic, at = self.variadic(), 0
            for name in tuple(self.inputs) if variadic else self.active_inputs():
                length = count - len(self.inputs) + 1 if name == variadic else 1
                place = slice(at, at + length) if name == variadic else at if at < count else None
                places |= {name: (XS, place), name + "_shape": (SPECS, place), name + "_dtype": (SPECS + 1, place)}
                at += length
            given = [bool(variadic)] * count if variadic else [n in self.gives for n in self.input_names(count)]
            known[count] = [places.get(n, (DYS, None)) for n in self.needs], given
        return known[count]


class Backward(Operator):
    """The operator `_backward_X` that runs the `backward` kernel of operator X.

    Its own gradient: where X is linear in an input x, ``dx = Aᵀ dy``, that of dy is ``A u``, which is X of u instead of
    x.  Otherwise it follows from what X is `composed` of (`_second.py`).
    """

    internal = True

    def __init__(self, op: Operator, plan: Plan, wanted: tuple[bool, ...], present: tuple[bool, ...]) -> None:
        super().__init__()
        self.of_op, self.wanted, self.present, self.training = op, wanted, present, plan.training
        self.name = f"_backward_{op.name}"  # type: ignore[misc]
        self.grad_specs = [spec for spec, want in zip(plan.in_specs, wanted) if want]
        self.outputs = tuple(f"output{i}" for i in range(len(self.grad_specs)))  # type: ignore[misc]
        self.mutates = tuple(n for n in op.mutates if n in op.needs)  # type: ignore[misc]
        self.needs_inputs = len(op.inputs) > 1 if op.linear else op.composed is not None  # type: ignore[misc]
        self.first_inplace = op.inplace_gradient and wanted[0] and present[0]  # type: ignore[misc]  # of an instance

    def input_names(self, count: int) -> list[str]:
        return list(self.active_inputs())

    def active_inputs(self) -> tuple[str, ...]:
        return tuple(n for n, there in zip(self.of_op.needs, self.present) if there)

    def num_visible(self) -> int:
        return len(self.grad_specs)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [s for s, _ in self.grad_specs]

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [d for _, d in self.grad_specs]

    def prepare(self, env: Env, out_specs: list[Spec], in_specs: tuple[Spec, ...]) -> Callable[..., Any]:
        op, wanted, count, specs = self.of_op, self.wanted, len(out_specs), [*out_specs, *in_specs]
        slots = [wanted[i] if i < len(wanted) else False for i in range(len(op.gives))]
        env = Env(env.ctx, self.training)
        here, grads = iter(range(count, count + len(in_specs))), iter(range(count))
        order = [next(grads) if want else None for want in slots]
        order += [next(here) if there else None for there in self.present[: len(self.present) - op.extra]]
        if op.prepare_backward is not None:
            run = op.prepare_backward(env, *[None if i is None else specs[i] for i in order])
        else:
            assert op.backward is not None
            run = partial(op.backward, env)
        if None not in order and len(order) == len(specs):
            return run
        return lambda *arrays: run(*[None if i is None else arrays[i] for i in order])

    @property
    def differentiable(self) -> bool:
        return True  # so that it is recorded and `propagate` is heard: its gradient is not zero, but unknown

    def propagate(self, dys: Any, xs: Any, ys: Any, plan: Plan, wanted: Any) -> list[Any]:
        """Gradients of the gradients; raises where the operator says nothing of what they are."""
        op = self.of_op
        if op.linear:
            given = dict(zip(self.active_inputs(), xs))
            u = dict(zip([n for n, want in zip(op.gives, self.wanted) if want], dys)).get(op.linear)
            ddout = None if u is None else op(*[u if n == op.linear else given[n] for n in op.active_inputs()])
            return [ddout if n == "dout" else None for n in self.active_inputs()]
        if op.composed is None:
            raise MXNetError(f"{op.name} is not differentiable twice")
        from .. import _second  # it needs graphs, which are made of operators

        return _second.found(self, plan, dys, xs, wanted)


def register(name: str, *aliases: str) -> Callable[[type[Operator]], type[Operator]]:
    """Class decorator: enter an operator under its name and aliases.

    Raises
    ------
    ValueError
        If a name is taken.
    """

    def enter(cls: type[Operator]) -> type[Operator]:
        cls.name, cls.aliases = name, aliases
        primary[name] = cls
        for key in (name, *aliases):
            if registry.setdefault(key, cls) is not cls:
                raise ValueError(f"operator name {key!r} is taken")
        return cls

    return enter


def get(name: str) -> type[Operator]:
    """The operator of this name.

    Raises
    ------
    MXNetError
        If there is none.
    """
    try:
        return registry[name]
    except KeyError:
        raise MXNetError(f"operator {name!r} is not known") from None


def _restore(name: str, given: dict[str, Any]) -> Operator:
    return get(name).of(**given)


def _half(op: Operator, env: Env, out_specs: list[Spec], in_specs: tuple[Spec, ...]) -> Callable[..., Any]:
    """Run on a CPU with float16 arrays: move them as 16-bit integers, or compute in float32 and round."""
    if op.moves_data:
        view = lambda spec: (spec[0], np.dtype("uint16") if spec[1] == FLOAT16 else spec[1])
        run = op.prepare(env, [view(s) for s in out_specs], tuple(view(s) for s in in_specs))
        return lambda *arrays: run(*(a.view("uint16") if a is not None and a.dtype == FLOAT16 else a for a in arrays))
    wide = lambda spec: (spec[0], FLOAT32 if spec[1] == FLOAT16 else spec[1])
    run = op.prepare(env, [wide(s) for s in out_specs], tuple(wide(s) for s in in_specs))
    count = len(out_specs)
    names = op.input_names(len(in_specs))
    written = [count + i for i, n in enumerate(names[: len(in_specs)]) if n in op.mutates]

    def run_wide(*arrays: np.ndarray) -> None:
        inner = [np.empty(a.shape, FLOAT32) if a is not None and a.dtype == FLOAT16 else a for a in arrays]
        for a, b in zip(arrays[count:], inner[count:]):
            if a is not b:
                convert_half(b.size, b, a)
        run(*inner)
        for i in [*range(count), *written]:
            if inner[i] is not arrays[i]:
                convert_half(inner[i].size, arrays[i], inner[i])

    return run_wide
