"""The settings of mxnb: environment variables.

======================== =============================== ===================================================
variable                 default                         meaning
======================== =============================== ===================================================
``MXNB_CACHE_DIR``       ``$XDG_CACHE_HOME/mxnb``, else  folder of the compiled kernels
                         ``~/.cache/mxnb``
``MXNB_KERNEL_CACHE``    ``object``                      ``object``: compiled kernels are stored and loaded
                                                         without numba; ``dispatcher``: numba's ordinary
                                                         dispatchers, nothing stored; ``off``: as ``object``,
                                                         but nothing is read or stored
``MXNB_DISABLE_JIT``     ``0``                           ``1``: kernels run on the CPU as plain Python, for
                                                         debuggers (read by ``kernels/kernel.py``)
``MXNB_CHECK_KERNELS``   ``0``                           ``1``: kernels on the CPU make sure that they read and
                                                         write only what belongs to their arrays, and raise
                                                         RuntimeError otherwise; much slower, for tests
``MXNB_GUARD_MEMORY``    ``0``                           ``1``: guard bytes around all memory on the CPU tell when it
                                                         is overwritten, for tests (``kernels/canary.py``);
                                                         ``MXNB_CHECK_KERNELS`` includes this
``MXNB_COMPILE_AHEAD``   ``1``                           ``0``: no second process helps to compile the kernels of
                                                         a graph when they are needed for the first time
``MXNB_NUM_THREADS``     CPUs that the process may use   threads that one operator on the CPU is split over
``MXNB_FUSION``          ``1``                           ``0``: in hybridized blocks and bound symbols every
                                                         operator runs alone, as it does outside of them
``MXNB_WINOGRAD``        ``1``                           ``0``: convolutions with windows of 3 x 3 add all
                                                         products one by one, with many channels too
``MXNET_HOME``           ``~/.mxnet``                    folder of data sets (``datasets/``) and pretrained
                                                         models (``models/``)
``MXNET_GLUON_REPO``     MXNet's public bucket           where data sets and models are downloaded from
======================== =============================== ===================================================

``MXNET_OPTIMIZER_AGGREGATION_SIZE`` (4, for LAMB 45) is how many parameters at most a program's own subclass of SGD,
LARS or LAMB is given at once; with 0 it is given one at a time, and no lists.

Every function reads its variable when it is called, so a program may set ``os.environ`` before it first uses
what the variable governs. A value that makes no sense raises; it is never silently replaced by the default.
"""

from __future__ import annotations

import os

from .base import MXNetError

__all__ = [
    "aggregation_size",
    "cache_dir",
    "check_kernels",
    "compile_ahead",
    "data_dir",
    "fusion",
    "guard_memory",
    "kernel_cache_mode",
    "num_threads",
    "repo_url",
    "winograd",
]

KERNEL_CACHE_MODES = ("object", "dispatcher", "off")


def aggregation_size(default: int) -> int:
    """Return how many parameters an optimizer's own updates are given at once at most, 0 for no lists.

    Parameters
    ----------
    default : int
        That of the optimizer.

    Returns
    -------
    int

    Raises
    ------
    MXNetError
        When ``MXNET_OPTIMIZER_AGGREGATION_SIZE`` is not a number.
    """
    text = os.environ.get("MXNET_OPTIMIZER_AGGREGATION_SIZE") or str(default)
    try:
        return int(text)
    except ValueError:
        raise MXNetError(f"MXNET_OPTIMIZER_AGGREGATION_SIZE is {text!r}, needs a number") from None


def cache_dir() -> str:
    """Return the folder of the compiled kernels (it need not exist).

    Returns
    -------
    str
    """
    folder = os.environ.get("MXNB_CACHE_DIR")
    if folder:
        return os.path.abspath(os.path.expanduser(folder))
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "mxnb")


def kernel_cache_mode() -> str:
    """Return how compiled kernels are kept: ``"object"``, ``"dispatcher"`` or ``"off"``.

    Returns
    -------
    str

    Raises
    ------
    MXNetError
        When ``MXNB_KERNEL_CACHE`` has another value.
    """
    mode = os.environ.get("MXNB_KERNEL_CACHE") or "object"
    if mode not in KERNEL_CACHE_MODES:
        raise MXNetError(f"MXNB_KERNEL_CACHE is {mode!r}, needs one of {', '.join(KERNEL_CACHE_MODES)}")
    return mode


def _switch(name: str) -> bool:
    """A setting that is on unless it is 0."""
    text = os.environ.get(name) or "1"
    if text not in ("0", "1"):
        raise MXNetError(f"{name} is {text!r}, needs 0 or 1")
    return text == "1"


def fusion() -> bool:
    """Return whether graphs make one step of several operators.

    Returns
    -------
    bool

    Raises
    ------
    MXNetError
        When ``MXNB_FUSION`` is neither 0 nor 1.
    """
    return _switch("MXNB_FUSION")


def winograd() -> bool:
    """Return whether convolutions may use Winograd's algorithm; read when one is planned.

    Returns
    -------
    bool

    Raises
    ------
    MXNetError
        When ``MXNB_WINOGRAD`` is neither 0 nor 1.
    """
    return _switch("MXNB_WINOGRAD")


def check_kernels() -> bool:
    """Return whether kernels on the CPU check the bounds of arrays; read when the first kernel is compiled.

    Returns
    -------
    bool
    """
    return os.environ.get("MXNB_CHECK_KERNELS", "0") not in ("", "0")


def guard_memory() -> bool:
    """Return whether memory on the CPU has guard bytes around it.

    Returns
    -------
    bool
    """
    return check_kernels() or os.environ.get("MXNB_GUARD_MEMORY", "0") not in ("", "0")


def compile_ahead() -> bool:
    """Return whether a second process may help to compile the kernels of a graph.

    Returns
    -------
    bool

    Raises
    ------
    MXNetError
        When ``MXNB_COMPILE_AHEAD`` is neither 0 nor 1.
    """
    return _switch("MXNB_COMPILE_AHEAD")


def num_threads() -> int:
    """Return the number of threads that one operator on the CPU may be split over.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    MXNetError
        When ``MXNB_NUM_THREADS`` is not a whole number of at least 1.
    """
    text = os.environ.get("MXNB_NUM_THREADS")
    if not text:
        return available_cpus()
    try:
        count = int(text)
    except ValueError:
        count = 0
    if count < 1:
        raise MXNetError(f"MXNB_NUM_THREADS is {text!r}, needs a whole number of at least 1")
    return count


def available_cpus() -> int:
    """Return how many CPUs this process may use (its affinity, where the platform tells).

    Returns
    -------
    int
    """
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def data_dir() -> str:
    """Return the folder of data sets and pretrained models: ``$MXNET_HOME``, else ``~/.mxnet``.

    Returns
    -------
    str
    """
    return os.path.expanduser(os.environ.get("MXNET_HOME") or os.path.join("~", ".mxnet"))


def repo_url() -> str:
    """Return the address, ending in ``/``, below which data sets and models are found.

    Returns
    -------
    str
    """
    url = os.environ.get("MXNET_GLUON_REPO") or "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/"
    return url if url.endswith("/") else url + "/"
