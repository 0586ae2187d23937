"""Tests run on the installed mxnb; where none is installed, on the one beside this folder."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))  # the last place: what is installed comes first
