"""Kernels: plain arrays in, results written to given arrays.  `kernel.py` tells how to write one."""

import logging

_numba = logging.getLogger("numba")
if _numba.level == logging.NOTSET:  # it traces compilation at DEBUG: thousands of lines where a program logs its own
    _numba.setLevel(logging.WARNING)
