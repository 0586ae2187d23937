"""The command line of mxnb. Every command has a module here, imported when it is called."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence

from ..base import MXNetError

__all__ = ["main"]

COMMANDS = {
    "im2rec": "make lists of images and record files from folders",
    "info": "print versions, CPU, threads, the cache of compiled kernels, and whether CUDA can be used",
    "warmup": "compile kernels ahead, so that programs start without compiling",
}
"""What each command does; module `mxnb.cli.<command>` has ``add_arguments(parser)`` and ``run(args)``."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Returns
    -------
    int
        The exit status: 0, or 1 when the command could not do its work. Wrong usage exits with 2.

    Examples
    --------
    >>> main(["info"])  # doctest: +SKIP
    0
    """
    parser = argparse.ArgumentParser(
        prog="python -m mxnb", description="MXNet 1.x's Python framework, with kernels compiled by Numba."
    )
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    modules = {}
    for name, text in COMMANDS.items():
        modules[name] = importlib.import_module(f".{name}", __name__)
        modules[name].add_arguments(commands.add_parser(name, help=text, description=text.capitalize() + "."))
    args = parser.parse_args(argv)
    try:
        return modules[args.command].run(args) or 0
    except MXNetError as error:
        print(f"{args.command}: {error}")
        return 1
