"""Operators over many parameters: updates of all of them, their norms, and whether all is finite.

``multi_sgd_mom_update(w0, g0, m0, w1, g1, m1, lrs=(…), wds=(…), num_weights=2, out=[w0, w1])`` does what
`sgd_mom_update` does for each of them; so do all operators whose names hold ``multi``. The `preloaded` ones take rates
and decays in two arrays behind the others.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base import DTypeError, ParamError
from ..kernels import device
from ..kernels import optimizer as kernels
from .operator import FLOAT32, Operator, register, registry
from .optimizer import MEANINGS, limit
from .params import REQUIRED, Aux, Bool, Float, Floats, Input, Int, Param, Shape, Variadic
from .reduction import Norm

LISTS = {"lrs": "lr", "learning_rates": "lr", "wds": "wd", "etas": "eta", "step_count": "t"}
"""Parameters with one value for each array, and what single updates call that."""


class Many(Operator):
    """Base of operators with any number of arrays, of which `count` tells how many."""

    count: str
    each: tuple[str, ...] = ("array",)  # the arrays of each of them, one set after another
    last: tuple[str, ...] = ()  # inputs behind these
    wide: tuple[str, ...] = ()  # those that are float32 whatever the others are

    @property
    def number(self) -> int:
        """How many sets of arrays there are."""
        return self.__dict__[self.count]

    def check(self) -> None:
        """Raise ParamError where lists do not have a value for each."""
        if self.number < 1:
            raise ParamError(f"{self.name}: {self.count} is {self.number}, need at least 1")
        for name in self.params:
            if name in LISTS and len(self.__dict__[name]) != self.number:
                raise ParamError(
                    f"{self.name}: {name} has {len(self.__dict__[name])} values, need {self.number} ({self.count})"
                )

    def input_names(self, count: int) -> list[str]:
        """The names of all inputs."""
        return [f"{n}_{k}" for k in range(self.number) for n in self.each] + list(self.last)

    def _sets(self, items: Any) -> list[Any]:
        """The inputs of each set."""
        stride = len(self.each)
        return [items[k * stride : (k + 1) * stride] for k in range(self.number)]

    def _complete(self, ins: list[Any]) -> None:
        names = self.input_names(len(ins))
        if len(ins) != len(names):
            raise self.error(
                f"got {len(ins)} inputs, need {len(names)} with {self.count}={self.number}: " + ", ".join(names)
            )

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        """All of one floating dtype but for those that are float32 always."""
        names = self.input_names(len(ins))
        wide = [name.rpartition("_")[0] in self.wide or name in self.last for name in names]
        (dtype, *_), outs = super().infer_dtype([d for d, w in zip(ins, wide) if not w] or [None], outs)
        if dtype is not None and dtype.kind != "f":
            raise self.error(f"{names[0]} has dtype {dtype}, need a floating one", DTypeError)
        return [FLOAT32 if w else dtype for w in wide], outs


# --- Updates ---------------------------------------------------------------------------------------------------------


class MultiUpdate(Many):
    """Base of the updates of many parameters."""

    single: str  # the update of one
    states: tuple[str, ...] = ()
    preloaded = False

    def check(self) -> None:
        """Name the inputs, and which of them change."""
        super().check()
        names = self.input_names(0)
        self.mutates = tuple(n for n in names if n.rpartition("_")[0] in self.states)  # type: ignore[misc]
        self.inputs = {n: Aux() if n in self.mutates else Input() for n in names}  # type: ignore[misc]

    def total_outputs(self) -> int:
        """One for each parameter."""
        return self.number

    def output_names(self) -> tuple[str, ...]:
        """The new parameters."""
        return ("output",) if self.number == 1 else tuple(f"output{k}" for k in range(self.number))

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        """The arrays of a parameter have its shape."""
        self._complete(ins)
        names, shapes, results = self._sets(self.input_names(len(ins))), [], []
        for some, given, out in zip(names, self._sets(ins), outs):
            shape = None
            for name, each in zip([*some, "output"], [*given, out]):
                shape = self._agree(shape, each, name)
            shapes += [shape] * len(some)
            results.append(shape)
        for name, given in zip(self.last, ins[len(shapes) :]):
            size = self.number if self.preloaded else 1
            if given is not None and None not in given and (math.prod(given) != size if self.preloaded else not given):
                raise self.error(f"{name} has {math.prod(given)} numbers, need {size}")
            shapes.append(given or (size,))
        return shapes, results

    def _shared(self) -> dict[str, Any]:
        """The parameters that all of them have in common."""
        return {n: self.__dict__[n] for n in self.params if n not in LISTS and n != self.count}

    def _of_each(self) -> list[dict[str, Any]]:
        """The parameters of single updates."""
        lists = {single: self.__dict__[n] for n, single in LISTS.items() if n in self.params}
        return [{**self._shared(), **{n: values[k] for n, values in lists.items()}} for k in range(self.number)]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        """A single update for each."""
        cls: Any = registry[self.single]
        number, places = self.number, range(self.number)
        tail = len(in_specs) - len(self.last)  # where the inputs behind the others begin
        shared = () if self.preloaded else in_specs[tail:]
        specs = [((out_specs[k],), (*some, *shared)) for k, some in enumerate(self._sets(in_specs))]
        if self.preloaded:
            common, make = self._shared(), lambda k, lr, wd: cls.of(lr=lr, wd=wd, **common).prepare(env, *specs[k])

            def run_preloaded(*arrays: Any) -> None:
                outs, ins = arrays[:number], arrays[number:]
                lrs, wds = (device.to_host(x).reshape(-1).tolist() for x in ins[tail:])
                for k, some in enumerate(self._sets(ins)):
                    make(k, lrs[k], wds[k])(outs[k], *some)

            return run_preloaded
        runs = [cls.of(**params).prepare(env, *specs[k]) for k, params in zip(places, self._of_each())]

        def run(*arrays: Any) -> None:
            outs, ins = arrays[:number], arrays[number:]
            for k, some in enumerate(self._sets(ins)):
                runs[k](outs[k], *some, *ins[tail:])

        return run


class MultiLamb(MultiUpdate):
    """Base of `_multi_lamb_update`: two phases for each parameter, with norms between them."""

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        """Both phases for each."""
        works = []
        for k, (params, specs) in enumerate(zip(self._of_each(), self._sets(in_specs))):
            works.append(self._work(env, params, out_specs[k], specs))
        number = self.number

        def run(*arrays: Any) -> None:
            for work, out, some in zip(works, arrays, self._sets(arrays[number:])):
                work(out, *some)

        return run

    def _work(self, env: Any, params: dict[str, Any], out_spec: Any, specs: Any) -> Any:
        first, second = (registry[f"{self.single}_phase{n}"] for n in (1, 2))
        one, two = ({n: v for n, v in params.items() if n in cls.params} for cls in (first, second))
        wide = len(specs) == 5  # the last is the copy that is read
        direction_spec = specs[-1] if wide else out_spec
        norm_spec = ((1,), direction_spec[1])
        phase1 = first.of(**one).prepare(env, (direction_spec,), specs)
        norm = Norm.of().bind(env.ctx, False, (direction_spec,)).run
        behind = (specs[4],) if wide else ()
        inputs = (specs[0], direction_spec, norm_spec, norm_spec, *behind)
        phase2 = second.of(**two).prepare(env, (out_spec,), inputs)

        def work(out: Any, weight: Any, *others: Any) -> None:
            direction, r1, r2 = (
                device.empty_like_target(weight, *spec) for spec in (direction_spec, norm_spec, norm_spec)
            )
            phase1(direction, weight, *others)
            norm(r1, others[-1] if wide else weight)
            norm(r2, direction)
            phase2(out, weight, direction, r1, r2, *others[3:])

        return work


def _declare(
    name: str,
    single: str,
    states: tuple[str, ...],
    wide: tuple[str, ...],
    last: tuple[str, ...],
    params: dict[str, Param],
    base: type[MultiUpdate] = MultiUpdate,
    count: str = "num_weights",
) -> None:
    each = ("weight", "grad", *states)
    preloaded = name.startswith("preloaded")
    what = ", ".join(f"{n}_{{k}}" for n in each)
    lines = [f"`{single}` of several parameters.", "", "Parameters", "----------"]
    lines += [f"data : NDArray; for each parameter {what}" + "".join(f"; then {n}" for n in last)]
    for n, p in params.items():
        one = LISTS.get(n)
        meaning = f"one {one} for each" if one else MEANINGS.get(n, "as in the single update")
        lines.append(f"{n} : {p.describe()}; {meaning}")
    lines += ["", "Returns", "-------", "NDArray or list of NDArray; the new weights, for which callers pass ``out=``"]
    body: dict[str, Any] = {
        "data": Variadic(count, each=len(each), last=len(last)), **params,
        count: Int(1) if count == "num_weights" else Int(),
        "single": single, "states": states, "wide": wide, "last": last, "each": each, "count": count,
        "preloaded": preloaded, "__doc__": "\n".join(lines) + "\n", "__module__": __name__,
    }  # fmt: skip
    register(name)(type(name, (base,), body))


def _common(**first: Param) -> dict[str, Param]:
    return {**first, "rescale_grad": Float(1.0), "clip_gradient": Float(-1.0)}


def _adamw() -> dict[str, Param]:
    return {
        "lrs": Floats(), "beta1": Float(0.9), "beta2": Float(0.999), "epsilon": Float(1e-8), "wds": Floats(),
        "etas": Floats(), "clip_gradient": Float(-1.0),
    }  # fmt: skip


def _lamb() -> dict[str, Param]:
    return {
        "learning_rates": Floats(), "beta1": Float(0.9), "beta2": Float(0.999), "epsilon": Float(1e-6),
        "wds": Floats(), "rescale_grad": Float(1.0), "lower_bound": Float(-1.0), "upper_bound": Float(-1.0),
        "clip_gradient": Float(-1.0), "bias_correction": Bool(True), "step_count": Shape(REQUIRED),
    }  # fmt: skip


MP, MP_MOM, RATES = ("weight32",), ("mom", "weight32"), ("lrs", "wds")
MEANS, MP_MEANS, SCALE = ("mean", "var"), ("mean", "var", "weight32"), ("rescale_grad",)
for prefix, first, last in (("", {"lrs": Floats(), "wds": Floats()}, ()), ("preloaded_", {}, RATES)):
    plain, moving = _common(**first), _common(**first, momentum=Float(0.0))
    _declare(f"{prefix}multi_sgd_update", "sgd_update", (), (), last, plain)
    _declare(f"{prefix}multi_sgd_mom_update", "sgd_mom_update", ("mom",), (), last, moving)
    _declare(f"{prefix}multi_mp_sgd_update", "mp_sgd_update", MP, MP, last, plain)
    _declare(f"{prefix}multi_mp_sgd_mom_update", "mp_sgd_mom_update", MP_MOM, MP_MOM, last, moving)
_declare("_multi_adamw_update", "_adamw_update", MEANS, (), SCALE, _adamw())
_declare("_multi_mp_adamw_update", "_mp_adamw_update", MP_MEANS, MP_MEANS, SCALE, _adamw())
_declare("_multi_lamb_update", "lamb_update", MEANS, (), (), _lamb(), MultiLamb, "num_tensors")
_declare("_multi_mp_lamb_update", "mp_lamb_update", MP_MEANS, MP_MEANS, (), _lamb(), MultiLamb, "num_tensors")


# --- Norms, finiteness, rates ----------------------------------------------------------------------------------------


class _Reduced(Many):
    """Base of operators that reduce each of their arrays to a number."""

    count = "num_arrays"
    reduced: Any

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        """Results are float32."""
        ins, _ = super().infer_dtype(ins, [])
        return ins, [FLOAT32]

    def _each(self, env: Any, in_specs: Any) -> Any:
        """A function of a float32 array of results and of the arrays."""
        on_cpu = env.ctx.on_cpu
        bound = [self.reduced.bind(on_cpu, s, tuple(range(len(s))), d) for s, d in in_specs]
        dtype = in_specs[0][1] if on_cpu else FLOAT32

        def run(y: Any, *xs: Any) -> None:
            found = y if dtype == FLOAT32 else np.empty(len(xs), dtype)
            for k, x in enumerate(xs):
                bound[k](found[k : k + 1], x)
            if found is not y:
                y[...] = found

        return run


@register("multi_sum_sq")
class MultiSumSq(_Reduced):
    """Sums of the squares of several arrays.

    Parameters
    ----------
    data : NDArray, any shapes, of one floating dtype

    Returns
    -------
    NDArray; float32, shape (num_arrays,)
    """

    data = Variadic("num_arrays")
    num_arrays = Int()
    reduced = kernels.sum_of_squares

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        """One number for each."""
        self._complete(ins)
        return ins, [self._agree((self.number,), outs[0], "output")]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        """The sums, one after another."""
        return self._each(env, in_specs)


class _Finite(_Reduced):
    """Base of `all_finite` and `multi_all_finite`."""

    reduced = kernels.finite
    init_output: bool

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        """One number in all."""
        self._complete(ins)
        return ins, [self._agree((1,), outs[0], "output")]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        """Whether each is finite, then whether all are."""
        each, number, kept = self._each(env, in_specs), len(in_specs), int(not self.init_output)

        def run(y: Any, *xs: Any) -> None:
            found = device.empty_like_target(xs[0], (number,), FLOAT32)
            each(found, *xs)
            kernels.all_of(1, y, found, number, kept)

        return run


@register("all_finite")
class AllFinite(_Finite):
    """1 if all numbers of an array are finite, else 0.

    Parameters
    ----------
    data : NDArray, any shape, of a floating dtype
    init_output : bool; if false, `out` keeps a 0 that it holds

    Returns
    -------
    NDArray; float32, shape (1,)
    """

    data = Input()
    init_output = Bool(True)
    number = 1
    each = ("data",)

    def check(self) -> None:
        """There is one array."""

    def input_names(self, count: int) -> list[str]:
        """The array's."""
        return ["data"]


