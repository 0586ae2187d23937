"""The modules beside the tests, `samples` and `running`, can be imported by name; kernels are compiled ahead."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MANY = 3000  # so many tests need most kernels

sys.path.insert(0, str(HERE))


def pytest_collection_finish(session):
    """Where the whole battery runs, another process compiles from the other end: an empty cache costs half the time."""
    if (os.cpu_count() or 1) < 2 or session.config.option.collectonly:
        return
    if sum(HERE in item.path.parents for item in session.items) > MANY:
        command = [sys.executable, str(HERE / "ahead.py")]
        helper = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        session.config.add_cleanup(lambda: (helper.kill(), helper.wait()))
