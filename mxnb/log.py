"""Loggers with a short prefix for level, time and place."""

from __future__ import annotations

import logging
import sys
import warnings
from logging import CRITICAL, DEBUG, ERROR, INFO, NOTSET, WARNING

__all__ = ["CRITICAL", "DEBUG", "ERROR", "INFO", "NOTSET", "WARNING", "getLogger", "get_logger"]

_LETTERS = {CRITICAL: "C", ERROR: "E", WARNING: "W", INFO: "I", DEBUG: "D"}
_COLOURS = {CRITICAL: 31, ERROR: 31, WARNING: 33, INFO: 32, DEBUG: 34}


class _Formatter(logging.Formatter):
    """``I0131 12:34:56 1234 file.py:7] message``, the prefix in the level's colour on a terminal."""

    def __init__(self, colour: bool) -> None:
        super().__init__(datefmt="%m%d %H:%M:%S")
        self.colour = colour

    def format(self, record: logging.LogRecord) -> str:
        place = f"{record.process} {record.filename}:{record.lineno}]"
        prefix = f"{_LETTERS.get(record.levelno, 'U')}{self.formatTime(record, self.datefmt)} {place}"
        if self.colour:
            prefix = f"\x1b[{_COLOURS.get(record.levelno, 0)}m{prefix}\x1b[0m"
        text = f"{prefix} {record.getMessage()}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def get_logger(
    name: str | None = None, filename: str | None = None, filemode: str | None = None, level: int = WARNING
) -> logging.Logger:
    """Return a logger that writes to the terminal or to a file.

    Parameters
    ----------
    name : str, optional
        Without one the root logger is returned as it is.
    filename : str, optional
        Write to this file instead of standard error.
    filemode : str, optional
        ``"a"``, the default, appends; ``"w"`` starts the file anew.
    level : int
        The lowest level that is written.

    Returns
    -------
    logging.Logger
    """
    logger = logging.getLogger(name)
    if name is None or getattr(logger, "_mxnb_ready", False):
        return logger
    handler: logging.Handler
    if filename:
        handler = logging.FileHandler(filename, filemode or "a")
    else:
        handler = logging.StreamHandler()
    handler.setFormatter(_Formatter(colour=not filename and sys.stderr.isatty()))
    logger.addHandler(handler)
    logger.setLevel(level)
    logger._mxnb_ready = True  # type: ignore[attr-defined]
    return logger


def getLogger(
    name: str | None = None, filename: str | None = None, filemode: str | None = None, level: int = WARNING
) -> logging.Logger:
    """Return a logger; an older name of `get_logger`."""
    warnings.warn("getLogger is deprecated, use get_logger", DeprecationWarning, stacklevel=2)
    return get_logger(name, filename, filemode, level)
