"""The record of a run, as JSON and as a table in Markdown."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import statistics
import subprocess
from typing import Any

from .case import LIBRARIES
from .measure import ROOT, Worker

NAMES = {"mxnb": "mxnb", "torch": "PyTorch", "compiled": "torch.compile", "mxnet": "MXNet"}


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _commit() -> str:
    try:
        found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return ""
    return found.stdout.strip()


def machine(workers: dict[str, Worker]) -> dict[str, Any]:
    """Where and with what was measured."""
    versions: dict[str, str] = {}
    for worker in workers.values():
        versions.update(worker.ask("versions"))
    return {
        "date": dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "commit": _commit(),
        "versions": versions,
    }


def write_json(path: str, record: dict[str, Any]) -> None:
    """Write the whole record."""
    with open(path, "w") as file:
        json.dump(record, file, indent=1)
        file.write("\n")


def duration(seconds: float) -> str:
    """A time for people."""
    factor, unit = next((f, u) for f, u in ((1, "s"), (1e3, "ms"), (1e6, "µs")) if seconds * f >= 1 or u == "µs")
    return f"{seconds * factor:.3g} {unit}"


def row(summary: dict[str, Any], others: list[str]) -> list[str]:
    """The cells of one case: our best time, then of each other its ratio, the spread and that of processor time."""
    ours = summary["mxnb"]
    if "error" in ours:
        return ["failed: " + ours["error"], *[""] * (2 * len(others))]
    cells = [duration(ours["wall"]["min"])]
    for library in others:
        theirs = summary.get(library)
        if theirs is None:
            cells += ["", ""]
        elif "error" in theirs:
            cells += ["failed", ""]
        else:
            ratio = theirs["ratio"]
            mark = " (differs)" if theirs["agrees"] is False else ""
            cells += [
                f"{ratio['median']:.2f} ({ratio['q1']:.2f}–{ratio['q3']:.2f}){mark}",
                f"{theirs['cpu_ratio']:.2f}",
            ]
    return cells


def means(cases: dict[str, Any], others: list[str]) -> str:
    """Lines with the geometric means of the ratios, for each ending that several names have: ", forward"."""
    kinds: dict[str, list[Any]] = {}
    for name, summary in cases.items():
        kinds.setdefault(name.rpartition(", ")[2] if ", " in name else "", []).append(summary)
    text = ""
    for kind, summaries in kinds.items():
        cells = []
        for library in others:
            ratios = [s[library]["ratio"]["median"] for s in summaries if "ratio" in s.get(library, {})]
            cells += [f"{statistics.geometric_mean(ratios):.2f}" if ratios else "", ""]
        if len(summaries) > 1:
            text += _line([f"*geometric mean{kind and ', ' + kind}*", "", *cells])
    return text


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def header(others: list[str]) -> str:
    """The table's head."""
    titles = ["", "mxnb"]
    for library in others:
        titles += [f"{NAMES[library]} / mxnb", "processor"]
    return _line(titles) + _line(["---"] + ["---:"] * (len(titles) - 1))


def markdown(record: dict[str, Any]) -> str:
    """The record as tables."""
    about = record["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    others = [name for name in LIBRARIES if name in about["versions"] and name != "mxnb"]
    text = (
        f"# Benchmarks of {about['date'][:10]}\n\n{about['processor']}, {about['processors']} processors; {versions}. "
        "The time is our best. Ratios are the other's time over ours, median and quartiles of "
        f"{record['rounds']} rounds: above 1 mxnb is faster. The last column of each is the ratio of processor time.\n"
    )
    for threads, groups in record["groups"].items():
        for group, cases in groups.items():
            text += f"\n## {group}, threads: {threads}\n\n" + header(others)
            for name, summary in cases.items():
                text += _line([name, *row(summary, others)])
            text += means(cases, others)
    return text + start_markdown(record.get("start") or {})


def start_markdown(start: dict[str, Any]) -> str:
    """The figures of fresh processes."""
    if not start:
        return ""
    libraries = [name for name in LIBRARIES if any(name in case for case in start.values())]
    titles = [f"{NAMES[name]} {what}" for what in ("time", "memory") for name in libraries]
    text = "\n## Fresh processes\n\nBest time, peak memory.\n\n" + _line(["", *titles])
    text += _line(["---"] + ["---:"] * len(titles))
    for name, found in start.items():
        seconds = [duration(min(found[n]["seconds"])) if n in found else "" for n in libraries]
        memory = [f"{statistics.median(found[n]['megabytes']):.0f} MB" if n in found else "" for n in libraries]
        text += _line([name, *seconds, *memory])
    return text
