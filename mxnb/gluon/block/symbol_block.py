"""SymbolBlock: a block made from a symbol, such as one that was exported."""

from __future__ import annotations

import os

import numpy as np

from ... import symbol
from ...ndarray import NDArray
from ...symbol import Symbol
from ..parameter import ParameterDict
from ..utils import shape_is_known
from .block import indent
from .hybrid import HybridBlock
from .trace import Graph, flatten

__all__ = ["SymbolBlock"]


class SymbolBlock(HybridBlock):
    """A block that computes a symbol; its other variables become parameters.

    Parameters
    ----------
    outputs : Symbol or list of Symbol
    inputs : Symbol or list of Symbol
        The variables that the arguments of a call stand for, in this order.
    params : ParameterDict, optional
        Where to look for the parameters.

    Raises
    ------
    AssertionError
        If an input is not a variable.

    Examples
    --------
    >>> import mxnb as mx
    >>> data = mx.sym.var("data")
    >>> block = mx.gluon.SymbolBlock(mx.sym.FullyConnected(data, num_hidden=3, name="fc"), data)
    >>> block.initialize()
    >>> block(mx.nd.ones((2, 4))).shape
    (2, 3)
    """

    def __init__(self, outputs, inputs, params=None):
        super().__init__(prefix=None, params=None)
        self._prefix = ""
        self._empty_prefix = True
        self._params = ParameterDict("", params)
        inputs = [inputs] if isinstance(inputs, Symbol) else list(inputs)
        for sym in inputs:
            assert len(sym.get_internals().list_outputs()) == 1, (
                f"Input symbols must be variable, but {sym} is an output of operators"
            )
        if isinstance(outputs, (list, tuple)):
            outputs = outputs[0] if len(outputs) == 1 else symbol.Group(outputs)
        given = {sym.name for sym in inputs}
        arguments, auxiliary = outputs.list_arguments(), outputs.list_auxiliary_states()
        arg_shapes, _, aux_shapes = outputs.infer_shape_partial()
        arg_types, _, aux_types = outputs.infer_type_partial()
        rows = [*zip(arguments, arg_shapes, arg_types)], [*zip(auxiliary, aux_shapes, aux_types)]
        for row, kwargs in zip(rows, ({}, {"grad_req": "null"})):
            for name, shape, dtype in row:
                if name not in given:
                    # () stands for a shape of which nothing is known, except where it is one: a scalar has no zeros.
                    self.params.get(
                        name, shape=shape or None, dtype=dtype or np.float32, allow_deferred_init=True, **kwargs
                    )
        names = list(self._params)
        start = len(os.path.commonprefix(names)) if len(names) > 1 else 0  # noqa: RUF071 - letters, not paths
        self._reg_params = {name[start:]: param for name, param in self._params.items()}
        self._block_inputs = inputs
        self._fixed = Graph.of_symbol(outputs, inputs, dict(self._params.items()))
        self._last_graph = self._fixed

    @staticmethod
    def imports(symbol_file, input_names, param_file=None, ctx=None, allow_missing=False, ignore_extra=False):
        """Load what `HybridBlock.export` or Module wrote.

        Parameters
        ----------
        symbol_file : str
        input_names : str or list of str
            The variables that the arguments of a call stand for.
        param_file : str, optional
            Without it the parameters must be initialized.
        ctx : Context or list of Context, optional
        allow_missing, ignore_extra : bool, default False
            Whether `param_file` may lack parameters, or hold others.

        Returns
        -------
        SymbolBlock
        """
        names = [input_names] if isinstance(input_names, str) else input_names
        block = SymbolBlock(symbol.load(symbol_file), [symbol.var(name) for name in names])
        if param_file is not None:
            block.collect_params().load(
                param_file, ctx, allow_missing, ignore_extra, cast_dtype=True, dtype_source="saved"
            )
        return block

    def __repr__(self):
        sym, inputs = self._fixed.symbol, self._block_inputs
        return f"{type(self).__name__}(\n{indent(f'{sym} : {len(inputs)} -> {len(sym.list_outputs())}')}\n)"

    def _clear_cached_op(self):
        super()._clear_cached_op()
        self._last_graph = self.__dict__.get("_fixed")
        if self._last_graph is not None:
            self._last_graph.forget_plan()

    def _graph(self, structure, args):
        if len(args) != len(self._block_inputs):
            names = [sym.name for sym in self._block_inputs]
            raise ValueError(f"SymbolBlock: needs {len(names)} arguments {names}, got {len(args)}")
        return self._fixed

    def forward(self, x, *args):
        """Compute the outputs on arrays, or compose the symbol with symbols.

        Parameters
        ----------
        x, *args : NDArray or Symbol

        Returns
        -------
        NDArray, Symbol or list
        """
        leaves, structure = flatten((x, *args))
        if isinstance(leaves[0], NDArray):
            return self._call_cached_op(x, *args)
        self._graph(structure, leaves)
        return self._fixed.symbol(**{sym.name: leaf for sym, leaf in zip(self._block_inputs, leaves)})

    def infer_shape(self, *args):
        """Infer the shapes of all parameters from those of the arguments.

        Parameters
        ----------
        *args : NDArray
        """
        leaves, _ = flatten(args)
        for name, shape in self._fixed.infer("shape", leaves).items():
            if not shape_is_known(self._fixed.params[name].shape):
                self._fixed.params[name].shape = shape

    def hybrid_forward(self, F, x, *args, **kwargs):
        """Not used: the symbol is the forward pass.

        Parameters
        ----------
        F : module
        x, *args, **kwargs
        """
        raise NotImplementedError("SymbolBlock runs its symbol; it has no hybrid_forward")

    def reset_ctx(self, ctx):
        """Move all parameters to other contexts.

        Parameters
        ----------
        ctx : Context or list of Context
        """
        self.collect_params().reset_ctx(ctx)
