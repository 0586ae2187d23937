"""Symbol files: old ones are upgraded as MXNet 1.9.1 upgrades them, damaged ones are refused."""

import json
import random
import sys
from pathlib import Path

import pytest

import mxnb as mx

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import symbol_files  # noqa: E402

UPGRADED = json.loads((GOLDEN / "symbol_files.json").read_text())
RECORDED = json.loads((GOLDEN / "symbol_calls.json").read_text(encoding="utf-8"))


def without_versions(text):
    """A graph in which entries are [node, output]: 1.9.1 does not count updates in what it upgrades."""
    graph = json.loads(text)
    for node in graph["nodes"]:
        node["inputs"] = [entry[:2] for entry in node["inputs"]]
    return graph


@pytest.mark.parametrize("name", symbol_files.GOOD)
def test_upgrade_equals_mxnets(name):
    loaded = mx.sym.load_json(json.dumps(symbol_files.GOOD[name]))
    assert without_versions(loaded.tojson()) == without_versions(UPGRADED[name])


@pytest.mark.parametrize("name", symbol_files.BAD)
def test_refused_as_by_mxnet(name):
    with pytest.raises(mx.MXNetError, match=r"^'symbol', (node \d|heads)"):
        mx.sym.load_json(json.dumps(symbol_files.BAD[name]))


def net():
    with mx.name.NameManager():
        return build()


def build():
    data = mx.sym.Variable("data", shape=(0, 4), lr_mult=2.0)
    x = mx.sym.FullyConnected(data, num_hidden=3, name="fc", attr={"__note__": 'quo"te\\ and\nline'})
    return mx.sym.BatchNorm(x, name="bn") + mx.sym.split(x, num_outputs=3, name="s")[1]


def test_round_trip(tmp_path):
    path = tmp_path / "net-symbol.json"
    net().save(path)
    assert path.read_text() == net().tojson()
    loaded = mx.sym.load(str(path))
    assert loaded.tojson() == net().tojson()
    assert loaded.attr_dict() == net().attr_dict()
    assert loaded.list_auxiliary_states() == ["bn_moving_mean", "bn_moving_var"]
    assert mx.sym.fromjson(net().tojson()).list_arguments() == net().list_arguments()


def test_amp_casts_are_removed_on_request():
    text = net().tojson()
    casted = json.loads(text)
    if "amp_cast" not in mx.ops.registry:
        pytest.skip("the operator amp_cast is not there yet")
    x = mx.sym.Variable("x")
    s = mx.sym.exp(mx.sym.amp_cast(x, dtype="float16"), name="e")
    assert [n["op"] for n in json.loads(s.tojson())["nodes"]] == ["null", "exp"]
    assert [n["op"] for n in json.loads(s.tojson(remove_amp_cast=False))["nodes"]] == ["null", "amp_cast", "exp"]
    assert json.loads(text) == casted


def test_errors_name_file_and_place(tmp_path):
    path = tmp_path / "net.json"
    text = net().tojson()
    path.write_text(text[:200])
    with pytest.raises(mx.MXNetError, match=rf"{path.name}', byte \d+ \(line \d+\): "):
        mx.sym.load(path)
    path.write_bytes(text.encode()[:60] + b"\xff" + text.encode()[60:])
    with pytest.raises(mx.MXNetError, match=r"net.json', byte 60: not UTF-8"):
        mx.sym.load(path)
    with pytest.raises(mx.MXNetError, match=r"cannot read .*nothing.json': No such file"):
        mx.sym.load(tmp_path / "nothing.json")
    path.write_text(text.replace('"num_hidden": "3"', '"num_hidden": "three"', 4))
    with pytest.raises(
        mx.MXNetError, match=r"net.json', node 3 \('fc'\): FullyConnected: parameter num_hidden='three'"
    ):
        mx.sym.load(path)


def symbol_text(*nodes):
    listed = [{"op": op, "name": name, "inputs": inputs} for op, name, inputs in nodes]
    return json.dumps({"nodes": listed, "heads": [[1, 0]]})


CIRCLE = symbol_text(("exp", "a", [[1, 0]]), ("exp", "b", [[0, 0]]))
TWO_INPUTS = symbol_text(("null", "x", []), ("exp", "a", [[0, 0], [0, 0]]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "got list, a symbol is an object"),
        ("{}", "there is no 'nodes'"),
        ('{"nodes": [3], "heads": [[0, 0]]}', r"node 0: got 3, needs an object"),
        ('{"nodes": [], "heads": []}', "heads: there are none"),
        ('{"nodes": [{"op": "null", "name": "x", "inputs": []}], "heads": [[0, 4]]}', "output 4 of 'x', it has 1"),
        ('{"nodes": [{"op": "null", "name": "x", "inputs": []}], "heads": [[true, 0]]}', "got input .true"),
        (CIRCLE, r"node 0 \('a'\): it needs its own output"),
        (TWO_INPUTS, r"node 1 \('a'\): exp has 1 inputs, got 2"),
        ('{"nodes": [], "heads": [], "attrs": {"mxnet_version": 3}}', "'mxnet_version' is 3"),
        ("[" * 100_000, "'symbol'"),
    ],
)
def test_damage(content, message):
    with pytest.raises(mx.MXNetError, match=message.replace("true", "True, 0")):
        mx.sym.load_json(content)


def test_mutations_raise_nothing_else():
    text = net().tojson()
    rng = random.Random(0)
    pieces = ['"', "{", "}", "[", "]", ",", ":", "0", "-1", "9" * 30, "null", "true", "1.5", '""', "\\", " ", "exp"]
    for _ in range(1500):
        at = rng.randrange(len(text))
        mutant = text[:at] + rng.choice(pieces) + text[at + rng.randrange(4) :]
        try:
            mx.sym.load_json(mutant)
        except mx.MXNetError:
            pass
    for size in range(0, len(text), 7):
        with pytest.raises(mx.MXNetError):
            mx.sym.load_json(text[:size])


def test_a_failed_save_leaves_the_old_file(tmp_path):
    path = tmp_path / "net.json"
    path.write_text("old")
    with pytest.raises(mx.MXNetError, match="cannot write"):
        net().save(tmp_path / "no-folder" / "net.json")
    broken = mx.sym.Variable("x", attr={"a": "\ud800"})
    with pytest.raises(UnicodeEncodeError):
        broken.save(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["net.json"]
