"""The parameters of a module: first values, setting, and gathering from the devices."""

from __future__ import annotations

import warnings
from typing import Any

from .. import context as ctx
from .. import ndarray as nd
from ..base import MXNetError
from ..initializer import InitDesc
from .base_module import DEFAULT_INITIALIZER, BaseModule

__all__ = ["WithParameters"]


class WithParameters(BaseModule):
    """The part of `Module` that is about its parameters, which are in ``_exec_group`` and, on the CPU, in two dicts."""

    _exec_group: Any
    _aux_names: list[str]
    _arg_params: dict[str, Any] | None
    _aux_params: dict[str, Any] | None
    _params_dirty: bool  # whether the arrays of the devices are newer than those in the dicts

    def get_params(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the parameters and auxiliary states.

        Returns
        -------
        arg_params, aux_params : dict of str to NDArray
            On the CPU; means of the copies where there are several devices.
        """
        self._require("binded", "params_initialized")
        if self._params_dirty:
            self._sync_params_from_devices()
        return self._arg_params, self._aux_params  # type: ignore[return-value]

    def _sync_params_from_devices(self) -> None:
        self._exec_group.get_params(self._arg_params, self._aux_params)
        self._params_dirty = False

    def init_params(
        self,
        initializer: Any = DEFAULT_INITIALIZER,
        arg_params: dict[str, Any] | None = None,
        aux_params: dict[str, Any] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters their first values.

        Parameters
        ----------
        initializer : Initializer or None
        arg_params, aux_params : dict of str to NDArray, optional
            Values to take; without them `initializer` makes all values.
        allow_missing : bool
            Let `initializer` make what is missing there.
        force_init : bool
            Do it also when it has been done; otherwise there is a warning and nothing happens.
        allow_extra : bool
            Names that the module does not have are ignored in either case.

        Raises
        ------
        RuntimeError
            If a value is missing and not `allow_missing`.
        MXNetError
            If a shape differs.
        """
        if self.params_initialized and not force_init:
            warnings.warn(
                "Parameters already initialized and force_init=False. init_params call ignored.", stacklevel=2
            )
            return
        if not self.binded:
            raise AssertionError("call bind before initializing the parameters")
        attributes = self._symbol.attr_dict()

        def fill(name: str, array: Any, given: dict[str, Any] | None) -> None:
            if given is not None and name in given:
                value = given[name]
                if value is array:
                    return
                if value.shape != array.shape:
                    raise MXNetError(f"init_params: {name!r} has shape {array.shape}, the value given {value.shape}")
                value.copyto(array)
            elif given is not None and not allow_missing:
                raise RuntimeError(f"{name} is not presented: it is not among the parameters given")
            elif initializer is not None:
                initializer(InitDesc(name, attributes.get(name)), array)

        group = self._exec_group
        old = self._arg_params, self._aux_params
        self._arg_params = self._host_arrays(group.param_names, group.param_arrays, old[0])
        self._aux_params = self._host_arrays(self._aux_names, group.aux_arrays, old[1])
        for arrays, given in ((self._arg_params, arg_params), (self._aux_params, aux_params)):
            for name in sorted(arrays):
                fill(name, arrays[name], given)
        self.params_initialized = True
        self._params_dirty = False
        group.set_params(self._arg_params, self._aux_params, allow_extra=allow_extra)

    def _host_arrays(self, names: list[str], arrays: list[list[Any]], old: dict[str, Any] | None) -> dict[str, Any]:
        """An array on the CPU for each name: those there are, else zeros."""
        found = old or {}
        return {
            name: found[name]
            if name in found and found[name].shape == copies[0].shape
            else nd.zeros(copies[0].shape, ctx=ctx.cpu(), dtype=copies[0].dtype)
            for name, copies in zip(names, arrays)
        }

    def set_params(
        self,
        arg_params: dict[str, Any] | None,
        aux_params: dict[str, Any] | None,
        allow_missing: bool = False,
        force_init: bool = True,
        allow_extra: bool = False,
    ) -> None:
        """Set the parameters.

        Parameters
        ----------
        arg_params, aux_params : dict of str to NDArray
        allow_missing : bool
            Let parameters that are not given stay as they are.
        force_init : bool
            Set them also when they have been initialized; otherwise there is a warning and nothing happens.
        allow_extra : bool
            With `allow_missing`: ignore names that the module does not have. Otherwise they are ignored anyway.

        Raises
        ------
        RuntimeError
            If a parameter is missing and not `allow_missing`.
        ValueError
            If there is a name that the module does not have, with `allow_missing` and without `allow_extra`.
        """
        if not allow_missing:
            self.init_params(None, arg_params, aux_params, allow_missing, force_init, allow_extra)
            return
        if self.params_initialized and not force_init:
            warnings.warn("Parameters already initialized and force_init=False. set_params call ignored.", stacklevel=2)
            return
        self._require("binded")
        if not self.params_initialized:
            self._arg_params = self._host_arrays(self._exec_group.param_names, self._exec_group.param_arrays, None)
            self._aux_params = self._host_arrays(self._aux_names, self._exec_group.aux_arrays, None)
        self._exec_group.set_params(arg_params or {}, aux_params or {}, allow_extra=allow_extra)
        self._params_dirty = True
        self.params_initialized = True
