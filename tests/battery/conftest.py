"""The modules beside the tests, `samples` and `running`, can be imported by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
