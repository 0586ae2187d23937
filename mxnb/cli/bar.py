"""How far a command is."""

from __future__ import annotations

import sys

WIDTH = 30


def bar(done: int, total: int, name: str = "") -> None:
    """Draw a bar on a terminal; elsewhere print nothing.

    Parameters
    ----------
    done, total : int
    name : str
        What is printed behind.
    """
    if not sys.stdout.isatty():
        return
    filled = WIDTH * done // total
    print(f"\r[{'#' * filled}{' ' * (WIDTH - filled)}] {done}/{total} {name[:30]:<30}", end="", flush=True)
    if done == total:
        print()
