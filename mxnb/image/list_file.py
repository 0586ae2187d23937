"""List files: a line for each image, ``number<TAB>label<TAB>…<TAB>name``."""

from __future__ import annotations

from typing import NamedTuple

from ..base import MXNetError


class Item(NamedTuple):
    """A line of a list file."""

    number: int
    labels: list[float]
    name: str


def read_items(path: str) -> list[Item]:
    """The images of a list file.

    Parameters
    ----------
    path : str

    Returns
    -------
    list of Item

    Raises
    ------
    MXNetError
        If it cannot be read, or a line is not as above; it names the line.
    """
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
    except OSError as error:
        raise MXNetError(f"cannot open {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MXNetError(f"{path} is no text in UTF-8: {error}") from error
    items = []
    for number, line in enumerate(lines, 1):
        try:
            key, first, *labels, name = line.split("\t")
            if "\0" in name:
                raise ValueError
            items.append(Item(int(key), [float(label) for label in (first, *labels)], name))
        except ValueError:
            if line.strip():
                needed = "needs 'number<TAB>label<TAB>name'"
                raise MXNetError(f"{path}, line {number}: {line[:60]!r}, {needed}") from None
    return items
