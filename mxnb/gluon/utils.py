"""Helpers of Gluon programs: splitting batches over contexts, clipping gradients, downloading files."""

from __future__ import annotations

import hashlib
import math
import os
import time
import warnings
import weakref
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .. import ndarray
from ..base import MXNetError, atomic_write
from ..context import Context
from ..ndarray import NDArray, _caller  # type: ignore[attr-defined]  # not in the stub, which is for users
from ..ndarray.ndarray import invoke, one
from ..ops import registry

if TYPE_CHECKING:
    import ssl

__all__ = [
    "HookHandle",
    "check_sha1",
    "clip_global_norm",
    "download",
    "replace_file",
    "shape_is_known",
    "split_and_load",
    "split_data",
]


def internal(name: str) -> Callable[..., Any]:
    """The function of arrays of an operator that `nd` does not show.

    Parameters
    ----------
    name : str
        It does the work of several operators in a block that runs on arrays; graphs consist of those.
    """
    return _caller(registry[name])


class Repeated:
    """An operator that a layer applies to arrays again and again; its parameters are read when they have changed.

    Parameters
    ----------
    name : str
        That of the operator.
    """

    __slots__ = ("known", "name", "operator")

    def __init__(self, name: str) -> None:
        self.name = name
        self.known: dict[str, Any] = {}
        self.operator: Any = None

    def __call__(self, params: dict[str, Any], *arrays: NDArray) -> Any:
        """Apply the operator with parameters to arrays."""
        if params != self.known or self.operator is None:
            self.operator, self.known = registry[self.name].of(**params), dict(params)
        return one(arrays[0], self.operator) if len(arrays) == 1 else invoke(self.operator, arrays)


def split_data(data: NDArray, num_slice: int, batch_axis: int = 0, even_split: bool = True) -> list[NDArray]:
    """Cut a batch into slices, one per device.

    Parameters
    ----------
    data : NDArray
        The batch.
    num_slice : int
        The number of slices.
    batch_axis : int
        The axis to cut.
    even_split : bool
        Whether slices of different lengths are an error. If False, the first slices are one longer.

    Returns
    -------
    list of NDArray
        `num_slice` slices; along axis 0 they are views of the batch.

    Raises
    ------
    ValueError
        When the axis cannot be cut that way.

    Examples
    --------
    >>> import mxnb as mx
    >>> [part.shape for part in mx.gluon.utils.split_data(mx.nd.zeros((5, 2)), 2, even_split=False)]
    [(3, 2), (2, 2)]
    """
    size = data.shape[batch_axis]
    if num_slice > 0 and even_split and size % num_slice:
        raise ValueError(
            f"split_data: data with shape {data.shape} has {size} samples on axis {batch_axis}, which {num_slice} "
            "slices do not divide; choose another batch size, or even_split=False"
        )
    if num_slice < 1:
        raise ValueError(f"split_data: num_slice is {num_slice}, needs at least 1")
    short, longer = divmod(size, num_slice)
    parts = pairwise([i * short + min(i, longer) for i in range(num_slice + 1)])
    if batch_axis == 0:
        return [data[begin:end] for begin, end in parts]
    return [ndarray.slice_axis(data, axis=batch_axis, begin=begin, end=end) for begin, end in parts]


def split_and_load(
    data: Any, ctx_list: Sequence[Context], batch_axis: int = 0, even_split: bool = True
) -> list[NDArray]:
    """Cut a batch into one slice per context and copy each slice there.

    Parameters
    ----------
    data : NDArray or array_like
        The batch.
    ctx_list : sequence of Context
        Where the slices go.
    batch_axis : int
        The axis to cut.
    even_split : bool
        Whether slices of different lengths are an error.

    Returns
    -------
    list of NDArray
        One per context.

    Raises
    ------
    ValueError
        When the axis cannot be cut that way.

    Examples
    --------
    >>> import mxnb as mx
    >>> parts = mx.gluon.utils.split_and_load([[1, 2], [3, 4]], [mx.cpu(0), mx.cpu(1)])
    >>> [part.context for part in parts]
    [cpu(0), cpu(1)]
    """
    if not isinstance(data, NDArray):
        data = ndarray.array(data, ctx=ctx_list[0])
    slices = split_data(data, len(ctx_list), batch_axis, even_split)
    return [part.as_in_context(ctx) for part, ctx in zip(slices, ctx_list)]


