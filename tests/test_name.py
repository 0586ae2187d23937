"""NameManager, Prefix and AttrScope: scopes of each thread."""

import threading

import pytest

import mxnb as mx
from mxnb.attribute import AttrScope
from mxnb.name import NameManager, Prefix


def test_names_are_counted_by_hint():
    manager = NameManager()
    assert [manager.get(None, "fc"), manager.get("mine", "fc"), manager.get("", "fc"), manager.get(None, "conv")] == [
        "fc0", "mine", "fc1", "conv0",
    ]  # fmt: skip
    assert Prefix("p_").get("x", "fc") == "p_x"
    assert Prefix("p_").get(None, "fc") == "p_fc0"


def test_scopes_nest():
    outside = NameManager.current
    with NameManager() as outer:
        assert NameManager.current is Prefix.current is outer
        with Prefix("q_") as inner:
            assert NameManager.current is inner
            with inner:
                assert NameManager.current is inner
            assert mx.sym.exp(mx.sym.Variable("a")).name == "q_exp0"
            assert mx.sym.exp(mx.sym.Variable("a"), name="z").name == "q_z"
        assert NameManager.current is outer
        assert [(mx.sym.Variable("a") + 1).name for _ in range(2)] == ["_plusscalar0", "_plusscalar1"]
    assert NameManager.current is outside


def test_a_failing_block_leaves_its_scope():
    outside = NameManager.current, AttrScope.current
    with pytest.raises(ZeroDivisionError), Prefix("a_"), AttrScope(b="1"):
        raise ZeroDivisionError
    assert (NameManager.current, AttrScope.current) == outside


def test_attributes_are_merged():
    with AttrScope(a="1", b="1"), AttrScope(b="2") as inner:
        assert AttrScope.current is inner
        assert inner.get(None) == {"a": "1", "b": "2"}
        assert inner.get({"b": "3"}) == {"a": "1", "b": "3"}
        assert mx.sym.Variable("x").list_attr() == {"a": "1", "b": "2"}
    given = {"c": "1"}
    assert AttrScope(d="2").get(given) == {"d": "2", "c": "1"}
    assert given == {"c": "1"}
    assert AttrScope().get(None) == {}
    with pytest.raises(ValueError, match="'x' needs a string, got 1"):
        AttrScope(x=1)


def test_threads_have_their_own_scopes():
    seen = []
    with Prefix("here_") as prefix, AttrScope(a="1"):
        thread = threading.Thread(target=lambda: seen.extend([NameManager.current, AttrScope.current.get(None)]))
        thread.start()
        thread.join()
        assert type(seen[0]) is NameManager
        assert seen[1] == {}
        assert NameManager.current is prefix
