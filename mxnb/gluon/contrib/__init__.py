"""Experimental parts of Gluon."""

from . import data, nn

__all__ = ["data", "nn"]
