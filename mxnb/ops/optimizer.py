"""Operators that update a parameter by its gradient: a table of kernels, states and parameters.

Each takes the weight, its gradient and its states, changes the states in place and gives the new weight; callers pass
``out=weight``.  Which scalars a kernel takes is read from its signature.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import partial
from typing import Any

from ..kernels import device
from ..kernels import optimizer as kernels
from ..kernels.launch import launcher
from .operator import FLOAT32, Operator, register
from .params import REQUIRED, Aux, Bool, Float, Input, Int, Param
from .plan import INSTANCES, Env, Plan

CLIPS = ("clip_gradient", "clip_grad", "clip_weights", "upper_bound")  # negative means that there is no limit

MEANINGS = {
    "weight": "the parameter",
    "grad": "its gradient",
    "noise": "normal numbers of variance 1",
    "weight32": "float32, the master copy of a float16 parameter; changed",
    "eta": "factor of the whole step",
    "r1": "shape (1,), norm of the weight",
    "r2": "shape (1,), norm of g",
    "lr": "learning rate",
    "wd": "weight decay",
    "rescale_grad": "factor of the gradient",
    "clip_gradient": "limit of the rescaled gradient's elements; negative for none",
    "clip_grad": "limit of the rescaled gradient's elements; negative for none",
    "clip_weights": "limit of the new weight's elements; negative for none",
    "lazy_update": "has no effect on dense gradients",
    "t": "number of updates, this one included",
}


class Update(Operator):
    """Base of the operators in this file."""

    kernel: Any
    arrays: tuple[int, ...]  # which of (output, *inputs) the kernel takes, in its order
    in_place: bool  # whether the kernel changes the weight itself
    scalars: tuple[str, ...]
    derive: Callable[[], dict[str, float]] | None = None
    wide: tuple[str, ...] = ()  # arrays that are float32 whatever the weight's dtype
    inplace = True
    defaults: dict[str, Any]  # of the parameters that have one
    checked: dict[Any, Any]  # output shapes and dtypes for those of the inputs; they do not depend on the parameters
    launchers: dict[Any, Callable[..., None]]  # kernels for shapes and dtypes; neither do they

    @classmethod
    def of(cls, **given: Any) -> Any:
        # The learning rate may change with every update, so a new instance has to be cheap: numbers need no parsing.
        key = tuple(given.items())
        try:
            if key in cls._instances:
                return cls._instances[key]
        except TypeError:
            return super().of(**given)
        values = {**cls.defaults, **given}
        if values.keys() != cls.params.keys() or any(type(v) not in (float, int, bool) for v in given.values()):
            return super().of(**given)
        made = cls.__new__(cls)
        made.given, made._plans = given, {}
        made.__dict__.update(values)
        if len(cls._instances) >= INSTANCES:
            cls._instances.clear()
        cls._instances[key] = made
        return made

    def _make_plan(self, ctx: Any, training: bool, in_specs: Any) -> Plan:
        out_specs = self.checked.get(in_specs)
        if out_specs is None:
            plan = super()._make_plan(ctx, training, in_specs)
            self.checked[in_specs] = plan.out_specs
            return plan
        env = Env(ctx, training)
        return Plan(self, in_specs, out_specs, self._runner(env, out_specs, in_specs), env)

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if not self.wide:
            return super().infer_dtype(ins, outs)
        names = list(self.inputs)
        narrow = [i for i, name in enumerate(names) if name not in self.wide]
        agreed, out = super().infer_dtype([ins[i] for i in narrow], [] if "output" in self.wide else outs)
        dtypes = dict(zip(narrow, agreed))
        return [dtypes.get(i, FLOAT32) for i in range(len(ins))], out or [FLOAT32]

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        scalars = [i for i, name in enumerate(self.inputs) if name in ("r1", "r2", "rescale_grad")]
        if not scalars:
            return super().infer_shape(ins, outs)
        shape = None
        names = list(self.inputs)
        for i, name in enumerate(names):
            shape = self._agree(shape, None if i in scalars else ins[i], name)
        shape = self._agree(shape, outs[0], "output")
        one = lambda i: ins[i] or (1,) if names[i] == "rescale_grad" else self._agree((1,), ins[i], names[i])
        return [one(i) if i in scalars else shape for i in range(len(ins))], [shape]

    @classmethod
    def launch(cls, on_cpu: bool, out_specs: Any, in_specs: Any) -> Callable[..., None]:
        """The kernel for these shapes and dtypes: a function of the arrays that it takes, then of its scalars."""
        key = (on_cpu, in_specs)
        if key not in cls.launchers:
            if len(cls.launchers) >= INSTANCES:
                cls.launchers.clear()
            specs = [*out_specs, *in_specs]
            dtypes = [specs[i][1] for i in (range(1, len(specs)) if cls.in_place else cls.arrays)]
            count = math.prod(out_specs[0][0])
            cls.launchers[key] = launcher(cls.kernel, on_cpu, dtypes, len(cls.scalars), count, cls.kernel.grain)
        return cls.launchers[key]

    def values(self) -> list[float]:
        """The scalars that the kernel takes."""
        derived = self.derive() if self.derive else {}
        return [limit(n, float(derived.get(n, getattr(self, n, 0.0)))) for n in self.scalars]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        launch, scalars, order = self.launch(env.ctx.on_cpu, out_specs, in_specs), self.values(), self.arrays
        if not self.in_place:
            return lambda *arrays: launch(*[arrays[i] for i in order], *scalars)

        def run(out: Any, weight: Any, *others: Any) -> None:
            if out is not weight:
                device.copy(out, weight)
            launch(out, *others, *scalars)

        return run


def limit(name: str, value: float) -> float:
    """A scalar as kernels take it: a negative limit is none."""
    return math.inf if value < 0 and name in CLIPS else value


def update(
    name: str,
    kernel: Any,
    states: tuple[str, ...] = (),
    inputs: tuple[str, ...] = ("weight", "grad"),
    wide: tuple[str, ...] = (),
    derive: Callable[[Any], dict[str, float]] | None = None,
    last: tuple[str, ...] = (),
    read: str = "weight",
    internal: bool = False,
    **params: Param,
) -> None:
    """Declare an update operator.

    Parameters
    ----------
    name : str
    kernel : of arrays, then of scalars, all by name: the inputs in their order, if it changes the weight in place; or
        ``out`` and inputs in any order.
    states : inputs that change.
    inputs : the other inputs.
    wide : inputs (and ``"output"``) that are float32 while the weight may be float16.
    derive : scalars that follow from the parameters.
    last : inputs behind the states.
    read : the input that the kernel takes for `weight`.
    internal : it is one of an optimizer that has no operator in MXNet.
    **params : in the order of the operator's signature.
    """
    names = [*inputs, *states, *last]
    places = {"out": 0, **{n: i + 1 for i, n in enumerate(names)}}
    places["weight"] = places[read]
    signature = list(inspect.signature(kernel.function).parameters)[1:]
    arrays = tuple(places[n] for n in signature if n in places)
    in_place = "out" not in signature
    assert not in_place or list(arrays) == list(range(1, len(names) + 1)), name
    scalars = tuple(n for n in signature if n not in places)
    text = [f"{inspect.getdoc(kernel.function)}\n\nParameters\n----------"]
    text += [f"{n} : NDArray, {MEANINGS.get(n, 'a state; changed')}" for n in names]
    text += [f"{n} : {p.describe()}, {MEANINGS.get(n, 'see the formula')}" for n, p in params.items()]
    defaults = {n: p.default for n, p in params.items() if p.default is not REQUIRED}
    body: dict[str, Any] = {n: Aux() if n in states else Input() for n in names}
    body |= params
    body |= {
        "kernel": kernel, "arrays": arrays, "in_place": in_place, "scalars": scalars, "wide": wide, "derive": derive,
        "internal": internal, "mutates": states, "checked": {}, "launchers": {}, "defaults": defaults,
        "__doc__": "\n".join(text) + "\n", "__module__": __name__,
    }  # fmt: skip
    register(name)(type(name, (Update,), body))


def _shares(op: Any) -> dict[str, float]:
    """Shares of the true means that exponential means have gathered in t steps."""
    if not getattr(op, "bias_correction", True):
        return {"share1": 1.0, "share2": 1.0}
    return {"share1": 1 - op.beta1**op.t, "share2": 1 - op.beta2**op.t}


def _bounds(op: Any) -> dict[str, float]:
    return {"lower_bound": max(op.lower_bound, 0.0)}


def _common(clip: str = "clip_gradient") -> dict[str, Any]:
    return {"wd": Float(0.0), "rescale_grad": Float(1.0), clip: Float(-1.0)}


def _momentum() -> dict[str, Any]:
    return {"lr": Float(), "momentum": Float(0.0), **_common()}


def _betas(beta1: float, beta2: float, epsilon: float) -> dict[str, Any]:
    return {"beta1": Float(beta1), "beta2": Float(beta2), "epsilon": Float(epsilon)}


def _lamb() -> dict[str, Any]:
    return {
        **_betas(0.9, 0.999, 1e-6), "t": Int(), "bias_correction": Bool(True), "wd": Float(),
        "rescale_grad": Float(1.0), "clip_gradient": Float(-1.0),
    }  # fmt: skip


def _adamw() -> dict[str, Any]:
    return {"lr": Float(), **_betas(0.9, 0.999, 1e-8), "wd": Float(0.0), "eta": Float(), "clip_gradient": Float(-1.0)}


def _lamb_step() -> dict[str, Any]:
    return {"lr": Float(), "lower_bound": Float(-1.0), "upper_bound": Float(-1.0)}


update("sgd_update", kernels.sgd, lr=Float(), **_common(), lazy_update=Bool(True))
update("sgd_mom_update", kernels.sgd_momentum, ("mom",), **_momentum(), lazy_update=Bool(True))
update("nag_mom_update", kernels.nag, ("mom",), **_momentum())
update(
    "mp_sgd_update", kernels.mp_sgd, ("weight32",), wide=("weight32",), lr=Float(), **_common(), lazy_update=Bool(True)
)
update(
    "mp_sgd_mom_update", kernels.mp_sgd_momentum, ("mom", "weight32"), wide=("mom", "weight32"),
    **_momentum(), lazy_update=Bool(True),
)  # fmt: skip
update("mp_nag_mom_update", kernels.mp_nag, ("mom", "weight32"), wide=("mom", "weight32"), **_momentum())
update("signsgd_update", kernels.signsgd, lr=Float(), **_common())
update("signum_update", kernels.signum, ("mom",), **_momentum(), wd_lh=Float(0.0))
update(
    "adam_update", kernels.adam, ("mean", "var"),
    lr=Float(), **_betas(0.9, 0.999, 1e-8), **_common(), lazy_update=Bool(True),
)  # fmt: skip
update(
    "rmsprop_update", kernels.rmsprop, ("n",),
    lr=Float(), gamma1=Float(0.95), epsilon=Float(1e-8), **_common(), clip_weights=Float(-1.0),
)  # fmt: skip
update(
    "rmspropalex_update", kernels.rmsprop_centered, ("n", "g", "delta"),
    lr=Float(), gamma1=Float(0.95), gamma2=Float(0.9), epsilon=Float(1e-8), **_common(), clip_weights=Float(-1.0),
)  # fmt: skip
update("ftrl_update", kernels.ftrl, ("z", "n"), lr=Float(), lamda1=Float(0.01), beta=Float(1.0), **_common())
update(
    "ftml_update", kernels.ftml, ("d", "v", "z"), derive=_shares,
    lr=Float(), **_betas(0.6, 0.999, 1e-8), t=Int(), **_common("clip_grad"),
)  # fmt: skip
update("lamb_update_phase1", kernels.lamb_direction, ("mean", "var"), derive=_shares, **_lamb())
update(
    "mp_lamb_update_phase1", kernels.lamb_direction, ("mean", "var"), last=("weight32",), read="weight32",
    wide=("mean", "var", "weight32", "output"), derive=_shares, **_lamb(),
)  # fmt: skip
update("lamb_update_phase2", kernels.lamb_step, (), ("weight", "g", "r1", "r2"), derive=_bounds, **_lamb_step())
update(
    "mp_lamb_update_phase2", kernels.mp_lamb_step, ("weight32",), ("weight", "g", "r1", "r2"),
    wide=("g", "r1", "r2", "weight32"), derive=_bounds, **_lamb_step(),
)  # fmt: skip
update("_adamw_update", kernels.adamw, ("mean", "var"), last=("rescale_grad",), wide=("rescale_grad",), **_adamw())
update(
    "_mp_adamw_update", kernels.mp_adamw, ("mean", "var", "weight32"), last=("rescale_grad",),
    wide=("mean", "var", "weight32", "rescale_grad"), **_adamw(),
)  # fmt: skip

own = partial(update, internal=True)
own("_sgld_update", kernels.sgld, (), ("weight", "grad", "noise"), lr=Float(), **_common())
own("_adagrad_update", kernels.adagrad, ("history",), lr=Float(), epsilon=Float(1e-7), **_common())
own("_adadelta_update", kernels.adadelta, ("squares", "steps"), rho=Float(0.9), epsilon=Float(1e-5), **_common())
own(
    "_adamax_update", kernels.adamax, ("mean", "largest"),
    lr=Float(), beta1=Float(0.9), beta2=Float(0.999), **_common(),
)  # fmt: skip
own(
    "_nadam_update", kernels.nadam, ("mean", "var"), lr=Float(), **_betas(0.9, 0.999, 1e-8),
    part_grad=Float(), part_mean=Float(), share2=Float(), **_common(),
)  # fmt: skip
own("_dcasgd_update", kernels.dcasgd, ("previous",), lr=Float(), lamda=Float(0.04), **_common())
own("_dcasgd_mom_update", kernels.dcasgd_momentum, ("mom", "previous"), **_momentum(), lamda=Float(0.04))
