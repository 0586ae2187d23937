"""Matrix products.

c[m, n] = bias[n] + sum over k of a[m, k] * b[k, n]            2 M N K operations on M K + K N + M N numbers

Every operand may be stored transposed, and a leading dimension makes it a batch of products.  On the CPU the product is
NumPy's, which calls BLAS for floats; only the bias is added by a kernel of our own.  On CUDA a block of threads makes a
square block of c: it copies the pieces of a and b that it needs to shared memory, `DEPTH` terms at a time, and each
thread multiplies EACH x EACH of their numbers in registers.  So every number fetched from memory is used BLOCK times.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import pool
from .device import SIMULATED, is_device_array
from .kernel import cuda_kernel, foreach, split_kernel
from .words import lanes, load, store

GRAIN = 1 << 15  # numbers of c for one thread to add the bias to

SIDE = 2 if SIMULATED else 16  # threads along one side of a block; the simulator starts a Python thread for each
EACH = 4  # results of one thread along one side
BLOCK = SIDE * EACH
DEPTH = 2 if SIMULATED else 8


def matmul_naive(c: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """The definition, for one product; a: (M, K), b: (K, N), c: (M, N)."""
    for m in range(c.shape[0]):
        for n in range(c.shape[1]):
            total = c.dtype.type(0)
            for k in range(a.shape[1]):
                total += a[m, k] * b[k, n]
            c[m, n] = total


# --- CPU -------------------------------------------------------------------------------------------------------------


@split_kernel
def add_bias_cpu(c, bias, first, last):
    """Add bias: (N,) to rows first..last of c: (M, N).  Limited by memory: two passes over c."""
    for row in range(first, last):
        for j in range(0, c.shape[1], lanes(c)):
            rest = c.shape[1] - j
            store(c, (row, j), load(c, (row, j), 1, 1, 1, rest) + load(bias, (j,), 1, 1, 1, rest), 1, rest)


@foreach
def khatri_rao_step(i, y, a, b):
    """Row i of the column-wise Kronecker product y: (A * B, N) of a: (A, N) and b: (B, N)."""
    for j in range(y.shape[1]):
        y[i, j] = a[i // b.shape[0], j] * b[i % b.shape[0], j]


# --- CUDA ------------------------------------------------------------------------------------------------------------

cuda: Any = None  # numba.cuda in what is compiled


def _matmul_cuda(number: Any) -> Any:
    """The kernel that adds in numbers of type `number`."""

    def matmul(c, a, b, bias, has_bias, items, rows, cols, terms, a_step, a_row, a_term, b_step, b_term, b_col):
        """One block of c: (batch, rows, cols), flat.  The steps say how far apart neighbours in a and b are."""
        left = cuda.shared.array((DEPTH, BLOCK + 1), number)  # the odd width spreads a column over the banks
        right = cuda.shared.array((DEPTH, BLOCK + 1), number)
        acc = cuda.local.array((EACH, EACH), number)
        tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
        thread = ty * SIDE + tx
        first_col, first_row = cuda.blockIdx.x * BLOCK, cuda.blockIdx.y * BLOCK
        for item in range(cuda.blockIdx.z, items, cuda.gridDim.z):
            for i in range(EACH):
                for j in range(EACH):
                    acc[i, j] = number(0)
            for start in range(0, terms, DEPTH):
                for number_in_piece in range(thread, DEPTH * BLOCK, SIDE * SIDE):
                    # neighbouring threads read neighbouring numbers, whichever way the operand is stored
                    if a_term == 1:
                        k, i = number_in_piece % DEPTH, number_in_piece // DEPTH
                    else:
                        k, i = number_in_piece // BLOCK, number_in_piece % BLOCK
                    if start + k < terms and first_row + i < rows:
                        left[k, i] = number(a[item * a_step + (first_row + i) * a_row + (start + k) * a_term])
                    else:
                        left[k, i] = number(0)
                    if b_term == 1:
                        k, j = number_in_piece % DEPTH, number_in_piece // DEPTH
                    else:
                        k, j = number_in_piece // BLOCK, number_in_piece % BLOCK
                    if start + k < terms and first_col + j < cols:
                        right[k, j] = number(b[item * b_step + (start + k) * b_term + (first_col + j) * b_col])
                    else:
                        right[k, j] = number(0)
                cuda.syncthreads()
                for k in range(DEPTH):
                    for i in range(EACH):
                        for j in range(EACH):
                            acc[i, j] += left[k, ty + i * SIDE] * right[k, tx + j * SIDE]
                cuda.syncthreads()
            for i in range(EACH):
                for j in range(EACH):
                    row, col = first_row + ty + i * SIDE, first_col + tx + j * SIDE
                    if row < rows and col < cols:
                        total = acc[i, j]
                        if has_bias:
                            total += number(bias[col])
                        c[(item * rows + row) * cols + col] = total

    return cuda_kernel(matmul, name=f"matmul.matmul_cuda.{number.__name__}")


_CUDA: dict[str, Any] = {}


def accumulator(dtype: Any) -> Any:
    """The type in which sums of numbers of `dtype` are kept on CUDA."""
    if dtype.kind != "f":
        return np.int64
    return np.float64 if dtype.itemsize == 8 else np.float32


# --- Launch ----------------------------------------------------------------------------------------------------------


def add_bias(c: Any, bias: Any) -> None:
    """c: (M, N) += bias: (N,) on the host."""
    if c.dtype.kind == "f":
        pool.run(add_bias_cpu.variant(c, bias, 0, 0), c.shape[0], GRAIN // max(c.shape[1], 1) + 1, c, bias)
    else:
        np.add(c, bias, out=c)


def matmul(c: Any, a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, bias: Any = None) -> None:
    """c = a @ b + bias, with a and b transposed first where asked.

    Parameters
    ----------
    c : array, shape (M, N) or (batch, M, N)
    a : array, shape (M, K) or (batch, M, K), or with K before M where `transpose_a`
    b : array, shape (K, N) or (batch, K, N), or with N before K where `transpose_b`
    bias : array, shape (N,), optional; for two dimensions only.
    """
    if is_device_array(c):
        _launch_cuda(c, a, b, transpose_a, transpose_b, bias)
        return
    left = a.swapaxes(-1, -2) if transpose_a else a
    right = b.swapaxes(-1, -2) if transpose_b else b
    if c.ndim == 2:
        np.dot(left, right, out=c)
        if bias is not None:
            add_bias(c, bias)
    else:
        np.matmul(left, right, out=c)


def _launch_cuda(c: Any, a: Any, b: Any, transpose_a: bool, transpose_b: bool, bias: Any) -> None:
    *batch, rows, cols = c.shape
    terms = a.shape[-2] if transpose_a else a.shape[-1]
    items = batch[0] if batch else 1
    if c.size == 0:
        return
    kind = accumulator(c.dtype)
    kernel = _CUDA.get(kind.__name__) or _CUDA.setdefault(kind.__name__, _matmul_cuda(kind))
    a_steps = (rows * terms, *((1, rows) if transpose_a else (terms, 1)))
    b_steps = (cols * terms, *((1, terms) if transpose_b else (cols, 1)))
    blocks = (-(-cols // BLOCK), -(-rows // BLOCK), min(items, 65535))
    given = c if bias is None else bias
    flat = (c.reshape(-1), a.reshape(-1), b.reshape(-1), given.reshape(-1))
    kernel.launch(blocks, (SIDE, SIDE), *flat, int(bias is not None), items, rows, cols, terms, *a_steps, *b_steps)


def khatri_rao(y: Any, a: Any, b: Any) -> None:
    """Column-wise Kronecker product; y: (A * B, N), a: (A, N), b: (B, N)."""
    khatri_rao_step(y.shape[0], y, a, b)
