"""Checkpoints of networks with recurrent cells: weights are saved by gates, whichever cells made them."""

from __future__ import annotations

import warnings

from .. import model, symbol

__all__ = ["do_rnn_checkpoint", "load_rnn_checkpoint", "rnn_unroll", "save_rnn_checkpoint"]


def _cells(cells):
    return cells if isinstance(cells, (list, tuple)) else [cells]


def rnn_unroll(cell, length, inputs=None, begin_state=None, input_prefix="", layout="NTC"):
    """``cell.unroll`` (deprecated).

    Parameters
    ----------
    cell : BaseRNNCell
    length : int
    inputs : Symbol or list of them, optional
        By default variables ``<input_prefix>t0_data`` and so on.
    begin_state, layout :
        See `BaseRNNCell.unroll`.
    input_prefix : str
    """
    warnings.warn("rnn_unroll is deprecated. Please call cell.unroll directly.", stacklevel=2)
    if inputs is None:
        inputs = [symbol.Variable(f"{input_prefix}t{i}_data") for i in range(length)]
    return cell.unroll(length, inputs, begin_state=begin_state, layout=layout)


def save_rnn_checkpoint(cells, prefix, epoch, symbol, arg_params, aux_params):
    """`mx.model.save_checkpoint` with the weights of cells taken apart.

    Parameters
    ----------
    cells : BaseRNNCell or list of them
    prefix : str
    epoch : int
    symbol : Symbol
    arg_params, aux_params : dict of str to NDArray
    """
    for cell in _cells(cells):
        arg_params = cell.unpack_weights(arg_params)
    model.save_checkpoint(prefix, epoch, symbol, arg_params, aux_params)


def load_rnn_checkpoint(cells, prefix, epoch):
    """Read what `save_rnn_checkpoint` wrote, for these cells.

    Parameters
    ----------
    cells : BaseRNNCell or list of them
        They may be fused where those that were saved were not, and the other way round.
    prefix : str
    epoch : int

    Returns
    -------
    symbol, arg_params, aux_params
    """
    sym, arguments, auxiliary = model.load_checkpoint(prefix, epoch)
    for cell in _cells(cells):
        arguments = cell.pack_weights(arguments)
    return sym, arguments, auxiliary


def do_rnn_checkpoint(cells, prefix, period=1):
    """A callback for the end of an epoch that calls `save_rnn_checkpoint`.

    Parameters
    ----------
    cells : BaseRNNCell or list of them
    prefix : str
    period : int, default 1
        Save every so many epochs.

    Returns
    -------
    callable
    """
    period = max(1, int(period))

    def callback(epoch, sym=None, arg=None, aux=None):
        if (epoch + 1) % period == 0:
            save_rnn_checkpoint(cells, prefix, epoch + 1, sym, arg, aux)

    return callback
