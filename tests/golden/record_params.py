"""Writes ``params/`` with MXNet 1.9.1; run as ``python tests/golden/record_params.py`` where it is installed."""

from pathlib import Path

import mxnet as mx
import numpy as np

FOLDER = Path(__file__).parent / "params"
DTYPES = ("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool")


def main():
    FOLDER.mkdir(exist_ok=True)
    everything = {d: mx.nd.array(np.arange(6).reshape(2, 3) % 5, dtype=d) for d in DTYPES}
    mx.nd.save(str(FOLDER / "dtypes.params"), everything)
    mx.nd.save(str(FOLDER / "list.params"), [mx.nd.arange(3), mx.nd.ones((2, 1, 2), dtype="int8")])
    mx.nd.save(str(FOLDER / "empty.params"), [])
    rows = mx.nd.sparse.row_sparse_array(([[1, 2], [3, 4]], [1, 3]), shape=(5, 2))
    csr = mx.nd.sparse.csr_matrix(([1, 2, 3], [0, 2, 1], [0, 1, 1, 3]), shape=(3, 4))
    mx.nd.save(str(FOLDER / "sparse.params"), {"rows": rows, "csr": csr, "zeros": mx.nd.sparse.zeros("csr", (2, 3))})
    with mx.util.np_shape(True), mx.util.np_array(True):
        mx.npx.save(str(FOLDER / "v3.params"), {"scalar": mx.np.array(5.0), "empty": mx.np.zeros((0, 3))})


if __name__ == "__main__":
    main()
