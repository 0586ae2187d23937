"""The table of the battery: for every operator a naive reference and a few samples.

To add an operator, write in the file of its family (`samples/<family>.py`)::

    case("sum", naive_sum, S(X(2, 3, 4)), S(X(2, 3, 4), axis=1), kind="long")

- The reference takes NumPy arrays (floats arrive as float64, whole numbers as they are) and the parameters of the
  sample, and returns what the operator returns: one array, or a tuple of the visible outputs followed by the inputs
  that the operator changes, in their order.  It should be slow and obvious.
- `S(*inputs, **parameters)` is a sample: `X(2, 3)` are distinct numbers spread over (-2, 2), `X(2, 3, low=1, high=5)`
  over another range, `Whole(2, 3, high=4)` whole numbers 0 to 3, `Given([1, nan])` just these.
- Flags after the samples hold for all of them; `S(...).but(flag=...)` sets them for one.  `FLAGS` tells what there is.

Shapes are tiny, and few dtypes and numbers of axes keep the number of compiled kernels small.
"""

import copy
import zlib

import numpy as np

from mxnb.ops import primary

FLOATS = ("float32", "float64", "float16")
NUMBERS = (*FLOATS, "int32")

FLAGS = {
    "dtypes": FLOATS,  # dtypes of the inputs to try
    "kind": "",  # how exact: "exact", "" or "long" (sums of several numbers); see TOLERANCE
    "result": None,  # dtype of each output, as a name or tuple of names; None is the one being tried
    "train": False,  # whether it runs in training mode
    "gradient": True,  # or the reason why there is none
    "heads": None,  # which outputs have a gradient, as tuple; None is all of float dtype
    "wrt": None,  # inputs with a gradient, as tuple; None is all of the sample's dtype that are not auxiliary
    "loss": None,  # where the gradient of the output is ignored: the scalar function whose gradient the operator gives
    "twice": True,  # whether the gradient has a gradient, or the reason why it is not tested
    "follows": (),  # names of inputs whose shapes follow from those of the others
    "random": False,  # the reference is `check(outputs, inputs, **parameters)`, which asserts what must hold
    "free": (),  # names of inputs of which several shapes fit, so that a wrong one may be right
    "loose": False,  # whether inputs of nearly all shapes fit each other, so that a wrong shape is none
    "gpu": True,  # or the reason why it does not run on CUDA
}

# What may differ from the reference, relative to 1 + the size of the number.
TOLERANCE = {
    "exact": {"float16": 0.0, "float32": 0.0, "float64": 0.0},
    "": {"float16": 2e-3, "float32": 3e-6, "float64": 1e-12},
    "long": {"float16": 8e-3, "float32": 2e-5, "float64": 1e-11},
}

INTERNAL = {
    "_rrelu": "LeakyReLU(act_type='rrelu') is this operator",
    "_cross_entropy_gradient": "the gradient of _cross_entropy, which is tested",
    "_keep": "the gradient of where, which is tested",
    "_layer": "the gradient of stack, which is tested",
    "_normalized": "a graph's BatchNorm made again; tests/test_fusion.py compares their numbers",
    "_put_places": "the gradient of topk, which is tested",
    "_take_places": "the gradient of the gradient of topk, which is tested",
}
"""Operators without a case of their own, and why."""


class X:
    """Distinct numbers in random order, evenly spread over (low, high)."""

    def __init__(self, *shape, low=-2.0, high=2.0, dtype=None):
        self.shape, self.low, self.high, self.dtype = shape, low, high, dtype

    def make(self, rng, dtype, index):
        n = int(np.prod(self.shape))
        places = (rng.permutation(n) + 0.57 - 0.11 * index) / max(n, 1)
        return self._typed((self.low + places * (self.high - self.low)).reshape(self.shape), dtype)

    def _typed(self, values, dtype):
        dtype = np.dtype(self.dtype or dtype)
        return (np.trunc(values) if dtype.kind in "iu" else values).astype(dtype)


class Whole(X):
    """Random whole numbers from low to high - 1."""

    def __init__(self, *shape, low=0, high=3, dtype=None):
        super().__init__(*shape, low=low, high=high, dtype=dtype)

    def make(self, rng, dtype, index):
        return self._typed(rng.integers(self.low, self.high, self.shape), dtype)


class Given(X):
    """These numbers."""

    def __init__(self, values, dtype=None):
        self.values = np.asarray(values)
        super().__init__(*self.values.shape, dtype=dtype)

    def make(self, rng, dtype, index):
        return self._typed(self.values, dtype)


class Sample:
    """One call of an operator."""

    def __init__(self, *inputs, **params):
        self.inputs, self.params, self.own = inputs, params, {}

    def but(self, **flags):
        """Set flags for this sample."""
        self.own.update(flags)
        return self

    def enter(self, name, reference, index, flags):
        """Fill in what the case says."""
        unknown = set(flags) | set(self.own)
        if not unknown <= set(FLAGS):
            raise ValueError(f"{name}: unknown flags {unknown - set(FLAGS)}")
        self.name, self.reference, self.id = name, reference, f"{name}-{index}"
        self.__dict__.update({**FLAGS, **flags, **self.own})

    @property
    def op(self):
        """The operator with its parameters."""
        return primary[self.name].of(**self.params)

    def arrays(self, dtype):
        """The inputs as NumPy arrays."""
        rng = np.random.default_rng(zlib.crc32(self.id.encode()))
        return [x.make(rng, dtype, i) for i, x in enumerate(self.inputs)]

    def expected(self, arrays):
        """What the reference makes of them: visible outputs, then changed inputs."""
        wide = [a.astype("float64") if a.dtype.kind == "f" else a.copy() for a in arrays]
        with np.errstate(all="ignore"):
            got = self.reference(*wide, **self.params)
        return [np.asarray(g) for g in (got if isinstance(got, tuple) else [got])]

    def result_dtypes(self, dtype, count):
        """Names of the outputs' dtypes."""
        result = self.result or dtype
        return (result,) * count if isinstance(result, str) else tuple(r or dtype for r in result)

    def wanted(self, arrays, dtype):
        """Positions of the inputs with a gradient."""
        if self.wrt is not None:
            return list(self.wrt)
        names = self.op.input_names(len(arrays))
        declared = [primary[self.name].inputs.get(n) for n in names]
        return [
            i
            for i, (a, d) in enumerate(zip(arrays, declared))
            if a.dtype == np.dtype(dtype) and not (d is not None and d.auxiliary)
        ]


S = Sample
CASES: dict[str, list[Sample]] = {}
SAMPLES: list[Sample] = []


def case(name, reference, *samples, **flags):
    """Enter an operator; a second call for the same one adds samples."""
    entered = CASES.setdefault(name, [])
    for sample in map(copy.copy, samples):  # one sample may be of several operators
        sample.enter(name, reference, len(entered), flags)
        entered.append(sample)
        SAMPLES.append(sample)


def close(got, expected, kind, text, dtype=None):
    """Assert that numbers agree within TOLERANCE; not-a-number and infinity must be in the same places."""
    assert got.shape == np.shape(expected), f"{text}: shape {got.shape}, the reference has {np.shape(expected)}"
    if got.dtype.kind != "f":
        np.testing.assert_array_equal(got, np.asarray(expected).astype(got.dtype), err_msg=text)
        return
    tolerance = TOLERANCE[kind][np.dtype(dtype or got.dtype).name]
    with np.errstate(over="ignore"):
        rounded = np.asarray(expected).astype(got.dtype)  # the same overflow and the same last digit
    np.testing.assert_allclose(got, rounded, rtol=tolerance, atol=tolerance, err_msg=text)