def clip_global_norm(arrays: Sequence[NDArray], max_norm: float, check_isfinite: bool = True) -> float | NDArray:
    """Scale arrays in place so that the 2-norm of all their elements is at most `max_norm`.

    Parameters
    ----------
    arrays : sequence of NDArray
        Usually the gradients; changed in place.
    max_norm : float
        The largest norm wanted.
    check_isfinite : bool
        Whether to look at the norm, and warn when it is infinite or nan.

    Returns
    -------
    float or NDArray, shape (1,)
        The norm before; an array when `check_isfinite` is False.

    Raises
    ------
    ValueError
        When there is no array.

    Examples
    --------
    >>> import mxnb as mx
    >>> x = mx.nd.array([3, 4])
    >>> mx.gluon.utils.clip_global_norm([x], 1.0)
    5.0
    >>> x.asnumpy()
    array([0.6, 0.8], dtype=float32)
    """
    if len(arrays) == 0:
        raise ValueError("clip_global_norm: arrays is empty, needs at least one")
    ctx = arrays[0].context
    squares = [ndarray.square(array.astype("float32")).sum().as_in_context(ctx) for array in arrays]
    norm = ndarray.concat(*squares, dim=0).sum().sqrt()
    if check_isfinite:
        value = float(norm.asscalar())
        if not math.isfinite(value):
            warnings.warn(f"clip_global_norm: the norm is {value}; the result is undefined", stacklevel=2)
        scale = max_norm / (value + 1e-8)
        if scale < 1:
            for array in arrays:
                array *= scale
        return value
    scale_array = ndarray.minimum(max_norm / (norm + 1e-8), 1)
    for array in arrays:
        array *= scale_array.as_in_context(array.context).astype(array.dtype)
    return norm


def shape_is_known(shape: Sequence[int] | None) -> bool:
    """Return whether a shape has no unknown dimension, where 0 and -1 mean unknown.

    Parameters
    ----------
    shape : sequence of int or None
        None, and the shape without dimensions, are unknown.

    Returns
    -------
    bool

    Examples
    --------
    >>> shape_is_known((2, 3)), shape_is_known((2, 0)), shape_is_known(None)
    (True, False, False)
    """
    return bool(shape) and all(dim > 0 for dim in shape or ())


def check_sha1(filename: str | os.PathLike[str], sha1_hash: str) -> bool:
    """Return whether a file has a given SHA-1 hash.

    Parameters
    ----------
    filename : str or os.PathLike
        The file.
    sha1_hash : str
        40 hexadecimal digits.

    Returns
    -------
    bool
    """
    digest = hashlib.sha1(usedforsecurity=False)
    with open(filename, "rb") as f:
        while part := f.read(1 << 20):
            digest.update(part)
    return digest.hexdigest() == sha1_hash


