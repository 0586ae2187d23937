"""Many small arrays in one compact file: an .npz of two entries, a JSON index and the bytes of all arrays."""

import json

import numpy as np


def save(path, arrays):
    """Write ``{name: array}`` to ``path``."""
    index, blobs, offset = {}, [], 0
    for name, array in arrays.items():
        array = np.asarray(array)
        blob = np.ascontiguousarray(array).tobytes()
        index[name] = [array.dtype.str, list(array.shape), offset]
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(index, separators=(",", ":")).encode()
    np.savez_compressed(
        path, index=np.frombuffer(text, dtype=np.uint8), data=np.frombuffer(b"".join(blobs), dtype=np.uint8)
    )


def load(path):
    """Read ``{name: array}`` back."""
    with np.load(path) as stored:
        index, data = json.loads(stored["index"].tobytes().decode()), stored["data"].tobytes()
    return {
        name: np.frombuffer(data, dtype=dtype, count=int(np.prod(shape, dtype=int)), offset=offset)
        .reshape(shape)
        .copy()
        for name, (dtype, shape, offset) in index.items()
    }
