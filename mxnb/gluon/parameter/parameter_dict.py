"""ParameterDict: the named parameters of a block, with the prefix of its name scope."""

from __future__ import annotations

import numpy as np

from ... import initializer, ndarray
from .parameter import DEFAULT_INIT, Constant, Parameter, _context_list

__all__ = ["ParameterDict"]

_NAMING = "For more info on naming, please see gluon.Block.name_scope."


def _brief(names, limit=20):
    """Names in quotes; a long list is cut in the middle."""
    names = [f"'{name}'" for name in names]
    if len(names) > limit:
        names = [*names[: limit // 2], "...", *names[-(limit // 2) :]]
    return ", ".join(names)


class ParameterDict:
    """An ordered dictionary of parameters by full name.

    Parameters
    ----------
    prefix : str, default ''
        Put before the names that `get` is asked for.
    shared : ParameterDict, optional
        Where `get` looks first: how two blocks share parameters.

    Examples
    --------
    >>> import mxnb as mx
    >>> params = mx.gluon.ParameterDict("net_")
    >>> params.get("weight", shape=(2, 3)).name
    'net_weight'
    """

    def __init__(self, prefix="", shared=None):
        self._prefix = prefix
        self._params = {}
        self._shared = shared

    def __repr__(self):
        name = self._prefix + " " if self._prefix else ""
        rows = "\n".join(f"  {param}" for param in self.values())
        return f"{name}(\n{rows}\n)"

    def __getitem__(self, key):
        return self._params[key]

    def __iter__(self):
        return iter(self._params)

    def __len__(self):
        return len(self._params)

    def __bool__(self):
        return True

    def __contains__(self, name):
        return name in self._params

    def items(self):
        """The pairs ``(name, Parameter)``."""
        return self._params.items()

    def keys(self):
        """The full names."""
        return self._params.keys()

    def values(self):
        """The parameters."""
        return self._params.values()

    @property
    def prefix(self):
        """What `get` puts before names."""
        return self._prefix

    def _get_impl(self, name):
        """The parameter of this full name, here or in the shared dictionary; None if there is none."""
        if name not in self._params and self._shared is not None:
            found = self._shared._get_impl(name)
            if found is not None:
                self._params[name] = found
        return self._params.get(name)

    def get(self, name, **kwargs):
        """The parameter ``prefix + name``, made with `kwargs` if it does not exist.

        Parameters
        ----------
        name : str
            Without the prefix.
        **kwargs
            Arguments of `Parameter`. For an existing one they must agree; unknown dimensions are filled in.

        Returns
        -------
        Parameter

        Raises
        ------
        AssertionError
            If it exists with other attributes.
        """
        name = self.prefix + name
        param = self._get_impl(name)
        if param is None:
            param = self._params[name] = Parameter(name, **kwargs)
            return param
        for key, value in kwargs.items():
            stored = getattr(param, key, None)
            if stored is None:
                setattr(param, key, value)
            elif key == "shape" and value is not None:
                _merge_shape(param, (value,) if isinstance(value, int) else tuple(value))
            elif value is not None and not _same(key, value, stored):
                _mismatch(param, key, value, stored)
        return param

    def get_constant(self, name, value=None):
        """The constant ``prefix + name``, made from `value` if it does not exist.

        Parameters
        ----------
        name : str
            Without the prefix.
        value : NDArray or array_like, optional
            Needed to make it; else it must equal the stored one.

        Returns
        -------
        Constant
        """
        name = self.prefix + name
        param = self._get_impl(name)
        if param is None:
            if value is None:
                raise KeyError(
                    f"No constant named '{name}'. Please specify value if you want to create a new constant."
                )
            param = self._params[name] = Constant(name, value)
        elif value is not None:
            assert isinstance(param, Constant), f"Parameter '{name}' already exists but it is not a constant."
            value = value if isinstance(value, ndarray.NDArray) else ndarray.array(value)
            same = param.shape == value.shape and (param.value.asnumpy() == value.asnumpy()).all()
            assert same, f"Constant '{name}' already exists but it's value doesn't match new value"
        return param

    def update(self, other):
        """Take over the parameters of another dictionary (the same objects).

        Parameters
        ----------
        other : ParameterDict or dict

        Raises
        ------
        AssertionError
            If both have different parameters of one name.
        """
        for name, param in other.items():
            assert self._params.get(name, param) is param, (
                f"Cannot update self with other because they have different Parameters with the same name '{name}'"
            )
        self._params.update(other.items())

    def initialize(self, init=DEFAULT_INIT, ctx=None, verbose=False, force_reinit=False):
        """Initialize every parameter that has no initializer of its own with `init`; see `Parameter.initialize`.

        Parameters
        ----------
        init : Initializer or str, default Uniform(0.07)
        ctx : Context or list of Context, optional
        verbose : bool, default False
            Whether the initializer reports what it did.
        force_reinit : bool, default False
        """
        if isinstance(init, str):
            init = initializer.create(init)
        if isinstance(init, initializer.Initializer):
            init.set_verbosity(verbose=verbose)
        for param in self.values():
            param.initialize(None, ctx, init, force_reinit=force_reinit)

    def zero_grad(self):
        """Set all gradients to 0."""
        for param in self.values():
            param.zero_grad()

    def list_ctx(self):
        """All contexts that some parameter is on."""
        found = {ctx: None for param in self.values() for ctx in param.list_ctx()}
        return list(found)

    def reset_ctx(self, ctx):
        """Move all parameters to other contexts.

        Parameters
        ----------
        ctx : Context or list of Context
        """
        for param in self.values():
            param.reset_ctx(ctx)

    def setattr(self, name, value):
        """Set an attribute of every parameter, such as ``grad_req`` or ``lr_mult``.

        Parameters
        ----------
        name : str
        value
        """
        for param in self.values():
            setattr(param, name, value)

    def save(self, filename, strip_prefix=""):
        """Write the parameters to a file in ``nd.save``'s format.

        Parameters
        ----------
        filename : str
        strip_prefix : str, default ''
            Removed from the names; every name must start with it.
        """
        arrays = {}
        for name, param in self.items():
            if not name.startswith(strip_prefix):
                raise ValueError(
                    f"Prefix '{strip_prefix}' is to be striped before saving, but Parameter's name '{name}' does not "
                    f"start with '{strip_prefix}'. this may be due to your Block shares parameters from other Blocks "
                    f"or you forgot to use 'with name_scope()' when creating child blocks. {_NAMING}"
                )
            arrays[name[len(strip_prefix) :]] = param._reduce()
        ndarray.save(filename, arrays)

    def load(
        self,
        filename,
        ctx=None,
        allow_missing=False,
        ignore_extra=False,
        restore_prefix="",
        cast_dtype=False,
        dtype_source="current",
    ):
        """Read parameters from a file; see `load_dict`.

        Parameters
        ----------
        filename : str
        ctx : Context or list of Context, optional
        allow_missing, ignore_extra : bool, default False
            Whether the file may lack parameters, or hold others.
        restore_prefix : str, default ''
            Put before the names in the file.
        cast_dtype : bool, default False
            Whether dtypes may differ.
        dtype_source : {'current', 'saved'}, default 'current'
            With `cast_dtype`: the dtype to have afterwards.
        """
        loaded = ndarray.load(filename)
        if not isinstance(loaded, dict):
            raise ValueError(f"File {filename} holds a list of arrays without names; parameters need names")
        self.load_dict(loaded, ctx, allow_missing, ignore_extra, restore_prefix, filename, cast_dtype, dtype_source)

    def load_dict(
        self,
        param_dict,
        ctx=None,
        allow_missing=False,
        ignore_extra=False,
        restore_prefix="",
        filename=None,
        cast_dtype=False,
        dtype_source="current",
    ):
        """Take values from a dictionary of arrays.

        Parameters
        ----------
        param_dict : dict of str to NDArray
            Names may start with ``arg:`` or ``aux:``, as in the files of Module and ``export``.
        ctx : Context or list of Context, optional
            Where to put what is not initialized.
        allow_missing, ignore_extra : bool, default False
        restore_prefix : str, default ''
        filename : str, optional
            For error messages.
        cast_dtype : bool, default False
        dtype_source : {'current', 'saved'}, default 'current'

        Raises
        ------
        AssertionError
            If names, shapes or dtypes differ and that is not allowed.
        """
        where = "param_dict" if filename is None else f"file: {filename}"
        for name in self:
            assert name.startswith(restore_prefix), (
                f"restore_prefix is '{restore_prefix}' but Parameters name '{name}' does not start with "
                f"'{restore_prefix}'. {_NAMING}"
            )
        loaded = {}
        for name, array in param_dict.items():
            name = name.removeprefix("arg:").removeprefix("aux:")
            # Files of `export` hold full names, to which no prefix must be restored.
            full = name in self and restore_prefix + name not in self
            loaded[name if full else restore_prefix + name] = array
        start = len(restore_prefix)
        if not allow_missing:
            for name in self:
                assert name in loaded, (
                    f"Parameter '{name[start:]}' is missing in {where}, which contains parameters: {_brief(loaded)}. "
                    f"Please make sure source and target networks have the same prefix. {_NAMING}"
                )
        if not ignore_extra:
            for name in loaded:
                assert name in self, (
                    f"Parameter '{name[start:]}' loaded from {where} is not present in ParameterDict, choices are: "
                    f"{_brief(self)}. Set ignore_extra to True to ignore. "
                    f"Please make sure source and target networks have the same prefix. {_NAMING}"
                )
        ctx = None if ctx is None else _context_list(ctx)
        for name, array in loaded.items():
            if name in self:
                self[name]._load_init(array, ctx, cast_dtype=cast_dtype, dtype_source=dtype_source)


def _mismatch(param, key, value, stored):
    raise AssertionError(
        f"Cannot retrieve Parameter '{param.name}' because desired attribute does not match with stored for "
        f"attribute '{key}': desired '{value}' vs stored '{stored}'."
    )


def _same(key, value, stored):
    if key == "dtype":
        return np.dtype(value) == np.dtype(stored)
    return value == stored


def _merge_shape(param, wanted):
    """Fill unknown dimensions of ``param.shape`` from `wanted`; known ones must agree."""
    stored = param.shape
    unknown = (0, -1)
    if len(wanted) != len(stored) or any(
        a != b and a not in unknown and b not in unknown for a, b in zip(wanted, stored)
    ):
        _mismatch(param, "shape", wanted, stored)
    param._shape = tuple(b if a in unknown else a for a, b in zip(wanted, stored))
