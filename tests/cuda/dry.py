"""A device that computes nothing: operators run on a GPU context, and their kernels only note what they are asked for.

In `dry_device()` arrays of `mx.gpu()` have a shape and a dtype but no numbers, and a launch adds the types of its
arguments to the kernel's `requested`.  So, without a GPU and without the simulator, one sees in a moment which kernels
an operator launches for arguments of which types, and whether anything is computed on the host instead.
"""

import contextlib

import numpy as np

from mxnb.kernels import cuda, device
from mxnb.kernels.kernel import Kernel, describe


class DryArray:
    """What numba's device arrays are, without memory."""

    def __init__(self, shape, dtype):
        self.shape = (shape,) if isinstance(shape, int) else tuple(int(n) for n in shape)
        self.dtype = np.dtype(dtype)
        self.ndim, self.size = len(self.shape), int(np.prod(self.shape, dtype=np.int64))
        self.nbytes = self.size * self.dtype.itemsize

    def reshape(self, *shape):
        shape = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        shape = [shape] if isinstance(shape, int) else list(shape)
        if -1 in shape:
            rest = int(np.prod([n for n in shape if n != -1], dtype=np.int64))
            shape[shape.index(-1)] = self.size // max(rest, 1)
        assert int(np.prod(shape, dtype=np.int64)) == self.size
        return DryArray(shape, self.dtype)

    def __getitem__(self, key):
        return DryArray(
            np.lib.stride_tricks.as_strided(np.empty(1), self.shape, [0] * self.ndim)[key].shape, self.dtype
        )

    def copy_to_device(self, source):
        assert source.size == self.size

    def copy_to_host(self):
        Dry.read += 1
        return np.zeros(self.shape, self.dtype)

    @property
    def device_ctypes_pointer(self):
        return type("Pointer", (), {"value": id(self)})

    def __array__(self, *args, **kwargs):
        raise AssertionError("an array of the device was used by NumPy")


class Dry:
    """Stands for numba.cuda."""

    read = 0  # how often an array was copied to the host
    gpus = (0,)

    @staticmethod
    def device_array(shape, dtype=np.float64):
        return DryArray(shape, dtype)

    @staticmethod
    def to_device(array):
        return DryArray(array.shape, array.dtype)

    @staticmethod
    def current_context():
        return type("Context", (), {"device": type("Device", (), {"id": 0})})

    @staticmethod
    def synchronize():
        pass


class NoLaunch:
    """A compiled kernel that does nothing."""

    def __getitem__(self, configuration):
        return lambda *args: None


def _prepare(self, args):
    """Note the types of the arguments; `CudaKernel._prepare` without compiling."""
    for arg in args:
        assert not isinstance(arg, np.ndarray), f"{self.name} was launched with an array of the host"
    self.requested.add(tuple(describe(arg, self.flat) for arg in args))
    return NoLaunch(), float


def _variant(self, *args):
    raise AssertionError(f"{self.name} ran on the host")


@contextlib.contextmanager
def dry_device(host_kernels=False):
    """Let `mx.gpu()` be a device that computes nothing.

    Parameters
    ----------
    host_kernels : bool
        Whether kernels of the host may run meanwhile.
    """
    saved = device._state, cuda.CudaKernel._prepare, Kernel.variant
    device._state, cuda.CudaKernel._prepare = (Dry, ""), _prepare
    if not host_kernels:
        Kernel.variant = _variant
    Dry.read = 0
    try:
        yield Dry
    finally:
        device._state, cuda.CudaKernel._prepare, Kernel.variant = saved
