"""The benchmarks run, and say what they measured; no time is asserted."""

import json

import pytest

from benchmarks import __main__ as command
from benchmarks import report
from benchmarks.cases import GROUPS, cases
from benchmarks.measure import spread, summarize


def test_one_case_of_mxnb(tmp_path, capsys):
    path, tables = tmp_path / "record.json", tmp_path / "record.md"
    options = ["--ours", "--threads", "1", "--rounds", "2", "--block", "0.001", "--only", "a + b, with gradient"]
    command.main([*options, "--json", str(path), "--markdown", str(tables)])
    record = json.loads(path.read_text())
    assert record["machine"]["versions"]["mxnb"]
    assert record["groups"]["1"]["small"]["a + b, with gradient"]["mxnb"]["wall"]["min"] > 0
    assert "| a + b, with gradient |" in tables.read_text()
    assert "| a + b, with gradient |" in capsys.readouterr().out


@pytest.mark.parametrize("group", GROUPS)
def test_names_are_unique(group):
    names = [case.name for case in cases(group)]
    assert len(set(names)) == len(names)
    assert all(case.builder("mxnb") for case in cases(group))


def test_ratios_compare_the_same_round():
    ours = {"wall": [1.0, 2.0, 1.0], "cpu": [1.0, 2.0, 1.0], "digest": 5.0}
    theirs = {"wall": [3.0, 6.0, 3.0], "cpu": [2.0, 4.0, 2.0], "digest": 6.0}
    found = summarize({"mxnb": ours, "torch": theirs, "mxnet": {"error": "none"}})
    assert found["torch"]["ratio"] == {"min": 3, "q1": 3, "median": 3, "q3": 3}
    assert found["torch"]["cpu_ratio"] == 2
    assert found["torch"]["agrees"] is False
    assert report.row(found, ["torch", "mxnet"]) == ["1 s", "3.00 (3.00–3.00) (differs)", "2.00", "failed", ""]


def test_spread():
    assert spread([4.0]) == {"min": 4, "q1": 4, "median": 4, "q3": 4}
    assert report.duration(0.0123) == "12.3 ms"
