"""Documentation: every input and parameter is told of, nothing else is, and examples run."""

import doctest
import inspect
import re
import sys

import pytest
from running import function_of

import mxnb as mx
from mxnb.ops import primary

PUBLIC = sorted(name for name, cls in primary.items() if not cls.internal)


def documented(cls):
    """The names in the section Parameters."""
    text = inspect.getdoc(cls) or ""
    found = re.search(r"Parameters\n-+\n(.*?)(\n\n|\Z)", text, re.DOTALL)
    names = []
    for line in found.group(1).split("\n") if found else []:
        if not line.startswith(" ") and " :" in line:
            names += [n.strip() for n in line.split(" :")[0].split(",")]
    return names


@pytest.mark.parametrize("name", PUBLIC)
def test_inputs_and_parameters_are_documented(name):
    cls = primary[name]
    counts = {i.count for i in cls.inputs.values() if i.variadic}  # filled in by the caller's number of arrays
    declared = [*cls.inputs, *(n for n in cls.params if n not in counts)]
    told = documented(cls)
    assert sorted(set(declared) - set(told)) == [], f"{name}: these are not documented"
    assert sorted(set(told) - set(declared)) == [], f"{name}: these are documented, but there are no such"
    assert len(told) == len(set(told))


@pytest.mark.parametrize("name", PUBLIC)
def test_functions_carry_documentation_and_signature(name):
    cls = primary[name]
    for namespace in (mx.nd, mx.sym):
        function = function_of(namespace, name)
        assert function.__name__ == name
        head = inspect.getdoc(cls).split("\n")[0]
        assert head in inspect.getdoc(function)
        parameters = inspect.signature(function).parameters
        assert {*cls.inputs, *cls.params} - set(parameters) <= {i.count for i in cls.inputs.values()}


@pytest.mark.parametrize("name", [n for n in PUBLIC if ">>>" in (inspect.getdoc(primary[n]) or "")])
def test_examples_run(name):
    cls = primary[name]
    scope = {**vars(sys.modules[cls.__module__]), "mx": mx}
    example = doctest.DocTestParser().get_doctest(inspect.getdoc(cls), scope, name, None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False)
    texts = []
    runner.run(example, out=texts.append)
    assert not texts, "".join(texts)
