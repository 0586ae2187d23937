"""Matrix products.

c[m, n] = bias[n] + sum over k of a[m, k] * b[k, n]            2 M N K operations on M K + K N + M N numbers

Every operand may be stored transposed, and a leading dimension makes it a batch of products.  On the CPU products of
floats are made by register tiles (`gemm.py`), those of whole numbers by NumPy.  On CUDA blocks of threads make blocks
of c, as `blocks.py` describes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from . import gemm
from .blocks import DEPTH, SIDE, THREADS, accumulator, blocks, choose_each, clear, multiply
from .device import is_device_array, work_copy
from .gemm import Product
from .kernel import cuda_kernel, foreach


def matmul_naive(c: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """The definition, for one product; a: (M, K), b: (K, N), c: (M, N)."""
    for m in range(c.shape[0]):
        for n in range(c.shape[1]):
            total = c.dtype.type(0)
            for k in range(a.shape[1]):
                total += a[m, k] * b[k, n]
            c[m, n] = total


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

Run = Callable[..., None]


def bind(
    on_cpu: bool,
    rows: int,
    cols: int,
    terms: int,
    dtype: np.dtype,
    transpose_a: bool = False,
    transpose_b: bool = False,
    batch: int = 1,
    activation: Any = None,
    scalars: tuple[float, ...] = (),
    biased: bool = False,
) -> Product:
    """A function (c, a, b) or (c, a, b, bias) of matrices of known shapes: c = activation(a @ b + bias).

    Parameters
    ----------
    on_cpu : whether the arrays are in host memory.
    rows, cols, terms : M, N and K.
    dtype : that of all arrays.
    transpose_a, transpose_b : whether a is stored as (K, M), b as (N, K).
    batch : how many products; their matrices follow each other, so that c has shape (batch * M, N), and so on.
    activation : the `kernels.elementwise.Elementwise` of a function of one number that follows.  For floats on the CPU
        it is applied in registers; elsewhere it is a kernel of its own.
    scalars : its numbers.
    biased : whether there is a bias.
    """
    if on_cpu and dtype.kind == "f":
        sizes = (rows, cols, terms, dtype, transpose_a, transpose_b, batch)
        return gemm.prepare(*sizes, False, activation, scalars, biased)
    shapes = (batch, rows, cols, terms, transpose_a, transpose_b)
    product = _bind_whole(*shapes) if on_cpu else _bind_cuda(*shapes)
    if activation is None:
        return Product(product)
    follow, numbers = activation.flat(False), np.array(scalars, np.float64)

    def run(c: Any, *arrays: Any) -> None:
        product(c, *arrays)
        follow(c.size, c, c, work_copy(c, numbers))

    return Product(run)


def _bind_whole(
    batch: int, rows: int, cols: int, terms: int, transpose_a: bool, transpose_b: bool
) -> Callable[..., None]:
    """Whole numbers on the host: NumPy has no BLAS for them either, but need not be compiled."""
    a_shape = (batch, terms, rows) if transpose_a else (batch, rows, terms)
    b_shape = (batch, cols, terms) if transpose_b else (batch, terms, cols)

    def run(c: np.ndarray, a: np.ndarray, b: np.ndarray, bias: np.ndarray | None = None) -> None:
        left, right = a.reshape(a_shape), b.reshape(b_shape)
        left = left.swapaxes(1, 2) if transpose_a else left
        right = right.swapaxes(1, 2) if transpose_b else right
        np.matmul(left, right, out=c.reshape(batch, rows, cols))
        if bias is not None:
            np.add(c, bias, out=c)

    return run


def _bind_cuda(
    batch: int, rows: int, cols: int, terms: int, transpose_a: bool, transpose_b: bool
) -> Callable[..., None]:
    each = choose_each(rows, cols, batch)
    a_steps = (rows * terms, *((1, rows) if transpose_a else (terms, 1)))
    b_steps = (cols * terms, *((1, terms) if transpose_b else (cols, 1)))
    grid = (blocks(cols, each), blocks(rows, each), min(batch, 65535))

    def run(c: Any, a: Any, b: Any, bias: Any = None) -> None:
        flat = [x.reshape(-1) for x in (c, a, b, c if bias is None else bias)]
        kernel = matmul_cuda(accumulator(c.dtype), each)
        kernel.launch(grid, (SIDE, SIDE), *flat, int(bias is not None), batch, rows, cols, terms, *a_steps, *b_steps)

    return run if batch * rows * cols else lambda c, a, b, bias=None: None


def matmul(c: Any, a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, bias: Any = None) -> None:
    """c = a @ b + bias, with a and b transposed first where asked; `bind` prepares it once for known shapes.

    Parameters
    ----------
    c : array, shape (M, N) or (batch, M, N)
    a : array, shape (M, K) or (batch, M, K), or with K before M where `transpose_a`
    b : array, shape (K, N) or (batch, K, N), or with N before K where `transpose_b`
    bias : array, shape (N,), optional
    """
    *batch, rows, cols = tuple(c.shape)
    terms = tuple(a.shape)[-2 if transpose_a else -1]
    many = batch[0] if batch else 1
    given = () if bias is None else (bias,)
    sizes = (rows, cols, terms, c.dtype, bool(transpose_a), bool(transpose_b), many)
    run, _ = bind(not is_device_array(c), *sizes, biased=bool(given))
    if batch:
        c, a, b = (x.reshape(many * x.shape[1], x.shape[2]) for x in (c, a, b))
    run(c, a, b, *given)


def khatri_rao(y: Any, a: Any, b: Any) -> None:
    """Column-wise Kronecker product; y: (A * B, N), a: (A, N), b: (B, N)."""
    khatri_rao_step(y.shape[0], y, a, b)
