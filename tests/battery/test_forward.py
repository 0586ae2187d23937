"""Results against naive NumPy references, for each dtype."""

import numpy as np
from running import each, forward, quiet
from samples import close

ALL = ("float32", "float64", "float16", "int32")


@each(dtypes=ALL)
def test_forward(sample, dtype):
    arrays = sample.arrays(dtype)
    with quiet():
        outs, after = forward(sample, arrays)
    names = sample.result_dtypes(dtype, len(outs))
    assert [o.dtype.name for o in outs] == list(names), "dtypes of the results"
    if sample.random:
        sample.reference(outs, arrays, **sample.params)
        return
    names = sample.op.input_names(len(arrays))
    changed = [i for i, n in enumerate(names) if n in sample.op.mutates]
    expected = sample.expected(arrays)
    if len(expected) > len(outs):  # the reference tells how states change
        outs += [after[i] for i in changed]
    assert len(outs) == len(expected), f"{len(outs)} results, the reference has {len(expected)}"
    for i, (got, want) in enumerate(zip(outs, expected)):
        close(got, want, sample.kind, f"{sample.id}, result {i}", coarsest(got.dtype, dtype))
    for i, (before, x) in enumerate(zip(arrays, after)):
        if i not in changed:
            np.testing.assert_array_equal(x, before, err_msg=f"input {names[i]} was changed")


def coarsest(*dtypes):
    """The least exact of the float types: a float64 computed from float32 is no better than that."""
    floats = [np.dtype(d) for d in dtypes if np.dtype(d).kind == "f"]
    return min(floats, key=lambda d: d.itemsize) if floats else np.dtype("float32")