def download(
    url: str,
    path: str | None = None,
    overwrite: bool = False,
    sha1_hash: str | None = None,
    retries: int = 5,
    verify_ssl: bool = True,
) -> str:
    """Fetch a file, unless it is there already.

    Parameters
    ----------
    url : str
        Where it is.
    path : str, optional
        The file or the folder to write to; by default the last part of `url`, in the current folder.
    overwrite : bool
        Whether to fetch it although it is there.
    sha1_hash : str, optional
        What its SHA-1 hash must be. A file that is there with another one is fetched again.
    retries : int
        How often to try again.
    verify_ssl : bool
        Whether to check the server's certificate.

    Returns
    -------
    str
        The path of the file.

    Raises
    ------
    MXNetError
        When it cannot be fetched, or what comes has another hash; nothing is left behind then.
    """
    name = url.split("/")[-1]
    if path is None:
        target = name
    else:
        path = os.path.expanduser(path)
        target = os.path.join(path, name) if os.path.isdir(path) else path
    if not target or target.endswith("/"):
        raise ValueError(f"download: url {url!r} does not end in the name of a file; say where it goes with path")
    if retries < 0:
        raise ValueError(f"download: retries is {retries}, needs at least 0")
    if not overwrite and os.path.exists(target) and (sha1_hash is None or check_sha1(target, sha1_hash)):
        return target

    import http.client  # these take as long to import as all of Gluon
    import ssl
    import urllib.error

    os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
    context = None
    if not verify_ssl:
        warnings.warn("download: the server's certificate is not checked (verify_ssl=False)", stacklevel=2)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    for attempt in range(retries + 1):
        try:
            _fetch(url, target, sha1_hash, context)
            return target
        except (OSError, http.client.HTTPException, MXNetError) as error:
            gone = isinstance(error, urllib.error.HTTPError) and 400 <= error.code < 500
            if attempt == retries or gone:
                raise MXNetError(f"download: cannot fetch {url} to {target}: {error}") from error
            time.sleep(min(0.1 * 2**attempt, 2))
    raise AssertionError("unreachable")


def _fetch(url: str, target: str, sha1_hash: str | None, context: ssl.SSLContext | None) -> None:
    """Write what `url` gives to `target` if it is complete and has the hash."""
    import urllib.request

    digest = hashlib.sha1(usedforsecurity=False)
    with urllib.request.urlopen(url, timeout=30, context=context) as response, atomic_write(target) as f:
        expected, got = response.headers.get("Content-Length"), 0
        while part := response.read(1 << 16):
            digest.update(part)
            f.write(part)
            got += len(part)
        if expected is not None and got != int(expected):
            raise MXNetError(f"the connection ended after {got} of {expected} bytes")
        if sha1_hash is not None and digest.hexdigest() != sha1_hash:
            raise MXNetError(f"its SHA-1 is {digest.hexdigest()}, needs {sha1_hash}")


def replace_file(src: str | os.PathLike[str], dst: str | os.PathLike[str]) -> None:
    """Rename a file, replacing what is at the destination in one step.

    Parameters
    ----------
    src : str or os.PathLike
        The file.
    dst : str or os.PathLike
        Its new name, on the same file system.
    """
    os.replace(src, dst)


class HookHandle:
    """What registering a hook returns: it can take the hook away again, also as a ``with`` statement.

    Examples
    --------
    >>> from collections import OrderedDict
    >>> hooks = OrderedDict()
    >>> handle = HookHandle()
    >>> handle.attach(hooks, print)
    >>> with handle:
    ...     len(hooks)
    1
    >>> len(hooks)
    0
    """

    def __init__(self) -> None:
        self._hooks_ref: weakref.ref[Any] | None = None
        self._id: int | None = None

    def attach(self, hooks_dict: Any, hook: Callable[..., Any]) -> None:
        """Put a hook into a dictionary of hooks.

        Parameters
        ----------
        hooks_dict : collections.OrderedDict
            The hooks of a Block, by the number of their handle.
        hook : callable
            The hook.
        """
        if self._id is not None:
            raise MXNetError("HookHandle: this handle has a hook already; use a new one")
        self._id = id(hook)
        hooks_dict[self._id] = hook
        self._hooks_ref = weakref.ref(hooks_dict)

    def detach(self) -> None:
        """Take the hook away; once it is gone nothing happens."""
        hooks = self._hooks_ref() if self._hooks_ref is not None else None
        if hooks is not None and self._id in hooks:
            del hooks[self._id]

    def __getstate__(self) -> tuple[Any, int | None]:
        return (self._hooks_ref() if self._hooks_ref is not None else None), self._id

    def __setstate__(self, state: tuple[Any, int | None]) -> None:
        hooks, self._id = state
        self._hooks_ref = None if hooks is None else weakref.ref(hooks)

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, ptype: Any, value: Any, trace: Any) -> None:
        self.detach()
