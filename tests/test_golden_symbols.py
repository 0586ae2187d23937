"""Symbols: the same code gives MXNet's JSON, names, attributes, shapes and types (golden/symbols.py)."""

import json
import sys
from pathlib import Path

import pytest

import mxnb as mx

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import symbols  # noqa: E402

RECORDED = json.loads((GOLDEN / "symbols.json").read_text())
FACTS = sorted(RECORDED["mlp"])


@pytest.mark.parametrize("fact", FACTS)
@pytest.mark.parametrize("name", symbols.SYMBOLS)
def test_symbol_equals_mxnets(name, fact):
    assert symbols.describe(mx, name, fact) == RECORDED[name][fact]


@pytest.mark.parametrize("name", symbols.SYMBOLS)
def test_mxnets_json_loads_and_saves_unchanged(name):
    text = RECORDED[name]["json"]
    loaded = mx.sym.load_json(text)
    assert loaded.tojson() == text
    assert loaded.list_arguments() == RECORDED[name]["arguments"]
    assert loaded.list_outputs() == RECORDED[name]["outputs"]
    assert loaded.attr_dict() == RECORDED[name]["attr_dict"]
