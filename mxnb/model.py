"""Checkpoints of symbols and parameters, and what batch callbacks receive."""

from __future__ import annotations

import logging
from collections import namedtuple
from typing import Any

from . import ndarray as nd
from .base import MXNetError

__all__ = ["BatchEndParam", "load_checkpoint", "load_params", "save_checkpoint"]

#: What batch callbacks receive.
BatchEndParam = namedtuple("BatchEndParams", ["epoch", "nbatch", "eval_metric", "locals"])  # type: ignore[name-match]


def save_checkpoint(
    prefix: str,
    epoch: int,
    symbol: Any,
    arg_params: dict[str, Any],
    aux_params: dict[str, Any],
    remove_amp_cast: bool = True,
) -> None:
    """Write symbol and parameters.

    Parameters
    ----------
    prefix : str
        Files are called ``<prefix>-symbol.json`` and ``<prefix>-<epoch, four digits>.params``.
    epoch : int
    symbol : Symbol or None
        With None only the parameters are written.
    arg_params, aux_params : dict of str to NDArray
    remove_amp_cast : bool
        Leave casts of mixed precision out of the symbol.
    """
    if symbol is not None:
        symbol.save(f"{prefix}-symbol.json", remove_amp_cast=remove_amp_cast)
    name = f"{prefix}-{epoch:04d}.params"
    save_params(name, arg_params, aux_params)
    logging.info('Saved checkpoint to "%s"', name)


def save_params(fname: str, arg_params: dict[str, Any], aux_params: dict[str, Any]) -> None:
    """Write parameters as ``arg:<name>`` and ``aux:<name>``.

    Parameters
    ----------
    fname : str
    arg_params, aux_params : dict of str to NDArray
    """
    named = {f"arg:{name}": array for name, array in arg_params.items()}
    named.update({f"aux:{name}": array for name, array in aux_params.items()})
    nd.save(fname, named)


def split_params(fname: str, loaded: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part what was loaded from a ``.params`` file into arguments and auxiliary states.

    Parameters
    ----------
    fname : str
        For errors.
    loaded : dict of str to NDArray

    Returns
    -------
    arg_params, aux_params : dict of str to NDArray

    Raises
    ------
    MXNetError
        If a name begins with neither ``arg:`` nor ``aux:``.
    """
    kinds: dict[str, dict[str, Any]] = {"arg": {}, "aux": {}}
    if not isinstance(loaded, dict):
        if loaded:
            raise MXNetError(f"{fname}: its arrays have no names; a file of parameters is needed")
        logging.warning("Params file '%s' is empty", fname)
        return kinds["arg"], kinds["aux"]
    for key, array in loaded.items():
        kind, _, name = key.partition(":")
        if kind not in kinds:
            raise MXNetError(f"{fname}: name {key!r} begins with neither 'arg:' nor 'aux:'; not a Module's parameters")
        kinds[kind][name] = array
    return kinds["arg"], kinds["aux"]


def load_params(prefix: str, epoch: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the parameters of a checkpoint.

    Parameters
    ----------
    prefix : str
    epoch : int

    Returns
    -------
    arg_params, aux_params : dict of str to NDArray
    """
    name = f"{prefix}-{epoch:04d}.params"
    return split_params(name, nd.load(name))


def load_checkpoint(prefix: str, epoch: int) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Read a checkpoint.

    Parameters
    ----------
    prefix : str
    epoch : int

    Returns
    -------
    symbol : Symbol
    arg_params, aux_params : dict of str to NDArray

    Raises
    ------
    MXNetError
        If a file is missing or damaged.
    """
    from . import symbol as sym

    return (sym.load(f"{prefix}-symbol.json"), *load_params(prefix, epoch))


def __getattr__(name: str) -> Any:
    if name == "FeedForward":  # it stands on Module, which imports this module
        from .module.feedforward import FeedForward

        return FeedForward
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
