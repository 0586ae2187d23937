"""Kernels: plain arrays in, results written to given arrays.  `kernel.py` tells how to write one."""
