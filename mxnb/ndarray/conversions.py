"""What NDArray has in common with NumPy's arrays and other libraries: conversions, DLPack, waiting."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..context import Context
from ..kernels import device


class Conversions:
    """Base of NDArray: how it becomes something else."""

    __slots__ = ()
    _data: Any
    _ctx: Context

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(self._data.size)

    def asnumpy(self) -> np.ndarray:
        """A copy as `numpy.ndarray`."""
        if self._ctx.on_cpu:
            return self._data.copy()
        return device.to_host(self._data)

    def asscalar(self) -> Any:
        """The only element, as NumPy scalar.

        Raises
        ------
        ValueError
            If there is not exactly one.
        """
        data = self._data
        if data.size != 1:
            raise ValueError("The current array is not a scalar")
        if not self._ctx.on_cpu:
            data = self.asnumpy()
        return data[0] if data.ndim == 1 else data.flat[0]

    item = asscalar

    def tolist(self) -> Any:
        """Nested lists of Python numbers."""
        return self.asnumpy().tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False and not self._ctx.on_cpu:
            raise ValueError("an NDArray on a GPU cannot become a NumPy array without a copy")
        found = self._data if copy is False else self.asnumpy()
        return found if dtype is None else found.astype(dtype, copy=False)

    def __float__(self) -> float:
        return float(self.asscalar())

    def __int__(self) -> int:
        return int(self.asscalar())

    def __index__(self) -> int:
        if self.size != 1 or self._data.dtype.kind not in "iu":
            raise TypeError("only an NDArray of one integer can be an index")
        return int(self.asscalar())

    def __dlpack__(self, **options: Any) -> Any:
        """Share memory through DLPack (https://dmlc.github.io/dlpack)."""
        return device.dlpack(self._data, **options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0) if self._ctx.on_cpu else (2, self._ctx.device_id)

    def to_dlpack_for_read(self) -> Any:
        """A DLPack capsule of this memory, for reading."""
        return self.__dlpack__()

    to_dlpack_for_write = to_dlpack_for_read

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        if self._ctx.on_cpu:
            raise AttributeError("an NDArray on a CPU has no CUDA array interface")
        return self._data.__cuda_array_interface__

    def wait_to_read(self) -> None:
        """Wait until everything that writes this array is done."""
        if not self._ctx.on_cpu:
            device.synchronize(self._ctx.device_id)

    wait_to_write = wait_to_read
