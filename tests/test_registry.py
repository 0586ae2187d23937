"""Names, inputs, parameters and defaults of all registered operators are those of MXNet 1.9.1 (golden/operators.json).

The table was made by asking `mxnet==1.9.1` for the description of each operator. An entry holds `inputs` (auxiliary
states last), `states` (what the operator changes), `aliases`, `count` (the parameter that tells the number of arrays)
and `params`: a list of the type and, unless it is required, the default.
"""

import json
import re
from pathlib import Path

import pytest

from mxnb import nd
from mxnb.base import ParamError
from mxnb.ops import params, registry

FACTS = json.loads((Path(__file__).parent / "golden" / "operators.json").read_text())
PRESENT = [name for name in FACTS if name in registry]
MISSING = 89  # how many operators of 1.9.1 are still to be written
TYPES = {
    "float": params.Float,
    "double": params.Float,
    "boolean": params.Bool,
    "int": params.Int,
    "int (non-negative)": params.Int,
    "long": params.Int,
    "long (non-negative)": params.Int,
    "Shape(tuple)": params.Shape,
    "Shape": params.Shape,
    "tuple of <float>": params.Floats,
    "tuple of <double>": params.Floats,
    "string": params.Str,
    "": params.Floats,  # the range of _histogram
}
OWN = {"layout": {"NCW"}}  # choices that are offered beyond those of MXNet
VALUES = {"size": 3, "high": 5}


def sample(name, param):
    """Some valid value."""
    if isinstance(param, params.Enum):
        return param.choices[0]
    if isinstance(param, params.DType):
        return "float32"
    if isinstance(param, (params.Shape, params.Floats)):
        return (1,)
    return VALUES.get(name, 1)


def required(cls):
    return {name: sample(name, param) for name, param in cls.params.items() if param.default is params.REQUIRED}


def several(cls):
    """An operator over two parameters."""
    lists = {name: (1, 1) for name, value in required(cls).items() if value == (1,)}
    return cls.of(**{**required(cls), **lists, cls.inputs[cls.variadic()].count: 2})


def canonical(param, text):
    if text in ("", "None"):
        return param.default if param.default in ("", None) else text
    return param.parse(text.replace("[", "(").replace("]", ")"))


def test_most_operators_are_there():
    missing = [name for name in FACTS if name not in registry and not hasattr(nd._internal, name)]  # or a function
    assert len(missing) <= MISSING, sorted(missing)


def test_no_other_names_are_public():
    known = {name for name, facts in FACTS.items() for name in (name, *facts.get("aliases", ()))}
    assert not {name for name, cls in registry.items() if not cls.internal and not name.startswith("_norm")} - known


@pytest.mark.parametrize("name", PRESENT)
def test_names_and_inputs(name):
    cls, facts = registry[name], FACTS[name]
    assert cls.name == name
    assert sorted(cls.aliases) == sorted(facts.get("aliases", ()))
    assert all(registry[alias] is cls for alias in cls.aliases)
    states, variadic = facts.get("states", []), cls.variadic()
    if variadic and states:  # of as many parameters as there are states of a kind
        assert list(cls.inputs) == facts["inputs"][: -len(states)]
        assert {n.rpartition("_")[0] for n in several(cls).mutates} == {re.sub(r"_\d$", "", n) for n in states}
    else:
        assert list(cls.inputs) == facts["inputs"]
        assert [n for n, i in cls.inputs.items() if i.auxiliary] == states or list(cls.mutates) == states
    assert (cls.inputs[variadic].count if variadic else None) == facts.get("count")


@pytest.mark.parametrize("name", [name for name in PRESENT if "params" in FACTS[name]])
def test_parameters(name):
    cls, facts = registry[name], FACTS[name]["params"]
    count = FACTS[name].get("count")
    assert [n for n in cls.params if n != count] == list(facts)
    for key, (kind, *default) in facts.items():
        param, text = cls.params[key], kind.removesuffix(" or None")
        assert param.optional or not kind.endswith(" or None"), f"{key}: None is a value"
        if "|" in text or isinstance(param, params.Enum):  # of one name, too
            choices(cls, key, set(text.split("|")) - {"None", "bfloat16"})
        else:
            assert isinstance(param, TYPES[text]), key
        if not default:
            assert param.default is params.REQUIRED, key
        elif default[0] is not None:
            want = canonical(param, default[0])
            assert param.default == (pytest.approx(want, rel=1e-6) if isinstance(want, float) else want), key


def choices(cls, key, wanted):
    """An enumeration takes all values that it has in MXNet, and no others."""
    param, others = cls.params[key], required(cls)
    for value in wanted:
        assert param.parse(value) == value
    for value in set(param.choices) - wanted - OWN.get(key, set()):
        with pytest.raises(ParamError):
            cls.of(**{**others, key: value})
