"""Symbols without inputs, `zeros`, `ones`, `arange`, …, and two operators that have a Python face of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops import get
from .compose import apply
from .symbol import Symbol

__all__ = ["arange", "eye", "full", "histogram", "linspace", "ones", "split_v2", "zeros"]


def _call(operator: str, inputs: tuple[Any, ...], params: dict[str, Any], options: dict[str, Any]) -> Symbol:
    options = dict(options)
    name, attr = options.pop("name", None), options.pop("attr", None)
    return apply(get(operator), operator, inputs, {**params, **options}, name, attr)


def _dtype(dtype: Any) -> Any:
    return np.float32 if dtype is None else dtype


def zeros(shape: Any, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Zeros.

    Parameters
    ----------
    shape : int or tuple of int
        A dimension of 0 is unknown and follows from where the symbol is used.
    dtype : str or dtype, optional
        float32 by default.
    **kwargs
        `name`, `attr`, `ctx`.

    Returns
    -------
    Symbol

    Examples
    --------
    >>> mx.sym.zeros((2,)).eval()[0].asnumpy()
    array([0., 0.], dtype=float32)
    """
    return _call("_zeros", (), {"shape": shape, "dtype": _dtype(dtype)}, kwargs)


def ones(shape: Any, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Ones.

    Parameters
    ----------
    shape : int or tuple of int
        A dimension of 0 is unknown and follows from where the symbol is used.
    dtype : str or dtype, optional
        float32 by default.
    **kwargs
        `name`, `attr`, `ctx`.

    Returns
    -------
    Symbol

    Examples
    --------
    >>> mx.sym.ones((2,)).eval()[0].asnumpy()
    array([1., 1.], dtype=float32)
    """
    return _call("_ones", (), {"shape": shape, "dtype": _dtype(dtype)}, kwargs)


def full(shape: Any, val: float, dtype: Any = None, **kwargs: Any) -> Symbol:
    """One number everywhere.

    Parameters
    ----------
    shape : int or tuple of int
    val : float
    dtype : str or dtype, optional
        float32 by default.
    **kwargs
        `name`, `attr`, `ctx`.

    Returns
    -------
    Symbol

    Examples
    --------
    >>> mx.sym.full((2,), 7).eval()[0].asnumpy()
    array([7., 7.], dtype=float32)
    """
    return _call("_full", (), {"shape": shape, "dtype": _dtype(dtype), "value": float(val)}, kwargs)


def eye(N: int, M: int = 0, k: int = 0, dtype: Any = None, **kwargs: Any) -> Symbol:
    """A matrix with ones on one diagonal.

    Parameters
    ----------
    N : int
        The number of rows.
    M : int
        The number of columns; 0 for as many as rows.
    k : int
        The diagonal: positive above the main one.
    dtype : str or dtype, optional
        float32 by default.
    **kwargs
        `name`, `attr`, `ctx`.

    Returns
    -------
    Symbol
    """
    return _call("_eye", (), {"N": N, "M": M, "k": k, "dtype": _dtype(dtype)}, kwargs)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    name: str | None = None,
    dtype: Any = None,
) -> Symbol:
    """Evenly spaced numbers.

    Parameters
    ----------
    start : float
        The first number, or the end when `stop` is not given (then the first is 0).
    stop : float, optional
        Where to end, exclusive.
    step : float
    repeat : int
        How often each number is repeated.
    infer_range : bool
        Whether the end follows from the shape that is needed.
    name : str, optional
    dtype : str or dtype, optional
        float32 by default.

    Returns
    -------
    Symbol

    Examples
    --------
    >>> mx.sym.arange(3).eval()[0].asnumpy()
    array([0., 1., 2.], dtype=float32)
    """
    params = {"start": start, "stop": stop, "step": step, "repeat": repeat, "infer_range": infer_range}
    return _call("_arange", (), {**params, "dtype": _dtype(dtype)}, {"name": name})


def linspace(
    start: float, stop: float, num: int, endpoint: bool = True, name: str | None = None, dtype: Any = None
) -> Symbol:
    """A given number of evenly spaced numbers.

    Parameters
    ----------
    start, stop : float
        The first and the last number.
    num : int
    endpoint : bool
        Whether `stop` is the last number, or the one after it.
    name : str, optional
    dtype : str or dtype, optional
        float32 by default.

    Returns
    -------
    Symbol
    """
    params = {"start": start, "stop": stop, "num": num, "endpoint": endpoint, "dtype": _dtype(dtype)}
    return _call("_linspace", (), params, {"name": name})


def histogram(a: Symbol, bins: Any = 10, range: tuple[float, float] | None = None, **kwargs: Any) -> Symbol:
    """How many elements lie in each bin.

    Parameters
    ----------
    a : Symbol
    bins : int or Symbol
        The number of bins, or their edges.
    range : tuple of two float
        Where the first bin starts and the last one ends; needed when `bins` is a number.
    **kwargs
        `name`, `attr`.

    Returns
    -------
    Symbol
        Two outputs: counts and edges.

    Raises
    ------
    ValueError
        When `bins` is a number and there is no range.
    """
    if isinstance(bins, Symbol):
        return _call("_histogram", (a, bins), {}, kwargs)
    if range is None:
        raise ValueError("null range is not supported in symbol mode")
    return _call("_histogram", (a,), {"bin_cnt": bins, "range": range}, kwargs)


def split_v2(ary: Symbol, indices_or_sections: Any, axis: int = 0, squeeze_axis: bool = False, **kwargs: Any) -> Symbol:
    """Cut along one axis.

    Parameters
    ----------
    ary : Symbol
    indices_or_sections : int or tuple of int
        Into how many equal parts, or where each part after the first one starts.
    axis : int
    squeeze_axis : bool
        Whether an axis of length 1 is dropped from the parts; for equal parts only.
    **kwargs
        `name`, `attr`.

    Returns
    -------
    Symbol
        One output per part.

    Raises
    ------
    ValueError
        When `indices_or_sections` is something else.
    """
    if isinstance(indices_or_sections, int):
        indices, sections = [], indices_or_sections
    elif isinstance(indices_or_sections, (tuple, list, set)):
        indices, sections = [0, *indices_or_sections], 0
    else:
        raise ValueError(f"indices_or_sections must be int or tuple of ints, got {indices_or_sections!r}")
    params = {"indices": indices, "axis": axis, "squeeze_axis": squeeze_axis, "sections": sections}
    return _call("_split_v2", (ary,), params, kwargs)
