"""mxnb: MXNet 1.x's Python framework, with every kernel written in Python and compiled by Numba.

>>> import mxnb as mx
>>> x = mx.nd.ones((2, 3))
>>> (x * 2).asnumpy()
array([[2., 2., 2.],
       [2., 2., 2.]], dtype=float32)
"""

from __future__ import annotations

import importlib
from typing import Any

from .base import MXNetError
from .context import Context, cpu, cpu_pinned, cpu_shared, current_context, gpu, gpu_memory_info, num_gpus

__version__ = "0.1.0"

# Parts of the framework are imported when they are first used: `import mxnb` stays fast.
_MODULES = {
    "nd": "ndarray",
    "sym": "symbol",
    "mod": "module",
    "kv": "kvstore",
    "init": "initializer",
    "viz": "visualization",
    "img": "image",
    "rnd": "random",
    "mon": "monitor",
    "opt": "optimizer",
}
_NAMES = {
    "NDArray": "ndarray",
    "Symbol": "symbol",
    "AttrScope": "attribute",
    "NameManager": "name",
    "Prefix": "name",
    "KVStore": "kvstore",
}
_PARTS = [
    "attribute",
    "autograd",
    "base",
    "callback",
    "config",
    "context",
    "executor",
    "gluon",
    "image",
    "initializer",
    "io",
    "kvstore",
    "lr_scheduler",
    "metric",
    "model",
    "module",
    "monitor",
    "name",
    "ndarray",
    "operator",
    "optimizer",
    "profiler",
    "random",
    "recordio",
    "registry",
    "rnn",
    "symbol",
    "test_utils",
    "util",
    "visualization",
    "libinfo",
    "log",
    "misc",
]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        found = getattr(importlib.import_module("." + _NAMES[name], __name__), name)
    else:
        part = _MODULES.get(name, name)
        if part not in _PARTS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            found = importlib.import_module("." + part, __name__)
        except ModuleNotFoundError as error:
            if error.name == f"{__name__}.{part}":
                raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
            raise
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_NAMES, *_PARTS})


__all__ = [
    "Context",
    "MXNetError",
    "__version__",
    "cpu",
    "cpu_pinned",
    "cpu_shared",
    "current_context",
    "gpu",
    "gpu_memory_info",
    "num_gpus",
]
