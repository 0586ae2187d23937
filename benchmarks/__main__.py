"""The command: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from . import report, start
from .cases import GROUPS, cases
from .measure import Worker, alternate, open_workers, summarize


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser("python -m benchmarks", description="mxnb beside PyTorch and MXNet 1.9.1.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, one thread")
    parser.add_argument(
        "--only",
        metavar="NAME",
        help="a group (small, operators, layers, convolutions, training, data, start), or cases with it in their name",
    )
    parser.add_argument("--threads", type=int, nargs="+", help="numbers of threads; default 1 and 2, small ones with 1")
    parser.add_argument(
        "--mxnet",
        metavar="PYTHON",
        default=os.environ.get("MXNET_PYTHON"),
        help="interpreter that has MXNet 1.9.1; default $MXNET_PYTHON",
    )
    parser.add_argument("--ours", action="store_true", help="mxnb only")
    parser.add_argument("--compile", action="store_true", help="PyTorch's networks compiled, too; needs a C++ compiler")
    parser.add_argument("--rounds", type=int, help="default 15, with --quick 5")
    parser.add_argument("--block", type=float, help="seconds of a block; default 0.1, with --quick 0.02")
    parser.add_argument("--json", metavar="FILE", help="write all figures")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables")
    return parser.parse_args(arguments)


def chosen(only: str | None, group: str) -> list[str]:
    """Names of the cases of a group that `only` asks for."""
    names = [case.name for case in cases(group)]
    return names if only is None or only == group else [] if only in GROUPS else [n for n in names if only in n]


def run_groups(args: argparse.Namespace, workers: dict[str, Worker], threads: int, rounds: int, block: float) -> Any:
    """Measure the chosen cases of all groups, printing each as it is done."""
    found: dict[str, Any] = {}
    others = [name for name in workers if name != "mxnb"]
    for group in GROUPS:
        names = chosen(args.only, group)
        if not names or (group == "small" and threads > 1 and args.only != "small"):
            continue  # work of a microsecond is not shared
        print(f"\n{group}, threads: {threads}\n\n{report.header(others)}", end="")
        found[group] = {}
        for name in names:
            summary = found[group][name] = summarize(alternate(workers, group, name, rounds, block))
            print("| " + " | ".join([name, *report.row(summary, others)]) + " |", flush=True)
        print(report.means(found[group], others), end="")
    return found


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Run the command; returns the record."""
    args = options(arguments)
    rounds = args.rounds or (5 if args.quick else 15)
    block = args.block or (0.02 if args.quick else 0.1)
    libraries = () if args.ours else ("torch", "compiled") if args.compile else ("torch",)
    record: dict[str, Any] = {"rounds": rounds, "block": block, "groups": {}}
    for threads in args.threads or ([1] if args.quick or args.only == "small" else [1, 2]):
        if args.only == "start":
            break
        workers = open_workers(threads, args.mxnet, libraries)
        try:
            record.setdefault("machine", report.machine(workers))
            record["groups"][str(threads)] = run_groups(args, workers, threads, rounds, block)
        finally:
            for worker in workers.values():
                worker.close()
    if args.only in (None, "start"):
        workers = open_workers(1, args.mxnet, libraries[:1])
        record.setdefault("machine", report.machine(workers))
        for worker in workers.values():
            worker.close()
        pythons = {name: args.mxnet if name == "mxnet" else sys.executable for name in workers}
        record["start"] = start.measure(pythons, max(1, rounds // 3))
        print(report.start_markdown(record["start"]))
    if args.json:
        report.write_json(args.json, record)
    if args.markdown:
        with open(args.markdown, "w") as file:
            file.write(report.markdown(record))
    return record


if __name__ == "__main__":
    main()
