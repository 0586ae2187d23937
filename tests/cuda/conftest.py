"""The samples of the battery and the modules beside the tests can be imported by name."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "battery")]
