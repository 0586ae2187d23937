"""Wrong calls raise MXNetError with a text that names the operator, the argument, what it got and what it needs."""

import re

import numpy as np
import pytest
from running import each, forward, function_of, on
from samples import CASES

import mxnb as mx
from mxnb import nd
from mxnb.base import MXNetError, ParamError
from mxnb.ops import params, primary
from mxnb.ops.elementwise import Elementwise
from mxnb.ops.params import REQUIRED

FIRST = [pytest.param(samples[0], id=name) for name, samples in CASES.items()]
PUBLIC = [pytest.param(samples[0], id=name) for name, samples in CASES.items() if not primary[name].internal]
BAD = {
    params.Int: "many",
    params.Float: "much",
    params.Bool: "perhaps",
    params.Enum: "another",
    params.DType: "complex64",
    params.Shape: "wide",
    params.IntOrShape: "wide",
    params.Floats: "much",
}


@pytest.mark.parametrize("sample", FIRST)
def test_unknown_parameter(sample):
    with pytest.raises(ParamError, match=f"^{sample.name}: no parameter named 'colour'"):
        primary[sample.name].of(**sample.params, colour=1)


@pytest.mark.parametrize("sample", FIRST)
def test_bad_and_missing_parameters(sample):
    cls = primary[sample.name]
    for name, param in cls.params.items():
        if type(param) in BAD:
            bad = BAD[type(param)]
            text = re.escape(f"{sample.name}: parameter {name}={bad!r}: need {param.describe()}")
            with pytest.raises(ParamError, match=text):
                cls.of(**{**sample.params, name: bad})
        if param.default is REQUIRED:
            left = {k: v for k, v in sample.params.items() if k != name}
            with pytest.raises(ParamError, match=f"^{sample.name}: parameter {name} is required: need "):
                cls.of(**left)


def takes_all_dtypes(sample):
    """Operators on one array that work with each dtype, as a forward test shows for one of them."""
    return issubclass(primary[sample.name], Elementwise) and len(sample.inputs) == 1


def dtype_of(sample):
    return "float32" if "float32" in sample.dtypes else sample.dtypes[0]


def refused(sample, arrays, i):
    """Run with a wrong input i; its error, or None where there was none."""
    try:
        forward(sample, arrays)
    except MXNetError as error:
        text = str(error)
        assert text.startswith(f"{sample.name}: "), f"the error does not begin with the operator's name: {text}"
        return text
    return None


@each(lambda s: len(s.inputs) > 1 and not primary[s.name].internal)
def test_shapes_that_do_not_fit(sample):
    arrays = sample.arrays(dtype_of(sample))
    names = sample.op.input_names(len(arrays))
    for i, name in enumerate(names):
        wrong = [np.ones([n + 5 for n in a.shape], a.dtype) if j == i else a for j, a in enumerate(arrays)]
        text = refused(sample, wrong, i)
        if text is None:
            assert sample.loose or name in sample.free, f"{name} of shape {wrong[i].shape} was taken"
            continue
        assert any(str(n) in text for n in wrong[i].shape), f"the error does not show what it got: {text}"
        assert any(re.search(rf"\b{n}\b", text) for n in names), f"the error names no input: {text}"


@each(lambda s: s.inputs and not primary[s.name].internal)
def test_any_shape_works_or_is_refused(sample):
    """A scalar, a long shape and an empty one: a result or an MXNetError, nothing else."""
    arrays = sample.arrays(dtype_of(sample))
    for i in range(len(arrays)):
        for shape in ((), (0,), (2, 1, 2, 1, 2, 1, 2)):
            refused(sample, [np.ones(shape, b.dtype) if j == i else b for j, b in enumerate(arrays)], i)


@each(lambda s: s.inputs and not primary[s.name].internal and not takes_all_dtypes(s))
def test_any_dtype_works_or_is_refused(sample):
    arrays = sample.arrays(dtype_of(sample))
    names = sample.op.input_names(len(arrays))
    for i, a in enumerate(arrays):
        other = "int64" if a.dtype.kind == "f" else "float32"
        text = refused(sample, [np.nan_to_num(b).astype(other) if j == i else b for j, b in enumerate(arrays)], i)
        if text is not None:
            assert other in text, f"the error does not name the dtype {other}: {text}"
            assert any(re.search(rf"\b{n}\b", text) for n in names), f"the error names no input: {text}"


@pytest.mark.parametrize("sample", PUBLIC)
def test_inputs_that_are_no_arrays(sample):
    arrays = sample.arrays(dtype_of(sample))
    if not arrays:
        pytest.skip("it has no inputs")
    inputs = on(mx.cpu(), arrays)
    names = sample.op.input_names(len(arrays))
    for i, name in enumerate(names):
        with pytest.raises(MXNetError, match=rf"{sample.name}: .*\b{name} is list, need NDArray"):
            nd.invoke(sample.op, [[1.0] if j == i else x for j, x in enumerate(inputs)])


@pytest.mark.parametrize("sample", PUBLIC)
def test_wrong_number_of_inputs(sample):
    arrays = sample.arrays(dtype_of(sample))
    function = function_of(nd, sample.name)
    inputs = on(mx.cpu(), arrays)
    cls = primary[sample.name]
    if not inputs or cls.variadic():
        pytest.skip("any number of inputs will do")
    optional = cls.inputs[sample.op.input_names(len(arrays))[-1]].optional
    if not optional:
        name = sample.op.input_names(len(arrays))[-1]
        with pytest.raises(MXNetError, match=rf"{sample.name}: .*\b{name}\b"):
            function(*inputs[:-1], **sample.params)
    with pytest.raises(MXNetError, match=f"{sample.name}"):
        function(*inputs, *inputs, **sample.params, unknown=inputs[0])
