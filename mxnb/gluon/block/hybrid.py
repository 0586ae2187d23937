"""HybridBlock: a block whose forward pass is written once, for arrays and for symbols."""

from __future__ import annotations

from ... import ndarray, symbol
from ...base import MXNetError
from ...ndarray import NDArray
from ...symbol import Symbol
from ..parameter import DeferredInitializationError, Parameter
from ..parameter.parameter import last, plain
from .block import Block
from .trace import Graph, flatten, regroup

__all__ = ["HybridBlock"]

_MOST_SHAPES = 256  # graphs kept for one block whose trace depends on shapes
_NO_ARRAYS: tuple = (None, None, {})  # `_arrays` of a block: context, the last change of parameters, their arrays


class HybridBlock(Block):
    """A block that runs imperatively or, after `hybridize`, as a graph.

    Subclasses define ``hybrid_forward(F, x, …, **params)``, where `F` is ``mx.nd`` or ``mx.sym`` and every parameter
    of this block arrives under its attribute name. While tracing, ``x.shape`` is known; reading it makes the graph
    valid for these input shapes, and others are traced anew.

    Parameters
    ----------
    prefix : str, optional
    params : ParameterDict, optional

    Examples
    --------
    >>> import mxnb as mx
    >>> class Scale(mx.gluon.HybridBlock):
    ...     def __init__(self, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.factor = self.params.get("factor", shape=(1,), init="ones")
    ...
    ...     def hybrid_forward(self, F, x, factor):
    ...         return F.broadcast_mul(x, factor)
    >>> scale = Scale()
    >>> scale.initialize()
    >>> scale.hybridize()
    >>> scale(mx.nd.ones((2, 3))).shape
    (2, 3)
    """

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self._active = False
        self._flags = {}
        self._op_hooks = []
        self._arrays = _NO_ARRAYS
        self._clear_cached_op()

    def __setattr__(self, name, value):
        """Register blocks and parameters; a new child makes traced graphs invalid."""
        super().__setattr__(name, value)
        if isinstance(value, HybridBlock):
            self._clear_cached_op()
        elif isinstance(value, Parameter):
            self.__dict__["_arrays"] = _NO_ARRAYS

    def _clear_cached_op(self):
        self._graphs = {}  # by structure of the arguments, then by their shapes (None: any)
        self._last_graph = None

    def register_child(self, block, name=None):
        """Make `block` a child.

        Parameters
        ----------
        block : HybridBlock
        name : str, optional

        Raises
        ------
        ValueError
            If `block` is not a HybridBlock.
        """
        if not isinstance(block, HybridBlock):
            raise ValueError(
                f"Children of HybridBlock must also be HybridBlock, but {block} has type {type(block)}. "
                "If you are using Sequential, please try HybridSequential instead."
            )
        super().register_child(block, name)
        self._clear_cached_op()

    def hybridize(
        self,
        active=True,
        backend=None,
        clear=True,
        static_alloc=False,
        static_shape=False,
        inline_limit=2,
        forward_bulk_size=None,
        backward_bulk_size=None,
        **kwargs,
    ):
        """Run this block as a graph from now on (or, with ``active=False``, imperatively again).

        Parameters
        ----------
        active : bool, default True
        backend : None
            There are no other back ends.
        clear : bool, default True
            Whether to forget graphs traced before.
        static_alloc, static_shape : bool, default False
            Hints: memory is always planned, once per combination of shapes, and kept between calls.
        inline_limit, forward_bulk_size, backward_bulk_size : int, optional
            Hints for 1.9.1's engine; every graph is one flat plan here, so that they change nothing.
        **kwargs
            Options of back ends: an error.

        Raises
        ------
        MXNetError
            If `backend` or options of one are given.
        """
        if backend is not None or kwargs:
            what = f"backend={backend!r}" if backend is not None else f"options {sorted(kwargs)}"
            raise MXNetError(f"{type(self).__name__}.hybridize: {what} not supported; there are no graph back ends")
        self._flags = {"static_alloc": bool(static_alloc), "static_shape": bool(static_shape)}
        self._active = active
        if clear:
            self._clear_cached_op()
        super().hybridize(
            active,
            clear=clear,
            static_alloc=static_alloc,
            static_shape=static_shape,
            inline_limit=inline_limit,
            forward_bulk_size=forward_bulk_size,
            backward_bulk_size=backward_bulk_size,
        )

    def optimize_for(
        self,
        x,
        *args,
        backend=None,
        clear=False,
        static_alloc=False,
        static_shape=False,
        inline_limit=2,
        forward_bulk_size=None,
        backward_bulk_size=None,
        **kwargs,
    ):
        """Raise: there are no graph back ends to optimize for.

        Parameters
        ----------
        x, *args : NDArray
        backend : str
        clear, static_alloc, static_shape, inline_limit, forward_bulk_size, backward_bulk_size
            As in `hybridize`.
        **kwargs
            Options of the back end.

        Raises
        ------
        ValueError
            Without `backend`.
        MXNetError
            With one.
        """
        if not backend:
            raise ValueError('Must specify "backend" to optimize_for')
        raise MXNetError(f"{type(self).__name__}.optimize_for: backend '{backend}' is not supported; there are none")

    def register_op_hook(self, callback, monitor_all=False):
        """Call ``callback(name, operator, array)`` for the outputs of all operators of this block's graph.

        Parameters
        ----------
        callback : callable
            Gets a name such as ``dense0_fwd_output``, the operator's name and an NDArray.
        monitor_all : bool, default False
            Whether to show the inputs of operators too.

        Notes
        -----
        Hooks see the graph, that is, a block that is hybridized (before or after).
        """
        self._op_hooks = [*self._op_hooks, (callback, monitor_all)]

    def cast(self, dtype):
        """Convert parameters of this block and its descendants to another dtype.

        Parameters
        ----------
        dtype : str or numpy.dtype
        """
        self._clear_cached_op()
        super().cast(dtype)

    # Graphs ----------------------------------------------------------------------------------------------------

    def _all_params(self):
        """Parameters by full name, those of descendants included, and those that no ParameterDict knows."""
        found = {param.name: param for param in self._reg_params.values()}
        for child in self._children.values():
            found.update(child._all_params())
        return found

    def _trace(self, *args):
        """Outputs as symbols, for arguments that are symbols."""
        return HybridBlock.forward(self, *args)

    def _graph(self, structure, args):
        """The graph for arguments of this structure and these shapes; traced if there is none."""
        by_shape = self._graphs.get(structure)
        graph = None if by_shape is None else by_shape.get(None)
        if graph is None:
            by_shape = self._graphs.setdefault(structure, {})
            shapes = tuple(arg.shape for arg in args)
            graph = by_shape.get(shapes)
            if graph is None:
                if len(by_shape) >= _MOST_SHAPES:
                    by_shape.clear()
                graph = Graph(self, structure, shapes)
                by_shape[shapes if graph.shape_dependent else None] = graph
        if graph is not self._last_graph:
            self._last_graph = graph
        return graph

    def _get_graph(self, *args):
        """The input variables and the output symbol for these arguments."""
        leaves, structure = flatten(args)
        graph = self._graph(structure, leaves)
        return graph.inputs, graph.symbol

    @property
    def _cached_graph(self):
        graph = self._last_graph
        return () if graph is None else (graph.inputs, graph.symbol)

    def _infer(self, what, args):
        leaves, structure = flatten(args, constants=True)
        graph = Graph(self, structure, [leaf.shape for leaf in leaves])
        return graph, graph.infer(what, leaves)

    def infer_shape(self, *args):
        """Infer the shapes of all parameters from those of the arguments.

        Parameters
        ----------
        *args : NDArray
        """
        graph, found = self._infer("shape", args)
        for name, shape in found.items():
            graph.params[name].shape = shape

    def infer_type(self, *args):
        """Infer the dtypes of all parameters from those of the arguments.

        Parameters
        ----------
        *args : NDArray
        """
        graph, found = self._infer("dtype", args)
        for name, dtype in found.items():
            if graph.params[name].dtype != dtype:
                graph.params[name].cast(dtype)

    def _call_cached_op(self, *args):
        """Run the graph for these arguments."""
        leaves, structure = flatten(args)
        graph = self._graph(structure, leaves)
        outs = graph.run(self._flags, graph.arrays(leaves), self._op_hooks)
        return outs[0] if graph.out_structure == 0 else regroup(graph.out_structure, iter(outs))

    # Running ---------------------------------------------------------------------------------------------------

    def forward(self, x, *args):
        """Run ``hybrid_forward`` on arrays, on symbols, or (when hybridized) as a graph.

        Parameters
        ----------
        x, *args : NDArray or Symbol, or nested lists of them

        Returns
        -------
        NDArray or Symbol, or nested lists of them

        Raises
        ------
        ValueError
            If there is no array or symbol among the arguments.
        """
        if type(x) is NDArray and not self._active:  # nearly always
            ctx, change, params = self._arrays
            if ctx is not x._ctx or change is not last.change:
                params = self._read_params(x._ctx, x, *args)
            if params:
                return self.hybrid_forward(ndarray, x, *args, **params)
            return self.hybrid_forward(ndarray, x, *args) if args else self.hybrid_forward(ndarray, x)
        first = x
        if not isinstance(x, (NDArray, Symbol)):
            leaves, _ = flatten((x, *args), constants=True)
            if not leaves:
                raise ValueError(
                    "In HybridBlock, there must be one NDArray or one Symbol in the input. "
                    "Please check the type of the args.\n"
                )
            first = leaves[0]
        if isinstance(first, NDArray):
            if self._active:
                return self._call_cached_op(x, *args)
            return self.hybrid_forward(ndarray, x, *args, **self._read_params(first._ctx, x, *args))
        params = {name: param.var() for name, param in self._reg_params.items()}
        with self.name_scope():
            return self.hybrid_forward(symbol, x, *args, **params)

    def _read_params(self, ctx, x, *args):
        """The arrays of the parameters on a context by attribute name, kept until one of any parameter is replaced."""
        change = last.change
        try:
            arrays = {name: param.data(ctx) for name, param in self._reg_params.items()}
        except DeferredInitializationError:
            self.infer_shape(x, *args)
            for param in self._reg_params.values():
                param._finish_deferred_init()
            arrays = {name: param.data(ctx) for name, param in self._reg_params.items()}
        if plain(self._reg_params.values()):
            self.__dict__["_arrays"] = ctx, change, arrays
        return arrays

    def hybrid_forward(self, F, x, *args, **kwargs):
        """Compute the outputs; defined by subclasses.

        Parameters
        ----------
        F : module
            ``mx.nd`` or ``mx.sym``.
        x, *args : NDArray or Symbol
        **kwargs : NDArray or Symbol
            The parameters of this block, by attribute name.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define hybrid_forward")

    def export(self, path, epoch=0, remove_amp_cast=True):
        """Write ``path-symbol.json`` and ``path-0000.params``, for `SymbolBlock.imports` and Module.

        Parameters
        ----------
        path : str
        epoch : int, default 0
        remove_amp_cast : bool, default True
            Whether to leave out casts of automatic mixed precision.

        Raises
        ------
        RuntimeError
            If the block has not run since it was hybridized.
        """
        graph = self._last_graph
        if graph is None:
            raise RuntimeError(
                "Please first call block.hybridize() and then run forward with this block at least once before calling "
                "export."
            )
        auxiliary = set(graph.symbol.list_auxiliary_states())
        arrays = {
            f"{'aux' if name in auxiliary else 'arg'}:{name}": param._reduce() for name, param in graph.params.items()
        }
        graph.symbol.save(f"{path}-symbol.json", remove_amp_cast=remove_amp_cast)
        ndarray.save(f"{path}-{epoch:04d}.params", arrays)