@register("multi_all_finite")
class MultiAllFinite(_Finite):
    """1 if all numbers of several arrays are finite, else 0.

    Parameters
    ----------
    data : NDArray, any shapes, of one floating dtype
    init_output : bool; if false, `out` keeps a 0 that it holds

    Returns
    -------
    NDArray; float32, shape (1,)
    """

    data = Variadic("num_arrays")
    num_arrays = Int(1)
    init_output = Bool(True)


@register("multi_lars")
class MultiLars(Operator):
    """Rates of LARS for several parameters: ``lr * eta * |w| / (rescale_grad * |g| + wd * |w| + eps)``.

    Parameters
    ----------
    lrs : NDArray; float32, rates of the parameters
    weights_sum_sq, grads_sum_sq : NDArray; sums of the squares of weights and gradients, as of `multi_sum_sq`
    wds : NDArray; weight decays
    eta : float; proportion of the rate to the norm of the weight
    eps : float; added to the denominator
    rescale_grad : float; factor of the gradients

    Returns
    -------
    NDArray; the rate itself where a sum is 0
    """

    lrs = Input()
    weights_sum_sq = Input()
    grads_sum_sq = Input()
    wds = Input()
    eta = Float()
    eps = Float()
    rescale_grad = Float(1.0)
    inplace = True

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        """All float32."""
        for name, dtype in zip(self.inputs, ins):
            if dtype not in (None, FLOAT32):
                raise self.error(f"{name} has dtype {dtype}, need float32", DTypeError)
        return [FLOAT32] * 4, [FLOAT32]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        """Element by element."""
        count, numbers = math.prod(out_specs[0][0]), (self.eta, self.eps, self.rescale_grad)
        return lambda *arrays: kernels.lars(count, *arrays, *numbers)


