"""Matrix products.

c[m, n] = bias[n] + sum over k of a[m, k] * b[k, n]            2 M N K operations on M K + K N + M N numbers

Every operand may be stored transposed, and a leading dimension makes it a batch of products.  On the CPU large products
of floats are made by register tiles (`gemm.py`), small ones, batches and whole numbers by NumPy.  On CUDA blocks of
threads make blocks of c, as `blocks.py` describes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from . import pool
from .blocks import DEPTH, SIDE, THREADS, accumulator, blocks, choose_each, clear, multiply
from .device import is_device_array
from .gemm import SMALL, gemm
from .kernel import cuda_kernel, foreach, split_kernel
from .words import lanes, load, store

GRAIN = 1 << 15  # numbers of c for one thread to add the bias to


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


@cache
def matmul_cuda(number: Any, each: int) -> Any:
    """The kernel that adds in numbers of type `number`, with each x each results of a thread."""
    block = SIDE * each
    wide = block + 1  # the odd width spreads what neighbouring threads write over the banks of shared memory

    def matmul(c, a, b, bias, has_bias, items, rows, cols, terms, a_step, a_row, a_term, b_step, b_term, b_col):
        """One block of c: (items, rows, cols), flat.  The steps say how far apart neighbours in a and b are."""
        left = cuda.shared.array((DEPTH, wide), number)
        right = cuda.shared.array((DEPTH, wide), number)
        acc = cuda.local.array((each, each), number)
        col, row = cuda.threadIdx.x, cuda.threadIdx.y
        first_col, first_row = cuda.blockIdx.x * block, cuda.blockIdx.y * block
        for item in range(cuda.blockIdx.z, items, cuda.gridDim.z):
            clear(acc)
            for start in range(0, terms, DEPTH):
                for n in range(row * SIDE + col, DEPTH * block, THREADS):
                    # neighbouring threads read neighbouring numbers, whichever way the operand is stored
                    k, i = (n % DEPTH, n // DEPTH) if a_term == 1 else (n // block, n % block)
                    left[k, i] = 0
                    if start + k < terms and first_row + i < rows:
                        left[k, i] = number(a[item * a_step + (first_row + i) * a_row + (start + k) * a_term])
                    k, j = (n % DEPTH, n // DEPTH) if b_term == 1 else (n // block, n % block)
                    right[k, j] = 0
                    if start + k < terms and first_col + j < cols:
                        right[k, j] = number(b[item * b_step + (start + k) * b_term + (first_col + j) * b_col])
                cuda.syncthreads()
                multiply(acc, left, right, row, col)
                cuda.syncthreads()
            for i in range(each):
                for j in range(each):
                    m, n = first_row + row + i * SIDE, first_col + col + j * SIDE
                    if m < rows and n < cols:
                        total = acc[i, j]
                        if has_bias:
                            total += number(bias[n])
                        c[(item * rows + m) * cols + n] = total

    return cuda_kernel(matmul, name=f"matmul.matmul_cuda.{number.__name__}.{each}")


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
    if c.ndim == 2 and c.dtype.kind == "f" and c.size * a.shape[0 if transpose_a else 1] > SMALL:
        gemm(c, a, b, transpose_a, transpose_b, bias)
        return
    left = a.swapaxes(-1, -2) if transpose_a else a
    right = b.swapaxes(-1, -2) if transpose_b else b
    with np.errstate(all="ignore"):  # inf and nan are results like others
        if c.ndim > 2:
            np.matmul(left, right, out=c)
            return
        np.dot(left, right, out=c)
        if bias is not None:
            add_bias(c, bias)


def _launch_cuda(c: Any, a: Any, b: Any, transpose_a: bool, transpose_b: bool, bias: Any) -> None:
    *batch, rows, cols = c.shape
    terms = tuple(a.shape)[-2 if transpose_a else -1]
    items = batch[0] if batch else 1
    if c.size == 0:
        return
    each = choose_each(rows, cols, items)
    a_steps = (rows * terms, *((1, rows) if transpose_a else (terms, 1)))
    b_steps = (cols * terms, *((1, terms) if transpose_b else (cols, 1)))
    grid = (blocks(cols, each), blocks(rows, each), min(items, 65535))
    flat = [x.reshape(-1) for x in (c, a, b, c if bias is None else bias)]
    kernel = matmul_cuda(accumulator(c.dtype), each)
    kernel.launch(grid, (SIDE, SIDE), *flat, int(bias is not None), items, rows, cols, terms, *a_steps, *b_steps)


def khatri_rao(y: Any, a: Any, b: Any) -> None:
    """Column-wise Kronecker product; y: (A * B, N), a: (A, N), b: (B, N)."""
    khatri_rao_step(y.shape[0], y, a, b)
