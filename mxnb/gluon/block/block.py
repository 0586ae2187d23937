"""Block: a layer or network with parameters, children and an imperative ``forward``."""

from __future__ import annotations

import re
import warnings
from collections import OrderedDict

from ... import ndarray
from ..parameter import Parameter, ParameterDict
from ..parameter.parameter import DEFAULT_INIT
from ..parameter.parameter_dict import _brief
from ..utils import HookHandle
from . import model_file
from .scope import BlockScope
from .summary import print_summary

__all__ = ["Block", "indent"]

_ABSENT = object()


def indent(text, spaces=2):
    """`text` with every line but the first moved to the right."""
    return text.replace("\n", "\n" + " " * spaces)


class Block:
    """Base class of all layers and networks.

    Blocks and parameters assigned to attributes become children and parameters. Make them inside ``name_scope()``
    so that their names start with this block's.

    Parameters
    ----------
    prefix : str, optional
        Start of the names of parameters and children; counted up from the class name if not given.
    params : ParameterDict, optional
        Parameters of another block to share.

    Examples
    --------
    >>> import mxnb as mx
    >>> class Net(mx.gluon.Block):
    ...     def __init__(self, **kwargs):
    ...         super().__init__(**kwargs)
    ...         with self.name_scope():
    ...             self.hidden = mx.gluon.nn.Dense(3, activation="relu")
    ...             self.out = mx.gluon.nn.Dense(2)
    ...
    ...     def forward(self, x):
    ...         return self.out(self.hidden(x))
    >>> net = Net(prefix="net_")
    >>> net.initialize()
    >>> net(mx.nd.ones((4, 5))).shape
    (4, 2)
    >>> list(net.collect_params(".*bias"))
    ['net_dense0_bias', 'net_dense1_bias']
    """

    def __init__(self, prefix=None, params=None):
        self._empty_prefix = prefix == ""
        self._prefix, self._params = BlockScope.create(prefix, params, self._alias())
        self._name = self._prefix.removesuffix("_")
        self._scope = BlockScope(self)
        self._children = {}
        self._reg_params = {}
        self._forward_hooks = OrderedDict()  # not a dict: handles refer to it weakly
        self._forward_pre_hooks = OrderedDict()

    def __repr__(self):
        children = [(key, value) for key, value in self.__dict__.items() if isinstance(value, Block)]
        return self._repr_of(children)

    def _repr_of(self, children):
        rows = "\n".join(f"  ({key}): {indent(repr(child))}" for key, child in children)
        return f"{type(self).__name__}(\n{rows}\n)"

    def __setattr__(self, name, value):
        """Register blocks and parameters. An attribute that holds one keeps its type."""
        existing = self.__dict__.get(name)
        if isinstance(existing, (Parameter, Block)) and not isinstance(value, type(existing)):
            raise TypeError(
                f"Changing attribute type for {name} from {type(existing)} to {type(value)} is not allowed."
            )
        if isinstance(value, Block):
            self.register_child(value, name)
        elif isinstance(value, Parameter):
            assert name not in self._reg_params, (
                f"Overriding Parameter attribute {name} is not allowed. If you want to share parameters between "
                "blocks, please set 'params' at Block construction instead."
            )
            self._reg_params[name] = value
        super().__setattr__(name, value)

    def _alias(self):
        """What automatic names of this class start with."""
        return type(self).__name__.lower()

    @property
    def prefix(self):
        """What the names of its parameters and children start with."""
        return self._prefix

    @property
    def name(self):
        """The prefix without the underscore at its end."""
        return self._name

    def name_scope(self):
        """A ``with`` in which new blocks and symbols get names that start with this block's.

        Returns
        -------
        context manager
        """
        return self._scope

    @property
    def params(self):
        """The ParameterDict of this block alone; `collect_params` adds those of its children."""
        return self._params

    def collect_params(self, select=None):
        """The parameters of this block and of all its descendants.

        Parameters
        ----------
        select : str, optional
            A regular expression; only parameters whose name it matches from the start.

        Returns
        -------
        ParameterDict
        """
        self._check_containers()
        found = ParameterDict(self._params.prefix)
        pattern = None if select is None else re.compile(select)
        found.update({name: p for name, p in self.params.items() if pattern is None or pattern.match(name)})
        for child in self._children.values():
            if hasattr(child, "collect_params"):
                found.update(child.collect_params(select))
        return found

    def _check_containers(self):
        """Warn of blocks in lists and dictionaries, which are not children."""
        children = set(map(id, self._children.values()))

        def hidden(value):
            if isinstance(value, (list, tuple)):
                return any(map(hidden, value))
            if isinstance(value, dict):
                return any(map(hidden, value.values()))
            return isinstance(value, Block) and id(value) not in children

        for name, value in self.__dict__.items():
            if isinstance(value, (list, tuple, dict)) and not name.startswith("__") and hidden(value):
                warnings.warn(
                    f'"{type(self).__name__}.{name}" is an unregistered container with Blocks. Note that Blocks inside '
                    "the list, tuple or dict will not be registered automatically. Make sure to register them using "
                    "register_child() or switching to nn.Sequential/nn.HybridSequential instead. ",
                    stacklevel=3,
                )

    def register_child(self, block, name=None):
        """Make `block` a child; assigning it to an attribute does this.

        Parameters
        ----------
        block : Block
        name : str, optional
            Default: the number of children.
        """
        self._children[str(len(self._children)) if name is None else name] = block

    def register_forward_pre_hook(self, hook):
        """Call ``hook(block, inputs)`` before every forward pass.

        Parameters
        ----------
        hook : callable

        Returns
        -------
        HookHandle
            Its ``detach()`` removes the hook; it also works as ``with``.
        """
        handle = HookHandle()
        handle.attach(self._forward_pre_hooks, hook)
        return handle

    def register_forward_hook(self, hook):
        """Call ``hook(block, inputs, outputs)`` after every forward pass.

        Parameters
        ----------
        hook : callable

        Returns
        -------
        HookHandle
        """
        handle = HookHandle()
        handle.attach(self._forward_hooks, hook)
        return handle

    def register_op_hook(self, callback, monitor_all=False):
        """Register `callback` with every child; see `HybridBlock.register_op_hook`.

        Parameters
        ----------
        callback : callable
        monitor_all : bool, default False
        """
        for child in self._children.values():
            child.register_op_hook(callback, monitor_all)

    def apply(self, fn):
        """Call ``fn(block)`` for all descendants, children first, and for this block.

        Parameters
        ----------
        fn : callable

        Returns
        -------
        Block
            This block.
        """
        for child in self._children.values():
            child.apply(fn)
        fn(self)
        return self

    def initialize(self, init=DEFAULT_INIT, ctx=None, verbose=False, force_reinit=False):
        """Initialize all parameters of this block and its descendants; see `ParameterDict.initialize`.

        Parameters
        ----------
        init : Initializer or str, default Uniform(0.07)
            For parameters without an initializer of their own.
        ctx : Context or list of Context, optional
        verbose : bool, default False
        force_reinit : bool, default False
        """
        self.collect_params().initialize(init, ctx, verbose, force_reinit)

    def hybridize(self, active=True, **kwargs):
        """Hybridize the children that are HybridBlocks; see `HybridBlock.hybridize`.

        Parameters
        ----------
        active : bool, default True
        **kwargs
            Passed on.
        """
        for child in self._children.values():
            child.hybridize(active, **kwargs)

    def cast(self, dtype):
        """Convert parameters of this block and its descendants to another dtype.

        Parameters
        ----------
        dtype : str or numpy.dtype
        """
        for child in self._children.values():
            child.cast(dtype)
        for param in self.params.values():
            param.cast(dtype)

    # Files -----------------------------------------------------------------------------------------------------

    def _collect_params_with_prefix(self, prefix=""):
        """Parameters by attribute path, such as ``features.0.weight``: independent of name scopes."""
        if prefix:
            prefix += "."
        found = {prefix + name: param for name, param in self._reg_params.items()}
        for name, child in self._children.items():
            found.update(child._collect_params_with_prefix(prefix + name))
        return found

    def save_parameters(self, filename, deduplicate=False):
        """Write all parameters to a file, named by attribute path (``0.weight``).

        Parameters
        ----------
        filename : str
        deduplicate : bool, default False
            Whether to write a shared parameter once only.
        """
        params = self._collect_params_with_prefix()
        if deduplicate:
            # Of several names of one parameter the last stays, as in 1.9.1.
            params = {name: p for p, name in {p: name for name, p in params.items()}.items()}
        ndarray.save(filename, {name: param._reduce() for name, param in params.items()})

    def load_parameters(
        self, filename, ctx=None, allow_missing=False, ignore_extra=False, cast_dtype=False, dtype_source="current"
    ):
        """Read parameters that `save_parameters`, `save_params`, ``export`` or Module wrote.

        Parameters
        ----------
        filename : str
        ctx : Context or list of Context, optional
            Where to put parameters that are not initialized yet.
        allow_missing : bool, default False
            Whether the file may lack parameters.
        ignore_extra : bool, default False
            Whether the file may hold parameters that this block does not have.
        cast_dtype : bool, default False
            Whether dtypes may differ.
        dtype_source : {'current', 'saved'}, default 'current'
            With `cast_dtype`: which dtype to have afterwards.

        Raises
        ------
        AssertionError, ValueError
            If names, shapes, dtypes or contexts do not fit.
        """
        loaded = ndarray.load(filename)
        if not isinstance(loaded, dict):
            if loaded:
                raise ValueError(f"File {filename} holds a list of arrays without names; parameters need names")
            loaded = {}
        params = self._collect_params_with_prefix()
        if not loaded and not params:
            return
        if not any("." in name for name in loaded):
            # Written with the names of name scopes, not attribute paths.
            self.collect_params().load_dict(
                loaded, ctx, allow_missing, ignore_extra, self.prefix, filename, cast_dtype, dtype_source
            )
            return
        if not allow_missing:
            present = {params[name] for name in loaded if name in params}
            for name, param in params.items():
                assert param in present, (
                    f"Parameter '{name}' is missing in file '{filename}', which contains parameters: {_brief(loaded)}. "
                    "Set allow_missing=True to ignore missing parameters."
                )
        for name, array in loaded.items():
            if name in params:
                params[name]._load_init(array, ctx, cast_dtype=cast_dtype, dtype_source=dtype_source)
            elif not ignore_extra:
                raise ValueError(
                    f"Parameter '{name}' loaded from file '{filename}' is not present in ParameterDict, which contains "
                    f"parameters {_brief(params)}. Set ignore_extra=True to ignore. "
                )

    def save(self, prefix):
        """Write which blocks this one is made of, the graphs of those that ran hybridized, and all parameters.

        Parameters
        ----------
        prefix : str
            Of ``<prefix>-model.json`` and ``<prefix>-model.params``.

        See Also
        --------
        HybridBlock.export : a file that needs no Python program to be loaded.
        """
        model_file.save(self, prefix)

    def load(self, prefix):
        """Read what `save` wrote for a network built in the same way; blocks that ran hybridized will do so again.

        Parameters
        ----------
        prefix : str

        Raises
        ------
        MXNetError
            If a file is missing or damaged, or is of a network that is built differently.

        Examples
        --------
        >>> import os
        >>> import tempfile
        >>> import mxnb as mx
        >>> net, other = mx.gluon.nn.Dense(2, in_units=3), mx.gluon.nn.Dense(2, in_units=3)
        >>> net.initialize()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     net.save(os.path.join(folder, "dense"))
        ...     other.load(os.path.join(folder, "dense"))
        >>> bool((other.weight.data() == net.weight.data()).min().asscalar())
        True
        """
        model_file.load(self, prefix)

    def save_params(self, filename):
        """Write all parameters by their names without this block's prefix (deprecated: use `save_parameters`).

        Parameters
        ----------
        filename : str
        """
        warnings.warn(
            "save_params is deprecated. Please use save_parameters. Note that if you want load from SymbolBlock later, "
            "please use export instead.",
            stacklevel=2,
        )
        self.collect_params().save(filename, strip_prefix=self.prefix)

    def load_params(self, filename, ctx=None, allow_missing=False, ignore_extra=False):
        """Read parameters (deprecated: use `load_parameters`, which reads both kinds of files).

        Parameters
        ----------
        filename : str
        ctx : Context or list of Context, optional
        allow_missing, ignore_extra : bool, default False
        """
        warnings.warn("load_params is deprecated. Please use load_parameters.", stacklevel=2)
        self.load_parameters(filename, ctx, allow_missing, ignore_extra)

    # Running ---------------------------------------------------------------------------------------------------

    def __call__(self, x=_ABSENT, /, *args):
        """Run the hooks and ``forward``."""
        if self._forward_pre_hooks:
            inputs = () if x is _ABSENT else (x, *args)
            for hook in self._forward_pre_hooks.values():
                hook(self, inputs)
        if args:
            out = self.forward(x, *args)
        else:  # twice as fast as passing on a tuple
            out = self.forward() if x is _ABSENT else self.forward(x)
        if self._forward_hooks:
            inputs = () if x is _ABSENT else (x, *args)
            for hook in self._forward_hooks.values():
                hook(self, inputs, out)
        return out

    def forward(self, *args):
        """Compute the outputs; defined by subclasses.

        Parameters
        ----------
        *args : NDArray
        """
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def summary(self, *inputs):
        """Print the output shapes and parameter counts of all layers, for these inputs.

        Parameters
        ----------
        *inputs : NDArray

        Raises
        ------
        AssertionError
            If the block or a child is hybridized.
        """
        print_summary(self, inputs)
