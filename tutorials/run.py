"""Run the tutorials from top to bottom; with --store, keep what they print and draw in the files.

python tutorials/run.py --store
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent


def execute(path: Path, timeout: float = 300) -> Any:
    """Run a notebook in a kernel of this Python.

    Parameters
    ----------
    path : Path
    timeout : float
        Seconds that one cell may take.

    Returns
    -------
    nbformat.NotebookNode, with the outputs

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell raises.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=timeout, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    client.execute()
    return notebook


def stripped(notebook: Any) -> Any:
    """A notebook without what differs from run to run for no reason: times and the version of Python."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all beside this file")
    parser.add_argument("--store", action="store_true", help="write the outputs to the files")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write the notebook with its outputs here instead")
    args = parser.parse_args()
    for path in args.notebooks or sorted(HERE.glob("*.ipynb")):
        start = time.perf_counter()
        notebook = execute(path)
        print(f"{path.name}: {time.perf_counter() - start:.1f} s", file=sys.stderr)
        if args.store or args.to:
            nbformat.write(stripped(notebook), args.to or path)


if __name__ == "__main__":
    main()
