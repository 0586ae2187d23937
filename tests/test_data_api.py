"""Names and signatures of `mx.io`, `mx.recordio` and `mx.image` are those of MXNet 1.9.1.

The table holds what ``inspect`` tells of mxnet==1.9.1, and for iterators of its C++ part their parameters.
"""

import ast
import inspect
import json
from pathlib import Path

import pytest

import mxnb as mx

FACTS = json.loads((Path(__file__).parent / "golden" / "python_api_data.json").read_text())
FREE = {"ctx", "kwargs", "args", "self"}
OTHER_DEFAULTS = {
    ("mx.image.imdecode", "to_rgb"), ("mx.image.imread", "to_rgb"), ("mx.image.random_size_crop", "area"),
    ("mx.image.random_size_crop", "ratio"), ("mx.image.RandomSizedCropAug", "area"),
    ("mx.image.RandomSizedCropAug", "ratio"),
}  # fmt: skip
"""What has a default here, and none in 1.9.1, or one that means the same."""


UNKNOWN = object()


def parameters(text):
    """Names and defaults of a signature's text; UNKNOWN is a default that is no literal."""
    arguments = ast.parse(f"def f{text}: pass").body[0].args
    defaults = [inspect.Parameter.empty] * (len(arguments.args) - len(arguments.defaults))
    for node in arguments.defaults:
        try:
            defaults.append(ast.literal_eval(node))
        except ValueError:
            defaults.append(UNKNOWN)
    return [(a.arg, default) for a, default in zip(arguments.args, defaults) if a.arg not in FREE]


def found(name):
    thing = mx
    for part in name.split(".")[1:]:
        thing = getattr(thing, part)
    return thing


@pytest.mark.parametrize("name", [name for name in FACTS if not name.endswith("__del__")])
def test_is_there(name):
    facts = FACTS[name]
    thing = found(name)
    if facts["kind"] in ("method", "class", "function"):
        assert callable(thing)
    if "sig" not in facts or facts["sig"].startswith("(handle") or name.endswith(("__", ".handle")):
        return
    own = inspect.signature(thing).parameters
    takes_any = any(p.kind == p.VAR_KEYWORD for p in own.values())
    for key, default in parameters(facts["sig"]):
        assert key in own or takes_any, f"{name} has no parameter {key}"
        if key in own and (name, key) not in OTHER_DEFAULTS and default is not UNKNOWN:
            assert own[key].default == default, f"{name}: {key}={own[key].default!r}, 1.9.1 has {default!r}"


@pytest.mark.parametrize("name", [name for name, facts in FACTS.items() if facts.get("params")])
def test_parameters_of_iterators(name):
    own = inspect.signature(found(name)).parameters
    if all(p.kind == p.VAR_KEYWORD for p in own.values()):
        own = inspect.signature(mx.io.ImageRecordIter).parameters
    for fact in FACTS[name]["params"]:
        key = fact["name"]
        assert key in own, f"{name} has no parameter {key}"
        if fact.get("required") or key in ("ctx", "dtype", "label_csv", "label_libsvm"):
            continue
        default, text = own[key].default, fact["default"]
        if isinstance(default, bool):
            assert default == (text == "1"), key
        elif isinstance(default, (int, float)):
            assert float(default) == pytest.approx(float(text)), key
        elif isinstance(default, tuple):
            assert list(default) == json.loads(text), key
        else:
            assert str(default) == text, key