# --- One rate for each row -------------------------------------------------------------------------------------------


@register("_contrib_group_adagrad_update")
class GroupAdaGradUpdate(Operator):
    """AdaGrad with one rate for each row: ``h += mean(g**2 over the row); w -= lr * g / sqrt(h + epsilon)``.

    Parameters
    ----------
    weight : NDArray, shape (n, m)
    grad : NDArray; its gradient
    history : NDArray, shape (n, 1); changed
    lr : float; learning rate
    rescale_grad : float; factor of the gradient
    clip_gradient : float; limit of the rescaled gradient's elements; negative for none
    epsilon : float

    Returns
    -------
    NDArray; the new weight
    """

    weight = Input()
    grad = Input()
    history = Aux()
    lr = Float()
    rescale_grad = Float(1.0)
    clip_gradient = Float(-1.0)
    epsilon = Float(1e-5)
    mutates = ("history",)
    inplace = True

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        """The weight is a matrix, the history a column."""
        shape = None
        for name, each in zip(("weight", "grad", "output"), (*ins[:2], *outs)):
            shape = self._agree(shape, each, name)
        if shape is not None and len(shape) != 2:
            raise self.error(f"weight has shape {shape}, need two axes")
        return [shape, shape, self._agree((shape[0] if shape else None, 1), ins[2], "history")], [shape]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        """Row by row."""
        rows, width = out_specs[0][0]
        numbers = (width, self.lr, self.epsilon, self.rescale_grad, limit("clip_gradient", self.clip_gradient))

        def run(out: Any, weight: Any, grad: Any, history: Any) -> None:
            if out is not weight:
                device.copy(out, weight)
            kernels.group_adagrad(rows, out, grad, history, *numbers)

        return run
