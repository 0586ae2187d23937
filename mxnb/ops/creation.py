"""Operators without inputs that make arrays of constants."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base import ParamError
from ..kernels import shaping
from .operator import Operator, register
from .params import NUMERIC, Bool, DType, Float, Int, Shape, Str

SINGLE = np.dtype("float32")


class Creation(Operator):
    """Base: `ctx` says where the result goes (the current context if empty), `dtype` what it holds."""

    def infer_dtype(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [self.dtype]


class Constant(Creation):
    """Base of the operators that write one number everywhere."""

    shape = Shape(())
    ctx = Str("")
    dtype = DType(SINGLE)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        declared = tuple(n or None for n in self.shape or ()) or None  # 0 is a dimension to be inferred
        return ins, [self._agree(declared, outs[0], "output")]

    def number(self) -> float:
        """What is written."""
        return 0.0

    def reads_half(self, specs: Any) -> bool:
        return True

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        return shaping.filler(env.ctx.on_cpu, out_specs[0][1], math.prod(out_specs[0][0]), self.number())


@register("_zeros")
class Zeros(Constant):
    """Zeros.

    Parameters
    ----------
    shape : tuple of ints
    ctx : str
    dtype : dtype
    """


@register("_ones")
class Ones(Constant):
    """Ones.

    Parameters
    ----------
    shape : tuple of ints
    ctx : str
    dtype : dtype
    """

    def number(self) -> float:
        return 1.0


@register("_full")
class Full(Constant):
    """One number everywhere.

    Parameters
    ----------
    shape : tuple of ints
    ctx : str
    dtype : dtype
    value : float
    """

    shape = Shape(None)
    value = Float()

    def number(self) -> float:
        return self.value


@register("_arange")
class Arange(Creation):
    """Evenly spaced numbers.

    Parameters
    ----------
    start : float; the end, if stop is None
    stop : float or None
    step : float
    repeat : int; how often each number is repeated
    infer_range : bool; take the length from what the result is used for
    ctx : str
    dtype : dtype
    """

    start = Float()
    stop = Float(None)
    step = Float(1.0)
    repeat = Int(1)
    infer_range = Bool(False)
    ctx = Str("")
    dtype = DType(SINGLE, choices=NUMERIC)

    def bounds(self) -> tuple[float, float]:
        """Start and stop."""
        return (0.0, self.start) if self.stop is None else (self.start, self.stop)

    def check(self) -> None:
        if self.step == 0 or self.repeat < 1:
            raise self.error(f"step={self.step}, repeat={self.repeat}: need a step and a positive repeat", ParamError)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        if self.infer_range and self.stop is None:
            return ins, outs
        start, stop = self.bounds()
        count = math.ceil((stop - start) / self.step)
        if count <= 0:
            raise self.error(f"start={start}, stop={stop}, step={self.step} hold no number")
        return ins, [self._agree((count * self.repeat,), outs[0], "output")]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        start = self.start if self.infer_range else self.bounds()[0]
        (count,), dtype = out_specs[0]
        return shaping.ramp(env.ctx.on_cpu, dtype, count, start, self.step, self.repeat)


@register("_linspace")
class Linspace(Creation):
    """`num` evenly spaced numbers.

    Parameters
    ----------
    start, stop : float
    num : int
    endpoint : bool; whether stop is the last number
    ctx : str
    dtype : dtype
    """

    start = Float()
    stop = Float()
    num = Int()
    endpoint = Bool(True)
    ctx = Str("")
    dtype = DType(SINGLE, choices=NUMERIC)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [self._agree((self.num,), outs[0], "output")]

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        parts = self.num - 1 if self.endpoint else self.num
        step = (self.stop - self.start) / parts if parts else 0.0
        return shaping.ramp(env.ctx.on_cpu, out_specs[0][1], self.num, self.start, step)


@register("_eye")
class Eye(Creation):
    """Ones on a diagonal.

    Parameters
    ----------
    N : int; rows
    M : int; columns, N if 0
    k : int; the diagonal, 0 the main one, positive above it
    ctx : str
    dtype : dtype
    """

    N = Int()
    M = Int(0)
    k = Int(0)
    ctx = Str("")
    dtype = DType(SINGLE, choices=NUMERIC)

    def infer_shape(self, ins: list[Any], outs: list[Any]) -> tuple[list[Any], list[Any]]:
        return ins, [self._agree((self.N, self.M or self.N), outs[0], "output")]

    def reads_half(self, specs: Any) -> bool:
        return True

    def prepare(self, env: Any, out_specs: Any, in_specs: Any) -> Any:
        (rows, cols), dtype = out_specs[0]
        return shaping.diagonal(env.ctx.on_cpu, dtype, rows, cols, self.k)
