"""Record what MXNet 1.9.1 does, for the tests to compare with.

Run with a Python that has ``mxnet==1.9.1``::

    python tests/golden/record.py [part ...]

writes the files of this folder. Parts: ops, lenet, checkpoints, symbols, printed (default: all).
"""

import os
import sys

import mxnet as mx

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import pack  # noqa: E402
from cases import CASES  # noqa: E402


def record_ops():
    arrays, failed = {}, []
    for name, case in CASES.items():
        inputs = case.make_inputs()
        try:
            result = case.run(mx, inputs)
            mx.nd.waitall()
        except Exception as error:  # report all at the end
            failed.append((name, str(error).strip().splitlines()[-1][:150]))
            continue
        arrays.update({f"{name} in{i}": x for i, x in enumerate(inputs)})
        arrays.update({f"{name} {key}": value for key, value in result.items()})
    pack.save(os.path.join(HERE, "ops.npz"), arrays)
    print(f"{len(CASES) - len(failed)} cases, {len(arrays)} arrays")
    for name, message in failed:
        print("FAILED", name, "-", message)


PARTS = {"ops": record_ops}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
