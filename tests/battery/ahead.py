"""Runs all samples from the last to the first: a process that compiles kernels while the tests begin with the first."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))  # where mxnb is not installed

from running import forward, gradients, has_gradient, quiet
from samples import SAMPLES

for sample in reversed(SAMPLES):
    try:
        with quiet():
            for dtype in sample.dtypes:
                forward(sample, sample.arrays(dtype))
            if has_gradient(sample):
                gradients(sample, sample.arrays("float64"), "float64")
    except Exception as error:  # the tests say it better
        print(sample.id, type(error).__name__)
